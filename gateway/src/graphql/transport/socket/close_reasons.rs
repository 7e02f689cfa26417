//! Why the server closes a socket of GraphQL, by the codes of `graphql-transport-ws`.

use crate::socket::CloseReason;

pub(super) const UNAUTHORIZED: CloseReason = CloseReason::new(4401, "Unauthorized");
pub(super) const EXPIRED: CloseReason = CloseReason::new(4401, "Unauthorized: the token has run out");
pub(super) const FORBIDDEN: CloseReason = CloseReason::new(4403, "Forbidden");
pub(super) const OTHER_SUBPROTOCOL: CloseReason = CloseReason::new(4406, "Subprotocol not acceptable");
pub(super) const INIT_TIMEOUT: CloseReason = CloseReason::new(4408, "Connection initialisation timeout");
pub(super) const INIT_AGAIN: CloseReason = CloseReason::new(4429, "Too many initialisation requests");

pub(super) const FORGOTTEN: CloseReason = CloseReason::new(
    1000,
    "The chat is over, and nothing of it stays here; connect again",
);

/// A code after which clients connect again by themselves, and go on with what they had open.
pub(super) const FORGOTTEN_WITH_OTHERS: CloseReason = CloseReason::new(
    1012,
    "The chat is over, and nothing of it stays here; connect again, and chat on a socket of its own",
);

pub(super) fn invalid_message(reason: &str) -> CloseReason {
    CloseReason::with_text(4400, &format!("Invalid message: {reason}"))
}

pub(super) fn id_in_use(id: &str) -> CloseReason {
    CloseReason::with_text(4409, &format!("Subscriber for {id} already exists"))
}
