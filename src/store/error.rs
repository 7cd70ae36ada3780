//! Why the database did not do it.

/// Knows whether the same work may succeed when it is tried again.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The queue of writes is full, the disk is full, the database is gone.
    #[error("the database does not answer: {0}")]
    Unavailable(String),
    /// Another transaction was in the way; the whole work may be tried again.
    #[error("another transaction was in the way: {0}")]
    Collided(String),
    /// A row that the program cannot have written.
    #[error("stored data cannot be read: {0}")]
    Corrupt(String),
    #[error("{0}")]
    Database(String),
}
