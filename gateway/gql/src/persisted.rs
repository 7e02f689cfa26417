//! Where documents come from: the text of a request, a hash that a client has registered, or the operator's file of
//! trusted documents. Keeps what was prepared, within its bytes.

mod trusted;

use std::{sync::Arc, time::Duration};

use moka::sync::Cache;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use self::trusted::Trusted;
pub(crate) use self::trusted::TrustedError;
use super::{
    engine::{Code, Document, Incoming, Rules, refusal::Problem},
    parse::check_length,
};
use crate::{EngineConfig, PersistedDocuments};

type DocumentHash = [u8; 32];

/// All documents that are known.
pub(crate) struct Documents {
    trusted: Trusted,
    policy: PersistedDocuments,
    /// Root fields whose arguments are not kept.
    ephemeral_fields: &'static [&'static str],
    /// By their text.
    prepared: Cache<Arc<str>, Arc<Document>>,
    /// By the hash of their text, as clients have registered them. None when that is turned off.
    registered: Option<Cache<DocumentHash, Arc<Document>>>,
}

/// How a request names its document.
#[derive(Debug, PartialEq, Eq)]
enum DocumentName<'a> {
    /// SHA-256 of the text.
    Hash(DocumentHash),
    /// As the operator's file has it.
    Id(&'a str),
}

impl Documents {
    pub(crate) fn open(config: &EngineConfig, rules: Rules<'_>) -> Result<Self, TrustedError> {
        let trusted = Trusted::read(&config.trusted_documents, config.persisted_documents, rules)?;
        let weigh = |document: &Arc<Document>| document.bytes;
        let prepared = Cache::builder()
            .max_capacity(config.document_cache_bytes)
            .weigher(move |_, document| weigh(document))
            .build();

        let registered = (config.persisted_cache_bytes > 0).then(|| {
            Cache::builder()
                .max_capacity(config.persisted_cache_bytes)
                .time_to_live(Duration::from_secs(config.persisted_expire_seconds))
                .weigher(move |_, document| weigh(document))
                .build()
        });

        Ok(Self {
            trusted,
            policy: config.persisted_documents,
            ephemeral_fields: config.ephemeral_fields,
            prepared,
            registered,
        })
    }

    /// The document of a request. `hints`: whether problems may say which names were probably meant.
    pub(crate) fn find(
        &self,
        incoming: &Incoming,
        rules: Rules<'_>,
        hints: bool,
    ) -> Result<Arc<Document>, Vec<Problem>> {
        let one = |problem| vec![problem];
        let name = name(incoming).map_err(one)?;

        // Before anything is made of it: a hash reads all of a text, too.
        if let Some(text) = &incoming.query {
            check_length(text, rules.limits).map_err(one)?;
        }

        match (incoming.query.as_deref(), name) {
            (None, None) => {
                let message = "Send a document as `query`, or name one with `documentId`.";
                Err(one(Problem::new(Code::BadRequest, message)))
            }
            (None, Some(name)) => self.named(&name).map_err(one),
            (Some(text), None) => self.written(text, rules, hints),
            (Some(text), Some(DocumentName::Hash(hash))) => {
                if sha256(text) != hash {
                    let message = "The hash is not the SHA-256 of the document.";
                    return Err(one(Problem::new(Code::PersistedMismatch, message)));
                }

                let document = self.written(text, rules, hints)?;
                if let Some(registered) = &self.registered
                    && document.may_be_kept(self.ephemeral_fields)
                {
                    registered.insert(hash, Arc::clone(&document));
                }

                Ok(document)
            }
            (Some(_), Some(DocumentName::Id(_))) => {
                let message =
                    "Send `documentId` or `query`, not both; only a SHA-256 may come with its document.";
                Err(one(Problem::new(Code::BadRequest, message)))
            }
        }
    }

    fn named(&self, name: &DocumentName<'_>) -> Result<Arc<Document>, Problem> {
        let listed = match name {
            DocumentName::Hash(hash) => self.trusted.by_hash(hash),
            DocumentName::Id(id) => self.trusted.by_id(id),
        };
        if let Some(document) = listed {
            return Ok(document);
        }

        match (name, &self.registered) {
            (DocumentName::Hash(hash), Some(registered)) if self.policy != PersistedDocuments::Only => {
                registered.get(hash).ok_or_else(not_found)
            }
            (DocumentName::Hash(_), None) if self.trusted.is_empty() => {
                // This message and its code are Apollo's: clients then stop sending hashes.
                let message = "PersistedQueryNotSupported";
                Err(Problem::new(Code::PersistedNotSupported, message))
            }
            _ => Err(not_found()),
        }
    }

    /// The document of a text, prepared now or earlier.
    fn written(&self, text: &str, rules: Rules<'_>, hints: bool) -> Result<Arc<Document>, Vec<Problem>> {
        if self.policy == PersistedDocuments::Only {
            let listed = self.trusted.by_hash(&sha256(text));
            let message = "Only documents that the operator has listed may run here.";
            return listed.ok_or_else(|| vec![Problem::new(Code::NotListed, message)]);
        }

        if let Some(document) = self.prepared.get(text) {
            return Ok(document);
        }

        let document = Arc::new(Document::prepare(text, rules, hints)?);
        if document.may_be_kept(self.ephemeral_fields) {
            self.prepared.insert(Arc::from(text), Arc::clone(&document));
        }

        if self.policy == PersistedDocuments::Log {
            self.log(text);
        }

        Ok(document)
    }

    /// What the two caches hold, once they have caught up.
    #[cfg(test)]
    pub(crate) fn bytes(&self) -> Vec<u64> {
        self.prepared.run_pending_tasks();
        let mut bytes = vec![self.prepared.weighted_size()];
        if let Some(registered) = &self.registered {
            registered.run_pending_tasks();
            bytes.push(registered.weighted_size());
        }
        bytes
    }

    /// Once for as long as the document is kept.
    fn log(&self, text: &str) {
        let hash = sha256(text);
        if self.trusted.by_hash(&hash).is_none() {
            tracing::warn!(sha256 = %hex(&hash), "a GraphQL document is not listed in `trusted_documents`");
        }
    }
}

/// This message and its code are Apollo's: clients then send the document along.
fn not_found() -> Problem {
    Problem::new(Code::PersistedNotFound, "PersistedQueryNotFound")
}

/// The name in a request: `documentId` of GraphQL over HTTP, or Apollo's `persistedQuery`.
fn name(incoming: &Incoming) -> Result<Option<DocumentName<'_>>, Problem> {
    if let Some(id) = &incoming.document_id {
        return identifier(id).map(Some);
    }
    match incoming.extensions.get("persistedQuery") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(fields)) => apollo(fields).map(Some),
        Some(_) => Err(malformed("`extensions.persistedQuery` is not an object.")),
    }
}

fn apollo(fields: &Map<String, Value>) -> Result<DocumentName<'_>, Problem> {
    if fields
        .get("version")
        .is_some_and(|version| version.as_u64() != Some(1))
    {
        return Err(malformed("`extensions.persistedQuery.version` must be 1."));
    }

    match fields.get("sha256Hash").and_then(Value::as_str) {
        // Trusted documents come this way, too, under names that need not be hashes.
        Some(hash) => identifier(hash),
        None => Err(malformed(
            "`extensions.persistedQuery.sha256Hash` must be a text.",
        )),
    }
}

/// Reads a document identifier of GraphQL over HTTP. A SHA-256 is one with or without its prefix.
fn identifier(id: &str) -> Result<DocumentName<'_>, Problem> {
    match (id.strip_prefix("sha256:"), unhex(id)) {
        (Some(hash), _) => match unhex(hash) {
            Some(hash) => Ok(DocumentName::Hash(hash)),
            None => Err(malformed("After `sha256:` there must be 64 hexadecimal digits.")),
        },
        (None, Some(hash)) => Ok(DocumentName::Hash(hash)),
        (None, None) => Ok(DocumentName::Id(id)),
    }
}

fn malformed(message: &str) -> Problem {
    Problem::new(Code::BadRequest, message)
}

fn sha256(text: &str) -> DocumentHash {
    Sha256::digest(text).into()
}

fn hex(hash: &DocumentHash) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<DocumentHash> {
    let mut hash = DocumentHash::default();
    if text.len() != 2 * hash.len() || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    for (index, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    Some(hash)
}
