//! What an empty database begins with: templates and macros of a city's everyday. All of them are the municipality's to change.

use jiff::Timestamp;

use crate::actions::ActionError;
use crate::domain::case::Outcome;
use crate::domain::case_macro::{Act, Assignee};
use crate::domain::deadline::PauseReason;
use crate::domain::id::{MacroId, TemplateId};
use crate::domain::kept_template::TemplateKind;
use crate::store::case_macro::CaseMacro;
use crate::store::kept_template::KeptTemplate;
use crate::store::{Tx, Work};

/// Messages and answers go out behind a greeting and the number of the case, which the program writes.
struct Seeded {
    key: &'static str,
    kind: TemplateKind,
    names: (&'static str, &'static str),
    words: (&'static str, &'static str),
}

const TEMPLATES: &[Seeded] = &[
    Seeded {
        key: "taken_up",
        kind: TemplateKind::Text,
        names: ("Узето у рад", "Taken up"),
        words: (
            "пријава је узета у рад. Надлежна служба: {service}. Рок за одговор: {due}",
            "your report is being worked on by {service}. You will have an answer by {due}.",
        ),
    },
    Seeded {
        key: "where",
        kind: TemplateKind::Text,
        names: ("Допуна: тачна локација", "Details wanted: the exact place"),
        words: (
            "молимо Вас да нам јавите тачну адресу или опис места проблема, да бисмо могли да поступимо по пријави.",
            "please tell us the exact address or describe the place, so that we can deal with your report.",
        ),
    },
    Seeded {
        key: "details",
        kind: TemplateKind::Email,
        names: ("Допуна пријаве", "Details wanted"),
        words: (
            "Да бисмо поступили по пријави коју сте поднели {opened} (област: {category}), потребно је да нам доставите додатне \
             податке.\n\nМолимо Вас да одговорите на ову поруку што пре. Док не добијемо Ваш одговор, рок за поступање не \
             тече.\n\nС поштовањем,\n{officer}\n{service}",
            "To deal with your report of {opened} (about: {category}) we need further details.\n\nPlease answer this message as \
             soon as you can. Until we have your answer, our deadline does not run.\n\nYours faithfully,\n{officer}\n{service}",
        ),
    },
    Seeded {
        key: "longer",
        kind: TemplateKind::Email,
        names: ("Поступање траје дуже", "It takes longer"),
        words: (
            "Поступање по Вашој пријави траје дуже од уобичајеног. Поступа {service}, а рок за одговор је {due}\n\nХвала Вам на \
             стрпљењу.\n\nС поштовањем,\n{officer}",
            "Your report takes longer than usual. It is with {service}, and the answer is due on {due}.\n\nThank you for your \
             patience.\n\nYours faithfully,\n{officer}",
        ),
    },
    Seeded {
        key: "resolved",
        kind: TemplateKind::Answer,
        names: ("Отклоњено на терену", "Put right on the spot"),
        words: (
            "екипа службе {service} изашла је на терен и отклонила проблем на адреси {address}. Хвала Вам на пријави.",
            "{service} has put the problem right at {address}. Thank you for your report.",
        ),
    },
    Seeded {
        key: "planned",
        kind: TemplateKind::Answer,
        names: ("Уврштено у план радова", "Put on the works plan"),
        words: (
            "Ваша пријава је основана. Радови на адреси {address} уврштени су у план службе {service} и биће изведени према \
             редоследу у плану.",
            "your report is justified. The works at {address} are on the plan of {service} and will be done in their turn.",
        ),
    },
    Seeded {
        key: "unfounded",
        kind: TemplateKind::Answer,
        names: ("На терену није затечен проблем", "Nothing was found"),
        words: (
            "екипа службе {service} изашла је на адресу {address} и није затекла проблем који сте пријавили. Ако и даље постоји, \
             јавите нам се поново.",
            "{service} went to {address} and did not find what you reported. If it is still there, please tell us again.",
        ),
    },
    Seeded {
        key: "not_competent",
        kind: TemplateKind::Answer,
        names: ("Није у надлежности града", "Not the city's business"),
        words: (
            "решавање Ваше пријаве није у надлежности градских служби. Молимо Вас да се обратите надлежном органу.",
            "your report is not for the services of the city to decide. Please turn to the authority that is competent.",
        ),
    },
    Seeded {
        key: "inspection",
        kind: TemplateKind::Note,
        names: ("Налог за излазак на терен", "Order to inspect"),
        words: (
            "Молим екипу да изађе на терен: {address}.\nПредмет: {number}, {category}.\nРок: {due}\nНалог издао: {officer}, {today}",
            "Please inspect: {address}.\nCase: {number}, {category}.\nDue: {due}\nOrdered by: {officer}, {today}",
        ),
    },
    Seeded {
        key: "letter",
        kind: TemplateKind::Letter,
        names: ("Допис грађанину", "Letter to the citizen"),
        words: (
            "{municipality}\n{service}\nБрој: {number}\nДатум: {today}\n\n{citizen}\n\nПредмет: одговор на пријаву од {opened}\n\n\
             Поштовани,\n\nу вези са Вашом пријавом која се односи на област „{category}“, обавештавамо Вас о следећем:\n\n{answer}\n\n\
             С поштовањем,\n\n{officer}",
            "{municipality}\n{service}\nNumber: {number}\nDate: {today}\n\n{citizen}\n\nSubject: answer to your report of {opened}\n\n\
             Dear Sir or Madam,\n\nabout your report on \"{category}\" we have to tell you the following:\n\n{answer}\n\n\
             Yours faithfully,\n\n{officer}",
        ),
    },
];

pub(in crate::actions) struct SeedTemplates {
    pub at: Timestamp,
}

impl Work for SeedTemplates {
    type Out = ();
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), ActionError> {
        tx.lock("templates").await?;
        // Nothing is ever deleted: where there is none, nobody has seen them yet.
        if tx.count_templates().await? > 0 {
            return Ok(());
        }
        let mut ids = Vec::with_capacity(TEMPLATES.len());
        for seeded in TEMPLATES {
            ids.push((seeded.key, tx.insert_template(&template(seeded), self.at).await?));
        }
        let id = |key: &str| ids.iter().find(|(known, _)| *known == key).map(|(_, id)| *id);
        for (names, acts) in macros(id).ok_or(ActionError::NotFound)? {
            tx.insert_macro(&case_macro(names, acts), self.at).await?;
        }
        Ok(())
    }
}

type Names = (&'static str, &'static str);

fn macros(id: impl Fn(&str) -> Option<TemplateId>) -> Option<Vec<(Names, Vec<Act>)>> {
    let mine = Act::Assign { to: Assignee::Me };
    let answer = |outcome, key| Some(Act::Answer { outcome, template: id(key)? });
    Some(vec![
        (
            ("Преузми и обавести грађанина", "Take up and tell the citizen"),
            vec![mine.clone(), Act::TakeUp, Act::Reply { template: id("taken_up")? }],
        ),
        (
            ("Тражи тачну локацију и заустави рок", "Ask for the exact place and pause the deadline"),
            vec![
                mine.clone(),
                // Before the message, which a promise of a first answer is kept with.
                Act::PauseDeadlines { reason: PauseReason::Citizen, words: String::new() },
                Act::Reply { template: id("where")? },
            ],
        ),
        (
            ("Пошаљи екипу на терен", "Send a crew"),
            vec![Act::TakeUp, Act::Note { template: id("inspection")? }, Act::Watch],
        ),
        (("Проблем је отклоњен", "Put right"), vec![mine, answer(Outcome::Resolved, "resolved")?]),
        (
            ("Није у надлежности града", "Not the city's business"),
            vec![answer(Outcome::NotCompetent, "not_competent")?],
        ),
    ])
}

fn template(seeded: &Seeded) -> KeptTemplate {
    KeptTemplate {
        id: TemplateId(0),
        name_sr: seeded.names.0.to_owned(),
        name_en: seeded.names.1.to_owned(),
        kind: seeded.kind,
        department: None,
        words_sr: seeded.words.0.to_owned(),
        words_en: seeded.words.1.to_owned(),
        archived: false,
        version: 0,
    }
}

fn case_macro(names: Names, acts: Vec<Act>) -> CaseMacro {
    CaseMacro {
        id: MacroId(0),
        name_sr: names.0.to_owned(),
        name_en: names.1.to_owned(),
        department: None,
        acts,
        archived: false,
        version: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::kept_template::{most_chars, parse};

    #[test]
    fn seeded_words_can_be_kept_and_macros_say_what_fits() {
        for seeded in TEMPLATES {
            for words in [seeded.words.0, seeded.words.1] {
                assert!(parse(words).is_ok(), "{}", seeded.key);
                assert!(words.chars().count() <= most_chars(seeded.kind), "{}", seeded.key);
            }
        }
        let id = |key: &str| {
            let at = TEMPLATES.iter().position(|seeded| seeded.key == key)?;
            i64::try_from(at).ok().map(TemplateId)
        };
        for (names, acts) in macros(id).unwrap() {
            for act in &acts {
                let fits = act.template().is_none_or(|id| act.takes(TEMPLATES[id.0 as usize].kind));
                assert!(fits, "{}", names.0);
            }
        }
    }
}
