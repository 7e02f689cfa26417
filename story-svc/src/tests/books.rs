//! Books: written, asked about, killed, changed, taken back, deleted.

use std::sync::Arc;

use proto::v1::books_client::BooksClient;
use proto::v1::{
    AnswerStoryRequest, AskBibleRequest, AskLedgerRequest, BibleEntry, BibleLevel, Book, BookFormat,
    ChangeFactRequest, ContinueStoryRequest, CreateFictionStoryRequest, DeleteStoryRequest,
    ExportBookRequest, FactChange, GetBookRequest, NarrateStoryRequest, PutBibleRequest,
    RewriteScenesRequest, RunStatus, Story, UndoChangeRequest, WaiveFindingRequest,
    answer_story_request::Reply,
};
use serde_json::{Value, json};
use tonic::{Code, Status};

use super::agents::Fault;
use super::lekh::ASKS;
use super::world::{Person, World, data, each_world, fields, problem, request, status};

impl Person {
    pub(super) fn books(&self) -> BooksClient<kit::rpc::RpcChannel> {
        BooksClient::new(self.channel())
    }

    async fn begin(&self, prompt: &str) -> Result<Story, Status> {
        let request = CreateFictionStoryRequest {
            prompt: prompt.to_owned(),
            chapters: Some(2),
            seed: Some(7),
            ..CreateFictionStoryRequest::default()
        };
        let story = self.books().create_fiction_story(self.ask(request)).await;
        story.map(tonic::Response::into_inner)
    }

    /// A book of two chapters, finished.
    pub(super) async fn wrote(&self) -> Story {
        let story = self.begin("A letter that comes late.").await.unwrap();
        let story = self.finished(&story).await;
        assert_eq!(status(&story), RunStatus::Completed, "{:?}", story.error_message);
        story
    }

    pub(super) async fn book(&self, story: &Story) -> Book {
        let request = GetBookRequest {
            id: story.id.clone(),
            with_prose: true,
            chapter: None,
        };
        self.books()
            .get_book(self.ask(request))
            .await
            .unwrap()
            .into_inner()
    }

    async fn ledger(&self, story: &Story, character: &str, scene: &str, after: bool) -> Value {
        let request = AskLedgerRequest {
            id: story.id.clone(),
            character: character.to_owned(),
            scene: scene.to_owned(),
            after,
            fact: String::new(),
        };
        let answer = self.books().ask_ledger(self.ask(request)).await.unwrap();
        serde_json::from_str(&answer.into_inner().answer).unwrap()
    }

    async fn reply(&self, id: &str, question: Option<&str>, reply: Reply) -> Result<Story, Status> {
        let request = AnswerStoryRequest {
            id: id.to_owned(),
            question_id: question.map(str::to_owned),
            reply: Some(reply),
        };
        let story = self.books().answer_story(self.ask(request)).await;
        story.map(tonic::Response::into_inner)
    }

    async fn rewrite(&self, request: RewriteScenesRequest) -> Result<Story, Status> {
        let story = self.books().rewrite_scenes(self.ask(request)).await;
        story.map(tonic::Response::into_inner)
    }

    async fn change_fact(&self, story: &Story, object: &str, rewrite: bool) -> FactChange {
        let request = ChangeFactRequest {
            id: story.id.clone(),
            fact: "f-secret".to_owned(),
            object: object.to_owned(),
            rewrite,
            ..ChangeFactRequest::default()
        };
        self.books()
            .change_fact(self.ask(request))
            .await
            .unwrap()
            .into_inner()
    }

    async fn undo(&self, story: &Story) -> Result<Story, Status> {
        let request = UndoChangeRequest {
            id: story.id.clone(),
            worker_share: None,
        };
        let story = self.books().undo_change(self.ask(request)).await;
        story.map(tonic::Response::into_inner)
    }

    /// The book as Markdown, and how many findings are open.
    async fn export(&self, story: &Story) -> (String, u32) {
        let request = ExportBookRequest {
            id: story.id.clone(),
            format: BookFormat::Markdown.into(),
        };
        let exported = self
            .books()
            .export_book(self.ask(request))
            .await
            .unwrap()
            .into_inner();
        let blob = self.blobs().get(&exported.key, None).await.unwrap().unwrap();
        let text = String::from_utf8(blob.bytes().await.unwrap().to_vec()).unwrap();

        (text, exported.open_findings)
    }

    /// Waits until the run asks something; the story as it waits.
    async fn asked(&self, story: &Story) -> Story {
        let mut stream = self.watch(&story.run_id, 0).await.unwrap();
        while let Some(event) = stream.message().await.unwrap() {
            if event.kind == "status" && data(&event)["status"] == "waiting_for_input" {
                return self.get(&story.id).await.unwrap();
            }
        }

        panic!("nothing was asked");
    }
}

/// Each scene's key and first paragraph.
fn prose(book: &Book) -> Vec<(String, String)> {
    let scenes = book.scenes.iter().map(|scene| {
        let told: Value = serde_json::from_str(&scene.scene).unwrap();
        let key = told["key"].as_str().unwrap().to_owned();
        (key, scene.paragraphs.join(" "))
    });
    scenes.collect()
}

fn keys(facts: &Value) -> Vec<&str> {
    let facts = facts.as_array().unwrap().iter();
    facts.map(|fact| fact["fact"].as_str().unwrap()).collect()
}

fn question(story: &Story) -> Value {
    serde_json::from_str(&story.questions[0]).unwrap()
}

#[tokio::test]
async fn a_prompt_becomes_a_book_whose_ledger_remembers() {
    each_world(|world| async move {
        let user = world.user();
        let _worker = world.worker().await;

        let begun = user.begin("A letter that comes late.").await.unwrap();
        assert_eq!(status(&begun), RunStatus::Queued, "as it was written");
        assert_eq!(begun.title, "A letter that comes late.");

        let story = user.finished(&begun).await;
        assert_eq!(story.title, "The Letter, told in third");
        let made = story.fiction_result().unwrap();
        assert_eq!((made.chapters, made.open_findings), (2, 0));

        let book = user.book(&story).await;
        let order: Vec<String> = prose(&book).into_iter().map(|(key, _)| key).collect();
        assert_eq!(order, ["s-1-1", "s-1-2", "s-2-1", "s-2-2"]);
        assert!(book.open_promises.contains("p-letter"));

        // The ledger: the letter changes hands, and the secret is learned, each when it is.
        let before = user.ledger(&story, "mira", "s-1-2", false).await;
        assert_eq!(keys(&before["knows"]), Vec::<&str>::new());
        assert_eq!(before["holds"][0]["item"], "letter");
        let after = user.ledger(&story, "mira", "s-1-2", true).await;
        assert_eq!(keys(&after["knows"]), ["f-secret"]);
        let after = user.ledger(&story, "osric", "s-2-2", true).await;
        assert_eq!(after["holds"][0]["item"], "letter");
        assert_eq!(keys(&after["facts"]), ["f-secret"]);

        // Who writes a scene is told what its people know by then.
        let told = prose(&book);
        assert!(
            told[1].1.ends_with("Known: true."),
            "Osric knows it from the beginning: {told:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn the_author_is_asked_answers_once_and_in_the_form_that_is_asked_for() {
    each_world(|world| async move {
        let (user, other) = (world.user(), world.user());
        let _worker = world.worker().await;

        let story = user.begin(&format!("A letter; {ASKS}.")).await.unwrap();
        let nobody_asked = user.reply(&story.id, None, Reply::Decline(true)).await;
        assert!(matches!(
            problem(&nobody_asked.unwrap_err()).1.as_str(),
            "QUESTION_CLOSED"
        ));

        let waiting = user.asked(&story).await;
        let asked = question(&waiting);
        assert_eq!(
            (&asked["prompt"], &asked["node"]),
            (&json!("Who tells the story?"), &json!("plan"))
        );
        let id = asked["id"].as_str().unwrap();

        let answer = |text: &str| Reply::Answer(text.to_owned());
        let wrong = user
            .reply(&story.id, Some(id), answer(r#""second""#))
            .await
            .unwrap_err();
        assert_eq!(fields(&wrong), ["answer"]);
        let unknown = uuid::Uuid::nil().to_string();
        let unknown = user
            .reply(&story.id, Some(&unknown), answer(r#""first""#))
            .await
            .unwrap_err();
        assert_eq!(
            problem(&unknown),
            (Code::NotFound, "QUESTION_NOT_FOUND".to_owned())
        );
        let foreign = other
            .reply(&story.id, Some(id), answer(r#""first""#))
            .await
            .unwrap_err();
        assert_eq!(problem(&foreign), (Code::NotFound, "STORY_NOT_FOUND".to_owned()));

        user.reply(&story.id, Some(id), answer(r#""first""#))
            .await
            .unwrap();
        let again = user
            .reply(&story.id, Some(id), answer(r#""third""#))
            .await
            .unwrap_err();
        assert_eq!(problem(&again), (Code::Aborted, "QUESTION_CLOSED".to_owned()));
        assert_eq!(user.finished(&story).await.title, "The Letter, told in first");
    })
    .await;
}

#[tokio::test]
async fn a_question_that_is_declined_takes_its_default() {
    each_world(|world| async move {
        let user = world.user();
        let _worker = world.worker().await;
        let story = user.begin(ASKS).await.unwrap();
        user.asked(&story).await;

        user.reply(&story.id, None, Reply::Decline(true)).await.unwrap();
        assert_eq!(user.finished(&story).await.title, "The Letter, told in third");
    })
    .await;
}

#[tokio::test]
async fn a_killed_worker_loses_no_scene_and_writes_none_twice() {
    each_world(|world| async move {
        let user = world.user();
        world
            .agents
            .script("lekh.prose_weaver", [None, None, None, Some(Fault::Hang)]);
        let worker = world.worker().await;
        let story = user.begin("A letter that comes late.").await.unwrap();
        world.agents.hangs(1).await;

        // It can be read while it is written.
        assert_eq!(prose(&user.book(&story).await).len(), 3);
        worker.crash().await;

        world.clock.advance(std::time::Duration::from_secs(60));
        let _worker = world.worker().await;
        let story = user.finished(&story).await;
        let undisturbed = user.wrote().await;
        assert_eq!(
            user.export(&story).await,
            user.export(&undisturbed).await,
            "byte for byte"
        );

        let of_run = |call: &super::agents::Call| call.run_id == story.run_id;
        let calls = world.agents.calls_of("lekh.prose_weaver");
        let scenes: Vec<Value> = calls
            .into_iter()
            .filter(of_run)
            .map(|call| call.input["scene"].clone())
            .collect();
        assert_eq!(
            scenes,
            ["s-1-1", "s-1-2", "s-2-1", "s-2-2", "s-2-2"],
            "only what was cut off"
        );
    })
    .await;
}

#[tokio::test]
async fn one_chapter_is_written_anew_without_touching_the_others_and_taken_back() {
    each_world(|world| async move {
        let user = world.user();
        let _worker = world.worker().await;
        let story = user.wrote().await;
        let before = user.book(&story).await;

        let chapter = |number| RewriteScenesRequest {
            id: story.id.clone(),
            chapter: Some(number),
            ..RewriteScenesRequest::default()
        };
        let unknown = user.rewrite(chapter(3)).await.unwrap_err();
        assert_eq!(
            problem(&unknown),
            (Code::NotFound, "CHAPTER_NOT_FOUND".to_owned())
        );

        let again = user.rewrite(chapter(2)).await.unwrap();
        assert_eq!(status(&user.finished(&again).await), RunStatus::Completed);
        let after = user.book(&story).await;
        assert_eq!(prose(&after)[..2], prose(&before)[..2]);
        assert!(prose(&after)[2].1.contains("take 1"));
        assert_eq!(after.changes[0].what, "Rewrote 2 scenes");

        let undone = user.undo(&story).await.unwrap();
        user.finished(&undone).await;
        let back = user.book(&story).await;
        assert_eq!(prose(&back), prose(&before));
        assert_eq!(
            user.ledger(&story, "osric", "s-2-2", true).await["holds"][0]["item"],
            "letter"
        );

        let nothing = user.undo(&story).await.unwrap_err();
        assert_eq!(
            problem(&nothing),
            (Code::FailedPrecondition, "NOTHING_TO_UNDO".to_owned())
        );
    })
    .await;
}

#[tokio::test]
async fn a_changed_fact_names_the_scenes_that_go_by_it_and_rewrites_only_those() {
    each_world(|world| async move {
        let user = world.user();
        let _worker = world.worker().await;
        let story = user.wrote().await;
        let before = user.book(&story).await;

        let change = user.change_fact(&story, "the bell", true).await;
        let fact: Value = serde_json::from_str(&change.fact).unwrap();
        let dependents: Vec<&str> = fact["dependents"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["scene"].as_str().unwrap())
            .collect();
        assert_eq!(dependents, ["s-1-2", "s-2-1"]);

        user.finished(&change.story.unwrap()).await;
        let after = user.book(&story).await;
        let (was, is) = (prose(&before), prose(&after));
        assert_eq!((&is[0], &is[3]), (&was[0], &was[3]));
        assert!(
            is[1].1.contains("take 1") && is[1].1.contains("Osric Pell sold the bell"),
            "{is:?}"
        );
        assert!(is[2].1.contains("Osric Pell sold the bell"));
        let osric = user.ledger(&story, "osric", "s-2-2", false).await;
        assert_eq!(osric["facts"][0]["says"]["object"], "the bell");

        let undone = user.undo(&story).await.unwrap();
        user.finished(&undone).await;
        assert_eq!(prose(&user.book(&story).await), was);
        let osric = user.ledger(&story, "osric", "s-2-2", false).await;
        assert_eq!(osric["facts"][0]["says"]["object"], "the silver");
    })
    .await;
}

#[tokio::test]
async fn a_book_goes_on_behind_its_last_chapter_and_is_cut_back() {
    each_world(|world| async move {
        let user = world.user();
        let _worker = world.worker().await;
        let story = user.wrote().await;
        let before = prose(&user.book(&story).await);

        let go_on = |chapters| ContinueStoryRequest {
            id: story.id.clone(),
            prompt: "The sea takes it back.".to_owned(),
            chapters: Some(chapters),
            worker_share: None,
        };
        let too_many = user
            .books()
            .continue_story(user.ask(go_on(59)))
            .await
            .unwrap_err();
        assert_eq!(fields(&too_many), ["chapters"]);

        let more = user
            .books()
            .continue_story(user.ask(go_on(2)))
            .await
            .unwrap()
            .into_inner();
        assert_eq!(status(&user.finished(&more).await), RunStatus::Completed);
        let longer = prose(&user.book(&story).await);
        assert_eq!(longer[..4], before[..]);
        assert_eq!(longer.len(), 8);

        let undone = user.undo(&story).await.unwrap();
        user.finished(&undone).await;
        assert_eq!(prose(&user.book(&story).await), before);
    })
    .await;
}

/// What the checker says of a scene, always.
fn finding(scene: &str) -> Value {
    json!({ "findings": [{
        "id": format!("two-places-{scene}"), "kind": "two_places", "severity": "error", "chapter": 1, "scene": scene,
        "message": "Mira is in two places.",
    }]})
}

#[tokio::test]
async fn findings_go_back_twice_and_then_stay_and_can_be_meant_so() {
    each_world(|world| async move {
        let user = world.user();
        let found = || Some(Fault::Answer(finding("s-1-2")));
        world
            .agents
            .script("lekh.continuity", [found(), found(), found()]);
        let _worker = world.worker().await;

        let story = user.wrote().await;
        let book = user.book(&story).await;
        assert_eq!(story.fiction_result().unwrap().open_findings, 1);
        let (text, open) = user.export(&story).await;
        assert_eq!(open, 1);
        assert!(
            text.contains("Part 2") && text.contains("Mira is in two places."),
            "{text}"
        );
        assert!(prose(&book)[1].1.contains("take 2"), "twice and no more");
        assert!(prose(&book)[0].1.contains("take 0"));

        let waive = |id: &str, intended| WaiveFindingRequest {
            id: story.id.clone(),
            finding: id.to_owned(),
            intended,
        };
        let unknown = user
            .books()
            .waive_finding(user.ask(waive("'; DROP TABLE", true)))
            .await;
        assert_eq!(
            problem(&unknown.unwrap_err()),
            (Code::NotFound, "FINDING_NOT_FOUND".to_owned())
        );
        let waived = user
            .books()
            .waive_finding(user.ask(waive("two-places-s-1-2", true)))
            .await;
        assert!(waived.unwrap().into_inner().findings[0].intended);
        assert!(!user.export(&story).await.0.contains("Mira is in two places."));

        // Meant so, it is not mended.
        world.agents.script("lekh.continuity", [found()]);
        let again = RewriteScenesRequest {
            id: story.id.clone(),
            scenes: vec!["s-1-2".to_owned()],
            ..RewriteScenesRequest::default()
        };
        let again = user.rewrite(again).await.unwrap();
        let story = user.finished(&again).await;
        assert!(prose(&user.book(&story).await)[1].1.contains("take 3"));
        assert_eq!(story.fiction_result().unwrap().open_findings, 0);
    })
    .await;
}

#[tokio::test]
async fn a_book_is_read_aloud_and_what_was_read_goes_with_the_next_change() {
    each_world(|world| async move {
        let user = world.user();
        let _worker = world.worker().await;
        let story = user.wrote().await;

        let narrate = NarrateStoryRequest {
            id: story.id.clone(),
            ..NarrateStoryRequest::default()
        };
        let narrated = user
            .books()
            .narrate_story(user.ask(narrate))
            .await
            .unwrap()
            .into_inner();
        let story = user.finished(&narrated).await;
        let made = story.fiction_result().unwrap();
        assert!(made.audio_key.as_deref().unwrap().ends_with("/audio.mp3"));
        assert_eq!(made.audio_chunk_keys.len(), 2);

        let again = RewriteScenesRequest {
            id: story.id.clone(),
            chapter: Some(1),
            ..RewriteScenesRequest::default()
        };
        let again = user.rewrite(again).await.unwrap();
        assert_eq!(
            user.finished(&again).await.fiction_result().unwrap().audio_key,
            None
        );
    })
    .await;
}

#[tokio::test]
async fn a_deleted_book_leaves_no_node_and_no_row() {
    each_world(|world| async move {
        let user = world.user();
        let _worker = world.worker().await;
        let (story, kept) = (user.wrote().await, user.wrote().await);
        let graph = |story: &Story| {
            let id = uuid::Uuid::try_parse(&story.id).unwrap();
            world.knowledge.story(user.actor.user_id, id)
        };
        assert!(graph(&story).measure().await.unwrap().entities > 0);

        let request = DeleteStoryRequest { id: story.id.clone() };
        user.stories().delete_story(user.ask(request)).await.unwrap();
        while graph(&story).measure().await.unwrap() != crate::knowledge::GraphSize::default() {
            tokio::task::yield_now().await;
        }
        for table in [
            "fiction_books",
            "fiction_scenes",
            "fiction_changes",
            "fiction_waivers",
            "fiction_bibles",
        ] {
            assert_eq!(count(&world, table, &story).await, 0, "{table}");
        }
        assert_eq!(count(&world, "fiction_scenes", &kept).await, 4);
        assert!(graph(&kept).measure().await.unwrap().scenes > 0);
    })
    .await;
}

async fn count(world: &Arc<World>, table: &str, story: &Story) -> i64 {
    let sql = format!("SELECT COUNT(*) FROM {table} WHERE story_id = $1");
    let id = uuid::Uuid::try_parse(&story.id).unwrap();
    kit::on!(world.db.system(), c => sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(id).fetch_one(c).await)
        .unwrap()
}

#[tokio::test]
async fn what_is_no_book_or_not_yours_is_not_there_and_what_works_is_not_disturbed() {
    each_world(|world| async move {
        let (user, other) = (world.user(), world.user());
        let code = user.create(request()).await.unwrap();
        let unwritten = user.begin("A letter.").await.unwrap();
        let id = |story: &Story| GetBookRequest {
            id: story.id.clone(),
            ..GetBookRequest::default()
        };

        let refused = user.books().get_book(user.ask(id(&code))).await.unwrap_err();
        assert_eq!(problem(&refused).0, Code::NotFound);
        let refused = other
            .books()
            .get_book(other.ask(id(&unwritten)))
            .await
            .unwrap_err();
        assert_eq!(problem(&refused).0, Code::NotFound);
        assert!(user.book(&unwritten).await.outline.is_none());

        let rewrite = RewriteScenesRequest {
            id: unwritten.id.clone(),
            chapter: Some(1),
            ..RewriteScenesRequest::default()
        };
        let active = user.rewrite(rewrite.clone()).await.unwrap_err();
        assert_eq!(problem(&active), (Code::Aborted, "BOOK_BUSY".to_owned()));
        user.cancel(&unwritten.id).await.unwrap();
        let nothing = user.rewrite(rewrite).await.unwrap_err();
        assert_eq!(
            problem(&nothing),
            (Code::FailedPrecondition, "NOTHING_WRITTEN".to_owned())
        );
    })
    .await;
}

#[tokio::test]
async fn the_same_key_with_the_same_prompt_is_the_same_story() {
    each_world(|world| async move {
        let user = world.user();
        let begin = |prompt: &str| CreateFictionStoryRequest {
            prompt: prompt.to_owned(),
            idempotency_key: Some("k".to_owned()),
            ..CreateFictionStoryRequest::default()
        };
        let first = user
            .books()
            .create_fiction_story(user.ask(begin("A letter.")))
            .await
            .unwrap();
        let again = user
            .books()
            .create_fiction_story(user.ask(begin("A letter.")))
            .await
            .unwrap();
        assert_eq!(
            first.into_inner().id,
            again.into_inner().id,
            "whichever seed was drawn"
        );

        let other = user
            .books()
            .create_fiction_story(user.ask(begin("A bell.")))
            .await
            .unwrap_err();
        assert_eq!(
            problem(&other),
            (Code::AlreadyExists, "IDEMPOTENCY_KEY_REUSED".to_owned())
        );
    })
    .await;
}

#[tokio::test]
async fn what_an_author_lays_down_is_asked_at_a_scene_the_nearest_first_and_shared_by_a_series() {
    each_world(|world| async move {
        let (user, other) = (world.user(), world.user());
        let _worker = world.worker().await;
        let (story, second) = (user.wrote().await, user.wrote().await);
        let entry = |level: BibleLevel, chapter: Option<u32>, scene: Option<&str>, value: &str| BibleEntry {
            level: level.into(),
            chapter,
            scene: scene.map(str::to_owned),
            subject: "Mira Voss".to_owned(),
            property: "Hair".to_owned(),
            value: value.to_owned(),
        };
        let put = async |person: &Person, story: &Story, series: Option<&str>, entries: Vec<BibleEntry>| {
            let request = PutBibleRequest {
                id: story.id.clone(),
                series: series.map(str::to_owned),
                entries,
                worker_share: None,
            };
            let put = person.books().put_bible(person.ask(request)).await;
            put.map(tonic::Response::into_inner)
        };
        let ask = async |person: &Person, story: &Story, scene: &str| {
            let request = AskBibleRequest {
                id: story.id.clone(),
                scene: scene.to_owned(),
                subject: Some("mira voss".to_owned()),
            };
            let laid = person.books().ask_bible(person.ask(request)).await;
            laid.map(|laid| {
                let entries = laid.into_inner().entries.into_iter();
                entries
                    .map(|entry| (entry.level(), entry.value))
                    .collect::<Vec<_>>()
            })
        };

        let entries = vec![
            entry(BibleLevel::Scene, None, Some("s-2-2"), "wet"),
            entry(BibleLevel::Series, None, None, "black"),
            entry(BibleLevel::Chapter, Some(2), None, "grey"),
        ];
        let laid = put(&user, &story, Some("Harrow"), entries.clone()).await.unwrap();
        assert_eq!((laid.series.as_deref(), laid.entries.len()), (Some("Harrow"), 3));
        assert_eq!(laid.entries[0].property, "hair");
        for (scene, level, value) in [
            ("s-1-1", BibleLevel::Series, "black"),
            ("s-2-1", BibleLevel::Chapter, "grey"),
            ("s-2-2", BibleLevel::Scene, "wet"),
        ] {
            assert_eq!(
                ask(&user, &story, scene).await.unwrap(),
                [(level, value.to_owned())]
            );
        }

        // What is written is checked against it at once, and once.
        let checked = user.get(&story.id).await.unwrap();
        assert_ne!(checked.run_id, story.run_id);
        let checked = user.finished(&checked).await;
        assert_eq!(status(&checked), RunStatus::Completed);
        let asked = world.agents.calls_of("lekh.continuity");
        let asked = asked
            .last()
            .and_then(|call| call.input["bible"].as_array().map(Vec::len));
        assert_eq!(asked, Some(3));
        put(&user, &story, Some("Harrow"), entries.clone()).await.unwrap();
        assert_eq!(user.get(&story.id).await.unwrap().run_id, checked.run_id);

        // Another book of the series has what is the series' alone, unless it says otherwise; one of none has nothing.
        assert_eq!(ask(&user, &second, "s-2-2").await.unwrap(), []);
        put(
            &user,
            &second,
            Some("Harrow"),
            vec![entry(BibleLevel::Series, None, None, "black")],
        )
        .await
        .unwrap();
        assert_eq!(
            ask(&user, &second, "s-2-2").await.unwrap(),
            [(BibleLevel::Series, "black".to_owned())]
        );

        let refused = put(&user, &second, None, entries).await.unwrap_err();
        assert_eq!(fields(&refused), ["entries.1.level"]);
        assert_eq!(
            ask(&user, &story, "s-9-9").await.unwrap_err().code(),
            Code::NotFound
        );
        for refused in [
            ask(&other, &story, "s-1-1").await.map(drop),
            put(&other, &story, None, Vec::new()).await.map(drop),
        ] {
            assert_eq!(refused.unwrap_err().code(), Code::NotFound);
        }

        // A book that is begun in a series goes by it from its first word.
        let request = CreateFictionStoryRequest {
            prompt: "Another letter.".to_owned(),
            chapters: Some(1),
            series: Some("Harrow".to_owned()),
            ..CreateFictionStoryRequest::default()
        };
        let third = user.books().create_fiction_story(user.ask(request)).await;
        let third = user.finished(&third.unwrap().into_inner()).await;
        let cast: Value = serde_json::from_str(&user.book(&third).await.cast.unwrap()).unwrap();
        assert_eq!(cast["people"][0]["appearance"]["hair"], "black");

        let request = DeleteStoryRequest { id: story.id.clone() };
        user.stories().delete_story(user.ask(request)).await.unwrap();
        assert_eq!(count(&world, "fiction_bibles", &story).await, 0);
    })
    .await;
}
