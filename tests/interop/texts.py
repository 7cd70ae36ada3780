"""An SMSC that we did not write against the built program."""

import time

from odziv import Report, Server, wait_for
from smsc import Smsc

report = Report()
check = report.check

# 200 Cyrillic characters: three parts of 67, 67 and 66.
WORDS = (
    "Поштовани, у улици Вука Караџића код броја седам пукла је цев и вода тече низ пут већ сат времена. "
    "Молим вас да пошаљете екипу што пре, јер се улива у подрум зграде, а у згради живе старији људи. Хвала вам!!!"
)[:200].ljust(200, "!")


def main():
    assert len(WORDS) == 200
    smsc = Smsc()
    server = Server("texts", smsc_port=smsc.port, extra="query_after_s = 2\nwindow = 10\nmessages_per_second = 100\n")
    try:
        server.start()
        check("the link binds as transceiver", wait_for(lambda: smsc.bound, 10))
        long_text(server, smsc)
        short_texts(server, smsc)
        same_text_again(server, smsc)
        doubled_parts(server, smsc)
        answer_lost(server, smsc)
        receipt_lost(server, smsc)
        throttled(server, smsc)
        link_lost(server, smsc)
        check("server ends cleanly on SIGTERM", server.stop() == 0)
    finally:
        server.stop()
        server.discard()
        smsc.stop()


def long_text(server, smsc):
    number = "+381641000001"
    smsc.deliver("long", number, WORDS, arrange=lambda parts: [parts[2], parts[0], parts[1]], reference=77)
    case = one_case(server, smsc, "long", number, "200 Cyrillic characters in parts out of order")
    if not case:
        return
    check("the words are whole", any(WORDS in str(entry) for entry in case["timeline"]))
    receipt = wait_for(lambda: smsc.submits_to(number), 10)
    check("the receipt goes out once", len(receipt) == 1, f"{len(receipt)} texts")
    check("the receipt says the case number", bool(receipt) and case["number"] in receipt[0]["words"], str(receipt)[:200])
    check("the receipt asks for a delivery report", bool(receipt) and receipt[0]["registered"] & 1 == 1)

    def delivered():
        now = server.case(case)
        return now if [text["state"] for text in now["texts"]] == ["delivered"] else None

    now = wait_for(delivered, 10)
    check("its delivery report is known", now, str(server.case(case)["texts"])[:300])
    kinds = [entry["kind"] for entry in server.case(case)["timeline"]]
    reported = any("delivered" in str(entry) for entry in server.case(case)["timeline"])
    check("its delivery report is on the timeline", reported, " ".join(kinds))


def short_texts(server, smsc):
    texts = {f"+38164200{n:04}": f"Рупа на путу број {n} 🚧" for n in range(50)}
    for number, words in texts.items():
        smsc.deliver(number, number, words)
    acknowledged = wait_for(lambda: set(texts) <= {event["id"] for event in smsc.of("acknowledged")}, 20)
    check("50 texts at once are acknowledged", acknowledged)
    wrong = [n for n, words in texts.items() if [c["summary"] for c in server.cases(phone=n)] != [words]]
    check("each of them is one case with its words", not wrong, f"{len(wrong)} wrong: {wrong[:3]}")
    receipts = wait_for(lambda: all(smsc.submits_to(number) for number in texts), 20)
    check("each of them gets its receipt", receipts)


def same_text_again(server, smsc):
    """The second text of a citizen joins the open case, and so does the same text an hour later; here: other words."""
    number = "+381642000000"
    smsc.deliver("again", number, "Има ли новости?")
    wait_for(lambda: "again" in {event["id"] for event in smsc.of("acknowledged")}, 10)
    cases = list(server.cases(phone=number))
    check("a second text joins the open case", len(cases) == 1, f"{len(cases)} cases")
    check("it stands on the timeline", "Има ли новости?" in str(server.case(cases[0])["timeline"]))


def doubled_parts(server, smsc):
    number = "+381641000003"
    smsc.deliver("doubled", number, WORDS[::-1], arrange=lambda p: [p[1], p[1], p[0], p[2], p[0]], reference=78)
    case = one_case(server, smsc, "doubled", number, "a long text with doubled parts")
    if case:
        check("doubled parts are in the words once", str(case["timeline"]).count(WORDS[::-1]) == 1)


def text_states(server, number):
    return [text["state"] for case in server.cases(phone=number) for text in server.case(case)["texts"]]


def answer_lost(server, smsc):
    """The SMSC takes our text and the link is cut before its answer: nobody knows, until the receipt comes."""
    number = "+381641000005"
    smsc.order(swallow=number.strip("+"))
    smsc.deliver("swallowed", number, "Нема струје у целој улици")
    ends = wait_for(lambda: text_states(server, number) == ["delivered"], 20)
    check("a text whose answer was lost is found by its receipt", ends, str(text_states(server, number)))
    check("it was not sent again", len(smsc.submits_to(number)) == 1)


def receipt_lost(server, smsc):
    number = "+381641000006"
    smsc.order(silent=number.strip("+"))
    smsc.deliver("silent", number, "Не ради семафор")
    ends = wait_for(lambda: text_states(server, number) == ["delivered"], 20)
    check("a text without a receipt is asked about", ends and smsc.of("query"), str(text_states(server, number)))


def throttled(server, smsc):
    """Ten a second where the contract said a hundred."""
    smsc.order(per_second=10)
    numbers = [f"+38164300{n:04}" for n in range(60)]
    for number in numbers:
        smsc.deliver(number, number, "Контејнер је пун")
    sent = wait_for(lambda: all(smsc.submits_to(number) for number in numbers), 60)
    check("60 texts go out through an SMSC that takes ten a second", sent)
    doubled = [number for number in numbers if len(smsc.submits_to(number)) != 1]
    check("each of them once", not doubled, str(doubled[:3]))
    refused = len(smsc.of("throttled"))
    check("with fewer refusals than texts", 0 < refused < 60, f"{refused} refused")
    smsc.order(per_second=0)


def link_lost(server, smsc):
    """The SMSC goes away and comes back; what was texted meanwhile arrives."""
    smsc.order(receipts=False)
    smsc.order(drop=True)
    wait_for(lambda: smsc.of("unbound"), 5)
    smsc.deliver("meanwhile", "+381641000004", "Док сте били одсутни")
    check("the link is bound again", wait_for(lambda: smsc.bound, 15))
    one_case(server, smsc, "meanwhile", "+381641000004", "a text sent while the link was down")


def one_case(server, smsc, id, number, what):
    acknowledged = wait_for(lambda: id in {event["id"] for event in smsc.of("acknowledged")}, 15)
    check(f"{what}: acknowledged", acknowledged, str(smsc.of("refused")[-2:] or ""))
    time.sleep(0.3)
    cases = list(server.cases(phone=number))
    if check(f"{what}: one case", len(cases) == 1, f"{len(cases)} cases"):
        return server.case(cases[0])


if __name__ == "__main__":
    try:
        main()
    except Exception as problem:  # noqa: BLE001: the summary line comes in any case
        check("the texts part runs to its end", False, repr(problem)[:2000])
    report.finish()
