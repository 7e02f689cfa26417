//! Node `speak`: the chapters' texts as audio. The voice agent cuts them into chunks that fit its provider; each chunk is
//! one journalled effect, keyed by its text and voice, so no chunk is spoken or paid for twice. A conversation has two voices.

use std::sync::Arc;

use flow::NodeError;
use proto::tasks::Level;
use proto::tasks::code_story::{Chapter, ChunkOutput, CutOutput, Presenter, Speaker, VOICE, VoiceInput};
use proto::words::Voice;

use super::Node;
use super::phase::Phase;
use super::state::{Chunk, Update};
use crate::graphs::at_once::at_once;
use crate::graphs::meter::Meter;
use crate::graphs::node_context::AgentAnswer;

/// Percent before the first and after the last chunk.
const PROGRESS: (f64, f64) = (70.0, 95.0);

pub(super) async fn run(node: Arc<Node>) -> Result<Update, NodeError> {
    node.progress(Phase::Synthesizing, PROGRESS.0).await?;
    node.log(Speaker::Synthesizer, "Generating audio", Level::Info)
        .await?;

    let limit = node.tools.config.chunks_at_once;
    let parts: Vec<Part> = (0..)
        .zip(node.state.chapters())
        .flat_map(|(index, chapter)| parts(index, chapter, node.state.request.voice))
        .collect();
    let pieces = at_once(parts, limit, async |part| cut(&node, part).await).await?;
    let pieces: Vec<(usize, Piece)> = pieces.into_iter().flatten().enumerate().collect();

    let count = pieces.len();
    if count == 0 {
        return Err(NodeError::fatal(
            "The story has no text that could be read aloud.",
        ));
    }

    let meter = Meter::new(&node.context, Phase::Synthesizing, PROGRESS, count);
    let spoken = at_once(pieces, limit, async |(index, piece)| {
        let chapter = piece.chapter;
        let chunk = speak(&node, (index, count), piece).await?;
        meter.advance().await?;
        Ok((chapter, chunk))
    })
    .await?;

    let mut narration = vec![Vec::new(); node.state.chapters().len()];
    for (chapter, chunk) in spoken {
        narration[chapter].push(chunk);
    }

    Ok(Update::Spoken(narration))
}

/// What one narrator says before another goes on: a whole chapter, or a turn of a conversation.
struct Part {
    chapter: usize,
    /// Of the effect that cuts it.
    key: String,
    text: String,
    voice: Voice,
    /// Two people talk, so it is said who does.
    named: bool,
}

/// What is spoken in one go.
struct Piece {
    chapter: usize,
    text: String,
    voice: Voice,
    named: bool,
}

/// A chapter in the order of its turns. The host has the voice that was chosen.
fn parts(index: usize, chapter: &Chapter, chosen: Voice) -> Vec<Part> {
    if chapter.turns.is_empty() {
        return vec![Part {
            chapter: index,
            key: format!("cut:{index}"),
            text: chapter.content.clone(),
            voice: chosen,
            named: false,
        }];
    }

    let turns = chapter.turns.iter().enumerate();
    let parts = turns.map(|(number, turn)| Part {
        chapter: index,
        key: format!("cut:{index}:{number}"),
        text: turn.text.clone(),
        voice: match turn.presenter {
            Presenter::Host => chosen,
            Presenter::Guest => chosen.partner(),
        },
        named: true,
    });

    parts.collect()
}

async fn cut(node: &Node, part: Part) -> Result<Vec<Piece>, NodeError> {
    let task = VoiceInput::Cut {
        text: part.text,
        voice: part.voice,
    };

    let answer: AgentAnswer<CutOutput> = node.context.once(&part.key, || node.ask(VOICE, &task)).await?;
    let pieces = answer.output.chunks.into_iter().map(|text| Piece {
        chapter: part.chapter,
        text,
        voice: part.voice,
        named: part.named,
    });

    Ok(pieces.collect())
}

async fn speak(node: &Node, (index, count): (usize, usize), piece: Piece) -> Result<Chunk, NodeError> {
    let Piece {
        text, voice, named, ..
    } = piece;
    let mut hash = blake3::Hasher::new();
    hash.update(voice.as_str().as_bytes())
        .update(&[0])
        .update(text.as_bytes());

    let key = format!("chunk:{}", hash.finalize().to_hex());
    let task = VoiceInput::Chunk {
        text: text.clone(),
        voice,
        index,
        count: Some(count),
    };
    let answer: AgentAnswer<ChunkOutput> = node.context.once(&key, || node.ask(VOICE, &task)).await?;
    let ChunkOutput {
        audio_key,
        duration_seconds,
        sentence_starts,
    } = answer.output;

    Ok(Chunk {
        text,
        audio_key,
        duration_seconds,
        sentence_starts,
        voice: named.then_some(voice),
    })
}
