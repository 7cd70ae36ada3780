//! How a call sounds to a listener: a mean opinion score out of loss, jitter and delay.
//!
//! The E-model of ITU-T G.107 with its default values for everything but the network, which leaves (G.107 §7)
//! `R = 93.2 - Id - Ie,eff`:
//! - `Id = 0.024 d + 0.11 (d - 177.3) H(d - 177.3)` with the one-way delay `d` in ms, the common fit of G.107's delay impairment
//!   (Cole and Rosenbluth, "Voice over IP performance monitoring", 2001);
//! - `Ie,eff = Ie + (95 - Ie) Ppl / (Ppl + Bpl)` with the loss `Ppl` in per cent as random loss (G.107 §7.5). G.711 with loss
//!   concealment has Ie = 0 and Bpl = 25.1 (G.113 appendix I);
//! - `MOS = 1 + 0.035 R + 7e-6 R (R - 60) (100 - R)` (G.107 annex B).

use std::time::Duration;

/// R of an ideal narrowband connection, G.107 (2011 and later) with all defaults.
const BEST: f64 = 93.2;
/// Robustness of G.711 with loss concealment (G.113 table I.3).
const G711_BPL: f64 = 25.1;
/// Packet time and playing out add to the delay of the network.
const PACKET: Duration = Duration::from_millis(20);

/// What was measured of one direction of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Network {
    /// Lost of expected, 0 to 1.
    pub loss: f64,
    pub jitter: Duration,
    /// There and back, when RTCP has told it.
    pub round_trip: Option<Duration>,
}

impl Network {
    pub fn counted(received: u64, lost: u64, jitter: Duration, round_trip: Option<Duration>) -> Self {
        let expected = received.saturating_add(lost);
        let loss = if expected == 0 { 0.0 } else { lost as f64 / expected as f64 };
        Self { loss, jitter, round_trip }
    }

    /// The rating of G.107, 0 to 93.2.
    pub fn rating(&self) -> f64 {
        // A jitter buffer holds about twice the jitter; what it cannot hold it loses, which is counted as loss there.
        let delay = self.round_trip.unwrap_or_default() / 2 + 2 * self.jitter + PACKET;
        let delay = delay.as_secs_f64() * 1_000.0;
        let delay_impairment = 0.024 * delay + 0.11 * (delay - 177.3).max(0.0);
        let loss = self.loss.clamp(0.0, 1.0) * 100.0;
        let loss_impairment = 95.0 * loss / (loss + G711_BPL);
        (BEST - delay_impairment - loss_impairment).clamp(0.0, BEST)
    }

    /// 1 (bad) to 4.4 (as good as the telephone gets).
    pub fn mos(&self) -> f64 {
        let r = self.rating();
        (1.0 + 0.035 * r + 7e-6 * r * (r - 60.0) * (100.0 - r)).clamp(1.0, 4.5)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(loss: f64, jitter_ms: u64, round_trip_ms: u64) -> Network {
        Network {
            loss,
            jitter: Duration::from_millis(jitter_ms),
            round_trip: Some(Duration::from_millis(round_trip_ms)),
        }
    }

    #[test]
    fn a_clean_line_is_as_good_as_the_telephone_gets() {
        let mos = network(0.0, 0, 10).mos();
        assert!((4.35..4.45).contains(&mos), "{mos}");
    }

    #[test]
    fn ratings_are_those_of_the_formula_worked_by_hand() {
        // d = 100 + 20 = 120 ms: 2.88; 5 % loss: 95 * 5 / 30.1 = 15.78.
        assert!((network(0.05, 0, 200).rating() - (93.2 - 2.88 - 15.781)).abs() < 0.01);
        // d = 300 + 40 + 20 = 360 ms: 8.64 + 20.097.
        assert!((network(0.0, 20, 600).rating() - (93.2 - 8.64 - 20.097)).abs() < 0.01);
        // G.107 annex B: R = 50 is a MOS of 2.575, R = 70 of 3.597.
        let mos = |r: f64| 1.0 + 0.035 * r + 7e-6 * r * (r - 60.0) * (100.0 - r);
        assert!((mos(50.0) - 2.575).abs() < 0.001 && (mos(70.0) - 3.597).abs() < 0.001);
    }

    #[test]
    fn loss_jitter_and_delay_make_it_worse_and_never_leave_the_scale() {
        let clean = network(0.0, 0, 20).mos();
        for worse in [network(0.01, 0, 20), network(0.0, 30, 20), network(0.0, 0, 500)] {
            assert!(worse.mos() < clean, "{worse:?}");
        }
        assert!((network(1.0, 5_000, 60_000).mos() - 1.0).abs() < f64::EPSILON);
        assert!(network(f64::NAN, 0, 0).mos().is_nan() || network(f64::NAN, 0, 0).mos() >= 1.0);
        assert!((Network::counted(0, 0, Duration::ZERO, None).loss - 0.0).abs() < f64::EPSILON);
        assert!((Network::counted(75, 25, Duration::ZERO, None).loss - 0.25).abs() < f64::EPSILON);
    }
}
