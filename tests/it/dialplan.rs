//! What an administrator meets: the shipped plans with the shipped prompts, and the words about a broken folder.

use std::path::{Path, PathBuf};

use odziv::dialplan::catalogue::Catalogue;
use odziv::telephony::plans::{check_folder, prompt_catalogue};

fn shipped(part: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(part)
}

/// What a new installation knows.
fn catalogue() -> Catalogue {
    Catalogue {
        prompts: Some(prompt_catalogue(&shipped("sounds"))),
        categories: Some(["water", "roads", "waste", "heating", "other"].map(String::from).into()),
        templates: Some(["receipt".to_owned()].into()),
        ..Catalogue::default()
    }
}

#[test]
fn every_shipped_plan_and_that_of_the_demo_run_together() {
    let folder = tempfile::tempdir().unwrap();
    for plan in ["dialplans/main.toml", "src/demo/duty_line.toml"] {
        let name = Path::new(plan).file_name().unwrap();
        std::fs::copy(shipped(plan), folder.path().join(name)).unwrap();
    }
    let set = check_folder(folder.path(), &catalogue()).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(set.by_number("021 480 000").unwrap().name, "main");
    assert_eq!(set.by_number("sip:+38121480048@127.0.0.1").unwrap().name, "duty_line");
    assert!(set.by_number("+38121480049").is_none());
}

#[test]
fn a_broken_folder_is_explained_line_by_line() {
    let folder = tempfile::tempdir().unwrap();
    let main = std::fs::read_to_string(shipped("dialplans/main.toml")).unwrap();
    let main = main
        .replace("open = \"menu\"", "open = \"mneu\"")
        .replace("category = \"roads\"", "category = \"road\"")
        .replace("prompt = \"thank_you\"", "prompt = \"thankyou\"")
        .replace("tries = 3 ", "tires = 3 ");
    std::fs::write(folder.path().join("main.toml"), main).unwrap();
    std::fs::write(folder.path().join("more.toml"), "schema = 1\n[number.\"+38121480000\"]\nstart = end\n")
        .unwrap();
    let told = check_folder(folder.path(), &catalogue()).unwrap_err().to_string();
    for words in [
        "there is no node \"mneu\"",
        "did you mean \"menu\"?",
        "there is no category \"road\"",
        "did you mean \"roads\"?",
        "did you mean \"thank_you\"?",
        "a menu node has no `tires`",
        "did you mean \"tries\"?",
        "more.toml:3:9: ",
        "5 mistakes",
    ] {
        assert!(told.contains(words), "no {words:?} in\n{told}");
    }
}

#[test]
fn the_examples_of_the_manual_are_one_plan_without_mistakes() {
    let manual = std::fs::read_to_string(shipped("dialplans/README.md")).unwrap();
    let examples: String =
        manual.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("manual.toml"), examples).unwrap();
    let set = check_folder(folder.path(), &catalogue()).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(set.by_number("+38111999999").unwrap().tests.len(), 1);
}
