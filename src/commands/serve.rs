//! `saga serve`: binds, builds, says where things are, runs until it is told to stop.

use std::{io::Write, process::ExitCode, time::Duration};

use kit::{shutdown::spawn_owned, telemetry};
use tokio::net::TcpListener;

use super::Failure;
use crate::{
    cli::{Global, Role, ServeArgs},
    config::{self, Environment},
    platform::{Doors, Platform},
};

pub(crate) async fn run(global: &Global, args: &ServeArgs) -> Result<ExitCode, Failure> {
    let loaded = config::load(global)?;
    let config = loaded.config;
    let telemetry = telemetry::init(&config.telemetry, config.env == Environment::Production)?;

    for note in loaded.effective.notes() {
        tracing::info!("{note}");
    }

    let roles = if args.roles.is_empty() {
        Role::ALL.to_vec()
    } else {
        args.roles.clone()
    };

    let patience = Duration::from_secs(config.gateway.drain_timeout_seconds);
    let (gateway_address, rpc_address, admin_address) = (
        config.gateway.listen,
        config.rpc.listen.clone(),
        config.admin.listen.clone(),
    );

    let (public_url, data_dir) = (config.gateway.public_url.clone(), config.data_dir.clone());
    let sources = (&config.sources).into();

    let platform = Platform::build(config, &roles, sources).await?;
    let shutdown = platform.shutdown();
    shutdown.listen()?;

    let health = platform.health();
    let mut places = vec![("Data", data_dir.display().to_string())];
    let mut doors = Doors::default();
    if platform.has_gateway() {
        let (listener, address) = bind(&gateway_address.to_string(), "gateway.listen").await?;
        let base = public_url.unwrap_or(address);
        places.push(("Stories", format!("{base}/api/stories/generate")));
        places.push(("API", format!("{base}/docs")));
        places.push(("Ready", base));
        doors.gateway = Some(listener);
    }

    if platform.has_rpc() {
        let (listener, address) = bind(&rpc_address, "rpc.listen").await?;
        places.push(("gRPC", address.replacen("http", platform.rpc_scheme(), 1)));
        doors.rpc = Some(listener);
    }

    // Owned by this function: it answers while the others end, so they can't wait for it.
    let mut admin = None;
    if !admin_address.is_empty() {
        let (listener, address) = bind(&admin_address, "admin.listen").await?;
        places.push(("Health", format!("{address}/readyz")));
        places.push(("Metrics", format!("{address}/metrics")));

        admin = Some(spawn_owned(kit::admin::serve(
            listener,
            health.clone(),
            telemetry.metrics(),
            shutdown.hard.clone(),
        )));
    }

    let running = platform.start(doors);

    for need in health.readiness().await.needs {
        tracing::info!(
            role = need.role,
            need = need.need,
            engine = need.engine,
            up = need.up,
            "engine"
        );
    }

    announce(places, &roles);

    let ended = running.finish(patience).await;
    drop(admin);

    Ok(if ended {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn bind(address: &str, key: &str) -> Result<(TcpListener, String), Failure> {
    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| format!("`{key}` is {address}, which cannot be listened on: {error}"))?;
    let bound = format!("http://{}", listener.local_addr()?);
    Ok((listener, bound))
}

/// The last line is `Ready: …`, for people and for scripts that wait for it.
fn announce(mut places: Vec<(&str, String)>, roles: &[Role]) {
    let ready = places
        .iter()
        .position(|(name, _)| *name == "Ready")
        .map(|at| places.remove(at).1);
    let names: Vec<_> = roles.iter().map(|role| role.name()).collect();
    let mut out = std::io::stdout().lock();

    // Nobody reads it when standard output is closed; that must not stop the service.
    let _ = writeln!(out, "Saga runs: {}", names.join(", "));
    for (name, place) in places {
        let _ = writeln!(out, "{name}: {place}");
    }

    let _ = writeln!(out, "Ready: {}", ready.unwrap_or_else(|| names.join(", ")));
    let _ = out.flush();
}
