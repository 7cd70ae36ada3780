//! The prompts: `<folder>/<language>/manifest.toml` names them, `<folder>/<language>/<key>.wav` are they.
//!
//! All are read at once and kept encoded; an administrator replaces a file and reloads. A set with any mistake is refused as a
//! whole, so that the old one goes on playing.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use hound::{SampleFormat, WavReader};
use serde::Deserialize;

use super::media::Samples;
use crate::dialplan::speech::ANY_DEPARTMENT;
use crate::protocol::rtp::SAMPLE_RATE;

/// A prompt of ten minutes is a mistake, and its memory is better spent on callers.
const LONGEST_PROMPT_S: u32 = 600;

/// All prompts of all languages. Cheap to clone; clones see a reload.
#[derive(Clone, Debug)]
pub struct Prompts {
    folder: PathBuf,
    default_language: String,
    loaded: Arc<RwLock<Arc<Loaded>>>,
}

/// By language, then by key.
type Loaded = BTreeMap<String, HashMap<String, Samples>>;

#[derive(Debug, thiserror::Error)]
pub enum PromptError {
    #[error("{}: {source}", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{}: {message}", path.display())]
    Manifest { path: PathBuf, message: String },
    #[error("{}: not a readable WAV file: {message}", path.display())]
    NotWav { path: PathBuf, message: String },
    #[error("{}: is {found}, must be {SAMPLE_RATE} Hz, 16-bit, mono; `sox in.wav -r {SAMPLE_RATE} -b 16 -c 1 out.wav` makes it so", path.display())]
    Format { path: PathBuf, found: String },
    #[error("{}: no prompts of the default language `{language}`", folder.display())]
    NoDefault { folder: PathBuf, language: String },
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Several(Vec<PromptError>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    #[serde(rename = "voice")]
    _voice: Option<String>,
    #[serde(rename = "made_by")]
    _made_by: Option<String>,
    prompt: BTreeMap<String, Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    #[serde(rename = "text")]
    _text: String,
    /// The municipality's own recording, which `make.py` leaves alone.
    #[serde(default, rename = "own")]
    _own: bool,
    /// How `make.py` makes what is not spoken.
    #[serde(default, rename = "made")]
    _made: Option<String>,
}

impl Prompts {
    /// Reads every language folder under `folder`. All mistakes are reported at once.
    pub fn load(folder: &Path, default_language: &str) -> Result<Self, PromptError> {
        let loaded = read_all(folder, default_language)?;
        Ok(Self {
            folder: folder.to_owned(),
            default_language: default_language.to_owned(),
            loaded: Arc::new(RwLock::new(Arc::new(loaded))),
        })
    }

    /// Reads the folder again; on any mistake the prompts stay as they were.
    pub fn reload(&self) -> Result<(), PromptError> {
        let loaded = Arc::new(read_all(&self.folder, &self.default_language)?);
        *self.loaded.write().unwrap_or_else(PoisonError::into_inner) = loaded;
        Ok(())
    }

    /// The prompt in this language, or in the default language. `sr-Latn` finds `sr`: a voice has no script.
    pub fn get(&self, language: &str, key: &str) -> Option<Samples> {
        // Departments come and go, and one that is new has no recording of its name yet.
        let spare = key.starts_with("department_").then_some(ANY_DEPARTMENT);
        self.find(language, key).or_else(|| self.find(language, spare?))
    }

    /// The prompt in no other language.
    pub fn exactly(&self, language: &str, key: &str) -> Option<Samples> {
        self.current().get(language)?.get(key).cloned()
    }

    fn find(&self, language: &str, key: &str) -> Option<Samples> {
        let loaded = self.current();
        let spoken = language.split('-').next().unwrap_or(language);
        [language, spoken, &self.default_language]
            .into_iter()
            .find_map(|language| loaded.get(language)?.get(key).cloned())
    }

    /// Languages and their keys, sorted: what the checker of dialplans compares with.
    pub fn keys(&self) -> BTreeMap<String, Vec<String>> {
        let sorted = |prompts: &HashMap<String, Samples>| {
            let mut keys: Vec<String> = prompts.keys().cloned().collect();
            keys.sort();
            keys
        };
        self.current().iter().map(|(language, prompts)| (language.clone(), sorted(prompts))).collect()
    }

    fn current(&self) -> Arc<Loaded> {
        self.loaded.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Every prompt of every language with its length, or what is wrong with it: what the checker of dialplans compares with. Unlike
/// [`Prompts::load`] it also finds files that the manifest does not name, because that is what an administrator forgets.
pub fn survey(folder: &Path) -> BTreeMap<String, BTreeMap<String, Result<Duration, PromptError>>> {
    let mut languages = BTreeMap::new();
    for path in entries(folder) {
        let manifest = path.join("manifest.toml");
        let Some(language) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let Ok(named) = read_manifest(&manifest) else { continue };
        let mut prompts: BTreeMap<String, Result<Duration, PromptError>> = BTreeMap::new();
        for key in named.prompt.into_keys() {
            let length = read_prompt(&path.join(format!("{key}.wav"))).map(|samples| samples.duration());
            prompts.insert(key, length);
        }
        for file in entries(&path).filter(|file| file.extension().is_some_and(|ending| ending == "wav")) {
            let Some(key) = file.file_stem().and_then(|stem| stem.to_str()) else { continue };
            prompts.entry(key.to_owned()).or_insert_with(|| {
                let message = format!("does not name the prompt; add [prompt.{key}] with its text");
                Err(PromptError::Manifest { path: manifest.clone(), message })
            });
        }
        languages.insert(language.to_owned(), prompts);
    }
    languages
}

/// What is in a folder; nothing when it cannot be read.
fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
    std::fs::read_dir(folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()))
}

fn read_all(folder: &Path, default_language: &str) -> Result<Loaded, PromptError> {
    let read = |source| PromptError::Read { path: folder.to_owned(), source };
    let (mut loaded, mut mistakes) = (Loaded::new(), Vec::new());
    for entry in std::fs::read_dir(folder).map_err(read)? {
        let path = entry.map_err(read)?.path();
        let manifest = path.join("manifest.toml");
        let Some(language) = path.file_name().and_then(|name| name.to_str()) else { continue };
        if manifest.is_file() {
            match read_manifest(&manifest) {
                Ok(manifest) => {
                    loaded.insert(language.to_owned(), read_language(&path, &manifest, &mut mistakes));
                }
                Err(mistake) => mistakes.push(mistake),
            }
        }
    }
    if mistakes.is_empty() && !loaded.contains_key(default_language) {
        let language = default_language.to_owned();
        mistakes.push(PromptError::NoDefault { folder: folder.to_owned(), language });
    }
    match mistakes.len() {
        0 => Ok(loaded),
        1 => Err(mistakes.remove(0)),
        _ => Err(PromptError::Several(mistakes)),
    }
}

fn read_manifest(path: &Path) -> Result<Manifest, PromptError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| PromptError::Read { path: path.to_owned(), source })?;
    toml::from_str(&text).map_err(|e| PromptError::Manifest { path: path.to_owned(), message: e.to_string() })
}

fn read_language(
    folder: &Path,
    manifest: &Manifest,
    mistakes: &mut Vec<PromptError>,
) -> HashMap<String, Samples> {
    let mut prompts = HashMap::new();
    for key in manifest.prompt.keys() {
        match read_prompt(&folder.join(format!("{key}.wav"))) {
            Ok(samples) => {
                prompts.insert(key.clone(), samples);
            }
            Err(mistake) => mistakes.push(mistake),
        }
    }
    prompts
}

fn read_prompt(path: &Path) -> Result<Samples, PromptError> {
    let not_wav = |e: hound::Error| PromptError::NotWav { path: path.to_owned(), message: e.to_string() };
    let file =
        std::fs::File::open(path).map_err(|source| PromptError::Read { path: path.to_owned(), source })?;
    let reader = WavReader::new(std::io::BufReader::new(file)).map_err(not_wav)?;
    let spec = reader.spec();
    let is_int = spec.sample_format == SampleFormat::Int;
    if spec.sample_rate != SAMPLE_RATE || spec.bits_per_sample != 16 || spec.channels != 1 || !is_int {
        let kind = if is_int { "" } else { " float" };
        let found = format!(
            "{} Hz, {}-bit{kind}, {} channels",
            spec.sample_rate, spec.bits_per_sample, spec.channels
        );
        return Err(PromptError::Format { path: path.to_owned(), found });
    }
    if reader.duration() > LONGEST_PROMPT_S * SAMPLE_RATE {
        let found = format!("{} s long", reader.duration() / SAMPLE_RATE);
        return Err(PromptError::Format { path: path.to_owned(), found });
    }
    let linear = reader.into_samples::<i16>().collect::<Result<Vec<i16>, _>>().map_err(not_wav)?;
    Ok(Samples::new(&linear))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use hound::WavSpec;

    use super::*;
    use crate::dialplan::speech::{Manner, needed};

    fn shipped() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("sounds")
    }

    fn folder_with(rate: u32, channels: u16) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let language = folder.path().join("sr");
        std::fs::create_dir(&language).unwrap();
        std::fs::write(language.join("manifest.toml"), "[prompt.hello]\ntext = \"Здраво\"\n").unwrap();
        write(&language.join("hello.wav"), rate, channels, 800);
        folder
    }

    fn write(path: &Path, sample_rate: u32, channels: u16, length: usize) {
        let spec = WavSpec { channels, sample_rate, bits_per_sample: 16, sample_format: SampleFormat::Int };
        let mut wav = hound::WavWriter::create(path, spec).unwrap();
        (0..length * usize::from(channels)).for_each(|_| wav.write_sample(1_i16).unwrap());
        wav.finalize().unwrap();
    }

    #[test]
    fn shipped_prompts_load_and_both_languages_have_the_same_keys() {
        let prompts = Prompts::load(&shipped(), "sr").unwrap();
        let keys = prompts.keys();
        // Pieces of numbers follow the grammar of each language; everything else is said in both.
        let said = |language: &str| {
            let pieces: BTreeSet<String> =
                Manner::ALL.iter().flat_map(|manner| needed(*manner, language)).collect();
            let has = |key: &String| keys[language].contains(key);
            assert!(pieces.iter().all(has), "{:?}", pieces.iter().find(|key| !has(key)));
            let sentence = |key: &&String| !pieces.contains(*key) && !key.starts_with("minute_");
            keys[language].iter().filter(sentence).cloned().collect::<BTreeSet<_>>()
        };
        assert_eq!(said("sr"), said("en"));
        for key in
            ["main_menu", "leave_message", "closed", "thank_you", "goodbye", "invalid_choice", "digit_7"]
        {
            assert!(prompts.get("sr", key).is_some_and(|s| s.duration().as_millis() > 300), "{key}");
        }
    }

    #[test]
    fn a_language_without_the_prompt_falls_back_to_the_default() {
        let prompts = Prompts::load(&shipped(), "sr").unwrap();
        assert_eq!(prompts.get("hu", "goodbye"), prompts.get("sr", "goodbye"));
        assert_eq!(prompts.get("sr-Latn", "goodbye"), prompts.get("sr", "goodbye"));
        assert_ne!(prompts.get("en", "goodbye"), prompts.get("sr", "goodbye"));
        assert_eq!(prompts.get("sr", "no_such_prompt"), None);
    }

    #[test]
    fn a_department_without_a_recording_is_said_in_general() {
        let prompts = Prompts::load(&shipped(), "sr").unwrap();
        assert_eq!(prompts.get("sr", "department_parks"), prompts.get("sr", "department_any"));
        assert_ne!(prompts.get("sr", "department_water"), prompts.get("sr", "department_any"));
    }

    /// What is heard again and again may not click where it begins anew, and stays below the voices.
    #[test]
    fn the_music_on_hold_has_no_seam_and_is_quiet() {
        let mut wav = WavReader::open(shipped().join("sr/hold_music.wav")).unwrap();
        let samples: Vec<i32> = wav.samples::<i16>().map(|s| i32::from(s.unwrap())).collect();
        let steepest = samples.windows(2).map(|pair| (pair[1] - pair[0]).abs()).max().unwrap();
        let seam = (samples[0] - samples[samples.len() - 1]).abs();
        assert!(seam <= steepest, "{seam} at the seam, {steepest} elsewhere");
        assert!(samples.iter().all(|s| s.abs() < 8_000), "{:?}", samples.iter().max());
        assert!((30..=60).contains(&(samples.len() / 8_000)), "{} samples", samples.len());
    }

    #[test]
    fn a_wrong_format_names_the_file_and_what_it_should_be() {
        let folder = folder_with(44_100, 2);
        let error = Prompts::load(folder.path(), "sr").unwrap_err().to_string();
        for words in ["sr/hello.wav", "44100 Hz", "2 channels", "8000 Hz, 16-bit, mono"] {
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn a_survey_tells_lengths_and_what_is_wrong() {
        let folder = folder_with(8_000, 1);
        write(&folder.path().join("sr/forgotten.wav"), 8_000, 1, 800);
        let found = survey(folder.path());
        assert!(matches!(found["sr"]["hello"], Ok(length) if length == Duration::from_millis(100)));
        let forgotten = found["sr"]["forgotten"].as_ref().unwrap_err().to_string();
        assert!(forgotten.contains("add [prompt.forgotten]"), "{forgotten}");
    }

    #[test]
    fn a_missing_file_is_named() {
        let folder = folder_with(8_000, 1);
        std::fs::remove_file(folder.path().join("sr/hello.wav")).unwrap();
        assert!(Prompts::load(folder.path(), "sr").unwrap_err().to_string().contains("sr/hello.wav"));
    }

    #[test]
    fn a_reload_takes_new_files_and_a_failed_one_keeps_the_old() {
        let folder = folder_with(8_000, 1);
        let prompts = Prompts::load(folder.path(), "sr").unwrap();
        let clone = prompts.clone();
        write(&folder.path().join("sr/hello.wav"), 8_000, 1, 1_600);
        prompts.reload().unwrap();
        assert_eq!(clone.get("sr", "hello").unwrap().len(), 1_600);
        write(&folder.path().join("sr/hello.wav"), 16_000, 1, 1_600);
        assert!(prompts.reload().is_err());
        assert_eq!(clone.get("sr", "hello").unwrap().len(), 1_600);
    }

    #[test]
    fn a_missing_default_language_is_a_mistake() {
        assert!(matches!(Prompts::load(&shipped(), "hu"), Err(PromptError::NoDefault { .. })));
    }
}
