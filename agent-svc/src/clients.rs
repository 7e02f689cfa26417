//! Other services, asked on behalf of whoever an agent works for.

mod entitlements;
mod spending;

pub(crate) use self::entitlements::Entitlements;
pub(crate) use self::spending::{PaidCall, SpendAccount, SpendHold, SpendRefusal, Spender};
