//! A Stripe on loopback that remembers: customers, checkouts that somebody pays, subscriptions, pages, and answers by idempotency
//! key. It refuses what Stripe would refuse of our requests, can be away, and keeps what it answered. Behind the feature `testing`.

mod objects;
mod routes;

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Write as _,
    sync::{Arc, Mutex},
};

use aws_lc_rs::hmac;
use kit::shutdown::spawn_owned;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;
use url::Url;

use self::objects::PaidItem;

/// The hexadecimal HMAC-SHA256 that Stripe's header has behind `v1=`.
#[must_use]
pub fn sign(secret: &str, seconds: i64, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, &[seconds.to_string().as_bytes(), b".", body].concat());
    tag.as_ref().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// What was answered, and to what.
#[derive(Clone, Debug)]
pub struct GivenAnswer {
    /// In small letters: `post`.
    pub method: String,
    /// With names in place of ids: `/v1/customers/{id}`.
    pub path: String,
    pub status: u16,
    pub body: Value,
}

/// What a checkout is about.
struct Order {
    session: Value,
    price: String,
    seats: u32,
    metadata: BTreeMap<String, String>,
}

#[derive(Default)]
struct Books {
    away: bool,
    customers: BTreeMap<String, String>,
    subscriptions: BTreeMap<String, Value>,
    answers: HashMap<String, Value>,
    orders: BTreeMap<String, Order>,
    asked: Vec<String>,
    given: Vec<GivenAnswer>,
    made: u64,
}

impl Books {
    /// The number of what is made next.
    fn count(&mut self) -> u64 {
        self.made += 1;
        self.made
    }

    fn make_subscription(&mut self, bought: PaidItem<'_>) -> String {
        let made = objects::write_subscription(self.count(), bought);
        let id = made["id"].as_str().unwrap_or_default().to_owned();
        self.subscriptions.insert(id.clone(), made);
        id
    }
}

/// No test panics while it holds the books.
const UNHARMED: &str = "the books are unharmed";
const THERE: &str = "it is there";

type Shared = Arc<Mutex<Books>>;

/// The account of one seller.
pub struct FakeStripe {
    books: Shared,
    /// Where it answers.
    pub base: Url,
    _served: AbortOnDropHandle<()>,
}

impl FakeStripe {
    pub async fn start() -> Self {
        let books = Shared::default();
        let router = routes::open_routes(Arc::clone(&books));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let served = spawn_owned(async move {
            axum::serve(listener, router).await.expect("served");
        });

        Self {
            books,
            base: base.parse().expect("a URL"),
            _served: served,
        }
    }

    pub fn set_away(&self, away: bool) {
        self.books.lock().expect(UNHARMED).away = away;
    }

    pub fn count_customers(&self) -> usize {
        self.books.lock().expect(UNHARMED).customers.len()
    }

    /// What was asked, without ids: `POST customers`.
    pub fn list_asked(&self) -> Vec<String> {
        self.books.lock().expect(UNHARMED).asked.clone()
    }

    pub fn find_customer(&self, user: &str) -> Option<String> {
        let books = self.books.lock().expect(UNHARMED);
        let found = books.customers.iter().find(|(_, of)| of.as_str() == user);
        found.map(|(id, _)| id.clone())
    }

    /// All that it answered so far.
    pub fn list_given(&self) -> Vec<GivenAnswer> {
        self.books.lock().expect(UNHARMED).given.clone()
    }

    /// A customer without a checkout, for lives that begin at Stripe.
    pub fn add_customer(&self, user: &str) -> String {
        let mut books = self.books.lock().expect(UNHARMED);
        let id = format!("cus_{}", books.count());
        books.customers.insert(id.clone(), user.to_owned());
        id
    }

    /// As when somebody deletes it in Stripe's own pages.
    pub fn forget_customer(&self, customer: &str) {
        self.books.lock().expect(UNHARMED).customers.remove(customer);
    }

    /// As a checkout that was paid leaves it.
    pub fn add_subscription(&self, customer: &str, price: &str, seats: u32) -> String {
        let bought = PaidItem {
            customer,
            price,
            seats,
            metadata: BTreeMap::new(),
        };
        self.books.lock().expect(UNHARMED).make_subscription(bought)
    }

    /// Somebody pays on the page of a checkout: what was ordered lasts from now on. The event that Stripe sends then.
    ///
    /// # Panics
    /// When there is no such page, or somebody has paid on it.
    pub fn pay(&self, page: &str) -> Value {
        let mut books = self.books.lock().expect(UNHARMED);
        let id = page.rsplit('/').next().unwrap_or_default().to_owned();
        let Order {
            mut session,
            price,
            seats,
            metadata,
        } = books.orders.remove(&id).expect("a page that nobody has paid on");
        let customer = session["customer"].as_str().unwrap_or_default().to_owned();
        let subscription = books.make_subscription(PaidItem {
            customer: &customer,
            price: &price,
            seats,
            metadata,
        });
        session["status"] = json!("complete");
        session["payment_status"] = json!("paid");
        session["subscription"] = json!(subscription);
        session["url"] = Value::Null;

        objects::write_event(
            &format!("evt_{}", books.count()),
            "checkout.session.completed",
            &session,
        )
    }

    /// An event about a subscription as it is now.
    ///
    /// # Panics
    /// When there is no such subscription.
    pub fn tell_of(&self, kind: &str, subscription: &str) -> Value {
        let mut books = self.books.lock().expect(UNHARMED);
        let id = format!("evt_{}", books.count());
        let object = books.subscriptions.get(subscription).expect(THERE);
        objects::write_event(&id, kind, object)
    }

    /// The newest subscription of a customer.
    pub fn find_newest(&self, customer: &str) -> Option<String> {
        let books = self.books.lock().expect(UNHARMED);
        let of_customer = books
            .subscriptions
            .values()
            .filter(|of| of["customer"].as_str() == Some(customer));
        let newest = of_customer.max_by_key(|of| of["created"].as_i64());
        newest.and_then(|of| of["id"].as_str().map(str::to_owned))
    }

    pub fn set(&self, subscription: &str, key: &str, value: Value) {
        let mut books = self.books.lock().expect(UNHARMED);
        books.subscriptions.get_mut(subscription).expect(THERE)[key] = value;
    }

    pub fn set_item(&self, subscription: &str, key: &str, value: Value) {
        let mut books = self.books.lock().expect(UNHARMED);
        let subscription = books.subscriptions.get_mut(subscription).expect(THERE);
        subscription["items"]["data"][0][key] = value;
    }

    pub fn find(&self, subscription: &str) -> Option<Value> {
        self.books
            .lock()
            .expect(UNHARMED)
            .subscriptions
            .get(subscription)
            .cloned()
    }
}
