//! Secrets: passwords by Argon2id, tokens and links by SHA-256 of 256 random bits.

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use super::ActionError;

/// A password takes 19 MiB and a good part of a second of a core: more than so many at once would only take memory from calls.
const AT_ONCE: usize = 3;
/// So many wait for their turn, some seconds at most; beyond it somebody tries passwords, and is told to come again.
const WAITING: usize = 24;

/// Where passwords are hashed: slow on purpose, so not on a thread that others wait for, and few at a time.
#[derive(Debug)]
pub(super) struct Passwords {
    turns: Arc<Semaphore>,
    places: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { turns: Arc::new(Semaphore::new(AT_ONCE)), places: Arc::new(Semaphore::new(AT_ONCE + WAITING)) }
    }
}

impl Passwords {
    /// A PHC string.
    pub(super) async fn hash(&self, password: String) -> Result<String, ActionError> {
        let hash = move || Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string());
        self.in_turn(hash).await?.map_err(|e| ActionError::Invalid(e.to_string()))
    }

    /// `hash` `None`: as slow as a wrong password, so that nobody learns which users there are.
    pub(super) async fn is_right(&self, password: String, hash: Option<String>) -> Result<bool, ActionError> {
        self.in_turn(move || match hash {
            Some(hash) => PasswordHash::new(&hash)
                .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok()),
            None => {
                let _ = Argon2::default().hash_password(password.as_bytes());
                false
            }
        })
        .await
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ActionError> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| ActionError::Busy)?;
        let closed = |e: tokio::sync::AcquireError| ActionError::Unavailable(e.to_string());
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(closed)?;
        let work = move || {
            // Held by the work itself: it goes on when whoever asked has gone away.
            let _held = (turn, place);
            work()
        };
        tokio::task::spawn_blocking(work).await.map_err(|e| ActionError::Unavailable(e.to_string()))
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn passwords_wait_for_their_turn_and_beyond_the_queue_are_refused() {
        let passwords = Arc::new(Passwords::default());
        let (let_go, held) = std::sync::mpsc::channel::<()>();
        let held = Arc::new(std::sync::Mutex::new(held));
        let all: Vec<_> = (0..AT_ONCE + WAITING + 5)
            .map(|_| {
                let (passwords, held) = (Arc::clone(&passwords), Arc::clone(&held));
                let wait = move || held.lock().unwrap().recv().is_ok();
                tokio::spawn(async move { passwords.in_turn(wait).await })
            })
            .collect();
        while passwords.turns.available_permits() > 0 || passwords.places.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        assert!(matches!(passwords.in_turn(|| ()).await, Err(ActionError::Busy)));
        for _ in 0..AT_ONCE + WAITING {
            let_go.send(()).unwrap();
        }
        drop(let_go);
        let mut done = 0;
        for one in all {
            match one.await.unwrap() {
                Ok(sent) => done += usize::from(sent),
                Err(error) => assert!(matches!(error, ActionError::Busy)),
            }
        }
        assert!(done >= AT_ONCE + WAITING, "{done}");
        assert!(passwords.in_turn(|| true).await.unwrap(), "and then there is room again");
    }
}
