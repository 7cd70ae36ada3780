//! Packets into one unbroken stretch of samples, as long as the time that passed.
//!
//! A packet's place is where its timestamp says, so that loss, reordering, doubled packets and pauses of a sender that is quiet
//! (silence suppression, keypad digits) all leave the recording at its right length, with silence where nothing came. The clock of
//! the receiver is the judge: a timestamp that strays too far from it, or a new source, is placed by the time of arrival.
//! So nothing that a sender writes into a header makes the recording longer than the call.

use super::SAMPLE_RATE;

/// A place by timestamp may stray so far from the time of arrival: longer than any jitter buffer, shorter than anybody notices.
const STRAY: u64 = 2 * SAMPLE_RATE as u64;
/// The newest part may still be completed by reordered packets: 200 ms.
const REORDER: usize = SAMPLE_RATE as usize / 5;

/// The samples that have not been taken yet, and where they stand. Positions count samples since the start of the recording.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    start: u64,
    pending: Vec<i16>,
    anchor: Option<Anchor>,
    counters: Counters,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Came after their place had been taken.
    pub late: u64,
    /// Timestamp or source changed without reason in the clock.
    pub restarts: u64,
    /// Far ahead of the clock, ignored.
    pub ahead: u64,
}

/// The last packet in order: its timestamp stands for a position.
#[derive(Clone, Copy, Debug)]
struct Anchor {
    ssrc: u32,
    timestamp: u32,
    position: u64,
}

impl Timeline {
    pub fn new() -> Self {
        Self::default()
    }

    /// Places the samples of a packet. `arrival`: the position of the present moment by the receiver's clock.
    pub fn place(&mut self, ssrc: u32, timestamp: u32, arrival: u64, samples: &[i16]) {
        let Some(position) = self.position(ssrc, timestamp, arrival) else {
            self.counters.late += 1;
            return;
        };
        let length = samples.len() as u64;
        if position > arrival + STRAY {
            self.counters.ahead += 1;
            return;
        }
        // What was taken already stays; the rest of a packet that straddles the edge is used.
        let late = usize::try_from(self.start.saturating_sub(position)).unwrap_or(usize::MAX);
        let Some(rest) = samples.get(late..).filter(|rest| !rest.is_empty()) else {
            self.counters.late += 1;
            return;
        };
        let offset = usize::try_from(position.max(self.start) - self.start).unwrap_or(usize::MAX);
        self.fill(position + length);
        if let Some(target) = self.pending.get_mut(offset..offset + rest.len()) {
            target.copy_from_slice(rest);
        }
    }

    /// Silence up to a position, for what did not come.
    pub fn fill(&mut self, position: u64) {
        let wanted = usize::try_from(position.saturating_sub(self.start)).unwrap_or(usize::MAX);
        if wanted > self.pending.len() {
            self.pending.resize(wanted, 0);
        }
    }

    /// The next `length` samples, once no reordered packet is expected among them.
    pub fn take(&mut self, length: usize) -> Option<Vec<i16>> {
        if self.pending.len() < length + REORDER {
            return None;
        }
        let chunk: Vec<i16> = self.pending.drain(..length).collect();
        self.start += length as u64;
        Some(chunk)
    }

    /// All that is left, ended or filled up with silence at exactly `position`.
    pub fn finish(mut self, position: u64) -> Vec<i16> {
        self.fill(position);
        self.pending.truncate(usize::try_from(position.saturating_sub(self.start)).unwrap_or(usize::MAX));
        self.pending
    }

    /// Where the last placed sample or silence ends.
    pub fn end(&self) -> u64 {
        self.start + self.pending.len() as u64
    }

    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// `None`: before the start of the recording.
    fn position(&mut self, ssrc: u32, timestamp: u32, arrival: u64) -> Option<u64> {
        if let Some(anchor) = self.anchor.filter(|a| a.ssrc == ssrc) {
            let step = timestamp.wrapping_sub(anchor.timestamp).cast_signed();
            let place = anchor.position.checked_add_signed(i64::from(step));
            let earliest = arrival.saturating_sub(STRAY);
            match place {
                Some(position) if (earliest..=arrival + STRAY).contains(&position) => {
                    if step > 0 {
                        self.anchor = Some(Anchor { ssrc, timestamp, position });
                    }
                    return Some(position);
                }
                None if i64::from(step).unsigned_abs() <= STRAY => return None,
                _ => {}
            }
        }
        self.counters.restarts += u64::from(self.anchor.is_some());
        // Behind what is there already, if the clock allows: a new source does not overwrite the old one's last words.
        let position = if self.anchor.is_some() { arrival.max(self.end()) } else { arrival };
        self.anchor = Some(Anchor { ssrc, timestamp, position });
        Some(position)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Packets of 20 ms; packet n carries n+1 in every sample and arrives at n*160.
    fn packet(n: u32) -> (u32, u64, [i16; 160]) {
        (n.wrapping_mul(160).wrapping_add(4_000_000_000), u64::from(n) * 160, [n as i16 + 1; 160])
    }

    fn record(order: &[u32], length: u64) -> Vec<i16> {
        let mut timeline = Timeline::new();
        let mut taken = Vec::new();
        let mut arrival = 0;
        for n in order {
            let (timestamp, at, samples) = packet(*n);
            arrival = arrival.max(at);
            timeline.place(1, timestamp, arrival, &samples);
            taken.extend(timeline.take(1_600).unwrap_or_default());
        }
        taken.extend(timeline.finish(length));
        taken
    }

    fn frames(samples: &[i16]) -> Vec<i16> {
        samples.chunks(160).map(|c| if c.iter().all(|s| *s == c[0]) { c[0] } else { -1 }).collect()
    }

    #[test]
    fn in_order_packets_stand_side_by_side() {
        let order: Vec<u32> = (0..100).collect();
        assert_eq!(frames(&record(&order, 16_000)), (1..=100).collect::<Vec<i16>>());
    }

    #[test]
    fn lost_packets_are_silence() {
        let order: Vec<u32> = (0..100).filter(|n| n % 10 != 3).collect();
        let frames = frames(&record(&order, 16_000));
        assert_eq!(frames.len(), 100);
        assert_eq!(frames[3], 0);
        assert_eq!(frames[4], 5);
    }

    #[test]
    fn reordered_and_doubled_packets_find_their_place() {
        let order = [0, 2, 1, 1, 5, 4, 3, 3, 6, 9, 8, 7];
        assert_eq!(frames(&record(&order, 1_600)), (1..=10).collect::<Vec<i16>>());
    }

    #[test]
    fn a_quiet_sender_leaves_silence_of_the_right_length() {
        let order: Vec<u32> = (0..50).chain(500..550).collect();
        let frames = frames(&record(&order, 550 * 160));
        assert_eq!(frames.len(), 550);
        assert_eq!((frames[49], frames[50], frames[499], frames[500], frames[549]), (50, 0, 0, 501, 550));
    }

    #[test]
    fn the_end_is_filled_up_or_cut() {
        assert_eq!(record(&[0, 1], 8_000).len(), 8_000);
        assert_eq!(record(&[0, 1, 2], 400).len(), 400);
    }

    #[test]
    fn a_timestamp_from_nowhere_is_placed_by_the_clock() {
        let mut timeline = Timeline::new();
        timeline.place(1, 1_000, 0, &[1; 160]);
        timeline.place(1, 3_000_000_000, 160, &[2; 160]);
        timeline.place(1, 3_000_000_160, 320, &[3; 160]);
        assert_eq!(timeline.counters().restarts, 1);
        assert_eq!(frames(&timeline.finish(480)), [1, 2, 3]);
    }

    #[test]
    fn a_new_source_follows_the_old_one() {
        let mut timeline = Timeline::new();
        timeline.place(1, 1_000, 0, &[1; 160]);
        timeline.place(2, 77, 100, &[2; 160]);
        assert_eq!(frames(&timeline.finish(320)), [1, 2]);
    }

    #[test]
    fn a_packet_whose_place_was_taken_is_dropped() {
        let mut timeline = Timeline::new();
        for n in (0..30).filter(|n| *n != 1) {
            let (timestamp, at, samples) = packet(n);
            timeline.place(1, timestamp, at, &samples);
        }
        assert_eq!(timeline.take(1_600).map(|c| c[160]), Some(0));
        let (timestamp, _, samples) = packet(1);
        timeline.place(1, timestamp, 30 * 160, &samples);
        assert_eq!(timeline.counters().late, 1);
        assert_eq!(timeline.end(), 30 * 160);
    }

    proptest! {
        /// Whatever the headers say, the recording is not longer than the time that passed, and memory follows.
        #[test]
        fn headers_cannot_lengthen_a_recording(
            packets in proptest::collection::vec((0_u32..3, any::<u32>(), 0_u64..400, 1_usize..1_400), 1..200)
        ) {
            let mut timeline = Timeline::new();
            let mut arrival = 0;
            for (ssrc, timestamp, wait, length) in packets {
                arrival += wait;
                timeline.place(ssrc, timestamp, arrival, &vec![5; length]);
                while timeline.take(4_800).is_some() {}
                prop_assert!(timeline.end() <= arrival + STRAY + 1_400);
                prop_assert!(timeline.pending.len() < 4_800 + REORDER);
            }
        }
    }
}
