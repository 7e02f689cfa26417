-- Whose share of the workers a run counts to: the owner's own when NULL, else what stands for all owners who may be one and
-- the same person. Guests come after everybody else.

ALTER TABLE runs ADD COLUMN share UUID;
ALTER TABLE runs ADD COLUMN guest BOOLEAN NOT NULL DEFAULT FALSE;
