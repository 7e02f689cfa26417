//! Fiction as its readers and authors use it: begun, asked, read while it is written, changed, taken back and deleted, over REST,
//! WebSocket, GraphQL and from the command line.

use std::collections::BTreeSet;

use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio_tungstenite::{connect_async, tungstenite::Message};

use crate::harness::{
    client::{Answer, Client},
    people::{Person, graphql},
    saga::{DataFolder, Launch, Saga},
};

const NOBODY: &str = "00000000-0000-4000-8000-000000000000";
const PROMPT: &str = "Mira Voss keeps the lighthouse at Harrow Point. One autumn night a letter comes that was never sent, \
                      and Osric Pell, the harbour master, does not want her to read it. First the fog, then the truth. \
                      It is told in the third person.";

struct World {
    saga: Saga,
    door: Client,
    ada: Person,
}

impl World {
    async fn new() -> Self {
        let saga = Launch::new(&DataFolder::new()).serve().await;
        let door = Client::of(&saga);
        let ada = Person::register(&door, "ada").await;
        Self { saga, door, ada }
    }

    /// The id of a story that was begun with this body.
    async fn begin(&self, body: Value) -> String {
        let begun = self.ada.post(&self.door, "/api/stories", body).await;
        assert_eq!(begun.status, 200, "{}", begun.body);
        assert_eq!(
            begun.body["control_state"]["system_status"], "INITIALIZING",
            "{}",
            begun.body
        );
        assert_eq!(begun.body["id"], begun.body["story_id"]);
        text(&begun.body["id"])
    }
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("no text: {value}"))
        .to_owned()
}

fn small(prompt: &str) -> Value {
    json!({ "prompt": prompt, "genres": ["mystery"], "chapters": 3, "words_per_chapter": 300, "seed": 7 })
}

fn fields(answer: &Answer) -> Vec<String> {
    let errors = answer.body["details"]["errors"].as_array();
    let errors = errors
        .unwrap_or_else(|| panic!("no fields: {}", answer.body))
        .iter();
    errors.map(|error| text(&error["field"])).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_no_book_can_be_made_of_is_refused_field_by_field() {
    let world = World::new().await;
    let (door, ada) = (&world.door, &world.ada);
    let begin = async |body: Value| ada.post(door, "/api/stories", body).await;

    for (body, wrong) in [
        (json!({ "prompt": "" }), vec!["prompt"]),
        (json!({ "prompt": " \n?!" }), vec!["prompt"]),
        (json!({ "prompt": "x".repeat(100 * 1024) }), vec!["prompt"]),
        (json!({ "prompt": "a\u{0}b" }), vec!["prompt"]),
        (json!({ "prompt": "A letter.", "chapters": 0 }), vec!["chapters"]),
        (
            json!({ "prompt": "A letter.", "chapters": 10_000 }),
            vec!["chapters"],
        ),
        (
            json!({ "prompt": "A letter.", "words_per_chapter": 99 }),
            vec!["words_per_chapter"],
        ),
        (
            json!({ "prompt": "A letter.", "genres": vec!["x"; 11] }),
            vec!["genres"],
        ),
        (
            json!({ "prompt": "A letter.", "genres": ["", "g".repeat(101)] }),
            vec!["genres.0", "genres.1"],
        ),
        (json!({}), vec!["prompt"]),
        (json!({ "prompt": "A letter.", "chapters": -1 }), vec!["chapters"]),
        (json!({ "prompt": "A letter.", "pages": 3 }), vec!["pages"]),
    ] {
        let refused = begin(body.clone()).await;
        assert_eq!(refused.status, 422, "{body}: {}", refused.body);
        assert_eq!(fields(&refused), wrong, "{body}");
    }

    let titles = ada.get(door, "/api/stories").await.body;
    assert_eq!(titles, json!([]), "nothing was made");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_book_is_its_owners_alone() {
    let world = World::new().await;
    let id = world.begin(small(PROMPT)).await;
    let eve = Person::register(&world.door, "eve").await;

    for (method, path, body) in [
        ("GET", "", None),
        ("GET", "/book", None),
        ("GET", "/chapters/1", None),
        ("GET", "/export", None),
        ("GET", "/ledger?fact=f", None),
        ("GET", "/bible", None),
        ("GET", "/bible/at?scene=s-1-1", None),
        ("PUT", "/bible", Some(json!({ "entries": [] }))),
        ("GET", "/ledger?character=mira&at=s-1-1", None),
        ("POST", "/respond", Some(json!({ "answer": "x" }))),
        ("POST", "/respond", Some(json!({ "decline": true }))),
        ("POST", "/continue", Some(json!({ "prompt": "More." }))),
        ("POST", "/chapters/1/rewrite", None),
        ("POST", "/rewrite", Some(json!({ "scenes": ["s-1-1"] }))),
        ("PUT", "/facts/f", Some(json!({ "object": "x" }))),
        ("POST", "/undo", None),
        ("PUT", "/findings/f", Some(json!({ "intended": true }))),
        ("POST", "/narrate", None),
    ] {
        let told = eve
            .call(
                &world.door,
                method,
                &format!("/api/stories/{id}{path}"),
                body.clone(),
            )
            .await;
        let nowhere = format!("/api/stories/{NOBODY}{path}");
        let unknown = eve.call(&world.door, method, &nowhere, body).await;
        assert_eq!(told.status, 404, "{method} {path}: {}", told.body);
        let message = text(&told.body["message"]).replace(&id, NOBODY);
        assert_eq!(json!(message), unknown.body["message"], "{method} {path}");
    }

    let path = format!("/ws/stories/{id}?token={}", eve.access);
    let (mut socket, _) = connect_async(world.saga.websocket(&path))
        .await
        .expect("a socket");
    let Some(Ok(Message::Close(Some(frame)))) = socket.next().await else {
        panic!("no close");
    };
    assert_eq!(u16::from(frame.code), 4404);

    let foreign = eve
        .call(&world.door, "DELETE", "/api/stories", Some(json!([id])))
        .await;
    assert_eq!(foreign.status, 403, "{}", foreign.body);
    assert_eq!(
        world
            .ada
            .get(&world.door, &format!("/api/stories/{id}"))
            .await
            .status,
        200
    );
}

/// What a socket says until it closes; the close code at the end.
async fn hear_all(saga: &Saga, path: &str, first: Option<Value>) -> (Vec<Value>, u16) {
    let (mut socket, _) = connect_async(saga.websocket(path)).await.expect("a socket");
    if let Some(first) = first {
        socket
            .send(Message::text(first.to_string()))
            .await
            .expect("it is open");
    }

    let mut heard = Vec::new();
    while let Some(Ok(message)) = socket.next().await {
        match message {
            Message::Text(text) => heard.push(serde_json::from_str(&text).expect("JSON")),
            Message::Close(Some(frame)) => return (heard, frame.code.into()),
            _ => {}
        }
    }
    panic!("no close: {heard:?}");
}

fn numbered(messages: &[Value]) -> Vec<&Value> {
    messages
        .iter()
        .filter(|message| message["seq"].is_u64())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_prompt_becomes_a_book_that_is_read_while_it_is_written() {
    let world = World::new().await;
    let (door, ada) = (&world.door, &world.ada);
    let id = world.begin(small(PROMPT)).await;

    // By the first message it is said who listens.
    let path = format!("/ws/stories/{id}");
    let auth = json!({ "type": "auth", "token": ada.access });
    let (heard, code) = hear_all(&world.saga, &path, Some(auth)).await;
    assert_eq!(code, 1000);
    let told = numbered(&heard);
    let numbers: Vec<u64> = told
        .iter()
        .map(|message| message["seq"].as_u64().expect("a number"))
        .collect();
    assert_eq!(
        numbers,
        (1..=numbers.len() as u64).collect::<Vec<_>>(),
        "without gaps"
    );
    for kind in ["agent_step", "status", "outline", "cast", "scene", "complete"] {
        assert!(told.iter().any(|message| message["type"] == kind), "no {kind}");
    }
    let step = told
        .iter()
        .find(|message| message["type"] == "agent_step")
        .expect("a step");
    for key in ["agent", "action", "details", "timestamp"] {
        assert!(step["data"].get(key).is_some(), "{step}");
    }

    // Who comes back is told the rest.
    let half = numbers.len() / 2;
    let (rest, _) = hear_all(
        &world.saga,
        &format!("{path}?token={}&after={half}", ada.access),
        None,
    )
    .await;
    assert_eq!(numbered(&rest), told[half..]);

    let story = ada.get(door, &format!("/api/stories/{id}")).await.body;
    assert_eq!(story["status"], "completed", "{story}");
    assert_eq!(story["control_state"]["system_status"], "COMPLETED");
    assert!(story["repo_url"].is_null() && story["offline"] == true, "{story}");
    let words = story["fiction"]["words"].as_u64().expect("words");
    assert!((855..=945).contains(&words), "{words} words of 3 x 300");

    let book = ada.get(door, &format!("/api/stories/{id}/book")).await.body;
    assert_eq!(book["outline"]["chapters"].as_array().expect("chapters").len(), 3);
    assert_eq!(book["outline"]["title"], story["title"]);
    assert!(
        book["cast"].to_string().contains("Mira Voss"),
        "the prompt's people are in it"
    );
    let first = ada.get(door, &format!("/api/stories/{id}/chapters/1")).await.body;
    assert!(
        !first["scenes"][0]["paragraphs"]
            .as_array()
            .expect("prose")
            .is_empty()
    );
    assert_eq!(
        ada.get(door, &format!("/api/stories/{id}/chapters/4"))
            .await
            .status,
        404
    );

    let scene = text(
        &book["scenes"]
            .as_array()
            .expect("scenes")
            .last()
            .expect("a scene")["key"],
    );
    let who = text(&book["outline"]["point_of_view"]);
    let path = format!("/api/stories/{id}/ledger?character={who}&at={scene}&after=true");
    let state = ada.get(door, &path).await;
    assert_eq!(
        (state.status.as_u16(), &state.body["who"]),
        (200, &json!(who)),
        "{}",
        state.body
    );

    let query = format!(
        r#"{{ story(id: "{id}") {{ kind outline {{ title chapters {{ number }} }} cast {{ people {{ name }} }}
            scenes(chapter: 2) {{ key paragraphs }} findings {{ key }} openPromises {{ text }}
            ledger(character: "{who}", at: "{scene}") }} }}"#
    );
    let told = graphql(door, Some(&ada.access), &query).await.body;
    let story = &told["data"]["story"];
    assert_eq!(
        story["outline"]["chapters"].as_array().expect("chapters").len(),
        3,
        "{told}"
    );
    assert_eq!(story["ledger"]["who"], who.as_str(), "{told}");
    assert!(
        !story["scenes"][0]["paragraphs"]
            .as_array()
            .expect("prose")
            .is_empty(),
        "{told}"
    );

    let titles = ada.get(door, "/api/stories").await.body;
    assert_eq!(titles[0]["id"], id.as_str());
    assert_eq!(ada.get(door, "/api/stories?kind=code").await.body, json!([]));
}

impl World {
    async fn story_in(&self, id: &str, wanted: &str) -> Value {
        crate::harness::wait::until(&format!("story {id} to be {wanted}"), || async {
            let story = self.ada.get(&self.door, &format!("/api/stories/{id}")).await.body;
            assert_ne!(story["control_state"]["system_status"], "FAILED", "{story}");
            (story["control_state"]["system_status"] == wanted).then_some(story)
        })
        .await
    }

    /// Each scene's key with its prose.
    async fn prose(&self, id: &str) -> Vec<(String, Value)> {
        let book = self
            .ada
            .get(&self.door, &format!("/api/stories/{id}/book?prose=true"))
            .await
            .body;
        let scenes = book["scenes"]
            .as_array()
            .unwrap_or_else(|| panic!("{book}"))
            .iter();
        scenes
            .map(|scene| (text(&scene["key"]), scene["paragraphs"].clone()))
            .collect()
    }

    async fn post(&self, id: &str, path: &str, body: Value) -> Answer {
        self.ada
            .post(&self.door, &format!("/api/stories/{id}/{path}"), body)
            .await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_author_is_asked_and_answers_by_socket_and_by_rest_and_nobody_answers_what_nobody_asked() {
    let world = World::new().await;
    let open = json!({ "prompt": "Mira Voss.", "chapters": 1, "words_per_chapter": 200, "seed": 3 });
    let id = world.begin(open.clone()).await;
    let waiting = world.story_in(&id, "WAITING_FOR_INPUT").await;
    let question = &waiting["control_state"]["agent_question"];
    for key in [
        "id",
        "reason",
        "prompt",
        "value",
        "response_schema",
        "node",
        "asked_at",
    ] {
        assert!(question.get(key).is_some(), "{question}");
    }

    let refused = world
        .post(&id, "respond", json!({ "answer": { "no": "such" } }))
        .await;
    assert_eq!(
        (refused.status.as_u16(), BTreeSet::from_iter(fields(&refused))),
        (422, BTreeSet::from(["answer".to_owned()]))
    );
    let unknown = world
        .post(
            &id,
            "respond",
            json!({ "answer": "mystery", "question_id": NOBODY }),
        )
        .await;
    assert_eq!(unknown.status, 404, "{}", unknown.body);
    assert_eq!(world.post(&id, "respond", json!({})).await.status, 422);

    let path = format!("/ws/stories/{id}?token={}", world.ada.access);
    let (mut socket, _) = connect_async(world.saga.websocket(&path))
        .await
        .expect("a socket");
    let answer = question["response_schema"]["enum"][0].clone();
    let say = json!({ "type": "answer", "id": 7, "question_id": question["id"], "answer": answer });
    socket
        .send(Message::text(say.to_string()))
        .await
        .expect("it is open");
    let mut asked = false;
    let mut acknowledged = false;
    while let Some(Ok(message)) = socket.next().await {
        let Message::Text(told) = message else { continue };
        let told: Value = serde_json::from_str(&told).expect("JSON");
        asked |= told["type"] == "question" && told["data"]["agent_question"]["id"] == question["id"];
        acknowledged |= told["type"] == "ack" && told["id"] == 7;
        if told["type"] == "complete" {
            break;
        }
    }
    assert!(asked && acknowledged);

    let again = world.post(&id, "respond", json!({ "answer": answer })).await;
    assert_eq!(again.status, 409, "{}", again.body);
    world.story_in(&id, "COMPLETED").await;

    // The other way is GraphQL, and the question may be declined.
    let other = world.begin(open).await;
    world.story_in(&other, "WAITING_FOR_INPUT").await;
    let decline = format!(r#"mutation {{ answerStory(input: {{ id: "{other}" }}) {{ story {{ id }} }} }}"#);
    let told = graphql(&world.door, Some(&world.ada.access), &decline).await.body;
    assert_eq!(
        told["data"]["answerStory"]["story"]["id"],
        other.as_str(),
        "{told}"
    );
    world.story_in(&other, "COMPLETED").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_book_is_rewritten_continued_and_taken_back_and_nothing_else_is_touched() {
    let world = World::new().await;
    let id = world.begin(small(PROMPT)).await;
    world.story_in(&id, "COMPLETED").await;
    let before = world.prose(&id).await;

    let rewritten = world.post(&id, "chapters/2/rewrite", json!({})).await;
    assert_eq!(rewritten.status, 200, "{}", rewritten.body);
    world.story_in(&id, "COMPLETED").await;
    let after = world.prose(&id).await;
    let of_second = |key: &str| {
        let chapters: Vec<&(String, Value)> = before.iter().collect();
        chapters.iter().any(|(known, _)| known == key)
    };
    assert!(after.iter().all(|(key, _)| of_second(key)), "the same scenes");
    let changed: Vec<&str> = before
        .iter()
        .zip(&after)
        .filter(|(was, is)| was != is)
        .map(|((key, _), _)| key.as_str())
        .collect();
    let second = world
        .ada
        .get(&world.door, &format!("/api/stories/{id}/chapters/2"))
        .await
        .body;
    let second: Vec<String> = second["scenes"]
        .as_array()
        .expect("scenes")
        .iter()
        .map(|one| text(&one["key"]))
        .collect();
    assert_eq!(changed, second, "all of the second chapter and nothing else");

    assert_eq!(world.post(&id, "undo", json!({})).await.status, 200);
    world.story_in(&id, "COMPLETED").await;
    assert_eq!(world.prose(&id).await, before);

    let more = world
        .post(
            &id,
            "continue",
            json!({ "prompt": "The letter's writer comes back." }),
        )
        .await;
    assert_eq!(more.status, 200, "{}", more.body);
    world.story_in(&id, "COMPLETED").await;
    let longer = world.prose(&id).await;
    assert_eq!(longer[..before.len()], before[..]);
    assert!(longer.len() > before.len());

    // The first scene's ledger has what she looks like.
    let path = format!("/api/stories/{id}/facts/mira-voss-eyes");
    let change = world
        .ada
        .call(
            &world.door,
            "PUT",
            &path,
            Some(json!({ "object": "'); DROP TABLE stories; --" })),
        )
        .await;
    assert_eq!(change.status, 200, "{}", change.body);
    assert!(change.body["fact"]["dependents"].is_array());
    world.story_in(&id, "COMPLETED").await;
    assert_eq!(
        world.prose(&id).await,
        longer,
        "nothing is rewritten that nobody wants rewritten"
    );
    for wrong in ["chapters/99/rewrite", "rewrite"] {
        let refused = world.post(&id, wrong, json!({})).await;
        assert!(
            [404, 422].contains(&refused.status.as_u16()),
            "{wrong}: {}",
            refused.body
        );
    }
}

/// Names that are Cypher, SQL, markup and templates, and common words.
const NASTY: &str = "Drop Table and Match Delete meet in the garden of MATCH (n) DETACH DELETE n. {{name}} ${x} <script>. \
                     O'Brien says: '); DROP TABLE stories; --. Will, May and Mark go on. A mystery.";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_a_prompt_says_is_only_a_prompt() {
    let world = World::new().await;
    for prompt in [
        NASTY,
        "灯台守のミステリー。手紙が届く。",
        "x",
        "The. A mystery of It and She in I.",
    ] {
        let body = json!({ "prompt": prompt, "genres": ["horror", "children", "romance"], "chapters": 1,
            "words_per_chapter": 150, "seed": 1 });
        let id = world.begin(body).await;
        let story = world.story_in(&id, "COMPLETED").await;
        assert_eq!(story["fiction"]["initial_prompt"], prompt);
        // Scenes as JSON end in braces, too: what was written is looked at alone.
        let scenes = world.prose(&id).await;
        let text: Vec<&Value> = scenes.iter().map(|(_, prose)| prose).collect();
        let text = format!("{text:?}");
        for hole in ["{{", "}}", "${"] {
            assert!(!text.contains(hole), "{hole} in {text}");
        }
    }
}

async fn export(world: &World, id: &str) -> Vec<u8> {
    let answer = world
        .door
        .http()
        .get(format!(
            "{}/api/stories/{id}/export?format=epub",
            world.saga.base()
        ))
        .bearer_auth(&world.ada.access)
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 200);
    answer.bytes().await.expect("bytes").to_vec()
}

/// Numbers that look like chance and are the same for the same seed.
struct Chance(u64);

impl Chance {
    /// By splitmix64.
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);

        (mixed ^ (mixed >> 31)) % most
    }
}

fn number(message: &Message) -> u64 {
    let text = message.to_text().expect("text");
    let message: Value = serde_json::from_str(text).expect("JSON");
    message["seq"].as_u64().unwrap_or_default()
}

/// The process is killed at points of the run that are drawn by the seed: after one of its events and some words more.
#[expect(clippy::print_stdout, reason = "says where, for whoever looks at a failure")]
async fn write_through_kills(kills: usize, chapters: u32, words: u32, seed: u64) {
    let data = DataFolder::new();
    let body = json!({
        "prompt": PROMPT, "genres": ["mystery"], "chapters": chapters, "words_per_chapter": words, "seed": 11,
    });
    let saga = Launch::new(&data).serve().await;
    let door = Client::of(&saga);
    let ada = Person::register(&door, "ada").await;
    let mut world = World { saga, door, ada };
    let undisturbed = world.begin(body.clone()).await;
    world.story_in(&undisturbed, "COMPLETED").await;
    let expected = export(&world, &undisturbed).await;
    let path = format!("/ws/stories/{undisturbed}?token={}", world.ada.access);
    let (told, _) = hear_all(&world.saga, &path, None).await;
    let events = told.iter().filter_map(|message| message["seq"].as_u64()).max();
    let events = events.expect("numbers");

    let mut chance = Chance(seed);
    let mut points: Vec<u64> = (0..kills).map(|_| 1 + chance.below(events - 1)).collect();
    points.sort_unstable();
    println!("seed {seed}: killed after events {points:?} of {events}");

    let id = world.begin(body).await;
    for point in points {
        let path = format!("/ws/stories/{id}?token={}", world.ada.access);
        let (mut socket, _) = connect_async(world.saga.websocket(&path))
            .await
            .expect("a socket");
        let (mut reached, mut words) = (0, chance.below(6));
        while reached < point || words > 0 {
            let Some(Ok(message @ Message::Text(_))) = socket.next().await else {
                break;
            };
            words -= u64::from(reached >= point);
            reached = reached.max(number(&message));
        }
        world.saga.kill().await;

        let saga = Launch::new(&data).serve().await;
        let door = Client::of(&saga);
        world = World { saga, door, ..world };
    }
    world.story_in(&id, "COMPLETED").await;
    assert_eq!(export(&world, &id).await, expected, "byte for byte");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_book_that_was_killed_again_and_again_is_the_same_book() {
    write_through_kills(6, 8, 400, 8).await;
}

/// With `SAGA_TEST_SEED` at other points.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it takes minutes; a short book is killed each time"]
async fn a_book_of_twenty_chapters_killed_at_twenty_random_points_is_the_same_book() {
    let seed = std::env::var("SAGA_TEST_SEED").ok();
    let seed = seed.map_or(20, |text| text.parse().expect("a number"));

    write_through_kills(20, 20, 1200, seed).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn books_are_deleted_all_or_none_and_doubled_and_unknown_ids_do_no_harm() {
    let world = World::new().await;
    let eve = Person::register(&world.door, "eve").await;
    let (one, two) = (world.begin(small(PROMPT)).await, world.begin(small(PROMPT)).await);
    let hers = eve.post(&world.door, "/api/stories", small(PROMPT)).await.body;
    let hers = text(&hers["id"]);

    let foreign = world
        .ada
        .call(&world.door, "DELETE", "/api/stories", Some(json!([one, hers])))
        .await;
    assert_eq!(foreign.status, 403, "{}", foreign.body);
    assert_eq!(
        world
            .ada
            .get(&world.door, &format!("/api/stories/{one}"))
            .await
            .status,
        200
    );

    world.story_in(&two, "COMPLETED").await;
    let ids = json!([one, one, NOBODY, two]);
    let deleted = world
        .ada
        .call(&world.door, "DELETE", "/api/stories", Some(ids))
        .await;
    assert_eq!(deleted.status, 200, "{}", deleted.body);
    assert_eq!(deleted.body["deleted"], json!([one, two]));
    assert_eq!(deleted.body["unknown"], json!([NOBODY]));
    for id in [&one, &two] {
        assert_eq!(
            world
                .ada
                .get(&world.door, &format!("/api/stories/{id}/book"))
                .await
                .status,
            404
        );
    }
    assert_eq!(
        eve.get(&world.door, &format!("/api/stories/{hers}")).await.status,
        200
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_book_is_written_from_the_command_line() {
    let (data, folder) = (DataFolder::new(), tempfile::tempdir().expect("a folder"));
    let out = folder.path().join("book");
    let write = |more: &[&str]| {
        let mut launch = Launch::new(&data).argument("fiction").argument(PROMPT);
        for argument in [
            "--chapters",
            "2",
            "--words",
            "200",
            "--genre",
            "mystery",
            "--seed",
            "5",
            "--json",
        ] {
            launch = launch.argument(argument);
        }
        for argument in more {
            launch = launch.argument(argument);
        }
        launch.argument("--out").argument(&out).command().output()
    };

    let written = write(&[]).await.expect("saga runs");
    let said = String::from_utf8_lossy(&written.stdout);
    assert!(
        written.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&written.stderr)
    );
    let told: Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!(told["chapters"], 2, "{told}");
    for file in ["book.epub", "book.docx", "book.json"] {
        assert!(out.join(file).exists(), "{file}");
    }
    let book = std::fs::read_to_string(out.join("book.md")).expect("a book");
    assert!(book.contains("# ") && book.contains("Chapter 2"), "{book}");

    let again = write(&[]).await.expect("saga runs");
    assert!(!again.status.success(), "the folder is not empty");
    let again = write(&["--overwrite"]).await.expect("saga runs");
    assert!(
        again.status.success(),
        "{}",
        String::from_utf8_lossy(&again.stdout)
    );
    assert_eq!(
        std::fs::read_to_string(out.join("book.md")).expect("a book"),
        book,
        "the same seed, the same book"
    );
}
