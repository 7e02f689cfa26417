//! Phrases that any narrator may use: rare facts, and those that need no style.

use super::{Kind, Phrases};

// One kind a line: a table is read and compared by its columns.
#[rustfmt::skip]
pub(super) const PHRASES: &[Phrases] = &[
    (Kind::Empty, &["The repository is empty: no file has been committed to it yet. There is nothing more to tell, and that is the whole story for today."]),
    (Kind::Opaque, &["The repository holds {files}, and none of them is text. What is inside them cannot be told by reading, so this story ends here."]),
    (Kind::FocusMissing, &["About {focus}, which was asked for, nothing was found in this repository.", "One wish has to stay open: there is nothing on {focus} here.", "As for {focus}, the repository has nothing under that name."]),
    (Kind::Short, &["This telling is shorter than the {minutes} that were asked for, because the repository holds no more that is worth telling."]),
    (Kind::Note, &["One thing should be said openly. {note}.", "It is only fair to add this. {note}.", "And one more limit of this account. {note}."]),
    (Kind::NoEntry, &["No single file announces itself as the place where everything starts.", "There is no obvious front door; the parts are used one by one."]),
    (Kind::Merges, &["Among the commits are {merges} merges, where two lines of work came together.", "Of those, {merges} are merges of branches."]),
    (Kind::Solo, &["Every commit carries the same name: {person}.", "It is the work of one person, {person}."]),
    (Kind::FewFiles, &["There are no folders at all, just {files} side by side.", "Everything lies in one place: {files} and not a single folder."]),
    (Kind::NoCi, &["No configuration for continuous integration was found, so the checks are left to the people who run them.", "There is no pipeline in the repository that would repeat the checks by itself."]),
    (Kind::FileSize, &["{file} runs to {lines}.", "With {lines}, {file} is among the long ones.", "There are {lines} in {file}."]),
    (Kind::Formats, &["Around the code there is text in other formats: {formats}.", "Not everything is code; there is also {formats}."]),
    (Kind::Skipped, &["Left out of this telling: {skipped}.", "For completeness, {skipped} stayed unread."]),
    (Kind::OneCommit, &["Its history is a single commit, made in {last}, so nothing can be told of how it grew.", "Of its past there is only one commit, from {last}; how it grew stays in the dark."]),
    (Kind::DepDoes, &["{dep} {does}.", "There is {dep}, which {does}.", "{dep} is there for one purpose: it {does}.", "It is {dep} that {does}.", "One more name is {dep}; it {does}."]),
    (Kind::Aside, &["{aside}."]),
];
