//! `saga schema`.

use crate::commands::say;
use std::process::ExitCode;

pub(crate) fn run() -> ExitCode {
    say!("{}", gateway::sdl().trim_end());
    ExitCode::SUCCESS
}
