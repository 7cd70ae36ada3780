"""People and machines told apart by how they greet: off unless it is wanted; who is taken for a machine is let go, one of twenty is listened to all the
same, and what was a mistake is in the books. sipp answers, citizens greet in sound, baresip operators take the calls."""

import os
import random
import statistics
import time

from citizens import CUT_OFF
from ears import Greets
from lines import attempts, joined, matched, settings
from odziv import Report
from town import Town

SEED = int(os.environ.get("ODZIV_INTEROP_SEED", time.time()))
OPERATORS = 4
# Seconds of voice and of silence by turns, voice first.
PEOPLE = {"says hello": [0.4], "hello, after a while": [0.0, 0.7, 0.5], "gives a name": [0.5, 0.2, 0.9], "says nothing": []}
MACHINES = {"talks on": [6.0], "talks on, with breaths": [0.9, 0.25, 1.2, 0.3, 1.5, 0.25, 2.0], "after a beep": [0.3, 0.2, 7.0]}
# A citizen who tells a story at once: taken for a machine, which is a mistake.
STORY = "tells a story"
EACH_PERSON, EACH_MACHINE = 5, 14

report = Report()
measure = report.check
chance = random.Random(SEED)


def check(what, good, detail=""):
    return report.check(what, good, "" if good else detail)


def main():
    print(f"ODZIV_INTEROP_SEED={SEED}", flush=True)
    town = Town(report, "greetings", OPERATORS, "calls_per_second = 8\n", ear=Greets)
    manners = {}
    town.citizens.ear.words = lambda number: (PEOPLE | MACHINES | {STORY: [6.0]})[manners[number]]
    # Whoever is joined with a machine says so.
    town.notes.words = lambda number: "machine" if manners[number] in MACHINES else "completed"
    try:
        town.start()
        check("operators join", joined(town.lines, 60))
        untold(town, manners)
        told(town, manners)
        mistaken(town, manners)
    finally:
        town.stop()


def numbers(town, manners, each):
    found = []
    for manner, count in each.items():
        for _ in range(count):
            number = town.new(CUT_OFF)
            manners[number] = manner
            found.append(number)
    chance.shuffle(found)
    return found


def dialled(town, name, mine, **more):
    """A campaign to its end."""
    campaign = town.campaign(name, settings("progressive", **more), town.lines, mine)
    said = campaign.step("start")
    check(f"{name}: started", said.get("state") == "running", str(said))
    check(f"{name}: it is finished", campaign.is_finished(400), str(campaign.now()["contacts"]))
    tried, calls = attempts(campaign.whole()), town.citizens.by_number()
    wrong = matched(tried, {number: calls.get(number, []) for number in mine})
    check(f"{name}: attempts are INVITEs", not wrong and len(tried) == len(mine), "; ".join(wrong[:5]))
    return campaign, tried


def untold(town, manners):
    """As it is without being asked for: nobody is listened to, and everybody who answers has an operator at once."""
    mine = numbers(town, manners, {"says hello": 6, "talks on": 4})
    campaign, tried = dialled(town, "usual", mine)
    check("usual: nobody is told apart", all(a.greeted_by is None for a in tried))
    waits = [a.joined_at - a.answered_at for a in tried if a.joined_at]
    measure("usual: all have an operator at once", len(waits) == len(mine) and max(waits) < 2, f"{len(waits)} of {len(mine)}, longest {max(waits, default=0):.2f} s")


def told(town, manners):
    mine = numbers(town, manners, dict.fromkeys(PEOPLE, EACH_PERSON) | dict.fromkeys(MACHINES, EACH_MACHINE))
    campaign, tried = dialled(town, "told apart", mine, hear_machines=True)
    people = [a for a in tried if manners[a.number] in PEOPLE]
    machines = [a for a in tried if manners[a.number] in MACHINES]
    wrong = [(manners[a.number], a.greeted_by, a.outcome) for a in people if a.greeted_by != "person" or not a.joined_at]
    check(f"told apart: {len(people)} people are taken for people, and have an operator", not wrong, str(wrong[:5]))
    for manner in PEOPLE:
        waits = [a.joined_at - a.answered_at for a in people if manners[a.number] == manner and a.joined_at]
        measure(f"told apart: whoever {manner} waits for an operator", waits and max(waits) < 4.5, f"median {statistics.median(waits):.2f} s, longest {max(waits):.2f} s")
    wrong = [(manners[a.number], a.greeted_by) for a in machines if a.greeted_by != "machine"]
    check(f"told apart: {len(machines)} machines are taken for machines", not wrong, str(wrong[:5]))
    listened, unheard = [a for a in machines if a.joined_at], [a for a in machines if not a.joined_at]
    wrong = [(a.outcome, bool(a.call and a.call.sent_away)) for a in unheard if a.outcome != "machine" or not (a.call and a.call.sent_away)]
    measure("told apart: they are let go", not wrong and unheard, f"{len(unheard)}; {wrong[:5]}")
    lasted = [a.call.sent_away - a.call.answered for a in unheard if a.call and a.call.sent_away]
    measure("told apart: within seconds", lasted and max(lasted) < 4.5, f"median {statistics.median(lasted):.2f} s, longest {max(lasted):.2f} s")
    measure("told apart: one of twenty is listened to all the same", 1 <= len(listened) <= 5, f"{len(listened)} of {len(machines)}")
    check("told apart: no mistake is in the books", campaign.now()["abandoned_today"] == 0, str(campaign.now()["abandoned_today"]))


def mistaken(town, manners):
    """People who begin with a story. Nobody knows of those who were let go; those who were listened to stand for them."""
    mine = numbers(town, manners, {STORY: 41})
    campaign, tried = dialled(town, "mistaken", mine, hear_machines=True)
    taken = [a for a in tried if a.greeted_by == "machine"]
    listened = [a for a in taken if a.joined_at]
    measure("mistaken: they are taken for machines", len(taken) == len(mine), f"{len(taken)} of {len(mine)}, {len(listened)} listened to")
    live = len([a for a in tried if a.joined_at])
    own = 19 * len(listened) / (19 * len(listened) + live) if live else 0.0
    said = campaign.now()["abandoned_today"]
    measure("mistaken: the books say so", listened and abs(said - own) < 1e-9, f"{said:.1%} abandoned, {own:.1%} by hand")


if __name__ == "__main__":
    try:
        main()
    except Exception as problem:  # noqa: BLE001: the summary line comes in any case
        check("the greetings part runs to its end", False, repr(problem)[:2000])
    report.finish()
