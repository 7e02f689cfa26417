//! Names for `/media/{name}`: the name itself is the permission. It can't be guessed, made up or changed, says nothing
//! about what is behind it, and is always the same for the same object, so that clients and proxies can cache.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::secrets::{Key, MAC_BYTES};

const NAME: &str = "saga media name v1";
const VEIL: &str = "saga media veil v1";
const TAG_BYTES: usize = 16;
/// Longest name looked at: blob keys have at most 1,024 bytes.
const MAX_NAME: usize = 1_500;

/// Makes and reads media names.
///
/// The scheme is SIV (RFC 5297) with HMAC-SHA256 in both places: the tag is a MAC of extension and blob key, the blob
/// key is hidden by a key stream that the tag seeds, and reading recomputes the tag.
#[derive(Clone, Debug)]
pub struct MediaSigner(Key);

impl MediaSigner {
    #[must_use]
    pub fn new(key: Key) -> Self {
        Self(key)
    }

    /// The file name under which `blob_key` is served, ending with `.{extension}`.
    #[must_use]
    pub fn sign(&self, blob_key: &str, extension: &str) -> String {
        let mac = self.0.mac(NAME, &bound(blob_key.as_bytes(), extension));
        let mut tag = [0; TAG_BYTES];
        tag.copy_from_slice(&mac[..TAG_BYTES]);
        let mut bytes = tag.to_vec();
        bytes.extend_from_slice(blob_key.as_bytes());
        self.veil(&tag, &mut bytes[TAG_BYTES..]);
        format!("{}.{extension}", URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The blob key behind a name that this signer made; `None` for every other name.
    #[must_use]
    pub fn verify(&self, name: &str) -> Option<String> {
        if name.len() > MAX_NAME {
            return None;
        }

        let (text, extension) = name.split_once('.')?;
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (tag, hidden) = bytes.split_first_chunk::<TAG_BYTES>()?;
        let mut blob_key = hidden.to_vec();
        self.veil(tag, &mut blob_key);

        if !self.0.verify_short(NAME, &bound(&blob_key, extension), tag) {
            return None;
        }

        String::from_utf8(blob_key).ok()
    }

    /// XOR with a stream that only the key and the tag determine; twice is once undone.
    fn veil(&self, tag: &[u8; TAG_BYTES], bytes: &mut [u8]) {
        for (block, chunk) in (0_u32..).zip(bytes.chunks_mut(MAC_BYTES)) {
            let mut seed = tag.to_vec();
            seed.extend_from_slice(&block.to_be_bytes());
            let stream = self.0.mac(VEIL, &seed);
            chunk
                .iter_mut()
                .zip(stream)
                .for_each(|(byte, mask)| *byte ^= mask);
        }
    }
}

fn bound(blob_key: &[u8], extension: &str) -> Vec<u8> {
    [extension.as_bytes(), &[0], blob_key].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOB: &str = "stories/8f14e45f-ceea-467f-9a36-dedd4bea2543/1/audio.mp3";

    fn signer() -> MediaSigner {
        MediaSigner::new(Key::random())
    }

    #[test]
    fn a_name_leads_back_to_its_object() {
        let signer = signer();
        for blob in [BLOB, "a", &"long/".repeat(200)] {
            let name = signer.sign(blob, "mp3");
            assert_eq!(signer.verify(&name).as_deref(), Some(blob));
            assert!(name.ends_with(".mp3"));
        }
    }

    #[test]
    fn a_name_is_stable_and_fits_into_a_url() {
        let signer = signer();
        let name = signer.sign(BLOB, "mp3");

        assert_eq!(name, signer.sign(BLOB, "mp3"));
        assert!(
            name.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)),
            "{name}"
        );
        assert!(name.len() < 120, "{} characters", name.len());
    }

    #[test]
    fn a_name_says_nothing_about_its_object() {
        let signer = signer();
        let name = signer.sign(BLOB, "mp3");
        let bytes = URL_SAFE_NO_PAD
            .decode(name.strip_suffix(".mp3").expect("the extension"))
            .expect("base64");

        assert!(!String::from_utf8_lossy(&bytes).contains("stories"));

        // Two objects that differ in their last letter share nothing but the extension.
        let other = signer.sign("stories/8f14e45f-ceea-467f-9a36-dedd4bea2543/1/audio.mp4", "mp3");
        assert_ne!(name[..20], other[..20]);
        assert_ne!(name[24..44], other[24..44]);
    }

    #[test]
    fn no_character_of_a_name_can_be_changed() {
        let signer = signer();
        let name = signer.sign(BLOB, "mp3");
        for at in 0..name.len() {
            let mut bytes = name.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let bent = String::from_utf8(bytes).expect("ASCII");
            assert_eq!(signer.verify(&bent), None, "character {at}");
            assert_eq!(signer.verify(&name[..at]), None, "cut at {at}");
        }

        for bent in [
            format!("{name}x"),
            name.replace(".mp3", ".svg"),
            name.replace(".mp3", ""),
            format!("{name}.mp3"),
            format!("A{name}"),
        ] {
            assert_eq!(signer.verify(&bent), None, "{bent}");
        }
    }

    #[test]
    fn names_of_another_key_and_nonsense_are_refused() {
        let signer = signer();
        let foreign = MediaSigner::new(Key::random()).sign(BLOB, "mp3");

        for name in [
            foreign.as_str(),
            "",
            ".",
            ".mp3",
            "..",
            "../../etc/passwd",
            "a.mp3",
            "ü.mp3",
            &"A".repeat(5_000),
        ] {
            assert_eq!(signer.verify(name), None, "{name}");
        }
    }
}
