//! The pages with everything in them that somebody may have typed.

use std::collections::BTreeMap;

use askama::Template as _;

use super::fields::{Fields, KeptFile};
use super::new::{FormView, NewPage};
use super::offers::{CaseOffer, PeoplePart, PersonOffer, SimilarPart};
use super::slip::{SlipPage, SlipView};
use crate::web::admin::phones::qr;
use crate::web::cases::view::{Choice, Labelled, RowView};
use crate::web::page::Page;
use crate::web::questions::samples::questions;

pub fn new(page: &Page, words: &str) -> askama::Result<String> {
    let names = ["key", "name", "phone", "email", "address", "place", "words", "pages", "dated", "reference"];
    let typed: BTreeMap<String, String> = names.iter().map(|n| ((*n).to_owned(), words.to_owned())).collect();
    let choices = || vec![Choice { value: words.into(), label: words.into(), chosen: true }];
    let wrong = names.iter().chain(&["channel", "person", "category", "tell_by"]);
    let form = FormView {
        fields: Fields(typed),
        channels: vec![Labelled { word: "document", label: words.into() }],
        categories: choices(),
        questions: questions(words),
        handed_in: choices(),
        tell_by: choices(),
        languages: choices(),
        files: vec![KeptFile { token: words.into(), name: words.into() }],
        wrong: wrong.map(|n| ((*n).to_owned(), words.to_owned())).collect(),
        is_wrong: true,
        refused: vec![words.into()],
        today: "2026-11-22".into(),
        max_file_mb: 25,
    };
    NewPage { page, form }.render()
}

pub fn people(page: &Page, words: &str) -> askama::Result<String> {
    let person = PersonOffer { id: 1, name: words.into(), phone: words.into(), address: words.into() };
    PeoplePart { page, people: vec![person], asked: true }.render()
}

pub fn similar(page: &Page, words: &str, row: RowView) -> askama::Result<String> {
    let offer = CaseOffer { row, place: words.into(), of_person: false, followers: 2 };
    SimilarPart { page, cases: vec![offer], person: Some(7) }.render()
}

pub fn slip(page: &Page, words: &str) -> askama::Result<String> {
    let slip = SlipView {
        id: 1,
        number: "400-7/2026-01".into(),
        pin: "4071".into(),
        opened: "14:05".into(),
        category: words.into(),
        department: words.into(),
        channel: words.into(),
        due: words.into(),
        place: words.into(),
        address: words.into(),
        qr: qr("https://odziv.example.rs/follow"),
        new: true,
        paper: "a5",
    };
    SlipPage { page, slip }.render()
}
