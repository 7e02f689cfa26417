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
    /// The new name: 2 to 50 characters, not taken.
    username: Option<String>,
    /// The name that you go by elsewhere: at most 200 characters.
    full_name: Option<String>,
    /// The address of a picture: at most 500 characters, http or https.
    avatar_url: Option<UrlInput>,
    /// How much you know already.
    skill_level: Option<SkillLevel>,
}

/// The session that ends.
#[derive(InputObject)]
struct RevokeSessionInput {
    /// The id of a session of yours.
    id: IdInput,
}

/// The key to make.
#[derive(InputObject)]
struct CreateApiKeyInput {
    /// The name to tell it by: 1 to 100 characters.
    name: String,
    /// The things that it may do; none means everything that you may.
    #[graphql(default)]
    scopes: Vec<ScopeName>,
    /// The moment at which it ends; never when it is missing.
    expires_at: Option<DateTimeInput>,
}

/// The key to replace.
#[derive(InputObject)]
struct RegenerateApiKeyInput {
    /// The id of a key of yours.
    id: IdInput,
}

/// The key to revoke.
#[derive(InputObject)]
struct RevokeApiKeyInput {
    /// The id of a key of yours.
    id: IdInput,
}

/// The account whose email was changed.
#[derive(SimpleObject)]
struct ChangeEmailPayload {
    /// Your account, with the new email.
    user: User,
}

/// The account whose password was changed.
#[derive(SimpleObject)]
struct ChangePasswordPayload {
    /// Your account, with the new password.
    user: User,
}

/// The account is being deleted.
#[derive(SimpleObject)]
struct DeleteAccountPayload {
    /// Whether the work has begun; you are signed out already.
    accepted: bool,
}

/// The profile that was changed.
#[derive(SimpleObject)]
struct UpdateProfilePayload {
    /// The profile, as it is now.
    profile: Profile,
}

/// The sessions that were ended.
#[derive(SimpleObject)]
struct RevokeSessionPayload {
    /// The ids of the sessions that ended.
    revoked_session_ids: Vec<Id<'static>>,
}

/// A key that was just made.
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
    /// The key, with the moment at which it was revoked.
    api_key: ApiKey,
}

#[Object]
impl AccountsMutation {
    /// Change the email address of your account.
    async fn change_email(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new address, and the password that proves it is you.")] input: ChangeEmailInput,
    ) -> Result<Option<ChangeEmailPayload>> {
        let user = ctx.door().await?.perform(ChangeEmail(input)).await?;
        Ok(Some(ChangeEmailPayload { user: User(user) }))
    }

    /// Change your password. You are signed out everywhere else.
    async fn change_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new password, and the current one.")] input: ChangePasswordInput,
    ) -> Result<Option<ChangePasswordPayload>> {
        let user = ctx.door().await?.perform(ChangePassword(input)).await?;
        Ok(Some(ChangePasswordPayload { user: User(user) }))
    }

    /// Delete your account and everything that it owns. You are signed out everywhere at once; the rest is done soon
    /// after.
    async fn delete_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The password that proves it is you.")] input: DeleteAccountInput,
    ) -> Result<Option<DeleteAccountPayload>> {
        ctx.door().await?.perform(DeleteAccount(input)).await?;
        Ok(Some(DeleteAccountPayload { accepted: true }))
    }

    /// Change your profile, or make one.
    async fn update_profile(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The parts to change.")] input: UpdateProfileInput,
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
        #[graphql(desc = "The session that ends.")] input: RevokeSessionInput,
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
        #[graphql(desc = "The key to make.")] input: CreateApiKeyInput,
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
        #[graphql(desc = "The key to replace.")] input: RegenerateApiKeyInput,
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
        #[graphql(desc = "The key to revoke.")] input: RevokeApiKeyInput,
    ) -> Result<Option<RevokeApiKeyPayload>> {
        let door = ctx.door().await?;
        let id = ctx.parse_id(&input.id, "input.id")?;
        let key = door.perform(RevokeApiKey { id }).await?;

        Ok(Some(RevokeApiKeyPayload { api_key: ApiKey(key) }))
    }
}
