//! A command-line tool: a Rust program that finds files that are there twice, with a terse read-me.

use super::{Kind, Point};
use crate::analysis::model::Material;

pub(super) const KIND: Kind = Kind {
    name: "twofold",
    material: Material::Tool,
    files: FILES,
    commits: COMMITS,
    points: POINTS,
};

const POINTS: [Point; 12] = [
    ("what", &["duplicate files", "files twice"]),
    ("for whom", &["photo", "backup"]),
    ("instead", &["fdupes", "rmlint"]),
    ("call: by size first", &["group size", "same size"]),
    (
        "call: head, then all of it",
        &["hash first", "first four kilobytes", "head hash", "hash whole"],
    ),
    (
        "structure",
        &["candidate size", "candidate path", "candidate inode"],
    ),
    (
        "never deletes",
        &["never delete", "not delete", "delete nothing", "deletes nothing"],
    ),
    (
        "hash is not cryptographic",
        &["bytes compared", "compare byte", "cryptographic"],
    ),
    (
        "tests",
        &["hard links not", "hard link", "empty files", "same start"],
    ),
    ("history", &["Jo Tanaka Lena Fuchs"]),
    ("start", &["cargo install twofold"]),
    (
        "first file, caveat or licence",
        &["main file", "open walk", "network drive", "Apache"],
    ),
];

const COMMITS: &[(&str, &str, &str)] = &[
    ("2019-11-02", "Jo Tanaka", "first version, sizes only"),
    ("2019-11-09", "Jo Tanaka", "hash the head before the whole file"),
    ("2020-01-14", "Jo Tanaka", "skip hard links"),
    ("2020-05-01", "Jo Tanaka", "--min-size"),
    ("2020-12-27", "Jo Tanaka", "json output"),
    ("2021-02-08", "Priya N", "fix panic on unreadable folders (#14)"),
    ("2022-03-03", "Lena Fuchs", "walk folders in parallel"),
    ("2022-03-21", "Lena Fuchs", "compare bytes at the end"),
    ("2023-07-15", "Lena Fuchs", "respect --one-file-system"),
    ("2024-09-01", "Lena Fuchs", "release 1.4.0"),
];

const FILES: &[(&str, &str)] = &[
    (
        "Cargo.toml",
        r#"[package]
name = "twofold"
version = "1.4.0"
edition = "2021"
license = "Apache-2.0"
description = "Find duplicate files, fast, and leave them alone"
repository = "https://example.org/twofold"

[dependencies]
clap = { version = "4", features = ["derive"] }
rayon = "1"
walkdir = "2"
xxhash-rust = { version = "0.8", features = ["xxh3"] }
serde_json = "1"

[dev-dependencies]
assert_cmd = "2"
tempfile = "3"
"#,
    ),
    (
        "README.md",
        r#"# twofold [![crates.io](https://img.shields.io/crates/v/twofold.svg)](https://crates.io/crates/twofold)

Find duplicate files. For people with twenty years of photos on four backup disks.

    $ twofold ~/Pictures /mnt/old-laptop
    2 × 4.1 MB
      /home/jo/Pictures/2009/cat.jpg
      /mnt/old-laptop/cat (1).jpg

## Install

    cargo install twofold

## Usage

    twofold [OPTIONS] <FOLDER>...

| flag | |
|---|---|
| `--min-size <BYTES>` | ignore anything smaller (default 1) |
| `--one-file-system` | stay on the disk where the walk started |
| `--json` | one object per group, for scripts |
| `-0` | separate paths by NUL, for `xargs -0` |

## How

1. Files are grouped by size. Most are alone in their group and never opened.
2. The first four kilobytes of the rest are hashed.
3. What still looks the same is hashed whole, in parallel.
4. Before two files are called equal they are compared byte by byte.

## Why doesn't it delete anything?

Because every tool that does has at some point deleted the wrong copy. twofold
never deletes; pipe its output into something you trust.

## Compared to

* `fdupes` – reads every file of equal size completely; slower on big disks.
* `rmlint` – much more powerful, writes a shell script that removes things.

## Not so good at

Network drives. It opens many files at once, which NFS does not like.

Apache-2.0
"#,
    ),
    (
        "LICENSE",
        "                                 Apache License\n                           Version 2.0, January 2004\n                        http://www.apache.org/licenses/\n\n   TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION\n",
    ),
    (
        "src/main.rs",
        r#"//! Reads the command line, runs the search, prints the groups.

mod compare;
mod group;
mod hash;
mod output;
mod walk;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

/// Find duplicate files, fast, and leave them alone.
#[derive(Parser)]
struct Args {
    /// Folders to look into
    #[arg(required = true)]
    folders: Vec<PathBuf>,
    /// Ignore files smaller than this
    #[arg(long, default_value_t = 1)]
    min_size: u64,
    /// Stay on one file system
    #[arg(long)]
    one_file_system: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let found = search(&args);
    output::print(&found, args.json);
    // like grep: 1 when nothing was found
    if found.is_empty() { ExitCode::from(1) } else { ExitCode::SUCCESS }
}

/// Narrows all files down to groups of equal ones, cheapest question first.
fn search(args: &Args) -> Vec<Vec<walk::Candidate>> {
    // one stat per file, nothing is opened yet
    let files = walk::candidates(&args.folders, args.min_size, args.one_file_system);
    // most files are alone with their size
    let groups = group::by_size(files);
    // four kilobytes tell most of the others apart
    let groups = group::refine(groups, hash::head);
    let groups = group::refine(groups, hash::whole);
    // a hash may lie, bytes do not
    compare::confirm(groups)
}
"#,
    ),
    (
        "src/walk.rs",
        r#"//! Lists the files below some folders.

use std::path::{Path, PathBuf};

use walkdir::WalkDir;

/// A file that may have a twin.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// as it was found, never made absolute
    pub path: PathBuf,
    /// in bytes; two files of different size are never compared
    pub size: u64,
    /// device and inode, to notice hard links
    pub inode: (u64, u64),
}

/// All regular files that are large enough. Hard links to one file count once,
/// because removing one of them would not free any space.
pub fn candidates(folders: &[PathBuf], min_size: u64, one_file_system: bool) -> Vec<Candidate> {
    let mut seen = std::collections::HashSet::new();
    let mut found = Vec::new();
    for folder in folders {
        for entry in WalkDir::new(folder).same_file_system(one_file_system).into_iter().flatten() {
            // symbolic links are not followed: they may lead in circles
            if let Some(file) = candidate(entry.path()) {
                if file.size >= min_size && seen.insert(file.inode) {
                    found.push(file);
                }
            }
        }
    }
    found
}

fn candidate(path: &Path) -> Option<Candidate> {
    use std::os::unix::fs::MetadataExt;
    let meta = path.symlink_metadata().ok().filter(|meta| meta.is_file())?;
    Some(Candidate { path: path.into(), size: meta.len(), inode: (meta.dev(), meta.ino()) })
}
"#,
    ),
    (
        "src/group.rs",
        r#"//! Groups of files that may still be equal.

use std::collections::HashMap;
use std::hash::Hash;

use rayon::prelude::*;

use crate::walk::Candidate;

pub type Groups = Vec<Vec<Candidate>>;

/// Puts files of the same size together and drops those that are alone.
pub fn by_size(files: Vec<Candidate>) -> Groups {
    split(files, |file| Some(file.size))
}

/// Asks a more expensive question of every group, in parallel.
pub fn refine<K: Hash + Eq + Send>(groups: Groups, key: fn(&Candidate) -> Option<K>) -> Groups {
    groups.into_par_iter().flat_map(|group| split(group, key)).collect()
}

fn split<K: Hash + Eq>(files: Vec<Candidate>, key: impl Fn(&Candidate) -> Option<K>) -> Groups {
    let mut groups: HashMap<K, Vec<Candidate>> = HashMap::new();
    for file in files {
        // an unreadable file has no key and silently leaves the race
        if let Some(key) = key(&file) {
            groups.entry(key).or_default().push(file);
        }
    }
    groups.into_values().filter(|group| group.len() > 1).collect()
}
"#,
    ),
    (
        "src/hash.rs",
        r#"//! Hashes of the beginning of a file and of all of it.

use std::fs::File;
use std::io::Read;

use xxhash_rust::xxh3::Xxh3;

use crate::walk::Candidate;

const HEAD: usize = 4096;

/// Hash of the first four kilobytes.
pub fn head(file: &Candidate) -> Option<u64> {
    read(file, HEAD)
}

/// Hash of the whole file. xxh3 is not cryptographic; it is five times faster
/// than BLAKE3 here, and the bytes are compared afterwards anyway.
pub fn whole(file: &Candidate) -> Option<u64> {
    read(file, usize::MAX)
}

fn read(file: &Candidate, limit: usize) -> Option<u64> {
    let mut hash = Xxh3::new();
    let mut buffer = vec![0; limit.min(128 * 1024)];
    let mut open = File::open(&file.path).ok()?;
    let mut left = limit;
    while left > 0 {
        let got = open.read(&mut buffer).ok()?;
        if got == 0 {
            break;
        }
        hash.update(&buffer[..got]);
        left = left.saturating_sub(got);
    }
    Some(hash.digest())
}
"#,
    ),
    (
        "src/compare.rs",
        r#"//! The last word: byte by byte.

use crate::group::Groups;

/// Keeps only files that are really equal to the first of their group.
pub fn confirm(groups: Groups) -> Groups {
    groups
        .into_iter()
        .map(|mut group| {
            let first = std::fs::read(&group[0].path).unwrap_or_default();
            group.retain(|file| std::fs::read(&file.path).is_ok_and(|bytes| bytes == first));
            group
        })
        .filter(|group| group.len() > 1)
        .collect()
}
"#,
    ),
    (
        "src/output.rs",
        r#"//! Prints groups for people or as JSON.

use crate::group::Groups;

/// Largest waste first.
pub fn print(groups: &Groups, json: bool) {
    for group in groups {
        if json {
            let paths: Vec<_> = group.iter().map(|file| file.path.to_string_lossy()).collect();
            println!("{}", serde_json::json!({ "size": group[0].size, "paths": paths }));
        } else {
            println!("{} × {} bytes", group.len(), group[0].size);
            for file in group {
                println!("  {}", file.path.display());
            }
        }
    }
}
"#,
    ),
    (
        "tests/cli.rs",
        r#"use assert_cmd::Command;
use std::fs;

fn twofold(folder: &std::path::Path) -> String {
    let output = Command::cargo_bin("twofold").unwrap().arg(folder).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn two_equal_files_are_found() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a"), "same").unwrap();
    fs::write(folder.path().join("b"), "same").unwrap();
    assert!(twofold(folder.path()).contains("2 ×"));
}

#[test]
fn hard_links_are_not_duplicates() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a"), "same").unwrap();
    fs::hard_link(folder.path().join("a"), folder.path().join("b")).unwrap();
    assert_eq!(twofold(folder.path()), "");
}

#[test]
fn files_with_the_same_start_but_another_end_are_kept_apart() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a"), [vec![0; 5000], vec![1]].concat()).unwrap();
    fs::write(folder.path().join("b"), [vec![0; 5000], vec![2]].concat()).unwrap();
    assert_eq!(twofold(folder.path()), "");
}

#[test]
fn empty_files_are_ignored() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a"), "").unwrap();
    fs::write(folder.path().join("b"), "").unwrap();
    assert_eq!(twofold(folder.path()), "");
}
"#,
    ),
    (
        "CHANGELOG.md",
        r#"# Changelog

## 1.4.0 - 2024-09-01
- `--one-file-system`

## 1.3.0 - 2022-03-21
- Folders are walked in parallel.
- Equal hashes are no longer trusted; the bytes are compared.

## 1.0.0 - 2020-12-27
- JSON output. The text output will not change any more.
"#,
    ),
];
