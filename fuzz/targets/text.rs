//! What strangers write into headers, numbers and forms: addresses, URIs of SIP and telephones, digest challenges and credentials,
//! Replaces and Refer-To, Via, numbers as people dial them, extensions, templates. What we write of what we read is read the same.
#![no_main]

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use jiff::civil::date;
use libfuzzer_sys::fuzz_target;
use odziv::domain::extension::Extension;
use odziv::domain::outbound::{
    NumberForm, Numbering, Outbound, RouteRefused, Rule, Rules, Tariff, TrunkId, TrunkLimits, Who,
};
use odziv::domain::phone::PhoneNumber;
use odziv::domain::template;
use odziv::protocol::sip::digest::{Challenge, Credentials};
use odziv::protocol::sip::message::{NameAddr, ReferTo, Replaces, Uri, Via};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    // Lines of a message end at the latest where a control character stands.
    for line in text.split(char::is_control) {
        addresses(line);
        transfers(line);
        digests(line);
        numbers(line);
    }
    let filled = template::fill(text, &[("number", "{number}"), ("name", text)]);
    assert!(filled.len() <= (text.len() + 1) * (text.len() + 10));
});

fn addresses(line: &str) {
    if let Some(address) = NameAddr::parse(line) {
        assert!(!address.uri.is_empty());
        let _ = Uri::parse(&address.uri);
    }
    if let Some(uri) = Uri::parse(line) {
        let _ = (uri.user(), uri.address(), uri.is_sip(), uri.is_loose(), uri.to_string());
    }
    if let Some((via, rest)) = Via::parse(line) {
        let source = SocketAddr::from((Ipv4Addr::new(192, 0, 2, 1), 5060));
        let _ = (via.reply_address(source), via.is_from(source), via.has_magic_cookie());
        let answered = via.answered(source);
        assert!(Via::parse(&answered).is_some(), "{answered:?} of {line:?}");
        assert!(rest.is_none_or(|rest| rest.len() < line.len()));
    }
}

fn transfers(line: &str) {
    let _ = ReferTo::parse(line);
    if let Some(replaces) = Replaces::parse(line) {
        assert_eq!(Replaces::parse(&replaces.write()).as_ref(), Some(&replaces), "{line:?}");
    }
}

fn digests(line: &str) {
    if let Some(challenge) = Challenge::parse(line) {
        assert_eq!(Challenge::parse(&challenge.write()).as_ref(), Some(&challenge), "{line:?}");
        let answer = challenge.answer("mira", "a password", "REGISTER", "sip:odziv", "cnonce", 1);
        let secret = challenge.algorithm.secret("mira", &challenge.realm, "a password");
        let read = Credentials::parse(&answer.write());
        assert!(read.is_some_and(|read| read.verify(&secret, "REGISTER")), "our own answer to {line:?}");
    }
    if let Some(credentials) = Credentials::parse(line) {
        assert_eq!(Credentials::parse(&credentials.write()).as_ref(), Some(&credentials), "{line:?}");
        assert!(!credentials.verify("a secret that no input has", "INVITE"));
    }
}

fn numbers(line: &str) {
    if let Ok(number) = PhoneNumber::parse(line, "RS") {
        let again = PhoneNumber::parse(number.as_str(), "RS");
        assert_eq!(again.as_ref(), Ok(&number), "{line:?}");
        let _ = (number.search_forms(), number.masked());
    }
    if let Some(extension) = Extension::parse(line) {
        assert_eq!(Extension::parse(extension.as_str()).as_ref(), Some(&extension));
    }
    let outbound = outbound();
    let day = date(2026, 3, 2);
    match outbound.route(line, Who::System, day) {
        Ok(route) if route.emergency => assert!(route.number == "112"),
        Ok(route) => {
            assert!(route.number.starts_with("+381") && !route.number.starts_with("+38190"), "{route:?}");
            let forms = [NumberForm::Plus, NumberForm::Bare, NumberForm::National, NumberForm::Zeros];
            for form in forms {
                assert!(!outbound.written(&route.number, form).is_empty());
            }
            // What is shown in the notation of the country is dialled to the same place.
            let national = outbound.written(&route.number, NumberForm::National);
            let again = outbound.route(&national, Who::System, day).map(|again| again.number);
            assert_eq!(again.as_ref(), Ok(&route.number), "{line:?} as {national:?}");
        }
        Err(RouteRefused::NoTrunk | RouteRefused::SpendCap) => panic!("there is a trunk, and money"),
        Err(_) => {}
    }
}

fn outbound() -> Outbound {
    let rules = Rules {
        numbering: Numbering {
            country_code: "381".into(),
            national_prefix: "0".into(),
            international_prefix: "00".into(),
            area_code: "021".into(),
        },
        emergency: vec!["112".into()],
        short_numbers: vec![],
        premium: vec!["+38190".into()],
        rules: vec![Rule { prefixes: vec!["+381".into()], trunks: vec![TrunkId(0)], ..Rule::default() }],
        tariffs: vec![],
        default_tariff: Tariff::default(),
        daily_limit: None,
        reserve: Duration::from_secs(60),
    };
    let trunk = TrunkLimits { places_calls: true, channels: Some(2), per_second: 10, daily: None };
    Outbound::new(rules, vec![trunk], date(2026, 3, 2), &[])
}
