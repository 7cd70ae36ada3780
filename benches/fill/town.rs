//! The municipality: its services, categories and people at work, and rows of its cases.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use odziv::actions::user::NewUser;
use odziv::actions::{Actions, Actor};
use odziv::config::cases::Cases;
use odziv::domain::calendar::Calendar;
use odziv::domain::case::CaseNumber;
use odziv::domain::deadline::Terms;
use odziv::domain::deadline::due::compute;
use odziv::domain::deadline::step::Step;
use odziv::domain::id::{CategoryId, DepartmentId, UserId};
use odziv::domain::permission::Role;
use rand::Rng;
use rand::rngs::StdRng;

use crate::PASSWORD;
use crate::rows::{Table, cells};
use crate::sink::Sink;
use crate::story::PROFILE;
use crate::words::Words;

/// Leaves of the tree of categories under each of the five tops.
const LEAVES: i64 = 12;
/// Services under each of the five.
const SERVICES: i64 = 5;
const OFFICERS: i64 = 60;
const OPERATORS: i64 = 20;

pub struct Town {
    pub words: Words,
    pub now: Timestamp,
    pub operators: Vec<UserId>,
    /// Category, its top, the service that answers.
    categories: Vec<(CategoryId, CategoryId, DepartmentId)>,
    departments: Vec<DepartmentId>,
    officers: Vec<(DepartmentId, UserId)>,
    terms: Terms,
    calendar: Calendar,
    pub revision: i64,
    zone: TimeZone,
    settings: Cases,
}

pub struct Place<'t> {
    pub category: CategoryId,
    pub department: DepartmentId,
    pub officers: &'t [(DepartmentId, UserId)],
}

impl Town {
    pub async fn build(actions: &Actions, sink: &mut Sink, words: Words, now: Timestamp) -> Self {
        let mut department =
            Table::new("department", "id, key, name_sr, name_en, kind, parent_id, email, place");
        let mut category =
            Table::new("category", "id, key, name_sr, name_en, class, department_id, parent_id, place");
        let mut categories = Vec::new();
        let mut departments = Vec::new();
        for top in 1..=5_i64 {
            departments.push(DepartmentId(top));
            for n in 0..SERVICES {
                let id = 100 + top * 10 + n;
                let is_institution = n == SERVICES - 1;
                let kind = if is_institution { "institution" } else { "service" };
                let email = is_institution.then(|| format!("ustanova{id}@primer.rs"));
                let name = format!("Одељење {top}.{n}");
                department.push(cells![
                    id,
                    format!("s{id}"),
                    name,
                    format!("Service {top}.{n}"),
                    kind,
                    top,
                    email,
                    n
                ]);
                departments.push(DepartmentId(id));
            }
            categories.push((CategoryId(top), CategoryId(top), DepartmentId(top)));
            for n in 0..LEAVES {
                let id = 100 + top * 20 + n;
                let service = if n % 3 == 0 { top } else { 100 + top * 10 + n % SERVICES };
                let name = format!("Област {top}.{n}");
                category.push(cells![
                    id,
                    format!("c{id}"),
                    name,
                    format!("Subject {top}.{n}"),
                    "400",
                    service,
                    top,
                    n
                ]);
                categories.push((CategoryId(id), CategoryId(top), DepartmentId(service)));
            }
        }
        let mut users = Table::new(
            "user_account",
            "id, login, name, role, department_id, password_hash, active, created_at, role_id",
        );
        let mut officers = Vec::new();
        for n in 0..OFFICERS {
            let service = departments[usize::try_from(n).unwrap() % departments.len()];
            users.push(cells![
                1_000 + n,
                format!("officer{n}"),
                format!("Службеник {n}"),
                "officer",
                service.0,
                "-",
                1_i64,
                0_i64,
                4_i64
            ]);
            officers.push((service, UserId(1_000 + n)));
        }
        let operators = (0..OPERATORS).map(|n| UserId(2_000 + n)).collect();
        for n in 0..OPERATORS {
            let row = cells![
                2_000 + n,
                format!("operator{n}"),
                format!("Оператер {n}"),
                "operator",
                None::<i64>,
                "-",
                1_i64,
                0_i64,
                3_i64
            ];
            users.push(row);
        }
        sink.write(&mut [&mut department, &mut category, &mut users]).await;
        officers.sort_by_key(|(service, _)| *service);
        let directory = actions.db().directory();
        let profile = directory.deadline_profiles.iter().find(|profile| profile.key == PROFILE).unwrap();
        let settings = Cases::default();
        Self {
            words,
            now,
            operators,
            categories,
            departments,
            officers,
            terms: profile.terms.clone(),
            calendar: directory.office.calendar.clone(),
            revision: directory.office.revision,
            zone: TimeZone::get(&settings.time_zone).unwrap(),
            settings,
        }
    }

    /// Few categories have most of the cases.
    pub fn place(&self, rng: &mut StdRng) -> Place<'_> {
        let skewed = (self.categories.len() as f64).powf(rng.random::<f64>()) - 1.0;
        // Spread over the branches, so that no service has the first dozen alone.
        let at = (skewed as usize * 17) % self.categories.len();
        let (category, _, department) = self.categories[at];
        Place { category, department, officers: self.officers_of(department) }
    }

    fn officers_of(&self, department: DepartmentId) -> &[(DepartmentId, UserId)] {
        let from = self.officers.partition_point(|(service, _)| *service < department);
        let to = self.officers.partition_point(|(service, _)| *service <= department);
        &self.officers[from..to]
    }

    pub fn other(&self, department: DepartmentId) -> DepartmentId {
        let at = self.departments.iter().position(|one| *one == department).unwrap_or(0);
        self.departments[(at + 1) % self.departments.len()]
    }

    pub fn root(&self, category: CategoryId) -> CategoryId {
        self.categories.iter().find(|(id, ..)| *id == category).map_or(category, |(_, root, _)| *root)
    }

    pub fn number(&self, id: i64, opened: Timestamp) -> CaseNumber {
        let year = opened.to_zoned(self.zone.clone()).year();
        CaseNumber::from_template(&self.settings.number_template, "400", id, year, &self.settings.unit)
    }

    pub fn due(&self, start: Timestamp) -> Timestamp {
        compute(&self.terms, start, &self.calendar, &self.zone, &[], 0).unwrap().at
    }

    pub fn explained(&self, start: Timestamp) -> Vec<Step> {
        compute(&self.terms, start, &self.calendar, &self.zone, &[], 0).unwrap().explanation
    }

    pub fn terms(&self) -> &Terms {
        &self.terms
    }
}

/// Those who look at pages: an operator who sees everything, an officer who sees the cases of one service and an administrator.
pub async fn add_lookers(actions: &Actions) {
    for (login, role, department) in [
        ("bench-operator", Role::Operator, None),
        ("bench-officer", Role::Officer, Some(DepartmentId(1))),
        ("bench-administrator", Role::Administrator, None),
    ] {
        let user =
            NewUser { login: login.into(), name: login.into(), role, department, password: PASSWORD.into() };
        actions.create_user(&Actor::System, user).await.unwrap();
    }
}
