//! A thousand calls, drawn by chance from a seed, have the same answers on both databases. What is chance in an answer itself
//! (ids, times, secrets, addresses) is made equal first: an id becomes the number of its first appearance.

use regex::Regex;
use serde_json::{Map, Value, json};

use super::Database;
use crate::harness::{
    client::{Answer, Client},
    people::{self, PASSWORD},
    saga::{DataFolder, Launch, Saga},
};

const SEED: u64 = 20_261;
const CALLS: usize = 1_000;
const PEOPLE: usize = 4;
/// Values that are secret, or opaque and made of ids and times.
const OPAQUE: [&str; 10] = [
    "access_token",
    "refresh_token",
    "csrf_token",
    "key",
    "prefix",
    "cursor",
    "next_page_token",
    "requestId",
    "request_id",
    "traceId",
];

/// What one of several platforms has answered.
pub(super) struct Side {
    saga: Saga,
    pub(super) door: Client,
    /// Access tokens by person.
    pub(super) tokens: Vec<String>,
    /// In the order in which they were first seen.
    ids: Vec<String>,
    id: Regex,
    time: Regex,
}

/// Every role but the worker, so that nothing happens by itself.
pub(super) fn without_a_worker(launch: Launch) -> Launch {
    let launch = launch.argument("serve");
    let launch = ["gateway", "auth", "story", "agent"]
        .into_iter()
        .fold(launch, |launch, role| launch.argument("--role").argument(role));
    launch.set("SAGA_RPC__LISTEN", "127.0.0.1:0")
}

/// One call, with `{id:N}` where the Nth id stands.
#[derive(Debug)]
pub(super) struct Call {
    /// Nobody when there is no such person.
    who: usize,
    method: &'static str,
    path: String,
    body: Option<Value>,
    key: Option<String>,
    /// What the answer's `id` is one of.
    makes: Option<Kind>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Story,
    ApiKey,
}

/// The script: what to ask next, from chance and from what was made so far.
pub(super) struct Script {
    state: u64,
    stories: Vec<String>,
    api_keys: Vec<String>,
}

impl Side {
    /// With people who have just signed up.
    pub(super) async fn start(launch: Launch) -> Self {
        let mut side = Self::of(launch, Vec::new(), Vec::new()).await;
        for person in 0..PEOPLE {
            let name = format!("person{person}");
            let body =
                json!({ "email": format!("{name}@example.org"), "username": name, "password": PASSWORD });
            let answer = side.door.post("/api/v1/auth/register", body).await;
            let token = answer.body["access_token"].as_str().expect("a token").to_owned();
            side.tokens.push(token);
        }

        side
    }

    /// Another platform that holds what `other` does: with the same tokens, and the same ids.
    pub(super) async fn resume(launch: Launch, other: &Self) -> Self {
        Self::of(launch, other.tokens.clone(), other.ids.clone()).await
    }

    async fn of(launch: Launch, tokens: Vec<String>, ids: Vec<String>) -> Self {
        let saga = launch.serve().await;
        Self {
            door: Client::of(&saga),
            saga,
            tokens,
            ids,
            id: Regex::new("[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}")
                .expect("a pattern"),
            time: Regex::new(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)").expect("a pattern"),
        }
    }

    pub(super) fn base(&self) -> &str {
        self.saga.base()
    }

    pub(super) async fn stop(self) {
        assert_eq!(self.saga.stop().await, Some(0));
    }

    pub(super) async fn ask(&mut self, call: &Call) -> (u16, Value) {
        let token = self.tokens.get(call.who).map(|token| format!("Bearer {token}"));
        let mut headers = Vec::new();
        headers.extend(token.as_deref().map(|token| ("authorization", token)));
        headers.extend(call.key.as_deref().map(|key| ("idempotency-key", key)));

        let path = self.fill(&call.path);
        let body = call.body.as_ref().map(|body| self.fill(&body.to_string()));
        let body = body.map(|text| serde_json::from_str(&text).expect("still JSON"));
        let Answer { status, body, .. } = people::with(&self.door, &headers, call.method, &path, body).await;

        (status.as_u16(), self.normalize(body))
    }

    fn fill(&self, text: &str) -> String {
        let mut filled = text.to_owned();
        for (number, id) in self.ids.iter().enumerate() {
            if filled.contains("{id:") {
                filled = filled.replace(&format!("{{id:{number}}}"), id);
            }
        }
        filled
    }

    fn normalize(&mut self, value: Value) -> Value {
        match value {
            Value::Object(fields) => {
                let fields = fields.into_iter().map(|(name, value)| {
                    let opaque = OPAQUE.contains(&name.as_str()) || name.ends_with("Cursor");
                    let value = match value {
                        Value::String(text) if opaque && !text.is_empty() => json!("opaque"),
                        value => self.normalize(value),
                    };
                    (name, value)
                });
                Value::Object(fields.collect::<Map<_, _>>())
            }
            Value::Array(items) => items.into_iter().map(|item| self.normalize(item)).collect(),
            Value::String(text) => Value::String(self.normalize_text(&text)),
            other => other,
        }
    }

    fn normalize_text(&mut self, text: &str) -> String {
        let (id, ids) = (self.id.clone(), &mut self.ids);
        let text = id.replace_all(text, |found: &regex::Captures<'_>| {
            let place = ids.iter().position(|known| known == &found[0]);
            let place = place.unwrap_or_else(|| {
                ids.push(found[0].to_owned());
                ids.len() - 1
            });
            format!("{{id:{place}}}")
        });
        let text = self.time.replace_all(&text, "time");

        text.replace(self.saga.base(), "base")
    }
}

impl Script {
    pub(super) fn new() -> Self {
        Self {
            state: SEED,
            stories: Vec::new(),
            api_keys: Vec::new(),
        }
    }

    /// A number below `end`, by Knuth's linear congruential generator.
    fn draw(&mut self, end: usize) -> usize {
        self.state = self
            .state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.state >> 33).expect("31 bits") % end
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.draw(of.len())]
    }

    /// One that was made, of whomever; now and then one that never was.
    fn one_of(&mut self, kind: Kind) -> String {
        let place = self.draw(1 << 20);
        let made = match kind {
            Kind::Story => &self.stories,
            Kind::ApiKey => &self.api_keys,
        };

        match made.len() {
            0 => "00000000-0000-4000-8000-000000000000".to_owned(),
            _ if place.is_multiple_of(23) => "00000000-0000-4000-8000-000000000000".to_owned(),
            // Rather a young one, which is not deleted yet.
            len => made[len - 1 - (place % len).min(place / 7 % len)].clone(),
        }
    }

    pub(super) fn next(&mut self) -> Call {
        let who = self.draw(PEOPLE + 1);
        let plain = |method, path: String, body| Call {
            who,
            method,
            path,
            body,
            key: None,
            makes: None,
        };

        match self.draw(20) {
            0..=3 => self.generate(who),
            4 => plain("GET", format!("/api/stories/{}", self.one_of(Kind::Story)), None),
            5 => plain("GET", "/api/stories?kind=code".to_owned(), None),
            6 => {
                let title = self.pick(&["Tides", "Ебать", "50% off_", "a 'quoted' \"title\"", "", "🦀"]);
                let path = format!("/api/stories/{}", self.one_of(Kind::Story));
                plain("PATCH", path, Some(json!({ "title": title })))
            }
            7 => {
                let method = self.pick(&["POST", "DELETE"]);
                plain(
                    method,
                    format!("/api/stories/{}/share", self.one_of(Kind::Story)),
                    None,
                )
            }
            8 => {
                let act = self.pick(&["cancel", "restart"]);
                plain(
                    "POST",
                    format!("/api/stories/{}/{act}", self.one_of(Kind::Story)),
                    None,
                )
            }
            9 => plain(
                "DELETE",
                format!("/api/stories/{}", self.one_of(Kind::Story)),
                None,
            ),
            10 => {
                let ids = [self.one_of(Kind::Story), self.one_of(Kind::Story)];
                plain(
                    "DELETE",
                    "/api/stories".to_owned(),
                    Some(json!({ "storyIds": ids })),
                )
            }
            11 => self.make_key(who),
            12 => {
                let (method, act) = self.pick(&[("DELETE", ""), ("POST", "/regenerate")]);
                plain(
                    method,
                    format!("/api/v1/api-keys/{}{act}", self.one_of(Kind::ApiKey)),
                    None,
                )
            }
            13 => {
                let path = self.pick(&["/api/v1/api-keys", "/api/v1/auth/me", "/api/v1/audit?page_size=7"]);
                plain("GET", path.to_owned(), None)
            }
            14 => {
                let name = self.pick(&["person0", "person1", "Ada", "Ṗerson", "a b", "zoë"]);
                let level = self.pick(&["beginner", "advanced", "wizard"]);
                let body = json!({ "username": name, "full_name": "Ada", "skill_level": level });
                plain("PUT", "/v1/profiles/me".to_owned(), Some(body))
            }
            15 => plain("GET", "/v1/profiles/me".to_owned(), None),
            _ => plain("POST", "/graphql".to_owned(), Some(self.query())),
        }
    }

    fn generate(&mut self, who: usize) -> Call {
        let repository = self.pick(&["tides", "reef", "Gulf-Stream", "straße"]);
        let body = json!({
            "repoUrl": format!("https://127.0.0.1/owner/{repository}"),
            "duration": self.pick(&[5, 10, 7]),
            "style": self.pick(&["documentary", "podcast", "opera"]),
        });
        let key = format!("key-{}", self.draw(40));

        Call {
            who,
            method: "POST",
            path: "/api/stories/generate".to_owned(),
            body: Some(body),
            key: (self.draw(3) == 0).then_some(key),
            makes: Some(Kind::Story),
        }
    }

    fn make_key(&mut self, who: usize) -> Call {
        let body = json!({ "name": self.pick(&["build", "", "ключ"]), "scopes": self.pick(&["stories:read", "nothing"]) });
        let mut body = body;
        body["scopes"] = json!([body["scopes"].clone()]);

        Call {
            who,
            method: "POST",
            path: "/api/v1/api-keys".to_owned(),
            body: Some(body),
            key: None,
            makes: Some(Kind::ApiKey),
        }
    }

    fn query(&mut self) -> Value {
        let search = self.pick(&["", "tides", "50%", "_", "OWNER", "straße", "ебать", "\\\\"]);
        let order = self.pick(&[
            "{ field: CREATED_AT, direction: ASC }",
            "{ field: UPDATED_AT, direction: DESC }",
        ]);
        let size = self.pick(&["first: 3", "last: 2", "first: 100"]);
        let story = self.one_of(Kind::Story);
        let query = match self.draw(4) {
            0 => format!("{{ node(id: \"{story}\") {{ __typename id ... on Story {{ title status }} }} }}"),
            1 => "{ me { profile { username } auditEvents(first: 5) { edges { node { action target } } } } }"
                .to_owned(),
            _ => format!(
                "{{ stories({size}, search: \"{search}\", orderBy: {order}) {{ totalCount pageInfo {{ hasNextPage \
                 hasPreviousPage }} edges {{ node {{ id title status createdAt }} }} }} }}"
            ),
        };

        json!({ "query": query })
    }

    pub(super) fn learn(&mut self, call: &Call, answer: &Value) {
        let id = answer["id"].as_str().map(ToOwned::to_owned);
        match (call.makes, id) {
            (Some(Kind::Story), Some(id)) => self.stories.push(id),
            (Some(Kind::ApiKey), Some(id)) => self.api_keys.push(id),
            _ => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_random_calls_have_the_same_answers_on_both_databases() {
    let Some(database) = Database::create().await else {
        return;
    };
    let url = database.url();
    let (left, right) = (DataFolder::new(), DataFolder::new());
    let (mut sqlite, mut postgres) = tokio::join!(
        Side::start(without_a_worker(Launch::new(&left))),
        Side::start(without_a_worker(Launch::new(&right)).set("DATABASE_URL", &url))
    );
    let mut script = Script::new();

    let mut fine = 0;
    for number in 0..CALLS {
        let call = script.next();
        let (left, right) = tokio::join!(sqlite.ask(&call), postgres.ask(&call));

        assert_eq!(left, right, "call {number}: {call:?}");
        assert!(left.0 < 500, "call {number}: {call:?}: {left:?}");
        fine += usize::from(left.0 < 300);
        script.learn(&call, &left.1);
    }
    assert!(fine > CALLS / 3, "{fine} of them did what they say");

    drop((sqlite, postgres));
    database.remove().await;
}
