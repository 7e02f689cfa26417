//! Stories over REST: the exact shapes, and what the services were asked.

use kit::actor::Tier;
use proto::v1::{CodeResult, RunStatus, Story, StoryKind, Style, TechnicalDepth, Voice, story};
use serde_json::{Value, json};
use uuid::Uuid;

use super::harness::{Answer, Door};

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

#[tokio::test]
async fn generate_passes_everything_on_and_answers_as_the_contract_says() {
    let door = Door::open().await;
    let body = json!({
        "repoUrl": "https://github.com/o/r", "style": "podcast", "duration": 15, "voice": "Bella",
        "focusAreas": ["api", "tests"], "technicalDepth": "expert"
    });

    let request = door
        .http
        .post(door.url("/api/stories/generate"))
        .header("idempotency-key", "k-1")
        .json(&body);
    let answer = Answer::of(request).await;

    assert_eq!(answer.status, 200);

    let told = json!({ "id": id(1), "status": "pending", "message": "Story generation started" });
    assert_eq!(answer.json(), told);

    let asked = door.world.lock().created.remove(0);
    assert_eq!(
        (asked.repo_url.as_str(), asked.style()),
        ("https://github.com/o/r", Style::Podcast)
    );
    assert_eq!((asked.duration_minutes, asked.voice()), (Some(15), Voice::Bella));
    assert_eq!(
        (asked.focus_areas.len(), asked.technical_depth()),
        (2, TechnicalDepth::Advanced)
    );
    assert_eq!(asked.idempotency_key.as_deref(), Some("k-1"));
}

#[tokio::test]
async fn generate_needs_only_the_repository_and_takes_both_spellings() {
    let door = Door::open().await;
    for body in [
        json!({ "repoUrl": "u" }),
        json!({ "repo_url": "u", "focus_areas": null, "duration_minutes": 5 }),
    ] {
        assert_eq!(
            door.post("/api/stories/generate", &body).await.status,
            200,
            "{body}"
        );
    }

    let created = &door.world.lock().created;
    assert_eq!(
        (created[0].duration_minutes, created[0].style()),
        (None, Style::Unspecified)
    );
    assert_eq!(created[1].duration_minutes, Some(5));
}

#[tokio::test]
async fn a_story_has_its_fourteen_keys_first_and_in_order() {
    let door = Door::open().await;
    let story = door.world.story(7, RunStatus::Running);
    let answer = door.get(&format!("/api/stories/{}", story.id)).await;

    assert_eq!(answer.status, 200);

    let text = answer.text();
    let keys = [
        "id",
        "repo_url",
        "repo_name",
        "status",
        "progress",
        "style",
        "duration_minutes",
        "audio_url",
        "audio_chunks",
        "chapters",
        "cover_url",
        "created_at",
        "updated_at",
        "error_message",
    ];

    let places: Vec<_> = keys
        .iter()
        .map(|key| text.find(&format!("\"{key}\":")).expect(key))
        .collect();

    assert!(places.is_sorted(), "{text}");

    let extra = [
        "title",
        "duration_seconds",
        "transcript_url",
        "captions_url",
        "offline",
        "error_code",
        "error_reason",
        "is_public",
        "share_id",
        "kind",
        "fiction",
        "control_state",
    ];

    let told = answer.json();
    let told = told.as_object().unwrap();

    assert_eq!(told.len(), keys.len() + extra.len());
    assert!(extra.iter().all(|key| told.contains_key(*key)), "{text}");
    assert_eq!(
        (&told["status"], &told["progress"], &told["audio_chunks"]),
        (&json!("analyzing"), &json!(0), &json!([]))
    );
    assert!(told["audio_url"].is_null() && told["error_message"].is_null() && told["cover_url"].is_null());
}

#[tokio::test]
async fn a_complete_story_has_absolute_links_that_can_be_fetched() {
    let door = Door::open().await;
    let story = door.world.story(8, RunStatus::Completed);
    complete(&door, &story.id);

    let told = door.get(&format!("/api/stories/{}", story.id)).await.json();
    assert_eq!(told["status"], "completed");
    assert_eq!(
        (told["progress"].as_u64(), told["duration_seconds"].as_u64()),
        (Some(100), Some(301))
    );

    let base = format!("http://{}/media/", door.address);
    let links =
        ["audio_url", "cover_url", "transcript_url", "captions_url"].map(|key| told[key].as_str().unwrap());
    for (link, extension) in links.iter().zip([".mp3", ".svg", ".md", ".vtt"]) {
        assert!(link.starts_with(&base) && link.ends_with(extension), "{link}");
    }

    assert_eq!(told["audio_chunks"].as_array().unwrap().len(), 2);
    assert_eq!(told["chapters"][0]["title"], "One");
}

#[tokio::test]
async fn links_of_a_story_that_is_not_complete_are_not_shown() {
    let door = Door::open().await;
    let story = door.world.story(8, RunStatus::Completed);
    complete(&door, &story.id);
    door.world.lock().stories.get_mut(&story.id).unwrap().status = RunStatus::Running.into();
    let told = door.get(&format!("/api/stories/{}", story.id)).await.json();
    assert!(told["audio_url"].is_null() && told["cover_url"].is_null());
    assert_eq!(told["audio_chunks"], json!([]));
}

fn complete(door: &Door, id: &str) {
    let mut world = door.world.lock();
    let story = world.stories.get_mut(id).unwrap();

    *story = Story {
        progress: 100.0,
        result: Some(story::Result::CodeResult(CodeResult {
            audio_key: "s/audio.mp3".into(),
            audio_chunk_keys: vec!["s/1.mp3".into(), "s/2.mp3".into()],
            cover_key: "s/cover.svg".into(),
            transcript_key: "s/t.md".into(),
            captions_key: "s/c.vtt".into(),
            chapters: Some(r#"[{"title":"One","content":"x"}]"#.into()),
            duration_seconds: 300.6,
        })),
        ..story.clone()
    };
}

#[tokio::test]
async fn files_of_a_shared_story_are_had_by_its_link_while_it_is_shared() {
    let door = Door::open().await;
    let person = door.world.account(Tier::Free);
    let story = door.world.story(7, RunStatus::Completed);
    complete(&door, &story.id);
    door.blobs
        .put("s/audio.mp3", "sound".into(), "audio/mpeg")
        .await
        .unwrap();

    let as_owner = async |method: &str, path: &str| {
        let request = door.http.request(method.parse().unwrap(), door.url(path));
        Answer::of(request.bearer_auth(&person.token)).await
    };
    let path = format!("/api/stories/{}", story.id);
    let own = as_owner("GET", &path).await.json()["audio_url"].clone();
    let share = as_owner("POST", &format!("{path}/share")).await.json();
    let token = share["share_id"].as_str().unwrap().to_owned();

    let by_link = door.get(&format!("/api/stories/shared/{token}")).await.json();
    let query = json!({ "query": "query($t: String!) { sharedStory(token: $t) { audioUrl } }", "variables": { "t": token } });
    let by_graphql = door.post("/graphql", &query).await.json();
    let shared = by_link["audio_url"].clone();
    assert_eq!(by_graphql["data"]["sharedStory"]["audioUrl"], shared);
    assert_ne!(own, shared);

    let fetch = async |url: &Value| Answer::of(door.http.get(url.as_str().unwrap())).await;
    let heard = fetch(&shared).await;
    assert_eq!((heard.status.as_u16(), &heard.body[..]), (200, &b"sound"[..]));
    assert_eq!(heard.header("cache-control"), "private, no-cache");

    as_owner("DELETE", &format!("{path}/share")).await;
    assert_eq!(fetch(&shared).await.status, 404);
    assert_eq!(fetch(&own).await.status, 200);
}

#[tokio::test]
async fn a_cancelled_story_has_failed_and_says_so() {
    let door = Door::open().await;
    let story = door.world.story(9, RunStatus::Cancelled);
    let told = door.get(&format!("/api/stories/{}", story.id)).await.json();
    assert_eq!(
        (told["status"].as_str(), told["error_message"].as_str()),
        (Some("failed"), Some("cancelled"))
    );
}

#[tokio::test]
async fn the_public_url_of_the_configuration_is_the_base_of_links() {
    let door = Door::open_with(|config| config.public_url = Some("https://saga.example/x".into())).await;
    let story = door.world.story(8, RunStatus::Completed);
    complete(&door, &story.id);

    let told = door.get(&format!("/api/stories/{}", story.id)).await.json();
    assert!(
        told["audio_url"]
            .as_str()
            .unwrap()
            .starts_with("https://saga.example/x/media/")
    );
}

#[tokio::test]
async fn a_list_is_what_one_call_gives_of_the_kind_that_was_asked_for() {
    let door = Door::open().await;
    for n in 1..=1_050 {
        door.world.story(n, RunStatus::Completed);
    }

    let list = door.get("/api/stories?kind=code").await.json();
    let list = list.as_array().unwrap();

    assert_eq!(list.len(), 1_000);
    assert!(list.is_sorted_by(|a, b| a["updated_at"].as_str() >= b["updated_at"].as_str()));

    let mut keys: Vec<_> = list[0].as_object().unwrap().keys().cloned().collect();
    keys.sort_unstable();

    assert_eq!(keys, ["id", "title", "updated_at"]);

    let asked = door.world.lock().titled.clone();
    assert_eq!((asked.len(), asked[0].kind()), (1, StoryKind::Code));
}

#[tokio::test]
async fn a_list_is_of_fiction_unless_told_otherwise() {
    let door = Door::open().await;
    for (path, kind) in [
        ("/api/stories", StoryKind::Fiction),
        ("/api/stories?kind=fiction", StoryKind::Fiction),
        ("/api/stories?kind=all&unrelated=1", StoryKind::Unspecified),
    ] {
        assert_eq!(door.get(path).await.json(), json!([]));
        assert_eq!(door.world.lock().titled.remove(0).kind(), kind, "{path}");
    }
}

#[tokio::test]
async fn restart_and_cancel_answer_as_the_contract_says() {
    let door = Door::open().await;
    let story = door.world.story(3, RunStatus::Queued);
    let path = |verb: &str| door.url(&format!("/api/stories/{}/{verb}", story.id));
    let restarted = Answer::of(door.http.post(path("restart")).header("idempotency-key", "again")).await;
    let told = json!({ "id": story.id, "status": "pending", "message": "Story generation restarted" });

    assert_eq!((restarted.status.as_u16(), restarted.json()), (200, told));
    assert_eq!(
        door.world.lock().restarted[0].idempotency_key.as_deref(),
        Some("again")
    );

    let cancelled = Answer::of(door.http.post(path("cancel"))).await;
    assert_eq!(
        (cancelled.status.as_u16(), cancelled.json()["message"].as_str()),
        (200, Some("Story generation cancelled"))
    );
}

#[tokio::test]
async fn a_guest_gets_a_cookie_when_it_makes_something_and_is_the_same_one_by_it_alone() {
    let door = Door::open().await;
    let made = door
        .post("/api/stories/generate", &json!({ "repoUrl": "u" }))
        .await;
    let cookie = made.cookie("saga_guest");

    assert!(!cookie.is_empty());

    let with = door
        .http
        .get(door.url("/api/stories"))
        .header("cookie", cookie.as_str());
    let with = Answer::of(with).await;
    let without = door.get("/api/stories").await;

    assert!(with.cookie("saga_guest").is_empty() && without.cookie("saga_guest").is_empty());

    let actors = door.world.lock().actors.clone();
    let ids: Vec<_> = actors.iter().map(|actor| actor.user_id).collect();

    assert!(actors.iter().all(|actor| actor.guest), "{actors:?}");
    assert_eq!(ids.len(), 3);
    assert_eq!(ids[0], ids[1], "by its cookie");
    assert_ne!(ids[0], ids[2], "by its address");
}

#[tokio::test]
async fn a_story_is_named_shared_by_a_link_and_deleted() {
    let door = Door::open().await;
    let story = door.world.story(7, RunStatus::Completed);
    let path = format!("/api/stories/{}", story.id);

    let patch = |body: &serde_json::Value| Answer::of(door.http.patch(door.url(&path)).json(body));
    let named = patch(&json!({ "title": "My routers" })).await;
    assert_eq!(
        (named.status, &named.json()["title"]),
        (200.try_into().unwrap(), &json!("My routers"))
    );
    for wrong in [
        json!({}),
        json!({ "title": "x", "status": "completed" }),
        json!({ "title": 1 }),
    ] {
        assert_eq!(patch(&wrong).await.status, 422, "{wrong}");
    }

    let shared = door.post(&format!("{path}/share"), &json!({})).await.json();
    let token = format!("token-of-{}", story.id);
    assert_eq!(
        (&shared["share_id"], &shared["is_public"]),
        (&json!(token), &json!(true))
    );
    assert!(
        shared["share_url"]
            .as_str()
            .unwrap()
            .ends_with(&format!("/#/shared/{token}")),
        "{shared}"
    );
    let mine = door.get(&path).await.json();
    assert_eq!(
        (&mine["share_id"], &mine["is_public"]),
        (&json!(token), &json!(true))
    );

    let read = door.get(&format!("/api/stories/shared/{token}")).await;
    assert_eq!(
        (&read.json()["id"], &read.json()["share_id"]),
        (&json!(story.id), &json!(null))
    );
    assert_eq!(door.get("/api/stories/shared/nothing").await.status, 404);

    let unshared = Answer::of(door.http.delete(door.url(&format!("{path}/share")))).await;
    assert_eq!(unshared.json()["is_public"], false);
    assert_eq!(
        door.get(&format!("/api/stories/shared/{token}")).await.status,
        404
    );

    let gone = Answer::of(door.http.delete(door.url(&path))).await;
    assert_eq!(
        gone.json(),
        json!({ "message": "1 story deleted", "deleted": [story.id], "unknown": [] })
    );
    assert_eq!(door.get(&path).await.status, 404);
    assert_eq!(Answer::of(door.http.delete(door.url(&path))).await.status, 404);
}

#[tokio::test]
async fn several_stories_are_deleted_by_a_body_or_a_query() {
    let door = Door::open().await;
    let ids: Vec<_> = (1..=4)
        .map(|id| door.world.story(id, RunStatus::Completed).id)
        .collect();
    let url = door.url("/api/stories");

    let body = Answer::of(door.http.delete(&url).json(&json!([ids[0], "x"]))).await;
    assert_eq!(
        body.json(),
        json!({ "message": "1 story deleted", "deleted": [ids[0]], "unknown": ["x"] })
    );

    let query = format!("{url}?ids={},{}", ids[1], ids[2]);
    let query = Answer::of(door.http.delete(query)).await;
    assert_eq!(query.json()["deleted"], json!([ids[1], ids[2]]));

    let posted = door.post("/api/stories/delete", &json!([ids[3]])).await;
    assert_eq!(posted.json()["deleted"], json!([ids[3]]));

    let nothing = Answer::of(door.http.delete(&url)).await;
    assert_eq!(nothing.status, 422, "{}", nothing.text());
    assert_eq!(
        door.post("/api/stories/delete", &json!({ "ids": [] }))
            .await
            .status,
        422
    );
}
