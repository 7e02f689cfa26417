-- Runs that stop by themselves before or after nodes that their owner names.

-- JSON: where. None never stops by itself.
ALTER TABLE runs ADD COLUMN pause_points TEXT;
-- It is paused because it stopped at one of them.
ALTER TABLE runs ADD COLUMN held BOOLEAN NOT NULL DEFAULT FALSE;
