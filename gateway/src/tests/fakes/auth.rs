//! A scripted auth service: people with sessions, tokens that are really signed, API keys; it counts what it is asked.

use std::collections::{HashMap, HashSet};

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use kit::{
    ErrorKind, Problem,
    actor::{Actor, Tier},
    ids::random_id,
};
use proto::v1::{
    self as pb, accounts_server::Accounts, auth_server::Auth, authenticate_request::Credential,
    refresh_response::Outcome,
};
use serde_json::{Value, json};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::World;

const ISSUER: &str = "https://saga.test";
const AUDIENCE: &str = "saga";
/// Seconds.
const DAY: i64 = 86_400;

/// A real key of access tokens.
#[derive(Clone)]
pub(in crate::tests) struct Signer {
    pub(in crate::tests) kid: String,
    pub(in crate::tests) private: Vec<u8>,
    pub(in crate::tests) public: Vec<u8>,
}

impl Signer {
    pub(in crate::tests) fn new(kid: &str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
        let der = pair.to_pkcs8v1().expect("its bytes");
        Self {
            kid: kid.to_owned(),
            private: der.as_ref().to_vec(),
            public: pair.public_key().as_ref().to_vec(),
        }
    }

    pub(in crate::tests) fn jwk(&self) -> Value {
        let part = |range: std::ops::Range<usize>| URL_SAFE_NO_PAD.encode(&self.public[range]);
        json!({
            "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.kid,
            "x": part(1..33), "y": part(33..65)
        })
    }

    pub(in crate::tests) fn header(&self) -> Header {
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some(self.kid.clone());
        header.typ = Some("at+jwt".to_owned());
        header
    }

    pub(in crate::tests) fn sign(&self, claims: &Value) -> String {
        self.sign_with(&self.header(), claims)
    }

    pub(in crate::tests) fn sign_with(&self, header: &Header, claims: &Value) -> String {
        let key = EncodingKey::from_ec_der(&self.private);
        jsonwebtoken::encode(header, claims, &key).expect("a token")
    }
}

/// Somebody with a session.
#[derive(Clone, Debug)]
pub(in crate::tests) struct Person {
    pub(in crate::tests) id: Uuid,
    pub(in crate::tests) session: Uuid,
    pub(in crate::tests) token: String,
}

pub(in crate::tests) struct People {
    pub(in crate::tests) signers: Vec<Signer>,
    pub(in crate::tests) users: HashMap<Uuid, pb::User>,
    pub(in crate::tests) sessions: HashMap<Uuid, Uuid>,
    pub(in crate::tests) refresh_tokens: HashMap<String, Uuid>,
    used_tokens: HashMap<String, Uuid>,
    /// API keys and tokens of other issuers.
    pub(in crate::tests) foreign: HashMap<String, pb::Authenticated>,
    /// Calls by name.
    pub(in crate::tests) calls: HashMap<&'static str, usize>,
    /// Who called last, and with what, as text.
    pub(in crate::tests) last: Option<(Actor, String)>,
    /// What the next call is answered with.
    pub(in crate::tests) refusal: Option<Problem>,
    /// Nothing is answered.
    pub(in crate::tests) down: bool,
    /// Why Authenticate refuses what it does not know.
    pub(in crate::tests) wrong_reason: &'static str,
    /// Whom FinishOauth signs in; somebody new, if nobody.
    pub(in crate::tests) vouched_for: Option<Uuid>,
    /// Mail is sent.
    pub(in crate::tests) mails: bool,
    /// What FinishOauth returns to.
    pub(in crate::tests) return_to: String,
    pub(in crate::tests) profiles: HashMap<Uuid, pb::Profile>,
    pub(in crate::tests) api_keys: Vec<(Uuid, pb::ApiKey)>,
}

impl Default for People {
    fn default() -> Self {
        Self {
            signers: vec![Signer::new("key-1")],
            users: HashMap::new(),
            sessions: HashMap::new(),
            refresh_tokens: HashMap::new(),
            used_tokens: HashMap::new(),
            foreign: HashMap::new(),
            calls: HashMap::new(),
            last: None,
            refusal: None,
            down: false,
            wrong_reason: "INVALID_CREDENTIALS",
            vouched_for: None,
            mails: false,
            return_to: String::new(),
            profiles: HashMap::new(),
            api_keys: Vec::new(),
        }
    }
}

pub(in crate::tests) fn now() -> i64 {
    kit::clock::Clock::now(&kit::clock::SystemClock).timestamp()
}

impl People {
    pub(in crate::tests) fn claims(&self, id: Uuid, session: Option<Uuid>) -> Value {
        let user = &self.users[&id];
        let now = now();
        let mut claims = json!({
            "iss": ISSUER, "aud": AUDIENCE, "sub": id, "jti": random_id(), "iat": now, "nbf": now,
            "exp": now + 900, "tier": user.tier, "is_anonymous": user.guest, "scopes": []
        });
        if let Some(session) = session {
            claims["sid"] = json!(session);
        }

        claims
    }

    pub(in crate::tests) fn user(&mut self, id: Uuid, tier: Tier, guest: bool) -> pb::User {
        let name = id.simple().to_string();
        let user = pb::User {
            id: id.to_string(),
            email: if guest {
                String::new()
            } else {
                format!("{name}@example.org")
            },
            email_verified: false,
            username: name,
            guest,
            tier: tier.to_string(),
            disabled: false,
            second_factor: false,
            has_password: !guest,
            created_at: "2026-01-01T12:00:00Z".into(),
            updated_at: "2026-01-01T12:00:00Z".into(),
        };

        self.users.insert(id, user.clone());

        user
    }

    pub(in crate::tests) fn session(&mut self, id: Uuid) -> Person {
        let session = random_id();
        self.sessions.insert(session, id);
        let token = self.signers[0].sign(&self.claims(id, Some(session)));
        Person { id, session, token }
    }

    fn grant(&mut self, id: Uuid) -> pb::Grant {
        let person = self.session(id);
        let refresh_token = format!("refresh-{}", person.session.simple());
        self.refresh_tokens.insert(refresh_token.clone(), person.session);

        pb::Grant {
            user: Some(self.users[&id].clone()),
            access_token: person.token,
            refresh_token,
            expires_at: now() + 900,
            expires_in: 900,
            session_id: person.session.to_string(),
            return_to: String::new(),
        }
    }

    fn end(&mut self, which: impl Fn(&Uuid, &Uuid) -> bool) -> pb::LogoutResponse {
        let ended: HashSet<Uuid> = self
            .sessions
            .iter()
            .filter(|(id, user)| which(id, user))
            .map(|(id, _)| *id)
            .collect();

        self.sessions.retain(|id, _| !ended.contains(id));
        self.refresh_tokens.retain(|_, session| !ended.contains(session));

        pb::LogoutResponse {
            revoked_session_ids: ended.iter().map(Uuid::to_string).collect(),
        }
    }

    pub(in crate::tests) fn called(&self, name: &str) -> usize {
        self.calls.get(name).copied().unwrap_or_default()
    }
}

impl World {
    /// An account with a session.
    pub(in crate::tests) fn account(&self, tier: Tier) -> Person {
        let people = &mut self.lock().people;
        let id = random_id();
        people.user(id, tier, false);
        people.session(id)
    }

    /// A guest with a session.
    pub(in crate::tests) fn lasting_guest(&self) -> Person {
        let people = &mut self.lock().people;
        let id = random_id();
        people.user(id, Tier::Free, true);
        people.session(id)
    }

    /// An API key of an account.
    pub(in crate::tests) fn api_key(&self, owner: &Person, scopes: &[&str]) -> String {
        let people = &mut self.lock().people;
        let key = format!("saga_{}", random_id().simple());
        let authenticated = pb::Authenticated {
            user: Some(people.users[&owner.id].clone()),
            session_id: String::new(),
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            expires_at: 0,
            auth_time: 0,
            api_key_id: String::new(),
        };

        people.foreign.insert(key.clone(), authenticated);

        key
    }

    fn asked<T: std::fmt::Debug>(&self, name: &'static str, request: &Request<T>) -> Result<Actor, Status> {
        let actor = kit::rpc::actor_of(request)?;
        let people = &mut self.lock().people;
        *people.calls.entry(name).or_default() += 1;
        people.last = Some((actor.clone(), format!("{:?}", request.get_ref())));

        if people.down {
            return Err(Status::unavailable("auth is down"));
        }

        match people.refusal.take() {
            Some(problem) => Err(problem.into_status()),
            None => Ok(actor),
        }
    }

    fn known(&self, actor: &Actor) -> Result<pb::User, Status> {
        self.lock()
            .people
            .users
            .get(&actor.user_id)
            .cloned()
            .ok_or_else(wrong)
    }
}

fn wrong() -> Status {
    Problem::new(
        ErrorKind::Unauthenticated,
        "UNAUTHENTICATED",
        "The credentials are not valid.",
    )
    .into_status()
}

fn missing() -> Status {
    Problem::new(ErrorKind::NotFound, "NOT_FOUND", "There is no such thing.").into_status()
}

fn bad_link() -> Status {
    let message = "This link is not good any more. Ask for a new one.";
    Problem::new(ErrorKind::InvalidArgument, "LINK_NOT_VALID", message).into_status()
}

fn mail_off() -> Status {
    Problem::new(ErrorKind::Unimplemented, "MAIL_OFF", "This server sends no mail.").into_status()
}

fn granted(grant: pb::Grant) -> pb::SignInResponse {
    pb::SignInResponse {
        outcome: Some(pb::sign_in_response::Outcome::Grant(grant)),
    }
}

fn challenge(id: Uuid, return_to: &str) -> pb::SignInResponse {
    pb::SignInResponse {
        outcome: Some(pb::sign_in_response::Outcome::Challenge(
            pb::SecondFactorChallenge {
                ticket: format!("ticket {id}"),
                expires_in: 300,
                return_to: return_to.to_owned(),
            },
        )),
    }
}

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl Auth for World {
    async fn register(&self, request: Request<pb::RegisterRequest>) -> Answer<pb::Grant> {
        let actor = self.asked("register", &request)?;
        let people = &mut self.lock().people;
        let id = if request.get_ref().upgrade {
            actor.user_id
        } else {
            random_id()
        };

        let email = request.into_inner().email;
        people.user(id, Tier::Free, false);
        people.users.get_mut(&id).expect("just made").email = email;

        Ok(Response::new(people.grant(id)))
    }

    async fn login(&self, request: Request<pb::LoginRequest>) -> Answer<pb::SignInResponse> {
        self.asked("login", &request)?;

        let request = request.into_inner();
        let people = &mut self.lock().people;
        let found = people
            .users
            .values()
            .find(|user| user.email == request.identifier || user.username == request.identifier);

        let found = found.filter(|_| request.password == "right").ok_or_else(wrong)?;
        let id: Uuid = found.id.parse().expect("an id");
        if found.second_factor {
            return Ok(Response::new(challenge(id, "")));
        }

        Ok(Response::new(granted(people.grant(id))))
    }

    async fn finish_sign_in(&self, request: Request<pb::FinishSignInRequest>) -> Answer<pb::Grant> {
        self.asked("finish_sign_in", &request)?;
        let request = request.into_inner();
        let id = request
            .ticket
            .strip_prefix("ticket ")
            .and_then(|id| id.parse().ok());
        let id = id.filter(|_| request.code == "123456").ok_or_else(wrong)?;

        Ok(Response::new(self.lock().people.grant(id)))
    }

    async fn request_password_reset(
        &self,
        request: Request<pb::RequestPasswordResetRequest>,
    ) -> Answer<pb::RequestPasswordResetResponse> {
        self.asked("request_password_reset", &request)?;
        match self.lock().people.mails {
            true => Ok(Response::new(pb::RequestPasswordResetResponse {})),
            false => Err(mail_off()),
        }
    }

    async fn reset_password(
        &self,
        request: Request<pb::ResetPasswordRequest>,
    ) -> Answer<pb::ResetPasswordResponse> {
        self.asked("reset_password", &request)?;
        let id: Uuid = request.into_inner().token.parse().map_err(|_| bad_link())?;
        let ended = self.lock().people.end(|_, owner| *owner == id);

        Ok(Response::new(pb::ResetPasswordResponse {
            user_id: id.to_string(),
            revoked_session_ids: ended.revoked_session_ids,
        }))
    }

    async fn confirm_email(&self, request: Request<pb::ConfirmEmailRequest>) -> Answer<pb::User> {
        let actor = self.asked("confirm_email", &request)?;
        if request.get_ref().token != "token-1" {
            return Err(bad_link());
        }
        self.known(&actor)?;
        let people = &mut self.lock().people;
        let user = people.users.get_mut(&actor.user_id).expect("known");
        user.email_verified = true;
        Ok(Response::new(user.clone()))
    }

    async fn create_guest(&self, request: Request<pb::CreateGuestRequest>) -> Answer<pb::Grant> {
        let actor = self.asked("create_guest", &request)?;
        let people = &mut self.lock().people;
        let id = if request.get_ref().upgrade {
            actor.user_id
        } else {
            random_id()
        };
        people.user(id, Tier::Free, true);

        Ok(Response::new(people.grant(id)))
    }

    async fn refresh(&self, request: Request<pb::RefreshRequest>) -> Answer<pb::RefreshResponse> {
        self.asked("refresh", &request)?;

        let people = &mut self.lock().people;
        let token = request.into_inner().refresh_token;
        let outcome = if let Some(session) = people.refresh_tokens.remove(&token) {
            people.used_tokens.insert(token, session);
            let id = people.sessions[&session];
            Outcome::Grant(people.grant(id))
        } else {
            // Others of this service go on taking the session for a good one.
            let session = people.used_tokens.get(&token).ok_or_else(wrong)?;
            Outcome::Ended(pb::EndedSession {
                user_id: people.sessions[session].to_string(),
                session_id: session.to_string(),
            })
        };

        Ok(Response::new(pb::RefreshResponse {
            outcome: Some(outcome),
        }))
    }

    async fn logout(&self, request: Request<pb::LogoutRequest>) -> Answer<pb::LogoutResponse> {
        let actor = self.asked("logout", &request)?;
        let people = &mut self.lock().people;
        let request = request.into_inner();
        let session = if request.refresh_token.is_empty() {
            actor.session_id.ok_or_else(wrong)?
        } else {
            *people
                .refresh_tokens
                .get(&request.refresh_token)
                .ok_or_else(wrong)?
        };
        let owner = *people.sessions.get(&session).ok_or_else(wrong)?;

        Ok(Response::new(match request.scope() {
            pb::LogoutScope::Unspecified | pb::LogoutScope::Local => people.end(|id, _| *id == session),
            pb::LogoutScope::Others => people.end(|id, user| *id != session && *user == owner),
            pb::LogoutScope::Global => people.end(|_, user| *user == owner),
        }))
    }

    async fn authenticate(&self, request: Request<pb::AuthenticateRequest>) -> Answer<pb::Authenticated> {
        self.asked("authenticate", &request)?;

        let text = match request.into_inner().credential {
            Some(Credential::ApiKey(text) | Credential::ExternalToken(text)) => text,
            None => return Err(wrong()),
        };

        let people = &self.lock().people;
        let refusal = || {
            let kind = ErrorKind::Unauthenticated;
            Problem::new(kind, people.wrong_reason, "The credentials are not valid.").into_status()
        };
        people
            .foreign
            .get(&text)
            .cloned()
            .map(Response::new)
            .ok_or_else(refusal)
    }

    async fn check_session(&self, request: Request<pb::CheckSessionRequest>) -> Answer<pb::Authenticated> {
        self.asked("check_session", &request)?;

        let pb::CheckSessionRequest { session_id, user_id } = request.into_inner();
        let user_id: Uuid = user_id.parse().expect("an id");
        let people = &self.lock().people;
        let stands = session_id.parse().map_or(true, |session: Uuid| {
            people.sessions.get(&session) == Some(&user_id)
        });
        let user = people
            .users
            .get(&user_id)
            .filter(|user| stands && !user.disabled)
            .ok_or_else(wrong)?;

        Ok(Response::new(pb::Authenticated {
            user: Some(user.clone()),
            session_id,
            scopes: Vec::new(),
            expires_at: now() + DAY,
            auth_time: 0,
            api_key_id: String::new(),
        }))
    }

    async fn get_jwks(&self, request: Request<pb::GetJwksRequest>) -> Answer<pb::Jwks> {
        self.asked("get_jwks", &request)?;
        let keys: Vec<Value> = self.lock().people.signers.iter().map(Signer::jwk).collect();
        let json = json!({ "keys": keys }).to_string();
        Ok(Response::new(pb::Jwks {
            json,
            issuer: ISSUER.into(),
            audience: AUDIENCE.into(),
        }))
    }

    async fn list_oauth_providers(
        &self,
        request: Request<pb::ListOauthProvidersRequest>,
    ) -> Answer<pb::ListOauthProvidersResponse> {
        self.asked("list_oauth_providers", &request)?;
        Ok(Response::new(pb::ListOauthProvidersResponse {
            names: vec!["github".into()],
        }))
    }

    async fn begin_oauth(&self, request: Request<pb::BeginOauthRequest>) -> Answer<pb::BeginOauthResponse> {
        self.asked("begin_oauth", &request)?;
        if request.get_ref().provider != "github" {
            return Err(missing());
        }
        Ok(Response::new(pb::BeginOauthResponse {
            authorization_url: "https://github.test/login/oauth/authorize?state=state-1".into(),
            state: "state-1".into(),
        }))
    }

    async fn cancel_oauth(
        &self,
        request: Request<pb::CancelOauthRequest>,
    ) -> Answer<pb::CancelOauthResponse> {
        self.asked("cancel_oauth", &request)?;
        let return_to = self.lock().people.return_to.clone();
        Ok(Response::new(pb::CancelOauthResponse { return_to }))
    }

    async fn finish_oauth(&self, request: Request<pb::FinishOauthRequest>) -> Answer<pb::SignInResponse> {
        self.asked("finish_oauth", &request)?;

        if request.get_ref().code != "code-1" {
            return Err(wrong());
        }

        let people = &mut self.lock().people;
        let id = people.vouched_for.unwrap_or_else(random_id);
        let return_to = people.return_to.clone();
        if people.users.get(&id).is_some_and(|user| user.second_factor) {
            return Ok(Response::new(challenge(id, &return_to)));
        }
        people.user(id, Tier::Free, false);

        Ok(Response::new(granted(pb::Grant {
            return_to,
            ..people.grant(id)
        })))
    }
}

#[tonic::async_trait]
impl Accounts for World {
    async fn get_me(&self, request: Request<pb::GetMeRequest>) -> Answer<pb::User> {
        let actor = self.asked("get_me", &request)?;
        self.known(&actor).map(Response::new)
    }

    async fn batch_get_users(
        &self,
        _: Request<pb::BatchGetUsersRequest>,
    ) -> Answer<pb::BatchGetUsersResponse> {
        Err(Status::unimplemented("not scripted"))
    }

    async fn change_email(&self, request: Request<pb::ChangeEmailRequest>) -> Answer<pb::User> {
        let actor = self.asked("change_email", &request)?;
        self.known(&actor)?;
        let people = &mut self.lock().people;
        let user = people.users.get_mut(&actor.user_id).expect("known");
        user.email = request.into_inner().email;
        Ok(Response::new(user.clone()))
    }

    async fn request_email_verification(
        &self,
        request: Request<pb::RequestEmailVerificationRequest>,
    ) -> Answer<pb::RequestEmailVerificationResponse> {
        let actor = self.asked("request_email_verification", &request)?;
        self.known(&actor)?;
        match self.lock().people.mails {
            true => Ok(Response::new(pb::RequestEmailVerificationResponse {})),
            false => Err(mail_off()),
        }
    }

    async fn begin_second_factor(
        &self,
        request: Request<pb::BeginSecondFactorRequest>,
    ) -> Answer<pb::SecondFactorSecret> {
        let actor = self.asked("begin_second_factor", &request)?;
        self.known(&actor)?;
        Ok(Response::new(pb::SecondFactorSecret {
            secret: "JBSWY3DPEHPK3PXP".into(),
            uri: "otpauth://totp/saga:ada?secret=JBSWY3DPEHPK3PXP".into(),
            qr_svg: "<svg/>".into(),
        }))
    }

    async fn confirm_second_factor(
        &self,
        request: Request<pb::ConfirmSecondFactorRequest>,
    ) -> Answer<pb::RecoveryCodes> {
        let actor = self.asked("confirm_second_factor", &request)?;
        self.known(&actor)?;
        let people = &mut self.lock().people;
        people.users.get_mut(&actor.user_id).expect("known").second_factor = true;
        Ok(Response::new(pb::RecoveryCodes {
            codes: vec!["aaaa-bbbb-cccc-dddd".into()],
        }))
    }

    async fn disable_second_factor(
        &self,
        request: Request<pb::DisableSecondFactorRequest>,
    ) -> Answer<pb::User> {
        let actor = self.asked("disable_second_factor", &request)?;
        self.known(&actor)?;
        let people = &mut self.lock().people;
        let user = people.users.get_mut(&actor.user_id).expect("known");
        user.second_factor = false;
        Ok(Response::new(user.clone()))
    }

    async fn renew_recovery_codes(
        &self,
        request: Request<pb::RenewRecoveryCodesRequest>,
    ) -> Answer<pb::RecoveryCodes> {
        let actor = self.asked("renew_recovery_codes", &request)?;
        self.known(&actor)?;
        Ok(Response::new(pb::RecoveryCodes {
            codes: vec!["eeee-ffff-gggg-hhhh".into()],
        }))
    }

    async fn change_password(&self, request: Request<pb::ChangePasswordRequest>) -> Answer<pb::User> {
        let actor = self.asked("change_password", &request)?;
        let user = self.known(&actor)?;
        self.lock()
            .people
            .end(|id, owner| *owner == actor.user_id && Some(*id) != actor.session_id);
        Ok(Response::new(user))
    }

    async fn delete_account(
        &self,
        request: Request<pb::DeleteAccountRequest>,
    ) -> Answer<pb::DeleteAccountResponse> {
        let actor = self.asked("delete_account", &request)?;
        self.known(&actor)?;
        let people = &mut self.lock().people;
        people.end(|_, owner| *owner == actor.user_id);
        people.users.remove(&actor.user_id);
        Ok(Response::new(pb::DeleteAccountResponse {}))
    }

    async fn finish_deletion(
        &self,
        _: Request<pb::FinishDeletionRequest>,
    ) -> Answer<pb::FinishDeletionResponse> {
        Err(Status::unimplemented("not for the gateway"))
    }

    async fn get_profile(&self, request: Request<pb::GetProfileRequest>) -> Answer<pb::Profile> {
        let actor = self.asked("get_profile", &request)?;
        self.known(&actor)?;

        self.lock()
            .people
            .profiles
            .get(&actor.user_id)
            .cloned()
            .map(Response::new)
            .ok_or_else(missing)
    }

    async fn put_profile(&self, request: Request<pb::PutProfileRequest>) -> Answer<pb::Profile> {
        let actor = self.asked("put_profile", &request)?;
        let user = self.known(&actor)?;
        let pb::PutProfileRequest {
            username,
            full_name,
            avatar_url,
            skill_level,
            client: _,
        } = request.into_inner();

        let people = &mut self.lock().people;
        let profile = people
            .profiles
            .entry(actor.user_id)
            .or_insert_with(|| pb::Profile {
                user_id: user.id,
                username: user.username,
                skill_level: "beginner".into(),
                created_at: user.created_at,
                updated_at: user.updated_at,
                ..pb::Profile::default()
            });

        let set = |field: &mut String, value: Option<String>| {
            if let Some(value) = value {
                *field = value;
            }
        };
        set(&mut profile.username, username);
        set(&mut profile.full_name, full_name);
        set(&mut profile.avatar_url, avatar_url);
        set(&mut profile.skill_level, skill_level);

        Ok(Response::new(profile.clone()))
    }

    async fn list_sessions(
        &self,
        request: Request<pb::ListSessionsRequest>,
    ) -> Answer<pb::ListSessionsResponse> {
        let actor = self.asked("list_sessions", &request)?;
        let people = &self.lock().people;
        let own = people
            .sessions
            .iter()
            .filter(|(_, owner)| **owner == actor.user_id);

        let sessions = own.map(|(id, _)| pb::Session {
            id: id.to_string(),
            address: "192.0.2.1".into(),
            user_agent: "test".into(),
            created_at: "2026-01-01T12:00:00Z".into(),
            last_used_at: "2026-01-01T12:00:00Z".into(),
            expires_at: "2026-01-31T12:00:00Z".into(),
            current: Some(*id) == actor.session_id,
        });

        Ok(Response::new(pb::ListSessionsResponse {
            sessions: sessions.collect(),
        }))
    }

    async fn revoke_session(&self, request: Request<pb::RevokeSessionRequest>) -> Answer<pb::LogoutResponse> {
        let actor = self.asked("revoke_session", &request)?;
        let id = request.into_inner().id;
        let ended = self
            .lock()
            .people
            .end(|session, owner| *owner == actor.user_id && session.to_string() == id);

        if ended.revoked_session_ids.is_empty() {
            Err(missing())
        } else {
            Ok(Response::new(ended))
        }
    }

    async fn list_api_keys(
        &self,
        request: Request<pb::ListApiKeysRequest>,
    ) -> Answer<pb::ListApiKeysResponse> {
        let actor = self.asked("list_api_keys", &request)?;
        let people = &self.lock().people;
        let own = people
            .api_keys
            .iter()
            .filter(|(owner, _)| *owner == actor.user_id);

        Ok(Response::new(pb::ListApiKeysResponse {
            keys: own.map(|(_, key)| key.clone()).collect(),
        }))
    }

    async fn create_api_key(&self, request: Request<pb::CreateApiKeyRequest>) -> Answer<pb::CreatedApiKey> {
        let actor = self.asked("create_api_key", &request)?;
        let user = self.known(&actor)?;
        let request = request.into_inner();
        let people = &mut self.lock().people;
        let key = pb::ApiKey {
            id: random_id().to_string(),
            name: request.name,
            prefix: "saga_3f9a".into(),
            scopes: request.scopes.clone(),
            created_at: "2026-01-01T12:00:00Z".into(),
            expires_at: request.expires_at,
            last_used_at: String::new(),
            revoked_at: String::new(),
        };

        people.api_keys.push((actor.user_id, key.clone()));

        let secret = format!("saga_{}", random_id().simple());
        let authenticated = pb::Authenticated {
            user: Some(user),
            scopes: request.scopes,
            ..pb::Authenticated::default()
        };
        people.foreign.insert(secret.clone(), authenticated);

        Ok(Response::new(pb::CreatedApiKey {
            key: Some(key),
            secret,
        }))
    }

    async fn regenerate_api_key(&self, request: Request<pb::ApiKeyRequest>) -> Answer<pb::CreatedApiKey> {
        let actor = self.asked("regenerate_api_key", &request)?;
        let people = &mut self.lock().people;
        let id = request.into_inner().id;
        let own = people
            .api_keys
            .iter()
            .find(|(owner, key)| *owner == actor.user_id && key.id == id);
        let (_, key) = own.cloned().ok_or_else(missing)?;
        let mine = actor.user_id.to_string();
        people
            .foreign
            .retain(|_, known| known.user.as_ref().is_none_or(|user| user.id != mine));

        Ok(Response::new(pb::CreatedApiKey {
            key: Some(key),
            secret: format!("saga_{}", random_id().simple()),
        }))
    }

    async fn revoke_api_key(&self, request: Request<pb::ApiKeyRequest>) -> Answer<pb::ApiKey> {
        let actor = self.asked("revoke_api_key", &request)?;
        let people = &mut self.lock().people;
        let id = request.into_inner().id;
        let own = people
            .api_keys
            .iter()
            .position(|(owner, key)| *owner == actor.user_id && key.id == id);
        let (_, mut key) = people.api_keys.remove(own.ok_or_else(missing)?);
        let mine = actor.user_id.to_string();
        people
            .foreign
            .retain(|_, known| known.user.as_ref().is_none_or(|user| user.id != mine));
        key.revoked_at = "2026-01-02T12:00:00Z".into();

        Ok(Response::new(key))
    }

    async fn list_audit_events(
        &self,
        request: Request<pb::ListAuditEventsRequest>,
    ) -> Answer<pb::ListAuditEventsResponse> {
        let actor = self.asked("list_audit_events", &request)?;
        let request = request.into_inner();
        let from: u32 = request.page_token.parse().unwrap_or_default();
        let size = if request.page_size == 0 {
            20
        } else {
            request.page_size
        };

        let events = (from..(from + size).min(25)).map(|n| pb::AuditEvent {
            id: Uuid::from_u128(n.into()).to_string(),
            at: "2026-01-01T12:00:00Z".into(),
            user_id: actor.user_id.to_string(),
            action: "login".into(),
            target: String::new(),
            address: "192.0.2.1".into(),
            user_agent: "test".into(),
            request_id: "r-1".into(),
            actor: actor.user_id.to_string(),
            page_token: (n + 1).to_string(),
        });

        let next_page_token = if from + size < 25 {
            (from + size).to_string()
        } else {
            String::new()
        };

        Ok(Response::new(pb::ListAuditEventsResponse {
            events: events.collect(),
            next_page_token,
        }))
    }
}
