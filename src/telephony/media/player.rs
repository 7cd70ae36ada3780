//! Prompts, joined without a gap, cut into frames of 20 ms.

use super::samples::Samples;
use crate::protocol::rtp::FRAME;
use crate::protocol::rtp::g711::Law;

/// What is being played, and how far it is.
#[derive(Clone, Debug)]
pub(super) struct Player {
    pub(super) purpose: Purpose,
    pieces: Vec<Samples>,
    piece: usize,
    offset: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Asked for by [`super::Command::Play`].
    Prompt { tag: u32 },
    /// Before a recording.
    Beep,
    /// Again and again.
    Music,
}

impl Player {
    pub(super) fn new(purpose: Purpose, pieces: Vec<Samples>) -> Self {
        Self { purpose, pieces, piece: 0, offset: 0 }
    }

    /// The next frame; the last one is filled up with silence. False when all was played before.
    pub(super) fn next_frame(&mut self, law: Law, frame: &mut [u8; FRAME]) -> bool {
        let mut filled = 0;
        while filled < FRAME {
            let Some(piece) = self.pieces.get(self.piece) else {
                if self.purpose != Purpose::Music || self.pieces.iter().all(Samples::is_empty) {
                    break;
                }
                (self.piece, self.offset) = (0, 0);
                continue;
            };
            let rest = piece.codes(law).get(self.offset..).unwrap_or_default();
            let room = frame.get_mut(filled..).unwrap_or_default();
            let count = rest.len().min(room.len());
            room.iter_mut().zip(rest).for_each(|(target, code)| *target = *code);
            filled += count;
            self.offset += count;
            if count == rest.len() {
                self.piece += 1;
                self.offset = 0;
            }
        }
        frame.get_mut(filled..).unwrap_or_default().fill(law.silence());
        filled > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn played(lengths: &[usize]) -> Vec<u8> {
        let pieces = lengths
            .iter()
            .enumerate()
            .map(|(n, length)| Samples::new(&vec![(n as i16 + 1) * 1_000; *length]))
            .collect();
        let mut player = Player::new(Purpose::Prompt { tag: 1 }, pieces);
        let mut all = Vec::new();
        let mut frame = [0; FRAME];
        while player.next_frame(Law::A, &mut frame) {
            all.extend(frame);
        }
        all
    }

    #[test]
    fn pieces_are_joined_without_a_gap() {
        let all = played(&[100, 300, 0, 80]);
        assert_eq!(all.len(), 480);
        let code = |sample| Law::A.encode(&[sample])[0];
        assert!(all[..100].iter().all(|c| *c == code(1_000)));
        assert!(all[100..400].iter().all(|c| *c == code(2_000)));
        assert!(all[400..].iter().all(|c| *c == code(4_000)));
    }

    #[test]
    fn the_last_frame_is_filled_up_with_silence() {
        let all = played(&[200]);
        assert_eq!(all.len(), 320);
        assert!(all[200..].iter().all(|c| *c == Law::A.silence()));
    }

    #[test]
    fn music_begins_again_without_a_gap_and_silence_is_no_music() {
        let mut player = Player::new(Purpose::Music, vec![Samples::new(&[1_000; 100])]);
        let mut frame = [0; FRAME];
        for _ in 0..100 {
            assert!(player.next_frame(Law::A, &mut frame));
            assert!(frame.iter().all(|c| *c == Law::A.encode(&[1_000])[0]));
        }
        let mut nothing = Player::new(Purpose::Music, vec![Samples::new(&[])]);
        assert!(!nothing.next_frame(Law::A, &mut frame));
    }

    #[test]
    fn nothing_to_play_ends_at_once() {
        assert!(played(&[]).is_empty());
        assert!(played(&[0, 0]).is_empty());
    }
}
