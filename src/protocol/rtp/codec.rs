//! What we speak: the codecs of RFC 3551 that every trunk and desk phone has. All of them send 160 bytes for 20 ms.

use super::g711::Law;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Codec {
    /// G.711 A-law: Europe.
    Pcma,
    /// G.711 mu-law: North America, Japan.
    Pcmu,
    /// 16 kHz of sound in 64 kbit/s.
    G722,
}

impl Codec {
    /// In the order in which we offer them: what needs no conversion towards the network first.
    pub const ALL: [Self; 3] = [Self::Pcma, Self::Pcmu, Self::G722];

    /// Static payload type (RFC 3551 table 4).
    pub fn payload_type(self) -> u8 {
        match self {
            Self::Pcma => 8,
            Self::Pcmu => 0,
            Self::G722 => 9,
        }
    }

    pub fn from_payload_type(payload_type: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|codec| codec.payload_type() == payload_type)
    }

    /// Encoding name and clock rate as `a=rtpmap` has them. G.722 says 8000 for the sake of an old error (RFC 3551 §4.5.2).
    pub fn rtpmap(self) -> &'static str {
        match self {
            Self::Pcma => "PCMA/8000",
            Self::Pcmu => "PCMU/8000",
            Self::G722 => "G722/8000",
        }
    }

    pub fn from_rtpmap(name: &str) -> Option<Self> {
        // The number of channels may be said (RFC 8866 §6.6); we take one.
        let name = name.trim().strip_suffix("/1").unwrap_or(name.trim());
        Self::ALL.into_iter().find(|codec| codec.rtpmap().eq_ignore_ascii_case(name))
    }

    /// The law of G.711; `None` for G.722.
    pub fn law(self) -> Option<Law> {
        match self {
            Self::Pcma => Some(Law::A),
            Self::Pcmu => Some(Law::Mu),
            Self::G722 => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_go_both_ways() {
        for codec in Codec::ALL {
            assert_eq!(Codec::from_payload_type(codec.payload_type()), Some(codec));
            assert_eq!(Codec::from_rtpmap(codec.rtpmap()), Some(codec));
            assert_eq!(codec.law().map(Law::payload_type).unwrap_or(9), codec.payload_type());
        }
        assert_eq!(Codec::from_rtpmap("pcma/8000/1"), Some(Codec::Pcma));
        assert_eq!(Codec::from_rtpmap("G722/16000"), None);
        assert_eq!(Codec::from_payload_type(18), None);
    }
}
