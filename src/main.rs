//! The `saga` binary: reads the command line and hands over to one command.
//!
//! It alone knows every crate and wires them together; it holds no product logic.

mod allocator;
mod cli;
mod commands;
mod config;
mod ignored;
mod platform;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    allocator::return_memory_at_once();
    kit::tls::install_provider();
    let cli = cli::Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return commands::fail(&error),
    };
    let outcome = runtime.block_on(commands::run(cli));

    // A second signal must not wait for blocking work such as a synthesis that is under way.
    runtime.shutdown_background();

    match outcome {
        Ok(code) => code,
        Err(error) => commands::fail(error.as_ref()),
    }
}
