//! The folder that a story is saved to: chosen and tried before the work begins, never taken from another story in
//! silence, and filled so that no half-written file has a final name.

use std::{
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

/// Where stories go when nobody says where.
const STORIES: &str = "saga-stories";
/// Tells what a folder holds.
pub(super) const CARD: &str = "story.json";
/// The largest story by its length: 128 kbit/s, and as much again for its text and cover in the shortest one.
const BYTES_PER_MINUTE: u64 = 960_000;

/// Which story it is: the same repository told in the same way is the same story.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Card {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) repo_url: String,
    pub(super) style: String,
    pub(super) minutes: u32,
    pub(super) voice: String,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum FolderError {
    #[error("`{}` is a file; the results need a folder", path.display())]
    IsFile { path: PathBuf },
    #[error("`{}` holds another story, “{title}”; choose another --out, or replace it with --overwrite", path.display())]
    Taken { path: PathBuf, title: String },
    #[error("the results can't be written into `{}`", path.display())]
    Write {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

/// A folder that took a file of the story's size a moment ago.
#[derive(Debug)]
pub(super) struct Folder {
    pub(super) path: PathBuf,
    /// It held this story before.
    pub(super) replaces: bool,
}

/// What decides about the folder.
pub(super) struct Wanted<'a> {
    pub(super) out: Option<&'a Path>,
    pub(super) overwrite: bool,
    /// `owner/name`.
    pub(super) repo_name: &'a str,
    pub(super) card: &'a Card,
}

impl Folder {
    /// Chooses the folder, makes it and tries it.
    pub(super) fn prepare(wanted: &Wanted<'_>) -> Result<Self, FolderError> {
        let folder = match wanted.out {
            Some(path) => Self::named(path, wanted)?,
            None => Self::free(Path::new(STORIES), wanted),
        };

        folder.make(wanted.out.is_none())?;
        folder.probe(u64::from(wanted.card.minutes) * BYTES_PER_MINUTE)?;

        Ok(folder)
    }

    fn named(path: &Path, wanted: &Wanted<'_>) -> Result<Self, FolderError> {
        let path = path.to_path_buf();
        if path.is_file() {
            return Err(FolderError::IsFile { path });
        }

        let replaces = match held(&path) {
            Held::Nothing => false,
            Held::Story(card) if is_same(&card, wanted.card) => true,
            Held::Story(_) | Held::Unknown if wanted.overwrite => true,
            Held::Story(card) => {
                return Err(FolderError::Taken {
                    path,
                    title: card.title,
                });
            }
            Held::Unknown => {
                return Err(FolderError::Taken {
                    path,
                    title: "story.mp3".to_owned(),
                });
            }
        };

        Ok(Self { path, replaces })
    }

    /// The first of `name`, `name-2`, … that holds no story.
    fn free(parent: &Path, wanted: &Wanted<'_>) -> Self {
        let Card { style, minutes, .. } = wanted.card;
        let name = format!("{}-{style}-{minutes}min", file_name(wanted.repo_name));
        let first = parent.join(&name);
        let numbered = (2u32..).map(|number| parent.join(format!("{name}-{number}")));
        let path = std::iter::once(first.clone())
            .chain(numbered)
            .find(|path| matches!(held(path), Held::Nothing) && !path.is_file());

        Self {
            path: path.unwrap_or(first),
            replaces: false,
        }
    }

    fn make(&self, ours: bool) -> Result<(), FolderError> {
        fs::create_dir_all(&self.path).map_err(|source| self.unwritable(source))?;
        if ours && let Some(parent) = self.path.parent() {
            crate::ignored::keep_out_of_git(parent).map_err(|source| self.unwritable(source))?;
        }

        Ok(())
    }

    /// Writes as many bytes as the story may have and takes them away again.
    fn probe(&self, bytes: u64) -> Result<(), FolderError> {
        let path = self.path.join(format!(".saga-probe-{}", std::process::id()));
        let written = fs::File::create(&path).and_then(|mut file| {
            io::copy(&mut io::Read::take(io::repeat(0), bytes), &mut file)?;
            file.flush()
        });
        let removed = fs::remove_file(&path);

        written.and(removed).map_err(|source| self.unwritable(source))
    }

    fn unwritable(&self, source: io::Error) -> FolderError {
        FolderError::Write {
            path: self.path.clone(),
            source,
        }
    }
}

enum Held {
    Nothing,
    Story(Card),
    /// A story of an older build, without a card.
    Unknown,
}

fn held(path: &Path) -> Held {
    let card = fs::read(path.join(CARD))
        .ok()
        .and_then(|text| serde_json::from_slice(&text).ok());

    match card {
        Some(card) => Held::Story(card),
        None if path.join("story.mp3").exists() => Held::Unknown,
        None => Held::Nothing,
    }
}

fn is_same(held: &Card, wanted: &Card) -> bool {
    let bare = |url: &str| url.trim_end_matches('/').trim_end_matches(".git").to_owned();
    bare(&held.repo_url) == bare(&wanted.repo_url)
        && held.style == wanted.style
        && held.minutes == wanted.minutes
        && held.voice == wanted.voice
}

/// A name of a repository as one name of a folder, on any system.
fn file_name(name: &str) -> String {
    let plain = |symbol: char| symbol.is_alphanumeric() || "-_.~+".contains(symbol);
    let name: String = name
        .chars()
        .map(|symbol| if plain(symbol) { symbol } else { '-' })
        .take(100)
        .collect();

    name.trim_start_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(id: &str, style: &str) -> Card {
        Card {
            id: id.to_owned(),
            title: format!("Story {id}"),
            repo_url: "https://github.com/a/b".to_owned(),
            style: style.to_owned(),
            minutes: 5,
            voice: "Rachel".to_owned(),
        }
    }

    fn hold(folder: &Path, card: &Card) {
        fs::create_dir_all(folder).unwrap();
        fs::write(folder.join(CARD), serde_json::to_vec(card).unwrap()).unwrap();
    }

    fn wanted<'a>(out: Option<&'a Path>, card: &'a Card) -> Wanted<'a> {
        Wanted {
            out,
            overwrite: false,
            repo_name: "a/b",
            card,
        }
    }

    #[test]
    fn stories_of_other_styles_and_lengths_have_folders_of_their_own_and_none_is_taken_twice() {
        let dir = tempfile::tempdir().unwrap();
        let mine = card("1", "podcast");
        let first = Folder::free(dir.path(), &wanted(None, &mine)).path;
        assert_eq!(first, dir.path().join("a-b-podcast-5min"));

        hold(&first, &mine);
        let second = Folder::free(dir.path(), &wanted(None, &mine)).path;
        assert_eq!(second, dir.path().join("a-b-podcast-5min-2"));

        fs::write(&second, "a file").unwrap();
        let third = Folder::free(dir.path(), &wanted(None, &mine)).path;
        assert_eq!(third, dir.path().join("a-b-podcast-5min-3"));
    }

    #[test]
    fn a_named_folder_is_taken_from_another_story_only_when_that_is_asked_for() {
        let dir = tempfile::tempdir().unwrap();
        let (mine, other) = (card("1", "podcast"), card("2", "fiction"));
        let new = Folder::prepare(&wanted(Some(&dir.path().join("new")), &mine)).unwrap();
        assert!(!new.replaces);

        hold(dir.path(), &other);
        let error = Folder::prepare(&wanted(Some(dir.path()), &mine)).unwrap_err();
        assert!(error.to_string().contains("Story 2"), "{error}");

        let mut asked = wanted(Some(dir.path()), &mine);
        asked.overwrite = true;
        assert!(Folder::prepare(&asked).unwrap().replaces);

        hold(dir.path(), &card("3", "podcast"));
        assert!(
            Folder::prepare(&wanted(Some(dir.path()), &mine))
                .unwrap()
                .replaces,
            "the same story may be made again"
        );
    }

    #[test]
    fn a_place_that_takes_no_files_is_found_out_before_the_work_begins() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("afile");
        fs::write(&file, "").unwrap();
        let mine = card("1", "podcast");

        let error = Folder::prepare(&wanted(Some(&file), &mine)).unwrap_err();
        assert!(matches!(error, FolderError::IsFile { .. }), "{error}");

        let error = Folder::prepare(&wanted(Some(&file.join("below")), &mine)).unwrap_err();
        assert!(matches!(error, FolderError::Write { .. }), "{error}");

        Folder::prepare(&wanted(Some(dir.path()), &mine)).unwrap();
        assert_eq!(
            fs::read_dir(dir.path()).unwrap().count(),
            1,
            "nothing of the trial is left"
        );
    }

    #[test]
    fn names_of_repositories_become_names_of_folders() {
        assert_eq!(file_name("owner/na me:x"), "owner-na-me-x");
        assert_eq!(file_name("group/sub/name"), "group-sub-name");
        assert_eq!(file_name("../x"), "-x");
    }
}
