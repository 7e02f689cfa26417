//! `saga story`: the platform in this process on its engines, one story, shown happening; and the stories made before.
//!
//! It speaks to the same services over the same rpcs as the gateway; it holds no story logic of its own.

mod folder;
mod progress;
mod request;
mod results;
mod shelf;

use std::{path::Path, process::ExitCode, time::Duration};

use kit::{
    actor::{Actor, Tier},
    rpc::{Calling, RequestId},
    sources::{RepoUrl, SourcePolicy},
    telemetry::{self, Guard},
};
use proto::v1::{
    CancelStoryRequest, CreateCodeStoryRequest, GetStoryRequest, ListStoriesRequest, RunStatus, Story,
    StoryKind, WatchRunRequest, runs_client::RunsClient, stories_client::StoriesClient,
};
use uuid::Uuid;

pub(super) use self::request::Refusal;
use self::{
    folder::{Card, Folder, Wanted},
    progress::Progress,
};
use super::Failure;
use crate::{
    cli::{Global, Role, StoryArgs},
    config,
    platform::{Clients, Doors, Platform},
};

/// The person at this terminal: owner of every story made from the command line.
pub(super) const OPERATOR: Uuid = Uuid::from_u128(0x5a6a_0000_0000_4000_8000_0000_0000_0001);
/// How long cancelled work may take to stop before the process ends anyway.
const FAREWELL: Duration = Duration::from_secs(3);
/// What a shell expects of a process that SIGINT ended.
const INTERRUPTED: u8 = 130;

pub(crate) async fn run(global: &Global, args: &StoryArgs) -> Result<ExitCode, Failure> {
    let (clients, sources, works) = open(global, args.piper.as_deref()).await?;
    let outcome = match &args.action {
        Some(action) => shelf::run(&clients, action).await,
        None => tell(&clients, args, &sources).await,
    };

    works.close().await;

    outcome
}

/// The platform of this command, at work.
pub(super) struct Works {
    shutdown: kit::shutdown::Shutdown,
    running: crate::platform::Running,
    _telemetry: Guard,
}

impl Works {
    pub(super) async fn close(self) {
        self.shutdown.stop();
        self.running.finish(FAREWELL).await;
    }
}

pub(super) async fn open(
    global: &Global,
    piper: Option<&Path>,
) -> Result<(Clients, SourcePolicy, Works), Failure> {
    let loaded = config::load(global)?;
    let mut config = loaded.config;
    if loaded.effective.origin("telemetry.log").is_none() {
        // The bars and the last line say what happens; between them only what nobody expected is written.
        config.telemetry.log = "error,flow=off".to_owned();
    }

    if let Some(voice) = piper {
        voice.clone_into(&mut config.voice.piper);
    }

    let telemetry = telemetry::init(&config.telemetry, false)?;

    // The person at the keyboard may read this disk; requests over the network never can.
    let sources = SourcePolicy::from(&config.sources).with_local();
    let roles = [Role::Story, Role::Worker, Role::Agent];
    let platform = Platform::build(config, &roles, sources.clone()).await?;
    let clients = platform.clients()?;
    let shutdown = platform.shutdown();
    let running = platform.start(Doors::default());

    let works = Works {
        shutdown,
        running,
        _telemetry: telemetry,
    };

    Ok((clients, sources, works))
}

async fn tell(clients: &Clients, args: &StoryArgs, sources: &SourcePolicy) -> Result<ExitCode, Failure> {
    let request = request::request(args)?;
    let mut teller = Teller::new(clients);

    // What the services would refuse they refuse in their own words; only a place for what they take is looked for here.
    let folder = RepoUrl::parse(&request.repo_url, sources)
        .ok()
        .map(|url| prepare(args, &request, &url))
        .transpose()?;

    let unfinished = teller.unfinished(&request).await?;
    let resumed = unfinished.is_some();
    let story = match unfinished {
        Some(story) => story,
        None => teller.create(request).await?,
    };
    let folder = match folder {
        Some(folder) => folder,
        None => return Err("the repository has no name".into()),
    };

    if resumed && !args.json {
        say_resuming();
    }

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

    let saved = results::save(clients.blobs(), &story, folder).await?;
    results::print(&saved, &story, resumed, args.json);

    Ok(ExitCode::SUCCESS)
}

#[expect(
    clippy::print_stderr,
    reason = "the person at the terminal may wonder why it goes so fast"
)]
fn say_resuming() {
    eprintln!("Resuming the story that was begun here before; what is finished is not done again.");
}

fn prepare(args: &StoryArgs, request: &CreateCodeStoryRequest, url: &RepoUrl) -> Result<Folder, Failure> {
    let card = Card {
        id: String::new(),
        title: String::new(),
        repo_url: request.repo_url.clone(),
        style: args.style.as_str().to_owned(),
        minutes: args.minutes.get(),
        voice: args.voice.as_str().to_owned(),
    };

    Ok(Folder::prepare(&Wanted {
        out: args.out.as_deref(),
        overwrite: args.overwrite,
        repo_name: &url.name(),
        card: &card,
    })?)
}

struct Teller {
    stories: StoriesClient<Calling>,
    runs: RunsClient<Calling>,
}

impl Teller {
    fn new(clients: &Clients) -> Self {
        let (actor, id) = (Actor::user(OPERATOR, Tier::Team), RequestId::random());
        Self {
            stories: clients.stories(&actor, &id),
            runs: clients.runs(&actor, &id),
        }
    }

    /// A story of the same request that was begun here and has not ended, e.g. because the process was killed.
    async fn unfinished(&mut self, request: &CreateCodeStoryRequest) -> Result<Option<Story>, Failure> {
        let wanted = ListStoriesRequest {
            kind: StoryKind::Code.into(),
            page_size: Some(100),
            ..Default::default()
        };
        let listed = self.stories.list_stories(wanted).await.map_err(Refusal::from)?;

        let mut stories = listed.into_inner().stories.into_iter();
        Ok(stories.find(|story| is_active(story) && is_same(story, request)))
    }

    async fn create(&mut self, request: CreateCodeStoryRequest) -> Result<Story, Failure> {
        let created = self.stories.create_code_story(request).await;
        Ok(created.map_err(Refusal::from)?.into_inner())
    }

    async fn get(&mut self, id: &str) -> Result<Story, Failure> {
        let got = self
            .stories
            .get_story(GetStoryRequest { id: id.to_owned() })
            .await;
        Ok(got.map_err(Refusal::from)?.into_inner())
    }

    async fn watch(&mut self, run: &str, progress: &mut Progress) -> Result<(), Failure> {
        let request = WatchRunRequest {
            id: run.to_owned(),
            after: 0,
        };
        let watched = self.runs.watch_run(request).await;

        let mut events = watched.map_err(Refusal::from)?.into_inner();
        while let Some(event) = events.message().await.map_err(Refusal::from)? {
            if let Ok(data) = serde_json::from_str(&event.data) {
                progress.show(&event.kind, &data);
            }
        }

        Ok(())
    }

    #[expect(clippy::print_stderr, reason = "the person at the terminal pressed Ctrl-C")]
    async fn cancel(&mut self, story: &Story, quiet: bool) -> Result<ExitCode, Failure> {
        let request = CancelStoryRequest { id: story.id.clone() };
        self.stories.cancel_story(request).await.map_err(Refusal::from)?;
        self.watch(&story.run_id, &mut Progress::new(true)).await?;

        if !quiet {
            eprintln!("Cancelled. Nothing was written.");
        }

        Ok(ExitCode::from(INTERRUPTED))
    }
}

pub(super) fn is_active(story: &Story) -> bool {
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
