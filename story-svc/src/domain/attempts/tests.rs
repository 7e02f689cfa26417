//! What is written together, on every engine: a thing, its run, and the key of whoever asked.

use std::sync::Arc;

use flow::store::Store;
use kit::clock::{Clock, ManualClock};
use kit::db::testing::each_engine;
use kit::ids::{Ids, SequentialIds};

use super::*;
use crate::MIGRATIONS;
use crate::domain::story::{StoryFilter, StoryList, StoryOrder};
use crate::store::attempts::STORIES;
use crate::store::runs::SqlRuns;
use crate::store::stories;
use crate::tests::rows::{new_run, new_story};

struct Shelf {
    attempts: Attempts,
    ids: SequentialIds,
    at: DateTime<Utc>,
    owner: Uuid,
}

impl Shelf {
    fn new(db: Db) -> Self {
        let (ids, clock) = (SequentialIds::default(), ManualClock::default());
        let (owner, at) = (ids.id(), clock.now());
        let runs = flow::Runs::new(
            Arc::new(SqlRuns::new(db.clone())),
            Arc::new(flow::LocalNotify::default()),
            None,
            Arc::new(move || at),
        );

        Self {
            attempts: Attempts {
                db,
                runs,
                tables: STORIES,
            },
            ids,
            at,
            owner,
        }
    }

    fn run(&self) -> NewRun {
        new_run(self.ids.id(), self.owner, self.at)
    }

    /// A run that was asked for under a key.
    fn keyed_run(&self, key: &str, verb: &str) -> NewRun {
        NewRun {
            idempotency: Some(key_request(key.to_owned(), verb, &"the same").unwrap()),
            ..self.run()
        }
    }

    async fn create(&self, run: NewRun) -> Result<Uuid, StoryError> {
        let story = new_story(self.ids.id(), self.owner, self.at);
        match self.attempts.begin(run).await? {
            Begun::Repeated { thing } => Ok(thing),
            Begun::New(mut begun) => {
                let run = begun.run();
                stories::insert(begun.tx(), &story, run).await?;
                begun.commit_first(story.id).await?;
                Ok(story.id)
            }
        }
    }

    async fn replace(&self, attempt: Attempt, run: NewRun) -> bool {
        match self.attempts.begin(run).await.unwrap() {
            Begun::New(begun) => begun.commit_in_place_of(attempt).await.unwrap(),
            Begun::Repeated { .. } => panic!("no key was given"),
        }
    }

    async fn thing_of(&self, run: RunId) -> Option<Uuid> {
        self.attempts.thing_of_run(run, self.owner).await.unwrap()
    }
}

#[tokio::test]
async fn a_thing_whose_run_can_not_be_written_is_not_written_either() {
    each_engine(&MIGRATIONS, |db| async move {
        let shelf = Shelf::new(db.clone());
        let run = shelf.run();
        shelf.create(run.clone()).await.unwrap();

        // The same run again: its id is taken.
        shelf.create(run.clone()).await.unwrap_err();

        let wanted = StoryList {
            owner: shelf.owner,
            filter: &StoryFilter::default(),
            order: StoryOrder::Newest,
            page: kit::page::PageRequest::parse(0, "", "").unwrap(),
        };
        let kept = stories::list(&db.user(shelf.owner), wanted).await.unwrap();
        assert_eq!(kept.items.len(), 1);
        assert!(SqlRuns::new(db).get(Access::System, run.id).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn a_run_replaces_only_the_one_it_was_made_for() {
    each_engine(&MIGRATIONS, |db| async move {
        let shelf = Shelf::new(db);
        let first = shelf.run();
        let story = shelf.create(first.clone()).await.unwrap();
        let attempt = shelf.attempts.current(story, shelf.owner).await.unwrap().unwrap();
        assert_eq!((attempt.thing, attempt.run), (story, first.id));

        let (second, third) = (shelf.run(), shelf.run());
        assert!(shelf.replace(attempt, second.clone()).await);
        assert!(!shelf.replace(attempt, third.clone()).await);
        assert!(
            !shelf
                .attempts
                .adopt(attempt, shelf.owner, third.id, shelf.at)
                .await
                .unwrap()
        );

        let current = shelf.attempts.current(story, shelf.owner).await.unwrap().unwrap();
        assert_eq!(current.run, second.id);
        assert_eq!(shelf.thing_of(first.id).await, Some(story));
        assert_eq!(shelf.thing_of(second.id).await, Some(story));
        assert_eq!(shelf.thing_of(third.id).await, None);

        let stranger = shelf.ids.id();
        assert!(shelf.attempts.current(story, stranger).await.unwrap().is_none());
        assert_eq!(
            shelf.attempts.thing_of_run(first.id, stranger).await.unwrap(),
            None
        );
    })
    .await;
}

#[tokio::test]
async fn a_key_begins_one_thing_and_stands_for_one_verb() {
    each_engine(&MIGRATIONS, |db| async move {
        let shelf = Shelf::new(db);
        let story = shelf.create(shelf.keyed_run("key", "create")).await.unwrap();

        assert_eq!(
            shelf.create(shelf.keyed_run("key", "create")).await.unwrap(),
            story
        );
        assert_ne!(
            shelf.create(shelf.keyed_run("other", "create")).await.unwrap(),
            story
        );

        let refused = shelf.create(shelf.keyed_run("key", "restart")).await.unwrap_err();
        assert!(matches!(refused, StoryError::IdempotencyKeyReused { key } if key == "key"));
    })
    .await;
}

#[tokio::test]
async fn two_who_ask_the_same_at_the_same_moment_get_one_thing() {
    each_engine(&MIGRATIONS, |db| async move {
        let shelf = Shelf::new(db);

        let (one, other) = tokio::join!(
            shelf.create(shelf.keyed_run("key", "create")),
            shelf.create(shelf.keyed_run("key", "create")),
        );

        assert_eq!(one.unwrap(), other.unwrap());
    })
    .await;
}
