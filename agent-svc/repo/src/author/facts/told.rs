//! Which sentences of the authors can be said as they are, and as what: told, quoted, or listed.

mod coded;
mod items;
mod leaning;
mod pages;
mod sections;

use std::borrow::Cow;

use self::coded::is_half_code;
pub(super) use self::coded::names_code;
pub(super) use self::items::{Item, item, without_pointers};
pub(super) use self::leaning::hangs;
use self::leaning::leans;
use self::pages::of_the_page;
pub(super) use self::sections::{section, under_their_heading};
use crate::analysis::model::Remark;
use crate::author::grammar::prose;
use crate::author::guard;
use crate::author::phrase::Kind;
use crate::narration::speakable::speakable;

/// Longest sentence of somebody else's that is told as it is.
const LONGEST: usize = 260;
/// Longest of two sentences that go together.
const LONGEST_PAIR: usize = 420;

/// What a sentence may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// Only statements.
    Statement,
    /// What one should do, too: for usage and the start.
    Advice,
}

/// A sentence as it is told.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub kind: Kind,
    /// Without its closing mark.
    pub text: String,
    pub sources: Vec<Remark>,
}

/// Sentences that can be told, in order; one that needs the one before it comes together with it.
pub(super) fn tellable(remarks: &[Remark], manner: Manner) -> Vec<Told> {
    let mut told: Vec<Told> = Vec::new();
    let mut before = false;
    let mut asked: Option<(String, &Remark)> = None;
    for remark in remarks {
        // A question is told with what answers it.
        if remark.text.trim_end().ends_with('?') {
            asked = question(&remark.text).map(|words| (words, remark));
            before = false;
            continue;
        }
        if let Some((words, from)) = asked.take()
            && let Some(answer) = led(remark, manner).filter(|answer| answer.kind == Kind::Told)
        {
            told.push(Told {
                kind: Kind::Told,
                text: format!("{words}? {}", upper_first(&answer.text)),
                sources: vec![from.clone(), remark.clone()],
            });
            before = true;
            continue;
        }

        let Some((kind, text)) = one(remark, manner, false) else {
            // "It has no dependencies." is too short to tell, and goes on about the same thing.
            before = before && leans(&remark.text) && remark.text.split_whitespace().count() < 5;
            continue;
        };
        if !leans(&text) {
            told.push(Told {
                kind,
                text,
                sources: vec![remark.clone()],
            });
            before = true;
            continue;
        }

        let joined = told.last_mut().filter(|last| {
            before && last.kind == kind && last.text.chars().count() + text.chars().count() < LONGEST_PAIR
        });
        match joined {
            Some(last) => {
                last.text = format!("{}. {text}", last.text);
                last.sources.push(remark.clone());
            }
            None => before = false,
        }
    }

    told
}

/// A question as it is said, without its mark.
fn question(text: &str) -> Option<String> {
    let words = label(text.trim().trim_start_matches(['.', '…', ' ']));
    let words = words.trim_end_matches('?').trim().to_owned();
    let fits =
        (2..=14).contains(&words.split_whitespace().count()) && prose::is_sayable(&format!("{words} then"));

    (fits && prose::is_english(&words)).then_some(words)
}

fn upper_first(text: &str) -> String {
    let mut symbols = text.chars();
    symbols
        .next()
        .map(|first| first.to_uppercase().chain(symbols).collect())
        .unwrap_or_default()
}

/// The first sentence under a heading that is its subject: it may lack a verb, and go on in small letters.
pub(super) fn led(remark: &Remark, manner: Manner) -> Option<Told> {
    let (kind, text) = one(remark, manner, true)?;
    let answers = ["It ", "This ", "So that ", "Yes", "No"]
        .iter()
        .any(|word| text.starts_with(word));
    if leans(&text) && !answers {
        return None;
    }

    // "Clarke, who wrote of wheels, …" begins with a name.
    let named = text
        .split_whitespace()
        .next()
        .is_some_and(|word| word.ends_with(','));
    let title = named
        || text
            .split_whitespace()
            .take(2)
            .all(|word| word.starts_with(char::is_uppercase));
    let text = if prose::is_statement(&text) || title {
        text
    } else {
        prose::lower_first(&text)
    };

    Some(Told {
        kind,
        text,
        sources: vec![remark.clone()],
    })
}

/// "This small tool …": a sentence whose subject is the thing itself, by its kind.
pub(super) fn starts_with_its_kind(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let named = |word: &str| {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        guard::is_a_thing(&bare)
    };

    words.next() == Some("This") && words.take(5).any(named)
}

/// One sentence that stands alone.
pub(super) fn alone(remark: &Remark, manner: Manner) -> Option<Told> {
    tellable(std::slice::from_ref(remark), manner).pop()
}

/// `led`: a heading says what it is about.
fn one(remark: &Remark, manner: Manner, led: bool) -> Option<(Kind, String)> {
    let unmarked = without_marks(remark.text.trim());
    let placed = without_places(&unmarked);
    let raw = placed.as_ref();
    if raw.ends_with([':', '?', '…']) || raw.contains("://") || raw.contains("www.") {
        return None;
    }

    // An address of a memory is for the eye.
    if raw.contains(" 0x") {
        return None;
    }
    // "Type: number, default: 0" is a table in disguise.
    if raw.to_lowercase().contains("skip this ") {
        return None;
    }
    let typed = ["Type:", "Type `", "Default:", "NB:", "N.B."]
        .iter()
        .any(|word| raw.starts_with(word));
    // "Portuguese (Brazilian), Chinese (Simplified), …": without its brackets it names others.
    let bracketed = raw.matches(" (").count() > 2 || raw.contains("the /") || raw.contains("The /");
    if bracketed || typed || names_a_place_of_the_machine(raw) || needs_its_page(raw) || is_half_code(raw) {
        return None;
    }

    let pointed = items::without_pointers(raw);
    let bare = without_its_mark(&pointed);
    let plain = speakable(&bare);
    let text = plain.trim_end_matches(['.', '!', ' ', ',', ';']).to_owned();
    let words: Vec<&str> = text.split_whitespace().collect();
    let size = text.chars().count();
    let least = if led { 3 } else { 5 };
    // What is listed is heard piece by piece.
    let (most, longest) = if is_a_list(&text) {
        (80, LONGEST_PAIR)
    } else {
        (48, LONGEST)
    };
    let whole = (least..=most).contains(&words.len())
        && size <= longest
        && prose::is_sayable(&text)
        && prose::is_english(&text);
    if !whole
        || cut_in_two(&text)
        || !(led
            || prose::is_statement(&text)
            || prose::starts_as_order(&text)
            || is_a_list(&text)
            || manner == Manner::Advice && bids_late(&text)
            || of_its_authors(&text).is_some_and(|told| did_something(&told)))
        || of_the_page(&words)
    {
        return None;
    }

    if begins_badly(&text, &words, manner, led) {
        return None;
    }

    let own = |word: &str| {
        words.iter().any(|said| {
            said.trim_matches(|c: char| !c.is_alphanumeric())
                .eq_ignore_ascii_case(word)
        })
    };
    let speaks = own("i")
        || own("we")
        || own("my")
        || own("our")
        || own("us")
        || own("me")
        || text.contains("I'")
        || text.contains("we'");
    let verbatim = bare.trim_end_matches(['.', '!']) == text;
    if speaks && verbatim {
        return Some((Kind::Quoted, text));
    }
    let bare_words = |text: &str| text.replace(['(', ')', ','], "");
    let brackets_only = bare_words(bare.trim_end_matches(['.', '!'])) == bare_words(&text);
    if let Some(reported) = of_its_authors(&text).filter(|_| brackets_only) {
        return Some((Kind::Told, reported));
    }
    if own("i") || own("my") || own("me") || text.contains("I'") {
        return None;
    }

    // Made sayable, it is no longer what they said, and is no quotation.
    if speaks {
        return None;
    }

    Some((Kind::Told, text))
}

/// "We wanted a small mill" is told of its authors, where it cannot be quoted word for word.
fn of_its_authors(text: &str) -> Option<String> {
    let rest = text.strip_prefix("We ")?;
    let speaks_on = rest.split_whitespace().any(|word| {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        matches!(
            bare.as_str(),
            "we" | "our" | "ours" | "us" | "i" | "my" | "me" | "you" | "your"
        )
    });

    (!speaks_on).then(|| format!("The authors {rest}"))
}

/// "In order to open the gate, simply turn the wheel" and "Then turn it" bid as well.
fn bids_late(text: &str) -> bool {
    let bids = |clause: &str| {
        let bare = ["simply ", "just ", "then ", "Then "]
            .iter()
            .find_map(|adverb| clause.strip_prefix(adverb));
        prose::starts_as_order(bare.unwrap_or(clause))
    };

    text.strip_prefix("Then ").is_some_and(prose::starts_as_order)
        || text.starts_with("In order to ") && text.split(", ").skip(1).any(bids)
}

/// "The authors wanted a mill".
fn did_something(told: &str) -> bool {
    told.split_whitespace()
        .nth(2)
        .is_some_and(|verb| verb.ends_with("ed"))
}

/// Whether a sentence begins as one does that bids, points or has no subject.
fn begins_badly(text: &str, words: &[&str], manner: Manner, led: bool) -> bool {
    let first = words[0].trim_end_matches([',', ':']).to_lowercase();
    if has_no_subject(&first, words[1]) {
        return true;
    }

    // "To point out gates, wheels and mills" has no clause of its own.
    let aims = first == "to"
        && !text
            .split(", ")
            .skip(1)
            .any(|clause| prose::is_statement(clause) || prose::starts_as_order(clause));
    // "a gate with its, open or shut, wheel" was another sentence with its brackets.
    let torn = [" its, ", "'s, ", "’s, ", " the, ", " a, ", " of, "]
        .iter()
        .any(|cut| text.contains(cut));
    // "The mill's `gate.go`, its entry" would be "the mill's the gate file".
    let owned = text.contains("'s the ")
        && !["It's", "it's", "That's", "that's", "What's"]
            .iter()
            .any(|word| text.contains(word));
    if aims || torn || owned {
        return true;
    }

    // "For every release, have one that fits" says what its authors should do.
    let then = text
        .split_once(", ")
        .filter(|_| {
            matches!(
                first.as_str(),
                "for" | "to" | "in" | "when" | "if" | "after" | "before"
            )
        })
        .map_or("", |(_, rest)| rest);
    let bids = prose::starts_as_order(then) || then.starts_with("have ") || then.starts_with("be ");
    if manner == Manner::Statement && !led && bids {
        return true;
    }
    if prose::starts_as_order(text) && (manner == Manner::Statement && !led || first == "see") {
        return true;
    }

    // Click is a library, too.
    let named = words[0].starts_with(char::is_uppercase)
        && matches!(
            words[1],
            "is" | "lets" | "provides" | "helps" | "makes" | "offers" | "has"
        );
    !named
        && matches!(
            first.as_str(),
            "see"
                | "note"
                | "todo"
                | "please"
                | "checkout"
                | "here's"
                | "click"
                | "check"
                | "where"
                | "thanks"
                | "warning"
                | "how"
                | "what"
                | "why"
                | "which"
        )
}

/// "It (a) opens the gate and (b) turns the wheel": two things that are counted for the eye.
fn without_marks(raw: &str) -> Cow<'_, str> {
    if !(raw.contains("(a) ") && raw.contains("(b) ")) {
        return Cow::Borrowed(raw);
    }
    let marks = ["(a) ", "(b) ", "(c) ", "(d) "];

    Cow::Owned(
        marks
            .iter()
            .fold(raw.to_owned(), |text, mark| text.replace(mark, "")),
    )
}

/// "From a barn (on farms), a shop (in towns) or a mill (on rivers)": where each of many is from is not told.
fn without_places(raw: &str) -> Cow<'_, str> {
    const MANY: usize = 3;
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    let mut placed = 0;
    while let Some((before, tail)) = rest.split_once(" (") {
        let Some((inside, after)) = tail.split_once(')') else {
            return Cow::Borrowed(raw);
        };
        let first = inside
            .split_whitespace()
            .next()
            .unwrap_or_default()
            .to_lowercase();
        let short = inside.split_whitespace().count() < 5;
        out.push_str(before);
        if short && matches!(first.as_str(), "on" | "in" | "for" | "from" | "under" | "with") {
            placed += 1;
        } else if inside.contains(' ') {
            return Cow::Borrowed(raw);
        }
        rest = after;
    }
    out.push_str(rest);

    if placed >= MANY {
        Cow::Owned(out)
    } else {
        Cow::Borrowed(raw)
    }
}

/// "Kiln in three points: slow baking; many doors; no smoke": short items behind what leads to them.
fn is_a_list(text: &str) -> bool {
    let Some((lead, items)) = text.split_once(": ") else {
        return false;
    };
    let items: Vec<&str> = items.split("; ").collect();

    items.len() > 1
        && (2..=9).contains(&lead.split_whitespace().count())
        && lead.starts_with(char::is_uppercase)
        && !leans(lead)
        && items.iter().all(|item| item.split_whitespace().count() > 1)
}

/// "Note: the gates are made of wood" is told without its first word, and "a) For …" without its letter.
fn without_its_mark(raw: &str) -> Cow<'_, str> {
    let noted = ["Note that ", "Note: ", "NOTE: ", "Notes: ", "NOTE - ", "Note - "]
        .iter()
        .find_map(|start| raw.strip_prefix(start));
    if let Some(rest) = noted {
        return Cow::Owned(upper_first(rest));
    }
    let lettered = raw
        .split_once(") ")
        .filter(|(mark, _)| mark.len() == 1 && mark.chars().all(char::is_alphanumeric));

    let bare = lettered.map_or(raw, |(_, rest)| rest);

    if bare.contains('(') {
        Cow::Owned(without_long_asides(bare))
    } else {
        Cow::Borrowed(bare)
    }
}

/// A sentence without what it says in brackets at length, or as a list: read aloud, the rest would be lost.
fn without_long_asides(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, inside, after)) = rest.split_once(" (").and_then(|(before, tail)| {
        tail.split_once(')')
            .map(|(inside, after)| (before, inside, after))
    }) {
        out.push_str(before);
        let long = inside.split_whitespace().count() > 6 || inside.contains(':');
        if !long || inside.contains('(') {
            out.push_str(" (");
            out.push_str(inside);
            out.push(')');
        }
        rest = after;
    }
    out.push_str(rest);

    out
}

/// "Rejected because …", "Can't reuse …": who, only the place where it was written tells.
fn has_no_subject(first: &str, second: &str) -> bool {
    let modal = matches!(
        first,
        "can't"
            | "cannot"
            | "can"
            | "won't"
            | "shouldn't"
            | "should"
            | "must"
            | "may"
            | "might"
            | "could"
            | "would"
            | "doesn't"
            | "isn't"
            | "didn't"
            | "wasn't"
            | "will"
            | "has"
            | "is"
            | "are"
            | "was"
    );
    let participle = first.len() > 4
        && first.ends_with("ed")
        && matches!(
            second,
            "because" | "by" | "in" | "under" | "as" | "since" | "for" | "from" | "to" | "on" | "if" | "when"
        );

    modal || participle
}

/// Of "`[]` is a value" too little would be left, and "the following commands" follow on the page only.
fn needs_its_page(raw: &str) -> bool {
    let lower = raw.to_lowercase();
    let elsewhere = [
        "the following",
        "next section",
        "previous section",
        "as follows",
        "pull request",
        "::1",
        "you have seen",
        "examples so far",
        "earlier example",
        "previous example",
        " to do this ",
        "doing this ",
    ];
    // "`enable :gates` keeps them" begins with code that cannot be read.
    let coded = raw
        .strip_prefix('`')
        .and_then(|rest| rest.split('`').next())
        .is_some_and(|span| span.contains(' '));
    if coded {
        return true;
    }

    loses_a_word(raw) || elsewhere.iter().any(|words| lower.contains(words))
}

/// Whether a piece of code in it has nothing that can be said.
fn loses_a_word(raw: &str) -> bool {
    let spans = raw.split('`').skip(1).step_by(2);
    let silent = |span: &str| !span.is_empty() && speakable(&format!("`{span}`")).is_empty();
    let bare = |word: &str| {
        let word = word.trim_matches([',', '.', ';', ':']);
        word.len() > 1 && word.chars().all(|c| "[]{}<>".contains(c))
    };

    spans.into_iter().any(silent) || raw.split_whitespace().any(bare)
}

/// Whether a sentence names a file of the reader's machine, such as `~/.bashrc`, that would sound like one of the
/// repository.
fn names_a_place_of_the_machine(raw: &str) -> bool {
    let dotted = |word: &str| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '.' && c != '~');
        word.starts_with('~') || word.starts_with('.') && word.ends_with("rc") || word.starts_with(".bash")
    };
    raw.split_whitespace().any(dotted)
}

/// A sentence whose brackets or quotes were left open.
fn cut_in_two(text: &str) -> bool {
    // "The wheels turn on both sides: config" ends in the label of a link.
    let labelled = text.rsplit_once(": ").is_some_and(|(_, last)| {
        matches!(
            last,
            "config" | "here" | "docs" | "link" | "example" | "source" | "demo"
        )
    });

    labelled
        || text.matches('"').count() % 2 == 1
        || text.matches('(').count() != text.matches(')').count()
        || text.contains("..")
        || text.contains(" , ")
}

/// A short name as it is said: code marks go, capitals stay.
pub(super) fn label(text: &str) -> String {
    speakable(text.trim().trim_matches(['*', '_', ':']))
        .trim_end_matches(['.', ':'])
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::author::facts::Telling;

    fn remark(text: &str) -> Remark {
        Remark {
            text: text.to_owned(),
            file: "README.md".to_owned(),
            line: 3,
        }
    }

    #[test]
    fn sentences_that_need_another_come_with_it_or_not_at_all() {
        let told = tellable(
            &[
                remark("Kiln keeps every job on the disk."),
                remark("It never loses one."),
            ],
            Manner::Statement,
        );
        assert!(told.len() == 1 && told[0].text.ends_with("disk"), "{told:?}");
        let told = tellable(
            &[
                remark("Kiln keeps every job on the disk."),
                remark("It never loses any of them."),
            ],
            Manner::Statement,
        );
        assert_eq!(
            told[0].text,
            "Kiln keeps every job on the disk. It never loses any of them"
        );
        assert_eq!(told[0].sources.len(), 2);
        assert!(tellable(&[remark("It never loses any of them.")], Manner::Statement).is_empty());
    }

    #[test]
    fn the_authors_own_we_is_quoted_and_orders_are_kept_for_usage() {
        assert_eq!(
            alone(&remark("We keep the list sorted on purpose."), Manner::Statement).map(|told| told.kind),
            Some(Kind::Quoted)
        );
        assert!(alone(&remark("Run the tool on every file."), Manner::Statement).is_none());
        assert!(alone(&remark("Run the tool on every file."), Manner::Advice).is_some());
    }

    #[test]
    fn letters_that_count_and_addresses_are_not_told() {
        let told = alone(
            &remark("When it is closed, (a) the gate holds the water, and (b) the mill stands still."),
            Manner::Statement,
        );
        assert_eq!(
            told.map(|told| told.text).as_deref(),
            Some("When it is closed, the gate holds the water, and the mill stands still")
        );
        assert!(
            alone(
                &remark("The stack of the mill lies at 0xFFFF of it."),
                Manner::Statement
            )
            .is_none()
        );
    }

    #[test]
    fn where_each_of_many_is_from_is_left_out() {
        let told = alone(
            &remark(
                "The mill takes grain from barns (on farms), shops (in towns), ships (Sail) or mills (on rivers).",
            ),
            Manner::Statement,
        );
        assert_eq!(
            told.map(|told| told.text).as_deref(),
            Some("The mill takes grain from barns, shops, ships or mills")
        );
    }

    #[test]
    fn an_order_may_come_behind_its_aim() {
        let told = tellable(
            &[
                remark("In order to open the gate, simply turn the wheel of the mill."),
                remark("Then run `mill open` in order to start the water."),
            ],
            Manner::Advice,
        );
        assert_eq!(
            told.first().map(|told| told.text.as_str()),
            Some(
                "In order to open the gate, simply turn the wheel of the mill. Then run mill open in order to start the water"
            )
        );
    }

    #[test]
    fn a_we_that_cannot_be_quoted_is_told_of_the_authors() {
        let told = alone(
            &remark("We wanted a small mill for one harbour (in the north)."),
            Manner::Statement,
        );
        assert_eq!(
            told.map(|told| (told.kind, told.text)),
            Some((
                Kind::Told,
                "The authors wanted a small mill for one harbour, in the north".to_owned()
            ))
        );
    }

    #[test]
    fn an_item_is_a_term_a_sentence_or_words() {
        assert!(
            matches!(item(&remark("`ttl`: how long a job lives"), Manner::Advice), Some(Item::Term { term, .. }) if term == "ttl")
        );
        assert!(matches!(
            item(&remark("Retries with backoff"), Manner::Advice),
            Some(Item::Words(_))
        ));
        assert!(matches!(
            item(
                &remark("Every job is written to the disk before it is run"),
                Manner::Advice
            ),
            Some(Item::Sentence(_))
        ));
    }

    #[test]
    fn what_a_page_says_of_itself_or_bids_its_authors_is_not_told() {
        for text in [
            "For every release of the mill, have at least one gate.",
            "As you have seen, a gate can be turned by a wheel.",
            "`enable :gates` actually keeps all wheels in a barn.",
            "Click the wheel to open the gate at night.",
            "To point out leaks, wheels and gates that may cause a mill to fail.",
            "Wheels will then be treated as gates of wood.",
        ] {
            assert!(alone(&remark(text), Manner::Statement).is_none(), "{text}");
        }
        for text in [
            "Click is a package that opens gates at night.",
            "The mill in three points: many gates of wood; a wheel for each; no smoke at all.",
        ] {
            assert!(alone(&remark(text), Manner::Statement).is_some(), "{text}");
        }
    }

    #[test]
    fn items_are_told_without_values_and_lists_of_links_by_their_names() {
        assert!(matches!(
            item(&remark("port: port of the mill (:80)"), Manner::Advice),
            Some(Item::Term { note, .. }) if note == "port of the mill"
        ));
        assert!(matches!(
            item(&remark("gate-key (either by flag or by variable `KEY`)"), Manner::Advice),
            Some(Item::Words(words)) if words == "gate-key"
        ));
        assert!(matches!(
            item(&remark("`--gate <NAME>`: opens this gate only"), Manner::Advice),
            Some(Item::Term { term, .. }) if term == "--gate"
        ));
        assert!(matches!(
            item(&remark("A client for the shell -> tide/shell"), Manner::Advice),
            Some(Item::Words(words)) if words == "A client for the shell"
        ));
        for text in [
            "`~/mill/gates.local`",
            "Must be skipped: during the high tide of the day",
            "Mill 4.8: 12.0, and possibly later",
        ] {
            assert!(
                !matches!(item(&remark(text), Manner::Advice), Some(Item::Term { .. })),
                "{text}"
            );
        }
        assert!(matches!(
            item(&remark("Leaser: lends a gate to one mill (`leaser.go`, `s3/leaser.go`)"), Manner::Advice),
            Some(Item::Term { note, .. }) if note == "lends a gate to one mill"
        ));

        let links = [
            remark("TideMill – mills of the sea"),
            remark("WindMill – mills of the air"),
            remark("Treadmill – mills of the feet"),
        ];
        let mut telling = Telling::new("mills", 0.0, 0.1);
        assert!(under_their_heading(
            &mut telling,
            "Mills",
            &links,
            Manner::Statement,
            true
        ));
        let group = telling.finish();
        let told = (group.facts[0].kind, group.facts[0].slots["items"].as_str());
        assert_eq!(told, (Kind::Listed, "TideMill, WindMill and Treadmill"));
    }
}
