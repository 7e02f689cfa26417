//! Where a backup is restored to: engines that hold nothing yet. Files are made in a folder within the data folder and moved to
//! their places when all of them are whole; PostgreSQL is one transaction; a bucket gets a marker for as long as it takes.

use std::{
    io,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use kit::{
    blobs::Blobs,
    db::{Db, Loader},
    secrets::{Key, KeysConfig},
};
use secrecy::ExposeSecret;
use tokio::{fs, io::AsyncWriteExt};

use crate::{
    commands::{Failure, backup::contents::Contents, migrate::SERVICES},
    config::Config,
    ignored,
};

/// An object that says: what is here belongs to a restore that has not ended.
const MARKER: &str = ".restoring";

pub(super) struct Target {
    data_dir: PathBuf,
    staging: PathBuf,
    pub(super) blobs: Blobs,
    pub(super) loader: Loader,
    /// What is moved from the staging folder to the data folder before the databases are there for others, and after.
    first: Vec<String>,
    last: Vec<String>,
    engines: (&'static str, &'static str),
}

impl Target {
    /// # Errors
    /// Something is there already, or a key is another one, or what stories know would be left in tables that nobody reads.
    pub(super) async fn open(config: &Config, contents: &Contents) -> Result<Self, Failure> {
        if !config.knowledge.uri.is_empty() {
            return Err("`knowledge.uri` names a Neo4j, which a backup can't be restored into: what stories know is kept in \
                        tables there. Restore without it"
                .into());
        }

        let data_dir = config.data_dir.clone();
        let staging = ignored::restoring(&data_dir);
        let (files, folder) = (
            config.database.url.expose_secret().is_empty(),
            config.blobs.is_embedded(),
        );
        let databases = SERVICES.map(|(service, _)| format!("{service}.sqlite"));
        let databases = if files { databases.to_vec() } else { Vec::new() };
        let mut others = vec!["keys".to_owned()];
        others.extend(folder.then(|| "blobs".to_owned()));

        check_keys(&config.keys, contents)?;
        clear_or_refuse(&data_dir, &staging, &[&*others, &*databases].concat()).await?;
        ignored::keep_out_of_git(&data_dir)?;
        make_private_folder(&staging).await?;

        match open_engines(config, contents, &staging).await {
            Ok((blobs, loader, database)) => Ok(Self {
                engines: (database, blobs.engine()),
                data_dir,
                staging,
                blobs,
                loader,
                first: others,
                last: databases,
            }),
            Err(error) => {
                let _ = fs::remove_dir_all(&staging).await;
                Err(error)
            }
        }
    }

    /// The database's and the blobs'.
    pub(super) fn engines(&self) -> (&'static str, &'static str) {
        self.engines
    }

    pub(super) async fn keep_key(&self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        let file = Key::file(name, &self.staging);
        if let Some(folder) = file.parent() {
            make_private_folder(folder).await?;
        }

        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        options.mode(0o600);
        let mut file = options.open(file).await?;
        file.write_all(bytes).await?;
        file.sync_all().await?;
        Ok(())
    }

    /// Everything is there: now it is there for others, too.
    pub(super) async fn settle(&mut self) -> Result<(), Failure> {
        for name in &self.first {
            move_in(&self.staging, &self.data_dir, name).await?;
        }
        self.loader.commit().await?;
        for name in &self.last {
            move_in(&self.staging, &self.data_dir, name).await?;
        }

        if self.blobs.engine() == "s3" {
            self.blobs.delete(MARKER).await?;
        }
        fs::remove_dir_all(&self.staging).await?;
        sync_folder(&self.data_dir).await?;
        Ok(())
    }

    /// As if nothing had been. What can't be removed is left for the next try, which knows it by the folder and the marker.
    pub(super) async fn undo(self) {
        drop(self.loader);

        if self.blobs.engine() == "s3"
            && let Err(error) = remove_objects(&self.blobs).await
        {
            tracing::warn!(%error, "objects of the failed restore are still in the bucket");
            return;
        }

        for name in self.first.iter().chain(&self.last) {
            let place = self.data_dir.join(name);
            let _ = match place.is_dir() {
                true => fs::remove_dir_all(place).await,
                false => fs::remove_file(place).await,
            };
        }
        let _ = fs::remove_dir_all(&self.staging).await;
    }
}

async fn open_engines(
    config: &Config,
    contents: &Contents,
    staging: &Path,
) -> Result<(Blobs, Loader, &'static str), Failure> {
    let mut databases = Vec::new();
    for (service, migrations) in SERVICES {
        databases.push((Db::open(&config.database, staging, service).await?, migrations));
    }
    let engine = databases.first().map_or("", |(db, _)| db.engine());
    let loader = Loader::begin(databases, &contents.versions()).await?;

    let blobs = Blobs::open(&config.blobs, staging).await?;
    if blobs.engine() == "s3" {
        let marked = blobs.head(MARKER).await?.is_some();
        if !marked && !blobs.list("", None).await?.keys.is_empty() {
            let bucket = &config.blobs.bucket;
            return Err(format!(
                "the bucket `{bucket}` (from `blobs.bucket`) is not empty; a backup is restored into an empty one"
            )
            .into());
        }
        blobs.put(MARKER, Bytes::new(), "text/plain").await?;
    }

    Ok((blobs, loader, engine))
}

/// Data that was sealed or named with a key is good for nothing with another one.
fn check_keys(config: &KeysConfig, contents: &Contents) -> Result<(), Failure> {
    for (name, configured) in config.by_name() {
        let Some(print) = contents.keys.iter().find(|print| print.name == name) else {
            continue;
        };
        let is_configured = !configured.expose_secret().is_empty();
        // Between services only: nothing that is kept depends on it.
        if name == "actor" && (is_configured || !print.included) {
            continue;
        }

        if is_configured && Key::from_text(name, configured)?.fingerprint() != print.fingerprint {
            return Err(format!(
                "`keys.{name}_key` is another one than the backup was made with: leave it empty, or set the one of then"
            )
            .into());
        }
        if !is_configured && !print.included {
            return Err(format!(
                "the backup was made with `keys.{name}_key` set, and does not hold it: set the same one here"
            )
            .into());
        }
    }

    Ok(())
}

/// What an interrupted restore has left is ours to remove; anything else is somebody's.
async fn clear_or_refuse(data_dir: &Path, staging: &Path, names: &[String]) -> Result<(), Failure> {
    let interrupted = fs::try_exists(staging).await?;

    for name in names {
        let place = data_dir.join(name);
        if !fs::try_exists(&place).await? {
            continue;
        }
        if !interrupted {
            return Err(format!(
                "there is `{name}` in the data folder `{}` (from `data_dir`) already; a backup is restored into an empty one",
                data_dir.display()
            )
            .into());
        }
        if place.is_dir() {
            fs::remove_dir_all(&place).await?;
        } else {
            fs::remove_file(&place).await?;
        }
    }
    if interrupted {
        fs::remove_dir_all(staging).await?;
    }

    Ok(())
}

async fn make_private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    builder.mode(0o700);
    builder.create(folder).await
}

async fn move_in(staging: &Path, data_dir: &Path, name: &str) -> io::Result<()> {
    match fs::rename(staging.join(name), data_dir.join(name)).await {
        // A backup need not have all there is.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        moved => moved,
    }
}

async fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        fs::File::open(folder).await?.sync_all().await?;
    }
    Ok(())
}

/// The marker goes last: as long as it is there, the next try knows what the others are.
async fn remove_objects(blobs: &Blobs) -> Result<(), Failure> {
    let mut after = None;
    loop {
        let page = blobs.list("", after).await?;
        for key in page.keys.iter().filter(|key| *key != MARKER) {
            blobs.delete(key).await?;
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }

    blobs.delete(MARKER).await?;
    Ok(())
}
