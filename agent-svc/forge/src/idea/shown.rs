//! How things are shown where an idea says it: on a board with its columns, in a calendar, as cards, in a chart.

use super::{Reading, actions::Deed, fields::field_named};
use crate::{
    model::{Era, Field, FieldKind, View},
    words,
};

impl Reading {
    pub(super) fn show(&mut self, deed: Deed, at: usize, noun: &str) {
        self.use_near(at, &["view", "views", "layout"]);
        let label = match deed {
            Deed::Board => "status",
            _ => "date",
        };
        let summed = self.summed_behind(at).filter(|_| deed == Deed::Chart);
        let meant = self
            .meant_by_pronoun(at)
            .filter(|_| deed == Deed::Calendar)
            .or_else(|| summed.as_ref().map(|(noun, _)| noun.clone()));
        let noun = meant.as_deref().unwrap_or(noun);
        let end = self.sentence_of(at).end.min(at + 8);
        let by = (at + 1..end)
            .find_map(|place| self.field_at(noun, place))
            .or_else(|| {
                self.grouping_of(noun, at)
                    .filter(|_| deed == Deed::Chart)
                    .map(|field| (1, field))
            });
        let options = self.columns_behind(at);
        let Some(entity) = self.entity_mut(noun) else {
            return;
        };

        let fits = |field: &Field| match deed {
            Deed::Board => matches!(field.kind, FieldKind::Choice(_)),
            _ => field.is_date() && !field.label.contains("birth"),
        };
        match deed {
            Deed::Cards => entity.add_view(View::Cards),
            Deed::Chart => {
                let by = by.map(|(_, field)| field);
                let mut chart = chart_of(entity, by.as_ref());
                if let (View::Chart { value, .. }, Some((_, key))) = (&mut chart, summed) {
                    *value = Some(key);
                }
                entity.views.retain(|view| !matches!(view, View::Chart { .. }));
                entity.add_view(chart);
                let asked = entity.views.pop();
                entity.views.extend(asked);
            }
            _ => {
                // Columns that are named are no other choice's: a priority stays what it is.
                let has_columns = deed == Deed::Board && options.len() >= 2;
                let is_of_it = |field: &&Field| {
                    !has_columns || matches!(field.label.as_str(), "status" | "stage" | "state")
                };
                let there = by.map(|(_, field)| field).filter(fits).or_else(|| {
                    entity
                        .fields
                        .iter()
                        .filter(is_of_it)
                        .find(|field| fits(field))
                        .cloned()
                });
                let mut field = there.unwrap_or_else(|| {
                    let kind = if deed == Deed::Board {
                        FieldKind::Choice(["To do", "Doing", "Done"].map(str::to_owned).to_vec())
                    } else {
                        FieldKind::Date(Era::Any)
                    };
                    Field {
                        label: label.to_owned(),
                        kind,
                        required: false,
                        samples: Vec::new(),
                    }
                });
                if deed == Deed::Board && options.len() >= 2 {
                    field.kind = FieldKind::Choice(options);
                    field.samples.clear();
                }
                let key = field.key();
                entity.fields.retain(|other| other.key() != key);
                entity.fields.push(field);
                entity.add_view(if deed == Deed::Board {
                    View::Board(key)
                } else {
                    View::Calendar(key)
                });
            }
        }
        self.charted.insert(noun.to_owned());
    }

    /// `chart temperature by pile`, `a chart of weight by field`: the number that is named right behind, with its thing.
    fn summed_behind(&self, at: usize) -> Option<(String, String)> {
        let end = self.sentence_of(at).end.min(at + 4);
        let until = (at + 1..end).take_while(|place| self.word(*place) != "by");
        let (noun, field) = until
            .filter_map(|place| self.any_field_at(place))
            .find(|(_, field)| field.is_number())?;

        Some((noun, field.key()))
    }

    /// `show them in a calendar`: what was spoken of last, of what has a day.
    fn meant_by_pronoun(&self, at: usize) -> Option<String> {
        let sentence = self.sentence_of(at);
        let is_named = self.mentions.iter().any(|mention| sentence.contains(&mention.at));
        let speaks = sentence
            .clone()
            .any(|place| matches!(self.word(place), "them" | "it" | "these" | "all"));
        let has_day = |noun: &str| {
            self.entities
                .iter()
                .filter(|entity| entity.noun == noun)
                .flat_map(|entity| &entity.fields)
                .any(|field| field.is_date() && !field.label.contains("birth"))
        };

        self.mentions
            .iter()
            .rev()
            .filter(|mention| speaks && !is_named && mention.at < at)
            .map(|mention| mention.noun.clone())
            .find(|noun| has_day(noun))
    }

    /// `chart of spending by category`, where nothing has a category yet: it gets one.
    fn grouping_of(&mut self, noun: &str, at: usize) -> Option<Field> {
        let end = self.sentence_of(at).end.min(at + 8);
        let by = (at + 1..end).find(|place| self.word(*place) == "by")?;
        let label = words::singular(self.word(by + 1));
        let field = field_named(&label);
        if !matches!(field.kind, FieldKind::Choice(_)) {
            return None;
        }

        let entity = self.entity_mut(noun)?;
        entity.fields.push(field.clone());
        self.use_words(by, 2);
        Some(field)
    }

    /// `columns to do, doing and done`, `columns: To do, Doing, Done`.
    fn columns_behind(&mut self, at: usize) -> Vec<String> {
        let end = self.sentence_of(at).end;
        let Some(start) = (at..end).find(|place| matches!(self.word(*place), "columns" | "lanes" | "stages"))
        else {
            return Vec::new();
        };
        let mut options = Vec::new();
        let mut part: Vec<String> = Vec::new();

        let mut place = start + 1;
        while matches!(
            self.word(place),
            ":" | "called" | "named" | "for" | "like" | "(" | "are"
        ) {
            place += 1;
        }
        let from = place;
        while place <= end {
            let word = self.word(place).to_owned();
            let closes = place == end
                || matches!(
                    word.as_str(),
                    "." | ")" | "for" | "where" | "that" | "with" | "in" | "so"
                );
            if closes || matches!(word.as_str(), "," | "and" | "/" | "or") {
                if !part.is_empty() && part.len() <= 3 {
                    options.push(words::sentence_case(&part.join(" ")));
                }
                part.clear();
                if closes {
                    break;
                }
            } else {
                part.push(word);
            }
            place += 1;
        }
        let is_list = (2..=8).contains(&options.len());

        if is_list {
            self.use_words(from, place - from);
        }
        if is_list { options } else { Vec::new() }
    }
}

/// What a chart of an entity adds up, and by what.
pub(crate) fn chart_of(entity: &crate::model::Entity, by: Option<&Field>) -> View {
    let is_sum =
        |field: &&Field| field.is_number() && !field.label.contains("level") && !field.label.contains("year");
    let value = entity
        .fields
        .iter()
        .find(|field| field.kind == FieldKind::Money)
        .or_else(|| entity.fields.iter().find(is_sum))
        .map(Field::key);
    let group = |field: &&Field| matches!(field.kind, FieldKind::Choice(_) | FieldKind::Reference(_));
    let by = by
        .filter(|field| !field.is_number() && field.kind != FieldKind::Long)
        .or_else(|| entity.fields.iter().find(group))
        .or_else(|| entity.fields.iter().find(|field| field.is_date()))
        .or_else(|| entity.name_field())
        .map_or_else(|| "name".to_owned(), Field::key);

    View::Chart {
        value: value.filter(|value| *value != by),
        by,
    }
}
