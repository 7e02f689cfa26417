//! What differs between the providers: addresses, scopes, and how they say who somebody is.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, de::DeserializeOwned};

use super::{ANSWER, ProviderError};
use crate::{config::OauthConfig, error::AuthError, external::read_body};

pub(crate) struct Provider {
    /// In routes and in the database.
    pub(crate) name: &'static str,
    /// For people.
    pub(super) title: &'static str,
    pub(super) client_id: String,
    pub(super) client_secret: SecretString,
    pub(super) authorize_url: String,
    pub(super) token_url: String,
    pub(super) scopes: &'static [&'static str],
    api: ProviderApi,
}

/// Where to ask who somebody is.
enum ProviderApi {
    /// `/user` and `/user/emails` of the REST API.
    Github { api_url: String },
    /// OpenID Connect's user info.
    Google { userinfo_url: String },
}

/// Who somebody is for a provider.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ProviderIdentity {
    /// Never changes, unlike names and emails.
    pub(crate) subject: String,
    /// Only one that the provider has verified.
    pub(crate) verified_email: Option<String>,
}

/// Those that have a client id.
pub(super) fn list_configured(config: &OauthConfig) -> Vec<Provider> {
    let (github, google) = (&config.github, &config.google);
    let all = [
        Provider {
            name: "github",
            title: "GitHub",
            client_id: github.client_id.clone(),
            client_secret: github.client_secret.clone(),
            authorize_url: github.authorize_url.clone(),
            token_url: github.token_url.clone(),
            scopes: &["read:user", "user:email"],
            api: ProviderApi::Github {
                api_url: github.api_url.trim_end_matches('/').to_owned(),
            },
        },
        Provider {
            name: "google",
            title: "Google",
            client_id: google.client_id.clone(),
            client_secret: google.client_secret.clone(),
            authorize_url: google.authorize_url.clone(),
            token_url: google.token_url.clone(),
            scopes: &["openid", "email", "profile"],
            api: ProviderApi::Google {
                userinfo_url: google.userinfo_url.clone(),
            },
        },
    ];

    all.into_iter()
        .filter(|provider| !provider.client_id.is_empty())
        .collect()
}

#[derive(Deserialize)]
struct GithubUser {
    id: u64,
}

#[derive(Deserialize)]
struct GithubEmail {
    email: String,
    primary: bool,
    verified: bool,
}

#[derive(Deserialize)]
struct GoogleUser {
    sub: String,
    email: Option<String>,
    #[serde(default)]
    email_verified: bool,
}

#[derive(Debug, thiserror::Error)]
enum AskError {
    #[error(transparent)]
    Send(#[from] ProviderError),
    #[error("it answers with status {0}")]
    Status(u16),
    #[error("its answer has another shape")]
    Shape(#[from] serde_json::Error),
}

impl Provider {
    pub(super) async fn identify(
        &self,
        http: &reqwest::Client,
        token: &SecretString,
    ) -> Result<ProviderIdentity, AuthError> {
        let asked = match &self.api {
            ProviderApi::Github { api_url } => identify_at_github(http, api_url, token).await,
            ProviderApi::Google { userinfo_url } => identify_at_google(http, userinfo_url, token).await,
        };
        asked.map_err(|error| AuthError::Provider {
            provider: self.title,
            source: Box::new(error),
        })
    }
}

async fn identify_at_github(
    http: &reqwest::Client,
    api: &str,
    token: &SecretString,
) -> Result<ProviderIdentity, AskError> {
    let user: GithubUser = ask(http, &format!("{api}/user"), token).await?;
    let emails: Vec<GithubEmail> = ask(http, &format!("{api}/user/emails"), token).await?;
    let mut verified: Vec<_> = emails.into_iter().filter(|email| email.verified).collect();
    verified.sort_by_key(|email| !email.primary);
    Ok(ProviderIdentity {
        subject: user.id.to_string(),
        verified_email: verified.into_iter().next().map(|email| email.email),
    })
}

async fn identify_at_google(
    http: &reqwest::Client,
    url: &str,
    token: &SecretString,
) -> Result<ProviderIdentity, AskError> {
    let user: GoogleUser = ask(http, url, token).await?;
    Ok(ProviderIdentity {
        subject: user.sub,
        verified_email: user.email.filter(|_| user.email_verified),
    })
}

async fn ask<T: DeserializeOwned>(
    http: &reqwest::Client,
    url: &str,
    token: &SecretString,
) -> Result<T, AskError> {
    let answer = http
        .get(url)
        .bearer_auth(token.expose_secret())
        .header(http::header::ACCEPT, "application/json")
        .send()
        .await
        .map_err(ProviderError::from)?;
    if !answer.status().is_success() {
        return Err(AskError::Status(answer.status().as_u16()));
    }

    let body = read_body(answer, ANSWER).await.map_err(ProviderError::from)?;
    Ok(serde_json::from_slice(&body.ok_or(ProviderError::TooLong)?)?)
}
