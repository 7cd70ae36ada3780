//! The plan's own `[[test]]` blocks, walked by the production interpreter. A plan whose tests fail is not activated.

use std::sync::Arc;

use crate::dialplan::catalogue::Catalogue;
use crate::dialplan::parse::{Parsed, Placed};
use crate::dialplan::phrase::Phrase;
use crate::dialplan::plan::{Plan, PlanTest};
use crate::dialplan::problem::Problem;
use crate::dialplan::script::Script;
use crate::dialplan::simulate::simulate;

pub(super) fn check(parsed: &mut Parsed, catalogue: &Catalogue) {
    let Some(plan) = parsed.plan.clone() else { return };
    let failed = plan
        .tests
        .iter()
        .zip(&parsed.outline.expectations)
        .filter_map(|(test, expected)| failure(&plan, test, expected, catalogue));
    let failed: Vec<Problem> = failed.collect();
    parsed.problems.extend(failed);
}

/// `None`: the call went as was expected.
fn failure(
    plan: &Arc<Plan>,
    test: &PlanTest,
    expected: &Placed<Vec<Placed<String>>>,
    catalogue: &Catalogue,
) -> Option<Problem> {
    let number = test.number.clone().or_else(|| plan.first_number()).unwrap_or_default();
    let failed = |why: Phrase| Problem::new(expected.span.clone(), Phrase::test_failed(&test.name, why));
    let Some(walked) = simulate(plan, &number, test.at, &test.keys, catalogue) else {
        return Some(failed(Phrase::leads_elsewhere(number)));
    };
    if walked.path != test.expect {
        // The caret goes under the first node that is not walked, or under the whole list when nodes are missing from it.
        let differs = expected.value.iter().zip(walked.path.iter().map(Some).chain(std::iter::repeat(None)));
        let first = differs.into_iter().find(|(expected, walked)| Some(&expected.value) != *walked);
        let span = first.map_or(expected.span.clone(), |(expected, _)| expected.span.clone());
        let problem = Problem { span, ..failed(Phrase::another_way()) };
        return Some(
            problem
                .note(Phrase::expected_way(test.expect.join(" → ")))
                .note(Phrase::walked_way(walked.path.join(" → "))),
        );
    }
    (!walked.unused.is_empty()).then(|| failed(Phrase::never_asked(Script(walked.unused).to_string())))
}
