-- What students learn with their projects.
CREATE TABLE student_learners (
    project_id  BLOB NOT NULL PRIMARY KEY REFERENCES projects (id) ON DELETE CASCADE,
    owner_id    BLOB NOT NULL,
    -- JSON: what the tutor knows of the learner.
    state       TEXT NOT NULL,
    skill_level TEXT NOT NULL,
    -- Counts its changes.
    version     INTEGER NOT NULL,
    updated_at  TEXT NOT NULL
);

CREATE TABLE learning_roadmaps (
    project_id         BLOB NOT NULL PRIMARY KEY REFERENCES projects (id) ON DELETE CASCADE,
    owner_id           BLOB NOT NULL,
    -- JSON: LearningRoadmap.
    roadmap            TEXT NOT NULL,
    -- Number of modules that are done.
    current_step_index INTEGER NOT NULL,
    skill_level        TEXT NOT NULL,
    created_at         TEXT NOT NULL,
    updated_at         TEXT NOT NULL
);

CREATE TABLE student_choices (
    id               BLOB NOT NULL PRIMARY KEY,
    project_id       BLOB NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    owner_id         BLOB NOT NULL,
    question         TEXT NOT NULL,
    -- JSON: ChoiceFramework.
    framework        TEXT NOT NULL,
    chosen_option_id TEXT,
    created_at       TEXT NOT NULL,
    updated_at       TEXT NOT NULL
);

CREATE INDEX student_choices_by_project ON student_choices (project_id, created_at, id);

CREATE TABLE daily_sessions (
    id               BLOB NOT NULL PRIMARY KEY,
    project_id       BLOB NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    owner_id         BLOB NOT NULL,
    -- JSON, each.
    transcript       TEXT NOT NULL,
    concepts_covered TEXT NOT NULL,
    duration_minutes INTEGER NOT NULL,
    created_at       TEXT NOT NULL
);

CREATE INDEX daily_sessions_by_project ON daily_sessions (project_id, created_at, id);

-- What was said with the tutor.
CREATE TABLE chat_messages (
    project_id  BLOB NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    number      INTEGER NOT NULL,
    owner_id    BLOB NOT NULL,
    role        TEXT NOT NULL CHECK (role IN ('user', 'assistant', 'system')),
    content     TEXT NOT NULL,
    is_thinking BOOLEAN NOT NULL,
    -- JSON: PedagogyResponse of an answer.
    metadata    TEXT NOT NULL,
    created_at  TEXT NOT NULL,
    PRIMARY KEY (project_id, number)
);
