//! The calls of the exchange that campaigns dial: how they are begun, and who hears how they go.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::exchange::Exchange;
use super::media::Samples;
use super::sayings::Sounds;
use crate::actions::dialer::claim::ClaimedDial;
use crate::call::board::OrderRefused;
use crate::call::contact::{Keyed, Work};
use crate::call::switch::{CallKey, DialView, Dialling, Lead, NotPlaced};
use crate::dialplan::dialled::{Waits, plan};
use crate::dialplan::machine::Walk;
use crate::domain::dialer::campaign::queue_of;
use crate::domain::dialer::progress::Progress;
use crate::domain::dialer::{DialSettings, Mode};
use crate::domain::id::{DialAttemptId, DialCampaignId, UserId};
use crate::domain::queue::{MOST_WAITING, Member, QueueSettings, Strategy};
use crate::domain::survey::Interview;

/// A contact that is to be dialled now, by the rules of its campaign.
#[derive(Clone, Debug)]
pub struct DialCall {
    pub claimed: ClaimedDial,
    pub settings: DialSettings,
    /// Where no operator asks: what is asked by keys, and what it sounds like.
    pub survey: Option<(Interview, Arc<Sounds>)>,
}

/// What the dialler asks of the exchange.
#[derive(Debug)]
pub(super) enum DialRequest {
    /// Journals and dials, or says why nothing was done.
    Place(Box<DialCall>, oneshot::Sender<Result<(), NotPlaced>>),
    View(oneshot::Sender<DialView>),
    /// The queues of the campaigns that run, with those who may serve them.
    Queues(Vec<QueueSettings>),
    /// What rings is ended.
    BreakOff(DialCampaignId),
}

/// What the dialler hears of the calls.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum DialNews {
    Progress {
        attempt: DialAttemptId,
        campaign: DialCampaignId,
        progress: Progress,
        after: Duration,
    },
    /// The store did not take it, or did not want it any more: nothing was dialled.
    NotJournaled {
        attempt: DialAttemptId,
    },
}

/// News that wait for the dialler, which takes them twice a second: some calls for each of the channels of a large city.
const NEWS: usize = 8_192;

#[derive(Debug)]
pub(super) struct DialCalls {
    running: HashMap<CallKey, Running>,
    news: mpsc::Sender<DialNews>,
    /// Of surveys that are being asked; a few, however many calls there are.
    sounds: Vec<Arc<Sounds>>,
}

#[derive(Debug)]
struct Running {
    attempt: DialAttemptId,
    campaign: DialCampaignId,
    since: std::time::Instant,
    journaled: bool,
    sounds: Option<Arc<Sounds>>,
}

impl DialCalls {
    pub fn new() -> (Self, mpsc::Receiver<DialNews>) {
        let (news, heard) = mpsc::channel(NEWS);
        (Self { running: HashMap::new(), news, sounds: Vec::new() }, heard)
    }

    pub fn journaled(&mut self, call: CallKey) {
        if let Some(running) = self.running.get_mut(&call) {
            running.journaled = true;
        }
    }

    pub fn wrote(&mut self, call: CallKey, work: &Work, now: std::time::Instant) {
        let (Work::Dialled(progress), Some(running)) = (work, self.running.get(&call)) else { return };
        let Running { attempt, campaign, since, .. } = running;
        let after = now.saturating_duration_since(*since);
        let (attempt, campaign, progress) = (*attempt, *campaign, progress.clone());
        self.tell(DialNews::Progress { attempt, campaign, progress, after });
    }

    pub fn over(&mut self, call: CallKey) {
        let Some(running) = self.running.remove(&call) else { return };
        if !running.journaled {
            self.tell(DialNews::NotJournaled { attempt: running.attempt });
        }
        if let Some(sounds) = running.sounds {
            let is_used =
                |running: &Running| running.sounds.as_ref().is_some_and(|of| Arc::ptr_eq(of, &sounds));
            if !self.running.values().any(is_used) {
                self.sounds.retain(|of| !Arc::ptr_eq(of, &sounds));
            }
        }
    }

    /// What a piece of a survey sounds like.
    pub fn sound(&self, language: &str, key: &str) -> Option<Samples> {
        // Prompts of files have no such names.
        key.starts_with('@')
            .then(|| self.sounds.iter().find_map(|sounds| sounds.get(language, key)))
            .flatten()
    }

    fn begun(&mut self, call: CallKey, running: Running) {
        if let Some(sounds) = &running.sounds
            && !self.sounds.iter().any(|of| Arc::ptr_eq(of, sounds))
        {
            self.sounds.push(Arc::clone(sounds));
        }
        self.running.insert(call, running);
    }

    /// What the dialler does not take is in the store all the same; its pacing has one sample less.
    fn tell(&self, news: DialNews) {
        if self.news.try_send(news).is_err() {
            tracing::warn!("the dialler does not listen to how its calls go");
        }
    }
}

impl Exchange {
    pub(super) fn dial_request(&mut self, request: DialRequest) {
        let m = self.moment();
        match request {
            DialRequest::Place(call, answer) => {
                let _ = answer.send(self.place_dial(*call));
            }
            DialRequest::View(answer) => {
                let _ = answer.send(self.switch.dial_view(m));
            }
            DialRequest::Queues(queues) => self.switch.set_dial_queues(queues, m),
            DialRequest::BreakOff(campaign) => self.switch.break_off((campaign, None), m),
        }
        self.carry_out();
    }

    fn place_dial(&mut self, call: DialCall) -> Result<(), NotPlaced> {
        let m = self.moment();
        let DialCall { claimed, settings, survey } = call;
        let ClaimedDial { attempt, campaign, number, operator, .. } = claimed;
        let (interview, sounds) = survey.unzip();
        let lead = match (operator, interview) {
            (Some(user), _) => Lead::Operator { user, record: settings.record },
            (None, Some(interview)) => Lead::Survey(Box::new(Keyed::new(interview))),
            (None, None) => {
                let waits = Waits {
                    queue: &queue_of(campaign.0),
                    patience: Duration::from_millis(settings.abandoned.within_ms.into()),
                    priority: settings.priority,
                    record: settings.record,
                };
                let walk = Walk::start(plan(&settings.language, &waits), &number, m.local);
                let (walk, opening) = walk.ok_or(NotPlaced::NotRunning)?;
                Lead::Plan { walk: Box::new(walk), opening }
            }
        };
        let patience = Duration::from_secs(settings.ring.seconds().into());
        let (shown, hears) = (settings.caller_id, settings.hear_machines);
        let call = self
            .switch
            .place_dial(Dialling { attempt, campaign, number, shown, patience, hears, lead }, m)?;
        let running = Running { attempt, campaign, since: m.now, journaled: false, sounds };
        self.dial_calls.begun(call, running);
        Ok(())
    }
}

/// The queue in which those wait who answered a campaign.
pub(super) fn queue(
    (campaign, name): (DialCampaignId, &str),
    settings: &DialSettings,
    may: &[UserId],
) -> QueueSettings {
    let members = may.iter().map(|user| Member { user: *user, penalty: 0 }).collect();
    QueueSettings {
        strategy: Strategy::LongestIdle,
        members,
        wrap_up: Duration::from_secs(settings.wrap_up_s.into()),
        pause_after_missed: None,
        // Whoever waits for two seconds does not wait for somebody who has gone for a coffee.
        wait_while_paused: false,
        max_waiting: MOST_WAITING,
        ageing: None,
        widen_after: Some(Duration::ZERO),
        announce_every: None,
        announce_wait: false,
        promise: Duration::from_millis(settings.abandoned.within_ms.into()),
        ..QueueSettings::new(queue_of(campaign.0), name)
    }
}

/// Whether the machine dials, so that the number of calls is a question at all.
pub(super) fn is_paced(mode: Mode) -> bool {
    mode != Mode::Preview
}

/// Why a page's order to dial was not carried out.
pub(super) fn order_refused(why: &NotPlaced) -> OrderRefused {
    match why {
        NotPlaced::Rules(_) => OrderRefused::NotAllowed,
        NotPlaced::Trunks(_) => OrderRefused::NotNow,
        NotPlaced::NotRunning => OrderRefused::NotRunning,
        NotPlaced::NoLine => OrderRefused::NoPhone,
    }
}
