//! A copy of the plans that were last taken over. A server that starts while somebody is in the middle of an edit, after a power
//! cut say, answers calls with these instead of not at all.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::dialplan::check::Source;

/// Hidden, so that neither the loader nor the administrator takes it for plans.
const FOLDER: &str = ".accepted";

pub(super) fn folder(plans: &Path) -> PathBuf {
    plans.join(FOLDER)
}

/// Replaces the copy as a whole: written beside, then renamed.
pub(super) fn keep(plans: &Path, sources: &[Source]) -> io::Result<()> {
    let (kept, new) = (folder(plans), plans.join(format!("{FOLDER}.new")));
    remove(&new)?;
    fs::create_dir_all(&new)?;
    for source in sources {
        let name = Path::new(&source.file).file_name().unwrap_or_default();
        fs::write(new.join(name), &source.text)?;
    }
    remove(&kept)?;
    fs::rename(new, kept)
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
