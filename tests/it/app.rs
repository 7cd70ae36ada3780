//! The whole program as it is started: what plans may name is what this installation has.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Command;

use odziv::actions::Actor;
use odziv::app::data_folder::DataFolder;
use odziv::app::server::{Foundation, Server};
use odziv::clock::Clock;
use odziv::config::Config;
use odziv::telephony::plans::SaveError;

async fn start(data: &Path) -> Server {
    let mut config = Config::default();
    let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    (config.web.listen, config.sip.listen) = (anywhere, anywhere);
    let folder = DataFolder::open(data).unwrap();
    let foundation = Foundation::lay(config, folder, Clock::system()).await.unwrap();
    Server::start(foundation, None).await.unwrap()
}

/// What `odziv` prints with these arguments and this data folder, and whether it is content.
fn odziv(arguments: &[&str], data: &Path) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_odziv"));
    let output = command.args(arguments).arg("--data").arg(data).output().unwrap();
    (output.status.success(), String::from_utf8(output.stdout).unwrap())
}

const TOLD: [&str; 4] = [
    "there is no queue \"operatorz\"",
    "did you mean \"operators\"?",
    "there is no operator with extension \"101\"",
    "2 mistakes",
];

fn tells(text: &str) {
    for words in TOLD {
        assert!(text.contains(words), "no {words:?} in\n{text}");
    }
}

/// Of the shipped plan, with a queue and an operator who do not exist.
fn mistaken(data: &Path) -> String {
    let plan = std::fs::read_to_string(data.join("dialplans/main.toml")).unwrap();
    let plan = plan.replacen("queue = \"operators\"", "queue = \"operatorz\"", 1);
    let mayor =
        "\n[node.mayor.dial]\noperator = \"101\"\nbusy = \"tell\"\nno_answer = \"tell\"\nfailed = \"tell\"\n";
    plan.replacen("no_agents = \"tell\"", "no_agents = \"mayor\"", 1) + mayor
}

#[test]
fn queue_and_operator_that_do_not_exist_are_told_on_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (content, text) = odziv(&["check"], &data);
    assert!(content, "{text}");
    // Before the first start, when there is no database, and with one.
    let file = data.join("dialplans/main.toml");
    std::fs::write(&file, mistaken(&data)).unwrap();
    let (content, text) = odziv(&["check"], &data);
    assert!(!content && text.contains(TOLD[0]) && text.contains(TOLD[1]), "{text}");
    let mut user = Command::new(env!("CARGO_BIN_EXE_odziv"));
    user.args(["user", "add", "mira", "--password-stdin"]).arg("--data").arg(&data);
    let mut user =
        user.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::null()).spawn().unwrap();
    std::io::Write::write_all(&mut user.stdin.take().unwrap(), b"tajna-rec-1\n").unwrap();
    assert!(user.wait().unwrap().success());
    let (content, text) = odziv(&["check"], &data);
    assert!(!content);
    tells(&text);
    let simulate = ["dialplan", "simulate", file.to_str().unwrap(), "--at", "2026-03-02T10:00"];
    let (content, text) = odziv(&simulate, &data);
    assert!(!content);
    tells(&text);
}

#[tokio::test(flavor = "multi_thread")]
async fn plan_that_names_a_queue_which_does_not_exist_is_refused_until_it_does() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path()).await;
    let file = folder.path().join("dialplans/main.toml");
    let shipped = std::fs::read_to_string(&file).unwrap();
    let plan = shipped.replace("queue = \"operators\"", "queue = \"operatorz\"");

    // In the editor, at every pause of typing and when it is saved.
    let (plans, text) = (server.plans.clone(), plan.clone());
    let saved = tokio::task::spawn_blocking(move || {
        let seen = odziv::dialplan::parse::revision(&plans.file("main").unwrap().unwrap().text);
        (plans.try_text("main", &text).unwrap_err(), plans.save("main", &text, Some(&seen)))
    });
    let (findings, saved) = saved.await.unwrap();
    assert!(findings.iter().any(|finding| finding.to_string().contains(TOLD[1])), "{findings:?}");
    assert!(matches!(saved, Err(SaveError::Mistakes(_))), "{saved:?}");

    // In the folder.
    std::fs::write(&file, &plan).unwrap();
    server.reload().await;
    let told = server.plans.rejected().unwrap().to_string();
    assert!(told.contains(TOLD[0]) && told.contains(TOLD[1]), "{told}");
    let mut queue = server.actions.db().queues().await.unwrap().remove(0);
    queue.settings.key = "operatorz".into();
    server.actions.put_queue(&Actor::System, queue, true).await.unwrap();
    server.reload().await;
    assert!(server.plans.rejected().is_none());

    // One queue that is taken away does not keep the exchange from starting.
    server.actions.remove_queue(&Actor::System, "operatorz").await.unwrap();
    server.stop().await;
    let server = start(folder.path()).await;
    assert!(server.plans.rejected().unwrap().to_string().contains(TOLD[0]));
    assert!(server.plans.current().by_number("+38121480000").is_some());
    server.stop().await;
}
