//! Books as files, in the formats of the crate `manuscript`. Open findings stand at the end, and no chapter is left out. The same
//! book gives the same bytes.

use bytes::Bytes;
use kit::actor::Actor;
use manuscript::{Book, Chapter, Format, Scene, mark_prose};

use super::Books;
use crate::domain::book::BookView;
use crate::domain::story::{Story, StoryRequest};
use crate::error::StoryError;

/// A book that was written down.
#[derive(Debug, Clone)]
pub(crate) struct ExportedBook {
    pub(crate) blob_key: String,
    pub(crate) content_type: &'static str,
    pub(crate) open_findings: usize,
    pub(crate) title: String,
}

impl Books {
    /// Writes the book down, for whoever may read its story.
    pub(crate) async fn export(
        &self,
        actor: &Actor,
        id: &str,
        format: Format,
    ) -> Result<ExportedBook, StoryError> {
        let story = self.get_visible(actor, id).await?;
        let view = self.read(&story, None, true).await?;
        if view.scenes.is_empty() {
            return Err(StoryError::NothingWritten { id: story.id });
        }

        let open_findings = view.open_findings().count();
        let book = book_of(&view, &story);
        let unwritten = |source: Box<dyn std::error::Error + Send + Sync>| StoryError::Unreadable {
            what: "book",
            source,
        };
        let written = tokio::task::spawn_blocking(move || manuscript::export(&book, format)).await;
        let bytes = written
            .map_err(|error| unwritten(error.into()))?
            .map_err(|error| unwritten(error.into()))?;

        let hash = blake3::hash(&bytes).to_hex();
        let blob_key = format!("stories/{}/export/{hash}.{}", story.id, format.extension());
        self.blobs
            .put(&blob_key, Bytes::from(bytes), format.media_type())
            .await?;

        Ok(ExportedBook {
            blob_key,
            content_type: format.media_type(),
            open_findings,
            title: story.headline.title,
        })
    }
}

/// The book as manuscripts have it.
fn book_of(view: &BookView, story: &Story) -> Book {
    let mut chapters: Vec<Chapter> = Vec::new();
    for kept in &view.scenes {
        let number = kept.scene.chapter;
        if chapters
            .last()
            .is_none_or(|chapter| chapter.number != Some(number))
        {
            let planned = view.head.outline.iter().flat_map(|outline| &outline.chapters);
            let planned = planned.into_iter().find(|one| one.number == number);
            chapters.push(Chapter {
                number: Some(number),
                title: planned.map_or_else(String::new, |one| one.title.clone()),
                ..Chapter::default()
            });
        }
        if let Some(chapter) = chapters.last_mut() {
            chapter.scenes.push(Scene {
                paragraphs: kept.prose.iter().map(|paragraph| mark_prose(paragraph)).collect(),
            });
        }
    }

    let notes = view.open_findings().map(|finding| match &finding.sentence {
        Some(sentence) => format!(
            "Chapter {}: {} “{}”",
            finding.chapter, finding.message, sentence.text
        ),
        None => format!("Chapter {}: {}", finding.chapter, finding.message),
    });
    Book {
        title: story.title.clone(),
        author: String::new(),
        language: "en".to_owned(),
        description: view
            .head
            .outline
            .as_ref()
            .map_or_else(String::new, |outline| outline.logline.clone()),
        date: None,
        identifier: identify(&story.request),
        chapters,
        notes: notes.collect(),
        cover: None,
    }
}

/// The same for the same request, however often the book was changed since.
fn identify(request: &StoryRequest) -> String {
    let mut hash = blake3::Hasher::new();
    if let StoryRequest::Fiction(request) = request {
        hash.update(request.prompt.as_bytes());
        for genre in &request.genres {
            hash.update(&[0]).update(genre.as_bytes());
        }
        hash.update(&[1]).update(&request.seed.to_le_bytes());
    }

    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.finalize().as_bytes()[..16]);
    format!("urn:uuid:{}", uuid::Builder::from_random_bytes(bytes).into_uuid())
}
