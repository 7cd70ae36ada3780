//! The running server. Started from the ground up: store, what a killed process left behind, media, telephony, texts, pages; ended
//! in the opposite order.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use jiff::tz::TimeZone;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::catalogue;
use super::data_folder::DataFolder;
use super::keeping;
use crate::actions::Actions;
use crate::actions::campaign::CampaignSettings;
use crate::clock::Clock;
use crate::config::Config;
use crate::config::mail::Mail;
use crate::dialplan::catalogue::Catalogue;
use crate::domain::webhook::Allowed;
use crate::messaging::handle::text_length;
use crate::store::Db;
use crate::telephony::announcer;
use crate::telephony::handle::{Speech, TelephonyHandle};
use crate::telephony::media::{MediaHandle, salvage};
use crate::telephony::plans::{LOOK_EVERY, Plans};
use crate::telephony::prompts::Prompts;
use crate::{messaging, telephony, web};

/// Each stage of the end has this long; then the process ends, and what was not done is in the journal.
const STAGE_PATIENCE: Duration = Duration::from_secs(8);

#[derive(Debug)]
pub struct Server {
    pub web: SocketAddr,
    pub sip: SocketAddr,
    pub actions: Actions,
    pub plans: Plans,
    telephony: TelephonyHandle,
    media: MediaHandle,
    contacts: Stage,
    pages: Stage,
    // Last, so that the folder is free only when everything has let go of it.
    _data: DataFolder,
}

/// Tasks that end together.
#[derive(Debug, Default)]
struct Stage {
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Stage {
    async fn end(&self, what: &str) {
        self.stop.cancel();
        self.tasks.close();
        if tokio::time::timeout(STAGE_PATIENCE, self.tasks.wait()).await.is_err() {
            tracing::warn!("{what} did not end in time");
        }
    }
}

/// Receipts are awaited for hours: a minute more is nothing.
const FOLLOW_EVERY: Duration = Duration::from_secs(60);

/// The store, put in order, before anybody is let in.
#[derive(Debug)]
pub struct Foundation {
    pub config: Config,
    pub clock: Clock,
    pub actions: Actions,
    data: DataFolder,
    web: TcpListener,
}

impl Foundation {
    pub async fn lay(config: Config, data: DataFolder, clock: Clock) -> anyhow::Result<Self> {
        // The address first: one that is in use ends the start before anything is touched.
        let web = TcpListener::bind(config.web.listen)
            .await
            .with_context(|| format!("[web] listen: cannot listen on {}", config.web.listen))?;
        let db = Db::open(&config.store, data.path()).await.context("[store] cannot open the database")?;
        let mail = Mail { pages: config.web.public_url.clone(), ..config.mail.clone() };
        let actions = Actions::with_mail(db, clock.clone(), config.cases.clone(), mail).await?;
        actions.be_node(data.node()?);
        actions.beat().await?;
        recover(&actions, data.path()).await?;
        Ok(Self { config, clock, actions, data, web })
    }
}

impl Server {
    pub async fn start(foundation: Foundation, metrics: Option<PrometheusHandle>) -> anyhow::Result<Self> {
        let Foundation { config, clock, actions, data, web: web_listener } = foundation;
        let folder = data.path().to_owned();
        let web_address = web_listener.local_addr()?;
        let health = web::Health::default();
        let zone = TimeZone::get(&config.cases.time_zone)?;
        let prompts = Prompts::load(&folder.join("sounds"), "sr")?;
        let load = {
            let (folder, prompts, actions) = (folder.clone(), prompts.clone(), actions.clone());
            move || load_plans(&folder, prompts, actions, Handle::current())
        };
        let plans = tokio::task::spawn_blocking(load).await??;
        actions.respect_plans(Arc::new(plans.clone()));
        let (media, media_events) =
            MediaHandle::start(config.media.clone(), config.sip.listen.ip()).context("[media]")?;

        let (contacts, pages) = (Stage::default(), Stage::default());
        let telephony_handle = TelephonyHandle::default();
        let parts = telephony::exchange::Parts {
            config: config.sip.clone(),
            clock: clock.clone(),
            actions: actions.clone(),
            media: media.clone(),
            media_events,
            prompts: prompts.clone(),
            plans: plans.clone(),
            data: folder.clone(),
            zone: zone.clone(),
            country: config.cases.country.clone(),
            outbound: telephony::tariffs::outbound(
                &config.outbound,
                &config.sip,
                clock.now().to_zoned(zone.clone()).date(),
                &[],
            ),
            announcements: announcer::rules(&config.outbound.announcements, &zone),
        };
        let announcements = announcer::Parts {
            config: config.outbound.announcements.clone(),
            rules: parts.announcements.clone(),
            actions: actions.clone(),
            handle: telephony_handle.clone(),
            speech: Speech::new(config.media.speech.clone(), prompts.clone(), &folder, clock.clone()),
            clock: clock.clone(),
        };
        let (sip_address, exchange) =
            telephony::exchange::start(parts, telephony_handle.clone(), contacts.stop.clone())
                .await
                .with_context(|| format!("[sip] listen: cannot listen on {}", config.sip.listen))?;
        contacts.tasks.spawn(exchange);
        let sweep = announcements.speech.clone().keep_small();
        contacts.tasks.spawn(contacts.stop.clone().run_until_cancelled_owned(sweep));
        telephony_handle.speak_with(announcements.speech.clone());
        contacts.tasks.spawn(announcer::run(announcements, contacts.stop.clone()));
        if config.dialer.calls_at_once > 0 {
            let dialer = telephony::dialer::Parts {
                config: config.dialer.clone(),
                actions: actions.clone(),
                handle: telephony_handle.clone(),
                clock: clock.clone(),
                zone: zone.clone(),
            };
            contacts.tasks.spawn(telephony::dialer::run(dialer, contacts.stop.clone()));
        }
        health.up("telephony");

        let around = messaging::Surroundings {
            country: config.cases.country.clone(),
            clock: clock.clone(),
            stop: contacts.stop.clone(),
        };
        let messaging_handle = messaging::start(&config.smpp, actions.clone(), &around, &contacts.tasks);

        let mail = Mail { pages: config.web.public_url.clone(), ..config.mail.clone() };
        messaging::start_mail(&mail, &actions, &around, &messaging_handle, &contacts.tasks)
            .map_err(anyhow::Error::msg)?;

        let alerting = actions.clone().keep_alerting();
        contacts.tasks.spawn(contacts.stop.clone().run_until_cancelled_owned(alerting));
        let node = actions.clone().keep_node();
        contacts.tasks.spawn(contacts.stop.clone().run_until_cancelled_owned(node));
        let deadlines = actions.clone().keep_deadlines();
        contacts.tasks.spawn(contacts.stop.clone().run_until_cancelled_owned(deadlines));
        let allowed = Allowed {
            plain_http: config.webhooks.plain_http,
            private_addresses: config.webhooks.private_addresses,
        };
        actions.allow_webhooks(allowed);
        actions.speak_for(&config.web.municipality);
        actions.run_campaigns(campaign_settings(&config));
        messaging::campaigns::start(actions.clone(), contacts.stop.clone(), &contacts.tasks);
        let stop = contacts.stop.clone();
        messaging::webhooks::start(actions.clone(), clock.clone(), allowed, stop, &contacts.tasks);

        let watch = plans.clone().watch(LOOK_EVERY);
        contacts.tasks.spawn(contacts.stop.clone().run_until_cancelled_owned(watch));
        let rights = actions.clone().follow_rights();
        contacts.tasks.spawn(contacts.stop.clone().run_until_cancelled_owned(rights));
        let history = plans.clone().keep_history(actions.clone());
        contacts.tasks.spawn(contacts.stop.clone().run_until_cancelled_owned(history));

        contacts.tasks.spawn(contacts.stop.clone().run_until_cancelled_owned(keeping::seal(actions.clone())));
        contacts.tasks.spawn(contacts.stop.clone().run_until_cancelled_owned(actions.clone().sweep_files()));
        let people = keeping::index_people(actions.clone());
        contacts.tasks.spawn(contacts.stop.clone().run_until_cancelled_owned(people));
        let notices = follow_notices(actions.clone());
        contacts.tasks.spawn(contacts.stop.clone().run_until_cancelled_owned(notices));
        let retain = keeping::retain(actions.clone(), clock.clone(), zone.clone());
        contacts.tasks.spawn(contacts.stop.clone().run_until_cancelled_owned(retain));
        let files = keeping::remove_files(actions.clone(), folder.clone());
        contacts.tasks.spawn(contacts.stop.clone().run_until_cancelled_owned(files));

        let state = web::WebState {
            dialer: config.dialer.clone(),
            campaigns: config.campaigns.clone(),
            actions: actions.clone(),
            db: actions.db().clone(),
            clock,
            config: config.web.clone(),
            time_zone: zone,
            country: config.cases.country.clone(),
            data_dir: folder,
            phones: web::PhoneServer::new(&config.sip),
            telephony: Some(telephony_handle.clone()),
            plans: Some(plans.clone()),
            messaging: Some(messaging_handle),
            health,
            metrics,
        };
        let stop = pages.stop.clone();
        pages.tasks.spawn(async move {
            if let Err(error) = web::serve(web_listener, state, stop).await {
                tracing::error!(%error, "the pages ended");
            }
        });
        tracing::info!(web = %web_address, sip = %sip_address, "serving");
        let (web, sip, telephony) = (web_address, sip_address, telephony_handle);
        Ok(Self { web, sip, actions, plans, telephony, media, contacts, pages, _data: data })
    }

    /// Dialplans and the TLS certificate as they are on the disk now. What is wrong with them is in the log, and the old ones go on.
    pub async fn reload(&self) {
        let (plans, telephony) = (self.plans.clone(), self.telephony.clone());
        let reload = move || {
            // The prompts of plans take a while to read.
            let _ = telephony.reload_certificate();
            let _ = plans.reload();
        };
        let _ = tokio::task::spawn_blocking(reload).await;
    }

    /// Calls are ended and written, links unbound, pages closed, the database last.
    pub async fn stop(self) {
        tracing::info!("stopping");
        self.contacts.end("calls and texts").await;
        let media = self.media.clone();
        // Blocks until the last file is whole.
        let _ = tokio::time::timeout(STAGE_PATIENCE, tokio::task::spawn_blocking(move || media.stop())).await;
        self.pages.end("pages").await;
        keeping::seal_now(&self.actions).await;
        self.actions.db().close().await;
        tracing::info!("stopped");
    }
}

/// What was under way when the process was killed: calls become cases, recordings get their length, texts of unknown fate say so.
async fn recover(actions: &Actions, folder: &Path) -> anyhow::Result<()> {
    let root = Arc::new(folder.to_owned());
    let calls = actions.recover_calls(&move |path: &str| salvage(&root.join(path))).await?;
    let texts = actions.recover_outbox().await?;
    let dials = actions.recover_dials().await?;
    if calls + texts + dials > 0 {
        tracing::warn!(calls, texts, dials, "found what the last run left unfinished");
    }
    Ok(())
}

/// What campaigns can send by, as far as the configuration says.
fn campaign_settings(config: &Config) -> CampaignSettings {
    CampaignSettings {
        senders: config.campaigns.senders.clone(),
        texts: !config.smpp.link.is_empty(),
        calls: !config.sip.trunk.is_empty() && !config.media.speech.program.is_empty(),
        approval_above: config.campaigns.approval_above,
        keep_days: config.campaigns.keep_days,
        parts: |words| text_length(words).map_or(0, |length| length.parts),
    }
}

/// Whom nobody could reach is found, and asked for by the next channel.
async fn follow_notices(actions: Actions) {
    loop {
        match actions.follow_notices().await {
            Ok(0) => tokio::time::sleep(FOLLOW_EVERY).await,
            Ok(moved) => tracing::info!(moved, "notices to citizens went on, or settled cases were closed"),
            Err(error) => {
                tracing::warn!(%error, "notices to citizens could not be followed");
                tokio::time::sleep(FOLLOW_EVERY).await;
            }
        }
    }
}

/// The plans of the data folder, checked at every reload against the prompts, categories, queues and whatever else this installation
/// has. Blocks for files and for the store.
fn load_plans(folder: &Path, prompts: Prompts, actions: Actions, runtime: Handle) -> anyhow::Result<Plans> {
    let sounds = folder.join("sounds");
    let catalogue = move || {
        // A new plan often comes with a new prompt. With a mistake in one the old prompts stay, and the plan is told so.
        if let Err(error) = prompts.reload() {
            tracing::error!(%error, "prompts not taken over, the old ones go on");
        }
        let found = runtime.block_on(catalogue::of_store(&actions)).unwrap_or_else(|error| {
            tracing::error!(%error, "the store does not say what plans may name: only their prompts are checked");
            Catalogue::default()
        });
        catalogue::with_prompts(found, &sounds)
    };
    Ok(Plans::load(&folder.join("dialplans"), catalogue)?)
}
