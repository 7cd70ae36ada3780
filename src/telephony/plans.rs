//! The folder of dialplans: read, checked, tried, then taken over as a whole or not at all.

mod accepted;
mod editing;
mod history;
mod names;

use std::fmt;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use jiff::civil::DateTime;
use metrics::counter;
use tokio::sync::watch;

use super::prompts;
use crate::dialplan::catalogue::{Catalogue, Prompt};
use crate::dialplan::check::{self, Source};
use crate::dialplan::explore::{Explored, explore};
use crate::dialplan::plan::{Claim, PlanSet};
use crate::dialplan::problem::Finding;
use crate::dialplan::script::{Script, ScriptError};
use crate::dialplan::simulate::{Staff, simulate_with};

pub use editing::{NAME_CHARS, SaveError, is_good_name};

/// How often the folder is looked at for changes: soon enough after a save, and only a few `stat` calls.
pub const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Plans are written by hand; more files or larger ones are a mistake, not plans.
const MAX_FILES: usize = 200;
const MAX_FILE: u64 = 1 << 20;

/// The plans that answer calls now. Cheap to clone; clones see a reload.
#[derive(Clone)]
pub struct Plans {
    inner: Arc<Inner>,
}

struct Inner {
    folder: PathBuf,
    /// Asked at every reload: categories, queues and prompts may have come since. May block.
    catalogue: Box<dyn Fn() -> Catalogue + Send + Sync>,
    /// As of the last look, for those who check while somebody types.
    known: Mutex<Arc<Catalogue>>,
    current: watch::Sender<Taken>,
    /// Why the folder as it is now does not run; for the log and the administrator's page.
    rejected: watch::Sender<Option<Arc<PlansError>>>,
    /// One reload at a time: the watcher and an administrator may ask together.
    reloading: Mutex<()>,
}

/// Plans in force with their texts.
#[derive(Clone, Debug)]
struct Taken {
    set: Arc<PlanSet>,
    sources: Arc<[Source]>,
}

impl Taken {
    fn new(set: PlanSet, sources: Vec<Source>) -> Self {
        Self { set: Arc::new(set), sources: sources.into() }
    }
}

/// Why a folder of plans was not taken over. Its text is what `odziv check` prints.
#[derive(Debug, thiserror::Error)]
pub enum PlansError {
    #[error("{}: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("{}: no dialplan (*.toml) in this folder", folder.display())]
    Empty { folder: PathBuf },
    #[error("{}: {message}", path.display())]
    TooMuch { path: PathBuf, message: String },
    #[error("{}", shown(.0))]
    Mistakes(Vec<Finding>),
    #[error("{0}")]
    Script(#[from] ScriptError),
    #[error("number {number} does not lead into {}", file.display())]
    NoSuchNumber { number: String, file: PathBuf },
}

impl Plans {
    /// A folder with mistakes is an error only when no accepted copy is left that could answer in its place.
    pub fn load(
        folder: &Path,
        catalogue: impl Fn() -> Catalogue + Send + Sync + 'static,
    ) -> Result<Self, PlansError> {
        let known = catalogue();
        let (taken, rejected) = match read_folder(folder).and_then(|sources| take(folder, sources, &known)) {
            Ok(taken) => (taken, None),
            Err(error) => match accepted_last(folder) {
                Ok(taken) => {
                    tracing::error!("dialplans rejected, those accepted last answer:\n{error}");
                    (taken, Some(Arc::new(error)))
                }
                Err(_) => return Err(error),
            },
        };
        tracing::info!(plans = taken.set.plans().len(), "dialplans loaded");
        Ok(Self {
            inner: Arc::new(Inner {
                folder: folder.to_owned(),
                catalogue: Box::new(catalogue),
                known: Mutex::new(Arc::new(known)),
                current: watch::Sender::new(taken),
                rejected: watch::Sender::new(rejected),
                reloading: Mutex::new(()),
            }),
        })
    }

    pub fn current(&self) -> Arc<PlanSet> {
        Arc::clone(&self.inner.current.borrow().set)
    }

    fn taken(&self) -> Taken {
        self.inner.current.borrow().clone()
    }

    /// Reads, checks and tries the folder again. With any mistake the plans stay as they were; calls in progress keep theirs
    /// in any case.
    pub fn reload(&self) -> Result<Arc<PlanSet>, Arc<PlansError>> {
        let _alone = self.inner.reloading.lock().unwrap_or_else(PoisonError::into_inner);
        self.look_around();
        let (folder, catalogue) = (&self.inner.folder, self.catalogue());
        match read_folder(folder).and_then(|sources| take(folder, sources, &catalogue)) {
            Ok(taken) => {
                let set = Arc::clone(&taken.set);
                self.inner.current.send_replace(taken);
                self.inner.rejected.send_replace(None);
                counter!("odziv_dialplan_reloads_total", "result" => "taken").increment(1);
                tracing::info!(plans = set.plans().len(), "dialplans taken over");
                Ok(set)
            }
            Err(error) => {
                let error = Arc::new(error);
                self.inner.rejected.send_replace(Some(Arc::clone(&error)));
                counter!("odziv_dialplan_reloads_total", "result" => "rejected").increment(1);
                tracing::error!("dialplans rejected, the old ones go on:\n{error}");
                Err(error)
            }
        }
    }

    /// What is wrong with the folder since the last reload, when something is.
    pub fn rejected(&self) -> Option<Arc<PlansError>> {
        self.inner.rejected.borrow().clone()
    }

    /// Reloads after a change to the folder, until it is dropped.
    pub async fn watch(self, every: Duration) {
        let mut changes = Changes::since(self.look().await);
        let mut ticks = tokio::time::interval(every);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if changes.are_complete(self.look().await) {
                let plans = self.clone();
                // The result is in the log and in `rejected`.
                let _ = tokio::task::spawn_blocking(move || plans.reload()).await;
            }
        }
    }

    async fn look(&self) -> Seen {
        let folder = self.inner.folder.clone();
        tokio::task::spawn_blocking(move || look(&folder)).await.unwrap_or_default()
    }
}

impl fmt::Debug for Plans {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plans").field("folder", &self.inner.folder).finish_non_exhaustive()
    }
}

/// `odziv check` for a folder: every mistake of every file.
pub fn check_folder(folder: &Path, catalogue: &Catalogue) -> Result<PlanSet, PlansError> {
    check::check(&read_folder(folder)?, catalogue).map_err(PlansError::Mistakes)
}

/// Checks, and keeps a copy of what was found good.
fn take(folder: &Path, sources: Vec<Source>, catalogue: &Catalogue) -> Result<Taken, PlansError> {
    let set = check::check(&sources, catalogue).map_err(PlansError::Mistakes)?;
    if let Err(error) = accepted::keep(folder, &sources) {
        tracing::warn!(%error, "no copy of the accepted dialplans could be kept");
    }
    Ok(Taken::new(set, sources))
}

/// Good once, whatever was taken away since: a caller whose queue is gone goes on by its exit `no_agents`, and hears somebody. With
/// the catalogue of today one removed queue would keep the whole exchange from starting.
fn accepted_last(folder: &Path) -> Result<Taken, PlansError> {
    let sources = read_folder(&accepted::folder(folder))?;
    let set = check::check(&sources, &Catalogue::default()).map_err(PlansError::Mistakes)?;
    Ok(Taken::new(set, sources))
}

/// What `odziv check` says when nothing is wrong.
pub fn summary(set: &PlanSet) -> String {
    let mut text = String::new();
    for plan in set.plans() {
        let numbers: Vec<&str> = plan
            .numbers
            .iter()
            .map(|number| match &number.claim {
                Claim::Exactly(number) => number.as_str(),
                Claim::Any => "any number",
            })
            .collect();
        text.push_str(&format!(
            "{}: {} nodes, {} tests passed, revision {}, answers {}\n",
            plan.name,
            plan.nodes.len(),
            plan.tests.len(),
            plan.revision,
            numbers.join(", ")
        ));
    }
    text
}

/// `odziv dialplan simulate`: one call through one file, as lines to print. Without a number the first of the plan is called.
pub fn simulate_file(
    file: &Path,
    number: Option<&str>,
    at: DateTime,
    keys: &str,
    staff: Staff,
    catalogue: &Catalogue,
) -> Result<String, PlansError> {
    let script: Script = keys.parse()?;
    let set = check::check(&[read(file)?], catalogue).map_err(PlansError::Mistakes)?;
    let first = set.plans().first().and_then(|plan| plan.first_number());
    let number = number.map(str::to_owned).or(first).unwrap_or_default();
    set.by_number(&number)
        .and_then(|plan| simulate_with(&plan, &number, at, &script, staff, catalogue))
        .map(|walked| walked.to_string())
        .ok_or_else(|| PlansError::NoSuchNumber { number, file: file.to_owned() })
}

/// `odziv dialplan simulate --all`: every path of one file. Whether all end with a case, and what to print.
pub fn explore_file(
    file: &Path,
    year: i16,
    verbose: bool,
    catalogue: &Catalogue,
) -> Result<(bool, String), PlansError> {
    let set = check::check(&[read(file)?], catalogue).map_err(PlansError::Mistakes)?;
    let explored: Vec<Explored> = set.plans().iter().map(|plan| explore(plan, year)).collect();
    let shown = |one: &Explored| if verbose { one.listed() } else { one.to_string() };
    Ok((explored.iter().all(Explored::is_proven), explored.iter().map(shown).collect()))
}

/// The prompts of a folder as the checker of plans wants them.
pub fn prompt_catalogue(
    sounds: &Path,
) -> std::collections::BTreeMap<String, std::collections::BTreeMap<String, Prompt>> {
    let known = |(key, found): (String, Result<Duration, prompts::PromptError>)| match found {
        Ok(length) => (key, Prompt::Ready { length }),
        Err(error) => (key, Prompt::Unusable(error.to_string())),
    };
    let languages = prompts::survey(sounds).into_iter();
    languages.map(|(language, keys)| (language, keys.into_iter().map(known).collect())).collect()
}

fn read_folder(folder: &Path) -> Result<Vec<Source>, PlansError> {
    let files = files(folder)?;
    if files.is_empty() {
        return Err(PlansError::Empty { folder: folder.to_owned() });
    }
    files.iter().map(|path| read(path)).collect()
}

/// The plans of a folder by name, so that messages come in a steady order. Hidden files are an editor's.
fn files(folder: &Path) -> Result<Vec<PathBuf>, PlansError> {
    let error = |source| PlansError::Read { path: folder.to_owned(), source };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(error)? {
        let path = entry.map_err(error)?.path();
        let hidden = path.file_name().is_none_or(|name| name.to_string_lossy().starts_with('.'));
        if !hidden && path.extension().is_some_and(|ending| ending == "toml") {
            files.push(path);
        }
        if files.len() > MAX_FILES {
            let message = format!("more than {MAX_FILES} files");
            return Err(PlansError::TooMuch { path: folder.to_owned(), message });
        }
    }
    files.sort();
    Ok(files)
}

fn read(path: &Path) -> Result<Source, PlansError> {
    let error = |source| PlansError::Read { path: path.to_owned(), source };
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(error)?;
    file.take(MAX_FILE + 1).read_to_string(&mut text).map_err(error)?;
    Ok(Source { file: path.display().to_string(), text })
}

/// Length and time of the last change of each file.
type Seen = Vec<(PathBuf, u64, Option<SystemTime>)>;

/// Waits until nothing changes between two looks, so that a file is not read while an editor writes it.
struct Changes {
    loaded: Seen,
    last: Seen,
}

impl Changes {
    fn since(loaded: Seen) -> Self {
        Self { last: loaded.clone(), loaded }
    }

    /// Whether the folder differs from what was loaded, and has come to rest.
    fn are_complete(&mut self, now: Seen) -> bool {
        let complete = now != self.loaded && now == self.last;
        if complete {
            self.loaded.clone_from(&now);
        }
        self.last = now;
        complete
    }
}

fn look(folder: &Path) -> Seen {
    let files = files(folder).unwrap_or_default().into_iter();
    files
        .filter_map(|path| {
            let data = std::fs::metadata(&path).ok()?;
            Some((path, data.len(), data.modified().ok()))
        })
        .collect()
}

fn shown(findings: &[Finding]) -> String {
    /// Nobody mends more at a time.
    const MOST: usize = 100;
    let mut text: String = findings.iter().take(MOST).map(|finding| format!("{finding}\n")).collect();
    match findings.len() {
        1 => text.push_str("1 mistake"),
        n if n > MOST => text.push_str(&format!("{n} mistakes, the first {MOST} shown")),
        n => text.push_str(&format!("{n} mistakes")),
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialplan::SHIPPED;
    use jiff::civil::datetime;

    const SMALL: &str =
        "schema = 1\n[number.\"+38121480001\"]\nstart = \"a\"\n[node.a.hangup]\nno_case = \"test\"\n";

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    fn shipped(part: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join(part)
    }

    #[test]
    fn the_shipped_folder_loads_with_the_shipped_prompts() {
        let catalogue =
            Catalogue { prompts: Some(prompt_catalogue(&shipped("sounds"))), ..Catalogue::default() };
        let set = check_folder(&shipped("dialplans"), &catalogue).unwrap_or_else(|e| panic!("{e}"));
        assert!(set.by_number("021 480 000").is_some());
        assert!(summary(&set).contains("tests passed"), "{}", summary(&set));
    }

    #[test]
    fn a_folder_with_a_mistake_leaves_the_old_plans_and_says_what_is_wrong() {
        let folder = folder(&[("main.toml", SHIPPED), ("small.toml", SMALL), ("notes.txt", "not a plan")]);
        let plans = Plans::load(folder.path(), Catalogue::default).unwrap();
        let old = plans.current();
        assert_eq!(old.plans().len(), 2);

        std::fs::write(folder.path().join("small.toml"), SMALL.replace("\"a\"", "\"b\"")).unwrap();
        let error = plans.reload().unwrap_err().to_string();
        assert!(
            error.contains("small.toml:3:9: there is no node \"b\"") && error.ends_with("1 mistake"),
            "{error}"
        );
        assert!(Arc::ptr_eq(&old, &plans.current()));
        assert!(plans.rejected().is_some());

        std::fs::write(folder.path().join("small.toml"), SMALL.replace("480001", "480002")).unwrap();
        plans.reload().unwrap();
        assert!(plans.current().by_number("+38121480001").is_none());
        assert!(plans.current().by_number("0038121480002").is_some());
        assert!(plans.rejected().is_none());
    }

    #[test]
    fn a_call_finishes_on_the_plan_it_began_with() {
        let folder = folder(&[("small.toml", SMALL)]);
        let plans = Plans::load(folder.path(), Catalogue::default).unwrap();
        let pinned = plans.current().by_number("+38121480001").unwrap();
        std::fs::write(folder.path().join("small.toml"), format!("{SMALL}# more\n")).unwrap();
        plans.reload().unwrap();
        assert_ne!(plans.current().by_number("+38121480001").unwrap().revision, pinned.revision);
        assert_eq!(pinned.nodes.len(), 1);
    }

    #[test]
    fn a_start_in_the_middle_of_an_edit_answers_with_the_plans_accepted_last() {
        let folder = folder(&[("small.toml", SMALL)]);
        drop(Plans::load(folder.path(), Catalogue::default).unwrap());
        std::fs::write(folder.path().join("small.toml"), "schema = 1\n[number.").unwrap();
        let plans = Plans::load(folder.path(), Catalogue::default).unwrap();
        assert!(plans.current().by_number("+38121480001").is_some());
        assert!(plans.rejected().unwrap().to_string().contains("small.toml:2:"));

        let edited = SMALL.replace("480001", "480009");
        std::fs::write(folder.path().join("small.toml"), edited).unwrap();
        plans.reload().unwrap();
        let again = Plans::load(folder.path(), Catalogue::default).unwrap();
        assert_eq!(again.current().plans().len(), 1, "the copy is not taken for a plan");
        assert!(again.current().by_number("+38121480009").is_some());
    }

    #[test]
    fn an_empty_or_missing_folder_is_an_error() {
        assert!(matches!(Plans::load(folder(&[]).path(), Catalogue::default), Err(PlansError::Empty { .. })));
        let missing = Path::new("no/such/folder");
        assert!(matches!(Plans::load(missing, Catalogue::default), Err(PlansError::Read { .. })));
    }

    #[test]
    fn a_change_is_taken_over_once_it_is_complete_and_only_once() {
        let folder = folder(&[("small.toml", SMALL)]);
        let mut changes = Changes::since(look(folder.path()));
        assert!(!changes.are_complete(look(folder.path())), "nothing changed");
        std::fs::write(folder.path().join("small.toml"), "schema = 1\n").unwrap();
        assert!(!changes.are_complete(look(folder.path())), "perhaps half written");
        std::fs::write(folder.path().join("small.toml"), SMALL.replace("480001", "4800022")).unwrap();
        assert!(!changes.are_complete(look(folder.path())), "still being written");
        assert!(changes.are_complete(look(folder.path())));
        assert!(!changes.are_complete(look(folder.path())), "taken over already");
        std::fs::remove_file(folder.path().join("small.toml")).unwrap();
        assert!(!changes.are_complete(look(folder.path())));
        assert!(changes.are_complete(look(folder.path())), "a file was removed");
    }

    #[test]
    fn a_file_is_walked_from_the_command_line() {
        let file = shipped("dialplans/main.toml");
        let christmas = datetime(2026, 1, 7, 10, 0, 0, 0);
        let walk =
            simulate_file(&file, None, christmas, "", Staff::default(), &Catalogue::default()).unwrap();
        assert!(walk.contains("holiday: Orthodox Christmas") && walk.contains("voicemail"), "{walk}");
        let error = |number, keys| {
            simulate_file(&file, number, christmas, keys, Staff::default(), &Catalogue::default())
                .unwrap_err()
                .to_string()
        };
        assert!(error(Some("+381999"), "").contains("does not lead into"));
        assert!(error(None, "push").contains("\"push\" is not a move"));
        let (proven, shown) = explore_file(&file, 2026, true, &Catalogue::default()).unwrap();
        assert!(proven && shown.contains("hours → night → voicemail → end\n"), "{shown}");
    }
}
