//! What several targets need.

use rand::rngs::StdRng;
use rand::{RngCore, SeedableRng};

/// The fuzzer's bytes as chance: each decision takes one byte, whose place among 256 is the place of the choice among its
/// alternatives. So a small change of the input changes one decision. When the bytes are used up, ordinary chance goes on, another one
/// for each input: a network that loses every packet for ever after would prove nothing.
#[derive(Debug)]
pub struct Schedule {
    bytes: Vec<u8>,
    at: usize,
    after: StdRng,
}

impl Schedule {
    pub fn new(bytes: &[u8]) -> Self {
        // FNV-1a.
        let mix = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        let seed = bytes.iter().fold(0xcbf2_9ce4_8422_2325, mix);
        Self { bytes: bytes.to_vec(), at: 0, after: StdRng::seed_from_u64(seed) }
    }
}

impl RngCore for Schedule {
    fn next_u32(&mut self) -> u32 {
        (self.next_u64() >> 32) as u32
    }

    fn next_u64(&mut self) -> u64 {
        let Some(byte) = self.bytes.get(self.at) else { return self.after.next_u64() };
        self.at += 1;
        u64::from_ne_bytes([*byte; 8])
    }

    fn fill_bytes(&mut self, target: &mut [u8]) {
        for byte in target {
            *byte = self.next_u64() as u8;
        }
    }
}
