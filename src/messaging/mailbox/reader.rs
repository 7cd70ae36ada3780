//! A mail as it stood in the mailbox becomes what the verbs want.

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::actions::mail::{Arrived, ArrivedFile, MailArrived, MailBounce};
use crate::config::mail::Mail as Settings;
use crate::domain::email::EmailAddress;
use crate::domain::mail::MailKind;
use crate::domain::message::Bounced;
use crate::protocol::mail::{self, Action, Kind, LoopWhy, Own, Report};

/// Reading a mail of 25 MB takes a while, and what it is read with may fail on it: on a thread of its own.
pub(super) async fn read(raw: Vec<u8>, whole: bool, settings: &Settings, at: Timestamp) -> MailArrived {
    let (domain, address) = (settings.own_domain(), settings.address.to_lowercase());
    let return_address = settings.return_address.to_lowercase();
    let external_id = identity(&raw);
    let recipient = settings.address.clone();
    let id = external_id.clone();
    let to = recipient.clone();
    let reading = tokio::task::spawn_blocking(move || {
        let own = Own { domain: &domain, address: &address, return_address: &return_address };
        let mail = if whole { mail::read(&raw, own) } else { mail::read_head(&raw, own) };
        arrived(mail, whole, id, to, at)
    });
    reading.await.unwrap_or_else(|error| {
        tracing::error!(%error, "an e-mail could not be read");
        unreadable(external_id, recipient, at)
    })
}

/// Without what may be the reason why it could not be stored.
pub(super) fn bare(mail: MailArrived) -> MailArrived {
    MailArrived {
        message_id: None,
        in_reply_to: Vec::new(),
        references: Vec::new(),
        name: String::new(),
        subject: String::new(),
        what: letter(MailKind::Unreadable, String::new(), String::new(), Vec::new(), 0),
        ..mail
    }
}

/// Also without whoever sent it.
pub(super) fn of_nobody(mail: MailArrived) -> MailArrived {
    unreadable(mail.external_id, mail.recipient, mail.at)
}

fn unreadable(external_id: String, recipient: String, at: Timestamp) -> MailArrived {
    MailArrived {
        external_id,
        message_id: None,
        in_reply_to: Vec::new(),
        references: Vec::new(),
        sender: None,
        name: String::new(),
        recipient,
        delivered_to: Vec::new(),
        subject: String::new(),
        what: letter(MailKind::Unreadable, String::new(), String::new(), Vec::new(), 0),
        at,
    }
}

fn letter(kind: MailKind, words: String, rest: String, files: Vec<ArrivedFile>, left_out: u32) -> Arrived {
    Arrived::Letter { kind, words, rest, files, left_out }
}

/// What two copies of a mail have in common, however they came: its Message-ID, date, sender and subject, and its body. What servers write on
/// the way (Received, spam marks) is not part of it. It does not depend on how mails are understood, which a later version may do better.
pub(super) fn identity(raw: &[u8]) -> String {
    const FIELDS: [&[u8]; 4] = [b"message-id:", b"date:", b"from:", b"subject:"];
    let mut hash = Sha256::new();
    let mut lines = raw.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let mut counts = false;
    for line in lines.by_ref() {
        if line.is_empty() {
            break;
        }
        if !matches!(line.first(), Some(b' ' | b'\t')) {
            counts = FIELDS
                .iter()
                .any(|field| line.get(..field.len()).is_some_and(|start| start.eq_ignore_ascii_case(field)));
        }
        if counts {
            hash.update(line);
            hash.update(b"\n");
        }
    }
    hash.update([0]);
    for line in lines {
        hash.update(line);
        hash.update(b"\n");
    }
    let hash = hash.finalize();
    format!("mail:{}", hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

fn arrived(
    mail: mail::Mail,
    whole: bool,
    external_id: String,
    recipient: String,
    at: Timestamp,
) -> MailArrived {
    let from = mail.from.as_ref();
    let sender = from.and_then(|from| EmailAddress::parse(&from.address).ok());
    let name = from.map(|from| from.name.clone()).unwrap_or_default();
    let letter_of = |kind: MailKind, mail: mail::Mail| {
        let kind = if whole { kind } else { MailKind::TooBig };
        let files = mail.attachments.into_iter().map(|file| ArrivedFile {
            name: file.name,
            declared: file.declared,
            bytes: file.bytes,
        });
        let left_out = u32::try_from(mail.left_out).unwrap_or(u32::MAX);
        letter(kind, mail.words.own, mail.words.rest, files.collect(), left_out)
    };
    let delivered_to = mail.delivered_to.clone();
    let (message_id, subject) = (mail.message_id.clone(), mail.subject.clone());
    let (in_reply_to, references) = (mail.in_reply_to.clone(), mail.references.clone());
    let what = match &mail.kind {
        Kind::Ordinary => letter_of(MailKind::Ordinary, mail),
        // Somebody wrote it once; nobody is answered, or it would go round again.
        Kind::Bulk | Kind::Loop(LoopWhy::TooManyHops) => letter_of(MailKind::Bulk, mail),
        Kind::AutoReply => letter_of(MailKind::AutoReply, mail),
        Kind::Loop(LoopWhy::Ours) => Arrived::Ours,
        Kind::Bounce(report) => Arrived::Bounce(bounce(report)),
        Kind::Complaint(complaint) => Arrived::Complaint { original_id: complaint.original_id.clone() },
    };
    MailArrived {
        external_id,
        message_id,
        in_reply_to,
        references,
        sender,
        name,
        recipient,
        delivered_to,
        subject,
        what,
        at,
    }
}

fn bounce(report: &Report) -> MailBounce {
    let worst = report.worst();
    let what = match worst.map(|worst| worst.action) {
        Some(Action::Failed) | None => Bounced::Failed,
        Some(Action::Delayed) => Bounced::Delayed,
        Some(Action::Relayed) => Bounced::Relayed,
        Some(Action::Delivered) => Bounced::Delivered,
    };
    let words = worst.map(|worst| [worst.status.as_str(), worst.diagnostic.as_str()]).unwrap_or_default();
    let error = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let recipient = worst.map(|worst| worst.address.clone()).unwrap_or_default();
    MailBounce { original_id: report.original_id.clone(), what, recipient, error }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copy_of_a_mail_is_known_by_what_its_sender_wrote() {
        let mail = |received: &str, body: &str| {
            identity(
                format!("Received: {received}\r\nMessage-ID: <a@b>\r\nSubject: s\r\n\r\n{body}\r\n")
                    .as_bytes(),
            )
        };
        assert_eq!(mail("one", "x"), mail("two\r\n\tfolded", "x"));
        assert_ne!(mail("one", "x"), mail("one", "y"));
        assert_ne!(identity(b"Message-ID: <a@b>\n\nx"), identity(b"Message-ID: <c@b>\n\nx"));
        assert_eq!(identity(b"Message-ID: <a@b>\n\nx\n"), identity(b"Message-ID: <a@b>\r\n\r\nx\r\n"));
    }

    #[tokio::test]
    async fn mail_is_handed_over_with_its_kind() {
        let settings = Settings { address: "Pisarnica@grad.rs".into(), ..Settings::default() };
        let read = |text: &str, whole: bool| {
            let (raw, settings) = (text.as_bytes().to_vec(), settings.clone());
            async move { read(raw, whole, &settings, Timestamp::UNIX_EPOCH).await }
        };
        let mail = read("From: Ana <Ana@Example.rs>\nSubject: voda\n\nNema vode", true).await;
        assert_eq!(mail.sender.unwrap().as_str(), "ana@example.rs");
        assert!(
            matches!(mail.what, Arrived::Letter { kind: MailKind::Ordinary, words, .. } if words == "Nema vode")
        );
        let big = read("From: ana@example.rs\nSubject: voda\n\n", false).await;
        assert!(matches!(big.what, Arrived::Letter { kind: MailKind::TooBig, .. }));
        let ours = read("From: x@y\nX-Odziv-Loop: grad.rs\n\nx", true).await;
        assert!(matches!(ours.what, Arrived::Ours));
        let back =
            read("X-Failed-Recipients: a@b.rs\nReferences: <odziv.1.2.ab@grad.rs>\n\n5.1.1 no", true).await;
        let Arrived::Bounce(bounce) = back.what else { panic!() };
        assert_eq!(bounce.original_id.as_deref(), Some("odziv.1.2.ab@grad.rs"));
        assert_eq!(bounce.what, Bounced::Failed);
    }
}
