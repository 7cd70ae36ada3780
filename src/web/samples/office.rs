//! Pages of the administration.

use super::*;

pub(super) fn users() -> Vec<UserView> {
    vec![UserView {
        id: 1,
        login: "ana".into(),
        name: HOSTILE.into(),
        role: HOSTILE.into(),
        department: HOSTILE.into(),
        roles: choices(),
        departments: choices(),
        has_second_factor: true,
        email: crate::web::account::email::EmailView {
            address: HOSTILE.into(),
            failed: HOSTILE.into(),
            ..Default::default()
        },
        active: true,
        is_me: true,
    }]
}

pub(super) fn part() -> PartView {
    PartView { name: HOSTILE.into(), works: false, state: HOSTILE.into(), why: HOSTILE.into() }
}

pub(super) fn calls() -> CallsView {
    let trunk = TrunkView {
        name: HOSTILE.into(),
        lamp: "is-bad",
        state: HOSTILE.into(),
        way: HOSTILE.into(),
        target: "192.0.2.1:5060 (+1)".into(),
        registered_until: "14:05".into(),
        round_trip: "12 ms".into(),
        channels: "1 / 30".into(),
        spent: "0.00".into(),
        last_seen: String::new(),
        why: HOSTILE.into(),
    };
    CallsView {
        live: 1,
        accepted: 2,
        refused: 3,
        listening: vec!["udp 0.0.0.0:5060".into()],
        trunks: vec![trunk],
    }
}

pub(super) fn link() -> LinkView {
    LinkView {
        part: part(),
        address: "127.0.0.1:2775".into(),
        since: "14:05".into(),
        received: 1,
        accepted: 2,
        refused: 0,
        outstanding: 3,
    }
}

pub(super) fn phones(page: &Page) -> PhonesPage<'_> {
    let place = PlaceView {
        remote: "198.51.100.7:40000".into(),
        transport: "UDP",
        user_agent: HOSTILE.into(),
        since: "14:05".into(),
        nat: true,
    };
    let phone = |places| PhoneView {
        id: 1,
        label: HOSTILE.into(),
        username: "ana-k7fm".into(),
        added: "14:05".into(),
        last_seen: String::new(),
        places,
    };
    let secret = SecretView {
        label: HOSTILE.into(),
        server: "odziv.example".into(),
        username: "ana-k7fm".into(),
        password: "k7fm-2q9x".into(),
        uri: "sip:ana-k7fm:k7fm-2q9x@odziv.example;transport=tls".into(),
        link: HOSTILE.into(),
        qr: Some(QrView { side: 21, path: "M0 0h1v1h-1z".into() }),
    };
    PhonesPage {
        page,
        user_id: 1,
        name: HOSTILE.into(),
        login: "ana".into(),
        extension: "201".into(),
        phones: vec![phone(vec![place]), phone(Vec::new())],
        secret: Some(secret),
        problem: Some(HOSTILE.into()),
    }
}

pub(super) fn safety(page: &Page) -> SafetyPage<'_> {
    let ban = BannedView {
        address: "192.0.2.66".into(),
        why: HOSTILE.into(),
        since: "14:05".into(),
        until: "14:15".into(),
        dropped: 7,
    };
    let loud = |proven| LoudView { source: "192.0.2.66".into(), heard: 9, dropped: 1, proven };
    SafetyPage {
        page,
        bans: vec![ban],
        sources: vec![loud(true), loud(false)],
        counts: crate::telephony::handle::DoorCounts::default(),
    }
}
