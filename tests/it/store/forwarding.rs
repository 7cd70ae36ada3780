//! A case goes from service to service and back, and is watched on its way.

use odziv::actions::{ActionError, Actor};
use odziv::domain::case::Status;
use odziv::domain::id::{DepartmentId, UserId};
use odziv::domain::permission::{Right, Role};
use odziv::domain::timeline::{Entry, Visibility};

use super::{SYSTEM, World, both};

#[tokio::test]
async fn a_forwarded_case_belongs_to_nobody_there_and_comes_back_to_whom_it_belonged() {
    both(async |w| {
        let (petar, officer) = user(&w, "petar", Role::Officer).await;
        let case = w.opened("t1", "0641234567", "Nema vode").await;
        let first = w.detail(&case).await.case.department;
        let v = w.actions.assign(&SYSTEM, case.id, 1, Some(petar)).await.unwrap();
        let v = w.actions.set_status(&officer, case.id, v, Status::InProgress).await.unwrap();
        let (water, roads) = (service(&w, "water"), service(&w, "roads"));
        let v = w.actions.forward_case(&officer, case.id, v, water, " Хитно је. ").await.unwrap();
        let row = w.detail(&case).await.case;
        assert_eq!((row.status, row.department, row.assignee), (Status::Forwarded, Some(water), None));
        let again = w.actions.forward_case(&officer, case.id, v, water, "").await;
        assert!(matches!(again, Err(ActionError::Invalid(_))));

        let v = w.actions.forward_case(&officer, case.id, v, roads, "").await.unwrap();
        let v = w.actions.return_case(&officer, case.id, v, "Није до пута.").await.unwrap();
        let row = w.detail(&case).await.case;
        assert_eq!((row.status, row.department, row.assignee), (Status::New, Some(water), None));
        let v = w.actions.set_status(&officer, case.id, v, Status::InProgress).await.unwrap();
        let v = w.actions.return_case(&officer, case.id, v, "Ни до водовода.").await.unwrap();
        let row = w.detail(&case).await.case;
        assert_eq!((row.status, row.department, row.assignee), (Status::InProgress, first, Some(petar)));
        let nowhere = w.actions.return_case(&officer, case.id, v, "Даље?").await;
        assert!(matches!(nowhere, Err(ActionError::Invalid(why)) if why.contains("nobody forwarded")));

        let timeline = w.detail(&case).await.timeline;
        let note = timeline.iter().find(|e| e.entry.words() == Some("Хитно је.")).unwrap();
        assert_eq!(note.visibility, Visibility::Internal, "citizens do not read what colleagues say");
        let forwarded = timeline.iter().find(|e| matches!(e.entry, Entry::Forwarded { .. })).unwrap();
        assert_eq!(forwarded.visibility, Visibility::Public);
    })
    .await;
}

#[tokio::test]
async fn what_returns_does_not_go_to_somebody_who_left() {
    both(async |w| {
        let (petar, _) = user(&w, "petar", Role::Officer).await;
        let case = w.opened("t1", "0641234567", "Nema vode").await;
        let v = w.actions.assign(&SYSTEM, case.id, 1, Some(petar)).await.unwrap();
        let v = w.actions.forward_case(&SYSTEM, case.id, v, service(&w, "water"), "").await.unwrap();
        w.actions.set_user_active(&SYSTEM, petar, false).await.unwrap();
        w.actions.return_case(&SYSTEM, case.id, v, "Није наше.").await.unwrap();
        let row = w.detail(&case).await.case;
        assert_eq!((row.status, row.assignee), (Status::New, None));
    })
    .await;
}

#[tokio::test]
async fn a_reason_is_asked_for_and_the_right_too() {
    both(async |w| {
        let (_, operator) = user(&w, "ana", Role::Operator).await;
        let case = w.opened("t1", "0641234567", "Nema vode").await;
        let v = w.actions.forward_case(&operator, case.id, 1, service(&w, "water"), "").await.unwrap();
        let refused = w.actions.return_case(&operator, case.id, v, "Зашто не?").await;
        assert!(matches!(refused, Err(ActionError::Forbidden(why)) if why.right == Right::Return));
        let silent = w.actions.return_case(&SYSTEM, case.id, v, "  ").await;
        assert!(matches!(silent, Err(ActionError::Invalid(_))));
        let unknown = w.actions.forward_case(&operator, case.id, v, DepartmentId(999), "").await;
        assert!(matches!(unknown, Err(ActionError::Invalid(_))));
    })
    .await;
}

#[tokio::test]
async fn a_watcher_watches_once_and_can_leave() {
    both(async |w| {
        let (ana, operator) = user(&w, "ana", Role::Operator).await;
        let case = w.opened("t1", "0641234567", "Nema vode").await;
        assert!(w.actions.watch(&operator, case.id, ana).await.unwrap());
        assert!(!w.actions.watch(&operator, case.id, ana).await.unwrap());
        assert_eq!(w.db.watchers(case.id).await.unwrap(), [ana]);
        assert!(w.actions.unwatch(&operator, case.id, ana).await.unwrap());
        assert!(!w.actions.unwatch(&operator, case.id, ana).await.unwrap());
        assert!(w.db.watchers(case.id).await.unwrap().is_empty());
        assert_eq!(w.kinds(&case).await, "opened text_received text_queued watched unwatched");
        let nobody = w.actions.watch(&operator, case.id, UserId(999)).await;
        assert!(matches!(nobody, Err(ActionError::Invalid(_))));
    })
    .await;
}

#[tokio::test]
async fn place_is_found_by_search_once_it_is_known() {
    both(async |w| {
        let case = w.opened("t1", "0641234567", "Nema vode").await;
        let v = w.actions.set_place(&SYSTEM, case.id, 1, " Његошева 5 ").await.unwrap();
        let row = w.detail(&case).await.case;
        assert_eq!((row.place.as_str(), row.version), ("Његошева 5", v));
        assert_eq!(w.actions.set_place(&SYSTEM, case.id, v, "Његошева 5").await.unwrap(), v, "as it was");
        let filter =
            odziv::store::case_list::CaseFilter { q: Some("njegoseva".into()), ..Default::default() };
        let found = w.db.case_list(&filter, None, 10).await.unwrap();
        assert_eq!(found.rows.iter().map(|row| row.id).collect::<Vec<_>>(), [case.id]);
    })
    .await;
}

fn service(w: &World, key: &str) -> DepartmentId {
    w.db.directory().department_by_key(key).unwrap().id
}

async fn user(w: &World, login: &str, role: Role) -> (UserId, Actor) {
    let id = w.actions.create_user(&SYSTEM, super::users::new_user(login, role)).await.unwrap();
    (id, Actor::User { id, role })
}
