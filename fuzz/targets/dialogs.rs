//! Two user agents over a network whose weather the bytes are, and two users who do anything at any moment: each side hears exactly
//! one last event of each dialog, and when the users are done nothing is left.
#![no_main]

use libfuzzer_sys::fuzz_target;
use odziv::protocol::sip::agent::tests::simulation::Users;
use odziv_fuzz::Schedule;

fuzz_target!(|data: &[u8]| {
    let mut users = Users::new(Box::new(Schedule::new(data)), 1);
    users.life();
    users.end();
});
