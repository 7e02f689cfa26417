//! Keeps what Saga leaves in a folder out of the git repository that the folder may be in, and knows a data folder whose restore
//! has not ended.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Makes the folder and writes a `.gitignore` into it that ignores everything, itself included. One that is there stays.
pub(crate) fn keep_out_of_git(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(folder.join(".gitignore"));

    match file {
        Ok(mut file) => io::Write::write_all(&mut file, b"*\n"),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// Where `saga restore` makes files before they are moved to their places. As long as it is there, the others are not all there.
pub(crate) fn restoring(data_dir: &Path) -> PathBuf {
    data_dir.join(".restoring")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_ignored_and_somebodys_own_rules_stay() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("new");
        keep_out_of_git(&folder).unwrap();
        assert_eq!(fs::read(folder.join(".gitignore")).unwrap(), b"*\n");

        fs::write(folder.join(".gitignore"), "!mine\n").unwrap();
        keep_out_of_git(&folder).unwrap();
        assert_eq!(fs::read(folder.join(".gitignore")).unwrap(), b"!mine\n");
    }
}
