-- What authors have laid down for their books, and for series of them. `entries` is JSON: an array of `proto::tasks::fiction::bible`.
CREATE TABLE fiction_bibles (
    story_id   BLOB NOT NULL PRIMARY KEY REFERENCES stories (id) ON DELETE CASCADE,
    owner_id   BLOB NOT NULL,
    -- The series that the book is of, by its owner's name for it.
    series     TEXT,
    entries    TEXT NOT NULL,
    updated_at TEXT NOT NULL
);

CREATE TABLE fiction_series (
    owner_id   BLOB NOT NULL,
    name       TEXT NOT NULL,
    entries    TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (owner_id, name)
);
