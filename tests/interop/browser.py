"""A browser against the built program: what arrives while somebody looks."""

import json
import urllib.request

import media
from chromium import drive, shots
from odziv import QUICK_LINE, Report, Server, wait_for
from sipp import Sipp
from smsc import Smsc

PASSWORD = "lozinka-za-probu"
report = Report()
check = report.check


def main():
    smsc = Smsc()
    server = Server("browser", smsc_port=smsc.port)
    try:
        server.add_user("mira", "operator", PASSWORD)
        server.start()
        wait_for(lambda: smsc.bound, 10)
        drive(
            report, "the browser part ran to its end", "browser.mjs", f"http://127.0.0.1:{server.web}", "mira", PASSWORD, shots(),
            happen=lambda said: happen(server, smsc, said["step"]),
        )
    finally:
        server.stop()
        server.discard()
        smsc.stop()


def happen(server, smsc, step):
    """What the browser asked for; answers with the case that it concerns."""
    if step == "text":
        number = "+381641234567"
        smsc.deliver("seen", number, "Пукла је цев у улици Светог Саве 12, вода тече низ пут.")
        return {"case": case_of(server, number)}
    number = "+381639876543"
    if step == "call":
        track = server.folder / "spoken.pcap"
        prompt = media.wav_seconds(server.data / "sounds" / "sr" / "digit_1.wav")
        media.Track().silence(prompt + 0.8).audio(speech()).press("#").silence(0.5).write_pcap(track)
        run = Sipp(server, server.folder, "seen", [number], track, QUICK_LINE, rate=1)
        check("sipp: the call goes through", run.succeeded(), run.why())
    elif step == "note":
        request = urllib.request.Request(
            f"http://127.0.0.1:{server.web}/api/v1/cases/{case_of(server, number)}/notes",
            data=json.dumps({"words": "Екипа је на терену."}).encode(), method="POST",
        )
        request.add_header("Authorization", f"Bearer {server.bearer}")
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=10) as answer:
            check("a note by the API is 201", answer.status == 201, answer.status)
    return {"case": case_of(server, number)}


def case_of(server, number):
    found = wait_for(lambda: list(server.cases(phone=number)), 15)
    return found[0]["id"] if found else 0


def speech():
    """Something with the rhythm of words, so that the waveform has a face."""
    return b"".join(media.tone(0.25, 300 + 90 * (n % 5), 3000 + 1500 * (n % 4)) + bytes([media.SILENCE]) * 900 for n in range(14))


if __name__ == "__main__":
    try:
        main()
    except Exception as problem:  # noqa: BLE001: the summary line comes in any case
        check("the browser part runs to its end", False, repr(problem)[:2000])
    report.finish()
