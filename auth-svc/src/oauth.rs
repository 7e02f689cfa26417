//! Asks GitHub and Google who somebody is: OAuth 2.0 authorization code (RFC 6749) with PKCE (RFC 7636, S256). Keeps
//! nothing, and decides nothing: who that is here is the domain's.

mod providers;

use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet, EndpointSet,
    HttpRequest, HttpResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope,
    TokenResponse, TokenUrl, basic::BasicClient,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

pub(crate) use self::providers::{Provider, ProviderIdentity};
use crate::{config::OauthConfig, error::AuthError, external::read_body};

/// Longest answer of a provider.
const ANSWER: usize = 256 * 1024;

/// The configured providers.
pub(crate) struct Providers {
    http: reqwest::Client,
    providers: Vec<Provider>,
}

type OauthClient = BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

#[derive(Debug, thiserror::Error)]
enum SendError {
    #[error("it does not answer")]
    Http(#[from] reqwest::Error),
    #[error("its answer can not be taken")]
    Answer(#[from] http::Error),
    #[error("its answer is longer than {ANSWER} bytes")]
    TooLong,
}

impl Providers {
    pub(crate) fn new(config: &OauthConfig, http: reqwest::Client) -> Self {
        Self {
            http,
            providers: providers::list_configured(config),
        }
    }

    /// By the names that [`find`](Self::find) takes.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.providers.iter().map(|provider| provider.name)
    }

    pub(crate) fn find(&self, name: &str) -> Result<&Provider, AuthError> {
        let found = self.providers.iter().find(|provider| provider.name == name);
        found.ok_or_else(|| AuthError::NotFound {
            what: "sign-in provider",
            id: name.to_owned(),
        })
    }

    /// Who the code was given to.
    pub(crate) async fn identify(
        &self,
        provider: &Provider,
        code: &str,
        redirect_url: &str,
        verifier: String,
    ) -> Result<ProviderIdentity, AuthError> {
        let token = self.exchange(provider, code, redirect_url, verifier).await?;

        provider.identify(&self.http, &token).await
    }

    /// The provider's access token for the code.
    async fn exchange(
        &self,
        provider: &Provider,
        code: &str,
        redirect_url: &str,
        verifier: String,
    ) -> Result<SecretString, AuthError> {
        let http = |request| send(self.http.clone(), request);
        let answer = provider
            .client(redirect_url)?
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(verifier))
            .request_async(&http)
            .await;

        match answer {
            Ok(token) => Ok(token.access_token().secret().clone().into()),
            Err(RequestTokenError::ServerResponse(_)) => Err(AuthError::Unauthenticated),
            // GitHub says no with status 200.
            Err(RequestTokenError::Parse(_, body)) if is_refusal(&body) => Err(AuthError::Unauthenticated),
            Err(error) => Err(AuthError::Provider {
                provider: provider.title,
                source: Box::new(error),
            }),
        }
    }
}

impl Provider {
    /// Where to send the browser. `verifier` is PKCE's: only its hash goes along.
    pub(crate) fn authorization_url(
        &self,
        redirect_url: &str,
        state: &str,
        verifier: String,
    ) -> Result<String, AuthError> {
        let scopes = self.scopes.iter().map(|scope| Scope::new((*scope).to_owned()));
        let verifier = PkceCodeVerifier::new(verifier);
        let state = state.to_owned();

        let client = self.client(redirect_url)?;
        let (url, _) = client
            .authorize_url(|| CsrfToken::new(state))
            .add_scopes(scopes)
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .url();
        Ok(url.to_string())
    }

    fn client(&self, redirect_url: &str) -> Result<OauthClient, AuthError> {
        let broken = |error| AuthError::internal("reading a provider's address", error);
        let redirect = RedirectUrl::new(redirect_url.to_owned())
            .map_err(|_| AuthError::invalid("redirect_url", "an absolute URL"))?;
        let secret = self.client_secret.expose_secret().to_owned();

        Ok(BasicClient::new(ClientId::new(self.client_id.clone()))
            .set_client_secret(ClientSecret::new(secret))
            .set_auth_uri(AuthUrl::new(self.authorize_url.clone()).map_err(broken)?)
            .set_token_uri(TokenUrl::new(self.token_url.clone()).map_err(broken)?)
            .set_redirect_uri(redirect)
            .set_auth_type(AuthType::RequestBody))
    }
}

fn is_refusal(body: &[u8]) -> bool {
    serde_json::from_slice(body).is_ok_and(|answer: Value| answer.get("error").is_some())
}

async fn send(http: reqwest::Client, request: HttpRequest) -> Result<HttpResponse, SendError> {
    let answer = http.execute(reqwest::Request::try_from(request)?).await?;
    let mut response = http::Response::builder().status(answer.status());
    if let Some(headers) = response.headers_mut() {
        *headers = answer.headers().clone();
    }

    let body = read_body(answer, ANSWER).await?.ok_or(SendError::TooLong)?;
    Ok(response.body(body)?)
}
