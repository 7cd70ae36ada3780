//! Somebody who is erased is on the cases of others too: as a follower, as somebody who was called, as a name on another card. And whose
//! time is not up is left alone.

use odziv::actions::call::Direction;
use odziv::actions::delivery::{Submission, SubmitResult};
use odziv::actions::draft::Mode;
use odziv::actions::mail::{MailArrived, MailOutcome, SubmitMail};
use odziv::actions::retention::Rule;
use odziv::actions::{ActionError, call::CallArrived};
use odziv::domain::case::{CaseRef, Status};
use odziv::domain::id::PersonId;
use odziv::domain::person::{PersonFacts, Point, PointKind};
use odziv::domain::timeline::Entry;

use super::erase::{ADMIN, DAY, HER_NUMBER, finish, her_cases, traces};
use super::mails::{answer, claimed, letter, receive, settle, with_mailbox};
use super::{SYSTEM, World, both, caller, each_store, resolved};

const HER_MAIL: &str = "zorica.sahta@example.rs";

/// Known by her card only, with a number and an address.
async fn her_card(w: &World) -> PersonId {
    let facts = PersonFacts { name: "Зорица Дунђерски".into(), ..PersonFacts::default() };
    let point = |kind, value: &str| Point { kind, value: value.into() };
    let points = vec![point(PointKind::Phone, HER_NUMBER), point(PointKind::Email, HER_MAIL)];
    w.actions.add_person(&ADMIN, facts, points).await.unwrap()
}

/// She follows it, did not get the text, was told by e-mail, and answered with a file when it was open again.
async fn followed_by_her(w: &World, case: &CaseRef, her: PersonId) {
    w.actions.add_follower(&ADMIN, case.id, her).await.unwrap();
    let version = w.detail(case).await.case.version;
    w.actions.answer_case(&ADMIN, case.id, version, resolved("Екипа је послата.")).await.unwrap();
    for text in w.actions.claim_texts(10).await.unwrap() {
        let result = SubmitResult::Rejected { code: 11, reason: "no such number".into() };
        w.actions.record_submissions(vec![Submission { id: text.id, result, at: w.now() }]).await.unwrap();
    }
    let told = claimed(w).await;
    assert_eq!(told.to.as_str(), HER_MAIL);
    settle(w, &told, SubmitMail::Accepted).await;
    let version = w.detail(case).await.case.version;
    w.actions.reopen_case(&ADMIN, case.id, version, "опет цури").await.unwrap();
    let file = odziv::actions::mail::ArrivedFile {
        name: "Зорица.txt".into(),
        declared: "text/plain".into(),
        bytes: "Дунавска 5".into(),
    };
    let mut what =
        letter(odziv::domain::mail::MailKind::Ordinary, "Дунавска 5: поклопац шахта и даље недостаје");
    if let odziv::actions::mail::Arrived::Letter { files, .. } = &mut what {
        files.push(file);
    }
    let mail = MailArrived { what, name: "Зорица".into(), ..answer(w, "m5", HER_MAIL, &told) };
    assert_eq!(receive(w, mail).await, MailOutcome::Added(case.clone()));
}

#[tokio::test]
async fn nothing_of_somebody_is_left_on_cases_and_cards_of_others() {
    for (store, folder) in each_store() {
        let w = with_mailbox(World::open(&store, folder.path()).await).await;
        w.with_clerk().await;
        let case = w.opened("m9", "0649999999", "Пукла цев у Змај Јовиној").await;
        let her = her_card(&w).await;
        followed_by_her(&w, &case, her).await;
        // Told again, and not sent yet.
        let version = w.detail(&case).await.case.version;
        w.actions.answer_case(&ADMIN, case.id, version, resolved("Поправљено.")).await.unwrap();
        // Called without a case, and asked about somebody else's.
        let call = CallArrived {
            direction: Direction::Out,
            caller: odziv::domain::caller::Caller::Hidden,
            called: super::phone(HER_NUMBER).to_string(),
            ..w.arrived("call-out", caller("0641110000"))
        };
        let call = w.actions.journal_call(call).await.unwrap();
        assert_eq!(w.actions.finish_call(call, w.ended()).await.unwrap(), None);
        let pin = w.actions.case_pin(&SYSTEM, &case).await.unwrap();
        let call = w.journal("call-state", caller(HER_NUMBER)).await;
        let digits = case.number.digits();
        assert!(w.actions.case_state(call, &digits, &pin, w.now()).await.unwrap().is_some());
        assert_eq!(w.actions.finish_call(call, w.ended()).await.unwrap(), Some(case.clone()));
        // Taken for somebody else's card for a while.
        let facts = PersonFacts { name: "Петар".into(), ..PersonFacts::default() };
        let petar = w.actions.add_person(&ADMIN, facts, Vec::new()).await.unwrap();
        let merge = w.actions.merge_people(&ADMIN, petar, her).await.unwrap();
        w.actions.split_people(&ADMIN, petar, merge).await.unwrap();
        w.actions.seal_timelines().await.unwrap();
        let found = traces(&w.db).await;
        for table in
            ["case_event", "outbox", "notice", "interaction", "person_event", "mail_received", "attachment"]
        {
            assert!(
                found.iter().any(|row| row.starts_with(table)),
                "nothing to erase in {table}: {found:#?}"
            );
        }

        let erased = w.actions.erase_person(&ADMIN, her, "захтев 12/2026").await.unwrap();
        assert!(erased.done, "{erased:?}");
        assert_eq!(traces(&w.db).await, [""; 0]);
        let texts = w.actions.claim_texts(10).await.unwrap();
        let to: Vec<_> = texts.iter().map(|text| text.to.as_str()).collect();
        assert_eq!(to, ["+381649999999"], "what waited for her is not sent");
        assert!(w.actions.claim_mails(10).await.unwrap().is_empty());
        // Of others everything is as it was.
        let detail = w.detail(&case).await;
        assert_eq!(detail.case.summary, "Пукла цев у Змај Јовиној");
        let theirs = |entry: &&Entry| matches!(entry, Entry::TextQueued { to, .. } if to == "+381649999999");
        assert_eq!(detail.timeline.iter().map(|e| &e.entry).filter(theirs).count(), 3);
        assert!(detail.files.is_empty(), "her file is removed");
        assert_eq!(w.rebuilt(false).await, [""; 0]);
        w.actions.seal_timelines().await.unwrap();
        let proof = w.actions.prove_audit(&Default::default()).await.unwrap();
        assert_eq!((proof.broken, proof.unsealed), (None, 0));
        w.db.close().await;
    }
}

fn rule(category: &str, keep_days: u32) -> Rule {
    Rule { category: category.into(), keep_days, recording_days: 1, legal_days: 0, basis: String::new() }
}

#[tokio::test]
async fn retention_leaves_whoever_follows_a_case_that_is_not_closed() {
    for (store, folder) in each_store() {
        let w = World::open(&store, folder.path()).await;
        let (her, ..) = her_cases(&w, folder.path()).await;
        let case = w.opened("m9", "0649999999", "Пукла цев у Змај Јовиној").await;
        w.actions.add_follower(&ADMIN, case.id, her).await.unwrap();
        w.actions.put_retention_rule(&ADMIN, rule("", 100)).await.unwrap();
        w.clock.advance(DAY * 101);
        assert_eq!(w.actions.keep_retention().await.unwrap().cases, 2);
        let known = w.db.person(her).await.unwrap().unwrap();
        assert_eq!((known.name.as_str(), known.phones.len()), ("Зорица Дунђерски", 1), "she waits for news");

        let version = w.detail(&case).await.case.version;
        w.actions.answer_case(&ADMIN, case.id, version, resolved("Замењена је цев.")).await.unwrap();
        let told = w.actions.claim_texts(10).await.unwrap();
        assert!(
            told.iter().any(|text| text.to.as_str() == super::phone(HER_NUMBER).as_str()),
            "and gets them"
        );
        for text in told {
            let result =
                SubmitResult::Accepted { link: "main".into(), message_ids: vec![format!("n{}", text.id)] };
            w.actions
                .record_submissions(vec![Submission { id: text.id, result, at: w.now() }])
                .await
                .unwrap();
            let report = odziv::actions::delivery::DeliveryReport {
                link: "main".into(),
                message_id: format!("n{}", text.id),
                state: odziv::domain::message::DeliveryState::Delivered,
                error: None,
                at: w.now(),
            };
            w.actions.record_report(report).await.unwrap();
        }
        assert_eq!(w.detail(&case).await.case.status, Status::Closed);
        w.clock.advance(DAY * 101);
        assert_eq!(w.actions.keep_retention().await.unwrap().cases, 1);
        let gone = w.db.person(her).await.unwrap().unwrap();
        assert_eq!((gone.name.as_str(), gone.phones.len()), ("", 0), "with the last case that she followed");
        assert_eq!(traces(&w.db).await, [""; 0]);
        w.db.close().await;
    }
}

#[tokio::test]
async fn what_is_written_on_an_erased_case_is_erased_again() {
    both(async |w| {
        w.with_clerk().await;
        let case = w.opened("m1", HER_NUMBER, "Нема воде").await;
        finish(&w, &case).await;
        w.actions.put_retention_rule(&ADMIN, rule("", 100)).await.unwrap();
        w.clock.advance(DAY * 101);
        assert_eq!(w.actions.keep_retention().await.unwrap().cases, 1);

        let refused = w.actions.reply(&ADMIN, case.id, "Зорица, јавите се", None).await;
        assert!(matches!(refused, Err(ActionError::Invalid(why)) if why.contains("erased")));
        let refused = w.actions.keep_draft(&ADMIN, case.id, Mode::Note, "Зорица је звала").await;
        assert!(matches!(refused, Err(ActionError::Invalid(why)) if why.contains("erased")));
        w.actions.keep_draft(&ADMIN, case.id, Mode::Note, "").await.unwrap();
        let version = w.detail(&case).await.case.version;
        w.actions.set_place(&ADMIN, case.id, version, "Дунавска 5").await.unwrap();
        assert!(!traces(&w.db).await.is_empty());
        assert_eq!(w.actions.keep_retention().await.unwrap().cases, 0, "kept for as long as everything");
        w.clock.advance(DAY * 101);
        assert_eq!(w.actions.keep_retention().await.unwrap().cases, 1);
        assert_eq!(traces(&w.db).await, [""; 0]);
        assert_eq!(w.actions.keep_retention().await.unwrap().cases, 0, "once");
    })
    .await;
}
