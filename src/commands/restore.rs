//! `saga restore`: a backup into engines that hold nothing, embedded or real ones. The file is read to its end before anything is
//! written; what goes wrong after that is undone.

mod target;

use std::{collections::BTreeMap, path::Path, process::ExitCode};

use futures::TryStreamExt;
use kit::archive::{ArchiveEntry, ArchiveError, ArchiveReader};
use serde_json::json;
use tokio::{fs, io::BufReader};
use tokio_util::io::InspectReader;

use self::target::Target;
use super::{
    Failure,
    backup::{
        contents::{CONTENTS, Contents, Part, parse_entry},
        progress::{self, Counted},
    },
    migrate::SERVICES,
    say,
};
use crate::{
    cli::{Global, RestoreArgs},
    config::{self, Config},
};

const BUFFER_BYTES: usize = 256 * 1024;

type BackupReader = ArchiveReader<BufReader<fs::File>>;

/// A backup that is whole.
pub(super) struct Checked {
    contents: Contents,
    /// Of all entries.
    bytes: u64,
    tables: u64,
    blobs: u64,
}

pub(crate) async fn run(global: &Global, args: &RestoreArgs) -> Result<ExitCode, Failure> {
    let config = config::load(global)?.config;
    let checked = check(&args.file, args.json).await;
    let checked = checked.map_err(|error| Unusable::of(&args.file, error))?;

    let into = if args.check {
        None
    } else {
        let mut target = Target::open(&config, &checked.contents).await?;
        let engines = target.engines();
        let restored = tokio::select! {
            restored = restore(&args.file, &checked, &mut target, args.json) => restored,
            _ = tokio::signal::ctrl_c() => Err("interrupted; nothing was restored".into()),
        };
        let settled = match restored {
            Ok(()) => target.settle().await,
            failed => failed,
        };
        if let Err(error) = settled {
            target.undo().await;
            return Err(error);
        }
        Some(engines)
    };

    tell(args, &config, &checked, into);
    Ok(ExitCode::SUCCESS)
}

/// A file that nothing is restored from.
#[derive(Debug, thiserror::Error)]
#[error("{file} can't be restored; nothing was written")]
struct Unusable {
    file: String,
    #[source]
    source: Failure,
}

impl Unusable {
    fn of(file: &Path, source: Failure) -> Self {
        let file = file.display().to_string();
        Self { file, source }
    }
}

/// Reads the whole file and uses nothing of it.
async fn check(file: &Path, quiet: bool) -> Result<Checked, Failure> {
    let opened = fs::File::open(file).await?;
    let bar = progress::start("checking", opened.metadata().await?.len(), Counted::Bytes, quiet);
    let counted = InspectReader::new(
        BufReader::with_capacity(BUFFER_BYTES, opened),
        |bytes: &[u8]| {
            bar.inc(bytes.len() as u64);
        },
    );
    let (mut archive, contents) = ArchiveReader::begin::<Contents>(counted).await?;
    if contents.contents > CONTENTS {
        let found = contents.contents;
        return Err(format!(
            "its contents have version {found}, and this saga ({}) reads versions up to {CONTENTS}: saga {} made it",
            env!("CARGO_PKG_VERSION"),
            contents.saga
        )
        .into());
    }
    check_versions(&contents)?;

    let mut checked = Checked {
        contents,
        bytes: 0,
        tables: 0,
        blobs: 0,
    };
    while let Some(entry) = archive.next_entry().await? {
        match parse_entry(&entry.name) {
            Some(Part::Rows { service, .. }) if checked.contents.version_of(service).is_some() => {
                checked.tables += 1;
            }
            Some(Part::Blob(_)) => checked.blobs += 1,
            Some(Part::Key(_)) => {}
            _ => return Err(format!("this saga can't place its entry `{}`", entry.name).into()),
        }
        while let Some(piece) = archive.read().await? {
            checked.bytes += piece.len() as u64;
        }
    }

    bar.finish();
    Ok(checked)
}

/// No schema is newer than this binary's.
fn check_versions(contents: &Contents) -> Result<(), Failure> {
    for database in &contents.databases {
        let (service, found) = (&database.service, database.version);
        let Some((_, migrations)) = SERVICES.iter().find(|(name, _)| name == service) else {
            return Err(format!("it holds a database of `{service}`, which this saga has not").into());
        };
        let known = migrations.newest();
        if found > known {
            return Err(format!(
                "its database of `{service}` is at version {found}, and this saga knows versions up to {known}: restore it with \
                 saga {} or newer",
                contents.saga
            )
            .into());
        }
    }

    Ok(())
}

async fn restore(file: &Path, checked: &Checked, target: &mut Target, quiet: bool) -> Result<(), Failure> {
    let opened = BufReader::with_capacity(BUFFER_BYTES, fs::File::open(file).await?);
    let (mut archive, _) = ArchiveReader::begin::<Contents>(opened).await?;
    let bar = progress::start("restoring", checked.bytes, Counted::Bytes, quiet);
    let mut current: Option<String> = None;

    while let Some(entry) = archive.next_entry().await? {
        let service = match parse_entry(&entry.name) {
            Some(Part::Rows { service, .. }) => Some(service.to_owned()),
            _ => None,
        };
        if service != current {
            if current.is_some() {
                target.loader.leave().await?;
            }
            if let Some(service) = &service {
                let version = checked.contents.version_of(service).unwrap_or(0);
                target.loader.enter(service, version).await?;
            }
            current = service;
        }

        restore_entry(&mut archive, &entry, target, &bar).await?;
    }

    if current.is_some() {
        target.loader.leave().await?;
    }
    bar.finish();
    Ok(())
}

async fn restore_entry(
    archive: &mut BackupReader,
    entry: &ArchiveEntry,
    target: &mut Target,
    bar: &indicatif::ProgressBar,
) -> Result<(), Failure> {
    match parse_entry(&entry.name) {
        Some(Part::Key(name)) => {
            let mut key = Vec::new();
            while let Some(piece) = archive.read().await? {
                key.extend_from_slice(&piece);
            }
            target.keep_key(name, &key).await
        }
        Some(Part::Rows { table, .. }) => {
            let columns: Vec<String> = serde_json::from_value(entry.about["columns"].clone())?;
            target.loader.enter_table(table, &columns).await?;
            load_rows(archive, target, bar).await
        }
        Some(Part::Blob(key)) => {
            let content_type = entry.about["content_type"].as_str();
            let content_type = content_type.unwrap_or("application/octet-stream");
            let pieces = futures::stream::try_unfold(archive, |archive| async move {
                let piece = archive.read().await.map_err(std::io::Error::other)?;
                Ok(piece.map(|piece| (piece, archive)))
            });
            let pieces = pieces.inspect_ok(|piece| bar.inc(piece.len() as u64));
            target.blobs.put_stream(key, pieces, content_type).await?;
            Ok(())
        }
        None => Err(ArchiveError::Damaged {
            what: "it has changed since it was checked",
        }
        .into()),
    }
}

/// Lines, which pieces end within.
async fn load_rows(
    archive: &mut BackupReader,
    target: &mut Target,
    bar: &indicatif::ProgressBar,
) -> Result<(), Failure> {
    let mut held: Vec<u8> = Vec::new();

    while let Some(piece) = archive.read().await? {
        let mut rest = &piece[..];
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let (line, after) = rest.split_at(end);
            held.extend_from_slice(line);
            target.loader.insert(&held).await?;
            held.clear();
            rest = &after[1..];
        }
        held.extend_from_slice(rest);
        bar.inc(piece.len() as u64);
    }

    match held.is_empty() {
        true => Ok(()),
        false => Err("a row in it has no end".into()),
    }
}

fn tell(args: &RestoreArgs, config: &Config, checked: &Checked, into: Option<(&str, &str)>) {
    let Contents {
        saga,
        made_at,
        databases,
        ..
    } = &checked.contents;

    if args.json {
        let into = into.map(|(database, blobs)| json!({ "database": database, "blobs": blobs }));
        say!(
            "{:#}",
            json!({
                "file": args.file,
                "made_at": made_at,
                "saga": saga,
                "databases": databases,
                "tables": checked.tables,
                "blobs": checked.blobs,
                "bytes": checked.bytes,
                "restored_into": into,
            })
        );
        return;
    }

    let file = args.file.display();
    let made_at = made_at.to_rfc3339();
    say!(
        "{file} is whole: {} media files, as of {made_at}, made by saga {saga}.",
        checked.blobs
    );
    if let Some((database, blobs)) = into {
        let folder = config.data_dir.display();
        say!(
            "Restored into {database} and {blobs}; its keys are in {folder}/keys. `saga serve` goes on from there."
        );
    }
}

impl Contents {
    fn version_of(&self, service: &str) -> Option<i64> {
        let found = self.databases.iter().find(|database| database.service == service);
        found.map(|database| database.version)
    }

    pub(super) fn versions(&self) -> BTreeMap<String, i64> {
        let versions = self.databases.iter();
        versions
            .map(|database| (database.service.clone(), database.version))
            .collect()
    }
}
