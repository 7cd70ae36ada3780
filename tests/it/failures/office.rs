//! A municipality with one queue and two operators at real phones: the real server, real sockets, real sound.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use odziv::actions::Actor;
use odziv::actions::phone::NewPhone;
use odziv::actions::user::NewUser;
use odziv::domain::case::Channel;
use odziv::domain::id::UserId;
use odziv::domain::permission::Role;
use odziv::domain::queue::{QueueSettings, Strategy};
use odziv::store::case::CaseDetail;
use odziv::telephony::handle::{Board, OperatorState};
use tempfile::TempDir;
use tokio::time::timeout;

use super::softphone::{CallNo, PATIENCE, Quirks, Softphone};
use super::voice;
use crate::calls::{NUMBER, Server, Setup};

const PLAN: &str = r#"
schema = 1
language = "sr"

[number."+38121480000"]
start = "line"

[node.line.queue]
queue = "operators"
max_wait_s = 600
record = true
timeout = "tell"
no_agents = "tell"
overflow = "tell"
after = "end"

[node.tell.record]
prompt = "tell"
max_s = 30
min_s = 1
next = "end"

[node.end.hangup]
"#;

/// Loopback has many addresses: the citizens' trunk is at the first, each phone at one of its own.
const TRUNK: [u8; 4] = [127, 0, 0, 1];

pub struct Office {
    pub server: Server,
    pub people: Vec<NewPhone>,
    /// The other side of the trunk, when calls go out.
    pub trunk: Option<Softphone>,
    setup: Choice,
}

/// What a test chooses.
#[derive(Clone)]
pub struct Choice {
    pub strategy: Strategy,
    pub wrap_up: Duration,
    pub media: odziv::config::media::Media,
    pub plan: &'static str,
    pub trunk_places_calls: bool,
}

impl Default for Choice {
    fn default() -> Self {
        Self {
            strategy: Strategy::LongestIdle,
            wrap_up: Duration::from_secs(30),
            media: odziv::config::media::Media::default(),
            plan: PLAN,
            trunk_places_calls: false,
        }
    }
}

impl Office {
    pub async fn open() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(choose: impl FnOnce(&mut Choice)) -> Self {
        let mut choice = Choice::default();
        choose(&mut choice);
        let mut setup = Setup { plan: choice.plan, media: choice.media.clone(), ..Setup::default() };
        let mut trunk = None;
        if choice.trunk_places_calls {
            let nobody = SocketAddr::from((TRUNK, 9));
            let other = Softphone::at(TRUNK, nobody, None, voice::CITIZEN, Quirks::default());
            let ours = &mut setup.sip.trunk[0];
            (ours.server, ours.keepalive_s) = (Some(other.address().to_string()), 0);
            ours.number = Some(NUMBER.into());
            trunk = Some(other);
        }
        let server = Server::start_in(tempfile::tempdir().unwrap(), setup).await;
        let mut people = Vec::new();
        for login in ["ana", "bora"] {
            let user = NewUser {
                login: login.into(),
                name: login.into(),
                role: Role::Operator,
                department: None,
                password: "tajna-rec-1".into(),
            };
            let user = server.actions.create_user(&Actor::System, user).await.unwrap();
            people.push(server.actions.add_phone(&Actor::System, user, "desk", "odziv").await.unwrap());
        }
        let office = Self { server, people, trunk, setup: choice };
        let Choice { strategy, wrap_up, .. } = office.setup.clone();
        office.change_queue(|queue| (queue.strategy, queue.wrap_up) = (strategy, wrap_up)).await;
        office
    }

    pub async fn change_queue(&self, change: impl FnOnce(&mut QueueSettings)) {
        let mut rows = self.server.actions.db().queues().await.unwrap();
        let at = rows.iter().position(|row| row.settings.key == "operators").unwrap();
        let mut row = rows.remove(at);
        change(&mut row.settings);
        self.server.actions.put_queue(&Actor::System, row, false).await.unwrap();
    }

    pub fn ana(&self) -> UserId {
        self.people[0].user
    }

    pub fn bora(&self) -> UserId {
        self.people[1].user
    }

    pub fn extension(&self, of: usize) -> String {
        self.people[of].extension.as_ref().unwrap().to_string()
    }

    /// The desk phone of the first or the second operator, registered and ready.
    pub async fn desk(&self, of: usize, quirks: Quirks) -> Softphone {
        let account = self.people[of].clone();
        let (user, tone) = (account.user, [voice::ANA, voice::BORA][of]);
        let host = [127, 0, 0, 11 + of as u8];
        let phone = Softphone::at(host, self.server.address, Some(account), tone, quirks);
        // Strangers are refused until the door has read that there is a phone.
        self.until("known", |board| board.operators.iter().any(|operator| operator.user == user)).await;
        phone.register().await;
        self.until_state(user, |state| *state == OperatorState::Ready).await;
        phone
    }

    pub async fn desks(&self) -> (Softphone, Softphone) {
        (self.desk(0, Quirks::default()).await, self.desk(1, Quirks::default()).await)
    }

    /// Somebody calls the municipality.
    pub async fn citizen(&self, quirks: Quirks) -> (Softphone, CallNo) {
        let phone = Softphone::at(TRUNK, self.server.address, None, voice::CITIZEN, quirks);
        let call = phone.dial(NUMBER);
        (phone, call)
    }

    /// A citizen who talks with this operator.
    pub async fn talking(&self, operator: &Softphone) -> ((Softphone, CallNo), CallNo) {
        let (citizen, call) = self.citizen(Quirks::default()).await;
        let taken = operator.rung().await;
        operator.answer(taken);
        citizen.hears(call, operator.tone()).await;
        operator.hears(taken, citizen.tone()).await;
        ((citizen, call), taken)
    }

    pub async fn until(&self, what: &str, wanted: impl Fn(&Board) -> bool) {
        let mut changed = self.server.handle.changed();
        let wait = async {
            while !wanted(&self.server.handle.board()) {
                changed.changed().await.unwrap();
            }
        };
        if timeout(PATIENCE, wait).await.is_err() {
            panic!("never {what}: {:#?}", self.server.handle.board());
        }
    }

    pub async fn until_state(&self, user: UserId, wanted: impl Fn(&OperatorState) -> bool) {
        let is = |board: &Board| {
            board.operators.iter().any(|operator| operator.user == user && wanted(&operator.state))
        };
        self.until("in the wanted state", is).await;
    }

    /// Nobody talks, nobody is rung, nothing is to be written.
    pub async fn until_quiet(&self) {
        let quiet = async {
            while self.server.handle.live_calls() > 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, quiet).await.expect("calls are left");
        let idle = |board: &Board| {
            let busy =
                |state: &OperatorState| matches!(state, OperatorState::Ringing | OperatorState::Talking);
            board.calls.is_empty() && !board.operators.iter().any(|operator| busy(&operator.state))
        };
        self.until("quiet", idle).await;
    }

    /// All cases, each with what is known of it.
    pub async fn cases(&self) -> Vec<CaseDetail> {
        let mut cases = Vec::new();
        for id in self.server.cases().await {
            cases.push(self.server.actions.db().case_detail(id).await.unwrap().unwrap());
        }
        cases
    }

    pub async fn only_case(&self) -> CaseDetail {
        self.until_quiet().await;
        let mut cases = self.cases().await;
        assert_eq!(cases.len(), 1, "{cases:#?}");
        let case = cases.remove(0);
        assert!(matches!(case.case.channel, Channel::Call | Channel::MissedCall | Channel::Voicemail));
        case
    }

    /// Every file below the folder of recordings, relative to the data folder.
    pub fn files(&self) -> Vec<String> {
        sound_files(&self.server.folder)
    }

    /// Ends in good order and begins again in the same folder, at the same address.
    pub async fn restart(self) -> Self {
        let (people, setup, address) = (self.people, self.setup, self.server.address);
        let folder = self.server.end().await;
        Self::again(folder, people, setup, address).await
    }

    /// As after a kill: what was promised to nobody and written nowhere is gone.
    pub async fn crash(self) -> Self {
        self.crash_after(|_, _| {}).await
    }

    /// `change` finds the data folder as the kill left it, with its sound files.
    pub async fn crash_after(self, change: impl FnOnce(&Path, &[String])) -> Self {
        let (people, setup, address) = (self.people, self.setup, self.server.address);
        let folder = self.server.kill().await;
        change(folder.path(), &sound_files(&folder));
        Self::again(folder, people, setup, address).await
    }

    async fn again(folder: TempDir, people: Vec<NewPhone>, choice: Choice, address: SocketAddr) -> Self {
        let mut setup = Setup { plan: choice.plan, media: choice.media.clone(), ..Setup::default() };
        setup.sip.listen = address;
        Self { server: Server::start_in(folder, setup).await, people, trunk: None, setup: choice }
    }
}

fn sound_files(folder: &TempDir) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![folder.path().join("recordings")];
    while let Some(place) = open.pop() {
        for entry in std::fs::read_dir(place).into_iter().flatten() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => open.push(path),
                false => {
                    let name = path.strip_prefix(folder.path()).unwrap().to_str().unwrap();
                    found.push(name.to_owned());
                }
            }
        }
    }
    found.sort();
    found
}
