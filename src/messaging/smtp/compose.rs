//! A mail of ours in octets: plain text and the same as simple HTML, in the thread, marked so that no program answers it and we know it again.

use std::time::SystemTime;

use jiff::Timestamp;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, Message, MultiPart, SinglePart};

use crate::actions::mail::OutboundMail;
use crate::config::mail::Mail as Settings;
use crate::domain::mail::{MailPurpose, UNSUBSCRIBE};
use crate::domain::script::has_cyrillic;
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
    unsubscribe: Option<&str>,
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
    let leave = unsubscribe.map(|token| Leave::of(token, settings));
    let fields = leave.iter().flat_map(|leave| leave.fields(settings));
    for (name, value) in marks(mail.purpose, &settings.own_domain()).into_iter().chain(fields) {
        message = message.raw_header(HeaderValue::new(HeaderName::new_from_ascii_str(name), value));
    }
    let text = MultiPart::alternative()
        .singlepart(SinglePart::plain(plain(&mail.words, leave.as_ref())))
        .singlepart(SinglePart::html(html(&mail.words, leave.as_ref())));
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
        MailPurpose::Campaign => {
            marks.push(("Auto-Submitted", "auto-generated".into()));
            marks.push(("Precedence", "bulk".into()));
        }
        MailPurpose::Notice | MailPurpose::Alert | MailPurpose::Alerts | MailPurpose::Code => {
            marks.push(("Auto-Submitted", "auto-generated".into()))
        }
        // A person wrote it, and an out-of-office answer is news for the case.
        MailPurpose::Reply | MailPurpose::Forward => return marks,
    }
    marks.push(("X-Auto-Response-Suppress", "OOF, AutoReply".into()));
    marks
}

/// How whoever got one of many wants no more of them.
struct Leave {
    /// Empty when nobody said where our pages are.
    link: String,
    mailto: String,
}

impl Leave {
    fn of(token: &str, settings: &Settings) -> Self {
        Self {
            link: settings.link(&format!("/u/{token}")),
            mailto: format!("mailto:{}?subject={UNSUBSCRIBE}%20{token}", settings.address),
        }
    }

    /// RFC 2369 §3.2, RFC 2919, RFC 8058 §3.1: one click is for HTTPS only.
    fn fields(&self, settings: &Settings) -> Vec<(&'static str, String)> {
        let mut fields = vec![("List-Id", format!("<{LIST}.{}>", settings.own_domain()))];
        if self.link.is_empty() {
            fields.push(("List-Unsubscribe", format!("<{}>", self.mailto)));
            return fields;
        }
        fields.push(("List-Unsubscribe", format!("<{}>, <{}>", self.link, self.mailto)));
        if self.link.starts_with("https://") {
            fields.push(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".into()));
        }
        fields
    }

    fn words(words: &str) -> &'static str {
        if has_cyrillic(words) {
            "Не желите оваква обавештења?"
        } else {
            "Ne želite ovakva obaveštenja?"
        }
    }

    /// Where it is clicked or, without pages, written to.
    fn address(&self) -> &str {
        if self.link.is_empty() { &self.mailto } else { &self.link }
    }
}

/// Name of the list of all who get what goes to many, in the domain of our Message-IDs.
const LIST: &str = "obavestenja";

fn plain(words: &str, leave: Option<&Leave>) -> String {
    let words = words.replace("\r\n", "\n");
    match leave {
        Some(leave) => format!("{words}\n\n{}\n{}", Leave::words(&words), leave.address()),
        None => words,
    }
}

/// The words as paragraphs; nothing of them is markup.
fn html(words: &str, leave: Option<&Leave>) -> String {
    let mut paragraphs = String::new();
    for paragraph in words.replace("\r\n", "\n").split("\n\n").filter(|text| !text.trim().is_empty()) {
        let escaped = paragraph.trim().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        paragraphs.push_str("<p style=\"margin:0 0 1em\">");
        paragraphs.push_str(&escaped.replace('\n', "<br>\n"));
        paragraphs.push_str("</p>\n");
    }
    if let Some(leave) = leave {
        let (says, address) = (Leave::words(words), leave.address());
        paragraphs.push_str(&format!(
            "<p style=\"margin:2em 0 0;font-size:small\"><a href=\"{address}\">{says}</a></p>\n"
        ));
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
        let octets = octets(&mail, &settings(), files, None, Timestamp::UNIX_EPOCH).unwrap();
        let text = String::from_utf8(octets.clone()).unwrap();
        assert!(text.is_ascii() && text.split("\r\n").all(|line| line.len() <= 998), "{text}");
        assert!(text.contains("Auto-Submitted: auto-replied"));
        let read_back = read(&octets, Own { domain: "drugi.rs", address: "x@drugi.rs", return_address: "" });
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
            octets(&mail(MailPurpose::Reply), &settings(), Vec::new(), None, Timestamp::UNIX_EPOCH).unwrap();
        let read_back =
            read(&octets, Own { domain: "grad.rs", address: "pisarnica@grad.rs", return_address: "" });
        assert!(matches!(read_back.kind, Kind::Loop(_)));
        assert!(!String::from_utf8_lossy(&octets).contains("Auto-Submitted"));
    }

    #[test]
    fn nothing_in_a_subject_becomes_another_field() {
        let mut mail = mail(MailPurpose::Reply);
        mail.subject = "voda\r\nBcc: zla@example.rs".into();
        let octets = octets(&mail, &settings(), Vec::new(), None, Timestamp::UNIX_EPOCH).unwrap();
        let read_back = read(&octets, Own { domain: "x", address: "x", return_address: "" });
        assert!(!String::from_utf8_lossy(&octets).contains("\r\nBcc:"), "{}", read_back.subject);
    }

    #[test]
    fn one_of_many_says_how_to_get_no_more() {
        let token = "A".repeat(90);
        let settings = Settings { pages: "https://odziv.grad.rs/".into(), ..settings() };
        let campaign = mail(MailPurpose::Campaign);
        let octets = octets(&campaign, &settings, Vec::new(), Some(&token), Timestamp::UNIX_EPOCH).unwrap();
        let unfolded =
            String::from_utf8(octets.clone()).unwrap().replace("\r\n ", " ").replace("\r\n\t", " ");
        for field in [
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n".to_owned(),
            format!(
                "List-Unsubscribe: <https://odziv.grad.rs/u/{token}>, <mailto:pisarnica@grad.rs?subject=unsubscribe%20{token}>\r\n"
            ),
            "List-Id: <obavestenja.grad.rs>\r\n".into(),
            "Precedence: bulk\r\n".into(),
            "Auto-Submitted: auto-generated\r\n".into(),
        ] {
            assert!(unfolded.contains(&field), "{field} in {unfolded}");
        }
        let read_back = read(&octets, Own { domain: "drugi.rs", address: "x@drugi.rs", return_address: "" });
        assert_eq!(read_back.kind, Kind::Bulk);
        assert!(read_back.words.own.contains(&format!("/u/{token}")), "people see it too");
        let bare = Settings { pages: String::new(), ..settings };
        let octets =
            super::octets(&campaign, &bare, Vec::new(), Some(&token), Timestamp::UNIX_EPOCH).unwrap();
        let text = String::from_utf8(octets).unwrap();
        assert!(text.contains("mailto:") && !text.contains("One-Click"));
    }
}
