//! Beats as the plot writes them down: what happens in a scene, before anything is said of it.

use proto::tasks::fiction::plan::Beat;

use crate::world::Episode;

/// A beat of a kind that needs nothing but its kind.
pub(crate) fn make_beat(kind: &str) -> Beat {
    Beat {
        kind: kind.to_owned(),
        who: None,
        with: Vec::new(),
        place: None,
        item: None,
        fact: None,
        promise: None,
        text: None,
    }
}

pub(super) fn make_holder_beat(episode: &Episode, kind: &str) -> Beat {
    Beat {
        who: Some(episode.holder.clone()),
        ..make_beat(kind)
    }
}
