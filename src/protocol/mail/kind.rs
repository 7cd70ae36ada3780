//! What kind of mail it is: a person's, a list's, an automatic answer, a bounce, or one of ours that came back.

use super::complaint::Complaint;
use super::headers::Headers;
use super::report::Report;
use super::{LOOP_HEADER, OUR_ID, Own};

/// RFC 5321 §6.3 calls a hundred hops a loop; a mail of a person has fewer than ten.
const MOST_HOPS: usize = 50;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Written by a person, as far as one can tell.
    Ordinary,
    /// Sent to many, or by a program: a newsletter, a form. Nobody waits for an answer, and an answer might reach thousands.
    Bulk,
    /// Answered by a program (RFC 3834): out of office, "we have received your mail".
    AutoReply,
    Bounce(Report),
    /// Somebody does not want what we sent.
    Complaint(Complaint),
    Loop(LoopWhy),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoopWhy {
    /// We sent it.
    Ours,
    /// It has been on its way for too long.
    TooManyHops,
}

pub(super) fn of(headers: &Headers, own: Own<'_>, report: Option<Report>) -> Kind {
    if let Some(report) = report {
        return Kind::Bounce(report);
    }
    if is_ours(headers, own) {
        return Kind::Loop(LoopWhy::Ours);
    }
    if headers.count("received") > MOST_HOPS {
        return Kind::Loop(LoopWhy::TooManyHops);
    }
    if is_auto_reply(headers) {
        return Kind::AutoReply;
    }
    if is_bulk(headers) { Kind::Bulk } else { Kind::Ordinary }
}

fn is_ours(headers: &Headers, own: Own<'_>) -> bool {
    let ours = |id: &String| {
        let id = id.to_ascii_lowercase();
        id.starts_with(OUR_ID) && id.rsplit_once('@').is_some_and(|(_, domain)| domain == own.domain)
    };
    headers.ids("message-id").iter().any(ours)
        || headers.word(&LOOP_HEADER.to_ascii_lowercase()).is_some_and(|word| word == own.domain)
}

fn is_auto_reply(headers: &Headers) -> bool {
    let word = |name: &str| headers.word(name).unwrap_or_default();
    let submitted = word("auto-submitted");
    // RFC 3834 §5: `no` is a person, `auto-generated` is a program that answers nobody.
    if submitted.starts_with("auto-replied") || submitted.starts_with("auto-notified") {
        return true;
    }
    if ["x-autoreply", "x-autorespond", "x-autoresponse", "x-mail-autoreply", "x-autoreply-from"]
        .iter()
        .any(|name| headers.has(name))
    {
        return true;
    }
    if matches!(word("precedence").as_str(), "auto_reply" | "auto-reply") {
        return true;
    }
    // Read receipts are answers of a program too (RFC 8098).
    let kind = headers.line("content-type").to_ascii_lowercase();
    if kind.starts_with("multipart/report") && kind.contains("disposition-notification") {
        return true;
    }
    let answers = headers.has("in-reply-to") || headers.has("references");
    if has_null_sender(headers) && answers {
        return true;
    }
    (answers || has_null_sender(headers)) && subject_says_so(&headers.line("subject"))
}

/// What programs that answer for people begin their subjects with, where they do not say it in a field.
fn subject_says_so(subject: &str) -> bool {
    const BEGINNINGS: [&str; 13] = [
        "automatic reply",
        "auto reply",
        "auto:",
        "autoreply",
        "out of office",
        "out of the office",
        "automatski odgovor",
        "аутоматски одговор",
        "odsutan",
        "odsutna",
        "одсутан",
        "одсутна",
        "van kancelarije",
    ];
    let subject = subject.to_lowercase();
    BEGINNINGS.iter().any(|beginning| subject.starts_with(beginning))
}

fn is_bulk(headers: &Headers) -> bool {
    let word = |name: &str| headers.word(name).unwrap_or_default();
    let submitted = word("auto-submitted");
    let suppress = word("x-auto-response-suppress");
    (!submitted.is_empty() && submitted != "no")
        || matches!(word("precedence").as_str(), "bulk" | "junk" | "list")
        || headers.has_prefix("list-")
        || headers.has("feedback-id")
        || has_null_sender(headers)
        // "Do not answer me automatically", say Exchange and many programs.
        || suppress.split(',').map(str::trim).any(|word| matches!(word, "all" | "oof" | "autoreply"))
}

/// Nobody is to be answered (RFC 5321 §4.5.5).
pub(super) fn has_null_sender(headers: &Headers) -> bool {
    headers.word("return-path").is_some_and(|path| path == "<>")
}
