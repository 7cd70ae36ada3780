"""A second office, with a full mailbox on its first day and a mail server that treats its mails badly. It lives while the first one is killed,
because some of it takes a minute.
"""

import os
import time

from badsmtp import CROWDED, BadSmtp
from letters import letter, states
from odziv import Server, wait_for

ARCHIVE = "arhiva@grad.test"
AT_CROWDED = [f"guzva{n}" for n in range(8)]
WAITING = int(os.environ.get("ODZIV_INTEROP_WAITING", "500"))


class Trouble:
    def __init__(self, mail, check):
        self.check, self.mail = check, mail
        self.bad = BadSmtp()
        self.server = Server("trouble", extra=mail.settings(office=ARCHIVE, smtp=self.bad.port))
        self.cases = {}

    def begin(self):
        """A mailbox that filled up before there was a program, some of it read by people."""
        letters = [letter(f"p{n}@citizens.test", f"Писмо {n}", f"Писмо број {n}.").as_bytes() for n in range(WAITING)]
        self.mail.fill("arhiva", letters)
        began = time.monotonic()
        self.server.start()
        for name in (*AT_CROWDED, "dies", "refuses", "later", "slowly", "good"):
            domain = CROWDED if name in AT_CROWDED else "bad.test"
            order = {
                "idempotency_key": name, "channel": "web", "category": "other", "words": "Рупа на путу",
                "person": {"name": name, "email": f"{name}@{domain}"}, "tell_by": "email",
            }
            self.cases[name] = self.server.post("/cases", order)
        made = [n for n, case in self.cases.items() if "id" not in case]
        self.check("cases are registered whose receipts go by e-mail", not made, str(made and self.cases[made[0]])[:200])
        state = lambda name: states(self.server, self.cases[name])  # noqa: E731
        # Looked at first: it is tried again a minute after.
        waits = wait_for(lambda: self.bad.asked["later"] == 1 and state("later") == ["queued"], 30)
        self.check("one that is to come later waits", waits, f"{state('later')}, asked for {self.bad.asked['later']} times")
        count = lambda: sum(1 for c in self.server.cases(channel="email"))  # noqa: E731
        done = wait_for(lambda: count() == WAITING, 120, 0.5)
        self.check(f"{WAITING} mails that waited on the first day are cases", done, f"{count()} after {time.monotonic() - began:.0f} s")
        uncertain = wait_for(lambda: state("dies") == ["uncertain"], 30)
        self.check("a mail whose server hung up before the answer is uncertain", uncertain, str(state("dies")))
        self.check("one that is refused is rejected", wait_for(lambda: state("refuses") == ["rejected"], 15), str(state("refuses")))
        self.check("one that is taken is accepted", wait_for(lambda: state("good") == ["accepted"], 15), str(state("good")))
        idle = wait_for(lambda: self.bad.open == 0, 45)
        self.check("a connection without work is given back", idle, f"{self.bad.open} are open")

    def end(self):
        """More than a minute later."""
        state = lambda name: states(self.server, self.cases[name])  # noqa: E731
        self.check("first 451, then 550: tried again, then rejected", wait_for(lambda: state("later") == ["rejected"], 90), str(state("later")))
        self.check("first 451, then taken: tried again, then accepted", wait_for(lambda: state("slowly") == ["accepted"], 90), str(state("slowly")))
        all_there = lambda: all(state(name) == ["accepted"] for name in AT_CROWDED)  # noqa: E731
        self.check("a place that takes no more for a while gets all of them later", wait_for(all_there, 150), str([state(n) for n in AT_CROWDED]))
        once = all(self.bad.taken[name] == 1 for name in AT_CROWDED)
        self.check("each once, and it is not asked for each of them while it takes none", once and self.bad.turned_away < len(AT_CROWDED), f"turned away {self.bad.turned_away} times; {self.bad.taken}")
        self.check("the uncertain one went once", self.bad.taken["dies"] == 1 and state("dies") == ["uncertain"], str(self.bad.taken))
        tasks = [n["state"] for n in self.server.api(f"/cases/{self.cases['refuses']['id']}/notices")]
        self.check("whom no mail reaches is left to a human", tasks == ["failed"], str(tasks))
        self.check("no panic in its log", "panicked" not in self.server.log())

    def stop(self):
        self.server.stop()
        self.bad.stop()
        self.server.discard()
