//! Names and keys: a model says names, a ledger has keys. A name has one key wherever it stands.

use proto::tasks::fiction::cast::Cast;
use proto::tasks::fiction::ledger::{EntityKind, Key};

/// Bytes of a key, well below what one may have.
const KEY_BYTES: usize = 48;

/// `Mira Voss` is `mira-voss`; `None` for what has no letter or digit of ASCII in it and no others that could stand for it.
pub(super) fn key_of(name: &str) -> Option<Key> {
    let mut key = String::new();
    for char in name.trim().to_lowercase().chars() {
        match char {
            'a'..='z' | '0'..='9' => key.push(char),
            _ if char.is_alphanumeric() => key.push_str(&format!("{:x}", u32::from(char))),
            _ if !key.is_empty() && !key.ends_with('-') => key.push('-'),
            _ => {}
        }
        if key.len() >= KEY_BYTES {
            break;
        }
    }
    key.truncate(KEY_BYTES);

    Key::parse(key.trim_end_matches('-'))
}

/// Whom or what of the cast a name means: by its key, its name or another name of it.
pub(super) fn find_entity(cast: &Cast, name: &str, kind: EntityKind) -> Option<Key> {
    let wanted = name.trim().to_lowercase();
    let said = |text: &str| text.to_lowercase() == wanted;
    let mut of_kind = cast.entities().filter(|entity| entity.kind == kind);

    let found = of_kind.find(|entity| {
        said(entity.key.as_str())
            || said(&entity.name)
            || entity.aliases.iter().any(|alias| said(alias))
            || key_of(name).is_some_and(|key| key == entity.key)
    });
    found.map(|entity| entity.key.clone())
}

/// On one line, without marks around it, at most so many characters.
pub(super) fn one_line(text: &str, most: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let line: String = line
        .chars()
        .filter(|char| !char.is_control())
        .take(most)
        .collect();

    line.trim_matches(['#', '*', '`', '"', ' ']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_key() {
        let keys = [
            "Mira Voss",
            "  the Old   Mill ",
            "O'Brien",
            "René",
            "'; DROP TABLE",
        ]
        .map(key_of);
        let keys = keys.map(|key| key.unwrap().to_string());
        assert_eq!(
            keys,
            ["mira-voss", "the-old-mill", "o-brien", "rene9", "drop-table"]
        );

        assert!(key_of("灯台").is_some());
        assert!(key_of(" -- ").is_none());
        assert!(key_of(&"x".repeat(500)).is_some());
    }
}
