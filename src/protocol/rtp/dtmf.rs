//! Keypad digits as telephone-events (RFC 4733).
//!
//! A press is many packets with one timestamp. [`Receiver`] makes exactly one digit of it, whatever of the marker, of the updates
//! and of the three end packets was lost, doubled or reordered. The digit is reported by the first packet that arrives.

use super::FRAME;

/// Events of RFC 4733 §3.2 in the order of their codes.
const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#', 'A', 'B', 'C', 'D'];
/// An older timestamp within this distance is a late packet; further back the sender has begun to count anew.
const REORDER: u32 = 5 * super::SAMPLE_RATE;
/// A press longer than the 16-bit duration is sent in segments of nearly 65,535 (RFC 4733 §2.5.1.3).
const SHORTEST_SEGMENT: u32 = 0xf000;
/// The end of an event is sent three times (RFC 4733 §2.5.1.4).
const END_PACKETS: u8 = 3;

/// What one packet says about an event (RFC 4733 §2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    pub code: u8,
    pub end: bool,
    /// 6 bits, -dBm0.
    pub volume: u8,
    /// In timestamp units, so far.
    pub duration: u16,
}

impl Event {
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let [code, flags, high, low, ..] = *payload else { return None };
        Some(Self {
            code,
            end: flags & 0x80 != 0,
            volume: flags & 0x3f,
            duration: u16::from_be_bytes([high, low]),
        })
    }

    pub fn bytes(self) -> [u8; 4] {
        let [high, low] = self.duration.to_be_bytes();
        [self.code, u8::from(self.end) << 7 | self.volume & 0x3f, high, low]
    }
}

/// Event code of a digit, `None` for a character that is on no keypad.
pub fn code_of(digit: char) -> Option<u8> {
    DIGITS.iter().position(|d| *d == digit.to_ascii_uppercase()).and_then(|at| u8::try_from(at).ok())
}

/// Presses out of packets. One for each source of packets.
#[derive(Clone, Debug, Default)]
pub struct Receiver {
    last: Option<Press>,
}

#[derive(Clone, Copy, Debug)]
struct Press {
    ssrc: u32,
    timestamp: u32,
    code: u8,
    duration: u16,
    ended: bool,
}

impl Receiver {
    /// A digit when this packet is the first one of a press.
    pub fn receive(&mut self, ssrc: u32, timestamp: u32, marker: bool, payload: &[u8]) -> Option<char> {
        let event = Event::parse(payload)?;
        let digit = *DIGITS.get(usize::from(event.code))?;
        let new = Press { ssrc, timestamp, code: event.code, duration: event.duration, ended: event.end };
        match &mut self.last {
            Some(last) if last.ssrc == ssrc && last.timestamp == timestamp => {
                last.duration = last.duration.max(event.duration);
                last.ended |= event.end;
                None
            }
            Some(last) if last.ssrc == ssrc && is_older(timestamp, last.timestamp) => None,
            Some(last) if last.is_continued_by(&new, marker) => {
                *last = new;
                None
            }
            _ => {
                self.last = Some(new);
                Some(digit)
            }
        }
    }
}

impl Press {
    /// True for the next segment of a long press, and for senders that move the timestamp in every packet of a press though
    /// RFC 4733 §2.2 says that it stays.
    fn is_continued_by(&self, next: &Self, marker: bool) -> bool {
        if self.ssrc != next.ssrc || self.code != next.code || self.ended || marker {
            return false;
        }
        let step = next.timestamp.wrapping_sub(self.timestamp);
        let grown = next.duration.checked_sub(self.duration).map(u32::from);
        let is_segment = (SHORTEST_SEGMENT..=0xffff + FRAME as u32).contains(&step)
            && u32::from(self.duration) + 4 * FRAME as u32 >= step;
        is_segment || grown.is_some_and(|grown| grown > 0 && grown == step)
    }
}

fn is_older(timestamp: u32, than: u32) -> bool {
    let distance = than.wrapping_sub(timestamp);
    distance != 0 && distance < REORDER
}

/// The packets of one press, one every 20 ms: payload, and whether the marker is set. All carry the timestamp of the start.
#[derive(Clone, Debug)]
pub struct Sender {
    code: u8,
    duration: u16,
    sent: u16,
    ends_sent: u8,
}

impl Sender {
    /// `frames` of 20 ms; `None` for a character that is on no keypad.
    pub fn press(digit: char, frames: u16) -> Option<Self> {
        let duration = frames.max(1).saturating_mul(FRAME as u16);
        Some(Self { code: code_of(digit)?, duration, sent: 0, ends_sent: 0 })
    }
}

impl Iterator for Sender {
    type Item = ([u8; 4], bool);

    fn next(&mut self) -> Option<Self::Item> {
        if self.ends_sent == END_PACKETS {
            return None;
        }
        let marker = self.sent == 0;
        self.sent = self.sent.saturating_add(FRAME as u16).min(self.duration);
        let end = self.sent == self.duration;
        self.ends_sent += u8::from(end);
        Some((Event { code: self.code, end, volume: 10, duration: self.sent }.bytes(), marker))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SSRC: u32 = 7;

    fn press(digit: char, timestamp: u32, frames: u16) -> Vec<(u32, bool, [u8; 4])> {
        Sender::press(digit, frames).unwrap().map(|(payload, marker)| (timestamp, marker, payload)).collect()
    }

    fn heard(packets: &[(u32, bool, [u8; 4])]) -> String {
        let mut receiver = Receiver::default();
        packets
            .iter()
            .filter_map(|(ts, marker, payload)| receiver.receive(SSRC, *ts, *marker, payload))
            .collect()
    }

    #[test]
    fn a_press_is_one_digit() {
        for digit in DIGITS {
            assert_eq!(heard(&press(digit, 1_000, 5)), digit.to_string());
        }
    }

    #[test]
    fn a_press_ends_with_three_end_packets() {
        let packets = press('5', 0, 4);
        let ends: Vec<bool> = packets.iter().map(|p| Event::parse(&p.2).unwrap().end).collect();
        assert_eq!(ends, [false, false, false, true, true, true]);
        assert_eq!(packets.iter().filter(|p| p.1).count(), 1);
    }

    #[test]
    fn any_subset_of_the_packets_of_a_press_is_one_digit() {
        let packets = press('3', 8_000, 5);
        for subset in 1_u32..1 << packets.len() {
            let kept: Vec<_> =
                packets.iter().enumerate().filter(|(i, _)| subset >> i & 1 == 1).map(|(_, p)| *p).collect();
            assert_eq!(heard(&kept), "3", "subset {subset:b}");
        }
    }

    #[test]
    fn a_press_without_marker_is_one_digit() {
        let mut packets = press('8', 0, 5);
        packets.iter_mut().for_each(|p| p.1 = false);
        assert_eq!(heard(&packets), "8");
    }

    #[test]
    fn doubled_and_reversed_packets_are_one_digit() {
        let mut packets = press('#', 77, 6);
        packets.extend(packets.clone());
        packets.reverse();
        assert_eq!(heard(&packets), "#");
    }

    #[test]
    fn the_same_digit_twice_quickly_is_two() {
        let mut packets = press('1', 0, 2);
        packets.extend(press('1', 480, 2));
        assert_eq!(heard(&packets), "11");
    }

    #[test]
    fn the_same_digit_twice_with_lost_ends_and_markers_is_two() {
        let mut packets = press('1', 0, 5);
        packets.truncate(4);
        packets.extend(press('1', 2_000, 5));
        packets.iter_mut().for_each(|p| p.1 = false);
        assert_eq!(heard(&packets), "11");
    }

    #[test]
    fn late_packets_of_the_press_before_are_ignored() {
        let first = press('1', 0, 3);
        let second = press('2', 1_600, 3);
        let order = [first[0], second[0], first[3], second[1], first[4], second[3]];
        assert_eq!(heard(&order), "12");
    }

    #[test]
    fn a_press_of_twenty_seconds_in_segments_is_one_digit() {
        let mut packets = Vec::new();
        for (segment, length) in [(0_u32, 0xffff_u16), (0xffff, 0xffff), (0x1_fffe, 30_000)] {
            for duration in (160..=length).step_by(160).chain([length]) {
                let end = segment == 0x1_fffe && duration == length;
                let event = Event { code: 4, end, volume: 10, duration };
                packets.push((segment, packets.is_empty(), event.bytes()));
            }
        }
        assert_eq!(heard(&packets), "4");
    }

    #[test]
    fn a_sender_that_moves_the_timestamp_is_heard_once() {
        let packets: Vec<_> = (1..=5_u16)
            .map(|n| {
                let event = Event { code: 9, end: n == 5, volume: 10, duration: n * 160 };
                (u32::from(n) * 160, n == 1, event.bytes())
            })
            .collect();
        assert_eq!(heard(&packets), "9");
    }

    #[test]
    fn events_that_are_no_digits_are_ignored() {
        for code in 16..=255 {
            let flash = Event { code, end: false, volume: 10, duration: 160 };
            assert_eq!(heard(&[(0, true, flash.bytes())]), "");
        }
        assert_eq!(Receiver::default().receive(SSRC, 0, true, &[1, 2]), None);
    }

    #[test]
    fn a_timestamp_that_wraps_around_is_newer() {
        let mut packets = press('6', u32::MAX - 200, 2);
        packets.extend(press('6', 1_000, 2));
        assert_eq!(heard(&packets), "66");
    }

    #[test]
    fn a_new_source_with_an_older_timestamp_is_a_new_press() {
        let mut receiver = Receiver::default();
        let [(payload, marker), ..] = Sender::press('2', 3).unwrap().collect::<Vec<_>>()[..] else {
            panic!()
        };
        assert_eq!(receiver.receive(1, 9_000, marker, &payload), Some('2'));
        assert_eq!(receiver.receive(2, 8_000, marker, &payload), Some('2'));
    }
}
