//! The fifteen failures that users of contact centres report most, each tried as widely as it can be tried without luck: on the real
//! server with real sockets where the network matters, on virtual time where time does.
#![expect(clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on says where")]

/// SDP names a private address: audio both ways within a second.
mod f01_private_address;
/// The first ACK is lost, or all of them, or Contact leads nowhere: the call lives on.
mod f02_lost_ack;
/// The trunk's registrar is not there at our start, moves, grants other times than asked: registered again within ten seconds.
mod f03_registration;
/// Keys without marker or end, long presses, INFO: one digit each.
mod f04_keys;
/// Two operators answer at once: one talks, the other is freed and told.
mod f05_two_answer;
/// Hang-ups at every instant: nobody stuck, nothing left, one case.
mod f06_hang_ups;
/// Attended transfer keeps wrap-up and the states of both operators.
mod f07_attended_transfer;
/// Reload, rename and restart keep what queues and operators were at.
mod f08_reload;
/// One recording through transfer, failed transfer and return; no file without a row.
mod f09_recording;
/// Re-INVITE, hold and resume: audio both ways, music for who is held.
mod f10_hold;
/// An hour with either side as refresher; intervals under the least.
mod f11_hour;
/// A peer that vanishes; eighteen thousand calls that leave nothing.
mod f12_vanished;
/// Scanners while operators talk; premium numbers; who is challenged is not banned.
mod f13_scanners;
/// Receipts in every notation and order: matched once.
mod f14_receipts;
/// Long texts in pieces; links that are half open; answers that are slow.
mod f15_long_texts;

mod memory;
mod office;
mod softphone;
#[path = "../../../src/call/switch/tests/town.rs"]
mod town;
mod voice;
mod wire;
#[expect(dead_code, reason = "the switch's own tests ask more of it")]
#[path = "../../../src/call/switch/tests/world.rs"]
mod world;
