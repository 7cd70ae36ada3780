//! Registered users. Reads: [`super::directory`].
