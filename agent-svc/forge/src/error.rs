//! Why an idea makes no project and no question.

use thiserror::Error;

use crate::MOST_IDEA_BYTES;

#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ForgeError {
    #[error("the idea is empty: say in a sentence what the app keeps and what people do with it")]
    EmptyIdea,
    #[error("the idea has {0} bytes; at most {MOST_IDEA_BYTES} are read")]
    TooLong(usize),
    #[error("{} can't be written: {reason}", path.escape_debug())]
    BadPath { path: String, reason: &'static str },
    #[error("there is no question {wanted}; {asked} are open")]
    UnknownQuestion { wanted: String, asked: usize },
}
