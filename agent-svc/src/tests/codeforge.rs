//! CodeForge's agents without a model, where one model of the app feeds all of them, and with one that breaks the rules.

use proto::tasks::codeforge::documents::{
    CodeGenerationResult, IssueSeverity, QaIssue, QaResult, RefactorResult, RequirementsDoc, ResearchResult,
    WireframeSpec,
};

use super::models::{rig, says};
use super::*;

const IDEA: &str = "An app to keep my recipes with ingredients, cooking time and a rating. I want to search them and print a recipe.";

fn app(idea: &str) -> Value {
    json!({ "idea": idea, "seed": 3 })
}

fn read<T: serde::de::DeserializeOwned>(said: &Said) -> T {
    serde_json::from_value(said.output.clone())
        .unwrap_or_else(|error| panic!("{error}: {:.300}", said.output))
}

/// What research, wireframe and code say of an idea, each told what the one before it said.
async fn build(rig: &Rig, app: &Value) -> (RequirementsDoc, WireframeSpec, CodeGenerationResult) {
    let research = rig.must("codeforge.research", &json!({ "app": app })).await;
    assert!(research.offline);
    let requirements = read::<ResearchResult>(&research).requirements.unwrap();

    let input = json!({ "app": app, "requirements": requirements });
    let wireframe: WireframeSpec = read(&rig.must("codeforge.wireframe", &input).await);

    let input =
        json!({ "task": "generate", "app": app, "requirements": requirements, "wireframe": wireframe });
    let code: CodeGenerationResult = read(&rig.must("codeforge.code", &input).await);

    (requirements, wireframe, code)
}

fn files(code: &CodeGenerationResult) -> Value {
    let files = code
        .files
        .iter()
        .map(|file| json!({ "path": file.file_path, "content": file.content }));
    files.collect()
}

#[tokio::test]
async fn an_idea_becomes_a_project_whose_parts_agree_and_that_passes_its_review() {
    let rig = Rig::new().await;
    let (requirements, wireframe, code) = build(&rig, &app(IDEA)).await;

    assert!(wireframe.site_map.iter().any(|page| page.path == "/recipes"));
    for feature in &requirements.core_features {
        let proved = code.files.iter().any(|file| {
            file.file_path.contains(".test.") && file.content.contains(&feature.name.replace('\'', "\\'"))
        });
        let must = feature.priority == proto::tasks::codeforge::documents::FeaturePriority::MustHave;
        assert!(proved || !must, "no test names {:?}", feature.name);
    }

    let input =
        json!({ "requirements": requirements, "files": files(&code), "dependencies": code.dependencies });
    let review: QaResult = read(&rig.must("codeforge.qa", &input).await);
    assert!(review.passed, "{:?}", review.issues);
    assert_eq!((review.score, review.issues.len()), (100, 0));

    let (_, _, again) = build(&rig, &app(IDEA)).await;
    assert_eq!(again, code, "the same idea and seed make the same project");
}

#[tokio::test]
async fn the_largest_ideas_stay_within_the_bounds_of_the_contract() {
    let rig = Rig::new().await;
    for idea in [
        include_str!("../../forge/src/tests/ideas.txt"),
        "todo",
        "Products, orders, customers, suppliers, invoices, shipments, drivers and trucks with everything. Board, calendar, chart, csv import and export, roles for managers and staff.",
    ] {
        // The agent's own schema is the judge: what breaks it never comes out.
        let (_, _, code) = build(&rig, &app(idea)).await;
        assert!(code.files.iter().any(|file| file.file_path == "src/main.tsx"));
    }
}

#[tokio::test]
async fn a_defect_is_found_with_its_file_and_line() {
    let rig = Rig::new().await;
    let (_, _, mut code) = build(&rig, &app(IDEA)).await;
    let main = code
        .files
        .iter_mut()
        .find(|file| file.file_path == "src/main.tsx")
        .unwrap();
    main.content = format!("import {{ gone }} from './nowhere';\n{}\ngone();\n", main.content);

    let input = json!({ "files": files(&code), "dependencies": code.dependencies });
    let review: QaResult = read(&rig.must("codeforge.qa", &input).await);
    assert!(!review.passed && review.score < 100);
    let found = &review.issues[0];
    assert_eq!(
        (found.file_path.as_str(), found.line_hint.as_str()),
        ("src/main.tsx", "1")
    );
}

#[tokio::test]
async fn what_tools_found_joins_what_the_checks_found() {
    let rig = Rig::new().await;
    let files =
        json!([{ "path": "src/main.tsx", "content": "import { gone } from './nowhere';\ngone();\n" }]);
    let issue = |category: &str, line: &str, says: &str| {
        json!({ "severity": "high", "category": category, "file_path": "src/main.tsx", "line_hint": line,
            "description": says, "suggestion": "Make the types agree." })
    };
    let tools = json!({ "told": "Types, build and tests were run.", "issues": [
        issue("types", "1", "TS2307: Cannot find module './nowhere'."), issue("tests", "2", "The test “adds” fails."),
    ]});
    let review: QaResult = read(
        &rig.must("codeforge.qa", &json!({ "files": files, "tools": tools }))
            .await,
    );

    let found: Vec<(&str, &str)> = review
        .issues
        .iter()
        .map(|issue| (issue.category.as_str(), issue.line_hint.as_str()))
        .collect();
    assert!(
        found.contains(&("tests", "2")) && !found.contains(&("types", "1")),
        "{found:?}"
    );
    assert!(!review.passed && review.summary.ends_with("Types, build and tests were run."));
}

/// The files of a project with a piece of one of them written otherwise.
fn plant(code: &mut CodeGenerationResult, path: &str, before: &str, after: &str) {
    let file = code.files.iter_mut().find(|file| file.file_path == path).unwrap();
    assert!(file.content.contains(before), "{path} has no {before}");
    file.content = file.content.replacen(before, after, 1);
}

async fn review(rig: &Rig, code: &CodeGenerationResult) -> QaResult {
    let input = json!({ "files": files(code), "dependencies": code.dependencies });
    read(&rig.must("codeforge.qa", &input).await)
}

#[tokio::test]
async fn what_the_review_finds_is_mended_and_the_next_review_passes() {
    let rig = Rig::new().await;
    let (requirements, _, mut code) = build(&rig, &app(IDEA)).await;
    plant(&mut code, "src/main.tsx", "from './App'", "from './app/App'");
    plant(&mut code, "src/recipes/RecipeList.tsx", "useState<", "useStates<");
    plant(
        &mut code,
        "src/Overview.tsx",
        "<h1>",
        "<p dangerouslySetInnerHTML={{ __html: location.hash }} /><h1>",
    );
    let found = review(&rig, &code).await;
    let grave = |issue: &&QaIssue| issue.severity == IssueSeverity::Critical;
    assert_eq!(found.issues.iter().filter(grave).count(), 3, "{:?}", found.issues);

    let again = |code: &CodeGenerationResult, issues: Value| {
        json!({
            "task": "generate", "app": app(IDEA), "requirements": requirements, "files": files(code), "issues": issues
        })
    };
    let mended: CodeGenerationResult = read(
        &rig.must("codeforge.code", &again(&code, json!(found.issues)))
            .await,
    );
    let passed = review(&rig, &mended).await;
    assert!(passed.passed && passed.score == 100, "{:?}", passed.issues);
    assert!(!mended.summary.contains("Not mended"), "{}", mended.summary);
    assert_eq!(
        mended.files.len(),
        code.files.len(),
        "no file of its author is lost"
    );

    plant(
        &mut code,
        "src/main.tsx",
        "createRoot(root)",
        "eval(root.id)\ncreateRoot(root)",
    );
    let found = review(&rig, &code).await;
    let mended: CodeGenerationResult = read(
        &rig.must("codeforge.code", &again(&code, json!(found.issues)))
            .await,
    );
    assert!(mended.summary.contains("Not mended") && mended.summary.contains("src/main.tsx"));
    let left = review(&rig, &mended).await;
    assert_eq!((left.passed, left.issues.len()), (false, 1), "{:?}", left.issues);

    let stuck: CodeGenerationResult = read(
        &rig.must("codeforge.code", &again(&mended, json!(left.issues)))
            .await,
    );
    assert_eq!(stuck.files.len(), mended.files.len());
    for (one, other) in stuck.files.iter().zip(&mended.files) {
        assert_eq!((&one.file_path, &one.content), (&other.file_path, &other.content));
    }
}

#[tokio::test]
async fn an_idea_that_says_nothing_is_asked_about_and_the_answers_make_a_project() {
    let rig = Rig::new().await;
    let mut app = app("Something nice");
    let asked = rig
        .must("codeforge.research", &json!({ "app": app, "may_ask": true }))
        .await;
    let asked: ResearchResult = read(&asked);
    assert!(asked.requirements.is_none() && (1..=5).contains(&asked.questions.len()));

    let refused = rig
        .run("codeforge.research", &json!({ "app": app }))
        .await
        .unwrap_err();
    assert_eq!(
        (refused.reason.as_str(), refused.fields[0].field.as_str()),
        ("AGENT_INPUT_INVALID", "app.idea")
    );

    app["answers"] = json!([{ "question": asked.questions[0].question, "answer": "guitars" }]);
    let (requirements, ..) = build(&rig, &app).await;
    assert!(
        format!("{requirements:?}").to_lowercase().contains("guitar"),
        "{requirements:?}"
    );
}

#[tokio::test]
async fn a_piece_of_a_file_is_written_anew_and_nothing_is_pretended() {
    let rig = Rig::new().await;
    let mut task = json!({
        "task": "refactor", "file_path": "src/a.ts", "content": "let a = 1;\nlet b = 2;\nshow(a, b);\n",
        "selected_code": "let a = 1;", "instruction": "Use const instead of let",
    });
    let made: RefactorResult = read(&rig.must("codeforge.code", &task).await);
    assert_eq!(made.refactored_code, "const a = 1;");
    assert_eq!(made.full_file_content, "const a = 1;\nlet b = 2;\nshow(a, b);\n");

    task["instruction"] = json!("Make it beautiful");
    let refused = rig.run("codeforge.code", &task).await.unwrap_err();
    assert_eq!(refused.fields[0].field, "instruction");
    task["selected_code"] = json!("not there");
    let refused = rig.run("codeforge.code", &task).await.unwrap_err();
    assert_eq!(refused.fields[0].field, "selected_code");
}

fn model_code(path: &str) -> Value {
    json!({
        "files": [
            { "file_path": path, "content": "export const a = 1;\n", "language": "typescript", "explanation": "A." },
            { "file_path": "src/main.tsx", "content": "import { a } from './a';\na;\n", "language": "tsx", "explanation": "" },
        ],
        "summary": "A small app.", "dependencies": ["react@19.3.1"],
    })
}

#[tokio::test]
async fn what_a_model_writes_outside_of_the_project_is_handed_back_and_then_given_up() {
    let (rig, fake) = rig().await;
    let input = json!({ "task": "generate", "app": app(IDEA) });

    fake.will([
        says(&model_code("src/../../etc/a.ts")),
        says(&model_code("src/a.ts")),
    ]);
    let said = rig.must("codeforge.code", &input).await;
    assert!(!said.offline);
    assert_eq!(read::<CodeGenerationResult>(&said).files[0].file_path, "src/a.ts");
    let handed_back = fake.asked()[1].body.to_string();
    assert!(
        handed_back.contains("no dots that lead elsewhere"),
        "{handed_back:.2000}"
    );

    let wrong = says(&model_code(".github/workflows/a.ts"));
    fake.will([wrong.clone(), wrong.clone(), wrong]);
    let refused = rig.run("codeforge.code", &input).await.unwrap_err();
    assert_eq!(refused.reason, "MODEL_ANSWER_UNUSABLE");
}

/// A project with a defect that an edit mends, and what the checks say of it.
fn planted() -> (Value, Value) {
    let main = "import { root } from './rooot';\nroot();\n";
    let files = json!([
        { "path": "src/main.tsx", "content": main },
        { "path": "src/root.ts", "content": "export function root(): void {}\n" },
    ]);
    let sources = [
        ("src/main.tsx", main),
        ("src/root.ts", "export function root(): void {}\n"),
    ];
    let sources = sources.map(|(path, content)| forge::ProjectFile {
        path: path.to_owned(),
        content: content.to_owned(),
        origin: forge::Origin::Source,
    });
    let found = forge::write_qa_result(&forge::check_project(&sources), forge::NOT_RUN);

    (files, found["issues"].clone())
}

#[tokio::test]
async fn a_model_is_asked_only_for_what_no_known_edit_mends() {
    let (rig, fake) = rig().await;
    let (files, mut issues) = planted();
    let mut task = json!({
        "task": "generate", "app": app(IDEA), "files": files, "issues": issues, "dependencies": ["react@19.3.1", "zod@4.4.3"],
    });

    let said = rig.must("codeforge.code", &task).await;
    let mended: CodeGenerationResult = read(&said);
    assert!(
        said.offline && fake.asked().is_empty(),
        "nothing is left for a model"
    );
    assert!(
        mended.files[0].content.contains("from './root'"),
        "{:?}",
        mended.files
    );
    assert_eq!(mended.dependencies, ["react@19.3.1", "zod@4.4.3"]);

    let slow = json!({
        "severity": "high", "category": "logic", "file_path": "src/root.ts", "line_hint": "1",
        "description": "It shows nothing.", "suggestion": "Show the recipes.",
    });
    issues.as_array_mut().unwrap().push(slow);
    task["issues"] = issues;
    fake.will([says(&model_code("src/a.ts"))]);
    let said = rig.must("codeforge.code", &task).await;
    let told = fake.asked()[0].body.to_string();
    assert!(!said.offline);
    assert!(
        told.contains("It shows nothing.") && told.contains("zod@4.4.3"),
        "{told:.3000}"
    );
    assert!(
        told.contains("./root") && !told.contains("./rooot"),
        "{told:.3000}"
    );
}

#[tokio::test]
async fn a_models_review_can_not_hide_what_the_checks_found() {
    let (rig, fake) = rig().await;
    let says_fine = json!({ "passed": true, "issues": [], "summary": "All is well.", "score": 100 });
    fake.will([says(&says_fine)]);

    let input = json!({ "files": [
        { "path": "src/main.tsx", "content": "import { gone } from './nowhere';\ngone();\n" },
    ]});
    let review: QaResult = read(&rig.must("codeforge.qa", &input).await);
    assert!(!review.passed && review.score < 100);
}

#[tokio::test]
async fn what_passed_its_review_is_told_to_the_next_research_of_its_owner() {
    let (rig, fake) = rig().await;
    let requirements = json!({
        "app_name": "Cook", "elevator_pitch": "Keeps recipes with their ingredients.",
        "target_audience": [{ "role": "Cook", "goal": "Find them.", "pain_point": "Paper." }],
        "core_features": [{ "name": "Search recipes", "description": "By name.", "priority": "must-have" }],
        "recommended_stack": ["React 19"], "technical_constraints": "",
    });
    let fine = json!({ "passed": true, "issues": [], "summary": "All is well.", "score": 90 });
    fake.will([says(&fine)]);
    let main = json!([{ "path": "src/main.tsx", "content": "export const a = 1;\n" }]);
    rig.must(
        "codeforge.qa",
        &json!({ "requirements": requirements, "files": main }),
    )
    .await;

    fake.will([says(
        &json!({ "requirements": requirements, "questions": [], "not_built": [] }),
    )]);
    rig.must(
        "codeforge.research",
        &json!({ "app": app("Recipes with ingredients") }),
    )
    .await;
    let told = fake.asked().last().unwrap().body.to_string();
    assert!(
        told.contains("Projects like it that went well") && told.contains("Search recipes"),
        "{told:.3000}"
    );
}
