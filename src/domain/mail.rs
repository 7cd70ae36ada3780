//! How e-mails and cases find each other: the ids of what we send, the token in the subject, and who belongs to a case.

use super::email::EmailAddress;
use super::id::{CaseId, OutboxId};
use super::words::words;

words! {
    /// What kind of mail came, as the timeline says it.
    MailKind {
        /// A person wrote it.
        Ordinary = "ordinary",
        /// Sent to many, or by a program.
        Bulk = "bulk",
        /// A program answered for somebody: out of office.
        AutoReply = "auto_reply",
        /// Bigger than the mailbox fetches: only its head is here.
        TooBig = "too_big",
        /// Could not be read as a mail; it is kept as it came.
        Unreadable = "unreadable",
    }
}

impl MailKind {
    /// Whether somebody wrote it to us, and waits for what we say.
    pub fn is_by_a_person(self) -> bool {
        matches!(self, Self::Ordinary | Self::TooBig | Self::Unreadable)
    }
}

words! {
    /// What a mail of ours is for.
    MailPurpose {
        /// "We have your mail, this is its number."
        Receipt = "receipt",
        /// Written by a user to the citizen.
        Reply = "reply",
        /// The case is handed to an institution or an officer, who may answer the mail.
        Forward = "forward",
        /// The outcome, or another notice by template.
        Notice = "notice",
        /// To a colleague, about a case that is theirs to do; may be answered.
        Alert = "alert",
        /// To a colleague, about many cases.
        Alerts = "alerts",
        /// One of many, to citizens who did not write first.
        Campaign = "campaign",
        /// Confirms the address of a colleague.
        Code = "code",
    }
}

words! {
    /// Who writes, as far as the case knows.
    MailParty {
        Citizen = "citizen",
        Institution = "institution",
        Officer = "officer",
    }
}

/// The name of a mail of ours: `odziv.CASE.OUTBOX.RANDOM@DOMAIN`, without brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OurMail {
    pub case: CaseId,
    pub outbox: OutboxId,
    /// Nobody can name a mail that they have not got.
    pub random: u64,
}

impl OurMail {
    pub fn id(&self, domain: &str) -> String {
        format!("odziv.{}.{}.{:016x}@{domain}", self.case, self.outbox, self.random)
    }

    /// `None` for an id that is not of this installation.
    pub fn parse(id: &str, domain: &str) -> Option<Self> {
        let (local, at) = id.trim_matches(['<', '>']).rsplit_once('@')?;
        if !at.eq_ignore_ascii_case(domain) {
            return None;
        }
        let mut parts = local.split('.');
        let (name, case, outbox, random) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        if !name.eq_ignore_ascii_case("odziv") || parts.next().is_some() {
            return None;
        }
        Some(Self {
            case: CaseId(case.parse().ok()?),
            outbox: OutboxId(outbox.parse().ok()?),
            random: u64::from_str_radix(random, 16).ok()?,
        })
    }
}

/// The address that a mail of ours is returned to: which mail it was stands in it, behind `+`, for servers that return nothing else of it. `mark`:
/// nobody returns what we did not send.
pub fn return_path(address: &str, outbox: OutboxId, mark: &[u8; 32]) -> String {
    let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
    format!("{local}+{:x}.{}@{domain}", outbox.0, shown(mark))
}

/// Which mail is returned to it; `None` for another address. `mark` makes that of a mail.
pub fn of_return_path(address: &str, ours: &str, mark: impl Fn(OutboxId) -> [u8; 32]) -> Option<OutboxId> {
    let (address, ours) = (address.to_ascii_lowercase(), ours.to_ascii_lowercase());
    let ((local, domain), (our_local, our_domain)) = (address.rsplit_once('@')?, ours.rsplit_once('@')?);
    let (id, given) = local.strip_prefix(our_local)?.strip_prefix('+')?.split_once('.')?;
    let id = OutboxId(i64::from_str_radix(id, 16).ok().filter(|id| *id >= 0)?);
    (domain == our_domain && given == shown(&mark(id))).then_some(id)
}

/// Sixty bits of it, in letters that survive servers that make capitals small.
fn shown(mark: &[u8; 32]) -> String {
    let number = mark.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    (0..12)
        .map(|place| {
            let index = (number >> (place * 5)) as usize % LETTERS.len();
            char::from(LETTERS.get(index).copied().unwrap_or(b'a'))
        })
        .collect()
}

/// After a refusal that may pass: from a minute, doubling, at most hourly, as long as the configuration says.
pub fn retry_after_s(attempts: i64) -> u64 {
    const FIRST: u64 = 60;
    const LONGEST: u64 = 3_600;
    let doublings = u32::try_from(attempts.saturating_sub(1).max(0)).unwrap_or(u32::MAX).min(10);
    (FIRST << doublings).min(LONGEST)
}

/// Before the token in the subject of a mail that asks for no more of many.
pub const UNSUBSCRIBE: &str = "unsubscribe";

/// Letters of a token: none that are taken for each other when somebody types them.
const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
/// Fifty bits: a token is guessed once in a quadrillion mails, and then the sender is still no party of the case.
const TOKEN_LETTERS: usize = 10;
/// Subjects with more tokens than this were put together by somebody who tries them.
const MOST_TOKENS: usize = 5;

/// The token of a case and one of its parties.
pub fn token(random: u64) -> String {
    (0..TOKEN_LETTERS)
        .map(|place| {
            let index = (random >> (place * 5)) as usize % LETTERS.len();
            char::from(LETTERS.get(index).copied().unwrap_or(b'a'))
        })
        .collect()
}

/// `Рупа на путу` becomes `[400-73/2026-01 #abc123defg] Рупа на путу`.
pub fn subject_with_token(subject: &str, number: &str, token: &str) -> String {
    format!("[{number} #{token}] {}", plain_subject(subject)).trim().to_owned()
}

/// Tokens that stand in a subject, whatever a mail program made of the rest.
pub fn tokens(subject: &str) -> Vec<String> {
    let letters = |piece: &str| -> Option<String> {
        let word: String =
            piece.chars().take_while(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        (word.len() == TOKEN_LETTERS && word.bytes().all(|b| LETTERS.contains(&b))).then_some(word)
    };
    subject.split('#').skip(1).filter_map(letters).take(MOST_TOKENS).collect()
}

/// Without tokens and without the `Re:` and `Fwd:` that mail programs put before it, in any number and language.
pub fn plain_subject(subject: &str) -> String {
    const PREFIXES: [&str; 12] =
        ["re", "fwd", "fw", "odg", "pros", "sv", "aw", "wg", "одг", "прос", "antw", "r"];
    let mut rest = subject.trim();
    loop {
        let before = rest;
        if let Some((word, after)) = rest.split_once(':') {
            let word = word.trim().to_lowercase();
            let word = word.split(['[', '(']).next().unwrap_or_default();
            if PREFIXES.contains(&word) {
                rest = after.trim_start();
            }
        }
        if let Some((inner, after)) = rest.strip_prefix('[').and_then(|inner| inner.split_once(']'))
            && !tokens(inner).is_empty()
        {
            rest = after.trim_start();
        }
        if rest == before {
            return rest.to_owned();
        }
    }
}

/// A case that a mail points at, and the addresses of those who belong to it: its citizen and followers, and whom we wrote to about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub case: CaseId,
    pub parties: Vec<EmailAddress>,
}

/// Where a mail belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thread {
    Joins(CaseId),
    /// It points at a case whose party the sender is not: it is told apart, and the hint is for people to judge.
    Hint(CaseId),
    Nowhere,
}

/// `candidates` in the order of how sure they are. A thread alone never brings a mail to another citizen's case: subjects, ids and tokens are
/// forwarded, leaked and stolen.
pub fn thread(sender: Option<&EmailAddress>, candidates: &[Candidate]) -> Thread {
    let joins = sender.and_then(|sender| candidates.iter().find(|c| c.parties.contains(sender)));
    match (joins, candidates.first()) {
        (Some(candidate), _) => Thread::Joins(candidate.case),
        (None, Some(first)) => Thread::Hint(first.case),
        (None, None) => Thread::Nowhere,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> EmailAddress {
        EmailAddress::parse(text).unwrap()
    }

    #[test]
    fn our_ids_come_back_and_others_are_not_ours() {
        let ours = OurMail { case: CaseId(73), outbox: OutboxId(9), random: 0xab };
        let id = ours.id("grad.rs");
        assert_eq!(id, "odziv.73.9.00000000000000ab@grad.rs");
        assert_eq!(OurMail::parse(&format!("<{id}>"), "GRAD.rs"), Some(ours));
        for other in ["odziv.73.9.ab@drugi.rs", "odziv.73.9@grad.rs", "x@grad.rs", "odziv.a.b.c@grad.rs", ""]
        {
            assert_eq!(OurMail::parse(other, "grad.rs"), None, "{other}");
        }
    }

    #[test]
    fn token_is_found_whatever_was_done_to_the_subject() {
        let token = token(0x0123_4567_89ab_cdef);
        let subject = subject_with_token("Re: Рупа на путу", "400-73/2026-01", &token);
        assert_eq!(subject, format!("[400-73/2026-01 #{token}] Рупа на путу"));
        for made in [
            subject.clone(),
            format!("Re: Odg: {subject}"),
            subject.to_uppercase(),
            format!("FW: {subject} (hitno)"),
        ] {
            assert_eq!(tokens(&made), [token.as_str()], "{made}");
        }
        assert_eq!(plain_subject(&format!("RE: Fwd: {subject}")), "Рупа на путу");
        assert_eq!(plain_subject("Одг: [Важно] вода: нема"), "[Важно] вода: нема");
        assert!(tokens("#7 у реду, #hashtag, #abc").is_empty());
    }

    #[test]
    fn tries_come_less_and_less_often() {
        let waits: Vec<u64> = (1..9).map(retry_after_s).collect();
        assert_eq!(waits, [60, 120, 240, 480, 960, 1_920, 3_600, 3_600]);
        assert_eq!(retry_after_s(i64::MAX), 3_600);
    }

    #[test]
    fn thread_is_followed_only_by_those_who_belong_to_the_case() {
        let (ana, zla) = (address("ana@example.rs"), address("zla@example.rs"));
        let candidates = [
            Candidate { case: CaseId(1), parties: vec![ana.clone()] },
            Candidate { case: CaseId(2), parties: vec![zla.clone()] },
        ];
        assert_eq!(thread(Some(&ana), &candidates), Thread::Joins(CaseId(1)));
        assert_eq!(thread(Some(&zla), &candidates), Thread::Joins(CaseId(2)));
        assert_eq!(thread(Some(&zla), &candidates[..1]), Thread::Hint(CaseId(1)));
        assert_eq!(thread(None, &candidates), Thread::Hint(CaseId(1)));
        assert_eq!(thread(Some(&ana), &[]), Thread::Nowhere);
    }

    #[test]
    fn returned_mail_is_known_by_the_address_that_it_came_back_to() {
        let mark = |id: OutboxId| [u8::try_from(id.0 % 200).unwrap(); 32];
        let path = return_path("Povratak@grad.rs", OutboxId(1_234), &mark(OutboxId(1_234)));
        assert!(path.starts_with("Povratak+4d2.") && path.len() <= 64, "{path}");
        let of = |address: &str| of_return_path(address, "povratak@grad.rs", mark);
        assert_eq!(of(&path), Some(OutboxId(1_234)));
        assert_eq!(of(&path.to_uppercase()), Some(OutboxId(1_234)));
        for other in
            [path.replace("4d2", "4d3"), path.replace("grad", "selo"), "povratak@grad.rs".into(), "x".into()]
        {
            assert_eq!(of(&other), None, "{other}");
        }
    }
}
