//! The door to an operation over GraphQL: what REST's does before a body is read, this does before a field is resolved.
//! Refusals are in the names of the schema.

use std::marker::PhantomData;

use async_graphql::{Context, Result};
use gql::connection::PageRequest;
use http::header;

use super::{Ask, input};
use crate::{
    error::{ApiError, FieldError},
    identity::{CookieWriter, RequestContext},
    operation::{Field, Operation, Price, admit, caller_kind::Recognised},
};

/// An asker who may perform `O`.
pub(crate) struct FieldDoor<'a, O> {
    ctx: &'a Context<'a>,
    pub(crate) context: RequestContext,
    /// The argument that a page's cursor came in.
    cursor: &'static str,
    operation: PhantomData<fn() -> O>,
}

impl<'a, O: Operation> FieldDoor<'a, O> {
    pub(super) async fn open(ctx: &'a Context<'a>) -> Result<Self> {
        let context = &ctx.asker().call;

        // Asking was counted when the request came in.
        if !matches!(O::PRICE, Price::STANDARD | Price::POLL) {
            let operations = &ctx.backend().operations;
            let counted = operations
                .count(O::PRICE, context.counted_actor(), context.client.address)
                .await;
            counted.map_err(|limited| ctx.fail(limited.into()))?;
        }

        let context = admit::<O>(Recognised {
            caller: Ok(context.clone()),
            in_header: true,
            visitor: &|| context.to_stranger(),
        });

        Ok(Self {
            ctx,
            context: context.map_err(|error| ctx.fail(error))?,
            cursor: "after",
            operation: PhantomData,
        })
    }

    /// For a list of which this page is asked.
    pub(crate) fn for_page(self, page: &PageRequest) -> Self {
        Self {
            cursor: if page.backward { "before" } else { "after" },
            ..self
        }
    }

    pub(crate) async fn perform(&self, operation: O) -> Result<O::Output> {
        self.perform_plainly(operation)
            .await
            .map_err(|error| self.ctx.fail(error))
    }

    /// The same where what is not there is null.
    pub(crate) async fn find(&self, operation: O) -> Result<Option<O::Output>> {
        match self.perform_plainly(operation).await {
            Ok(output) => Ok(Some(output)),
            Err(error) if error.status == http::StatusCode::NOT_FOUND => Ok(None),
            Err(error) => Err(self.ctx.fail(error)),
        }
    }

    async fn perform_plainly(&self, operation: O) -> Result<O::Output, ApiError> {
        // Before anything is done: a refresh token that is used up for nothing ends its session.
        if operation.signs_browser_in() && !self.ctx.asker().keeps_cookies {
            let expected = "expected `BODY`: cookies are set over HTTP only";
            return Err(ApiError::field("input.session", "value_error", expected));
        }

        let operations = &self.ctx.backend().operations;
        let performed = operations.perform(operation, &self.context).await;
        let (output, cookies) = performed
            .map_err(|problem| O::refuse(problem).rename(|fault| name_argument::<O>(fault, self.cursor)))?;

        // They go with the answer over HTTP; a guest of a socket has none to keep.
        let writer = CookieWriter {
            csrf: &operations.authenticator.csrf,
            secure: self.ctx.asker().base.is_https(),
        };
        for cookie in cookies.iter().flat_map(|change| change.headers(&writer)) {
            self.ctx.append_http_header(header::SET_COOKIE, cookie);
        }

        Ok(output)
    }
}

/// A field that a service refuses, by the name of the argument it came from.
fn name_argument<O: Operation>(mut fault: FieldError, cursor: &str) -> FieldError {
    match O::FIELD {
        Field::Mutation(_) | Field::SubscriptionByInput(_) => return input::inner(fault),
        Field::Query(_) | Field::Subscription(_) | Field::None => {}
    }

    if fault.field == "page_token" {
        fault.field = cursor.to_owned();
        fault.message = "expected the cursor of a row of this list, in this order".to_owned();
    }

    if let "phases" | "statuses" = fault.field.as_str() {
        fault.field = "status".to_owned();
    }

    fault
}
