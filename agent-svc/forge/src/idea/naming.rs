//! Things under the names that an idea gives them: who speaks of candidates reads of candidates, and not of options.

use super::Reading;
use crate::{
    lexicon::lexicon,
    model::{Entity, FieldKind},
    words,
};

impl Reading {
    /// Names each entity as the idea does, wherever it is named. One that the idea also calls by the lexicon's word keeps that.
    pub(crate) fn use_own_names(&mut self) {
        for entity in 0..self.entities.len() {
            let noun = self.entities[entity].noun.clone();
            let Some(own) = self.own_name_of(&self.entities[entity]) else {
                continue;
            };

            self.entities[entity].many = words::plural(&own);
            self.entities[entity].noun.clone_from(&own);
            self.rename(&noun, &own);
        }
    }

    /// The one word that the idea has for an entity of the lexicon, where it is a noun as regular as that one.
    fn own_name_of(&self, entity: &Entity) -> Option<String> {
        let is_of_it = |name: &str| {
            let thing = lexicon().thing(name);
            thing.is_some_and(|thing| thing.entity.noun == entity.noun)
        };
        if !is_of_it(&entity.noun) {
            return None;
        }

        let said: Vec<String> = self
            .mentions
            .iter()
            .filter(|mention| mention.noun == entity.noun)
            .filter_map(|mention| self.phrase(mention.at, mention.length))
            .filter(|name| is_of_it(name))
            .collect();
        // `training plan: runs with a date`: the plural is what is kept.
        let is_any_plural = said.iter().any(|name| words::is_plural(name));
        let mut names: Vec<String> = said
            .iter()
            .filter(|name| words::is_plural(name) || !is_any_plural || said.contains(&words::plural(name)))
            .map(|name| words::singular(name))
            .collect();
        names.sort_unstable();
        names.dedup();
        let [own] = names.as_slice() else { return None };

        let is_taken = self.entities.iter().any(|other| other.noun == *own);
        let is_regular = is_of_it(own) && is_of_it(&words::plural(own)) && words::plural(own) != *own;
        (is_regular && !is_taken).then(|| own.clone())
    }

    fn rename(&mut self, noun: &str, own: &str) {
        for entity in &mut self.entities {
            for place in 0..entity.fields.len() {
                let field = &entity.fields[place];
                if field.target() == Some(noun) {
                    let label = if field.label == noun {
                        own.to_owned()
                    } else {
                        field.label.clone()
                    };
                    entity.change_field(place, &label, FieldKind::Reference(own.to_owned()));
                }
            }
        }
        let denials = self.roles.iter_mut().flat_map(|role| &mut role.denied);
        for denial in denials.filter(|denial| denial.noun.as_deref() == Some(noun)) {
            denial.noun = Some(own.to_owned());
        }

        for nouns in [&mut self.described, &mut self.charted] {
            if nouns.remove(noun) {
                nouns.insert(own.to_owned());
            }
        }
        for (unwanted, _) in self.unwanted.iter_mut().filter(|(other, _)| other == noun) {
            own.clone_into(unwanted);
        }
    }
}
