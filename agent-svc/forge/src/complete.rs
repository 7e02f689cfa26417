//! Completes what was read to a model that can be built: fields that name records, rules that follow from kinds, references
//! without circles, examples that break no rule. What does not fit is said.

use std::collections::BTreeSet;

use crate::{
    answers::{WHICH_FIVE, agrees},
    idea::{Reading, shown::chart_of},
    lexicon::lexicon,
    model::{ActionKind, AppModel, Entity, Field, FieldKind, MOST_ENTITIES, Question, Rule, View},
    words,
};

const MOST_FILTERS: usize = 3;
const MOST_QUESTIONS: usize = 5;
const MOST_OMISSIONS: usize = 60;

/// The model of an idea.
pub(crate) fn complete_model(mut reading: Reading, seed: u64) -> AppModel {
    reading.use_own_names();
    settle_unwanted(&mut reading);
    drop_surplus(&mut reading);
    add_wanted_people(&mut reading);
    resolve_references(&mut reading);

    let described = reading.described.clone();
    let charted = reading.charted.clone();
    let unwanted = reading.unwanted.clone();
    for entity in &mut reading.entities {
        let chart_asked = charted.contains(&entity.noun);
        complete_entity(entity, chart_asked, &unwanted);
    }
    ask_about_unknown(&mut reading, &described);
    reading.report_answers();

    let name = reading.name.clone().unwrap_or_else(|| name_of(&reading.entities));
    let surplus = reading.omissions.len().saturating_sub(MOST_OMISSIONS);
    reading.omissions.truncate(MOST_OMISSIONS);
    if surplus > 0 {
        reading.omit(
            &format!("{surplus} more passages"),
            "The idea is longer than what was understood of it.",
        );
    }
    reading.questions.truncate(MOST_QUESTIONS);

    AppModel {
        name,
        tone: reading.tone,
        seed,
        entities: reading.entities,
        roles: reading.roles,
        omissions: reading.omissions,
        questions: reading.questions,
    }
}

fn name_of(entities: &[Entity]) -> String {
    entities
        .first()
        .map_or_else(|| "App".to_owned(), |entity| words::title_case(&entity.many))
}

/// What is asked for and refused in the same idea is a question; until it is answered, it is not built.
fn settle_unwanted(reading: &mut Reading) {
    for (noun, kind) in reading.unwanted.clone() {
        let asked = reading.entities.iter().any(|entity| {
            entity.noun == noun
                && entity
                    .actions
                    .iter()
                    .any(|action| action.kind == kind && action.asked)
        });
        let verb = format!("{kind:?}").to_lowercase();
        let many = words::plural(&noun);
        let question = format!("May {many} be changed by “{verb}” or not?");
        let decided = reading.answer_to(&question).and_then(agrees).filter(|_| asked);
        if decided.is_some() {
            reading.settle(&question);
        }
        if decided == Some(true) {
            reading
                .unwanted
                .retain(|other| *other != (noun.clone(), kind.clone()));
            continue;
        }
        if asked && decided.is_none() {
            reading.ask(
                &question,
                "The idea asks for it in one place and refuses it in another. It is not built until you say so.",
                &["Yes", "No"],
            );
            reading.omit(&format!("{verb} {many}"), "The idea contradicts itself here.");
        }
        if let Some(entity) = reading.entities.iter_mut().find(|entity| entity.noun == noun) {
            entity.actions.retain(|action| action.kind != kind);
        }
    }
}

fn drop_surplus(reading: &mut Reading) {
    if reading.entities.len() <= MOST_ENTITIES {
        return;
    }

    let is_chosen = choose_entities(reading);
    let surplus: Vec<String> = reading
        .entities
        .split_off(MOST_ENTITIES)
        .into_iter()
        .map(|entity| entity.many)
        .collect();
    let kept: Vec<String> = reading
        .entities
        .iter()
        .map(|entity| entity.many.clone())
        .collect();
    for many in &surplus {
        let reason = match is_chosen {
            true => "A project keeps at most five kinds of things; those that you chose were taken first.",
            false => "A project keeps at most five kinds of things; the first five were taken.",
        };
        reading.omit(&words::sentence_case(many), reason);
    }
    if is_chosen {
        return;
    }
    reading.ask(
        &format!("{WHICH_FIVE}? Now it keeps {}.", words::join_list(&kept)),
        "A project keeps at most five kinds of things.",
        &[],
    );
}

/// Brings the things that were chosen to the front; whether any was.
fn choose_entities(reading: &mut Reading) -> bool {
    let Some(answer) = reading.answer_to(WHICH_FIVE) else {
        return false;
    };
    let plain: Vec<String> = answer
        .to_lowercase()
        .split(|letter: char| !letter.is_alphanumeric() && letter != '-')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    let said = format!(" {} ", plain.join(" "));
    let is_named = |entity: &Entity| {
        said.contains(&format!(" {} ", entity.noun)) || said.contains(&format!(" {} ", entity.many))
    };

    let any = reading.entities.iter().any(is_named);
    reading.entities.sort_by_key(|entity| !is_named(entity));
    if any {
        reading.settle(WHICH_FIVE);
    }
    any
}

/// People to whom something is assigned are kept, too.
fn add_wanted_people(reading: &mut Reading) {
    let wanted: BTreeSet<String> = reading
        .entities
        .iter()
        .flat_map(|entity| {
            entity.actions.iter().filter_map(|action| match &action.kind {
                ActionKind::Assign(key) => entity.field(key)?.target().map(str::to_owned),
                _ => None,
            })
        })
        .collect();

    for noun in wanted {
        let is_there = reading.entities.iter().any(|entity| entity.noun == noun);
        if let Some(thing) = lexicon()
            .thing(&noun)
            .filter(|_| !is_there && reading.entities.len() < MOST_ENTITIES)
        {
            let mut entity = thing.entity.clone();
            entity.asked = false;
            reading.entities.push(entity);
        }
    }
}

/// A reference to what is not kept becomes a text; so does one that closes a circle.
fn resolve_references(reading: &mut Reading) {
    let nouns: Vec<String> = reading
        .entities
        .iter()
        .map(|entity| entity.noun.clone())
        .collect();
    let mut edges: Vec<(String, String)> = Vec::new();

    for entity in &mut reading.entities {
        let noun = entity.noun.clone();
        for place in 0..entity.fields.len() {
            let Some(target) = entity.fields[place].target().map(str::to_owned) else {
                continue;
            };
            let closes = target == noun || reaches(&edges, &target, &noun);
            if nouns.contains(&target) && !closes {
                edges.push((noun.clone(), target));
            } else {
                make_text(entity, place);
            }
        }
    }
}

fn reaches(edges: &[(String, String)], from: &str, to: &str) -> bool {
    from == to
        || edges
            .iter()
            .any(|(start, end)| start == from && reaches(edges, end, to))
}

/// Turns a reference into a text, wherever its key is named.
fn make_text(entity: &mut Entity, place: usize) {
    let label = entity.fields[place].label.clone();
    let samples = std::mem::take(&mut entity.fields[place].samples);
    entity.change_field(place, &label, FieldKind::Text);
    entity.fields[place].samples = samples;
}

fn complete_entity(entity: &mut Entity, charted: bool, unwanted: &[(String, ActionKind)]) {
    name_records(entity);
    entity
        .fields
        .retain(|field| !words::key_name(&field.label).is_empty());
    let mut seen = BTreeSet::new();
    entity.fields.retain(|field| seen.insert(field.key()));

    drop_dangling(entity);
    complete_rules(entity);
    complete_actions(entity, unwanted);
    complete_views(entity, charted);
    complete_samples(entity);
}

/// A record must have a name: a text that is required, or references that are.
fn name_records(entity: &mut Entity) {
    if entity.name_field().is_some()
        || entity
            .references()
            .any(|(field, _)| field.required && field.target().is_some())
    {
        return;
    }

    if let Some(field) = entity
        .fields
        .iter_mut()
        .find(|field| field.kind == FieldKind::Text)
    {
        field.required = true;
    } else {
        let field = Field {
            label: "name".to_owned(),
            kind: FieldKind::Text,
            required: true,
            samples: Vec::new(),
        };
        entity.fields.insert(0, field);
    }
}

/// What names a field that is not there any more goes.
fn drop_dangling(entity: &mut Entity) {
    let keys: BTreeSet<String> = entity.fields.iter().map(Field::key).collect();
    let dates: BTreeSet<String> = entity
        .fields
        .iter()
        .filter(|field| field.is_date())
        .map(Field::key)
        .collect();
    let has = |key: &String| keys.contains(key);

    entity.rules.retain(|rule| match rule {
        Rule::Once(of) => !of.is_empty() && of.iter().all(has),
        Rule::Apart { same, begin, end } => has(begin) && has(end) && same.iter().all(has),
        Rule::After { later, earlier, .. } => has(later) && has(earlier),
        Rule::Required(key)
        | Rule::Whole(key)
        | Rule::Format(key)
        | Rule::Unique(key)
        | Rule::AtLeast(key, _)
        | Rule::AtMost(key, _) => has(key),
        Rule::Shortest(key, _) | Rule::Longest(key, _) | Rule::MostOf(key, _) => has(key),
        Rule::NotPast(key) | Rule::NotFuture(key) => dates.contains(key),
    });
    entity.actions.retain(|action| match &action.kind {
        ActionKind::Mark(key) | ActionKind::Stamp(key, _) | ActionKind::Assign(key) => has(key),
        ActionKind::Count(key, day) => has(key) && day.as_ref().is_none_or(has),
        ActionKind::Filter(key) => key.is_empty() || has(key),
        _ => true,
    });
    entity.views.retain(|view| match view {
        View::Board(key) => entity
            .fields
            .iter()
            .any(|field| field.key() == *key && matches!(field.kind, FieldKind::Choice(_))),
        View::Calendar(key) => dates.contains(key),
        View::Chart { value, by } => has(by) && value.as_ref().is_none_or(has),
        View::List | View::Cards => true,
    });
}

fn complete_rules(entity: &mut Entity) {
    let stated = std::mem::take(&mut entity.rules);
    for field in entity.fields.clone() {
        let key = field.key();
        let can_be_empty = !matches!(field.kind, FieldKind::YesNo | FieldKind::Choice(_));
        if field.required && can_be_empty {
            entity.add_rule(Rule::Required(key.clone()));
        }

        match field.kind {
            FieldKind::Number { whole: true } => entity.add_rule(Rule::Whole(key)),
            FieldKind::Email | FieldKind::Phone | FieldKind::Url => entity.add_rule(Rule::Format(key)),
            _ => {}
        }
    }
    for rule in stated {
        entity.add_rule(rule);
    }
}

fn complete_actions(entity: &mut Entity, unwanted: &[(String, ActionKind)]) {
    let asked_filter = entity.can(&ActionKind::Filter(String::new()));
    entity
        .actions
        .retain(|action| action.kind != ActionKind::Filter(String::new()));

    let has_text = entity
        .fields
        .iter()
        .any(|field| field.is_text() || field.target().is_some());
    let mut wanted = vec![ActionKind::Add, ActionKind::Edit, ActionKind::Delete];
    wanted.extend(has_text.then_some(ActionKind::Search));
    wanted.push(ActionKind::Sort);
    for kind in wanted {
        if !unwanted.contains(&(entity.noun.clone(), kind.clone())) {
            entity.add_action(kind, false);
        }
    }

    let kinds = |field: &&Field| {
        matches!(
            field.kind,
            FieldKind::Choice(_) | FieldKind::Reference(_) | FieldKind::YesNo
        )
    };
    let mut keys: Vec<String> = entity.fields.iter().filter(kinds).map(Field::key).collect();
    let has_filter = entity.filters().next().is_some();
    if keys.is_empty() && asked_filter && !has_filter {
        entity.fields.push(Field {
            label: "category".to_owned(),
            kind: FieldKind::Choice(
                ["General", "Personal", "Work", "Other"]
                    .map(str::to_owned)
                    .to_vec(),
            ),
            required: false,
            samples: Vec::new(),
        });
        keys.push("category".to_owned());
    }
    for key in keys {
        let count = entity.filters().count();
        if count < MOST_FILTERS {
            entity.add_action(ActionKind::Filter(key), asked_filter && count == 0 && !has_filter);
        }
    }
    let first = entity
        .actions
        .iter_mut()
        .filter(|action| asked_filter && matches!(action.kind, ActionKind::Filter(_)))
        .take(1);
    first.for_each(|action| action.asked = true);
}

/// Charts and boards of the lexicon are shown only where the idea asks for such a thing; its calendars are.
fn complete_views(entity: &mut Entity, charted: bool) {
    let asked_chart = charted && entity.views.iter().any(|view| matches!(view, View::Chart { .. }));

    if asked_chart
        && entity
            .views
            .iter()
            .filter(|view| matches!(view, View::Chart { .. }))
            .count()
            > 1
    {
        let last = chart_of(entity, None);
        entity.views.retain(|view| !matches!(view, View::Chart { .. }));
        entity.add_view(last);
    }
    if !entity.views.contains(&View::Cards) {
        entity.views.insert(0, View::List);
    } else {
        entity.views.retain(|view| *view != View::Cards);
        entity.views.insert(0, View::Cards);
    }
    let mut kinds = BTreeSet::new();
    entity.views.retain(|view| {
        kinds.insert(match view {
            View::List | View::Cards => 0,
            View::Board(_) => 1,
            View::Calendar(_) => 2,
            View::Chart { .. } => 3,
        })
    });
}

/// Five examples of each field, none of which breaks a rule.
fn complete_samples(entity: &mut Entity) {
    let rules = entity.rules.clone();
    let noun = words::sentence_case(&entity.noun);
    for field in &mut entity.fields {
        let key = field.key();
        let fits = |sample: &String| crate::code::samples::fits_rules(sample, &key, field, &rules);
        if field.samples.len() == 5 && field.samples.iter().all(fits) && field.target().is_none() {
            continue;
        }
        field.samples = (0..5)
            .map(|at| crate::code::samples::make_sample(&noun, field, &key, &rules, at))
            .collect();
    }

    for rule in &rules {
        if let Rule::After {
            later,
            earlier,
            is_strict,
        } = rule
        {
            crate::code::samples::order_samples(entity, later, earlier, *is_strict);
        }
    }
}

/// Things that nobody knows and of which the idea says nothing get a name and notes: worth a question.
fn ask_about_unknown(reading: &mut Reading, described: &BTreeSet<String>) {
    let unknown: Vec<String> = reading
        .entities
        .iter()
        .filter(|entity| lexicon().thing(&entity.noun).is_none() && !described.contains(&entity.noun))
        .map(|entity| entity.noun.clone())
        .collect();

    for noun in unknown {
        reading.ask(
            &format!("What should be kept of each {noun}, beside its name?"),
            "The idea doesn't say it; only a name and notes are kept now.",
            &["A date", "An amount", "A category", "A rating"],
        );
    }
}

/// What must be answered before anything can be built.
pub(crate) fn ask_first(reading: &Reading) -> Vec<Question> {
    let question = |question: &str, why: &str, options: &[&str]| Question {
        question: question.to_owned(),
        why: why.to_owned(),
        options: options.iter().map(|option| (*option).to_owned()).collect(),
    };
    let is_foreign = reading.is_foreign() || reading.english_share().is_some_and(|share| share < 25);

    if is_foreign {
        return vec![question(
            "Can you say the idea in English?",
            "Without a model only English is understood, and hardly a word of this was.",
            &[],
        )];
    }
    vec![
        question(
            "What should the app keep? Name the things, such as recipes, bookings or plants.",
            "The idea names nothing that could be kept, so there is nothing to build yet.",
            &["Tasks", "Contacts", "Events", "Products"],
        ),
        question(
            "What do people do with them: add, search, sort, mark, assign, export?",
            "It decides which pages and buttons there are.",
            &[],
        ),
    ]
}
