//! Analyses a repository, given by its path or by an address on this machine, and writes the analysis as JSON: to
//! read it with a critical eye, or to measure.
//! `cargo run --release -p agent-svc --example analyze -- /path/to/repository`.

use std::{error::Error, io::Write, path::Path, sync::Arc, time::Instant};

use agent_svc::analysis::{AnalysisConfig, Analyzer};
use kit::{
    blobs::{Blobs, BlobsConfig},
    sources::{RepoUrl, SourcePolicy},
};
use tokio_util::sync::CancellationToken;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let given = std::env::args().nth(1).ok_or("a path or an address is missing")?;
    let address = if given.starts_with("http") {
        given
    } else {
        format!("file://{}", Path::new(&given).canonicalize()?.display())
    };

    let scratch = tempfile::TempDir::new()?;
    let blobs: BlobsConfig = toml::from_str(
        "endpoint = ''\nregion = ''\nbucket = 'saga'\naccess_key_id = ''\nsecret_access_key = ''\npath_style = true\n",
    )?;
    let blobs = Blobs::open(&blobs, scratch.path()).await?;
    let defaults: toml::Table = include_str!("../../deploy/config/saga.toml").parse()?;
    let mut config: AnalysisConfig = defaults["analysis"].clone().try_into()?;
    config.github_api_url.clear();

    let policy = SourcePolicy {
        allow_hosts: vec!["127.0.0.1".into()],
        allow_private: true,
        allow_local: true,
    };
    let url = RepoUrl::parse(&address, &policy)?;
    let analyzer = Analyzer::new(
        policy,
        config,
        blobs,
        scratch.path(),
        kit::clock::SystemClock::shared(),
    );
    let started = Instant::now();
    let log = move |sentence: &str| {
        let _ = writeln!(
            std::io::stderr(),
            "{:>6} ms  {sentence}",
            started.elapsed().as_millis()
        );
    };
    let analyzed = analyzer
        .analyze(&url, Arc::new(log), &CancellationToken::new())
        .await?;

    writeln!(std::io::stderr(), "{:>6} ms  done", started.elapsed().as_millis())?;
    serde_json::to_writer_pretty(std::io::stdout().lock(), &analyzed.analysis)?;

    Ok(())
}
