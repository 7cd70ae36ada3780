//! Mails to colleagues: about single cases, which they may answer, or one list when there are too many of them.
//!
//! What is to be told is written with what happened (`alert`), and is gone with the commit that queues the mail: whatever dies in between,
//! nobody is told twice and nothing is forgotten.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::actions::mail::MailOut;
use crate::actions::{ActionError, Actions, Actor, Shared, notify};
use crate::domain::alert::{AlertKind, BETWEEN_LISTS, Posting, posting};
use crate::domain::case::CaseRef;
use crate::domain::email::EmailAddress;
use crate::domain::id::{CaseId, UserId};
use crate::domain::mail::{MailParty, MailPurpose};
use crate::domain::permission::Right;
use crate::domain::projection::CaseFields;
use crate::domain::template::fill;
use crate::store::directory::{Directory, User};
use crate::store::event::By;
use crate::store::{Tx, Work};

/// A mail that leaves some seconds after what it is about is soon enough.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Colleagues of one look; the rest follows in the next.
const PEOPLE_AT_ONCE: i64 = 50;
/// Lines of a list. Whoever has more of them finds all on their page.
const MOST_LINES: i64 = 50;
/// Words with a list.
const LIST: &str = "mail_alerts";

impl Actions {
    /// Looks until it is dropped.
    pub async fn keep_alerting(self) {
        loop {
            if let Err(error) = self.send_alerts().await {
                tracing::warn!(%error, "colleagues could not be told by e-mail, again in a moment");
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Whoever has something waiting is told, or has to wait a while. Returns how many mails were queued.
    pub async fn send_alerts(&self) -> Result<usize, ActionError> {
        if !self.shared.sends_mail() {
            return Ok(0);
        }
        let (now, mut queued) = (self.clock.now(), 0);
        for user in self.shared.db.users_to_alert(now, PEOPLE_AT_ONCE).await? {
            let shared = Arc::clone(&self.shared);
            match self.shared.db.write(SendAlerts { shared, user, now }).await {
                Ok(sent) => {
                    queued += sent.mails;
                    sent.cases.into_iter().for_each(|case| self.changed(case));
                }
                Err(error @ ActionError::Unavailable(_)) => return Err(error),
                // One who cannot be told does not hold up the others.
                Err(error) => tracing::error!(user = user.0, %error, "a colleague cannot be told by e-mail"),
            }
        }
        if queued > 0 {
            self.shared.mails.notify_one();
        }
        Ok(queued)
    }
}

impl Shared {
    /// Something came to a service: whoever works there may hear of it, but not who sent it.
    pub(in crate::actions) async fn alert_service(
        &self,
        tx: &mut Tx<'_>,
        (case, service): (CaseId, crate::domain::id::DepartmentId),
        by: &By,
        at: Timestamp,
    ) -> Result<(), ActionError> {
        let directory = self.db.directory();
        let there = directory.users.iter().filter(|user| user.active && user.department == Some(service));
        for user in there.filter(|user| Some(user.id) != by.user).take(MOST_ALERTED) {
            tx.add_alert(user.id, case, AlertKind::Forwarded, at).await?;
        }
        Ok(())
    }
}

/// A service has some dozens of people.
const MOST_ALERTED: usize = 50;

struct SendAlerts {
    shared: Arc<Shared>,
    user: UserId,
    now: Timestamp,
}

#[derive(Default)]
struct Sent {
    mails: usize,
    cases: Vec<CaseId>,
}

/// What one case is told for: its alerts in their order, and the case.
struct Told {
    kinds: Vec<AlertKind>,
    at: Timestamp,
    case: CaseFields,
}

impl Work for SendAlerts {
    type Out = Sent;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Sent, ActionError> {
        // Of two nodes one looks.
        tx.lock("alerts").await?;
        let directory = self.shared.db.directory();
        let email = tx.user_email(self.user).await?.filter(|email| email.confirmed_at.is_some());
        let user = directory.user(self.user).filter(|user| user.active);
        let (Some(email), Some(user)) = (email, user) else {
            tx.drop_alerts(self.user, i64::MAX).await?;
            return Ok(Sent::default());
        };
        let (alerts, all) = tx.waiting_alerts(self.user, MOST_LINES).await?;
        let Some(last) = alerts.last().map(|alert| alert.id) else { return Ok(Sent::default()) };
        let mut told: BTreeMap<CaseId, Told> = BTreeMap::new();
        for alert in alerts {
            let Some(case) = tx.case_fields(alert.case).await? else { continue };
            if !alert.kind.holds(&case, user.id, user.department) || !self.may_read(user, &case) {
                continue;
            }
            let about = told.entry(alert.case).or_insert(Told { kinds: Vec::new(), at: alert.at, case });
            if !about.kinds.contains(&alert.kind) {
                about.kinds.push(alert.kind);
            }
        }
        if told.is_empty() {
            tx.drop_alerts(self.user, last).await?;
            return Ok(Sent::default());
        }
        let more = usize::try_from(all)
            .unwrap_or(usize::MAX)
            .saturating_sub(usize::try_from(MOST_LINES).unwrap_or(0));
        let hour_ago = self.now.checked_sub(SignedDuration::from_hours(1)).unwrap_or(Timestamp::MIN);
        let (letters, _) = tx.mails_since(&email.address, MailPurpose::Alert, hour_ago).await?;
        let before = self.now.checked_sub(BETWEEN_LISTS).unwrap_or(Timestamp::MIN);
        let (_, listed) = tx.mails_since(&email.address, MailPurpose::Alerts, before).await?;
        let letters = usize::try_from(letters).unwrap_or(usize::MAX);
        match posting(told.len().saturating_add(more), letters, listed, self.now) {
            Posting::Letters => {
                for (id, about) in &told {
                    self.letter(tx, &directory, (*id, about), &email.address).await?;
                }
                tx.drop_alerts(self.user, last).await?;
                Ok(Sent { mails: told.len(), cases: told.into_keys().collect() })
            }
            Posting::List => {
                self.list(tx, &directory, (&told, more), &email.address).await?;
                tx.drop_alerts(self.user, i64::MAX).await?;
                Ok(Sent { mails: 1, cases: Vec::new() })
            }
            Posting::Rest(until) => {
                tx.rest_alerts(self.user, until).await?;
                Ok(Sent::default())
            }
        }
    }
}

impl SendAlerts {
    /// A right that was taken away since is taken away from the mail too.
    fn may_read(&self, user: &User, case: &CaseFields) -> bool {
        let actor = Actor::User { id: user.id, role: user.role };
        self.shared.allow_on(&actor, Right::ReadCases, case).is_ok()
    }

    async fn letter(
        &self,
        tx: &mut Tx<'_>,
        directory: &Directory,
        (id, about): (CaseId, &Told),
        to: &EmailAddress,
    ) -> Result<(), ActionError> {
        let case = &about.case;
        let said = tx.first_words(id).await?;
        let said = if said.is_empty() { case.summary.clone() } else { said };
        let note = tx.note_of(id, about.at).await?;
        let why = self.why(&about.kinds)?;
        let words = self.shared.alert_letter(directory, (id, case), (&why, &note, &said))?;
        let subject = why.lines().next().unwrap_or_default().trim_end_matches('.').to_owned();
        let reference = CaseRef { id, number: case.number.clone() };
        let out = MailOut {
            case: &reference,
            interaction: None,
            to,
            party: MailParty::Officer,
            purpose: MailPurpose::Alert,
            subject: &subject,
            words: &words,
            files: &[],
            at: self.now,
        };
        let (_, entry) = self.shared.queue_mail(tx, &out).await?;
        tx.append(id, self.now, &By::default(), &[entry]).await?;
        Ok(())
    }

    async fn list(
        &self,
        tx: &mut Tx<'_>,
        directory: &Directory,
        (told, more): (&BTreeMap<CaseId, Told>, usize),
        to: &EmailAddress,
    ) -> Result<(), ActionError> {
        let mut lines = Vec::with_capacity(told.len() + 1);
        for about in told.values() {
            let category =
                directory.category(about.case.category).map(|c| c.name_sr.as_str()).unwrap_or_default();
            let why = self.why(&about.kinds)?.replace('\n', " ");
            lines.push(format!("{} · {category} · {why}", about.case.number));
        }
        if more > 0 {
            lines.push(format!("+ {more}"));
        }
        let count = told.len().saturating_add(more).to_string();
        let (list, link) = (lines.join("\n"), self.shared.mail.link("/tasks"));
        let places = [("count", count.as_str()), ("list", list.as_str()), ("link", link.as_str())];
        let words = fill(self.shared.mail_template(LIST, notify::CYRILLIC)?, &places);
        let words = self.shared.signed(words.trim_end(), notify::CYRILLIC);
        let subject = format!("Предмети који вас чекају: {count}");
        let mail = (MailPurpose::Alerts, subject.as_str(), words.as_str());
        self.shared.queue_mail_to_user(tx, to, mail, self.now).await.map(drop)
    }

    /// One sentence for each.
    fn why(&self, kinds: &[AlertKind]) -> Result<String, ActionError> {
        let sentence = |kind: &AlertKind| {
            let words = self.shared.mail_template(&format!("mail_why_{kind}"), notify::CYRILLIC)?;
            Ok::<_, ActionError>(words.to_owned())
        };
        Ok(kinds.iter().map(sentence).collect::<Result<Vec<_>, _>>()?.join("\n"))
    }
}
