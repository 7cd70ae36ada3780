//! What a copy of the database must not give away, although the program needs it in plain: keys of second factors and of signatures.
//! It is sealed with a key that is no part of the database, the file `secrets.key` of the data folder.
//!
//! Several nodes on one PostgreSQL need the same file. Without it what was sealed cannot be opened: second factors are then set up anew.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;

use super::sql::args;
use super::{Db, StoreError, Tx, Work};
use crate::domain::id::{UserId, WebhookId};

const FILE: &str = "secrets.key";
const KEY_BYTES: usize = 32;
/// The first byte of what is sealed so: AES-256-GCM, a random nonce, then the sealed bytes with their tag. A municipality seals some
/// hundreds of secrets; random nonces are safe for four thousand million.
const FORM: u8 = 1;
/// Before what is sealed where a text is stored.
const TEXT_FORM: &str = "sealed:";

/// What the key of marks is made for, so that it is another one than that of seals.
const OF_MARKS: &[u8] = b"odziv marks";
const OF_LINKS: &[u8] = b"odziv links";

/// Cheap to clone.
#[derive(Clone)]
pub struct Vault(Arc<Keys>);

struct Keys {
    seals: LessSafeKey,
    marks: hmac::Key,
    /// There are many of them: they have a key of their own, so that they do not use up that of the secrets.
    links: LessSafeKey,
}

/// As it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    pub(super) fn bytes(&self) -> Vec<u8> {
        self.0.clone()
    }

    pub(super) fn text(&self) -> String {
        format!("{TEXT_FORM}{}", STANDARD_NO_PAD.encode(&self.0))
    }
}

impl Vault {
    /// With the key of the data folder, which is made when there is none.
    pub(super) fn open(data: &Path) -> Result<Self, StoreError> {
        let path = data.join(FILE);
        let failed = |error: io::Error| StoreError::Unavailable(format!("{}: {error}", path.display()));
        let key = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => made(&path).map_err(failed)?,
            read => read.map_err(failed)?,
        };
        let wrong = |_| StoreError::Corrupt(format!("{} is not a key of {KEY_BYTES} bytes", path.display()));
        let root = hmac::Key::new(hmac::HMAC_SHA256, &key);
        let seals = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key).map_err(wrong)?);
        let marks = hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&root, OF_MARKS).as_ref());
        let of_links = hmac::sign(&root, OF_LINKS);
        let links = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, of_links.as_ref()).map_err(wrong)?);
        Ok(Self(Arc::new(Keys { seals, marks, links })))
    }

    /// What stands in a link that is sent to somebody: they cannot read it, and nobody makes one.
    pub fn seal_link(&self, of: &str, plain: &[u8]) -> Result<String, StoreError> {
        let nonce: [u8; NONCE_LEN] = rand::random();
        let mut sealed = plain.to_vec();
        let refused = |_| StoreError::Corrupt("a link is too long".into());
        let place = Nonce::assume_unique_for_key(nonce);
        self.0
            .links
            .seal_in_place_append_tag(place, Aad::from(of.as_bytes()), &mut sealed)
            .map_err(refused)?;
        Ok(URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat()))
    }

    /// `None`: it is not ours.
    pub fn open_link(&self, of: &str, text: &str) -> Option<Vec<u8>> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut sealed = sealed.to_vec();
        let plain = self.0.links.open_in_place(nonce, Aad::from(of.as_bytes()), &mut sealed).ok()?;
        Some(plain.to_vec())
    }

    /// A digest that nobody makes without the key: what is kept of an address that is erased, what stands in a link. `of` says for what it is, so
    /// that one cannot be put in the place of another.
    pub fn mark(&self, of: &str, plain: &[u8]) -> [u8; 32] {
        let mut marking = hmac::Context::with_key(&self.0.marks);
        marking.update(of.as_bytes());
        marking.update(&[0]);
        marking.update(plain);
        let mut mark = [0; 32];
        mark.iter_mut().zip(marking.sign().as_ref()).for_each(|(to, from)| *to = *from);
        mark
    }

    /// `of`: whose secret it is. What was sealed for one cannot be put in the place of another's.
    pub fn seal(&self, of: &str, plain: &[u8]) -> Result<Sealed, StoreError> {
        let nonce: [u8; NONCE_LEN] = rand::random();
        let mut sealed = plain.to_vec();
        let refused = |_| StoreError::Corrupt("a secret is too long to be sealed".into());
        let place = Nonce::assume_unique_for_key(nonce);
        self.0
            .seals
            .seal_in_place_append_tag(place, Aad::from(of.as_bytes()), &mut sealed)
            .map_err(refused)?;
        let mut bytes = vec![FORM];
        bytes.extend(nonce);
        bytes.extend(sealed);
        Ok(Sealed(bytes))
    }

    /// The bytes of a row in plain.
    pub(super) fn unseal(&self, of: &str, stored: &[u8]) -> Result<Vec<u8>, StoreError> {
        let other = || StoreError::Corrupt(format!("the secret of {of} was sealed with another {FILE}"));
        let (form, rest) = stored.split_first().ok_or_else(other)?;
        let (nonce, sealed) = rest.split_at_checked(NONCE_LEN).ok_or_else(other)?;
        if *form != FORM {
            return Err(other());
        }
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| other())?;
        let mut sealed = sealed.to_vec();
        let plain = self.0.seals.open_in_place(nonce, Aad::from(of.as_bytes()), &mut sealed);
        plain.map(|plain| plain.to_vec()).map_err(|_| other())
    }

    /// The same where a text is stored.
    pub(super) fn unseal_text(&self, of: &str, stored: &str) -> Result<String, StoreError> {
        let other = || StoreError::Corrupt(format!("the secret of {of} cannot be read"));
        let sealed = stored.strip_prefix(TEXT_FORM).ok_or_else(other)?;
        let sealed = STANDARD_NO_PAD.decode(sealed).map_err(|_| other())?;
        String::from_utf8(self.unseal(of, &sealed)?).map_err(|_| other())
    }
}

/// Whose secret it is, of a second factor.
pub fn second_factor_of(user: UserId) -> String {
    format!("second factor of user {user}")
}

/// The same of every webhook: its id is not known yet when its secret is sealed.
pub const OF_WEBHOOK: &str = "webhook";

impl Db {
    /// What an earlier version stored in plain is sealed. That the key is another one is said at the start, not at the next log-in.
    pub(super) async fn seal_secrets(&self) -> Result<(), StoreError> {
        let mut plain = SealPlain::default();
        let sql = "SELECT user_id, secret FROM second_factor WHERE length(secret) = 20";
        for row in self.all(sql, args![]).await? {
            let (user, secret): (UserId, Vec<u8>) = (row.get(0)?, row.get(1)?);
            plain.factors.push((user, self.vault().seal(&second_factor_of(user), &secret)?));
        }
        for row in self.all("SELECT id, secret FROM webhook WHERE secret LIKE 'whsec%'", args![]).await? {
            let (id, secret): (WebhookId, String) = (row.get(0)?, row.get(1)?);
            plain.webhooks.push((id, self.vault().seal(OF_WEBHOOK, secret.as_bytes())?));
        }
        if !plain.factors.is_empty() || !plain.webhooks.is_empty() {
            self.write(plain).await?;
        }
        let sql = "SELECT user_id, secret FROM second_factor ORDER BY user_id LIMIT 1";
        if let Some(row) = self.optional(sql, args![]).await? {
            let (user, sealed): (UserId, Vec<u8>) = (row.get(0)?, row.get(1)?);
            if let Err(error) = self.vault().unseal(&second_factor_of(user), &sealed) {
                tracing::error!(%error, "second factors cannot be read: put the file of the former data folder back, or set them up anew");
            }
        }
        Ok(())
    }
}

#[derive(Default)]
struct SealPlain {
    factors: Vec<(UserId, Sealed)>,
    webhooks: Vec<(WebhookId, Sealed)>,
}

impl Work for SealPlain {
    type Out = ();
    type Error = StoreError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        // Somebody else may start at the same time: what is sealed already is left alone.
        for (user, sealed) in &self.factors {
            let sql = "UPDATE second_factor SET secret = $2 WHERE user_id = $1 AND length(secret) = 20";
            tx.execute(sql, args![*user, sealed.bytes()]).await?;
        }
        for (id, sealed) in &self.webhooks {
            let sql = "UPDATE webhook SET secret = $2 WHERE id = $1 AND secret LIKE 'whsec%'";
            tx.execute(sql, args![*id, sealed.text()]).await?;
        }
        Ok(())
    }
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault")
    }
}

/// Whole or not at all, readable by its owner only; of two that start together both have the same.
fn made(path: &Path) -> io::Result<Vec<u8>> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let own = PathBuf::from(format!("{}.{:016x}", path.display(), rand::random::<u64>()));
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&own)?;
    file.write_all(&rand::random::<[u8; KEY_BYTES]>())?;
    file.sync_all()?;
    let linked = fs::hard_link(&own, path);
    fs::remove_file(&own)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        // Somebody else was a moment faster.
        _ => {}
    }
    File::open(folder)?.sync_all()?;
    fs::read(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_differ_by_key_by_what_they_are_for_and_by_what_they_are_of() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let vault = Vault::open(one.path()).unwrap();
        let mark = vault.mark("a", b"x");
        assert_eq!(mark, Vault::open(one.path()).unwrap().mark("a", b"x"));
        for different in
            [vault.mark("a", b"y"), vault.mark("b", b"x"), Vault::open(other.path()).unwrap().mark("a", b"x")]
        {
            assert_ne!(mark, different);
        }
    }

    #[test]
    fn what_is_sealed_is_opened_by_the_same_key_for_the_same_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::open(folder.path()).unwrap();
        let sealed = vault.seal("user 1", b"tajna").unwrap();
        assert!(!sealed.0.windows(5).any(|part| part == b"tajna"));
        assert_ne!(sealed, vault.seal("user 1", b"tajna").unwrap());
        let again = Vault::open(folder.path()).unwrap();
        assert_eq!(again.unseal("user 1", &sealed.bytes()).unwrap(), b"tajna");
        assert!(again.unseal("user 2", &sealed.bytes()).is_err());
        let mut changed = sealed.bytes();
        *changed.last_mut().unwrap() ^= 1;
        assert!(again.unseal("user 1", &changed).is_err());
        for short in [&[][..], &[FORM], &[FORM, 1, 2]] {
            assert!(again.unseal("user 1", short).is_err());
        }
        let other = Vault::open(tempfile::tempdir().unwrap().path()).unwrap();
        assert!(other.unseal("user 1", &sealed.bytes()).is_err());
        let text = vault.seal("hook", "whsec_љ".as_bytes()).unwrap().text();
        assert_eq!(again.unseal_text("hook", &text).unwrap(), "whsec_љ");
        assert!(again.unseal_text("hook", "whsec_plain").is_err());
    }

    #[test]
    fn key_is_readable_by_its_owner_only_and_never_made_anew_over_one_that_is_there() {
        let folder = tempfile::tempdir().unwrap();
        Vault::open(folder.path()).unwrap();
        let path = folder.path().join(FILE);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        fs::write(&path, "short").unwrap();
        assert!(matches!(Vault::open(folder.path()), Err(StoreError::Corrupt(_))));
        assert_eq!(fs::read(&path).unwrap(), b"short");
    }

    #[test]
    fn those_who_start_together_have_one_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        let keys: Vec<Vec<u8>> = std::thread::scope(|scope| {
            let starts: Vec<_> = (0..8).map(|_| scope.spawn(|| made(&path).unwrap())).collect();
            starts.into_iter().map(|start| start.join().unwrap()).collect()
        });
        assert!(keys.iter().all(|key| *key == keys[0]));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    struct Plain;

    impl Work for Plain {
        type Out = ();
        type Error = StoreError;

        async fn run(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
            let sql = "INSERT INTO webhook (url, events, secret, created_at) VALUES ('https://example.rs/', '[]', $1, 0)";
            tx.execute(sql, args!["whsec_c3RhcmE="]).await.map(drop)
        }
    }

    #[tokio::test]
    async fn what_an_earlier_version_kept_in_plain_is_sealed_at_the_start_and_works_on() {
        assert_eq!(crate::domain::totp::SECRET_BYTES, 20, "plain ones are known by their length");
        let folder = tempfile::tempdir().unwrap();
        let config = crate::config::store::Store::default();
        let db = Db::open(&config, folder.path()).await.unwrap();
        db.write(Plain).await.unwrap();
        db.close().await;
        let db = Db::open(&config, folder.path()).await.unwrap();
        let row = db.optional("SELECT secret FROM webhook", args![]).await.unwrap().unwrap();
        let stored: String = row.get(0).unwrap();
        assert!(stored.starts_with(TEXT_FORM), "{stored}");
        assert_eq!(db.webhook_secret(WebhookId(1)).await.unwrap().as_deref(), Some("whsec_c3RhcmE="));
    }
}
