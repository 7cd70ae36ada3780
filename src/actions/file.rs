//! Files of cases: kept on the disk first, then put on a case in the transaction of whatever brought them.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::{ActionError, Actions, Actor, Shared};
use crate::domain::file::{FileName, Kept};
use crate::domain::id::{AttachmentId, CaseId, InteractionId, UserId};
use crate::domain::permission::Right;
use crate::domain::script::search_key;
use crate::domain::timeline::{Entry, Visibility};
use crate::store::attachment::NewAttachment;
use crate::store::blobs::Arriving;
use crate::store::{Tx, Work};

/// Put on a case at once, and waiting for one form: a stack of scans, not an archive.
pub const FILES_AT_ONCE: usize = 20;
/// Waiting for the forms of one user.
const WAITING: i64 = 100;
/// A file waits so long for its form.
const WAIT: Duration = Duration::from_secs(24 * 60 * 60);
/// How often a part of the folder is swept: all of it every twelve hours.
const SWEEP_EVERY: Duration = Duration::from_secs(12 * 60 * 60 / 256);
/// Why a file is removed is a sentence.
const REASON_CHARS: usize = 500;

/// Files for a case: kept a moment ago, and such that waited for their form.
#[derive(Clone, Debug, Default)]
pub struct NewFiles {
    pub kept: Vec<Kept>,
    /// Tokens of [`Actions::stage_file`].
    pub uploads: Vec<String>,
}

impl From<Vec<Kept>> for NewFiles {
    fn from(kept: Vec<Kept>) -> Self {
        Self { kept, uploads: Vec::new() }
    }
}

impl NewFiles {
    pub(super) fn count(&self) -> usize {
        self.kept.len() + self.uploads.len()
    }

    pub(super) fn check(&self) -> Result<(), ActionError> {
        if self.count() > FILES_AT_ONCE {
            return Err(ActionError::Invalid(format!("at most {FILES_AT_ONCE} files are added at once")));
        }
        self.kept.iter().try_for_each(harmless)
    }

    /// All of them, those that waited first; they wait no more.
    pub(super) async fn taken(&self, tx: &mut Tx<'_>, actor: &Actor) -> Result<Vec<Kept>, ActionError> {
        let mut files = match actor {
            Actor::User { id, .. } => take_uploads(tx, *id, &self.uploads).await?,
            _ if self.uploads.is_empty() => Vec::new(),
            _ => return Err(ActionError::Invalid("only a user's files wait for a form".into())),
        };
        files.extend(self.kept.iter().cloned());
        Ok(files)
    }
}

impl Actions {
    /// Examined, cleaned of hidden data and on the disk when it answers. It asks for no right, as nobody sees the file before it is
    /// attached. What is not attached within a day is swept.
    pub async fn keep_file(
        &self,
        name: &str,
        declared_type: Option<&str>,
        bytes: Vec<u8>,
    ) -> Result<Kept, ActionError> {
        let declared = declared_type.map(declared);
        Ok(self.shared.db.blobs().keep(FileName::new(name), declared, bytes, self.clock.now()).await?)
    }

    /// The same for a file that comes in pieces: written to the disk as it comes, then given to [`Actions::keep_arrived`].
    pub async fn file_arrives(&self) -> Result<Arriving, ActionError> {
        Ok(self.shared.db.blobs().arriving().await?)
    }

    pub async fn keep_arrived(
        &self,
        file: Arriving,
        name: &str,
        declared_type: Option<&str>,
    ) -> Result<Kept, ActionError> {
        let declared = declared_type.map(declared);
        Ok(file.finish(FileName::new(name), declared, self.clock.now()).await?)
    }

    /// All of them or none.
    pub async fn add_files(
        &self,
        actor: &Actor,
        case: CaseId,
        files: impl Into<NewFiles>,
        visibility: Visibility,
    ) -> Result<Vec<AttachmentId>, ActionError> {
        let files = files.into();
        if files.count() == 0 {
            return Err(ActionError::Invalid("no file to add".into()));
        }
        files.check()?;
        let (shared, actor, at) = (Arc::clone(&self.shared), actor.clone(), self.clock.now());
        let added = self.shared.db.write(AddFiles { shared, actor, case, files, visibility, at }).await?;
        self.changed(case);
        Ok(added)
    }

    /// The entry that it was added stays, and a further one says who removed it and why; the bytes go when nothing else refers to them.
    pub async fn remove_file(
        &self,
        actor: &Actor,
        file: AttachmentId,
        reason: &str,
    ) -> Result<CaseId, ActionError> {
        let reason = reason.trim();
        if reason.is_empty() || reason.chars().count() > REASON_CHARS {
            return Err(ActionError::Invalid(format!(
                "a file is removed with a reason of 1 to {REASON_CHARS} characters"
            )));
        }
        let (shared, actor, at) = (Arc::clone(&self.shared), actor.clone(), self.clock.now());
        let work = RemoveFile { shared, actor, file, reason: reason.to_owned(), at };
        let case = self.shared.db.write(work).await?;
        self.changed(case);
        Ok(case)
    }

    /// Keeps a file for the form that it was chosen in; the token by which the form names it.
    pub async fn stage_file(&self, actor: &Actor, file: Kept) -> Result<String, ActionError> {
        self.shared.allow(actor, Right::AddFile)?;
        harmless(&file)?;
        let Actor::User { id, .. } = actor else {
            return Err(ActionError::Invalid("only a user fills in forms".into()));
        };
        let token = rand::random::<[u8; 16]>().iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let stage = StageFile { token: token.clone(), user: *id, file, at: self.clock.now() };
        self.shared.db.write(stage).await?;
        Ok(token)
    }

    /// Until it is dropped: takes away what nothing refers to any more.
    pub async fn sweep_files(self) {
        for folder in (0..=u8::MAX).cycle() {
            tokio::time::sleep(SWEEP_EVERY).await;
            if let Err(error) = self.sweep_folder(folder).await {
                tracing::warn!(%error, "files that nothing refers to could not be removed; tried again in half a day");
            }
        }
    }

    /// One of the 256 folders, and waiting files of forms that were never sent. How many files went.
    pub async fn sweep_folder(&self, folder: u8) -> Result<usize, ActionError> {
        let now = self.clock.now();
        let before = now.checked_sub(WAIT).unwrap_or(now);
        while self.shared.db.forget_uploads(before, now).await? > 0 {}
        Ok(self.shared.db.sweep_blobs(folder, now).await?)
    }
}

/// Puts files on a case that is being changed; the entries that say so are for the caller to enter, with its own.
pub(super) async fn attach_to_case(
    tx: &mut Tx<'_>,
    (case, interaction): (CaseId, Option<InteractionId>),
    files: &[Kept],
    visibility: Visibility,
    (by, at): (Option<UserId>, Timestamp),
) -> Result<Vec<Entry>, ActionError> {
    let mut entries = Vec::with_capacity(files.len());
    for file in files {
        let new = NewAttachment { case: Some(case), interaction, file, visibility, by, at };
        let id = tx.attach(&new).await?;
        let name = file.name.to_string();
        entries.push(Entry::FileAdded { file: id, name, kind: file.kind, size: file.size, visibility });
    }
    let names: Vec<String> = files.iter().map(|file| search_key(file.name.as_str())).collect();
    tx.add_case_words(case, names.join(" ").trim()).await?;
    Ok(entries)
}

/// What waited for a form, in its order.
async fn take_uploads(tx: &mut Tx<'_>, user: UserId, tokens: &[String]) -> Result<Vec<Kept>, ActionError> {
    let mut files = Vec::with_capacity(tokens.len());
    for token in tokens {
        let file = tx.take_upload(token, user).await?;
        files.push(file.ok_or_else(|| ActionError::Invalid("a file has to be chosen again".into()))?);
    }
    Ok(files)
}

struct AddFiles {
    shared: Arc<Shared>,
    actor: Actor,
    case: CaseId,
    files: NewFiles,
    visibility: Visibility,
    at: Timestamp,
}

impl Work for AddFiles {
    type Out = Vec<AttachmentId>;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Vec<AttachmentId>, ActionError> {
        let mut case = tx.case_fields(self.case).await?.ok_or(ActionError::NotFound)?;
        self.shared.allow_on(&self.actor, Right::AddFile, &case)?;
        let by = self.actor.by();
        let who = (by.user, self.at);
        let files = self.files.taken(tx, &self.actor).await?;
        let entries = attach_to_case(tx, (self.case, None), &files, self.visibility, who).await?;
        let directory = self.shared.db.directory();
        tx.enter(&directory, (self.case, &mut case), self.at, &by, &entries).await?;
        let added =
            |entry: &Entry| if let Entry::FileAdded { file, .. } = entry { Some(*file) } else { None };
        Ok(entries.iter().filter_map(added).collect())
    }
}

struct RemoveFile {
    shared: Arc<Shared>,
    actor: Actor,
    file: AttachmentId,
    reason: String,
    at: Timestamp,
}

impl Work for RemoveFile {
    type Out = CaseId;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<CaseId, ActionError> {
        let id = tx.attachment_case(self.file).await?.ok_or(ActionError::NotFound)?;
        let mut case = tx.case_fields(id).await?.ok_or(ActionError::NotFound)?;
        self.shared.allow_on(&self.actor, Right::RemoveFile, &case)?;
        let removed = tx.remove_attachment(self.file, self.at).await?;
        let (_, name) = removed.ok_or(ActionError::NotFound)?;
        let entry =
            Entry::FileRemoved { file: self.file, name: name.to_string(), reason: self.reason.clone() };
        let directory = self.shared.db.directory();
        tx.enter(&directory, (id, &mut case), self.at, &self.actor.by(), &[entry]).await?;
        Ok(id)
    }
}

struct StageFile {
    token: String,
    user: UserId,
    file: Kept,
    at: Timestamp,
}

impl Work for StageFile {
    type Out = ();
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), ActionError> {
        if tx.uploads_waiting(self.user).await? >= WAITING {
            return Err(ActionError::Invalid(format!("{WAITING} files wait for their forms already")));
        }
        Ok(tx.insert_upload(&self.token, self.user, &self.file, self.at).await?)
    }
}

fn harmless(file: &Kept) -> Result<(), ActionError> {
    match file.danger {
        None => Ok(()),
        Some(danger) => Err(ActionError::Invalid(format!("{} is refused: {danger}", file.name))),
    }
}

/// A media type is short; a sender may say anything.
fn declared(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(100).collect()
}
