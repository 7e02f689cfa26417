//! The processes of one role as a caller sees them: where they are, whose turn it is, which of them are left alone for a
//! moment, and whether a call that failed is made again. Knows nothing of what is called but its name.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures::future::{BoxFuture, join_all};
use http::{Request, Response, request::Parts};
use http_body_util::{BodyExt, Full};
use tokio::time::{Instant, sleep};
use tonic::{
    ConnectError,
    body::Body,
    transport::{Channel, Endpoint},
};
use tower::{BoxError, Service, ServiceExt};

use super::{
    address::ServiceAddress,
    channel::ChannelError,
    failure::{CallFailure, is_repeatable, late_is_late},
    tls::RpcTls,
};

/// How long a role may be away altogether before calls of it fail at once: as long as a process needs to start again.
const RESTART: Duration = Duration::from_secs(10);
/// Pauses between tries while all are away: doubled each time, up to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(25);
const LAST_PAUSE: Duration = Duration::from_millis(400);
/// How long one that failed is left alone while others are there: doubled each time, up to the last.
const FIRST_REST: Duration = Duration::from_secs(1);
const LAST_REST: Duration = Duration::from_secs(30);
/// How often a name is looked up again, and how often while something is wrong.
const LOOK_UP: Duration = Duration::from_secs(10);
const LOOK_UP_IN_TROUBLE: Duration = Duration::from_secs(1);

/// In the extensions of a request whose body is not to be kept: it may be of any length, and can't be sent again.
#[derive(Clone, Copy)]
pub(super) struct Streamed;

/// In the extensions of a request of which no connection may keep anything: it goes over one of its own, which ends with the answer.
#[derive(Clone, Copy)]
pub(super) struct OwnConnection;

/// Cheap to clone; all clones share what is known.
#[derive(Clone)]
pub(super) struct Replicas(Arc<ReplicaList>);

struct ReplicaList {
    addresses: Vec<ServiceAddress>,
    state: Mutex<State>,
    /// When names were looked up; held by whoever does it.
    looked_up: tokio::sync::Mutex<Option<Instant>>,
}

#[derive(Default)]
struct State {
    replicas: Vec<Replica>,
    next: usize,
    /// Since when no call has been answered by any of them, if the last one was not.
    lost_since: Option<Instant>,
}

struct Replica {
    /// What it is known by: where it is.
    place: String,
    endpoint: Endpoint,
    /// To it, for all calls that need no connection of their own.
    channel: Channel,
    /// Failures since it answered, and until when it is left alone for them.
    failures: u32,
    rests_until: Option<Instant>,
}

impl Replicas {
    /// `text` has one address or several, separated by commas. A name may lead to several processes, and to others later.
    pub(super) fn reach(text: &str, tls: Option<&RpcTls>) -> Result<Self, ChannelError> {
        let addresses = text
            .split(',')
            .map(|address| ServiceAddress::parse(address.trim(), tls));
        let addresses = addresses.collect::<Result<Vec<_>, _>>()?;

        Ok(Self(Arc::new(ReplicaList {
            addresses,
            state: Mutex::default(),
            looked_up: tokio::sync::Mutex::default(),
        })))
    }

    async fn ask(&self, parts: Parts, body: Bytes) -> Result<Response<Body>, BoxError> {
        let repeatable = is_repeatable(parts.uri.path());
        let is_alone = parts.extensions.get::<OwnConnection>().is_some();
        let mut pause = FIRST_PAUSE;

        loop {
            self.look_up().await;
            let Some((place, channel)) = self.choose(is_alone) else {
                return Err(ConnectError("the address of the service leads nowhere".into()).into());
            };
            let request = Request::from_parts(parts.clone(), Body::new(Full::new(body.clone())));
            let error = match channel.oneshot(request).await {
                Ok(answer) => {
                    self.answered(&place);
                    return Ok(late_is_late(answer));
                }
                Err(error) => error,
            };

            let failure = CallFailure::classify(&error);
            if failure == CallFailure::Late {
                return Err(failure.into_status(error).into());
            }
            let others = self.failed(&place);
            let again = failure == CallFailure::Unsent || repeatable;
            if !again || self.is_given_up() {
                return Err(failure.into_status(error).into());
            }

            tracing::debug!(place, error = %error, "a call is made again");
            if !others {
                sleep(pause).await;
                pause = (pause * 2).min(LAST_PAUSE);
            }
        }
    }

    /// Asks one of them, once.
    async fn ask_once(&self, request: Request<Body>) -> Result<Response<Body>, BoxError> {
        self.look_up().await;
        let is_alone = request.extensions().get::<OwnConnection>().is_some();
        let Some((place, channel)) = self.choose(is_alone) else {
            return Err(ConnectError("the address of the service leads nowhere".into()).into());
        };

        match channel.oneshot(request).await {
            Ok(answer) => {
                self.answered(&place);
                Ok(late_is_late(answer))
            }
            Err(error) => {
                let failure = CallFailure::classify(&error);
                if failure != CallFailure::Late {
                    self.failed(&place);
                }
                Err(failure.into_status(error).into())
            }
        }
    }

    /// Takes the next one that does not rest; when all do, the one that has rested longest. A connection of a call's own closes when
    /// its channel is dropped and its answer is over.
    fn choose(&self, is_alone: bool) -> Option<(String, Channel)> {
        let mut state = self.state();
        let (count, now) = (state.replicas.len(), Instant::now());
        let next = state.next;
        let turn = (0..count).map(|offset| (next + offset) % count);

        let awake = turn.clone().find(|at| !state.replicas[*at].rests_at(now));
        let chosen = awake.or_else(|| turn.min_by_key(|at| state.replicas[*at].rests_until))?;
        state.next = chosen + 1;

        let replica = &state.replicas[chosen];
        let channel = match is_alone {
            true => replica.endpoint.connect_lazy(),
            false => replica.channel.clone(),
        };
        Some((replica.place.clone(), channel))
    }

    fn answered(&self, place: &str) {
        let mut state = self.state();
        state.lost_since = None;
        if let Some(replica) = state.replicas.iter_mut().find(|replica| replica.place == place) {
            (replica.failures, replica.rests_until) = (0, None);
        }
    }

    /// True when there are others to ask.
    fn failed(&self, place: &str) -> bool {
        let mut state = self.state();
        let now = Instant::now();
        state.lost_since.get_or_insert(now);
        if let Some(replica) = state.replicas.iter_mut().find(|replica| replica.place == place) {
            let rest = FIRST_REST
                .saturating_mul(1 << replica.failures.min(5))
                .min(LAST_REST);
            replica.failures += 1;
            replica.rests_until = Some(now + rest);
        }

        state.replicas.iter().any(|replica| !replica.rests_at(now))
    }

    /// All have been away for longer than a start takes.
    fn is_given_up(&self) -> bool {
        let lost = self.state().lost_since;
        lost.is_some_and(|since| since.elapsed() > RESTART)
    }

    /// Brings the list up to date, when it is time for it. Only the first calls wait for somebody else who does.
    async fn look_up(&self) {
        let (empty, trouble) = {
            let state = self.state();
            (state.replicas.is_empty(), state.lost_since.is_some())
        };
        let looked_up = if empty {
            Some(self.0.looked_up.lock().await)
        } else {
            self.0.looked_up.try_lock().ok()
        };
        let Some(mut looked_up) = looked_up else { return };

        let pause = if trouble || empty {
            LOOK_UP_IN_TROUBLE
        } else {
            LOOK_UP
        };
        let fixed = self.0.addresses.iter().all(ServiceAddress::is_fixed);
        if looked_up.is_some_and(|at| fixed || at.elapsed() < pause) {
            return;
        }

        let found = join_all(self.0.addresses.iter().map(ServiceAddress::endpoints)).await;
        *looked_up = Some(Instant::now());

        // A name that can't be looked up now has not moved.
        if let Some(found) = found.into_iter().collect::<Option<Vec<_>>>() {
            self.state().replace(found.into_iter().flatten());
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Those that stay keep their connection and what is known of them.
    fn replace(&mut self, found: impl Iterator<Item = (String, Endpoint)>) {
        let known = self
            .replicas
            .drain(..)
            .map(|replica| (replica.place.clone(), replica));
        let mut known: HashMap<_, _> = known.collect();

        for (place, endpoint) in found {
            let replica = known.remove(&place).unwrap_or_else(|| Replica {
                place,
                channel: endpoint.connect_lazy(),
                endpoint,
                failures: 0,
                rests_until: None,
            });
            if self.replicas.iter().all(|other| other.place != replica.place) {
                self.replicas.push(replica);
            }
        }
    }
}

impl Replica {
    fn rests_at(&self, now: Instant) -> bool {
        self.rests_until.is_some_and(|until| until > now)
    }
}

impl Service<Request<Body>> for Replicas {
    type Response = Response<Body>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<Body>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    /// What is not streamed is kept until it is answered, so that all of it can be sent again.
    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let replicas = self.clone();
        Box::pin(async move {
            if request.extensions().get::<Streamed>().is_some() {
                return replicas.ask_once(request).await;
            }

            let (parts, body) = request.into_parts();
            let body = body.collect().await?.to_bytes();
            replicas.ask(parts, body).await
        })
    }
}
