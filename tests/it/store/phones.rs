//! Phones of operators: whose they are, what is kept of them.

use std::time::Duration;

use odziv::actions::ActionError;
use odziv::actions::Actor;
use odziv::actions::phone::SavedBinding;
use odziv::domain::permission::Role;
use odziv::protocol::sip::registrar::guard::Secrets;

use super::users::new_user;
use super::{SYSTEM, both};

#[tokio::test]
async fn phone_is_added_with_a_password_of_which_only_hashes_are_kept() {
    both(async |w| {
        let mira = w.actions.create_user(&SYSTEM, new_user("mira", Role::Operator)).await.unwrap();
        let new = w.actions.add_phone(&SYSTEM, mira, " Сто 3 ", "odziv").await.unwrap();
        assert!(new.username.starts_with("mira-"));
        assert_eq!(new.extension.as_ref().unwrap().as_str(), "201");
        assert!(new.password.len() >= 19 && !new.password.contains(['0', 'o', '1', 'l']));
        let phones = w.actions.phones().await.unwrap();
        let secrets = Secrets::new(&new.username, "odziv", &new.password);
        assert_eq!((&phones[0].ha1_md5, &phones[0].ha1_sha256), (&secrets.md5, &secrets.sha256));
        assert_eq!((phones[0].label.as_str(), phones[0].extension.clone()), ("Сто 3", new.extension.clone()));

        // The link works once, and not for long.
        assert_eq!(w.actions.take_setup(&new.setup).unwrap().password, new.password);
        assert!(w.actions.take_setup(&new.setup).is_none());
        let late = w.actions.add_phone(&SYSTEM, mira, "mobile", "odziv").await.unwrap();
        w.clock.advance(Duration::from_secs(16 * 60));
        assert!(w.actions.take_setup(&late.setup).is_none());
    })
    .await;
}

#[tokio::test]
async fn only_administrators_add_and_revoke_phones() {
    both(async |w| {
        let mira = w.actions.create_user(&SYSTEM, new_user("mira", Role::Operator)).await.unwrap();
        let herself = Actor::User { id: mira, role: Role::Supervisor };
        let refused = w.actions.add_phone(&herself, mira, "x", "odziv").await;
        assert!(matches!(refused, Err(ActionError::Forbidden(_))));
        let new = w.actions.add_phone(&SYSTEM, mira, "x", "odziv").await.unwrap();
        assert!(matches!(w.actions.revoke_phone(&herself, new.id).await, Err(ActionError::Forbidden(_))));
        let mut changed = w.actions.phones_changed();
        changed.mark_unchanged();
        assert_eq!(w.actions.revoke_phone(&SYSTEM, new.id).await.unwrap(), mira);
        assert!(changed.has_changed().unwrap());
        assert!(w.actions.phones().await.unwrap().is_empty());
        assert!(matches!(w.actions.revoke_phone(&SYSTEM, new.id).await, Err(ActionError::NotFound)));
        assert!(w.actions.take_setup(&new.setup).is_none());
    })
    .await;
}

#[tokio::test]
async fn extensions_belong_to_one_user_and_phones_to_active_ones() {
    both(async |w| {
        let mira = w.actions.create_user(&SYSTEM, new_user("mira", Role::Operator)).await.unwrap();
        let ana = w.actions.create_user(&SYSTEM, new_user("ana", Role::Operator)).await.unwrap();
        w.actions.add_phone(&SYSTEM, mira, "x", "odziv").await.unwrap();
        w.actions.add_phone(&SYSTEM, ana, "x", "odziv").await.unwrap();
        let extension = async |user| {
            let all = w.actions.extensions().await.unwrap();
            all.into_iter().find(|(of, _)| *of == user).map(|(_, extension)| extension.to_string())
        };
        assert_eq!((extension(mira).await, extension(ana).await), (Some("201".into()), Some("202".into())));
        let taken = w.actions.set_extension(&SYSTEM, ana, "201").await;
        assert!(matches!(taken, Err(ActionError::Invalid(_))));
        assert_eq!(extension(ana).await.as_deref(), Some("202"), "a refused change changes nothing");
        w.actions.set_extension(&SYSTEM, mira, "").await.unwrap();
        w.actions.set_extension(&SYSTEM, ana, "201").await.unwrap();
        assert_eq!((extension(mira).await, extension(ana).await), (None, Some("201".into())));
        assert!(matches!(w.actions.set_extension(&SYSTEM, ana, "01").await, Err(ActionError::Invalid(_))));
        w.actions.set_user_active(&SYSTEM, ana, false).await.unwrap();
        assert_eq!(w.actions.phones().await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn bindings_that_hold_are_found_after_a_restart() {
    both(async |w| {
        let mira = w.actions.create_user(&SYSTEM, new_user("mira", Role::Operator)).await.unwrap();
        let phone = w.actions.add_phone(&SYSTEM, mira, "x", "odziv").await.unwrap().id;
        let binding = |port: u16, lasts: u64| SavedBinding {
            uri: format!("sip:mira@10.0.0.5:{port}"),
            instance: Some("urn:uuid:1".into()),
            remote: ([198, 51, 100, 7], port).into(),
            local: ([192, 0, 2, 1], 5060).into(),
            call_id: "c".into(),
            cseq: 7,
            user_agent: None,
            expires_at: w.now() + Duration::from_secs(lasts),
        };
        let save = async |bindings| w.actions.save_bindings(vec![(phone, bindings)]).await.unwrap();
        save(vec![binding(1, 600)]).await;
        save(vec![binding(2, 600), binding(3, 60)]).await;
        w.clock.advance(Duration::from_secs(61));
        let found = w.actions.saved_bindings().await.unwrap();
        assert_eq!((found.len(), found[0].1.uri.as_str()), (1, "sip:mira@10.0.0.5:2"));
        assert!(w.actions.phones().await.unwrap()[0].last_seen_at.is_some());
        w.actions.revoke_phone(&SYSTEM, phone).await.unwrap();
        save(vec![binding(2, 600)]).await;
        assert!(w.actions.saved_bindings().await.unwrap().is_empty(), "a revoked phone is nowhere");
    })
    .await;
}
