//! Sentences that were judged once, by shape: each mend of the gate has to keep all of them where they are.
//!
//! None is anybody's: they are made up after what was heard in stories of real repositories.

use super::whole::{Place, adds_nothing, begins_with_agents, is_broken};
use super::{fault_of_text, fault_of_words};

/// Said alone.
#[rustfmt::skip]
const TOLD: &[&str] = &[
    "Tidemill is a small server that keeps the tables of a harbour",
    "This library turns tide tables into calendars",
    "Errors are specific and are shown with the line that they come from",
    "Recipes can be listed from the command line",
    "A gate is opened by two wheels, and these wheels turn at high tide",
    "It is shut at night, and this is why nobody drowns",
    "Gates that leak are found by a test that runs each night",
    "Wherever possible, mistakes are found before anything runs",
    "In this project, tables are kept apart from gates",
    "Routes are tried in the order in which they were added",
    "Tests run without a network",
    "The cache is written to the disk every ten seconds, so that a crash loses little",
    "Harbours in Europe and in the US keep tables of their own",
    "Messages are signed, because anybody may read the wire",
    "The first gate that fits is opened",
    "Unlike a windmill, a tide mill knows when it will turn",
    "It needs Go 1.20 or newer",
    "When a harbour closes, its gates stay where they are",
    "A table is a list of times, each with a height",
    "Plan B is to open the gate by hand",
    "Readers of this book need no gate of their own",
    "Tidemill has one aim: to be read on one page",
    "Work on the sluice began in 2014",
    "Runs of the mill are counted, and the longest is kept",
    "Harbour rules is an overview of the most common ones",
    "Put the seed of the tide into bug reports",
    "Tidemill has a client library in C plus plus and the tools for it",
    "You can use tidemill to show who opens the gates of a harbour",
];

/// Never said.
#[rustfmt::skip]
const REFUSED: &[&str] = &[
    "Means that the gate will be passed any boat that fits",
    "Currently allows standard gauges to read the height of the gate",
    "Also provides wheels for larger gates",
    "Requires a gate of wood",
    "Creates the table when it is missing",
    "The value of this setting is ignored by the mill",
    "These requirements guarantee that a boat fits",
    "The module is built so that it ignores this value",
    "The name of the wheel comes from a story by G.K.",
    "The wheel is best illustrated with an example",
    "Tidemill is an overview of the most common ones",
    "Gates and wheels are red and blue, respectively",
    "Feature requests and bug reports are always welcome",
    "Be sure to browse the folder of tables",
    "Tidemill for harbours: more content coming soon",
    "A second wheel is needed due to The for each value of a gate",
    "A boat always fits the only exception is In the harbour of ice",
    "Sending tides: – Host: mail.example – Port: 587",
    "Implementation note: unlike the gate, the wheel is never closed",
    "You might hear this law when somebody is late",
    "Set the tide such as",
    "Have a look at the tables first",
    "Those wheels turn at night",
    "Check out the hosted mill",
    "The path stands for a gate: calling open gate. Means that any boat fits",
    "Deprecated: no gate is opened by it",
    "Download the tables as a book",
    "download the tables as a book",
    "If no gate fits, please open one",
    "A gate of wood is necessary, see: Gates of wood",
    "These tags indicate gates that are built at night",
    "Tidemill can turn wheels such as",
];

/// Said behind a heading only.
#[rustfmt::skip]
const HEADED: &[&str] = &[
    "This law says that a gate that can leak will leak",
    "In practice, this principle keeps gates small",
    "Keeps the gate shut while the tide is low",
];

/// A name, and a note that adds to it or not; among them headings and the sentence below each.
#[rustfmt::skip]
const NOTES: &[(&str, &str, bool)] = &[
    ("chars", "char iterator", false),
    ("instance setting cache", "cache for instance settings", false),
    ("usb gate", "is a usb backed gate", false),
    ("recipe", "is a recipe", false),
    ("gate tokens", "gate tokens settings", false),
    ("indentation", "stack of indentations", false),
    ("Recipe Parameters", "Recipes may have parameters", false),
    ("ttl", "how long a job lives", true),
    ("route", "stores what is needed to match a request and to build its address", true),
    ("name", "the name by which addresses are built", true),
];

#[test]
fn whole_sentences_pass() {
    for words in TOLD {
        let refused = is_broken(words, Place::Alone)
            || fault_of_words(words, false).is_some()
            || fault_of_text(&format!("{words}.")).is_some();
        assert!(!refused, "{words}");
    }
}

#[test]
fn what_is_no_whole_sentence_does_not_pass() {
    for words in REFUSED {
        assert!(is_broken(words, Place::Alone), "{words}");
    }
}

#[test]
fn a_heading_makes_a_sentence_whole() {
    for words in HEADED {
        assert!(is_broken(words, Place::Alone), "{words}");
        assert!(!is_broken(words, Place::Headed), "{words}");
    }
}

#[test]
fn a_note_adds_to_its_name() {
    for (name, note, adds) in NOTES {
        assert_eq!(!adds_nothing(name, note, 2), *adds, "{name}: {note}");
    }
}

#[test]
fn a_deed_begins_with_its_verb() {
    assert!(begins_with_agents("drivers and buses package for the mill"));
    assert!(!begins_with_agents("registers a gate") && !begins_with_agents("opens the gate"));
}
