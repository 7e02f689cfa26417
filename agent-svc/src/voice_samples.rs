//! A few words of each narrator, so that somebody can choose one by ear. Spoken once for each engine and kept with the other
//! audio; nothing is spoken before it is asked for.

use std::sync::Arc;

use kit::blobs::Blobs;
use tokio::sync::Mutex;

use crate::error::AgentError;
use crate::voice::{Voice, VoiceName};

pub(crate) struct VoiceSamples {
    pub(crate) voice: Arc<dyn Voice>,
    pub(crate) blobs: Blobs,
    /// Held while one is spoken: those who ask at the same moment wait for it instead of paying for another.
    pub(crate) speaking: Mutex<()>,
}

impl VoiceSamples {
    pub(crate) fn new(voice: Arc<dyn Voice>, blobs: Blobs) -> Self {
        Self {
            voice,
            blobs,
            speaking: Mutex::new(()),
        }
    }

    /// The key of the narrator's sample.
    ///
    /// # Errors
    /// The voice or the blob store does not answer.
    pub(crate) async fn find_or_speak(&self, voice: VoiceName) -> Result<String, AgentError> {
        let key = self.key(voice);
        if self.blobs.head(&key).await?.is_some() {
            return Ok(key);
        }

        let _speaking = self.speaking.lock().await;
        if self.blobs.head(&key).await?.is_none() {
            let mp3 = self.voice.speak(&write_greeting(voice), voice).await?;
            self.blobs.put(&key, mp3.bytes().clone(), "audio/mpeg").await?;
        }

        Ok(key)
    }

    /// Engine, narrator and words: whatever changes what is heard changes the key.
    fn key(&self, voice: VoiceName) -> String {
        let mut hash = blake3::Hasher::new();
        for part in [self.voice.engine(), voice.as_str(), &write_greeting(voice)] {
            hash.update(&(part.len() as u64).to_le_bytes())
                .update(part.as_bytes());
        }

        format!("audio/voices/{}.mp3", hash.finalize().to_hex())
    }
}

fn write_greeting(voice: VoiceName) -> String {
    let name = voice.as_str();
    format!("Hello, I am {name}. Every codebase has a story. Shall I tell you yours?")
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use async_trait::async_trait;
    use repo::narration::Pace;

    use super::*;
    use crate::tests::open_blobs;
    use crate::voice::{Mp3, VoiceError, pace};

    /// Says the same silence to everybody, and counts how often.
    #[derive(Default)]
    struct Counting(AtomicUsize);

    #[async_trait]
    impl Voice for Counting {
        fn engine(&self) -> &str {
            "counting"
        }

        fn limit(&self) -> usize {
            1_000
        }

        async fn speak(&self, text: &str, _: VoiceName) -> Result<Mp3, VoiceError> {
            assert!(text.chars().count() < self.limit());
            self.0.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;

            Ok(Mp3::silence(Duration::from_secs(1)))
        }

        fn pace(&self, voice: VoiceName) -> Pace {
            pace::local(voice)
        }
    }

    #[tokio::test]
    async fn a_narrator_is_heard_again_without_being_spoken_again() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = open_blobs(&folder).await;
        let voice = Arc::new(Counting::default());
        let samples = VoiceSamples::new(voice.clone(), blobs.clone());

        let [first, second] = [
            samples.find_or_speak(VoiceName::Drew),
            samples.find_or_speak(VoiceName::Drew),
        ];
        let (first, second) = tokio::join!(first, second);
        let key = first.unwrap();

        assert_eq!(key, second.unwrap());
        assert_ne!(key, samples.find_or_speak(VoiceName::Bella).await.unwrap());
        assert_eq!(voice.0.load(Ordering::Relaxed), 2);

        let kept = blobs.get(&key, None).await.unwrap().expect("kept");
        assert!(Mp3::parse(kept.bytes().await.unwrap()).is_ok());

        let after_restart = VoiceSamples::new(voice.clone(), blobs);
        assert_eq!(after_restart.find_or_speak(VoiceName::Drew).await.unwrap(), key);
        assert_eq!(voice.0.load(Ordering::Relaxed), 2);
    }
}
