//! A workflow that is created and executed in one go, in a transaction that somebody else begins and ends.

use flow::StartRun;
use flow::store::{NewRun, Share};
use kit::actor::Actor;
use kit::db::WriteTx;
use kit::error::Faults;
use kit::rpc::RequestId;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::fields::{self, RawWorkflow};
use super::{Workflows, run_options_of};
use crate::domain::schema_faults::find_schema_faults;
use crate::domain::workflow::NewWorkflow;
use crate::error::StoryError;
use crate::graphs::workflow::WORKFLOW;
use crate::graphs::workflow::state::{KeptState, WorksFor};
use crate::store::{runs, workflows as store};

/// A workflow and what it is executed with, checked.
pub(crate) struct DraftedWorkflow {
    new: NewWorkflow,
    input: Value,
}

/// A workflow with its first run, to be written.
pub(crate) struct ExecutedWorkflow {
    new: NewWorkflow,
    run: NewRun,
    input: Value,
}

impl ExecutedWorkflow {
    pub(crate) fn id(&self) -> Uuid {
        self.new.id
    }
}

impl Workflows {
    /// # Errors
    /// All wrong fields, those of `user_input` included.
    pub(crate) async fn draft_executed(
        &self,
        owner: Uuid,
        raw: RawWorkflow,
        user_input: &str,
    ) -> Result<DraftedWorkflow, StoryError> {
        let mut faults = Faults::default();
        let input: Map<String, Value> = fields::read_object("user_input", user_input, &mut faults);
        let input = Value::Object(input);
        let drafted = self.draft(owner, &raw).await;
        let new = match drafted {
            Ok(new) => new,
            Err(StoryError::Invalid { fields }) => {
                faults.0.extend(fields);
                return Err(StoryError::Invalid { fields: faults.0 });
            }
            Err(error) => return Err(error),
        };

        if let Some(schema) = &new.compiled.input_schema {
            faults.0.extend(find_schema_faults(schema, &input, "user_input"));
        }
        match faults.is_empty() {
            true => Ok(DraftedWorkflow { new, input }),
            false => Err(StoryError::Invalid { fields: faults.0 }),
        }
    }

    pub(crate) async fn prepare_executed(
        &self,
        actor: &Actor,
        request_id: &RequestId,
        drafted: DraftedWorkflow,
    ) -> Result<ExecutedWorkflow, StoryError> {
        let DraftedWorkflow { new, input } = drafted;
        let state = KeptState::fresh(new.config.clone(), input.clone(), Map::new());
        let works = WorksFor {
            workflow_id: new.id,
            actor,
            request_id,
            definition: new.compiled.clone(),
        };
        let start = StartRun {
            id: self.ids.id(),
            owner: new.owner_id,
            share: Share::of_owner(new.owner_id),
            graph: WORKFLOW.to_owned(),
            phase: String::new(),
            input: state.working_for(works),
            idempotency: None,
            due_at: None,
            options: run_options_of(new.id, new.options.clone()),
        };
        let run = self.runs.prepare(start).await.map_err(StoryError::Runs)?;

        Ok(ExecutedWorkflow { new, run, input })
    }

    pub(crate) async fn write_executed(
        &self,
        tx: &mut WriteTx,
        workflow: &ExecutedWorkflow,
    ) -> Result<(), StoryError> {
        let ExecutedWorkflow { new, run, input } = workflow;
        store::insert(tx, new).await?;
        runs::insert_run(tx, run).await?;
        store::link(tx, (new.id, new.owner_id), run.id, input, run.created_at).await?;

        Ok(())
    }

    /// It was written.
    pub(crate) fn announce_executed(&self, workflow: &ExecutedWorkflow) {
        self.runs.started(workflow.run.id, &workflow.run.graph);
    }
}
