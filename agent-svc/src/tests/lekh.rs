//! Lekh's agents with a model that lies, cuts off and breaks its JSON, and without one.

use proto::tasks::fiction::cast::Cast;
use proto::tasks::fiction::plan::BookOutline;

use super::models::{rig, says};
use super::*;
use crate::llm::testing::{FakeProvider, Script};

fn brief(prompt: &str, chapters: u32) -> Value {
    json!({ "prompt": prompt, "genres": ["mystery"], "chapters": chapters, "words_per_chapter": 200, "seed": 7 })
}

const PROMPT: &str = "Mira Voss keeps a lighthouse. A letter comes that was never sent. A mystery.";

/// A model's plan of so many chapters.
fn plan(chapters: u32) -> Value {
    let scene = |number: u32| {
        json!({
            "title": format!("Scene {number}"), "place": "the harbour", "from": number * 100, "until": number * 100 + 50,
            "present": ["Mira Voss", "Osric Pell"], "goal": "to know", "obstacle": "silence", "outcome": "She knows.",
            "against": false,
        })
    };
    let chapters = (1..=chapters).map(|number| {
        json!({ "title": format!("Part {number}"), "purpose": "to tell", "scenes": [scene(number)] })
    });

    json!({
        "question": null, "title": "The Letter", "logline": "A letter comes late.", "place": "Harrow", "time": "autumn",
        "mood": "grey", "themes": ["guilt"], "person": "third", "tense": "past", "point_of_view": "Mira Voss",
        "promises": [{ "name": "the letter", "text": "It will be read.", "planted_chapter": 1, "due_chapter": 9 }],
        "chapters": chapters.collect::<Vec<_>>(),
    })
}

#[tokio::test]
async fn a_models_plan_has_as_many_chapters_as_were_asked_for() {
    let (rig, fake) = rig().await;
    fake.will([says(&plan(5)), says(&plan(2))]);

    let said = rig.must("lekh.architect", &brief(PROMPT, 2)).await;
    assert!(!said.offline);
    let outline: BookOutline = serde_json::from_value(said.output["outline"].clone()).unwrap();
    assert_eq!(outline.chapters.len(), 2);
    assert_eq!(
        outline.promises[0].due_chapter, 2,
        "no promise is due after the end"
    );
    let scenes: Vec<_> = outline.scenes().collect();
    assert_eq!(scenes[1].1.because.as_ref().unwrap().scene, scenes[0].1.key);
    assert!(
        fake.asked()[1]
            .body
            .to_string()
            .contains("it has 5 chapters; 2 are asked for")
    );
}

#[tokio::test]
async fn a_model_may_ask_the_author_and_takes_the_answer() {
    let (rig, fake) = rig().await;
    let mut asking = plan(1);
    asking["question"] =
        json!({ "reason": "It matters.", "prompt": "Who tells?", "choices": ["Mira", "Osric"] });
    fake.will([says(&asking), says(&asking)]);

    let said = rig.must("lekh.architect", &brief(PROMPT, 1)).await;
    let question = &said.output["question"];
    assert_eq!(
        (&question["default"], &question["response_schema"]),
        (&json!("Mira"), &json!({ "enum": ["Mira", "Osric"] }))
    );

    let mut answered = brief(PROMPT, 1);
    answered["answers"] = json!([{ "question": "author", "value": "Osric" }]);
    let said = rig.must("lekh.architect", &answered).await;
    assert!(said.output.get("outline").is_some(), "it is asked once");
}

async fn planned(rig: &Rig, fake: &FakeProvider) -> (Value, Value) {
    fake.will([says(&plan(1))]);
    let outline = rig.must("lekh.architect", &brief(PROMPT, 1)).await.output["outline"].clone();
    fake.will([says(&json!({
        "about": "Two who keep silent.",
        "people": [{
            "name": "Mira Voss", "role": "protagonist", "pronoun": "she", "age": 34, "profession": "keeper", "goal": "to know",
            "obstacle": "silence", "traits": ["stubborn"], "voice": "terse", "eyes": "grey", "hair": null, "build": null,
            "mark": null, "secret": null,
        }],
        "places": [], "items": [{ "name": "the letter", "holder": "Mira Voss", "place": null }],
        "facts": [{
            "subject": "Osric Pell", "predicate": "sold", "object": "the silver", "statement": "Osric Pell sold the silver",
            "known_by": ["Osric Pell", "Nobody There"], "hidden": true,
        }],
    }))]);
    let task = json!({ "brief": brief(PROMPT, 1), "outline": outline });
    let cast = rig.must("lekh.character_smith", &task).await.output;

    (outline, cast)
}

#[tokio::test]
async fn whom_a_model_forgets_is_in_the_cast_and_whom_it_invents_knows_nothing() {
    let (rig, fake) = rig().await;
    let (_, cast) = planned(&rig, &fake).await;
    let cast: Cast = serde_json::from_value(cast).unwrap();

    let keys: Vec<&str> = cast
        .people
        .iter()
        .map(|person| person.entity.key.as_str())
        .collect();
    assert_eq!(keys, ["mira-voss", "osric-pell"]);
    assert_eq!(cast.places[0].entity.name, "The Harbour");
    let fact = &cast.facts[0];
    assert_eq!(
        (fact.fact.subject.as_str(), fact.known_by.len()),
        ("osric-pell", 1)
    );
}

fn text(prose: &str, moved: &Value, learned: &Value) -> Value {
    json!({ "prose": prose, "moved": moved, "learned": learned, "promises": [], "news": [] })
}

fn scene_task(outline: &Value, cast: &Value) -> Value {
    let context = json!({ "people": [
        { "who": "mira-voss", "holds": ["the-letter"], "wears": [], "knows": [] },
        { "who": "osric-pell", "holds": [], "wears": [], "knows": ["f-01"] },
    ] });
    json!({ "outline": outline, "cast": cast, "scene": "s-01-1", "context": context })
}

#[tokio::test]
async fn what_contradicts_the_ledger_goes_out_of_it_and_back_to_the_model_twice_and_no_more() {
    let (rig, fake) = rig().await;
    let (outline, cast) = planned(&rig, &fake).await;
    let prose = "word ".repeat(200);
    let lie = text(
        &prose,
        &json!([{ "item": "the letter", "mode": "held", "to": "Mira Voss", "by": "Osric Pell" }]),
        &json!([
            { "who": "Osric Pell", "fact": "f-01", "told_by": "Mira Voss" },
            { "who": "Mira Voss", "fact": "f-01", "told_by": "Osric Pell" },
            { "who": "Mira Voss", "fact": "f-99", "told_by": null },
        ]),
    );
    let before = fake.asked().len();
    fake.will([says(&lie), says(&lie), says(&lie), says(&lie)]);

    let said = rig.must("lekh.prose_weaver", &scene_task(&outline, &cast)).await;
    assert_eq!(fake.asked().len() - before, 3, "written, and mended twice");
    assert!(
        fake.asked()[before + 1]
            .body
            .to_string()
            .contains("it is mira-voss who has it")
    );
    let ledger = &said.output["scene"]["ledger"];
    assert!(ledger.get("moves").is_none(), "{ledger}");
    assert_eq!(
        ledger["learned"],
        json!([{ "who": "mira-voss", "fact": "f-01", "told_by": "osric-pell" }])
    );
    assert!(!said.offline && said.output["prose"][0].as_str().unwrap().starts_with("word"));
}

#[tokio::test]
async fn a_model_that_only_breaks_its_answers_loses_no_scene() {
    let (rig, fake) = rig().await;
    let (outline, cast) = planned(&rig, &fake).await;
    fake.will((0..3).map(|_| Script::say("{\"prose\": \"Once")));

    let said = rig.must("lekh.prose_weaver", &scene_task(&outline, &cast)).await;
    assert!(said.offline, "it is said who wrote it");
    assert_eq!(said.output["prose"], json!(["to know", "silence", "She knows."]));
    assert!(
        actions(&said)
            .iter()
            .any(|action| action.contains("could not be used")),
        "{:?}",
        actions(&said)
    );
}

#[tokio::test]
async fn without_a_model_a_book_is_planned_cast_and_written_the_same_each_time() {
    let rig = Rig::new().await;
    let write = async || {
        let outline = rig.must("lekh.architect", &brief(PROMPT, 2)).await;
        assert!(outline.offline);
        let outline = outline.output["outline"].clone();
        let task = json!({ "brief": brief(PROMPT, 2), "outline": outline });
        let cast = rig.must("lekh.character_smith", &task).await.output;
        let scene = outline["chapters"][1]["scenes"][0]["key"].clone();
        let task = json!({ "outline": outline, "cast": cast, "scene": scene, "seed": 7 });
        let said = rig.must("lekh.prose_weaver", &task).await;

        let told: Vec<&str> = said.output["prose"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_str)
            .collect();
        assert_eq!(said.text.trim_end(), told.join("\n\n"), "it can be read along");
        said.output
    };
    assert_eq!(write().await, write().await);

    let unknown = rig
        .run(
            "lekh.architect",
            &json!({ "prompt": " ?! ", "chapters": 1, "words_per_chapter": 100 }),
        )
        .await;
    assert_eq!(unknown.unwrap_err().fields[0].field, "prompt");
}
