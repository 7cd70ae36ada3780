//! What a mail that came back says of its address: that nobody reads it, or only that this mail did not get through.

/// Subjects and details of RFC 3463 with which the address itself is wrong: no such mailbox, domain, or moved without a new address.
const WRONG: [&str; 8] = ["5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.4.4"];
/// What servers say that give no such code, or a general one (`5.0.0`, `5.5.0`).
const WORDS: [&str; 24] = [
    "user unknown",
    "unknown user",
    "unknown recipient",
    "recipient unknown",
    "unknown or illegal alias",
    "unknown address",
    "no such user",
    "no such recipient",
    "no such mailbox",
    "no mailbox here",
    "no such address",
    "does not exist",
    "doesn't exist",
    "couldn't be found",
    "wasn't found at",
    "could not be found",
    "not found in directory",
    "recipientnotfound",
    "user not found",
    "mailbox not found",
    "mailbox unavailable",
    "account has been disabled",
    "account is disabled",
    "invalid recipient",
];
/// Such a mail may come through next time, or with other words: a full mailbox, a mail that is too big, a server that takes us for a sender of spam.
const PASSING: [&str; 10] = [
    "mailbox full",
    "mailbox is full",
    "over quota",
    "quota exceeded",
    "exceeded storage",
    "insufficient storage",
    "too large",
    "spam",
    "blocked",
    "blacklist",
];

/// Whether nobody reads the address. `said`: the code of RFC 3463, if there is one, and the words of the server, of a mail that is given up.
pub fn is_wrong_address(said: &str) -> bool {
    let small = said.to_lowercase();
    let code = small.split(|c: char| !c.is_ascii_digit() && c != '.').find(|word| {
        let parts: Vec<&str> = word.split('.').collect();
        parts.len() == 3 && parts.iter().all(|part| !part.is_empty())
    });
    if code.is_some_and(|code| code.starts_with('4')) || PASSING.iter().any(|words| small.contains(words)) {
        return false;
    }
    if code.is_some_and(|code| WRONG.contains(&code)) {
        return true;
    }
    // A code that says something else, and says it exactly, is believed.
    let general = code.is_none_or(|code| code.ends_with(".0") || code.starts_with("5.5."));
    general && WORDS.iter().any(|words| small.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_address_is_told_from_a_mail_that_did_not_get_through() {
        for wrong in [
            "5.1.1 550 5.1.1 <ana@example.rs>: Recipient address rejected: User unknown in virtual mailbox table",
            "5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
            "550 No such user here",
            "5.0.0 550 user unknown",
            "5.4.4 Host or domain name not found",
            "Sorry, no mailbox here by that name. (#5.1.1)",
            "Your message wasn't delivered because the address couldn't be found",
        ] {
            assert!(is_wrong_address(wrong), "{wrong}");
        }
        for other in [
            "5.2.2 552 5.2.2 mailbox full",
            "4.2.2 The email account that you tried to reach is over quota",
            "5.7.1 Message rejected as spam; user unknown to our filter",
            "550 5.7.26 unauthenticated",
            "5.3.4 message too large",
            "4.4.1 no answer from host",
            "5.2.3 Mailbox full: user not found",
            "",
        ] {
            assert!(!is_wrong_address(other), "{other}");
        }
    }
}
