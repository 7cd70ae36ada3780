"""Telephones against the built program: sipp for many calls, a small caller for odd instants."""

import os
import time

import media
from odziv import MENU_LINE, QUICK_LINE, Report, Server, wait_for
from sip import Caller
from sipp import Sipp

CATEGORIES = {"1": "water", "2": "roads", "3": "waste", "4": "heating", "5": "other"}
CALLS = int(os.environ.get("ODZIV_INTEROP_CALLS", "200"))
SPOKEN = 4.0  # seconds between the beep and hash
TOLERANCE = 0.3
BEEP = 0.4

report = Report()
check = report.check


def main():
    server = Server("calls")
    try:
        server.start()
        many_calls(server)
        few_calls(server, "TCP", tcp=True)
        hang_up_while_recording(server)
        hang_up_in_prompt(server)
        hang_up_while_ringing(server)
        stranger(server)
        answers(server)
        check("server ends cleanly on SIGTERM", server.stop() == 0)
    finally:
        server.stop()
        server.discard()
    overload()


def track(server, key, spoken):
    """Presses a key in the menu, waits for the beep, speaks a tone, presses hash."""
    prompt = media.wav_seconds(server.data / "sounds" / "sr" / "leave_message.wav")
    pressed = 1.5
    beep_over = pressed + prompt + BEEP
    words = media.Track().silence_until(pressed).press(key)
    words.silence_until(beep_over + 0.5).audio(media.tone(spoken - 1)).silence_until(beep_over + spoken).press("#")
    return words.silence(0.5)


def many_calls(server):
    each = CALLS // len(CATEGORIES)
    runs, expected = [], {}
    for key, category in CATEGORIES.items():
        path = server.folder / f"key{key}.pcap"
        track(server, key, SPOKEN).write_pcap(path)
        numbers = [f"+3816{key}2{n:06}" for n in range(each)]
        expected.update(dict.fromkeys(numbers, category))
        runs.append(Sipp(server, server.folder, f"key{key}", numbers, path, MENU_LINE, rate=2))
    for run, category in zip(runs, CATEGORIES.values()):
        check(f"sipp: {each} calls about {category} go through", run.succeeded(), run.why())
    verify(server, f"{len(expected)} calls with A-law media and a key", expected, SPOKEN)


def few_calls(server, name, tcp):
    path = server.folder / "key1.pcap"
    numbers = [f"+381677{n:06}" for n in range(10)]
    run = Sipp(server, server.folder, name, numbers, path, MENU_LINE, rate=2, tcp=tcp)
    check(f"sipp: calls over {name} go through", run.succeeded(), run.why())
    verify(server, f"calls over {name}", dict.fromkeys(numbers, "water"), SPOKEN)


def hang_up_while_recording(server):
    path = server.folder / "quick.pcap"
    media.Track().silence(1.0).audio(media.tone(9)).write_pcap(path)
    prompt = media.wav_seconds(server.data / "sounds" / "sr" / "digit_1.wav")
    numbers = [f"+381678{n:06}" for n in range(10)]
    after = prompt + BEEP + 3.0
    run = Sipp(server, server.folder, "cut", numbers, path, QUICK_LINE, rate=5, hang_up_after_ms=int(after * 1000))
    check("sipp: callers hang up while they are recorded", run.succeeded(), run.why())
    verify(server, "calls cut in the recording", dict.fromkeys(numbers), 3.0)


def verify(server, what, expected, seconds):
    """Each number has one case, of its category, with one recording of the right length."""
    def by_number():
        found = {}
        for case in server.cases():
            found.setdefault(case["caller"], []).append(case)
        return found

    # A call that was cut is finished when its recording is on the disk.
    wait_for(lambda: set(expected) <= set(by_number()), 10)
    found = by_number()
    count = {number: len(found.get(number, [])) for number in expected}
    check(f"{what}: each is exactly one case", set(count.values()) == {1}, f"{sum(count.values())} cases for {len(count)} calls")
    wrong = [n for n, category in expected.items() for c in found.get(n, []) if category and c["category"] != category]
    check(f"{what}: each in its category", not wrong, f"{len(wrong)} wrong" if wrong else "")
    lengths, bad = [], []
    for number in expected:
        for case in found.get(number, []):
            recordings = server.case(case)["recordings"]
            if len(recordings) != 1:
                bad.append(f"{number}: {len(recordings)} recordings")
                continue
            with server.open(f"/recordings/{recordings[0]['id']}") as answer:
                length, loud = media.wav(answer.read())
            lengths.append(length)
            if abs(length - seconds) > TOLERANCE:
                bad.append(f"{number}: {length:.2f} s")
            elif loud < seconds - 1 - TOLERANCE - (seconds == 3.0):
                bad.append(f"{number}: only {loud:.2f} s of sound")
            elif abs((recordings[0]["length_ms"] or 0) / 1000 - length) > 0.1:
                bad.append(f"{number}: the case says {recordings[0]['length_ms']} ms")
    spread = f"{min(lengths):.2f} to {max(lengths):.2f} s" if lengths else "none"
    check(f"{what}: each recording is {seconds} s ± {TOLERANCE} s", not bad, "; ".join(bad[:5]) or spread)


def hang_up_in_prompt(server):
    caller = Caller(server.sip)
    calls = [caller.call(f"+381679{n:06}", MENU_LINE) for n in range(10)]
    caller.pump(1.5)
    for call in calls:
        call.bye()
    caller.pump(1.5)
    check("BYE in the prompt is answered", all(call.state == "over" for call in calls))
    missed(server, "hang-up in the prompt", calls)


def hang_up_while_ringing(server):
    """CANCEL on the first provisional answer, and at once: whoever wins the race, there is one case."""
    caller = Caller(server.sip)
    calls = [caller.call(f"+381661{n:06}", MENU_LINE, cancel_on=100) for n in range(10)]
    caller.pump(0.3)
    for n in range(10):
        call = caller.call(f"+381662{n:06}", MENU_LINE)
        caller.pump(0.001 * n)
        if call.state == "calling":
            call.cancel()
        else:
            call.bye()
        calls.append(call)
    caller.pump(3)
    finals = sorted({call.final or 0 for call in calls})
    check("CANCEL ends a ringing call", all(call.final in (200, 487) for call in calls), f"final answers {finals}")
    check("no cancelled call stays", all(call.state == "over" for call in calls), str({c.state for c in calls}))
    missed(server, "hang-up while ringing", [call for call in calls if call.acknowledged])


def missed(server, what, calls):
    def cases():
        found = [[c for c in server.cases(phone=call.number)] for call in calls]
        return found if all(found) else None

    found = wait_for(cases, 10) or []
    good = bool(found) and all(len(each) == 1 and each[0]["channel"] == "missed_call" for each in found)
    check(f"{what}: each is one missed call", good, f"{len(found)} of {len(calls)}")


def stranger(server):
    caller = Caller(server.sip, source="127.0.0.2")
    call = caller.call("+381669000001", MENU_LINE)
    caller.pump(2)
    check("a stranger is refused", call.final in (None, 403) and not call.acknowledged, f"answer {call.final}")
    check("a stranger makes no case", not list(server.cases(phone="+381669000001")))


def answers(server):
    caller = Caller(server.sip)
    call = caller.call("+381669000002", "+38121999999")
    caller.pump(1)
    check("a number of no dialplan is 404", call.final == 404, f"answer {call.final}")
    hidden = caller.call("anonymous", MENU_LINE)
    caller.pump(1)
    hidden.bye()
    caller.pump(1)
    check("a hidden number is answered", hidden.final == 200, f"answer {hidden.final}")
    found = wait_for(lambda: [c for c in server.cases(channel="missed_call") if c["caller"] is None], 5)
    check("a hidden number is a case", len(found) == 1, f"{len(found)} cases")


def overload():
    server = Server("overload", sip="max_calls = 5\nretry_after_s = 7")
    try:
        server.start()
        caller = Caller(server.sip)
        calls = [caller.call(f"+381668{n:06}", MENU_LINE) for n in range(30)]
        caller.pump(2)
        answered = [call for call in calls if call.final == 200]
        refused = [call for call in calls if call.final == 503]
        check("overload: as many are answered as are allowed", len(answered) == 5, f"{len(answered)} answered")
        check("overload: the others get 503", len(refused) == 25, f"{len(refused)} refused")
        check("overload: 503 says when to try again", all(call.retry_after == "7" for call in refused))
        for call in answered:
            call.bye()
        caller.pump(1)
        again = caller.call("+381668999999", MENU_LINE)
        caller.pump(1)
        check("overload: when it is over, calls are answered", again.final == 200, f"answer {again.final}")
        again.bye()
        caller.pump(0.5)
        time.sleep(0.5)
        check("overload: a refused call is no case", len(list(server.cases())) == 6)
    finally:
        server.stop()
        server.discard()


if __name__ == "__main__":
    try:
        main()
    except Exception as problem:  # noqa: BLE001: the summary line comes in any case
        check("the calls part runs to its end", False, repr(problem)[:2000])
    report.finish()
