//! What files say of themselves in their first lines: "Module that counts the boats", "This is a utility that …". Only
//! sentences whose subject is the file; never guesses what a silent file is for.

use std::collections::HashSet;

use super::{Group, Source, Telling, is_beside};
use crate::analysis::model::Remark;
use crate::author::facts::told;
use crate::author::grammar::prose;
use crate::author::phrase::Kind;

/// Lines from the top in which a file says what it is.
const FIRST_LINES: u32 = 14;
/// Files that are told for every five minutes.
const FILES: usize = 8;

/// One sentence for each file that says what it is.
pub(super) fn tell(source: &Source<'_>, heard: &mut HashSet<String>) -> Group {
    let explained = &source.analysis.explained;
    let met = |remark: &Remark| {
        let steps = explained.call.iter();
        let names = explained.call.iter().flat_map(|step| &step.calls);
        let stem = stem(&remark.file).to_lowercase();
        let named = names.clone().position(|name| name.to_lowercase() == stem);
        let place = steps.clone().position(|step| step.file == remark.file);
        place.or(named.map(|place| place + 1)).unwrap_or(usize::MAX)
    };
    let mut first: Vec<(&Remark, String)> = Vec::new();
    for remark in explained
        .remarks
        .iter()
        .filter(|remark| remark.line <= FIRST_LINES)
    {
        let known = first.iter().any(|(known, _)| known.file == remark.file);
        if known || is_beside(source.analysis, &remark.file) {
            continue;
        }
        first.extend(of_its_file(&remark.text).map(|does| (remark, does)));
    }
    first.sort_by_key(|(remark, _)| (met(remark), remark.file.matches('/').count()));

    let mut telling = Telling::new("its files", 0.3, 0.5);
    for (remark, does) in first {
        if telling.count() < FILES * source.reach() && heard.insert(does.clone()) {
            let file = source.file(&remark.file);
            telling.tell_from(
                Kind::ModDoes,
                [("mod", file), ("does", does)],
                vec![remark.clone()],
            );
        }
    }

    telling.finish()
}

fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);

    name.split('.').next().unwrap_or(name)
}

/// What a sentence says of the file it stands in; `None` when its subject is anything else.
fn of_its_file(text: &str) -> Option<String> {
    let whole = text.trim().trim_end_matches(['.', '!']);
    let plain = crate::narration::speakable::speakable(whole);
    let plain = plain.trim_end_matches(['.', '!', ' ', ',']);
    let fits = (4..=32).contains(&plain.split_whitespace().count())
        && plain.chars().count() < 220
        && prose::is_sayable(plain)
        && prose::is_english(plain)
        && told::names_code(whole) == 0;
    if !fits {
        return None;
    }

    said_of_it(plain).filter(|does| !told::hangs(&format!("The file {does}")))
}

/// The predicate of a sentence whose subject is the file that it stands in.
fn said_of_it(plain: &str) -> Option<String> {
    let kinds = [
        "module",
        "file",
        "script",
        "program",
        "class",
        "component",
        "package",
    ];
    let (first, rest) = plain.split_once(' ')?;
    let (second, after) = rest.split_once(' ')?;
    let verb = |text: &str| {
        let word = text.split_whitespace().next().unwrap_or_default();
        word.len() > 3 && word.ends_with('s') && !word.ends_with("ss")
            || matches!(word, "is" | "has" | "does")
    };
    // "Module that counts the boats", "This module counts the boats", "This is a module that counts the boats".
    let kind = |word: &str| kinds.contains(&word.to_lowercase().as_str());
    if kind(first) && second == "that" && verb(after) {
        return Some(after.to_owned());
    }
    if first == "This" && kind(second) && verb(after) {
        return Some(after.to_owned());
    }

    let thing = first == "This"
        && second == "is"
        && (after.starts_with("a ") || after.starts_with("an ") || after.starts_with("the "))
        && [" that ", " which ", " for ", " of "]
            .iter()
            .any(|link| after.contains(link));
    thing.then(|| format!("is {after}"))
}

#[cfg(test)]
mod tests {
    use super::of_its_file;

    #[test]
    fn a_file_is_told_by_a_sentence_whose_subject_it_is() {
        assert_eq!(
            of_its_file("Module that handles the boats of the mill").as_deref(),
            Some("handles the boats of the mill")
        );
        assert_eq!(
            of_its_file("This is a client that reads the tide and writes it to a file.").as_deref(),
            Some("is a client that reads the tide and writes it to a file")
        );
        assert_eq!(
            of_its_file("This module opens every gate once.").as_deref(),
            Some("opens every gate once")
        );
        for other in [
            "This is needed because the gate is open",
            "Everything not in this list weighs 1",
            "The gates are opened at every tide",
            "Module of boats",
        ] {
            assert_eq!(of_its_file(other), None, "{other}");
        }
    }
}
