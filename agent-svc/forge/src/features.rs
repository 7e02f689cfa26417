//! The features of an app, each named as people would name it: requirements list them, and one flow proves each.

use crate::{
    code::entity::name_call,
    model::{ActionKind, AppModel, Entity, View},
    words,
};

pub(crate) const MOST_FEATURES: usize = 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub(crate) enum Priority {
    #[serde(rename = "must-have")]
    Must,
    #[serde(rename = "should-have")]
    Should,
    #[serde(rename = "nice-to-have")]
    Nice,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FeatureKind {
    /// Add, edit, delete, as far as the app can.
    Keep,
    Do(ActionKind),
    See(View),
    Permit,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Feature {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) priority: Priority,
    pub(crate) kind: FeatureKind,
    /// The place of its entity in the app.
    pub(crate) entity: usize,
}

/// All features, the most important first; at most so many as requirements may list.
pub(crate) fn features_of(app: &AppModel) -> Vec<Feature> {
    let mut features = Vec::new();
    for (place, entity) in app.entities.iter().enumerate() {
        features.push(keep_feature(place, entity));
        for action in &entity.actions {
            if let Some((name, description)) = describe_action(entity, &action.kind) {
                let rare = matches!(action.kind, ActionKind::Sort | ActionKind::Filter(_));
                let priority = if action.asked {
                    Priority::Must
                } else if rare {
                    Priority::Nice
                } else {
                    Priority::Should
                };
                features.push(Feature {
                    name,
                    description,
                    priority,
                    kind: FeatureKind::Do(action.kind.clone()),
                    entity: place,
                });
            }
        }
        for view in &entity.views {
            if let Some((name, description)) = describe_view(entity, view) {
                features.push(Feature {
                    name,
                    description,
                    priority: Priority::Must,
                    kind: FeatureKind::See(view.clone()),
                    entity: place,
                });
            }
        }
    }
    if !app.roles.is_empty() {
        let roles: Vec<String> = app.roles.iter().map(|role| role.name.clone()).collect();
        features.push(Feature {
            name: "Each role may do what it is allowed to".to_owned(),
            description: format!(
                "People choose whether they work as {}. What a role may not do is not offered to it.",
                words::join_list(&roles)
            ),
            priority: Priority::Must,
            kind: FeatureKind::Permit,
            entity: 0,
        });
    }

    features.sort_by_key(|feature| feature.priority);
    let mut names = std::collections::BTreeSet::new();
    features.retain(|feature| names.insert(feature.name.clone()));
    features.truncate(MOST_FEATURES);
    features
}

fn keep_feature(place: usize, entity: &Entity) -> Feature {
    let verbs: Vec<String> = [
        (ActionKind::Add, "add"),
        (ActionKind::Edit, "edit"),
        (ActionKind::Delete, "delete"),
    ]
    .iter()
    .filter(|(kind, _)| entity.can(kind))
    .map(|(_, verb)| (*verb).to_owned())
    .collect();
    let does = if verbs.is_empty() {
        "see".to_owned()
    } else {
        words::join_list(&verbs)
    };
    let fields: Vec<String> = entity.fields.iter().map(|field| field.label.clone()).collect();

    Feature {
        name: words::sentence_case(&format!("{does} {}", entity.many)),
        description: format!("Each {} has {}.", entity.noun, words::join_list(&fields)),
        priority: if entity.asked {
            Priority::Must
        } else {
            Priority::Should
        },
        kind: FeatureKind::Keep,
        entity: place,
    }
}

fn describe_action(entity: &Entity, kind: &ActionKind) -> Option<(String, String)> {
    let many = &entity.many;
    let label = |key: &str| {
        entity
            .field(key)
            .map(|field| field.label.clone())
            .unwrap_or_default()
    };

    Some(match kind {
        ActionKind::Add | ActionKind::Edit | ActionKind::Delete => return None,
        ActionKind::Search => (
            format!("Search {many}"),
            format!("Any text of {many} is found, in whichever case."),
        ),
        ActionKind::Filter(key) => (
            format!("Filter {many} by {}", label(key)),
            format!("Only the {many} with the chosen {} are shown.", label(key)),
        ),
        ActionKind::Sort => (
            format!("Sort {many}"),
            format!("The list of {many} is put in the chosen order."),
        ),
        ActionKind::Export => (
            format!("Export {many} as CSV"),
            "The shown list is saved as a file for spreadsheets.".to_owned(),
        ),
        ActionKind::Import => (
            format!("Import {many} from CSV"),
            "Rows of a file are taken; what is wrong with the others is said.".to_owned(),
        ),
        ActionKind::Print => (
            format!("Print {many}"),
            "The page prints without its menus and buttons.".to_owned(),
        ),
        ActionKind::Mark(key) => (
            format!("Mark {many} as {}", label(key)),
            "One press marks it, another one takes it back.".to_owned(),
        ),
        ActionKind::Count(key, _) if key == "votes" => {
            (format!("Vote for {many}"), "One press is one vote.".to_owned())
        }
        ActionKind::Count(key, _) => (
            format!("Count up {} of {many}", label(key)),
            "One press counts one more.".to_owned(),
        ),
        ActionKind::Stamp(key, word) => (
            format!("{word}: {many}"),
            format!("One press sets {} to today.", label(key)),
        ),
        ActionKind::Assign(key) => (
            format!("Set the {} of {many}", label(key)),
            "It is chosen on the page of the record.".to_owned(),
        ),
    })
}

fn describe_view(entity: &Entity, view: &View) -> Option<(String, String)> {
    let label = |key: &str| {
        entity
            .field(key)
            .map(|field| field.label.clone())
            .unwrap_or_default()
    };

    Some(match view {
        View::List | View::Cards => return None,
        View::Board(key) => (
            format!("See {} on a board", entity.many),
            format!("A column for each {}; cards move between them.", label(key)),
        ),
        View::Calendar(key) => (
            format!("See {} in a calendar", entity.many),
            format!("A month at a time, each on its {}.", label(key)),
        ),
        View::Chart { value, by } => (
            format!("See a chart of {}", entity.many),
            super::code::views::chart_title(entity, value.as_deref(), by),
        ),
    })
}

/// The call that names a record in a flow, with the ids themselves for names.
pub(crate) fn plain_name_call(entity: &Entity, item: &str) -> String {
    name_call(entity, item, "(id) => id")
}
