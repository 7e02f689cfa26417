//! Names in code turned into words for the ear.

/// `parse_repo_url`, `parseRepoURL`, `parse-repo.url` → `parse repo url`. Digits stay with the letters before them.
pub fn words(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 8);
    let chars: Vec<char> = name.chars().collect();
    for (at, &c) in chars.iter().enumerate() {
        if !c.is_alphanumeric() {
            if c != '\'' && !out.ends_with(' ') && !out.is_empty() {
                out.push(' ');
            }
            continue;
        }

        let before = at.checked_sub(1).and_then(|at| chars.get(at)).copied();
        let after = chars.get(at + 1).copied();
        let starts = c.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || before.is_numeric()
                    || (before.is_uppercase() && after.is_some_and(char::is_lowercase) && !plural(&chars, at))
            });
        if starts && !out.ends_with(' ') {
            out.push(' ');
        }

        out.extend(c.to_lowercase());
    }

    out.trim_end().to_owned()
}

/// Whether the lower-case letter after `at` only makes an acronym plural: `parseURLs`.
fn plural(chars: &[char], at: usize) -> bool {
    chars.get(at + 1) == Some(&'s') && chars.get(at + 2).is_none_or(|next| !next.is_lowercase())
}

/// The name of a test as a sentence without its full stop: `test_it_keeps_order` → `It keeps order`.
pub fn sentence(name: &str) -> String {
    let plain = if name.contains(' ') {
        name.trim().to_owned()
    } else {
        words(name)
    };

    let plain = plain
        .strip_prefix("test ")
        .unwrap_or(&plain)
        .trim_end_matches('.');

    capitalise(plain)
}

/// The first letter in upper case.
pub fn capitalise(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}

/// A number with thousands separated, as in `41,200`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + 4);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }

    out
}

/// The name of a package without what stands before it: the scope of npm, the vendor of Composer, the group of Maven,
/// the address of a Go module. `@fleet/tide` is `tide`, `github.com/ada/loom/v2` is `loom`.
pub fn package(name: &str) -> &str {
    let version = |part: &str| {
        part.strip_prefix('v')
            .is_some_and(|digits| !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit()))
    };
    let short = name
        .trim_end_matches('/')
        .rsplit(['/', ':'])
        .find(|part| !version(part))
        .unwrap_or(name);
    // `gopkg.in/yaml.v3`
    let bare = short.rsplit_once('.').filter(|(_, end)| version(end));

    bare.map_or(short, |(bare, _)| bare).trim_start_matches('@')
}

/// How many words a text has. Scripts without spaces are counted by their characters, two to a word.
pub fn number_of(text: &str) -> usize {
    let without_spaces = |c: &char| {
        matches!(u32::from(*c), 0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x3040..=0x30FF
            | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x3FFFF)
    };

    text.split_whitespace()
        .map(|word| word.chars().filter(without_spaces).count().div_ceil(2).max(1))
        .sum()
}

/// "1 file", "3 files", "1,024 files".
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// "a, b and c".
pub fn list(items: &[impl AsRef<str>]) -> String {
    match items {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [most @ .., last] => {
            let most: Vec<&str> = most.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", most.join(", "), last.as_ref())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_words() {
        for (name, spoken) in [
            ("parse_repo_url", "parse repo url"),
            ("parseRepoURL", "parse repo url"),
            ("HTTPServer", "http server"),
            ("parseURLs", "parse urls"),
            ("Utf8Error", "utf8 error"),
            ("__init__", "init"),
            ("agent-svc", "agent svc"),
            ("Router::route_layer", "router route layer"),
            ("x", "x"),
            ("---", ""),
        ] {
            assert_eq!(words(name), spoken, "{name}");
        }
    }

    #[test]
    fn test_names_become_sentences() {
        assert_eq!(sentence("test_it_keeps_order"), "It keeps order");
        assert_eq!(sentence("TestServeHTTP"), "Serve http");
        assert_eq!(sentence("should respond with 404."), "Should respond with 404");
    }

    #[test]
    fn numbers_and_lists_read_well() {
        assert_eq!(count(7), "7");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(counted(1, "file", "files"), "1 file");
        assert_eq!(list(&["a", "b", "c"]), "a, b and c");
        assert_eq!(number_of("three short words"), 3);
        assert_eq!(number_of("翠鸟记账"), 2);
    }

    #[test]
    fn packages_are_called_without_what_stands_before_them() {
        for (name, expected) in [
            ("@fleet/tide", "tide"),
            ("symfony/console", "console"),
            ("com.acme:tide-tables", "tide-tables"),
            ("github.com/ada/loom/v2", "loom"),
            ("gopkg.in/yaml.v3", "yaml"),
            ("serde", "serde"),
            ("jquery.ui", "jquery.ui"),
        ] {
            assert_eq!(package(name), expected, "{name}");
        }
    }
}
