//! Session keys, key stream and tags (RFC 3711 §4).

use std::fmt;

use aes::cipher::{BlockCipherEncrypt, KeyInit};
use aes::{Aes128, Aes256, Block};
use ring::hmac;

use super::keys::MasterKey;

const BLOCK: usize = 16;
/// Blocks at once: as many as the processor's AES units keep busy; a packet of G.711 has ten and a half.
const AT_ONCE: usize = 8;
/// Bytes of the authentication key (RFC 3711 §8.2).
const AUTH_KEY: usize = 20;
const SALT: usize = 14;
/// What our tags are at most (RFC 3711 §5.2).
pub(super) const LONGEST_TAG: usize = 10;

/// Labels of RFC 3711 §4.3.2: encryption, authentication, salt.
const RTP_LABELS: [u8; 3] = [0, 1, 2];
const RTCP_LABELS: [u8; 3] = [3, 4, 5];

enum Aes {
    Aes128(Aes128),
    Aes256(Aes256),
}

impl Aes {
    fn new(key: &[u8]) -> Option<Self> {
        match key.len() {
            16 => Aes128::new_from_slice(key).ok().map(Self::Aes128),
            _ => Aes256::new_from_slice(key).ok().map(Self::Aes256),
        }
    }

    /// XORs the key stream that begins at `iv` into `data` (counter mode, §4.1.1).
    fn apply(&self, mut iv: [u8; BLOCK], data: &mut [u8]) {
        let mut counter = u16::from_be_bytes([iv[14], iv[15]]);
        for chunk in data.chunks_mut(BLOCK * AT_ONCE) {
            let mut blocks = [Block::from([0; BLOCK]); AT_ONCE];
            let needed = chunk.len().div_ceil(BLOCK);
            for block in blocks.iter_mut().take(needed) {
                [iv[14], iv[15]] = counter.to_be_bytes();
                *block = Block::from(iv);
                counter = counter.wrapping_add(1);
            }
            let used = blocks.get_mut(..needed).unwrap_or_default();
            match self {
                Self::Aes128(aes) => aes.encrypt_blocks(used),
                Self::Aes256(aes) => aes.encrypt_blocks(used),
            }
            for (byte, key) in chunk.iter_mut().zip(used.iter().flatten()) {
                *byte ^= key;
            }
        }
    }
}

/// The session keys of RTP or of RTCP in one direction.
pub(super) struct Transform {
    aes: Option<Aes>,
    auth: hmac::Key,
    salt: [u8; SALT],
}

impl Transform {
    pub(super) fn for_rtp(master: &MasterKey) -> Self {
        Self::derive(master, RTP_LABELS)
    }

    pub(super) fn for_rtcp(master: &MasterKey) -> Self {
        Self::derive(master, RTCP_LABELS)
    }

    /// §4.3 with a key derivation rate of zero: the keys are derived once.
    fn derive(master: &MasterKey, [encryption, authentication, salting]: [u8; 3]) -> Self {
        let generator = Aes::new(master.key());
        let bytes = |label: u8, target: &mut [u8]| {
            let mut iv = [0; BLOCK];
            iv[..SALT].copy_from_slice(&master.salt());
            iv[7] ^= label;
            if let Some(generator) = &generator {
                generator.apply(iv, target);
            }
        };
        let (mut key, mut auth, mut salt) = ([0; 32], [0; AUTH_KEY], [0; SALT]);
        bytes(encryption, &mut key);
        bytes(authentication, &mut auth);
        bytes(salting, &mut salt);
        Self {
            aes: key.get(..master.key().len()).and_then(Aes::new),
            auth: hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &auth),
            salt,
        }
    }

    /// Encrypts or decrypts in place. `index`: 48 bits of rollover counter and sequence number, or the SRTCP index.
    pub(super) fn apply(&self, ssrc: u32, index: u64, data: &mut [u8]) {
        let mut iv = [0; BLOCK];
        iv[..SALT].copy_from_slice(&self.salt);
        let [_, _, index @ ..] = index.to_be_bytes();
        for (byte, other) in iv.iter_mut().skip(4).zip(ssrc.to_be_bytes().into_iter().chain(index)) {
            *byte ^= other;
        }
        if let Some(aes) = &self.aes {
            aes.apply(iv, data);
        }
    }

    /// The tag over the packet and, for RTP, the rollover counter behind it (§4.2).
    pub(super) fn tag(&self, packet: &[u8], rollovers: Option<u32>) -> [u8; LONGEST_TAG] {
        let mut context = hmac::Context::with_key(&self.auth);
        context.update(packet);
        if let Some(rollovers) = rollovers {
            context.update(&rollovers.to_be_bytes());
        }
        let mut tag = [0; LONGEST_TAG];
        tag.iter_mut().zip(context.sign().as_ref()).for_each(|(byte, full)| *byte = *full);
        tag
    }
}

impl fmt::Debug for Transform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transform").finish_non_exhaustive()
    }
}

/// Compares in a time that does not tell where the first difference is.
pub(super) fn is_equal(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}

/// Bytes of an RTP header with contributing sources and extension (RFC 3550 §5.1), which stay readable.
pub(super) fn header_length(packet: &[u8]) -> Option<usize> {
    let first = *packet.first()?;
    if first >> 6 != 2 {
        return None;
    }
    let fixed = 12 + 4 * usize::from(first & 0x0f);
    let length = if first & 0x10 == 0 {
        fixed
    } else {
        let words = packet.get(fixed + 2..fixed + 4)?.try_into().ok()?;
        fixed + 4 + 4 * usize::from(u16::from_be_bytes(words))
    };
    (length <= packet.len()).then_some(length)
}

/// Sequence number and source of an RTP packet whose header is whole.
pub(super) fn sequence_and_source(packet: &[u8]) -> Option<(u16, u32)> {
    let sequence = packet.get(2..4)?.try_into().ok()?;
    let ssrc = packet.get(8..12)?.try_into().ok()?;
    Some((u16::from_be_bytes(sequence), u32::from_be_bytes(ssrc)))
}

/// Source of an RTCP packet.
pub(super) fn rtcp_source(packet: &[u8]) -> Option<u32> {
    if packet.first()? >> 6 != 2 {
        return None;
    }
    Some(u32::from_be_bytes(packet.get(4..8)?.try_into().ok()?))
}

/// The 48-bit index of a packet, guessed by its sequence number from the highest one so far (RFC 3711 §3.3.1).
pub(super) fn guess_index(highest: u64, sequence: u16) -> u64 {
    let (rollovers, last) = (highest >> 16, highest as u16);
    let step = i32::from(sequence) - i32::from(last);
    let rollovers = if step > 0x8000 {
        rollovers.saturating_sub(1)
    } else if step < -0x8000 {
        rollovers + 1
    } else {
        rollovers
    };
    rollovers << 16 | u64::from(sequence)
}
