-- Why a run failed, for programs: the stable word of whoever failed it. NULL where nobody had one.

ALTER TABLE runs ADD COLUMN error_reason TEXT;
