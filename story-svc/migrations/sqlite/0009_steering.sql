-- What people do to runs beyond cancelling: they pause them, order them, ask several questions at once with a time for each.

ALTER TABLE runs ADD COLUMN failed_node TEXT;
-- Nobody takes it up before it is resumed.
ALTER TABLE runs ADD COLUMN paused BOOLEAN NOT NULL DEFAULT FALSE;
-- When the first of its open questions has waited long enough. The questions themselves are a list in `answer_to`.
ALTER TABLE runs ADD COLUMN question_due TEXT;
-- A higher one is taken first among the runs of one share.
ALTER TABLE runs ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
-- Runs of one owner with the same key run one after another.
ALTER TABLE runs ADD COLUMN concurrency_key TEXT;
-- How much history is kept, where the run says so itself.
ALTER TABLE runs ADD COLUMN keep_last INTEGER;
ALTER TABLE runs ADD COLUMN ttl_seconds INTEGER;
CREATE INDEX runs_question_due ON runs (question_due) WHERE question_due IS NOT NULL;
CREATE INDEX runs_by_key ON runs (owner, concurrency_key, created_at, id) WHERE concurrency_key IS NOT NULL AND ended_at IS NULL;
