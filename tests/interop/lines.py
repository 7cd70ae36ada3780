"""What the trial of the dialler holds in its hands: operators who stay on the line, campaigns, and what came of their attempts."""

import concurrent.futures
import datetime
import http.client
import itertools
import sqlite3
import threading
import time

from desk import Desk
from odziv import wait_for

ALWAYS = {"week": [["00:00-24:00"]] * 7, "quiet_on_holidays": False}
FINISH = {"then": "finish"}


def again(times):
    """At once, so that a trial need not wait for it."""
    return {"then": "again", "after_minutes": 0, "times": times}


def settings(mode, retry=None, **more):
    """Retries that end, at once: each kind of number has a fixed number of attempts."""
    rules = {word: FINISH for word in ("no_answer", "machine", "hung_up", "abandoned", "partial", "refused")}
    rules |= {"attempts": 6, "busy": again(2), "trouble": again(2), "interrupted": again(4)} | (retry or {})
    dialling = mode if isinstance(mode, dict) else {"mode": mode}
    trunk = {"reserved": 2, "calls_per_second": 20}
    return {"dialling": dialling, "hours": ALWAYS, "ring": 15, "retry": rules, "wrap_up_s": 0, "trunk": trunk} | more


class Line:
    """An operator with baresip and a voice of their own, who joins once and is given calls from then on."""

    # Ports for what they hear, apart for each.
    rtp = itertools.count(34000, 200)

    def __init__(self, server, n):
        self.server, self.name, self.tone = server, f"operator{n}", 600 + 100 * n
        self.desk = Desk(server, self.name, self.tone)
        self.token = server.run("token", "add", self.name, "--role", "operator", "--owner", self.name).split()[-1]
        with sqlite3.connect(server.data / "odziv.db") as database:
            self.id = database.execute("SELECT id FROM user_account WHERE login = ?", (self.name,)).fetchone()[0]
        self.phone, self.joined = None, False

    def switch_on(self):
        self.phone = self.desk.with_baresip(rtp=next(Line.rtp), seconds=900)

    def join(self, seconds=15):
        """Once the phone can be reached."""
        deadline, at = time.monotonic() + seconds, time.monotonic()
        while "problem" in (said := self.post("/dialer/session")) and time.monotonic() < deadline:
            time.sleep(0.5)
        if "problem" in said or not self.phone.wait("CALL_INCOMING", 15, at):
            return False
        self.phone.answer()
        self.joined = bool(self.phone.wait("CALL_ESTABLISHED", 10, at))
        return self.joined

    def leave(self):
        """By the API."""
        at, self.joined = time.monotonic(), False
        self.server.write("DELETE", "/dialer/session", {}, self.token)
        return self.phone.wait("CALL_CLOSED", 10, at)

    def hang_up(self):
        at, self.joined = time.monotonic(), False
        self.phone.hang_up()
        return self.phone.wait("CALL_CLOSED", 10, at)

    def post(self, path, what=None):
        return self.server.write("POST", path, what or {}, self.token)

    def stop(self):
        if self.phone:
            self.phone.stop()


def joined(lines, seconds=15):
    """All of them, at the same time."""
    with concurrent.futures.ThreadPoolExecutor(len(lines)) as all_at_once:
        return all(list(all_at_once.map(lambda line: line.join(seconds), lines)))


class Campaign:
    def __init__(self, server, name, settings, lines, numbers, survey=None):
        self.server, self.name, self.numbers = server, name, list(numbers)
        draft = {"name": name, "settings": settings, "operators": [line.id for line in lines], "survey_version": survey}
        made = server.post("/dialer/campaigns", draft)
        if "problem" in made:
            raise RuntimeError(made)
        self.id = made["id"]
        for at in range(0, len(self.numbers), 500):
            contacts = [{"name": f"Грађанин {number[-7:]}", "phone": number} for number in self.numbers[at : at + 500]]
            said = server.post(f"/dialer/campaigns/{self.id}/contacts", {"contacts": contacts})
            if said.get("added") != len(contacts):
                raise RuntimeError(said)

    def now(self):
        return self.server.api(f"/dialer/campaigns/{self.id}")

    def step(self, word):
        return self.server.post(f"/dialer/campaigns/{self.id}/steps", {"step": word, "version": self.now()["version"]})

    def is_finished(self, seconds):
        return wait_for(lambda: self.now()["state"] == "finished", seconds, 0.5)

    def contacts(self, **narrowed):
        after, people = 0, []
        while page := self.server.api(f"/dialer/campaigns/{self.id}/contacts", after=after, **narrowed):
            people += page
            after = page[-1]["id"]
        return people

    def contact(self, number):
        return next(one for one in self.whole() if one["phone"] == number)

    def whole(self):
        """Everybody, each with all attempts."""
        with concurrent.futures.ThreadPoolExecutor(4) as some:
            return list(some.map(lambda one: self.server.api(f"/dialer/contacts/{one['id']}"), self.contacts()))


class Attempt:
    def __init__(self, contact, said):
        self.number, self.campaign = contact["phone"], contact["campaign"]
        self.id, self.outcome, self.made, self.code = said["id"], said["outcome"], said["made"], said["code"]
        self.reason, self.operator, self.greeted_by = said["reason"], said["operator"], said.get("greeted_by")
        for word in ("at", "answered_at", "joined_at", "ended_at"):
            setattr(self, word, said[word] and datetime.datetime.fromisoformat(said[word]).timestamp())
        self.call = None

    @property
    def was_dialled(self):
        """What the network refused is not among those made, and was dialled all the same."""
        return self.made or (self.outcome == "trouble" and self.reason != "no trunk was free")

    @property
    def may_have_been(self):
        return self.outcome == "interrupted" and not self.made

    @property
    def is_in_time(self):
        return bool(self.joined_at) and self.joined_at - self.answered_at <= 2.0


def attempts(people):
    return [Attempt(one, said) for one in people for said in one["tried"]]


def matched(tried, calls):
    """Attempts and INVITEs one to one, by number, order and time. What is wrong with them."""
    left = {number: list(found) for number, found in calls.items()}
    wrong = []
    for attempt in tried:
        mine = left.get(attempt.number, [])
        until = (attempt.ended_at or float("inf")) + 2
        if mine and (attempt.was_dialled or attempt.may_have_been) and attempt.at - 0.1 <= mine[0].at <= until:
            attempt.call = mine.pop(0)
        elif attempt.was_dialled:
            wrong.append(f"attempt {attempt.id} of {attempt.number} ({attempt.outcome}) was not dialled")
    wrong += [f"{number} was dialled {len(extra)} times more" for number, extra in left.items() if extra]
    return wrong


class Notes(threading.Thread):
    """Operators say what their talks came to, by what they found under the number."""

    def __init__(self, server, lines, words):
        super().__init__(daemon=True)
        self.server, self.words, self.refused, self.over = server, words, [], threading.Event()
        self.tokens = {line.id: line.token for line in lines}
        self.campaigns = []

    def run(self):
        while not self.over.wait(0.3):
            for campaign in list(self.campaigns):
                try:
                    self.look(campaign)
                except (OSError, http.client.HTTPException):
                    pass  # The server is away just now.

    def look(self, campaign):
        for contact in self.server.api(f"/dialer/campaigns/{campaign.id}/contacts", state="wrap_up"):
            last = self.server.api(f"/dialer/contacts/{contact['id']}")["tried"][-1]
            if last["outcome"]:
                continue
            outcome = {"outcome": self.words(contact["phone"])}
            said = self.server.write("POST", f"/dialer/attempts/{last['id']}/outcome", outcome, self.tokens[last["operator"]])
            if "problem" in said:
                self.refused.append((last, said))

    def stop(self):
        self.over.set()
        self.join(10)
