"""Messages that are read to citizens: baresip as the telephone of a citizen, sipp as numbers that are busy or not there, and a kill."""

import sqlite3
import subprocess
import time
import urllib.error
import urllib.request

import tones
from odziv import Report, Server, free_port, wait_for
from softphones import Baresip

CITIZEN = "+381641112223"
BUSY, NOWHERE = "+381641112224", "+381641112225"
WORDS = "Поштовани, у ул. Јеврејској бр. 5 сутра од 9 до 14 часова неће бити воде. Тел. 021/480-000."
ENGLISH = "There will be no water in your street tomorrow from 9 to 14 h."
SHIPPED = ("announcement_intro", "announcement_ask")

report = Report()
check = report.check


def main():
    citizen_port, busy_port, nowhere_port = free_port(), free_port(), free_port()
    sip = trunk("citizen", citizen_port) + trunk("busy", busy_port) + trunk("nowhere", nowhere_port)
    outbound = (
        '[outbound.announcements]\nfrom = "00:00"\nuntil = "23:59"\ntries = 2\nafter_busy_m = 1\nafter_no_answer_m = 1\nring_s = 15\n'
        + rule("citizen", CITIZEN, "citizen") + rule("busy", BUSY, "busy") + rule("nowhere", NOWHERE, "nowhere")
    )
    server = Server("announcements", sip=sip, extra=outbound)
    try:
        server.start()
        confirmed(server, citizen_port, WORDS, "1", ("delivered", "confirmed"))
        confirmed(server, citizen_port, ENGLISH, "9", ("delivered", "opted_out"))
        unanswered_question(server, citizen_port)
        refused(server, busy_port, nowhere_port)
        recorded(server, citizen_port)
        killed(server, citizen_port)
        check("server ends cleanly on SIGTERM", server.stop() == 0)
    finally:
        server.stop()
        server.discard()


def trunk(name, port):
    return f'[[sip.trunk]]\nname = "{name}"\nserver = "127.0.0.1:{port}"\nkeepalive_s = 0\nnumber = "+38121480000"\n'


def rule(name, number, trunk):
    return f'[[outbound.rule]]\nname = "{name}"\nprefixes = ["{number}"]\ntrunks = ["{trunk}"]\n'


def database(server):
    return sqlite3.connect(server.data / "odziv.db", timeout=20)


def queue(server, number, words):
    """As whoever sends to many puts it there."""
    now = int(time.time() * 1_000_000)
    with database(server) as db:
        cursor = db.execute(
            "INSERT INTO outbox (channel, recipient, words, urgency, state, due_at, created_at, updated_at) "
            "VALUES ('voice', ?, ?, 1, 'queued', ?, ?, ?)", (number, words, now, now, now),
        )
        return cursor.lastrowid


def state(server, message):
    with database(server) as db:
        return db.execute("SELECT state, error FROM outbox WHERE id = ?", (message,)).fetchone()


def results(server, message):
    with database(server) as db:
        return db.execute("SELECT result, code, reason FROM outbox_call WHERE outbox_id = ? ORDER BY id", (message,)).fetchall()


def settled(server, message, seconds=30):
    return wait_for(lambda: state(server, message)[0] not in ("queued", "sending") and state(server, message), seconds)


def phone(server, port, name):
    return Baresip(server.folder, name, 440, f"<sip:{CITIZEN}@127.0.0.1>;regint=0;answermode=manual;audio_codecs=PCMA/8000/1", port=port)


def confirmed(server, port, words, key, expected):
    """A citizen takes up the telephone, hears all of it and presses a key."""
    what = f"key {key}"
    callee = phone(server, port, f"phone{key}")
    try:
        message = queue(server, CITIZEN, words)
        check(f"{what}: the telephone rings", callee.wait("CALL_INCOMING", 15), callee.log()[-300:])
        callee.answer()
        check(f"{what}: it is answered", callee.wait("CALL_ESTABLISHED"), callee.log()[-300:])
        heard = wait_for(lambda: callee.heard_files(), 5)
        spoken = wait_for(lambda: sorted(server.data.glob("speech/*/*.wav"), key=lambda path: path.stat().st_mtime), 5)[-1]
        language = "en" if words == ENGLISH else "sr"
        prompts = [tones.length(server.data / "sounds" / language / f"{name}.wav") for name in SHIPPED]
        whole = sum(prompts) + tones.length(spoken)
        time.sleep(whole + 2.5)
        ear = heard[0]
        loud = voice(ear)
        check(f"{what}: what was heard lasts as long as the prompts and the message, {whole:.1f} s", 0.6 * whole < loud < whole + 0.5, f"{loud:.1f} s with sound")
        callee.command("sndcode", key)
        check(f"{what}: the call ends by itself", callee.wait("CALL_CLOSED", 15), callee.log()[-300:])
        end = settled(server, message)
        said = results(server, message)
        check(f"{what}: the message is {expected[0]}, {expected[1]}", end and end[0] == expected[0] and [r[0] for r in said] == [expected[1]], f"{end} {said}")
        check(f"{what}: it became no case", not list(server.cases()))
    finally:
        callee.stop()


def voice(path):
    """Seconds in which something is heard."""
    channels, rate = tones.read(path)
    samples, piece = channels[0], rate // 10
    return sum(max(map(abs, samples[at : at + piece]), default=0) > 500 for at in range(0, len(samples), piece)) / 10


def unanswered_question(server, port):
    callee = phone(server, port, "silent")
    try:
        message = queue(server, CITIZEN, "Вода.")
        check("no key: the telephone rings", callee.wait("CALL_INCOMING", 15), callee.log()[-300:])
        callee.answer()
        check("no key: the call ends by itself", callee.wait("CALL_CLOSED", 60), callee.log()[-300:])
        said = wait_for(lambda: [r for r in results(server, message) if r[0]], 10)
        check("no key: it is not confirmed, and waits for its next try", said and said[0][0] == "unconfirmed" and state(server, message)[0] == "queued", f"{said} {state(server, message)}")
        with database(server) as db:
            db.execute("UPDATE outbox SET state = 'rejected' WHERE id = ?", (message,))
    finally:
        callee.stop()


REFUSES = """<?xml version="1.0"?><scenario name="refuses">
<recv request="INVITE"/>
<send><![CDATA[
SIP/2.0 {line}
[last_Via:]
[last_From:]
[last_To:];tag=[call_number]
[last_Call-ID:]
[last_CSeq:]
{reason}Content-Length: 0

]]></send>
<recv request="ACK"/>
</scenario>"""


def refusing(server, port, line, reason=""):
    """One number behind a trunk, which refuses the first call."""
    scenario = server.folder / f"{line[:3]}.xml"
    scenario.write_text(REFUSES.format(line=line, reason=reason))
    return subprocess.Popen(
        ["sipp", "-sf", scenario, "-i", "127.0.0.1", "-p", str(port), "-nostdin", "-m", "1", "-timeout", "60s"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=server.folder,
    )


def refused(server, busy_port, nowhere_port):
    refusals = [
        refusing(server, busy_port, "486 Busy Here"),
        refusing(server, nowhere_port, "404 Not Found", 'Reason: Q.850;cause=1;text="Unallocated number"\n'),
    ]
    try:
        time.sleep(1)
        nowhere, busy = queue(server, NOWHERE, "Вода."), queue(server, BUSY, "Вода.")
        end = settled(server, nowhere)
        check("404: the number is given up at once, with what the network says", end and end[0] == "undeliverable" and "Unallocated number" in end[1], f"{end}")
        said = wait_for(lambda: [r for r in results(server, busy) if r[0]], 15)
        check("486: it is busy and waits for its next try", said and said[0][:2] == ("busy", 486) and state(server, busy)[0] == "queued", f"{said} {state(server, busy)}")
    finally:
        for sipp in refusals:
            sipp.kill()
            sipp.wait()


def recorded(server, port):
    """A campaign whose calls play what somebody recorded, tried by its author."""
    draft = {"name": "Сирена", "ladder": [{"way": "voice", "minutes": 60}], "message": {"script": "own"}}
    campaign = server.api("/campaigns", draft)["id"]
    check("recording: what is no WAV is refused", put(server, campaign, b"RIFF, not really") == 422)
    tone = server.folder / "tone.wav"
    tones.write(tone, 620, 4, rate=44_100)
    check("recording: a WAV of 44.1 kHz is taken", put(server, campaign, tone.read_bytes()) == 204)
    kept = list(server.data.glob("announcements/*/*.wav"))
    callee = phone(server, port, "recorded")
    try:
        server.api(f"/campaigns/{campaign}/test", {"to": CITIZEN, "call": True})
        check("recording: the telephone rings", callee.wait("CALL_INCOMING", 15), callee.log()[-300:])
        callee.answer()
        callee.wait("CALL_ESTABLISHED")
        ear = wait_for(lambda: callee.heard_files(), 5)[0]
        wait_for(lambda: sum(end - start for start, end, _ in tones.heard(ear, [620])) >= 3.5, 20)
        heard = tones.heard(ear, [620])
        check("recording: all of it is heard", 3.5 <= sum(end - start for start, end, _ in heard) <= 4.5, f"{heard}")
        callee.hang_up()
    finally:
        callee.stop()
    removed = put(server, campaign, None)
    check("recording: taken out, it is gone from the disk", removed == 204 and kept and not kept[0].exists(), f"{removed} {kept}")


def put(server, campaign, octets):
    """The status of the answer."""
    url = f"http://127.0.0.1:{server.web}/api/v1/campaigns/{campaign}/recording"
    headers = {"Authorization": f"Bearer {server.token()}", "Content-Type": "audio/wav"}
    request = urllib.request.Request(url, octets, headers, method="PUT" if octets else "DELETE")
    try:
        return urllib.request.urlopen(request).status
    except urllib.error.HTTPError as refusal:
        return refusal.code


def killed(server, port):
    callee = phone(server, port, "killed")
    try:
        message = queue(server, CITIZEN, WORDS)
        callee.wait("CALL_INCOMING", 15)
        callee.answer()
        callee.wait("CALL_ESTABLISHED")
        time.sleep(2)
        server.kill()
        callee.hang_up()
        since = time.monotonic()
        server.start()
        check("kill: the message is uncertain", state(server, message)[0] == "uncertain", f"{state(server, message)}")
        time.sleep(6)
        check("kill: nobody is called again", not callee.saw("CALL_INCOMING", since), callee.log()[-300:])
    finally:
        callee.stop()


if __name__ == "__main__":
    try:
        main()
    except Exception as problem:  # noqa: BLE001: the summary line comes in any case
        check("the announcements part runs to its end", False, repr(problem)[:2000])
    report.finish()
