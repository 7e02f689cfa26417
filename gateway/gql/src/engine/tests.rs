//! The engine on a small schema of its own that has a type of every kind. What it lets in, what it refuses and why.

mod attacks;
mod boundaries;
mod conditions;
mod differential;
mod documents;
mod persisted;
mod runs;

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicUsize, Ordering},
};

use async_graphql::{
    Context, Enum, ID, InputObject, Interface, Json, Object, OneofObject, Request, Schema, SimpleObject,
    Subscription, Union, ValidationMode,
    futures_util::stream::{self, Stream},
};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use url::Url;
use uuid::Uuid;

use super::{Caller, DEEPEST, Engine, Incoming, Prepared, Refused, types::Types};
use crate::{
    EngineConfig, Limits, PersistedDocuments,
    connection::{PageArguments, PageRequest},
};

#[derive(Clone, Copy, PartialEq, Eq, Enum)]
enum StoryKind {
    Story,
    CodeStory,
}

#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID"))]
enum Node {
    Story(Story),
    Run(Run),
}

#[derive(Union)]
enum Found {
    Story(Story),
    Run(Run),
}

#[derive(Clone)]
struct Story;

#[derive(Clone)]
struct Run;

#[derive(SimpleObject)]
struct Chapter {
    title: String,
    index: i32,
}

#[derive(SimpleObject)]
struct StoryConnection {
    edges: Vec<StoryEdge>,
    page_info: PageInfo,
}

#[derive(SimpleObject)]
struct StoryEdge {
    node: Story,
    cursor: String,
}

#[derive(SimpleObject)]
struct PageInfo {
    has_next_page: bool,
}

#[derive(InputObject)]
struct GenerateInput {
    url: Url,
    focus: Option<Vec<String>>,
    #[graphql(default = 10)]
    minutes: i32,
    inner: Option<Box<GenerateInput>>,
}

#[derive(OneofObject)]
enum Which {
    Id(Uuid),
    Name(String),
}

#[Object]
impl Story {
    async fn id(&self) -> ID {
        "s".into()
    }
    async fn title(&self) -> &str {
        "A story"
    }
    async fn kind(&self) -> StoryKind {
        StoryKind::Story
    }
    async fn created_at(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }
    async fn run(&self) -> Run {
        Run
    }
    async fn parent(&self) -> Option<Story> {
        None
    }
    async fn chapters(&self) -> Vec<Chapter> {
        let chapter = |index| Chapter {
            title: format!("Chapter {index}"),
            index,
        };
        (1..=2).map(chapter).collect()
    }
    async fn node(&self) -> Node {
        Node::Story(Story)
    }
}

#[Object]
impl Run {
    async fn id(&self) -> ID {
        "r".into()
    }
    async fn status(&self) -> &str {
        "queued"
    }
    async fn title(&self) -> Option<&str> {
        None
    }
    async fn log(&self, #[graphql(default = 30)] last: i32) -> Vec<Chapter> {
        let _ = last;
        Vec::new()
    }
    async fn node(&self) -> Node {
        Node::Run(Run)
    }
}

struct Query;

#[Object]
impl Query {
    async fn stories(
        &self,
        first: Option<i32>,
        after: Option<String>,
    ) -> async_graphql::Result<StoryConnection> {
        PageRequest::parse(PageArguments {
            first: first.map(i64::from),
            after,
            ..PageArguments::default()
        })?;
        Ok(StoryConnection {
            edges: vec![StoryEdge {
                node: Story,
                cursor: "c".into(),
            }],
            page_info: PageInfo { has_next_page: false },
        })
    }
    async fn story(&self, id: Uuid) -> Option<Story> {
        let _ = id;
        Some(Story)
    }
    async fn node(&self) -> Node {
        Node::Run(Run)
    }
    async fn found(&self) -> Vec<Found> {
        vec![Found::Story(Story), Found::Run(Run)]
    }
    /// Tells what it was given.
    #[expect(clippy::too_many_arguments, reason = "one of each kind")]
    async fn echo(
        &self,
        #[graphql(default = 7)] n: i32,
        text: Option<String>,
        float: Option<f64>,
        yes: Option<bool>,
        list: Option<Vec<String>>,
        kind: Option<StoryKind>,
        input: Option<GenerateInput>,
        which: Option<Which>,
        json: Option<Json<Value>>,
        at: Option<DateTime<Utc>>,
        #[graphql(validator(maximum = 100))] most: Option<i32>,
    ) -> String {
        let kind = kind.map(|kind| kind == StoryKind::Story);
        let input = input.map(|input| {
            (
                input.url.to_string(),
                input.focus,
                input.minutes,
                input.inner.is_some(),
            )
        });

        let which = which.map(|which| match which {
            Which::Id(id) => id.to_string(),
            Which::Name(name) => name,
        });
        let json = json.map(|json| json.0);

        format!(
            "{n} {text:?} {float:?} {yes:?} {list:?} {kind:?} {input:?} {which:?} {json:?} {at:?} {most:?}"
        )
    }
    async fn fails(&self) -> async_graphql::Result<Option<i32>> {
        Err("no".into())
    }
    async fn user(&self, ctx: &Context<'_>) -> ID {
        ctx.data_unchecked::<Somebody>().user.into()
    }
}

#[derive(Default)]
struct Mutation(Arc<AtomicUsize>);

#[Object]
impl Mutation {
    /// How often it was called.
    async fn count(&self) -> Count {
        Count(self.0.fetch_add(1, Ordering::SeqCst) + 1)
    }
    async fn generate(&self, input: GenerateInput) -> Story {
        let _ = input;
        Story
    }
}

struct Count(usize);

#[Object]
impl Count {
    async fn calls(&self) -> usize {
        self.0
    }
    async fn again(&self) -> usize {
        self.0
    }
}

struct Ticks;

#[Subscription]
impl Ticks {
    async fn ticks(&self, n: i32) -> impl Stream<Item = Chapter> {
        stream::iter((0..n).map(|index| Chapter {
            title: "tick".into(),
            index,
        }))
    }
}

type Small = Schema<Query, Mutation, Ticks>;

fn schema() -> Small {
    Schema::build(Query, Mutation::default(), Ticks)
        .validation_mode(ValidationMode::Fast)
        .limit_recursive_depth(DEEPEST)
        .finish()
}

pub(crate) fn types() -> &'static Types {
    static TYPES: OnceLock<Types> = OnceLock::new();
    TYPES.get_or_init(|| Types::read(&schema(), &[]).unwrap())
}

fn config() -> EngineConfig {
    EngineConfig {
        document_cache_bytes: 16_777_216,
        persisted_cache_bytes: 8_388_608,
        persisted_expire_seconds: 86_400,
        persisted_documents: PersistedDocuments::Off,
        trusted_documents: String::new(),
        renamed_types: &[],
        limits: limits(),
        weights: &[],
        ephemeral_fields: &[],
        description: "What the tests ask.",
    }
}

/// As the embedded configuration has them.
pub(crate) fn limits() -> Limits {
    let text = include_str!("../../../../deploy/config/saga.toml");
    let mut table: toml::Table = text.parse().unwrap();

    for name in ["gateway", "graphql", "limits"] {
        let Some(toml::Value::Table(inner)) = table.remove(name) else {
            panic!("there is no table {name}");
        };
        table = inner;
    }
    table.try_into().unwrap()
}

/// Who asks.
#[derive(Clone)]
struct Somebody {
    user: &'static str,
    may_read_schema: bool,
}

impl Caller for Somebody {
    fn request_id(&self) -> &str {
        "req-1"
    }

    fn may_read_schema(&self) -> bool {
        self.may_read_schema
    }

    fn attach_data(&self, request: Request) -> Request {
        request.data(self.clone())
    }
}

fn somebody() -> Somebody {
    Somebody {
        user: "somebody",
        may_read_schema: true,
    }
}

fn engine() -> Engine<Small> {
    engine_with(|_| {})
}

fn engine_with(change: impl FnOnce(&mut EngineConfig)) -> Engine<Small> {
    let mut config = config();
    change(&mut config);
    Engine::new(schema(), config).unwrap()
}

fn query(text: impl Into<String>) -> Incoming {
    Incoming {
        query: Some(text.into()),
        ..Incoming::default()
    }
}

fn with(text: &str, variables: Value) -> Incoming {
    let Value::Object(variables) = variables else {
        panic!("an object");
    };
    Incoming {
        variables,
        ..query(text)
    }
}

impl Engine<Small> {
    fn ask(&self, incoming: Incoming) -> Result<Prepared, Refused> {
        self.prepare(incoming, &somebody())
    }

    /// The data of an answer without errors.
    async fn data(&self, incoming: Incoming) -> Value {
        let answer = self.answer(incoming).await;
        assert_eq!(answer.get("errors"), None, "{answer}");
        answer["data"].clone()
    }

    async fn answer(&self, incoming: Incoming) -> Value {
        match self.ask(incoming) {
            Ok(prepared) => serde_json::to_value(self.execute(prepared).await).unwrap(),
            Err(refused) => json!({ "refused": told(&refused) }),
        }
    }

    /// `status CODE message` of the first error, checked for what every refusal must have.
    fn refusal(&self, incoming: Incoming) -> String {
        match self.ask(incoming) {
            Ok(_) => "let in".to_owned(),
            Err(refused) => told(&refused),
        }
    }
}

fn told(refused: &Refused) -> String {
    let errors = serde_json::to_value(&refused.errors).unwrap();
    let all = errors.as_array().unwrap();

    assert!((1..=10).contains(&all.len()), "{errors}");
    assert!(errors.to_string().len() < 8_000, "{errors}");

    for error in all {
        assert!(
            error["message"].as_str().unwrap().chars().count() <= 201,
            "{error}"
        );
        assert_eq!(error["extensions"]["requestId"], "req-1", "{error}");
        assert_eq!(error.get("path"), None);
    }

    let code = all[0]["extensions"]["code"].as_str().unwrap();
    let message = all[0]["message"].as_str().unwrap();

    format!("{} {code} {message}", refused.status.as_u16())
}
