//! Which course of events a book takes, and what it is about: from the event that its prompt tells of, or, when it tells of
//! none, by the seed from those that suit the genre.

use proto::tasks::fiction::plan::{ArchitectInput, Genre, Premise};

use crate::{
    bank::find_text,
    brief::{Brief, Event, EventKind},
    chance::Chance,
    genre::Stage,
    world::may_be_dead,
};

/// The course of events that a genre has of its own.
const OWN: &str = "";

/// What suits a genre, its own first.
const fn list_courses(genre: Genre) -> &'static [&'static str] {
    match genre {
        Genre::Mystery => &[OWN, "theft", "missing", "fire", "poison", "find"],
        Genre::Thriller => &[OWN, "missing", "find", "fire", "theft"],
        Genre::Romance => &[OWN, "rival", "find"],
        Genre::Fantasy => &[
            OWN, "journey", "sign", "theft", "fire", "poison", "missing", "find",
        ],
        Genre::ScienceFiction => &[OWN, "sign"],
        Genre::Horror => &[OWN, "sign", "missing", "poison", "fire", "find"],
        Genre::Historical => &[OWN, "fire", "theft", "journey", "poison", "missing", "find"],
        Genre::Literary => &[OWN, "missing", "find", "rival", "fire", "journey"],
        Genre::Children => &[OWN, "theft", "find", "journey", "missing", "sign"],
        Genre::Adventure => &[OWN, "journey", "theft", "missing", "fire", "find"],
    }
}

const fn name_course(kind: EventKind) -> &'static str {
    match kind {
        EventKind::Death => OWN,
        EventKind::Fire => "fire",
        EventKind::Poison => "poison",
        EventKind::Theft => "theft",
        EventKind::Find => "find",
        EventKind::Missing => "missing",
        EventKind::Sign => "sign",
        EventKind::Rival => "rival",
        EventKind::Journey => "journey",
    }
}

pub(crate) fn choose_premise(input: &ArchitectInput, brief: &Brief, genre: Genre) -> Premise {
    let used = list_used(input);
    let suited: Vec<&'static str> = list_courses(genre)
        .iter()
        .map(|course| if *course == OWN { genre.as_str() } else { course })
        .filter(|course| !used.contains(course))
        .collect();
    let told = brief.event.as_ref().map(|event| match name_course(event.kind) {
        OWN => genre.as_str(),
        course => course,
    });
    let told = told.filter(|course| suited.contains(course));
    let suited = suit_item(suited, brief, genre);
    let course = told.filter(|course| suited.contains(course)).unwrap_or_else(|| {
        let mut chance = Chance::for_purpose(input.seed, &format!("course {}", genre.as_str()));
        chance.pick(&suited).copied().unwrap_or(genre.as_str())
    });
    let event = brief.event.as_ref().filter(|_| told.is_some());

    Premise {
        course: course.to_owned(),
        matter: find_matter(event, brief)
            .unwrap_or_else(|| find_text(&format!("frame/{course}/matter")).to_owned()),
        goal: event
            .and_then(|event| event.goal.clone())
            .unwrap_or_else(|| find_text(&format!("frame/{course}/goal")).to_owned()),
        due: brief.due.clone().unwrap_or_default(),
        year: brief.year.clone().unwrap_or_default(),
        late: brief
            .describe_dead()
            .filter(|_| !may_be_dead(course))
            .unwrap_or_default(),
    }
}

/// A book about a thing is not about a well that was poisoned, and what fills a room is in nobody's pocket.
fn suit_item(suited: Vec<&'static str>, brief: &Brief, genre: Genre) -> Vec<&'static str> {
    const LARGE: &[&str] = &[
        "cello",
        "piano",
        "boat",
        "bicycle",
        "statue",
        "harp",
        "chest",
        "trunk",
        "coffin",
        "casket",
        "tapestry",
        "painting",
        "portrait",
        "robot",
        "accordion",
        "gramophone",
        "telescope",
        "umbrella",
        "sword",
        "spear",
        "shield",
        "lantern",
        "clock",
        "violin",
        "guitar",
        "drum",
        "suitcase",
        "quilt",
    ];
    let Some(item) = &brief.item else { return suited };
    let is_large = item.split(' ').any(|word| LARGE.contains(&word));
    let is_pocketed = |course: &str| matches!(course, "literary" | "thriller") && is_large;
    let is_told = brief.event.as_ref().map(|event| event.kind);
    let suits = |course: &&'static str| {
        let is_about_thing =
            *course == genre.as_str() || matches!(*course, "theft" | "find" | "journey" | "rival");
        !is_pocketed(course) && (is_about_thing || is_told.is_some())
    };
    let fitting: Vec<&'static str> = suited.iter().copied().filter(|course| suits(course)).collect();

    if fitting.is_empty() { suited } else { fitting }
}

/// A book that goes on does not take again what it has taken.
fn list_used(input: &ArchitectInput) -> Vec<&str> {
    let Some(earlier) = &input.earlier else {
        return Vec::new();
    };
    let outline = &earlier.outline;
    let mut used = vec![
        outline
            .premise
            .as_ref()
            .map_or(outline.genre.as_str(), |premise| premise.course.as_str()),
    ];
    used.extend(outline.chapters.iter().filter_map(|chapter| {
        let genre = chapter.genre?;
        Some(
            chapter
                .premise
                .as_ref()
                .map_or(genre.as_str(), |premise| premise.course.as_str()),
        )
    }));

    used
}

fn find_matter(event: Option<&Event>, brief: &Brief) -> Option<String> {
    let event = event?;
    match event.kind {
        EventKind::Theft if brief.item.is_some() => Some("{o}".to_owned()),
        EventKind::Fire | EventKind::Poison | EventKind::Sign => event.matter.clone(),
        _ => None,
    }
}

/// The thing that a book is about when its course needs one and the prompt has none.
pub(crate) fn find_stolen(brief: &Brief) -> Option<String> {
    let event = brief.event.as_ref()?;
    let matter = event
        .matter
        .as_deref()
        .filter(|_| event.kind == EventKind::Theft)?;

    Some(matter.replace("{p.his} ", "the "))
}

/// Where a course of events begins and where it comes to a head. `None` for a genre's own.
pub(crate) fn find_course_stage(course: &str, genre: Genre, days: i64) -> Option<Stage> {
    let (sort, finale_sort, finale) = match course {
        "fire" => ("archive", "house", "the house by the lamp store"),
        "poison" => ("garden", "kitchen", "the scrubbed kitchen"),
        "theft" => ("hall", "house", "the room under the roof"),
        "find" => ("house", "study", "the room with the lamp"),
        "missing" => ("house", "house", "the house with the small dog"),
        "journey" => ("road", "gate", "the parapet above the gorge"),
        "sign" if genre == Genre::ScienceFiction => ("deck", "tanks", "the closed level"),
        "sign" => ("house", "cellar", "the room below the stairs"),
        "rival" => ("kitchen", "", ""),
        _ => return None,
    };

    Some(Stage {
        sort,
        name: "",
        finale_sort,
        finale,
        days,
    })
}
