//! Who is at the other end, as far as the network says.

use super::email::EmailAddress;
use super::phone::PhoneNumber;

/// A hidden or broken caller ID is a contact all the same, so this has a value for it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Caller {
    Number(PhoneNumber),
    /// A short code or an alphanumeric sender: not a number, never parsed as one.
    Name(String),
    /// Wrote an e-mail.
    Email(EmailAddress),
    Hidden,
}
