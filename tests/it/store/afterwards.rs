//! What comes when a case seemed to be over: mails that return after days, citizens who write again, letters that nobody got.

use std::time::Duration;

use odziv::actions::delivery::SubmitResult;
use odziv::actions::mail::{
    Arrived, ForwardMail, MailArrived, MailBounce, MailOutcome, OutboundMail, SubmitMail,
};
use odziv::actions::person::PersonChange;
use odziv::actions::{ActionError, Actor};
use odziv::domain::case::{CaseRef, Status, Told};
use odziv::domain::email::EmailAddress;
use odziv::domain::id::UserId;
use odziv::domain::link::LinkKind;
use odziv::domain::mail::{MailKind, MailParty};
use odziv::domain::message::Bounced;
use odziv::domain::notice::{NoticeState, Purpose};
use odziv::domain::permission::Role;
use odziv::domain::permission::reach::Reach;
use odziv::domain::person::{ConsentKind, ConsentMeans, Point, PointKind};
use odziv::domain::timeline::Entry;

use super::mails::{ANA, answer, claimed, letter, mail, opened, receive, settle, with_mailbox};
use super::outcomes::{DAY, notice, one, receipts_are_out, submit, told};
use super::{SYSTEM, World, both, resolved};

#[tokio::test]
async fn an_outcome_that_comes_back_after_days_is_told_by_a_human_and_the_case_is_not_closed() {
    both(async |w| {
        let w = with_mailbox(w).await;
        let vera = user(&w, "vera", Role::Supervisor).await;
        let (case, outcome) = told_by_mail(&w).await;
        presumed(&w, &case).await;
        w.clock.advance(DAY * 4);
        bounce(&w, "b1", &outcome, Bounced::Failed).await;
        assert_eq!(told(&w, &case).await, (Status::Answered, Told::Failed));
        assert_eq!(notice(&w, &case).await.1, NoticeState::Failed);
        let kinds = w.kinds(&case).await;
        assert!(kinds.ends_with("mail_reported status_changed notice_moved notice_moved"), "{kinds}");
        assert_eq!(tasks(&w, vera).await, ["tell_citizen outcome"]);
        bounce(&w, "b2", &outcome, Bounced::Failed).await;
        assert_eq!(w.kinds(&case).await, kinds, "it comes back once");
        let failed = notice(&w, &case).await.0;
        let by_phone = odziv::actions::outcome::Settled::Told(odziv::domain::notice::ByHand::Phone);
        w.actions.settle_notice(&SYSTEM, case.id, failed, by_phone).await.unwrap();
        assert_eq!(told(&w, &case).await, (Status::Closed, Told::Told));
        assert_eq!(tasks(&w, vera).await, [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn an_outcome_that_comes_back_after_days_goes_on_to_the_next_channel() {
    both(async |w| {
        let w = with_mailbox(w).await;
        let case = opened(&w, mail(&w, "m1", ANA, "Рупа", "рупа")).await;
        settle(&w, &claimed(&w).await, SubmitMail::Accepted).await;
        change(&w, &case, 1, PersonChange::AddPoint(point("+381641234567"))).await;
        w.actions.answer_case(&SYSTEM, case.id, 1, resolved("Поправљено.")).await.unwrap();
        let outcome = claimed(&w).await;
        settle(&w, &outcome, SubmitMail::Accepted).await;
        presumed(&w, &case).await;
        w.clock.advance(DAY * 4);
        bounce(&w, "b1", &outcome, Bounced::Failed).await;
        assert_eq!(told(&w, &case).await, (Status::Answered, Told::Telling));
        let text = one(w.actions.claim_texts(10).await.unwrap());
        assert!(text.words.ends_with("Поправљено."), "{}", text.words);
    })
    .await;
}

#[tokio::test]
async fn what_comes_back_of_an_answer_that_is_not_the_last_changes_nothing() {
    both(async |w| {
        let w = with_mailbox(w).await;
        let (case, first) = told_by_mail(&w).await;
        presumed(&w, &case).await;
        let version = w.detail(&case).await.case.version;
        let version = w.actions.reopen_case(&SYSTEM, case.id, version, "Опет.").await.unwrap();
        bounce(&w, "b1", &first, Bounced::Failed).await;
        assert_eq!(told(&w, &case).await, (Status::Reopened, Told::No));
        w.actions.answer_case(&SYSTEM, case.id, version, resolved("Сад јесте.")).await.unwrap();
        let second = claimed(&w).await;
        settle(&w, &second, SubmitMail::Accepted).await;
        presumed(&w, &case).await;
        let kinds = w.kinds(&case).await;
        bounce(&w, "b2", &first, Bounced::Failed).await;
        assert_eq!(w.kinds(&case).await, kinds);
        bounce(&w, "b3", &second, Bounced::Failed).await;
        assert_eq!(told(&w, &case).await, (Status::Answered, Told::Failed));
    })
    .await;
}

#[tokio::test]
async fn a_mail_that_a_server_still_tries_is_not_taken_for_read() {
    both(async |w| {
        let w = with_mailbox(w).await;
        let (case, outcome) = told_by_mail(&w).await;
        w.clock.advance(Duration::from_secs(20 * 3_600));
        bounce(&w, "b1", &outcome, Bounced::Delayed).await;
        w.clock.advance(Duration::from_secs(6 * 3_600));
        assert_eq!(w.actions.presume_mails().await.unwrap(), 1, "the receipt, of which nothing was heard");
        assert_eq!(w.actions.follow_notices().await.unwrap(), 0);
        assert_eq!(told(&w, &case).await, (Status::Answered, Told::Telling));
        w.clock.advance(DAY);
        w.actions.presume_mails().await.unwrap();
        w.actions.follow_notices().await.unwrap();
        assert_eq!(told(&w, &case).await, (Status::Closed, Told::Told));
    })
    .await;
}

#[tokio::test]
async fn a_citizen_who_writes_after_the_answer_has_the_case_opened_again_and_people_hear_of_it() {
    both(async |w| {
        let w = with_mailbox(w).await;
        let (vera, ana) = (user(&w, "vera", Role::Supervisor).await, user(&w, "ana", Role::Operator).await);
        let (case, outcome) = told_by_mail(&w).await;
        w.actions.watch(&SYSTEM, case.id, ana).await.unwrap();
        presumed(&w, &case).await;
        w.clock.advance(DAY * 10);
        let again = MailArrived {
            what: letter(MailKind::Ordinary, "Није поправљено!"),
            ..answer(&w, "m2", ANA, &outcome)
        };
        assert_eq!(receive(&w, again).await, MailOutcome::Added(case.clone()));
        assert_eq!(told(&w, &case).await, (Status::Reopened, Told::No));
        let timeline = w.detail(&case).await.timeline;
        let reason = timeline.iter().find_map(|e| match &e.entry {
            Entry::Reopened { reason, .. } => Some(reason.clone()),
            _ => None,
        });
        assert_eq!(reason.as_deref(), Some("Није поправљено!"));
        assert_eq!(tasks(&w, vera).await, ["arrived citizen"]);
        let watched = ["watched mail_received", "watched reopened", "watched status_changed"];
        assert_eq!(tasks(&w, ana).await, watched, "that it was closed too");
        let receipt = claimed(&w).await;
        assert!(receipt.words.contains(case.number.as_str()), "{}", receipt.words);
        // Who answers has read it.
        let version = w.detail(&case).await.case.version;
        w.actions.answer_case(&SYSTEM, case.id, version, resolved("Сад јесте.")).await.unwrap();
        assert_eq!(tasks(&w, vera).await, [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn what_a_citizen_writes_long_after_the_answer_becomes_a_case_that_follows_the_old_one() {
    both(async |w| {
        let w = with_mailbox(w).await;
        let (case, outcome) = told_by_mail(&w).await;
        presumed(&w, &case).await;
        w.clock.advance(DAY * 16);
        let later = opened(&w, answer(&w, "m2", ANA, &outcome)).await;
        assert_ne!(later.id, case.id);
        assert_eq!(told(&w, &case).await, (Status::Closed, Told::Told));
        let links = w.db.links(later.id).await.unwrap();
        assert_eq!((links[0].kind, links[0].outward, links[0].other.id), (LinkKind::Follows, true, case.id));
        assert!(w.kinds(&case).await.ends_with("linked"));
        assert_eq!(w.kinds(&later).await, "opened mail_received linked mail_queued");
        // Another mail in the old thread belongs to the new case as long as that is open.
        assert_eq!(receive(&w, answer(&w, "m3", ANA, &outcome)).await, MailOutcome::Added(later));
    })
    .await;
}

#[tokio::test]
async fn only_the_citizen_opens_a_case_again_and_no_program_does() {
    both(async |w| {
        let w = with_mailbox(w).await;
        let vera = user(&w, "vera", Role::Supervisor).await;
        let case = opened(&w, mail(&w, "m1", ANA, "Рупа", "рупа")).await;
        settle(&w, &claimed(&w).await, SubmitMail::Accepted).await;
        w.actions.forward_by_mail(&SYSTEM, case.id, forward()).await.unwrap();
        let forwarded = claimed(&w).await;
        settle(&w, &forwarded, SubmitMail::Accepted).await;
        w.actions.answer_case(&SYSTEM, case.id, 1, resolved("Поправљено.")).await.unwrap();
        let outcome = claimed(&w).await;
        settle(&w, &outcome, SubmitMail::Accepted).await;
        presumed(&w, &case).await;
        let away = MailArrived {
            what: letter(MailKind::AutoReply, "Нисам ту"),
            ..answer(&w, "m2", ANA, &outcome)
        };
        assert_eq!(receive(&w, away).await, MailOutcome::Added(case.clone()));
        assert_eq!(tasks(&w, vera).await, [""; 0]);
        let institution = answer(&w, "v1", "vodovod@example.rs", &forwarded);
        assert_eq!(receive(&w, institution).await, MailOutcome::Added(case.clone()));
        assert_eq!(told(&w, &case).await, (Status::Closed, Told::Told));
        assert_eq!(tasks(&w, vera).await, ["arrived institution"]);
    })
    .await;
}

#[tokio::test]
async fn a_letter_that_did_not_arrive_waits_for_whoever_wrote_it_until_another_goes() {
    both(async |w| {
        let w = with_mailbox(w).await;
        let vera = user(&w, "vera", Role::Supervisor).await;
        let petar = user(&w, "petar", Role::Officer).await;
        let officer = Actor::User { id: petar, role: Role::Officer };
        let case = opened(&w, mail(&w, "m1", ANA, "Рупа", "рупа")).await;
        settle(&w, &claimed(&w).await, SubmitMail::Accepted).await;
        w.actions.forward_by_mail(&officer, case.id, forward()).await.unwrap();
        settle(&w, &claimed(&w).await, SubmitMail::Rejected { reason: "550 no such user".into() }).await;
        assert_eq!(tasks(&w, petar).await, ["mail_failed forward"]);
        w.actions.forward_by_mail(&officer, case.id, forward()).await.unwrap();
        assert_eq!(tasks(&w, petar).await, [""; 0]);
        let second = claimed(&w).await;
        settle(&w, &second, SubmitMail::Accepted).await;
        w.clock.advance(DAY * 3);
        w.actions.presume_mails().await.unwrap();
        bounce(&w, "b1", &second, Bounced::Failed).await;
        assert_eq!(tasks(&w, petar).await, ["mail_failed forward"], "also days later");

        w.actions.reply_by_mail(&officer, case.id, "Екипа излази сутра.", Vec::new()).await.unwrap();
        claimed(&w).await;
        assert_eq!(w.actions.recover_outbox().await.unwrap(), 1);
        assert_eq!(
            tasks(&w, petar).await,
            ["mail_failed forward", "mail_failed reply"],
            "its fate is unknown"
        );
        assert_eq!(tasks(&w, vera).await, [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn a_reply_by_mail_is_a_first_answer_and_none_is_written_on_a_part_of_another_case() {
    both(async |w| {
        let w = with_mailbox(w).await;
        let case = opened(&w, mail(&w, "m1", ANA, "Рупа", "рупа")).await;
        let whole = opened(&w, mail(&w, "m2", "beo@example.rs", "Рупа", "рупа")).await;
        w.actions.reply_by_mail(&SYSTEM, case.id, "Екипа излази сутра.", Vec::new()).await.unwrap();
        assert_eq!(w.kinds(&case).await, "opened mail_received mail_queued mail_queued deadline_met");
        let version = w.detail(&case).await.case.version;
        w.actions.merge_cases(&SYSTEM, case.id, version, whole.id).await.unwrap();
        let refused = w.actions.reply_by_mail(&SYSTEM, case.id, "Још нешто.", Vec::new()).await;
        assert!(matches!(refused, Err(ActionError::Invalid(why)) if why.contains("part of another")));
        let refused = w.actions.forward_by_mail(&SYSTEM, case.id, forward()).await;
        assert!(matches!(refused, Err(ActionError::Invalid(_))));
    })
    .await;
}

#[tokio::test]
async fn a_citizen_who_does_not_want_texts_gets_none_and_is_told_by_a_human() {
    both(async |w| {
        let vera = user(&w, "vera", Role::Supervisor).await;
        let case = w.opened("t1", "0641234567", "Нема воде").await;
        let wrong = w.opened("t2", "0657654321", "Нема струје").await;
        receipts_are_out(&w).await;
        let withdrawn = PersonChange::Consent {
            consent: ConsentKind::TextNotices,
            given: false,
            means: ConsentMeans::Telephone,
            remark: String::new(),
        };
        change(&w, &case, 1, withdrawn).await;
        change(&w, &wrong, 1, PersonChange::MarkPoint { point: point("+381657654321"), valid: false }).await;
        w.actions.answer_case(&SYSTEM, case.id, 1, resolved("Готово.")).await.unwrap();
        w.actions.answer_case(&SYSTEM, wrong.id, 1, resolved("Готово.")).await.unwrap();
        assert!(w.actions.claim_texts(10).await.unwrap().is_empty());
        assert_eq!(told(&w, &case).await, (Status::Answered, Told::Failed), "a human can call");
        assert_eq!(told(&w, &wrong).await, (Status::Closed, Told::Impossible), "the number is a stranger's");
        assert_eq!(tasks(&w, vera).await, ["tell_citizen outcome"]);
    })
    .await;
}

#[tokio::test]
async fn a_mail_server_that_is_gone_keeps_no_text_from_being_settled() {
    both(async |w| {
        let without = World { actions: w.actions.clone(), db: w.db.clone(), clock: w.clock.clone() };
        let w = with_mailbox(w).await;
        let case = w.opened("t1", "0641234567", "Нема воде").await;
        receipts_are_out(&w).await;
        let email = Point { kind: PointKind::Email, value: ANA.into() };
        change(&w, &case, 1, PersonChange::AddPoint(email)).await;
        w.actions.answer_case(&SYSTEM, case.id, 1, resolved("Готово.")).await.unwrap();
        let text = one(w.actions.claim_texts(10).await.unwrap());
        let refused = SubmitResult::Rejected { code: 11, reason: "unknown subscriber".into() };
        submit(&without, &text, refused).await;
        assert_eq!(told(&w, &case).await, (Status::Answered, Told::Failed));
    })
    .await;
}

#[tokio::test]
async fn citizens_of_parts_of_parts_hear_no_outcome_that_was_taken_back() {
    both(async |w| {
        let whole = w.opened("t1", "0641111111", "Нема воде").await;
        let part = w.opened("t2", "0642222222", "Нема воде").await;
        let inner = w.opened("t3", "0643333333", "Нема воде").await;
        receipts_are_out(&w).await;
        w.actions.merge_cases(&SYSTEM, inner.id, 1, part.id).await.unwrap();
        let version = w.detail(&part).await.case.version;
        w.actions.merge_cases(&SYSTEM, part.id, version, whole.id).await.unwrap();
        let answered = async || {
            let version = w.detail(&whole).await.case.version;
            w.actions.answer_case(&SYSTEM, whole.id, version, resolved("Готово.")).await.unwrap();
        };
        answered().await;
        w.actions.unmerge_case(&SYSTEM, part.id).await.unwrap();
        let state = async |case: &CaseRef| {
            let notices = w.db.notices(case.id).await.unwrap();
            notices.iter().rfind(|n| n.purpose == Purpose::Outcome).unwrap().state
        };
        assert_eq!(state(&inner).await, NoticeState::Overtaken);
        assert_eq!(state(&part).await, NoticeState::Overtaken);
        let text = one(w.actions.claim_texts(10).await.unwrap());
        assert_eq!(text.to.as_str(), "+381641111111");
        let reopen = async || {
            let version = w.detail(&whole).await.case.version;
            w.actions.reopen_case(&SYSTEM, whole.id, version, "Опет.").await.unwrap();
        };
        reopen().await;
        let version = w.detail(&part).await.case.version;
        w.actions.merge_cases(&SYSTEM, part.id, version, whole.id).await.unwrap();
        answered().await;
        reopen().await;
        assert!(w.actions.claim_texts(10).await.unwrap().is_empty());
        assert_eq!(state(&inner).await, NoticeState::Overtaken);
    })
    .await;
}

/// A case that came by e-mail, answered; the mail with the outcome was taken by its server.
async fn told_by_mail(w: &World) -> (CaseRef, OutboundMail) {
    let case = opened(w, mail(w, "m1", ANA, "Рупа", "рупа")).await;
    settle(w, &claimed(w).await, SubmitMail::Accepted).await;
    w.actions.answer_case(&SYSTEM, case.id, 1, resolved("Поправљено.")).await.unwrap();
    let outcome = claimed(w).await;
    settle(w, &outcome, SubmitMail::Accepted).await;
    (case, outcome)
}

/// Nobody returned it for a day.
async fn presumed(w: &World, case: &CaseRef) {
    w.clock.advance(DAY + Duration::from_secs(3_600));
    w.actions.presume_mails().await.unwrap();
    w.actions.follow_notices().await.unwrap();
    assert_eq!(told(w, case).await, (Status::Closed, Told::Told));
}

async fn bounce(w: &World, id: &str, of: &OutboundMail, what: Bounced) {
    let report = MailBounce {
        original_id: Some(of.message_id.clone()),
        what,
        recipient: String::new(),
        error: "5.2.2 mailbox full".into(),
    };
    let bounce = MailArrived {
        what: Arrived::Bounce(report),
        ..mail(w, id, "mailer-daemon@mx.rs", "Undelivered", "")
    };
    assert!(matches!(receive(w, bounce).await, MailOutcome::Reported(_)));
}

fn forward() -> ForwardMail {
    ForwardMail {
        to: EmailAddress::parse("vodovod@example.rs").unwrap(),
        party: MailParty::Institution,
        note: "Молимо за изјашњење.".into(),
        files: Vec::new(),
    }
}

fn point(phone: &str) -> Point {
    Point { kind: PointKind::Phone, value: phone.into() }
}

async fn change(w: &World, case: &CaseRef, version: i64, change: PersonChange) {
    let person = w.detail(case).await.case.person.unwrap();
    w.actions.change_person(&SYSTEM, person, version, change).await.unwrap();
}

async fn user(w: &World, login: &str, role: Role) -> UserId {
    w.actions.create_user(&SYSTEM, super::users::new_user(login, role)).await.unwrap()
}

/// What waits for somebody: kinds and subjects, in the order of their words.
async fn tasks(w: &World, user: UserId) -> Vec<String> {
    let tasks = w.db.open_tasks(user, &Reach::All, 10).await.unwrap();
    let mut tasks: Vec<String> = tasks.iter().map(|task| format!("{} {}", task.kind, task.subject)).collect();
    tasks.sort();
    tasks
}
