//! What callers may do: one type for each thing, with who may do it, with which scope, at which price, who refuses it and
//! what it changes. REST and GraphQL perform it alike, so neither repeats a rule. Knows no address and no body of any door.

pub(crate) mod accounts;
pub(crate) mod agents;
pub(crate) mod api_keys;
pub(crate) mod assistants;
pub(crate) mod audit;
pub(crate) mod backup_retention;
pub(crate) mod backups;
pub(crate) mod billing;
pub(crate) mod books;
pub(crate) mod caller_kind;
pub(crate) mod chat;
mod effects;
pub(crate) mod email_links;
mod features;
pub(crate) mod items;
pub(crate) mod jobs;
pub(crate) mod models;
pub(crate) mod nodes;
pub(crate) mod oauth;
mod own_keys;
pub(crate) mod plans;
pub(crate) mod profiles;
pub(crate) mod project_exports;
pub(crate) mod project_files;
pub(crate) mod project_git;
pub(crate) mod projects;
pub(crate) mod responses;
pub(crate) mod restic;
pub(crate) mod resumable;
mod rpc;
pub(crate) mod runs;
pub(crate) mod schedules;
pub(crate) mod second_factors;
pub(crate) mod sessions;
pub(crate) mod sign_in;
pub(crate) mod spending;
pub(crate) mod stories;
pub(crate) mod students;
pub(crate) mod threads;
pub(crate) mod voices;
pub(crate) mod webhooks;
pub(crate) mod workflows;

use std::{borrow::Cow, future::Future, net::IpAddr, sync::Arc};

use kit::{ErrorKind, Problem, actor::Actor};
use tonic::Status;

use self::caller_kind::{CallerKind, Recognised};
pub(crate) use self::effects::{CookieChange, Effects};
use crate::{
    error::ApiError,
    identity::{AuthMethod, Authenticator, RequestContext, Scope, scope_allows},
    limits::{Class, Decision, Endpoint, Limited, Limits},
    services::Services,
};

/// One thing that callers may do, whichever door they come through.
pub(crate) trait Operation: Sized + Send {
    /// Who may.
    type Caller: CallerKind;
    /// What a credential with scopes needs for it.
    type Scope: Scope;
    type Output: Send;

    /// Whose words a refusal is in.
    const SERVICE: Service;
    const PRICE: Price = Price::STANDARD;
    /// Its field in the schema.
    const FIELD: Field = Field::None;
    /// Whether its success gives the caller something to come back for, so that a guest without a cookie gets one.
    const KEEPS_GUEST: bool = false;

    fn perform(
        self,
        services: &Services,
        context: &RequestContext,
    ) -> impl Future<Output = Result<Self::Output, Status>> + Send;

    /// The key under which performing it again does nothing again.
    fn idempotency_key(&self) -> Option<&str> {
        None
    }

    /// Whether it puts a session into the browser of whoever asks.
    fn signs_browser_in(&self) -> bool {
        false
    }

    /// What its success changes for others; told by whichever door performed it.
    fn effects(_output: &Self::Output, _call: &RequestContext) -> Effects {
        Effects::default()
    }

    /// The service's refusal, as clients are told it.
    fn refuse(problem: Problem) -> ApiError {
        ApiError::from_problem(problem, Self::SERVICE.as_str())
    }
}

/// A service that operations ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    Agent,
    Auth,
    Backup,
    Billing,
    Story,
}

impl Service {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Auth => "auth",
            Self::Backup => "backup",
            Self::Billing => "billing",
            Self::Story => "story",
        }
    }
}

/// What performing an operation counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Price {
    pub(crate) class: Class,
    /// One with a limit of its own beside its class's.
    pub(crate) endpoint: Option<Endpoint>,
}

impl Price {
    pub(crate) const STANDARD: Self = Self {
        class: Class::Standard,
        endpoint: None,
    };

    /// Reads how far something has come.
    pub(crate) const POLL: Self = Self {
        class: Class::Poll,
        endpoint: None,
    };

    /// One of the many requests that a program moves a backup with.
    pub(crate) const TRANSFER: Self = Self {
        class: Class::Transfer,
        endpoint: None,
    };

    /// Makes a model or a voice work.
    pub(crate) const EXPENSIVE: Self = Self {
        class: Class::Expensive,
        endpoint: None,
    };

    pub(crate) const fn with_limit_of(self, endpoint: Endpoint) -> Self {
        Self {
            endpoint: Some(endpoint),
            ..self
        }
    }
}

/// Where an operation is in the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Query(&'static str),
    Mutation(&'static str),
    Subscription(&'static str),
    /// A subscription whose arguments are in one `input`, as a mutation's are.
    SubscriptionByInput(&'static str),
    /// Nowhere, or only inside of other objects.
    None,
}

impl Field {
    fn path(self) -> Option<String> {
        match self {
            Self::Query(name) => Some(format!("Query.{name}")),
            Self::Mutation(name) => Some(format!("Mutation.{name}")),
            Self::Subscription(name) | Self::SubscriptionByInput(name) => {
                Some(format!("Subscription.{name}"))
            }
            Self::None => None,
        }
    }
}

/// The one who performs operations, for every door.
pub(crate) struct Operations {
    pub(crate) services: Services,
    pub(crate) limits: Arc<Limits>,
    pub(crate) authenticator: Arc<Authenticator>,
}

impl Operations {
    /// Counts one performance by `actor`, when it is somebody, and from `address`.
    pub(crate) async fn count(
        &self,
        price: Price,
        actor: Option<&Actor>,
        address: IpAddr,
    ) -> Result<Option<Decision>, Limited> {
        self.limits
            .take(price.class, price.endpoint, actor, address)
            .await
    }

    /// Performs it and remembers what that changes. The cookies are for the browser of whoever did it.
    pub(crate) async fn perform<O: Operation>(
        &self,
        operation: O,
        context: &RequestContext,
    ) -> Result<(O::Output, Vec<CookieChange>), Problem> {
        // No page of another site signs its visitor in as somebody else, or out.
        if operation.signs_browser_in() && context.client.foreign_page {
            let message = "Pages of this origin may not sign anybody in here.";
            return Err(Problem::new(
                ErrorKind::PermissionDenied,
                "FOREIGN_ORIGIN",
                message,
            ));
        }

        let context = self.recognise_retry(&operation, context);
        let output = operation.perform(&self.services, &context).await;
        let output = output.map_err(|status| Problem::from_status(&status))?;

        let mut effects = O::effects(&output, &context);
        effects.remember(&self.authenticator, &self.limits);

        if O::KEEPS_GUEST && context.auth_method == AuthMethod::FreshGuest {
            effects
                .cookies
                .extend(self.services.guests.keep(context.actor.user_id));
        }

        Ok((output, effects.cookies))
    }

    /// A guest who is new with each request is the same one when it sends the same request again.
    fn recognise_retry<'a, O: Operation>(
        &self,
        operation: &O,
        context: &'a RequestContext,
    ) -> Cow<'a, RequestContext> {
        match operation.idempotency_key() {
            Some(key) if context.auth_method == AuthMethod::FreshGuest => {
                let operation = std::any::type_name::<O>();
                let guests = &self.services.guests;
                let actor = guests.find_by_retry(key, operation, context.client.address);

                Cow::Owned(RequestContext {
                    actor,
                    ..context.clone()
                })
            }
            _ => Cow::Borrowed(context),
        }
    }
}

/// Who performs `O`, when the door has recognised somebody; or why they may not.
pub(crate) fn admit<O: Operation>(recognised: Recognised<'_>) -> Result<RequestContext, ApiError> {
    let context = O::Caller::choose(recognised)?;

    match O::Scope::NAME {
        Some(scope) if !scope_allows(&context.actor.scopes, scope) => {
            Err(ApiError::scope_missing(scope.as_str()))
        }
        _ => Ok(context),
    }
}

/// An operation as tests and documents know it.
#[derive(Clone, Debug)]
pub struct OperationEntry {
    /// The name of its type.
    pub name: &'static str,
    /// Its field in the schema, e.g. `Query.story`.
    pub field: Option<String>,
    /// Whether who is nobody is refused.
    pub needs_caller: bool,
    pub scope: Option<&'static str>,
    /// Whether it is priced as a poll.
    pub polls: bool,
}

impl OperationEntry {
    pub(crate) fn describe<O: Operation>() -> Self {
        let path = std::any::type_name::<O>();

        Self {
            name: path.rsplit("::").next().unwrap_or(path),
            field: O::FIELD.path(),
            needs_caller: O::Caller::REFUSES_NOBODY,
            scope: O::Scope::NAME.map(|scope| scope.as_str()),
            polls: O::PRICE == Price::POLL,
        }
    }
}
