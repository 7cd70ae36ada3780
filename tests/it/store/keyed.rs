//! A survey that citizens answer by keys: each answer is there before the next question, and stays, whatever becomes of the call.

use std::time::Duration;

use odziv::actions::dialer::DialError;
use odziv::actions::dialer::claim::ClaimedDial;
use odziv::actions::dialer::draft::DialDraft;
use odziv::actions::survey::SurveyError;
use odziv::domain::dialer::contact::State;
use odziv::domain::dialer::progress::Progress;
use odziv::domain::dialer::retry::Reason;
use odziv::domain::dialer::{DialSettings, Mode as Dialling, Outcome};
use odziv::domain::file::BlobHash;
use odziv::domain::id::{DialCampaignId, InteractionId, InterviewId, SurveyVersionId};
use odziv::domain::person::PersonLanguage;
use odziv::domain::spoken::Tongue;
use odziv::domain::survey::interview::Disposition;
use odziv::domain::survey::keypad::{self, Begin, Stored};
use odziv::domain::survey::recorded::Passage;
use odziv::domain::survey::{Answer, Code, Mode, Position, Questionnaire};
use odziv::store::interview::InterviewRow;

use super::dialer::{attempts, claimed, contact, journaled, of, say};
use super::surveys::{example, published, seen};
use super::{SYSTEM, World, both};

const BEGIN: Begin = Begin { language: PersonLanguage::SerbianCyrillic, seed: 7 };
const ANSWERED: [Progress; 3] = [Progress::Taken, Progress::Answered, Progress::Joined { by: None }];
const DAY: Duration = Duration::from_secs(24 * 3_600);

fn draft(version: SurveyVersionId) -> DialDraft {
    let settings = DialSettings { mode: Dialling::Agentless, ..DialSettings::default() };
    DialDraft { name: "Анкета".into(), settings, survey_version: Some(version), operators: vec![] }
}

/// A campaign that runs, with so many contacts.
async fn running(w: &World, version: SurveyVersionId, contacts: usize) -> DialCampaignId {
    let id = w.actions.make_dial_campaign(&SYSTEM, draft(version)).await.unwrap();
    let list = (0..contacts).map(|n| contact(&format!("Грађанин {n}"), &format!("064{:07}", 1_000_000 + n)));
    w.actions.add_dial_contacts(&SYSTEM, id, list.collect(), 0).await.unwrap();
    let version = w.db.dial_campaign(id).await.unwrap().unwrap().version;
    w.actions.start_dial_campaign(&SYSTEM, (id, version)).await.unwrap();
    id
}

/// Somebody who has answered, and hears the greeting.
async fn answered(w: &World, id: DialCampaignId, name: &str) -> (ClaimedDial, InteractionId) {
    let one = claimed(w, id, 1).await.remove(0);
    assert!(w.actions.interview_by_keys(one.attempt).await.unwrap().is_some());
    let call = journaled(w, name, &one).await.unwrap();
    say(w, call, &ANSWERED).await;
    (one, call)
}

fn one(code: u16) -> Answer {
    Answer::One(Code(code))
}

async fn keep(w: &World, call: InteractionId, answers: &[(&str, Answer)]) -> Stored {
    let answers: Vec<_> = answers.iter().map(|(key, answer)| ((*key).into(), answer.clone())).collect();
    w.actions.keep_keyed_answers(call, BEGIN, &answers, w.now()).await.unwrap()
}

async fn over(w: &World, call: InteractionId, outcome: keypad::Outcome) {
    w.actions.keyed_survey_over(call, BEGIN, outcome, w.now()).await.unwrap();
    let whole = !matches!(outcome, keypad::Outcome::HungUp);
    say(w, call, &[Progress::Parted { whole }]).await;
}

async fn interviews(w: &World, version: SurveyVersionId) -> Vec<InterviewRow> {
    w.db.interviews(version, InterviewId(0), 10).await.unwrap()
}

async fn outcome(w: &World, claimed: &ClaimedDial) -> Option<Outcome> {
    attempts(w, claimed).await.last().unwrap().outcome
}

const ALL: [(&str, u16); 3] = [("consent", 1), ("sex", 2), ("contacted", 2)];

/// The shortest road through the example.
async fn all(w: &World, call: InteractionId) {
    let [consent, sex, contacted] = ALL.map(|(key, code)| (key, one(code)));
    let age = ("age", Answer::Number(40_u16.into()));
    for answer in [consent, sex, age, contacted] {
        assert_eq!(keep(w, call, &[answer]).await, Stored::Kept);
    }
    assert_eq!(keep(w, call, &[("refuse_satisfaction", Answer::Point(7))]).await, Stored::Kept);
    let last = [("refuse_problems", Answer::Many([Code(6)].into())), ("improve", Answer::Nothing)];
    assert_eq!(keep(w, call, &last).await, Stored::Kept, "what keys cannot say is left out");
}

#[tokio::test]
async fn answers_begin_an_interview_and_its_end_is_that_of_the_attempt() {
    both(|w| async move {
        let (_, version) = published(&w, example()).await;
        let id = running(&w, version, 1).await;
        let (contact, call) = answered(&w, id, "1").await;
        assert_eq!(interviews(&w, version).await.len(), 0, "nobody has said anything yet");
        all(&w, call).await;
        let open = interviews(&w, version).await.remove(0);
        assert_eq!((open.mode, open.attempt, open.seed), (Mode::Keypad, Some(contact.attempt), BEGIN.seed));
        assert_eq!((open.answered, open.disposition), (7, None));
        let complete = keypad::Outcome::Ended(Disposition::Complete);
        over(&w, call, complete).await;
        w.actions.keyed_survey_over(call, BEGIN, complete, w.now()).await.unwrap();
        let done = interviews(&w, version).await.remove(0);
        assert_eq!((done.id, done.disposition), (open.id, Some(Disposition::Complete)));
        assert_eq!(outcome(&w, &contact).await, Some(Outcome::Completed));
        assert_eq!(of(&w, &contact).await.state, State::Done { reason: Reason::Completed });
        assert!(w.actions.finish_dial_campaign(id).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn who_hangs_up_in_the_middle_is_called_again_and_asked_the_rest() {
    both(|w| async move {
        let (_, version) = published(&w, example()).await;
        let id = running(&w, version, 1).await;
        let (first, call) = answered(&w, id, "1").await;
        keep(&w, call, &[("consent", one(1))]).await;
        keep(&w, call, &[("sex", one(2))]).await;
        over(&w, call, keypad::Outcome::HungUp).await;
        assert_eq!(outcome(&w, &first).await, Some(Outcome::Partial));
        let left = interviews(&w, version).await.remove(0);
        assert_eq!((left.answered, left.disposition), (2, None));

        w.clock.advance(DAY);
        let second = claimed(&w, id, 1).await.remove(0);
        assert_eq!(second.contact, first.contact);
        let interview = w.actions.interview_by_keys(second.attempt).await.unwrap().unwrap();
        let Position::Question(question) = interview.position() else { panic!("it is over") };
        assert_eq!((question.key.0.as_str(), interview.seed()), ("age", BEGIN.seed));
        let call = journaled(&w, "2", &second).await.unwrap();
        say(&w, call, &ANSWERED).await;
        keep(&w, call, &[("age", Answer::Number(40_u16.into()))]).await;
        let row = interviews(&w, version).await;
        assert_eq!((row.len(), row[0].attempt), (1, Some(second.attempt)), "the same interview");

        // The last time: nobody will go on with it.
        over(&w, call, keypad::Outcome::HungUp).await;
        assert_eq!(of(&w, &second).await.state, State::Done { reason: Reason::Attempts });
        let broken = interviews(&w, version).await.remove(0);
        assert_eq!((broken.answered, broken.disposition), (3, Some(Disposition::BrokenOff)));
    })
    .await;
}

#[tokio::test]
async fn who_says_nothing_was_not_asked() {
    both(|w| async move {
        let (_, version) = published(&w, example()).await;
        let id = running(&w, version, 2).await;
        for (name, end) in [("1", keypad::Outcome::HungUp), ("2", keypad::Outcome::GaveUp)] {
            let (contact, call) = answered(&w, id, name).await;
            over(&w, call, end).await;
            assert_eq!(outcome(&w, &contact).await, Some(Outcome::HungUp));
            assert!(matches!(of(&w, &contact).await.state, State::Waiting { .. }));
        }
        assert_eq!(interviews(&w, version).await.len(), 0);
    })
    .await;
}

#[tokio::test]
async fn who_refuses_who_is_not_meant_and_of_whom_there_are_enough() {
    both(|w| async move {
        let mut questionnaire = example();
        // Women from 35 to 59.
        questionnaire.quotas[0].cells[1].most = 0;
        let (_, version) = published(&w, questionnaire).await;
        let id = running(&w, version, 3).await;

        let (contact, call) = answered(&w, id, "1").await;
        keep(&w, call, &[("consent", one(2))]).await;
        over(&w, call, keypad::Outcome::Ended(Disposition::Refused)).await;
        assert_eq!(outcome(&w, &contact).await, Some(Outcome::Refused));

        for (name, age, stored) in [("2", 17_u16, Stored::Kept), ("3", 40, Stored::OverQuota)] {
            let (contact, call) = answered(&w, id, name).await;
            let known = [("consent", one(1)), ("sex", one(1)), ("age", Answer::Number(age.into()))];
            assert_eq!(keep(&w, call, &known).await, stored, "{age}");
            let ending = match stored {
                Stored::Kept => Disposition::ScreenedOut,
                _ => Disposition::OverQuota,
            };
            over(&w, call, keypad::Outcome::Ended(ending)).await;
            assert_eq!(outcome(&w, &contact).await, Some(Outcome::Ineligible));
            let row = interviews(&w, version).await.pop().unwrap();
            assert_eq!(row.disposition, Some(ending));
        }
    })
    .await;
}

#[tokio::test]
async fn the_key_that_ends_such_calls_does_so_for_good() {
    both(|w| async move {
        let (_, version) = published(&w, example()).await;
        let id = running(&w, version, 1).await;
        let other = running(&w, version, 1).await;
        let (contact, call) = answered(&w, id, "1").await;
        keep(&w, call, &[("consent", one(1))]).await;
        over(&w, call, keypad::Outcome::OptedOut).await;
        assert_eq!(outcome(&w, &contact).await, Some(Outcome::OptedOut));
        assert_eq!(of(&w, &contact).await.state, State::Done { reason: Reason::DoNotCall });
        assert_eq!(interviews(&w, version).await[0].disposition, Some(Disposition::Refused));
        assert_eq!(claimed(&w, other, 5).await, [], "nor for another campaign");
    })
    .await;
}

#[tokio::test]
async fn what_was_answered_before_a_kill_stays_and_nobody_is_dialled_twice_for_an_attempt() {
    both(|w| async move {
        let (_, version) = published(&w, example()).await;
        let id = running(&w, version, 2).await;
        let (contact, call) = answered(&w, id, "1").await;
        keep(&w, call, &[("consent", one(1))]).await;
        let greeted = answered(&w, id, "2").await.0;
        assert_eq!(w.actions.recover_dials().await.unwrap(), 2);
        for contact in [&contact, &greeted] {
            assert_eq!(attempts(&w, contact).await.len(), 1);
            assert!(matches!(of(&w, contact).await.state, State::Waiting { .. }));
        }
        assert_eq!(outcome(&w, &contact).await, Some(Outcome::Partial));
        let row = interviews(&w, version).await.remove(0);
        assert_eq!((row.answered, row.disposition), (1, None));
        assert_eq!(claimed(&w, id, 5).await, [], "not now");
        // What the dead process still had in its hands comes too late and does no harm.
        over(&w, call, keypad::Outcome::HungUp).await;
        assert_eq!(attempts(&w, &contact).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn the_end_of_the_program_is_held_against_nobody() {
    both(|w| async move {
        let (_, version) = published(&w, example()).await;
        let id = running(&w, version, 2).await;
        let (greeted, call) = answered(&w, id, "1").await;
        say(&w, call, &[Progress::Parted { whole: false }]).await;
        assert_eq!(outcome(&w, &greeted).await, Some(Outcome::Interrupted));
        let (asked, call) = answered(&w, id, "2").await;
        keep(&w, call, &[("consent", one(1))]).await;
        say(&w, call, &[Progress::Parted { whole: false }]).await;
        assert_eq!(outcome(&w, &asked).await, Some(Outcome::Partial));
    })
    .await;
}

#[tokio::test]
async fn only_what_may_be_asked_by_keys_is_dialled_for() {
    both(|w| async move {
        let silent = Questionnaire { keypad: None, ..example() };
        let (_, version) = published(&w, silent).await;
        let refused = w.actions.make_dial_campaign(&SYSTEM, draft(version)).await;
        assert!(matches!(refused, Err(DialError::Survey)));
        let (survey, version) = published(&w, example()).await;
        let id = running(&w, version, 1).await;
        let open = w.db.survey_version(version).await.unwrap().unwrap();
        assert!(open.questionnaire.keypad.is_some());
        w.actions.retire_survey_version(&SYSTEM, seen(&w, survey).await, version).await.unwrap();
        assert_eq!(claimed(&w, id, 1).await, []);
        w.actions.restore_survey_version(&SYSTEM, seen(&w, survey).await, version).await.unwrap();
        assert_eq!(claimed(&w, id, 1).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_recording_belongs_to_its_questions_and_goes_with_the_last_that_need_it() {
    both(|w| async move {
        let hash = BlobHash::of(b"voice");
        let mut foreign = example();
        foreign.greeting_recordings.serbian = Some(hash.clone());
        let id = w.actions.make_survey(&SYSTEM, ("Смеће", foreign)).await.unwrap();
        let draft = async || w.db.survey_versions(id).await.unwrap().remove(0);
        assert_eq!(draft().await.questionnaire, example(), "what is not here cannot be played");

        let record = async |passage: Passage, recording: Option<BlobHash>| {
            let of = (&passage, Tongue::Serbian);
            w.actions.change_survey_recording(&SYSTEM, id, of, recording).await
        };
        let nowhere = record(Passage::Question("nothing".into()), Some(hash.clone())).await;
        assert!(matches!(nowhere, Err(SurveyError::NoPassage)));
        let sex = || Passage::Question("sex".into());
        assert_eq!(record(sex(), Some(hash.clone())).await.unwrap(), []);
        assert_eq!(record(Passage::Greeting, Some(hash.clone())).await.unwrap(), []);
        assert_eq!(record(sex(), None).await.unwrap(), [], "the greeting has it still");
        let other = BlobHash::of(b"another voice");
        assert_eq!(record(Passage::Greeting, Some(other.clone())).await.unwrap(), [hash]);

        w.actions.publish_survey(&SYSTEM, seen(&w, id).await).await.unwrap();
        let version = draft().await;
        assert_eq!(version.questionnaire.recorded(), [other.clone()].into());
        let fixed = record(Passage::Greeting, None).await;
        assert!(matches!(fixed, Err(SurveyError::NotNow { .. })), "what is published stays");
        w.actions.copy_survey_version(&SYSTEM, seen(&w, id).await, version.id).await.unwrap();
        assert_eq!(record(Passage::Greeting, None).await.unwrap(), [], "the version has it still");
        let removed = w.actions.remove_survey_draft(&SYSTEM, seen(&w, id).await).await.unwrap();
        assert_eq!((removed.survey, removed.recordings), (false, Vec::new()));

        let second = w.actions.make_survey(&SYSTEM, ("Друга", version.questionnaire)).await.unwrap();
        let of = (&Passage::Thanks, Tongue::English);
        let own = BlobHash::of(b"thanks");
        w.actions.change_survey_recording(&SYSTEM, second, of, Some(own.clone())).await.unwrap();
        let removed = w.actions.remove_survey_draft(&SYSTEM, seen(&w, second).await).await.unwrap();
        assert_eq!((removed.survey, removed.recordings), (true, vec![own]), "and what the other has stays");
    })
    .await;
}

/// Each of these by the key under which it was asked.
#[tokio::test]
async fn answers_are_those_that_were_given() {
    both(|w| async move {
        let (_, version) = published(&w, example()).await;
        let id = running(&w, version, 1).await;
        let (_, call) = answered(&w, id, "1").await;
        all(&w, call).await;
        let row = interviews(&w, version).await.remove(0);
        let answers = w.db.interview_answers(row.id).await.unwrap();
        let given = |(key, code): &(&str, u16)| answers.get(*key) == Some(&one(*code));
        assert!(ALL.iter().all(given), "{answers:?}");
        assert_eq!(answers.get("improve"), Some(&Answer::Nothing));
        let late = keep(&w, call, &[("last_missed", Answer::DoesNotKnow)]).await;
        assert_eq!(late, Stored::Refused, "not on their road");
    })
    .await;
}
