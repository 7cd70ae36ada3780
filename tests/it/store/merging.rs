//! Two cases become one and come apart again exactly as they were.

use odziv::actions::audit::{AuditFilter, AuditRow, What};
use odziv::actions::delivery::{DeliveryReport, Submission, SubmitResult};
use odziv::actions::text::TextOutcome;
use odziv::actions::user::NewUser;
use odziv::actions::{ActionError, Actor};
use odziv::domain::case::{CaseRef, Outcome, Status, Told};
use odziv::domain::id::UserId;
use odziv::domain::link::LinkKind;
use odziv::domain::message::DeliveryState;
use odziv::domain::permission::Role;
use odziv::domain::permission::reach::Reach;
use odziv::store::case_list::CaseFilter;

use super::{SYSTEM, World, both, caller, resolved};

#[tokio::test]
async fn undoing_a_merge_restores_both_exactly_and_leaves_what_came_later_with_the_whole() {
    both(async |w| {
        let whole = w.opened("t1", "0641234567", "Нема воде у Његошевој").await;
        let part = call_with_recording(&w).await;
        let ana =
            w.actions.create_user(&SYSTEM, super::users::new_user("ana", Role::Operator)).await.unwrap();
        w.actions.watch(&SYSTEM, part.id, ana).await.unwrap();
        let v = version(&w, &part).await;
        let v = w.actions.assign(&SYSTEM, part.id, v, Some(ana)).await.unwrap();
        let v = w.actions.set_status(&SYSTEM, part.id, v, Status::InProgress).await.unwrap();
        w.actions.reply(&SYSTEM, part.id, "Који улаз?", None).await.unwrap();
        let before = dump(&w).await;

        w.actions.merge_cases(&SYSTEM, part.id, v, whole.id).await.unwrap();
        let row = w.detail(&part).await.case;
        assert_eq!(
            (row.status, row.outcome, row.merged_into),
            (Status::Closed, Some(Outcome::Duplicate), Some(whole.id))
        );
        let seen = w.detail(&whole).await;
        assert_eq!(seen.parts.iter().map(|row| row.id).collect::<Vec<_>>(), [part.id]);
        assert_eq!(seen.recordings.len(), 1, "what was said in the part is heard on the whole");
        let step = w.actions.set_status(&SYSTEM, part.id, row.version, Status::InProgress).await;
        assert!(matches!(step, Err(ActionError::Invalid(why)) if why.contains("part of another")));

        w.actions.add_note(&SYSTEM, whole.id, "Екипа је послата.").await.unwrap();
        let more = w.actions.receive_text(w.text("t2", "0641234567", "Још нема")).await.unwrap();
        assert_eq!(more, TextOutcome::Added(whole.clone()));
        w.actions.unmerge_case(&SYSTEM, part.id).await.unwrap();
        let after = dump(&w).await;
        let lost: Vec<_> = before.iter().filter(|line| !after.contains(line)).collect();
        assert!(lost.is_empty(), "not as before: {lost:#?}");
        // The note, and the text with its contact. That the watchers heard of it is not taken back.
        let news = |line: &&String| !before.contains(line) && !line.starts_with("task ");
        let new: Vec<_> = after.iter().filter(news).collect();
        let of_whole = format!("\"case_id\":{}", whole.id);
        assert_eq!(new.len(), 3, "{new:#?}");
        assert!(new.iter().all(|line| line.contains(&of_whole)), "{new:#?}");
        assert!(w.detail(&whole).await.parts.is_empty());
        let again = w.actions.unmerge_case(&SYSTEM, part.id).await;
        assert!(matches!(again, Err(ActionError::Invalid(_))));
    })
    .await;
}

#[tokio::test]
async fn the_citizens_of_both_are_told_each_under_their_own_number() {
    both(async |w| {
        let whole = w.opened("t1", "0641234567", "Нема воде").await;
        let part = w.opened("t2", "0657654321", "Нема воде код мене").await;
        let same = w.opened_again("t3", "0641234567", "Опет нема").await;
        send_all(&w).await;
        for part in [&part, &same] {
            w.actions.merge_cases(&SYSTEM, part.id, 1, whole.id).await.unwrap();
        }
        let v = version(&w, &whole).await;
        w.actions.answer_case(&SYSTEM, whole.id, v, resolved("Цев је замењена.")).await.unwrap();
        let mut texts = w.actions.claim_texts(10).await.unwrap();
        texts.sort_by_key(|text| text.to.as_str().to_owned());
        let told: Vec<_> = texts.iter().map(|t| (t.to.as_str(), t.words.as_str())).collect();
        let words = |case: &CaseRef| format!("Одговор на Вашу пријаву {}: Цев је замењена.", case.number);
        assert_eq!(
            told,
            [("+381641234567", words(&whole).as_str()), ("+381657654321", words(&part).as_str())]
        );
        for (n, text) in texts.iter().enumerate() {
            deliver(&w, text.id, &format!("m{n}")).await;
        }
        assert_eq!(w.detail(&part).await.case.told, Told::Told);
        assert_eq!(w.detail(&whole).await.case.status, Status::Closed);
    })
    .await;
}

#[tokio::test]
async fn who_has_several_parts_or_follows_them_hears_the_outcome_once() {
    both(async |w| {
        let whole = w.opened("t1", "0641234567", "Нема воде").await;
        let part = w.opened("t2", "0657654321", "Нема воде код мене").await;
        let again = w.opened_again("t3", "0657654321", "Опет нема").await;
        let person = w.detail(&part).await.case.person.unwrap();
        w.actions.add_follower(&SYSTEM, whole.id, person).await.unwrap();
        send_all(&w).await;
        for part in [&part, &again] {
            w.actions.merge_cases(&SYSTEM, part.id, 1, whole.id).await.unwrap();
        }
        let v = version(&w, &whole).await;
        w.actions.answer_case(&SYSTEM, whole.id, v, resolved("Цев је замењена.")).await.unwrap();
        let mut told: Vec<_> =
            w.actions.claim_texts(10).await.unwrap().iter().map(|text| text.to.as_str().to_owned()).collect();
        told.sort();
        assert_eq!(told, ["+381641234567", "+381657654321"]);
    })
    .await;
}

#[tokio::test]
async fn the_deadlines_of_a_part_rest_and_go_on_as_if_they_had_not() {
    both(async |w| {
        let ana =
            w.actions.create_user(&SYSTEM, super::users::new_user("ana", Role::Operator)).await.unwrap();
        let whole = w.opened("t1", "0641234567", "Нема воде").await;
        let part = w.opened("t2", "0657654321", "Нема воде код мене").await;
        let v = w.actions.assign(&SYSTEM, part.id, version(&w, &part).await, Some(ana)).await.unwrap();
        let before = w.detail(&part).await;
        w.actions.merge_cases(&SYSTEM, part.id, v, whole.id).await.unwrap();
        assert_eq!(w.detail(&part).await.case.due_at, None, "it stands on no list of what is due");
        w.clock.advance(std::time::Duration::from_secs(10 * 86_400));
        while w.actions.look_at_deadlines().await.unwrap() > 0 {}
        let kinds = w.kinds(&part).await;
        assert!(!kinds.contains("deadline_missed") && !kinds.contains("escalated"), "{kinds}");
        assert!(w.kinds(&whole).await.contains("deadline_missed"));
        assert!(w.db.open_tasks(ana, &Reach::All, 10).await.unwrap().is_empty(), "nobody is reminded of it");
        w.actions.unmerge_case(&SYSTEM, part.id).await.unwrap();
        let after = w.detail(&part).await;
        assert_eq!((after.deadlines, after.case.due_at), (before.deadlines, before.case.due_at));
        while w.actions.look_at_deadlines().await.unwrap() > 0 {}
        assert!(w.kinds(&part).await.contains("deadline_missed"), "its days have gone on");
        assert!(w.db.task_count(ana, &Reach::All).await.unwrap() > 0);
        // What waits for somebody waits for nobody while the case is a part again.
        let waiting = w.db.open_tasks(ana, &Reach::All, 10).await.unwrap();
        w.actions.merge_cases(&SYSTEM, part.id, version(&w, &part).await, whole.id).await.unwrap();
        assert_eq!(
            (
                w.db.task_count(ana, &Reach::All).await.unwrap(),
                w.db.open_tasks(ana, &Reach::All, 10).await.unwrap().len()
            ),
            (0, 0)
        );
        w.actions.unmerge_case(&SYSTEM, part.id).await.unwrap();
        assert_eq!(w.db.open_tasks(ana, &Reach::All, 10).await.unwrap(), waiting);
    })
    .await;
}

#[tokio::test]
async fn only_cases_that_go_on_become_one() {
    both(async |w| {
        let (a, b) = (w.opened("t1", "0641234567", "А").await, w.opened("t2", "0641234568", "Б").await);
        let c = w.opened("t3", "0641234569", "В").await;
        let refused = |merged: Result<i64, ActionError>| matches!(merged, Err(ActionError::Invalid(_)));
        assert!(refused(w.actions.merge_cases(&SYSTEM, a.id, 1, a.id).await));
        w.actions.answer_case(&SYSTEM, c.id, 1, resolved("Готово.")).await.unwrap();
        assert!(refused(w.actions.merge_cases(&SYSTEM, a.id, 1, c.id).await), "into one that has ended");
        let v = version(&w, &c).await;
        assert!(refused(w.actions.merge_cases(&SYSTEM, c.id, v, a.id).await), "one that has ended");
        let v = w.actions.merge_cases(&SYSTEM, a.id, 1, b.id).await.unwrap();
        assert!(refused(w.actions.merge_cases(&SYSTEM, a.id, v, b.id).await), "a part already");
        assert!(refused(w.actions.merge_cases(&SYSTEM, b.id, 1, a.id).await), "in a circle");
        let stale = w.actions.merge_cases(&SYSTEM, b.id, 9, c.id).await;
        assert!(matches!(stale, Err(ActionError::Conflict)));
        let id = w.actions.create_user(&SYSTEM, super::users::new_user("ana", Role::Operator)).await.unwrap();
        let operator = Actor::User { id, role: Role::Operator };
        let forbidden = w.actions.unmerge_case(&operator, a.id).await;
        assert!(matches!(forbidden, Err(ActionError::Forbidden(_))));
        let new =
            w.db.case_list(&CaseFilter { status: Some(Status::New), ..Default::default() }, None, 10).await;
        assert_eq!(
            new.unwrap().rows.iter().map(|row| row.id).collect::<Vec<_>>(),
            [b.id],
            "a part waits for nobody"
        );
    })
    .await;
}

#[tokio::test]
async fn a_link_is_seen_from_both_sides_and_can_be_removed() {
    both(async |w| {
        let (a, b) = (w.opened("t1", "0641234567", "А").await, w.opened("t2", "0641234568", "Б").await);
        assert!(w.actions.link_cases(&SYSTEM, a.id, b.id, LinkKind::Follows).await.unwrap());
        assert!(!w.actions.link_cases(&SYSTEM, a.id, b.id, LinkKind::Follows).await.unwrap());
        let (here, there) = (w.db.links(a.id).await.unwrap(), w.db.links(b.id).await.unwrap());
        assert_eq!((here[0].outward, here[0].other.id), (true, b.id));
        assert_eq!((there[0].outward, there[0].other.id), (false, a.id));
        assert!(w.kinds(&b).await.ends_with("linked"));
        assert!(w.actions.unlink_cases(&SYSTEM, a.id, b.id, LinkKind::Follows).await.unwrap());
        assert!(!w.actions.unlink_cases(&SYSTEM, a.id, b.id, LinkKind::Follows).await.unwrap());
        assert!(w.db.links(b.id).await.unwrap().is_empty());
        let itself = w.actions.link_cases(&SYSTEM, a.id, a.id, LinkKind::Related).await;
        assert!(matches!(itself, Err(ActionError::Invalid(_))));
    })
    .await;
}

#[tokio::test]
async fn nothing_of_a_part_is_read_by_whoever_may_read_only_the_whole() {
    both(async |w| {
        let admin = w.with_clerk().await;
        let mira = Actor::User { id: admin, role: Role::Administrator };
        let whole = w.opened("t1", "0641234567", "Нема воде").await;
        let part = call_with_recording(&w).await;
        w.actions.add_note(&SYSTEM, part.id, "Жали се на комшију Перу").await.unwrap();
        let directory = w.db.directory();
        let [water, roads] = ["water", "roads"].map(|key| directory.department_by_key(key).unwrap().id);
        let v = version(&w, &whole).await;
        w.actions.set_department(&SYSTEM, whole.id, v, Some(water)).await.unwrap();
        let v = version(&w, &part).await;
        let v = w.actions.set_department(&SYSTEM, part.id, v, Some(roads)).await.unwrap();
        w.actions.merge_cases(&SYSTEM, part.id, v, whole.id).await.unwrap();
        let new = super::users::new_user("petar", Role::Officer);
        let id = w.actions.create_user(&SYSTEM, NewUser { department: Some(water), ..new }).await.unwrap();
        let petar = Actor::User { id, role: Role::Officer };

        let seen = w.actions.read_case(&petar, whole.id).await.unwrap();
        assert_eq!((seen.parts.len(), seen.parts_unread, seen.recordings.len()), (0, 1, 0));
        assert!(seen.timeline.iter().all(|entry| entry.case == whole.id));
        assert!(seen.texts.iter().all(|text| text.to == "+381641234567"));
        assert!(matches!(w.actions.read_case(&petar, part.id).await, Err(ActionError::NotFound)));

        let all = w.actions.read_case(&mira, whole.id).await.unwrap();
        assert_eq!((all.parts.len(), all.parts_unread, all.recordings.len()), (1, 0, 1));
        assert!(all.timeline.iter().any(|entry| entry.case == part.id));
        let filter = AuditFilter { what: Some(What::CaseViewed), ..AuditFilter::default() };
        let viewed = w.db.audit_page(&filter, None, 10).await.unwrap();
        let told = |row: &AuditRow| (row.link.who.clone(), row.link.subject.clone());
        let viewed: Vec<_> = viewed.iter().map(told).collect();
        let line = |who: UserId, case: &CaseRef| (who.to_string(), case.id.to_string());
        let expected = [line(admin, &part), line(admin, &whole), line(id, &whole)];
        assert_eq!(viewed, expected, "also that the part was read");
    })
    .await;
}

#[tokio::test]
async fn whoever_may_not_read_a_case_any_more_is_told_nothing_of_it() {
    both(async |w| {
        let case = w.opened("t1", "0641234567", "Нема воде").await;
        let directory = w.db.directory();
        let [water, roads] = ["water", "roads"].map(|key| directory.department_by_key(key).unwrap().id);
        let v = version(&w, &case).await;
        let v = w.actions.set_department(&SYSTEM, case.id, v, Some(water)).await.unwrap();
        let officer = async |login: &str, service| {
            let new = super::users::new_user(login, Role::Officer);
            w.actions.create_user(&SYSTEM, NewUser { department: Some(service), ..new }).await.unwrap()
        };
        let (petar, pavle) = (officer("petar", water).await, officer("pavle", roads).await);
        let refused = w.actions.watch(&SYSTEM, case.id, pavle).await;
        assert!(matches!(refused, Err(ActionError::Invalid(_))), "a case of another service");
        w.actions.watch(&SYSTEM, case.id, petar).await.unwrap();
        w.actions.set_status(&SYSTEM, case.id, v, Status::InProgress).await.unwrap();
        let v = version(&w, &case).await;
        w.actions.answer_case(&SYSTEM, case.id, v, resolved("Готово.")).await.unwrap();
        let reach = || w.actions.reach(&Actor::User { id: petar, role: Role::Officer });
        assert_eq!(w.db.open_tasks(petar, &reach(), 9).await.unwrap().len(), 1);
        let v = version(&w, &case).await;
        let v = w.actions.reopen_case(&SYSTEM, case.id, v, "опет цури").await.unwrap();
        assert_eq!(w.db.task_count(petar, &reach()).await.unwrap(), 2);
        w.actions.forward_case(&SYSTEM, case.id, v, roads, "ваше је").await.unwrap();
        assert_eq!(w.db.open_tasks(petar, &reach(), 9).await.unwrap(), []);
        assert_eq!(w.db.task_count(petar, &reach()).await.unwrap(), 0);
        let all = w.db.open_tasks(petar, &Reach::All, 9).await.unwrap();
        assert_eq!(all.len(), 2, "and not that it was forwarded: {all:?}");
    })
    .await;
}

/// All that is kept of all cases, but for versions, the moments of the last change and contact, and the entries that say that cases
/// were merged and came apart.
pub(super) async fn dump(w: &World) -> Vec<String> {
    let tables = [
        "case_file",
        "case_event",
        "case_deadline",
        "case_link",
        "case_party",
        "case_pin",
        "case_watcher",
        "interaction",
        "notice",
        "notice_try",
        "outbox",
        "person",
        "recording",
        "attachment",
        "task",
    ];
    let mut lines = Vec::new();
    for line in w.db.dump(&tables).await.unwrap() {
        let (table, row) = line.split_once(' ').unwrap();
        let mut row: serde_json::Map<String, serde_json::Value> = serde_json::from_str(row).unwrap();
        let kind = row.get("kind").and_then(|kind| kind.as_str()).unwrap_or_default();
        if table == "case_event"
            && matches!(kind, "merged" | "absorbed" | "unmerged" | "released" | "split_off")
        {
            continue;
        }
        if table == "case_file" {
            for moving in ["version", "updated_at", "contact_at"] {
                row.remove(moving);
            }
        }
        lines.push(format!("{table} {}", serde_json::to_string(&row).unwrap()));
    }
    lines
}

async fn call_with_recording(w: &World) -> CaseRef {
    let call = w.journal("c1", caller("0657654321")).await;
    let case = w.actions.open_call_case(call, "water", w.now()).await.unwrap();
    let recording = w.actions.start_recording(call, "r/1.wav".into(), w.now()).await.unwrap();
    w.actions.finish_recording(recording, Some(std::time::Duration::from_secs(20))).await.unwrap();
    w.actions.finish_call(call, w.ended()).await.unwrap();
    case
}

pub(super) async fn version(w: &World, case: &CaseRef) -> i64 {
    w.detail(case).await.case.version
}

pub(super) async fn send_all(w: &World) {
    for text in w.actions.claim_texts(20).await.unwrap() {
        let result = SubmitResult::Rejected { code: 1, reason: "not of interest".into() };
        w.actions.record_submissions(vec![Submission { id: text.id, result, at: w.now() }]).await.unwrap();
    }
}

async fn deliver(w: &World, text: odziv::domain::id::OutboxId, id: &str) {
    let result = SubmitResult::Accepted { link: "main".into(), message_ids: vec![id.into()] };
    w.actions.record_submissions(vec![Submission { id: text, result, at: w.now() }]).await.unwrap();
    let state = DeliveryState::Delivered;
    let report =
        DeliveryReport { link: "main".into(), message_id: id.into(), state, error: None, at: w.now() };
    w.actions.record_report(report).await.unwrap();
}
