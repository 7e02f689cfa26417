-- How long threads are kept, and from where on their states; assistants whose ids are their owner's alone.

-- delete or keep_latest, and the seconds that were asked for. A thread that was made for one run is to be deleted, without seconds.
ALTER TABLE threads ADD COLUMN ttl_strategy TEXT;
ALTER TABLE threads ADD COLUMN ttl_seconds INTEGER;
ALTER TABLE threads ADD COLUMN expires_at TEXT;
-- When that is looked for.
ALTER TABLE threads ADD COLUMN sweep_at TEXT;
-- States that are older than this one, by time and then by step, are gone.
ALTER TABLE threads ADD COLUMN kept_from TEXT;
ALTER TABLE threads ADD COLUMN kept_step INTEGER;

CREATE INDEX threads_to_sweep ON threads (sweep_at) WHERE sweep_at IS NOT NULL;

CREATE TABLE owned_assistants (
    id         BLOB NOT NULL,
    owner_id   BLOB NOT NULL,
    -- The one that is run.
    version    INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (owner_id, id)
);

INSERT INTO owned_assistants (id, owner_id, version, created_at, updated_at)
SELECT id, owner_id, version, created_at, updated_at FROM assistants;

-- Each version once, as it was put.
CREATE TABLE owned_assistant_versions (
    assistant_id BLOB NOT NULL,
    owner_id     BLOB NOT NULL,
    version      INTEGER NOT NULL,
    graph        TEXT NOT NULL,
    name         TEXT NOT NULL,
    description  TEXT,
    -- JSON objects.
    config       TEXT NOT NULL,
    context      TEXT NOT NULL,
    metadata     TEXT NOT NULL,
    created_at   TEXT NOT NULL,
    PRIMARY KEY (owner_id, assistant_id, version),
    FOREIGN KEY (owner_id, assistant_id) REFERENCES owned_assistants (owner_id, id) ON DELETE CASCADE
);

INSERT INTO owned_assistant_versions
    (assistant_id, owner_id, version, graph, name, description, config, context, metadata, created_at)
SELECT assistant_id, owner_id, version, graph, name, description, config, context, metadata, created_at FROM assistant_versions;

DROP TABLE assistant_versions;
DROP TABLE assistants;
ALTER TABLE owned_assistants RENAME TO assistants;
ALTER TABLE owned_assistant_versions RENAME TO assistant_versions;

CREATE INDEX assistants_by_owner ON assistants (owner_id, created_at, id);
