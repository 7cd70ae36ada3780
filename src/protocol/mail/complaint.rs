//! A provider says that somebody called a mail of ours unwanted (RFC 5965, the abuse reporting format).

use super::OUR_ID;
use super::body::Body;
use super::headers::Headers;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// The Message-ID of ours; `None`: the report does not name one.
    pub original_id: Option<String>,
}

/// Providers take the recipient out of it, and leave what we wrote: our Message-ID.
pub(super) fn read(headers: &Headers, body: &Body) -> Option<Complaint> {
    let kind = headers.line("content-type").to_ascii_lowercase();
    let says_so = kind.starts_with("multipart/report") && kind.contains("feedback-report");
    let feedback = body.feedback.as_deref().map(Headers::of)?;
    // `not-spam` is the opposite, `dkim` and the like are about something else.
    let is_abuse = feedback
        .word("feedback-type")
        .is_some_and(|word| matches!(word.as_str(), "abuse" | "fraud" | "opt-out" | "other"));
    if !says_so || !is_abuse {
        return None;
    }
    let ours = |id: &String| id.starts_with(OUR_ID);
    let returned = body.returned.as_ref().map(|head| head.ids("message-id")).unwrap_or_default();
    let original_id = returned.iter().find(|id| ours(id)).cloned().or_else(|| returned.into_iter().next());
    Some(Complaint { original_id })
}
