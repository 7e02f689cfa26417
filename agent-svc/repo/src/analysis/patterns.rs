//! Architecture patterns, each with the evidence that shows it. A pattern without evidence is not told.

use super::model::{
    ArchitecturePattern, Container, ContainerKind, Definition, DefinitionKind, Dependency,
    DependencyCategory as Category, DependencyScope, Module, ModuleRole, Route,
};
use super::{survey::FileFacts, words};

/// What patterns are read from.
pub(crate) struct Facts<'a> {
    pub(crate) files: &'a [FileFacts],
    pub(crate) modules: &'a [Module],
    pub(crate) packages: usize,
    pub(crate) dependencies: &'a [Dependency],
    pub(crate) definitions: &'a [Definition],
    pub(crate) routes: &'a [Route],
    pub(crate) containers: &'a [Container],
}

type Rule = fn(&Facts<'_>) -> Option<ArchitecturePattern>;

const RULES: &[Rule] = &[
    workspace,
    services,
    layers,
    model_view_controller,
    ports,
    plugins,
    middleware,
    event_driven,
    commands,
    asynchronous,
    web_api,
    generated_contract,
    persistence,
    migrations,
    components,
    state_store,
    dependency_injection,
    background_jobs,
    containers,
    infrastructure,
];

pub(crate) fn find(facts: &Facts<'_>) -> Vec<ArchitecturePattern> {
    RULES.iter().filter_map(|rule| rule(facts)).collect()
}

fn pattern(name: &str, meaning: &str, mut evidence: Vec<String>) -> Option<ArchitecturePattern> {
    evidence.dedup();
    evidence.truncate(5);
    (!evidence.is_empty()).then(|| ArchitecturePattern {
        name: name.into(),
        meaning: meaning.into(),
        evidence,
    })
}

impl Facts<'_> {
    /// Modules of the product whose path has one of these folders.
    fn folders(&self, names: &[&str]) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for file in self
            .files
            .iter()
            .filter(|file| file.code() > 0 && !super::places::is_aside(&file.path))
        {
            let mut at = 0;
            for part in file.folder().split('/') {
                at += part.len();

                if names.contains(&part.to_ascii_lowercase().as_str()) {
                    let folder = file.path[..at].to_owned();
                    if !found.contains(&folder) {
                        found.push(folder);
                    }
                    break;
                }

                at += 1;
            }
        }

        found
    }

    fn product_dependencies(&self, category: Category) -> Vec<String> {
        self.dependencies
            .iter()
            .filter(|found| {
                !found.internal
                    && found.scope <= DependencyScope::Optional
                    && found.category == Some(category)
            })
            .map(|found| format!("{} in {}", found.name, found.manifest))
            .collect()
    }

    fn paths(&self, fits: impl Fn(&str) -> bool) -> Vec<String> {
        self.files
            .iter()
            .map(|file| file.path.as_str())
            .filter(|path| fits(path) && !super::places::is_test(path))
            .map(str::to_owned)
            .collect()
    }

    fn named(&self, kinds: &[DefinitionKind], ends: &[&str]) -> Vec<String> {
        let fits = |found: &&Definition| {
            kinds.contains(&found.kind)
                && ends
                    .iter()
                    .any(|end| found.name.ends_with(end) && found.name.len() > end.len())
        };

        self.definitions
            .iter()
            .filter(fits)
            .map(|found| format!("{} in {}", found.name, found.path))
            .collect()
    }
}

fn workspace(facts: &Facts<'_>) -> Option<ArchitecturePattern> {
    if facts.packages < 3 {
        return None;
    }

    let mut evidence =
        vec![words::counted(facts.packages as u64, "package", "packages") + " in one repository"];
    evidence.extend(
        facts
            .modules
            .iter()
            .filter(|module| module.role.is_product())
            .map(|module| module.path.clone())
            .take(4),
    );

    pattern(
        "Workspace of packages",
        "Several packages live side by side, with borders between them.",
        evidence,
    )
}

fn services(facts: &Facts<'_>) -> Option<ArchitecturePattern> {
    let folders: Vec<String> = facts
        .modules
        .iter()
        .filter(|module| {
            ["-svc", "-service", "_service", "services/"]
                .iter()
                .any(|mark| module.path.contains(mark))
        })
        .map(|module| module.path.clone())
        .collect();

    let composed: Vec<String> = facts
        .containers
        .iter()
        .filter(|container| container.kind == ContainerKind::Compose && container.services.len() >= 3)
        .map(|container| format!("{} with {}", container.path, words::list(&container.services)))
        .collect();

    if folders.len() < 2 {
        return None;
    }

    pattern(
        "Services",
        "The work is divided among services that talk to each other.",
        [folders, composed].concat(),
    )
}

fn layers(facts: &Facts<'_>) -> Option<ArchitecturePattern> {
    let role = |wanted: ModuleRole| facts.modules.iter().find(|module| module.role == wanted);
    let found: Vec<&Module> = [ModuleRole::Api, ModuleRole::Domain, ModuleRole::Data]
        .into_iter()
        .filter_map(role)
        .collect();
    if found.len() < 3 {
        return None;
    }

    let evidence = found
        .iter()
        .map(|module| format!("{}: {}", module.path, module.role.label()))
        .collect();

    pattern(
        "Layers",
        "Answering requests, deciding and storing are kept apart.",
        evidence,
    )
}

fn model_view_controller(facts: &Facts<'_>) -> Option<ArchitecturePattern> {
    let (models, views, controllers) = (
        facts.folders(&["models"]),
        facts.folders(&["views", "templates"]),
        facts.folders(&["controllers"]),
    );
    if models.is_empty() || controllers.is_empty() && views.is_empty() {
        return None;
    }

    if !controllers.is_empty() || facts.paths(|path| path.ends_with("manage.py")).len() == 1 {
        let first = |folders: Vec<String>| folders.into_iter().take(1);
        let evidence: Vec<String> = first(models)
            .chain(first(views))
            .chain(first(controllers))
            .collect();

        return pattern(
            "Model, view, controller",
            "Data, pages and the code between them have their own places.",
            evidence,
        );
    }

    None
}

fn ports(facts: &Facts<'_>) -> Option<ArchitecturePattern> {
    let folders = facts.folders(&["ports", "adapters", "adapter"]);
    let interfaces = facts.named(
        &[DefinitionKind::Trait, DefinitionKind::Interface],
        &["Repository", "Store", "Gateway", "Port", "Provider", "Backend"],
    );
    if folders.is_empty() && interfaces.len() < 2 {
        return None;
    }

    pattern(
        "Interfaces with exchangeable parts",
        "The core speaks to the outside through interfaces, so that the parts behind them can change.",
        [folders, interfaces].concat(),
    )
}

fn plugins(facts: &Facts<'_>) -> Option<ArchitecturePattern> {
    let folders = facts.folders(&["plugins", "extensions", "addons"]);
    let types = facts.named(
        &[
            DefinitionKind::Trait,
            DefinitionKind::Interface,
            DefinitionKind::Class,
        ],
        &["Plugin", "Extension"],
    );

    if types.is_empty() {
        return None;
    }

    pattern(
        "Plug-ins",
        "Features can be added from outside.",
        [folders, types].concat(),
    )
}

fn middleware(facts: &Facts<'_>) -> Option<ArchitecturePattern> {
    let folders = facts.folders(&["middleware", "middlewares"]);
    let files = facts.paths(|path| {
        path.rsplit('/')
            .next()
            .is_some_and(|name| name.to_ascii_lowercase().starts_with("middleware"))
    });

    let types = facts.named(
        &[
            DefinitionKind::Struct,
            DefinitionKind::Class,
            DefinitionKind::Trait,
            DefinitionKind::Interface,
            DefinitionKind::Function,
        ],
        &["Middleware", "Layer"],
    );
    let types = if types.len() >= 2 { types } else { Vec::new() };

    pattern(
        "Middleware",
        "Requests pass through a chain of small steps.",
        [folders, files, types].concat(),
    )
}

fn event_driven(facts: &Facts<'_>) -> Option<ArchitecturePattern> {
    // A folder called "events" may hold anything; a library for messages is there to send them.
    let libraries = facts.product_dependencies(Category::Messaging);
    if libraries.is_empty() {
        return None;
    }
    let folders = facts.folders(&["events", "listeners", "subscribers", "consumers", "bus"]);
    pattern(
        "Events",
        "Parts tell each other what happened instead of calling each other.",
        [libraries, folders].concat(),
    )
}

fn commands(facts: &Facts<'_>) -> Option<ArchitecturePattern> {
    let folders = facts.folders(&["commands", "subcommands", "cmd"]);
    let libraries = facts.product_dependencies(Category::CommandLine);

    if folders.is_empty() {
        return None;
    }

    pattern(
        "Subcommands",
        "Each command of the program has its own place.",
        [folders, libraries].concat(),
    )
}

fn asynchronous(facts: &Facts<'_>) -> Option<ArchitecturePattern> {
    let waiting = facts.definitions.iter().filter(|found| found.is_async).count();
    let callable = facts
        .definitions
        .iter()
        .filter(|found| found.parameters.is_some())
        .count();
    if waiting < 10 || waiting * 10 < callable {
        return None;
    }

    let mut evidence = vec![words::counted(
        waiting as u64,
        "asynchronous function",
        "asynchronous functions",
    )];
    evidence.extend(facts.product_dependencies(Category::AsyncRuntime));

    pattern(
        "Asynchronous code",
        "Work that waits for the network or the disk gives way to other work.",
        evidence,
    )
}

fn web_api(facts: &Facts<'_>) -> Option<ArchitecturePattern> {
    if facts.routes.len() < 3 {
        return None;
    }

    let mut evidence =
        vec![words::counted(facts.routes.len() as u64, "route", "routes") + " declared in code"];
    for route in facts.routes {
        if !evidence.contains(&route.file) {
            evidence.push(route.file.clone());
        }
    }

    pattern(
        "HTTP interface",
        "Clients reach it through routes over HTTP.",
        evidence,
    )
}

fn generated_contract(facts: &Facts<'_>) -> Option<ArchitecturePattern> {
    let files = facts.paths(|path| {
        let lower = path.to_ascii_lowercase();
        let name = lower.rsplit('/').next().unwrap_or_default();
        name.ends_with(".proto")
            || name.ends_with(".graphql")
            || name.ends_with(".thrift")
            || name.starts_with("openapi.")
            || name.starts_with("swagger.")
    });

    pattern(
        "Contract first",
        "The interface is written down in a schema that code is made from.",
        files,
    )
}

fn persistence(facts: &Facts<'_>) -> Option<ArchitecturePattern> {
    let libraries = facts.product_dependencies(Category::Database);
    pattern("Database", "It can speak to a database.", libraries)
}

fn migrations(facts: &Facts<'_>) -> Option<ArchitecturePattern> {
    let mut folders: Vec<String> = facts
        .files
        .iter()
        .filter(|file| {
            !super::places::is_aside(&file.path)
                && file
                    .folder()
                    .split('/')
                    .any(|part| matches!(part, "migrations" | "migrate" | "alembic"))
        })
        .map(|file| file.folder().to_owned())
        .collect();

    folders.dedup();

    pattern(
        "Migrations",
        "The database changes its shape in numbered steps.",
        folders,
    )
}

fn components(facts: &Facts<'_>) -> Option<ArchitecturePattern> {
    let libraries = facts.product_dependencies(Category::Interface);
    let folders = facts.folders(&["components", "widgets"]);
    if libraries.is_empty() || folders.is_empty() {
        return None;
    }

    pattern(
        "Components",
        "The interface is built from parts that are used again.",
        [folders, libraries].concat(),
    )
}

fn state_store(facts: &Facts<'_>) -> Option<ArchitecturePattern> {
    pattern(
        "Central state",
        "The interface's state lies in one place.",
        facts.product_dependencies(Category::StateManagement),
    )
}

fn dependency_injection(facts: &Facts<'_>) -> Option<ArchitecturePattern> {
    let known = [
        "@nestjs/core",
        "inversify",
        "tsyringe",
        "spring-boot-starter",
        "guice",
        "dagger",
        "wire",
        "dependency-injector",
        "shaku",
    ];

    let evidence = facts
        .dependencies
        .iter()
        .filter(|found| known.iter().any(|name| found.name == *name))
        .map(|found| format!("{} in {}", found.name, found.manifest));

    pattern(
        "Dependency injection",
        "Parts are given what they need instead of making it.",
        evidence.collect(),
    )
}

fn background_jobs(facts: &Facts<'_>) -> Option<ArchitecturePattern> {
    let libraries = facts.product_dependencies(Category::Scheduling);
    let folders = facts.folders(&["jobs", "workers", "tasks", "queue", "queues"]);
    if libraries.is_empty() {
        return None;
    }

    pattern(
        "Background work",
        "Slow work is done later, by workers.",
        [libraries, folders].concat(),
    )
}

fn containers(facts: &Facts<'_>) -> Option<ArchitecturePattern> {
    let evidence = facts
        .containers
        .iter()
        .filter(|container| !super::places::is_test(&container.path) && !container.path.starts_with('.'))
        .map(|container| container.path.clone());

    pattern(
        "Containers",
        "There are recipes for containers to run it in.",
        evidence.collect(),
    )
}

fn infrastructure(facts: &Facts<'_>) -> Option<ArchitecturePattern> {
    let evidence = facts.paths(|path| {
        path.ends_with(".tf")
            || path.ends_with("Pulumi.yaml")
            || path.ends_with("serverless.yml")
            || path.ends_with("cdk.json")
    });

    pattern(
        "Infrastructure as code",
        "The machines it runs on are described in files.",
        evidence,
    )
}
