//! The character smith: the people, places, things and facts of a planned book. By a model or by the offline author.

use std::sync::Arc;

use kit::actor::Tier;
use proto::tasks::Level;
use proto::tasks::fiction::CHARACTER_SMITH;
use proto::tasks::fiction::cast::{
    Appearance, Cast, CharacterSmithInput, Item, Person, Place, Pronoun, Role, StoryFact,
};
use proto::tasks::fiction::ledger::{Entity, EntityKind, FactObject, Key, LedgerFact};
use proto::tasks::fiction::plan::BookOutline;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, json};

use super::names::{find_entity, key_of, one_line};
use super::{LekhTools, or_offline, prompts, refuse};
use crate::agent_context::AgentContext;
use crate::agents::thinking::Question;
use crate::error::AgentError;
use crate::llm::Message;
use crate::registry::{Agent, AgentName, Answer, Instructions};

const NAME: AgentName = AgentName {
    name: CHARACTER_SMITH,
    description: "Character smith: makes the people, places, things and facts of a planned book.",
    least_tier: Tier::Free,
};
const SPEAKER: &str = "Character Smith";
const LINE: usize = 200;
const TEXT: usize = 500;

pub(super) fn agent(tools: Arc<LekhTools>) -> Agent {
    let instructions = Instructions::from_fragments(&prompts::FRAGMENTS).with_answer::<ModelCast>();

    Agent::new(NAME, instructions, move |input, desk| {
        let tools = Arc::clone(&tools);
        async move { run(&tools, &desk, input).await }
    })
}

/// A model's answer.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct ModelCast {
    /// One sentence about those who meet in this book.
    about: String,
    #[schemars(length(max = 30))]
    people: Vec<ModelPerson>,
    #[schemars(length(max = 40))]
    places: Vec<ModelPlace>,
    #[schemars(length(max = 30))]
    items: Vec<ModelItem>,
    #[schemars(length(max = 60))]
    facts: Vec<ModelFact>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct ModelPerson {
    name: String,
    role: Role,
    pronoun: Pronoun,
    age: Option<u32>,
    profession: Option<String>,
    goal: String,
    obstacle: String,
    #[schemars(length(max = 5))]
    traits: Vec<String>,
    /// How they speak.
    voice: String,
    eyes: Option<String>,
    hair: Option<String>,
    build: Option<String>,
    mark: Option<String>,
    secret: Option<String>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct ModelPlace {
    name: String,
    /// `harbour`, `kitchen`, `street`.
    sort: String,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct ModelItem {
    name: String,
    /// Who has it when the book begins.
    holder: Option<String>,
    /// Where it lies, if nobody has it.
    place: Option<String>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct ModelFact {
    /// The name of a person, a place or a thing.
    subject: String,
    /// `sold`, `is afraid of`.
    predicate: String,
    object: String,
    /// As a clause.
    statement: String,
    /// Names of those who know it.
    #[schemars(length(max = 12))]
    known_by: Vec<String>,
    hidden: bool,
}

async fn run(
    tools: &LekhTools,
    desk: &AgentContext,
    input: CharacterSmithInput,
) -> Result<Answer<Cast>, AgentError> {
    let made = match tools.engines.models.available(desk) {
        true => or_offline(desk, SPEAKER, cast_by_model(tools, desk, &input).await).await?,
        false => None,
    };
    let (output, offline) = match made {
        Some(cast) => (cast, false),
        None => {
            let cast = tools
                .engines
                .bench
                .run(move |_| fiction::cast_book(&input))
                .await?;
            (cast.map_err(|error| refuse(desk, &error))?, true)
        }
    };

    let details = json!({ "tool": "make_cast", "people": output.people.len(), "facts": output.facts.len() });
    let action = format!("Made {} people", output.people.len());
    desk.log_with(SPEAKER, action, details, Level::Info).await;
    Ok(Answer { output, offline })
}

async fn cast_by_model(
    tools: &LekhTools,
    desk: &AgentContext,
    input: &CharacterSmithInput,
) -> Result<Cast, AgentError> {
    let outline = serde_json::to_string(&input.outline).unwrap_or_default();
    let wish = format!(
        "WISH\n{}\nEND OF WISH\n\nBOOK\n{outline}\nEND OF BOOK",
        input.brief.prompt
    );
    let question = Question {
        speaker: SPEAKER,
        system: prompts::character_smith(),
        messages: vec![Message::User(wish)],
        tools: None,
        shown: "about",
    };
    let model: ModelCast = tools.engines.models.think(desk, question).await?;

    Ok(settle(input, model))
}

/// The cast as it is taken: whom the plan names is in it, a name is there once, and nothing refers to what is not there.
fn settle(input: &CharacterSmithInput, model: ModelCast) -> Cast {
    let mut cast = match &input.brief.earlier {
        Some(book) => book.cast.clone(),
        None => Cast::default(),
    };
    for person in model.people {
        add_person(&mut cast, person);
    }
    for place in model.places {
        if let Some(entity) = new_entity(&cast, &place.name, EntityKind::Place) {
            cast.places.push(Place {
                entity,
                sort: one_line(&place.sort, LINE),
                travel: Vec::new(),
            });
        }
    }
    add_planned(&mut cast, &input.outline);

    for item in model.items {
        if let Some(entity) = new_entity(&cast, &item.name, EntityKind::Item) {
            let find = |name: Option<&String>, kind| name.and_then(|name| find_entity(&cast, name, kind));
            let (holder, place) = (
                find(item.holder.as_ref(), EntityKind::Character),
                find(item.place.as_ref(), EntityKind::Place),
            );
            cast.items.push(Item {
                entity,
                place: place.filter(|_| holder.is_none()),
                holder,
            });
        }
    }
    for fact in model.facts {
        add_fact(&mut cast, &fact);
    }

    cast
}

fn add_person(cast: &mut Cast, model: ModelPerson) {
    let Some(entity) = new_entity(cast, &model.name, EntityKind::Character) else {
        return;
    };
    let line = |text: Option<String>| {
        text.map(|text| one_line(&text, LINE))
            .filter(|text| !text.is_empty())
    };

    cast.people.push(Person {
        entity,
        role: model.role,
        pronoun: model.pronoun,
        age: model.age.filter(|age| *age < 200),
        profession: line(model.profession),
        goal: one_line(&model.goal, TEXT),
        obstacle: one_line(&model.obstacle, TEXT),
        traits: model.traits.iter().map(|one| one_line(one, LINE)).collect(),
        voice: one_line(&model.voice, LINE),
        appearance: Appearance {
            eyes: line(model.eyes),
            hair: line(model.hair),
            build: line(model.build),
            mark: line(model.mark),
        },
        secret: line(model.secret),
        skills: Vec::new(),
    });
}

/// Those of the plan whom the model forgot.
fn add_planned(cast: &mut Cast, outline: &BookOutline) {
    let scenes: Vec<_> = outline.scenes().map(|(_, scene)| scene).collect();
    let people = scenes
        .iter()
        .flat_map(|scene| scene.present.iter().chain([&scene.point_of_view]));
    for key in people.chain([&outline.point_of_view]) {
        if cast.person(key).is_none() {
            cast.people.push(Person {
                entity: entity(key.clone(), &name_of(key), EntityKind::Character),
                role: Role::Other,
                pronoun: Pronoun::They,
                age: None,
                profession: None,
                goal: String::new(),
                obstacle: String::new(),
                traits: Vec::new(),
                voice: String::new(),
                appearance: Appearance::default(),
                secret: None,
                skills: Vec::new(),
            });
        }
    }

    for scene in scenes {
        if cast.place(&scene.place).is_none() {
            cast.places.push(Place {
                entity: entity(scene.place.clone(), &name_of(&scene.place), EntityKind::Place),
                sort: String::new(),
                travel: Vec::new(),
            });
        }
    }
}

fn add_fact(cast: &mut Cast, model: &ModelFact) {
    let kinds = EntityKind::ALL;
    let find = |name: &str| kinds.into_iter().find_map(|kind| find_entity(cast, name, kind));
    let predicate = one_line(&model.predicate, LINE);
    let object = one_line(&model.object, TEXT);
    let Some(subject) = find(&model.subject).filter(|_| !predicate.is_empty() && !object.is_empty()) else {
        return;
    };
    let key = Key::parse(&format!("f-{:02}", cast.facts.len() + 1));
    let Some(key) = key.filter(|key| cast.fact(key).is_none()) else {
        return;
    };

    let known_by = model.known_by.iter();
    let known_by = known_by.filter_map(|name| find_entity(cast, name, EntityKind::Character));
    let fact = StoryFact {
        statement: one_line(&model.statement, TEXT),
        known_by: known_by.collect(),
        hidden: model.hidden,
        fact: LedgerFact {
            key,
            subject,
            predicate,
            object: find(&model.object).map_or(FactObject::Text(object), FactObject::Entity),
            from: None,
            until: None,
        },
    };
    cast.facts.push(fact);
}

/// `None` for a name that is none, or that somebody or something has.
fn new_entity(cast: &Cast, name: &str, kind: EntityKind) -> Option<Entity> {
    let name = one_line(name, LINE);
    let key = key_of(&name)?;
    let taken = cast.entities().any(|known| known.key == key);

    (!taken).then(|| entity(key, &name, kind))
}

fn entity(key: Key, name: &str, kind: EntityKind) -> Entity {
    Entity {
        key,
        kind,
        name: name.to_owned(),
        aliases: Vec::new(),
        details: Map::new(),
        scene: None,
    }
}

/// `mira-voss` is `Mira Voss`.
fn name_of(key: &Key) -> String {
    let words = key
        .as_str()
        .split(['-', '_', '.'])
        .filter(|word| !word.is_empty());
    let words = words.map(|word| {
        let mut chars = word.chars();
        let first = chars.next().into_iter().flat_map(char::to_uppercase);
        first.chain(chars).collect::<String>()
    });
    words.collect::<Vec<_>>().join(" ")
}
