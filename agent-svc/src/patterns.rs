//! What is remembered of projects that went well, and found again by what a new one is about. Each owner's own alone: nobody's idea
//! is told to anybody else. The nearest are found by an exact scan of an owner's patterns, which are bounded. A search that
//! fails finds nothing, and fails no agent.

use std::sync::Arc;

use kit::clock::SharedClock;
use kit::db::{Db, DbError};
use kit::error::Chain;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::agent_context::AgentContext;
use crate::completions::{DIMENSIONS, OFFLINE_MODEL, embed_offline};
use crate::llm::{Call, EmbedWish, Gateway};
use crate::store::patterns::{self as store, PatternRow};
use crate::usage::AccountName;

/// Patterns of one owner.
const MOST: i64 = 500;
/// Less like than this is not like.
const LEAST_SIMILARITY: f64 = 0.2;

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct Patterns {
    db: Db,
    gateway: Gateway,
    clock: SharedClock,
}

/// A project that went well.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pattern {
    pub(crate) project_type: String,
    /// What it is about.
    pub(crate) text: String,
    /// JSON object.
    pub(crate) metadata: Value,
    /// 0 to 1.
    pub(crate) success_score: f64,
}

/// One that is like what was looked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PatternMatch {
    pub(crate) id: Uuid,
    pub(crate) project_type: String,
    pub(crate) metadata: Value,
    /// 0 to 1.
    pub(crate) success_score: f64,
    /// Cosine, 1 is the same.
    pub(crate) similarity: f64,
}

impl Patterns {
    pub(crate) fn new(db: Db, gateway: Gateway, clock: &SharedClock) -> Self {
        Self {
            db,
            gateway,
            clock: Arc::clone(clock),
        }
    }

    /// The caller's own patterns nearest to a text, the nearest first; of one type, unless that is empty. What goes wrong is in the
    /// log, and nothing is found.
    pub(crate) async fn find(
        &self,
        desk: &AgentContext,
        text: &str,
        most: usize,
        project_type: &str,
    ) -> Vec<PatternMatch> {
        let found = match self.embed(desk, text).await {
            Some((vector, model)) => {
                let owner = desk.actor.user_id;
                self.match_patterns(owner, (&vector, &model), most, project_type)
                    .await
            }
            None => return Vec::new(),
        };

        found.unwrap_or_else(|error| {
            tracing::warn!(error = %Chain(&error), "patterns could not be searched");
            Vec::new()
        })
    }

    /// Remembers one. What goes wrong is in the log: a review is worth more than what is learned from it.
    pub(crate) async fn remember(&self, desk: &AgentContext, pattern: &Pattern) {
        let Some((vector, model)) = self.embed(desk, &pattern.text).await else {
            return;
        };
        let kept = self.keep(desk.actor.user_id, (&vector, &model), pattern).await;

        if let Err(error) = kept {
            tracing::warn!(error = %Chain(&error), "a pattern could not be kept");
        }
    }

    async fn keep(
        &self,
        owner: Uuid,
        (vector, model): (&[f32], &str),
        pattern: &Pattern,
    ) -> Result<(), DbError> {
        let row = PatternRow {
            id: name_pattern(owner, pattern),
            owner_id: owner,
            project_type: pattern.project_type.clone(),
            model: model.to_owned(),
            embedding: vector.iter().flat_map(|value| value.to_le_bytes()).collect(),
            metadata: pattern.metadata.to_string(),
            success_score: pattern.success_score.clamp(0.0, 1.0),
            created_at: self.clock.now(),
        };

        let mut tx = self.db.user(owner).begin_write().await?;
        store::put(&mut tx, &row).await?;
        store::trim(&mut tx, owner, MOST).await?;
        tx.commit().await
    }

    async fn match_patterns(
        &self,
        owner: Uuid,
        (vector, model): (&[f32], &str),
        most: usize,
        project_type: &str,
    ) -> Result<Vec<PatternMatch>, DbError> {
        let rows = store::list(&self.db.user(owner), owner, model, project_type).await?;
        let mut found: Vec<PatternMatch> = rows
            .into_iter()
            .map(|row| PatternMatch {
                similarity: measure_cosine(vector, &row.embedding),
                id: row.id,
                project_type: row.project_type,
                metadata: serde_json::from_str(&row.metadata).unwrap_or_else(|_| json!({})),
                success_score: row.success_score,
            })
            .filter(|found| found.similarity >= LEAST_SIMILARITY)
            .collect();

        found.sort_by(|one, other| {
            let nearest = other.similarity.total_cmp(&one.similarity);
            nearest.then_with(|| one.id.cmp(&other.id))
        });
        found.truncate(most);
        Ok(found)
    }

    /// Forgets everything of an owner.
    pub(crate) async fn delete(&self, owner: Uuid) -> Result<(), DbError> {
        store::delete_of_owner(&self.db.user(owner), owner).await
    }

    /// The vector of a text and who made it; nothing when nobody can now.
    async fn embed(&self, desk: &AgentContext, text: &str) -> Option<(Vec<f32>, String)> {
        if !self.gateway.can_embed() {
            return Some((embed_offline(text, DIMENSIONS as usize), OFFLINE_MODEL.to_owned()));
        }

        let call = Call {
            user: AccountName::from(&desk.actor).to_string(),
            agent: desk.agent.to_owned(),
            run: desk.run_id.clone(),
            key: desk.actor.api_key,
            own_key: None,
            own_connections: None,
            deadline: None,
            cancel: desk.cancel.clone(),
        };
        let wish = EmbedWish {
            model: None,
            texts: vec![text.to_owned()],
            dimensions: Some(DIMENSIONS),
        };
        match self.gateway.embed(&call, &wish).await {
            Ok(embedded) => {
                let model = embedded.model;
                embedded.vectors.into_iter().next().map(|vector| (vector, model))
            }
            Err(error) => {
                tracing::warn!(error = %Chain(&error), "a pattern's text could not be embedded");
                None
            }
        }
    }
}

/// The same for the same project, so that it is remembered once.
fn name_pattern(owner: Uuid, pattern: &Pattern) -> Uuid {
    let mut hash = blake3::Hasher::new();
    hash.update(owner.as_bytes())
        .update(pattern.project_type.as_bytes())
        .update(&[0])
        .update(pattern.text.as_bytes());
    let mut bytes = [0; 16];
    hash.finalize_xof().fill(&mut bytes);

    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// Of vectors that need not be of length 1; 0 where one has no direction or another length.
fn measure_cosine(vector: &[f32], stored: &[u8]) -> f64 {
    let (chunks, rest) = stored.as_chunks::<4>();
    if chunks.len() != vector.len() || !rest.is_empty() {
        return 0.0;
    }

    let (mut product, mut left, mut right) = (0.0_f64, 0.0_f64, 0.0_f64);
    for (one, bytes) in vector.iter().zip(chunks) {
        let (one, other) = (f64::from(*one), f64::from(f32::from_le_bytes(*bytes)));
        product += one * other;
        left += one * one;
        right += other * other;
    }

    match left * right {
        0.0 => 0.0,
        lengths => product / lengths.sqrt(),
    }
}

#[cfg(test)]
mod tests;
