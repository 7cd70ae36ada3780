//! The menu of every page: the daily work side by side, and behind one word everything that is set up and looked after, in the
//! groups in which it is looked for. Only what the reader may come to is there.

use super::page::Page;
use super::trouble;
use crate::domain::permission::Right;

/// One place: its address, the key of its name, what one needs, and the addresses that belong to it too.
struct Place {
    address: &'static str,
    name: &'static str,
    right: Option<Right>,
    with: &'static [&'static str],
}

const fn place(address: &'static str, name: &'static str, right: Right) -> Place {
    Place { address, name, right: Some(right), with: &[] }
}

const DAILY: &[Place] = &[
    Place { address: "/cases", name: "nav-cases", right: None, with: &[] },
    place("/people", "nav-people", Right::ReadPeople),
    Place {
        address: "/campaigns",
        name: "nav-campaigns",
        right: Some(Right::ReadCampaigns),
        with: &["/segments"],
    },
    Place {
        address: "/surveys",
        name: "nav-surveys",
        right: Some(Right::ReadSurveys),
        with: &["/interviews", "/dialer"],
    },
    place("/live", "nav-live", Right::ReadBoard),
];

/// Key of the group's name, and what is in it.
const GROUPS: &[(&str, &[Place])] = &[
    (
        "menu-work",
        &[
            Place {
                address: "/services",
                name: "nav-catalogue",
                right: Some(Right::ManageCatalogue),
                with: &["/categories", "/areas"],
            },
            Place {
                address: "/templates",
                name: "nav-templates",
                right: Some(Right::ManageTemplates),
                with: &["/macros"],
            },
            place("/do-not-disturb", "nav-opt-outs", Right::EditPeople),
            place("/deadlines", "nav-deadlines", Right::ManageCalendar),
            place("/calendar", "nav-calendar", Right::ManageCalendar),
        ],
    ),
    (
        "menu-telephony",
        &[
            place("/dialplans", "nav-dialplans", Right::ManageDialplans),
            place("/queues", "nav-queues", Right::ManageQueues),
        ],
    ),
    (
        "menu-access",
        &[
            place("/users", "nav-users", Right::ManageUsers),
            place("/rights", "nav-rights", Right::ManageRights),
            place("/audit", "nav-audit", Right::ReadAudit),
            place("/retention", "nav-retention", Right::ErasePeople),
        ],
    ),
    (
        "menu-installation",
        &[
            place(trouble::SYSTEM, "nav-system", Right::ManageSettings),
            place("/safety", "nav-safety", Right::ManageSettings),
            place("/tokens", "nav-tokens", Right::ManageTokens),
            place(trouble::WEBHOOKS, "webhooks", Right::ManageTokens),
        ],
    ),
];

#[derive(Debug)]
pub struct Menu {
    pub daily: Vec<Entry>,
    pub groups: Vec<Group>,
}

#[derive(Debug)]
pub struct Group {
    /// Key of its name.
    pub name: &'static str,
    pub entries: Vec<Entry>,
}

#[derive(Debug)]
pub struct Entry {
    pub address: &'static str,
    /// Key of its name.
    pub name: &'static str,
    /// The page that is open is here.
    pub here: bool,
    /// Something is wrong there.
    pub trouble: bool,
}

impl Menu {
    /// The place among the groups where the reader is.
    pub fn inside(&self) -> Option<&Entry> {
        self.groups.iter().flat_map(|group| &group.entries).find(|entry| entry.here)
    }

    /// Something is wrong where the reader may look after it.
    pub fn trouble(&self) -> bool {
        self.groups.iter().flat_map(|group| &group.entries).any(|entry| entry.trouble)
    }
}

impl Page {
    pub fn menu(&self) -> Menu {
        let groups = GROUPS.iter().map(|(name, places)| Group { name, entries: self.entries(places) });
        Menu {
            daily: self.entries(DAILY),
            groups: groups.filter(|group| !group.entries.is_empty()).collect(),
        }
    }

    fn entries(&self, places: &[Place]) -> Vec<Entry> {
        let reached = places.iter().filter(|place| place.right.is_none_or(|right| self.may(right)));
        reached
            .map(|place| Entry {
                address: place.address,
                name: place.name,
                here: self.is_under(place.address) || place.with.iter().any(|with| self.is_under(with)),
                trouble: self.troubles.contains(&place.address),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::permission::{Role, RoleRules};
    use crate::store::directory::Directory;
    use crate::web::i18n::Language;
    use crate::web::samples::page;

    fn page_of(role: Role, here: &str) -> Page {
        let mut page = page(Language::English);
        let mut user = page.user.clone().unwrap();
        user.role = role;
        user.role_id = RoleRules::seeded_id(role);
        let roles = Role::ALL.iter().map(|role| RoleRules::seeded(*role)).collect();
        page.directory = Arc::new(Directory { users: vec![user.clone()], roles, ..Directory::default() });
        page.user = Some(user);
        page.here = here.into();
        page
    }

    #[test]
    fn an_administrator_finds_every_place_once_and_sees_where_they_are() {
        let menu = page_of(Role::Administrator, "/categories/water?q=a").menu();
        let mut all: Vec<_> = menu.daily.iter().chain(menu.groups.iter().flat_map(|g| &g.entries)).collect();
        assert_eq!(all.iter().filter(|entry| entry.here).count(), 1);
        assert_eq!(menu.inside().map(|entry| entry.address), Some("/services"));
        all.sort_by_key(|entry| entry.address);
        all.dedup_by_key(|entry| entry.address);
        let places: usize = GROUPS.iter().map(|(_, places)| places.len()).sum();
        assert_eq!(all.len(), DAILY.len() + places);
    }

    #[test]
    fn trouble_is_marked_for_those_only_who_may_look_after_it() {
        let menu = |role| {
            let mut page = page_of(role, "/cases");
            page.troubles = vec![trouble::SYSTEM];
            page.menu()
        };
        let marked = menu(Role::Administrator);
        let all = marked.groups.iter().flat_map(|group| &group.entries).filter(|entry| entry.trouble);
        assert_eq!(all.map(|entry| entry.address).collect::<Vec<_>>(), ["/system"]);
        assert!(marked.trouble() && !menu(Role::Operator).trouble());
    }

    #[test]
    fn an_operator_has_no_group_that_is_empty() {
        let menu = page_of(Role::Operator, "/cases").menu();
        assert!(menu.groups.iter().all(|group| !group.entries.is_empty()));
        assert!(!menu.groups.iter().any(|group| group.name == "menu-installation"));
        assert!(menu.inside().is_none());
    }
}
