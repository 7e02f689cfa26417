//! Manifests of every ecosystem, whole and broken.

use super::*;

fn facts(path: &str, text: &str) -> Facts {
    read(path, text).expect("a manifest")
}

/// `name version scope`, internal ones with a star.
fn needs(facts: &Facts) -> Vec<String> {
    let line = |needed: &Needed| {
        let star = if needed.internal { "*" } else { "" };
        format!(
            "{star}{} {} {:?}",
            needed.name,
            needed.version.as_deref().unwrap_or("-"),
            needed.scope
        )
    };

    facts.dependencies.iter().map(line).collect()
}

#[test]
fn cargo_manifests_tell_packages_programs_and_workspaces() {
    let text = "[package]\nname = \"loom\"\nversion.workspace = true\ndescription = \"Weaves\\n numbers.\"\nlicense = \"MIT/Apache-2.0\"\nedition = \"2024\"\nrust-version = \"1.85\"\n\
        [workspace]\nmembers = [\"crates/*\"]\n[workspace.package]\nversion = \"1.2.3\"\n[workspace.dependencies]\nserde = { version = \"1\" }\n\
        [dependencies]\nserde.workspace = true\ncards = { path = \"crates/cards\" }\ntokio = { version = \"1\", optional = true }\nhttp02 = { package = \"http\", version = \"0.2\" }\n\
        [dev-dependencies]\ntempfile = \"3\"\n[build-dependencies]\ncc = \"1\"\n[target.'cfg(unix)'.dependencies]\nlibc = \"0.2\"\n\
        [[bin]]\nname = \"weave\"\npath = \"src/bin/weave.rs\"\n";
    let facts = facts("app/Cargo.toml", text);
    let manifest = &facts.manifest;

    assert_eq!(manifest.name.as_deref(), Some("loom"));
    assert_eq!(manifest.version.as_deref(), Some("1.2.3"));
    assert_eq!(manifest.description.as_deref(), Some("Weaves numbers."));
    assert_eq!(manifest.licence.as_deref(), Some("MIT OR Apache-2.0"));
    assert_eq!(manifest.requires, ["Rust edition 2024", "Rust 1.85 or newer"]);
    assert_eq!(manifest.workspace_members, ["crates/*"]);
    assert_eq!(facts.shared_versions.get("serde").map(String::as_str), Some("1"));
    assert_eq!(facts.entry_points[0].path, "app/src/bin/weave.rs");

    let mut needs = needs(&facts);
    needs.sort();

    assert_eq!(
        needs,
        [
            "*cards - Runtime",
            "cc 1 Build",
            "http 0.2 Runtime",
            "libc 0.2 Runtime",
            "serde - Runtime",
            "tempfile 3 Dev",
            "tokio 1 Optional"
        ]
    );
}

#[test]
fn node_manifests_tell_scripts_and_commands() {
    let text = r#"{"name":"@ada/loom","version":"1.0.0","description":"Weaves.","license":"MIT","main":"lib/index","bin":{"weave":"./bin/weave.js"},
        "scripts":{"test":"jest","build":"tsc"},"engines":{"node":">=18"},"workspaces":["packages/*"],
        "dependencies":{"express":"^4.18.0","@ada/cards":"workspace:*"},"devDependencies":{"jest":"29"}}"#;
    let facts = facts("package.json", text);

    assert_eq!(facts.manifest.requires, ["Node 18 or newer"]);
    assert_eq!(facts.manifest.binaries, ["weave"]);

    let mut needs = needs(&facts);
    needs.sort();

    assert_eq!(
        needs,
        [
            "*@ada/cards workspace:* Runtime",
            "express ^4.18.0 Runtime",
            "jest 29 Dev"
        ]
    );

    let paths: Vec<&str> = facts
        .entry_points
        .iter()
        .map(|entry| entry.path.as_str())
        .collect();

    assert_eq!(paths, ["bin/weave.js", "lib/index.js"]);
}

#[test]
fn python_manifests_of_every_kind_are_read() {
    let project = "[project]\nname = \"loom\"\ndescription = \"Weaves.\"\nrequires-python = \">=3.11\"\nlicense = {text = \"MIT\"}\ndependencies = [\"fastapi[all]>=0.110,<1; python_version > '3'\", \"httpx\"]\n\
        [project.optional-dependencies]\nfast = [\"orjson~=3.0\"]\n[project.scripts]\nweave = \"loom.cli:main\"\n[dependency-groups]\ndev = [\"pytest\"]\n[build-system]\nrequires = [\"hatchling\"]\n";
    let facts = facts("pyproject.toml", project);

    assert_eq!(
        needs(&facts),
        [
            "fastapi >=0.110,<1 Runtime",
            "httpx - Runtime",
            "orjson ~=3.0 Optional",
            "pytest - Dev",
            "hatchling - Build"
        ]
    );
    assert_eq!(facts.manifest.requires, ["Python 3.11 or newer"]);
    assert_eq!(facts.entry_points[0].path, "loom/cli.py");

    let poetry = "[tool.poetry]\nname = \"loom\"\n[tool.poetry.dependencies]\npython = \"^3.12\"\ndjango = {version = \"5.0\"}\n[tool.poetry.group.dev.dependencies]\nruff = \"*\"\n";
    assert_eq!(
        needs(&super::read("pyproject.toml", poetry).expect("read")),
        ["django 5.0 Runtime", "ruff * Dev"]
    );

    let requirements = "# web\nflask==3.0.0  # pinned\n-r base.txt\nuvicorn[standard]\n\n";
    assert_eq!(
        needs(&super::read("requirements.txt", requirements).expect("read")),
        ["flask ==3.0.0 Runtime", "uvicorn - Runtime"]
    );
    assert_eq!(
        needs(&super::read("requirements-dev.txt", "pytest\n").expect("read")),
        ["pytest - Dev"]
    );

    let cfg = "[metadata]\nname = loom\n[options]\npython_requires = >=3.8\ninstall_requires =\n    attrs>=20\n    six\n";
    assert_eq!(
        needs(&super::read("setup.cfg", cfg).expect("read")),
        ["attrs >=20 Runtime", "six - Runtime"]
    );

    let setup = "setup(\n    name=\"loom\",\n    install_requires=[\n        'click>=8',\n        \"jinja2\",\n    ],\n)";
    let read = super::read("setup.py", setup).expect("read");

    assert_eq!(
        (read.manifest.name.as_deref(), needs(&read).len()),
        (Some("loom"), 2)
    );
}

#[test]
fn other_ecosystems_are_read() {
    let go = "module example.org/loom\n\ngo 1.22\n\nrequire github.com/gin-gonic/gin v1.9.0\nrequire (\n\tgithub.com/lib/pq v1.10.0\n\tgolang.org/x/sys v0.1.0 // indirect\n)\n";
    let read = facts("go.mod", go);

    assert_eq!(
        needs(&read),
        [
            "github.com/gin-gonic/gin v1.9.0 Runtime",
            "github.com/lib/pq v1.10.0 Runtime"
        ]
    );

    let pom = "<project><artifactId>loom</artifactId><description>Weaves.</description><properties><java.version>21</java.version></properties><dependencies><dependency><groupId>x</groupId><artifactId>spring-boot-starter-web</artifactId></dependency><dependency><artifactId>junit</artifactId><version>4</version><scope>test</scope></dependency></dependencies></project>";
    let read = facts("pom.xml", pom);

    assert_eq!(needs(&read), ["spring-boot-starter-web - Runtime", "junit 4 Dev"]);
    assert_eq!(read.manifest.requires, ["Java 21 or newer"]);

    let gradle = "dependencies {\n    implementation(\"io.ktor:ktor-server-core:2.3\")\n    testImplementation 'junit:junit:4.13'\n    implementation(project(\":core\"))\n}\n";
    assert_eq!(
        needs(&facts("app/build.gradle.kts", gradle)),
        [
            "ktor-server-core 2.3 Runtime",
            "junit 4.13 Dev",
            "*core - Runtime"
        ]
    );

    let gems = "source 'https://rubygems.org'\nruby '3.2'\ngem 'rails', '~> 7.1'\ngroup :development, :test do\n  gem 'rspec-rails'\nend\ngem 'puma'\n";
    assert_eq!(
        needs(&facts("Gemfile", gems)),
        ["rails ~> 7.1 Runtime", "rspec-rails - Dev", "puma - Runtime"]
    );

    let php = r#"{"name":"ada/loom","require":{"php":"^8.2","laravel/framework":"^11.0","ext-json":"*"},"require-dev":{"phpunit/phpunit":"^10"}}"#;
    assert_eq!(
        needs(&facts("composer.json", php)),
        ["laravel/framework ^11.0 Runtime", "phpunit/phpunit ^10 Dev"]
    );

    let csproj = "<Project Sdk=\"x\"><PropertyGroup><TargetFramework>net8.0</TargetFramework></PropertyGroup><ItemGroup><PackageReference Include=\"Serilog\" Version=\"3.1\" /><ProjectReference Include=\"..\\Core\\Core.csproj\" /></ItemGroup></Project>";
    assert_eq!(
        needs(&facts("src/Loom.csproj", csproj)),
        ["Serilog 3.1 Runtime", "*Core - Runtime"]
    );

    let mix = "def project do\n  [\n    app: :loom,\n    version: \"0.1.0\"\n  ]\nend\ndefp deps do\n  [{:phoenix, \"~> 1.7\"}, {:credo, \"~> 1.7\", only: [:dev, :test]}]\nend\n";
    assert_eq!(
        needs(&facts("mix.exs", mix)),
        ["phoenix ~> 1.7 Runtime", "credo ~> 1.7 Dev"]
    );

    let dart = "name: loom\ndescription: Weaves.\ndependencies:\n  flutter:\n    sdk: flutter\n  http: ^1.0.0\ndev_dependencies:\n  lints: any\n";
    assert_eq!(
        needs(&facts("pubspec.yaml", dart)),
        ["flutter - Runtime", "http ^1.0.0 Runtime", "lints - Dev"]
    );

    let swift = "let package = Package(name: \"Loom\", dependencies: [.package(url: \"https://github.com/vapor/vapor.git\", from: \"4.0.0\")])";
    assert_eq!(needs(&facts("Package.swift", swift)), ["vapor 4.0.0 Runtime"]);

    let cmake =
        "project(Loom VERSION 1.2 LANGUAGES C)\nfind_package(ZLIB REQUIRED)\nadd_executable(weave main.c)\n";
    let read = facts("CMakeLists.txt", cmake);

    assert_eq!(
        (
            read.manifest.name.as_deref(),
            read.manifest.binaries.len(),
            needs(&read)
        ),
        (Some("Loom"), 1, vec!["ZLIB - Runtime".into()])
    );
}

#[test]
fn xml_is_read_with_its_entities_and_character_data() {
    let pom = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<project><artifactId>kingfisher</artifactId><description>Counts boats for R&amp;D teams that don&#39;t like paper</description>\
        <licenses><license><name><![CDATA[Apache-2.0]]></name></license></licenses>\
        <dependencies><dependency><artifactId><![CDATA[tide-tables]]></artifactId><version>2.0</version></dependency></dependencies></project>";
    let read = facts("pom.xml", pom);
    assert_eq!(
        read.manifest.description.as_deref(),
        Some("Counts boats for R&D teams that don't like paper")
    );
    assert_eq!(read.manifest.licence.as_deref(), Some("Apache-2.0"));
    assert_eq!(needs(&read), ["tide-tables 2.0 Runtime"]);

    let project = "<Project><PropertyGroup><Description>Boats &amp; <![CDATA[tides]]></Description><PackageId>King&amp;Co</PackageId></PropertyGroup>\
        <ItemGroup><PackageReference Include=\"A&amp;B\"><Version>1.2</Version></PackageReference></ItemGroup></Project>";
    let read = facts("src/Boats.csproj", project);
    assert_eq!(read.manifest.description.as_deref(), Some("Boats & tides"));
    assert_eq!(read.manifest.name.as_deref(), Some("King&Co"));
    assert_eq!(needs(&read), ["A&B 1.2 Runtime"]);

    let nuspec = "<package xmlns=\"x\"><metadata><id>Kingfisher</id><version>1.0</version><description>Counts &#x62;oats</description>\
        <license type=\"expression\">MIT</license><dependencies><group><dependency id=\"Tides\" version=\"[2,3)\" /></group></dependencies></metadata></package>";
    let read = facts("Kingfisher.nuspec", nuspec);
    assert_eq!(read.manifest.description.as_deref(), Some("Counts boats"));
    assert_eq!(needs(&read), ["Tides [2,3) Runtime"]);
}

#[test]
fn licences_are_read_in_every_form() {
    for (text, expected) in [
        (r#"{"license": {"type": "MIT", "url": "x"}}"#, "MIT"),
        (
            r#"{"licenses": [{"type": "MIT"}, {"type": "Apache-2.0"}]}"#,
            "MIT OR Apache-2.0",
        ),
        (
            r#"{"license": ["MIT", "GPL-3.0-or-later"]}"#,
            "MIT OR GPL-3.0-or-later",
        ),
    ] {
        assert_eq!(
            facts("package.json", text).manifest.licence.as_deref(),
            Some(expected)
        );
    }
}

#[test]
fn problems_are_told_in_words_for_listeners() {
    let manifests: Vec<Manifest> = [
        ("a/package.json", "{,}"),
        ("b/package.json", "[]"),
        ("Cargo.toml", "[package\nname = "),
    ]
    .iter()
    .map(|(path, text)| facts(path, text).manifest)
    .collect();

    assert_eq!(
        problems(&manifests),
        [
            "The package manifest in the folder a could not be understood, because it is not valid JSON.",
            "The package manifest in the folder b could not be understood, because it does not hold the fields of a package.",
            "The Cargo manifest could not be understood, because it is not valid TOML.",
        ]
    );
}

#[test]
fn malformed_manifests_are_noted_and_never_fatal() {
    for (path, text) in [
        ("Cargo.toml", "[package\nname = "),
        ("package.json", "{\"name\": "),
        ("package.json", "[]"),
        ("pyproject.toml", "= = ="),
        ("go.mod", "nothing here"),
        ("pom.xml", "<project><dependencies>"),
        ("pom.xml", "<a></b>"),
        ("composer.json", "null"),
        ("x.csproj", "<Project"),
    ] {
        let facts = facts(path, text);
        assert!(facts.manifest.problem.is_some(), "{path}: {text}");
        assert!(facts.dependencies.is_empty());
        assert_eq!(facts.manifest.path, path);
    }

    let deep = format!("{}{}", "<a>".repeat(5_000), "</a>".repeat(5_000));
    assert!(facts("pom.xml", &deep).manifest.problem.is_some());

    for text in ["", "\0\0", "🦀", "{}", "[[", "<x/>"] {
        for path in [
            "Cargo.toml",
            "Gemfile",
            "mix.exs",
            "pubspec.yaml",
            "setup.cfg",
            "requirements.txt",
            "CMakeLists.txt",
        ] {
            let _ = read(path, text);
        }
    }

    let wrong_types = "[package]\nname = 3\n[dependencies]\nserde = 1\nx = [1]\n[workspace]\nmembers = 1\n";
    assert_eq!(facts("Cargo.toml", wrong_types).dependencies.len(), 2);
}
