//! The rows of learning: learners, roadmaps, choices, sessions, and what was said. All of them hang on a project and go with it.

use chrono::{DateTime, Utc};
use kit::db::{DbError, ScopedDb, WriteTx};
use kit::{on, on_tx};
use proto::tasks::codeforge::teaching::SkillLevel;
use serde_json::json;
use sqlx::FromRow;
use uuid::Uuid;

use super::workflows::read_json;
use crate::domain::student::{ChatMessage, Learner, StudentChoice, StudentRoadmap, StudySession};

#[derive(FromRow)]
struct LearnerRow {
    state: String,
    skill_level: String,
    version: i64,
}

#[derive(FromRow)]
struct RoadmapRow {
    project_id: Uuid,
    roadmap: String,
    current_step_index: i64,
    skill_level: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

#[derive(FromRow)]
struct ChoiceRow {
    id: Uuid,
    project_id: Uuid,
    question: String,
    framework: String,
    chosen_option_id: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

#[derive(FromRow)]
struct SessionRow {
    id: Uuid,
    project_id: Uuid,
    transcript: String,
    concepts_covered: String,
    duration_minutes: i64,
    created_at: DateTime<Utc>,
}

fn read_level(word: &str) -> SkillLevel {
    SkillLevel::parse(word).unwrap_or_default()
}

impl TryFrom<LearnerRow> for Learner {
    type Error = DbError;

    fn try_from(row: LearnerRow) -> Result<Self, DbError> {
        Ok(Self {
            state: read_json(&row.state)?,
            skill_level: read_level(&row.skill_level),
            version: u32::try_from(row.version).unwrap_or_default(),
        })
    }
}

impl TryFrom<RoadmapRow> for StudentRoadmap {
    type Error = DbError;

    fn try_from(row: RoadmapRow) -> Result<Self, DbError> {
        Ok(Self {
            roadmap: read_json(&row.roadmap)?,
            project_id: row.project_id,
            current_step_index: u32::try_from(row.current_step_index).unwrap_or_default(),
            skill_level: read_level(&row.skill_level),
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

impl TryFrom<ChoiceRow> for StudentChoice {
    type Error = DbError;

    fn try_from(row: ChoiceRow) -> Result<Self, DbError> {
        Ok(Self {
            framework: read_json(&row.framework)?,
            id: row.id,
            project_id: row.project_id,
            question: row.question,
            chosen_option_id: row.chosen_option_id,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

impl TryFrom<SessionRow> for StudySession {
    type Error = DbError;

    fn try_from(row: SessionRow) -> Result<Self, DbError> {
        Ok(Self {
            transcript: read_json(&row.transcript)?,
            concepts_covered: read_json(&row.concepts_covered)?,
            id: row.id,
            project_id: row.project_id,
            duration_minutes: u32::try_from(row.duration_minutes).unwrap_or_default(),
            created_at: row.created_at,
        })
    }
}

pub(crate) async fn find_learner(
    db: &ScopedDb,
    owner: Uuid,
    project: Uuid,
) -> Result<Option<Learner>, DbError> {
    let sql =
        "SELECT state, skill_level, version FROM student_learners WHERE project_id = $1 AND owner_id = $2";
    let row: Option<LearnerRow> =
        on!(db, c => sqlx::query_as(sql).bind(project).bind(owner).fetch_optional(c).await)?;

    row.map(Learner::try_from).transpose()
}

/// As its next version. False when another version is there than the one that it was made of.
pub(crate) async fn put_learner(
    tx: &mut WriteTx,
    owner: Uuid,
    project: Uuid,
    learner: &Learner,
    now: DateTime<Utc>,
) -> Result<bool, DbError> {
    let sql = "INSERT INTO student_learners (project_id, owner_id, state, skill_level, version, updated_at) \
               VALUES ($1, $2, $3, $4, $5 + 1, $6) \
               ON CONFLICT (project_id) DO UPDATE SET state = $3, skill_level = $4, version = $5 + 1, updated_at = $6 \
               WHERE student_learners.version = $5";
    let done = on_tx!(tx, c => sqlx::query(sql)
        .bind(project)
        .bind(owner)
        .bind(json!(learner.state).to_string())
        .bind(learner.skill_level.as_str())
        .bind(i64::from(learner.version))
        .bind(now)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}

/// Behind what was said before; of all of it the newest `most` lines stay.
pub(crate) async fn add_messages(
    tx: &mut WriteTx,
    (owner, project): (Uuid, Uuid),
    messages: &[ChatMessage],
    (now, most): (DateTime<Utc>, i64),
) -> Result<(), DbError> {
    let sql = "INSERT INTO chat_messages (project_id, number, owner_id, role, content, is_thinking, metadata, created_at) \
               SELECT $1, COALESCE(MAX(number), 0) + 1, $2, $3, $4, $5, $6, $7 FROM chat_messages WHERE project_id = $1";
    for message in messages {
        on_tx!(tx, c => sqlx::query(sql)
            .bind(project)
            .bind(owner)
            .bind(message.role.as_str())
            .bind(&message.content)
            .bind(false)
            .bind(message.metadata.to_string())
            .bind(now)
            .execute(c)
            .await
            .map(drop))?;
    }

    let sql = "DELETE FROM chat_messages WHERE project_id = $1 AND owner_id = $2 \
               AND number <= (SELECT MAX(number) FROM chat_messages WHERE project_id = $1) - $3";
    on_tx!(tx, c => sqlx::query(sql).bind(project).bind(owner).bind(most).execute(c).await.map(drop))?;
    Ok(())
}

/// What the tutor said, newest first.
pub(crate) async fn list_answers(
    db: &ScopedDb,
    owner: Uuid,
    project: Uuid,
    most: i64,
) -> Result<Vec<String>, DbError> {
    let sql = "SELECT content FROM chat_messages WHERE project_id = $1 AND owner_id = $2 AND role = 'assistant' \
               ORDER BY number DESC LIMIT $3";
    Ok(on!(db, c => sqlx::query_scalar(sql).bind(project).bind(owner).bind(most).fetch_all(c).await)?)
}

pub(crate) async fn find_roadmap(
    db: &ScopedDb,
    owner: Uuid,
    project: Uuid,
) -> Result<Option<StudentRoadmap>, DbError> {
    let sql = "SELECT project_id, roadmap, current_step_index, skill_level, created_at, updated_at \
               FROM learning_roadmaps WHERE project_id = $1 AND owner_id = $2";
    let row: Option<RoadmapRow> =
        on!(db, c => sqlx::query_as(sql).bind(project).bind(owner).fetch_optional(c).await)?;

    row.map(StudentRoadmap::try_from).transpose()
}

pub(crate) async fn put_roadmap(
    tx: &mut WriteTx,
    owner: Uuid,
    roadmap: &StudentRoadmap,
) -> Result<(), DbError> {
    let sql = "INSERT INTO learning_roadmaps \
               (project_id, owner_id, roadmap, current_step_index, skill_level, created_at, updated_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7) \
               ON CONFLICT (project_id) DO UPDATE SET roadmap = $3, current_step_index = $4, skill_level = $5, \
               created_at = $6, updated_at = $7";

    on_tx!(tx, c => sqlx::query(sql)
        .bind(roadmap.project_id)
        .bind(owner)
        .bind(json!(roadmap.roadmap).to_string())
        .bind(i64::from(roadmap.current_step_index))
        .bind(roadmap.skill_level.as_str())
        .bind(roadmap.created_at)
        .bind(roadmap.updated_at)
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

/// The newest decision of a project.
pub(crate) async fn find_choice(
    db: &ScopedDb,
    owner: Uuid,
    project: Uuid,
) -> Result<Option<StudentChoice>, DbError> {
    let sql = "SELECT id, project_id, question, framework, chosen_option_id, created_at, updated_at \
               FROM student_choices WHERE project_id = $1 AND owner_id = $2 ORDER BY created_at DESC, id DESC LIMIT 1";
    let row: Option<ChoiceRow> =
        on!(db, c => sqlx::query_as(sql).bind(project).bind(owner).fetch_optional(c).await)?;

    row.map(StudentChoice::try_from).transpose()
}

/// Of one project the newest `most` stay.
pub(crate) async fn put_choice(
    tx: &mut WriteTx,
    owner: Uuid,
    choice: &StudentChoice,
    most: i64,
) -> Result<(), DbError> {
    let sql = "INSERT INTO student_choices \
               (id, project_id, owner_id, question, framework, chosen_option_id, created_at, updated_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
               ON CONFLICT (id) DO UPDATE SET chosen_option_id = $6, updated_at = $8";
    on_tx!(tx, c => sqlx::query(sql)
        .bind(choice.id)
        .bind(choice.project_id)
        .bind(owner)
        .bind(&choice.question)
        .bind(json!(choice.framework).to_string())
        .bind(&choice.chosen_option_id)
        .bind(choice.created_at)
        .bind(choice.updated_at)
        .execute(c)
        .await
        .map(drop))?;

    let sql = "DELETE FROM student_choices WHERE project_id = $1 AND owner_id = $2 AND id NOT IN \
               (SELECT id FROM student_choices WHERE project_id = $1 ORDER BY created_at DESC, id DESC LIMIT $3)";
    on_tx!(tx, c => sqlx::query(sql)
        .bind(choice.project_id)
        .bind(owner)
        .bind(most)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// False when the project has as many as it may.
pub(crate) async fn insert_session(
    tx: &mut WriteTx,
    owner: Uuid,
    session: &StudySession,
    most: i64,
) -> Result<bool, DbError> {
    let sql = "INSERT INTO daily_sessions \
               (id, project_id, owner_id, transcript, concepts_covered, duration_minutes, created_at) \
               SELECT $1, $2, $3, $4, $5, $6, $7 \
               WHERE (SELECT COUNT(*) FROM daily_sessions WHERE project_id = $2) < $8";
    let done = on_tx!(tx, c => sqlx::query(sql)
        .bind(session.id)
        .bind(session.project_id)
        .bind(owner)
        .bind(json!(session.transcript).to_string())
        .bind(json!(session.concepts_covered).to_string())
        .bind(i64::from(session.duration_minutes))
        .bind(session.created_at)
        .bind(most)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}

/// Newest first.
pub(crate) async fn list_sessions(
    db: &ScopedDb,
    owner: Uuid,
    project: Uuid,
    (most, offset): (u32, u32),
) -> Result<Vec<StudySession>, DbError> {
    let sql = "SELECT id, project_id, transcript, concepts_covered, duration_minutes, created_at FROM daily_sessions \
               WHERE project_id = $1 AND owner_id = $2 ORDER BY created_at DESC, id DESC LIMIT $3 OFFSET $4";
    let rows: Vec<SessionRow> = on!(db, c => sqlx::query_as(sql)
        .bind(project)
        .bind(owner)
        .bind(i64::from(most))
        .bind(i64::from(offset))
        .fetch_all(c)
        .await)?;

    rows.into_iter().map(StudySession::try_from).collect()
}

/// How many, and the minutes of them all.
pub(crate) async fn measure_sessions(
    db: &ScopedDb,
    owner: Uuid,
    project: Uuid,
) -> Result<(u64, u64), DbError> {
    let sql = "SELECT COUNT(*), CAST(COALESCE(SUM(duration_minutes), 0) AS BIGINT) FROM daily_sessions \
               WHERE project_id = $1 AND owner_id = $2";
    let (count, minutes): (i64, i64) =
        on!(db, c => sqlx::query_as(sql).bind(project).bind(owner).fetch_one(c).await)?;

    Ok((count.cast_unsigned(), minutes.cast_unsigned()))
}

/// What was covered, session by session, newest first.
pub(crate) async fn list_covered(
    db: &ScopedDb,
    owner: Uuid,
    project: Uuid,
) -> Result<Vec<Vec<String>>, DbError> {
    let sql = "SELECT concepts_covered FROM daily_sessions WHERE project_id = $1 AND owner_id = $2 \
               ORDER BY created_at DESC, id DESC";
    let rows: Vec<String> =
        on!(db, c => sqlx::query_scalar(sql).bind(project).bind(owner).fetch_all(c).await)?;

    rows.iter().map(|text| read_json(text)).collect()
}
