//! A decision laid out for one project: its ways, and which of them the project's own requirements and code speak for.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::{
    answer::StudentProject,
    catalogue::catalogue,
    documents::{ChoiceFramework, ChoiceOption, Feature, Level, Requirements},
    words::{clip, content_stems, content_words, enumerate_words, has_phrase, normalise, split_words, stem},
};

#[derive(Deserialize)]
struct Choice {
    about: String,
    words: Vec<String>,
    concept: String,
    options: Vec<Way>,
}

#[derive(Deserialize)]
struct Way {
    id: String,
    title: String,
    words: Vec<String>,
    signals: Vec<String>,
    level: Level,
    pros: Vec<String>,
    cons: Vec<String>,
    teaches: String,
}

static CHOICES: LazyLock<Vec<Choice>> = LazyLock::new(|| {
    #[derive(Deserialize)]
    struct ChoicesFile {
        choice: Vec<Choice>,
    }

    let file: ChoicesFile = toml::from_str(include_str!("../data/choices.toml")).expect("tests read it");
    file.choice
});

/// What speaks for a way.
struct Weighed<'a> {
    way: &'a Way,
    /// Names of features that speak for it.
    features: Vec<String>,
    weight: i32,
}

/// Lays a decision out. A decision that is not known becomes the one that every project has: what to build first; it says so.
pub fn write_choices(question: &str, project: &StudentProject) -> ChoiceFramework {
    let normal = normalise(question);
    let weigh = |choice: &Choice| {
        choice
            .words
            .iter()
            .filter(|word| has_phrase(&normal, word))
            .map(String::len)
            .sum::<usize>()
    };
    let best = CHOICES
        .iter()
        .map(|choice| (weigh(choice), choice))
        .filter(|(weight, _)| *weight > 0)
        .reduce(|best, next| if next.0 > best.0 { next } else { best });

    match best {
        Some((_, choice)) => lay_out(choice, &normal, project),
        None => choose_first_step(question, project),
    }
}

fn lay_out(choice: &Choice, normal: &str, project: &StudentProject) -> ChoiceFramework {
    let features = project
        .requirements
        .as_ref()
        .map(|requirements| requirements.core_features.as_slice())
        .unwrap_or_default();
    let mut weighed: Vec<Weighed<'_>> = choice
        .options
        .iter()
        .map(|way| weigh_way(way, features, project))
        .collect();
    let options = weighed.iter().map(|weighed| option_of(weighed)).collect();
    weighed.sort_by_key(|weighed| -weighed.weight);
    let named: Vec<String> = choice
        .options
        .iter()
        .filter(|way| way.words.iter().any(|word| has_phrase(normal, word)))
        .map(|way| way.title.clone())
        .collect();

    ChoiceFramework {
        context: context_of(choice, &weighed, &named, project),
        options,
        recommendation: recommend(choice, &weighed, project),
    }
}

fn weigh_way<'a>(way: &'a Way, features: &[Feature], project: &StudentProject) -> Weighed<'a> {
    let speaks_for = |feature: &&Feature| {
        let text = format!(
            " {} {}",
            normalise(&feature.name),
            normalise(&feature.description)
        );
        way.signals
            .iter()
            .any(|signal| text.contains(&format!(" {signal}")))
    };
    let speaking: Vec<&Feature> = features.iter().filter(speaks_for).collect();
    let pitch = project
        .requirements
        .as_ref()
        .map(|requirements| normalise(&requirements.elevator_pitch))
        .unwrap_or_default();
    let in_pitch = way
        .signals
        .iter()
        .filter(|signal| pitch.contains(&format!(" {signal}")))
        .count();
    // What the project does already is cheaper to go on with.
    let in_code = project.files.iter().any(|file| {
        way.words
            .iter()
            .any(|word| word.len() > 6 && file.content.to_lowercase().contains(&word.replace(' ', "")))
    });
    let distance = (way.level as i32 - project.level as i32).abs();

    let by_features: i32 = speaking.iter().map(|feature| 4 - i32::from(feature.rank())).sum();
    Weighed {
        way,
        features: speaking.iter().map(|feature| clip(&feature.name, 60)).collect(),
        weight: by_features + i32::try_from(in_pitch).unwrap_or(0) * 2 + 3 * i32::from(in_code)
            - 2 * distance,
    }
}

fn option_of(weighed: &Weighed<'_>) -> ChoiceOption {
    let way = weighed.way;
    let mut pros = way.pros.clone();
    if !weighed.features.is_empty() {
        let names: Vec<String> = weighed
            .features
            .iter()
            .take(3)
            .map(|name| format!("\"{name}\""))
            .collect();
        pros.push(format!("Fits what you want to have: {}", enumerate_words(&names)));
    }

    ChoiceOption {
        id: way.id.clone(),
        title: way.title.clone(),
        pros,
        cons: way.cons.clone(),
        difficulty: way.level,
        educational_value: way.teaches.clone(),
    }
}

fn context_of(
    choice: &Choice,
    weighed: &[Weighed<'_>],
    named: &[String],
    project: &StudentProject,
) -> String {
    let title = project_name(project);
    let touching: usize = weighed.iter().map(|weighed| weighed.features.len()).sum();
    let mut context = format!("It is about {} in {title}.", choice.about);
    if touching == 0 {
        context.push_str(" None of the features in your requirements speaks for one of the ways, so what you want to learn may decide.");
    } else {
        context.push_str(" Each way lists which of your features speak for it.");
    }
    if !named.is_empty() {
        context.push_str(&format!(" You named: {}.", enumerate_words(named)));
    }
    if let Some(concept) = catalogue().concept(&choice.concept) {
        context.push_str(&format!(
            " The idea behind it is {}: {}",
            concept.name.to_lowercase(),
            concept.idea
        ));
    }

    clip(&context, 2000)
}

fn recommend(choice: &Choice, weighed: &[Weighed<'_>], project: &StudentProject) -> String {
    let Some(best) = weighed.first() else {
        return String::new();
    };
    let level = match project.level {
        Level::Beginner => "somebody who begins",
        Level::Intermediate => "somebody with some practice",
        Level::Advanced => "somebody with much practice",
    };
    let reason = if best.features.is_empty() {
        format!("it suits {level}, and nothing in your requirements asks for more")
    } else {
        format!(
            "{} of your features speak for it, such as \"{}\", and it is weighed for {level}",
            best.features.len(),
            best.features[0]
        )
    };
    let text = format!(
        "For {}, I lean towards \"{}\": {reason}. The decision is yours; say which of the drawbacks you could live with.",
        choice.about, best.way.title
    );

    clip(&text, 500)
}

fn project_name(project: &StudentProject) -> String {
    let requirements = project.requirements.as_ref();
    let name = requirements
        .map(|requirements| requirements.app_name.as_str())
        .filter(|name| !name.is_empty())
        .unwrap_or(&project.title);
    if name.is_empty() {
        "your project".to_owned()
    } else {
        clip(name, 200)
    }
}

/// The ways are the project's own features, or, without any, ways to begin.
fn choose_first_step(question: &str, project: &StudentProject) -> ChoiceFramework {
    let said = clip(&content_words(question).join(" "), 100);
    let unknown = format!(
        "I have nothing prepared on that{}, so this is about what to build first in {}, which decides more than most choices.",
        if said.is_empty() {
            String::new()
        } else {
            format!(" ({said})")
        },
        project_name(project)
    );
    let features: Vec<&Feature> = project
        .requirements
        .as_ref()
        .map(first_features)
        .unwrap_or_default();
    if features.len() < 2 {
        return ways_to_begin(unknown);
    }

    let options: Vec<ChoiceOption> = features
        .iter()
        .enumerate()
        .map(|(at, feature)| option_of_feature(at, feature, project))
        .collect();
    let first = features
        .iter()
        .zip(&options)
        .min_by_key(|(feature, option)| (feature.rank(), option.difficulty));
    let recommendation = first.map(|(_, option)| format!("\"{}\" is needed most and asks for the least that is new; begin there unless another one scares you more.", clip(&option.title, 200)));
    ChoiceFramework {
        context: clip(&unknown, 2000),
        options,
        recommendation: clip(&recommendation.unwrap_or_default(), 500),
    }
}

fn first_features(requirements: &Requirements) -> Vec<&Feature> {
    let mut features: Vec<&Feature> = requirements
        .core_features
        .iter()
        .filter(|feature| feature.name.trim().chars().count() >= 3)
        .collect();
    features.sort_by_key(|feature| feature.rank());
    features.truncate(5);
    features
}

fn option_of_feature(at: usize, feature: &Feature, project: &StudentProject) -> ChoiceOption {
    let concepts = catalogue().concepts_for(&format!("{} {}", feature.name, feature.description));
    let names: Vec<String> = concepts
        .iter()
        .take(4)
        .map(|concept| concept.name.to_lowercase())
        .collect();
    let stems = content_stems(&feature.name);
    let begun = project.files.iter().find(|file| {
        let path: Vec<String> = split_words(&file.path).iter().map(|word| stem(word)).collect();
        file.path.starts_with("src/") && stems.iter().any(|stem| path.contains(stem))
    });

    let mut pros = vec![match feature.rank() {
        0 => "It must be there, so it is never built in vain".to_owned(),
        1 => "It should be there, and others may lean on it".to_owned(),
        _ => "It is nice to have, and nothing breaks while you try".to_owned(),
    }];
    let mut cons = Vec::new();
    match begun {
        Some(file) => pros.push(format!("{} is there to go on from", clip(&file.path, 100))),
        None => cons.push("No file of your project has begun it".to_owned()),
    }
    if names.len() > 2 {
        cons.push(format!(
            "It needs several things at once: {}",
            enumerate_words(&names)
        ));
    }
    ChoiceOption {
        id: format!("feature-{}", at + 1),
        title: clip(feature.name.trim(), 200),
        pros,
        cons,
        difficulty: [Level::Beginner, Level::Intermediate, Level::Advanced][(names.len() / 2).min(2)],
        educational_value: if names.is_empty() {
            "Teaches to find out what a feature needs before it is begun.".to_owned()
        } else {
            format!("Teaches {}.", enumerate_words(&names))
        },
    }
}

fn ways_to_begin(context: String) -> ChoiceFramework {
    let way = |id: &str, title: &str, pro: &str, con: &str, difficulty, teaches: &str| ChoiceOption {
        id: id.to_owned(),
        title: title.to_owned(),
        pros: vec![pro.to_owned()],
        cons: vec![con.to_owned()],
        difficulty,
        educational_value: teaches.to_owned(),
    };

    ChoiceFramework {
        context: clip(&context, 2000),
        options: vec![
            way("smallest-first", "The smallest thing that one can see", "Works today, and everything later has a place to stand", "Says little about what will be hard", Level::Beginner, "Teaches to cut work into steps that can be seen."),
            way("riskiest-first", "The thing that you understand least", "What could sink the plan is known early", "May feel slow for days", Level::Advanced, "Teaches to find out instead of hoping."),
            way("rules-first", "The rules, without any page", "Can be tested at once", "Nothing to show to others yet", Level::Intermediate, "Teaches to keep rules apart from what shows them."),
        ],
        recommendation: "Write requirements for the project, and I can weigh these for it; until then I lean towards the smallest thing.".to_owned(),
    }
}
