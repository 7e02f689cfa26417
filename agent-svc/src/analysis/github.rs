//! What GitHub says of a repository, when it answers in time. Never an error: the analysis stands without it.

use std::{collections::BTreeMap, time::Duration};

use chrono::{DateTime, Utc};
use repo::analysis::model::GithubMetadata;
use reqwest::{Client, RequestBuilder, header};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::config::AnalysisConfig;

/// A client for `GET /repos/{owner}/{repo}` and two of its neighbours
/// (<https://docs.github.com/en/rest/repos/repos>).
#[derive(Debug, Clone)]
pub(crate) struct Github {
    client: Client,
    base: String,
    token: SecretString,
    limit: Duration,
}

#[derive(Debug, Deserialize)]
struct Repository {
    #[serde(default)]
    stargazers_count: u64,
    #[serde(default)]
    forks_count: u64,
    #[serde(default)]
    open_issues_count: u64,
    #[serde(default)]
    topics: Vec<String>,
    description: Option<String>,
    homepage: Option<String>,
    #[serde(default)]
    archived: bool,
    created_at: Option<DateTime<Utc>>,
}

impl Github {
    /// `None` when the address of the API is empty.
    pub(crate) fn new(config: &AnalysisConfig) -> Option<Self> {
        if config.github_api_url.is_empty() {
            return None;
        }

        let client = Client::builder()
            .user_agent(concat!("saga/", env!("CARGO_PKG_VERSION")))
            .build()
            .ok()?;

        Some(Self {
            client,
            base: config.github_api_url.trim_end_matches('/').to_owned(),
            token: config.github_token.clone(),
            limit: Duration::from_secs(config.github_timeout_seconds),
        })
    }

    /// Asks for everything at once; what does not come in time is left out.
    pub(crate) async fn metadata(&self, owner: &str, name: &str) -> Option<GithubMetadata> {
        let at = |tail: &str| self.get(&format!("{}/repos/{owner}/{name}{tail}", self.base));
        let (repository, languages, contributors) = tokio::join!(
            self.json::<Repository>(at("")),
            self.json::<BTreeMap<String, u64>>(at("/languages")),
            self.contributors(at("/contributors?per_page=1&anon=true")),
        );
        let repository = repository?;
        let text = |text: Option<String>| {
            text.map(|text| repo::analysis::prose::tidy(&text))
                .filter(|text| !text.is_empty())
        };

        Some(GithubMetadata {
            stars: repository.stargazers_count,
            forks: repository.forks_count,
            open_issues: repository.open_issues_count,
            contributors,
            topics: repository.topics,
            description: text(repository.description),
            homepage: text(repository.homepage),
            archived: repository.archived,
            languages: languages.unwrap_or_default(),
            created_at: repository.created_at,
        })
    }

    fn get(&self, url: &str) -> RequestBuilder {
        let request = self
            .client
            .get(url)
            .timeout(self.limit)
            .header(header::ACCEPT, "application/vnd.github+json");

        match self.token.expose_secret() {
            "" => request,
            token => request.bearer_auth(token),
        }
    }

    async fn json<T: serde::de::DeserializeOwned>(&self, request: RequestBuilder) -> Option<T> {
        request
            .send()
            .await
            .ok()?
            .error_for_status()
            .ok()?
            .json()
            .await
            .ok()
    }

    /// One a page, so the number of the last page is the number of contributors.
    async fn contributors(&self, request: RequestBuilder) -> Option<u64> {
        let response = request.send().await.ok()?.error_for_status().ok()?;
        let link = response
            .headers()
            .get(header::LINK)
            .and_then(|link| link.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        let last = link.split(',').find(|part| part.contains("rel=\"last\""));

        match last {
            Some(last) => last
                .split(['?', '&', '>'])
                .find_map(|part| part.strip_prefix("page=")?.parse().ok()),
            None => Some(response.json::<Vec<serde_json::Value>>().await.ok()?.len() as u64),
        }
    }
}
