//! Answers that many routes have in common, as the OpenAPI document tells them. What an operation may refuse follows from
//! its caller, its scope and its price; no handler lists it.

use std::collections::BTreeMap;

use utoipa::{
    IntoResponses, ToSchema,
    openapi::{Content, Ref, RefOr, Response, ResponseBuilder},
};

use crate::operation::{Operation, caller_kind::CallerKind};

type Answers = BTreeMap<String, RefOr<Response>>;

/// One of the server-sent events that a stream is made of.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its description is used")]
pub(crate) struct StreamedEvent {
    /// What `Last-Event-ID` takes to go on behind it; missing from what is only live.
    id: Option<String>,
    /// Its kind, where not all events have one and the same.
    event: Option<String>,
    /// JSON on one line.
    data: String,
}

/// 401: nobody is signed in, and somebody must be.
pub(crate) struct NotSignedIn;
/// 403: the credential is good, but not for this.
pub(crate) struct NotAllowed<const ACCOUNT: bool>;
/// 429: too often.
pub(crate) struct TooMany;
/// 422: a field of the body is wrong.
pub(crate) struct Invalid;
/// 403: it must be shown that it is the owner who asks.
pub(crate) struct NotProven;
/// 501: no mail is sent here.
pub(crate) struct NoMail;
/// 501: nothing is sold here.
pub(crate) struct NotSold;
/// What a service that is needed can always come to: 503.
pub(crate) struct Unavailable;
/// What reading a body can come to, whoever sent it: 400, 408, 413 and 415.
pub(crate) struct Unreadable;

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

impl IntoResponses for NotProven {
    fn responses() -> Answers {
        refusal(
            "403",
            "It is not shown that it is you who asks. `details.reason` says what is missing: `RECENT_SIGN_IN_NEEDED` (sign in \
             again; an API key never suffices), `SECOND_FACTOR_NEEDED` (send `code`), `ACCOUNT_NEEDED` or `SCOPE_MISSING`",
        )
    }
}

impl IntoResponses for NoMail {
    fn responses() -> Answers {
        refusal("501", "No mail is sent here (`MAIL_OFF`)")
    }
}

impl IntoResponses for NotSold {
    fn responses() -> Answers {
        refusal("501", "Nothing is sold here (`BILLING_OFF`)")
    }
}

impl IntoResponses for Unavailable {
    fn responses() -> Answers {
        refusal("503", "A service that is needed for this does not answer")
    }
}

impl IntoResponses for Unreadable {
    fn responses() -> Answers {
        let mut answers = refusal(
            "400",
            "The body is not JSON, or what is asked for is not possible now (`details.reason`)",
        );
        answers.extend(refusal("408", "The body did not arrive in time"));
        answers.extend(refusal("413", "The body is too large"));
        answers.extend(refusal("415", "The body is not sent as JSON"));
        answers
    }
}

/// What the door to `O` may refuse.
pub(crate) fn refusals_of<O: Operation>() -> Answers {
    let mut answers = TooMany::responses();
    answers.extend(Unavailable::responses());
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
