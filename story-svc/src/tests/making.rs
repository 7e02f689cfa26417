//! From a request to a finished story, and everything that can go wrong on the way.

use std::collections::BTreeMap;
use std::time::Duration;

use kit::error::{ErrorKind, Problem};
use proto::v1::RunStatus;
use serde_json::{Value, json};
use tonic::Code;

use super::agents::Fault;
use super::world::{data, each_world, log_lines, request, status, statuses};

fn line(who: &str, action: &str, level: &str, details: Value) -> (String, String, String, Value) {
    (who.to_owned(), action.to_owned(), level.to_owned(), details)
}

#[tokio::test]
async fn a_repository_becomes_a_story_and_the_log_reads_as_the_contract_says() {
    each_world(|world| async move {
        let guest = world.guest();
        let story = guest.create(request()).await.unwrap();

        assert_eq!((status(&story), story.progress), (RunStatus::Queued, 0.0));
        assert_eq!(
            (story.title.as_str(), story.code().unwrap().repo_name.as_str()),
            ("expressjs/express", "expressjs/express")
        );

        let _worker = world.worker().await;
        let events = guest.watch_to_end(&story.run_id, 0).await;

        assert_eq!(
            log_lines(&events),
            [
                line("Intent", "Parsing user request", "info", json!({})),
                line(
                    "Intent",
                    "Intent extracted",
                    "success",
                    json!({ "focus_areas": ["routing"] })
                ),
                line("Analyzer", "Starting repository analysis", "info", json!({})),
                line(
                    "Analyzer",
                    "Analysis complete",
                    "success",
                    json!({ "files_analyzed": 42 })
                ),
                line("Architect", "Generating narrative", "info", json!({})),
                line(
                    "Architect",
                    "Script complete",
                    "success",
                    json!({ "chapters": 3, "words": 24 })
                ),
                line("Synthesizer", "Generating audio", "info", json!({})),
                line(
                    "Synthesizer",
                    "Audio complete",
                    "success",
                    json!({ "duration": 8 })
                ),
                line("System", "Story generation complete", "success", json!({})),
            ]
        );

        let statuses = statuses(&events);
        let milestones = [
            ("queued", 0),
            ("analyzing", 5),
            ("analyzing", 15),
            ("generating", 40),
            ("synthesizing", 70),
            ("completed", 100),
        ];

        let mut seen = statuses.iter();
        for (name, progress) in milestones {
            assert!(
                seen.any(|s| *s == (name.to_owned(), progress)),
                "{name} {progress} in {statuses:?}"
            );
        }

        assert!(
            statuses.windows(2).all(|pair| pair[0].1 <= pair[1].1),
            "{statuses:?}"
        );
        assert!(
            events
                .iter()
                .map(|event| event.number)
                .eq(1..=events.len() as u64)
        );

        let done = guest.get(&story.id).await.unwrap();
        let made = done.code_result().unwrap();
        let last = events.last().unwrap();

        assert_eq!(last.kind, "complete");

        let complete = json!({
            "audio_key": made.audio_key, "audio_chunk_keys": made.audio_chunk_keys, "duration": 8,
        });
        assert_eq!(data(last), complete);
        assert_eq!(
            (status(&done), done.progress, done.offline),
            (RunStatus::Completed, 100.0, true)
        );
        assert_eq!(done.title, "The road of a request");
        assert_eq!(
            made.audio_key,
            format!("stories/{}/{}/audio.mp3", done.id, done.run_id)
        );
        assert_eq!(made.audio_chunk_keys.len(), 3);
        assert_eq!(made.cover_key, "stories/cover.svg");
        assert_eq!(made.transcript_key, "stories/transcript.md");
        assert_eq!(made.captions_key, "stories/captions.vtt");
        assert_eq!(made.duration_seconds, 8.4);

        let chapters: Vec<Value> = serde_json::from_str(made.chapters.as_deref().unwrap()).unwrap();
        let starts: Vec<_> = chapters
            .iter()
            .map(|chapter| chapter["timestamp_start"].clone())
            .collect();

        assert_eq!(
            starts,
            [json!(0), json!(3), json!(6)],
            "the real times of the audio, not the estimates"
        );
        assert_eq!(chapters[1]["duration_seconds"], 3);
        assert_eq!(chapters[0]["content"], "Here begins part 0. There ends part 0.");
    })
    .await;
}

#[tokio::test]
async fn agents_work_in_the_name_of_the_storys_owner_and_get_what_they_need() {
    each_world(|world| async move {
        let _worker = world.worker().await;
        let user = world.user();
        let story = user.create(request()).await.unwrap();
        user.finished(&story).await;

        let calls = world.agents.calls();
        assert!(
            calls
                .iter()
                .all(|call| call.actor == user.actor && call.run_id == story.run_id)
        );

        let mut count = BTreeMap::new();
        calls
            .iter()
            .for_each(|call| *count.entry(call.task.as_str()).or_insert(0) += 1);

        let expected = [
            ("codestory.analyzer", 1),
            ("codestory.architect/chapter", 3),
            ("codestory.architect/outline", 1),
            ("codestory.intent", 1),
            ("codestory.voice/chunk", 6),
            ("codestory.voice/concatenate", 1),
            ("codestory.voice/cover", 1),
            ("codestory.voice/cut", 3),
            ("codestory.voice/transcript", 1),
        ];

        assert_eq!(count.into_iter().collect::<Vec<_>>(), expected);
        assert_eq!(
            world.agents.most_at_work(),
            2,
            "as many as the configuration allows"
        );

        let chapter = &world.agents.calls_of("codestory.architect/chapter")[0].input;
        assert_eq!(
            chapter["outline"]["chapters"][0]["target_seconds"], 100,
            "goes back as it came"
        );
        assert_eq!(chapter["intent"]["repo_owner"], "expressjs");
        assert_eq!(chapter["voice"], "Rachel");

        let transcript = &world.agents.calls_of("codestory.voice/transcript")[0].input;
        assert_eq!(
            transcript["chapters"][2]["chunks"][1]["text"],
            "There ends part 2."
        );
        assert_eq!(transcript["chapters"][2]["timestamp_start"], 5.6);
        assert_eq!(transcript["chapters"][2]["files"], json!(["lib/router.js"]));
        assert_eq!(transcript["summary"], "How express answers.");
        assert_eq!(chapter["outline"]["summary"], "How express answers.");
    })
    .await;
}

#[tokio::test]
async fn what_a_reader_misses_in_a_models_draft_is_written_again_once() {
    each_world(|world| async move {
        world.agents.ask_models();
        let _worker = world.worker().await;
        let user = world.user();
        let story = user.create(request()).await.unwrap();
        let done = user.finished(&story).await;
        assert_eq!(status(&done), RunStatus::Completed);

        let read = world.agents.calls_of("codestory.architect/review");
        assert_eq!(read.len(), 1);
        assert_eq!(read[0].input["chapters"].as_array().unwrap().len(), 3);

        let mut again: Vec<(Value, Value)> = world
            .agents
            .calls_of("codestory.architect/chapter")
            .into_iter()
            .map(|call| (call.input["index"].clone(), call.input["open_questions"].clone()))
            .filter(|(_, questions)| !questions.is_null())
            .collect();
        again.sort_by_key(|(index, _)| index.as_u64());
        assert_eq!(
            again,
            [
                (json!(0), json!(["For whom?"])),
                (json!(2), json!(["Why so?", "How does one start?"])),
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn a_conversation_is_spoken_by_two_voices_in_turns() {
    each_world(|world| async move {
        let turn = |who: &str, text: &str| json!({ "presenter": who, "text": text });
        let talk = json!({ "task": "chapter", "chapter": {
            "title": "A talk", "content": "What is it?\n\nA router.\n\nAha.", "code_examples": [], "files": [],
            "duration_seconds": 100, "timestamp_start": 0,
            "turns": [turn("host", "What is it?"), turn("guest", "A router."), turn("host", "Aha.")],
        }});
        let answers = [Some(Fault::Answer(talk)), None, None];
        world.agents.script("codestory.architect/chapter", answers);
        let _worker = world.worker().await;
        let user = world.user();
        let story = user.create(request()).await.unwrap();
        user.finished(&story).await;

        let spoken = world.agents.calls_of("codestory.voice/chunk");
        let voice_of = |text: &str| {
            let call = spoken.iter().find(|call| call.input["text"] == text);
            call.unwrap_or_else(|| panic!("{text} was not spoken")).input["voice"].clone()
        };
        assert_eq!(voice_of("What is it?"), "Rachel");
        assert_eq!(voice_of("A router."), "Antoni");
        assert_eq!(voice_of("Aha."), "Rachel");

        let transcript = &world.agents.calls_of("codestory.voice/transcript")[0].input;
        let chapters = transcript["chapters"].as_array().unwrap();
        let talk = chapters.iter().find(|chapter| chapter["title"] == "A talk").unwrap();
        let told: Vec<_> = talk["chunks"]
            .as_array()
            .unwrap()
            .iter()
            .map(|chunk| (chunk["text"].clone(), chunk["voice"].clone()))
            .collect();
        assert_eq!(
            told,
            [
                (json!("What is it?"), json!("Rachel")),
                (json!("A router."), json!("Antoni")),
                (json!("Aha."), json!("Rachel")),
            ],
            "in their order"
        );
    })
    .await;
}

#[tokio::test]
async fn a_draft_that_nobody_can_read_is_taken_as_it_is() {
    each_world(|world| async move {
        world.agents.ask_models();
        let busy = Problem::new(ErrorKind::Unavailable, "MODEL_UNAVAILABLE", "No model answers.");
        let fault = Fault::Fail(busy.into_status());
        world.agents.script("codestory.architect/review", [Some(fault)]);
        let _worker = world.worker().await;
        let user = world.user();
        let story = user.create(request()).await.unwrap();

        let done = user.finished(&story).await;
        assert_eq!(status(&done), RunStatus::Completed);
        assert_eq!(world.agents.calls_of("codestory.architect/chapter").len(), 3);
    })
    .await;
}

#[tokio::test]
async fn a_failure_that_may_pass_is_tried_again_after_a_minute_and_one_whose_agent_went_away_at_once() {
    each_world(|world| async move {
        let _worker = world.worker().await;
        let guest = world.guest();
        let busy = Problem::new(ErrorKind::Unavailable, "MODEL_DOWN", "The model does not answer.").into_status();
        let busy = || Some(Fault::Fail(busy.clone()));
        world.agents.script("codestory.architect/outline", [busy(), Some(Fault::BreakOff)]);

        let story = guest.create(request()).await.unwrap();

        let mut watch = guest.watch(&story.run_id, 0).await.unwrap();
        let mut warnings = Vec::new();
        while let Some(event) = watch.message().await.unwrap() {
            if event.kind == "retry" {
                let now = guest.get(&story.id).await.unwrap();
                assert_eq!((status(&now), now.phase.as_str()), (RunStatus::Running, "generating"));
                warnings.push(data(&event));
                world.clock.advance(Duration::from_secs(60));
            }
        }

        assert_eq!(
            warnings,
            [
                json!({ "node": "outline", "attempt": 1, "in_seconds": 60.0, "error": "The model does not answer." }),
                json!({
                    "node": "outline", "attempt": 2, "in_seconds": 1.0,
                    "error": "The agent codestory.architect stopped before it had finished.",
                }),
            ]
        );

        let done = guest.get(&story.id).await.unwrap();
        assert_eq!(status(&done), RunStatus::Completed);
        assert_eq!(world.agents.calls_of("codestory.architect/outline").len(), 3);

        let events = guest.watch_to_end(&story.run_id, 0).await;
        assert_eq!(log_lines(&events).len(), 9, "no line of the contract is said twice");
    })
    .await;
}

#[tokio::test]
async fn the_third_failure_in_a_row_is_the_last() {
    each_world(|world| async move {
        let _worker = world.worker().await;
        let guest = world.guest();
        let down = Problem::new(
            ErrorKind::ResourceExhausted,
            "QUOTA",
            "The model's quota is used up.",
        );
        let down = || Some(Fault::Fail(down.clone().into_status()));
        world
            .agents
            .script("codestory.analyzer", [down(), down(), down()]);

        let story = guest.create(request()).await.unwrap();

        let mut watch = guest.watch(&story.run_id, 0).await.unwrap();
        let mut events = Vec::new();
        while let Some(event) = watch.message().await.unwrap() {
            if event.kind == "retry" {
                assert!(statuses(&events).iter().all(|(status, _)| status != "failed"));
                world.clock.advance(Duration::from_secs(60));
            }
            events.push(event);
        }

        let failed = guest.get(&story.id).await.unwrap();
        assert_eq!(status(&failed), RunStatus::Failed);
        assert_eq!(
            failed.error_message.as_deref(),
            Some("The model's quota is used up.")
        );
        assert_eq!(failed.error_code.as_deref(), Some("FAILED"));
        assert_eq!(failed.error_reason.as_deref(), Some("QUOTA"));
        assert_eq!(world.agents.calls_of("codestory.analyzer").len(), 3);

        let last = log_lines(&events).pop().unwrap();
        assert_eq!(
            last,
            line(
                "System",
                "Error: The model's quota is used up.",
                "error",
                json!({})
            )
        );

        let error = events.iter().find(|event| event.kind == "error").unwrap();
        assert_eq!(
            data(error),
            json!({ "error_message": "The model's quota is used up.", "reason": "QUOTA", "node": "analyze" })
        );
        assert_eq!(statuses(&events).pop().unwrap(), ("failed".to_owned(), 15));
    })
    .await;
}

#[tokio::test]
async fn what_can_not_pass_fails_at_once_and_says_why_in_words() {
    each_world(|world| async move {
        let _worker = world.worker().await;
        let guest = world.guest();
        let kinds = [
            ErrorKind::NotFound,
            ErrorKind::InvalidArgument,
            ErrorKind::FailedPrecondition,
        ];
        for kind in kinds {
            let refused = Problem::new(kind, "REPO", "The repository was not found.").into_status();
            world
                .agents
                .script("codestory.analyzer", [Some(Fault::Fail(refused))]);

            let story = guest.create(request()).await.unwrap();
            let failed = guest.finished(&story).await;

            assert_eq!(status(&failed), RunStatus::Failed, "{kind:?}");
            assert_eq!(
                failed.error_message.as_deref(),
                Some("The repository was not found.")
            );
            assert!(failed.code_result().is_none());
            assert_eq!(
                guest.run(&story.run_id).await.unwrap().error_message,
                failed.error_message
            );
        }

        assert_eq!(world.agents.calls_of("codestory.analyzer").len(), kinds.len());
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_makes_no_sense_fails_the_run_and_shows_no_internals() {
    each_world(|world| async move {
        let _worker = world.worker().await;
        let guest = world.guest();

        world.agents.script(
            "codestory.analyzer",
            [Some(Fault::Answer(json!({ "secret": "inside" })))],
        );

        let story = guest.create(request()).await.unwrap();
        let failed = guest.finished(&story).await;

        assert_eq!(
            failed.error_message.as_deref(),
            Some("The agent codestory.analyzer gave an answer that can not be used.")
        );

        let empty = json!({ "outline": { "title": "Nothing", "summary": "", "chapters": [] } });
        world
            .agents
            .script("codestory.architect/outline", [Some(Fault::Answer(empty))]);

        let story = guest.create(request()).await.unwrap();
        let failed = guest.finished(&story).await;

        assert_eq!(
            failed.error_message.as_deref(),
            Some("There is nothing in this repository to tell a story about.")
        );
    })
    .await;
}

#[tokio::test]
async fn resuming_after_a_crash_does_not_write_a_chapter_or_speak_a_chunk_twice() {
    each_world(|world| async move {
        let guest = world.guest();
        let story = guest.create(request()).await.unwrap();

        world
            .agents
            .script("codestory.architect/chapter", [None, None, Some(Fault::Hang)]);

        let worker = world.worker().await;
        world.agents.hangs(1).await;
        guest.reaches(&story, "generating", 59).await;
        worker.crash().await;
        world.clock.advance(Duration::from_secs(11));

        world.agents.script(
            "codestory.voice/chunk",
            [None, None, None, None, Some(Fault::Hang), Some(Fault::Hang)],
        );

        let worker = world.worker().await;
        world.agents.hangs(3).await;
        guest.reaches(&story, "synthesizing", 86).await;
        worker.crash().await;
        world.clock.advance(Duration::from_secs(11));

        let _worker = world.worker().await;
        let done = guest.finished(&story).await;

        assert_eq!(status(&done), RunStatus::Completed);

        let chapters = world.agents.calls_of("codestory.architect/chapter");
        assert_eq!(chapters.len(), 4, "three, and the one that was under way");
        assert_eq!(world.agents.calls_of("codestory.architect/outline").len(), 1);
        assert_eq!(world.agents.calls_of("codestory.voice/cut").len(), 3);

        let mut chunks = BTreeMap::new();
        for call in world.agents.calls_of("codestory.voice/chunk") {
            *chunks.entry(call.input["text"].to_string()).or_insert(0) += 1;
        }

        assert_eq!(
            chunks.into_values().collect::<Vec<_>>(),
            [1, 1, 2, 1, 1, 2],
            "only what was under way"
        );

        let events = guest.watch_to_end(&story.run_id, 0).await;
        assert_eq!(log_lines(&events).len(), 9, "nothing is said twice");
    })
    .await;
}

#[tokio::test]
async fn a_run_that_takes_longer_than_its_limit_says_so() {
    each_world(|world| async move {
        world.agents.script("codestory.analyzer", [Some(Fault::Hang)]);

        let guest = world.guest();
        let story = guest.create(request()).await.unwrap();
        let worker = world.worker().await;

        world.agents.hangs(1).await;
        worker.crash().await;
        world.clock.advance(Duration::from_secs(3301));
        world.agents.script("codestory.analyzer", [Some(Fault::Hang)]);

        let _worker = world.worker().await;
        let failed = guest.finished(&story).await;

        assert_eq!(status(&failed), RunStatus::Failed);
        assert_eq!(
            failed.error_message.as_deref(),
            Some("It took longer than 55 minutes and was stopped.")
        );
    })
    .await;
}

#[tokio::test]
async fn nobody_without_a_signed_actor_is_served() {
    each_world(|world| async move {
        let refused = world.unsigned().create_code_story(request()).await.unwrap_err();
        assert_eq!(refused.code(), Code::Unauthenticated);
    })
    .await;
}
