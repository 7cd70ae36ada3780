"""Citizens and institutions who write e-mails, over dovecot and postfix, against the built program."""

import base64
import os
import re
import signal
import sys
import time
from email.header import Header
from email.message import EmailMessage
from email.utils import make_msgid

from letters import answer, answer_case, body, cases_of, entries, letter, states
from leaving import leave
from mailtrouble import Trouble
from mailkills import INSTITUTION, kill_and_count
from mailserver import BOUNCING, OFFICE, MailServer
from odziv import Report, Server, wait_for
from smsc import Smsc

PASSWORD = "interop-lozinka-1"

report = Report()
check = report.check

# The smallest picture that is one: JPEG markers, one pixel.
PICTURE = base64.b64decode(
    "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////"
    "wgALCAABAAEBAREA/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPxA="
)


def main():
    mail, smsc = MailServer(), Smsc()
    server = Server("mail", smsc_port=smsc.port, extra=mail.settings())
    try:
        server.start()
        case = citizen_writes(server, mail)
        if case:
            citizen_answers(server, mail, case)
            stolen_token(server, mail, case)
            out_of_office(server, mail, case)
            reply(server, mail, case)
            forward(server, mail, case)
            outcome(server, mail, case)
        officer(server, mail)
        old_charset(server, mail)
        bounce(server, mail)
        bounce_leads_to_sms(server, mail, smsc)
        both_fail(server, mail, smsc)
        leave(server, mail, check)
        own_mail(server, mail)
        renumbered(server, mail)
        too_big(server, mail)
        trouble = Trouble(mail, check)
        try:
            trouble.begin()
            kill_and_count(server, mail, smsc, check)
            trouble.end()
        finally:
            trouble.stop()
        check("no panic in the log", "panicked" not in server.log())
        check("server ends cleanly on SIGTERM", server.stop() == 0)
    finally:
        try:
            server.stop()
        finally:
            mail.stop()
            smsc.stop()
            if report.failed:
                print(f"left for a look: {server.folder} {mail.folder}", flush=True)
            else:
                server.discard()
                mail.discard()


def one_case(server, sender, what, seconds=15):
    found = wait_for(lambda: cases_of(server, sender), seconds)
    time.sleep(0.3)
    found = cases_of(server, sender)
    if check(f"{what}: one case", len(found) == 1, f"{len(found)} cases"):
        return server.case(found[0])


def citizen_writes(server, mail):
    letter = EmailMessage()
    letter["From"] = "Ана Петровић <ana@citizens.test>"
    letter["To"] = OFFICE
    letter["Subject"] = "Рупа на путу код школе"
    letter["Message-ID"] = make_msgid(domain="citizens.test")
    letter["Date"] = "Mon, 23 Nov 2026 10:00:00 +0100"
    letter.set_content("Поштовани,\n\nу улици Вука Караџића код броја 7 је рупа.\n\n-- \nАна Петровић\n")
    letter.add_attachment(PICTURE, maintype="image", subtype="jpeg", filename="рупа на путу.jpg")
    mail.send("ana@citizens.test", letter.as_bytes())
    case = one_case(server, "ana@citizens.test", "a citizen writes in Cyrillic with a picture")
    if not case:
        return None
    received = entries(server, case, "mail_received")
    check("its words are on the timeline", received and "рупа." in received[0]["words"], str(received)[:300])
    check("its signature is kept apart", received and "-- " in received[0]["rest"] and "-- " not in received[0]["words"])
    files = entries(server, case, "file_added")
    check("its picture is on the case", [f["name"] for f in files] == ["рупа на путу.jpg"], str(files)[:200])
    check("it is the summary of the case", case["summary"].startswith("Рупа на путу код школе"), case["summary"])
    check("the mail is marked as seen", wait_for(lambda: mail.seen("pisarnica") >= 1, 10))
    receipts = wait_for(lambda: mail.inbox("ana"), 15)
    if not check("the receipt reaches the citizen", len(receipts) == 1, f"{len(receipts)} mails"):
        return None
    receipt = receipts[0]
    check("it is in the thread", receipt["in-reply-to"] == letter["message-id"] == receipt["references"].split()[-1])
    check("it says the number, in Cyrillic", case["number"] in body(receipt) and "Поштовани" in body(receipt))
    check("its subject has the number, the token and the citizen's subject",
          receipt["subject"].startswith(f"[{case['number']} #") and receipt["subject"].endswith("Рупа на путу код школе"), receipt["subject"])
    check("it says that a program wrote it", receipt["auto-submitted"] == "auto-replied")
    # Python puts a blank between two words of RFC 2047 that are one.
    sender = str(receipt["from"]).replace("писарн ица", "писарница")
    check("it comes from the municipality", sender == f'"Град Трговиште, писарница" <{OFFICE}>', sender)
    check("the proof that it arrived comes from the mail server", wait_for(lambda: states(server, case) == ["delivered"], 15), str(states(server, case)))
    return case


def citizen_answers(server, mail, case):
    receipt = mail.inbox("ana")[0]
    answer(mail, "Ана <ANA@citizens.test>", "Рупа је сада још већа.", receipt)
    arrived = wait_for(lambda: len(entries(server, case, "mail_received")) == 2, 15)
    check("an answer to the receipt lands on the same case", arrived, f"{len(cases_of(server, 'ana@citizens.test'))} cases")
    last = entries(server, case, "mail_received")[-1]
    check("without the quoted mail, which is kept apart", last["words"] == "Рупа је сада још већа." and "> " in last["rest"], str(last)[:300])
    time.sleep(1)
    check("an answer gets no further receipt", len(mail.inbox("ana")) == 1)


def stolen_token(server, mail, case):
    receipt = mail.inbox("ana")[0]
    answer(mail, "zla@citizens.test", "Хоћу да знам све о овом предмету.", receipt)
    other = one_case(server, "zla@citizens.test", "a stranger who answers the receipt gets a case of their own")
    check("nothing of it is on the citizen's case", len(entries(server, case, "mail_received")) == 2)
    if other:
        hints = entries(server, other, "mail_points_at")
        check("with a hint to the other case, for people only",
              [h["number"] for h in hints] == [case["number"]] and hints[0]["visibility"] == "internal", str(hints))
        strange = wait_for(lambda: mail.inbox("zla"), 10)
        check("whose receipt says nothing of it", strange and case["number"] not in strange[0]["subject"] + body(strange[0]))


def out_of_office(server, mail, case):
    before = len(mail.inbox("ana"))
    receipt = mail.inbox("ana")[0]
    answer(mail, "ana@citizens.test", "Нисам у канцеларији до понедељка.", receipt, Auto_Submitted="auto-replied (vacation)")
    arrived = wait_for(lambda: len(entries(server, case, "mail_received")) == 3, 15)
    check("an out-of-office answer lands on the case", arrived)
    last = entries(server, case, "mail_received")[-1]
    check("as an automatic one, for people only", last["mail"] == "auto_reply" and last["visibility"] == "internal", str(last)[:200])
    time.sleep(1.5)
    check("and is answered by nobody", len(mail.inbox("ana")) == before)
    fresh = EmailMessage()
    fresh["From"], fresh["To"], fresh["Subject"] = "robot@citizens.test", OFFICE, "Automatski odgovor: godisnji odmor"
    fresh["Auto-Submitted"] = "auto-replied"
    fresh.set_content("Nisam tu.")
    mail.send("robot@citizens.test", fresh.as_bytes())
    one_case(server, "robot@citizens.test", "one that belongs to no case is a case all the same")
    time.sleep(1)
    check("without a receipt", not mail.inbox("robot"))


def reply(server, mail, case):
    before = len(mail.inbox("ana"))
    created = server.post(f"/cases/{case['id']}/mails", {"words": "Поштована Ана,\n\nекипа излази сутра."})
    check("a reply is written on the case", created.get("id"), str(created))
    arrived = wait_for(lambda: len(mail.inbox("ana")) == before + 1, 15)
    if not check("it reaches the citizen", arrived):
        return
    letter = [m for m in mail.inbox("ana") if "екипа излази" in body(m)][0]
    own = entries(server, case, "mail_received")
    check("in the thread of their mails", letter["in-reply-to"] and letter["references"], str(letter["references"]))
    check("signed by the municipality", body(letter).rstrip().endswith("Град Трговиште, писарница"), body(letter)[-80:])
    check("and not marked as automatic", letter["auto-submitted"] is None)
    answer(mail, "ana@citizens.test", "Хвала!", letter)
    check("its answer lands on the case", wait_for(lambda: len(entries(server, case, "mail_received")) == len(own) + 1, 15))


def forward(server, mail, case):
    page = server.signed_in("admin", PASSWORD, "administrator")
    page("/services", key=INSTITUTION, name_sr="ЈКП Водовод", name_en="Water", kind="institution", parent="",
         email=f"{INSTITUTION}@citizens.test", place="0", active="true")
    known = [s for s in server.api("/services") if s["key"] == INSTITUTION]
    check("an institution is written down with its address", [s["email"] for s in known] == [f"{INSTITUTION}@citizens.test"], str(known))
    version = server.case(case)["version"]
    order = {"version": version, "department": INSTITUTION, "note": "Молимо за изјашњење."}
    done = server.post(f"/cases/{case['id']}/forward", order)
    check("the case is forwarded to it", done.get("version") and server.case(case)["status"] == "forwarded", str(done))
    arrived = wait_for(lambda: mail.inbox(INSTITUTION), 15)
    if not check("which reaches the institution by e-mail", len(arrived) == 1):
        return
    letter = arrived[0]
    check("with the note, the number and the citizen's words, without their address",
          all(w in body(letter) for w in ("Молимо за изјашњење.", case["number"], "Вука Караџића")) and "ana@" not in letter.as_string())
    before = len(entries(server, case, "mail_received"))
    answer(mail, f"{INSTITUTION}@citizens.test", "Квар ће бити отклоњен до петка.", letter)
    check("the answer of the institution lands on the case",
          wait_for(lambda: len(entries(server, case, "mail_received")) == before + 1, 15))
    last = entries(server, case, "mail_received")[-1]
    check("as the institution's, for people only", (last["party"], last["visibility"]) == ("institution", "internal"), str(last)[:200])
    answer(mail, f"{INSTITUTION}@citizens.test", "Нисмо у канцеларији.", letter, Auto_Submitted="auto-replied")
    wait_for(lambda: len(entries(server, case, "mail_received")) == before + 2, 15)
    last = entries(server, case, "mail_received")[-1]
    check("an out-of-office answer of theirs is known as one", last["mail"] == "auto_reply", str(last)[:200])
    check("and the institution is answered by nobody", len(mail.inbox(INSTITUTION)) == 1)


def officer(server, mail):
    """One of our own hears of a case at an address that they have confirmed, and answers from there."""
    address = "petar@citizens.test"
    petar = server.signed_in("petar", PASSWORD, "officer")
    admin = server.signed_in("admin", PASSWORD)
    number = re.search(r'action="/users/(\d+)/role"', admin("/users").split(">petar ·")[1]).group(1)
    water = re.search(r'<option value="(\d+)"[^>]*>[^<]*(?:вод|Вод)', admin("/users"))
    admin(f"/users/{number}/role", on="/users", role="officer", department=water.group(1))
    petar("/me/email", on="/me", address=address)
    code = wait_for(lambda: re.search(r"^\s*(\d{8})\s*$", "".join(body(m) for m in mail.inbox("petar")), re.M), 15)
    if not check("a code is sent to the address of an officer", code):
        return
    petar("/me/email/confirm", on="/me", code=code.group(1))
    check("typed, it confirms the address", "email/alerts" in petar("/me"))
    sender = "jova@citizens.test"
    mail.send(sender, letter(sender, "Вода", "Капље чесма у парку.").as_bytes())
    case = one_case(server, sender, "a case for that officer")
    key = [s["key"] for s in server.api("/services") if "вод" in s["name_sr"].lower() and s["kind"] == "service"][0]
    order = {"version": server.case(case)["version"], "department": key, "note": "Погледајте чесму."}
    server.post(f"/cases/{case['id']}/forward", order)
    heard = wait_for(lambda: [m for m in mail.inbox("petar") if case["number"] in m["subject"]], 20)
    if not check("forwarded to their service, it is told to the officer", len(heard) == 1, f"{len(heard)} mails"):
        return
    check("with note and words, without the citizen", all(w in body(heard[0]) for w in ("Погледајте чесму.", "Капље")) and sender not in body(heard[0]))
    answer(mail, address, "Славина је замењена.", heard[0])
    arrived = wait_for(lambda: len(entries(server, case, "mail_received")) == 2, 15)
    last = entries(server, case, "mail_received")[-1]
    check("the officer's answer lands on the case, for people only",
          arrived and (last["party"], last["visibility"], last["words"]) == ("officer", "internal", "Славина је замењена."), str(last)[:300])
    receipt = mail.inbox("jova")[0]
    answer(mail, address, "Са туђим кодом.", receipt)
    wait_for(lambda: cases_of(server, address), 15)
    check("with the token of the citizen it does not", len(entries(server, case, "mail_received")) == 2 and len(cases_of(server, address)) == 1)
    answer(mail, "zla@citizens.test", "Нисам Петар.", heard[0])
    time.sleep(2)
    check("nor from another address with the officer's", len(entries(server, case, "mail_received")) == 2)


def old_charset(server, mail):
    subject = "Нема воде".encode("windows-1251")
    words = "У згради нема воде од јутрос. Ђорђе Ћосић".encode("windows-1251")
    raw = (
        b"From: djordje@citizens.test\r\nTo: " + OFFICE.encode() + b"\r\nSubject: " + subject
        + b"\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + words + b"\r\n"
    )
    mail.send("djordje@citizens.test", raw)
    case = one_case(server, "djordje@citizens.test", "windows-1251 that says it is ASCII")
    if case:
        received = entries(server, case, "mail_received")[0]
        check("is read all the same", received["words"].startswith("У згради нема воде") and received["subject"] == "Нема воде", str(received)[:200])
    latin = EmailMessage()
    latin["From"], latin["To"] = "zika@citizens.test", OFFICE
    latin["Subject"] = Header("Šuma đubreta", "iso-8859-2").encode()
    latin.set_content("Čeka se već nedelju dana. Žika Šljivić\n", charset="windows-1250")
    mail.send("zika@citizens.test", latin.as_bytes())
    case = one_case(server, "zika@citizens.test", "windows-1250")
    if case:
        check("is answered in Latin", "Poštovani" in body((wait_for(lambda: mail.inbox("zika"), 15) or [None])[0]))


def bounce(server, mail):
    sender = f"nema@{BOUNCING}"
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = sender, OFFICE, "Нема ме"
    letter["Message-ID"] = make_msgid(domain=BOUNCING)
    letter.set_content("Пишем са адресе која не прима пошту.")
    mail.send(sender, letter.as_bytes())
    case = one_case(server, sender, "a citizen whose address takes nothing")
    if not case:
        return
    came_back = wait_for(lambda: states(server, case)[:1] == ["undeliverable"], 25)
    check("the receipt comes back, and the case knows", came_back, str(states(server, case)))
    error = (server.case(case)["texts"] or [{"error": ""}])[0]["error"] or ""
    check("with the reason of the mail server", "5.1.1" in error and "No such user" in error, error)
    reports = entries(server, case, "mail_reported")
    check("which stands on the timeline", [r["state"] for r in reports] == ["undeliverable"], str(reports)[:300])
    daemon = [c for c in server.cases() if "mailer-daemon" in (c["caller"] or "").lower()]
    check("and is no case of its own", not daemon, str(daemon)[:200])


def known(server, name, number):
    """A citizen with an address that takes nothing, and a telephone."""
    person = {"name": name, "points": [{"kind": "email", "value": f"{name}@{BOUNCING}"}, {"kind": "phone", "value": number}]}
    made = server.post("/people", person)
    check("a citizen is known by an address that takes nothing, and by a telephone", made.get("id"), str(made)[:200])
    return f"{name}@{BOUNCING}"


def bounce_leads_to_sms(server, mail, smsc):
    number = "+381641112223"
    sender = known(server, "mila", number)
    mail.send(sender, letter(sender, "Вода", "Још увек нема воде.").as_bytes())
    case = one_case(server, sender, "a mail of theirs")
    if not case:
        return
    texts = wait_for(lambda: smsc.submits_to(number), 25)
    check("its receipt comes back, and goes by text", len(texts) == 1 and case["number"] in texts[0]["words"], str(texts)[:200])
    check("the case is answered", "problem" not in answer_case(server, case, "Квар је отклоњен."))
    texts = wait_for(lambda: smsc.submits_to(number)[1:], 25)
    check("the outcome goes by text at once: that the address takes nothing is known by now", len(texts) == 1 and "Квар је отклоњен." in texts[0]["words"], str(texts)[:200])
    closed = wait_for(lambda: server.case(case)["status"] == "closed", 15)
    kinds = [e["kind"] for e in server.case(case)["timeline"]]
    check("the report of its delivery closes the case", closed, " ".join(kinds))
    check("each went once by each channel", kinds.count("mail_queued") == 1 and kinds.count("text_queued") == 2, " ".join(kinds))


def both_fail(server, mail, smsc):
    number = "+381641112224"
    sender = known(server, "rada", number)
    smsc.order(undeliverable=number.strip("+"))
    mail.send(sender, letter(sender, "Светло", "Не ради светло.").as_bytes())
    case = one_case(server, sender, "a citizen whom nothing reaches")
    if not case:
        return
    check("the case is answered", "problem" not in answer_case(server, case, "Сијалица је замењена."))
    notices = lambda: [n for n in server.api(f"/cases/{case['id']}/notices") if n["purpose"] == "outcome"]  # noqa: E731
    failed = wait_for(lambda: [n for n in notices() if n["state"] == "failed"], 40)
    kinds = [e["kind"] for e in server.case(case)["timeline"]]
    if not check("by e-mail and by text in vain: a human is asked to", len(failed) == 1, f"{notices()} {' '.join(kinds)}"):
        return
    check("the case is answered and not closed", server.case(case)["status"] == "answered", server.case(case)["status"])
    server.post(f"/cases/{case['id']}/notices/{failed[0]['id']}/settle", {"told": "phone"})
    check("told by hand, it is closed", [n["state"] for n in notices()] == ["by_hand"] and server.case(case)["status"] == "closed", str(notices()))


def outcome(server, mail, case):
    before = len(mail.inbox("ana"))
    check("the case is answered", "problem" not in answer_case(server, case, "Рупа је закрпљена јуче."))
    arrived = wait_for(lambda: len(mail.inbox("ana")) == before + 1, 15)
    if not check("the outcome reaches the citizen by e-mail", arrived):
        return
    letter = [m for m in mail.inbox("ana") if "закрпљена" in body(m)][0]
    check("in the thread, with the number", letter["in-reply-to"] and case["number"] in letter["subject"], letter["subject"])
    check("the proof of its delivery closes the case", wait_for(lambda: server.case(case)["status"] == "closed", 15), server.case(case)["status"])


def own_mail(server, mail):
    before = len(list(server.cases()))
    receipt = mail.inbox("ana")[0]
    mail.send(OFFICE, receipt.as_bytes())
    time.sleep(3)
    check("a mail of ours that comes back is no case", len(list(server.cases())) == before)


def renumbered(server, mail):
    before = {c["id"] for c in server.cases()}
    server.stop()
    mail.renumber("pisarnica")
    sender = "nova@citizens.test"
    mail.send(sender, letter(sender, "Нови бројеви", "Стигло док су се бројеви мењали.").as_bytes())
    server.start()
    case = one_case(server, sender, "a mailbox that got new numbers is looked through again")
    check("and nothing in it is doubled", case and {c["id"] for c in server.cases()} - before == {case["id"]})


def too_big(server, mail):
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "velika@citizens.test", OFFICE, "Snimak"
    letter.set_content("U prilogu je snimak.")
    letter.add_attachment(os.urandom(3_000_000), maintype="video", subtype="mp4", filename="snimak.mp4")
    server.stop()
    settings = mail.settings(max_message_mb=1)
    config = server.config.read_text()
    server.config.write_text(config.replace(mail.settings(), settings))
    server.start()
    mail.send("velika@citizens.test", letter.as_bytes())
    case = one_case(server, "velika@citizens.test", "a mail that is too big")
    if case:
        received = entries(server, case, "mail_received")[0]
        check("says so, with its subject", (received["mail"], received["subject"]) == ("too_big", "Snimak"), str(received)[:200])
    server.stop()
    server.config.write_text(config)
    server.start()


if __name__ == "__main__":
    # A trial that is stopped from outside leaves no mail server behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped from outside"))
    try:
        main()
    except Exception as problem:  # noqa: BLE001: the summary line comes in any case
        check("the mail part runs to its end", False, repr(problem)[:2000])
    report.finish()
