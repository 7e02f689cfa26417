//! The server's half of git's protocol version 2, as far as a clone needs it: capabilities, `ls-refs`, `fetch`.
//! Written after git's `gitprotocol-v2` page.

use std::collections::BTreeSet;

use gix::{ObjectId, objs::Kind};

use repo::testing::Fixture;

const FLUSH: &[u8] = b"0000";
const DELIMITER: &[u8] = b"0001";
/// Side-band 64k: 65,520 bytes a packet, less its length and its channel.
const BAND: usize = 65_515;

fn line(out: &mut Vec<u8>, content: &[u8]) {
    out.extend_from_slice(format!("{:04x}", content.len() + 4).as_bytes());
    out.extend_from_slice(content);
}

/// Answer to `GET …/info/refs?service=git-upload-pack`.
pub(super) fn advertisement() -> Vec<u8> {
    let mut out = Vec::new();
    line(&mut out, b"# service=git-upload-pack\n");
    out.extend_from_slice(FLUSH);

    for capability in [
        "version 2\n",
        "agent=saga-test\n",
        "ls-refs=unborn\n",
        "fetch=shallow\n",
        "object-format=sha1\n",
    ] {
        line(&mut out, capability.as_bytes());
    }

    out.extend_from_slice(FLUSH);

    out
}

/// A parsed request body: the command and its arguments.
#[derive(Debug, Default)]
pub(super) struct Command {
    pub(super) name: String,
    arguments: Vec<String>,
}

impl Command {
    pub(super) fn parse(body: &[u8]) -> Self {
        let mut command = Self::default();
        let mut rest = body;
        let mut past_delimiter = false;
        while rest.len() >= 4 {
            let length = std::str::from_utf8(&rest[..4])
                .ok()
                .and_then(|hex| usize::from_str_radix(hex, 16).ok());
            match length {
                Some(1) => past_delimiter = true,
                Some(length) if length >= 4 && length <= rest.len() => {
                    let text = String::from_utf8_lossy(&rest[4..length]).trim_end().to_owned();
                    if let Some(name) = text.strip_prefix("command=") {
                        command.name = name.into();
                    } else if past_delimiter {
                        command.arguments.push(text);
                    }
                    rest = &rest[length..];
                    continue;
                }
                _ => {}
            }

            rest = &rest[4..];
        }

        command
    }

    fn values<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> + 'a {
        self.arguments
            .iter()
            .filter_map(move |argument| argument.strip_prefix(key)?.strip_prefix(' '))
    }

    fn has(&self, flag: &str) -> bool {
        self.arguments.iter().any(|argument| argument == flag)
    }
}

/// Answer to `ls-refs`.
pub(super) fn refs(fixture: &Fixture, command: &Command) -> Vec<u8> {
    let mut out = Vec::new();
    let wanted = |name: &str| {
        let mut prefixes = command.values("ref-prefix").peekable();
        prefixes.peek().is_none() || prefixes.any(|prefix| name.starts_with(prefix))
    };
    let symref = format!(" symref-target:{}", fixture.head_ref());
    match fixture.head().filter(|_| fixture.has_head()) {
        Some(id) if wanted("HEAD") => line(&mut out, format!("{id} HEAD{symref}\n").as_bytes()),
        None if command.has("unborn") => line(&mut out, format!("unborn HEAD{symref}\n").as_bytes()),
        _ => {}
    }

    for (name, id) in fixture.refs() {
        if wanted(&name) {
            line(&mut out, format!("{id} {name}\n").as_bytes());
        }
    }

    out.extend_from_slice(FLUSH);

    out
}

/// Answer to `fetch`: one pack over the side-band.
pub(super) fn fetch(fixture: &Fixture, command: &Command) -> Vec<u8> {
    let mut out = Vec::new();
    if !command.has("done") {
        line(&mut out, b"acknowledgments\n");
        line(&mut out, b"NAK\n");
        out.extend_from_slice(FLUSH);
        return out;
    }

    let depth = command.values("deepen").find_map(|depth| depth.parse().ok());
    let wants: Vec<_> = command
        .values("want")
        .filter_map(|id| ObjectId::from_hex(id.as_bytes()).ok())
        .collect();
    let (objects, shallow) = reachable(fixture, &wants, depth);
    if depth.is_some() {
        line(&mut out, b"shallow-info\n");
        for id in shallow {
            line(&mut out, format!("shallow {id}\n").as_bytes());
        }
        out.extend_from_slice(DELIMITER);
    }

    line(&mut out, b"packfile\n");
    line(&mut out, b"\x02Counting objects, done.\n");

    for chunk in fixture.pack(&objects).chunks(BAND) {
        line(&mut out, &[&[1u8], chunk].concat());
    }

    out.extend_from_slice(FLUSH);

    out
}

/// Everything that the wanted commits need, and the commits whose parents were cut away.
fn reachable(
    fixture: &Fixture,
    wants: &[ObjectId],
    depth: Option<usize>,
) -> (BTreeSet<ObjectId>, Vec<ObjectId>) {
    let mut found = BTreeSet::new();
    let mut shallow = Vec::new();
    let mut open: Vec<_> = wants.iter().map(|id| (*id, 1usize)).collect();
    while let Some((id, level)) = open.pop() {
        let Some((kind, content)) = fixture.objects().get(&id) else {
            continue;
        };

        if !found.insert(id) {
            continue;
        }

        match kind {
            Kind::Commit => {
                let cut = depth.is_some_and(|depth| level >= depth);
                let text = String::from_utf8_lossy(content);

                for header in text.lines().take_while(|header| !header.is_empty()) {
                    let (key, value) = header.split_once(' ').unwrap_or_default();
                    let Ok(target) = ObjectId::from_hex(value.as_bytes()) else {
                        continue;
                    };

                    match key {
                        "parent" if cut => shallow.push(id),
                        "parent" | "tree" => open.push((target, level + 1)),
                        _ => {}
                    }
                }
            }
            Kind::Tree => {
                let entries = gix::objs::TreeRefIter::from_bytes(content, gix::hash::Kind::Sha1);
                open.extend(entries.flatten().map(|entry| (entry.oid.to_owned(), level)));
            }
            Kind::Blob | Kind::Tag => {}
        }
    }

    (found, shallow)
}
