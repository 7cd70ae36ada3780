//! Calls without a telephone.

use super::*;
use crate::dialplan::check::check_one;
use crate::dialplan::{SHIPPED, SHIPPED_NUMBER};
use jiff::civil::datetime;

fn walked(at: DateTime, keys: &str) -> Simulation {
    let plan = check_one("main.toml", SHIPPED, &Catalogue::default()).unwrap();
    simulate(&plan, SHIPPED_NUMBER, at, &keys.parse().unwrap(), &Catalogue::default()).unwrap()
}

#[test]
fn christmas_at_ten_goes_to_voicemail_line_by_line() {
    assert_eq!(
        walked(datetime(2026, 1, 7, 10, 0, 0, 0), "").to_string(),
        "\
2026-01-07 10:00:00  hours      holiday: Orthodox Christmas
2026-01-07 10:00:00  night      heard: closed (sr)
2026-01-07 10:00:04  voicemail  heard: leave_message (sr)
2026-01-07 10:00:08             beep, recording
2026-01-07 10:00:18             the caller spoke for 10 s and presses #
2026-01-07 10:00:18  receipt    text to the caller: receipt
2026-01-07 10:00:18  thanks     heard: thank_you (sr)
2026-01-07 10:00:22  end        heard: goodbye (sr)
2026-01-07 10:00:26             the plan hangs up
walked:  hours → night → voicemail → receipt → thanks → end
becomes: a voicemail case with a recording of 10 s
"
    );
}

#[test]
fn a_caller_may_hesitate_and_hang_up() {
    let walk = walked(datetime(2026, 3, 2, 10, 0, 0, 0), "timeout,1,no_agents,hangup");
    assert_eq!(walk.end, End::Caller);
    assert_eq!(walk.path, ["hours", "menu", "water", "operators", "tell"]);
    assert_eq!(walk.outcome().to_string(), "a case in category water");
    let shown = walk.to_string();
    assert!(shown.contains("no key for 6 s") && shown.contains("heard: no_input + main_menu"), "{shown}");
    assert!(shown.contains("the caller hangs up"), "{shown}");
}

#[test]
fn moves_without_a_question_are_left_over() {
    let walk = walked(datetime(2026, 3, 1, 10, 0, 0, 0), "1,timeout");
    assert_eq!(walk.unused, [Move::Key('1'), Move::Timeout]);
    assert!(walk.to_string().ends_with("never asked for: 1,timeout\n"));
}

#[test]
fn a_call_without_a_word_is_a_missed_call() {
    assert_eq!(walked(datetime(2026, 3, 1, 10, 0, 0, 0), "silence").outcome(), Phrase::becomes_missed());
}
