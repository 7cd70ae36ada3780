//! Numbers and days brought into few groups, at borders that people would choose.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::super::decimal::Decimal;

/// So many different answers are shown one by one.
const ONE_BY_ONE: usize = 12;
/// Otherwise at most so many groups.
const MOST_GROUPS: usize = 8;
/// Months that are shown one by one; otherwise years.
const MOST_MONTHS: i32 = 24;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Groups<T> {
    /// The first of each, in order.
    starts: Vec<T>,
    labels: Vec<String>,
}

impl<T: Ord + Copy> Groups<T> {
    pub fn labels(&self) -> Vec<String> {
        self.labels.clone()
    }

    /// In which group it is; `None`: before the first.
    pub fn place(&self, value: T) -> Option<usize> {
        self.starts.partition_point(|start| *start <= value).checked_sub(1)
    }
}

/// `places`: decimal places of the answers.
pub(super) fn numbers(given: Vec<Decimal>, places: u8) -> Groups<Decimal> {
    let different: BTreeSet<Decimal> = given.into_iter().collect();
    let ends = different.first().copied().zip(different.last().copied());
    let Some((least, greatest)) = ends.filter(|_| different.len() > ONE_BY_ONE) else {
        let labels = different.iter().map(Decimal::to_string).collect();
        return Groups { starts: different.into_iter().collect(), labels };
    };
    let width = width(least, greatest, places);
    let mut start = least.down_to(width);
    let (mut starts, mut labels) = (Vec::new(), Vec::new());
    while start <= greatest {
        let next = start.saturating_add(width);
        let last = next.saturating_sub(Decimal::step(places));
        labels.push(if last > start { format!("{start}–{last}") } else { start.to_string() });
        starts.push(start);
        if next <= start {
            break;
        }
        start = next;
    }
    Groups { starts, labels }
}

/// 1, 2 or 5 with as many zeros as it takes, and no less than the smallest step.
fn width(least: Decimal, greatest: Decimal, places: u8) -> Decimal {
    let reach = greatest.to_f64() - least.to_f64();
    let mut decade = Decimal::step(places);
    loop {
        for times in [1, 2, 5] {
            let width = (1..times).fold(decade, |sum, _| sum.saturating_add(decade));
            if width.to_f64() * MOST_GROUPS as f64 >= reach {
                return width;
            }
        }
        decade = (1..10).fold(decade, |sum, _| sum.saturating_add(decade));
    }
}

/// Days one by one, months or years.
pub(super) fn days(given: Vec<Date>) -> Groups<Date> {
    let different: BTreeSet<Date> = given.into_iter().collect();
    let Some((first, last)) = different.first().copied().zip(different.last().copied()) else {
        return Groups { starts: Vec::new(), labels: Vec::new() };
    };
    if different.len() <= ONE_BY_ONE {
        let labels = different.iter().map(|day| day.strftime("%d.%m.%Y.").to_string()).collect();
        return Groups { starts: different.into_iter().collect(), labels };
    }
    let months = |day: Date| i32::from(day.year()) * 12 + i32::from(day.month()) - 1;
    let by_year = months(last) - months(first) >= MOST_MONTHS;
    let begins = |day: &Date| {
        let month = if by_year { 1 } else { day.month() };
        Date::new(day.year(), month, 1).unwrap_or(*day)
    };
    let starts: BTreeSet<Date> = different.iter().map(begins).collect();
    let format = if by_year { "%Y." } else { "%m.%Y." };
    let labels = starts.iter().map(|day| day.strftime(format).to_string()).collect();
    Groups { starts: starts.into_iter().collect(), labels }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn whole(number: i64) -> Decimal {
        Decimal::whole(number).unwrap()
    }

    #[test]
    fn few_answers_stand_one_by_one_and_many_in_round_groups() {
        let few = numbers(vec![whole(3), whole(1), whole(3)], 0);
        assert_eq!((few.labels(), few.place(whole(3))), (vec!["1".into(), "3".into()], Some(1)));
        let ages = numbers((18..=93).map(whole).collect(), 0);
        let labels = ages.labels();
        assert_eq!((labels.len(), labels[0].as_str(), labels[8].as_str()), (9, "10–19", "90–99"));
        assert_eq!((ages.place(whole(19)), ages.place(whole(20))), (Some(0), Some(1)));
    }

    #[test]
    fn days_of_one_year_are_months_and_of_many_years() {
        let day = |year, month, day| Date::new(year, month, day).unwrap();
        let one: Vec<Date> = (1..=12).flat_map(|month| [day(2026, month, 3), day(2026, month, 20)]).collect();
        let months = days(one);
        assert_eq!((months.labels().len(), months.place(day(2026, 2, 27))), (12, Some(1)));
        let years = days((1950..2000).map(|year| day(year, 5, 1)).collect());
        assert_eq!((years.labels().len(), years.place(day(1951, 1, 1))), (50, Some(1)));
    }

    proptest! {
        #[test]
        fn every_number_has_its_group_and_groups_are_few(
            given in proptest::collection::vec(-999_999_999_999_i64..=999_999_999_999, 1..60),
        ) {
            let given: Vec<Decimal> = given.into_iter().map(whole).collect();
            let groups = numbers(given.clone(), 0);
            prop_assert!(groups.labels().len() <= ONE_BY_ONE.max(MOST_GROUPS + 1));
            for number in given {
                let at = groups.place(number).unwrap();
                prop_assert!(groups.starts.get(at + 1).is_none_or(|next| number < *next));
            }
        }
    }
}
