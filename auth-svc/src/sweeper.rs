//! Tells other services what they must know about an account, until they have taken it; and forgets what is over.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use kit::actor::{Actor, Tier};
use kit::error::Chain;
use kit::rpc::{Caller, RequestId, RpcChannel};
use proto::v1::OwnerRequest;
use proto::v1::story_owners_client::StoryOwnersClient;
use tokio_util::sync::CancellationToken;
use tonic::Status;

use crate::domain::audit::SERVICE;
use crate::domain::core::Core;
use crate::error::AuthError;
use crate::store::tasks::{self, Kind, Task};
use crate::store::{oauth_states, sessions, throttles};

/// How long an ended session is kept: long enough to recognise its tokens when they come again.
const ENDED: TimeDelta = TimeDelta::days(30);
/// The longest time that any count is remembered for.
const COUNTED: TimeDelta = TimeDelta::days(2);
/// Between two clean-ups.
const CLEAN: Duration = Duration::from_secs(600);
const CALL: Duration = Duration::from_secs(30);
/// Waits double from the first to the longest.
const FIRST_WAIT: TimeDelta = TimeDelta::seconds(5);
const LONGEST_WAIT: TimeDelta = TimeDelta::minutes(10);

/// Ready to run. Nothing happens before [`AuthSweeper::run`].
pub struct AuthSweeper {
    core: Arc<Core>,
    story: RpcChannel,
    caller: Caller,
}

impl AuthSweeper {
    pub(crate) const fn new(core: Arc<Core>, story: RpcChannel, caller: Caller) -> Self {
        Self { core, story, caller }
    }

    /// Works until `stop`. What is under way then is done by the next process.
    pub async fn run(self, stop: CancellationToken) {
        let mut look = tokio::time::interval(self.core.config.sweep());
        let mut clean = tokio::time::interval(CLEAN);

        loop {
            let done = tokio::select! {
                () = stop.cancelled() => return,
                () = self.core.nudge.notified() => self.tell().await,
                _ = look.tick() => self.tell().await,
                _ = clean.tick() => self.clean().await,
            };

            if let Err(error) = done {
                tracing::warn!(causes = %Chain(&error), "not everything was swept");
            }
        }
    }

    /// Tells what is due. Who does not answer is asked again later; an account that is being deleted is asked about
    /// until it is gone, in case its run has failed.
    pub(crate) async fn tell(&self) -> Result<(), AuthError> {
        for task in tasks::due(&self.core.db, self.core.clock.now()).await? {
            match self.say(&task).await {
                Ok(()) if task.kind == Kind::Claim => tasks::done(&self.core.db, task.id).await?,
                Ok(()) => self.ask_again(&task).await?,
                Err(status) => {
                    tracing::warn!(%status, user = %task.user_id, task = task.kind.name(), "not taken yet");
                    self.ask_again(&task).await?;
                }
            }
        }

        Ok(())
    }

    async fn ask_again(&self, task: &Task) -> Result<(), AuthError> {
        let doubled = 1 << task.attempts.clamp(0, 10);
        let wait = (FIRST_WAIT * doubled).min(LONGEST_WAIT);
        Ok(tasks::delay(&self.core.db, task.id, self.core.clock.now() + wait).await?)
    }

    async fn say(&self, task: &Task) -> Result<(), Status> {
        let actor = Actor {
            scopes: vec![SERVICE.to_owned()],
            ..Actor::user(task.user_id, Tier::Free)
        };
        let message = OwnerRequest {
            user_id: task.user_id.to_string(),
        };
        let request = self.caller.request(&actor, &RequestId::random(), CALL, message);
        let mut story = StoryOwnersClient::new(self.story.clone());

        match task.kind {
            Kind::Claim => story.claim_stories(request).await.map(drop),
            Kind::Delete => story.start_deletion(request).await.map(drop),
        }
    }

    pub(crate) async fn clean(&self) -> Result<(), AuthError> {
        let now = self.core.clock.now();
        let mut tx = self.core.db.begin_write().await?;
        sessions::clean(&mut tx, now - ENDED, now).await?;
        oauth_states::clean(&mut tx, now).await?;
        throttles::clean(&mut tx, now - COUNTED).await?;
        Ok(tx.commit().await?)
    }
}
