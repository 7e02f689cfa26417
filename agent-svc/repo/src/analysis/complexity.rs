//! How much there is to understand: a weighted mean of six counted facts, each on a logarithmic scale from nothing (0)
//! to what only the largest projects have (1).

use super::{
    model::{Complexity, ComplexityPart, Dependency, DependencyScope, Language, Module},
    words,
};

/// What the score is made of.
pub(crate) struct Facts<'a> {
    pub(crate) code_lines: u64,
    pub(crate) files: u64,
    pub(crate) languages: &'a [Language],
    pub(crate) dependencies: &'a [Dependency],
    pub(crate) modules: &'a [Module],
    pub(crate) definitions: u64,
}

/// 0 at nothing, 1 at `most`, logarithmic between.
fn scale(value: u64, most: u64) -> f64 {
    ((value as f64 + 1.0).ln() / (most as f64 + 1.0).ln()).clamp(0.0, 1.0)
}

/// Two decimals.
fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

pub(crate) fn score(facts: &Facts<'_>) -> Complexity {
    let needed = facts
        .dependencies
        .iter()
        .filter(|found| !found.internal && found.scope != DependencyScope::Dev)
        .count() as u64;

    let telling = facts
        .languages
        .iter()
        .filter(|language| language.share >= 0.02)
        .count() as u64;

    let links: u64 = facts
        .modules
        .iter()
        .map(|module| module.depends_on.len() as u64)
        .sum();

    // Logarithms flatter small numbers: the first powers of ten say little.
    let size = (scale(facts.code_lines, 1_000_000) - 0.3).max(0.0) / 0.7;
    let parts = [
        (
            "size",
            0.35,
            size,
            words::counted(facts.code_lines, "line of code", "lines of code"),
        ),
        (
            "files",
            0.1,
            (scale(facts.files, 20_000) - 0.1).max(0.0) / 0.9,
            words::counted(facts.files, "file", "files"),
        ),
        (
            "definitions",
            0.15,
            (scale(facts.definitions, 50_000) - 0.2).max(0.0) / 0.8,
            words::counted(facts.definitions, "definition", "definitions"),
        ),
        (
            "connections",
            0.15,
            scale(links, 400),
            words::counted(links, "connection between modules", "connections between modules"),
        ),
        (
            "dependencies",
            0.15,
            scale(needed, 200),
            words::counted(
                needed,
                "dependency beyond those for development",
                "dependencies beyond those for development",
            ),
        ),
        (
            "languages",
            0.1,
            scale(telling.saturating_sub(1), 6),
            words::counted(
                telling,
                "language with more than two percent of the code",
                "languages with more than two percent of the code each",
            ),
        ),
    ];

    let parts: Vec<ComplexityPart> = parts
        .into_iter()
        .map(|(name, weight, value, fact)| ComplexityPart {
            name: name.into(),
            value: rounded(value.clamp(0.0, 1.0)),
            weight,
            fact,
        })
        .collect();

    Complexity {
        score: rounded(parts.iter().map(|part| part.value * part.weight).sum()),
        parts,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(code_lines: u64, files: u64, definitions: u64) -> f64 {
        score(&Facts {
            code_lines,
            files,
            languages: &[],
            dependencies: &[],
            modules: &[],
            definitions,
        })
        .score
    }

    #[test]
    fn the_score_grows_with_what_there_is_and_stays_between_0_and_1() {
        let scores = [
            of(0, 0, 0),
            of(100, 3, 10),
            of(5_000, 60, 500),
            of(100_000, 900, 8_000),
            of(u64::MAX, u64::MAX, u64::MAX),
        ];

        assert!(scores.windows(2).all(|pair| pair[0] < pair[1]), "{scores:?}");
        assert!(scores[0] == 0.0 && scores[4] <= 1.0, "{scores:?}");

        let weights: f64 = score(&Facts {
            code_lines: 1,
            files: 1,
            languages: &[],
            dependencies: &[],
            modules: &[],
            definitions: 1,
        })
        .parts
        .iter()
        .map(|part| part.weight)
        .sum();

        assert!((weights - 1.0).abs() < 1e-9);
    }
}
