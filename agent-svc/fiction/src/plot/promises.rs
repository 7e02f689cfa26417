//! What is promised before the book leaves home, and the beats in which a promise is made, kept in mind and paid.

use proto::tasks::fiction::{
    ledger::Key,
    plan::{Beat, CauseLink},
};

use super::{Plot, Step, make_beat};
use crate::bank::find_texts;

impl Plot<'_> {
    pub(super) fn add_promises(&mut self) {
        let world = self.world;
        if world.promises.is_empty() {
            return;
        }
        let mut beats = vec![
            make_beat("hour"),
            make_beat("home"),
            make_beat("kin/c"),
            make_beat("place"),
        ];
        for promise in &world.promises {
            beats.push(self.make_promise_beat(promise, "plant"));
        }
        beats.push(make_beat("mind"));

        self.push(Step {
            title: self.find_title("lent", None),
            place: world.at_home.clone(),
            present: vec![world.protagonist.clone(), world.home.clone(), world.ally.clone()],
            goal: format!("{} wants to leave without a fuss", self.name(&world.protagonist)),
            obstacle: format!("{} asks for something that binds", self.name(&world.home)),
            outcome: "something had been promised".to_owned(),
            link: CauseLink::Therefore,
            promises: world.promises.iter().map(|name| (*name).to_owned()).collect(),
            beats,
        });
    }

    pub(super) fn make_promise_beat(&self, promise: &str, stage: &str) -> Beat {
        let world = self.world;
        let item = find_texts(&format!("promise/{promise}/item"))
            .first()
            .and_then(|name| {
                world
                    .cast
                    .items
                    .iter()
                    .find(|item| item.entity.name.ends_with(name))
            })
            .map(|item| item.entity.key.clone());

        Beat {
            who: Some(world.protagonist.clone()),
            item,
            promise: Key::parse(&format!("promise-{promise}")),
            ..make_beat(&format!("promise/{promise}/{stage}"))
        }
    }
}
