//! Who may perform an operation, and who then performs it: checked at every door in the same way, before anything is read.

use crate::{
    error::ApiError,
    identity::{AuthMethod, RequestContext},
};

/// What a door knows of whoever stands there.
pub(crate) struct Recognised<'a> {
    /// Who it is; or why its credential is worth nothing.
    pub(crate) caller: Result<RequestContext, ApiError>,
    /// It showed its credential in a header, so it meant to.
    pub(crate) in_header: bool,
    /// Whoever it would be without a credential.
    pub(crate) visitor: &'a (dyn Fn() -> RequestContext + Send + Sync),
}

/// Who may perform an operation.
pub(crate) trait CallerKind: Send + Sync + 'static {
    /// Whether who shows no credential is refused, where no guests are allowed.
    const REFUSES_NOBODY: bool = true;
    /// Whether it takes an account.
    const NEEDS_ACCOUNT: bool = false;

    /// Who performs it; or why nobody does.
    fn choose(recognised: Recognised<'_>) -> Result<RequestContext, ApiError>;
}

/// Guests too, where they are allowed.
pub(crate) struct Anyone;
/// An account or a lasting guest.
pub(crate) struct SignedIn;
/// An account.
pub(crate) struct AccountHolder;
/// Somebody who is about to sign in: nobody yet, whatever else the request carries.
pub(crate) struct Visitor;
/// Somebody who may become an account and keep what was made: a lasting guest, or the guest of one browser; anybody else
/// is a [`Visitor`]. A wrong credential in a header is refused; one in a cookie is old, and doesn't count.
pub(crate) struct Newcomer;
/// Who it is, when that is known; else a [`Visitor`].
pub(crate) struct Whoever;

impl CallerKind for Anyone {
    fn choose(recognised: Recognised<'_>) -> Result<RequestContext, ApiError> {
        let context = recognised.caller?;
        match context.auth_method {
            AuthMethod::Nobody => Err(ApiError::sign_in()),
            _ => Ok(context),
        }
    }
}

impl CallerKind for SignedIn {
    fn choose(recognised: Recognised<'_>) -> Result<RequestContext, ApiError> {
        let context = recognised.caller?;
        match context.auth_method.is_signed_in() {
            true => Ok(context),
            false => Err(ApiError::sign_in()),
        }
    }
}

impl CallerKind for AccountHolder {
    const NEEDS_ACCOUNT: bool = true;

    fn choose(recognised: Recognised<'_>) -> Result<RequestContext, ApiError> {
        let context = SignedIn::choose(recognised)?;
        match context.actor.guest {
            true => Err(ApiError::account_needed()),
            false => Ok(context),
        }
    }
}

impl CallerKind for Visitor {
    const REFUSES_NOBODY: bool = false;

    fn choose(recognised: Recognised<'_>) -> Result<RequestContext, ApiError> {
        Ok((recognised.visitor)())
    }
}

impl CallerKind for Newcomer {
    const REFUSES_NOBODY: bool = false;

    fn choose(recognised: Recognised<'_>) -> Result<RequestContext, ApiError> {
        let context = match recognised.caller {
            Ok(context) => context,
            Err(error) if recognised.in_header => return Err(error),
            Err(_) => (recognised.visitor)(),
        };

        Ok(
            match context.may_upgrade() || !context.auth_method.is_signed_in() {
                true => context,
                false => context.to_stranger(),
            },
        )
    }
}

impl CallerKind for Whoever {
    const REFUSES_NOBODY: bool = false;

    fn choose(recognised: Recognised<'_>) -> Result<RequestContext, ApiError> {
        let known = recognised
            .caller
            .ok()
            .filter(|context| context.auth_method != AuthMethod::Nobody);
        Ok(known.unwrap_or_else(recognised.visitor))
    }
}
