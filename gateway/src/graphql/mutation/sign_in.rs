//! Signing in and out. Over HTTP the tokens can go into cookies, as with REST.

use async_graphql::{Context, Enum, InputObject, Object, Result, SimpleObject};
use http::{HeaderValue, header};
use kit::Problem;
use proto::v1;

use crate::{
    error::ApiError,
    graphql::{
        Ask, input,
        object::account::{Tokens, User},
        scalar::{DateTime, Id},
    },
    identity::{Call, How, WriteAccount, browser, forget_guest},
    limits::{Class, Endpoint},
    view::accounts::TokensView,
};

#[derive(Default)]
pub(crate) struct SignInMutation;

/// Where the tokens of a session go.
#[derive(Clone, Copy, Default, PartialEq, Eq, Enum)]
enum SessionPlace {
    /// Into the answer.
    #[default]
    Body,
    /// Into cookies that scripts cannot read; over HTTP only.
    Cookie,
}

/// Who registers.
#[derive(InputObject)]
struct RegisterInput {
    /// Where they can be reached.
    email: String,
    /// At least 8 characters, and not a well-known one.
    password: String,
    /// 2 to 50 characters; made from the email when it is missing.
    username: Option<String>,
    /// Where the tokens go.
    #[graphql(default)]
    session: SessionPlace,
}

/// Who signs in.
#[derive(InputObject)]
struct LoginInput {
    /// Their email or their username.
    identifier: String,
    /// Their password.
    password: String,
    /// Where the tokens go.
    #[graphql(default)]
    session: SessionPlace,
}

/// How a guest is made.
#[derive(InputObject)]
struct CreateGuestInput {
    /// Where the tokens go.
    #[graphql(default)]
    session: SessionPlace,
}

/// What is exchanged for new tokens.
#[derive(InputObject)]
struct RefreshInput {
    /// It is good for one use.
    refresh_token: String,
    /// Where the tokens go.
    #[graphql(default)]
    session: SessionPlace,
}

/// Which sessions end.
#[derive(Clone, Copy, Default, PartialEq, Eq, Enum)]
enum LogoutScope {
    /// The one that asks.
    #[default]
    Local,
    /// All but the one that asks.
    Others,
    /// All.
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

/// What ends.
#[derive(InputObject)]
struct LogoutInput {
    /// Which sessions.
    #[graphql(default)]
    scope: LogoutScope,
    /// Instead of an access token: the session that it belongs to.
    refresh_token: Option<String>,
}

/// Somebody registered.
#[derive(SimpleObject)]
struct RegisterPayload {
    /// What they got.
    tokens: Tokens,
}

/// Somebody signed in.
#[derive(SimpleObject)]
struct LoginPayload {
    /// What they got.
    tokens: Tokens,
}

/// A guest was made.
#[derive(SimpleObject)]
struct CreateGuestPayload {
    /// What they got.
    tokens: Tokens,
}

/// New tokens.
#[derive(SimpleObject)]
struct RefreshPayload {
    /// They are these.
    tokens: Tokens,
}

/// Sessions ended.
#[derive(SimpleObject)]
struct LogoutPayload {
    /// The ids of the sessions that ended.
    revoked_session_ids: Vec<Id<'static>>,
}

#[Object]
impl SignInMutation {
    /// Make an account and sign in. A guest who has a session or a cookie of its own becomes the account and keeps what
    /// it made.
    async fn register(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who registers.")] input: RegisterInput,
    ) -> Result<Option<RegisterPayload>> {
        ctx.charge(Class::Standard, Some(Endpoint::Register)).await?;

        let (call, upgrade) = ctx.asker().call.newcomer();
        let request = v1::RegisterRequest {
            email: input.email,
            password: input.password,
            username: input.username.unwrap_or_default(),
            upgrade,
            client: Some(call.client.to_proto()),
        };
        let grant = ctx.backend().clients.register(&call, request).await;

        joined(ctx, &call, upgrade);

        let tokens = granted(ctx, grant, input.session)?;
        Ok(Some(RegisterPayload { tokens }))
    }

    /// Sign in with a password.
    async fn login(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who signs in.")] input: LoginInput,
    ) -> Result<Option<LoginPayload>> {
        ctx.charge(Class::Standard, Some(Endpoint::Login)).await?;

        let call = ctx.asker().call.stranger();
        let request = v1::LoginRequest {
            identifier: input.identifier,
            password: input.password,
            client: Some(call.client.to_proto()),
        };
        let grant = ctx.backend().clients.login(&call, request).await;
        let tokens = granted(ctx, grant, input.session)?;

        Ok(Some(LoginPayload { tokens }))
    }

    /// Sign in as a guest who lasts: one with a session, who can become an account later.
    async fn create_guest(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How.")] input: CreateGuestInput,
    ) -> Result<Option<CreateGuestPayload>> {
        ctx.charge(Class::Standard, Some(Endpoint::Guest)).await?;

        let (call, upgrade) = ctx.asker().call.newcomer();
        let upgrade = upgrade && call.how == How::GuestCookie;
        let request = v1::CreateGuestRequest {
            upgrade,
            client: Some(call.client.to_proto()),
        };
        let grant = ctx.backend().clients.create_guest(&call, request).await;

        joined(ctx, &call, upgrade);

        let tokens = granted(ctx, grant, input.session)?;
        Ok(Some(CreateGuestPayload { tokens }))
    }

    /// Exchange a refresh token for new tokens.
    async fn refresh(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What for.")] input: RefreshInput,
    ) -> Result<Option<RefreshPayload>> {
        let call = ctx.asker().call.stranger();
        let request = v1::RefreshRequest {
            refresh_token: input.refresh_token,
            client: Some(call.client.to_proto()),
        };
        let refreshed = ctx.backend().clients.refresh(&call, request).await;
        let grant = refreshed.and_then(|response| ctx.backend().people.refreshed(response));
        let tokens = granted(ctx, grant, input.session)?;

        Ok(Some(RefreshPayload { tokens }))
    }

    /// Sign out: here, everywhere else, or everywhere.
    async fn logout(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What ends.")] input: LogoutInput,
    ) -> Result<Option<LogoutPayload>> {
        let call = match input.refresh_token {
            Some(_) => ctx.asker().call.stranger(),
            None => Call::clone(&*ctx.member::<WriteAccount>()?),
        };

        let request = v1::LogoutRequest {
            scope: v1::LogoutScope::from(input.scope).into(),
            refresh_token: input.refresh_token.unwrap_or_default(),
            client: Some(call.client.to_proto()),
        };
        let ended = ctx.backend().clients.logout(&call, request).await;
        let ended = ended.map_err(|problem| ctx.fail(input::refused(problem, "auth")))?;
        ctx.backend()
            .people
            .ended(call.actor.user_id, &ended.revoked_session_ids);

        if input.scope != LogoutScope::Others {
            set(ctx, browser::no_session(ctx.asker().base.is_https()));
        }

        Ok(Some(LogoutPayload {
            revoked_session_ids: ended.revoked_session_ids.into_iter().map(Into::into).collect(),
        }))
    }
}

/// What is remembered of a guest who became an account is asked again, and the guest's cookie goes.
fn joined(ctx: &Context<'_>, guest: &Call, upgraded: bool) {
    if upgraded {
        ctx.backend().people.changed(guest.actor.user_id);
        set(ctx, forget_guest(ctx.asker().base.is_https()));
    }
}

fn granted(ctx: &Context<'_>, grant: Result<v1::Grant, Problem>, place: SessionPlace) -> Result<Tokens> {
    let mut grant = grant.map_err(|problem| ctx.fail(input::refused(problem, "auth")))?;
    if place == SessionPlace::Cookie {
        let (access, refresh) = (
            std::mem::take(&mut grant.access_token),
            std::mem::take(&mut grant.refresh_token),
        );
        set(
            ctx,
            browser::session(&access, &refresh, ctx.asker().base.is_https()),
        );
    }

    tokens(grant).ok_or_else(|| {
        tracing::error!("a grant has no user or no end");
        ctx.fail(ApiError::internal())
    })
}

fn tokens(grant: v1::Grant) -> Option<Tokens> {
    let expires_at = chrono::DateTime::from_timestamp(grant.expires_at, 0)?;
    let some = |text: String| (!text.is_empty()).then_some(text);

    Some(Tokens {
        access_token: some(grant.access_token),
        refresh_token: some(grant.refresh_token),
        expires_at: DateTime::from(expires_at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)),
        expires_in: grant.expires_in,
        token_type: TokensView::TYPE,
        user: User(grant.user?),
    })
}

/// Cookies go with the answer over HTTP; a socket has no headers to send.
fn set(ctx: &Context<'_>, cookies: impl IntoIterator<Item = HeaderValue>) {
    for cookie in cookies {
        ctx.append_http_header(header::SET_COOKIE, cookie);
    }
}
