"""Two operators with real phones, baresip and linphone: the queue rings both, they answer, hold, and transfer a citizen who calls in."""

import re
import time

import tones
from odziv import Report, Server, free_port, wait_for
from softphones import Baresip, Linphone

PEOPLE_LINE = "+38121480002"
CITIZEN, MIRA, JOVAN = 440, 1000, 1700
TONES = (CITIZEN, MIRA, JOVAN)

report = Report()


def check(what, good, detail=""):
    return report.check(what, good, "" if good else detail)


def main():
    tls = free_port()
    server = Server("operators", sip=f'tls_listen = "127.0.0.1:{tls}"')
    phones = []
    try:
        of_mira, of_jovan = account(server, "mira", tls), credentials(server, "jovan")
        ring_all(server)
        server.start()
        mira = Baresip(server.folder, "mira", MIRA, of_mira, rtp=34000)
        jovan = Linphone(server.folder, "jovan", JOVAN, proxy=of_jovan, rtp=35000)
        phones += [mira, jovan]
        registered = lambda way: wait_for(lambda: re.search(rf"came or went.*{way}.*true", plain(server.log())), 15)
        check("baresip registers over TLS", registered("Tls"), mira.log()[-600:])
        check("linphone registers over UDP", registered("Udp"), jovan.log()[-600:])
        citizen = Baresip(server.folder, "citizen", CITIZEN, "<sip:+381601230001@127.0.0.1>;regint=0;audio_codecs=PCMA/8000/1")
        phones.append(citizen)
        a_citizen_is_answered_held_and_transferred(server, citizen, mira, jovan)
    except Exception as problem:
        check("the operators part runs to its end", False, repr(problem)[:2000])
    finally:
        for phone in phones:
            phone.stop()
        check("server ends cleanly on SIGTERM", server.stop() == 0)
        server.discard()


def plain(log):
    return re.sub(r"\x1b\[[0-9;]*m", "", log)


def credentials(server, user):
    """A user with a phone: what linphone wants to know."""
    server.add_user(user, "operator", "correct horse battery")
    said = server.run("phone", "add", user)
    name, password = (re.search(rf"(?m)^{word} (\S+)", said).group(1) for word in ("username", "password"))
    return f"sip:127.0.0.1:{server.sip}", name, password, "odziv"


def account(server, user, tls):
    _, name, password, _ = credentials(server, user)
    return (
        f"<sip:{name}@127.0.0.1:{tls};transport=tls>;auth_user={name};auth_pass={password};regint=60;answermode=manual;"
        "mediaenc=srtp-mand;audio_codecs=PCMA/8000/1"
    )


def ring_all(server):
    """The queue that every municipality starts with rings all."""
    import sqlite3

    with sqlite3.connect(server.data / "odziv.db") as database:
        database.execute("UPDATE queue SET strategy = 'ring_all', wrap_up_s = 1")


def a_citizen_is_answered_held_and_transferred(server, citizen, mira, jovan):
    citizen.dial(f"sip:{PEOPLE_LINE}@127.0.0.1:{server.sip}")
    check("the citizen is answered", citizen.wait("CALL_ESTABLISHED"), citizen.log()[-400:])
    check("the queue rings baresip", mira.wait("CALL_INCOMING", 15), mira.log()[-400:] + server.log()[-1500:])
    check("and linphone", jovan.wait("(?i)incoming call|call .* contacting you|Receiving new incoming call", 5), jovan.log()[-400:])
    mira.answer()
    check("baresip has the citizen", mira.wait("CALL_ESTABLISHED"), mira.log()[-400:])
    time.sleep(4)
    mira.command("transfer", f"sip:{extension(server, 'jovan')}@127.0.0.1")
    again = len(jovan.log())
    time.sleep(1.5)
    jovan.answer()
    check("linphone has the citizen after the transfer", jovan.wait("(?i)connected|streams", 8, again), jovan.log()[-400:])
    time.sleep(3)
    jovan.command("pause")
    time.sleep(3)
    before = len(jovan.log())
    jovan.command("resume")
    check("linphone takes the citizen back from hold", jovan.wait("(?i)resum|streams", 5, before), jovan.log()[-300:])
    time.sleep(3)
    citizen.hang_up()
    citizen.wait("CALL_CLOSED")
    time.sleep(2)
    heard = lambda phone, tone: max((tones.seconds_of(f, tone, TONES) for f in phone.heard_files()), default=0.0)
    check("the citizen heard baresip", heard(citizen, MIRA) > 2, str([tones.heard(f, TONES) for f in citizen.heard_files()]))
    check("and linphone after the transfer, before and after its hold", heard(citizen, JOVAN) > 4)
    check("baresip heard the citizen, encrypted", heard(mira, CITIZEN) > 2)
    recordings = wait_for(lambda: sorted((server.data / "recordings").rglob("*.wav")), 5)
    check("one recording", recordings and len(recordings) == 1, str(recordings))
    if recordings:
        left, right = (lambda tone, channel: tones.seconds_of(recordings[0], tone, TONES, channel)), None
        check("the citizen stands in the left channel from beginning to end", left(CITIZEN, 0) > 11, str(left(CITIZEN, 0)))
        check("baresip and then linphone in the right one", left(MIRA, 1) > 2 and left(JOVAN, 1) > 4, f"{left(MIRA, 1)} {left(JOVAN, 1)}")


def extension(server, user):
    import sqlite3

    with sqlite3.connect(server.data / "odziv.db") as database:
        return database.execute(
            "SELECT e.extension FROM user_extension e JOIN user_account u ON u.id = e.user_id WHERE u.login = ?", (user,)
        ).fetchone()[0]


if __name__ == "__main__":
    main()
    report.finish()
