//! What is done with the things of an app: each verb with the entity that stands nearest.

use super::{Reading, fields::field_named};
use crate::{
    lexicon::lexicon,
    model::{ActionKind, Field, FieldKind},
    words,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    Add,
    Edit,
    Delete,
    Search,
    Filter,
    Sort,
    Import,
    Export,
    Print,
    Mark,
    Assign,
    Vote,
    Water,
    Board,
    Calendar,
    Chart,
    Cards,
    Overview,
}

pub(super) fn deed_of(word: &str) -> Option<Deed> {
    Some(match word {
        "add" | "adds" | "adding" | "create" | "creating" | "enter" | "entering" | "submit" | "post"
        | "log" | "record" | "register" | "schedule" | "book" | "reserve" | "propose" | "plan"
        | "suggest" | "suggests" => Deed::Add,
        "edit" | "edits" | "editing" | "update" | "updating" | "change" | "changing" | "modify"
        | "rename" | "correct" | "crud" => Deed::Edit,
        "delete" | "deletes" | "deleting" | "remove" | "removes" | "removing" | "erase" | "deletion"
        | "deleted" => Deed::Delete,
        "search" | "searching" | "searchable" | "find" | "finding" | "lookup" | "searches" => Deed::Search,
        "filter" | "filters" | "filtering" | "filterable" | "filtered" => Deed::Filter,
        "sort" | "sorts" | "sorting" | "sortable" | "sorted" | "order" | "ordered" | "ordering" | "rank"
        | "ranked" | "ranking" => Deed::Sort,
        "import" | "imports" | "importing" => Deed::Import,
        "export" | "exports" | "exporting" | "csv" | "download" | "downloading" | "spreadsheet"
        | "exported" => Deed::Export,
        "print" | "printing" | "prints" | "printable" | "printed" => Deed::Print,
        "mark" | "marks" | "marking" | "tick" | "ticking" | "check" | "checking" | "complete" | "toggle"
        | "marked" => Deed::Mark,
        "assign" | "assigns" | "assigning" | "assigned" | "assignment" => Deed::Assign,
        "vote" | "votes" | "voting" | "upvote" | "upvotes" | "upvoting" => Deed::Vote,
        "water" | "watering" | "watered" => Deed::Water,
        "board" | "kanban" | "columns" | "swimlanes" => Deed::Board,
        "calendar" | "agenda" | "timetable" => Deed::Calendar,
        "chart" | "charts" | "graph" | "graphs" | "plot" | "statistics" | "stats" | "visualize"
        | "visualise" | "visualization" | "progress" | "trends" | "trend" => Deed::Chart,
        "cards" | "gallery" | "grid" | "tiles" => Deed::Cards,
        "overview" | "summary" | "dashboard" | "totals" | "report" | "reports" => Deed::Overview,
        _ => return None,
    })
}

/// Whether a word is one of those that say what is done.
pub(super) fn is_action_word(word: &str) -> bool {
    deed_of(word).is_some()
        && !matches!(
            word,
            "order"
                | "progress"
                | "register"
                | "book"
                | "plan"
                | "record"
                | "log"
                | "water"
                | "report"
                | "reports"
                | "check"
                | "votes"
                | "watered"
        )
}

impl Reading {
    pub(super) fn read_actions(&mut self) {
        for at in 0..self.tokens.len() {
            let Some(deed) = deed_of(self.word(at)) else {
                continue;
            };
            let is_named = self
                .mentions
                .iter()
                .any(|mention| (mention.at..mention.at + mention.length).contains(&at));
            if is_named && !matches!(deed, Deed::Vote | Deed::Board | Deed::Calendar)
                || self.tokens[at].used
                    && matches!(deed, Deed::Calendar | Deed::Mark | Deed::Vote)
                    && !is_named
            {
                continue;
            }

            let is_state = matches!(
                self.word(at),
                "marked" | "check" | "checking" | "complete" | "marking"
            );
            let says_how = (at + 1..at + 6).any(|place| matches!(self.word(place), "as" | "off" | "done"));
            if deed == Deed::Mark && is_state && !says_how {
                self.use_words(at, 1);
                continue;
            }

            // `a club elects its board`: people, no columns.
            if self.word(at) == "board" && matches!(self.word(at.wrapping_sub(1)), "its" | "their") {
                continue;
            }
            // `closed tickets can't be deleted`: some of them, not all.
            if self.word(at) == "deleted" && !self.is_said_of_all(at) {
                continue;
            }
            let Some(noun) = self.nearest(at) else { continue };
            self.use_words(at, 1);
            if self.is_negated(at) {
                if self.refuse(deed, &noun) {
                    self.hold(at);
                }
            } else {
                self.perform(deed, at, &noun);
            }
        }
    }

    /// `tasks can never be deleted`: of each of them, always.
    fn is_said_of_all(&self, at: usize) -> bool {
        let sentence = self.sentence_of(at);
        let subject = self
            .mentions
            .iter()
            .rev()
            .find(|mention| sentence.contains(&mention.at) && mention.at < at);
        let before = subject.map(|mention| self.word(mention.at.wrapping_sub(1)));
        let is_bound = sentence.clone().any(|place| {
            matches!(
                self.word(place),
                "if" | "when" | "once" | "unless" | "until" | "by" | "after" | "while"
            )
        });

        let begins = subject.is_none_or(|mention| mention.at == sentence.start);
        let is_plain = matches!(
            before,
            Some("." | "," | "and" | "a" | "an" | "the" | "all" | "every" | "each" | "no")
        );
        !is_bound && (begins || is_plain)
    }

    /// Whether it is refused to everybody, or to a role.
    fn refuse(&mut self, deed: Deed, noun: &str) -> bool {
        let kind = match deed {
            Deed::Add => ActionKind::Add,
            Deed::Edit => ActionKind::Edit,
            Deed::Delete => ActionKind::Delete,
            Deed::Search => ActionKind::Search,
            Deed::Sort => ActionKind::Sort,
            Deed::Export => ActionKind::Export,
            Deed::Import => ActionKind::Import,
            Deed::Print => ActionKind::Print,
            _ => return false,
        };
        // What one role may not do is not kept from everybody.
        let of_role = self.roles.iter().flat_map(|role| &role.denied).any(|denial| {
            matches!(
                (&kind, denial.verb),
                (ActionKind::Add, "add") | (ActionKind::Edit, "edit") | (ActionKind::Delete, "delete")
            )
        });
        let of_rule = kind == ActionKind::Add || of_role;

        if !of_rule {
            self.unwanted.push((noun.to_owned(), kind));
            return true;
        }
        of_role
    }

    fn perform(&mut self, deed: Deed, at: usize, noun: &str) {
        match deed {
            Deed::Add => self.request(noun, ActionKind::Add),
            Deed::Edit => self.request(noun, ActionKind::Edit),
            Deed::Delete => self.request(noun, ActionKind::Delete),
            Deed::Search => self.request(noun, ActionKind::Search),
            Deed::Sort => self.request(noun, ActionKind::Sort),
            Deed::Import => {
                self.request(noun, ActionKind::Import);
                self.use_near(at, &["csv", "file", "spreadsheet", "files"]);
            }
            Deed::Export => {
                let imports = self
                    .sentence_of(at)
                    .any(|place| self.word(place).starts_with("import"));
                let exports = self
                    .sentence_of(at)
                    .any(|place| self.word(place).starts_with("export"));
                if !imports || exports || self.word(at) == "download" {
                    self.request(noun, ActionKind::Export);
                }
                self.use_near(at, &["csv", "file", "spreadsheet", "files"]);
            }
            Deed::Print => self.request(noun, ActionKind::Print),
            Deed::Filter => self.read_filters(at, noun),
            Deed::Mark => self.read_mark(at, noun),
            Deed::Assign => self.read_assignment(at, noun),
            Deed::Vote => self.read_vote(noun),
            Deed::Water => self.use_words(at, 1),
            Deed::Board | Deed::Calendar | Deed::Chart | Deed::Cards => self.show(deed, at, noun),
            Deed::Overview => self.use_near(at, &["page", "screen"]),
        }
    }

    fn request(&mut self, noun: &str, kind: ActionKind) {
        if let Some(entity) = self.entity_mut(noun) {
            entity.add_action(kind, true);
        }
    }

    pub(super) fn use_near(&mut self, at: usize, words: &[&str]) {
        for place in at..(at + 5).min(self.tokens.len()) {
            if words.contains(&self.word(place)) {
                self.tokens[place].used = true;
            }
        }
    }

    /// The field of an entity whose name stands at a place, and how long it is.
    pub(super) fn field_at(&self, noun: &str, at: usize) -> Option<(usize, Field)> {
        let entity = self.entities.iter().find(|entity| entity.noun == noun)?;
        // The weight of `roasted weight` is no other weight.
        let is_inside = entity.fields.iter().any(|field| {
            let length = field.label.split(' ').count();
            (1..length).any(|back| {
                at >= back && self.phrase(at - back, length).as_deref() == Some(field.label.as_str())
            })
        });
        if is_inside {
            return None;
        }

        (1..=4).rev().find_map(|length| {
            let phrase = self.phrase(at, length)?.replace(['-', '\''], " ");
            let one = words::singular(&phrase);
            let is_end = |field: &&Field| {
                length == 1 && field.is_number() && field.label.ends_with(&format!(" {phrase}"))
            };
            let field = entity
                .fields
                .iter()
                .find(|field| {
                    // Whoever speaks of the departure means the departure date.
                    let short = ["date", "day", "time"].iter().any(|end| {
                        field
                            .label
                            .strip_suffix(end)
                            .is_some_and(|start| start.trim_end() == phrase)
                    });
                    field.label == phrase || field.label == one || short
                })
                .or_else(|| entity.fields.iter().find(is_end))?;
            Some((length, field.clone()))
        })
    }

    /// `filter by category and status`: by what is there, or by a choice that is made for it.
    fn read_filters(&mut self, at: usize, noun: &str) {
        let end = self.sentence_of(at).end;
        let mut place = at + 1;
        let mut found = false;
        while place < end && place < at + 14 {
            if deed_of(self.word(place)).is_some_and(|deed| {
                matches!(
                    deed,
                    Deed::Sort
                        | Deed::Search
                        | Deed::Export
                        | Deed::Import
                        | Deed::Print
                        | Deed::Chart
                        | Deed::Calendar
                        | Deed::Cards
                )
            }) {
                break;
            }

            let owner = self
                .entities
                .iter()
                .map(|entity| entity.noun.clone())
                .filter(|owner| owner == noun)
                .chain(self.entities.iter().map(|entity| entity.noun.clone()))
                .find(|owner| self.field_at(owner, place).is_some());
            if let Some(owner) = owner
                && let Some((length, field)) = self.field_at(&owner, place)
            {
                self.use_words(place, length);
                self.request(&owner, ActionKind::Filter(field.key()));
                found = true;
                place += length;
                continue;
            }
            if self.word(place.saturating_sub(1)) == "by"
                && !lexicon().is_stop(self.word(place))
                && !self.tokens[place].used
            {
                found |= self.add_filter(place, noun);
            }
            place += 1;
        }

        if !found {
            self.request(noun, ActionKind::Filter(String::new()));
        }
    }

    fn add_filter(&mut self, place: usize, noun: &str) -> bool {
        let label = words::singular(self.word(place));
        if words::key_name(&label).is_empty() || !label.is_ascii() {
            return false;
        }

        let known = lexicon().thing(noun).and_then(|thing| {
            thing
                .entity
                .fields
                .iter()
                .find(|field| field.label == label && field.target().is_none())
        });
        let field = known.cloned().unwrap_or_else(|| field_named(&label));
        let key = field.key();
        self.use_words(place, 1);
        if let Some(entity) = self.entity_mut(noun) {
            entity.fields.push(field);
            entity.add_action(ActionKind::Filter(key), true);
        }
        true
    }

    /// `mark as paid`, `tick off`, `check off`: a yes or no, or the choice that has that name.
    fn read_mark(&mut self, at: usize, noun: &str) {
        let end = self.sentence_of(at).end.min(at + 8);
        let state = (at + 1..end)
            .find(|place| self.word(*place) == "as")
            .map(|place| place + 1);
        let word = state.map_or("done".to_owned(), |place| self.word(place).to_owned());
        let label =
            if word == "complete" || word == "finished" || lexicon().is_stop(&word) || !word.is_ascii() {
                "done".to_owned()
            } else {
                word
            };
        if let Some(place) = state {
            self.use_words(place, 1);
        }

        let Some(entity) = self.entity_mut(noun) else {
            return;
        };
        let choice = entity.fields.iter().find(|field| {
            field
                .options()
                .iter()
                .any(|option| option.to_lowercase() == label || label == "done" && option == "Done")
        });
        let yes_no = entity.fields.iter().find(|field| {
            field.kind == FieldKind::YesNo
                && (field.label == label || field.label.starts_with(&label) || label == "done")
        });
        let kind = match (yes_no, choice) {
            (Some(field), _) => ActionKind::Mark(field.key()),
            (None, Some(field)) => ActionKind::Assign(field.key()),
            (None, None) => {
                let field = Field {
                    label,
                    kind: FieldKind::YesNo,
                    required: false,
                    samples: Vec::new(),
                };
                let key = field.key();
                if !key.is_empty() {
                    entity.fields.push(field);
                }
                ActionKind::Mark(key)
            }
        };
        entity.add_action(kind, true);
    }

    /// `assign tasks to people`: the second is what the first refers to.
    fn read_assignment(&mut self, at: usize, noun: &str) {
        let end = self.sentence_of(at).end;
        let to = (at + 1..end.min(at + 8)).find(|place| self.word(*place) == "to");
        let target = to.and_then(|to| {
            self.mentions
                .iter()
                .find(|mention| mention.at > to && mention.at <= to + 3)
                .map(|mention| mention.noun.clone())
        });
        let Some(target) = target.filter(|target| target != noun) else {
            self.request_assignment(noun, None);
            return;
        };

        self.request_assignment(noun, Some(&target));
    }

    fn request_assignment(&mut self, noun: &str, target: Option<&str>) {
        let Some(entity) = self.entity_mut(noun) else {
            return;
        };
        let there = entity.fields.iter().position(|field| match target {
            Some(target) => field.target() == Some(target),
            None => field.target().is_some(),
        });
        let key = match (there, target) {
            (Some(place), _) => entity.fields[place].key(),
            (None, target) => {
                let target = target.unwrap_or("person");
                let label = if target == "person" { "assignee" } else { target };
                let field = Field {
                    label: label.to_owned(),
                    kind: FieldKind::Reference(target.to_owned()),
                    required: false,
                    samples: Vec::new(),
                };
                let key = field.key();
                entity.fields.push(field);
                key
            }
        };

        entity.add_action(ActionKind::Assign(key), true);
    }

    fn read_vote(&mut self, noun: &str) {
        let noun = if self.entities.iter().any(|entity| entity.noun == "option") {
            "option"
        } else {
            noun
        };
        let noun = match (noun, lexicon().thing("option")) {
            ("poll", Some(thing)) => self.keep(thing),
            _ => noun.to_owned(),
        };

        if let Some(entity) = self.entity_mut(&noun) {
            if entity.field("votes").is_none() {
                let field = Field {
                    label: "votes".to_owned(),
                    kind: FieldKind::Number { whole: true },
                    required: false,
                    samples: ["4", "7", "2", "1", "5"].map(str::to_owned).to_vec(),
                };
                entity.fields.push(field);
            }
            entity.add_action(ActionKind::Count("votes".to_owned(), None), true);
        }
    }
}
