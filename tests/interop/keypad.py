"""A survey without operators: sipp answers, and citizens press keys for the prompts that they hear. Each prompt is a recorded tone, so that what was asked,
in which order and after which answer, is known by ear; what was kept is compared with what was pressed."""

import collections
import os
import random
import tempfile
import time
import urllib.request
import wave

import tones
from citizens import BUSY, CUT_OFF, LEAVES, MACHINE, SILENT, STAYS, kind_of
from ears import Fingers
from lines import again, attempts, matched, settings
from odziv import Report, wait_for
from town import Town

CITIZENS = int(os.environ.get("ODZIV_INTEROP_CITIZENS", "2000")) // 20
SEED = int(os.environ.get("ODZIV_INTEROP_SEED", time.time()))
# Channels of the trunk, and those that are kept for citizens who call.
CHANNELS, RESERVED = 30, 2

# How each prompt sounds.
GREETING, NUMBER, USE, GRADE, THANKS = 500, 700, 900, 1100, 1300
PASSAGES = {"greeting": GREETING, "question.number": NUMBER, "question.use": USE, "question.grade": GRADE, "thanks": THANKS}
TONE_OF = {"number": NUMBER, "use": USE, "grade": GRADE}

report = Report()
measure = report.check
chance = random.Random(SEED)


def check(what, good, detail=""):
    return report.check(what, good, "" if good else detail)


def sr(words):
    return {"sr-Cyrl": words}


QUESTIONNAIRE = {
    "title": sr("Превоз"), "languages": ["sr-Cyrl"], "greeting": sr("Добар дан."), "thanks": sr("Хвала."), "apology": sr("Хвала вам."),
    "keypad": {"wrong_keys": 2, "silences": 1, "give_up": "go_on", "patience_s": 2, "between_s": 2, "opt_out": "9"},
    "questions": [
        {"key": "number", "text": sr("Који је ваш број?"), "kind": {"type": "number", "min": 0, "max": 9999}, "required": True},
        {
            "key": "use", "text": sr("Да ли путујете аутобусом?"), "required": True,
            "kind": {"type": "single", "options": [{"code": 1, "text": sr("Да")}, {"code": 2, "text": sr("Не")}]},
            "branches": [{"if": {"answer": {"of": "use", "is": {"equals": 2}}}, "then": {"end": "complete"}}],
        },
        {"key": "grade", "text": sr("Колико сте задовољни?"), "kind": {"type": "scale", "from": 1, "to": 5}, "required": True},
    ],
}


class Citizen:
    """What one of them presses."""

    def __init__(self, number, n, manner):
        self.number, self.n, self.manner = number, n, manner
        self.use, self.grade = chance.choice((1, 1, 2)), chance.randint(1, 5)

    @property
    def all(self):
        """What they would say to everything, in the order of the questions."""
        said = {"number": {"number": self.n}, "use": {"one": self.use}}
        return said | ({"grade": {"point": self.grade}} if self.use == 1 else {})

    def keys(self, tone, times):
        match self.manner, tone:
            case "silent", _:
                return ""
            case "opts out at once", 500:
                return "9"
            case "opts out later", 900:
                return "9"
            case "wrong", 900 if times == 0:
                return "7"
            case "repeats", 900 if times == 0:
                return "*"
            case "hurries", 500:
                return "#"
            case _, 700:
                return f"{self.n}#"
            case _, 900:
                return str(self.use)
            case _, 1100:
                return str(self.grade)
        return ""


def main():
    print(f"{CITIZENS} citizens, ODZIV_INTEROP_SEED={SEED}", flush=True)
    town = Town(report, "keypad", trunk=f"max_channels = {CHANNELS}\ncalls_per_second = 8\n", only_trunk=True, ear=Fingers)
    try:
        town.start()
        version = published(town)
        if version:
            asked(town, version)
            cut_off(town, version)
    finally:
        town.stop()


def published(town):
    """A survey by the API, each of its prompts recorded."""
    made = town.server.post("/surveys", {"name": "Превоз", "questionnaire": QUESTIONNAIRE})
    if not check("a survey is made", "id" in made, str(made)):
        return None
    for passage, tone in PASSAGES.items():
        said = put_tone(town.server, f"/surveys/{made['id']}/recordings/{passage}/sr", tone)
        check(f"its {passage} is recorded", said == 204, str(said))
    seen = town.server.api(f"/surveys/{made['id']}")["version"]
    done = town.server.post(f"/surveys/{made['id']}/steps", {"step": "publish", "version": seen})
    check("it is published", "problem" not in done, str(done))
    town.citizens.ear.tones = list(PASSAGES.values())
    return town.server.api(f"/surveys/{made['id']}/versions")[0]["id"]


def put_tone(server, path, tone):
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        tones.write(file.name, tone, 0.6)
        content = file.read()
    request = urllib.request.Request(f"http://127.0.0.1:{server.web}/api/v1{path}", content, method="PUT")
    request.add_header("Authorization", f"Bearer {server.token()}")
    request.add_header("Content-Type", "audio/wav")
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as problem:
        return problem.read().decode(errors="replace")


def agentless():
    retry = {"partial": again(3), "hung_up": again(2), "busy": again(2), "attempts": 6}
    return settings("agentless", retry)


MANNERS = ["willing"] * 6 + ["hurries"] * 3 + ["wrong", "repeats", "silent", "opts out at once", "opts out later"]


def people(town, count, kinds):
    found = {}
    for n in range(count):
        kind = chance.choice(kinds)
        number = town.new(kind)
        found[number] = Citizen(number, n, chance.choice(MANNERS) if kind == STAYS else "willing")
    town.citizens.ear.answers = lambda number, tone, times: found[number].keys(tone, times) if number in found else ""
    return found


def asked(town, version):
    """All kinds of people, who press all kinds of keys."""
    mine = people(town, CITIZENS, [STAYS] * 14 + [CUT_OFF] * 3 + [BUSY, 40, SILENT, MACHINE, LEAVES])
    campaign = town.campaign("keypad", agentless(), [], list(mine), version)
    begun = time.monotonic()
    said = campaign.step("start")
    check("it is started without operators", said.get("state") == "running", str(said))
    measure("it is finished by itself", campaign.is_finished(600), f"{time.monotonic() - begun:.0f} s; {campaign.now()['contacts']}")
    whole = campaign.whole()
    tried = compared(town, campaign, whole, mine, version)
    most = town.citizens.at_once()
    measure("the campaign leaves the reserved channels alone", 4 < most <= CHANNELS - RESERVED, f"{most} at once of {CHANNELS}")
    ends = collections.defaultdict(collections.Counter)
    for one in whole:
        manner = mine[one["phone"]].manner if kind_of(one["phone"]) == STAYS else kind_of(one["phone"])
        ends[manner][one["reason"]] += 1
    expected = {"willing": "completed", "hurries": "completed", "wrong": "completed", "repeats": "completed", BUSY: "attempts", 40: "no_such_number"}
    expected |= {"opts out at once": "do_not_call", "opts out later": "do_not_call"}
    for manner, reason in expected.items():
        check(f"{manner}: ends as {reason}", set(ends[manner]) <= {reason}, str(dict(ends[manner])))
    silent = [a.outcome for a in tried if kind_of(a.number) == STAYS and mine[a.number].manner == "silent"]
    check("who presses nothing is let go, and called once more", set(silent) <= {"hung_up"}, str(collections.Counter(silent)))
    register = {entry["address"] for entry in town.server.api("/opt-outs", channel="voice", limit=500)["opt_outs"]}
    out = {number for number, one in mine.items() if one.manner.startswith("opts out") and kind_of(number) == STAYS}
    check(f"{len(out)} who pressed 9 stand in the register, and nobody else", register == out, str(register ^ out))


def compared(town, campaign, whole, mine, version):
    """Calls with attempts, and prompts with keys and answers."""
    calls, tried = town.citizens.by_number(), attempts(whole)
    wrong = matched(tried, {number: calls.get(number, []) for number in mine})
    measure(f"{campaign.name}: {len(tried)} attempts are {sum(len(calls.get(number, [])) for number in mine)} INVITEs", not wrong, "; ".join(wrong[:5]))
    kept = answers(town, version)
    by_n = collections.defaultdict(list)
    for interview in kept:
        by_n[int(interview["answers"].get("number", {}).get("number", -1))].append(interview)
    check(f"{campaign.name}: nobody has two interviews", all(len(found) == 1 for found in by_n.values()), str([n for n in by_n if len(by_n[n]) > 1]))
    ear, roads, lost, strange, complete = town.citizens.ear, [], [], [], 0
    for number, one in mine.items():
        mine_calls = [call for call in calls.get(number, []) if call.answered]
        road = [heard for call in mine_calls for heard in ear.road(call)]
        stored = by_n[one.n][0]["answers"] if by_n.get(one.n) else {}
        complete += bool(by_n.get(one.n)) and by_n[one.n][0]["disposition"] == "complete"
        # Whoever heard what comes next has answered for good.
        order = list(one.all)
        heard = [tone for _, tone, _ in road]
        sure = [key for key, after in zip(order, [*order[1:], None]) if (TONE_OF[after] if after else THANKS) in heard]
        lost += [(number, key) for key in sure if stored.get(key) != one.all[key]]
        strange += [(number, stored) for key, answer in stored.items() if one.all.get(key) != answer]
        roads += [(number, one.manner, [[tone for _, tone, _ in ear.road(call)] for call in mine_calls]) for _ in [0] if not is_road(one, mine_calls, ear)]
    prompts = sum(len(ear.road(call)) for number in mine for call in calls.get(number, []))
    measure(f"{campaign.name}: prompts are heard", prompts > 3 * len(mine) / 2, f"{prompts}")
    measure(f"{campaign.name}: {len(kept)} interviews, {complete} complete: every answer that was followed by the next prompt is kept", kept and not lost, str(lost[:5]))
    check(f"{campaign.name}: nothing is kept that was not pressed", not strange, str(strange[:5]))
    check(f"{campaign.name}: everybody heard the prompts in their order, and none that their answers rule out", not roads, f"{len(roads)}: {roads[:4]}")
    return tried


def is_road(one, calls, ear):
    """The prompts that a citizen heard, over all calls: each call greets, and goes on where the one before it was."""
    expected, at = [TONE_OF[key] for key in one.all] + [THANKS], 0
    for call in calls:
        heard = [tone for _, tone, _ in ear.road(call)]
        if heard[:1] not in ([], [GREETING]):
            return False
        for tone in heard[1:]:
            if tone == expected[at]:
                continue
            if at + 1 < len(expected) and tone == expected[at + 1]:
                at += 1
            else:
                return False
    return True


def answers(town, version):
    found, after = [], 0
    while page := town.server.api(f"/survey-versions/{version}/interviews", after=after):
        found += page
        after = page[-1]["id"]
    return found


def cut_off(town, version):
    """The server is killed while they answer. What was answered stays, and those who were cut off are asked the rest."""
    mine = {number: Citizen(number, 5000 + n, "willing") for n, number in enumerate(town.new(STAYS) for _ in range(max(40, CITIZENS // 5)))}
    town.citizens.ear.answers = lambda number, tone, times: mine[number].keys(tone, times) if number in mine else ""
    before = len(town.citizens.calls())
    campaign = town.campaign("killed", settings("agentless", {"interrupted": again(5), "partial": again(5), "attempts": 9}), [], list(mine), version)
    campaign.step("start")
    for kill in range(2):
        aim = before + len(mine) * (kill + 1) // 3
        wait_for(lambda: len(town.citizens.calls()) >= aim, 60, 0.05)
        time.sleep(chance.uniform(1.0, 4.0))
        town.server.kill()
        town.server.start()
        check(f"kill {kill + 1}", True)
    measure("killed: the campaign goes on to its end", campaign.is_finished(400), str(campaign.now()["contacts"]))
    whole = campaign.whole()
    tried = compared(town, campaign, whole, mine, version)
    said = collections.Counter(attempt.outcome for attempt in tried)
    measure("killed: some were cut off", said["interrupted"] + said["partial"] > 0, str(dict(said)))
    check("killed: everybody answered all of it in the end", all(one["reason"] == "completed" for one in whole), str(collections.Counter(one["reason"] for one in whole)))


if __name__ == "__main__":
    try:
        main()
    except Exception as problem:  # noqa: BLE001: the summary line comes in any case
        check("the keypad part runs to its end", False, repr(problem)[:2000])
    report.finish()
