//! The licence, by the words that only one licence has, and by what manifests say.

mod expression;

use std::sync::LazyLock;

use regex::Regex;

use super::model::{Licence, Manifest};

/// SPDX name and the phrases that all must occur, most particular first. Phrases are compared in lower case with
/// single spaces.
const PHRASES: &[(&str, &[&str])] = &[
    ("Apache-2.0", &["apache license", "version 2.0"]),
    ("MPL-2.0", &["mozilla public license", "2.0"]),
    ("EUPL-1.2", &["european union public licen", "v. 1.2"]),
    ("EUPL-1.1", &["european union public licen", "v. 1.1"]),
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

/// A licence names itself within so many bytes of its beginning, notices of copyright included.
const TITLE_WITHIN: usize = 6_000;

/// What one text is, if it is a licence.
pub(crate) fn identify(text: &str) -> Option<&'static str> {
    let text = text.chars().take(30_000).collect::<String>().to_lowercase();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");

    gnu(&text).or_else(|| gnu_notice(&text)).or_else(|| {
        // Below its own words a licence may name others that it goes with, or that of a logo.
        PHRASES
            .iter()
            .filter(|(_, phrases)| phrases.iter().all(|phrase| text.contains(phrase)))
            .filter_map(|(spdx, phrases)| Some((text.find(phrases[0])?, *spdx)))
            .filter(|(at, _)| *at < TITLE_WITHIN)
            .min_by_key(|(at, _)| *at)
            .map(|(_, spdx)| spdx)
    })
}

/// The family of GNU licences mention each other; the title, which comes first, says which one it is.
fn gnu(text: &str) -> Option<&'static str> {
    static TITLE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(
            r"gnu (affero |lesser |library )?general public license,? (?:version |v)(\d(?:\.\d)?)",
        )
        .ok()
    });

    let found = TITLE.as_ref()?.captures(text).filter(|found| {
        // The others cite it far below: "… under section 13 of the GNU Affero General Public License".
        found.get(0).is_some_and(|title| title.start() < 400)
    })?;
    let family = found.get(1).map_or("", |family| family.as_str().trim());

    Some(match (family, &found[2]) {
        ("affero", _) => "AGPL-3.0",
        ("library", _) => "LGPL-2.0",
        ("lesser", "2.1") => "LGPL-2.1",
        ("lesser", _) => "LGPL-3.0",
        (_, "1") | (_, "1.0") => "GPL-1.0",
        (_, "2") | (_, "2.0") => "GPL-2.0",
        _ => "GPL-3.0",
    })
}

/// A file that begins with the notice of a work under a GNU licence, and goes on with those of parts of it.
fn gnu_notice(text: &str) -> Option<&'static str> {
    static NOTICE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(
            r"under the terms of the gnu (affero |lesser )?general public license as published by the free software foundation[,;:]? (?:either )?version (\d)",
        )
        .ok()
    });

    let found = NOTICE.as_ref()?.captures(text)?;
    found.get(0).filter(|notice| notice.start() < 1_500)?;
    let family = found.get(1).map_or("", |family| family.as_str().trim());

    Some(match (family, &found[2]) {
        ("affero", _) => "AGPL-3.0",
        ("lesser", "2") => "LGPL-2.1",
        ("lesser", _) => "LGPL-3.0",
        (_, "2") => "GPL-2.0",
        _ => "GPL-3.0",
    })
}

/// Whose terms a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Terms {
    /// The repository's own.
    Own,
    /// One text of a folder that keeps a text for each licence that some file is under.
    Collected,
    /// Those of something bundled with it, or of nobody knows what.
    Others,
}

const STARTS: [&str; 5] = ["UNLICENSE", "UNLICENCE", "LICENSE", "LICENCE", "COPYING"];

/// Words that follow `LICENSE-` when the file holds the repository's own terms.
const OWN: &[&str] = &[
    "MIT",
    "APACHE",
    "APACHE2",
    "APACHE-2.0",
    "APACHE-2",
    "APACHEV2",
    "APACHE_2.0",
    "ASL",
    "ASL2",
    "BSD",
    "BSD2",
    "BSD3",
    "BSD-2",
    "BSD-3",
    "BSD-2-CLAUSE",
    "BSD-3-CLAUSE",
    "0BSD",
    "GPL",
    "GPL2",
    "GPL3",
    "GPL-2.0",
    "GPL-3.0",
    "GPLV2",
    "GPLV3",
    "GPL-2",
    "GPL-3",
    "LGPL",
    "LGPL2.1",
    "LGPL-2.1",
    "LGPL-3.0",
    "LGPLV3",
    "LGPL3",
    "AGPL",
    "AGPL3",
    "AGPL-3.0",
    "AGPLV3",
    "LESSER",
    "LIB",
    "ZLIB",
    "BOOST",
    "BSL",
    "BSL-1.0",
    "ISC",
    "MPL",
    "MPL2",
    "MPL-2.0",
    "EPL",
    "EPL-2.0",
    "CC0",
    "CC0-1.0",
    "UNLICENSE",
    "WTFPL",
    "SSPL",
    "ELASTIC",
    "PUBLIC-DOMAIN",
    "EN",
    "MAIN",
    "PROJECT",
];

fn terms_of(path: &str) -> Option<Terms> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let upper = name.to_ascii_uppercase();
    if folder.eq_ignore_ascii_case("licenses") {
        return Some(Terms::Collected);
    }

    if !folder.is_empty() {
        return None;
    }

    // `MIT-LICENSE`, as gems have it.
    let stem = upper.split('.').next().unwrap_or_default();
    let named = ["-LICENSE", "-LICENCE", "_LICENSE"]
        .iter()
        .find_map(|end| stem.strip_suffix(end));
    if named.is_some_and(|name| OWN.contains(&name)) {
        return Some(Terms::Own);
    }

    let start = STARTS.iter().find(|start| upper.starts_with(**start))?;

    let rest = upper[start.len()..].trim_start_matches('S');
    let rest = [
        ".MD",
        ".TXT",
        ".RST",
        ".HTML",
        ".ADOC",
        ".MARKDOWN",
        ".ORG",
        ".RTF",
    ]
    .iter()
    .find_map(|end| rest.strip_suffix(end))
    .unwrap_or(rest);
    let rest = rest.trim_matches(['-', '_', '.', ' ']);

    Some(if rest.is_empty() || OWN.contains(&rest) {
        Terms::Own
    } else {
        Terms::Others
    })
}

pub(crate) fn is_licence_file(path: &str) -> bool {
    terms_of(path).is_some()
}

/// The licence of Creative Commons that a read-me names by its address, as one says it: "CC BY-SA 4.0".
pub(crate) fn creative_commons(readme: &str) -> Option<String> {
    static ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(r"creativecommons\.org/licenses/(by(?:-nc)?(?:-sa|-nd)?)/(\d\.\d)").ok()
    });

    let near = |line: &&str| line.to_lowercase().contains("licen");
    // What a block of code shows is somebody else's page.
    let mut fenced = false;
    let lines = readme.lines().filter(|line| {
        let fence = line.trim_start().starts_with("```") || line.trim_start().starts_with("~~~");
        fenced ^= fence;
        !fenced && !line.starts_with("    ") && !line.starts_with('\t')
    });
    let lines = lines.filter(near);
    let found = lines.filter_map(|line| ADDRESS.as_ref()?.captures(line)).next()?;

    Some(format!("CC {} {}", found[1].to_uppercase(), &found[2]))
}

/// From licence files in the root, or else from manifests. Several files mean a choice, but for the texts that GNU asks
/// for together, and those of bundled parts.
pub(crate) fn detect(files: &[(String, String)], manifests: &[Manifest]) -> Option<Licence> {
    let found = own_files(files);
    let said = manifests
        .iter()
        .filter_map(|manifest| {
            let licence = expression::read(manifest.licence.as_deref()?)?;
            Some((manifest.path.as_str(), licence))
        })
        .next();

    let mut names: Vec<&str> = found.iter().map(|(spdx, _)| *spdx).collect();
    names.dedup();
    let mut evidence: Vec<String> = found.iter().map(|(_, path)| (*path).to_owned()).collect();

    match (names.as_slice(), said) {
        ([], None) => None,
        ([], Some((path, said))) => Some(Licence {
            spdx: said,
            evidence: vec![path.to_owned()],
            other: None,
        }),
        // A manifest that names all of them knows whether it is "and" or "or".
        (names, Some((path, said))) if names.iter().all(|name| said.contains(name)) => {
            evidence.push(path.to_owned());
            Some(Licence {
                spdx: said,
                evidence,
                other: None,
            })
        }
        (names, _) => Some(Licence {
            spdx: names.join(" OR "),
            evidence,
            other: None,
        }),
    }
}

/// Name and path of the texts that hold the repository's own terms, sorted.
fn own_files(files: &[(String, String)]) -> Vec<(&'static str, &str)> {
    let of = |wanted: Terms| {
        let mut found: Vec<(&'static str, &str)> = files
            .iter()
            .filter(|(path, _)| terms_of(path) == Some(wanted))
            .filter_map(|(path, text)| Some((identify(text)?, path.as_str())))
            .collect();
        found.sort();
        found
    };

    let mut found = of(Terms::Own);
    // The LGPL is written as additions to the GPL, whose text lies beside it.
    if found.iter().any(|(spdx, _)| spdx.starts_with("LGPL")) {
        found.retain(|(spdx, _)| !spdx.starts_with("GPL"));
    }

    if found.is_empty() {
        let collected = of(Terms::Collected);
        let one = collected.windows(2).all(|pair| pair[0].0 == pair[1].0);
        found = if one { collected } else { Vec::new() };
    }

    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIT: &str = "Permission is hereby granted, free of charge, to any person obtaining a copy\nof this software … The above copyright notice and this permission notice shall be included";

    #[test]
    fn licences_are_known_by_their_words() {
        let with_a_logo =
            format!("{MIT}\n---\nThe logo is under Creative Commons Attribution 4.0 International.");
        for (text, spdx) in [
            (MIT, Some("MIT")),
            (with_a_logo.as_str(), Some("MIT")),
            (
                "                                 Apache License\n                           Version 2.0, January 2004",
                Some("Apache-2.0"),
            ),
            (
                "GNU GENERAL PUBLIC LICENSE\n Version 3, 29 June 2007 … the GNU Lesser General Public License …",
                Some("GPL-3.0"),
            ),
            (
                "EUROPEAN UNION PUBLIC LICENCE v. 1.2\n … Compatible: Eclipse Public License (EPL) v. 1.0, 2.0 …",
                Some("EUPL-1.2"),
            ),
            (
                "The Boat\nis free software: you can redistribute it under the terms of the GNU General Public License as published by the Free Software Foundation, either version 3 of the License … Redistribution and use in source and binary forms",
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

    const GPL: &str = "GNU GENERAL PUBLIC LICENSE\n Version 3, 29 June 2007\n\n Everyone is permitted to copy …\n\n … the GNU Lesser General Public License instead of this License.";
    const LGPL: &str = "GNU LESSER GENERAL PUBLIC LICENSE\n Version 3, 29 June 2007\n\n This version incorporates the terms of version 3 of the GNU General Public License.";

    fn spdx(files: &[(&str, &str)], said: Option<&str>) -> Option<String> {
        let files: Vec<(String, String)> = files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
            .collect();
        let manifest = Manifest {
            path: "package.json".into(),
            licence: said.map(str::to_owned),
            ..Manifest::default()
        };

        detect(&files, &[manifest]).map(|licence| licence.spdx)
    }

    #[test]
    fn texts_that_belong_together_are_no_choice() {
        let check = |files: &[(&str, &str)], expected: Option<&str>| {
            assert_eq!(spdx(files, None).as_deref(), expected, "{files:?}");
        };

        check(&[("COPYING", GPL), ("COPYING.LESSER", LGPL)], Some("LGPL-3.0"));
        check(&[("LICENSE", MIT), ("LICENSE-3rdparty.txt", GPL)], Some("MIT"));
        check(
            &[
                ("LICENSE.md", MIT),
                ("LICENSE.jquery", "Apache License Version 2.0"),
            ],
            Some("MIT"),
        );
        check(
            &[
                ("COPYING", "GNU GENERAL PUBLIC LICENSE Version 2, June 1991"),
                (
                    "COPYING.LIB",
                    "GNU LESSER GENERAL PUBLIC LICENSE Version 2.1, February 1999",
                ),
            ],
            Some("LGPL-2.1"),
        );
        check(&[("LICENSES/MIT.txt", MIT), ("LICENSES/GPL-3.0.txt", GPL)], None);
        check(&[("LICENSES/MIT.txt", MIT)], Some("MIT"));
        check(&[("MIT-LICENSE", MIT)], Some("MIT"));
        check(
            &[
                ("LICENSE-MIT", MIT),
                ("LICENSE-APACHE", "Apache License Version 2.0"),
            ],
            Some("Apache-2.0 OR MIT"),
        );
    }

    #[test]
    fn what_grants_nothing_is_no_licence() {
        for said in ["UNLICENSED", "SEE LICENSE IN TERMS.md", "proprietary"] {
            assert_eq!(spdx(&[], Some(said)), None, "{said}");
            assert_eq!(
                spdx(&[("LICENSE", MIT)], Some(said)).as_deref(),
                Some("MIT"),
                "{said}"
            );
        }

        assert_eq!(
            spdx(&[("LICENSE", "All rights reserved.")], Some("UNLICENSED")),
            None
        );
        assert_eq!(spdx(&[], Some("The MIT License")).as_deref(), Some("MIT"));
    }
}
