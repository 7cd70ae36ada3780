//! Files of cases: received, shown in a gallery, sent to whoever may read them.

pub mod add;
pub mod receive;
pub mod serve;
pub mod view;
