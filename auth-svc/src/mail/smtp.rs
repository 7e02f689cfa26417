//! The mail server: takes a letter for one address. What it answers is not told further than by its number, because some
//! repeat what they were sent.

use std::time::Duration;

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    address::AddressError,
    message::{Mailbox, MultiPart, header},
    transport::smtp::{self, extension::ClientId},
};
use secrecy::ExposeSecret;
use uuid::Uuid;

use super::Letter;
use crate::config::MailConfig;

/// For each command of the exchange.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// Why the configured server can not be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SmtpConfigError {
    #[error("`auth.mail.smtp_url` can not be used")]
    Server(#[from] smtp::Error),
    #[error("`auth.mail.from` is not an address")]
    From(#[from] AddressError),
}

/// Why a letter was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SendError {
    /// Trying again changes nothing.
    #[error("the mail server refuses it with {0}")]
    Refused(u16),
    #[error("it is no address that mail can be sent to")]
    Address,
    #[error("the mail server can not take it now ({0})")]
    NotNow(u16),
    #[error("the mail server does not answer")]
    Away,
}

impl Smtp {
    pub(crate) fn open(config: &MailConfig) -> Result<Self, SmtpConfigError> {
        let url = config.smtp_url.expose_secret();
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)?;
        let from: Mailbox = config.from.parse()?;
        // A name that there is: who greets with an address is taken for somebody's infected machine.
        let name = ClientId::Domain(from.email.domain().to_owned());

        Ok(Self {
            transport: transport.hello_name(name).timeout(Some(TIMEOUT)).build(),
            from,
        })
    }

    /// Sends the mail `id` to `to`. Sent again, it is recognised as the same by its id.
    pub(crate) async fn send(&self, id: Uuid, to: &str, letter: Letter) -> Result<(), SendError> {
        let to = to.parse().map_err(|_| SendError::Address)?;
        let message = Message::builder()
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(letter.subject)
            .raw_header(header::HeaderValue::new(
                header::HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ))
            .multipart(MultiPart::alternative_plain_html(letter.text, letter.html))
            .map_err(|_| SendError::Address)?;

        let sent = self.transport.send(message).await;
        sent.map(drop).map_err(|error| {
            let code = error.status().map(u16::from);
            match code {
                Some(code) if error.is_permanent() => SendError::Refused(code),
                Some(code) => SendError::NotNow(code),
                None => SendError::Away,
            }
        })
    }
}
