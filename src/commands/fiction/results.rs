//! Takes a finished book out of the platform into a folder, and tells where everything is.

use std::path::{Path, PathBuf};

use futures::StreamExt;
use kit::{blobs::Blobs, rpc::Calling};
use proto::tasks::fiction::finding::Finding;
use proto::v1::{Book, BookFormat, ExportBookRequest, GetBookRequest, Story, books_client::BooksClient};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use crate::{
    cli::FictionArgs,
    commands::{Failure, say, story::Refusal},
};

/// What tells that a folder holds a book of ours.
const CARD: &str = "book.json";

/// What was written where.
pub(super) struct SavedBook {
    files: Vec<(&'static str, PathBuf)>,
    book: Book,
}

/// A folder that was named must be empty, new, or a book's that may be replaced.
pub(super) fn check_folder(args: &FictionArgs) -> Result<(), Failure> {
    let Some(folder) = &args.out else {
        return Ok(());
    };
    if folder.exists() && !folder.is_dir() {
        return Err(format!("`{}` is no folder", folder.display()).into());
    }

    let occupied = std::fs::read_dir(folder).is_ok_and(|mut files| files.next().is_some());
    match occupied && !(args.overwrite && folder.join(CARD).exists()) {
        true => Err(format!(
            "`{}` is not empty; name another folder, or add --overwrite where a book is in it",
            folder.display()
        )
        .into()),
        false => Ok(()),
    }
}

pub(super) async fn save(
    books: &mut BooksClient<Calling>,
    blobs: &Blobs,
    story: &Story,
    args: &FictionArgs,
) -> Result<SavedBook, Failure> {
    let folder = args.out.clone().unwrap_or_else(|| default_folder(story));
    tokio::fs::create_dir_all(&folder).await?;

    let mut files = Vec::new();
    for (name, file, format) in [
        ("Markdown", "book.md", BookFormat::Markdown),
        ("EPUB", "book.epub", BookFormat::Epub),
        ("DOCX", "book.docx", BookFormat::Docx),
    ] {
        let request = ExportBookRequest {
            id: story.id.clone(),
            format: format.into(),
        };
        let exported = books
            .export_book(request)
            .await
            .map_err(Refusal::from)?
            .into_inner();
        files.push((name, copy(blobs, &exported.key, folder.join(file)).await?));
    }
    let audio = story.fiction_result().and_then(|made| made.audio_key.clone());
    if let Some(key) = audio {
        files.push(("Audio", copy(blobs, &key, folder.join("book.mp3")).await?));
    }

    let request = GetBookRequest {
        id: story.id.clone(),
        with_prose: false,
        chapter: None,
    };
    let book = books.get_book(request).await.map_err(Refusal::from)?.into_inner();
    let card = serde_json::to_vec_pretty(&describe(story, &book))?;
    tokio::fs::write(folder.join(CARD), card).await?;

    Ok(SavedBook { files, book })
}

/// `saga-fiction/the-letter`, with the beginning of the id where that is taken.
fn default_folder(story: &Story) -> PathBuf {
    let mut name = String::new();
    for char in story.title.to_lowercase().chars() {
        match char.is_alphanumeric() {
            true => name.push(char),
            false if !name.is_empty() && !name.ends_with('-') => name.push('-'),
            false => {}
        }
    }
    let name: String = name.trim_end_matches('-').chars().take(60).collect();
    let folder = Path::new("saga-fiction").join(if name.is_empty() { "book" } else { name.as_str() });

    match folder.exists() {
        true => folder.with_file_name(format!("{name}-{}", story.id.get(..8).unwrap_or_default())),
        false => folder,
    }
}

async fn copy(blobs: &Blobs, key: &str, path: PathBuf) -> Result<PathBuf, Failure> {
    let found = blobs.get(key, None).await?;
    let mut blob = found.ok_or_else(|| format!("a part of the book is missing from the store: {key}"))?;
    let mut beside = path.clone().into_os_string();
    beside.push(format!(".partial-{}", std::process::id()));

    let mut file = tokio::fs::File::create(&beside).await?;
    while let Some(piece) = blob.stream.next().await {
        file.write_all(&piece?).await?;
    }
    file.sync_all().await?;
    tokio::fs::rename(&beside, &path).await?;

    Ok(path)
}

fn describe(story: &Story, book: &Book) -> Value {
    let request = story.fiction().cloned().unwrap_or_default();
    let made = story.fiction_result().cloned().unwrap_or_default();

    json!({
        "id": story.id,
        "title": story.title,
        "prompt": request.prompt,
        "genres": request.genres,
        "seed": request.seed,
        "chapters": made.chapters,
        "words": made.words,
        "offline": story.offline,
        "findings": read_findings(book),
    })
}

fn read_findings(book: &Book) -> Vec<Value> {
    let findings = book.findings.iter().filter_map(|found| {
        let finding: Finding = serde_json::from_str(&found.finding).ok()?;
        let mut told = serde_json::to_value(finding).ok()?;
        told["intended"] = found.intended.into();
        Some(told)
    });
    findings.collect()
}

pub(super) fn print(saved: &SavedBook, story: &Story, resumed: bool, json: bool) {
    let mut told = describe(story, &saved.book);
    if json {
        let files = saved
            .files
            .iter()
            .map(|(name, path)| (name.to_lowercase(), json!(path)));
        told["files"] = files.collect::<serde_json::Map<_, _>>().into();
        told["resumed"] = resumed.into();
        say!("{told:#}");
        return;
    }

    say!(
        "{}  ({} chapters, {} words)",
        story.title,
        told["chapters"],
        told["words"]
    );
    if story.offline {
        say!("Written by the offline author; no model was asked.");
    }
    say!("");
    for (name, path) in &saved.files {
        say!("{name:>10}  {}", path.display());
    }

    let findings = told["findings"].as_array().map_or(&[][..], Vec::as_slice);
    if !findings.is_empty() {
        say!("");
        say!("{} places where the book contradicts itself:", findings.len());
    }
    for found in findings {
        let message = found["message"].as_str().unwrap_or_default();
        say!("  chapter {}: {message}", found["chapter"]);
    }
}
