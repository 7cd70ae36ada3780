//! The bytes are a schedule over queues, operators, calls and plans: citizens call, phones ring, answer, refuse, hold, transfer and
//! hang up, the store fails, timers run, queues and people are changed. Nobody is stuck, every contact finishes exactly once, and
//! when everybody has left nothing is left.
#![no_main]

use libfuzzer_sys::fuzz_target;
use odziv::call::switch::tests::random;
use odziv_fuzz::Schedule;

/// A short day for the shortest input; more steps than the longest input decides would only add chance.
const STEPS: std::ops::Range<usize> = 60..400;

fuzz_target!(|data: &[u8]| random::day(
    &mut Schedule::new(data),
    (STEPS.start + data.len() / 3).min(STEPS.end)
));
