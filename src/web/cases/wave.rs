//! The waveform of a recording: how loud each stretch of it is, for each side of the conversation.

use std::path::Path;

use serde::Serialize;

/// Bars of the drawing; more would be thinner than a finger.
pub const BARS: usize = 160;

/// One list of bars a channel: of a conversation first the citizen's, then that of who spoke with them. Further channels are
/// none of ours.
const MOST_CHANNELS: usize = 2;

/// One value from 0 to 100 a bar. `peaks` is both sides together, `sides` each of two; both are scaled so that a quiet
/// conversation is seen too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Peaks {
    pub peaks: Vec<u8>,
    /// Empty for a recording of one side.
    pub sides: Vec<Vec<u8>>,
}

pub fn peaks(path: &Path) -> Result<Peaks, hound::Error> {
    let mut reader = hound::WavReader::open(path)?;
    let channels = usize::from(reader.spec().channels).max(1);
    let frames = reader.duration() as usize;
    let per_bar = frames.div_ceil(BARS).max(1);
    let mut loudest = vec![vec![0_u16; frames.div_ceil(per_bar)]; channels.min(MOST_CHANNELS)];
    // A file that is still being written may end in the middle of a sample: what is there is drawn.
    for (index, sample) in reader.samples::<i16>().map_while(Result::ok).enumerate() {
        let side = (index % channels).min(loudest.len().saturating_sub(1));
        if let Some(bar) = loudest.get_mut(side).and_then(|side| side.get_mut(index / channels / per_bar)) {
            *bar = (*bar).max(sample.unsigned_abs());
        }
    }
    let both: Vec<u16> = (0..frames.div_ceil(per_bar))
        .map(|bar| loudest.iter().filter_map(|side| side.get(bar)).copied().max().unwrap_or(0))
        .collect();
    // Each side by its own loudest: an operator at the microphone drowns nobody who calls from the street.
    let sides =
        if loudest.len() > 1 { loudest.iter().map(|side| scaled(side)).collect() } else { Vec::new() };
    Ok(Peaks { peaks: scaled(&both), sides })
}

/// Below this (about -36 dBFS) a recording counts as silence, and its noise is not blown up to look like speech.
const QUIET: u16 = 500;

fn scaled(bars: &[u16]) -> Vec<u8> {
    let top = bars.iter().copied().max().unwrap_or(0).max(QUIET);
    let scale = |bar: &u16| u8::try_from(u32::from(*bar) * 100 / u32::from(top)).unwrap_or(100);
    bars.iter().map(scale).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(channels: u16, samples: impl Iterator<Item = i16>) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        let spec = hound::WavSpec {
            channels,
            sample_rate: 8000,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::create(file.path(), spec).unwrap();
        samples.for_each(|s| writer.write_sample(s).unwrap());
        writer.finalize().unwrap();
        file
    }

    #[test]
    fn loud_half_is_seen_beside_the_silent_half() {
        let sound =
            file(1, (0..16_000).map(|n| if n < 8000 { 0 } else { if n % 2 == 0 { i16::MIN } else { 9000 } }));
        let found = peaks(sound.path()).unwrap();
        let peaks = found.peaks;
        assert_eq!(peaks.len(), BARS);
        assert!(peaks[..BARS / 2].iter().all(|p| *p == 0) && peaks[BARS / 2..].iter().all(|p| *p == 100));
        assert!(found.sides.is_empty(), "one side has no other");
    }

    #[test]
    fn short_and_empty_recordings_have_fewer_bars() {
        assert_eq!(peaks(file(1, std::iter::empty()).path()).unwrap(), Peaks::default());
        assert_eq!(peaks(file(1, [250, 0].into_iter()).path()).unwrap().peaks, [50, 0]);
    }

    #[test]
    fn the_two_sides_of_a_conversation_are_drawn_each_for_itself() {
        // The citizen speaks in the first half, quietly; the operator in the second.
        let frames = (0..16_000).flat_map(|n| if n < 8000 { [1000, 0] } else { [0, 20_000] });
        let found = peaks(file(2, frames).path()).unwrap();
        let [citizen, operator] = found.sides.as_slice() else { panic!("two sides: {found:?}") };
        assert_eq!((citizen.len(), operator.len()), (BARS, BARS));
        assert!(citizen[..BARS / 2].iter().all(|p| *p == 100) && citizen[BARS / 2..].iter().all(|p| *p == 0));
        assert!(
            operator[..BARS / 2].iter().all(|p| *p == 0) && operator[BARS / 2..].iter().all(|p| *p == 100)
        );
        assert_eq!((found.peaks[0], found.peaks[BARS - 1]), (5, 100));
    }
}
