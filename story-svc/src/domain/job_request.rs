//! Reads what a job is to do from the context that its caller sends. Refuses what no agent could work with, field by field.

use kit::error::{Faults, FieldViolation};
use proto::tasks::codeforge::documents::{QaIssue, RequirementsDoc, WireframeSpec};
use proto::tasks::codeforge::{AppIdea, ClarificationAnswer, SourceFile};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::job::{JobTask, JobType};
use super::project::Project;
use super::schema_faults::find_schema_faults;

const CONTEXT: &str = "input_context";
const CONTEXT_KEYS_MAX: usize = 10;
const CONTEXT_BYTES_MAX: usize = 50_000;
const IDEA_CHARS_MAX: usize = 50_000;

/// Names of the idea; the first one is the contract's.
const IDEA: [&str; 3] = ["user_idea", "idea", "prompt"];
const REQUIREMENTS: [&str; 2] = ["requirements", "requirements_spec"];
const WIREFRAME: [&str; 3] = ["wireframe", "architecture", "architecture_spec"];
const FILES: [&str; 1] = ["files"];
const ISSUES: [&str; 1] = ["issues"];
const DEPENDENCIES: &str = "dependencies";
const DEPENDENCIES_MAX: usize = 30;

/// A job's type by its word.
pub(super) fn parse_job_type(word: &str, faults: &mut Faults) -> Option<JobType> {
    let known = JobType::parse(word.trim());
    if known.is_none() {
        let words: Vec<&str> = JobType::ALL.iter().map(|known| known.as_str()).collect();
        faults.add("agent_type", format!("one of {}", words.join(", ")));
    }

    known
}

/// The context as an object: of at most 10 keys and 50,000 bytes, without NUL.
pub(super) fn read_context(text: &str, faults: &mut Faults) -> Map<String, Value> {
    if text.len() > CONTEXT_BYTES_MAX {
        faults.add(CONTEXT, format!("at most {CONTEXT_BYTES_MAX} bytes of JSON"));
        return Map::new();
    }

    match serde_json::from_str(text) {
        Ok(Value::Object(context)) if context.len() > CONTEXT_KEYS_MAX => {
            faults.add(CONTEXT, format!("at most {CONTEXT_KEYS_MAX} keys"));
        }
        Ok(Value::Object(_)) if text.contains("\\u0000") => {
            faults.add(CONTEXT, "text without NUL characters");
        }
        Ok(Value::Object(context)) => return context,
        Ok(Value::String(idea)) => return Map::from_iter([(IDEA[0].to_owned(), Value::String(idea))]),
        Ok(_) | Err(_) => faults.add(CONTEXT, "an object, or the idea as text"),
    }

    Map::new()
}

/// What the job is to do. What the context leaves open is the project's.
///
/// # Errors
/// Every field at fault.
pub(super) fn parse_task(
    job_type: JobType,
    context: Map<String, Value>,
    project: &Project,
) -> Result<JobTask, Vec<FieldViolation>> {
    let mut reader = ContextReader {
        left: context.clone(),
        faults: Faults::default(),
    };

    let requirements: Option<RequirementsDoc> = reader.take(&REQUIREMENTS);
    let wireframe: Option<WireframeSpec> = reader.take(&WIREFRAME);
    let files: Option<Vec<SourceFile>> = reader.take(&FILES);
    let issues: Option<Vec<QaIssue>> = reader.take(&ISSUES);
    let dependencies = reader.take_dependencies();
    let answers = reader.take_answers();
    let seed = reader.take_seed(project);
    let idea = match job_type.tutor() {
        Some(_) => project.title.clone(),
        None => reader.take_idea(project),
    };

    if !reader.faults.is_empty() {
        return Err(reader.faults.0);
    }

    // The pipeline writes both anew.
    let known = job_type != JobType::Pipeline;
    Ok(JobTask {
        app: AppIdea { idea, answers, seed },
        requirements: requirements.or_else(|| read_spec(project.requirements_spec.as_deref(), known)),
        wireframe: wireframe.or_else(|| read_spec(project.architecture_spec.as_deref(), known)),
        files: files.unwrap_or_default(),
        issues: issues.unwrap_or_default(),
        dependencies: dependencies.unwrap_or_else(|| project.dependencies.clone()),
        context,
    })
}

fn read_spec<T: DeserializeOwned>(text: Option<&str>, wanted: bool) -> Option<T> {
    let text = text.filter(|_| wanted)?;
    serde_json::from_str(text).ok()
}

/// Takes from a context what it knows.
struct ContextReader {
    left: Map<String, Value>,
    faults: Faults,
}

impl ContextReader {
    fn remove(&mut self, names: &[&'static str]) -> Option<(&'static str, Value)> {
        let found = names
            .iter()
            .find_map(|name| Some((*name, self.left.remove(*name)?)));
        found.filter(|(_, value)| !value.is_null())
    }

    fn take<T: DeserializeOwned + JsonSchema>(&mut self, names: &[&'static str]) -> Option<T> {
        let (name, value) = self.remove(names)?;
        let schema = schemars::schema_for!(T).to_value();
        let field = format!("{CONTEXT}.{name}");

        let faults = find_schema_faults(&schema, &value, &field);
        if !faults.is_empty() {
            self.faults.0.extend(faults);
            return None;
        }
        serde_json::from_value(value)
            .map_err(|_| self.faults.add(field, "another value"))
            .ok()
    }

    /// `name@version`, or a name alone.
    fn take_dependencies(&mut self) -> Option<Vec<String>> {
        let dependencies: Vec<String> = self.take(&[DEPENDENCIES])?;
        if dependencies.len() > DEPENDENCIES_MAX {
            let expected = format!("at most {DEPENDENCIES_MAX} packages");
            self.faults.add(format!("{CONTEXT}.{DEPENDENCIES}"), expected);
        }

        Some(dependencies)
    }

    /// `[{question, answer}]`, or `[{question: answer}]` as `/v1/clarify` takes them.
    fn take_answers(&mut self) -> Vec<ClarificationAnswer> {
        let Some((name, value)) = self.remove(&["answers"]) else {
            return Vec::new();
        };
        let field = format!("{CONTEXT}.{name}");
        let read = value.as_array().and_then(|answers| {
            let pairs = answers.iter().map(read_answer);
            pairs.collect::<Option<Vec<_>>>()
        });

        match read {
            Some(answers) if answers.len() <= 25 => answers,
            _ => {
                self.faults
                    .add(field, "at most 25 of {question: answer}, both of them text");
                Vec::new()
            }
        }
    }

    /// The project's own, when none is given: another job for it makes the same of the same idea.
    fn take_seed(&mut self, project: &Project) -> u32 {
        let own = u32::from_be_bytes(*project.id.as_bytes().last_chunk().unwrap_or(&[0; 4]));
        let Some((name, value)) = self.remove(&["seed"]) else {
            return own;
        };

        match value.as_u64().and_then(|seed| u32::try_from(seed).ok()) {
            Some(seed) => seed,
            None => {
                self.faults
                    .add(format!("{CONTEXT}.{name}"), "a whole number of 32 bits");
                own
            }
        }
    }

    /// The idea with all that nobody else has taken; the project's title and description where there is nothing.
    fn take_idea(&mut self, project: &Project) -> String {
        let given = match self.remove(&IDEA) {
            Some((_, Value::String(idea))) => Some(idea),
            Some((name, _)) => {
                self.faults.add(format!("{CONTEXT}.{name}"), "text");
                return String::new();
            }
            None => None,
        };
        let has_words = |text: &str| text.chars().any(char::is_alphanumeric);
        if given.as_deref().is_some_and(|idea| !has_words(idea)) {
            self.faults.add(format!("{CONTEXT}.{}", IDEA[0]), "some words");
        }

        let mut idea = given.unwrap_or_else(|| format!("{}. {}", project.title, project.description));
        for (name, value) in std::mem::take(&mut self.left) {
            if let Some(text) = write_detail(&value) {
                idea = format!("{}\n{}: {text}", idea.trim(), name.replace('_', " "));
            }
        }
        if idea.chars().count() > IDEA_CHARS_MAX {
            let expected = format!("at most {IDEA_CHARS_MAX} characters");
            self.faults.add(format!("{CONTEXT}.{}", IDEA[0]), expected);
        }

        idea.trim().to_owned()
    }
}

fn read_answer(value: &Value) -> Option<ClarificationAnswer> {
    let fields = value.as_object()?;
    let text = |value: &Value| {
        let text = value.as_str()?.trim();
        (1..=5_000)
            .contains(&text.chars().count())
            .then(|| text.to_owned())
    };

    let (question, answer) = match (fields.get("question"), fields.get("answer")) {
        (Some(question), Some(answer)) => (text(question)?, text(answer)?),
        _ if fields.len() == 1 => {
            let (question, answer) = fields.iter().next()?;
            (question.trim().to_owned(), text(answer)?)
        }
        _ => return None,
    };
    let fits = (1..=500).contains(&question.chars().count());
    fits.then_some(ClarificationAnswer { question, answer })
}

/// As a part of an idea; nothing for what says nothing.
fn write_detail(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(true) => Some("yes".to_owned()),
        Value::Bool(false) => Some("no".to_owned()),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().filter_map(write_detail).collect();
            (!items.is_empty()).then(|| items.join(", "))
        }
        Value::Object(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .filter_map(|(name, value)| {
                    Some(format!("{} {}", name.replace('_', " "), write_detail(value)?))
                })
                .collect();
            (!fields.is_empty()).then(|| fields.join(", "))
        }
        Value::Null => None,
    }
}

#[cfg(test)]
mod tests;
