//! `[media]`

use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Media {
    /// First and last UDP port for RTP; even ports of this range are used, the odd one above belongs to RTCP.
    pub port_min: u16,
    pub port_max: u16,
    /// A call without a packet for so long is ended.
    pub silent_after_s: u32,
    /// A port rests for so long before the next call gets it.
    pub quarantine_s: u32,
    pub speech: Speech,
}

/// A program of this machine that speaks what has no recording.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Speech {
    /// The program and its arguments; `{voice}` is put in. It reads text from its input and writes a WAV to its output. Empty: nothing is
    /// spoken but recordings.
    pub program: Vec<String>,
    /// By language.
    pub voices: BTreeMap<String, String>,
    /// One text takes no longer.
    pub time_limit_s: u32,
    /// Programs at once.
    pub at_once: u32,
    /// What was spoken is kept so that the same text is spoken once; the longest unused goes first.
    pub keep_mb: u32,
    pub keep_days: u32,
}

impl Default for Speech {
    fn default() -> Self {
        let program = ["espeak-ng", "-v", "{voice}", "-s", "145", "--stdin", "--stdout"];
        let voices = [("sr", "sr"), ("en", "en-gb")];
        Self {
            program: program.iter().map(|&word| word.to_owned()).collect(),
            voices: voices.iter().map(|&(language, voice)| (language.to_owned(), voice.to_owned())).collect(),
            time_limit_s: 30,
            at_once: 1,
            keep_mb: 200,
            keep_days: 30,
        }
    }
}

impl Speech {
    fn check(&self) -> Result<(), String> {
        if !(1..=600).contains(&self.time_limit_s) || !(1..=16).contains(&self.at_once) || self.keep_mb == 0 {
            return Err("speech: time_limit_s is up to 600, at_once up to 16, keep_mb at least 1".into());
        }
        // What is put in is no argument of its own: it cannot become an option.
        let plain = |voice: &String| !voice.starts_with('-') && voice.bytes().all(|b| b.is_ascii_graphic());
        match self.voices.values().find(|voice| !plain(voice)) {
            Some(voice) => Err(format!("speech: {voice:?} is no voice")),
            None => Ok(()),
        }
    }
}

impl Default for Media {
    fn default() -> Self {
        Self {
            port_min: 20_000,
            port_max: 39_999,
            silent_after_s: 30,
            quarantine_s: 5,
            speech: Speech::default(),
        }
    }
}

impl Media {
    pub(super) fn check(&self) -> Result<(), String> {
        if self.port_min < 1024 || self.port_max <= self.port_min {
            return Err("port_min must be at least 1024 and below port_max".into());
        }
        self.speech.check()
    }
}
