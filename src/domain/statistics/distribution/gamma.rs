//! The gamma function and its incomplete sibling.

use super::{EPSILON, TINY};

/// Terms of a series or fraction. So many are needed for tables of 200 by 200: they take a few times the root of `a`.
const MOST_TERMS: u32 = 20_000;

/// The logarithm of the gamma function for `x` above zero: Stirling's series (Abramowitz & Stegun 6.1.40), with the recurrence 6.1.15 below 10.
pub fn ln_gamma(x: f64) -> f64 {
    const STIRLING: [f64; 7] = [
        1.0 / 12.0,
        -1.0 / 360.0,
        1.0 / 1_260.0,
        -1.0 / 1_680.0,
        1.0 / 1_188.0,
        -691.0 / 360_360.0,
        1.0 / 156.0,
    ];
    let (mut shifted, mut product) = (x, 1.0);
    while shifted < 10.0 {
        product *= shifted;
        shifted += 1.0;
    }
    let inverse = 1.0 / shifted;
    let square = inverse * inverse;
    let series = STIRLING.iter().rev().fold(0.0, |sum, term| sum * square + term) * inverse;
    let half_ln_two_pi = 0.5 * std::f64::consts::TAU.ln();
    (shifted - 0.5) * shifted.ln() - shifted + half_ln_two_pi + series - product.ln()
}

/// The upper incomplete gamma function Q(a, x), the share above `x`: by the series of P below `a` + 1, by Legendre's continued fraction above
/// it (Numerical Recipes, 3rd edition, §6.2). `a` is above zero, `x` not below.
pub fn upper(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    if x == f64::INFINITY {
        return 0.0;
    }
    let scale = (a * x.ln() - x - ln_gamma(a)).exp();
    let share = if x < a + 1.0 { 1.0 - scale * series(a, x) } else { scale * fraction(a, x) };
    share.clamp(0.0, 1.0)
}

fn series(a: f64, x: f64) -> f64 {
    let (mut n, mut term) = (a, 1.0 / a);
    let mut sum = term;
    for _ in 0..MOST_TERMS {
        n += 1.0;
        term *= x / n;
        sum += term;
        if term < sum * EPSILON {
            break;
        }
    }
    sum
}

/// Lentz's method, as modified by Thompson and Barnett.
fn fraction(a: f64, x: f64) -> f64 {
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / TINY;
    let mut d = 1.0 / b;
    let mut value = d;
    for i in 1..MOST_TERMS {
        let i = f64::from(i);
        let numerator = -i * (i - a);
        b += 2.0;
        d = away(numerator * d + b).recip();
        c = away(b + numerator / c);
        let step = d * c;
        value *= step;
        if (step - 1.0).abs() <= f64::EPSILON {
            break;
        }
    }
    value
}

fn away(x: f64) -> f64 {
    if x.abs() < TINY { TINY } else { x }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gamma_function_continues_the_factorials() {
        let factorials = [1.0, 1.0, 2.0, 6.0, 24.0, 120.0, 720.0_f64];
        for (n, factorial) in (1..).zip(factorials) {
            assert!((ln_gamma(f64::from(n)) - factorial.ln()).abs() < 1e-14);
        }
        assert!((ln_gamma(0.5) - 0.5 * std::f64::consts::PI.ln()).abs() < 1e-14);
    }

    #[test]
    fn with_one_degree_it_is_the_exponential_function_on_both_sides_of_the_seam() {
        for x in [0.01_f64, 0.5, 1.0, 1.999, 2.001, 10.0, 100.0, 700.0] {
            assert!((upper(1.0, x) / (-x).exp() - 1.0).abs() < 1e-12, "{x}");
        }
        assert_eq!((upper(1.0, 0.0), upper(3.0, f64::INFINITY)), (1.0, 0.0));
    }

    proptest::proptest! {
        /// Q(a + 1, x) = Q(a, x) + x^a e^-x / Γ(a + 1) (Abramowitz & Stegun 6.5.21).
        #[test]
        fn neighbours_differ_as_they_must(a in 0.5_f64..5_000.0, ratio in 0.2_f64..3.0) {
            let x = a * ratio;
            let step = (a * x.ln() - x - ln_gamma(a + 1.0)).exp();
            proptest::prop_assert!((upper(a + 1.0, x) - upper(a, x) - step).abs() < 1e-11);
        }
    }
}
