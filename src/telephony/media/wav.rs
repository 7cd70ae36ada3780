//! Recordings on disk: 8 kHz, 16-bit, one or two channels, which every browser plays.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::Duration;

use hound::{SampleFormat, WavSpec, WavWriter};

use crate::protocol::rtp::{SAMPLE_RATE, duration_of};

/// Octets before the first sample in files of ours: RIFF, the format (of the extensible kind for two channels), data.
const HEADER: u64 = 68;

fn spec(channels: u16) -> WavSpec {
    WavSpec { channels, sample_rate: SAMPLE_RATE, bits_per_sample: 16, sample_format: SampleFormat::Int }
}

/// A recording that grows. After every [`WavFile::append`] the file is whole: header and samples agree.
pub(super) struct WavFile {
    // Not buffered: what is appended is large, and a killed process must leave it in the file.
    wav: WavWriter<File>,
}

impl WavFile {
    /// Makes the folders too. An existing file is replaced.
    pub(super) fn create(path: &Path, channels: u16) -> Result<Self, hound::Error> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        Ok(Self { wav: WavWriter::new(File::create(path)?, spec(channels))? })
    }

    pub(super) fn append(&mut self, samples: &[i16]) -> Result<(), hound::Error> {
        let mut writer = self.wav.get_i16_writer(u32::try_from(samples.len()).unwrap_or(u32::MAX));
        for sample in samples {
            writer.write_sample(*sample);
        }
        writer.flush()?;
        self.wav.flush()
    }

    pub(super) fn finish(self) -> Result<Duration, hound::Error> {
        let length = duration_of(u64::from(self.wav.duration()));
        self.wav.finalize()?;
        Ok(length)
    }
}

/// How long the recording at `path` is, also when a killed process left it behind: then the header may say less than the file
/// holds, or a full disk cut off what the header promises. The samples in the file are believed, and the header is mended.
/// `None` when there is no recording that can be read.
pub fn wav_length(path: &Path) -> Option<Duration> {
    let mut file = OpenOptions::new().read(true).write(true).open(path).ok()?;
    let size = file.metadata().ok()?.len();
    let data = find_data(&mut file)?;
    if data.channels == 0 || data.bits_per_sample == 0 || data.sample_rate == 0 {
        return None;
    }
    let frame = u64::from(data.channels) * u64::from(data.bits_per_sample).div_ceil(8);
    let held = size.saturating_sub(data.start) / frame * frame;
    if held != u64::from(data.said) {
        mend(&mut file, &data, held).ok()?;
        tracing::info!(path = %path.display(), bytes = held, "mended the header of a recording that was cut off");
    }
    Some(Duration::from_micros((held / frame).saturating_mul(1_000_000) / u64::from(data.sample_rate)))
}

/// What a killed process left at `path`: its length, when there is a sample in it. A file that was begun and holds none is removed:
/// nothing refers to it any more.
pub fn salvage(path: &Path) -> Option<Duration> {
    let length = wav_length(path).filter(|length| !length.is_zero());
    let is_begun = || std::fs::metadata(path).is_ok_and(|file| file.len() <= HEADER);
    if length.is_none() && is_begun() {
        match std::fs::remove_file(path) {
            Ok(()) => tracing::info!(path = %path.display(), "removed a recording that holds nothing"),
            Err(error) => tracing::warn!(path = %path.display(), %error, "an empty recording stays"),
        }
    }
    length
}

/// The data chunk, which is the last one in files of ours.
struct Data {
    start: u64,
    /// Its length by the header.
    said: u32,
    channels: u16,
    bits_per_sample: u16,
    sample_rate: u32,
}

/// Walks the chunks of RIFF. Any file may lie there: lengths are not believed beyond the end.
fn find_data(file: &mut File) -> Option<Data> {
    let mut riff = [0; 12];
    file.read_exact(&mut riff).ok()?;
    if !riff.starts_with(b"RIFF") || !riff.ends_with(b"WAVE") {
        return None;
    }
    let mut data = Data { start: 0, said: 0, channels: 0, bits_per_sample: 0, sample_rate: 0 };
    loop {
        let mut chunk = [0; 8];
        file.read_exact(&mut chunk).ok()?;
        let [a, b, c, d, length @ ..] = chunk;
        let length = u32::from_le_bytes(length);
        match &[a, b, c, d] {
            b"data" => {
                data.start = file.stream_position().ok()?;
                data.said = length;
                return Some(data);
            }
            b"fmt " => {
                let mut format = [0; 16];
                file.read_exact(&mut format).ok()?;
                let [_, _, c0, c1, r0, r1, r2, r3, _, _, _, _, _, _, b0, b1] = format;
                data.channels = u16::from_le_bytes([c0, c1]);
                data.sample_rate = u32::from_le_bytes([r0, r1, r2, r3]);
                data.bits_per_sample = u16::from_le_bytes([b0, b1]);
                file.seek(SeekFrom::Current(i64::from(length) - 16)).ok()?;
            }
            _ => {
                file.seek(SeekFrom::Current(i64::from(length))).ok()?;
            }
        }
    }
}

fn mend(file: &mut File, data: &Data, held: u64) -> io::Result<()> {
    let length = |bytes: u64| u32::try_from(bytes).unwrap_or(u32::MAX).to_le_bytes();
    // Half a sample at the end, if any, goes: players trip over it.
    file.set_len(data.start + held)?;
    file.seek(SeekFrom::Start(4))?;
    file.write_all(&length(data.start + held - 8))?;
    file.seek(SeekFrom::Start(data.start - 4))?;
    file.write_all(&length(held))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    #[test]
    fn a_finished_file_has_its_length() {
        let folder = folder();
        let path = folder.path().join("a/b/c.wav");
        let mut wav = WavFile::create(&path, 1).unwrap();
        wav.append(&[1; 8_000]).unwrap();
        wav.append(&[2; 4_000]).unwrap();
        assert_eq!(wav.finish().unwrap(), Duration::from_millis(1_500));
        assert_eq!(wav_length(&path), Some(Duration::from_millis(1_500)));
        let samples: Vec<i16> =
            hound::WavReader::open(&path).unwrap().samples().map(Result::unwrap).collect();
        assert_eq!((samples.len(), samples[7_999], samples[8_000]), (12_000, 1, 2));
    }

    #[test]
    fn a_file_of_a_killed_process_is_whole_after_every_append() {
        let folder = folder();
        let path = folder.path().join("killed.wav");
        let mut wav = WavFile::create(&path, 1).unwrap();
        wav.append(&[1; 8_000]).unwrap();
        std::mem::forget(wav);
        assert_eq!(hound::WavReader::open(&path).unwrap().duration(), 8_000);
    }

    #[test]
    fn a_header_behind_its_samples_is_mended() {
        let folder = folder();
        let path = folder.path().join("behind.wav");
        let mut wav = WavFile::create(&path, 1).unwrap();
        wav.append(&[1; 8_000]).unwrap();
        std::mem::forget(wav);
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(&[3; 8_001]).unwrap();
        assert_eq!(wav_length(&path), Some(Duration::from_millis(1_500)));
        assert_eq!(hound::WavReader::open(&path).unwrap().into_samples::<i16>().count(), 12_000);
    }

    #[test]
    fn a_header_that_promises_too_much_is_mended() {
        let folder = folder();
        let path = folder.path().join("cut.wav");
        let mut wav = WavFile::create(&path, 1).unwrap();
        wav.append(&[1; 8_000]).unwrap();
        wav.finish().unwrap();
        OpenOptions::new().write(true).open(&path).unwrap().set_len(44 + 8_000).unwrap();
        assert_eq!(wav_length(&path), Some(Duration::from_millis(500)));
        assert_eq!(
            hound::WavReader::open(&path).unwrap().into_samples::<i16>().map(Result::unwrap).count(),
            4_000
        );
    }

    #[test]
    fn a_file_without_a_sample_is_removed_and_any_other_is_kept() {
        let folder = folder();
        let path = folder.path().join("begun.wav");
        for channels in [1, 2] {
            drop(WavFile::create(&path, channels).unwrap().finish());
            let header = std::fs::metadata(&path).unwrap().len();
            assert!(header <= HEADER, "{header}");
            for length in [header, 20, 0] {
                std::fs::write(&path, vec![0; usize::try_from(length).unwrap()]).unwrap();
                assert_eq!(salvage(&path), None);
                assert!(!path.exists(), "{length}");
            }
            let mut wav = WavFile::create(&path, channels).unwrap();
            wav.append(&[1; 8_000]).unwrap();
            std::mem::forget(wav);
            assert_eq!(salvage(&path), Some(Duration::from_secs(1) / u32::from(channels)));
        }
        // Somebody may want to look at it.
        std::fs::write(&path, [7; 4_000]).unwrap();
        assert_eq!(salvage(&path), None);
        assert!(path.exists());
    }

    #[test]
    fn what_is_no_recording_has_no_length() {
        let folder = folder();
        for (name, bytes) in [
            ("empty", &b""[..]),
            ("text", b"hello, this is no RIFF at all"),
            ("cut", b"RIFF\0\0\0\0WAVEfmt "),
        ] {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            assert_eq!(wav_length(&path), None, "{name}");
        }
        assert_eq!(wav_length(&folder.path().join("missing")), None);
        let mut zeros = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0".to_vec();
        zeros.extend([0; 16]);
        zeros.extend(b"data\0\0\0\0");
        let path = folder.path().join("zeros");
        std::fs::write(&path, zeros).unwrap();
        assert_eq!(wav_length(&path), None);
    }
}
