"""The program is killed at random moments under calls and texts, started again, and in the end everything is counted.

Every contact that was acknowledged (a call by 180 or 200, a text by deliver_sm_resp) has exactly one case; every recording
opens; no receipt was sent twice, and none is forgotten.
"""

import collections
import os
import random
import socket
import time

import media
from odziv import MENU_LINE, QUICK_LINE, Report, Server, wait_for
from sip import Caller
from smsc import Smsc

KILLS = int(os.environ.get("ODZIV_INTEROP_KILLS", "100"))
SEED = int(os.environ.get("ODZIV_INTEROP_SEED", time.time()))
CALLS_PER_SECOND, TEXTS_PER_SECOND = 12, 6
LIVES = (0.1, 3.4)  # seconds from readiness to SIGKILL
MOST_TALKING = 40  # Python sends a packet each 20 ms for each of them

report = Report()
check = report.check
chance = random.Random(SEED)


class Talker:
    """One call with its media: speaks until it hangs up or the server is gone."""

    words = [p for _, p in media.Track().audio(media.tone(0.5) * 12).packets]

    def __init__(self, caller, number):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setblocking(False)
        # Most go straight to the beep; some hang about in the menu.
        line = QUICK_LINE if chance.random() < 0.8 else MENU_LINE
        self.call = caller.call(number, line, media_port=self.socket.getsockname()[1])
        self.until = time.monotonic() + chance.uniform(0.0, 5.0)
        # Half press hash before they go, so that a receipt is due.
        self.hash = chance.random() < 0.5
        self.sent, self.started = 0, None

    def step(self, now):
        """False when there is nothing left to do."""
        if self.call.state == "talking":
            self.started = self.started or now
            while self.sent < (now - self.started) * 50:
                self._send(self.words[self.sent % len(self.words)])
            if now > self.until:
                if self.hash:
                    for _, packet in self._hash():
                        self._send(packet)
                    self.hash, self.until = False, now + 0.5
                else:
                    self.call.bye()
        over = self.call.state == "over" or now > self.until + 8
        if over:
            self.socket.close()
        return not over

    def _hash(self):
        track = media.Track()
        track.sequence, track.time = self.sent + 1, self.sent * 0.02
        return track.press("#").packets

    def _send(self, packet):
        self.sent += 1
        try:
            self.socket.sendto(packet, self.call.remote_media)
            while True:
                self.socket.recv(4096)
        except OSError:
            pass


class Load:
    """Calls and texts that begin at random moments, whether a server is there or not."""

    def __init__(self, server, smsc):
        self.caller, self.smsc = Caller(server.sip), smsc
        self.talkers, self.calls, self.texts = [], [], {}
        self.next_call = self.next_text = time.monotonic()

    def run(self, seconds, new=True):
        deadline = time.monotonic() + seconds
        while (now := time.monotonic()) < deadline:
            if new and now >= self.next_call:
                self.next_call = max(now, self.next_call) + chance.expovariate(CALLS_PER_SECOND)
                if len(self.talkers) < MOST_TALKING:
                    talker = Talker(self.caller, f"+38163{len(self.calls):07}")
                    self.talkers.append(talker)
                    self.calls.append(talker.call)
            if new and now >= self.next_text:
                self.next_text = max(now, self.next_text) + chance.expovariate(TEXTS_PER_SECOND)
                self._text(len(self.texts))
            self.talkers = [talker for talker in self.talkers if talker.step(now)]
            for gone in [id for id, call in self.caller.calls.items() if call.state == "over"]:
                del self.caller.calls[gone]
            self.caller.pump(0.01)

    def _text(self, n):
        number, words = f"+38165{n:07}", f"Пукла цев, пријава број {n}"
        if n % 3 == 0:
            words += ". Молим вас да пошаљете екипу што пре, вода се улива у подрум зграде!"
        self.texts[number] = words
        self.smsc.deliver(number, number, words, reference=n % 256)


def main():
    print(f"{KILLS} kills, ODZIV_INTEROP_SEED={SEED}", flush=True)
    smsc = Smsc()
    server = Server("kills", smsc_port=smsc.port)
    load = Load(server, smsc)
    slowest = 0.0
    try:
        for n in range(KILLS):
            begun = time.monotonic()
            server.start()
            slowest = max(slowest, time.monotonic() - begun)
            load.run(chance.uniform(*LIVES))
            server.kill()
            # Sometimes the callers notice that nobody is there.
            load.run(chance.choice([0, 0, 0.3]))
        check(f"started again after each of {KILLS} kills", True, f"the slowest in {slowest:.2f} s")
        server.start()
        load.run(10, new=False)
        settle(server, smsc, load)
        count(server, smsc, load)
        check("no panic in the log", "panicked" not in server.log())
        check("server ends cleanly on SIGTERM", server.stop() == 0)
    finally:
        server.stop()
        smsc.stop()
        if not report.failed:
            server.discard()
        else:
            print(f"left for a look: {server.folder}", flush=True)


def settle(server, smsc, load):
    """Every text is acknowledged in the end, for the SMSC tries again; the outbox is empty."""
    texts = wait_for(lambda: len({e["id"] for e in smsc.of("acknowledged")} & set(load.texts)) == len(load.texts), 60, 0.5)
    check(f"all {len(load.texts)} texts are acknowledged in the end", texts)
    last, calm = -1, time.monotonic()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and time.monotonic() - calm < 3:
        now = len(smsc.of("submit"))
        if now != last:
            last, calm = now, time.monotonic()
        time.sleep(0.2)


def count(server, smsc, load):
    cases = collections.defaultdict(list)
    for case in server.cases():
        cases[case["caller"]].append(case)
    details = {number: [server.case(case) for case in found] for number, found in cases.items()}

    taken = [call for call in load.calls if call.acknowledged]
    wrong = [call.number for call in taken if len(cases[call.number]) != 1]
    check(f"each of {len(taken)} acknowledged calls (of {len(load.calls)}) is exactly one case", not wrong, sample(wrong, cases))
    twice = [call.number for call in load.calls if not call.acknowledged and len(cases[call.number]) > 1]
    check("no other call is two cases", not twice, sample(twice, cases))
    wrong = [number for number in load.texts if len(cases[number]) != 1]
    check(f"each of {len(load.texts)} texts is exactly one case", not wrong, sample(wrong, cases))
    wrong = [
        number for number, words in load.texts.items()
        if [entry["words"] for d in details.get(number, []) for entry in d["timeline"] if entry["kind"] == "text_received"] != [words]
    ]
    check("the words of each text stand on its timeline once", not wrong, sample(wrong, cases))
    recordings(server, details)
    receipts(smsc, load, details)


def recordings(server, details):
    bad, lengths = [], []
    for number, found in details.items():
        for recording in [r for d in found for r in d["recordings"]]:
            try:
                with server.open(f"/recordings/{recording['id']}") as answer:
                    length, _ = media.wav(answer.read())
                lengths.append(length)
                if recording["length_ms"] is None or abs(recording["length_ms"] / 1000 - length) > 0.1:
                    bad.append(f"{number}: {length:.2f} s, the case says {recording['length_ms']} ms")
            except Exception as problem:  # noqa: BLE001: counted
                bad.append(f"{number}: recording {recording['id']}: {problem!r}")
    check(f"each of {len(lengths) + len(bad)} recordings opens", not bad and lengths, "; ".join(bad[:5]))


def receipts(smsc, load, details):
    sent = collections.Counter(event["to"].strip("+") for event in smsc.of("submit"))
    twice = [number for number, times in sent.items() if times > 1]
    check(f"no receipt of {sum(sent.values())} was sent twice", not twice, f"{len(twice)} twice: {twice[:5]}")
    forgotten, uncertain = [], 0
    for number, found in details.items():
        for text in [t for d in found for t in d["texts"]]:
            known = text["state"] in ("uncertain", "queued")
            uncertain += text["state"] == "uncertain"
            if not sent[number.strip("+")] and not known:
                forgotten.append(f"{number}: {text['state']}")
    check("what the cases say was sent did reach the SMSC", not forgotten, "; ".join(forgotten[:5]))
    none = [number for number in load.texts if not any(d["texts"] for d in details.get(number, []))]
    check("each text has its receipt, sent or known as uncertain", not none, f"{uncertain} uncertain; without: {none[:5]}")


def sample(numbers, cases):
    return f"{len(numbers)} are not: " + ", ".join(f"{n} {len(cases[n])}" for n in numbers[:5]) if numbers else ""


if __name__ == "__main__":
    try:
        main()
    except Exception as problem:  # noqa: BLE001: the summary line comes in any case
        check("the kills part runs to its end", False, repr(problem)[:2000])
    report.finish()
