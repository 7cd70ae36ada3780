//! Crypto suites and master keys.

use std::fmt;

/// Bytes of every suite's master salt.
const SALT: usize = 14;
/// Key and salt of the longest suite.
const LONGEST: usize = 32 + SALT;

/// Counter mode with HMAC-SHA1 of RFC 4568 §6.2 and RFC 6188.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Suite {
    Aes128Sha1_80,
    Aes128Sha1_32,
    Aes256Sha1_80,
    Aes256Sha1_32,
}

impl Suite {
    /// In the order in which we offer them: what every phone has first.
    pub const ALL: [Self; 4] =
        [Self::Aes128Sha1_80, Self::Aes256Sha1_80, Self::Aes128Sha1_32, Self::Aes256Sha1_32];

    /// As registered for `a=crypto`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Aes128Sha1_80 => "AES_CM_128_HMAC_SHA1_80",
            Self::Aes128Sha1_32 => "AES_CM_128_HMAC_SHA1_32",
            Self::Aes256Sha1_80 => "AES_256_CM_HMAC_SHA1_80",
            Self::Aes256Sha1_32 => "AES_256_CM_HMAC_SHA1_32",
        }
    }

    /// Also by the names that drafts had and older phones still say.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "AES_CM_256_HMAC_SHA1_80" => Some(Self::Aes256Sha1_80),
            "AES_CM_256_HMAC_SHA1_32" => Some(Self::Aes256Sha1_32),
            _ => Self::ALL.into_iter().find(|suite| suite.name() == name),
        }
    }

    /// Bytes of the master key without its salt.
    pub(super) fn key_length(self) -> usize {
        match self {
            Self::Aes128Sha1_80 | Self::Aes128Sha1_32 => 16,
            Self::Aes256Sha1_80 | Self::Aes256Sha1_32 => 32,
        }
    }

    /// Bytes of master key and salt, as `inline:` carries them.
    pub fn keying_length(self) -> usize {
        self.key_length() + SALT
    }

    /// Bytes of the tag on RTP; on RTCP it is always ten (RFC 3711 §5.2, RFC 4568 §6.2.2).
    pub(super) fn tag_length(self) -> usize {
        match self {
            Self::Aes128Sha1_80 | Self::Aes256Sha1_80 => 10,
            Self::Aes128Sha1_32 | Self::Aes256Sha1_32 => 4,
        }
    }
}

/// Master key and salt of one direction.
#[derive(Clone, PartialEq, Eq)]
pub struct MasterKey {
    suite: Suite,
    bytes: [u8; LONGEST],
    mki_length: u8,
}

impl MasterKey {
    /// `None` when the length is not that of the suite.
    pub fn new(suite: Suite, keying: &[u8]) -> Option<Self> {
        if keying.len() != suite.keying_length() {
            return None;
        }
        let mut bytes = [0; LONGEST];
        bytes.get_mut(..keying.len())?.copy_from_slice(keying);
        Some(Self { suite, bytes, mki_length: 0 })
    }

    /// The peer puts a master key identifier of so many bytes before its tags (RFC 3711 §3.1).
    pub fn with_mki(self, length: u8) -> Self {
        Self { mki_length: length, ..self }
    }

    pub fn suite(&self) -> Suite {
        self.suite
    }

    /// Master key and salt, for `inline:`.
    pub fn keying(&self) -> &[u8] {
        self.bytes.get(..self.suite.keying_length()).unwrap_or_default()
    }

    pub(super) fn key(&self) -> &[u8] {
        self.bytes.get(..self.suite.key_length()).unwrap_or_default()
    }

    pub(super) fn salt(&self) -> [u8; SALT] {
        let salt = self.keying().get(self.suite.key_length()..).and_then(|salt| salt.try_into().ok());
        salt.unwrap_or_default()
    }

    pub(super) fn mki_length(&self) -> usize {
        self.mki_length.into()
    }
}

/// Keys stay out of logs.
impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MasterKey").field("suite", &self.suite).finish_non_exhaustive()
    }
}

/// Both directions of a leg.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SrtpKeys {
    /// Protects what we send.
    pub local: MasterKey,
    /// Protects what the peer sends.
    pub remote: MasterKey,
}
