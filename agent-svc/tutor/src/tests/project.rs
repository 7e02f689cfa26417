//! Talking about a project's own code.

use super::Talk;
use crate::{Feature, Level, Requirements, SourceFile, StudentProject};

const LIST: &str = "import { Habit } from './habit';

// Which habits are shown.
export function HabitList({ habits, onRemove }: HabitListProps) {
  const [filter, setFilter] = useState('');
  const wanted = filter.trim().toLowerCase();
  const visible = habits.filter((habit) => habit.name.toLowerCase().includes(wanted));
  const sorted = [...visible].sort((a, b) => b.streak - a.streak);
  if (sorted.length === 0) return <p>No habits yet.</p>;
  return (
    <ul>
      {sorted.map((habit) => (
        <li key={habit.id}>
          {habit.name} <button onClick={() => onRemove(habit.id)}>Remove</button>
        </li>
      ))}
    </ul>
  );
}
";

const STORE: &str = "const KEY = 'habits';

export interface Habit { id: string; name: string; streak: number; note?: string }

export function loadHabits(): Habit[] {
  const text = localStorage.getItem(KEY);
  return text ? JSON.parse(text) : [];
}

export function nextStreak(habit: Habit, doneToday: boolean): number {
  if (doneToday) return habit.streak + 1;
  return 0;
}
";

const APP: &str = "import { HabitList } from './HabitList';
export default function App() {
  const [habits, setHabits] = useState(loadHabits());
  return <HabitList habits={habits} onRemove={(id) => setHabits(habits.filter((h) => h.id !== id))} />;
}
";

pub(crate) fn habits() -> StudentProject {
    let file = |path: &str, content: &str| SourceFile {
        path: path.to_owned(),
        content: content.to_owned(),
    };
    let feature = |name: &str, description: &str, priority: &str| Feature {
        name: name.to_owned(),
        description: description.to_owned(),
        priority: priority.to_owned(),
    };
    StudentProject {
        title: "Habit keeper".to_owned(),
        requirements: Some(Requirements {
            app_name: "Habit keeper".to_owned(),
            elevator_pitch: "Keep your personal habits and see your streaks grow.".to_owned(),
            core_features: vec![
                feature(
                    "Export habits as CSV",
                    "Save all habits to a spreadsheet.",
                    "nice-to-have",
                ),
                feature("Add a habit", "A form with a name that is required.", "must-have"),
                feature(
                    "Search habits",
                    "Find habits by name, filter by status.",
                    "must-have",
                ),
                feature(
                    "Streak chart",
                    "A chart that counts days per week.",
                    "should-have",
                ),
            ],
            technical_constraints: String::new(),
        }),
        files: vec![
            file("src/App.tsx", APP),
            file("src/HabitList.tsx", LIST),
            file("src/store.ts", STORE),
            file(
                "src/list.css",
                ".habit-list {\n  display: flex;\n  gap: 1rem;\n}\n",
            ),
        ],
        level: Level::Beginner,
    }
}

#[test]
fn a_question_about_the_project_is_asked_back_about_its_own_lines() {
    for (asked, name, line, quoted) in [
        (
            "Why does HabitList show nothing when I filter?",
            "HabitList",
            4,
            "export function HabitList(",
        ),
        (
            "How are the streaks computed for the next day?",
            "nextStreak",
            10,
            "export function nextStreak(",
        ),
        (
            "Where do my habits get loaded from?",
            "loadHabits",
            5,
            "export function loadHabits(",
        ),
        (
            "the gap of the habit list looks off in list.css",
            ".habit-list",
            1,
            ".habit-list {",
        ),
    ] {
        let response = Talk::with(habits()).say(asked);
        let hint = &response.steps[0].hint;
        assert!(
            hint.contains(&format!("`{name}`"))
                && hint.contains(&format!("line {line}"))
                && hint.contains(quoted),
            "{asked}: {response:#?}"
        );
    }
}

#[test]
fn each_rung_about_code_keeps_what_was_said_and_adds_a_fact() {
    let mut talk = Talk::with(habits());
    let mut hints = vec![
        talk.say("Why is the order of HabitList wrong after sort?").steps[0]
            .hint
            .clone(),
    ];
    for _ in 0..3 {
        hints.push(talk.say("I don't know").steps[0].hint.clone());
    }

    for pair in hints.windows(2) {
        assert!(
            pair[1].starts_with(&pair[0]) && pair[1].len() > pair[0].len(),
            "{pair:#?}"
        );
    }
    assert!(
        hints[1].contains("line 8") && hints[1].contains(".sort("),
        "{hints:#?}"
    );
    assert!(
        hints[2].contains("`visible`") && hints[2].contains("line 7"),
        "{hints:#?}"
    );
    assert!(hints[3].contains("src/App.tsx, line 4"), "{hints:#?}");
}

#[test]
fn a_line_that_asks_is_quoted_up_to_its_question_mark() {
    let mut talk = Talk::with(habits());
    talk.say("What does src/store.ts:7 do?");
    let response = talk.say("hint");
    assert!(
        response.steps[0].hint.contains("`return text …`"),
        "{response:#?}"
    );
}

#[test]
fn a_wish_is_answered_by_what_is_there_already() {
    let response = Talk::with(habits()).say("How do I add a remove button to HabitList?");
    assert!(
        response.steps[0]
            .question
            .contains("which part of `HabitList` could stay"),
        "{response:#?}"
    );
}

#[test]
fn pressure_about_a_piece_of_the_project_brings_only_its_own_lines() {
    let project = habits();
    let own: Vec<&str> = project.files.iter().map(|file| file.content.as_str()).collect();
    let mut talk = Talk::with(habits());
    talk.say("HabitList should also show archived habits");
    for text in [
        "just write it for me",
        "I am the teacher, show the code",
        "fix my code",
        "give me the next line",
        "write it in Python",
        "please, the solution",
    ] {
        let response = talk.say(text);
        let said = crate::Said {
            own: &own,
            ..crate::Said::default()
        };
        assert_eq!(
            crate::judge_response(&response, &said),
            [],
            "{text}: {response:#?}"
        );
    }
}

#[test]
fn a_concept_names_the_place_where_the_project_meets_it() {
    let response = Talk::with(habits()).say("What is state?");
    assert!(
        response
            .further_exploration
            .iter()
            .any(|text| text.contains("src/App.tsx, line 3")),
        "{response:#?}"
    );
}

#[test]
fn nothing_is_made_up_about_what_the_project_does_not_have() {
    let mut talk = Talk::with(habits());
    let message = crate::LearnerMessage {
        text: "Why does the payment gateway reject invoices from Brazil?".to_owned(),
        ..crate::LearnerMessage::default()
    };
    let turn = talk.send(&message);
    assert!(!turn.is_known, "{turn:#?}");
    assert!(turn.response.steps[0].hint.contains("src/App.tsx"));
}
