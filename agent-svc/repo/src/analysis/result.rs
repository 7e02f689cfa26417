//! The contract's `AnalysisResult`, derived from the full analysis.

use proto::tasks::code_story::AnalysisResult;
use serde_json::{Map, Value, json};

use super::model::Analysis;

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

impl Analysis {
    /// Of every text file that was read: code, data and prose.
    fn lines(&self) -> u64 {
        let every = self.languages.iter().chain(&self.formats);
        every
            .map(|language| language.code + language.comments + language.blanks)
            .sum()
    }

    /// Exactly the eight fields that clients know.
    pub fn result(&self) -> AnalysisResult {
        AnalysisResult {
            repo_metadata: self.repo_metadata(),
            file_structure: object(json!({
                "total_files": self.files_total,
                "files_analyzed": self.files_analyzed,
                "files_skipped": self.files_skipped,
                "total_lines": self.lines(),
                "entries": self.tree,
                "languages": self.languages,
                "largest_files": self.largest_files,
                "modules": self.modules.iter().map(|module| json!({
                    "path": module.path,
                    "name": module.name,
                    "role": module.role,
                    "purpose": module.purpose,
                    "files": module.files,
                    "code_lines": module.code_lines,
                })).collect::<Vec<_>>(),
            })),
            key_files: self
                .key_files
                .iter()
                .map(|file| (file.path.clone(), file.excerpt.clone()))
                .collect(),
            dependencies: self
                .dependencies
                .iter()
                .filter(|found| !found.internal)
                .map(|found| {
                    object(json!({
                        "name": found.name,
                        "version": found.version,
                        "ecosystem": found.ecosystem,
                        "scope": found.scope,
                        "category": found.category,
                        "purpose": found.purpose,
                        "manifest": found.manifest,
                    }))
                })
                .collect(),
            architecture_patterns: self
                .architecture_patterns
                .iter()
                .map(|pattern| pattern.name.clone())
                .collect(),
            tech_stack: self.tech_stack.clone(),
            complexity_score: self.complexity.score,
            suggested_chapters: self
                .suggested_chapters
                .iter()
                .map(|chapter| chapter.title.clone())
                .collect(),
        }
    }

    fn repo_metadata(&self) -> Map<String, Value> {
        let github = self.github.clone().unwrap_or_default();
        let contributors = github
            .contributors
            .or_else(|| Some(self.history.as_ref()?.contributors_count));

        object(json!({
            "owner": self.repo.owner,
            "name": self.repo.name,
            "full_name": format!("{}/{}", self.repo.owner, self.repo.name),
            "url": self.repo.url,
            "host": self.repo.host,
            "description": self.repo.description,
            "default_branch": self.repo.default_branch,
            "commit": self.repo.commit,
            "stars": self.github.as_ref().map(|github| github.stars),
            "forks": self.github.as_ref().map(|github| github.forks),
            "topics": github.topics,
            "contributors": contributors,
            "languages": self.languages.iter().map(|language| (language.name.clone(), json!(language.code))).collect::<Map<_, _>>(),
            "license": self.licence.as_ref().map(|licence| licence.spdx.clone()),
            "commits": self.history.as_ref().map(|history| history.commits),
            "first_commit_at": self.history.as_ref().map(|history| history.first_at),
            "last_commit_at": self.history.as_ref().map_or(self.repo.committed_at, |history| history.last_at),
        }))
    }
}
