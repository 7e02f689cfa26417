//! Tells other services what they must know about an account, until they have taken it; and forgets what is over. Beside it
//! works the mailer, so that neither waits for the other.

use std::time::Duration;

use chrono::TimeDelta;
use kit::{clock::SharedClock, db::Db, error::Chain};
use tokio_util::sync::CancellationToken;
use tonic::Status;

use crate::{
    clients::Stories,
    domain::outbox::Outbox,
    error::AuthError,
    mailer::Mailer,
    store::{
        account_tasks::{self, AccountTask, TaskKind},
        email_links, oauth_states, second_factors, sessions, sign_in_tickets, throttles,
    },
};

/// How long an ended session is kept: long enough to recognise its tokens when they come again.
const ENDED: TimeDelta = TimeDelta::days(30);
/// The longest time that any count is remembered for.
const COUNTED: TimeDelta = TimeDelta::days(2);
/// How long a second factor waits for its first code.
const ENROLLING: TimeDelta = TimeDelta::hours(1);
/// Between two clean-ups.
const CLEAN: Duration = Duration::from_secs(600);
/// Waits double from the first to the longest.
const FIRST_WAIT: TimeDelta = TimeDelta::seconds(5);
const LONGEST_WAIT: TimeDelta = TimeDelta::minutes(10);

/// Ready to run. Nothing happens before [`AuthSweeper::run`].
pub struct AuthSweeper {
    pub(crate) db: Db,
    pub(crate) clock: SharedClock,
    pub(crate) outbox: Outbox,
    pub(crate) stories: Stories,
    /// None where no mail is sent.
    pub(crate) mailer: Option<Mailer>,
    /// Between two looks for work that nobody announced.
    pub(crate) interval: Duration,
}

impl AuthSweeper {
    /// Works until `stop`. What is under way then is done by the next process.
    pub async fn run(mut self, stop: CancellationToken) {
        let mailer = self.mailer.take();
        let mailing = async {
            if let Some(mailer) = mailer {
                mailer.run(stop.clone()).await;
            }
        };

        tokio::join!(self.sweep(stop.clone()), mailing);
    }

    async fn sweep(&self, stop: CancellationToken) {
        let mut look = tokio::time::interval(self.interval);
        let mut clean = tokio::time::interval(CLEAN);

        loop {
            let done = tokio::select! {
                () = stop.cancelled() => return,
                () = self.outbox.wait() => self.tell().await,
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
        for task in account_tasks::list_due_tasks(&self.db.system(), self.clock.now()).await? {
            match self.perform(&task).await {
                Ok(()) if task.kind == TaskKind::Claim => {
                    account_tasks::delete_task(&self.db.system(), task.id).await?;
                }
                Ok(()) => self.delay(&task).await?,
                Err(status) => {
                    tracing::warn!(%status, user = %task.user_id, task = task.kind.as_str(), "not taken yet");
                    self.delay(&task).await?;
                }
            }
        }

        Ok(())
    }

    async fn delay(&self, task: &AccountTask) -> Result<(), AuthError> {
        let doubled = 1 << task.attempts.clamp(0, 10);
        let wait = (FIRST_WAIT * doubled).min(LONGEST_WAIT);

        Ok(account_tasks::delay_task(&self.db.system(), task.id, self.clock.now() + wait).await?)
    }

    async fn perform(&self, task: &AccountTask) -> Result<(), Status> {
        match task.kind {
            TaskKind::Claim => self.stories.claim(task.user_id).await,
            TaskKind::Delete => self.stories.start_deletion(task.user_id).await,
        }
    }

    pub(crate) async fn clean(&self) -> Result<(), AuthError> {
        let now = self.clock.now();

        let mut tx = self.db.system().begin_write().await?;
        sessions::delete_ended_sessions(&mut tx, now - ENDED, now).await?;
        oauth_states::delete_expired_states(&mut tx, now).await?;
        sign_in_tickets::delete_expired_tickets(&mut tx, now).await?;
        email_links::delete_expired_links(&mut tx, now).await?;
        second_factors::delete_unconfirmed(&mut tx, now - ENROLLING).await?;
        throttles::delete_old_counts(&mut tx, now - COUNTED).await?;
        Ok(tx.commit().await?)
    }
}
