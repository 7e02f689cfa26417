//! What the scripted agents of fiction answer: a book of two scenes a chapter, about two people, a letter and a secret.

use serde_json::{Value, json};

/// A prompt with this in it makes the architect ask.
pub(super) const ASKS: &str = "ask me";

pub(super) fn answer(task: &str, input: &Value) -> Option<Value> {
    Some(match task {
        "lekh.architect" => plan(input),
        "lekh.character_smith" => cast(),
        "lekh.prose_weaver" => scene(input),
        "lekh.continuity" => json!({ "findings": [] }),
        "lekh.reader" => reading(input),
        _ => return None,
    })
}

/// Mira is in every scene, and the first says how old she is.
fn reading(input: &Value) -> Value {
    let scenes = input["scenes"]
        .as_array()
        .unwrap()
        .iter()
        .enumerate()
        .map(|(at, written)| {
            let mut scene = written["scene"].clone();
            scene["ledger"] = json!({ "present": [{ "who": "mira" }] });
            if at == 0 {
                scene["ledger"]["facts"] = json!([{
                    "key": "mira-age", "subject": "mira", "predicate": "is aged", "object": { "text": "34" },
                }]);
            }
            scene
        });
    let mut people = cast()["people"].clone();
    people.as_array_mut().unwrap().truncate(1);

    json!({
        "cast": { "people": people, "places": [], "items": [], "facts": [] },
        "scenes": scenes.collect::<Vec<_>>(),
    })
}

fn plan(input: &Value) -> Value {
    let asks = input["prompt"].as_str().unwrap().contains(ASKS);
    if asks && input.get("answers").is_none() {
        return json!({ "question": {
            "key": "teller", "reason": "The prompt does not say it.", "prompt": "Who tells the story?",
            "response_schema": { "enum": ["first", "third"] }, "default": "third",
        }});
    }

    let told = input["answers"][0]["value"].as_str().unwrap_or("third");
    let before = input["earlier"]["outline"]["chapters"]
        .as_array()
        .map_or(0, Vec::len) as u64;
    let more = input["chapters"].as_u64().unwrap();
    json!({ "outline": {
        "title": format!("The Letter, told in {told}"), "logline": "A letter comes late.", "genre": "mystery",
        "setting": { "place": "Harrow", "time": "autumn", "mood": "grey" }, "themes": ["guilt"],
        "point_of_view": "mira", "person": "third", "tense": "past",
        "promises": [{ "key": "p-letter", "text": "The letter will be read.", "planted_chapter": 1, "due_chapter": 2 }],
        "chapters": (before + 1..=before + more).map(chapter).collect::<Vec<_>>(),
    }})
}

fn chapter(number: u64) -> Value {
    json!({
        "number": number, "title": format!("Part {number}"), "purpose": "to tell", "words": 100,
        "scenes": (1..=2).map(|scene| json!({
            "key": format!("s-{number}-{scene}"), "number": scene, "title": format!("Scene {number}.{scene}"),
            "place": "harbour", "from": number * 1000 + scene * 100, "until": number * 1000 + scene * 100 + 50,
            "point_of_view": "mira", "present": ["mira", "osric"], "goal": "to know", "obstacle": "silence",
            "outcome": format!("The end of {number}.{scene}."), "words": 50,
        })).collect::<Vec<_>>(),
    })
}

fn cast() -> Value {
    let person = |key: &str, name: &str| {
        json!({
            "entity": { "key": key, "kind": "character", "name": name }, "role": "other", "pronoun": "she",
            "goal": "to know", "obstacle": "silence", "voice": "terse",
        })
    };

    json!({
        "people": [person("mira", "Mira Voss"), person("osric", "Osric Pell")],
        "places": [{ "entity": { "key": "harbour", "kind": "place", "name": "the harbour" }, "sort": "harbour" }],
        "items": [{ "entity": { "key": "letter", "kind": "item", "name": "the letter" }, "holder": "mira" }],
        "facts": [{
            "fact": { "key": "f-secret", "subject": "osric", "predicate": "sold", "object": { "text": "the silver" } },
            "statement": "Osric Pell sold the silver", "known_by": ["osric"], "hidden": true,
        }],
    })
}

/// Mira learns the secret in the second scene, and every later first scene relies on it.
fn scene(input: &Value) -> Value {
    let key = input["scene"].as_str().unwrap();
    let chapters = input["outline"]["chapters"].as_array().unwrap();
    let plan = chapters
        .iter()
        .flat_map(|chapter| chapter["scenes"].as_array().unwrap())
        .find(|plan| plan["key"] == key)
        .unwrap();

    let mut ledger = json!({ "present": [{ "who": "mira" }, { "who": "osric" }] });
    match key {
        "s-1-1" => {
            ledger["promises"] =
                json!([{ "promise": "p-letter", "stage": "planted", "text": "It will be read." }]);
        }
        "s-1-2" => ledger["learned"] = json!([{ "who": "mira", "fact": "f-secret", "told_by": "osric" }]),
        "s-2-2" => {
            ledger["moves"] = json!([{ "item": "letter", "mode": "held", "to": "osric", "by": "mira" }])
        }
        key if key.ends_with("-1") => ledger["relies_on"] = json!(["f-secret"]),
        _ => {}
    }

    let (statement, take) = (&input["cast"]["facts"][0]["statement"], &input["take"]);
    let knows = input["context"]["people"].to_string().contains("f-secret");
    json!({
        "scene": {
            "key": key, "chapter": 9, "number": 9, "title": plan["title"], "place": "harbour",
            "from": plan["from"], "until": plan["until"], "ledger": ledger,
        },
        "prose": [
            format!("{}, take {take}.", plan["title"].as_str().unwrap()),
            format!("It was so: {}. Known: {knows}.", statement.as_str().unwrap()),
        ],
    })
}
