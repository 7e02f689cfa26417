//! Chats that were scripted: what each is answered with, and what was asked.

use std::sync::{Arc, atomic::Ordering};

use proto::v1::{self as pb, chat_event::Event, chats_server::Chats};
use tonic::{Request, Response, Status};

use super::{OpenWatch, Streamed, World};

#[tonic::async_trait]
impl Chats for World {
    type ChatStream = Streamed<pb::ChatEvent>;

    /// Says the script; after its last line it waits until nobody listens, when that is no end.
    async fn chat(&self, request: Request<pb::ChatRequest>) -> Result<Response<Self::ChatStream>, Status> {
        self.meet(&request).await?;
        let mut state = self.lock();
        state.chats.push(request.into_inner());
        let script = state.chat.clone();
        drop(state);

        self.open_watches.fetch_add(1, Ordering::SeqCst);
        let open = OpenWatch(Arc::clone(&self.open_watches));
        let events = async_stream::stream! {
            let _open = open;
            for said in script {
                let is_end = matches!(said, Ok(Event::Answer(_) | Event::Plan(_)) | Err(_));
                yield said.map(|event| pb::ChatEvent { event: Some(event) }).map_err(kit::Problem::into_status);
                if is_end {
                    return;
                }
            }
            std::future::pending::<()>().await;
        };

        Ok(Response::new(Box::pin(events)))
    }

    async fn answer_template(
        &self,
        request: Request<pb::TemplateQuestion>,
    ) -> Result<Response<pb::TemplateAnswer>, Status> {
        self.meet(&request).await?;
        Ok(Response::new(pb::TemplateAnswer {
            result: request.into_inner().input,
        }))
    }

    async fn list_playbooks(
        &self,
        request: Request<pb::ListPlaybooksRequest>,
    ) -> Result<Response<pb::ListPlaybooksResponse>, Status> {
        self.meet(&request).await?;
        let plan = r#"{"id":"p","steps":[]}"#.to_owned();
        Ok(Response::new(pb::ListPlaybooksResponse {
            playbooks: vec![pb::Playbook { plan }],
        }))
    }

    async fn get_playbook(
        &self,
        request: Request<pb::GetPlaybookRequest>,
    ) -> Result<Response<pb::Playbook>, Status> {
        self.meet(&request).await?;
        Err(super::unknown())
    }
}
