//! Other services, asked on behalf of whoever an agent works for.

mod spending;

pub(crate) use self::spending::{PaidCall, SpendAccount, SpendHold, SpendRefusal, Spender};
