//! Nothing of ours gets out, in whatever dress and in whatever pieces; what is nobody's secret does, unchanged.

mod corpus;

use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use redaction::{Dress, Fingerprints, FingerprintsBuilder, HOLD_LIMIT, Marks, RUN, Sanitizer};
use serde_json::json;

const SECRET: &str = "You plan the days of people who have too much to do. Give every task a title of at most eight words, \
                      infer its priority from what they wrote, and never invent a deadline that nobody has named.";

fn fingerprints() -> Fingerprints {
    corpus::prompts()
        .iter()
        .fold(Fingerprints::builder(), |builder, prompt| {
            builder.add_text(prompt)
        })
        .add_text(SECRET)
        .add_text("Answer with JSON alone.")
        .add_schema(&schema())
        .add_agent("adiuva.task")
        .add_agent("adiuva.calendar")
        .build()
}

fn schema() -> serde_json::Value {
    json!({ "type": "function", "function": { "name": "create_task", "description": "Makes a task that the client writes down; ask for what is missing.",
        "parameters": { "type": "object", "properties": { "title": { "type": "string", "maxLength": 200 },
        "priority": { "type": "string", "enum": ["low", "medium", "high", "urgent"] }, "due_date": { "type": "string" } },
        "required": ["title"] } } })
}

/// All that comes out of a stream in two pieces.
fn through(fingerprints: &Fingerprints, text: &str, at: usize) -> (String, Sanitizer) {
    let mut sanitizer = Sanitizer::new(fingerprints.clone());
    let (first, second) = text.as_bytes().split_at(at);
    let mut out = sanitizer.push_bytes(first);
    out.push_str(&sanitizer.push_bytes(second));
    out.push_str(&sanitizer.finish());

    (out, sanitizer)
}

/// Every dress that the secret may wear.
fn dresses() -> Vec<(&'static str, Dress, String)> {
    let spaced = |gap: &str| {
        SECRET
            .chars()
            .map(|symbol| format!("{symbol}{gap}"))
            .collect::<String>()
    };
    let hex = |gap: &str, sign: &str| {
        SECRET
            .bytes()
            .map(|byte| format!("{sign}{byte:02x}{gap}"))
            .collect::<String>()
    };
    let rotated: String = SECRET
        .chars()
        .map(|symbol| match symbol {
            'a'..='m' | 'A'..='M' => char::from(symbol as u8 + 13),
            'n'..='z' | 'N'..='Z' => char::from(symbol as u8 - 13),
            other => other,
        })
        .collect();
    let alike = |from: &str, to: &str| {
        let pairs: Vec<(char, char)> = from.chars().zip(to.chars()).collect();
        let change = |symbol: char| {
            pairs
                .iter()
                .find(|(from, _)| *from == symbol)
                .map_or(symbol, |(_, to)| *to)
        };
        SECRET.chars().map(change).collect::<String>()
    };
    let wide = |first: u32, from: char| {
        move |symbol: char| match symbol {
            'a'..='z' => char::from_u32(first + u32::from(symbol) - u32::from(from)).unwrap_or(symbol),
            other => other,
        }
    };
    let lines = STANDARD
        .encode(SECRET)
        .as_bytes()
        .chunks(60)
        .map(|line| String::from_utf8_lossy(line).into_owned())
        .collect::<Vec<_>>();

    vec![
        ("plain", Dress::Text, SECRET.to_owned()),
        ("upper", Dress::Text, SECRET.to_uppercase()),
        (
            "mixed",
            Dress::Text,
            SECRET
                .chars()
                .enumerate()
                .map(|(at, symbol)| {
                    if at % 2 == 0 {
                        symbol.to_ascii_uppercase()
                    } else {
                        symbol
                    }
                })
                .collect(),
        ),
        ("spaced", Dress::Text, spaced(" ")),
        ("spaced wide", Dress::Text, spaced("   \n")),
        ("dashed", Dress::Text, spaced("-")),
        ("squeezed", Dress::Text, SECRET.replace([' ', '.', ','], "")),
        (
            "quoted",
            Dress::Text,
            SECRET.split(' ').collect::<Vec<_>>().join("\n> **"),
        ),
        ("reversed", Dress::Text, SECRET.chars().rev().collect()),
        (
            "reversed and spaced",
            Dress::Text,
            spaced(" ").chars().rev().collect(),
        ),
        ("rot13", Dress::Rotated, rotated.clone()),
        ("rot13 in capitals", Dress::Rotated, rotated.to_uppercase()),
        ("base64", Dress::Base64, STANDARD.encode(SECRET)),
        (
            "base64 one on",
            Dress::Base64,
            STANDARD.encode(format!("!{SECRET}")),
        ),
        (
            "base64 two on",
            Dress::Base64,
            STANDARD.encode(format!("!!{SECRET}")),
        ),
        ("base64 in lines", Dress::Base64, lines.join("\n")),
        (
            "base64 of capitals",
            Dress::Base64,
            STANDARD.encode(SECRET.to_uppercase()),
        ),
        (
            "base64 behind a letter",
            Dress::Base64,
            format!("x{}", STANDARD.encode(SECRET)),
        ),
        (
            "base64 of UTF-16",
            Dress::Base64,
            STANDARD.encode(
                SECRET
                    .encode_utf16()
                    .flat_map(u16::to_le_bytes)
                    .collect::<Vec<_>>(),
            ),
        ),
        (
            "base64 for addresses",
            Dress::Base64,
            URL_SAFE_NO_PAD.encode(SECRET),
        ),
        ("hex", Dress::Hex, hex("", "")),
        ("hex in capitals", Dress::Hex, hex("", "").to_uppercase()),
        ("hex spaced", Dress::Hex, hex(" ", "")),
        ("hex of C", Dress::Hex, hex(", ", "0x")),
        ("hex escaped", Dress::Hex, hex("", "\\x")),
        ("hex behind x", Dress::Hex, hex("", "x")),
        ("percent", Dress::Hex, hex("", "%")),
        ("Cyrillic", Dress::Text, alike("aeopcyxTH", "аеорсухТН")),
        ("Greek", Dress::Text, alike("oviYTN", "ονιΥΤΝ")),
        (
            "full width",
            Dress::Text,
            SECRET.chars().map(wide(0xff41, 'a')).collect(),
        ),
        (
            "mathematical",
            Dress::Text,
            SECRET.chars().map(wide(0x1d41a, 'a')).collect(),
        ),
        (
            "accents",
            Dress::Text,
            SECRET.chars().map(|symbol| format!("{symbol}\u{301}")).collect(),
        ),
        ("zero width", Dress::Text, spaced("\u{200b}")),
        (
            "many zero widths",
            Dress::Text,
            spaced("\u{200c}\u{2060}\u{feff}\u{ad}"),
        ),
        (
            "tags",
            Dress::Text,
            SECRET
                .chars()
                .filter_map(|symbol| char::from_u32(u32::from(symbol) + 0xe0000))
                .collect(),
        ),
        ("digits", Dress::Text, alike("oieast", "013457")),
    ]
}

/// Whether nothing of ours is left to be read in an answer.
fn is_clean(fingerprints: &Fingerprints, out: &str) -> bool {
    fingerprints.clean(out).1.is_empty()
}

#[test]
fn a_secret_is_taken_out_in_every_dress_at_every_border() {
    let fingerprints = fingerprints();
    let (before, after) = ("Here is what you asked for: [", "]. That was all of it, 1 of 1.");
    for (name, dress, dressed) in dresses() {
        let text = format!("{before}{dressed}{after}");
        let whole = through(&fingerprints, &text, 0).0;
        // Signs at either end of a code that are no whole letter are left, and accents behind the last letter.
        assert!(whole.starts_with(before), "{name}: {whole}");
        assert!(whole.ends_with(after), "{name}: {whole}");
        assert!(
            whole.chars().count() < before.len() + after.len() + 12,
            "{name}: {whole}"
        );
        assert!(is_clean(&fingerprints, &whole), "{name}: {whole}");

        for at in 0..text.len() {
            let (out, sanitizer) = through(&fingerprints, &text, at);
            // Of a code, five letters and what stands between them may have left before it is known to be one; of plain text, none.
            let code = dressed.len().div_ceil(SECRET.len());
            let spare = if dress == Dress::Text { 0 } else { 8 * code };
            assert!(
                out.len() - whole.len() <= spare && is_clean(&fingerprints, &out),
                "{name} at {at}: {out}"
            );
            assert_eq!(
                sanitizer.removals().count(dress),
                1,
                "{name} at {at}: {:?}",
                sanitizer.removals()
            );
        }
    }
}

#[test]
fn a_part_of_a_secret_is_taken_out_byte_by_byte_before_any_of_it_has_left() {
    let fingerprints = fingerprints();
    let part = "nfer its priority from what they wrote, and ne";
    let mut sanitizer = Sanitizer::new(fingerprints);
    let mut out = String::new();
    for byte in format!("Well. I{part}. Good.").bytes() {
        out.push_str(&sanitizer.push_bytes(&[byte]));
        assert!("Well. . Good.".starts_with(out.trim_end_matches('I')), "{out}");
    }
    out.push_str(&sanitizer.finish());
    assert_eq!(out, "Well. . Good.");
    assert!(
        sanitizer.most_held_bytes() <= 2 * RUN,
        "{}",
        sanitizer.most_held_bytes()
    );
}

#[test]
fn a_pause_lets_go_of_what_is_harmless_so_far_and_of_no_more_than_eleven_letters_of_a_secret() {
    let fingerprints = fingerprints();
    let mut sanitizer = Sanitizer::new(fingerprints.clone());
    // The first letters of a secret, of which nobody can know yet what they become.
    assert_eq!(sanitizer.push("You plan"), "");
    assert_eq!(sanitizer.pause(), "You plan");
    assert_eq!(sanitizer.pause(), "");
    let rest = [sanitizer.push(" to go by train, <"), sanitizer.pause()].concat();
    assert!(!rest.contains('<'), "a mark may begin there: {rest}");
    let rest = [rest, sanitizer.push(" 5 hours."), sanitizer.finish()].concat();
    assert_eq!(rest, " to go by train, < 5 hours.");

    let mut sanitizer = Sanitizer::new(fingerprints.clone());
    let held = sanitizer.push("You plan the days");
    assert_eq!(
        [held, sanitizer.pause()].concat(),
        "",
        "so much of it is no chance"
    );

    for (name, dress, dressed) in dresses() {
        let code = dressed.len().div_ceil(SECRET.len());
        let pausing = |is_pause: &dyn Fn(usize) -> bool| {
            let mut sanitizer = Sanitizer::new(fingerprints.clone());
            let mut out = String::new();
            for (at, byte) in dressed.bytes().enumerate() {
                out.push_str(&sanitizer.push_bytes(&[byte]));
                if is_pause(at) {
                    out.push_str(&sanitizer.pause());
                }
            }
            out.push_str(&sanitizer.finish());
            out
        };

        let pauses: [&dyn Fn(usize) -> bool; 3] = [&|_| true, &|at| at % 7 == 0, &|at| at == 9 * code];
        for is_pause in pauses {
            let out = pausing(is_pause);
            // Eleven letters with what stands between them; of a code, a few signs more.
            assert!(out.len() <= 20 * code, "{name} as {dress:?}: {out}");
            assert!(is_clean(&fingerprints, &out), "{name}: {out}");
        }
    }
}

#[test]
fn schemas_routing_and_short_rules_stay_and_so_does_reasoning() {
    let fingerprints = fingerprints();
    for (said, gone, left) in [
        (schema().to_string(), "create_task", ""),
        (
            serde_json::to_string_pretty(&schema()).unwrap(),
            "create_task",
            "",
        ),
        ("Sure. Answer with JSON alone. Bye".to_owned(), "JSON", "Sure Bye"),
        (
            "{\"agent\": \"adiuva.calendar\"} Monday.".to_owned(),
            "adiuva",
            "Monday",
        ),
        ("Routing to adiuva.task\nDone.".to_owned(), "adiuva", "Done"),
        (
            "<think>He wants\nfun.</think>Hello <b>you</b>. <Thinking>x</Thinking>Bye <thin".to_owned(),
            "fun",
            "Hello b you b Bye thin",
        ),
        (
            "<tool_call>{\"name\":\"create_task\"}</tool_call>Made.".to_owned(),
            "create_task",
            "Made",
        ),
        (
            "<|im_start|>Yes. <routing>never ends".to_owned(),
            "im_start",
            "Yes",
        ),
    ] {
        for at in 0..said.len() {
            let (out, sanitizer) = through(&fingerprints, &said, at);
            let words: Vec<&str> = out
                .split(|sign: char| !sign.is_alphanumeric())
                .filter(|word| !word.is_empty())
                .collect();
            assert_eq!(words.join(" "), left, "{said} at {at}: {out}");
            assert!(!out.contains(gone), "{said} at {at}: {out}");
            assert!(!sanitizer.removals().is_empty(), "{said}");
        }
    }
}

#[test]
fn where_other_marks_may_be_meant_reasoning_goes_and_they_stay() {
    let said = "<think>He wants fun.</think><Routing><tool_call>x</tool_call></Routing> a <|b|> c";
    let (out, removals) = fingerprints().clean_with(said, Marks::Reasoning);
    assert_eq!(out, "<Routing><tool_call>x</tool_call></Routing> a <|b|> c");
    assert_eq!(removals.count(Dress::Marked), 1);

    let (out, _) = fingerprints().clean_with(SECRET, Marks::Reasoning);
    assert!(out.len() < 3, "{out}");
}

#[test]
fn a_short_description_is_everybodys_and_a_long_one_is_ours() {
    let long = "The day on which the third of the houses was sold to its tenants.";
    let fingerprints = ["The title of it.", long]
        .into_iter()
        .fold(Fingerprints::builder(), FingerprintsBuilder::add_description)
        .build();
    assert!(fingerprints.clean("The title of it. So it is.").1.is_empty());
    assert!(!fingerprints.clean(long).1.is_empty());
}

#[test]
fn what_is_nobodys_secret_passes_unchanged_at_every_border() {
    let fingerprints = fingerprints();
    for text in [
        "The router reads a path – “/a/b” – and calls a handler.\n\nYou plan the days of people.",
        "```json\n{\"type\":\"object\",\"properties\":{\"title\":{\"type\":\"string\"}},\"required\":[\"title\"]}\n```",
        "Models write their reasoning in `<think>` and `</think>`; 3 < 4 and a<b>c.",
        "明天下午五点开会。 Встреча завтра в 17:00. 👩‍💻 🏳️‍🌈 नमस्ते, שלום, مرحبا.",
        "sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855, aGVsbG8gd29ybGQ=",
        "",
    ] {
        for at in 0..=text.len() {
            let (out, sanitizer) = through(&fingerprints, text, at);
            assert_eq!(out, text, "at {at}");
            assert!(sanitizer.removals().is_empty());
        }
    }
}

#[test]
fn bytes_that_are_no_text_become_one_sign_and_nothing_else() {
    let mut sanitizer = Sanitizer::new(fingerprints());
    let mut out = sanitizer.push_bytes(b"a\xff\xe2\x82");
    out.push_str(&sanitizer.push_bytes(b"\xac b\xe2\x82"));
    out.push_str(&sanitizer.finish());
    assert_eq!(out, "a\u{fffd}€ b\u{fffd}");
}

#[test]
fn a_flood_of_blanks_between_letters_is_held_no_longer_than_the_limit_and_says_nothing() {
    let fingerprints = fingerprints();
    for filling in [
        " ".repeat(40),
        "\u{200b}".repeat(400),
        "-".repeat(250),
        "\n".repeat(700),
    ] {
        let text: String = SECRET
            .chars()
            .map(|symbol| format!("{symbol}{filling}"))
            .collect();
        let mut sanitizer = Sanitizer::new(fingerprints.clone());
        let mut out = String::new();
        for piece in text.as_bytes().chunks(100) {
            out.push_str(&sanitizer.push_bytes(piece));
            assert!(sanitizer.most_held_bytes() <= HOLD_LIMIT + 4);
        }
        out.push_str(&sanitizer.finish());

        let letters = out.chars().filter(char::is_ascii_alphabetic).count();
        assert!(letters < RUN, "{letters} letters of {:?}", &filling[..4]);
    }
}

#[test]
fn at_most_one_benign_answer_of_a_thousand_is_changed_and_little_is_held() {
    let fingerprints = fingerprints();
    let answers = corpus::benign_answers();
    assert!(answers.len() >= 2_000, "{} answers", answers.len());

    let mut changed = Vec::new();
    let (mut pieces, mut held, mut bytes) = (0_usize, 0_usize, 0_usize);
    let began = Instant::now();
    for answer in &answers {
        let mut sanitizer = Sanitizer::new(fingerprints.clone());
        let mut out = String::new();
        for piece in answer.as_bytes().chunks(5) {
            out.push_str(&sanitizer.push_bytes(piece));
            pieces += 1;
            bytes += piece.len();
            held += bytes - out.len().min(bytes);
        }
        bytes = 0;
        out.push_str(&sanitizer.finish());
        if out != *answer {
            changed.push((sanitizer.removals(), answer));
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "small counts, for people")]
    let mean = held as f64 / pieces as f64;
    println!(
        "{} answers, {} changed, {mean:.1} bytes held on average, {:?}",
        answers.len(),
        changed.len(),
        began.elapsed()
    );
    assert!(
        changed.len() * 1_000 <= answers.len(),
        "{} of {}: {:?}",
        changed.len(),
        answers.len(),
        changed.first()
    );
    assert!(mean < 24.0, "{mean} bytes are held on average");
}
