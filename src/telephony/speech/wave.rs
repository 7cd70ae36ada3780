//! WAV files: of people and programs in, of the telephone out.

use std::io::Cursor;

use hound::{SampleFormat, WavReader, WavSpec, WavWriter};

use super::{SpeechError, most_samples};
use crate::protocol::rtp::SAMPLE_RATE;
use crate::protocol::rtp::band::{RATES, to_telephone};

/// Surround sound is the most that anybody has.
const MOST_CHANNELS: u16 = 8;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ends {
    /// As its header says.
    Whole,
    /// Where the bytes end.
    Anywhere,
}

/// Brought to the telephone. Looked into, whatever its name was.
pub(super) fn read(file: &[u8], ends: Ends) -> Result<Vec<i16>, SpeechError> {
    let not_wav = |error: hound::Error| SpeechError::NotWav(error.to_string());
    let mut reader = WavReader::new(Cursor::new(file)).map_err(not_wav)?;
    let spec = reader.spec();
    if !RATES.contains(&spec.sample_rate) || !(1..=MOST_CHANNELS).contains(&spec.channels) {
        let said = format!("{} Hz, {} channels", spec.sample_rate, spec.channels);
        return Err(SpeechError::NotWav(said));
    }
    if ends == Ends::Whole && reader.duration() as usize > most_samples(spec.sample_rate) {
        return Err(SpeechError::TooLong);
    }
    let most = most_samples(spec.sample_rate).saturating_add(1) * usize::from(spec.channels);
    let full = match (spec.sample_format, spec.bits_per_sample) {
        (SampleFormat::Float, _) => 1.0,
        (SampleFormat::Int, bits) => f32::powi(2.0, i32::from(bits) - 1),
    };
    let samples: Result<Vec<f32>, hound::Error> = match (spec.sample_format, ends) {
        (SampleFormat::Float, Ends::Whole) => reader.samples::<f32>().take(most).collect(),
        (SampleFormat::Int, Ends::Whole) => {
            reader.samples::<i32>().take(most).map(|s| s.map(|s| s as f32 / full)).collect()
        }
        (SampleFormat::Float, Ends::Anywhere) => {
            Ok(reader.samples::<f32>().take(most).map_while(Result::ok).collect())
        }
        (SampleFormat::Int, Ends::Anywhere) => {
            Ok(reader.samples::<i32>().take(most).map_while(Result::ok).map(|s| s as f32 / full).collect())
        }
    };
    let samples = samples.map_err(not_wav)?;
    let mono: Vec<f32> = samples
        .chunks(usize::from(spec.channels))
        .map(|frame| frame.iter().sum::<f32>() / f32::from(spec.channels))
        .collect();
    if mono.len() > most_samples(spec.sample_rate) {
        return Err(SpeechError::TooLong);
    }
    to_telephone(&mono, spec.sample_rate).ok_or(SpeechError::Nothing)
}

/// One of ours, as [`write`] made it.
pub(super) fn telephone(wav: &[u8]) -> Result<Vec<i16>, SpeechError> {
    let not_wav = |error: hound::Error| SpeechError::NotWav(error.to_string());
    let reader = WavReader::new(Cursor::new(wav)).map_err(not_wav)?;
    if reader.spec() != SPEC {
        return Err(SpeechError::NotWav("not of a telephone".into()));
    }
    reader.into_samples::<i16>().collect::<Result<Vec<i16>, _>>().map_err(not_wav)
}

const SPEC: WavSpec =
    WavSpec { channels: 1, sample_rate: SAMPLE_RATE, bits_per_sample: 16, sample_format: SampleFormat::Int };

pub(super) fn write(linear: &[i16]) -> Vec<u8> {
    let mut file = Cursor::new(Vec::with_capacity(linear.len() * 2 + 44));
    // Memory takes everything.
    let _ = write_to(&mut file, linear);
    file.into_inner()
}

fn write_to(file: &mut Cursor<Vec<u8>>, linear: &[i16]) -> Result<(), hound::Error> {
    let mut wav = WavWriter::new(file, SPEC)?;
    for sample in linear {
        wav.write_sample(*sample)?;
    }
    wav.finalize()
}
