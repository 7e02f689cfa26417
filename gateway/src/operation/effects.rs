//! What an operation changes beside its service: what the gateway remembers of an account, and what the browser of whoever
//! did it keeps. Told once it has succeeded, never before.

use http::HeaderValue;
use uuid::Uuid;

use crate::{
    identity::{Authenticator, CookieWriter, forget_guest, keep_guest},
    limits::Limits,
};

/// What has changed.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    /// What is remembered of these users is asked again.
    changed: Vec<Uuid>,
    /// Sessions that are over.
    ended: Vec<String>,
    pub(super) cookies: Vec<CookieChange>,
}

/// What a browser keeps, or forgets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CookieChange {
    KeepSession {
        access: String,
        refresh: String,
        session: Option<Uuid>,
    },
    ForgetSession,
    /// A guest, by its signed name.
    KeepGuest(String),
    ForgetGuest,
}

impl Effects {
    /// Something about the credentials of `user` has changed.
    pub(super) fn change_account(user: Uuid) -> Self {
        Self {
            changed: vec![user],
            ..Self::default()
        }
    }

    /// The same of others too.
    pub(super) fn and_accounts(mut self, users: impl IntoIterator<Item = Uuid>) -> Self {
        self.changed.extend(users);
        self
    }

    pub(super) fn end_sessions(mut self, sessions: &[String]) -> Self {
        self.ended.extend_from_slice(sessions);
        self
    }

    pub(super) fn set_cookies(mut self, cookies: impl IntoIterator<Item = CookieChange>) -> Self {
        self.cookies.extend(cookies);
        self
    }

    pub(super) fn remember(&self, authenticator: &Authenticator, limits: &Limits) {
        for user in &self.changed {
            authenticator.forget_sessions(*user, &self.ended);
            limits.forget(*user);
        }
    }
}

impl CookieChange {
    /// The `Set-Cookie` headers that tell a browser so.
    pub(crate) fn headers(&self, writer: &CookieWriter<'_>) -> Vec<HeaderValue> {
        match self {
            Self::KeepSession {
                access,
                refresh,
                session,
            } => writer.write_session(access, refresh, *session),
            Self::ForgetSession => writer.forget_session(),
            Self::KeepGuest(name) => keep_guest(name, writer.secure).into_iter().collect(),
            Self::ForgetGuest => forget_guest(writer.secure).into_iter().collect(),
        }
    }
}
