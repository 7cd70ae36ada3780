"""An operator at a browser writes a campaign from a list with faulty rows; a supervisor approves it; both see how it goes and take the proof."""

import subprocess

import tones
from chromium import drive, shots
from odziv import Report, Server, wait_for
from smsc import Smsc

PASSWORD = "lozinka-za-probu"
# As people really keep it: Excel's semicolons, the code page of Windows, capitals, every notation, and rows that are wrong.
LIST = """Рб;ИМЕ И ПРЕЗИМЕ;Моб. телефон;е-пошта;Адреса;Улаз
1;ПЕТРОВИЋ АНА;064/123-45-01;ana@citizens.test;Његошева 12;А
2;Бранко Ђорђевић;+381 64 1234502;;Његошева 14;Б
3;Вера Џаковић;0641234503;vera@citizens;Његошева 16;Б
4;Гордана;није број;;;В
5;;0641234505;;Његошева 18;
6;Душан Љубић;;;Његошева 20;А
7;Ана Петровић;0641234501;;Његошева 12;А
"""

report = Report()
check = report.check


def main():
    smsc = Smsc()
    server = Server("sending", smsc_port=smsc.port, extra="[campaigns]\npart_price = 3.5\n")
    try:
        server.add_user("mira", "operator", PASSWORD)
        server.add_user("nada", "supervisor", PASSWORD)
        server.start()
        wait_for(lambda: smsc.bound, 10)
        people = server.folder / "stanari.csv"
        people.write_bytes(LIST.replace("\n", "\r\n").encode("cp1251"))
        sound = server.folder / "najava.wav"
        tones.write(sound, 440, 2, rate=22_050)
        downloads = server.folder / "downloads"
        downloads.mkdir()
        drive(
            report, "the sending part ran to its end", "sending.mjs", f"http://127.0.0.1:{server.web}", PASSWORD, people, sound, downloads, shots(),
            happen=lambda said: {},
        )
        texts = [event["words"] for event in smsc.of("submit")]
        check("the right texts went out, each once", len(texts) == len(set(texts)) and len(texts) == 4, f"{texts}")
        proof = downloads / "proof.pdf"
        words = subprocess.run(["pdftotext", "-layout", proof, "-"], capture_output=True, text=True).stdout
        check("the proof on paper says who was reached", "Бранко Ђорђевић" in words and "Доказ о обавештавању" in words, words[:200])
        digest = subprocess.run(["sha256sum", downloads / "proof.csv"], capture_output=True, text=True).stdout.split()[0]
        check("the digest on paper is that of the list", digest in words.replace("\n", "").replace(" ", ""), digest)
        check("no panic in the log", "panicked" not in server.log())
    finally:
        server.stop()
        server.discard()
        smsc.stop()


if __name__ == "__main__":
    try:
        main()
    except Exception as problem:  # noqa: BLE001: the summary line comes in any case
        check("the sending part runs to its end", False, repr(problem)[:2000])
    report.finish()
