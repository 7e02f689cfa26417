//! `saga story list|show|rm`: the stories that were made here, the space they take, and an end to it.

use std::{collections::BTreeMap, process::ExitCode, time::Duration};

use kit::blobs::Blobs;
use proto::v1::{DeleteStoryRequest, ListStoriesRequest, RunStatus, Story, StoryKind};
use serde_json::{Value, json};

use super::{
    Teller,
    request::Refusal,
    results::{self, clock},
};
use crate::{cli::StoryAction, commands::Failure, platform::Clients};

/// Stories on one page of the list that is asked for.
const PAGE: u32 = 100;
/// How long the files of a removed story may take to go, and how often is looked.
const REMOVAL: (Duration, Duration) = (Duration::from_secs(30), Duration::from_millis(50));
/// Spoken pieces, kept so that the same words are not spoken twice; finished stories do without them.
const PIECES: &str = "audio/chunks/";

pub(super) async fn run(clients: &Clients, action: &StoryAction) -> Result<ExitCode, Failure> {
    let shelf = Shelf {
        teller: Teller::new(clients),
        blobs: clients.blobs().clone(),
    };

    match action {
        StoryAction::List { json } => shelf.list(*json).await,
        StoryAction::Show { story, json } => shelf.show(story, *json).await,
        StoryAction::Rm { stories, json } => shelf.remove(stories, *json).await,
    }
}

struct Shelf {
    teller: Teller,
    blobs: Blobs,
}

#[expect(clippy::print_stdout, reason = "the results are the command's output")]
impl Shelf {
    async fn list(mut self, json: bool) -> Result<ExitCode, Failure> {
        let stories = self.all().await?;
        let pieces = size(&self.blobs, PIECES).await?;
        let mut rows = Vec::with_capacity(stories.len());
        for story in &stories {
            rows.push((story, size(&self.blobs, &folder(story)).await?));
        }

        let total: u64 = rows.iter().map(|(_, bytes)| bytes).sum::<u64>() + pieces;
        if json {
            let rows: Vec<Value> = rows
                .iter()
                .map(|(story, bytes)| described(story, *bytes))
                .collect();
            let report = json!({ "stories": rows, "kept_pieces_bytes": pieces, "total_bytes": total });
            println!("{report:#}");
            return Ok(ExitCode::SUCCESS);
        }

        for (story, bytes) in rows {
            println!(
                "{}  {:>10}  {:<12}  {:>9}  {}",
                short(&story.id),
                date(story),
                status(story),
                readable(bytes),
                results::repo_name(story)
            );
        }

        println!(
            "{} in all, {} of it pieces that were spoken and are kept to be used again",
            readable(total),
            readable(pieces)
        );

        Ok(ExitCode::SUCCESS)
    }

    async fn show(mut self, id: &str, json: bool) -> Result<ExitCode, Failure> {
        let story = self.find(id).await?;
        let story = self.teller.get(&story.id).await?;
        let bytes = size(&self.blobs, &folder(&story)).await?;
        let chapters = results::chapters(&story)?;

        if json {
            let mut report = described(&story, bytes);
            report["chapters"] = json!(chapters);
            println!("{report:#}");
            return Ok(ExitCode::SUCCESS);
        }

        let card = results::card(&story);
        println!("{}", story.title);
        println!();
        for (name, value) in [
            ("Id", story.id.clone()),
            ("Of", card.repo_url),
            (
                "As",
                format!("{}, {} minutes, {}", card.style, card.minutes, card.voice),
            ),
            ("Begun", date(&story)),
            ("Status", status(&story).to_owned()),
            ("Space", readable(bytes)),
        ] {
            println!("{name:>10}  {value}");
        }

        if let Some(error) = &story.error_message {
            println!("{:>10}  {error}", "Error");
        }

        println!();
        for (number, chapter) in chapters.iter().enumerate() {
            println!(
                "{:>10}  {}. {}",
                clock(chapter.timestamp_start),
                number + 1,
                chapter.title
            );
        }

        Ok(ExitCode::SUCCESS)
    }

    /// Removes stories, and waits until their files are gone. When nothing is being made, the kept pieces go too.
    async fn remove(mut self, ids: &[String], json: bool) -> Result<ExitCode, Failure> {
        let mut chosen = BTreeMap::new();
        for id in ids {
            let story = self.find(id).await?;
            chosen.insert(story.id.clone(), story);
        }

        let mut freed = 0;
        for story in chosen.values() {
            freed += size(&self.blobs, &folder(story)).await?;
            let request = DeleteStoryRequest { id: story.id.clone() };
            let deleted = self.teller.stories.delete_story(request).await;
            deleted.map_err(Refusal::from)?;
        }

        for story in chosen.values() {
            self.until_gone(&folder(story)).await?;
        }

        if self.all().await?.iter().all(|story| !super::is_active(story)) {
            freed += size(&self.blobs, PIECES).await?;
            self.blobs.delete_prefix(PIECES).await?;
        }

        let ids: Vec<&String> = chosen.keys().collect();
        match json {
            true => println!("{:#}", json!({ "removed": ids, "freed_bytes": freed })),
            false => println!(
                "Removed {}; {} are free again.",
                counted(ids.len()),
                readable(freed)
            ),
        }

        Ok(ExitCode::SUCCESS)
    }

    async fn until_gone(&self, prefix: &str) -> Result<(), Failure> {
        let (patience, pause) = REMOVAL;
        let gone = async {
            while !self.blobs.list(prefix, None).await?.keys.is_empty() {
                tokio::time::sleep(pause).await;
            }
            Ok(())
        };

        tokio::time::timeout(patience, gone).await.unwrap_or_else(|_| {
            Err("the story is removed; its files were not yet, and go when Saga runs again".into())
        })
    }

    /// Newest first.
    async fn all(&mut self) -> Result<Vec<Story>, Failure> {
        let mut stories = Vec::new();
        let mut page_token = None;
        loop {
            let wanted = ListStoriesRequest {
                kind: StoryKind::Code.into(),
                page_size: Some(PAGE),
                page_token,
                ..Default::default()
            };
            let listed = self.teller.stories.list_stories(wanted).await;
            let page = listed.map_err(Refusal::from)?.into_inner();

            stories.extend(page.stories);
            page_token = page.next_page_token;
            if page_token.is_none() {
                return Ok(stories);
            }
        }
    }

    async fn find(&mut self, id: &str) -> Result<Story, Failure> {
        let stories = self.all().await?;
        let wanted = id.to_ascii_lowercase();
        let mut found = stories.into_iter().filter(|story| story.id.starts_with(&wanted));

        match (found.next(), found.next()) {
            (Some(story), None) => Ok(story),
            (Some(_), Some(_)) => Err(format!("more than one story begins with `{id}`").into()),
            (None, _) => {
                Err(format!("there is no story `{id}` here; `saga story list` shows those that are").into())
            }
        }
    }
}

/// Where everything lies that was made for a story.
fn folder(story: &Story) -> String {
    format!("stories/{}/", story.id)
}

async fn size(blobs: &Blobs, prefix: &str) -> Result<u64, Failure> {
    let (mut bytes, mut after) = (0, None);
    loop {
        let page = blobs.list(prefix, after).await?;
        bytes += page.bytes;
        after = page.next;
        if after.is_none() {
            return Ok(bytes);
        }
    }
}

fn described(story: &Story, bytes: u64) -> Value {
    let card = results::card(story);

    json!({
        "id": story.id,
        "title": story.title,
        "repo_name": results::repo_name(story),
        "repo_url": card.repo_url,
        "style": card.style,
        "minutes": card.minutes,
        "voice": card.voice,
        "status": status(story),
        "error": story.error_message,
        "created": date(story),
        "bytes": bytes,
    })
}

fn status(story: &Story) -> &'static str {
    match story.status() {
        RunStatus::Completed => "completed",
        RunStatus::Failed => "failed",
        RunStatus::Cancelled => "cancelled",
        RunStatus::Queued => "queued",
        RunStatus::WaitingForInput => "waiting",
        RunStatus::Cancelling => "cancelling",
        RunStatus::Running | RunStatus::Unspecified => "running",
    }
}

fn date(story: &Story) -> String {
    let created = story.created_at.unwrap_or_default();
    chrono::DateTime::from_timestamp(created.seconds, 0)
        .map(|at| at.date_naive().to_string())
        .unwrap_or_default()
}

/// Enough of an id to tell it from others.
fn short(id: &str) -> &str {
    id.get(..13).unwrap_or(id)
}

fn counted(stories: usize) -> String {
    match stories {
        1 => "one story".to_owned(),
        some => format!("{some} stories"),
    }
}

/// Bytes as people read them, in powers of 1,024.
fn readable(bytes: u64) -> String {
    const KIB: f64 = 1_024.0;
    let size = bytes as f64;

    match size {
        size if size >= KIB * KIB * KIB => format!("{:.1} GiB", size / KIB / KIB / KIB),
        size if size >= KIB * KIB => format!("{:.1} MiB", size / KIB / KIB),
        size => format!("{:.0} KiB", (size / KIB).ceil()),
    }
}

#[cfg(test)]
mod tests {
    use super::readable;

    #[test]
    fn sizes_are_readable() {
        let sizes = [0, 1, 1_536, 18 * 1_024 * 1_024, 3 * 1_024 * 1_024 * 1_024];
        assert_eq!(
            sizes.map(readable),
            ["0 KiB", "1 KiB", "2 KiB", "18.0 MiB", "3.0 GiB"]
        );
    }
}
