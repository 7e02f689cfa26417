-- Sessions of tokens that an operator made: nobody signed in to them, and nothing refreshes them.

ALTER TABLE sessions ADD COLUMN minted BOOLEAN NOT NULL DEFAULT FALSE;
