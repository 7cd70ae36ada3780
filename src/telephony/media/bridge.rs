//! Who hears whom in a bridge, and by which way. Pure: slots in, routes out.
//!
//! A leg that hears exactly one other gets its packets relayed as they come; one that hears several gets a mix. So two people who
//! talk are not delayed by a supervisor who listens.

use super::ports::Slot;
use super::{LegId, Role};

/// Legs in one bridge: a conference room of a municipality, and everybody's supervisor.
const MOST_MEMBERS: usize = 32;

#[derive(Debug, Default)]
pub(super) struct Bridge {
    members: Vec<Member>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) slot: Slot,
    pub(super) leg: LegId,
    pub(super) role: Role,
    /// Takes shorter packets than others send: it hears a mix even of one, which is made for it.
    pub(super) is_short: bool,
}

/// What a leg does with what it receives, and where what it hears comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Route {
    /// Its packets go straight to these.
    pub(super) relays: Vec<Slot>,
    /// Its voice goes into the mix of others.
    pub(super) is_mixed: bool,
    /// It hears a mix.
    pub(super) hears_mix: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a bridge has no more than {MOST_MEMBERS} legs")]
pub(super) struct Full;

impl Bridge {
    /// Also changes the role of a member.
    pub(super) fn join(&mut self, member: Member) -> Result<(), Full> {
        if let Some(known) = self.members.iter_mut().find(|known| known.leg == member.leg) {
            *known = member;
        } else if self.members.len() == MOST_MEMBERS {
            return Err(Full);
        } else {
            self.members.push(member);
        }
        Ok(())
    }

    pub(super) fn part(&mut self, leg: LegId) {
        self.members.retain(|member| member.leg != leg);
    }

    pub(super) fn members(&self) -> &[Member] {
        &self.members
    }

    /// What `is_short` says of each slot holds from now on.
    pub(super) fn note_short(&mut self, mut is_short: impl FnMut(Slot) -> bool) {
        for member in &mut self.members {
            member.is_short = is_short(member.slot);
        }
    }

    pub(super) fn has_mix(&self) -> bool {
        self.members.iter().any(|member| self.hears_mix(*member))
    }

    pub(super) fn route(&self, member: Member) -> Route {
        let mut route = Route { hears_mix: self.hears_mix(member), ..Route::default() };
        for other in &self.members {
            if hears(*other, member) {
                if self.hears_mix(*other) {
                    route.is_mixed = true;
                } else {
                    route.relays.push(other.slot);
                }
            }
        }
        route
    }

    fn hears_mix(&self, member: Member) -> bool {
        let heard = self.members.iter().filter(|other| hears(member, **other)).count();
        heard > usize::from(!member.is_short)
    }
}

/// Whether one hears the other.
pub(super) fn hears(one: Member, other: Member) -> bool {
    one.leg != other.leg
        && match other.role {
            Role::Talk => true,
            Role::Listen => false,
            Role::Whisper { to } => to == one.leg,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(n: u16, role: Role) -> Member {
        Member { slot: Slot(n), leg: LegId(n.into()), role, is_short: false }
    }

    fn routes(roles: &[Role]) -> Vec<Route> {
        let mut bridge = Bridge::default();
        for (n, role) in roles.iter().enumerate() {
            bridge.join(member(n as u16, *role)).unwrap();
        }
        bridge.members().iter().map(|member| bridge.route(*member)).collect()
    }

    fn route(relays: &[u16], is_mixed: bool, hears_mix: bool) -> Route {
        Route { relays: relays.iter().map(|n| Slot(*n)).collect(), is_mixed, hears_mix }
    }

    #[test]
    fn one_waits_and_two_are_relayed() {
        assert_eq!(routes(&[Role::Talk]), [route(&[], false, false)]);
        assert_eq!(routes(&[Role::Talk, Role::Talk]), [route(&[1], false, false), route(&[0], false, false)]);
    }

    #[test]
    fn who_takes_short_packets_only_hears_a_mix_of_one() {
        let mut bridge = Bridge::default();
        bridge.join(member(0, Role::Talk)).unwrap();
        bridge.note_short(|slot| slot == Slot(0));
        assert!(!bridge.has_mix(), "alone it hears nobody");
        bridge.join(member(1, Role::Talk)).unwrap();
        bridge.note_short(|slot| slot == Slot(0));
        let routes: Vec<_> = bridge.members().iter().map(|member| bridge.route(*member)).collect();
        assert_eq!(routes, [route(&[1], false, true), route(&[], true, false)]);
    }

    #[test]
    fn three_hear_mixes() {
        assert_eq!(routes(&[Role::Talk; 3]), vec![route(&[], true, true); 3]);
    }

    #[test]
    fn who_listens_hears_both_and_does_not_disturb_the_two() {
        assert_eq!(
            routes(&[Role::Talk, Role::Talk, Role::Listen]),
            [route(&[1], true, false), route(&[0], true, false), route(&[], false, true)]
        );
    }

    #[test]
    fn a_whisper_is_heard_by_the_operator_only() {
        assert_eq!(
            routes(&[Role::Talk, Role::Talk, Role::Whisper { to: LegId(1) }]),
            [route(&[], true, false), route(&[0], true, true), route(&[], true, true)]
        );
    }

    #[test]
    fn a_role_changes_and_a_leg_leaves() {
        let mut bridge = Bridge::default();
        (0..3).for_each(|n| bridge.join(member(n, Role::Talk)).unwrap());
        bridge.join(member(2, Role::Listen)).unwrap();
        assert_eq!(bridge.members().len(), 3);
        bridge.part(LegId(0));
        assert!(!bridge.has_mix());
        assert_eq!(bridge.route(member(1, Role::Talk)).relays, [Slot(2)]);
    }

    #[test]
    fn a_bridge_is_bounded() {
        let mut bridge = Bridge::default();
        for n in 0..MOST_MEMBERS as u16 {
            bridge.join(member(n, Role::Talk)).unwrap();
        }
        assert_eq!(bridge.join(member(999, Role::Talk)), Err(Full));
        assert!(bridge.join(member(3, Role::Listen)).is_ok());
    }
}
