//! Every path of real, broken and random plans.

use proptest::prelude::*;

use super::*;
use crate::dialplan::SHIPPED;
use crate::dialplan::catalogue::Catalogue;
use crate::dialplan::check::check_one;
use crate::dialplan::parse::parse;
use crate::dialplan::phrase::Phrase;

const YEAR: i16 = 2026;

fn checked(text: &str) -> Arc<Plan> {
    check_one("plan.toml", text, &Catalogue::default())
        .unwrap_or_else(|f| panic!("{}", f.iter().map(ToString::to_string).collect::<String>()))
}

/// As far as it can be read, whatever the checker would say of its shape.
fn unchecked(text: &str) -> Arc<Plan> {
    let parsed = parse("plan", text);
    parsed.plan.unwrap_or_else(|| panic!("{:?}", parsed.problems))
}

#[test]
fn every_path_of_the_shipped_plan_ends_with_a_case() {
    let explored = explore(&checked(SHIPPED), YEAR);
    assert_eq!(explored.offence, None, "{explored}");
    assert_eq!(explored.moments, 3, "open, closed, holiday");
    assert!(explored.situations > 100, "{explored}");
    let way = "hours → menu → water → operators → callback → end";
    assert!(explored.ways.iter().any(|known| known == way), "{:#?}", explored.ways);
    assert!(explored.to_string().contains("every way ends, and ends with a case"), "{explored}");
}

#[test]
fn a_path_without_a_case_is_printed_with_what_happens_on_it() {
    let text = "schema = 1\n[number.any]\nstart = \"menu\"\n[node.menu.menu]\nprompt = \"p\"\nkeys = { 1 = \"info\", 2 = \"tell\" }\notherwise = \"tell\"\n\
        [node.info.play]\nprompt = \"p\"\nnext = \"end\"\n[node.tell.record]\nnext = \"end\"\n[node.end.hangup]\n";
    let explored = explore(&unchecked(text), YEAR);
    assert_eq!(explored.offence, Some(Offence::NoCase { way: "menu [1] → info → end".into() }));
    assert!(!explored.is_proven());
    assert!(explored.to_string().contains("this way ends without a case:\n  menu [1] → info → end"));
    let meant = text.replace("[node.end.hangup]", "[node.end.hangup]\nno_case = \"only hears our address\"");
    assert!(explore(&unchecked(&meant), YEAR).is_proven());
}

#[test]
fn a_silent_circle_is_found() {
    let text = "schema = 1\n[number.any]\nstart = \"a\"\n[node.a.play]\nprompt = \"p\"\nnext = \"b\"\n[node.b.record]\nnext = \"a\"\n";
    assert!(matches!(explore(&unchecked(text), YEAR).offence, Some(Offence::NoEnd { .. })));
}

#[test]
fn a_plan_of_hundreds_of_nodes_is_walked_whole() {
    let menus: String = (0..400)
        .map(|n| {
            let (next, skip) = (n + 1, (n + 7).min(400));
            format!(
                "[node.n{n}.menu]\nprompt = \"p\"\nkeys = {{ 1 = \"n{next}\", 2 = \"n{skip}\", 9 = \"n{}\" }}\notherwise = \"n400\"\n",
                n / 2
            )
        })
        .collect();
    let text = format!(
        "schema = 1\n[number.any]\nstart = \"n0\"\n{menus}[node.n400.record]\nnext = \"end\"\n[node.end.hangup]\n"
    );
    let explored = explore(&checked(&text), YEAR);
    assert!(explored.is_proven(), "{explored}");
    assert!(explored.situations > 2_000);
}

/// One node of a random plan; exits by number, the first always to the node that follows.
fn node(index: usize, kind: u8, exits: &[usize]) -> String {
    let exit = |n: usize| format!("n{}", exits.get(n).copied().unwrap_or(index + 1));
    let next = format!("n{}", index + 1);
    let heading = |kind: &str| format!("[node.n{index}.{kind}]\n");
    match kind {
        0 => heading("play") + &format!("prompt = \"p\"\nnext = \"{next}\"\n"),
        1 => {
            heading("menu")
                + &format!(
                    "prompt = \"p\"\ntries = 2\nkeys = {{ 1 = \"{next}\", 2 = \"{}\" }}\notherwise = \"{}\"\n",
                    exit(0),
                    exit(1)
                )
        }
        2 => heading("case") + &format!("category = \"water\"\nnext = \"{next}\"\n"),
        3 => heading("record") + &format!("next = \"{next}\"\nempty = \"{}\"\n", exit(0)),
        4 => {
            heading("queue")
                + &format!(
                    "queue = \"q\"\nkeys = {{ 1 = \"{next}\" }}\ntimeout = \"{}\"\nno_agents = \"{}\"\nafter = \"{next}\"\n",
                    exit(0),
                    exit(1)
                )
        }
        5 => {
            heading("callback")
                + &format!(
                    "queue = \"q\"\nnext = \"{next}\"\ncancelled = \"{}\"\nfailed = \"{}\"\n",
                    exit(0),
                    exit(1)
                )
        }
        6 => heading("case_state") + &format!("tries = 2\nfound = \"{next}\"\nnot_found = \"{}\"\n", exit(0)),
        7 => {
            heading("input")
                + &format!(
                    "prompt = \"p\"\nstore = \"s\"\nmin = 3\nmax = 5\ncheck = \"luhn\"\nnext = \"{next}\"\nfailed = \"{}\"\n",
                    exit(0)
                )
        }
        8 => {
            heading("dial")
                + &format!(
                    "department = \"water\"\nbusy = \"{next}\"\nno_answer = \"{}\"\nfailed = \"{}\"\n",
                    exit(0),
                    exit(1)
                )
        }
        9 => {
            heading("survey")
                + &format!("questions = [{{ key = \"k\", prompt = \"p\" }}]\nnext = \"{next}\"\n")
        }
        10 => {
            heading("conference")
                + &format!("room = \"r\"\npin = \"12\"\nwrong_pin = \"{}\"\nnext = \"{next}\"\n", exit(0))
        }
        11 => heading("language") + &format!("keys = {{ 1 = \"sr\", 2 = \"en\" }}\nnext = \"{next}\"\n"),
        _ => heading("say") + &format!("as = \"time\"\nnow = true\nnext = \"{next}\"\n"),
    }
}

fn any_plan() -> impl Strategy<Value = String> {
    let nodes =
        prop::collection::vec((0_u8..13, prop::collection::vec(0.0..1.0_f64, 2), any::<bool>()), 1..9);
    (nodes, any::<bool>()).prop_map(|(nodes, excused)| {
        let last = nodes.len();
        let mut text = "schema = 1\n[number.any]\nstart = \"n0\"\n".to_owned();
        for (index, (kind, exits, back)) in nodes.iter().enumerate() {
            // Mostly forwards, so that many plans are in order.
            let to = |part: &f64| {
                let from = if *back { 0 } else { index + 1 };
                from + ((last - from) as f64 * part) as usize
            };
            text.push_str(&node(index, *kind, &exits.iter().map(to).collect::<Vec<_>>()));
        }
        text.push_str(&format!("[node.n{last}.hangup]\n"));
        if excused {
            text.push_str("no_case = \"test\"\n");
        }
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn what_the_checker_accepts_always_ends_with_a_case(text in any_plan()) {
        if let Ok(plan) = check_one("plan.toml", &text, &Catalogue::default()) {
            let explored = explore(&plan, YEAR);
            prop_assert!(explored.is_proven(), "{}\n{}", explored, text);
        }
    }

    /// And what it refuses for a missing case or an end, it refuses with reason.
    #[test]
    fn what_the_checker_refuses_for_its_ways_does_not_end_well(text in any_plan()) {
        if let Err(findings) = check_one("plan.toml", &text, &Catalogue::default())
            && findings.iter().any(|f| f.problem.message == Phrase::ends_without_case())
            && !findings.iter().any(|f| f.problem.message == Phrase::circle())
        {
            prop_assert!(!explore(&unchecked(&text), YEAR).is_proven(), "{}", text);
        }
    }
}
