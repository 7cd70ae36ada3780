//! The audit: whoever changes it, or a timeline under its seal, is found out, and the first entry is named.

use odziv::actions::audit::{AuditFilter, AuditRow, SubjectKind, What};
use odziv::actions::audit_check::{BreakKind, Broken, Expected, Place, Proof};
use odziv::actions::user::NewUser;
use odziv::actions::{ActionError, Actor};
use odziv::config::store::Store;
use odziv::domain::audit::digest::hex;
use odziv::domain::case::{CaseRef, Status};
use odziv::domain::id::{CaseId, RoleId, UserId};
use odziv::domain::permission::Role;

use super::{SYSTEM, World, both, by_hand, caller, each_store};

const CLERK: Actor = Actor::User { id: UserId(1), role: Role::Administrator };

impl World {
    /// User 1 has the role of an administrator.
    pub async fn with_clerk(&self) -> UserId {
        let user = NewUser {
            login: "mira".into(),
            name: "Мира".into(),
            role: Role::Administrator,
            department: None,
            password: "довољно-дуга-лозинка".into(),
        };
        self.actions.create_user(&SYSTEM, user).await.unwrap()
    }

    async fn proof(&self) -> Proof {
        self.actions.prove_audit(&Expected::default()).await.unwrap()
    }

    /// All entries, oldest first: what and to what.
    pub async fn audit(&self) -> Vec<(String, String)> {
        let rows = self.rows(&AuditFilter::default()).await;
        rows.into_iter()
            .map(|row| (row.link.what, format!("{} {}", row.link.subject_kind, row.link.subject)))
            .collect()
    }

    async fn rows(&self, filter: &AuditFilter) -> Vec<AuditRow> {
        let mut rows = self.db.audit_page(filter, None, 1_000).await.unwrap();
        rows.reverse();
        rows
    }

    /// Ten entries of the audit, the last of which seals six entries of the timelines of two cases.
    async fn some_days_work(&self) -> CaseRef {
        self.with_clerk().await;
        let first = self.opened("m1", "0641234567", "Пукла цев").await;
        for n in 0..8 {
            self.actions.add_note(&CLERK, first.id, &format!("белешка {n}")).await.unwrap();
        }
        self.actions.seal_timelines().await.unwrap();
        first
    }
}

fn changed(entry: i64) -> Option<Broken> {
    audit(entry, BreakKind::Changed)
}

fn audit(entry: i64, kind: BreakKind) -> Option<Broken> {
    Some(Broken { place: Place::Audit { entry }, kind })
}

fn timeline(entry: i64, case: Option<i64>, kind: BreakKind) -> Option<Broken> {
    Some(Broken { place: Place::Timeline { entry, case: case.map(CaseId), seal: 10 }, kind })
}

#[tokio::test]
async fn whatever_is_done_to_the_chain_or_to_a_timeline_is_named() {
    const MOVE_UP: &str = "UPDATE audit SET id = -id WHERE id > 5; UPDATE audit SET id = -id - 1 WHERE id < 0; \
         UPDATE audit_head SET id = id - 1";
    let breaks: Vec<(String, Option<Broken>)> = vec![
        ("UPDATE audit SET at = at + 1 WHERE id = 5".into(), changed(5)),
        ("UPDATE audit SET who = '2' WHERE id = 5".into(), changed(5)),
        ("UPDATE audit SET subject = '2' WHERE id = 9".into(), changed(9)),
        ("UPDATE audit SET detail = '{}' WHERE id = 5".into(), changed(5)),
        ("UPDATE audit SET detail = NULL, salt = NULL WHERE id = 5".into(), changed(5)),
        // An erasure that the audit does not tell of.
        ("UPDATE audit SET detail = NULL, salt = NULL, erasure = 'x' WHERE id = 5".into(), changed(5)),
        ("DELETE FROM audit WHERE id = 5".into(), audit(5, BreakKind::Removed)),
        (format!("DELETE FROM audit WHERE id = 5; {MOVE_UP}"), audit(5, BreakKind::Removed)),
        (
            "UPDATE audit SET id = -id WHERE id > 4; UPDATE audit SET id = 1 - id WHERE id < 0; \
             INSERT INTO audit SELECT 5, at, who_kind, who, 'exported', subject_kind, subject, detail, salt, \
             detail_digest, digest, erasure FROM audit WHERE id = 4; UPDATE audit_head SET id = id + 1"
                .into(),
            audit(5, BreakKind::Inserted),
        ),
        (
            "UPDATE audit SET id = -1 WHERE id = 5; UPDATE audit SET id = 5 WHERE id = 6; \
             UPDATE audit SET id = 6 WHERE id = -1"
                .into(),
            audit(5, BreakKind::Reordered),
        ),
        (
            "UPDATE audit SET id = -1 WHERE id = 3; UPDATE audit SET id = 3 WHERE id = 8; \
             UPDATE audit SET id = 8 WHERE id = -1"
                .into(),
            audit(3, BreakKind::Reordered),
        ),
        ("DELETE FROM audit WHERE id > 8".into(), audit(9, BreakKind::Cut)),
        ("UPDATE audit_head SET sealed_to = 0".into(), changed(10)),
        (
            "UPDATE case_event SET payload = replace(payload, '3', '4') WHERE id = 7".into(),
            timeline(7, Some(1), BreakKind::Changed),
        ),
        (
            "UPDATE case_event SET actor_id = NULL WHERE id = 7".into(),
            timeline(7, Some(1), BreakKind::Changed),
        ),
        ("DELETE FROM case_event WHERE id = 7".into(), timeline(7, None, BreakKind::Removed)),
        ("DELETE FROM case_event WHERE id = 11".into(), timeline(11, None, BreakKind::Removed)),
        (
            // Two notes change places.
            "UPDATE case_event SET id = -1 WHERE id = 7; UPDATE case_event SET id = 7 WHERE id = 8; \
             UPDATE case_event SET id = 8 WHERE id = -1"
                .into(),
            timeline(7, Some(1), BreakKind::Changed),
        ),
        (
            // As an erasure would leave it, but none was told of.
            "UPDATE case_event SET payload = '{\"kind\":\"note\",\"words\":\"\"}', erasure = 'x' WHERE id = 7".into(),
            timeline(7, Some(1), BreakKind::Changed),
        ),
    ];
    for (sql, broken) in breaks {
        for (store, folder) in each_store() {
            let w = World::open(&store, folder.path()).await;
            w.some_days_work().await;
            let proof = w.proof().await;
            assert_eq!((proof.broken, proof.entries, proof.sealed, proof.unsealed), (None, 10, 11, 0));
            let refused = by_hand(&store, folder.path(), &sql).await.is_err();
            // The end of the chain moves, and the details of the audit are erased, without a trick.
            assert!(
                refused || sql.contains("audit_head") || sql.contains("audit SET detail = NULL"),
                "{sql}"
            );
            by_hand(&store, folder.path(), &without_triggers(&store, &sql)).await.unwrap();
            assert_eq!(w.proof().await.broken, broken, "{sql}");
            w.db.close().await;
        }
    }
}

/// As somebody does it who owns the database.
pub fn without_triggers(store: &Store, sql: &str) -> String {
    if store.url.is_empty() {
        let names =
            ["audit_not_changed", "audit_not_removed", "case_event_not_changed", "case_event_not_removed"];
        let drops: Vec<String> = names.iter().map(|name| format!("DROP TRIGGER {name};")).collect();
        format!("{} {sql}", drops.join(" "))
    } else {
        format!("ALTER TABLE audit DISABLE TRIGGER USER; ALTER TABLE case_event DISABLE TRIGGER USER; {sql}")
    }
}

#[tokio::test]
async fn end_that_was_cut_off_together_with_its_note_is_missed_by_whoever_wrote_the_end_down() {
    for (store, folder) in each_store() {
        let w = World::open(&store, folder.path()).await;
        w.some_days_work().await;
        let head = w.actions.audit_head().await.unwrap();
        let noted = Expected { end: Some((head.id, hex(&head.digest))), from: None };
        assert_eq!(w.actions.prove_audit(&noted).await.unwrap().broken, None);
        let cut = "DELETE FROM audit WHERE id > 8; UPDATE audit_head SET id = 8, sealed_to = 0, \
             digest = (SELECT digest FROM audit WHERE id = 8)";
        by_hand(&store, folder.path(), &without_triggers(&store, cut)).await.unwrap();
        assert_eq!(w.proof().await.broken, None, "it is a whole chain, only a shorter one");
        assert_eq!(w.actions.prove_audit(&noted).await.unwrap().broken, audit(9, BreakKind::Cut));
        // And written on by another hand, so that it is long enough again.
        w.actions.add_note(&CLERK, CaseId(1), "подметнуто").await.unwrap();
        w.actions.add_note(&CLERK, CaseId(1), "подметнуто").await.unwrap();
        assert_eq!(w.actions.prove_audit(&noted).await.unwrap().broken, changed(10));
        w.db.close().await;
    }
}

#[tokio::test]
async fn every_verb_of_somebody_is_told_in_its_own_transaction() {
    both(async |w| {
        let mira = w.with_clerk().await;
        let case = w.opened("m1", "0641234567", "Пукла цев").await;
        let version = w.detail(&case).await.case.version;
        w.actions.set_status(&CLERK, case.id, version, Status::InProgress).await.unwrap();
        let token = Actor::Token { name: "градски портал".into(), role: RoleId(2), owner: None };
        w.actions.add_note(&token, case.id, "са портала").await.unwrap();
        let stale = w.actions.set_status(&CLERK, case.id, version, Status::New).await;
        assert!(matches!(stale, Err(ActionError::Conflict)), "and is not told, for it did not happen");
        w.actions.set_password(&CLERK, mira, "друга-дуга-лозинка").await.unwrap();
        let phone = w.actions.add_phone(&CLERK, mira, "сто", "odziv").await.unwrap();
        w.actions.set_extension(&CLERK, mira, "301").await.unwrap();
        w.actions.revoke_phone(&CLERK, phone.id).await.unwrap();
        w.actions.set_skills(&CLERK, mira, vec!["sr".into()], Vec::new()).await.unwrap();
        w.actions.add_token("градски портал").await.unwrap();
        w.actions.logged_in(mira, "192.0.2.1").await.unwrap();
        w.actions.login_failed("Мира", "192.0.2.1").await.unwrap();
        w.actions.login_failed("mira", "192.0.2.1").await.unwrap();
        let told: Vec<(String, String)> = w.audit().await;
        let told: Vec<(&str, &str)> = told.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        assert_eq!(
            told,
            [
                ("user_added", "user 1"),
                ("case_changed", "case 1"),
                ("case_changed", "case 1"),
                ("password_set", "user 1"),
                ("phone_added", "phone 1"),
                ("extension_changed", "user 1"),
                ("phone_revoked", "phone 1"),
                ("skills_changed", "user 1"),
                ("token_added", "token градски портал"),
                ("logged_in", "user 1"),
                ("login_failed", "login unknown"),
                ("login_failed", "user 1"),
            ]
        );
        let rows = w.rows(&AuditFilter { what: Some(What::CaseChanged), ..AuditFilter::default() }).await;
        let who: Vec<_> =
            rows.iter().map(|row| (row.link.who_kind.as_str(), row.link.who.as_str())).collect();
        assert_eq!(who, [("user", "1"), ("token", "градски портал")]);
        let (detail, _) = rows[0].detail.clone().unwrap();
        assert_eq!(detail, r#"{"entries":["status_changed"]}"#);
        assert_eq!(w.proof().await.broken, None);
    })
    .await;
}

#[tokio::test]
async fn view_of_a_case_is_told_once_an_hour_and_listening_from_the_start_each_time() {
    both(async |w| {
        let case = w.opened("m1", "0641234567", "Пукла цев").await;
        for _ in 0..3 {
            w.actions.viewed(&CLERK, What::CaseViewed, case.id).await.unwrap();
        }
        w.clock.advance(std::time::Duration::from_secs(59 * 60));
        w.actions.viewed(&CLERK, What::CaseViewed, case.id).await.unwrap();
        w.actions.viewed(&SYSTEM, What::CaseViewed, case.id).await.unwrap();
        w.clock.advance(std::time::Duration::from_secs(60));
        w.actions.viewed(&CLERK, What::CaseViewed, case.id).await.unwrap();
        let views = AuditFilter { what: Some(What::CaseViewed), ..AuditFilter::default() };
        assert_eq!(w.rows(&views).await.len(), 3);

        let recording = odziv::domain::id::RecordingId(7);
        for from_the_start in [true, false, false, true] {
            w.actions.listened(&CLERK, recording, from_the_start).await.unwrap();
        }
        let heard = AuditFilter {
            subject: Some((SubjectKind::Recording, Some("7".into()))),
            ..AuditFilter::default()
        };
        assert_eq!(w.rows(&heard).await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn an_entry_that_came_into_the_chain_before_an_earlier_one_is_in_its_period() {
    both(async |w| {
        w.with_clerk().await;
        let from = w.now() + std::time::Duration::from_secs(60);
        let second = std::time::Duration::from_secs(1);
        // The one that began first waited longer for its place.
        for at in [from + second * 2, from + second] {
            w.actions.at(at).logged_in(UserId(1), "192.0.2.1").await.unwrap();
        }
        assert_eq!(w.rows(&AuditFilter { from: Some(from), ..AuditFilter::default() }).await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn page_of_the_audit_is_filtered_by_who_what_subject_and_period() {
    both(async |w| {
        let case = w.some_days_work().await;
        let before = w.now();
        w.clock.advance(std::time::Duration::from_secs(3_600));
        w.actions.logged_in(UserId(1), "192.0.2.1").await.unwrap();
        let count = async |filter: AuditFilter| w.rows(&filter).await.len();
        let all = AuditFilter::default;
        use odziv::actions::audit::WhoKind;
        assert_eq!(count(all()).await, 11);
        assert_eq!(count(AuditFilter { who: Some((WhoKind::User, Some("1".into()))), ..all() }).await, 9);
        assert_eq!(count(AuditFilter { who: Some((WhoKind::Program, None)), ..all() }).await, 2);
        let of_case = Some((SubjectKind::Case, Some(case.id.to_string())));
        assert_eq!(count(AuditFilter { subject: of_case, ..all() }).await, 8);
        assert_eq!(count(AuditFilter { from: Some(w.now()), ..all() }).await, 1);
        assert_eq!(count(AuditFilter { until: Some(w.now()), from: Some(before), ..all() }).await, 10);
        let later = w.now() + std::time::Duration::from_secs(1);
        assert_eq!(count(AuditFilter { from: Some(later), ..all() }).await, 0);
        let page = w.db.audit_page(&all(), Some(5), 2).await.unwrap();
        assert_eq!(page.iter().map(|row| row.link.id).collect::<Vec<_>>(), [4, 3]);
        let operator = super::users::new_user("petar", Role::Operator);
        let operator = w.actions.create_user(&SYSTEM, operator).await.unwrap();
        let operator = Actor::User { id: operator, role: Role::Operator };
        let refused = w.actions.audit_page(&operator, &all(), None, 10).await;
        assert!(matches!(refused, Err(ActionError::Forbidden(_))));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_entry_slips_between_two_seals_however_many_write_at_once() {
    both(async |w| {
        w.with_clerk().await;
        let cases = [w.opened("m1", "0641234567", "а").await, w.opened("m2", "0641234568", "б").await];
        let writers: Vec<_> = (0..120)
            .map(|n| {
                let (actions, case) = (w.actions.clone(), cases[n % 2].id);
                tokio::spawn(async move { actions.add_note(&CLERK, case, &format!("{n}")).await.unwrap() })
            })
            .collect();
        let sealing = {
            let actions = w.actions.clone();
            tokio::spawn(async move {
                for _ in 0..20 {
                    actions.seal_timelines().await.unwrap();
                    tokio::task::yield_now().await;
                }
            })
        };
        for writer in writers {
            writer.await.unwrap();
        }
        sealing.await.unwrap();
        w.actions.seal_timelines().await.unwrap();
        let proof = w.proof().await;
        assert_eq!((proof.broken, proof.sealed, proof.unsealed), (None, 126, 0));
    })
    .await;
}

#[tokio::test]
async fn proof_may_begin_in_the_middle() {
    both(async |w| {
        w.some_days_work().await;
        w.journal("call-1", caller("0641234567")).await;
        let from = |from| Expected { from: Some(from), end: None };
        let proof = w.actions.prove_audit(&from(9)).await.unwrap();
        assert_eq!((proof.broken, proof.entries), (None, 2));
        assert!(w.actions.prove_audit(&from(99)).await.is_err());
    })
    .await;
}
