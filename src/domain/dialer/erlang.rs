//! How long callers wait when some operators serve them in turn (Erlang, 1917; M/M/n without losses).

/// Callers who arrive at random, and operators for them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Load {
    pub calls_per_hour: f64,
    /// Seconds, the wrap-up included.
    pub handle_time: f64,
    pub operators: u32,
}

impl Load {
    /// In erlangs: how many operators are busy on the average.
    pub fn traffic(&self) -> f64 {
        self.calls_per_hour * self.handle_time / 3_600.0
    }

    pub fn occupancy(&self) -> f64 {
        if self.operators == 0 { 1.0 } else { (self.traffic() / f64::from(self.operators)).min(1.0) }
    }

    /// Erlang C. With more work than operators everybody waits.
    pub fn wait_probability(&self) -> f64 {
        let (traffic, operators) = (self.traffic(), f64::from(self.operators));
        if traffic >= operators {
            return 1.0;
        }
        // Erlang B by its recursion, which neither overflows nor cancels.
        let blocked = (1..=self.operators).fold(1.0, |b, n| traffic * b / (f64::from(n) + traffic * b));
        blocked / (1.0 - traffic / operators * (1.0 - blocked))
    }

    /// Average speed of answer, in seconds. `None`: the queue grows without end.
    pub fn speed_of_answer(&self) -> Option<f64> {
        let spare = f64::from(self.operators) - self.traffic();
        (spare > 0.0).then(|| self.wait_probability() * self.handle_time / spare)
    }

    /// The share that is answered within so many seconds.
    pub fn service_level(&self, seconds: f64) -> f64 {
        let spare = f64::from(self.operators) - self.traffic();
        if spare <= 0.0 || self.handle_time <= 0.0 {
            return if spare > 0.0 { 1.0 } else { 0.0 };
        }
        1.0 - self.wait_probability() * (-spare * seconds.max(0.0) / self.handle_time).exp()
    }

    /// The fewest operators that reach a service level, at most `most`.
    pub fn operators_for(mut self, level: f64, seconds: f64, most: u32) -> Option<u32> {
        (1..=most).find(|operators| {
            self.operators = *operators;
            self.service_level(seconds) >= level
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFICE: Load = Load { calls_per_hour: 60.0, handle_time: 240.0, operators: 6 };

    #[test]
    fn the_worked_example_comes_out() {
        assert!((OFFICE.traffic() - 4.0).abs() < 1e-12);
        assert!((OFFICE.wait_probability() - 0.2848).abs() < 0.00005);
        assert!((OFFICE.speed_of_answer().unwrap() - 34.2).abs() < 0.05);
        assert!((OFFICE.service_level(20.0) - 0.759).abs() < 0.0005);
    }

    #[test]
    fn one_operator_is_the_simple_queue() {
        let one = Load { calls_per_hour: 6.0, handle_time: 300.0, operators: 1 };
        assert!((one.wait_probability() - 0.5).abs() < 1e-12);
        assert!((one.speed_of_answer().unwrap() - 300.0).abs() < 1e-9);
    }

    #[test]
    fn more_work_than_operators_is_a_queue_without_end() {
        let flooded = Load { operators: 4, ..OFFICE };
        assert_eq!((flooded.wait_probability(), flooded.speed_of_answer()), (1.0, None));
        assert_eq!((flooded.service_level(20.0), flooded.occupancy()), (0.0, 1.0));
    }

    #[test]
    fn operators_are_found_for_a_service_level_also_for_a_city() {
        assert_eq!(OFFICE.operators_for(0.8, 20.0, 100), Some(7));
        let city = Load { calls_per_hour: 20_000.0, handle_time: 240.0, operators: 0 };
        let found = city.operators_for(0.8, 20.0, 5_000).unwrap();
        assert!((1_334..1_400).contains(&found), "{found}");
    }
}
