use super::*;

const SR: Tongue = Tongue::Serbian;

/// `espeak-ng`, where it is installed; elsewhere nothing, unless it is asked for.
fn installed() -> bool {
    let there = std::process::Command::new("espeak-ng").arg("--version").output().is_ok();
    let required = std::env::var("ODZIV_REQUIRE").unwrap_or_default();
    assert!(there || !required.contains("espeak-ng"), "espeak-ng not found, and ODZIV_REQUIRE asks for it");
    there
}

fn prompts() -> Prompts {
    Prompts::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("sounds"), "sr").unwrap()
}

fn speech(data: &Path, program: &[&str]) -> Speech {
    let program = program.iter().map(|&word| word.to_owned()).collect();
    let settings = Settings { program, time_limit_s: 1, ..Settings::default() };
    Speech::new(settings, prompts(), data, Clock::system())
}

/// A program that ignores what it reads, and does this.
fn shell(data: &Path, script: &str) -> Speech {
    speech(data, &["sh", "-c", script, "{voice}"])
}

fn tone(rate: u32, channels: u16, seconds: f32) -> Vec<u8> {
    let spec = hound::WavSpec {
        channels,
        sample_rate: rate,
        bits_per_sample: 24,
        sample_format: hound::SampleFormat::Int,
    };
    let mut file = std::io::Cursor::new(Vec::new());
    let mut wav = hound::WavWriter::new(&mut file, spec).unwrap();
    for n in 0..(rate as f32 * seconds) as u32 {
        let sample = (n as f32 * 0.1).sin() * 4_000_000.0;
        (0..channels).for_each(|_| wav.write_sample(sample as i32).unwrap());
    }
    wav.finalize().unwrap();
    file.into_inner()
}

fn files(data: &Path) -> usize {
    let inner = std::fs::read_dir(data.join("speech")).into_iter().flatten();
    inner.map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap().count()).sum()
}

#[tokio::test]
async fn words_are_spoken_once_and_last_about_as_long_as_they_should() {
    if !installed() {
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let speech = Speech::new(Settings::default(), prompts(), data.path(), Clock::system());
    assert_eq!(speech.can_speak(SR).await, Ok(()));
    let words = "Поштовани, у ул. Јеврејској бр. 5 сутра од 9 до 14 часова неће бити воде.";
    let first = speech.words(words, SR).await.unwrap();
    assert!((4.0..12.0).contains(&first.length.as_secs_f32()), "{:?}", first.length);
    let linear = wave::telephone(&first.wav).unwrap();
    let peak = linear.iter().map(|sample| sample.unsigned_abs()).max().unwrap();
    assert!((20_000..25_000).contains(&peak), "loud, and with room above: {peak}");
    assert_eq!(files(data.path()), 1);
    // The file is what is heard the next time, and not another run of the program.
    let silent = Settings { program: Settings::default().program, ..Settings::default() };
    let again = Speech::new(silent, prompts(), data.path(), Clock::system()).words(words, SR).await.unwrap();
    assert_eq!(again.wav, first.wav);
    assert_eq!(files(data.path()), 1);
    let latin = speech.words("Sutra neće biti vode.", SR).await.unwrap();
    let cyrillic = speech.words("Сутра неће бити воде.", SR).await.unwrap();
    assert_eq!(latin.length, cyrillic.length, "both scripts are one voice");
    let english = speech.words("There will be no water tomorrow.", Tongue::English).await.unwrap();
    assert!(english.length > Duration::from_secs(1));
}

#[tokio::test]
async fn program_that_is_missing_fails_or_hangs_is_said_in_words() {
    let data = tempfile::tempdir().unwrap();
    let error = async |speech: Speech| speech.can_speak(SR).await.unwrap_err();
    assert_eq!(error(speech(data.path(), &[])).await, SpeechError::NoProgram);
    let missing = error(speech(data.path(), &["/no/such/program"])).await.to_string();
    assert!(missing.starts_with("/no/such/program cannot be run: "), "{missing}");
    let failed = error(shell(data.path(), "echo no such voice >&2; exit 3")).await.to_string();
    assert!(failed.contains("exit status: 3") && failed.contains("no such voice"), "{failed}");
    assert_eq!(error(shell(data.path(), "sleep 60")).await, SpeechError::TooSlow("sh".into()));
    // It hands its output to another and leaves.
    assert_eq!(error(shell(data.path(), "sleep 60 & exit 0")).await, SpeechError::TooSlow("sh".into()));
    assert!(matches!(error(shell(data.path(), "echo RIFF")).await, SpeechError::NotWav(_)));
    assert!(matches!(error(shell(data.path(), "true")).await, SpeechError::NotWav(_)));
    assert_eq!(files(data.path()), 0, "nothing of it is kept");
}

#[tokio::test]
async fn words_reach_the_program_as_they_are_and_its_endless_output_ends() {
    let data = tempfile::tempdir().unwrap();
    // Not an argument, which everybody on the machine could read, and which could be an option.
    let script = "read -r said; echo \"$# said $said\" >&2; exit 1";
    let error = shell(data.path(), script).words("--help", SR).await.unwrap_err().to_string();
    assert!(error.contains("0 said help."), "{error}");
    let endless = shell(data.path(), "cat /dev/zero").can_speak(SR).await;
    assert!(endless.is_err(), "{endless:?}");
}

#[tokio::test]
async fn nothing_to_say_is_no_message() {
    let data = tempfile::tempdir().unwrap();
    let speech = speech(data.path(), &["/no/such/program"]);
    let error = speech.words(" 🚰 — ", SR).await.unwrap_err();
    assert_eq!(error, SpeechError::Nothing);
    assert!(error.is_of_message());
}

#[tokio::test]
async fn recording_is_known_by_its_content_and_brought_to_the_telephone() {
    let data = tempfile::tempdir().unwrap();
    let speech = speech(data.path(), &[]);
    for (rate, channels) in [(44_100, 2), (48_000, 1), (16_000, 1), (8_000, 1)] {
        let recorded = speech.take_recording(tone(rate, channels, 2.0)).await.unwrap();
        assert!(recorded.length.abs_diff(Duration::from_secs(2)) < Duration::from_millis(20), "{recorded:?}");
        let heard = speech.recording(&recorded.name).await.unwrap();
        assert_eq!(heard.length, recorded.length);
        let spec = hound::WavReader::new(std::io::Cursor::new(&heard.wav)).unwrap().spec();
        assert_eq!((spec.sample_rate, spec.channels, spec.bits_per_sample), (8_000, 1, 16));
        speech.forget_recording(&recorded.name).await.unwrap();
        assert!(matches!(speech.recording(&recorded.name).await, Err(SpeechError::NoRecording)));
    }
}

#[tokio::test]
async fn what_is_no_recording_is_refused_by_its_content() {
    let data = tempfile::tempdir().unwrap();
    let speech = speech(data.path(), &[]);
    let cut = tone(8_000, 1, 1.0)[..5_000].to_vec();
    for file in [Vec::new(), b"RIFF....WAVE".to_vec(), b"ID3 an mp3".to_vec(), cut] {
        let error = speech.take_recording(file).await.unwrap_err();
        assert!(matches!(error, SpeechError::NotWav(_)), "{error}");
        assert!(error.is_of_message());
    }
    let silence = wave::write(&vec![0; 16_000]);
    assert_eq!(speech.take_recording(silence).await, Err(SpeechError::Nothing));
    let long = tone(8_000, 1, 301.0);
    assert_eq!(speech.take_recording(long).await, Err(SpeechError::TooLong));
    for name in ["../../etc/passwd", "", "ab", &"g".repeat(64)] {
        assert!(matches!(speech.recording(name).await, Err(SpeechError::NoRecording)), "{name}");
    }
}

#[tokio::test]
async fn what_nobody_hears_any_more_is_swept_and_the_rest_is_bounded() {
    let data = tempfile::tempdir().unwrap();
    let files = Files::new(data.path().join("speech"));
    let clock = Clock::test("2026-03-02T12:00:00Z".parse().unwrap());
    let day = Duration::from_secs(24 * 3_600);
    let names: Vec<String> = (0..4_u8).map(|n| files::name_of(&[&[n]])).collect();
    assert_eq!(files.sweep(day, 0, clock.now()).await, Ok(0), "there is nothing yet");
    for name in &names {
        files.write(name, vec![0; 1_000], false).await.unwrap();
        // Heard, a minute after the one before it.
        clock.advance(Duration::from_secs(60));
        files.read(name, clock.now()).await.unwrap();
    }
    assert_eq!(files.sweep(day, 4_000, clock.now()).await, Ok(0));
    assert_eq!(files.sweep(day, 3_500, clock.now()).await, Ok(1), "the longest unheard goes");
    let left = async |at: usize| files.read(&names[at], clock.now()).await.is_some();
    assert!(!left(0).await);
    clock.advance(day - Duration::from_secs(1));
    assert!(left(3).await);
    clock.advance(Duration::from_secs(30));
    assert_eq!(files.sweep(day, 4_000, clock.now()).await, Ok(2));
    assert!(left(3).await && !left(1).await && !left(2).await);
}
