//! What a handler takes to say who may call it. `Scoped<S>`: everybody, guests included. `Member<S>`: who has signed in,
//! as an account or as a lasting guest. `Account<S>`: an account. `S` is the scope that a credential with scopes needs.
//! All of them are a [`Call`], which services are asked with.

use std::{convert::Infallible, marker::PhantomData, ops::Deref, sync::Arc};

use axum::extract::FromRequestParts;
use http::request::Parts;
use kit::{actor::Actor, rpc::RequestId};
use uuid::Uuid;

use super::{
    How, Identity,
    address::ClientInfo,
    credentials,
    scopes::{self, Scope},
    standing::Standing,
};
use crate::{admission::Admitted, app::App, error::ApiError};

/// One request's identity, as every call to a service needs it. Says nothing of what the caller may do.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) actor: Actor,
    pub(crate) how: How,
    /// Where it comes from.
    pub(crate) client: Arc<ClientInfo>,
    pub(crate) standing: Standing,
    pub(crate) request_id: RequestId,
}

impl Call {
    pub(crate) fn new(identity: Identity, request_id: RequestId) -> Self {
        Self {
            actor: identity.actor,
            how: identity.how,
            client: identity.client,
            standing: identity.standing,
            request_id,
        }
    }

    /// The guest who becomes an account, when the caller is one who can; else somebody new.
    pub(crate) fn newcomer(&self) -> (Self, bool) {
        let upgrade = self.actor.guest && self.how.may_upgrade(self.actor.user_id);
        match upgrade || !self.how.signed_in() {
            true => (self.clone(), upgrade),
            false => (self.stranger(), false),
        }
    }

    /// The same request, on behalf of nobody yet.
    pub(crate) fn stranger(&self) -> Self {
        Self {
            client: Arc::clone(&self.client),
            ..Self::nobody(self.request_id.clone())
        }
    }

    /// On behalf of `actor`, by the gateway itself.
    pub(super) fn of(actor: Actor, request_id: RequestId) -> Self {
        Self {
            actor,
            how: How::Nobody,
            client: Arc::default(),
            standing: Standing::Guest,
            request_id,
        }
    }

    /// On behalf of nobody yet.
    pub(super) fn nobody(request_id: RequestId) -> Self {
        Self::of(Actor::guest(Uuid::nil()), request_id)
    }
}

/// Who may call, beside the scope of the credential.
pub(crate) trait Who: Send + Sync + 'static {
    fn check(call: &Call) -> Result<(), ApiError>;
}

/// Guests too, where they are allowed.
pub(crate) struct Anybody;
/// An account or a lasting guest.
pub(crate) struct SignedIn;
/// An account.
pub(crate) struct Holder;

impl Who for Anybody {
    fn check(call: &Call) -> Result<(), ApiError> {
        let somebody = call.how != How::Nobody;
        somebody.then_some(()).ok_or_else(ApiError::sign_in)
    }
}

impl Who for SignedIn {
    fn check(call: &Call) -> Result<(), ApiError> {
        call.how.signed_in().then_some(()).ok_or_else(ApiError::sign_in)
    }
}

impl Who for Holder {
    fn check(call: &Call) -> Result<(), ApiError> {
        SignedIn::check(call)?;
        match call.actor.guest {
            true => Err(ApiError::account_needed()),
            false => Ok(()),
        }
    }
}

/// A call of somebody who may make it.
#[derive(Debug)]
pub(crate) struct Allowed<W, S> {
    call: Call,
    checked: PhantomData<fn() -> (W, S)>,
}

/// Everybody, guests included, whose credential has the scope `S`.
pub(crate) type Scoped<S> = Allowed<Anybody, S>;
/// An account or a lasting guest, whose credential has the scope `S`.
pub(crate) type Member<S> = Allowed<SignedIn, S>;
/// An account, whose credential has the scope `S`.
pub(crate) type Account<S> = Allowed<Holder, S>;

impl<W: Who, S: Scope> Allowed<W, S> {
    pub(crate) fn of(call: Call) -> Result<Self, ApiError> {
        W::check(&call)?;
        if !scopes::allow(&call.actor.scopes, S::NAME) {
            return Err(ApiError::scope_missing(S::NAME.as_str()));
        }
        Ok(Self {
            call,
            checked: PhantomData,
        })
    }
}

impl<W, S> Deref for Allowed<W, S> {
    type Target = Call;

    fn deref(&self) -> &Call {
        &self.call
    }
}

impl<W: Who, S: Scope> FromRequestParts<Arc<App>> for Allowed<W, S> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        Self::of(Call::from_request_parts(parts, app).await?)
    }
}

impl FromRequestParts<Arc<App>> for Call {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let admitted = Admitted::of(parts, app).await;
        let call = Self::new(admitted.identity?, request_id(parts));
        Anybody::check(&call)?;
        Ok(call)
    }
}

fn request_id(parts: &Parts) -> RequestId {
    let id = parts.extensions.get::<RequestId>();
    id.cloned().unwrap_or_else(RequestId::random)
}

/// Somebody who is about to sign in: a guest, whatever else the request carries. Always let in.
#[derive(Debug)]
pub(crate) struct Visitor(pub(crate) Call);

impl FromRequestParts<Arc<App>> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Self::Rejection> {
        Ok(Self(visitor(parts, app)))
    }
}

fn visitor(parts: &Parts, app: &App) -> Call {
    let client = app.client_info(&parts.headers, &parts.extensions);
    let (actor, how) = app.guests.guest(&parts.headers, client.address);
    Call {
        how,
        client: Arc::new(client),
        ..Call::of(actor, request_id(parts))
    }
}

/// Somebody who may become an account and keep what was made: a lasting guest, or the guest of one browser. Anybody else
/// is a [`Visitor`]. A wrong credential in a header is refused; one in a cookie is old, and does not count.
#[derive(Debug)]
pub(crate) struct Newcomer {
    pub(crate) call: Call,
    pub(crate) upgrade: bool,
}

impl FromRequestParts<Arc<App>> for Newcomer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let identity = match Admitted::of(parts, app).await.identity {
            Ok(identity) => Some(identity),
            Err(error) if credentials::in_header(&parts.headers) => return Err(error),
            Err(_) => None,
        };

        let call = match identity {
            Some(identity) => Call::new(identity, request_id(parts)),
            None => visitor(parts, app),
        };
        let (call, upgrade) = call.newcomer();

        Ok(Self { call, upgrade })
    }
}
