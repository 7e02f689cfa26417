//! Rows of books as the database gives them, and what they mean.

use kit::db::DbError;
use serde::de::DeserializeOwned;
use sqlx::FromRow;

use crate::domain::book::{BookHead, KeptScene};

#[derive(FromRow)]
pub(super) struct HeadRow {
    revision: i64,
    outline: Option<String>,
    cast_list: Option<String>,
    findings: String,
    audio: Option<String>,
}

impl HeadRow {
    pub(super) fn into_head(self) -> Result<BookHead, DbError> {
        Ok(BookHead {
            revision: self.revision.unsigned_abs(),
            outline: self.outline.as_deref().map(read_json).transpose()?,
            cast: self.cast_list.as_deref().map(read_json).transpose()?,
            findings: read_json(&self.findings)?,
            audio: self.audio.as_deref().map(read_json).transpose()?,
        })
    }
}

#[derive(FromRow)]
pub(super) struct SceneRow {
    take: i64,
    words: i64,
    scene: String,
    prose: String,
}

impl SceneRow {
    pub(super) fn into_kept(self) -> Result<KeptScene, DbError> {
        Ok(KeptScene {
            scene: read_json(&self.scene)?,
            prose: read_json(&self.prose)?,
            take: small(self.take),
            words: small(self.words),
        })
    }
}

fn small(number: i64) -> u32 {
    u32::try_from(number).unwrap_or_default()
}

pub(in crate::store) fn read_json<T: DeserializeOwned>(text: &str) -> Result<T, DbError> {
    serde_json::from_str(text).map_err(|source| DbError::Query(sqlx::Error::Decode(source.into())))
}
