//! The operator's file of trusted documents, in the forms that build tools write it. Read and checked once, at start:
//! a document that could not run is found then, and not by its first user.

use std::{collections::HashMap, fs, io, path::PathBuf, sync::Arc};

use serde_json::{Map, Value};

use super::{Hash, sha256, unhex};
use crate::{
    PersistedDocuments,
    engine::{Document, Rules},
};

/// Documents at fault that one report names.
const REPORTED: usize = 10;
/// What Apollo's build tools write into `format`.
const APOLLO: &str = "apollo-persisted-query-manifest";

#[derive(Debug, thiserror::Error)]
pub enum TrustedError {
    #[error("`gateway.graphql.persisted_documents` is \"only\", but `trusted_documents` names no file")]
    NoFile,
    #[error("the trusted documents {0:?} cannot be read")]
    Unreadable(PathBuf, #[source] io::Error),
    #[error("the trusted documents {0:?} are not JSON")]
    NotJson(PathBuf, #[source] serde_json::Error),
    #[error("the trusted documents {file:?} have the wrong form: {wrong}")]
    Form { file: PathBuf, wrong: String },
    #[error("of the trusted documents {file:?} {count} cannot run here:{report}")]
    Documents {
        file: PathBuf,
        count: usize,
        report: String,
    },
}

/// Documents of the file, under their names in it and under their hashes.
#[derive(Default)]
pub(super) struct Trusted {
    by_id: HashMap<String, Arc<Document>>,
    by_hash: HashMap<Hash, Arc<Document>>,
}

impl Trusted {
    pub(super) fn read(
        path: &str,
        policy: PersistedDocuments,
        rules: Rules<'_>,
    ) -> Result<Self, TrustedError> {
        if path.is_empty() {
            return match policy {
                PersistedDocuments::Only => Err(TrustedError::NoFile),
                _ => Ok(Self::default()),
            };
        }

        let file = PathBuf::from(path);
        let text = fs::read_to_string(&file).map_err(|err| TrustedError::Unreadable(file.clone(), err))?;
        let json: Value =
            serde_json::from_str(&text).map_err(|err| TrustedError::NotJson(file.clone(), err))?;
        let listed = listed(json).map_err(|wrong| TrustedError::Form {
            file: file.clone(),
            wrong,
        })?;
        let (trusted, problems) = Self::prepare(listed, rules);

        if problems.is_empty() {
            tracing::info!(
                documents = trusted.by_id.len(),
                ?file,
                "trusted GraphQL documents"
            );
            return Ok(trusted);
        }

        Err(TrustedError::Documents {
            file,
            count: problems.len(),
            report: problems
                .iter()
                .take(REPORTED)
                .map(|one| format!("\n  {one}"))
                .collect(),
        })
    }

    fn prepare(listed: Vec<(String, String)>, rules: Rules<'_>) -> (Self, Vec<String>) {
        let mut trusted = Self::default();
        let mut problems = Vec::new();
        for (id, text) in listed {
            let hash = sha256(&text);
            let promised = id.strip_prefix("sha256:");
            if promised.is_some_and(|promised| unhex(promised) != Some(hash)) {
                problems.push(format!("{id}: this is not the SHA-256 of its document"));
                continue;
            }

            match Document::prepare(&text, rules, true) {
                Ok(document) => {
                    let document = Arc::new(document);
                    trusted.by_hash.insert(hash, Arc::clone(&document));
                    // A name that looks like a hash is asked for as one.
                    if let Some(hash) = unhex(&id) {
                        trusted.by_hash.insert(hash, Arc::clone(&document));
                    }
                    trusted.by_id.insert(id, document);
                }
                Err(found) => {
                    let messages: Vec<_> = found.into_iter().map(|problem| problem.message).collect();
                    problems.push(format!("{id}: {}", messages.join(" ")));
                }
            }
        }

        (trusted, problems)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    pub(super) fn by_id(&self, id: &str) -> Option<Arc<Document>> {
        self.by_id.get(id).cloned()
    }

    pub(super) fn by_hash(&self, hash: &Hash) -> Option<Arc<Document>> {
        self.by_hash.get(hash).cloned()
    }
}

/// Names and texts, from a map of one to the other or from Apollo's manifest.
fn listed(json: Value) -> Result<Vec<(String, String)>, String> {
    let Value::Object(mut fields) = json else {
        return Err("expected an object at the top".to_owned());
    };

    match fields.get("format") {
        Some(Value::String(format)) if format == APOLLO => {
            if fields.get("version").and_then(Value::as_u64) != Some(1) {
                return Err("expected `version` 1".to_owned());
            }
            match fields.remove("operations") {
                Some(Value::Array(operations)) => operations.into_iter().enumerate().map(operation).collect(),
                _ => Err("expected a list `operations`".to_owned()),
            }
        }
        _ => fields.into_iter().map(entry).collect(),
    }
}

fn entry((id, text): (String, Value)) -> Result<(String, String), String> {
    match text {
        _ if id.is_empty() => Err("a document has an empty name".to_owned()),
        Value::String(text) => Ok((id, text)),
        _ => Err(format!("expected the text of a document under {id:?}")),
    }
}

fn operation((index, json): (usize, Value)) -> Result<(String, String), String> {
    let Value::Object(mut fields) = json else {
        return Err(format!("expected an object at `operations[{index}]`"));
    };
    let id = text(&mut fields, "id").ok_or_else(|| format!("expected a text at `operations[{index}].id`"))?;
    let body =
        text(&mut fields, "body").ok_or_else(|| format!("expected a text at `operations[{index}].body`"))?;
    Ok((id, body))
}

fn text(fields: &mut Map<String, Value>, name: &str) -> Option<String> {
    match fields.remove(name) {
        Some(Value::String(text)) if !text.is_empty() => Some(text),
        _ => None,
    }
}
