//! Defects that are put into clean projects: each is found, with its file and its line.

use super::forge;
use crate::{Origin, ProjectFile, check_project};

const IDEA: &str = "A library app: books with title, author and isbn, members, and loans of books to members. Mark loans as returned. Import and export CSV. Board of books by genre.";

/// A file, what is replaced in it, by what, and the category of what must be found there.
const DEFECTS: &[(&str, &str, &str, &str)] = &[
    (
        "src/App.tsx",
        "from './Overview'",
        "from './Overvieew'",
        "imports",
    ),
    (
        "src/App.tsx",
        "import { BookList }",
        "import { BookLists }",
        "imports",
    ),
    ("src/main.tsx", "from './App'", "from './app/App'", "imports"),
    (
        "src/books/BookList.tsx",
        "from '../lib/router'",
        "from 'react-router-dom'",
        "imports",
    ),
    (
        "src/books/book.ts",
        "from '../lib/rules'",
        "from '../lib/rulez'",
        "imports",
    ),
    (
        "src/loans/LoanForm.tsx",
        "from '../names'",
        "from '../name'",
        "imports",
    ),
    (
        "src/books/BookPage.tsx",
        "import { useRecords }",
        "import { useRecord }",
        "imports",
    ),
    (
        "src/App.tsx",
        "path: '/books/new'",
        "path: '/books/add'",
        "routes",
    ),
    (
        "src/App.tsx",
        "path: '/members/:id'",
        "path: '/member/:id'",
        "routes",
    ),
    (
        "src/books/BookPage.tsx",
        "/books/${item.id}/edit",
        "/books/${item.id}/change",
        "routes",
    ),
    (
        "src/books/BookList.tsx",
        "to=\"/books/new\"",
        "to=\"/book/new\"",
        "routes",
    ),
    ("src/loans/LoanPage.tsx", "go('/loans')", "go('/lones')", "routes"),
    (
        "src/App.tsx",
        "path: '/members', name",
        "path: '/people', name",
        "routes",
    ),
    ("src/lib/toolbar.tsx", "<input id={id}", "<input", "labels"),
    ("src/lib/toolbar.tsx", "<select id={id}", "<select", "labels"),
    (
        "src/lib/fields.tsx",
        "        id={id}\n        type=\"checkbox\"",
        "        type=\"checkbox\"",
        "labels",
    ),
    ("src/lib/csv.tsx", "        id={id}\n", "", "labels"),
    ("src/lib/states.tsx", "          Try again\n", "\n", "labels"),
    (
        "src/Overview.tsx",
        "<h1>Overview</h1>",
        "<img src=\"a.png\" />",
        "labels",
    ),
    (
        "src/Overview.tsx",
        "<h1>Overview</h1>",
        "<h1 dangerouslySetInnerHTML={{ __html: '' }} />",
        "markup",
    ),
    (
        "src/books/BookPage.tsx",
        "    go('/books')",
        "    document.body.innerHTML = key",
        "markup",
    ),
    (
        "src/lib/values.ts",
        "  if (day === '') return ''",
        "  eval(day)",
        "markup",
    ),
    (
        "src/books/BookList.tsx",
        "<Link to=\"/books/new\"",
        "<a href=\"javascript:alert(1)\"",
        "markup",
    ),
    (
        "src/lib/router.tsx",
        "    event.preventDefault()",
        "    document.write(props.to)",
        "markup",
    ),
    (
        "src/books/book.test.ts",
        "'Author is required.'",
        "'It is required.'",
        "tests",
    ),
    (
        "src/loans/loan.test.ts",
        "'Due date must not be before borrowed on.'",
        "'x'",
        "tests",
    ),
    (
        "src/members/member.ts",
        "says: 'Email must be an email address.'",
        "says: 'Email must be one.'",
        "tests",
    ),
    (
        "src/books/book.ts",
        "export type Book = Saved<BookDraft>\n",
        "export type Book = Saved<BookDraft>\nexport function f() {\n",
        "syntax",
    ),
    ("src/App.tsx", "const menu = [", "}\nconst menu = [", "syntax"),
];

#[test]
fn each_seeded_defect_is_found_in_its_file_on_a_line_near_it() {
    let clean = forge(IDEA);
    assert_eq!(check_project(&clean.files), []);

    for (path, before, after, category) in DEFECTS {
        let mut files = clean.files.clone();
        let file = files
            .iter_mut()
            .find(|file| file.path == *path)
            .unwrap_or_else(|| panic!("no {path}"));
        let at = file
            .content
            .find(before)
            .unwrap_or_else(|| panic!("{path} has no {before}"));
        let line = 1 + file.content[..at].matches('\n').count();
        file.content = file.content.replace(before, after);

        let found = check_project(&files);
        let named = found.iter().find(|finding| finding.category == *category);
        let finding = named.unwrap_or_else(|| panic!("{path}: {before} → {after} is not found: {found:?}"));
        let says_of_other = matches!(*category, "routes" | "tests") || finding.file_path == *path;
        let near = finding.file_path != *path
            || *category == "syntax"
            || finding.line.abs_diff(line) <= 12
            || matches!(*category, "routes" | "tests");
        assert!(says_of_other && near, "{path}:{line}: {finding:?}");
    }
}

#[test]
fn a_file_that_nothing_uses_is_found_and_so_are_paths_that_may_not_be() {
    let mut files = forge(IDEA).files;
    let mut add = |path: &str, content: &str| {
        files.push(ProjectFile {
            path: path.to_owned(),
            content: content.to_owned(),
            origin: Origin::Source,
        })
    };
    add("src/lib/old.ts", "export const old = 1\n");
    add("src/APP.tsx", "export const App = 1\n");
    add("lib/x.ts", "export const x = 1\n");

    let found = check_project(&files);
    let has = |path: &str, category: &str| {
        found
            .iter()
            .any(|finding| finding.file_path == path && finding.category == category)
    };
    assert!(
        has("src/lib/old.ts", "unused") && has("src/APP.tsx", "paths") && has("lib/x.ts", "paths"),
        "{found:?}"
    );
}
