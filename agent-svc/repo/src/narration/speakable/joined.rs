//! Tokens that are joined of several words: numbers with units, names with a hyphen, two flags, a page of another place; and
//! files whose noun stands beside them.

use super::{is_domain, is_verbatim, is_version, looks_like_code, speak_core};

/// What a file or a folder may be called by the words around its name.
const PLACES: [&str; 12] = [
    "notebook", "script", "module", "program", "page", "document", "header", "package", "class", "command",
    "library", "manifest",
];

/// "The notebook `trace.ipynb`" and "the `trace.py` module" say already what it is: no file besides.
pub(super) fn with_its_noun(before: &str, spoken: String, after: &str) -> String {
    let Some(rest) = spoken.strip_prefix("the ") else {
        return spoken;
    };
    let bare = rest.trim_end_matches([',', '.', ';', ':', '!', '?']);
    let marks = &rest[bare.len()..];
    let Some(name) = bare.strip_suffix(" file") else {
        return spoken;
    };

    let before = before.to_lowercase();
    let after = after
        .trim_end_matches([',', '.', ';', ':', '!', '?'])
        .to_lowercase();
    if PLACES.contains(&before.as_str()) || matches!(before.as_str(), "file" | "folder") {
        return format!("{name}{marks}");
    }
    if PLACES.contains(&after.as_str()) && marks.is_empty() {
        return format!("the {name}");
    }

    spoken
}

/// `0.9j`.
pub(super) fn is_lettered_version(text: &str) -> bool {
    text.len() > 3
        && text.contains('.')
        && text
            .strip_suffix(|c: char| c.is_ascii_lowercase())
            .is_some_and(|rest| rest.ends_with(|c: char| c.is_ascii_digit()) && is_version(rest))
}

/// "sRGB", "kHz", "eBPF": one small letter and capitals are a name; so is "30kHz", a number with its unit.
pub(super) fn is_a_sign(core: &str) -> bool {
    let mut symbols = core.chars();
    let small = symbols.next().is_some_and(char::is_lowercase);
    let rest = symbols.as_str();
    let capitals = rest.chars().take_while(char::is_ascii_uppercase).count();
    let name = small
        && capitals > 1
        && rest.chars().all(char::is_alphanumeric)
        && rest.len() < 6
        && capitals + 2 > rest.len();

    let unit = core.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let measured = unit.len() < core.len()
        && core.starts_with(|c: char| c.is_ascii_digit())
        && (1..=4).contains(&unit.len())
        && unit.chars().all(|c| c.is_ascii_alphabetic());

    name || measured
}

/// What is said of a token of several words; `None` of any other.
pub(super) fn of_several(core: &str) -> Option<String> {
    // "mills.org/mill.js" is a page, and no file of ours.
    if let Some((host, _)) = core.split_once('/')
        && is_domain(host)
        && !is_verbatim(core)
    {
        return Some(host.to_owned());
    }

    // "-h,--help": two names of one flag.
    if core.starts_with('-') && core.contains(",-") {
        let each: Vec<String> = core.split(',').map(speak_core).collect();
        return Some(each.join(" or "));
    }

    // "PyTorch-like": each part is a word of its own.
    let joined: Vec<&str> = core.split('-').collect();
    let parted = |part: &&str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric());
    let names =
        joined.len() > 1 && joined.iter().all(parted) && joined.iter().any(|part| looks_like_code(part));

    names.then(|| {
        let said: Vec<String> = joined.iter().map(|part| speak_core(part)).collect();
        said.join("-")
    })
}
