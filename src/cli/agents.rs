//! The command line of `saga agents`: names and help texts.

use std::path::PathBuf;

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum AgentsAction {
    /// Read a folder of plug-in agents and say what is in it, or what is wrong with it, by file and line.
    Check {
        /// One folder for each agent is in it.
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
}
