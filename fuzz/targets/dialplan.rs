//! Texts of plans through the checker; a plan that passes is walked with whatever the rest of the input presses.
#![no_main]

use std::sync::Arc;

use jiff::civil::date;
use libfuzzer_sys::fuzz_target;
use odziv::dialplan::catalogue::Catalogue;
use odziv::dialplan::check::check_one;
use odziv::dialplan::machine::{Event, Walk};

fuzz_target!(|data: &[u8]| {
    let cut = data.iter().position(|byte| *byte == 0xff).unwrap_or(data.len());
    let (text, keys) = data.split_at(cut);
    let Ok(text) = std::str::from_utf8(text) else { return };
    match check_one("fuzz.toml", text, &Catalogue::default()) {
        Err(findings) => {
            for finding in findings {
                assert!(!finding.to_string().is_empty());
            }
        }
        Ok(plan) => {
            let Some((mut walk, _)) =
                Walk::start(Arc::clone(&plan), "+38121480000", date(2026, 1, 7).at(10, 0, 0, 0))
            else {
                return;
            };
            for key in keys {
                let event = match key % 5 {
                    0 => Event::Played,
                    1 => Event::TimedOut,
                    2 => Event::Recorded { length: std::time::Duration::from_secs(u64::from(*key)) },
                    3 => Event::RecordingFailed,
                    _ => Event::Digit(char::from(b'0' + key % 10)),
                };
                walk.handle(event);
            }
            assert!(walk.path().len() <= 1_001);
        }
    }
});
