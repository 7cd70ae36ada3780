//! The speech program: a child with low priority, without a shell and without our environment, that has so long and no longer.

use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use super::{LONGEST, SpeechError};

/// Speech of the longest message at 48 kHz, 16 bits, with room.
const MOST_BYTES: u64 = LONGEST.as_secs() * 48_000 * 2 + 1_000_000;
/// Of what it complains about.
const MOST_WORDS: u64 = 2_000;
/// Those who are called and those who talk come first.
const NICE: i32 = 15;
/// One that has closed its output ends at once.
const PATIENCE: Duration = Duration::from_secs(2);

/// What it wrote to its output. Blocks.
pub(super) fn run(command: &[String], text: &str, limit: Duration) -> Result<Vec<u8>, SpeechError> {
    let (program, arguments) = command.split_first().ok_or(SpeechError::NoProgram)?;
    let not_run =
        |error: std::io::Error| SpeechError::NotRun { program: program.clone(), why: error.to_string() };
    let mut child = Running(start(program, arguments).map_err(not_run)?);
    let (spoken, complained) = (mpsc::channel(), mpsc::channel());
    let (input, output, errors) = (child.0.stdin.take(), child.0.stdout.take(), child.0.stderr.take());
    let text = text.to_owned();
    // Three threads that nobody waits for: they end with the program, and with whatever it has started.
    std::thread::spawn(move || {
        // One that does not read to the end says why in its own way.
        input.map(|mut input| input.write_all(text.as_bytes()))
    });
    std::thread::spawn(move || complained.0.send(read(errors, MOST_WORDS)));
    std::thread::spawn(move || spoken.0.send(read(output, MOST_BYTES)));
    let file = spoken.1.recv_timeout(limit);
    let status = file.as_ref().ok().and_then(|_| child.end());
    drop(child);
    let complaints = complained.1.recv_timeout(PATIENCE).unwrap_or_default();
    let Some(status) = status else { return Err(SpeechError::TooSlow(program.clone())) };
    if !status.success() {
        let words = String::from_utf8_lossy(&complaints).split_whitespace().collect::<Vec<_>>().join(" ");
        return Err(SpeechError::Failed { program: program.clone(), why: format!("{status} {words}") });
    }
    Ok(file.unwrap_or_default())
}

fn start(program: &str, arguments: &[String]) -> std::io::Result<Child> {
    let mut command = Command::new(program);
    command.args(arguments).env_clear().process_group(0);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).current_dir("/");
    for kept in ["PATH", "LANG", "LC_ALL", "ESPEAK_DATA_PATH"] {
        if let Some(value) = std::env::var_os(kept) {
            command.env(kept, value);
        }
    }
    let lower = || {
        // SAFETY: one system call on this new process itself, between fork and exec; it touches no memory. One that fails leaves the
        // priority as it is, which is no reason not to speak.
        unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, NICE) };
        Ok(())
    };
    // SAFETY: the closure calls nothing but setpriority, which is safe after a fork.
    unsafe { command.pre_exec(lower) };
    command.spawn()
}

/// A child that does not outlive its purpose, nor what it started.
struct Running(Child);

impl Running {
    /// Its output is closed, so that it is about to end.
    fn end(&mut self) -> Option<std::process::ExitStatus> {
        const NAP: Duration = Duration::from_millis(2);
        for _ in 0..PATIENCE.as_millis() / NAP.as_millis() {
            match self.0.try_wait() {
                Ok(Some(status)) => return Some(status),
                Ok(None) => std::thread::sleep(NAP),
                Err(_) => return None,
            }
        }
        None
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Ok(group) = i32::try_from(self.0.id()) {
            // SAFETY: a signal to the group that `process_group(0)` made for this child; it is not reaped yet, or its group is empty.
            unsafe { libc::kill(-group, libc::SIGKILL) };
        }
        let _ = self.0.wait();
    }
}

fn read(from: Option<impl Read>, most: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(from) = from {
        let _ = from.take(most).read_to_end(&mut bytes);
    }
    bytes
}
