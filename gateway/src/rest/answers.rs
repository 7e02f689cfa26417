//! Answers that many routes have in common, as the OpenAPI document tells them. What an operation may refuse follows from
//! its caller, its scope and its price; no handler lists it.

use std::collections::BTreeMap;

use utoipa::{
    IntoResponses,
    openapi::{Content, Ref, RefOr, Response, ResponseBuilder},
};

use crate::operation::{Operation, caller_kind::CallerKind};

type Answers = BTreeMap<String, RefOr<Response>>;

/// 401: nobody is signed in, and somebody must be.
pub(crate) struct NotSignedIn;
/// 403: the credential is good, but not for this.
pub(crate) struct NotAllowed<const ACCOUNT: bool>;
/// 429: too often.
pub(crate) struct TooMany;
/// 422: a field of the body is wrong.
pub(crate) struct Invalid;

impl IntoResponses for NotSignedIn {
    fn responses() -> Answers {
        refusal("401", "Not signed in")
    }
}

impl<const ACCOUNT: bool> IntoResponses for NotAllowed<ACCOUNT> {
    fn responses() -> Answers {
        refusal(
            "403",
            match ACCOUNT {
                true => "You have no account yet, or this credential may not do that",
                false => "This credential may not do that",
            },
        )
    }
}

impl IntoResponses for TooMany {
    fn responses() -> Answers {
        refusal("429", "Too many requests")
    }
}

impl IntoResponses for Invalid {
    fn responses() -> Answers {
        refusal("422", "A field is wrong; `details.errors` says which and why")
    }
}

/// What the door to `O` may refuse.
pub(crate) fn refusals_of<O: Operation>() -> Answers {
    let mut answers = TooMany::responses();
    if O::Caller::REFUSES_NOBODY {
        answers.extend(NotSignedIn::responses());
    }

    match (
        <O::Scope as crate::identity::Scope>::NAME,
        O::Caller::NEEDS_ACCOUNT,
    ) {
        (None, _) => {}
        (Some(_), true) => answers.extend(NotAllowed::<true>::responses()),
        (Some(_), false) => answers.extend(NotAllowed::<false>::responses()),
    }

    answers
}

fn refusal(status: &str, description: &str) -> Answers {
    let body = Content::new(Some(Ref::from_schema_name("ErrorBody")));
    let response = ResponseBuilder::new()
        .description(description)
        .content("application/json", body)
        .build();

    BTreeMap::from([(status.to_owned(), RefOr::T(response))])
}
