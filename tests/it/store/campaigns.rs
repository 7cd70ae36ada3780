//! A message to many goes by its ladder to everybody once, and everybody's way is known.

use std::time::Duration;

use odziv::actions::Actor;
use odziv::actions::campaign::by_hand::ByHand as Said;
use odziv::actions::campaign::draft::Draft;
use odziv::actions::campaign::{CampaignError, CampaignSettings};
use odziv::actions::delivery::{DeliveryReport, OutboundText, Submission, SubmitResult};
use odziv::actions::mail::{MailSubmission, SubmitMail};
use odziv::domain::campaign::consider::Candidate;
use odziv::domain::campaign::hours::SendingHours;
use odziv::domain::campaign::message::{Mistake, Place, Words};
use odziv::domain::campaign::segment::Segment;
use odziv::domain::campaign::{CampaignState, Ladder, Message, RecipientState, Script, Step, Way, Why};
use odziv::domain::file::BlobHash;
use odziv::domain::id::{CampaignId, RecipientId};
use odziv::domain::message::DeliveryState;
use odziv::domain::permission::Role;
use odziv::store::campaign::Campaign;
use odziv::store::campaign_recipient::Recipient;

use super::mails::with_mailbox;
use super::users::new_user;
use super::{SYSTEM, World, both};

/// With an SMSC and a mail server.
async fn world(w: World) -> World {
    let w = with_mailbox(w).await;
    let parts = |words: &str| words.chars().count().div_ceil(70);
    w.actions.run_campaigns(CampaignSettings { texts: true, parts, ..CampaignSettings::default() });
    w
}

async fn user(w: &World, login: &str, role: Role) -> Actor {
    let id = w.actions.create_user(&SYSTEM, new_user(login, role)).await.unwrap();
    Actor::User { id, role }
}

fn ladder(ways: &[Way]) -> Ladder {
    Ladder::new(ways.iter().map(|way| Step { way: *way, minutes: 60 }).collect()).unwrap()
}

fn draft(ways: &[Way]) -> Draft {
    let words = |sr: &str| Words { sr: sr.into(), en: String::new() };
    Draft {
        name: "Прекид воде".into(),
        ladder: ladder(ways),
        message: Message {
            text: words("{name|Суграђани}, сутра нема воде."),
            subject: words("Вода"),
            script: Script::Own,
            ..Message::default()
        },
        hours: SendingHours::ALWAYS,
        sender: None,
        per_minute: None,
        start_at: None,
    }
}

fn somebody(name: &str, phone: &str, email: &str) -> Candidate {
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Candidate { name: name.into(), phone: given(phone), email: given(email), ..Candidate::default() }
}

async fn with_list(w: &World, draft: Draft, rows: Vec<Candidate>) -> CampaignId {
    let id = w.actions.make_campaign(&SYSTEM, draft).await.unwrap();
    let list = w.actions.begin_list(&SYSTEM, id, ("станари.csv", Vec::new())).await.unwrap();
    w.actions.fill_list(&SYSTEM, (id, list), (rows, Vec::new())).await.unwrap();
    w.actions.finish_list(&SYSTEM, (id, list)).await.unwrap();
    id
}

async fn campaign(w: &World, id: CampaignId) -> Campaign {
    w.db.campaign(id).await.unwrap().unwrap()
}

async fn of(w: &World, id: CampaignId) -> (CampaignId, i64) {
    (id, campaign(w, id).await.version)
}

/// Everything that is to be done without people, until there is nothing more.
async fn tend(w: &World) {
    loop {
        let mut more = false;
        for campaign in w.actions.campaigns_to_tend().await.unwrap() {
            more |= w.actions.tend_campaign(&campaign).await.unwrap();
        }
        if !more {
            return;
        }
    }
}

async fn started(w: &World, id: CampaignId) {
    w.actions.prepare_campaign(&SYSTEM, of(w, id).await).await.unwrap();
    tend(w).await;
    w.actions.approve_campaign(&SYSTEM, of(w, id).await).await.unwrap();
    w.actions.start_campaign(&SYSTEM, of(w, id).await).await.unwrap();
    tend(w).await;
}

async fn all(w: &World, id: CampaignId) -> Vec<Recipient> {
    let all = w.db.recipients(id, None, RecipientId(0), 100).await.unwrap();
    // The counts that pages show are those of the rows.
    let counts = w.db.campaign_counts(id).await.unwrap();
    for state in RecipientState::ALL.iter().filter(|state| **state != RecipientState::Listed) {
        let rows = all.iter().filter(|one| one.state == *state).count();
        assert_eq!(counts.of(*state), i64::try_from(rows).unwrap(), "{state}");
    }
    all
}

async fn states(w: &World, id: CampaignId) -> Vec<RecipientState> {
    all(w, id).await.iter().map(|one| one.state).collect()
}

async fn texts(w: &World) -> Vec<OutboundText> {
    w.actions.claim_texts(1_000).await.unwrap()
}

async fn settled(w: &World, text: &OutboundText, result: SubmitResult) {
    w.actions.record_submissions(vec![Submission { id: text.id, result, at: w.now() }]).await.unwrap();
}

/// The network takes it under an id that is the number of the row.
async fn accepted(w: &World, text: &OutboundText) {
    let ids = vec![text.id.to_string()];
    settled(w, text, SubmitResult::Accepted { link: "a".into(), message_ids: ids }).await;
}

async fn reported(w: &World, text: &OutboundText, state: DeliveryState) {
    let (link, message_id) = ("a".to_owned(), text.id.to_string());
    w.actions
        .record_report(DeliveryReport { link, message_id, state, error: None, at: w.now() })
        .await
        .unwrap();
}

#[tokio::test]
async fn each_recipient_goes_down_the_ladder_until_one_step_reaches_them() {
    both(async |w| {
        let w = world(w).await;
        let rows = vec![
            somebody("Ана", "+381641111111", "ana@example.rs"),
            somebody("Бранко", "+381642222222", "branko@example.rs"),
            somebody("Вера", "+381643333333", ""),
            somebody("Гордана", "", "gordana@example.rs"),
            somebody("Душан", "", ""),
            somebody("Ана опет", "+381641111111", ""),
        ];
        let id = with_list(&w, draft(&[Way::Sms, Way::Email, Way::Visit]), rows).await;
        started(&w, id).await;
        use RecipientState::*;
        assert_eq!(states(&w, id).await, [Sending, Sending, Sending, Sending, ByHand, Skipped]);
        assert_eq!(all(&w, id).await[5].why, Some(Why::Duplicate));

        let sent = texts(&w).await;
        let words: Vec<&str> = sent.iter().map(|text| text.words.as_str()).collect();
        assert_eq!(words, ["Ана, сутра нема воде.", "Бранко, сутра нема воде.", "Вера, сутра нема воде."]);
        for text in &sent {
            accepted(&w, text).await;
        }
        reported(&w, &sent[0], DeliveryState::Delivered).await;
        reported(&w, &sent[1], DeliveryState::Undeliverable).await;
        tend(&w).await;
        assert_eq!(states(&w, id).await[..3], [Reached, Sending, Sending]);
        // Nothing is heard of Vera's telephone, and she has no e-mail.
        w.clock.advance(Duration::from_secs(3_601));
        let mails = w.actions.claim_mails(10).await.unwrap();
        let mut to: Vec<&str> = mails.iter().map(|mail| mail.to.as_str()).collect();
        to.sort_unstable();
        assert_eq!(to, ["branko@example.rs", "gordana@example.rs"]);
        for mail in &mails {
            let result = if mail.to.as_str().starts_with("gordana") {
                SubmitMail::Rejected { reason: "550 no such user".into() }
            } else {
                SubmitMail::Accepted
            };
            w.actions.record_mails(vec![MailSubmission { id: mail.id, result, at: w.now() }]).await.unwrap();
        }
        tend(&w).await;
        // What the servers took is presumed to be there once its time is up.
        w.clock.advance(Duration::from_secs(3_601));
        tend(&w).await;
        assert_eq!(states(&w, id).await, [Reached, Presumed, ByHand, ByHand, ByHand, Skipped]);
        assert_eq!(campaign(&w, id).await.state, CampaignState::Finished);

        // A late receipt is a proof all the same, and people write down what they did.
        reported(&w, &sent[2], DeliveryState::Delivered).await;
        let gordana = all(&w, id).await[3].id;
        w.actions.tell_recipient_by_hand(&SYSTEM, (id, gordana), Said::Told).await.unwrap();
        assert_eq!(states(&w, id).await, [Reached, Presumed, Reached, ToldByHand, ByHand, Skipped]);
        assert_eq!(all(&w, id).await[2].reached_by, Some(Way::Sms));
        let attempts = w.db.attempts(&[all(&w, id).await[1].id]).await.unwrap();
        let ways: Vec<Way> = attempts.iter().map(|attempt| attempt.way).collect();
        assert_eq!(ways, [Way::Sms, Way::Email]);
    })
    .await;
}

#[tokio::test]
async fn what_stays_uncertain_is_never_sent_again_by_itself() {
    both(async |w| {
        let w = world(w).await;
        let rows = vec![
            somebody("Ана", "+381641111111", "ana@example.rs"),
            somebody("Бранко", "+381642222222", "branko@example.rs"),
        ];
        let id = with_list(&w, draft(&[Way::Sms, Way::Email]), rows).await;
        started(&w, id).await;
        let sent = texts(&w).await;
        settled(&w, &sent[0], SubmitResult::Uncertain { link: "a".into(), message_ids: Vec::new() }).await;
        // The process dies with the second in its hands.
        w.actions.recover_outbox().await.unwrap();
        w.clock.advance(Duration::from_secs(10 * 3_600));
        tend(&w).await;
        assert_eq!(states(&w, id).await, [RecipientState::Uncertain; 2]);
        assert!(texts(&w).await.is_empty() && w.actions.claim_mails(10).await.unwrap().is_empty());
        assert_eq!(campaign(&w, id).await.state, CampaignState::Finished);

        // People decide.
        assert_eq!(w.actions.let_uncertain_go_on(&SYSTEM, id).await.unwrap(), 2);
        tend(&w).await;
        assert_eq!(w.actions.claim_mails(10).await.unwrap().len(), 2);
        assert!(texts(&w).await.is_empty(), "not by the same way");
    })
    .await;
}

#[tokio::test]
async fn a_pause_takes_back_what_no_link_has_and_nobody_gets_it_twice() {
    both(async |w| {
        let w = world(w).await;
        let row = |n: usize| somebody("Ана", &format!("+3816411{n:05}"), "");
        let id = with_list(&w, draft(&[Way::Sms]), (0..60).map(row).collect()).await;
        started(&w, id).await;
        let first = w.actions.claim_texts(20).await.unwrap();
        w.actions.pause_campaign(&SYSTEM, id).await.unwrap();
        tend(&w).await;
        assert!(texts(&w).await.is_empty());
        let counts = w.db.campaign_counts(id).await.unwrap();
        assert_eq!((counts.of(RecipientState::Sending), counts.of(RecipientState::Waiting)), (20, 40));
        w.actions.resume_campaign(&SYSTEM, id).await.unwrap();
        tend(&w).await;
        let second = texts(&w).await;
        assert_eq!(second.len(), 40);
        let mut numbers: Vec<&str> = first.iter().chain(&second).map(|text| text.to.as_str()).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), 60);

        w.actions.stop_campaign(&SYSTEM, id).await.unwrap();
        tend(&w).await;
        for text in first.iter().chain(&second).take(59) {
            accepted(&w, text).await;
            reported(&w, text, DeliveryState::Delivered).await;
        }
        accepted(&w, &second[39]).await;
        reported(&w, &second[39], DeliveryState::Expired).await;
        let counts = w.db.campaign_counts(id).await.unwrap();
        assert_eq!((counts.of(RecipientState::Reached), counts.of(RecipientState::Unreached)), (59, 1));
    })
    .await;
}

#[tokio::test]
async fn a_stopped_campaign_sends_nothing_more_and_says_so_of_everybody() {
    both(async |w| {
        let w = world(w).await;
        let row = |n: usize| somebody("Ана", &format!("+3816411{n:05}"), "");
        let mut draft = draft(&[Way::Sms]);
        draft.per_minute = Some(60);
        let id = with_list(&w, draft, (0..30).map(row).collect()).await;
        started(&w, id).await;
        // The pace lets one in a second begin.
        let begun = texts(&w).await.len();
        assert_eq!(begun, 1);
        w.actions.stop_campaign(&SYSTEM, id).await.unwrap();
        tend(&w).await;
        let counts = w.db.campaign_counts(id).await.unwrap();
        assert_eq!((counts.of(RecipientState::Sending), counts.of(RecipientState::Stopped)), (1, 29));
        assert!(w.actions.resume_campaign(&SYSTEM, id).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn messages_wait_for_the_morning() {
    both(async |w| {
        let w = world(w).await;
        let mut draft = draft(&[Way::Sms]);
        // It is noon of a Friday in Belgrade.
        draft.hours = SendingHours { from: 8 * 60, to: 11 * 60, weekdays: true };
        let id = with_list(&w, draft, vec![somebody("Ана", "+381641111111", "")]).await;
        started(&w, id).await;
        assert!(texts(&w).await.is_empty());
        w.clock.advance(Duration::from_secs(24 * 3_600 * 2));
        tend(&w).await;
        assert!(texts(&w).await.is_empty(), "Sunday");
        w.clock.advance(Duration::from_secs(22 * 3_600));
        tend(&w).await;
        assert_eq!(texts(&w).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn somebody_else_looks_at_it_before_it_starts() {
    both(async |w| {
        let w = world(w).await;
        let ana = user(&w, "ana", Role::Supervisor).await;
        let vera = user(&w, "vera", Role::Supervisor).await;
        let olga = user(&w, "olga", Role::Operator).await;
        let id = w.actions.make_campaign(&ana, draft(&[Way::Sms])).await.unwrap();
        let list = w.actions.begin_list(&ana, id, ("a.csv", Vec::new())).await.unwrap();
        let rows = vec![somebody("Ана", "+381641111111", "")];
        w.actions.fill_list(&ana, (id, list), (rows, Vec::new())).await.unwrap();
        // A list that was not read to its end is none.
        let early = w.actions.prepare_campaign(&ana, of(&w, id).await).await;
        assert!(matches!(early, Err(CampaignError::StillReading(_))), "{early:?}");
        w.actions.finish_list(&ana, (id, list)).await.unwrap();
        w.actions.prepare_campaign(&ana, of(&w, id).await).await.unwrap();
        tend(&w).await;
        assert_eq!(campaign(&w, id).await.parts, 1);
        let by = async |actor: &Actor| w.actions.approve_campaign(actor, of(&w, id).await).await;
        assert!(matches!(by(&ana).await, Err(CampaignError::OwnApproval)));
        assert!(matches!(by(&olga).await, Err(CampaignError::Action(_))));
        let stale = (id, campaign(&w, id).await.version - 1);
        assert!(w.actions.approve_campaign(&vera, stale).await.is_err());
        by(&vera).await.unwrap();
        // Nothing of it is changed any more, unless it is looked at again.
        let changed = w.actions.change_campaign(&ana, of(&w, id).await, draft(&[Way::Email])).await;
        assert!(matches!(changed, Err(CampaignError::NotNow { .. })));
        w.actions.revise_campaign(&ana, of(&w, id).await).await.unwrap();
        w.actions.prepare_campaign(&ana, of(&w, id).await).await.unwrap();
        tend(&w).await;
        assert_eq!(states(&w, id).await, [RecipientState::Waiting]);
        assert_eq!(campaign(&w, id).await.approved_by, None);
        assert!(w.actions.start_campaign(&vera, of(&w, id).await).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn words_that_cannot_go_out_are_found_when_it_is_prepared() {
    both(async |w| {
        let w = world(w).await;
        let mut wrong = draft(&[Way::Sms, Way::Voice]);
        wrong.message.text.sr = "{ime}, нема воде".into();
        let id = with_list(&w, wrong, vec![somebody("Ана", "+381641111111", "")]).await;
        let error = w.actions.prepare_campaign(&SYSTEM, of(&w, id).await).await.unwrap_err();
        let CampaignError::Words(mistakes) = error else { unreachable!("{error:?}") };
        assert_eq!(mistakes, [(Place::Text, Mistake::UnknownField("ime".into()))]);
        w.actions.change_campaign(&SYSTEM, of(&w, id).await, draft(&[Way::Sms, Way::Voice])).await.unwrap();
        let error = w.actions.prepare_campaign(&SYSTEM, of(&w, id).await).await.unwrap_err();
        assert!(matches!(error, CampaignError::NoWay("voice")), "{error:?}");
    })
    .await;
}

#[tokio::test]
async fn a_segment_finds_people_by_what_is_known_of_them_and_each_once() {
    both(async |w| {
        let w = world(w).await;
        let ana = w.opened("1", "+381641111111", "Нема воде").await;
        w.opened("2", "+381642222222", "Рупа на путу").await;
        let person = w.detail(&ana).await.case.person.unwrap();
        w.actions.tag_person(&SYSTEM, person, &["Станари  Улице А".into()]).await.unwrap();
        let tagged = Segment { tags: vec!["станари улице а".into()], ..Segment::default() };
        assert_eq!(w.actions.segment_size(&SYSTEM, &tagged).await.unwrap(), 1);
        assert_eq!(w.actions.segment_size(&SYSTEM, &Segment::default()).await.unwrap(), 2);
        let yesterday = Segment { until: "2026-11-19".parse().ok(), ..Segment::default() };
        assert_eq!(w.actions.segment_size(&SYSTEM, &yesterday).await.unwrap(), 0);
        let today = Segment { since: "2026-11-20".parse().ok(), ..Segment::default() };
        assert_eq!(w.actions.segment_size(&SYSTEM, &today).await.unwrap(), 2);

        // The receipts of their cases are out.
        assert_eq!(texts(&w).await.len(), 2);
        // By both segments and a list she is one recipient.
        let id = with_list(&w, draft(&[Way::Sms]), vec![somebody("А", "+381641111111", "")]).await;
        w.actions.add_segment_to_campaign(&SYSTEM, id, ("ознака", &tagged)).await.unwrap();
        w.actions.add_segment_to_campaign(&SYSTEM, id, ("сви", &Segment::default())).await.unwrap();
        started(&w, id).await;
        let mut numbers: Vec<String> =
            texts(&w).await.iter().map(|text| text.to.as_str().to_owned()).collect();
        numbers.sort();
        assert_eq!(numbers, ["+381641111111", "+381642222222"]);
        assert_eq!(all(&w, id).await.iter().filter(|one| one.why == Some(Why::Duplicate)).count(), 2);
        assert_eq!(w.db.campaigns_of_person(person, 10).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn after_their_time_names_and_words_are_gone_and_the_numbers_stay() {
    both(async |w| {
        let w = world(w).await;
        let id = with_list(&w, draft(&[Way::Sms]), vec![somebody("Ана", "+381641111111", "")]).await;
        started(&w, id).await;
        let sent = texts(&w).await;
        accepted(&w, &sent[0]).await;
        reported(&w, &sent[0], DeliveryState::Delivered).await;
        tend(&w).await;
        assert!(!w.actions.forget_recipients().await.unwrap());
        w.clock.advance(Duration::from_secs(366 * 24 * 3_600));
        while w.actions.forget_recipients().await.unwrap() {}
        let left = all(&w, id).await;
        assert_eq!(
            (left[0].who.name.as_str(), &left[0].who.phone, left[0].state),
            ("", &None, RecipientState::Reached)
        );
        assert_eq!(w.db.attempts(&[left[0].id]).await.unwrap()[0].words, "");
        assert!(campaign(&w, id).await.forgotten_at.is_some());
    })
    .await;
}

#[tokio::test]
async fn a_call_plays_the_recording_of_its_campaign_until_nobody_needs_it() {
    both(async |w| {
        let settings = CampaignSettings { calls: true, ..CampaignSettings::default() };
        w.actions.run_campaigns(settings);
        let [first, second] = [BlobHash::of(b"first"), BlobHash::of(b"second")];
        let put = async |id, recording| w.actions.change_campaign_recording(&SYSTEM, id, recording).await;

        // A draft brings none: whatever it names was never recorded here.
        let mut written = draft(&[Way::Voice]);
        written.message.text = Words::default();
        written.message.recording = Some(second.clone());
        let rows = vec![somebody("Ана", "+381641111111", "")];
        let id = with_list(&w, written.clone(), rows).await;
        assert_eq!(campaign(&w, id).await.draft.message.recording, None);

        assert_eq!(put(id, Some(second.clone())).await.unwrap(), None);
        assert_eq!(put(id, Some(first.clone())).await.unwrap(), Some(second.clone()));
        // Another campaign plays the same, and goes.
        let other = w.actions.make_campaign(&SYSTEM, draft(&[Way::Voice])).await.unwrap();
        assert_eq!(put(other, Some(first.clone())).await.unwrap(), None);
        assert_eq!(w.actions.remove_campaign(&SYSTEM, other).await.unwrap(), None);

        // Who writes on does not lose it.
        let (_, version) = of(&w, id).await;
        written.name = "Други назив".into();
        w.actions.change_campaign(&SYSTEM, (id, version), written).await.unwrap();
        started(&w, id).await;
        let calls = w.actions.claim_calls(10).await.unwrap();
        assert_eq!(calls.len(), 1);
        assert_eq!((calls[0].recording.as_deref(), calls[0].words.as_str()), (Some(first.as_str()), ""));
        assert!(matches!(put(id, None).await, Err(CampaignError::NotNow { .. })));
    })
    .await;
}

/// The program knows the address of its pages.
async fn with_pages(w: World) -> World {
    let mail = odziv::config::mail::Mail { pages: "https://grad.rs/".into(), ..Default::default() };
    let cases = odziv::config::cases::Cases::default();
    let actions =
        odziv::actions::Actions::with_mail(w.db.clone(), w.clock.clone(), cases, mail).await.unwrap();
    let parts = |words: &str| words.chars().count().div_ceil(70);
    actions.run_campaigns(CampaignSettings { texts: true, parts, ..CampaignSettings::default() });
    World { actions, ..w }
}

#[tokio::test]
async fn each_recipient_gets_their_own_link_to_the_survey() {
    both(|w| async move {
        let survey = serde_json::from_str(include_str!("../../../config/surveys/example.json")).unwrap();
        let survey = w.actions.make_survey(&SYSTEM, ("Смеће", survey)).await.unwrap();
        w.actions.publish_survey(&SYSTEM, (survey, 1)).await.unwrap();
        let version = w.db.published_surveys().await.unwrap()[0].1;
        let mut draft = draft(&[Way::Sms]);
        draft.message.text.sr = "Молимо вас да одговорите: {survey}".into();
        draft.message.survey = Some(version);
        let rows = || vec![somebody("Ана", "+381641111111", ""), somebody("Вера", "+381643333333", "")];

        let nowhere = world(w).await;
        let id = with_list(&nowhere, draft.clone(), rows()).await;
        let refused = nowhere.actions.prepare_campaign(&SYSTEM, of(&nowhere, id).await).await;
        assert!(matches!(refused, Err(CampaignError::NoPages)), "{refused:?}");

        let w = with_pages(nowhere).await;
        started(&w, id).await;
        let sent = texts(&w).await;
        let tokens: Vec<&str> = sent
            .iter()
            .filter_map(|text| text.words.strip_prefix("Молимо вас да одговорите: https://grad.rs/s/"))
            .collect();
        assert_eq!(tokens.len(), 2, "{sent:?}");
        assert_ne!(tokens[0], tokens[1]);
        let language = odziv::domain::person::PersonLanguage::SerbianCyrillic;
        for token in tokens {
            assert!(w.actions.survey_by_link(token, language).await.unwrap().is_some(), "{token}");
        }

        // A survey that is asked no more is sent to nobody.
        let again = with_list(&w, draft, rows()).await;
        w.actions.retire_survey_version(&SYSTEM, (survey, 2), version).await.unwrap();
        let refused = w.actions.prepare_campaign(&SYSTEM, of(&w, again).await).await;
        assert!(matches!(refused, Err(CampaignError::SurveyOver)), "{refused:?}");
    })
    .await;
}
