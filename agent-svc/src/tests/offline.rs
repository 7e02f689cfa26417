//! Every agent's work without a model: what a story needs, from the wish to the captions.

use super::*;
use crate::voice::Mp3;

#[tokio::test]
async fn a_wish_is_understood_and_what_was_chosen_stands() {
    let rig = Rig::new().await;
    let url = "http://127.0.0.1/ada/engine.git";
    let input = json!({
        "repo_url": url, "message": "A 15 minute podcast for an expert, focus on error handling please",
        "style": "fiction", "focus_areas": ["testing"], "voice": "Bella",
    });
    let said = rig.must("codestory.intent", &input).await;

    assert!(said.offline);

    let intent = &said.output["intent"];
    assert_eq!(intent["repo_owner"], "ada");
    assert_eq!(intent["repo_name"], "engine");
    assert_eq!(intent["repo_url"], url);
    assert_eq!(intent["style"], "fiction");
    assert_eq!(intent["duration_minutes"], 15);
    assert_eq!(intent["technical_depth"], "advanced");
    assert_eq!(intent["focus_areas"][0], "testing");
    assert!(
        intent["focus_areas"]
            .as_array()
            .unwrap()
            .contains(&json!("error handling")),
        "{intent}"
    );
    assert!(!said.output["message"].as_str().unwrap().is_empty());

    let plain = rig.must("intent", &json!({"repo_url": url})).await;
    assert_eq!(plain.output["intent"]["style"], "documentary");
    assert_eq!(plain.output["intent"]["duration_minutes"], 10);
    assert_eq!(plain.output["intent"]["technical_depth"], "intermediate");
}

#[tokio::test]
async fn a_repository_is_analysed_once_for_each_commit() {
    let rig = Rig::new().await;
    rig.git.publish("ada/engine", &engine());

    let input = json!({"repo_url": rig.git.url("ada/engine"), "focus_areas": []});
    let said = rig.must("codestory.analyzer", &input).await;

    assert!(said.offline);
    assert_eq!(said.output["repo_name"], "ada/engine");
    assert_eq!(said.output["commit"], engine().head().unwrap().to_string());
    assert!(
        said.output["files_analyzed"].as_u64().unwrap() >= 7,
        "{}",
        said.output["files_analyzed"]
    );

    let mut fields: Vec<&str> = said.output["analysis"]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();

    fields.sort_unstable();

    let contract = [
        "architecture_patterns",
        "complexity_score",
        "dependencies",
        "file_structure",
        "key_files",
        "repo_metadata",
        "suggested_chapters",
        "tech_stack",
    ];

    assert_eq!(fields, contract);

    for log in &said.logs {
        assert_eq!(log.agent_name, "Analyzer");
        serde_json::from_str::<serde_json::Map<String, Value>>(&log.details).unwrap();
    }

    let fetches = || {
        rig.git
            .requests()
            .iter()
            .filter(|request| request.starts_with("fetch"))
            .count()
    };
    let before = fetches();
    let again = rig.must("codestory.analyzer", &input).await;

    assert_eq!(again.output, said.output);
    assert_eq!(fetches(), before, "the commit was known");
    assert!(
        actions(&again)
            .iter()
            .any(|action| action.contains("analysed before")),
        "{:?}",
        actions(&again)
    );
}

#[tokio::test]
async fn a_whole_story_is_made_without_a_model() {
    let rig = Rig::new().await;
    let (intent, key) = rig.analysed(&engine()).await;
    let outlined = rig
        .must(
            "codestory.architect",
            &json!({"task": "outline", "intent": intent, "analysis_key": key}),
        )
        .await;

    assert!(outlined.offline);
    assert_eq!(outlined.output["task"], "outline");

    let outline = &outlined.output["outline"];
    let count = outline["chapters"].as_array().unwrap().len();

    assert!(count > 0);

    let mut chapters = Vec::new();
    for index in 0..count {
        let input = json!({
            "task": "chapter", "intent": intent, "analysis_key": key, "outline": outline, "index": index, "voice": "Rachel",
        });
        let said = rig.must("codestory.architect", &input).await;

        assert_eq!(
            said.output["chapter"]["title"],
            outline["chapters"][index]["title"]
        );

        chapters.push(said.output["chapter"].clone());
    }

    let script = rig
        .must(
            "codestory.architect",
            &json!({"task": "script", "outline": outline, "chapters": chapters}),
        )
        .await;

    assert_eq!(
        script.output["script"]["chapters"].as_array().unwrap().len(),
        count
    );
    assert!(script.output["script"]["word_count"].as_u64().unwrap() > 20);

    let (audio, spoken) = speak(&rig, &chapters).await;
    let ids = json!({"story_id": Uuid::from_u128(1), "run_id": Uuid::from_u128(2)});
    let folder = format!("stories/{}/{}", Uuid::from_u128(1), Uuid::from_u128(2));

    assert_eq!(audio["audio_key"], format!("{folder}/audio.mp3"));

    let mut cover =
        json!({"task": "cover", "analysis_key": key, "title": "Engine & <loom>", "style": "fiction"});
    merge(&mut cover, &ids);

    let cover = rig.must("codestory.voice", &cover).await;
    let svg = String::from_utf8(
        rig.blob(cover.output["cover_key"].as_str().unwrap())
            .await
            .to_vec(),
    )
    .unwrap();

    assert!(
        svg.contains("<svg") && svg.contains("Engine &amp; &lt;loom&gt;"),
        "{svg}"
    );

    let mut transcript = json!({"task": "transcript", "title": outline["title"], "chapters": spoken});
    merge(&mut transcript, &ids);

    let written = rig.must("codestory.voice", &transcript).await;
    assert_eq!(
        written.output["transcript_key"],
        format!("{folder}/transcript.md")
    );

    let markdown = String::from_utf8(rig.blob(&format!("{folder}/transcript.md")).await.to_vec()).unwrap();
    assert!(
        markdown.starts_with("# ") && markdown.contains("(0:00)"),
        "{markdown}"
    );

    let captions = String::from_utf8(rig.blob(&format!("{folder}/captions.vtt")).await.to_vec()).unwrap();
    assert!(
        captions.starts_with("WEBVTT") && captions.contains("NOTE "),
        "{captions}"
    );

    rig.service.flush().await;

    let rows = rig.service.usage.of_run(USER, RUN).await.unwrap();
    assert!(
        rows.iter()
            .all(|row| row.offline && row.tier == "free" && row.outcome == "ok"),
        "{rows:?}"
    );
    assert!(rows.iter().any(|row| row.agent == "codestory.architect"));
}

fn merge(into: &mut Value, more: &Value) {
    for (name, value) in more.as_object().unwrap() {
        into[name] = value.clone();
    }
}

/// Cuts, speaks and joins the chapters; gives the audio and what the transcript needs.
async fn speak(rig: &Rig, chapters: &[Value]) -> (Value, Vec<Value>) {
    let (mut keys, mut texts) = (Vec::new(), Vec::new());
    for chapter in chapters {
        let cut = rig
            .must(
                "codestory.voice",
                &json!({"task": "cut", "text": chapter["content"], "voice": "Drew"}),
            )
            .await;

        let (mut chunks, mut spoken) = (Vec::new(), Vec::new());
        for (index, text) in cut.output["chunks"].as_array().unwrap().iter().enumerate() {
            let said = rig
                .must(
                    "codestory.voice",
                    &json!({"task": "chunk", "text": text, "voice": "Drew", "index": index}),
                )
                .await;
            let mp3 = Mp3::parse(rig.blob(said.output["audio_key"].as_str().unwrap()).await).unwrap();

            assert_eq!(said.output["bytes"], mp3.bytes().len());
            assert_eq!(said.output["voice_used"], "Drew");

            chunks.push(said.output["audio_key"].clone());
            spoken.push(json!({"text": text, "duration_seconds": said.output["duration_seconds"]}));
        }

        keys.push(json!({"title": chapter["title"], "chunks": chunks}));
        texts.push((chapter, spoken));
    }

    let input = json!({"task": "concatenate", "story_id": Uuid::from_u128(1), "run_id": Uuid::from_u128(2), "chapters": keys});
    let said = rig.must("codestory.voice", &input).await;
    let whole = Mp3::parse(rig.blob(said.output["audio_key"].as_str().unwrap()).await).unwrap();

    assert!(
        (whole.seconds() - said.output["duration_seconds"].as_f64().unwrap()).abs() < 1e-6,
        "durations are exact"
    );

    let mut at = 0.0;
    for (index, times) in said.output["chapters"].as_array().unwrap().iter().enumerate() {
        let file = Mp3::parse(
            rig.blob(said.output["audio_chunks"][index].as_str().unwrap())
                .await,
        )
        .unwrap();

        let (start, length) = (
            times["timestamp_start"].as_f64().unwrap(),
            times["duration_seconds"].as_f64().unwrap(),
        );

        assert!((file.seconds() - length).abs() < 1e-6);
        assert!(
            start >= at,
            "chapter {index} begins at {start}, the one before ends at {at}"
        );
        assert!(start - at < 1.5, "the pause is short");
        assert!(
            (start - start.round()).abs() < 0.05,
            "chapter {index} begins at {start}, which lists of chapters round"
        );

        at = start + length;
    }

    assert!(
        (at - whole.seconds()).abs() < 1e-6,
        "the last chapter ends with the audio"
    );

    let texts = texts
        .into_iter()
        .zip(said.output["chapters"].as_array().unwrap())
        .map(|((chapter, chunks), times)| {
            json!({
                "title": chapter["title"], "content": chapter["content"], "chunks": chunks,
                "timestamp_start": times["timestamp_start"], "duration_seconds": times["duration_seconds"],
            })
        });

    (said.output.clone(), texts.collect())
}

#[tokio::test]
async fn the_same_words_are_spoken_once_and_a_damaged_piece_is_spoken_again() {
    let rig = Rig::new().await;
    let input = json!({"task": "chunk", "text": "The loom begins to weave.", "voice": "Rachel", "index": 0});
    let first = rig.must("codestory.voice", &input).await;
    let key = first.output["audio_key"].as_str().unwrap().to_owned();
    let again = rig.must("codestory.voice", &input).await;

    assert_eq!(again.output, first.output);
    assert!(
        again.logs[0].details.contains("\"reused\":true"),
        "{:?}",
        again.logs
    );

    rig.blobs
        .put(&key, bytes::Bytes::from_static(b"not audio"), "audio/mpeg")
        .await
        .unwrap();

    let mended = rig.must("codestory.voice", &input).await;
    assert!(
        mended.logs[0].details.contains("\"reused\":false"),
        "{:?}",
        mended.logs
    );

    Mp3::parse(rig.blob(&key).await).unwrap();

    let other = rig
        .must(
            "codestory.voice",
            &json!({"task": "chunk", "text": "The loom begins to weave.", "voice": "Drew", "index": 0}),
        )
        .await;

    assert_ne!(other.output["audio_key"], first.output["audio_key"]);
}

#[tokio::test]
async fn a_story_is_not_put_together_from_a_missing_or_damaged_piece() {
    let rig = Rig::new().await;
    let said = rig
        .must(
            "codestory.voice",
            &json!({"task": "chunk", "text": "One.", "voice": "Rachel", "index": 0}),
        )
        .await;
    let good = said.output["audio_key"].clone();
    let bad = format!("audio/chunks/{}.mp3", "0".repeat(64));
    let input = json!({
        "task": "concatenate", "story_id": Uuid::from_u128(1), "run_id": Uuid::from_u128(2),
        "chapters": [{"title": "One", "chunks": [good, bad]}],
    });
    let missing = rig.run("codestory.voice", &input).await.unwrap_err();

    assert_eq!(missing.reason, "WORK_MISSING");

    rig.blobs
        .put(&bad, bytes::Bytes::from_static(b"RIFF"), "audio/mpeg")
        .await
        .unwrap();

    let damaged = rig.run("codestory.voice", &input).await.unwrap_err();
    assert_eq!(damaged.reason, "AUDIO_DAMAGED");

    let folder = format!("stories/{}/{}", Uuid::from_u128(1), Uuid::from_u128(2));
    assert!(
        rig.blobs
            .head(&format!("{folder}/chapter-01.mp3"))
            .await
            .unwrap()
            .is_none(),
        "nothing half-made is kept"
    );
}

#[tokio::test]
async fn an_empty_repository_is_refused_with_words_for_its_user() {
    let rig = Rig::new().await;
    rig.git.publish("ada/nothing", &Fixture::new());

    let input = json!({"repo_url": rig.git.url("ada/nothing"), "focus_areas": []});
    let problem = rig.run("codestory.analyzer", &input).await.unwrap_err();

    assert_eq!(problem.reason, "REPO_EMPTY");
    assert!(problem.message.contains("no commit yet"), "{problem:?}");
    assert_eq!(problem.fields[0].field, "repo_url");

    let unknown = rig
        .run(
            "codestory.analyzer",
            &json!({"repo_url": rig.git.url("ada/unknown")}),
        )
        .await
        .unwrap_err();

    assert_eq!(unknown.reason, "REPO_NOT_FOUND");
}

#[tokio::test]
async fn a_bystander_is_answered_while_the_processors_are_busy() {
    let rig = Rig::new().await;
    let text =
        "The loom weaves numbers into patterns, row by row, from the first card to the last. ".repeat(10);
    let busy = futures::future::join_all((0..8).map(|index| {
        let input =
            json!({"task": "chunk", "text": format!("{text} {index}."), "voice": "Drew", "index": index});
        let rig = &rig;
        async move { rig.must("codestory.voice", &input).await }
    }));
    let mut busy = std::pin::pin!(busy);
    let bystander = async {
        let mut answered = 0;
        for _ in 0..20 {
            rig.client
                .clone()
                .list_agents(rig.request(proto::v1::ListAgentsRequest {}))
                .await
                .unwrap();
            rig.must(
                "codestory.voice",
                &json!({"task": "cut", "text": "One. Two.", "voice": "Drew"}),
            )
            .await;
            answered += 1;
        }

        answered
    };

    tokio::select! {
        biased;
        _ = &mut busy => panic!("the bystander had to wait for all of it"),
        answered = bystander => assert_eq!(answered, 20),
    }
    busy.await;
}
