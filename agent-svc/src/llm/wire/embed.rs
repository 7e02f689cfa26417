//! Texts to one model, through `genai`, and their vectors back in the same order.

use std::sync::Arc;

use genai::embed::{EmbedOptions, EmbedRequest};

use super::{Wire, compose, quiet};
use crate::llm::config::Model;
use crate::llm::failure::{Failure, FailureKind};
use crate::llm::frames::Observed;

impl Wire {
    pub(in crate::llm) async fn embed(
        &self,
        model: &Model,
        texts: &[String],
        dimensions: Option<u32>,
        observed: &Arc<Observed>,
    ) -> Result<Vec<Vec<f32>>, Failure> {
        let mut options = EmbedOptions::new()
            .with_capture_raw_body(true)
            .with_headers(compose::headers(model));
        if let Some(dimensions) = dimensions {
            options = options.with_dimensions(dimensions as usize);
        }

        let request = EmbedRequest::new_batch(texts.to_vec());
        let target = compose::target_at(model, "embeddings")?;
        let asked = quiet(
            self.connections
                .shared()
                .exec_embed(target, request, Some(&options)),
        );
        let answer = tokio::time::timeout(self.first_byte, asked)
            .await
            .map_err(|_| Failure::new(FailureKind::Timeout))?
            .map_err(|error| self.read(&error))?;
        if let Some(body) = &answer.captured_raw_body {
            observed.read(body);
        }

        let mut embeddings = answer.embeddings;
        embeddings.sort_by_key(|embedding| embedding.index);
        if embeddings.len() != texts.len() {
            return Err(Failure::new(FailureKind::Malformed));
        }

        Ok(embeddings
            .into_iter()
            .map(|embedding| embedding.into_vector())
            .collect())
    }
}
