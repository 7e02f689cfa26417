//! Defects that are put into clean projects: each is found in its file on its line, and mended where an edit is known.

use std::collections::{BTreeMap, BTreeSet};

use super::{forge, ideas};
use crate::{Finding, Origin, ProjectFile, check_project, mend_project};

/// A kind of defect.
struct Defect {
    category: &'static str,
    /// How the paths of its files end.
    file: &'static str,
    before: &'static str,
    after: &'static str,
    /// What stands on the line that is blamed; where it is empty, the line that was changed.
    blamed: &'static str,
    /// Whether an edit is known.
    is_mended: bool,
}

const fn defect(
    category: &'static str,
    file: &'static str,
    before: &'static str,
    after: &'static str,
    blamed: &'static str,
    is_mended: bool,
) -> Defect {
    Defect {
        category,
        file,
        before,
        after,
        blamed,
        is_mended,
    }
}

const DEFECTS: &[Defect] = &[
    defect(
        "imports",
        "List.tsx",
        "from '../lib/router'",
        "from '../lib/ruter'",
        "",
        true,
    ),
    defect(
        "imports",
        "List.tsx",
        "from '../lib/router'",
        "from 'react-router-dom'",
        "",
        true,
    ),
    defect(
        "imports",
        "Form.tsx",
        "from '../lib/fields'",
        "from '../fields'",
        "",
        true,
    ),
    defect(
        "imports",
        "Page.tsx",
        "import { useRecords }",
        "import { useRecord }",
        "",
        true,
    ),
    defect(
        "imports",
        "main.tsx",
        "from './App'",
        "from './app/App'",
        "",
        true,
    ),
    defect(
        "imports",
        "main.tsx",
        "from 'react-dom/client'",
        "from 'preact-dom/client'",
        "",
        false,
    ),
    defect("types", "Form.tsx", ", type Problems }", ", Problems }", "", true),
    defect("types", "List.tsx", ", type ", ", ", "", true),
    defect("names", "List.tsx", "useState<", "useStates<", "", true),
    defect("names", "Form.tsx", "setFailure('", "setFailures('", "", false),
    defect(
        "names",
        "Form.tsx",
        "import { useEffect, useState } from 'react'\n",
        "",
        "useEffect(",
        true,
    ),
    defect(
        "names",
        "List.tsx",
        "export function ",
        "const fixed = 1\nfixed = 2\nexport function ",
        "fixed = 2",
        true,
    ),
    defect(
        "names",
        "Page.tsx",
        "export function ",
        "const twice = 1\nconst twice = 2\nexport function ",
        "twice = 2",
        false,
    ),
    defect("routes", "List.tsx", "<Link to=\"/", "<Link to=\"/x", "", true),
    defect("routes", "Page.tsx", "go('/", "go('/x", "", true),
    defect("routes", "App.tsx", "/new'", "/add'", "", false),
    defect("labels", "toolbar.tsx", "<input id={id}", "<input", "", true),
    defect("labels", "toolbar.tsx", "<select id={id}", "<select", "", true),
    defect(
        "labels",
        "states.tsx",
        "          Try again\n",
        "",
        "<button type=\"button\" onClick={load.retry}>",
        true,
    ),
    defect(
        "labels",
        "Overview.tsx",
        "<h1>",
        "<img src=\"a.png\" /><h1>",
        "",
        true,
    ),
    defect(
        "labels",
        "Overview.tsx",
        "<h1>",
        "<label>Name</label><h1>",
        "",
        false,
    ),
    defect(
        "markup",
        "Overview.tsx",
        "<h1>",
        "<p dangerouslySetInnerHTML={{ __html: location.hash }} /><h1>",
        "",
        true,
    ),
    defect(
        "markup",
        "Page.tsx",
        "go('/",
        "document.body.innerHTML = location.hash; go('/",
        "",
        true,
    ),
    defect(
        "markup",
        "values.ts",
        "export function ",
        "export const run = (text: string) => eval(text)\nexport function ",
        "eval(text)",
        false,
    ),
    defect(
        "markup",
        "List.tsx",
        "<h1>",
        "<a href=\"javascript:alert(1)\">x</a><h1>",
        "",
        false,
    ),
    defect("keys", "List.tsx", "<tr key={item.id}>", "<tr>", "", true),
    defect(
        "keys",
        "fields.tsx",
        "<option key={option}>",
        "<option>",
        "",
        true,
    ),
    defect("keys", "Overview.tsx", "<li key={item.id}>", "<li>", "", true),
    defect(
        "handlers",
        "states.tsx",
        "onClick={() => setAsking(true)}",
        "onClick={() => {}}",
        "",
        false,
    ),
    defect(
        "handlers",
        "states.tsx",
        " onClick={load.retry}",
        "",
        "<button type=\"button\">",
        false,
    ),
    defect(
        "handlers",
        "states.tsx",
        "onClick={() => setAsking(true)}",
        "onClick={setAsking(true)}",
        "",
        true,
    ),
    defect(
        "handlers",
        "toolbar.tsx",
        " onChange={(event) => props.onChange(event.target.value)}",
        "",
        "<select id={id}",
        true,
    ),
    defect(
        "handlers",
        "Overview.tsx",
        "<h1>",
        "<form><p>x</p></form><h1>",
        "",
        false,
    ),
    defect(
        "hooks",
        "List.tsx",
        "  return (\n",
        "  useRecords(undefined as never)\n  return (\n",
        "useRecords(undefined",
        false,
    ),
    defect(
        "unused",
        "Page.tsx",
        "import ",
        "import { useDebugValue } from 'react'\nimport ",
        "useDebugValue",
        true,
    ),
    defect(
        "unused",
        "Form.tsx",
        "export function ",
        "const idle = 1\nexport function ",
        "const idle",
        true,
    ),
    defect(
        "unused",
        "names.ts",
        "export function ",
        "export const idle = 1\nexport function ",
        "const idle",
        false,
    ),
    defect("syntax", "List.tsx", "</div>", "</span>", "", true),
    defect(
        "syntax",
        "Page.tsx",
        "export function ",
        "}\nexport function ",
        "",
        true,
    ),
    defect("syntax", "Form.tsx", "  return (\n", "  return ({\n", "", false),
    defect("syntax", "Overview.tsx", "<h1>", "<h1", "", false),
    defect("tests", ".ts", "says: '", "says: 'No. ", "", false),
];

/// How often each kind of defect is tried, in as many projects.
const SITES: usize = 3;

struct Site {
    files: Vec<ProjectFile>,
    path: String,
    line: usize,
}

/// A kind of defect in a project, once.
fn spoil(clean: &[ProjectFile], defect: &Defect) -> Option<Site> {
    let mut files = clean.to_vec();
    let file = files
        .iter_mut()
        .filter(|file| file.path.starts_with("src/") && file.path.ends_with(defect.file))
        .filter(|file| !file.path.contains(".test."))
        .find(|file| file.content.contains(defect.before))?;
    let at = file.content.find(defect.before)?;
    file.content = file.content.replacen(defect.before, defect.after, 1);

    let at = match defect.blamed.is_empty() {
        true => at,
        false => file.content.find(defect.blamed)?,
    };
    let (path, line) = (file.path.clone(), 1 + file.content[..at].matches('\n').count());
    Some(Site { files, path, line })
}

fn tell(found: &[Finding]) -> Vec<String> {
    let told = found.iter().map(|finding| {
        format!(
            "{} {}:{} {}",
            finding.category, finding.file_path, finding.line, finding.description
        )
    });
    told.take(4).collect()
}

#[test]
fn a_hundred_seeded_defects_are_found_in_their_files_on_their_lines_and_mended_where_an_edit_is_known() {
    let projects: Vec<Vec<ProjectFile>> = ideas().take(8).map(|(_, idea)| forge(idea).files).collect();
    let mut sites = 0;
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    let mut tried = BTreeSet::new();
    let mut missed = Vec::new();

    for defect in DEFECTS {
        let spoilt = projects
            .iter()
            .filter_map(|clean| spoil(clean, defect))
            .take(SITES);
        for site in spoilt {
            sites += 1;
            *kinds.entry(defect.category).or_default() += 1;
            let found = check_project(&site.files);
            let is_found = found.iter().any(|finding| {
                (finding.category, finding.file_path.as_str(), finding.line)
                    == (defect.category, site.path.as_str(), site.line)
            });
            let place = format!(
                "{} {}:{} {:?}",
                defect.category, site.path, site.line, defect.after
            );
            if !is_found {
                missed.push(format!("{place} not found: {:?}", tell(&found)));
            }
            // Once for each kind: every edit is tried and the project checked anew.
            if defect.is_mended && tried.insert((defect.category, defect.after)) {
                let mended = mend_project(&site.files);
                let is_left = mended.left.iter().any(|left| left.category == defect.category);
                if is_left || mended.mended.is_empty() {
                    missed.push(format!("{place} not mended: {:?}", tell(&mended.left)));
                }
            }
        }
    }

    assert!(missed.is_empty(), "{}", missed.join("\n"));
    assert!(
        sites >= 100 && kinds.values().all(|count| *count >= 3),
        "{sites}: {kinds:?}"
    );
}

#[test]
fn a_file_that_nothing_uses_is_found_and_so_are_paths_that_may_not_be() {
    let mut files =
        forge("A library app: books with title, author and isbn, and loans of books to members.").files;
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

fn page(content: &str) -> Vec<ProjectFile> {
    vec![ProjectFile {
        path: "src/main.tsx".to_owned(),
        content: content.to_owned(),
        origin: Origin::Source,
    }]
}

#[test]
fn an_ampersand_of_a_text_stands_for_itself_and_one_of_an_expression_does_not() {
    let broken = |content: &str| {
        let found = check_project(&page(content));
        found.iter().any(|finding| finding.category == "syntax")
    };

    let texts = "<p>Terms & Conditions</p><p>Salt &amp; pepper, R&D, a &&</p><b>&&</b>";
    assert!(!broken(&format!("export const a = <main>{texts}</main>\n")));
    assert!(!broken("export const a = <>Salt & pepper</>\n"));
    assert!(!broken(
        "export const a = <p>{1} & {2} & more</p>;\nexport const b = 1 > 0 && 2 < 3;\n"
    ));
    assert!(broken("export const a = <p>{1 && && 2}</p>\n"));
    assert!(broken("export const a = <main><p>Salt & pepper</main>\n"));
}

/// Ways to write that are right, and look like what is wrong.
#[test]
fn code_as_people_write_it_is_not_blamed() {
    let content = r##"import React, { useEffect, useState, type FormEvent, type ReactNode } from 'react';
import * as dom from 'react-dom/client';

type Item = { id: string; label: string };
interface Props<T extends Item = Item> { items: T[]; render?: (item: T) => ReactNode; onPick(item: T): void }
const enum Size { Small = 'small', Large = 'large' }
declare const __VERSION__: string;

function assertNever(value: never): never { throw new Error(`unexpected ${value}`); }

export function List<T extends Item>({ items, render, onPick, ...rest }: Props<T>) {
  const [query, setQuery] = useState('');
  const [, rerender] = useState(0);
  const { left: _left, ...others } = { left: 1, right: 2 };
  useEffect(() => {
    const listener = (event: KeyboardEvent) => { if (event.key === 'Escape') setQuery(''); };
    window.addEventListener('keydown', listener);
    return () => window.removeEventListener('keydown', listener);
  }, []);
  if (items.length === 0) return null;
  const html = document.createElement('p').innerHTML;
  const total = items.reduce((sum, { label }) => sum + label.length, 0);
  const submit = async (event: FormEvent) => { event.preventDefault(); rerender((n) => n + 1); };
  return (
    <form onSubmit={submit} {...rest}>
      <label>Search <input value={query} onChange={(e) => setQuery(e.target.value)} /></label>
      <input type="checkbox" aria-label="All" defaultChecked />
      {items.map((item) => <React.Fragment key={item.id}>{render?.(item) ?? item.label}</React.Fragment>)}
      {items.map(({ id, label }, index) => { const title = `${index} ${label}`; return <button key={id} onClick={() => onPick(items[index]!)}>{title}</button>; })}
      {React.Children.map(html, (child) => <b>{child}</b>)}
      <button disabled={total === 0}>Send {total} — it's &lt;done&gt; {others.right}</button>
      <img src="/logo.svg" alt="" /><a href="#top" id="top">Up</a>
      {typeof __VERSION__ === 'string' && <small>{Size.Small}</small>}
    </form>
  );
}

const root = dom.createRoot(document.getElementById('root') as HTMLElement);
root.render(<List items={[{ id: '1', label: 'One' } satisfies Item]} onPick={console.log} />);
export type { Item };
for (const [key, value] of Object.entries({ a: 1 })) { if (value > 1) assertNever(key as never); }
"##;
    let found = check_project(&page(content));

    assert!(found.is_empty(), "{:?}", tell(&found));
}

#[test]
fn hostile_code_is_judged_without_harm() {
    for content in [
        "(".repeat(50_000),
        "<a>".repeat(20_000),
        "`${".repeat(20_000),
        "\u{0}\u{feff}é".repeat(9_000),
    ] {
        assert!(!check_project(&page(&content)).is_empty());
    }
}
