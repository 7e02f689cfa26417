-- What stories know, where no Neo4j is configured: what they are about, their scenes, and what each scene changed.
-- `body` is the whole of it as JSON; the other columns are what is searched by.
CREATE TABLE knowledge_entities (
    story_id    UUID NOT NULL,
    key         TEXT COLLATE "C" NOT NULL,
    owner_id    UUID NOT NULL,
    kind        TEXT NOT NULL,
    -- Name alone, and all names, in lower case.
    folded_name TEXT COLLATE "C" NOT NULL,
    folded      TEXT NOT NULL,
    body        TEXT NOT NULL,
    PRIMARY KEY (story_id, key)
);

CREATE TABLE knowledge_scenes (
    story_id UUID NOT NULL,
    key      TEXT COLLATE "C" NOT NULL,
    owner_id UUID NOT NULL,
    chapter  BIGINT NOT NULL,
    number   BIGINT NOT NULL,
    body     TEXT NOT NULL,
    PRIMARY KEY (story_id, key)
);

CREATE INDEX knowledge_scenes_by_place ON knowledge_scenes (story_id, chapter, number, key);

-- One row for each line of a ledger. Which columns a kind has is said in src/knowledge/entries.rs.
CREATE TABLE knowledge_entries (
    story_id    UUID NOT NULL,
    scene       TEXT COLLATE "C" NOT NULL,
    ordinal     BIGINT NOT NULL,
    owner_id    UUID NOT NULL,
    kind        TEXT NOT NULL,
    subject     TEXT COLLATE "C",
    object      TEXT COLLATE "C",
    -- The fact or the promise that it is about.
    about       TEXT COLLATE "C",
    text        TEXT NOT NULL,
    value       TEXT,
    mode        TEXT,
    due_chapter BIGINT,
    at_time     BIGINT NOT NULL,
    until_time  BIGINT,
    -- Story time, then the order of telling: sorts as what happened.
    position    TEXT COLLATE "C" NOT NULL,
    folded      TEXT NOT NULL,
    PRIMARY KEY (story_id, scene, ordinal)
);

CREATE INDEX knowledge_entries_by_subject ON knowledge_entries (story_id, kind, subject, position);
CREATE INDEX knowledge_entries_by_object ON knowledge_entries (story_id, kind, object, position);
CREATE INDEX knowledge_entries_by_about ON knowledge_entries (story_id, kind, about, position);
-- A fact is said once.
CREATE UNIQUE INDEX knowledge_facts ON knowledge_entries (story_id, about) WHERE kind = 'fact';

ALTER TABLE knowledge_entities ENABLE ROW LEVEL SECURITY;
ALTER TABLE knowledge_entities FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON knowledge_entities
    USING ((SELECT scope_is('system')) OR owner_id = (SELECT scope_user()));

ALTER TABLE knowledge_scenes ENABLE ROW LEVEL SECURITY;
ALTER TABLE knowledge_scenes FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON knowledge_scenes
    USING ((SELECT scope_is('system')) OR owner_id = (SELECT scope_user()));

ALTER TABLE knowledge_entries ENABLE ROW LEVEL SECURITY;
ALTER TABLE knowledge_entries FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON knowledge_entries
    USING ((SELECT scope_is('system')) OR owner_id = (SELECT scope_user()));
