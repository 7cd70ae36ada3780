//! Phones and extensions as the door knows them: in memory, whole, replaced when something changed.

use std::collections::HashMap;

use crate::actions::phone::Phone;
use crate::domain::id::{PhoneId, UserId};
use crate::protocol::sip::registrar::PhoneKey;
use crate::protocol::sip::registrar::guard::Secrets;

#[derive(Debug, Default)]
pub(in crate::telephony) struct Directory {
    by_username: HashMap<String, Known>,
    usernames: HashMap<PhoneKey, String>,
    phones: HashMap<UserId, Vec<PhoneKey>>,
    extensions: HashMap<String, UserId>,
    of_user: HashMap<UserId, String>,
}

/// A phone that may register.
#[derive(Debug)]
pub(super) struct Known {
    pub id: PhoneId,
    pub user: UserId,
    pub secrets: Secrets,
}

impl Directory {
    /// Phones whose password was made for another realm cannot be checked and are left out.
    pub fn new(phones: Vec<Phone>, extensions: Vec<(UserId, String)>, realm: &str) -> Self {
        let mut directory = Self::default();
        let mut foreign = 0_usize;
        for phone in phones {
            if phone.realm != realm {
                foreign += 1;
                continue;
            }
            directory.usernames.insert(phone.id.0, phone.username.clone());
            directory.phones.entry(phone.user).or_default().push(phone.id.0);
            let secrets = Secrets { md5: phone.ha1_md5, sha256: phone.ha1_sha256 };
            directory.by_username.insert(phone.username, Known { id: phone.id, user: phone.user, secrets });
        }
        if foreign > 0 {
            tracing::warn!(
                phones = foreign,
                realm,
                "phones were added under another [sip] realm and cannot register; add them anew"
            );
        }
        for (user, extension) in extensions {
            directory.extensions.insert(extension.clone(), user);
            directory.of_user.insert(user, extension);
        }
        directory
    }

    pub fn is_empty(&self) -> bool {
        self.by_username.is_empty()
    }

    pub(super) fn by_username(&self, username: &str) -> Option<&Known> {
        self.by_username.get(username)
    }

    pub(super) fn by_id(&self, phone: PhoneKey) -> Option<&Known> {
        self.by_username.get(self.usernames.get(&phone)?)
    }

    pub(super) fn username(&self, phone: PhoneKey) -> Option<&str> {
        self.usernames.get(&phone).map(String::as_str)
    }

    pub fn extension(&self, user: UserId) -> Option<&str> {
        self.of_user.get(&user).map(String::as_str)
    }

    pub(super) fn phones_of(&self, user: UserId) -> &[PhoneKey] {
        self.phones.get(&user).map(Vec::as_slice).unwrap_or_default()
    }
}
