//! What every route of this door may refuse, in the shape of its clients, as the document tells it.

use std::collections::BTreeMap;

use utoipa::{
    IntoResponses,
    openapi::{Content, Ref, RefOr, Response, ResponseBuilder},
};

/// 400, 401, 403, 404, 408, 413, 415, 429, 500, 503 and 504.
pub(super) struct OpenaiRefusals;

impl IntoResponses for OpenaiRefusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let rows = [
            (
                "400",
                "A parameter is wrong or not known here; `param` says which",
            ),
            ("401", "The API key is missing or wrong"),
            ("403", "This key may not do that: it needs the scope `models:use`"),
            ("404", "There is no such model"),
            ("408", "The body did not arrive in time"),
            ("413", "The body is too large"),
            ("415", "The body is not sent as JSON"),
            ("422", "Never: a parameter at fault is a 400 here"),
            ("429", "Too many requests; `retry-after` says when to come again"),
            ("500", "Something went wrong here"),
            ("503", "The model does not answer at the moment"),
            ("504", "The model took too long"),
        ];
        let refusal = |description: &str| {
            let body = Content::new(Some(Ref::from_schema_name("OpenaiRefusal")));
            let response = ResponseBuilder::new().description(description);
            RefOr::T(response.content("application/json", body).build())
        };

        rows.into_iter()
            .map(|(status, description)| (status.to_owned(), refusal(description)))
            .collect()
    }
}
