-- What students learn with their projects.
CREATE TABLE student_learners (
    project_id  UUID NOT NULL PRIMARY KEY REFERENCES projects (id) ON DELETE CASCADE,
    owner_id    UUID NOT NULL,
    -- JSON: what the tutor knows of the learner.
    state       TEXT NOT NULL,
    skill_level TEXT NOT NULL,
    -- Counts its changes.
    version     BIGINT NOT NULL,
    updated_at  TIMESTAMPTZ NOT NULL
);

CREATE TABLE learning_roadmaps (
    project_id         UUID NOT NULL PRIMARY KEY REFERENCES projects (id) ON DELETE CASCADE,
    owner_id           UUID NOT NULL,
    -- JSON: LearningRoadmap.
    roadmap            TEXT NOT NULL,
    -- Number of modules that are done.
    current_step_index BIGINT NOT NULL,
    skill_level        TEXT NOT NULL,
    created_at         TIMESTAMPTZ NOT NULL,
    updated_at         TIMESTAMPTZ NOT NULL
);

CREATE TABLE student_choices (
    id               UUID NOT NULL PRIMARY KEY,
    project_id       UUID NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    owner_id         UUID NOT NULL,
    question         TEXT NOT NULL,
    -- JSON: ChoiceFramework.
    framework        TEXT NOT NULL,
    chosen_option_id TEXT,
    created_at       TIMESTAMPTZ NOT NULL,
    updated_at       TIMESTAMPTZ NOT NULL
);

CREATE INDEX student_choices_by_project ON student_choices (project_id, created_at, id);

CREATE TABLE daily_sessions (
    id               UUID NOT NULL PRIMARY KEY,
    project_id       UUID NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    owner_id         UUID NOT NULL,
    -- JSON, each.
    transcript       TEXT NOT NULL,
    concepts_covered TEXT NOT NULL,
    duration_minutes BIGINT NOT NULL,
    created_at       TIMESTAMPTZ NOT NULL
);

CREATE INDEX daily_sessions_by_project ON daily_sessions (project_id, created_at, id);

-- What was said with the tutor.
CREATE TABLE chat_messages (
    project_id  UUID NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    number      BIGINT NOT NULL,
    owner_id    UUID NOT NULL,
    role        TEXT NOT NULL CHECK (role IN ('user', 'assistant', 'system')),
    content     TEXT NOT NULL,
    is_thinking BOOLEAN NOT NULL,
    -- JSON: PedagogyResponse of an answer.
    metadata    TEXT NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (project_id, number)
);

ALTER TABLE student_learners ENABLE ROW LEVEL SECURITY;
ALTER TABLE student_learners FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON student_learners
    USING ((SELECT scope_is('system')) OR owner_id = (SELECT scope_user()));

ALTER TABLE learning_roadmaps ENABLE ROW LEVEL SECURITY;
ALTER TABLE learning_roadmaps FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON learning_roadmaps
    USING ((SELECT scope_is('system')) OR owner_id = (SELECT scope_user()));

ALTER TABLE student_choices ENABLE ROW LEVEL SECURITY;
ALTER TABLE student_choices FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON student_choices
    USING ((SELECT scope_is('system')) OR owner_id = (SELECT scope_user()));

ALTER TABLE daily_sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE daily_sessions FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON daily_sessions
    USING ((SELECT scope_is('system')) OR owner_id = (SELECT scope_user()));

ALTER TABLE chat_messages ENABLE ROW LEVEL SECURITY;
ALTER TABLE chat_messages FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON chat_messages
    USING ((SELECT scope_is('system')) OR owner_id = (SELECT scope_user()));
