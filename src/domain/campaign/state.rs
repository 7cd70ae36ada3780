//! How far a campaign has come, and what can be done with it then.

use super::super::words::words;

words! {
    CampaignState {
        Draft = "draft",
        /// Its recipients are put together and looked at one by one.
        Preparing = "preparing",
        /// Waits for a second pair of eyes.
        Prepared = "prepared",
        /// Starts when somebody says so, or at its time.
        Approved = "approved",
        Running = "running",
        Paused = "paused",
        /// Nothing more goes out by itself.
        Finished = "finished",
        /// Ended by somebody before its end.
        Stopped = "stopped",
    }
}

words! {
    /// What people do with a campaign.
    Deed {
        Make = "make",
        Change = "change",
        Prepare = "prepare",
        /// Back to the draft: its recipients are put together anew.
        Revise = "revise",
        Approve = "approve",
        Start = "start",
        Pause = "pause",
        Resume = "resume",
        Stop = "stop",
        Remove = "remove",
        /// A message to oneself, or to a colleague.
        Test = "test",
        /// Those of whom nobody knows whether they were reached are tried by the next step.
        LetGoOn = "let_go_on",
        /// The last message of the last recipient is out. By itself.
        Finish = "finish",
    }
}

/// The state after it; `None`: that cannot be done now.
pub fn after(state: CampaignState, deed: Deed) -> Option<CampaignState> {
    use CampaignState::*;
    match (state, deed) {
        (Draft, Deed::Change) => Some(Draft),
        (Draft, Deed::Prepare) => Some(Preparing),
        (Preparing | Prepared | Approved, Deed::Revise) => Some(Draft),
        (Prepared, Deed::Approve) => Some(Approved),
        (Approved, Deed::Start) | (Paused, Deed::Resume) => Some(Running),
        (Running, Deed::Pause) => Some(Paused),
        (Running | Paused, Deed::Stop) => Some(Stopped),
        (Running, Deed::Finish) => Some(Finished),
        (Draft, Deed::Remove) => Some(Draft),
        (Draft | Preparing | Prepared | Approved | Running | Paused, Deed::Test) => Some(state),
        // What is tried by the next step needs a campaign that sends.
        (Running | Paused, Deed::LetGoOn) => Some(state),
        (Finished, Deed::LetGoOn) => Some(Running),
        _ => None,
    }
}

impl CampaignState {
    /// Nothing more goes out.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Finished | Self::Stopped)
    }

    /// Recipients may have been written to.
    pub fn has_begun(self) -> bool {
        matches!(self, Self::Running | Self::Paused | Self::Finished | Self::Stopped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_starts_that_was_not_approved_and_nothing_is_changed_that_was() {
        for state in CampaignState::ALL.iter().copied() {
            assert_eq!(after(state, Deed::Start).is_some(), state == CampaignState::Approved, "{state}");
            assert_eq!(after(state, Deed::Change).is_some(), state == CampaignState::Draft, "{state}");
            assert_eq!(after(state, Deed::Remove).is_some(), state == CampaignState::Draft, "{state}");
        }
    }

    #[test]
    fn a_stopped_campaign_stays_stopped() {
        assert!(Deed::ALL.iter().all(|deed| after(CampaignState::Stopped, *deed).is_none()));
    }
}
