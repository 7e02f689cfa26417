//! What one request may cost, counted in steps that each cost little themselves: the parsed document before fragments are
//! put in place, the operation before it runs, the variables before they are read. Counts; it never runs anything. The
//! text itself is counted by `parse`.

pub(crate) mod cost;
pub(crate) mod introspection;
pub(crate) mod size;
pub(crate) mod weigh;

use crate::engine::refusal::{Code, Problem};

/// A problem when there is more than there may be.
fn most<N: Copy + PartialOrd + std::fmt::Display>(
    code: Code,
    found: N,
    limit: N,
    what: &str,
) -> Result<(), Problem> {
    if found > limit {
        return Err(Problem::new(
            code,
            format!("{what}; at most {limit} are allowed."),
        ));
    }
    Ok(())
}
