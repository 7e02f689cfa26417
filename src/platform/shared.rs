//! What the roles of one process share, opened once, and how each role is built from it.

use std::collections::BTreeMap;

use agent_svc::{AgentConfig, AgentService};
use auth_svc::AuthService;
use gateway::{Gateway, SharedCounters};
use kit::{
    actor::ActorKey,
    blobs::Blobs,
    bus::Bus,
    clock::{SharedClock, SystemClock},
    db::{Db, Migrations},
    health::Health,
    ids::{SharedIds, SystemIds},
    media::MediaSigner,
    rpc::{Caller, RpcChannel, RpcTls},
    secrets::Keys,
    shutdown::Shutdown,
    sources::SourcePolicy,
};
use story_svc::{StoryService, knowledge::Knowledge};
use tonic::service::Routes;

use crate::{
    cli::Role,
    commands::Failure,
    config::{Config, Environment},
};

pub(super) struct Shared {
    pub(super) config: Config,
    keys: Keys,
    pub(super) blobs: Blobs,
    bus: Bus,
    pub(super) clock: SharedClock,
    pub(super) ids: SharedIds,
    pub(super) health: Health,
    pub(super) shutdown: Shutdown,
    sources: SourcePolicy,
    pub(super) caller: Caller,
    /// How roles of different processes recognise one another, if they do.
    pub(super) tls: Option<RpcTls>,
}

impl Shared {
    pub(super) async fn open(config: Config, sources: SourcePolicy) -> Result<Self, Failure> {
        let folder = config.data_dir.display();
        crate::ignored::keep_out_of_git(&config.data_dir)
            .map_err(|error| format!("the data folder `{folder}` can't be used: {error}"))?;

        if crate::ignored::restoring(&config.data_dir).exists() {
            return Err(format!(
                "a restore into the data folder `{folder}` has not ended: wait for it, or run `saga restore` once more"
            )
            .into());
        }

        let keys = Keys::load(&config.keys, &config.data_dir)?;
        let clock = SystemClock::shared();
        let blobs = Blobs::open(&config.blobs, &config.data_dir).await?;

        Ok(Self {
            caller: Caller::new(ActorKey::new(keys.actor.clone()), clock.clone()),
            tls: config.rpc.tls.load()?,
            bus: Bus::open(&config.bus).await?,
            ids: SystemIds::shared(),
            health: Health::new(),
            shutdown: Shutdown::new(),
            config,
            keys,
            blobs,
            clock,
            sources,
        })
    }

    pub(super) fn actor_key(&self) -> ActorKey {
        ActorKey::new(self.keys.actor.clone())
    }

    /// Objects, as a need of `role`.
    fn needs_blobs(&self, role: Role) {
        let blobs = self.blobs.clone();
        self.health
            .register(role.name(), "blobs", self.blobs.engine(), move || {
                let blobs = blobs.clone();
                async move { blobs.check().await }
            });
    }

    /// Messages, as a need of `role`.
    fn needs_bus(&self, role: Role) {
        let bus = self.bus.clone();
        self.health
            .register(role.name(), "bus", self.bus.engine(), move || {
                let bus = bus.clone();
                async move { bus.check().await }
            });
    }

    /// What stories know, as a need of `role`.
    fn needs_knowledge(&self, role: Role, knowledge: &Knowledge) {
        let (engine, knowledge) = (knowledge.engine(), knowledge.clone());
        self.health.register(role.name(), "knowledge", engine, move || {
            let knowledge = knowledge.clone();
            async move { knowledge.check().await }
        });
    }

    /// The way to a role: its routes in this process, else its configured address, else none.
    pub(super) fn channel(
        &self,
        role: Role,
        here: &BTreeMap<Role, Routes>,
    ) -> Result<Option<RpcChannel>, Failure> {
        if let Some(routes) = here.get(&role) {
            return Ok(Some(RpcChannel::local(routes.clone())));
        }
        match self.config.rpc.services.get(role.name()).map(String::as_str) {
            None | Some("") => Ok(None),
            Some(addresses) => {
                let channel = RpcChannel::remote(addresses, self.tls.as_ref());
                let named = |error| format!("`rpc.services.{}`: {error}", role.name());
                Ok(Some(channel.map_err(named)?))
            }
        }
    }

    /// `billing` keeps budgets, where it is within reach.
    pub(super) async fn agent(&self, billing: Option<RpcChannel>) -> Result<AgentService, Failure> {
        let (config, folder) = (&self.config, &self.config.data_dir);

        Ok(AgentService::build(agent_svc::Deps {
            db: self.database(agent_svc::DATABASE, &agent_svc::MIGRATIONS).await?,
            blobs: self.blobs.clone(),
            actor_key: self.actor_key(),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            sources: self.sources.clone(),
            data_dir: folder.clone(),
            config: AgentConfig {
                plugins: config.agents.clone(),
                analysis: config.analysis.clone(),
                models: config.models.clone(),
                voice: config.voice.clone(),
            },
            health: self.health.clone(),
            billing,
        })
        .await?)
    }

    /// The database of a service, with its schema as this binary needs it.
    pub(super) async fn database(&self, service: &str, migrations: &Migrations) -> Result<Db, Failure> {
        let config = &self.config;
        let db = Db::open(&config.database, &config.data_dir, service).await?;
        let development = config.env == Environment::Development;
        db.prepare(migrations, config.database.migrates_at_start(development))
            .await?;

        Ok(db)
    }

    /// The database of a role, as its need.
    fn needs_database(&self, role: Role, db: &Db) {
        let (engine, db) = (db.engine(), db.clone());
        self.health.register(role.name(), "database", engine, move || {
            let db = db.clone();
            async move { db.check().await }
        });
    }

    pub(super) async fn auth(&self, story: RpcChannel) -> Result<AuthService, Failure> {
        let db = self.database(auth_svc::DATABASE, &auth_svc::MIGRATIONS).await?;

        Ok(AuthService::build(auth_svc::Deps {
            db,
            story,
            actor_key: self.actor_key(),
            auth_key: self.keys.auth.clone(),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            config: self.config.auth_with_site(),
            health: self.health.clone(),
        })
        .await?)
    }

    pub(super) async fn story(
        &self,
        agents: RpcChannel,
        auth: RpcChannel,
        backup: Option<RpcChannel>,
        billing: Option<RpcChannel>,
    ) -> Result<StoryService, Failure> {
        let db = self.database(story_svc::DATABASE, &story_svc::MIGRATIONS).await?;
        self.needs_database(Role::Story, &db);
        self.needs_blobs(Role::Story);
        self.needs_bus(Role::Story);
        let knowledge = Knowledge::open(&self.config.knowledge, &db).await?;
        self.needs_knowledge(Role::Story, &knowledge);

        Ok(StoryService::build(story_svc::Deps {
            db,
            blobs: self.blobs.clone(),
            knowledge,
            bus: self.bus.clone(),
            agents,
            auth,
            backup,
            billing,
            actor_key: self.actor_key(),
            secrets_key: self.keys.actor.clone(),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            sources: self.sources.clone(),
            story: self.config.story.clone(),
            codeforge: self.config.codeforge.clone(),
            worker: self.config.worker.clone(),
        })
        .await?)
    }

    pub(super) async fn gateway(
        &self,
        story: RpcChannel,
        agent: RpcChannel,
        auth: RpcChannel,
        backup: RpcChannel,
        billing: RpcChannel,
    ) -> Result<Gateway, Failure> {
        self.needs_blobs(Role::Gateway);
        let counters = SharedCounters::open(&self.config.redis).await?;
        if let Some(counters) = counters.clone() {
            self.health
                .register_optional(Role::Gateway.name(), "rate limits", "redis", move || {
                    let counters = counters.clone();
                    async move { counters.check().await }
                });
        }

        Ok(Gateway::build(gateway::Deps {
            story,
            agent,
            auth,
            backup,
            billing,
            actor_key: self.actor_key(),
            guest_key: self.keys.guest.clone(),
            signer: MediaSigner::new(self.keys.media.clone()),
            blobs: self.blobs.clone(),
            config: self.config.gateway.clone(),
            counters,
            development: self.config.env == Environment::Development,
            clock: self.clock.clone(),
            health: self.health.clone(),
            shutdown: self.shutdown.clone(),
        })?)
    }
}
