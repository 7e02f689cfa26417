//! How much one batch call may ask for.

use kit::error::FieldViolation;
use uuid::Uuid;

/// Ids that one batch call may name.
pub(crate) const BATCH_MAX: usize = 100;

/// The ids of a batch call, when they are not too many. What is no id names nothing, so it is left out.
///
/// # Errors
/// Which field is too long.
pub(crate) fn parse_batch<const N: usize>(
    lists: [(&str, &[String]); N],
    max: usize,
) -> Result<[Vec<Uuid>; N], FieldViolation> {
    let total: usize = lists.iter().map(|(_, ids)| ids.len()).sum();
    if total > max {
        let longest = lists.iter().max_by_key(|(_, ids)| ids.len());
        return Err(FieldViolation {
            field: longest.map_or("ids", |(field, _)| field).to_owned(),
            expected: format!("at most {max} ids in all"),
        });
    }

    Ok(lists.map(|(_, ids)| ids.iter().filter_map(|id| Uuid::try_parse(id).ok()).collect()))
}
