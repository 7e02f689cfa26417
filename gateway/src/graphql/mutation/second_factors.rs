//! A second factor: turned on and off, and recovery codes.

use async_graphql::{Context, Object, Result, SimpleObject};

use crate::{
    graphql::{Ask, object::account::User},
    operation::second_factors::{
        BeginSecondFactor, BeginSecondFactorInput, ConfirmSecondFactor, ConfirmSecondFactorInput,
        DisableSecondFactor, DisableSecondFactorInput, RenewRecoveryCodes, RenewRecoveryCodesInput,
    },
};

#[derive(Default)]
pub(crate) struct SecondFactorsMutation;

/// For an authenticator. It counts once it was confirmed.
#[derive(SimpleObject)]
struct BeginSecondFactorPayload {
    /// Base32, for typing.
    secret: String,
    /// `otpauth://totp/…`
    uri: String,
    /// The same as a QR code, in SVG.
    qr_svg: String,
}

/// It is on.
#[derive(SimpleObject)]
struct ConfirmSecondFactorPayload {
    /// Each is good once, in place of a code. They are shown this one time.
    recovery_codes: Vec<String>,
}

/// It is off.
#[derive(SimpleObject)]
struct DisableSecondFactorPayload {
    /// You.
    user: User,
}

/// New recovery codes.
#[derive(SimpleObject)]
struct RenewRecoveryCodesPayload {
    /// Each is good once, in place of a code. They are shown this one time.
    recovery_codes: Vec<String>,
}

#[Object]
impl SecondFactorsMutation {
    /// Get a secret for an authenticator (RFC 6238: SHA-1, 6 digits, 30 s).
    async fn begin_second_factor(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "That it is you.")] input: BeginSecondFactorInput,
    ) -> Result<Option<BeginSecondFactorPayload>> {
        let secret = ctx.door().await?.perform(BeginSecondFactor(input)).await?;
        Ok(Some(BeginSecondFactorPayload {
            secret: secret.secret,
            uri: secret.uri,
            qr_svg: secret.qr_svg,
        }))
    }

    /// Turn it on, by the code that the authenticator shows. From now on a code is asked for when you sign in.
    async fn confirm_second_factor(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it shows.")] input: ConfirmSecondFactorInput,
    ) -> Result<Option<ConfirmSecondFactorPayload>> {
        let recovery_codes = ctx.door().await?.perform(ConfirmSecondFactor(input)).await?;
        Ok(Some(ConfirmSecondFactorPayload { recovery_codes }))
    }

    /// Turn it off.
    async fn disable_second_factor(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "That it is you.")] input: DisableSecondFactorInput,
    ) -> Result<Option<DisableSecondFactorPayload>> {
        let user = ctx.door().await?.perform(DisableSecondFactor(input)).await?;
        Ok(Some(DisableSecondFactorPayload { user: User(user) }))
    }

    /// Get new recovery codes. All old ones are worth nothing from now on.
    async fn renew_recovery_codes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "That it is you.")] input: RenewRecoveryCodesInput,
    ) -> Result<Option<RenewRecoveryCodesPayload>> {
        let recovery_codes = ctx.door().await?.perform(RenewRecoveryCodes(input)).await?;
        Ok(Some(RenewRecoveryCodesPayload { recovery_codes }))
    }
}
