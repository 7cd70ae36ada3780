"""An operator's desk: a user with an extension and a phone that is registered, and what the server knows of them."""

import re
import sqlite3

from odziv import wait_for
from softphones import VOICE_SECONDS, Baresip, Linphone


PHONES = 2  # that an operator has, one after the other


class Desk:
    """`tone`: what the operator's voice is. Made before the server starts, so that it knows the phones from its first moment."""

    def __init__(self, server, user, tone):
        self.server, self.user, self.tone, self.phone = server, user, tone, None
        server.add_user(user, "operator", "correct horse battery")
        self.accounts = [self._account() for _ in range(PHONES)]

    def with_baresip(self, tls=None, codec="PCMA/8000/1", rtp=34000, seconds=VOICE_SECONDS):
        name, password = self.accounts.pop(0)
        port, way = (tls, ";transport=tls") if tls else (self.server.sip, "")
        security = "mediaenc=srtp-mand;" if tls else ""
        account = (
            f"<sip:{name}@127.0.0.1:{port}{way}>;auth_user={name};auth_pass={password};regint=60;answermode=manual;"
            f"{security}audio_codecs={codec}"
        )
        rate = int(codec.split("/")[1])
        self._forget()
        self.phone = Baresip(self.server.folder, f"{self.user}-{name}", self.tone, account, rtp=rtp, rate=rate, seconds=seconds)
        return self.phone

    def with_linphone(self, tls=None, codec="PCMA", rtp=35000):
        name, password = self.accounts.pop(0)
        uri = f"sip:127.0.0.1:{tls};transport=tls" if tls else f"sip:127.0.0.1:{self.server.sip}"
        self._forget()
        self.phone = Linphone(
            self.server.folder, f"{self.user}-{name}", self.tone, proxy=(uri, name, password, "odziv"),
            encryption="srtp" if tls else "none", codec=codec, rtp=rtp,
        )
        return self.phone

    def _account(self):
        said = self.server.run("phone", "add", self.user)
        return tuple(re.search(rf"(?m)^{word} (\S+)", said).group(1) for word in ("username", "password"))

    def _forget(self):
        self.mark = len(plain(self.server.log()))

    def is_registered(self, way):
        """Since its phone was switched on; each desk has another way."""
        return wait_for(lambda: re.search(rf"came or went.*{way}.*true", plain(self.server.log())[self.mark :]), 15)

    @property
    def extension(self):
        with sqlite3.connect(self.server.data / "odziv.db") as database:
            return database.execute(
                "SELECT e.extension FROM user_extension e JOIN user_account u ON u.id = e.user_id WHERE u.login = ?", (self.user,)
            ).fetchone()[0]

    def states(self):
        """What the operator did, oldest first: ready, ringing, talking, wrap_up ..."""
        with sqlite3.connect(self.server.data / "odziv.db") as database:
            rows = database.execute(
                "SELECT l.state FROM operator_state_log l JOIN user_account u ON u.id = l.user_id WHERE u.login = ? ORDER BY l.id",
                (self.user,),
            )
            return [state for (state,) in rows]

    def is_free(self, seconds=8):
        return wait_for(lambda: self.states()[-1:] == ["ready"], seconds)


def ring_all(server):
    """The queue that every municipality starts with rings all, and gives a second of wrap-up."""
    with sqlite3.connect(server.data / "odziv.db") as database:
        database.execute("UPDATE queue SET strategy = 'ring_all', wrap_up_s = 1")


def plain(log):
    return re.sub(r"\x1b\[[0-9;]*m", "", log)
