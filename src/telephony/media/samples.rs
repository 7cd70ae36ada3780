//! What is played: encoded once, shared by all who hear it.

use std::f64::consts::TAU;
use std::sync::Arc;
use std::time::Duration;

use crate::protocol::rtp::g711::Law;
use crate::protocol::rtp::{SAMPLE_RATE, duration_of, samples_in};

/// Something to play: 8 kHz, one channel, encoded once in both laws of G.711 so that a frame is a slice. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Samples {
    alaw: Arc<[u8]>,
    ulaw: Arc<[u8]>,
}

impl Samples {
    /// From 16-bit linear samples.
    pub fn new(linear: &[i16]) -> Self {
        Self { alaw: Law::A.encode(linear).into(), ulaw: Law::Mu.encode(linear).into() }
    }

    /// A sine, faded in and out within 5 ms so that it does not click. `level`: of full scale.
    pub fn tone(hertz: f64, length: Duration, level: f64) -> Self {
        let count = samples_in(length);
        let fade = f64::from(SAMPLE_RATE) * 0.005;
        let linear: Vec<i16> = (0..count)
            .map(|n| {
                let edge = (n.min(count - n) as f64 / fade).min(1.0);
                let wave = (TAU * hertz * n as f64 / f64::from(SAMPLE_RATE)).sin();
                (wave * edge * level.clamp(0.0, 1.0) * f64::from(i16::MAX)) as i16
            })
            .collect();
        Self::new(&linear)
    }

    /// The ringing tone of most of Europe (ITU-T E.180, Supplement 2): 425 Hz, one second on, four off. Loops without a click.
    pub fn ringback() -> Self {
        let tone = Self::tone(425.0, Duration::from_secs(1), 0.1);
        let pause = samples_in(Duration::from_secs(4)) as usize;
        let with = |codes: &[u8], law: Law| {
            let mut all = codes.to_vec();
            all.resize(codes.len() + pause, law.silence());
            all.into()
        };
        Self { alaw: with(&tone.alaw, Law::A), ulaw: with(&tone.ulaw, Law::Mu) }
    }

    /// Codes of the law, one a sample.
    pub fn codes(&self, law: Law) -> &[u8] {
        match law {
            Law::A => &self.alaw,
            Law::Mu => &self.ulaw,
        }
    }

    /// In samples.
    pub fn len(&self) -> usize {
        self.alaw.len()
    }

    pub fn is_empty(&self) -> bool {
        self.alaw.is_empty()
    }

    pub fn duration(&self) -> Duration {
        duration_of(self.len() as u64)
    }
}
