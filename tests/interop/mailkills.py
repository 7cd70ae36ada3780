"""The program is killed at random moments while citizens write, cases go to an institution and come back, and outcomes go out by e-mail or,
where an address takes nothing, by text. In the end everything is counted: nothing is lost, nothing went twice.
"""

import collections
import os
import random
import time
import urllib.error

from letters import answer, answer_case, body, letter
from mailserver import BOUNCING
from odziv import wait_for

KILLS = int(os.environ.get("ODZIV_INTEROP_KILLS", "100"))
SEED = int(os.environ.get("ODZIV_INTEROP_SEED", time.time()))
LIVES = (0.1, 1.8)  # seconds from readiness to SIGKILL
MAILS_PER_LIFE = 5
STEPS_PER_LIFE = 3  # of people: forwarding, answering
INSTITUTION = "vodovod"
UNREACHED = 40  # citizens whose address takes nothing, with a telephone

chance = random.Random(SEED)


def kill_and_count(server, mail, smsc, check):
    print(f"{KILLS} kills, ODZIV_INTEROP_SEED={SEED}", flush=True)
    began = time.monotonic()
    day = Day(server, mail)
    for number in range(UNREACHED):
        points = [{"kind": "email", "value": f"n{number}@{BOUNCING}"}, {"kind": "phone", "value": telephone(number)}]
        server.post("/people", {"name": f"n{number}", "points": points})
    server.stop()
    for _ in range(KILLS):
        server.start()
        life_ends = time.monotonic() + chance.uniform(*LIVES)
        day.live(life_ends)
        time.sleep(max(0.0, life_ends - time.monotonic()))
        server.kill()
    server.start()
    check(f"started again after each of {KILLS} kills", True, f"{time.monotonic() - began:.0f} s")
    check("the mailbox is read to its end, everything is sent and reported", wait_for(day.is_settled, 90, 1), day.unsettled)
    day.read()
    count_citizens(day, mail, check)
    count_institution(day, mail, check)
    count_outcomes(day, mail, smsc, check)


def telephone(number):
    return f"+3816422{number:05}"


class Day:
    """What was done, as far as whoever did it knows: an order that the program did not answer may have been carried out."""

    def __init__(self, server, mail):
        self.server, self.mail = server, mail
        self.citizens = []  # addresses, in the order of their letters
        self.answers = []  # (address, words) of citizens who answered their receipt
        self.forwarded, self.answered = {}, {}  # address: whether the program said so
        # Letters of the story before are none of ours.
        self.before = {m["message-id"] for m in mail.inbox(INSTITUTION)}
        self.replied = {}  # Message-ID of the letter to the institution: (words, Message-ID of its answer)
        self.unreached = 0
        self.unsettled = ""
        self.details = {}

    def live(self, until):
        for _ in range(chance.randint(1, MAILS_PER_LIFE)):
            self.somebody_writes()
        self.institution_answers()
        for _ in range(STEPS_PER_LIFE):
            if time.monotonic() < until:
                try:
                    self.somebody_works()
                except (urllib.error.URLError, OSError):
                    pass

    def somebody_writes(self):
        if self.unreached < UNREACHED and chance.random() < 0.2:
            address = f"n{self.unreached}@{BOUNCING}"
            self.unreached += 1
        else:
            address = f"g{len(self.citizens)}@citizens.test"
        self.citizens.append(address)
        self.mail.send(address, letter(address, f"Пријава {address}", f"Пукла је цев, пријава {address}.").as_bytes())
        other = chance.choice(self.citizens)
        receipts = self.mail.inbox(name(other))[:1] if chance.random() < 0.3 else []
        # A letter about a case that ended would open it again, and that is another story.
        if receipts and other not in self.answered and other not in [o for o, _ in self.answers]:
            words = f"Одговор грађанина {other}."
            self.answers.append((other, words))
            answer(self.mail, other, words, receipts[0])

    def institution_answers(self):
        waiting = [m for m in self.mail.inbox(INSTITUTION) if m["message-id"] not in self.before | self.replied.keys()]
        for asked in waiting[:2]:
            words = f"Изјашњење о {asked['message-id'].split('@')[0]}."
            made = answer(self.mail, f"{INSTITUTION}@citizens.test", words, asked)
            self.replied[asked["message-id"]] = (words, made["message-id"])

    def somebody_works(self):
        """Takes one of the newest cases and forwards or answers it."""
        rows = [c for c in self.server.api("/cases", limit=30)["cases"] if c["caller"] in self.citizens]
        rows = [c for c in rows if c["status"] not in ("answered", "closed") and c["caller"] not in self.answered]
        if not rows:
            return
        case = chance.choice(rows)
        address = case["caller"]
        wrote_again = address in [o for o, _ in self.answers]
        if address in self.forwarded and wrote_again:
            return
        if address not in self.forwarded and (wrote_again or chance.random() < 0.5):
            self.forwarded[address] = False
            version = self.server.case(case)["version"]
            order = {"version": version, "department": INSTITUTION, "note": "Молимо за изјашњење."}
            self.forwarded[address] = "version" in self.server.post(f"/cases/{case['id']}/forward", order)
        else:
            self.answered[address] = False
            self.answered[address] = "version" in answer_case(self.server, case, f"Готово {name(address)}.")

    def is_settled(self):
        """Nothing waits, and whatever a server took is reported on: delivered, returned, or presumed lost on the way."""
        found = [c for c in self.server.cases() if c["caller"] in set(self.citizens)]
        if len(found) < len(self.citizens):
            self.unsettled = f"{len(found)} cases of {len(self.citizens)}"
            return False
        counts = collections.Counter(t["state"] for c in found for t in self.server.case(c)["texts"])
        self.unsettled = str(dict(counts))
        return not set(counts) & {"queued", "sending", "accepted"}

    def read(self):
        rows = collections.defaultdict(list)
        for case in self.server.cases():
            rows[case["caller"]].append(case)
        self.rows = rows
        self.details = {a: self.server.case(rows[a][0]) for a in self.citizens if rows[a]}

    def kinds(self, address, kind):
        return [e for e in self.details[address]["timeline"] if e["kind"] == kind]

    def sent(self, address, purpose):
        """States of what was sent to the citizen by e-mail for this purpose."""
        entries = [e for e in self.kinds(address, "mail_queued") if e["to"] == address and e["purpose"] == purpose]
        states = {t["id"]: t["state"] for t in self.details[address]["texts"]}
        return [states.get(e["outbox"]) for e in entries]


def name(address):
    return address.split("@")[0]


def sample(wrong):
    return f"{len(wrong)}: {wrong[:4]}" if wrong else ""


def count_citizens(day, mail, check):
    wrong = [a for a in day.citizens if len(day.rows[a]) != 1]
    check(f"each of {len(day.citizens)} mails is exactly one case", not wrong, sample(wrong))
    words = lambda a: [e["words"] for e in day.kinds(a, "mail_received")]  # noqa: E731
    wrong = [a for a in day.details if words(a).count(f"Пукла је цев, пријава {a}.") != 1]
    check("its words stand on the timeline once", not wrong, sample(wrong))
    wrong = [a for a, said in day.answers if words(a).count(said) != 1]
    check(f"each of {len(day.answers)} answers is one entry on its case", not wrong, sample(wrong))
    receipts = {a: day.sent(a, "receipt") for a in day.details}
    wrong = [(a, s) for a, s in receipts.items() if len(s) != 1]
    check("each case has one receipt by e-mail", not wrong, sample(wrong))
    of = lambda a: [m for m in mail.inbox(name(a)) if "заведена" in body(m)]  # noqa: E731
    reached = [a for a in day.details if a.endswith("@citizens.test")]
    twice = [a for a in reached if len(of(a)) > 1]
    check("no receipt came twice", not twice, sample(twice))
    wrong = [(a, receipts[a]) for a in reached if (receipts[a] == ["delivered"]) != (len(of(a)) == 1)]
    check("what arrived is known to have arrived, by the report of the mail server", not wrong, sample(wrong))
    counts = collections.Counter(s for states in receipts.values() for s in states)
    check("the others came back or are known as uncertain", set(counts) <= {"delivered", "uncertain", "undeliverable"}, str(dict(counts)))


def count_institution(day, mail, check):
    done = [a for a in day.forwarded if day.kinds(a, "forwarded")]
    wrong = [a for a, said in day.forwarded.items() if len(day.kinds(a, "forwarded")) > 1 or (said and a not in done)]
    check(f"each of {len(done)} cases was forwarded once, and all that were said to be", not wrong, sample(wrong))
    letters = collections.Counter(m["message-id"] for m in mail.inbox(INSTITUTION))
    twice = [m for m, times in letters.items() if times > 1]
    check("the institution got no letter twice", not twice, sample(twice))
    numbers = [day.details[a]["number"] for a in done]
    got = collections.Counter(number for m in mail.inbox(INSTITUTION) for number in numbers if f"[{number} " in m["subject"])
    sure = [a for a in done if forward_state(day, a) == "delivered"]
    wrong = [a for a in done if got[day.details[a]["number"]] != (1 if a in sure else 0)]
    check(f"{len(sure)} of them have their letter there; the others are known as uncertain", not wrong, sample(wrong))
    said = collections.Counter(e["words"] for a in day.details for e in day.kinds(a, "mail_received") if e["party"] == "institution")
    wrong = [words for words, _ in day.replied.values() if said[words] != 1]
    check(f"each of its {len(day.replied)} answers stands on the case once", not wrong, sample(wrong))


def forward_state(day, address):
    states = {t["id"]: t["state"] for t in day.details[address]["texts"]}
    return next((states.get(e["outbox"]) for e in day.kinds(address, "mail_queued") if e["purpose"] == "forward"), None)


def count_outcomes(day, mail, smsc, check):
    done = [a for a in day.answered if day.kinds(a, "answered")]
    wrong = [a for a, said in day.answered.items() if len(day.kinds(a, "answered")) > 1 or (said and a not in done)]
    check(f"each of {len(done)} cases was answered once, and all that were said to be", not wrong, sample(wrong))
    outcomes = lambda a: [m for m in mail.inbox(name(a)) if f"Готово {name(a)}." in body(m)]  # noqa: E731
    by_mail = [a for a in done if a.endswith("@citizens.test")]
    wrong = [(a, day.sent(a, "notice"), len(outcomes(a))) for a in by_mail if len(outcomes(a)) != day.sent(a, "notice").count("delivered")]
    check(f"the outcome of {len(by_mail)} went by e-mail, once where it arrived", not wrong, sample(wrong))
    texts = lambda a: [t["words"] for t in smsc.submits_to(telephone(int(name(a)[1:])))]  # noqa: E731
    by_text = [a for a in day.details if a.endswith(BOUNCING)]
    twice = [a for a in by_text if len(set(texts(a))) != len(texts(a)) or len(texts(a)) > 2]
    check(f"no text to {len(by_text)} citizens whose address takes nothing went twice", not twice, sample(twice))
    told = [a for a in by_text if day.sent(a, "notice") == ["undeliverable"]]
    missing = [a for a in told if not any(f"Готово {name(a)}." in t for t in texts(a)) and "uncertain" not in [t["state"] for t in day.details[a]["texts"]]]
    check(f"{len(told)} outcomes came back and went by text", not missing, sample(missing))
    closed = [a for a in done if day.details[a]["status"] == "closed"]
    proven = [a for a in done if "delivered" in states_of_outcome(day, a)]
    check(f"the {len(closed)} whose delivery is proven are closed, and no others", sorted(closed) == sorted(proven), sample(sorted(set(closed) ^ set(proven))))


def states_of_outcome(day, address):
    """By whichever channel."""
    states = {t["id"]: t["state"] for t in day.details[address]["texts"]}
    queued = day.kinds(address, "mail_queued") + day.kinds(address, "text_queued")
    return [states.get(e["outbox"]) for e in queued if "Готово " in e["words"]]
