//! Many campaigns, the same operators: who works for whom. Priority first; among equals in turn, so that each gets as many as the others, if it can use them.

use std::collections::BTreeSet;

use super::mode::Mode;

/// What a campaign asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Claim {
    /// Higher goes first.
    pub priority: i32,
    pub mode: Mode,
    /// Operators (or, of an agentless one, calls) that it can use now: no more than it has contacts.
    pub need: u32,
    /// That it has already: who talks for it counts.
    pub has: u32,
    /// Whom its calls that ring may want: these it keeps, whoever else could use them. They were dialled for somebody who was free.
    pub spoken_for: u32,
}

/// An operator who is free.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Free {
    /// Places in the list of claims.
    pub may: BTreeSet<usize>,
    /// For whom they worked last: people are not moved about for nothing.
    pub last: Option<usize>,
}

/// For each free operator, the place of the campaign that gets them. Nobody is left without work who could have some, and no campaign takes an operator
/// from one of higher priority, except those whom its calls that ring are for.
pub fn operators(claims: &[Claim], free: &[Free]) -> Vec<Option<usize>> {
    let mut given: Vec<Option<usize>> = vec![None; free.len()];
    let mut got: Vec<u32> = claims.iter().map(|claim| claim.has).collect();
    let mut sated: BTreeSet<usize> = claims
        .iter()
        .enumerate()
        .filter(|(_, c)| !c.mode.needs_operators())
        .map(|(place, _)| place)
        .collect();
    while let Some(place) = next(claims, &got, &sated) {
        let mut seen = BTreeSet::new();
        if seat(place, free, &mut given, &mut seen) {
            if let Some(count) = got.get_mut(place) {
                *count += 1;
            }
        } else {
            sated.insert(place);
        }
    }
    keep_where_they_were(free, &mut given);
    given
}

/// How many calls each agentless campaign may have up, of so many channels.
pub fn channels(claims: &[Claim], channels: u32) -> Vec<u32> {
    let mut got = vec![0; claims.len()];
    let sated: BTreeSet<usize> =
        claims.iter().enumerate().filter(|(_, c)| c.mode.needs_operators()).map(|(place, _)| place).collect();
    for _ in 0..channels {
        let Some(place) = next(claims, &got, &sated) else { break };
        if let Some(count) = got.get_mut(place) {
            *count += 1;
        }
    }
    got
}

/// Whose turn it is: who has calls in the air, then the highest priority that still needs somebody, then who has least.
fn next(claims: &[Claim], got: &[u32], sated: &BTreeSet<usize>) -> Option<usize> {
    claims
        .iter()
        .zip(got)
        .enumerate()
        .filter(|(place, (claim, got))| **got < claim.need && !sated.contains(place))
        .min_by_key(|(place, (claim, got))| {
            let rings = **got < claim.has.saturating_add(claim.spoken_for);
            (std::cmp::Reverse(rings), std::cmp::Reverse(claim.priority), **got, *place)
        })
        .map(|(place, _)| place)
}

/// Gives the campaign one operator, if need be by moving another to a campaign for which they may work too (augmenting paths: Kuhn, 1955). Those who
/// have got somebody keep as many.
fn seat(place: usize, free: &[Free], given: &mut [Option<usize>], seen: &mut BTreeSet<usize>) -> bool {
    let mut willing: Vec<usize> =
        free.iter().enumerate().filter(|(_, one)| one.may.contains(&place)).map(|(who, _)| who).collect();
    willing.sort_by_key(|who| free.get(*who).is_none_or(|one| one.last != Some(place)));
    let idle = willing.iter().find(|who| given.get(**who).is_some_and(Option::is_none)).copied();
    if let Some(slot) = idle.and_then(|who| given.get_mut(who)) {
        *slot = Some(place);
        return true;
    }
    for who in willing {
        if !seen.insert(who) {
            continue;
        }
        let Some(holder) = given.get(who).copied().flatten() else { continue };
        if holder != place && seat(holder, free, given, seen) {
            if let Some(slot) = given.get_mut(who) {
                *slot = Some(place);
            }
            return true;
        }
    }
    false
}

/// Two who may do each other's work and would both stay where they are if they changed places, do.
fn keep_where_they_were(free: &[Free], given: &mut [Option<usize>]) {
    for who in 0..free.len() {
        let (Some(one), Some(Some(now))) = (free.get(who), given.get(who).copied()) else { continue };
        let Some(last) = one.last.filter(|last| *last != now && one.may.contains(last)) else { continue };
        let other = free.iter().zip(given.iter()).position(|(other, place)| {
            *place == Some(last) && other.last != Some(last) && other.may.contains(&now)
        });
        if let Some(other) = other {
            given.swap(who, other);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn claim(priority: i32, need: u32) -> Claim {
        Claim { priority, mode: Mode::Predictive, need, has: 0, spoken_for: 0 }
    }

    fn anybody(operators: usize, campaigns: usize) -> Vec<Free> {
        vec![Free { may: (0..campaigns).collect(), last: None }; operators]
    }

    fn counts(given: &[Option<usize>], campaigns: usize) -> Vec<usize> {
        (0..campaigns).map(|place| given.iter().filter(|one| **one == Some(place)).count()).collect()
    }

    #[test]
    fn priority_goes_first_and_equals_share() {
        let claims = [claim(1, 100), claim(5, 4), claim(1, 100)];
        assert_eq!(counts(&operators(&claims, &anybody(10, 3)), 3), [3, 4, 3]);
    }

    #[test]
    fn what_a_campaign_cannot_use_goes_to_the_others() {
        let claims = [claim(1, 2), claim(1, 100)];
        assert_eq!(counts(&operators(&claims, &anybody(10, 2)), 2), [2, 8]);
    }

    #[test]
    fn who_already_has_operators_at_work_waits() {
        let claims = [Claim { has: 4, ..claim(1, 100) }, claim(1, 100)];
        assert_eq!(counts(&operators(&claims, &anybody(4, 2)), 2), [0, 4]);
    }

    #[test]
    fn whose_telephones_ring_already_keeps_those_for_whom_they_were_dialled() {
        let claims = [Claim { has: 1, spoken_for: 2, ..claim(1, 100) }, claim(5, 100)];
        assert_eq!(counts(&operators(&claims, &anybody(5, 2)), 2), [2, 3]);
        assert_eq!(counts(&operators(&claims, &anybody(1, 2)), 2), [1, 0]);
    }

    #[test]
    fn who_can_do_one_thing_only_does_it_and_others_make_room() {
        let both = Free { may: BTreeSet::from([0, 1]), last: None };
        let first = Free { may: BTreeSet::from([0]), last: None };
        let given = operators(&[claim(9, 1), claim(1, 1)], &[both.clone(), first.clone()]);
        assert_eq!(given, [Some(1), Some(0)]);
        assert_eq!(operators(&[claim(9, 1), claim(1, 1)], &[first, both]), [Some(0), Some(1)]);
    }

    #[test]
    fn nobody_is_moved_about_for_nothing() {
        let worked = |last| Free { may: BTreeSet::from([0, 1]), last: Some(last) };
        let given = operators(&[claim(1, 2), claim(1, 2)], &[worked(1), worked(0), worked(1), worked(0)]);
        assert_eq!(given, [Some(1), Some(0), Some(1), Some(0)]);
    }

    #[test]
    fn keypad_surveys_need_channels_and_no_operators() {
        let keypad = Claim { mode: Mode::Agentless, ..claim(9, 5) };
        let claims = [keypad, claim(1, 10), keypad];
        assert_eq!(counts(&operators(&claims, &anybody(3, 3)), 3), [0, 3, 0]);
        assert_eq!(channels(&claims, 7), [4, 0, 3]);
        assert_eq!(channels(&claims, 70), [5, 0, 5]);
    }

    proptest! {
        #[test]
        fn nobody_gets_more_than_they_need_or_whom_they_may_not_have(
            claims in prop::collection::vec((0..3_i32, 0..6_u32), 0..5),
            free in prop::collection::vec((0..32_u8, prop::option::of(0..5_usize)), 0..12),
        ) {
            let claims: Vec<Claim> = claims.into_iter().map(|(priority, need)| claim(priority, need)).collect();
            let free: Vec<Free> = free
                .into_iter()
                .map(|(mask, last)| Free { may: (0..claims.len()).filter(|n| mask >> n & 1 == 1).collect(), last })
                .collect();
            let given = operators(&claims, &free);
            let got = counts(&given, claims.len());
            for (one, place) in free.iter().zip(&given) {
                match place {
                    Some(place) => prop_assert!(one.may.contains(place)),
                    None => prop_assert!(one.may.iter().all(|n| got[*n] >= claims[*n].need as usize), "idle for nothing"),
                }
            }
            for (claim, got) in claims.iter().zip(&got) {
                prop_assert!(*got <= claim.need as usize);
            }
            // Nobody of lower priority has one whom a higher one could use.
            for (one, place) in free.iter().zip(&given) {
                let Some(place) = place else { continue };
                for other in &one.may {
                    let wants = got[*other] < claims[*other].need as usize;
                    prop_assert!(!(wants && claims[*other].priority > claims[*place].priority));
                }
            }
        }
    }
}
