//! The rows of projects.

use chrono::{DateTime, Utc};
use kit::db::{DbError, ScopedDb, WriteTx};
use kit::page::{Cursor, Page, PageRequest};
use kit::{on, on_tx, on_write};
use sqlx::{AssertSqlSafe, FromRow};
use uuid::Uuid;

use super::workflows::read_json;
use crate::domain::project::{Project, ProjectFilter, ProjectMode, ProjectStatus};

macro_rules! project_columns {
    () => {
        "id, owner_id, title, description, mode, status, tech_stack, requirements_spec, architecture_spec, dependencies, \
         readme, revision, created_at, updated_at"
    };
}
/// Owner, mode and status that are asked for.
const WANTED: &str = "owner_id = $1 AND ($2 = '' OR mode = $2) \
                      AND (($3 = '' AND status <> 'archived') OR status = $3)";

#[derive(FromRow)]
struct ProjectRow {
    id: Uuid,
    owner_id: Uuid,
    title: String,
    description: String,
    mode: String,
    status: String,
    tech_stack: String,
    requirements_spec: Option<String>,
    architecture_spec: Option<String>,
    dependencies: String,
    readme: Option<String>,
    revision: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl TryFrom<ProjectRow> for Project {
    type Error = DbError;

    fn try_from(row: ProjectRow) -> Result<Self, DbError> {
        Ok(Self {
            mode: ProjectMode::parse(&row.mode).unwrap_or(ProjectMode::Builder),
            status: ProjectStatus::parse(&row.status).unwrap_or(ProjectStatus::Planning),
            tech_stack: read_json(&row.tech_stack)?,
            dependencies: read_json(&row.dependencies)?,
            id: row.id,
            owner_id: row.owner_id,
            title: row.title,
            description: row.description,
            requirements_spec: row.requirements_spec,
            architecture_spec: row.architecture_spec,
            readme: row.readme,
            revision: u32::try_from(row.revision).unwrap_or_default(),
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// False when its owner has as many as one may.
pub(crate) async fn insert(tx: &mut WriteTx, new: &Project, most: i64) -> Result<bool, DbError> {
    let sql = concat!(
        "INSERT INTO projects (",
        project_columns!(),
        ") SELECT $1, $2, $3, $4, $5, $6, $7, NULL, NULL, $8, NULL, $9, $10, $10 \
         WHERE (SELECT COUNT(*) FROM projects WHERE owner_id = $2) < $11"
    );
    let done = on_tx!(tx, c => sqlx::query(sql)
        .bind(new.id)
        .bind(new.owner_id)
        .bind(&new.title)
        .bind(&new.description)
        .bind(new.mode.as_str())
        .bind(new.status.as_str())
        .bind(serde_json::json!(new.tech_stack).to_string())
        .bind(serde_json::json!(new.dependencies).to_string())
        .bind(i64::from(new.revision))
        .bind(new.created_at)
        .bind(most)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}

pub(crate) async fn find(db: &ScopedDb, id: Uuid, owner: Uuid) -> Result<Option<Project>, DbError> {
    let sql = concat!(
        "SELECT ",
        project_columns!(),
        " FROM projects WHERE id = $1 AND owner_id = $2"
    );
    let row: Option<ProjectRow> =
        on!(db, c => sqlx::query_as(sql).bind(id).bind(owner).fetch_optional(c).await)?;

    row.map(Project::try_from).transpose()
}

/// The project, which nobody else changes before the transaction ends.
pub(crate) async fn lock(tx: &mut WriteTx, id: Uuid, owner: Uuid) -> Result<Option<Project>, DbError> {
    let sql = concat!(
        "UPDATE projects SET updated_at = updated_at WHERE id = $1 AND owner_id = $2 RETURNING ",
        project_columns!()
    );
    let row: Option<ProjectRow> =
        on_tx!(tx, c => sqlx::query_as(sql).bind(id).bind(owner).fetch_optional(c).await)?;

    row.map(Project::try_from).transpose()
}

/// Writes what may change of it.
pub(crate) async fn update(tx: &mut WriteTx, project: &Project) -> Result<(), DbError> {
    let sql = "UPDATE projects SET title = $3, description = $4, status = $5, requirements_spec = $6, \
               architecture_spec = $7, dependencies = $8, readme = $9, revision = $10, updated_at = $11, tech_stack = $12 \
               WHERE id = $1 AND owner_id = $2";
    on_tx!(tx, c => sqlx::query(sql)
        .bind(project.id)
        .bind(project.owner_id)
        .bind(&project.title)
        .bind(&project.description)
        .bind(project.status.as_str())
        .bind(&project.requirements_spec)
        .bind(&project.architecture_spec)
        .bind(serde_json::json!(project.dependencies).to_string())
        .bind(&project.readme)
        .bind(i64::from(project.revision))
        .bind(project.updated_at)
        .bind(serde_json::json!(project.tech_stack).to_string())
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

/// One page, newest first.
pub(crate) async fn list(
    db: &ScopedDb,
    owner: Uuid,
    filter: ProjectFilter,
    (page, offset): (PageRequest, u32),
) -> Result<Page<Project>, DbError> {
    let (compare, direction) = if page.backward {
        (">", "ASC")
    } else {
        ("<", "DESC")
    };
    let start = page.start(!page.backward);
    let sql = format!(
        concat!(
            "SELECT ",
            project_columns!(),
            " FROM projects WHERE {} AND (created_at, id) {} ($4, $5) ORDER BY created_at {}, id {} LIMIT $6 OFFSET $7"
        ),
        WANTED, compare, direction, direction
    );
    let rows: Vec<ProjectRow> = on!(db, c => sqlx::query_as(AssertSqlSafe(sql))
        .bind(owner)
        .bind(filter.mode.map_or("", ProjectMode::as_str))
        .bind(filter.status.map_or("", ProjectStatus::as_str))
        .bind(start.at)
        .bind(start.id)
        .bind(page.rows())
        .bind(i64::from(offset))
        .fetch_all(c)
        .await)?;
    let projects = rows
        .into_iter()
        .map(Project::try_from)
        .collect::<Result<Vec<_>, _>>()?;

    Ok(page.page(projects, |project| Cursor {
        at: project.created_at,
        id: project.id,
    }))
}

pub(crate) async fn count(db: &ScopedDb, owner: Uuid, filter: ProjectFilter) -> Result<u64, DbError> {
    let sql = format!("SELECT COUNT(*) FROM projects WHERE {WANTED}");
    let count: i64 = on!(db, c => sqlx::query_scalar(AssertSqlSafe(sql))
        .bind(owner)
        .bind(filter.mode.map_or("", ProjectMode::as_str))
        .bind(filter.status.map_or("", ProjectStatus::as_str))
        .fetch_one(c)
        .await)?;

    Ok(count.cast_unsigned())
}

/// Everything of an owner; what hangs on a project goes with it.
pub(crate) async fn delete_of_owner(db: &ScopedDb, owner: Uuid) -> Result<(), DbError> {
    for sql in [
        "DELETE FROM projects WHERE owner_id = $1",
        "DELETE FROM project_contents WHERE owner_id = $1",
    ] {
        on_write!(db, c => sqlx::query(sql).bind(owner).execute(c).await.map(drop))?;
    }

    Ok(())
}
