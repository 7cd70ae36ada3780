//! Files and cases registered by hand, as a browser and a program see them.

use axum::body::Body;
use axum::http::{Request, StatusCode};

use super::town::{Answer, Browser, Town, between};

enum Part<'a> {
    Field(&'a str, &'a str),
    File(&'a str, &'a str, &'a [u8]),
}

use Part::{Field, File};

impl Browser {
    async fn post_files(&mut self, path: &str, parts: &[Part<'_>]) -> Answer {
        let token = if self.bearer.is_some() { String::new() } else { self.token().await };
        let request = Request::post(path)
            .header("content-type", "multipart/form-data; boundary=xYx")
            .header("sec-fetch-site", "same-origin");
        self.send_body(request, multipart(&token, parts)).await
    }
}

fn multipart(token: &str, parts: &[Part<'_>]) -> Body {
    let mut body = Vec::new();
    for part in std::iter::once(&Field("csrf", token)).chain(parts) {
        let head = match part {
            Field(name, _) => format!("name=\"{name}\""),
            File(name, file, _) => {
                format!("name=\"{name}\"; filename=\"{file}\"\r\nContent-Type: application/pdf")
            }
        };
        body.extend(format!("--xYx\r\nContent-Disposition: form-data; {head}\r\n\r\n").into_bytes());
        body.extend(match part {
            Field(_, value) => value.as_bytes(),
            File(_, _, bytes) => bytes,
        });
        body.extend(b"\r\n");
    }
    body.extend(b"--xYx--\r\n");
    Body::from(body)
}

fn water(town: &Town) -> String {
    town.actions.db().directory().category_by_key("water").unwrap().id.to_string()
}

#[tokio::test]
async fn a_scan_is_put_on_a_case_and_comes_back_as_it_was_and_never_as_a_page() {
    let town = Town::open().await;
    let case = town.text("Пукла цев", "+381641234567").await;
    let mut browser = town.signed_in("mira").await;
    let path = format!("/cases/{}/files", case.id);
    let page = b"<html><script>alert(1)</script>";
    let files = [
        File("file", "Жалба \"1\".pdf", b"%PDF-1.7 x"),
        File("file", "page.html", page),
        Field("visibility", "public"),
    ];
    let answer = browser.post_files(&path, &files).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    let shown = browser.get(&format!("/cases/{}", case.id)).await.text;
    assert!(shown.contains("page.html") && shown.contains("id=\"files\""));

    let rows = town.actions.db().case_attachments(case.id).await.unwrap();
    let pdf = browser.get(&format!("/files/{}?as=view", rows[0].id)).await;
    assert_eq!(
        (pdf.bytes.as_slice(), pdf.header("content-type").as_str()),
        (&b"%PDF-1.7 x"[..], "application/pdf")
    );
    assert!(pdf.header("content-disposition").starts_with("inline; filename="));
    let html = browser.get(&format!("/files/{}?as=view", rows[1].id)).await;
    assert!(html.header("content-disposition").starts_with("attachment; "));
    assert!(html.header("content-security-policy").starts_with("sandbox;"));
    assert_eq!(html.header("x-content-type-options"), "nosniff");
    let stranger = town.browser().get(&format!("/files/{}", rows[0].id)).await;
    assert_eq!(stranger.status, StatusCode::SEE_OTHER);

    let reason = [("reason", "погрешан предмет")];
    let refused = browser.post(&format!("/files/{}/remove", rows[0].id), &reason).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "an operator removes nothing");
    let mut admin = town.signed_in("admin").await;
    assert_eq!(
        admin.post(&format!("/files/{}/remove", rows[0].id), &reason).await.status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(browser.get(&format!("/files/{}", rows[0].id)).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn programs_too_long_files_and_foreign_forms_are_refused() {
    let town = Town::open().await;
    let case = town.text("Пукла цев", "+381641234567").await;
    let mut browser = town.signed_in("mira").await;
    let path = format!("/cases/{}/files", case.id);
    let script = browser.post_files(&path, &[File("file", "a.pdf", b"#!/bin/sh")]).await;
    assert_eq!(script.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(script.text.contains("a.pdf"), "says which");
    let long = vec![b'x'; 25 * 1024 * 1024 + 1];
    let long = browser.post_files(&path, &[File("file", "a.txt", &long)]).await;
    assert_eq!(long.status, StatusCode::PAYLOAD_TOO_LARGE);
    let request = || {
        Request::post(&path)
            .header("content-type", "multipart/form-data; boundary=xYx")
            .header("sec-fetch-site", "same-origin")
    };
    let file = [File("file", "a.txt", b"x")];
    let foreign = browser.send_body(request(), multipart(&"0".repeat(64), &file)).await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN);
    let late =
        "--xYx\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nx\r\n--xYx--\r\n";
    assert_eq!(browser.send_body(request(), Body::from(late)).await.status, StatusCode::FORBIDDEN);
    assert!(town.actions.db().case_attachments(case.id).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_form_with_a_mistake_keeps_everything_and_then_gives_a_slip_to_follow_the_case_by() {
    let town = Town::open().await;
    let mut browser = town.signed_in("mira").await;
    let form = browser.get("/cases/new").await;
    assert_eq!(form.status, StatusCode::OK, "{}", form.text);
    let key = between(&form.text, "name=\"key\" value=\"", "\"").to_owned();
    let category = water(&town);
    let typed = |phone: &'static str| {
        vec![
            ("channel", "document"),
            ("pages", "3"),
            ("name", "Љубица Џелатовић-Ђурђевић"),
            ("phone", phone),
            ("place", "Змај Јовина 12"),
            ("tell_by", "post"),
            ("address", "Змај Јовина 12, Нови Сад"),
        ]
    };
    let fields = |typed: &[(&'static str, &'static str)]| -> Vec<(String, String)> {
        let mut fields: Vec<(String, String)> =
            typed.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        fields.push(("key".into(), key.clone()));
        fields.push(("category".into(), category.clone()));
        fields
    };
    let first = fields(&typed("није број"));
    let mut parts: Vec<Part<'_>> = first.iter().map(|(n, v)| Field(n, v)).collect();
    parts.push(File("file", "скен.pdf", b"%PDF-1.7 scan"));
    let again = browser.post_files("/cases/new", &parts).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    for kept in ["није број", "Љубица Џелатовић-Ђурђевић", "скен.pdf", "Ово није телефонски број", &key]
    {
        assert!(again.text.contains(kept), "{kept}");
    }
    let upload = between(&again.text, "name=\"upload\" value=\"", "\"").to_owned();

    let second = fields(&typed("064/123-45-67"));
    let mut parts: Vec<Part<'_>> = second.iter().map(|(n, v)| Field(n, v)).collect();
    parts.push(Field("upload", &upload));
    parts.push(Field("upload_name", "скен.pdf"));
    let done = browser.post_files("/cases/new", &parts).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    let slip = browser.get(&done.header("location")).await.text;
    let number = between(&slip, "class=\"slip-number\">", "<").to_owned();
    let pin = between(&slip, "class=\"slip-pin\">", "<").to_owned();
    let id: i64 = between(&done.header("location"), "/cases/", "/").parse().unwrap();
    let files = town.actions.db().case_attachments(odziv::domain::id::CaseId(id)).await.unwrap();
    assert_eq!(files[0].name.as_str(), "скен.pdf");

    // Sent once more, it is the same case.
    let twice: Vec<Part<'_>> = second.iter().map(|(n, v)| Field(n, v)).collect();
    assert_eq!(browser.post_files("/cases/new", &twice).await.header("location"), done.header("location"));

    let mut citizen = town.browser();
    let wrong = if pin == "0000" { "1111" } else { "0000" };
    let refused = citizen.post_from("/follow", "/follow", &[("number", &number), ("pin", wrong)]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let shown = citizen.post_from("/follow", "/follow", &[("number", &number), ("pin", &pin)]).await;
    assert_eq!(shown.status, StatusCode::OK);
    assert!(shown.text.contains(&number) && shown.text.contains("скен.pdf"));
    assert!(!shown.text.contains("Мира"), "nobody who works here is named");
}

#[tokio::test]
async fn who_is_known_and_what_is_known_is_offered_while_one_types() {
    let town = Town::open().await;
    let case = town.text("Пукла водоводна цев у Змај Јовиној 12", "+381641234567").await;
    let mut browser = town.signed_in("mira").await;
    let people = browser.get("/cases/new/people?q=064%2F123-45-67").await;
    assert_eq!(people.status, StatusCode::OK);
    assert!(people.text.contains("064/123-45-67"), "{}", people.text);
    assert!(!browser.get("/cases/new/people?q=zz").await.text.contains("data-person"));
    let like = "/cases/new/similar?place=Zmaj+Jovina+12&words=voda+te%C4%8De+iz+cevi&category=&person=";
    let similar = browser.get(like).await.text;
    assert!(similar.contains(case.number.as_str()), "{similar}");
    let other = town.text("Питање", "+381642222222").await;
    let row = town.actions.db().case_row(other.id).await.unwrap().unwrap();
    let person = row.person.unwrap().to_string();
    let followed = browser.post(&format!("/cases/{}/followers", case.id), &[("person", &person)]).await;
    assert_eq!(followed.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn programs_register_cases_once_and_put_files_on_them() {
    let town = Town::open().await;
    let mut api = town.api().await;
    let post = |json: &str| {
        (
            Request::post("/api/v1/cases").header("content-type", "application/json"),
            Body::from(json.to_owned()),
        )
    };
    let json = r#"{"idempotency_key":"a1","channel":"web","category":"water","words":"Нема воде","place":"Дунавска 3","person":{"name":"Мира","email":"mira@example.rs"},"tell_by":"email"}"#;
    let (request, body) = post(json);
    let first = api.send_body(request, body).await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.text);
    let (request, body) = post(json);
    let second = api.send_body(request, body).await;
    assert_eq!((second.status, second.json()), (StatusCode::OK, first.json()));
    let (request, body) =
        post(r#"{"idempotency_key":"a2","channel":"web","category":"water","tell_by":"sms"}"#);
    let wrong = api.send_body(request, body).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let detail = wrong.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("words: missing") && detail.contains("tell_by: unreachable"), "{detail}");

    let id = first.json()["id"].as_i64().unwrap();
    let path = format!("/api/v1/cases/{id}/files");
    let added = api.post_files(&path, &[File("file", "слика.pdf", b"%PDF-1.7 y")]).await;
    assert_eq!(added.status, StatusCode::CREATED, "{}", added.text);
    let listed = api.get(&path).await.json();
    assert_eq!(
        (listed[0]["name"].as_str(), listed[0]["visibility"].as_str()),
        (Some("слика.pdf"), Some("internal"))
    );
    let bytes = api.get(listed[0]["href"].as_str().unwrap()).await;
    assert_eq!(bytes.bytes, b"%PDF-1.7 y");
    let kinds = town.actions.db().timeline(odziv::domain::id::CaseId(id)).await.unwrap();
    assert!(
        kinds
            .iter()
            .all(|entry| entry.token.as_deref() == Some("tests") || entry.entry.kind() != "file_added")
    );
}

#[tokio::test]
async fn a_citizen_who_follows_reads_the_outcome_and_nothing_of_the_others_whose_cases_were_joined() {
    let town = Town::open().await;
    let one = town.text("Нема воде", "+381641234567").await;
    let two = town.text("Пукла цев код Ружице", "+381642222222").await;
    let mut jovan = town.signed_in("jovan").await;
    let version =
        between(&jovan.get(&format!("/cases/{}", two.id)).await.text, "name=\"version\" value=\"", "\"")
            .to_owned();
    let merge = [("version", version.as_str()), ("number", one.number.as_str())];
    assert_eq!(jovan.post(&format!("/cases/{}/merge", two.id), &merge).await.status, StatusCode::SEE_OTHER);
    let mut program = town.api().await;
    let row = town.actions.db().case_row(one.id).await.unwrap().unwrap();
    let answer =
        serde_json::json!({"version": row.version, "outcome": "resolved", "words": "Цев је замењена."});
    let request =
        Request::post(format!("/api/v1/cases/{}/answer", one.id)).header("content-type", "application/json");
    let answered = program.send_body(request, Body::from(answer.to_string())).await;
    assert_eq!(answered.status, StatusCode::OK, "{}", answered.text);

    for (case, theirs, others) in [(&one, "Нема воде", "код Ружице"), (&two, "код Ружице", "Нема воде")]
    {
        let detail = town.actions.db().case_detail(case.id).await.unwrap().unwrap();
        let receipt = detail.timeline.iter().find_map(|entry| match &entry.entry {
            odziv::domain::timeline::Entry::TextQueued { words, .. } if entry.case == case.id => {
                Some(words.clone())
            }
            _ => None,
        });
        let pin: String =
            receipt.unwrap().rsplit(' ').next().unwrap().chars().filter(char::is_ascii_digit).collect();
        let fields = [("number", case.number.as_str()), ("pin", pin.as_str())];
        let shown = town.browser().post_from("/follow", "/follow", &fields).await;
        assert_eq!(shown.status, StatusCode::OK, "{}", shown.text);
        assert!(shown.text.contains("Цев је замењена."), "the outcome is for both: {}", shown.text);
        assert!(shown.text.contains(theirs) && !shown.text.contains(others), "{}", shown.text);
        for number in ["1234567", "123-45-67", "2222222", "222-22-22"] {
            assert!(!shown.text.contains(number), "{number}: {}", shown.text);
        }
    }
}
