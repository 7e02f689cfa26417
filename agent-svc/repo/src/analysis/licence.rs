//! The licence, by the words that only one licence has, and by what manifests say.

use super::model::{Licence, Manifest};

/// SPDX name and the phrases that all must occur, most particular first. Phrases are compared in lower case with
/// single spaces.
const PHRASES: &[(&str, &[&str])] = &[
    ("AGPL-3.0", &["gnu affero general public license", "version 3"]),
    ("LGPL-3.0", &["gnu lesser general public license", "version 3"]),
    ("LGPL-2.1", &["gnu lesser general public license", "version 2.1"]),
    (
        "GPL-3.0",
        &["gnu general public license", "version 3, 29 june 2007"],
    ),
    ("GPL-2.0", &["gnu general public license", "version 2, june 1991"]),
    ("Apache-2.0", &["apache license", "version 2.0"]),
    ("MPL-2.0", &["mozilla public license", "2.0"]),
    ("EPL-2.0", &["eclipse public license", "2.0"]),
    ("BUSL-1.1", &["business source license"]),
    ("SSPL-1.0", &["server side public license"]),
    ("Elastic-2.0", &["elastic license 2.0"]),
    ("CC0-1.0", &["cc0 1.0 universal"]),
    ("CC-BY-SA-4.0", &["attribution-sharealike 4.0"]),
    ("CC-BY-4.0", &["attribution 4.0 international"]),
    (
        "Unlicense",
        &["this is free and unencumbered software released into the public domain"],
    ),
    ("BSL-1.0", &["boost software license - version 1.0"]),
    (
        "Zlib",
        &[
            "this software is provided 'as-is', without any express or implied warranty",
            "altered source versions must be plainly marked",
        ],
    ),
    (
        "ISC",
        &[
            "permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted, provided",
        ],
    ),
    (
        "0BSD",
        &[
            "permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted.",
        ],
    ),
    (
        "BSD-3-Clause",
        &[
            "redistribution and use in source and binary forms",
            "neither the name",
        ],
    ),
    (
        "BSD-2-Clause",
        &["redistribution and use in source and binary forms"],
    ),
    (
        "MIT",
        &[
            "permission is hereby granted, free of charge, to any person obtaining a copy",
            "the above copyright notice and this permission notice",
        ],
    ),
    ("WTFPL", &["do what the fuck you want to public license"]),
];

/// What one text is, if it is a licence.
pub(crate) fn identify(text: &str) -> Option<&'static str> {
    let text = text.chars().take(30_000).collect::<String>().to_lowercase();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    // The family of GNU licences mention each other; the title says which one it is.
    if text.starts_with("gnu general public license") {
        let title: String = text.chars().take(80).collect();
        return Some(if title.contains("version 2") {
            "GPL-2.0"
        } else {
            "GPL-3.0"
        });
    }

    PHRASES
        .iter()
        .find(|(_, phrases)| phrases.iter().all(|phrase| text.contains(phrase)))
        .map(|(spdx, _)| *spdx)
}

pub(crate) fn is_licence_file(path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let upper = name.to_ascii_uppercase();
    (folder.is_empty() || folder.eq_ignore_ascii_case("licenses"))
        && ["LICENSE", "LICENCE", "COPYING", "UNLICENSE", "LICENSES"]
            .iter()
            .any(|start| upper.starts_with(start))
}

/// From licence files in the root, or else from manifests. Several files mean a choice.
pub(crate) fn detect(files: &[(String, String)], manifests: &[Manifest]) -> Option<Licence> {
    let mut found: Vec<(&str, &str)> = files
        .iter()
        .filter_map(|(path, text)| Some((identify(text)?, path.as_str())))
        .collect();
    found.sort();

    let manifest = manifests.iter().find(|manifest| manifest.licence.is_some());
    let said = manifest
        .and_then(|manifest| manifest.licence.clone())
        .filter(|licence| licence.len() <= 80);
    let mut names: Vec<&str> = found.iter().map(|(spdx, _)| *spdx).collect();
    names.dedup();

    let mut evidence: Vec<String> = found.iter().map(|(_, path)| (*path).to_owned()).collect();
    if let (Some(manifest), Some(_)) = (manifest, &said) {
        evidence.push(manifest.path.clone());
    }

    match (names.as_slice(), said) {
        ([], None) => None,
        ([], Some(said)) => Some(Licence { spdx: said, evidence }),
        // A manifest that names all of them knows whether it is "and" or "or".
        (names, Some(said)) if names.iter().all(|name| said.contains(name)) => {
            Some(Licence { spdx: said, evidence })
        }
        (names, _) => {
            evidence.truncate(found.len());
            Some(Licence {
                spdx: names.join(" OR "),
                evidence,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIT: &str = "Permission is hereby granted, free of charge, to any person obtaining a copy\nof this software … The above copyright notice and this permission notice shall be included";

    #[test]
    fn licences_are_known_by_their_words() {
        for (text, spdx) in [
            (MIT, Some("MIT")),
            (
                "                                 Apache License\n                           Version 2.0, January 2004",
                Some("Apache-2.0"),
            ),
            (
                "GNU GENERAL PUBLIC LICENSE\n Version 3, 29 June 2007 … the GNU Lesser General Public License …",
                Some("GPL-3.0"),
            ),
            (
                "GNU AFFERO GENERAL PUBLIC LICENSE\nVersion 3, 19 November 2007",
                Some("AGPL-3.0"),
            ),
            (
                "Redistribution and use in source and binary forms … Neither the name of",
                Some("BSD-3-Clause"),
            ),
            ("All rights reserved.", None),
        ] {
            assert_eq!(identify(text), spdx, "{text}");
        }
    }

    #[test]
    fn two_licence_files_are_a_choice_and_the_manifest_knows_which() {
        let files = [
            ("LICENSE-MIT".to_owned(), MIT.to_owned()),
            (
                "LICENSE-APACHE".to_owned(),
                "Apache License Version 2.0".to_owned(),
            ),
        ];
        let licence = detect(&files, &[]).expect("found");

        assert_eq!(licence.spdx, "Apache-2.0 OR MIT");

        let manifest = Manifest {
            path: "Cargo.toml".into(),
            licence: Some("MIT OR Apache-2.0".into()),
            ..Manifest::default()
        };

        assert_eq!(
            detect(&files, std::slice::from_ref(&manifest))
                .expect("found")
                .spdx,
            "MIT OR Apache-2.0"
        );
        assert_eq!(detect(&[], &[manifest]).expect("found").evidence, ["Cargo.toml"]);
        assert_eq!(detect(&[], &[]), None);
    }
}
