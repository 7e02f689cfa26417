//! Requests of `git-upload-pack`, of all versions of the protocol, decoded.

use std::str;

use gix_hash::ObjectId;

use crate::{
    MAIN,
    limits::Limits,
    lines::{Lines, Packet, Packets, parse_id},
    repository::GitError,
};

const NO_DATES: &str = "this server cuts histories by depth only: use --depth or --unshallow";

/// How common commits are acknowledged in versions 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Acknowledge {
    /// The first one only.
    #[default]
    Once,
    /// `multi_ack`.
    Continue,
    /// `multi_ack_detailed`.
    Detailed,
}

/// One batch of `have` lines; a flush stood behind it unless it was the last of a request.
pub(super) type Haves = Vec<ObjectId>;

/// What a client wants, and what it has.
#[derive(Debug, Default)]
pub(super) struct FetchRequest {
    pub(super) is_version_2: bool,
    pub(super) wants: Vec<ObjectId>,
    /// In batches, as they came.
    pub(super) haves: Vec<Haves>,
    /// Commits whose parents the client has not.
    pub(super) shallow: Vec<ObjectId>,
    /// Commits from each want on, if not all.
    pub(super) depth: Option<u32>,
    /// The client has said all that it has.
    pub(super) is_done: bool,
    pub(super) acknowledge: Acknowledge,
    /// The pack may follow at once when the server is ready.
    pub(super) no_done: bool,
    pub(super) has_side_band: bool,
    /// Asks for something that is not served.
    pub(super) refusal: Option<&'static str>,
}

/// `ls-refs` of version 2.
#[derive(Debug, Default)]
pub(super) struct ListRefs {
    with_targets: bool,
    with_unborn: bool,
    prefixes: Vec<String>,
}

impl ListRefs {
    pub(super) fn answer(&self, main: Option<ObjectId>) -> Vec<u8> {
        let wanted = |name: &str| {
            self.prefixes.is_empty()
                || self
                    .prefixes
                    .iter()
                    .any(|prefix| name.starts_with(prefix.as_str()))
        };
        let target = match self.with_targets {
            true => format!(" symref-target:{MAIN}"),
            false => String::new(),
        };

        let mut lines = Lines::default();
        match main {
            Some(main) => {
                if wanted("HEAD") {
                    lines.text(&format!("{main} HEAD{target}"));
                }
                if wanted(MAIN) {
                    lines.text(&format!("{main} {MAIN}"));
                }
            }
            None if self.with_unborn && wanted("HEAD") => lines.text(&format!("unborn HEAD{target}")),
            None => {}
        }
        lines.flush();

        lines.into_bytes()
    }
}

#[derive(Debug)]
pub(super) enum UploadRequest {
    /// Nothing is wanted: a client that only asks whether somebody is there.
    Nothing,
    ListRefs(ListRefs),
    Fetch(FetchRequest),
}

impl UploadRequest {
    /// Version 2: one command with its arguments.
    pub(super) fn parse_commands(body: &[u8], limits: &Limits) -> Result<Self, GitError> {
        let mut packets = Packets::new(body);
        let mut command = None;
        let mut has_arguments = false;
        while let Some(packet) = packets.next_packet()? {
            match packet {
                Packet::Flush => break,
                Packet::Delimiter => {
                    has_arguments = true;
                    break;
                }
                Packet::Line(line) => match line.strip_prefix(b"command=") {
                    Some(name) => command = Some(name),
                    None => check_capability(line)?,
                },
            }
        }

        let mut arguments = Vec::new();
        while let Some(packet) = packets.next_packet()?.filter(|_| has_arguments) {
            match packet {
                Packet::Line(line) => arguments.push(line),
                Packet::Flush => break,
                Packet::Delimiter => return Err(malformed("a delimiter within arguments")),
            }
        }
        match command {
            Some(b"ls-refs") => Ok(Self::ListRefs(parse_list(&arguments)?)),
            Some(b"fetch") => parse_fetch(&arguments, limits).map(Self::Fetch),
            Some(_) => Err(malformed("the commands are ls-refs and fetch")),
            None if body.is_empty() || body == b"0000" => Ok(Self::Nothing),
            None => Err(malformed("expected a command")),
        }
    }

    /// Versions 0 and 1: wants, then haves.
    pub(super) fn parse_lines(body: &[u8], limits: &Limits) -> Result<Self, GitError> {
        let mut packets = Packets::new(body);
        let mut fetch = FetchRequest::default();
        let mut left = limits.negotiated;
        while let Some(Packet::Line(line)) = packets.next_packet()? {
            count_line(&mut left)?;
            read_want(&mut fetch, line)?;
        }
        if fetch.wants.is_empty() {
            return Ok(Self::Nothing);
        }

        let mut batch = Vec::new();
        while let Some(packet) = packets.next_packet()? {
            match packet {
                Packet::Line(b"done") => {
                    fetch.is_done = true;
                    break;
                }
                Packet::Line(line) => {
                    let id = line
                        .strip_prefix(b"have ")
                        .ok_or_else(|| malformed("expected have or done"))?;
                    count_line(&mut left)?;
                    batch.push(parse_id(id)?);
                }
                Packet::Flush => fetch.haves.push(std::mem::take(&mut batch)),
                Packet::Delimiter => return Err(malformed("there are no delimiters in this version")),
            }
        }
        if !batch.is_empty() {
            fetch.haves.push(batch);
        }

        Ok(Self::Fetch(fetch))
    }
}

/// A line before the first flush of versions 0 and 1.
fn read_want(fetch: &mut FetchRequest, line: &[u8]) -> Result<(), GitError> {
    let (word, rest) = split_word(line)?;
    match word {
        "want" => {
            let (id, capabilities) = rest.split_once(' ').unwrap_or((rest, ""));
            fetch.wants.push(parse_id(id.as_bytes())?);
            for capability in capabilities.split(' ') {
                match capability {
                    "multi_ack" if fetch.acknowledge == Acknowledge::Once => {
                        fetch.acknowledge = Acknowledge::Continue
                    }
                    "multi_ack_detailed" => fetch.acknowledge = Acknowledge::Detailed,
                    "no-done" => fetch.no_done = true,
                    "side-band-64k" => fetch.has_side_band = true,
                    _ => check_capability(capability.as_bytes())?,
                }
            }
        }
        "shallow" => fetch.shallow.push(parse_id(rest.as_bytes())?),
        "deepen" => fetch.depth = parse_depth(rest)?,
        "deepen-since" | "deepen-not" => fetch.refusal = Some(NO_DATES),
        _ => return Err(malformed("expected want, shallow or deepen")),
    }

    Ok(())
}

fn parse_list(arguments: &[&[u8]]) -> Result<ListRefs, GitError> {
    let mut list = ListRefs::default();
    for argument in arguments {
        match split_word(argument)? {
            ("symrefs", "") => list.with_targets = true,
            ("unborn", "") => list.with_unborn = true,
            ("peel", "") => {}
            ("ref-prefix", prefix) => list.prefixes.push(prefix.to_owned()),
            _ => return Err(malformed("an argument that ls-refs has not")),
        }
    }
    // More of them narrow nothing: git itself ignores them beyond 65,536.
    if list.prefixes.len() > 1_000 {
        list.prefixes.clear();
    }

    Ok(list)
}

fn parse_fetch(arguments: &[&[u8]], limits: &Limits) -> Result<FetchRequest, GitError> {
    let mut fetch = FetchRequest {
        is_version_2: true,
        has_side_band: true,
        ..FetchRequest::default()
    };
    let mut batch = Vec::new();
    let mut left = limits.negotiated;
    for argument in arguments {
        count_line(&mut left)?;
        match split_word(argument)? {
            ("want", id) => fetch.wants.push(parse_id(id.as_bytes())?),
            ("have", id) => batch.push(parse_id(id.as_bytes())?),
            ("shallow", id) => fetch.shallow.push(parse_id(id.as_bytes())?),
            ("deepen", depth) => fetch.depth = parse_depth(depth)?,
            ("done", "") => fetch.is_done = true,
            ("deepen-since" | "deepen-not", _) | ("deepen-relative", "") => fetch.refusal = Some(NO_DATES),
            ("thin-pack" | "no-progress" | "include-tag" | "ofs-delta", "") => {}
            _ => return Err(malformed("an argument that fetch has not here")),
        }
    }
    if fetch.wants.is_empty() {
        return Err(malformed("nothing is wanted"));
    }
    if !batch.is_empty() {
        fetch.haves.push(batch);
    }

    Ok(fetch)
}

fn parse_depth(text: &str) -> Result<Option<u32>, GitError> {
    match text.parse() {
        Ok(0) => Ok(None),
        Ok(depth) => Ok(Some(depth)),
        Err(_) => Err(malformed("a depth is a whole number")),
    }
}

/// What a client says of itself and needs no answer, except what it may not ask for.
fn check_capability(capability: &[u8]) -> Result<(), GitError> {
    match capability.strip_prefix(b"object-format=") {
        None | Some(b"sha1") => Ok(()),
        Some(_) => Err(malformed("objects are named by SHA-1 here")),
    }
}

fn split_word(line: &[u8]) -> Result<(&str, &str), GitError> {
    let line = str::from_utf8(line).map_err(|_| malformed("expected text"))?;

    Ok(line.split_once(' ').unwrap_or((line, "")))
}

fn count_line(left: &mut usize) -> Result<(), GitError> {
    *left = left.checked_sub(1).ok_or_else(|| malformed("too many lines"))?;
    Ok(())
}

fn malformed(what: &str) -> GitError {
    GitError::Malformed(what.to_owned())
}
