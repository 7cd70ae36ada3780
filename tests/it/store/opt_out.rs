//! Who does not want messages to many: asked for by one word, written down by people, imported, and known after an erasure.

use std::path::Path;
use std::time::Duration;

use odziv::actions::opt_out::{ImportAsked, OptOutAsked};
use odziv::actions::person::PersonChange;
use odziv::actions::text::TextOutcome;
use odziv::actions::{ActionError, Actor};
use odziv::config;
use odziv::domain::id::{PersonId, UserId};
use odziv::domain::opt_out::{OptOutChannel, OptOutMeans};
use odziv::domain::permission::Role;
use odziv::domain::permission::reach::Reach;
use odziv::domain::person::{ConsentKind, ConsentMeans, PersonEntry, PersonFacts, Point, PointKind};
use odziv::store::opt_out::OptOutFilter;

use super::{SYSTEM, World, both, by_hand, each_store};

const NUMBER: &str = "+381641234567";

/// A message of a campaign went to this number now.
async fn campaign(w: &World, store: &config::store::Store, folder: &Path, number: &str) {
    let at = w.now().as_microsecond();
    let sql = format!(
        "INSERT INTO outbox (channel, recipient, words, state, due_at, created_at, updated_at, urgency, recipient_id) \
         VALUES ('sms', '{number}', 'Obavestenje', 'delivered', {at}, {at}, {at}, 1, 7)"
    );
    by_hand(store, folder, &sql).await.unwrap();
}

async fn receive(w: &World, id: &str, words: &str) -> TextOutcome {
    w.actions.receive_text(w.text(id, NUMBER, words)).await.unwrap()
}

async fn is_out(w: &World, channel: OptOutChannel, address: &str) -> bool {
    let out = w.db.opted_out(channel, &[address.to_owned(), "+381649999999".to_owned()]).await.unwrap();
    assert!(!out.contains("+381649999999"));
    out.contains(address)
}

async fn words_to_send(w: &World) -> Vec<String> {
    w.actions.claim_texts(50).await.unwrap().into_iter().map(|text| text.words).collect()
}

fn asked(channel: OptOutChannel, address: &str, means: OptOutMeans) -> OptOutAsked {
    OptOutAsked { channel, address: address.into(), means, remark: String::new() }
}

async fn person(w: &World, points: &[(PointKind, &str)]) -> PersonId {
    let facts = PersonFacts { name: "Ана Перић".into(), ..PersonFacts::default() };
    let points = points.iter().map(|(kind, value)| Point { kind: *kind, value: (*value).into() }).collect();
    w.actions.add_person(&SYSTEM, facts, points).await.unwrap()
}

#[tokio::test]
async fn stop_is_an_ordinary_text_where_nothing_was_sent_to_many() {
    both(async |w| {
        assert!(matches!(receive(&w, "t1", "STOP").await, TextOutcome::Opened(_)));
        assert!(!is_out(&w, OptOutChannel::Sms, NUMBER).await);
    })
    .await;
}

#[tokio::test]
async fn stop_after_a_campaign_is_heeded_and_answered_once_a_day_and_opens_no_case() {
    for (store, folder) in each_store() {
        let w = World::open(&store, folder.path()).await;
        let ana = person(&w, &[(PointKind::Phone, NUMBER)]).await;
        campaign(&w, &store, folder.path(), NUMBER).await;
        assert_eq!(receive(&w, "t1", " стоп! ").await, TextOutcome::OptOut);
        assert_eq!(receive(&w, "t1", " стоп! ").await, TextOutcome::Duplicate);
        assert!(is_out(&w, OptOutChannel::Sms, NUMBER).await);
        assert!(!is_out(&w, OptOutChannel::Voice, NUMBER).await, "a word by text is about texts");
        let answers = words_to_send(&w).await;
        assert_eq!(answers.len(), 1);
        assert!(answers[0].contains("СТАРТ"), "in the script of the citizen: {answers:?}");

        assert_eq!(receive(&w, "t2", "STOP").await, TextOutcome::OptOut);
        assert_eq!(words_to_send(&w).await, [""; 0], "once a day");
        let card = w.db.person_card(ana, &Reach::All).await.unwrap().unwrap();
        let out = &card.timeline[0].entry;
        assert!(matches!(out, PersonEntry::OptedOut { means: OptOutMeans::Text, .. }), "{out:?}");
        assert_eq!(card.timeline.iter().filter(|row| row.entry.kind() == "opted_out").count(), 1);

        w.clock.advance(Duration::from_secs(25 * 3_600));
        assert_eq!(receive(&w, "t3", "Start").await, TextOutcome::OptOut);
        assert!(!is_out(&w, OptOutChannel::Sms, NUMBER).await);
        assert!(words_to_send(&w).await[0].contains("STOP"));
        assert!(w.db.case_list(&Default::default(), None, 10).await.unwrap().rows.is_empty());

        w.clock.advance(Duration::from_secs(91 * 24 * 3_600));
        assert!(matches!(receive(&w, "t4", "STOP").await, TextOutcome::Opened(_)), "long after it");
        w.db.close().await;
    }
}

#[tokio::test]
async fn stop_of_somebody_with_an_open_case_stands_on_it_too() {
    for (store, folder) in each_store() {
        let w = World::open(&store, folder.path()).await;
        let case = w.opened("t1", NUMBER, "Нема воде").await;
        campaign(&w, &store, folder.path(), NUMBER).await;
        assert_eq!(receive(&w, "t2", "STOP").await, TextOutcome::Added(case.clone()));
        assert!(is_out(&w, OptOutChannel::Sms, NUMBER).await);
        assert_eq!(w.kinds(&case).await, "opened text_received text_queued text_received text_queued");
        // About the case, and so not meant: the answer still goes out.
        assert_eq!(words_to_send(&w).await.len(), 2);
        assert_eq!(w.rebuilt(false).await, [""; 0]);
        w.db.close().await;
    }
}

#[tokio::test]
async fn people_write_it_down_and_take_it_back_with_a_reason() {
    both(async |w| {
        let ana = person(&w, &[(PointKind::Phone, NUMBER), (PointKind::Email, "ana@example.rs")]).await;
        let by_phone = asked(OptOutChannel::Voice, "064 1234567", OptOutMeans::Telephone);
        assert!(w.actions.opt_out(&SYSTEM, by_phone.clone()).await.unwrap());
        assert!(!w.actions.opt_out(&SYSTEM, by_phone).await.unwrap(), "it stands there");
        assert!(is_out(&w, OptOutChannel::Voice, NUMBER).await);
        for wrong in [
            asked(OptOutChannel::Email, NUMBER, OptOutMeans::Paper),
            asked(OptOutChannel::Sms, "ana@example.rs", OptOutMeans::Paper),
            asked(OptOutChannel::Sms, NUMBER, OptOutMeans::Link),
        ] {
            assert!(matches!(w.actions.opt_out(&SYSTEM, wrong).await, Err(ActionError::Invalid(_))));
        }
        let officer = Actor::User { id: UserId(9), role: Role::Officer };
        let refused =
            w.actions.opt_out(&officer, asked(OptOutChannel::Sms, NUMBER, OptOutMeans::Paper)).await;
        assert!(matches!(refused, Err(ActionError::Forbidden(_))));

        let known = w.db.opt_outs_of_person(ana).await.unwrap();
        assert_eq!(known.len(), 1);
        let id = known[0].1.id;
        assert!(matches!(w.actions.opt_in(&SYSTEM, id, " ").await, Err(ActionError::Invalid(_))));
        w.actions.opt_in(&SYSTEM, id, "Замолила телефоном").await.unwrap();
        assert!(matches!(w.actions.opt_in(&SYSTEM, id, "x").await, Err(ActionError::NotFound)));
        assert!(!is_out(&w, OptOutChannel::Voice, NUMBER).await);
        let card = w.db.person_card(ana, &Reach::All).await.unwrap().unwrap();
        assert_eq!(card.timeline[0].entry.kind(), "opted_in");
    })
    .await;
}

#[tokio::test]
async fn withdrawn_consent_counts_for_every_address_of_the_person_until_it_is_given_again() {
    both(async |w| {
        let ana = person(&w, &[(PointKind::Phone, NUMBER), (PointKind::Phone, "021480000")]).await;
        let consent = |given| PersonChange::Consent {
            consent: ConsentKind::TextNotices,
            given,
            means: ConsentMeans::Paper,
            remark: String::new(),
        };
        let version = w.db.person(ana).await.unwrap().unwrap().version;
        let version = w.actions.change_person(&SYSTEM, ana, version, consent(false)).await.unwrap();
        let both = [NUMBER.to_owned(), "+38121480000".to_owned()];
        assert_eq!(w.db.opted_out(OptOutChannel::Sms, &both).await.unwrap().len(), 2);
        assert!(w.db.opted_out(OptOutChannel::Voice, &both).await.unwrap().is_empty());
        w.clock.advance(Duration::from_secs(1));
        let version = w.actions.change_person(&SYSTEM, ana, version, consent(true)).await.unwrap();
        assert!(w.db.opted_out(OptOutChannel::Sms, &both).await.unwrap().is_empty());

        // By the word START it is given again, too.
        w.clock.advance(Duration::from_secs(1));
        w.actions.change_person(&SYSTEM, ana, version, consent(false)).await.unwrap();
        w.clock.advance(Duration::from_secs(1));
        assert_eq!(receive(&w, "t1", "СТАРТ").await, TextOutcome::OptOut);
        assert!(w.db.opted_out(OptOutChannel::Sms, &both).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn erased_citizen_is_known_again_by_nothing_but_the_address_itself() {
    for (store, folder) in each_store() {
        let w = World::open(&store, folder.path()).await;
        let ana = person(&w, &[(PointKind::Phone, NUMBER), (PointKind::Email, "ana.secna@example.rs")]).await;
        let by_hand_written = OptOutAsked {
            remark: "Ана Перић тражила".into(),
            ..asked(OptOutChannel::Email, "ana.secna@example.rs", OptOutMeans::Paper)
        };
        w.actions.opt_out(&SYSTEM, by_hand_written).await.unwrap();
        assert!(w.actions.erase_person(&SYSTEM, ana, "тражила је").await.unwrap().done);
        let all = w.db.opt_outs(&OptOutFilter::default(), None, 50).await.unwrap();
        assert_eq!(all.len(), 3, "whoever asks to be erased wants no messages either");
        assert!(all.iter().all(|row| row.address.is_none() && row.remark.is_empty()));
        assert!(is_out(&w, OptOutChannel::Email, "ana.secna@example.rs").await);
        assert!(
            is_out(&w, OptOutChannel::Sms, NUMBER).await && is_out(&w, OptOutChannel::Voice, NUMBER).await
        );

        // Somebody has the number now, and wants to hear from us.
        assert_eq!(receive(&w, "t1", "START").await, TextOutcome::OptOut);
        assert!(!is_out(&w, OptOutChannel::Sms, NUMBER).await);
        let (kept, files) = (w.db.opt_outs(&OptOutFilter::default(), None, 50).await.unwrap(), folder.path());
        assert_eq!(kept.len(), 2);
        w.db.close().await;
        if store.url.is_empty() {
            let bytes = std::fs::read(files.join("odziv.db")).unwrap();
            let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
            assert!(!holds("ana.secna"), "the address itself is gone");
        }
    }
}

#[tokio::test]
async fn list_is_looked_over_line_by_line_before_it_is_taken_in() {
    both(async |w| {
        w.actions.opt_out(&SYSTEM, asked(OptOutChannel::Sms, NUMBER, OptOutMeans::Paper)).await.unwrap();
        let mut list =
            String::from("Broj;Napomena\r\n064/123-45-67;x\r\nana@example.rs\r\n\r\nnije broj\r\n");
        list.push_str(&"9".repeat(3_000));
        list.push_str("\n+381641234567\n0641112223,voice\n");
        for n in 0..1_200 {
            list.push_str(&format!("06455{n:05}\n"));
        }
        let kept = w.actions.keep_file("lista.csv", None, list.into_bytes()).await.unwrap();
        let asked = ImportAsked {
            file: kept.hash,
            numbers: vec![OptOutChannel::Sms],
            remark: "регистар 2026".into(),
        };
        let tried = w.actions.try_opt_out_import(&SYSTEM, &asked).await.unwrap();
        assert_eq!((tried.lines, tried.new, tried.known, tried.wrong), (1_208, 1_202, 2, 2));
        let errors: Vec<_> = tried.errors.iter().map(|error| (error.line, error.why.as_str())).collect();
        assert_eq!(errors, [(5, "no-address"), (6, "too-long")]);
        assert_eq!(w.db.opt_outs(&OptOutFilter::default(), None, 50).await.unwrap().len(), 1);

        let done = w.actions.import_opt_outs(&SYSTEM, &asked).await.unwrap();
        assert_eq!(done, tried);
        let again = w.actions.import_opt_outs(&SYSTEM, &asked).await.unwrap();
        assert_eq!((again.new, again.known), (0, 1_204));
        assert!(is_out(&w, OptOutChannel::Email, "ana@example.rs").await);
        assert!(is_out(&w, OptOutChannel::Voice, "+381641112223").await);
        let filter = OptOutFilter { begins: NUMBER.into(), ..OptOutFilter::default() };
        let found = w.db.opt_outs(&filter, None, 50).await.unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].means, OptOutMeans::Paper, "what was known first stays");
    })
    .await;
}

#[tokio::test]
async fn link_of_a_mail_works_once_sealed_and_tells_nobody_whether_it_did() {
    both(async |w| {
        let ana = odziv::domain::email::EmailAddress::parse("ana@example.rs").unwrap();
        let token = w.actions.unsubscribe_token(odziv::domain::id::OutboxId(7), &ana).unwrap();
        assert!(
            !token.contains("ana") && token.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
        );
        for other in ["", "x", "AAAA", &token[1..], &token.replace(&token[20..22], "zz"), &"a".repeat(5_000)]
        {
            w.actions.unsubscribe(other).await.unwrap();
        }
        assert!(!is_out(&w, OptOutChannel::Email, "ana@example.rs").await);
        w.actions.unsubscribe(&token).await.unwrap();
        w.actions.unsubscribe(&token).await.unwrap();
        assert!(is_out(&w, OptOutChannel::Email, "ana@example.rs").await);
    })
    .await;
}
