-- Books of fiction stories, as far as they are written; what was changed in them, so that it can be taken back; and findings
-- that their owners call intended. What a story knows is in 0008_knowledge.sql, or in Neo4j.
CREATE TABLE fiction_books (
    story_id   UUID NOT NULL PRIMARY KEY REFERENCES stories (id) ON DELETE CASCADE,
    owner_id   UUID NOT NULL,
    -- The run that may change it.
    run_id     UUID NOT NULL,
    revision   BIGINT NOT NULL,
    -- JSON, each.
    outline    TEXT,
    cast_list  TEXT,
    findings   TEXT NOT NULL,
    audio      TEXT,
    updated_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE fiction_scenes (
    story_id UUID NOT NULL REFERENCES stories (id) ON DELETE CASCADE,
    key      TEXT COLLATE "C" NOT NULL,
    owner_id UUID NOT NULL,
    chapter  BIGINT NOT NULL,
    number   BIGINT NOT NULL,
    take     BIGINT NOT NULL,
    words    BIGINT NOT NULL,
    -- JSON: the scene with its ledger.
    scene    TEXT NOT NULL,
    -- JSON: its paragraphs.
    prose    TEXT NOT NULL,
    PRIMARY KEY (story_id, key)
);

CREATE INDEX fiction_scenes_by_place ON fiction_scenes (story_id, chapter, number, key);

CREATE TABLE fiction_changes (
    story_id   UUID NOT NULL REFERENCES stories (id) ON DELETE CASCADE,
    number     BIGINT NOT NULL,
    owner_id   UUID NOT NULL,
    -- The run that changes it, if one does: it writes a change once.
    run_id     UUID,
    what       TEXT NOT NULL,
    -- JSON: how the book was.
    before     TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (story_id, number)
);

CREATE TABLE fiction_waivers (
    story_id   UUID NOT NULL REFERENCES stories (id) ON DELETE CASCADE,
    finding    TEXT NOT NULL,
    owner_id   UUID NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (story_id, finding)
);

-- Whoever may read the story may read its book.
ALTER TABLE fiction_books ENABLE ROW LEVEL SECURITY;
ALTER TABLE fiction_books FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON fiction_books
    USING ((SELECT scope_is('system')) OR owner_id = (SELECT scope_user())
        OR ((SELECT scope_is('reader')) AND EXISTS (SELECT FROM stories WHERE stories.id = story_id)))
    WITH CHECK ((SELECT scope_is('system')) OR owner_id = (SELECT scope_user()));
ALTER TABLE fiction_scenes ENABLE ROW LEVEL SECURITY;
ALTER TABLE fiction_scenes FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON fiction_scenes
    USING ((SELECT scope_is('system')) OR owner_id = (SELECT scope_user())
        OR ((SELECT scope_is('reader')) AND EXISTS (SELECT FROM stories WHERE stories.id = story_id)))
    WITH CHECK ((SELECT scope_is('system')) OR owner_id = (SELECT scope_user()));
ALTER TABLE fiction_changes ENABLE ROW LEVEL SECURITY;
ALTER TABLE fiction_changes FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON fiction_changes
    USING ((SELECT scope_is('system')) OR owner_id = (SELECT scope_user())
        OR ((SELECT scope_is('reader')) AND EXISTS (SELECT FROM stories WHERE stories.id = story_id)))
    WITH CHECK ((SELECT scope_is('system')) OR owner_id = (SELECT scope_user()));
ALTER TABLE fiction_waivers ENABLE ROW LEVEL SECURITY;
ALTER TABLE fiction_waivers FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON fiction_waivers
    USING ((SELECT scope_is('system')) OR owner_id = (SELECT scope_user())
        OR ((SELECT scope_is('reader')) AND EXISTS (SELECT FROM stories WHERE stories.id = story_id)))
    WITH CHECK ((SELECT scope_is('system')) OR owner_id = (SELECT scope_user()));
