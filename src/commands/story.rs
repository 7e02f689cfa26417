//! `saga story`: the platform in this process on its engines, one story, shown happening.
//!
//! It speaks to the same services over the same rpcs as the gateway; it holds no story logic of its own.

mod progress;
mod results;

use std::{path::Path, process::ExitCode, time::Duration};

use kit::{
    Problem,
    actor::{Actor, Tier},
    rpc::{Calling, RequestId},
    sources::SourcePolicy,
    telemetry,
};
use proto::v1::{
    self, CancelStoryRequest, CreateCodeStoryRequest, GetStoryRequest, ListStoriesRequest, RunStatus, Story,
    StoryKind, WatchRunRequest, runs_client::RunsClient, stories_client::StoriesClient,
};
use tonic::Status;
use uuid::Uuid;

use self::progress::Progress;
use super::Failure;
use crate::{
    cli::{Global, Role, StoryArgs},
    config,
    platform::{Clients, Doors, Platform},
};

/// The person at this terminal: owner of every story made from the command line.
const OPERATOR: Uuid = Uuid::from_u128(0x5a6a_0000_0000_4000_8000_0000_0000_0001);
/// How long cancelled work may take to stop before the process ends anyway.
const FAREWELL: Duration = Duration::from_secs(3);
/// What a shell expects of a process that SIGINT ended.
const INTERRUPTED: u8 = 130;

pub(crate) async fn run(global: &Global, args: &StoryArgs) -> Result<ExitCode, Failure> {
    let loaded = config::load(global)?;
    let mut config = loaded.config;
    if loaded.effective.origin("telemetry.log").is_none() {
        // The bars and the last line say what happens; between them only what nobody expected is written.
        config.telemetry.log = "error,flow=off".to_owned();
    }

    let _telemetry = telemetry::init(&config.telemetry, false)?;
    let request = request(args)?;

    // The person at the keyboard may read this disk; requests over the network never can.
    let sources = SourcePolicy::from(&config.sources).with_local();
    let platform = Platform::build(config, &[Role::Story, Role::Worker, Role::Agent], sources).await?;
    let clients = platform.clients()?;
    let shutdown = platform.shutdown();
    let running = platform.start(Doors::default());

    let outcome = tell(&clients, args, request).await;

    shutdown.stop();
    running.finish(FAREWELL).await;

    outcome
}

async fn tell(
    clients: &Clients,
    args: &StoryArgs,
    request: CreateCodeStoryRequest,
) -> Result<ExitCode, Failure> {
    let (actor, id) = (Actor::user(OPERATOR, Tier::Team), RequestId::random());
    let mut teller = Teller {
        stories: clients.stories(&actor, &id),
        runs: clients.runs(&actor, &id),
    };

    let story = match teller.unfinished(&request).await? {
        Some(story) => story,
        None => teller.create(request).await?,
    };
    let mut progress = Progress::new(args.json);
    let watched = tokio::select! {
        watched = teller.watch(&story.run_id, &mut progress) => Some(watched),
        _ = tokio::signal::ctrl_c() => None,
    };

    progress.clear();

    match watched {
        Some(watched) => watched?,
        None => return teller.cancel(&story, args.json).await,
    }

    let story = teller.get(&story.id).await?;
    if story.status() != RunStatus::Completed {
        let why = story.error_message.as_deref();
        return Err(why.unwrap_or("the story was cancelled").to_owned().into());
    }

    let saved = results::save(clients.blobs(), &story, args.out.as_deref()).await?;
    results::print(&saved, &story, args.json);

    Ok(ExitCode::SUCCESS)
}

fn request(args: &StoryArgs) -> Result<CreateCodeStoryRequest, Failure> {
    Ok(CreateCodeStoryRequest {
        repo_url: repository(&args.repository)?,
        style: v1::Style::number(Some(args.style)),
        duration_minutes: Some(args.minutes.get()),
        voice: v1::Voice::number(Some(args.voice)),
        focus_areas: args.focus.clone(),
        technical_depth: v1::TechnicalDepth::number(Some(args.depth)),
        idempotency_key: None,
        worker_share: None,
    })
}

/// An https URL stays as it is; anything that is a folder here becomes a `file://` URL.
fn repository(given: &str) -> Result<String, Failure> {
    if given.contains("://") {
        return Ok(given.to_owned());
    }

    let path = Path::new(given);
    if !path.exists() {
        return Err(format!("`{given}` is neither a folder here nor an https URL").into());
    }

    let path = path.canonicalize()?;
    let url = url::Url::from_file_path(&path)
        .map_err(|()| format!("`{}` cannot be written as a URL", path.display()))?;

    Ok(url.to_string())
}

struct Teller {
    stories: StoriesClient<Calling>,
    runs: RunsClient<Calling>,
}

impl Teller {
    /// A story of the same request that was begun here and has not ended, e.g. because the process was killed.
    async fn unfinished(&mut self, request: &CreateCodeStoryRequest) -> Result<Option<Story>, Failure> {
        let wanted = ListStoriesRequest {
            kind: StoryKind::Code.into(),
            page_size: Some(100),
            ..Default::default()
        };
        let listed = self.stories.list_stories(wanted).await.map_err(words)?;

        let mut stories = listed.into_inner().stories.into_iter();
        Ok(stories.find(|story| is_active(story) && is_same(story, request)))
    }

    async fn create(&mut self, request: CreateCodeStoryRequest) -> Result<Story, Failure> {
        let created = self.stories.create_code_story(request).await;
        Ok(created.map_err(words)?.into_inner())
    }

    async fn get(&mut self, id: &str) -> Result<Story, Failure> {
        let got = self
            .stories
            .get_story(GetStoryRequest { id: id.to_owned() })
            .await;
        Ok(got.map_err(words)?.into_inner())
    }

    async fn watch(&mut self, run: &str, progress: &mut Progress) -> Result<(), Failure> {
        let request = WatchRunRequest {
            id: run.to_owned(),
            after: 0,
        };
        let watched = self.runs.watch_run(request).await;

        let mut events = watched.map_err(words)?.into_inner();
        while let Some(event) = events.message().await.map_err(words)? {
            if let Ok(data) = serde_json::from_str(&event.data) {
                progress.show(&event.kind, &data);
            }
        }

        Ok(())
    }

    #[expect(clippy::print_stderr, reason = "the person at the terminal pressed Ctrl-C")]
    async fn cancel(&mut self, story: &Story, quiet: bool) -> Result<ExitCode, Failure> {
        let request = CancelStoryRequest { id: story.id.clone() };
        self.stories.cancel_story(request).await.map_err(words)?;
        self.watch(&story.run_id, &mut Progress::new(true)).await?;

        if !quiet {
            eprintln!("Cancelled. Nothing was written.");
        }

        Ok(ExitCode::from(INTERRUPTED))
    }
}

fn is_active(story: &Story) -> bool {
    matches!(
        story.status(),
        RunStatus::Queued | RunStatus::Running | RunStatus::WaitingForInput
    )
}

fn is_same(story: &Story, request: &CreateCodeStoryRequest) -> bool {
    story.code().is_some_and(|made_of| {
        made_of.repo_url.trim_end_matches('/')
            == request.repo_url.trim_end_matches('/').trim_end_matches(".git")
            && made_of.style == request.style
            && Some(made_of.duration_minutes) == request.duration_minutes
            && made_of.voice == request.voice
            && made_of.focus_areas == request.focus_areas
            && made_of.technical_depth == request.technical_depth
    })
}

/// What a person may know of a refusal, with the fields at fault.
fn words(status: Status) -> Failure {
    let problem = Problem::from_status(&status);
    let mut text = problem.message;
    for field in problem.fields {
        text.push_str(&format!("\n  {}: {}", field.field, field.expected));
    }
    text.into()
}
