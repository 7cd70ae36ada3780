//! Texts with places to fill in: the official number of a case, notices to citizens.

/// Fills `{name}` places. A place that nobody fills stays as it is written, so that the mistake is seen and not hidden.
pub fn fill(template: &str, places: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let place = after.split_once('}').and_then(|(name, tail)| {
            places.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value, tail))
        });
        match place {
            Some((value, tail)) => {
                filled.push_str(value);
                rest = tail;
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_and_unknown_ones_stay_visible() {
        let text = fill("Broj {number}, {who}? {", &[("number", "400-1/2026-01")]);
        assert_eq!(text, "Broj 400-1/2026-01, {who}? {");
    }

    #[test]
    fn filled_value_is_not_filled_again() {
        assert_eq!(fill("{a}{b}", &[("a", "{b}"), ("b", "x")]), "{b}x");
    }
}
