//! Paragraphs as people write them: with flashbacks, dreams, letters, reported speech, irony and figures of speech, none of
//! which contradicts anything; and paragraphs which do.

use proto::tasks::fiction::finding::{ContinuityInput, FindingKind};
use serde_json::{Value, json};

fn person(key: &str, name: &str, pronoun: &str, age: u32, eyes: &str, hair: &str) -> Value {
    json!({
        "entity": {"key": key, "kind": "character", "name": name}, "role": "other", "pronoun": pronoun, "age": age,
        "goal": "g", "obstacle": "o", "voice": "v", "appearance": {"eyes": eyes, "hair": hair},
    })
}

fn fact(key: &str, subject: &str, predicate: &str, text: &str, is_hidden: bool) -> Value {
    json!({
        "fact": {"key": key, "subject": subject, "predicate": predicate, "object": {"text": text}},
        "statement": format!("{subject} {predicate} {text}"), "known_by": [subject], "hidden": is_hidden,
    })
}

/// Two scenes of a morning and a noon, and what is tried at the end of the second.
pub(crate) fn make_manuscript(paragraphs: &[&str]) -> ContinuityInput {
    let cast = json!({
        "people": [
            person("lena", "Lena Holm", "she", 19, "green", "fair"),
            person("agnes", "Agnes Holm", "she", 52, "grey", "black"),
            person("tobias", "Tobias Reed", "he", 30, "brown", "red"),
            person("viktor", "Viktor Holm", "he", 60, "blue", "white"),
        ],
        "places": [
            {"entity": {"key": "mill", "kind": "place", "name": "the mill"}, "sort": "house", "travel": [{"to": "harbour", "minutes": 30}]},
            {"entity": {"key": "harbour", "kind": "place", "name": "the harbour"}, "sort": "shore"},
        ],
        "items": [{"entity": {"key": "watch", "kind": "item", "name": "the silver watch"}, "holder": "tobias"}],
        "facts": [
            fact("dead", "viktor", "is", "dead", false),
            fact("swim", "lena", "cannot", "swim", false),
            fact("letters", "agnes", "burned", "the letters", true),
        ],
    });
    let outline = json!({
        "title": "The Mill", "logline": "l", "genre": "literary", "setting": {"place": "Rook", "time": "t", "mood": "m"}, "themes": [],
        "point_of_view": "lena", "person": "third", "tense": "past", "promises": [], "chapters": [],
    });
    let scene = |number: u32, place: &str, from: i64, present: Value, prose: &[&str]| {
        json!({
            "scene": {
                "key": format!("s{number}"), "chapter": number, "number": 1, "place": place, "from": from, "until": from + 60,
                "ledger": {"present": present},
            },
            "prose": prose,
        })
    };
    let first = scene(
        1,
        "mill",
        480,
        json!([{"who": "lena"}, {"who": "agnes"}, {"who": "tobias"}]),
        &["It was morning. Lena Holm swept the flour from the step, and Tobias watched her from the cart."],
    );
    let second = scene(
        2,
        "harbour",
        720,
        json!([{"who": "lena"}, {"who": "tobias"}]),
        paragraphs,
    );

    serde_json::from_value(json!({"outline": outline, "cast": cast, "scenes": [first, second]})).unwrap()
}

/// Nothing here contradicts anything.
pub(crate) const CLEAN: &[&[&str]] = &[
    // A flashback that goes on in the simple past.
    &[
        "The boats were in. Viktor had taught her that knot. He had stood on this very slip in the year of the flood. “Again,” he said. Viktor laughed at her fingers, and she laughed too.",
    ],
    // A dream over two paragraphs.
    &[
        "The boats were in. She fell asleep on the nets and dreamed.",
        "Viktor sat at the table and asked for salt. Agnes handed him the silver watch. Lena swam across the floor to them, and her hair was black.",
        "When she woke the tide had turned.",
    ],
    // Reported speech, rumours.
    &[
        "The boats were in. Tobias swore Viktor laughed at it all in the end. According to the harbour master Agnes was forty, and nobody corrected him.",
    ],
    &[
        "The boats were in. She had told everybody that she had never met Tobias, and everybody had been kind enough to nod.",
    ],
    // A letter.
    &[
        "The boats were in. The letter was in her mother's hand. *Dear Lena, I sit at the window as I write. Tobias walks by with the dog. I burned the letters.*",
    ],
    // A new side of somebody who is known.
    &["The boats were in. Lena had never seen Tobias angry before. She found that she did not mind it."],
    &["The boats were in. Lena had never met Tobias at the harbour before; it had always been the mill."],
    // Light and salt.
    &[
        "The boats were in. Lena turned round. In this light her eyes were black, and her hair was white with salt.",
    ],
    &[
        "The boats were in. Lena remembered her mother's grey eyes on the day of the sale. A child with brown eyes stared at her.",
    ],
    // Hyperbole and irony.
    &["The boats were in. Lena was a hundred years old that noon, or so it seemed to her knees."],
    &[
        "The boats were in. Agnes was twenty again for as long as the song lasted, Tobias said, and then she was Agnes.",
    ],
    &[
        "The boats were in. Oh, Tobias was generosity itself. He would have given her the harbour, had it been his, and the moon on top.",
    ],
    // A voice in the head.
    &[
        "The boats were in. Her mother's words came back to her. “Lock it,” Agnes said, “and then lock it again.” Lena locked it.",
    ],
    &["The boats were in. “Never trust a boat with a name,” Agnes always said. Lena trusted it anyway."],
    // What always holds is told in the present.
    &[
        "The boats were in. Tobias never says what he means; it is the one thing on which one can rely. The harbour is no place for secrets.",
    ],
    // A guess, in thought.
    &["The boats were in. Had Agnes burned the letters? Lena could not have proved it, and did not want to."],
    // Figures of speech.
    &[
        "The boats were in. Lena swam through the crowd towards him, elbows first. The whole quay swam before her eyes.",
    ],
    // What will be, told from now.
    &["Three days later Lena would say that it had begun with the rope. Now she only saw a rope."],
    &["The boats were in. It was midnight in her heart, and broad noon on the quay."],
    // On horseback.
    &[
        "The boats were in. It had taken Tobias ten minutes from the mill to the harbour, on a horse that was not his.",
    ],
    // The dead in pictures, sayings and years.
    &[
        "The boats were in. Viktor smiled from the photograph over the bar. It was the summer Viktor opened the second mill.",
    ],
    &[
        "The boats were in. Viktor stood between them, as he had for years, and neither of them could see past him.",
    ],
    &["The boats were in. Viktor left the mill to both of them. It was the last joke he made."],
    // A family, and a name from elsewhere.
    &[
        "The boats were in. The Reeds never paid. The Holms never forgot. Between them they kept the lawyer in boots.",
    ],
    // A plan, and what did not happen.
    &[
        "The boats were in. She imagined it: Agnes walked in, Agnes sat down, Agnes said that she was sorry. Nobody walked in.",
    ],
    &[
        "The boats were in. If Tobias handed over the silver watch now, she thought, that would be that. He did not.",
    ],
    // A story within the story.
    &[
        "The boats were in. It was an old tale of the coast. In it a girl with blue hair swam out to a ship and was never told of again.",
    ],
    // A nickname, an exclamation.
    &[
        "The boats were in. “Seventy if she’s a day,” said Tobias of the ferry. “Older than Agnes, and better painted.”",
    ],
    // An age that is past, an age to come.
    &[
        "The boats were in. At nine Lena had been the terror of the quay. She would be twenty in spring, and a terror to nobody.",
    ],
    // Work in progress.
    &["The boats were in. Tobias had dyed his hair black for the fair, and it had run in the rain."],
];

/// Each of these contradicts what is known, and how.
pub(crate) const WRONG: &[(FindingKind, &str)] = &[
    (
        FindingKind::Dead,
        "Viktor came in and shook the rain from his coat.",
    ),
    (FindingKind::Dead, "Viktor slowly stood up and put out the lamp."),
    (FindingKind::Dead, "“You are late,” said Viktor."),
    (
        FindingKind::Dead,
        "At the end of the quay Viktor waited for them with a rope.",
    ),
    (
        FindingKind::Appearance,
        "Tobias pushed his black hair out of his face.",
    ),
    (
        FindingKind::Appearance,
        "Lena, whose eyes were brown, looked away first.",
    ),
    (
        FindingKind::Appearance,
        "Tobias took off his cap. His hair, black as tar, stood up on one side.",
    ),
    (
        FindingKind::Appearance,
        "She looked into Tobias's blue eyes and forgot what she had come for.",
    ),
    (FindingKind::Age, "Lena had turned thirty in the spring."),
    (FindingKind::Age, "Lena was thirty that year, and looked it."),
    (
        FindingKind::Age,
        "Tobias, who was forty-five, still ran for the boat.",
    ),
    (
        FindingKind::Age,
        "The sixty-year-old Tobias sat down on a bollard.",
    ),
    (
        FindingKind::Memory,
        "Lena had never set eyes on Tobias before that noon.",
    ),
    (
        FindingKind::Memory,
        "Lena shook hands with Tobias, whom she was meeting for the first time.",
    ),
    (
        FindingKind::Memory,
        "“I don’t believe we have met,” said Lena to Tobias.",
    ),
    (
        FindingKind::Memory,
        "Lena had never been to the mill in her life.",
    ),
    (
        FindingKind::Knowledge,
        "“It was Agnes who burned the letters,” said Tobias.",
    ),
    (
        FindingKind::Knowledge,
        "Tobias knew that Agnes had burned the letters.",
    ),
    (
        FindingKind::Possession,
        "Lena took the silver watch out of her pocket and looked at it.",
    ),
    (
        FindingKind::Possession,
        "Lena gave the silver watch to the ferryman.",
    ),
    (FindingKind::TwoPlaces, "“Mind the step,” said Agnes behind them."),
    (FindingKind::Tense, "Tobias walks to the edge and looks down."),
    (
        FindingKind::PointOfView,
        "Tobias wondered whether she knew. He hoped that she did not.",
    ),
    (FindingKind::PointOfView, "I looked at Tobias and said nothing."),
    (
        FindingKind::Geography,
        "From the mill to the harbour it was a walk of three hours.",
    ),
    (
        FindingKind::Geography,
        "The harbour was only five minutes from the mill.",
    ),
    (
        FindingKind::Skill,
        "Lena swam out to the nearest boat and held on.",
    ),
    (
        FindingKind::Skill,
        "Without a word Lena dived in and swam to the buoy.",
    ),
    (FindingKind::Name, "It was Tobais who saw it first."),
    (
        FindingKind::Time,
        "It was midnight, and the lamps were lit along the quay.",
    ),
];
