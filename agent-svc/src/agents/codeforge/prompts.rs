//! Our instructions to models that build apps. They never leave this service: the sanitizer knows every fragment.

use crate::agents::thinking::Prompt;

const COMMON: &str = include_str!("prompts/common.md");
const RESEARCH: &str = include_str!("prompts/research.md");
const WIREFRAME: &str = include_str!("prompts/wireframe.md");
const CODE: &str = include_str!("prompts/code.md");
const REFACTOR: &str = include_str!("prompts/refactor.md");
const QA: &str = include_str!("prompts/qa.md");
const PEDAGOGY: &str = include_str!("prompts/pedagogy.md");
const CHOICES: &str = include_str!("prompts/choices.md");
const ROADMAP: &str = include_str!("prompts/roadmap.md");

/// Every fragment.
pub(super) const FRAGMENTS: [&str; 9] = [
    COMMON, RESEARCH, WIREFRAME, CODE, REFACTOR, QA, PEDAGOGY, CHOICES, ROADMAP,
];

pub(super) fn research() -> Prompt {
    Prompt::compose(&[COMMON, RESEARCH])
}

pub(super) fn wireframe() -> Prompt {
    Prompt::compose(&[COMMON, WIREFRAME])
}

pub(super) fn code() -> Prompt {
    Prompt::compose(&[COMMON, CODE])
}

pub(super) fn refactor() -> Prompt {
    Prompt::compose(&[COMMON, REFACTOR])
}

pub(super) fn qa() -> Prompt {
    Prompt::compose(&[COMMON, QA])
}

pub(super) fn pedagogy() -> Prompt {
    Prompt::compose(&[COMMON, PEDAGOGY])
}

pub(super) fn choices() -> Prompt {
    Prompt::compose(&[COMMON, CHOICES])
}

pub(super) fn roadmap() -> Prompt {
    Prompt::compose(&[COMMON, ROADMAP])
}
