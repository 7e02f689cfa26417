//! Sign-in with GitHub and Google: OAuth 2.0 authorization code (RFC 6749) with PKCE (RFC 7636, S256) and a state that is
//! good once, for ten minutes, for one browser. Asks the provider who somebody is; the domain decides who that is here.

mod providers;

use chrono::TimeDelta;
use oauth2::basic::BasicClient;
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet, EndpointSet,
    HttpRequest, HttpResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope,
    TokenResponse, TokenUrl,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

pub(crate) use self::providers::Provided;
use self::providers::{Provider, providers};
use crate::{
    config::OauthConfig,
    domain::{
        asking::Asking,
        core::{Core, Grant},
    },
    error::AuthError,
    external::read,
    store::oauth_states::{self, State},
    tokens::hash,
};

/// How long a person may take at the provider.
const STATE: TimeDelta = TimeDelta::minutes(10);
/// Longest path to come back to, and longest answer of a provider.
const PATH: usize = 2_000;
const ANSWER: usize = 256 * 1024;

/// A sign-in as it begins.
pub(crate) struct Beginning {
    pub(crate) provider: String,
    pub(crate) redirect_url: String,
    pub(crate) return_to: String,
    pub(crate) link: bool,
}

/// Where to send the browser.
pub(crate) struct Begun {
    pub(crate) authorization_url: String,
    pub(crate) state: String,
}

/// A sign-in as it comes back.
pub(crate) struct Ending {
    pub(crate) provider: String,
    pub(crate) state: String,
    pub(crate) code: String,
    pub(crate) redirect_url: String,
}

/// The configured providers.
pub(crate) struct Oauth {
    http: reqwest::Client,
    providers: Vec<Provider>,
}

type Client = BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

#[derive(Debug, thiserror::Error)]
enum SendError {
    #[error("it does not answer")]
    Http(#[from] reqwest::Error),
    #[error("its answer can not be taken")]
    Answer(#[from] http::Error),
    #[error("its answer is longer than {ANSWER} bytes")]
    TooLong,
}

impl Oauth {
    pub(crate) fn new(config: &OauthConfig, http: reqwest::Client) -> Self {
        Self {
            http,
            providers: providers(config),
        }
    }

    fn provider(&self, name: &str) -> Result<&Provider, AuthError> {
        let found = self.providers.iter().find(|provider| provider.name == name);
        found.ok_or_else(|| AuthError::NotFound {
            what: "sign-in provider",
            id: name.to_owned(),
        })
    }

    pub(crate) async fn begin(
        &self,
        core: &Core,
        asking: &Asking,
        begin: Beginning,
    ) -> Result<Begun, AuthError> {
        let provider = self.provider(&begin.provider)?;
        let client = client(provider, &begin.redirect_url)?;
        let state = core.secrets.state();
        let kept = State {
            provider: begin.provider,
            redirect_url: begin.redirect_url,
            return_to: return_to(&begin.return_to)?,
            link_user_id: begin.link.then_some(asking.actor.user_id),
            expires_at: core.clock.now() + STATE,
        };

        oauth_states::insert(&core.db, &state.hash(), &kept).await?;

        let verifier = PkceCodeVerifier::new(core.secrets.verifier(state.expose()));
        let text = state.expose().to_owned();
        let (url, _) = client
            .authorize_url(|| CsrfToken::new(text))
            .add_scopes(
                provider
                    .scopes
                    .iter()
                    .map(|scope| Scope::new((*scope).to_owned())),
            )
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .url();

        Ok(Begun {
            authorization_url: url.to_string(),
            state: state.expose().to_owned(),
        })
    }

    pub(crate) async fn finish(&self, core: &Core, asking: &Asking, end: Ending) -> Result<Grant, AuthError> {
        let provider = self.provider(&end.provider)?;
        let state = oauth_states::take(&core.db, &hash(&end.state)).await?;
        let fits = |state: &State| {
            state.provider == end.provider
                && state.redirect_url == end.redirect_url
                && state.expires_at > core.clock.now()
                && state.link_user_id.is_none_or(|user| user == asking.actor.user_id)
        };
        let state = state.filter(fits).ok_or(AuthError::Unauthenticated)?;
        let verifier = core.secrets.verifier(&end.state);
        let token = self.exchange(provider, &end, verifier).await?;
        let provided = provider.who(&self.http, &token).await?;
        let grant = core
            .sign_in_by(asking, provider.name, provided, state.link_user_id.is_some())
            .await?;

        Ok(Grant {
            return_to: state.return_to,
            ..grant
        })
    }

    /// The provider's access token for the code.
    async fn exchange(
        &self,
        provider: &Provider,
        end: &Ending,
        verifier: String,
    ) -> Result<SecretString, AuthError> {
        let http = |request| send(self.http.clone(), request);
        let answer = client(provider, &end.redirect_url)?
            .exchange_code(AuthorizationCode::new(end.code.clone()))
            .set_pkce_verifier(PkceCodeVerifier::new(verifier))
            .request_async(&http)
            .await;

        match answer {
            Ok(token) => Ok(token.access_token().secret().clone().into()),
            Err(RequestTokenError::ServerResponse(_)) => Err(AuthError::Unauthenticated),
            // GitHub says no with status 200.
            Err(RequestTokenError::Parse(_, body)) if says_no(&body) => Err(AuthError::Unauthenticated),
            Err(error) => Err(AuthError::Provider {
                provider: provider.title,
                source: Box::new(error),
            }),
        }
    }
}

fn says_no(body: &[u8]) -> bool {
    serde_json::from_slice(body).is_ok_and(|answer: Value| answer.get("error").is_some())
}

fn client(provider: &Provider, redirect_url: &str) -> Result<Client, AuthError> {
    let broken = |error| AuthError::internal("reading a provider's address", error);
    let redirect = RedirectUrl::new(redirect_url.to_owned())
        .map_err(|_| AuthError::invalid("redirect_url", "an absolute URL"))?;

    Ok(BasicClient::new(ClientId::new(provider.client_id.clone()))
        .set_client_secret(ClientSecret::new(
            provider.client_secret.expose_secret().to_owned(),
        ))
        .set_auth_uri(AuthUrl::new(provider.authorize_url.clone()).map_err(broken)?)
        .set_token_uri(TokenUrl::new(provider.token_url.clone()).map_err(broken)?)
        .set_redirect_uri(redirect)
        .set_auth_type(AuthType::RequestBody))
}

async fn send(http: reqwest::Client, request: HttpRequest) -> Result<HttpResponse, SendError> {
    let answer = http.execute(reqwest::Request::try_from(request)?).await?;
    let mut response = http::Response::builder().status(answer.status());
    if let Some(headers) = response.headers_mut() {
        *headers = answer.headers().clone();
    }
    let body = read(answer, ANSWER).await?.ok_or(SendError::TooLong)?;
    Ok(response.body(body)?)
}

/// A path on our own side, never an address: a sign-in must not send people elsewhere.
fn return_to(text: &str) -> Result<String, AuthError> {
    if text.is_empty() {
        return Ok("/".to_owned());
    }

    let odd = |char: char| char.is_control() || char == '\\';
    let own = text.starts_with('/') && !text.starts_with("//") && text.len() <= PATH && !text.contains(odd);

    match own {
        true => Ok(text.to_owned()),
        false => Err(AuthError::invalid(
            "return_to",
            "a path on this site, such as /stories",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_site_are_returned_to() {
        assert_eq!(return_to("").unwrap(), "/");
        assert_eq!(return_to("/stories?x=1#y").unwrap(), "/stories?x=1#y");

        for elsewhere in [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "stories",
            "/a\r\nb",
            "javascript:x",
        ] {
            assert!(return_to(elsewhere).is_err(), "{elsewhere}");
        }
    }
}
