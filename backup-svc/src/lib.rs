//! What people's devices keep here: backups whose bytes are opaque, streamed to the blob store, counted against what a
//! tier may keep.
//!
//! [`BackupService::build`] makes the service from its dependencies: its routes, and a sweeper that gives back the room of
//! uploads that broke off and compares what is stored with what is known of it. (`saga backup`, which moves a whole
//! installation, is another thing, and a command.)

mod clients;
mod config;
mod domain;
mod error;
mod rpc;
mod store;
mod sweeper;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex};

use kit::{
    actor::ActorKey,
    blobs::Blobs,
    clock::SharedClock,
    db::{Db, Migrations},
    health::Health,
    ids::SharedIds,
    rpc::{Caller, RpcChannel, answer_while_reachable, guard},
    shutdown::Shutdown,
    webhooks::WebhookAnnouncer,
};
use proto::v1::{
    backup_owners_server::BackupOwnersServer, backups_server::BackupsServer,
    restic_repositories_server::ResticRepositoriesServer, resumable_uploads_server::ResumableUploadsServer,
};
use tonic::service::Routes;

use self::{
    clients::Billing,
    domain::{
        backups::Backups, entitlements::Entitlements, objects::Objects, owners::Owners,
        restic::ResticRepositories, resumable::ResumableUploads, retention::Retention,
    },
    rpc::{BackupsRpc, OwnersRpc, ResticRpc, ResumableRpc},
};
pub use self::{
    config::{BackupConfig, LockError, TierGigabytes},
    domain::verify::{BackupVerifier, DamagedObject, Verified},
    error::BackupError,
    sweeper::BackupSweeper,
};

/// Name of the service's database, and of its role.
pub const DATABASE: &str = "backup";

/// The service's tables.
pub static MIGRATIONS: Migrations = Migrations {
    sqlite: sqlx::migrate!("migrations/sqlite"),
    postgres: sqlx::migrate!("migrations/postgres"),
};

/// What the service is built from.
pub struct Deps {
    /// Opened under the name [`DATABASE`], with its schema up to date.
    pub db: Db,
    pub blobs: Blobs,
    /// The way to billing-svc; none where it does not run: then the configuration says what a tier may keep.
    pub billing: Option<RpcChannel>,
    /// The way to story-svc, whose webhooks are told of devices without a backup; none where it is not within reach.
    pub webhooks: Option<RpcChannel>,
    /// Verifies what the service is told, and signs what it asks.
    pub actor_key: ActorKey,
    pub clock: SharedClock,
    pub ids: SharedIds,
    pub config: BackupConfig,
    /// Told what this role needs and which engine serves it.
    pub health: Health,
    /// Waits for uploads that are under way.
    pub shutdown: Shutdown,
}

/// The service, built but not running.
pub struct BackupService {
    /// Backups and restic's repositories; refuses calls without a signed actor.
    pub routes: Routes,
    pub sweeper: BackupSweeper,
}

impl BackupService {
    #[must_use]
    pub fn build(deps: Deps) -> Self {
        announce(&deps);

        let caller = Caller::new(deps.actor_key.clone(), Arc::clone(&deps.clock));
        let entitlements = Arc::new(Entitlements {
            gigabytes: deps.config.gigabytes,
            billing: deps.billing.map(|channel| Billing::new(channel, caller.clone())),
        });
        let objects = Objects {
            db: deps.db.clone(),
            blobs: deps.blobs.clone(),
            clock: Arc::clone(&deps.clock),
            lease: deps.config.lease(),
            lock: deps.config.lock(),
        };
        let backups = Backups {
            db: deps.db.clone(),
            clock: Arc::clone(&deps.clock),
            ids: Arc::clone(&deps.ids),
            objects: objects.clone(),
            entitlements: Arc::clone(&entitlements),
        };
        let restic = ResticRpc {
            repositories: Arc::new(ResticRepositories {
                db: deps.db.clone(),
                clock: Arc::clone(&deps.clock),
                ids: Arc::clone(&deps.ids),
                objects: objects.clone(),
                entitlements: Arc::clone(&entitlements),
            }),
            shutdown: deps.shutdown.clone(),
        };

        let uploads = Arc::new(ResumableUploads {
            db: deps.db.clone(),
            clock: Arc::clone(&deps.clock),
            ids: deps.ids,
            objects: Objects {
                lease: deps.config.resumable_lease(),
                ..objects.clone()
            },
            entitlements,
            finishing: Mutex::default(),
        });
        let resumable = ResumableRpc {
            uploads: Arc::clone(&uploads),
            shutdown: deps.shutdown.clone(),
        };

        let owners = OwnersRpc {
            owners: Owners {
                db: deps.db.clone(),
                objects: objects.clone(),
            },
        };
        let retention = Retention {
            db: deps.db.clone(),
            clock: Arc::clone(&deps.clock),
            objects: objects.clone(),
            webhooks: deps
                .webhooks
                .map(|channel| WebhookAnnouncer::new(channel, caller)),
        };
        let backups = BackupsRpc {
            backups: Arc::new(backups),
            retention: retention.clone(),
            shutdown: deps.shutdown,
        };
        let routes = Routes::new(BackupsServer::new(backups))
            .add_service(BackupOwnersServer::new(owners))
            .add_service(ResticRepositoriesServer::new(restic))
            .add_service(ResumableUploadsServer::new(resumable));
        let routes = answer_while_reachable(routes, deps.db);

        Self {
            routes: guard(routes, deps.actor_key, deps.clock),
            sweeper: BackupSweeper {
                objects,
                uploads,
                retention,
                sweep_interval: deps.config.sweep_interval(),
                compare_interval: deps.config.compare_interval(),
                retention_interval: deps.config.retention_interval(),
            },
        }
    }
}

/// Says which engine serves what, in the readiness and once in the log.
fn announce(deps: &Deps) {
    let db = deps.db.clone();
    deps.health
        .register(DATABASE, "database", deps.db.engine(), move || {
            let db = db.clone();
            async move { db.check().await }
        });

    let blobs = deps.blobs.clone();
    deps.health
        .register(DATABASE, "blobs", deps.blobs.engine(), move || {
            let blobs = blobs.clone();
            async move { blobs.check().await }
        });

    tracing::info!(
        database = deps.db.engine(),
        blobs = deps.blobs.engine(),
        "backups are ready"
    );
}
