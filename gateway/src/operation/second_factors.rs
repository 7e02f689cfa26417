//! A second factor: turned on and off, and recovery codes for whoever loses it.

use async_graphql::InputObject;
use proto::v1::{
    BeginSecondFactorRequest, ConfirmSecondFactorRequest, DisableSecondFactorRequest,
    RenewRecoveryCodesRequest, SecondFactorSecret, User,
};
use serde::Deserialize;
use tonic::Status;
use utoipa::ToSchema;

use super::{Effects, Field, Operation, Service, caller_kind::AccountHolder};
use crate::{
    identity::{RequestContext, WriteAccount},
    services::Services,
};

/// That it is you.
#[derive(Default, Deserialize, ToSchema, InputObject)]
#[serde(deny_unknown_fields)]
#[schema(as = BeginSecondFactorBody)]
pub(crate) struct BeginSecondFactorInput {
    /// Your current password; may be missing where you have none.
    password: Option<String>,
}

/// Makes a secret for an authenticator.
pub(crate) struct BeginSecondFactor(pub(crate) BeginSecondFactorInput);

impl Operation for BeginSecondFactor {
    type Caller = AccountHolder;
    type Scope = WriteAccount;
    type Output = SecondFactorSecret;

    const SERVICE: Service = Service::Auth;
    const FIELD: Field = Field::Mutation("beginSecondFactor");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Self::Output, Status> {
        let request = BeginSecondFactorRequest {
            password: self.0.password.unwrap_or_default(),
            client: Some(context.client.to_proto()),
        };
        let secret = services.accounts(context).begin_second_factor(request).await?;

        Ok(secret.into_inner())
    }
}

/// What the authenticator shows.
#[derive(Deserialize, ToSchema, InputObject)]
#[serde(deny_unknown_fields)]
#[schema(as = ConfirmSecondFactorBody)]
pub(crate) struct ConfirmSecondFactorInput {
    /// Six digits.
    code: String,
}

/// Turns it on.
pub(crate) struct ConfirmSecondFactor(pub(crate) ConfirmSecondFactorInput);

impl Operation for ConfirmSecondFactor {
    type Caller = AccountHolder;
    type Scope = WriteAccount;
    /// Recovery codes.
    type Output = Vec<String>;

    const SERVICE: Service = Service::Auth;
    const FIELD: Field = Field::Mutation("confirmSecondFactor");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Self::Output, Status> {
        let request = ConfirmSecondFactorRequest {
            code: self.0.code,
            client: Some(context.client.to_proto()),
        };
        let codes = services.accounts(context).confirm_second_factor(request).await?;

        Ok(codes.into_inner().codes)
    }

    fn effects(_: &Self::Output, context: &RequestContext) -> Effects {
        Effects::change_account(context.actor.user_id)
    }
}

/// That it is you, with a code.
#[derive(Deserialize, ToSchema, InputObject)]
#[serde(deny_unknown_fields)]
#[schema(as = DisableSecondFactorBody)]
pub(crate) struct DisableSecondFactorInput {
    /// Your current password; may be missing where you have none.
    password: Option<String>,
    /// Of your authenticator, or a recovery code.
    code: String,
}

/// Turns it off.
pub(crate) struct DisableSecondFactor(pub(crate) DisableSecondFactorInput);

impl Operation for DisableSecondFactor {
    type Caller = AccountHolder;
    type Scope = WriteAccount;
    type Output = User;

    const SERVICE: Service = Service::Auth;
    const FIELD: Field = Field::Mutation("disableSecondFactor");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<User, Status> {
        let request = DisableSecondFactorRequest {
            password: self.0.password.unwrap_or_default(),
            code: self.0.code,
            client: Some(context.client.to_proto()),
        };
        let user = services.accounts(context).disable_second_factor(request).await?;

        Ok(user.into_inner())
    }

    fn effects(_: &User, context: &RequestContext) -> Effects {
        Effects::change_account(context.actor.user_id)
    }
}

/// That it is you, with a code.
#[derive(Deserialize, ToSchema, InputObject)]
#[serde(deny_unknown_fields)]
#[schema(as = RenewRecoveryCodesBody)]
pub(crate) struct RenewRecoveryCodesInput {
    /// Your current password; may be missing where you have none.
    password: Option<String>,
    /// Of your authenticator, or a recovery code.
    code: String,
}

/// Makes new recovery codes in place of all old ones.
pub(crate) struct RenewRecoveryCodes(pub(crate) RenewRecoveryCodesInput);

impl Operation for RenewRecoveryCodes {
    type Caller = AccountHolder;
    type Scope = WriteAccount;
    type Output = Vec<String>;

    const SERVICE: Service = Service::Auth;
    const FIELD: Field = Field::Mutation("renewRecoveryCodes");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Self::Output, Status> {
        let request = RenewRecoveryCodesRequest {
            password: self.0.password.unwrap_or_default(),
            code: self.0.code,
            client: Some(context.client.to_proto()),
        };
        let codes = services.accounts(context).renew_recovery_codes(request).await?;

        Ok(codes.into_inner().codes)
    }
}
