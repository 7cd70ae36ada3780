//! The order in which options are offered: as written, or another one for each interview.

use super::kind::Choice;
use super::questionnaire::Question;

impl Question {
    /// The same for the same interview, however often it is resumed: `seed` is the interview's.
    pub fn offered(&self, seed: u32) -> Vec<&Choice> {
        let options = self.kind.options();
        let mut offered: Vec<&Choice> = options.iter().collect();
        if !self.kind.is_random() {
            return offered;
        }
        let free: Vec<usize> =
            (0..).zip(options).filter(|(_, o)| !o.fixed && !o.exclusive).map(|(at, _)| at).collect();
        let mut shuffled = free.clone();
        let mut random = SplitMix64::new(seed, &self.key.0);
        // Fisher and Yates, in the form of Durstenfeld (1964).
        for last in (1..shuffled.len()).rev() {
            shuffled.swap(last, random.below(last + 1));
        }
        for (place, from) in free.into_iter().zip(shuffled) {
            if let (Some(slot), Some(option)) = (offered.get_mut(place), options.get(from)) {
                *slot = option;
            }
        }
        offered
    }
}

/// Steele, Lea, Flood (2014). Written out here because the order has to stay the same when libraries change theirs.
struct SplitMix64(u64);

impl SplitMix64 {
    /// Each question has an order of its own (FNV-1a over the key).
    fn new(seed: u32, key: &str) -> Self {
        let hash = key.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        Self(hash ^ (u64::from(seed) << 32 | u64::from(seed)))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// The bias of the multiplication is below one in 2^57 for the options of a question.
    fn below(&mut self, bound: usize) -> usize {
        let product = u128::from(self.next()) * bound as u128;
        (product >> 64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::super::kind::{Code, Kind};
    use super::super::samples::{options, question};
    use super::*;

    fn codes(question: &Question, seed: u32) -> Vec<u16> {
        question.offered(seed).iter().map(|option| option.code.0).collect()
    }

    fn shuffled() -> Question {
        let mut options = options(6);
        options[4].fixed = true;
        options[5].exclusive = true;
        question("q", Kind::Multiple { options, random: true, min: None, max: None })
    }

    #[test]
    fn an_interview_has_one_order_and_others_have_others() {
        let question = shuffled();
        assert_eq!(codes(&question, 7), codes(&question, 7));
        let orders: std::collections::BTreeSet<_> = (0..500).map(|seed| codes(&question, seed)).collect();
        assert_eq!(orders.len(), 24, "all orders of four options");
    }

    #[test]
    fn each_option_comes_first_equally_often() {
        let question = shuffled();
        let mut first = [0_u32; 7];
        (0..4_000).for_each(|seed| first[usize::from(codes(&question, seed)[0])] += 1);
        assert!(first[1..=4].iter().all(|times| (900..1_100).contains(times)), "{first:?}");
    }

    #[test]
    fn other_and_none_of_these_keep_their_places() {
        let question = shuffled();
        for seed in 0..100 {
            assert_eq!(codes(&question, seed)[4..], [5, 6]);
        }
        let Code(first) = question.offered(0).iter().map(|option| option.code).min().unwrap();
        assert_eq!(first, 1);
    }
}
