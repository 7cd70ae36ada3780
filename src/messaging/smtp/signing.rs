//! The key that mails are signed with, read once.

use crate::config::mail::Mail as Settings;
use crate::protocol::mail::dkim::{Key, Signer};

/// `None`: nothing is said of a key. An error names the file.
pub fn signer(settings: &Settings) -> Result<Option<Signer>, String> {
    let (Some(dkim), Some(domain)) = (&settings.dkim, settings.signing_domain()) else { return Ok(None) };
    let file = &dkim.key_file;
    let text = std::fs::read_to_string(file).map_err(|e| format!("[mail.dkim] key_file {file}: {e}"))?;
    let key = Key::of_pem(&text).map_err(|e| format!("[mail.dkim] key_file {file}: {e}"))?;
    Ok(Some(Signer { domain, selector: dkim.selector.clone(), key }))
}
