//! One's own account: seen, its email and password changed, and its end.

use async_graphql::InputObject;
use proto::v1::{ChangeEmailRequest, ChangePasswordRequest, DeleteAccountRequest, GetMeRequest, User};
use serde::Deserialize;
use tonic::Status;
use utoipa::ToSchema;

use super::{
    CookieChange, Effects, Field, Operation, Service,
    caller_kind::{AccountHolder, SignedIn},
};
use crate::{
    identity::{ReadAccount, RequestContext, WriteAccount},
    services::Services,
};

pub(crate) struct GetMe;

impl Operation for GetMe {
    type Caller = SignedIn;
    type Scope = ReadAccount;
    type Output = User;

    const SERVICE: Service = Service::Auth;

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<User, Status> {
        let user = services.accounts(context).get_me(GetMeRequest {}).await?;
        Ok(user.into_inner())
    }
}

/// The new email address of your account.
#[derive(Deserialize, ToSchema, InputObject)]
#[serde(deny_unknown_fields)]
#[schema(as = EmailBody)]
pub(crate) struct ChangeEmailInput {
    /// The new email address.
    email: String,
    /// Your current password; may be missing where you have none.
    password: Option<String>,
    /// Of your second factor, where you have one and have not just signed in with it.
    code: Option<String>,
}

pub(crate) struct ChangeEmail(pub(crate) ChangeEmailInput);

impl Operation for ChangeEmail {
    type Caller = AccountHolder;
    type Scope = WriteAccount;
    type Output = User;

    const SERVICE: Service = Service::Auth;
    const FIELD: Field = Field::Mutation("changeEmail");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<User, Status> {
        let request = ChangeEmailRequest {
            email: self.0.email,
            password: self.0.password.unwrap_or_default(),
            client: Some(context.client.to_proto()),
            code: self.0.code.unwrap_or_default(),
        };
        let user = services.accounts(context).change_email(request).await?;

        Ok(user.into_inner())
    }

    fn effects(_: &User, context: &RequestContext) -> Effects {
        Effects::change_account(context.actor.user_id)
    }
}

/// The new password of your account.
#[derive(Deserialize, ToSchema, InputObject)]
#[serde(deny_unknown_fields)]
#[schema(as = PasswordBody)]
pub(crate) struct ChangePasswordInput {
    /// Your current password; may be missing where you have none.
    #[serde(alias = "currentPassword")]
    current_password: Option<String>,
    /// The new password: at least 8 characters, and not a well-known one.
    #[serde(alias = "newPassword")]
    new_password: String,
    /// Of your second factor, where you have one and have not just signed in with it.
    code: Option<String>,
}

pub(crate) struct ChangePassword(pub(crate) ChangePasswordInput);

impl Operation for ChangePassword {
    type Caller = AccountHolder;
    type Scope = WriteAccount;
    type Output = User;

    const SERVICE: Service = Service::Auth;
    const FIELD: Field = Field::Mutation("changePassword");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<User, Status> {
        let request = ChangePasswordRequest {
            current_password: self.0.current_password.unwrap_or_default(),
            new_password: self.0.new_password,
            client: Some(context.client.to_proto()),
            code: self.0.code.unwrap_or_default(),
        };
        let user = services.accounts(context).change_password(request).await?;

        Ok(user.into_inner())
    }

    /// Every other session is over.
    fn effects(_: &User, context: &RequestContext) -> Effects {
        Effects::change_account(context.actor.user_id)
    }
}

/// What proves that it is you who ends the account.
#[derive(Default, Deserialize, ToSchema, InputObject)]
#[serde(deny_unknown_fields)]
#[schema(as = DeleteBody)]
pub(crate) struct DeleteAccountInput {
    /// Your current password; may be missing where you have none.
    password: Option<String>,
    /// Of your second factor, where you have one and have not just signed in with it.
    code: Option<String>,
}

pub(crate) struct DeleteAccount(pub(crate) DeleteAccountInput);

impl Operation for DeleteAccount {
    type Caller = SignedIn;
    type Scope = WriteAccount;
    type Output = ();

    const SERVICE: Service = Service::Auth;
    const FIELD: Field = Field::Mutation("deleteAccount");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<(), Status> {
        let request = DeleteAccountRequest {
            password: self.0.password.unwrap_or_default(),
            client: Some(context.client.to_proto()),
            code: self.0.code.unwrap_or_default(),
        };
        services.accounts(context).delete_account(request).await?;

        Ok(())
    }

    /// A browser keeps nothing of an account that is gone.
    fn effects((): &(), context: &RequestContext) -> Effects {
        Effects::change_account(context.actor.user_id).set_cookies([CookieChange::ForgetSession])
    }
}
