//! A folder of files that are named by their content: `ab/<sha256>.wav`.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::{SpeechError, blocking};

#[derive(Clone, Debug)]
pub(super) struct Files(PathBuf);

/// 64 hex digits. Parts are told apart by their lengths.
pub(super) fn name_of(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Files {
    pub fn new(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// `None`: there is none, or the name is none. It counts as used.
    pub async fn read(&self, name: &str, now: Timestamp) -> Option<Vec<u8>> {
        let path = self.path(name)?;
        let read = move || {
            let bytes = fs::read(&path).ok()?;
            let used = File::options().append(true).open(&path);
            // A folder that cannot be written to can be listened to all the same.
            let _ = used.and_then(|file| file.set_modified(now.into()));
            Some(bytes)
        };
        blocking(read).await.ok().flatten()
    }

    /// Through a temporary name. `lasting`: on the disk before it is referred to.
    pub async fn write(&self, name: &str, bytes: Vec<u8>, lasting: bool) -> Result<(), SpeechError> {
        let path = self.path(name).ok_or(SpeechError::NoRecording)?;
        blocking(move || write(&path, &bytes, lasting)).await?.map_err(disk)
    }

    pub async fn remove(&self, name: &str) -> Result<(), SpeechError> {
        let Some(path) = self.path(name) else { return Ok(()) };
        let remove = move || match fs::remove_file(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        };
        blocking(remove).await?.map_err(disk)
    }

    /// Those that were not used for `age`, then the longest unused until all of them together are no larger than `most`. How many.
    pub async fn sweep(&self, age: Duration, most: u64, now: Timestamp) -> Result<usize, SpeechError> {
        let folder = self.0.clone();
        blocking(move || sweep(&folder, age, most, now.into())).await?.map_err(disk)
    }

    fn path(&self, name: &str) -> Option<PathBuf> {
        let is_hash =
            name.len() == 64 && name.bytes().all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase());
        is_hash.then(|| self.0.join(name.get(..2).unwrap_or_default()).join(format!("{name}.wav")))
    }
}

fn write(path: &Path, bytes: &[u8], lasting: bool) -> std::io::Result<()> {
    let Some(folder) = path.parent() else { return Ok(()) };
    fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    if lasting {
        file.as_file().sync_all()?;
    }
    file.persist(path).map_err(|error| error.error)?;
    if lasting {
        File::open(folder)?.sync_all()?;
        folder.parent().map(|above| File::open(above)?.sync_all()).transpose()?;
    }
    Ok(())
}

fn sweep(folder: &Path, age: Duration, most: u64, now: SystemTime) -> std::io::Result<usize> {
    let mut files: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
    let folders = match fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        folders => folders?,
    };
    for inner in folders {
        for entry in fs::read_dir(inner?.path())? {
            let entry = entry?;
            let about = entry.metadata()?;
            files.push((about.modified()?, about.len(), entry.path()));
        }
    }
    files.sort();
    let (mut removed, mut left) = (0, files.iter().map(|(_, size, _)| size).sum::<u64>());
    for (used, size, path) in files {
        let unused = now.duration_since(used).unwrap_or_default();
        if unused < age && left <= most {
            break;
        }
        fs::remove_file(path)?;
        (removed, left) = (removed + 1, left.saturating_sub(size));
    }
    Ok(removed)
}

fn disk(error: std::io::Error) -> SpeechError {
    SpeechError::Disk(error.to_string())
}
