//! The one search box: cases and people by whatever somebody remembers of them, and why each was found.

use axum::extract::{Query as UrlQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::domain::id::{CaseId, PersonId};
use crate::domain::permission::Right;
use crate::domain::phone::PhoneNumber;
use crate::domain::script::search_key;
use crate::domain::search::{Place, Query, Rank};
use crate::domain::snippet::{Piece, has_all, snippet};
use crate::store::case_list::CaseFilter;
use crate::store::person::PersonRow;
use crate::store::search::{CaseHit, Words};
use crate::web::auth::SignedIn;
use crate::web::cases::view::{RowView, Viewer, for_people};
use crate::web::error::{WebError, percent};
use crate::web::page::{Page, html};
use crate::web::state::App;

/// One screen; the next is a click away.
const HITS: u32 = 20;
/// People above the cases; who is not among them is found with another word.
const PEOPLE: u32 = 6;
/// A longer query has no further words that count.
pub const LONGEST: usize = 200;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    /// Where the page before ended.
    after: String,
}

#[derive(Debug)]
pub struct SearchView {
    pub q: String,
    /// False when there was nothing to look for.
    pub is_asked: bool,
    pub people: Vec<PersonHitView>,
    pub more_people: Option<String>,
    pub cases: Vec<HitView>,
    /// Address of the page after this one.
    pub more: Option<String>,
}

#[derive(Debug)]
pub struct PersonHitView {
    pub id: i64,
    pub name: Vec<Piece>,
    pub phone: String,
    pub email: String,
    pub address: Vec<Piece>,
}

#[derive(Debug)]
pub struct HitView {
    pub row: RowView,
    pub number: Vec<Piece>,
    pub who: Vec<Piece>,
    /// Where it was found in what was written.
    pub words: Option<FoundWords>,
}

#[derive(Debug)]
pub struct FoundWords {
    pub icon: &'static str,
    pub pieces: Vec<Piece>,
    /// Of the entry; empty for what the case itself says.
    pub at: String,
    pub machine: String,
}

#[derive(askama::Template)]
#[template(path = "search/show.html")]
pub struct SearchPage<'a> {
    pub page: &'a Page,
    pub view: SearchView,
}

pub async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    UrlQuery(asked): UrlQuery<Asked>,
) -> Result<Response, WebError> {
    signed_in.require(Right::ReadCases)?;
    let q: String = asked.q.trim().chars().take(LONGEST).collect();
    let page = &signed_in.page;
    let Some(query) = Query::parse(&q) else {
        let view =
            SearchView { q, is_asked: false, people: vec![], more_people: None, cases: vec![], more: None };
        return html(SearchPage { page, view });
    };
    let after: Option<Place> = asked.after.parse().ok();
    let phone = PhoneNumber::parse(&q, &app.country).ok();
    let within = CaseFilter { reach: signed_in.reach(), ..CaseFilter::default() };
    let found = app.db.search_cases(&query, phone.as_ref(), &within, after, HITS).await?;
    if let ([only], None) = (found.hits.as_slice(), after)
        && search_key(only.case.number.as_str()) == search_key(&q)
    {
        return Ok(Redirect::to(&format!("/cases/{}", only.case.id)).into_response());
    }
    let mut people = Vec::new();
    if after.is_none() && page.may(Right::ReadPeople) {
        people = app.db.people(Some(&query), phone.as_ref(), None, PEOPLE).await?;
    }
    let more_people = (people.len() > PEOPLE as usize).then(|| format!("/people?q={}", percent(&q)));
    people.truncate(PEOPLE as usize);
    let shown: Vec<PersonId> = people.iter().map(|person| person.id).collect();
    app.actions.list_viewed(&signed_in.actor(), "search").await?;
    app.actions.people_listed(&signed_in.actor(), "search", &shown).await?;
    let directory = app.db.directory();
    let finder =
        Finder { viewer: Viewer { locale: &page.locale, directory: &directory }, words: query.words() };
    let ids: Vec<CaseId> = found.hits.iter().map(|hit| hit.case.id).collect();
    let words = app.db.words_of(&ids).await?;
    let of = |hit: &CaseHit| words.get(&hit.case.id).map_or(&[][..], Vec::as_slice);
    let cases = found.hits.iter().map(|hit| finder.hit(hit, of(hit))).collect();
    let more = found.next.map(|place| format!("/search?q={}&after={place}", percent(&q)));
    let people = people.iter().map(|person| finder.person(person)).collect();
    html(SearchPage { page, view: SearchView { q, is_asked: true, people, more_people, cases, more } })
}

/// Shows what was found to one reader, with the words that were looked for marked.
pub struct Finder<'a> {
    pub viewer: Viewer<'a>,
    pub words: &'a [String],
}

impl Finder<'_> {
    pub fn person(&self, row: &PersonRow) -> PersonHitView {
        let name = if row.name.is_empty() {
            plain(self.viewer.locale.say("person-unnamed"))
        } else {
            self.marked(&self.viewer.script(&row.name))
        };
        PersonHitView {
            id: row.id.0,
            name,
            phone: for_people(&row.phone),
            email: row.email.clone(),
            address: self.marked(&self.viewer.script(&row.address)),
        }
    }

    fn hit(&self, hit: &CaseHit, words: &[Words]) -> HitView {
        let row = self.viewer.row(&hit.case);
        HitView {
            number: self.marked(&row.number),
            who: if hit.rank == Rank::Phone && row.phone.is_empty() {
                self.marked(&row.who)
            } else {
                let who = if row.phone.is_empty() {
                    row.who.clone()
                } else {
                    format!("{}, {}", row.who, row.phone)
                };
                self.marked(&who)
            },
            words: self.found_words(hit, words),
            row,
        }
    }

    /// The latest entry that has all the words, else one that has some of them, else what the case itself says.
    fn found_words(&self, hit: &CaseHit, words: &[Words]) -> Option<FoundWords> {
        let whole = words.iter().find(|entry| has_all(&entry.words, self.words));
        let some = || words.iter().find(|entry| snippet(&entry.words, self.words).is_some());
        if let Some(entry) = whole.or_else(some) {
            return Some(FoundWords {
                icon: icon(entry.kind.as_str()),
                pieces: self.script(snippet(&entry.words, self.words)?),
                at: self.viewer.locale.short(entry.at),
                machine: entry.at.to_string(),
            });
        }
        let itself = [&hit.case.place, &hit.case.summary];
        let found = itself.iter().find_map(|text| snippet(text, self.words));
        let pieces =
            found.or_else(|| (!hit.case.summary.is_empty()).then(|| plain(hit.case.summary.clone())))?;
        Some(FoundWords {
            icon: "document",
            pieces: self.script(pieces),
            at: String::new(),
            machine: String::new(),
        })
    }

    /// The whole text, with what was found in it marked.
    fn marked(&self, text: &str) -> Vec<Piece> {
        snippet(text, self.words).unwrap_or_else(|| plain(text.to_owned()))
    }

    fn script(&self, pieces: Vec<Piece>) -> Vec<Piece> {
        pieces.into_iter().map(|piece| Piece { text: self.viewer.script(&piece.text), ..piece }).collect()
    }
}

fn plain(text: String) -> Vec<Piece> {
    vec![Piece { text, is_marked: false }]
}

/// Of the entry's kind.
fn icon(kind: &str) -> &'static str {
    match kind {
        "note" => "note",
        "text_received" => "sms",
        kind if kind.contains("mail") => "email",
        _ => "document",
    }
}

#[cfg(test)]
pub mod samples {
    use askama::Template as _;

    use super::*;

    pub fn page(page: &Page, row: RowView, words: &str) -> askama::Result<String> {
        let pieces = || {
            vec![Piece { text: words.into(), is_marked: true }, Piece { text: "x".into(), is_marked: false }]
        };
        let found = FoundWords { icon: "note", pieces: pieces(), at: "14:05".into(), machine: "x".into() };
        let person = PersonHitView {
            id: 3,
            name: pieces(),
            phone: words.into(),
            email: words.into(),
            address: pieces(),
        };
        let hit = HitView { row, number: pieces(), who: pieces(), words: Some(found) };
        let view = SearchView {
            q: words.into(),
            is_asked: true,
            people: vec![person],
            more_people: Some("/people?q=<script>".into()),
            cases: vec![hit],
            more: Some("/search?q=<script>".into()),
        };
        SearchPage { page, view }.render()
    }

    pub fn nothing(page: &Page, words: &str, is_asked: bool) -> askama::Result<String> {
        let q = words.into();
        let view = SearchView { q, is_asked, people: vec![], more_people: None, cases: vec![], more: None };
        SearchPage { page, view }.render()
    }
}
