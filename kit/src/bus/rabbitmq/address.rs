//! Where the broker is, from `bus.url`, and how that is shown: without credentials.

use lapin::uri::AMQPUri;

use super::super::BusError;

/// Seconds of silence after which either side asks whether the other still lives; twice that ends the connection.
const HEARTBEAT: u16 = 5;

pub(super) struct Address {
    pub(super) uri: AMQPUri,
    /// Host, port and virtual host.
    pub(super) place: String,
}

impl Address {
    pub(super) fn parse(url: &str) -> Result<Self, BusError> {
        let parsed = url.parse::<AMQPUri>();
        let mut uri = parsed.map_err(|reason| BusError::Url { reason })?;
        uri.query.heartbeat.get_or_insert(HEARTBEAT);

        let place = format!(
            "{}:{}, virtual host `{}`,",
            uri.authority.host, uri.authority.port, uri.vhost
        );

        Ok(Self { uri, place })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_credentials() {
        let address = Address::parse("amqp://saga:hunter2@broker:5673/stories").expect("an address");
        assert_eq!(address.place, "broker:5673, virtual host `stories`,");

        let address = Address::parse("amqp://broker").expect("an address");
        assert_eq!(address.place, "broker:5672, virtual host `/`,");
    }

    #[test]
    fn what_is_no_address_is_refused_with_the_setting_and_without_the_password() {
        for wrong in ["redis://a:hunter2@host", "hunter2", "amqp://a:hunter2@host:x/"] {
            let refused = Address::parse(wrong).err().expect("refused").to_string();
            assert!(
                refused.contains("`bus.url`") && !refused.contains("hunter2"),
                "{refused}"
            );
        }
    }
}
