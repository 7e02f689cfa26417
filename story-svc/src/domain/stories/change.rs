//! What owners do with stories that are there: they name them, share them by a link, and delete them.

use std::collections::HashMap;

use flow::StartRun;
use flow::store::Share;
use kit::actor::Actor;
use kit::db::WriteTx;
use kit::error::FieldViolation;
use kit::rpc::RequestId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{BATCH_MAX, Stories, parse_batch};
use crate::domain::owners::PLATFORM;
use crate::domain::story::{DeletedStories, Story};
use crate::error::StoryError;
use crate::store::{runs, stories};

/// Name of the graph that removes what a deleted story leaves behind.
pub(crate) const STORY_DELETION: &str = "story_deletion";
/// Most characters of a title.
const TITLE_CHARS_MAX: usize = 200;
/// Characters of the token of a link, and more.
const SHARE_TOKEN_MAX: usize = 64;

/// What a run of that graph knows, from beginning to end: the story's row is gone when it begins.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoryDeletion {
    pub(crate) story_id: Uuid,
    pub(crate) owner_id: Uuid,
    /// All attempts at it.
    pub(crate) runs: Vec<Uuid>,
    pub(crate) request_id: String,
}

impl Stories {
    /// Gives it a name that stays when it is made again.
    pub(crate) async fn rename(&self, actor: &Actor, id: &str, title: &str) -> Result<Story, StoryError> {
        let title = parse_title(title)?;
        let story = self.get_own_by_text(actor, id).await?;

        let (db, now) = (self.db.user(actor.user_id), self.clock.now());
        let search = format!("{} {title}", story.request.title()).to_lowercase();
        if !stories::rename(&db, story.id, actor.user_id, &title, &search, now).await? {
            return Err(not_found(id));
        }

        self.get_own(actor, story.id).await
    }

    /// Makes it readable by whoever has its link. One that is shared keeps its link.
    pub(crate) async fn share(&self, actor: &Actor, id: &str) -> Result<Story, StoryError> {
        let story = parse_id(id)?;
        let token = self.ids.id().simple().to_string();
        if !stories::share(
            &self.db.user(actor.user_id),
            story,
            actor.user_id,
            &token,
            self.clock.now(),
        )
        .await?
        {
            return Err(not_found(id));
        }

        self.get_own(actor, story).await
    }

    /// Its link leads nowhere any more.
    pub(crate) async fn unshare(&self, actor: &Actor, id: &str) -> Result<Story, StoryError> {
        let story = parse_id(id)?;
        if !stories::unshare(&self.db.user(actor.user_id), story, actor.user_id).await? {
            return Err(not_found(id));
        }

        self.get_own(actor, story).await
    }

    /// The story that is shared under this token, for anybody.
    pub(crate) async fn get_shared(&self, token: &str) -> Result<Story, StoryError> {
        // What is none of ours is not asked for: a NUL is an error of PostgreSQL's, and an alarm that anybody could raise.
        let plain = token.len() <= SHARE_TOKEN_MAX && token.bytes().all(|byte| byte.is_ascii_graphic());
        if !plain {
            return Err(StoryError::ShareNotFound);
        }

        let shared = stories::find_shared(&self.db.system(), token).await?;
        shared.ok_or(StoryError::ShareNotFound)
    }

    pub(crate) async fn delete(
        &self,
        actor: &Actor,
        request_id: &RequestId,
        id: &str,
    ) -> Result<(), StoryError> {
        let story = parse_id(id)?;
        match self.remove(actor.user_id, request_id, &[story]).await?.is_empty() {
            false => Ok(()),
            true => Err(not_found(id)),
        }
    }

    /// Deletes all of them or none: none when one of them is somebody else's.
    pub(crate) async fn delete_all(
        &self,
        actor: &Actor,
        request_id: &RequestId,
        ids: &[String],
    ) -> Result<DeletedStories, StoryError> {
        let [known] = parse_batch([("ids", ids)], BATCH_MAX)
            .map_err(|fault| StoryError::Invalid { fields: vec![fault] })?;
        // Everybody's: somebody else's story is told from none.
        let owners: HashMap<_, _> = stories::find_owners(&self.db.system(), &known)
            .await?
            .into_iter()
            .collect();
        if owners.values().any(|owner| *owner != actor.user_id) {
            return Err(StoryError::NotTheOwner);
        }

        // In one order, so that nobody waits for one another.
        let mut own: Vec<Uuid> = owners.into_keys().collect();
        own.sort_unstable();
        let removed = self.remove(actor.user_id, request_id, &own).await?;

        let mut answer = DeletedStories::default();
        for id in ids {
            let story = Uuid::try_parse(id).ok().filter(|id| removed.contains(id));
            let list = match story {
                Some(_) => &mut answer.deleted,
                None => &mut answer.unknown,
            };
            // The same id may be there twice.
            if !list.contains(id) {
                list.push(id.clone());
            }
        }

        Ok(answer)
    }

    /// Those of the stories that this owner had: they are gone when this returns, and runs remove what they leave behind.
    async fn remove(
        &self,
        owner: Uuid,
        request_id: &RequestId,
        wanted: &[Uuid],
    ) -> Result<Vec<Uuid>, StoryError> {
        let mut removed = Vec::with_capacity(wanted.len());
        let mut left_behind = Vec::new();

        // The platform's run that removes the rest is written with it.
        let mut tx = self.db.system().begin_write().await?;
        for story in wanted {
            if stories::lock(&mut tx, *story, owner).await? {
                left_behind.push(self.remove_in(&mut tx, owner, request_id, *story).await?);
                removed.push(*story);
            }
        }
        tx.commit().await?;

        for (run, attempts) in left_behind {
            self.runs.started(run, STORY_DELETION);
            self.stop_all(attempts).await;
        }

        Ok(removed)
    }

    /// The run that removes what the story leaves behind, and the attempts at it.
    async fn remove_in(
        &self,
        tx: &mut WriteTx,
        owner: Uuid,
        request_id: &RequestId,
        story: Uuid,
    ) -> Result<(Uuid, Vec<Uuid>), StoryError> {
        let attempts = stories::delete(tx, story).await?;
        let start = StartRun {
            id: self.ids.id(),
            owner: PLATFORM,
            share: Share::of_owner(owner),
            graph: STORY_DELETION.to_owned(),
            phase: String::new(),
            input: StoryDeletion {
                story_id: story,
                owner_id: owner,
                runs: attempts.clone(),
                request_id: request_id.as_str().to_owned(),
            },
            idempotency: None,
            due_at: None,
            options: flow::RunOptions::default(),
        };
        let run = self.runs.prepare(start).await.map_err(StoryError::Runs)?;
        runs::insert_run(tx, &run).await?;

        Ok((run.id, attempts))
    }

    async fn stop_all(&self, attempts: Vec<Uuid>) {
        for attempt in attempts {
            // Those that have ended are gone; that run stops the others, too.
            if let Err(error) = self.attempts.stop(attempt).await
                && !matches!(error, StoryError::Runs(flow::StoreError::NotFound))
            {
                tracing::warn!(run = %attempt, error = %kit::error::Chain(&error), "an attempt was not stopped at once");
            }
        }
    }

    async fn get_own_by_text(&self, actor: &Actor, id: &str) -> Result<Story, StoryError> {
        let story = self.get(actor, id).await?;
        match story.owner_id == actor.user_id {
            true => Ok(story),
            false => Err(not_found(id)),
        }
    }
}

fn parse_id(id: &str) -> Result<Uuid, StoryError> {
    Uuid::try_parse(id).map_err(|_| not_found(id))
}

fn not_found(id: &str) -> StoryError {
    StoryError::StoryNotFound { id: id.to_owned() }
}

/// Without spaces around it.
fn parse_title(title: &str) -> Result<String, StoryError> {
    let title = title.trim();
    let fits = (1..=TITLE_CHARS_MAX).contains(&title.chars().count());
    if !fits || title.chars().any(breaks_a_line) {
        let expected = format!("1 to {TITLE_CHARS_MAX} characters on one line, without control characters");
        return Err(StoryError::Invalid {
            fields: vec![FieldViolation::new("title", expected)],
        });
    }

    Ok(title.to_owned())
}

/// Control characters, separators of lines and paragraphs, and what turns the direction of a text (Unicode Standard Annex 9).
fn breaks_a_line(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_some_words_on_one_line() {
        let longest = "é".repeat(TITLE_CHARS_MAX);
        assert_eq!(
            parse_title("  A talk about routers ").unwrap(),
            "A talk about routers"
        );
        assert_eq!(parse_title(&longest).unwrap(), longest);

        for wrong in [
            "",
            "  \t ",
            "two\nlines",
            "nul\0",
            "a\u{2028}b",
            "a\u{202e}b",
            &format!("{longest}x"),
        ] {
            assert!(parse_title(wrong).is_err(), "{wrong:?}");
        }
    }
}
