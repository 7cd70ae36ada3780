//! From codes to samples and back, with what a codec remembers between packets.

use std::sync::LazyLock;

use crate::protocol::rtp::codec::Codec;
use crate::protocol::rtp::g711::Law;
use crate::protocol::rtp::g722;

/// What a leg hears with: decodes what its peer says. Made for G.722 only when G.722 comes.
#[derive(Debug, Default)]
pub(super) struct Ear(Option<Box<g722::Decoder>>);

impl Ear {
    /// Samples of 8 kHz; returns how many.
    pub(super) fn decode(&mut self, codec: Codec, payload: &[u8], samples: &mut [i16]) -> usize {
        match codec.law() {
            Some(law) => law.decode(payload, samples),
            None => self.0.get_or_insert_default().decode(payload, samples),
        }
    }
}

/// What a leg speaks with: encodes what its peer hears.
#[derive(Debug, Default)]
pub(super) struct Mouth(Option<Box<g722::Encoder>>);

impl Mouth {
    /// Returns how many codes.
    pub(super) fn encode(&mut self, codec: Codec, samples: &[i16], codes: &mut [u8]) -> usize {
        match codec.law() {
            Some(law) => law.encode_into(samples, codes),
            None => self.0.get_or_insert_default().encode(samples, codes),
        }
    }

    pub(super) fn silence(&mut self, codec: Codec, codes: &mut [u8]) {
        match codec.law() {
            Some(law) => codes.fill(law.silence()),
            None => {
                self.encode(codec, &[0; crate::protocol::rtp::FRAME], codes);
            }
        }
    }
}

/// From one law of G.711 to the other by a table (ITU-T G.711 §3 has the same one); returns how many codes.
pub(super) fn recode(from: Law, to: Law, payload: &[u8], codes: &mut [u8]) -> usize {
    let table = match (from, to) {
        (Law::A, Law::Mu) => &TABLES.0,
        (Law::Mu, Law::A) => &TABLES.1,
        (Law::A, Law::A) | (Law::Mu, Law::Mu) => {
            codes.iter_mut().zip(payload).for_each(|(target, code)| *target = *code);
            return codes.len().min(payload.len());
        }
    };
    for (target, code) in codes.iter_mut().zip(payload) {
        *target = table.get(usize::from(*code)).copied().unwrap_or_default();
    }
    codes.len().min(payload.len())
}

/// A to mu, mu to A.
static TABLES: LazyLock<([u8; 256], [u8; 256])> =
    LazyLock::new(|| (table(Law::A, Law::Mu), table(Law::Mu, Law::A)));

fn table(from: Law, to: Law) -> [u8; 256] {
    let mut table = [0; 256];
    for (code, target) in (0..=u8::MAX).zip(table.iter_mut()) {
        let mut sample = [0];
        from.decode(&[code], &mut sample);
        to.encode_into(&sample, std::slice::from_mut(target));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_law_recoded_is_what_its_samples_would_be_encoded_to() {
        let codes: Vec<u8> = (0..=255).collect();
        for (from, to) in [(Law::A, Law::Mu), (Law::Mu, Law::A), (Law::A, Law::A)] {
            let mut samples = [0; 256];
            from.decode(&codes, &mut samples);
            let mut recoded = [0; 256];
            assert_eq!(recode(from, to, &codes, &mut recoded), 256);
            assert_eq!(recoded.to_vec(), to.encode(&samples));
        }
    }
}
