//! What runs through the whole book, a step at a time: the clues, what is in the way, the promises, the fear; and who is
//! there in the scenes that every book of a genre has.

use proto::tasks::fiction::{
    ledger::Key,
    plan::{Beat, Genre},
};

use super::{Plot, beats::make_holder_beat, make_beat};
use crate::{
    bank::find_texts,
    world::{Episode, World},
};

impl Plot<'_> {
    /// The frame's clues are dealt out evenly; who has none has seen something smaller.
    pub(super) fn next_clue(&mut self, episode: &Episode) -> Vec<Beat> {
        let count = self.world.episodes.len().max(1);
        let told = self.arcs.clue + self.arcs.lead;
        let due = ((told + 1) * 6).div_ceil(count.max(6)).min(6);
        let own = |kind: &str| make_holder_beat(episode, kind);
        if due > self.arcs.clue {
            self.arcs.clue += 1;
            let number = self.arcs.clue;
            let fact = Key::parse(&format!("clue-{number}"));
            return vec![
                Beat {
                    fact,
                    ..own(&format!("frame/clue{number}"))
                },
                own("gain"),
                own(&format!("frame/think{number}")),
            ];
        }
        self.arcs.lead += 1;

        vec![own("lead"), own("lead/think")]
    }

    pub(super) fn next_trouble(&mut self) -> Vec<Beat> {
        let family = match self.world.genre {
            Genre::Romance | Genre::Literary => "trouble/heart",
            Genre::Children => "trouble/child",
            Genre::Horror => "trouble/haunt",
            _ => "pressure",
        };

        loop {
            self.arcs.trouble += 1;
            let kind = format!("{family}/{}", self.arcs.trouble);
            if find_texts(&kind).is_empty() {
                return vec![make_beat("interlude")];
            }
            let is_alien = match self.world.genre {
                Genre::ScienceFiction => matches!(self.arcs.trouble, 1 | 4 | 5 | 8 | 9 | 10),
                Genre::Fantasy => matches!(self.arcs.trouble, 4 | 6 | 7 | 9),
                _ => false,
            };
            if !is_alien {
                return vec![make_beat(&kind)];
            }
        }
    }

    /// By turns a step of a promise and of the fear.
    pub(super) fn next_progress(&mut self) -> Vec<Beat> {
        let world = self.world;
        if self.arcs.fear == 0 {
            self.arcs.fear = 1;
            return vec![make_beat(&format!("fear/{}/hint", world.fear))];
        }
        let steps: Vec<(&str, &str)> = ["go1", "go2"]
            .into_iter()
            .flat_map(|stage| world.promises.iter().map(move |promise| (*promise, stage)))
            .collect();
        if self.arcs.fear == 1 && self.arcs.promise >= world.promises.len() {
            self.arcs.fear = 2;
            return vec![make_beat(&format!("fear/{}/tell", world.fear))];
        }
        let step = steps.get(self.arcs.promise).copied();
        self.arcs.promise += 1;

        step.map_or_else(Vec::new, |(promise, stage)| {
            vec![self.make_promise_beat(promise, stage)]
        })
    }

    pub(super) fn face_fear(&mut self) -> Vec<Beat> {
        match self.arcs.fear {
            0 => Vec::new(),
            _ => vec![make_beat(&format!("fear/{}/face", self.world.fear))],
        }
    }
}

/// Whether the antagonist is among those whom one meets from the start, as somebody who helps.
pub(crate) fn appears_early(world: &World) -> bool {
    if world.premise.course != world.genre.as_str() {
        return world.premise.course != "rival";
    }

    matches!(
        world.genre,
        Genre::Mystery
            | Genre::Thriller
            | Genre::Romance
            | Genre::Horror
            | Genre::Historical
            | Genre::ScienceFiction
    )
}

pub(super) fn find_presence(world: &World, kind: &str) -> Vec<Key> {
    if world.premise.course != world.genre.as_str() {
        let is_rival = world.premise.course == "rival";
        return match kind {
            "frame/call" => vec![world.mentor.clone()],
            "frame/face" => vec![world.antagonist.clone()],
            "frame/open" | "frame/mid" | "frame/last" if is_rival => vec![world.antagonist.clone()],
            "frame/return" | "frame/mid" => vec![world.ally.clone()],
            _ => Vec::new(),
        };
    }

    find_genre_presence(world, kind)
}

fn find_genre_presence(world: &World, kind: &str) -> Vec<Key> {
    match kind {
        "frame/call" => vec![world.mentor.clone()],
        "frame/face" if matches!(world.genre, Genre::Fantasy | Genre::Adventure) => {
            vec![world.antagonist.clone(), world.ally.clone()]
        }
        "frame/face" => vec![world.antagonist.clone()],
        "frame/return" if world.genre == Genre::Romance => vec![world.mentor.clone()],
        "frame/turn" if world.genre == Genre::Romance => vec![world.ally.clone()],
        "frame/dark" if world.genre == Genre::Literary => vec![world.ally.clone()],
        "frame/end" if world.genre == Genre::Children => vec![world.antagonist.clone()],
        "frame/last" if world.genre == Genre::Adventure => vec![world.mentor.clone()],
        "frame/return" => vec![world.ally.clone()],
        "frame/mid" => match world.genre {
            Genre::Romance => vec![world.ally.clone(), world.antagonist.clone()],
            _ => vec![world.ally.clone()],
        },
        "frame/open" if world.genre == Genre::Romance => vec![world.ally.clone()],
        _ => Vec::new(),
    }
}

/// Goal, obstacle, outcome.
pub(super) fn describe_step(kind: &str) -> (&'static str, &'static str, &'static str) {
    match kind {
        "frame/open" => (
            "an ordinary day",
            "something is not as it should be",
            "it could not be left as it was",
        ),
        "frame/call" | "self" => (
            "somebody else to see to it",
            "there is nobody else",
            "it had been taken on",
        ),
        "frame/mid" => (
            "to be nearly there",
            "what they were sure of was wrong",
            "what had seemed certain was not",
        ),
        "frame/dark" => (
            "to keep hold of what has been found",
            "it is taken away",
            "everything was lost",
        ),
        "frame/guess" => (
            "to understand it",
            "there is nobody left to tell it",
            "it could only have been one person",
        ),
        _ => (
            "the truth said aloud",
            "whoever did it had a reason",
            "it was out",
        ),
    }
}
