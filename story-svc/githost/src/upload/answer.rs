//! What comes before a pack: which commits are common, where the history is cut, and whether there is enough to begin.

use std::collections::HashSet;

use gix_hash::ObjectId;

use super::{
    request::{Acknowledge, FetchRequest},
    selection::Selection,
};
use crate::{graph::CommitGraph, lines::Lines};

/// What is known when a request has been read.
#[derive(Debug)]
pub(super) struct Negotiation {
    /// What both have, in the order in which the client said it.
    pub(super) common: Vec<ObjectId>,
    /// The acknowledgements of versions 0 and 1, or of version 2.
    acknowledged: Lines,
    pub(super) sends_pack: bool,
    /// Of version 2: the acknowledgements are a section of the answer.
    is_section: bool,
}

impl Negotiation {
    pub(super) fn judge(fetch: &FetchRequest, graph: &CommitGraph) -> Self {
        match fetch.is_version_2 {
            true => Self::judge_section(fetch, graph),
            false => Self::judge_lines(fetch, graph),
        }
    }

    fn judge_section(fetch: &FetchRequest, graph: &CommitGraph) -> Self {
        let said = fetch.haves.iter().flatten();
        let common: Vec<_> = said.copied().filter(|id| graph.contains(id)).collect();
        let mut acknowledged = Lines::default();
        // A client that has nothing has nothing to negotiate.
        if fetch.is_done || fetch.haves.is_empty() {
            return Self {
                common,
                acknowledged,
                sends_pack: true,
                is_section: false,
            };
        }

        acknowledged.text("acknowledgments");
        for id in &common {
            acknowledged.text(&format!("ACK {id}"));
        }
        if common.is_empty() {
            acknowledged.text("NAK");
        }
        let is_ready = is_enough(fetch, &common, graph);
        if is_ready {
            acknowledged.text("ready");
        }

        Self {
            common,
            acknowledged,
            sends_pack: is_ready,
            is_section: true,
        }
    }

    /// As git's own server answers, when it is asked over HTTP.
    fn judge_lines(fetch: &FetchRequest, graph: &CommitGraph) -> Self {
        let mut judged = Self {
            common: Vec::new(),
            acknowledged: Lines::default(),
            sends_pack: false,
            is_section: false,
        };
        let is_multi = fetch.acknowledge != Acknowledge::Once;
        let mut is_ready = false;

        for (number, batch) in fetch.haves.iter().enumerate() {
            let mut has_other = false;
            let before = judged.common.len();
            for id in batch {
                let is_known = graph.contains(id);
                has_other |= !is_known;
                is_ready |= judged.acknowledge(fetch, graph, *id, is_known);
            }

            let is_last = fetch.is_done && number + 1 == fetch.haves.len();
            if is_last {
                break;
            }
            let gave_only_common = judged.common.len() > before && !has_other;
            if fetch.acknowledge == Acknowledge::Detailed
                && gave_only_common
                && is_enough(fetch, &judged.common, graph)
            {
                is_ready = true;
                judged.acknowledge_last(" ready");
            }
            if judged.common.is_empty() || is_multi {
                judged.acknowledged.text("NAK");
            }
            if fetch.no_done && is_ready {
                judged.acknowledge_last("");
                judged.sends_pack = true;
                return judged;
            }
        }

        if fetch.is_done {
            judged.sends_pack = true;
            match judged.common.is_empty() {
                true => judged.acknowledged.text("NAK"),
                false if is_multi => judged.acknowledge_last(""),
                false => {}
            }
        }

        judged
    }

    /// Answers one `have`. Whether the client has been told that this is enough.
    fn acknowledge(
        &mut self,
        fetch: &FetchRequest,
        graph: &CommitGraph,
        id: ObjectId,
        is_known: bool,
    ) -> bool {
        if is_known {
            self.common.push(id);
            match fetch.acknowledge {
                Acknowledge::Detailed => self.acknowledged.text(&format!("ACK {id} common")),
                Acknowledge::Continue => self.acknowledged.text(&format!("ACK {id} continue")),
                Acknowledge::Once if self.common.len() == 1 => self.acknowledged.text(&format!("ACK {id}")),
                Acknowledge::Once => {}
            }
            return false;
        }
        if !is_enough(fetch, &self.common, graph) {
            return false;
        }

        match fetch.acknowledge {
            Acknowledge::Detailed => self.acknowledged.text(&format!("ACK {id} ready")),
            Acknowledge::Continue => self.acknowledged.text(&format!("ACK {id} continue")),
            Acknowledge::Once => {}
        }
        fetch.acknowledge == Acknowledge::Detailed
    }

    fn acknowledge_last(&mut self, word: &str) {
        if let Some(last) = self.common.last() {
            self.acknowledged.text(&format!("ACK {last}{word}"));
        }
    }

    /// All that comes before the pack.
    pub(super) fn write_head(&self, fetch: &FetchRequest, selection: &Selection) -> Vec<u8> {
        let mut shallow = Lines::default();
        for id in &selection.shallow {
            shallow.text(&format!("shallow {id}"));
        }
        for id in &selection.unshallow {
            shallow.text(&format!("unshallow {id}"));
        }
        let shallow = shallow.into_bytes();

        let mut head = match (fetch.is_version_2, fetch.depth) {
            (false, Some(_)) => [&shallow[..], b"0000"].concat(),
            _ => Vec::new(),
        };
        head.extend(&self.acknowledged.0);
        if !fetch.is_version_2 {
            return head;
        }

        let mut lines = Lines(head);
        match (self.sends_pack, self.is_section) {
            (false, _) => lines.flush(),
            (true, true) => lines.delimit(),
            (true, false) => {}
        }
        if self.sends_pack {
            if fetch.depth.is_some() {
                lines.text("shallow-info");
                lines.0.extend(&shallow);
                lines.delimit();
            }
            lines.text("packfile");
        }

        lines.into_bytes()
    }
}

/// Whether every want descends from something that both have.
fn is_enough(fetch: &FetchRequest, common: &[ObjectId], graph: &CommitGraph) -> bool {
    if common.is_empty() {
        return false;
    }
    let common: HashSet<_> = common.iter().copied().collect();

    fetch.wants.iter().all(|want| {
        let ancestry = graph.ancestry(&[*want], &common);
        !ancestry.is_disjoint(&common)
    })
}
