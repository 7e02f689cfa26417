-- Projects that went well, by what they are about: told to agents when somebody builds a like one.
CREATE TABLE pattern_embeddings (
    id            BLOB PRIMARY KEY NOT NULL,
    owner_id      BLOB NOT NULL,
    project_type  TEXT NOT NULL,
    -- Who made the vector: those of different models are not compared.
    model         TEXT NOT NULL,
    -- 1536 numbers of 32 bits, little-endian.
    embedding     BLOB NOT NULL,
    -- JSON object.
    metadata      TEXT NOT NULL,
    -- 0 to 1.
    success_score REAL NOT NULL CHECK (success_score BETWEEN 0 AND 1),
    created_at    TEXT NOT NULL
);
CREATE INDEX pattern_embeddings_by_owner ON pattern_embeddings (owner_id, model, created_at);
