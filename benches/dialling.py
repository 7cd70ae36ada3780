#!/usr/bin/env python3
"""A predictive campaign with fifty operators who talk: what it costs in processor time and memory.

    benches/dialling.py target/release/odziv [--operators 50] [--minutes 5]

sipp plays the network with its citizens and the operators' phones; all of them send and hear sound (G.711, 50 packets a second each way). Counted is the
server's own time on the processors, from when the operators are busy, beside what the campaign did in that time. Needs sipp, and root for nothing.
"""

import argparse
import os
import pathlib
import random
import re
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "interop"))
sys.dont_write_bytecode = True

REGISTERS = """<?xml version="1.0"?><scenario name="registers">
<send retrans="500"><![CDATA[
REGISTER sip:127.0.0.1 SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:[field0]@127.0.0.1>;tag=[call_number]
To: <sip:[field0]@127.0.0.1>
Call-ID: [call_id]
CSeq: 1 REGISTER
Contact: <sip:[field0]@[local_ip]:[local_port]>
Expires: 3600
Max-Forwards: 70
Content-Length: 0

]]></send>
<recv response="401" auth="true"/>
<send retrans="500"><![CDATA[
REGISTER sip:127.0.0.1 SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:[field0]@127.0.0.1>;tag=[call_number]
To: <sip:[field0]@127.0.0.1>
Call-ID: [call_id]
CSeq: 2 REGISTER
[field1]
Contact: <sip:[field0]@[local_ip]:[local_port]>
Expires: 3600
Max-Forwards: 70
Content-Length: 0

]]></send>
<recv response="200"/>
</scenario>
"""

ANSWERS = """<?xml version="1.0"?><scenario name="operators">
<recv request="INVITE" crlf="true" rrs="true"/>
<send retrans="500"><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:];tag=[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:operator@[local_ip]:[local_port]>
Content-Type: application/sdp
Content-Length: [len]

v=0
o=- 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 8
a=rtpmap:8 PCMA/8000
]]></send>
<recv request="ACK"/>
<recv request="BYE" timeout="7200000"/>
<send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
</scenario>
"""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--operators", type=int, default=50)
    parser.add_argument("--minutes", type=float, default=5)
    asked = parser.parse_args()
    os.environ["ODZIV_BIN"] = asked.binary
    os.environ.setdefault("ODZIV_INTEROP_CACHE", "/nonexistent")
    import citizens

    # Of a hundred numbers; who answers rings for a while, and talks for a minute on the average.
    share = {10: 12, 11: 12, 12: 12, citizens.BUSY: 14, citizens.SILENT: 40, 40: 10}
    citizens.ANSWERS |= {10: (6.0, 35.0), 11: (9.0, 60.0), 12: (14.0, 85.0)}
    bench = Bench(asked.operators)
    try:
        bench.run(share, asked.minutes * 60)
    finally:
        bench.stop()


class Bench:
    def __init__(self, operators):
        import lines
        import town
        from odziv import Report, free_port

        self.lines, self.count = lines, operators
        self.town = town.Town(Report(), "dialling", trunk="calls_per_second = 20\nmax_channels = 400\n")
        config = self.town.server.config.read_text().replace("calls_at_once = 60", "calls_at_once = 300").replace('filter = "info"', 'filter = "warn"')
        self.town.server.config.write_text(config)
        self.port, self.phones = free_port(), None

    def run(self, share, seconds):
        server = self.town.server
        accounts = [self.operator(n) for n in range(self.count)]
        self.town.start()
        self.register(accounts)
        self.phones = self.sipp("operators", ANSWERS, "-rtp_echo", "-mp", "44000", "-aa")
        for account in accounts:
            said = self.lines.wait_for(lambda: "problem" not in server.write("POST", "/dialer/session", {}, account["token"]), 10, 0.3)
            if not said:
                raise SystemExit(f"{account['name']} does not join")
        time.sleep(3)
        chance, kinds = random.Random(7), list(share)
        dials = int(self.count * (seconds + 180) / 60 / 0.36 * 1.5)
        numbers = [self.town.new(kind) for kind in chance.choices(kinds, [share[kind] for kind in kinds], k=dials)]
        self.town.notes.tokens = {account["id"]: account["token"] for account in accounts}
        everybody = [type("", (), account) for account in accounts]
        how = self.lines.settings("predictive", {"busy": self.lines.again(2)}, ring=25)
        campaign = self.town.campaign("predictive", how, everybody, numbers)
        said = campaign.step("start")
        if said.get("state") != "running":
            raise SystemExit(said)
        print(f"{self.count} operators, {dials} numbers; two minutes to learn", flush=True)
        time.sleep(120)
        self.measure(campaign, seconds)

    def measure(self, campaign, seconds):
        process = self.town.server.process.pid
        before, spent, began = campaign.now()["attempts"], cpu(process), time.time()
        talking = []
        while time.time() < began + seconds:
            time.sleep(2)
            talking.append(campaign.now()["contacts"].get("talking", 0))
        lasted, used, after = time.time() - began, cpu(process) - spent, campaign.now()["attempts"]
        made = sum(after.values()) - sum(before.values())
        memory = re.search(r"VmHWM:\s+(\d+)", pathlib.Path(f"/proc/{process}/status").read_text()).group(1)
        print(f"in {lasted:.0f} s: {made} numbers dialled, {talking and statistics.mean(talking):.1f} of {self.count} operators in a talk")
        print(f"server: {used / lasted:.1%} of one processor, {used / lasted / os.cpu_count():.1%} of {os.cpu_count()}; {int(memory) / 1024:.0f} MB at most")
        tried = [a for a in self.lines.attempts(campaign.whole()) if a.answered_at and began <= a.answered_at < began + lasted]
        waits = [a.joined_at - a.answered_at for a in tried if a.joined_at]
        lost = sum(a.outcome == "abandoned" for a in tried)
        p95 = statistics.quantiles(waits, n=20)[-1] if len(waits) > 1 else 0
        print(f"{len(tried)} answered, {lost} abandoned; joined p95 {p95 * 1000:.0f} ms, longest {max(waits, default=0) * 1000:.0f} ms")
        campaign.step("stop")

    def operator(self, n):
        server, name = self.town.server, f"operator{n}"
        server.add_user(name, "operator", "correct horse battery")
        said = server.run("phone", "add", name)
        user, password = (re.search(rf"(?m)^{word} (\S+)", said).group(1) for word in ("username", "password"))
        token = server.run("token", "add", name, "--role", "operator", "--owner", name).split()[-1]
        return {"name": name, "id": self.id_of(name), "user": user, "password": password, "token": token}

    def id_of(self, name):
        import sqlite3

        with sqlite3.connect(self.town.server.data / "odziv.db") as database:
            return database.execute("SELECT id FROM user_account WHERE login = ?", (name,)).fetchone()[0]

    def register(self, accounts):
        rows = [f"{a['user']};[authentication username={a['user']} password={a['password']}]" for a in accounts]
        (self.town.server.folder / "accounts.csv").write_text("SEQUENTIAL\n" + "\n".join(rows) + "\n")
        done = self.sipp("registers", REGISTERS, f"127.0.0.1:{self.town.server.sip}", "-inf", "accounts.csv", "-m", str(len(accounts)), "-r", "10")
        if done.wait(60) != 0:
            raise SystemExit("the phones do not register")

    def sipp(self, name, scenario, *more):
        folder = self.town.server.folder
        (folder / f"{name}.xml").write_text(scenario)
        command = ["sipp", *more, "-sf", f"{name}.xml", "-i", "127.0.0.1", "-p", str(self.port), "-nostdin", "-trace_err", "-error_file", f"{name}.errors"]
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)

    def stop(self):
        if self.phones:
            self.phones.kill()
            self.phones.wait()
        self.town.stop()


def cpu(process):
    """Seconds that it has used, in its own code and in the system's."""
    words = pathlib.Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
