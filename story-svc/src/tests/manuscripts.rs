//! Manuscripts that become books, and books that several want to change at once.

use futures::future::join_all;
use kit::error::Problem;
use proto::v1::{BookFormat, ContinueStoryRequest, ImportStoryRequest, RunStatus, Story};
use serde_json::Value;
use tonic::{Code, Status};

use super::world::{Person, each_world, fields, problem, status};

const MANUSCRIPT: &str = "# The Lamp\n\n## Chapter 1: Oil\n\nMira was thirty-four. She lit the lamp.\n\n* * *\n\nIt burned.\n\n\
                          ## Chapter 2: Wick\n\nIn the morning Mira put it out.\n";

impl Person {
    async fn import(&self, text: impl Into<Vec<u8>>, format: BookFormat) -> Result<Story, Status> {
        let request = ImportStoryRequest {
            manuscript: text.into(),
            format: format.into(),
            ..ImportStoryRequest::default()
        };
        let story = self.books().import_story(self.ask(request)).await;
        story.map(tonic::Response::into_inner)
    }

    async fn go_on(&self, story: &Story) -> Result<Story, Status> {
        let request = ContinueStoryRequest {
            id: story.id.clone(),
            prompt: "More.".to_owned(),
            chapters: Some(1),
            worker_share: None,
        };
        let story = self.books().continue_story(self.ask(request)).await;
        story.map(tonic::Response::into_inner)
    }
}

#[tokio::test]
async fn a_manuscript_becomes_a_book_that_is_gone_on_with() {
    each_world(|world| async move {
        let user = world.user();
        let _worker = world.worker().await;
        let story = user.import(MANUSCRIPT, BookFormat::Unspecified).await.unwrap();
        assert_eq!(story.title, "The Lamp");
        let story = user.finished(&story).await;
        assert_eq!(status(&story), RunStatus::Completed, "{:?}", story.error_message);

        let book = user.book(&story).await;
        let told: Vec<(Value, Vec<String>)> = book
            .scenes
            .iter()
            .map(|scene| {
                (
                    serde_json::from_str(&scene.scene).unwrap(),
                    scene.paragraphs.clone(),
                )
            })
            .collect();
        let keys: Vec<&str> = told
            .iter()
            .map(|(scene, _)| scene["key"].as_str().unwrap())
            .collect();
        assert_eq!(keys, ["c1s1", "c1s2", "c2s1"]);
        assert_eq!(
            told[0].1,
            ["Mira was thirty-four. She lit the lamp."],
            "its words stay"
        );
        assert_eq!(told[0].0["ledger"]["facts"][0]["key"], "mira-age");
        let outline: Value = serde_json::from_str(book.outline.as_ref().unwrap()).unwrap();
        assert_eq!(outline["point_of_view"], "mira");
        assert_eq!(outline["chapters"][1]["title"], "Wick");

        user.go_on(&story).await.unwrap();
        let story = user.finished(&user.get(&story.id).await.unwrap()).await;
        assert_eq!(status(&story), RunStatus::Completed, "{:?}", story.error_message);
        let longer = user.book(&story).await;
        assert_eq!(
            longer.scenes[..3],
            book.scenes[..],
            "what was imported is not touched"
        );
        assert_eq!(longer.scenes.len(), 5);
    })
    .await;
}

#[tokio::test]
async fn what_is_no_book_is_refused_with_what_it_is() {
    each_world(|world| async move {
        let user = world.user();
        let twice = "# Chapter 1\n\nOne.\n\n# Chapter 2\n\nTwo.\n\n# Chapter 1\n\nAgain.\n";
        for (text, wrong) in [
            (Vec::new(), "no words"),
            (twice.as_bytes().to_vec(), "1 comes twice"),
            (b"%PDF-1.7".to_vec(), "PDF"),
            (vec![b'x'; 5 * 1024 * 1024 + 1], "at most"),
        ] {
            let refused = user.import(text, BookFormat::Unspecified).await.unwrap_err();
            assert_eq!(fields(&refused), ["manuscript"]);
            let faults = Problem::from_status(&refused).fields;
            assert!(faults[0].expected.contains(wrong), "{faults:?}");
        }

        let page = b"Only a page, and no heading.".to_vec();
        let story = user.import(page, BookFormat::Unspecified).await.unwrap();
        assert_eq!(
            user.book(&story).await.scenes.len(),
            1,
            "a text without headings is one chapter"
        );
    })
    .await;
}

#[tokio::test]
async fn of_eight_who_go_on_at_once_one_does_and_the_others_are_told_that_it_is_busy() {
    each_world(|world| async move {
        let user = world.user();
        let _worker = world.worker().await;
        let story = user.wrote().await;

        let all = join_all((0..8).map(|_| user.go_on(&story))).await;
        let refused: Vec<_> = all
            .iter()
            .filter_map(|one| one.as_ref().err())
            .map(problem)
            .collect();
        assert_eq!(refused, vec![(Code::Aborted, "BOOK_BUSY".to_owned()); 7]);
        let story = user.finished(&user.get(&story.id).await.unwrap()).await;
        assert_eq!(status(&story), RunStatus::Completed);
        assert_eq!(user.book(&story).await.scenes.len(), 6, "it went on once");
    })
    .await;
}
