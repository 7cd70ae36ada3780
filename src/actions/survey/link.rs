//! A survey by a link of one's own: whose it is and of which version is sealed in it, so nobody makes one for somebody else, and nothing of it is
//! stored. It needs no log-in; a link that is not ours says no more than that.

use jiff::Timestamp;

use super::super::{ActionError, Actions, Shared};
use super::SurveyError;
use super::interview::{Asked, Said, begin, take};
use crate::domain::id::{InterviewId, RecipientId, SurveyVersionId};
use crate::domain::person::PersonLanguage;
use crate::domain::survey::version::Deed;
use crate::domain::survey::{Answer, Mode, Position, QuestionKey};
use crate::store::interview::{Answers, InterviewRow, NewInterview};
use crate::store::vault::Vault;
use crate::store::{StoreError, Tx, Work};

/// For what it is sealed.
const OF: &str = "survey";
/// What orders the options of whoever has not begun yet, the same each time they look.
const ORDER: &str = "order of a survey";
/// No two numbers make a longer one.
const LONGEST: usize = 100;

/// What a link says when it is ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SurveyLink {
    pub version: SurveyVersionId,
    /// Of a campaign.
    pub recipient: RecipientId,
}

/// Before anybody has the link: what a campaign reckons and shows with. It is as long as others, and leads nowhere.
pub const EXAMPLE: RecipientId = RecipientId(99_999_999);

impl SurveyLink {
    /// Short, for it is paid for by the part of a text.
    pub fn token(&self, vault: &Vault) -> Result<String, StoreError> {
        let mut plain = number(self.version.0);
        plain.extend(number(self.recipient.0));
        vault.seal_link(OF, &plain)
    }

    pub fn of_token(vault: &Vault, token: &str) -> Option<Self> {
        if token.len() > LONGEST {
            return None;
        }
        let plain = vault.open_link(OF, token)?;
        let (version, rest) = read(&plain)?;
        let (recipient, rest) = read(rest)?;
        rest.is_empty()
            .then_some(Self { version: SurveyVersionId(version), recipient: RecipientId(recipient) })
    }

    fn seed(&self, vault: &Vault) -> u32 {
        let mut plain = number(self.version.0);
        plain.extend(number(self.recipient.0));
        let [a, b, c, d, ..] = vault.mark(ORDER, &plain);
        u32::from_be_bytes([a, b, c, d])
    }
}

impl Actions {
    /// Where whoever has the link is. `None`: it is not ours, or what it led to is gone or over. Looking changes nothing: programs look at
    /// the links of messages too.
    pub async fn survey_by_link(
        &self,
        token: &str,
        language: PersonLanguage,
    ) -> Result<Option<Asked>, SurveyError> {
        let db = &self.shared.db;
        let Some(link) = SurveyLink::of_token(db.vault(), token) else { return Ok(None) };
        let Some(version) = db.survey_version(link.version).await? else { return Ok(None) };
        if let Some(row) = db.interview_of_recipient(link.recipient, link.version).await? {
            let answers = db.interview_answers(row.id).await?;
            return Asked::new(row, version, answers).map(Some);
        }
        let begins = super::may(&version, Deed::Begin).is_ok();
        if !begins || db.recipient(link.recipient).await?.is_none() {
            return Ok(None);
        }
        let seed = link.seed(db.vault());
        let row = not_begun(link, language, (seed, self.clock.now()));
        Asked::new(row, version, Answers::new()).map(Some)
    }

    /// The token of somebody's own link; what sends a message writes it into the words.
    pub fn survey_token(
        &self,
        version: SurveyVersionId,
        recipient: RecipientId,
    ) -> Result<String, ActionError> {
        Ok(SurveyLink { version, recipient }.token(self.shared.db.vault())?)
    }

    /// The first answer begins the interview, the last one ends it. `None`: the link is not ours.
    pub async fn answer_by_link(
        &self,
        token: &str,
        language: PersonLanguage,
        (question, answer): (QuestionKey, Answer),
    ) -> Result<Option<Asked>, SurveyError> {
        let vault = self.shared.db.vault();
        let Some(link) = SurveyLink::of_token(vault, token) else { return Ok(None) };
        let (seed, at) = (link.seed(vault), self.clock.now());
        let said = Said::Answer(question, answer);
        let asked = self.shared.db.write(ByLink { link, language, seed, said, at }).await;
        match asked {
            Ok(asked) => Ok(Some(asked)),
            Err(SurveyError::Action(ActionError::NotFound) | SurveyError::NotNow { .. }) => Ok(None),
            Err(other) => Err(other),
        }
    }
}

impl Shared {
    /// The address that a message to this recipient names. Empty without `[web] public_url`, or when it cannot be sealed.
    pub(in crate::actions) fn survey_address(&self, link: SurveyLink) -> String {
        let pages = self.mail.pages.trim_end_matches('/');
        match link.token(self.db.vault()) {
            Ok(token) if !pages.is_empty() => format!("{pages}/s/{token}"),
            _ => String::new(),
        }
    }
}

struct ByLink {
    link: SurveyLink,
    language: PersonLanguage,
    seed: u32,
    said: Said,
    at: Timestamp,
}

impl Work for ByLink {
    type Out = Asked;
    type Error = SurveyError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Asked, SurveyError> {
        let SurveyLink { version, recipient } = self.link;
        let row = match tx.interview_of_recipient(recipient, version).await? {
            Some(row) => row,
            None => {
                let (_, whose) = tx.recipient(recipient).await?.ok_or(ActionError::NotFound)?;
                let new = NewInterview {
                    version,
                    recipient: Some(recipient),
                    attempt: None,
                    person: whose.who.person,
                    mode: Mode::Web,
                    operator: None,
                    language: self.language,
                    seed: self.seed,
                };
                begin(tx, &new, self.at).await?;
                // Two pages may have begun it at once: the row is the one that is there.
                let row = tx.interview_of_recipient(recipient, version).await?;
                row.ok_or(ActionError::NotFound)?
            }
        };
        let language = (row.language != self.language).then_some(self.language);
        let mut asked = take(tx, row, &self.said, self.at).await?;
        if let Some(language) = language.filter(|to| asked.version.questionnaire.languages.contains(to)) {
            tx.interview_speaks(asked.row.id, language).await?;
            asked.interview.speak(language);
            asked.row.language = language;
        }
        // Nobody has to say that they are done.
        if asked.row.disposition.is_none() && matches!(asked.interview.position(), Position::End(_)) {
            asked = take(tx, asked.row, &Said::Close, self.at).await?;
        }
        Ok(asked)
    }
}

fn not_begun(link: SurveyLink, language: PersonLanguage, (seed, at): (u32, Timestamp)) -> InterviewRow {
    InterviewRow {
        id: InterviewId(0),
        version: link.version,
        recipient: Some(link.recipient),
        attempt: None,
        person: None,
        mode: Mode::Web,
        operator: None,
        language,
        seed,
        disposition: None,
        answered: 0,
        started_at: at,
        changed_at: at,
        ended_at: None,
    }
}

/// Seven bits in each byte, the lowest first (LEB128). Ids are not negative.
fn number(id: i64) -> Vec<u8> {
    let mut left = id.unsigned_abs();
    let mut bytes = Vec::new();
    loop {
        let low = u8::try_from(left & 0x7f).unwrap_or_default();
        left >>= 7;
        if left == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

fn read(bytes: &[u8]) -> Option<(i64, &[u8])> {
    let mut id: i64 = 0;
    for (at, byte) in bytes.iter().enumerate().take(9) {
        id |= i64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((id, bytes.split_at_checked(at + 1)?.1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_come_back() {
        for id in [0, 1, 127, 128, 99_999_999, i64::from(u32::MAX), (1 << 62) + 5] {
            let bytes = number(id);
            assert_eq!(read(&bytes), Some((id, [].as_slice())), "{id}");
        }
        assert_eq!(number(99_999_999).len(), 4);
        assert_eq!(read(&[0x80, 0x80]), None);
    }
}
