//! Broken plans and what is said about them.

use std::collections::BTreeMap;
use std::time::Duration;

use super::*;
use crate::dialplan::catalogue::Prompt;
use crate::dialplan::{SHIPPED, SHIPPED_NUMBER, shipped_for};

fn catalogue() -> Catalogue {
    let manifest: toml::Table = include_str!("../../../sounds/sr/manifest.toml").parse().unwrap();
    let keys = manifest["prompt"].as_table().unwrap().keys().cloned();
    let ready = || Prompt::Ready { length: Duration::from_secs(5) };
    let mut sr: BTreeMap<String, Prompt> = keys.map(|key| (key, ready())).collect();
    sr.insert("stereo".into(), Prompt::Unusable("2 channels, must be mono".into()));
    let en = sr.clone();
    sr.insert("slava".into(), ready());
    Catalogue {
        prompts: Some(BTreeMap::from([("sr".into(), sr), ("en".into(), en)])),
        categories: Some(["water", "roads", "waste", "heating", "other"].map(String::from).into()),
        templates: Some(["receipt".to_owned()].into()),
        queues: Some(["operators".to_owned()].into()),
        departments: Some(["water".to_owned()].into()),
        extensions: Some(["201".to_owned()].into()),
    }
}

fn findings(text: &str) -> Vec<Finding> {
    check_one("dialplans/main.toml", text, &catalogue()).expect_err("the plan should be refused")
}

/// `line:column message | help` of each finding.
fn told(text: &str) -> Vec<String> {
    findings(text)
        .iter()
        .map(|f| {
            let help = f.problem.help.as_ref().map_or("-".to_owned(), ToString::to_string);
            format!("{}:{} {} | {help}", f.line, f.column, f.problem.message)
        })
        .collect()
}

const HEAD: &str = "schema = 1\n[number.any]\nstart = \"a\"\n";

fn body(nodes: &str) -> String {
    format!("{HEAD}{nodes}")
}

#[test]
fn the_shipped_plan_is_without_mistakes_and_its_tests_pass() {
    let plan = check_one("dialplans/main.toml", SHIPPED, &catalogue()).unwrap_or_else(|findings| {
        panic!("{}", findings.iter().map(ToString::to_string).collect::<String>())
    });
    assert_eq!(plan.name, "main");
    assert!(plan.tests.len() >= 12, "every key, timeout, holidays");
    assert_eq!(plan.revision.len(), 12);
}

#[test]
fn the_shipped_plan_moves_to_another_number() {
    let text = shipped_for("+381115550000");
    let plan = check_one("main.toml", &text, &catalogue()).unwrap();
    assert!(plan.entry("011/555-0000").is_some());
    assert!(plan.entry(SHIPPED_NUMBER).is_none());
}

#[test]
fn every_mistake_is_told_at_once_each_at_its_place() {
    let text = r#"schema = 1
[number."021 480 000"]
start = "hourz"

[calendar.office]
weekly = { mon-fri = ["07:30-15:30", "15:00-16:00"], sta = ["08:00-12:00"] }
holidays = "sr"

[node.hours.schedule]
calendar = "ofice"
open = "mneu"
closed = "night"

[node.menu.menu]
promt = "main_menu"
keys = { 1 = "water", x = "water" }
otherwise = "night"

[node.water.case]
category = "wather"
next = "night"

[node.night.record]
prompt = "leave_mesage"
max_s = "long"
next = "end"

[node.wait.quue]
queue = "operators"

[node.end.hangup]
prompt = "stereo"
"#;
    let told = told(text);
    let expected = [
        "2:9 \"021 480 000\" is not a telephone number | write it as \"+38121480000\"",
        "3:9 there is no node \"hourz\" | did you mean \"hours\"?",
        "6:38 15:00-16:00 overlaps 07:30-15:30 of the same day | -",
        "6:54 \"sta\" is no day of the week | did you mean \"sat\"?",
        "7:12 no holidays are known as \"sr\" | did you mean \"rs\"?",
        "9:13 a schedule node needs `holiday` | -",
        "10:12 there is no calendar \"ofice\" | did you mean \"office\"?",
        "11:8 there is no node \"mneu\" | did you mean \"menu\"?",
        "14:12 a menu node needs `prompt` | -",
        "15:1 a menu node has no `promt` | did you mean \"prompt\"?",
        "16:23 \"x\" is not a key of a telephone | keys are 0-9, \"*\", \"#\", A-D",
        "20:12 there is no category \"wather\" | did you mean \"water\"?",
        "24:10 prompt \"leave_mesage\" is missing: sounds/sr/leave_mesage.wav | did you mean \"leave_message\"?",
        "25:9 max_s is a whole number from 1 to 1800, without quotes | -",
        "28:12 unknown kind of node \"quue\" | did you mean \"queue\"?",
        "32:10 prompt \"stereo\" cannot be played: 2 channels, must be mono | -",
    ];
    assert_eq!(told, expected, "{told:#?}");
}

#[test]
fn a_finding_is_shown_with_its_line_and_caret() {
    let text = body("[node.a.play]\nprompt = \"goodbye\"\nnext = \"ned\"\n[node.end.hangup]\n");
    let shown: String = findings(&text).iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        "dialplans/main.toml:6:8: there is no node \"ned\"\n  |\n6 | next = \"ned\"\n  |        ^^^^^ did you mean \"end\"?\n"
    );
}

#[test]
fn all_errors_of_syntax_come_with_their_places() {
    let told = told("schema = \n[number.any]\nstart = \"a\n[node.a.hangup]\nno_case = \"test\"\n");
    assert!(told.len() >= 2, "{told:#?}");
    assert!(told[0].starts_with("1:"), "{told:#?}");
}

#[test]
fn a_node_that_no_call_reaches_is_told() {
    assert_eq!(
        told(&body("[node.a.hangup]\nno_case = \"test\"\n[node.b.hangup]\n")),
        ["6:7 no call can reach node \"b\" | lead an exit here, or remove it"]
    );
}

#[test]
fn a_mistake_in_a_node_does_not_make_others_unreachable() {
    let told = told(&body(
        "[node.a.quue]\ntimeout = \"b\"\nno_agents = \"cee\"\n[node.b.hangup]\n[node.ceee.hangup]\n",
    ));
    assert_eq!(told.len(), 1, "{told:#?}");
}

#[test]
fn a_circle_without_a_key_is_told_with_its_nodes() {
    let play = "[node.a.play]\nprompt = \"closed\"\nnext = \"b\"\n[node.b.record]\nnext = \"a\"\n";
    let found = findings(&body(play));
    assert_eq!(found.len(), 1);
    assert!(found[0].problem.message == Phrase::circle(), "{}", found[0]);
    assert_eq!(found[0].problem.notes, ["a → b → a"]);
}

#[test]
fn a_menu_that_leads_back_by_itself_is_a_circle_but_a_key_may_lead_back() {
    let menu = |otherwise: &str| {
        body(&format!(
            "[node.a.menu]\nprompt = \"main_menu\"\nkeys = {{ 9 = \"a\", 1 = \"c\" }}\notherwise = \"{otherwise}\"\n[node.c.case]\ncategory = \"water\"\nnext = \"end\"\n[node.end.hangup]\n"
        ))
    };
    assert!(check_one("f", &menu("c"), &catalogue()).is_ok());
    assert!(findings(&menu("a")).iter().any(|f| f.problem.message.to_string().contains("circle")));
}

#[test]
fn a_way_to_the_end_without_a_case_is_refused_with_the_way() {
    let text = body(
        "[node.a.menu]\nprompt = \"main_menu\"\nkeys = { 1 = \"info\" }\notherwise = \"end\"\n[node.info.play]\nprompt = \"closed\"\nnext = \"end\"\n[node.end.hangup]\n",
    );
    let found = findings(&text);
    assert_eq!(found.len(), 1);
    assert!(found[0].problem.message.to_string().contains("without a case"), "{}", found[0]);
    assert_eq!(found[0].problem.notes, ["a → end"]);
    let otherwise =
        text.replace("otherwise = \"end\"", "otherwise = \"b\"") + "[node.b.record]\nnext = \"end\"\n";
    assert_eq!(findings(&otherwise)[0].problem.notes, ["a → info → end"]);
    let meant = text.replace("[node.end.hangup]", "[node.end.hangup]\nno_case = \"only hears our hours\"");
    assert!(check_one("f", &meant, &catalogue()).is_ok());
}

#[test]
fn a_way_that_the_interpreter_would_cut_off_is_refused() {
    let plays = |n: usize| -> String {
        (0..n)
            .map(|i| format!("[node.n{i}.play]\nprompt = \"closed\"\nnext = \"n{}\"\n", i + 1))
            .collect::<String>()
            + &format!("[node.n{n}.hangup]\nno_case = \"test\"\n")
    };
    let text = |n| format!("schema = 1\n[number.any]\nstart = \"n0\"\n{}", plays(n));
    assert!(check_one("f", &text(63), &catalogue()).is_ok());
    let found = findings(&text(64));
    assert!(found[0].problem.message.to_string().contains("can pass 65 nodes without a key"), "{}", found[0]);
}

/// As in the design of the plan language, with the node that its menu leads to and prompts that exist.
const DESIGNED: &str = r#"
schema = 1

[number."+38121480000"]
start = "hours"

[calendar.office]
weekly = { mon-fri = ["07:30-15:30"] }
holidays = "rs"                                   # built in, Easter computed
closed = [{ date = 2026-05-04, why = "slava" }]

[node.hours.schedule]
calendar = "office"
open = "menu"
closed = "night"
holiday = "night"

[node.menu.menu]
prompt = "main_menu"                              # sounds/<language>/main_menu.wav
keys = { 1 = "water", 9 = "state", 0 = "operators" }
timeout_s = 6
tries = 3
otherwise = "operators"                           # required

[node.state.case_state]
found = "end"
not_found = "operators"

[node.water.case]                                 # opens or amends the contact's case
category = "water"
next = "operators"

[node.operators.queue]
queue = "operators"
max_wait_s = 180
timeout = "night"
no_agents = "night"
hangup = "missed"

[node.night.record]
prompt = "leave_message"
max_s = 180
min_s = 2
next = "receipt"

[node.receipt.sms]
template = "receipt"
next = "end"

[node.end.hangup]

[[test]]
name = "Christmas at ten"
at = 2026-01-07T10:00
keys = ""
expect = ["hours", "night", "receipt", "end"]
"#;

#[test]
fn the_plan_of_the_design_is_accepted() {
    let plan = check_one("main.toml", DESIGNED, &catalogue()).unwrap_or_else(|findings| {
        panic!("{}", findings.iter().map(ToString::to_string).collect::<String>())
    });
    assert_eq!(plan.nodes.len(), 8);
}

#[test]
fn what_is_outside_the_plan_is_checked_with_a_suggestion() {
    let text = DESIGNED
        .replace("queue = \"operators\"", "queue = \"operater\"")
        .replace("hangup = \"missed\"", "hangup = \"mised\"")
        .replace(
            "[node.end.hangup]",
            "[node.end.dial]\noperator = \"210\"\nbusy = \"x\"\nno_answer = \"x\"\nfailed = \"x\"\n[node.x.dial]\ndepartment = \"watr\"\nbusy = \"y\"\nno_answer = \"y\"\nfailed = \"y\"\n[node.y.hangup]",
        )
        .replace("[\"hours\", \"night\", \"receipt\", \"end\"]", "[\"hours\"]");
    let told = told(&text);
    assert!(
        told.iter().any(|t| t.contains("no queue \"operater\" | did you mean \"operators\"?")),
        "{told:#?}"
    );
    assert!(told.iter().any(|t| t.contains("no department \"watr\" | did you mean \"water\"?")), "{told:#?}");
    assert!(told.iter().any(|t| t.contains("no operator with extension \"210\"")), "{told:#?}");
    assert!(told.iter().any(|t| t.contains("\"missed\"")), "{told:#?}");
}

#[test]
fn mistakes_in_questions_and_sayings_are_told() {
    let text = body(
        r#"[node.a.input]
prompt = "main_menu"
store = "meter"
min = 8
max = 4
check = "lun"
terminator = "0"
next = "b"
failed = "e"
[node.b.say]
as = "numbr"
input = "metr"
next = "c"
[node.c.say]
as = "date"
value = "4.5.2026."
next = "d"
[node.d.survey]
questions = [{ key = "k", prompt = "closed", keys = "1x" }]
next = "e"
[node.e.conference]
room = "crisis"
pin = "abc"
consent = "closed"
wrong_pin = "f"
[node.f.dial]
operator = "201"
number = "021 480 000"
busy = "g"
no_answer = "g"
failed = "g"
[node.g.hangup]
no_case = " "
"#,
    );
    let told = told(&text);
    for expected in [
        "min is more than max (4) | -",
        "there is no check \"lun\" | did you mean \"luhn\"?",
        "the terminator is \"#\" or \"*\"",
        "`as` cannot be \"numbr\" | did you mean \"number\"?",
        "no input node stores \"metr\" | did you mean \"meter\"?",
        "\"4.5.2026.\" cannot be said as a date | write it like \"2026-05-04\"",
        "`keys` are the keys that count as an answer",
        "a PIN is 1 to 12 digits in quotes",
        "`consent` without `record = true`",
        "is not a telephone number | write it as \"+38121480000\"",
        "a dial node dials one thing",
        "`no_case` says why",
    ] {
        assert!(told.iter().any(|t| t.contains(expected)), "{expected}: {told:#?}");
    }
}

#[test]
fn one_number_leads_into_one_plan() {
    let plan = "schema = 1\n[number.\"+38121480000\"]\nstart = \"a\"\n[node.a.hangup]\nno_case = \"test\"\n";
    let sources =
        ["dialplans/a.toml", "dialplans/b.toml"].map(|file| Source { file: file.into(), text: plan.into() });
    let found = check(&sources, &catalogue()).unwrap_err();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].place(), "dialplans/b.toml:2:9");
    assert_eq!(
        found[0].problem.help.as_ref().map(ToString::to_string).as_deref(),
        Some("it already leads into dialplans/a.toml:2:9")
    );
}

#[test]
fn mistakes_of_all_files_are_told_together() {
    let sources = ["a.toml", "b.toml"].map(|file| Source { file: file.into(), text: format!("# {file}\n") });
    let files: Vec<String> =
        check(&sources, &catalogue()).unwrap_err().iter().map(|f| f.file.clone()).collect();
    assert!(files.contains(&"a.toml".to_owned()) && files.contains(&"b.toml".to_owned()));
}

#[test]
fn a_language_that_the_plan_speaks_needs_its_prompts() {
    let text = body(
        "[node.a.language]\nlanguage = \"en\"\nnext = \"b\"\n[node.b.play]\nprompt = \"slava\"\nnext = \"c\"\n[node.c.hangup]\nno_case = \"test\"\n",
    );
    assert_eq!(told(&text).len(), 1);
    assert!(told(&text)[0].contains("sounds/en/slava.wav"));
    let unknown = text.replace("\"en\"", "\"de\"");
    assert_eq!(told(&unknown), ["5:12 there are no prompts in \"de\" | known are: en, sr"]);
}

#[test]
fn a_failing_test_says_expected_and_walked() {
    let text = SHIPPED
        .replace("name = \"Easter Monday\"\nat = 2026-04-13", "name = \"Easter Monday\"\nat = 2026-04-14");
    let found = findings(&text);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0].problem.message, "test \"Easter Monday\": the call goes another way");
    assert_eq!(
        found[0].problem.notes,
        [
            "expected: hours → night → voicemail → receipt → thanks → end",
            "walked: hours → menu → operators → tell → receipt → thanks → end"
        ]
    );
    assert!(found[0].text.get(found[0].column - 1..).unwrap().starts_with("\"night\""), "{}", found[0]);
}

#[test]
fn a_test_with_moves_that_nobody_asks_for_fails() {
    let text = body(
        "[node.a.hangup]\nno_case = \"test\"\n[[test]]\nname = \"t\"\nat = 2026-01-01T10:00\nkeys = \"1,timeout\"\nexpect = [\"a\"]\n",
    );
    assert_eq!(told(&text)[0], "10:10 test \"t\": the plan never asked for 1,timeout | -");
}

#[test]
fn a_test_is_checked_like_everything_else() {
    let text = body(
        "[node.a.hangup]\nno_case = \"test\"\n[[test]]\nname = \"t\"\nat = \"10:00\"\nkeys = \"tiemout\"\nexpect = [\"aa\"]\n",
    );
    let told = told(&text);
    assert!(told[0].starts_with("8:6 this is no local date and time"), "{told:#?}");
    assert!(told[1].ends_with("did you mean \"timeout\"?"), "{told:#?}");
    assert!(told[2].starts_with("10:11 there is no node \"aa\""), "{told:#?}");
}

#[test]
fn a_calendar_with_odd_days_is_refused() {
    let calendar = "[calendar.c]\nweekly = { fri-mon = [\"22:00-06:00\"] }\nclosed = [{ date = 2026-05-04 }, { date = 2026-13-04, why = \"x\" }]\nopen = [{ date = 2026-05-04, hours = [\"08:00-12:00\"], wy = \"x\" }]\n[node.a.hangup]\nno_case = \"test\"\n";
    let told = told(&body(calendar));
    assert!(told.iter().any(|t| t.contains("13")) || told.iter().any(|t| t.starts_with("6:")), "{told:#?}");
    let dates = calendar.replace("2026-13-04", "2026-12-04");
    let told = self::told(&body(&dates));
    assert_eq!(told.len(), 4, "{told:#?}");
    assert!(told[0].contains("ends before it begins"), "{told:#?}");
    assert!(told[1].contains("needs `why`"), "{told:#?}");
    assert!(told[2].contains("twice"), "{told:#?}");
    assert!(told[3].contains("has no `wy`"), "{told:#?}");
}

#[test]
fn what_is_not_known_is_not_checked() {
    assert!(check_one("main.toml", SHIPPED, &Catalogue::default()).is_ok());
}
