//! A mail of ours in octets: plain text and the same as simple HTML, in the thread, marked so that no program answers it and we know it again.

use std::time::SystemTime;

use jiff::Timestamp;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, Message, MultiPart, SinglePart};

use crate::actions::mail::OutboundMail;
use crate::config::mail::Mail as Settings;
use crate::domain::mail::MailPurpose;
use crate::protocol::mail::LOOP_HEADER;

#[derive(Debug)]
pub(super) struct File {
    pub name: String,
    /// Media type.
    pub kind: String,
    pub bytes: Vec<u8>,
}

/// An error is about this mail: another try would end the same.
pub(super) fn octets(
    mail: &OutboundMail,
    settings: &Settings,
    files: Vec<File>,
    now: Timestamp,
) -> Result<Vec<u8>, String> {
    let address = |text: &str| text.parse().map_err(|e| format!("{text}: {e}"));
    let name = Some(settings.name.trim().to_owned()).filter(|name| !name.is_empty());
    let mut message = Message::builder()
        .from(Mailbox::new(name, address(&settings.address)?))
        .to(Mailbox::new(None, address(mail.to.as_str())?))
        .subject(mail.subject.clone())
        .date(SystemTime::from(now))
        .message_id(Some(bracketed(&mail.message_id)));
    if let Some(answered) = &mail.in_reply_to {
        message = message.in_reply_to(bracketed(answered));
    }
    if !mail.references.is_empty() {
        // One to a line: the field is folded.
        let ids = mail.references.iter().map(|id| bracketed(id)).collect::<Vec<_>>();
        message = message.references(ids.join(" "));
    }
    for (name, value) in marks(mail.purpose, &settings.own_domain()) {
        message = message.raw_header(HeaderValue::new(HeaderName::new_from_ascii_str(name), value));
    }
    let text = MultiPart::alternative()
        .singlepart(SinglePart::plain(mail.words.replace("\r\n", "\n")))
        .singlepart(SinglePart::html(html(&mail.words)));
    let whole = if files.is_empty() {
        text
    } else {
        files.into_iter().fold(MultiPart::mixed().multipart(text), |parts, file| {
            let kind = ContentType::parse(&file.kind).unwrap_or_else(|_| octet_stream());
            parts.singlepart(Attachment::new(file.name).body(file.bytes, kind))
        })
    };
    message.multipart(whole).map(|message| message.formatted()).map_err(|e| e.to_string())
}

fn octet_stream() -> ContentType {
    // Text stands for it where the very name of it should not parse, which cannot be.
    ContentType::parse("application/octet-stream").unwrap_or(ContentType::TEXT_PLAIN)
}

fn bracketed(id: &str) -> String {
    format!("<{id}>")
}

/// RFC 3834 §5: what a program wrote says so. Exchange wants to be told in its own words.
fn marks(purpose: MailPurpose, domain: &str) -> Vec<(&'static str, String)> {
    let mut marks = vec![(LOOP_HEADER, domain.to_owned())];
    match purpose {
        MailPurpose::Receipt => marks.push(("Auto-Submitted", "auto-replied".into())),
        MailPurpose::Notice | MailPurpose::Alert | MailPurpose::Alerts | MailPurpose::Code => {
            marks.push(("Auto-Submitted", "auto-generated".into()))
        }
        // A person wrote it, and an out-of-office answer is news for the case.
        MailPurpose::Reply | MailPurpose::Forward => return marks,
    }
    marks.push(("X-Auto-Response-Suppress", "OOF, AutoReply".into()));
    marks
}

/// The words as paragraphs; nothing of them is markup.
fn html(words: &str) -> String {
    let mut paragraphs = String::new();
    for paragraph in words.replace("\r\n", "\n").split("\n\n").filter(|text| !text.trim().is_empty()) {
        let escaped = paragraph.trim().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        paragraphs.push_str("<p style=\"margin:0 0 1em\">");
        paragraphs.push_str(&escaped.replace('\n', "<br>\n"));
        paragraphs.push_str("</p>\n");
    }
    format!(
        "<!doctype html>\n<html><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"></head>\n\
         <body style=\"margin:1em;max-width:40em;font-family:system-ui,sans-serif;line-height:1.5\">\n{paragraphs}</body></html>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::email::EmailAddress;
    use crate::domain::id::OutboxId;
    use crate::protocol::mail::{Kind, Own, read};

    fn mail(purpose: MailPurpose) -> OutboundMail {
        OutboundMail {
            id: OutboxId(9),
            to: EmailAddress::parse("ana@example.rs").unwrap(),
            subject: "[400-73/2026-01 #abcdefghjk] Рупа на путу код школе „Вук Караџић“, поред паркинга"
                .into(),
            words: "Поштовани,\n\n<b>рупа</b> је & закрпљена.\n\nГрад".into(),
            message_id: "odziv.73.9.00000000000000ab@grad.rs".into(),
            in_reply_to: Some("x@example.rs".into()),
            references: (0..20).map(|n| format!("{n}-{}@example.rs", "a".repeat(60))).collect(),
            purpose,
            files: Vec::new(),
            attempts: 1,
            created_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn settings() -> Settings {
        Settings {
            address: "pisarnica@grad.rs".into(),
            name: "Град, писарница".into(),
            ..Settings::default()
        }
    }

    #[test]
    fn what_we_write_is_read_by_others_as_it_was_meant() {
        let mail = mail(MailPurpose::Receipt);
        let files = vec![File {
            name: "решење š.pdf".into(),
            kind: "application/pdf".into(),
            bytes: b"%PDF".to_vec(),
        }];
        let octets = octets(&mail, &settings(), files, Timestamp::UNIX_EPOCH).unwrap();
        let text = String::from_utf8(octets.clone()).unwrap();
        assert!(text.is_ascii() && text.split("\r\n").all(|line| line.len() <= 998), "{text}");
        assert!(text.contains("Auto-Submitted: auto-replied"));
        let read_back = read(&octets, Own { domain: "drugi.rs", address: "x@drugi.rs" });
        assert_eq!(read_back.from.as_ref().unwrap().name, "Град, писарница");
        assert_eq!(read_back.subject, mail.subject);
        assert_eq!(read_back.message_id.as_ref(), Some(&mail.message_id));
        assert_eq!(read_back.in_reply_to, ["x@example.rs"]);
        assert_eq!(read_back.references, mail.references);
        assert_eq!(read_back.words.own, mail.words);
        assert_eq!(read_back.attachments[0].name, "решење š.pdf");
        assert_eq!(read_back.attachments[0].bytes, b"%PDF");
        assert_eq!(read_back.kind, Kind::AutoReply);
        let html = text_of_html(&text);
        assert!(!html.contains("<b>"));
    }

    fn text_of_html(text: &str) -> String {
        text.split("text/html").nth(1).unwrap_or_default().to_owned()
    }

    #[test]
    fn our_own_mail_is_known_when_it_comes_back() {
        let octets =
            octets(&mail(MailPurpose::Reply), &settings(), Vec::new(), Timestamp::UNIX_EPOCH).unwrap();
        let read_back = read(&octets, Own { domain: "grad.rs", address: "pisarnica@grad.rs" });
        assert!(matches!(read_back.kind, Kind::Loop(_)));
        assert!(!String::from_utf8_lossy(&octets).contains("Auto-Submitted"));
    }

    #[test]
    fn nothing_in_a_subject_becomes_another_field() {
        let mut mail = mail(MailPurpose::Reply);
        mail.subject = "voda\r\nBcc: zla@example.rs".into();
        let octets = octets(&mail, &settings(), Vec::new(), Timestamp::UNIX_EPOCH).unwrap();
        let read_back = read(&octets, Own { domain: "x", address: "x" });
        assert!(!String::from_utf8_lossy(&octets).contains("\r\nBcc:"), "{}", read_back.subject);
    }
}
