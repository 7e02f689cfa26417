//! Billing-svc, which keeps budgets: every call that a provider bills is reserved there before it is made, kept while it lasts,
//! and settled after it. What is dropped is settled too, by a task that the end of the process waits for.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use backon::{ExponentialBuilder, Retryable};
use kit::{
    actor::{Actor, Tier},
    error::{ErrorKind, FieldViolation, Problem, Quota, ServiceError},
    ids::SharedIds,
    rpc::{Caller, Calling, RequestId, RpcChannel},
};
use proto::v1::{
    Quantities, ReleaseSpendRequest, ReserveSpendRequest, SettleSpendRequest, SpendCall,
    spending_client::SpendingClient,
};
use tokio::{runtime::Handle, time::sleep};
use tokio_util::task::TaskTracker;
use tonic::{Code, Status};
use uuid::Uuid;

/// Scope of our own services among themselves.
const SERVICE: &str = "service";
const TIMEOUT: Duration = Duration::from_secs(5);
/// A third of what a reservation lasts.
const KEPT_EVERY: Duration = Duration::from_secs(15);
/// How long a settlement that did not arrive is tried again, from the first pause to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
const TRIES: usize = 30;

/// On whose account a call goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SpendAccount {
    pub(crate) user_id: Uuid,
    pub(crate) tier: Tier,
    pub(crate) api_key: Option<Uuid>,
}

/// What is called, and what for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PaidCall<'a> {
    pub(crate) provider: &'a str,
    pub(crate) model: &'a str,
    pub(crate) class: &'a str,
}

/// A budget has no room for a call, or nobody could say whether one has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SpendRefusal(Box<Problem>);

/// What was used of a call so far.
pub(crate) type SpendMeter = Arc<dyn Fn() -> Quantities + Send + Sync>;

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct Spender {
    channel: RpcChannel,
    caller: Caller,
    ids: SharedIds,
    settling: TaskTracker,
}

impl Spender {
    pub(crate) fn new(channel: RpcChannel, caller: Caller, ids: SharedIds) -> Self {
        Self {
            channel,
            caller,
            ids,
            settling: TaskTracker::new(),
        }
    }

    /// Takes room for a call that uses `most` at most, or that asks for more while it lasts ([`SpendHold::extend`]); `used` says what it came to, also when it is dropped.
    pub(crate) async fn reserve(
        &self,
        account: SpendAccount,
        paid: PaidCall<'_>,
        (most, used): (Quantities, SpendMeter),
    ) -> Result<SpendHold, SpendRefusal> {
        let call = SpendCall {
            id: self.ids.id().to_string(),
            provider: paid.provider.to_owned(),
            model: paid.model.to_owned(),
            model_class: paid.class.to_owned(),
            key_id: account.api_key.map(|id| id.to_string()).unwrap_or_default(),
            team_id: String::new(),
        };
        let request = ReserveSpendRequest {
            call: Some(call.clone()),
            quantities: Some(most),
        };
        let reserved = self.client(account).reserve_spend(request.clone()).await;
        let held = reserved.map_err(SpendRefusal::from)?.into_inner().held;

        Ok(SpendHold {
            spender: self.clone(),
            account,
            call: Some(call),
            kept: Mutex::new(held.then_some(request)),
            used,
        })
    }

    /// Waits until everything that ended is settled, or given up.
    pub(crate) async fn flush(&self) {
        self.settling.close();
        self.settling.wait().await;
        self.settling.reopen();
    }

    fn client(&self, account: SpendAccount) -> SpendingClient<Calling> {
        let actor = Actor {
            scopes: vec![SERVICE.to_owned()],
            ..Actor::user(account.user_id, account.tier)
        };
        let (channel, caller) = (self.channel.clone(), self.caller.clone());

        SpendingClient::new(Calling::new(channel, caller, actor, RequestId::random(), TIMEOUT))
    }

    async fn settle(&self, account: SpendAccount, call: SpendCall, used: Quantities) {
        let settle = || async {
            let mut client = self.client(account);
            match used == Quantities::default() {
                true => {
                    let id = call.id.clone();
                    client.release_spend(ReleaseSpendRequest { id }).await.map(drop)
                }
                false => {
                    let request = SettleSpendRequest {
                        call: Some(call.clone()),
                        quantities: Some(used),
                    };
                    client.settle_spend(request).await.map(drop)
                }
            }
        };
        let patience = ExponentialBuilder::default()
            .with_min_delay(FIRST_PAUSE)
            .with_max_delay(LONGEST_PAUSE)
            .with_max_times(TRIES)
            .with_jitter();

        let settled = settle.retry(patience).when(may_pass).await;
        if let Err(status) = settled {
            metrics::counter!("saga_spend_settlements_lost_total").increment(1);
            tracing::error!(%status, call = call.id, "what a call used could not be settled");
        }
    }
}

fn may_pass(status: &Status) -> bool {
    !matches!(
        status.code(),
        Code::InvalidArgument | Code::PermissionDenied | Code::Unauthenticated | Code::Unimplemented
    )
}

/// Room for one call, until it is settled. Dropping it settles what its meter says.
pub(crate) struct SpendHold {
    spender: Spender,
    account: SpendAccount,
    /// None once it is settled.
    call: Option<SpendCall>,
    /// What is asked again so that it is kept; none where nothing is held.
    kept: Mutex<Option<ReserveSpendRequest>>,
    used: SpendMeter,
}

impl SpendHold {
    /// Keeps the room while the call lasts.
    pub(crate) async fn keep_during<F: Future>(&self, call: F) -> F::Output {
        let keeping = async {
            loop {
                sleep(KEPT_EVERY).await;
                let Some(request) = self.lock_kept().clone() else {
                    return std::future::pending::<()>().await;
                };
                // What could not be kept is settled all the same.
                let _ = self.spender.client(self.account).reserve_spend(request).await;
            }
        };

        tokio::select! {
            ended = call => ended,
            () = keeping => unreachable!("it is kept for as long as somebody waits"),
        }
    }

    /// Takes room up to `most`, which is more than before.
    ///
    /// # Errors
    /// Where there is none: then what was held before is still held.
    pub(crate) async fn extend(&self, most: Quantities) -> Result<(), SpendRefusal> {
        let Some(kept) = self.lock_kept().clone() else {
            return Ok(());
        };
        let request = ReserveSpendRequest {
            quantities: Some(most),
            ..kept
        };
        let reserved = self
            .spender
            .client(self.account)
            .reserve_spend(request.clone())
            .await;
        reserved.map_err(SpendRefusal::from)?;
        *self.lock_kept() = Some(request);

        Ok(())
    }

    fn lock_kept(&self) -> MutexGuard<'_, Option<ReserveSpendRequest>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until it is written down that the call ended, so that the next one finds the room that is left; for a while only.
    pub(crate) async fn settle(mut self) {
        if let Some(settling) = self.begin_settling() {
            let _ = tokio::time::timeout(TIMEOUT, settling).await;
        }
    }

    /// The same for whoever counts milliseconds: where nothing was held nobody looks for room, and nothing is waited for.
    pub(crate) async fn settle_soon(self) {
        if self.lock_kept().is_some() {
            self.settle().await;
        }
    }

    fn begin_settling(&mut self) -> Option<tokio::task::JoinHandle<()>> {
        let (call, spender) = (self.call.take()?, self.spender.clone());
        let (account, used) = (self.account, (self.used)());
        if self.lock_kept().is_none() && used == Quantities::default() {
            return None;
        }

        // Outside of a runtime the process is at its end, and the reservation runs out by itself.
        let runtime = Handle::try_current().ok()?;
        let settling = async move { spender.settle(account, call, used).await };
        Some(self.spender.settling.spawn_on(settling, &runtime))
    }
}

impl Drop for SpendHold {
    fn drop(&mut self) {
        drop(self.begin_settling());
    }
}

impl From<Status> for SpendRefusal {
    fn from(status: Status) -> Self {
        Self(Box::new(Problem::from_status(&status)))
    }
}

impl ServiceError for SpendRefusal {
    fn kind(&self) -> ErrorKind {
        match self.0.quota {
            Some(_) => ErrorKind::ResourceExhausted,
            None => ErrorKind::Unavailable,
        }
    }

    fn reason(&self) -> &'static str {
        match self.0.reason.as_str() {
            "TOKEN_LIMIT_REACHED" => "TOKEN_LIMIT_REACHED",
            "BUDGET_EXHAUSTED" => "BUDGET_EXHAUSTED",
            _ => "BUDGETS_UNAVAILABLE",
        }
    }

    fn fields(&self) -> Vec<FieldViolation> {
        Vec::new()
    }

    fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    fn quota(&self) -> Option<Quota> {
        self.0.quota.as_deref().copied()
    }
}
