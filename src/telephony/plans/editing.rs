//! What the editor page does with the folder: read a file, try a text, put it into force. Never overwrites what it has not seen.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

use metrics::counter;

use super::{Plans, PlansError, Taken, accepted, check, files, read, read_folder};
use crate::dialplan::catalogue::Catalogue;
use crate::dialplan::check::Source;
use crate::dialplan::parse::revision;
use crate::dialplan::plan::PlanSet;
use crate::dialplan::problem::Finding;

/// Names of new plans: they become file names and stand in addresses.
pub const NAME_CHARS: usize = 40;

/// Why a text was not put into force. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// The file is not as the author last saw it: somebody else was faster, here or in the folder.
    #[error("the file was changed meanwhile")]
    Changed,
    #[error("{} mistakes", .0.len())]
    Mistakes(Vec<Finding>),
    #[error("a plan is named with small letters, digits, - and _")]
    Name,
    #[error("{0}")]
    Folder(#[from] PlansError),
    #[error("the file cannot be written: {0}")]
    Write(#[from] io::Error),
}

impl Plans {
    /// The files as they are in the folder now, also those that do not run.
    pub fn files(&self) -> Result<Vec<Source>, PlansError> {
        match read_folder(&self.inner.folder) {
            Err(PlansError::Empty { .. }) => Ok(Vec::new()),
            sources => sources,
        }
    }

    /// The file of a plan as it is now.
    pub fn file(&self, name: &str) -> Result<Option<Source>, PlansError> {
        self.path(name)?.map(|path| read(&path)).transpose()
    }

    /// The text that answers calls under this name.
    pub fn in_force(&self, name: &str) -> Option<Source> {
        self.taken().sources.iter().find(|source| source.name() == name).cloned()
    }

    /// What would be wrong if this text were put into force beside the other plans. The prompts are those that were there when
    /// [`Self::look_around`] was last called: this is asked at every pause of typing.
    pub fn try_text(&self, name: &str, text: &str) -> Result<PlanSet, Vec<Finding>> {
        check::check(&self.with(name, text), &self.catalogue())
    }

    /// What plans may name, as of the last look.
    pub fn catalogue(&self) -> Arc<Catalogue> {
        Arc::clone(&self.inner.known.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads anew which prompts, categories, queues and the like there are. Blocks.
    pub fn look_around(&self) {
        let found = Arc::new((self.inner.catalogue)());
        *self.inner.known.lock().unwrap_or_else(PoisonError::into_inner) = found;
    }

    /// Checks, tries, writes the file and answers calls with it: all or nothing. `seen` is the revision of the file that the
    /// author began with, `None` for a new plan. Other files that do not run keep nobody from mending this one.
    pub fn save(&self, name: &str, text: &str, seen: Option<&str>) -> Result<(), SaveError> {
        let _alone = self.inner.reloading.lock().unwrap_or_else(PoisonError::into_inner);
        let path = match self.path(name)? {
            Some(path) => {
                if seen != Some(revision(&read(&path)?.text).as_str()) {
                    return Err(SaveError::Changed);
                }
                path
            }
            None if seen.is_some() => return Err(SaveError::Changed),
            None if is_good_name(name) => self.inner.folder.join(format!("{name}.toml")),
            None => return Err(SaveError::Name),
        };
        self.look_around();
        let catalogue = self.catalogue();
        let sources = self.with(name, text);
        let set = check::check(&sources, &catalogue).map_err(SaveError::Mistakes)?;
        replace(&path, text)?;
        counter!("odziv_dialplan_reloads_total", "result" => "taken").increment(1);
        tracing::info!(plan = name, "a dialplan was put into force from its page");
        // Normally the folder as a whole runs now; while another file of it does not, the others go on as they were.
        let whole = read_folder(&self.inner.folder)
            .and_then(|all| Ok((check::check(&all, &catalogue).map_err(PlansError::Mistakes)?, all)));
        let (taken, rejected) = match whole {
            Ok((set, sources)) => (Taken::new(set, sources), None),
            Err(error) => (Taken::new(set, sources), Some(Arc::new(error))),
        };
        if let Err(error) = accepted::keep(&self.inner.folder, &taken.sources) {
            tracing::warn!(%error, "no copy of the accepted dialplans could be kept");
        }
        self.inner.current.send_replace(taken);
        self.inner.rejected.send_replace(rejected);
        Ok(())
    }

    /// The texts in force, with this one in its place.
    fn with(&self, name: &str, text: &str) -> Vec<Source> {
        let mut sources: Vec<Source> = self.taken().sources.to_vec();
        match sources.iter_mut().find(|source| source.name() == name) {
            Some(source) => source.text = text.to_owned(),
            None => sources.push(Source { file: format!("{name}.toml"), text: text.to_owned() }),
        }
        sources
    }

    /// Only what the folder lists: no name leads out of it.
    fn path(&self, name: &str) -> Result<Option<PathBuf>, PlansError> {
        let named = |path: &PathBuf| path.file_stem().is_some_and(|stem| stem.to_str() == Some(name));
        Ok(files(&self.inner.folder)?.into_iter().find(named))
    }
}

pub fn is_good_name(name: &str) -> bool {
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    !name.is_empty() && name.len() <= NAME_CHARS && !name.starts_with('-') && name.chars().all(good)
}

/// Written beside, flushed to the disk, then renamed: after a power cut there is the old text or the new one.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let new = path.with_file_name(format!(".{name}.new"));
    let mut file = fs::File::create(&new)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    match path.parent() {
        // The name itself is safe only when the folder is; not every file system can say so.
        Some(folder) => fs::File::open(folder).and_then(|folder| folder.sync_all()).or(Ok(())),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str =
        "schema = 1\n[number.\"+38121480001\"]\nstart = \"a\"\n[node.a.hangup]\nno_case = \"test\"\n";
    const OTHER: &str =
        "schema = 1\n[number.\"+38121480002\"]\nstart = \"a\"\n[node.a.hangup]\nno_case = \"test\"\n";

    fn plans(files: &[(&str, &str)]) -> (tempfile::TempDir, Plans) {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let plans = Plans::load(folder.path(), Catalogue::default).unwrap();
        (folder, plans)
    }

    #[test]
    fn a_saved_text_is_in_the_file_and_answers_calls_at_once() {
        let (folder, plans) = plans(&[("small.toml", SMALL)]);
        let text = SMALL.replace("480001", "480009");
        plans.save("small", &text, Some(&revision(SMALL))).unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("small.toml")).unwrap(), text);
        assert!(plans.current().by_number("+38121480009").is_some());
        assert_eq!(plans.in_force("small").unwrap().text, text);
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count(),
            2,
            "the plan and the folder of accepted ones"
        );
    }

    #[test]
    fn a_text_with_mistakes_is_not_written() {
        let (folder, plans) = plans(&[("small.toml", SMALL)]);
        let text = SMALL.replace("start = \"a\"", "start = \"b\"");
        let Err(SaveError::Mistakes(findings)) = plans.save("small", &text, Some(&revision(SMALL))) else {
            panic!("must be refused");
        };
        assert_eq!((findings.len(), findings[0].line), (1, 3));
        assert_eq!(fs::read_to_string(folder.path().join("small.toml")).unwrap(), SMALL);
        assert!(plans.try_text("small", &text).is_err() && plans.try_text("small", SMALL).is_ok());
    }

    #[test]
    fn who_saves_over_a_change_not_seen_is_stopped() {
        let (folder, plans) = plans(&[("small.toml", SMALL)]);
        let by_hand = format!("{SMALL}# by hand\n");
        fs::write(folder.path().join("small.toml"), &by_hand).unwrap();
        let mine = SMALL.replace("480001", "480009");
        assert!(matches!(plans.save("small", &mine, Some(&revision(SMALL))), Err(SaveError::Changed)));
        assert!(matches!(plans.save("small", &mine, None), Err(SaveError::Changed)), "not new");
        assert!(matches!(plans.save("gone", &mine, Some("x")), Err(SaveError::Changed)), "removed");
        assert_eq!(fs::read_to_string(folder.path().join("small.toml")).unwrap(), by_hand);
    }

    #[test]
    fn a_new_plan_gets_a_file_and_no_name_leads_out_of_the_folder() {
        let (folder, plans) = plans(&[("small.toml", SMALL)]);
        plans.save("other", OTHER, None).unwrap();
        assert!(folder.path().join("other.toml").exists());
        for name in ["../x", "", ".x", "a/b", "Ж", "x.toml", "A"] {
            let text = OTHER.replace("480002", "480003");
            assert!(matches!(plans.save(name, &text, None), Err(SaveError::Name)), "{name}");
        }
        let twice = plans.save("third", OTHER, None);
        assert!(matches!(twice, Err(SaveError::Mistakes(_))), "the number has its plan");
    }

    #[test]
    fn two_broken_files_are_mended_one_after_the_other() {
        let (folder, plans) = plans(&[("small.toml", SMALL), ("other.toml", OTHER)]);
        for name in ["small.toml", "other.toml"] {
            fs::write(folder.path().join(name), "schema = 2").unwrap();
        }
        plans.reload().unwrap_err();
        let seen = revision("schema = 2");
        plans.save("small", &SMALL.replace("480001", "480009"), Some(&seen)).unwrap();
        assert!(plans.current().by_number("+38121480009").is_some());
        assert!(plans.current().by_number("+38121480002").is_some(), "goes on as it was");
        assert!(plans.rejected().is_some(), "the other one is still told");
        plans.save("other", OTHER, Some(&seen)).unwrap();
        assert!(plans.rejected().is_none());
    }
}
