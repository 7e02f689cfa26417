//! The first step of a story by a model: what is true and worth telling, each with the files that it rests on. A claim
//! that the material does not bear is sent back once and then left out.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::facts::{self, Paths};
use super::super::prompts;
use super::check;
use super::evidence::Evidence;
use super::tools::ArchitectTools;
use super::{Architect, modelled::ask_again_for};
use crate::agents::thinking::Question;
use crate::error::AgentError;
use crate::llm::Message;
use proto::tasks::code_story::{IntentResult, PlannedClaim, Speaker};
use repo::analysis::Analysis;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(super) struct ModelClaims {
    #[schemars(length(min = 1, max = 40))]
    claims: Vec<ModelClaim>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
struct ModelClaim {
    /// One sentence.
    text: String,
    /// Paths of the files that it rests on.
    #[serde(default)]
    #[schemars(length(max = 6))]
    sources: Vec<String>,
}

impl ModelClaims {
    /// The claims that the material bears, and what is wrong with the others.
    fn judge(&self, analysis: &Analysis, paths: &Paths<'_>) -> (Vec<PlannedClaim>, Vec<String>) {
        let (mut claims, mut problems) = (Vec::new(), Vec::new());
        for claim in &self.claims {
            let unknown: Vec<&String> = claim.sources.iter().filter(|path| !paths.has(path)).collect();
            if !unknown.is_empty() {
                problems.push(format!(
                    "“{}” rests on files that do not exist: {unknown:?}",
                    claim.text
                ));
                continue;
            }

            let evidence = evidence(analysis, paths, &claim.sources, "");
            let unfounded = check::find_unfounded(&claim.text, &evidence);
            if unfounded.is_empty() {
                claims.push(PlannedClaim {
                    text: check::spoken(&claim.text),
                    sources: claim.sources.clone(),
                });
            }

            problems.extend(unfounded);
        }

        claims.retain(|claim| !claim.text.is_empty());

        (claims, problems)
    }
}

/// What may be said when these files are cited and this was wished for.
pub(super) fn evidence(analysis: &Analysis, paths: &Paths<'_>, files: &[String], wish: &str) -> Evidence {
    let cited = analysis
        .key_files
        .iter()
        .filter(|file| files.contains(&file.path));
    let facts = [
        facts::digest(analysis).to_string(),
        facts::architecture(analysis).to_string(),
        facts::dependencies(analysis).to_string(),
        paths.text(),
    ];

    let texts = facts.iter().map(String::as_str).chain([wish]);
    Evidence::collect(texts.chain(cited.map(|file| file.excerpt.as_str())))
}

impl Architect {
    pub(super) async fn claims_by_model(
        &self,
        intent: &IntentResult,
        analysis: &Analysis,
        material: &str,
        tools: &ArchitectTools<'_>,
    ) -> Result<Vec<PlannedClaim>, AgentError> {
        let paths = Paths::collect(analysis);
        let mut messages = vec![Message::User(material.to_owned())];
        for last in [false, true] {
            let question = Question {
                speaker: Speaker::Architect.as_str(),
                system: prompts::claims(intent.technical_depth),
                messages: messages.clone(),
                tools: Some(tools),
                shown: "",
            };
            let told: ModelClaims = self.tools.engines.models.think(&self.desk, question).await?;
            let (claims, problems) = told.judge(analysis, &paths);
            if problems.is_empty() || last {
                return Ok(claims);
            }

            ask_again_for(&self.desk, &mut messages, &told, &problems).await?;
        }

        Ok(Vec::new())
    }
}
