//! `saga.v1.Auth`.

use std::sync::Arc;

use kit::into_status;
use proto::v1::{
    self, AuthenticateRequest, Authenticated, BeginOauthRequest, BeginOauthResponse, CancelOauthRequest,
    CancelOauthResponse, CheckSessionRequest, ConfirmEmailRequest, CreateGuestRequest, FinishOauthRequest,
    FinishSignInRequest, GetJwksRequest, Grant, Jwks, ListOauthProvidersRequest, ListOauthProvidersResponse,
    LoginRequest, LogoutRequest, LogoutResponse, RefreshRequest, RefreshResponse, RegisterRequest,
    RequestPasswordResetRequest, RequestPasswordResetResponse, ResetPasswordRequest, ResetPasswordResponse,
    SignInResponse, User, auth_server::Auth, authenticate_request::Credential,
};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::convert::{self, encode_answer, open_request};
use crate::{
    domain::{
        api_keys::ApiKeys,
        email_addresses::EmailAddresses,
        external_users::ExternalUsers,
        oauth::{Oauth, OauthEnding, OauthStart},
        password_resets::PasswordResets,
        refresh_tokens::RefreshTokens,
        sessions::{LogoutScope, Sessions},
        sign_in::SignIn,
        sign_in_tickets::SignInTickets,
        sign_up::{Registration, SignUp},
    },
    error::AuthError,
    tokens::Keyring,
};

pub(crate) struct AuthRpc {
    pub(crate) sign_up: SignUp,
    pub(crate) sign_in: SignIn,
    pub(crate) tickets: SignInTickets,
    pub(crate) password_resets: PasswordResets,
    pub(crate) email_addresses: EmailAddresses,
    pub(crate) refresh_tokens: RefreshTokens,
    pub(crate) sessions: Sessions,
    pub(crate) api_keys: ApiKeys,
    pub(crate) external_users: ExternalUsers,
    pub(crate) oauth: Oauth,
    pub(crate) keyring: Arc<Keyring>,
}

#[tonic::async_trait]
impl Auth for AuthRpc {
    async fn register(&self, request: Request<RegisterRequest>) -> Result<Response<Grant>, Status> {
        let (context, message) = open_request(request, |message| message.client.take())?;
        let registration = Registration {
            email: message.email,
            password: message.password,
            username: message.username,
            upgrade: message.upgrade,
        };
        encode_answer(
            self.sign_up.register(&context, registration).await,
            convert::encode_grant,
        )
    }

    async fn login(&self, request: Request<LoginRequest>) -> Result<Response<SignInResponse>, Status> {
        let (context, message) = open_request(request, |message| message.client.take())?;
        let granted = self
            .sign_in
            .log_in(&context, &message.identifier, message.password.into())
            .await;
        encode_answer(granted, convert::encode_sign_in)
    }

    async fn finish_sign_in(&self, request: Request<FinishSignInRequest>) -> Result<Response<Grant>, Status> {
        let (context, message) = open_request(request, |message| message.client.take())?;
        let granted = self
            .tickets
            .finish(&context, &message.ticket, &message.code)
            .await;
        encode_answer(granted, convert::encode_grant)
    }

    async fn request_password_reset(
        &self,
        request: Request<RequestPasswordResetRequest>,
    ) -> Result<Response<RequestPasswordResetResponse>, Status> {
        let (context, message) = open_request(request, |message| message.client.take())?;
        let asked = self.password_resets.request(&context, &message.email).await;
        encode_answer(asked, |()| RequestPasswordResetResponse {})
    }

    async fn reset_password(
        &self,
        request: Request<ResetPasswordRequest>,
    ) -> Result<Response<ResetPasswordResponse>, Status> {
        let (context, message) = open_request(request, |message| message.client.take())?;
        let reset = self
            .password_resets
            .reset(&context, &message.token, &message.new_password)
            .await;
        encode_answer(reset, |reset| ResetPasswordResponse {
            user_id: reset.user_id.to_string(),
            revoked_session_ids: reset.ended.iter().map(Uuid::to_string).collect(),
        })
    }

    async fn confirm_email(&self, request: Request<ConfirmEmailRequest>) -> Result<Response<User>, Status> {
        let (context, message) = open_request(request, |message| message.client.take())?;
        let confirmed = self
            .email_addresses
            .confirm(&context, &message.token, message.password.into())
            .await;
        encode_answer(confirmed, convert::encode_user)
    }

    async fn create_guest(&self, request: Request<CreateGuestRequest>) -> Result<Response<Grant>, Status> {
        let (context, message) = open_request(request, |message| message.client.take())?;
        encode_answer(
            self.sign_up.create_guest(&context, message.upgrade).await,
            convert::encode_grant,
        )
    }

    async fn refresh(&self, request: Request<RefreshRequest>) -> Result<Response<RefreshResponse>, Status> {
        let (context, message) = open_request(request, |message| message.client.take())?;
        encode_answer(
            self.refresh_tokens
                .refresh(&context, &message.refresh_token)
                .await,
            convert::encode_refresh,
        )
    }

    async fn logout(&self, request: Request<LogoutRequest>) -> Result<Response<LogoutResponse>, Status> {
        let (context, message) = open_request(request, |message| message.client.take())?;
        let scope = match message.scope() {
            v1::LogoutScope::Unspecified | v1::LogoutScope::Local => LogoutScope::Local,
            v1::LogoutScope::Others => LogoutScope::Others,
            v1::LogoutScope::Global => LogoutScope::Global,
        };
        let ended = self
            .sessions
            .log_out(&context, scope, &message.refresh_token)
            .await;

        encode_answer(ended, |ids| LogoutResponse {
            revoked_session_ids: ids.iter().map(Uuid::to_string).collect(),
        })
    }

    async fn authenticate(
        &self,
        request: Request<AuthenticateRequest>,
    ) -> Result<Response<Authenticated>, Status> {
        let (context, message) = open_request(request, |message| message.client.take())?;
        let found = match message.credential {
            Some(Credential::ApiKey(key)) => self.api_keys.authenticate(&key).await,
            Some(Credential::ExternalToken(token)) => {
                self.external_users.authenticate(&context, &token).await
            }
            None => Err(AuthError::Unauthenticated),
        };

        encode_answer(found, convert::encode_authenticated)
    }

    async fn check_session(
        &self,
        request: Request<CheckSessionRequest>,
    ) -> Result<Response<Authenticated>, Status> {
        let (_, message) = open_request(request, |_| None)?;
        let (session, user) = parse_ids(&message).map_err(into_status)?;
        encode_answer(
            self.sessions.check(session, user).await,
            convert::encode_authenticated,
        )
    }

    async fn get_jwks(&self, request: Request<GetJwksRequest>) -> Result<Response<Jwks>, Status> {
        open_request(request, |_| None)?;

        convert::encode_public_keys(&self.keyring).await
    }

    async fn list_oauth_providers(
        &self,
        request: Request<ListOauthProvidersRequest>,
    ) -> Result<Response<ListOauthProvidersResponse>, Status> {
        open_request(request, |_| None)?;
        let names = self.oauth.providers.names().map(str::to_owned).collect();

        Ok(Response::new(ListOauthProvidersResponse { names }))
    }

    async fn begin_oauth(
        &self,
        request: Request<BeginOauthRequest>,
    ) -> Result<Response<BeginOauthResponse>, Status> {
        let (context, message) = open_request(request, |_| None)?;
        let begun = self.oauth.begin(&context, message.into()).await;
        encode_answer(begun, |begun| BeginOauthResponse {
            authorization_url: begun.authorization_url,
            state: begun.state,
        })
    }

    async fn finish_oauth(
        &self,
        request: Request<FinishOauthRequest>,
    ) -> Result<Response<SignInResponse>, Status> {
        let (context, message) = open_request(request, |message| message.client.take())?;
        let ending = OauthEnding {
            provider: message.provider,
            state: message.state,
            redirect_url: message.redirect_url,
        };

        let finished = self.oauth.finish(&context, ending, &message.code).await;
        encode_answer(finished, convert::encode_sign_in)
    }

    async fn cancel_oauth(
        &self,
        request: Request<CancelOauthRequest>,
    ) -> Result<Response<CancelOauthResponse>, Status> {
        let (context, message) = open_request(request, |_| None)?;
        let ending = OauthEnding {
            provider: message.provider,
            state: message.state,
            redirect_url: message.redirect_url,
        };

        encode_answer(self.oauth.cancel(&context, ending).await, |return_to| {
            CancelOauthResponse { return_to }
        })
    }
}

/// Session and user of a check; empty means none.
fn parse_ids(message: &CheckSessionRequest) -> Result<(Option<Uuid>, Option<Uuid>), AuthError> {
    let id = |text: &str| match text {
        "" => Ok(None),
        text => Uuid::try_parse(text)
            .map(Some)
            .map_err(|_| AuthError::Unauthenticated),
    };
    Ok((id(&message.session_id)?, id(&message.user_id)?))
}

impl From<BeginOauthRequest> for OauthStart {
    fn from(message: BeginOauthRequest) -> Self {
        Self {
            provider: message.provider,
            redirect_url: message.redirect_url,
            return_to: message.return_to,
            link: message.link,
        }
    }
}
