-- Users whose account is deleted or about to be: nothing is made in their name any more, not even by a token that has
-- not run out yet.
CREATE TABLE closed_owners (
    owner_id  BLOB NOT NULL PRIMARY KEY,
    closed_at TEXT NOT NULL
);
