//! What was written is read back, and nothing but that.

use serde_json::{Value, json};

use super::*;

/// Two entries: one that compresses, of several pieces, and one that doesn't.
async fn archive() -> (Vec<u8>, Vec<(ArchiveEntry, Vec<u8>)>) {
    let noise: Vec<u8> = (0u32..300_000)
        .scan(1u64, |state, _| {
            *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            u8::try_from(*state >> 56).ok()
        })
        .collect();
    let entries = [
        (
            "rows",
            json!({ "columns": ["a"] }),
            b"the same line\n".repeat(50_000),
        ),
        ("noise", Value::Null, noise),
        ("nothing", Value::Null, Vec::new()),
    ];

    let mut writer = ArchiveWriter::begin(Vec::new(), &json!({ "of": "tests" }))
        .await
        .expect("begun");
    for (name, about, bytes) in &entries {
        writer.begin_entry(*name, about.clone()).await.expect("begun");
        for piece in bytes.chunks(100_001) {
            writer.write(piece).await.expect("written");
        }
    }
    let (file, summary) = writer.finish().await.expect("finished");

    assert_eq!((summary.entries, summary.len), (3, file.len() as u64));
    assert!(file.len() < 320_000, "{} bytes are compressed", file.len());

    let entries = entries.map(|(name, about, bytes)| {
        let name = name.to_owned();
        (ArchiveEntry { name, about }, bytes)
    });
    (file, entries.into())
}

async fn read(file: &[u8]) -> Result<Vec<(ArchiveEntry, Vec<u8>)>, ArchiveError> {
    let (mut reader, _) = ArchiveReader::begin::<Value>(file).await?;
    let mut entries = Vec::new();
    while let Some(entry) = reader.next_entry().await? {
        let mut bytes = Vec::new();
        while let Some(piece) = reader.read().await? {
            bytes.extend_from_slice(&piece);
        }
        entries.push((entry, bytes));
    }

    Ok(entries)
}

#[tokio::test]
async fn what_was_written_is_read_back() {
    let (file, entries) = archive().await;
    assert_eq!(read(&file).await.expect("whole"), entries);

    let (mut reader, head) = ArchiveReader::begin::<Value>(&*file).await.expect("an archive");
    assert_eq!(head, json!({ "of": "tests" }));
    let mut names = Vec::new();
    while let Some(entry) = reader
        .next_entry()
        .await
        .expect("whole, whatever was passed over")
    {
        names.push(entry.name);
    }
    assert_eq!(names, ["rows", "noise", "nothing"]);
}

#[tokio::test]
async fn an_archive_that_ends_too_early_is_none_wherever_it_ends() {
    let (file, _) = archive().await;
    let steps = (0..file.len()).step_by(997);
    for end in steps.chain(file.len() - 40..file.len()) {
        let err = read(&file[..end]).await.expect_err("it is cut");
        assert!(
            matches!(err, ArchiveError::Truncated | ArchiveError::Foreign),
            "{end}: {err}"
        );
    }
}

#[tokio::test]
async fn a_byte_that_was_changed_or_added_is_found_wherever_it_is() {
    let (file, _) = archive().await;
    let steps = (0..file.len()).step_by(997);
    for place in steps.chain(file.len() - 80..file.len()) {
        let mut changed = file.clone();
        changed[place] ^= 4;
        assert!(read(&changed).await.is_err(), "byte {place}");
    }

    let mut longer = file;
    longer.push(0);
    let err = read(&longer).await.expect_err("something follows");
    assert!(matches!(err, ArchiveError::Damaged { .. }), "{err}");
}

#[tokio::test]
async fn a_newer_format_is_named_and_other_files_are_none() {
    let (mut file, _) = archive().await;
    file[13] = 9;
    let err = read(&file).await.expect_err("newer");
    assert_eq!(
        err.to_string(),
        "it has format 9, and this saga reads formats up to 1: a newer saga made it"
    );

    for other in ["", "SAGA", "PK\u{3}\u{4} and so on and on"] {
        let err = read(other.as_bytes()).await.expect_err("no archive");
        assert!(matches!(err, ArchiveError::Foreign), "{other:?}: {err}");
    }
}

#[tokio::test]
async fn a_frame_that_claims_more_than_a_frame_can_hold_is_not_waited_for() {
    let (file, _) = archive().await;
    let mut file = file[..MAGIC.len() + 4].to_vec();
    file.extend_from_slice(&[HEAD, 0xff, 0xff, 0xff, 0x7f]);

    let err = read(&file).await.expect_err("damaged");
    assert!(matches!(err, ArchiveError::Damaged { .. }), "{err}");
}
