//! Node `speak`: the chapters' texts as audio. The voice agent cuts them into chunks that fit its provider; each chunk is
//! one journalled effect, keyed by its text and voice, so no chunk is spoken or paid for twice.

use std::sync::Arc;

use flow::NodeError;
use proto::tasks::Level;
use proto::tasks::code_story::{ChunkOutput, CutOutput, Speaker, VOICE, VoiceInput};

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
    let texts = at_once(0..node.state.chapters().len(), limit, async |chapter| {
        cut(&node, chapter).await
    })
    .await?;

    let chunks: Vec<(usize, usize, String)> = (0..)
        .zip(
            texts
                .iter()
                .enumerate()
                .flat_map(|(chapter, texts)| texts.iter().map(move |text| (chapter, text))),
        )
        .map(|(index, (chapter, text))| (index, chapter, text.clone()))
        .collect();
    let count = chunks.len();
    if count == 0 {
        return Err(NodeError::fatal(
            "The story has no text that could be read aloud.",
        ));
    }

    let meter = Meter::new(&node.context, Phase::Synthesizing, PROGRESS, count);
    let spoken = at_once(chunks, limit, async |(index, chapter, text)| {
        let chunk = speak(&node, (index, count), text).await?;
        meter.advance().await?;
        Ok((chapter, chunk))
    })
    .await?;

    let mut narration = vec![Vec::new(); texts.len()];
    for (chapter, chunk) in spoken {
        narration[chapter].push(chunk);
    }

    Ok(Update::Spoken(narration))
}

async fn cut(node: &Node, chapter: usize) -> Result<Vec<String>, NodeError> {
    let task = VoiceInput::Cut {
        text: node.state.chapters()[chapter].content.clone(),
        voice: node.state.request.voice,
    };

    let answer: AgentAnswer<CutOutput> = node
        .context
        .once(&format!("cut:{chapter}"), || node.ask(VOICE, &task))
        .await?;

    Ok(answer.output.chunks)
}

async fn speak(node: &Node, (index, count): (usize, usize), text: String) -> Result<Chunk, NodeError> {
    let voice = node.state.request.voice;
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
    })
}
