//! `saga migrate`: brings the databases of all services up to date, or says what is missing.

use std::process::ExitCode;

use kit::db::{Db, Migrations};
use serde_json::json;

use super::{Failure, say};
use crate::{
    cli::{Global, MigrateArgs},
    config,
};

/// Every service that has tables.
pub(super) const SERVICES: [(&str, &Migrations); 5] = [
    (auth_svc::DATABASE, &auth_svc::MIGRATIONS),
    (story_svc::DATABASE, &story_svc::MIGRATIONS),
    (agent_svc::DATABASE, &agent_svc::MIGRATIONS),
    (backup_svc::DATABASE, &backup_svc::MIGRATIONS),
    (billing_svc::DATABASE, &billing_svc::MIGRATIONS),
];

/// What was looked at, and what was or must be applied.
struct Outcome {
    service: &'static str,
    engine: &'static str,
    version: i64,
    migrations: Vec<(i64, String)>,
}

pub(crate) async fn run(global: &Global, args: &MigrateArgs) -> Result<ExitCode, Failure> {
    let config = config::load(global)?.config;
    let mut outcomes = Vec::with_capacity(SERVICES.len());

    for (service, migrations) in SERVICES {
        let db = Db::open(&config.database, &config.data_dir, service).await?;
        let before = db.migration_state(migrations).await?;
        if !args.check {
            db.migrate(migrations).await?;
        }
        outcomes.push(Outcome {
            service,
            engine: db.engine(),
            version: before.version,
            migrations: before.pending,
        });
        db.close().await;
    }

    if args.json {
        say!("{:#}", report(&outcomes, args.check));
    } else {
        for outcome in &outcomes {
            tell(outcome, args.check);
        }
    }

    let behind = outcomes.iter().any(|outcome| !outcome.migrations.is_empty());
    Ok(if args.check && behind {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn tell(outcome: &Outcome, check: bool) {
    let Outcome {
        service,
        engine,
        version,
        migrations,
    } = outcome;
    let verb = if check { "pending" } else { "applied" };

    if migrations.is_empty() {
        say!("{service} ({engine}): up to date at version {version}");
    }
    for (number, name) in migrations {
        say!("{service} ({engine}): {verb} {number:04} {name}");
    }
}

fn report(outcomes: &[Outcome], check: bool) -> serde_json::Value {
    let verb = if check { "pending" } else { "applied" };
    let services = outcomes.iter().map(|outcome| {
        let migrations: Vec<_> = outcome
            .migrations
            .iter()
            .map(|(number, name)| json!({ "number": number, "name": name }))
            .collect();
        json!({
            "service": outcome.service,
            "engine": outcome.engine,
            "version": outcome.version,
            verb: migrations,
        })
    });

    services.collect()
}
