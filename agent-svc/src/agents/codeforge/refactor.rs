//! Refactoring, a mode of the code agent: one piece of a file, written anew. By a model; offline only what a rule can do for
//! sure, and everything else is refused in words.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use proto::tasks::Level;
use proto::tasks::codeforge::documents::RefactorResult;
use proto::tasks::codeforge::{CodeOutput, RefactorCode};
use regex::{Captures, Regex};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::code::SPEAKER;
use super::modelled::{DocumentRequest, ask_model, enclose};
use super::{CodeForgeTools, prompts};
use crate::agent_context::AgentContext;
use crate::error::AgentError;
use crate::registry::Answer;

/// A model's answer.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct ModelRefactoring {
    /// Takes the place of the selected code.
    #[schemars(length(max = 100_000))]
    refactored_code: String,
    /// What was changed, and why.
    #[schemars(length(min = 1, max = 2_000))]
    explanation: String,
}

pub(super) async fn run(
    tools: &CodeForgeTools,
    desk: &AgentContext,
    task: RefactorCode,
) -> Result<Answer<CodeOutput>, AgentError> {
    if !task.content.contains(&task.selected_code) {
        let expected = "code that stands in the file exactly so";
        return Err(AgentError::field(desk.agent, "selected_code", expected));
    }

    let offline = !tools.engines.models.available(desk);
    let made = match offline {
        true => {
            let (refactored_code, explanation) =
                refactor_by_rule(&task.selected_code, &task.instruction).ok_or_else(|| unknown(desk))?;
            ModelRefactoring {
                refactored_code,
                explanation,
            }
        }
        false => refactor_by_model(tools, desk, &task).await?,
    };

    desk.log_with(
        SPEAKER,
        "Wrote a piece anew",
        json!({ "file": task.file_path }),
        Level::Info,
    )
    .await;
    let full_file_content = task
        .content
        .replacen(&task.selected_code, &made.refactored_code, 1);
    let output = CodeOutput::Refactored(RefactorResult {
        original_code: task.selected_code,
        refactored_code: made.refactored_code,
        explanation: made.explanation,
        full_file_content,
    });

    Ok(Answer { output, offline })
}

fn unknown(desk: &AgentContext) -> AgentError {
    let expected = "without a model: `rename A to B`, `use === instead of ==`, `use const instead of let`, or \
                    `remove console.log`";
    AgentError::field(desk.agent, "instruction", expected)
}

async fn refactor_by_model(
    tools: &CodeForgeTools,
    desk: &AgentContext,
    task: &RefactorCode,
) -> Result<ModelRefactoring, AgentError> {
    let material = [
        format!("File {}:\n{}", task.file_path, task.content),
        format!("Selected code:\n{}", task.selected_code),
        format!("Instruction: {}", task.instruction),
    ];
    let wanted = DocumentRequest {
        speaker: SPEAKER,
        what: "piece",
        prompt: prompts::refactor,
        material: enclose(&material),
        shown: "explanation",
    };

    ask_model(tools, desk, wanted, |made: &ModelRefactoring| {
        match made.refactored_code.trim().is_empty() && !task.instruction.to_lowercase().contains("remove") {
            true => vec!["the new piece is empty".to_owned()],
            false => Vec::new(),
        }
    })
    .await
}

/// What a rule can do: the new code and what was changed. `None` for all other instructions.
fn refactor_by_rule(code: &str, instruction: &str) -> Option<(String, String)> {
    let wanted = instruction.trim().trim_end_matches('.');
    if let Some(names) = RENAME.captures(wanted) {
        return Some(rename(code, &names[1], &names[2]));
    }

    let wanted = wanted.to_lowercase();
    if LOGS_WANTED.is_match(&wanted) {
        let kept: Vec<&str> = code
            .split_inclusive('\n')
            .filter(|line| !LOG.is_match(line))
            .collect();
        let gone = code.split_inclusive('\n').count() - kept.len();
        return Some((kept.concat(), format!("{gone} lines that only log were removed.")));
    }
    if wanted.contains("===") {
        let strict = LOOSE.replace_all(code, |found: &Captures<'_>| {
            format!("{}{}={}", &found[1], &found[2], &found[3])
        });
        let explanation = "Comparisons do not convert any more: == became ===, != became !==.";
        return Some((strict.into_owned(), explanation.to_owned()));
    }
    if wanted.contains("const") && (wanted.contains("let") || wanted.contains("var")) {
        return Some(make_constant(code));
    }

    None
}

static RENAME: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^rename\s+(?:the\s+)?(?:variable\s+|function\s+)?`?([A-Za-z_$][\w$]*)`?\s+to\s+`?([A-Za-z_$][\w$]*)`?$",
    )
});
static LOGS_WANTED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(remove|delete|drop).*(console|\blogs?\b|logging)"));
static LOG: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^\s*console\.(log|debug|info|warn|error)\([^\n]*\);?\s*$"));
static LOOSE: LazyLock<Regex> = LazyLock::new(|| pattern(r"([^=!<>])([=!]=)([^=])"));
static DECLARED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\b(?:let|var)\s+([A-Za-z_$][\w$]*)(\s*(?::[^=;\n]+)?=[^=>])"));

#[expect(clippy::expect_used, reason = "a pattern of ours, which its tests use")]
fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a valid pattern")
}

/// Whole names only; what stands in quotes on one line is text and stays.
fn rename(code: &str, from: &str, to: &str) -> (String, String) {
    let is_name = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '$');
    let mut written = String::with_capacity(code.len());
    let mut quote = None;
    let mut count = 0;
    let mut rest = code;

    while let Some(letter) = rest.chars().next() {
        let before = written.chars().next_back();
        let ends = rest.strip_prefix(from);
        let stands_alone = !before.is_some_and(is_name)
            && ends.is_some_and(|ends| !ends.chars().next().is_some_and(is_name));
        if quote.is_none() && stands_alone {
            written.push_str(to);
            rest = ends.unwrap_or_default();
            count += 1;
            continue;
        }

        quote = match (quote, letter) {
            (None, '\'' | '"') => Some(letter),
            (Some(open), _) if letter == open && before != Some('\\') => None,
            (_, '\n') => None,
            (open, _) => open,
        };
        written.push(letter);
        rest = &rest[letter.len_utf8()..];
    }

    (written, format!("{from} is called {to} in {count} places."))
}

/// Names that are given a value once, where they are declared.
fn make_constant(code: &str) -> (String, String) {
    let changes = |name: &str| {
        let name = regex::escape(name);
        let again = pattern(&format!(
            r"(?:^|[^\w$.]){name}\s*(?:[-+*/%&|^]|\*\*|<<|>>|&&|\|\||\?\?)?=[^=>]|(?:\+\+|--)\s*{name}\b|\b{name}\s*(?:\+\+|--)"
        ));
        again.find_iter(code).count()
    };
    let declared: BTreeSet<String> = DECLARED
        .captures_iter(code)
        .map(|found| found[1].to_owned())
        .collect();
    let constant: BTreeSet<String> = declared.into_iter().filter(|name| changes(name) <= 1).collect();

    let written = DECLARED.replace_all(code, |found: &Captures<'_>| match constant.contains(&found[1]) {
        true => format!("const {}{}", &found[1], &found[2]),
        false => found[0].to_owned(),
    });
    let names: Vec<&str> = constant.iter().map(String::as_str).collect();
    let explanation = match names.is_empty() {
        true => "Every name here is given another value later, so nothing was changed.".to_owned(),
        false => format!(
            "Never given another value here, and now constant: {}.",
            names.join(", ")
        ),
    };

    (written.into_owned(), explanation)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refactored(code: &str, instruction: &str) -> String {
        refactor_by_rule(code, instruction).expect("a rule").0
    }

    #[test]
    fn a_name_is_renamed_where_it_is_a_name() {
        let code = "const total = subtotal + total_tax; show('total is', total);";
        assert_eq!(
            refactored(code, "Rename `total` to sum."),
            "const sum = subtotal + total_tax; show('total is', sum);"
        );
    }

    #[test]
    fn loose_comparisons_become_strict_ones() {
        assert_eq!(
            refactored(
                "if (a == 1 && b != c && d === e && f >= 2) return;",
                "use === instead of =="
            ),
            "if (a === 1 && b !== c && d === e && f >= 2) return;"
        );
    }

    #[test]
    fn what_is_given_another_value_stays_variable() {
        let code =
            "let a = 1;\nlet count = 0;\nfor (const x of list) { count += x; }\nvar name: string = 'n';\n";
        assert_eq!(
            refactored(code, "Use const instead of let"),
            "const a = 1;\nlet count = 0;\nfor (const x of list) { count += x; }\nconst name: string = 'n';\n"
        );
    }

    #[test]
    fn lines_that_only_log_go() {
        assert_eq!(
            refactored("a();\n  console.log('x');\nb();\n", "remove the console logs"),
            "a();\nb();\n"
        );
    }

    #[test]
    fn what_no_rule_does_is_not_pretended() {
        for instruction in ["make it faster", "extract a component", "rename it"] {
            assert_eq!(refactor_by_rule("let a = 1;", instruction), None, "{instruction}");
        }
    }
}
