//! Listens to the local voice with numbers: pitch, pace, loudness, peaks, and what cancelling does.

use std::f32::consts::TAU;

use super::*;
use crate::voice::encode::INPUT_RATE;
use crate::voice::mp3::SAMPLE_RATE;
use crate::voice::{Mp3, testing};

const NARRATION: &str = "This is a small web framework for Rust. A request comes in at the door, a router reads its path, \
and a handler answers it with a typed value. The project began in 2021, and about forty people have worked on it since. \
Most of the code lives in one folder, and that folder is named after the thing it does.\n\n\
What happens when something goes wrong? An error becomes a response, so the client always hears an answer. \
The tests ask the same question in a hundred ways, and every answer is compared with a known one. \
Read the router first, because everything else is called from there.";

fn voice() -> (tempfile::TempDir, LocalVoice) {
    let dir = tempfile::tempdir().unwrap();
    let voice = LocalVoice::install(dir.path(), 2).unwrap();
    (dir, voice)
}

fn pcm(voice: &LocalVoice, text: &str, name: VoiceName) -> Vec<i16> {
    perform(text, &narrator(name), &voice.data, &AtomicBool::new(false))
        .unwrap()
        .samples
}

/// Median pitch in hertz of the voiced parts, by autocorrelation of low-passed, decimated speech.
fn median_pitch(speech: &[i16]) -> f32 {
    const STEP: usize = 6;

    let rate = INPUT_RATE as f32 / STEP as f32;
    let alpha = 1.0 - (-TAU * 400.0 / INPUT_RATE as f32).exp();
    let (mut one, mut two) = (0.0, 0.0);
    let low: Vec<f32> = speech
        .iter()
        .map(|sample| {
            one += alpha * (f32::from(*sample) - one);
            two += alpha * (one - two);
            two
        })
        .step_by(STEP)
        .collect();

    let mut pitches: Vec<f32> = low
        .windows(220)
        .step_by(110)
        .filter_map(|frame| pitch_of(frame, rate))
        .collect();
    pitches.sort_by(f32::total_cmp);

    pitches[pitches.len() / 2]
}

fn pitch_of(frame: &[f32], rate: f32) -> Option<f32> {
    let half = frame.len() / 2;
    let energy: f32 = frame.iter().map(|x| x * x).sum::<f32>() / frame.len() as f32;
    if energy < 200.0 * 200.0 {
        return None;
    }

    let similarity = |lag: usize| {
        let (a, b) = (&frame[..half], &frame[lag..lag + half]);
        let dot: f32 = a.iter().zip(b).map(|(x, y)| x * y).sum();
        let size = |part: &[f32]| part.iter().map(|x| x * x).sum::<f32>().sqrt();
        dot / (size(a) * size(b)).max(1.0)
    };

    let lags = (rate / 330.0) as usize..=(rate / 62.0) as usize;
    let best = lags.clone().map(&similarity).fold(0.0, f32::max);
    let lag = lags.into_iter().find(|lag| similarity(*lag) > best * 0.93)?;

    (best > 0.7).then(|| rate / lag as f32)
}

/// Loudness in dBFS of the parts where somebody speaks.
fn loudness(speech: &[i16]) -> f32 {
    let blocks: Vec<f32> = speech
        .chunks(INPUT_RATE as usize * 4 / 10)
        .map(|block| {
            block
                .iter()
                .map(|s| (f32::from(*s) / 32_768.0).powi(2))
                .sum::<f32>()
                / block.len() as f32
        })
        .filter(|power| *power > 1e-5)
        .collect();

    10.0 * (blocks.iter().sum::<f32>() / blocks.len() as f32).log10()
}

#[test]
fn the_four_narrators_differ_clearly_in_pitch_and_pace() {
    let (_dir, voice) = voice();
    let mut heard: Vec<(VoiceName, f32, f32)> = VoiceName::ALL
        .into_iter()
        .map(|name| {
            let speech = pcm(&voice, NARRATION, name);
            (
                name,
                median_pitch(&speech),
                speech.len() as f32 / INPUT_RATE as f32,
            )
        })
        .collect();

    println!("{heard:?}");
    heard.sort_by(|a, b| a.1.total_cmp(&b.1));

    for pair in heard.windows(2) {
        assert!(pair[1].1 / pair[0].1 > 1.10, "pitches too close: {pair:?}");
    }

    heard.sort_by(|a, b| a.2.total_cmp(&b.2));

    for pair in heard.windows(2) {
        assert!(pair[1].2 / pair[0].2 > 1.025, "paces too close: {pair:?}");
    }
}

#[tokio::test]
async fn the_planned_length_is_the_real_length() {
    let (_dir, voice) = voice();
    for name in VoiceName::ALL {
        let real = voice.speak(NARRATION, name).await.unwrap().mp3.seconds();
        let planned = voice.pace(name).seconds(NARRATION);
        println!("{name}: {real:.2} s, planned {planned:.2} s");
        assert!(
            (planned / real - 1.0).abs() < 0.06,
            "{name}: {real} s, planned {planned} s"
        );
    }
}

#[test]
fn every_narrator_is_equally_loud() {
    let (_dir, voice) = voice();
    for name in VoiceName::ALL {
        let level = loudness(&pcm(&voice, NARRATION, name)) + 20.0 * narrator(name).gain.log10();
        println!("{name}: {level:.2} dBFS");
        assert!((-19.0..=-16.0).contains(&level), "{name}: {level} dBFS");
    }
}

#[tokio::test]
async fn speech_is_the_one_format_and_the_same_every_time() {
    let (_dir, voice) = voice();
    let text = "One sentence. And another one, a little longer.";
    let first = voice.speak(text, VoiceName::Rachel).await.unwrap();
    let second = voice.speak(text, VoiceName::Rachel).await.unwrap();

    assert_eq!(first, second);
    let mp3 = first.mp3;
    assert_eq!(Mp3::parse(mp3.bytes().clone()).unwrap(), mp3);
    assert_eq!(
        mp3.bytes().len() as u32 / mp3.frames(),
        208,
        "64 kbit/s at {SAMPLE_RATE} Hz"
    );
}

#[tokio::test]
async fn sentences_begin_in_the_audio_where_the_voice_says() {
    let (_dir, voice) = voice();
    for name in VoiceName::ALL {
        let speech = voice.speak(NARRATION, name).await.unwrap();
        testing::assert_starts(&speech, NARRATION);
    }
}

#[tokio::test]
async fn every_letter_and_symbol_can_be_spoken_without_a_panic() {
    let (_dir, voice) = voice();
    for text in ["ü ß 字 ё", "!?…", "a\u{0}b", "🚀", "x = {y} <z>", "-", "((("] {
        let spoken = voice.speak(text, VoiceName::Bella).await;
        assert!(spoken.is_ok(), "{text:?}: {spoken:?}");
    }

    assert!(matches!(
        voice.speak(" ", VoiceName::Bella).await,
        Err(VoiceError::TextLength { .. })
    ));

    let long = "a ".repeat(600);
    assert!(matches!(
        voice.speak(&long, VoiceName::Bella).await,
        Err(VoiceError::TextLength { length: 1_200, .. })
    ));
}

#[test]
fn a_cancelled_piece_stops_at_the_next_sentence() {
    let (_dir, voice) = voice();
    let cancelled = AtomicBool::new(true);
    let stopped = perform(NARRATION, &narrator(VoiceName::Drew), &voice.data, &cancelled);
    assert!(matches!(stopped, Err(VoiceError::Local { reason }) if reason == "cancelled"));
}

#[tokio::test]
async fn dropping_the_future_frees_its_place() {
    let dir = tempfile::tempdir().unwrap();
    let voice = LocalVoice::install(dir.path(), 1).unwrap();
    let text = "A sentence that is spoken. ".repeat(30);
    {
        let speaking = voice.speak(&text, VoiceName::Drew);
        tokio::pin!(speaking);
        let _ = futures::poll!(&mut speaking);
    }

    assert!(voice.speak("Short.", VoiceName::Drew).await.is_ok());
}

#[test]
fn the_data_is_unpacked_once_and_a_second_process_finds_it() {
    let dir = tempfile::tempdir().unwrap();
    let first = LocalVoice::install(dir.path(), 1).unwrap();
    let second = LocalVoice::install(dir.path(), 1).unwrap();

    assert_eq!(first.data, second.data);

    unpack(&first.data).unwrap();
    assert_eq!(
        std::fs::read_dir(dir.path()).unwrap().count(),
        1,
        "nothing half-made is left"
    );
}

#[test]
fn what_a_process_that_died_had_begun_is_taken_away() {
    let dir = tempfile::tempdir().unwrap();
    let [old, new, other] = [
        format!("{PARTIAL}1-0"),
        format!("{PARTIAL}2-0"),
        "mine".to_owned(),
    ];
    for name in [&old, &new, &other] {
        std::fs::create_dir(dir.path().join(name)).unwrap();
    }
    let hour_ago = std::fs::FileTimes::new().set_modified(
        std::fs::metadata(dir.path().join(&old))
            .unwrap()
            .modified()
            .unwrap()
            - std::time::Duration::from_secs(3_600),
    );
    let folder = std::fs::File::open(dir.path().join(&old)).unwrap();
    folder.set_times(hour_ago).unwrap();

    LocalVoice::install(dir.path(), 1).unwrap();

    assert!(!dir.path().join(&old).exists(), "it was abandoned");
    assert!(dir.path().join(&new).exists(), "another process may be at it");
    assert!(dir.path().join(&other).exists());
}

#[test]
fn a_folder_that_takes_no_data_keeps_no_half_of_it() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a-file");
    std::fs::write(&file, "").unwrap();

    assert!(matches!(LocalVoice::install(&file, 1), Err(VoiceError::Data(_))));
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
}
