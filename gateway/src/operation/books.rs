//! Books of fiction stories: begun, read, asked, answered and changed.

use proto::v1::{
    AnswerStoryRequest, AskBibleRequest, AskLedgerRequest, Bible, Book, ChangeFactRequest,
    ContinueStoryRequest, CreateFictionStoryRequest, ExportBookRequest, ExportedBook, FactChange,
    GetBibleRequest, GetBookRequest, ImportStoryRequest, LaidDown, LedgerAnswer, NarrateStoryRequest,
    PutBibleRequest, RewriteScenesRequest, Story, UndoChangeRequest, WaiveFindingRequest,
};
use tonic::{Response, Status};

use super::{
    Field, Operation, Price, Service,
    caller_kind::{Anyone, SignedIn},
    stories::worker_share,
};
use crate::{
    identity::{ReadStories, RequestContext, WriteStories},
    services::Services,
};

/// Agents work on it.
const MAKING: Price = Price::EXPENSIVE;

/// Begins a book from a prompt.
pub(crate) struct BeginStory(pub(crate) CreateFictionStoryRequest);

impl Operation for BeginStory {
    type Caller = SignedIn;
    type Scope = WriteStories;
    type Output = Story;

    const SERVICE: Service = Service::Story;
    const PRICE: Price = MAKING;
    const FIELD: Field = Field::Mutation("beginStory");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Story, Status> {
        let request = CreateFictionStoryRequest {
            worker_share: worker_share(services, context),
            ..self.0
        };
        let story = services.books(context).create_fiction_story(request).await;

        story.map(Response::into_inner)
    }
}

/// Begins a book with a manuscript.
pub(crate) struct ImportStory(pub(crate) ImportStoryRequest);

impl Operation for ImportStory {
    type Caller = SignedIn;
    type Scope = WriteStories;
    type Output = Story;

    const SERVICE: Service = Service::Story;
    const PRICE: Price = MAKING;
    const FIELD: Field = Field::Mutation("importStory");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Story, Status> {
        let request = ImportStoryRequest {
            worker_share: worker_share(services, context),
            ..self.0
        };
        let story = services.books(context).import_story(request).await;

        story.map(Response::into_inner)
    }
}

pub(crate) struct GetBook(pub(crate) GetBookRequest);

impl Operation for GetBook {
    type Caller = Anyone;
    type Scope = ReadStories;
    type Output = Book;

    const SERVICE: Service = Service::Story;
    const PRICE: Price = Price::POLL;

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Book, Status> {
        let book = services.books(context).get_book(self.0).await;
        book.map(Response::into_inner)
    }
}

/// What somebody of the book knows, has and is at a scene; or a fact and the scenes that go by it.
pub(crate) struct AskLedger(pub(crate) AskLedgerRequest);

impl Operation for AskLedger {
    type Caller = Anyone;
    type Scope = ReadStories;
    type Output = LedgerAnswer;

    const SERVICE: Service = Service::Story;

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<LedgerAnswer, Status> {
        let answer = services.books(context).ask_ledger(self.0).await;
        answer.map(Response::into_inner)
    }
}

/// Answers or declines what the book's author is asked.
pub(crate) struct AnswerStory(pub(crate) AnswerStoryRequest);

impl Operation for AnswerStory {
    type Caller = Anyone;
    type Scope = WriteStories;
    type Output = Story;

    const SERVICE: Service = Service::Story;
    const FIELD: Field = Field::Mutation("answerStory");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Story, Status> {
        let story = services.books(context).answer_story(self.0).await;
        story.map(Response::into_inner)
    }
}

/// Writes more chapters.
pub(crate) struct ContinueStory(pub(crate) ContinueStoryRequest);

impl Operation for ContinueStory {
    type Caller = Anyone;
    type Scope = WriteStories;
    type Output = Story;

    const SERVICE: Service = Service::Story;
    const PRICE: Price = MAKING;
    const FIELD: Field = Field::Mutation("continueStory");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Story, Status> {
        let request = ContinueStoryRequest {
            worker_share: worker_share(services, context),
            ..self.0
        };
        let story = services.books(context).continue_story(request).await;

        story.map(Response::into_inner)
    }
}

/// Writes some scenes anew, and no others.
pub(crate) struct RewriteScenes(pub(crate) RewriteScenesRequest);

impl Operation for RewriteScenes {
    type Caller = Anyone;
    type Scope = WriteStories;
    type Output = Story;

    const SERVICE: Service = Service::Story;
    const PRICE: Price = MAKING;
    const FIELD: Field = Field::Mutation("rewriteScenes");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Story, Status> {
        let request = RewriteScenesRequest {
            worker_share: worker_share(services, context),
            ..self.0
        };
        let story = services.books(context).rewrite_scenes(request).await;

        story.map(Response::into_inner)
    }
}

/// Makes something else of a fact.
pub(crate) struct ChangeFact(pub(crate) ChangeFactRequest);

impl Operation for ChangeFact {
    type Caller = Anyone;
    type Scope = WriteStories;
    type Output = FactChange;

    const SERVICE: Service = Service::Story;
    const PRICE: Price = MAKING;
    const FIELD: Field = Field::Mutation("changeFact");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<FactChange, Status> {
        let request = ChangeFactRequest {
            worker_share: worker_share(services, context),
            ..self.0
        };
        let change = services.books(context).change_fact(request).await;

        change.map(Response::into_inner)
    }
}

/// Takes the newest change of the book back.
pub(crate) struct UndoChange(pub(crate) UndoChangeRequest);

impl Operation for UndoChange {
    type Caller = Anyone;
    type Scope = WriteStories;
    type Output = Story;

    const SERVICE: Service = Service::Story;
    const FIELD: Field = Field::Mutation("undoChange");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Story, Status> {
        let request = UndoChangeRequest {
            worker_share: worker_share(services, context),
            ..self.0
        };
        let story = services.books(context).undo_change(request).await;

        story.map(Response::into_inner)
    }
}

/// Says that a finding is meant to be so, or not.
pub(crate) struct WaiveFinding(pub(crate) WaiveFindingRequest);

impl Operation for WaiveFinding {
    type Caller = Anyone;
    type Scope = WriteStories;
    type Output = Book;

    const SERVICE: Service = Service::Story;
    const FIELD: Field = Field::Mutation("waiveFinding");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Book, Status> {
        let book = services.books(context).waive_finding(self.0).await;
        book.map(Response::into_inner)
    }
}

/// The book as a file.
pub(crate) struct ExportBook(pub(crate) ExportBookRequest);

impl Operation for ExportBook {
    type Caller = Anyone;
    type Scope = ReadStories;
    type Output = ExportedBook;

    const SERVICE: Service = Service::Story;

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<ExportedBook, Status> {
        let exported = services.books(context).export_book(self.0).await;
        exported.map(Response::into_inner)
    }
}

/// Has the book read aloud.
pub(crate) struct NarrateStory(pub(crate) NarrateStoryRequest);

impl Operation for NarrateStory {
    type Caller = Anyone;
    type Scope = WriteStories;
    type Output = Story;

    const SERVICE: Service = Service::Story;
    const PRICE: Price = MAKING;
    const FIELD: Field = Field::Mutation("narrateStory");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Story, Status> {
        let request = NarrateStoryRequest {
            worker_share: worker_share(services, context),
            ..self.0
        };
        let story = services.books(context).narrate_story(request).await;

        story.map(Response::into_inner)
    }
}

/// What a book's author has laid down for it.
pub(crate) struct GetBible(pub(crate) GetBibleRequest);

impl Operation for GetBible {
    type Caller = Anyone;
    type Scope = ReadStories;
    type Output = Bible;

    const SERVICE: Service = Service::Story;

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Bible, Status> {
        let answer = services.books(context).get_bible(self.0).await;
        answer.map(Response::into_inner)
    }
}

/// Lays down what counts in a book and its series.
pub(crate) struct PutBible(pub(crate) PutBibleRequest);

impl Operation for PutBible {
    type Caller = Anyone;
    type Scope = WriteStories;
    type Output = Bible;

    const SERVICE: Service = Service::Story;
    const FIELD: Field = Field::Mutation("putBible");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Bible, Status> {
        let request = PutBibleRequest {
            worker_share: worker_share(services, context),
            ..self.0
        };
        let answer = services.books(context).put_bible(request).await;

        answer.map(Response::into_inner)
    }
}

/// What of it counts in a scene.
pub(crate) struct AskBible(pub(crate) AskBibleRequest);

impl Operation for AskBible {
    type Caller = Anyone;
    type Scope = ReadStories;
    type Output = LaidDown;

    const SERVICE: Service = Service::Story;

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<LaidDown, Status> {
        let answer = services.books(context).ask_bible(self.0).await;
        answer.map(Response::into_inner)
    }
}
