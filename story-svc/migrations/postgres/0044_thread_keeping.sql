-- How long threads are kept, and from where on their states; assistants whose ids are their owner's alone.

-- delete or keep_latest, and the seconds that were asked for. A thread that was made for one run is to be deleted, without seconds.
ALTER TABLE threads ADD COLUMN ttl_strategy TEXT;
ALTER TABLE threads ADD COLUMN ttl_seconds BIGINT;
ALTER TABLE threads ADD COLUMN expires_at TIMESTAMPTZ;
-- When that is looked for.
ALTER TABLE threads ADD COLUMN sweep_at TIMESTAMPTZ;
-- States that are older than this one, by time and then by step, are gone.
ALTER TABLE threads ADD COLUMN kept_from TIMESTAMPTZ;
ALTER TABLE threads ADD COLUMN kept_step BIGINT;

CREATE INDEX threads_to_sweep ON threads (sweep_at) WHERE sweep_at IS NOT NULL;

ALTER TABLE assistant_versions DROP CONSTRAINT assistant_versions_assistant_id_fkey;
ALTER TABLE assistant_versions DROP CONSTRAINT assistant_versions_pkey;
ALTER TABLE assistants DROP CONSTRAINT assistants_pkey;
ALTER TABLE assistants ADD PRIMARY KEY (owner_id, id);
ALTER TABLE assistant_versions ADD PRIMARY KEY (owner_id, assistant_id, version);
ALTER TABLE assistant_versions ADD FOREIGN KEY (owner_id, assistant_id)
    REFERENCES assistants (owner_id, id) ON DELETE CASCADE;
