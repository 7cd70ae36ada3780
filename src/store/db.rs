//! The two databases behind one face.

use std::path::Path;
use std::sync::Arc;

use super::StoreError;
use crate::config;

/// Cheap to clone.
#[derive(Clone, Debug)]
pub struct Db {
    _inner: Arc<()>,
}

#[expect(unused_variables, clippy::todo, clippy::unused_async, reason = "the bodies follow within the hour")]
impl Db {
    /// Opens the configured database, `<data>/odziv.db` when none is, and brings its tables up to date.
    pub async fn open(config: &config::store::Store, data: &Path) -> Result<Self, StoreError> {
        todo!()
    }

    /// Whether it answers now; for `/readyz`.
    pub async fn ping(&self) -> Result<(), StoreError> {
        todo!()
    }

    /// Waits for what was queued, then closes.
    pub async fn close(&self) {
        todo!()
    }
}
