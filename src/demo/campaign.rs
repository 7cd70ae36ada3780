//! A campaign that somebody of the town is writing, and the segment that it is for.

use super::seed::SeedError;
use super::town::Person;
use crate::actions::campaign::draft::Draft;
use crate::actions::{ActionError, Actions, Actor};
use crate::domain::campaign::consider::Candidate;
use crate::domain::campaign::hours::SendingHours;
use crate::domain::campaign::message::Words;
use crate::domain::campaign::segment::Segment;
use crate::domain::campaign::{Ladder, Message, Script, Step, Way};

/// Of the town's people, on the list of one street.
const STREET: usize = 40;

pub(super) async fn seed(actions: &Actions, people: &[Person]) -> Result<(), SeedError> {
    let told = |error: crate::actions::campaign::CampaignError| ActionError::Invalid(error.to_string());
    let by = &Actor::System;
    let segment = Segment { areas: vec!["centar".into()], ..Segment::default() };
    actions.add_segment(by, "Грађани из центра", segment).await.map_err(told)?;
    let words = |sr: &str, en: &str| Words { sr: sr.into(), en: en.into() };
    let steps = [(Way::Sms, 240), (Way::Email, 1_440), (Way::Visit, 0)];
    let steps = steps.map(|(way, minutes)| Step { way, minutes }).to_vec();
    let draft = Draft {
        name: "Прекид водоснабдевања".into(),
        ladder: Ladder::new(steps).map_err(|error| ActionError::Invalid(error.to_string()))?,
        message: Message {
            text: words(
                "{name|Суграђани}, у четвртак од 8 до 14 часова нема воде због замене цеви. Цистерна је код школе.",
                "{name|Citizens}, no water on Thursday from 8 to 14 h: a pipe is replaced. A water tanker is at the school.",
            ),
            subject: words("Прекид водоснабдевања у четвртак", "No water on Thursday"),
            script: Script::Own,
            ..Message::default()
        },
        hours: SendingHours::default(),
        sender: None,
        per_minute: None,
        start_at: None,
    };
    let id = actions.make_campaign(by, draft).await.map_err(told)?;
    let list = actions.begin_list(by, id, ("станари.csv", Vec::new())).await.map_err(told)?;
    let row = |person: &Person| Candidate {
        name: person.name.clone(),
        phone: Some(person.number.clone()),
        address: format!("{} {}", person.street, person.house),
        ..Candidate::default()
    };
    let rows = people.iter().take(STREET).map(row).collect();
    actions.fill_list(by, (id, list), (rows, Vec::new())).await.map_err(told)?;
    actions.finish_list(by, (id, list)).await.map_err(told)?;
    Ok(())
}
