"""Two operators with real phones, baresip and linphone, and citizens whom sipp brings as a trunk: the queue rings both, they answer, hold,
transfer blindly and after a word with each other, and think better of it. Every voice is a tone of its own; who heard whom, and which
side of the recording has whom, is measured."""

import time

import tones
from desk import Desk, plain, ring_all
from odziv import Report, Server, free_port, wait_for
from trunk import Citizen

PEOPLE_LINE = "+38121480002"
CITIZEN, MIRA, JOVAN = 440, 1000, 1700
TONES = (CITIZEN, MIRA, JOVAN)
SPOKEN = -11.2  # dBFS of every voice
# In G.722, linphone 5.1 is so much quieter than baresip and hears so much more, also when the two talk without us.
LINPHONE_G722 = 6.0

report = Report()


def check(what, good, detail=""):
    return report.check(what, good, "" if good else detail)


def measure(what, path, tone, seconds, channel=0, since=0.0, until=1e9, louder=0.0):
    """A tone is there for at least so long, in its own frequency and loudness. What was measured is always said."""
    found = tones.Measured(path, tone, TONES, channel, since, until)
    level = SPOKEN + louder
    report.check(what, found.is_right(seconds, level), f"{found}; wanted {tone} Hz at {level:.1f} dBFS for {seconds} s")
    return found


def main():
    tls = free_port()
    server = Server("operators", sip=f'tls_listen = "127.0.0.1:{tls}"')
    mira, jovan = Desk(server, "mira", MIRA), Desk(server, "jovan", JOVAN)
    town = Town(server, mira, jovan)
    try:
        ring_all(server)
        server.start()
        mira.with_baresip(tls=tls)
        check("baresip registers over TLS", mira.is_registered("Tls"), mira.phone.log()[-600:])
        jovan.with_linphone()
        check("linphone registers over UDP", jovan.is_registered("Udp"), jovan.phone.log()[-600:])
        town.blind()
        town.attended()
        town.consultation_is_cancelled()
        town.transfer_is_declined()
        mira.phone.stop()
        jovan.phone.stop()
        # The other way round, and wideband at both.
        mira.with_baresip(codec="G722/16000/1", rtp=36000)
        jovan.with_linphone(tls=tls, codec="G722", rtp=37000)
        check("baresip registers over UDP", mira.is_registered("Udp"), mira.phone.log()[-600:])
        check("linphone registers over TLS", jovan.is_registered("Tls"), jovan.phone.log()[-600:])
        town.attended("other way round, G.722: ", linphone_louder=-LINPHONE_G722)
    except Exception as problem:
        check("the operators part runs to its end", False, repr(problem)[:2000])
    finally:
        for desk in (mira, jovan):
            if desk.phone:
                desk.phone.stop()
        check("server ends cleanly on SIGTERM", server.stop() == 0)
        server.discard()


class Town:
    """Jovan has linphone, which can consult; Mira has baresip."""

    def __init__(self, server, mira, jovan):
        self.server, self.mira, self.jovan, self.citizens = server, mira, jovan, 0

    # Blind transfer, hold and resume.

    def blind(self):
        mira, jovan = self.mira, self.jovan
        citizen = self.calls("blind")
        mira.phone.answer()
        check("baresip has the citizen", mira.phone.wait("CALL_ESTABLISHED"), mira.phone.log()[-400:])
        time.sleep(4)
        mark = len(jovan.phone.log())
        mira.phone.command("transfer", f"sip:{jovan.extension}@127.0.0.1")
        jovan.phone.wait("(?i)incoming", 8, mark)
        time.sleep(0.5)
        jovan.phone.answer()
        check("linphone has the citizen after the transfer", jovan.phone.wait("connected|Media streams", 8, mark), jovan.phone.log()[-400:])
        time.sleep(3)
        held = self.hold(citizen)
        time.sleep(3)
        self.resume()
        back = citizen.ear.now()
        time.sleep(3)
        self.leaves(citizen, "blind: ")
        ear = citizen.ear.path
        measure("blind: the citizen hears baresip", ear, MIRA, 3)
        measure("blind: and then linphone", ear, JOVAN, 2, until=held)
        silent = tones.Measured(ear, JOVAN, TONES, 0, held + 0.5, back - 0.5)
        check("blind: nothing of linphone while it holds", silent.seconds == 0, str(silent))
        measure("blind: linphone again after its hold", ear, JOVAN, 2, since=back - 0.5)
        measure("blind: baresip hears the citizen, encrypted", mira.phone.heard_files()[-1], CITIZEN, 3)
        measure("blind: linphone hears the citizen", jovan.phone.heard, CITIZEN, 4)
        self.tells(citizen, "blind: ", "transferred", jovan)
        _, mira_said, jovan_said = self.recorded(citizen, "blind: ", 13, (MIRA, 3), (JOVAN, 5))
        check("blind: who transferred is silent when the other speaks", mira_said.end <= jovan_said.start, f"{mira_said}; {jovan_said}")

    # Attended transfer: a word with the colleague first.

    def attended(self, about="attended: ", linphone_louder=0.0):
        mira, jovan = self.mira, self.jovan
        before = jovan.phone.heard.exists() and tones.length(jovan.phone.heard) or 0.0
        citizen, first = self.jovan_takes(about)
        time.sleep(4)
        self.hold(citizen)
        second = self.consults(about)
        mira.phone.answer()
        check(f"{about}the operators talk with each other", jovan.phone.wait(f"Media streams established.*call {second}"), jovan.phone.log()[-400:])
        time.sleep(3)
        mark, at = len(jovan.phone.log()), citizen.ear.now()
        jovan.phone.command(f"transfer {first} --to-call {second}")
        ended = jovan.phone.wait(rf"(?s)(?=.*Call {first} with \S+ ended)(?=.*Call {second} with \S+ ended)", 8, mark)
        check(f"{about}both calls of who transferred are over", ended, jovan.phone.log()[mark:])
        check(f"{about}who transferred is free again, after wrap-up", jovan.is_free() and "wrap_up" in jovan.states()[-3:], str(jovan.states()[-5:]))
        check(f"{about}who got the citizen talks", mira.states()[-1:] != ["ready"], str(mira.states()[-3:]))
        time.sleep(4)
        self.leaves(citizen, about)
        ear = citizen.ear.path
        measure(f"{about}the citizen hears linphone", ear, JOVAN, 3, until=at, louder=linphone_louder)
        measure(f"{about}and baresip after the transfer", ear, MIRA, 4, since=at)
        # A consultation lasts for seconds; where it ends is known to a tenth of one.
        deaf = tones.Measured(ear, MIRA, TONES, 0, 0, at - 0.2)
        check(f"{about}nothing of the consultation", deaf.seconds == 0, str(deaf))
        file = mira.phone.heard_files()[-1]
        consulted = measure(f"{about}baresip hears linphone in the consultation", file, JOVAN, 2, louder=linphone_louder)
        citizen_heard = measure(f"{about}and then the citizen", file, CITIZEN, 4)
        check(f"{about}one after the other", consulted.end <= citizen_heard.start, f"{consulted}; {citizen_heard}")
        measure(f"{about}linphone hears the citizen", jovan.phone.heard, CITIZEN, 3, since=before, louder=-linphone_louder)
        measure(f"{about}and baresip in the consultation", jovan.phone.heard, MIRA, 2, since=before, louder=-linphone_louder)
        self.tells(citizen, about, "transferred", mira)
        _, jovan_said, mira_said = self.recorded(citizen, about, 12, (JOVAN, 3, linphone_louder), (MIRA, 4))
        check(f"{about}the first operator is silent when the second speaks", jovan_said.end <= mira_said.start, f"{jovan_said}; {mira_said}")

    # Attended, and then not.

    def consultation_is_cancelled(self, about="cancelled: "):
        citizen, first = self.jovan_takes(about)
        time.sleep(3)
        self.hold(citizen)
        second = self.consults(about)
        mark, after = len(self.jovan.phone.log()), time.monotonic()
        self.jovan.phone.command(f"terminate {second}")
        check(f"{about}the colleague's phone stops ringing", self.mira.phone.wait("CALL_CLOSED", 5, after), self.mira.phone.log()[-300:])
        self.returns(citizen, first, mark, about)

    def transfer_is_declined(self, about="declined: "):
        citizen, first = self.jovan_takes(about)
        time.sleep(3)
        self.hold(citizen)
        second = self.consults(about)
        mark = len(self.jovan.phone.log())
        # While the colleague's phone still rings: it rings on, for the citizen.
        self.jovan.phone.command(f"transfer {first} --to-call {second}")
        time.sleep(2)
        self.mira.phone.hang_up()
        time.sleep(1)
        lost = self.jovan.phone.wait(f"Call {first} with .* ended", 0, mark)
        check(f"{about}the citizen is still linphone's", not lost, self.jovan.phone.log()[mark:])
        self.returns(citizen, first, mark, about)
        self.tells(citizen, about, "transfer_failed", self.mira)

    def returns(self, citizen, call, mark, about):
        """Jovan goes on with the citizen whom he has held."""
        at = citizen.ear.now()
        self.jovan.phone.command(f"resume {call}")
        check(f"{about}linphone takes the citizen back", self.jovan.phone.wait("(?i)resum|Media streams", 5, mark), self.jovan.phone.log()[mark:])
        time.sleep(3)
        self.leaves(citizen, about)
        measure(f"{about}the citizen hears linphone before", citizen.ear.path, JOVAN, 2, until=at)
        measure(f"{about}and after it", citizen.ear.path, JOVAN, 2, since=at)
        self.recorded(citizen, about, 7, (JOVAN, 4), (MIRA, 0))

    # Steps.

    def calls(self, about):
        """A citizen calls, and both phones ring."""
        for desk in (self.mira, self.jovan):
            check(f"{about}: {desk.user} is free", desk.is_free(), str(desk.states()[-4:]))
        self.citizens += 1
        mark, at = len(self.jovan.phone.log()), time.monotonic()
        citizen = Citizen(self.server, f"+38160123000{self.citizens}", PEOPLE_LINE, CITIZEN)
        check(f"{about}: the trunk's call is answered", citizen.is_answered(), citizen.why())
        check(f"{about}: the queue rings baresip", self.mira.phone.wait("CALL_INCOMING", 15, at), self.mira.phone.log()[-400:] + plain(self.server.log())[-1500:])
        check(f"{about}: and linphone", self.jovan.phone.wait("(?i)incoming", 5, mark), self.jovan.phone.log()[mark:])
        time.sleep(0.5)
        return citizen

    def jovan_takes(self, about):
        """Linphone answers; the number under which it has the citizen."""
        mark, at = len(self.jovan.phone.log()), time.monotonic()
        citizen = self.calls(about.rstrip(": "))
        self.jovan.phone.answer()
        check(f"{about}linphone has the citizen", self.jovan.phone.wait("Media streams established", 8, mark), self.jovan.phone.log()[mark:])
        check(f"{about}baresip stops ringing", self.mira.phone.wait("CALL_CLOSED", 5, at), self.mira.phone.log()[-300:])
        return citizen, self.jovan.phone.wait(r"assigned id (\d+)", 1, mark).group(1)

    def hold(self, citizen):
        mark = len(self.jovan.phone.log())
        self.jovan.phone.command("pause")
        check("linphone holds", self.jovan.phone.wait("is now paused", 5, mark), self.jovan.phone.log()[mark:])
        return citizen.ear.now()

    def resume(self):
        mark = len(self.jovan.phone.log())
        self.jovan.phone.command("resume")
        check("linphone takes the citizen back from hold", self.jovan.phone.wait("(?i)resum|Media streams", 5, mark), self.jovan.phone.log()[mark:])

    def consults(self, about):
        """Jovan calls Mira, whose phone rings; the number of linphone's second call."""
        mark, at = len(self.jovan.phone.log()), time.monotonic()
        self.jovan.phone.dial(f"sip:{self.mira.extension}@127.0.0.1")
        check(f"{about}the colleague's phone rings", self.mira.phone.wait("CALL_INCOMING", 8, at), self.jovan.phone.log()[mark:])
        rings = self.jovan.phone.wait(r"Call (\d+) to \S+ (?:in progress|ringing)", 5, mark)
        time.sleep(1)
        return rings.group(1)

    def leaves(self, citizen, about):
        check(f"{about}the citizen hangs up", citizen.hang_up(), citizen.why())
        check(f"{about}the citizen heard one unbroken stream", len(citizen.ear.sources()) == 1 and citizen.ear.lost() == 0, f"{citizen.ear.sources()}, {citizen.ear.lost()} lost")
        time.sleep(1)

    def tells(self, citizen, about, kind, to):
        """The case knows of the transfer."""
        entries = [e for c in self.server.cases(phone=citizen.number) for e in self.server.case(c)["timeline"] if e["kind"] == kind]
        check(f"{about}the case tells that it was {kind}", [e["to"] for e in entries] == [to.extension], str(entries))

    def recorded(self, citizen, about, seconds, first, second):
        """One case with one recording: the citizen on the left all the way, the operators on the right."""
        whole = lambda: [c for c in self.server.cases(phone=citizen.number) if all(r["length_ms"] for r in self.server.case(c)["recordings"])]
        cases = wait_for(whole, 10)
        check(f"{about}one case", len(cases) == 1, str(cases))
        recordings = self.server.case(cases[0])["recordings"] if cases else []
        if not check(f"{about}one recording", len(recordings) == 1, str(recordings)):
            return (tones.Measured(citizen.ear.path, 1, TONES),) * 3
        path = citizen.folder / "recording.wav"
        with self.server.open(f"/recordings/{recordings[0]['id']}") as answer:
            path.write_bytes(answer.read())
        length = tones.length(path)
        left = measure(f"{about}recording, left: the citizen", path, CITIZEN, seconds)
        check(f"{about}recording, left: from its beginning to its end", left.start < 0.5 and left.end > length - 0.5 and left.longest_gap() < 0.35, f"{left}; {length:.1f} s in all")
        right = [
            measure(f"{about}recording, right: {desk} Hz", path, desk, least, channel=1, louder=sum(louder))
            for desk, least, *louder in (first, second)
            if least
        ]
        check(f"{about}recording: nobody on the wrong side", not any(tones.Measured(path, tone, TONES, channel).seconds for tone, channel in ((CITIZEN, 1), (MIRA, 0), (JOVAN, 0))))
        return left, *right


if __name__ == "__main__":
    main()
    report.finish()
