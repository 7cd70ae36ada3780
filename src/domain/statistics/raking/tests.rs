use super::*;

/// Respondents of a table of two variables, cell by cell.
fn of_table(table: &[&[u32]]) -> (Variable, Variable) {
    let (mut rows, mut columns) = (Vec::new(), Vec::new());
    for (row, cells) in (0..).zip(table) {
        for (column, count) in (0..).zip(*cells) {
            for _ in 0..*count {
                rows.push(Answer::Valid(row));
                columns.push(Answer::Valid(column));
            }
        }
    }
    let names = |n: usize| (0..n).map(|n| n.to_string()).collect();
    let width = table.first().map_or(0, |row| row.len());
    (
        Variable::new(names(table.len()), vec![], rows).unwrap(),
        Variable::new(names(width), vec![], columns).unwrap(),
    )
}

fn cell(rows: &Variable, columns: &Variable, weights: &Weights, at: (u16, u16)) -> f64 {
    let answers = rows.answers().iter().zip(columns.answers()).zip(weights.values());
    let here = answers.filter(|((r, c), _)| (**r, **c) == (Answer::Valid(at.0), Answer::Valid(at.1)));
    here.map(|(_, weight)| weight).sum()
}

fn two<'m>(rows: &'m Variable, r: &'m [f64], columns: &'m Variable, c: &'m [f64]) -> [Margin<'m>; 2] {
    [Margin { name: "age", variable: rows, totals: r }, Margin { name: "sex", variable: columns, totals: c }]
}

/// One margin alone is post-stratification: what it is for one variable can be worked out by hand.
#[test]
fn one_margin_gives_each_category_its_part() {
    let (sex, _) = of_table(&[&[30], &[10]]);
    let margin = Margin { name: "sex", variable: &sex, totals: &[48.0, 52.0] };
    let raked = rake(&[margin], None, &Options::default()).unwrap();
    assert!((raked.weights.values()[0] - 0.64).abs() < 1e-12);
    assert!((raked.weights.values()[39] - 2.08).abs() < 1e-12);
    let cv2 = (30.0 * 0.36_f64.powi(2) + 10.0 * 1.08_f64.powi(2)) / 40.0;
    assert!((raked.kish.design_effect - (1.0 + cv2)).abs() < 1e-12);
    assert!((raked.kish.effective_n - 40.0 / (1.0 + cv2)).abs() < 1e-9);
}

/// What the method is known by (Bishop, Fienberg & Holland, Discrete Multivariate Analysis, 1975): the margins hold, and the cross-product
/// ratios of the cells stay.
#[test]
fn margins_hold_and_ratios_across_stay() {
    let (rows, columns) = of_table(&[&[40, 10, 7], &[5, 20, 3], &[10, 11, 30]]);
    let (r, c) = ([0.5, 0.3, 0.2], [60.0, 25.0, 15.0].map(|percent: f64| percent / 100.0));
    let raked = rake(&two(&rows, &r, &columns, &c), None, &Options::default()).unwrap();
    let at = |row, column| cell(&rows, &columns, &raked.weights, (row, column));
    for (row, share) in (0..).zip(r) {
        assert!(((0..3).map(|column| at(row, column)).sum::<f64>() / 136.0 - share).abs() < 2e-9);
    }
    for (column, share) in (0..).zip(c) {
        assert!(((0..3).map(|row| at(row, column)).sum::<f64>() / 136.0 - share).abs() < 2e-9);
    }
    let ratio = |a, b, c, d| a * d / (b * c);
    assert!(
        (ratio(at(0, 0), at(0, 1), at(1, 0), at(1, 1)) / ratio(40.0, 10.0, 5.0, 20.0) - 1.0).abs() < 1e-9
    );
    assert!(
        (ratio(at(1, 1), at(1, 2), at(2, 1), at(2, 2)) / ratio(20.0, 3.0, 11.0, 30.0) - 1.0).abs() < 1e-9
    );
    assert!((raked.weights.values().iter().sum::<f64>() - 136.0).abs() < 1e-9);
}

#[test]
fn no_weight_is_above_its_bound_and_the_margins_hold_all_the_same() {
    let (rows, columns) = of_table(&[&[300, 60], &[140, 4], &[30, 10]]);
    let margins = two(&rows, &[0.5, 0.3, 0.2], &columns, &[0.5, 0.5]);
    let free = rake(&margins, None, &Options::default()).unwrap();
    let largest = |raked: &Raked| raked.weights.values().iter().copied().fold(0.0, f64::max);
    assert!(largest(&free) > 4.0 && free.trimmed == 0);
    let options = Options { largest_weight: Some(4.0), ..Options::default() };
    let bounded = rake(&margins, None, &options).unwrap();
    assert!(largest(&bounded) < 4.0 + 1e-6 && bounded.off_by <= 1e-9 && bounded.trimmed > 0);
    assert!(bounded.kish.design_effect < free.kish.design_effect);
    let impossible = Options { largest_weight: Some(1.5), ..Options::default() };
    let refused = rake(&margins, None, &impossible).unwrap_err();
    assert!(matches!(refused, RakingError::NotReached { rounds: 1_000, .. }), "{refused}");
    assert!(refused.to_string().contains("or the largest weight is too small"));
}

#[test]
fn weights_that_respondents_have_already_are_where_it_begins() {
    let (rows, _) = of_table(&[&[2], &[2]]);
    let base = Weights::new(vec![1.0, 3.0, 1.0, 0.0]).unwrap();
    let margin = Margin { name: "sex", variable: &rows, totals: &[1.0, 1.0] };
    let raked = rake(&[margin], Some(&base), &Options::default()).unwrap();
    assert_eq!(raked.weights.values(), [0.375, 1.125, 1.5, 0.0]);
}

#[test]
fn margins_that_cannot_be_reached_are_refused_with_words() {
    let (rows, columns) = of_table(&[&[5, 5], &[0, 0], &[5, 5]]);
    let refused = |r: &[f64], c: &[f64]| {
        rake(&two(&rows, r, &columns, c), None, &Options::default()).unwrap_err().to_string()
    };
    assert!(refused(&[50.0, 10.0, 40.0], &[50.0, 50.0]).starts_with("age: nobody answered \"1\""));
    assert!(refused(&[100.0, 0.0, 0.0], &[50.0, 50.0]).starts_with("age: some answered \"2\""));
    assert!(refused(&[50.0, 50.0], &[50.0, 50.0]).starts_with("age: 2 totals for 3 categories"));
    assert!(
        refused(&[50.0, 0.0, f64::NAN], &[50.0, 50.0]).starts_with("age: the total of \"2\" is no number")
    );
    assert!(refused(&[0.0; 3], &[50.0, 50.0]).starts_with("age has no totals"));
    let apart = refused(&[50.0, 0.0, 50.0], &[0.5, 0.5]);
    assert!(apart.starts_with("the margins do not sum alike: sex to 1, age to 100"), "{apart}");
    assert_eq!(rake(&[], None, &Options::default()), Err(RakingError::NoMargins));
}

#[test]
fn shares_that_were_rounded_are_taken_as_they_are_meant() {
    let (rows, _) = of_table(&[&[5], &[3], &[2]]);
    let (_, columns) = of_table(&[&[4, 6]]);
    let margins = two(&rows, &[33.3, 33.3, 33.3], &columns, &[20.0, 80.0]);
    assert!(rake(&margins, None, &Options::default()).is_ok());
}

#[test]
fn respondents_without_an_answer_are_not_guessed() {
    let variable = Variable::of_words(["m", "ž", "", "m"], &[]).unwrap();
    let margin = Margin { name: "sex", variable: &variable, totals: &[1.0, 1.0] };
    let refused = rake(&[margin], None, &Options::default()).unwrap_err();
    assert_eq!(refused, RakingError::WithoutAnswer { margin: "sex".into(), respondents: 1 });
}

#[test]
fn margins_that_contradict_each_other_among_the_respondents_end() {
    // All the young are men, and there should be more of the former than of the latter.
    let (rows, columns) = of_table(&[&[10, 0], &[5, 5]]);
    let margins = two(&rows, &[0.7, 0.3], &columns, &[0.4, 0.6]);
    let refused = rake(&margins, None, &Options::default()).unwrap_err();
    assert!(matches!(refused, RakingError::NotReached { .. }), "{refused}");
}
