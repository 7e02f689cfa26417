//! The service's doors. Only here proto and domain meet: a handler decodes, makes one call, and encodes.

mod backups;
mod convert;
mod owners;
mod restic;
mod resumable;

pub(crate) use self::{backups::BackupsRpc, owners::OwnersRpc, restic::ResticRpc, resumable::ResumableRpc};
