//! Any text is refused with places, or becomes a plan that can be walked.
#![no_main]

use odziv::dialplan::catalogue::Catalogue;
use odziv::dialplan::check::check_one;

libfuzzer_sys::fuzz_target!(|text: &str| {
    match check_one("fuzz.toml", text, &Catalogue::default()) {
        Ok(plan) => drop(plan),
        Err(findings) => findings.iter().for_each(|finding| drop(finding.to_string())),
    }
});
