//! The narrators, and how they sound.

use std::sync::Arc;

use axum::{
    Json as Answer,
    extract::{Path, State, rejection::PathRejection},
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};
use proto::words::Voice;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::App,
    error::{ApiError, ErrorBody},
    extract::Door,
    operation::voices::GetVoiceSample,
};

/// Somebody who can tell a story.
#[derive(Serialize, ToSchema)]
pub(crate) struct VoiceView {
    /// As a story's `voice` takes it.
    #[schema(example = "Rachel")]
    name: &'static str,
    /// Where a few words of it are to be heard.
    #[schema(example = "/api/v1/voices/rachel/sample")]
    sample_url: String,
}

/// The narrators.
#[utoipa::path(get, path = "/api/v1/voices", tag = "stories",
    responses((status = 200, description = "All of them", body = Vec<VoiceView>)))]
pub(crate) async fn list_voices() -> Answer<Vec<VoiceView>> {
    let voices = Voice::ALL.map(|voice| VoiceView {
        name: voice.as_str(),
        sample_url: format!("/api/v1/voices/{}/sample", voice.as_str().to_lowercase()),
    });

    Answer(voices.into())
}

/// A few words of a narrator, to choose by ear. The first time that it is asked for, it is spoken.
#[utoipa::path(get, path = "/api/v1/voices/{voice}/sample", tag = "stories",
    params(("voice" = String, Path, description = "`rachel`, `drew`, `bella` or `antoni`")),
    responses(
        (status = 303, description = "To the audio, an MP3 under `/media/`"),
        (status = 404, description = "No such narrator", body = ErrorBody)))]
pub(crate) async fn get_voice_sample(
    State(app): State<Arc<App>>,
    door: Door<GetVoiceSample>,
    voice: Result<Path<String>, PathRejection>,
) -> Result<Response, ApiError> {
    let unknown = || ApiError::not_found("There is no such voice.");
    let Path(voice) = voice.map_err(|_| unknown())?;
    let named = |known: &Voice| known.as_str().eq_ignore_ascii_case(&voice);
    let known = Voice::ALL.into_iter().find(named).ok_or_else(unknown)?;

    let key = door
        .perform(GetVoiceSample {
            voice: known.as_str(),
        })
        .await?;
    let media = format!("/media/{}", app.signer.sign(&key, "mp3"));

    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, media)]).into_response())
}
