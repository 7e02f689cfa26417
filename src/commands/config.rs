//! `saga config print|check`.

use std::process::ExitCode;

use super::Failure;
use crate::{
    cli::{ConfigAction, Global},
    config,
};

#[expect(clippy::print_stdout, reason = "printing is what the command does")]
pub(crate) fn run(global: &Global, action: &ConfigAction) -> Result<ExitCode, Failure> {
    let loaded = config::load(global)?;
    match action {
        ConfigAction::Print => print!("{}", loaded.effective.print()),
        ConfigAction::Check => println!("The configuration is valid."),
    }
    Ok(ExitCode::SUCCESS)
}
