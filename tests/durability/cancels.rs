//! Cancelling reaches the socket of the provider that is being paid.

use reqwest::StatusCode;
use serde_json::json;

use crate::harness::{
    client::{Client, watch},
    elevenlabs::ElevenLabs,
    repositories::Repositories,
    saga::{DataFolder, Launch},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cancelling_hangs_up_on_the_voice_provider_and_keeps_what_was_made() {
    let (data, voice, repositories) = (
        DataFolder::new(),
        ElevenLabs::start_with(0).await,
        Repositories::start().await,
    );

    let saga = Launch::new(&data)
        .set("ELEVENLABS_API_KEY", "a-test-key")
        .set("SAGA_VOICE__ELEVENLABS_BASE_URL", voice.base())
        // Longer than our patience: a cancellation that waited for the provider would be found out.
        .set("SAGA_VOICE__TIMEOUT_SECONDS", "3600")
        .serve()
        .await;
    let client = Client::of(&saga);
    let story = client.generate(&repositories.sample()).await;

    voice.held(1).await;

    let answer = client
        .post(&format!("/api/stories/{story}/cancel"), json!({}))
        .await;

    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);

    voice.hung_up().await;

    let failed = client.story_in(&story, &["failed"]).await;
    assert_eq!(failed["error_message"], "cancelled");
    assert_eq!(failed["audio_url"], serde_json::Value::Null);

    let messages = watch(&saga, &story, 0).await;
    assert!(
        messages
            .iter()
            .any(|message| message["data"]["action"] == "Script complete"),
        "the log is kept"
    );

    let again = client
        .post(&format!("/api/stories/{story}/cancel"), json!({}))
        .await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST, "{}", again.body);
}
