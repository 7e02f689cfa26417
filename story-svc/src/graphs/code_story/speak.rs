//! Node `speak`: the chapters' texts as audio. The voice agent cuts them into chunks that fit its provider; each chunk is
//! one journalled effect, keyed by its text and voice, so no chunk is spoken or paid for twice.

use std::sync::Arc;

use flow::NodeError;

use super::at_once::at_once;
use super::desk::{Answer, Desk, Level, Phase, Speaker};
use super::meter::Meter;
use super::state::{Chunk, Update};
use super::tasks::{self, ChunkOutput, CutOutput, VoiceTask};

/// Percent before the first and after the last chunk.
const PROGRESS: (f64, f64) = (70.0, 95.0);

pub(super) async fn run(desk: Arc<Desk>) -> Result<Update, NodeError> {
    desk.progress(Phase::Synthesizing, PROGRESS.0).await?;
    desk.log(Speaker::Synthesizer, "Generating audio", Level::Info)
        .await?;

    let limit = desk.tools.config.chunks_at_once;
    let texts = at_once(0..desk.state.chapters().len(), limit, async |chapter| {
        cut(&desk, chapter).await
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

    let meter = Meter::new(&desk, Phase::Synthesizing, PROGRESS, count);
    let spoken = at_once(chunks, limit, async |(index, chapter, text)| {
        let chunk = speak(&desk, index, text).await?;
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

async fn cut(desk: &Desk, chapter: usize) -> Result<Vec<String>, NodeError> {
    let task = VoiceTask::Cut {
        text: &desk.state.chapters()[chapter].content,
        voice: desk.state.request.voice,
    };

    let answer: Answer<CutOutput> = desk
        .context
        .once(&format!("cut:{chapter}"), || desk.ask(tasks::VOICE, &task))
        .await?;

    Ok(answer.output.chunks)
}

async fn speak(desk: &Desk, index: usize, text: String) -> Result<Chunk, NodeError> {
    let voice = desk.state.request.voice;
    let mut hash = blake3::Hasher::new();
    hash.update(voice.as_str().as_bytes())
        .update(&[0])
        .update(text.as_bytes());

    let key = format!("chunk:{}", hash.finalize().to_hex());
    let task = VoiceTask::Chunk {
        text: &text,
        voice,
        index,
    };
    let answer: Answer<ChunkOutput> = desk.context.once(&key, || desk.ask(tasks::VOICE, &task)).await?;
    let ChunkOutput {
        audio_key,
        duration_seconds,
    } = answer.output;

    Ok(Chunk {
        text,
        audio_key,
        duration_seconds,
    })
}
