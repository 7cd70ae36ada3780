"""Telephones that we did not write, without a screen or a sound card: baresip and linphone, each speaking a tone of its own."""

import json
import os
import pathlib
import re
import socket
import subprocess
import threading
import time

import tones
from odziv import HERE, free_port, wait_for

VOICE_SECONDS = 300


class Baresip:
    """`account`: a line of its account file, e.g. with `;mediaenc=srtp-mand;transport=tls`. `rate`: of its codec, 16000 for G.722. `seconds`: of its voice."""

    def __init__(self, folder, name, tone, account, port=None, ca="", rtp=32000, rate=8000, seconds=VOICE_SECONDS):
        self.folder = pathlib.Path(folder) / name
        self.folder.mkdir(parents=True)
        # The port behind that of SIP is baresip's for TLS.
        self.name, self.port, _, control = name, port or free_port(), free_port(), free_port()
        tones.write(self.folder / "voice.wav", tone, seconds, rate)
        modules = next(iter(sorted(pathlib.Path("/usr").glob("lib*/**/baresip/modules"))), "/usr/lib/baresip/modules")
        values = dict(
            modules=modules, control=control, port=self.port, ca=ca, rtp=rtp, rtp_end=rtp + 200, folder=self.folder,
            voice=self.folder / "voice.wav",
        )
        config = (HERE / "phones" / "baresip.config").read_text().format(**values)
        if not ca:
            config = re.sub(r"sip_cafile.*\n", "", config)
        (self.folder / "config").write_text(config)
        (self.folder / "accounts").write_text(account + "\n")
        self.events, self.answers = [], []
        log = open(self.folder / "log", "wb")
        self.process = subprocess.Popen(
            ["baresip", "-f", str(self.folder)], stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
        )
        self.control = wait_for(lambda: self._connect(control), 10)
        if not self.control:
            raise RuntimeError(f"baresip does not start: {self.log()}")
        threading.Thread(target=self._read, daemon=True).start()

    def command(self, command, parameters=""):
        text = json.dumps({"command": command, "params": parameters, "token": "trial"}).encode()
        self.control.sendall(b"%d:%s," % (len(text), text))

    def saw(self, kind, after=0.0):
        """The first event of a kind (REGISTER_OK, CALL_INCOMING, CALL_ESTABLISHED, CALL_CLOSED ...) since a moment."""
        return next((event for at, event in list(self.events) if event.get("type") == kind and at >= after), None)

    def wait(self, kind, seconds=10, after=0.0):
        return wait_for(lambda: self.saw(kind, after), seconds)

    def dial(self, uri):
        self.command("dial", uri)

    def answer(self):
        self.command("accept")

    def hang_up(self):
        self.command("hangup")

    def heard_files(self):
        """One for each call, oldest first."""
        return sorted(self.folder.glob("dump-*-dec.wav"))

    def log(self):
        return (self.folder / "log").read_text(errors="replace")[-3000:]

    def stop(self):
        _stop(self.process)

    def _connect(self, port):
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=1)
        except OSError:
            return None

    def _read(self):
        """Netstrings of JSON."""
        self.control.settimeout(None)
        data = b""
        while True:
            try:
                more = self.control.recv(65536)
            except OSError:
                return
            if not more:
                return
            data += more
            while b":" in data:
                length, rest = data.split(b":", 1)
                if len(rest) <= int(length):
                    break
                said = json.loads(rest[: int(length)])
                (self.events if said.get("event") else self.answers).append((time.monotonic(), said))
                data = rest[int(length) + 1 :]


class Linphone:
    """`proxy`: (server URI, user, password, realm) to register with; without it calls go straight to the address that is dialled."""

    def __init__(self, folder, name, tone, proxy=None, encryption="none", rtp=33000, codec=None):
        self.folder = pathlib.Path(folder) / name
        (self.folder / ".local/share/linphone").mkdir(parents=True)
        self.name, self.port = name, free_port(socket.SOCK_DGRAM)
        self.heard = self.folder / "heard.wav"
        tones.write(self.folder / "voice.wav", tone, VOICE_SECONDS)
        values = dict(port=self.port, user=name, encryption=encryption, mandatory=int(encryption != "none"), rtp=rtp, proxy="default_proxy=-1", account="")
        if codec:
            values["account"] = codecs(codec)
        if proxy:
            server, user, password, realm = proxy
            host = re.sub(r"^sips?:|;.*$", "", server)
            values["proxy"] = "default_proxy=0"
            values["user"] = user
            values["account"] += (
                f"[proxy_0]\nreg_proxy=<{server}>\nreg_identity=sip:{user}@{host}\nreg_expires=120\nreg_sendregister=1\n"
                f"publish=0\n[auth_info_0]\nusername={user}\npasswd={password}\nrealm={realm}\n"
            )
        (self.folder / "rc").write_text((HERE / "phones" / "linphonerc").read_text().format(**values))
        home = {key: str(self.folder) for key in ("HOME", "XDG_CONFIG_HOME")}
        self.process = subprocess.Popen(
            ["linphonec", "-c", str(self.folder / "rc"), "-d", "0"], stdin=subprocess.PIPE,
            stdout=open(self.folder / "log", "wb"), stderr=subprocess.STDOUT, env=dict(os.environ, **home), cwd=self.folder,
        )
        wait_for(lambda: "linphonec>" in self.log() or self.process.poll() is not None, 15)
        self.command("soundcard use files")
        self.command(f"play {self.folder / 'voice.wav'}")
        self.command(f"record {self.heard}")

    def command(self, text):
        """call URI, answer, pause, resume, transfer URI, transfer ID1 --to-call ID2, terminate, dtmf KEYS ..."""
        self.process.stdin.write((text + "\n").encode())
        self.process.stdin.flush()

    def wait(self, words, seconds=10, after=0):
        """Waits until it says so, behind a place in its log."""
        return wait_for(lambda: re.search(words, self.log()[after:]), seconds)

    def dial(self, uri):
        self.command(f"call {uri}")

    def answer(self):
        self.command("answer")

    def hang_up(self):
        self.command("terminate")

    def log(self):
        return (self.folder / "log").read_text(errors="replace")

    def stop(self):
        try:
            self.command("quit")
            self.process.wait(5)
        except (OSError, subprocess.TimeoutExpired):
            _stop(self.process)


def codecs(wanted):
    """Linphone's list of codecs with one enabled."""
    known = [("PCMA", 8000), ("PCMU", 8000), ("G722", 8000), ("opus", 48000), ("speex", 8000), ("speex", 16000), ("GSM", 8000)]
    return "".join(
        f"[audio_codec_{n}]\nmime={name}\nrate={rate}\nchannels=1\nenabled={int(name == wanted)}\n"
        for n, (name, rate) in enumerate(known)
    )


def _stop(process):
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
