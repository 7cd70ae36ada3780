use std::net::Ipv4Addr;

use proptest::prelude::*;

use super::*;

const KEY: &str = "inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz|2^20";
const KEY_256: &str = "inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLQ==";

fn local() -> Local {
    Local::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 20_000, 7)
}

fn keys(seed: u8) -> Box<LocalKeys> {
    let mut random = [seed; LocalKeys::RANDOM];
    random.iter_mut().enumerate().for_each(|(n, byte)| *byte = byte.wrapping_add(n as u8));
    Box::new(LocalKeys::new(&random))
}

fn with_keys() -> Local {
    Local { security: Security::Optional(keys(1)), ..local() }
}

fn must_encrypt() -> Local {
    Local { security: Security::Required(keys(1)), ..local() }
}

fn offer_of(media: &str) -> Vec<u8> {
    format!("v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n{media}").into_bytes()
}

fn answered_by(local: &Local, media: &str) -> (String, Agreed) {
    let (answer, agreed) = answer(&offer_of(media), local).unwrap();
    parse(&answer).unwrap();
    (String::from_utf8(answer).unwrap(), agreed)
}

fn answered(media: &str) -> (String, Agreed) {
    answered_by(&local(), media)
}

fn streams(answer: &str) -> Vec<&str> {
    answer.lines().filter(|line| line.starts_with("m=")).collect()
}

#[test]
fn first_known_codec_and_any_event_number_are_taken() {
    let (answer, agreed) = answered(
        "m=audio 4000 RTP/AVP 18 0 8 121 96\r\na=rtpmap:96 AMR/8000\r\na=rtpmap:121 Telephone-Event/8000\r\n",
    );
    let expected = Agreed {
        remote: "192.0.2.9:4000".parse().unwrap(),
        codec: Codec::Pcmu,
        payload_type: 0,
        events: Some(121),
        send: true,
        receive: true,
        held: false,
        srtp: None,
        rtcp: Some("192.0.2.9:4001".parse().unwrap()),
        mux: false,
        packet_ms: 20,
    };
    assert_eq!(agreed, expected);
    assert!(answer.contains("m=audio 20000 RTP/AVP 0 121\r\n"), "{answer}");
    assert!(answer.contains("a=ptime:20\r\na=sendrecv\r\n"));
}

#[test]
fn g722_is_agreed_on_with_its_historical_clock() {
    let (answer, agreed) = answered("m=audio 4000 RTP/AVP 9 8 101\r\na=rtpmap:101 telephone-event/8000\r\n");
    assert_eq!((agreed.codec, agreed.payload_type, agreed.events), (Codec::G722, 9, Some(101)));
    assert!(answer.contains("a=rtpmap:9 G722/8000\r\n"), "{answer}");
}

#[test]
fn a_preferred_codec_goes_before_the_order_of_the_offer() {
    let prefer = |codec| Local { prefer: Some(codec), ..local() };
    let offer = "m=audio 4000 RTP/AVP 9 0 8\r\n";
    assert_eq!(answered_by(&prefer(Codec::Pcma), offer).1.codec, Codec::Pcma);
    assert_eq!(answered_by(&prefer(Codec::Pcma), "m=audio 4000 RTP/AVP 9 0\r\n").1.codec, Codec::G722);
}

#[test]
fn dynamic_numbers_are_codecs_by_their_names() {
    let (answer, agreed) = answered(
        "m=audio 4000 RTP/AVP 110 111 112 113\r\na=rtpmap:110 opus/48000/2\r\na=rtpmap:111 pcma/8000/1\r\n\
         a=rtpmap:112 telephone-event/48000\r\na=rtpmap:113 telephone-event/8000\r\n",
    );
    assert_eq!((agreed.codec, agreed.payload_type, agreed.events), (Codec::Pcma, 111, Some(113)));
    assert!(answer.contains("m=audio 20000 RTP/AVP 111 113\r\na=rtpmap:111 PCMA/8000\r\n"), "{answer}");
}

#[test]
fn every_stream_is_answered_in_its_order_and_others_are_refused() {
    let (answer, _) = answered(
        "m=video 5000 RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\nm=audio 4000 RTP/AVP 8\r\nm=audio 4002 RTP/AVP 8\r\n\
         m=application 4004 UDP/DTLS/SCTP webrtc-datachannel\r\n",
    );
    assert_eq!(
        streams(&answer),
        [
            "m=video 0 RTP/AVP 97",
            "m=audio 20000 RTP/AVP 8",
            "m=audio 0 RTP/AVP 8",
            "m=application 0 UDP/DTLS/SCTP webrtc-datachannel"
        ]
    );
}

#[test]
fn hold_is_understood_in_all_its_forms() {
    let cases = [
        ("a=sendonly\r\n", false, true, true, "a=recvonly"),
        ("a=inactive\r\n", false, false, true, "a=inactive"),
        ("a=recvonly\r\n", true, false, false, "a=sendonly"),
        ("c=IN IP4 0.0.0.0\r\n", false, true, true, "a=recvonly"),
        ("c=IN IP4 0.0.0.0\r\na=sendonly\r\n", false, true, true, "a=recvonly"),
        ("c=IN IP4 0.0.0.0\r\na=inactive\r\n", false, false, true, "a=inactive"),
        ("a=sendrecv\r\n", true, true, false, "a=sendrecv"),
    ];
    for (line, send, receive, held, ours) in cases {
        let (answer, agreed) = answered(&format!("m=audio 4000 RTP/AVP 8\r\n{line}"));
        assert_eq!((agreed.send, agreed.receive, agreed.held), (send, receive, held), "{line}");
        assert!(answer.contains(ours), "{answer}");
    }
    // The session's word counts where the stream says none.
    let offer = String::from_utf8(offer_of("m=audio 4000 RTP/AVP 8\r\n")).unwrap();
    let offer = offer.replace("t=0 0\r\n", "t=0 0\r\na=sendonly\r\n");
    assert!(answer(offer.as_bytes(), &local()).unwrap().1.held);
}

#[test]
fn our_hold_and_theirs_meet() {
    let holding = Local { direction: Direction::SendOnly, ..local() };
    for (theirs, send, receive, ours) in [
        ("sendrecv", true, false, "a=sendonly"),
        ("recvonly", true, false, "a=sendonly"),
        ("sendonly", false, false, "a=inactive"),
        ("inactive", false, false, "a=inactive"),
    ] {
        let (answer, agreed) = answered_by(&holding, &format!("m=audio 4000 RTP/AVP 8\r\na={theirs}\r\n"));
        assert_eq!((agreed.send, agreed.receive), (send, receive), "{theirs}");
        assert!(answer.contains(ours), "{answer}");
    }
    let offer = String::from_utf8(offer(&holding, &Wish::default())).unwrap();
    assert!(offer.ends_with("a=sendonly\r\n"), "{offer}");
    let agreed = accept(&offer_of("m=audio 4000 RTP/AVP 8\r\na=recvonly\r\n"), &holding, &Wish::default());
    let agreed = agreed.unwrap();
    assert_eq!((agreed.send, agreed.receive, agreed.held), (true, false, false));
}

#[test]
fn nothing_in_common_is_said() {
    for media in [
        "m=audio 4000 RTP/AVP 18\r\n",
        "m=audio 0 RTP/AVP 8\r\n",
        "m=audio 4000 UDP/TLS/RTP/SAVPF 8\r\n",
        "m=audio 4000 RTP/AVP 8\r\na=rtpmap:8 opus/48000/2\r\n",
        "m=audio 4000 RTP/AVP 8\r\nc=IN IP4 255.255.255.255\r\n",
        "m=audio 4000 RTP/AVP 8\r\nc=IN IP4 224.2.1.1/127\r\n",
        "m=audio 4000 RTP/AVP 8\r\nc=IN IP6 2001:db8::1\r\n",
        "m=audio 4000 RTP/AVP 8\r\nc=IN IP4 phone.example.rs\r\n",
        "m=audio 4000 RTP/AVP 999 -1 x\r\n",
        "",
        "m=image 4000 udptl t38\r\n",
    ] {
        assert_eq!(answer(&offer_of(media), &local()), Err(SdpError::NothingInCommon), "{media}");
    }
    assert!(matches!(answer(b"nonsense", &local()), Err(SdpError::Unreadable(_))));
    assert!(matches!(answer(&vec![b'v'; 70_000], &local()), Err(SdpError::Unreadable(_))));
    let many = "m=audio 4000 RTP/AVP 8\r\n".repeat(17);
    assert!(matches!(answer(&offer_of(&many), &local()), Err(SdpError::Unreadable(_))));
}

#[test]
fn our_offer_is_accepted_by_our_answer() {
    let other = Local { port: 30_000, ..local() };
    let (theirs, at_them) = answer(&offer(&local(), &Wish::default()), &other).unwrap();
    let ours = accept(&theirs, &local(), &Wish::default()).unwrap();
    assert_eq!((ours.codec, ours.events, ours.remote.port()), (Codec::Pcma, Some(101), 30_000));
    assert_eq!((at_them.codec, at_them.events, at_them.remote.port()), (Codec::Pcma, Some(101), 20_000));
}

#[test]
fn the_wished_codec_and_event_number_stand_in_our_offer() {
    let wish = Wish { first: Some(Codec::G722), events: Some(96), ..Wish::default() };
    let offer = String::from_utf8(offer(&local(), &wish)).unwrap();
    assert!(offer.contains("m=audio 20000 RTP/AVP 9 8 0 96\r\n"), "{offer}");
    assert!(offer.contains("a=rtpmap:96 telephone-event/8000\r\na=fmtp:96 0-15\r\n"), "{offer}");
}

#[test]
fn encrypted_offers_are_answered_with_the_same_tag_suite_and_transport() {
    for (profile, name, key, taken) in [
        ("RTP/SAVP", "AES_CM_128_HMAC_SHA1_80", KEY, true),
        ("RTP/SAVPF", "AES_CM_128_HMAC_SHA1_32", KEY, true),
        ("RTP/SAVP", "AES_256_CM_HMAC_SHA1_80", KEY_256, true),
        ("RTP/SAVP", "AES_CM_256_HMAC_SHA1_32", KEY_256, true),
        // Best effort: plain RTP with keys (as baresip's `mediaenc=srtp`).
        ("RTP/AVP", "AES_CM_128_HMAC_SHA1_80", KEY, true),
        ("RTP/SAVP", "AES_CM_128_HMAC_SHA1_80", KEY_256, false),
        ("RTP/SAVP", "AEAD_AES_128_GCM", KEY, false),
    ] {
        let media = format!(
            "m=audio 4000 {profile} 8\r\na=crypto:1 UNKNOWN inline:AAAA\r\na=crypto:5 {name} {key}\r\n"
        );
        let result = answer(&offer_of(&media), &with_keys());
        if !taken {
            assert_eq!(result, Err(SdpError::NeedsEncryption), "{name}");
            continue;
        }
        let (answer, agreed) = result.unwrap();
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.contains(&format!("m=audio 20000 {profile} 8\r\n")), "{answer}");
        assert!(answer.contains(&format!("a=crypto:5 {name} inline:")), "{answer}");
        assert_eq!(answer.matches("a=crypto").count(), 1);
        assert!(agreed.srtp.is_some());
    }
}

#[test]
fn encryption_that_one_side_must_have_and_the_other_has_not_is_refused() {
    let secure = format!("m=audio 4000 RTP/SAVP 8\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 {KEY}\r\n");
    assert_eq!(answer(&offer_of(&secure), &local()), Err(SdpError::NeedsEncryption));
    let without_lines = "m=audio 4000 RTP/SAVP 8\r\n";
    assert_eq!(answer(&offer_of(without_lines), &with_keys()), Err(SdpError::NeedsEncryption));
    let parameters =
        format!("m=audio 4000 RTP/SAVP 8\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 {KEY} UNENCRYPTED_SRTP\r\n");
    assert_eq!(answer(&offer_of(&parameters), &with_keys()), Err(SdpError::NeedsEncryption));
    let plain = "m=audio 4000 RTP/AVP 8\r\n";
    assert_eq!(answer(&offer_of(plain), &must_encrypt()), Err(SdpError::NotEncrypted));
    assert_eq!(answered_by(&with_keys(), plain).1.srtp, None);
    // Keys for whom we have none are not taken and not answered.
    let best_effort = secure.replace("SAVP", "AVP");
    let (answer, agreed) = answered(&best_effort);
    assert!(agreed.srtp.is_none() && !answer.contains("crypto"), "{answer}");
}

#[test]
fn of_an_encrypted_and_a_plain_stream_the_encrypted_one_is_taken() {
    let media = format!(
        "m=audio 4000 RTP/AVP 8\r\nm=audio 4002 RTP/SAVP 8\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 {KEY}\r\n"
    );
    let (answer, agreed) = answered_by(&with_keys(), &media);
    assert_eq!(streams(&answer), ["m=audio 0 RTP/AVP 8", "m=audio 20000 RTP/SAVP 8"]);
    assert!(agreed.srtp.is_some());
    let (answer, agreed) = answered(&media);
    assert_eq!(streams(&answer), ["m=audio 20000 RTP/AVP 8", "m=audio 0 RTP/SAVP 8"]);
    assert!(agreed.srtp.is_none());
}

#[test]
fn both_sides_of_an_encrypted_session_have_the_same_keys_crosswise() {
    let wish = Wish { secure: true, ..Wish::default() };
    let them = Local { port: 30_000, security: Security::Optional(keys(99)), ..local() };
    for us in [with_keys(), must_encrypt()] {
        let (theirs, at_them) = answer(&offer(&us, &wish), &them).unwrap();
        let ours = accept(&theirs, &us, &wish).unwrap().srtp.unwrap();
        let at_them = at_them.srtp.unwrap();
        assert_eq!((&ours.local, &ours.remote), (&at_them.remote, &at_them.local));
        // The second line of ours taken, with its own key.
        let theirs = String::from_utf8(theirs).unwrap();
        let at = theirs.find("a=crypto").unwrap();
        let second = format!("{}a=crypto:2 AES_256_CM_HMAC_SHA1_80 {KEY_256}\r\n", &theirs[..at]);
        let ours = accept(second.as_bytes(), &us, &wish).unwrap().srtp.unwrap();
        assert_eq!(ours.local.keying().len(), 46);
    }
}

#[test]
fn an_answer_without_the_encryption_that_we_offered_is_refused() {
    let (us, wish) = (with_keys(), Wish { secure: true, ..Wish::default() });
    for media in [
        "m=audio 4000 RTP/AVP 8\r\n".to_owned(),
        "m=audio 4000 RTP/SAVP 8\r\n".to_owned(),
        format!("m=audio 4000 RTP/SAVP 8\r\na=crypto:7 AES_CM_128_HMAC_SHA1_80 {KEY}\r\n"),
        format!("m=audio 4000 RTP/SAVP 8\r\na=crypto:2 AES_CM_128_HMAC_SHA1_80 {KEY}\r\n"),
    ] {
        assert_eq!(accept(&offer_of(&media), &us, &wish), Err(SdpError::NotEncrypted), "{media}");
    }
    // We offered plain RTP: keys in the answer are keys for nothing.
    let media = format!("m=audio 4000 RTP/AVP 8\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 {KEY}\r\n");
    assert_eq!(accept(&offer_of(&media), &us, &Wish::default()).unwrap().srtp, None);
}

#[test]
fn encryption_that_is_only_wished_for_is_offered_to_those_who_have_it() {
    let wish = Wish { secure: true, or_plain: true, ..Wish::default() };
    let us = with_keys();
    let ours = offer(&us, &wish);
    let text = String::from_utf8(ours.clone()).unwrap();
    assert!(text.contains(" RTP/AVP ") && text.contains("a=crypto:1 "), "{text}");
    let (theirs, at_them) =
        answer(&ours, &Local { security: Security::Optional(keys(99)), ..local() }).unwrap();
    assert!(at_them.srtp.is_some() && accept(&theirs, &us, &wish).unwrap().srtp.is_some());
    let (theirs, at_them) = answer(&ours, &local()).unwrap();
    assert!(at_them.srtp.is_none() && accept(&theirs, &us, &wish).unwrap().srtp.is_none());
    // Who must encrypt does not let itself be talked out of it.
    assert!(String::from_utf8(offer(&must_encrypt(), &wish)).unwrap().contains(" RTP/SAVP "));
    assert_eq!(accept(&theirs, &must_encrypt(), &wish), Err(SdpError::NotEncrypted));
}

#[test]
fn rtcp_goes_where_the_peer_says() {
    let rtcp =
        |line: &str| answered(&format!("m=audio 4000 RTP/AVP 8\r\n{line}")).1.rtcp.map(|a| a.to_string());
    assert_eq!(rtcp("a=rtcp:5011\r\n").as_deref(), Some("192.0.2.9:5011"));
    assert_eq!(rtcp("a=rtcp:5011 IN IP4 192.0.2.77\r\n").as_deref(), Some("192.0.2.77:5011"));
    assert_eq!(rtcp("a=rtcp:0\r\n"), None);
    assert_eq!(rtcp("a=rtcp:5011 IN IP4 224.0.0.1\r\n"), None);
    let (answer, agreed) = answered("m=audio 4000 RTP/AVP 8\r\na=rtcp:5011\r\na=rtcp-mux\r\n");
    assert_eq!((agreed.mux, agreed.rtcp), (true, Some(agreed.remote)));
    assert!(answer.contains("a=rtcp-mux\r\n"));
    assert!(!answered("m=audio 4000 RTP/AVP 8\r\n").0.contains("rtcp-mux"));
    assert_eq!(answered("m=audio 65535 RTP/AVP 8\r\n").1.rtcp, None);
}

#[test]
fn shorter_packets_are_sent_to_who_takes_no_longer_ones() {
    let packet_ms = |line: &str| answered(&format!("m=audio 4000 RTP/AVP 8\r\n{line}")).1.packet_ms;
    for line in ["", "a=ptime:30\r\n", "a=maxptime:150\r\n", "a=maxptime:20\r\n", "a=maxptime:x\r\n"] {
        assert_eq!(packet_ms(line), 20, "{line}");
    }
    assert_eq!(packet_ms("a=maxptime:10\r\n"), 10);
}

#[test]
fn version_6_addresses_are_agreed_on() {
    let us = Local::new("2001:db8::1".parse().unwrap(), 20_000, 7);
    let offer = "v=0\r\no=- 1 1 IN IP6 2001:db8::9\r\ns=-\r\nc=IN IP6 2001:db8::9\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n";
    let (answer, agreed) = answer(offer.as_bytes(), &us).unwrap();
    assert_eq!(agreed.remote, "[2001:db8::9]:4000".parse().unwrap());
    assert!(String::from_utf8(answer).unwrap().contains("c=IN IP6 2001:db8::1\r\n"));
    let held = offer.replace("c=IN IP6 2001:db8::9", "c=IN IP6 ::");
    assert!(super::answer(held.as_bytes(), &us).unwrap().1.held);
}

#[test]
fn unusual_descriptions_of_real_equipment_are_read() {
    for text in [
        // Line feeds alone, no session name, a trailing space, a connection per stream, several ports.
        "v=0\no=- 1 1 IN IP4 192.0.2.9\nt=0 0\nm=audio 4000/1 RTP/AVP 8 \nc=IN IP4 192.0.2.9\n",
        "v=0\r\no=user 20518 0 IN IP4 203.0.113.1\r\ns= \r\nt=0 0\r\nc=IN IP4 203.0.113.1\r\n\
         m=audio 54400 RTP/AVP 0 96 97\r\na=rtpmap:0 PCMU/8000\r\na=candidate:1 1 UDP 2130706431 203.0.113.1 54400 typ host\r\n",
        "v=0\r\no=mhandley 29739 7272939 IN IP4 192.0.2.3\r\ns=-\r\ni=x\r\ne=a@example.com\r\nc=IN IP4 192.0.2.4\r\n\
         b=AS:64\r\nt=0 0\r\nm=audio 49217 RTP/AVP 0 12\r\ni=mic\r\nb=TIAS:64000\r\nm=video 3227 RTP/AVP 31\r\na=rtpmap:31 LPC\r\n",
    ] {
        assert!(answer(text.as_bytes(), &local()).is_ok(), "{text}");
    }
}

proptest! {
    /// Whatever is offered, our answer has a line for every line and can be read; and what we agree on is sound.
    #[test]
    fn no_offer_breaks_the_answer(
        lines in proptest::collection::vec(
            prop_oneof![
                "(audio|video) [0-9]{1,5} (RTP/S?AVPF?|udptl) [0-9 ]{1,12}".prop_map(|m| format!("m={m}")),
                "(sendonly|recvonly|inactive|rtcp-mux|rtcp:[0-9]{1,6}|maxptime:[0-9.]{1,4}|ptime:[0-9]{1,3})"
                    .prop_map(|a| format!("a={a}")),
                "[0-9]{1,3} (PCMA|PCMU|G722|telephone-event)/8000(/1)?".prop_map(|a| format!("a=rtpmap:{a}")),
                Just(format!("a=crypto:1 AES_CM_128_HMAC_SHA1_80 {KEY}")),
                "[ -~]{0,30}".prop_map(|a| format!("a={a}")),
                "c=IN IP4 [0-9.]{1,15}",
            ],
            0..14,
        )
    ) {
        let offer = offer_of(&lines.iter().map(|line| format!("{line}\r\n")).collect::<String>());
        for us in [local(), with_keys(), must_encrypt()] {
            let _ = accept(&offer, &us, &Wish { secure: true, ..Wish::default() });
            if let Ok((answer, agreed)) = answer(&offer, &us) {
                let offered = parse(&offer).unwrap().medias;
                let answered = parse(&answer).unwrap().medias;
                prop_assert_eq!(offered.len(), answered.len());
                prop_assert_eq!(answered.iter().filter(|media| media.port == us.port).count(), 1);
                prop_assert!(!(agreed.held && agreed.send));
                prop_assert!(agreed.srtp.is_some() || !us.security.is_required());
            }
        }
    }
}
