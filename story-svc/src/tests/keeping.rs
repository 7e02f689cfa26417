//! What owners do with their stories: they name them, share them by a link, and delete them.

use kit::db::Db;
use kit::on;
use proto::v1::{
    DeleteStoriesRequest, DeleteStoryRequest, GetSharedStoryRequest, ListStoriesRequest,
    ListStoryTitlesRequest, RenameStoryRequest, RunStatus, ShareStoryRequest, Story, UnshareStoryRequest,
};
use tonic::{Code, Status};

use super::agents::Fault;
use super::world::{Person, each_world, fields, problem, request, status};

impl Person {
    async fn rename(&self, id: &str, title: &str) -> Result<Story, Status> {
        let request = RenameStoryRequest {
            id: id.to_owned(),
            title: title.to_owned(),
        };
        let renamed = self.stories().rename_story(self.ask(request)).await;
        renamed.map(tonic::Response::into_inner)
    }

    async fn share(&self, id: &str) -> Result<Story, Status> {
        let request = ShareStoryRequest { id: id.to_owned() };
        let shared = self.stories().share_story(self.ask(request)).await;
        shared.map(tonic::Response::into_inner)
    }

    async fn unshare(&self, id: &str) -> Result<Story, Status> {
        let request = UnshareStoryRequest { id: id.to_owned() };
        let unshared = self.stories().unshare_story(self.ask(request)).await;
        unshared.map(tonic::Response::into_inner)
    }

    async fn open(&self, token: &str) -> Result<Story, Status> {
        let request = GetSharedStoryRequest {
            token: token.to_owned(),
        };
        let story = self.stories().get_shared_story(self.ask(request)).await;
        story.map(tonic::Response::into_inner)
    }

    async fn delete(&self, id: &str) -> Result<(), Status> {
        let request = DeleteStoryRequest { id: id.to_owned() };
        self.stories().delete_story(self.ask(request)).await.map(drop)
    }
}

fn hidden() -> (Code, String) {
    (Code::NotFound, "STORY_NOT_FOUND".to_owned())
}

async fn count(db: &Db, table: &str) -> i64 {
    let sql = format!("SELECT COUNT(*) FROM {table}");
    on!(db.system(), c => sqlx::query_scalar(sqlx::AssertSqlSafe(sql.clone())).fetch_one(c).await).unwrap()
}

#[tokio::test]
async fn the_owners_name_for_a_story_stays_when_it_is_made_again() {
    each_world(|world| async move {
        let _worker = world.worker().await;
        let (owner, stranger) = (world.user(), world.user());
        let story = owner.create(request()).await.unwrap();
        let made = owner.finished(&story).await;
        assert_ne!(made.title, "My routers");

        let renamed = owner.rename(&story.id, "  My routers ").await.unwrap();
        assert_eq!(renamed.title, "My routers");
        assert!(renamed.code_result().is_some(), "the rest is as it was");

        let again = owner.restart(&story.id, "").await.unwrap();
        assert_eq!(again.title, "My routers");
        assert_eq!(owner.finished(&again).await.title, "My routers");

        let titles = owner.ask(ListStoryTitlesRequest::default());
        let titles = owner.stories().list_story_titles(titles).await.unwrap();
        assert_eq!(titles.into_inner().titles[0].title, "My routers");

        for wrong in ["", " ", "a\nb", &"x".repeat(201)] {
            let refused = owner.rename(&story.id, wrong).await.unwrap_err();
            assert_eq!(fields(&refused), ["title"], "{wrong:?}");
        }
        for id in [story.id.as_str(), "x"] {
            assert_eq!(problem(&stranger.rename(id, "Mine").await.unwrap_err()), hidden());
        }

        // Whoever may read a guest's story may still not name it.
        let guest = world.guest();
        let open = guest.create(request()).await.unwrap();
        assert_eq!(
            problem(&stranger.rename(&open.id, "Mine").await.unwrap_err()),
            hidden()
        );
    })
    .await;
}

#[tokio::test]
async fn a_shared_story_is_read_by_its_link_until_that_is_taken_back() {
    each_world(|world| async move {
        let _worker = world.worker().await;
        let (owner, stranger) = (world.user(), world.guest());
        let story = owner.create(request()).await.unwrap();
        owner.finished(&story).await;
        assert_eq!(owner.get(&story.id).await.unwrap().share, None);

        let link = owner.share(&story.id).await.unwrap().share.unwrap();
        assert!(link.token.len() >= 32, "{}", link.token);
        assert_eq!(
            owner.share(&story.id).await.unwrap().share.as_ref(),
            Some(&link),
            "a link lasts"
        );

        let read = stranger.open(&link.token).await.unwrap();
        assert_eq!((&read.id, read.share.as_ref()), (&story.id, None));
        assert!(read.code_result().unwrap().chapters.is_some());
        assert_eq!(owner.open(&link.token).await.unwrap().share, Some(link.clone()));

        // The link opens the story, and nothing else of it or of its owner.
        assert_eq!(problem(&stranger.get(&story.id).await.unwrap_err()), hidden());
        assert_eq!(
            stranger.run(&story.run_id).await.unwrap_err().code(),
            Code::NotFound
        );
        assert_eq!(problem(&stranger.share(&story.id).await.unwrap_err()), hidden());
        assert_eq!(problem(&stranger.unshare(&story.id).await.unwrap_err()), hidden());

        assert_eq!(owner.unshare(&story.id).await.unwrap().share, None);
        assert_eq!(owner.unshare(&story.id).await.unwrap().share, None);

        let nowhere = (Code::NotFound, "SHARE_NOT_FOUND".to_owned());
        for token in [link.token.as_str(), "", "%", "a\0b", &story.id] {
            assert_eq!(
                problem(&stranger.open(token).await.unwrap_err()),
                nowhere,
                "{token:?}"
            );
        }

        let anew = owner.share(&story.id).await.unwrap().share.unwrap();
        assert_ne!(
            anew.token, link.token,
            "a link that was taken back is never given again"
        );
    })
    .await;
}

#[tokio::test]
async fn a_deleted_story_is_gone_at_once_and_all_that_was_made_for_it_soon_after() {
    each_world(|world| async move {
        let worker = world.worker().await;
        let (owner, stranger) = (world.user(), world.user());
        let (story, kept) = (
            owner.create(request()).await.unwrap(),
            owner.create(request()).await.unwrap(),
        );
        owner.finished(&story).await;
        owner.finished(&kept).await;
        let link = owner.share(&story.id).await.unwrap().share.unwrap();

        world.agents.script("codestory.analyzer", [Some(Fault::Hang)]);
        let remade = owner.restart(&story.id, "").await.unwrap();
        world.agents.hangs(1).await;

        for story in [&story, &kept] {
            let key = format!("stories/{}/x.mp3", story.id);
            world.blobs.put(&key, "x".into(), "audio/mpeg").await.unwrap();
        }

        for id in [story.id.as_str(), "x"] {
            assert_eq!(problem(&stranger.delete(id).await.unwrap_err()), hidden());
        }
        owner.delete(&story.id).await.unwrap();

        assert_eq!(problem(&owner.get(&story.id).await.unwrap_err()), hidden());
        assert_eq!(problem(&owner.delete(&story.id).await.unwrap_err()), hidden());
        assert_eq!(
            problem(&owner.restart(&story.id, "").await.unwrap_err()),
            hidden()
        );
        assert_eq!(
            stranger.open(&link.token).await.unwrap_err().code(),
            Code::NotFound
        );
        assert_eq!(owner.run(&story.run_id).await.unwrap_err().code(), Code::NotFound);
        let left = owner.list(ListStoriesRequest::default()).await.unwrap().stories;
        assert_eq!(left.len(), 1);

        // The agent at work is left alone no longer, and then nothing is left.
        world.agents.abandons(1).await;
        while owner.run(&remade.run_id).await.is_ok()
            || world
                .blobs
                .get(&format!("stories/{}/x.mp3", story.id), None)
                .await
                .unwrap()
                .is_some()
        {
            world.clock.advance(std::time::Duration::from_millis(20));
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        worker.crash().await;

        for table in ["stories", "story_results", "story_runs"] {
            assert_eq!(count(&world.db, table).await, 1, "{table}");
        }
        let other = format!("stories/{}/x.mp3", kept.id);
        assert!(world.blobs.get(&other, None).await.unwrap().is_some());
        assert_eq!(status(&owner.get(&kept.id).await.unwrap()), RunStatus::Completed);
    })
    .await;
}

#[tokio::test]
async fn of_several_stories_all_are_deleted_or_none_when_one_is_somebody_elses() {
    each_world(|world| async move {
        let (owner, other) = (world.user(), world.user());
        let mine = [
            owner.create(request()).await.unwrap().id,
            owner.create(request()).await.unwrap().id,
        ];
        let theirs = other.create(request()).await.unwrap().id;
        let delete = async |ids: &[&str]| {
            let request = DeleteStoriesRequest {
                ids: ids.iter().map(|id| (*id).to_owned()).collect(),
            };
            owner
                .stories()
                .delete_stories(owner.ask(request))
                .await
                .map(tonic::Response::into_inner)
        };

        let refused = delete(&[&mine[0], &theirs]).await.unwrap_err();
        assert_eq!(
            problem(&refused),
            (Code::PermissionDenied, "NOT_THE_OWNER".to_owned())
        );
        owner.get(&mine[0]).await.expect("none was deleted");

        let answer = delete(&[&mine[0], "x", &mine[1], &mine[0]]).await.unwrap();
        assert_eq!(answer.deleted_ids, mine);
        assert_eq!(answer.unknown_ids, ["x"]);
        assert_eq!(delete(&[&mine[0]]).await.unwrap().unknown_ids, [mine[0].as_str()]);

        other.get(&theirs).await.unwrap();
        assert_eq!(count(&world.db, "stories").await, 1);

        let many = vec!["x"; 101];
        assert_eq!(fields(&delete(&many).await.unwrap_err()), ["ids"]);
    })
    .await;
}
