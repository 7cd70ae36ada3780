//! A survey in the browser: written without a script, tried out, published, asked by an operator and by a link of one's own, taken out as a table.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use odziv::actions::Actor;
use odziv::actions::campaign::draft::Draft;
use odziv::actions::town::NewPerson;
use odziv::clock::Clock;
use odziv::config::media::Speech as SpeechSettings;
use odziv::domain::campaign::consider::Candidate;
use odziv::domain::campaign::hours::SendingHours;
use odziv::domain::campaign::{Ladder, Message, Step, Way};
use odziv::domain::id::{RecipientId, SurveyId, SurveyVersionId};
use odziv::domain::phone::PhoneNumber;
use odziv::domain::survey::Questionnaire;
use odziv::telephony::handle::Speech;
use odziv::telephony::prompts::Prompts;

use super::town::{Answer, Browser, Town, between, version};

const BY: &Actor = &Actor::System;

fn example() -> Questionnaire {
    serde_json::from_str(include_str!("../../../config/surveys/example.json")).unwrap()
}

/// The example, published.
pub async fn published(town: &Town) -> (SurveyId, SurveyVersionId) {
    let id = town.actions.make_survey(BY, ("Смеће", example())).await.unwrap();
    let db = town.actions.db();
    let seen = db.survey(id).await.unwrap().unwrap().version;
    town.actions.publish_survey(BY, (id, seen)).await.unwrap();
    (id, db.survey_versions(id).await.unwrap().first().unwrap().id)
}

/// The fields of the editor as a browser would send them back, some of them changed.
fn fields(page: &str, changed: &[(&str, &str)]) -> Vec<(String, String)> {
    let form = between(page, "id=\"survey-form\"", "</form>");
    let mut fields: Vec<(String, String)> = Vec::new();
    for tag in form.split('<').filter(|tag| !tag.contains(" disabled")) {
        let attribute = |name: &str| {
            let rest = tag.split(&format!(" {name}=\"")).nth(1)?;
            Some(plain(rest.split('"').next()?))
        };
        let (kind, body) = (tag.split([' ', '>']).next().unwrap(), tag.split_once('>').map_or("", |t| t.1));
        let name = attribute("name").unwrap_or_default();
        match kind {
            "input" if attribute("type").as_deref() == Some("checkbox") => {
                if tag.contains(" checked") {
                    fields.push((name, attribute("value").unwrap_or_else(|| "on".into())));
                }
            }
            "input" => fields.push((name, attribute("value").unwrap_or_default())),
            "textarea" => fields.push((name, plain(body))),
            "select" => fields.push((name, String::new())),
            "option" if tag.contains(" selected") => {
                fields.last_mut().unwrap().1 = attribute("value").unwrap_or_default();
            }
            _ => {}
        }
    }
    fields.retain(|(name, _)| changed.iter().all(|(other, _)| name != other));
    fields.extend(changed.iter().map(|(name, value)| ((*name).into(), (*value).into())));
    fields
}

/// Without the entities that the page has in place of marks.
fn plain(text: &str) -> String {
    let marks = [("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">"), ("&#38;", "&")];
    marks.iter().fold(text.to_owned(), |text, (entity, mark)| text.replace(entity, mark))
}

async fn save(browser: &mut Browser, path: &str, fields: Vec<(String, String)>) -> Answer {
    let token = fields.iter().find(|(name, _)| name == "csrf").unwrap().1.clone();
    let parts = [("csrf".to_owned(), token)].into_iter().chain(fields);
    let body: String = parts
        .map(|(name, value)| {
            format!("--limit\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        })
        .collect();
    let request = Request::post(path).header("content-type", "multipart/form-data; boundary=limit");
    browser.send_body(request, Body::from(format!("{body}--limit--\r\n"))).await
}

#[tokio::test]
async fn survey_is_written_checked_and_published_without_a_script() {
    let town = Town::open().await;
    let mut jovan = town.signed_in("jovan").await;
    assert!(jovan.get("/surveys").await.text.contains("Још нема ниједне анкете"));
    let made = jovan.post("/surveys", &[]).await;
    let path = made.header("location");
    let page = jovan.get(&path).await.text;
    assert!(page.contains("Нема речи") && page.contains("survey-problem is-error"), "{page}");

    let early = save(&mut jovan, &path, fields(&page, &[("do", "publish")])).await;
    assert_eq!(early.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(early.text.contains("још не може да се објави") && early.text.contains("Питање 1"));

    let page = jovan.get(&path).await.text;
    let first = [
        ("name", "Паркови"),
        ("greeting.sr", "Добар дан, зовемо из градске управе."),
        ("greeting.en", "Good day, this is the city."),
        ("q0.text.sr", "Идете ли у парк?"),
        ("q0.text.en", "Do you go to the park?"),
        ("q0.o0.text.sr", "Да"),
        ("q0.o0.text.en", "Yes"),
        ("q0.o1.text.sr", "Не"),
        ("q0.o1.text.en", "No"),
        ("do", "add"),
    ];
    let added = save(&mut jovan, &path, fields(&page, &first)).await;
    assert_eq!(added.header("location"), format!("{path}#q1"));
    let page = jovan.get(&path).await.text;
    assert!(page.contains("placeholder=\"Idete li u park?\""), "the other script is shown");
    let second = [
        ("q1.text.sr", "Колико често?"),
        ("q1.text.en", "How often?"),
        ("q1.kind", "text"),
        ("do", "branch:0"),
    ];
    save(&mut jovan, &path, fields(&page, &second)).await;
    let page = jovan.get(&path).await.text;
    let branch = [("q0.b0.t0.value", "2"), ("q0.b0.then", "end:screened_out"), ("do", "save:0")];
    save(&mut jovan, &path, fields(&page, &branch)).await;
    let page = jovan.get(&path).await.text;
    assert!(page.contains("Ако одговор на „Идете ли у парк?“ је „Не“"), "{page}");
    assert!(page.contains("Све је у реду") || !page.contains("survey-problem is-error"), "{page}");
    let done = save(&mut jovan, &path, fields(&page, &[("do", "publish")])).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    let page = jovan.get(&path).await.text;
    assert!(page.contains("Верзија 1") && page.contains("<h1>Паркови"), "{page}");

    let stale =
        save(&mut jovan, &path, vec![("csrf".into(), jovan_token(&page)), ("version".into(), "1".into())]);
    assert_eq!(stale.await.status, StatusCode::CONFLICT, "there is no draft any more");
}

fn jovan_token(page: &str) -> String {
    between(page, "name=\"csrf\" value=\"", "\"").to_owned()
}

#[tokio::test]
async fn what_somebody_else_changed_meanwhile_is_not_overwritten_and_what_was_typed_stays() {
    let town = Town::open().await;
    let id = town.actions.make_survey(BY, ("Смеће", example())).await.unwrap();
    let mut jovan = town.signed_in("jovan").await;
    let path = format!("/surveys/{id}");
    let page = jovan.get(&path).await.text;
    assert!(!page.contains("survey-problem is-error"), "the example is sound");
    let renamed = fields(&page, &[("name", "Прво"), ("do", "save")]);
    assert_eq!(save(&mut jovan, &path, renamed).await.status, StatusCode::SEE_OTHER);
    let stored = town.actions.db().survey_versions(id).await.unwrap();
    assert_eq!(stored[0].questionnaire, example(), "what goes through the form comes back as it was");
    let late = save(&mut jovan, &path, fields(&page, &[("name", "Друго"), ("do", "save")])).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.text.contains("value=\"Друго\""), "{}", late.text);
}

#[tokio::test]
async fn preview_is_walked_through_in_every_way_and_keeps_nothing() {
    let town = Town::open().await;
    let (id, of) = published(&town).await;
    let mut jovan = town.signed_in("jovan").await;
    let page = jovan.get(&format!("/surveys/{id}/preview")).await.text;
    assert!(page.contains("Да ли желите да учествујете?") && page.contains("понудите да је позовемо"));
    let record = between(&page, "name=\"record\" value=\"", "\"").replace("&#34;", "\"");
    let of = of.to_string();
    let form = [
        ("version", of.as_str()),
        ("mode", "web"),
        ("record", record.as_str()),
        ("question", "consent"),
        ("answer", "2"),
        ("do", "answer"),
    ];
    let next = jovan.post(&format!("/surveys/{id}/preview"), &form).await;
    assert!(next.text.contains("Одбијено") && next.text.contains("нам више нису потребни"), "{}", next.text);
    let keypad = jovan.get(&format!("/surveys/{id}/preview?mode=keypad")).await.text;
    assert!(keypad.contains("Шта телефон говори") && keypad.contains("<code>refuse_problems</code>"));
    let counts = town.actions.db().interview_counts(SurveyVersionId(of.parse().unwrap())).await.unwrap();
    assert_eq!(counts.all(), 0);
}

#[tokio::test]
async fn operator_asks_one_question_after_the_other_and_goes_back() {
    let town = Town::open().await;
    let (id, of) = published(&town).await;
    let mut mira = town.signed_in("mira").await;
    let page = mira.get(&format!("/surveys/{id}")).await.text;
    assert!(page.contains("Ново анкетирање") && !page.contains("Нови нацрт"), "{page}");
    let begun =
        mira.post(&format!("/surveys/{id}/versions/{of}/interviews"), &[("language", "sr-Cyrl")]).await;
    let path = begun.header("location");
    let page = mira.get(&path).await.text;
    assert!(page.contains("data-digit=\"1\"") && page.contains("Добар дан"), "{page}");
    let say = async |mira: &mut Browser, question: &str, answer: &str, how: &str| {
        mira.post(&path, &[("question", question), ("answer", answer), ("do", how)]).await
    };
    assert_eq!(say(&mut mira, "consent", "1", "answer").await.status, StatusCode::SEE_OTHER);
    say(&mut mira, "sex", "", "refuse").await;
    let wrong = say(&mut mira, "age", "300", "answer").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        wrong.text.contains("Број је превелик") && wrong.text.contains("value=\"300\""),
        "{}",
        wrong.text
    );
    say(&mut mira, "age", "44", "answer").await;
    let page = mira.get(&path).await.text;
    let back = between(&page, "data-ask-back href=\"", "\"").to_owned();
    assert_eq!(back, format!("{path}?q=age"));
    assert!(mira.get(&back).await.text.contains("value=\"44\""));
    let again = say(&mut mira, "sex", "1", "answer").await;
    assert_eq!(again.header("location"), format!("{path}?q=age"), "on behind the changed question");
    for (question, answer) in [
        ("contacted", "2"),
        ("refuse_satisfaction", "10"),
        ("refuse_problems", "6"),
        ("improve", "Чешће пражњење"),
    ] {
        assert_eq!(
            say(&mut mira, question, answer, "answer").await.status,
            StatusCode::SEE_OTHER,
            "{question}"
        );
    }
    assert!(mira.get(&path).await.text.contains("Све је постављено"));
    mira.post(&format!("{path}/close"), &[]).await;
    let page = mira.get(&path).await.text;
    assert!(
        page.contains("Потпуно") && page.contains("Чешће пражњење") && page.contains("Следеће анкетирање")
    );

    let mut jovan = town.signed_in("jovan").await;
    let csv = jovan.get(&format!("/surveys/{id}/versions/{of}/export?format=csv")).await;
    let lines: Vec<&str> = csv.text.lines().collect();
    assert!(
        lines[0].contains("interview;mode;language;disposition;started;ended;consent;sex;age"),
        "{}",
        lines[0]
    );
    assert!(lines[1].contains(";complete;") && lines[1].contains("Чешће пражњење"), "{}", lines[1]);
    let book = jovan.get(&format!("/surveys/{id}/versions/{of}/codebook?format=csv")).await.text;
    assert!(book.contains("refuse_problems_6;") && book.contains(";-8;није питано"), "{book}");
    let xlsx = jovan.get(&format!("/surveys/{id}/versions/{of}/export?format=xlsx")).await;
    assert!(xlsx.bytes.starts_with(b"PK"));
    let refused = mira.get(&format!("/surveys/{id}/versions/{of}/export?format=csv")).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}

/// Somebody whom a campaign is for.
async fn recipient(town: &Town) -> RecipientId {
    let draft = Draft {
        name: "Анкета".into(),
        ladder: Ladder::new(vec![Step { way: Way::Sms, minutes: 60 }]).unwrap(),
        message: Message::default(),
        hours: SendingHours::ALWAYS,
        sender: None,
        per_minute: None,
        start_at: None,
    };
    let id = town.actions.make_campaign(BY, draft).await.unwrap();
    let list = town.actions.begin_list(BY, id, ("a.csv", Vec::new())).await.unwrap();
    let who =
        Candidate { name: "Ана".into(), phone: Some("+381641112223".into()), ..Candidate::default() };
    town.actions.fill_list(BY, (id, list), (vec![who], Vec::new())).await.unwrap();
    town.actions.finish_list(BY, (id, list)).await.unwrap();
    town.actions.db().recipients(id, None, RecipientId(0), 1).await.unwrap().first().unwrap().id
}

#[tokio::test]
async fn citizen_answers_by_their_link_without_a_log_in_and_comes_back_later() {
    let town = Town::open().await;
    let (_, of) = published(&town).await;
    let token = town.actions.survey_token(of, recipient(&town).await).unwrap();
    let path = format!("/s/{token}");
    let mut phone = town.browser();
    let page = phone.get(&path).await;
    assert_eq!(page.header("cache-control"), "no-store");
    assert!(page.text.contains("Да ли желите да учествујете?"), "{}", page.text);
    assert!(!page.text.contains("понудите да је позовемо"), "notes are for whoever asks");
    let empty = phone.post_from(&path, &path, &[("question", "consent"), ("do", "answer")]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(empty.text.contains("На ово питање се мора одговорити"));
    for (question, answer) in [("consent", "1"), ("sex", "1"), ("age", "44")] {
        let form = [("question", question), ("answer", answer), ("do", "answer")];
        assert_eq!(phone.post_from(&path, &path, &form).await.status, StatusCode::SEE_OTHER);
    }
    let mut other = town.browser();
    other.post_from(&path, "/language", &[("language", "en"), ("next", &path)]).await;
    let page = other.get(&path).await.text;
    assert!(page.contains("Have you turned to the municipality"), "it goes on, in another language: {page}");
    let young = [("question", "age"), ("answer", "12"), ("do", "answer")];
    other.post_from(&path, &path, &young).await;
    assert!(other.get(&path).await.text.contains("We need no further answers"));
    let late = other.post_from(&path, &path, &[("question", "age"), ("answer", "20"), ("do", "answer")]);
    assert!(late.await.text.is_empty() || other.get(&path).await.text.contains("We need no further answers"));
}

#[tokio::test]
async fn links_that_lead_nowhere_all_say_the_same() {
    let town = Town::open().await;
    let (_, of) = published(&town).await;
    let foreign = town.actions.survey_token(of, RecipientId(77)).unwrap();
    let mut phone = town.browser();
    for token in [foreign.as_str(), "x", "AAAA"] {
        let page = phone.get(&format!("/s/{token}")).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.text.contains("Под овом везом нема анкете"), "{}", page.text);
    }
    let mut last = StatusCode::OK;
    for _ in 0..400 {
        last = phone.get("/s/x").await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn programs_write_publish_and_conduct_too() {
    let town = Town::open().await;
    let mut api = town.api().await;
    let body = serde_json::json!({ "name": "Смеће", "questionnaire": example() });
    let made = send(&mut api, "POST", "/api/v1/surveys", &body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let made = made.json();
    let (id, seen) = (made["id"].as_i64().unwrap(), made["version"].as_i64().unwrap());
    let step = serde_json::json!({ "step": "publish", "version": seen });
    let done = send(&mut api, "POST", &format!("/api/v1/surveys/{id}/steps"), &step).await;
    assert_eq!(done.json()["state"], "published");
    let stale = send(&mut api, "POST", &format!("/api/v1/surveys/{id}/steps"), &step).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    let versions = api.get(&format!("/api/v1/surveys/{id}/versions")).await.json();
    let version = versions[0]["id"].as_i64().unwrap();
    let begin = serde_json::json!({ "version": version, "language": "en" });
    let begun = send(&mut api, "POST", "/api/v1/interviews", &begin).await.json();
    assert_eq!(begun["at"], "consent");
    let path = format!("/api/v1/interviews/{}/steps", begun["id"]);
    let answer = serde_json::json!({ "answer": { "question": "consent", "answer": { "one": 2 } } });
    let now = send(&mut api, "POST", &path, &answer).await.json();
    assert_eq!(now["at"], serde_json::Value::Null);
    let ended = send(&mut api, "POST", &path, &serde_json::json!({ "close": {} })).await.json();
    assert_eq!(ended["disposition"], "refused");
    let all = api.get(&format!("/api/v1/survey-versions/{version}/interviews")).await.json();
    assert_eq!(all[0]["answers"], serde_json::json!({ "consent": { "one": 2 } }));
}

async fn send(api: &mut Browser, method: &str, path: &str, body: &serde_json::Value) -> Answer {
    let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
    api.send_body(request, Body::from(body.to_string())).await
}

#[tokio::test]
async fn retired_version_is_shown_with_what_changed_in_the_next() {
    let town = Town::open().await;
    let (id, of) = published(&town).await;
    let mut jovan = town.signed_in("jovan").await;
    let path = format!("/surveys/{id}/versions/{of}");
    let page = jovan.get(&path).await.text;
    jovan.post(&format!("{path}/copy"), &[("version", &version(&page))]).await;
    let edit = jovan.get(&format!("/surveys/{id}")).await.text;
    let changed = [("q1.text.sr", "Којег сте пола?"), ("do", "publish")];
    let done = save(&mut jovan, &format!("/surveys/{id}"), fields(&edit, &changed)).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    let page = jovan.get(&format!("/surveys/{id}")).await.text;
    assert!(page.contains("Верзија 2") && page.contains("Измењено: речи"), "{page}");
    assert!(page.contains("броје одвојено"));
    let old = jovan.get(&path).await.text;
    jovan.post(&format!("{path}/retire"), &[("version", &version(&old))]).await;
    assert!(jovan.get(&path).await.text.contains("Поново постављај"));
}

#[tokio::test]
async fn interview_begins_on_the_card_of_somebody_and_names_them() {
    let town = Town::open().await;
    let (_, of) = published(&town).await;
    let phone = PhoneNumber::from_stored("+381651111111").unwrap();
    let person = NewPerson { name: "Љиљана Ђурић".into(), address: String::new(), phone };
    town.actions.put_people(vec![person]).await.unwrap();
    let mut mira = town.signed_in("mira").await;
    let list = mira.get("/people?q=Ljiljana").await.text;
    let card = format!("/people/{}", between(&list, "href=\"/people/", "\""));
    assert!(mira.get(&card).await.text.contains("Смеће, Верзија 1"));
    let begun = mira.post(&format!("{card}/interviews"), &[("survey", &of.to_string())]).await;
    let page = mira.get(&begun.header("location")).await.text;
    assert!(page.contains("Љиљана Ђурић") && page.contains("Да ли желите да учествујете?"), "{page}");
}

/// Half a second of sound.
fn tone() -> Vec<u8> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 16_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut file = std::io::Cursor::new(Vec::new());
    let mut wav = hound::WavWriter::new(&mut file, spec).unwrap();
    (0..8_000).for_each(|n| wav.write_sample(if n % 40 < 20 { 8_000_i16 } else { -8_000 }).unwrap());
    wav.finalize().unwrap();
    file.into_inner()
}

fn speaks(town: &Town) {
    let sounds = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("sounds");
    let prompts = Prompts::load(&sounds, "sr").unwrap();
    let settings = SpeechSettings { program: Vec::new(), ..SpeechSettings::default() };
    town.telephony.speak_with(Speech::new(settings, prompts, town.data.path(), Clock::system()));
}

async fn upload(browser: &mut Browser, path: &str, file: &[u8]) -> Answer {
    let token = browser.token().await;
    let mut body =
        format!("--limit\r\ncontent-disposition: form-data; name=\"csrf\"\r\n\r\n{token}\r\n--limit\r\n");
    body.push_str("content-disposition: form-data; name=\"file\"; filename=\"glas.wav\"\r\ncontent-type: audio/wav\r\n\r\n");
    let body = [body.as_bytes(), file, b"\r\n--limit--\r\n"].concat();
    let request = Request::post(path).header("content-type", "multipart/form-data; boundary=limit");
    browser.send_body(request, Body::from(body)).await
}

fn recordings(town: &Town) -> usize {
    let folders = std::fs::read_dir(town.data.path().join("announcements")).into_iter().flatten().flatten();
    folders.map(|folder| std::fs::read_dir(folder.path()).unwrap().count()).sum()
}

#[tokio::test]
async fn questions_are_recorded_for_the_telephone_as_long_as_they_are_a_draft() {
    let town = Town::open().await;
    speaks(&town);
    let db = town.actions.db();
    let id = town.actions.make_survey(BY, ("Смеће", example())).await.unwrap();
    let mut jovan = town.signed_in("jovan").await;
    let editor = jovan.get(&format!("/surveys/{id}")).await.text;
    let page = format!("/surveys/{}", between(&editor, "<p><a href=\"/surveys/", "\""));
    assert!(page.ends_with("/recordings"), "{page}");
    let shown = jovan.get(&page).await.text;
    assert!(shown.contains("Чита машина") && shown.contains("4. Да ли сте се") && !shown.contains("<audio"));

    let at = format!("/surveys/{id}/recordings/option.sex.2/sr");
    let bad = upload(&mut jovan, &at, b"MP3").await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(bad.text.contains("није WAV датотека"), "{}", bad.text);
    let done = upload(&mut jovan, &at, &tone()).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    assert!(done.header("location").starts_with(&format!("{page}#p")));
    let shown = jovan.get(&page).await.text;
    let sound = format!("{page}/option.sex.2/sr");
    assert!(shown.contains(&format!("src=\"{sound}\"")), "{shown}");
    let heard = jovan.get(&sound).await;
    assert_eq!((heard.header("content-type").as_str(), &heard.bytes[..4]), ("audio/wav", b"RIFF".as_slice()));
    assert_eq!(jovan.get(&sound.replace("sex.2", "sex.1")).await.status, StatusCode::NOT_FOUND);

    // What is saved by the editor does not lose it.
    let editor = jovan.get(&format!("/surveys/{id}")).await.text;
    save(&mut jovan, &format!("/surveys/{id}"), fields(&editor, &[("name", "Отпад"), ("do", "save")])).await;
    assert_eq!(recordings(&town), 1);
    assert_eq!(jovan.get(&sound).await.status, StatusCode::OK);

    let seen = db.survey(id).await.unwrap().unwrap().version;
    town.actions.publish_survey(BY, (id, seen)).await.unwrap();
    assert_eq!(upload(&mut jovan, &at, &tone()).await.status, StatusCode::CONFLICT);
    let shown = jovan.get(&page).await.text;
    assert!(shown.contains("<audio") && !shown.contains("type=\"file\""), "it is only heard now");
    let mut mira = town.signed_in("mira").await;
    assert_eq!(upload(&mut mira, &at, &tone()).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn program_records_hears_and_removes() {
    let town = Town::open().await;
    speaks(&town);
    let db = town.actions.db();
    let id = town.actions.make_survey(BY, ("Смеће", example())).await.unwrap();
    let version = db.survey_versions(id).await.unwrap().remove(0).id;
    let mut program = town.api().await;
    let at = |passage: &str| format!("/api/v1/surveys/{id}/recordings/{passage}/en");
    let heard = |passage: &str| format!("/api/v1/survey-versions/{version}/recordings/{passage}/en");
    let put = async |program: &mut Browser, passage: &str, octets: Vec<u8>| {
        let request = Request::put(at(passage)).header("content-type", "audio/wav");
        program.send_body(request, Body::from(octets)).await.status
    };
    assert_eq!(put(&mut program, "question.age", tone()).await, StatusCode::NO_CONTENT);
    assert_eq!(put(&mut program, "question.nothing", tone()).await, StatusCode::NOT_FOUND);
    assert_eq!(put(&mut program, "thanks", b"x".to_vec()).await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(recordings(&town), 1);
    assert_eq!(program.get(&heard("question.age")).await.status, StatusCode::OK);
    assert_eq!(program.get(&heard("thanks")).await.status, StatusCode::NOT_FOUND);
    let gone = program.send(Request::delete(at("question.age"))).await;
    assert_eq!((gone.status, recordings(&town)), (StatusCode::NO_CONTENT, 0), "nothing else needed it");
}
