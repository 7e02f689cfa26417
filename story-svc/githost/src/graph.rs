//! Commits and their parents, wholly in memory: who descends from whom.

use std::collections::{HashMap, HashSet};

use gix_hash::ObjectId;

/// A commit without its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitLinks {
    pub id: ObjectId,
    pub tree: ObjectId,
    /// In their order; none of a first commit.
    pub parents: Vec<ObjectId>,
}

/// All commits of a history.
#[derive(Debug, Default)]
pub(crate) struct CommitGraph(HashMap<ObjectId, CommitLinks>);

impl CommitGraph {
    pub(crate) fn new(commits: Vec<CommitLinks>) -> Self {
        let named = commits.into_iter().map(|commit| (commit.id, commit));

        Self(named.collect())
    }

    pub(crate) fn get(&self, id: &ObjectId) -> Option<&CommitLinks> {
        self.0.get(id)
    }

    pub(crate) fn contains(&self, id: &ObjectId) -> bool {
        self.0.contains_key(id)
    }

    /// These commits and what they descend from; `cut` commits count as if they had no parents.
    pub(crate) fn ancestry(&self, tips: &[ObjectId], cut: &HashSet<ObjectId>) -> HashSet<ObjectId> {
        let mut seen = HashSet::new();
        let mut open = tips.to_vec();
        while let Some(id) = open.pop() {
            let Some(commit) = self.get(&id) else { continue };
            if seen.insert(id) && !cut.contains(&id) {
                open.extend(&commit.parents);
            }
        }

        seen
    }
}
