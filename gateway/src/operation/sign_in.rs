//! Signing in and out. The tokens of a new session go where the caller wants them: into the answer, or into cookies that
//! scripts cannot read.

use async_graphql::Enum;
use kit::{ErrorKind, Problem};
use proto::v1::{
    self, CreateGuestRequest, FinishSignInRequest, Grant, LoginRequest, LogoutRequest, RefreshRequest,
    RegisterRequest, SecondFactorChallenge, SignInResponse, refresh_response::Outcome, sign_in_response,
};
use serde::Deserialize;
use tonic::Status;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    CookieChange, Effects, Field, Operation, Price, Service,
    caller_kind::{Newcomer, SignedIn, Visitor, Whoever},
};
use crate::{
    error::ApiError,
    identity::{AuthMethod, RequestContext, Unscoped, WriteAccount},
    limits::Endpoint,
    services::Services,
};

/// Where the tokens of a session go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema, Enum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SessionPlace {
    /// The tokens are in the answer.
    #[default]
    Body,
    /// Into cookies that scripts cannot read; over HTTP only.
    Cookie,
}

/// A session that has begun, or goes on with new tokens.
pub(crate) struct NewSession {
    /// Without its tokens, when they go into cookies.
    pub(crate) grant: Grant,
    kept: Option<CookieChange>,
    /// Whose guest became this user.
    upgraded: bool,
}

impl NewSession {
    pub(super) fn new(mut grant: Grant, place: SessionPlace) -> Self {
        let kept = (place == SessionPlace::Cookie).then(|| CookieChange::KeepSession {
            access: std::mem::take(&mut grant.access_token),
            refresh: std::mem::take(&mut grant.refresh_token),
            session: Uuid::try_parse(&grant.session_id).ok(),
        });

        Self {
            grant,
            kept,
            upgraded: false,
        }
    }

    /// What is remembered of a guest who became an account is asked again, and the guest's cookie goes.
    pub(super) fn effects(&self, context: &RequestContext) -> Effects {
        let effects = match self.upgraded {
            true => Effects::change_account(context.actor.user_id),
            false => Effects::default(),
        };
        let forget = self.upgraded.then_some(CookieChange::ForgetGuest);

        effects.set_cookies(self.kept.clone().into_iter().chain(forget))
    }
}

/// A guest who may become an account does, and keeps what it made.
pub(crate) struct Register {
    pub(crate) email: String,
    pub(crate) password: String,
    pub(crate) username: Option<String>,
    pub(crate) place: SessionPlace,
}

impl Operation for Register {
    type Caller = Newcomer;
    type Scope = Unscoped;
    type Output = NewSession;

    const SERVICE: Service = Service::Auth;
    const PRICE: Price = Price::STANDARD.with_limit_of(Endpoint::Register);
    const FIELD: Field = Field::Mutation("register");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Self::Output, Status> {
        let upgraded = context.may_upgrade();
        let request = RegisterRequest {
            email: self.email,
            password: self.password,
            username: self.username.unwrap_or_default(),
            upgrade: upgraded,
            client: Some(context.client.to_proto()),
        };
        let grant = services.auth(context).register(request).await?.into_inner();

        Ok(NewSession {
            upgraded,
            ..NewSession::new(grant, self.place)
        })
    }

    fn signs_browser_in(&self) -> bool {
        self.place == SessionPlace::Cookie
    }

    fn effects(session: &NewSession, context: &RequestContext) -> Effects {
        session.effects(context)
    }
}

/// What signing in came to.
pub(crate) enum SignInOutcome {
    Entered(Box<NewSession>),
    /// The first factor was right; a code is asked for.
    Challenged(SecondFactorChallenge),
}

impl SignInOutcome {
    /// `place` says where the tokens of a session go.
    pub(super) fn read(
        response: SignInResponse,
        place: impl FnOnce(&Grant) -> SessionPlace,
    ) -> Result<Self, Status> {
        match response.outcome {
            Some(sign_in_response::Outcome::Grant(grant)) => {
                let place = place(&grant);
                Ok(Self::Entered(Box::new(NewSession::new(grant, place))))
            }
            Some(sign_in_response::Outcome::Challenge(challenge)) => Ok(Self::Challenged(challenge)),
            None => {
                tracing::error!("a sign-in was answered without an outcome");
                Err(Status::internal(""))
            }
        }
    }

    /// The session, or the refusal that asks for a code.
    pub(crate) fn into_session(self) -> Result<NewSession, ApiError> {
        match self {
            Self::Entered(session) => Ok(*session),
            Self::Challenged(challenge) => Err(ApiError::code_needed(challenge.ticket, challenge.expires_in)),
        }
    }

    pub(super) fn effects(&self, context: &RequestContext) -> Effects {
        match self {
            Self::Entered(session) => session.effects(context),
            Self::Challenged(_) => Effects::default(),
        }
    }
}

pub(crate) struct Login {
    /// An email or a username.
    pub(crate) identifier: String,
    pub(crate) password: String,
    pub(crate) place: SessionPlace,
}

impl Operation for Login {
    /// Whoever is signed in as who they say is not held to the attempts of strangers.
    type Caller = Whoever;
    type Scope = Unscoped;
    type Output = SignInOutcome;

    const SERVICE: Service = Service::Auth;
    const PRICE: Price = Price::STANDARD.with_limit_of(Endpoint::Login);
    const FIELD: Field = Field::Mutation("login");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Self::Output, Status> {
        let request = LoginRequest {
            identifier: self.identifier,
            password: self.password,
            client: Some(context.client.to_proto()),
        };
        let response = services.auth(context).login(request).await?.into_inner();

        SignInOutcome::read(response, |_| self.place)
    }

    fn signs_browser_in(&self) -> bool {
        self.place == SessionPlace::Cookie
    }

    fn effects(signed_in: &SignInOutcome, context: &RequestContext) -> Effects {
        signed_in.effects(context)
    }
}

/// The second half of signing in, where there is a second factor.
pub(crate) struct FinishSignIn {
    /// From the first half.
    pub(crate) ticket: String,
    pub(crate) code: String,
    pub(crate) place: SessionPlace,
}

impl Operation for FinishSignIn {
    type Caller = Visitor;
    type Scope = Unscoped;
    type Output = NewSession;

    const SERVICE: Service = Service::Auth;
    const PRICE: Price = Price::STANDARD.with_limit_of(Endpoint::Login);
    const FIELD: Field = Field::Mutation("finishSignIn");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Self::Output, Status> {
        let request = FinishSignInRequest {
            ticket: self.ticket,
            code: self.code,
            client: Some(context.client.to_proto()),
        };
        let grant = services.auth(context).finish_sign_in(request).await?.into_inner();

        Ok(NewSession::new(grant, self.place))
    }

    fn signs_browser_in(&self) -> bool {
        self.place == SessionPlace::Cookie
    }

    fn effects(session: &NewSession, context: &RequestContext) -> Effects {
        session.effects(context)
    }
}

/// A guest who lasts.
pub(crate) struct CreateGuest {
    pub(crate) place: SessionPlace,
}

impl Operation for CreateGuest {
    type Caller = Newcomer;
    type Scope = Unscoped;
    type Output = NewSession;

    const SERVICE: Service = Service::Auth;
    const PRICE: Price = Price::STANDARD.with_limit_of(Endpoint::Guest);
    const FIELD: Field = Field::Mutation("createGuest");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Self::Output, Status> {
        // A guest who lasts already gets a second one; the guest of a cookie becomes lasting.
        let upgraded = context.may_upgrade() && context.auth_method == AuthMethod::GuestCookie;
        let request = CreateGuestRequest {
            upgrade: upgraded,
            client: Some(context.client.to_proto()),
        };
        let grant = services.auth(context).create_guest(request).await?.into_inner();

        Ok(NewSession {
            upgraded,
            ..NewSession::new(grant, self.place)
        })
    }

    fn signs_browser_in(&self) -> bool {
        self.place == SessionPlace::Cookie
    }

    fn effects(session: &NewSession, context: &RequestContext) -> Effects {
        session.effects(context)
    }
}

pub(crate) struct Refresh {
    pub(crate) refresh_token: String,
    pub(crate) place: SessionPlace,
}

/// What became of a refresh token.
pub(crate) enum Refreshed {
    Renewed(Box<NewSession>),
    /// Somebody has copied it, so its session is over.
    Copied {
        user: Option<Uuid>,
        session: String,
    },
}

impl Refreshed {
    /// The session, or the refusal of a token that is not good.
    pub(crate) fn into_session(self) -> Result<NewSession, ApiError> {
        match self {
            Self::Renewed(session) => Ok(*session),
            Self::Copied { .. } => Err(Refresh::refuse(Problem::new(
                ErrorKind::Unauthenticated,
                "INVALID_CREDENTIALS",
                "The credentials are not valid.",
            ))),
        }
    }
}

impl Operation for Refresh {
    type Caller = Visitor;
    type Scope = Unscoped;
    type Output = Refreshed;

    const SERVICE: Service = Service::Auth;
    const FIELD: Field = Field::Mutation("refresh");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Self::Output, Status> {
        let request = RefreshRequest {
            refresh_token: self.refresh_token,
            client: Some(context.client.to_proto()),
        };
        let response = services.auth(context).refresh(request).await?.into_inner();

        match response.outcome {
            Some(Outcome::Grant(grant)) => {
                Ok(Refreshed::Renewed(Box::new(NewSession::new(grant, self.place))))
            }
            Some(Outcome::Ended(ended)) => Ok(Refreshed::Copied {
                user: Uuid::try_parse(&ended.user_id).ok(),
                session: ended.session_id,
            }),
            None => {
                tracing::error!("a refresh was answered without an outcome");
                Err(Status::internal(""))
            }
        }
    }

    fn signs_browser_in(&self) -> bool {
        self.place == SessionPlace::Cookie
    }

    fn effects(refreshed: &Refreshed, context: &RequestContext) -> Effects {
        match refreshed {
            Refreshed::Renewed(session) => session.effects(context),
            Refreshed::Copied {
                user: Some(user),
                session,
            } => Effects::change_account(*user).end_sessions(std::slice::from_ref(session)),
            Refreshed::Copied { user: None, .. } => Effects::default(),
        }
    }
}

/// The sessions that a sign-out ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema, Enum)]
#[serde(rename_all = "lowercase")]
#[schema(as = Scope)]
pub(crate) enum LogoutScope {
    /// The one that asks.
    #[default]
    Local,
    /// All but the one that asks.
    Others,
    /// All sessions, this one too.
    Global,
}

impl From<LogoutScope> for v1::LogoutScope {
    fn from(scope: LogoutScope) -> Self {
        match scope {
            LogoutScope::Local => Self::Local,
            LogoutScope::Others => Self::Others,
            LogoutScope::Global => Self::Global,
        }
    }
}

/// Sessions that have ended.
pub(crate) struct EndedSessions {
    pub(crate) ids: Vec<String>,
    /// The one that asked is among them.
    here: bool,
}

impl EndedSessions {
    async fn end(
        services: &Services,
        context: &RequestContext,
        scope: LogoutScope,
        refresh_token: String,
    ) -> Result<Self, Status> {
        let request = LogoutRequest {
            scope: v1::LogoutScope::from(scope).into(),
            refresh_token,
            client: Some(context.client.to_proto()),
        };
        let ended = services.auth(context).logout(request).await?.into_inner();

        Ok(Self {
            ids: ended.revoked_session_ids,
            here: scope != LogoutScope::Others,
        })
    }

    fn effects(&self, context: &RequestContext) -> Effects {
        let forget = self.here.then_some(CookieChange::ForgetSession);

        Effects::change_account(context.actor.user_id)
            .end_sessions(&self.ids)
            .set_cookies(forget)
    }
}

/// Signs out of the session that asks, of all others, or of all.
pub(crate) struct Logout {
    pub(crate) scope: LogoutScope,
}

impl Operation for Logout {
    type Caller = SignedIn;
    type Scope = WriteAccount;
    type Output = EndedSessions;

    const SERVICE: Service = Service::Auth;
    const FIELD: Field = Field::Mutation("logout");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Self::Output, Status> {
        EndedSessions::end(services, context, self.scope, String::new()).await
    }

    fn effects(ended: &EndedSessions, context: &RequestContext) -> Effects {
        ended.effects(context)
    }
}

/// The same for who has a refresh token only, which says whose session it is.
pub(crate) struct LogoutByToken {
    pub(crate) scope: LogoutScope,
    pub(crate) refresh_token: String,
}

impl Operation for LogoutByToken {
    type Caller = Visitor;
    type Scope = Unscoped;
    type Output = EndedSessions;

    const SERVICE: Service = Service::Auth;
    const FIELD: Field = Field::Mutation("logout");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Self::Output, Status> {
        EndedSessions::end(services, context, self.scope, self.refresh_token).await
    }

    fn effects(ended: &EndedSessions, context: &RequestContext) -> Effects {
        ended.effects(context)
    }
}
