//! Texts in and out: one task per SMSC link, one that writes what became of our texts, one that gives up on missing parts.
//!
//! In: `deliver_sm` -> [`inbound`] -> `actions.receive_text`, committed -> `deliver_sm_resp`.
//! Out, by the best link that can ([`standby`]): `actions.claim_texts`, committed -> [`outbound`] -> `submit_sm` -> its answer -> `actions.record_submissions`.
//! A mail: IMAP -> [`mailbox`] -> `actions.receive_mail`, committed -> marked as seen; and `actions.claim_mails`, committed -> [`smtp`] -> its
//! answer -> `actions.record_mails`.
//! Of what nothing was heard: `actions.silent_parts` -> [`questions`] -> `query_sm` -> its answer -> `actions.record_receipt`.
//! A receipt: `deliver_sm` -> `actions.record_receipt`, committed -> `deliver_sm_resp`.

pub mod campaigns;
mod conversation;
pub mod handle;
mod inbound;
mod link;
mod mailbox;
mod outbound;
mod questions;
mod recorder;
mod redelivery;
pub mod smtp;
mod standby;
mod tls;
mod verbs;
pub mod webhooks;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::handle::MessagingHandle;
use self::link::Link;
use self::redelivery::Redeliveries;
use self::standby::Roster;
pub use self::verbs::TextVerbs;
use crate::actions::Actions;
use crate::clock::Clock;
use crate::config::mail::Mail;
use crate::config::smpp::{Bind, Smpp};

/// How often long texts with missing parts are looked for; their time-out is minutes.
const OVERDUE_EVERY: Duration = Duration::from_secs(10);

/// What the links need to know besides their own section.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// ISO code of the country that senders without a country code are in.
    pub country: String,
    pub clock: Clock,
    /// Ends the links in good order: unbind, then everything that was learned is written.
    pub stop: CancellationToken,
}

/// Starts the links. `tasks` is done when all of them have ended after `stop`.
pub fn start<V: TextVerbs>(
    config: &Smpp,
    verbs: V,
    around: &Surroundings,
    tasks: &TaskTracker,
) -> MessagingHandle {
    let handle = MessagingHandle::default();
    // Shared: an SMSC with two binds may deliver again by the other one.
    let redeliveries = Arc::new(Mutex::new(Redeliveries::default()));
    let roster = Roster::new(Duration::from_secs(config.failover_after_s.into()));
    // All stand there before the first one asks who is better.
    for settings in &config.link {
        roster.add(settings.priority, settings.bind != Bind::Receiver, around.clock.instant());
    }
    for (place, settings) in config.link.iter().enumerate() {
        let index = handle.add(&settings.name, &settings.address, around.clock.now());
        let recorder = recorder::start(verbs.clone(), tasks);
        let link = Link::new(
            settings.clone(),
            around.clone(),
            verbs.clone(),
            recorder,
            Arc::clone(&redeliveries),
            (handle.clone(), index),
            (roster.clone(), place),
        );
        tasks.spawn(link.run());
    }
    tasks.spawn(give_up_on_missing_parts(verbs, around.clone()));
    handle
}

/// Watches the mailbox and sends what is queued, as far as the configuration says how. An error is about the key of signatures. Their states are beside those of the links.
pub fn start_mail(
    config: &Mail,
    actions: &Actions,
    around: &Surroundings,
    handle: &MessagingHandle,
    tasks: &TaskTracker,
) -> Result<(), String> {
    if let Some(imap) = &config.imap {
        tasks.spawn(mailbox::Mailbox::new(config, imap, around, actions, handle).run());
    }
    if let Some(smtp) = &config.smtp {
        let sender = smtp::Sender::new(config, smtp, around, actions, handle)?;
        for _ in 0..smtp.connections {
            tasks.spawn(sender.clone().run());
        }
        tasks.spawn(smtp::presume(actions.clone(), around.clone()));
    }
    Ok(())
}

async fn give_up_on_missing_parts<V: TextVerbs>(verbs: V, around: Surroundings) {
    loop {
        tokio::select! {
            () = around.stop.cancelled() => return,
            () = tokio::time::sleep(OVERDUE_EVERY) => {}
        }
        match verbs.assemble_overdue_texts(around.clock.now()).await {
            Ok(0) => {}
            Ok(texts) => tracing::info!(texts, "long texts with missing parts became cases"),
            Err(error) => tracing::warn!(%error, "long texts with missing parts could not be looked for"),
        }
    }
}
