//! The waveform of a recording: how loud each stretch of it is.

use std::path::Path;

/// Bars of the drawing; more would be thinner than a finger.
pub const BARS: usize = 160;

/// One value from 0 to 100 a bar, the loudest of all channels; scaled so that a quiet caller is seen too.
pub fn peaks(path: &Path) -> Result<Vec<u8>, hound::Error> {
    let mut reader = hound::WavReader::open(path)?;
    let samples = reader.len() as usize;
    let per_bar = samples.div_ceil(BARS).max(1);
    let mut loudest = vec![0_u16; samples.div_ceil(per_bar)];
    // A file that is still being written may end in the middle of a sample: what is there is drawn.
    for (index, sample) in reader.samples::<i16>().map_while(Result::ok).enumerate() {
        if let Some(bar) = loudest.get_mut(index / per_bar) {
            *bar = (*bar).max(sample.unsigned_abs());
        }
    }
    let top = loudest.iter().copied().max().unwrap_or(0).max(QUIET);
    Ok(loudest.into_iter().map(|bar| scale(bar, top)).collect())
}

/// Below this (about -36 dBFS) a recording counts as silence, and its noise is not blown up to look like speech.
const QUIET: u16 = 500;

fn scale(bar: u16, top: u16) -> u8 {
    u8::try_from(u32::from(bar) * 100 / u32::from(top)).unwrap_or(100)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(samples: impl Iterator<Item = i16>) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        let spec = hound::WavSpec {
            channels: 1,
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
            file((0..16_000).map(|n| if n < 8000 { 0 } else { if n % 2 == 0 { i16::MIN } else { 9000 } }));
        let peaks = peaks(sound.path()).unwrap();
        assert_eq!(peaks.len(), BARS);
        assert!(peaks[..BARS / 2].iter().all(|p| *p == 0) && peaks[BARS / 2..].iter().all(|p| *p == 100));
    }

    #[test]
    fn short_and_empty_recordings_have_fewer_bars() {
        assert_eq!(peaks(file(std::iter::empty()).path()).unwrap(), Vec::<u8>::new());
        assert_eq!(peaks(file([250, 0].into_iter()).path()).unwrap(), [50, 0]);
    }
}
