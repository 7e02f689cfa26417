//! `saga backup verify`: reads what devices keep here, and says which of it is not what it was.

use std::process::ExitCode;

use backup_svc::{BackupVerifier, DamagedObject, Verified};
use kit::{blobs::Blobs, db::Db};
use serde_json::json;

use super::{
    super::{Failure, say},
    progress::{self, Counted},
};
use crate::{cli::Global, config};

pub(super) async fn run(global: &Global, as_json: bool) -> Result<ExitCode, Failure> {
    let config = config::load(global)?.config;
    let db = Db::open(&config.database, &config.data_dir, backup_svc::DATABASE).await?;
    let state = db.migration_state(&backup_svc::MIGRATIONS).await?;
    if !state.pending.is_empty() {
        return Err("the database of backups is not up to date; `saga migrate` brings it there".into());
    }

    let verifier = BackupVerifier {
        blobs: Blobs::open(&config.blobs, &config.data_dir).await?,
        db,
    };
    let total = verifier.count_bytes().await?;
    let bar = progress::start("backups", total, Counted::Bytes, as_json);
    let verified = tokio::select! {
        verified = verifier.verify(|bytes| bar.inc(bytes)) => verified?,
        _ = tokio::signal::ctrl_c() => return Err("interrupted; not all backups were read".into()),
    };
    bar.finish_and_clear();

    if as_json {
        say!("{:#}", write_json(&verified));
    } else {
        tell(&verified);
    }
    Ok(match verified.damaged.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn tell(verified: &Verified) {
    for DamagedObject {
        key,
        user_id,
        problem,
    } in &verified.damaged
    {
        say!("{key} of {user_id}: {problem}");
    }

    let bytes = indicatif::HumanBytes(verified.bytes);
    match verified.damaged.len() {
        0 => say!("{} objects, {bytes}: all are what they were.", verified.objects),
        damaged => say!(
            "{} objects, {bytes}: {damaged} are not what they were.",
            verified.objects
        ),
    }
}

fn write_json(verified: &Verified) -> serde_json::Value {
    let damaged = verified
        .damaged
        .iter()
        .map(|object| json!({ "key": object.key, "user_id": object.user_id, "problem": object.problem }));

    json!({
        "objects": verified.objects,
        "bytes": verified.bytes,
        "damaged": damaged.collect::<Vec<_>>(),
    })
}
