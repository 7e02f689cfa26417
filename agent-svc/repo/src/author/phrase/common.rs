//! Phrases that any narrator may use: rare facts, and those that need no style.

use super::{Kind, Phrases};

// One kind a line: a table is read and compared by its columns.
#[rustfmt::skip]
pub(super) const PHRASES: &[Phrases] = &[
    (Kind::Empty, &["The repository is empty: no file has been committed to it yet. There is nothing more to tell, and that is the whole story for today."]),
    (Kind::Opaque, &["The repository holds {files}, and none of them is text. What is inside them cannot be told by reading, so this story ends here."]),
    (Kind::Wished, &["The wish to hear of {focus} is noted; what follows is what the repository itself puts first."]),
    (Kind::Short, &["This telling is shorter than the {minutes} that were asked for: this is what was found to tell."]),
    (Kind::Limit, &["{note}."]),
    (Kind::Licence, &["It comes under {licence}."]),
    (Kind::Licences, &["The licence file holds {licence}; the read-me names {other}."]),
    (Kind::Is, &["{name} is {kind}, written in {lang}.", "{name} is {kind}."]),
    (Kind::Described, &["{name} {does}."]),
    (Kind::Told, &["{says}."]),
    (Kind::Quoted, &["“{says}.”"]),
    (Kind::Reported, &["In its authors' own words, {says}."]),
    (Kind::Listed, &["{lead}: {items}.", "{items}."]),
    (Kind::Item, &["{term}: {note}."]),
    (Kind::Subject, &["{heading}: {says}."]),
    (Kind::Goals, &["{heading} has its goals: {items}.", "What {heading} is there for: {items}."]),
    (Kind::Defs, &["{file} has {items}.", "In {file} there is {items}."]),
    (Kind::Asked, &["{heading}? {says}."]),
    (Kind::Reason, &["{says}."]),
    (Kind::ReasonQuoted, &["“{says}.”"]),
    (Kind::Remarked, &["{says}."]),
    (Kind::StepFirstSays, &["It begins with {def}, in {file}: {says}."]),
    (Kind::StepChosen, &["One call worth following is {def}, in {file}, which {does}.", "Take {def}, in {file}: it {does}."]),
    (Kind::StepChosenSays, &["Take {def}, in {file}: {says}."]),
    (Kind::StepChosenPlain, &["One call worth following is {def}, in {file}.", "Take {def}, in {file}."]),
    (Kind::StepSays, &["Then {def}, in {file}: {says}.", "Then {def}: {says}."]),
    (Kind::BornOnce, &["All {commits} are from {first}."]),
    (Kind::TypeSays, &["{type}, in {file}: {says}."]),
    (Kind::ModSays, &["{mod}: {says}."]),
    (Kind::DefSays, &["{def}: {says}."]),
    (Kind::Scene, &[]),
    (Kind::Farewell, &[]),
];
