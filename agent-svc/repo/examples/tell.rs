//! Tells the story of a repository in a folder, without the platform: `tell FOLDER [MINUTES] [STYLE] [DEPTH] [FOCUS]…`.
//! With `SAGA_TELL=claims` each sentence comes with the place it rests on, with `SAGA_TELL=facts` what was gathered.

use std::io::Write;
use std::path::Path;
use std::time::Instant;

use repo::Checkout;
use repo::author::{self, Depth, StorySpec, Style};
use repo::testing::{PACES, analysis_of};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("which folder?")?;
    let minutes = arguments.next().map_or(Ok(5), |minutes| minutes.parse())?;
    let style = arguments.next();
    let depth = arguments.next();
    let wish = StorySpec {
        focus_areas: arguments.collect(),
        technical_depth: Depth::ALL
            .into_iter()
            .find(|known| Some(known.as_str()) == depth.as_deref())
            .unwrap_or_default(),
        style: Style::ALL
            .into_iter()
            .find(|known| Some(known.as_str()) == style.as_deref())
            .unwrap_or_default(),
        duration_minutes: minutes,
    };

    let started = Instant::now();
    let name = Path::new(&folder)
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let analysis = analysis_of(&Checkout::open(Path::new(&folder))?, &name);
    let analysed = started.elapsed();
    let mode = std::env::var("SAGA_TELL").unwrap_or_default();
    let mut out = std::io::stdout().lock();
    if mode == "facts" {
        writeln!(out, "{}", serde_json::to_string_pretty(&analysis.explained)?)?;
        return Ok(());
    }

    let outline = author::outline(&analysis, &wish, PACES[0]);
    writeln!(
        out,
        "# {}\n{}\n({:?}, {:?})",
        outline.title, outline.summary, analysis.kind, analysis.explained.material
    )?;
    for index in 0..outline.chapters.len() {
        let Some(chapter) = author::chapter(&analysis, &wish, index, PACES[0]) else {
            break;
        };
        writeln!(out, "\n## {} ({} s)\n", chapter.title, chapter.duration_seconds)?;
        if chapter.turns.is_empty() {
            writeln!(out, "{}", chapter.content)?;
        }
        for turn in &chapter.turns {
            writeln!(out, "{:?}: {}\n", turn.presenter, turn.text)?;
        }
        if mode == "claims" {
            for claim in &chapter.claims {
                writeln!(out, "  {}:{} <- {}", claim.file, claim.line, claim.text)?;
            }
        }
    }
    writeln!(
        out,
        "\nanalysed in {analysed:?}, told after {:?}",
        started.elapsed()
    )?;

    Ok(())
}
