//! ElevenLabs faked at the HTTP boundary, with bodies as its public API reference shows them.

#![expect(clippy::disallowed_methods, reason = "a test ends with its tasks")]

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::*;
use crate::voice::mp3::{BitRate, Mp3Error};

type Answer = Arc<dyn Fn(usize) -> Response + Send + Sync>;

struct Fake {
    url: String,
    calls: Arc<AtomicUsize>,
    seen: Arc<std::sync::Mutex<Vec<Value>>>,
}

#[derive(Clone)]
struct Shared {
    answer: Answer,
    calls: Arc<AtomicUsize>,
    seen: Arc<std::sync::Mutex<Vec<Value>>>,
}

async fn handle(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Query(query): Query<Value>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    let call = shared.calls.fetch_add(1, Ordering::SeqCst);
    let key = headers
        .get("xi-api-key")
        .and_then(|key| key.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    shared
        .seen
        .lock()
        .unwrap()
        .push(json!({"id": id, "query": query, "key": key, "body": body}));

    (shared.answer)(call)
}

async fn fake(answer: impl Fn(usize) -> Response + Send + Sync + 'static) -> Fake {
    let shared = Shared {
        answer: Arc::new(answer),
        calls: Arc::default(),
        seen: Arc::default(),
    };
    let app = Router::new()
        .route("/v1/text-to-speech/{id}/stream", post(handle))
        .with_state(shared.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());

    tokio::spawn(async move { axum::serve(listener, app).await });

    Fake {
        url,
        calls: shared.calls,
        seen: shared.seen,
    }
}

fn client(fake: &Fake) -> ElevenLabs {
    let config = VoiceConfig {
        elevenlabs_api_key: "secret-key".into(),
        elevenlabs_base_url: fake.url.clone(),
        piper: PathBuf::new(),
        elevenlabs_model: "eleven_flash_v2_5".into(),
        stability: 0.5,
        similarity_boost: 0.75,
        style: 0.0,
        use_speaker_boost: true,
        timeout_seconds: 5,
        attempts: 3,
        local_concurrency: 1,
    };
    let mut client = ElevenLabs::new(&config).unwrap();
    client.first_wait = Duration::from_millis(1);

    client
}

fn audio() -> Bytes {
    Mp3::silence(Duration::from_secs(2), BitRate::Kbps128).into_bytes()
}

fn streamed(bytes: Bytes) -> Response {
    let parts: Vec<Result<Bytes, std::io::Error>> = bytes
        .chunks(1_000)
        .map(|part| Ok(Bytes::copy_from_slice(part)))
        .collect();
    Body::from_stream(futures::stream::iter(parts)).into_response()
}

fn cut_off(bytes: &Bytes) -> Response {
    let half = bytes.slice(..bytes.len() / 2);
    let parts = async_stream::stream! {
        yield Ok(half);
        // The first half is on its way before the connection goes.
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        yield Err(std::io::Error::other("gone"));
    };

    Body::from_stream(parts).into_response()
}

#[tokio::test]
async fn speech_arrives_whole_and_is_asked_for_as_the_contract_says() {
    let fake = fake(|_| streamed(audio())).await;
    let speech = client(&fake)
        .speak("Hello there.", VoiceName::Rachel)
        .await
        .unwrap();

    assert_eq!(speech.mp3.bytes(), &audio());

    let expected = json!({
        "id": "21m00Tcm4TlvDq8ikWAM",
        "query": {"output_format": "mp3_44100_128"},
        "key": "secret-key",
        "body": {
            "text": "Hello there.",
            "model_id": "eleven_flash_v2_5",
            "voice_settings": {"stability": 0.5, "similarity_boost": 0.75, "style": 0.0, "use_speaker_boost": true},
        },
    });

    assert_eq!(fake.seen.lock().unwrap().as_slice(), [expected]);
}

#[tokio::test]
async fn a_wrong_key_is_final_and_says_so() {
    let body = json!({"detail": {"status": "invalid_api_key", "message": "Invalid API key"}});
    let fake = fake(move |_| (StatusCode::UNAUTHORIZED, Json(body.clone())).into_response()).await;
    let error = client(&fake).speak("Hello.", VoiceName::Drew).await.unwrap_err();
    assert!(matches!(error, VoiceError::Unauthorized));
    assert_eq!(fake.calls.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_refused_text_is_final_and_carries_the_reason() {
    let body = json!({"detail": [{"loc": ["body", "text"], "msg": "field required", "type": "value_error"}]});
    let fake = fake(move |_| (StatusCode::UNPROCESSABLE_ENTITY, Json(body.clone())).into_response()).await;
    let error = client(&fake).speak("Hello.", VoiceName::Bella).await.unwrap_err();
    assert!(
        matches!(&error, VoiceError::Refused { status: 422, message } if message == "field required"),
        "{error:?}"
    );
    assert_eq!(fake.calls.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_busy_service_is_asked_again_and_its_wait_is_kept() {
    let fake = fake(|call| match call {
        0 => (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "0")]).into_response(),
        _ => streamed(audio()),
    })
    .await;
    assert!(client(&fake).speak("Hello.", VoiceName::Antoni).await.is_ok());
    assert_eq!(fake.calls.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_service_that_stays_busy_says_when_to_come_back() {
    let fake = fake(|_| (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "0")]).into_response()).await;
    let error = client(&fake)
        .speak("Hello.", VoiceName::Antoni)
        .await
        .unwrap_err();

    assert!(matches!(
        error,
        VoiceError::Busy {
            retry_after: Some(Duration::ZERO)
        }
    ));
    assert_eq!(fake.calls.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_failing_service_is_tried_as_often_as_configured() {
    let fake = fake(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response()).await;
    let error = client(&fake)
        .speak("Hello.", VoiceName::Rachel)
        .await
        .unwrap_err();
    assert!(matches!(error, VoiceError::Provider { status: 500 }));
    assert_eq!(fake.calls.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_cut_connection_never_passes_as_whole_audio() {
    let fake = fake(|_| cut_off(&audio())).await;
    let error = client(&fake)
        .speak("Hello.", VoiceName::Rachel)
        .await
        .unwrap_err();
    assert!(matches!(error, VoiceError::CutOff(_)), "{error:?}");
    assert_eq!(fake.calls.load(Ordering::SeqCst), 3, "it is transient");
}

#[tokio::test]
async fn an_answer_that_ends_early_without_a_broken_connection_is_noticed_too() {
    let whole = audio();
    let frame = whole.slice(..418);
    let fake = fake(move |_| streamed(frame.clone())).await;
    let long = "A sentence that takes much longer to say than a fortieth of a second. ".repeat(4);
    let error = client(&fake).speak(&long, VoiceName::Rachel).await.unwrap_err();

    assert!(
        matches!(error, VoiceError::TooShort { .. } | VoiceError::Audio(_)),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_page_instead_of_audio_is_refused() {
    let fake = fake(|_| "<html>captive portal</html>".into_response()).await;
    let error = client(&fake)
        .speak("Hello.", VoiceName::Rachel)
        .await
        .unwrap_err();

    assert!(
        matches!(error, VoiceError::Audio(Mp3Error::NotAFrame { at: 0 })),
        "{error:?}"
    );
    assert_eq!(fake.calls.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn too_much_text_is_refused_before_anything_is_sent() {
    let fake = fake(|_| streamed(audio())).await;
    let error = client(&fake)
        .speak(&"a".repeat(4_001), VoiceName::Rachel)
        .await
        .unwrap_err();

    assert!(matches!(
        error,
        VoiceError::TextLength {
            length: 4_001,
            limit: 4_000
        }
    ));
    assert_eq!(fake.calls.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_date_in_retry_after_counts_from_the_answers_own_clock() {
    let fake = fake(|_| {
        let headers = [
            (header::DATE, "Fri, 20 Nov 2026 10:00:00 GMT"),
            (header::RETRY_AFTER, "Fri, 20 Nov 2026 10:00:30 GMT"),
        ];
        (StatusCode::TOO_MANY_REQUESTS, headers).into_response()
    })
    .await;
    let mut client = client(&fake);
    client.attempts = 1;

    let error = client.speak("Hello.", VoiceName::Rachel).await.unwrap_err();
    assert!(
        matches!(error, VoiceError::Busy { retry_after: Some(wait) } if wait == Duration::from_secs(30)),
        "{error:?}"
    );
}

#[test]
fn wrong_settings_are_named() {
    let config = VoiceConfig {
        elevenlabs_api_key: "k".into(),
        elevenlabs_base_url: "not a url".into(),
        piper: PathBuf::new(),
        elevenlabs_model: String::new(),
        stability: 0.5,
        similarity_boost: 0.75,
        style: 0.0,
        use_speaker_boost: true,
        timeout_seconds: 5,
        attempts: 3,
        local_concurrency: 1,
    };
    let error = ElevenLabs::new(&config).unwrap_err();

    assert!(matches!(
        error,
        VoiceError::Config {
            field: "elevenlabs_base_url",
            ..
        }
    ));

    let error = ElevenLabs::new(&VoiceConfig {
        elevenlabs_base_url: "http://x".into(),
        style: 2.0,
        ..config
    })
    .unwrap_err();

    assert!(matches!(error, VoiceError::Config { field: "style", .. }));
}
