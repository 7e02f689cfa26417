-- Books of fiction stories, as far as they are written; what was changed in them, so that it can be taken back; and findings
-- that their owners call intended. What a story knows is in 0008_knowledge.sql, or in Neo4j.
CREATE TABLE fiction_books (
    story_id   BLOB NOT NULL PRIMARY KEY REFERENCES stories (id) ON DELETE CASCADE,
    owner_id   BLOB NOT NULL,
    -- The run that may change it.
    run_id     BLOB NOT NULL,
    revision   INTEGER NOT NULL,
    -- JSON, each.
    outline    TEXT,
    cast_list  TEXT,
    findings   TEXT NOT NULL,
    audio      TEXT,
    updated_at TEXT NOT NULL
);

CREATE TABLE fiction_scenes (
    story_id BLOB NOT NULL REFERENCES stories (id) ON DELETE CASCADE,
    key      TEXT NOT NULL,
    owner_id BLOB NOT NULL,
    chapter  INTEGER NOT NULL,
    number   INTEGER NOT NULL,
    take     INTEGER NOT NULL,
    words    INTEGER NOT NULL,
    -- JSON: the scene with its ledger.
    scene    TEXT NOT NULL,
    -- JSON: its paragraphs.
    prose    TEXT NOT NULL,
    PRIMARY KEY (story_id, key)
);

CREATE INDEX fiction_scenes_by_place ON fiction_scenes (story_id, chapter, number, key);

CREATE TABLE fiction_changes (
    story_id   BLOB NOT NULL REFERENCES stories (id) ON DELETE CASCADE,
    number     INTEGER NOT NULL,
    owner_id   BLOB NOT NULL,
    -- The run that changes it, if one does: it writes a change once.
    run_id     BLOB,
    what       TEXT NOT NULL,
    -- JSON: how the book was.
    before     TEXT NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (story_id, number)
);

CREATE TABLE fiction_waivers (
    story_id   BLOB NOT NULL REFERENCES stories (id) ON DELETE CASCADE,
    finding    TEXT NOT NULL,
    owner_id   BLOB NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (story_id, finding)
);
