//! The architect of books: an outline from a prompt, or a question to its author. By a model or by the offline author.

use std::collections::BTreeSet;
use std::sync::Arc;

use kit::actor::Tier;
use proto::tasks::Level;
use proto::tasks::fiction::ARCHITECT;
use proto::tasks::fiction::ledger::{Key, StoryTime};
use proto::tasks::fiction::plan::{
    ArchitectInput, ArchitectOutput, AuthorQuestion, BookChapter, BookOutline, Cause, CauseLink, Genre,
    NarrativePerson, PlannedPromise, ScenePlan, Setting, Tense,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::names::{key_of, one_line};
use super::{LekhTools, or_offline, prompts, refuse};
use crate::agent_context::AgentContext;
use crate::agents::thinking::Question;
use crate::error::AgentError;
use crate::llm::Message;
use crate::registry::{Agent, AgentName, Answer, Instructions};

const NAME: AgentName = AgentName {
    name: ARCHITECT,
    description: "Architect: plans a book from a prompt, or asks its author what the prompt leaves open.",
    least_tier: Tier::Free,
};
const SPEAKER: &str = "Architect";
/// How often a plan may be mended.
const REWRITES: usize = 2;
const LINE: usize = 200;
const TEXT: usize = 1_000;
const SCENES_MAX: usize = 4;
/// Minutes of a scene whose times can't be.
const SCENE_MINUTES: StoryTime = 45;

pub(super) fn agent(tools: Arc<LekhTools>) -> Agent {
    let instructions = Instructions::from_fragments(&prompts::FRAGMENTS).with_answer::<ModelBookPlan>();

    Agent::new(NAME, instructions, move |input, desk| {
        let tools = Arc::clone(&tools);
        async move { run(&tools, &desk, input).await }
    })
}

/// A model's answer: a question, or a plan.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct ModelBookPlan {
    /// Only when no book can be begun without its answer.
    question: Option<ModelQuestion>,
    title: String,
    /// The book in one sentence.
    logline: String,
    place: String,
    /// Season and age.
    time: String,
    mood: String,
    #[schemars(length(max = 5))]
    themes: Vec<String>,
    person: NarrativePerson,
    tense: Tense,
    /// The name of the one through whose eyes it is seen.
    point_of_view: String,
    #[schemars(length(max = 20))]
    promises: Vec<ModelPromise>,
    #[schemars(length(max = 60))]
    chapters: Vec<ModelBookChapter>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct ModelQuestion {
    reason: String,
    prompt: String,
    /// What the author may choose from; the first is taken when they do not answer.
    #[schemars(length(min = 2, max = 6))]
    choices: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct ModelPromise {
    /// Some words that name it.
    name: String,
    text: String,
    planted_chapter: u32,
    due_chapter: u32,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct ModelBookChapter {
    title: String,
    purpose: String,
    #[schemars(length(min = 1, max = 4))]
    scenes: Vec<ModelScene>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct ModelScene {
    title: String,
    /// The name of the place.
    place: String,
    /// Minutes since the book began.
    from: i64,
    until: i64,
    /// Names.
    #[schemars(length(min = 1, max = 12))]
    present: Vec<String>,
    goal: String,
    obstacle: String,
    outcome: String,
    /// It goes against what was meant to follow.
    against: bool,
}

async fn run(
    tools: &LekhTools,
    desk: &AgentContext,
    input: ArchitectInput,
) -> Result<Answer<ArchitectOutput>, AgentError> {
    if !input.prompt.chars().any(char::is_alphanumeric) {
        return Err(AgentError::field(desk.agent, "prompt", "some words"));
    }

    let by_model = tools.engines.models.available(desk);
    let made = match by_model {
        true => or_offline(desk, SPEAKER, plan_by_model(tools, desk, &input).await).await?,
        false => None,
    };
    let (output, offline) = match made {
        Some(output) => (output, false),
        None => {
            let planned = tools
                .engines
                .bench
                .run(move |_| fiction::plan_book(&input))
                .await?;
            (planned.map_err(|error| refuse(desk, &error))?, true)
        }
    };

    if let ArchitectOutput::Outline(outline) = &output {
        let details =
            json!({ "tool": "plan_book", "chapters": outline.chapters.len(), "title": outline.title });
        let action = format!("Planned {} chapters", outline.chapters.len());
        desk.log_with(SPEAKER, action, details, Level::Info).await;
    }
    Ok(Answer { output, offline })
}

async fn plan_by_model(
    tools: &LekhTools,
    desk: &AgentContext,
    input: &ArchitectInput,
) -> Result<ArchitectOutput, AgentError> {
    let mut messages = vec![Message::User(material(input))];
    let mut problems = Vec::new();

    for _ in 0..=REWRITES {
        let question = Question {
            speaker: SPEAKER,
            system: prompts::architect(),
            messages: messages.clone(),
            tools: None,
            shown: "logline",
        };
        let plan: ModelBookPlan = tools.engines.models.think(desk, question).await?;
        if let Some(asked) = plan.question.as_ref().filter(|_| input.answers.is_empty()) {
            return Ok(ArchitectOutput::Question(ask(asked)));
        }

        match settle(input, plan) {
            Ok(outline) => return Ok(ArchitectOutput::Outline(outline)),
            Err(found) => problems = found,
        }
        messages.push(Message::User(format!(
            "That plan can not be used:\n- {}\nWrite the whole corrected plan.",
            problems.join("\n- ")
        )));
    }

    Err(AgentError::Unusable {
        what: "plan",
        problems,
    })
}

fn material(input: &ArchitectInput) -> String {
    let earlier = input.earlier.as_ref().map(|book| {
        let outline = &book.outline;
        let people: Vec<&str> = book.cast.people.iter().map(|one| one.entity.name.as_str()).collect();
        let places: Vec<&str> = book.cast.places.iter().map(|one| one.entity.name.as_str()).collect();
        let told: Vec<String> = outline
            .scenes()
            .map(|(chapter, scene)| {
                format!("chapter {chapter}, until minute {}: {}", scene.until, scene.outcome)
            })
            .collect();
        format!(
            "BOOK\nTitle: {}\nPeople: {}\nPlaces: {}\nTold:\n{}\nEND OF BOOK\n\nGo on behind its last chapter.\n\n",
            outline.title,
            people.join(", "),
            places.join(", "),
            told.join("\n")
        )
    });
    let answers: Vec<String> = input
        .answers
        .iter()
        .map(|answer| format!("Answered: {} = {}", answer.question, answer.value))
        .collect();

    format!(
        "{}WISH\n{}\nGenres: {}\n{}\nEND OF WISH\n\nChapters: {}, of about {} words each.",
        earlier.unwrap_or_default(),
        input.prompt,
        input.genres.join(", "),
        answers.join("\n"),
        input.chapters,
        input.words_per_chapter
    )
}

fn ask(asked: &ModelQuestion) -> AuthorQuestion {
    let choices: Vec<String> = asked
        .choices
        .iter()
        .map(|choice| one_line(choice, LINE))
        .collect();

    AuthorQuestion {
        key: "author".to_owned(),
        reason: one_line(&asked.reason, TEXT),
        prompt: one_line(&asked.prompt, TEXT),
        response_schema: json!({ "enum": choices }),
        default: json!(choices.first()),
    }
}

/// The plan as it is taken, or all that is wrong with it. What has one right form is put into it.
fn settle(input: &ArchitectInput, plan: ModelBookPlan) -> Result<BookOutline, Vec<String>> {
    let mut problems = Vec::new();
    let wanted = input.chapters as usize;
    if plan.chapters.len() != wanted {
        problems.push(format!(
            "it has {} chapters; {wanted} are asked for",
            plan.chapters.len()
        ));
    }
    let title = one_line(&plan.title, LINE);
    if title.is_empty() {
        problems.push("it has no title".to_owned());
    }
    let point_of_view = key_of(&plan.point_of_view);
    if point_of_view.is_none() {
        problems.push("nobody sees it: `point_of_view` is no name".to_owned());
    }

    let earlier = input.earlier.as_ref().map(|book| &book.outline);
    let first = earlier.map_or(1, |outline| {
        outline
            .chapters
            .iter()
            .map(|chapter| chapter.number)
            .max()
            .unwrap_or(0)
            + 1
    });
    let mut settling = PlanSettling {
        clock: earlier.map_or(0, |outline| {
            outline.scenes().map(|(_, scene)| scene.until).max().unwrap_or(0)
        }),
        last: earlier.and_then(|outline| outline.scenes().last().map(|(_, scene)| scene.key.clone())),
        problems,
        busy: BTreeSet::new(),
    };

    let mut chapters = Vec::with_capacity(plan.chapters.len());
    for (number, chapter) in (first..).zip(plan.chapters) {
        chapters.push(settling.settle_chapter(number, input.words_per_chapter, chapter));
    }
    let Some(point_of_view) = point_of_view.filter(|_| settling.problems.is_empty()) else {
        return Err(settling.problems);
    };

    let last = first + input.chapters - 1;
    Ok(BookOutline {
        title,
        logline: one_line(&plan.logline, TEXT),
        genre: read_genre(&input.genres),
        premise: None,
        setting: Setting {
            place: one_line(&plan.place, LINE),
            time: one_line(&plan.time, LINE),
            mood: one_line(&plan.mood, LINE),
        },
        themes: plan.themes.iter().map(|theme| one_line(theme, LINE)).collect(),
        point_of_view,
        person: plan.person,
        tense: plan.tense,
        promises: plan
            .promises
            .iter()
            .filter_map(|promise| settle_promise(promise, first, last))
            .collect(),
        chapters,
    })
}

fn settle_promise(promise: &ModelPromise, first: u32, last: u32) -> Option<PlannedPromise> {
    let planted_chapter = promise.planted_chapter.clamp(first, last);
    Some(PlannedPromise {
        key: key_of(&promise.name)?,
        text: one_line(&promise.text, TEXT),
        who: None,
        planted_chapter,
        due_chapter: promise.due_chapter.clamp(planted_chapter, last),
    })
}

fn read_genre(genres: &[String]) -> Genre {
    let named = genres.iter().find_map(|genre| {
        let word = genre.replace(' ', "_");
        Genre::ALL.into_iter().find(|known| known.as_str() == word)
    });
    named.unwrap_or_default()
}

/// A plan being read, scene after scene.
struct PlanSettling {
    /// Until when the book has told.
    clock: StoryTime,
    last: Option<Key>,
    problems: Vec<String>,
    busy: BTreeSet<(Key, StoryTime)>,
}

impl PlanSettling {
    fn settle_chapter(&mut self, number: u32, words: u32, chapter: ModelBookChapter) -> BookChapter {
        let count = u32::try_from(chapter.scenes.len().clamp(1, SCENES_MAX)).unwrap_or(1);
        let scenes = (1..).zip(chapter.scenes.into_iter().take(SCENES_MAX));
        let scenes = scenes.map(|(scene, plan)| self.settle_scene((number, scene), words / count, plan));

        BookChapter {
            number,
            title: one_line(&chapter.title, LINE),
            purpose: one_line(&chapter.purpose, TEXT),
            genre: None,
            premise: None,
            words,
            scenes: scenes.flatten().collect(),
        }
    }

    fn settle_scene(
        &mut self,
        (chapter, number): (u32, u32),
        words: u32,
        plan: ModelScene,
    ) -> Option<ScenePlan> {
        let at = format!("chapter {chapter}, scene {number}");
        let place = key_of(&plan.place);
        if place.is_none() {
            self.problems.push(format!("{at} is nowhere"));
        }
        let present: Vec<Key> = plan.present.iter().filter_map(|name| key_of(name)).collect();
        if present.is_empty() {
            self.problems.push(format!("nobody is in {at}"));
        }

        // A scene may be told late; one whose times can't be happens after the last.
        let (from, until) = match plan.from < plan.until {
            true => (plan.from, plan.until),
            false => (self.clock, self.clock + SCENE_MINUTES),
        };
        for who in &present {
            if !self.busy.insert((who.clone(), from)) {
                self.problems.push(format!(
                    "{who} is in two scenes that begin at minute {from}, one of them {at}"
                ));
            }
        }
        self.clock = self.clock.max(until);

        let key = Key::parse(&format!("s-{chapter:02}-{number}"))?;
        let link = match plan.against {
            true => CauseLink::But,
            false => CauseLink::Therefore,
        };
        let because = self.last.replace(key.clone()).map(|scene| Cause { scene, link });

        Some(ScenePlan {
            key,
            number,
            title: one_line(&plan.title, LINE),
            place: place?,
            from,
            until,
            point_of_view: present.first()?.clone(),
            present,
            goal: one_line(&plan.goal, TEXT),
            obstacle: one_line(&plan.obstacle, TEXT),
            outcome: one_line(&plan.outcome, TEXT),
            because,
            promises: Vec::new(),
            words,
            beats: Vec::new(),
        })
    }
}
