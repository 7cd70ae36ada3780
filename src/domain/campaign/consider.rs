//! One candidate looked at before anything is sent: on which step they begin, or why they are left out.

use super::super::id::PersonId;
use super::super::person::PersonLanguage;
use super::super::phone::PhoneNumber;
use super::ladder::{Ladder, Way};
use super::message::Message;
use super::recipient::Why;

/// Somebody who may get the message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Candidate {
    pub person: Option<PersonId>,
    pub name: String,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub address: String,
    pub language: Option<PersonLanguage>,
    /// By the names of the list's columns.
    pub fields: Vec<(String, String)>,
}

/// What is known against an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// Another recipient has it already.
    Taken,
    /// It is known to reach nobody.
    Invalid,
}

/// What is known against a candidate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Obstacles {
    /// They are among the recipients already.
    pub taken: bool,
    pub phone: Option<Obstacle>,
    pub email: Option<Obstacle>,
    /// Ways by which they do not want messages to many.
    pub refused: Vec<Way>,
}

impl Candidate {
    pub fn value(&self, field: &str) -> Option<&str> {
        match field {
            "name" => Some(&self.name),
            "address" => Some(&self.address),
            _ => self.fields.iter().find(|(name, _)| name == field).map(|(_, value)| value.as_str()),
        }
    }

    /// The address that a way needs; empty for people, who go wherever the list says.
    fn address_for(&self, way: Way, obstacles: &Obstacles) -> Result<(), Why> {
        let (address, obstacle) = match way {
            Way::Sms => {
                let takes =
                    |phone: &&String| PhoneNumber::from_stored(phone).is_some_and(|p| p.takes_texts());
                (self.phone.as_ref().filter(takes).is_some(), obstacles.phone)
            }
            Way::Voice => (self.phone.is_some(), obstacles.phone),
            Way::Email => (self.email.is_some(), obstacles.email),
            Way::Visit => return Ok(()),
        };
        match (address, obstacle) {
            (false, _) => Err(Why::NoAddress),
            (true, Some(Obstacle::Taken)) => Err(Why::Duplicate),
            (true, Some(Obstacle::Invalid)) => Err(Why::BadAddress),
            (true, None) if obstacles.refused.contains(&way) => Err(Why::OptedOut),
            (true, None) => Ok(()),
        }
    }

    /// Whether this step can be taken for them now.
    pub fn can(&self, way: Way, message: &Message, town: &str, obstacles: &Obstacles) -> Result<(), Why> {
        self.address_for(way, obstacles)?;
        if way == Way::Visit || message.recording_for(way).is_some() {
            return Ok(());
        }
        message.render(way, self.language, |field| self.value_in(field, town)).map(drop)
    }

    pub fn value_in<'v>(&'v self, field: &str, town: &'v str) -> Option<&'v str> {
        if field == "municipality" { Some(town) } else { self.value(field) }
    }
}

/// The step on which they begin.
pub fn consider(
    candidate: &Candidate,
    ladder: &Ladder,
    (message, town): (&Message, &str),
    obstacles: &Obstacles,
) -> Result<usize, Why> {
    if obstacles.taken {
        return Err(Why::Duplicate);
    }
    let mut against = Vec::new();
    for (rung, step) in ladder.steps().iter().enumerate() {
        match candidate.can(step.way, message, town, obstacles) {
            // People are sent to those who cannot be written to, not to those who do not want to be.
            Ok(())
                if step.way == Way::Visit
                    && against.iter().any(|why| weight(*why) >= weight(Why::OptedOut)) => {}
            Ok(()) => return Ok(rung),
            Err(why) => against.push(why),
        }
    }
    Err(against.into_iter().max_by_key(|why| weight(*why)).unwrap_or(Why::NoAddress))
}

/// Of several reasons the one that people want to read.
fn weight(why: Why) -> u8 {
    match why {
        Why::NoAddress => 0,
        Why::BadAddress => 1,
        Why::MissingField => 2,
        Why::TooLong => 3,
        Why::OptedOut => 4,
        Why::Duplicate => 5,
        Why::TakenOut => 6,
    }
}

#[cfg(test)]
mod tests {
    use super::super::ladder::Step;
    use super::super::message::Words;
    use super::*;

    fn ladder(ways: &[Way]) -> Ladder {
        Ladder::new(ways.iter().map(|way| Step { way: *way, minutes: 60 }).collect()).unwrap()
    }

    fn message() -> Message {
        let words = |sr: &str| Words { sr: sr.into(), en: String::new() };
        Message { text: words("Нема воде, {name}"), subject: words("Вода"), ..Message::default() }
    }

    fn ana() -> Candidate {
        Candidate {
            name: "Ана".into(),
            phone: Some("+381641234567".into()),
            email: Some("ana@example.rs".into()),
            ..Candidate::default()
        }
    }

    fn look(candidate: &Candidate, ways: &[Way], obstacles: &Obstacles) -> Result<usize, Why> {
        consider(candidate, &ladder(ways), (&message(), "Град"), obstacles)
    }

    const ALL: &[Way] = &[Way::Sms, Way::Email, Way::Voice, Way::Visit];

    #[test]
    fn the_first_step_that_can_be_taken_is_the_beginning() {
        let none = Obstacles::default();
        assert_eq!(look(&ana(), ALL, &none), Ok(0));
        let land_line = Candidate { phone: Some("+381113229922".into()), email: None, ..ana() };
        assert_eq!(look(&land_line, ALL, &none), Ok(2));
        assert_eq!(look(&land_line, &[Way::Sms, Way::Email], &none), Err(Why::NoAddress));
        let nothing = Candidate { phone: None, email: None, ..ana() };
        assert_eq!(look(&nothing, ALL, &none), Ok(3));
    }

    #[test]
    fn whoever_does_not_want_it_is_not_visited_instead() {
        let refuses = |refused: &[Way]| Obstacles { refused: refused.to_vec(), ..Obstacles::default() };
        assert_eq!(look(&ana(), ALL, &refuses(&[Way::Sms])), Ok(1));
        let all = refuses(&[Way::Sms, Way::Email, Way::Voice]);
        assert_eq!(look(&ana(), ALL, &all), Err(Why::OptedOut));
    }

    #[test]
    fn addresses_of_others_and_dead_ones_are_passed_over() {
        let taken = Obstacles { phone: Some(Obstacle::Taken), ..Obstacles::default() };
        assert_eq!(look(&ana(), &[Way::Sms, Way::Email], &taken), Ok(1));
        assert_eq!(look(&ana(), &[Way::Sms], &taken), Err(Why::Duplicate));
        let dead = Obstacles { phone: Some(Obstacle::Invalid), ..Obstacles::default() };
        assert_eq!(look(&ana(), &[Way::Sms], &dead), Err(Why::BadAddress));
        assert_eq!(look(&ana(), &[Way::Sms, Way::Visit], &dead), Ok(1));
        assert_eq!(
            look(&ana(), ALL, &Obstacles { taken: true, ..Obstacles::default() }),
            Err(Why::Duplicate)
        );
    }

    #[test]
    fn words_that_cannot_be_filled_are_not_sent() {
        let nameless = Candidate { name: " ".into(), ..ana() };
        assert_eq!(look(&nameless, &[Way::Sms], &Obstacles::default()), Err(Why::MissingField));
    }
}
