//! The engine's own measures.

use std::time::Duration;

use metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};

use super::schedule::{TICKS_A_FRAME, TICKS_A_SECOND};

/// Counted in fields, told to the registry once a tick or a second.
pub(super) struct Meters {
    pub(super) received: u64,
    pub(super) sent: u64,
    pub(super) relayed: u64,
    /// Worst of the last second, and the ticks in it: a histogram of every tick would say the same at two hundred times the cost.
    worst: Duration,
    ticks: u32,
    /// Recorded legs by phase.
    recorded: [u32; TICKS_A_FRAME as usize],
    packets_in: Counter,
    packets_out: Counter,
    packets_relayed: Counter,
    legs: Gauge,
    recordings: Gauge,
    lateness: Histogram,
}

impl Meters {
    pub(super) fn new() -> Self {
        Self {
            received: 0,
            sent: 0,
            relayed: 0,
            worst: Duration::ZERO,
            ticks: 0,
            recorded: [0; TICKS_A_FRAME as usize],
            packets_in: counter!("odziv_media_packets_in_total"),
            packets_out: counter!("odziv_media_packets_out_total"),
            packets_relayed: counter!("odziv_media_packets_relayed_total"),
            legs: gauge!("odziv_media_legs"),
            recordings: gauge!("odziv_media_recordings"),
            lateness: histogram!("odziv_media_worst_tick_late_seconds"),
        }
    }

    pub(super) fn tick(&mut self, late: Duration, legs: usize, phase: usize, recorded: u32) {
        self.packets_in.increment(std::mem::take(&mut self.received));
        self.packets_out.increment(std::mem::take(&mut self.sent));
        self.packets_relayed.increment(std::mem::take(&mut self.relayed));
        self.worst = self.worst.max(late);
        self.ticks += 1;
        if let Some(of_phase) = self.recorded.get_mut(phase) {
            *of_phase = recorded;
        }
        if self.ticks == TICKS_A_SECOND {
            self.ticks = 0;
            self.lateness.record(std::mem::take(&mut self.worst));
            self.legs.set(legs as f64);
            self.recordings.set(f64::from(self.recorded.iter().sum::<u32>()));
        }
    }
}
