//! A notice to the citizen: words from a template, queued in the transaction that makes it due.

use jiff::Timestamp;

use super::case_state::new_pin;
use super::{ActionError, Shared};
use crate::domain::case::CaseRef;
use crate::domain::id::{InteractionId, OutboxId};
use crate::domain::phone::PhoneNumber;
use crate::domain::template::fill;
use crate::domain::timeline::Entry;
use crate::store::Tx;
use crate::store::outbox::NewOutboxText;

/// For a citizen who wrote in Cyrillic.
pub(super) const CYRILLIC: &str = "sr-Cyrl";
/// For everybody else: without diacritics it is the cheapest notice, and one that every telephone shows.
pub(super) const LATIN: &str = "sr-Latn";

impl Shared {
    /// The entry that tells of it is the caller's to append.
    pub(super) async fn queue_notice(
        &self,
        tx: &mut Tx<'_>,
        case: &CaseRef,
        interaction: InteractionId,
        (template, language): (&str, &str),
        to: &PhoneNumber,
        at: Timestamp,
    ) -> Result<(OutboxId, Entry), ActionError> {
        // A case from before there were PINs gets one with its first notice.
        let pin = tx.put_pin(case, &new_pin()).await?;
        let words = self.notice(template, language, case, &pin)?;
        let text =
            NewOutboxText { case: case.id, interaction: Some(interaction), template, to, words: &words, at };
        let outbox = tx.queue_text(&text).await?;
        Ok((outbox, Entry::TextQueued { outbox, to: to.as_str().to_owned(), words }))
    }

    fn notice(
        &self,
        template: &str,
        language: &str,
        case: &CaseRef,
        pin: &str,
    ) -> Result<String, ActionError> {
        Ok(fill(self.words_of(template, language)?, &[("number", case.number.as_str()), ("pin", pin)]))
    }

    /// About no case.
    pub(super) fn plain_notice(&self, template: &str, language: &str) -> Result<String, ActionError> {
        Ok(fill(self.words_of(template, language)?, &[]))
    }

    fn words_of(&self, template: &str, language: &str) -> Result<&str, ActionError> {
        let words = |language: &str| self.templates.get(&(template.to_owned(), language.to_owned()));
        words(language)
            .or_else(|| words(LATIN))
            .map(String::as_str)
            .ok_or_else(|| ActionError::Invalid(format!("there is no template {template:?}")))
    }
}
