//! Citizens who call over SIP and RTP and text over SMPP, as people do: most to the point, some not at all.

pub mod behaviour;
pub mod ear;
pub mod texts;
