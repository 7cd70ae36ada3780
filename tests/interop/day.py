"""A day at work with the keyboard alone: an administrator, an operator and an officer, each in Chromium."""

import struct
import zlib

import media
from chromium import drive, shots
from odziv import QUICK_LINE, Report, Server, wait_for
from sipp import Sipp
from smsc import Smsc

PASSWORD = "prolećna-kiša-48"
CALLER = "+381639876543"
WRITERS = {"first": "+381641234567", "second": "+381642223334"}
report = Report()
check = report.check


def main():
    smsc = Smsc()
    server = Server("day", smsc_port=smsc.port)
    try:
        server.add_user("sef", "administrator", PASSWORD)
        server.start()
        wait_for(lambda: smsc.bound, 10)
        scan = server.folder / "podnesak.png"
        scan.write_bytes(picture())
        drive(
            report, "the day ran to its end", "day.mjs", f"http://127.0.0.1:{server.web}", "sef", PASSWORD, scan, shots(),
            happen=lambda said: happen(server, smsc, said),
        )
    finally:
        server.stop()
        server.discard()
        smsc.stop()


def happen(server, smsc, said):
    """What the hands asked for."""
    step = said["step"]
    if step == "call":
        track = server.folder / "spoken.pcap"
        prompt = media.wav_seconds(server.data / "sounds" / "sr" / "digit_1.wav")
        media.Track().silence(prompt + 0.8).audio(media.tone(1.5, 440, 4000)).press("#").silence(0.5).write_pcap(track)
        run = Sipp(server, server.folder, "day", [CALLER], track, QUICK_LINE, rate=1)
        check("sipp: the call goes through", run.succeeded(), run.why())
        return case_of(server, CALLER)
    if step == "text":
        number = WRITERS[said["who"]]
        smsc.deliver(said["who"], number, said["words"])
        return case_of(server, number)
    if step == "sent":
        found = wait_for(lambda: [s["words"] for s in smsc.submits_to(said["to"]) if said["words"] in s["words"]], 15)
        return {"words": found or [s["words"] for s in smsc.submits_to(said["to"])], "found": bool(found)}
    if step == "case":
        return server.case(said)
    return {}


def case_of(server, number):
    found = wait_for(lambda: list(server.cases(phone=number)), 15)
    return found[0] if found else {"id": 0, "number": ""}


def picture():
    """A scan: a grey sheet, as PNG."""
    side = 120
    rows = b"".join(b"\0" + bytes([210]) * side for _ in range(side))

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


if __name__ == "__main__":
    try:
        main()
    except Exception as problem:  # noqa: BLE001: the summary line comes in any case
        check("the day runs to its end", False, repr(problem)[:2000])
    report.finish()
