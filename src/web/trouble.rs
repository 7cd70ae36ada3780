//! What somebody should look at: marked in the menu of whoever may mend it, so that nobody has to think of opening the page.

use super::state::{App, Part};
use crate::messaging::handle::LinkState;
use crate::telephony::handle::TrunkState;

pub const SYSTEM: &str = "/system";
pub const WEBHOOKS: &str = "/webhooks";

/// Addresses of the pages that say what is wrong. From what the program knows anyway: asked for with every page.
pub fn troubles(app: &App) -> Vec<&'static str> {
    let mut troubles = Vec::new();
    if parts_are_down(app) || links_are_down(app) || trunks_are_down(app) {
        troubles.push(SYSTEM);
    }
    if app.db.webhook_gave_up() {
        troubles.push(WEBHOOKS);
    }
    troubles
}

fn parts_are_down(app: &App) -> bool {
    app.health.parts().values().any(|part| matches!(part, Part::Down(_)))
}

/// To the mail server, the mailbox, the SMSC. One that connects for the first time is no trouble yet.
fn links_are_down(app: &App) -> bool {
    let links = app.messaging.as_ref().map(|messaging| messaging.links()).unwrap_or_default();
    links.iter().any(|link| match link.state {
        LinkState::Waiting | LinkState::Refused => true,
        LinkState::Connecting => link.last_error.is_some(),
        LinkState::Bound | LinkState::Stopped => false,
    })
}

fn trunks_are_down(app: &App) -> bool {
    let trunks = app.telephony.as_ref().map(|telephony| telephony.trunks()).unwrap_or_default();
    trunks.iter().any(|trunk| trunk.state == TrunkState::Down)
}
