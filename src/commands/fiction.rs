//! `saga fiction`: the platform in this process on its engines, and one book, written before one's eyes.
//!
//! It speaks to the same services over the same rpcs as the gateway; it holds no story logic of its own.

mod progress;
mod question;
mod results;

use std::process::ExitCode;

use kit::{
    actor::{Actor, Tier},
    rpc::{Calling, RequestId},
};
use proto::v1::{
    self, AnswerStoryRequest, CancelStoryRequest, CreateFictionStoryRequest, GetStoryRequest,
    ListStoriesRequest, NarrateStoryRequest, RunStatus, Story, StoryKind, WatchRunRequest,
    books_client::BooksClient, runs_client::RunsClient, stories_client::StoriesClient,
};
use serde_json::Value;

use self::{
    progress::BookProgress,
    question::{AuthorAnswers, read_question},
};
use super::{
    Failure,
    story::{OPERATOR, Refusal, is_active, open},
};
use crate::{
    cli::{FictionArgs, Global},
    platform::Clients,
};

/// What a shell expects of a process that SIGINT ended.
const INTERRUPTED: u8 = 130;

pub(crate) async fn run(global: &Global, args: &FictionArgs) -> Result<ExitCode, Failure> {
    results::check_folder(args)?;
    let (clients, _, works) = open(global, args.piper.as_deref()).await?;
    let outcome = write(&clients, args).await;
    works.close().await;

    outcome
}

async fn write(clients: &Clients, args: &FictionArgs) -> Result<ExitCode, Failure> {
    let mut writer = BookWriter::new(clients);
    let request = request(args);
    let unfinished = writer.unfinished(&request).await?;
    let resumed = unfinished.is_some();
    let mut story = match unfinished {
        Some(story) => story,
        None => writer.begin(request).await?,
    };
    if resumed && !args.json {
        say_resuming();
    }

    let mut progress = BookProgress::new(args.json);
    let mut answers = AuthorAnswers::new(args);
    if !writer.finish(&mut story, &mut progress, &mut answers).await? {
        return writer.cancel(&story, args.json).await;
    }
    if let Some(voice) = args.voice {
        story = writer.narrate(&story, voice).await?;
        if !writer.finish(&mut story, &mut progress, &mut answers).await? {
            return writer.cancel(&story, args.json).await;
        }
    }

    progress.clear();
    let saved = results::save(&mut writer.books, clients.blobs(), &story, args).await?;
    results::print(&saved, &story, resumed, args.json);
    Ok(ExitCode::SUCCESS)
}

fn request(args: &FictionArgs) -> CreateFictionStoryRequest {
    CreateFictionStoryRequest {
        prompt: args.prompt.clone(),
        genres: args.genre.clone(),
        chapters: Some(args.chapters),
        words_per_chapter: Some(args.words),
        seed: args.seed,
        idempotency_key: None,
        series: None,
        worker_share: None,
    }
}

#[expect(
    clippy::print_stderr,
    reason = "the person at the terminal may wonder why it goes so fast"
)]
fn say_resuming() {
    eprintln!("Resuming the book that was begun here before; what is written is not written again.");
}

struct BookWriter {
    books: BooksClient<Calling>,
    stories: StoriesClient<Calling>,
    runs: RunsClient<Calling>,
}

impl BookWriter {
    fn new(clients: &Clients) -> Self {
        let (actor, id) = (Actor::user(OPERATOR, Tier::Team), RequestId::random());
        Self {
            books: clients.books(&actor, &id),
            stories: clients.stories(&actor, &id),
            runs: clients.runs(&actor, &id),
        }
    }

    /// A book of the same request that was begun here and has not ended, e.g. because the process was killed.
    async fn unfinished(&mut self, request: &CreateFictionStoryRequest) -> Result<Option<Story>, Failure> {
        let wanted = ListStoriesRequest {
            kind: StoryKind::Fiction.into(),
            page_size: Some(100),
            ..Default::default()
        };
        let listed = self.stories.list_stories(wanted).await.map_err(Refusal::from)?;

        let mut stories = listed.into_inner().stories.into_iter();
        Ok(stories.find(|story| is_active(story) && is_same(story, request)))
    }

    async fn begin(&mut self, request: CreateFictionStoryRequest) -> Result<Story, Failure> {
        let begun = self.books.create_fiction_story(request).await;
        Ok(begun.map_err(Refusal::from)?.into_inner())
    }

    async fn get(&mut self, id: &str) -> Result<Story, Failure> {
        let got = self
            .stories
            .get_story(GetStoryRequest { id: id.to_owned() })
            .await;
        Ok(got.map_err(Refusal::from)?.into_inner())
    }

    async fn narrate(&mut self, story: &Story, voice: proto::words::Voice) -> Result<Story, Failure> {
        let request = NarrateStoryRequest {
            id: story.id.clone(),
            voice: v1::Voice::number(Some(voice)),
            worker_share: None,
        };
        let begun = self.books.narrate_story(request).await;
        Ok(begun.map_err(Refusal::from)?.into_inner())
    }

    /// Watches the run to its end, and answers what it asks. False when the person at the terminal wants it to stop.
    async fn finish(
        &mut self,
        story: &mut Story,
        progress: &mut BookProgress,
        answers: &mut AuthorAnswers,
    ) -> Result<bool, Failure> {
        let watched = tokio::select! {
            watched = self.watch(story, progress, answers) => Some(watched),
            _ = tokio::signal::ctrl_c() => None,
        };
        match watched {
            None => {
                progress.clear();
                return Ok(false);
            }
            Some(Err(error)) => {
                progress.clear();
                return Err(error);
            }
            Some(Ok(())) => {}
        }

        *story = self.get(&story.id).await?;
        if story.status() != RunStatus::Completed {
            progress.clear();
            let why = story.error_message.as_deref();
            return Err(why.unwrap_or("the book was cancelled").to_owned().into());
        }
        Ok(true)
    }

    async fn watch(
        &mut self,
        story: &Story,
        progress: &mut BookProgress,
        answers: &mut AuthorAnswers,
    ) -> Result<(), Failure> {
        let request = WatchRunRequest {
            id: story.run_id.clone(),
            after: 0,
        };
        let watched = self.runs.watch_run(request).await;
        let mut events = watched.map_err(Refusal::from)?.into_inner();
        let mut closed: Vec<String> = Vec::new();

        while let Some(event) = events.message().await.map_err(Refusal::from)? {
            let Ok(data) = serde_json::from_str::<Value>(&event.data) else {
                continue;
            };
            progress.show(&event.kind, &data);
            if event.kind == "status" && data["status"] == "waiting_for_input" {
                // It may be of a moment that is over, when the book is resumed.
                for asked in self.get(&story.id).await?.questions {
                    let asked = read_question(&asked);
                    if !closed.contains(&asked.id) {
                        progress.suspend(|| answers.show(&asked));
                        self.answer(story, &asked, answers).await?;
                        closed.push(asked.id);
                    }
                }
            }
        }

        Ok(())
    }

    /// Asks until the answer fits, or nobody answers.
    async fn answer(
        &mut self,
        story: &Story,
        asked: &question::AskedQuestion,
        answers: &mut AuthorAnswers,
    ) -> Result<(), Failure> {
        loop {
            let request = AnswerStoryRequest {
                id: story.id.clone(),
                question_id: Some(asked.id.clone()),
                reply: Some(answers.next(asked).await?),
            };
            match self.books.answer_story(request).await {
                Ok(_) => return Ok(()),
                Err(status) if status.code() == tonic::Code::InvalidArgument && answers.may_try_again() => {
                    answers.say_wrong(&Refusal::from(status));
                }
                Err(status) => return Err(Refusal::from(status).into()),
            }
        }
    }

    #[expect(clippy::print_stderr, reason = "the person at the terminal pressed Ctrl-C")]
    async fn cancel(&mut self, story: &Story, quiet: bool) -> Result<ExitCode, Failure> {
        let request = CancelStoryRequest { id: story.id.clone() };
        self.stories.cancel_story(request).await.map_err(Refusal::from)?;
        if !quiet {
            eprintln!("Cancelled. Nothing was written.");
        }

        Ok(ExitCode::from(INTERRUPTED))
    }
}

fn is_same(story: &Story, request: &CreateFictionStoryRequest) -> bool {
    story.fiction().is_some_and(|made_of| {
        made_of.prompt == request.prompt.trim()
            && made_of.genres == request.genres
            && Some(made_of.chapters) == request.chapters
            && Some(made_of.words_per_chapter) == request.words_per_chapter
            && request.seed.is_none_or(|seed| seed == made_of.seed)
    })
}
