//! What mail says, in plain words: as text, and as a small page of HTML with the same words. Nothing is loaded from anywhere.

use chrono::TimeDelta;

use crate::store::mails::MailKind;

/// A mail, written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Letter {
    pub(crate) subject: &'static str,
    pub(crate) text: String,
    pub(crate) html: String,
}

/// Whom and what it is about.
pub(crate) struct Topic<'a> {
    pub(crate) kind: MailKind,
    pub(crate) username: &'a str,
    /// Where the product is.
    pub(crate) site: &'a str,
    /// The link, and how long it is good.
    pub(crate) link: Option<(String, TimeDelta)>,
}

struct Words {
    subject: &'static str,
    before: String,
    /// What the link says in HTML.
    label: &'static str,
    after: &'static str,
}

impl Topic<'_> {
    pub(crate) fn write(&self) -> Letter {
        let Words {
            subject,
            before,
            label,
            after,
        } = self.words();

        let mut text = vec![format!("Hello {},", self.username), before.clone()];
        let mut html = vec![
            format!("<p>Hello {},</p>", escape(self.username)),
            format!("<p>{}</p>", escape(&before)),
        ];
        if let Some((link, lifetime)) = &self.link {
            let good = format!("The link is good once, for {}.", describe_lifetime(*lifetime));
            text.extend([link.clone(), good.clone()]);
            html.push(format!(
                "<p><a href=\"{}\">{label}</a></p>\n<p>{good}</p>",
                escape(link)
            ));
        }
        text.extend([after.to_owned(), self.site.to_owned()]);
        html.extend([format!("<p>{after}</p>"), format!("<p>{}</p>", escape(self.site))]);

        Letter {
            subject,
            text: text.join("\n\n") + "\n",
            html: format!(
                "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{subject}</title></head>\n\
                 <body>\n{}\n</body></html>\n",
                html.join("\n")
            ),
        }
    }

    fn words(&self) -> Words {
        let name = self.username;

        match self.kind {
            MailKind::Verify => Words {
                subject: "Confirm your email address",
                before: format!(
                    "Somebody, most likely you, gave this address for the account {name}. Open this link to confirm that \
                     it is yours."
                ),
                label: "Confirm this address",
                after: "If it wasn't you, do nothing: without this link the address is nobody's.",
            },
            MailKind::ConfirmChange => Words {
                subject: "Confirm your new email address",
                before: format!(
                    "The account {name} is to have this address from now on. Open this link to confirm that it is yours."
                ),
                label: "Confirm this address",
                after: "If it wasn't you, do nothing: nothing changes without this link.",
            },
            MailKind::Reset | MailKind::FindAccounts => Words {
                subject: "Set a new password",
                before: format!(
                    "Somebody, most likely you, forgot the password of the account {name}. Open this link to set a new one."
                ),
                label: "Set a new password",
                after: "If it wasn't you, do nothing: your password stays as it is.",
            },
            MailKind::EmailChanged => Words {
                subject: "Your email address was changed",
                before: format!(
                    "The account {name} has another email address now, and not this one any more."
                ),
                label: "",
                after: "If it wasn't you, somebody else is in your account: ask whoever runs this site for help.",
            },
            MailKind::EmailTaken => Words {
                subject: "This address already has an account",
                before: format!(
                    "Somebody, most likely you, wanted to give this address to another account. It belongs to {name} \
                     already, and an address belongs to one account only."
                ),
                label: "",
                after: "If it wasn't you, do nothing: nothing has changed.",
            },
            MailKind::PasswordSet => Words {
                subject: "Your password was changed",
                before: format!(
                    "The password of the account {name} was set anew by a link that we mailed to this address. Every \
                     other way in was closed: sessions were ended, API keys revoked and sign-ins with providers removed."
                ),
                label: "",
                after: "If it wasn't you, somebody else reads your mail: change its password, then this one.",
            },
            MailKind::ProviderAdded
            | MailKind::ApiKeyAdded
            | MailKind::ApiKeyRemoved
            | MailKind::SecondFactorAdded
            | MailKind::SecondFactorRemoved => self.words_of_way_in(),
        }
    }
}

impl Topic<'_> {
    /// What the owner is told of a way into the account that was added or removed.
    fn words_of_way_in(&self) -> Words {
        let (subject, what) = match self.kind {
            MailKind::ProviderAdded => ("A sign-in was added", "one can sign in with another provider now"),
            MailKind::ApiKeyAdded => (
                "An API key was made",
                "an API key was made, or given a new secret",
            ),
            MailKind::ApiKeyRemoved => ("An API key was revoked", "an API key was revoked"),
            MailKind::SecondFactorAdded => (
                "Two-step sign-in was turned on",
                "signing in asks for a code of an authenticator now",
            ),
            _ => (
                "Two-step sign-in was turned off",
                "signing in asks for no code of an authenticator any more",
            ),
        };

        Words {
            subject,
            before: format!("A way into the account {} has changed: {what}.", self.username),
            label: "",
            after: "If it wasn't you, set a new password with \"Forgot your password?\": that closes every other way in.",
        }
    }
}

fn describe_lifetime(lifetime: TimeDelta) -> String {
    let minutes = lifetime.num_minutes();
    match (minutes / 60, minutes % 60) {
        (1, 0) => "an hour".to_owned(),
        (hours, 0) => format!("{hours} hours"),
        _ => format!("{minutes} minutes"),
    }
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            char => out.push(char),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_says_the_same_as_text_and_as_html() {
        let topic = Topic {
            kind: MailKind::Reset,
            username: "ada",
            site: "https://saga.example",
            link: Some((
                "https://saga.example/confirm#password=x".to_owned(),
                TimeDelta::minutes(30),
            )),
        };

        let letter = topic.write();
        expect_test::expect![[r#"
            Hello ada,

            Somebody, most likely you, forgot the password of the account ada. Open this link to set a new one.

            https://saga.example/confirm#password=x

            The link is good once, for 30 minutes.

            If it wasn't you, do nothing: your password stays as it is.

            https://saga.example
        "#]]
        .assert_eq(&letter.text);
        assert!(
            letter.html.contains(
                "<p><a href=\"https://saga.example/confirm#password=x\">Set a new password</a></p>"
            )
        );
    }

    #[test]
    fn lifetimes_are_told_as_people_say_them() {
        let told = [1_440, 60, 90, 30].map(|minutes| describe_lifetime(TimeDelta::minutes(minutes)));
        assert_eq!(told, ["24 hours", "an hour", "90 minutes", "30 minutes"]);
        assert_eq!(escape("<a href=\"x\">&"), "&lt;a href=&quot;x&quot;&gt;&amp;");
    }
}
