//! Node `narrate`: the book read aloud, by the voices that read Code Stories. Each piece is one journalled effect.

use std::sync::Arc;

use flow::NodeError;
use manuscript::{mark_prose, plain_text};
use proto::tasks::Level;
use proto::tasks::code_story::{ChapterAudio, ChunkOutput, Concatenated, CutOutput, VOICE, VoiceInput};
use proto::words::Voice;
use serde_json::json;

use super::Node;
use super::keep::later;
use super::state::{BookUpdate, SystemStatus};
use crate::domain::book::{BookAudio, KeptScene};
use crate::domain::fiction_request::BookTask;
use crate::graphs::at_once::at_once;
use crate::graphs::meter::Meter;
use crate::graphs::node_context::AgentAnswer;
use crate::graphs::whole_seconds;
use crate::store::books;

/// Percent before the first and after the last piece.
const PROGRESS: (f64, f64) = (5.0, 92.0);
const SPEAKER: &str = "Narrator";

/// A chapter as it is read.
struct SpokenChapter {
    title: String,
    text: String,
}

pub(super) async fn run(node: Arc<Node>) -> Result<BookUpdate, NodeError> {
    let voice = match &node.state.task {
        BookTask::Narrate { voice } => *voice,
        _ => Voice::default(),
    };
    node.progress(SystemStatus::Narrating.phase(), PROGRESS.0).await?;
    node.log(SPEAKER, "Reading the book aloud", Level::Info).await?;

    let chapters = read_chapters(&node).await?;
    if chapters.is_empty() {
        return Err(NodeError::fatal("The book has no text that could be read aloud."));
    }
    let audio = speak(&node, &chapters, voice).await?;

    let mut tx = node.change().await?;
    books::put_audio(&mut tx, node.book(), Some(&audio))
        .await
        .map_err(later)?;
    tx.commit().await.map_err(later)?;

    let details = json!({ "duration": whole_seconds(audio.duration_seconds) });
    node.log_with(SPEAKER, "The book can be heard", details, Level::Success)
        .await?;
    Ok(BookUpdate::Narrated(audio))
}

async fn read_chapters(node: &Node) -> Result<Vec<SpokenChapter>, NodeError> {
    let (outline, _) = node.plan_and_cast().await?;
    let scenes = node.scenes(true).await?;

    let chapters = outline.chapters.iter().map(|chapter| {
        let told = scenes.iter().filter(|kept| kept.scene.chapter == chapter.number);
        // Nobody says stars.
        let paragraphs: Vec<String> = told
            .flat_map(|kept: &KeptScene| kept.prose.iter().map(|text| plain_text(&mark_prose(text))))
            .collect();
        SpokenChapter {
            title: chapter.title.clone(),
            text: format!(
                "Chapter {}. {}.\n\n{}",
                chapter.number,
                chapter.title,
                paragraphs.join("\n\n")
            ),
        }
    });
    Ok(chapters.collect())
}

async fn speak(node: &Node, chapters: &[SpokenChapter], voice: Voice) -> Result<BookAudio, NodeError> {
    let limit = node.tools.config.chunks_at_once;
    let cut = at_once(0..chapters.len(), limit, async |index| {
        let task = VoiceInput::Cut {
            text: chapters[index].text.clone(),
            voice,
        };
        let key = format!("cut:{index}");
        let answer: AgentAnswer<CutOutput> = node.context.once(&key, || node.ask(VOICE, &task)).await?;
        Ok(answer.output.chunks.into_iter().map(move |text| (index, text)))
    })
    .await?;
    let pieces: Vec<(usize, String)> = cut.into_iter().flatten().collect();

    let count = pieces.len();
    let meter = Meter::new(&node.context, SystemStatus::Narrating.phase(), PROGRESS, count);
    let spoken = at_once(
        pieces.into_iter().enumerate(),
        limit,
        async |(index, (chapter, text))| {
            let task = VoiceInput::Chunk {
                text,
                voice,
                index,
                count: Some(count),
            };
            let key = format!("chunk:{index}");
            let answer: AgentAnswer<ChunkOutput> = node.context.once(&key, || node.ask(VOICE, &task)).await?;
            meter.advance().await?;
            Ok((chapter, answer.output.audio_key))
        },
    )
    .await?;

    let audio = chapters.iter().enumerate().map(|(index, chapter)| ChapterAudio {
        title: chapter.title.clone(),
        chunks: spoken
            .iter()
            .filter(|(of, _)| *of == index)
            .map(|(_, key)| key.clone())
            .collect(),
    });
    let task = VoiceInput::Concatenate {
        story_id: node.state.story_id,
        run_id: node.context.run_id(),
        chapters: audio.collect(),
    };
    let whole: AgentAnswer<Concatenated> = node
        .context
        .once("concatenate", || node.ask(VOICE, &task))
        .await?;

    Ok(BookAudio {
        audio_key: whole.output.audio_key,
        chapter_keys: whole.output.audio_chunks,
        duration_seconds: whole.output.duration_seconds,
    })
}
