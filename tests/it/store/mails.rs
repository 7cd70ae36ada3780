//! A mail becomes a case or an entry on the right one; what goes out by e-mail is written down at every step.

use std::time::Duration;

use odziv::actions::delivery::{Submission, SubmitResult};
use odziv::actions::file::NewFiles;
use odziv::actions::mail::{
    Arrived, ArrivedFile, ForwardMail, MailArrived, MailBounce, MailOutcome, MailSubmission, MailboxPosition,
    OutboundMail, SubmitMail,
};
use odziv::actions::outcome::Settled;
use odziv::actions::{ActionError, Actions, Actor};
use odziv::config::mail::Mail as Settings;
use odziv::domain::case::{CaseRef, Channel, Told};
use odziv::domain::email::EmailAddress;
use odziv::domain::id::UserId;
use odziv::domain::intake::{Intake, IntakePerson, TellBy};
use odziv::domain::mail::{MailKind, MailParty, MailPurpose};
use odziv::domain::message::{Bounced, DeliveryState};
use odziv::domain::notice::{ByHand, NoticeState, Purpose};
use odziv::domain::permission::Role;
use odziv::domain::timeline::{Entry, Visibility};

use super::{SYSTEM, World, both};

pub const ANA: &str = "ana@example.rs";

/// The world of a municipality that has a mailbox.
pub async fn with_mailbox(w: World) -> World {
    let settings: Settings = toml::from_str(
        "address = 'pisarnica@grad.rs'\nname = 'Град, писарница'\nreceipts_per_hour = 3\n[smtp]\nhost = 'localhost'",
    )
    .unwrap();
    let cases = odziv::config::cases::Cases::default();
    let actions = Actions::with_mail(w.db.clone(), w.clock.clone(), cases, settings).await.unwrap();
    World { actions, ..w }
}

pub fn mail(w: &World, id: &str, from: &str, subject: &str, words: &str) -> MailArrived {
    MailArrived {
        external_id: format!("mail:{id}"),
        message_id: Some(format!("{id}@example.rs")),
        in_reply_to: Vec::new(),
        references: Vec::new(),
        sender: EmailAddress::parse(from).ok(),
        name: "Ана Петровић".into(),
        recipient: "pisarnica@grad.rs".into(),
        delivered_to: Vec::new(),
        subject: subject.into(),
        what: letter(MailKind::Ordinary, words),
        at: w.now(),
    }
}

pub fn letter(kind: MailKind, words: &str) -> Arrived {
    Arrived::Letter { kind, words: words.into(), rest: String::new(), files: Vec::new(), left_out: 0 }
}

pub async fn receive(w: &World, mail: MailArrived) -> MailOutcome {
    w.actions.receive_mail(mail, None).await.unwrap()
}

pub async fn opened(w: &World, mail: MailArrived) -> CaseRef {
    match receive(w, mail).await {
        MailOutcome::Opened(case) => case,
        other => unreachable!("{other:?}"),
    }
}

pub async fn claimed(w: &World) -> OutboundMail {
    let mut mails = w.actions.claim_mails(10).await.unwrap();
    assert_eq!(mails.len(), 1);
    mails.remove(0)
}

pub async fn settle(w: &World, mail: &OutboundMail, result: SubmitMail) {
    let submission = MailSubmission { id: mail.id, result, at: w.now() };
    w.actions.record_mails(vec![submission]).await.unwrap();
}

async fn state(w: &World, case: &CaseRef) -> DeliveryState {
    w.detail(case).await.texts.last().unwrap().state
}

/// An answer to a mail of ours, as mail programs write it.
pub fn answer(w: &World, id: &str, from: &str, to: &OutboundMail) -> MailArrived {
    MailArrived {
        in_reply_to: vec![to.message_id.clone()],
        references: to.references.iter().cloned().chain([to.message_id.clone()]).collect(),
        ..mail(w, id, from, &format!("Re: {}", to.subject), "Хвала")
    }
}

#[tokio::test]
async fn mail_opens_a_case_with_its_files_and_its_receipt_is_queued_in_the_thread() {
    both(async |w| {
        let w = with_mailbox(w).await;
        let file =
            ArrivedFile {
                name: "рупа.txt".into(), declared: "text/plain".into(), bytes: b"opis".to_vec()
            };
        let what = Arrived::Letter {
            kind: MailKind::Ordinary,
            words: "У Дунавској је рупа".into(),
            rest: "-- \nАна".into(),
            files: vec![file],
            left_out: 0,
        };
        let case = opened(&w, MailArrived { what, ..mail(&w, "m1", ANA, "Рупа на путу", "") }).await;
        let detail = w.detail(&case).await;
        assert_eq!((detail.case.channel, detail.case.caller.as_deref()), (Channel::Email, Some(ANA)));
        assert_eq!(detail.case.summary, "Рупа на путу: У Дунавској је рупа");
        assert_eq!(detail.case.person_name, "Ана Петровић");
        assert_eq!(w.kinds(&case).await, "opened mail_received file_added mail_queued");
        let receipt = claimed(&w).await;
        assert_eq!((receipt.to.as_str(), receipt.purpose), (ANA, MailPurpose::Receipt));
        assert!(
            receipt.subject.starts_with(&format!("[{} #", case.number))
                && receipt.subject.ends_with("Рупа на путу")
        );
        assert!(receipt.words.starts_with("Поштовани") && receipt.words.ends_with("Град, писарница"));
        assert_eq!(receipt.in_reply_to.as_deref(), Some("m1@example.rs"));
        assert_eq!(receipt.references, ["m1@example.rs"]);
        assert!(receipt.message_id.starts_with(&format!("odziv.{}.{}.", case.id, receipt.id)));
        assert!(w.actions.claim_texts(10).await.unwrap().is_empty(), "an e-mail is no text");
    })
    .await;
}

#[tokio::test]
async fn same_mail_again_is_a_duplicate_and_the_mailbox_moves_on() {
    both(async |w| {
        let w = with_mailbox(w).await;
        let at = |uid| Some(MailboxPosition { mailbox: "INBOX".into(), uid_validity: 7, uid });
        assert!(w.actions.mailbox_position("INBOX").await.unwrap().is_none());
        let first = w.actions.receive_mail(mail(&w, "m1", ANA, "s", "w"), at(3)).await.unwrap();
        assert!(matches!(first, MailOutcome::Opened(_)));
        let again = w.actions.receive_mail(mail(&w, "m1", ANA, "s", "w"), at(4)).await.unwrap();
        assert_eq!(again, MailOutcome::Duplicate);
        let known = w.actions.mailbox_position("INBOX").await.unwrap().unwrap();
        assert_eq!((known.uid_validity, known.uid), (7, 4));
        w.actions.set_mailbox_position(at(2).unwrap()).await.unwrap();
        assert_eq!(w.actions.mailbox_position("INBOX").await.unwrap().unwrap().uid, 4, "never back");
        let renumbered = MailboxPosition { mailbox: "INBOX".into(), uid_validity: 8, uid: 1 };
        w.actions.set_mailbox_position(renumbered).await.unwrap();
        assert_eq!(w.actions.mailbox_position("INBOX").await.unwrap().unwrap().uid, 1);
    })
    .await;
}

#[tokio::test]
async fn answer_of_the_citizen_lands_on_the_case_by_thread_or_by_token() {
    both(async |w| {
        let w = with_mailbox(w).await;
        let case = opened(&w, mail(&w, "m1", ANA, "Рупа", "рупа")).await;
        let receipt = claimed(&w).await;
        w.clock.advance(Duration::from_secs(60));
        assert_eq!(receive(&w, answer(&w, "m2", ANA, &receipt)).await, MailOutcome::Added(case.clone()));
        let token_only = mail(&w, "m3", ANA, &format!("odg: {}", receipt.subject.to_uppercase()), "још");
        assert_eq!(receive(&w, token_only).await, MailOutcome::Added(case.clone()));
        // In the thread of the citizen's own mail, whose id others made.
        let own = MailArrived {
            references: vec!["m1@example.rs".into()],
            ..mail(&w, "m4", ANA, "Re: Рупа", "и још")
        };
        assert_eq!(receive(&w, own).await, MailOutcome::Added(case.clone()));
        assert_eq!(
            w.kinds(&case).await,
            "opened mail_received mail_queued mail_received mail_received mail_received"
        );
        assert_eq!(w.detail(&case).await.case.updated_at, w.now());
        assert!(w.actions.claim_mails(10).await.unwrap().is_empty(), "an answer gets no receipt");
        assert!(matches!(
            receive(&w, mail(&w, "m5", ANA, "Друго", "друга тема")).await,
            MailOutcome::Opened(_)
        ));
    })
    .await;
}

#[tokio::test]
async fn thread_and_token_of_another_citizen_lead_to_a_case_of_its_own_with_a_hint() {
    both(async |w| {
        let w = with_mailbox(w).await;
        let case = opened(&w, mail(&w, "m1", ANA, "Рупа", "рупа")).await;
        let receipt = claimed(&w).await;
        let before = w.kinds(&case).await;
        let other = opened(&w, answer(&w, "m2", "zla@example.rs", &receipt)).await;
        assert_ne!(other.id, case.id);
        assert_eq!(w.kinds(&case).await, before);
        assert_eq!(w.kinds(&other).await, "opened mail_received mail_points_at mail_queued");
        let hint =
            w.detail(&other).await.timeline.into_iter().find(|e| e.entry.kind() == "mail_points_at").unwrap();
        assert_eq!(hint.visibility, Visibility::Internal);
        assert_eq!(hint.entry, Entry::MailPointsAt { case: case.id, number: case.number.clone() });
        assert!(!claimed(&w).await.words.contains(case.number.as_str()));
        let nobody = opened(&w, MailArrived { sender: None, ..answer(&w, "m3", "", &receipt) }).await;
        assert_eq!(w.kinds(&nobody).await, "opened mail_received mail_points_at");
        // An id of ours with the random part guessed names nothing.
        let guessed = format!("odziv.{}.{}.0000000000000001@grad.rs", case.id, receipt.id);
        let guess = MailArrived { in_reply_to: vec![guessed], ..mail(&w, "m4", ANA, "x", "y") };
        assert!(matches!(receive(&w, guess).await, MailOutcome::Opened(_)));
    })
    .await;
}

#[tokio::test]
async fn receipts_go_to_people_only_and_not_without_end() {
    both(async |w| {
        let w = with_mailbox(w).await;
        for (n, kind) in [MailKind::Bulk, MailKind::AutoReply].into_iter().enumerate() {
            let mail = mail(&w, &format!("p{n}"), "x@example.rs", "s", "w");
            opened(&w, MailArrived { what: letter(kind, "w"), ..mail }).await;
        }
        opened(&w, mail(&w, "n1", "no-reply@example.rs", "s", "w")).await;
        opened(&w, mail(&w, "n2", "Pisarnica@GRAD.rs", "s", "w")).await;
        assert!(w.actions.claim_mails(10).await.unwrap().is_empty());
        for n in 0..5 {
            opened(&w, mail(&w, &format!("m{n}"), ANA, "s", "w")).await;
        }
        assert_eq!(w.actions.claim_mails(10).await.unwrap().len(), 3, "in an hour");
        w.clock.advance(Duration::from_secs(3_700));
        opened(&w, mail(&w, "later", ANA, "s", "w")).await;
        claimed(&w).await;
    })
    .await;
}

#[tokio::test]
async fn automatic_answer_is_an_internal_entry_and_no_contact_of_the_citizen() {
    both(async |w| {
        let w = with_mailbox(w).await;
        let case = opened(&w, mail(&w, "m1", ANA, "Рупа", "рупа")).await;
        let receipt = claimed(&w).await;
        let then = w.detail(&case).await.case.updated_at;
        w.clock.advance(Duration::from_secs(60));
        let away = MailArrived {
            what: letter(MailKind::AutoReply, "Нисам ту"),
            ..answer(&w, "m2", ANA, &receipt)
        };
        assert_eq!(receive(&w, away).await, MailOutcome::Added(case.clone()));
        let detail = w.detail(&case).await;
        assert_eq!(detail.timeline.last().unwrap().visibility, Visibility::Internal);
        assert_eq!(detail.case.updated_at, then);
        assert_eq!(
            receive(&w, MailArrived { what: Arrived::Ours, ..mail(&w, "m3", ANA, "s", "") }).await,
            MailOutcome::Ours
        );
    })
    .await;
}

#[tokio::test]
async fn mail_is_settled_by_what_its_server_says() {
    both(async |w| {
        let w = with_mailbox(w).await;
        let case = opened(&w, mail(&w, "m1", ANA, "Рупа", "рупа")).await;
        let receipt = claimed(&w).await;
        assert_eq!(state(&w, &case).await, DeliveryState::Sending);
        settle(&w, &receipt, SubmitMail::TryAgain { after: Duration::from_secs(60) }).await;
        assert!(w.actions.claim_mails(10).await.unwrap().is_empty(), "put off");
        w.clock.advance(Duration::from_secs(61));
        let again = claimed(&w).await;
        assert_eq!((again.id, again.attempts, &again.message_id), (receipt.id, 2, &receipt.message_id));
        settle(&w, &again, SubmitMail::Accepted).await;
        assert_eq!(state(&w, &case).await, DeliveryState::Accepted);
        assert_eq!(w.actions.presume_mails().await.unwrap(), 0);
        w.clock.advance(Duration::from_secs(25 * 3_600));
        assert_eq!(w.actions.presume_mails().await.unwrap(), 1);
        assert_eq!(state(&w, &case).await, DeliveryState::Presumed);
        assert_eq!(w.kinds(&case).await, "opened mail_received mail_queued mail_reported");

        let refused = opened(&w, mail(&w, "m2", "beo@example.rs", "s", "w")).await;
        settle(&w, &claimed(&w).await, SubmitMail::Rejected { reason: "550 no".into() }).await;
        assert_eq!(w.detail(&refused).await.texts[0].error.as_deref(), Some("550 no"));
    })
    .await;
}

#[tokio::test]
async fn mail_on_its_way_when_the_process_died_is_uncertain_and_not_sent_again() {
    both(async |w| {
        let w = with_mailbox(w).await;
        let case = opened(&w, mail(&w, "m1", ANA, "Рупа", "рупа")).await;
        let receipt = claimed(&w).await;
        assert_eq!(w.actions.recover_outbox().await.unwrap(), 1);
        assert_eq!(state(&w, &case).await, DeliveryState::Uncertain);
        assert_eq!(w.kinds(&case).await, "opened mail_received mail_queued mail_reported");
        settle(&w, &receipt, SubmitMail::Accepted).await;
        assert_eq!(state(&w, &case).await, DeliveryState::Uncertain, "it was settled before");
        assert!(w.actions.claim_mails(10).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn bounce_finds_its_mail_and_says_why_on_the_case() {
    both(async |w| {
        let w = with_mailbox(w).await;
        let case = opened(&w, mail(&w, "m1", ANA, "Рупа", "рупа")).await;
        let receipt = claimed(&w).await;
        settle(&w, &receipt, SubmitMail::Accepted).await;
        let bounce = |id: &str, original: Option<&str>, what| MailArrived {
            what: Arrived::Bounce(MailBounce {
                original_id: original.map(str::to_owned),
                what,
                recipient: String::new(),
                error: "5.1.1 no such user".into(),
            }),
            ..mail(&w, id, "mailer-daemon@mx.rs", "Undelivered", "")
        };
        let ours = Some(receipt.message_id.as_str());
        assert_eq!(
            receive(&w, bounce("b1", ours, Bounced::Delayed)).await,
            MailOutcome::Reported(Some(case.id))
        );
        assert_eq!(state(&w, &case).await, DeliveryState::Accepted);
        assert_eq!(
            receive(&w, bounce("b2", ours, Bounced::Failed)).await,
            MailOutcome::Reported(Some(case.id))
        );
        assert_eq!(state(&w, &case).await, DeliveryState::Undeliverable);
        assert_eq!(
            receive(&w, bounce("b3", ours, Bounced::Failed)).await,
            MailOutcome::Reported(None),
            "once"
        );
        assert_eq!(
            receive(&w, bounce("b4", Some("x@y"), Bounced::Failed)).await,
            MailOutcome::Reported(None)
        );
        assert_eq!(receive(&w, bounce("b5", None, Bounced::Failed)).await, MailOutcome::Reported(None));
        let Entry::MailReported { state, error, .. } =
            w.detail(&case).await.timeline.last().unwrap().entry.clone()
        else {
            panic!()
        };
        assert_eq!((state, error.as_deref()), (DeliveryState::Undeliverable, Some("5.1.1 no such user")));
    })
    .await;
}

#[tokio::test]
async fn reply_goes_in_the_thread_and_its_answer_comes_back() {
    both(async |w| {
        let w = with_mailbox(w).await;
        let case = opened(&w, mail(&w, "m1", ANA, "Рупа", "рупа")).await;
        settle(&w, &claimed(&w).await, SubmitMail::Accepted).await;
        w.actions.reply_by_mail(&SYSTEM, case.id, "  Екипа излази сутра. ", Vec::new()).await.unwrap();
        let reply = claimed(&w).await;
        assert_eq!(reply.words, "Екипа излази сутра.\n\nГрад, писарница");
        assert_eq!(
            (reply.purpose, reply.in_reply_to.as_deref()),
            (MailPurpose::Reply, Some("m1@example.rs"))
        );
        assert_eq!(receive(&w, answer(&w, "m2", ANA, &reply)).await, MailOutcome::Added(case.clone()));
        assert_eq!(
            w.kinds(&case).await,
            "opened mail_received mail_queued mail_queued deadline_met mail_received"
        );
        let refused = |error: ActionError| assert!(matches!(error, ActionError::Invalid(_)), "{error}");
        refused(w.actions.reply_by_mail(&SYSTEM, case.id, " ", Vec::new()).await.unwrap_err());
        refused(
            w.actions.reply_by_mail(&SYSTEM, case.id, &"a".repeat(20_001), Vec::new()).await.unwrap_err(),
        );
        let texted = w.opened("t1", "0641234567", "Nema vode").await;
        refused(w.actions.reply_by_mail(&SYSTEM, texted.id, "x", Vec::new()).await.unwrap_err());
        let operator = Actor::User { id: UserId(1), role: Role::Officer };
        let nowhere =
            w.actions.reply_by_mail(&operator, odziv::domain::id::CaseId(99), "x", Vec::new()).await;
        assert!(matches!(nowhere, Err(ActionError::NotFound)));
    })
    .await;
}

#[tokio::test]
async fn institution_gets_the_facts_and_its_answer_lands_on_the_case_for_people_only() {
    both(async |w| {
        let w = with_mailbox(w).await;
        let case = opened(&w, mail(&w, "m1", ANA, "Рупа", "У Дунавској је рупа")).await;
        claimed(&w).await;
        let forward = |party| ForwardMail {
            to: EmailAddress::parse("vodovod@example.rs").unwrap(),
            party,
            note: "Молимо за изјашњење.".into(),
            files: Vec::new(),
        };
        let wrong = w.actions.forward_by_mail(&SYSTEM, case.id, forward(MailParty::Citizen)).await;
        assert!(matches!(wrong, Err(ActionError::Invalid(_))));
        w.actions.forward_by_mail(&SYSTEM, case.id, forward(MailParty::Institution)).await.unwrap();
        let sent = claimed(&w).await;
        for said in ["Молимо за изјашњење.", case.number.as_str(), "У Дунавској је рупа"]
        {
            assert!(sent.words.contains(said), "{}", sent.words);
        }
        assert!(!sent.words.contains(ANA) && !sent.words.contains('{'), "{}", sent.words);
        assert_eq!(
            receive(&w, answer(&w, "v1", "vodovod@example.rs", &sent)).await,
            MailOutcome::Added(case.clone())
        );
        let last = w.detail(&case).await.timeline.pop().unwrap();
        assert_eq!(last.visibility, Visibility::Internal);
        assert!(matches!(last.entry, Entry::MailReceived { party: MailParty::Institution, .. }));
        // The citizen may not answer in its place, nor it in the citizen's.
        let stranger = opened(&w, answer(&w, "v2", "drugi@example.rs", &sent)).await;
        assert_ne!(stranger.id, case.id);
    })
    .await;
}

#[tokio::test]
async fn without_a_mail_server_nothing_is_promised() {
    both(async |w| {
        let case = opened(&w, mail(&w, "m1", ANA, "s", "w")).await;
        assert_eq!(w.kinds(&case).await, "opened mail_received");
        let refused = w.actions.reply_by_mail(&SYSTEM, case.id, "x", Vec::new()).await.unwrap_err();
        assert!(refused.to_string().contains("[mail.smtp]"), "{refused}");
    })
    .await;
}

fn brought(w: &World, key: &str, tell_by: Option<TellBy>, channel: Channel) -> Intake {
    Intake {
        key: key.into(),
        channel,
        person: IntakePerson::Named {
            name: "Ана Петровић".into(),
            address: "Дунавска 7".into(),
            phone: Some(super::phone("0641234567")),
            email: EmailAddress::parse(ANA).ok(),
        },
        category: w.db.directory().category_by_key("water").unwrap().id,
        answers: Vec::new(),
        words: "Нема воде".into(),
        place: String::new(),
        language: None,
        tell_by,
        document: None,
    }
}

#[tokio::test]
async fn what_is_brought_to_the_counter_gets_its_receipt_by_the_chosen_channel_in_the_chosen_script() {
    both(async |w| {
        let w = with_mailbox(w).await;
        let register = async |intake: Intake| {
            w.actions.register_case(&SYSTEM, intake, NewFiles::default()).await.unwrap().case
        };
        let latin = Intake { language: Some("sr-Latn".into()), ..brought(&w, "1", None, Channel::Visit) };
        let silent = register(latin.clone()).await;
        assert_eq!(w.kinds(&silent).await, "opened described", "they have the slip");
        let case = register(Intake { key: "2".into(), tell_by: Some(TellBy::Email), ..latin }).await;
        assert_eq!(w.kinds(&case).await, "opened described mail_queued");
        let pin = w.actions.case_pin(&SYSTEM, &case).await.unwrap();
        let receipt = claimed(&w).await;
        assert_eq!(receipt.to.as_str(), ANA);
        assert!(receipt.words.starts_with("Poštovani"), "{}", receipt.words);
        assert!(receipt.words.contains(case.number.as_str()) && receipt.words.contains(&pin));
        assert!(receipt.words.ends_with("Grad, pisarnica"), "{}", receipt.words);
        // Their answer to it lands on the case.
        settle(&w, &receipt, SubmitMail::Accepted).await;
        assert_eq!(receive(&w, answer(&w, "m1", ANA, &receipt)).await, MailOutcome::Added(case.clone()));
        // What they chose once holds for what comes later, and for who writes without being there.
        let later = register(brought(&w, "3", None, Channel::Web)).await;
        assert_eq!(w.kinds(&later).await, "opened described mail_queued");
        settle(&w, &claimed(&w).await, SubmitMail::Accepted).await;
        let paper = register(brought(&w, "4", Some(TellBy::Post), Channel::Visit)).await;
        assert_eq!(w.kinds(&paper).await, "opened described");
        let again = register(brought(&w, "2", Some(TellBy::Email), Channel::Visit)).await;
        assert_eq!(
            (again, w.actions.claim_mails(10).await.unwrap().len()),
            (case, 0),
            "sent twice, told once"
        );
    })
    .await;
}

#[tokio::test]
async fn a_receipt_that_comes_back_goes_by_text_and_then_to_a_human_and_holds_nothing_open() {
    both(async |w| {
        let w = with_mailbox(w).await;
        let intake = brought(&w, "1", Some(TellBy::Email), Channel::Visit);
        let case = w.actions.register_case(&SYSTEM, intake, NewFiles::default()).await.unwrap().case;
        let rejected = SubmitMail::Rejected { reason: "550 5.1.1 no such user".into() };
        settle(&w, &claimed(&w).await, rejected).await;
        let texts = w.actions.claim_texts(10).await.unwrap();
        assert_eq!(texts.len(), 1);
        assert!(texts[0].words.contains(case.number.as_str()) && !texts[0].words.contains("{pin}"));
        let refused = SubmitResult::Rejected { code: 11, reason: "invalid destination".into() };
        let submission = Submission { id: texts[0].id, result: refused, at: w.now() };
        w.actions.record_submissions(vec![submission]).await.unwrap();
        assert_eq!(
            w.kinds(&case).await,
            "opened described mail_queued mail_reported text_queued text_reported notice_moved"
        );
        let told = w.detail(&case).await.case.told;
        assert_eq!(told, Told::No, "the outcome is another matter");
        let notice = w.db.notices(case.id).await.unwrap().remove(0);
        assert_eq!((notice.purpose, notice.state), (Purpose::Receipt, NoticeState::Failed));
        let by_hand = Settled::Told(ByHand::Phone);
        w.actions.settle_notice(&SYSTEM, case.id, notice.id, by_hand).await.unwrap();
        assert_eq!(w.db.notices(case.id).await.unwrap()[0].state, NoticeState::ByHand);
        assert!(w.actions.claim_mails(10).await.unwrap().is_empty());
    })
    .await;
}
