"""A survey from its first word to its results: a supervisor builds it at a browser and has a list of people called, an operator with a real phone asks
them by keyboard, and the supervisor sees the results grow."""

import sqlite3
import subprocess

from chromium import drive, shots
from desk import Desk
from odziv import HERE, Report, Server, free_port, wait_for

PASSWORD = "correct horse battery"
# Three who answer, and a row that nobody can call.
PEOPLE = "ime;telefon;mesna zajednica\nАна Петровић;064 123 45 01;Детелинара\nБранко Ђорђевић;+381641234502;Лиман\nВера Џаковић;0641234503;Детелинара\nГордана;нема;Лиман\n"

report = Report()
check = report.check


def main():
    port = free_port()
    trunk = f'[[sip.trunk]]\nname = "citizens"\nserver = "127.0.0.1:{port}"\nkeepalive_s = 0\nnumber = "+38121480000"\n'
    rule = '[[outbound.rule]]\nname = "citizens"\nprefixes = ["+38164"]\ntrunks = ["citizens"]\n'
    server = Server("asking", sip=trunk, extra=rule)
    mira = Desk(server, "mira", 1000)
    citizens = None
    try:
        server.add_user("nada", "supervisor", PASSWORD)
        server.start()
        citizens = subprocess.Popen(
            ["sipp", "-sf", HERE / "scenarios" / "answers.xml", "-i", "127.0.0.1", "-p", str(port), "-mp", "45000", "-nostdin", "-nd"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=server.folder,
        )
        mira.with_baresip()
        check("the operator's phone registers", mira.is_registered("Udp"), mira.phone.log()[-400:])
        people = server.folder / "ljudi.csv"
        people.write_text(PEOPLE)
        drive(
            report, "the survey was asked to its end", "asking.mjs", f"http://127.0.0.1:{server.web}", PASSWORD, people, shots(),
            happen=lambda said: happen(server, mira, said),
        )
        with sqlite3.connect(server.data / "odziv.db") as db:
            attempts = db.execute("SELECT outcome, made FROM dial_attempt").fetchall()
            answers = db.execute("SELECT COUNT(*) FROM interview_answer").fetchone()[0]
            linked = db.execute("SELECT COUNT(*) FROM interview WHERE disposition = 'complete' AND attempt_id IS NOT NULL").fetchone()[0]
        check("three were called, each once, and all was asked", attempts == [("completed", 1)] * 3, attempts)
        check("every answer is kept with the call in which it was given", (answers, linked) == (9, 3), (answers, linked))
        check("no panic in the log", "panicked" not in server.log())
    finally:
        if citizens:
            citizens.kill()
        if mira.phone:
            mira.phone.stop()
        server.stop()
        server.discard()


def happen(server, mira, said):
    """What the hands asked for."""
    if said["step"] == "answer":
        rang = mira.phone.wait("CALL_INCOMING", 15)
        mira.phone.answer()
        return {"rang": bool(rang), "up": bool(mira.phone.wait("CALL_ESTABLISHED", 10))}
    if said["step"] == "answered":
        # When the citizen of the last attempt answered, in milliseconds of the browser's clock.
        with sqlite3.connect(server.data / "odziv.db") as db:
            (at,) = db.execute("SELECT MAX(answered_at) FROM dial_attempt").fetchone()
        return {"at": (at or 0) / 1000}
    if said["step"] == "free":
        return {"free": bool(wait_for(lambda: mira.states()[-1:] == ["ready"], 15))}
    return {}


if __name__ == "__main__":
    try:
        main()
    except Exception as problem:  # noqa: BLE001: the summary line comes in any case
        check("the asking part runs to its end", False, repr(problem)[:2000])
    report.finish()
