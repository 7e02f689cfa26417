-- Workflows that begin by the clock.
CREATE TABLE workflow_schedules (
    id               UUID NOT NULL PRIMARY KEY,
    owner_id         UUID NOT NULL,
    name             TEXT NOT NULL,
    cron             TEXT NOT NULL,
    -- IANA.
    time_zone        TEXT NOT NULL,
    workflow_type    TEXT NOT NULL,
    -- JSON.
    config           TEXT NOT NULL,
    user_input       TEXT NOT NULL,
    -- skip or catch_up.
    missed_runs      TEXT NOT NULL,
    enabled          BOOLEAN NOT NULL,
    -- JSON: in whose name its workflows begin.
    actor            TEXT NOT NULL,
    next_at          TIMESTAMPTZ,
    last_at          TIMESTAMPTZ,
    last_workflow_id UUID,
    last_error       TEXT,
    -- Rises whenever it is changed or has been due: only who knows the newest one may write.
    fence            BIGINT NOT NULL,
    created_at       TIMESTAMPTZ NOT NULL,
    updated_at       TIMESTAMPTZ NOT NULL
);

CREATE INDEX workflow_schedules_by_owner ON workflow_schedules (owner_id, created_at, id);
CREATE INDEX workflow_schedules_due ON workflow_schedules (next_at) WHERE next_at IS NOT NULL;

-- What workflows and agents remember beyond a run.
CREATE TABLE items (
    owner_id   UUID NOT NULL,
    -- Its parts, each with `/` behind it: what is below a namespace begins with its text.
    namespace  TEXT NOT NULL,
    key        TEXT NOT NULL,
    -- JSON object.
    value      TEXT NOT NULL,
    -- Its fields that are no list and no object, each as `name=JSON` between U+001F.
    fields     TEXT NOT NULL,
    -- Its texts in small letters.
    search     TEXT NOT NULL,
    -- What it counts for.
    bytes      BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ,
    PRIMARY KEY (owner_id, namespace, key)
);

CREATE INDEX items_by_owner ON items (owner_id, bytes);
CREATE INDEX items_by_expiry ON items (expires_at) WHERE expires_at IS NOT NULL;

ALTER TABLE workflow_schedules ENABLE ROW LEVEL SECURITY;
ALTER TABLE workflow_schedules FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON workflow_schedules
    USING ((SELECT scope_is('system')) OR owner_id = (SELECT scope_user()));

ALTER TABLE items ENABLE ROW LEVEL SECURITY;
ALTER TABLE items FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON items
    USING ((SELECT scope_is('system')) OR owner_id = (SELECT scope_user()));
