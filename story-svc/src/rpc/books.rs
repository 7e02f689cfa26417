//! `saga.v1.Books`.

mod bible;

use kit::into_status;
use kit::rpc::{actor_of, request_id_of};
use manuscript::Format;
use proto::v1::books_server::Books;
use proto::v1::{
    self, AnswerStoryRequest, AskLedgerRequest, Book, CreateFictionStoryRequest, GetBookRequest,
};
use proto::v1::{
    ChangeFactRequest, ContinueStoryRequest, ExportBookRequest, ExportedBook, FactChange, ImportStoryRequest,
    LedgerAnswer, NarrateStoryRequest, RewriteScenesRequest, Story, UndoChangeRequest, WaiveFindingRequest,
    answer_story_request::Reply,
};
use serde::Serialize;
use tonic::{Request, Response, Status};

use super::convert;
use super::stories::{answer, encode_for};
use crate::domain::book::{BookView, KeptScene};
use crate::domain::books::{AuthorReply, Books as Domain, NewFact, RawManuscript, WantedScenes};
use crate::domain::fiction_request::RawFictionRequest;
use crate::error::StoryError;
use crate::knowledge::SceneMoment;

pub(crate) struct BooksRpc(pub(crate) Domain);

#[tonic::async_trait]
impl Books for BooksRpc {
    async fn create_fiction_story(
        &self,
        request: Request<CreateFictionStoryRequest>,
    ) -> Result<Response<Story>, Status> {
        let (actor, request_id) = (actor_of(&request)?, request_id_of(&request));
        let message = request.into_inner();
        let share = convert::share(&actor, message.worker_share).map_err(into_status)?;
        let raw = RawFictionRequest {
            prompt: message.prompt,
            genres: message.genres,
            chapters: message.chapters,
            words_per_chapter: message.words_per_chapter,
            seed: message.seed,
            series: message.series,
        };

        let made = self
            .0
            .create(&actor, &request_id, raw, message.idempotency_key, share);
        answer(&actor, made.await)
    }

    async fn import_story(&self, request: Request<ImportStoryRequest>) -> Result<Response<Story>, Status> {
        let (actor, request_id) = (actor_of(&request)?, request_id_of(&request));
        let message = request.into_inner();
        let share = convert::share(&actor, message.worker_share).map_err(into_status)?;
        let raw = RawManuscript {
            bytes: message.manuscript,
            format: find_format(message.format).map_err(into_status)?,
            title: message.title,
            genres: message.genres,
        };

        answer(&actor, self.0.import(&actor, &request_id, raw, share).await)
    }

    async fn get_book(&self, request: Request<GetBookRequest>) -> Result<Response<Book>, Status> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let view = self
            .0
            .get(&actor, &message.id, message.chapter, message.with_prose);

        encode_book(view.await)
    }

    async fn ask_ledger(&self, request: Request<AskLedgerRequest>) -> Result<Response<LedgerAnswer>, Status> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let (id, moment) = (&message.id, moment(message.after));
        let answer = match message.fact.as_str() {
            "" => {
                let asked = (message.character.as_str(), message.scene.as_str());
                let state = self.0.ask_state(&actor, id, asked, moment).await;
                state.and_then(|state| write_json(&state))
            }
            fact => {
                let view = self.0.ask_fact(&actor, id, fact).await;
                view.and_then(|view| write_json(&view))
            }
        };

        let answer = answer.map_err(into_status)?;
        Ok(Response::new(LedgerAnswer { answer }))
    }

    async fn answer_story(&self, request: Request<AnswerStoryRequest>) -> Result<Response<Story>, Status> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let answer_text = match message.reply {
            Some(Reply::Answer(answer)) => Some(answer),
            Some(Reply::Decline(true)) => None,
            _ => {
                let error = StoryError::invalid("answer", "an answer, or that the question is declined");
                return Err(into_status(error));
            }
        };
        let said = AuthorReply {
            story: message.id,
            question: message.question_id,
            answer: answer_text,
        };

        answer(&actor, self.0.reply(&actor, said).await)
    }

    async fn continue_story(
        &self,
        request: Request<ContinueStoryRequest>,
    ) -> Result<Response<Story>, Status> {
        let (actor, request_id) = (actor_of(&request)?, request_id_of(&request));
        let message = request.into_inner();
        let share = convert::share(&actor, message.worker_share).map_err(into_status)?;
        let wanted = (message.id.as_str(), message.prompt.as_str(), message.chapters);

        answer(&actor, self.0.go_on(&actor, &request_id, wanted, share).await)
    }

    async fn rewrite_scenes(
        &self,
        request: Request<RewriteScenesRequest>,
    ) -> Result<Response<Story>, Status> {
        let (actor, request_id) = (actor_of(&request)?, request_id_of(&request));
        let message = request.into_inner();
        let share = convert::share(&actor, message.worker_share).map_err(into_status)?;
        let wanted = WantedScenes {
            chapter: message.chapter,
            scenes: message.scenes,
            fact: message.fact,
        };

        let begun = self.0.rewrite(&actor, &request_id, (&message.id, wanted), share);
        answer(&actor, begun.await)
    }

    async fn change_fact(&self, request: Request<ChangeFactRequest>) -> Result<Response<FactChange>, Status> {
        let (actor, request_id) = (actor_of(&request)?, request_id_of(&request));
        let message = request.into_inner();
        let share = convert::share(&actor, message.worker_share).map_err(into_status)?;
        let new = NewFact {
            fact: message.fact,
            object: message.object,
            statement: message.statement,
            rewrite: message.rewrite,
        };

        let changed = self
            .0
            .change_fact(&actor, &request_id, (&message.id, new), share)
            .await
            .map_err(into_status)?;
        Ok(Response::new(FactChange {
            fact: write_json(&changed.fact).map_err(into_status)?,
            story: Some(encode_for(&actor, changed.story).map_err(into_status)?),
        }))
    }

    async fn undo_change(&self, request: Request<UndoChangeRequest>) -> Result<Response<Story>, Status> {
        let (actor, request_id) = (actor_of(&request)?, request_id_of(&request));
        let message = request.into_inner();
        let share = convert::share(&actor, message.worker_share).map_err(into_status)?;

        answer(&actor, self.0.undo(&actor, &request_id, &message.id, share).await)
    }

    async fn waive_finding(&self, request: Request<WaiveFindingRequest>) -> Result<Response<Book>, Status> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let finding = (message.id.as_str(), message.finding.as_str());

        encode_book(self.0.waive(&actor, finding, message.intended).await)
    }

    async fn get_bible(&self, request: Request<v1::GetBibleRequest>) -> Result<Response<v1::Bible>, Status> {
        let actor = actor_of(&request)?;
        bible::answer(self.0.get_bible(&actor, &request.into_inner().id).await)
    }

    async fn put_bible(&self, request: Request<v1::PutBibleRequest>) -> Result<Response<v1::Bible>, Status> {
        let (actor, request_id) = (actor_of(&request)?, request_id_of(&request));
        let message = request.into_inner();
        let share = convert::share(&actor, message.worker_share).map_err(into_status)?;
        let entries = bible::decode(message.entries).map_err(into_status)?;

        let laid = (message.series, entries);
        bible::answer(
            self.0
                .put_bible(&actor, &request_id, &message.id, laid, share)
                .await,
        )
    }

    async fn ask_bible(
        &self,
        request: Request<v1::AskBibleRequest>,
    ) -> Result<Response<v1::LaidDown>, Status> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let (id, scene, subject) = (&message.id, &message.scene, message.subject.as_deref());
        let laid = self.0.ask_bible(&actor, id, scene, subject).await;

        laid.map(bible::laid_down).map(Response::new).map_err(into_status)
    }

    async fn export_book(
        &self,
        request: Request<ExportBookRequest>,
    ) -> Result<Response<ExportedBook>, Status> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let format = find_format(message.format).map_err(into_status)?;
        let format =
            format.ok_or_else(|| into_status(StoryError::invalid("format", "the number of a format")))?;

        let exported = self.0.export(&actor, &message.id, format).await;
        let exported = exported.map_err(into_status)?;
        Ok(Response::new(ExportedBook {
            key: exported.blob_key,
            content_type: exported.content_type.to_owned(),
            open_findings: u32::try_from(exported.open_findings).unwrap_or(u32::MAX),
            title: exported.title,
        }))
    }

    async fn narrate_story(&self, request: Request<NarrateStoryRequest>) -> Result<Response<Story>, Status> {
        let (actor, request_id) = (actor_of(&request)?, request_id_of(&request));
        let message = request.into_inner();
        let share = convert::share(&actor, message.worker_share).map_err(into_status)?;
        let mut faults = Vec::new();
        let voice = convert::voice(message.voice, &mut faults);
        if !faults.is_empty() {
            return Err(into_status(StoryError::Invalid { fields: faults }));
        }

        let begun = self.0.narrate(&actor, &request_id, (&message.id, voice), share);
        answer(&actor, begun.await)
    }
}

/// `None`: not given.
fn find_format(number: i32) -> Result<Option<Format>, StoryError> {
    match v1::BookFormat::try_from(number) {
        Ok(v1::BookFormat::Unspecified) => Ok(None),
        Ok(v1::BookFormat::Markdown) => Ok(Some(Format::Markdown)),
        Ok(v1::BookFormat::Epub) => Ok(Some(Format::Epub)),
        Ok(v1::BookFormat::Docx) => Ok(Some(Format::Docx)),
        Ok(v1::BookFormat::Text) => Ok(Some(Format::Text)),
        Err(_) => Err(StoryError::invalid("format", "the number of a format")),
    }
}

const fn moment(after: bool) -> SceneMoment {
    match after {
        true => SceneMoment::After,
        false => SceneMoment::Before,
    }
}

fn encode_book(view: Result<BookView, StoryError>) -> Result<Response<Book>, Status> {
    view.and_then(book).map(Response::new).map_err(into_status)
}

fn book(view: BookView) -> Result<Book, StoryError> {
    let findings = view.head.findings.iter().map(|finding| {
        Ok(v1::BookFinding {
            finding: write_json(finding)?,
            intended: view.intended.contains(&finding.id),
        })
    });
    let changes = view.changes.into_iter().map(|change| v1::BookChange {
        number: change.number,
        what: change.what,
        at: Some(convert::timestamp(change.at)),
    });

    Ok(Book {
        story_id: view.story.to_string(),
        revision: view.head.revision,
        outline: view.head.outline.as_ref().map(write_json).transpose()?,
        cast: view.head.cast.as_ref().map(write_json).transpose()?,
        findings: findings.collect::<Result<_, StoryError>>()?,
        open_promises: write_json(&view.open_promises)?,
        changes: changes.collect(),
        scenes: view.scenes.into_iter().map(scene).collect::<Result<_, _>>()?,
    })
}

fn scene(kept: KeptScene) -> Result<v1::BookScene, StoryError> {
    Ok(v1::BookScene {
        scene: write_json(&kept.scene)?,
        words: kept.words,
        take: kept.take,
        paragraphs: kept.prose,
    })
}

fn write_json(value: &impl Serialize) -> Result<String, StoryError> {
    serde_json::to_string(value).map_err(|source| StoryError::Unreadable {
        what: "part of a book",
        source: source.into(),
    })
}
