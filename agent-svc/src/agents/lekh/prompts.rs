//! Our instructions to models that write fiction. They never leave this service: the sanitizer knows every fragment.

use crate::agents::thinking::Prompt;

const COMMON: &str = include_str!("prompts/common.md");
const ARCHITECT: &str = include_str!("prompts/architect.md");
const CHARACTER_SMITH: &str = include_str!("prompts/character_smith.md");
const PROSE_WEAVER: &str = include_str!("prompts/prose_weaver.md");

/// Every fragment.
pub(super) const FRAGMENTS: [&str; 4] = [COMMON, ARCHITECT, CHARACTER_SMITH, PROSE_WEAVER];

pub(super) fn architect() -> Prompt {
    Prompt::compose(&[COMMON, ARCHITECT])
}

pub(super) fn character_smith() -> Prompt {
    Prompt::compose(&[COMMON, CHARACTER_SMITH])
}

pub(super) fn prose_weaver() -> Prompt {
    Prompt::compose(&[COMMON, PROSE_WEAVER])
}
