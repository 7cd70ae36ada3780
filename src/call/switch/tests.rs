//! Calls among people against a pretended shell: phones, trunks, store and media that do what they like, when they like. The fuzzer
//! plays with it too.

#[cfg(test)]
mod announce;
#[cfg(test)]
mod behaviour;
#[cfg(test)]
mod dialled;
#[cfg(test)]
mod every_order;
pub mod random;
mod town;
pub mod wired;
pub mod world;
