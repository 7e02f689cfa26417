//! One request: who asks, from where, under which id. Text that a client wrote is cut to what may be kept.

use std::net::IpAddr;

use kit::{actor::Actor, network::subscriber_network, rpc::RequestId};
use uuid::Uuid;

use crate::error::AuthError;

/// Scope of whoever operates the platform. No token or key of a user ever carries it.
pub(crate) const OPERATOR: &str = "operator";
/// Scope of our own services among themselves.
pub(crate) const SERVICE: &str = "service";

/// Longest user agent that is kept, in characters.
const USER_AGENT: usize = 256;

#[derive(Clone, Debug)]
pub(crate) struct RequestContext {
    pub(crate) actor: Actor,
    pub(crate) request_id: RequestId,
    /// An IP address, or empty.
    pub(crate) address: String,
    pub(crate) user_agent: String,
}

impl RequestContext {
    pub(crate) fn new(actor: Actor, request_id: RequestId, address: &str, user_agent: &str) -> Self {
        let address = address
            .parse()
            .map(|address: IpAddr| address.to_canonical().to_string());

        Self {
            actor,
            request_id,
            address: address.unwrap_or_default(),
            user_agent: user_agent
                .chars()
                .filter(|char| !char.is_control())
                .take(USER_AGENT)
                .collect(),
        }
    }

    /// What one subscriber has: an IPv4 address, or a /64 of IPv6. Empty when the address is not known.
    pub(crate) fn network(&self) -> String {
        let address = self.address.parse();
        address.map_or_else(
            |_| self.address.clone(),
            |address| subscriber_network(address).to_string(),
        )
    }

    /// Who did it, for the audit log: an operator, a service, or the user whose account it is.
    pub(crate) fn name_actor(&self, user: Option<Uuid>) -> String {
        if self.actor.has_scope(OPERATOR) {
            OPERATOR.to_owned()
        } else if self.actor.has_scope(SERVICE) {
            SERVICE.to_owned()
        } else {
            user.map(|id| id.to_string()).unwrap_or_default()
        }
    }

    pub(crate) fn require_scope(&self, scope: &str) -> Result<(), AuthError> {
        if self.actor.has_scope(scope) {
            Ok(())
        } else {
            Err(AuthError::Denied)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(address: &str, user_agent: &str) -> RequestContext {
        RequestContext::new(
            Actor::guest(Uuid::from_u128(1)),
            RequestId::random(),
            address,
            user_agent,
        )
    }

    #[test]
    fn a_subscriber_is_one_network() {
        assert_eq!(from("198.51.100.7", "").network(), "198.51.100.7");
        assert_eq!(from("::ffff:198.51.100.7", "").network(), "198.51.100.7");
        assert_eq!(
            from("2001:db8:1:2::3", "").network(),
            from("2001:db8:1:2:ffff::9", "").network()
        );
        assert_eq!(from("not an address", "").network(), "");
    }

    #[test]
    fn a_user_agent_is_cut_and_cleaned() {
        let context = from("", &format!("a\r\nb\0{}", "c".repeat(1_000)));

        assert_eq!(context.user_agent.chars().count(), USER_AGENT);
        assert!(context.user_agent.starts_with("abc"));
    }
}
