//! Puts GraphiQL into the binary when `graphiql/bundle` has made it: writes a table of the bundled files. Without them the
//! table is empty and `/graphiql` is the small explorer of our own. Says in one line which of the two it is.

use std::{env, error::Error, fmt::Write as _, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let root = env::var("CARGO_MANIFEST_DIR")?;
    let dist = Path::new(&root).join("graphiql/dist");

    // The folder above too: Cargo looks only at what exists, and `dist` may come later.
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=graphiql/package.json");
    println!("cargo:rerun-if-changed=graphiql/dist");

    let mut paths: Vec<_> = match fs::read_dir(&dist) {
        Ok(entries) => entries.flatten().map(|entry| entry.path()).collect(),
        Err(_) => Vec::new(),
    };
    paths.sort();

    let mut table = String::from("&[\n");
    for path in paths {
        let Some(name) = path
            .file_name()
            .and_then(|name| name.to_str()?.strip_suffix(".gz"))
        else {
            continue;
        };

        let file = path.to_str().ok_or("a path that is not text")?;
        writeln!(
            table,
            "File {{ name: {name:?}, bytes: Cow::Borrowed(include_bytes!({file:?})), gzipped: true }},"
        )?;
    }

    match table.lines().count() {
        1 => println!(
            "cargo:warning=/graphiql is the built-in explorer; run gateway/graphiql/bundle (Node.js 20) before the build for \
             GraphiQL"
        ),
        _ => println!("cargo:warning=/graphiql is GraphiQL, from gateway/graphiql/dist"),
    }

    table.push_str("]\n");
    fs::write(Path::new(&env::var("OUT_DIR")?).join("graphiql.rs"), table)?;

    Ok(())
}
