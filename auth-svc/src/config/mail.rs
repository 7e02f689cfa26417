//! `[auth.mail]`: how mail is sent, and how long the links in it are good.

use std::net::Ipv4Addr;

use chrono::TimeDelta;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::{Host, Url};

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailConfig {
    /// Empty turns mail off.
    pub smtp_url: SecretString,
    /// Who it is from.
    pub from: String,
    /// Where links lead; whoever has no other address for it takes the gateway's public one.
    pub site_url: String,
    pub confirm_link_minutes: u32,
    pub password_link_minutes: u32,
}

impl MailConfig {
    pub(crate) fn is_on(&self) -> bool {
        !self.smtp_url.expose_secret().is_empty()
    }

    pub(crate) fn confirm_link_lifetime(&self) -> TimeDelta {
        TimeDelta::minutes(self.confirm_link_minutes.into())
    }

    pub(crate) fn password_link_lifetime(&self) -> TimeDelta {
        TimeDelta::minutes(self.password_link_minutes.into())
    }

    /// Everything that is wrong with the section; nothing of it matters while mail is off.
    pub(super) fn find_problems(&self) -> Vec<String> {
        if !self.is_on() {
            return Vec::new();
        }

        let mut problems = Vec::new();
        problems.extend(self.find_problem_of_server());
        if self.from.parse::<lettre::message::Mailbox>().is_err() {
            problems.push("`auth.mail.from` is not an address such as Saga <saga@example.org>".to_owned());
        }

        let web = |url: Url| matches!(url.scheme(), "http" | "https") && url.query().is_none();
        if !Url::parse(&self.site_url).is_ok_and(web) {
            problems.push(
                "`auth.mail.site_url` is not where people reach the page, such as https://saga.example; links in mail \
                 lead there, so set it or `gateway.public_url`"
                    .to_owned(),
            );
        }

        let lifetimes = [
            ("confirm_link_minutes", self.confirm_link_minutes, 10_080),
            ("password_link_minutes", self.password_link_minutes, 1_440),
        ];
        for (key, minutes, most) in lifetimes {
            if !(1..=most).contains(&minutes) {
                problems.push(format!("`auth.mail.{key}` is not 1 to {most}"));
            }
        }

        problems
    }

    /// Never shows the URL, which holds a password.
    fn find_problem_of_server(&self) -> Option<String> {
        let wrong = "`auth.mail.smtp_url` is not like smtps://user:password@mail.example.org or \
                     smtp://user:password@mail.example.org:587?tls=required";
        let Ok(url) = Url::parse(self.smtp_url.expose_secret()) else {
            return Some(wrong.to_owned());
        };

        let tls = url.query_pairs().find(|(name, _)| name == "tls");
        let tls = tls.map(|(_, value)| value.into_owned());
        let here = match url.host() {
            // Of a scheme that it does not know, the crate takes an address for a name.
            Some(Host::Domain(name)) => {
                name == "localhost" || name.parse().is_ok_and(|address: Ipv4Addr| address.is_loopback())
            }
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => return Some(wrong.to_owned()),
        };

        match (url.scheme(), tls.as_deref()) {
            ("smtps", _) | ("smtp", Some("required")) => None,
            ("smtp", None | Some("opportunistic")) if here => None,
            ("smtp", None | Some("opportunistic")) => Some(
                "`auth.mail.smtp_url` would send mail and its links in clear: use smtps:// or ?tls=required"
                    .to_owned(),
            ),
            _ => Some(wrong.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(smtp_url: &str) -> MailConfig {
        MailConfig {
            smtp_url: smtp_url.into(),
            from: "Saga <saga@example.org>".to_owned(),
            site_url: "https://saga.example".to_owned(),
            confirm_link_minutes: 60,
            password_link_minutes: 30,
        }
    }

    #[test]
    fn mail_that_would_cross_a_network_in_clear_is_refused() {
        for fine in [
            "",
            "smtps://user:p%40ss@mail.example.org",
            "smtp://mail.example.org:587?tls=required",
            "smtp://127.0.0.1:1025",
            "smtp://[::1]:1025",
            "smtp://localhost",
        ] {
            assert_eq!(with(fine).find_problems(), Vec::<String>::new(), "{fine}");
        }

        for wrong in [
            "smtp://mail.example.org",
            "smtp://mail.example.org?tls=opportunistic",
            "http://mail.example.org",
            "mail.example.org:25",
            "smtp://user:hunter2@mail.example.org?tls=maybe",
        ] {
            let problems = with(wrong).find_problems();
            assert_eq!(problems.len(), 1, "{wrong}");
            assert!(!problems[0].contains("hunter2"), "{wrong}");
        }
    }

    #[test]
    fn what_else_mail_needs_is_asked_for_by_name() {
        let mut config = with("smtp://127.0.0.1:1025");
        config.from = "nobody".to_owned();
        config.site_url = String::new();
        config.password_link_minutes = 0;

        let problems = config.find_problems();
        for (problem, key) in problems.iter().zip(["from", "site_url", "password_link_minutes"]) {
            assert!(problem.contains(key), "{problem}");
        }
        assert_eq!(problems.len(), 3);
    }
}
