//! From a question to its answer: each atom is one bounded read, narrowed by what is bound so far, and joined here.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;

use super::{Atom, Column, Relation, StoryQuery, Term};
use crate::knowledge::entries::{EntryFilter, Moment};
use crate::knowledge::{EntityFilter, Entry, KnowledgeError, KnowledgeGraph, StoryScope};

/// Rows read for one atom.
const READ_MAX: usize = 10_000;
/// Rows joined on the way.
const JOINED_MAX: usize = 50_000;
/// Values that a read is narrowed to; more cost more than they save.
const NARROWED_MAX: usize = 1_000;

/// Rows of texts, sorted, each once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QueryAnswer {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<String>>,
    pub more: bool,
}

/// The value of each variable, as far as it is bound.
type Bound = Vec<Option<String>>;

impl StoryQuery {
    pub(in crate::knowledge) async fn answer(
        &self,
        graph: &dyn KnowledgeGraph,
        of: StoryScope,
        before: Option<Moment>,
    ) -> Result<QueryAnswer, KnowledgeError> {
        let mut found: Vec<Bound> = vec![vec![None; self.variables.len()]];
        for atom in &self.atoms {
            let rows = atom.read(graph, of, before.as_ref(), &found).await?;
            found = atom.join(&rows, &found)?;
            if found.is_empty() {
                break;
            }
        }

        let rows: BTreeSet<Vec<String>> = found
            .into_iter()
            .map(|bound| bound.into_iter().map(Option::unwrap_or_default).collect())
            .collect();
        let more = rows.len() > self.most;

        Ok(QueryAnswer {
            columns: self.variables.clone(),
            rows: rows.into_iter().take(self.most).collect(),
            more,
        })
    }
}

impl Atom {
    /// What may match: one text for each place, none where there is nothing.
    async fn read(
        &self,
        graph: &dyn KnowledgeGraph,
        of: StoryScope,
        before: Option<&Moment>,
        found: &[Bound],
    ) -> Result<Vec<Vec<Option<String>>>, KnowledgeError> {
        let narrowed = |column: Column| {
            let term = self.terms.iter().find(|(one, _)| *one == column);
            term.and_then(|(_, term)| narrow(term, found))
        };

        let rows: Vec<Vec<Option<String>>> = match self.relation {
            Relation::Entities(kind) => {
                let filter = EntityFilter {
                    keys: narrowed(Column::Key),
                    kind: Some(kind),
                    after: None,
                    most: READ_MAX + 1,
                };
                let entities = graph.find_entities(of, &filter).await?;
                let read = |entity: proto::tasks::fiction::ledger::Entity| {
                    let value = |column: &Column| match column {
                        Column::Key => Some(entity.key.to_string()),
                        _ => Some(entity.name.clone()),
                    };
                    self.terms.iter().map(|(column, _)| value(column)).collect()
                };
                entities.into_iter().map(read).collect()
            }
            Relation::Lines(kind) => {
                let filter = EntryFilter {
                    kinds: vec![kind],
                    subjects: narrowed(Column::Subject),
                    objects: narrowed(Column::Object),
                    abouts: narrowed(Column::About),
                    scenes: narrowed(Column::Scene),
                    texts: narrowed(Column::Text),
                    modes: narrowed(Column::Mode),
                    before: before.cloned(),
                    most: READ_MAX + 1,
                    ..EntryFilter::default()
                };
                let lines = graph.find_entries(of, &filter).await?;
                let read = |line: Entry| {
                    let columns = self.terms.iter().map(|(column, _)| column);
                    columns.map(|column| read_column(&line, *column)).collect()
                };
                lines.into_iter().map(read).collect()
            }
        };

        match rows.len() > READ_MAX {
            true => Err(KnowledgeError::TooBroad { most: READ_MAX }),
            false => Ok(rows),
        }
    }

    /// All that is bound so far with all rows that agree with it.
    fn join(&self, rows: &[Vec<Option<String>>], found: &[Bound]) -> Result<Vec<Bound>, KnowledgeError> {
        // Whatever is bound in one is bound in all; by one such variable the rows are looked up.
        let is_bound = |variable: usize| found.first().is_some_and(|bound| bound[variable].is_some());
        let key = self
            .terms
            .iter()
            .enumerate()
            .find_map(|(place, (_, term))| match term {
                Term::Variable(variable) if is_bound(*variable) => Some((place, *variable)),
                _ => None,
            });

        let mut by_key: HashMap<Option<&str>, Vec<&Vec<Option<String>>>> = HashMap::new();
        for row in rows {
            let value = key.and_then(|(place, _)| row[place].as_deref());
            by_key.entry(value).or_default().push(row);
        }

        let mut joined = Vec::new();
        let mut looked = 0;
        for bound in found {
            let value = key.and_then(|(_, variable)| bound[variable].as_deref());
            for row in by_key.get(&value).into_iter().flatten() {
                looked += 1;
                if looked > JOINED_MAX {
                    return Err(KnowledgeError::TooBroad { most: JOINED_MAX });
                }
                joined.extend(self.unify(row, bound));
            }
        }

        Ok(joined)
    }

    /// What is bound when this row is taken, unless it disagrees.
    fn unify(&self, row: &[Option<String>], bound: &Bound) -> Option<Bound> {
        let mut bound = bound.clone();
        for ((_, term), value) in self.terms.iter().zip(row) {
            match term {
                Term::Anything => {}
                Term::Text(text) => {
                    if value.as_ref() != Some(text) {
                        return None;
                    }
                }
                Term::Variable(variable) => match (&bound[*variable], value) {
                    (_, None) => return None,
                    (Some(known), Some(value)) if known != value => return None,
                    (Some(_), Some(_)) => {}
                    (None, Some(value)) => bound[*variable] = Some(value.clone()),
                },
            }
        }

        Some(bound)
    }
}

/// The texts that a place can have, when they are few.
fn narrow(term: &Term, found: &[Bound]) -> Option<Vec<String>> {
    match term {
        Term::Anything => None,
        Term::Text(text) => Some(vec![text.clone()]),
        Term::Variable(variable) => {
            let values: Option<BTreeSet<_>> = found.iter().map(|bound| bound[*variable].clone()).collect();
            let values = values.filter(|values| values.len() <= NARROWED_MAX)?;

            Some(values.into_iter().collect())
        }
    }
}

fn read_column(line: &Entry, column: Column) -> Option<String> {
    match column {
        Column::Subject | Column::Key => line.subject.clone(),
        Column::Object => line.object.clone(),
        Column::About => line.about.clone(),
        Column::Text | Column::Name => Some(line.text.clone()),
        Column::Mode => line.mode.clone(),
        Column::Scene => Some(line.scene.clone()),
        Column::Thing => line.object.clone().or_else(|| line.value.clone()),
    }
}
