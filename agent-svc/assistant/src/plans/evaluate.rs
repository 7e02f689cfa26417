//! Runs a plan over a context as a client does: step by step, asking only where a step names a template. What each action
//! means is defined here; `tests/clients/playbook.ts` is the same for clients.

use std::cmp::Ordering;

use chrono::{Days, NaiveDate};
use proto::tasks::adiuva::{ClientRecord, ExecutionPlan, PlanAction, PlanActionKind, PlanStep};
use serde_json::{Map, Value};

use super::{PlanError, check_plan};

/// What came of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// Of each step, in order.
    pub results: Vec<Value>,
    pub actions: Vec<PlanAction>,
    pub response: String,
}

/// What a step asks the server.
#[derive(Debug, Clone, PartialEq)]
pub struct Question<'a> {
    pub template: &'a str,
    pub variables: ClientRecord,
    pub data: &'a Value,
}

/// Why a plan was not run to its end.
#[derive(Debug, thiserror::Error)]
pub enum EvaluationError<E> {
    #[error("the plan can't be run")]
    Plan(#[source] PlanError),
    #[error("step {step} was not answered")]
    Unanswered {
        step: usize,
        #[source]
        source: E,
    },
}

/// Runs the plan. `today` is the caller's; `ask` answers for a template.
///
/// # Errors
/// [`EvaluationError`]: the plan is none, or a question was not answered.
pub fn evaluate_plan<E>(
    plan: &ExecutionPlan,
    context: &Value,
    today: NaiveDate,
    mut ask: impl FnMut(Question<'_>) -> Result<Value, E>,
) -> Result<Evaluation, EvaluationError<E>> {
    check_plan(plan).map_err(EvaluationError::Plan)?;
    let mut done = Evaluation {
        results: Vec::new(),
        actions: Vec::new(),
        response: String::new(),
    };

    for (number, step) in plan.steps.iter().enumerate() {
        let empty = ClientRecord::new();
        let variables = step.variables.as_ref().unwrap_or(&empty);
        let data = step
            .data_from_step
            .and_then(|from| done.results.get(from))
            .cloned()
            .unwrap_or(Value::Null);

        let result = match step.action.as_str() {
            "select" => select_records(step, variables, &data, context, today),
            "first" => data.get(0).cloned().unwrap_or(Value::Null),
            "count" => Value::from(data.as_array().map_or(0, Vec::len)),
            "generate" => {
                let template = step.prompt_template.as_deref().unwrap_or_default();
                let variables = fill_record(variables, &done.results, today);
                ask(Question {
                    template,
                    variables,
                    data: &data,
                })
                .map_err(|source| EvaluationError::Unanswered { step: number, source })?
            }
            "create_record" => {
                let actions = create_records(variables, &data, &done.results, today);
                let created = Value::from(actions.len());
                done.actions.extend(actions);
                created
            }
            _ => {
                done.response = variables
                    .get("text")
                    .and_then(Value::as_str)
                    .map_or_else(String::new, |text| fill_text(text, &done.results, today));
                Value::from(done.response.as_str())
            }
        };
        done.results.push(result);
    }

    Ok(done)
}

/// Records of the context, or of an earlier step: those that fit all conditions, in order, so many at most.
fn select_records(
    step: &PlanStep,
    variables: &ClientRecord,
    data: &Value,
    context: &Value,
    today: NaiveDate,
) -> Value {
    let source = variables
        .get("source")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let all = if step.data_from_step.is_some() {
        Some(data)
    } else {
        context.get(source)
    };
    let conditions = variables.get("where").and_then(Value::as_array);
    let fits = |record: &&Value| {
        conditions
            .into_iter()
            .flatten()
            .all(|condition| fits_condition(record, condition, today))
    };
    let mut found: Vec<Value> = all
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter(fits)
        .cloned()
        .collect();

    if let Some(field) = variables.get("sort").and_then(Value::as_str) {
        let is_descending = variables.get("descending").and_then(Value::as_bool) == Some(true);
        found.sort_by(|one, other| {
            let order = text_in(one, field).cmp(text_in(other, field));
            if is_descending { order.reverse() } else { order }
        });
    }
    if let Some(limit) = variables.get("limit").and_then(Value::as_u64) {
        found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    }

    Value::Array(found)
}

/// A text field; what is no text is empty, which stands before all others.
fn text_in<'v>(record: &'v Value, field: &str) -> &'v str {
    record.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// Days are compared by the first ten characters. A record without the field fits no comparison.
fn fits_condition(record: &Value, condition: &Value, today: NaiveDate) -> bool {
    let text = text_in(record, text_in(condition, "field"));
    let wanted = condition.get("value");
    let listed = |texts: &Value| {
        texts
            .as_array()
            .into_iter()
            .flatten()
            .any(|one| one.as_str() == Some(text))
    };
    let day: String = text.chars().take(10).collect();
    let order = wanted
        .and_then(Value::as_str)
        .map(|wanted| day.as_str().cmp(fill_days(wanted, today).as_str()));
    let has_order =
        |orders: &[Ordering]| !text.is_empty() && order.is_some_and(|order| orders.contains(&order));

    match text_in(condition, "op") {
        "in" => wanted.is_some_and(listed),
        "not_in" => !wanted.is_some_and(listed),
        "on" => has_order(&[Ordering::Equal]),
        "before" => has_order(&[Ordering::Less]),
        "since" => has_order(&[Ordering::Greater, Ordering::Equal]),
        "until" => has_order(&[Ordering::Less, Ordering::Equal]),
        _ => false,
    }
}

/// One action for each record, or for the one; none for nothing.
fn create_records(
    variables: &ClientRecord,
    data: &Value,
    results: &[Value],
    today: NaiveDate,
) -> Vec<PlanAction> {
    let table = variables.get("table").and_then(Value::as_str).map(str::to_owned);
    let added = variables
        .get("data")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    let added = fill_record(&added, results, today);
    let records: Vec<&Map<String, Value>> = match data {
        Value::Array(items) => items.iter().filter_map(Value::as_object).collect(),
        Value::Object(record) => vec![record],
        _ => Vec::new(),
    };

    let action = |record: &Map<String, Value>| {
        let mut data = record.clone();
        data.extend(added.clone());
        PlanAction {
            kind: PlanActionKind::CreateRecord,
            table: table.clone(),
            data: Some(data),
        }
    };
    records.into_iter().map(action).collect()
}

fn fill_record(record: &ClientRecord, results: &[Value], today: NaiveDate) -> ClientRecord {
    record
        .iter()
        .map(|(name, value)| {
            (
                name.clone(),
                value.as_str().map_or_else(
                    || value.clone(),
                    |text| Value::from(fill_text(text, results, today)),
                ),
            )
        })
        .collect()
}

/// `$today` and `$today-6`, and then `{{2}}` and `{{2.title}}` as texts; what a result says is not filled again.
fn fill_text(text: &str, results: &[Value], today: NaiveDate) -> String {
    let text = fill_days(text, today);
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some((before, behind)) = rest.split_once("{{") {
        let (reference, after) = behind.split_once("}}").unwrap_or((behind, ""));
        let (number, field) = reference
            .split_once('.')
            .map_or((reference, None), |(number, field)| (number, Some(field)));
        let result = number
            .parse::<usize>()
            .ok()
            .and_then(|number| results.get(number));
        let value = match field {
            Some(field) => result.and_then(|result| result.get(field)),
            None => result,
        };

        out.push_str(before);
        match value {
            Some(Value::String(text)) => out.push_str(text),
            Some(Value::Number(number)) => out.push_str(&number.to_string()),
            _ => {}
        }
        rest = after;
    }
    out.push_str(rest);

    out
}

fn fill_days(text: &str, today: NaiveDate) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("$today") {
        let digits = behind.strip_prefix('-').map_or("", |behind| {
            &behind[..behind.len()
                - behind
                    .trim_start_matches(|sign: char| sign.is_ascii_digit())
                    .len()]
        });
        let back: u64 = digits.parse().unwrap_or(0);

        out.push_str(before);
        out.push_str(
            &today
                .checked_sub_days(Days::new(back))
                .unwrap_or(today)
                .to_string(),
        );
        rest = if digits.is_empty() {
            behind
        } else {
            &behind[digits.len() + 1..]
        };
    }
    out.push_str(rest);

    out
}
