"""A mail server that treats mails as bad ones do, by the name of the recipient.

dies      takes the whole mail and hangs up before it answers
refuses   550 at RCPT
later     451 at RCPT, then 550
slowly    451 after the mail, then takes it
others    taken

Whoever is at crowded.test is told 421 at RCPT in the first half minute, and taken afterwards.
"""

import collections
import socketserver
import threading
import time

from odziv import free_port


CROWDED = "crowded.test"
CROWDED_FOR = 30  # seconds


class BadSmtp:
    def __init__(self):
        self.port = free_port()
        self.asked = collections.Counter()  # RCPT by name
        self.taken = collections.Counter()  # whole mails by name, also those that nobody was told of
        self.open = 0
        self.turned_away = 0  # at the crowded place
        self.crowded_until = None
        trial = self

        class Talk(socketserver.StreamRequestHandler):
            def handle(self):
                trial.open += 1
                try:
                    trial.talk(self.rfile, self.wfile)
                except OSError:
                    pass
                finally:
                    trial.open -= 1

        class Threads(socketserver.ThreadingTCPServer):
            allow_reuse_address, daemon_threads = True, True

        self.server = Threads(("127.0.0.1", self.port), Talk)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def talk(self, lines, out):
        def say(words):
            out.write(words.encode() + b"\r\n")
            out.flush()

        say("220 bad.test ESMTP")
        name = ""
        for line in lines:
            verb = line.decode(errors="replace").strip()
            word = verb.split(" ")[0].upper()
            if word == "EHLO":
                say("250-bad.test")
                say("250-8BITMIME")
                say("250 DSN")
            elif word == "RCPT":
                name, domain = verb.split("<")[1].split(">")[0].split("@")
                self.asked[name] += 1
                if domain == CROWDED and self.is_crowded():
                    self.turned_away += 1
                    say("421 4.7.28 too many mails from you, come again later")
                    return
                if name == "refuses" or (name == "later" and self.asked[name] > 1):
                    say("550 5.1.1 no such user")
                elif name == "later":
                    say("451 4.7.1 try again later")
                else:
                    say("250 ok")
            elif word == "DATA":
                say("354 go on")
                for part in lines:
                    if part in (b".\r\n", b".\n"):
                        break
                self.taken[name] += 1
                if name == "dies":
                    return
                if name == "slowly" and self.taken[name] == 1:
                    say("451 4.3.0 try again later")
                else:
                    say("250 taken")
            elif word == "QUIT":
                say("221 bye")
                return
            else:
                say("250 ok")

    def is_crowded(self):
        if self.crowded_until is None:
            self.crowded_until = time.monotonic() + CROWDED_FOR
        return time.monotonic() < self.crowded_until

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
