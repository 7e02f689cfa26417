//! The chain of scenes: what somebody wants in each, what stands against it, what comes of it and which scene it follows
//! from. It says what happens; the words are found elsewhere.

mod arcs;
mod beats;
mod promises;
mod titles;

use proto::tasks::fiction::{
    ledger::Key,
    plan::{Beat, CauseLink, Genre},
};

use crate::{
    bank::find_texts,
    world::{Episode, World},
};

pub(crate) use beats::make_beat;

use arcs::{appears_early, describe_step, find_presence};
use beats::make_holder_beat;

/// A scene before it has a number and a time.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) title: String,
    pub(crate) place: Key,
    pub(crate) present: Vec<Key>,
    pub(crate) goal: String,
    pub(crate) obstacle: String,
    pub(crate) outcome: String,
    pub(crate) link: CauseLink,
    pub(crate) promises: Vec<String>,
    pub(crate) beats: Vec<Beat>,
}

/// How many people with something to hide a book of so many scenes has.
pub(crate) fn count_episodes(scenes: usize, available: usize) -> usize {
    match scenes {
        0..=4 => 0,
        5..=9 => 1,
        _ => ((scenes - 8) / 3).clamp(1, available),
    }
}

pub(crate) fn count_promises(scenes: usize) -> usize {
    match scenes {
        0..=4 => 0,
        5..=20 => 1,
        21..=44 => 2,
        _ => 3,
    }
}

pub(crate) struct Plot<'a> {
    world: &'a World,
    steps: Vec<Step>,
    /// What the scene before has left behind, as a clause.
    left: String,
    link: CauseLink,
    arcs: Arcs,
}

/// How far what runs through the whole book has come.
#[derive(Default)]
struct Arcs {
    ally: usize,
    trouble: usize,
    promise: usize,
    fear: usize,
    clue: usize,
    lead: usize,
}

impl<'a> Plot<'a> {
    pub(crate) fn lay_out(world: &'a World, scenes: usize) -> Vec<Step> {
        let mut plot = Self {
            world,
            steps: Vec::new(),
            left: String::new(),
            link: CauseLink::Therefore,
            arcs: Arcs::default(),
        };
        match scenes {
            0..=4 => plot.lay_out_sketch(scenes),
            5..=9 => plot.lay_out_tale(scenes),
            _ => plot.lay_out_novel(scenes),
        }

        plot.steps
    }

    fn lay_out_sketch(&mut self, scenes: usize) {
        let parts: &[&[&str]] = match scenes {
            0 | 1 => &[&["open", "face", "turn", "last"]],
            2 => &[&["open", "call"], &["face", "turn", "last"]],
            3 => &[&["open"], &["call", "deadline"], &["face", "turn", "last"]],
            _ => &[
                &["open"],
                &["call", "deadline"],
                &["mid", "guess"],
                &["face", "turn", "last"],
            ],
        };

        for part in parts {
            let names: Vec<String> = part.iter().map(|name| format!("frame/{name}")).collect();
            self.add_frame_step(&names.iter().map(String::as_str).collect::<Vec<_>>());
        }
    }

    fn lay_out_tale(&mut self, scenes: usize) {
        self.add_frame_step(&["frame/open"]);
        self.add_frame_step(&["frame/call", "frame/deadline", "self"]);
        self.add_promises();
        let world = self.world;
        let middle = scenes.saturating_sub(5 + usize::from(scenes > 8)).max(1);
        if let Some(episode) = world.episodes.first() {
            self.add_episode(episode, 0, middle.min(6));
        }
        self.add_frame_step(&["frame/dark", "frame/guess", "frame/return"]);
        self.add_frame_step(&["frame/face", "frame/turn"]);
        self.add_ending();
        if scenes > 8 {
            self.steps.insert(2, self.make_meeting());
        }

        self.steps.truncate(scenes);
    }

    fn lay_out_novel(&mut self, scenes: usize) {
        self.add_frame_step(&["frame/open"]);
        self.add_frame_step(&["self", "frame/call", "frame/deadline"]);
        let meeting = self.make_meeting();
        self.steps.push(meeting);
        self.add_promises();

        let world = self.world;
        let count = world.episodes.len();
        let middle = scenes.saturating_sub(8);
        let turn = count.div_ceil(2);
        for (index, episode) in world.episodes.iter().enumerate() {
            // What does not divide goes to the first ones.
            let share = middle / count + usize::from(index < middle % count);
            self.add_episode(episode, index, share.min(6));
            // More chapters than people with something to hide: what is in the way takes longer.
            for _ in 6..share {
                self.add_trouble();
            }
            if index + 1 == turn {
                self.add_frame_step(&["frame/mid"]);
            }
        }

        self.add_frame_step(&["frame/dark", "trouble-fear"]);
        self.add_frame_step(&["frame/guess", "frame/return"]);
        self.add_frame_step(&["frame/face", "frame/turn"]);
        self.add_ending();
    }

    fn name(&self, key: &Key) -> String {
        let person = self.world.cast.person(key);
        person.map_or_else(String::new, |person| person.entity.name.clone())
    }

    fn add_frame_step(&mut self, kinds: &[&str]) {
        let world = self.world;
        let is_late = kinds
            .iter()
            .any(|kind| matches!(*kind, "frame/face" | "frame/dark" | "frame/guess"));
        let is_end = kinds.contains(&"frame/face");
        let present = kinds.iter().flat_map(|kind| find_presence(world, kind)).fold(
            vec![world.protagonist.clone()],
            |mut present, key| {
                if !present.contains(&key) {
                    present.push(key);
                }
                present
            },
        );
        let mut beats = Vec::new();
        if !kinds.contains(&"frame/open") {
            beats.push(make_beat("hour"));
        }
        for kind in kinds {
            match *kind {
                "frame/call" => {
                    beats.extend([make_beat("kin/m"), make_beat("trade/m"), make_beat(kind)]);
                    beats.push(make_beat("kin/v"));
                    // The other one of two is there from the first line on, and is told of here.
                    if world.premise.course == "rival" {
                        beats.extend([make_beat("kin/x"), make_beat("trade/x")]);
                    }
                }
                "trouble-fear" => beats.extend(self.face_fear()),
                "frame/face" => {
                    beats.push(make_beat("place"));
                    beats.push(make_beat(kind));
                }
                "frame/open" => {
                    beats.push(make_beat(kind));
                    beats.extend(self.is_named_site(&world.stage).then(|| make_beat("site")));
                }
                "self" => {
                    beats.push(make_beat(kind));
                    beats.extend((!world.premise.late.is_empty()).then(|| make_beat("late")));
                }
                kind => beats.push(make_beat(kind)),
            }
        }

        let words = describe_step(kinds.first().copied().unwrap_or_default());
        let name = self.name(&world.protagonist);
        self.push(Step {
            title: self.find_title(kinds.first().copied().unwrap_or_default(), None),
            place: if is_end {
                world.finale.clone()
            } else {
                world.stage.clone()
            },
            present,
            goal: format!("{name} wants {}", words.0),
            obstacle: words.1.to_owned(),
            outcome: words.2.to_owned(),
            link: if is_late && !is_end {
                CauseLink::But
            } else {
                self.link
            },
            promises: Vec::new(),
            beats,
        });
        self.link = CauseLink::Therefore;
    }

    /// Whether the prompt has said that it happens there.
    fn is_named_site(&self, place: &Key) -> bool {
        let place = self.world.cast.place(place);
        let site = self.world.brief.site.as_ref();

        site.is_some_and(|(name, _)| place.is_some_and(|place| place.entity.name == *name))
    }

    /// The ally appears, and whoever will turn out to have been too helpful.
    fn make_meeting(&self) -> Step {
        let world = self.world;
        let mut beats = vec![make_beat("hour"), make_beat("place"), make_beat("partner")];
        beats.extend([make_beat("kin/a"), make_beat("trade/a")]);
        if world.genre != Genre::Romance {
            beats.push(make_beat("ally/1"));
        }
        let mut present = vec![world.protagonist.clone(), world.ally.clone()];
        if appears_early(world) {
            beats.extend([make_beat("patron"), make_beat("kin/x"), make_beat("trade/x")]);
            present.push(world.antagonist.clone());
        }
        beats.push(make_beat("mind"));

        Step {
            title: self.find_title("meeting", None),
            place: world.stage.clone(),
            present,
            goal: format!("{} wants to begin, and alone", self.name(&world.protagonist)),
            obstacle: format!("{} has made up a mind to come along", self.name(&world.ally)),
            outcome: "there were two of them".to_owned(),
            link: CauseLink::But,
            promises: Vec::new(),
            beats,
        }
    }

    fn push(&mut self, step: Step) {
        self.left.clone_from(&step.outcome);
        self.steps.push(step);
    }

    /// Between three and six scenes around one person: the answer that is too smooth, what does not fit it, what others
    /// saw, what is in the way, the confession, and what it costs.
    fn add_episode(&mut self, episode: &'a Episode, index: usize, scenes: usize) {
        let next = self.world.episodes.get(index + 1);
        let before = self.steps.len();
        self.add_approach(episode, index);
        match scenes {
            0 | 1 => self.add_confrontation(episode, next, true),
            2 => {
                self.add_confrontation(episode, next, true);
            }
            3 => {
                self.add_search(episode, true);
                self.add_confrontation(episode, next, true);
            }
            4 => {
                self.add_search(episode, true);
                self.add_confrontation(episode, next, false);
                self.add_rest(episode, next, index);
            }
            5 => {
                self.add_search(episode, false);
                self.add_gossip(episode, true);
                self.add_confrontation(episode, next, false);
                self.add_rest(episode, next, index);
            }
            _ => {
                self.add_search(episode, false);
                self.add_gossip(episode, false);
                self.add_trouble();
                self.add_confrontation(episode, next, false);
                self.add_rest(episode, next, index);
            }
        }
        self.steps.truncate(before + scenes.clamp(1, 6));
        while self.steps.len() < before + scenes.clamp(1, 6) {
            self.add_trouble();
        }

        if let Some(last) = self.steps.last() {
            self.left.clone_from(&last.outcome);
        }
    }

    fn with_holder(&self, episode: &Episode) -> Vec<Key> {
        vec![
            self.world.protagonist.clone(),
            self.world.ally.clone(),
            episode.holder.clone(),
        ]
    }

    fn add_approach(&mut self, episode: &Episode, index: usize) {
        let own = |kind: &str| make_holder_beat(episode, kind);
        let part = |part: &str| make_holder_beat(episode, &format!("episode/{}/{part}", episode.name));
        let name = self.name(&episode.holder);
        let go = if index.is_multiple_of(3) {
            "hour"
        } else {
            "go/therefore"
        };
        let beats = vec![
            Beat {
                text: Some(self.left.clone()),
                ..own(go)
            },
            part("rumour"),
            own("arrive"),
            own("place"),
            part("door"),
            own("meet"),
            own("greet"),
            own("ask"),
            part("lie"),
            own("note"),
            own("leave"),
        ];

        self.push(Step {
            title: self.find_title("approach", Some(episode)),
            place: episode.place.clone(),
            present: self.with_holder(episode),
            goal: format!("to hear from {name} what happened"),
            obstacle: format!("{name} has an answer ready"),
            outcome: format!("{name} had not told the truth"),
            link: CauseLink::Therefore,
            promises: Vec::new(),
            beats,
        });
    }

    fn add_search(&mut self, episode: &Episode, with_gossip: bool) {
        let own = |kind: &str| make_holder_beat(episode, kind);
        let part = |part: &str| make_holder_beat(episode, &format!("episode/{}/{part}", episode.name));
        let name = self.name(&episode.holder);
        let mut beats = vec![
            Beat {
                text: Some(self.left.clone()),
                ..own("go/but")
            },
            own("hour"),
            own("seek"),
            part("sign"),
            own("seek/react"),
        ];
        if with_gossip {
            beats.extend([own("gossip/in"), part("gossip"), own("gossip/out")]);
        }
        beats.push(own("mind"));

        self.push(Step {
            title: self.find_title("search", Some(episode)),
            place: episode.place.clone(),
            present: vec![self.world.protagonist.clone(), self.world.ally.clone()],
            goal: format!("to find out what {name} left out"),
            obstacle: "nothing lies open".to_owned(),
            outcome: format!("{name} was hiding something"),
            link: CauseLink::But,
            promises: Vec::new(),
            beats,
        });
    }

    fn add_gossip(&mut self, episode: &Episode, with_trouble: bool) {
        let own = |kind: &str| make_holder_beat(episode, kind);
        let name = self.name(&episode.holder);
        let mut beats = vec![
            own("hour"),
            own("gossip/in"),
            make_holder_beat(episode, &format!("episode/{}/gossip", episode.name)),
            own("gossip/out"),
        ];
        if with_trouble {
            beats.extend(self.next_trouble());
        }
        beats.push(own("bond"));

        self.push(Step {
            title: self.find_title("gossip", Some(episode)),
            place: self.world.at_home.clone(),
            present: vec![self.world.protagonist.clone(), self.world.ally.clone()],
            goal: format!("to hear what others know of {name}"),
            obstacle: "whoever talks has a reason to".to_owned(),
            outcome: format!("others had been watching {name}"),
            link: CauseLink::Therefore,
            promises: Vec::new(),
            beats,
        });
    }

    fn add_trouble(&mut self) {
        let mut beats = vec![make_beat("hour"), make_beat("place")];
        beats.extend(self.next_trouble());
        beats.extend(self.next_progress());
        beats.push(make_beat("mind"));
        beats.push(make_beat("bond"));

        self.push(Step {
            title: self.find_title("trouble", None),
            place: self.world.stage.clone(),
            present: vec![self.world.protagonist.clone(), self.world.ally.clone()],
            goal: "to go on undisturbed".to_owned(),
            obstacle: "somebody does not want them to".to_owned(),
            outcome: "it was known what they were after".to_owned(),
            link: CauseLink::But,
            promises: Vec::new(),
            beats,
        });
    }

    fn add_confrontation(&mut self, episode: &Episode, next: Option<&Episode>, is_whole: bool) {
        let own = |kind: &str| make_holder_beat(episode, kind);
        let part = |part: &str| make_holder_beat(episode, &format!("episode/{}/{part}", episode.name));
        let name = self.name(&episode.holder);
        let mut beats = vec![
            own("confront/in"),
            part("lever"),
            Beat {
                fact: Some(episode.secret.clone()),
                ..part("confess")
            },
            own("confront/after"),
            own("bridge"),
        ];
        beats.extend(self.next_clue(episode));
        if is_whole {
            beats.push(part("price"));
        }
        let next = next.filter(|_| is_whole);
        if let Some(next) = next {
            beats.push(Beat {
                with: vec![next.holder.clone()],
                ..own("point")
            });
        }

        self.push(Step {
            title: self.find_title("confront", Some(episode)),
            place: episode.place.clone(),
            present: self.with_holder(episode),
            goal: format!("to make {name} speak"),
            obstacle: format!("{name} has lived by keeping still"),
            outcome: match next {
                Some(_) => format!("{name} had given them a name"),
                None => format!("{name} had spoken"),
            },
            link: CauseLink::Therefore,
            promises: Vec::new(),
            beats,
        });
    }

    fn add_rest(&mut self, episode: &Episode, next: Option<&Episode>, index: usize) {
        let own = |kind: &str| make_holder_beat(episode, kind);
        let name = self.name(&episode.holder);
        let mut beats = vec![make_holder_beat(
            episode,
            &format!("episode/{}/price", episode.name),
        )];
        let mut present = self.with_holder(episode);
        if let Some(next) = next {
            beats.push(Beat {
                with: vec![next.holder.clone()],
                ..own("point")
            });
        }
        beats.push(own("rest"));
        if let Some(earlier) = index
            .checked_sub(2)
            .and_then(|index| self.world.episodes.get(index))
        {
            beats.push(Beat {
                who: Some(earlier.holder.clone()),
                ..make_beat(&format!("episode/{}/echo", earlier.name))
            });
        }
        self.arcs.ally += 1;
        let ally = format!("ally/{}", self.arcs.ally + 1);
        if find_texts(&ally).is_empty() {
            beats.push(make_beat("interlude"));
        } else {
            beats.push(make_beat(&ally));
        }
        beats.extend(self.next_progress());
        beats.push(own("sum"));
        beats.push(own("decide"));
        present.dedup();

        self.push(Step {
            title: self.find_title("cost", Some(episode)),
            place: episode.place.clone(),
            present,
            goal: format!("to use what {name} said"),
            obstacle: "it has a price, and somebody else pays it".to_owned(),
            outcome: match next {
                Some(_) => format!("{name} had given them a name"),
                None => "there was nobody left to ask".to_owned(),
            },
            link: CauseLink::But,
            promises: Vec::new(),
            beats,
        });
    }

    fn add_ending(&mut self) {
        let world = self.world;
        let mut beats = vec![make_beat("frame/end"), make_beat("hour")];
        for promise in &world.promises {
            beats.push(self.make_promise_beat(promise, "pay"));
        }
        beats.push(make_beat("frame/last"));

        let mut present = vec![world.protagonist.clone(), world.home.clone(), world.ally.clone()];
        for kind in ["frame/end", "frame/last"] {
            present.extend(find_presence(world, kind));
        }

        self.push(Step {
            title: self.find_title("owed", None),
            place: world.at_home.clone(),
            present,
            goal: format!(
                "{} wants to keep what was promised",
                self.name(&world.protagonist)
            ),
            obstacle: "nobody comes home as they went".to_owned(),
            outcome: "what had been promised was paid".to_owned(),
            link: CauseLink::Therefore,
            promises: world.promises.iter().map(|name| (*name).to_owned()).collect(),
            beats,
        });
    }
}
