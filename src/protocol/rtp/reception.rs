//! What was received and what was lost of one source (RFC 3550 appendix A.1, A.3), and how unevenly it came (A.8).

/// A jump ahead of less than this is a gap (RFC 3550 A.1).
const MAX_DROPOUT: u16 = 3_000;
/// A step back of less than this is a reordered packet.
const MAX_MISORDER: u16 = 100;

/// Counters of one synchronisation source. Without the probation of A.1: the symmetric latch decides whom we listen to.
#[derive(Clone, Debug)]
pub struct Reception {
    ssrc: u32,
    base: u32,
    /// Highest sequence number, extended by the wrap-arounds seen.
    highest: u32,
    received: u64,
    /// The sequence number that follows a jump too large to believe; seen twice in a row, the source has restarted.
    suspect: Option<u16>,
    /// Lost and received before the source restarted or changed.
    lost_before: u64,
    received_before: u64,
    transit: Option<u32>,
    /// Scaled by 16, as in A.8.
    jitter: u32,
    /// Expected and lost when the last report was made.
    reported: (u64, u64),
}

/// What a report says (RFC 3550 §6.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    pub ssrc: u32,
    /// Of 256, since the last report (A.3).
    pub fraction_lost: u8,
    pub lost: u64,
    /// Extended by the wrap-arounds.
    pub highest: u32,
    pub jitter: u32,
}

impl Reception {
    pub fn new(ssrc: u32, sequence: u16) -> Self {
        Self {
            ssrc,
            base: u32::from(sequence),
            highest: u32::from(sequence),
            received: 1,
            suspect: None,
            lost_before: 0,
            received_before: 0,
            transit: None,
            jitter: 0,
            reported: (0, 0),
        }
    }

    /// Counts a packet.
    pub fn receive(&mut self, ssrc: u32, sequence: u16) {
        if ssrc != self.ssrc {
            self.ssrc = ssrc;
            return self.restart(sequence);
        }
        let step = sequence.wrapping_sub(self.highest as u16);
        if step < MAX_DROPOUT {
            self.highest = self.highest.wrapping_add(u32::from(step));
        } else if step <= u16::MAX - MAX_MISORDER {
            if self.suspect == Some(sequence) {
                return self.restart(sequence);
            }
            self.suspect = Some(sequence.wrapping_add(1));
            return;
        }
        self.suspect = None;
        self.received += 1;
    }

    /// Feeds the jitter estimate: arrival and timestamp in the same units.
    pub fn arrived(&mut self, arrival: u32, timestamp: u32) {
        let transit = arrival.wrapping_sub(timestamp);
        if let Some(before) = self.transit {
            let difference = transit.wrapping_sub(before).cast_signed().unsigned_abs();
            self.jitter =
                self.jitter.saturating_add(difference).saturating_sub(self.jitter.saturating_add(8) >> 4);
        }
        self.transit = Some(transit);
    }

    pub fn received(&self) -> u64 {
        self.received_before + self.received
    }

    /// Packets that never came; doubled ones hide as many lost ones, as RFC 3550 accepts.
    pub fn lost(&self) -> u64 {
        let expected = u64::from(self.highest.wrapping_sub(self.base)) + 1;
        self.lost_before + expected.saturating_sub(self.received)
    }

    /// Interarrival jitter in timestamp units.
    pub fn jitter(&self) -> u32 {
        self.jitter >> 4
    }

    /// What the next report says; the share that is lost counts from the report before.
    pub fn report(&mut self) -> Counted {
        let lost = self.lost();
        let expected = self.received() + lost;
        let (expected_before, lost_before) = std::mem::replace(&mut self.reported, (expected, lost));
        let (expected, newly_lost) =
            (expected.saturating_sub(expected_before), lost.saturating_sub(lost_before));
        let fraction_lost = (newly_lost * 256).checked_div(expected).unwrap_or_default().min(255) as u8;
        Counted { ssrc: self.ssrc, fraction_lost, lost, highest: self.highest, jitter: self.jitter() }
    }

    fn restart(&mut self, sequence: u16) {
        self.lost_before = self.lost();
        self.received_before = self.received();
        self.base = u32::from(sequence);
        self.highest = u32::from(sequence);
        self.received = 1;
        self.suspect = None;
        self.transit = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(sequences: impl IntoIterator<Item = u16>) -> (u64, u64) {
        let mut sequences = sequences.into_iter();
        let mut reception = Reception::new(1, sequences.next().unwrap());
        sequences.for_each(|s| reception.receive(1, s));
        (reception.received(), reception.lost())
    }

    #[test]
    fn gaps_are_lost_packets() {
        assert_eq!(counted([1, 2, 3, 6, 7]), (5, 2));
    }

    #[test]
    fn reordered_packets_are_not_lost() {
        assert_eq!(counted([1, 3, 2, 5, 4]), (5, 0));
    }

    #[test]
    fn sequence_numbers_wrap_around() {
        assert_eq!(counted((0..200_000_u32).map(|n| (n + 60_000) as u16)), (200_000, 0));
    }

    #[test]
    fn one_stray_number_changes_nothing() {
        assert_eq!(counted([1, 2, 40_000, 3, 4]), (4, 0));
    }

    #[test]
    fn a_restarted_source_is_counted_on() {
        assert_eq!(counted([1, 2, 4, 40_000, 40_001, 40_002]), (5, 1));
    }

    #[test]
    fn a_new_source_begins_anew_and_keeps_what_was_lost() {
        let mut reception = Reception::new(1, 10);
        reception.receive(1, 12);
        reception.receive(2, 500);
        reception.receive(2, 501);
        assert_eq!((reception.received(), reception.lost()), (4, 1));
    }

    #[test]
    fn even_arrival_has_no_jitter_and_uneven_arrival_has() {
        let mut even = Reception::new(1, 0);
        let mut uneven = Reception::new(1, 0);
        for n in 0..200_u32 {
            even.arrived(5_000 + n * 160, n * 160);
            uneven.arrived(5_000 + n * 160 + (n % 2) * 80, n * 160);
        }
        assert_eq!(even.jitter(), 0);
        assert!((70..=80).contains(&uneven.jitter()), "{}", uneven.jitter());
    }
}
