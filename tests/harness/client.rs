//! A client of the public door: typed where tests look, raw where they must see bytes.

use std::sync::Mutex;

use futures::StreamExt;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio_tungstenite::{connect_async, tungstenite::Message};

use super::{saga::Saga, wait};

pub(crate) struct Client {
    http: reqwest::Client,
    /// The cookie of its guest, once it has made something.
    guest: Mutex<Option<String>>,
    base: String,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
}

impl Client {
    pub(crate) fn of(saga: &Saga) -> Self {
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client");

        Self {
            http,
            guest: Mutex::default(),
            base: saga.base().to_owned(),
        }
    }

    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        self.ask(method, path, &[], body).await
    }

    /// A request that brings headers of its own. Redirects are told, not followed.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> Answer {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }

        let own = headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("cookie"));
        if let Some(cookie) = self.guest.lock().expect("no panic").clone().filter(|_| !own) {
            request = request.header("cookie", cookie);
        }

        if let Some(body) = body {
            request = request.json(&body);
        }

        let response = request.send().await.expect("the server answers");
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.expect("a body");

        Answer {
            status,
            headers,
            body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, Some(body)).await
    }

    /// Asks for a five-minute story and returns its id.
    pub(crate) async fn generate(&self, repository: &str) -> String {
        let body = json!({ "repoUrl": repository, "style": "documentary", "duration": 5, "voice": "Rachel" });
        let answer = self.post("/api/stories/generate", body).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);

        let cookie = answer.headers.get("set-cookie").and_then(|set| set.to_str().ok());
        let cookie = cookie.filter(|set| set.starts_with("saga_guest="));
        if let Some(cookie) = cookie.and_then(|set| set.split(';').next()) {
            *self.guest.lock().expect("no panic") = Some(cookie.to_owned());
        }

        answer.body["id"].as_str().expect("an id").to_owned()
    }

    pub(crate) async fn story(&self, id: &str) -> Value {
        let answer = self.get(&format!("/api/stories/{id}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer.body
    }

    /// Waits until the story's status is one of `wanted`.
    pub(crate) async fn story_in(&self, id: &str, wanted: &[&str]) -> Value {
        wait::until(&format!("story {id} to be one of {wanted:?}"), || async {
            let story = self.story(id).await;
            let status = story["status"].as_str().unwrap_or_default().to_owned();
            let over = matches!(status.as_str(), "failed" | "completed");
            assert!(
                !over || wanted.contains(&status.as_str()),
                "the story ended as {story}"
            );
            wanted.contains(&status.as_str()).then_some(story)
        })
        .await
    }

    pub(crate) async fn bytes(&self, url: &str) -> Vec<u8> {
        let response = self.http.get(url).send().await.expect("the server answers");
        assert_eq!(response.status(), StatusCode::OK);
        response.bytes().await.expect("a body").to_vec()
    }

    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.http
    }
}

/// Every message of a story's progress socket after number `after`, until the server closes it.
pub(crate) async fn watch(saga: &Saga, story: &str, after: u64) -> Vec<Value> {
    let mut messages = Vec::new();
    watch_while(saga, story, after, |message| {
        messages.push(message.clone());
        true
    })
    .await;
    messages
}

/// Hands each message to `keep_going` until it answers false or the server closes the socket.
pub(crate) async fn watch_while(
    saga: &Saga,
    story: &str,
    after: u64,
    mut keep_going: impl FnMut(&Value) -> bool,
) {
    let url = saga.websocket(&format!("/ws/stories/{story}/progress?after={after}"));
    let (mut socket, _) = connect_async(url).await.expect("the socket opens");
    let reading = async {
        while let Some(Ok(message)) = socket.next().await {
            match message {
                Message::Text(text) => {
                    let value: Value = serde_json::from_str(text.as_str()).expect("messages are JSON");
                    if !keep_going(&value) {
                        return;
                    }
                }
                Message::Close(_) => return,
                _ => {}
            }
        }
    };

    tokio::time::timeout(wait::PATIENCE, reading)
        .await
        .expect("the story moves on");
}
