//! `saga.v1.Voices`: how the narrators sound.

use kit::error::{FieldViolation, Problem, into_status};
use kit::rpc::actor_of;
use proto::v1::voices_server::Voices;
use proto::v1::{GetVoiceSampleRequest, VoiceSample};
use tonic::{Request, Response, Status};

use crate::voice::VoiceName;
use crate::voice_samples::VoiceSamples;

pub(crate) struct VoicesRpc {
    pub(crate) samples: VoiceSamples,
}

#[tonic::async_trait]
impl Voices for VoicesRpc {
    async fn get_voice_sample(
        &self,
        request: Request<GetVoiceSampleRequest>,
    ) -> Result<Response<VoiceSample>, Status> {
        actor_of(&request)?;
        let voice: VoiceName = request.get_ref().voice.parse().map_err(|_| {
            let names = VoiceName::ALL.map(VoiceName::as_str).join(", ");
            let fields = vec![FieldViolation::new("voice", format!("one of {names}"))];
            Problem::invalid("INVALID_FIELDS", "There is no such voice.", fields).into_status()
        })?;

        let audio_key = self.samples.find_or_speak(voice).await.map_err(into_status)?;
        Ok(Response::new(VoiceSample { audio_key }))
    }
}
