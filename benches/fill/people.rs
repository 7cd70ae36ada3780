//! The people of the town: most are a telephone number with a name, some wrote e-mails, few call often.

use odziv::domain::phone::PhoneNumber;
use odziv::domain::script::{search_key, to_latin};
use odziv::domain::search::{name_keys, phone_keys};
use rand::Rng;
use rand::rngs::StdRng;

use crate::rows::{Table, cells};
use crate::words::Words;

pub struct Citizen {
    pub id: i64,
    pub name: String,
    pub phone: PhoneNumber,
    pub email: Option<String>,
    pub address: String,
}

pub struct Tables {
    person: Table,
    contact_point: Table,
    person_address: Table,
}

impl Tables {
    pub fn new() -> Self {
        Self {
            person: Table::new("person", "id, name, address, created_at, keys"),
            contact_point: Table::new("contact_point", "id, person_id, kind, value"),
            person_address: Table::new("person_address", "id, person_id, value, is_primary"),
        }
    }

    pub fn all(&mut self) -> [&mut Table; 3] {
        [&mut self.person, &mut self.contact_point, &mut self.person_address]
    }

    pub fn push(&mut self, citizen: &Citizen, since: i64) {
        let phone = citizen.phone.as_str();
        let mut keys = vec![phone_keys(&citizen.phone)];
        keys.extend(citizen.email.as_deref().map(search_key));
        self.contact_point.push(cells![citizen.id * 2, citizen.id, "phone", phone]);
        if let Some(email) = &citizen.email {
            self.contact_point.push(cells![citizen.id * 2 + 1, citizen.id, "email", email.as_str()]);
        }
        if !citizen.address.is_empty() {
            self.person_address.push(cells![citizen.id, citizen.id, citizen.address.as_str(), 1_i64]);
            keys.push(search_key(&citizen.address));
        }
        let known = !citizen.name.is_empty() || keys.len() > 1;
        let keys = if known {
            format!("{} {}", name_keys(&citizen.name), keys.join(" ")).trim().to_owned()
        } else {
            String::new()
        };
        self.person.push(cells![citizen.id, citizen.name.as_str(), citizen.address.as_str(), since, keys]);
    }
}

pub fn citizen(rng: &mut StdRng, words: &Words, id: i64) -> Citizen {
    let name = if rng.random_bool(0.65) { words.name(rng) } else { String::new() };
    let number = if id % 20 == 0 { format!("+38121{:07}", id) } else { format!("+3816{}{:07}", id % 7, id) };
    let email = (!name.is_empty() && rng.random_bool(0.3)).then(|| {
        let latin = odziv::domain::script::without_diacritics(&to_latin(&name));
        format!("{}.{id}@primer.rs", latin.to_lowercase().replace(' ', "."))
    });
    let address = if rng.random_bool(0.5) { words.address(rng) } else { String::new() };
    Citizen { id, name, phone: PhoneNumber::from_stored(&number).unwrap(), email, address }
}
