//! The book of a run, read and written by its nodes: rows and ledger. What is written twice is written the same, so that a node
//! may run again.

use flow::{Cause, NodeError};
use kit::db::WriteTx;
use proto::tasks::fiction::bible::Bible;
use proto::tasks::fiction::cast::Cast;
use proto::tasks::fiction::ledger::{Ledger, Scene};
use proto::tasks::fiction::plan::BookOutline;

use super::Node;
use super::opening::fit_scene;
use crate::domain::book::{BookHead, BookKey, KeptScene};
use crate::domain::books::load_bible;
use crate::knowledge::{KnowledgeError, StoryGraph};
use crate::store::books;

impl Node {
    pub(super) fn book(&self) -> BookKey {
        self.state.book(self.context.run_id())
    }

    pub(super) fn graph(&self) -> StoryGraph {
        let book = self.book();
        self.tools.knowledge.story(book.owner, book.story)
    }

    pub(super) async fn head(&self) -> Result<BookHead, NodeError> {
        let book = self.book();
        let db = self.tools.db.user(book.owner);
        let head = books::find_head(&db, book.story).await.map_err(later)?;

        Ok(head.unwrap_or_default())
    }

    /// What every scene needs.
    pub(super) async fn plan_and_cast(&self) -> Result<(BookOutline, Cast), NodeError> {
        let head = self.head().await?;
        head.outline.zip(head.cast).ok_or_else(too_early)
    }

    /// What its author has laid down by now.
    pub(super) async fn bible(&self) -> Result<Bible, NodeError> {
        let book = self.book();
        let db = self.tools.db.user(book.owner);
        let laid = load_bible(&db, (book.story, book.owner), &self.state.request).await;

        laid.map(|(_, bible)| bible).map_err(later)
    }

    pub(super) async fn scenes(&self, with_prose: bool) -> Result<Vec<KeptScene>, NodeError> {
        let book = self.book();
        let db = self.tools.db.user(book.owner);
        books::list_scenes(&db, book.story, None, with_prose)
            .await
            .map_err(later)
    }

    /// A transaction that changes the book; the run stops when it is another's by now, or the story is gone.
    pub(super) async fn change(&self) -> Result<WriteTx, NodeError> {
        let book = self.book();
        let mut tx = self
            .tools
            .db
            .user(book.owner)
            .begin_write()
            .await
            .map_err(later)?;
        let at = self.tools.clock.now();

        match books::touch(&mut tx, book, at).await.map_err(later)? {
            true => Ok(tx),
            false => Err(NodeError::fatal("Another attempt writes this book now.")),
        }
    }

    /// Keeps a scene as it was written, and its ledger as it fits the graph.
    pub(super) async fn keep_scene(&self, kept: KeptScene, opening: Option<&Scene>) -> Result<(), NodeError> {
        self.change().await?.rollback().await.map_err(later)?;
        self.replace_ledger(fit_scene(&kept.scene, opening)).await?;

        let mut tx = self.change().await?;
        let book = self.book();
        books::put_scene(&mut tx, book, &kept).await.map_err(later)?;
        books::put_audio(&mut tx, book, None).await.map_err(later)?;
        tx.commit().await.map_err(later)
    }

    /// One whose form the others contradict is reduced to who is there: the prose stays.
    async fn replace_ledger(&self, mut scene: Scene) -> Result<(), NodeError> {
        let graph = self.graph();
        match graph.replace_scene(&scene).await {
            Ok(()) => return Ok(()),
            Err(KnowledgeError::Invalid { fields }) => {
                let faults = kit::error::Faults(fields);
                tracing::warn!(scene = %scene.key, %faults, "a ledger was reduced");
            }
            Err(error) => return Err(later(error)),
        }

        scene.ledger = Ledger {
            present: std::mem::take(&mut scene.ledger.present),
            ..Ledger::default()
        };
        graph.replace_scene(&scene).await.map_err(later)
    }

    /// Keeps ledgers that may refer to one another's facts: all of them go before any of them comes.
    pub(super) async fn replace_ledgers(
        &self,
        scenes: &[Scene],
        opening: Option<&Scene>,
    ) -> Result<(), NodeError> {
        let graph = self.graph();
        for scene in scenes.iter().chain(opening) {
            graph.remove_scene(&scene.key).await.map_err(later)?;
        }
        if let Some(opening) = opening {
            graph.replace_scene(opening).await.map_err(later)?;
        }
        for scene in scenes {
            self.replace_ledger(fit_scene(scene, opening)).await?;
        }

        Ok(())
    }
}

/// A store that does not answer is asked again.
pub(super) fn later(error: impl Into<Cause>) -> NodeError {
    NodeError::retryable("The book could not be stored.").caused_by(error)
}

/// A node ran before the one whose result it needs: only a wrong graph or a foreign checkpoint can do that.
pub(super) fn too_early() -> NodeError {
    NodeError::fatal("Something went wrong on our side.")
}
