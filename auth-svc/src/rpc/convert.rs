//! Proto to domain and back.

use chrono::{DateTime, SecondsFormat, Utc};
use kit::{
    into_status,
    page::{Cursor, PageRequest},
    rpc::{actor_of, request_id_of},
};
use proto::v1;
use tonic::{Request, Response, Status};

use crate::{
    domain::{
        grants::Grant, profiles::Profile, refresh_tokens::RefreshOutcome, request_context::RequestContext,
        sessions::Authenticated, sign_in_tickets::SignInOutcome,
    },
    error::AuthError,
    store::{
        api_keys::ApiKey,
        audit_events::AuditEvent,
        sessions::Session,
        users::{User, UserStatus},
    },
    tokens::Keyring,
};

/// Who asks and what; `client` finds where from in the message.
pub(super) fn open_request<T>(
    request: Request<T>,
    client: impl FnOnce(&mut T) -> Option<v1::Client>,
) -> Result<(RequestContext, T), Status> {
    let (actor, request_id) = (actor_of(&request)?, request_id_of(&request));
    let mut message = request.into_inner();
    let client = client(&mut message).unwrap_or_default();
    let context = RequestContext::new(actor, request_id, &client.address, &client.user_agent);
    Ok((context, message))
}

pub(super) fn encode_answer<T, U>(
    outcome: Result<T, AuthError>,
    encode: impl FnOnce(T) -> U,
) -> Result<Response<U>, Status> {
    outcome
        .map(|value| Response::new(encode(value)))
        .map_err(into_status)
}

/// What tokens of these lists are marked with.
pub(super) const USERS: &str = "users, the newest first";
pub(super) const AUDIT_EVENTS: &str = "audit events, the newest first";

pub(super) fn parse_page(size: u32, token: &str, list: &str) -> Result<PageRequest, Status> {
    PageRequest::parse(size, token, list).map_err(|faults| into_status(AuthError::Invalid(faults)))
}

pub(super) fn format_time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

fn format_maybe(at: Option<DateTime<Utc>>) -> String {
    at.map(format_time).unwrap_or_default()
}

pub(super) fn encode_user(user: User) -> v1::User {
    v1::User {
        id: user.id.to_string(),
        tier: user.tier().to_string(),
        email: user.email.unwrap_or_default(),
        email_verified: user.email_verified,
        username: user.username,
        guest: user.guest,
        disabled: user.status != UserStatus::Active,
        has_password: user.has_password,
        second_factor: user.second_factor,
        created_at: format_time(user.created_at),
        updated_at: format_time(user.updated_at),
    }
}

pub(super) fn encode_grant(grant: Grant) -> v1::Grant {
    v1::Grant {
        user: Some(encode_user(grant.user)),
        access_token: grant.access_token,
        refresh_token: grant
            .refresh_token
            .map(|token| token.expose().to_owned())
            .unwrap_or_default(),
        expires_at: grant.expires_at.timestamp(),
        expires_in: u32::try_from(grant.expires_in.num_seconds()).unwrap_or_default(),
        session_id: grant.session_id.map(|id| id.to_string()).unwrap_or_default(),
        return_to: grant.return_to,
    }
}

pub(super) fn encode_sign_in(outcome: SignInOutcome) -> v1::SignInResponse {
    use v1::sign_in_response::Outcome;

    v1::SignInResponse {
        outcome: Some(match outcome {
            SignInOutcome::Granted(grant) => Outcome::Grant(encode_grant(*grant)),
            SignInOutcome::Challenged(challenge) => Outcome::Challenge(v1::SecondFactorChallenge {
                ticket: challenge.ticket.expose().to_owned(),
                expires_in: u32::try_from(challenge.expires_in.num_seconds()).unwrap_or_default(),
                return_to: challenge.return_to,
            }),
        }),
    }
}

pub(super) fn encode_refresh(outcome: RefreshOutcome) -> v1::RefreshResponse {
    use v1::refresh_response::Outcome;

    v1::RefreshResponse {
        outcome: Some(match outcome {
            RefreshOutcome::Continued(grant) => Outcome::Grant(encode_grant(grant)),
            RefreshOutcome::Ended(session) => Outcome::Ended(v1::EndedSession {
                user_id: session.user_id.to_string(),
                session_id: session.id.to_string(),
            }),
        }),
    }
}

pub(super) fn encode_authenticated(found: Authenticated) -> v1::Authenticated {
    v1::Authenticated {
        user: Some(encode_user(found.user)),
        session_id: found.session_id.map(|id| id.to_string()).unwrap_or_default(),
        scopes: found.scopes,
        expires_at: found.expires_at.map_or(0, |at| at.timestamp()),
        auth_time: found.auth_time.map_or(0, |at| at.timestamp()),
        api_key_id: found.api_key.map(|id| id.to_string()).unwrap_or_default(),
    }
}

pub(super) fn encode_profile(profile: Profile) -> v1::Profile {
    v1::Profile {
        user_id: profile.user.id.to_string(),
        username: profile.user.username,
        full_name: profile.full_name,
        avatar_url: profile.avatar_url,
        skill_level: profile.skill_level,
        created_at: format_time(profile.created_at),
        updated_at: format_time(profile.updated_at),
    }
}

pub(super) fn encode_session(session: Session, current: bool) -> v1::Session {
    v1::Session {
        id: session.id.to_string(),
        address: session.address,
        user_agent: session.user_agent,
        created_at: format_time(session.created_at),
        last_used_at: format_time(session.last_used_at),
        expires_at: format_time(session.expires_at),
        current,
    }
}

pub(super) fn encode_api_key(key: ApiKey) -> v1::ApiKey {
    v1::ApiKey {
        id: key.id.to_string(),
        name: key.name,
        prefix: key.prefix,
        scopes: key.scopes,
        created_at: format_time(key.created_at),
        expires_at: format_maybe(key.expires_at),
        last_used_at: format_maybe(key.last_used_at),
        revoked_at: format_maybe(key.revoked_at),
    }
}

pub(super) fn encode_event(event: AuditEvent) -> v1::AuditEvent {
    let place = Cursor {
        at: event.at,
        id: event.id,
    };

    v1::AuditEvent {
        page_token: place.encode(AUDIT_EVENTS),
        id: event.id.to_string(),
        at: format_time(event.at),
        user_id: event.user_id.map(|id| id.to_string()).unwrap_or_default(),
        action: event.action,
        target: event.target,
        address: event.address,
        user_agent: event.user_agent,
        request_id: event.request_id,
        actor: event.actor,
    }
}

/// The public keys that our access tokens are verified with, and what those tokens say.
pub(super) async fn encode_public_keys(keyring: &Keyring) -> Result<Response<v1::Jwks>, Status> {
    let rules = keyring.rules();

    encode_answer(keyring.current_keys().await, |keys| v1::Jwks {
        json: keys.jwks.clone(),
        issuer: rules.issuer().to_owned(),
        audience: rules.audience().to_owned(),
    })
}
