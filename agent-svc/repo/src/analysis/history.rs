//! What the commits tell: age, pace, people, the files that change most. E-mail addresses stay here.

mod people;

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Datelike, Utc};
use gix::{ObjectId, bstr::ByteSlice};
use tokio_util::sync::CancellationToken;
use unicode_normalization::UnicodeNormalization;

use super::explain;
use super::model::{BusyFile, Contributor, Era, History, MonthlyPace, Tag, YearlyPace};
use crate::checkout::{Checkout, CheckoutError};
use crate::text;

/// Newest commits whose changed files are counted.
const COMPARED: usize = 300;
/// A commit that changes more files than this says nothing about any of them.
const MASS_CHANGE: usize = 150;
const SUBJECTS: usize = 20;
const CONTRIBUTORS: usize = 20;
const TAGS: usize = 20;

/// Version control is younger than this.
const EARLIEST: i64 = 31_536_000;
/// Where the clock of a PC without a battery begins: the first day of 1980.
const DEAD_BATTERY: std::ops::Range<i64> = 315_446_400..315_619_200;
/// Clocks of honest machines differ by less.
const SLACK: i64 = 2 * 86_400;

/// Tells dates that can be from those of a wrong clock.
#[derive(Debug, Clone, Copy)]
struct Calendar {
    latest: i64,
}

impl Calendar {
    fn date(self, seconds: i64) -> Option<DateTime<Utc>> {
        let possible =
            (EARLIEST..=self.latest + SLACK).contains(&seconds) && !DEAD_BATTERY.contains(&seconds);
        DateTime::from_timestamp(seconds, 0).filter(|_| possible)
    }
}

#[derive(Default)]
struct Walk {
    commits: u64,
    merges: u64,
    bots: u64,
    capped: bool,
    first: Option<(DateTime<Utc>, String)>,
    last: Option<DateTime<Utc>>,
    /// Subjects of the commits without a parent: where it really began, whatever their dates say.
    roots: Vec<String>,
    months: BTreeMap<(i32, u32), u64>,
    /// E-mail address to the newest name seen with it.
    names: HashMap<String, String>,
    by_email: HashMap<String, u64>,
    subjects: Vec<String>,
    ledger: explain::Ledger,
    /// Commit tree and parent tree of the newest commits.
    compared: Vec<ObjectId>,
}

/// Walks the history of HEAD; `None` when there is none to walk, or none of its dates can be. `latest`: what is dated
/// later has a wrong clock.
pub(crate) fn read(
    checkout: &Checkout,
    mailmap: Option<&[u8]>,
    max_commits: u64,
    latest: DateTime<Utc>,
    cancel: &CancellationToken,
) -> Result<(Option<History>, Vec<Era>), CheckoutError> {
    let reader = checkout.reader();
    let repository = reader.repository();
    let mailmap = mailmap
        .map(gix::mailmap::Snapshot::from_bytes)
        .unwrap_or_default();
    let order = gix::revision::walk::Sorting::ByCommitTime(
        gix::traverse::commit::simple::CommitTimeOrder::NewestFirst,
    );
    let Ok(walk) = repository.rev_walk([checkout.head.commit]).sorting(order).all() else {
        return Ok((None, Vec::new()));
    };
    let calendar = Calendar {
        latest: latest.timestamp(),
    };
    let mut seen = Walk::default();

    for info in walk {
        if cancel.is_cancelled() {
            return Err(CheckoutError::Cancelled);
        }

        if seen.commits >= max_commits {
            seen.capped = true;
            break;
        }

        // A shallow or damaged history ends where its objects end.
        let Some(commit) = info.ok().and_then(|info| info.object().ok()) else {
            break;
        };
        seen.add(&commit, &mailmap, calendar);
    }

    let busy = busiest(repository, &seen.compared, cancel)?;
    let tags = tags(repository, calendar);

    let people = people::join(&seen.by_email, &seen.names);
    for person in &people {
        seen.ledger.join(&person.emails, &person.contributor.name);
    }
    let eras = explain::eras(&seen.ledger);

    Ok((seen.finish(busy, tags, people), eras))
}

impl Walk {
    fn add(&mut self, commit: &gix::Commit<'_>, mailmap: &gix::mailmap::Snapshot, calendar: Calendar) {
        let Ok(decoded) = commit.decode() else { return };
        let Ok(author) = decoded.author() else { return };
        let date = author.time().ok().and_then(|time| calendar.date(time.seconds));
        let resolved = mailmap.resolve(author);
        // The header says in which encoding names and messages are; what the mailmap puts in their place is UTF-8.
        let label = decoded.encoding.map(|label| label.as_bytes());
        let name = match resolved.name.to_str() {
            Ok(name) if !name.is_ascii() => name.to_owned(),
            _ => text::short(&resolved.name, label),
        };
        let (name, email) = (
            tidy_name(&name),
            resolved.email.to_str_lossy().to_ascii_lowercase(),
        );

        let message = text::printable(&text::short(decoded.message, label)).into_owned();
        let subject = message
            .trim_start()
            .lines()
            .next()
            .unwrap_or_default()
            .trim()
            .to_owned();

        let is_merge = decoded.parents.len() > 1;
        let is_bot = is_bot(&name, &email);

        self.commits += 1;
        self.merges += u64::from(is_merge);

        if decoded.parents.is_empty() {
            self.roots.push(subject.clone());
        }

        if let Some(date) = date {
            if self.first.as_ref().is_none_or(|(first, _)| date <= *first) {
                self.first = Some((date, subject.clone()));
            }

            self.last = Some(self.last.map_or(date, |last| last.max(date)));
            *self.months.entry((date.year(), date.month())).or_default() += 1;
        }

        if let (false, false, Some(at)) = (is_bot, is_merge, date) {
            self.ledger.note(at.year(), &email);
        }

        if is_bot {
            self.bots += 1;
        } else {
            self.names.entry(email.clone()).or_insert(name);
            *self.by_email.entry(email).or_default() += 1;
        }

        if !is_merge && !is_bot {
            if self.subjects.len() < SUBJECTS && !subject.is_empty() {
                self.subjects
                    .push(super::prose::cut(&super::prose::tidy(&subject), 160));
            }
            if self.compared.len() < COMPARED && decoded.parents.len() == 1 {
                self.compared.push(commit.id);
            }
        }
    }

    fn finish(
        self,
        busiest_files: Vec<BusyFile>,
        (tags, tags_count): (Vec<Tag>, u64),
        people: Vec<people::Person>,
    ) -> Option<History> {
        let (first_at, first_subject) = self.first?;
        let last_at = self.last?;
        // One root is the beginning, even when its clock was wrong.
        let first_subject = match self.roots.as_slice() {
            [root] => root.clone(),
            _ => first_subject,
        };

        let mut contributors: Vec<Contributor> =
            people.into_iter().map(|person| person.contributor).collect();
        contributors.sort_by(|a, b| b.commits.cmp(&a.commits).then_with(|| a.name.cmp(&b.name)));

        let contributors_count = contributors.len() as u64;
        contributors.truncate(CONTRIBUTORS);

        Some(History {
            commits: self.commits,
            capped: self.capped,
            first_at,
            last_at,
            contributors_count,
            contributors,
            bot_commits: self.bots,
            merge_commits: self.merges,
            pace: pace(&self.months, last_at),
            years: years(&self.months),
            busiest_files,
            recent_commits_compared: self.compared.len() as u64,
            recent_subjects: self.subjects,
            first_subject: Some(super::prose::cut(&super::prose::tidy(&first_subject), 160))
                .filter(|subject| !subject.is_empty()),
            tags,
            tags_count,
        })
    }
}

/// Composed characters, single spaces, nothing hidden.
fn tidy_name(name: &str) -> String {
    let composed: String = text::printable(name).nfc().collect();
    composed.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_bot(name: &str, email: &str) -> bool {
    let name = name.to_ascii_lowercase();

    name.ends_with("[bot]")
        || email.contains("[bot]@")
        || [
            "dependabot",
            "renovate",
            "greenkeeper",
            "github-actions",
            "github actions",
            "github action",
            "snyk-bot",
            "pre-commit-ci",
            "bors",
        ]
        .iter()
        .any(|bot| name.starts_with(bot))
        || name.ends_with("-bot")
        // "betajobot" with an address that says so, too; Talbot is a person.
        || name.ends_with("bot")
            && !name.contains(' ')
            && email.split('@').next().is_some_and(|local| local.to_ascii_lowercase().contains("bot"))
        || name.ends_with(" bot")
}

/// The 12 months up to the newest commit.
fn pace(months: &BTreeMap<(i32, u32), u64>, last: DateTime<Utc>) -> Vec<MonthlyPace> {
    let newest = last.year() * 12 + i32::try_from(last.month0()).unwrap_or_default();
    let month = |back: i32| {
        let at = newest - back;
        let (year, month) = (
            at.div_euclid(12),
            u32::try_from(at.rem_euclid(12)).unwrap_or_default() + 1,
        );

        MonthlyPace {
            month: format!("{year:04}-{month:02}"),
            commits: months.get(&(year, month)).copied().unwrap_or(0),
        }
    };

    (0..12).rev().map(month).collect()
}

fn years(months: &BTreeMap<(i32, u32), u64>) -> Vec<YearlyPace> {
    let (Some(((first, _), _)), Some(((last, _), _))) = (months.first_key_value(), months.last_key_value())
    else {
        return Vec::new();
    };

    (*first..=*last)
        .map(|year| YearlyPace {
            year,
            commits: months
                .range((year, 0)..(year + 1, 0))
                .map(|(_, commits)| commits)
                .sum(),
        })
        .collect()
}

fn busiest(
    repository: &gix::Repository,
    commits: &[ObjectId],
    cancel: &CancellationToken,
) -> Result<Vec<BusyFile>, CheckoutError> {
    let mut changes: HashMap<String, u64> = HashMap::new();
    for id in commits {
        if cancel.is_cancelled() {
            return Err(CheckoutError::Cancelled);
        }
        for path in changed(repository, *id).unwrap_or_default() {
            *changes.entry(path).or_default() += 1;
        }
    }

    let mut all: Vec<BusyFile> = changes
        .into_iter()
        .map(|(path, changes)| BusyFile { path, changes })
        .collect();
    all.retain(|busy| busy.changes > 1);
    all.sort_by(|a, b| b.changes.cmp(&a.changes).then_with(|| a.path.cmp(&b.path)));
    all.truncate(60);

    Ok(all)
}

/// Paths that differ between a commit and its parent; `None` for mass changes and for missing objects.
fn changed(repository: &gix::Repository, id: ObjectId) -> Option<Vec<String>> {
    let commit = repository.find_commit(id).ok()?;
    let parent = commit
        .parent_ids()
        .next()?
        .object()
        .ok()?
        .try_into_commit()
        .ok()?;

    let mut open = vec![(
        String::new(),
        Some(parent.tree_id().ok()?.detach()),
        Some(commit.tree_id().ok()?.detach()),
    )];

    let mut paths = Vec::new();
    while let Some((folder, old, new)) = open.pop() {
        let (old, new) = (entries(repository, old)?, entries(repository, new)?);
        for name in old
            .keys()
            .chain(new.keys().filter(|name| !old.contains_key(*name)))
        {
            let (before, after) = (old.get(name), new.get(name));
            if before == after {
                continue;
            }

            let tree =
                |entry: Option<&(bool, ObjectId)>| entry.filter(|(is_tree, _)| *is_tree).map(|(_, id)| *id);
            let blob = |entry: Option<&(bool, ObjectId)>| entry.is_some_and(|(is_tree, _)| !is_tree);
            if blob(before) || blob(after) {
                paths.push(format!("{folder}{name}"));
            }

            if tree(before).is_some() || tree(after).is_some() {
                open.push((format!("{folder}{name}/"), tree(before), tree(after)));
            }

            if paths.len() > MASS_CHANGE || open.len() > MASS_CHANGE {
                return None;
            }
        }
    }

    Some(paths)
}

fn entries(repository: &gix::Repository, id: Option<ObjectId>) -> Option<BTreeMap<String, (bool, ObjectId)>> {
    let Some(id) = id else {
        return Some(BTreeMap::new());
    };
    let tree = repository.find_tree(id).ok()?;
    let entries = tree.iter().filter_map(Result::ok).map(|entry| {
        (
            text::path(entry.filename()),
            (entry.mode().is_tree(), entry.oid().to_owned()),
        )
    });

    Some(entries.collect())
}

/// Newest first.
fn tags(repository: &gix::Repository, calendar: Calendar) -> (Vec<Tag>, u64) {
    let Ok(platform) = repository.references() else {
        return (Vec::new(), 0);
    };
    let Ok(found) = platform.tags() else {
        return (Vec::new(), 0);
    };
    let mut tags: Vec<Tag> = found
        .flatten()
        .map(|mut reference| {
            let name = text::short(reference.name().shorten(), None);
            let commit = reference
                .peel_to_id()
                .ok()
                .and_then(|id| id.object().ok()?.try_into_commit().ok());
            let seconds = commit
                .and_then(|commit| commit.time().ok())
                .map(|time| time.seconds);

            Tag {
                name,
                at: seconds.and_then(|seconds| calendar.date(seconds)),
            }
        })
        .collect();
    let count = tags.len() as u64;

    tags.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| b.name.cmp(&a.name)));
    tags.truncate(TAGS);

    (tags, count)
}
