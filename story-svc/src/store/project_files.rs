//! The rows of projects' files, of their versions and contents, and of revisions.

mod revisions;

use chrono::{DateTime, Utc};
use kit::db::{DbError, ScopedDb, WriteTx};
use kit::{on, on_tx};
use sqlx::FromRow;
use uuid::Uuid;

pub(crate) use self::revisions::{
    RevisionRow, find_revision, find_scaffold, insert_revision, list_contents, list_paths, list_revisions,
};
use crate::domain::project::{FileLanguage, FileOrigin, FileVersion, ProjectFile};

#[derive(FromRow)]
struct FileRow {
    id: Uuid,
    project_id: Uuid,
    path: String,
    language: String,
    version: i64,
    digest: Option<String>,
    bytes: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    content: Option<String>,
}

impl From<FileRow> for ProjectFile {
    fn from(row: FileRow) -> Self {
        Self {
            id: row.id,
            project_id: row.project_id,
            path: row.path,
            content: row.content,
            language: FileLanguage::parse(&row.language),
            version: u32::try_from(row.version).unwrap_or_default(),
            origin: FileOrigin::Source,
            bytes: u32::try_from(row.bytes).unwrap_or_default(),
            digest: row.digest.unwrap_or_default(),
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// What a project's files are before they are changed, deleted ones included.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct KnownFile {
    pub(crate) id: Uuid,
    pub(crate) path: String,
    pub(crate) language: String,
    pub(crate) version: i64,
    /// None when it was deleted.
    pub(crate) digest: Option<String>,
    pub(crate) bytes: i64,
    pub(crate) created_at: DateTime<Utc>,
}

pub(crate) async fn list_known(tx: &mut WriteTx, project: Uuid) -> Result<Vec<KnownFile>, DbError> {
    let sql = "SELECT id, path, language, version, digest, bytes, created_at FROM project_files \
               WHERE project_id = $1 ORDER BY path";
    Ok(on_tx!(tx, c => sqlx::query_as(sql).bind(project).fetch_all(c).await)?)
}

/// Keeps a content, unless this owner has it.
pub(crate) async fn keep_content(
    tx: &mut WriteTx,
    owner: Uuid,
    digest: &str,
    content: &str,
) -> Result<(), DbError> {
    let sql = "INSERT INTO project_contents (owner_id, digest, content, bytes) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (owner_id, digest) DO NOTHING";
    on_tx!(tx, c => sqlx::query(sql)
        .bind(owner)
        .bind(digest)
        .bind(content)
        .bind(i64::try_from(content.len()).unwrap_or(i64::MAX))
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

/// Bytes of all that an owner has written.
pub(crate) async fn measure_contents(tx: &mut WriteTx, owner: Uuid) -> Result<i64, DbError> {
    let sql = "SELECT CAST(coalesce(SUM(bytes), 0) AS BIGINT) FROM project_contents WHERE owner_id = $1";
    Ok(on_tx!(tx, c => sqlx::query_scalar(sql).bind(owner).fetch_one(c).await)?)
}

/// Writes the newest version of a file, and the file as it is now. An empty digest is a deletion.
pub(crate) async fn put_version(
    tx: &mut WriteTx,
    owner: Uuid,
    revision: u32,
    file: &ProjectFile,
) -> Result<(), DbError> {
    let digest = Some(&file.digest).filter(|digest| !digest.is_empty());
    let language = file.language.map_or("", FileLanguage::as_str);
    let sql = "INSERT INTO project_file_versions (project_id, path, version, owner_id, revision, language, digest, bytes, \
               created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    on_tx!(tx, c => sqlx::query(sql)
        .bind(file.project_id)
        .bind(&file.path)
        .bind(i64::from(file.version))
        .bind(owner)
        .bind(i64::from(revision))
        .bind(language)
        .bind(digest)
        .bind(i64::from(file.bytes))
        .bind(file.updated_at)
        .execute(c)
        .await
        .map(drop))?;

    let sql = "INSERT INTO project_files (id, project_id, path, owner_id, language, version, digest, bytes, created_at, \
               updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (project_id, path) DO UPDATE SET \
               language = excluded.language, version = excluded.version, digest = excluded.digest, \
               bytes = excluded.bytes, updated_at = excluded.updated_at";
    on_tx!(tx, c => sqlx::query(sql)
        .bind(file.id)
        .bind(file.project_id)
        .bind(&file.path)
        .bind(owner)
        .bind(language)
        .bind(i64::from(file.version))
        .bind(digest)
        .bind(i64::from(file.bytes))
        .bind(file.created_at)
        .bind(file.updated_at)
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

/// As they were at a revision, by path, without contents.
pub(crate) async fn list_at(
    db: &ScopedDb,
    project: Uuid,
    revision: u32,
) -> Result<Vec<ProjectFile>, DbError> {
    let sql = "SELECT f.id, v.project_id, v.path, v.language, v.version, v.digest, v.bytes, f.created_at, \
               v.created_at AS updated_at, NULL AS content FROM project_file_versions v \
               JOIN project_files f ON f.project_id = v.project_id AND f.path = v.path \
               WHERE v.project_id = $1 AND v.revision <= $2 AND v.digest IS NOT NULL AND v.version = \
               (SELECT max(n.version) FROM project_file_versions n WHERE n.project_id = v.project_id AND n.path = v.path \
               AND n.revision <= $2) ORDER BY v.path";
    let rows: Vec<FileRow> = on!(db, c => sqlx::query_as(sql)
        .bind(project)
        .bind(i64::from(revision))
        .fetch_all(c)
        .await)?;

    Ok(rows.into_iter().map(ProjectFile::from).collect())
}

/// With its content.
pub(crate) async fn find(db: &ScopedDb, project: Uuid, path: &str) -> Result<Option<ProjectFile>, DbError> {
    let sql = "SELECT f.id, f.project_id, f.path, f.language, f.version, f.digest, f.bytes, f.created_at, f.updated_at, \
               c.content FROM project_files f JOIN project_contents c ON c.owner_id = f.owner_id AND c.digest = f.digest \
               WHERE f.project_id = $1 AND f.path = $2";
    let row: Option<FileRow> =
        on!(db, c => sqlx::query_as(sql).bind(project).bind(path).fetch_optional(c).await)?;

    Ok(row.map(ProjectFile::from))
}

#[derive(FromRow)]
struct VersionRow {
    path: String,
    version: i64,
    revision: i64,
    message: String,
    language: String,
    digest: Option<String>,
    bytes: i64,
    created_at: DateTime<Utc>,
}

impl From<VersionRow> for FileVersion {
    fn from(row: VersionRow) -> Self {
        Self {
            path: row.path,
            version: u32::try_from(row.version).unwrap_or_default(),
            revision: u32::try_from(row.revision).unwrap_or_default(),
            message: row.message,
            language: FileLanguage::parse(&row.language).unwrap_or(FileLanguage::Typescript),
            bytes: u32::try_from(row.bytes).unwrap_or_default(),
            digest: row.digest,
            created_at: row.created_at,
        }
    }
}

/// Newest first; one, the newest, or all of them.
pub(crate) async fn list_versions(
    db: &ScopedDb,
    (project, path): (Uuid, &str),
    version: Option<u32>,
    most: i64,
) -> Result<Vec<FileVersion>, DbError> {
    let sql = "SELECT v.path, v.version, v.revision, r.message, v.language, v.digest, v.bytes, v.created_at \
               FROM project_file_versions v JOIN project_revisions r ON r.project_id = v.project_id AND r.number = v.revision \
               WHERE v.project_id = $1 AND v.path = $2 AND ($3 IS NULL OR v.version = $3) ORDER BY v.version DESC LIMIT $4";
    let rows: Vec<VersionRow> = on!(db, c => sqlx::query_as(sql)
        .bind(project)
        .bind(path)
        .bind(version.map(i64::from))
        .bind(most)
        .fetch_all(c)
        .await)?;

    Ok(rows.into_iter().map(FileVersion::from).collect())
}
