//! What callers and operators go through.
