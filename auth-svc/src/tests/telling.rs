//! What other services must know about an account reaches them, however long they are away.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use kit::rpc::actor_of;
use proto::v1::story_owners_server::StoryOwners;
use proto::v1::{
    ClaimStoriesResponse, DeleteAccountRequest, FinishDeletionRequest, OwnerRequest, StartDeletionResponse,
};
use tonic::{Request, Response, Status};

use super::world::{PASSWORD, each_world};

/// Story-svc, as far as it is told something: it notes it, and is away as often as it is told to.
#[derive(Clone, Default)]
pub(super) struct FakeStories(Arc<Mutex<Told>>);

#[derive(Default)]
struct Told {
    asked: Vec<String>,
    failures: u32,
}

impl FakeStories {
    pub(super) fn asked(&self) -> Vec<String> {
        self.0.lock().unwrap().asked.clone()
    }

    fn is_away(&self, times: u32) {
        self.0.lock().unwrap().failures = times;
    }

    fn note(&self, request: &Request<OwnerRequest>, what: &str) -> Result<(), Status> {
        assert!(actor_of(request)?.has_scope("service"));
        let mut told = self.0.lock().unwrap();
        if told.failures > 0 {
            told.failures -= 1;
            return Err(Status::unavailable("not now"));
        }
        told.asked.push(format!("{what} {}", request.get_ref().user_id));
        Ok(())
    }
}

#[tonic::async_trait]
impl StoryOwners for FakeStories {
    async fn claim_stories(
        &self,
        request: Request<OwnerRequest>,
    ) -> Result<Response<ClaimStoriesResponse>, Status> {
        self.note(&request, "claim")?;
        Ok(Response::new(ClaimStoriesResponse { stories: 0 }))
    }

    async fn start_deletion(
        &self,
        request: Request<OwnerRequest>,
    ) -> Result<Response<StartDeletionResponse>, Status> {
        self.note(&request, "delete")?;
        Ok(Response::new(StartDeletionResponse {
            run_id: String::new(),
        }))
    }
}

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn what_a_guest_made_is_claimed_once_when_story_svc_is_back() {
    each_world(|world| async move {
        let guest = world.guest();
        guest
            .register_as("ada@example.org", PASSWORD, "", true)
            .await
            .unwrap();

        // An account that was no guest has nothing to claim.
        world.account("bob@example.org").await;
        world.stories.is_away(2);

        for wait in [0, 4, 1, 9, 1, 600, 600] {
            world.clock.advance(wait * SECOND);
            world.sweeper.tell().await.unwrap();
        }

        assert_eq!(world.stories.asked(), [format!("claim {}", guest.id())]);
    })
    .await;
}

#[tokio::test]
async fn a_deletion_is_asked_for_until_the_account_is_gone_by_whichever_process_lives() {
    each_world(|world| async move {
        let (ada, _) = world.account("ada@example.org").await;
        let message = DeleteAccountRequest {
            password: PASSWORD.to_owned(),
            client: ada.client(),
            code: String::new(),
        };
        ada.accounts().delete_account(ada.ask(message)).await.unwrap();
        world.stories.is_away(1);
        world.sweeper.tell().await.unwrap();

        assert!(world.stories.asked().is_empty());

        // The process that was asked dies; another one knows.
        let other = world.another().await;
        for _ in 0..3 {
            world.clock.advance(600 * SECOND);
            other.sweeper.tell().await.unwrap();
        }

        let asked = format!("delete {}", ada.id());
        assert_eq!(world.stories.asked(), [asked.clone(), asked.clone(), asked]);

        let mut service = world.operator();
        service.actor.scopes = vec!["service".to_owned()];

        let message = FinishDeletionRequest { user_id: ada.id() };
        service
            .accounts()
            .finish_deletion(service.ask(message))
            .await
            .unwrap();
        world.clock.advance(600 * SECOND);
        other.sweeper.tell().await.unwrap();

        assert_eq!(world.stories.asked().len(), 3);
    })
    .await;
}
