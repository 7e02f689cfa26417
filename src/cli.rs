//! The command line: names, help texts and defaults. It decides nothing.

mod agents;

use std::path::PathBuf;

pub(crate) use self::agents::AgentsAction;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use proto::words::{Minutes, NotMinutes, Style, TechnicalDepth, Voice};

/// One self-hosted backend for products that write stories, run agents and keep long workflows alive.
///
/// Without a command it serves everything on one address (`saga serve`).
#[derive(Debug, Parser)]
#[command(name = "saga", version, propagate_version = true, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// Options that every command takes.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Configuration file (TOML); its keys override the built-in defaults.
    #[arg(long, value_name = "FILE", env = "SAGA_CONFIG", global = true)]
    pub(crate) config: Option<PathBuf>,
    /// Folder for databases, media and keys [default: .saga].
    #[arg(long, value_name = "DIR", global = true)]
    pub(crate) data_dir: Option<PathBuf>,
    /// Set one configuration key, e.g. `--set gateway.listen=127.0.0.1:9000` (repeatable).
    #[arg(long = "set", value_name = "KEY=VALUE", global = true)]
    pub(crate) set: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve the platform: every role in one process, or the roles you name.
    Serve(ServeArgs),
    /// Turn a git repository into a narrated story, here and now.
    Story(Box<StoryArgs>),
    /// Write a book of fiction from a prompt, here and now.
    Fiction(Box<FictionArgs>),
    /// Write a web app from an idea, with its tests.
    Forge(ForgeArgs),
    /// Look after agents of your own.
    Agents {
        #[command(subcommand)]
        action: AgentsAction,
    },
    /// Hear who can speak here.
    Voice {
        #[command(subcommand)]
        action: VoiceAction,
    },
    /// Look after the users of this platform.
    User {
        #[command(subcommand)]
        action: UserAction,
    },
    /// Look after the keys that access tokens are signed with.
    Key {
        #[command(subcommand)]
        action: KeyAction,
    },
    /// Make an access token for development: it acts for a user and cannot be refreshed.
    Token(TokenArgs),
    /// Read the audit log.
    Audit {
        #[command(subcommand)]
        action: AuditAction,
    },
    /// Bring the databases of all services up to date.
    Migrate(MigrateArgs),
    /// Back up everything that the data folder holds into one file, while others work with it.
    Backup(BackupArgs),
    /// Restore a backup into an empty data folder, or into an empty PostgreSQL and S3, as configured.
    Restore(RestoreArgs),
    /// Look after what is bought by Stripe.
    Billing {
        #[command(subcommand)]
        action: BillingAction,
    },
    /// Look after the message bus.
    Bus {
        #[command(subcommand)]
        action: BusAction,
    },
    /// Show or check the configuration.
    Config {
        #[command(subcommand)]
        action: ConfigAction,
    },
    /// Print the GraphQL schema in the schema definition language.
    Schema,
}

#[derive(Debug, Default, Args)]
pub(crate) struct ServeArgs {
    /// Roles to run in this process (repeatable) [default: all].
    #[arg(long = "role", value_enum, value_name = "ROLE")]
    pub(crate) roles: Vec<Role>,
}

/// A part of the platform that can run in a process of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Role {
    /// The public door: REST, WebSocket and SSE.
    Gateway,
    /// Accounts, sessions, tokens and keys.
    Auth,
    /// Stories and runs.
    Story,
    /// Works on queued runs.
    Worker,
    /// Agents, models, repository analysis and voices.
    Agent,
    /// What people's devices keep here.
    Backup,
    /// What tiers contain and what was bought.
    Billing,
}

impl Role {
    pub(crate) const ALL: [Role; 7] = [
        Role::Gateway,
        Role::Auth,
        Role::Story,
        Role::Worker,
        Role::Agent,
        Role::Backup,
        Role::Billing,
    ];

    /// The name in flags, in `[rpc.services]` and in `/readyz`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Role::Gateway => "gateway",
            Role::Auth => "auth",
            Role::Story => "story",
            Role::Worker => "worker",
            Role::Agent => "agent",
            Role::Backup => "backup",
            Role::Billing => "billing",
        }
    }
}

/// A user is named by id, email or username.
#[derive(Debug, Subcommand)]
pub(crate) enum UserAction {
    /// List users, newest first.
    List {
        /// Most users shown; 0 for all.
        #[arg(long, value_name = "N", default_value_t = 100)]
        most: usize,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show one user.
    Show {
        user: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Give a user another tier.
    SetTier {
        user: String,
        #[arg(value_enum)]
        tier: Tier,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Sign a user out everywhere, revoke all keys, and let nobody sign in as the user.
    Disable {
        user: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Take away the second factor of a user who has lost it; the user is signed out everywhere.
    ResetSecondFactor {
        user: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Let a disabled user sign in again; sessions and keys do not come back.
    Enable {
        user: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Tier {
    Free,
    Pro,
    Power,
    Team,
}

impl Tier {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Tier::Free => "free",
            Tier::Pro => "pro",
            Tier::Power => "power",
            Tier::Team => "team",
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeyAction {
    /// Sign with the key that waits, make another one wait, and keep the old one published for what it signed.
    Rotate {
        /// Print the published key set.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct TokenArgs {
    /// Whom the token acts for: id, email or username.
    pub(crate) user: String,
    /// How long it is good for, in minutes; 0 for as long as any access token, and at most 31 days.
    #[arg(long, value_name = "MINUTES", default_value_t = 0)]
    pub(crate) minutes: u32,
    /// Print JSON instead of the bare token.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct MigrateArgs {
    /// Change nothing; say what is pending, and exit non-zero when something is.
    #[arg(long)]
    pub(crate) check: bool,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct BackupArgs {
    #[command(subcommand)]
    pub(crate) action: Option<BackupAction>,
    /// The file; it must not exist yet [default: saga-<time>.backup].
    pub(crate) file: Option<PathBuf>,
    /// Print one JSON object instead of progress bars and prose.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum BackupAction {
    /// Read every backup that devices keep here, and say which bytes are not what they were; exits non-zero when some are not.
    Verify {
        /// Print one JSON object instead of a progress bar and prose.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct RestoreArgs {
    /// A file that `saga backup` made.
    pub(crate) file: PathBuf,
    /// Only read the file and say whether it is whole.
    #[arg(long)]
    pub(crate) check: bool,
    /// Print one JSON object instead of progress bars and prose.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuditAction {
    /// Write all events as lines of JSON, oldest first.
    Export {
        /// Only events from this time on, in RFC 3339.
        #[arg(long, value_name = "TIME")]
        since: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum BillingAction {
    /// What Stripe sent.
    Events {
        #[command(subcommand)]
        action: BillingEventsAction,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum BillingEventsAction {
    /// List events, newest first.
    List {
        /// Only those that are `waiting`, `done`, `ignored` or `failed`.
        #[arg(long, value_name = "STATE")]
        state: Option<String>,
        /// Most events shown, at most 1000.
        #[arg(long, value_name = "N", default_value_t = 100)]
        most: u32,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Work an event off once more, now.
    Replay {
        /// Its id, evt_….
        event: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Make what is known equal to what Stripe says, whatever events were lost.
    Reconcile {
        /// One customer of Stripe's, cus_…; all when left out.
        customer: Option<String>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum BusAction {
    /// Work that no worker took however often it was given: look at it, or put it back.
    DeadLetters {
        #[command(subcommand)]
        action: DeadLettersAction,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum DeadLettersAction {
    /// List dead letters, oldest first; they stay.
    List {
        /// Most letters shown.
        #[arg(long, value_name = "N", default_value_t = 100)]
        most: usize,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Put all dead letters back into their queues.
    Replay {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigAction {
    /// Print the configuration in force, with where each changed value came from; secrets are masked.
    Print,
    /// Check the configuration and exit non-zero when something is wrong, naming every mistake at once.
    Check,
}

#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Examples:\n  saga story . --minutes 5\n  saga story https://github.com/owner/repository --style podcast \
                  --focus routing\n  saga story list"
)]
pub(crate) struct StoryArgs {
    #[command(subcommand)]
    pub(crate) action: Option<StoryAction>,
    /// Git repository: an https URL, `github.com/owner/name`, or a folder in a local one. A folder named like one of the
    /// commands above is written `./list`.
    #[arg(required = true)]
    pub(crate) repository: Option<String>,
    /// Length of the narration in minutes: 5, 10, 15 or 20.
    #[arg(long, short = 'm', value_name = "MINUTES", default_value_t, value_parser = minutes)]
    pub(crate) minutes: Minutes,
    /// How the story is told.
    #[arg(long, short, default_value_t, value_parser = one_of_styles(), ignore_case = true)]
    pub(crate) style: Style,
    /// Who speaks.
    #[arg(long, default_value_t, value_parser = one_of_voices(), ignore_case = true)]
    pub(crate) voice: Voice,
    /// A Piper voice to speak with: its `.onnx` file, or a folder of them.
    #[arg(long, value_name = "PATH")]
    pub(crate) piper: Option<PathBuf>,
    /// How much the listener knows already.
    #[arg(long, default_value_t, value_parser = one_of_depths(), ignore_case = true)]
    pub(crate) depth: TechnicalDepth,
    /// What the story should dwell on, e.g. `--focus routing` (repeatable, at most 10).
    #[arg(long, value_name = "AREA")]
    pub(crate) focus: Vec<String>,
    /// Folder for the results [default: saga-stories/<owner>-<repository>-<style>-<minutes>min].
    #[arg(long, short, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Replace another story that is in the folder for the results.
    #[arg(long, requires = "out")]
    pub(crate) overwrite: bool,
    /// Print one JSON object at the end instead of progress bars and prose.
    #[arg(long)]
    pub(crate) json: bool,
}

impl StoryArgs {
    /// Whether the answer, an error too, is read by a program.
    pub(crate) fn wants_json(&self) -> bool {
        match &self.action {
            None => self.json,
            Some(
                StoryAction::List { json } | StoryAction::Show { json, .. } | StoryAction::Rm { json, .. },
            ) => *json,
        }
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  saga fiction \"A lighthouse keeper finds a letter that was never sent.\" --genre mystery\n  \
                  saga fiction \"Two sisters and a debt.\" --chapters 20 --words 1200 --out sisters --voice rachel"
)]
pub(crate) struct FictionArgs {
    /// What the book is about: people, places, things, a time, a mood.
    pub(crate) prompt: String,
    /// How many chapters: 1 to 60.
    #[arg(long, short, value_name = "NUMBER", default_value_t = 8)]
    pub(crate) chapters: u32,
    /// Words of a chapter: 100 to 5000.
    #[arg(long, short, value_name = "NUMBER", default_value_t = 1200)]
    pub(crate) words: u32,
    /// What kind of story, e.g. `--genre mystery` (repeatable, at most 10).
    #[arg(long, short, value_name = "GENRE")]
    pub(crate) genre: Vec<String>,
    /// The same prompt, genres and seed make the same book [default: another one each time].
    #[arg(long, value_name = "NUMBER")]
    pub(crate) seed: Option<u64>,
    /// The answer to what the architect may ask (repeatable, in order). Without one, a terminal is asked, and the
    /// default is taken elsewhere.
    #[arg(long, value_name = "TEXT")]
    pub(crate) answer: Vec<String>,
    /// Have the book read aloud as well.
    #[arg(long, value_parser = one_of_voices(), ignore_case = true)]
    pub(crate) voice: Option<Voice>,
    /// A Piper voice to speak with: its `.onnx` file, or a folder of them.
    #[arg(long, value_name = "PATH")]
    pub(crate) piper: Option<PathBuf>,
    /// Folder for the results [default: saga-fiction/<title>].
    #[arg(long, short, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Replace another book that is in the folder for the results.
    #[arg(long, requires = "out")]
    pub(crate) overwrite: bool,
    /// Print one JSON object at the end instead of a progress bar and prose.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  saga forge \"An app to keep my recipes with ingredients and a rating, search them and print one.\"\n  \
                  saga forge \"A clinic books appointments with doctors.\" --out clinic --answer \"Doctors have a name and a specialty.\""
)]
pub(crate) struct ForgeArgs {
    /// What the app keeps, what people do with it, and what must hold.
    pub(crate) idea: String,
    /// The answer to an open question, as `2=Yes` by its number or `May books be deleted?=No` by its words; any other text
    /// is read as if it stood in the idea (repeatable; numbers are of what the answers before left open).
    #[arg(long, value_name = "TEXT")]
    pub(crate) answer: Vec<String>,
    /// The same idea and seed make the same project; another seed makes other colours.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub(crate) seed: u64,
    /// Folder for the project [default: saga-forge/<name>].
    #[arg(long, short, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Replace another project that is in the folder, with all that is under its `src`.
    #[arg(long, requires = "out")]
    pub(crate) overwrite: bool,
    /// Print one JSON object instead of prose.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Stories that were made here.
#[derive(Debug, Subcommand)]
pub(crate) enum StoryAction {
    /// List the stories made here with the space they take, newest first.
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show one story: what it was asked to be, its chapters, its files.
    Show {
        /// Its id, or the beginning of it.
        story: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Remove stories with everything that was stored for them; folders they were saved to stay.
    Rm {
        /// Their ids, or the beginnings of them.
        #[arg(required = true)]
        stories: Vec<String>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum VoiceAction {
    /// Say which engine speaks here, and who speaks for each of the four voices.
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Speak a sentence into an MP3 file.
    Try(VoiceTryArgs),
}

#[derive(Debug, Args)]
pub(crate) struct VoiceTryArgs {
    /// What to say.
    #[arg(
        default_value = "This is how a story sounds. It begins with what a project is for, follows one request through \
                         the code, and ends with where to look first."
    )]
    pub(crate) text: String,
    /// Who speaks.
    #[arg(long, default_value_t, value_parser = one_of_voices(), ignore_case = true)]
    pub(crate) voice: Voice,
    /// A Piper voice to speak with: its `.onnx` file, or a folder of them.
    #[arg(long, value_name = "PATH")]
    pub(crate) piper: Option<PathBuf>,
    /// The file.
    #[arg(long, short, value_name = "FILE", default_value = "voice.mp3")]
    pub(crate) out: PathBuf,
}

/// One of these words, however its letters are written.
fn one_of<T, const N: usize>(
    all: [T; N],
    name: fn(T) -> &'static str,
    help: fn(T) -> Option<&'static str>,
) -> impl TypedValueParser<Value = T>
where
    T: Copy + Send + Sync + 'static,
{
    let values = all.map(|word| match help(word) {
        Some(help) => PossibleValue::new(name(word)).help(help),
        None => PossibleValue::new(name(word)),
    });

    PossibleValuesParser::new(values).try_map(move |given| {
        let known = all.iter().find(|word| name(**word).eq_ignore_ascii_case(&given));
        known.copied().ok_or("not one of the possible values")
    })
}

fn one_of_styles() -> impl TypedValueParser<Value = Style> {
    one_of(Style::ALL, Style::as_str, |style| {
        Some(match style {
            Style::Documentary => "Third person, in order of time",
            Style::Tutorial => "Step by step, speaking to you",
            Style::Podcast => "A host who wonders aloud",
            Style::Fiction => "Places and characters, true facts",
            Style::Technical => "Dense, numbers first",
        })
    })
}

fn one_of_voices() -> impl TypedValueParser<Value = Voice> {
    one_of(Voice::ALL, Voice::as_str, |_| None)
}

fn one_of_depths() -> impl TypedValueParser<Value = TechnicalDepth> {
    one_of(TechnicalDepth::ALL, TechnicalDepth::as_str, |_| None)
}

fn minutes(given: &str) -> Result<Minutes, NotMinutes> {
    let number: u32 = given.parse().map_err(|_| NotMinutes)?;
    Minutes::try_from(number)
}
