//! Phones of operators.

use std::path::Path;

use odziv::actions::phone::NewPhone;
use odziv::actions::user::NewUser;
use odziv::actions::{Actions, Actor};
use odziv::clock::Clock;
use odziv::config::{cases::Cases, store::Store};
use odziv::domain::permission::Role;
use odziv::store::Db;

/// So many operators with so many phones each, written into the data folder of a server that has not started yet.
pub fn add_phones(data: &Path, operators: usize, each: usize) -> Vec<NewPhone> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        std::fs::create_dir_all(data).unwrap();
        let db = Db::open(&Store::default(), data).await.unwrap();
        let actions = Actions::new(db, Clock::system(), Cases::default()).await.unwrap();
        let mut phones = Vec::new();
        for n in 0..operators {
            let user = NewUser {
                login: format!("operator{n}"),
                name: format!("Operator {n}"),
                role: Role::Operator,
                department: None,
                password: "a-long-password".into(),
            };
            let user = actions.create_user(&Actor::System, user).await.unwrap();
            for _ in 0..each {
                phones.push(actions.add_phone(&Actor::System, user, "bench", "odziv").await.unwrap());
            }
        }
        actions.db().close().await;
        phones
    })
}
