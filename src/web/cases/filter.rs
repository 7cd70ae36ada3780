//! What the list shows, as it stands in its address.

use std::str::FromStr;

use serde::Deserialize;

use crate::domain::case::{Channel, Status};
use crate::domain::id::{CategoryId, DepartmentId, UserId};
use crate::store::case_list::{Assignee, CaseFilter, Cursor};

/// Texts, because an empty field of a form is an empty text; what cannot be read does not filter.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Query {
    pub status: String,
    pub channel: String,
    pub category: String,
    pub department: String,
    /// A user's id, `me` or `nobody`.
    pub assignee: String,
    pub q: String,
    /// Where the page before ended.
    pub after: String,
}

impl Query {
    pub fn filter(&self, me: UserId) -> CaseFilter {
        CaseFilter {
            status: read(&self.status),
            channel: read::<Channel>(&self.channel),
            category: read(&self.category).map(CategoryId),
            department: read(&self.department).map(DepartmentId),
            assignee: match self.assignee.as_str() {
                "me" => Some(Assignee::User(me)),
                "nobody" => Some(Assignee::Nobody),
                id => read(id).map(|id| Assignee::User(UserId(id))),
            },
            q: Some(self.q.trim()).filter(|q| !q.is_empty()).map(str::to_owned),
            ..CaseFilter::default()
        }
    }

    pub fn cursor(&self) -> Option<Cursor> {
        read(&self.after)
    }

    /// True when anything but the status is filtered: the counts of the statuses then are not those of the list.
    pub fn is_narrowed(&self) -> bool {
        [&self.channel, &self.category, &self.department, &self.assignee, &self.q]
            .iter()
            .any(|f| !f.is_empty())
    }

    pub fn is_filtered(&self) -> bool {
        self.is_narrowed() || !self.status.is_empty()
    }

    /// The same list in another status.
    pub fn in_status(&self, status: Option<Status>) -> String {
        let status = status.map_or("", Status::as_str).to_owned();
        Self { status, after: String::new(), ..self.clone() }.address()
    }

    pub fn next(&self, after: Cursor) -> String {
        Self { after: after.to_string(), ..self.clone() }.address()
    }

    fn address(&self) -> String {
        let pairs = [
            ("status", &self.status),
            ("channel", &self.channel),
            ("category", &self.category),
            ("department", &self.department),
            ("assignee", &self.assignee),
            ("q", &self.q),
            ("after", &self.after),
        ];
        let query: Vec<String> = pairs
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", super::super::error::percent(value)))
            .collect();
        if query.is_empty() { "/cases".to_owned() } else { format!("/cases?{}", query.join("&")) }
    }
}

fn read<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_says_what_the_list_shows_and_nothing_else() {
        let query = Query { q: "цев & вода".into(), assignee: "me".into(), ..Query::default() };
        assert_eq!(
            query.in_status(Some(Status::New)),
            "/cases?status=new&assignee=me&q=%D1%86%D0%B5%D0%B2%20%26%20%D0%B2%D0%BE%D0%B4%D0%B0"
        );
        assert_eq!(Query::default().in_status(None), "/cases");
    }

    #[test]
    fn what_cannot_be_read_does_not_filter() {
        let query =
            Query { status: "nonsense".into(), category: "x".into(), q: "  ".into(), ..Query::default() };
        assert_eq!(query.filter(UserId(1)), CaseFilter::default());
        let mine = Query { assignee: "me".into(), ..Query::default() };
        assert_eq!(mine.filter(UserId(4)).assignee, Some(Assignee::User(UserId(4))));
    }
}
