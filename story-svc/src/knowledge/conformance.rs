//! What every engine of knowledge promises, on SQLite, PostgreSQL and Neo4j. What only a server can get wrong is in `faults`.

mod faults;
mod sample;
mod speed;

use std::future::Future;

use kit::db::Db;
use kit::db::testing::each_engine;
use kit::ids::random_id;
use kit::servers::NEO4J;
use proto::tasks::fiction::ledger::{
    Condition, EntityKind, FactEnd, ItemMove, LedgerAction, MoveMode, PromiseStage, PromiseStep,
};

use self::sample::{HOSTILE, character, fact, item, key, keys, learns, place, present, scene, story};
use super::{Knowledge, KnowledgeConfig, KnowledgeError, SceneMoment, ScenePlace, StoryGraph, StoryQuery};
use crate::MIGRATIONS;

/// As a test's server is reached.
fn neo4j_config(uri: &str) -> KnowledgeConfig {
    let read = |name: &str| std::env::var(name).expect(name);

    KnowledgeConfig {
        uri: uri.to_owned(),
        user: read("SAGA_TEST_NEO4J_USER"),
        password: read("SAGA_TEST_NEO4J_PASSWORD").into(),
    }
}

async fn some_db() -> (Db, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open(&kit::db::testing::config(""), folder.path(), "test")
        .await
        .unwrap();
    db.migrate(&MIGRATIONS).await.unwrap();

    (db, folder)
}

/// Runs the test on every engine there is.
async fn each_graph<F, Fut>(test: F)
where
    F: Fn(Knowledge) -> Fut,
    Fut: Future<Output = ()>,
{
    each_engine(&MIGRATIONS, |db| test(Knowledge::in_tables(&db))).await;

    if let Some(neo4j) = NEO4J.lend().await {
        let (db, _folder) = some_db().await;
        let knowledge = Knowledge::open(&neo4j_config(&neo4j.url), &db).await.unwrap();
        assert_eq!(knowledge.engine(), "neo4j");
        test(knowledge).await;
    }
}

fn new_story(knowledge: &Knowledge) -> StoryGraph {
    knowledge.story(random_id(), random_id())
}

fn faults(error: &KnowledgeError) -> Vec<&str> {
    match error {
        KnowledgeError::Invalid { fields } => fields.iter().map(|fault| fault.field.as_str()).collect(),
        other => panic!("{other}"),
    }
}

async fn ask(graph: &StoryGraph, question: &str) -> Vec<Vec<String>> {
    let query = StoryQuery::parse(question).unwrap();
    graph.query(&query).await.unwrap().rows
}

#[tokio::test]
async fn what_is_kept_is_found_as_it_was_written() {
    each_graph(|knowledge| async move {
        let graph = new_story(&knowledge);
        graph.put_entities(&story::entities()).await.unwrap();
        for scene in story::scenes() {
            graph.replace_scene(&scene).await.unwrap();
        }

        for scene in story::scenes() {
            assert_eq!(graph.get_scene(&scene.key).await.unwrap(), scene);
        }
        let mut entities = story::entities();
        entities.sort_by(|a, b| a.key.cmp(&b.key));
        assert_eq!(graph.list_entities(None, None, 100).await.unwrap(), entities);

        let people = graph
            .list_entities(Some(EntityKind::Character), Some(&key("jon")), 1)
            .await
            .unwrap();
        assert_eq!(keys(&people), ["mira"]);
        assert_eq!(graph.find_entity(&key("nobody")).await.unwrap(), None);

        // In the order of telling, whatever the order of what happened.
        let listed = graph.list_scenes(ScenePlace::default(), 100).await.unwrap();
        let told: Vec<_> = listed.iter().map(|scene| scene.key.as_str()).collect();
        assert_eq!(told, ["arrival", "theft", "childhood", "cellar", "harbour"]);
        let place = ScenePlace {
            chapter: 1,
            number: 2,
        };
        assert_eq!(
            graph.list_scenes(place, 1).await.unwrap()[0].key,
            key("childhood")
        );

        let missing = graph.get_scene(&key("nowhere")).await.unwrap_err();
        assert!(
            matches!(missing, KnowledgeError::SceneNotFound { .. }),
            "{missing}"
        );
    })
    .await;
}

#[tokio::test]
async fn one_call_says_what_somebody_knows_holds_and_wears_and_where_at_a_scene() {
    each_graph(|knowledge| async move {
        let graph = story::kept(&knowledge).await;
        let state = async |who: &str, scene: &str, moment| {
            graph
                .ask_state(&key(who), &key(scene), moment, 100)
                .await
                .unwrap()
        };

        let mira = state("mira", "arrival", SceneMoment::Before).await;
        assert_eq!(
            mira.whereabouts.unwrap().place,
            Some(key("farm")),
            "told later, happened earlier"
        );
        assert_eq!(sample::facts(&mira.knows), ["fears-water"]);
        assert!(mira.holds.is_empty() && mira.wears.is_empty());

        let mira = state("mira", "theft", SceneMoment::Before).await;
        assert_eq!(mira.whereabouts.as_ref().unwrap().place, Some(key("inn")));
        assert_eq!(sample::items(&mira.holds), ["lantern"]);
        assert_eq!(sample::items(&mira.wears), ["cloak"]);

        let after = state("mira", "theft", SceneMoment::After).await;
        assert!(after.holds.is_empty(), "it was stolen");
        assert_eq!(sample::items(&after.wears), ["cloak"]);
        let jon = state("jon", "theft", SceneMoment::After).await;
        assert_eq!(sample::items(&jon.holds), ["lantern"]);
        assert_eq!(sample::facts(&jon.knows), ["jon-stole"]);
        let says = jon.knows[0].says.as_ref().unwrap();
        assert_eq!((says.subject.as_str(), says.object.as_str()), ("jon", "lantern"));

        // She learns it two scenes later, and not before.
        assert_eq!(
            sample::facts(&state("mira", "cellar", SceneMoment::Before).await.knows),
            ["fears-water"]
        );
        let mira = state("mira", "cellar", SceneMoment::After).await;
        assert_eq!(sample::facts(&mira.knows), ["jon-stole", "fears-water"]);
        assert_eq!(mira.whereabouts.as_ref().unwrap().scene, key("cellar"));

        // A fact holds until a scene ends it; who knew it knows it still.
        let held = |state: &super::CharacterState| -> Vec<String> {
            state.facts.iter().map(|fact| fact.fact.to_string()).collect()
        };
        assert_eq!(held(&mira), ["fears-water"]);
        let mira = state("mira", "harbour", SceneMoment::After).await;
        assert!(held(&mira).is_empty());
        assert!(sample::facts(&mira.knows).contains(&"fears-water".to_owned()));

        let nobody = state("nobody", "theft", SceneMoment::After).await;
        assert_eq!((nobody.whereabouts, nobody.more), (None, false));
        let few = graph
            .ask_state(&key("mira"), &key("cellar"), SceneMoment::After, 1)
            .await
            .unwrap();
        assert_eq!(sample::facts(&few.knows), ["jon-stole"], "the newest");
        assert!(few.more);
    })
    .await;
}

#[tokio::test]
async fn a_rewritten_scene_leaves_nothing_of_what_it_was_and_all_of_the_others() {
    each_graph(|knowledge| async move {
        let graph = story::kept(&knowledge).await;
        let before = graph.measure().await.unwrap();
        let old = graph.get_scene(&key("theft")).await.unwrap();

        // Nothing is stolen any more.
        let mut new = scene("theft", 1, 2, 100);
        new.place = Some(key("inn"));
        new.ledger.present = vec![present("mira")];
        graph.replace_scene(&new).await.unwrap();

        let state = async |who: &str| {
            graph
                .ask_state(&key(who), &key("cellar"), SceneMoment::After, 100)
                .await
                .unwrap()
        };
        assert_eq!(sample::items(&state("mira").await.holds), ["lantern"]);
        assert!(state("jon").await.holds.is_empty());
        let known = &state("mira").await.knows[0];
        assert_eq!(
            (known.fact.as_str(), known.says.as_ref()),
            ("jon-stole", None),
            "nobody says it now"
        );
        let gone = graph.get_fact(&key("jon-stole")).await.unwrap_err();
        assert!(matches!(gone, KnowledgeError::FactNotFound { .. }), "{gone}");

        // Undone, everything is as it was.
        graph.replace_scene(&old).await.unwrap();
        assert_eq!(graph.measure().await.unwrap(), before);
        assert_eq!(sample::items(&state("jon").await.holds), ["lantern"]);

        // The scene that ended the fact goes, and it holds again.
        let fear = async || graph.get_fact(&key("fears-water")).await.unwrap().ended;
        assert_eq!(fear().await, Some((900, key("harbour"))));
        assert!(graph.remove_scene(&key("harbour")).await.unwrap());
        assert!(!graph.remove_scene(&key("harbour")).await.unwrap());
        assert_eq!(fear().await, None);
    })
    .await;
}

#[tokio::test]
async fn a_fact_names_the_scenes_that_go_by_it() {
    each_graph(|knowledge| async move {
        let graph = story::kept(&knowledge).await;
        let dependents = async |fact: &str| -> Vec<(String, Vec<String>)> {
            let found = graph.list_dependents(&key(fact)).await.unwrap();
            found
                .into_iter()
                .map(|one| (one.scene.to_string(), one.how))
                .collect()
        };
        let how = |words: &[&str]| -> Vec<String> { words.iter().map(|word| (*word).to_owned()).collect() };

        assert_eq!(
            dependents("jon-stole").await,
            [
                ("theft".to_owned(), how(&["effects", "learned"])),
                ("cellar".to_owned(), how(&["learned", "needs", "relies_on"])),
            ]
        );
        assert_eq!(
            dependents("fears-water").await,
            [
                ("childhood".to_owned(), how(&["learned"])),
                ("harbour".to_owned(), how(&["ends"])),
            ]
        );
        assert!(dependents("nothing").await.is_empty());

        // A fact that came with its end is not ended by anybody.
        let storm = graph.get_fact(&key("storm")).await.unwrap();
        assert_eq!(storm.ended, Some((160, key("theft"))));
        assert!(dependents("storm").await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn promises_stay_open_until_they_are_paid() {
    each_graph(|knowledge| async move {
        let graph = story::kept(&knowledge).await;
        let open = async |scene: &str, moment| {
            let open = graph.list_open_promises(&key(scene), moment).await.unwrap();
            open.into_iter()
                .map(|one| (one.promise.to_string(), one.stage, one.due_chapter))
                .collect::<Vec<_>>()
        };

        assert!(open("arrival", SceneMoment::Before).await.is_empty());
        let planted = ("the-key".to_owned(), PromiseStage::Planted, Some(3));
        assert_eq!(open("arrival", SceneMoment::After).await, [planted]);
        let progressed = ("the-key".to_owned(), PromiseStage::Progressed, Some(3));
        assert_eq!(open("cellar", SceneMoment::After).await, [progressed]);
        assert!(open("harbour", SceneMoment::After).await.is_empty());

        let context = graph.get_scene_context(&key("cellar")).await.unwrap();
        assert_eq!(keys(&context.entities), ["cellar-room", "jon", "mira"]);
        assert_eq!(context.people.len(), 2);
        assert_eq!(context.open_promises.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn two_stories_with_the_same_names_never_see_one_another() {
    each_graph(|knowledge| async move {
        let owner = random_id();
        let (one, other) = (
            knowledge.story(owner, random_id()),
            knowledge.story(owner, random_id()),
        );
        for graph in [&one, &other] {
            graph.put_entities(&story::entities()).await.unwrap();
            for scene in story::scenes() {
                graph.replace_scene(&scene).await.unwrap();
            }
        }
        let whole = one.measure().await.unwrap();

        // What happens in one does not happen in the other.
        let mut changed = story::entities();
        changed[0].name = "Somebody else".to_owned();
        other.put_entities(&changed).await.unwrap();
        assert!(other.remove_scene(&key("theft")).await.unwrap());
        assert_eq!(one.measure().await.unwrap(), whole);
        assert_ne!(other.measure().await.unwrap(), whole);
        let hits = one.search("Somebody else", 10).await.unwrap().hits;
        assert!(hits.is_empty(), "{hits:?}");

        let everything = "fact(?fact, ?subject, ?predicate, ?object, ?scene)";
        assert_eq!(ask(&one, everything).await.len(), 3);
        assert_eq!(ask(&other, everything).await.len(), 1);
        let holders = "moved(?item, ?who) and character(?who, ?name)";
        assert_eq!(ask(&one, holders).await.len(), 3);

        // Deleting one leaves the other whole, and may be repeated.
        other.delete().await.unwrap();
        other.delete().await.unwrap();
        assert_eq!(other.measure().await.unwrap(), super::GraphSize::default());
        assert!(ask(&other, everything).await.is_empty());
        assert_eq!(one.measure().await.unwrap(), whole);

        // Neither the owner nor the story is enough.
        let stranger = knowledge.story(random_id(), random_id());
        assert_eq!(stranger.measure().await.unwrap(), super::GraphSize::default());
        one.delete().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn text_is_text_whatever_it_looks_like() {
    each_graph(|knowledge| async move {
        let (graph, other) = (story::kept(&knowledge).await, story::kept(&knowledge).await);
        let whole = other.measure().await.unwrap();

        for (number, hostile) in HOSTILE.iter().enumerate() {
            let who = format!("h{number}");
            let mut entity = character(&who, hostile);
            entity.aliases = vec![(*hostile).to_owned()];
            entity.details.insert((*hostile).to_owned(), (*hostile).into());
            graph.put_entities(&[entity.clone()]).await.unwrap();

            let mut told = scene(
                &format!("s{number}"),
                9,
                u32::try_from(number).unwrap() + 1,
                2_000,
            );
            told.title = (*hostile).to_owned();
            told.ledger.present = vec![present(&who)];
            told.ledger.facts = vec![fact(&format!("f{number}"), &who, hostile, hostile)];
            told.ledger.actions = vec![LedgerAction {
                who: key(&who),
                deed: (*hostile).to_owned(),
                with: Vec::new(),
                needs: Vec::new(),
                effects: Vec::new(),
                at: None,
            }];
            told.ledger.promises = vec![PromiseStep {
                promise: key(&format!("p{number}")),
                stage: PromiseStage::Planted,
                text: (*hostile).to_owned(),
                who: None,
                due_chapter: None,
            }];
            graph.replace_scene(&told).await.unwrap();

            assert_eq!(graph.find_entity(&key(&who)).await.unwrap(), Some(entity));
            assert_eq!(graph.get_scene(&told.key).await.unwrap(), told);
            let history = graph.get_fact(&key(&format!("f{number}"))).await.unwrap();
            assert_eq!(
                (history.says.predicate.as_str(), history.says.object.as_str()),
                (*hostile, *hostile)
            );

            let hits = graph.search(hostile, 100).await.unwrap().hits;
            assert!(hits.iter().any(|hit| hit.key == key(&who)), "{hostile}: {hits:?}");
            let quoted = hostile.replace('\\', "\\\\").replace('"', "\\\"");
            let found = ask(&graph, &format!("fact(?fact, _, \"{quoted}\", \"{quoted}\")")).await;
            assert_eq!(found, [[format!("f{number}")]], "{hostile}");
        }

        assert_eq!(other.measure().await.unwrap(), whole);
        // `%` stands for itself: two names and two facts have one.
        assert_eq!(graph.search("%", 100).await.unwrap().hits.len(), 4);
        graph.delete().await.unwrap();
        other.delete().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_search_finds_names_and_facts_by_all_their_words() {
    each_graph(|knowledge| async move {
        let graph = story::kept(&knowledge).await;
        let search = async |text: &str| -> Vec<String> {
            let found = graph.search(text, 10).await.unwrap();
            found.hits.into_iter().map(|hit| hit.key.to_string()).collect()
        };

        assert_eq!(
            search("MIRA").await,
            ["mira", "fears-water"],
            "a name before what mentions it"
        );
        assert_eq!(search("voss mira").await, ["mira"]);
        assert_eq!(search("the girl").await, ["mira"], "another name");
        assert_eq!(search("cellar").await, ["cellar-room"]);
        assert_eq!(search("jon stole").await, ["jon-stole"]);
        assert!(search("mira stole").await.is_empty());

        let few = graph.search("a", 2).await.unwrap();
        assert_eq!((few.hits.len(), few.more), (2, true));
        for wrong in ["", "  ", "a b c d e f g h i", "a\0b", &"x".repeat(201)] {
            let error = graph.search(wrong, 10).await.unwrap_err();
            assert_eq!(faults(&error), ["text"], "{wrong:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_question_joins_what_its_atoms_say() {
    each_graph(|knowledge| async move {
        let graph = story::kept(&knowledge).await;

        let told = ask(
            &graph,
            "learned(?who, ?fact, ?from) and fact(?fact, ?thief, stole, lantern)",
        )
        .await;
        assert_eq!(told, [["mira", "jon-stole", "jon", "jon"]]);
        let known = "learned(?who, ?fact) and character(?who, ?name)";
        assert_eq!(ask(&graph, known).await.len(), 3);
        assert_eq!(ask(&graph, &format!("{known} before cellar")).await.len(), 2);
        assert_eq!(
            ask(&graph, &format!("{known} limit 1")).await,
            [["jon", "jon-stole", "Jon"]]
        );
        assert_eq!(ask(&graph, "uses(?scene, jon-stole, needs)").await, [["cellar"]]);
        assert_eq!(
            ask(&graph, "did(?who, ?deed, cellar), took_part(jon, ?who)")
                .await
                .len(),
            1
        );
        assert_eq!(ask(&graph, "promise(the-key, ?stage, _, ?scene)").await.len(), 3);
        assert_eq!(ask(&graph, "ended(fears-water, ?scene)").await, [["harbour"]]);
        assert_eq!(ask(&graph, "present(mira, ?place, theft)").await, [["inn"]]);
        assert!(ask(&graph, "item(?item, \"Nothing\")").await.is_empty());

        let nowhere = StoryQuery::parse("item(?item) before nowhere").unwrap();
        let error = graph.query(&nowhere).await.unwrap_err();
        assert!(matches!(error, KnowledgeError::SceneNotFound { .. }), "{error}");
    })
    .await;
}

#[tokio::test]
async fn what_does_not_fit_is_refused_whole_and_every_fault_is_named() {
    each_graph(|knowledge| async move {
        let graph = story::kept(&knowledge).await;
        let whole = graph.measure().await.unwrap();

        let mut wrong = scene("wrong", 4, 1, 3_000);
        wrong.until = 2_999;
        wrong.title = "two\nlines".to_owned();
        wrong.ledger.facts = vec![fact("f", "mira", "", "x"), fact("f", "mira", "is", "\0")];
        let error = graph.replace_scene(&wrong).await.unwrap_err();
        assert_eq!(
            faults(&error),
            [
                "title",
                "until",
                "ledger.facts[0].predicate",
                "ledger.facts[1].object",
                "ledger.facts[1].key",
            ]
        );

        let mut wrong = scene("wrong", 4, 1, 3_000);
        wrong.place = Some(key("mira"));
        wrong.ledger.present = vec![present("nobody")];
        wrong.ledger.moves = vec![
            ItemMove {
                item: key("lantern"),
                mode: MoveMode::Held,
                to: None,
                by: None,
                at: None,
            },
            ItemMove {
                item: key("lantern"),
                mode: MoveMode::Left,
                to: Some(key("jon")),
                by: None,
                at: None,
            },
        ];
        let error = graph.replace_scene(&wrong).await.unwrap_err();
        assert_eq!(
            faults(&error),
            [
                "place",
                "ledger.present[0].who",
                "ledger.moves[1].to",
                "ledger.moves[0].to"
            ]
        );

        // Somebody else's place, and somebody else's fact.
        let error = graph.replace_scene(&scene("other", 1, 2, 0)).await.unwrap_err();
        assert_eq!(faults(&error), ["number"]);
        let mut again = scene("again", 5, 1, 4_000);
        again.ledger.facts = vec![fact("jon-stole", "jon", "never stole", "it")];
        let error = graph.replace_scene(&again).await.unwrap_err();
        assert_eq!(faults(&error), ["ledger.facts[0].key"]);

        let mut long = scene("long", 6, 1, 5_000);
        long.ledger.relies_on = vec![key("jon-stole"); 1_001];
        assert_eq!(faults(&graph.replace_scene(&long).await.unwrap_err()), ["ledger"]);
        let mut odd = place("odd", "  ");
        odd.details.insert("note".to_owned(), "a\0b".into());
        let entities = [odd.clone(), odd];
        let error = graph.put_entities(&entities).await.unwrap_err();
        assert_eq!(
            faults(&error),
            [
                "entities[0].name",
                "entities[0].details",
                "entities[1].name",
                "entities[1].key",
                "entities[1].details",
            ]
        );

        assert_eq!(graph.measure().await.unwrap(), whole);
        // The largest that fits.
        long.ledger.relies_on.truncate(1_000);
        graph.replace_scene(&long).await.unwrap();
        assert_eq!(graph.get_scene(&long.key).await.unwrap(), long);
    })
    .await;
}

#[tokio::test]
async fn a_scene_may_carry_every_kind_of_line_about_hostile_but_valid_times() {
    each_graph(|knowledge| async move {
        let graph = story::kept(&knowledge).await;
        let mut early = scene("early", 7, 1, -500_000_000);
        early.ledger.present = vec![present("mira")];
        early.ledger.learned = vec![learns("mira", "storm")];
        early.ledger.ended = vec![FactEnd {
            fact: key("never-said"),
            at: Some(500_000_000),
        }];
        early.ledger.actions = vec![LedgerAction {
            who: key("mira"),
            deed: "waits".to_owned(),
            with: vec![key("lantern"), key("farm")],
            needs: vec![Condition {
                fact: key("never-said"),
                holds: false,
            }],
            effects: Vec::new(),
            at: Some(early.until),
        }];
        graph.put_entities(&[item("spare", "A spare")]).await.unwrap();
        graph.replace_scene(&early).await.unwrap();

        let state = graph
            .ask_state(&key("mira"), &key("childhood"), SceneMoment::Before, 10)
            .await
            .unwrap();
        assert_eq!(state.whereabouts.unwrap().scene, key("early"));
        assert_eq!(sample::facts(&state.knows), ["storm"]);
    })
    .await;
}
