//! Accounts as clients know them: who somebody is, tokens, sessions, keys, profiles and audit events.

use async_graphql::{Object, SimpleObject};
use proto::v1;

use super::{some, viewer::Tier};
use crate::{
    error::ApiError,
    graphql::scalar::{DateTime, Id, Url},
    identity::ScopeName,
    operation::profiles::SkillLevel,
    view::accounts::TokensView,
};

pub(crate) struct User(pub(crate) v1::User);

/// Somebody with a session: an account, or a guest who lasts.
#[Object]
impl User {
    /// The id that they have everywhere, in tokens too.
    pub(crate) async fn id(&self) -> Id<'_> {
        self.0.id.as_str().into()
    }

    /// The address that they can be reached at; null for a guest.
    async fn email(&self) -> Option<&str> {
        some(&self.0.email)
    }

    /// Whether it is proven that the email is theirs.
    async fn email_verified(&self) -> bool {
        self.0.email_verified
    }

    /// Their name here, which nobody else has.
    async fn username(&self) -> &str {
        &self.0.username
    }

    /// Whether they have no account yet.
    async fn is_guest(&self) -> bool {
        self.0.guest
    }

    /// The tier that they are on, which says how much they may do.
    async fn tier(&self) -> Tier {
        let known = self.0.tier.parse::<kit::actor::Tier>();
        known.unwrap_or(kit::actor::Tier::Free).into()
    }

    /// Whether they can sign in with a password.
    async fn has_password(&self) -> bool {
        self.0.has_password
    }

    /// Whether a code is asked for when they sign in.
    async fn second_factor(&self) -> bool {
        self.0.second_factor
    }

    /// The moment at which they came.
    async fn created_at(&self) -> Option<DateTime<'_>> {
        some(&self.0.created_at).map(DateTime::from)
    }

    /// The moment at which they last changed something of this.
    async fn updated_at(&self) -> Option<DateTime<'_>> {
        some(&self.0.updated_at).map(DateTime::from)
    }
}

/// What somebody who signed in gets.
#[derive(SimpleObject)]
pub(crate) struct Tokens {
    /// Send it as `Authorization: Bearer …`. Null when the session is kept in cookies.
    pub(crate) access_token: Option<String>,
    /// The token that is good for one use of `refresh`. Null when the session is kept in cookies.
    pub(crate) refresh_token: Option<String>,
    /// The moment at which the access token ends.
    pub(crate) expires_at: DateTime<'static>,
    /// Seconds until the access token ends, from now.
    pub(crate) expires_in: u32,
    /// How the access token is sent: `bearer`.
    pub(crate) token_type: &'static str,
    /// The account or guest who signed in.
    pub(crate) user: User,
}

impl Tokens {
    /// Refuses a grant without a user or an end, which no service sends.
    pub(crate) fn read(grant: v1::Grant) -> Result<Self, ApiError> {
        let expires_at = chrono::DateTime::from_timestamp(grant.expires_at, 0);
        let (Some(expires_at), Some(user)) = (expires_at, grant.user) else {
            tracing::error!("a grant has no user or no end");
            return Err(ApiError::internal());
        };

        let filled = |text: String| (!text.is_empty()).then_some(text);
        let expires_at = expires_at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);

        Ok(Self {
            access_token: filled(grant.access_token),
            refresh_token: filled(grant.refresh_token),
            expires_at: DateTime::from(expires_at),
            expires_in: grant.expires_in,
            token_type: TokensView::TYPE,
            user: User(user),
        })
    }
}

pub(crate) struct Session(pub(crate) v1::Session);

/// One place where you are signed in.
#[Object]
impl Session {
    /// The session's id: what `revokeSession` takes.
    pub(crate) async fn id(&self) -> Id<'_> {
        self.0.id.as_str().into()
    }

    /// The network address that it was begun from.
    async fn address(&self) -> Option<&str> {
        some(&self.0.address)
    }

    /// What the program that began it says of itself.
    async fn user_agent(&self) -> Option<&str> {
        some(&self.0.user_agent)
    }

    /// The moment at which it was begun.
    async fn created_at(&self) -> DateTime<'_> {
        self.0.created_at.as_str().into()
    }

    /// The moment at which it was last refreshed.
    async fn last_used_at(&self) -> DateTime<'_> {
        self.0.last_used_at.as_str().into()
    }

    /// The moment at which it ends, unless it is refreshed.
    async fn expires_at(&self) -> DateTime<'_> {
        self.0.expires_at.as_str().into()
    }

    /// Whether this request was sent by it.
    async fn current(&self) -> bool {
        self.0.current
    }
}

pub(crate) struct ApiKey(pub(crate) v1::ApiKey);

/// A key for programs, without its secret.
#[Object]
impl ApiKey {
    /// The key's id: what `revokeApiKey` and `regenerateApiKey` take.
    pub(crate) async fn id(&self) -> Id<'_> {
        self.0.id.as_str().into()
    }

    /// The name that you gave it.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// How it begins, to tell it from others.
    async fn prefix(&self) -> &str {
        &self.0.prefix
    }

    /// What it may do; none means everything that its owner may.
    async fn allows(&self) -> Vec<ScopeName> {
        let known = ScopeName::ALL.into_iter();
        known
            .filter(|scope| self.0.scopes.iter().any(|name| name == scope.as_str()))
            .collect()
    }

    /// What it may do, e.g. `stories:read`; none means everything.
    #[graphql(deprecation = "`allows` says it in the words that `createApiKey` takes.")]
    async fn scopes(&self) -> &[String] {
        &self.0.scopes
    }

    /// The moment at which it was made.
    async fn created_at(&self) -> DateTime<'_> {
        self.0.created_at.as_str().into()
    }

    /// The moment at which it ends; null for never.
    async fn expires_at(&self) -> Option<DateTime<'_>> {
        some(&self.0.expires_at).map(DateTime::from)
    }

    /// The moment at which it was last used, to the minute.
    async fn last_used_at(&self) -> Option<DateTime<'_>> {
        some(&self.0.last_used_at).map(DateTime::from)
    }

    /// The moment at which it was revoked; null while it works.
    async fn revoked_at(&self) -> Option<DateTime<'_>> {
        some(&self.0.revoked_at).map(DateTime::from)
    }
}

pub(crate) struct Profile(pub(crate) v1::Profile);

/// What somebody shows of themselves.
#[Object]
impl Profile {
    /// The id of the user whose profile it is.
    async fn id(&self) -> Id<'_> {
        self.0.user_id.as_str().into()
    }

    /// The user's name here, which nobody else has.
    async fn username(&self) -> &str {
        &self.0.username
    }

    /// The name that they go by elsewhere.
    async fn full_name(&self) -> Option<&str> {
        some(&self.0.full_name)
    }

    /// The address of their picture.
    async fn avatar_url(&self) -> Option<Url<'_>> {
        some(&self.0.avatar_url).map(Url::from)
    }

    /// How much they know already.
    async fn skill(&self) -> Option<SkillLevel> {
        SkillLevel::read(&self.0.skill_level)
    }

    /// How much they know already: `beginner`, `intermediate` or `advanced`.
    #[graphql(deprecation = "`skill` says it in the words that `updateProfile` takes.")]
    async fn skill_level(&self) -> Option<&str> {
        some(&self.0.skill_level)
    }

    /// The moment at which it was made.
    async fn created_at(&self) -> DateTime<'_> {
        self.0.created_at.as_str().into()
    }

    /// The moment at which it last changed.
    async fn updated_at(&self) -> DateTime<'_> {
        self.0.updated_at.as_str().into()
    }
}

pub(crate) struct AuditEvent(pub(crate) v1::AuditEvent);

/// Something that happened to your account.
#[Object]
impl AuditEvent {
    /// The id of this line of the audit log.
    async fn id(&self) -> Id<'_> {
        self.0.id.as_str().into()
    }

    /// The moment at which it happened.
    async fn at(&self) -> DateTime<'_> {
        self.0.at.as_str().into()
    }

    /// The act, as one word, e.g. `login`.
    async fn action(&self) -> &str {
        &self.0.action
    }

    /// The thing that it was done to.
    async fn target(&self) -> Option<&str> {
        some(&self.0.target)
    }

    /// The one who did it: a user's id, `operator` or `service`; null when nobody was signed in.
    async fn actor(&self) -> Option<&str> {
        some(&self.0.actor)
    }

    /// The network address that the request came from.
    async fn address(&self) -> Option<&str> {
        some(&self.0.address)
    }

    /// What the program that asked says of itself.
    async fn user_agent(&self) -> Option<&str> {
        some(&self.0.user_agent)
    }

    /// The id of the request, as it stands in the server's log.
    async fn request_id(&self) -> Option<&str> {
        some(&self.0.request_id)
    }
}
