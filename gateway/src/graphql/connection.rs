//! What our lists say when a page cannot be given; the pages themselves are the crate `gql`'s.

use gql::connection::{PageRequest, WrongPageSize};

use crate::error::ApiError;

/// Which page the arguments `first` and `after` ask for.
pub(crate) fn parse_page(first: Option<i64>, after: Option<String>) -> Result<PageRequest, ApiError> {
    let refuse = |wrong: WrongPageSize| ApiError::field("first", "value_error", wrong.to_string());
    PageRequest::parse(first, after).map_err(refuse)
}
