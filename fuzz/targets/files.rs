//! Files that people put into the data folder: the configuration, and sounds and recordings that may be anything. A header that was
//! mended is one that players can read, and is not mended again.
#![no_main]

use std::path::PathBuf;
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use odziv::config::Config;
use odziv::telephony::media::wav_length;
use odziv::telephony::prompts::survey;

fuzz_target!(|data: &[u8]| {
    if let Ok(text) = std::str::from_utf8(data)
        && let Err(error) = Config::parse(text, "fuzz.toml")
    {
        assert!(!error.to_string().is_empty());
    }
    let folder = folder();
    let file = folder.join("sr").join("digit_1.wav");
    std::fs::write(&file, data).expect("a folder of our own");
    for (_, prompts) in survey(folder) {
        for (key, length) in prompts {
            assert!(length.is_err() || key == "digit_1");
        }
    }
    if let Some(length) = wav_length(&file) {
        assert_eq!(wav_length(&file), Some(length), "mended twice");
        let size = std::fs::metadata(&file).expect("it is there").len();
        assert!(size <= data.len() as u64 + 1);
    }
});

/// In memory where there is such a place: a disk would be asked thousands of times a second.
fn folder() -> &'static PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let shared = PathBuf::from("/dev/shm");
        let base = if shared.is_dir() { shared } else { std::env::temp_dir() };
        let folder = base.join(format!("odziv-fuzz-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("sr")).expect("a folder of our own");
        std::fs::write(folder.join("sr/manifest.toml"), "[prompt.digit_1]\ntext = \"one\"\n")
            .expect("a manifest");
        folder
    })
}
