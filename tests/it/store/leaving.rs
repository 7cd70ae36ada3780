//! Mails to many: how their readers get no more of them, and addresses that reach nobody.

use odziv::actions::mail::{Arrived, MailArrived, MailBounce, MailOutcome, OutboundMail, SubmitMail};
use odziv::config;
use odziv::domain::id::OutboxId;
use odziv::domain::mail::MailKind;
use odziv::domain::message::{Bounced, DeliveryState};
use odziv::domain::opt_out::{OptOutChannel, OptOutMeans};
use odziv::domain::permission::reach::Reach;
use odziv::domain::person::PersonEntry;

use super::mails::{ANA, claimed, letter, mail, opened, receive, settle};
use super::{World, both, by_hand, each_store};

/// With a way back for each mail.
async fn with_return_address(w: World) -> World {
    let settings = toml::from_str(
        "address = 'pisarnica@grad.rs'\nreturn_address = 'povratak@grad.rs'\n[smtp]\nhost = 'localhost'",
    );
    let cases = config::cases::Cases::default();
    let actions = odziv::actions::Actions::with_mail(w.db.clone(), w.clock.clone(), cases, settings.unwrap());
    World { actions: actions.await.unwrap(), ..w }
}

/// A mail of a campaign to Ana, on its way.
async fn campaign(w: &World, store: &config::store::Store, folder: &std::path::Path) -> OutboundMail {
    let at = w.now().as_microsecond();
    let sql = format!(
        "INSERT INTO outbox (channel, purpose, recipient, subject, words, message_id, state, due_at, created_at, updated_at, urgency, recipient_id) \
         VALUES ('email', 'campaign', '{ANA}', 'Voda', 'Sutra nema vode', 'odziv.0.1.00000000000000ab@grad.rs', 'queued', {at}, {at}, {at}, 1, 7)"
    );
    by_hand(store, folder, &sql).await.unwrap();
    let sent = claimed(w).await;
    settle(w, &sent, SubmitMail::Accepted).await;
    sent
}

async fn means(w: &World) -> Option<OptOutMeans> {
    let rows = w.db.opt_outs_of(&[ANA.to_owned()]).await.unwrap();
    assert!(rows.iter().all(|(_, row)| row.channel == OptOutChannel::Email));
    rows.first().map(|(_, row)| row.means)
}

#[tokio::test]
async fn reader_of_a_mail_to_many_gets_no_more_by_mail_by_a_word_and_by_a_complaint() {
    for (store, folder) in each_store() {
        let w = with_return_address(World::open(&store, folder.path()).await).await;
        let sent = campaign(&w, &store, folder.path()).await;
        let plain = mail(&w, "m1", ANA, "unsubscribe xyz", "STOP");
        assert!(
            matches!(receive(&w, plain).await, MailOutcome::Opened(_)),
            "no token, no answer to a campaign"
        );
        w.actions.claim_mails(10).await.unwrap();
        assert_eq!(means(&w).await, None);

        let token = w.actions.unsubscribe_token(sent.id, &sent.to).unwrap();
        // From another address of hers: the token is the proof.
        let by_token = mail(&w, "m2", "ana@drugde.rs", &format!("Unsubscribe {token}"), "");
        assert_eq!(receive(&w, by_token).await, MailOutcome::OptOut);
        assert_eq!(means(&w).await, Some(OptOutMeans::Email));

        let back_in = w.db.opt_outs_of(&[ANA.to_owned()]).await.unwrap()[0].1.id;
        w.actions.opt_in(&super::SYSTEM, back_in, "проба").await.unwrap();
        let word = |id: &str, from: &str| MailArrived {
            in_reply_to: vec![sent.message_id.clone()],
            ..mail(&w, id, from, "Re: Voda", "Одјава!")
        };
        assert!(matches!(receive(&w, word("m3", "zla@example.rs")).await, MailOutcome::Opened(_)));
        assert_eq!(means(&w).await, None, "for oneself only");
        assert_eq!(receive(&w, word("m4", ANA)).await, MailOutcome::OptOut);
        assert_eq!(means(&w).await, Some(OptOutMeans::Email));

        let back_in = w.db.opt_outs_of(&[ANA.to_owned()]).await.unwrap()[0].1.id;
        w.actions.opt_in(&super::SYSTEM, back_in, "проба").await.unwrap();
        let complaint = |id: &str, original: Option<String>| MailArrived {
            what: Arrived::Complaint { original_id: original },
            ..mail(&w, id, "fbl@provajder.rs", "FW: Voda", "")
        };
        assert_eq!(receive(&w, complaint("m5", None)).await, MailOutcome::OptOut);
        assert_eq!(means(&w).await, None);
        assert_eq!(receive(&w, complaint("m6", Some(sent.message_id.clone()))).await, MailOutcome::OptOut);
        assert_eq!(means(&w).await, Some(OptOutMeans::Complaint));
        w.db.close().await;
    }
}

#[tokio::test]
async fn address_that_reaches_nobody_is_kept_with_the_reason_until_a_mail_comes_from_it() {
    both(async |w| {
        let w = with_return_address(w).await;
        let case = opened(&w, mail(&w, "m1", ANA, "Рупа", "рупа")).await;
        let ana = w.detail(&case).await.case.person.unwrap();
        let receipt = claimed(&w).await;
        settle(&w, &receipt, SubmitMail::Accepted).await;
        let way_back = w.actions.return_path(receipt.id);
        assert!(way_back.starts_with("povratak+") && w.actions.return_path(OutboxId(999)) != way_back);
        let bounce = |id: &str, error: &str, delivered_to: &str| MailArrived {
            what: Arrived::Bounce(MailBounce {
                original_id: None,
                what: Bounced::Failed,
                recipient: ANA.into(),
                error: error.into(),
            }),
            delivered_to: vec!["pisarnica@grad.rs".into(), delivered_to.to_owned()],
            ..mail(&w, id, "mailer-daemon@mx.rs", "failure notice", "")
        };
        let invalid = async || {
            let card = w.db.person_card(ana, &Reach::All).await.unwrap().unwrap();
            let entry = card.timeline.first().map(|row| row.entry.clone());
            (card.points[0].invalid_at.is_some(), entry)
        };
        let forged = way_back.replace('+', "+f");
        assert_eq!(receive(&w, bounce("b1", "5.1.1 no such user", &forged)).await, MailOutcome::Reported(None));
        assert!(!invalid().await.0, "nobody returns what we did not send");

        let returned = receive(&w, bounce("b2", "5.1.1 no such user", &way_back)).await;
        assert_eq!(returned, MailOutcome::Reported(Some(case.id)), "by the way that it came back");
        assert_eq!(w.detail(&case).await.texts[0].state, DeliveryState::Undeliverable);
        let (is_invalid, entry) = invalid().await;
        assert!(is_invalid);
        assert!(
            matches!(&entry, Some(PersonEntry::PointMarked { valid: false, why, .. }) if why.contains("no such user")),
            "{entry:?}"
        );

        let auto = MailArrived { what: letter(MailKind::AutoReply, "Нисам ту"), ..mail(&w, "m2", ANA, "x", "") };
        receive(&w, auto).await;
        assert!(invalid().await.0, "a program answered");
        receive(&w, mail(&w, "m3", ANA, "Re: Рупа", "И даље")).await;
        let (is_invalid, entry) = invalid().await;
        assert!(!is_invalid && matches!(entry, Some(PersonEntry::PointMarked { valid: true, .. })));

        // Refused at the door: a full mailbox is no wrong address, an unknown one is.
        for (refusal, wrong) in [("552 5.2.2 mailbox full", false), ("550 5.1.1 User unknown", true)] {
            w.actions.reply_by_mail(&super::SYSTEM, case.id, "Одговор", Vec::new()).await.unwrap();
            for mail in w.actions.claim_mails(10).await.unwrap() {
                settle(&w, &mail, SubmitMail::Rejected { reason: refusal.into() }).await;
            }
            assert_eq!(invalid().await.0, wrong, "{refusal}");
        }
    })
    .await;
}

#[tokio::test]
async fn mail_whose_domain_takes_none_now_waits_without_having_been_tried() {
    both(async |w| {
        let w = with_return_address(w).await;
        opened(&w, mail(&w, "m1", ANA, "Рупа", "рупа")).await;
        let receipt = claimed(&w).await;
        assert_eq!(receipt.attempts, 1);
        let until = w.now() + std::time::Duration::from_secs(600);
        settle(&w, &receipt, SubmitMail::PutOff { until }).await;
        assert!(w.actions.claim_mails(10).await.unwrap().is_empty());
        w.clock.advance(std::time::Duration::from_secs(601));
        assert_eq!(claimed(&w).await.attempts, 1);
    })
    .await;
}
