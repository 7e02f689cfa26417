//! Why a book can't be planned or a scene not written: always something about what was asked.

use proto::tasks::fiction::ledger::Key;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FictionError {
    #[error("`{field}`: expected {expected}")]
    Invalid {
        field: &'static str,
        expected: &'static str,
    },
    #[error("`scene`: expected a scene of the outline, `{0}` is none")]
    UnknownScene(Key),
    #[error("`outline`: expected one that the offline author made; scene `{0}` has no beats that it knows")]
    ForeignOutline(Key),
    #[error("`cast`: expected one that belongs to the outline; {0} is missing")]
    ForeignCast(&'static str),
}
