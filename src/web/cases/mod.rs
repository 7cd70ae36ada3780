//! The list of cases, the page of one, and what people do there.

pub mod bulk;
pub mod change;
mod conversation;
pub mod desk;
pub mod filter;
pub mod list;
pub mod recording;
pub mod saved;
pub mod show;
pub mod speakers;
pub mod split;
pub mod timeline;
pub mod view;
pub mod wave;
pub mod work;
