//! The page of a case as a workplace.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Request, StatusCode};

use odziv::actions::Actor;
use odziv::actions::user::NewUser;
use odziv::domain::id::DepartmentId;
use odziv::domain::permission::Role;

use super::town::{Answer, Browser, PASSWORD, Town, version};

#[tokio::test]
async fn an_officer_answers_from_the_page_and_sees_that_the_citizen_is_being_told() {
    let town = Town::open().await;
    let case = town.text("Нема грејања", "+381641234567").await;
    let mut browser = town.signed_in("jovan").await;
    let path = format!("/cases/{}", case.id);
    let seen = version(&browser.get(&path).await.text);
    let form = [("version", seen.as_str()), ("outcome", "resolved"), ("words", "Квар је <отклоњен>.")];
    let answer = browser.post(&format!("{path}/answer"), &form).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let page = browser.get(&path).await.text;
    assert!(page.contains("Одговорено: решено") && page.contains("Квар је &#60;отклоњен&#62;."));
    assert!(page.contains("is-told-telling") && page.contains("СМС 064/123-45-67"), "where it was sent");
    assert!(!page.contains("value=\"answer\""), "an answered case is not answered again");
    assert!(page.contains("dialog-reopen"));
    let late = browser.post_part(&format!("{path}/answer"), &form).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn whoever_gives_a_case_away_is_led_to_the_list() {
    let town = Town::open().await;
    let water = DepartmentId(1);
    let officer = NewUser {
        login: "petar".into(),
        name: "Петар Водић".into(),
        role: Role::Officer,
        department: Some(water),
        password: PASSWORD.into(),
    };
    town.actions.create_user(&Actor::System, officer).await.unwrap();
    let mut petar = town.signed_in("petar").await;
    let mut mira = town.signed_in("mira").await;
    for (by_script, number) in [(false, "+381641234567"), (true, "+381642223334")] {
        let case = town.text("Нема воде", number).await;
        let path = format!("/cases/{}", case.id);
        let seen = version(&mira.get(&path).await.text);
        let forward = [("version", seen.as_str()), ("step", "forward"), ("department", "1"), ("reason", "")];
        assert_eq!(mira.post(&format!("{path}/step"), &forward).await.status, StatusCode::SEE_OTHER);
        let seen = version(&petar.get(&path).await.text);
        let back = [("version", seen.as_str()), ("step", "send_back"), ("reason", "Није наша мрежа.")];
        let step = format!("{path}/step");
        if by_script {
            let answer = petar.post_part(&step, &back).await;
            assert_eq!(answer.status, StatusCode::NO_CONTENT);
            assert_eq!(answer.header("hx-redirect"), "/cases");
        } else {
            let answer = petar.post(&step, &back).await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER);
            assert_eq!(answer.header("location"), "/cases");
        }
        assert_eq!(petar.get(&path).await.status, StatusCode::NOT_FOUND);
        assert!(mira.get(&path).await.text.contains("Није наша мрежа."));
    }
}

#[tokio::test]
async fn only_what_is_possible_and_allowed_is_offered() {
    let town = Town::open().await;
    let case = town.text("Нема грејања", "+381641234567").await;
    let path = format!("/cases/{}", case.id);
    let (mut mira, mut jovan) = (town.signed_in("mira").await, town.signed_in("jovan").await);
    let operator = mira.get(&path).await.text;
    assert!(operator.contains("value=\"take_up\"") && operator.contains("dialog-forward"));
    assert!(!operator.contains("value=\"answer\"") && !operator.contains("dialog-merge"));
    assert!(!operator.contains("dialog-return"), "nobody forwarded it");
    let supervisor = jovan.get(&path).await.text;
    assert!(supervisor.contains("value=\"answer\"") && supervisor.contains("dialog-merge"));
    let forbidden = mira
        .post(&format!("{path}/answer"), &[("version", "1"), ("outcome", "resolved"), ("words", "Да")])
        .await;
    assert_eq!(forbidden.status, StatusCode::FORBIDDEN);
    let nonsense = jovan.post(&format!("{path}/step"), &[("version", "1"), ("step", "close")]).await;
    assert_eq!(nonsense.status, StatusCode::UNPROCESSABLE_ENTITY);
    let nobody = jovan.post(&format!("{path}/merge"), &[("version", "1"), ("number", "<b>")]).await;
    assert_eq!(nobody.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(nobody.text.contains("Нема предмета са бројем") && !nobody.text.contains("<b>."));
}

#[tokio::test]
async fn a_draft_is_there_at_the_next_computer_and_gone_when_it_is_sent() {
    let town = Town::open().await;
    let case = town.text("Нема грејања", "+381641234567").await;
    let path = format!("/cases/{}", case.id);
    let (mut here, mut jovan) = (town.signed_in("mira").await, town.signed_in("jovan").await);
    let kept =
        here.post(&format!("{path}/draft"), &[("mode", "note"), ("words", "Зваћу </textarea> сутра")]).await;
    assert_eq!(kept.status, StatusCode::NO_CONTENT);
    let mut there = town.signed_in("mira").await;
    assert!(there.get(&path).await.text.contains("Зваћу &#60;/textarea&#62; сутра"));
    let other = jovan.get(&path).await.text;
    assert!(!other.contains("Зваћу"), "nobody else's business");
    assert!(other.contains("Управо пише: Мира Јовановић"));
    assert!(!there.get(&path).await.text.contains("Управо пише"), "oneself is not told");
    there.post(&format!("{path}/notes"), &[("words", "Звала сам.")]).await;
    assert!(!here.get(&path).await.text.contains("Зваћу"));
    assert!(!jovan.get(&path).await.text.contains("Управо пише"));
}

#[tokio::test]
async fn cases_are_merged_and_separated_on_the_page() {
    let town = Town::open().await;
    let (one, two) = (
        town.text("Нема воде", "+381641234567").await,
        town.text("Нема воде ни овде", "+381641234568").await,
    );
    let mut jovan = town.signed_in("jovan").await;
    let path = format!("/cases/{}", two.id);
    let seen = version(&jovan.get(&path).await.text);
    let number = one.number.as_str();
    jovan.post(&format!("{path}/merge"), &[("version", &seen), ("number", number)]).await;
    let whole = jovan.get(&format!("/cases/{}", one.id)).await.text;
    assert!(whole.contains("Нема воде ни овде"), "the words of both are on one timeline");
    assert!(whole.contains(&format!("<span class=\"entry-of\">{}</span>", two.number)));
    assert!(jovan.get(&path).await.text.contains("is-told-merged"));
    let part = two.id.to_string();
    jovan.post(&format!("/cases/{}/unmerge", one.id), &[("part", &part)]).await;
    assert!(!jovan.get(&format!("/cases/{}", one.id)).await.text.contains("Нема воде ни овде"));
}

#[tokio::test]
async fn other_programs_answer_and_follow_what_the_citizen_is_told() {
    let town = Town::open().await;
    let case = town.text("Нема грејања", "+381641234567").await;
    let path = format!("/api/v1/cases/{}", case.id);
    let body = r#"{"version": 1, "outcome": "unfounded", "words": "Грејање ради."}"#;
    let mut program = town.api().await;
    let answered = send(&mut program, &format!("{path}/answer"), body).await;
    assert_eq!(answered.status, StatusCode::OK, "{}", answered.text);
    let notices = program.get(&format!("{path}/notices")).await.json();
    assert_eq!((&notices[0]["purpose"], &notices[0]["state"]), (&"outcome".into(), &"telling".into()));
    let late = send(&mut program, &format!("{path}/answer"), body).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    let unknown =
        send(&mut program, &format!("{path}/forward"), r#"{"version": 1, "department": "moon"}"#).await;
    assert_eq!(unknown.status, StatusCode::BAD_REQUEST);
    let silent = send(&mut program, &format!("{path}/reopen"), r#"{"version": 2, "reason": " "}"#).await;
    assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY);
}

async fn send(program: &mut Browser, path: &str, body: &str) -> Answer {
    let request = Request::post(path).header(CONTENT_TYPE, "application/json");
    program.send_body(request, Body::from(body.to_owned())).await
}

#[tokio::test]
async fn a_second_matter_is_split_off_after_a_look_at_what_will_come_of_it_and_taken_back() {
    let town = Town::open().await;
    let case = town.text("Нема воде и не светли бандера", "+381641234567").await;
    let mut mira = town.signed_in("mira").await;
    let path = format!("/cases/{}", case.id);
    assert!(mira.get(&path).await.text.contains(&format!("href=\"{path}/split\"")));
    let form = mira.get(&format!("{path}/split")).await.text;
    let seen = version(&form);
    let entry = super::town::between(&form, "name=\"entry\" value=\"", "\"").to_owned();
    let option = super::town::between(&form, "name=\"category\"", "Путеви и расвета");
    let category = option.rsplit("value=\"").next().unwrap().split('"').next().unwrap().to_owned();
    let nothing = mira.post(&format!("{path}/split"), &[("version", &seen), ("do", "split")]).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(nothing.text.contains("Означите бар један запис"));
    let fields = |what: &'static str| {
        [
            ("version", seen.clone()),
            ("entry", entry.clone()),
            ("category", category.clone()),
            ("words", "Не светли <b>".to_owned()),
            ("whose", "same".to_owned()),
            ("do", what.to_owned()),
        ]
    };
    let look: Vec<(&str, String)> = fields("look").into();
    let look: Vec<(&str, &str)> = look.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let preview = mira.post(&format!("{path}/split"), &look).await;
    assert_eq!(preview.status, StatusCode::OK);
    assert!(
        preview.text.contains("Отвориће се нови предмет")
            && preview.text.contains("рок тече од дана обраћања")
    );
    assert!(!preview.text.contains("Не светли <b>"));
    let go: Vec<(&str, String)> = fields("split").into();
    let go: Vec<(&str, &str)> = go.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let done = mira.post(&format!("{path}/split"), &go).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    let new = done.header("location");
    let page = mira.get(&new).await.text;
    assert!(page.contains("Нема воде и не светли бандера"), "it shows what it took");
    assert!(page.contains("Издвојено из предмета") && page.contains(case.number.as_str()));
    let old = mira.get(&path).await.text;
    assert!(old.contains("Издвојен је посебан предмет") && old.contains("entry-went"));
    let part = new.rsplit('/').next().unwrap().to_owned();
    let undone = mira.post(&format!("{path}/unsplit"), &[("part", &part)]).await;
    assert_eq!(undone.status, StatusCode::SEE_OTHER);
    assert!(mira.get(&new).await.text.contains("is-told-merged"));
    let again = mira.post(&format!("{path}/unsplit"), &[("part", &part)]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.text.contains("Издвајање је већ поништено"));
}

#[tokio::test]
async fn a_citizen_who_follows_a_case_sees_nothing_of_what_was_merged_into_it() {
    let town = Town::open().await;
    let whole = town.text("Нема воде у улици", "+381641234567").await;
    let part = town.text("Тајна другог грађанина", "+381641234568").await;
    let mut jovan = town.signed_in("jovan").await;
    let seen = version(&jovan.get(&format!("/cases/{}", part.id)).await.text);
    let number = whole.number.as_str();
    jovan.post(&format!("/cases/{}/merge", part.id), &[("version", &seen), ("number", number)]).await;
    let pin = town.actions.case_pin(&odziv::actions::Actor::System, &whole).await.unwrap();
    let followed =
        town.browser().post_from("/follow", "/follow", &[("number", number), ("pin", &pin)]).await.text;
    assert!(followed.contains("Нема воде у улици"), "{followed}");
    assert!(!followed.contains("Тајна другог"), "another citizen's words");
}
