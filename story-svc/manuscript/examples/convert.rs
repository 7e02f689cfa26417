//! Reads a manuscript, says what it is made of and writes it again: `convert FROM [TO]`, the formats by the names' endings.
#![expect(clippy::print_stdout, reason = "what it is for")]

use std::{env, error::Error, fs, path::Path, time::Instant};

use manuscript::{Format, export, import};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [from, to @ ..] = arguments.as_slice() else {
        return Err("convert FROM [TO]".into());
    };

    let bytes = fs::read(from)?;
    let started = Instant::now();
    let book = import(&bytes, None)?;
    println!(
        "{:?} by {:?} ({}), read in {:?}",
        book.title,
        book.author,
        book.language,
        started.elapsed()
    );
    for chapter in &book.chapters {
        let paragraphs: usize = chapter.scenes.iter().map(|scene| scene.paragraphs.len()).sum();
        println!(
            "{:?} {:?}: {} scenes, {paragraphs} paragraphs",
            chapter.part,
            chapter.heading(&book.language),
            chapter.scenes.len()
        );
    }

    for path in to {
        let ending = Path::new(path).extension().and_then(|ending| ending.to_str());
        let format = ending
            .and_then(Format::of_extension)
            .ok_or("an ending that is no format")?;
        fs::write(path, export(&book, format)?)?;
    }
    Ok(())
}
