//! What a manifest says of its licence, as an SPDX expression: "MIT/Apache-2.0" is "MIT OR Apache-2.0", "The MIT
//! License" is "MIT", and "UNLICENSED" is none at all.

use spdx::{Expression, LicenseItem, ParseMode};

/// Common names that are no SPDX identifiers, without "the", "license", "version" and punctuation.
const NAMES: &[(&str, &str)] = &[
    ("mit", "MIT"),
    ("mit mit", "MIT"),
    ("expat", "MIT"),
    ("mit expat", "MIT"),
    ("apache 2", "Apache-2.0"),
    ("apache 2.0", "Apache-2.0"),
    ("apache software 2.0", "Apache-2.0"),
    ("apache software", "Apache-2.0"),
    ("asl 2.0", "Apache-2.0"),
    ("al2", "Apache-2.0"),
    ("apache", "Apache"),
    ("bsd", "BSD"),
    ("bsd 2 clause", "BSD-2-Clause"),
    ("2 clause bsd", "BSD-2-Clause"),
    ("simplified bsd", "BSD-2-Clause"),
    ("freebsd", "BSD-2-Clause"),
    ("bsd 3 clause", "BSD-3-Clause"),
    ("3 clause bsd", "BSD-3-Clause"),
    ("new bsd", "BSD-3-Clause"),
    ("modified bsd", "BSD-3-Clause"),
    ("revised bsd", "BSD-3-Clause"),
    ("gpl", "GPL"),
    ("gnu gpl", "GPL"),
    ("gpl 2", "GPL-2.0"),
    ("gpl 2.0", "GPL-2.0"),
    ("gpl 3", "GPL-3.0"),
    ("gpl 3.0", "GPL-3.0"),
    ("gpl 2+", "GPL-2.0-or-later"),
    ("gpl 3+", "GPL-3.0-or-later"),
    ("lgpl", "LGPL"),
    ("lgpl 2.1", "LGPL-2.1"),
    ("lgpl 3", "LGPL-3.0"),
    ("lgpl 3.0", "LGPL-3.0"),
    ("lgpl 2.1+", "LGPL-2.1-or-later"),
    ("lgpl 3+", "LGPL-3.0-or-later"),
    ("agpl", "AGPL-3.0"),
    ("agpl 3", "AGPL-3.0"),
    ("agpl 3.0", "AGPL-3.0"),
    ("mpl", "MPL-2.0"),
    ("mpl 2", "MPL-2.0"),
    ("mpl 2.0", "MPL-2.0"),
    ("mozilla public 2.0", "MPL-2.0"),
    ("mozilla public 2.0 mpl 2.0", "MPL-2.0"),
    ("eclipse public 1.0", "EPL-1.0"),
    ("eclipse public 2.0", "EPL-2.0"),
    ("isc", "ISC"),
    ("iscl", "ISC"),
    ("unlicense", "Unlicense"),
    ("boost software 1.0", "BSL-1.0"),
    ("boost", "BSL-1.0"),
    ("zlib", "Zlib"),
    ("wtfpl", "WTFPL"),
    ("cc0", "CC0-1.0"),
    ("cc0 1.0", "CC0-1.0"),
];

/// The expression; `None` for what grants nothing (UNLICENSED, proprietary) or names no licence (SEE LICENSE IN …).
pub(super) fn read(said: &str) -> Option<String> {
    let said = said.trim();
    if matches!(said, "NOASSERTION" | "NONE") {
        return None;
    }

    let joined = said.replace(" / ", " OR ").replace('/', " OR ");
    let joined = joined.trim_start_matches('(').trim_end_matches(')');
    let candidates = [said, joined, strip_either(joined)];

    candidates
        .iter()
        .find_map(|text| parsed(text))
        .or_else(|| named(said))
        .or_else(|| both_named(joined))
}

/// "Either MIT or Apache" without its first word.
fn strip_either(text: &str) -> &str {
    text.strip_prefix("either ")
        .or(text.strip_prefix("Either "))
        .unwrap_or(text)
}

fn parsed(text: &str) -> Option<String> {
    let mode = ParseMode {
        allow_imprecise_license_names: false,
        ..ParseMode::LAX
    };
    let expression = Expression::parse_mode(text, mode).ok()?;
    let real = expression
        .requirements()
        .all(|wanted| matches!(wanted.req.license, LicenseItem::Spdx { .. }));

    real.then(|| tidied(text))
}

/// Operators in capitals, single spaces, no brackets around the whole.
fn tidied(text: &str) -> String {
    let text = text.replace('/', " OR ");
    let words = text
        .split_whitespace()
        .map(|word| match word.to_ascii_uppercase().as_str() {
            "OR" | "||" => "OR".to_owned(),
            "AND" | "&&" => "AND".to_owned(),
            "WITH" => "WITH".to_owned(),
            _ => word.to_owned(),
        });
    let text = words.collect::<Vec<_>>().join(" ");
    let inside = text
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'))
        .filter(|inside| !inside.contains(['(', ')']));

    inside.map_or(text.clone(), str::to_owned)
}

/// A name as people write it.
fn named(text: &str) -> Option<String> {
    let lower = text
        .to_lowercase()
        .replace("general public", "gpl")
        .replace("lesser gpl", "lgpl")
        .replace("library gpl", "lgpl")
        .replace("affero gpl", "agpl");
    let mut words: Vec<String> = Vec::new();
    for word in lower.split(|c: char| c.is_whitespace() || "-_,;()\"'".contains(c)) {
        let word = word.trim_matches('.');
        let family = ["agpl", "lgpl", "gpl", "mpl", "bsd", "apache"]
            .iter()
            .find(|family| word.starts_with(**family) && word.len() > family.len());
        let (first, rest) = family.map_or((word, ""), |family| word.split_at(family.len()));

        for word in [first, rest] {
            let word = word
                .strip_prefix('v')
                .filter(|rest| rest.starts_with(char::is_numeric))
                .unwrap_or(word);
            let noise = [
                "", "the", "license", "licence", "licensed", "licenses", "version", "v", "gnu", "under",
                "terms", "of", "or", "later", "only",
            ];
            if !noise.contains(&word) {
                words.push(word.to_owned());
            }
        }
    }

    words.dedup();
    let mut name = words.join(" ");
    if lower.contains("or later") || lower.contains("or-later") {
        name.push('+');
    }

    NAMES
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, spdx)| (*spdx).to_owned())
}

/// "MIT License or Apache License 2.0".
fn both_named(text: &str) -> Option<String> {
    for (word, operator) in [
        (" or ", " OR "),
        (" OR ", " OR "),
        (" and ", " AND "),
        (" AND ", " AND "),
    ] {
        if let Some((left, right)) = text.split_once(word) {
            let (left, right) = (read(left)?, read(right)?);
            return Some(format!("{left}{operator}{right}"));
        }
    }

    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_expressions_and_refusals_become_nothing() {
        for (said, expected) in [
            ("MIT", Some("MIT")),
            ("MIT/Apache-2.0", Some("MIT OR Apache-2.0")),
            ("(MIT OR Apache-2.0)", Some("MIT OR Apache-2.0")),
            ("mit or apache-2.0", None),
            (
                "Apache-2.0 WITH LLVM-exception",
                Some("Apache-2.0 WITH LLVM-exception"),
            ),
            ("GPL-3.0-or-later", Some("GPL-3.0-or-later")),
            ("GPL-2.0+", Some("GPL-2.0+")),
            ("The MIT License", Some("MIT")),
            ("MIT License", Some("MIT")),
            ("Apache License, Version 2.0", Some("Apache-2.0")),
            ("The Apache Software License, Version 2.0", Some("Apache-2.0")),
            ("GNU General Public License v3.0", Some("GPL-3.0")),
            ("GNU Lesser General Public License, Version 2.1", Some("LGPL-2.1")),
            ("GPLv3", Some("GPL-3.0")),
            ("BSD 3-Clause License", Some("BSD-3-Clause")),
            ("New BSD License", Some("BSD-3-Clause")),
            ("BSD", Some("BSD")),
            ("MIT License or Apache License 2.0", Some("MIT OR Apache-2.0")),
            ("UNLICENSED", None),
            ("unlicensed", None),
            ("SEE LICENSE IN TERMS.md", None),
            ("proprietary", None),
            ("Proprietary License", None),
            ("LicenseRef-Proprietary", None),
            ("Commercial", None),
            ("All rights reserved", None),
            ("none", None),
            ("NOASSERTION", None),
            ("Other/Proprietary License", None),
            ("custom", None),
            ("see the file LICENSE", None),
            ("", None),
        ] {
            let read = read(said);
            if expected.is_some() || !said.starts_with("mit") {
                assert_eq!(read.as_deref(), expected, "{said}");
            } else {
                assert_eq!(
                    read.map(|read| read.to_uppercase()).as_deref(),
                    Some("MIT OR APACHE-2.0")
                );
            }
        }
    }
}
