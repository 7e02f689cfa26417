//! What chapters and scenes are called.

use super::Plot;
use crate::{
    bank::find_texts,
    chance::{Chance, hash_text},
    slots::write_heading,
    world::Episode,
};

impl Plot<'_> {
    /// Each kind of scene has titles of its own, which a book takes in turn, beginning with another one than other books.
    pub(super) fn find_title(&self, kind: &str, episode: Option<&Episode>) -> String {
        let kind = kind.strip_prefix("frame/").unwrap_or(kind);
        let texts = find_texts(&format!("title/{kind}"));
        let name = episode.map_or_else(String::new, |episode| self.name(&episode.holder));
        let place = episode.and_then(|episode| self.world.cast.place(&episode.place));
        let place = place.map_or("", |place| place.entity.name.as_str());
        let start =
            Chance::for_purpose(hash_text(&self.name(&self.world.protagonist)), kind).pick_below(texts.len());
        let written: Vec<String> = (0..texts.len())
            .map(|offset| texts[(start + self.steps.len() + offset) % texts.len()])
            .map(|text| {
                text.replace("{h.full}", &name)
                    .replace("{h.last}", name.rsplit(' ').next().unwrap_or(&name))
                    .replace("{here}", place)
            })
            .map(|title| write_heading(&title))
            .collect();
        let is_free = |title: &&String| self.steps.iter().all(|step| step.title != **title);

        written
            .iter()
            .find(is_free)
            .or(written.first())
            .cloned()
            .unwrap_or_default()
    }
}
