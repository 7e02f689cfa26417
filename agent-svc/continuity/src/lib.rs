//! Where a book contradicts itself: a function of its prose, its ledgers, its cast and its outline, without a model.
//!
//! [`check_book`] finds; it repairs nothing and hides nothing. What people say between quotation marks may be a lie, so it
//! is a warning at most. What can't be bound to one person for certain is left alone.

mod book;
mod dead;
mod geography;
mod knowledge;
mod lexicon;
mod looks;
mod memory;
mod name_index;
mod names;
mod network;
mod numbers;
mod people;
mod promises;
mod prose;
mod reading;
mod report;
mod sentences;
mod skills;
mod state;
mod style;
mod things;
mod time;
mod unreal;

use proto::tasks::fiction::finding::{ContinuityInput, ContinuityReport};

pub use reading::read_manuscript;
pub use sentences::split_sentences;

use crate::{book::Book, report::Findings, state::World};

/// Checks a whole book. The same input gives the same findings with the same ids, in the order of telling.
pub fn check_book(input: &ContinuityInput) -> ContinuityReport {
    let book = Book::read(input);
    let world = World::replay(&book);
    let mut findings = Findings::default();

    time::check_times(&book, &mut findings);
    people::check_places(&book, &world, &mut findings);
    dead::check_dead(&book, &mut findings);
    skills::check_skills(&book, &mut findings);
    looks::check_looks(&book, &mut findings);
    numbers::check_numbers(&book, &mut findings);
    things::check_things(&book, &world, &mut findings);
    knowledge::check_causes(&book, &world, &mut findings);
    knowledge::check_knowledge(&book, &world, &mut findings);
    memory::check_memory(&book, &world, &mut findings);
    geography::check_ways(&book, &world, &mut findings);
    promises::check_promises(&book, &mut findings);
    names::check_names(&book, &mut findings);
    prose::check_narration(&book, &mut findings);
    style::check_style(&book, &mut findings);

    findings.into_report()
}
