//! Mails as they come, and as they should not.

use super::*;

const OWN: Own<'static> =
    Own { domain: "grad.rs", address: "pisarnica@grad.rs", return_address: "povratak@grad.rs" };

fn mail(text: &str) -> Mail {
    read(text.replace('\n', "\r\n").as_bytes(), OWN)
}

#[test]
fn mail_of_a_citizen_is_read_whole() {
    let mail = mail(concat!(
        "Return-Path: <ana@example.rs>\nFrom: =?utf-8?B?0JDQvdCwINCf0LXRgtGA0L7QstC40Zs=?= <Ana@Example.rs>\n",
        "To: \"Писарница\" <pisarnica@grad.rs>, drugi@grad.rs\nCc: Treci <treci@grad.rs>\n",
        "Subject: =?utf-8?B?0KDRg9C/0LAg0L3QsA==?=\n =?utf-8?B?INC/0YPRgtGD?=\nMessage-ID: <abc@example.rs>\n",
        "In-Reply-To: <x@y>\nReferences: <w@y>\n <x@y>\nDate: Mon, 23 Nov 2026 10:00:00 +0100\nMIME-Version: 1.0\n",
        "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\n",
        "Content-Transfer-Encoding: base64\n\n0J/QvtGI0YLQvtCy0LDQvdC4LA0K0YDRg9C/0LAu\n--b\n",
        "Content-Type: image/jpeg; name=\"=?utf-8?B?0YHQu9C40LrQsC5qcGc=?=\"\nContent-Disposition: attachment;\n",
        " filename*=utf-8''%D1%81%D0%BB%D0%B8%D0%BA%D0%B0.jpg\nContent-Transfer-Encoding: base64\n\n/9j/4AA=\n--b--\n",
    ));
    assert_eq!(mail.from, Some(Mailbox { name: "Ана Петровић".into(), address: "Ana@Example.rs".into() }));
    assert_eq!(mail.to.len(), 2);
    assert_eq!(mail.cc[0].address, "treci@grad.rs");
    assert_eq!(mail.subject, "Рупа на путу");
    assert_eq!(mail.message_id.as_deref(), Some("abc@example.rs"));
    assert_eq!(
        (mail.in_reply_to, mail.references),
        (vec!["x@y".into()], vec!["w@y".to_owned(), "x@y".into()])
    );
    assert_eq!(mail.date, Some(1_795_424_400));
    assert_eq!(mail.words.own, "Поштовани,\nрупа.");
    assert_eq!(mail.kind, Kind::Ordinary);
    let [file] = mail.attachments.as_slice() else { panic!("{:?}", mail.attachments) };
    assert_eq!((file.name.as_str(), file.declared.as_str()), ("слика.jpg", "image/jpeg"));
    assert_eq!(file.bytes, [0xff, 0xd8, 0xff, 0xe0, 0]);
}

#[test]
fn raw_octets_in_the_head_and_in_names_are_read() {
    let (subject, ..) = encoding_rs::WINDOWS_1251.encode("Рупа на путу");
    let (name, ..) = encoding_rs::WINDOWS_1250.encode("račun š.pdf");
    let mut raw = b"From: ana@example.rs\r\nSubject: ".to_vec();
    raw.extend_from_slice(&subject);
    raw.extend_from_slice(b"\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\n\r\nTekst\r\n--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=\"");
    raw.extend_from_slice(&name);
    raw.extend_from_slice(b"\"\r\n\r\n%PDF\r\n--b--\r\n");
    let mail = read(&raw, OWN);
    assert_eq!(mail.subject, "Рупа на путу");
    assert_eq!(mail.words.own, "Tekst");
    assert_eq!(mail.attachments[0].name, "račun š.pdf");
    assert_eq!(mail.attachments[0].bytes, b"%PDF");
}

#[test]
fn html_alone_is_text_without_what_it_quotes() {
    let mail = mail(
        "From: a@b.rs\nContent-Type: text/html; charset=utf-8\n\n<html><head><style>p{}</style></head><body><p>Нема воде &amp; струје</p><div class=\"gmail_quote\">Дана 5. маја <b>Општина</b> је написала:<blockquote>Стари текст</blockquote></div></body></html>",
    );
    assert_eq!(mail.words.own, "Нема воде & струје");
    assert!(mail.words.rest.contains("Стари текст"));
}

#[test]
fn answer_from_an_old_outlook_has_its_words_its_subject_and_the_files_of_its_winmail() {
    let (words, ..) = encoding_rs::WINDOWS_1250.encode("Kvar će biti otklonjen do četvrtka.");
    let (subject, ..) = encoding_rs::WINDOWS_1251.encode("ОДГ: [400-1/2026-01 #abcdefghjk] Квар на мрежи");
    let winmail = tnef::tests::winmail(&[(b"resenje.pdf", b"%PDF-1.7")]);
    let mut raw = b"From: vodovod@example.rs\r\nSubject: ".to_vec();
    raw.extend_from_slice(&subject);
    raw.extend_from_slice(b"\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\nContent-Type: text/plain; charset=windows-1250\r\nContent-Transfer-Encoding: 8bit\r\n\r\n");
    raw.extend_from_slice(&words);
    raw.extend_from_slice(b"\r\n\r\n________________________________\r\nOd: Grad\r\nPoslato: ponedeljak\r\nNaslov: staro\r\n--b\r\nContent-Type: application/ms-tnef; name=\"winmail.dat\"\r\nContent-Disposition: attachment; filename=\"winmail.dat\"\r\nContent-Transfer-Encoding: binary\r\n\r\n");
    raw.extend_from_slice(&winmail);
    raw.extend_from_slice(b"\r\n--b--\r\n");
    let mail = read(&raw, OWN);
    assert_eq!(mail.words.own, "Kvar će biti otklonjen do četvrtka.");
    assert!(mail.words.rest.contains("Poslato: ponedeljak"));
    assert_eq!(mail.subject, "ОДГ: [400-1/2026-01 #abcdefghjk] Квар на мрежи");
    let files: Vec<_> =
        mail.attachments.iter().map(|file| (file.name.as_str(), file.bytes.as_slice())).collect();
    assert_eq!(files, [("resenje.pdf", &b"%PDF-1.7"[..])]);
    assert_eq!(mail.kind, Kind::Ordinary);
}

#[test]
fn plain_text_is_preferred_to_html() {
    let mail = mail(
        "From: a@b.rs\nContent-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\nobican\n--b\nContent-Type: text/html\n\n<p>html</p>\n--b--\n",
    );
    assert_eq!(mail.words.own, "obican");
    assert!(mail.attachments.is_empty());
}

#[test]
fn own_words_are_told_from_quotation_and_signature() {
    for (text, own, rest) in [
        ("Хвала!\n\n-- \nАна\n064", "Хвала!", "-- \nАна\n064"),
        (
            "Да.\n\nДана 5. 5. 2026. Општина је написала:\n> Питање?\n> Да?",
            "Да.",
            "Дана 5. 5. 2026. Општина је написала:\n> Питање?\n> Да?",
        ),
        (
            "Da.\n\nOn Mon, 5 May 2026 at 10:00, Grad <pisarnica@grad.rs>\nwrote:\n\n> Pitanje",
            "Da.",
            "On Mon, 5 May 2026 at 10:00, Grad <pisarnica@grad.rs>\nwrote:\n\n> Pitanje",
        ),
        (
            "Da.\n\n-----Original Message-----\nFrom: x\nstaro",
            "Da.",
            "-----Original Message-----\nFrom: x\nstaro",
        ),
        ("Da.\n\nOd: Grad\nPoslato: ponedeljak\nstaro", "Da.", "Od: Grad\nPoslato: ponedeljak\nstaro"),
        ("> Pitanje?\n\nDa.", "Da.", "> Pitanje?"),
        // Answered between the lines: it stays together.
        ("> Prvo?\nDa.\n> Drugo?\nNe.", "> Prvo?\nDa.\n> Drugo?\nNe.", ""),
        ("> samo navod", "> samo navod", ""),
        ("Bez navoda", "Bez navoda", ""),
        ("", "", ""),
    ] {
        let words = words::separate(text, "");
        assert_eq!((words.own.as_str(), words.rest.as_str()), (own, rest), "{text}");
    }
}

#[test]
fn kinds_are_told_apart() {
    let kind = |head: &str| mail(&format!("From: a@b.rs\n{head}\nSubject: s\n\ntekst")).kind;
    assert_eq!(kind("X-A: b"), Kind::Ordinary);
    assert_eq!(kind("Auto-Submitted: no"), Kind::Ordinary);
    assert_eq!(kind("Auto-Submitted: auto-replied (vacation)"), Kind::AutoReply);
    assert_eq!(kind("Auto-Submitted: auto-generated"), Kind::Bulk);
    assert_eq!(kind("X-Autoreply: yes"), Kind::AutoReply);
    assert_eq!(kind("Precedence: auto_reply"), Kind::AutoReply);
    assert_eq!(kind("Return-Path: <>\nIn-Reply-To: <x@y>"), Kind::AutoReply);
    assert_eq!(kind("Precedence: bulk"), Kind::Bulk);
    assert_eq!(kind("List-Unsubscribe: <mailto:x@y>"), Kind::Bulk);
    assert_eq!(kind("X-Auto-Response-Suppress: DR, OOF"), Kind::Bulk);
    assert_eq!(kind("Return-Path: <>"), Kind::Bulk);
    assert_eq!(kind("Message-ID: <odziv.1.2.3@grad.rs>"), Kind::Loop(LoopWhy::Ours));
    assert_eq!(kind("Message-ID: <odziv.1.2.3@drugi.rs>"), Kind::Ordinary);
    assert_eq!(kind("X-Odziv-Loop: grad.rs"), Kind::Loop(LoopWhy::Ours));
    assert_eq!(kind(&["Received: from a by b"; 51].join("\n")), Kind::Loop(LoopWhy::TooManyHops));
    let away = mail(
        "From: a@b.rs\nIn-Reply-To: <odziv.1.2.3@grad.rs>\nSubject: Аутоматски одговор: предмет\n\nНисам ту",
    );
    assert_eq!(away.kind, Kind::AutoReply);
}

#[test]
fn bounce_of_postfix_names_recipient_status_and_mail() {
    let mail = mail(concat!(
        "Return-Path: <>\nFrom: MAILER-DAEMON@mx.rs (Mail Delivery System)\nSubject: Undelivered Mail Returned to Sender\n",
        "Auto-Submitted: auto-replied\nContent-Type: multipart/report; report-type=delivery-status;\n\tboundary=\"b/x\"\n\n",
        "--b/x\nContent-Description: Notification\nContent-Type: text/plain\n\nI'm sorry\n--b/x\n",
        "Content-Description: Delivery report\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.rs\n",
        "X-Postfix-Queue-ID: 1\n\nFinal-Recipient: rfc822; Nema@Example.rs\nOriginal-Recipient: rfc822;Nema@Example.rs\n",
        "Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 <nema@example.rs>: Recipient\n    address rejected\n--b/x\n",
        "Content-Description: Undelivered Message\nContent-Type: message/rfc822\n\nFrom: pisarnica@grad.rs\n",
        "Message-ID: <odziv.5.6.abc@grad.rs>\nSubject: x\n\ntelo\n--b/x--\n",
    ));
    let Kind::Bounce(report) = mail.kind else { panic!("{:?}", mail.kind) };
    assert_eq!(report.original_id.as_deref(), Some("odziv.5.6.abc@grad.rs"));
    let worst = report.worst().unwrap();
    assert_eq!(
        (worst.address.as_str(), worst.action, worst.status.as_str()),
        ("nema@example.rs", Action::Failed, "5.1.1")
    );
    assert_eq!(worst.diagnostic, "550 5.1.1 <nema@example.rs>: Recipient address rejected");
}

#[test]
fn proof_of_delivery_names_its_mail_also_when_nothing_of_it_is_returned() {
    let report = |returned: &str| {
        let text = format!(
            "Return-Path: <>\nFrom: MAILER-DAEMON@mx.rs\nSubject: Successful Mail Delivery Report\nAuto-Submitted: auto-replied\n\
             Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\n\n--b\nContent-Type: text/plain\n\n\
             Your message was successfully delivered\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.rs\n\
             Original-Envelope-Id: odziv.5.6.abc@grad.rs\n\nFinal-Recipient: rfc822; ana@example.rs\nAction: delivered\n\
             Status: 2.0.0\n{returned}--b--\n"
        );
        match mail(&text).kind {
            Kind::Bounce(report) => report,
            other => panic!("{other:?}"),
        }
    };
    let headers =
        "--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <odziv.5.6.abc@grad.rs>\nSubject: x\n\n";
    for returned in ["", headers] {
        let report = report(returned);
        assert_eq!(report.original_id.as_deref(), Some("odziv.5.6.abc@grad.rs"));
        assert_eq!(report.worst().unwrap().action, Action::Delivered);
    }
}

#[test]
fn bounces_in_words_are_understood() {
    let qmail = mail(concat!(
        "Return-Path: <>\nFrom: MAILER-DAEMON@mx.rs\nSubject: failure notice\n\nHi. This is the qmail-send program at mx.rs.\n\n",
        "<nema@example.rs>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this line is a copy of the message.\n\n",
        "Message-ID: <odziv.5.6.abc@grad.rs>\n",
    ));
    let Kind::Bounce(report) = qmail.kind else { panic!("{:?}", qmail.kind) };
    assert_eq!(report.original_id.as_deref(), Some("odziv.5.6.abc@grad.rs"));
    assert_eq!(
        (report.recipients[0].status.as_str(), report.recipients[0].address.as_str()),
        ("5.1.1", "nema@example.rs")
    );
    let exim = mail(concat!(
        "X-Failed-Recipients: nema@example.rs\nFrom: Mail Delivery System <Mailer-Daemon@mx.rs>\n",
        "Subject: Mail delivery failed: returning message to sender\nReferences: <odziv.5.6.abc@grad.rs>\n\n  nema@example.rs\n    Unrouteable address\n",
    ));
    let Kind::Bounce(report) = exim.kind else { panic!("{:?}", exim.kind) };
    assert_eq!(
        (report.original_id.as_deref(), report.recipients[0].action),
        (Some("odziv.5.6.abc@grad.rs"), Action::Failed)
    );
    let delayed = mail(concat!(
        "From: a@b.rs\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n",
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@b.rs\nAction: delayed\nStatus: 4.4.1\n--b--\n",
    ));
    assert!(matches!(delayed.kind, Kind::Bounce(r) if r.recipients[0].action == Action::Delayed));
}

#[test]
fn mail_within_a_mail_is_a_file() {
    let mail = mail(concat!(
        "From: a@b.rs\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nvidi prilog\n--b\nContent-Type: message/rfc822\n\n",
        "From: c@d.rs\nSubject: unutra\nContent-Type: text/plain\n\nunutrasnje\n--b--\n",
    ));
    assert_eq!(mail.words.own, "vidi prilog");
    let [file] = mail.attachments.as_slice() else { panic!("{:?}", mail.attachments) };
    assert_eq!((file.name.as_str(), file.declared.as_str()), ("message.eml", "message/rfc822"));
    assert!(String::from_utf8_lossy(&file.bytes).contains("unutrasnje"));
}

#[test]
fn monsters_are_bounded() {
    let nested = "Content-Type: message/rfc822\n\n".repeat(200_000);
    assert!(mail(&nested).attachments.len() <= 1);
    let encoded = {
        use base64::Engine as _;
        let inner = base64::engine::general_purpose::STANDARD.encode(&nested);
        mail(&format!(
            "From: a@b.rs\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n{inner}"
        ))
    };
    assert!(encoded.attachments.len() <= 1);
    let parts =
        "--b\nContent-Type: text/plain; name=x.txt\nContent-Disposition: attachment\n\nx\n".repeat(10_000);
    let many = mail(&format!("From: a@b.rs\nContent-Type: multipart/mixed; boundary=b\n\n{parts}--b--\n"));
    assert_eq!((many.attachments.len(), many.left_out), (50, 9_950));
    let deep: String =
        (0..50_000).map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n")).collect();
    assert!(mail(&deep).attachments.len() <= 1);
    let parameters = format!("From: a@b.rs\nContent-Type: text/plain; {}\n\nx", "a*1=b; ".repeat(100_000));
    assert_eq!(mail(&parameters).words.own, "x");
    let long =
        mail(&format!("From: a@b.rs\nSubject: {}\n\n{}", "x ".repeat(1_000_000), "слово ".repeat(500_000)));
    assert!(long.words.own.chars().count() <= body::MOST_TEXT && long.subject.len() <= 64 * 1024);
}

#[test]
fn what_is_no_mail_is_read_all_the_same() {
    for raw in [
        &b""[..],
        b"\n",
        b"\r\n\r\n",
        b"bez zaglavlja",
        b"\xff\xfe\x00",
        b"From: \n\n",
        b"Content-Type: multipart/mixed; boundary=\"\"\n\nx",
    ] {
        let mail = read(raw, OWN);
        assert_eq!(mail.kind, Kind::Ordinary);
    }
    assert_eq!(
        mail("From: a@b.rs\nContent-Transfer-Encoding: base64\n\nnije base64!!").words.own,
        "nije base64!!"
    );
}

#[test]
fn head_alone_has_sender_and_thread() {
    let mail = read_head(b"From: a@b.rs\r\nSubject: velika\r\nReferences: <x@y>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n", OWN);
    assert_eq!((mail.subject.as_str(), mail.references.len(), mail.words.own.as_str()), ("velika", 1, ""));
}

/// What the fuzzer does, for a moment: seeds with octets changed, cut and put together.
#[test]
fn mutated_mails_never_panic_and_never_break_a_line() {
    use rand::{Rng, SeedableRng};
    let seeds: Vec<Vec<u8>> = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/seeds/mail"))
        .unwrap()
        .map(|file| std::fs::read(file.unwrap().path()).unwrap())
        .collect();
    let mut chance = rand::rngs::StdRng::seed_from_u64(3464);
    const ODD: [&[u8]; 12] = [
        b"=?",
        b"?=",
        b"--b",
        b"\r\n\r\n",
        b"message/rfc822",
        b"multipart/digest",
        b"\0",
        b"\xff\xfe",
        b"<",
        b"\"",
        b"*0*=",
        b"\n ",
    ];
    for _ in 0..4_000 {
        let mut raw = seeds[chance.random_range(0..seeds.len())].clone();
        for _ in 0..chance.random_range(1..12) {
            let at = chance.random_range(0..=raw.len());
            match chance.random_range(0..4) {
                0 if at < raw.len() => raw[at] = chance.random(),
                1 => raw.truncate(at),
                2 => {
                    let odd = ODD[chance.random_range(0..ODD.len())];
                    raw.splice(at..at, odd.iter().copied());
                }
                _ => {
                    let other = &seeds[chance.random_range(0..seeds.len())];
                    let from = chance.random_range(0..other.len());
                    raw.extend_from_slice(&other[from..]);
                }
            }
        }
        let mail = read(&raw, OWN);
        assert!(!mail.subject.contains(['\n', '\r', '\0']));
        assert!(mail.attachments.iter().all(|file| !file.name.contains(['/', '\\', '\n', '\0'])));
        let _ = read_head(&raw, OWN);
    }
}

/// What a mail server wrote, as a report; its first recipient.
fn bounced(text: &str) -> (Option<String>, super::Recipient) {
    let mail = read(text.replace('\n', "\r\n").as_bytes(), OWN);
    let Kind::Bounce(report) = mail.kind else { panic!("{:?}", mail.kind) };
    (report.original_id, report.recipients.into_iter().next().unwrap())
}

#[test]
fn bounces_that_only_people_were_meant_to_read_are_read() {
    let (id, who) = bounced(
        "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.rs\nTo: pisarnica@grad.rs\nSubject: failure notice\n\n\
         Hi. This is the qmail-send program at mx.example.rs.\nI'm afraid I wasn't able to deliver your message to the following addresses.\n\
         This is a permanent error; I've given up. Sorry it didn't work out.\n\n<ana@example.rs>:\n\
         Sorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this line is a copy of the message.\n\n\
         Return-Path: <pisarnica@grad.rs>\nMessage-ID: <odziv.0.7.00000000000000ab@grad.rs>\nSubject: x\n\nx",
    );
    assert_eq!(
        (id.as_deref(), who.address.as_str()),
        (Some("odziv.0.7.00000000000000ab@grad.rs"), "ana@example.rs")
    );
    assert_eq!((who.status.as_str(), who.action), ("5.1.1", super::Action::Failed));
    assert!(who.diagnostic.contains("no mailbox here"), "{}", who.diagnostic);

    let (_, who) = bounced(
        "From: Microsoft Outlook <postmaster@firma.rs>\nTo: pisarnica@grad.rs\nSubject: Undeliverable: Obavestenje\n\n\
         Delivery has failed to these recipients or groups:\n\nAna Peric (ana@firma.rs)\n\
         The email address you entered couldn't be found.\n\nDiagnostic information for administrators:\n\
         ana@firma.rs\nRemote Server returned '550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found by SMTP address lookup'",
    );
    assert_eq!((who.address.as_str(), who.status.as_str()), ("ana@firma.rs", "5.1.10"));

    // Postfix, taken apart by a gateway: no report any more.
    let (_, who) = bounced(
        "From: MAILER-DAEMON@relay.rs (Mail Delivery System)\nSubject: Undelivered Mail Returned to Sender\n\
         Content-Type: multipart/mixed; boundary=b\n\n--b\n\nThis is the mail system at host relay.rs.\n\n\
         <ana@example.rs>: host mx.example.rs[192.0.2.1] said: 550 user unknown (in reply to RCPT TO command)\n\n--b--",
    );
    assert_eq!((who.address.as_str(), who.status.as_str()), ("ana@example.rs", ""));
    assert!(who.diagnostic.contains("550 user unknown"), "{}", who.diagnostic);

    // Nothing of it is known but the way that it came back.
    let text = "From: postmaster@example.rs\nTo: povratak+4d2.abcdefghjkmn@grad.rs\nSubject: Re: Obavestenje\n\n550 no such user";
    let (id, who) = bounced(text);
    assert_eq!((id, who.action), (None, super::Action::Failed));
    let mail = read(text.replace("postmaster@", "ana@").as_bytes(), OWN);
    assert_eq!(mail.kind, Kind::Ordinary, "a person who writes there is a person");
    assert_eq!(mail.delivered_to, ["povratak+4d2.abcdefghjkmn@grad.rs"]);
}

#[test]
fn complaint_names_the_mail_that_was_not_wanted() {
    let report = |kind: &str| {
        format!(
            "From: <feedback@provajder.rs>\nSubject: FW: Obavestenje\nMIME-Version: 1.0\n\
             Content-Type: multipart/report; report-type=feedback-report; boundary=\"b\"\n\n--b\nContent-Type: text/plain\n\n\
             This is an email abuse report.\n\n--b\nContent-Type: message/feedback-report\n\nFeedback-Type: {kind}\n\
             User-Agent: x/1\nVersion: 1\n\n--b\nContent-Type: message/rfc822\n\nFrom: <pisarnica@grad.rs>\n\
             Message-ID: <odziv.0.7.00000000000000ab@grad.rs>\nSubject: Obavestenje\n\nwords\n--b--\n"
        )
        .replace('\n', "\r\n")
    };
    let Kind::Complaint(complaint) = read(report("abuse").as_bytes(), OWN).kind else { panic!() };
    assert_eq!(complaint.original_id.as_deref(), Some("odziv.0.7.00000000000000ab@grad.rs"));
    let other = read(report("not-spam").as_bytes(), OWN).kind;
    assert!(!matches!(other, Kind::Complaint(_) | Kind::Bounce(_)), "{other:?}");
}
