//! The voices of the demo, made by `voices/make.sh` and embedded in the binary.

/// Somebody who describes a problem.
#[derive(Clone, Copy, Debug)]
pub struct Voice {
    pub words: Words,
    /// Key of the category that the words belong to.
    pub category: &'static str,
    /// The key that the caller presses in the shipped menu before saying it.
    pub key: char,
    pub speaker: Speaker,
}

/// Whose answers fit to a voice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaker {
    Woman,
    Man,
}

/// Something that is said on the telephone.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Words {
    pub name: &'static str,
    /// A whole WAV file, 16 bits, one channel, 8 kHz.
    pub wav: &'static [u8],
}

macro_rules! words {
    ($name:literal) => {
        Words { name: $name, wav: include_bytes!(concat!("voices/", $name, ".wav")) }
    };
}

const fn voice(words: Words, category: &'static str, key: char, speaker: Speaker) -> Voice {
    Voice { words, category, key, speaker }
}

pub const VOICES: &[Voice] = &[
    voice(words!("water_burst"), "water", '1', Speaker::Man),
    voice(words!("water_none"), "water", '1', Speaker::Woman),
    voice(words!("roads_hole"), "roads", '2', Speaker::Man),
    voice(words!("roads_light"), "roads", '2', Speaker::Woman),
    voice(words!("waste_bins"), "waste", '3', Speaker::Man),
    voice(words!("waste_dump"), "waste", '3', Speaker::Man),
    voice(words!("heating_cold"), "heating", '4', Speaker::Woman),
    voice(words!("heating_noise"), "heating", '4', Speaker::Man),
    voice(words!("other_dogs"), "other", '5', Speaker::Woman),
    voice(words!("other_tree"), "other", '5', Speaker::Man),
];

impl Speaker {
    /// What a citizen answers when an operator asks for the place, and at the end.
    pub fn replies(self) -> [Words; 2] {
        match self {
            Self::Woman => [words!("reply_address_f"), words!("reply_thanks_f")],
            Self::Man => [words!("reply_address_m"), words!("reply_thanks_m")],
        }
    }

    /// What an operator says: the greeting, the question for the place, the promise.
    pub fn at_the_desk(self) -> [Words; 3] {
        match self {
            Self::Woman => [words!("desk_greeting_f"), words!("desk_where_f"), words!("desk_done_f")],
            Self::Man => [words!("desk_greeting_m"), words!("desk_where_m"), words!("desk_done_m")],
        }
    }
}

/// Samples per second, as G.711 wants them.
const RATE: u32 = 8_000;

impl Words {
    pub fn samples(&self) -> Result<Vec<i16>, hound::Error> {
        let reader = hound::WavReader::new(self.wav)?;
        if reader.spec().sample_rate != RATE || reader.spec().channels != 1 {
            return Err(hound::Error::FormatError("not 8 kHz with one channel"));
        }
        reader.into_samples::<i16>().collect()
    }
}

impl std::fmt::Debug for Words {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_voice_speaks_for_some_seconds_and_all_are_small_enough_to_embed() {
        let speakers = [Speaker::Woman, Speaker::Man];
        let replies = speakers.iter().flat_map(|speaker| speaker.replies());
        let desks = speakers.iter().flat_map(|speaker| speaker.at_the_desk());
        let all: Vec<Words> = VOICES.iter().map(|voice| voice.words).chain(replies).chain(desks).collect();
        for words in &all {
            let length = words.samples().unwrap().len();
            assert!((12_000..80_000).contains(&length), "{words:?}: {length} samples");
        }
        assert!(all.iter().map(|words| words.wav.len()).sum::<usize>() < 1_250_000);
    }
}
