//! A stand-in for ElevenLabs at its HTTP boundary: streams silent MP3 in the asked format, remembers what it was asked to
//! say, and can hold its answers back so that a test can act while a request is open.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::State,
    response::{IntoResponse, Response},
    routing::post,
};
use futures::stream;
use serde_json::Value;
use tokio::{net::TcpListener, sync::watch};

/// MPEG-1 layer III, 128 kbit/s, 44.1 kHz, mono, no padding: header, then an all-zero body, which decodes to silence.
const FRAME_HEADER: [u8; 4] = [0xff, 0xfb, 0x90, 0xc4];
const FRAME_BYTES: usize = 417;
const BITS_PER_SECOND: usize = 128_000;
const SAMPLES: usize = 1_152;
const SAMPLE_RATE: usize = 44_100;
/// 44,100 / 1,152 frames make a second, in which a voice says about 15 characters.
const FRAMES_PER_CHARACTER: f64 = 44_100.0 / 1_152.0 / 15.0;

#[derive(Clone)]
pub(crate) struct ElevenLabs {
    shared: Arc<Shared>,
    base: String,
}

struct Shared {
    /// Text to how often it was asked for and how often the answer was sent whole.
    texts: Mutex<BTreeMap<String, Said>>,
    /// How many requests were dropped by the client while they were held.
    dropped: watch::Sender<usize>,
    /// Requests open now.
    open: watch::Sender<usize>,
    /// Answers allowed from now on.
    allowance: watch::Sender<usize>,
}

#[derive(Debug, Default, Clone)]
pub(crate) struct Said {
    pub(crate) asked: usize,
    pub(crate) answered: usize,
}

impl ElevenLabs {
    /// Answers `allowance` requests and holds the others open until [`Self::allow`].
    pub(crate) async fn start_with(allowance: usize) -> Self {
        let shared = Arc::new(Shared {
            texts: Mutex::default(),
            dropped: watch::Sender::new(0),
            open: watch::Sender::new(0),
            allowance: watch::Sender::new(allowance),
        });
        let app = Router::new()
            .route("/v1/text-to-speech/{voice}/stream", post(speak))
            .with_state(shared.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port");
        let base = format!("http://{}", listener.local_addr().expect("bound"));

        tokio::spawn(async move { axum::serve(listener, app).await.expect("serves") });

        Self { shared, base }
    }

    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    pub(crate) fn allow(&self, more: usize) {
        self.shared
            .allowance
            .send_modify(|allowance| *allowance = allowance.saturating_add(more));
    }

    /// Holds everything from now on, until [`Self::allow`].
    pub(crate) fn hold(&self) {
        self.shared.allowance.send_replace(0);
    }

    pub(crate) fn said(&self) -> BTreeMap<String, Said> {
        self.shared.texts.lock().expect("not poisoned").clone()
    }

    pub(crate) fn answered(&self) -> usize {
        self.said().values().map(|said| said.answered).sum()
    }

    /// How many requests are held open now.
    pub(crate) fn open(&self) -> usize {
        *self.shared.open.borrow()
    }

    /// Waits until `count` requests are held open.
    pub(crate) async fn held(&self, count: usize) {
        let mut open = self.shared.open.subscribe();
        let found = tokio::time::timeout(super::wait::PATIENCE, open.wait_for(|open| *open >= count)).await;
        found.expect("requests arrive").expect("the stand-in lives");
    }

    /// Waits until `count` different texts were asked for.
    pub(crate) async fn asked(&self, count: usize) {
        super::wait::until(&format!("{count} texts to be asked for"), || async {
            (self.said().len() >= count).then_some(())
        })
        .await;
    }

    /// Waits until the client hung up on a held request.
    pub(crate) async fn hung_up(&self) {
        let mut dropped = self.shared.dropped.subscribe();
        let found =
            tokio::time::timeout(super::wait::PATIENCE, dropped.wait_for(|dropped| *dropped > 0)).await;
        found.expect("the client hangs up").expect("the stand-in lives");
    }
}

/// Counts a request as dropped unless it was answered.
struct Held {
    shared: Arc<Shared>,
    answered: bool,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.shared.open.send_modify(|open| *open -= 1);
        if !self.answered {
            self.shared.dropped.send_modify(|dropped| *dropped += 1);
        }
    }
}

async fn speak(State(shared): State<Arc<Shared>>, Json(body): Json<Value>) -> Response {
    let text = body["text"].as_str().expect("a text to speak").to_owned();
    shared
        .texts
        .lock()
        .expect("not poisoned")
        .entry(text.clone())
        .or_default()
        .asked += 1;
    shared.open.send_modify(|open| *open += 1);

    let mut held = Held {
        shared: shared.clone(),
        answered: false,
    };
    let mut allowance = shared.allowance.subscribe();
    loop {
        allowance
            .wait_for(|allowance| *allowance > 0)
            .await
            .expect("the stand-in lives");

        if shared.allowance.send_if_modified(|allowance| {
            let free = *allowance > 0;
            if free && *allowance != usize::MAX {
                *allowance -= 1;
            }
            free
        }) {
            break;
        }
    }

    held.answered = true;
    shared
        .texts
        .lock()
        .expect("not poisoned")
        .entry(text.clone())
        .or_default()
        .answered += 1;

    let frames = (text.chars().count() as f64 * FRAMES_PER_CHARACTER).ceil() as usize;
    let pieces = (0..frames).map(|number| Ok::<_, Infallible>(frame(number)));

    (
        [("content-type", "audio/mpeg")],
        Body::from_stream(stream::iter(pieces)),
    )
        .into_response()
}

fn frame(number: usize) -> Bytes {
    // Some are a byte longer, so that the whole has the constant rate that players reckon its length from.
    let begins = |number: usize| number * BITS_PER_SECOND / 8 * SAMPLES / SAMPLE_RATE;
    let padded = begins(number + 1) - begins(number) > FRAME_BYTES;
    let mut frame = vec![0; FRAME_BYTES + usize::from(padded)];
    frame[..FRAME_HEADER.len()].copy_from_slice(&FRAME_HEADER);
    frame[2] |= u8::from(padded) << 1;
    frame.into()
}
