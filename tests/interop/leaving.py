"""Mails to many over postfix: signed, with a way out that works by one click, by a mail and by a complaint; and addresses that reach nobody."""

import re
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request

from letters import letter
from mailserver import BOUNCING, OFFICE
from odziv import wait_for

# Another maker's verifier; it gets the record that stands in DNS from us.
VERIFY = "import sys, dkim; r = sys.argv[1].encode(); print(dkim.verify(sys.stdin.buffer.read(), dnsfunc=lambda name, timeout=5: r))"
PAGES = "https://odziv.grad.test"


def campaign(server, to):
    """A message to many, as a campaign queues it."""
    now = int(time.time() * 1_000_000)
    name = f"odziv.0.{now}.{now:016x}@grad.test"
    with sqlite3.connect(server.data / "odziv.db", timeout=20) as db:
        db.execute(
            "INSERT INTO outbox (channel, purpose, recipient, subject, words, message_id, state, due_at, created_at, updated_at, urgency,"
            " recipient_id) VALUES ('email', 'campaign', ?, 'Обавештење: сутра нема воде у Дунавској улици, од осам ујутру до поднева', ?, ?,"
            " 'queued', ?, ?, ?, 1, 7)", (to, "Поштовани,\n\nсутра нема воде.", name, now, now, now))
    db.close()
    return name


def state(server, name):
    db = sqlite3.connect(f"file:{server.data / 'odziv.db'}?mode=ro", uri=True, timeout=20)
    row = db.execute("SELECT state, error FROM outbox WHERE message_id = ?", (name,)).fetchone()
    db.close()
    return row


def out(server, address):
    return [(o["channel"], o["means"]) for o in server.api("/opt-outs", address=address)["opt_outs"]]


def signed(server, mail, check, kind):
    """Everything that reached somebody is signed, and the signature holds."""
    record = server.run("dkim", "--config", server.config)
    name, strings = record.split(" IN TXT ")
    check(f"{kind}: the record is that of the selector", name == "odziv._domainkey.grad.test.", name)
    value = "".join(re.findall(r'"([^"]*)"', strings))
    paths = [p for who in ("ana", "petar", "narucilac") for part in ("new", "cur") for p in (mail.folder / "mail" / who / part).glob("*")]
    ours = [p for p in paths if OFFICE.encode() in p.read_bytes().split(b"\n\n")[0]]
    bad = [p for p in ours if verified(p.read_bytes(), value) != "True"]
    check(f"{kind}: {len(ours)} mails that reached somebody are verified by another program", ours and not bad, str(bad)[:300])
    changed = ours[0].read_bytes().replace(b"Subject:", b"Subject: x", 1) if ours else b""
    check(f"{kind}: one that was changed on its way is not", verified(changed, value) != "True")


def young_key(server, mail, check):
    """A key that we made ourselves, of the younger kind; the server is started with it."""
    mail.dkim.unlink()
    record = server.run("dkim", "--make", "ed25519", "--config", server.config)
    check("Ed25519: another program reads the key that was made", subprocess.run(["openssl", "pkey", "-in", mail.dkim, "-noout"], capture_output=True).returncode == 0)
    server.start()
    campaign(server, "mladja@citizens.test")
    wait_for(lambda: mail.inbox("mladja"), 20)
    got = [p for part in ("new", "cur") for p in (mail.folder / "mail" / "mladja" / part).glob("*")]
    value = "".join(re.findall(r'"([^"]*)"', record))
    check("Ed25519: another program verifies the signature", got and verified(got[0].read_bytes(), value) == "True", value)


def verified(octets, record):
    done = subprocess.run(["/usr/bin/python3", "-c", VERIFY, record], input=octets, capture_output=True)
    return done.stdout.decode().strip() or done.stderr.decode()[-300:]


def one_click(server, mail, check):
    to = "narucilac@citizens.test"
    campaign(server, to)
    got = wait_for(lambda: mail.inbox("narucilac"), 20)
    if not check("a message to many arrives", len(got) == 1, f"{len(got)} mails"):
        return
    fields = got[0]["list-unsubscribe"] or ""
    link, mailto = re.findall(r"<([^>]+)>", fields) or ("", "")
    check("it names its way out, by one click", link.startswith(f"{PAGES}/u/") and got[0]["list-unsubscribe-post"] == "List-Unsubscribe=One-Click", fields)
    check("and that many got it", (got[0]["precedence"], got[0]["auto-submitted"]) == ("bulk", "auto-generated") and got[0]["list-id"])
    here = link.replace(PAGES, f"http://127.0.0.1:{server.web}")
    with urllib.request.urlopen(here) as page:
        check("who looks at the link changes nothing", page.status == 200 and out(server, to) == [], str(out(server, to)))
    with urllib.request.urlopen(here[:-3] + "abc", data=b"List-Unsubscribe=One-Click") as page:
        check("a link that is not ours is answered the same", page.status == 200 and out(server, to) == [])
    with urllib.request.urlopen(here, data=b"List-Unsubscribe=One-Click") as page:
        check("one click of a mail program, without cookie or page, is enough", page.status == 200 and out(server, to) == [("email", "link")], str(out(server, to)))
    row = server.api("/opt-outs", address=to)["opt_outs"][0]["id"]
    with_reason = urllib.request.Request(
        f"http://127.0.0.1:{server.web}/api/v1/opt-outs/{row}?reason=proba", method="DELETE", headers={"Authorization": f"Bearer {server.token()}"})
    with urllib.request.urlopen(with_reason) as answer:
        check("it is taken back with a reason", answer.status == 204 and out(server, to) == [])
    before = len(list(server.cases()))
    address, subject = re.match(r"mailto:([^?]+)\?subject=(.+)", mailto).groups()
    check("the mail goes to us", address == OFFICE)
    mail.send("druga@citizens.test", letter("druga@citizens.test", urllib.request.unquote(subject), "").as_bytes())
    by_mail = wait_for(lambda: out(server, to) == [("email", "email")], 20)
    check("a mail with the token does the same, and is no case", by_mail and len(list(server.cases())) == before, str(out(server, to)))


def complaint(server, mail, check):
    to = "ljuta@citizens.test"
    name = campaign(server, to)
    wait_for(lambda: mail.inbox("ljuta"), 20)
    report = (
        f"From: <fbl@provajder.test>\r\nTo: <{OFFICE}>\r\nSubject: FW: Obavestenje\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n'
        "This is an email abuse report.\r\n\r\n--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\n"
        "User-Agent: Provajder/1\r\nVersion: 1\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
        f"From: <{OFFICE}>\r\nMessage-ID: <{name}>\r\nSubject: Obavestenje\r\n\r\nwords\r\n--b--\r\n"
    )
    mail.send("fbl@provajder.test", report.encode())
    check("a complaint to the provider counts", wait_for(lambda: out(server, to) == [("email", "complaint")], 20), str(out(server, to)))


def wrong_address(server, mail, check):
    address = f"pogresna@{BOUNCING}"
    person = server.post("/people", {"name": "Погрешна Адреса", "points": [{"kind": "email", "value": address}]})["id"]
    name = campaign(server, address)
    check("a message to many comes back", wait_for(lambda: (state(server, name) or [""])[0] == "undeliverable", 30), str(state(server, name)))
    point = lambda: server.api(f"/people/{person}")["points"][0]  # noqa: E731
    check("and its address is marked on the card", wait_for(lambda: point()["invalid_at"], 5), str(point()))
    mail.send(address, letter(address, "Ипак радим", "Сандуче поново прима пошту.").as_bytes())
    check("until a mail comes from it", wait_for(lambda: not point()["invalid_at"], 20), str(point()))


def leave(server, mail, check):
    """All of it, on a server whose pages citizens reach by HTTPS."""
    config = server.config.read_text()
    server.stop()
    server.config.write_text(config.replace("[web]\n", f'[web]\npublic_url = "{PAGES}"\n', 1))
    server.start()
    one_click(server, mail, check)
    signed(server, mail, check, "RSA")
    complaint(server, mail, check)
    wrong_address(server, mail, check)
    server.stop()
    young_key(server, mail, check)
    server.stop()
    server.config.write_text(config)
    server.start()
