//! How identifiers, files and folders are said: "parse_request" is "parse request", "src/http/router.rs" is
//! "the router file in the HTTP folder".

/// Parts of identifiers that are letters, not words; said and written in capitals.
const ACRONYMS: [&str; 66] = [
    "ai", "api", "apis", "ast", "aws", "cd", "ci", "cli", "cpu", "crc", "crud", "css", "csv", "db", "dns",
    "dom", "dto", "ecs", "ffi", "fs", "gpu", "grpc", "gui", "html", "http", "https", "id", "ids", "io", "ip",
    "ipc", "js", "json", "jwt", "kv", "llm", "md", "ml", "mp3", "os", "pdf", "qa", "rpc", "sdk", "sha",
    "sql", "sse", "ssh", "ssl", "svg", "tcp", "tls", "ts", "tts", "tui", "udp", "ui", "uri", "url", "utf",
    "uuid", "vm", "wal", "ws", "xml", "yaml",
];

/// Clipped words of code and the whole words that are said for them.
const CLIPPED: [(&str, &str); 52] = [
    ("args", "arguments"),
    ("arg", "argument"),
    ("attr", "attribute"),
    ("attrs", "attributes"),
    ("auth", "auth"),
    ("calc", "calculate"),
    ("cb", "callback"),
    ("cfg", "config"),
    ("cmd", "command"),
    ("cmds", "commands"),
    ("conf", "config"),
    ("conn", "connection"),
    ("ctx", "context"),
    ("ctrl", "control"),
    ("defs", "definitions"),
    ("deps", "dependencies"),
    ("desc", "description"),
    ("dev", "dev"),
    ("dir", "directory"),
    ("dirs", "directories"),
    ("doc", "doc"),
    ("env", "environment"),
    ("err", "error"),
    ("errs", "errors"),
    ("eval", "evaluate"),
    ("exec", "execute"),
    ("expr", "expression"),
    ("ext", "extension"),
    ("fmt", "format"),
    ("fn", "function"),
    ("func", "function"),
    ("i18n", "internationalisation"),
    ("impl", "implementation"),
    ("impls", "implementations"),
    ("init", "init"),
    ("iter", "iterator"),
    ("lang", "language"),
    ("len", "length"),
    ("lib", "library"),
    ("libs", "libraries"),
    ("mgr", "manager"),
    ("msg", "message"),
    ("obj", "object"),
    ("param", "parameter"),
    ("params", "parameters"),
    ("pkg", "package"),
    ("proc", "process"),
    ("repr", "representation"),
    ("req", "request"),
    ("src", "source"),
    ("util", "utility"),
    ("utils", "utilities"),
];

/// Files whose name says nothing by itself, and what they are.
const KNOWN_FILES: [(&str, &str); 26] = [
    ("readme.md", "the read-me"),
    ("readme", "the read-me"),
    ("readme.rst", "the read-me"),
    ("cargo.toml", "the Cargo manifest"),
    ("cargo.lock", "the Cargo lock file"),
    ("package.json", "the package manifest"),
    ("pyproject.toml", "the Python project file"),
    ("setup.py", "the Python setup script"),
    ("setup.cfg", "the Python setup configuration"),
    ("requirements.txt", "the list of Python requirements"),
    ("go.mod", "the Go module file"),
    ("pom.xml", "the Maven project file"),
    ("gemfile", "the Gemfile"),
    ("composer.json", "the Composer manifest"),
    ("makefile", "the makefile"),
    ("dockerfile", "the Docker file"),
    ("tsconfig.json", "the TypeScript configuration"),
    ("changelog.md", "the changelog"),
    ("contributing.md", "the contributing guide"),
    ("license", "the licence"),
    ("main.rs", "the main file"),
    ("main.go", "the main file"),
    ("main.py", "the main file"),
    ("build.rs", "the build script"),
    ("conftest.py", "the shared test setup"),
    ("__main__.py", "the main file"),
];

/// File names that stand for their folder.
const FOLDER_FILES: [&str; 8] = [
    "mod.rs",
    "lib.rs",
    "index.js",
    "index.ts",
    "index.tsx",
    "__init__.py",
    "index.jsx",
    "index.mjs",
];

/// Folders that only say "here is the code".
const PLAIN_FOLDERS: [&str; 5] = ["src", "lib", "crates", "packages", "."];

/// Names with capitals inside that are one word to everybody.
const BRANDS: &[&str] = &[
    "AsciiDoc",
    "BitBucket",
    "BitTorrent",
    "CentOS",
    "ChatGPT",
    "ClickHouse",
    "CloudFlare",
    "CloudFormation",
    "CockroachDB",
    "CodePen",
    "CoffeeScript",
    "CouchDB",
    "DevOps",
    "DigitalOcean",
    "DockerHub",
    "DynamoDB",
    "ESLint",
    "EditorConfig",
    "ElevenLabs",
    "FastAPI",
    "FreeBSD",
    "GitHub",
    "GitLab",
    "GraphQL",
    "HAProxy",
    "HashiCorp",
    "HomeKit",
    "HuggingFace",
    "InfluxDB",
    "IntelliJ",
    "JSDoc",
    "JavaScript",
    "JetBrains",
    "LaTeX",
    "LangChain",
    "LevelDB",
    "LibreOffice",
    "LinkedIn",
    "LlamaIndex",
    "MacOS",
    "MacPorts",
    "MariaDB",
    "McCabe",
    "MongoDB",
    "MySQL",
    "NetBSD",
    "NextAuth",
    "NoSQL",
    "NumPy",
    "OAuth",
    "OAuth2",
    "OpenAI",
    "OpenAPI",
    "OpenBSD",
    "OpenCL",
    "OpenCV",
    "OpenGL",
    "OpenSSL",
    "OpenSearch",
    "OpenShift",
    "OpenStack",
    "OpenStreetMap",
    "OpenTelemetry",
    "PayPal",
    "PhpStorm",
    "PlatformIO",
    "PlayStation",
    "PostgreSQL",
    "PowerPoint",
    "PowerShell",
    "PureScript",
    "PyPI",
    "PyTorch",
    "QuickTime",
    "RabbitMQ",
    "RealWorld",
    "RethinkDB",
    "RocksDB",
    "RubyGems",
    "SQLite",
    "SciPy",
    "ScyllaDB",
    "SourceForge",
    "StackBlitz",
    "StackOverflow",
    "SwiftUI",
    "TensorFlow",
    "TimescaleDB",
    "TripAdvisor",
    "TypeScript",
    "VMware",
    "VSCode",
    "VirtualBox",
    "WebAssembly",
    "WebGL",
    "WebGPU",
    "WebKit",
    "WebRTC",
    "WebSocket",
    "WebSockets",
    "WikiText",
    "WordPress",
    "YouTube",
    "ZeroMQ",
    "eSpeak",
    "gRPC",
    "iOS",
    "jQuery",
    "macOS",
    "openSUSE",
];

/// Products whose names end like files, in lower case.
const PRODUCTS: &[&str] = &[
    "alpine.js",
    "anime.js",
    "babylon.js",
    "backbone.js",
    "bignumber.js",
    "brain.js",
    "cannon.js",
    "chart.js",
    "crypto.js",
    "d3.js",
    "day.js",
    "discord.js",
    "ember.js",
    "ethers.js",
    "express.js",
    "fabric.js",
    "feathers.js",
    "gemma.cpp",
    "gsap.js",
    "hammer.js",
    "handlebars.js",
    "highlight.js",
    "howler.js",
    "immutable.js",
    "inferno.js",
    "jquery.js",
    "knockout.js",
    "konva.js",
    "leaflet.js",
    "llama.cpp",
    "marko.js",
    "math.js",
    "matter.js",
    "meteor.js",
    "mithril.js",
    "moment.js",
    "mustache.js",
    "next.js",
    "node.js",
    "nuxt.js",
    "p5.js",
    "paper.js",
    "passport.js",
    "pdf.js",
    "phaser.js",
    "pixi.js",
    "plotly.js",
    "popper.js",
    "prism.js",
    "react.js",
    "require.js",
    "reveal.js",
    "sails.js",
    "sigma.js",
    "socket.js",
    "solid.js",
    "stimulus.js",
    "svelte.js",
    "swiper.js",
    "tensorflow.js",
    "three.js",
    "tone.js",
    "transformers.js",
    "underscore.js",
    "video.js",
    "vis.js",
    "vue.js",
    "web3.js",
    "whisper.cpp",
    "zepto.js",
];

/// `three.js` is "three JS": a product that ends like a file. Written with a capital, every name in `.js` is one.
pub fn product(word: &str) -> Option<String> {
    let (name, ending) = word.rsplit_once('.')?;
    let lower = word.to_lowercase();
    let known = PRODUCTS.contains(&lower.as_str());
    let capital = ending == "js" && name.starts_with(char::is_uppercase) && !name.contains(['/', '.']);

    (known || capital).then(|| {
        let name = if lower == "node.js" { "Node" } else { name };
        format!("{name} {}", ending.to_uppercase())
    })
}

/// Whether a word is such a name.
pub fn is_brand(word: &str) -> bool {
    BRANDS.contains(&word)
}

/// An identifier as words: `HttpServer` is "HTTP server".
pub fn identifier(name: &str) -> String {
    if is_brand(name) {
        return name.to_owned();
    }

    let parts = parts(name);
    let mut words: Vec<String> = Vec::with_capacity(parts.len());
    for part in &parts {
        let lower = part.to_lowercase();
        let said = if ACRONYMS.contains(&lower.as_str()) {
            acronym(&lower)
        } else if let Some((_, whole)) = CLIPPED
            .iter()
            // `CFG` in capitals stands for other words than `cfg`.
            .find(|(clipped, _)| *clipped == lower && (part.len() <= 2 || part.chars().any(char::is_lowercase)))
        {
            // A name of one word is printed as it is, for a reader looks for it; voices say the whole word.
            match parts.len() {
                1 => part.clone(),
                _ => (*whole).to_owned(),
            }
        } else if parts.len() == 1 && part.chars().any(char::is_uppercase) {
            part.clone()
        } else {
            lower
        };

        words.push(said);
    }

    words.join(" ")
}

fn acronym(lower: &str) -> String {
    match lower {
        "grpc" => "gRPC".to_owned(),
        "ids" => "IDs".to_owned(),
        "apis" => "APIs".to_owned(),
        other => other.to_uppercase(),
    }
}

/// The words inside an identifier, by underscores, dots, dashes, changes of case and runs of digits.
fn parts(name: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut part = String::new();
    let symbols: Vec<char> = name.chars().collect();
    for (at, symbol) in symbols.iter().copied().enumerate() {
        if !symbol.is_alphanumeric() {
            parts.push(std::mem::take(&mut part));
            continue;
        }

        let before = part.chars().last();
        let next = symbols.get(at + 1).copied();
        let begins = match before {
            Some(before) if symbol.is_uppercase() => {
                before.is_lowercase()
                    || (before.is_uppercase() && next.is_some_and(char::is_lowercase) && part.len() > 1)
            }
            _ => false,
        };
        if begins {
            parts.push(std::mem::take(&mut part));
        }

        part.push(symbol);
    }

    parts.push(part);
    parts.retain(|part| !part.is_empty());

    parts
}

/// A path as words, with its article: "the router file in the HTTP folder".
pub fn path(path: &str) -> String {
    let is_folder = path.ends_with('/');
    let segments: Vec<&str> = path
        .split(['/', '\\'])
        .filter(|segment| !segment.is_empty() && !matches!(*segment, "." | ".." | "~"))
        .collect();
    let Some((name, folders)) = segments.split_last() else {
        return String::new();
    };
    // The address of a request, with a place to fill: `/in/{target}`.
    if path.contains('{') {
        let said: Vec<String> = segments.iter().map(|segment| identifier(segment)).collect();
        return said.join(" ");
    }
    if let Some(files) = name.strip_prefix('*').filter(|ending| ending.starts_with('.')) {
        let one = self::path(&path.replace(&format!("*{files}"), &format!("any{files}")));
        return one.replacen(
            "the any file",
            &format!("the {} files", identifier(&files[1..])),
            1,
        );
    }
    let folder = folders
        .iter()
        .rev()
        .find(|folder| !PLAIN_FOLDERS.contains(folder))
        .map(|folder| identifier(folder));

    if is_folder
        || !name.contains('.')
            && !KNOWN_FILES
                .iter()
                .any(|(file, _)| name.eq_ignore_ascii_case(file))
    {
        return match folder {
            Some(folder) => format!("the {} folder under {folder}", identifier(name)),
            None => format!("the {} folder", identifier(name)),
        };
    }

    let lower = name.to_lowercase();
    if FOLDER_FILES.contains(&lower.as_str()) {
        return match folder {
            Some(folder) => format!("the root file of the {folder} folder"),
            None if lower.starts_with("index.") => "the index file".to_owned(),
            None => "the root file of the library".to_owned(),
        };
    }

    let file = match KNOWN_FILES.iter().find(|(known, _)| *known == lower) {
        Some((_, said)) => (*said).to_owned(),
        None if [".h", ".hpp", ".hh", ".hxx"]
            .iter()
            .any(|end| lower.ends_with(end)) =>
        {
            format!("the {} header", identifier(stem(name)))
        }
        None => format!("the {} file", identifier(stem(name))),
    };

    match folder {
        Some(folder) => format!("{file} in the {folder} folder"),
        None => file,
    }
}

fn stem(name: &str) -> &str {
    name.trim_start_matches('.')
        .rsplit_once('.')
        .map_or(name, |(stem, _)| stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_split_into_words() {
        let said = [
            "parse_request",
            "HttpServer",
            "HTTPServer",
            "utf8",
            "useEffect",
            "io",
            "cfg_utils",
            "pkg",
            "tokio",
        ]
        .map(identifier);

        let expected = [
            "parse request",
            "HTTP server",
            "HTTP server",
            "utf8",
            "use effect",
            "IO",
            "config utilities",
            "pkg",
            "tokio",
        ];

        assert_eq!(said, expected);
    }

    #[test]
    fn paths_say_the_file_then_its_folder() {
        assert_eq!(path("src/http/router.rs"), "the router file in the HTTP folder");
        assert_eq!(path("src/main.rs"), "the main file");
        assert_eq!(path("axum/src/lib.rs"), "the root file of the axum folder");
        assert_eq!(path("Cargo.toml"), "the Cargo manifest");
        assert_eq!(path("src/routing/"), "the routing folder");
        assert_eq!(path("tests/common/mod.rs"), "the root file of the common folder");
        assert_eq!(path("data/raw/*.csv"), "the CSV files in the raw folder");
        assert_eq!(path("/in/{target}"), "in target");
        assert_eq!(path(""), "");
    }
}
