-- What a username looks like, so that no second one is made that a person takes for it. NULL until the service has looked at
-- a row that is older than this column.

ALTER TABLE users ADD COLUMN username_skeleton TEXT;
CREATE UNIQUE INDEX users_username_skeleton ON users (username_skeleton);
