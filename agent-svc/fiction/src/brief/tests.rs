//! Prompts, and what is read from them.

use super::*;

#[test]
fn a_prompt_says_who_what_where_and_when() {
    let brief = Brief::read(
        "Mira Voss is a lighthouse keeper in Port Ellen. One winter she finds a broken compass, \
         and her rival Osric wants it. Dark, first person.",
    );

    assert_eq!(brief.people[0].name, "Mira Voss");
    assert_eq!(brief.people[1].name, "Osric");
    assert_eq!(brief.profession.as_deref(), Some("lighthouse keeper"));
    assert_eq!(brief.town.as_deref(), Some("Port Ellen"));
    assert_eq!(brief.item.as_deref(), Some("the broken compass"));
    assert_eq!(brief.season.as_deref(), Some("winter"));
    assert_eq!(brief.mood.as_deref(), Some("dark"));
    assert!(brief.tells_in_first_person);
}

#[test]
fn names_that_are_words_are_names_and_words_are_not() {
    let names = |prompt: &str| -> Vec<String> {
        Brief::read(prompt)
            .people
            .into_iter()
            .map(|person| person.name)
            .collect()
    };

    assert_eq!(names("Rose and Will find hope."), ["Rose", "Will"]);
    assert_eq!(names("A rose will give hope."), [""; 0]);
}

fn read_names(prompt: &str) -> Vec<String> {
    let people = Brief::read(prompt).people;

    people.into_iter().map(|person| person.name).collect()
}

#[test]
fn names_have_accents_particles_apostrophes_and_families_that_are_words() {
    for (prompt, names) in [
        ("Zoë Müller finds a key in São Tomé.", &["Zoë Müller"][..]),
        (
            "A baker named Rose Summer meets Jan van der Berg.",
            &["Rose Summer", "Jan van der Berg"],
        ),
        (
            "Nora O'Brien and Angus McKay open a school.",
            &["Nora O'Brien", "Angus McKay"],
        ),
        ("Will Hart writes letters to May, a pilot.", &["Will Hart", "May"]),
        (
            "Two sisters, Mercy and Joy Carrow, inherit a mill.",
            &["Mercy Carrow", "Joy Carrow"],
        ),
        (
            "Врач Анна Соколова прилетает на Европу, где пропал инженер Лев Марков.",
            &["Anna Sokolova", "Lev Markov"],
        ),
    ] {
        assert_eq!(read_names(prompt), names, "{prompt}");
    }
}

#[test]
fn what_is_called_by_a_capital_letter_and_is_nobody_is_no_person() {
    for prompt in [
        "A translator finds the minister under the Danube bridge.",
        "A Venetian glassblower loses a vase.",
        "In the city of Qarth-el-Nim a thief opens a shop.",
        "Two Norwegian sailors cross the sea on Friday.",
    ] {
        assert_eq!(read_names(prompt), [""; 0], "{prompt}");
    }
    assert_eq!(
        Brief::read("In the city of Qarth-el-Nim a thief opens a shop.")
            .town
            .as_deref(),
        Some("Qarth-el-Nim")
    );
    assert_eq!(
        Brief::read("A man is to be killed at the Danube bridge.").site,
        Some(("the Danube bridge".to_owned(), "gate".to_owned()))
    );
}

#[test]
fn whose_kin_somebody_is_decides_what_they_are_in_the_book() {
    let brief = Brief::read(
        "Hope Winters, a retired midwife, and her grandson Will look for the brass key that her late husband Mark \
         hid in the lighthouse at Sandwick. Melancholy, set in November 1926.",
    );
    let of = |name: &str| {
        let person = brief.people.iter().find(|person| person.name == name).unwrap();
        (person.relation.as_deref(), person.part, person.is_dead)
    };

    assert_eq!(of("Will"), (Some("grandson"), Some(Part::Ally), false));
    assert_eq!(of("Mark"), (Some("husband"), Some(Part::Absent), true));
    assert_eq!(brief.profession.as_deref(), Some("midwife"));
    assert_eq!(brief.age, Some((64, 74)));
    assert_eq!(brief.item.as_deref(), Some("the brass key"));
    assert_eq!(brief.site.unwrap().0, "the lighthouse");
    assert_eq!(brief.year.as_deref(), Some("November 1926"));
    assert_eq!(brief.season.as_deref(), Some("autumn"));
    assert_eq!(brief.kin, [""; 0]);

    let brief = Brief::read(
        "A baker named Rose Summer and a clockmaker, Faith's brother Jonas, quarrel over a recipe book.",
    );
    let jonas = brief.people.iter().find(|person| person.name == "Jonas").unwrap();
    assert_eq!(jonas.job.as_deref(), Some("clockmaker"));
    assert_eq!(jonas.relation, None, "he is not the baker's brother");
    assert_eq!(brief.item.as_deref(), Some("the recipe book"));

    let brief = Brief::read(
        "Two sisters inherit a mill where their father drowned. The millpond repeats their words.",
    );
    assert_eq!(
        (brief.absent_kin.as_deref(), brief.is_absent_dead),
        (Some("father"), true)
    );
    assert_eq!(brief.event.unwrap().kind, EventKind::Sign);
}

#[test]
fn who_steals_a_thing_has_to_carry_it_and_who_comes_after_them_is_the_rival() {
    let brief = Brief::read(
        "A thief called Grace steals a singing bell from the temple and must give it back before the flood. \
         Her rival, the guard captain Orhan, hunts her.",
    );
    let event = brief.event.unwrap();

    assert_eq!(
        (event.kind, event.goal.as_deref()),
        (EventKind::Journey, Some("the temple"))
    );
    assert_eq!(brief.people[1].part, Some(Part::Antagonist));
    assert_eq!(brief.people[1].relation.as_deref(), Some("rival"));
    assert_eq!(brief.people[1].job.as_deref(), Some("captain"));
    assert_eq!(brief.due.as_deref(), Some("before the flood"));
    assert_eq!(brief.item.as_deref(), Some("the singing bell"));
    assert_eq!(
        Brief::read("The minister will be killed at the bridge on Friday.")
            .due
            .as_deref(),
        Some("before Friday")
    );
}

#[test]
fn any_text_is_read() {
    for text in [
        "",
        "{{name}} {p} {x.full}",
        "灯台守が羅針盤を見つける",
        "\u{0}\u{202e}",
        "'; DROP TABLE x; --",
    ] {
        let brief = Brief::read(text);
        assert!(
            brief
                .people
                .iter()
                .all(|person| !person.name.contains(['{', '\''])),
            "{text}"
        );
    }
    Brief::read(&"é".repeat(60_000));
}

#[test]
fn what_has_happened_decides_the_course_and_is_kept_in_the_words_of_the_prompt() {
    let event = |prompt: &str| {
        let event = Brief::read(prompt).event.unwrap();
        (event.kind, event.matter.or(event.goal).unwrap_or_default())
    };

    assert_eq!(
        event("Ines Moreau returns to find who burned her brother's maps."),
        (EventKind::Fire, "{p.his} brother's maps".to_owned())
    );
    assert_eq!(
        event("Someone poisons the bees of the monastery."),
        (EventKind::Poison, "the bees of the monastery".to_owned())
    );
    assert_eq!(
        event("Tomas Okafor discovers that the water has begun to sing."),
        (EventKind::Sign, "the water".to_owned())
    );
    assert_eq!(
        event("Odile hears her late husband whispering in the walls of the sanatorium."),
        (EventKind::Sign, "the walls of the sanatorium".to_owned())
    );
    assert_eq!(
        event("Corin must carry a cracked bell to the city of Velmar before the first snow."),
        (EventKind::Journey, "the city of Velmar".to_owned())
    );
    assert_eq!(event("A librarian finds a stolen violin.").0, EventKind::Find);
}

#[test]
fn people_are_what_stands_beside_their_names() {
    let brief = Brief::read(
        "In 1952 a librarian in Prague opens the museum. Detective Novak suspects her father; her niece Paula and \
         the doctor, Lin Wei, help before the first snow.",
    );
    let of = |name: &str| {
        let person = brief.people.iter().find(|person| person.name == name).unwrap();
        (person.job.as_deref(), person.relation.as_deref(), person.part)
    };

    assert_eq!(of("Novak"), (Some("detective"), None, Some(Part::Mentor)));
    assert_eq!(of("Paula"), (None, Some("niece"), Some(Part::Home)));
    assert_eq!(of("Lin Wei"), (Some("doctor"), None, None));
    assert!(brief.begins_unnamed);
    assert_eq!(brief.profession.as_deref(), Some("librarian"));
    assert_eq!(brief.kin, ["father"]);
    assert_eq!(brief.year.as_deref(), Some("1952"));
    assert_eq!(brief.due.as_deref(), Some("before the first snow"));
    assert_eq!(brief.site, Some(("the museum".to_owned(), "archive".to_owned())));
}
