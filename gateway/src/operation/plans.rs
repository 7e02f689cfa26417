//! Plans that clients run with their own data: those that are ready, and what a step asks the server.

use kit::ephemeral::Ephemeral;
use proto::v1::{GetPlaybookRequest, ListPlaybooksRequest, Playbook, TemplateQuestion};
use tonic::Status;

use super::{Field, Operation, Price, Service, caller_kind::SignedIn};
use crate::{
    identity::{RequestContext, RunAgents},
    services::Services,
};

/// Those of the caller's tier.
pub(crate) struct ListPlaybooks;

impl Operation for ListPlaybooks {
    type Caller = SignedIn;
    type Scope = RunAgents;
    type Output = Vec<Playbook>;

    const SERVICE: Service = Service::Agent;
    const FIELD: Field = Field::None;

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Self::Output, Status> {
        let list = services
            .chats(context)
            .list_playbooks(ListPlaybooksRequest {})
            .await?;
        Ok(list.into_inner().playbooks)
    }
}

pub(crate) struct GetPlaybook {
    pub(crate) id: String,
}

impl Operation for GetPlaybook {
    type Caller = SignedIn;
    type Scope = RunAgents;
    type Output = Playbook;

    const SERVICE: Service = Service::Agent;
    const FIELD: Field = Field::None;

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Playbook, Status> {
        let request = GetPlaybookRequest { id: self.id };
        let playbook = services.chats(context).get_playbook(request).await?;

        Ok(playbook.into_inner())
    }
}

/// What a step of a plan asks, by its template. Nothing of it is kept.
pub(crate) struct AnswerTemplate {
    pub(crate) template: String,
    /// JSON of `{variables, data, user_profile}`.
    pub(crate) input: Ephemeral<Vec<u8>>,
}

impl Operation for AnswerTemplate {
    type Caller = SignedIn;
    type Scope = RunAgents;
    type Output = Vec<u8>;

    const SERVICE: Service = Service::Agent;
    const PRICE: Price = Price::EXPENSIVE;
    const FIELD: Field = Field::None;

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Vec<u8>, Status> {
        let question = TemplateQuestion {
            template: self.template,
            input: self.input.expose().clone(),
        };
        let answer = services.chats(context).answer_template(question).await?;

        Ok(answer.into_inner().result)
    }
}
