//! A survey is written, published and asked; every answer is kept, by whoever and however it is given.

use std::time::Duration;

use odziv::actions::ActionError;
use odziv::actions::Actor;
use odziv::actions::survey::SurveyError;
use odziv::domain::campaign::consider::Candidate;
use odziv::domain::campaign::hours::SendingHours;
use odziv::domain::campaign::{Ladder, Message, Step, Way};
use odziv::domain::id::{InterviewId, RecipientId, SurveyId, SurveyVersionId};
use odziv::domain::permission::Role;
use odziv::domain::person::PersonLanguage;
use odziv::domain::survey::interview::{Disposition, Early};
use odziv::domain::survey::quota::CellId;
use odziv::domain::survey::{
    Answer, Code, Position, QuestionKey, Questionnaire, Refused, VersionNumber, VersionState,
};

use super::users::new_user;
use super::{SYSTEM, World, both};

const CYRILLIC: PersonLanguage = PersonLanguage::SerbianCyrillic;

pub fn example() -> Questionnaire {
    serde_json::from_str(include_str!("../../../config/surveys/example.json")).unwrap()
}

pub async fn seen(w: &World, id: SurveyId) -> (SurveyId, i64) {
    (id, w.db.survey(id).await.unwrap().unwrap().version)
}

/// Published, with the version that is asked.
pub async fn published(w: &World, questionnaire: Questionnaire) -> (SurveyId, SurveyVersionId) {
    let id = w.actions.make_survey(&SYSTEM, ("Смеће", questionnaire)).await.unwrap();
    w.actions.publish_survey(&SYSTEM, seen(w, id).await).await.unwrap();
    (id, w.db.survey_versions(id).await.unwrap().first().unwrap().id)
}

async fn begun(w: &World, version: SurveyVersionId) -> InterviewId {
    w.actions.start_interview(&SYSTEM, version, (None, CYRILLIC)).await.unwrap()
}

pub fn one(code: u16) -> Answer {
    Answer::One(Code(code))
}

pub async fn say(w: &World, id: InterviewId, question: &str, answer: Answer) -> Option<Disposition> {
    let asked = w.actions.answer_interview(&SYSTEM, id, (question.into(), answer)).await.unwrap();
    asked.row.disposition
}

pub async fn at(w: &World, id: InterviewId) -> String {
    let asked = w.actions.interview(&SYSTEM, id).await.unwrap();
    match asked.interview.position() {
        Position::Question(question) => question.key.0.clone(),
        Position::End(_) => "end".into(),
        Position::Over(disposition) => disposition.as_str().into(),
    }
}

async fn whole(w: &World, id: InterviewId, sex: u16, age: u16) {
    for (question, answer) in [
        ("consent", one(1)),
        ("sex", one(sex)),
        ("age", Answer::Number(age.into())),
        ("contacted", one(2)),
        ("refuse_satisfaction", Answer::Point(7)),
        ("refuse_problems", Answer::Many([Code(6)].into())),
        ("improve", Answer::Text("Редовније".into())),
    ] {
        assert_eq!(say(w, id, question, answer).await, None, "{question}");
    }
}

/// A recipient of a campaign, with what the list says of them.
async fn recipient(w: &World, fields: &[(&str, &str)]) -> RecipientId {
    let draft = odziv::actions::campaign::draft::Draft {
        name: "Анкета".into(),
        ladder: Ladder::new(vec![Step { way: Way::Sms, minutes: 60 }]).unwrap(),
        message: Message::default(),
        hours: SendingHours::ALWAYS,
        sender: None,
        per_minute: None,
        start_at: None,
    };
    let id = w.actions.make_campaign(&SYSTEM, draft).await.unwrap();
    let list = w.actions.begin_list(&SYSTEM, id, ("л.csv", Vec::new())).await.unwrap();
    let fields = fields.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    let who =
        Candidate {
            name: "Ана".into(), phone: Some("+381641234567".into()), fields, ..Candidate::default()
        };
    w.actions.fill_list(&SYSTEM, (id, list), (vec![who], Vec::new())).await.unwrap();
    w.actions.finish_list(&SYSTEM, (id, list)).await.unwrap();
    w.db.recipients(id, None, RecipientId(0), 10).await.unwrap().first().unwrap().id
}

#[tokio::test]
async fn draft_is_changed_by_one_at_a_time_and_what_is_published_never() {
    both(|w| async move {
        let id = w.actions.make_survey(&SYSTEM, ("  Смеће  ", example())).await.unwrap();
        let first = seen(&w, id).await;
        let mut changed = example();
        changed.title.english = "Refuse".into();
        w.actions.change_survey_draft(&SYSTEM, first, ("Смеће", changed.clone())).await.unwrap();
        let stale = w.actions.change_survey_draft(&SYSTEM, first, ("Друго", example())).await;
        assert!(matches!(stale, Err(SurveyError::Action(ActionError::Conflict))), "{stale:?}");
        let nameless = w.actions.make_survey(&SYSTEM, (" ", example())).await;
        assert!(matches!(nameless, Err(SurveyError::Name)));

        let number = w.actions.publish_survey(&SYSTEM, seen(&w, id).await).await.unwrap();
        assert_eq!(number, VersionNumber(1));
        let again = w.actions.change_survey_draft(&SYSTEM, seen(&w, id).await, ("Смеће", example())).await;
        assert!(matches!(again, Err(SurveyError::NotNow { .. })), "{again:?}");
        let versions = w.db.survey_versions(id).await.unwrap();
        let [version] = &versions[..] else { panic!("one version") };
        assert_eq!((version.state, &version.questionnaire), (VersionState::Published, &changed));

        w.actions.copy_survey_version(&SYSTEM, seen(&w, id).await, version.id).await.unwrap();
        let second = w.actions.copy_survey_version(&SYSTEM, seen(&w, id).await, version.id).await;
        assert!(matches!(second, Err(SurveyError::HasDraft)));
        assert_eq!(w.actions.publish_survey(&SYSTEM, seen(&w, id).await).await.unwrap(), VersionNumber(2));
        assert_eq!(w.db.survey_versions(id).await.unwrap().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn draft_that_cannot_be_asked_is_not_published_and_says_all_that_is_wrong() {
    both(|w| async move {
        let mut draft = example();
        draft.questions[1].key = "consent".into();
        draft.questions[2].text.english.clear();
        let id = w.actions.make_survey(&SYSTEM, ("Смеће", draft)).await.unwrap();
        let refused = w.actions.publish_survey(&SYSTEM, seen(&w, id).await).await;
        let Err(SurveyError::Problems(problems)) = refused else { panic!("{refused:?}") };
        assert!(problems.iter().any(|problem| problem.place.question == Some(1)));
        assert!(problems.iter().any(|problem| problem.place.question == Some(2)));
        assert!(w.actions.remove_survey_draft(&SYSTEM, seen(&w, id).await).await.unwrap().survey);
        assert!(w.db.survey(id).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn answers_are_kept_one_by_one_and_a_changed_one_sets_aside_what_it_led_past() {
    both(|w| async move {
        let (_, version) = published(&w, example()).await;
        let id = begun(&w, version).await;
        assert_eq!(at(&w, id).await, "consent");
        for (question, answer) in [
            ("consent", one(1)),
            ("sex", one(1)),
            ("age", Answer::Number(40_u16.into())),
            ("contacted", one(1)),
            ("answer_satisfaction", Answer::Point(2)),
            ("answer_why", Answer::Text("Рок".into())),
        ] {
            say(&w, id, question, answer).await;
        }
        assert_eq!(at(&w, id).await, "refuse_satisfaction", "as it is after a restart too");
        say(&w, id, "contacted", one(2)).await;
        assert_eq!(at(&w, id).await, "refuse_satisfaction");
        let stored = w.db.interview_answers(id).await.unwrap();
        assert!(stored.contains_key(&QuestionKey("answer_why".into())), "until it is closed");

        let wrong = w.actions.answer_interview(&SYSTEM, id, ("improve".into(), Answer::Nothing)).await;
        assert!(matches!(wrong, Err(SurveyError::Answer(Refused::NotAsked))));
        let early = w.actions.close_interview(&SYSTEM, id).await;
        assert!(matches!(early, Err(SurveyError::Open)));
        say(&w, id, "refuse_satisfaction", Answer::Point(7)).await;
        say(&w, id, "refuse_problems", Answer::DoesNotKnow).await;
        say(&w, id, "improve", Answer::Nothing).await;
        assert_eq!(at(&w, id).await, "end");
        let closed = w.actions.close_interview(&SYSTEM, id).await.unwrap();
        assert_eq!(closed.row.disposition, Some(Disposition::Complete));
        let stored = w.db.interview_answers(id).await.unwrap();
        assert_eq!(stored.len(), 7, "what was set aside is gone: {stored:?}");
        let over = w.actions.answer_interview(&SYSTEM, id, ("sex".into(), one(2))).await;
        assert!(matches!(over, Err(SurveyError::Answer(Refused::Over))));
        let counts = w.db.interview_counts(version).await.unwrap();
        assert_eq!((counts.complete, counts.open), (1, 0));
    })
    .await;
}

#[tokio::test]
async fn retired_version_is_asked_to_its_end_and_not_begun() {
    both(|w| async move {
        let (id, version) = published(&w, example()).await;
        let interview = begun(&w, version).await;
        w.actions.retire_survey_version(&SYSTEM, seen(&w, id).await, version).await.unwrap();
        let refused = w.actions.start_interview(&SYSTEM, version, (None, CYRILLIC)).await;
        assert!(matches!(refused, Err(SurveyError::NotNow { .. })));
        say(&w, interview, "consent", one(1)).await;
        let ended = w.actions.end_interview(&SYSTEM, interview, Early::BrokenOff).await.unwrap();
        assert_eq!(ended.row.disposition, Some(Disposition::BrokenOff));
        w.actions.restore_survey_version(&SYSTEM, seen(&w, id).await, version).await.unwrap();
        begun(&w, version).await;
    })
    .await;
}

#[tokio::test]
async fn cell_is_not_filled_twice_by_those_who_talk_at_once() {
    both(|w| async move {
        let mut questionnaire = example();
        for cell in &mut questionnaire.quotas[0].cells {
            cell.most = 1;
        }
        let (_, version) = published(&w, questionnaire).await;
        let cell = |cell| CellId { quota: 0, cell };
        let (first, second) = (begun(&w, version).await, begun(&w, version).await);
        for id in [first, second] {
            say(&w, id, "consent", one(1)).await;
            say(&w, id, "sex", one(1)).await;
        }
        assert_eq!(say(&w, first, "age", Answer::Number(40_u16.into())).await, None);
        let held = w.db.survey_cells(version, w.now()).await.unwrap();
        assert_eq!((held.done(cell(1)), held.held(cell(1))), (0, 1));
        let full = say(&w, second, "age", Answer::Number(45_u16.into())).await;
        assert_eq!(full, Some(Disposition::OverQuota));

        // Whoever does not come back keeps no place.
        w.clock.advance(Duration::from_secs(31 * 60));
        let third = begun(&w, version).await;
        whole(&w, third, 1, 50).await;
        w.actions.close_interview(&SYSTEM, third).await.unwrap();
        let standings = w.db.survey_cells(version, w.now()).await.unwrap();
        assert_eq!((standings.done(cell(1)), standings.held(cell(1))), (1, 0));
        // Who was there before ends all the same when there is no place any more.
        let late = say(&w, first, "contacted", one(2)).await;
        assert_eq!(late, Some(Disposition::OverQuota));
    })
    .await;
}

#[tokio::test]
async fn own_link_begins_with_the_first_answer_and_goes_on_where_it_was() {
    both(|w| async move {
        let (id, version) = published(&w, example()).await;
        let whose = recipient(&w, &[]).await;
        let token = w.actions.survey_token(version, whose).unwrap();
        assert!(token.len() < 60, "it is paid for by the part of a text: {token}");
        let looked = w.actions.survey_by_link(&token, CYRILLIC).await.unwrap().unwrap();
        assert_eq!(looked.row.id, InterviewId(0));
        assert_eq!(w.db.interview_counts(version).await.unwrap().all(), 0, "looking begins nothing");

        let say = |question: &str, answer| {
            let (actions, token, question) = (w.actions.clone(), token.clone(), question.into());
            async move { actions.answer_by_link(&token, CYRILLIC, (question, answer)).await.unwrap().unwrap() }
        };
        let begun = say("consent", one(1)).await;
        assert_eq!(begun.row.seed, looked.row.seed, "the order of options stays");
        w.actions.retire_survey_version(&SYSTEM, seen(&w, id).await, version).await.unwrap();
        for (question, answer) in [
            ("sex", one(2)),
            ("age", Answer::Number(33_u16.into())),
            ("contacted", Answer::DoesNotKnow),
            ("refuse_satisfaction", Answer::Refuses),
            ("refuse_problems", Answer::DoesNotKnow),
        ] {
            say(question, answer).await;
        }
        let back = w.actions.survey_by_link(&token, PersonLanguage::English).await.unwrap().unwrap();
        assert_eq!(back.row.id, begun.row.id);
        let ended = say("improve", Answer::Text("Све".into())).await;
        assert_eq!(ended.row.disposition, Some(Disposition::Complete), "nobody has to say that they are done");
        assert_eq!(w.db.interview_counts(version).await.unwrap().all(), 1);

        let other = w.actions.survey_token(version, RecipientId(4_444)).unwrap();
        for bad in [other.as_str(), "x", token.trim_end_matches(char::is_alphanumeric)] {
            let found = w.actions.survey_by_link(bad, CYRILLIC).await.unwrap();
            assert!(found.is_none(), "{bad}");
            let said = w.actions.answer_by_link(bad, CYRILLIC, ("consent".into(), one(1))).await.unwrap();
            assert!(said.is_none(), "{bad}");
        }
    })
    .await;
}

#[tokio::test]
async fn list_says_of_whom_enough_were_asked() {
    both(|w| async move {
        let mut questionnaire = example();
        for cell in &mut questionnaire.quotas[0].cells {
            cell.most = 0;
        }
        let (_, version) = published(&w, questionnaire).await;
        let whose = recipient(&w, &[("sex", "ж"), ("age", "40")]).await;
        let token = w.actions.survey_token(version, whose).unwrap();
        let asked = w.actions.answer_by_link(&token, CYRILLIC, ("consent".into(), one(1))).await;
        assert_eq!(asked.unwrap().unwrap().row.disposition, Some(Disposition::OverQuota));
    })
    .await;
}

#[tokio::test]
async fn who_may_ask_may_not_write_and_only_some_read_what_others_answered() {
    both(|w| async move {
        let (id, version) = published(&w, example()).await;
        let mut actors = Vec::new();
        for (login, role) in [("mira", Role::Operator), ("sava", Role::Operator), ("una", Role::Officer)] {
            let user = w.actions.create_user(&SYSTEM, new_user(login, role)).await.unwrap();
            actors.push(Actor::User { id: user, role });
        }
        let [mira, sava, una] = &actors[..] else { panic!("three") };
        let forbidden = |error: &SurveyError| matches!(error, SurveyError::Action(ActionError::Forbidden(_)));
        let written = w.actions.make_survey(mira, ("Нова", example())).await;
        assert!(forbidden(&written.unwrap_err()));
        let retired = w.actions.retire_survey_version(mira, seen(&w, id).await, version).await;
        assert!(forbidden(&retired.unwrap_err()));
        let asked = w.actions.start_interview(una, version, (None, CYRILLIC)).await;
        assert!(forbidden(&asked.unwrap_err()));

        let interview = w.actions.start_interview(mira, version, (None, CYRILLIC)).await.unwrap();
        w.actions.answer_interview(sava, interview, ("consent".into(), one(2))).await.unwrap();
        w.actions.close_interview(sava, interview).await.unwrap();
        w.actions.interview(mira, interview).await.unwrap();
        let read = w.actions.interview(sava, interview).await;
        assert!(forbidden(&read.unwrap_err()), "it is over, and was begun by another");
        let told = w.db.audit_after(0, 1_000).await.unwrap();
        let of = |what: &str| told.iter().filter(|row| row.link.what == what).count();
        assert_eq!((of("interview_changed"), of("interview_viewed")), (3, 1));
    })
    .await;
}
