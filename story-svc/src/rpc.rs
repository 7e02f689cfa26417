//! The service's doors. Only here proto and domain meet: a handler decodes, makes one call, and encodes.

mod convert;
mod owners;
mod runs;
mod stories;

pub(crate) use self::owners::OwnersRpc;
pub(crate) use self::runs::RunsRpc;
pub(crate) use self::stories::StoriesRpc;
