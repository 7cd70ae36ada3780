//! Who gets in.

use std::time::Duration;

use odziv::actions::user::NewUser;
use odziv::actions::{ActionError, Actor};
use odziv::domain::permission::Role;
use odziv::store::session::SessionRow;

use super::{SYSTEM, both};

pub fn new_user(login: &str, role: Role) -> NewUser {
    NewUser {
        login: login.into(),
        name: "Петар".into(),
        role,
        department: None,
        password: "tajna-rec-1".into(),
    }
}

#[tokio::test]
async fn only_the_right_password_of_an_active_user_gets_in() {
    both(async |w| {
        let id = w.actions.create_user(&SYSTEM, new_user("petar", Role::Officer)).await.unwrap();
        let user = w.actions.verify_login(" Petar ", "tajna-rec-1").await.unwrap().unwrap();
        assert_eq!((user.id, user.role), (id, Role::Officer));
        assert!(w.actions.verify_login("petar", "tajna-rec-2").await.unwrap().is_none());
        assert!(w.actions.verify_login("nobody", "tajna-rec-1").await.unwrap().is_none());

        let himself = Actor::User { id, role: Role::Officer };
        w.actions.set_password(&himself, id, "nova-tajna-rec").await.unwrap();
        assert!(w.actions.verify_login("petar", "nova-tajna-rec").await.unwrap().is_some());
        assert!(matches!(w.actions.set_password(&himself, id, "kratka").await, Err(ActionError::Invalid(_))));
        let other = w.actions.create_user(&himself, new_user("ana", Role::Operator)).await;
        assert!(matches!(other, Err(ActionError::Forbidden(_))));
        let taken = w.actions.create_user(&SYSTEM, new_user("petar", Role::Officer)).await;
        assert!(matches!(taken, Err(ActionError::Invalid(_))));

        w.actions.set_user_active(&SYSTEM, id, false).await.unwrap();
        assert!(w.actions.verify_login("petar", "nova-tajna-rec").await.unwrap().is_none());
        assert!(!w.db.directory().user(id).unwrap().active);
    })
    .await;
}

#[tokio::test]
async fn setup_link_makes_one_administrator_once() {
    both(async |w| {
        let old = w.actions.new_setup_link().await.unwrap().unwrap();
        let link = w.actions.new_setup_link().await.unwrap().unwrap();
        assert!(!w.actions.setup_link_open(&old).await.unwrap());
        assert!(w.actions.setup_link_open(&link).await.unwrap());
        let id = w.actions.use_setup_link(&link, new_user("prvi", Role::Officer)).await.unwrap();
        assert_eq!(w.db.directory().user(id).unwrap().role, Role::Administrator);
        let again = w.actions.use_setup_link(&link, new_user("drugi", Role::Officer)).await;
        assert!(matches!(again, Err(ActionError::NotFound)));
        assert_eq!(w.actions.new_setup_link().await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn token_is_known_by_its_hash_only() {
    both(async |w| {
        let token = w.actions.add_token("wallboard").await.unwrap();
        assert_eq!(w.actions.verify_token(&token).await.unwrap().unwrap().name, "wallboard");
        assert!(w.actions.verify_token("odziv_guess").await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn session_lives_until_it_expires() {
    both(async |w| {
        let until = w.now() + Duration::from_secs(60);
        let session = SessionRow { id: "s1".into(), data: "{}".into(), user: None, expires_at: until };
        assert!(w.db.session_create(session.clone()).await.unwrap());
        assert!(!w.db.session_create(session.clone()).await.unwrap());
        let longer = SessionRow { data: "{\"user\":1}".into(), ..session };
        w.db.session_save(longer.clone()).await.unwrap();
        assert_eq!(w.db.session_load("s1", w.now()).await.unwrap(), Some(longer));
        assert_eq!(w.db.session_load("s1", until).await.unwrap(), None);
        assert_eq!(w.db.sessions_expire(until).await.unwrap(), 1);
        w.db.session_delete("s1").await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn session_that_was_ended_does_not_come_back_with_a_slow_request() {
    both(async |w| {
        let until = w.now() + Duration::from_secs(60);
        let session = SessionRow { id: "s1".into(), data: "{}".into(), user: None, expires_at: until };
        assert!(w.db.session_create(session.clone()).await.unwrap());
        w.db.session_delete("s1").await.unwrap();
        w.db.session_save(session).await.unwrap();
        assert_eq!(w.db.session_load("s1", w.now()).await.unwrap(), None);
    })
    .await;
}
