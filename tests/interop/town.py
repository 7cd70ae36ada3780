"""A server, the network behind its trunk, and operators with phones: what the trials of the dialler begin with."""

import collections

from citizens import LEAVES, MACHINE, Citizens, kind_of, number
from ears import Ear
from lines import Campaign, Line, Notes
from odziv import Server

# What operators say of whom they talked with.
SAID = {MACHINE: "machine", LEAVES: "refused"}


def words(number):
    return SAID.get(kind_of(number), "completed")


class Town:
    """A server, the network behind its trunk, and operators with phones."""

    def __init__(self, report, name, operators=0, trunk="", only_trunk=False, ear=Ear):
        self.report = report
        self.server = Server(name, extra="[dialer]\ncalls_at_once = 60\n")
        self.citizens = Citizens(self.server.folder, ear)
        mine = (
            f'[[sip.trunk]]\nname = "citizens"\nserver = "127.0.0.1:{self.citizens.port}"\nkeepalive_s = 0\nnumber = "+38121480000"\n{trunk}'
            '[[outbound.rule]]\nname = "citizens"\nprefixes = ["+38164"]\ntrunks = ["citizens"]\n'
        )
        text = self.server.config.read_text()
        if only_trunk:
            text = text.replace('[[sip.trunk]]\nname = "trial"\npeers = ["127.0.0.1"]\n', "")
        self.server.config.write_text(text + mine)
        self.lines = [Line(self.server, n) for n in range(operators)]
        self.notes = Notes(self.server, self.lines, words)
        self.numbers = collections.Counter()

    def start(self):
        self.server.start()
        for line in self.lines:
            line.switch_on()
        self.notes.start()

    def new(self, kind):
        """A number that nobody has yet."""
        self.numbers[kind] += 1
        return number(kind, self.numbers[kind])

    def campaign(self, name, how, lines, numbers, survey=None):
        campaign = Campaign(self.server, name, how, lines, numbers, survey)
        self.notes.campaigns.append(campaign)
        return campaign

    def calls(self, number):
        return self.citizens.by_number().get(number, [])

    def stop(self):
        self.notes.stop()
        for line in self.lines:
            line.stop()
        try:
            self.report.check("server ends cleanly on SIGTERM", self.server.stop() == 0)
            self.report.check("no panic in the log", "panicked" not in self.server.log())
        finally:
            self.citizens.stop()
            if self.report.failed:
                print(f"left for a look: {self.server.folder}", flush=True)
            else:
                self.server.discard()
