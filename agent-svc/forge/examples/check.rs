//! Says what QA finds in a project: `cargo run -p forge --example check -- DIR`.

#![expect(clippy::print_stdout, reason = "it is a program for a terminal")]

use std::{env, error::Error, fs, path::Path};

use forge::{Origin, ProjectFile, check_project};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args().nth(1).ok_or("a folder")?;
    let mut files = Vec::new();
    read(Path::new(&folder), Path::new(&folder), &mut files)?;

    for finding in check_project(&files) {
        println!(
            "{}:{}: {:?}: {}: {}",
            finding.file_path, finding.line, finding.severity, finding.category, finding.description
        );
    }
    Ok(())
}

fn read(root: &Path, folder: &Path, files: &mut Vec<ProjectFile>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() && !path.ends_with("node_modules") {
            read(root, &path, files)?;
        } else if let Ok(content) = fs::read_to_string(&path) {
            files.push(ProjectFile {
                path: path.strip_prefix(root)?.to_string_lossy().into_owned(),
                content,
                origin: Origin::Source,
            });
        }
    }
    Ok(())
}
