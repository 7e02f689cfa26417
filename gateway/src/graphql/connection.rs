//! What our lists say when a page cannot be given; the pages themselves are the crate `gql`'s.

use gql::connection::{PageRequest, WrongPageSize};
use kit::Problem;

use crate::error::{ApiError, FieldError};

/// Which page the arguments `first` and `after` ask for.
pub(crate) fn parse_page(first: Option<i64>, after: Option<String>) -> Result<PageRequest, ApiError> {
    let refuse = |wrong: WrongPageSize| ApiError::field("first", "value_error", wrong.to_string());
    PageRequest::parse(first, after).map_err(refuse)
}

/// A service's refusal of a page, in the names of these arguments.
pub(crate) fn refuse_page(problem: Problem, service: &'static str) -> ApiError {
    ApiError::from_problem(problem, service).rename(|mut fault: FieldError| {
        if fault.field == "page_token" {
            fault.field = "after".to_owned();
            fault.message = "expected the cursor of a row of this list".to_owned();
        }

        fault
    })
}
