//! G.711 (ITU-T G.711, payload types of RFC 3551 §6): decoding is a table, encoding is done once per prompt.

use audio_codec_algorithms::{decode_alaw, decode_ulaw, encode_alaw, encode_ulaw};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Law {
    /// A-law, payload type 8: Europe.
    A,
    /// Mu-law, payload type 0: North America, Japan.
    Mu,
}

impl Law {
    /// Static payload types of RFC 3551 table 4.
    pub fn from_payload_type(payload_type: u8) -> Option<Self> {
        match payload_type {
            8 => Some(Self::A),
            0 => Some(Self::Mu),
            _ => None,
        }
    }

    pub fn payload_type(self) -> u8 {
        match self {
            Self::A => 8,
            Self::Mu => 0,
        }
    }

    /// The code of sample 0.
    pub fn silence(self) -> u8 {
        match self {
            Self::A => 0xd5,
            Self::Mu => 0xff,
        }
    }

    pub fn encode(self, samples: &[i16]) -> Vec<u8> {
        match self {
            Self::A => samples.iter().map(|s| encode_alaw(*s)).collect(),
            Self::Mu => samples.iter().map(|s| encode_ulaw(*s)).collect(),
        }
    }

    /// Encodes as many samples as both slices have; returns how many.
    pub fn encode_into(self, samples: &[i16], codes: &mut [u8]) -> usize {
        let pairs = codes.iter_mut().zip(samples);
        match self {
            Self::A => pairs.for_each(|(code, sample)| *code = encode_alaw(*sample)),
            Self::Mu => pairs.for_each(|(code, sample)| *code = encode_ulaw(*sample)),
        }
        samples.len().min(codes.len())
    }

    /// Decodes as many codes as both slices have; returns how many.
    pub fn decode(self, codes: &[u8], samples: &mut [i16]) -> usize {
        let pairs = samples.iter_mut().zip(codes);
        match self {
            Self::A => pairs.for_each(|(sample, code)| *sample = decode_alaw(*code)),
            Self::Mu => pairs.for_each(|(sample, code)| *sample = decode_ulaw(*code)),
        }
        samples.len().min(codes.len())
    }
}

/// The algorithms of ITU-T G.191, written out a second time and compared with the library for every input.
#[cfg(test)]
mod tests {
    use super::*;

    fn itu_alaw_compress(sample: i16) -> u8 {
        let mut magnitude = if sample < 0 { !sample >> 4 } else { sample >> 4 };
        if magnitude > 15 {
            let mut exponent = 1;
            while magnitude > 16 + 15 {
                magnitude >>= 1;
                exponent += 1;
            }
            magnitude = magnitude - 16 + (exponent << 4);
        }
        let sign = if sample >= 0 { 0x80 } else { 0 };
        (magnitude as u8 | sign) ^ 0x55
    }

    fn itu_alaw_expand(code: u8) -> i16 {
        let plain = code ^ 0x55;
        let exponent = i16::from((plain & 0x70) >> 4);
        let mut mantissa = i16::from(plain & 0x0f);
        if exponent > 0 {
            mantissa += 16;
        }
        mantissa = (mantissa << 4) + 8;
        if exponent > 1 {
            mantissa <<= exponent - 1;
        }
        if plain & 0x80 != 0 { mantissa } else { -mantissa }
    }

    fn itu_ulaw_compress(sample: i16) -> u8 {
        let magnitude = (if sample < 0 { !sample >> 2 } else { sample >> 2 }) + 33;
        let magnitude = magnitude.min(0x1fff);
        let mut segment = 1;
        let mut rest = magnitude >> 6;
        while rest != 0 {
            segment += 1;
            rest >>= 1;
        }
        let high = 8 - segment;
        let low = 0x0f - ((magnitude >> segment) & 0x0f);
        ((high << 4) | low) as u8 | if sample >= 0 { 0x80 } else { 0 }
    }

    fn itu_ulaw_expand(code: u8) -> i16 {
        let plain = !code;
        let exponent = i16::from((plain >> 4) & 7);
        let step = 4 << (exponent + 1);
        let magnitude = (0x80 << exponent) + step * i16::from(plain & 0x0f) + step / 2 - 4 * 33;
        if code & 0x80 != 0 { magnitude } else { -magnitude }
    }

    #[test]
    fn every_code_expands_as_in_g191() {
        for code in 0..=255_u8 {
            let mut sample = [0];
            Law::A.decode(&[code], &mut sample);
            assert_eq!(sample[0], itu_alaw_expand(code), "A-law {code:#x}");
            Law::Mu.decode(&[code], &mut sample);
            assert_eq!(sample[0], itu_ulaw_expand(code), "mu-law {code:#x}");
        }
    }

    #[test]
    fn every_sample_compresses_as_in_g191() {
        for sample in i16::MIN..=i16::MAX {
            assert_eq!(Law::A.encode(&[sample])[0], itu_alaw_compress(sample), "A-law {sample}");
            assert_eq!(Law::Mu.encode(&[sample])[0], itu_ulaw_compress(sample), "mu-law {sample}");
        }
    }

    #[test]
    fn silence_is_the_code_of_zero() {
        for law in [Law::A, Law::Mu] {
            assert_eq!(law.encode(&[0]), [law.silence()]);
            assert_eq!(Law::from_payload_type(law.payload_type()), Some(law));
        }
    }
}
