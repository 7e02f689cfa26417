-- What stories know, where no Neo4j is configured: what they are about, their scenes, and what each scene changed.
-- `body` is the whole of it as JSON; the other columns are what is searched by.
CREATE TABLE knowledge_entities (
    story_id    BLOB NOT NULL,
    key         TEXT NOT NULL,
    owner_id    BLOB NOT NULL,
    kind        TEXT NOT NULL,
    -- Name alone, and all names, in lower case.
    folded_name TEXT NOT NULL,
    folded      TEXT NOT NULL,
    body        TEXT NOT NULL,
    PRIMARY KEY (story_id, key)
);

CREATE TABLE knowledge_scenes (
    story_id BLOB NOT NULL,
    key      TEXT NOT NULL,
    owner_id BLOB NOT NULL,
    chapter  INTEGER NOT NULL,
    number   INTEGER NOT NULL,
    body     TEXT NOT NULL,
    PRIMARY KEY (story_id, key)
);

CREATE INDEX knowledge_scenes_by_place ON knowledge_scenes (story_id, chapter, number, key);

-- One row for each line of a ledger. Which columns a kind has is said in src/knowledge/entries.rs.
CREATE TABLE knowledge_entries (
    story_id    BLOB NOT NULL,
    scene       TEXT NOT NULL,
    ordinal     INTEGER NOT NULL,
    owner_id    BLOB NOT NULL,
    kind        TEXT NOT NULL,
    subject     TEXT,
    object      TEXT,
    -- The fact or the promise that it is about.
    about       TEXT,
    text        TEXT NOT NULL,
    value       TEXT,
    mode        TEXT,
    due_chapter INTEGER,
    at_time     INTEGER NOT NULL,
    until_time  INTEGER,
    -- Story time, then the order of telling: sorts as what happened.
    position    TEXT NOT NULL,
    folded      TEXT NOT NULL,
    PRIMARY KEY (story_id, scene, ordinal)
);

CREATE INDEX knowledge_entries_by_subject ON knowledge_entries (story_id, kind, subject, position);
CREATE INDEX knowledge_entries_by_object ON knowledge_entries (story_id, kind, object, position);
CREATE INDEX knowledge_entries_by_about ON knowledge_entries (story_id, kind, about, position);
-- A fact is said once.
CREATE UNIQUE INDEX knowledge_facts ON knowledge_entries (story_id, about) WHERE kind = 'fact';
