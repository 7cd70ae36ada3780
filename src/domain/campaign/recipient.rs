//! One recipient on the ladder. Inputs are what the networks say and that time is up; the decision is where they stand then.

use super::super::message::DeliveryState;
use super::super::words::words;
use super::ladder::Way;

words! {
    RecipientState {
        /// From a list, not looked at yet.
        Listed = "listed",
        /// For the step on which they stand.
        Waiting = "waiting",
        /// The message of this step is on its way.
        Sending = "sending",
        /// With proof of delivery.
        Reached = "reached",
        /// Taken by a mail server, and nothing came back in a fair time.
        Presumed = "presumed",
        /// No step reached them: people are asked to.
        ByHand = "by_hand",
        ToldByHand = "told_by_hand",
        /// The link or the program died between the wire and the answer. Never sent again by itself.
        Uncertain = "uncertain",
        /// The network took the message of the last step and said nothing more.
        Unknown = "unknown",
        /// Every step failed.
        Unreached = "unreached",
        /// Never tried; [`Why`] says why.
        Skipped = "skipped",
        /// The campaign was stopped before it was their turn.
        Stopped = "stopped",
    }
}

words! {
    /// Why somebody was not tried, or not by a step.
    Why {
        /// They do not want messages to many.
        OptedOut = "opted_out",
        /// Nothing by which one of the steps could reach them.
        NoAddress = "no_address",
        /// Their addresses are known to reach nobody.
        BadAddress = "bad_address",
        /// The same person or address is among the recipients already.
        Duplicate = "duplicate",
        /// The words need a field that their row does not have.
        MissingField = "missing_field",
        /// The filled words are longer than a text may be.
        TooLong = "too_long",
        /// Somebody took them out.
        TakenOut = "taken_out",
    }
}

/// What becomes of them by what was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    Stay,
    To(RecipientState),
    /// The step failed: the next one, or the end.
    Next,
}

impl RecipientState {
    /// Something still goes out, or may be heard, without anybody's doing.
    pub fn is_under_way(self) -> bool {
        matches!(self, Self::Waiting | Self::Sending)
    }

    /// Counts as success.
    pub fn is_reached(self) -> bool {
        matches!(self, Self::Reached | Self::Presumed | Self::ToldByHand)
    }
}

/// The network says something of the message of step `of`, while they stand on step `on`.
pub fn heard(state: RecipientState, (on, of): (usize, usize), says: DeliveryState) -> Move {
    use RecipientState::*;
    let current = on == of;
    match says {
        // Also by a step that was given up: what arrives late has arrived.
        DeliveryState::Delivered => match state {
            Reached | ToldByHand | Skipped | Listed => Move::Stay,
            _ => Move::To(Reached),
        },
        DeliveryState::Presumed if current => match state {
            Sending | Uncertain | Unknown => Move::To(Presumed),
            _ => Move::Stay,
        },
        DeliveryState::Expired | DeliveryState::Rejected | DeliveryState::Undeliverable if current => {
            match state {
                Sending | Uncertain | Unknown | Presumed => Move::Next,
                _ => Move::Stay,
            }
        }
        DeliveryState::Uncertain if current && state == Sending => Move::To(Uncertain),
        _ => Move::Stay,
    }
}

/// The time of a step is up without proof. `message`: where its message stands; `last`: there is no step behind it.
pub fn time_is_up(way: Way, message: DeliveryState, last: bool) -> Move {
    match message {
        // It is between us and the network at this moment: its answer comes, or it becomes uncertain.
        DeliveryState::Sending => Move::Stay,
        DeliveryState::Uncertain => Move::To(RecipientState::Uncertain),
        DeliveryState::Delivered => Move::To(RecipientState::Reached),
        DeliveryState::Presumed => Move::To(RecipientState::Presumed),
        // A mail that nobody returned: most servers never say more.
        DeliveryState::Accepted if way == Way::Email => Move::To(RecipientState::Presumed),
        DeliveryState::Accepted if last => Move::To(RecipientState::Unknown),
        // Taken back before it has left, given up on, or failed.
        _ => Move::Next,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_arrives_late_has_arrived() {
        for state in [
            RecipientState::Waiting,
            RecipientState::Sending,
            RecipientState::ByHand,
            RecipientState::Unknown,
        ] {
            assert_eq!(
                heard(state, (1, 0), DeliveryState::Delivered),
                Move::To(RecipientState::Reached),
                "{state}"
            );
        }
    }

    #[test]
    fn a_failure_of_an_earlier_step_changes_nothing() {
        assert_eq!(heard(RecipientState::Sending, (1, 0), DeliveryState::Undeliverable), Move::Stay);
        assert_eq!(heard(RecipientState::Sending, (1, 1), DeliveryState::Undeliverable), Move::Next);
        assert_eq!(heard(RecipientState::Reached, (1, 1), DeliveryState::Undeliverable), Move::Stay);
    }

    #[test]
    fn uncertain_is_not_tried_again_by_itself_but_may_turn_out() {
        let uncertain = heard(RecipientState::Sending, (0, 0), DeliveryState::Uncertain);
        assert_eq!(uncertain, Move::To(RecipientState::Uncertain));
        assert_eq!(
            time_is_up(Way::Sms, DeliveryState::Uncertain, false),
            Move::To(RecipientState::Uncertain)
        );
        assert_eq!(heard(RecipientState::Uncertain, (0, 0), DeliveryState::Expired), Move::Next);
    }

    #[test]
    fn silence_goes_to_the_next_step_and_at_the_last_one_stays_unknown() {
        let up = |way, message, last| time_is_up(way, message, last);
        assert_eq!(up(Way::Sms, DeliveryState::Accepted, false), Move::Next);
        assert_eq!(up(Way::Sms, DeliveryState::Accepted, true), Move::To(RecipientState::Unknown));
        assert_eq!(up(Way::Email, DeliveryState::Accepted, false), Move::To(RecipientState::Presumed));
        assert_eq!(up(Way::Sms, DeliveryState::Sending, true), Move::Stay);
        assert_eq!(up(Way::Sms, DeliveryState::Queued, true), Move::Next);
    }

    /// Whatever comes in whatever order: a proof of delivery wins, and nobody who was reached is tried again.
    #[test]
    fn in_every_order_of_what_may_be_heard_proof_wins() {
        let says = [
            DeliveryState::Accepted,
            DeliveryState::Uncertain,
            DeliveryState::Expired,
            DeliveryState::Presumed,
            DeliveryState::Delivered,
        ];
        for a in says {
            for b in says {
                for c in says {
                    let mut state = RecipientState::Sending;
                    for say in [a, b, c] {
                        match heard(state, (0, 0), say) {
                            Move::Stay => {}
                            Move::To(next) => state = next,
                            Move::Next => state = RecipientState::Unreached,
                        }
                    }
                    let proof = [a, b, c].contains(&DeliveryState::Delivered);
                    assert_eq!(state == RecipientState::Reached, proof, "{a} {b} {c}");
                }
            }
        }
    }
}
