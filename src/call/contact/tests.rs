//! Calls against a pretended shell: everything that it can report, in every order, and a hang-up at every instant.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use jiff::civil::datetime;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::*;
use crate::dialplan::SHIPPED;
use crate::dialplan::catalogue::Catalogue;
use crate::dialplan::check::check_one;
use crate::dialplan::machine::Walk;
use crate::dialplan::plan::Plan;

const NUMBER: &str = "+38121480000";
const SECOND: Duration = Duration::from_secs(1);

fn plan() -> Arc<Plan> {
    static PLAN: OnceLock<Arc<Plan>> = OnceLock::new();
    let checked = || check_one("main.toml", SHIPPED, &Catalogue::default());
    PLAN.get_or_init(|| checked().unwrap_or_else(|_| panic!("the shipped plan"))).clone()
}

/// A call and what the shell still owes it. Works like the exchange: writings one after another, media on its own.
struct World {
    call: Contact,
    now: Instant,
    answered: bool,
    recording: bool,
    owed: Vec<Input>,
    done: Vec<Output>,
}

impl World {
    #[expect(clippy::disallowed_methods, reason = "the start of virtual time")]
    fn new(ring: Duration) -> Self {
        let at = datetime(2026, 3, 2, 10, 0, 0, 0);
        let (walk, opening) = Walk::start(plan(), NUMBER, at).unwrap();
        let now = Instant::now();
        Self {
            call: Contact::new(
                Setup { script: Script::Plan { walk: Box::new(walk), opening }, ring, at, asked: None },
                now,
            ),
            now,
            answered: false,
            recording: false,
            owed: vec![Input::Journaled(InteractionId(7))],
            done: vec![],
        }
    }

    fn tell(&mut self, input: Input) {
        let mut out = Vec::new();
        self.call.handle(input, self.now, Timestamp::UNIX_EPOCH, &mut out);
        self.carry_out(out);
    }

    /// Moves to the next deadline, if there is one.
    fn wait(&mut self) {
        if let Some(due) = self.call.next_timeout() {
            self.now = due.max(self.now);
            let mut out = Vec::new();
            self.call.handle_timeout(self.now, Timestamp::UNIX_EPOCH, &mut out);
            self.carry_out(out);
        }
    }

    fn carry_out(&mut self, outputs: Vec<Output>) {
        for output in outputs {
            assert!(!self.done.contains(&Output::Over), "nothing follows the end: {output:?}");
            match &output {
                Output::Answer => {
                    assert!(!std::mem::replace(&mut self.answered, true), "answered once");
                    self.owed.push(Input::Acknowledged);
                }
                Output::Play { tag, .. } => self.owed.push(Input::Played(*tag)),
                // Nobody is logged in: the plan takes a message instead.
                Output::Enqueue(_) => self.owed.push(Input::QueueEnded(QueueEnd::NoAgents)),
                Output::Store(Work::LookUpCase { .. }) => self.owed.push(Input::CaseFound(None)),
                Output::Record { .. } => {
                    self.recording = true;
                    self.owed.push(Input::Recorded(3 * SECOND));
                }
                // The engine reports a recording once, however it ends.
                Output::StopRecording | Output::CloseMedia => {}
                Output::Store(Work::RegisterRecording { .. }) => {
                    self.owed.push(Input::RecordingRegistered(RecordingId(9)));
                }
                _ => {}
            }
            self.done.push(output);
        }
    }

    fn count(&self, wanted: impl Fn(&Output) -> bool) -> usize {
        self.done.iter().filter(|output| wanted(output)).count()
    }

    fn finishes(&self) -> Vec<EndedBy> {
        let by = |output: &Output| match output {
            Output::Store(Work::Finish { by, .. }) => Some(*by),
            _ => None,
        };
        self.done.iter().filter_map(by).collect()
    }

    fn next_owed(&mut self) -> bool {
        let input = (!self.owed.is_empty()).then(|| self.owed.remove(0));
        input.map(|input| self.tell(input)).is_some()
    }

    fn assert_ended(&self) {
        assert!(self.call.is_over());
        assert_eq!(self.count(|o| *o == Output::Over), 1, "{:#?}", self.done);
        let journaled = self.call.interaction().is_some();
        assert_eq!(self.finishes().len(), usize::from(journaled), "{:#?}", self.done);
        assert_eq!(self.count(|o| *o == Output::CloseMedia), usize::from(self.answered), "{:#?}", self.done);
        let registered = self.count(|o| matches!(o, Output::Store(Work::RegisterRecording { .. })));
        let finished = self.count(|o| matches!(o, Output::Store(Work::FinishRecording { .. })));
        assert!(finished <= registered, "{:#?}", self.done);
    }
}

#[test]
fn call_is_journaled_before_the_caller_hears_of_us() {
    let mut world = World::new(Duration::ZERO);
    assert!(world.done.is_empty());
    world.next_owed();
    assert_eq!(world.done, [Output::Ring, Output::Answer]);
    world.next_owed();
    assert!(matches!(world.done.last(), Some(Output::Play { tag: 1, .. })));
}

#[test]
fn whole_call_from_menu_to_goodbye() {
    let mut world = World::new(SECOND);
    world.next_owed();
    assert_eq!(world.done, [Output::Ring]);
    world.wait();
    world.next_owed();
    world.tell(Input::Digit('1'));
    while world.next_owed() {}
    world.assert_ended();
    assert_eq!(world.finishes(), [EndedBy::Plan]);
    let kept = Work::FinishRecording { recording: RecordingId(9), length: Some(3 * SECOND) };
    let wanted = [
        Output::Store(Work::OpenCase { category: "water".into() }),
        Output::Store(Work::RegisterRecording { path: "recordings/2026/03/02/7-1.wav".into() }),
        Output::Store(kept),
        Output::Store(Work::SendText { template: "receipt".into() }),
        Output::HangUp,
    ];
    let mut order = world.done.iter();
    for output in &wanted {
        assert!(order.any(|done| done == output), "{output:?} in {:#?}", world.done);
    }
}

#[test]
fn store_that_takes_no_writes_refuses_the_call() {
    let mut world = World::new(Duration::ZERO);
    world.tell(Input::NotJournaled);
    assert_eq!(world.done, [Output::Refuse, Output::Over]);
}

#[test]
fn store_that_does_not_answer_refuses_the_call_and_a_late_journal_is_a_contact() {
    let mut world = World::new(Duration::ZERO);
    world.wait();
    assert_eq!(world.done, [Output::Refuse]);
    world.next_owed();
    world.assert_ended();
    assert_eq!(world.finishes(), [EndedBy::Failure]);
}

#[test]
fn caller_who_left_before_the_journal_answered_is_a_contact_all_the_same() {
    let mut world = World::new(Duration::ZERO);
    world.tell(Input::CallerLeft);
    assert!(world.done.is_empty());
    world.next_owed();
    world.assert_ended();
    assert_eq!(world.finishes(), [EndedBy::Caller]);
    assert!(!world.done.contains(&Output::Ring));
}

#[test]
fn late_ack_does_not_keep_the_caller_waiting() {
    let mut world = World::new(Duration::ZERO);
    world.next_owed();
    let before = world.now;
    world.wait();
    assert!(world.now - before < SECOND);
    assert!(matches!(world.done.last(), Some(Output::Play { .. })));
}

#[test]
fn call_that_never_ends_is_ended() {
    let mut world = World::new(Duration::ZERO);
    world.next_owed();
    // A prompt that is never reported as played.
    while !world.call.is_over() {
        world.wait();
    }
    world.assert_ended();
    assert_eq!(world.finishes(), [EndedBy::Silence]);
    assert_eq!(world.count(|o| *o == Output::HangUp), 1);
}

#[test]
fn recording_that_the_engine_loses_does_not_hold_the_call() {
    let mut world = World::new(Duration::ZERO);
    while !world.recording {
        if !world.next_owed() {
            world.wait();
        }
    }
    world.owed.clear();
    world.tell(Input::CallerLeft);
    assert!(!world.call.is_over(), "the file is being completed");
    world.wait();
    world.assert_ended();
    assert_eq!(
        world.count(|o| matches!(o, Output::Store(Work::FinishRecording { .. }))),
        0,
        "left open for recovery"
    );
}

/// Who ends the call, at which step, with what the shell reports in any order.
#[test]
fn every_end_at_every_instant_is_one_finish() {
    let ends = [
        Input::CallerLeft,
        Input::CallerLost,
        Input::Silent,
        Input::Stopping,
        Input::NotJournaled,
        Input::RecordingFailed,
    ];
    for end in &ends {
        for step in 0..24 {
            for seed in 0..60 {
                let mut random = StdRng::seed_from_u64(seed);
                let mut world = World::new(if seed % 2 == 0 { Duration::ZERO } else { SECOND });
                for n in 0..400 {
                    if world.call.is_over() {
                        break;
                    }
                    if n == step {
                        world.tell(end.clone());
                    }
                    match random.random_range(0..10) {
                        0 => world.tell(Input::Digit(['1', '7', '#'][random.random_range(0..3)])),
                        1 => world.wait(),
                        _ if world.owed.is_empty() => world.wait(),
                        _ => {
                            // Any order across the store, the network and the media engine.
                            let input = world.owed.remove(random.random_range(0..world.owed.len()));
                            world.tell(input);
                        }
                    }
                }
                world.assert_ended();
            }
        }
    }
}
