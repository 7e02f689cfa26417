//! Who is connected: bounded in all and for each network, so that nobody keeps others out by staying silent. Whoever comes
//! when there is no room takes the place of the connection that has been silent longest; one with a request is never ended.

use std::{
    collections::HashMap,
    net::IpAddr,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use axum::body::{Body, Bytes};
use http_body::{Frame, SizeHint};
use kit::network::subscriber_network;
use tokio::{sync::Notify, time::Instant};
use tokio_util::sync::{CancellationToken, WaitForCancellationFuture};

use crate::identity::Proxies;

/// The seats of one listener.
pub(super) struct Seats {
    most: usize,
    most_of_network: usize,
    /// Each stands for many clients.
    proxies: Proxies,
    table: Mutex<Table>,
    /// A seat became free, or its connection silent.
    changed: Notify,
}

#[derive(Default)]
struct Table {
    seated: HashMap<u64, Seated>,
    of_network: HashMap<IpAddr, usize>,
    next: u64,
}

struct Seated {
    /// `None` for a proxy.
    network: Option<IpAddr>,
    activity: Arc<Activity>,
    taken: CancellationToken,
}

/// What a connection is doing.
struct Activity {
    open: AtomicU32,
    /// Milliseconds after `began` since when nothing is open.
    silent_since: AtomicU64,
    began: Instant,
}

/// A connection's place; free again when it is dropped.
pub(super) struct Seat {
    seats: Arc<Seats>,
    number: u64,
    activity: Arc<Activity>,
    taken: CancellationToken,
}

impl Seats {
    pub(super) fn new(most: usize, most_of_network: usize, proxies: Proxies) -> Arc<Self> {
        Arc::new(Self {
            most,
            most_of_network,
            proxies,
            table: Mutex::default(),
            changed: Notify::new(),
        })
    }

    /// Done when somebody can be seated: there is room, or a silent connection that can make some.
    pub(super) async fn wait_for_room(&self) {
        loop {
            let changed = self.changed.notified();
            let has_room = {
                let table = self.lock();
                table.seated.len() < self.most
                    || table.seated.values().any(|seated| seated.activity.is_silent())
            };
            if has_room {
                return;
            }

            changed.await;
        }
    }

    /// A seat for a connection from this address; `None` when its network has all it may have and none of them is silent.
    pub(super) fn take(self: &Arc<Self>, address: IpAddr) -> Option<Seat> {
        let network = (!self.proxies.trusts(address)).then(|| subscriber_network(address));
        let mut table = self.lock();

        if let Some(network) = network
            && table.count(network) >= self.most_of_network
        {
            table.end_silent(|seated| seated.network == Some(network))?;
        }
        if table.seated.len() >= self.most {
            let crowd = table.largest_network();
            table
                .end_silent(|seated| seated.network == crowd)
                .or_else(|| table.end_silent(|_| true))?;
        }

        Some(table.seat(self, network))
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn count(&self, network: IpAddr) -> usize {
        self.of_network.get(&network).copied().unwrap_or_default()
    }

    fn largest_network(&self) -> Option<IpAddr> {
        let largest = self.of_network.iter().max_by_key(|(_, count)| **count);
        largest.map(|(network, _)| *network)
    }

    fn seat(&mut self, seats: &Arc<Seats>, network: Option<IpAddr>) -> Seat {
        let number = self.next;
        self.next += 1;

        let activity = Arc::new(Activity {
            open: AtomicU32::new(0),
            silent_since: AtomicU64::new(0),
            began: Instant::now(),
        });
        let taken = CancellationToken::new();

        if let Some(network) = network {
            *self.of_network.entry(network).or_default() += 1;
        }
        self.seated.insert(
            number,
            Seated {
                network,
                activity: Arc::clone(&activity),
                taken: taken.clone(),
            },
        );

        Seat {
            seats: Arc::clone(seats),
            number,
            activity,
            taken,
        }
    }

    /// Ends the connection of these that has been silent longest; `None` when none is silent.
    fn end_silent(&mut self, of: impl Fn(&Seated) -> bool) -> Option<()> {
        let silent = self
            .seated
            .iter()
            .filter(|(_, seated)| of(seated) && seated.activity.is_silent());
        let longest = silent.min_by_key(|(_, seated)| seated.activity.silent_since())?;
        let number = *longest.0;

        let seated = self.remove(number)?;
        seated.taken.cancel();
        metrics::counter!("gateway_connections_ended_silent_total").increment(1);

        Some(())
    }

    fn remove(&mut self, number: u64) -> Option<Seated> {
        let seated = self.seated.remove(&number)?;

        if let Some(network) = seated.network
            && let Some(count) = self.of_network.get_mut(&network)
        {
            *count -= 1;
            if *count == 0 {
                self.of_network.remove(&network);
            }
        }

        Some(seated)
    }
}

impl Activity {
    fn is_silent(&self) -> bool {
        self.open.load(Ordering::Acquire) == 0
    }

    fn silent_since(&self) -> Instant {
        self.began + std::time::Duration::from_millis(self.silent_since.load(Ordering::Relaxed))
    }
}

impl Seat {
    /// Done when somebody else got this seat.
    pub(super) fn taken(&self) -> WaitForCancellationFuture<'_> {
        self.taken.cancelled()
    }

    pub(super) fn busy(&self) -> Busy {
        Busy {
            seats: Arc::clone(&self.seats),
            activity: Arc::clone(&self.activity),
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.seats.lock().remove(self.number);
        self.seats.changed.notify_one();
    }
}

/// Notes what a connection is doing.
#[derive(Clone)]
pub(super) struct Busy {
    seats: Arc<Seats>,
    activity: Arc<Activity>,
}

impl Busy {
    /// A request has come. What is returned stands until it is answered.
    pub(super) fn begin(&self) -> Exchange {
        self.activity.open.fetch_add(1, Ordering::AcqRel);
        Exchange(self.clone())
    }
}

/// A request that is not answered to the end.
pub(super) struct Exchange(Busy);

impl Exchange {
    /// The answer goes on until its body has been sent.
    pub(super) fn until_sent(self, body: Body) -> Body {
        Body::new(Sending {
            body,
            _exchange: self,
        })
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        let Busy { seats, activity } = &self.0;
        let now = u64::try_from(activity.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        activity.silent_since.store(now, Ordering::Relaxed);
        activity.open.fetch_sub(1, Ordering::AcqRel);
        seats.changed.notify_one();
    }
}

/// A body, and that it is being sent.
struct Sending {
    body: Body,
    _exchange: Exchange,
}

impl http_body::Body for Sending {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn is_seated(seat: &Seat) -> bool {
        !seat.taken.is_cancelled()
    }

    #[tokio::test]
    async fn one_network_that_is_silent_keeps_nobody_out() {
        let seats = Seats::new(10, 4, Proxies::default());
        let silent: Vec<_> = (0..6)
            .map(|_| seats.take(address("192.0.2.1")).unwrap())
            .collect();

        assert_eq!(silent.iter().filter(|seat| is_seated(seat)).count(), 4);
        assert!(
            !is_seated(&silent[0]) && !is_seated(&silent[1]),
            "the longest silent goes"
        );
        assert!(seats.take(address("192.0.2.2")).is_some());
    }

    #[tokio::test]
    async fn whoever_has_a_request_keeps_the_seat() {
        let seats = Seats::new(10, 2, Proxies::default());
        let from = address("2001:db8:1:2::3");
        let (one, other) = (seats.take(from).unwrap(), seats.take(from).unwrap());
        let exchanges = [one.busy().begin(), other.busy().begin()];

        assert!(seats.take(address("2001:db8:1:2:ffff::9")).is_none());

        drop(exchanges);

        assert!(seats.take(from).is_some());
        assert!(!is_seated(&one) && is_seated(&other));
    }

    #[tokio::test]
    async fn the_largest_crowd_makes_room_when_every_seat_is_taken() {
        let seats = Seats::new(4, 4, Proxies::default());
        let alone = seats.take(address("192.0.2.9")).unwrap();
        let crowd: Vec<_> = (0..3)
            .map(|_| seats.take(address("192.0.2.1")).unwrap())
            .collect();

        let new = seats.take(address("192.0.2.7")).unwrap();

        assert!(is_seated(&alone) && is_seated(&new) && !is_seated(&crowd[0]));
    }

    #[tokio::test]
    async fn a_full_house_of_busy_ones_waits_until_one_is_silent() {
        let seats = Seats::new(1, 1, Proxies::default());
        let seat = seats.take(address("192.0.2.1")).unwrap();
        let exchange = seat.busy().begin();
        let waiting = tokio::spawn({
            let seats = Arc::clone(&seats);
            async move { seats.wait_for_room().await }
        });

        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());

        drop(exchange);
        waiting.await.unwrap();
    }

    #[tokio::test]
    async fn a_proxy_may_hold_every_seat() {
        let proxies = Proxies::new(vec!["10.0.0.0/8".parse().unwrap()]);
        let seats = Seats::new(5, 1, proxies);
        let held: Vec<_> = (0..5).map(|_| seats.take(address("10.1.2.3")).unwrap()).collect();

        assert!(held.iter().all(is_seated));
    }
}
