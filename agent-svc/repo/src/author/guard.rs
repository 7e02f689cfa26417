//! The last look at a sentence before it is spoken: what was cut from a page, sells something, speaks for its author or
//! is no English is not said. Looks at shapes only; whether a sentence is true was decided where its fact was made.

#[cfg(test)]
mod judged;
mod whole;

use std::sync::LazyLock;

use regex::Regex;

use self::whole::{Place, adds_nothing, begins_with_agents, is_broken};
pub(super) use self::whole::{is_a_thing, takes_up_its_heading};
use super::phrase::{Kind, Slots};
use crate::narration::cut;

/// Slots that hold words of the repository's authors.
const WORDS_OF_OTHERS: [&str; 14] = [
    "lead", "says", "does", "note", "rule", "one", "two", "what", "how", "change", "cases", "items", "term",
    "heading",
];
/// Single letters from which on a list is one of marks and not of words.
const LETTERS: usize = 3;

/// Why something is not said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// A bracket or a quotation is left open.
    Open,
    /// A rest of Markdown, HTML or a template.
    Markup,
    /// The author speaks, and is not quoted.
    FirstPerson,
    /// It speaks of the page that it stood on.
    OfThePage,
    /// It sells, thanks or begs.
    Promotion,
    /// The label of a badge.
    Badge,
    /// It begins or ends in the middle.
    Cut,
    /// Letters and numbers instead of words.
    Marks,
    /// One word twice in a row, or a name explained by itself.
    Doubled,
}

/// What forbids to say a fact in these words; `None` when it may be said.
pub(super) fn fault(kind: Kind, slots: &Slots, text: &str) -> Option<Fault> {
    let quoted = matches!(kind, Kind::Quoted | Kind::ReasonQuoted | Kind::Refuses);
    let own = WORDS_OF_OTHERS
        .iter()
        .filter_map(|slot| slots.get(slot).map(|words| (*slot, words.as_str())));

    // "opens the gate: This assumes …": what "this" is, the author only knows.
    let explains = matches!(
        kind,
        Kind::DefSays
            | Kind::TypeSays
            | Kind::ModSays
            | Kind::StepSays
            | Kind::StepFirstSays
            | Kind::StepChosenSays
    );
    let points = |words: &String| {
        let first = words.split_whitespace().next().unwrap_or_default();
        matches!(
            first,
            "This" | "These" | "That" | "Those" | "Here" | "It" | "They"
        )
    };
    if explains && slots.get("says").is_some_and(points) {
        return Some(Fault::Cut);
    }

    own.filter(|(_, words)| text_has(text, words))
        .find_map(|(_, words)| fault_of_words(words, quoted || kind == Kind::Reported))
        .or_else(|| explains_itself(slots).then_some(Fault::Doubled))
        .or_else(|| not_whole(kind, slots, text).then_some(Fault::Cut))
        .or_else(|| fault_of_text(text))
}

/// Whether a sentence of the authors is no whole one where it is said, or explains nothing.
fn not_whole(kind: Kind, slots: &Slots, text: &str) -> bool {
    let place = match kind {
        Kind::Subject | Kind::Asked => Place::Headed,
        _ => Place::Alone,
    };
    let told = matches!(
        kind,
        Kind::Told
            | Kind::Quoted
            | Kind::Subject
            | Kind::Asked
            | Kind::Reason
            | Kind::ReasonQuoted
            | Kind::Remarked
    );
    // "Add helper" of a release says as little as its number.
    let change = slots.get("change").filter(|_| kind == Kind::Milestone);
    let small = change.is_some_and(|change| {
        let least = if change.starts_with("add ") || change.starts_with("fix ") {
            8
        } else {
            5
        };
        change.split_whitespace().count() < least
    });
    let broken = slots
        .get("says")
        .filter(|words| told && text_has(text, words))
        .is_some_and(|words| is_broken(words, place));
    let note = slots.get("note").filter(|note| text_has(text, note));
    let torn = note.is_some_and(|note| is_broken(note, Place::Headed));

    // "Kiln: Kiln, a queue" says its name twice.
    let twice = kind == Kind::Subject
        && slots
            .get("heading")
            .zip(slots.get("says"))
            .is_some_and(|(heading, says)| {
                says.to_lowercase()
                    .starts_with(&format!("{},", heading.to_lowercase()))
            });
    let named = slots
        .get("does")
        .is_some_and(|does| text_has(text, does) && begins_with_agents(does));

    broken || torn || small || named || twice || explains_nothing(kind, slots)
}

/// "Gate, which is a gate" and "chars: char iterator".
fn explains_nothing(kind: Kind, slots: &Slots) -> bool {
    let (name, words, least) = match kind {
        Kind::Type => ("type", "does", 2),
        Kind::Field => ("field", "note", 2),
        Kind::DeclaredAs => ("decl", "note", 2),
        Kind::Def => ("def", "does", 1),
        Kind::Item => ("term", "note", if is_short(slots.get("note")) { 2 } else { 1 }),
        Kind::ModDoes => ("mod", "does", 2),
        Kind::Subject => ("heading", "says", 1),
        _ => return false,
    };
    // What cannot be told is not told of.
    let (Some(name), Some(words)) = (slots.get(name), slots.get(words)) else {
        return false;
    };

    adds_nothing(name, words, least) || says_its_name(name, words)
}

/// "a mill gate" says hardly more than "gate".
fn is_short(words: Option<&String>) -> bool {
    words.is_some_and(|words| words.split_whitespace().count() < 5)
}

/// "the gate interface is the gate interface for boats" says its name twice.
fn says_its_name(name: &str, words: &str) -> bool {
    let bare = |text: &str| text.to_lowercase().replace("the ", "").trim().to_owned();
    let said = bare(words);
    let name = bare(name);

    ["is ", "is a ", "is an "]
        .iter()
        .filter_map(|verb| said.strip_prefix(verb))
        .any(|rest| name.contains(' ') && rest.starts_with(&name))
}

/// Whether a way of saying a fact uses the words at all; its first letter may have become a capital.
fn text_has(text: &str, words: &str) -> bool {
    let tail: String = words.chars().skip(1).collect();

    text.contains(tail.trim_end_matches(['.', ',', ';', ':', ' ']))
}

/// What is wrong with words of the repository's authors.
pub(super) fn fault_of_words(words: &str, may_speak: bool) -> Option<Fault> {
    let lower = format!(" {} ", words.to_lowercase());
    let says = |list: &[&str]| list.iter().any(|known| lower.contains(known));
    if !may_speak && speaks_of_itself(words) {
        return Some(Fault::FirstPerson);
    }
    if BADGE.as_ref().is_some_and(|pattern| pattern.is_match(&lower)) {
        return Some(Fault::Badge);
    }
    if says(&PROMOTING) {
        return Some(Fault::Promotion);
    }
    if says(&OF_THE_PAGE) {
        return Some(Fault::OfThePage);
    }

    let runs_on = RUN_ON.as_ref().is_some_and(|pattern| pattern.is_match(words));

    (runs_on || begins_in_the_middle(words)).then_some(Fault::Cut)
}

/// Two lines of a comment that became one sentence: "keep the gate shut This is checked", "every 10 ms, The default is 0".
static RUN_ON: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::pattern::compile(r"[a-z]{2,} (?:This|These|NOTE:?|It|We|If|There|Otherwise|Unless|When|Usage:?|Examples?:|Returns:?|See) [a-z]|[a-z0-9], The [a-z]").ok()
});

/// "I", "we" and their kin, as words of their own.
fn speaks_of_itself(words: &str) -> bool {
    words.split_whitespace().any(|word| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’');
        let bare = word.split(['\'', '’']).next().unwrap_or_default();
        let contracted = bare.len() < word.len();

        // "US" is a country, and "i" a number of a loop.
        matches!(bare, "I" | "my" | "My" | "me" | "mine" | "myself")
            || matches!(bare, "we" | "We" | "our" | "Our" | "ours" | "us" | "ourselves")
            || contracted && matches!(word, "let's" | "Let's" | "let’s" | "Let’s")
    })
}

/// Lines by which a page begs, thanks and sells.
const PROMOTING: [&str; 61] = [
    "sponsor",
    "patreon",
    " patron",
    "donat",
    " backer",
    "buy me a",
    "ko-fi",
    "open collective",
    "opencollective",
    "star this",
    "give it a star",
    "a star on",
    "star the repo",
    "follow me",
    "follow @",
    "sign up",
    "our newsletter",
    "the newsletter",
    "to newsletter",
    "discount",
    "coupon",
    "promo code",
    "free trial",
    "book a demo",
    "hiring",
    "get in touch",
    "contact me",
    "feel free to",
    "join the community",
    "join the chat",
    "commercial support",
    "paid support",
    "professional support",
    "enterprise support",
    "consulting",
    "trusted by",
    "loved by",
    "thanks to ",
    "thank you",
    "brought to you by",
    "made with love",
    "made possible by",
    "happy coding",
    "happy hacking",
    "purchas",
    "for hire",
    "we love ",
    "trademark",
    "made by ",
    "please support",
    "please consider",
    "is the leading",
    "world's leading",
    "accelerator for",
    "startups",
    "for success",
    "watch demo",
    "watch the demo",
    "brightens up",
    "if you like ",
    "if you find this",
];

/// What makes sense on its page only.
const OF_THE_PAGE: [&str; 49] = [
    "click here",
    "see here",
    "clicking here",
    "see below",
    "see above",
    "listed below",
    "shown below",
    "described below",
    "described above",
    "mentioned above",
    "listed above",
    "shown above",
    "as above",
    "as below",
    "the code below",
    "the table below",
    "the example below",
    "the examples below",
    "can be found",
    "can be read",
    "be found at",
    "be found in the",
    "more information",
    "for more info",
    "for more detail",
    "for further ",
    "for details",
    "for full details",
    "read more about",
    "learn more",
    "see also",
    "refer to the",
    "this readme",
    "the following",
    "on this page",
    "this issue",
    "gh issue",
    "this section",
    "pull request",
    "screenshot",
    "available at",
    "is available via",
    "this example",
    "this command",
    "the same files",
    "want to contribute",
    "by checking out",
    "at the time of writing",
    "you can get started",
];

/// "build passing", "npm v1.2", "coverage 98%".
static BADGE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::pattern::compile(
        r"^\s*(?:build|coverage|npm|pypi|crates io|license|licence|downloads?|tests?|ci|docs|codecov|coveralls|gitter|version|release|maintenance|code quality|gem|go report card|godoc|doi)\s+(?:status|passing|failing|badge|unknown|version|v?\d[\d.]*%?|a\+|mit|yes|grade)\b|\bbadge\b|shields\.io|\bbuild status\b|\bcode style:? black\b",
    )
    .ok()
});

/// A sentence that was cut before its subject: "Are used by …", "and so on. Of the …", "’s main design …".
fn begins_in_the_middle(words: &str) -> bool {
    let sentences = cut::sentences(words);
    let cut_off = |sentence: &str| {
        let first = sentence.split_whitespace().next().unwrap_or_default();
        let first = first.trim_matches(|c: char| !c.is_alphanumeric());
        matches!(
            first,
            "Are" | "Is" | "Was" | "Were" | "Has" | "Have" | "Of" | "Than" | "Nor" | "Etc"
        ) && !sentence.trim_end().ends_with('?')
            && !(first == "Of" && sentence.contains(", "))
    };
    // "If there is no gate, but still a mill." says nothing of what then is.
    let open_clause = |sentence: &str| {
        let first = sentence.split_whitespace().next().unwrap_or_default();
        let clauses: Vec<&str> = sentence.split(", ").collect();
        matches!(first, "If" | "Unless" | "Although" | "While" | "Whereas")
            && clauses[1..].iter().all(|clause| {
                ["but ", "or ", "and "]
                    .iter()
                    .any(|word| clause.starts_with(word))
            })
            && !sentence.contains(" then ")
            && !sentence.contains('?')
            || first == "If" && sentence.trim_end_matches(['.', '!']).ends_with(" you can")
    };
    if sentences.iter().any(|sentence| open_clause(sentence)) {
        return true;
    }
    // A predicate begins with its verb, and is the first.
    let to_nothing = |sentence: &str| {
        sentence.starts_with("To ") && !sentence.contains(", ") && sentence.split(' ').count() < 6
    };
    let later = sentences
        .iter()
        .skip(1)
        .any(|sentence| cut_off(sentence) || to_nothing(sentence));
    let opens = words.starts_with([',', '.', ';', ':', ')', ']', '’', '\'', '&', '/', '+', '=']);

    later || opens
}

/// `logo: the logo` says a name twice.
fn explains_itself(slots: &Slots) -> bool {
    let plain = |text: &str| -> Vec<String> {
        text.to_lowercase()
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !matches!(*word, "" | "the" | "a" | "an" | "of" | "is" | "its" | "this"))
            .map(|word| word.trim_end_matches('s').to_owned())
            .collect()
    };
    let names = ["term", "field", "decl"].iter().find_map(|slot| slots.get(slot));
    let (Some(name), Some(note)) = (names, slots.get("note")) else {
        return false;
    };
    let (name, note) = (plain(name), plain(note));

    note.iter().all(|word| name.contains(word))
}

/// What is wrong with a whole text, whoever's words it holds.
pub(super) fn fault_of_text(text: &str) -> Option<Fault> {
    let count = |mark: char| text.matches(mark).count();
    if count('(') != count(')')
        || count('[') != count(']')
        || count('“') != count('”')
        || count('"') % 2 == 1
        || count('{') != count('}')
    {
        return Some(Fault::Open);
    }
    if MARKUP.iter().any(|rest| text.contains(rest)) {
        return Some(Fault::Markup);
    }
    if MARKS.as_ref().is_some_and(|pattern| pattern.is_match(text)) || is_soup(text) {
        return Some(Fault::Marks);
    }

    doubles(text).then_some(Fault::Doubled)
}

const MARKUP: [&str; 16] = [
    "](", "![", "**", "~~", "```", "{{", "{%", "<!--", "&nbsp;", "&amp;", "&lt;", "://", " | ", "</", "/>",
    "[ ]",
];

/// Marks beside marks, an article before a comma, the "s" of a word that was lost, signs that were spelled out.
static MARKS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::pattern::compile(
        r"(?i) [,;.](?:\s|$)|[,;:][,;:.]|\.\.|\b(?:an?|the|to|of|by|from|into|with),\s|\b(?:an?|the)[.;:](?:\s|$)|\s(?:s|t|re|ve)\s|\bdollar sign\b|\bbackslash\b|\bdouble star\b|^\W*(?:,|;)|\bthe (?:they|he|she|it|we|you)\b|\ban? (?:they|the|a|an)\b|\bdouble dash\b|\bequals\b.*\bequals\b|\w\s\s\w",
    )
    .ok()
});

/// Mostly single letters or numbers.
fn is_soup(text: &str) -> bool {
    let words: Vec<&str> = text
        .split_whitespace()
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
        .filter(|word| !word.is_empty())
        .collect();
    let lettered = words
        .iter()
        .filter(|word| word.len() == 1 && word.chars().all(char::is_alphabetic))
        .filter(|word| !matches!(**word, "a" | "A" | "I" | "C" | "x" | "y" | "z"));
    let numbers = words
        .iter()
        .filter(|word| word.chars().all(|c| c.is_ascii_digit() || ".,%:".contains(c)));

    // "ONLY EDIT THIS FILE" is a notice.
    let shouts = |word: &&str| word.len() > 1 && word.chars().all(|c| c.is_ascii_uppercase());
    let shouted = text
        .split_whitespace()
        .collect::<Vec<_>>()
        .windows(4)
        .any(|four| four.iter().all(shouts));

    shouted || lettered.count() >= LETTERS || words.len() > 5 && numbers.count() * 5 > words.len() * 2
}

/// One word twice in a row, in one sentence.
fn doubles(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();

    words.windows(2).any(|pair| {
        // "a parent of selector, selector expects it" ran into one.
        let first = pair[0].trim_end_matches(',');
        // "C plus plus" is a name.
        first != "plus"
            && first.eq_ignore_ascii_case(pair[1].trim_end_matches(['.', ',', ';', ':', '!', '?']))
            && first.len() > 1
            && first.chars().all(char::is_alphabetic)
            && !matches!(
                first.to_lowercase().as_str(),
                "that" | "had" | "new" | "bora" | "bye" | "very" | "again" | "do" | "long"
            )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_lines_that_ran_into_one_are_not_said() {
        for words in [
            "write the tide every so often, for example 10 ms, The default is to wait",
            "topic: gates Unless a boat is near, they are shut",
        ] {
            assert_eq!(fault_of_words(words, false), Some(Fault::Cut), "{words}");
        }
        assert_eq!(
            fault_of_words("the gate of the mill in The Hague is shut", false),
            None
        );
        assert!(!doubles("a library in C plus plus for mills"));
    }

    /// Lines as pages and comments have them, made up after what was heard; each with what forbids it.
    #[rustfmt::skip]
    const LINES: &[(&str, Option<Fault>)] = &[
        ("Tidemill is made possible by people like you", Some(Fault::Promotion)),
        ("When you become a Patron, you get early access to builds", Some(Fault::Promotion)),
        ("Top sponsors: harbour trust and mill supplies", Some(Fault::Promotion)),
        ("If you like Tidemill, tell others about it", Some(Fault::Promotion)),
        ("Sign up for the beta of the hosted mill", Some(Fault::Promotion)),
        ("Tidemill is the leading mill of the coast", Some(Fault::Promotion)),
        ("The leading zero of an hour is kept", None),
        ("Subscribe to the newsletter of the mill", Some(Fault::Promotion)),
        ("Tidemill is a newsletter manager for harbours", None),
        ("Special thanks to everybody who carried stones", Some(Fault::Promotion)),
        ("Feel free to open a gate", Some(Fault::Promotion)),
        ("Buy me a coffee when the mill turns", Some(Fault::FirstPerson)),
        ("Build passing on every tide", Some(Fault::Badge)),
        ("npm version 3.2.1", Some(Fault::Badge)),
        ("Coverage 98%", Some(Fault::Badge)),
        ("Code style black", Some(Fault::Badge)),
        ("Build status of the main branch", Some(Fault::Badge)),
        ("The tables can be found on the wiki", Some(Fault::OfThePage)),
        ("Click here for the tables", Some(Fault::OfThePage)),
        ("The gates are listed below", Some(Fault::OfThePage)),
        ("More information is in the manual", Some(Fault::OfThePage)),
        ("Refer to the manual of the mill", Some(Fault::OfThePage)),
        ("I wrote it in one winter", Some(Fault::FirstPerson)),
        ("It is my favourite mill", Some(Fault::FirstPerson)),
        ("We keep the sluice shut at night", Some(Fault::FirstPerson)),
        ("It never wakes us at night", Some(Fault::FirstPerson)),
        ("Keep the gate shut This is checked at night", Some(Fault::Cut)),
        ("Keep the gate shut NOTE: the key is elsewhere", Some(Fault::Cut)),
        ("Let's open the sluice", Some(Fault::FirstPerson)),
        ("I've seen faster mills", Some(Fault::FirstPerson)),
        ("Takes 1, 2 and so on. Are used in formats", Some(Fault::Cut)),
        ("'s main design is different", Some(Fault::Cut)),
        (", which opens the gate", Some(Fault::Cut)),
        ("If there is no gate, but still a mill", Some(Fault::Cut)),
        ("If you want a gate", Some(Fault::Cut)),
        ("Name it gate or sluice, or both! To gate --open", Some(Fault::Cut)),
        ("If the mill pleases you, you can", Some(Fault::Cut)),
        ("The following macros assume a clock", Some(Fault::OfThePage)),
        ("Tracked in this issue of the mill", Some(Fault::OfThePage)),
        ("If the gate is shut, the mill stands", None),
        ("Tidemill turns grain into flour", None),
        ("It holds US and European tables", None),
        ("The index i counts the gates", None),
        ("Messages are donuts on a stick", None),
        ("The build fails when a gate is open", None),
        ("The version of a table is checked at its start", None),
        ("A release of the sluice lets water in", None),
        ("Users follow others and read their notes", None),
        ("The host of a mill is its address", None),
        ("Returns the weight of the stone", None),
        ("Of all gates, the last one leaks", None),
    ];

    #[test]
    fn words_of_a_page_that_are_no_words_about_the_thing_are_not_said() {
        for (line, fault) in LINES {
            assert_eq!(fault_of_words(line, false), *fault, "{line}");
        }
        assert_eq!(fault_of_words("We keep the sluice shut at night", true), None);
    }

    #[rustfmt::skip]
    const TEXTS: &[(&str, Option<Fault>)] = &[
        ("The gate (of oak is heavy.", Some(Fault::Open)),
        ("They say “it turns.", Some(Fault::Open)),
        ("A table [see the other is kept.", Some(Fault::Open)),
        ("The [tables](tables.md) are kept.", Some(Fault::Markup)),
        ("It is **fast** and small.", Some(Fault::Markup)),
        ("Name | What | Why.", Some(Fault::Markup)),
        ("It turns</b> at night.", Some(Fault::Markup)),
        ("The address is http://mill.example.", Some(Fault::Markup)),
        ("It is a, free, hosted mill.", Some(Fault::Marks)),
        ("Tidemill s main design is old.", Some(Fault::Marks)),
        ("It would change the commands to, j, ji.", Some(Fault::Marks)),
        ("Dollar sign: to open the gate.", Some(Fault::Marks)),
        ("The gate , which is open.", Some(Fault::Marks)),
        ("On the list: t, p, l, j, m and j.", Some(Fault::Marks)),
        ("Sizes: 3, 4, 5, 6 and 7.", Some(Fault::Marks)),
        ("ONLY EDIT THIS FILE in the mill.", Some(Fault::Marks)),
        ("It reads JSON, CSV, XML, YAML and TOML.", None),
        ("The the gate is open.", Some(Fault::Doubled)),
        ("Function function opens it.", Some(Fault::Doubled)),
        ("It is known that that gate leaks.", None),
        ("The route /boats/:id leads to show boat.", None),
        ("Typing tide --at 10:30: the water at that hour.", None),
        ("It carries x, y, width and height.", None),
        ("Work began in May 2019 and runs, over seven years, to August 2026.", None),
        ("“We never sleep,” they write.", None),
        ("It runs on C and on Go.", None),
    ];

    #[test]
    fn a_text_that_is_no_english_is_not_said() {
        for (text, fault) in TEXTS {
            assert_eq!(fault_of_text(text), *fault, "{text}");
        }
    }

    #[test]
    fn a_name_is_not_explained_by_itself_and_only_what_is_said_is_judged() {
        let slots = Slots::from([("term", "Logo".to_owned()), ("note", "the logo".to_owned())]);
        assert_eq!(fault(Kind::Item, &slots, "Logo: the logo."), Some(Fault::Doubled));

        let slots = Slots::from([
            ("def", "open".to_owned()),
            ("does", "lets us open the gate".to_owned()),
        ]);
        assert_eq!(fault(Kind::StepPlain, &slots, "Open is next."), None);
        assert_eq!(
            fault(Kind::Step, &slots, "Next, open lets us open the gate."),
            Some(Fault::FirstPerson)
        );
    }
}
