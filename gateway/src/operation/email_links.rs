//! What is done by links in mail: an email is proven, and a forgotten password is set anew.

use async_graphql::InputObject;
use proto::v1::{
    ConfirmEmailRequest, RequestEmailVerificationRequest, RequestPasswordResetRequest, ResetPasswordRequest,
    ResetPasswordResponse, User,
};
use serde::Deserialize;
use tonic::Status;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    Effects, Field, Operation, Price, Service,
    caller_kind::{AccountHolder, Visitor, Whoever},
};
use crate::{
    identity::{RequestContext, Unscoped, WriteAccount},
    limits::Endpoint,
    services::Services,
};

/// Which email is to be proven.
#[derive(Default, Deserialize, ToSchema, InputObject)]
#[serde(deny_unknown_fields)]
#[schema(as = EmailVerificationBody)]
pub(crate) struct RequestEmailVerificationInput {
    /// The one that you believe to have here; refused when it is another. May be missing.
    email: Option<String>,
}

/// Mails a link that proves the caller's email.
pub(crate) struct RequestEmailVerification(pub(crate) RequestEmailVerificationInput);

impl Operation for RequestEmailVerification {
    type Caller = AccountHolder;
    type Scope = WriteAccount;
    type Output = ();

    const SERVICE: Service = Service::Auth;
    const FIELD: Field = Field::Mutation("requestEmailVerification");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<(), Status> {
        let request = RequestEmailVerificationRequest {
            email: self.0.email.unwrap_or_default(),
            client: Some(context.client.to_proto()),
        };
        services
            .accounts(context)
            .request_email_verification(request)
            .await?;

        Ok(())
    }
}

/// What the link of a mail says.
#[derive(Deserialize, ToSchema, InputObject)]
#[serde(deny_unknown_fields)]
#[schema(as = ConfirmEmailBody)]
pub(crate) struct ConfirmEmailInput {
    /// What stands behind `#email=` in the link.
    token: String,
    /// Of the account, by who is not signed in to it.
    password: Option<String>,
}

/// The address that a link was mailed to becomes the account's.
pub(crate) struct ConfirmEmail(pub(crate) ConfirmEmailInput);

impl Operation for ConfirmEmail {
    /// Somebody signed in, or somebody with a password.
    type Caller = Whoever;
    type Scope = Unscoped;
    type Output = User;

    const SERVICE: Service = Service::Auth;
    const PRICE: Price = Price::STANDARD.with_limit_of(Endpoint::Login);
    const FIELD: Field = Field::Mutation("confirmEmail");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<User, Status> {
        let request = ConfirmEmailRequest {
            token: self.0.token,
            password: self.0.password.unwrap_or_default(),
            client: Some(context.client.to_proto()),
        };
        let user = services.auth(context).confirm_email(request).await?;

        Ok(user.into_inner())
    }

    fn effects(user: &User, _: &RequestContext) -> Effects {
        Uuid::try_parse(&user.id).map_or_else(|_| Effects::default(), Effects::change_account)
    }
}

/// Whose password was forgotten.
#[derive(Deserialize, ToSchema, InputObject)]
#[serde(deny_unknown_fields)]
#[schema(as = ForgottenPasswordBody)]
pub(crate) struct RequestPasswordResetInput {
    /// The email of the account.
    email: String,
}

/// Mails a link that sets a password, if there is somebody to mail it to.
pub(crate) struct RequestPasswordReset(pub(crate) RequestPasswordResetInput);

impl Operation for RequestPasswordReset {
    type Caller = Visitor;
    type Scope = Unscoped;
    type Output = ();

    const SERVICE: Service = Service::Auth;
    const PRICE: Price = Price::STANDARD.with_limit_of(Endpoint::Login);
    const FIELD: Field = Field::Mutation("requestPasswordReset");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<(), Status> {
        let request = RequestPasswordResetRequest {
            email: self.0.email,
            client: Some(context.client.to_proto()),
        };
        services.auth(context).request_password_reset(request).await?;

        Ok(())
    }
}

/// A new password, by a link.
#[derive(Deserialize, ToSchema, InputObject)]
#[serde(deny_unknown_fields)]
#[schema(as = ResetPasswordBody)]
pub(crate) struct ResetPasswordInput {
    /// What stands behind `#password=` in the link.
    token: String,
    /// At least 8 characters, and not a well-known one.
    #[serde(alias = "newPassword")]
    new_password: String,
}

/// Sets a password by a link, and ends all sessions.
pub(crate) struct ResetPassword(pub(crate) ResetPasswordInput);

impl Operation for ResetPassword {
    type Caller = Visitor;
    type Scope = Unscoped;
    type Output = ResetPasswordResponse;

    const SERVICE: Service = Service::Auth;
    const PRICE: Price = Price::STANDARD.with_limit_of(Endpoint::Login);
    const FIELD: Field = Field::Mutation("resetPassword");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Self::Output, Status> {
        let request = ResetPasswordRequest {
            token: self.0.token,
            new_password: self.0.new_password,
            client: Some(context.client.to_proto()),
        };
        let reset = services.auth(context).reset_password(request).await?;

        Ok(reset.into_inner())
    }

    /// Whoever was signed in is out at once.
    fn effects(reset: &ResetPasswordResponse, _: &RequestContext) -> Effects {
        match Uuid::try_parse(&reset.user_id) {
            Ok(user) => Effects::change_account(user).end_sessions(&reset.revoked_session_ids),
            Err(_) => Effects::default(),
        }
    }
}
