"""A message to ten thousand people, over an SMSC, a mail server and a telephone that we did not write. The program is killed three times in
the middle. In the end everybody is counted: nobody got it twice by one way, nobody is forgotten, and whom texts do not reach is reached by
e-mail or by a call."""

import collections
import json
import os
import random
import subprocess
import time
import urllib.request

from announcements import rule, trunk
from mailserver import BOUNCING, MailServer
from odziv import Report, Server, free_port, wait_for
from smsc import Smsc

RECIPIENTS = int(os.environ.get("ODZIV_INTEROP_RECIPIENTS", "10000"))
SEED = int(os.environ.get("ODZIV_INTEROP_SEED", time.time()))
# Of ten thousand: so many telephones are off for good, and of their mails so many bounce.
LOST_TEXTS, LOST_MAILS = RECIPIENTS // 40, 5
THROTTLE = 900
FAULTY = ["Нико,није број,", "Нигде,,", "Погрешан,,није@"]
TEXT = "{name}, sutra od 8 do 14 casova nema vode."

report = Report()
check = report.check
chance = random.Random(SEED)


def number(n):
    return f"+38164{n:07}"


def main():
    print(f"{RECIPIENTS} recipients, ODZIV_INTEROP_SEED={SEED}", flush=True)
    mail, smsc, telephone = MailServer(), Smsc(), free_port()
    outbound = (
        '[outbound.announcements]\nfrom = "00:00"\nuntil = "23:59"\ncalls_at_once = 1\ntries = 2\nafter_busy_m = 1\nafter_no_answer_m = 1\nring_s = 15\n'
        + rule("citizens", "+38164", "citizens")
    )
    server = Server("campaign", sip=trunk("citizens", telephone), smsc_port=smsc.port, extra=mail.settings() + outbound)
    # The contract says more than the SMSC takes: it is throttled.
    server.config.write_text(server.config.read_text().replace("reconnect_max_s = 1\n", "reconnect_max_s = 1\nwindow = 50\nmessages_per_second = 3000\n", 1))
    smsc.order(per_second=THROTTLE)
    lost = sorted(chance.sample(range(RECIPIENTS), LOST_TEXTS))
    bouncing = set(chance.sample(lost, LOST_MAILS))
    for n in lost:
        smsc.order(undeliverable=number(n).strip("+"))
    phones = answering(server, telephone)
    try:
        server.start()
        campaign = made(server, bouncing)
        approved(server, campaign)
        started = time.monotonic()
        step(server, campaign, "start")
        kills(server, smsc)
        end = followed(server, campaign)
        check("the campaign ends", end["state"] == "finished", f"{end['state']} after {time.monotonic() - started:.0f} s: {end['counts']}")
        counted(server, smsc, mail, campaign, (lost, bouncing))
        proof(server, campaign)
        check("no panic in the log", "panicked" not in server.log())
        check("server ends cleanly on SIGTERM", server.stop() == 0)
    finally:
        try:
            server.stop()
        finally:
            mail.stop()
            smsc.stop()
            phones.kill()
            phones.wait()
            if report.failed:
                print(f"left for a look: {server.folder} {mail.folder}", flush=True)
            else:
                server.discard()
                mail.discard()


def step(server, campaign, name):
    version = server.api(f"/campaigns/{campaign}")["version"]
    return server.post(f"/campaigns/{campaign}/steps", {"step": name, "version": version})


def made(server, bouncing):
    words = {"sr": TEXT, "en": ""}
    draft = {
        "name": "Прекид воде",
        "ladder": [{"way": "sms", "minutes": 1440}, {"way": "email", "minutes": 1440}, {"way": "voice", "minutes": 1440}, {"way": "visit", "minutes": 5}],
        "message": {"text": words, "subject": {"sr": "Вода", "en": ""}, "speech": {"sr": "Сутра нема воде.", "en": ""}, "script": "own"},
        "hours": {"from": 0, "to": 1440},
    }
    campaign = server.post("/campaigns", draft)
    if not check("a campaign is made", "id" in campaign, f"{campaign}"):
        raise RuntimeError(campaign)
    rows = ["Име и презиме;Мобилни;Е-пошта"]
    for n in range(RECIPIENTS):
        domain = BOUNCING if n in bouncing else "citizens.test"
        notation = [f"064/{n:07}", f"+381 64 {n:07}", f"064{n:07}", f"0038164{n:07}"][n % 4]
        rows.append(f"Грађанин {n};{notation};c{n}@{domain}")
    rows += [row.replace(",", ";") for row in FAULTY] + [f"Двојник;064{0:07};"]
    # As Excel keeps it: semicolons, in the code page of Windows for Cyrillic.
    octets = "\r\n".join(rows).encode("cp1251")
    url = f"http://127.0.0.1:{server.web}/api/v1/campaigns/{campaign['id']}/lists?name=gradjani.csv"
    request = urllib.request.Request(url, octets, {"Authorization": f"Bearer {server.token()}", "Content-Type": "application/octet-stream"})
    begun = time.monotonic()
    with urllib.request.urlopen(request, timeout=120) as answer:
        source = json.load(answer)
    good = source["usable"] == RECIPIENTS + 1 and source["faulty"] >= len(FAULTY)
    check("the list is read, and its faulty rows are told", good, f"{source['usable']} usable, {source['faulty']} remarks in {time.monotonic() - begun:.1f} s")
    return campaign["id"]


def approved(server, campaign):
    step(server, campaign, "prepare")
    wait_for(lambda: server.api(f"/campaigns/{campaign}")["state"] != "preparing", 60)
    now = server.api(f"/campaigns/{campaign}")
    good = now["state"] == "prepared" and now["counts"].get("waiting") == RECIPIENTS and now["counts"].get("skipped") == 1
    check("it is prepared, and the double is left out", good, f"{now['state']} {now['counts']} {now['parts']} parts")
    check("whoever wrote it does not approve it", "problem" in step(server, campaign, "approve"))
    first, server.bearer = server.token(), server.run("token", "add", "second").split()[-1]
    check("somebody else does", step(server, campaign, "approve").get("state") == "approved")
    server.bearer = first


def kills(server, smsc):
    """At random moments while texts go out."""
    for n in range(3):
        begun = len(smsc.of("submit"))
        wait_for(lambda: len(smsc.of("submit")) > begun + RECIPIENTS // 10, 60, every=0.01)
        time.sleep(chance.uniform(0, 0.8))
        server.kill()
        sent = len(smsc.of("submit"))
        server.start()
        check(f"kill {n + 1} in the middle", sent < RECIPIENTS, f"{sent} texts were out")


# Whoever is called takes up the telephone, listens a little and presses 1 (SIP INFO).
ANSWERS = """<?xml version="1.0"?><scenario name="answers">
<recv request="INVITE" crlf="true"/>
<send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:];tag=[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:citizen@[local_ip]:[local_port]>
Content-Type: application/sdp
Content-Length: [len]

v=0
o=- 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [local_ip]
t=0 0
m=audio [auto_media_port] RTP/AVP 8
a=rtpmap:8 PCMA/8000
]]></send>
<recv request="ACK"/>
<pause milliseconds="1500"/>
<send retrans="500"><![CDATA[
INFO [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: [$to]
To: [$from]
Call-ID: [call_id]
CSeq: 1 INFO
Max-Forwards: 70
Content-Type: application/dtmf-relay
Content-Length: [len]

Signal=1
Duration=160
]]></send>
<recv response="200"/>
<recv request="BYE"/>
<send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
</scenario>"""


def answering(server, port):
    scenario = server.folder / "answers.xml"
    keep = (
        '<recv request="INVITE" crlf="true" rrs="true"><action>'
        '<ereg regexp=".*" search_in="hdr" header="From:" assign_to="from"/>'
        '<ereg regexp=".*" search_in="hdr" header="To:" assign_to="called"/>'
        '<assignstr assign_to="to" value="[$called];tag=[call_number]"/></action></recv>'
    )
    scenario.write_text(ANSWERS.replace('<recv request="INVITE" crlf="true"/>', keep))
    return subprocess.Popen(
        ["sipp", "-sf", scenario, "-i", "127.0.0.1", "-p", str(port), "-nostdin", "-trace_err"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=server.folder,
    )


def followed(server, campaign):
    deadline = time.monotonic() + 300
    let_go = False
    while time.monotonic() < deadline:
        now = server.api(f"/campaigns/{campaign}")
        if now["state"] == "finished":
            uncertain = now["counts"].get("uncertain", 0)
            if let_go or not uncertain:
                return now
            # What was between us and the network when the program died, and of which no receipt tells.
            check("nobody of whom nothing is known was written to again", True, f"{uncertain} uncertain")
            step(server, campaign, "let_go_on")
            let_go = True
        time.sleep(0.3)
    return server.api(f"/campaigns/{campaign}")


def everybody(server, campaign):
    after, people = 0, []
    while page := server.api(f"/campaigns/{campaign}/recipients", after=after):
        people += page
        after = page[-1]["id"]
    return people


def counted(server, smsc, mail, campaign, fates):
    lost, bouncing = fates
    texts = collections.Counter(event["to"].strip("+") for event in smsc.of("submit"))
    twice = [to for to, n in texts.items() if n > 1]
    check("nobody got the text twice", not twice, f"{len(twice)} did: {twice[:5]}")
    people = [one for one in everybody(server, campaign) if one["state"] != "skipped"]
    check("everybody is accounted for", len(people) == RECIPIENTS, f"{len(people)}")
    unsent = [one for one in people if one["phone"].strip("+") not in texts]
    # A text that was claimed when the program died may never have left: then it was uncertain, and people let it go on.
    silent = [one for one in unsent if not any(a["way"] == "sms" and a["state"] == "uncertain" for a in one["attempts"])]
    check("no text is forgotten", not silent, f"{len(unsent)} never left, {len(silent)} of them without a word")
    states = collections.Counter(one["state"] for one in people)
    reached = [one for one in people if one["state"] in ("reached", "presumed")]
    # The last step before people was a call that was under way when the program died: nobody is called twice by itself.
    left = [one for one in people if one["state"] == "by_hand"]
    broken_off = [one for one in left if any(a["way"] == "voice" and a["state"] == "uncertain" for a in one["attempts"])]
    good = len(reached) + len(left) == RECIPIENTS and left == broken_off
    check("everybody is reached, or is on the list for people with the reason", good, f"{dict(states)}")
    ways = collections.Counter(one["reached_by"] for one in people)
    numbers = {number(n): n for n in range(RECIPIENTS)}
    by_mail = [one for one in people if one["reached_by"] == "email"]
    by_call = {numbers[one["phone"]] for one in people if one["reached_by"] == "voice"}
    by_people = {numbers[one["phone"]] for one in left}
    expected = {n for n in lost if n not in bouncing}
    # A mail that was under way at a kill is uncertain, and its citizen was called.
    got = {numbers[one["phone"]] for one in by_mail} | by_call | by_people
    check("whom texts do not reach, e-mails do", expected <= got and len(by_mail) > len(expected) * 0.8, f"{dict(ways)}")
    check("whose mails bounce is called, and pressed 1", bouncing <= by_call | by_people and by_call, f"{sorted(by_call)}, bounced: {sorted(bouncing)}")
    doubled = [one for one in people if collections.Counter(a["way"] for a in one["attempts"]).most_common(1)[0][1] > 1]
    check("each way was taken once for each", not doubled, f"{doubled[:2]}")
    throttled = len(smsc.of("throttled"))
    check("the SMSC throttled, and nothing was lost by it", throttled > 0, f"{throttled} times")


def proof(server, campaign):
    server.add_user("nada", "supervisor", "interop-lozinka-1")
    page = server.signed_in("nada", "interop-lozinka-1")
    csv = page(f"/campaigns/{campaign}/recipients/export?format=csv")
    check("the proof as CSV has everybody", csv.count("\r\n") >= RECIPIENTS + 2, f"{csv.count(chr(10))} lines")


if __name__ == "__main__":
    try:
        main()
    except Exception as problem:  # noqa: BLE001: the summary line comes in any case
        check("the campaign part runs to its end", False, repr(problem)[:2000])
    report.finish()
