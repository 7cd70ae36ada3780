//! Who can be dialled within the house.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::domain::id::UserId;
use crate::domain::permission::Role;

/// People with an extension, and the services that they belong to.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    people: BTreeMap<UserId, Person>,
    by_extension: BTreeMap<String, UserId>,
    by_department: BTreeMap<String, Vec<UserId>>,
    language: String,
    ring: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub user: UserId,
    pub name: String,
    pub login: String,
    pub role: Role,
    pub extension: Option<String>,
    /// Keys of their departments.
    pub departments: Vec<String>,
}

impl Directory {
    /// `language`: of prompts for calls that no plan leads. `ring`: how long callers hear ringing before they are answered.
    pub fn new(people: Vec<Person>, language: impl Into<String>, ring: Duration) -> Self {
        let mut directory = Self { language: language.into(), ring, ..Self::default() };
        for person in people {
            if let Some(extension) = &person.extension {
                directory.by_extension.insert(extension.clone(), person.user);
            }
            for department in &person.departments {
                directory.by_department.entry(department.clone()).or_default().push(person.user);
            }
            directory.people.insert(person.user, person);
        }
        directory
    }

    pub fn person(&self, user: UserId) -> Option<&Person> {
        self.people.get(&user)
    }

    pub fn people(&self) -> impl Iterator<Item = &Person> {
        self.people.values()
    }

    pub fn by_extension(&self, extension: &str) -> Option<UserId> {
        self.by_extension.get(extension).copied()
    }

    pub fn of_department(&self, department: &str) -> &[UserId] {
        self.by_department.get(department).map_or(&[], Vec::as_slice)
    }

    pub fn language(&self) -> &str {
        if self.language.is_empty() { "sr" } else { &self.language }
    }

    pub fn ring(&self) -> Duration {
        self.ring
    }
}
