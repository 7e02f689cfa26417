//! Packet lines, side bands, and the first answer: which refs there are and what can be done.

use gix_hash::ObjectId;
use gix_packetline::{
    Channel, PacketLineRef,
    blocking_io::encode::{band_to_write, data_to_write, delim_to_write, error_to_write, flush_to_write},
    decode::{self, Stream},
};

use crate::{HASH, MAIN, repository::GitError};

/// What fits into one packet of a side band.
const BAND_BYTES: usize = 65_515;

/// Which program a client wants to speak with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    UploadPack,
    ReceivePack,
}

impl Service {
    /// By its name, as `?service=` and paths have it.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "git-upload-pack" => Some(Self::UploadPack),
            "git-receive-pack" => Some(Self::ReceivePack),
            _ => None,
        }
    }

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::UploadPack => "git-upload-pack",
            Self::ReceivePack => "git-receive-pack",
        }
    }
}

/// Version of the protocol, as the header `Git-Protocol` asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Protocol {
    #[default]
    V0,
    V1,
    V2,
}

impl Protocol {
    /// Of a header's text; whatever is not understood counts as nothing, as git has it.
    #[must_use]
    pub fn parse(header: Option<&str>) -> Self {
        let asked = header.unwrap_or_default().split(':');
        let versions = asked.filter_map(|part| match part.strip_prefix("version=")? {
            "2" => Some(Self::V2),
            "1" => Some(Self::V1),
            _ => None,
        });

        versions.max_by_key(|version| *version as u8).unwrap_or_default()
    }
}

/// What `info/refs` answers: the refs, or for version 2 what can be asked.
#[must_use]
pub fn advertise_refs(service: Service, protocol: Protocol, main: Option<ObjectId>) -> Vec<u8> {
    let mut lines = Lines::default();
    if service == Service::UploadPack && protocol == Protocol::V2 {
        for capability in [
            "version 2",
            &agent(),
            "ls-refs=unborn",
            "fetch=shallow",
            "object-format=sha1",
        ] {
            lines.text(capability);
        }
        lines.flush();
        return lines.into_bytes();
    }

    lines.text(&format!("# service={}", service.name()));
    lines.flush();
    if protocol == Protocol::V1 {
        lines.text("version 1");
    }

    let agent = agent();
    let capabilities = match service {
        Service::UploadPack => format!(
            "multi_ack multi_ack_detailed no-done side-band-64k thin-pack ofs-delta shallow no-progress \
             symref=HEAD:{MAIN} object-format=sha1 {agent}"
        ),
        Service::ReceivePack => {
            format!("report-status delete-refs side-band-64k ofs-delta object-format=sha1 {agent}")
        }
    };
    match (main, service) {
        (Some(main), Service::UploadPack) => {
            lines.text(&format!("{main} HEAD\0{capabilities}"));
            lines.text(&format!("{main} {MAIN}"));
        }
        (Some(main), Service::ReceivePack) => lines.text(&format!("{main} {MAIN}\0{capabilities}")),
        (None, _) => lines.text(&format!("{} capabilities^{{}}\0{capabilities}", HASH.null())),
    }
    lines.flush();

    lines.into_bytes()
}

fn agent() -> String {
    format!("agent=saga/{}", env!("CARGO_PKG_VERSION"))
}

/// Packet lines that are being written.
#[derive(Debug, Default)]
pub(crate) struct Lines(pub(crate) Vec<u8>);

impl Lines {
    /// A line, with its line feed; what would not fit is cut.
    pub(crate) fn text(&mut self, text: &str) {
        let mut end = text.len().min(BAND_BYTES - 1);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        self.data(format!("{}\n", &text[..end]).as_bytes());
    }

    /// At most [`BAND_BYTES`], at least one.
    fn data(&mut self, data: &[u8]) {
        let written = data_to_write(data, &mut self.0);
        debug_assert!(written.is_ok(), "a line of {} bytes", data.len());
    }

    /// As many packets of a side band as it takes.
    pub(crate) fn band(&mut self, channel: Channel, data: &[u8]) {
        for piece in data.chunks(BAND_BYTES) {
            let written = band_to_write(channel, piece, &mut self.0);
            debug_assert!(written.is_ok(), "a band of {} bytes", piece.len());
        }
    }

    pub(crate) fn error(&mut self, message: &str) {
        let written = error_to_write(message.as_bytes(), &mut self.0);
        debug_assert!(written.is_ok(), "an error of {} bytes", message.len());
    }

    pub(crate) fn flush(&mut self) {
        // Writing to memory never fails.
        let _ = flush_to_write(&mut self.0);
    }

    pub(crate) fn delimit(&mut self) {
        let _ = delim_to_write(&mut self.0);
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// One packet of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packet<'a> {
    /// A line without its line feed.
    Line(&'a [u8]),
    Flush,
    Delimiter,
}

/// Reads packets from the front of a request.
#[derive(Debug, Clone)]
pub(crate) struct Packets<'a> {
    rest: &'a [u8],
}

impl<'a> Packets<'a> {
    pub(crate) fn new(body: &'a [u8]) -> Self {
        Self { rest: body }
    }

    /// What stands behind the packets that were read.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The next packet; none at the end.
    pub(crate) fn next_packet(&mut self) -> Result<Option<Packet<'a>>, GitError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let decoded = decode::streaming(self.rest)
            .map_err(|_| GitError::Malformed("expected packet lines of git's protocol".to_owned()))?;
        let Stream::Complete { line, bytes_consumed } = decoded else {
            return Err(GitError::Malformed(
                "the request ends within a packet line".to_owned(),
            ));
        };
        self.rest = &self.rest[bytes_consumed..];

        match line {
            PacketLineRef::Data(data) => Ok(Some(Packet::Line(data.strip_suffix(b"\n").unwrap_or(data)))),
            PacketLineRef::Flush => Ok(Some(Packet::Flush)),
            PacketLineRef::Delimiter => Ok(Some(Packet::Delimiter)),
            PacketLineRef::ResponseEnd => Err(GitError::Malformed("a request has no such packet".to_owned())),
        }
    }
}

/// An id in hex, 40 digits.
pub(crate) fn parse_id(hex: &[u8]) -> Result<ObjectId, GitError> {
    ObjectId::from_hex(hex)
        .ok()
        .filter(|id| id.kind() == HASH)
        .ok_or_else(|| GitError::Malformed("expected an object's name of 40 hexadecimal digits".to_owned()))
}
