//! RTP (RFC 3550) with its audio-video profile (RFC 3551): packets and their protection, what is lost, digits, codecs, and what
//! decoded sound needs: a jitter buffer, a mixer, a timeline for recordings.

pub mod band;
pub mod codec;
mod conceal;
pub mod dtmf;
pub mod g711;
pub mod g722;
pub mod jitter;
pub mod mix;
pub mod packet;
pub mod quality;
pub mod reception;
pub mod rtcp;
pub mod srtp;
pub mod timeline;
pub mod tone;

/// Samples per second of all that we speak; also the RTP clock (RFC 3551 §4.5.14).
pub const SAMPLE_RATE: u32 = 8_000;
/// Samples in a frame of 20 ms, the packet time that everybody understands (RFC 3551 §4.2).
pub const FRAME: usize = 160;
/// `std::time::Duration` of a frame.
pub const FRAME_TIME: std::time::Duration = std::time::Duration::from_millis(20);

/// So many samples last so long.
pub fn duration_of(samples: u64) -> std::time::Duration {
    std::time::Duration::from_micros(samples.saturating_mul(1_000_000 / u64::from(SAMPLE_RATE)))
}

/// So many whole samples fit into a time.
pub fn samples_in(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_micros() * u128::from(SAMPLE_RATE) / 1_000_000).unwrap_or(u64::MAX)
}
