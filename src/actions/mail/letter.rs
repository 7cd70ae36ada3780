//! What our mails say: templates with their places filled, and the name of the municipality below.

use jiff::Timestamp;

use super::queue::MailOut;
use crate::actions::case_state::new_pin;
use crate::actions::{ActionError, Shared, notify};
use crate::domain::case::CaseRef;
use crate::domain::department::DepartmentKind;
use crate::domain::email::EmailAddress;
use crate::domain::id::{CaseId, DepartmentId, OutboxId};
use crate::domain::mail::{MailParty, MailPurpose};
use crate::domain::notice::Purpose;
use crate::domain::projection::CaseFields;
use crate::domain::script::to_latin;
use crate::domain::template::fill;
use crate::domain::timeline::Entry;
use crate::store::Tx;
use crate::store::directory::Directory;
use crate::store::notice::Notice;

/// What an institution is handed.
const FORWARD: &str = "mail_forward";
/// What a colleague is told about a case.
const ALERT: &str = "mail_alert";
/// A place that nobody filled is said to be unknown.
const UNKNOWN: &str = "–";

impl Shared {
    /// A notice by template, `{number}` and `{pin}` filled in besides `places`.
    pub(in crate::actions) async fn mail_notice(
        &self,
        tx: &mut Tx<'_>,
        template: &str,
        language: &str,
        case: &CaseRef,
        places: &[(&str, &str)],
    ) -> Result<String, ActionError> {
        // A case from before there were PINs gets one with its first notice.
        let pin = tx.put_pin(case, &new_pin()).await?;
        let mut filled = vec![("number", case.number.as_str()), ("pin", pin.as_str())];
        filled.extend_from_slice(places);
        Ok(self.signed(&fill(self.mail_template(template, language)?, &filled), language))
    }

    /// The facts of a case for the one who is to decide about it. Who the citizen is and how they are reached is not among them.
    pub(in crate::actions) fn forward_letter(
        &self,
        directory: &Directory,
        case: &CaseFields,
        (note, words): (&str, &str),
    ) -> Result<String, ActionError> {
        let category = directory.category(case.category).map(|c| c.name_sr.as_str()).unwrap_or(UNKNOWN);
        let opened = case.opened_at.to_zoned(self.zone.clone()).strftime("%d.%m.%Y. %H:%M").to_string();
        let or_unknown =
            |text: &str| if text.trim().is_empty() { UNKNOWN.to_owned() } else { text.to_owned() };
        let (place, words) = (or_unknown(&case.place), or_unknown(words));
        let places = [
            ("number", case.number.as_str()),
            ("category", category),
            ("opened", opened.as_str()),
            ("place", place.as_str()),
            ("words", words.as_str()),
            ("note", note),
        ];
        Ok(self.signed(&fill(self.mail_template(FORWARD, notify::CYRILLIC)?, &places), notify::CYRILLIC))
    }

    /// The same for a colleague who is to do something about it, and may answer.
    pub(in crate::actions) fn alert_letter(
        &self,
        directory: &Directory,
        (id, case): (CaseId, &CaseFields),
        (why, note, words): (&str, &str, &str),
    ) -> Result<String, ActionError> {
        let category = directory.category(case.category).map(|c| c.name_sr.as_str()).unwrap_or(UNKNOWN);
        let local = |at: Timestamp| at.to_zoned(self.zone.clone()).strftime("%d.%m.%Y. %H:%M").to_string();
        let or_unknown =
            |text: &str| if text.trim().is_empty() { UNKNOWN.to_owned() } else { text.to_owned() };
        let places = [
            ("number", case.number.to_string()),
            ("category", category.to_owned()),
            ("opened", local(case.opened_at)),
            ("due", case.due_at.map_or_else(|| UNKNOWN.to_owned(), local)),
            ("place", or_unknown(&case.place)),
            ("words", or_unknown(words)),
            ("note", note.to_owned()),
            ("why", why.to_owned()),
            ("link", self.mail.link(&format!("/cases/{id}"))),
        ];
        let places: Vec<(&str, &str)> = places.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let words = fill(self.mail_template(ALERT, notify::CYRILLIC)?, &places);
        Ok(self.signed(words.trim_end(), notify::CYRILLIC))
    }

    pub(in crate::actions) fn mail_template(
        &self,
        template: &str,
        language: &str,
    ) -> Result<&str, ActionError> {
        let words = |language: &str| self.templates.get(&(template.to_owned(), language.to_owned()));
        let words = words(language).or_else(|| words(notify::CYRILLIC));
        words
            .map(String::as_str)
            .ok_or_else(|| ActionError::Invalid(format!("there is no template {template:?}")))
    }

    /// With the municipality's name below, in the script of the words.
    pub(in crate::actions) fn signed(&self, words: &str, language: &str) -> String {
        let name = self.mail.name.trim();
        let name = if language == notify::CYRILLIC { name.to_owned() } else { to_latin(name) };
        if name.is_empty() { words.to_owned() } else { format!("{}\n\n{name}", words.trim_end()) }
    }
}

impl Shared {
    /// The rung of a notice that goes by e-mail.
    pub(in crate::actions) async fn queue_notice_mail(
        &self,
        tx: &mut Tx<'_>,
        notice: &Notice,
        address: &str,
        words: &str,
        at: Timestamp,
    ) -> Result<(OutboxId, Entry), ActionError> {
        let to = EmailAddress::from_stored(address)
            .ok_or_else(|| ActionError::Invalid("an e-mail address that is none".into()))?;
        let case = tx.case_ref(notice.case).await?.ok_or(ActionError::NotFound)?;
        let out = MailOut {
            case: &case,
            interaction: None,
            to: &to,
            party: MailParty::Citizen,
            purpose: if notice.purpose == Purpose::Reply { MailPurpose::Reply } else { MailPurpose::Notice },
            subject: "",
            words,
            files: &[],
            at,
        };
        self.queue_mail(tx, &out).await
    }
}

impl Shared {
    /// An institution works by e-mail: it gets the facts and may answer the mail. A service of ours works here, and gets none.
    pub(in crate::actions) async fn mail_to_department(
        &self,
        tx: &mut Tx<'_>,
        (id, case): (CaseId, &CaseFields),
        to: DepartmentId,
        note: &str,
        at: Timestamp,
    ) -> Result<Option<Entry>, ActionError> {
        let directory = self.db.directory();
        let Some(department) = directory.department(to) else { return Ok(None) };
        let Some(address) = department.email.as_deref().filter(|_| self.mail.sends()) else {
            return Ok(None);
        };
        if department.kind != DepartmentKind::Institution {
            return Ok(None);
        }
        let to = EmailAddress::parse(address)
            .map_err(|_| ActionError::Invalid(format!("{address:?} is not an e-mail address")))?;
        let said = tx.first_words(id).await?;
        let said = if said.is_empty() { case.summary.as_str() } else { said.as_str() };
        let words = self.forward_letter(&directory, case, (note, said))?;
        let reference = CaseRef { id, number: case.number.clone() };
        let out = MailOut {
            case: &reference,
            interaction: None,
            to: &to,
            party: MailParty::Institution,
            purpose: MailPurpose::Forward,
            subject: "",
            words: &words,
            files: &[],
            at,
        };
        Ok(Some(self.queue_mail(tx, &out).await?.1))
    }
}
