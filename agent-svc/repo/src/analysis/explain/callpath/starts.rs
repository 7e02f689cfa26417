//! Where the telling of a call may begin: at the program's start, at a route, at what an example calls. Never follows the
//! call itself.

use std::collections::HashMap;

use super::{
    Search, Site, Start,
    calls::{Called, called_names, is_plain, snake},
};
use crate::analysis::{
    explain::comments,
    model::{Analysis, Entered, Material, Passage, PassageRole, Route},
    places,
    routes::asks_for_health,
    survey::FileFacts,
};

/// Passages in which a read-me says what it is for.
const OPENING: usize = 8;

/// Words of functions that answer something from outside.
const ANSWERING: [&str; 18] = [
    "process_command",
    "handle_request",
    "handle_connection",
    "process_request",
    "read_query",
    "serve_http",
    "handle_message",
    "dispatch",
    "handle_command",
    "process_query",
    "on_message",
    "handle_client",
    "accept",
    "handle",
    "serve",
    "process",
    "io_loop",
    "exec",
];
/// Words of functions that do what a game or a machine does again and again.
const TURNING: [&str; 10] = [
    "gameloop",
    "mainloop",
    "move",
    "update",
    "tick",
    "game_loop",
    "play",
    "step",
    "loop",
    "render",
];

/// The words by which the read-me says what the whole is for, and how often each.
fn words_of(passages: &[Passage]) -> HashMap<String, u32> {
    let opening = passages
        .iter()
        .filter(|passage| {
            !passage.file.contains('/')
                && matches!(
                    passage.role,
                    PassageRole::What | PassageRole::Features | PassageRole::Why | PassageRole::Usage
                )
        })
        .take(OPENING);

    let words = opening
        .flat_map(|passage| passage.sentences.iter().chain(&passage.items))
        .flat_map(|remark| remark.text.split(|c: char| !c.is_alphanumeric()))
        .filter(|word| word.len() > 3);
    let mut told: HashMap<String, u32> = HashMap::new();
    for word in words {
        *told.entry(stem(word)).or_default() += 1;
    }

    told
}

/// A word without its plural, in small letters.
fn stem(word: &str) -> String {
    word.to_lowercase().trim_end_matches('s').to_owned()
}

impl<'s> Search<'s> {
    /// Where to begin, best first.
    pub(super) fn starts(
        &self,
        files: &[&'s FileFacts],
        analysis: &Analysis,
        material: Material,
        passages: &[Passage],
    ) -> Vec<Start<'s>> {
        let mut starts: Vec<Start<'s>> = Vec::new();
        let example = || self.of_example(passages).into_iter().map(Start::from);
        let answering = || self.named_like(&ANSWERING, 6).map(Start::from);
        let turning = |least: u32| self.named_like(&TURNING, least).map(Start::from);
        match material {
            Material::Server => {
                starts.extend(self.of_routes(analysis, passages));
                starts.extend(answering());
                starts.extend(self.of_entries(files, analysis));
            }
            Material::Library => {
                starts.extend(self.of_middleware());
                starts.extend(example());
                starts.extend(self.of_routes(analysis, passages));
                starts.extend(answering().filter(|start| is_public(&start.site)));
                starts.extend(self.of_exports(files).map(Start::from));
            }
            Material::Game | Material::Firmware => {
                if material == Material::Firmware {
                    starts.extend(self.of_entries(files, analysis));
                }
                starts.extend(self.of_page(files).map(Start::from));
                starts.extend(turning(6));
                starts.extend(self.of_entries(files, analysis));
            }
            Material::WebApplication => {
                starts.extend(self.of_routes(analysis, passages));
                starts.extend(self.of_entries(files, analysis));
                starts.extend(turning(8).filter(|start| start.site.callable.comments > 0));
            }
            Material::Tool
            | Material::Configuration
            | Material::Data
            | Material::Infrastructure
            | Material::Documents
            | Material::Teaching => {
                starts.extend(self.of_entries(files, analysis));
                if starts.iter().all(|start| !begins_by_itself(&start.site)) {
                    starts.extend(self.of_routes(analysis, passages));
                    starts.extend(example());
                }
                // A tool that serves answers, too.
                let serves = [
                    "serve_http",
                    "handle_request",
                    "handle_connection",
                    "handle_client",
                    "process_request",
                ];
                let answers = self.named_like(&serves, 8);
                starts.extend(
                    answers
                        .filter(|site| material == Material::Tool && site.callable.documented)
                        .map(Start::from),
                );
            }
        }
        // Of somebody's settings only what sets them up is a way in.
        if material == Material::Configuration {
            starts.retain(|start| sets_up(&start.site));
            return starts;
        }
        if starts.is_empty() {
            starts.extend(self.of_entries(files, analysis));
        }
        if starts.is_empty() {
            starts.extend(self.of_command_line(files).map(Start::from));
        }

        starts
    }

    /// The method that a file of the command line is named after: `run` in `cli.rb`.
    fn of_command_line(&self, files: &[&'s FileFacts]) -> Option<Site<'s>> {
        let sites = files
            .iter()
            .copied()
            .filter(|file| !places::is_aside(&file.path))
            .flat_map(|file| {
                let own = file.gleaned.callables.iter();
                own.map(move |callable| Site { file, callable })
            });
        let worth = |site: &Site<'_>| {
            let stem = site.file.name().split('.').next().unwrap_or_default();
            let place = ["cli", "main", "app", "application", "command", "console"]
                .iter()
                .position(|known| snake(stem) == *known)?;
            let acts = ["run", "start", "main", "execute", "call", "perform"]
                .iter()
                .position(|known| *known == &*site.callable.name)?;
            Some(place * 10 + acts)
        };

        sites
            .filter(|site| site.callable.lines > 2)
            .filter_map(|site| Some((worth(&site)?, site)))
            .min_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.file.path.cmp(&b.1.file.path)))
            .map(|(_, site)| site)
    }

    /// What every request passes in a library that stands between a server and an application.
    fn of_middleware(&self) -> Option<Start<'s>> {
        let called = self.by_name.get("call").into_iter().flatten();
        let mut between = called.filter(|site| {
            site.file.path.ends_with(".rb") && !places::is_aside(&site.file.path) && {
                let text = (self.read)(site.file).unwrap_or_default();
                let head = text
                    .lines()
                    .nth(site.callable.line as usize - 1)
                    .unwrap_or_default();
                head.contains("(env)") || head.contains(" env")
            }
        });

        between.next().copied().map(Start::from)
    }

    /// The function behind a route that does and explains most.
    fn of_routes(&self, analysis: &Analysis, passages: &[Passage]) -> Option<Start<'s>> {
        let told = words_of(passages);
        let own = |route: &&Route| !places::is_aside(&route.file) && !asks_for_health(&route.path);
        let sites = analysis.routes.iter().filter(own).filter_map(|route| {
            let name = route.handler.as_deref()?.rsplit(['.', ':']).next()?;
            let site = self.pick(
                Called {
                    name,
                    of: None,
                    handed: true,
                },
                &route.file,
            )?;
            let parameter = route.path.contains([':', '{', '<']);
            let score = site.callable.lines.min(120) / 6
                + u32::from(site.callable.documented) * 6
                + u32::from(parameter && route.method == "GET") * 2;
            // A picture that is sent tells little of what the whole does.
            let sends = [
                "avatar", "static", "asset", "image", "thumb", "favicon", "robots", "file", "upload",
            ]
            .iter()
            .any(|word| route.path.to_lowercase().contains(word));
            let score = if sends { score / 3 } else { score };
            // What the documents never speak of is beside what it is for.
            let named = route
                .path
                .split(|c: char| !c.is_alphanumeric())
                .filter_map(|word| told.get(&stem(word)))
                .max()
                .map_or(0, |count| 8 * (2 + (*count).min(6)));
            // What is made new passes through more of the parts than what is shown.
            let makes = ["new", "create", "add", "save", "publish", "submit"]
                .iter()
                .any(|word| snake(name).split('_').any(|part| part == *word));
            let account = [
                "login", "logout", "auth", "user", "users", "password", "token", "session",
            ]
            .iter()
            .any(|word| {
                route
                    .path
                    .to_lowercase()
                    .split(['/', '_', '-'])
                    .any(|part| part == *word)
            });
            let score = score + named + u32::from(makes && !account) * 10;
            Some((score, route, site))
        });

        sites
            .max_by(|a, b| {
                a.0.cmp(&b.0)
                    .then_with(|| (&b.1.file, b.1.line).cmp(&(&a.1.file, a.1.line)))
            })
            .map(|(_, route, site)| Start {
                site,
                entered: Some(Entered::Route {
                    method: route.method.clone(),
                    path: route.path.clone(),
                }),
            })
    }

    /// What the scripts of a page call by themselves once they are there: `Mill.init();` outside of every function.
    fn of_page(&self, files: &[&'s FileFacts]) -> Option<Site<'s>> {
        const BEGINNING: [&str; 8] = [
            "init",
            "start",
            "run",
            "main",
            "boot",
            "bootstrap",
            "begin",
            "play",
        ];
        const LAST_LINES: usize = 40;
        let scripts = files.iter().copied().filter(|file| {
            let script = matches!(comments::extension(&file.path), "js" | "mjs" | "ts");
            script && !places::is_aside(&file.path) && !file.gleaned.callables.is_empty()
        });
        let mut found: Vec<Site<'s>> = Vec::new();
        for file in scripts {
            let text = (self.read)(file).unwrap_or_default();
            let rows: Vec<(usize, &str)> = text.lines().enumerate().collect();
            let last = rows.iter().rev().take(LAST_LINES);
            for (row, line) in last.filter(|(_, line)| line.len() < 120) {
                let line_number = u32::try_from(row + 1).unwrap_or(u32::MAX);
                let inside = file.gleaned.callables.iter().any(|callable| {
                    callable.line <= line_number && line_number < callable.line + callable.lines
                });
                if inside {
                    continue;
                }
                let called = called_names(line).into_iter();
                let begins = called.filter(|called| called.of.is_some() && BEGINNING.contains(&called.name));
                found.extend(begins.filter_map(|called| {
                    let sites = self.by_name.get(called.name)?;
                    super::owned(sites, called.of?)
                }));
            }
        }

        found.into_iter().max_by_key(|site| site.callable.lines)
    }

    /// What the program's entries define: `main`, the function it hands on to, or a whole script.
    fn of_entries(&self, files: &[&'s FileFacts], analysis: &Analysis) -> Vec<Start<'s>> {
        let name = analysis.repo.name.to_lowercase();
        let declared = |path: &str| analysis.entry_points.iter().position(|entry| entry.path == path);
        let mut found: Vec<(i64, Site<'s>)> = Vec::new();
        for file in files.iter().copied() {
            let stem = file.name().split('.').next().unwrap_or_default().to_lowercase();
            let own = &file.gleaned.callables;
            let named = ["main", "Main", "loop", "run", "setup", "start"]
                .iter()
                .find_map(|name| own.iter().find(|callable| &*callable.name == *name));
            let script = own.iter().find(|callable| &*callable.name == file.name());
            let installs = ["bootstrap", "install", "setup", "init"]
                .iter()
                .any(|word| stem.starts_with(word));
            let entry = declared(&file.path);
            let Some(callable) = named.or(script).or_else(|| {
                own.iter()
                    .max_by_key(|callable| (callable.documented && stem != "main", callable.lines))
            }) else {
                continue;
            };
            // A grammar may lose `main` between two conditions of a preprocessor.
            let main_file = matches!(stem.as_str(), "main" | "__main__") && named.is_none();
            // A board calls these two itself.
            let board = matches!(
                super::comments::extension(&file.path),
                "ino" | "pde" | "cpp" | "cc"
            ) && named.is_some_and(|named| matches!(&*named.name, "setup" | "loop"));
            if entry.is_none()
                && !main_file
                && !board
                && named.is_none_or(|named| &*named.name != "main")
                && !(script.is_some() && installs)
            {
                continue;
            }

            // The one that is called like the project, or that most of the code hangs on, and never a test's.
            let aside = ["test", "bench", "example", "sizes", "timedrun", "fuzz", "demo"]
                .iter()
                .any(|word| file.path.to_lowercase().contains(word));
            // `apps/milld/main.go` is the daemon of `mill`.
            let folder = file
                .folder()
                .rsplit('/')
                .next()
                .unwrap_or_default()
                .to_lowercase();
            let daemon = [&stem, &folder]
                .iter()
                .any(|called| **called == format!("{name}d") || **called == format!("{name}-server"));
            let score = i64::from(
                stem == name || stem.contains("main") || stem.contains("server") || stem.ends_with("cli"),
            ) * 8
                + i64::from(daemon || folder == name) * 6
                + i64::from(entry == Some(0)) * 6
                + i64::from(entry.is_some()) * 3
                + i64::from(installs) * 5
                + i64::try_from(own.len().min(60) / 6).unwrap_or(0)
                + i64::from(callable.lines.min(120) / 20)
                - i64::from(aside) * 20
                - i64::try_from(file.path.matches('/').count()).unwrap_or(0);
            found.push((score, Site { file, callable }));
        }
        found.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.file.path.cmp(&b.1.file.path)));
        found.retain(|(score, _)| *score > 0);
        found.truncate(1);

        found.into_iter().map(|(_, site)| site.into()).collect()
    }

    /// Functions that the first example of the read-me calls.
    fn of_example(&self, passages: &[Passage]) -> Vec<Site<'s>> {
        let coded = |passage: &&Passage| passage.commands.iter().any(|line| line.text.contains('('));
        let usage = |passage: &&Passage| {
            matches!(
                passage.role,
                PassageRole::Usage | PassageRole::What | PassageRole::Start
            )
        };
        // An example of the build system calls nothing of ours.
        let mut found: Vec<Site<'s>> = Vec::new();
        // `kiln.bake(` calls what the package hands out, and `loaf.cut(` what came of it.
        let mut handed_out: Vec<Site<'s>> = Vec::new();
        let of_use = passages.iter().filter(coded).filter(usage);
        let others = passages.iter().filter(coded).filter(|passage| !usage(passage));
        for example in of_use.chain(others) {
            for line in &example.commands {
                for called in called_names(&line.text) {
                    let own = called.of.is_some_and(|of| snake(of) == self.package);
                    let site = self.pick(called, "").filter(|site| site.callable.lines > 2);
                    handed_out.extend(site.filter(|_| own));
                    if let Some(site) = site
                        && !places::is_aside(&site.file.path)
                        && !found
                            .iter()
                            .any(|known| std::ptr::eq(known.callable, site.callable))
                    {
                        found.push(site);
                    }
                }
            }
            if !found.is_empty() {
                break;
            }
        }
        // The one that does most is where a reader sees how it works.
        let given = |site: &Site<'s>| {
            handed_out
                .iter()
                .any(|known| std::ptr::eq(known.callable, site.callable))
        };
        // `app.run()` is what the others prepare.
        let acts = |site: &Site<'s>| {
            let acting = [
                "run", "handle", "serve", "listen", "execute", "render", "parse", "dispatch",
            ];
            acting.contains(&snake(&site.callable.name).as_str())
        };
        found.sort_by_key(|site| {
            (
                !given(site),
                !acts(site),
                !site.callable.documented,
                std::cmp::Reverse(site.callable.lines),
            )
        });
        found.truncate(2);

        found
    }

    /// The public function that does and explains most.
    fn of_exports(&self, files: &[&'s FileFacts]) -> Option<Site<'s>> {
        let sites = files.iter().flat_map(|file| {
            let own = file.gleaned.callables.iter();
            own.map(|callable| Site { file, callable })
        });
        let told = |site: &Site<'_>| {
            u32::from(site.callable.comments.min(12)) * 2
                + u32::from(site.callable.documented) * 4
                + site.callable.lines.min(80) / 16
        };

        sites
            .filter(|site| site.callable.lines > 4 && !is_plain(&site.callable.name) && is_public(site))
            .max_by(|a, b| {
                told(a)
                    .cmp(&told(b))
                    .then_with(|| (&b.file.path, b.callable.line).cmp(&(&a.file.path, a.callable.line)))
            })
    }

    /// Whether a function lies in the folder of the program that the project is called after: `milld/` of `mill`.
    fn is_main_part(&self, site: &Site<'_>) -> bool {
        let daemon = format!("{}d", self.package);

        site.file.folder().split('/').any(|part| {
            let part = snake(part);
            part == daemon || part == self.package || part == format!("{}_server", self.package)
        })
    }

    /// The function whose name says best that it answers, with at least so many lines.
    fn named_like(&self, words: &[&str], least: u32) -> Option<Site<'s>> {
        let score = |site: &Site<'_>| {
            let snake = snake(&site.callable.name);
            let place = words.iter().position(|word| {
                snake == *word
                    || snake.starts_with(&format!("{word}_"))
                    || snake.ends_with(&format!("_{word}"))
            })?;
            let bonus = u32::from(site.callable.documented) * 6
                + u32::from(site.callable.comments.min(8))
                + site.callable.lines.min(120) / 12
                + u32::from(self.is_main_part(site)) * 14;
            // What only hands on is entered, and tells nothing.
            let thin = site.callable.lines < 20 && site.callable.comments == 0 && !site.callable.documented;
            let bonus = bonus.saturating_sub(u32::from(thin) * 12);
            Some(u32::try_from((words.len() - place) * 2).unwrap_or(0) + bonus)
        };

        let sites = self
            .by_name
            .values()
            .flatten()
            .filter(|site| site.callable.lines >= least);
        let mut ranked: Vec<(u32, Site<'s>)> = sites.filter_map(|site| Some((score(site)?, *site))).collect();
        ranked.sort_by(|a, b| {
            b.0.cmp(&a.0)
                .then_with(|| (&a.1.file.path, a.1.callable.line).cmp(&(&b.1.file.path, b.1.callable.line)))
        });

        ranked.first().map(|(_, site)| *site)
    }
}

/// `main`, a script, and what a board calls by itself.
pub(super) fn begins_by_itself(site: &Site<'_>) -> bool {
    let name = site.callable.name.as_ref();
    let board = matches!(comments::extension(&site.file.path), "ino" | "pde" | "cpp" | "cc")
        && matches!(name, "setup" | "loop");

    site.callable.parent.is_none() && matches!(name, "main" | "Main") || name == site.file.name() || board
}

/// A script that is called for what it does at first: `install.sh`, `bootstrap`, `script/setup`.
fn sets_up(site: &Site<'_>) -> bool {
    let name = site.file.name().to_lowercase();

    [
        "install",
        "bootstrap",
        "setup",
        "set-up",
        "init",
        "deploy",
        "link",
        "sync",
        "make",
        "apply",
        "update",
    ]
    .iter()
    .any(|word| name.contains(word))
}

/// Whether others may call a function of a library.
fn is_public(site: &Site<'_>) -> bool {
    let known = site
        .file
        .definitions
        .iter()
        .find(|found| found.line == site.callable.line);

    known.is_some_and(|found| found.public)
}
