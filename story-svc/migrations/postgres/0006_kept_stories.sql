-- What owners do with their stories: they give them names, look for them, and share them by a link.

-- The name that its owner gave it, which wins over the one that an attempt gave it.
ALTER TABLE stories ADD COLUMN custom_title TEXT;
-- In small letters, what a search looks through: the repository and the owner's name for it.
ALTER TABLE stories ADD COLUMN search TEXT NOT NULL DEFAULT '';
-- Whoever has it may read the story. It opens nothing that is not in this database, so it is kept as it is: its owner is shown
-- the link again.
ALTER TABLE stories ADD COLUMN share_token TEXT;
ALTER TABLE stories ADD COLUMN shared_at TIMESTAMPTZ;
CREATE UNIQUE INDEX stories_share_token ON stories (share_token) WHERE share_token IS NOT NULL;

-- In small letters, the title that the attempt gave the story.
ALTER TABLE story_results ADD COLUMN search TEXT NOT NULL DEFAULT '';

UPDATE stories SET search = lower(title);
UPDATE story_results SET search = lower(title);
