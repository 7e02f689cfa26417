//! Everything that was written reads back: now, damaged, and from records of earlier versions.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::plan::{Ready, Waiting};

fn frontier(items: usize) -> Frontier {
    let items = (0..items)
        .map(|n| Arc::new(json!({"chapter": n, "title": "the title of a chapter"})))
        .collect();
    let ready = Ready {
        node: "write".to_owned(),
        items: Some(items),
    };

    let waiting = Waiting {
        target: "both".to_owned(),
        from: vec!["a".to_owned(), "b".to_owned()],
    };

    Frontier {
        ready: vec![ready],
        waiting: vec![waiting],
    }
}

/// Prose of a given length; the same seed gives the same.
fn prose(len: usize, seed: u32) -> Vec<u8> {
    let words = [
        "time", "house", "river", "ö", "under", "a", "machine", "7", "{\"k\":", "silent", "ß",
    ];
    let mut text = String::new();
    let mut at = seed;
    while text.len() < len {
        at = at.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        text.push_str(words[(at >> 16) as usize % words.len()]);
        text.push(if at & 0x40 == 0 { ' ' } else { '-' });
    }

    text.into_bytes()[..len].to_vec()
}

/// Old and new states: equal, grown, shrunk, changed at the start, middle, end and everywhere.
fn pairs() -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut pairs = vec![
        (vec![], vec![]),
        (vec![], b"{}".to_vec()),
        (b"{}".to_vec(), vec![]),
        (b"aaaa".to_vec(), b"aaaaaa".to_vec()),
        (b"aaaaaa".to_vec(), b"aaaa".to_vec()),
        (b"abab".to_vec(), b"ababab".to_vec()),
    ];
    for len in [10, 100, 1_000, 20_000, 150_000] {
        let old = prose(len, 1);
        for at in [0, len / 2, len - 1] {
            let mut changed = old.clone();
            changed[at] ^= 1;
            pairs.push((old.clone(), changed));
            let mut grown = old.clone();
            grown.splice(at..at, prose(len / 3, 2));
            pairs.push((old.clone(), grown.clone()));
            pairs.push((grown, old.clone()));
        }

        pairs.push((old.clone(), old.clone()));
        pairs.push((old, prose(len * 2, 9)));
    }

    pairs
}

#[test]
fn every_state_reads_back_from_a_full_record() {
    for (_, state) in pairs() {
        for items in [0, 1, 40] {
            let record = encode_full(&frontier(items), &state);
            assert!(is_full(&record).unwrap());
            assert_eq!(
                decode(&record, b"whatever").unwrap(),
                (frontier(items), state.clone())
            );
            assert_eq!(super::frontier(&record).unwrap(), frontier(items));
        }
    }
}

#[test]
fn every_state_reads_back_from_its_difference() {
    for (old, new) in pairs() {
        let record = encode_delta(&frontier(1), &old, &new);
        assert!(!is_full(&record).unwrap());
        assert_eq!(decode(&record, &old).unwrap(), (frontier(1), new));
    }
}

#[test]
fn a_small_change_of_a_large_state_is_a_small_record() {
    let old = prose(100_000, 1);
    let mut new = old.clone();
    new[3] = b'#';
    new.splice(70_000..70_005, *b"twelve bytes");
    let record = encode_delta(&Frontier::start(), &old, &new);
    assert!(record.len() < 200, "{} bytes", record.len());
}

#[test]
fn a_body_that_was_moved_out_comes_back() {
    let (old, new) = (prose(5_000, 1), prose(5_000, 2));

    for record in [
        encode_full(&frontier(2), &new),
        encode_delta(&frontier(2), &old, &new),
    ] {
        let (small, body) = split(&record, "runs/1/2").unwrap();
        assert!(small.len() < 300 && !body.is_empty());
        assert_eq!(read_spill_key(&small).unwrap().as_deref(), Some("runs/1/2"));
        assert_eq!(read_spill_key(&record).unwrap(), None);
        assert_eq!(super::frontier(&small).unwrap(), frontier(2));
        assert_eq!(is_full(&small).unwrap(), is_full(&record).unwrap());
        assert!(decode(&small, &old).is_err());
        assert_eq!(unite(&small, &body).unwrap(), record);
    }
}

/// Neither a panic nor a wrong state.
#[test]
fn a_damaged_record_is_refused() {
    let (old, new) = (prose(3_000, 1), prose(3_000, 2));

    for record in [
        encode_full(&frontier(9), &new),
        encode_delta(&frontier(9), &old, &new),
    ] {
        for cut in 0..record.len() {
            assert!(decode(&record[..cut], &old).is_err(), "cut at {cut}");
        }

        for at in 0..record.len() {
            let mut damaged = record.clone();
            damaged[at] ^= 0x15;
            if let Ok((_, state)) = decode(&damaged, &old) {
                assert_eq!(state, new, "byte {at}");
            }
        }
    }
}

#[test]
fn a_difference_to_another_state_is_refused() {
    let (old, new) = (prose(3_000, 1), prose(3_000, 2));
    let record = encode_delta(&frontier(0), &old, &new);
    assert!(decode(&record, &prose(3_000, 3)).is_err());
    assert!(decode(&record, &[]).is_err());
}

#[test]
fn a_later_format_is_refused_by_its_number() {
    let mut record = encode_full(&frontier(0), b"{}");
    record[0] = VERSION + 1;
    assert!(matches!(decode(&record, &[]), Err(CodecError::Version(v)) if v == VERSION + 1));
}

/// What the recorded run looked like after each step.
fn recorded() -> Vec<(Frontier, Vec<u8>)> {
    let mut steps = vec![(Frontier::start(), br#"{"step":0,"text":""}"#.to_vec())];
    for step in 1..=4_u32 {
        let text = String::from_utf8(prose(400 * step as usize, step)).unwrap_or_else(|_| "ö".repeat(200));
        let state = serde_json::to_vec(&json!({"step": step, "text": text})).unwrap();
        steps.push((frontier(step as usize * 3), state));
    }
    steps.push((Frontier::default(), br#"{"step":5,"text":""}"#.to_vec()));
    steps
}

fn fixtures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// Steps 0 and 3 whole, the others as differences.
fn encode_recorded() -> Vec<(String, Vec<u8>)> {
    let steps = recorded();
    let records = steps.iter().enumerate().map(|(n, (frontier, state))| match n {
        0 | 3 => encode_full(frontier, state),
        _ => encode_delta(frontier, &steps[n - 1].1, state),
    });

    records
        .enumerate()
        .map(|(n, record)| (format!("checkpoint-v{VERSION}-{n}.bin"), record))
        .collect()
}

/// Records of this version that were written when it was made. They are never written again, only added to.
#[test]
fn recorded_checkpoints_can_be_read() {
    let mut state = Vec::new();
    for (n, expected) in recorded().into_iter().enumerate() {
        let file = fixtures().join(format!("checkpoint-v1-{n}.bin"));
        let record = std::fs::read(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let read = decode(&record, &state).unwrap();
        assert_eq!(read, expected, "step {n}");
        state = read.1;
    }
}

#[test]
#[ignore = "writes the fixtures of a new format version; run it once, by name"]
fn record_checkpoints() {
    std::fs::create_dir_all(fixtures()).unwrap();
    for (name, record) in encode_recorded() {
        let file = fixtures().join(name);
        assert!(!file.exists(), "{} is history", file.display());
        std::fs::write(file, record).unwrap();
    }
}
