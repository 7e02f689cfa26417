//! Which objects a client lacks: commits by their parents, the rest by comparing trees.

use std::collections::{HashSet, VecDeque};

use gix_hash::ObjectId;

use super::request::FetchRequest;
use crate::{
    graph::CommitGraph,
    repository::{Failure, Repository},
    tree::read_trees,
};

/// As deep as it goes; what `--unshallow` asks for.
const ALL: u32 = 0x7fff_ffff;

/// What of a history is to be sent.
#[derive(Debug, Default)]
pub(super) struct Selection {
    /// Newest first.
    commits: Vec<ObjectId>,
    /// Trees of those commits.
    trees: Vec<ObjectId>,
    /// Trees that the client has whole.
    known_trees: Vec<ObjectId>,
    /// Where the history that is sent ends though it goes on.
    pub(super) shallow: Vec<ObjectId>,
    /// Where it ended at the client's, and goes on now.
    pub(super) unshallow: Vec<ObjectId>,
}

impl Selection {
    pub(super) fn select(fetch: &FetchRequest, common: &[ObjectId], graph: &CommitGraph) -> Self {
        let cut: HashSet<_> = fetch.shallow.iter().copied().collect();
        let known = graph.ancestry(common, &cut);
        let mut selection = Self::default();
        let mut known_trees = HashSet::new();

        // HEAD and main are often wanted both.
        let mut seen = HashSet::new();
        let wants = fetch.wants.iter().filter(|want| seen.insert(**want));
        let mut open: VecDeque<_> = wants.map(|want| (*want, 1)).collect();
        while let Some((id, depth)) = open.pop_front() {
            let Some(commit) = graph.get(&id) else { continue };
            if known.contains(&id) {
                known_trees.insert(commit.tree);
            } else {
                selection.commits.push(id);
                selection.trees.push(commit.tree);
            }

            let ends_here =
                fetch.depth.is_some_and(|most| most != ALL && depth >= most) && !commit.parents.is_empty();
            match (ends_here, cut.contains(&id)) {
                (true, false) => selection.shallow.push(id),
                (false, true) if fetch.depth.is_some() => selection.unshallow.push(id),
                _ => {}
            }
            // What is known is walked through only where it may become deeper than it was.
            let goes_on = match fetch.depth {
                Some(_) => !ends_here,
                None => !known.contains(&id) && !cut.contains(&id),
            };
            if goes_on {
                open.extend(
                    commit
                        .parents
                        .iter()
                        .filter(|parent| seen.insert(**parent))
                        .map(|parent| (*parent, depth + 1)),
                );
            }
        }

        let tips = common.iter().filter_map(|id| graph.get(id));
        known_trees.extend(tips.map(|commit| commit.tree));
        selection.known_trees = known_trees.into_iter().collect();

        selection
    }

    /// All objects to be sent: commits, then what is in them.
    pub(super) async fn list_objects(&self, repository: &dyn Repository) -> Result<Vec<ObjectId>, Failure> {
        let mut seen = HashSet::new();
        walk_trees(repository, &self.known_trees, &mut seen).await?;
        let inside = walk_trees(repository, &self.trees, &mut seen).await?;

        Ok(self.commits.iter().copied().chain(inside).collect())
    }
}

/// Everything in these trees, themselves included, that has not been seen; sees it.
async fn walk_trees(
    repository: &dyn Repository,
    trees: &[ObjectId],
    seen: &mut HashSet<ObjectId>,
) -> Result<Vec<ObjectId>, Failure> {
    let mut found = Vec::new();
    let mut level: Vec<_> = trees.iter().copied().filter(|id| seen.insert(*id)).collect();
    while !level.is_empty() {
        found.extend(&level);
        let read = read_trees(repository, &level).await?;
        let mut below = Vec::new();
        for id in &level {
            for entry in &read[id].entries {
                if seen.insert(entry.id) {
                    match entry.is_folder {
                        true => below.push(entry.id),
                        false => found.push(entry.id),
                    }
                }
            }
        }
        level = below;
    }

    Ok(found)
}
