//! People with and without accounts, as they reach the public door: each request brings the headers that it is given.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::client::{Answer, Client};

/// A password that no list of well-known ones has.
pub(crate) const PASSWORD: &str = "an unusual sentence";

/// Somebody with tokens of their own.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) access: String,
    pub(crate) refresh: String,
}

impl Person {
    /// From the answer of a route that signs somebody in.
    pub(crate) fn of(answer: &Answer) -> Self {
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);

        let text = |value: &Value| {
            value
                .as_str()
                .unwrap_or_else(|| panic!("{}", answer.body))
                .to_owned()
        };

        Self {
            id: text(&answer.body["user"]["id"]),
            access: text(&answer.body["access_token"]),
            refresh: text(&answer.body["refresh_token"]),
        }
    }

    pub(crate) async fn register(door: &Client, name: &str) -> Self {
        let body = json!({ "email": format!("{name}@example.org"), "username": name, "password": PASSWORD });
        Self::of(&door.post("/api/v1/auth/register", body).await)
    }

    pub(crate) async fn login(door: &Client, name: &str) -> Self {
        Self::of(&login(door, name, PASSWORD).await)
    }

    pub(crate) async fn guest(door: &Client) -> Self {
        Self::of(&door.post("/api/v1/auth/guest", json!({})).await)
    }

    pub(crate) async fn call(&self, door: &Client, method: &str, path: &str, body: Option<Value>) -> Answer {
        bearing(door, &self.access, method, path, body).await
    }

    pub(crate) async fn get(&self, door: &Client, path: &str) -> Answer {
        self.call(door, "GET", path, None).await
    }

    pub(crate) async fn post(&self, door: &Client, path: &str, body: Value) -> Answer {
        self.call(door, "POST", path, Some(body)).await
    }

    /// The account as it is now.
    pub(crate) async fn me(&self, door: &Client) -> Value {
        let answer = self.get(door, "/api/v1/auth/me").await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer.body
    }

    /// The status of asking who one is.
    pub(crate) async fn standing(&self, door: &Client) -> u16 {
        self.get(door, "/api/v1/auth/me").await.status.as_u16()
    }

    /// Asks for a story and returns its id.
    pub(crate) async fn generate(&self, door: &Client, repository: &str) -> String {
        let body = json!({ "repoUrl": repository, "duration": 5 });
        let answer = self.post(door, "/api/stories/generate", body).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer.body["id"].as_str().expect("an id").to_owned()
    }

    /// Exchanges the refresh token.
    pub(crate) async fn refreshed(&self, door: &Client) -> Answer {
        refresh(door, &self.refresh).await
    }
}

pub(crate) async fn login(door: &Client, name: &str, password: &str) -> Answer {
    let body = json!({ "identifier": name, "password": password });
    door.post("/api/v1/auth/login", body).await
}

pub(crate) async fn refresh(door: &Client, token: &str) -> Answer {
    door.post("/api/v1/auth/refresh", json!({ "refresh_token": token }))
        .await
}

pub(crate) async fn bearing(
    door: &Client,
    credential: &str,
    method: &str,
    path: &str,
    body: Option<Value>,
) -> Answer {
    let header = format!("Bearer {credential}");
    with(door, &[("authorization", &header)], method, path, body).await
}

/// A request with these headers.
pub(crate) async fn with(
    door: &Client,
    headers: &[(&str, &str)],
    method: &str,
    path: &str,
    body: Option<Value>,
) -> Answer {
    let method: Method = method.parse().expect("a method");
    door.ask(method, path, headers, body).await
}

/// A GraphQL request; `credential` goes into `Authorization`.
pub(crate) async fn graphql(door: &Client, credential: Option<&str>, query: &str) -> Answer {
    let body = Some(json!({ "query": query }));
    match credential {
        Some(credential) => bearing(door, credential, "POST", "/graphql", body).await,
        None => with(door, &[], "POST", "/graphql", body).await,
    }
}

/// The value of a cookie that an answer sets, as `name=value`.
pub(crate) fn cookie(answer: &Answer, name: &str) -> String {
    let prefix = format!("{name}=");
    let set = answer
        .headers
        .get_all("set-cookie")
        .iter()
        .filter_map(|set| set.to_str().ok());
    let found = set
        .filter_map(|set| set.split(';').next())
        .find(|pair| pair.starts_with(&prefix));

    found
        .unwrap_or_else(|| panic!("no cookie {name} in {:?}", answer.headers))
        .to_owned()
}
