//! Layers, mistakes and what is printed, on a small configuration and on the real one.

use serde::Deserialize;

use super::*;

const EMBEDDED: &str = r#"
env = "development"
data_dir = ".saga"

[gateway]
listen = "127.0.0.1:8000"
workers = 4
ratio = 0.5
open = false

[sources]
allow_hosts = ["github.com"]
ports = [443]

[models]
openai_api_key = ""

[models.prices]
gpt = 1.5

[database]
url = ""

[[routes]]
name = "a"
"#;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    env: Env,
    data_dir: String,
    gateway: Gateway,
    sources: SourcesSection,
    models: Models,
    database: Database,
    routes: Vec<Route>,
}
#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Env {
    Development,
    Production,
}
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Gateway {
    listen: String,
    workers: u32,
    ratio: f64,
    open: bool,
}
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SourcesSection {
    allow_hosts: Vec<String>,
    ports: Vec<u16>,
}
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Models {
    openai_api_key: String,
    prices: BTreeMap<String, f64>,
}
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Database {
    url: String,
}
#[derive(Debug, Deserialize)]
struct Route {
    name: String,
}

const ALIASES: [Alias; 5] = [
    Alias::new("DATABASE_URL", "database.url"),
    Alias::new("PG_URL", "database.url"),
    Alias::new("OPENAI_API_KEY", "models.openai_api_key"),
    Alias {
        env: "ENV",
        key: "env",
        is_ours: |value| matches!(value, "development" | "production"),
    },
    Alias {
        env: "ENVIRONMENT",
        key: "env",
        is_ours: |value| matches!(value, "development" | "production"),
    },
];

fn sources() -> Sources<'static> {
    Sources {
        embedded: EMBEDDED,
        aliases: &ALIASES,
        open_tables: &["models.prices"],
        ..Sources::default()
    }
}

fn env(pairs: &[(&str, &str)]) -> Sources<'static> {
    let env = pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Sources { env, ..sources() }
}

fn loaded(sources: Sources<'_>) -> Loaded<Config> {
    load(sources).unwrap_or_else(|err| panic!("{err}"))
}

fn mistakes(sources: Sources<'_>) -> Vec<String> {
    load::<Config>(sources)
        .expect_err("mistakes")
        .0
        .iter()
        .map(ToString::to_string)
        .collect()
}

fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("saga.toml");
    std::fs::write(&path, text).expect("a file");
    (dir, path)
}

#[test]
fn defaults_alone_are_a_whole_configuration() {
    let config = loaded(sources()).config;
    assert_eq!(
        (config.env, config.data_dir.as_str(), config.gateway.workers),
        (Env::Development, ".saga", 4)
    );
    assert_eq!(
        (
            config.routes[0].name.as_str(),
            config.models.openai_api_key.as_str()
        ),
        ("a", "")
    );
}

#[test]
fn a_later_layer_wins() {
    let (_dir, path) = file("data_dir = 'file'\n[gateway]\nlisten = 'file'\nworkers = 1\nratio = 2\n");
    let mut all = env(&[("SAGA_GATEWAY__LISTEN", "env"), ("SAGA_GATEWAY__WORKERS", "2")]);
    all.file = Some(path.clone());
    all.flags = "[gateway]\nworkers = 3".parse().expect("TOML");

    let Loaded { config, effective } = loaded(all);
    assert_eq!(
        (
            config.data_dir.as_str(),
            config.gateway.listen.as_str(),
            config.gateway.workers
        ),
        ("file", "env", 3)
    );
    assert_eq!(config.gateway.ratio, 2.0, "a whole number is a number");
    assert_eq!(effective.origin("data_dir"), Some(&Origin::File(path)));
    assert_eq!(
        effective.origin("gateway.listen"),
        Some(&Origin::Env("SAGA_GATEWAY__LISTEN".into()))
    );
    assert_eq!(effective.origin("gateway.workers"), Some(&Origin::Flag));
    assert_eq!(effective.origin("env"), None);
}

#[test]
fn the_environment_is_read_by_the_type_of_the_default() {
    let config = loaded(env(&[
        ("SAGA_GATEWAY__WORKERS", " 12 "),
        ("SAGA_GATEWAY__RATIO", "0.25"),
        ("SAGA_GATEWAY__OPEN", "yes"),
        ("SAGA_SOURCES__ALLOW_HOSTS", "github.com, git.example.org,"),
        ("SAGA_SOURCES__PORTS", "1,2"),
        ("SAGA_MODELS__PRICES__CLAUDE", "3"),
    ]))
    .config;

    assert_eq!(
        (config.gateway.workers, config.gateway.ratio, config.gateway.open),
        (12, 0.25, true)
    );
    assert_eq!(config.sources.allow_hosts, ["github.com", "git.example.org"]);
    assert_eq!(config.sources.ports, [1, 2]);
    assert_eq!(config.models.prices["claude"], 3.0);
}

#[test]
fn an_empty_variable_is_not_set() {
    let config = loaded(env(&[
        ("SAGA_GATEWAY__WORKERS", ""),
        ("SAGA_DATABASE__URL", ""),
        ("DATABASE_URL", ""),
    ]))
    .config;
    assert_eq!((config.gateway.workers, config.database.url.as_str()), (4, ""));
}

#[test]
fn all_mistakes_are_told_together() {
    let (_dir, path) = file("dat_dir = 'x'\n[gateway]\nworkers = 'many'\n[nonsense]\nx = 1\n");
    let mut all = env(&[
        ("SAGA_GATEWAY__LISTN", "x"),
        ("SAGA_GATEWAY__RATIO", "half"),
        ("SAGA_ENV", "staging"),
        ("SAGA_ROUTES", "x"),
        ("SAGA_TEST_POSTGRES_URL", "x"),
        ("SAGA_CONFIG", "x"),
        ("PATH", "/bin"),
    ]);

    all.file = Some(path.clone());

    let set = [
        "gateway.open=perhaps".to_owned(),
        "gateway.open".to_owned(),
        "gatway.open=true".to_owned(),
    ];
    all.set = &set;

    let file = path.display();
    assert_eq!(
        mistakes(all),
        [
            format!("{file}: there is no key `dat_dir`; did you mean `data_dir`?"),
            format!("{file}: `gateway.workers` is \"many\"; expected a whole number"),
            format!("{file}: there is no key `nonsense`"),
            "SAGA_GATEWAY__LISTN: there is no such setting; did you mean `SAGA_GATEWAY__LISTEN`?".into(),
            "SAGA_GATEWAY__RATIO: `gateway.ratio` is \"half\"; expected a number".into(),
            "SAGA_ROUTES: `routes` can't be set here; set it in a configuration file".into(),
            "command line: `gateway.open` is \"perhaps\"; expected true or false".into(),
            "`--set gateway.open`: expected key=value, e.g. gateway.listen=127.0.0.1:9000".into(),
            "command line: there is no key `gatway.open`; did you mean `gateway.open`?".into(),
            "`env`: unknown variant `staging`, expected `development` or `production`".into(),
        ]
    );
}

#[test]
fn a_file_that_is_missing_or_broken_is_a_mistake_with_its_line() {
    let missing = Sources {
        file: Some("/nonexistent/saga.toml".into()),
        ..sources()
    };

    assert!(mistakes(missing)[0].starts_with("/nonexistent/saga.toml: "));

    let (_dir, path) = file("env = 'development'\n[models]\nopenai_api_key = 'sk-hunter2\n");
    let broken = mistakes(Sources {
        file: Some(path),
        ..sources()
    });

    assert!(
        broken[0].contains("line 3") && !broken[0].contains("hunter2"),
        "{broken:?}"
    );
}

#[test]
fn other_products_names_are_understood_and_reported() {
    let Loaded { config, effective } =
        loaded(env(&[("DATABASE_URL", "postgres://db/x"), ("ENV", "production")]));
    assert_eq!(
        (config.database.url.as_str(), config.env),
        ("postgres://db/x", Env::Production)
    );

    assert_eq!(
        effective.notes(),
        [
            "DATABASE_URL sets `database.url`; our name for it is SAGA_DATABASE__URL",
            "ENV sets `env`; our name for it is SAGA_ENV",
        ]
    );
}

#[test]
fn a_common_name_with_a_foreign_value_is_passed_over() {
    assert_eq!(
        loaded(env(&[("ENV", "/root/.shinit")])).config.env,
        Env::Development
    );
}

#[test]
fn our_own_name_wins_over_an_alias() {
    let Loaded { config, effective } = loaded(env(&[
        ("DATABASE_URL", "postgres://a"),
        ("PG_URL", "postgres://b"),
        ("SAGA_DATABASE__URL", "postgres://c"),
    ]));

    assert_eq!(config.database.url, "postgres://c");
    assert_eq!(
        effective.notes(),
        ["DATABASE_URL is passed over: SAGA_DATABASE__URL is set too"]
    );
}

#[test]
fn aliases_that_contradict_each_other_are_refused() {
    assert_eq!(
        mistakes(env(&[
            ("DATABASE_URL", "postgres://a"),
            ("PG_URL", "postgres://b")
        ])),
        ["DATABASE_URL and PG_URL both mean `database.url` but differ; unset one, or set SAGA_DATABASE__URL"]
    );

    loaded(env(&[
        ("DATABASE_URL", "postgres://a"),
        ("PG_URL", "postgres://a"),
    ]));
}

#[test]
fn what_is_printed_hides_secrets_and_names_origins() {
    let printed = loaded(env(&[
        ("OPENAI_API_KEY", "sk-hunter2"),
        ("SAGA_DATABASE__URL", "postgres://saga:hunter2@db/saga"),
        ("SAGA_GATEWAY__WORKERS", "8"),
    ]))
    .effective
    .print();

    assert!(!printed.contains("hunter2"), "{printed}");

    for line in [
        "openai_api_key = \"********\"  # from OPENAI_API_KEY",
        "url = \"postgres://saga:********@db/saga\"  # from SAGA_DATABASE__URL",
        "workers = 8  # from SAGA_GATEWAY__WORKERS",
        "data_dir = \".saga\"",
        "[models.prices]",
    ] {
        assert!(
            printed.lines().any(|own| own == line),
            "{line:?} is not in\n{printed}"
        );
    }

    let again: Table = printed.parse().expect("what is printed is TOML");
    assert_eq!(again["gateway"]["workers"].as_integer(), Some(8));
}

#[test]
fn a_secret_of_the_wrong_type_is_not_repeated() {
    let (_dir, path) = file("[models]\nopenai_api_key = 12345678\n");
    let told = mistakes(Sources {
        file: Some(path),
        ..sources()
    });

    assert!(
        told[0].ends_with("`models.openai_api_key` is a whole number; expected text"),
        "{told:?}"
    );
}

/// The sections that kit owns are in the real embedded file, each key of it known and each default usable.
#[test]
fn the_embedded_file_has_every_section_of_kit() {
    #[derive(Deserialize)]
    struct Sections {
        admin: crate::admin::AdminConfig,
        keys: crate::secrets::KeysConfig,
        rpc: crate::rpc::RpcConfig,
        database: crate::db::DatabaseConfig,
        blobs: crate::blobs::BlobsConfig,
        bus: crate::bus::BusConfig,
        sources: crate::sources::SourcesConfig,
        telemetry: crate::telemetry::TelemetryConfig,
    }

    let embedded = include_str!("../../../deploy/config/saga.toml");
    let config = load::<Sections>(Sources {
        embedded,
        ..Sources::default()
    })
    .unwrap_or_else(|err| panic!("{err}"))
    .config;

    assert!(config.blobs.is_embedded() && !config.sources.allow_private);
    assert!(config.sources.allow_hosts.contains(&"github.com".to_owned()));
    assert!(config.database.max_connections > 0 && config.bus.capacity > 0);
    assert_eq!(config.telemetry.format, crate::telemetry::LogFormat::Auto);

    for address in [&config.admin.listen, &config.rpc.listen] {
        address.parse::<std::net::SocketAddr>().expect("an address");
    }

    let dir = tempfile::tempdir().expect("a folder");
    crate::secrets::Keys::load(&config.keys, dir.path()).expect("keys are generated");
}
