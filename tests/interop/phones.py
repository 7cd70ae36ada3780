"""Real phones, headless: baresip and linphone with each other, and with the built program."""

import time

import tones
from odziv import QUICK_LINE, Report, Server, wait_for
from softphones import Baresip, Linphone

LOW, HIGH = 440, 1000
TONES = (LOW, HIGH)

report = Report()


def check(what, good, detail=""):
    """What the phone said is of interest when it did not do what it should."""
    return report.check(what, good, "" if good else detail)


def main():
    server = Server("phones")
    try:
        server.start()
        with_each_other(server)
        baresip_leaves_a_message(server, "PCMA/8000/1", "+381601110001")
        baresip_leaves_a_message(server, "G722/16000/1", "+381601110002")
        linphone_leaves_a_message(server, "+381601110003")
        check("server ends cleanly on SIGTERM", server.stop() == 0)
    finally:
        server.stop()
        server.discard()


def account(user, **parameters):
    words = "".join(f";{name}={value}" for name, value in parameters.items())
    return f"<sip:{user}@127.0.0.1>{words};regint=0;answermode=manual"


def with_each_other(server):
    """The trial's own phones and ears: an encrypted call, hold and resume, both tones."""
    one = Baresip(server.folder, "one", LOW, account("one", audio_codecs="PCMA/8000/1", mediaenc="srtp-mand"))
    two = Linphone(server.folder, "two", HIGH, encryption="srtp")
    try:
        two.dial(f"sip:one@127.0.0.1:{one.port}")
        check("linphone reaches baresip", one.wait("CALL_INCOMING"), one.log()[-300:])
        one.answer()
        check("their call is established, encrypted", one.wait("CALL_ESTABLISHED"), one.log()[-300:])
        time.sleep(3)
        two.command("pause")
        time.sleep(1.5)
        before = tones.seconds_of(two.heard, LOW, TONES) if two.heard.exists() else 0.0
        two.command("resume")
        time.sleep(3)
        two.hang_up()
        one.wait("CALL_CLOSED")
        ear = one.heard_files()
        check("baresip hears linphone", ear and tones.seconds_of(ear[0], HIGH, TONES) > 2, ear and tones.heard(ear[0], TONES))
        after = tones.seconds_of(two.heard, LOW, TONES) if two.heard.exists() else 0.0
        check("linphone hears baresip before and after its hold", before > 2 and after > before + 1.5, f"{before:.1f} s, {after:.1f} s")
    finally:
        one.stop()
        two.stop()


def baresip_leaves_a_message(server, codec, number):
    phone = Baresip(server.folder, f"caller{number[-1]}", LOW, account(number, audio_codecs=codec), rate=int(codec.split("/")[1]))
    try:
        phone.dial(f"sip:{QUICK_LINE}@127.0.0.1:{server.sip}")
        check(f"baresip with {codec} is answered", phone.wait("CALL_ESTABLISHED"), phone.log()[-400:])
        time.sleep(6)
        phone.hang_up()
        case_with_a_tone(server, number, f"baresip with {codec}")
        ear = phone.heard_files()
        loud = ear and max(map(abs, (tones.read(ear[0])[0] or [[0]])[0]), default=0) > 1000
        check(f"baresip with {codec} hears the prompt", loud)
    finally:
        phone.stop()


def linphone_leaves_a_message(server, number):
    phone = Linphone(server.folder, number, LOW)
    try:
        phone.dial(f"sip:{QUICK_LINE}@127.0.0.1:{server.sip}")
        check("linphone is answered", phone.wait("Media streams established"), phone.log()[-400:])
        time.sleep(7)
        phone.hang_up()
        case_with_a_tone(server, None, "linphone")
    finally:
        phone.stop()


_seen = set()


def case_with_a_tone(server, number, who):
    """A case with a recording in which the phone's tone stands."""
    recordings = lambda: [path for path in server.data.rglob("*.wav") if "sounds" not in path.parts and path not in _seen]
    found = wait_for(lambda: [path for path in recordings() if path.stat().st_size > 8000], 10)
    _seen.update(found)
    spoken = sum(tones.seconds_of(path, LOW, TONES) for path in found)
    check(f"{who} is recorded with its tone", spoken > 2, f"{spoken:.1f} s in {len(found)} recordings")
    if number:
        check(f"{who} is a case", wait_for(lambda: any(number in str(case) for case in server.cases()), 5))


if __name__ == "__main__":
    try:
        main()
    except Exception as problem:  # noqa: BLE001: the summary line comes in any case
        check("the phones part runs to its end", False, repr(problem)[:2000])
    report.finish()
