//! The search box, as a browser sees it.

use axum::http::StatusCode;
use odziv::actions::Actor;
use odziv::actions::town::NewPerson;
use odziv::domain::phone::PhoneNumber;

use super::town::Town;

#[tokio::test]
async fn search_says_why_a_case_was_found_in_the_script_of_the_reader() {
    let town = Town::open().await;
    let case = town.text("Пукла цев код школе <b>", "+381641234567").await;
    town.text("Рупа на путу", "+381652222222").await;
    town.actions.add_note(&Actor::System, case.id, "Багер је код Ђорђевића").await.unwrap();
    let mut mira = town.signed_in("mira").await;
    let page = mira.get("/search?q=djordj+bager").await.text;
    assert!(page.contains("<mark>Багер</mark> је код <mark>Ђорђевића</mark>"), "{page}");
    assert!(page.contains(case.number.as_str()) && !page.contains("Рупа"));
    assert!(page.contains("value=\"djordj bager\""), "the box keeps what was typed");
    let words = mira.get("/search?q=cev").await.text;
    assert!(words.contains("Пукла <mark>цев</mark> код школе &#60;b&#62;"));
    mira.post("/language", &[("language", "sr-Latn"), ("next", "/")]).await;
    let latin = mira.get("/search?q=djordj").await.text;
    assert!(latin.contains("Bager je kod <mark>Đorđevića</mark>"));
    let phone = mira.get("/search?q=064%2F123-45-67").await.text;
    assert!(phone.contains("<mark>064/123-45-67</mark>"), "{phone}");
}

#[tokio::test]
async fn whole_number_of_a_case_leads_to_it_at_once() {
    let town = Town::open().await;
    let case = town.text("Нема воде", "+381641234567").await;
    let mut mira = town.signed_in("mira").await;
    let q = case.number.as_str().replace('/', "%2F");
    let answer = mira.get(&format!("/search?q={q}")).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (StatusCode::SEE_OTHER, format!("/cases/{}", case.id))
    );
}

#[tokio::test]
async fn people_are_hits_of_their_own() {
    let town = Town::open().await;
    let phone = PhoneNumber::from_stored("+381641234567").unwrap();
    let person =
        NewPerson { name: "Љиљана Ђурић".into(), address: "Дунавска 5".into(), phone };
    let id = town.actions.put_people(vec![person]).await.unwrap()[0];
    let mut mira = town.signed_in("mira").await;
    let page = mira.get("/search?q=ljilj").await.text;
    assert!(page.contains(&format!("href=\"/people/{id}\"")) && page.contains("<mark>Љиљана</mark> Ђурић"));
    let nothing = mira.get("/search?q=nemaovetereci").await.text;
    assert!(nothing.contains("Ништа није пронађено"));
    assert_eq!(mira.get("/search?q=%22--%2A&after=zzz").await.status, StatusCode::OK);
    assert_eq!(town.browser().get("/search?q=x").await.status, StatusCode::SEE_OTHER);
}
