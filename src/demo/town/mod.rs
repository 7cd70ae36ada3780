//! A Serbian town that does not exist: services, categories, streets, people, users and months of past cases.
//!
//! Pure: the same seed and day give the same town. `demo/seed` writes it to the store.

pub mod catalogue;
mod history;
mod names;
mod problems;
mod services;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{Rng, SeedableRng};

pub use history::{PastCase, PastContact, Step, StepKind};
pub use services::{Category, Department};

use super::voices::Speaker;
use crate::domain::permission::Role;

const PEOPLE: usize = 2_000;
/// Enough to fill several pages of the list and every filter.
const PAST_CASES: usize = 420;

#[derive(Clone, Debug)]
pub struct Town {
    pub departments: &'static [Department],
    pub categories: &'static [Category],
    pub streets: &'static [&'static str],
    pub people: Vec<Person>,
    pub users: &'static [User],
    /// Oldest first.
    pub history: Vec<PastCase>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub name: String,
    /// E.164, a mobile number of the town's country.
    pub number: String,
    pub street: &'static str,
    pub house: u16,
}

/// Somebody who works at the municipality. The passwords are printed at start: they guard invented data only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct User {
    pub login: &'static str,
    pub password: &'static str,
    pub name: &'static str,
    pub role: Role,
    /// Key of the service that an officer belongs to.
    pub department: Option<&'static str>,
    /// Who has a telephone that the demo answers.
    pub post: Option<Post>,
}

/// What somebody with a telephone does at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Post {
    Desk(Speaker),
    /// Has a desk, and is away from it when the demo begins.
    AtLunch(Speaker),
    /// Takes no calls of queues; the telephone is for listening in.
    Supervision,
}

impl Town {
    /// `now` is where the history ends.
    pub fn generate(seed: u64, now: Timestamp, zone: &TimeZone) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let people = people(&mut rng);
        let history = history::generate(&mut rng, PAST_CASES, &people, now, zone);
        Self {
            departments: services::DEPARTMENTS,
            categories: services::CATEGORIES,
            streets: names::STREETS,
            people,
            users: USERS,
            history,
        }
    }
}

/// A text such as a citizen of the town writes, with the key of the category that it belongs to.
pub fn problem(rng: &mut StdRng, home: &Person) -> (&'static str, String) {
    let (category, words) = problems::PROBLEMS.choose(rng).copied().unwrap_or(("other", "{street} {number}"));
    (category, words.replace("{street}", home.street).replace("{number}", &home.house.to_string()))
}

const USERS: &[User] = &[
    user("admin", "Администратор", Role::Administrator),
    User { post: Some(Post::Supervision), ..user("nada", "Нада Симић", Role::Supervisor) },
    operator("jelena", "Јелена Марковић", Post::Desk(Speaker::Woman)),
    operator("marko", "Марко Ристић", Post::Desk(Speaker::Man)),
    operator("ana", "Ана Лазаревић", Post::AtLunch(Speaker::Woman)),
    operator("vesna", "Весна Стојановић", Post::Desk(Speaker::Woman)),
    operator("dragan", "Драган Вукашиновић", Post::Desk(Speaker::Man)),
    operator("milica", "Милица Ђорђевић", Post::Desk(Speaker::Woman)),
    User { department: Some("water"), ..user("petar", "Петар Водовић", Role::Officer) },
    User { department: Some("roads"), ..user("ljubica", "Љубица Путник", Role::Officer) },
];

const fn user(login: &'static str, name: &'static str, role: Role) -> User {
    User { login, password: "odziv-demo-2026", name, role, department: None, post: None }
}

const fn operator(login: &'static str, name: &'static str, post: Post) -> User {
    User { post: Some(post), ..user(login, name, Role::Operator) }
}

fn people(rng: &mut StdRng) -> Vec<Person> {
    // Spread over the range of mobile numbers without a collision: a shuffled ordinal makes the middle digits.
    let mut ordinals: Vec<u32> = (0..PEOPLE as u32).collect();
    ordinals.shuffle(rng);
    ordinals
        .into_iter()
        .map(|ordinal| {
            let first = if rng.random_bool(0.5) { pick(rng, names::MEN) } else { pick(rng, names::WOMEN) };
            let network = pick(rng, &["60", "61", "62", "63", "64", "65", "66", "69"]);
            Person {
                name: format!("{first} {}", pick(rng, names::SURNAMES)),
                number: format!(
                    "+381{network}{}{ordinal:04}{:02}",
                    rng.random_range(2..=9),
                    rng.random_range(0..100)
                ),
                street: pick(rng, names::STREETS),
                house: rng.random_range(1..=120),
            }
        })
        .collect()
}

fn pick(rng: &mut StdRng, from: &[&'static str]) -> &'static str {
    from.choose(rng).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn town(seed: u64) -> Town {
        Town::generate(
            seed,
            "2026-11-22T12:00:00Z".parse().unwrap(),
            &TimeZone::get("Europe/Belgrade").unwrap(),
        )
    }

    #[test]
    fn same_seed_is_the_same_town() {
        assert_eq!(town(7).people, town(7).people);
        assert_eq!(town(7).history, town(7).history);
        assert_ne!(town(7).people, town(8).people);
    }

    #[test]
    fn everybody_has_a_number_of_their_own() {
        let town = town(1);
        let numbers: HashSet<_> = town.people.iter().map(|p| &p.number).collect();
        assert_eq!(numbers.len(), PEOPLE);
        assert!(town.people.iter().all(|p| p.number.len() == "+381641234567".len()), "{:?}", town.people[0]);
    }

    #[test]
    fn every_category_has_a_service_and_a_parent_and_every_problem_a_category() {
        let town = town(1);
        let departments: HashSet<_> = town.departments.iter().map(|d| d.key).collect();
        let categories: HashSet<_> = town.categories.iter().map(|c| c.key).collect();
        for category in town.categories {
            assert!(departments.contains(category.department), "{}", category.key);
            assert!(category.parent.is_none_or(|p| categories.contains(p)), "{}", category.key);
        }
        for question in catalogue::QUESTIONS {
            assert!(categories.contains(question.category), "{}", question.category);
        }
        for (category, area, department) in catalogue::ROUTES {
            assert!(categories.contains(category) && departments.contains(department));
            assert!(catalogue::AREAS.iter().any(|known| known.key == *area), "{area}");
        }
        let streets: usize =
            (0..catalogue::AREAS.len()).map(|area| catalogue::streets_of(area).count()).sum();
        assert_eq!(streets, names::STREETS.len(), "every street lies in one area");
        for (category, _) in problems::PROBLEMS {
            assert!(categories.contains(category), "{category}");
        }
        assert_eq!(categories.len(), town.categories.len());
    }

    #[test]
    fn streets_are_many_and_different() {
        let streets: HashSet<_> = names::STREETS.iter().collect();
        assert_eq!(streets.len(), names::STREETS.len());
        assert!(streets.len() >= 140, "{}", streets.len());
    }
}
