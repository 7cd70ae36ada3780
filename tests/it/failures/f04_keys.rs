//! Keys as bad lines and odd gateways bring them. A plan asks ten questions; a key that counts twice answers two of them, one that is
//! lost none, so that the answers on the case tell the truth.

use odziv::domain::timeline::Entry;
use odziv::protocol::rtp::dtmf::Event;

use super::office::Office;
use super::softphone::{CallNo, Quirks, Softphone};

const PLAN: &str = r##"
schema = 1
language = "sr"

[number."+38121480000"]
start = "ask"

[node.ask.survey]
timeout_s = 30
questions = [
  { key = "a", prompt = "menu", keys = "0123456789*#" },
  { key = "b", prompt = "menu", keys = "0123456789*#" },
  { key = "c", prompt = "menu", keys = "0123456789*#" },
  { key = "d", prompt = "menu", keys = "0123456789*#" },
  { key = "e", prompt = "menu", keys = "0123456789*#" },
  { key = "f", prompt = "menu", keys = "0123456789*#" },
  { key = "g", prompt = "menu", keys = "0123456789*#" },
  { key = "h", prompt = "menu", keys = "0123456789*#" },
  { key = "i", prompt = "menu", keys = "0123456789*#" },
  { key = "j", prompt = "menu", keys = "0123456789*#" },
]
next = "tell"

[node.tell.record]
prompt = "tell"
max_s = 30
min_s = 1
next = "end"

[node.end.hangup]
"##;

/// A packet of a press: marker, timestamp after the beginning, what it says.
type Said = (bool, u32, Event);

fn event(code: u8, duration: u16, end: bool) -> Event {
    Event { code, end, volume: 10, duration }
}

/// Five updates and three ends, as RFC 4733 §2.5.1 has it.
fn press(code: u8) -> Vec<Said> {
    let updates = (1..=4).map(|n| (n == 1, 0, event(code, n * 160, false)));
    updates.chain((0..3).map(|_| (false, 0, event(code, 800, true)))).collect()
}

fn without_marker(mut packets: Vec<Said>) -> Vec<Said> {
    packets.iter_mut().for_each(|(marker, ..)| *marker = false);
    packets
}

fn without_end(mut packets: Vec<Said>) -> Vec<Said> {
    packets.retain(|(.., event)| !event.end);
    packets
}

fn doubled_and_reversed(packets: &[Said]) -> Vec<Said> {
    packets.iter().rev().chain(packets.iter().rev()).copied().collect()
}

/// Sixteen bits of duration are eight seconds: a longer press comes in segments (§2.5.1.3).
fn for_twenty_seconds(code: u8) -> Vec<Said> {
    let segments = [(0, 0xffff), (0xffff, 0xffff), (0x1_fffe, 30_000)];
    let mut packets = Vec::new();
    for (start, length) in segments {
        for duration in (1_600..length).step_by(3_200).chain([length]) {
            let end = start == 0x1_fffe && duration == length;
            packets.push((packets.is_empty(), start, event(code, duration, end)));
        }
    }
    packets
}

/// The timestamp ought to stay; some senders move it with every packet.
fn with_moving_time(code: u8) -> Vec<Said> {
    (1..=5_u16).map(|n| (n == 1, u32::from(n) * 160, event(code, n * 160, n == 5))).collect()
}

/// Flash, and tones of modems and fax machines: no key of a telephone.
fn no_keys() -> Vec<Said> {
    [16, 17, 32, 36, 255].iter().map(|code| (true, 0, event(*code, 160, true))).collect()
}

async fn asked(office: &Office) -> (Softphone, CallNo) {
    let (citizen, call) = office.citizen(Quirks::default()).await;
    citizen.up(call).await;
    // The first question is being asked.
    citizen.voice(call).until_packets(2).await;
    (citizen, call)
}

/// What the case says was pressed, once the last question was answered.
async fn answers(office: &Office, citizen: &Softphone, call: CallNo) -> String {
    // The plan goes on to the recording when it has ten answers; its row is the sign.
    office
        .until("recording", |board| board.calls.iter().any(|call| call.node.as_deref() == Some("tell")))
        .await;
    citizen.hang_up(call);
    let case = office.only_case().await;
    let surveyed = case.timeline.iter().find_map(|entry| match &entry.entry {
        Entry::Surveyed { answers, .. } => {
            Some(answers.iter().map(|answer| answer.answer.as_str()).collect())
        }
        _ => None,
    });
    surveyed.unwrap_or_else(|| panic!("{:#?}", case.timeline))
}

#[tokio::test(flavor = "multi_thread")]
async fn each_press_is_one_digit_whatever_of_it_was_lost_doubled_or_stretched() {
    let office = Office::with(|choice| choice.plan = PLAN).await;
    let (citizen, call) = asked(&office).await;
    let voice = citizen.voice(call);
    let presses: [Vec<Said>; 11] = [
        press(1),
        without_marker(press(2)),
        without_end(press(3)),
        // Of a whole press only the very last packet gets through.
        vec![(false, 0, event(4, 800, true))],
        doubled_and_reversed(&press(5)),
        for_twenty_seconds(6),
        with_moving_time(7),
        no_keys(),
        without_end(without_marker(press(8))),
        // The same key twice in a row is two.
        without_marker(press(9)),
        without_marker(press(9)),
    ];
    for packets in presses {
        voice.press(&packets);
        voice.until_packets(5).await;
    }
    assert_eq!(answers(&office, &citizen, call).await, "1234567899");
    office.server.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn info_is_one_digit_in_both_notations_and_other_signals_are_none() {
    let office = Office::with(|choice| choice.plan = PLAN).await;
    let (citizen, call) = asked(&office).await;
    let relay = |signal: &str| ("application/dtmf-relay", format!("Signal={signal}\r\nDuration=160\r\n"));
    let bare = |signal: &str| ("application/dtmf", signal.to_owned());
    let sent = [
        relay("1"),
        bare("2"),
        ("application/dtmf-relay", "Signal= 3\r\nDuration= 250\r\n".to_owned()),
        ("application/dtmf-relay", "Duration=100\nSignal=4\n".to_owned()),
        relay("16"),
        relay("flash"),
        bare("\r\n5\r\n"),
        relay("*"),
        relay("#"),
        bare("8"),
        bare("99"),
        relay("9"),
        relay("9"),
    ];
    for (count, (kind, body)) in sent.iter().enumerate() {
        citizen.info(call, kind, body);
        citizen.until_call("answered", call, |call| call.answers.len() > count).await;
    }
    assert_eq!(answers(&office, &citizen, call).await, "12345*#899");
    office.server.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn gateway_that_sends_each_key_both_ways_presses_it_once() {
    let office = Office::with(|choice| choice.plan = PLAN).await;
    let (citizen, call) = asked(&office).await;
    let voice = citizen.voice(call);
    for code in 0..10_u8 {
        voice.press(&press(code));
        citizen.info(call, "application/dtmf-relay", &format!("Signal={code}\r\nDuration=100\r\n"));
        citizen.until_call("answered", call, |call| call.answers.len() > usize::from(code)).await;
        voice.until_packets(5).await;
    }
    assert_eq!(answers(&office, &citizen, call).await, "0123456789");
    office.server.end().await;
}
