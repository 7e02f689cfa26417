//! Keeps the files of a database to their owner: accounts and their hashes are nobody else's on the machine. Where there are
//! no such rights, it does nothing.

use std::{io, path::Path};

/// Makes the folder, for its owner alone, or says that one which is there is open to others.
pub(super) async fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = tokio::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    builder.mode(0o700);
    builder.create(folder).await?;

    #[cfg(unix)]
    if is_open(folder).await? {
        tracing::warn!(folder = %folder.display(), "others on this machine can look into the data folder");
    }
    Ok(())
}

/// Makes the file before SQLite does, which gives the files beside it the same rights; and takes the rights of others to one
/// that is there.
#[cfg(unix)]
pub(super) async fn make_file(file: &Path) -> io::Result<()> {
    use std::{fs::Permissions, os::unix::fs::PermissionsExt};

    let mut options = tokio::fs::OpenOptions::new();
    options.append(true).create(true).mode(0o600).open(file).await?;

    for end in ["", "-wal", "-shm"] {
        let mut beside = file.as_os_str().to_owned();
        beside.push(end);
        let beside = Path::new(&beside);

        match is_open(beside).await {
            Ok(true) => tokio::fs::set_permissions(beside, Permissions::from_mode(0o600)).await?,
            Ok(false) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(not(unix))]
pub(super) async fn make_file(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
async fn is_open(path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;

    let rights = tokio::fs::metadata(path).await?.permissions();
    Ok(rights.mode() & 0o077 != 0)
}
