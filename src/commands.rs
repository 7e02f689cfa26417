//! One file per command. What they share is here: dispatch and how a failure is told to a person.

mod agents;
mod audit;
mod backup;
mod billing;
mod bus;
mod config;
mod fiction;
mod forge;
mod key;
mod migrate;
mod operator;
mod restore;
mod schema;
mod serve;
mod story;
mod token;
mod user;
mod voice;

use std::{error::Error, process::ExitCode};

use crate::cli::{Cli, Command, ServeArgs};

/// A failure whose words are for the person at the terminal; the chain of causes is printed below it.
pub(crate) type Failure = Box<dyn Error + Send + Sync>;

pub(crate) async fn run(cli: Cli) -> Result<ExitCode, Failure> {
    match cli
        .command
        .unwrap_or_else(|| Command::Serve(ServeArgs::default()))
    {
        Command::Serve(args) => serve::run(&cli.global, &args).await,
        Command::Story(args) => match story::run(&cli.global, &args).await {
            Err(error) if args.wants_json() => Ok(fail_in_json(error.as_ref())),
            outcome => outcome,
        },
        Command::Fiction(args) => match fiction::run(&cli.global, &args).await {
            Err(error) if args.json => Ok(fail_in_json(error.as_ref())),
            outcome => outcome,
        },
        Command::Forge(args) => match forge::run(&args) {
            Err(error) if args.json => Ok(fail_in_json(error.as_ref())),
            outcome => outcome,
        },
        Command::Agents { action } => agents::run(&action),
        Command::Voice { action } => voice::run(&cli.global, &action).await,
        Command::User { action } => user::run(&cli.global, &action).await,
        Command::Key { action } => key::run(&cli.global, &action).await,
        Command::Token(args) => token::run(&cli.global, &args).await,
        Command::Audit { action } => audit::run(&cli.global, &action).await,
        Command::Billing { action } => billing::run(&cli.global, &action).await,
        Command::Bus { action } => bus::run(&cli.global, &action).await,
        Command::Config { action } => config::run(&cli.global, &action),
        Command::Migrate(args) => migrate::run(&cli.global, &args).await,
        Command::Backup(args) => match backup::run(&cli.global, &args).await {
            Err(error) if args.json => Ok(fail_in_json(error.as_ref())),
            outcome => outcome,
        },
        Command::Restore(args) => match restore::run(&cli.global, &args).await {
            Err(error) if args.json => Ok(fail_in_json(error.as_ref())),
            outcome => outcome,
        },
        Command::Schema => Ok(schema::run()),
    }
}

/// A line of a command's answer. Whoever reads it may stop reading, as `head` does: then there is nobody left to answer.
macro_rules! say {
    ($($text:tt)*) => {
        $crate::commands::write_line(format_args!($($text)*))
    };
}
pub(crate) use say;

pub(crate) fn write_line(line: std::fmt::Arguments<'_>) {
    use std::io::Write as _;

    let written = writeln!(std::io::stdout(), "{line}");
    if written.is_err_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe) {
        std::process::exit(0);
    }
}

/// Prints the error and what caused it, one cause a line.
#[expect(
    clippy::print_stderr,
    reason = "the person at the terminal reads standard error"
)]
pub(crate) fn fail(error: &(dyn Error + 'static)) -> ExitCode {
    eprintln!("error: {error}");
    let mut cause = error.source();
    while let Some(inner) = cause {
        eprintln!("  because: {inner}");
        cause = inner.source();
    }
    ExitCode::FAILURE
}

/// The error as the one object that whoever asked for JSON reads on standard output.
fn fail_in_json(error: &(dyn Error + 'static)) -> ExitCode {
    let causes = std::iter::successors(error.source(), |cause: &&(dyn Error + 'static)| (*cause).source());
    let causes: Vec<String> = causes.map(ToString::to_string).collect();
    let report = serde_json::json!({ "error": { "message": error.to_string(), "because": causes } });

    say!("{report:#}");

    ExitCode::FAILURE
}
