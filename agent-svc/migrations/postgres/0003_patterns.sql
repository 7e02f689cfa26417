-- Projects that went well, by what they are about: told to agents when somebody builds a like one.
CREATE TABLE pattern_embeddings (
    id            UUID PRIMARY KEY,
    owner_id      UUID NOT NULL,
    project_type  TEXT NOT NULL,
    -- Who made the vector: those of different models are not compared.
    model         TEXT NOT NULL,
    -- 1536 numbers of 32 bits, little-endian.
    embedding     BYTEA NOT NULL,
    -- JSON object.
    metadata      TEXT NOT NULL,
    -- 0 to 1.
    success_score DOUBLE PRECISION NOT NULL CHECK (success_score BETWEEN 0 AND 1),
    created_at    TIMESTAMPTZ NOT NULL
);
CREATE INDEX pattern_embeddings_by_owner ON pattern_embeddings (owner_id, model, created_at);

ALTER TABLE pattern_embeddings ENABLE ROW LEVEL SECURITY;
ALTER TABLE pattern_embeddings FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON pattern_embeddings
    USING ((SELECT scope_is('system')) OR owner_id = (SELECT scope_user()));
