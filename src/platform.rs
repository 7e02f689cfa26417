//! Wires the roles of this process: opens the engines once, builds the services that run here, finds the others, and
//! hands out channels. The only place that knows which role lives where.

mod backup;
mod billing;
mod clients;
mod shared;

use std::{collections::BTreeMap, future::Future, io, time::Duration};

use agent_svc::AgentService;
use auth_svc::AuthSweeper;
use backup_svc::BackupSweeper;
use billing_svc::{BillingWorker, SpendSweeper};
use gateway::Gateway;
use kit::{
    health::{Health, Phase},
    rpc::{RpcChannel, RpcTls},
    shutdown::Shutdown,
    sources::SourcePolicy,
};
use story_svc::StoryWorker;
use tokio::net::TcpListener;
use tonic::service::Routes;

pub(crate) use self::clients::{Clients, Operating};
use self::{backup::build_backup, shared::Shared};
use crate::{cli::Role, commands::Failure, config::Config};

/// The roles of this process, built and bound to nothing yet.
pub(crate) struct Platform {
    clients: Option<Clients>,
    operating: Option<Operating>,
    agent: Option<AgentService>,
    gateway: Option<Gateway>,
    sweeper: Option<AuthSweeper>,
    backup_sweeper: Option<BackupSweeper>,
    worker: Option<StoryWorker>,
    /// Works off what was paid.
    till: Option<BillingWorker>,
    spend_sweeper: Option<SpendSweeper>,
    /// What this process serves to the processes of other roles; none when every role runs here.
    routes: Option<Routes>,
    tls: Option<RpcTls>,
    shutdown: Shutdown,
    health: Health,
}

/// Listeners that the roles of this process accept on, bound before any work starts.
#[derive(Default)]
pub(crate) struct Doors {
    pub(crate) gateway: Option<TcpListener>,
    pub(crate) rpc: Option<TcpListener>,
}

impl Platform {
    /// Opens the engines that `roles` need and builds the roles. `sources` says which repositories may be read.
    pub(crate) async fn build(
        config: Config,
        roles: &[Role],
        sources: SourcePolicy,
    ) -> Result<Self, Failure> {
        let shared = Shared::open(config, sources).await?;
        let mut here = BTreeMap::new();
        let mut agent = None;
        // Agents ask billing-svc, which is built after them.
        let (to_billing, is_billing) = RpcChannel::later();
        let billed = roles.contains(&Role::Billing) || shared.channel(Role::Billing, &here)?.is_some();
        if roles.contains(&Role::Agent) {
            let service = shared.agent(billed.then_some(to_billing)).await?;
            here.insert(Role::Agent, service.routes.clone());
            agent = Some(service);
        }

        // Auth-svc and story-svc call one another, and others tell its webhooks: each gets a channel before the other is built.
        let (to_story, is_story) = RpcChannel::later();
        let told = roles.contains(&Role::Story) || shared.channel(Role::Story, &here)?.is_some();
        let to_webhooks = told.then(|| to_story.clone());
        let mut sweeper = None;
        if roles.contains(&Role::Auth) {
            let service = shared.auth(to_story).await?;
            here.insert(Role::Auth, service.routes);
            sweeper = Some(service.sweeper);
        }

        let auth = shared.channel(Role::Auth, &here)?;
        let (mut till, mut spend_sweeper) = (None, None);
        if roles.contains(&Role::Billing) {
            // Without a way to auth-svc, what was bought waits to be told.
            let auth = auth.clone().unwrap_or_else(|| RpcChannel::later().0);
            let service = shared.billing(auth, to_webhooks.clone()).await?;
            here.insert(Role::Billing, service.routes);
            till = service.worker;
            spend_sweeper = Some(service.sweeper);
        }

        let billing = shared.channel(Role::Billing, &here)?;
        if let Some(billing) = billing.clone() {
            is_billing.is(billing);
        }
        let mut backup_sweeper = None;
        if roles.contains(&Role::Backup) {
            let service = build_backup(&shared, billing.clone(), to_webhooks).await?;
            here.insert(Role::Backup, service.routes);
            backup_sweeper = Some(service.sweeper);
        }

        let backup = shared.channel(Role::Backup, &here)?;
        let mut worker = None;
        if roles.contains(&Role::Story) || roles.contains(&Role::Worker) {
            let agents = needed(shared.channel(Role::Agent, &here)?, Role::Agent)?;
            // Without a way to auth-svc, deleting an account waits for a worker that has one.
            let auth = auth.clone().unwrap_or_else(|| RpcChannel::later().0);
            let service = shared
                .story(agents, auth, backup.clone(), billing.clone())
                .await?;
            worker = roles.contains(&Role::Worker).then_some(service.worker);
            if roles.contains(&Role::Story) {
                here.insert(Role::Story, service.routes);
            }
        }

        let story = shared.channel(Role::Story, &here)?;
        if let Some(story) = story.clone() {
            is_story.is(story);
        }

        let gateway = if roles.contains(&Role::Gateway) {
            let agents = needed(shared.channel(Role::Agent, &here)?, Role::Agent)?;
            let auth = needed(auth.clone(), Role::Auth)?;
            // Without a way to one of them, what it does answers 503; all else works.
            let backup = backup.unwrap_or_else(|| RpcChannel::later().0);
            let billing = billing.clone().unwrap_or_else(|| RpcChannel::later().0);
            let story = needed(story.clone(), Role::Story)?;
            Some(shared.gateway(story, agents, auth, backup, billing).await?)
        } else {
            None
        };

        let apart = Role::ALL.iter().any(|role| !roles.contains(role));
        Ok(Self {
            clients: story.map(|story| Clients::new(story, shared.caller.clone(), shared.blobs.clone())),
            operating: auth.map(|auth| Operating::new(auth, billing, shared.caller.clone())),
            agent,
            gateway,
            sweeper,
            backup_sweeper,
            worker,
            till,
            spend_sweeper,
            routes: (apart && !here.is_empty()).then(|| join(here)),
            tls: shared.tls,
            shutdown: shared.shutdown,
            health: shared.health,
        })
    }

    /// Clients of the services, for commands that use the platform themselves.
    pub(crate) fn clients(&self) -> Result<Clients, Failure> {
        self.clients
            .clone()
            .ok_or_else(|| "the story role is not within reach".into())
    }

    /// For the operator's commands.
    pub(crate) fn operating(&self) -> Result<Operating, Failure> {
        self.operating
            .clone()
            .ok_or_else(|| "the auth role is not within reach".into())
    }

    pub(crate) fn shutdown(&self) -> Shutdown {
        self.shutdown.clone()
    }

    pub(crate) fn health(&self) -> Health {
        self.health.clone()
    }

    pub(crate) fn has_gateway(&self) -> bool {
        self.gateway.is_some()
    }

    /// True when other processes call this one.
    pub(crate) fn has_rpc(&self) -> bool {
        self.routes.is_some()
    }

    /// How its gRPC is reached.
    pub(crate) fn rpc_scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }

    /// Starts every role as a task that the shutdown waits for.
    pub(crate) fn start(self, doors: Doors) -> Running {
        let Self {
            agent,
            gateway,
            sweeper,
            backup_sweeper,
            worker,
            till,
            spend_sweeper,
            routes,
            tls,
            shutdown,
            health,
            ..
        } = self;
        if let Some(worker) = worker {
            shutdown.spawn(worker.run(shutdown.soft.clone(), shutdown.hard.clone()));
        }

        if let Some(sweeper) = sweeper {
            shutdown.spawn(sweeper.run(shutdown.soft.clone()));
        }

        if let Some(sweeper) = backup_sweeper {
            shutdown.spawn(sweeper.run(shutdown.soft.clone()));
        }

        if let Some(till) = till {
            shutdown.spawn(till.run(shutdown.soft.clone()));
        }

        if let Some(sweeper) = spend_sweeper {
            shutdown.spawn(sweeper.run(shutdown.soft.clone()));
        }

        if let (Some(routes), Some(listener)) = (routes, doors.rpc) {
            // Exempt from the actor guard by its path: probes ask before anybody has an identity.
            let routes = routes.add_service(health.service());
            let served = kit::rpc::serve(listener, routes, tls, shutdown.soft.clone());
            let hard = shutdown.hard.clone();
            watch(&shutdown, "gRPC", async move {
                tokio::select! {
                    served = served => served.map_err(io::Error::other),
                    () = hard.cancelled() => Ok(()),
                }
            });
        }

        if let (Some(gateway), Some(listener)) = (gateway, doors.gateway) {
            watch(&shutdown, "the gateway", gateway.serve(listener));
        }

        health.set_phase(Phase::Serving);

        Running {
            agent,
            shutdown,
            health,
        }
    }
}

/// The roles of this process at work.
pub(crate) struct Running {
    agent: Option<AgentService>,
    shutdown: Shutdown,
    health: Health,
}

impl Running {
    /// Waits until the process is told to stop and its tasks have ended, `patience` at most after that; then writes down
    /// what is still held back. True when every task ended.
    pub(crate) async fn finish(self, patience: Duration) -> bool {
        self.shutdown.soft.cancelled().await;
        self.health.set_phase(Phase::Stopping);
        let ended = self.shutdown.finish(patience).await;
        if let Some(agent) = self.agent {
            agent.flush().await;
        }
        ended
    }
}

/// A server that ends by itself takes the process down with it: half a platform helps nobody.
fn watch(
    shutdown: &Shutdown,
    name: &'static str,
    served: impl Future<Output = io::Result<()>> + Send + 'static,
) {
    let ending = shutdown.clone();
    shutdown.spawn(async move {
        if let Err(error) = served.await {
            tracing::error!(%error, "{name} stopped serving");
            ending.stop();
        }
    });
}

fn join(routes: BTreeMap<Role, Routes>) -> Routes {
    let mut all = Routes::default().into_axum_router();
    for role in routes.into_values() {
        // Each brings its own answer to an unknown method; one is enough.
        all = all.merge(role.into_axum_router().reset_fallback());
    }
    all.into()
}

fn needed(channel: Option<RpcChannel>, role: Role) -> Result<RpcChannel, Failure> {
    let name = role.name();
    channel.ok_or_else(|| {
        format!("the {name} role does not run here: say where with `rpc.services.{name}`, or run it here with `--role {name}`")
            .into()
    })
}
