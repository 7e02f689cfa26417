//! One request, command or call from where it enters: the calls into the same repository, a few deep, each with its
//! documentation and the comments inside it in their order.

mod body;
pub(super) mod calls;
mod climb;
mod notes;
mod starts;

use std::collections::{HashMap, HashSet};

use self::calls::{
    Called, after_head, called_names, is_common, is_plain, made_in, shown_commands, snake, taken_out,
};
use self::notes::notes;
use self::starts::begins_by_itself;
use super::{
    comments::{self, CommentBlock},
    glean::Callable,
};
use crate::analysis::{
    model::{Analysis, CallStep, Entered, Material, Passage, Remark},
    prose,
    survey::FileFacts,
};

const MOST_STEPS: usize = 8;
const DEPTH: usize = 5;

#[derive(Clone, Copy)]
struct Site<'s> {
    file: &'s FileFacts,
    callable: &'s Callable,
}

/// Where a telling of a call may begin, and how it is entered there.
struct Start<'s> {
    site: Site<'s>,
    entered: Option<Entered>,
}

impl<'s> From<Site<'s>> for Start<'s> {
    fn from(site: Site<'s>) -> Self {
        Self { site, entered: None }
    }
}

struct Search<'s> {
    /// The name of the package, as code writes it.
    package: String,
    by_name: HashMap<&'s str, Vec<Site<'s>>>,
    /// Subcommands that the documents show, in their order.
    shown: Vec<String>,
    texts: HashMap<&'s str, String>,
    read: &'s dyn Fn(&FileFacts) -> Option<String>,
}

/// The steps of the call; empty when no way in is known.
pub(super) fn follow(
    files: &[&FileFacts],
    analysis: &Analysis,
    material: Material,
    passages: &[Passage],
    read: &dyn Fn(&FileFacts) -> Option<String>,
) -> Vec<CallStep> {
    let mut by_name: HashMap<&str, Vec<Site<'_>>> = HashMap::new();
    for file in files.iter().copied() {
        for callable in &file.gleaned.callables {
            by_name
                .entry(&callable.name)
                .or_default()
                .push(Site { file, callable });
        }
    }

    let mut search = Search {
        package: snake(&analysis.repo.name),
        by_name,
        shown: shown_commands(passages, &analysis.repo.name),
        texts: HashMap::new(),
        read,
    };
    let mut steps: Vec<CallStep> = Vec::new();
    let mut seen: HashSet<(String, u32)> = HashSet::new();
    for start in search.starts(files, analysis, material, passages) {
        if steps.len() >= MOST_STEPS - 2 {
            break;
        }
        // What others call, and what a route names, is entered right there.
        let outside = material == Material::Library || start.entered.is_some();
        let way = if outside {
            vec![start.site]
        } else {
            search.way_to(start.site, files)
        };
        let first = steps.len();
        search.walk(&way, &mut steps, &mut seen);
        let begins = way.first().is_some_and(begins_by_itself);
        if let Some(step) = steps.get_mut(first) {
            step.entered = match start.entered.filter(|_| way.len() == 1) {
                None if begins => Some(Entered::Start),
                entered => entered,
            };
        }
    }
    steps.truncate(MOST_STEPS);

    steps
}

impl<'s> Search<'s> {
    /// The definition that a name most likely means when it is called from `from`.
    fn pick(&self, called: Called<'_>, from: &str) -> Option<Site<'s>> {
        let sites = self.by_name.get(called.name)?;
        if let Some(site) = called.of.and_then(|of| owned(sites, of)) {
            return Some(site);
        }
        // `kiln::run(` in the program of a package calls what its library hands out.
        if called.of.is_some_and(|of| snake(of) == self.package) {
            return self.handed_out(sites);
        }
        // `search_engine.index(` calls no function of ours that happens to be called `index`.
        let own_self = |of: &str| matches!(of, "self" | "this" | "cls" | "super" | "Self" | "crate" | "mod");
        let free: Vec<Site<'s>>;
        let sites = match called.of.filter(|of| !own_self(of)) {
            Some(_) => {
                free = sites
                    .iter()
                    .filter(|site| site.callable.parent.is_some())
                    .copied()
                    .collect();
                &free
            }
            None => sites,
        };

        // `this.start(` is of the same type, and a bare `start(` of most languages no method of any.
        let by_itself = called
            .of
            .is_some_and(|of| matches!(of, "self" | "this" | "cls" | "super" | "Self"));
        let bare = called.of.is_none()
            && !called.handed
            && matches!(
                comments::extension(from),
                "js" | "mjs" | "cjs" | "jsx" | "ts" | "tsx" | "py" | "rs" | "go" | "c" | "h"
            );
        let able: Vec<Site<'s>> = sites
            .iter()
            .filter(|site| !by_itself || site.file.path == from || owned_by_folder(site, from))
            .filter(|site| !bare || site.callable.parent.is_none() || site.file.path == from)
            .copied()
            .collect();
        let sites = &able;
        // `clock.start(` of something else may be anybody's: a common word names a function only where it alone has it.
        let foreign = called.of.is_some_and(|of| !own_self(of));
        let own: Vec<&Site<'s>> = sites.iter().filter(|site| site.file.path == from).collect();
        if foreign && is_common(called.name) {
            return match (own.as_slice(), sites.len()) {
                ([one], 1) => Some(**one),
                _ => None,
            };
        }
        match own.as_slice() {
            [] => {}
            [one] => return Some(**one),
            [first, ..] => return (!foreign).then_some(**first),
        }

        let folder = |path: &str| path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        let near: Vec<&Site<'s>> = sites
            .iter()
            .filter(|site| folder(&site.file.path) == folder(from))
            .collect();
        match (near.as_slice(), sites.as_slice()) {
            ([one], _) => Some(**one),
            (_, [one]) => Some(*one),
            (_, several) if several.len() <= 3 && !foreign && !is_common(called.name) => several
                .iter()
                .max_by_key(|site| (!is_beside(site), site.callable.documented, site.callable.lines))
                .copied(),
            _ => None,
        }
    }

    /// Of the functions of one name the one that a package shows to those outside: in its root, or in the file of its name.
    fn handed_out(&self, sites: &[Site<'s>]) -> Option<Site<'s>> {
        let place = |site: &Site<'_>| {
            let stem = site.file.name().split('.').next().unwrap_or_default();
            let root = matches!(stem, "lib" | "__init__" | "mod" | "index");
            (
                !root && stem != &*site.callable.name,
                site.file.path.matches('/').count(),
            )
        };
        let free = sites.iter().filter(|site| site.callable.parent.is_none());

        free.filter(|site| !crate::analysis::places::is_aside(&site.file.path))
            .min_by_key(|site| place(site))
            .copied()
    }

    fn text(&mut self, file: &'s FileFacts) -> &str {
        if !self.texts.contains_key(file.path.as_str()) {
            let text = (self.read)(file).unwrap_or_default();
            self.texts.insert(&file.path, text);
        }
        self.texts.get(file.path.as_str()).map_or("", String::as_str)
    }

    /// Along `way` first, then on to what is called there.
    fn walk(&mut self, way: &[Site<'s>], steps: &mut Vec<CallStep>, seen: &mut HashSet<(String, u32)>) {
        let mut next = way.first().copied();
        let mut depth = 0;
        while let Some(site) = next.take() {
            if depth == DEPTH + way.len() - 1 || !seen.insert((site.file.path.clone(), site.callable.line)) {
                break;
            }

            let (step, sites) = self.step(site, depth > 0);
            let path = site.file.path.clone();
            let unseen = sites
                .into_iter()
                .filter(|called| !seen.contains(&(called.file.path.clone(), called.callable.line)));
            let mut ranked: Vec<(u32, usize, Site<'s>)> = unseen
                .enumerate()
                .map(|(at, called)| {
                    let named = snake(&called.callable.name) == self.package;
                    let weight = weight(&called, &path) + self.shown_weight(&called);
                    (weight + u32::from(named) * 14, at, called)
                })
                .collect();
            ranked.sort_by_key(|(weight, at, _)| (std::cmp::Reverse(*weight), *at));

            steps.push(step);
            depth += 1;
            if let Some(known) = way.get(depth) {
                next = Some(*known);
                continue;
            }
            next = ranked
                .first()
                .filter(|(weight, _, _)| *weight > 2 || ranked.len() == 1 && site.callable.lines < 12)
                .map(|(_, _, site)| *site);
        }
    }

    /// Of the many that a program hands on to, the one whose use its documents show first.
    fn shown_weight(&self, site: &Site<'_>) -> u32 {
        let stem = site.file.name().split('.').next().unwrap_or_default();
        let place = self
            .shown
            .iter()
            .position(|command| command == stem || *command == *site.callable.name);

        place.map_or(0, |place| 7 - u32::try_from(place.min(5)).unwrap_or(5))
    }

    /// One function: what it says of itself, what stands inside it, and whom it calls.
    fn step(&mut self, site: Site<'s>, called: bool) -> (CallStep, Vec<Site<'s>>) {
        let path = site.file.path.clone();
        let first = site.callable.line as usize - 1;
        let last = first + site.callable.lines as usize;
        let text = self.text(site.file).to_owned();
        let blocks = comments::blocks(&path, &text);

        let body: Vec<&str> = text.lines().take(last).skip(first).collect();
        let turning = body::endless_loop(&body).unwrap_or_default();
        let made = &made_in(&body);
        let calls = body.iter().enumerate().flat_map(|(at, line)| {
            let called = called_names(if at == 0 { after_head(line) } else { line });
            called.into_iter().map(move |call| {
                let of = call.of.map(|of| taken_out(of, line).unwrap_or(of));
                let of = of.map(|of| made.get(of).copied().unwrap_or(of));
                (at, Called { of, ..call })
            })
        });
        let mut told: Vec<String> = Vec::new();
        let mut turns: Vec<String> = Vec::new();
        let mut sites: Vec<Site<'s>> = Vec::new();
        for (at, call) in calls {
            // `Gates.init()` sets up the gates.
            if call.name == "init"
                && let Some(of) = call.of.filter(|of| of.starts_with(char::is_uppercase))
                && let Some(found) = self.by_name.get("init").and_then(|found| owned(found, of))
            {
                let name = format!("{of}.init");
                if !told.contains(&name) {
                    told.push(name);
                    sites.push(found);
                }
                continue;
            }
            if is_plain(call.name) {
                continue;
            }
            let found = self
                .pick(call, &path)
                .filter(|found| found.callable.lines > 2 && !std::ptr::eq(found.callable, site.callable));
            let Some(found) = found else { continue };

            let known = if turning.contains(&at) {
                &mut turns
            } else {
                &mut told
            };
            // What is handed over is called by somebody else.
            if !call.handed && !known.iter().any(|name| name == call.name) {
                known.push(call.name.to_owned());
            }
            if !sites
                .iter()
                .any(|known| std::ptr::eq(known.callable, found.callable))
            {
                sites.push(found);
            }
        }

        // A program of commands hands over to the function that its command names.
        if site.callable.name.as_ref() == "main"
            && text.contains(".Execute(")
            && let Some(run) = command_run(&text)
            && let Some(found) = self.pick(run, &path)
        {
            sites.insert(0, found);
            sites.truncate(1);
        }

        let step = CallStep {
            name: site.callable.name.to_string(),
            parent: site.callable.parent.as_deref().map(str::to_owned),
            file: path.clone(),
            line: site.callable.line,
            doc: doc(site, &blocks),
            notes: notes(&path, &text, &blocks, first, last),
            refusals: body::refusals(&path, &body, first),
            calls: told,
            turns,
            called,
            entered: None,
        };

        (step, sites)
    }
}

/// Whether a method may belong to a type whose parts stand in several files of one folder, as in Go.
fn owned_by_folder(site: &Site<'_>, from: &str) -> bool {
    let folder = |path: &str| path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
    let several = matches!(
        comments::extension(from),
        "go" | "rs" | "rb" | "cs" | "cpp" | "cc" | "java" | "kt"
    );

    several && folder(&site.file.path) == folder(from)
}

/// The function that a command of Cobra runs: `RunE: execute,`.
fn command_run(text: &str) -> Option<Called<'_>> {
    let name = text.lines().find_map(|line| {
        let rest = ["RunE:", "Run:"]
            .iter()
            .find_map(|field| line.trim_start().strip_prefix(field))?;
        let name = rest.trim().trim_end_matches(',');
        let plain = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
        plain.then_some(name)
    })?;

    Some(Called {
        name,
        of: None,
        handed: true,
    })
}

/// The one of several that a file or a type of this name has.
fn owned<'s>(sites: &[Site<'s>], of: &str) -> Option<Site<'s>> {
    let of = snake(of);
    let belongs = |site: &&Site<'_>| {
        let stem = site.file.name().split('.').next().unwrap_or_default();
        let folder = site.file.path.rsplit('/').nth(1).unwrap_or_default();
        let parent = site.callable.parent.as_deref().unwrap_or_default();
        snake(parent) == of
            || snake(stem) == of
            || (matches!(stem, "mod" | "index" | "__init__") || site.file.path.ends_with(".go"))
                && snake(folder) == of
            || snake(site.callable.parent.as_deref().map_or(stem, |_| parent)).len() > 3
                && (of.ends_with(&format!("_{}", snake(parent))) && !parent.is_empty()
                    || of.ends_with(&format!("_{}", snake(stem))))
    };

    sites
        .iter()
        .filter(belongs)
        .max_by_key(|site| (!is_beside(site), site.callable.documented, site.callable.lines))
        .copied()
}

/// Beside what a program is for, it can bring in old data and say which version it is.
fn is_beside(site: &Site<'_>) -> bool {
    const BESIDE: [&str; 11] = [
        "import",
        "init",
        "completion",
        "completions",
        "version",
        "help",
        "config",
        "migrate",
        "upgrade",
        "uninstall",
        "self_update",
    ];
    let stem = site.file.name().split('.').next().unwrap_or_default();

    BESIDE.contains(&snake(stem).as_str()) || BESIDE.contains(&snake(&site.callable.name).as_str())
}

/// Documented functions in other files that do something are worth going into.
fn weight(site: &Site<'_>, from: &str) -> u32 {
    let snake = snake(&site.callable.name);
    let acts = [
        "process", "handle", "run", "exec", "render", "parse", "dispatch", "apply", "build", "write", "send",
        "update", "move", "search", "call", "load", "create", "start", "save", "store", "add",
    ];
    let acts = acts
        .iter()
        .any(|word| snake.starts_with(word) || snake.ends_with(word));
    // What is set up step by step shows what there is.
    if &*site.callable.name == "init" && site.callable.comments > 1 {
        return 3 + u32::from(site.callable.comments.min(6));
    }
    if is_plain(&site.callable.name) {
        return 0;
    }

    let weight = u32::from(site.callable.documented) * 4
        + u32::from(site.callable.comments.min(6))
        + u32::from(site.file.path != from) * 2
        + (site.callable.lines / 12).min(3)
        + u32::from(acts) * 2;
    // What it was told to do is read before it does anything.
    let prepares = [
        "command_line",
        "args",
        "arguments",
        "flags",
        "options",
        "usage",
        "config",
        "logger",
        "logging",
        "env",
    ]
    .iter()
    .any(|word| snake.ends_with(word) || snake == *word);
    let weight = weight.saturating_sub(u32::from(prepares) * 5);

    weight.saturating_sub(u32::from(is_beside(site)) * 6)
}

/// The documentation: what the grammar found, else the comment right above or right below the first line.
fn doc(site: Site<'_>, blocks: &[CommentBlock]) -> Option<Remark> {
    let known = site
        .file
        .definitions
        .iter()
        .find(|found| found.line == site.callable.line)
        .and_then(|found| found.doc.clone());
    let first = site.callable.line as usize - 1;
    let near = blocks.iter().find(|block| {
        !block.trailing
            && (block.end + 1 == first || block.row == first + 1 && site.file.path.ends_with(".py"))
    });
    let written = near
        .map(CommentBlock::paragraph)
        .filter(|text| !comments::is_noise(text));
    let text = known.or(written).filter(|text| !text.is_empty())?;
    let line = near.map_or(site.callable.line, |block| {
        u32::try_from(block.row + 1).unwrap_or(u32::MAX)
    });

    Some(Remark {
        text: prose::cut(&text, 400),
        file: site.file.path.clone(),
        line,
    })
}
