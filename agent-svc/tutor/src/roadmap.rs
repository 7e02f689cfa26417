//! What there is to learn for a project, in an order in which each step stands on those before it.

use crate::{
    answer::StudentProject,
    catalogue::{Concept, catalogue},
    documents::{Feature, LearningRoadmap, Level, RoadmapModule},
    error::TutorError,
    state::LearnerState,
    words::{clip, content_stems, enumerate_words, split_words, stem},
};

const MOST_MODULES: usize = 20;
const MOST_CONCEPTS: usize = 20;
/// What every project of the platform needs, whatever its features are.
const BASICS: [&str; 4] = ["functions", "components", "state", "events"];

/// Writes a roadmap from the project's requirements and files. What the learner knows already is left out.
///
/// # Errors
/// [`TutorError::NoRequirements`].
pub fn write_roadmap(project: &StudentProject, state: &LearnerState) -> Result<LearningRoadmap, TutorError> {
    let requirements = project
        .requirements
        .as_ref()
        .filter(|requirements| {
            requirements
                .core_features
                .iter()
                .any(|feature| !feature.name.trim().is_empty())
        })
        .ok_or(TutorError::NoRequirements)?;
    let mut features: Vec<&Feature> = requirements
        .core_features
        .iter()
        .filter(|feature| feature.name.trim().chars().count() >= 3)
        .collect();
    features.sort_by_key(|feature| feature.rank());

    let mut plan = Plan {
        project,
        state,
        placed: Vec::new(),
        modules: Vec::new(),
    };
    plan.add_foundations(&features);
    for feature in features.iter().take(MOST_MODULES - 2) {
        plan.add_feature(feature);
    }
    plan.add_proof();
    Ok(plan.finish(requirements.app_name.as_str()))
}

struct Plan<'a> {
    project: &'a StudentProject,
    state: &'a LearnerState,
    /// Concepts that a module has already, or that are known.
    placed: Vec<&'static str>,
    modules: Vec<RoadmapModule>,
}

impl Plan<'_> {
    /// A concept with all that it stands on, the first first, without what is placed or known.
    fn gather(&self, concept: &'static Concept, into: &mut Vec<&'static Concept>) {
        let has = |into: &[&Concept]| into.iter().any(|other| other.id == concept.id);
        if has(into) || self.placed.contains(&concept.id.as_str()) || self.state.knows(&concept.id) {
            return;
        }
        for need in &concept.needs {
            if let Some(need) = catalogue().concept(need) {
                self.gather(need, into);
            }
        }
        if !has(into) {
            into.push(concept);
        }
    }

    fn add_foundations(&mut self, features: &[&Feature]) {
        let mut concepts = Vec::new();
        for id in BASICS {
            if let Some(concept) = catalogue().concept(id) {
                self.gather(concept, &mut concepts);
            }
        }
        if self.project.level != Level::Beginner {
            // Whoever has programmed before begins with what is the page's own.
            concepts.retain(|concept| matches!(concept.id.as_str(), "components" | "state" | "events"));
            self.placed.extend([
                "variables",
                "conditions",
                "functions",
                "arrays",
                "objects",
                "loops",
                "strings",
            ]);
        }
        if concepts.is_empty() {
            return;
        }

        let names: Vec<String> = features
            .iter()
            .take(3)
            .map(|feature| format!("\"{}\"", clip(&feature.name, 60)))
            .collect();
        let description = format!(
            "What {} will stand on, before any of them is begun.",
            enumerate_words(&names)
        );
        self.push("Foundations", &description, &concepts, Vec::new());
    }

    fn add_feature(&mut self, feature: &Feature) {
        let text = format!("{} {}", feature.name, feature.description);
        let mut concepts = Vec::new();
        for concept in catalogue().concepts_for(&text) {
            self.gather(concept, &mut concepts);
        }
        let task = self.task_of(feature);
        let known = concepts.is_empty();
        if known {
            // All that it needs came before: it is practised here.
            concepts = catalogue().concepts_for(&text);
            concepts.extend(catalogue().concept("components").filter(|_| concepts.is_empty()));
        }

        let what = if feature.description.trim().is_empty() {
            feature.name.trim()
        } else {
            feature.description.trim()
        };
        let description = if known {
            format!(
                "{} Nothing in it is new: use here what came before.",
                with_stop(what)
            )
        } else {
            format!("{} It is learned by building it yourself.", with_stop(what))
        };
        self.push(
            &clip(feature.name.trim(), 200),
            &description,
            &concepts,
            vec![task],
        );
    }

    /// What is to be done in the project itself: from a file of it, if one is near.
    fn task_of(&self, feature: &Feature) -> String {
        let stems = content_stems(&feature.name);
        let near = self.project.files.iter().find(|file| {
            let path: Vec<String> = split_words(&file.path).iter().map(|word| stem(word)).collect();
            file.path.starts_with("src/") && !file.is_test() && stems.iter().any(|stem| path.contains(stem))
        });

        match near {
            Some(file) => clip(
                &format!(
                    "In your project: read {} and say what of \"{}\" is there and what is not",
                    file.path,
                    clip(&feature.name, 80)
                ),
                300,
            ),
            None => clip(
                &format!(
                    "In your project: write the smallest piece of \"{}\" that a person can see",
                    clip(&feature.name, 80)
                ),
                300,
            ),
        }
    }

    fn add_proof(&mut self) {
        let mut concepts = Vec::new();
        for id in ["testing", "accessibility"] {
            if let Some(concept) = catalogue().concept(id) {
                self.gather(concept, &mut concepts);
            }
        }

        if !concepts.is_empty() {
            let task = "In your project: write one test for each rule, with a value at its edge".to_owned();
            self.push(
                "Show that it works",
                "Tests for the rules, and a page that can be used without a mouse and without seeing it.",
                &concepts,
                vec![task],
            );
        }
    }

    fn push(&mut self, title: &str, description: &str, concepts: &[&'static Concept], tasks: Vec<String>) {
        let concepts = &concepts[..concepts.len().min(MOST_CONCEPTS)];
        let pace = match self.project.level {
            Level::Beginner => 1.5,
            Level::Intermediate => 1.0,
            Level::Advanced => 0.6,
        };
        let fresh: f64 = concepts
            .iter()
            .filter(|concept| !self.placed.contains(&concept.id.as_str()))
            .map(|concept| concept.hours)
            .sum();
        let hours = ((fresh + tasks.len() as f64) * pace * 2.0).round() / 2.0;
        let exercises = concepts
            .iter()
            .flat_map(|concept| {
                catalogue()
                    .exercises
                    .iter()
                    .filter(|exercise| exercise.concept == concept.id)
            })
            .filter(|exercise| !self.state.solved.contains(&exercise.id))
            .map(|exercise| format!("{} ({})", exercise.title, exercise.id));

        self.modules.push(RoadmapModule {
            title: title.to_owned(),
            description: clip(description, 1000),
            concepts: concepts.iter().map(|concept| concept.name.clone()).collect(),
            exercises: tasks.iter().cloned().chain(exercises).take(10).collect(),
            estimated_hours: hours.clamp(0.5, 40.0),
        });
        for concept in concepts {
            if !self.placed.contains(&concept.id.as_str()) {
                self.placed.push(concept.id.as_str());
            }
        }
    }

    fn finish(self, app: &str) -> LearningRoadmap {
        let total: f64 = self.modules.iter().map(|module| module.estimated_hours).sum();
        let name = if app.trim().is_empty() {
            "the project"
        } else {
            app.trim()
        };
        let mut objectives: Vec<String> = self
            .modules
            .iter()
            .filter(|module| !matches!(module.title.as_str(), "Foundations" | "Show that it works"))
            .take(8)
            .map(|module| {
                format!(
                    "Build \"{}\" of {} without copying it",
                    clip(&module.title, 100),
                    clip(name, 60)
                )
            })
            .collect();
        objectives.push("Explain each line of it that you wrote, and test the rules".to_owned());

        LearningRoadmap {
            modules: self.modules,
            total_estimated_hours: total.clamp(1.0, 500.0),
            prerequisites: match self.project.level {
                Level::Beginner => vec![
                    "A computer with a browser and an editor".to_owned(),
                    "No programming at all".to_owned(),
                ],
                Level::Intermediate => vec![
                    "Variables, conditions, loops, functions, lists and objects in some language".to_owned(),
                ],
                Level::Advanced => vec![
                    "Programming in JavaScript or TypeScript".to_owned(),
                    "HTML and CSS".to_owned(),
                ],
            },
            learning_objectives: objectives,
        }
    }
}

fn with_stop(text: &str) -> String {
    let text = text.trim();
    if text.ends_with(['.', '!', '?']) {
        text.to_owned()
    } else {
        format!("{text}.")
    }
}
