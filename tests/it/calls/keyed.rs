//! A survey by keys: the server calls a telephone behind a trunk which the test plays, asks, and keeps what is pressed.

use odziv::actions::Actor;
use odziv::actions::dialer::draft::DialDraft;
use odziv::config::dialer::Dialer;
use odziv::config::media::Speech as SpeechSettings;
use odziv::domain::contact_list::Contact;
use odziv::domain::dialer::contact::{Stage, State};
use odziv::domain::dialer::hours::CallingHours;
use odziv::domain::dialer::{DialSettings, Mode as Dialling, Outcome};
use odziv::domain::id::{DialCampaignId, DialContactId, InterviewId, SurveyVersionId};
use odziv::domain::phone::PhoneNumber;
use odziv::domain::survey::interview::Disposition;
use odziv::domain::survey::{Answer, Code, Mode, Questionnaire};
use odziv::store::dial_attempt::DialAttempt;
use odziv::store::interview::InterviewRow;
use odziv::telephony::dialer;
use odziv::telephony::handle::Speech;

use super::announcements::Callee;
use super::*;

const BY: &Actor = &Actor::System;

/// Two questions, and one that a telephone cannot ask.
const QUESTIONS: &str = r##"{
    "title": {"sr-Cyrl": "Паркови"}, "languages": ["sr-Cyrl"], "greeting": {"sr-Cyrl": "Добар дан."}, "thanks": {"sr-Cyrl": "Хвала."},
    "questions": [
        {"key": "park", "text": {"sr-Cyrl": "Идете ли у парк?"}, "required": true, "kind": {"type": "single",
            "options": [{"code": 1, "text": {"sr-Cyrl": "Да"}}, {"code": 2, "text": {"sr-Cyrl": "Не"}}]}},
        {"key": "why", "text": {"sr-Cyrl": "Зашто?"}, "kind": {"type": "text", "max_chars": 100}},
        {"key": "age", "text": {"sr-Cyrl": "Колико имате година?"}, "required": true, "kind": {"type": "number", "min": 0, "max": 120}}
    ],
    "keypad": {}
}"##;

struct World {
    server: Server,
    callee: Callee,
    dialler: JoinHandle<()>,
}

impl World {
    async fn start() -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), Callee::new().await).await
    }

    async fn start_in(folder: TempDir, callee: Callee) -> Self {
        let mut setup = Setup::default();
        setup.sip.trunk.push(callee.trunk());
        let server = Server::start_in(folder, setup).await;
        server.actions.recover_dials().await.unwrap();
        // Whatever is to be said sounds like this.
        let sound = server.folder.path().join("sounds/sr/bye.wav");
        let program = vec!["cat".to_owned(), sound.display().to_string()];
        let settings = SpeechSettings { program, ..SpeechSettings::default() };
        let prompts = Prompts::load(&server.folder.path().join("sounds"), "sr").unwrap();
        server.handle.speak_with(Speech::new(settings, prompts, server.folder.path(), Clock::system()));
        let parts = dialer::Parts {
            config: Dialer::default(),
            actions: server.actions.clone(),
            handle: server.handle.clone(),
            clock: Clock::system(),
            zone: TimeZone::UTC,
        };
        let dialler = tokio::spawn(dialer::run(parts, server.stop.clone()));
        Self { server, callee, dialler }
    }

    /// A campaign that calls one number at any hour.
    async fn campaign(&self) -> (DialCampaignId, SurveyVersionId) {
        let (actions, db) = (&self.server.actions, self.server.actions.db());
        let questions: Questionnaire = serde_json::from_str(QUESTIONS).unwrap();
        let survey = actions.make_survey(BY, ("Паркови", questions)).await.unwrap();
        actions
            .publish_survey(BY, (survey, db.survey(survey).await.unwrap().unwrap().version))
            .await
            .unwrap();
        let version = db.survey_versions(survey).await.unwrap().remove(0).id;
        let always = || vec!["00:00-24:00".parse().unwrap()];
        let hours = CallingHours {
            week: std::array::from_fn(|_| always()),
            quiet_on_holidays: false,
            ..CallingHours::default()
        };
        let settings = DialSettings { mode: Dialling::Agentless, hours, ..DialSettings::default() };
        let draft =
            DialDraft {
                name: "Паркови".into(), settings, survey_version: Some(version), operators: vec![]
            };
        let id = actions.make_dial_campaign(BY, draft).await.unwrap();
        let contact = Contact {
            line: 1,
            name: "Ана".into(),
            phone: Some(PhoneNumber::parse("+381641112223", "RS").unwrap()),
            email: None,
            address: String::new(),
            language: None,
            fields: Vec::new(),
        };
        actions.add_dial_contacts(BY, id, vec![contact], 0).await.unwrap();
        let seen = db.dial_campaign(id).await.unwrap().unwrap().version;
        actions.start_dial_campaign(BY, (id, seen)).await.unwrap();
        (id, version)
    }

    async fn interviews(&self, version: SurveyVersionId) -> Vec<InterviewRow> {
        self.server.actions.db().interviews(version, InterviewId(0), 10).await.unwrap()
    }

    /// The interview, once so much was answered.
    async fn answered(
        &self,
        version: SurveyVersionId,
        wanted: impl Fn(&InterviewRow) -> bool,
    ) -> InterviewRow {
        let found = tokio::time::timeout(PATIENCE, async {
            loop {
                if let Some(row) = self.interviews(version).await.pop().filter(&wanted) {
                    return row;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        found.await.expect("the survey does not get there")
    }

    /// The attempts, once the last of them has an outcome.
    async fn ended(&self, id: DialCampaignId) -> Vec<DialAttempt> {
        let db = self.server.actions.db();
        let found = tokio::time::timeout(PATIENCE, async {
            loop {
                let attempts = db.dial_attempts(only_contact(db, id).await).await.unwrap();
                if attempts.last().is_some_and(|attempt| attempt.outcome.is_some()) {
                    return attempts;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        found.await.expect("the attempt has no end")
    }

    async fn end(self) {
        self.server.stop.cancel();
        tokio::time::timeout(PATIENCE, self.dialler).await.expect("does not stop").unwrap();
        self.server.end().await;
    }
}

async fn only_contact(db: &Db, id: DialCampaignId) -> DialContactId {
    db.dial_contacts(id, None, DialContactId(0), 10).await.unwrap().remove(0).id
}

#[tokio::test(flavor = "multi_thread")]
async fn who_answers_is_asked_question_after_question_and_thanked() {
    let mut world = World::start().await;
    let (id, version) = world.campaign().await;
    let (dialled, _) = world.callee.rung().await;
    assert_eq!(dialled, "+381641112223");
    let to = world.callee.answer().await;
    world.callee.hears(3).await;
    // Whoever knows the survey need not hear the greeting.
    world.callee.press(11, to).await;
    world.callee.press(1, to).await;
    world.answered(version, |row| row.answered == 2).await;
    for key in [3, 4, 11] {
        world.callee.press(key, to).await;
    }
    world.answered(version, |row| row.disposition.is_some()).await;
    world.callee.let_go().await;
    let attempts = world.ended(id).await;
    assert_eq!((attempts.len(), attempts[0].outcome), (1, Some(Outcome::Completed)));
    let row = world.interviews(version).await.remove(0);
    assert_eq!((row.mode, row.disposition), (Mode::Keypad, Some(Disposition::Complete)));
    assert_eq!(row.attempt, Some(attempts[0].id));
    let answers = world.server.actions.db().interview_answers(row.id).await.unwrap();
    let given =
        [("age", Answer::Number(34_u16.into())), ("park", Answer::One(Code(1))), ("why", Answer::Nothing)];
    assert_eq!(answers, given.into_iter().map(|(key, answer)| (key.into(), answer)).collect());
    assert!(world.server.cases().await.is_empty(), "such a call becomes no case");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_want_such_calls_presses_nine_in_the_greeting() {
    let mut world = World::start().await;
    let (id, version) = world.campaign().await;
    world.callee.rung().await;
    let to = world.callee.answer().await;
    world.callee.hears(2).await;
    world.callee.press(9, to).await;
    world.callee.let_go().await;
    assert_eq!(world.ended(id).await[0].outcome, Some(Outcome::OptedOut));
    assert_eq!(world.interviews(version).await.len(), 0);
    let db = world.server.actions.db();
    let contact = db.dial_contact(only_contact(db, id).await).await.unwrap().unwrap();
    assert_eq!(contact.state.stage(), Stage::Done);
    world.end().await;
}

/// It is killed while somebody is asked: what they said is there, and the machine that comes back does not call them for the same attempt.
#[tokio::test(flavor = "multi_thread")]
async fn killed_in_the_middle_answers_stay_and_nobody_is_dialled_again_for_it() {
    let mut world = World::start().await;
    let (id, version) = world.campaign().await;
    world.callee.rung().await;
    let to = world.callee.answer().await;
    world.callee.hears(2).await;
    world.callee.press(11, to).await;
    world.callee.press(2, to).await;
    world.answered(version, |row| row.answered == 2).await;
    let World { server, dialler, .. } = world;
    dialler.abort();
    let folder = server.kill().await;
    let world = World::start_in(folder, Callee::new().await).await;
    let attempts = world.ended(id).await;
    assert_eq!((attempts.len(), attempts[0].outcome), (1, Some(Outcome::Partial)));
    let row = world.interviews(version).await.remove(0);
    assert_eq!((row.answered, row.disposition), (2, None), "another attempt goes on with it");
    let db = world.server.actions.db();
    let contact = db.dial_contact(only_contact(db, id).await).await.unwrap().unwrap();
    let State::Waiting { not_before } = contact.state else { panic!("{contact:?}") };
    assert!(not_before > world.server.actions.now());
    world.end().await;
}
