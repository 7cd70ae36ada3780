//! The folder that holds everything of one installation: configuration, dialplans, prompts, database, recordings.
//!
//! ```text
//! odziv.toml     settings              written at the first start, then only the administrator's
//! dialplans/     what callers meet     likewise
//! sounds/        prompts by language   likewise, file by file: a missing prompt is put back
//! odziv.db       the embedded database
//! recordings/    year/month/day/...wav
//! announcements/ messages that people recorded, by their SHA-256; belongs into the backup
//! speech/        messages that a program spoke; made anew when it is missing
//! blobs/         files of cases, by their SHA-256
//! secrets.key    opens what the database keeps sealed; belongs into the backup, and not beside the database
//! nonces.key     by which phones are known again after a restart
//! node.id        as whom this installation shares a database with others
//! odziv.lock     held while a server runs here
//! ```

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use rust_embed::RustEmbed;

use crate::config;

#[derive(RustEmbed)]
#[folder = "dialplans"]
struct ShippedDialplans;

#[derive(RustEmbed)]
#[folder = "sounds"]
#[exclude = "*.py"]
#[exclude = "*.sh"]
#[exclude = "demo/*"]
struct ShippedSounds;

/// An open data folder. The lock is released when this is dropped, also by the system when the process is killed.
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    _lock: File,
}

impl DataFolder {
    /// Makes what is missing, then locks the folder: two servers on one database file would both give out numbers.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        Self::prepare(path)?;
        let lock_path = path.join("odziv.lock");
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&lock_path)
            .with_context(|| format!("cannot write {}", lock_path.display()))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => bail!("another server already runs on {}", path.display()),
            Err(fs::TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("cannot lock {}", lock_path.display()));
            }
        }
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// Makes what is missing without locking, for commands that run beside the server.
    pub fn prepare(path: &Path) -> anyhow::Result<()> {
        if !path.exists() {
            fs::create_dir_all(path)
                .with_context(|| format!("cannot make the data folder {}", path.display()))?;
            // Recordings and telephone numbers live here: nobody else on the machine may read them.
            restrict(path).with_context(|| format!("cannot restrict {}", path.display()))?;
        }
        fs::create_dir_all(path.join("recordings"))?;
        write_missing(&path.join("odziv.toml"), config::SHIPPED.as_bytes())?;
        let dialplans = path.join("dialplans");
        // A folder that exists is the administrator's: a plan that was removed on purpose does not come back.
        if !dialplans.exists() {
            for name in ShippedDialplans::iter() {
                if let Some(file) = ShippedDialplans::get(&name) {
                    write_missing(&dialplans.join(name.as_ref()), &file.data)?;
                }
            }
        }
        for name in ShippedSounds::iter() {
            if let Some(file) = ShippedSounds::get(&name) {
                let path = path.join("sounds").join(name.as_ref());
                write_missing(&path, &file.data)?;
                if name.ends_with("manifest.toml") {
                    name_missing(&path, &String::from_utf8_lossy(&file.data))?;
                }
            }
        }
        Ok(())
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Made at the first start, and the same from then on.
    pub fn node(&self) -> anyhow::Result<String> {
        let path = self.path.join("node.id");
        write_missing(&path, format!("{:016x}", rand::random::<u64>()).as_bytes())?;
        let id = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let id = id.trim();
        if id.is_empty() || id.len() > LONGEST_NODE || !id.bytes().all(|byte| byte.is_ascii_graphic()) {
            bail!("{} names no node: remove it, and another is made", path.display());
        }
        Ok(id.to_owned())
    }
}

/// An administrator may give nodes names of their own.
const LONGEST_NODE: usize = 64;

/// Through a temporary name, so that a killed process leaves either nothing or the whole file.
fn write_missing(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    if path.exists() {
        return Ok(());
    }
    let write = || -> io::Result<()> {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        let mut temporary = path.as_os_str().to_owned();
        temporary.push(".new");
        fs::write(&temporary, content)?;
        fs::rename(&temporary, path)
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

/// Prompts that came with a newer program are named in the manifest of an older one; everything else in it is the administrator's.
fn name_missing(path: &Path, shipped: &str) -> anyhow::Result<()> {
    let own = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    // With a mistake in it, it is left as it is, and the mistake is told where prompts are loaded.
    let Ok(known) = toml::from_str::<toml::Table>(&own) else { return Ok(()) };
    let names = |key: &str| known.get("prompt").and_then(|prompts| prompts.get(key)).is_some();
    const HEAD: &str = "\n[prompt.";
    let missing: Vec<&str> = shipped
        .split(HEAD)
        .skip(1)
        .filter(|block| block.split_once(']').is_some_and(|(key, _)| !names(key)))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let blocks = missing.iter().map(|block| format!("{HEAD}{}\n", block.trim_end()));
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".new");
    fs::write(&temporary, format!("{}\n{}", own.trim_end(), blocks.collect::<String>()))
        .and_then(|()| fs::rename(&temporary, path))
        .with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(unix)]
fn restrict(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn restrict(_path: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_start_makes_everything_and_a_second_one_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        drop(DataFolder::open(&data).unwrap());
        assert!(data.join("odziv.toml").exists());
        fs::write(data.join("odziv.toml"), "# mine\n").unwrap();
        drop(DataFolder::open(&data).unwrap());
        assert_eq!(fs::read_to_string(data.join("odziv.toml")).unwrap(), "# mine\n");
    }

    #[test]
    fn manifest_of_an_older_program_names_the_new_prompts_and_keeps_its_own() {
        let dir = tempfile::tempdir().unwrap();
        drop(DataFolder::open(dir.path()).unwrap());
        let manifest = dir.path().join("sounds/sr/manifest.toml");
        let shipped: toml::Table = fs::read_to_string(&manifest).unwrap().parse().unwrap();
        let own = "voice = \"sr\"\n\n[prompt.goodbye]\ntext = \"Наше\"\nown = true";
        fs::write(&manifest, own).unwrap();
        drop(DataFolder::open(dir.path()).unwrap());
        let text = fs::read_to_string(&manifest).unwrap();
        let named: toml::Table = text.parse().unwrap();
        assert!(text.starts_with(own));
        let keys =
            |table: &toml::Table| table["prompt"].as_table().unwrap().keys().cloned().collect::<Vec<_>>();
        let sorted = |mut keys: Vec<String>| {
            keys.sort();
            keys
        };
        assert_eq!(sorted(keys(&named)), sorted(keys(&shipped)));
        assert_eq!(named["prompt"]["goodbye"]["text"].as_str(), Some("Наше"));
        drop(DataFolder::open(dir.path()).unwrap());
        assert_eq!(fs::read_to_string(&manifest).unwrap(), text, "once");
    }

    #[test]
    fn a_node_keeps_its_id() {
        let dir = tempfile::tempdir().unwrap();
        let first = DataFolder::open(dir.path()).unwrap();
        let id = first.node().unwrap();
        drop(first);
        let again = DataFolder::open(dir.path()).unwrap();
        assert_eq!(again.node().unwrap(), id);
        fs::write(dir.path().join("node.id"), "").unwrap();
        assert!(again.node().is_err());
    }

    #[test]
    fn second_server_on_the_same_folder_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let first = DataFolder::open(dir.path()).unwrap();
        let error = DataFolder::open(dir.path()).unwrap_err().to_string();
        assert!(error.contains("already runs"), "{error}");
        drop(first);
        DataFolder::open(dir.path()).unwrap();
    }
}
