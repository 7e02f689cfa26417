//! `saga agents check DIR`: what is in a folder of plug-in agents, without serving them. A name that one of this server's own
//! agents has is found when the role `agent` starts.

use std::process::ExitCode;

use agent_svc::plugins;

use super::Failure;
use crate::{cli::AgentsAction, commands::say};

pub(crate) fn run(action: &AgentsAction) -> Result<ExitCode, Failure> {
    let AgentsAction::Check { folder } = action;
    let read = plugins::load(folder, [])?;
    for plugin in &read {
        let tools: Vec<&str> = plugin.tool_names().collect();
        let tools = match tools.is_empty() {
            true => "no tools".to_owned(),
            false => tools.join(", "),
        };
        say!("{} ({}): {tools}", plugin.name, plugin.least_tier);
    }

    say!("{} found, nothing wrong.", read.len());
    Ok(ExitCode::SUCCESS)
}
