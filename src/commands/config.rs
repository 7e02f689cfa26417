//! `saga config print|check`.

use std::process::ExitCode;

use super::Failure;
use crate::commands::say;
use crate::{
    cli::{ConfigAction, Global},
    config,
};

pub(crate) fn run(global: &Global, action: &ConfigAction) -> Result<ExitCode, Failure> {
    let loaded = config::load(global)?;
    match action {
        ConfigAction::Print => say!("{}", loaded.effective.print().trim_end()),
        ConfigAction::Check => say!("The configuration is valid."),
    }
    Ok(ExitCode::SUCCESS)
}
