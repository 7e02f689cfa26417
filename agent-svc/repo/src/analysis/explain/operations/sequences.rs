//! Things that stand in an order of their own: the named tasks of a role, the chapters of a book.

use std::collections::HashMap;

use super::operation;
use crate::analysis::model::{Operation, OperationKind};

const MOST_STEPS: usize = 12;
const MOST_CHAPTERS: usize = 40;

/// The names of the tasks in a file of a role, in their order.
pub(super) fn steps(path: &str, text: &str) -> Vec<Operation> {
    let mut names: Vec<String> = Vec::new();
    let mut first = None;
    for (row, line) in text.lines().enumerate() {
        let Some(name) = line.strip_prefix("- name:") else {
            continue;
        };
        let name = name.trim().trim_matches(['"', '\'']).trim_end_matches('.');
        if !name.contains("{{") && name.split(' ').count() > 1 && names.len() < MOST_STEPS {
            names.push(name.to_owned());
            first.get_or_insert(row);
        }
    }
    let Some(first) = first.filter(|_| names.len() > 1) else {
        return Vec::new();
    };

    vec![operation(path, first, OperationKind::Steps, "", names)]
}

/// The chapters that a file of TeX opens, and the files that it takes in, which are its subject.
pub(super) fn chapters(path: &str, text: &str) -> Vec<Operation> {
    let mut titles: Vec<(usize, String)> = Vec::new();
    let mut taken: Vec<&str> = Vec::new();
    for (row, line) in text.lines().enumerate().take(20_000) {
        let line = line.trim_start();
        if line.starts_with('%') {
            continue;
        }
        let include = ["\\include{", "\\input{", "\\subfile{", "\\OPTinclude{"]
            .iter()
            .find_map(|word| line.strip_prefix(word));
        if let Some((file, _)) = include.and_then(|rest| rest.split_once('}')) {
            taken.push(file.rsplit('/').next().unwrap_or(file).trim_end_matches(".tex"));
        }
        let opened = ["\\chapter{", "\\chapter[", "\\part{"]
            .iter()
            .find_map(|word| line.find(word).filter(|at| *at < 2).map(|at| &line[at..]));
        if let Some(title) = opened.and_then(title) {
            titles.push((row, title));
        }
    }
    let row = titles.first().map_or(0, |(row, _)| *row);
    if titles.is_empty() && taken.len() < 3 {
        return Vec::new();
    }

    let words = titles.into_iter().map(|(_, title)| title).take(MOST_CHAPTERS);
    let words = words.collect();
    vec![operation(
        path,
        row,
        OperationKind::Chapters,
        &taken.join(" "),
        words,
    )]
}

/// What stands in the braces of `\chapter[short]{A title}`, when it is plain words.
fn title(line: &str) -> Option<String> {
    let rest = line.split_once(['{', '['])?.1;
    let title = rest.split(['}', ']']).next()?.trim();
    let plain =
        !title.contains(['\\', '$', '{', '~', '^', '_', '#']) && title.chars().any(char::is_alphabetic);

    plain.then(|| title.to_owned())
}

/// The chapters of all files in the order in which a main file takes them in.
pub(super) fn in_order(found: &[&Operation]) -> Vec<Operation> {
    let stem = |file: &str| {
        let name = file.rsplit('/').next().unwrap_or(file);
        name.trim_end_matches(".tex").to_owned()
    };
    let main = found
        .iter()
        .max_by_key(|file| file.subject.split_whitespace().count());
    let order: HashMap<String, usize> = main
        .into_iter()
        .flat_map(|main| main.subject.split_whitespace().enumerate())
        .map(|(at, file)| (file.to_owned(), at))
        .collect();
    let mut sorted: Vec<&Operation> = found
        .iter()
        .copied()
        .filter(|file| !file.words.is_empty())
        .filter(|file| order.is_empty() || order.contains_key(&stem(&file.file)) || file.words.len() > 3)
        .collect();
    sorted.sort_by_key(|file| order.get(&stem(&file.file)).copied().unwrap_or(usize::MAX));

    // A chapter a file is a list of one; neighbours are told together.
    sorted
        .chunks(6)
        .map(|chunk| Operation {
            words: chunk.iter().flat_map(|file| file.words.clone()).take(8).collect(),
            subject: String::new(),
            ..chunk[0].clone()
        })
        .take(5)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::find;
    use super::*;

    #[test]
    fn named_tasks_are_steps() {
        let text = "---\n- name: Load the tables.\n  include_vars: x\n- name: \"Open {{ gate }}\"\n  gate: x\n- name: Start the mill\n  mill: x\n  - name: inner task of a block\n";
        let found = find("tasks/main.yml", text, false);
        assert_eq!(found[0].words, ["Load the tables", "Start the mill"]);
        assert_eq!((found[0].line, found[0].kind), (2, OperationKind::Steps));
        assert!(find("molecule/tasks.yml", text, false).is_empty());
    }

    #[test]
    fn chapters_come_in_the_order_of_the_book() {
        let main = find(
            "mill.tex",
            "\\include{front}\n\\include{water}\n\\input{stone}\n",
            false,
        );
        let stone = find(
            "stone.tex",
            "\\chapter{The stone}\n\\chapter{A $\\pi$ stone}\n",
            false,
        );
        let water = find(
            "water.tex",
            "% \\chapter{Not this}\n\\chapter[Water]{The water}\n",
            false,
        );
        let stray = find("old/stray.tex", "\\chapter{Stray}\n", false);
        let all: Vec<&Operation> = [&main, &stone, &water, &stray].into_iter().flatten().collect();

        assert_eq!(in_order(&all)[0].words, ["Water", "The stone"]);
    }
}
