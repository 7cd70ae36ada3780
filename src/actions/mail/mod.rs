//! E-mail and cases: what comes becomes a case or an entry on one, what goes out is claimed before the wire and settled after it.

mod bounce;
mod delivery;
mod fallback;
mod files;
mod join;
mod leave;
mod letter;
mod queue;
mod receive;
mod reply;
mod unstored;

pub use self::bounce::MailBounce;
pub(super) use self::delivery::told;
pub use self::delivery::{MailSubmission, OutboundMail, SubmitMail};
pub(super) use self::queue::MailOut;
pub use self::receive::{Arrived, ArrivedFile, KnownPosition, MailArrived, MailOutcome, MailboxPosition};
pub use self::reply::{ForwardMail, MAIL_MAX_CHARS};
pub use self::unstored::UNSTORED;
