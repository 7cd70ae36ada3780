//! A list is called through: everybody in their turn, nobody twice for one attempt, and what becomes of them as the rules want it.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use odziv::actions::call::CallArrived;
use odziv::actions::dialer::DialError;
use odziv::actions::dialer::claim::ClaimedDial;
use odziv::actions::dialer::draft::{Added, DialDraft};
use odziv::actions::opt_out::OptOutAsked;
use odziv::actions::{ActionError, Actor};
use odziv::config;
use odziv::domain::announcement::Refusal;
use odziv::domain::call::Direction;
use odziv::domain::caller::Caller;
use odziv::domain::contact_list::Contact;
use odziv::domain::dialer::contact::State;
use odziv::domain::dialer::greeting::{CONTROL, Verdict};
use odziv::domain::dialer::outcome::Ended;
use odziv::domain::dialer::progress::Progress;
use odziv::domain::dialer::retry::Reason;
use odziv::domain::dialer::{DialSettings, DialState, Mode, Outcome};
use odziv::domain::id::{DialCampaignId, DialContactId, InteractionId};
use odziv::domain::opt_out::{OptOutChannel, OptOutMeans};
use odziv::domain::permission::Role;
use odziv::store::dial_attempt::DialAttempt;
use odziv::store::dial_contact::{DUE, DialContact, IN_LINE, PROMISED};

use super::users::new_user;
use super::{SYSTEM, World, both, phone};

pub fn contact(name: &str, number: &str) -> Contact {
    Contact {
        line: 1,
        name: name.into(),
        phone: Some(phone(number)),
        email: None,
        address: String::new(),
        language: None,
        fields: vec![("street".into(), "Железничка".into())],
    }
}

pub fn draft(mode: Mode) -> DialDraft {
    let settings = DialSettings { mode, ..DialSettings::default() };
    DialDraft {
        name: "Анкета о превозу".into(), settings, survey_version: None, operators: vec![]
    }
}

/// Running, with so many contacts.
async fn running(w: &World, mode: Mode, contacts: usize) -> DialCampaignId {
    let id = w.actions.make_dial_campaign(&SYSTEM, draft(mode)).await.unwrap();
    let list = (0..contacts).map(|n| contact(&format!("Грађанин {n}"), &format!("064{:07}", 1_000_000 + n)));
    w.actions.add_dial_contacts(&SYSTEM, id, list.collect(), 0).await.unwrap();
    let version = w.db.dial_campaign(id).await.unwrap().unwrap().version;
    w.actions.start_dial_campaign(&SYSTEM, (id, version)).await.unwrap();
    id
}

pub async fn claimed(w: &World, id: DialCampaignId, limit: u32) -> Vec<ClaimedDial> {
    w.actions.claim_dials(id, limit).await.unwrap()
}

pub async fn journaled(w: &World, id: &str, claimed: &ClaimedDial) -> Result<InteractionId, ActionError> {
    let call = CallArrived {
        direction: Direction::Out,
        operator: None,
        external_id: id.into(),
        caller: Caller::Name(String::new()),
        called: claimed.number.clone(),
        at: w.now(),
        plan_revision: "@dialled".into(),
    };
    w.actions.journal_dial(call, claimed.attempt).await
}

pub async fn say(w: &World, call: InteractionId, all: &[Progress]) {
    for progress in all {
        w.actions.dial_progress(call, progress, w.now()).await.unwrap();
    }
}

fn refused(status: u16) -> Progress {
    Progress::Ended(Ended::Refused { refusal: Refusal { status, reason: None }, rang: false })
}

pub async fn of(w: &World, claimed: &ClaimedDial) -> DialContact {
    w.db.dial_contact(claimed.contact).await.unwrap().unwrap()
}

pub async fn attempts(w: &World, claimed: &ClaimedDial) -> Vec<DialAttempt> {
    w.db.dial_attempts(claimed.contact).await.unwrap()
}

/// The counts of a campaign are those of its contacts and attempts.
async fn recounted(w: &World, id: DialCampaignId) {
    let (mut counts, mut outcomes) = (BTreeMap::new(), BTreeMap::new());
    for one in w.db.dial_contacts(id, None, DialContactId(0), 1_000).await.unwrap() {
        let reason = match one.state {
            State::Done { reason } => Some(reason.as_str()),
            _ => None,
        };
        *counts.entry((one.state.stage().as_str(), reason)).or_insert(0) += 1;
        for attempt in w.db.dial_attempts(one.id).await.unwrap() {
            *outcomes.entry(attempt.outcome.map_or("", Outcome::as_str)).or_insert(0) += 1;
        }
    }
    let counted = w.db.dial_counts(id).await.unwrap();
    assert_eq!(counted.into_iter().collect::<BTreeMap<_, i64>>(), counts);
    let said = w.db.dial_outcomes(id).await.unwrap().into_iter();
    let said: BTreeMap<_, i64> = said.map(|(outcome, n)| (outcome.map_or("", Outcome::as_str), n)).collect();
    assert_eq!(said, outcomes);
}

#[tokio::test]
async fn everybody_is_claimed_once_and_a_number_stands_in_a_campaign_once() {
    both(async |w| {
        let id = running(&w, Mode::Progressive, 5).await;
        let again = vec![contact("Исти", "0641000002"), contact("Нов", "0641999999")];
        let added = w.actions.add_dial_contacts(&SYSTEM, id, again, 0).await.unwrap();
        assert_eq!(added, Added { added: 1, left_out: 1 });
        assert_eq!(w.db.dial_ready(id, w.now(), 100).await.unwrap(), 6);
        let mut all = claimed(&w, id, 4).await;
        assert_eq!(all.len(), 4);
        all.extend(claimed(&w, id, 4).await);
        let mut contacts: Vec<_> = all.iter().map(|one| one.contact).collect();
        contacts.sort_unstable();
        contacts.dedup();
        assert_eq!(contacts.len(), 6, "nobody twice");
        assert_eq!(claimed(&w, id, 4).await, []);
        let one = of(&w, &all[0]).await;
        assert_eq!((one.state, one.attempts), (State::Dialling { attempt: 1 }, 0), "not made yet");
    })
    .await;
}

#[tokio::test]
async fn an_interview_is_one_attempt_and_its_outcome_is_said_by_its_operator() {
    both(async |w| {
        let ana = w.actions.create_user(&SYSTEM, new_user("ana", Role::Operator)).await.unwrap();
        let bora = w.actions.create_user(&SYSTEM, new_user("bora", Role::Operator)).await.unwrap();
        let id = running(&w, Mode::Progressive, 1).await;
        let one = claimed(&w, id, 1).await.remove(0);
        let call = journaled(&w, "1", &one).await.unwrap();
        assert!(
            matches!(journaled(&w, "2", &one).await, Err(ActionError::Conflict)),
            "one call for one attempt"
        );
        say(&w, call, &[Progress::Taken, Progress::Taken, Progress::Answered]).await;
        assert_eq!(of(&w, &one).await.state, State::Answered { attempt: 1 });
        say(&w, call, &[Progress::Joined { by: Some(ana) }]).await;
        let role = Role::Operator;
        let set = async |id, outcome| {
            w.actions.set_dial_outcome(&Actor::User { id, role }, one.attempt, outcome, None).await
        };
        assert!(matches!(set(ana, Outcome::Busy).await, Err(DialError::NoOutcomeOfATalk(_))));
        assert!(set(bora, Outcome::Completed).await.is_err(), "not theirs");
        say(&w, call, &[Progress::Parted { whole: false }]).await;
        assert_eq!(of(&w, &one).await.state, State::WrapUp { attempt: 1 });
        set(ana, Outcome::Completed).await.unwrap();
        let now = of(&w, &one).await;
        assert_eq!((now.state, now.attempts), (State::Done { reason: Reason::Completed }, 1));
        let made = attempts(&w, &one).await.remove(0);
        assert_eq!((made.made, made.outcome, made.operator), (true, Some(Outcome::Completed), Some(ana)));
        let books = w.db.dial_books(id).await.unwrap();
        let today = w.now().to_zoned(jiff::tz::TimeZone::UTC).date();
        assert_eq!((books.day(today).connected, books.day(today).abandoned), (1, 0));
        assert!(w.actions.finish_dial_campaign(id).await.unwrap());
        assert_eq!(w.db.dial_campaign(id).await.unwrap().unwrap().state, DialState::Finished);
    })
    .await;
}

#[tokio::test]
async fn what_the_network_says_decides_about_the_next_time() {
    both(async |w| {
        let id = running(&w, Mode::Progressive, 1).await;
        let after = async |call: &str, progress: Progress| {
            let one = claimed(&w, id, 1).await.remove(0);
            let call = journaled(&w, call, &one).await.unwrap();
            say(&w, call, &[progress]).await;
            of(&w, &one).await
        };
        let busy = after("1", refused(486)).await;
        let quarter = SignedDuration::from_mins(15);
        assert_eq!((busy.state, busy.attempts), (State::Waiting { not_before: w.now() + quarter }, 1));
        assert_eq!(claimed(&w, id, 1).await, [], "not before");
        w.clock.advance(Duration::from_secs(15 * 60));
        let trouble = after("2", refused(503)).await;
        assert_eq!(trouble.attempts, 1, "costs no attempt");
        w.clock.advance(Duration::from_secs(5 * 60));
        let dead = after("3", refused(404)).await;
        assert_eq!((dead.state, dead.attempts), (State::Done { reason: Reason::NoSuchNumber }, 2));
        assert_eq!(dead.last_attempt, 3, "each has a number of its own");
    })
    .await;
}

#[tokio::test]
async fn whoever_does_not_want_to_be_called_is_not_also_when_their_turn_has_come() {
    both(async |w| {
        let id = running(&w, Mode::Progressive, 2).await;
        let asked = OptOutAsked {
            channel: OptOutChannel::Voice,
            address: "0641000000".into(),
            means: OptOutMeans::Telephone,
            remark: String::new(),
        };
        w.actions.opt_out(&SYSTEM, asked).await.unwrap();
        let one = claimed(&w, id, 5).await;
        assert_eq!(one.iter().map(|one| one.number.as_str()).collect::<Vec<_>>(), ["+381641000001"]);
        let done = (State::Done { reason: Reason::DoNotCall }, 0);
        let all = w.db.dial_contacts(id, None, odziv::domain::id::DialContactId(0), 10).await.unwrap();
        assert_eq!((all[0].state, all[0].attempts), done);
        // The other says so by key, having waited in vain.
        let call = journaled(&w, "1", &one[0]).await.unwrap();
        say(&w, call, &[Progress::Taken, Progress::Answered, Progress::abandoned()]).await;
        let waits = of(&w, &one[0]).await.state;
        let rest = SignedDuration::from_hours(72);
        assert!(matches!(waits, State::Waiting { not_before } if not_before >= w.now() + rest), "{waits:?}");
        say(&w, call, &[Progress::OptedOut]).await;
        assert_eq!(of(&w, &one[0]).await.state, State::Done { reason: Reason::DoNotCall });
        let out = w.db.opted_out(OptOutChannel::Voice, &["+381641000001".into()]).await.unwrap();
        assert_eq!(out.len(), 1);
        let today = w.now().to_zoned(jiff::tz::TimeZone::UTC).date();
        assert_eq!(w.db.dial_books(id).await.unwrap().day(today).abandoned, 1);
    })
    .await;
}

#[tokio::test]
async fn after_a_kill_nobody_is_dialled_twice_for_one_attempt_and_nobody_is_forgotten() {
    both(async |w| {
        let id = running(&w, Mode::Progressive, 4).await;
        let all = claimed(&w, id, 4).await;
        // Claimed; journaled and perhaps dialled; rang; talked.
        for (at, said) in [
            (1, vec![]),
            (2, vec![Progress::Taken]),
            (3, vec![Progress::Taken, Progress::Answered, Progress::Joined { by: None }]),
        ] {
            let call = journaled(&w, &at.to_string(), &all[at]).await.unwrap();
            say(&w, call, &said).await;
        }
        assert_eq!(w.actions.recover_dials().await.unwrap(), 4);
        assert_eq!(w.actions.recover_dials().await.unwrap(), 0);
        let mut left = Vec::new();
        for one in &all {
            let (now, made) = (of(&w, one).await, attempts(&w, one).await.remove(0));
            assert!(matches!(now.state, State::Waiting { .. }), "{now:?}");
            left.push((made.outcome, made.made, now.attempts));
        }
        let (interrupted, partial) = (Some(Outcome::Interrupted), Some(Outcome::Partial));
        let uncertain = (interrupted, false, 0);
        assert_eq!(left, [uncertain, uncertain, (interrupted, true, 1), (partial, true, 1)]);
        assert_eq!(claimed(&w, id, 4).await, [], "not at once");
        w.clock.advance(Duration::from_secs(31 * 60));
        let again = claimed(&w, id, 4).await;
        assert_eq!(again.len(), 3, "whoever talked has a day of rest");
        for one in again {
            assert_eq!(of(&w, &one).await.last_attempt, 2, "a new attempt with a number of its own");
        }
    })
    .await;
}

#[tokio::test]
async fn what_could_not_be_dialled_waits_as_if_nothing_had_been() {
    both(async |w| {
        let id = running(&w, Mode::Progressive, 1).await;
        let one = claimed(&w, id, 1).await.remove(0);
        w.actions.unclaim_dial(one.attempt, w.now()).await.unwrap();
        assert_eq!(attempts(&w, &one).await, []);
        let again = claimed(&w, id, 1).await.remove(0);
        assert_eq!(of(&w, &again).await.state, State::Dialling { attempt: 1 });
        assert!(matches!(journaled(&w, "1", &one).await, Err(ActionError::Conflict)), "the first is no more");
        w.actions.block_dial(again.attempt).await.unwrap();
        assert_eq!(of(&w, &again).await.state, State::Done { reason: Reason::DoNotCall });
    })
    .await;
}

#[tokio::test]
async fn operator_looks_at_a_contact_and_skips_it_or_dials_it() {
    both(async |w| {
        let role = Role::Operator;
        let id = w.actions.create_user(&SYSTEM, new_user("ana", role)).await.unwrap();
        let ana = Actor::User { id, role };
        let id = w.actions.create_user(&SYSTEM, new_user("bora", role)).await.unwrap();
        let bora = Actor::User { id, role };
        let campaign = running(&w, Mode::Preview, 2).await;
        let shown = w.actions.show_dial_contact(&ana, campaign).await.unwrap().unwrap();
        assert_eq!(w.actions.show_dial_contact(&ana, campaign).await.unwrap(), Some(shown), "the same one");
        let other = w.actions.show_dial_contact(&bora, campaign).await.unwrap().unwrap();
        assert_ne!(shown, other);
        assert!(w.actions.claim_dial_contact(&bora, shown).await.is_err(), "somebody looks at it");
        let later = w.now() + SignedDuration::from_hours(1);
        w.actions.skip_dial_contact(&ana, shown, later).await.unwrap();
        assert_eq!(w.actions.show_dial_contact(&ana, campaign).await.unwrap(), None);
        // One who calls back may be picked by hand before their turn.
        let one = w.actions.claim_dial_contact(&ana, shown).await.unwrap();
        assert_eq!((one.contact, one.operator), (shown, ana.person()));
        assert_eq!(of(&w, &one).await.state, State::Dialling { attempt: 1 });
    })
    .await;
}

#[tokio::test]
async fn paused_and_stopped_campaigns_take_nobody_and_so_does_the_night() {
    both(async |w| {
        let id = running(&w, Mode::Progressive, 3).await;
        w.actions.pause_dial_campaign(&SYSTEM, id).await.unwrap();
        assert_eq!(claimed(&w, id, 3).await, []);
        w.actions.resume_dial_campaign(&SYSTEM, id).await.unwrap();
        assert_eq!(claimed(&w, id, 1).await.len(), 1);
        // A quarter past nine in the evening.
        w.clock.advance(Duration::from_secs(9 * 3_600 + 900));
        assert_eq!(claimed(&w, id, 1).await, []);
        w.actions.stop_dial_campaign(&SYSTEM, id).await.unwrap();
        let counts = w.db.dial_counts(id).await.unwrap();
        assert_eq!(counts.get(&("done", Some("withdrawn"))), Some(&2));
        let again = w.actions.resume_dial_campaign(&SYSTEM, id).await;
        assert!(matches!(again, Err(DialError::NotNow { state: DialState::Stopped, .. })));
    })
    .await;
}

#[tokio::test]
async fn whoever_was_being_called_when_a_campaign_was_stopped_waits_for_nothing() {
    both(async |w| {
        let id = running(&w, Mode::Progressive, 4).await;
        let all = claimed(&w, id, 3).await;
        let [broken_off, busy, not_dialled] = all.as_slice() else { panic!("{all:?}") };
        let first = journaled(&w, "1", broken_off).await.unwrap();
        let second = journaled(&w, "2", busy).await.unwrap();
        w.actions.stop_dial_campaign(&SYSTEM, id).await.unwrap();
        say(&w, first, &[Progress::Taken, Progress::BrokenOff]).await;
        say(&w, second, &[refused(486)]).await;
        w.actions.unclaim_dial(not_dialled.attempt, w.now()).await.unwrap();
        let counts = w.db.dial_counts(id).await.unwrap();
        assert_eq!(counts.get(&("done", Some("withdrawn"))), Some(&4), "{counts:?}");
        assert_eq!(attempts(&w, busy).await[0].outcome, Some(Outcome::Busy), "what came of it is kept");
        recounted(&w, id).await;
    })
    .await;
}

#[tokio::test]
async fn somebody_who_wants_to_be_called_at_a_time_is_called_then_and_first() {
    both(async |w| {
        let role = Role::Operator;
        let ana = w.actions.create_user(&SYSTEM, new_user("ana", role)).await.unwrap();
        let id = running(&w, Mode::Progressive, 150).await;
        let mut all = claimed(&w, id, 100).await;
        all.extend(claimed(&w, id, 100).await);
        all.sort_unstable_by_key(|one| one.contact);
        let one = all.pop().unwrap();
        let call = journaled(&w, "1", &one).await.unwrap();
        let by = Some(ana);
        let talk = [Progress::Answered, Progress::Joined { by }, Progress::Parted { whole: false }];
        say(&w, call, &talk).await;
        let wished: Timestamp = w.now() + SignedDuration::from_hours(2);
        let ana = Actor::User { id: ana, role };
        w.actions.set_dial_outcome(&ana, one.attempt, Outcome::Callback, Some(wished)).await.unwrap();
        assert_eq!(of(&w, &one).await.state, State::Waiting { not_before: wished });
        for other in &all {
            w.actions.unclaim_dial(other.attempt, wished).await.unwrap();
        }
        recounted(&w, id).await;
        w.clock.advance(Duration::from_secs(2 * 3_600));
        let next = claimed(&w, id, 1).await.remove(0);
        assert_eq!(
            next.contact, one.contact,
            "a promise goes before everybody who is due, however many they are"
        );
    })
    .await;
}

/// Whatever the size of the list, who is next and whose turn has come is found by an index.
#[tokio::test]
async fn next_contact_is_the_first_entry_of_an_index() {
    use sqlx::{Connection as _, Row as _};
    let folder = tempfile::tempdir().unwrap();
    let w = World::open(&config::store::Store::default(), folder.path()).await;
    running(&w, Mode::Progressive, 3).await;
    let url = format!("sqlite:{}", folder.path().join("odziv.db").display());
    let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
    for (sql, index) in
        [(IN_LINE, "dial_contact_line"), (DUE, "dial_contact_waiting"), (PROMISED, "dial_contact_promised")]
    {
        let explained = ["$1", "$2", "$3"].iter().fold(sql.to_owned(), |sql, place| sql.replace(place, "1"));
        let sql = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {explained}"));
        let rows = sqlx::query(sql).fetch_all(&mut connection).await;
        let plan: Vec<String> = rows.unwrap().iter().map(|row| row.get(3)).collect();
        assert!(plan.iter().any(|step| step.contains(index)), "{plan:?}");
        assert!(plan.iter().all(|step| !step.contains("TEMP B-TREE")), "{plan:?}");
    }
    w.db.close().await;
}

#[tokio::test]
async fn mistakes_of_the_listening_are_counted_by_those_who_got_an_operator_all_the_same() {
    both(async |w| {
        let ana = w.actions.create_user(&SYSTEM, new_user("ana", Role::Operator)).await.unwrap();
        let id = running(&w, Mode::Progressive, 2).await;
        let all = claimed(&w, id, 2).await;
        for (at, outcome) in [(0, Outcome::Machine), (1, Outcome::Refused)] {
            let call = journaled(&w, &at.to_string(), &all[at]).await.unwrap();
            let heard = Progress::Greeted(Verdict::Machine);
            say(&w, call, &[Progress::Answered, heard, Progress::Joined { by: Some(ana) }]).await;
            let actor = Actor::User { id: ana, role: Role::Operator };
            w.actions.set_dial_outcome(&actor, all[at].attempt, outcome, None).await.unwrap();
        }
        let today = w.now().to_zoned(jiff::tz::TimeZone::UTC).date();
        let books = w.db.dial_books(id).await.unwrap().day(today);
        let unheard = u64::try_from(CONTROL - 1).unwrap();
        assert_eq!((books.connected, books.machines, books.mistaken), (2, 1, unheard));
        assert_eq!(books.abandoned, unheard, "whoever is taken for a machine is left waiting");
        let attempt = attempts(&w, &all[0]).await.remove(0);
        assert_eq!(attempt.greeted_by, Some(Verdict::Machine));
    })
    .await;
}
