//! Real servers that tests run against, each named by a variable, and a proxy that spoils the link to one. In CI a missing
//! server is a failure, not a skip.

mod proxy;

use std::env;

use tokio::{
    process::Command,
    sync::{RwLock, RwLockReadGuard, RwLockWriteGuard},
};

pub use self::proxy::Proxy;

/// The script that kills and starts servers: `kill9 NAME`, `restart NAME`.
const SERVICES: &str = "SAGA_TEST_SERVICES";

/// Held by every test that uses a server; whoever kills one has it alone. Test binaries run one after the other.
static IN_USE: RwLock<()> = RwLock::const_new(());

/// A kind of server.
pub struct Server {
    name: &'static str,
    /// Where its address is.
    variable: &'static str,
}

pub const RABBITMQ: Server = Server {
    name: "rabbitmq",
    variable: "SAGA_TEST_AMQP_URL",
};
pub const NEO4J: Server = Server {
    name: "neo4j",
    variable: "SAGA_TEST_NEO4J_URI",
};
pub const REDIS: Server = Server {
    name: "redis",
    variable: "SAGA_TEST_REDIS_URL",
};

/// A server that lives as long as this does.
pub struct Lent {
    pub url: String,
    _in_use: RwLockReadGuard<'static, ()>,
}

/// A server that nobody else uses, so that it may be killed.
pub struct Seized {
    pub url: String,
    script: String,
    name: &'static str,
    _in_use: RwLockWriteGuard<'static, ()>,
}

impl Server {
    /// The server, if there is one.
    ///
    /// # Panics
    /// When `CI=true` and there is none.
    pub async fn lend(&self) -> Option<Lent> {
        let url = read_variable(self.variable)?;

        Some(Lent {
            url,
            _in_use: IN_USE.read().await,
        })
    }

    /// The server, if there is one that can be killed.
    ///
    /// # Panics
    /// When `CI=true` and there is none.
    pub async fn seize(&self) -> Option<Seized> {
        let (url, script) = (read_variable(self.variable)?, read_variable(SERVICES)?);

        Some(Seized {
            url,
            script,
            name: self.name,
            _in_use: IN_USE.write().await,
        })
    }
}

impl Seized {
    /// SIGKILL to all its processes.
    ///
    /// # Panics
    /// When that fails.
    pub async fn kill(&self) {
        self.run("kill9").await;
    }

    /// Starts it again, and waits until it answers.
    ///
    /// # Panics
    /// When that fails.
    pub async fn restart(&self) {
        self.run("restart").await;
    }

    async fn run(&self, verb: &str) {
        let run = Command::new(&self.script).args([verb, self.name]).status();
        let status = run.await.expect("the script runs");
        assert!(status.success(), "{verb} {} failed", self.name);
    }
}

/// What a variable of the tests' servers says, if there is one.
///
/// # Panics
/// When `CI=true` and there is none.
#[must_use]
pub fn read_variable(variable: &str) -> Option<String> {
    let value = env::var(variable).ok().filter(|value| !value.is_empty());
    let ci = env::var("CI").is_ok_and(|ci| ci == "true" || ci == "1");
    assert!(
        value.is_some() || !ci,
        "{variable} is not set, and in CI every engine is tested"
    );

    value
}
