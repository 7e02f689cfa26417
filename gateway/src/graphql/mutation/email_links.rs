//! What is done by links in mail: an email is proven, and a forgotten password is set anew.

use async_graphql::{Context, Object, Result, SimpleObject};

use crate::{
    graphql::{Ask, object::account::User},
    operation::email_links::{
        ConfirmEmail, ConfirmEmailInput, RequestEmailVerification, RequestEmailVerificationInput,
        RequestPasswordReset, RequestPasswordResetInput, ResetPassword, ResetPasswordInput,
    },
};

#[derive(Default)]
pub(crate) struct EmailLinksMutation;

/// A link is on its way.
#[derive(SimpleObject)]
struct RequestEmailVerificationPayload {
    /// Whether it was asked for; nothing is mailed where the email is proven already.
    accepted: bool,
}

/// The email is proven.
#[derive(SimpleObject)]
struct ConfirmEmailPayload {
    /// You.
    user: User,
}

/// A link is on its way, if there is such an account.
#[derive(SimpleObject)]
struct RequestPasswordResetPayload {
    /// Whether it was asked for.
    accepted: bool,
}

/// The password is set.
#[derive(SimpleObject)]
struct ResetPasswordPayload {
    /// Whether you can sign in with it now.
    done: bool,
}

#[Object]
impl EmailLinksMutation {
    /// Get a link that proves your email, by mail. Registering sends one by itself.
    async fn request_email_verification(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which email.")] input: RequestEmailVerificationInput,
    ) -> Result<Option<RequestEmailVerificationPayload>> {
        ctx.door().await?.perform(RequestEmailVerification(input)).await?;
        Ok(Some(RequestEmailVerificationPayload { accepted: true }))
    }

    /// Prove an email by the link that was mailed to it, signed in to the account or with its password.
    async fn confirm_email(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the link says.")] input: ConfirmEmailInput,
    ) -> Result<Option<ConfirmEmailPayload>> {
        let user = ctx.door().await?.perform(ConfirmEmail(input)).await?;
        Ok(Some(ConfirmEmailPayload { user: User(user) }))
    }

    /// Get a link that sets a new password, by mail. The answer is the same whether or not there is such an account.
    async fn request_password_reset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose.")] input: RequestPasswordResetInput,
    ) -> Result<Option<RequestPasswordResetPayload>> {
        ctx.door().await?.perform(RequestPasswordReset(input)).await?;
        Ok(Some(RequestPasswordResetPayload { accepted: true }))
    }

    /// Set a new password by the link that was mailed. Everybody who is signed in to the account is signed out.
    async fn reset_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new one.")] input: ResetPasswordInput,
    ) -> Result<Option<ResetPasswordPayload>> {
        ctx.door().await?.perform(ResetPassword(input)).await?;
        Ok(Some(ResetPasswordPayload { done: true }))
    }
}
