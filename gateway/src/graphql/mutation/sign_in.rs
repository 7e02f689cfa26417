//! Signing in and out. Over HTTP the tokens can go into cookies, as with REST.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};

use crate::{
    graphql::{Ask, object::account::Tokens, scalar::Id},
    operation::sign_in::{
        CreateGuest, FinishSignIn, Login, Logout, LogoutByToken, LogoutScope, NewSession, Refresh, Register,
        SessionPlace,
    },
};

#[derive(Default)]
pub(crate) struct SignInMutation;

/// The one who registers.
#[derive(InputObject)]
struct RegisterInput {
    /// The email address that they can be reached at.
    email: String,
    /// The password: at least 8 characters, and not a well-known one.
    password: String,
    /// The name: 2 to 50 characters; made from the email when it is missing.
    username: Option<String>,
    /// The place that the tokens go to.
    #[graphql(default)]
    session: SessionPlace,
}

/// The one who signs in.
#[derive(InputObject)]
struct LoginInput {
    /// Their email or their username.
    identifier: String,
    /// The password of that account.
    password: String,
    /// The place that the tokens go to.
    #[graphql(default)]
    session: SessionPlace,
}

/// The second half of signing in.
#[derive(InputObject)]
struct FinishSignInInput {
    /// From `ticket` of the error that asked for a code.
    ticket: String,
    /// Of an authenticator, or a recovery code.
    code: String,
    /// Where the tokens go.
    #[graphql(default)]
    session: SessionPlace,
}

/// The way in which a guest is made.
#[derive(InputObject)]
struct CreateGuestInput {
    /// The place that the tokens go to.
    #[graphql(default)]
    session: SessionPlace,
}

/// What is exchanged for new tokens.
#[derive(InputObject)]
struct RefreshInput {
    /// The refresh token, which is good for one use.
    refresh_token: String,
    /// The place that the tokens go to.
    #[graphql(default)]
    session: SessionPlace,
}

/// The sessions that end.
#[derive(InputObject)]
struct LogoutInput {
    /// Whether this session ends, or others too.
    #[graphql(default)]
    scope: LogoutScope,
    /// Instead of an access token: the session that it belongs to.
    refresh_token: Option<String>,
}

/// Somebody who has just registered.
#[derive(SimpleObject)]
struct RegisterPayload {
    /// The tokens that they got.
    tokens: Tokens,
}

/// Somebody who has just signed in.
#[derive(SimpleObject)]
struct LoginPayload {
    /// The tokens that they got.
    tokens: Tokens,
}

/// Somebody signed in with a code.
#[derive(SimpleObject)]
struct FinishSignInPayload {
    /// What they got.
    tokens: Tokens,
}

/// A guest who was just made.
#[derive(SimpleObject)]
struct CreateGuestPayload {
    /// The tokens that they got.
    tokens: Tokens,
}

/// Tokens in exchange for a refresh token.
#[derive(SimpleObject)]
struct RefreshPayload {
    /// The new tokens; the old refresh token is used up.
    tokens: Tokens,
}

/// The sessions that were ended.
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
        #[graphql(desc = "The one who registers.")] input: RegisterInput,
    ) -> Result<Option<RegisterPayload>> {
        let operation = Register {
            email: input.email,
            password: input.password,
            username: input.username,
            place: input.session,
        };
        let session = ctx.door().await?.perform(operation).await?;
        let tokens = read_tokens(ctx, session)?;

        Ok(Some(RegisterPayload { tokens }))
    }

    /// Sign in with an email or a username, and a password. Where there is a second factor, the error has the
    /// reason `SECOND_FACTOR_NEEDED` and a `ticket` for `finishSignIn`.
    async fn login(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The one who signs in.")] input: LoginInput,
    ) -> Result<Option<LoginPayload>> {
        let operation = Login {
            identifier: input.identifier,
            password: input.password,
            place: input.session,
        };
        let signed_in = ctx.door().await?.perform(operation).await?;
        let session = signed_in.into_session().map_err(|error| ctx.fail(error))?;
        let tokens = read_tokens(ctx, session)?;

        Ok(Some(LoginPayload { tokens }))
    }

    /// Sign in with the code that was asked for. A code is good once.
    async fn finish_sign_in(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The ticket and the code.")] input: FinishSignInInput,
    ) -> Result<Option<FinishSignInPayload>> {
        let operation = FinishSignIn {
            ticket: input.ticket,
            code: input.code,
            place: input.session,
        };
        let session = ctx.door().await?.perform(operation).await?;
        let tokens = read_tokens(ctx, session)?;

        Ok(Some(FinishSignInPayload { tokens }))
    }

    /// Sign in as a guest who lasts: one with a session, who can become an account later.
    async fn create_guest(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The way in which the guest is made.")] input: CreateGuestInput,
    ) -> Result<Option<CreateGuestPayload>> {
        let operation = CreateGuest { place: input.session };
        let session = ctx.door().await?.perform(operation).await?;
        let tokens = read_tokens(ctx, session)?;

        Ok(Some(CreateGuestPayload { tokens }))
    }

    /// Exchange a refresh token for new tokens.
    async fn refresh(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The refresh token to exchange.")] input: RefreshInput,
    ) -> Result<Option<RefreshPayload>> {
        let operation = Refresh {
            refresh_token: input.refresh_token,
            place: input.session,
        };
        let refreshed = ctx.door().await?.perform(operation).await?;
        let session = refreshed.into_session().map_err(|error| ctx.fail(error))?;
        let tokens = read_tokens(ctx, session)?;

        Ok(Some(RefreshPayload { tokens }))
    }

    /// Sign out: here, everywhere else, or everywhere.
    async fn logout(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The sessions that end.")] input: LogoutInput,
    ) -> Result<Option<LogoutPayload>> {
        let scope = input.scope;
        let ended = match input.refresh_token {
            Some(refresh_token) => {
                let operation = LogoutByToken { scope, refresh_token };
                ctx.door().await?.perform(operation).await?
            }
            None => ctx.door().await?.perform(Logout { scope }).await?,
        };

        Ok(Some(LogoutPayload {
            revoked_session_ids: ended.ids.into_iter().map(Id::from).collect(),
        }))
    }
}

fn read_tokens(ctx: &Context<'_>, session: NewSession) -> Result<Tokens> {
    Tokens::read(session.grant).map_err(|error| ctx.fail(error))
}
