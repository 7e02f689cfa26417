//! Counts, checks, makes and joins MP3 audio of the format that Saga stores: 44.1 kHz, mono, constant bit rate.
//!
//! A file is a plain run of frames, without tags, so joining two files is joining their bytes. Never decodes.

use std::time::Duration;

use bytes::{Bytes, BytesMut};

/// Samples per second of every file.
pub const SAMPLE_RATE: u32 = 44_100;
/// Samples in one MPEG-1 layer III frame (ISO/IEC 11172-3).
pub const SAMPLES_PER_FRAME: u32 = 1_152;
/// What an encoder puts before the sound, in seconds: its own delay and the decoder's (576 and 529 samples in LAME).
pub const LEAD_IN: f64 = 1_105.0 / 44_100.0;

const ID3V2_HEADER: usize = 10;
const ID3V1_SIZE: usize = 128;
/// Where an encoder's info tag begins in a mono MPEG-1 frame: 4 bytes of header, 17 of side information.
const MONO_TAG_OFFSET: usize = 21;
const VBRI_TAG_OFFSET: usize = 36;

/// Why bytes are not audio that can be stored and joined.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mp3Error {
    #[error("there is no audio in it")]
    Empty,
    #[error("byte {at} does not begin an MPEG-1 layer III frame")]
    NotAFrame { at: usize },
    #[error("the frame at byte {at} is cut short: {have} of {want} bytes")]
    Cut { at: usize, have: usize, want: usize },
    #[error("the frame at byte {at} is {found}, not 44.1 kHz mono at 64 or 128 kbit/s")]
    Format { at: usize, found: String },
}

/// The bit rates in use; constant within a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BitRate {
    /// Plenty for one voice; what the engines in this process make.
    Kbps64,
    /// What ElevenLabs is asked for, by contract.
    Kbps128,
}

impl BitRate {
    fn of(kbps: u32) -> Option<Self> {
        match kbps {
            64 => Some(Self::Kbps64),
            128 => Some(Self::Kbps128),
            _ => None,
        }
    }

    /// An unpadded frame without sound: header, then side information and data of zeros only.
    fn silent_frame(self) -> Vec<u8> {
        let (rate_byte, length) = match self {
            Self::Kbps64 => (0x50, 208),
            Self::Kbps128 => (0x90, 417),
        };
        let mut frame = vec![0; length];
        frame[..4].copy_from_slice(&[0xff, 0xfb, rate_byte, 0xc0]);

        frame
    }
}

/// Checked audio: whole frames of one format and nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mp3 {
    bytes: Bytes,
    frames: u32,
    bit_rate: BitRate,
}

impl Mp3 {
    /// Takes what an engine or a provider returned: drops ID3 tags and an encoder's info frame, and checks every frame.
    pub fn parse(raw: Bytes) -> Result<Self, Mp3Error> {
        let start = skip_id3v2(&raw);
        let end = without_id3v1(&raw, start);
        let mut at = start;
        let mut first = start;
        let mut frames = 0;
        let mut bit_rate = None;

        while at < end {
            let header = Header::read(&raw[at..end], at)?;
            let next = at + header.length;
            if next > end {
                return Err(Mp3Error::Cut {
                    at,
                    have: end - at,
                    want: header.length,
                });
            }

            bit_rate = Some(header.checked_rate(at, bit_rate)?);

            if frames == 0 && at == first && is_info_frame(&raw[at..next]) {
                first = next;
            } else {
                frames += 1;
            }

            at = next;
        }

        let Some(bit_rate) = bit_rate.filter(|_| frames > 0) else {
            return Err(Mp3Error::Empty);
        };

        Ok(Self {
            bytes: raw.slice(first..end),
            frames,
            bit_rate,
        })
    }

    /// Silence, to the nearest frame and at least one. A frame whose side information is all zero holds no sound.
    pub fn silence(length: Duration, bit_rate: BitRate) -> Self {
        let frames = (length.as_secs_f64() * f64::from(SAMPLE_RATE) / f64::from(SAMPLES_PER_FRAME))
            .round()
            .max(1.0) as u32;

        Self {
            bytes: Bytes::from(bit_rate.silent_frame().repeat(frames as usize)),
            frames,
            bit_rate,
        }
    }

    /// Joins pieces of one bit rate in order. Nothing is decoded: the bytes of the pieces follow each other.
    pub fn join(pieces: &[Mp3]) -> Result<Self, Mp3Error> {
        let bit_rate = pieces.first().ok_or(Mp3Error::Empty)?.bit_rate;
        let mut bytes = BytesMut::with_capacity(pieces.iter().map(|piece| piece.bytes.len()).sum());
        for piece in pieces {
            bytes.extend_from_slice(&piece.bytes);
        }

        Ok(Self {
            bytes: bytes.freeze(),
            frames: pieces.iter().map(|piece| piece.frames).sum(),
            bit_rate,
        })
    }

    pub fn bit_rate(&self) -> BitRate {
        self.bit_rate
    }

    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    pub fn into_bytes(self) -> Bytes {
        self.bytes
    }

    pub fn frames(&self) -> u32 {
        self.frames
    }

    /// Exact playing time: frames × 1,152 samples at 44.1 kHz.
    pub fn duration(&self) -> Duration {
        frames_to_duration(self.frames)
    }

    /// Playing time in seconds.
    pub fn seconds(&self) -> f64 {
        self.duration().as_secs_f64()
    }
}

/// Playing time of a number of frames.
pub fn frames_to_duration(frames: u32) -> Duration {
    Duration::from_secs_f64(f64::from(frames) * f64::from(SAMPLES_PER_FRAME) / f64::from(SAMPLE_RATE))
}

struct Header {
    length: usize,
    kbps: u32,
    rate: u32,
    mono: bool,
}

impl Header {
    fn read(bytes: &[u8], at: usize) -> Result<Self, Mp3Error> {
        /// Bit rates of MPEG-1 layer III in kbit/s (ISO/IEC 11172-3, 2.4.2.3); 0 is "free", 15 is forbidden.
        const KBPS: [u32; 15] = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];

        const RATES: [u32; 3] = [44_100, 48_000, 32_000];

        let [b0, b1, b2, b3] = match bytes {
            [b0, b1, b2, b3, ..] => [*b0, *b1, *b2, *b3],
            _ => {
                return Err(Mp3Error::Cut {
                    at,
                    have: bytes.len(),
                    want: 4,
                });
            }
        };
        let sync = b0 == 0xff && b1 & 0xfe == 0xfa;
        let kbps = KBPS.get(usize::from(b2 >> 4)).copied().unwrap_or(0);
        let rate = RATES.get(usize::from((b2 >> 2) & 3)).copied().unwrap_or(0);
        if !sync || kbps == 0 || rate == 0 {
            return Err(Mp3Error::NotAFrame { at });
        }

        let padding = usize::from((b2 >> 1) & 1);
        let length = (144_000 * kbps / rate) as usize + padding;

        Ok(Self {
            length,
            kbps,
            rate,
            mono: b3 >> 6 == 3,
        })
    }

    /// The bit rate, when the frame is of the format and has the rate of the frames `before` it.
    fn checked_rate(&self, at: usize, before: Option<BitRate>) -> Result<BitRate, Mp3Error> {
        let rate = BitRate::of(self.kbps).filter(|rate| before.is_none_or(|before| before == *rate));
        if let Some(rate) = rate.filter(|_| self.rate == SAMPLE_RATE && self.mono) {
            return Ok(rate);
        }

        let channels = if self.mono { "mono" } else { "stereo" };
        Err(Mp3Error::Format {
            at,
            found: format!("{} Hz {channels} at {} kbit/s", self.rate, self.kbps),
        })
    }
}

fn skip_id3v2(raw: &[u8]) -> usize {
    if raw.len() < ID3V2_HEADER || !raw.starts_with(b"ID3") {
        return 0;
    }
    // The size is four bytes of seven bits each (ID3v2.4, section 3.1).
    let size = raw[6..10]
        .iter()
        .fold(0usize, |sum, byte| (sum << 7) | usize::from(byte & 0x7f));
    (ID3V2_HEADER + size).min(raw.len())
}

fn without_id3v1(raw: &[u8], start: usize) -> usize {
    let end = raw.len();
    if end >= start + ID3V1_SIZE && raw[end - ID3V1_SIZE..].starts_with(b"TAG") {
        end - ID3V1_SIZE
    } else {
        end
    }
}

/// An info frame is silent audio that carries an encoder's tag; players would play it as 26 ms of silence at each join.
fn is_info_frame(frame: &[u8]) -> bool {
    let tag = |at: usize| frame.get(at..at + 4).unwrap_or_default();
    matches!(tag(MONO_TAG_OFFSET), b"Xing" | b"Info") || tag(VBRI_TAG_OFFSET) == b"VBRI"
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame of 44.1 kHz mono at 128 kbit/s (417 bytes without padding).
    fn frame(fill: u8) -> Vec<u8> {
        let mut bytes = vec![fill; 417];
        bytes[..4].copy_from_slice(&[0xff, 0xfb, 0x90, 0xc0]);
        bytes
    }

    fn id3v2(size: u8) -> Vec<u8> {
        let mut tag = b"ID3\x04\x00\x00\x00\x00\x00".to_vec();
        tag.push(size);
        tag.extend(vec![0; usize::from(size)]);
        tag
    }

    #[test]
    fn frames_are_counted_and_timed_exactly() {
        let mp3 = Mp3::parse(Bytes::from([frame(1), frame(2), frame(3)].concat())).unwrap();
        assert_eq!(mp3.frames(), 3);
        assert!((mp3.seconds() - 3.0 * 1152.0 / 44_100.0).abs() < 1e-6);
    }

    #[test]
    fn a_padded_frame_is_one_byte_longer() {
        let mut padded = frame(1);
        padded[2] |= 2;
        padded.push(0);

        assert_eq!(
            Mp3::parse(Bytes::from([padded, frame(2)].concat()))
                .unwrap()
                .frames(),
            2
        );
    }

    #[test]
    fn tags_and_the_info_frame_are_dropped() {
        let mut info = frame(0);
        info[21..25].copy_from_slice(b"Info");
        let mut id3v1 = b"TAG".to_vec();
        id3v1.resize(128, 0);
        let raw = [id3v2(20), info, frame(7), id3v1].concat();
        let mp3 = Mp3::parse(Bytes::from(raw)).unwrap();
        assert_eq!(mp3.bytes().as_ref(), frame(7).as_slice());
    }

    #[test]
    fn cut_audio_is_refused() {
        let mut raw = [frame(1), frame(2)].concat();
        raw.truncate(800);

        assert_eq!(
            Mp3::parse(Bytes::from(raw)),
            Err(Mp3Error::Cut {
                at: 417,
                have: 383,
                want: 417
            })
        );
    }

    #[test]
    fn other_bytes_and_other_formats_are_refused() {
        assert_eq!(Mp3::parse(Bytes::new()), Err(Mp3Error::Empty));
        assert_eq!(
            Mp3::parse(Bytes::from_static(b"{\"detail\":1}")),
            Err(Mp3Error::NotAFrame { at: 0 })
        );

        let mut stereo = frame(1);
        stereo[3] = 0;

        let found = "44100 Hz stereo at 128 kbit/s".to_owned();
        assert_eq!(
            Mp3::parse(Bytes::from(stereo)),
            Err(Mp3Error::Format { at: 0, found })
        );
    }

    #[test]
    fn silence_is_as_long_as_asked_and_joins() {
        for bit_rate in [BitRate::Kbps64, BitRate::Kbps128] {
            let silence = Mp3::silence(Duration::from_millis(800), bit_rate);
            assert!((silence.seconds() - 0.8).abs() < 0.02, "{}", silence.seconds());
            assert_eq!(Mp3::parse(silence.bytes().clone()).unwrap(), silence);
        }
    }

    #[test]
    fn a_piece_has_one_bit_rate() {
        let quiet = Mp3::silence(Duration::from_millis(100), BitRate::Kbps64);
        let mixed = [frame(1), quiet.bytes().to_vec()].concat();
        let found = "44100 Hz mono at 64 kbit/s".to_owned();
        assert_eq!(
            Mp3::parse(Bytes::from(mixed)),
            Err(Mp3Error::Format { at: 417, found })
        );
    }

    #[test]
    fn joined_audio_is_valid_and_as_long_as_its_pieces() {
        let one = Mp3::parse(Bytes::from([frame(1), frame(2)].concat())).unwrap();
        let two = Mp3::parse(Bytes::from(frame(3))).unwrap();
        let joined = Mp3::join(&[one.clone(), two.clone()]).unwrap();
        assert_eq!(Mp3::parse(joined.bytes().clone()).unwrap(), joined);
        assert_eq!(joined.frames(), one.frames() + two.frames());
        assert_eq!(Mp3::join(&[]), Err(Mp3Error::Empty));
    }
}
