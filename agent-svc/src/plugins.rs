//! Plug-in agents: a folder with one folder for each, `agent.toml` and the prompts that it names. Read once, when the service is
//! built; whatever is wrong is told with its file and line, all of it at once. A plug-in's tools propose actions and do nothing.

mod manifest;
mod problem;

use std::path::{Path, PathBuf};

use kit::actor::Tier;
use proto::tasks::adiuva::PlanActionKind;
use serde::Deserialize;

pub use self::problem::{PluginProblem, PluginProblems};
use crate::llm::ToolSpec;
use crate::registry::AgentSchema;

/// The section `[agents]` of the configuration.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PluginsConfig {
    /// One folder for each plug-in is in it. Empty means that there are none.
    pub plugins_dir: PathBuf,
}

/// An agent that somebody added. Its names live as long as the process, as those of every agent do.
pub struct Plugin {
    /// Namespaced: `crm.leads`.
    pub name: &'static str,
    pub description: &'static str,
    pub least_tier: Tier,
    /// Class whose route says which models are asked.
    pub(crate) model_class: String,
    /// The fragments of its prompt, in their order.
    pub(crate) prompts: Vec<String>,
    pub(crate) tools: Vec<PluginTool>,
}

/// What a model may propose by it.
pub(crate) struct PluginTool {
    pub(crate) spec: ToolSpec,
    pub(crate) arguments: AgentSchema,
    pub(crate) action: PlanActionKind,
    pub(crate) table: Option<String>,
}

impl Plugin {
    /// Names of its tools, in their order.
    pub fn tool_names(&self) -> impl Iterator<Item = &str> {
        self.tools.iter().map(|tool| tool.spec.name.as_str())
    }

    /// Its tools as models are told of them.
    pub(crate) fn list_specs(&self) -> Vec<ToolSpec> {
        self.tools.iter().map(|tool| tool.spec.clone()).collect()
    }
}

/// Every plug-in of a folder, in the order of their folders' names. `taken` are the names of agents that are there already: no
/// plug-in may have one of them, nor the part behind its last dot, by which clients call it.
///
/// # Errors
/// Everything that is wrong, with file and line.
pub fn load<'a>(
    folder: &Path,
    taken: impl IntoIterator<Item = &'a str>,
) -> Result<Vec<Plugin>, PluginProblems> {
    let mut names: Vec<String> = taken.into_iter().map(str::to_owned).collect();
    let mut problems = Vec::new();
    let mut plugins = Vec::new();

    let folders = list_folders(folder).map_err(|problem| PluginProblems(vec![problem]))?;
    for folder in folders {
        match manifest::read(&folder) {
            Ok(read) => {
                if let Some(problem) = read.find_collision(&names) {
                    problems.push(problem);
                    continue;
                }
                names.push(read.plugin.name.to_owned());
                plugins.push(read.plugin);
            }
            Err(found) => problems.extend(found),
        }
    }

    match problems.is_empty() {
        true => Ok(plugins),
        false => Err(PluginProblems(problems)),
    }
}

fn list_folders(folder: &Path) -> Result<Vec<PathBuf>, PluginProblem> {
    let unreadable =
        |error: std::io::Error| PluginProblem::of_file(folder, format!("can't be read: {error}"));
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let is_hidden = path
            .file_name()
            .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if path.is_dir() && !is_hidden {
            folders.push(path);
        }
    }

    folders.sort();
    Ok(folders)
}

#[cfg(test)]
mod tests;
