//! What is said back: whether the pack was read, what became of each ref, and lines that git shows as `remote: …`.

use std::collections::BTreeMap;

use gix_packetline::Channel;

use super::request::PushRequest;
use crate::lines::Lines;

/// Lines of details that are shown at most.
const DETAILS: usize = 20;

#[derive(Debug)]
pub(super) struct Report {
    wants_report: bool,
    has_side_band: bool,
    /// Names, in the order in which they were sent.
    names: Vec<String>,
    pack_fault: Option<String>,
    /// Why not, by name.
    refused: BTreeMap<String, String>,
    remarks: Vec<String>,
}

impl Report {
    pub(super) fn new(request: &PushRequest<'_>) -> Self {
        Self {
            wants_report: request.wants_report,
            has_side_band: request.has_side_band,
            names: request
                .commands
                .iter()
                .map(|command| command.name.clone())
                .collect(),
            pack_fault: None,
            refused: BTreeMap::new(),
            remarks: Vec::new(),
        }
    }

    /// The pack itself was not taken, and so nothing was.
    pub(super) fn fail_pack(&mut self, fault: &str) {
        self.pack_fault = Some(fault.to_owned());
        for name in self.names.clone() {
            self.refused.entry(name).or_insert_with(|| fault.to_owned());
        }
    }

    pub(super) fn refuse(&mut self, name: &str, reason: &str, details: &[String]) {
        self.refused.insert(name.to_owned(), reason.to_owned());
        self.remarks.extend(details.iter().take(DETAILS).cloned());
        if details.len() > DETAILS {
            self.remarks
                .push(format!("… and {} more", details.len() - DETAILS));
        }
    }

    pub(super) fn has_refused(&self, name: &str) -> bool {
        self.refused.contains_key(name)
    }

    /// A ref that is not refused is taken.
    pub(super) fn accept(&mut self, remark: Option<String>) {
        self.remarks.extend(remark);
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        let mut lines = Lines::default();
        lines.text(&match &self.pack_fault {
            None => "unpack ok".to_owned(),
            Some(fault) => format!("unpack {}", one_line(fault)),
        });
        for name in &self.names {
            lines.text(&match self.refused.get(name) {
                None => format!("ok {name}"),
                Some(reason) => format!("ng {name} {}", one_line(reason)),
            });
        }
        lines.flush();
        let report = if self.wants_report {
            lines.into_bytes()
        } else {
            Vec::new()
        };
        if !self.has_side_band {
            return report;
        }

        let mut banded = Lines::default();
        for remark in &self.remarks {
            banded.band(Channel::Progress, format!("{}\n", one_line(remark)).as_bytes());
        }
        banded.band(Channel::Data, &report);
        banded.flush();

        banded.into_bytes()
    }
}

/// Without whatever a terminal would obey.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '?' } else { c })
        .collect()
}
