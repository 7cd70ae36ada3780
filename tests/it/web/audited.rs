//! Whoever sees what is kept of citizens is written down: every address is tried, and one that is not must say why it shows nobody.

use std::time::Duration;

use axum::http::StatusCode;
use odziv::actions::Actor;
use odziv::actions::campaign::draft::Draft;
use odziv::actions::dialer::draft::DialDraft;
use odziv::actions::index::ACTIONS;
use odziv::actions::town::NewPerson;
use odziv::domain::campaign::consider::Candidate;
use odziv::domain::campaign::hours::SendingHours;
use odziv::domain::campaign::segment::Segment;
use odziv::domain::campaign::{Ladder, Message, Step, Way};
use odziv::domain::contact_list::Contact;
use odziv::domain::dialer::DialSettings;
use odziv::domain::id::DialContactId;
use odziv::domain::person::PersonLanguage;
use odziv::domain::phone::PhoneNumber;
use odziv::domain::webhook::Event;
use odziv::store::audit::AuditRow;

use super::api::{add_file, program};
use super::surveys::published;
use super::town::Town;

/// Addresses that are only read, show no citizen, and why.
const SHOWS_NOBODY: &[(&str, &str)] = &[
    ("GET /cases/events", "says only that something changed; the list is fetched anew"),
    ("GET /cases/{id}/events", "says only that something changed; the case is fetched anew"),
    ("GET /live/events", "says only that something changed; the board is fetched anew"),
    ("GET /filters/{id}/count", "a number"),
    ("GET /api/v1/dialer/campaigns", "numbers, and what people set"),
    ("GET /api/v1/dialer/campaigns/{id}", "numbers, and what people set"),
    ("GET /line", "nobody calls in this test; the card of who does is told when it is shown"),
    ("GET /cases/new", "an empty form; who is chosen in it was looked for, which is told"),
    ("GET /cases/questions/{category}", "what is asked, without answers"),
    ("GET /recordings/{id}/peaks", "how loud it is when; the sound itself is told"),
    ("GET /retention", "rules and numbers"),
    ("GET /webhooks", "addresses of programs"),
    ("GET /calendar", "settings"),
    ("GET /deadlines", "settings"),
    ("GET /deadlines/{key}", "settings"),
    ("GET /services", "settings"),
    ("GET /services/{key}", "settings"),
    ("GET /categories", "settings"),
    ("GET /categories/{key}", "settings"),
    ("GET /categories/{key}/questions/{question}", "settings"),
    ("GET /areas", "settings"),
    ("GET /areas/{key}", "settings"),
    ("GET /dialplans", "settings"),
    ("GET /dialplans/{name}", "settings, and how many called"),
    ("GET /dialplans/{name}/versions", "settings"),
    ("GET /queues", "settings, and how many wait"),
    ("GET /queues/{key}", "settings"),
    ("GET /templates", "settings"),
    ("GET /templates/{id}", "settings"),
    ("GET /macros", "settings"),
    ("GET /macros/{id}", "settings"),
    ("GET /api/v1/templates", "settings"),
    ("GET /api/v1/macros", "settings"),
    ("GET /system", "the state of the program"),
    ("GET /safety", "addresses that knock at the door, none of them of a citizen's case"),
    ("GET /rights", "settings"),
    ("GET /rights/roles/{role}/{right}", "settings"),
    ("GET /tokens", "names of programs"),
    ("GET /users", "who works here"),
    ("GET /users/{id}/phones", "who works here"),
    ("GET /api/v1/filters", "names of lists"),
    ("GET /api/v1/retention", "rules and numbers"),
    ("GET /api/v1/webhooks", "addresses of programs"),
    ("GET /api/v1/webhooks/{id}/deliveries", "states of deliveries, without the words"),
    ("GET /api/v1/calendar", "settings"),
    ("GET /api/v1/deadline-profiles", "settings"),
    ("GET /api/v1/services", "settings"),
    ("GET /api/v1/categories", "settings"),
    ("GET /api/v1/areas", "settings"),
    ("GET /api/v1/dialplans", "settings"),
    ("GET /api/v1/dialplans/{name}", "settings"),
    ("GET /api/v1/dialplans/{name}/versions", "settings"),
    ("GET /api/v1/dialplans/{name}/versions/{id}", "settings"),
    ("GET /api/v1/queues", "settings"),
    ("GET /api/v1/pause-reasons", "settings"),
    ("GET /api/v1/safety", "addresses that knock at the door, none of them of a citizen's case"),
    ("GET /api/v1/roles", "settings"),
    ("GET /api/v1/rights/why", "about users"),
    ("GET /api/v1/tokens", "names of programs"),
    ("GET /api/v1/users", "who works here"),
    ("GET /api/v1/users/{id}/phones", "who works here"),
    ("GET /campaigns", "names of campaigns and how many were reached"),
    ("GET /campaigns/{id}/recording", "what the municipality says to everybody"),
    ("GET /campaigns/{id}/progress", "how many were reached"),
    ("GET /segments", "settings"),
    ("GET /segments/{id}", "settings, and how many people they take in"),
    ("GET /surveys", "names of surveys"),
    ("GET /surveys/{id}", "what is asked, and how many answered"),
    ("GET /surveys/{id}/preview", "what is asked; nobody answers there"),
    ("GET /surveys/{id}/versions/{version}", "what is asked, and how many answered"),
    ("GET /surveys/{id}/versions/{version}/recordings", "what is asked"),
    (
        "GET /surveys/{id}/versions/{version}/recordings/{passage}/{tongue}",
        "what the municipality says to everybody",
    ),
    ("GET /api/v1/surveys", "names of surveys"),
    ("GET /api/v1/surveys/{id}", "names of surveys"),
    ("GET /api/v1/surveys/{id}/versions", "what is asked"),
    (
        "GET /api/v1/survey-versions/{id}/recordings/{passage}/{language}",
        "what the municipality says to everybody",
    ),
    ("GET /api/v1/campaigns", "names of campaigns and how many were reached"),
    ("GET /api/v1/campaigns/{id}", "words and how many were reached"),
    ("GET /api/v1/campaigns/{id}/sources", "names of lists and segments"),
    ("GET /api/v1/segments", "settings"),
    ("GET /dialer", "names of campaigns and how many are done"),
    ("GET /dialer/new", "settings"),
    ("GET /dialer/{id}", "settings, and what became of calls in numbers"),
    ("GET /dialer/{id}/edit", "settings"),
    ("GET /dialer/{id}/figures", "what became of calls in numbers"),
    ("GET /dialer/{id}/foreseen", "figures of a simulation"),
    ("GET /dialer/desk", "nobody, unless the reader talks with them; then they are written down"),
    ("GET /dialer/desk/now", "nobody, unless the reader talks with them; then they are written down"),
    ("GET /api/v1/dialer/session", "nobody, unless the owner talks with them; then they are written down"),
    ("GET /dialer/attempts/{id}/survey", "leads to the interview, which is written down"),
];

/// A campaign with a list, and a segment.
async fn campaign(town: &Town) -> (i64, i64, i64) {
    let by = &Actor::System;
    let ladder = Ladder::new(vec![Step { way: Way::Sms, minutes: 60 }]).unwrap();
    let draft = Draft {
        name: "Вода".into(),
        ladder,
        message: Message::default(),
        hours: SendingHours::ALWAYS,
        sender: None,
        per_minute: None,
        start_at: None,
    };
    let id = town.actions.make_campaign(by, draft).await.unwrap();
    let list = town.actions.begin_list(by, id, ("a.csv", Vec::new())).await.unwrap();
    let row =
        Candidate {
            name: "Љиљана".into(), phone: Some("+381641112223".into()), ..Candidate::default()
        };
    town.actions.fill_list(by, (id, list), (vec![row], Vec::new())).await.unwrap();
    town.actions.finish_list(by, (id, list)).await.unwrap();
    let segment = town.actions.add_segment(by, "Сви", Segment::default()).await.unwrap();
    (id.0, list.0, segment.0)
}

/// A dialling campaign and its contact.
async fn dialled(town: &Town) -> (i64, i64) {
    let draft = DialDraft {
        name: "Анкета".into(),
        settings: DialSettings::default(),
        survey_version: None,
        operators: Vec::new(),
    };
    let id = town.actions.make_dial_campaign(&Actor::System, draft).await.unwrap();
    let contact = Contact {
        line: 1,
        name: "Љиљана".into(),
        phone: Some(PhoneNumber::from_stored("+381641112224").unwrap()),
        email: None,
        address: String::new(),
        language: None,
        fields: Vec::new(),
    };
    town.actions.add_dial_contacts(&Actor::System, id, vec![contact], 0).await.unwrap();
    let contacts = town.actions.db().dial_contacts(id, None, DialContactId(0), 1).await.unwrap();
    (id.0, contacts.first().unwrap().id.0)
}

#[tokio::test]
async fn nobody_sees_a_citizen_without_being_written_down() {
    let town = Town::open().await;
    let case = town.text("Пукла цев у Душановој", "+381641234567").await;
    let recording = town.call_with_recording(Duration::from_secs(1)).await;
    let phones = ["+381651111111", "+381652222222"].map(|phone| PhoneNumber::from_stored(phone).unwrap());
    let people =
        phones.map(|phone| NewPerson {
            name: "Љиљана Ђурић".into(), address: "Дунавска 5".into(), phone
        });
    town.actions.put_people(people.into()).await.unwrap();
    let (mut api, _) = program(&town).await;
    let found = api.get("/api/v1/people?q=Ljiljana").await.json();
    let person = |at: usize| found["people"][at]["id"].as_i64().unwrap();
    let file = add_file(&mut api, case.id).await;
    let events = vec![Event::CaseOpened];
    let hook = town.actions.add_webhook(&Actor::System, "https://example.rs/", events).await.unwrap().0;
    let campaign = campaign(&town).await;
    let survey = published(&town).await;
    let whom = (None, PersonLanguage::English);
    let interview = town.actions.start_interview(&Actor::System, survey.1, whom).await.unwrap();
    let dialled = dialled(&town).await;
    let mut admin = town.signed_in("admin").await;
    let kept = api.get("/api/v1/templates").await.json();
    let mut kept = kept.as_array().unwrap().iter();
    let letter = kept.find(|one| one["kind"] == "letter").unwrap()["id"].as_i64().unwrap();
    let mut reads: Vec<&str> =
        ACTIONS.iter().flat_map(|action| action.reached).copied().filter(|a| a.starts_with("GET ")).collect();
    reads.sort_unstable();
    reads.dedup();
    let gone: Vec<_> = SHOWS_NOBODY.iter().filter(|(address, _)| !reads.contains(address)).collect();
    assert!(gone.is_empty(), "addresses that are not there: {gone:?}");
    let mut unseen = Vec::new();
    for address in reads.into_iter().filter(|a| SHOWS_NOBODY.iter().all(|(known, _)| known != a)) {
        // Whoever looks again within the hour is not written down again.
        town.clock.advance(Duration::from_secs(3_700));
        let path = address.trim_start_matches("GET ");
        let id = match path.trim_start_matches("/api/v1") {
            p if p.starts_with("/people/") => person(0),
            p if p.starts_with("/files/") => file,
            p if p.starts_with("/recordings/") => recording,
            p if p.starts_with("/webhooks/") => hook.0,
            p if p.starts_with("/campaigns/") => campaign.0,
            p if p.starts_with("/dialer/campaigns/") => dialled.0,
            p if p.starts_with("/dialer/contacts/") => dialled.1,
            p if p.starts_with("/dialer/") => dialled.0,
            p if p.starts_with("/segments/") => campaign.2,
            p if p.starts_with("/surveys/") => survey.0.0,
            p if p.starts_with("/survey-versions/") => survey.1.0,
            p if p.starts_with("/interviews/") => interview.0,
            _ => case.id.0,
        };
        let query = match path.trim_start_matches("/api/v1") {
            "/search" | "/cases/new/people" => "?q=Ljiljana".to_owned(),
            "/cases/new/similar" | "/similar-cases" => "?words=pukla%20cev".to_owned(),
            "/people/{id}/merge" => format!("?q=Ljiljana&other={}", person(1)),
            p if p.ends_with("/export") || p.ends_with("/codebook") || p.starts_with("/export/") => {
                "?format=csv".to_owned()
            }
            _ => String::new(),
        };
        let path = path.replace("{id}", &id.to_string()).replace("{list}", "tasks");
        let path = path.replace("{version}", &survey.1.to_string());
        let path = path.replace("{source}", &campaign.1.to_string());
        let path = path.replace("{template}", &letter.to_string()).replace("{macro}", "1") + &query;
        // So much time passes that the log-in ends.
        if admin.get("/me").await.status != StatusCode::OK {
            admin = town.signed_in("admin").await;
        }
        let before = last(&town).await;
        let client = if path.starts_with("/api/") { &mut api } else { &mut admin };
        let answer = client.get(&path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
        let told = town.actions.db().audit_after(before, 1_000).await.unwrap();
        if !told.iter().any(by_somebody) {
            unseen.push(address);
        }
    }
    assert!(unseen.is_empty(), "who sees these is not written down: {unseen:#?}");
}

#[tokio::test]
async fn people_in_a_list_are_told_by_their_ids_and_once_an_hour() {
    let town = Town::open().await;
    let phone = PhoneNumber::from_stored("+381651111111").unwrap();
    let person =
        NewPerson { name: "Љиљана Ђурић".into(), address: "Дунавска 5".into(), phone };
    town.actions.put_people(vec![person]).await.unwrap();
    let mut mira = town.signed_in("mira").await;
    let before = last(&town).await;
    for _ in 0..2 {
        assert!(mira.get("/people?q=Ljiljana").await.text.contains("Дунавска"));
    }
    let told = town.actions.db().audit_after(before, 1_000).await.unwrap();
    let listed: Vec<_> = told.iter().filter(|row| row.link.what == "people_listed").collect();
    assert_eq!(listed.len(), 1);
    let (detail, _) = listed[0].detail.clone().unwrap();
    assert!(detail.starts_with("{\"people\":[") && !detail.contains("jiljana"), "{detail}");
    let mut admin = town.signed_in("admin").await;
    let page = admin.get("/audit?what=people_listed").await.text;
    assert!(page.contains("Грађани приказани на списку") && page.contains("списак грађана"), "{page}");
}

async fn last(town: &Town) -> i64 {
    town.actions.audit_head().await.unwrap().id
}

fn by_somebody(row: &AuditRow) -> bool {
    ["user", "token"].contains(&row.link.who_kind.as_str()) && row.link.what != "logged_in"
}
