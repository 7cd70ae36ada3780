//! Calls among people against a pretended shell: phones, trunks, store and media that do what they like, when they like.

mod behaviour;
mod every_order;
mod random;
mod world;
