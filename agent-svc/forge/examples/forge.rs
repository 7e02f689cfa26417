//! Writes the project of an idea into a folder: `cargo run -p forge --example forge -- "an app that …" DIR`.

#![expect(clippy::print_stdout, reason = "it is a program for a terminal")]

use std::{env, error::Error, fs, path::Path, time::Instant};

use forge::{Forged, forge_project};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(idea), Some(folder)) = (arguments.next(), arguments.next()) else {
        return Err("an idea and a folder".into());
    };

    let begun = Instant::now();
    match forge_project(&idea, 0)? {
        Forged::Questions(questions) => println!("{questions:#?}"),
        Forged::Project(project) => {
            println!("{} files in {:?}", project.files.len(), begun.elapsed());
            for omission in &project.omissions {
                println!("not built: {}: {}", omission.asked, omission.reason);
            }
            for question in &project.questions {
                println!("asked: {}", question.question);
            }
            for file in &project.files {
                let path = Path::new(&folder).join(&file.path);
                fs::create_dir_all(path.parent().ok_or("a folder")?)?;
                fs::write(path, &file.content)?;
            }
        }
    }
    Ok(())
}
