//! Finds the analyses that stories are written from. Those used last stay in memory: every chapter of a story asks for
//! the same one. Never makes or changes one.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use repo::analysis::Analysis;

use crate::analysis::Analyzer;
use crate::error::AgentError;

/// Analyses kept in memory: those of the stories being written right now.
const IN_MEMORY: usize = 8;

pub(super) struct Analyses {
    analyzer: Analyzer,
    recent: Mutex<VecDeque<(String, Arc<Analysis>)>>,
}

impl Analyses {
    pub(super) fn new(analyzer: Analyzer) -> Self {
        Self {
            analyzer,
            recent: Mutex::default(),
        }
    }

    /// # Errors
    /// [`AgentError::Missing`] when there is none of this version, or a store that does not answer.
    pub(super) async fn load(&self, key: &str) -> Result<Arc<Analysis>, AgentError> {
        if let Some(analysis) = self.remembered(key) {
            return Ok(analysis);
        }

        let what = "the analysis of the repository";
        let found = self.analyzer.load(key).await?;
        let found = found.ok_or_else(|| AgentError::Missing {
            what,
            key: key.to_owned(),
        })?;

        Ok(self.remember(key, found))
    }

    pub(super) fn remember(&self, key: &str, analysis: Analysis) -> Arc<Analysis> {
        let analysis = Arc::new(analysis);
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.retain(|(known, _)| known != key);
        recent.push_front((key.to_owned(), Arc::clone(&analysis)));
        recent.truncate(IN_MEMORY);
        analysis
    }

    fn remembered(&self, key: &str) -> Option<Arc<Analysis>> {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent
            .iter()
            .find(|(known, _)| known == key)
            .map(|(_, analysis)| Arc::clone(analysis))
    }
}
