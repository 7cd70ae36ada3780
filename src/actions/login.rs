//! Secrets: passwords by Argon2id, tokens and links by SHA-256 of 256 random bits.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use sha2::{Digest, Sha256};

use super::ActionError;

/// A PHC string. Slow on purpose, so not on a thread that others wait for.
pub(super) async fn hash_password(password: String) -> Result<String, ActionError> {
    let hash = move || Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string());
    blocking(hash).await?.map_err(|e| ActionError::Invalid(e.to_string()))
}

/// `hash` `None`: as slow as a wrong password, so that nobody learns which users there are.
pub(super) async fn password_is_right(password: String, hash: Option<String>) -> Result<bool, ActionError> {
    blocking(move || match hash {
        Some(hash) => PasswordHash::new(&hash)
            .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok()),
        None => {
            let _ = Argon2::default().hash_password(password.as_bytes());
            false
        }
    })
    .await
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, ActionError> {
    tokio::task::spawn_blocking(work).await.map_err(|e| ActionError::Unavailable(e.to_string()))
}

/// 256 random bits in hexadecimal.
pub(super) fn new_secret() -> String {
    hex(&rand::random::<[u8; 32]>())
}

/// What is stored of a secret. It is random and long, so a fast hash is enough.
pub(super) fn secret_hash(secret: &str) -> String {
    hex(&Sha256::digest(secret.trim().as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
