//! What people do with a case.

use std::collections::BTreeSet;

use odziv::actions::{ActionError, Actor, CaseNews, News};
use odziv::domain::case::Status;
use odziv::domain::id::CaseId;
use odziv::domain::permission::Role;
use odziv::domain::timeline::Visibility;

use super::{SYSTEM, both, caller};

#[tokio::test]
async fn hundred_cases_at_once_get_hundred_numbers_without_a_gap() {
    both(async |w| {
        let tasks: Vec<_> = (0..100)
            .map(|n| {
                let (actions, arrived) =
                    (w.actions.clone(), w.arrived(&format!("c{n}"), caller(&format!("0641234{n:03}"))));
                let at = w.now();
                tokio::spawn(async move {
                    let call = actions.journal_call(arrived).await.unwrap();
                    // Every tenth asks for a category that is not there, and must leave no hole.
                    if n % 10 == 0 {
                        assert!(actions.open_call_case(call, "no such", at).await.is_err());
                    }
                    actions.open_call_case(call, "water", at).await.unwrap()
                })
            })
            .collect();
        let mut ordinals = BTreeSet::new();
        for task in tasks {
            let number = task.await.unwrap().number;
            let ordinal = number.as_str().strip_prefix("400-").unwrap().strip_suffix("/2026-01").unwrap();
            ordinals.insert(ordinal.parse::<u32>().unwrap());
        }
        assert!(ordinals.into_iter().eq(1..=100));
        let new = w.db.case_counts().await.unwrap()[0];
        assert_eq!(new, (Status::New, 100));
    })
    .await;
}

#[tokio::test]
async fn numbers_begin_anew_with_the_local_year() {
    both(async |w| {
        for (id, at, number) in [
            ("a", "2026-12-31T22:59:59Z", "400-1/2026-01"),
            ("b", "2026-12-31T23:00:00Z", "400-1/2027-01"),
            ("c", "2027-01-01T10:00:00Z", "400-2/2027-01"),
        ] {
            let call = w.journal(id, caller("0641234567")).await;
            let case = w.actions.open_call_case(call, "water", at.parse().unwrap()).await.unwrap();
            assert_eq!(case.number.as_str(), number);
        }
    })
    .await;
}

#[tokio::test]
async fn changes_are_on_the_timeline_with_who_did_them() {
    both(async |w| {
        let (officer, actor) = officer(&w).await;
        let case = w.opened("t1", "0641234567", "Nema vode").await;
        let mut news = w.actions.news();
        let directory = w.db.directory();
        let v = w.detail(&case).await.case.version;
        let v = w.actions.set_status(&actor, case.id, v, Status::InProgress).await.unwrap();
        let v = w.actions.assign(&actor, case.id, v, Some(officer)).await.unwrap();
        let water = directory.category_by_key("water").unwrap().id;
        let v = w.actions.set_category(&SYSTEM, case.id, v, water).await.unwrap();
        let department = directory.department_by_key("water").map(|d| d.id);
        let v = w.actions.set_department(&actor, case.id, v, department).await.unwrap();
        let same = w.actions.set_department(&actor, case.id, v, department).await.unwrap();
        assert_eq!(same, v, "nothing changed");
        w.actions.add_note(&actor, case.id, "  Екипа је на терену.  ").await.unwrap();

        let detail = w.detail(&case).await;
        assert_eq!(detail.case.status, Status::InProgress);
        assert_eq!((detail.case.assignee, detail.case.category), (Some(officer), water));
        assert_eq!((detail.case.department, detail.case.version), (department, v));
        let changes = &detail.timeline[3..];
        let kinds: Vec<_> = changes.iter().map(|e| e.entry.kind()).collect();
        assert_eq!(kinds, ["status_changed", "assigned", "category_changed", "department_changed", "note"]);
        let actors: Vec<_> = changes.iter().map(|e| e.actor.is_some()).collect();
        assert_eq!(actors, [true, true, false, true, true]);
        assert_eq!(changes[4].visibility, Visibility::Internal);
        assert_eq!(changes[4].entry.words(), Some("Екипа је на терену."));
        for _ in 0..5 {
            assert_eq!(news.try_recv().unwrap(), CaseNews { case: case.id, what: News::Changed });
        }
        assert!(news.try_recv().is_err());
        let counts = w.db.case_counts().await.unwrap();
        assert!(counts.contains(&(Status::New, 0)) && counts.contains(&(Status::InProgress, 1)));
    })
    .await;
}

#[tokio::test]
async fn change_of_a_case_that_somebody_else_changed_is_refused() {
    both(async |w| {
        let case = w.opened("t1", "0641234567", "Nema vode").await;
        let version = w.detail(&case).await.case.version;
        w.actions.set_status(&SYSTEM, case.id, version, Status::InProgress).await.unwrap();
        let late = w.actions.set_status(&SYSTEM, case.id, version, Status::New).await;
        assert!(matches!(late, Err(ActionError::Conflict)));
        assert_eq!(w.detail(&case).await.case.status, Status::InProgress);
        let nowhere = w.actions.set_status(&SYSTEM, CaseId(999), 1, Status::InProgress).await;
        assert!(matches!(nowhere, Err(ActionError::NotFound)));
        assert!(matches!(w.actions.add_note(&SYSTEM, CaseId(999), "?").await, Err(ActionError::NotFound)));
    })
    .await;
}

#[tokio::test]
async fn refusal_says_why() {
    both(async |w| {
        let (_, officer) = officer(&w).await;
        let case = w.opened("t1", "0641234567", "Nema vode").await;
        let water = w.db.directory().category_by_key("water").unwrap().id;
        match w.actions.set_category(&officer, case.id, 1, water).await {
            Err(ActionError::Forbidden(why)) => {
                let why = why.to_string();
                assert!(why.contains("officer") && why.contains("classify"), "{why}")
            }
            other => panic!("{other:?}"),
        }
    })
    .await;
}

pub async fn officer(w: &super::World) -> (odziv::domain::id::UserId, Actor) {
    let user = super::users::new_user("petar", Role::Officer);
    let id = w.actions.create_user(&SYSTEM, user).await.unwrap();
    (id, Actor::User { id, role: Role::Officer })
}
