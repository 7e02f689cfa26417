//! How the narrators sound.

use proto::v1::GetVoiceSampleRequest;
use tonic::Status;

use super::{Operation, Service, caller_kind::Visitor};
use crate::{
    identity::{RequestContext, Unscoped},
    services::Services,
};

/// A few words of a narrator.
pub(crate) struct GetVoiceSample {
    pub(crate) voice: &'static str,
}

impl Operation for GetVoiceSample {
    type Caller = Visitor;
    type Scope = Unscoped;
    /// The key of the audio.
    type Output = String;

    const SERVICE: Service = Service::Agent;

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<String, Status> {
        let request = GetVoiceSampleRequest {
            voice: self.voice.to_owned(),
        };
        let sample = services.voices(context).get_voice_sample(request).await?;

        Ok(sample.into_inner().audio_key)
    }
}
