//! Your account: email, password, profile, sessions, keys, and its end.

use async_graphql::{Context, Enum, InputObject, Object, Result, SimpleObject};
use kit::Problem;
use proto::v1;

use crate::{
    error::ApiError,
    graphql::{
        Ask, input,
        object::account::{ApiKey, Profile, User},
        scalar::{DateTimeInput, Id, IdInput, UrlInput},
    },
    identity::{Account, ScopeName, WriteAccount},
};

#[derive(Default)]
pub(crate) struct AccountsMutation;

/// A new email.
#[derive(InputObject)]
struct ChangeEmailInput {
    /// The new one.
    email: String,
    /// Your current password; may be missing where you have none.
    password: Option<String>,
}

/// A new password.
#[derive(InputObject)]
struct ChangePasswordInput {
    /// May be missing where you have none.
    current_password: Option<String>,
    /// At least 8 characters, and not a well-known one.
    new_password: String,
}

/// The end of an account.
#[derive(InputObject)]
struct DeleteAccountInput {
    /// Your current password; may be missing where you have none.
    password: Option<String>,
}

/// How much somebody knows already.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
enum SkillLevel {
    /// Little.
    Beginner,
    /// Something.
    Intermediate,
    /// A lot.
    Advanced,
}

impl SkillLevel {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Beginner => "beginner",
            Self::Intermediate => "intermediate",
            Self::Advanced => "advanced",
        }
    }
}

/// What to change of a profile; what is missing stays.
#[derive(InputObject)]
struct UpdateProfileInput {
    /// 2 to 50 characters, not taken.
    username: Option<String>,
    /// At most 200 characters.
    full_name: Option<String>,
    /// At most 500 characters, http or https.
    avatar_url: Option<UrlInput>,
    /// How much you know already.
    skill_level: Option<SkillLevel>,
}

/// Which session ends.
#[derive(InputObject)]
struct RevokeSessionInput {
    /// Its id.
    id: IdInput,
}

/// A key to make.
#[derive(InputObject)]
struct CreateApiKeyInput {
    /// 1 to 100 characters.
    name: String,
    /// What it may do; none means everything that you may.
    #[graphql(default)]
    scopes: Vec<ScopeName>,
    /// When it ends; never when it is missing.
    expires_at: Option<DateTimeInput>,
}

/// A key to replace.
#[derive(InputObject)]
struct RegenerateApiKeyInput {
    /// Its id.
    id: IdInput,
}

/// A key to revoke.
#[derive(InputObject)]
struct RevokeApiKeyInput {
    /// Its id.
    id: IdInput,
}

/// The email was changed.
#[derive(SimpleObject)]
struct ChangeEmailPayload {
    /// You.
    user: User,
}

/// The password was changed.
#[derive(SimpleObject)]
struct ChangePasswordPayload {
    /// You.
    user: User,
}

/// The account is being deleted.
#[derive(SimpleObject)]
struct DeleteAccountPayload {
    /// Whether the work has begun; you are signed out already.
    accepted: bool,
}

/// The profile was changed.
#[derive(SimpleObject)]
struct UpdateProfilePayload {
    /// It is now like this.
    profile: Profile,
}

/// The session ended.
#[derive(SimpleObject)]
struct RevokeSessionPayload {
    /// The ids of the sessions that ended.
    revoked_session_ids: Vec<Id<'static>>,
}

/// A new key.
#[derive(SimpleObject)]
struct CreateApiKeyPayload {
    /// What is known of it later.
    api_key: ApiKey,
    /// The key itself, shown this one time.
    key: String,
}

/// A key with a new secret.
#[derive(SimpleObject)]
struct RegenerateApiKeyPayload {
    /// What is known of it later.
    api_key: ApiKey,
    /// The key itself, shown this one time.
    key: String,
}

/// A key that works no more.
#[derive(SimpleObject)]
struct RevokeApiKeyPayload {
    /// It is this.
    api_key: ApiKey,
}

#[Object]
impl AccountsMutation {
    /// Change your email.
    async fn change_email(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new one.")] input: ChangeEmailInput,
    ) -> Result<Option<ChangeEmailPayload>> {
        let call = ctx.account::<WriteAccount>()?;
        let request = v1::ChangeEmailRequest {
            email: input.email,
            password: input.password.unwrap_or_default(),
            client: Some(call.client.to_proto()),
        };

        let user = User(changed(
            ctx,
            ctx.backend().clients.change_email(&call, request).await,
        )?);

        Ok(Some(ChangeEmailPayload { user }))
    }

    /// Change your password. You are signed out everywhere else.
    async fn change_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new one.")] input: ChangePasswordInput,
    ) -> Result<Option<ChangePasswordPayload>> {
        let call = ctx.account::<WriteAccount>()?;
        let request = v1::ChangePasswordRequest {
            current_password: input.current_password.unwrap_or_default(),
            new_password: input.new_password,
            client: Some(call.client.to_proto()),
        };

        let user = User(changed(
            ctx,
            ctx.backend().clients.change_password(&call, request).await,
        )?);

        Ok(Some(ChangePasswordPayload { user }))
    }

    /// Delete your account and everything that it owns. You are signed out everywhere at once; the rest is done soon
    /// after.
    async fn delete_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "That it is you.")] input: DeleteAccountInput,
    ) -> Result<Option<DeleteAccountPayload>> {
        let call = ctx.member::<WriteAccount>()?;
        let request = v1::DeleteAccountRequest {
            password: input.password.unwrap_or_default(),
            client: Some(call.client.to_proto()),
        };
        changed(ctx, ctx.backend().clients.delete_account(&call, request).await)?;
        Ok(Some(DeleteAccountPayload { accepted: true }))
    }

    /// Change your profile, or make one.
    async fn update_profile(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: UpdateProfileInput,
    ) -> Result<Option<UpdateProfilePayload>> {
        let call = ctx.member::<WriteAccount>()?;
        let request = v1::PutProfileRequest {
            username: input.username,
            full_name: input.full_name,
            avatar_url: input.avatar_url.map(|url| url.0),
            skill_level: input.skill_level.map(|level| level.as_str().to_owned()),
        };

        let profile = Profile(changed(
            ctx,
            ctx.backend().clients.put_profile(&call, request).await,
        )?);

        Ok(Some(UpdateProfilePayload { profile }))
    }

    /// Sign out of one session.
    async fn revoke_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: RevokeSessionInput,
    ) -> Result<Option<RevokeSessionPayload>> {
        let call = ctx.member::<WriteAccount>()?;
        let id = input.id.parse_as("input.id").map_err(|error| ctx.fail(error))?;
        let request = v1::RevokeSessionRequest {
            id: id.to_string(),
            client: Some(call.client.to_proto()),
        };
        let ended = changed(ctx, ctx.backend().clients.revoke_session(&call, request).await)?;
        ctx.backend()
            .people
            .ended(call.actor.user_id, &ended.revoked_session_ids);

        Ok(Some(RevokeSessionPayload {
            revoked_session_ids: ended.revoked_session_ids.into_iter().map(Id::from).collect(),
        }))
    }

    /// Make a key for programs.
    async fn create_api_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The key.")] input: CreateApiKeyInput,
    ) -> Result<Option<CreateApiKeyPayload>> {
        let call = ctx.account::<WriteAccount>()?;
        let request = v1::CreateApiKeyRequest {
            name: input.name,
            scopes: input
                .scopes
                .iter()
                .map(|scope| scope.as_str().to_owned())
                .collect(),
            expires_at: input.expires_at.map(|end| end.0).unwrap_or_default(),
            client: Some(call.client.to_proto()),
        };
        let made = ctx.backend().clients.create_api_key(&call, request).await;
        let (api_key, key) = shown(ctx, changed(ctx, made)?)?;

        Ok(Some(CreateApiKeyPayload { api_key, key }))
    }

    /// Give a key a new secret. The old one stops working at once.
    async fn regenerate_api_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: RegenerateApiKeyInput,
    ) -> Result<Option<RegenerateApiKeyPayload>> {
        let call = ctx.account::<WriteAccount>()?;
        let request = named(ctx, &call, &input.id)?;
        let made = ctx.backend().clients.regenerate_api_key(&call, request).await;
        let (api_key, key) = shown(ctx, changed(ctx, made)?)?;
        Ok(Some(RegenerateApiKeyPayload { api_key, key }))
    }

    /// Revoke a key. It stops working at once.
    async fn revoke_api_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: RevokeApiKeyInput,
    ) -> Result<Option<RevokeApiKeyPayload>> {
        let call = ctx.account::<WriteAccount>()?;
        let request = named(ctx, &call, &input.id)?;
        let api_key = ApiKey(changed(
            ctx,
            ctx.backend().clients.revoke_api_key(&call, request).await,
        )?);
        Ok(Some(RevokeApiKeyPayload { api_key }))
    }
}

/// What became of a change. What is remembered of the account is asked again.
fn changed<T>(ctx: &Context<'_>, outcome: Result<T, Problem>) -> Result<T> {
    ctx.backend().people.changed(ctx.asker().call.actor.user_id);
    outcome.map_err(|problem| ctx.fail(input::refused(problem, "auth")))
}

fn named(ctx: &Context<'_>, call: &Account<WriteAccount>, id: &IdInput) -> Result<v1::ApiKeyRequest> {
    let id = id.parse_as("input.id").map_err(|error| ctx.fail(error))?;
    Ok(v1::ApiKeyRequest {
        id: id.to_string(),
        client: Some(call.client.to_proto()),
    })
}

fn shown(ctx: &Context<'_>, created: v1::CreatedApiKey) -> Result<(ApiKey, String)> {
    let key = created.key.ok_or_else(|| {
        tracing::error!("a new key was answered without itself");
        ctx.fail(ApiError::internal())
    })?;
    Ok((ApiKey(key), created.secret))
}
