//! The citizen is told: by which channels, one after the other, and what is to be made of what the network says.

use serde::{Deserialize, Serialize};

use super::case::Channel;
use super::message::DeliveryState;
use super::script::{has_cyrillic, to_latin, without_diacritics};
use super::words::words;

words! {
    /// What somebody is told.
    Purpose {
        /// That the case is here, and its number.
        Receipt = "receipt",
        /// How it ended.
        Outcome = "outcome",
        /// Something in between: a question, news.
        Reply = "reply",
        /// That a part of what they wrote is a case of its own, and its number.
        Split = "split",
    }
}

words! {
    /// How the program reaches somebody.
    Way {
        Sms = "sms",
        Email = "email",
    }
}

words! {
    /// How somebody wants to be told.
    TellBy {
        Sms = "sms",
        Email = "email",
        /// By a letter, which a human writes.
        Post = "post",
        /// Not at all.
        Nothing = "none",
    }
}

words! {
    /// How a human told somebody.
    ByHand {
        Phone = "phone",
        Post = "post",
        Counter = "counter",
        Visit = "visit",
    }
}

words! {
    /// Where one notice stands.
    NoticeState {
        Telling = "telling",
        /// With proof of delivery.
        Told = "told",
        /// Taken by the other side, and nothing came back in a fair time.
        Presumed = "presumed",
        /// Every channel failed: a human is asked to.
        Failed = "failed",
        /// By a human.
        ByHand = "by_hand",
        /// There is no channel, or they do not want to be told.
        Impossible = "impossible",
        /// The case was opened again before it arrived, or a human said that it is not needed.
        Overtaken = "overtaken",
    }
}

impl NoticeState {
    pub fn is_over(self) -> bool {
        !matches!(self, Self::Telling | Self::Failed)
    }
}

impl Purpose {
    /// Whether a dialplan may send it by itself: the others say what somebody wrote or did.
    pub fn is_of_intake(self) -> bool {
        self == Self::Receipt
    }
}

/// One rung of the ladder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rung {
    pub way: Way,
    pub address: String,
}

/// How somebody can be reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    pub tell_by: Option<TellBy>,
    /// BCP 47; `None`: as they wrote.
    pub language: Option<String>,
    /// Numbers that can get a text, the likeliest first.
    pub phones: Vec<String>,
    pub emails: Vec<String>,
    /// There is a land line or a postal address, which a human can use.
    pub by_hand: bool,
}

/// A person has a few addresses; more attempts than this are no courtesy any more.
const MOST_RUNGS: usize = 4;

/// What is to be done to tell somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ladder {
    /// At least one rung.
    Climb(Vec<Rung>),
    /// By post, as they chose, or because there is nothing else.
    Human,
    /// `asked`: they do not want to be told; else there is no address at all.
    Impossible { asked: bool },
}

/// The channel that they chose first, or else that by which they came; then the others.
pub fn ladder(reach: &Reach, intake: Channel) -> Ladder {
    let first = match reach.tell_by {
        Some(TellBy::Nothing) => return Ladder::Impossible { asked: true },
        Some(TellBy::Post) => return Ladder::Human,
        Some(TellBy::Email) => Way::Email,
        Some(TellBy::Sms) => Way::Sms,
        None if intake == Channel::Email => Way::Email,
        None => Way::Sms,
    };
    let texts = reach.phones.iter().map(|address| Rung { way: Way::Sms, address: address.clone() });
    let mails = reach.emails.iter().map(|address| Rung { way: Way::Email, address: address.clone() });
    let mut rungs: Vec<Rung> = match first {
        Way::Sms => texts.chain(mails).collect(),
        Way::Email => mails.chain(texts).collect(),
    };
    // Of several addresses of one kind the first: the next try is by another channel, not another number of the same pocket.
    let mut ways = Vec::new();
    rungs.retain(|rung| {
        let new = !ways.contains(&rung.way);
        ways.push(rung.way);
        new
    });
    rungs.truncate(MOST_RUNGS);
    match (rungs.is_empty(), reach.by_hand) {
        (false, _) => Ladder::Climb(rungs),
        (true, true) => Ladder::Human,
        (true, false) => Ladder::Impossible { asked: false },
    }
}

/// What the state of one message means for the notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Told,
    /// It will not arrive: the next rung.
    Failed,
    Wait,
}

/// When the network has just said so.
pub fn verdict(state: DeliveryState) -> Verdict {
    match state {
        DeliveryState::Delivered => Verdict::Told,
        DeliveryState::Rejected | DeliveryState::Undeliverable | DeliveryState::Expired => Verdict::Failed,
        // The network may have it: wait for the time that a receipt takes.
        DeliveryState::Uncertain
        | DeliveryState::Queued
        | DeliveryState::Sending
        | DeliveryState::Accepted
        | DeliveryState::Presumed => Verdict::Wait,
    }
}

/// When nothing more was heard in the time that was allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overdue {
    /// An e-mail that nobody returned has arrived, as far as anybody can know.
    Presumed,
    Failed,
    /// Still with us: it was not sent at all.
    Unsent,
}

pub fn overdue(way: Way, state: DeliveryState) -> Overdue {
    match (way, state) {
        (_, DeliveryState::Queued | DeliveryState::Sending) => Overdue::Unsent,
        (Way::Email, DeliveryState::Accepted | DeliveryState::Delivered | DeliveryState::Presumed) => {
            Overdue::Presumed
        }
        (Way::Sms, DeliveryState::Delivered) => Overdue::Presumed,
        _ => Overdue::Failed,
    }
}

/// The language in which somebody is written to: what they chose, or else the script in which they wrote. `wrote`: their words, or
/// empty when they only spoke.
pub fn language_for<'a>(reach: &'a Reach, wrote: &str) -> &'a str {
    match reach.language.as_deref() {
        Some(chosen) => chosen,
        None if has_cyrillic(wrote) => "sr-Cyrl",
        None => "sr-Latn",
    }
}

/// Words as they go out. A Latin text goes without diacritics, which triple its price and which old telephones do not show; Latin is
/// never made Cyrillic, for that way is not exact.
pub fn in_script(words: &str, language: &str, way: Way) -> String {
    match (language, way) {
        ("sr-Latn", Way::Sms) => without_diacritics(&to_latin(words)),
        ("sr-Latn", Way::Email) => to_latin(words),
        _ => words.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach() -> Reach {
        Reach {
            phones: vec!["+381641234567".into(), "+381651111111".into()],
            emails: vec!["ana@example.rs".into()],
            ..Reach::default()
        }
    }

    fn ways(reach: &Reach, intake: Channel) -> Vec<Way> {
        match ladder(reach, intake) {
            Ladder::Climb(rungs) => rungs.iter().map(|rung| rung.way).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_chosen_channel_comes_first_and_the_other_after_it() {
        assert_eq!(ways(&reach(), Channel::Call), [Way::Sms, Way::Email]);
        assert_eq!(ways(&reach(), Channel::Email), [Way::Email, Way::Sms]);
        let chose = |tell_by| Reach { tell_by: Some(tell_by), ..reach() };
        assert_eq!(ways(&chose(TellBy::Email), Channel::Sms), [Way::Email, Way::Sms]);
        assert_eq!(ways(&chose(TellBy::Sms), Channel::Email), [Way::Sms, Way::Email]);
        let mute = Reach { emails: Vec::new(), ..chose(TellBy::Email) };
        assert_eq!(ways(&mute, Channel::Call), [Way::Sms], "they have no address");
    }

    #[test]
    fn who_cannot_or_does_not_want_to_be_told_is_not() {
        assert_eq!(ladder(&Reach::default(), Channel::Call), Ladder::Impossible { asked: false });
        let land_line = Reach { by_hand: true, ..Reach::default() };
        assert_eq!(ladder(&land_line, Channel::Call), Ladder::Human);
        let nothing = Reach { tell_by: Some(TellBy::Nothing), ..reach() };
        assert_eq!(ladder(&nothing, Channel::Sms), Ladder::Impossible { asked: true });
        let post = Reach { tell_by: Some(TellBy::Post), ..reach() };
        assert_eq!(ladder(&post, Channel::Sms), Ladder::Human);
    }

    #[test]
    fn silence_means_another_thing_for_each_channel() {
        assert_eq!(overdue(Way::Sms, DeliveryState::Accepted), Overdue::Failed);
        assert_eq!(overdue(Way::Email, DeliveryState::Accepted), Overdue::Presumed);
        assert_eq!(overdue(Way::Sms, DeliveryState::Uncertain), Overdue::Failed);
        assert_eq!(overdue(Way::Email, DeliveryState::Uncertain), Overdue::Failed);
        assert_eq!(overdue(Way::Sms, DeliveryState::Queued), Overdue::Unsent);
    }

    #[test]
    fn words_are_in_the_script_of_the_reader() {
        assert_eq!(in_script("Цев је замењена, Ђорђе", "sr-Latn", Way::Sms), "Cev je zamenjena, Djordje");
        assert_eq!(in_script("Шахт", "sr-Latn", Way::Email), "Šaht");
        assert_eq!(in_script("Шахт", "sr-Cyrl", Way::Sms), "Шахт");
        assert_eq!(language_for(&Reach::default(), "Нема воде"), "sr-Cyrl");
        assert_eq!(language_for(&Reach::default(), ""), "sr-Latn");
    }
}
