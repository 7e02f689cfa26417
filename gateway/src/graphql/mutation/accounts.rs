//! Your account: email, password, profile, sessions, keys, and its end.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};

use crate::{
    graphql::{
        Ask,
        object::account::{ApiKey, Profile, User},
        scalar::{DateTimeInput, Id, IdInput, UrlInput},
    },
    identity::ScopeName,
    operation::{
        accounts::{
            ChangeEmail, ChangeEmailInput, ChangePassword, ChangePasswordInput, DeleteAccount,
            DeleteAccountInput,
        },
        api_keys::{CreateApiKey, RegenerateApiKey, RevokeApiKey},
        profiles::{PutProfile, SkillLevel},
        sessions::RevokeSession,
    },
};

#[derive(Default)]
pub(crate) struct AccountsMutation;

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
        let user = ctx.door().await?.perform(ChangeEmail(input)).await?;
        Ok(Some(ChangeEmailPayload { user: User(user) }))
    }

    /// Change your password. You are signed out everywhere else.
    async fn change_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new one.")] input: ChangePasswordInput,
    ) -> Result<Option<ChangePasswordPayload>> {
        let user = ctx.door().await?.perform(ChangePassword(input)).await?;
        Ok(Some(ChangePasswordPayload { user: User(user) }))
    }

    /// Delete your account and everything that it owns. You are signed out everywhere at once; the rest is done soon
    /// after.
    async fn delete_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "That it is you.")] input: DeleteAccountInput,
    ) -> Result<Option<DeleteAccountPayload>> {
        ctx.door().await?.perform(DeleteAccount(input)).await?;
        Ok(Some(DeleteAccountPayload { accepted: true }))
    }

    /// Change your profile, or make one.
    async fn update_profile(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: UpdateProfileInput,
    ) -> Result<Option<UpdateProfilePayload>> {
        let operation = PutProfile {
            username: input.username,
            full_name: input.full_name,
            avatar_url: input.avatar_url.map(|url| url.0),
            skill_level: input.skill_level,
        };
        let profile = ctx.door().await?.perform(operation).await?;

        Ok(Some(UpdateProfilePayload {
            profile: Profile(profile),
        }))
    }

    /// Sign out of one session.
    async fn revoke_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: RevokeSessionInput,
    ) -> Result<Option<RevokeSessionPayload>> {
        let door = ctx.door().await?;
        let id = ctx.parse_id(&input.id, "input.id")?;
        let ended = door.perform(RevokeSession { id }).await?;

        Ok(Some(RevokeSessionPayload {
            revoked_session_ids: ended.into_iter().map(Id::from).collect(),
        }))
    }

    /// Make a key for programs.
    async fn create_api_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The key.")] input: CreateApiKeyInput,
    ) -> Result<Option<CreateApiKeyPayload>> {
        let operation = CreateApiKey {
            name: input.name,
            scopes: input.scopes,
            expires_at: input.expires_at.map(|end| end.0),
        };
        let created = ctx.door().await?.perform(operation).await?;

        Ok(Some(CreateApiKeyPayload {
            api_key: ApiKey(created.key),
            key: created.secret,
        }))
    }

    /// Give a key a new secret. The old one stops working at once.
    async fn regenerate_api_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: RegenerateApiKeyInput,
    ) -> Result<Option<RegenerateApiKeyPayload>> {
        let door = ctx.door().await?;
        let id = ctx.parse_id(&input.id, "input.id")?;
        let created = door.perform(RegenerateApiKey { id }).await?;

        Ok(Some(RegenerateApiKeyPayload {
            api_key: ApiKey(created.key),
            key: created.secret,
        }))
    }

    /// Revoke a key. It stops working at once.
    async fn revoke_api_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: RevokeApiKeyInput,
    ) -> Result<Option<RevokeApiKeyPayload>> {
        let door = ctx.door().await?;
        let id = ctx.parse_id(&input.id, "input.id")?;
        let key = door.perform(RevokeApiKey { id }).await?;

        Ok(Some(RevokeApiKeyPayload { api_key: ApiKey(key) }))
    }
}
