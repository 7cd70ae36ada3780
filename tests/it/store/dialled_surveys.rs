//! Whoever is called is asked a survey: it belongs to the call, says what the call came to, and goes on in the next one.

use std::time::Duration;

use odziv::actions::dialer::DialError;
use odziv::actions::dialer::claim::ClaimedDial;
use odziv::actions::dialer::draft::DialDraft;
use odziv::actions::survey::SurveyError;
use odziv::actions::town::NewPerson;
use odziv::actions::{ActionError, Actor};
use odziv::domain::campaign::segment::Segment;
use odziv::domain::dialer::contact::State;
use odziv::domain::dialer::progress::Progress;
use odziv::domain::dialer::retry::Reason;
use odziv::domain::dialer::{Mode, Outcome};
use odziv::domain::id::{DialCampaignId, DialContactId, InterviewId, UserId};
use odziv::domain::permission::Role;
use odziv::domain::person::PersonLanguage;
use odziv::domain::survey::interview::{Disposition, Early};

use super::dialer::{claimed, contact, draft, journaled, of, say};
use super::surveys::{at, example, one, published};
use super::users::new_user;
use super::{SYSTEM, World, both, phone};

const CYRILLIC: PersonLanguage = PersonLanguage::SerbianCyrillic;

/// An operator who talks with the contact of a campaign that asks the example.
async fn talking(w: &World) -> (Actor, DialCampaignId, ClaimedDial) {
    let id = w.actions.create_user(&SYSTEM, new_user("ana", Role::Operator)).await.unwrap();
    let (_, version) = published(w, example()).await;
    let draft = DialDraft { survey_version: Some(version), ..draft(Mode::Progressive) };
    let campaign = w.actions.make_dial_campaign(&SYSTEM, draft).await.unwrap();
    let list = vec![contact("Грађанин", "0641000000")];
    w.actions.add_dial_contacts(&SYSTEM, campaign, list, 0).await.unwrap();
    let seen = w.db.dial_campaign(campaign).await.unwrap().unwrap().version;
    w.actions.start_dial_campaign(&SYSTEM, (campaign, seen)).await.unwrap();
    let claimed = called(w, campaign, id, "1").await;
    (Actor::User { id, role: Role::Operator }, campaign, claimed)
}

async fn called(w: &World, campaign: DialCampaignId, by: UserId, call: &str) -> ClaimedDial {
    let one = claimed(w, campaign, 1).await.remove(0);
    let call = journaled(w, call, &one).await.unwrap();
    say(w, call, &[Progress::Taken, Progress::Answered, Progress::Joined { by: Some(by) }]).await;
    one
}

async fn opened(w: &World, actor: &Actor, claimed: &ClaimedDial) -> InterviewId {
    w.actions.interview_of_dial(actor, claimed.attempt, CYRILLIC).await.unwrap().unwrap()
}

#[tokio::test]
async fn survey_that_has_ended_says_what_the_talk_came_to() {
    both(async |w| {
        let (ana, _, claimed) = talking(&w).await;
        let id = opened(&w, &ana, &claimed).await;
        assert_eq!(opened(&w, &ana, &claimed).await, id, "the same for a page that asks again");
        let row = w.db.interview(id).await.unwrap().unwrap();
        assert_eq!((row.attempt, row.operator), (Some(claimed.attempt), ana.person()));
        // The example asks those who consent only.
        let asked = w.actions.answer_interview(&ana, id, ("consent".into(), one(1))).await.unwrap();
        assert_eq!(asked.row.disposition, None);
        assert_eq!(of(&w, &claimed).await.state, State::Talking { attempt: 1 });
        w.actions.end_interview(&ana, id, Early::Refused).await.unwrap();
        assert_eq!(of(&w, &claimed).await.state, State::Done { reason: Reason::Refused });
        let late = w.actions.set_dial_outcome(&ana, claimed.attempt, Outcome::Completed, None).await;
        assert!(matches!(late, Err(DialError::ContactElsewhere)), "said once: {late:?}");
    })
    .await;
}

#[tokio::test]
async fn what_is_said_of_a_talk_ends_its_survey_or_leaves_it_for_the_next_call() {
    both(async |w| {
        let (ana, campaign, claimed) = talking(&w).await;
        let id = opened(&w, &ana, &claimed).await;
        w.actions.answer_interview(&ana, id, ("consent".into(), one(1))).await.unwrap();
        let too_soon = w.actions.set_dial_outcome(&ana, claimed.attempt, Outcome::Completed, None).await;
        assert!(matches!(too_soon, Err(DialError::InterviewOpen)), "{too_soon:?}");
        w.actions.set_dial_outcome(&ana, claimed.attempt, Outcome::Callback, None).await.unwrap();
        assert_eq!(w.db.interview(id).await.unwrap().unwrap().disposition, None);
        w.clock.advance(Duration::from_secs(2 * 3_600));
        let again = called(&w, campaign, ana.person().unwrap(), "2").await;
        assert_eq!(opened(&w, &ana, &again).await, id, "it goes on where it was left");
        assert_eq!(at(&w, id).await, "sex");
        w.actions.set_dial_outcome(&ana, again.attempt, Outcome::OptedOut, None).await.unwrap();
        let ended = w.db.interview(id).await.unwrap().unwrap().disposition;
        assert_eq!(ended, Some(Disposition::Refused));
    })
    .await;
}

#[tokio::test]
async fn survey_in_which_nobody_said_anything_leaves_nothing() {
    both(async |w| {
        let (ana, _, claimed) = talking(&w).await;
        let id = opened(&w, &ana, &claimed).await;
        w.actions.set_dial_outcome(&ana, claimed.attempt, Outcome::WrongNumber, None).await.unwrap();
        assert!(w.db.interview(id).await.unwrap().is_none());
        assert_eq!(of(&w, &claimed).await.state, State::Done { reason: Reason::WrongNumber });
    })
    .await;
}

#[tokio::test]
async fn survey_of_a_call_is_opened_by_whoever_talks_in_it() {
    both(async |w| {
        let (_, _, claimed) = talking(&w).await;
        let id = w.actions.create_user(&SYSTEM, new_user("bora", Role::Operator)).await.unwrap();
        let bora = Actor::User { id, role: Role::Operator };
        let other = w.actions.interview_of_dial(&bora, claimed.attempt, CYRILLIC).await;
        assert!(matches!(other, Err(SurveyError::Action(ActionError::NotFound))), "{other:?}");
    })
    .await;
}

#[tokio::test]
async fn campaign_asks_only_what_may_be_asked_now() {
    both(async |w| {
        let by_keys = w.actions.make_dial_campaign(&SYSTEM, draft(Mode::Agentless)).await;
        assert!(matches!(by_keys, Err(DialError::Survey)), "keys without questions: {by_keys:?}");
        let (survey, version) = published(&w, example()).await;
        let seen = w.db.survey(survey).await.unwrap().unwrap().version;
        w.actions.retire_survey_version(&SYSTEM, (survey, seen), version).await.unwrap();
        let retired = DialDraft { survey_version: Some(version), ..draft(Mode::Progressive) };
        let retired = w.actions.make_dial_campaign(&SYSTEM, retired).await;
        assert!(matches!(retired, Err(DialError::Survey)), "{retired:?}");
    })
    .await;
}

#[tokio::test]
async fn segment_brings_those_who_have_a_telephone_once() {
    both(async |w| {
        let people = ["0641000001", "0641000002"].map(|number| NewPerson {
            name: "Љиљана Ђурић".into(),
            address: "Дунавска 5".into(),
            phone: phone(number),
        });
        w.actions.put_people(people.into()).await.unwrap();
        let id = w.actions.make_dial_campaign(&SYSTEM, draft(Mode::Progressive)).await.unwrap();
        let added = w.actions.add_dial_segment(&SYSTEM, id, &Segment::default()).await.unwrap();
        assert_eq!((added.added, added.left_out), (2, 0));
        let again = w.actions.add_dial_segment(&SYSTEM, id, &Segment::default()).await.unwrap();
        assert_eq!((again.added, again.left_out), (0, 2));
        let all = w.db.dial_contacts(id, None, DialContactId(0), 10).await.unwrap();
        assert!(all.iter().all(|one| one.person.is_some()));
    })
    .await;
}
