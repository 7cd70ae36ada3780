//! A case ends with an outcome that the citizen is told, and does not end before.

use std::time::Duration;

use odziv::actions::delivery::{DeliveryReport, OutboundText, Submission, SubmitResult};
use odziv::actions::outcome::{NewAnswer, Settled};
use odziv::actions::{ActionError, Actor};
use odziv::domain::caller::Caller;
use odziv::domain::case::{CaseRef, Outcome, Status, Told};
use odziv::domain::id::NoticeId;
use odziv::domain::message::DeliveryState;
use odziv::domain::notice::{ByHand, NoticeState, Way};
use odziv::domain::permission::Role;
use odziv::domain::timeline::Entry;

use super::{SYSTEM, World, both, resolved};

pub(super) const DAY: Duration = Duration::from_secs(86_400);

#[tokio::test]
async fn an_answered_case_is_closed_when_the_citizen_has_the_outcome_in_hand() {
    both(async |w| {
        let case = w.opened("t1", "0641234567", "Нема воде").await;
        receipts_are_out(&w).await;
        w.actions.answer_case(&SYSTEM, case.id, 1, resolved(" Цев је замењена. ")).await.unwrap();
        let row = w.detail(&case).await.case;
        assert_eq!(
            (row.status, row.outcome, row.told),
            (Status::Answered, Some(Outcome::Resolved), Told::Telling)
        );
        let text = one(w.actions.claim_texts(10).await.unwrap());
        assert_eq!(text.words, format!("Одговор на Вашу пријаву {}: Цев је замењена.", case.number));

        let early = w.actions.close_case(&SYSTEM, case.id, row.version).await;
        assert!(matches!(early, Err(ActionError::Invalid(why)) if why.contains("was not told")));
        submit(&w, &text, accepted("m1")).await;
        assert_eq!(told(&w, &case).await, (Status::Answered, Told::Telling), "accepted is not delivered");
        report(&w, "m1", DeliveryState::Delivered).await;
        assert_eq!(told(&w, &case).await, (Status::Closed, Told::Told));
        let kinds = w.kinds(&case).await;
        assert!(
            kinds.ends_with("answered deadline_met text_queued text_reported notice_moved status_changed"),
            "{kinds}"
        );
        report(&w, "m1", DeliveryState::Delivered).await;
        assert_eq!(w.kinds(&case).await, kinds, "a receipt that comes twice");
        assert_eq!(w.actions.follow_notices().await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn who_writes_in_latin_is_answered_in_plain_latin() {
    both(async |w| {
        let case = w.opened("t1", "0641234567", "Nema vode").await;
        receipts_are_out(&w).await;
        w.actions.answer_case(&SYSTEM, case.id, 1, resolved("Шахт је поправљен, Ђорђе.")).await.unwrap();
        let text = one(w.actions.claim_texts(10).await.unwrap());
        assert!(text.words.ends_with(": Saht je popravljen, Djordje."), "{}", text.words);
        assert!(text.words.is_ascii());
    })
    .await;
}

#[tokio::test]
async fn whom_no_channel_reaches_is_told_by_a_human_and_only_then_is_the_case_closed() {
    both(async |w| {
        let case = w.opened("t1", "0641234567", "Nema vode").await;
        receipts_are_out(&w).await;
        w.actions.answer_case(&SYSTEM, case.id, 1, resolved("Gotovo.")).await.unwrap();
        let text = one(w.actions.claim_texts(10).await.unwrap());
        submit(&w, &text, SubmitResult::Rejected { code: 11, reason: "unknown subscriber".into() }).await;
        assert_eq!(told(&w, &case).await, (Status::Answered, Told::Failed));
        let notice = notice(&w, &case).await;
        assert_eq!(notice.1, NoticeState::Failed);

        let (petar, officer) = officer(&w).await;
        w.actions.settle_notice(&officer, case.id, notice.0, Settled::Told(ByHand::Phone)).await.unwrap();
        assert_eq!(told(&w, &case).await, (Status::Closed, Told::Told));
        let timeline = w.detail(&case).await.timeline;
        let by_hand =
            timeline.iter().find(|e| matches!(e.entry, Entry::NoticeMoved { by_hand: Some(_), .. }));
        assert_eq!(by_hand.unwrap().actor, Some(petar));
        let twice = w.actions.settle_notice(&officer, case.id, notice.0, Settled::Told(ByHand::Post)).await;
        assert!(matches!(twice, Err(ActionError::Invalid(_))));
        let elsewhere =
            w.actions.settle_notice(&officer, case.id, NoticeId(999), Settled::Told(ByHand::Post));
        assert!(matches!(elsewhere.await, Err(ActionError::NotFound)));
    })
    .await;
}

#[tokio::test]
async fn a_text_without_a_receipt_and_one_of_unknown_fate_count_as_lost_after_a_day() {
    both(async |w| {
        let case = w.opened("t1", "0641234567", "Nema vode").await;
        let lost = w.opened("t2", "0641234568", "Nema struje").await;
        receipts_are_out(&w).await;
        w.actions.answer_case(&SYSTEM, case.id, 1, resolved("Gotovo.")).await.unwrap();
        w.actions.answer_case(&SYSTEM, lost.id, 1, resolved("I ovo.")).await.unwrap();
        let texts = w.actions.claim_texts(10).await.unwrap();
        submit(&w, &texts[0], accepted("m1")).await;
        // The process dies with the second one on the wire.
        assert_eq!(w.actions.recover_outbox().await.unwrap(), 1);
        w.clock.advance(DAY - Duration::from_secs(1));
        assert_eq!(w.actions.follow_notices().await.unwrap(), 0);
        w.clock.advance(Duration::from_secs(1));
        assert_eq!(w.actions.follow_notices().await.unwrap(), 2);
        assert_eq!(told(&w, &case).await, (Status::Answered, Told::Failed));
        assert_eq!(told(&w, &lost).await, (Status::Answered, Told::Failed));
        assert_eq!(w.actions.follow_notices().await.unwrap(), 0);
        assert!(w.actions.claim_texts(10).await.unwrap().is_empty(), "nothing is sent a second time");
        // It had arrived after all, and its receipt was late.
        report(&w, "m1", DeliveryState::Delivered).await;
        assert_eq!(told(&w, &case).await, (Status::Closed, Told::Told));
    })
    .await;
}

#[tokio::test]
async fn a_text_that_waits_for_its_link_is_not_given_up() {
    both(async |w| {
        let case = w.opened("t1", "0641234567", "Nema vode").await;
        receipts_are_out(&w).await;
        w.actions.answer_case(&SYSTEM, case.id, 1, resolved("Gotovo.")).await.unwrap();
        w.clock.advance(DAY * 2);
        assert_eq!(w.actions.follow_notices().await.unwrap(), 0);
        assert_eq!(told(&w, &case).await, (Status::Answered, Told::Telling));
        assert_eq!(w.actions.claim_texts(10).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_reopened_case_has_no_outcome_and_its_old_answer_is_not_sent() {
    both(async |w| {
        let case = w.opened("t1", "0641234567", "Nema vode").await;
        receipts_are_out(&w).await;
        let v = w.actions.answer_case(&SYSTEM, case.id, 1, resolved("Gotovo.")).await.unwrap();
        let v = w.actions.reopen_case(&SYSTEM, case.id, v, "Опет цури.").await.unwrap();
        let row = w.detail(&case).await.case;
        assert_eq!((row.status, row.outcome, row.told), (Status::Reopened, None, Told::No));
        assert!(w.actions.claim_texts(10).await.unwrap().is_empty(), "withdrawn");
        w.actions.answer_case(&SYSTEM, case.id, v, resolved("Sad stvarno.")).await.unwrap();
        let text = one(w.actions.claim_texts(10).await.unwrap());
        assert!(text.words.ends_with("Sad stvarno."));
        submit(&w, &text, accepted("m2")).await;
        report(&w, "m2", DeliveryState::Delivered).await;
        assert_eq!(told(&w, &case).await, (Status::Closed, Told::Told));
    })
    .await;
}

#[tokio::test]
async fn who_cannot_be_told_does_not_hold_the_case_open() {
    both(async |w| {
        let call = w.journal("c1", Caller::Hidden).await;
        let case = w.actions.open_call_case(call, "water", w.now()).await.unwrap();
        w.actions.answer_case(&SYSTEM, case.id, 1, resolved("Gotovo.")).await.unwrap();
        assert_eq!(told(&w, &case).await, (Status::Closed, Told::Impossible));
        let call = w.journal("c2", super::caller("021480000")).await;
        let land = w.actions.open_call_case(call, "water", w.now()).await.unwrap();
        w.actions.answer_case(&SYSTEM, land.id, 1, resolved("Gotovo.")).await.unwrap();
        assert_eq!(told(&w, &land).await, (Status::Answered, Told::Failed), "a human can call a land line");
    })
    .await;
}

#[tokio::test]
async fn an_answer_has_words_or_a_reason_why_there_are_none() {
    both(async |w| {
        let case = w.opened("t1", "0641234567", "Nema vode").await;
        receipts_are_out(&w).await;
        let answer = |outcome, silence: &str| NewAnswer {
            outcome,
            silence: silence.into(),
            note: "Види и 400-7.".into(),
            ..resolved(" ")
        };
        let mute = w.actions.answer_case(&SYSTEM, case.id, 1, answer(Outcome::Resolved, "")).await;
        assert!(matches!(mute, Err(ActionError::Invalid(_))));
        let why = answer(Outcome::Resolved, "Зна већ, био је овде.");
        w.actions.answer_case(&SYSTEM, case.id, 1, why).await.unwrap();
        assert_eq!(told(&w, &case).await, (Status::Closed, Told::Impossible));
        assert!(w.kinds(&case).await.contains("note answered deadline_met notice_moved status_changed"));
        let other = w.opened("t2", "0641234568", "Nema struje").await;
        receipts_are_out(&w).await;
        w.actions.answer_case(&SYSTEM, other.id, 1, answer(Outcome::Duplicate, "")).await.unwrap();
        assert_eq!(told(&w, &other).await, (Status::Closed, Told::Impossible));
        let (_, officer) = officer(&w).await;
        let again = w.actions.answer_case(&officer, other.id, 4, resolved("?")).await;
        assert!(matches!(again, Err(ActionError::Conflict | ActionError::Invalid(_))));
    })
    .await;
}

#[tokio::test]
async fn a_reply_goes_out_and_what_came_of_it_changes_nothing_of_the_outcome() {
    both(async |w| {
        let case = w.opened("t1", "0641234567", "Нема воде").await;
        receipts_are_out(&w).await;
        w.actions.reply(&SYSTEM, case.id, "Која улица?", Some(Way::Sms)).await.unwrap();
        let text = one(w.actions.claim_texts(10).await.unwrap());
        assert_eq!(text.words, format!("О Вашој пријави {}: Која улица?", case.number));
        submit(&w, &text, SubmitResult::Rejected { code: 11, reason: "unknown".into() }).await;
        assert_eq!(told(&w, &case).await, (Status::New, Told::No));
        assert_eq!(notice(&w, &case).await.1, NoticeState::Failed);
        let call = w.journal("c1", Caller::Hidden).await;
        let hidden = w.actions.open_call_case(call, "water", w.now()).await.unwrap();
        let nowhere = w.actions.reply(&SYSTEM, hidden.id, "Хало?", None).await;
        assert!(matches!(nowhere, Err(ActionError::Invalid(_))));
        assert!(w.db.notices(hidden.id).await.unwrap().is_empty(), "nothing of it is kept");
    })
    .await;
}

/// The receipts of the intake are sent, and are no concern of these stories.
pub(super) async fn receipts_are_out(w: &World) {
    for text in w.actions.claim_texts(10).await.unwrap() {
        submit(w, &text, SubmitResult::Rejected { code: 1, reason: "not of interest".into() }).await;
    }
}

pub(super) fn one(mut texts: Vec<OutboundText>) -> OutboundText {
    assert_eq!(texts.len(), 1, "{texts:?}");
    texts.remove(0)
}

pub(super) fn accepted(id: &str) -> SubmitResult {
    SubmitResult::Accepted { link: "main".into(), message_ids: vec![id.into()] }
}

pub(super) async fn submit(w: &World, text: &OutboundText, result: SubmitResult) {
    w.actions.record_submissions(vec![Submission { id: text.id, result, at: w.now() }]).await.unwrap();
}

pub(super) async fn report(w: &World, id: &str, state: DeliveryState) {
    let report =
        DeliveryReport { link: "main".into(), message_id: id.into(), state, error: None, at: w.now() };
    w.actions.record_report(report).await.unwrap();
}

pub(super) async fn told(w: &World, case: &CaseRef) -> (Status, Told) {
    let row = w.detail(case).await.case;
    (row.status, row.told)
}

pub(super) async fn notice(w: &World, case: &CaseRef) -> (NoticeId, NoticeState) {
    let notices = w.db.notices(case.id).await.unwrap();
    notices.last().map(|notice| (notice.id, notice.state)).unwrap()
}

async fn officer(w: &World) -> (odziv::domain::id::UserId, Actor) {
    let id = w.actions.create_user(&SYSTEM, super::users::new_user("petar", Role::Officer)).await.unwrap();
    (id, Actor::User { id, role: Role::Officer })
}
