//! The podcast: a host who asks, and a guest who has read the code. What the guest says, and what the host asks.

use super::{Kind, Phrases};
use crate::author::shape::Topic;

// One kind a line: a table is read and compared by its columns.
#[rustfmt::skip]
pub(super) const PHRASES: &[Phrases] = &[
    (Kind::Is, &["Well, {name} is {kind}, written in {lang}.", "Well, {name} is {kind}."]),
    (Kind::Told, &["{says}.", "From what I read: {says}."]),
    (Kind::Quoted, &["I'll read it out: “{says}.”", "They say it themselves: “{says}.”"]),
    (Kind::Reported, &["They'd tell you that {says}."]),
    (Kind::Listed, &["On {lead}, I noted these: {items}."]),
    (Kind::Item, &["There's {term}: {note}.", "{term}: {note}."]),
    (Kind::Subject, &["On {heading}, I'd say this: {says}."]),
    (Kind::Asked, &["People ask: {heading}? {says}."]),
    (Kind::StepFirst, &["I'd start in {file}, with {def}. It {does}."]),
    (Kind::StepFirstSays, &["I'd start in {file}, with {def}: {says}."]),
    (Kind::StepFirstPlain, &["I'd start in {file}, with {def}."]),
    (Kind::Step, &["That calls {def}, over in {file}, and it {does}.", "Then we land in {def}, which {does}.", "Next stop, {def}: it {does}."]),
    (Kind::StepApart, &["There's a second trail in {file}: {def} {does}.", "There's a second trail: {def} {does}."]),
    (Kind::StepSays, &["Then we land in {def}: {says}."]),
    (Kind::StepPlain, &["Then {before} calls {def}."]),
    (Kind::NoteFirst, &["The comments walk us through it: “{one}”, then “{two}.”"]),
    (Kind::NoteNext, &["And it goes on: “{one}”, then “{two}.”", "Then they say “{one}” and “{two}.”", "Then there's “{one}.”"]),
    (Kind::Calls, &["Along the way I saw {calls}."]),
    (Kind::Type, &["Everybody passes {type} around. It {does}."]),
    (Kind::TypeSays, &["Everybody passes {type} around: {says}."]),
    (Kind::TypePlain, &["Everybody passes {type} around; I counted {users}."]),
    (Kind::Field, &["It has a {field}, as in: {note}.", "I looked up {field}: {note}."]),
    (Kind::Reason, &["I found the reason in {file}: {says}.", "There's a comment in {file}: {says}.", "On {def}, there's a comment in {file}: {says}."]),
    (Kind::ReasonQuoted, &["I found the reason in {file}: “{says}.”", "On {def}, there's a comment in {file}: “{says}.”"]),
    (Kind::Remarked, &["I found this in {file}: {says}.", "{file} says so too: {says}."]),
    (Kind::Declared, &["The {nouns} I saw are {names}."]),
    (Kind::DeclaredAs, &["There's {decl}: {note}.", "I'd set {decl}: {note}."]),
    (Kind::Promises, &["I looked at the tests: the biggest files are about {subjects}."]),
    (Kind::Rule, &["I love how one test is called: “{rule}.”"]),
    (Kind::RuleMore, &["Or this: “{rule}.”", "I wrote down one more: “{rule}.”", "There’s “{rule},” too."]),
    (Kind::Born, &["It goes back to {first}; I count {commits} up to {last}."]),
    (Kind::Solo, &["It's all {person}."]),
    (Kind::Era, &["{years}, it's mostly {person}."]),
    (Kind::EraShared, &["{years}, I see {person} more than anyone."]),
    (Kind::EraNext, &["Then, {years}, we're with {person}."]),
    (Kind::EraNextShared, &["Then, {years}, it's shared, with {person} up front."]),
    (Kind::Milestone, &["I looked up release {version}: {change}.", "The notes of {version} say: {change}."]),
    (Kind::ModDoes, &["I'd say {mod} {does}.", "There's {mod}, and it {does}."]),
    (Kind::ModSays, &["There's {mod}: {says}."]),
    (Kind::ModUses, &["It leans on {uses}."]),
    (Kind::Def, &["I quite like {def}: it {does}.", "There's {def}, and it {does}.", "My notes say {def} {does}."]),
    (Kind::DefSays, &["My notes on {def}: {says}."]),
    (Kind::Holds, &["I opened {file} and saw {names}.", "In {file} there's {names}."]),
    (Kind::Dep, &["They brought {dep}, {what}: {how}.", "There's {dep}: {what}.", "I see {dep}: {what}."]),
    (Kind::DepDoes, &["They brought {dep}; it {does}.", "{dep} {does}."]),
    (Kind::DepCategory, &["I see {count} {category}: {names}."]),
    (Kind::Commands, &["I typed this: {commands}."]),
    (Kind::OpenFirst, &["I'd open {file} first; {why}."]),
    (Kind::OpenNext, &["And I'd keep {file} next to it: {why}."]),
    (Kind::Gloss, &["Quick aside, {gloss}.", "Let me unpack that: {gloss}.", "Jargon alert: {gloss}.", "Before anyone writes in, {gloss}."]),
];

/// What the host asks before a topic. A question is only eligible when its slots have values.
#[rustfmt::skip]
pub(super) fn asks(topic: Topic) -> &'static [&'static str] {
    match topic {
        Topic::What => &["Let's talk about {name}. What is it, and who needs it?", "So, {name}. Who would want this?", "I've got {name} on the desk today. What am I looking at?"],
        Topic::Focus => &["You know what I really want to hear about? {subject}.", "Let's get to {subject}."],
        Topic::Features => &["What can {name} do for me?", "And what do I get?", "Give me the list. What's in {name}?"],
        Topic::How => &["How does that work, on the inside?", "Okay, but how does {name} pull that off?", "What's under the hood?"],
        Topic::Call => &["Let's follow one call. Where do we begin?", "Can we trace {subject} together?", "Say something comes in. What happens?"],
        Topic::Structures => &["What does it carry around, all that time?", "And the data? What's {subject}?"],
        Topic::Declared => &["What can I turn and twist?", "Which names should I know?"],
        Topic::Contents => &["What's in the box?", "Walk me through it. What about {subject}?"],
        Topic::Usage => &["How would I use it?", "I'm sitting in front of {name}. What now?"],
        Topic::Decisions => &["Why did they build it like that?", "Some of that sounds odd. Is there a reason?", "Was all of that on purpose?"],
        Topic::Caveats => &["Where does it stop?", "What should I watch out for?"],
        Topic::Parts => &["Who does what in there?", "And the parts of {name}?"],
        Topic::Dependencies => &["Who else is in the room?", "Do they build on somebody else's work?"],
        Topic::Promises => &["Do they test it?", "How do I know it keeps its word?"],
        Topic::Growth => &["Who made this?", "How did {name} get here?"],
        Topic::Start => &["I want to try it. Where do I start?", "If I open {name} tonight, what do I open first?"],
        Topic::End => &["Anything I should know before we go?"],
    }
}

/// What the host throws in before the guest goes on.
#[rustfmt::skip]
pub(super) const NUDGES: &[&str] = &[
    "And {subject}?", "Tell me about {subject}.", "What about {subject}?", "Where does {subject} come in?", "Wait, {subject}?", "You said {subject}?", "Okay, {subject}. Go on.",
    "Hold on, what's {subject}?", "Now {subject}.", "Then {subject}, I guess?", "Remind me, {subject}?", "Let's hear about {subject}.",
];
