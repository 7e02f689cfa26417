//! Why an agent did not do its work: one error over all its parts. The parts' own words for users are kept.

use std::borrow::Cow;
use std::time::Duration;

use kit::actor::Tier;
use kit::blobs::BlobError;
use kit::error::{
    ErrorKind, FEATURE_NOT_AVAILABLE, Faults, FieldViolation, MissingFeature, Quota, ServiceError,
};
use kit::sources::RepoUrlError;

use crate::analysis::AnalyzeError;
use crate::clients::SpendRefusal;
use crate::llm::LlmError;
use crate::voice::VoiceError;
use crate::voice::mp3::Mp3Error;

#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    #[error("there is no agent `{name}`")]
    Unknown { name: String },
    #[error("`{name}` is more than one agent; say {}", candidates.join(" or "))]
    Ambiguous {
        name: String,
        candidates: Vec<&'static str>,
    },
    /// What the message asks for is in a higher tier.
    #[error("for {what} you need the tier {least} or higher; upgrade to have it")]
    NotInTier {
        /// In words, for a person.
        what: Cow<'static, str>,
        /// Its stable name, for programs.
        feature: Cow<'static, str>,
        least: Tier,
    },
    #[error("there is no {what} `{id}`")]
    NoSuch { what: &'static str, id: String },
    #[error("the agent {agent} works for this server's own workflows only")]
    ForProducts { agent: &'static str },
    /// What it made is not what its schema promises.
    #[error("the output of {agent} does not fit its schema: {fields}")]
    Unfit { agent: &'static str, fields: Faults },
    #[error("the input of {agent} is not JSON")]
    NotJson {
        agent: &'static str,
        #[source]
        source: serde_json::Error,
    },
    #[error("there is no model `{name}` here")]
    UnknownModel { name: String },
    #[error("the request is not valid: {0}")]
    Wish(Faults),
    /// What was told of the answer can't be taken back.
    #[error("the language model broke off in the middle of its answer")]
    BrokeOff,
    #[error("the input of {agent} is not valid: {fields}")]
    Input { agent: &'static str, fields: Faults },
    /// It fits the schema, and yet the type does not take it: schema and type differ.
    #[error("the input of {agent} could not be read")]
    Unread {
        agent: &'static str,
        #[source]
        source: serde_json::Error,
    },
    #[error("the output of {agent} could not be written")]
    Unwritten {
        agent: &'static str,
        #[source]
        source: serde_json::Error,
    },
    #[error(transparent)]
    Url(#[from] RepoUrlError),
    #[error(transparent)]
    Analysis(#[from] AnalyzeError),
    #[error(transparent)]
    Model(#[from] LlmError),
    /// The model's text still broke the rules after it was asked again.
    #[error("the model's {what} could not be used: {}", problems.join("; "))]
    Unusable {
        what: &'static str,
        problems: Vec<String>,
    },
    #[error(transparent)]
    Voice(#[from] VoiceError),
    #[error(transparent)]
    Spend(#[from] SpendRefusal),
    #[error("the blob store failed")]
    Blobs(#[from] BlobError),
    #[error("{what} `{key}` is not there any more")]
    Missing { what: &'static str, key: String },
    #[error("{what} `{key}` is damaged")]
    Damaged {
        what: &'static str,
        key: String,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    #[error("a piece of audio is damaged: `{key}`")]
    Audio {
        key: String,
        #[source]
        source: Mp3Error,
    },
    #[error("there is no chapter {index}: the outline has {count}")]
    NoChapter { index: usize, count: usize },
    #[error("there is nothing to read aloud")]
    NothingToSay,
    #[error("the work was cancelled")]
    Cancelled,
    #[error("the agent broke down")]
    Broken,
}

/// A message for the log as one for people: it begins with a capital and ends with a full stop, as everywhere.
fn write_sentence(message: &str) -> String {
    let mut rest = message.chars();
    let first = rest.next().into_iter().flat_map(char::to_uppercase);
    let mut sentence: String = first.chain(rest).collect();
    if !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }

    sentence
}

impl AgentError {
    /// An agent that the asker's tier has not.
    pub(crate) const fn agent_not_in_tier(agent: &'static str, least: Tier) -> Self {
        Self::NotInTier {
            what: Cow::Borrowed(agent),
            feature: Cow::Borrowed(agent),
            least,
        }
    }

    pub(crate) fn unknown_model(name: &str) -> Self {
        Self::UnknownModel {
            name: name.chars().take(100).collect(),
        }
    }

    pub(crate) fn field(agent: &'static str, field: &str, expected: impl Into<String>) -> Self {
        Self::Input {
            agent,
            fields: Faults::one(field, expected),
        }
    }
}

impl ServiceError for AgentError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Unknown { .. } | Self::UnknownModel { .. } | Self::NoSuch { .. } => ErrorKind::NotFound,
            Self::Wish(_) => ErrorKind::InvalidArgument,
            Self::BrokeOff => ErrorKind::Unavailable,
            Self::Ambiguous { .. } | Self::NotJson { .. } | Self::Input { .. } | Self::NoChapter { .. } => {
                ErrorKind::InvalidArgument
            }
            Self::NothingToSay => ErrorKind::InvalidArgument,
            Self::ForProducts { .. } | Self::NotInTier { .. } => ErrorKind::PermissionDenied,
            Self::Url(err) => err.kind(),
            Self::Analysis(err) => err.kind(),
            Self::Model(err) => err.kind(),
            Self::Voice(err) => err.kind(),
            Self::Spend(err) => err.kind(),
            Self::Unusable { .. } | Self::Unfit { .. } => ErrorKind::Unavailable,
            Self::Blobs(_) => ErrorKind::Unavailable,
            Self::Missing { .. } => ErrorKind::FailedPrecondition,
            Self::Damaged { .. } | Self::Audio { .. } => ErrorKind::Internal,
            Self::Cancelled => ErrorKind::Aborted,
            Self::Unread { .. } | Self::Unwritten { .. } | Self::Broken => ErrorKind::Internal,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "AGENT_NOT_FOUND",
            Self::Ambiguous { .. } => "AGENT_AMBIGUOUS",
            Self::UnknownModel { .. } => "MODEL_UNKNOWN",
            Self::Wish(_) => "INVALID_FIELDS",
            Self::BrokeOff => "MODEL_ANSWER_BROKE_OFF",
            Self::ForProducts { .. } => "AGENT_FOR_PRODUCTS",
            Self::NotInTier { .. } => FEATURE_NOT_AVAILABLE,
            Self::NoSuch { .. } => "NOT_FOUND",
            Self::Unfit { .. } => "AGENT_OUTPUT_INVALID",
            Self::NotJson { .. } => "AGENT_INPUT_NOT_JSON",
            Self::Input { .. } => "AGENT_INPUT_INVALID",
            Self::Unread { .. } => "AGENT_INPUT_UNREAD",
            Self::Unwritten { .. } => "AGENT_OUTPUT_UNWRITTEN",
            Self::Url(err) => err.reason(),
            Self::Analysis(err) => err.reason(),
            Self::Model(err) => err.reason(),
            Self::Unusable { .. } => "MODEL_ANSWER_UNUSABLE",
            Self::Voice(err) => err.reason(),
            Self::Spend(err) => err.reason(),
            Self::Blobs(_) => "BLOBS_UNAVAILABLE",
            Self::Missing { .. } => "WORK_MISSING",
            Self::Damaged { .. } => "WORK_DAMAGED",
            Self::Audio { .. } => "AUDIO_DAMAGED",
            Self::NoChapter { .. } => "CHAPTER_NOT_FOUND",
            Self::NothingToSay => "NOTHING_TO_SAY",
            Self::Cancelled => "CANCELLED",
            Self::Broken => "AGENT_BROKEN",
        }
    }

    /// The parts write for the log; whoever reads an answer gets a whole sentence of any of them.
    fn public_message(&self) -> String {
        let message = match self {
            Self::Url(err) => err.public_message(),
            Self::Analysis(err) => err.public_message(),
            Self::Model(err) => err.public_message(),
            Self::Voice(err) => err.public_message(),
            Self::Spend(err) => err.public_message(),
            Self::Unusable { .. } => "The language model gave no usable answer. Try again.".to_owned(),
            Self::Missing { what, .. } => format!("{what} is not there any more. Start again."),
            Self::Blobs(_) => {
                "The store for results does not answer at the moment. Try again later.".to_owned()
            }
            Self::Unread { .. }
            | Self::Unwritten { .. }
            | Self::Damaged { .. }
            | Self::Audio { .. }
            | Self::Broken => "Something went wrong on our side. It has been logged.".to_owned(),
            Self::Unknown { .. }
            | Self::UnknownModel { .. }
            | Self::Wish(_)
            | Self::BrokeOff
            | Self::Ambiguous { .. }
            | Self::ForProducts { .. }
            | Self::NotInTier { .. }
            | Self::NoSuch { .. }
            | Self::Unfit { .. }
            | Self::NotJson { .. }
            | Self::Input { .. }
            | Self::NoChapter { .. }
            | Self::NothingToSay
            | Self::Cancelled => self.to_string(),
        };

        write_sentence(&message)
    }

    fn fields(&self) -> Vec<FieldViolation> {
        match self {
            Self::Ambiguous { candidates, .. } => {
                vec![FieldViolation::new(
                    "name",
                    format!("one of {}", candidates.join(", ")),
                )]
            }
            Self::NotJson { .. } => vec![FieldViolation::new("input", "a JSON object")],
            Self::Input { fields, .. } | Self::Wish(fields) => fields.0.clone(),
            Self::Unfit { fields, .. } => {
                let named = fields.0.iter().map(|fault| match fault.field.as_str() {
                    "input" => FieldViolation::new("output", fault.expected.clone()),
                    field => FieldViolation::new(format!("output.{field}"), fault.expected.clone()),
                });
                named.collect()
            }
            Self::Url(err) => err.fields(),
            Self::Analysis(err) => err.fields(),
            Self::Voice(err) => err.fields(),
            Self::NoChapter { count, .. } => {
                vec![FieldViolation::new("index", format!("a number below {count}"))]
            }
            Self::NothingToSay => vec![FieldViolation::new("text", "text with words in it")],
            _ => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Analysis(err) => err.retry_after(),
            Self::Model(err) => err.retry_after(),
            Self::Voice(err) => err.retry_after(),
            Self::Spend(err) => err.retry_after(),
            _ => None,
        }
    }

    fn quota(&self) -> Option<Quota> {
        match self {
            Self::Model(err) => err.quota(),
            Self::Spend(err) => err.quota(),
            _ => None,
        }
    }

    fn missing_feature(&self) -> Option<MissingFeature> {
        match self {
            Self::NotInTier { feature, least, .. } => Some(MissingFeature {
                feature: feature.clone().into_owned(),
                least_tier: Some(*least),
            }),
            _ => None,
        }
    }
}
