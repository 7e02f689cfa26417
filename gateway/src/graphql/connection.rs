//! What our lists say when a page cannot be given; the pages themselves are the crate `gql`'s.

use gql::connection::{PageArguments, PageRequest, WrongPage};

use crate::error::ApiError;

/// Which page the arguments ask for.
pub(crate) fn parse_page(arguments: PageArguments) -> Result<PageRequest, ApiError> {
    let refuse = |wrong: WrongPage| ApiError::field(wrong.argument(), "value_error", wrong.to_string());
    PageRequest::parse(arguments).map_err(refuse)
}
