//! Two stories written by hand, with their ledgers, and a book as it is imported: prose and nothing else.

use proto::tasks::fiction::finding::ContinuityInput;
use serde_json::{Value, json};

fn person(key: &str, name: &str, pronoun: &str, age: u32, eyes: &str, hair: &str) -> Value {
    json!({
        "entity": {"key": key, "kind": "character", "name": name}, "role": "other", "pronoun": pronoun, "age": age,
        "goal": "g", "obstacle": "o", "voice": "v", "appearance": {"eyes": eyes, "hair": hair},
    })
}

fn scene(number: u32, place: &str, from: i64, ledger: Value, prose: &[&str]) -> Value {
    json!({
        "scene": {"key": format!("s{number}"), "chapter": number, "number": 1, "place": place, "from": from, "until": from + 60, "ledger": ledger},
        "prose": prose,
    })
}

/// In the third person and the past: somebody dies, a thing changes hands, a secret comes out, somebody lies.
pub(crate) fn tell_of_the_ferry() -> ContinuityInput {
    let cast = json!({
        "people": [
            person("hanne", "Hanne Rook", "she", 34, "grey", "black"),
            person("emil", "Emil Sander", "he", 71, "blue", "white"),
            person("jory", "Jory Pike", "he", 19, "brown", "red"),
        ],
        "places": [
            {"entity": {"key": "ferry", "kind": "place", "name": "the ferry house"}, "sort": "house", "travel": [{"to": "church", "minutes": 20}]},
            {"entity": {"key": "church", "kind": "place", "name": "St. Brannoc"}, "sort": "church"},
        ],
        "items": [{"entity": {"key": "whistle", "kind": "item", "name": "the tin whistle"}, "holder": "emil"}],
        "facts": [{
            "fact": {"key": "f1", "subject": "emil", "predicate": "hides", "object": {"text": "the rope"}},
            "statement": "Emil Sander cut the rope himself", "known_by": ["emil"], "hidden": true,
        }],
    });
    let scenes = [
        scene(
            1,
            "ferry",
            480,
            json!({
                "present": [{"who": "hanne"}, {"who": "emil"}],
                "moves": [{"item": "whistle", "mode": "held", "to": "hanne", "by": "emil"}],
                "learned": [{"who": "hanne", "fact": "f1", "told_by": "emil", "at": 500}],
            }),
            &[
                "It was morning, and the river had taken the lower steps again. Hanne Rook stood in the door of the ferry house with her boots in her hand. She was thirty-four, and she had never once been late.",
                "“You’ll want to sit,” said Emil. His blue eyes went to the water and came back. “It’s a long thing to tell, and I have told it wrong for years.”",
                "She sat. He did not. Mr. Sander, as the children called him, had been a ferryman when the bridge was only a drawing.",
                "“Nobody loosened it. I cut the rope myself,” he said. “There. It takes no time at all, once it’s said... and I never met a man who asked.”",
                "Emil took the tin whistle from its nail and handed the tin whistle to Hanne. It weighed nothing. It weighed, she thought, about as much as being believed.",
            ],
        ),
        scene(
            2,
            "church",
            4800,
            json!({
                "present": [{"who": "hanne"}, {"who": "jory"}],
                "facts": [{"key": "f2", "subject": "emil", "predicate": "died", "object": {"text": "in his sleep"}, "from": 4000}],
            }),
            &[
                "Three days later they buried him at St. Brannoc, under the yew that he used to complain of.",
                "“He told you, didn’t he?” asked Jory. There was rain in his red hair. “Before he died, I mean.”",
                "“He told me the price of rope,” said Hanne. It was a lie, and it was the first that she had told on dry land.",
                "Emil had always said that the dead make poor passengers. She felt for the whistle in her pocket, and left it there.",
            ],
        ),
    ];

    serde_json::from_value(json!({"cast": cast, "scenes": scenes})).unwrap()
}

/// In the first person: the narrator's name is spoken by others, an old wound, a journey that takes its time.
pub(crate) fn tell_of_the_clock() -> ContinuityInput {
    let cast = json!({
        "people": [
            person("ada", "Ada Lorne", "she", 41, "green", "brown"),
            person("piet", "Piet Moll", "he", 9, "dark", "fair"),
        ],
        "places": [
            {"entity": {"key": "shop", "kind": "place", "name": "the clock shop"}, "sort": "shop", "travel": [{"to": "tower", "minutes": 45}]},
            {"entity": {"key": "tower", "kind": "place", "name": "Gull Tower"}, "sort": "tower"},
        ],
        "items": [{"entity": {"key": "spring", "kind": "item", "name": "the mainspring"}, "place": "shop"}],
        "facts": [],
    });
    let outline = json!({
        "title": "The Clock", "logline": "l", "genre": "literary", "setting": {"place": "Gull", "time": "t", "mood": "m"}, "themes": [],
        "point_of_view": "ada", "person": "first", "tense": "past", "promises": [], "chapters": [],
    });
    let scenes = [
        scene(
            1,
            "shop",
            600,
            json!({
                "present": [{"who": "ada"}, {"who": "piet"}],
                "moves": [{"item": "spring", "mode": "held", "to": "piet", "by": "ada"}],
            }),
            &[
                "I was winding the last of them when the boy came in and asked whether clocks were ever afraid. I said that I would ask.",
                "“Ada Lorne never laughs,” said Piet to the cat. “I have watched her. Her mouth goes like this.”",
                "He was nine years old and knew all prices. I wrapped the mainspring in my handkerchief, the blue one, and gave it to him.",
            ],
        ),
        scene(
            2,
            "tower",
            720,
            json!({
                "present": [{"who": "ada"}, {"who": "piet"}],
            }),
            &[
                "It is a steep way up Gull Tower, and I had to rest on each landing. Piet counted the steps aloud, in a language of his own.",
                "“Is it dead?” he asked at the top. The great wheel was standing. Somewhere in the wall a pigeon said what pigeons say.",
                "“It waits,” I said. “That is something else. When I was seven I thought that everything that stood still was dead.”",
                "Piet handed the mainspring back to nobody in particular, and I took it.",
            ],
        ),
    ];

    serde_json::from_value(json!({"outline": outline, "cast": cast, "scenes": scenes})).unwrap()
}

/// A manuscript with no cast, no outline, no times.
pub(crate) fn import_plain(is_wrong: bool) -> ContinuityInput {
    let first = [
        "The letter came on a Tuesday. When Mathilda opened it, Corwin looked away. Mathilda was forty-two years old, and her green eyes had seen worse.",
        "“Who sent it?” asked Corwin. He sat down on the stairs. Then Mathilda laughed, and Corwin did not.",
        "Old Benedikt was standing in the yard. Now Benedikt walked to the gate, and he whistled. Mathilda’s green eyes followed him. She went out after a while and closed the door behind her.",
    ];
    let second = [
        "In the night Benedikt died. In the morning they found Corwin in the barn, and he told them what he knew. He asked for water.",
        "Later Mathilda walked down to the river, and Corwin went with her. She said that Benedikt had always liked the river. Nobody answered Mathilda. She turned round.",
    ];
    let third = [
        "So Mathilda sold the house. She kept the letter. Corwin carried the trunk and Mathilda carried the clock, and she did not look back at the barn where Benedikt had whistled.",
    ];
    let wrong = [
        "Mathilda’s brown eyes were dry.",
        "Mathilda was fifty years old.",
        "She went out after a while and closed the door behind her.",
        "Corwin walks to the window and opens it.",
        "Then Mathidla sat down.",
        "It seemed to me that the house was smaller.",
        "Benedikt smiled and nodded.",
    ];
    let mut last: Vec<&str> = third.to_vec();
    last.extend(wrong.iter().filter(|_| is_wrong));
    let scenes: Vec<Value> = [first.to_vec(), second.to_vec(), last]
        .into_iter()
        .zip(1..)
        .map(|(prose, number)| json!({"scene": {"key": format!("c{number}"), "chapter": number, "number": 1, "from": 0, "until": 0}, "prose": prose}))
        .collect();

    serde_json::from_value(json!({"scenes": scenes})).unwrap()
}
