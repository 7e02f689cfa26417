//! Who may perform an operation, and who then performs it: checked at every door in the same way, before anything is read.

use crate::{
    error::ApiError,
    identity::{Call, How},
};

/// What a door knows of whoever stands there.
pub(crate) struct Recognised<'a> {
    /// Who it is; or why its credential is worth nothing.
    pub(crate) caller: Result<Call, ApiError>,
    /// It showed its credential in a header, so it meant to.
    pub(crate) in_header: bool,
    /// Whoever it would be without a credential.
    pub(crate) visitor: &'a (dyn Fn() -> Call + Send + Sync),
}

/// Who may perform an operation.
pub(crate) trait CallerKind: Send + Sync + 'static {
    /// Whether who shows no credential is refused, where no guests are allowed.
    const REFUSES_NOBODY: bool = true;
    /// Whether it takes an account.
    const NEEDS_ACCOUNT: bool = false;

    /// Who performs it; or why nobody does.
    fn choose(recognised: Recognised<'_>) -> Result<Call, ApiError>;
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
    fn choose(recognised: Recognised<'_>) -> Result<Call, ApiError> {
        let call = recognised.caller?;
        match call.how {
            How::Nobody => Err(ApiError::sign_in()),
            _ => Ok(call),
        }
    }
}

impl CallerKind for SignedIn {
    fn choose(recognised: Recognised<'_>) -> Result<Call, ApiError> {
        let call = recognised.caller?;
        match call.how.signed_in() {
            true => Ok(call),
            false => Err(ApiError::sign_in()),
        }
    }
}

impl CallerKind for AccountHolder {
    const NEEDS_ACCOUNT: bool = true;

    fn choose(recognised: Recognised<'_>) -> Result<Call, ApiError> {
        let call = SignedIn::choose(recognised)?;
        match call.actor.guest {
            true => Err(ApiError::account_needed()),
            false => Ok(call),
        }
    }
}

impl CallerKind for Visitor {
    const REFUSES_NOBODY: bool = false;

    fn choose(recognised: Recognised<'_>) -> Result<Call, ApiError> {
        Ok((recognised.visitor)())
    }
}

impl CallerKind for Newcomer {
    const REFUSES_NOBODY: bool = false;

    fn choose(recognised: Recognised<'_>) -> Result<Call, ApiError> {
        let call = match recognised.caller {
            Ok(call) => call,
            Err(error) if recognised.in_header => return Err(error),
            Err(_) => (recognised.visitor)(),
        };

        Ok(match call.may_upgrade() || !call.how.signed_in() {
            true => call,
            false => call.stranger(),
        })
    }
}

impl CallerKind for Whoever {
    const REFUSES_NOBODY: bool = false;

    fn choose(recognised: Recognised<'_>) -> Result<Call, ApiError> {
        let known = recognised.caller.ok().filter(|call| call.how != How::Nobody);
        Ok(known.unwrap_or_else(recognised.visitor))
    }
}
