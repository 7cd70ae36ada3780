//! Entries of the audit as the reader sees them.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::Value as Json;

use crate::actions::audit::{AuditHead, AuditRow, SubjectKind, What, WhoKind};
use crate::domain::audit::digest::hex;
use crate::domain::id::{CaseId, UserId};
use crate::web::cases::view::Viewer;
use crate::web::error::WebError;
use crate::web::export::lists::List;
use crate::web::i18n::Locale;
use crate::web::state::App;

#[derive(Debug)]
pub struct EntryView {
    pub id: i64,
    pub at: String,
    pub machine: String,
    pub who: String,
    pub what: String,
    pub subject: String,
    /// Where the subject is seen; empty when nowhere.
    pub link: String,
    /// What is known besides, as the programs wrote it.
    pub detail: String,
    pub erased: bool,
}

/// What turns rows into views: names of people, numbers of cases.
pub struct Words<'v> {
    viewer: Viewer<'v>,
    numbers: HashMap<CaseId, String>,
}

/// A longer detail is not read on a page.
const DETAIL_CHARS: usize = 300;

impl<'v> Words<'v> {
    pub async fn of(app: &App, viewer: Viewer<'v>, rows: &[AuditRow]) -> Result<Self, WebError> {
        let mut cases: Vec<CaseId> = rows.iter().filter_map(case).collect();
        cases.sort_unstable();
        cases.dedup();
        let numbers = app.db.case_numbers(&cases).await?;
        let numbers = numbers.into_iter().map(|case| (case.id, case.number.to_string())).collect();
        Ok(Self { viewer, numbers })
    }

    pub fn entry(&self, row: &AuditRow) -> EntryView {
        let link = &row.link;
        let at = Timestamp::from_microsecond(link.at).unwrap_or(Timestamp::UNIX_EPOCH);
        let locale = self.viewer.locale;
        let word = |group: &str, word: &str, known: bool| {
            if known { locale.word(group, word) } else { word.to_owned() }
        };
        EntryView {
            id: link.id,
            at: format!("{}:{:02}", locale.moment(at), at.as_second().rem_euclid(60)),
            machine: at.to_string(),
            who: self.who(row),
            what: word("audit-what", &link.what, link.what.parse::<What>().is_ok()),
            subject: self.subject(row),
            link: address(row),
            detail: row.detail.as_ref().map(|(detail, _)| plain(locale, detail)).unwrap_or_default(),
            erased: row.detail.is_none(),
        }
    }

    fn who(&self, row: &AuditRow) -> String {
        let (kind, who) = (&row.link.who_kind, &row.link.who);
        match kind.parse::<WhoKind>() {
            Ok(WhoKind::User) => who.parse().map_or_else(|_| who.clone(), |id| self.viewer.user(UserId(id))),
            Ok(known) => {
                let kind = self.viewer.locale.word("audit-who", known.as_str());
                if who.is_empty() { kind } else { format!("{kind}: {}", self.viewer.script(who)) }
            }
            Err(_) => format!("{kind} {who}"),
        }
    }

    fn subject(&self, row: &AuditRow) -> String {
        let link = &row.link;
        let Ok(kind) = link.subject_kind.parse::<SubjectKind>() else {
            return format!("{} {}", link.subject_kind, link.subject);
        };
        let name = match kind {
            SubjectKind::Case => case(row).and_then(|case| self.numbers.get(&case).cloned()),
            SubjectKind::User => link.subject.parse().ok().map(|id| self.viewer.user(UserId(id))),
            SubjectKind::List => {
                listed(&link.subject).map(|list| self.viewer.locale.word("audit-list", list))
            }
            _ => None,
        };
        let kind = self.viewer.locale.word("audit-subject", kind.as_str());
        let name = name.unwrap_or_else(|| self.viewer.script(&link.subject));
        format!("{kind} {name}")
    }
}

/// Lists that are shown or exported, besides those of the administration.
const LISTS: [&str; 10] =
    ["cases", "people", "users", "audit", "search", "similar", "intake", "board", "webhook-log", "opt-outs"];

/// `None`: a list that has no word for people any more.
fn listed(list: &str) -> Option<&'static str> {
    let ours = LISTS.into_iter().find(|known| *known == list);
    ours.or_else(|| List::ALL.iter().map(|known| known.as_str()).find(|known| *known == list))
}

pub fn head(head: &AuditHead) -> String {
    format!("{}:{}", head.id, hex(&head.digest))
}

fn case(row: &AuditRow) -> Option<CaseId> {
    let link = &row.link;
    (link.subject_kind == SubjectKind::Case.as_str()).then(|| link.subject.parse().ok().map(CaseId)).flatten()
}

fn address(row: &AuditRow) -> String {
    match row.link.subject_kind.parse::<SubjectKind>() {
        Ok(SubjectKind::Case) => format!("/cases/{}", row.link.subject),
        Ok(SubjectKind::Person) => format!("/people/{}", row.link.subject),
        Ok(SubjectKind::Queue) => format!("/queues/{}", row.link.subject),
        _ => String::new(),
    }
}

/// What details are called, where programs wrote them; `audit-key-…` names them.
const KEYS: &[&str] = &[
    "active",
    "address",
    "added",
    "again",
    "by",
    "change",
    "channel",
    "columns",
    "department",
    "done",
    "entries",
    "extension",
    "file",
    "from",
    "key",
    "languages",
    "lines",
    "list",
    "login",
    "means",
    "merge",
    "name",
    "new",
    "other",
    "out",
    "owner",
    "put",
    "question",
    "reason",
    "removed",
    "rests",
    "revision",
    "right",
    "role",
    "role_id",
    "rules",
    "second_factor",
    "secret",
    "services",
    "sessions",
    "set",
    "since",
    "undone",
    "until",
    "user",
];

/// Kinds of entries, which the audit of a case names; `audit-entry-…` says them.
const ENTRIES: &[&str] = &[
    "opened",
    "note",
    "status_changed",
    "assigned",
    "category_changed",
    "department_changed",
    "file_added",
    "file_removed",
    "answered",
    "reopened",
    "forwarded",
    "sent_back",
    "place_changed",
    "replied",
    "notice_moved",
    "merged",
    "absorbed",
    "unmerged",
    "released",
    "linked",
    "unlinked",
    "watched",
    "unwatched",
    "deadline_set",
    "deadline_moved",
    "deadline_paused",
    "deadline_resumed",
    "deadline_extended",
    "deadline_met",
    "deadline_missed",
    "deadline_dropped",
    "escalated",
    "described",
    "document_received",
    "follower_added",
    "questions_answered",
    "mail_queued",
    "text_queued",
];

/// JSON without its brackets and in the reader's words, cut off where it gets long.
fn plain(locale: &Locale, detail: &str) -> String {
    let Ok(Json::Object(fields)) = serde_json::from_str::<Json>(detail) else { return String::new() };
    let named = |key: &str| if KEYS.contains(&key) { locale.word("audit-key", key) } else { key.to_owned() };
    let entry =
        |kind: &str| if ENTRIES.contains(&kind) { locale.word("audit-entry", kind) } else { kind.to_owned() };
    let value = |key: &str, value: &Json| match value {
        Json::String(text) => text.clone(),
        Json::Bool(true) => locale.say("yes").to_lowercase(),
        Json::Bool(false) => locale.say("no").to_lowercase(),
        Json::Array(items) => {
            let items = items.iter().map(|item| match item.as_str() {
                Some(word) if key == "entries" => entry(word),
                Some(word) => word.to_owned(),
                None => item.to_string(),
            });
            items.collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    };
    let said = fields.iter().filter(|(_, field)| !field.is_null());
    let fields: Vec<String> =
        said.map(|(key, field)| format!("{}: {}", named(key), value(key, field))).collect();
    let text = fields.join("; ");
    match text.char_indices().nth(DETAIL_CHARS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::i18n::Language;
    use crate::web::i18n::tests::locale;

    #[test]
    fn detail_is_read_without_brackets_and_in_the_readers_words() {
        let serbian = locale(Language::SerbianCyrillic);
        assert_eq!(
            plain(&serbian, r#"{"entries":["note","assigned"],"new":true,"owner":null}"#),
            "упис: белешка, додела; ново: да"
        );
        assert_eq!(plain(&serbian, r#"{"entries":["unheard_of"],"odd":7}"#), "упис: unheard_of; odd: 7");
        assert_eq!(plain(&serbian, "null"), "");
        assert!(plain(&serbian, &format!(r#"{{"x":"{}"}}"#, "ш".repeat(900))).chars().count() < 310);
    }

    #[test]
    fn every_known_detail_has_its_word_in_every_language() {
        for language in Language::ALL {
            let locale = locale(language);
            for (group, words) in [("audit-key", KEYS), ("audit-entry", ENTRIES)] {
                for word in words {
                    let key = format!("{group}-{}", word.replace('_', "-"));
                    assert_ne!(locale.word(group, word), key, "{language:?}");
                }
            }
        }
    }
}
