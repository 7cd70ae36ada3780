//! Bounces: what a mail server says about a mail of ours that it could not deliver. RFC 3464 where it is kept, and what qmail, Exim and others
//! say in words.

use super::OUR_ID;
use super::body::Body;
use super::headers::Headers;
use super::kind::has_null_sender;

/// Recipients of one report; ours have one.
const MOST_RECIPIENTS: usize = 50;
/// Characters of what the server said.
const LONGEST_DIAGNOSTIC: usize = 500;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The mail that it is about, when the report has it.
    pub original_id: Option<String>,
    pub recipients: Vec<Recipient>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// In small letters; may be empty.
    pub address: String,
    pub action: Action,
    /// RFC 3463, such as `5.1.1`; empty when it says none.
    pub status: String,
    /// In the server's words.
    pub diagnostic: String,
}

/// RFC 3464 §2.3.3
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Failed,
    /// The server still tries.
    Delayed,
    Delivered,
    /// Handed to a server that sends no reports, or to a list.
    Relayed,
}

impl Report {
    /// Of several recipients the worst.
    pub fn worst(&self) -> Option<&Recipient> {
        let badness = |r: &&Recipient| match r.action {
            Action::Failed => 3,
            Action::Delayed => 2,
            Action::Relayed => 1,
            Action::Delivered => 0,
        };
        self.recipients.iter().max_by_key(badness)
    }
}

/// `is_returned`: it came to the way back of a mail of ours, to which nothing else should come but answers of programs.
pub(super) fn read(headers: &Headers, body: &Body, is_returned: bool) -> Option<Report> {
    let kind = headers.line("content-type").to_ascii_lowercase();
    let other = ["disposition-notification", "feedback-report"].iter().any(|other| kind.contains(other));
    let is_report = kind.starts_with("multipart/report") && !other;
    let recipients = match &body.status {
        Some(status) => recipients(status),
        None if is_report || says_so(headers, &body.text, is_returned) => in_words(headers, &body.text),
        None => return None,
    };
    if recipients.is_empty() {
        return None;
    }
    let original_id = original_id(headers, body);
    let original_id = original_id.or_else(|| body.status.as_deref().and_then(envelope_id));
    Some(Report { original_id, recipients })
}

/// A mail server wrote it, and its subject or its words say why.
fn says_so(headers: &Headers, text: &str, is_returned: bool) -> bool {
    if headers.has("x-failed-recipients") {
        return true;
    }
    let from = headers
        .addresses("from")
        .into_iter()
        .next()
        .map(|m| m.address.to_ascii_lowercase())
        .unwrap_or_default();
    let by_server = has_null_sender(headers)
        || ["mailer-daemon", "postmaster"].iter().any(|name| from.split('@').next() == Some(*name));
    let subject = headers.line("subject").to_ascii_lowercase();
    let words = [
        "undeliver",
        "delivery status",
        "delivery fail",
        "failure notice",
        "returned mail",
        "mail delivery",
        "could not be delivered",
        "nondeliverable",
        "non-delivery",
        "mail failure",
        "mail system error",
        "nije isporu",
        "неиспоруч",
    ];
    if by_server && words.iter().any(|word| subject.contains(word)) {
        return true;
    }
    // Whatever it is called: qmail's, and what came back to a way that only our mails have.
    let text = text.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let qmail = says(&["this is the qmail-send program", "this is the deliver program"]);
    by_server
        && (qmail
            || is_returned && says(&["deliver", "user unknown", "unknown user", "550", "5.1.1", "undeliv"]))
}

/// Groups of fields: the first is about the message, each further one about a recipient (RFC 3464 §2.1).
fn recipients(status: &[u8]) -> Vec<Recipient> {
    let text: Vec<u8> = status.iter().copied().filter(|b| *b != b'\r').collect();
    let mut found = Vec::new();
    let mut group: Vec<u8> = Vec::new();
    for line in text.split(|b| *b == b'\n').chain([b"".as_slice()]) {
        if !line.iter().all(u8::is_ascii_whitespace) {
            group.extend_from_slice(line);
            group.push(b'\n');
            continue;
        }
        found.extend(recipient(&Headers::of(&group)));
        group.clear();
        if found.len() == MOST_RECIPIENTS {
            break;
        }
    }
    found
}

/// What we gave the mail for its reports (RFC 3464 §2.2.1), where nothing of it is returned.
fn envelope_id(status: &[u8]) -> Option<String> {
    let id = Headers::of(status).line("original-envelope-id");
    id.starts_with(OUR_ID).then_some(id)
}

fn recipient(fields: &Headers) -> Option<Recipient> {
    let address = ["original-recipient", "final-recipient"]
        .iter()
        .map(|name| fields.line(name))
        .find(|a| !a.is_empty());
    let status = fields.word("status").map(|word| status_code(&word)).unwrap_or_default();
    let action = match fields.word("action").as_deref() {
        Some("failed") => Action::Failed,
        Some("delayed") => Action::Delayed,
        Some("delivered") => Action::Delivered,
        Some("relayed" | "expanded") => Action::Relayed,
        _ => by_class(&status)?,
    };
    if address.is_none() && status.is_empty() {
        return None;
    }
    let diagnostic = fields.line("diagnostic-code");
    let diagnostic = diagnostic.split_once(';').map_or(diagnostic.as_str(), |(_, words)| words).trim();
    Some(Recipient {
        address: typed_address(&address.unwrap_or_default()),
        action,
        status,
        diagnostic: shortened(diagnostic),
    })
}

/// `rfc822; ana@example.rs` (RFC 3464 §2.3.2)
fn typed_address(text: &str) -> String {
    let address = text.split_once(';').map_or(text, |(_, address)| address);
    address.trim().trim_matches(['<', '>']).to_lowercase()
}

fn by_class(status: &str) -> Option<Action> {
    match status.chars().next()? {
        '2' => Some(Action::Delivered),
        '4' => Some(Action::Delayed),
        '5' => Some(Action::Failed),
        _ => None,
    }
}

/// Reports that only people were meant to read.
fn in_words(headers: &Headers, text: &str) -> Vec<Recipient> {
    let status =
        text.split(|c: char| !c.is_ascii_digit() && c != '.').map(status_code).find(|s| !s.is_empty());
    let status = status.unwrap_or_default();
    let named = headers.line("x-failed-recipients");
    let address = named.split(',').map(str::trim).find(|address| address.contains('@')).map(str::to_owned);
    let address = address.or_else(|| address_in(text)).or_else(|| bare_address_in(text));
    let address = address.unwrap_or_default().to_lowercase();
    let small = text.to_lowercase();
    let delayed = status.starts_with('4')
        || small.contains("will be retried")
        || small.contains("not yet been delivered");
    let action = if delayed && !status.starts_with('5') { Action::Delayed } else { Action::Failed };
    // The line that names the recipient, and what follows it, says why.
    let about = small.find(&address).and_then(|at| text.get(at..)).unwrap_or(text);
    vec![Recipient { address, action, status, diagnostic: shortened(about) }]
}

/// The first `<ana@example.rs>`.
fn address_in(text: &str) -> Option<String> {
    text.split('<')
        .skip(1)
        .filter_map(|piece| piece.split_once('>'))
        .map(|(address, _)| address.trim())
        .find_map(|address| {
            (address.contains('@') && !address.contains(char::is_whitespace)).then(|| address.to_owned())
        })
}

/// The first `ana@example.rs` on a line of its own, in brackets or behind a name, as Exchange writes it.
fn bare_address_in(text: &str) -> Option<String> {
    let bare = |word: &str| {
        let ends = |c: char| !c.is_alphanumeric();
        let word = word.strip_prefix("mailto:").unwrap_or(word).trim_matches(ends);
        let (local, domain) = word.rsplit_once('@')?;
        (!local.is_empty() && domain.contains('.')).then(|| word.to_owned())
    };
    text.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '(' | ')' | '[' | ']' | '"'))
        .filter_map(bare)
        .find(|address| !address.starts_with(OUR_ID) && !address.to_lowercase().starts_with("mailer-daemon"))
}

/// `5.1.1`, or nothing.
fn status_code(word: &str) -> String {
    let word = word.trim().trim_end_matches('.');
    let word = word.split_whitespace().next().unwrap_or_default();
    let parts: Vec<&str> = word.split('.').collect();
    let [class, subject, detail] = parts.as_slice() else { return String::new() };
    let number = |part: &str| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    if matches!(*class, "2" | "4" | "5") && number(subject) && number(detail) {
        word.to_owned()
    } else {
        String::new()
    }
}

/// From the returned mail, from what the report answers, or from wherever our id stands in its words.
fn original_id(headers: &Headers, body: &Body) -> Option<String> {
    let ours = |id: &String| id.starts_with(OUR_ID);
    let returned = body.returned.as_ref().map(|head| head.ids("message-id")).unwrap_or_default();
    let answered = headers.ids("in-reply-to").into_iter().chain(headers.ids("references"));
    let in_words = body.text.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>')).map(str::to_owned);
    let mut all = returned.iter().cloned().chain(answered).chain(in_words);
    all.find(ours).or_else(|| returned.into_iter().next())
}

fn shortened(words: &str) -> String {
    super::headers::one_line(words).chars().take(LONGEST_DIAGNOSTIC).collect()
}
