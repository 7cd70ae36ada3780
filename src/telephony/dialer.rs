//! The dialler: twice a second it looks how campaigns, operators and trunks stand, decides how many to dial, claims so many contacts and has them
//! dialled. What it decides by is pure (`domain/dialer`); what it must not forget is in the store.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::dialling::{DialCall, DialNews, is_paced, queue};
use super::handle::TelephonyHandle;
use super::sayings::Prepared;
use crate::actions::Actions;
use crate::actions::dialer::claim::ClaimedDial;
use crate::actions::dialer::{DialCampaign, DialError};
use crate::call::board::OperatorState;
use crate::call::switch::{DialNowStage, DialView, NotPlaced};
use crate::clock::Clock;
use crate::config::dialer::Dialer as Config;
use crate::domain::dialer::outcome::{Ended, Outcome};
use crate::domain::dialer::pacing::{Operator, Pacer, View};
use crate::domain::dialer::progress::Progress;
use crate::domain::dialer::share::{self, Claim, Free};
use crate::domain::dialer::{DialState, Mode};
use crate::domain::id::{DialAttemptId, DialCampaignId, UserId};
use crate::domain::outbound::Refused;
use crate::domain::survey::Interview;

/// What it is made of.
#[derive(Debug)]
pub struct Parts {
    pub config: Config,
    pub actions: Actions,
    pub handle: TelephonyHandle,
    pub clock: Clock,
    pub zone: TimeZone,
}

/// Decisions are made so often (dialer design, "each half second").
const BEAT: Duration = Duration::from_millis(500);
/// What was learnt is kept, and what is left lying is settled, so often.
const KEEP_EVERY: Duration = Duration::from_secs(60);
/// Contacts that are counted: more than are dialled in one beat need not be known.
const MOST_READY: u32 = 500;
/// Whoever could not be dialled because a trunk was full.
const AFTER_TRUNK: SignedDuration = SignedDuration::from_secs(2);
const AFTER_STORE: SignedDuration = SignedDuration::from_secs(30);

/// Until `stop`. What was claimed and not dialled waits again; what rings is ended by the exchange.
pub async fn run(parts: Parts, stop: CancellationToken) {
    let Some(news) = parts.handle.take_dial_news() else {
        return tracing::error!("the dialler has nothing to dial by");
    };
    let now = parts.clock.instant();
    let mut dialer =
        Dialer { parts, news, began: now, keep_at: now + KEEP_EVERY, campaigns: BTreeMap::new() };
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            () = tokio::time::sleep(BEAT) => {}
        }
        if let Err(error) = dialer.beat().await {
            tracing::warn!(%error, "the dialler could not go on; trying again");
        }
    }
    dialer.keep().await;
}

struct Dialer {
    parts: Parts,
    news: mpsc::Receiver<DialNews>,
    /// Seconds of the pacing run from here.
    began: Instant,
    keep_at: Instant,
    campaigns: BTreeMap<DialCampaignId, Running>,
}

/// A campaign that runs or is paused.
struct Running {
    row: DialCampaign,
    /// Of its survey, where keys are asked for.
    sounds: Prepared,
    /// Who may serve it.
    may: Vec<UserId>,
    pacer: Pacer,
    day: Option<Date>,
    /// Operators who talk for it or write something down: since when, and since when they write.
    handling: BTreeMap<UserId, (Instant, Option<Instant>)>,
}

impl Dialer {
    async fn beat(&mut self) -> Result<(), DialError> {
        self.read().await?;
        self.hear().await;
        if !self.campaigns.is_empty() {
            let view = self.parts.handle.dial_view().await;
            if let Some(view) = view {
                self.watch(&view);
                self.dial(&view).await?;
            }
        }
        if self.keep_at <= self.parts.clock.instant() {
            self.keep_at = self.parts.clock.instant() + KEEP_EVERY;
            self.keep().await;
            self.parts.actions.settle_left_dials().await?;
        }
        Ok(())
    }

    /// The campaigns as they are now, and their queues.
    async fn read(&mut self) -> Result<(), DialError> {
        let db = self.parts.actions.db().clone();
        let alive = db.dial_campaigns_alive().await?;
        let gone: Vec<DialCampaignId> =
            self.campaigns.keys().filter(|id| !alive.iter().any(|row| row.id == **id)).copied().collect();
        for id in gone {
            self.campaigns.remove(&id);
            self.parts.handle.dial_break_off(id).await;
        }
        let today = self.parts.clock.now().to_zoned(self.parts.zone.clone()).date();
        for row in alive {
            let known = self.campaigns.get(&row.id).is_some_and(|known| known.row.version == row.version);
            if !known {
                let learnt = match self.campaigns.get(&row.id) {
                    Some(known) => known.pacer.learnt().clone(),
                    None => db.dial_learnt(row.id).await?.unwrap_or_default(),
                };
                let may = self.may_serve(row.id).await?;
                let pacer = Pacer::new(row.settings.pacing(), learnt);
                let sounds = Prepared::default();
                let running = Running { may, pacer, sounds, day: None, handling: BTreeMap::new(), row };
                self.campaigns.insert(running.row.id, running);
            }
        }
        for running in self.campaigns.values_mut().filter(|running| running.day != Some(today)) {
            let books = db.dial_books(running.row.id).await?;
            running.pacer.set_day(books.day(today), books.before(today));
            running.day = Some(today);
        }
        let queues = self.campaigns.values().filter(|running| running.row.settings.mode.needs_operators());
        let queues = queues
            .map(|running| queue((running.row.id, &running.row.name), &running.row.settings, &running.may));
        self.parts.handle.dial_queues(queues.collect()).await;
        Ok(())
    }

    async fn may_serve(&self, id: DialCampaignId) -> Result<Vec<UserId>, DialError> {
        let named = self.parts.actions.db().dial_operators(id).await?;
        let operators = self.parts.actions.floor_settings().await?.operators;
        let all = operators.iter().map(|operator| operator.user);
        Ok(all.filter(|user| named.is_empty() || named.contains(user)).collect())
    }

    /// What became of calls since the last beat.
    async fn hear(&mut self) {
        let now = self.seconds();
        while let Ok(news) = self.news.try_recv() {
            match news {
                DialNews::Progress { campaign, progress, after, .. } => {
                    if let Some(running) = self.campaigns.get_mut(&campaign) {
                        learn(&mut running.pacer, &progress, after.as_secs_f64(), now);
                    }
                }
                DialNews::NotJournaled { attempt } => self.wait_again(attempt, AFTER_STORE).await,
            }
        }
    }

    /// How long talks and what follows them last, as seen twice a second.
    fn watch(&mut self, view: &DialView) {
        let now = self.parts.clock.instant();
        for (id, running) in &mut self.campaigns {
            for (user, state, _, talks_for) in &view.operators {
                let handling = running.handling.get(user).copied();
                match (state, handling) {
                    (OperatorState::Talking, None) if *talks_for == Some(*id) => {
                        running.handling.insert(*user, (now, None));
                    }
                    (OperatorState::WrapUp { .. }, Some((since, None))) => {
                        running.handling.insert(*user, (since, Some(now)));
                    }
                    (OperatorState::Talking | OperatorState::WrapUp { .. }, _) | (_, None) => {}
                    (_, Some((since, wrap_up))) => {
                        running.handling.remove(user);
                        let wrapped = wrap_up.map_or(0.0, |at| (now - at).as_secs_f64());
                        running.pacer.handled((now - since).as_secs_f64(), wrapped);
                    }
                }
            }
            let there: BTreeSet<UserId> = view.operators.iter().map(|(user, ..)| *user).collect();
            running.handling.retain(|user, _| there.contains(user));
        }
    }

    async fn dial(&mut self, view: &DialView) -> Result<(), DialError> {
        let now = self.parts.clock.now();
        let mut ids = Vec::new();
        let mut claims = Vec::new();
        for (id, running) in &self.campaigns {
            if running.row.state != DialState::Running || !is_paced(running.row.settings.mode) {
                continue;
            }
            let ready = self.parts.actions.db().dial_ready(*id, now, MOST_READY).await?;
            let has = view.operators.iter().filter(|(user, _, _, talks_for)| {
                *talks_for == Some(*id) || running.handling.contains_key(user)
            });
            let has = u32::try_from(has.count()).unwrap_or(u32::MAX);
            let in_flight = view.calls.iter().filter(|call| call.campaign == *id && is_in_flight(call.stage));
            let in_flight = u32::try_from(in_flight.count()).unwrap_or(u32::MAX);
            let need = has.saturating_add(ready).saturating_add(in_flight);
            let (settings, spoken_for) = (&running.row.settings, running.pacer.spoken_for(in_flight));
            claims.push(Claim { priority: settings.priority, mode: settings.mode, need, has, spoken_for });
            ids.push((*id, ready));
        }
        let idle = self.idle(view, &ids);
        let given = share::operators(&claims, &idle.iter().map(|(_, free)| free.clone()).collect::<Vec<_>>());
        let mut channels = view.free_channels.unwrap_or(self.parts.config.calls_at_once);
        let mut left = self.left(view);
        for (place, (id, ready)) in ids.iter().enumerate() {
            if claims.get(place).is_some_and(|claim| !claim.mode.needs_operators()) {
                continue;
            }
            let free = given.iter().filter(|given| **given == Some(place)).count();
            let most = channels.min(left);
            let dialled = self.dial_for(*id, (*ready, free, most), view).await?;
            channels = channels.saturating_sub(dialled);
            left = left.saturating_sub(dialled);
        }
        self.dial_by_keys((&ids, &claims), channels.min(left), view).await?;
        self.finish().await
    }

    /// Surveys by keys have what operators leave, shared by priority: people wait for calls, machines do not.
    async fn dial_by_keys(
        &mut self,
        (ids, claims): (&[(DialCampaignId, u32)], &[Claim]),
        mut channels: u32,
        view: &DialView,
    ) -> Result<(), DialError> {
        let up = |id: DialCampaignId| {
            let calls = view.calls.iter().filter(|call| call.campaign == id);
            u32::try_from(calls.count()).unwrap_or(u32::MAX)
        };
        let keyed: Vec<(&Claim, DialCampaignId, u32)> = claims
            .iter()
            .zip(ids)
            .filter(|(claim, _)| !claim.mode.needs_operators())
            .map(|(claim, (id, ready))| (claim, *id, *ready))
            .collect();
        let wanted: Vec<Claim> = keyed
            .iter()
            .map(|(claim, id, ready)| Claim { need: up(*id).saturating_add(*ready), ..**claim })
            .collect();
        let all = keyed.iter().fold(channels, |all, (_, id, _)| all.saturating_add(up(*id)));
        for ((_, id, ready), share) in keyed.iter().zip(share::channels(&wanted, all)) {
            let ready = (*ready).min(share.saturating_sub(up(*id)));
            let dialled = self.dial_for(*id, (ready, 0, channels), view).await?;
            channels = channels.saturating_sub(dialled);
        }
        Ok(())
    }

    /// Calls of campaigns that may be begun besides those that are up.
    fn left(&self, view: &DialView) -> u32 {
        let up = u32::try_from(view.calls.len()).unwrap_or(u32::MAX);
        self.parts.config.calls_at_once.saturating_sub(up)
    }

    /// Operators who have nothing to do, and for which campaigns they may work.
    fn idle(&self, view: &DialView, ids: &[(DialCampaignId, u32)]) -> Vec<(UserId, Free)> {
        let ready = view.operators.iter().filter(|(_, state, _, _)| *state == OperatorState::Ready);
        ready
            .map(|(user, ..)| {
                let may = ids.iter().enumerate().filter(|(_, (id, _))| {
                    self.campaigns.get(id).is_some_and(|running| running.may.contains(user))
                });
                (*user, Free { may: may.map(|(place, _)| place).collect(), last: None })
            })
            .collect()
    }

    /// How many were dialled for this campaign.
    async fn dial_for(
        &mut self,
        id: DialCampaignId,
        (ready, free, channels): (u32, usize, u32),
        view: &DialView,
    ) -> Result<u32, DialError> {
        let (now, at) = (self.seconds(), self.parts.clock.instant());
        let wall = self.parts.clock.now();
        let Some(running) = self.campaigns.get_mut(&id) else { return Ok(0) };
        let sounds = match (running.row.settings.mode, running.row.survey_version) {
            (Mode::Agentless, Some(version)) if ready > 0 => {
                let of = (version, running.row.settings.language.as_str());
                let by = (&self.parts.actions, &self.parts.handle);
                let Some(sounds) = running.sounds.get(by, of, at).await else { return Ok(0) };
                Some(sounds)
            }
            (Mode::Agentless, _) => return Ok(0),
            _ => None,
        };
        let mut operators = vec![Operator::Idle; free];
        operators.extend(running.handling.values().map(|(since, wrap_up)| match wrap_up {
            Some(wrap_up) => Operator::WrapUp((at - *wrap_up).as_secs_f64()),
            None => Operator::Talking((at - *since).as_secs_f64()),
        }));
        let age = |since: Timestamp| wall.duration_since(since).as_secs_f64().max(0.0);
        let own = || view.calls.iter().filter(|call| call.campaign == id);
        let ringing: Vec<f64> =
            own().filter(|call| call.stage == DialNowStage::Ringing).map(|call| age(call.since)).collect();
        let waiting = own().filter(|call| call.stage == DialNowStage::Waiting).count();
        let waiting = u32::try_from(waiting).unwrap_or(u32::MAX);
        let seen = View {
            operators: &operators,
            ringing: &ringing,
            waiting,
            free_channels: channels,
            contacts: ready,
        };
        let decision = running.pacer.decide(&seen, now);
        let settings = running.row.settings.clone();
        if decision.dial == 0 {
            return Ok(0);
        }
        let claimed = self.parts.actions.claim_dials(id, decision.dial).await?;
        let mut dialled = 0;
        for claimed in claimed {
            let mut call = DialCall { claimed: claimed.clone(), settings: settings.clone(), survey: None };
            if let Some(sounds) = &sounds {
                call.survey = self.interview(&claimed).await.map(|interview| (interview, Arc::clone(sounds)));
                if call.survey.is_none() {
                    self.wait_again(claimed.attempt, AFTER_STORE).await;
                    continue;
                }
            }
            dialled += u32::from(self.place(call, &claimed).await);
        }
        Ok(dialled)
    }

    /// What whoever answers is asked by keys.
    async fn interview(&self, claimed: &ClaimedDial) -> Option<Interview> {
        let interview = self.parts.actions.interview_by_keys(claimed.attempt).await;
        interview.unwrap_or_else(|error| {
            tracing::error!(attempt = claimed.attempt.0, %error, "a survey cannot be asked");
            None
        })
    }

    /// False: nothing was dialled, and the contact stands where it should.
    async fn place(&mut self, call: DialCall, claimed: &ClaimedDial) -> bool {
        let Err(why) = self.parts.handle.dial(call).await else { return true };
        tracing::info!(attempt = claimed.attempt.0, %why, "a contact is not dialled");
        match why {
            NotPlaced::Rules(_) => {
                if let Err(error) = self.parts.actions.block_dial(claimed.attempt).await {
                    tracing::error!(%error, "a contact that cannot be dialled could not be put aside");
                }
            }
            NotPlaced::Trunks(why) => {
                let now = self.seconds();
                if let Some(running) = self.campaigns.get_mut(&claimed.campaign)
                    && matches!(why, Refused::Down | Refused::Spend)
                {
                    running.pacer.refused(None, now);
                }
                self.wait_again(claimed.attempt, AFTER_TRUNK).await;
            }
            NotPlaced::NotRunning | NotPlaced::NoLine => self.wait_again(claimed.attempt, AFTER_TRUNK).await,
        }
        false
    }

    async fn wait_again(&self, attempt: DialAttemptId, after: SignedDuration) {
        let now = self.parts.clock.now();
        let until = now.saturating_add(after).unwrap_or(now);
        if let Err(error) = self.parts.actions.unclaim_dial(attempt, until).await {
            // It stands as one of unknown fate, and the next start settles it.
            tracing::error!(attempt = attempt.0, %error, "a contact that was not dialled could not be put back");
        }
    }

    /// Campaigns that have nobody left to call.
    async fn finish(&self) -> Result<(), DialError> {
        for (id, running) in &self.campaigns {
            if running.row.state == DialState::Running && self.parts.actions.finish_dial_campaign(*id).await?
            {
                tracing::info!(campaign = id.0, "a dialling campaign is finished");
            }
        }
        Ok(())
    }

    async fn keep(&self) {
        for (id, running) in &self.campaigns {
            let learnt = running.pacer.learnt().clone();
            if let Err(error) = self.parts.actions.keep_dial_learnt(*id, learnt).await {
                tracing::warn!(%error, "what a campaign learnt could not be kept");
            }
        }
    }

    fn seconds(&self) -> f64 {
        self.parts.clock.instant().saturating_duration_since(self.began).as_secs_f64()
    }
}

fn is_in_flight(stage: DialNowStage) -> bool {
    matches!(stage, DialNowStage::Ringing | DialNowStage::Waiting)
}

/// `after`: seconds since it was dialled.
fn learn(pacer: &mut Pacer, progress: &Progress, after: f64, now: f64) {
    match progress {
        Progress::Taken => pacer.taken(),
        Progress::Answered => {
            pacer.taken();
            pacer.answered(after);
        }
        Progress::Joined { .. } => pacer.connected(now),
        Progress::Ended(ended) => match (ended, Outcome::of(ended)) {
            (Ended::Answered(_), Outcome::Abandoned) => pacer.abandoned(now),
            (Ended::Answered(_), _) => {}
            (_, Outcome::Trouble) => pacer.refused(None, now),
            _ => {
                pacer.taken();
                pacer.unanswered(after);
            }
        },
        Progress::Greeted(_) | Progress::OptedOut | Progress::Parted { .. } | Progress::BrokenOff => {}
    }
}
