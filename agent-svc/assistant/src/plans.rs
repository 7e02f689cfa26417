//! Plans: what a client can do step by step with its own data, checked before it goes out. A template is an id in a plan,
//! never a text.

mod cache;
mod evaluate;
mod message;
mod playbooks;
mod templates;

use proto::tasks::adiuva::{ClientRecord, ExecutionPlan, PlanStep};

pub use cache::{CACHED_PLANS, PlanCache};
pub use evaluate::{Evaluation, EvaluationError, Question, evaluate_plan};
pub use message::plan_message;
pub use playbooks::{Playbook, find_playbook, list_playbooks};
pub use templates::{PromptTemplate, answer_template, find_template, list_templates};

const MOST_STEPS: usize = 50;
/// Every action of a step.
const ACTIONS: [&str; 6] = ["select", "first", "count", "generate", "create_record", "respond"];

/// What is wrong with a plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    #[error("steps: expected 1 to {MOST_STEPS}")]
    Steps,
    #[error("steps[{step}].action: expected one of select, first, count, generate, create_record, respond")]
    Action { step: usize },
    #[error("steps[{step}].prompt_template: expected the id of a template, for `generate` alone")]
    Template { step: usize },
    #[error("steps[{step}].data_from_step: expected the number of an earlier step")]
    DataFromStep { step: usize },
    #[error("steps[{step}].variables.{variable}: expected the numbers of earlier steps between braces")]
    Reference { step: usize, variable: String },
}

/// Puts a plan together.
#[derive(Debug)]
pub struct PlanBuilder(ExecutionPlan);

impl PlanBuilder {
    #[must_use]
    pub fn new(id: &str, name: &str, agent: &str, min_tier: &str) -> Self {
        Self(ExecutionPlan {
            id: id.to_owned(),
            name: name.to_owned(),
            min_tier: min_tier.to_owned(),
            agent: agent.to_owned(),
            steps: Vec::new(),
        })
    }

    /// A step that needs no other one.
    #[must_use]
    pub fn add_step(mut self, action: &str, variables: ClientRecord) -> Self {
        self.0.steps.push(PlanStep {
            action: action.to_owned(),
            variables: Some(variables),
            ..PlanStep::default()
        });
        self
    }

    /// A question to the server, by a template, about what an earlier step gave.
    #[must_use]
    pub fn add_llm_step(
        mut self,
        template: &str,
        variables: ClientRecord,
        data_from_step: Option<usize>,
    ) -> Self {
        self.0.steps.push(PlanStep {
            action: "generate".to_owned(),
            prompt_template: Some(template.to_owned()),
            variables: Some(variables),
            data_from_step,
        });
        self
    }

    /// A step that works on what an earlier one gave.
    #[must_use]
    pub fn add_data_step(
        mut self,
        action: &str,
        variables: Option<ClientRecord>,
        data_from_step: usize,
    ) -> Self {
        self.0.steps.push(PlanStep {
            action: action.to_owned(),
            variables,
            data_from_step: Some(data_from_step),
            ..PlanStep::default()
        });
        self
    }

    /// # Errors
    /// [`PlanError`] for the first step that is not one.
    pub fn build(self) -> Result<ExecutionPlan, PlanError> {
        check_plan(&self.0)?;
        Ok(self.0)
    }
}

/// Whether a plan can be run: every step is known and works on earlier ones alone, so there is no circle.
///
/// # Errors
/// [`PlanError`] for the first step that is not one.
pub fn check_plan(plan: &ExecutionPlan) -> Result<(), PlanError> {
    if plan.steps.is_empty() || plan.steps.len() > MOST_STEPS {
        return Err(PlanError::Steps);
    }

    for (step, planned) in plan.steps.iter().enumerate() {
        if !ACTIONS.contains(&planned.action.as_str()) {
            return Err(PlanError::Action { step });
        }
        let is_known = planned
            .prompt_template
            .as_deref()
            .is_some_and(|id| find_template(id).is_some());
        if is_known != (planned.action == "generate") || planned.prompt_template.is_some() != is_known {
            return Err(PlanError::Template { step });
        }
        let needs_data = matches!(planned.action.as_str(), "first" | "count");
        if planned.data_from_step.is_some_and(|from| from >= step)
            || (needs_data && planned.data_from_step.is_none())
        {
            return Err(PlanError::DataFromStep { step });
        }
        check_references(step, planned)?;
    }

    Ok(())
}

/// `{{2}}` and `{{2.title}}` in texts.
fn check_references(step: usize, planned: &PlanStep) -> Result<(), PlanError> {
    for (variable, value) in planned.variables.iter().flatten() {
        let mut rest = value.as_str().unwrap_or_default();
        while let Some((_, behind)) = rest.split_once("{{") {
            let (reference, after) = behind.split_once("}}").unwrap_or((behind, ""));
            let number = reference.split('.').next().unwrap_or_default().parse::<usize>();
            if number.is_err() || number.is_ok_and(|number| number >= step) {
                return Err(PlanError::Reference {
                    step,
                    variable: variable.clone(),
                });
            }
            rest = after;
        }
    }

    Ok(())
}

#[cfg(test)]
mod tests {
    use proto::tasks::adiuva::TASK;

    use super::*;

    fn broken(change: impl FnOnce(&mut ExecutionPlan)) -> Result<(), String> {
        let mut plan = list_playbooks().remove(0).plan;
        change(&mut plan);
        check_plan(&plan).map_err(|error| error.to_string())
    }

    #[test]
    fn steps_work_on_earlier_ones_alone() {
        let built = PlanBuilder::new("a", "A", TASK, "free")
            .add_step("select", ClientRecord::new())
            .add_data_step("first", None, 1)
            .build();
        assert_eq!(built, Err(PlanError::DataFromStep { step: 1 }));

        assert_eq!(broken(|_| {}), Ok(()));
        for (said, change) in [
            (
                "steps: expected",
                Box::new(|plan: &mut ExecutionPlan| plan.steps.clear())
                    as Box<dyn FnOnce(&mut ExecutionPlan)>,
            ),
            (
                "steps[0].action",
                Box::new(|plan| plan.steps[0].action = "drop_table".to_owned()),
            ),
            (
                "steps[1].data_from_step",
                Box::new(|plan| plan.steps[1].data_from_step = Some(7)),
            ),
            (
                "steps[1].data_from_step",
                Box::new(|plan| plan.steps[1].data_from_step = None),
            ),
            (
                "steps[2].prompt_template",
                Box::new(|plan| plan.steps[2].prompt_template = Some("You are a helpful planner".to_owned())),
            ),
            (
                "steps[2].prompt_template",
                Box::new(|plan| plan.steps[2].prompt_template = None),
            ),
            (
                "steps[0].prompt_template",
                Box::new(|plan| plan.steps[0].prompt_template = Some("task.from_email".to_owned())),
            ),
            (
                "steps[2].variables.count",
                Box::new(|plan| {
                    drop(
                        plan.steps[2]
                            .variables
                            .get_or_insert_default()
                            .insert("count".to_owned(), "{{2}}".into()),
                    )
                }),
            ),
            (
                "steps[2].variables.count",
                Box::new(|plan| {
                    drop(
                        plan.steps[2]
                            .variables
                            .get_or_insert_default()
                            .insert("count".to_owned(), "{{x}}".into()),
                    )
                }),
            ),
        ] {
            let error = broken(change).unwrap_err();
            assert!(error.starts_with(said), "{said}: {error}");
        }
    }
}
