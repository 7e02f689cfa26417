//! Node `plan`: the outline. What the prompt leaves open and matters is asked of the author; the run waits for the answer.

use std::sync::Arc;

use flow::{NodeError, Reply};
use proto::tasks::Level;
use proto::tasks::fiction::ARCHITECT;
use proto::tasks::fiction::plan::{
    ArchitectInput, ArchitectOutput, AuthorAnswer, AuthorQuestion, BookOutline, EarlierBook,
};
use serde_json::{Value, json};

use super::Node;
use super::keep::later;
use super::state::{BookUpdate, SystemStatus};
use crate::domain::fiction_request::BookTask;
use crate::graphs::node_context::AgentAnswer;
use crate::store::{books, stories};

/// Questions of one run; a model that wants to know more goes by what it has.
const QUESTIONS_MAX: usize = 3;
const SPEAKER: &str = "Architect";

pub(super) async fn run(node: Arc<Node>) -> Result<BookUpdate, NodeError> {
    node.progress(SystemStatus::Planning.phase(), 2.0).await?;
    node.log(SPEAKER, "Planning the book", Level::Info).await?;

    let mut input = brief(&node).await?;
    let answer = loop {
        let key = format!("plan:{}", input.answers.len());
        let answer: AgentAnswer<ArchitectOutput> =
            node.context.once(&key, || node.ask(ARCHITECT, &input)).await?;
        match answer.output {
            ArchitectOutput::Outline(outline) => break (outline, answer.offline),
            ArchitectOutput::Question(_) if input.answers.len() >= QUESTIONS_MAX => {
                return Err(NodeError::fatal(
                    "The architect asks more than an author can answer.",
                ));
            }
            ArchitectOutput::Question(question) => {
                let value = ask_author(&node, &question).await?;
                input.answers.push(AuthorAnswer {
                    question: question.key,
                    value,
                });
            }
        }
    };

    let (outline, offline) = answer;
    let outline = match input.earlier.take() {
        Some(earlier) => join(earlier.outline, outline),
        None => outline,
    };
    keep(&node, &outline).await?;

    let details = json!({ "title": outline.title, "chapters": outline.chapters.len() });
    node.log_with(SPEAKER, "The plan is made", details, Level::Success)
        .await?;
    node.context
        .emit(
            "outline",
            json!({ "title": outline.title, "chapters": outline.chapters.len() }),
        )
        .await?;

    Ok(BookUpdate::Planned {
        answers: input.answers,
        offline,
    })
}

/// What the architect is told.
pub(super) async fn brief(node: &Node) -> Result<ArchitectInput, NodeError> {
    let request = &node.state.request;
    let (prompt, chapters, earlier) = match &node.state.task {
        BookTask::Continue { prompt, chapters } => {
            let (outline, cast) = node.plan_and_cast().await?;
            let outline = without_added(outline, node).await?;
            let earlier = EarlierBook { outline, cast };
            (prompt, *chapters, Some(Box::new(earlier)))
        }
        _ => (&request.prompt, request.chapters, None),
    };

    Ok(ArchitectInput {
        prompt: prompt.clone(),
        genres: request.genres.clone(),
        chapters,
        words_per_chapter: request.words_per_chapter,
        seed: request.seed,
        answers: node.state.answers.clone(),
        earlier,
    })
}

/// The outline as it was before this run, which may have added to it already.
async fn without_added(mut outline: BookOutline, node: &Node) -> Result<BookOutline, NodeError> {
    let written = node.scenes(false).await?;
    let last = written.iter().map(|kept| kept.scene.chapter).max();
    if let Some(last) = last {
        outline.chapters.retain(|chapter| chapter.number <= last);
    }

    Ok(outline)
}

/// Either the whole book anew with the earlier chapters in it, or only those that are added.
fn join(earlier: BookOutline, mut outline: BookOutline) -> BookOutline {
    let last = earlier.chapters.iter().map(|chapter| chapter.number).max();
    outline
        .chapters
        .retain(|chapter| last.is_none_or(|last| chapter.number > last));
    let promises = earlier.promises.iter().filter(|promise| {
        let key = &promise.key;
        !outline.promises.iter().any(|added| added.key == *key)
    });
    let promises = promises
        .cloned()
        .chain(outline.promises.iter().cloned())
        .collect();
    let chapters = earlier.chapters.iter().cloned().chain(outline.chapters).collect();

    BookOutline {
        promises,
        chapters,
        ..earlier
    }
}

async fn keep(node: &Node, outline: &BookOutline) -> Result<(), NodeError> {
    let book = node.book();
    let mut tx = node.change().await?;
    books::put_outline(&mut tx, book, outline).await.map_err(later)?;
    stories::give_title(&mut tx, book.story, &outline.title)
        .await
        .map_err(later)?;

    tx.commit().await.map_err(later)
}

/// What the author says; null when that is nothing, which takes the default.
async fn ask_author(node: &Node, question: &AuthorQuestion) -> Result<Value, NodeError> {
    let asked = json!({
        "reason": question.reason,
        "prompt": question.prompt,
        "value": { "key": question.key, "default": question.default },
        "response_schema": question.response_schema,
    });

    Ok(match node.context.inquire(asked).await? {
        Reply::Answer(value) => value,
        Reply::Decline | Reply::Expire => Value::Null,
    })
}
