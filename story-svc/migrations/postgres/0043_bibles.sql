-- What authors have laid down for their books, and for series of them. `entries` is JSON: an array of `proto::tasks::fiction::bible`.
CREATE TABLE fiction_bibles (
    story_id   UUID NOT NULL PRIMARY KEY REFERENCES stories (id) ON DELETE CASCADE,
    owner_id   UUID NOT NULL,
    -- The series that the book is of, by its owner's name for it.
    series     TEXT,
    entries    TEXT NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE fiction_series (
    owner_id   UUID NOT NULL,
    name       TEXT NOT NULL,
    entries    TEXT NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (owner_id, name)
);

-- Only their authors read them: they tell how a book ends, and what other books are about.
ALTER TABLE fiction_bibles ENABLE ROW LEVEL SECURITY;
ALTER TABLE fiction_bibles FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON fiction_bibles
    USING ((SELECT scope_is('system')) OR owner_id = (SELECT scope_user()))
    WITH CHECK ((SELECT scope_is('system')) OR owner_id = (SELECT scope_user()));
ALTER TABLE fiction_series ENABLE ROW LEVEL SECURITY;
ALTER TABLE fiction_series FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON fiction_series
    USING ((SELECT scope_is('system')) OR owner_id = (SELECT scope_user()))
    WITH CHECK ((SELECT scope_is('system')) OR owner_id = (SELECT scope_user()));
