//! Addresses of users: set by themselves or by an administrator, and used only once a code that was sent there is typed by the user.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::actions::audit::What;
use crate::actions::{ActionError, Actions, Actor, Shared, notify};
use crate::domain::alert::{Alerts, code};
use crate::domain::email::EmailAddress;
use crate::domain::id::UserId;
use crate::domain::mail::MailPurpose;
use crate::domain::template::fill;
use crate::store::alert::UserEmail;
use crate::store::{Tx, Work};

/// An administrator may set an address on a Friday for somebody who is back on Monday.
const CODE_LIVES: SignedDuration = SignedDuration::from_hours(72);
/// Of a hundred million codes nobody guesses one in so many.
const MOST_TRIES: i64 = 5;
/// Whoever could ask for more would fill a stranger's mailbox.
const MOST_CODES_A_DAY: i64 = 5;
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// Words with the code.
const CODE: &str = "mail_code";
/// Of what a mail server says.
const LONGEST_CODE: usize = 20;

impl Actions {
    /// One's own address, or anybody's with the right to manage users. A code is sent there; until it is typed by the user
    /// nothing else is.
    pub async fn set_user_email(
        &self,
        actor: &Actor,
        user: UserId,
        address: &str,
    ) -> Result<(), ActionError> {
        self.allow_email(actor, user)?;
        let invalid = |why: &str| ActionError::Invalid(why.to_owned());
        let address = EmailAddress::parse(address).map_err(|_| invalid("not an e-mail address"))?;
        if address.as_str() == self.shared.mail.address.to_lowercase() || address.reads_nothing() {
            return Err(invalid("nobody reads mails at this address"));
        }
        if !self.shared.sends_mail() {
            return Err(invalid("no e-mail can be sent: [mail.smtp] is not configured"));
        }
        let (shared, code, at) = (Arc::clone(&self.shared), code(rand::random()), self.clock.now());
        let says = move |(): &()| (What::UserChanged, user, json!({ "email": "set" }));
        self.audited(actor, SetEmail { shared, user, address, code, at }, says).await?;
        self.email_changed().await
    }

    /// The code that came to one's own address. Whether it was the right one; after some wrong ones none is.
    pub async fn confirm_user_email(&self, actor: &Actor, typed: &str) -> Result<bool, ActionError> {
        let user = oneself(actor)?;
        let typed: String = typed.chars().filter(char::is_ascii_digit).take(LONGEST_CODE).collect();
        let work = ConfirmEmail { actor: actor.clone(), user, typed, at: self.clock.now() };
        let right = self.shared.db.write(work).await?;
        self.email_changed().await?;
        Ok(right)
    }

    /// What of it one wants to hear.
    pub async fn set_user_alerts(&self, actor: &Actor, alerts: Alerts) -> Result<(), ActionError> {
        let user = oneself(actor)?;
        let says = move |(): &()| (What::UserChanged, user, json!({ "alerts": alerts }));
        self.audited(actor, SetAlerts { user, alerts }, says).await
    }

    /// One's own, or anybody's with the right to manage users. Mails from there are nobody's answers any more.
    pub async fn remove_user_email(&self, actor: &Actor, user: UserId) -> Result<(), ActionError> {
        self.allow_email(actor, user)?;
        let says = move |(): &()| (What::UserChanged, user, json!({ "email": "removed" }));
        self.audited(actor, RemoveEmail { user }, says).await?;
        self.email_changed().await
    }

    fn allow_email(&self, actor: &Actor, user: UserId) -> Result<(), ActionError> {
        if oneself(actor).ok() != Some(user) {
            self.shared.allow_account(actor, Some(user), None)?;
        }
        let directory = self.shared.db.directory();
        directory.user(user).filter(|user| user.active).map(drop).ok_or(ActionError::NotFound)
    }

    async fn email_changed(&self) -> Result<(), ActionError> {
        self.shared.db.refresh_directory().await?;
        self.shared.mails.notify_one();
        Ok(())
    }
}

fn oneself(actor: &Actor) -> Result<UserId, ActionError> {
    match actor {
        Actor::User { id, .. } => Ok(*id),
        Actor::Token { .. } | Actor::System => Err(ActionError::NotFound),
    }
}

struct SetEmail {
    shared: Arc<Shared>,
    user: UserId,
    address: EmailAddress,
    code: String,
    at: Timestamp,
}

impl Work for SetEmail {
    type Out = ();
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), ActionError> {
        let known = tx.user_email(self.user).await?;
        if let Some(known) = &known
            && known.address == self.address
            && known.confirmed_at.is_some()
        {
            return Ok(());
        }
        if tx.user_of_email(&self.address).await?.is_some() {
            return Err(ActionError::Invalid("this address is another user's".into()));
        }
        let day_ago = self.at.checked_sub(DAY).unwrap_or(Timestamp::MIN);
        let (codes, since) = known
            .as_ref()
            .map(|known| known.codes)
            .filter(|(_, since)| *since > day_ago)
            .unwrap_or((0, self.at));
        if codes >= MOST_CODES_A_DAY {
            return Err(ActionError::Invalid("too many codes were sent today".into()));
        }
        if let Some(known) = &known {
            tx.forget_officer(self.user, &known.address).await?;
        }
        let email = UserEmail {
            user: self.user,
            address: self.address.clone(),
            alerts: known.map_or(Alerts::Service, |known| known.alerts),
            confirmed_at: None,
            code: Some(self.code.clone()),
            code_at: Some(self.at),
            tries: 0,
            codes: (codes + 1, since),
            failed: None,
        };
        tx.put_user_email(&email).await?;
        tx.rights_changed().await?;
        let words = fill(self.shared.mail_template(CODE, notify::CYRILLIC)?, &[("code", self.code.as_str())]);
        let words = self.shared.signed(&words, notify::CYRILLIC);
        let mail = (MailPurpose::Code, "Потврда адресе", words.as_str());
        self.shared.queue_mail_to_user(tx, &self.address, mail, self.at).await?;
        Ok(())
    }
}

struct ConfirmEmail {
    actor: Actor,
    user: UserId,
    typed: String,
    at: Timestamp,
}

impl Work for ConfirmEmail {
    type Out = bool;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, ActionError> {
        let mut email = tx.user_email(self.user).await?.ok_or(ActionError::NotFound)?;
        let Some(code) = email.code.clone() else { return Ok(false) };
        let lives =
            email.code_at.and_then(|at| at.checked_add(CODE_LIVES).ok()).is_some_and(|end| self.at < end);
        if !lives || email.tries >= MOST_TRIES {
            return Ok(false);
        }
        if code != self.typed {
            email.tries += 1;
            tx.put_user_email(&email).await?;
            return Ok(false);
        }
        if tx.user_of_email(&email.address).await?.is_some() {
            return Err(ActionError::Invalid("this address is another user's".into()));
        }
        (email.code, email.code_at, email.confirmed_at) = (None, None, Some(self.at));
        tx.put_user_email(&email).await?;
        tx.rights_changed().await?;
        let detail = json!({ "email": "confirmed" });
        tx.audit(self.actor.audit(self.at, What::UserChanged, self.user, detail));
        Ok(true)
    }
}

struct SetAlerts {
    user: UserId,
    alerts: Alerts,
}

impl Work for SetAlerts {
    type Out = ();
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), ActionError> {
        let email = tx.user_email(self.user).await?.ok_or(ActionError::NotFound)?;
        Ok(tx.put_user_email(&UserEmail { alerts: self.alerts, ..email }).await?)
    }
}

struct RemoveEmail {
    user: UserId,
}

impl Work for RemoveEmail {
    type Out = ();
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), ActionError> {
        let email = tx.user_email(self.user).await?.ok_or(ActionError::NotFound)?;
        tx.forget_officer(self.user, &email.address).await?;
        tx.remove_user_email(self.user).await?;
        Ok(tx.rights_changed().await?)
    }
}
