//! Reads a free message for what its writer wants to hear: focus, depth, style, length. Never guesses the rest.

use super::grammar;
use super::model::{Depth, Style, Understood};

const STYLES: [(Style, &[&str]); 5] = [
    (Style::Documentary, &["documentary", "documentaries"]),
    (
        Style::Tutorial,
        &[
            "tutorial",
            "teach me",
            "step by step",
            "walk me through",
            "walkthrough",
            "how do i",
            "learn",
        ],
    ),
    (
        Style::Podcast,
        &["podcast", "conversational", "casual", "chatty", "episode"],
    ),
    (
        Style::Fiction,
        &[
            "fiction",
            "fairy tale",
            "fairytale",
            "novel",
            "adventure",
            "as a story with characters",
            "fantasy",
        ],
    ),
    (
        Style::Technical,
        &[
            "technical",
            "deep dive",
            "deep-dive",
            "in-depth",
            "briefing",
            "dense",
        ],
    ),
];

const DEPTHS: [(Depth, &[&str]); 3] = [
    (
        Depth::Beginner,
        &[
            "beginner",
            "newcomer",
            "new to",
            "simple terms",
            "explain like",
            "non-technical",
            "basics",
            "novice",
            "never programmed",
        ],
    ),
    (
        Depth::Advanced,
        &[
            "advanced",
            "expert",
            "senior",
            "internals",
            "in-depth",
            "deep dive",
            "deep-dive",
            "experienced",
        ],
    ),
    (
        Depth::Intermediate,
        &["intermediate", "some experience", "mid-level"],
    ),
];

/// Words that lead to what somebody cares about.
const LEADS: [&str; 17] = [
    "focus on",
    "focusing on",
    "focussing on",
    "interested in",
    "curious about",
    "especially",
    "particularly",
    "learn about",
    "understand",
    "tell me about",
    "explain",
    "how does",
    "how do",
    "more about",
    "concentrate on",
    "emphasis on",
    "want to know",
];

/// Topics that are understood wherever they stand in a message.
const TOPICS: [(&str, &[&str]); 22] = [
    ("architecture", &["architecture", "architectural", "design"]),
    (
        "authentication",
        &[
            "authentication",
            "authorization",
            "authorisation",
            "login",
            "auth",
        ],
    ),
    ("routing", &["routing", "router", "routes"]),
    ("testing", &["testing", "tests", "test suite"]),
    ("error handling", &["error handling", "errors"]),
    (
        "performance",
        &["performance", "fast", "speed", "optimisation", "optimization"],
    ),
    ("security", &["security", "secure"]),
    ("database", &["database", "sql", "storage", "persistence"]),
    ("dependencies", &["dependencies", "libraries"]),
    ("history", &["history", "evolution", "contributors"]),
    ("configuration", &["configuration", "config", "settings"]),
    ("deployment", &["deployment", "deploy", "docker", "kubernetes"]),
    ("middleware", &["middleware"]),
    ("concurrency", &["concurrency", "async", "threads", "parallel"]),
    ("networking", &["networking", "network", "sockets"]),
    (
        "user interface",
        &["user interface", "frontend", "front end", "components"],
    ),
    ("API", &["api", "endpoints"]),
    ("caching", &["caching", "cache"]),
    ("parsing", &["parsing", "parser"]),
    ("command line", &["command line", "command-line", "cli"]),
    ("state management", &["state management"]),
    ("documentation", &["documentation", "docs"]),
];

/// Words that end a topic named after a lead.
const STOPS: [&str; 28] = [
    "and", "but", "in", "for", "with", "as", "please", "of", "at", "to", "so", "because", "while", "from",
    "about", "is", "are", "works", "work", "minutes", "minute", "style", "i", "me", "this", "that", "using",
    "within",
];

const FILLERS: [&str; 22] = [
    "the",
    "how",
    "a",
    "an",
    "its",
    "their",
    "your",
    "it",
    "what",
    "why",
    "where",
    "do",
    "does",
    "which",
    "project",
    "repo",
    "repository",
    "code",
    "codebase",
    "everything",
    "more",
    "all",
];

/// What a message asks for.
pub fn understand(message: &str) -> Understood {
    let plain: String = message
        .to_lowercase()
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let text = without_links(&plain);
    let style = STYLES
        .iter()
        .find(|(_, words)| words.iter().any(|word| has(&text, word)))
        .map(|(style, _)| *style);

    let depth = DEPTHS
        .iter()
        .find(|(_, words)| words.iter().any(|word| has(&text, word)))
        .map(|(depth, _)| *depth);
    let minutes = minutes(&text);
    let focus_areas = focus(&text);
    let reply = reply(&focus_areas, depth, style, minutes);

    Understood {
        focus_areas,
        technical_depth: depth,
        style,
        duration_minutes: minutes,
        reply,
    }
}

fn without_links(text: &str) -> String {
    text.split_whitespace()
        .filter(|word| !word.contains("://"))
        .collect::<Vec<_>>()
        .join(" ")
}

/// Whether the words stand in the text as whole words.
fn has(text: &str, words: &str) -> bool {
    text.match_indices(words).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + words.len()..].chars().next();
        let edge = |symbol: Option<char>| symbol.is_none_or(|symbol| !symbol.is_alphanumeric());
        edge(before) && edge(after)
    })
}

/// The nearest of 5, 10, 15 and 20 to a number of minutes in the text.
fn minutes(text: &str) -> Option<u32> {
    let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || c == '-').collect();
    let asked = words.windows(2).find_map(|pair| {
        let unit = pair[1].trim_matches(|c: char| !c.is_alphabetic());
        let number: f64 = match pair[0].trim_matches(|c: char| !c.is_alphanumeric()) {
            "five" => 5.0,
            "ten" => 10.0,
            "fifteen" => 15.0,
            "twenty" => 20.0,
            digits => digits.parse().ok()?,
        };

        match unit {
            "min" | "mins" | "minute" | "minutes" => Some(number),
            "hour" | "hours" => Some(number * 60.0),
            _ => None,
        }
    });

    let asked = asked.or_else(|| {
        let short = ["short", "quick", "brief"].iter().any(|word| has(text, word));
        let long = ["long", "detailed", "thorough", "comprehensive"]
            .iter()
            .any(|word| has(text, word));
        if short { Some(5.0) } else { long.then_some(20.0) }
    })?;

    [5, 10, 15, 20].into_iter().min_by(|a, b| {
        (f64::from(*a) - asked)
            .abs()
            .total_cmp(&(f64::from(*b) - asked).abs())
    })
}

fn focus(text: &str) -> Vec<String> {
    let mut areas: Vec<String> = Vec::new();
    for (topic, words) in TOPICS {
        if words.iter().any(|word| has(text, word)) {
            areas.push(topic.to_owned());
        }
    }

    for lead in LEADS {
        for (at, _) in text.match_indices(lead) {
            if text[at + lead.len()..].starts_with(char::is_alphanumeric) {
                continue;
            }

            let named = named_after(&text[at + lead.len()..]);
            areas.extend(
                named
                    .into_iter()
                    .filter(|area| !covered(&areas, area))
                    .collect::<Vec<_>>(),
            );
        }
    }

    areas.truncate(6);

    areas
}

fn covered(areas: &[String], area: &str) -> bool {
    let by_topic = TOPICS.iter().any(|(topic, words)| {
        areas.iter().any(|named| named == topic) && words.iter().any(|word| has(area, word))
    });
    by_topic || areas.iter().any(|known| known.eq_ignore_ascii_case(area))
}

/// The things named after a lead: "the parser, the lexer and errors".
fn named_after(rest: &str) -> Vec<String> {
    let end = rest.find(['.', '!', '?', ';', '(', '\n']).unwrap_or(rest.len());
    let mut named = Vec::new();
    for part in rest[..end]
        .split([',', '&'])
        .flat_map(|part| part.split(" and "))
        .take(4)
    {
        let words: Vec<&str> = part
            .split_whitespace()
            .skip_while(|word| FILLERS.contains(word))
            .take_while(|word| !STOPS.contains(word))
            .filter(|word| !FILLERS.contains(word))
            .take(3)
            .collect();

        let stopped = part.split_whitespace().any(|word| STOPS.contains(&word));
        let area = words.join(" ");
        let style_word = STYLES.iter().any(|(_, names)| names.contains(&area.as_str()));
        if (3..=40).contains(&area.len()) && area.chars().any(char::is_alphabetic) && !style_word {
            named.push(area);
        }

        if stopped {
            break;
        }
    }

    named
}

fn reply(focus: &[String], depth: Option<Depth>, style: Option<Style>, minutes: Option<u32>) -> String {
    let length = minutes
        .map(|minutes| format!("{minutes}-minute "))
        .unwrap_or_default();
    let style = style.map(|style| format!("{style} ")).unwrap_or_default();
    let kind = grammar::with_article(format!("{length}{style}story").trim());
    let about = if focus.is_empty() {
        "about the whole repository".to_owned()
    } else {
        format!("with a focus on {}", grammar::list(focus))
    };

    let depth = depth
        .map(|depth| format!(", told for {depth} listeners"))
        .unwrap_or_default();
    let offer = if focus.is_empty() {
        " Tell me which parts interest you most, and I will give them more time."
    } else {
        " Start it when you are ready, or tell me what to change."
    };

    format!("Got it: {kind} {about}{depth}.{offer}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_says_what_its_writer_wants() {
        let wish = understand(
            "I'm new to Rust. Give me a 12 minute podcast, focus on routing and error handling please.",
        );
        assert_eq!(wish.focus_areas, ["routing", "error handling"]);
        assert_eq!(wish.technical_depth, Some(Depth::Beginner));
        assert_eq!(wish.style, Some(Style::Podcast));
        assert_eq!(wish.duration_minutes, Some(10));
        assert_eq!(
            wish.reply,
            "Got it: a 10-minute podcast story with a focus on routing and error handling, told for beginner listeners. \
             Start it when you are ready, or tell me what to change."
        );
    }

    #[test]
    fn what_is_not_said_stays_open() {
        let wish = understand("Tell me about this repository");
        assert_eq!(
            (wish.technical_depth, wish.style, wish.duration_minutes),
            (None, None, None)
        );
        assert!(wish.focus_areas.is_empty(), "{:?}", wish.focus_areas);
        assert!(
            wish.reply
                .starts_with("Got it: a story about the whole repository.")
        );
    }

    #[test]
    fn things_that_no_list_knows_can_be_asked_for_too() {
        assert_eq!(
            understand("How does the borrow checker work?").focus_areas,
            ["borrow checker"]
        );
        assert_eq!(
            understand("I'm curious about the scheduler, the timer wheel and parking").focus_areas,
            ["scheduler", "timer wheel", "parking"]
        );
    }

    #[test]
    fn lengths_are_brought_to_what_can_be_had() {
        let asked = [
            "5 min",
            "a 7-minute story",
            "half 13 minutes",
            "one 90 minutes",
            "2 hours",
            "quick look",
            "soon",
        ];
        let got = asked.map(|text| understand(text).duration_minutes);

        assert_eq!(
            got,
            [Some(5), Some(5), Some(15), Some(20), Some(20), Some(5), None]
        );
    }

    #[test]
    fn nonsense_and_nothing_are_answered_too() {
        for text in [
            "",
            "\0\0",
            "https://github.com/tokio-rs/axum",
            "字字字",
            &"a ".repeat(5_000),
        ] {
            assert!(understand(text).reply.starts_with("Got it"), "{text}");
        }
    }
}
