//! Names of the story and its chapters, what each chapter is for, and the road that the opening announces.

use super::facts::{FactSection, Facts};
use super::grammar;
use super::model::{StorySpec, Style};
use super::plan::Draft;
use crate::analysis::Analysis;

/// Title and summary of the whole. `route` is what it tells, as [`route`] says it.
pub(super) fn of_story(
    analysis: &Analysis,
    wish: &StorySpec,
    facts: &Facts,
    route: &str,
) -> (String, String) {
    let name = grammar::sentences(facts.globals.get("name").map_or("this project", String::as_str));
    let name = name.trim_end_matches('.');
    let title = match wish.style {
        Style::Documentary => format!("{name}: the story of {}", what(analysis)),
        Style::Tutorial => format!("Finding your way in {name}"),
        Style::Podcast => format!("An episode about {name}"),
        Style::Fiction => format!("The city of {name}"),
        Style::Technical => format!("{name}: a technical briefing"),
    };

    let told = if route.is_empty() {
        "what little there is to tell"
    } else {
        route
    };

    let summary = format!(
        "{} narration of {}, {}, for {} listeners: {told}.",
        grammar::sentences(&grammar::with_article(wish.style.as_str())).trim_end_matches('.'),
        analysis.repo.name,
        what(analysis),
        wish.technical_depth
    );

    (title, summary)
}

fn what(analysis: &Analysis) -> String {
    let kind = analysis.kind.label();
    let main = analysis
        .main_language
        .as_deref()
        .or_else(|| Some(analysis.languages.first()?.name.as_str()));
    let mostly = |name: &&str| {
        let own = analysis.languages.iter().find(|language| language.name == *name);
        own.is_some_and(|language| language.share > 0.5)
    };

    // "A Rust library", but not "a Markdown collection of documents".
    let plain = kind.split_whitespace().count() < 4;
    match (main.filter(mostly).filter(|_| plain), kind.split_once(' ')) {
        (Some(language), Some((_, noun))) => grammar::with_article(&format!("{language} {noun}")),
        _ => kind.to_owned(),
    }
}

/// Title and purpose of one chapter.
pub(super) fn of_chapter(
    analysis: &Analysis,
    style: Style,
    facts: &Facts,
    draft: &Draft,
) -> (String, String) {
    let Some(main) = draft.main() else {
        return (String::new(), String::new());
    };
    let names: Vec<&str> = main
        .groups
        .iter()
        .map(|group| group.name.as_str())
        .take(2)
        .collect();

    let title = match main.section {
        FactSection::Modules => module_title(style, &names, main.part),
        section => section_title(style, section).to_owned(),
    };
    let name = facts.globals.get("name").map_or("the project", String::as_str);
    let topics: Vec<String> = draft
        .blocks
        .iter()
        .map(|block| topic(block.section, &block.groups))
        .collect();
    let purpose = format!("Tells {} of {name}: {}.", verb(style), grammar::list(&topics));
    let title = if analysis.files_total == 0 {
        "An empty repository".to_owned()
    } else {
        title
    };

    (
        grammar::sentences(&title).trim_end_matches('.').to_owned(),
        purpose,
    )
}

fn verb(style: Style) -> &'static str {
    match style {
        Style::Documentary => "the story",
        Style::Tutorial => "you what you need to know",
        Style::Podcast => "listeners",
        Style::Fiction => "the tale",
        Style::Technical => "the facts",
    }
}

fn topic(section: FactSection, groups: &[super::facts::Group]) -> String {
    match section {
        FactSection::Modules => {
            let names: Vec<String> = groups
                .iter()
                .take(3)
                .map(|group| format!("the {}", group.name))
                .collect();
            grammar::list(&names)
        }
        other => road_sign(other).to_owned(),
    }
}

fn road_sign(section: FactSection) -> &'static str {
    match section {
        FactSection::Opening => "what it is and for whom",
        FactSection::History => "how it grew and who made it",
        FactSection::Layout => "how it is laid out",
        FactSection::Path => "the way in and the way through",
        FactSection::Modules => "its modules",
        FactSection::Dependencies => "what it leans on",
        FactSection::Tests => "how it is tested",
        FactSection::Habits => "how it is kept in order",
        FactSection::Reading => "what to read first",
        FactSection::Closing => "what to keep in mind",
    }
}

/// The road ahead, for the opening: "how it grew, its modules and how it is tested".
pub(super) fn route(drafts: &[Draft]) -> String {
    let mut signs: Vec<&str> = Vec::new();
    for block in drafts.iter().flat_map(|draft| &draft.blocks) {
        let sign = road_sign(block.section);
        let told = matches!(
            block.section,
            FactSection::Opening | FactSection::Closing | FactSection::Habits
        );
        if !told && !signs.contains(&sign) && block.seconds > 12.0 {
            signs.push(sign);
        }
    }

    if signs.len() < 3 {
        String::new()
    } else {
        grammar::list(&signs)
    }
}

fn module_title(style: Style, names: &[&str], part: usize) -> String {
    let both = names.iter().map(|name| format!("the {name}")).collect::<Vec<_>>();
    let both = grammar::list(&both);

    match (style, part % 3) {
        (Style::Documentary, 0) => format!("Inside {both}"),
        (Style::Documentary, 1) => format!("Further in: {both}"),
        (Style::Documentary, _) => format!("At work in {both}"),
        (Style::Tutorial, 0) => format!("Step by step through {both}"),
        (Style::Tutorial, 1) => format!("Your next stop: {both}"),
        (Style::Tutorial, _) => format!("Getting to know {both}"),
        (Style::Podcast, 0) => format!("Let's open up {both}"),
        (Style::Podcast, 1) => format!("What is going on in {both}?"),
        (Style::Podcast, _) => format!("A closer listen to {both}"),
        (Style::Fiction, 0) => format!("The houses of {both}"),
        (Style::Fiction, 1) => format!("Down the lane to {both}"),
        (Style::Fiction, _) => format!("Behind the doors of {both}"),
        (Style::Technical, _) => format!("Components: {both}"),
    }
}

fn section_title(style: Style, section: FactSection) -> &'static str {
    use FactSection::{
        Closing, Dependencies, Habits, History, Layout, Modules, Opening, Path, Reading, Tests,
    };

    match (style, section) {
        (Style::Documentary, Opening) => "What it is",
        (Style::Documentary, History) => "How it came to be",
        (Style::Documentary, Layout) => "The shape of the place",
        (Style::Documentary, Path) => "The path of one call",
        (Style::Documentary, Dependencies) => "The shoulders it stands on",
        (Style::Documentary, Tests) => "How it is kept honest",
        (Style::Documentary, Habits) => "The daily work",
        (Style::Documentary, Reading) => "Where a reader would begin",
        (Style::Documentary, Closing) => "What remains",
        (Style::Tutorial, Opening) => "Before you start",
        (Style::Tutorial, History) => "A little background",
        (Style::Tutorial, Layout) => "Get your bearings",
        (Style::Tutorial, Path) => "Follow one call",
        (Style::Tutorial, Dependencies) => "What you will need around it",
        (Style::Tutorial, Tests) => "Check your footing",
        (Style::Tutorial, Habits) => "Working on it day to day",
        (Style::Tutorial, Reading) => "What to read next",
        (Style::Tutorial, Closing) => "Check yourself",
        (Style::Podcast, Opening) => "So, what is this thing?",
        (Style::Podcast, History) => "Who made this, and when?",
        (Style::Podcast, Layout) => "A look around",
        (Style::Podcast, Path) => "Following a call home",
        (Style::Podcast, Dependencies) => "Friends of the show",
        (Style::Podcast, Tests) => "Do they test it, though?",
        (Style::Podcast, Habits) => "Housekeeping",
        (Style::Podcast, Reading) => "Homework, if you like",
        (Style::Podcast, Closing) => "Before we go",
        (Style::Fiction, Opening) => "Arrival",
        (Style::Fiction, History) => "The chronicle",
        (Style::Fiction, Layout) => "A map of the districts",
        (Style::Fiction, Path) => "Through the gate",
        (Style::Fiction, Dependencies) => "Merchants from abroad",
        (Style::Fiction, Tests) => "The night watch",
        (Style::Fiction, Habits) => "The keepers of order",
        (Style::Fiction, Reading) => "Letters left for the traveller",
        (Style::Fiction, Closing) => "The road home",
        (Style::Technical, Opening) => "Summary and size",
        (Style::Technical, History) => "Change history",
        (Style::Technical, Layout) => "Structure",
        (Style::Technical, Path) => "Entry points and call path",
        (Style::Technical, Dependencies) => "Dependencies",
        (Style::Technical, Tests) => "Testing",
        (Style::Technical, Habits) => "Operations and code health",
        (Style::Technical, Reading) => "Reading order",
        (Style::Technical, Closing) => "Conclusions",
        (_, Modules) => "The modules",
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
