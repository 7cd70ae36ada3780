"""Citizens behind a trunk whom the program calls: sipp signals, and what becomes of a call is decided by the number that is called. Each call
is a line in sipp's log. One ear of ours listens to them all, and speaks for them as long as it hears something."""

import collections
import re
import socket
import subprocess
import threading
import time

from ears import Ear
from odziv import free_port

OURS = "+38164"

# What a number does, by the two digits behind the prefix: (answer, seconds of ringing, seconds until they hang up).
TALKS = {10: (0.3, 1.2), 11: (0.2, 1.8), 12: (0.5, 2.6)}
LONG, STAYS, CUT_OFF, MACHINE, LEAVES, PRESSES_9, PATIENT = 15, 16, 17, 70, 80, 90, 91
ANSWERS = TALKS | {LONG: (0.3, 20.0), STAYS: (0.3, 120.0), CUT_OFF: (0.3, 7.0), MACHINE: (0.3, 2.2), LEAVES: (0.2, 0.3), PATIENT: (4.0, 30.0)}
BUSY, SILENT = 20, 30
REFUSES = {
    BUSY: "486 Busy Here", 40: "404 Not Found", 41: "484 Address Incomplete", 42: "604 Does Not Exist Anywhere",
    50: "603 Decline", 60: "503 Service Unavailable",
}


def number(kind, n):
    return f"{OURS}{kind:02}{n:05}"


def kind_of(number):
    return int(number.removeprefix(OURS)[:2])


_answer_head = """[last_Via:]
[last_From:]
[last_To:];tag=[call_number]
[last_Call-ID:]
"""

HEAD = """<?xml version="1.0"?><scenario name="citizens">
<recv request="INVITE" crlf="true" rrs="true"><action>
<ereg regexp=".*" search_in="hdr" header="From:" assign_to="from"/>
<ereg regexp=".*" search_in="hdr" header="To:" assign_to="called"/>
<assignstr assign_to="to" value="[$called];tag=[call_number]"/>
<ereg regexp=".*" search_in="hdr" header="CSeq:" assign_to="cseq"/>
<ereg regexp="INVITE sip:([+]?[0-9]+)" search_in="msg" assign_to="line,number"/>
<ereg regexp="m=audio ([0-9]+)" search_in="msg" assign_to="media,port"/>
@KINDS@
@LOG invited@
</action></recv>
@BRANCHES@
"""

RINGS = """<send><![CDATA[
SIP/2.0 180 Ringing
@ANSWERS@[last_CSeq:]
Contact: <sip:citizen@[local_ip]:[local_port]>
Content-Length: 0

]]></send>
"""

# A called telephone, from its ringing to the end.
TAKES_UP = """<label id="@KIND@0"/>
@RINGS@
<recv request="CANCEL" timeout="@RINGING@" ontimeout="@KIND@1" next="1"/>
<label id="@KIND@1"/>
<send retrans="500"><![CDATA[
SIP/2.0 200 OK
@ANSWERS@[last_CSeq:]
Contact: <sip:citizen@[local_ip]:[local_port]>
Content-Type: application/sdp
Content-Length: [len]

v=0
o=- 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [local_ip]
t=0 0
m=audio @EAR@ RTP/AVP 8 101
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
]]></send>
<recv request="ACK" timeout="8000" ontimeout="9"><action>@LOG answered@</action></recv>
@MEANWHILE@
<recv request="BYE" timeout="@STAYS@" ontimeout="2" next="3"/>
"""

PRESSES = """<pause milliseconds="4000"/>
<send retrans="500"><![CDATA[
INFO [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: [$to]
To: [$from]
Call-ID: [call_id]
CSeq: 1 INFO
Max-Forwards: 70
Content-Type: application/dtmf-relay
Content-Length: [len]

Signal=9
Duration=160
]]></send>
<recv response="200"/>
"""

REFUSED = """<label id="@KIND@0"/>
<send retrans="500"><![CDATA[
SIP/2.0 @LINE@
@ANSWERS@[last_CSeq:]
Content-Length: 0

]]></send>
<recv request="ACK" timeout="8000" ontimeout="9" next="9"><action>@LOG refused@</action></recv>
"""

# Rings on until somebody gives up.
RINGS_ON = """<label id="@KIND@0"/>
@RINGS@
<recv request="CANCEL" timeout="60000" ontimeout="9" next="1"/>
"""

TAIL = """<label id="1"/>
<send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:];tag=[call_number]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
<send retrans="500"><![CDATA[
SIP/2.0 487 Request Terminated
[last_Via:]
[last_From:]
[last_To:];tag=[call_number]
[last_Call-ID:]
CSeq: [$cseq]
Content-Length: 0

]]></send>
<recv request="ACK" timeout="8000" ontimeout="9" next="9"><action>@LOG cancelled@</action></recv>
<label id="2"/>
<nop><action>@LOG left@</action></nop>
<send retrans="500"><![CDATA[
BYE [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: [$to]
To: [$from]
Call-ID: [call_id]
CSeq: 2 BYE
Max-Forwards: 70
Content-Length: 0

]]></send>
<recv response="200" optional="true" timeout="8000" ontimeout="9" next="9"/>
<recv request="BYE" optional="true" timeout="8000" ontimeout="9" next="4"/>
<recv response="481" timeout="8000" ontimeout="9" next="9"/>
<label id="3"/>
<nop><action>@LOG sent_away@</action></nop>
<label id="4"/>
<send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
<label id="9"/>
<nop/>
<Reference variables="line,media"/>
</scenario>
"""


def scenario(ear):
    """All kinds in one: a trunk has one address."""
    parts = []
    for kind, (ringing, stays) in ANSWERS.items():
        parts.append(_takes_up(kind, ringing, stays))
    parts.append(_takes_up(PRESSES_9, 4.0, 30.0, PRESSES))
    parts += [REFUSED.replace("@KIND@", str(kind)).replace("@LINE@", line) for kind, line in REFUSES.items()]
    parts.append(RINGS_ON.replace("@KIND@", str(SILENT)))
    kinds = [*ANSWERS, PRESSES_9, *REFUSES, SILENT]
    digits = OURS.strip("+")
    known = "\n".join(f'<ereg regexp="INVITE sip:[+]?{digits}{kind:02}" search_in="msg" assign_to="is{kind}"/>' for kind in kinds)
    branches = "\n".join(f'<nop next="{kind}0" test="is{kind}"/>' for kind in kinds)
    text = HEAD.replace("@KINDS@", known).replace("@BRANCHES@", branches + '\n<nop next="9"/>') + "".join(parts) + TAIL
    for word, value in {"RINGS": RINGS, "ANSWERS": _answer_head, "EAR": str(ear)}.items():
        text = text.replace(f"@{word}@", value)
    when = '<gettimeofday assign_to="seconds,micros"/>'
    return re.sub(r"@LOG (\w+)@", rf'{when}<log message="\1 [$number] [$port] [call_id] [$seconds] [$micros]"/>', text)


def _takes_up(kind, ringing, stays, meanwhile=""):
    text = TAKES_UP.replace("@MEANWHILE@", meanwhile)
    for word, value in {"KIND": kind, "RINGING": int(ringing * 1000), "STAYS": int(stays * 1000)}.items():
        text = text.replace(f"@{word}@", str(value))
    return text


class Call:
    """One INVITE, as sipp saw it."""

    def __init__(self, number, port, at):
        self.number, self.port, self.at = number, port, at
        self.answered = self.refused = self.cancelled = self.left = self.sent_away = None

    @property
    def kind(self):
        return kind_of(self.number)

    @property
    def end(self):
        return self.refused or self.cancelled or self.left or self.sent_away


class Citizens:
    """The network behind one trunk; `port` is its server's."""

    def __init__(self, folder, ear=Ear):
        self.folder, self.port = folder / f"citizens{time.monotonic_ns()}", free_port(socket.SOCK_DGRAM)
        self.folder.mkdir()
        self.ear = ear()
        self.ear.calls = self.calls
        (self.folder / "citizens.xml").write_text(scenario(self.ear.port))
        self.log, self.read, self.seen, self.alone = self.folder / "log", 0, {}, threading.Lock()
        command = ["sipp", "-sf", "citizens.xml", "-i", "127.0.0.1", "-p", self.port, "-nostdin"]
        command += ["-trace_logs", "-log_file", self.log, "-trace_err", "-error_file", self.folder / "errors"]
        self.process = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.folder
        )

    def calls(self):
        """In the order in which they came."""
        with self.alone:
            if self.log.exists():
                with open(self.log, "rb") as log:
                    log.seek(self.read)
                    whole, _, _ = log.read().rpartition(b"\n")
                self.read += len(whole) + bool(whole)
                for line in whole.decode(errors="replace").splitlines():
                    self._note(line.split())
            return list(self.seen.values())

    def _note(self, words):
        if len(words) != 6:
            return
        what, number, port, id, seconds, micros = words
        at = float(seconds) + float(micros) / 1e6
        if what == "invited":
            self.seen[id] = Call(f"+{number.strip('+')}", int(port), at)
        elif id in self.seen:
            setattr(self.seen[id], what, at)

    def by_number(self):
        found = collections.defaultdict(list)
        for call in self.calls():
            found[call.number].append(call)
        return found

    def at_once(self):
        """The most calls that were under way at any time."""
        steps = sorted(
            step for call in self.calls() for step in [(call.at, 1)] + ([(call.end, -1)] if call.end else [])
        )
        most = now = 0
        for _, step in steps:
            now += step
            most = max(most, now)
        return most

    def errors(self):
        path = self.folder / "errors"
        return path.read_text(errors="replace")[:2000] if path.exists() else ""

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.ear.close()
