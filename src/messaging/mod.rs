//! Texts in and out: one task per SMSC link.

pub mod handle;
