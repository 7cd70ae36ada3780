//! Student's t distribution.

use super::gamma::ln_gamma;
use super::{EPSILON, TINY, normal};

/// From here on Fisher's expansion is exact to the last digits.
const MANY: f64 = 1_000.0;
/// A double has 53 bits and 11 more to its exponent.
const HALVINGS: u32 = 200;
const MOST_TERMS: u32 = 2_000;

/// The value below which the share `p` of the distribution with so many degrees of freedom lies. `p` is above one half: intervals need no other.
pub fn quantile(p: f64, degrees: f64) -> f64 {
    if degrees >= MANY {
        return expansion(normal::quantile(p), degrees);
    }
    let wanted = 1.0 - p;
    let (mut low, mut high) = (0.0, 1.0);
    while tail(high, degrees) > wanted && high < 1e100 {
        low = high;
        high *= 2.0;
    }
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if tail(middle, degrees) > wanted { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

/// Fisher's expansion around the normal quantile (Abramowitz & Stegun 26.7.5).
fn expansion(z: f64, degrees: f64) -> f64 {
    let s = z * z;
    let terms = [
        z * (s + 1.0) / 4.0,
        z * ((5.0 * s + 16.0) * s + 3.0) / 96.0,
        z * (((3.0 * s + 19.0) * s + 17.0) * s - 15.0) / 384.0,
        z * ((((79.0 * s + 776.0) * s + 1_482.0) * s - 1_920.0) * s - 945.0) / 92_160.0,
    ];
    z + terms.iter().rev().fold(0.0, |sum, term| (sum + term) / degrees)
}

/// The share above `t`, which is not below zero: half of the incomplete beta function (Abramowitz & Stegun 26.7.1, 26.5.27).
fn tail(t: f64, degrees: f64) -> f64 {
    let x = degrees / (degrees + t * t);
    0.5 * incomplete_beta(0.5 * degrees, 0.5, x, t * t / (degrees + t * t))
}

/// The regularised incomplete beta function I_x(a, b); `rest` is 1 - x, which may be too near to 1 to be taken from it.
fn incomplete_beta(a: f64, b: f64, x: f64, rest: f64) -> f64 {
    if x <= 0.0 || rest <= 0.0 {
        return if x <= 0.0 { 0.0 } else { 1.0 };
    }
    let scale = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * rest.ln()).exp();
    if x < (a + 1.0) / (a + b + 2.0) {
        scale * fraction(a, b, x) / a
    } else {
        1.0 - scale * fraction(b, a, rest) / b
    }
}

/// The continued fraction of Numerical Recipes, 3rd edition, §6.4, by Lentz's method.
fn fraction(a: f64, b: f64, x: f64) -> f64 {
    let away = |x: f64| if x.abs() < TINY { TINY } else { x };
    let mut c = 1.0;
    let mut d = away(1.0 - (a + b) * x / (a + 1.0)).recip();
    let mut value = d;
    for m in 1..MOST_TERMS {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut step = 1.0;
        for numerator in [even, odd] {
            d = away(1.0 + numerator * d).recip();
            c = away(1.0 + numerator / c);
            step = c * d;
            value *= step;
        }
        if (step - 1.0).abs() <= EPSILON {
            break;
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Abramowitz & Stegun, table 26.10.
    #[test]
    fn quantiles_are_those_of_the_table() {
        let table = [
            (0.975, 1.0, 12.706),
            (0.975, 2.0, 4.303),
            (0.975, 10.0, 2.228),
            (0.95, 30.0, 1.697),
            (0.995, 120.0, 2.617),
        ];
        for (p, degrees, value) in table {
            assert!((quantile(p, degrees) - value).abs() < 6e-4, "{p} {degrees}: {}", quantile(p, degrees));
        }
    }

    #[test]
    fn one_degree_is_cauchy_and_two_have_a_root() {
        for p in [0.6_f64, 0.9, 0.975, 0.9999] {
            let cauchy = (std::f64::consts::PI * (p - 0.5)).tan();
            assert!((quantile(p, 1.0) / cauchy - 1.0).abs() < 1e-9);
            let of_two = (2.0 * p - 1.0) / (2.0 * p * (1.0 - p)).sqrt();
            assert!((quantile(p, 2.0) / of_two - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn the_two_ways_meet() {
        for p in [0.75, 0.9, 0.95, 0.975, 0.995, 0.999] {
            let (below, above) = (quantile(p, 999.999_999), quantile(p, MANY));
            assert!((below / above - 1.0).abs() < 1e-10, "{p}: {below} {above}");
        }
    }
}
