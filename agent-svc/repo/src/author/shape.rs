//! The shape of a story by its material: which topics it has, in which order, how much of the time each may take, and
//! what its chapters are called. Tables; never looks at facts.

mod order;

pub(super) use order::order;

use super::grammar;
use super::model::{Depth, Style};
use crate::analysis::model::Material;

/// A part of a story.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Topic {
    /// What it is, for whom, and what one would use instead.
    What,
    /// What the listener asked about.
    Focus,
    Features,
    /// How it works, in its authors' words.
    How,
    /// One call followed.
    Call,
    Structures,
    /// Variables, options, columns, settings.
    Declared,
    /// What it holds, part by part.
    Contents,
    Usage,
    Decisions,
    Caveats,
    Parts,
    Dependencies,
    Promises,
    Growth,
    Start,
    /// Limits of the telling.
    End,
}

use Topic::{
    Call, Caveats, Contents, Decisions, Declared, Dependencies, End, Features, Focus, Growth, How, Parts,
    Promises, Start, Structures, Usage, What,
};

/// What a style does to a topic's weight: it decides what is told.
pub(super) fn leaning(style: Style, topic: Topic) -> f64 {
    match (style, topic) {
        (Style::Documentary, Growth) => 1.5,
        (Style::Documentary, Decisions) => 1.2,
        (Style::Documentary, Declared | Dependencies) => 0.7,
        (Style::Tutorial, Usage | Start) => 2.4,
        (Style::Tutorial, Call) => 1.3,
        (Style::Tutorial, Growth) => 0.15,
        (Style::Tutorial, Decisions | Features) => 0.7,
        (Style::Podcast, Decisions | Caveats) => 1.7,
        (Style::Podcast, Growth) => 1.5,
        (Style::Podcast, Structures | Declared) => 0.5,
        (Style::Fiction, Call) => 1.7,
        (Style::Fiction, Parts | Growth) => 1.4,
        (Style::Fiction, Usage | Declared | Dependencies) => 0.4,
        (Style::Technical, Structures | Declared) => 2.0,
        (Style::Technical, Call) => 1.4,
        (Style::Technical, Dependencies | Promises) => 1.5,
        (Style::Technical, Growth) => 0.2,
        (Style::Technical, What) => 0.8,
        (Style::Technical, Features) => 0.7,
        _ => 1.0,
    }
}

/// What the listener's experience does to a topic's weight.
pub(super) fn experience(depth: Depth, topic: Topic) -> f64 {
    match (depth, topic) {
        (Depth::Beginner, What | Usage | Start) => 1.5,
        (Depth::Beginner, Features | Contents) => 1.3,
        (Depth::Beginner, Structures | Dependencies) => 0.3,
        (Depth::Beginner, Call | Decisions | Promises) => 0.8,
        (Depth::Advanced, What | Features) => 0.7,
        (Depth::Advanced, Usage | Start) => 0.5,
        (Depth::Advanced, Call | Decisions) => 1.4,
        (Depth::Advanced, Structures | Promises) => 1.6,
        _ => 1.0,
    }
}

/// Words that a title may need.
#[derive(Clone, Copy)]
pub(super) struct Titled<'a> {
    pub name: &'a str,
    /// The first step of the call, as it is said.
    pub entry: &'a str,
    /// A heading or a subject of the chapter.
    pub subject: &'a str,
}

/// A chapter's title, by what it is mainly about.
pub(super) fn title(material: Material, style: Style, topic: Topic, of: &Titled<'_>) -> String {
    let Titled { name, entry, subject } = of;
    if topic == Focus {
        return grammar::sentences(subject).trim_end_matches('.').to_owned();
    }

    let subject = if subject.is_empty() { name } else { subject };
    let entry = if entry.is_empty() { name } else { entry };
    match style {
        Style::Podcast => podcast_title(topic, name, entry, subject),
        Style::Fiction => fiction_title(topic, name, entry),
        Style::Tutorial if matches!(topic, Usage | Start | Call) => match topic {
            Usage => format!("Use {name} yourself"),
            Start => format!("Start {name} on your machine"),
            _ => format!("Read along from {entry}"),
        },
        Style::Documentary | Style::Technical | Style::Tutorial => {
            plain_title(material, topic, name, entry, subject)
        }
    }
}

fn plain_title(material: Material, topic: Topic, name: &str, entry: &str, subject: &str) -> String {
    match (material, topic) {
        (Material::Server, What) => format!("What {name} serves"),
        (Material::Server, Call) => format!("One request, from {entry} on"),
        (Material::Server, Structures) => format!("The data of {name}"),
        (Material::Library, What) => format!("The promise of {name}"),
        (Material::Library, Usage) => format!("A first example of {name}"),
        (Material::Library, Call) => format!("Inside a call: {entry}"),
        (Material::Tool, What) => format!("The job that {name} does"),
        (Material::Tool, Call) => format!("One run, from {entry} to its end"),
        (Material::Tool, Declared | Usage) => format!("Flags and habits of {name}"),
        (Material::WebApplication, What) => format!("{name} in the browser"),
        (Material::WebApplication, Call) => format!("From a click through {entry}"),
        (Material::Game, What | Usage) => format!("How {name} is played"),
        (Material::Game, Call) => format!("One turn: {entry}"),
        (Material::Game, Structures) => format!("The pieces of {name}"),
        (Material::Infrastructure, What) => format!("What {name} creates"),
        (Material::Infrastructure, Declared) => format!("Inputs and resources of {name}"),
        (Material::Infrastructure, Decisions | Caveats) => format!("Choices and limits of {name}"),
        (Material::Documents, Contents) => grammar::sentences(subject).trim_end_matches('.').to_owned(),
        (Material::Documents, What) => format!("What {name} is about"),
        (Material::Data, What) => format!("The question behind {name}"),
        (Material::Data, Contents | Declared) => format!("What the data of {name} holds"),
        (Material::Data, How | Call) => "From raw data to results".to_owned(),
        (Material::Configuration, What | Start) => format!("Setting up with {name}"),
        (Material::Configuration, Declared) => "Shortcuts and settings".to_owned(),
        (Material::Configuration, Call) => format!("What {entry} changes on a machine"),
        (Material::Configuration, Usage) => "Making it your own".to_owned(),
        (Material::Teaching, What) => format!("Who learns what from {name}"),
        (Material::Teaching, Contents) => format!("The path of the lessons: {subject}"),
        (Material::Firmware, What | How) => format!("{name} on the board"),
        (Material::Firmware, Call) => format!("Power on: {entry}"),
        (_, Features) => format!("What {name} can do"),
        (_, How) => format!("How {name} works"),
        (_, Call) => format!("Following {entry}"),
        (_, Structures) => format!("The data inside {name}"),
        (Material::Server | Material::WebApplication, Declared) => format!("What {name} answers to"),
        (_, Declared) => format!("What can be set in {name}"),
        (_, Contents) => format!("What {name} holds"),
        (_, Usage) => format!("{name} in use"),
        (_, Decisions) => format!("Why {name} is built this way"),
        (_, Caveats) => format!("Limits of {name}"),
        (_, Parts) => format!("The parts of {name}"),
        (_, Dependencies) => format!("What {name} leans on"),
        (_, Promises) => format!("What the tests of {name} promise"),
        (_, Growth) => format!("How {name} grew"),
        (_, Start) => format!("Where to begin with {name}"),
        (_, Focus | End) => format!("A word on {name}"),
    }
}

fn podcast_title(topic: Topic, name: &str, entry: &str, subject: &str) -> String {
    match topic {
        What => format!("So what is {name}?"),
        Features | Contents => format!("What do you get with {name}?"),
        How => format!("How does {name} do it?"),
        Call => format!("What happens in {entry}?"),
        Structures | Declared => format!("What does {name} remember?"),
        Usage => format!("How would I use {name}?"),
        Decisions => "Why on earth that way?".to_owned(),
        Caveats => format!("Where does {name} stop?"),
        Parts => format!("Who does what in {name}?"),
        Dependencies => format!("Whose help does {name} take?"),
        Promises => format!("Can I trust {name}?"),
        Growth => format!("Who made {name}?"),
        Start => "Where do I begin?".to_owned(),
        Focus | End => format!("What about {subject}?"),
    }
}

fn fiction_title(topic: Topic, name: &str, entry: &str) -> String {
    match topic {
        What => format!("A stranger in {name}"),
        Features | Contents => format!("The market of {name}"),
        How => format!("Below the streets of {name}"),
        Call => format!("The messenger of {entry}"),
        Structures | Declared => "The ledgers".to_owned(),
        Usage => "A day's work".to_owned(),
        Decisions => "What the elders decided".to_owned(),
        Caveats => "Where the walls are thin".to_owned(),
        Parts => format!("The guilds of {name}"),
        Dependencies => "Merchants from abroad".to_owned(),
        Promises => "The oaths of the night watch".to_owned(),
        Growth => format!("The chronicle of {name}"),
        Start => "The road in".to_owned(),
        Focus | End => "At the gate".to_owned(),
    }
}

/// What a chapter gives, for its plan.
pub(super) fn gives(topic: Topic) -> &'static str {
    match topic {
        What => "what it is and for whom",
        Focus => "what was asked for",
        Features => "what it can do",
        How => "how it works",
        Call => "one call followed through the code",
        Structures => "the data it works on",
        Declared => "what is declared and can be set",
        Contents => "what it holds",
        Usage => "how it is used",
        Decisions => "why it is built this way",
        Caveats => "where its limits are",
        Parts => "its parts and their tasks",
        Dependencies => "what it leans on",
        Promises => "what its tests promise",
        Growth => "how it grew and who made it",
        Start => "how to start and what to open first",
        End => "the limits of this telling",
    }
}

/// Two chapters never carry the same name.
pub(super) fn make_unique(titles: &mut [&mut String]) {
    for index in 1..titles.len() {
        let same = titles[..index]
            .iter()
            .filter(|earlier| ***earlier == *titles[index])
            .count();
        if same > 0 {
            let number = grammar::number(same as u64 + 1);
            titles[index].push_str(&format!(", part {number}"));
        }
    }
}
