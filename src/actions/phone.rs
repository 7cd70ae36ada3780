//! Phones of operators: added with a password that the system makes and shows once, revoked, found again after a restart.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use md5::Digest as _;
use rand::seq::IndexedRandom;
use serde_json::json;
use tokio::sync::watch;

use super::audit::What;
use super::login::{new_secret, secret_hash};
use super::{ActionError, Actions, Actor};
use crate::domain::extension::Extension;
use crate::domain::id::{PhoneId, UserId};
use crate::domain::permission::Right;
use crate::store::phone::NewPhoneRow;
pub use crate::store::phone::{BindingRow as SavedBinding, PhoneRow as Phone};
use crate::store::{Tx, Work};

/// Read off a screen and typed into a phone: no `0 o 1 l`. Thirty-two letters, five bits each.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// Eighty bits: beyond guessing, also for somebody who got hold of the hashes.
const PASSWORD_GROUPS: usize = 4;
const GROUP: usize = 4;

/// Desk, mobile, home and a few that nobody revoked.
const MAX_PHONES: i64 = 10;

/// A phone is set up while the administrator looks at the page, or not by link.
const SETUP_LASTS: Duration = Duration::from_secs(15 * 60);
/// Links at once; each is kept in memory only.
const MAX_SETUPS: usize = 200;

/// Shown once; only hashes are kept.
#[derive(Clone)]
pub struct NewPhone {
    pub id: PhoneId,
    pub user: UserId,
    pub username: String,
    pub password: String,
    pub realm: String,
    pub label: String,
    pub extension: Option<Extension>,
    /// For a setup by link, which works once and for a quarter of an hour.
    pub setup: String,
}

/// What the running program keeps of phones.
#[derive(Debug, Default)]
pub(super) struct Phones {
    changed: watch::Sender<u64>,
    setups: Mutex<HashMap<String, (Timestamp, NewPhone)>>,
}

impl Phones {
    pub(super) fn changed(&self) {
        self.changed.send_modify(|count| *count += 1);
    }
}

impl Actions {
    /// A further phone of a user, who gets an extension if there is none yet. `realm` is part of what is kept of the password.
    pub async fn add_phone(
        &self,
        actor: &Actor,
        user: UserId,
        label: &str,
        realm: &str,
    ) -> Result<NewPhone, ActionError> {
        self.shared.allow(actor, Right::ManageUsers)?;
        let label = label.trim();
        if label.is_empty() || label.chars().count() > 60 {
            return Err(ActionError::Invalid("a phone has a name of 1 to 60 characters".into()));
        }
        self.shared.db.refresh_directory().await?;
        let directory = self.shared.db.directory();
        let owner = directory.user(user).filter(|user| user.active).ok_or(ActionError::NotFound)?;
        let username = format!("{}-{}", owner.login, letters(GROUP));
        let groups: Vec<String> = (0..PASSWORD_GROUPS).map(|_| letters(GROUP)).collect();
        let password = groups.join("-");
        let row = NewPhoneRow {
            user,
            username: username.clone(),
            label: label.to_owned(),
            realm: realm.to_owned(),
            ha1_md5: hex(&md5::Md5::digest(format!("{username}:{realm}:{password}"))),
            ha1_sha256: hex(&sha2::Sha256::digest(format!("{username}:{realm}:{password}"))),
            by: actor.by().user,
            at: self.clock.now(),
        };
        let says = move |(id, _): &(PhoneId, _)| (What::PhoneAdded, *id, json!({ "user": user }));
        let (id, extension) = self.audited(actor, AddPhone(row), says).await?;
        self.shared.phones.changed();
        tracing::info!(phone = id.0, user = user.0, by = ?actor, "a phone was added");
        let setup = new_secret();
        let phone = NewPhone {
            id,
            user,
            username,
            password,
            realm: realm.to_owned(),
            label: label.to_owned(),
            extension,
            setup: setup.clone(),
        };
        self.keep_setup(&setup, phone.clone());
        Ok(phone)
    }

    /// It can no longer register or call; calls that it is in go on.
    pub async fn revoke_phone(&self, actor: &Actor, phone: PhoneId) -> Result<UserId, ActionError> {
        self.shared.allow(actor, Right::ManageUsers)?;
        let work = RevokePhone { phone, by: actor.by().user, at: self.clock.now() };
        let says = move |user: &UserId| (What::PhoneRevoked, phone, json!({ "user": user }));
        let user = self.audited(actor, work, says).await?;
        self.setups().retain(|_, (_, kept)| kept.id != phone);
        self.shared.phones.changed();
        tracing::info!(phone = phone.0, user = user.0, by = ?actor, "a phone was revoked");
        Ok(user)
    }

    /// Empty: no extension any more.
    pub async fn set_extension(&self, actor: &Actor, user: UserId, text: &str) -> Result<(), ActionError> {
        self.shared.allow(actor, Right::ManageUsers)?;
        let extension = match text.trim() {
            "" => None,
            text => Some(Extension::parse(text).ok_or_else(|| {
                ActionError::Invalid("an extension has 2 to 6 digits and does not begin with 0".into())
            })?),
        };
        let told = json!({ "extension": extension.as_ref().map(Extension::as_str) });
        let says = move |(): &()| (What::ExtensionChanged, user, told.clone());
        self.audited(actor, SetExtension { user, extension: extension.clone() }, says).await?;
        self.shared.phones.changed();
        tracing::info!(user = user.0, ?extension, by = ?actor, "an extension was changed");
        Ok(())
    }

    /// All phones that may register.
    pub async fn phones(&self) -> Result<Vec<Phone>, ActionError> {
        Ok(self.shared.db.phones().await?)
    }

    /// Of all users, also of those without a phone.
    pub async fn extensions(&self) -> Result<Vec<(UserId, Extension)>, ActionError> {
        Ok(self.shared.db.extensions().await?)
    }

    /// Changes when phones or extensions were changed through this process.
    pub fn phones_changed(&self) -> watch::Receiver<u64> {
        self.shared.phones.changed.subscribe()
    }

    /// What a setup link gives, once. `None` for one that is wrong, used or too old.
    pub fn take_setup(&self, secret: &str) -> Option<NewPhone> {
        let (until, phone) = self.setups().remove(&secret_hash(secret))?;
        (self.clock.now() <= until).then_some(phone)
    }

    /// Where phones are now, for the next start.
    pub async fn save_bindings(&self, phones: Vec<(PhoneId, Vec<SavedBinding>)>) -> Result<(), ActionError> {
        self.shared.db.write(SaveBindings { phones, at: self.clock.now() }).await
    }

    pub async fn saved_bindings(&self) -> Result<Vec<(PhoneId, SavedBinding)>, ActionError> {
        Ok(self.shared.db.bindings(self.clock.now()).await?)
    }

    fn keep_setup(&self, secret: &str, phone: NewPhone) {
        let now = self.clock.now();
        let mut setups = self.setups();
        setups.retain(|_, (until, _)| *until >= now);
        if setups.len() < MAX_SETUPS {
            setups.insert(secret_hash(secret), (now + SETUP_LASTS, phone));
        }
    }

    fn setups(&self) -> std::sync::MutexGuard<'_, HashMap<String, (Timestamp, NewPhone)>> {
        self.shared.phones.setups.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct AddPhone(NewPhoneRow);

impl Work for AddPhone {
    type Out = (PhoneId, Option<Extension>);
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Self::Out, ActionError> {
        let Self(row) = self;
        if tx.count_phones(row.user).await? >= MAX_PHONES {
            return Err(ActionError::Invalid(format!("a user has {MAX_PHONES} phones at most")));
        }
        let taken = tx.taken_extensions().await?;
        let extension = match taken.iter().find(|(user, _)| *user == row.user) {
            Some((_, extension)) => extension.clone(),
            None => {
                let taken: Vec<Extension> =
                    taken.into_iter().filter_map(|(_, extension)| extension).collect();
                let free = Extension::free(&taken);
                tx.set_extension(row.user, Some(&free)).await?.then_some(free)
            }
        };
        // The name ends in chance; a second one of the same user and chance is asked for again by the administrator.
        let id = tx.insert_phone(row).await?.ok_or(ActionError::Conflict)?;
        Ok((id, extension))
    }
}

struct RevokePhone {
    phone: PhoneId,
    by: Option<UserId>,
    at: Timestamp,
}

impl Work for RevokePhone {
    type Out = UserId;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<UserId, ActionError> {
        tx.revoke_phone(self.phone, self.by, self.at).await?.ok_or(ActionError::NotFound)
    }
}

struct SetExtension {
    user: UserId,
    extension: Option<Extension>,
}

impl Work for SetExtension {
    type Out = ();
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), ActionError> {
        if tx.set_extension(self.user, self.extension.as_ref()).await? {
            return Ok(());
        }
        let extension = self.extension.as_ref().map(Extension::as_str).unwrap_or_default();
        Err(ActionError::Invalid(format!("the extension {extension} is taken")))
    }
}

struct SaveBindings {
    phones: Vec<(PhoneId, Vec<SavedBinding>)>,
    at: Timestamp,
}

impl Work for SaveBindings {
    type Out = ();
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), ActionError> {
        for (phone, bindings) in &self.phones {
            tx.replace_bindings(*phone, bindings, self.at).await?;
        }
        Ok(())
    }
}

fn letters(count: usize) -> String {
    let mut random = rand::rng();
    (0..count).filter_map(|_| ALPHABET.choose(&mut random)).map(|byte| char::from(*byte)).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl std::fmt::Debug for NewPhone {
    /// Without the password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewPhone")
            .field("id", &self.id)
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}
