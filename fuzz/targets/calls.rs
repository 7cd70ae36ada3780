//! As `switch`, but lines are dialogs of the real user agent, and the bytes are also the weather of the network: which packet is lost,
//! doubled or late. When phones are switched off, no dialog and no transaction is left on either side.
#![no_main]

use libfuzzer_sys::fuzz_target;
use odziv::call::switch::tests::wired;
use odziv_fuzz::Schedule;

/// A short day for the shortest input; more steps than the longest input decides would only add chance.
const STEPS: std::ops::Range<usize> = 40..200;

fuzz_target!(|data: &[u8]| {
    wired::day(Box::new(Schedule::new(data)), (STEPS.start + data.len() / 6).min(STEPS.end));
});
