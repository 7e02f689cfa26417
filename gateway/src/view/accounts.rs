//! Accounts as clients see them: tokens, users, sessions, keys, profiles and audit events. An empty text of a service is
//! `null` here.

use proto::v1::{ApiKey, AuditEvent, Grant, Profile, SecondFactorSecret, Session, User};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{error::ApiError, operation::api_keys::NewApiKey};

fn filled(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

/// What every route that signs somebody in answers.
#[derive(Serialize, ToSchema)]
pub(crate) struct TokensView {
    /// Send it as `Authorization: Bearer …`. `null` when the session is kept in cookies.
    access_token: Option<String>,
    /// Good for one use at `POST /api/v1/auth/refresh`. `null` when the session is kept in cookies.
    refresh_token: Option<String>,
    /// When the access token ends, in seconds since 1970.
    #[schema(example = 1_767_269_700)]
    expires_at: i64,
    #[schema(example = "bearer")]
    token_type: &'static str,
    /// Seconds until the access token ends.
    #[schema(example = 900)]
    expires_in: u32,
    user: UserView,
}

/// Who it is.
#[derive(Serialize, ToSchema)]
pub(crate) struct UserView {
    id: String,
    /// `null` for a guest.
    email: Option<String>,
    username: String,
    /// True for somebody who has a session and no account.
    is_guest: bool,
    #[schema(example = "free")]
    tier: String,
}

impl From<User> for UserView {
    fn from(user: User) -> Self {
        Self {
            id: user.id,
            email: filled(user.email),
            username: user.username,
            is_guest: user.guest,
            tier: user.tier,
        }
    }
}

impl TokensView {
    pub(crate) const TYPE: &str = "bearer";

    /// Refuses a grant without a user, which no service sends.
    pub(crate) fn read(grant: Grant) -> Result<Self, ApiError> {
        let user = grant.user.ok_or_else(|| {
            tracing::error!("a grant has no user");
            ApiError::internal()
        })?;

        Ok(Self {
            access_token: filled(grant.access_token),
            refresh_token: filled(grant.refresh_token),
            expires_at: grant.expires_at,
            token_type: Self::TYPE,
            expires_in: grant.expires_in,
            user: user.into(),
        })
    }
}

/// One's own account.
#[derive(Serialize, ToSchema)]
pub(crate) struct MeView {
    #[serde(flatten)]
    user: UserView,
    /// Whether it is proven that the email is yours.
    email_verified: bool,
    has_password: bool,
    /// Whether a code is asked for at sign-in.
    second_factor: bool,
    created_at: String,
    updated_at: String,
}

impl From<User> for MeView {
    fn from(user: User) -> Self {
        Self {
            email_verified: user.email_verified,
            has_password: user.has_password,
            second_factor: user.second_factor,
            created_at: user.created_at.clone(),
            updated_at: user.updated_at.clone(),
            user: user.into(),
        }
    }
}

/// It is done.
#[derive(Serialize, ToSchema)]
pub(crate) struct Done {
    #[schema(example = true)]
    ok: bool,
}

impl Done {
    pub(crate) const YES: Self = Self { ok: true };
}

/// What an authenticator is given. It counts once it was confirmed.
#[derive(Serialize, ToSchema)]
pub(crate) struct SecondFactorView {
    /// Base32, for typing.
    #[schema(example = "JBSWY3DPEHPK3PXP")]
    secret: String,
    #[schema(example = "otpauth://totp/saga:ada?secret=JBSWY3DPEHPK3PXP&issuer=saga")]
    uri: String,
    /// The same as a QR code.
    #[schema(example = "<svg …>")]
    qr_svg: String,
}

impl From<SecondFactorSecret> for SecondFactorView {
    fn from(secret: SecondFactorSecret) -> Self {
        Self {
            secret: secret.secret,
            uri: secret.uri,
            qr_svg: secret.qr_svg,
        }
    }
}

/// Each is good once, in place of a code. They are shown this one time.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecoveryCodesView {
    #[schema(example = json!(["2b3c-d4e5-f6g7-h2j3"]))]
    pub(crate) recovery_codes: Vec<String>,
}

/// Which sessions have ended.
#[derive(Serialize, ToSchema)]
pub(crate) struct LogoutView {
    #[schema(example = true)]
    ok: bool,
    revoked_sessions: Vec<String>,
}

impl LogoutView {
    pub(crate) fn new(revoked_sessions: Vec<String>) -> Self {
        Self {
            ok: true,
            revoked_sessions,
        }
    }
}

/// One place where somebody is signed in.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionView {
    id: String,
    #[schema(example = "192.0.2.1")]
    address: String,
    user_agent: String,
    created_at: String,
    last_used_at: String,
    expires_at: String,
    /// The one that asks.
    current: bool,
}

impl From<Session> for SessionView {
    fn from(session: Session) -> Self {
        let Session {
            id,
            address,
            user_agent,
            created_at,
            last_used_at,
            expires_at,
            current,
        } = session;

        Self {
            id,
            address,
            user_agent,
            created_at,
            last_used_at,
            expires_at,
            current,
        }
    }
}

/// A key for programs, without its secret.
#[derive(Serialize, ToSchema)]
pub(crate) struct ApiKeyView {
    id: String,
    name: String,
    /// How it begins, to tell it from others.
    #[schema(example = "saga_3f9a")]
    prefix: String,
    /// What it may do; none means everything.
    scopes: Vec<String>,
    created_at: String,
    expires_at: Option<String>,
    last_used_at: Option<String>,
    revoked_at: Option<String>,
}

impl From<ApiKey> for ApiKeyView {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id,
            name: key.name,
            prefix: key.prefix,
            scopes: key.scopes,
            created_at: key.created_at,
            expires_at: filled(key.expires_at),
            last_used_at: filled(key.last_used_at),
            revoked_at: filled(key.revoked_at),
        }
    }
}

/// A new key. Its secret is shown this one time.
#[derive(Serialize, ToSchema)]
pub(crate) struct CreatedApiKeyView {
    #[serde(flatten)]
    view: ApiKeyView,
    /// Send it as `Authorization: Bearer …` or as `X-API-Key`.
    #[schema(example = "saga_…")]
    key: String,
}

impl From<NewApiKey> for CreatedApiKeyView {
    fn from(created: NewApiKey) -> Self {
        Self {
            view: created.key.into(),
            key: created.secret,
        }
    }
}

/// What somebody shows of themselves.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProfileView {
    /// The user's.
    id: String,
    username: String,
    full_name: Option<String>,
    avatar_url: Option<String>,
    /// `beginner`, `intermediate` or `advanced`.
    skill_level: Option<String>,
    created_at: String,
    updated_at: String,
}

impl From<Profile> for ProfileView {
    fn from(profile: Profile) -> Self {
        Self {
            id: profile.user_id,
            username: profile.username,
            full_name: filled(profile.full_name),
            avatar_url: filled(profile.avatar_url),
            skill_level: filled(profile.skill_level),
            created_at: profile.created_at,
            updated_at: profile.updated_at,
        }
    }
}

/// Something that happened to an account.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditEventView {
    id: String,
    at: String,
    #[schema(example = "login")]
    action: String,
    /// What it was done to.
    target: Option<String>,
    /// Who did it: a user's id, `operator` or `service`; `null` when nobody was signed in.
    actor: Option<String>,
    address: Option<String>,
    user_agent: Option<String>,
    request_id: Option<String>,
}

impl From<AuditEvent> for AuditEventView {
    fn from(event: AuditEvent) -> Self {
        Self {
            id: event.id,
            at: event.at,
            action: event.action,
            target: filled(event.target),
            actor: filled(event.actor),
            address: filled(event.address),
            user_agent: filled(event.user_agent),
            request_id: filled(event.request_id),
        }
    }
}

/// A part of the audit log, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditView {
    pub(crate) events: Vec<AuditEventView>,
    /// For the next part; `null` when there is none.
    pub(crate) next_page_token: Option<String>,
}

impl AuditView {
    pub(crate) fn new(events: Vec<AuditEvent>, next_page_token: String) -> Self {
        Self {
            events: events.into_iter().map(AuditEventView::from).collect(),
            next_page_token: filled(next_page_token),
        }
    }
}
