//! Judges what a model wrote, before anybody hears it: is it plain prose, does it say only what the facts and the cited
//! files say, does it take the time it should? And mends what can be mended without a model.

use std::sync::LazyLock;

use regex::Regex;

use super::super::facts::Paths;
use super::evidence::{self, Evidence};
use repo::narration::Pace;
use repo::narration::cut;
use repo::narration::speakable::speakable;

/// How far a chapter may be from its time before the model is asked again.
pub(super) const TOLERANCE: f64 = 0.12;
/// How far it may be in the end. Longer is cut; shorter than this is no chapter.
const LEAST: f64 = 0.4;
/// File name endings that make a word a mention of a file.
const ENDINGS: &str = "rs|py|js|ts|jsx|tsx|mjs|cjs|go|java|kt|c|h|cc|cpp|hpp|cs|rb|php|swift|scala|ex|exs|lua|sh|sql|\
                       proto|toml|yaml|yml|json|xml|md|rst|html|css|scss|vue|svelte|gradle|ipynb|zig";

/// Technologies that are written like files.
const NO_FILES: [&str; 12] = [
    "node.js",
    "next.js",
    "vue.js",
    "nuxt.js",
    "express.js",
    "three.js",
    "d3.js",
    "react.js",
    "ember.js",
    "backbone.js",
    "socket.io",
    "asp.net",
];

static MARKDOWN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?m)(^\s{0,3}(#{1,6}\s|[-*+]\s|\d+[.)]\s|>\s|```|~~~|\|.*\|))|\*\*\S|__\S|`[^`]+`|!?\[[^\]]+\]\(",
    )
    .ok()
});
static MENTION: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(&format!(
        r"(?i)[A-Za-z0-9_.@-]+(?:/[A-Za-z0-9_.@-]+)*\.(?:{ENDINGS})\b"
    ))
    .ok()
});

/// What is wrong with a draft, for the model to mend.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Judgement {
    /// How long the narrator needs for it, made speakable.
    pub(super) seconds: f64,
    pub(super) problems: Vec<String>,
}

/// What a draft is judged by.
#[derive(Clone, Copy)]
pub(super) struct Measure<'a> {
    /// Seconds that the chapter should take.
    pub(super) target: f64,
    pub(super) pace: Pace,
    pub(super) paths: &'a Paths<'a>,
    pub(super) evidence: &'a Evidence,
}

/// Judges the draft of a chapter.
pub(super) fn judge(draft: &str, measure: Measure<'_>) -> Judgement {
    let Measure {
        target,
        pace,
        paths,
        evidence,
    } = measure;
    let seconds = pace.seconds(&spoken(draft));
    let mut problems = Vec::new();
    if (seconds - target).abs() > target * TOLERANCE {
        let direction = if seconds > target { "too long" } else { "too short" };
        let words = draft.split_whitespace().count() as f64;
        let goal = (words * target / seconds.max(1.0)).round();
        problems.push(format!(
            "it is {direction}: read aloud it takes {seconds:.0} seconds and should take {target:.0}; about {goal:.0} words would fit"
        ));
    }

    if MARKDOWN.as_ref().is_some_and(|markdown| markdown.is_match(draft)) {
        problems.push(
            "it has Markdown in it: headings, lists, emphasis, code or links; write plain prose".to_owned(),
        );
    }

    let unknown = unknown_files(draft, paths);
    if !unknown.is_empty() {
        problems.push(format!(
            "it names files that are not in the repository: {}",
            unknown.join(", ")
        ));
    }

    problems.extend(find_unfounded(draft, evidence));

    Judgement { seconds, problems }
}

/// Each sentence that says what the material doesn't, in words for the model.
pub(super) fn find_unfounded(draft: &str, evidence: &Evidence) -> Vec<String> {
    let found = evidence::find_unfounded(draft, evidence).into_iter();
    let told = found.map(|(sentence, missing)| {
        format!(
            "neither the facts nor the cited files say {}, in the sentence: {sentence}",
            missing.join(" and ")
        )
    });

    told.collect()
}

/// The text without the sentences that say what the material doesn't.
pub(super) fn keep_founded(text: &str, evidence: &Evidence) -> String {
    let paragraphs = cut::paragraphs(text).into_iter().map(|paragraph| {
        let kept = cut::sentences(paragraph)
            .into_iter()
            .filter(|sentence| evidence.missing(sentence).is_empty());
        kept.collect::<Vec<_>>().join(" ")
    });

    paragraphs
        .filter(|paragraph| !paragraph.is_empty())
        .collect::<Vec<_>>()
        .join("\n\n")
}

/// Files that the text names and the analysis does not.
fn unknown_files(text: &str, paths: &Paths<'_>) -> Vec<String> {
    let Some(mention) = MENTION.as_ref() else {
        return Vec::new();
    };
    let mut unknown: Vec<String> = Vec::new();
    for found in mention.find_iter(text) {
        let name = found.as_str();
        let technology = NO_FILES.iter().any(|known| name.eq_ignore_ascii_case(known));
        if !technology && !paths.names(name) && !unknown.iter().any(|known| known == name) {
            unknown.push(name.to_owned());
        }
    }

    unknown
}

/// Each paragraph as it can be read aloud.
pub(super) fn spoken(text: &str) -> String {
    let paragraphs = cut::paragraphs(text)
        .into_iter()
        .map(speakable)
        .filter(|paragraph| !paragraph.is_empty());
    paragraphs.collect::<Vec<_>>().join("\n\n")
}

/// The draft without sentences that name unknown files or say what the material doesn't, speakable, and cut at the end of
/// a sentence when it is too long. `None` when what is left is too little to be the chapter.
pub(super) fn mend(draft: &str, measure: Measure<'_>) -> Option<String> {
    let Measure {
        target,
        pace,
        paths,
        evidence,
    } = measure;
    let mut mended: Vec<String> = Vec::new();
    let most = target * (1.0 + TOLERANCE);
    let mut seconds = 0.0;
    'story: for paragraph in cut::paragraphs(draft) {
        let mut kept: Vec<String> = Vec::new();
        for sentence in cut::sentences(paragraph)
            .into_iter()
            .filter(|one| unknown_files(one, paths).is_empty() && evidence.missing(one).is_empty())
        {
            let sentence = spoken(sentence);
            if sentence.is_empty() {
                continue;
            }

            seconds += pace.sentence(&sentence);

            if seconds > most {
                mended.push(kept.join(" "));
                break 'story;
            }

            kept.push(sentence);
        }

        mended.push(kept.join(" "));
        seconds += pace.seconds_per_paragraph;
    }

    mended.retain(|paragraph| !paragraph.is_empty());

    let mended = mended.join("\n\n");
    (pace.seconds(&mended) >= target * LEAST).then_some(mended)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::voice::{VoiceName, pace};
    use repo::testing::rich;

    /// What a draft of so many seconds is judged by, and a file that may be named.
    fn with_measure(check: impl Fn(&Measure<'_>, &str)) {
        let analysis = rich();
        let file = analysis.key_files.first().map(|file| file.path.clone());
        let file = file.expect("a key file");
        let paths = Paths::collect(&analysis);
        let evidence = Evidence::collect([file.as_str(), "node js"]);

        let measure = Measure {
            target: 60.0,
            pace: pace::local(VoiceName::Rachel),
            paths: &paths,
            evidence: &evidence,
        };
        check(&measure, &file);
    }

    fn prose(sentences: usize) -> String {
        "This is one more sentence of the story. ".repeat(sentences)
    }

    #[test]
    fn plain_prose_of_the_right_length_has_no_problem() {
        with_measure(|measure, file| {
            let draft = format!("It begins in {file}, and Node.js runs it. {}", prose(12));
            let target = measure.pace.seconds(&spoken(&draft));
            let judgement = judge(&draft, Measure { target, ..*measure });
            assert_eq!(judgement.problems, Vec::<String>::new());
        });
    }

    #[test]
    fn length_markdown_and_unknown_files_are_named() {
        with_measure(|measure, _| {
            let draft = "# Title\n\nSee `main` in src/nowhere.rs now. It has 7,341 users.";
            let judgement = judge(draft, *measure);
            let [length, markdown, files, number] = judgement.problems.as_slice() else {
                panic!("{judgement:?}")
            };

            assert!(
                length.contains("too short") && length.contains("should take 60"),
                "{length}"
            );
            assert!(markdown.contains("Markdown"), "{markdown}");
            assert!(files.ends_with("src/nowhere.rs"), "{files}");
            assert!(number.contains("say 7,341, in the sentence: It has"), "{number}");
        });
    }

    #[test]
    fn mending_cuts_at_a_sentence_and_drops_what_is_unknown_or_unfounded() {
        with_measure(|measure, _| {
            let draft = format!(
                "Open src/nowhere.rs first. It has 7,341 users. **Then** stop.\n\n{}",
                prose(100)
            );
            let short = Measure {
                target: 40.0,
                ..*measure
            };
            let mended = mend(&draft, short).expect("enough is left");
            assert!(mended.starts_with("Then stop.\n\nThis is"), "{mended}");
            assert!(mended.ends_with('.'), "{mended}");
            let seconds = measure.pace.seconds(&mended);
            assert!((40.0 * LEAST..=40.0 * 1.2).contains(&seconds), "{seconds}");
            assert_eq!(mend("Far too little.", *measure), None);
        });
    }
}
