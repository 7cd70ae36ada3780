//! A case that was opened by mistake ends, and is never deleted.

use odziv::actions::{ActionError, Actor};
use odziv::domain::case::{Outcome, Status, Told};
use odziv::domain::permission::Role;

use super::merging::{send_all, version};
use super::{SYSTEM, both};

#[tokio::test]
async fn a_case_opened_by_mistake_is_closed_at_once_without_a_word_and_can_be_opened_again() {
    both(async |w| {
        let case = w.opened("t1", "0641234567", "Проба").await;
        send_all(&w).await;
        let v = version(&w, &case).await;
        let silent = w.actions.annul_case(&SYSTEM, case.id, v, " ").await;
        assert!(matches!(silent, Err(ActionError::Invalid(_))), "without a reason");
        let v = w.actions.annul_case(&SYSTEM, case.id, v, "Проба телефона.").await.unwrap();
        let row = w.detail(&case).await.case;
        assert_eq!(
            (row.status, row.outcome, row.told, row.due_at),
            (Status::Closed, Some(Outcome::Withdrawn), Told::Impossible, None)
        );
        assert!(w.actions.claim_texts(10).await.unwrap().is_empty(), "the citizen is not told");
        let again = w.actions.annul_case(&SYSTEM, case.id, v, "Опет.").await;
        assert!(matches!(again, Err(ActionError::Invalid(_))), "it has ended");
        w.actions.reopen_case(&SYSTEM, case.id, v, "Ипак није проба.").await.unwrap();
        assert_eq!(w.detail(&case).await.case.status, Status::Reopened);
    })
    .await;
}

#[tokio::test]
async fn only_who_may_ends_a_case_as_a_mistake_and_none_with_parts() {
    both(async |w| {
        let (whole, part) =
            (w.opened("t1", "0641234567", "А").await, w.opened("t2", "0641234568", "Б").await);
        for role in [Role::Supervisor, Role::Operator, Role::Officer] {
            let new = super::users::new_user(role.as_str(), role);
            let id = w.actions.create_user(&SYSTEM, new).await.unwrap();
            let refused = w.actions.annul_case(&Actor::User { id, role }, whole.id, 1, "Грешка.").await;
            assert!(matches!(refused, Err(ActionError::Forbidden(_) | ActionError::NotFound)), "{role}");
        }
        w.actions.merge_cases(&SYSTEM, part.id, version(&w, &part).await, whole.id).await.unwrap();
        let with_part = w.actions.annul_case(&SYSTEM, whole.id, version(&w, &whole).await, "Грешка.").await;
        assert!(matches!(with_part, Err(ActionError::Invalid(why)) if why.contains("parts")));
        assert!(w.kinds(&whole).await.matches("answered").count() == 0);
    })
    .await;
}
