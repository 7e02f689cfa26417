//! Requests and packs that no git makes: each is refused in words, and nothing moves.

use std::io::Write;

use gix_hash::hasher;
use gix_pack::data::entry::Header;
use gix_zlib::{Compression, stream::deflate};

use super::host::{MemoryProject, SCAFFOLD};
use crate::{
    HASH, Kind, Limits, MAIN, ObjectId, Protocol, PushBody, Repository, StoredObject, receive_pack,
    upload_pack,
};

const AUTHOR: &str = "Eve <eve@example.com> 1800000000 +0000";

/// A pack, object by object.
#[derive(Default)]
struct Pack {
    entries: Vec<u8>,
    count: u32,
}

impl Pack {
    fn add(&mut self, kind: Kind, content: &[u8]) -> ObjectId {
        let header = match kind {
            Kind::Commit => Header::Commit,
            Kind::Tree => Header::Tree,
            Kind::Blob => Header::Blob,
            Kind::Tag => Header::Tag,
        };
        self.add_entry(header, content.len() as u64, content);

        StoredObject::from_content(kind, content).unwrap().id
    }

    /// Where it begins.
    fn add_entry(&mut self, header: Header, size: u64, content: &[u8]) -> u64 {
        let begin = 12 + self.entries.len() as u64;
        header.write_to(size, &mut self.entries).unwrap();
        let mut deflater = deflate::Write::new(&mut self.entries, Compression::DEFAULT);
        deflater.write_all(content).unwrap();
        deflater.flush().unwrap();
        self.count += 1;

        begin
    }

    /// A commit whose files are the scaffold and those of this tree as `src`.
    fn add_commit(&mut self, parent: ObjectId, src: Option<ObjectId>) -> ObjectId {
        let tree = self.add_root(src);
        let text = format!("tree {tree}\nparent {parent}\nauthor {AUTHOR}\ncommitter {AUTHOR}\n\nHello\n");

        self.add(Kind::Commit, text.as_bytes())
    }

    fn add_root(&mut self, src: Option<ObjectId>) -> ObjectId {
        let mut root: Vec<_> = SCAFFOLD
            .iter()
            .map(|(path, content)| {
                let blob = StoredObject::from_content(Kind::Blob, content.as_bytes()).unwrap();
                entry("100644", path, blob.id)
            })
            .collect();
        root.extend(src.map(|src| entry("40000", "src", src)));

        self.add(Kind::Tree, &root.concat())
    }

    fn finish(self) -> Vec<u8> {
        seal([b"PACK\0\0\0\x02", &self.count.to_be_bytes()[..], &self.entries].concat())
    }
}

fn seal(mut pack: Vec<u8>) -> Vec<u8> {
    let mut hasher = hasher(HASH);
    hasher.update(&pack);
    pack.extend_from_slice(hasher.try_finalize().unwrap().as_slice());

    pack
}

fn entry(mode: &str, name: &str, id: ObjectId) -> Vec<u8> {
    [format!("{mode} {name}\0").as_bytes(), id.as_slice()].concat()
}

fn line(text: &str) -> String {
    format!("{:04x}{text}", text.len() + 4)
}

fn push_of(old: ObjectId, new: ObjectId, pack: &[u8]) -> Vec<u8> {
    let command = line(&format!("{old} {new} {MAIN}\0 report-status"));

    [command.as_bytes(), b"0000", pack].concat()
}

async fn push(project: &MemoryProject, body: Vec<u8>, limits: &Limits) -> String {
    let body = PushBody {
        bytes: body,
        is_cut: false,
    };

    match receive_pack(project, &body, limits).await {
        Ok(report) => String::from_utf8_lossy(&report).into_owned(),
        Err(error) => error.to_string(),
    }
}

/// What is said to a pack that leads to this commit. Nothing may move.
async fn refusal(make: impl FnOnce(&mut Pack, ObjectId) -> ObjectId) -> String {
    refusal_within(&Limits::default(), make).await
}

async fn refusal_within(limits: &Limits, make: impl FnOnce(&mut Pack, ObjectId) -> ObjectId) -> String {
    let project = MemoryProject::new();
    let main = project.newest();
    let mut pack = Pack::default();
    let new = make(&mut pack, main);
    let report = push(&project, push_of(main, new, &pack.finish()), limits).await;
    assert_eq!(project.newest(), main, "{report}");

    report
}

async fn refusal_of_pack(pack: Vec<u8>) -> String {
    let project = MemoryProject::new();
    let main = project.newest();
    let report = push(&project, push_of(main, main, &pack), &Limits::default()).await;
    assert_eq!(project.newest(), main, "{report}");

    report
}

fn check(report: &str, expected: &str) {
    assert!(report.contains(expected), "expected {expected:?} in {report:?}");
}

#[tokio::test]
async fn what_these_tests_build_is_taken_when_it_is_sound() {
    let project = MemoryProject::new();
    let main = project.newest();
    let mut pack = Pack::default();
    let blob = pack.add(Kind::Blob, b"x\n");
    let src = pack.add(Kind::Tree, &entry("100644", "a.ts", blob));
    let new = pack.add_commit(main, Some(src));
    let report = push(&project, push_of(main, new, &pack.finish()), &Limits::default()).await;

    check(&report, "ok refs/heads/main");
    assert_eq!(project.newest(), new);
}

#[tokio::test]
async fn packs_that_are_broken_are_refused() {
    let sound = {
        let mut pack = Pack::default();
        pack.add(Kind::Blob, b"x\n");
        pack.finish()
    };
    let mut flipped = sound.clone();
    flipped[15] ^= 1;
    check(
        &refusal_of_pack(flipped).await,
        "the pack is not what its checksum says",
    );

    let unsealed = |pack: &[u8]| pack[..pack.len() - 20].to_vec();
    let more = [unsealed(&sound), vec![0; 7]].concat();
    check(&refusal_of_pack(seal(more)).await, "the pack is broken");
    let less = sound[..sound.len() - 22].to_vec();
    check(&refusal_of_pack(seal(less)).await, "the pack is broken");
    let mut many = unsealed(&sound);
    many[8..12].copy_from_slice(&u32::MAX.to_be_bytes());
    check(&refusal_of_pack(seal(many)).await, "more than 20000 objects");
    let mut newer = unsealed(&sound);
    newer[7] = 9;
    check(&refusal_of_pack(seal(newer)).await, "the pack is broken");
    for short in [&b"P"[..], b"PACK", &[0; 31], &[0xff; 40]] {
        check(&refusal_of_pack(short.to_vec()).await, "unpack the pack is");
    }
}

#[tokio::test]
async fn what_would_unpack_to_more_than_it_says_or_than_is_allowed_is_refused() {
    let mut pack = Pack::default();
    pack.add_entry(Header::Blob, u64::MAX / 2, b"x");
    check(&refusal_of_pack(pack.finish()).await, "at most 8388608 bytes");

    let mut pack = Pack::default();
    pack.add_entry(Header::Blob, 10, &vec![0; 50 << 20]);
    check(&refusal_of_pack(pack.finish()).await, "the pack is broken");

    let mut pack = Pack::default();
    for _ in 0..9 {
        pack.add(Kind::Blob, &vec![0; 8 << 20]);
    }
    check(
        &refusal_of_pack(pack.finish()).await,
        "more than 67108864 bytes when unpacked",
    );
}

/// A delta that makes `result` bytes of `base` bytes by copying its beginning.
fn copying(base: u64, result: u64) -> Vec<u8> {
    let mut delta = Vec::new();
    for mut size in [base, result] {
        while size >= 0x80 {
            delta.push((size & 0x7f) as u8 | 0x80);
            size >>= 7;
        }
        delta.push(size as u8);
    }
    // 65,536 bytes from the beginning, as often as it takes.
    let times = (result / 65_536).min(2_000) as usize;
    delta.extend(std::iter::repeat_n(0x80, times));

    delta
}

#[tokio::test]
async fn deltas_that_lie_are_refused() {
    let one = |header: Header, delta: &[u8]| {
        let mut pack = Pack::default();
        let base = pack.add_entry(Header::Blob, 65_536, &vec![7; 65_536]);
        let here = 12 + pack.entries.len() as u64;
        let header = match header {
            Header::OfsDelta { base_distance: 0 } => Header::OfsDelta {
                base_distance: here - base,
            },
            other => other,
        };
        pack.add_entry(header, delta.len() as u64, delta);
        pack.finish()
    };
    let to_base = Header::OfsDelta { base_distance: 0 };

    // 100 MB out of a few hundred bytes.
    check(
        &refusal_of_pack(one(to_base, &copying(65_536, 100 << 20))).await,
        "unpack ",
    );
    check(
        &refusal_of_pack(one(to_base, &copying(65_536, u64::MAX))).await,
        "unpack ",
    );
    // Another base than is there, a copy from beyond its end, an unknown order, nothing at all.
    check(
        &refusal_of_pack(one(to_base, &copying(9, 65_536))).await,
        "the pack is broken",
    );
    check(
        &refusal_of_pack(one(to_base, b"\x80\x80\x04\x05\x91\xff\xff")).await,
        "the pack is broken",
    );
    check(
        &refusal_of_pack(one(to_base, b"\x80\x80\x04\x05\x00")).await,
        "the pack is broken",
    );
    check(&refusal_of_pack(one(to_base, b"")).await, "the pack is broken");

    for distance in [1, 30, 1 << 40] {
        let header = Header::OfsDelta {
            base_distance: distance,
        };
        check(&refusal_of_pack(one(header, &copying(1, 1))).await, "unpack ");
    }
    let nowhere = Header::RefDelta {
        base_id: StoredObject::from_content(Kind::Blob, b"nowhere").unwrap().id,
    };
    check(
        &refusal_of_pack(one(nowhere, &copying(1, 1))).await,
        "built on an object that is not there",
    );
}

#[tokio::test]
async fn deltas_upon_deltas_end_somewhere() {
    let mut pack = Pack::default();
    let mut base = pack.add_entry(Header::Blob, 65_536, &vec![7; 65_536]);
    for _ in 0..301 {
        let here = 12 + pack.entries.len() as u64;
        let delta = copying(65_536, 65_536);
        let header = Header::OfsDelta {
            base_distance: here - base,
        };
        base = pack.add_entry(header, delta.len() as u64, &delta);
    }

    check(
        &refusal_of_pack(pack.finish()).await,
        "more than 300 deltas upon deltas",
    );
}

#[tokio::test]
async fn names_that_lead_nowhere_are_refused() {
    let nothing = StoredObject::from_content(Kind::Blob, b"not here").unwrap().id;
    check(
        &refusal(|_, _| nothing).await,
        &format!("commit {nothing} is missing"),
    );
    check(
        &refusal(|pack, _| pack.add(Kind::Blob, b"x")).await,
        "is no commit",
    );
    check(
        &refusal(|pack, _| pack.add(Kind::Tag, b"x")).await,
        "is no commit",
    );
    check(
        &refusal(|pack, _| pack.add_commit(nothing, None)).await,
        &format!("commit {nothing} is missing"),
    );
    check(
        &refusal(|pack, main| pack.add_commit(main, Some(nothing))).await,
        &format!("object {nothing} is missing"),
    );
    let file = |pack: &mut Pack, main| {
        let src = pack.add(Kind::Tree, &entry("100644", "a.ts", nothing));
        pack.add_commit(main, Some(src))
    };
    check(&refusal(file).await, &format!("object {nothing} is missing"));
    let folder = |pack: &mut Pack, main| {
        let blob = pack.add(Kind::Blob, b"x");
        pack.add_commit(main, Some(blob))
    };
    check(&refusal(folder).await, "is no folder");
    let file = |pack: &mut Pack, main| {
        let inner = pack.add_root(None);
        let src = pack.add(Kind::Tree, &entry("100644", "a.ts", inner));
        pack.add_commit(main, Some(src))
    };
    check(&refusal(file).await, "is no file");
}

#[tokio::test]
async fn folders_that_git_would_not_write_are_refused() {
    let cases: [(&[(&str, &str)], &str); 11] = [
        (&[("100644", "b"), ("100644", "a")], "not in git's order"),
        (&[("100644", "a"), ("100644", "a")], "the same name"),
        (
            &[("100644", "a"), ("100644", "a.b"), ("40000", "a")],
            "the same name",
        ),
        (
            &[("100644", "A"), ("100644", "a")],
            "the same name but for upper and lower case",
        ),
        (&[("40000", ".git")], "a name that no file may have"),
        (&[("40000", ".GIT")], "a name that no file may have"),
        (&[("40000", "..")], "a name that no file may have"),
        (&[("100644", "a/b")], "a name that no file may have"),
        (&[("100664", "a")], "a mode that git does not write"),
        (&[("040000", "a")], "a mode that git does not write"),
        (&[], "an empty folder"),
    ];

    for (entries, expected) in cases {
        let report = refusal(|pack, main| {
            let blob = pack.add(Kind::Blob, b"x");
            let inner = pack.add(Kind::Tree, &entry("100644", "x.ts", blob));
            let of = |mode: &str| if mode.ends_with("40000") { inner } else { blob };
            let tree: Vec<_> = entries
                .iter()
                .map(|(mode, name)| entry(mode, name, of(mode)))
                .collect();
            let src = pack.add(Kind::Tree, &tree.concat());
            pack.add_commit(main, Some(src))
        })
        .await;
        check(&report, expected);
    }
    let report = refusal(|pack, main| {
        let src = pack.add(Kind::Tree, b"100644 cut\0short");
        pack.add_commit(main, Some(src))
    });
    check(&report.await, "not written as git writes one");
}

#[tokio::test]
async fn folders_that_hold_themselves_over_and_over_are_not_walked_to_their_end() {
    let report = refusal(|pack, main| {
        let blob = pack.add(Kind::Blob, b"x");
        let mut tree = pack.add(Kind::Tree, &entry("100644", "x.ts", blob));
        for _ in 0..40 {
            tree = pack.add(
                Kind::Tree,
                &[entry("40000", "a", tree), entry("40000", "b", tree)].concat(),
            );
        }
        pack.add_commit(main, Some(tree))
    });
    check(&report.await, "more than 2000 files or folders");

    let report = refusal(|pack, main| {
        let blob = pack.add(Kind::Blob, b"x");
        let mut tree = pack.add(Kind::Tree, &entry("100644", "x.ts", blob));
        for _ in 0..1_500 {
            tree = pack.add(Kind::Tree, &entry("40000", "a", tree));
        }
        pack.add_commit(main, Some(tree))
    });
    check(&report.await, "a path is longer than 1000 bytes");
}

#[tokio::test]
async fn commits_that_fsck_would_complain_of_are_refused() {
    let cases = [
        "author Eve <e> 0 +0000\ncommitter Eve <e> -5 +0000\n\nx\n",
        "author Eve <e> 0 +0000\ncommitter Eve <e> 99999999999999 +0000\n\nx\n",
        "author Eve <e> 0 +0000\ncommitter Eve <e> yesterday\n\nx\n",
        "author Eve <e> 0 +0000\ncommitter Eve <e> 007 +0000\n\nx\n",
        "author Eve e 0 +0000\ncommitter Eve <e> 0 +0000\n\nx\n",
        "author Eve <e> 0 +0000\n\nx\n",
        "committer Eve <e> 0 +0000\n\nx\n",
        "author Eve <e> 0 +0000\ncommitter Eve <e> 0 +0000\n\nx\0y\n",
        "",
    ];

    for case in cases {
        let report = refusal(|pack, main| {
            let tree = pack.add_root(None);
            let text = format!("tree {tree}\nparent {main}\n{case}");
            pack.add(Kind::Commit, text.as_bytes())
        })
        .await;
        check(&report, "ng refs/heads/main commit ");
    }
}

#[tokio::test]
async fn more_than_the_limits_allow_is_refused() {
    let limits = Limits {
        commits: 3,
        files: 5,
        listed_files: 12,
        ..Limits::default()
    };
    let chain = |length: usize| {
        move |pack: &mut Pack, main| {
            let mut last = main;
            for number in 0..length {
                let blob = pack.add(Kind::Blob, number.to_string().as_bytes());
                let src = pack.add(Kind::Tree, &entry("100644", "a.ts", blob));
                last = pack.add_commit(last, Some(src));
            }
            last
        }
    };
    check(&refusal_within(&limits, chain(4)).await, "more than 3 commits");
    let few = Limits {
        listed_files: 7,
        ..limits.clone()
    };
    check(
        &refusal_within(&few, chain(2)).await,
        "too many files in too many commits",
    );
    let report = refusal_within(&limits, |pack, main| {
        let blob = pack.add(Kind::Blob, b"x");
        let files: Vec<_> = ["a", "b", "c"]
            .iter()
            .map(|name| entry("100644", name, blob))
            .collect();
        let src = pack.add(Kind::Tree, &files.concat());
        pack.add_commit(main, Some(src))
    });
    check(&report.await, "more than 5 files or folders");
}

#[tokio::test]
async fn a_push_that_is_cut_or_changed_anywhere_moves_nothing_and_breaks_nothing() {
    let base = MemoryProject::new();
    let main = base.newest();
    let mut pack = Pack::default();
    let blob = pack.add(Kind::Blob, b"x\n");
    let src = pack.add(Kind::Tree, &entry("100644", "a.ts", blob));
    let new = pack.add_commit(main, Some(src));
    let body = push_of(main, new, &pack.finish());
    let head = body.len() - body.windows(4).rev().position(|part| part == b"PACK").unwrap() - 4;

    for end in 0..body.len() {
        let project = MemoryProject::new();
        push(&project, body[..end].to_vec(), &Limits::default()).await;
        assert_eq!(project.newest(), main, "cut at {end}");
    }
    for at in head..body.len() {
        for bit in [1, 0x40, 0x80] {
            let mut changed = body.clone();
            changed[at] ^= bit;
            let project = MemoryProject::new();
            push(&project, changed, &Limits::default()).await;
            assert_eq!(project.newest(), main, "bit {bit} at {at}");
        }
    }
}

#[tokio::test]
async fn requests_that_are_none_of_the_protocol_are_said_to_be() {
    let project = std::sync::Arc::new(MemoryProject::new());
    let main = project.newest();
    let unknown = StoredObject::from_content(Kind::Blob, b"unknown").unwrap().id;
    let many = "0032have 0123456789012345678901234567890123456789\n".repeat(20_001);
    let bodies = [
        "zzzz".to_owned(),
        "0005".to_owned(),
        "fff0x".to_owned(),
        "0002".to_owned(),
        line("want\n") + "0000",
        line("want 123\n") + "0000",
        line(&format!("want {main} object-format=sha256\n")) + "0000",
        line(&format!("have {main}\n")) + "0000",
        line(&format!("want {main}\n")) + &line("deepen x\n") + "0000",
        line(&format!("want {main}\n")) + "0000" + &line("never\n"),
        line(&format!("want {main}\n")) + "0000" + &many,
        line("command=unknown\n") + "0000",
        line("command=fetch\n") + "0001" + &line("want\n") + "0000",
        line("command=fetch\n") + "0001" + &line("filter blob:none\n") + "0000",
        line("command=fetch\n") + "0000",
    ];
    for body in bodies {
        for version in [Protocol::V0, Protocol::V2] {
            let limits = Limits::default();
            let answer = upload_pack(project.clone(), version, body.as_bytes(), &limits).await;
            let shown: String = body.chars().take(40).collect();
            assert!(answer.is_err(), "{version:?} {shown}");
        }
    }

    let want = line(&format!("want {unknown}\n")) + "0000" + &line("done\n");
    let answer = upload_pack(project.clone(), Protocol::V0, want.as_bytes(), &Limits::default()).await;
    let answer: Vec<_> = futures::StreamExt::collect(answer.unwrap()).await;
    let answer = String::from_utf8_lossy(answer[0].as_ref().unwrap()).into_owned();
    check(&answer, &format!("ERR upload-pack: not our ref {unknown}"));
    assert_eq!(project.main().await.unwrap(), Some(main));
}
