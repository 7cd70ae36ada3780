//! The voices of the demo's citizens, made by `voices/make.sh` and embedded in the binary.

/// Somebody who describes a problem.
#[derive(Clone, Copy, Debug)]
pub struct Voice {
    pub name: &'static str,
    /// Key of the category that the words belong to.
    pub category: &'static str,
    /// The key that the caller presses in the shipped menu before saying it.
    pub key: char,
    /// A whole WAV file, 16 bits, one channel, 8 kHz.
    pub wav: &'static [u8],
}

macro_rules! voice {
    ($name:literal, $category:literal, $key:literal) => {
        Voice {
            name: $name,
            category: $category,
            key: $key,
            wav: include_bytes!(concat!("voices/", $name, ".wav")),
        }
    };
}

pub const VOICES: &[Voice] = &[
    voice!("water_burst", "water", '1'),
    voice!("water_none", "water", '1'),
    voice!("roads_hole", "roads", '2'),
    voice!("roads_light", "roads", '2'),
    voice!("waste_bins", "waste", '3'),
    voice!("waste_dump", "waste", '3'),
    voice!("heating_cold", "heating", '4'),
    voice!("heating_noise", "heating", '4'),
    voice!("other_dogs", "other", '5'),
    voice!("other_tree", "other", '5'),
];

/// Samples per second, as G.711 wants them.
const RATE: u32 = 8_000;

impl Voice {
    pub fn samples(&self) -> Result<Vec<i16>, hound::Error> {
        let reader = hound::WavReader::new(self.wav)?;
        if reader.spec().sample_rate != RATE || reader.spec().channels != 1 {
            return Err(hound::Error::FormatError("not 8 kHz with one channel"));
        }
        reader.into_samples::<i16>().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_voice_speaks_for_some_seconds_and_is_a_megabyte_together() {
        for voice in VOICES {
            let seconds = voice.samples().unwrap().len() / 8_000;
            assert!((2..10).contains(&seconds), "{}: {seconds} s", voice.name);
        }
        assert!(VOICES.iter().map(|v| v.wav.len()).sum::<usize>() < 1_000_000);
    }
}
