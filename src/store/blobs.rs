//! The folder of files, `blobs/ab/cd/<sha256>` in the data folder: the only place that touches it.
//!
//! A file is on the disk, whole and found by its folder after a power cut, before the row that refers to it is committed. So a row never
//! lacks its bytes; bytes without a row are what a killed process left, and are swept after a day.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::StoreError;
use crate::domain::file::{BlobHash, FileName, Kept, examine};

const FOLDER: &str = "blobs";
/// Where files are while they arrive.
const ARRIVING: &str = "arriving";
/// What arrives is examined in memory: so many at once, however many arrive.
const EXAMINED_AT_ONCE: usize = 2;
/// A file is let lie so long without a row: far longer than any form or transaction takes from keeping it to referring to it.
const UNCLAIMED: Duration = Duration::from_secs(24 * 60 * 60);

/// Cheap to clone.
#[derive(Clone, Debug)]
pub struct Blobs(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    root: PathBuf,
    /// Held while a file is put in its place or taken away, so that none is taken away that was put there anew a moment ago.
    moving: Mutex<()>,
    examining: Arc<Semaphore>,
}

impl Blobs {
    pub(super) fn new(data: &Path) -> Self {
        let root = data.join(FOLDER);
        Self(Arc::new(Inner {
            root,
            moving: Mutex::new(()),
            examining: Arc::new(Semaphore::new(EXAMINED_AT_ONCE)),
        }))
    }

    /// Examines, cleans and stores; on the disk when it answers.
    pub async fn keep(
        &self,
        name: FileName,
        declared_type: Option<String>,
        bytes: Vec<u8>,
        at: Timestamp,
    ) -> Result<Kept, StoreError> {
        let turn = self.turn().await?;
        let blobs = self.clone();
        let keep = move || {
            let _turn = turn;
            blobs.0.keep(name, declared_type, bytes, at)
        };
        Ok(blocking(keep).await??)
    }

    /// A place for a file that comes in pieces. What is not finished is gone.
    pub async fn arriving(&self) -> Result<Arriving, StoreError> {
        let blobs = self.clone();
        let open = move || -> io::Result<(NamedTempFile, File)> {
            let temporary = blobs.0.temporary()?;
            let file = temporary.reopen()?;
            Ok((temporary, file))
        };
        let (temporary, file) = blocking(open).await??;
        Ok(Arriving { blobs: self.clone(), temporary, file: tokio::fs::File::from_std(file), size: 0 })
    }

    /// For reading, with its length. `None`: it is not there, though a row says so.
    pub async fn open(&self, hash: &BlobHash) -> Result<Option<(tokio::fs::File, u64)>, StoreError> {
        let file = match tokio::fs::File::open(self.0.path(hash)).await {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let length = file.metadata().await?.len();
        Ok(Some((file, length)))
    }

    /// Whole, for mails that carry it away.
    pub async fn read(&self, hash: &BlobHash) -> Result<Option<Vec<u8>>, StoreError> {
        match tokio::fs::read(self.0.path(hash)).await {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Files that have lain here for a day, of one of the 256 folders.
    pub(super) async fn old(&self, folder: u8, now: Timestamp) -> Result<Vec<BlobHash>, StoreError> {
        let blobs = self.clone();
        Ok(blocking(move || blobs.0.old(folder, now)).await??)
    }

    /// Takes away those that were not put here anew since they were found old. How many.
    pub(super) async fn remove(&self, hashes: Vec<BlobHash>, now: Timestamp) -> Result<usize, StoreError> {
        let blobs = self.clone();
        let remove = move || {
            let mut removed = 0;
            for hash in hashes {
                removed += usize::from(blobs.0.remove(&hash, now)?);
            }
            Ok::<_, io::Error>(removed)
        };
        Ok(blocking(remove).await??)
    }

    /// What arrived when the process was killed.
    pub(super) async fn clear_arriving(&self, now: Timestamp) -> Result<(), StoreError> {
        let blobs = self.clone();
        let clear = move || {
            let files = files(&blobs.0.root.join(ARRIVING))?;
            files.iter().filter(|path| is_old(path, now)).try_for_each(|path| gone(fs::remove_file(path)))
        };
        Ok(blocking(clear).await??)
    }

    /// A place among those who examine, until it is dropped.
    async fn turn(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        let turn = Arc::clone(&self.0.examining).acquire_owned().await;
        turn.map_err(|e| StoreError::Unavailable(e.to_string()))
    }
}

/// A file on its way from the network to the disk.
#[derive(Debug)]
pub struct Arriving {
    blobs: Blobs,
    temporary: NamedTempFile,
    file: tokio::fs::File,
    size: u64,
}

impl Arriving {
    /// In bytes, so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    pub async fn write(&mut self, piece: &[u8]) -> Result<(), StoreError> {
        self.file.write_all(piece).await?;
        self.size += piece.len() as u64;
        Ok(())
    }

    pub async fn finish(
        mut self,
        name: FileName,
        declared_type: Option<String>,
        at: Timestamp,
    ) -> Result<Kept, StoreError> {
        self.file.flush().await?;
        let turn = self.blobs.turn().await?;
        let (blobs, temporary) = (self.blobs.clone(), self.temporary);
        let keep = move || {
            let _turn = turn;
            let bytes = fs::read(temporary.path())?;
            blobs.0.keep(name, declared_type, bytes, at)
        };
        Ok(blocking(keep).await??)
    }
}

impl Inner {
    fn keep(
        &self,
        name: FileName,
        declared_type: Option<String>,
        bytes: Vec<u8>,
        at: Timestamp,
    ) -> io::Result<Kept> {
        let examined = examine(&name, declared_type.as_deref(), bytes);
        let hash = BlobHash::of(&examined.bytes);
        self.store(&hash, &examined.bytes, at)?;
        Ok(Kept {
            hash,
            size: i64::try_from(examined.bytes.len()).unwrap_or(i64::MAX),
            kind: examined.kind,
            name,
            declared_type,
            stripped: examined.stripped,
            mismatch: examined.mismatch,
            danger: examined.danger,
        })
    }

    /// Also over a file that is there: it is then as new as the reference that will follow, and whole if it was not.
    fn store(&self, hash: &BlobHash, bytes: &[u8], at: Timestamp) -> io::Result<()> {
        let mut temporary = self.temporary()?;
        temporary.write_all(bytes)?;
        // By the program's own clock, which is the one that the sweeper looks at.
        temporary.as_file().set_modified(SystemTime::from(at))?;
        temporary.as_file().sync_all()?;
        let path = self.path(hash);
        let folder = path.parent().unwrap_or(&self.root);
        make_folder(&self.root, folder)?;
        let _held = self.moving.lock().unwrap_or_else(PoisonError::into_inner);
        temporary.persist(&path).map_err(|error| error.error)?;
        File::open(folder)?.sync_all()
    }

    fn temporary(&self) -> io::Result<NamedTempFile> {
        let folder = self.root.join(ARRIVING);
        fs::create_dir_all(&folder)?;
        tempfile::Builder::new().prefix("file-").tempfile_in(folder)
    }

    fn path(&self, hash: &BlobHash) -> PathBuf {
        hash.path().iter().fold(self.root.clone(), |path, part| path.join(part))
    }

    fn old(&self, folder: u8, now: Timestamp) -> io::Result<Vec<BlobHash>> {
        let mut old = Vec::new();
        for folder in files(&self.root.join(format!("{folder:02x}")))? {
            for path in files(&folder)?.into_iter().filter(|path| is_old(path, now)) {
                let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
                old.extend(BlobHash::from_str(name).ok());
            }
        }
        Ok(old)
    }

    fn remove(&self, hash: &BlobHash, now: Timestamp) -> io::Result<bool> {
        let path = self.path(hash);
        let _held = self.moving.lock().unwrap_or_else(PoisonError::into_inner);
        if !is_old(&path, now) {
            return Ok(false);
        }
        gone(fs::remove_file(&path))?;
        Ok(true)
    }
}

/// With what leads to it, each flushed into the one above it.
fn make_folder(root: &Path, folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(folder)?;
    for above in folder.ancestors().skip(1) {
        File::open(above)?.sync_all()?;
        if above == root {
            break;
        }
    }
    Ok(())
}

/// What is in a folder; nothing when it is not there yet.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| entry.map(|entry| entry.path())).collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn is_old(path: &Path, now: Timestamp) -> bool {
    let modified = fs::metadata(path).and_then(|metadata| metadata.modified());
    modified.is_ok_and(|at| SystemTime::from(now).duration_since(at).is_ok_and(|age| age > UNCLAIMED))
}

fn gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await.map_err(|e| StoreError::Unavailable(e.to_string()))
}

/// A full disk, a folder that is not ours: whoever sends must try again later.
impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        Self::Unavailable(format!("files: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-11-20T11:00:00Z";

    async fn kept(blobs: &Blobs, words: &str, at: Timestamp) -> Kept {
        blobs.keep(FileName::new("а.txt"), None, words.into(), at).await.unwrap()
    }

    #[tokio::test]
    async fn equal_bytes_are_stored_once_and_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let (blobs, now) = (Blobs::new(folder.path()), NOW.parse().unwrap());
        let first = kept(&blobs, "вода", now).await;
        let mut arriving = blobs.arriving().await.unwrap();
        for piece in ["во".as_bytes(), "да".as_bytes()] {
            arriving.write(piece).await.unwrap();
        }
        assert_eq!(arriving.size(), 8);
        let second = arriving.finish(FileName::new("б.txt"), None, now).await.unwrap();
        assert_eq!(first.hash, second.hash);
        assert_eq!(blobs.read(&first.hash).await.unwrap().unwrap(), "вода".as_bytes());
        let folder = blobs.0.path(&first.hash).parent().unwrap().to_owned();
        assert_eq!(files(&folder).unwrap().len(), 1);
        assert!(files(&blobs.0.root.join(ARRIVING)).unwrap().is_empty());
    }

    #[tokio::test]
    async fn file_that_was_kept_anew_outlives_the_sweep_that_found_it_old() {
        let folder = tempfile::tempdir().unwrap();
        let (blobs, now): (_, Timestamp) = (Blobs::new(folder.path()), NOW.parse().unwrap());
        let hash = kept(&blobs, "вода", now).await.hash;
        let first = u8::from_str_radix(hash.path()[0], 16).unwrap();
        let later = now + Duration::from_secs(25 * 60 * 60);
        assert!(blobs.old(first, now).await.unwrap().is_empty());
        assert_eq!(blobs.old(first, later).await.unwrap(), std::slice::from_ref(&hash));
        kept(&blobs, "вода", later).await;
        assert_eq!(blobs.remove(vec![hash.clone()], later).await.unwrap(), 0);
        let much_later = later + Duration::from_secs(25 * 60 * 60);
        assert_eq!(blobs.remove(vec![hash.clone()], much_later).await.unwrap(), 1);
        assert!(blobs.open(&hash).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn what_does_not_arrive_whole_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::new(folder.path());
        let mut arriving = blobs.arriving().await.unwrap();
        arriving.write(b"half").await.unwrap();
        drop(arriving);
        assert!(files(&blobs.0.root.join(ARRIVING)).unwrap().is_empty());
    }
}
