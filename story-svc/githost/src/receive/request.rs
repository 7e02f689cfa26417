//! The commands of a push: which ref goes from where to where.

use std::str;

use gix_hash::ObjectId;

use crate::{
    MAIN,
    lines::{Packet, Packets, parse_id},
    repository::GitError,
};

/// More refs than anybody pushes at once.
const COMMANDS: usize = 1_000;

#[derive(Debug)]
pub(super) struct Command {
    old: ObjectId,
    pub(super) new: ObjectId,
    pub(super) name: String,
}

impl Command {
    /// Whether it is one that can be done at all.
    pub(super) fn check(&self, main: Option<ObjectId>) -> Result<(), &'static str> {
        if self.name.starts_with("refs/tags/") {
            return Err("there are no tags here; push main");
        }
        if self.name != MAIN {
            return Err("there is no branch but main here");
        }
        if self.new.is_null() {
            return Err("main cannot be deleted");
        }

        match main.unwrap_or_else(|| crate::HASH.null()) == self.old {
            true => Ok(()),
            false => Err("fetch first"),
        }
    }
}

/// What a client sends.
#[derive(Debug, Default)]
pub(super) struct PushRequest<'a> {
    pub(super) commands: Vec<Command>,
    pub(super) wants_report: bool,
    pub(super) has_side_band: bool,
    pub(super) pack: &'a [u8],
}

impl<'a> PushRequest<'a> {
    pub(super) fn parse(body: &'a [u8]) -> Result<Self, GitError> {
        let mut packets = Packets::new(body);
        let mut request = Self::default();
        loop {
            match packets.next_packet()? {
                Some(Packet::Line(line)) => request.read_line(line)?,
                Some(Packet::Flush) => break,
                Some(Packet::Delimiter) => return Err(malformed("there are no delimiters in a push")),
                None => return Err(malformed("the commands of a push end with a flush")),
            }
        }
        request.pack = packets.rest();

        Ok(request)
    }

    fn read_line(&mut self, line: &[u8]) -> Result<(), GitError> {
        let mut parts = line.splitn(2, |byte| *byte == 0);
        let command = parts.next().unwrap_or_default();
        let capabilities = parts.next().unwrap_or_default();
        for capability in capabilities.split(|byte| *byte == b' ') {
            match capability {
                b"report-status" => self.wants_report = true,
                b"side-band-64k" => self.has_side_band = true,
                b"object-format=sha256" => return Err(malformed("objects are named by SHA-1 here")),
                _ => {}
            }
        }
        // What the client's own history is cut off at: everything is checked here, whatever the client has.
        if command.starts_with(b"shallow ") {
            return Ok(());
        }

        let text = str::from_utf8(command).map_err(|_| malformed("the name of a ref is not UTF-8"))?;
        let mut words = text.splitn(3, ' ');
        let (Some(old), Some(new), Some(name)) = (words.next(), words.next(), words.next()) else {
            return Err(malformed("expected the old name, the new name and the ref"));
        };
        if self.commands.len() >= COMMANDS {
            return Err(malformed("too many refs"));
        }
        self.commands.push(Command {
            old: parse_id(old.as_bytes())?,
            new: parse_id(new.as_bytes())?,
            name: name.to_owned(),
        });

        Ok(())
    }
}

fn malformed(what: &str) -> GitError {
    GitError::Malformed(what.to_owned())
}
