-- Row-level security: a statement sees and changes the rows of the scope that its transaction was begun for, whatever it says
-- itself. `saga.scope` is `user`, `reader` or `system`; where nobody has set one there are no rows. It binds the owner of the
-- tables, too; migrations run in the scope of the system.

CREATE FUNCTION scope_is(name TEXT) RETURNS BOOLEAN LANGUAGE sql STABLE
    RETURN current_setting('saga.scope', TRUE) = name;
CREATE FUNCTION scope_user() RETURNS UUID LANGUAGE sql STABLE
    RETURN CAST(NULLIF(current_setting('saga.user_id', TRUE), '') AS UUID);

-- Who knows the id of what a guest made may read it.
ALTER TABLE stories ENABLE ROW LEVEL SECURITY;
ALTER TABLE stories FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON stories
    USING ((SELECT scope_is('system')) OR owner_id = (SELECT scope_user())
        OR (guest_owned AND (SELECT scope_is('reader'))))
    WITH CHECK ((SELECT scope_is('system')) OR owner_id = (SELECT scope_user()));

ALTER TABLE story_runs ENABLE ROW LEVEL SECURITY;
ALTER TABLE story_runs FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON story_runs
    USING ((SELECT scope_is('system')) OR EXISTS (SELECT FROM stories WHERE stories.id = story_id));

ALTER TABLE story_results ENABLE ROW LEVEL SECURITY;
ALTER TABLE story_results FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON story_results
    USING ((SELECT scope_is('system')) OR EXISTS (SELECT FROM stories WHERE stories.id = story_id));

ALTER TABLE runs ENABLE ROW LEVEL SECURITY;
ALTER TABLE runs FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON runs
    USING ((SELECT scope_is('system')) OR owner = (SELECT scope_user())
        OR ((SELECT scope_is('reader')) AND EXISTS (
            SELECT FROM story_runs JOIN stories ON stories.id = story_runs.story_id
            WHERE story_runs.run_id = runs.id AND stories.guest_owned)))
    WITH CHECK ((SELECT scope_is('system')) OR owner = (SELECT scope_user()));

ALTER TABLE checkpoints ENABLE ROW LEVEL SECURITY;
ALTER TABLE checkpoints FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON checkpoints
    USING ((SELECT scope_is('system')) OR EXISTS (SELECT FROM runs WHERE runs.id = run_id));

ALTER TABLE run_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE run_events FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON run_events
    USING ((SELECT scope_is('system')) OR EXISTS (SELECT FROM runs WHERE runs.id = run_id));

ALTER TABLE effects ENABLE ROW LEVEL SECURITY;
ALTER TABLE effects FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON effects
    USING ((SELECT scope_is('system')) OR EXISTS (SELECT FROM runs WHERE runs.id = run_id));

ALTER TABLE closed_owners ENABLE ROW LEVEL SECURITY;
ALTER TABLE closed_owners FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON closed_owners
    USING ((SELECT scope_is('system')) OR owner_id = (SELECT scope_user()));
