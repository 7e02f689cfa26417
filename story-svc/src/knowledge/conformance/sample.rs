//! A small story, and the parts that tests make others of.

use proto::tasks::fiction::ledger::{
    Entity, EntityKind, FactObject, Key, Learning, Ledger, LedgerFact, Presence, Scene, StoryTime,
};

use crate::knowledge::{KnownFact, Possession};

/// Names that are more than they seem, for one engine or another.
pub(super) const HOSTILE: &[&str] = &[
    "'; DROP TABLE knowledge_entries; --",
    "\" OR 1=1 --",
    "x' UNION SELECT body FROM knowledge_scenes --",
    "%",
    "_%_",
    "\\",
    "\\' ESCAPE '",
    "`) MATCH (n) DETACH DELETE n //",
    "'}) MATCH (n) SET n.story_id='x' RETURN ({a:'",
    "$story",
    "$1",
    "{story_id: $story}",
    "\u{0027}\u{2019}\u{202e}",
    "Ünïcödé 名前 🏮",
    "null",
    "NaN",
    "/* */",
    "[\"a\",{}]",
    "\\u0000",
];

pub(super) fn key(text: &str) -> Key {
    Key::parse(text).unwrap_or_else(|| panic!("{text} is no key"))
}

fn entity(key_: &str, kind: EntityKind, name: &str) -> Entity {
    Entity {
        key: key(key_),
        kind,
        name: name.to_owned(),
        aliases: Vec::new(),
        details: serde_json::Map::new(),
        scene: None,
    }
}

pub(super) fn character(key: &str, name: &str) -> Entity {
    entity(key, EntityKind::Character, name)
}

pub(super) fn place(key: &str, name: &str) -> Entity {
    entity(key, EntityKind::Place, name)
}

pub(super) fn item(key: &str, name: &str) -> Entity {
    entity(key, EntityKind::Item, name)
}

/// An hour in which nothing happens.
pub(super) fn scene(name: &str, chapter: u32, number: u32, from: StoryTime) -> Scene {
    Scene {
        key: key(name),
        chapter,
        number,
        title: String::new(),
        place: None,
        from,
        until: from + 60,
        ledger: Ledger::default(),
    }
}

pub(super) fn present(who: &str) -> Presence {
    Presence {
        who: key(who),
        place: None,
        from: None,
        until: None,
    }
}

pub(super) fn learns(who: &str, fact: &str) -> Learning {
    Learning {
        who: key(who),
        fact: key(fact),
        told_by: None,
        at: None,
    }
}

pub(super) fn fact(name: &str, subject: &str, predicate: &str, words: &str) -> LedgerFact {
    LedgerFact {
        key: key(name),
        subject: key(subject),
        predicate: predicate.to_owned(),
        object: FactObject::Text(words.to_owned()),
        from: None,
        until: None,
    }
}

pub(super) fn keys(entities: &[Entity]) -> Vec<&str> {
    entities.iter().map(|entity| entity.key.as_str()).collect()
}

pub(super) fn facts(known: &[KnownFact]) -> Vec<String> {
    known.iter().map(|one| one.fact.to_string()).collect()
}

pub(super) fn items(possessions: &[Possession]) -> Vec<String> {
    possessions.iter().map(|one| one.item.to_string()).collect()
}

/// Mira comes to the inn with a lantern; Jon steals it; a look back at why she fears water; she finds it out in the cellar; at the
/// harbour she fears no more.
pub(super) mod story {
    use proto::tasks::fiction::ledger::{
        Condition, FactEnd, ItemMove, LedgerAction, MoveMode, PromiseStage, PromiseStep,
    };
    use serde_json::json;

    use super::*;
    use crate::knowledge::{Knowledge, StoryGraph};

    pub(in super::super) fn entities() -> Vec<Entity> {
        let mut mira = character("mira", "Mira Voss");
        mira.aliases = vec!["the girl".to_owned()];
        mira.details
            .insert("eyes".to_owned(), json!({"colour": "grey", "since": 1}));
        let mut lantern = item("lantern", "A lantern");
        lantern.scene = Some(key("arrival"));

        vec![
            mira,
            character("jon", "Jon"),
            place("inn", "The inn"),
            place("farm", "The farm"),
            place("harbour-quay", "The quay"),
            place("cellar-room", "The cellar"),
            lantern,
            item("cloak", "A cloak"),
        ]
    }

    pub(in super::super) fn scenes() -> Vec<Scene> {
        vec![arrival(), theft(), childhood(), cellar(), harbour()]
    }

    pub(in super::super) async fn kept(knowledge: &Knowledge) -> StoryGraph {
        let graph = super::super::new_story(knowledge);
        graph.put_entities(&entities()).await.unwrap();
        for scene in scenes() {
            graph.replace_scene(&scene).await.unwrap();
        }

        graph
    }

    fn moved(item: &str, mode: MoveMode, to: &str, by: Option<&str>) -> ItemMove {
        ItemMove {
            item: key(item),
            mode,
            to: Some(key(to)),
            by: by.map(key),
            at: None,
        }
    }

    fn promised(stage: PromiseStage, due_chapter: Option<u32>) -> PromiseStep {
        PromiseStep {
            promise: key("the-key"),
            stage,
            text: "A key that fits no door".to_owned(),
            who: None,
            due_chapter,
        }
    }

    fn arrival() -> Scene {
        let mut scene = scene("arrival", 1, 1, 0);
        scene.title = "Rain".to_owned();
        scene.place = Some(key("inn"));
        scene.ledger.present = vec![present("mira"), present("jon")];
        scene.ledger.moves = vec![
            moved("lantern", MoveMode::Held, "mira", None),
            moved("cloak", MoveMode::Worn, "mira", None),
        ];
        scene.ledger.promises = vec![promised(PromiseStage::Planted, Some(3))];

        scene
    }

    fn theft() -> Scene {
        let mut scene = scene("theft", 1, 2, 100);
        scene.place = Some(key("inn"));
        scene.ledger.present = vec![present("mira"), present("jon")];
        let mut taken = moved("lantern", MoveMode::Held, "jon", Some("jon"));
        taken.at = Some(130);
        scene.ledger.moves = vec![taken];
        let mut storm = fact("storm", "inn", "is", "under a storm");
        storm.until = Some(160);
        let mut stolen = fact("jon-stole", "jon", "stole", "");
        stolen.object = FactObject::Entity(key("lantern"));
        scene.ledger.facts = vec![storm, stolen];
        scene.ledger.learned = vec![learns("jon", "jon-stole")];
        scene.ledger.actions = vec![LedgerAction {
            who: key("jon"),
            deed: "takes the lantern".to_owned(),
            with: vec![key("lantern")],
            needs: Vec::new(),
            effects: vec![Condition {
                fact: key("jon-stole"),
                holds: true,
            }],
            at: Some(130),
        }];

        scene
    }

    /// Told third, happened first.
    fn childhood() -> Scene {
        let mut scene = scene("childhood", 2, 1, -10_000);
        scene.place = Some(key("farm"));
        scene.ledger.present = vec![present("mira")];
        scene.ledger.facts = vec![fact("fears-water", "mira", "is afraid of", "deep water")];
        scene.ledger.learned = vec![learns("mira", "fears-water")];

        scene
    }

    fn cellar() -> Scene {
        let mut scene = scene("cellar", 2, 2, 500);
        scene.place = Some(key("cellar-room"));
        scene.ledger.present = vec![present("mira"), present("jon"), present("mira")];
        let mut told = learns("mira", "jon-stole");
        told.told_by = Some(key("jon"));
        scene.ledger.learned = vec![told];
        scene.ledger.relies_on = vec![key("jon-stole")];
        scene.ledger.promises = vec![promised(PromiseStage::Progressed, None)];
        scene.ledger.actions = vec![LedgerAction {
            who: key("mira"),
            deed: "accuses him".to_owned(),
            with: vec![key("jon")],
            needs: vec![Condition {
                fact: key("jon-stole"),
                holds: true,
            }],
            effects: Vec::new(),
            at: None,
        }];

        scene
    }

    fn harbour() -> Scene {
        let mut scene = scene("harbour", 3, 1, 900);
        scene.place = Some(key("harbour-quay"));
        scene.ledger.present = vec![present("mira")];
        scene.ledger.moves = vec![moved("lantern", MoveMode::Held, "mira", Some("jon"))];
        scene.ledger.ended = vec![FactEnd {
            fact: key("fears-water"),
            at: None,
        }];
        scene.ledger.promises = vec![promised(PromiseStage::Paid, None)];

        scene
    }
}
