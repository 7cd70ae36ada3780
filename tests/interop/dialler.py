"""The auto-dialler against a network that we did not write: sipp plays a town behind a trunk, baresip the operators who stay on the line.
Everything is ordered by the API. What the program says of its attempts is compared with what sipp saw, call by call; who heard whom is measured."""

import collections
import datetime
import os
import random
import statistics
import time

import town as towns
import tones
from citizens import BUSY, LEAVES, LONG, MACHINE, PATIENT, PRESSES_9, REFUSES, SILENT, TALKS, kind_of
from ears import VOICE
from lines import FINISH, again, attempts, joined, matched, settings
from odziv import QUICK_LINE, Report, wait_for
from sip import Caller

CITIZENS = int(os.environ.get("ODZIV_INTEROP_CITIZENS", "2000"))
SEED = int(os.environ.get("ODZIV_INTEROP_SEED", time.time()))
OPERATORS = 10
# Of a hundred numbers.
TOWN = {10: 13, 11: 14, 12: 11, BUSY: 16, SILENT: 4, 40: 6, 41: 4, 42: 3, 50: 5, 60: 2, MACHINE: 9, LEAVES: 13}
# What became of those who were not talked with, and how often each was dialled.
UNANSWERED = {
    BUSY: ("busy", "attempts", 2), SILENT: ("no_answer", "attempts", 1), 40: ("no_such_number", "no_such_number", 1),
    41: ("no_such_number", "no_such_number", 1), 42: ("no_such_number", "no_such_number", 1), 50: ("declined", "declined", 1),
    60: ("trouble", "trouble", 2),
}

report = Report()
# With figures, which are always said.
measure = report.check
chance = random.Random(SEED)


def check(what, good, detail=""):
    return report.check(what, good, "" if good else detail)


def main():
    print(f"{CITIZENS} citizens, ODZIV_INTEROP_SEED={SEED}", flush=True)
    with_many_channels()
    with_few_channels()


def some(town, count):
    """People of all kinds, in any order."""
    kinds = list(TOWN)
    return [town.new(kind) for kind in chance.choices(kinds, [TOWN[kind] for kind in kinds], k=count)]


def with_many_channels():
    town = towns.Town(report, "dialler", OPERATORS, "calls_per_second = 12\n")
    try:
        town.start()
        check(f"{OPERATORS} operators join, each with one call to their phone", joined(town.lines, 60))
        for part in (hundreds, by_hand, not_to_be_called, abandoned, in_the_middle, steps, killed):
            begun = time.monotonic()
            part(town)
            print(f"      {part.__name__}: {time.monotonic() - begun:.0f} s", flush=True)
    finally:
        town.stop()


# Paced: operators, citizens and the books.


def hundreds(town):
    """Three campaigns, three ways of pacing, the same operators; one goes before the others."""
    lines, begun = town.lines, time.monotonic()
    shares = (("progressive", settings("progressive", priority=5), 3), ("power", settings({"mode": "power", "multiple": 1.5}), 3), ("predictive", settings("predictive"), 4))
    campaigns = [town.campaign(name, how, lines, some(town, CITIZENS * tenths // 10)) for name, how, tenths in shares]
    for campaign in campaigns:
        said = campaign.step("start")
        check(f"{campaign.name}: {len(campaign.numbers)} contacts, started", said.get("state") == "running", said.get("problem", ""))
    done = [campaign.is_finished(900) for campaign in campaigns]
    measure("all three are finished by themselves", all(done), f"{time.monotonic() - begun:.0f} s; {[c.now()['contacts'] for c in campaigns] if not all(done) else ''}")
    calls = town.citizens.by_number()
    everybody = []
    for campaign in campaigns:
        people = campaign.whole()
        everybody += counted(campaign, people, {number: calls.get(number, []) for number in campaign.numbers})
    print(f"      {len(everybody)} attempts, {sum(map(len, calls.values()))} INVITEs, at most {town.citizens.at_once()} at once", flush=True)
    check("operators could say what each talk came to", not town.notes.refused, str(town.notes.refused[:3]))
    heard(town, everybody)
    cap(campaigns[2], [attempt for attempt in everybody if attempt.campaign == campaigns[2].id])


def counted(campaign, people, calls):
    """Of one campaign: the program's attempts and sipp's calls, kind by kind. The attempts, each with its call."""
    about, tried = campaign.name, attempts(people)
    check(f"{about}: nobody is missing and nobody double", sorted(one["phone"] for one in people) == sorted(campaign.numbers))
    wrong = matched(tried, calls)
    made = sum(attempt.was_dialled for attempt in tried)
    check(f"{about}: {made} attempts are {sum(map(len, calls.values()))} INVITEs, one for each", not wrong, "; ".join(wrong[:5]))
    said = collections.Counter(attempt.outcome or "open" for attempt in tried)
    check(f"{about}: the API's own sums are those of its attempts", campaign.now()["attempts"] == dict(said), str(dict(said)))
    wrong = [one["phone"] for one in people if one["attempts"] != sum(said["made"] for said in one["tried"])]
    check(f"{about}: attempts counted are attempts made", not wrong, str(wrong[:5]))
    by_kind = collections.defaultdict(collections.Counter)
    for attempt in tried:
        by_kind[kind_of(attempt.number)][attempt.outcome] += 1
    for kind, (outcome, reason, times) in UNANSWERED.items():
        mine = [one for one in people if kind_of(one["phone"]) == kind]
        seen = sum(len(calls[one["phone"]]) for one in mine)
        good = by_kind[kind] == collections.Counter({outcome: seen} if seen else {}) and seen == times * len(mine)
        good = good and all(one["reason"] == reason for one in mine)
        check(f"{about}: {REFUSES.get(kind, 'rings in vain')}: {len(mine)} numbers, {seen} INVITEs", good, str(dict(by_kind[kind])))
    cancelled = sum(bool(call.cancelled) for one in people for call in calls[one["phone"]])
    check(f"{about}: whoever does not answer is not left ringing", cancelled == by_kind[SILENT]["no_answer"], f"{cancelled} cancelled")
    for kind, outcomes in {**{kind: ("completed", "abandoned") for kind in TALKS}, MACHINE: ("machine", "abandoned"), LEAVES: ("hung_up", "refused")}.items():
        seen = sum(bool(call.answered) for number in campaign.numbers if kind_of(number) == kind for call in calls[number])
        good = set(by_kind[kind]) <= set(outcomes) and sum(by_kind[kind].values()) == seen
        check(f"{about}: {seen} answered ({kind})", good, str(dict(by_kind[kind])))
    answered = [attempt for attempt in tried if attempt.answered_at]
    seen = sum(bool(call.answered) for found in calls.values() for call in found)
    check(f"{about}: answers are those that sipp counted", len(answered) == seen, f"{len(answered)} and {seen}")
    books(campaign, tried)
    return tried


def books(campaign, tried):
    """Abandoned of the live answers, counted anew."""
    late = sum(bool(attempt.joined_at) and not attempt.is_in_time for attempt in tried)
    lost = sum(attempt.outcome == "abandoned" for attempt in tried) + late
    live = lost + sum(attempt.is_in_time for attempt in tried)
    own, said = lost / live if live else 0.0, campaign.now()["abandoned_today"]
    measure(f"{campaign.name}: abandoned, {said:.2%}, is what it should be", abs(own - said) < 1e-9, f"{lost} of {live} live answers, {late} of them joined late")


def heard(town, tried):
    """Who was joined with whom, by ear."""
    voices = {line.id: line.tone for line in town.lines}
    for attempt in tried:
        attempt.heard, attempt.heard_at = town.citizens.ear.first(attempt.call, list(voices.values())) if attempt.call else (None, None)
    talked = [a for a in tried if a.joined_at and a.call and a.call.end and a.call.end - a.joined_at > 0.8]
    wrong = [(a.id, a.number, voices[a.operator], a.heard, len(town.citizens.ear.packets(a.call))) for a in talked if a.heard != voices[a.operator]]
    check(f"in each of {len(talked)} talks the citizen hears the operator whom the attempt names", talked and not wrong, f"{len(wrong)} do not: {wrong[:5]}")
    lost = [a for a in tried if a.outcome == "abandoned" and a.call]
    wrong = [a.id for a in lost if a.heard]
    check(f"none of {len(lost)} abandoned citizens heard an operator", not wrong, str(wrong[:5]))
    for line in town.lines[:2]:
        wanted = sum(a.call.end - a.joined_at for a in talked if a.operator == line.id)
        got = sum(tones.seconds_of(path, VOICE, [VOICE]) for path in line.phone.heard_files())
        measure(f"{line.name} hears the citizens", wanted and got > 0.7 * wanted, f"{got:.0f} s of {wanted:.0f} s of long talks, and the short ones")
    in_time(talked)


def in_time(talked):
    """By the program's clock, and by the ear of the citizen."""
    said = [a.joined_at - a.answered_at for a in talked]
    own = [a.heard_at - a.call.answered for a in talked if a.heard_at]
    for what, waits in (("is joined", said), ("is heard", own)):
        p95 = statistics.quantiles(waits, n=20)[-1] if len(waits) > 1 else 9.9
        detail = f"p95 {p95:.3f} s, median {statistics.median(waits):.3f} s, longest {max(waits):.3f} s"
        measure(f"the operator {what} in under 2 s of the answer", p95 < 2.0, detail)


def cap(campaign, tried):
    """Once it has learnt, predictive stays under its cap. Two more are chance, and those that had to be risked for it."""
    answered = sorted((a for a in tried if a.answered_at and a.outcome != "hung_up"), key=lambda a: a.answered_at)
    learnt = answered[50:]
    lost = sum(a.outcome == "abandoned" or bool(a.joined_at) and not a.is_in_time for a in learnt)
    most = 0.03 * len(answered) + 2
    measure("predictive: under its cap", lost <= most, f"{lost} of {len(learnt)} after the first fifty, {campaign.now()['abandoned_today']:.2%} of all")


# Operators who look first, and one by one.


def by_hand(town):
    """Preview: an operator looks at a contact, then dials or skips it."""
    ana, bora = town.lines[:2]
    numbers = [town.new(kind) for kind in (11, 10, BUSY, SILENT)]
    campaign = town.campaign("preview", settings("preview", {"busy": FINISH}), [ana], numbers)
    campaign.step("start")
    next_one = f"/dialer/campaigns/{campaign.id}/next"
    check("preview: who does not serve it is shown nobody", "problem" in bora.post(next_one))
    for _ in numbers[1:]:
        contact = ana.post(next_one)
        if not check("preview: a contact is shown", "phone" in contact, contact.get("problem", "")):
            return
        check("preview: the same one until something is done", ana.post(next_one).get("id") == contact["id"])
        check("preview: nothing is dialled while it is looked at", not town.calls(contact["phone"]))
        said = ana.post(f"/dialer/contacts/{contact['id']}/dial")
        check(f"preview: dialled ({kind_of(contact['phone'])})", "problem" not in said, said.get("problem", ""))
        done = wait_for(lambda: (one := campaign.contact(contact["phone"]))["state"] == "done" and one, 40, 0.3)
        check("preview: it has an outcome", done, str(campaign.contact(contact["phone"])))
    contact = ana.post(next_one)
    tomorrow = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)).isoformat()
    skipped = contact.get("phone")
    check("preview: one is skipped", "problem" not in ana.post(f"/dialer/contacts/{contact.get('id')}/skip", {"until": tomorrow}), str(contact))
    one = campaign.contact(skipped)
    check("preview: it waits until then", one["state"] == "waiting" and (one["not_before"] or "")[:10] == tomorrow[:10], str(one))
    campaign.step("stop")
    people = campaign.whole()
    tried = attempts(people)
    calls = town.citizens.by_number()
    wrong = matched(tried, {number: calls.get(number, []) for number in numbers})
    check("preview: attempts are INVITEs", not wrong and len(tried) == 3, "; ".join(wrong))
    talks = [a for a in tried if a.joined_at]
    good = all(a.operator == ana.id and town.citizens.ear.first(a.call, [line.tone for line in town.lines])[0] == ana.tone for a in talks)
    check("preview: who answers hears the operator who looked", talks and good, str([(a.number, a.operator) for a in talks]))


# Who does not want to be called.


def not_to_be_called(town):
    """A number that comes into the register while it waits; in the paced way and picked by hand."""
    ana = town.lines[0]
    wishes, others = town.new(11), [town.new(11), town.new(12)]
    ana.leave()
    campaign = town.campaign("register", settings("progressive"), [ana], [wishes, *others])
    campaign.step("start")
    time.sleep(2)
    check("register: without an operator nobody is dialled", not any(town.calls(number) for number in campaign.numbers))
    town.server.post("/opt-outs", {"channel": "voice", "address": wishes, "means": "telephone"})
    by_hand = town.campaign("by hand", settings("preview"), [ana], [wishes, town.new(40)])
    by_hand.step("start")
    check("register: the operator joins", ana.join())
    picked = by_hand.contact(wishes)
    check("register: picked by hand, it is refused", "problem" in ana.post(f"/dialer/contacts/{picked['id']}/dial"))
    shown = ana.post(f"/dialer/campaigns/{by_hand.id}/next")
    check("register: it is not shown either", shown.get("phone") not in (None, wishes), str(shown))
    by_hand.step("stop")
    check("register: the campaign is finished", campaign.is_finished(60), str(campaign.now()["contacts"]))
    one = campaign.contact(wishes)
    check("register: it was never dialled", not town.calls(wishes) and one["reason"] == "do_not_call" and not one["tried"], str(one))
    check("register: the others were", all(len(town.calls(number)) == 1 for number in others))


def abandoned(town):
    """Operators go while it rings: whoever answers hears who called, and may press 9."""
    some = town.lines[:4]
    numbers = [town.new(PRESSES_9), town.new(PRESSES_9), town.new(PATIENT), town.new(PATIENT)]
    campaign = town.campaign("abandoned", settings("progressive", {"abandoned": again(2)}), some, numbers)
    other = town.campaign("other", settings("preview"), some, numbers)
    other.step("start")
    campaign.step("start")
    check("abandoned: four telephones ring for four operators", wait_for(lambda: all(map(town.calls, numbers)), 10))
    for line in some:
        line.leave()
    check("abandoned: all answer", wait_for(lambda: all(town.calls(number)[0].answered for number in numbers), 15))
    check("abandoned: and hear it to its end", wait_for(lambda: all(town.calls(number)[0].sent_away for number in numbers), 40), town.citizens.errors())
    wait_for(lambda: all(one["state"] in ("done", "waiting") for one in campaign.contacts()), 10)
    people = campaign.whole()
    tried = attempts(people)
    check("abandoned: each attempt is", [a.outcome for a in tried] == ["abandoned"] * 4, str([a.outcome for a in tried]))
    matched(tried, {number: town.calls(number) for number in numbers})
    loud = [town.citizens.ear.loud(a.call) for a in tried if a.call]
    measure("abandoned: they hear who called", min(loud, default=0) > 2.5, f"{[round(seconds, 1) for seconds in loud]} s of sound")
    books(campaign, tried)
    wish = {one["phone"]: one["reason"] for one in people}
    good = all((wish[number] == "do_not_call") == (kind_of(number) == PRESSES_9) for number in numbers)
    check("abandoned: key 9 is do-not-call", good, str(wish))
    rest = [datetime.datetime.fromisoformat(one["not_before"]).timestamp() - time.time() for one in people if one["state"] == "waiting"]
    check("abandoned: the others are left alone for three days", len(rest) == 2 and min(rest) > 71.9 * 3600, f"{[round(s / 3600, 1) for s in rest]} h")
    wish = {one["phone"]: one["reason"] for one in other.whole()}
    good = all((wish[number] == "do_not_call") == (kind_of(number) == PRESSES_9) for number in numbers)
    check("abandoned: in every other campaign too", good, str(wish))
    register = town.server.api("/opt-outs", channel="voice", limit=500)["opt_outs"]
    check("abandoned: and stands in the register", set(numbers[:2]) <= {entry["address"] for entry in register})
    for one in (campaign, other):
        one.step("stop")
    check("abandoned: the operators come back", joined(some))


# What people do in the middle.


def in_the_middle(town):
    """An operator hangs up their line in the middle of a talk."""
    ana = town.lines[0]
    campaign = town.campaign("line", settings("progressive"), [ana], [town.new(LONG)])
    town.notes.campaigns.remove(campaign)
    campaign.step("start")
    (number,) = campaign.numbers
    check("line: they talk", wait_for(lambda: campaign.contact(number)["state"] == "talking", 15))
    time.sleep(2)
    at = time.time()
    ana.hang_up()
    gone = wait_for(lambda: town.calls(number)[0].sent_away, 15)
    check("line: the citizen is sent away", gone)
    call = town.calls(number)[0]
    said, goodbye = town.citizens.ear.loud(call, at), tones.length(town.server.data / "sounds" / "sr" / "announcement_goodbye.wav")
    measure("line: after a goodbye", 0.3 * goodbye < said < goodbye + 1, f"{said:.1f} s of sound after the operator was gone, the prompt has {goodbye:.1f} s")
    one = wait_for(lambda: (found := campaign.contact(number))["state"] == "wrap_up" and found, 5)
    check("line: what it came to is still to be said", one, str(campaign.contact(number)))
    last = campaign.contact(number)["tried"][-1]
    check("line: and is", "problem" not in ana.post(f"/dialer/attempts/{last['id']}/outcome", {"outcome": "partial"}))
    check("line: then the campaign is finished", campaign.is_finished(10), str(campaign.now()["contacts"]))
    check("line: said twice, it is refused", "problem" in ana.post(f"/dialer/attempts/{last['id']}/outcome", {"outcome": "completed"}))
    check("line: the operator joins again", ana.join())


def steps(town):
    """Paused, resumed, stopped, with calls in the air."""
    some = town.lines[:4]
    numbers = [town.new(kind) for kind in [11, SILENT, 12, 10] * 10] + [town.new(LONG)]
    campaign = town.campaign("steps", settings("progressive"), some, numbers)
    campaign.step("start")
    count = lambda: sum(len(town.calls(number)) for number in numbers)
    check("steps: it dials", wait_for(lambda: count() >= 4, 15))
    check("steps: paused", campaign.step("pause").get("state") == "paused")
    # What was claimed at that moment is dialled.
    time.sleep(2)
    before = count()
    time.sleep(4)
    measure("steps: nobody new is dialled", count() == before, f"{before} and {count()}")
    check("steps: resumed", campaign.step("resume").get("state") == "running")
    check("steps: it dials again", wait_for(lambda: count() > before, 20))
    rings = lambda: [call for number in numbers if kind_of(number) == SILENT for call in town.calls(number) if not call.end]
    talks = lambda: [one for one in campaign.contacts(state="talking")]
    check("steps: somebody's telephone rings and somebody talks", wait_for(lambda: rings() and talks(), 60, 0.2))
    ringing, talking, at = rings(), [one["phone"] for one in talks()], time.time()
    check("steps: stopped", campaign.step("stop").get("state") == "stopped")
    ended = wait_for(lambda: all(any(c.cancelled for c in town.calls(call.number)) for call in ringing), 5)
    check("steps: what rings is ended", ended and ringing)
    time.sleep(4)
    late = [call for number in numbers for call in town.calls(number) if call.at > at + 1.5]
    check("steps: nobody is dialled any more", not late, str([(call.number, call.at - at) for call in late]))
    settled = wait_for(lambda: all(one["state"] == "done" for one in campaign.contacts()) or None, 40, 0.5)
    people = campaign.whole()
    check("steps: everybody is settled", settled, str(collections.Counter(one["state"] for one in people)))
    tried = attempts(people)
    wrong = matched(tried, {number: town.calls(number) for number in numbers})
    check("steps: attempts are INVITEs", not wrong, "; ".join(wrong[:5]))
    last = {attempt.number: attempt for attempt in tried}
    good = all(last[number].outcome == "completed" and last[number].call.left for number in talking)
    measure(f"steps: {len(talking)} talks went on to their end", talking and good, str([(number, last[number].outcome) for number in talking]))


# Killed.


def killed(town):
    """Three times in the middle. Operators join again, and it goes on."""
    numbers = some(town, max(150, CITIZENS // 8))
    campaign = town.campaign("killed", settings("progressive"), town.lines, numbers)
    campaign.step("start")
    seen = lambda: sum(1 for call in town.citizens.calls() if call.number in set(numbers))
    for n in range(3):
        aim = seen() + len(numbers) // 6
        wait_for(lambda: seen() >= aim, 60, 0.05)
        time.sleep(chance.uniform(0, 0.7))
        town.server.kill()
        for line in town.lines:
            line.hang_up()
        town.server.start()
        again = joined(town.lines, 90)
        measure(f"kill {n + 1}: the operators join again", again, f"{seen()} INVITEs by now")
    check("killed: the campaign goes on to its end", campaign.is_finished(300), str(campaign.now()["contacts"]))
    time.sleep(1)
    people, calls = campaign.whole(), town.citizens.by_number()
    tried = attempts(people)
    check("killed: nobody is forgotten", len(people) == len(numbers) and all(one["state"] == "done" for one in people))
    wrong = matched(tried, {number: calls.get(number, []) for number in numbers})
    doubt = [a for a in tried if a.may_have_been]
    detail = f"{len(tried)} attempts, {sum(len(calls.get(number, [])) for number in numbers)} INVITEs, {len(doubt)} uncertain, {sum(bool(a.call) for a in doubt)} of them dialled"
    measure("killed: nobody is dialled twice for one attempt", not wrong, detail + "; " + "; ".join(wrong[:5]))
    said = collections.Counter(attempt.outcome or "open" for attempt in tried)
    measure("killed: what was cut off is said to be", said["interrupted"] + said["partial"] + said["abandoned"] > 0, str(dict(said)))
    silent = [one["phone"] for one in people if not calls.get(one["phone"])]
    check("killed: everybody was dialled", not silent, str(silent[:5]))
    books(campaign, tried)


# Few channels.


def with_few_channels():
    """Six channels, of which two are kept for those who call us; more wanted than go, and more in a second than the trunk takes."""
    town = towns.Town(report, "channels", 6, "max_channels = 6\n", only_trunk=True)
    try:
        town.start()
        check("channels: the operators join", joined(town.lines, 60))
        fast = town.campaign("fast", settings("progressive"), town.lines, [town.new(40) for _ in range(40)])
        fast.step("start")
        check("channels: more in a second than the trunk takes", fast.is_finished(60), str(fast.now()["contacts"]))
        most = max(collections.Counter(int(call.at * 2) for call in town.citizens.calls()).values())
        every(town, fast, "fast", f"at most {most} in half a second")
        kinds = [SILENT, 12, BUSY, 12, 40, 40, 40, MACHINE, LEAVES, 10]
        campaign = town.campaign("channels", settings("progressive"), town.lines, [town.new(kind) for kind in kinds * 6])
        campaign.step("start")
        inbound = calls_in(town, campaign)
        good = inbound and all(call.final == 200 for call in inbound)
        check(f"channels: each of {len(inbound)} who call us meanwhile is answered", good, str(collections.Counter(call.final for call in inbound)))
        most = town.citizens.at_once()
        measure("channels: the campaigns leave two of six", 2 <= most <= 4, f"{most} at once")
        check("channels: it is finished", campaign.now()["state"] == "finished", str(campaign.now()["contacts"]))
        every(town, campaign, "channels")
    finally:
        town.stop()


def every(town, campaign, about, detail=""):
    """Everybody was dialled as often as the program says, and nobody is taken for unreachable because a trunk was full."""
    tried, calls = attempts(campaign.whole()), town.citizens.by_number()
    wrong = matched(tried, {number: calls.get(number, []) for number in campaign.numbers})
    measure(f"{about}: attempts are INVITEs", not wrong, "; ".join(wrong[:5]) or f"{len(tried)} {detail}")
    trouble = [(a.code, a.reason) for a in tried if a.outcome == "trouble"]
    check(f"{about}: a full trunk costs nobody anything", not trouble, f"{len(trouble)}: {trouble[:3]}")


def calls_in(town, campaign):
    """Two at a time, again and again, until the campaign is finished."""
    caller, calls, looked = Caller(town.server.sip), [], 0.0
    deadline = time.monotonic() + 400
    talking = {}
    while time.monotonic() < deadline:
        while len(talking) < 2:
            call = caller.call(f"+38121{len(calls):06}", QUICK_LINE)
            calls.append(call)
            talking[call.id] = (call, time.monotonic() + 2.5)
        caller.pump(0.1)
        for call, until in list(talking.values()):
            if time.monotonic() > until:
                call.bye()
            if call.state == "over" or time.monotonic() > until + 5:
                talking.pop(call.id)
        if time.monotonic() > looked + 1:
            looked = time.monotonic()
            if campaign.now()["state"] == "finished":
                break
    for call, _ in talking.values():
        call.bye()
    caller.pump(1)
    return [call for call in calls if call.final]


if __name__ == "__main__":
    try:
        main()
    except Exception as problem:  # noqa: BLE001: the summary line comes in any case
        check("the dialler part runs to its end", False, repr(problem)[:2000])
    report.finish()
