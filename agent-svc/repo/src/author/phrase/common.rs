//! Phrases that any narrator may use: rare facts, and those that need no style.

use super::{Kind, Phrases};

// One kind a line: a table is read and compared by its columns.
#[rustfmt::skip]
pub(super) const PHRASES: &[Phrases] = &[
    (Kind::Empty, &["The repository is empty: no file has been committed to it yet. There is nothing more to tell, and that is the whole story for today."]),
    (Kind::Opaque, &["The repository holds {files}, and none of them is text. What is inside them cannot be told by reading, so this story ends here."]),
    (Kind::FocusMissing, &["About {focus}, which was asked for, nothing was found in this repository.", "One wish has to stay open: there is nothing on {focus} here.", "As for {focus}, the repository has nothing under that name."]),
    (Kind::Short, &["This telling is shorter than the {minutes} that were asked for, because it says only what the files show."]),
    (Kind::Note, &["One thing should be said openly. {note}.", "It is only fair to add this. {note}.", "And one more limit of this account. {note}."]),
    (Kind::Merges, &["Among the commits are {merges} merges, where two lines of work came together.", "Of those, {merges} are merges of branches."]),
    (Kind::Solo, &["Every commit carries the same name: {person}.", "It is the work of one person, {person}."]),
    (Kind::FewFiles, &["Everything lies side by side in one place: {files}.", "It is flat: {files}, side by side."]),
    (Kind::FileSize, &["{file} runs to {lines}.", "With {lines}, {file} is among the long ones.", "There are {lines} in {file}."]),
    (Kind::Formats, &["Around the code there is text in other formats: {formats}.", "Not everything is code; there is also {formats}."]),
    (Kind::Skipped, &["Left out of this telling: {skipped}.", "For completeness, {skipped} stayed unread."]),
    (Kind::OneCommit, &["Its history is a single commit, made in {last}.", "Of its past one commit is on record, from {last}."]),
    (Kind::DepDoes, &["{dep} {does}.", "There is {dep}, which {does}.", "{dep} is there for one purpose: it {does}.", "It is {dep} that {does}."]),
    (Kind::Aside, &["{aside}."]),
];
