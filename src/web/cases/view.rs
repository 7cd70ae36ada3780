//! Stored rows as the reader sees them: names instead of ids, dates of the place, numbers as people write them.

use crate::domain::case::{Channel, Status};
use crate::domain::flow::Step;
use crate::domain::id::{CategoryId, DepartmentId, UserId};
use crate::domain::script::alphabetical;
use crate::store::case::CaseRow;
use crate::store::directory::Directory;
use crate::web::deadlines::chip::DueView;
use crate::web::i18n::Locale;

/// A word of an enum with what the reader calls it; the word also picks icon and colour.
#[derive(Clone, Debug)]
pub struct Labelled {
    pub word: &'static str,
    pub label: String,
}

#[derive(Clone, Debug)]
pub struct RowView {
    pub id: i64,
    pub number: String,
    pub channel: Labelled,
    pub status: Labelled,
    pub category: String,
    pub department: String,
    pub assignee: String,
    /// The person's name, or else the caller, or that it is hidden.
    pub who: String,
    /// The number under the name; empty when `who` is the number.
    pub phone: String,
    pub summary: String,
    /// While a deadline runs.
    pub due: Option<DueView>,
    pub opened: String,
    pub opened_whole: String,
    pub opened_machine: String,
}

/// Turns rows into views for one reader.
#[derive(Clone, Copy, Debug)]
pub struct Viewer<'a> {
    pub locale: &'a Locale,
    pub directory: &'a Directory,
}

impl Viewer<'_> {
    pub fn row(&self, row: &CaseRow) -> RowView {
        let caller = row.caller.as_deref().map_or_else(|| self.locale.say("caller-hidden"), for_people);
        let (who, phone) = if row.person_name.is_empty() {
            (caller, String::new())
        } else {
            (self.script(&row.person_name), caller)
        };
        RowView {
            id: row.id.0,
            number: row.number.to_string(),
            channel: self.channel(row.channel),
            status: self.status(row.status),
            category: self.category(row.category),
            department: row.department.map(|d| self.department(d)).unwrap_or_default(),
            assignee: row.assignee.map(|u| self.user(u)).unwrap_or_default(),
            who,
            phone,
            summary: row.summary.clone(),
            due: row.due_at.map(|due| DueView::new(self.locale, due)),
            opened: self.locale.short(row.opened_at),
            opened_whole: self.locale.moment(row.opened_at),
            opened_machine: row.opened_at.to_string(),
        }
    }

    pub fn status(&self, status: Status) -> Labelled {
        Labelled { word: status.as_str(), label: self.locale.word("status", status.as_str()) }
    }

    pub fn channel(&self, channel: Channel) -> Labelled {
        Labelled { word: channel.as_str(), label: self.locale.word("channel", channel.as_str()) }
    }

    pub fn category(&self, id: CategoryId) -> String {
        let found = self.directory.category(id);
        found.map_or_else(|| id.to_string(), |c| self.locale.name(&c.name_sr, Some(&c.name_en)))
    }

    pub fn department(&self, id: DepartmentId) -> String {
        let found = self.directory.department(id);
        found.map_or_else(|| id.to_string(), |d| self.locale.name(&d.name_sr, Some(&d.name_en)))
    }

    pub fn user(&self, id: UserId) -> String {
        self.directory.user(id).map_or_else(|| id.to_string(), |u| self.script(&u.name))
    }

    /// A name in the reader's script. Latin stays Latin: the way back is not exact.
    pub fn script(&self, name: &str) -> String {
        self.locale.name(name, None)
    }
}

/// One choice of a select.
#[derive(Clone, Debug)]
pub struct Choice {
    pub value: String,
    pub label: String,
    pub chosen: bool,
}

impl Viewer<'_> {
    /// What the case is, and what it can become by a bare change of status.
    pub fn next_statuses(&self, row: &CaseRow) -> Vec<Choice> {
        let possible = |to: Status| {
            Step::of_change(to)
                .is_some_and(|step| step.check_at(row.status, row.told, row.merged_into.is_some()).is_ok())
        };
        let chosen = row.status.as_str();
        let next = Status::ALL.iter().filter(|s| **s == row.status || possible(**s));
        next.map(|s| choice(s.as_str(), self.status(*s).label, chosen)).collect()
    }

    pub fn channels(&self, chosen: &str) -> Vec<Choice> {
        Channel::ALL.iter().map(|c| choice(c.as_str(), self.channel(*c).label, chosen)).collect()
    }

    /// Those under another are moved in, so that the tree is seen in a plain select. A retired one only where it is chosen.
    pub fn categories(&self, chosen: &str) -> Vec<Choice> {
        let categories = &self.directory.categories;
        categories
            .iter()
            .map(|c| {
                let indent = "\u{2003}".repeat(self.directory.category_line(c.id).len().saturating_sub(1));
                (c.active, choice(&c.id.to_string(), format!("{indent}{}", self.category(c.id)), chosen))
            })
            .filter(|(active, choice)| *active || choice.chosen)
            .map(|(_, choice)| choice)
            .collect()
    }

    pub fn departments(&self, chosen: &str) -> Vec<Choice> {
        let departments = &self.directory.departments;
        departments
            .iter()
            .map(|d| (d.active, choice(&d.id.to_string(), self.department(d.id), chosen)))
            .filter(|(active, choice)| *active || choice.chosen)
            .map(|(_, choice)| choice)
            .collect()
    }

    /// Active users, and the chosen one even when no longer active.
    pub fn users(&self, chosen: &str) -> Vec<Choice> {
        let mut users: Vec<Choice> = self
            .directory
            .users
            .iter()
            .map(|u| (u.active, choice(&u.id.to_string(), self.script(&u.name), chosen)))
            .filter(|(active, choice)| *active || choice.chosen)
            .map(|(_, choice)| choice)
            .collect();
        users.sort_by_key(|user| alphabetical(&user.label));
        users
    }
}

fn choice(value: &str, label: String, chosen: &str) -> Choice {
    Choice { value: value.to_owned(), label, chosen: value == chosen }
}

/// `+381641234567` as `064/123-45-67`; numbers of other countries and names stay as they are.
pub fn for_people(caller: &str) -> String {
    let national =
        caller.strip_prefix("+381").filter(|rest| (8..=9).contains(&rest.len()) && rest.is_ascii());
    let Some((area, local)) = national.and_then(|rest| rest.split_at_checked(2)) else {
        return caller.to_owned();
    };
    let groups = match (local.split_at_checked(3), local.split_at_checked(5)) {
        (Some((first, rest)), _) if local.len() == 6 => format!("{first}-{rest}"),
        (Some((first, _)), Some((middle, last))) => {
            format!("{first}-{}-{last}", middle.get(3..).unwrap_or_default())
        }
        _ => local.to_owned(),
    };
    format!("0{area}/{groups}")
}

#[cfg(test)]
mod tests {
    use super::for_people;

    #[test]
    fn numbers_are_shown_as_people_write_them() {
        assert_eq!(for_people("+381641234567"), "064/123-45-67");
        assert_eq!(for_people("+38121480000"), "021/480-000");
        assert_eq!(for_people("+4930123456"), "+4930123456");
        assert_eq!(for_people("Info"), "Info");
    }
}
