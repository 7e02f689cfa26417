//! Workflows as their clients use them: defined, executed, asked and answered, forked, moved, shared and watched, over REST,
//! WebSocket, server-sent events and GraphQL.

use futures::{SinkExt as _, StreamExt as _, stream::BoxStream};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

use crate::harness::{
    client::{Answer, Client},
    people::{Person, graphql, with},
    saga::{DataFolder, Launch, Saga},
    wait,
};

const NOBODY: &str = "00000000-0000-4000-8000-000000000000";
const WORKFLOWS: &str = "/api/v1/workflows";

/// Greets, asks for a word, and says it.
fn greeting() -> Value {
    json!({
        "title": "Greeting",
        "input": { "type": "object", "required": ["name"], "properties": { "name": { "type": "string" } } },
        "start": "hello",
        "output": { "said": "${values.finish}" },
        "nodes": {
            "hello": { "type": "transform", "value": { "greeting": "Hello ${input.name}" }, "next": "ask" },
            "ask": {
                "type": "question", "prompt": "Which word?",
                "schema": {
                    "type": "object", "required": ["word"], "additionalProperties": false,
                    "properties": { "word": { "type": "string", "minLength": 2 } }
                },
                "next": "finish"
            },
            "finish": { "type": "transform", "value": "${values.hello.greeting}: ${values.ask.answer.word}" }
        }
    })
}

struct World {
    saga: Saga,
    door: Client,
    ada: Person,
}

impl World {
    /// A server, and Ada with the definition `greeting`.
    async fn new() -> Self {
        let saga = Launch::new(&DataFolder::new()).serve().await;
        let door = Client::of(&saga);
        let ada = Person::register(&door, "ada").await;
        let put = ada.call(
            &door,
            "PUT",
            "/api/v1/workflow-definitions/greeting",
            Some(json!({ "source": greeting() })),
        );
        expect(&put.await, 200);

        Self { saga, door, ada }
    }

    async fn get(&self, path: &str) -> Value {
        let answer = self.ada.get(&self.door, path).await;
        expect(&answer, 200);
        answer.body
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        self.ada.post(&self.door, path, body).await
    }

    async fn create(&self) -> String {
        let created = self.post(WORKFLOWS, json!({ "workflow_type": "greeting" })).await;
        expect(&created, 201);
        text(&created.body["id"])
    }

    async fn execute(&self, id: &str) -> Value {
        let body = json!({ "user_input": { "name": "Ada" } });
        let answer = self.post(&format!("{WORKFLOWS}/{id}/execute"), body).await;
        expect(&answer, 200);
        answer.body
    }

    /// Waits until the workflow stands so.
    async fn workflow_in(&self, id: &str, wanted: &str) -> Value {
        wait::until(&format!("workflow {id} to be {wanted}"), || async {
            let workflow = self.get(&format!("{WORKFLOWS}/{id}")).await;
            (workflow["status"] == wanted).then_some(workflow)
        })
        .await
    }

    async fn answer(&self, id: &str, word: &str) -> Answer {
        let body = json!({ "human_response": { "word": word } });
        self.post(&format!("{WORKFLOWS}/{id}/interrupt"), body).await
    }

    /// A workflow that has asked for its word.
    async fn asking(&self) -> String {
        let id = self.create().await;
        self.execute(&id).await;
        self.workflow_in(&id, "interrupted").await;
        id
    }

    async fn finished(&self) -> String {
        let id = self.asking().await;
        expect(&self.answer(&id, "yes").await, 200);
        self.workflow_in(&id, "completed").await;
        id
    }

    async fn socket(&self, id: &str, query: &str) -> Socket {
        let path = format!("{WORKFLOWS}/{id}/ws?token={}{query}", self.ada.access);
        let (socket, _) = connect_async(self.saga.websocket(&path)).await.expect("a socket");
        Socket(socket)
    }
}

struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    async fn say(&mut self, message: &Value) {
        let sent = self.0.send(Message::text(message.to_string())).await;
        sent.expect("the socket is open");
    }

    /// The next message; the close code of a socket that closes.
    async fn hear(&mut self) -> Result<Value, u16> {
        let hearing = async {
            while let Some(Ok(message)) = self.0.next().await {
                match message {
                    Message::Text(text) => return Ok(serde_json::from_str(&text).expect("JSON")),
                    Message::Close(Some(frame)) => return Err(frame.code.into()),
                    _ => {}
                }
            }
            Err(0)
        };
        tokio::time::timeout(wait::PATIENCE, hearing)
            .await
            .expect("something is said")
    }

    /// Everything up to the first message for which `is_last` holds.
    async fn hear_until(&mut self, is_last: impl Fn(&Value) -> bool) -> Vec<Value> {
        let mut heard = Vec::new();
        loop {
            let message = self.hear().await.expect("the socket stays open");
            let last = is_last(&message);
            heard.push(message);
            if last {
                return heard;
            }
        }
    }
}

fn expect(answer: &Answer, status: u16) {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.body);
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("no text: {value}"))
        .to_owned()
}

/// The status, the code and the first field at fault.
fn refusal(answer: &Answer) -> (u16, String, String) {
    let field = answer.body["details"]["errors"][0]["field"].as_str();
    (
        answer.status.as_u16(),
        answer.body["error"].as_str().unwrap_or_default().to_owned(),
        field.unwrap_or_default().to_owned(),
    )
}

fn numbers(events: &[Value]) -> Vec<u64> {
    events.iter().filter_map(|event| event["seq"].as_u64()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workflow_is_executed_asks_is_answered_and_ends() {
    let world = World::new().await;
    let created = world
        .post(
            WORKFLOWS,
            json!({ "workflow_type": "greeting", "config": {}, "name": "Mine", "description": "d" }),
        )
        .await;
    expect(&created, 201);
    let id = text(&created.body["id"]);
    assert_eq!(created.body["status"], "created");

    let update = world.execute(&id).await;
    assert_eq!(
        (&update["workflow_id"], &update["status"]),
        (&json!(id), &json!("created"))
    );

    let asking = world.workflow_in(&id, "interrupted").await;
    let question = &asking["questions"][0];
    assert_eq!(question["prompt"], "Which word?");
    assert_eq!(question["response_schema"]["required"], json!(["word"]));

    // Too short: the answer is refused by its path, and the question stays open.
    let short = world.answer(&id, "x").await;
    assert_eq!(
        refusal(&short),
        (
            422,
            "VALIDATION_ERROR".to_owned(),
            "human_response.word".to_owned()
        )
    );
    let answered = world.answer(&id, "world").await;
    expect(&answered, 200);
    assert_eq!(answered.body["questions"], json!([]));

    let done = world.workflow_in(&id, "completed").await;
    assert_eq!(done["output"]["said"], "Hello Ada: world");
    assert_eq!(done["state"], done["state_snapshot"]);

    let again = world.answer(&id, "again").await;
    assert_eq!(again.status.as_u16(), 409, "{}", again.body);
    let over = world
        .post(
            &format!("{WORKFLOWS}/{id}/execute"),
            json!({ "user_input": { "name": "x" } }),
        )
        .await;
    assert_eq!(over.status.as_u16(), 400, "{}", over.body);

    let listed = world
        .get(&format!("{WORKFLOWS}?status=completed&page_size=1"))
        .await;
    assert_eq!(
        (&listed["total"], &listed["workflows"][0]["id"]),
        (&json!(1), &json!(id))
    );
    let renamed = Some(json!({ "name": "Other" }));
    let put = world
        .ada
        .call(&world.door, "PUT", &format!("{WORKFLOWS}/{id}"), renamed)
        .await;
    assert_eq!(put.body["name"], "Other");
    let questions = world.get(&format!("{WORKFLOWS}/{id}/questions?all=true")).await;
    assert_eq!(questions[0]["state"], "answered");

    expect(
        &world
            .ada
            .call(&world.door, "DELETE", &format!("{WORKFLOWS}/{id}"), None)
            .await,
        200,
    );
    expect(
        &world.ada.get(&world.door, &format!("{WORKFLOWS}/{id}")).await,
        404,
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_answers_at_once_one_wins() {
    let world = World::new().await;
    let id = world.asking().await;
    let (one, other) = tokio::join!(world.answer(&id, "one"), world.answer(&id, "two"));

    let mut told = [one.status.as_u16(), other.status.as_u16()];
    told.sort_unstable();
    assert_eq!(told, [200, 409], "{} {}", one.body, other.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workflow_is_forked_exported_imported_and_gone_back_in() {
    let world = World::new().await;
    let id = world.finished().await;

    let kept = world.get(&format!("{WORKFLOWS}/{id}/checkpoints")).await;
    let kept = kept.as_array().expect("checkpoints");
    let asked = kept
        .iter()
        .find(|kept| kept["next"] == json!(["ask"]))
        .expect("the checkpoint before the question");
    let checkpoint = text(&asked["id"]);
    let read = world
        .get(&format!("{WORKFLOWS}/{id}/checkpoints/{checkpoint}"))
        .await;
    assert!(read["state"].to_string().contains("Hello Ada"), "{read}");

    let fork = world
        .post(
            &format!("{WORKFLOWS}/fork"),
            json!({ "source_id": id, "checkpoint_id": checkpoint, "name": "Fork" }),
        )
        .await;
    expect(&fork, 201);
    assert_eq!(
        (&fork.body["fork_from_id"], &fork.body["name"]),
        (&json!(id), &json!("Fork"))
    );
    let fork = text(&fork.body["id"]);
    expect(
        &world
            .post(
                &format!("{WORKFLOWS}/{fork}/execute"),
                json!({ "user_input": { "name": "Ada" } }),
            )
            .await,
        200,
    );
    world.workflow_in(&fork, "interrupted").await;
    expect(&world.answer(&fork, "fork").await, 200);
    let forked = world.workflow_in(&fork, "completed").await;
    assert_eq!(forked["output"]["said"], "Hello Ada: fork");

    // Another way from the same checkpoint, with another greeting.
    let changed = world
        .post(
            &format!("{WORKFLOWS}/{id}/state"),
            json!({ "checkpoint_id": checkpoint, "values": { "hello": { "greeting": "Good day" } } }),
        )
        .await;
    expect(&changed, 200);
    world.workflow_in(&id, "interrupted").await;
    expect(&world.answer(&id, "again").await, 200);
    let edited = world.workflow_in(&id, "completed").await;
    assert_eq!(edited["output"]["said"], "Good day: again");
    assert_eq!(
        world
            .get(&format!("{WORKFLOWS}/{id}/runs"))
            .await
            .as_array()
            .map(Vec::len),
        Some(2)
    );

    let bundle = world.get(&format!("{WORKFLOWS}/{fork}/export")).await;
    let imported = world
        .post(&format!("{WORKFLOWS}/import?name=Moved"), bundle.clone())
        .await;
    expect(&imported, 201);
    assert_eq!(imported.body["name"], "Moved");

    let mut tampered = bundle.clone();
    tampered["workflow"]["name"] = json!("Somebody's");
    let refused = world.post(&format!("{WORKFLOWS}/import"), tampered).await;
    assert_eq!(refusal(&refused).0, 422, "{}", refused.body);
    let mut newer = bundle;
    newer["version"] = json!(9_999);
    let refused = world.post(&format!("{WORKFLOWS}/import"), newer).await;
    assert_eq!(refusal(&refused).0, 422, "{}", refused.body);
    let refused = world
        .post(&format!("{WORKFLOWS}/import"), json!({ "x": 1 }))
        .await;
    assert_eq!(refusal(&refused).0, 422, "{}", refused.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workflow_is_read_by_its_link_until_that_is_revoked() {
    let world = World::new().await;
    let id = world.finished().await;
    let eve = Person::register(&world.door, "eve").await;

    let share = world
        .post(
            &format!("{WORKFLOWS}/{id}/share"),
            json!({ "visibility": "public" }),
        )
        .await;
    expect(&share, 201);
    let token = text(&share.body["token"]);
    assert!(text(&share.body["url"]).ends_with(&format!("/api/v1/shared/{token}")));

    // Whoever has the link reads it, also without an account, and forks it; by its id it stays private.
    let shared = with(&world.door, &[], "GET", &format!("/api/v1/shared/{token}"), None).await;
    expect(&shared, 200);
    assert_eq!(shared.body["output"]["said"], "Hello Ada: yes");
    expect(&eve.get(&world.door, &format!("{WORKFLOWS}/{id}")).await, 404);
    let by_id = eve
        .post(
            &world.door,
            &format!("{WORKFLOWS}/fork"),
            json!({ "source_id": id }),
        )
        .await;
    expect(&by_id, 404);
    let by_link = eve
        .post(
            &world.door,
            &format!("{WORKFLOWS}/fork"),
            json!({ "source_id": id, "share_token": token }),
        )
        .await;
    expect(&by_link, 201);

    let query = format!(r#"{{ sharedWorkflow(token: "{token}") {{ name status }} }}"#);
    let by_graphql = graphql(&world.door, None, &query).await;
    assert_eq!(
        by_graphql.body["data"]["sharedWorkflow"]["status"], "COMPLETED",
        "{}",
        by_graphql.body
    );

    let links = world.get(&format!("{WORKFLOWS}/{id}/share")).await;
    let revoke = format!("{WORKFLOWS}/{id}/share/{}", text(&links[0]["id"]));
    expect(&world.ada.call(&world.door, "DELETE", &revoke, None).await, 200);
    expect(
        &with(&world.door, &[], "GET", &format!("/api/v1/shared/{token}"), None).await,
        404,
    );
    expect(
        &with(&world.door, &[], "GET", "/api/v1/shared/nothing", None).await,
        404,
    );

    let past = world
        .post(
            &format!("{WORKFLOWS}/{id}/share"),
            json!({ "expires_at": "2020-01-01T00:00:00Z" }),
        )
        .await;
    assert_eq!(
        refusal(&past),
        (422, "VALIDATION_ERROR".to_owned(), "expires_at".to_owned())
    );
}

/// Server-sent events that somebody reads who has no account.
struct Told {
    stream: BoxStream<'static, Vec<u8>>,
    text: String,
}

impl Told {
    async fn open(saga: &Saga, door: &Client, path: &str) -> Self {
        let response = door.http().get(format!("{}{path}", saga.base())).send().await;
        let response = response.expect("an answer");
        assert_eq!(response.status().as_u16(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let stream = response
            .bytes_stream()
            .map(|bytes| bytes.expect("the stream goes on").to_vec());

        Self {
            stream: stream.boxed(),
            text: String::new(),
        }
    }

    /// The next event with its `id:`, if it has one; none at the end.
    async fn next(&mut self) -> Option<(Option<String>, Value)> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let line = |name: &str| block.lines().find_map(|line| line.strip_prefix(name));
                let id = line("id: ").map(str::to_owned);
                let data = line("data: ").map(|data| serde_json::from_str(data).expect("JSON"));
                self.text = rest.to_owned();
                match data {
                    Some(data) => return Some((id, data)),
                    None => continue,
                }
            }
            let bytes = tokio::time::timeout(wait::PATIENCE, self.stream.next());
            let bytes = bytes.await.expect("something is said")?;
            self.text.push_str(std::str::from_utf8(&bytes).expect("UTF-8"));
        }
    }

    /// Everything up to the first event of this kind.
    async fn until(&mut self, kind: &str) -> Vec<(Option<String>, Value)> {
        let mut told = Vec::new();
        while told
            .last()
            .is_none_or(|(_, event): &(_, Value)| event["type"] != kind)
        {
            told.push(self.next().await.expect("it goes on"));
        }

        told
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workflow_is_watched_by_its_link_until_that_is_revoked() {
    let world = World::new().await;
    let id = world.asking().await;
    let share = async || {
        let share = world.post(&format!("{WORKFLOWS}/{id}/share"), json!({})).await;
        expect(&share, 201);
        (text(&share.body["id"]), text(&share.body["token"]))
    };
    let ((first, gone), (_, kept)) = (share().await, share().await);
    let address = |token: &str, query: &str| format!("/api/v1/shared/{token}/events{query}");

    let mut told = Told::open(&world.saga, &world.door, &address(&gone, "")).await;
    let before = told.until("question").await;
    let kinds: Vec<_> = before.iter().map(|(_, event)| text(&event["type"])).collect();
    assert!(kinds.contains(&"update".to_owned()), "{kinds:?}");
    assert!(
        !kinds.iter().any(|kind| kind == "log" || kind == "usage"),
        "{kinds:?}"
    );

    // Nothing happens in it, and yet the stream ends.
    let revoke = format!("{WORKFLOWS}/{id}/share/{first}");
    expect(&world.ada.call(&world.door, "DELETE", &revoke, None).await, 200);
    let (number, closed) = told.until("closed").await.pop().expect("the last one");
    assert_eq!(number, None);
    assert_eq!(
        closed["data"]["details"]["reason"], "WORKFLOW_SHARE_NOT_FOUND",
        "{closed}"
    );
    assert!(told.next().await.is_none(), "it was the last message");
    let again = with(&world.door, &[], "GET", &address(&gone, ""), None).await;
    expect(&again, 404);

    // The other link goes on where somebody was, with the state of each step for whoever wants it.
    let after = before
        .iter()
        .rev()
        .find_map(|(number, _)| number.clone())
        .expect("a number");
    let mut told = Told::open(
        &world.saga,
        &world.door,
        &address(&kept, &format!("?modes=state&after={after}")),
    )
    .await;
    expect(&world.answer(&id, "yes").await, 200);
    let rest = told.until("complete").await;
    assert!(rest.iter().all(|(number, _)| number.as_ref() != Some(&after)));
    let state = rest
        .iter()
        .find(|(_, event)| event["type"] == "state")
        .expect("a state");
    assert!(state.1["data"]["values"].is_object(), "{}", state.1);
    let (_, complete) = rest.last().expect("the last one");
    assert_eq!(complete["data"]["output"]["said"], "Hello Ada: yes");

    let query = format!(r#"subscription {{ sharedWorkflowEvents(token: "{kept}") {{ number kind data }} }}"#);
    let headers = [("accept", "text/event-stream")];
    let body = Some(json!({ "query": query }));
    let told = with(&world.door, &headers, "POST", "/graphql", body).await;
    let told = told.body.as_str().unwrap_or_default().to_owned();
    assert!(
        told.contains(r#""kind":"COMPLETE""#) && told.contains("Hello Ada: yes"),
        "{told}"
    );
    assert!(!told.contains(r#""kind":"LOG""#), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workflow_is_paused_gone_on_with_cancelled_and_steered_with_others() {
    let world = World::new().await;
    let (one, other) = (world.asking().await, world.asking().await);

    let busy = world
        .post(
            &format!("{WORKFLOWS}/{one}/execute"),
            json!({ "user_input": { "name": "x" } }),
        )
        .await;
    assert_eq!(busy.status.as_u16(), 409, "{}", busy.body);

    let cancelled = world.post(&format!("{WORKFLOWS}/{one}/cancel"), json!({})).await;
    expect(&cancelled, 200);
    world.workflow_in(&one, "cancelled").await;
    expect(
        &world.post(&format!("{WORKFLOWS}/{one}/cancel"), json!({})).await,
        400,
    );

    let filter = json!({ "action": "cancel", "filter": { "statuses": ["interrupted"] }, "preview": true });
    let preview = world.post(&format!("{WORKFLOWS}/bulk"), filter.clone()).await;
    assert_eq!(
        (&preview.body["matching"], &preview.body["done"]),
        (&json!(1), &json!([])),
        "{}",
        preview.body
    );
    let mut all = filter;
    all["preview"] = json!(false);
    let done = world.post(&format!("{WORKFLOWS}/bulk"), all).await;
    assert_eq!(done.body["done"], json!([other]), "{}", done.body);
    world.workflow_in(&other, "cancelled").await;

    let everything = world
        .post(
            &format!("{WORKFLOWS}/bulk"),
            json!({ "action": "cancel", "filter": {} }),
        )
        .await;
    assert_eq!(
        refusal(&everything),
        (422, "VALIDATION_ERROR".to_owned(), "filter".to_owned())
    );

    // A cancelled one goes on where it stopped.
    expect(
        &world.post(&format!("{WORKFLOWS}/{one}/resume"), json!({})).await,
        200,
    );
    world.workflow_in(&one, "interrupted").await;
    expect(&world.answer(&one, "after all").await, 200);
    world.workflow_in(&one, "completed").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_steers_and_tells_and_a_number_brings_each_event_once() {
    let world = World::new().await;
    let id = world.create().await;
    let mut socket = world.socket(&id, "").await;
    let first = socket.hear().await.expect("where it stands");
    assert_eq!(
        (&first["type"], &first["data"]["status"]),
        (&json!("workflow"), &json!("created"))
    );

    socket
        .say(&json!({ "type": "execute", "id": 7, "user_input": { "name": "Ada" } }))
        .await;
    let heard = socket.hear_until(|message| message["type"] == "question").await;
    let ack = heard
        .iter()
        .find(|message| message["type"] == "ack")
        .expect("an answer");
    assert_eq!((&ack["id"], &ack["command"]), (&json!(7), &json!("execute")));
    let before = numbers(&heard);

    // Another socket that has these events is told only what comes next.
    let last = *before.last().expect("numbered events");
    let mut late = world.socket(&id, &format!("&after={last}")).await;
    assert_eq!(late.hear().await.expect("where it stands")["type"], "workflow");

    socket
        .say(&json!({ "type": "answer", "id": "a", "answer": { "word": "x" } }))
        .await;
    let mut rest = socket.hear_until(|message| message["type"] == "refused").await;
    let refused = rest.last().expect("a refusal");
    assert_eq!(
        (&refused["id"], &refused["data"]["details"]["errors"][0]["field"]),
        (&json!("a"), &json!("answer.word"))
    );
    socket
        .say(&json!({ "type": "interrupt", "human_response": { "word": "socket" } }))
        .await;
    let end = socket.hear_until(|message| message["type"] == "complete").await;
    rest.extend(end);
    let complete = rest.last().expect("the end");
    assert_eq!(complete["data"]["output"]["said"], "Hello Ada: socket");

    let late = late.hear_until(|message| message["type"] == "complete").await;
    assert_eq!(numbers(&late), numbers(&rest));

    let all: Vec<u64> = [before, numbers(&rest)].concat();
    assert!(all.windows(2).all(|pair| pair[0] < pair[1]), "{all:?}");

    // Another run, begun elsewhere, is told on the same socket, and its numbers go on.
    let again = json!({ "checkpoint_id": "1", "values": {} });
    expect(&world.post(&format!("{WORKFLOWS}/{id}/state"), again).await, 200);
    let next = socket.hear_until(|message| message["type"] == "question").await;
    let newest = *all.last().expect("numbers");
    assert!(numbers(&next).iter().all(|number| *number > newest), "{next:?}");

    // Nonsense is answered, and the socket stays open.
    for (said, code) in [
        ("{", "VALIDATION_ERROR"),
        ("{\"type\":\"dance\"}", "VALIDATION_ERROR"),
    ] {
        socket.0.send(Message::text(said)).await.expect("open");
        let refused = socket.hear_until(|message| message["type"] == "refused").await;
        assert_eq!(refused.last().expect("a refusal")["data"]["error"], code);
    }
    socket.say(&json!({ "type": "ping" })).await;
    assert_eq!(socket.hear().await.expect("open")["type"], "pong");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_connection_is_told_the_modes_that_it_chose() {
    let world = World::new().await;
    let id = world.finished().await;
    let kinds = async |modes: &str| {
        let path = format!("{WORKFLOWS}/{id}/events?modes={modes}");
        let answer = world.ada.get(&world.door, &path).await;
        let text = answer.body.as_str().unwrap_or_default().to_owned();
        let events = text.lines().filter_map(|line| line.strip_prefix("data: "));
        let events = events.map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        events.collect::<Vec<_>>()
    };

    let named = |events: &[Value]| {
        let mut names: Vec<_> = events.iter().map(|event| text(&event["type"])).collect();
        names.sort_unstable();
        names.dedup();
        names
    };
    let states = kinds("state").await;
    assert_eq!(named(&states), ["answer", "complete", "question", "state"]);
    let last = states
        .iter()
        .rfind(|event| event["type"] == "state")
        .expect("a state");
    assert!(last["data"]["values"].to_string().contains("Hello Ada"), "{last}");
    assert!(named(&kinds("updates").await).contains(&"update".to_owned()));
    assert!(!named(&kinds("updates").await).contains(&"status".to_owned()));
    assert!(named(&kinds("tasks,progress").await).contains(&"task".to_owned()));

    let wrong = world
        .ada
        .get(&world.door, &format!("{WORKFLOWS}/{id}/events?modes=all"))
        .await;
    assert_eq!(
        refusal(&wrong),
        (422, "VALIDATION_ERROR".to_owned(), "modes".to_owned())
    );

    // Whoever has everything is told that there is no more.
    let events = kinds("").await;
    let newest = *numbers(&events).last().expect("numbers");
    let over = world
        .ada
        .get(&world.door, &format!("{WORKFLOWS}/{id}/events?after={newest}"))
        .await;
    assert_eq!(over.status.as_u16(), 204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workflow_is_made_and_steered_by_graphql() {
    let world = World::new().await;
    let ask = async |query: String| {
        let answer = graphql(&world.door, Some(&world.ada.access), &query).await;
        assert!(answer.body["errors"].is_null(), "{query}: {}", answer.body);
        answer.body["data"].clone()
    };

    let made = ask(r#"mutation { createWorkflow(input: { workflowType: "greeting", name: "G" }) { workflow { id status } } }"#.to_owned()).await;
    let id = text(&made["createWorkflow"]["workflow"]["id"]);
    let run = ask(format!(
        r#"mutation {{ executeWorkflow(input: {{ id: "{id}", userInput: {{ name: "Ada" }} }}) {{ workflow {{ status run {{ status }} }} }} }}"#
    ))
    .await;
    assert_eq!(run["executeWorkflow"]["workflow"]["status"], "CREATED");
    world.workflow_in(&id, "interrupted").await;

    let seen = ask(format!(
        r#"{{ workflow(id: "{id}") {{ status next graph questions {{ id prompt state responseSchema }} checkpoints {{ id step next state }} }}
            node(id: "{id}") {{ id ... on Workflow {{ name }} }}
            workflows(first: 5, status: [INTERRUPTED]) {{ nodes {{ id }} totalCount }} }}"#
    ))
    .await;
    let workflow = &seen["workflow"];
    assert_eq!(workflow["questions"][0]["prompt"], "Which word?");
    assert!(
        workflow["checkpoints"]
            .as_array()
            .is_some_and(|kept| !kept.is_empty()),
        "{seen}"
    );
    assert_eq!(
        (&seen["node"]["name"], &seen["workflows"]["totalCount"]),
        (&json!("G"), &json!(1))
    );

    let question = text(&workflow["questions"][0]["id"]);
    let answered = ask(format!(
        r#"mutation {{ answerQuestion(input: {{ workflowId: "{id}", questionId: "{question}", answer: {{ word: "graph" }} }}) {{ workflow {{ id }} }} }}"#
    ))
    .await;
    assert_eq!(answered["answerQuestion"]["workflow"]["id"], json!(id));
    world.workflow_in(&id, "completed").await;

    let subscription = format!(
        r#"subscription {{ workflowEvents(id: "{id}", modes: [STATE, TASKS]) {{ number kind data }} }}"#
    );
    let bearer = format!("Bearer {}", world.ada.access);
    let headers = [
        ("authorization", bearer.as_str()),
        ("accept", "text/event-stream"),
    ];
    let told = with(
        &world.door,
        &headers,
        "POST",
        "/graphql",
        Some(json!({ "query": subscription })),
    )
    .await;
    let told = told.body.as_str().unwrap_or_default().to_owned();
    assert!(
        told.contains(r#""kind":"STATE""#) && told.contains(r#""kind":"COMPLETE""#),
        "{told}"
    );
    assert!(!told.contains(r#""kind":"STATUS""#), "{told}");

    let moved = ask(format!(
        r#"{{ workflowExport(id: "{id}") workflow(id: "{id}") {{ sessions {{ sessionId }} }} sessions {{ id current }} }}"#
    ))
    .await;
    assert_eq!(moved["workflowExport"]["format"], "saga.workflow");
    let current = moved["sessions"]
        .as_array()
        .and_then(|all| all.iter().find(|session| session["current"] == true));
    assert_eq!(
        moved["workflow"]["sessions"][0]["sessionId"],
        current.expect("the session that asks")["id"],
        "{moved}"
    );
}

/// Everything that names one workflow.
fn routes_of(id: &str) -> Vec<(&'static str, String, Option<Value>)> {
    [
        ("GET", "", None),
        ("PUT", "", Some(json!({ "name": "n" }))),
        ("POST", "/execute", Some(json!({ "user_input": { "name": "x" } }))),
        (
            "POST",
            "/interrupt",
            Some(json!({ "human_response": { "word": "xx" } })),
        ),
        ("POST", "/interrupt", Some(json!({ "action": "pause" }))),
        ("POST", "/resume", None),
        ("POST", "/cancel", None),
        ("POST", "/fork", None),
        ("POST", "/state", Some(json!({ "values": {} }))),
        ("GET", "/export", None),
        ("GET", "/questions", None),
        ("GET", "/checkpoints", None),
        ("GET", "/checkpoints/0", None),
        ("GET", "/runs", None),
        ("GET", "/events", None),
        ("POST", "/share", None),
        ("GET", "/share", None),
        ("DELETE", "/share/x", None),
        ("GET", "/sessions", None),
        ("DELETE", "", None),
    ]
    .into_iter()
    .map(|(method, path, body)| (method, format!("{WORKFLOWS}/{id}{path}"), body))
    .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workflow_is_its_owners_alone() {
    let world = World::new().await;
    let id = world.asking().await;
    let eve = Person::register(&world.door, "eve").await;

    for (method, path, body) in routes_of(&id) {
        let told = eve.call(&world.door, method, &path, body.clone()).await;
        let unknown = eve
            .call(&world.door, method, &path.replace(&id, NOBODY), body)
            .await;
        assert_eq!(told.status.as_u16(), 404, "{method} {path}: {}", told.body);
        let message = text(&told.body["message"]).replace(&id, NOBODY);
        assert_eq!(json!(message), unknown.body["message"], "{method} {path}");
    }

    let listed = eve.get(&world.door, WORKFLOWS).await;
    assert_eq!(listed.body["total"], 0, "{}", listed.body);
    let steered = eve
        .post(
            &world.door,
            &format!("{WORKFLOWS}/bulk"),
            json!({ "action": "cancel", "filter": { "ids": [id] } }),
        )
        .await;
    assert_eq!(steered.body["matching"], 0, "{}", steered.body);
    expect(
        &eve.get(&world.door, "/api/v1/workflow-definitions/greeting")
            .await,
        404,
    );
    let types = eve.get(&world.door, "/api/v1/workflows/types").await;
    assert!(!types.body.to_string().contains("greeting"), "{}", types.body);

    let path = format!("{WORKFLOWS}/{id}/ws?token={}", eve.access);
    let (socket, _) = connect_async(world.saga.websocket(&path))
        .await
        .expect("a socket");
    assert_eq!(Socket(socket).hear().await, Err(4404));
    world.workflow_in(&id, "interrupted").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_no_workflow_can_be_is_refused_by_status_and_field() {
    let world = World::new().await;
    let id = world.create().await;
    let path = |rest: &str| format!("{WORKFLOWS}/{id}{rest}");
    let long = "x".repeat(201);
    let rows = [
        (
            WORKFLOWS.to_owned(),
            json!({ "workflow_type": "no such type" }),
            422,
            "workflow_type",
        ),
        (WORKFLOWS.to_owned(), json!({}), 422, "workflow_type"),
        (
            WORKFLOWS.to_owned(),
            json!({ "workflow_type": "greeting", "config": 5 }),
            422,
            "config",
        ),
        (
            WORKFLOWS.to_owned(),
            json!({ "workflow_type": "greeting", "name": long }),
            422,
            "name",
        ),
        (
            WORKFLOWS.to_owned(),
            json!({ "workflow_type": "greeting", "x": 1 }),
            422,
            "x",
        ),
        (path("/execute"), json!({ "user_input": {} }), 422, "user_input"),
        (path("/execute"), json!({ "user_input": [] }), 422, "user_input"),
        (
            path("/execute"),
            json!({ "on_conflict": "fight" }),
            422,
            "on_conflict",
        ),
        (path("/interrupt"), json!({}), 422, "human_response"),
        (path("/interrupt"), json!({ "action": "dance" }), 422, "action"),
        (path("/interrupt"), json!({ "human_response": 1 }), 409, ""),
        (path("/interrupt"), json!({ "action": "pause" }), 400, ""),
        (path("/cancel"), json!({}), 400, ""),
        (path("/resume"), json!({}), 400, ""),
        (
            path("/share"),
            json!({ "visibility": "friends" }),
            422,
            "visibility",
        ),
        (
            path("/share"),
            json!({ "expires_at": "tomorrow" }),
            422,
            "expires_at",
        ),
        (
            format!("{WORKFLOWS}/fork"),
            json!({ "source_id": NOBODY }),
            404,
            "",
        ),
        (
            format!("{WORKFLOWS}/fork"),
            json!({ "source_id": id, "checkpoint_id": "x" }),
            422,
            "checkpoint_id",
        ),
    ];

    for (path, body, status, field) in rows {
        let answer = world.post(&path, body.clone()).await;
        let (told, _, at) = refusal(&answer);
        assert_eq!(
            (told, at.as_str()),
            (status, field),
            "{path} {body}: {}",
            answer.body
        );
    }

    for query in ["page=0", "page_size=101", "status=asleep", "page_size=x"] {
        let answer = world.ada.get(&world.door, &format!("{WORKFLOWS}?{query}")).await;
        let field = query.split('=').next().expect("a name");
        assert_eq!(
            refusal(&answer),
            (422, "VALIDATION_ERROR".to_owned(), field.to_owned())
        );
    }

    let huge = json!({ "workflow_type": "greeting", "config": { "x": "x".repeat(2_000_000) } });
    expect(&world.post(WORKFLOWS, huge).await, 413);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_definition_that_is_wrong_says_at_which_node_and_field() {
    let world = World::new().await;
    let validate = async |source: Value| {
        let answer = world
            .post(
                "/api/v1/workflow-definitions/validate",
                json!({ "source": source }),
            )
            .await;
        expect(&answer, 200);
        answer.body
    };

    assert_eq!(validate(greeting()).await["valid"], true);

    let mut nowhere = greeting();
    nowhere["nodes"]["ask"]["next"] = json!("elsewhere");
    let judged = validate(nowhere.clone()).await;
    assert_eq!(
        (&judged["valid"], &judged["faults"][0]["node"]),
        (&json!(false), &json!("ask")),
        "{judged}"
    );
    let put = world
        .ada
        .call(
            &world.door,
            "PUT",
            "/api/v1/workflow-definitions/wrong",
            Some(json!({ "source": nowhere })),
        )
        .await;
    let (status, _, field) = refusal(&put);
    assert!(status == 422 && field.contains("nodes.ask"), "{}", put.body);

    let mut broken = greeting();
    broken["nodes"]["finish"]["value"] = json!("${values.");
    assert_eq!(validate(broken).await["faults"][0]["node"], "finish");
    let mut circle = greeting();
    circle["nodes"]["finish"]["next"] = json!("hello");
    assert_eq!(validate(circle).await["valid"], false);
    let mut unreachable = greeting();
    unreachable["nodes"]["island"] = json!({ "type": "transform", "value": 1 });
    assert_eq!(validate(unreachable).await["faults"][0]["node"], "island");
    let mut itself = greeting();
    itself["nodes"]["finish"] = json!({ "type": "workflow", "definition": "greeting" });
    let put = world
        .ada
        .call(
            &world.door,
            "PUT",
            "/api/v1/workflow-definitions/greeting",
            Some(json!({ "source": itself })),
        )
        .await;
    assert_eq!(refusal(&put).0, 422, "{}", put.body);
    assert_eq!(validate(json!("a: [")).await["valid"], false);
}
