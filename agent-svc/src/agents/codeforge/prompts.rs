//! Our instructions to models that build apps. They never leave this service: the sanitizer knows every fragment.

use crate::agents::thinking::Prompt;

const COMMON: &str = include_str!("prompts/common.md");
const RESEARCH: &str = include_str!("prompts/research.md");
const WIREFRAME: &str = include_str!("prompts/wireframe.md");
const CODE: &str = include_str!("prompts/code.md");
const REFACTOR: &str = include_str!("prompts/refactor.md");
const QA: &str = include_str!("prompts/qa.md");

/// Every fragment.
pub(super) const FRAGMENTS: [&str; 6] = [COMMON, RESEARCH, WIREFRAME, CODE, REFACTOR, QA];

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
