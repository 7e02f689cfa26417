//! Real tools over real projects: what is wrong is found, and what means harm finds nothing.
//!
//! `cp story-svc/scaffold/data/package*.json DIR && npm ci --prefix DIR`, then
//! `SAGA_FORGE_MODULES=DIR/node_modules cargo test -p toolchain --test node -- --ignored`.

use std::path::PathBuf;
use std::time::Duration;

use toolchain::{Inspection, SandboxError, Stop, Tool, Toolchain, ToolchainLimits};

fn limits() -> ToolchainLimits {
    ToolchainLimits {
        time: Duration::from_secs(60),
        memory: 1 << 30,
        processes: 128,
        output: 1 << 20,
        folder: 64 << 20,
        at_once: 2,
    }
}

async fn prepare(change: impl FnOnce(&mut ToolchainLimits)) -> Toolchain {
    let modules = std::env::var_os("SAGA_FORGE_MODULES").expect("SAGA_FORGE_MODULES names a node_modules");
    let mut limits = limits();
    change(&mut limits);

    Toolchain::prepare(PathBuf::from(modules), &limits)
        .await
        .expect("a sandbox")
}

/// A small project with one module and the test of it.
fn project(module: &str, test: &str) -> Vec<(String, String)> {
    let tsconfig = r#"{ "compilerOptions": { "strict": true, "module": "esnext", "moduleResolution": "bundler", "target": "es2022",
        "lib": ["es2022", "dom"], "types": [], "skipLibCheck": true, "noEmit": true }, "include": ["src"] }"#;
    [
        ("package.json", r#"{ "type": "module" }"#),
        ("tsconfig.json", tsconfig),
        ("vite.config.ts", "export default {}\n"),
        (
            "index.html",
            "<!doctype html><script type=\"module\" src=\"/src/main.ts\"></script>",
        ),
        (
            "src/main.ts",
            "import { add } from './sum';\ndocument.title = String(add(1, 2));\n",
        ),
        ("src/sum.ts", module),
        ("src/sum.test.ts", test),
    ]
    .map(|(path, content)| (path.to_owned(), content.to_owned()))
    .to_vec()
}

const SUM: &str = "export function add(one: number, other: number): number {\n  return one + other;\n}\n";
const TEST: &str = "import { expect, it } from 'vitest';\nimport { add } from './sum';\n\nit('adds', () => {\n  expect(add(1, 2)).toBe(3);\n});\n";

/// A test whose code tells what it could do as its failure.
fn probe(code: &str) -> String {
    format!("import {{ expect, it }} from 'vitest';\nit('tries', async () => {{\n{code}\n}}, 50_000);\n")
}

fn found(inspection: &Inspection) -> Vec<(Tool, &str, usize)> {
    let findings = inspection.findings.iter();
    findings
        .map(|one| (one.tool, one.path.as_str(), one.line))
        .collect()
}

#[tokio::test]
#[ignore = "needs Node.js, bubblewrap and the packages of projects"]
async fn what_compiler_bundler_and_tests_find_has_its_file_and_line() {
    let toolchain = prepare(|_| {}).await;

    let clean = toolchain.inspect(project(SUM, TEST)).await.expect("it runs");
    assert_eq!(
        (found(&clean), clean.finished.as_slice()),
        (vec![], Tool::ALL.as_slice())
    );

    let typed = SUM.replace("return one + other", "return `${one}`");
    let typed = toolchain.inspect(project(&typed, TEST)).await.expect("it runs");
    assert_eq!(
        found(&typed),
        [
            (Tool::Types, "src/sum.ts", 2),
            (Tool::Tests, "src/sum.test.ts", 5)
        ],
        "{typed:?}"
    );

    let lost = format!("import './nowhere';\n{SUM}");
    let lost = toolchain.inspect(project(&lost, TEST)).await.expect("it runs");
    assert_eq!(
        found(&lost),
        [(Tool::Types, "src/sum.ts", 1), (Tool::Build, "src/sum.ts", 1)],
        "tests are run of what can be built alone: {lost:?}"
    );
    assert_eq!(
        toolchain.missing_packages(&[
            "react@19.3.1".to_owned(),
            "left-pad@1".to_owned(),
            "../..".to_owned()
        ]),
        ["left-pad", "../.."]
    );
}

#[tokio::test]
#[ignore = "needs Node.js, bubblewrap and the packages of projects"]
async fn code_that_means_harm_reaches_nothing_and_is_ended() {
    let toolchain = prepare(|limits| limits.time = Duration::from_secs(20)).await;
    let outside = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = outside.local_addr().expect("an address").port();
    let reach = probe(&format!(
        "const net = await import('node:net'); const fs = await import('node:fs');\n\
         const answer = await new Promise((done) => {{ const socket = net.connect({port}, '127.0.0.1', () => done('connected')); \
         socket.on('error', (error) => done(error.message)) }});\n\
         expect(answer).toContain('ECONNREFUSED');\n\
         expect(['/etc/passwd', '/root', '/home', '/proc/1/root/etc', '/work'].filter((path) => fs.existsSync(path))).toEqual([]);\n\
         expect(() => fs.writeFileSync('/deps/source/a', 'x')).toThrow();\n\
         expect(() => fs.writeFileSync('/usr/a', 'x')).toThrow();\n\
         expect(() => {{ for (let at = 0; at < 100; at++) fs.writeFileSync('big' + at, Buffer.alloc(1 << 20)) }}).toThrow('ENOSPC');\n\
         expect(process.getuid()).toBe(65534); expect(process.env.SAGA_FORGE_MODULES).toBe(undefined);"
    ));
    let reached = toolchain.inspect(project(SUM, &reach)).await.expect("it runs");
    let ours: Vec<_> = reached
        .findings
        .iter()
        .filter(|one| one.tool == Tool::Tests)
        .collect();
    assert!(ours.is_empty(), "{ours:?}");

    let forever = probe("for (;;) { await null }");
    let ended = toolchain.inspect(project(SUM, &forever)).await.expect("it runs");
    assert_eq!(ended.stopped, Some((Tool::Tests, Stop::Time)));

    let hoard = probe("const held: string[] = []; for (;;) held.push('x'.repeat(1 << 20) + held.length)");
    let ended = toolchain.inspect(project(SUM, &hoard)).await.expect("it runs");
    assert!(
        ended.findings.iter().any(|one| one.tool == Tool::Tests) || ended.stopped.is_some(),
        "{ended:?}"
    );

    let talk = "import { it } from 'vitest';\nit('talks', async () => { const { writeSync } = await import('node:fs'); for (;;) writeSync(1, 'x'.repeat(65536)) }, 50_000);\n";
    let ended = toolchain.inspect(project(SUM, talk)).await.expect("it runs");
    let is_told = ended.findings.iter().any(|one| one.tool == Tool::Tests) || ended.stopped.is_some();
    assert!(is_told, "{ended:?}");
}

#[tokio::test]
async fn what_is_missing_is_said_before_anything_is_run() {
    let empty = tempfile::tempdir().expect("a folder");
    let refused = Toolchain::prepare(empty.path().to_owned(), &limits())
        .await
        .expect_err("nothing is there");

    assert!(
        matches!(&refused, SandboxError::Missing { what } if what.contains("typescript")),
        "{refused}"
    );
}
