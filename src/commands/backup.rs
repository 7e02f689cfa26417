//! `saga backup`: everything that the embedded engines of a data folder hold at one moment, in one file, while others go on
//! working with it.

pub(super) mod contents;
pub(super) mod progress;
mod verify;

use std::{
    io,
    path::{Path, PathBuf},
    process::ExitCode,
};

use chrono::SubsecRound;
use futures::StreamExt;
use kit::{
    archive::{ArchiveSummary, ArchiveWriter},
    blobs::BlobSnapshot,
    clock::{Clock, SystemClock},
    db::{Db, Snapshot},
    secrets::{Key, KeysConfig},
};
use secrecy::ExposeSecret;
use serde_json::json;
use tokio::{
    fs,
    io::{AsyncReadExt, AsyncWriteExt, BufWriter},
};

use self::{
    contents::{CONTENTS, Contents, DatabaseVersion, KeyPrint, blob_entry, key_entry, rows_entry},
    progress::Counted,
};
use super::{Failure, migrate::SERVICES, say};
use crate::{
    cli::{BackupAction, BackupArgs, Global},
    config::{self, Config},
};

const PIECE_BYTES: usize = 256 * 1024;

pub(crate) async fn run(global: &Global, args: &BackupArgs) -> Result<ExitCode, Failure> {
    if let Some(BackupAction::Verify { json }) = args.action {
        return verify::run(global, json).await;
    }

    let config = config::load(global)?.config;
    let file = args.file.clone().unwrap_or_else(name_by_time);
    if fs::try_exists(&file).await? {
        return Err(format!(
            "{} is there already; give the backup another name",
            file.display()
        )
        .into());
    }

    let made = tokio::select! {
        made = back_up(&config, &file, args.json) => made?,
        _ = tokio::signal::ctrl_c() => return Err("interrupted; no backup was made".into()),
    };

    if args.json {
        say!("{:#}", made.to_json(&file));
    } else {
        say!("{}", made.describe(&file));
    }
    Ok(ExitCode::SUCCESS)
}

fn name_by_time() -> PathBuf {
    let now = SystemClock.now().format("%Y-%m-%d-%H%M%S");
    PathBuf::from(format!("saga-{now}.backup"))
}

/// What is in the file.
struct Made {
    contents: Contents,
    summary: ArchiveSummary,
    rows: u64,
    blobs: u64,
    blob_bytes: u64,
}

impl Made {
    fn describe(&self, file: &Path) -> String {
        format!(
            "{}: {} of {} rows and {} media files, as of {}\nIt holds the platform's keys: whoever has it can act for \
             everybody in it.",
            file.display(),
            indicatif::HumanBytes(self.summary.len),
            self.rows,
            self.blobs,
            self.contents.made_at.to_rfc3339(),
        )
    }

    fn to_json(&self, file: &Path) -> serde_json::Value {
        let sha256: String = self
            .summary
            .sha256
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();

        json!({
            "file": file,
            "bytes": self.summary.len,
            "sha256": sha256,
            "made_at": self.contents.made_at,
            "saga": self.contents.saga,
            "databases": self.contents.databases,
            "rows": self.rows,
            "blobs": { "count": self.blobs, "bytes": self.blob_bytes },
        })
    }
}

async fn back_up(config: &Config, file: &Path, quiet: bool) -> Result<Made, Failure> {
    let databases = open_databases(config).await?;
    let taken = BlobSnapshot::take(&config.blobs, &config.data_dir);
    let (mut snapshot, blobs) = Snapshot::begin(&databases, async { Ok::<_, Failure>(taken.await?) }).await?;

    let contents = Contents {
        contents: CONTENTS,
        saga: env!("CARGO_PKG_VERSION").to_owned(),
        made_at: SystemClock.now().trunc_subsecs(0),
        databases: versions_of(&snapshot),
        keys: print_keys(&config.keys, &config.data_dir)?,
    };

    let aside = Aside::beside(file);
    let out = BufWriter::with_capacity(PIECE_BYTES, aside.create().await?);
    let mut archive = ArchiveWriter::begin(out, &contents).await?;
    write_keys(&mut archive, &contents, &config.data_dir).await?;
    let rows = write_rows(&mut archive, &mut snapshot, quiet).await?;
    write_blobs(&mut archive, &blobs, quiet).await?;

    let (mut out, summary) = archive.finish().await?;
    out.flush().await?;
    out.get_ref().sync_all().await?;
    aside.put_in_place(file).await?;

    // A pool closes when all of its connections are back.
    drop(snapshot);
    for db in &databases {
        db.close().await;
    }
    Ok(Made {
        contents,
        summary,
        rows,
        blobs: blobs.count,
        blob_bytes: blobs.bytes,
    })
}

/// Those that there are, none of which is newer than this binary.
async fn open_databases(config: &Config) -> Result<Vec<Db>, Failure> {
    let elsewhere = match (
        config.database.url.expose_secret().is_empty(),
        config.blobs.is_embedded(),
        config.knowledge.uri.is_empty(),
    ) {
        (true, true, true) => None,
        (false, ..) => Some("`database.url` names a PostgreSQL; its own tools back it up (pg_dump)"),
        (true, false, _) => Some("`blobs` names an S3 store; its own tools back it up"),
        (true, true, false) => Some("`knowledge.uri` names a Neo4j; its own tools back it up (neo4j-admin)"),
    };
    if let Some(why) = elsewhere {
        return Err(format!("`saga backup` copies what lies in the data folder: {why}").into());
    }

    let mut databases = Vec::new();
    for (service, migrations) in SERVICES {
        let file = config.data_dir.join(format!("{service}.sqlite"));
        if !fs::try_exists(&file).await? {
            continue;
        }
        let db = Db::open(&config.database, &config.data_dir, service).await?;
        db.migration_state(migrations).await?;
        databases.push(db);
    }

    if databases.is_empty() {
        let folder = config.data_dir.display();
        return Err(format!("there is nothing of Saga in `{folder}` (from `data_dir`)").into());
    }
    Ok(databases)
}

fn versions_of(snapshot: &Snapshot) -> Vec<DatabaseVersion> {
    let versions = snapshot.databases().iter().map(|database| DatabaseVersion {
        service: database.service().to_owned(),
        version: database.version(),
    });
    versions.collect()
}

/// What each key is; those that were generated are put into the backup, too.
fn print_keys(config: &KeysConfig, data_dir: &Path) -> Result<Vec<KeyPrint>, Failure> {
    let mut prints = Vec::new();
    for (name, configured) in config.by_name() {
        let generated = configured.expose_secret().is_empty();
        // A backup makes no key.
        if generated && !Key::file(name, data_dir).exists() {
            continue;
        }
        let key = Key::load(name, configured, data_dir)?;
        prints.push(KeyPrint {
            name: name.to_owned(),
            fingerprint: key.fingerprint(),
            included: generated,
        });
    }

    Ok(prints)
}

type BackupWriter = ArchiveWriter<BufWriter<fs::File>>;

async fn write_keys(archive: &mut BackupWriter, contents: &Contents, data_dir: &Path) -> Result<(), Failure> {
    for key in contents.keys.iter().filter(|key| key.included) {
        let bytes = fs::read(Key::file(&key.name, data_dir)).await?;
        archive.begin_entry(key_entry(&key.name), json!(null)).await?;
        archive.write(&bytes).await?;
    }
    Ok(())
}

async fn write_rows(
    archive: &mut BackupWriter,
    snapshot: &mut Snapshot,
    quiet: bool,
) -> Result<u64, Failure> {
    let tables = snapshot.databases().iter().flat_map(|database| database.tables());
    let total = tables.map(|table| table.rows).sum();
    let bar = progress::start("rows", total, Counted::Things, quiet);

    for database in snapshot.databases_mut() {
        let (service, tables) = (database.service().to_owned(), database.tables().to_vec());
        for table in tables {
            let about = json!({ "columns": table.columns });
            archive
                .begin_entry(rows_entry(&service, &table.name), about)
                .await?;
            let mut rows = std::pin::pin!(database.rows(&table));
            while let Some(row) = rows.next().await {
                archive.write(&row?).await?;
                bar.inc(1);
            }
        }
    }

    bar.finish();
    Ok(total)
}

async fn write_blobs(archive: &mut BackupWriter, blobs: &BlobSnapshot, quiet: bool) -> Result<(), Failure> {
    let bar = progress::start("media", blobs.bytes, Counted::Bytes, quiet);
    let mut piece = vec![0; PIECE_BYTES];

    for blob in blobs.objects() {
        let blob = blob?;
        let about = json!({ "content_type": blob.content_type });
        archive.begin_entry(blob_entry(&blob.key), about).await?;

        let mut file = fs::File::open(&blob.path).await?;
        loop {
            let len = file.read(&mut piece).await?;
            if len == 0 {
                break;
            }
            archive.write(&piece[..len]).await?;
            bar.inc(len as u64);
        }
    }

    bar.finish();
    Ok(())
}

/// The file while it is no backup yet; removed when it never becomes one.
struct Aside(PathBuf);

impl Aside {
    fn beside(file: &Path) -> Self {
        let mut name = file.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.part", std::process::id()));
        Self(file.with_file_name(name))
    }

    /// For its owner alone: there are keys in it.
    async fn create(&self) -> Result<fs::File, Failure> {
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        options.mode(0o600);

        let created = options.open(&self.0).await;
        created.map_err(|error| format!("{} can't be written: {error}", self.0.display()).into())
    }

    async fn put_in_place(&self, file: &Path) -> io::Result<()> {
        fs::rename(&self.0, file).await?;
        // The name reaches the disk with its folder.
        if cfg!(unix) {
            let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
            let folder = fs::File::open(folder.unwrap_or(Path::new("."))).await?;
            folder.sync_all().await?;
        }
        Ok(())
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        // Gone already when it was put in its place.
        let _ = std::fs::remove_file(&self.0);
    }
}
