//! `saga schema`.

use std::process::ExitCode;

#[expect(clippy::print_stdout, reason = "printing is what the command does")]
pub(crate) fn run() -> ExitCode {
    print!("{}", gateway::sdl());
    ExitCode::SUCCESS
}
