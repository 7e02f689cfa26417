//! Ideas that mean harm, or were not meant for this: nothing of them is markup or code in a project.

use super::{assert_bounds, forge, questions_of};
use crate::{ForgeError, Origin, check_project, forge_project};

const HOSTILE: &[&str] = &[
    "Recipes <script>alert(1)</script> with a title and a <img src=x onerror=alert(1)> rating",
    "Track my '); process.exit(); //s and books with title",
    "Recipes called </title><script>alert(1)</script> with search",
    "Books with {{constructor.constructor('alert(1)')()}} and ${process.env.HOME} and <%= 7*7 %>",
    "tasks `rm -rf /` \u{2028} with a name'); DROP TABLE users; --",
    "Each recipe has a __proto__, a constructor, a toString and an id. Recipes with class, default, export and import.",
    "Keep notes with a status (\"<b>open</b>\", '${1}', `closed`, \\u0000) and search",
    "Track errors, promises and symbols. Each promise has an error. Each symbol has a date.",
    "javascript:alert(1) contacts with website and javascript",
    "Manage classes with a class, an event, a node and an object",
    "Recipes with a <b>title</b>, {{ingredients}}, ${rating} and `steps` */ // <!-- -->",
    "Track my constructors and prototypes with a __proto__, a hasOwnProperty and a valueOf",
    "Manage imports and exports and defaults with a return, a function and an await; each import has an export",
    "tasks with a name and a status (a'b, c\"d, e\\f, `g`, </script>)",
    "📚 books with title 🙂 and author 👩‍🚀, \u{202e}reversed\u{202c} and zero\u{200b}width",
    "No books. Not an app for books. Books must have at least 5 pages. Pages at most 3. Only nobody can delete books.",
];

#[test]
fn markup_and_templates_in_an_idea_are_only_text() {
    for idea in HOSTILE {
        let project = forge(idea);

        assert_bounds(&project);
        assert_eq!(check_project(&project.files), [], "{idea}");
        for file in &project.files {
            let lower = file.content.to_lowercase();
            let scripts = lower.matches("<script").count();
            assert_eq!(
                scripts,
                usize::from(file.path == "index.html"),
                "{idea}: {}",
                file.path
            );
            for part in [
                "alert(1)",
                "onerror",
                "{{constructor",
                "process.exit",
                "drop table",
                "rm -rf",
                "process.env",
            ] {
                let is_proof = file.path.contains(".test.") && part == "alert(1)";
                let is_quoted = file.path == "README.md"
                    && matches!(
                        part,
                        "onerror" | "process.exit" | "drop table" | "rm -rf" | "process.env"
                    );
                assert!(
                    is_proof || is_quoted || !lower.contains(part),
                    "{idea}: {part} in {}",
                    file.path
                );
            }
        }
    }
}

#[test]
fn another_language_is_a_question() {
    for idea in [
        "Ich möchte eine Anwendung, mit der ich meine Bücher verwalten und ausleihen kann",
        "Una aplicación para gestionar las citas de mi consulta con calendario",
        "レシピを管理するアプリが欲しいです",
        "Хочу приложение для учёта расходов моей семьи",
        "Une application pour gérer mes recettes avec des ingrédients et des notes",
    ] {
        let questions = questions_of(idea);
        assert!((1..=5).contains(&questions.len()), "{idea}");
    }
}

#[test]
fn what_finds_no_room_in_a_thing_is_said() {
    let fields: Vec<String> = (1..=40).map(|at| format!("field{at}")).collect();
    let project = forge(&format!("Items with {}", fields.join(", ")));

    let said = |field: &str| {
        let quoted = format!("“{field}”");
        project
            .omissions
            .iter()
            .any(|omission| omission.asked.contains(&quoted))
    };
    assert!(said("field40") && !said("field3"), "{:?}", project.omissions);
    assert_bounds(&project);
}

#[test]
fn a_long_idea_is_read_and_a_longer_one_refused() {
    let long = "Recipes have a title and a rating. ".repeat(1_400);
    let project = forge(&long);
    assert_bounds(&project);

    let noise: String = (0..6_000).map(|at| format!("w{at}x ")).collect();
    let noisy = forge(&format!("Recipes. {noise}"));
    assert!(noisy.omissions.len() <= 61);
    let written: usize = noisy
        .files
        .iter()
        .filter(|file| file.origin == Origin::Source)
        .map(|file| file.content.len())
        .sum();
    assert!(written < 1_000_000);

    assert_eq!(
        forge_project(&"a".repeat(50_001), 0),
        Err(ForgeError::TooLong(50_001))
    );
    assert_eq!(forge_project(" \n ", 0), Err(ForgeError::EmptyIdea));
}

#[test]
fn more_things_than_fit_are_said_and_asked_about() {
    let project = forge("Manage recipes, habits, plants, books, movies, games, workouts and bugs");

    assert!(
        project
            .omissions
            .iter()
            .any(|omission| omission.asked == "Workouts")
    );
    assert!(
        project
            .questions
            .iter()
            .any(|question| question.question.starts_with("Which five"))
    );
    assert_bounds(&project);
}
