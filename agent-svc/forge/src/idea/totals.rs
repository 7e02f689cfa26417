//! `total km per week`, `number of loans by member`: a sum or a count for each of something is a chart.

use super::Reading;
use crate::model::{Field, FieldKind, View};

impl Reading {
    pub(super) fn read_totals(&mut self) {
        for at in 0..self.tokens.len() {
            let sums = matches!(self.word(at), "total" | "totals" | "sum");
            let counts = matches!(self.word(at), "number" | "count") && self.word(at + 1) == "of";
            let end = self.sentence_of(at).end.min(at + 8);
            let per = (at + 1..end).find(|place| matches!(self.word(*place), "per" | "by"));
            let Some(per) = per.filter(|_| sums || counts) else {
                continue;
            };
            let Some((noun, value)) = self.summed(at, per, counts) else {
                continue;
            };
            let groups = |field: &Field| {
                matches!(
                    field.kind,
                    FieldKind::Choice(_) | FieldKind::Reference(_) | FieldKind::Text | FieldKind::Date(_)
                )
            };
            let by = (per + 1..end)
                .find_map(|place| self.field_at(&noun, place))
                .map(|(_, field)| field)
                .filter(groups);
            let Some(by) = by else { continue };

            let by = by.key();
            if let Some(entity) = self.entity_mut(&noun) {
                entity.views.retain(|view| !matches!(view, View::Chart { .. }));
                entity.add_view(View::Chart { value, by });
            }
            self.charted.insert(noun);
            self.use_words(at, per + 2 - at);
            self.hold(at);
        }
    }

    /// What is added up between two places: a number of a thing, or its records.
    fn summed(&self, at: usize, per: usize, counts: bool) -> Option<(String, Option<String>)> {
        if counts {
            let mut named = self
                .mentions
                .iter()
                .filter(|mention| (at..per).contains(&mention.at));
            return named.next().map(|mention| (mention.noun.clone(), None));
        }

        (at + 1..per).find_map(|place| {
            let (noun, field) = self.any_field_at(place)?;
            field.is_number().then(|| (noun, Some(field.key())))
        })
    }
}
