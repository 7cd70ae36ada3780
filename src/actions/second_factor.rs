//! The second factor of a user: an authenticator on a telephone, and codes on paper for when it is lost. And the sessions of a user.

use jiff::Timestamp;
use serde_json::json;

use super::audit::What;
use super::login::secret_hash;
use super::{ActionError, Actions, Actor};
use crate::domain::id::UserId;
use crate::domain::totp::{self, SECRET_BYTES};
use crate::store::session::SessionRow;
use crate::store::vault::{Sealed, second_factor_of};
use crate::store::{Tx, Work};

/// On a sheet in a drawer; each works once.
const RECOVERY_CODES: usize = 10;
/// 50 bits, in groups that can be read aloud. No letters that look alike.
const CODE_LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const CODE_LENGTH: usize = 10;

/// What an authenticator is set up with. Shown to its user, until a code was typed.
pub struct NewSecondFactor {
    pub secret: String,
    /// For the QR code.
    pub address: String,
}

impl std::fmt::Debug for NewSecondFactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewSecondFactor")
    }
}

impl Actions {
    /// A key that is not asked for yet. `issuer`: what the authenticator shows beside the code. `Conflict` when there is one already.
    pub async fn begin_second_factor(
        &self,
        actor: &Actor,
        issuer: &str,
    ) -> Result<NewSecondFactor, ActionError> {
        let user = oneself(actor)?;
        let directory = self.shared.db.directory();
        let login = directory.user(user).ok_or(ActionError::NotFound)?.login.clone();
        let known = self.shared.db.second_factor(user).await?;
        let secret = match known {
            Some(known) if known.confirmed => return Err(ActionError::Conflict),
            // The page was only opened again: what was scanned stays true.
            Some(known) => known.secret,
            None => {
                let secret = rand::random::<[u8; SECRET_BYTES]>().to_vec();
                let sealed = self.shared.db.vault().seal(&second_factor_of(user), &secret)?;
                let begin = Change::Begin { user, secret: sealed, at: self.clock.now() };
                self.shared.db.write(begin).await?;
                secret
            }
        };
        Ok(NewSecondFactor { secret: totp::base32(&secret), address: totp::address(issuer, &login, &secret) })
    }

    /// The first code was typed: from now on one is asked for. The codes for when it is lost are shown this once.
    pub async fn confirm_second_factor(
        &self,
        actor: &Actor,
        typed: &str,
    ) -> Result<Vec<String>, ActionError> {
        let user = oneself(actor)?;
        let known = self.shared.db.second_factor(user).await?.ok_or(ActionError::NotFound)?;
        if known.confirmed {
            return Err(ActionError::Conflict);
        }
        let wrong = || ActionError::Invalid("this is not the code of now".into());
        let now = self.clock.now().as_second();
        let step = totp::matching_step(&known.secret, typed, now, known.used_step).ok_or_else(wrong)?;
        let codes: Vec<String> = (0..RECOVERY_CODES).map(|_| recovery_code()).collect();
        let hashes = codes.iter().map(|code| recovery_hash(code)).collect();
        let says = move |(): &()| (What::SecondFactorChanged, user, json!({ "set": true }));
        self.audited(actor, Change::Confirm { user, step, hashes }, says).await?;
        self.shared.db.refresh_directory().await?;
        Ok(codes)
    }

    /// At a log-in: a code of the authenticator, or one of the codes for when it is lost. Each works once.
    pub async fn second_factor_is_right(&self, user: UserId, typed: &str) -> Result<bool, ActionError> {
        let Some(known) = self.shared.db.second_factor(user).await?.filter(|known| known.confirmed) else {
            return Ok(false);
        };
        let now = self.clock.now().as_second();
        let check = match totp::matching_step(&known.secret, typed, now, known.used_step) {
            Some(step) => Check::Step { user, step },
            None => Check::Recovery { user, hash: recovery_hash(typed) },
        };
        self.shared.db.write(check).await
    }

    /// One's own, or anybody's whose account one may change: the telephone is lost, and the codes with it.
    pub async fn remove_second_factor(&self, actor: &Actor, user: UserId) -> Result<(), ActionError> {
        if !matches!(actor, Actor::User { id, .. } if *id == user) {
            self.shared.allow_account(actor, Some(user), None)?;
        }
        let says = move |(): &()| (What::SecondFactorChanged, user, json!({ "set": false }));
        self.audited(actor, Change::Remove(user), says).await?;
        Ok(self.shared.db.refresh_directory().await?)
    }

    /// Where somebody is logged in: one's own, or of anybody whose account one may change.
    pub async fn sessions(&self, actor: &Actor, user: UserId) -> Result<Vec<SessionRow>, ActionError> {
        self.allow_sessions(actor, user)?;
        Ok(self.shared.db.sessions_of(user, self.clock.now()).await?)
    }

    /// One of them by its id, or all but `keep`.
    pub async fn end_sessions(
        &self,
        actor: &Actor,
        user: UserId,
        which: Sessions,
    ) -> Result<(), ActionError> {
        self.allow_sessions(actor, user)?;
        let says = move |count: &u64| (What::SessionsEnded, user, json!({ "sessions": count }));
        self.audited(actor, End { user, which }, says).await?;
        Ok(())
    }

    fn allow_sessions(&self, actor: &Actor, user: UserId) -> Result<(), ActionError> {
        if matches!(actor, Actor::User { id, .. } if *id == user) {
            return Ok(());
        }
        self.shared.allow_account(actor, Some(user), None)
    }
}

/// Which sessions end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sessions {
    One(String),
    AllBut(Option<String>),
}

fn oneself(actor: &Actor) -> Result<UserId, ActionError> {
    match actor {
        Actor::User { id, .. } => Ok(*id),
        _ => Err(ActionError::NotFound),
    }
}

fn recovery_code() -> String {
    let letter = || CODE_LETTERS.get(rand::random_range(0..CODE_LETTERS.len())).copied().unwrap_or(b'A');
    let code: String = (0..CODE_LENGTH).map(|_| char::from(letter())).collect();
    let (first, second) = code.split_at(CODE_LENGTH / 2);
    format!("{first}-{second}")
}

/// However it is typed.
fn recovery_hash(typed: &str) -> String {
    let code: String = typed.chars().filter(char::is_ascii_alphanumeric).collect();
    secret_hash(&code.to_ascii_uppercase())
}

enum Change {
    Begin { user: UserId, secret: Sealed, at: Timestamp },
    Confirm { user: UserId, step: i64, hashes: Vec<String> },
    Remove(UserId),
}

impl Work for Change {
    type Out = ();
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), ActionError> {
        match self {
            Self::Begin { user, secret, at } => {
                if !tx.begin_second_factor(*user, secret, *at).await? {
                    return Err(ActionError::Conflict);
                }
            }
            Self::Confirm { user, step, hashes } => {
                if !tx.use_second_factor(*user, *step).await? {
                    return Err(ActionError::Conflict);
                }
                tx.put_recovery_codes(*user, hashes).await?;
                tx.rights_changed().await?;
            }
            Self::Remove(user) => {
                if !tx.remove_second_factor(*user).await? {
                    return Err(ActionError::NotFound);
                }
                tx.rights_changed().await?;
            }
        }
        Ok(())
    }
}

enum Check {
    Step { user: UserId, step: i64 },
    Recovery { user: UserId, hash: String },
}

impl Work for Check {
    type Out = bool;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, ActionError> {
        Ok(match self {
            Self::Step { user, step } => tx.use_second_factor(*user, *step).await?,
            Self::Recovery { user, hash } => tx.take_recovery_code(*user, hash).await?,
        })
    }
}

struct End {
    user: UserId,
    which: Sessions,
}

impl Work for End {
    /// How many.
    type Out = u64;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<u64, ActionError> {
        match &self.which {
            Sessions::One(id) => {
                if tx.end_session(self.user, id).await? {
                    Ok(1)
                } else {
                    Err(ActionError::NotFound)
                }
            }
            Sessions::AllBut(keep) => Ok(tx.end_sessions(self.user, keep.as_deref()).await?),
        }
    }
}
