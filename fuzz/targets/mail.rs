//! Octets of a mail, as a stranger may send them; and ids, tokens and addresses as they stand in its head.
#![no_main]

use libfuzzer_sys::fuzz_target;
use odziv::domain::email::EmailAddress;
use odziv::domain::mail::{OurMail, plain_subject, subject_with_token, token, tokens};
use odziv::protocol::mail::{Own, read, read_head};

const OWN: Own<'static> = Own { domain: "grad.rs", address: "pisarnica@grad.rs", return_address: "povratak@grad.rs" };

fuzz_target!(|data: &[u8]| {
    let mail = read(data, OWN);
    assert!(!mail.subject.contains(['\n', '\r']), "a subject of several lines");
    for file in &mail.attachments {
        assert!(!file.name.contains(['/', '\\', '\n', '\0']), "a name that leads elsewhere");
    }
    let _ = read_head(data, OWN);

    let text = String::from_utf8_lossy(data);
    if let Ok(address) = EmailAddress::parse(&text) {
        assert_eq!(EmailAddress::parse(address.as_str()).as_ref(), Ok(&address), "an address has one form");
    }
    if let Some(ours) = OurMail::parse(&text, "grad.rs") {
        assert_eq!(OurMail::parse(&ours.id("grad.rs"), "grad.rs"), Some(ours));
    }
    let plain = plain_subject(&text);
    assert_eq!(plain_subject(&plain), plain, "a plain subject stays as it is");
    if let Some(random) = data.first_chunk().map(|bytes| u64::from_le_bytes(*bytes)) {
        let made = subject_with_token(&text, "400-1/2026-01", &token(random));
        assert_eq!(tokens(&made).first(), Some(&token(random)));
    }
});
