//! The chi-square distribution.

use super::gamma;

/// The share above `x`.
pub fn tail(x: f64, degrees: u32) -> f64 {
    gamma::upper(f64::from(degrees) / 2.0, x / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Abramowitz & Stegun, table 26.8: the value that is exceeded with the given probability.
    #[test]
    fn tails_are_those_of_the_table() {
        let table = [
            (3.841_46, 1, 0.05),
            (6.634_90, 1, 0.01),
            (5.991_46, 2, 0.05),
            (18.3070, 10, 0.05),
            (43.7729, 30, 0.05),
            (124.342, 100, 0.05),
            (149.449, 100, 0.001),
        ];
        for (x, degrees, p) in table {
            assert!((tail(x, degrees) / p - 1.0).abs() < 1e-4, "{x} {degrees}: {}", tail(x, degrees));
        }
    }
}
