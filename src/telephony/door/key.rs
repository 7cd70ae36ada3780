//! The key of the nonces (`registrar::guard`), which outlives the process: otherwise every start would challenge every phone at once.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const FILE: &str = "nonces.key";

/// Of the data folder; made when it is not there or not readable. Without a place to keep it there is one for this run.
pub(in crate::telephony) fn kept(data: &Path) -> [u8; 32] {
    let path = data.join(FILE);
    match read(&path) {
        Ok(Some(key)) => return key,
        Ok(None) => {}
        Err(error) => tracing::warn!(path = %path.display(), %error, "the key of the nonces is made anew"),
    }
    let key: [u8; 32] = rand::random();
    if let Err(error) = write(&path, &key) {
        tracing::warn!(path = %path.display(), %error, "the key of the nonces is not kept: a restart challenges all phones");
    }
    key
}

fn read(path: &Path) -> io::Result<Option<[u8; 32]>> {
    match fs::read(path) {
        Ok(bytes) => {
            let wrong = |_| io::Error::new(io::ErrorKind::InvalidData, "it is not 32 bytes long");
            <[u8; 32]>::try_from(bytes).map(Some).map_err(wrong)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Through a temporary name: a killed process leaves the whole key or none.
fn write(path: &Path, key: &[u8]) -> io::Result<()> {
    use std::io::Write;
    let temporary = PathBuf::from(format!("{}.new", path.display()));
    // One that a killed process left may have other permissions.
    let _ = fs::remove_file(&temporary);
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&temporary)?;
    file.write_all(key)?;
    file.sync_all()?;
    fs::rename(&temporary, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_is_the_same_at_the_next_start_and_readable_by_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let key = kept(folder.path());
        assert_eq!(kept(folder.path()), key);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(folder.path().join(FILE)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        fs::write(folder.path().join(FILE), "short").unwrap();
        let other = kept(folder.path());
        assert_ne!(other, key);
        assert_eq!(kept(folder.path()), other);
    }
}
