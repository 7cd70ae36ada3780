//! What the page looks for, as it stands in its address.

use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;

use crate::actions::audit::{AuditFilter, SubjectKind, WhoKind};
use crate::domain::case::CaseNumber;
use crate::web::error::{WebError, percent};
use crate::web::page::Page;
use crate::web::state::App;

/// Texts, because an empty field of a form is an empty text; what cannot be read does not filter.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Query {
    /// `user:ID`, or a kind.
    pub who: String,
    pub what: String,
    pub kind: String,
    /// Id or key; of a case also its number.
    pub subject: String,
    /// Local dates, both included.
    pub from: String,
    pub until: String,
    pub before: String,
}

impl Query {
    pub async fn filter(&self, app: &App, page: &Page) -> Result<AuditFilter, WebError> {
        let what = read(&self.what);
        let subject = self.subject.trim();
        let kind: Option<SubjectKind> = read(&self.kind);
        // Whoever only types a number means a case.
        let kind = kind.or((!subject.is_empty()).then_some(SubjectKind::Case));
        let mut id = (!subject.is_empty()).then(|| subject.to_owned());
        if let (Some(SubjectKind::Case), Some(number)) = (kind, &id)
            && let Some(case) = app.db.case_by_number(&CaseNumber(number.clone())).await?
        {
            id = Some(case.to_string());
        }
        Ok(AuditFilter {
            who: self.who_is(),
            what,
            subject: kind.map(|kind| (kind, id)),
            from: self.day(page, &self.from, 0),
            until: self.day(page, &self.until, 1),
            without_seals: what.is_none(),
        })
    }

    pub fn before(&self) -> Option<i64> {
        read(&self.before)
    }

    pub fn is_filtered(&self) -> bool {
        [&self.who, &self.what, &self.kind, &self.subject, &self.from, &self.until]
            .iter()
            .any(|f| !f.is_empty())
    }

    pub fn address(&self, path: &str, before: Option<i64>) -> String {
        let before = before.map(|id| id.to_string()).unwrap_or_default();
        let pairs = [
            ("who", &self.who),
            ("what", &self.what),
            ("kind", &self.kind),
            ("subject", &self.subject),
            ("from", &self.from),
            ("until", &self.until),
            ("before", &before),
        ];
        let set = pairs.iter().filter(|(_, value)| !value.is_empty());
        let query: Vec<String> = set.map(|(name, value)| format!("{name}={}", percent(value))).collect();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
    }

    /// Address of the same list as a file.
    pub fn export(&self, format: &str) -> String {
        let address = self.address("/audit/export", None);
        let sign = if address.contains('?') { '&' } else { '?' };
        format!("{address}{sign}format={format}")
    }

    fn who_is(&self) -> Option<(WhoKind, Option<String>)> {
        match self.who.split_once(':') {
            Some((kind, id)) => Some((read(kind)?, Some(id.to_owned()))),
            None => Some((read(&self.who)?, None)),
        }
    }

    /// Midnight of the place, so many days later.
    fn day(&self, page: &Page, text: &str, later: i32) -> Option<Timestamp> {
        let date: Date = read(text)?;
        let date = date.checked_add(jiff::Span::new().try_days(later).ok()?).ok()?;
        Some(date.to_zoned(page.locale.zone.clone()).ok()?.timestamp())
    }
}

fn read<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}
