use super::*;
use crate::domain::statistics::variable::Answer;

fn of_table(table: &[&[u32]]) -> (Variable, Variable) {
    let (mut rows, mut columns) = (Vec::new(), Vec::new());
    for (row, cells) in (0..).zip(table) {
        for (column, count) in (0..).zip(*cells) {
            rows.extend((0..*count).map(|_| Answer::Valid(row)));
            columns.extend((0..*count).map(|_| Answer::Valid(column)));
        }
    }
    let names = |n: usize| (0..n).map(|n| n.to_string()).collect();
    let width = table.first().map_or(0, |row| row.len());
    let rows = Variable::new(names(table.len()), vec![], rows).unwrap();
    (rows, Variable::new(names(width), vec![], columns).unwrap())
}

fn tested(table: &[&[u32]]) -> Crosstab {
    let (rows, columns) = of_table(table);
    crosstab(&rows, &columns, None).unwrap()
}

fn near(a: f64, b: f64, by: f64) -> bool {
    (a - b).abs() < by
}

/// Agresti, An Introduction to Categorical Data Analysis (2nd edition, 2007), §2.4: party by gender, General Social Survey.
#[test]
fn gender_and_party_as_agresti_has_them() {
    let table = tested(&[&[762, 327, 468], &[484, 239, 477]]);
    let found = table.independence.unwrap();
    assert!(near(found.chi_square, 30.07, 0.005), "{found:?}");
    assert_eq!(found.degrees_of_freedom, 2);
    assert!(found.p < 0.0001 && !found.expected.too_small);
    let expected: Vec<f64> =
        table.cells[0].iter().map(|cell| (cell.expected * 10.0).round() / 10.0).collect();
    assert_eq!(expected, [703.7, 319.6, 533.7]);
    let residuals: Vec<f64> =
        table.cells[0].iter().map(|cell| (cell.residual.unwrap() * 100.0).round() / 100.0).collect();
    assert_eq!(residuals, [4.50, 0.70, -5.32]);
}

/// The same, §2.2.2: heart attacks with aspirin and with placebo. X² = 25.0 with one degree of freedom.
#[test]
fn aspirin_and_heart_attacks() {
    let table = tested(&[&[189, 10_845], &[104, 10_933]]);
    let found = table.independence.unwrap();
    assert!(near(found.chi_square, 25.01, 0.01), "{found:?}");
    // Of two by two, V is the correlation of the two, and every residual the root of chi-square.
    assert!(near(found.cramers_v, (found.chi_square / 22_071.0).sqrt(), 1e-12));
    assert!(near(table.cells[0][0].residual.unwrap(), found.chi_square.sqrt(), 1e-9));
    assert!(near(table.cells[0][0].row_percent.unwrap(), 100.0 * 189.0 / 11_034.0, 1e-12));
}

#[test]
fn rows_and_columns_without_anybody_are_no_degrees_of_freedom() {
    let table = tested(&[&[5, 0, 9], &[0, 0, 0], &[8, 0, 3]]);
    assert_eq!(table.independence.unwrap().degrees_of_freedom, 1);
    assert_eq!(table.rows.iter().map(|side| side.category).collect::<Vec<_>>(), [0, 2]);
    assert_eq!(table.columns.iter().map(|side| side.label.as_str()).collect::<Vec<_>>(), ["0", "2"]);
    let one_row = tested(&[&[5, 9], &[0, 0]]);
    assert_eq!((one_row.independence, one_row.cells[0][0].residual), (None, None));
}

#[test]
fn small_counts_are_said_to_be_small() {
    let small = |table: &[&[u32]]| tested(table).independence.unwrap().expected.too_small;
    assert!(!small(&[&[10, 10], &[10, 10]]));
    assert!(small(&[&[3, 1], &[1, 3]]));
    assert!(small(&[&[300, 2], &[40, 0]]));
}

#[test]
fn those_who_lack_an_answer_are_left_out_and_counted() {
    let rows = Variable::of_words(["a", "b", "", "a", "b"], &[]).unwrap();
    let columns = Variable::of_words(["x", "x", "y", "", "y"], &[]).unwrap();
    let table = crosstab(&rows, &columns, None).unwrap();
    assert_eq!((table.all.n, table.left_out), (3, 2));
    let nobody = Variable::of_words(["", "", "y", "", ""], &[]).unwrap();
    assert_eq!(crosstab(&rows, &nobody, None), Err(CrosstabError::Nobody));
}

#[test]
fn tables_that_nobody_reads_are_refused() {
    let words: Vec<String> = (0..MOST_CATEGORIES + 1).map(|n| n.to_string()).collect();
    let wide = Variable::of_words(words.iter().map(String::as_str), &[]).unwrap();
    let refused = crosstab(&wide, &wide, None).unwrap_err();
    assert_eq!(refused.to_string(), "201 categories: a table has at most 200 rows and columns");
}

#[test]
fn the_largest_table_is_tested_too() {
    let answers =
        |step: u32| (0..60_000_u32).map(move |n| Answer::Valid((n * step % 199 % 200) as u16)).collect();
    let names = || (0..200).map(|n: u32| n.to_string()).collect();
    let rows = Variable::new(names(), vec![], answers(7)).unwrap();
    let columns = Variable::new(names(), vec![], answers(1)).unwrap();
    let weights = Weights::new((0..60_000).map(|n| 1.0 + f64::from(n % 3)).collect()).unwrap();
    let found = crosstab(&rows, &columns, Some(&weights)).unwrap().independence.unwrap();
    assert!(found.rao_scott.unwrap().design_effect > 1.0);
    assert!(found.p < 1e-6);
}

#[test]
fn weights_correct_the_test_and_equal_ones_do_not() {
    let (rows, columns) = of_table(&[&[30, 12, 8], &[14, 25, 11], &[9, 7, 21]]);
    let plain = crosstab(&rows, &columns, None).unwrap().independence.unwrap();
    let equal = Weights::new(vec![4.0; rows.len()]).unwrap();
    let same = crosstab(&rows, &columns, Some(&equal)).unwrap().independence.unwrap();
    let corrected = same.rao_scott.unwrap();
    assert!(near(corrected.design_effect, 1.0, 1e-9) && near(corrected.p, plain.p, 1e-12), "{same:?}");
    assert!(near(same.reported_p(), plain.p, 1e-12));
    let unequal =
        Weights::new((0..rows.len()).map(|n| if n % 2 == 0 { 1.0 } else { 4.0 }).collect()).unwrap();
    let found = crosstab(&rows, &columns, Some(&unequal)).unwrap().independence.unwrap();
    assert!(found.rao_scott.unwrap().design_effect > 1.2 && found.reported_p() > found.p);
}

#[test]
fn equal_weights_cost_nothing_where_cells_are_empty() {
    for table in
        [&[&[3, 0, 5], &[0, 4, 1], &[2, 2, 0]], &[&[3, 9, 0], &[2, 4, 0], &[0, 0, 5]]] as [&[&[u32]]; 2]
    {
        let (rows, columns) = of_table(table);
        let weights = Weights::new(vec![0.3; rows.len()]).unwrap();
        let found = crosstab(&rows, &columns, Some(&weights)).unwrap().independence.unwrap();
        assert!(near(found.rao_scott.unwrap().design_effect, 1.0, 1e-9), "{found:?}");
    }
}

/// Weights that have nothing to do with the answers cost what Kish says.
#[test]
fn weights_at_random_have_the_effect_of_kish() {
    let (rows, columns) = of_table(&[&[4_000, 2_000], &[2_000, 1_000], &[1_000, 500]]);
    let weights =
        Weights::new((0..rows.len()).map(|n| if n % 2 == 0 { 1.0 } else { 3.0 }).collect()).unwrap();
    let found = crosstab(&rows, &columns, Some(&weights)).unwrap().independence.unwrap();
    assert!(near(found.rao_scott.unwrap().design_effect, 1.25, 1e-6), "{found:?}");
}

#[test]
fn tables_with_nothing_left_to_estimate_the_effect_from_have_that_of_all_weights() {
    let (rows, columns) = of_table(&[&[10, 0], &[0, 10]]);
    let weights = Weights::new((0..20).map(|n| if n % 2 == 0 { 1.0 } else { 3.0 }).collect()).unwrap();
    let found = crosstab(&rows, &columns, Some(&weights)).unwrap().independence.unwrap();
    assert!(near(found.rao_scott.unwrap().design_effect, 1.25, 1e-12));
    assert!(near(found.cramers_v, 1.0, 1e-12));
}

proptest::proptest! {
    #[test]
    fn per_cents_sum_and_numbers_exist(
        answers in proptest::collection::vec((0_u16..5, 0_u16..4, 0.0_f64..9.0), 1..200),
    ) {
        let names = |n: u32| (0..n).map(|n| n.to_string()).collect();
        let of = |answers: Vec<u16>, n| {
            Variable::new(names(n), vec![], answers.into_iter().map(Answer::Valid).collect()).unwrap()
        };
        let rows = of(answers.iter().map(|a| a.0).collect(), 5);
        let columns = of(answers.iter().map(|a| a.1).collect(), 4);
        let Ok(weights) = Weights::new(answers.iter().map(|a| a.2).collect()) else { return Ok(()) };
        let table = crosstab(&rows, &columns, Some(&weights)).unwrap();
        let cells: Vec<Cell> = table.cells.iter().flatten().copied().collect();
        proptest::prop_assert!(near(cells.iter().filter_map(|c| c.total_percent).sum(), 100.0, 1e-9));
        proptest::prop_assert!(near(cells.iter().map(|c| c.count - c.expected).sum(), 0.0, 1e-9));
        if let Some(found) = table.independence {
            let corrected = found.rao_scott.unwrap();
            proptest::prop_assert!(corrected.design_effect > 0.0 && corrected.design_effect.is_finite());
            proptest::prop_assert!((0.0..=1.0).contains(&found.p) && (0.0..=1.0).contains(&corrected.p));
        }
    }
}
