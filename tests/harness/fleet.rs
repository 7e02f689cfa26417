//! Every role in processes of its own, two of the gateway and two of the worker, on real servers. Each process has a data folder
//! of its own: they share nothing but what their configuration names. Links to servers lead through proxies, and the
//! roles recognise one another by certificates.

#![expect(
    clippy::print_stderr,
    reason = "what went wrong is for whoever reads a failed test's output"
)]

use std::{
    collections::BTreeMap,
    net::TcpListener,
    path::PathBuf,
    sync::atomic::{AtomicUsize, Ordering},
};

use futures::future::join_all;
use kit::{
    ids::random_id,
    rpc::{RpcTls, testing::Authority},
    servers::{Proxy, read_variable},
};
use reqwest::StatusCode;
use serde_json::Value;
use tempfile::TempDir;

use super::{
    client::Client,
    database::Database,
    saga::{DataFolder, Launch, Saga},
    wait::until,
};

/// Names of the processes, and their roles.
pub(crate) const MEMBERS: [(&str, &str); 7] = [
    ("agent", "agent"),
    ("auth", "auth"),
    ("story", "story"),
    ("worker-1", "worker"),
    ("worker-2", "worker"),
    ("gateway-1", "gateway"),
    ("gateway-2", "gateway"),
];

pub(crate) struct Fleet {
    members: BTreeMap<&'static str, Member>,
    running: BTreeMap<&'static str, Saga>,
    /// By the name of the server, or of the role, behind it.
    proxies: BTreeMap<&'static str, Proxy>,
    database: Option<Database>,
    authority: Authority,
    _certificates: TempDir,
}

/// What a process is started with, again and again.
struct Member {
    role: &'static str,
    data: DataFolder,
    settings: Vec<(String, String)>,
}

impl Fleet {
    /// On the servers that all tests share; none when one is missing. `settings` are for all processes.
    pub(crate) async fn start(settings: &[(&str, &str)]) -> Option<Self> {
        Self::start_on(&read_variable, settings).await
    }

    /// On the servers that these variables name.
    pub(crate) async fn start_on(
        variable: &dyn Fn(&str) -> Option<String>,
        settings: &[(&str, &str)],
    ) -> Option<Self> {
        let (engines, mut proxies, database) = engines(variable).await?;
        let certificates = tempfile::tempdir().expect("a temporary folder");
        let authority = Authority::new(certificates.path(), "fleet");
        let files = authority.certify("127.0.0.1");
        let common = [
            (
                "SAGA_KEYS__ACTOR_KEY",
                "a key for actors of this fleet, long enough".to_owned(),
            ),
            (
                "SAGA_KEYS__MEDIA_KEY",
                "a key for media of this fleet, long enough".to_owned(),
            ),
            (
                "SAGA_KEYS__GUEST_KEY",
                "a key for guests of this fleet, long enough".to_owned(),
            ),
            (
                "SAGA_KEYS__AUTH_KEY",
                "a key for tokens of this fleet, long enough".to_owned(),
            ),
            ("SAGA_RPC__TLS__CA", files.ca.display().to_string()),
            (
                "SAGA_RPC__TLS__CERTIFICATE",
                files.certificate.display().to_string(),
            ),
            ("SAGA_RPC__TLS__KEY", files.key.display().to_string()),
        ];

        let mut shared: Vec<(String, String)> = engines;
        shared.extend(common.map(|(name, value)| (name.to_owned(), value)));
        let ports = MEMBERS.map(|(name, role)| (name, role, free_port()));
        for (_, role, port) in ports {
            if !matches!(role, "worker" | "gateway") {
                let (proxy, through) = Proxy::start_before(&format!("https://127.0.0.1:{port}")).await;
                let name = format!("SAGA_RPC__SERVICES__{}", role.to_uppercase());
                shared.push((name, through));
                proxies.insert(role, proxy);
            }
        }
        shared.extend(
            settings
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );

        let members = ports.map(|(name, role, port)| {
            let listens = if role == "gateway" {
                "SAGA_GATEWAY__LISTEN"
            } else {
                "SAGA_RPC__LISTEN"
            };
            let own = [
                (listens.to_owned(), format!("127.0.0.1:{port}")),
                (
                    "SAGA_ADMIN__LISTEN".to_owned(),
                    format!("127.0.0.1:{}", free_port()),
                ),
            ];
            let member = Member {
                role,
                data: DataFolder::new(),
                settings: shared.iter().cloned().chain(own).collect(),
            };
            (name, member)
        });

        let mut fleet = Self {
            members: members.into(),
            running: BTreeMap::new(),
            proxies,
            database: Some(database),
            authority,
            _certificates: certificates,
        };
        let started = MEMBERS.map(|(name, _)| fleet.launch(name));
        for ((name, _), saga) in MEMBERS.into_iter().zip(join_all(started).await) {
            fleet.running.insert(name, saga);
        }

        Some(fleet)
    }

    fn launch(&self, name: &str) -> impl Future<Output = Saga> + use<> {
        let member = &self.members[name];
        Launch::new(&member.data)
            .set_all(&member.settings)
            .argument("serve")
            .argument("--role")
            .argument(member.role)
            .serve()
    }

    pub(crate) async fn restart(&mut self, name: &'static str) {
        assert!(!self.running.contains_key(name), "{name} still runs");
        let saga = self.launch(name).await;
        self.running.insert(name, saga);
    }

    /// `kill -9`.
    pub(crate) async fn kill(&mut self, name: &str) {
        self.running.remove(name).expect("it runs").kill().await;
    }

    /// SIGTERM, and the wait for its end.
    pub(crate) fn stop(&mut self, name: &str) -> impl Future<Output = Option<i32>> + use<> {
        self.running.remove(name).expect("it runs").stop()
    }

    pub(crate) fn member(&self, name: &str) -> &Saga {
        &self.running[name]
    }

    /// Where a gateway is, whether it runs or not.
    pub(crate) fn address(&self, gateway: &str) -> String {
        let settings = &self.members[gateway].settings;
        let listens = settings.iter().find(|(name, _)| name == "SAGA_GATEWAY__LISTEN");
        format!("http://{}", listens.expect("a gateway").1)
    }

    pub(crate) fn door(&self, gateway: &str) -> Client {
        Client::of(self.member(gateway))
    }

    pub(crate) fn proxy(&self, server: &str) -> &Proxy {
        &self.proxies[server]
    }

    /// What a process shows that its roles trust.
    pub(crate) fn certificate(&self) -> RpcTls {
        let files = self.authority.certify("test.example");
        files.load().expect("sound").expect("set")
    }

    /// Where the certificate of the authority is.
    pub(crate) fn certificate_file(&self) -> PathBuf {
        self.authority.certify("test.example").ca
    }

    /// What `/readyz` of a process says.
    pub(crate) async fn readiness(&self, name: &str) -> (bool, Value) {
        let place = self.member(name).place("Health");
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let answer = client.get(place).send().await.expect("the admin port answers");
        let ready = answer.status() == StatusCode::OK;

        (ready, answer.json().await.expect("JSON"))
    }

    pub(crate) async fn becomes_ready(&self, name: &str, wanted: bool) {
        until(&format!("{name} to be ready: {wanted}"), || async {
            (self.readiness(name).await.0 == wanted).then_some(())
        })
        .await;
    }

    pub(crate) async fn remove(mut self) {
        for (_, saga) in std::mem::take(&mut self.running) {
            saga.kill().await;
        }
        if let Some(database) = self.database.take() {
            database.remove().await;
        }
    }
}

/// What the processes complained of is needed when a test fails, and gone with their folders.
impl Drop for Fleet {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        for (name, member) in &self.members {
            let logs = std::fs::read_dir(member.data.path())
                .into_iter()
                .flatten()
                .flatten();
            for log in logs.filter(|entry| entry.file_name().to_string_lossy().starts_with("log-")) {
                let text = std::fs::read_to_string(log.path()).unwrap_or_default();
                let complaints = text
                    .lines()
                    .filter(|line| line.contains("WARN") || line.contains("ERROR"));
                for line in complaints.take(40) {
                    eprintln!("{name} {:?}: {line:.400}", log.file_name());
                }
            }
        }
    }
}

/// A database, a bucket and the servers that are shared, each behind a proxy.
async fn engines(
    variable: &dyn Fn(&str) -> Option<String>,
) -> Option<(Vec<(String, String)>, BTreeMap<&'static str, Proxy>, Database)> {
    let amqp = variable("SAGA_TEST_AMQP_URL")?;
    let redis = own_redis(&variable("SAGA_TEST_REDIS_URL")?);
    let s3 = variable("SAGA_TEST_S3_ENDPOINT")?;
    let neo4j = variable("SAGA_TEST_NEO4J_URI")?;
    let database = Database::create_on(&variable("SAGA_TEST_POSTGRES_URL")?).await;

    let (mut settings, mut proxies) = (Vec::new(), BTreeMap::new());
    for (server, variable, url) in [
        ("postgres", "DATABASE_URL", database.url()),
        ("rabbitmq", "AMQP_URL", amqp),
        ("redis", "REDIS_URL", redis),
        ("s3", "S3_ENDPOINT", s3),
        ("neo4j", "NEO4J_URI", neo4j),
    ] {
        let (proxy, through) = Proxy::start_before(&url).await;
        settings.push((variable.to_owned(), through));
        proxies.insert(server, proxy);
    }

    for (name, value) in [
        ("S3_BUCKET", format!("saga-fleet-{}", random_id().simple())),
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_ACCESS_KEY_ID", variable("SAGA_TEST_S3_ACCESS_KEY_ID")?),
        (
            "AWS_SECRET_ACCESS_KEY",
            variable("SAGA_TEST_S3_SECRET_ACCESS_KEY")?,
        ),
        ("NEO4J_USER", variable("SAGA_TEST_NEO4J_USER")?),
        ("NEO4J_PASSWORD", variable("SAGA_TEST_NEO4J_PASSWORD")?),
    ] {
        settings.push((name.to_owned(), value));
    }

    Some((settings, proxies, database))
}

/// One of the server's sixteen databases, which no other fleet has, and not the first, which others use: what fleets count is not
/// counted together.
fn own_redis(url: &str) -> String {
    static TAKEN: AtomicUsize = AtomicUsize::new(0);

    let mut url: url::Url = url.parse().expect("a URL");
    url.set_path(&format!("/{}", 1 + TAKEN.fetch_add(1, Ordering::Relaxed) % 15));
    url.into()
}

/// Below those of outgoing connections, so that it is still free when a process comes back to it.
pub(crate) fn free_port() -> u16 {
    let mut ports = std::iter::repeat_with(|| {
        let [.., high, low] = *random_id().as_bytes();
        20_000 + u16::from_be_bytes([high, low]) % 12_000
    });
    let found = ports.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
    found.expect("a free port")
}
