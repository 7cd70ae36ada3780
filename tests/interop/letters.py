"""What the mail parts have in common: letters as citizens and institutions write them, and what the program made of them."""

from email.message import EmailMessage
from email.utils import make_msgid

from mailserver import OFFICE


def letter(sender, subject, words):
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, OFFICE, subject
    made["Message-ID"] = make_msgid(domain="citizens.test")
    made.set_content(words)
    return made


def body(mail):
    return mail.get_body(("plain",)).get_content()


def answer(server, sender, words, to, message_id=None, **fields):
    """As mail programs answer: in the thread, with everything quoted."""
    made = letter(sender, "Re: " + to["subject"], "")
    if message_id:
        made.replace_header("Message-ID", message_id)
    made["In-Reply-To"] = to["message-id"]
    made["References"] = f"{to['references'] or ''} {to['message-id']}".strip()
    for name, value in fields.items():
        made[name.replace("_", "-")] = value
    quoted = "\n".join("> " + line for line in body(to).splitlines())
    made.set_content(f"{words}\n\nДана 23. 11. 2026. Град је написао:\n{quoted}\n")
    server.send(sender.split("<")[-1].strip(">"), made.as_bytes())
    return made


def cases_of(odziv, sender):
    return [case for case in odziv.cases() if case["caller"] == sender]


def entries(odziv, case, kind):
    return [entry for entry in odziv.case(case)["timeline"] if entry["kind"] == kind]


def states(odziv, case):
    """Of everything that was sent about the case, oldest first."""
    return [text["state"] for text in odziv.case(case)["texts"]]


def answer_case(odziv, case, words):
    version = odziv.case(case)["version"]
    return odziv.post(f"/cases/{case['id']}/answer", {"version": version, "outcome": "resolved", "words": words})
