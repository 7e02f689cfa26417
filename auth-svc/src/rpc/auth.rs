//! `saga.v1.Auth`.

use std::sync::Arc;

use kit::into_status;
use proto::v1::auth_server::Auth;
use proto::v1::authenticate_request::Credential;
use proto::v1::{
    AuthenticateRequest, Authenticated, BeginOauthRequest, BeginOauthResponse, CheckSessionRequest,
    CreateGuestRequest, FinishOauthRequest, GetJwksRequest, Grant, Jwks, LoginRequest, LogoutRequest,
    LogoutResponse, LogoutScope, RefreshRequest, RefreshResponse, RegisterRequest,
};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::convert::{self, answer, taken};
use crate::domain::core::Core;
use crate::domain::sessions::Scope;
use crate::domain::sign_up::Registration;
use crate::error::AuthError;
use crate::external::Issuers;
use crate::oauth::Oauth;

pub(crate) struct AuthRpc {
    pub(crate) core: Arc<Core>,
    pub(crate) issuers: Issuers,
    pub(crate) oauth: Oauth,
}

#[tonic::async_trait]
impl Auth for AuthRpc {
    async fn register(&self, request: Request<RegisterRequest>) -> Result<Response<Grant>, Status> {
        let (asking, message) = taken(request, |message| message.client.take())?;
        let raw = Registration {
            email: message.email,
            password: message.password,
            username: message.username,
            upgrade: message.upgrade,
        };
        answer(self.core.register(&asking, raw).await, convert::grant)
    }

    async fn login(&self, request: Request<LoginRequest>) -> Result<Response<Grant>, Status> {
        let (asking, message) = taken(request, |message| message.client.take())?;
        let granted = self
            .core
            .login(&asking, &message.identifier, message.password.into())
            .await;
        answer(granted, convert::grant)
    }

    async fn create_guest(&self, request: Request<CreateGuestRequest>) -> Result<Response<Grant>, Status> {
        let (asking, message) = taken(request, |message| message.client.take())?;
        answer(
            self.core.create_guest(&asking, message.upgrade).await,
            convert::grant,
        )
    }

    async fn refresh(&self, request: Request<RefreshRequest>) -> Result<Response<RefreshResponse>, Status> {
        let (asking, message) = taken(request, |message| message.client.take())?;
        answer(
            self.core.refresh(&asking, &message.refresh_token).await,
            convert::refreshed,
        )
    }

    async fn logout(&self, request: Request<LogoutRequest>) -> Result<Response<LogoutResponse>, Status> {
        let (asking, message) = taken(request, |message| message.client.take())?;
        let scope = match message.scope() {
            LogoutScope::Unspecified | LogoutScope::Local => Scope::Local,
            LogoutScope::Others => Scope::Others,
            LogoutScope::Global => Scope::Global,
        };
        let ended = self.core.logout(&asking, scope, &message.refresh_token).await;

        answer(ended, |ids| LogoutResponse {
            revoked_session_ids: ids.iter().map(Uuid::to_string).collect(),
        })
    }

    async fn authenticate(
        &self,
        request: Request<AuthenticateRequest>,
    ) -> Result<Response<Authenticated>, Status> {
        let (asking, message) = taken(request, |message| message.client.take())?;
        let found = match message.credential {
            Some(Credential::ApiKey(key)) => self.core.by_api_key(&key).await,
            Some(Credential::ExternalToken(token)) => {
                self.core.by_token(&asking, &self.issuers, &token).await
            }
            None => Err(AuthError::Unauthenticated),
        };

        answer(found, convert::authenticated)
    }

    async fn check_session(
        &self,
        request: Request<CheckSessionRequest>,
    ) -> Result<Response<Authenticated>, Status> {
        let (_, message) = taken(request, |_| None)?;
        let (session, user) = ids(&message).map_err(into_status)?;
        answer(
            self.core.check_session(session, user).await,
            convert::authenticated,
        )
    }

    async fn get_jwks(&self, request: Request<GetJwksRequest>) -> Result<Response<Jwks>, Status> {
        taken(request, |_| None)?;
        let rules = self.core.keyring.rules();
        answer(self.core.keyring.loaded().await, |loaded| Jwks {
            json: loaded.jwks.clone(),
            issuer: rules.issuer().to_owned(),
            audience: rules.audience().to_owned(),
        })
    }

    async fn begin_oauth(
        &self,
        request: Request<BeginOauthRequest>,
    ) -> Result<Response<BeginOauthResponse>, Status> {
        let (asking, message) = taken(request, |_| None)?;
        let begun = self.oauth.begin(&self.core, &asking, message.into()).await;
        answer(begun, |begun| BeginOauthResponse {
            authorization_url: begun.authorization_url,
            state: begun.state,
        })
    }

    async fn finish_oauth(&self, request: Request<FinishOauthRequest>) -> Result<Response<Grant>, Status> {
        let (asking, message) = taken(request, |message| message.client.take())?;
        answer(
            self.oauth.finish(&self.core, &asking, message.into()).await,
            convert::grant,
        )
    }
}

/// Session and user of a check; empty means none.
fn ids(message: &CheckSessionRequest) -> Result<(Option<Uuid>, Option<Uuid>), AuthError> {
    let id = |text: &str| match text {
        "" => Ok(None),
        text => Uuid::try_parse(text)
            .map(Some)
            .map_err(|_| AuthError::Unauthenticated),
    };
    Ok((id(&message.session_id)?, id(&message.user_id)?))
}

impl From<BeginOauthRequest> for crate::oauth::Beginning {
    fn from(message: BeginOauthRequest) -> Self {
        Self {
            provider: message.provider,
            redirect_url: message.redirect_url,
            return_to: message.return_to,
            link: message.link,
        }
    }
}

impl From<FinishOauthRequest> for crate::oauth::Ending {
    fn from(message: FinishOauthRequest) -> Self {
        Self {
            provider: message.provider,
            state: message.state,
            code: message.code,
            redirect_url: message.redirect_url,
        }
    }
}
