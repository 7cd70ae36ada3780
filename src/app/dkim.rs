//! `odziv dkim`: the key that mails are signed with, and what stands in DNS for it.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::{SecureRandom as _, SystemRandom};
use rsa::pkcs8::{EncodePrivateKey as _, LineEnding};

use super::commands::{read_config, say};
use crate::messaging;

/// What RFC 8301 asks for, and what fits into DNS without ado.
const RSA_BITS: usize = 2_048;
/// RFC 1035 §3.3: one string of a TXT record.
const DNS_STRING: usize = 255;
/// What stands before the 32 octets of a key (RFC 8410 §7). `ring` would write the public key behind it (RFC 5958), which OpenSSL 3.0 does not read.
const ED25519_PKCS8: &[u8] =
    &[0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MakeKey {
    Rsa,
    Ed25519,
}

/// Makes the key where the configuration has it, if it is to be made, and prints the record.
pub fn dkim(make: Option<MakeKey>, data: &Path, config: Option<&Path>) -> anyhow::Result<ExitCode> {
    let config = read_config(data, config)?;
    let Some(dkim) = &config.mail.dkim else {
        bail!("the configuration has no [mail.dkim] with selector and key_file");
    };
    if let Some(kind) = make {
        write_new(&PathBuf::from(&dkim.key_file), &new_key(kind)?)?;
    }
    let signer = messaging::smtp::signer(&config.mail).map_err(anyhow::Error::msg)?;
    let signer = signer.context("there is no key")?;
    let record = signer.key.record();
    let strings: Vec<String> = record
        .as_bytes()
        .chunks(DNS_STRING)
        .map(|piece| format!("\"{}\"", String::from_utf8_lossy(piece)))
        .collect();
    say(format_args!("{}. IN TXT ( {} )\n", signer.record_name(), strings.join(" ")))?;
    Ok(ExitCode::SUCCESS)
}

/// In PEM (PKCS#8).
fn new_key(kind: MakeKey) -> anyhow::Result<String> {
    match kind {
        MakeKey::Rsa => {
            let key = rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, RSA_BITS)?;
            Ok(key.to_pkcs8_pem(LineEnding::LF)?.to_string())
        }
        MakeKey::Ed25519 => {
            let mut seed = [0; 32];
            let random = SystemRandom::new().fill(&mut seed);
            random.map_err(|_| anyhow::anyhow!("no random numbers"))?;
            let der = [ED25519_PKCS8, &seed].concat();
            Ok(format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der)))
        }
    }
}

/// Never over one that is there: mails on their way are signed with it.
fn write_new(path: &Path, pem: &str) -> anyhow::Result<()> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let mut file = file.with_context(|| path.display().to_string())?;
    file.write_all(pem.as_bytes())?;
    Ok(file.sync_all()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::mail::dkim::Key;

    #[test]
    fn made_keys_are_read_and_never_written_over_another() {
        let pem = new_key(MakeKey::Ed25519).unwrap();
        assert!(Key::of_pem(&pem).unwrap().record().starts_with("v=DKIM1; k=ed25519; p="));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dkim.pem");
        write_new(&path, &pem).unwrap();
        assert!(write_new(&path, "x").is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), pem);
    }
}
