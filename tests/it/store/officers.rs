//! Colleagues hear of their cases by e-mail, at an address that they have confirmed, and answer from it.

use std::time::Duration;

use odziv::actions::mail::{MailArrived, MailOutcome, OutboundMail, SubmitMail};
use odziv::actions::{ActionError, Actor};
use odziv::domain::alert::Alerts;
use odziv::domain::case::CaseRef;
use odziv::domain::id::UserId;
use odziv::domain::mail::{MailKind, MailParty, MailPurpose};
use odziv::domain::permission::Role;
use odziv::domain::timeline::{Entry, Visibility};

use super::mails::{ANA, answer, claimed, letter, mail, opened, receive, settle, with_mailbox};
use super::{SYSTEM, World, both};

const PETAR: &str = "petar@vodovod.rs";
const HOUR: Duration = Duration::from_secs(3_600);

async fn officer(w: &World, login: &str) -> (UserId, Actor) {
    let water = w.db.directory().department_by_key("water").unwrap().id;
    let new = odziv::actions::user::NewUser {
        department: Some(water),
        ..super::users::new_user(login, Role::Officer)
    };
    let id = w.actions.create_user(&SYSTEM, new).await.unwrap();
    (id, Actor::User { id, role: Role::Officer })
}

/// The digits in a mail.
fn code_in(mail: &OutboundMail) -> String {
    let digits = mail.words.split(|c: char| !c.is_ascii_digit()).find(|digits| digits.len() == 8);
    digits.unwrap().to_owned()
}

async fn confirmed(w: &World, (id, actor): (UserId, &Actor), address: &str) {
    w.actions.set_user_email(actor, id, address).await.unwrap();
    let sent = claimed(w).await;
    settle(w, &sent, SubmitMail::Accepted).await;
    assert!(w.actions.confirm_user_email(actor, &code_in(&sent)).await.unwrap());
}

/// A citizen's case, its receipt out of the way.
async fn case(w: &World, id: &str) -> (CaseRef, OutboundMail) {
    let case = opened(w, mail(w, id, ANA, "Нема воде", "Нема воде у Дунавској")).await;
    let receipt = claimed(w).await;
    settle(w, &receipt, SubmitMail::Accepted).await;
    (case, receipt)
}

async fn forward(w: &World, case: &CaseRef, note: &str) {
    let water = w.db.directory().department_by_key("water").unwrap().id;
    let version = w.detail(case).await.case.version;
    w.actions.forward_case(&SYSTEM, case.id, version, water, note).await.unwrap();
}

async fn last_mail(w: &World, case: &CaseRef) -> (MailParty, MailKind, Visibility, String) {
    let timeline = w.detail(case).await.timeline;
    let entry = timeline.into_iter().rev().find(|e| e.entry.kind() == "mail_received").unwrap();
    match entry.entry {
        Entry::MailReceived { party, mail, name, .. } => (party, mail, entry.visibility, name),
        other => unreachable!("{other:?}"),
    }
}

#[tokio::test]
async fn an_address_is_used_only_when_its_user_has_typed_the_code_that_came_there() {
    both(async |w| {
        let w = with_mailbox(w).await;
        let (petar, actor) = officer(&w, "petar").await;
        let (_, jovan) = officer(&w, "jovan").await;
        let refused = w.actions.set_user_email(&jovan, petar, PETAR).await;
        assert!(matches!(refused, Err(ActionError::Forbidden(_))), "{refused:?}");
        for bad in ["petar", "pisarnica@grad.rs", "no-reply@vodovod.rs"] {
            assert!(matches!(
                w.actions.set_user_email(&actor, petar, bad).await,
                Err(ActionError::Invalid(_))
            ));
        }
        // An administrator sets it, and only the user confirms it.
        w.actions.set_user_email(&SYSTEM, petar, " Petar@Vodovod.rs ").await.unwrap();
        let sent = claimed(&w).await;
        assert_eq!((sent.to.as_str(), sent.purpose), (PETAR, MailPurpose::Code));
        let (case, _) = case(&w, "m1").await;
        forward(&w, &case, "").await;
        assert_eq!(w.actions.send_alerts().await.unwrap(), 0, "not confirmed");
        let wrong = if code_in(&sent) == "00000000" { "1" } else { "00000000" };
        for _ in 0..5 {
            assert!(!w.actions.confirm_user_email(&actor, wrong).await.unwrap());
        }
        assert!(!w.actions.confirm_user_email(&actor, &code_in(&sent)).await.unwrap(), "too many tries");
        settle(&w, &sent, SubmitMail::Accepted).await;
        confirmed(&w, (petar, &actor), PETAR).await;
        assert_eq!(w.db.directory().mailboxes.len(), 1);
        // Nobody else takes it, and it is not sent codes without end.
        assert!(matches!(w.actions.set_user_email(&SYSTEM, petar, PETAR).await, Ok(())));
        assert!(w.actions.claim_mails(10).await.unwrap().is_empty(), "it is confirmed already");
        for n in 0..3 {
            w.actions.set_user_email(&actor, petar, &format!("petar{n}@vodovod.rs")).await.unwrap();
        }
        let flood = w.actions.set_user_email(&actor, petar, "petar4@vodovod.rs").await;
        assert!(matches!(flood, Err(ActionError::Invalid(_))));
        assert!(w.db.directory().mailboxes.is_empty(), "the old one is not theirs any more");
    })
    .await;
}

#[tokio::test]
async fn an_officer_answers_the_mail_about_a_case_and_the_answer_lands_on_it_for_people_only() {
    both(async |w| {
        let w = with_mailbox(w).await;
        let (petar, actor) = officer(&w, "petar").await;
        confirmed(&w, (petar, &actor), PETAR).await;
        let (case, receipt) = case(&w, "m1").await;
        forward(&w, &case, "Хитно је.").await;
        assert_eq!(w.actions.send_alerts().await.unwrap(), 1);
        assert_eq!(w.actions.send_alerts().await.unwrap(), 0, "once");
        let sent = claimed(&w).await;
        assert_eq!((sent.to.as_str(), sent.purpose), (PETAR, MailPurpose::Alert));
        for words in ["прослеђен", "Хитно је.", "Дунавској", case.number.as_str()] {
            assert!(sent.words.contains(words), "{words}: {}", sent.words);
        }
        assert!(!sent.words.contains(ANA), "who the citizen is stays here");
        settle(&w, &sent, SubmitMail::Accepted).await;

        let version = w.detail(&case).await.case.version;
        assert_eq!(receive(&w, answer(&w, "o1", PETAR, &sent)).await, MailOutcome::Added(case.clone()));
        let petars = (MailParty::Officer, MailKind::Ordinary, Visibility::Internal, "Петар".to_owned());
        assert_eq!(last_mail(&w, &case).await, petars);
        let row = w.detail(&case).await.case;
        assert_eq!((row.version, row.outcome), (version, None), "nothing is decided by a mail");
        assert!(w.actions.claim_mails(10).await.unwrap().is_empty(), "the citizen hears nothing of it");
        // Away, or a program: it stands there as what it is.
        let away = MailArrived {
            what: letter(MailKind::AutoReply, "На одмору сам"),
            ..answer(&w, "o2", PETAR, &sent)
        };
        assert_eq!(receive(&w, away).await, MailOutcome::Added(case.clone()));
        assert_eq!(last_mail(&w, &case).await.1, MailKind::AutoReply);

        let kinds = w.kinds(&case).await;
        let elsewhere = async |mail: MailArrived, why: &str| {
            let other = opened(&w, mail).await;
            assert_ne!(other.id, case.id, "{why}");
            assert_eq!(w.kinds(&case).await, kinds, "{why}");
            w.kinds(&other).await.contains("mail_points_at")
        };
        // Whoever calls himself Petar and has nothing of ours; Petar with the token of the citizen; another with Petar's.
        assert!(!elsewhere(mail(&w, "f1", PETAR, "Предмет", "Решено"), "no token").await);
        let number = format!("Re: [{}] Предмет", case.number);
        assert!(!elsewhere(mail(&w, "f2", PETAR, &number, "Решено"), "a number is no token").await);
        assert!(elsewhere(answer(&w, "f3", PETAR, &receipt), "the citizen's token").await);
        assert!(elsewhere(answer(&w, "f4", "zla@vodovod.rs", &sent), "another address").await);
        let quoted =
            MailArrived { references: vec!["m1@example.rs".into()], ..mail(&w, "f5", PETAR, "x", "y") };
        assert!(elsewhere(quoted, "the id of the citizen's mail").await);
        // The token of another case does not open this one.
        w.actions.set_user_active(&SYSTEM, petar, false).await.unwrap();
        assert!(elsewhere(answer(&w, "f6", PETAR, &sent), "who left").await);
        w.actions.set_user_active(&SYSTEM, petar, true).await.unwrap();
        w.actions.remove_user_email(&actor, petar).await.unwrap();
        assert!(elsewhere(answer(&w, "f7", PETAR, &sent), "an address that is nobody's").await);
    })
    .await;
}

#[tokio::test]
async fn of_two_tokens_the_mail_goes_where_its_subject_says() {
    both(async |w| {
        let w = with_mailbox(w).await;
        let (petar, actor) = officer(&w, "petar").await;
        confirmed(&w, (petar, &actor), PETAR).await;
        let (first, _) = case(&w, "m1").await;
        let (second, _) = case(&w, "m2").await;
        for case in [&first, &second] {
            forward(&w, case, "").await;
        }
        assert_eq!(w.actions.send_alerts().await.unwrap(), 2);
        let sent = w.actions.claim_mails(10).await.unwrap();
        let to =
            |case: &CaseRef| sent.iter().find(|mail| mail.subject.contains(case.number.as_str())).unwrap();
        let crossed = MailArrived {
            subject: format!("Re: {}", to(&second).subject),
            ..answer(&w, "o1", PETAR, to(&first))
        };
        assert_eq!(receive(&w, crossed).await, MailOutcome::Added(second));
    })
    .await;
}

#[tokio::test]
async fn a_flood_of_cases_is_some_mails_and_then_a_list() {
    both(async |w| {
        let w = with_mailbox(w).await;
        let (petar, actor) = officer(&w, "petar").await;
        confirmed(&w, (petar, &actor), PETAR).await;
        let mut cases = Vec::new();
        for n in 0..70 {
            cases.push(w.opened(&format!("t{n}"), &format!("06412345{n:02}"), "Nema vode").await);
        }
        forward(&w, &cases[0], "").await;
        assert_eq!(w.actions.send_alerts().await.unwrap(), 1);
        assert_eq!(claimed(&w).await.purpose, MailPurpose::Alert);
        for case in &cases[1..60] {
            forward(&w, case, "").await;
        }
        assert_eq!(w.actions.send_alerts().await.unwrap(), 1);
        let list = claimed(&w).await;
        assert_eq!(list.purpose, MailPurpose::Alerts);
        assert!(list.words.contains(": 59.") && list.words.contains("+ 9"), "{}", list.words);
        assert!(list.words.contains(cases[1].number.as_str()) && !list.words.contains("Nema vode"));
        for case in &cases[60..] {
            forward(&w, case, "").await;
        }
        forward(&w, &w.opened_again("again", "0641234500", "Opet").await, "").await;
        // Some days later than the others: ten and one are too many for single mails.
        assert_eq!(w.actions.send_alerts().await.unwrap(), 1);
        assert_eq!(claimed(&w).await.purpose, MailPurpose::Alerts);
        for n in 70..82 {
            let case = w.opened(&format!("t{n}"), &format!("06412345{n:02}"), "Nema vode").await;
            forward(&w, &case, "").await;
        }
        assert_eq!(w.actions.send_alerts().await.unwrap(), 0, "one list an hour");
        w.clock.advance(HOUR);
        assert_eq!(w.actions.send_alerts().await.unwrap(), 1);
        assert!(claimed(&w).await.words.contains(": 12."));
        // An answer to a list belongs to no case of it.
        assert!(matches!(receive(&w, answer(&w, "o1", PETAR, &list)).await, MailOutcome::Opened(_)));
    })
    .await;
}

#[tokio::test]
async fn who_wants_to_hear_nothing_or_only_of_the_own_hears_no_more() {
    both(async |w| {
        let w = with_mailbox(w).await;
        let (petar, actor) = officer(&w, "petar").await;
        confirmed(&w, (petar, &actor), PETAR).await;
        let (first, _) = case(&w, "m1").await;
        w.actions.set_user_alerts(&actor, Alerts::Own).await.unwrap();
        forward(&w, &first, "").await;
        assert_eq!(w.actions.send_alerts().await.unwrap(), 0);
        let version = w.detail(&first).await.case.version;
        let version = w.actions.assign(&SYSTEM, first.id, version, Some(petar)).await.unwrap();
        assert_eq!(w.actions.send_alerts().await.unwrap(), 1);
        assert!(claimed(&w).await.words.contains("Додељен вам је предмет"));
        // What one takes oneself one knows; what was taken away again before the mail is not told.
        let version = w.actions.assign(&actor, first.id, version, None).await.unwrap();
        let version = w.actions.assign(&actor, first.id, version, Some(petar)).await.unwrap();
        assert_eq!(w.actions.send_alerts().await.unwrap(), 0);
        let version = w.actions.assign(&SYSTEM, first.id, version, None).await.unwrap();
        let version = w.actions.assign(&SYSTEM, first.id, version, Some(petar)).await.unwrap();
        w.actions.assign(&SYSTEM, first.id, version, None).await.unwrap();
        assert_eq!(w.actions.send_alerts().await.unwrap(), 0);
        w.actions.set_user_alerts(&actor, Alerts::Nothing).await.unwrap();
        let version = w.detail(&first).await.case.version;
        w.actions.assign(&SYSTEM, first.id, version, Some(petar)).await.unwrap();
        assert_eq!(w.actions.send_alerts().await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn an_address_that_takes_nothing_has_to_be_confirmed_again() {
    both(async |w| {
        let w = with_mailbox(w).await;
        let (petar, actor) = officer(&w, "petar").await;
        confirmed(&w, (petar, &actor), PETAR).await;
        let (case, _) = case(&w, "m1").await;
        forward(&w, &case, "").await;
        w.actions.send_alerts().await.unwrap();
        let reason = "550 5.1.1 no such user".to_owned();
        settle(&w, &claimed(&w).await, SubmitMail::Rejected { reason }).await;
        let known = w.db.user_email(petar).await.unwrap().unwrap();
        assert_eq!((known.confirmed_at, known.failed.as_deref()), (None, Some("550 5.1.1 no such user")));
        let version = w.detail(&case).await.case.version;
        w.actions.assign(&SYSTEM, case.id, version, Some(petar)).await.unwrap();
        assert_eq!(w.actions.send_alerts().await.unwrap(), 0);
        confirmed(&w, (petar, &actor), PETAR).await;
        assert_eq!(w.db.user_email(petar).await.unwrap().unwrap().failed, None);
    })
    .await;
}
