//! HTTP routes that code declares in plain sight: one pattern a framework's habit, line by line, comments left out.

use std::sync::LazyLock;

use regex::Regex;

use super::model::Route;

const MAX_ROUTES_PER_FILE: usize = 200;

struct Habit {
    extensions: &'static [&'static str],
    /// Groups: `m` the method, `p` the path, `h` the handler.
    pattern: &'static str,
}

const RECEIVERS: &str = r"(?:app|router|routes?|server|api|web|fastify|r|e|g|v\d|mux|group|public|private|admin|[a-z]+(?:Router|Routes|_router|_routes|Group|_bp)|bp|blueprint)";

static HABITS: LazyLock<Vec<(&'static [&'static str], Regex)>> = LazyLock::new(|| {
    let habits = [
        // Express, Koa, Fastify, Hono.
        Habit {
            extensions: &["js", "mjs", "cjs", "ts", "mts", "jsx", "tsx"],
            pattern: r#"\bRECV\.(?P<m>get|post|put|patch|delete|all|head|options)\(\s*['"`](?P<p>/[^'"`\s]*)['"`](?:.*,\s*(?P<h>[A-Za-z_$][\w.$]*)\s*\))?"#,
        },
        // Nest.
        Habit {
            extensions: &["ts"],
            pattern: r#"^\s*@(?P<m>Get|Post|Put|Patch|Delete|All)\(\s*(?:['"`](?P<p>[^'"`]*)['"`])?\s*\)"#,
        },
        // Flask, FastAPI, Starlette, aiohttp.
        Habit {
            extensions: &["py"],
            pattern: r#"^\s*@RECV\.(?P<m>get|post|put|patch|delete|route|websocket|api_route)\(\s*f?['"](?P<p>[^'"]*)['"]"#,
        },
        // Django.
        Habit {
            extensions: &["py"],
            pattern: r#"^\s*(?:re_)?(?P<m>path|url)\(\s*r?['"](?P<p>[^'"]*)['"]\s*,\s*(?P<h>[\w.]+)"#,
        },
        // axum.
        Habit {
            extensions: &["rs"],
            pattern: r#"\.(?P<m>route)\(\s*"(?P<p>/[^"]*)"\s*,\s*(?P<h>.*)"#,
        },
        // actix-web, Rocket.
        Habit {
            extensions: &["rs"],
            pattern: r#"^\s*#\[(?P<m>get|post|put|patch|delete|head|options)\(\s*"(?P<p>/[^"]*)""#,
        },
        // net/http and the common Go routers.
        Habit {
            extensions: &["go"],
            pattern: r#"\.(?P<m>HandleFunc|Handle)\(\s*"(?:(?P<m2>GET|POST|PUT|PATCH|DELETE) )?(?P<p>/[^"]*)"\s*,\s*(?P<h>[\w.]+)?"#,
        },
        Habit {
            extensions: &["go"],
            pattern: r#"(?:\b\w+|\.Group\("/"\)(?:\.Use\([^()]*\))*)\.(?P<m>GET|POST|PUT|PATCH|DELETE|Get|Post|Put|Patch|Delete)\(\s*"(?P<p>/[^"]*)"\s*,\s*(?P<h>[\w.]+)?"#,
        },
        // Spring, JAX-RS.
        Habit {
            extensions: &["java", "kt"],
            pattern: r#"@(?P<m>Get|Post|Put|Patch|Delete|Request)Mapping\(\s*(?:(?:value|path)\s*=\s*)?\{?\s*"(?P<p>[^"]*)""#,
        },
        // Rails, Sinatra.
        Habit {
            extensions: &["rb"],
            pattern: r#"^\s*(?P<m>get|post|put|patch|delete)\s+['"](?P<p>/?[^'"\s]*)['"](?:.*to:\s*['"](?P<h>[^'"]+)['"])?"#,
        },
        // Laravel.
        Habit {
            extensions: &["php"],
            pattern: r#"Route::(?P<m>get|post|put|patch|delete|any)\(\s*['"](?P<p>[^'"]*)['"]"#,
        },
    ];

    let compiled = habits.into_iter().filter_map(|habit| {
        let pattern = crate::pattern::compile(&habit.pattern.replace("RECV", RECEIVERS)).ok()?;
        Some((habit.extensions, pattern))
    });

    compiled.collect()
});

/// Whether a route only tells a watcher that the process is alive.
pub(crate) fn asks_for_health(path: &str) -> bool {
    let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let health = [
        "live",
        "livez",
        "liveness",
        "ready",
        "readyz",
        "readiness",
        "health",
        "healthz",
        "healthcheck",
        "health-check",
        "ping",
        "metrics",
        "version",
        "status",
        "favicon.ico",
        "robots.txt",
    ];

    health.contains(&last.to_lowercase().as_str())
}

/// Routes of one file.
pub(crate) fn find(path: &str, text: &str) -> Vec<Route> {
    let Some((_, extension)) = path.rsplit_once('.') else {
        return Vec::new();
    };
    if let Some(route) = path_of_file(path) {
        return of_file(path, &route, text);
    }
    let habits: Vec<&Regex> = HABITS
        .iter()
        .filter(|(extensions, _)| extensions.contains(&extension))
        .map(|(_, pattern)| pattern)
        .collect();

    // Django's `path(` is a common word elsewhere, and so are Ruby's verbs.
    let wrong_place = extension == "rb"
        && !path.ends_with("routes.rb")
        && !text.contains("Sinatra")
        && !text.contains("sinatra");
    if habits.is_empty() || wrong_place {
        return Vec::new();
    }

    let product = if extension == "rs" {
        text.split("#[cfg(test)]").next().unwrap_or(text)
    } else {
        text
    };

    let mut found = Vec::new();
    let lines: Vec<&str> = product.lines().collect();
    let mut in_docstring = false;
    let mut in_comment = false;

    for (at, line) in lines.iter().enumerate() {
        let trimmed = line.trim_start();

        if extension == "py" {
            let quotes = line.matches("\"\"\"").count() + line.matches("'''").count();
            in_docstring ^= quotes % 2 == 1;
        }

        in_comment = match (line.rfind("/*"), line.rfind("*/")) {
            (Some(open), Some(close)) => open > close,
            (Some(_), None) => trimmed.starts_with("/*") || in_comment,
            (None, Some(_)) => false,
            (None, None) => in_comment,
        };

        if in_docstring
            || in_comment
            || line.len() > 500
            || trimmed.starts_with("//")
            || trimmed.starts_with('*')
            || (trimmed.starts_with('#') && !trimmed.starts_with("#["))
        {
            continue;
        }

        // A call that is broken after its opening parenthesis goes on in the next lines.
        let joined = line.trim_end().ends_with('(').then(|| {
            lines[at..]
                .iter()
                .take(4)
                .map(|line| line.trim())
                .collect::<Vec<_>>()
                .join("")
        });
        let whole = joined.as_deref().unwrap_or(line);
        let line = u32::try_from(at + 1).unwrap_or(u32::MAX);
        let before = found.len();
        for call in calls(whole) {
            declared(&mut found, path, line, &habits, call);
        }
        if trimmed.starts_with(['@', '#']) {
            let below = found[before..].iter_mut().filter(|route| route.handler.is_none());
            let handler = decorated(&lines[at + 1..]);
            below.for_each(|route| route.handler.clone_from(&handler));
        }

        if found.len() >= MAX_ROUTES_PER_FILE {
            break;
        }
    }

    found
}

/// The path that a file answers by where it lies: `app/api/users/[id]/route.ts` (Next).
fn path_of_file(path: &str) -> Option<String> {
    let (folder, name) = path.rsplit_once('/')?;
    if !matches!(name, "route.ts" | "route.js" | "route.tsx" | "route.mjs") {
        return None;
    }

    let below = folder
        .strip_prefix("app")
        .or_else(|| folder.split_once("/app").map(|(_, below)| below))
        .filter(|below| below.is_empty() || below.starts_with('/'))?;
    let parts = below
        .split('/')
        .filter(|part| !part.is_empty() && !part.starts_with(['(', '@']))
        .map(
            |part| match part.strip_prefix('[').and_then(|part| part.strip_suffix(']')) {
                Some(parameter) => format!(":{}", parameter.trim_matches(['[', ']', '.'])),
                None => part.to_owned(),
            },
        );

    Some(format!("/{}", parts.collect::<Vec<_>>().join("/")))
}

/// The methods that such a file exports.
fn of_file(file: &str, path: &str, text: &str) -> Vec<Route> {
    static EXPORTED: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(
            r"^export\s+(?:async\s+)?(?:function|const)\s+(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)\b",
        )
        .ok()
    });
    let Some(pattern) = EXPORTED.as_ref() else {
        return Vec::new();
    };

    let lines = text.lines().enumerate();
    lines
        .filter_map(|(at, line)| Some((at, pattern.captures(line)?.get(1)?.as_str())))
        .map(|(at, method)| Route {
            method: method.to_owned(),
            path: path.to_owned(),
            handler: Some(method.to_owned()),
            file: file.to_owned(),
            line: u32::try_from(at + 1).unwrap_or(u32::MAX),
        })
        .collect()
}

/// The function that a decorator or an attribute stands above.
fn decorated(below: &[&str]) -> Option<String> {
    let head = below
        .iter()
        .take(8)
        .map(|line| line.trim())
        .find(|line| !line.is_empty() && !line.starts_with(['@', '#', '/', '*']))?;
    let before = head.split(['(', '<']).next()?;
    let name = before.split_whitespace().next_back()?;
    let plain = name.chars().all(|c| c.is_alphanumeric() || c == '_') && head.contains('(');

    plain.then(|| name.to_owned())
}

/// A chain of calls on one line is several routes.
fn calls(line: &str) -> Vec<&str> {
    let mut starts: Vec<usize> = line.match_indices(".route(").map(|(at, _)| at).collect();
    if starts.len() < 2 {
        return vec![line];
    }
    starts.push(line.len());
    starts.windows(2).map(|pair| &line[pair[0]..pair[1]]).collect()
}

/// What one call declares, by the first habit that fits.
fn declared(found: &mut Vec<Route>, path: &str, line: u32, habits: &[&Regex], call: &str) {
    let Some(groups) = habits.iter().find_map(|pattern| pattern.captures(call)) else {
        return;
    };
    let method = groups.name("m2").or(groups.name("m")).map_or("", |m| m.as_str());
    let route = groups.name("p").map_or("", |p| p.as_str());

    if method != "path" || path.contains("urls") {
        let handler = groups.name("h").map(|h| h.as_str().to_owned());
        // Flask: `@app.route('/boats', methods=['GET', 'POST'])`.
        let named = methods_named(call);
        if method == "route" && path.ends_with(".py") && !named.is_empty() {
            for method in named {
                push(found, path, line, method, route, handler.clone());
            }
        } else {
            push(found, path, line, method, route, handler);
        }
    }
}

/// The methods that a call names beside the path.
fn methods_named(call: &str) -> Vec<&str> {
    let Some((_, list)) = call.split_once("methods") else {
        return Vec::new();
    };
    let known = ["GET", "POST", "PUT", "PATCH", "DELETE"];

    list.split(|c: char| !c.is_ascii_alphabetic())
        .filter(|word| known.contains(word))
        .collect()
}

fn push(found: &mut Vec<Route>, file: &str, line: u32, method: &str, path: &str, handler: Option<String>) {
    let path = if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("/{path}")
    };

    let route = |method: &str, handler: Option<String>| Route {
        method: method.to_owned(),
        path: path.clone(),
        handler: handler
            .filter(|name| !matches!(name.as_str(), "function" | "async" | "req" | "func" | "end")),
        file: file.to_owned(),
        line,
    };

    match method {
        // axum: `get(list).post(create)`.
        "route" if file.ends_with(".rs") => {
            let chain = handler.unwrap_or_default();
            let before = found.len();

            for found_method in METHOD_CALLS
                .iter()
                .flat_map(|pattern| pattern.captures_iter(&chain))
            {
                found.push(route(
                    &found_method[1].to_ascii_uppercase(),
                    Some(found_method[2].to_owned()),
                ));
            }

            if found.len() == before {
                found.push(route("ANY", None));
            }
        }
        "route" | "all" | "All" | "path" | "url" | "api_route" | "HandleFunc" | "Handle" | "Request"
        | "any" => {
            found.push(route("ANY", handler));
        }
        method => found.push(route(&method.to_ascii_uppercase(), handler)),
    }
}

static METHOD_CALLS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::pattern::compile(r"\b(get|post|put|patch|delete|head|any)\(\s*([A-Za-z_][\w:]*)").ok()
});

#[cfg(test)]
mod tests {
    use super::*;

    fn told(path: &str, text: &str) -> Vec<String> {
        find(path, text)
            .into_iter()
            .map(|route| {
                format!(
                    "{} {} {}",
                    route.method,
                    route.path,
                    route.handler.as_deref().unwrap_or("-")
                )
            })
            .collect()
    }

    #[test]
    fn a_route_may_be_where_its_file_lies() {
        let text = "import x from 'y';\n\nexport async function GET(request) {\n}\n\nexport async function POST(request) {\n}\n";
        assert_eq!(
            told("src/app/(main)/api/users/[userId]/route.ts", text),
            ["GET /api/users/:userId GET", "POST /api/users/:userId POST"]
        );
        assert!(told("src/lib/route.ts", text).is_empty());
    }

    #[test]
    fn routes_of_common_frameworks_are_found() {
        for (path, text, expected) in [
            (
                "a.js",
                "app.get('/users/:id', auth, users.show)\n// app.get('/no', x)\naxios.get('/no')\n",
                vec!["GET /users/:id users.show"],
            ),
            (
                "a.go",
                "\tg.Group(\"/\").Use(auth.Known).POST(\"/message\", messages.Create)\n",
                vec!["POST /message messages.Create"],
            ),
            (
                "a.ts",
                "  @Post('cards')\n  create() {}\n",
                vec!["POST /cards create"],
            ),
            (
                "a.py",
                "@router.get(\"/items/{id}\")\nasync def item():\n    \"\"\"Like this::\n\n        @app.get('/no')\n    \"\"\"\n@app.route('/')\n",
                vec!["GET /items/{id} item", "ANY / -"],
            ),
            (
                "app/urls.py",
                "    path('articles/<int:year>/', views.year_archive),\n",
                vec!["ANY /articles/<int:year>/ views.year_archive"],
            ),
            (
                "a.rs",
                "    .route(\"/users\", get(list).post(users::create))\n#[get(\"/hello\")]\n/// .route(\"/no\", get(x))\n",
                vec!["GET /users list", "POST /users users::create", "GET /hello -"],
            ),
            (
                "b.rs",
                "Router::new().route(\n    \"/long\",\n    get(long),\n)\n#[cfg(test)]\nmod t { .route(\"/no\", get(a)) }",
                vec!["GET /long long"],
            ),
            (
                "a.go",
                "/*\nhttp.HandleFunc(\"/no\", no)\n*/\nhttp.HandleFunc(\"/ping\", ping)\nr.GET(\"/cards\", listCards)\nmux.HandleFunc(\"POST /v1/x\", s.create)\n",
                vec!["ANY /ping ping", "GET /cards listCards", "POST /v1/x s.create"],
            ),
            ("A.java", "@GetMapping(\"/cards\")\n", vec!["GET /cards -"]),
            (
                "config/routes.rb",
                "  get '/about', to: 'pages#about'\n",
                vec!["GET /about pages#about"],
            ),
            (
                "web.php",
                "Route::post('/login', [A::class, 'x']);\n",
                vec!["POST /login -"],
            ),
        ] {
            assert_eq!(told(path, text), expected, "{path}");
        }
    }
}
