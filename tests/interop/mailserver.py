"""dovecot and postfix as a municipality has them, in a temporary folder and on ports of their own."""

import email
import email.policy
import os
import pathlib
import pwd
import shutil
import smtplib
import subprocess
import tempfile

from odziv import free_port, wait_for

DOMAIN = "grad.test"
OFFICE = f"pisarnica@{DOMAIN}"
# Taken by postfix, then refused by the server behind it: the sender gets a bounce.
BOUNCING = "bounce.test"


class MailServer:
    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="odziv-mail-"))
        self.folder.chmod(0o755)
        self.imap, self.lmtp, self.smtp, self.refusing = (free_port() for _ in range(4))
        self.processes = []
        self._certificate()
        self._dovecot()
        self._postfix()
        for port in (self.imap, self.lmtp, self.smtp, self.refusing):
            if not wait_for(lambda: listens(port), 20):
                raise RuntimeError(f"nothing listens on port {port}:\n{self.logs()}")

    def _certificate(self):
        self.certificate, key = self.folder / "certificate.pem", self.folder / "key.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
             "-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE",
             "-keyout", key, "-out", self.certificate], check=True, capture_output=True,
        )
        self.key = key
        self.dkim = self.folder / "dkim.pem"
        subprocess.run(["openssl", "genrsa", "-out", self.dkim, "2048"], check=True, capture_output=True)

    def _dovecot(self):
        nobody = pwd.getpwnam("nobody")
        mail = self.folder / "mail"
        mail.mkdir()
        os.chown(mail, nobody.pw_uid, nobody.pw_gid)
        config = self.folder / "dovecot.conf"
        config.write_text(f"""
base_dir = {self.folder}/dovecot
state_dir = {self.folder}/dovecot
log_path = {self.folder}/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
ssl = yes
ssl_cert = <{self.certificate}
ssl_key = <{self.key}
mail_location = maildir:{mail}/%n
first_valid_uid = 1
mail_uid = {nobody.pw_uid}
mail_gid = {nobody.pw_gid}
default_internal_user = dovecot
default_login_user = dovenull
passdb {{
  driver = static
  args = password=trial
}}
userdb {{
  driver = static
  args = uid={nobody.pw_uid} gid={nobody.pw_gid} home={mail}/%n allow_all_users=yes
}}
service imap-login {{
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {self.imap}
    ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {self.lmtp}
  }}
}}
service stats {{
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
""")
        self.processes.append(subprocess.Popen(["dovecot", "-F", "-c", config]))

    def _postfix(self):
        config = self.folder / "postfix"
        config.mkdir()
        for name in ("queue", "data"):
            (self.folder / name).mkdir()
        os.chown(self.folder / "data", pwd.getpwnam("postfix").pw_uid, -1)
        (config / "refused").write_text(f"{BOUNCING} 550 5.1.1 No such user\n")
        (config / "transport").write_text(f"{BOUNCING} smtp:[127.0.0.1]:{self.refusing}\n")
        (config / "main.cf").write_text(f"""
compatibility_level = 3.6
queue_directory = {self.folder}/queue
data_directory = {self.folder}/data
mail_owner = postfix
setgid_group = postdrop
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
maillog_file = {self.folder}/postfix.log
maillog_file_prefixes = /tmp, /var
myhostname = mx.{DOMAIN}
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
virtual_mailbox_domains = {DOMAIN}, citizens.test
virtual_mailbox_maps = static:yes
virtual_transport = lmtp:inet:127.0.0.1:{self.lmtp}
lmtp_assume_final = yes
transport_maps = texthash:{config}/transport
smtpd_tls_cert_file = {self.certificate}
smtpd_tls_key_file = {self.key}
smtpd_tls_security_level = may
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_client_connection_count_limit = 0
default_process_limit = 50
bounce_queue_lifetime = 1h
""")
        dist = pathlib.Path("/usr/share/postfix/master.cf.dist").read_text().splitlines()
        kept = [line for line in dist if line and not line.startswith("#") and not line.startswith("smtp      inet")]
        # Nothing is chrooted: the fifth column.
        services = []
        for line in kept:
            parts = line.split(None, 7)
            if not line[0].isspace() and len(parts) == 8:
                parts[4] = "n"
                line = " ".join(parts)
            services.append(line)
        services.append(f"127.0.0.1:{self.smtp} inet n - n - - smtpd")
        services.append(
            f"127.0.0.1:{self.refusing} inet n - n - - smtpd -o myhostname=refusing.test"
            f" -o smtpd_recipient_restrictions=check_recipient_access,texthash:{config}/refused"
        )
        (config / "master.cf").write_text("\n".join(services) + "\n")
        subprocess.run(["postfix", "-c", config, "check"], check=True, capture_output=True)
        self.postfix = config
        self.processes.append(
            subprocess.Popen(["postfix", "-c", config, "start-fg"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        )

    def settings(self, office=OFFICE, smtp=None, **more):
        """The section of the configuration. `smtp`: the port of another server, in the clear."""
        out = f'port = {self.smtp}\ntls_ca = "{self.certificate}"' if smtp is None else f'port = {smtp}\ntls = "none"'
        lines = "\n".join(f"{key} = {value}" for key, value in more.items())
        return (
            f'[mail]\naddress = "{office}"\nname = "Град Трговиште, писарница"\nreturn_address = "{office}"\n{lines}\n'
            f'[mail.dkim]\nselector = "odziv"\nkey_file = "{self.dkim}"\n'
            f'[mail.imap]\nhost = "localhost"\nport = {self.imap}\ntls_ca = "{self.certificate}"\nuser = "{office}"\n'
            'password = "trial"\nreconnect_max_s = 1\nresponse_timeout_s = 10\n'
            f'[mail.smtp]\nhost = "localhost"\n{out}\nresponse_timeout_s = 10\n'
        )

    def send(self, sender, raw, to=OFFICE):
        """Hands octets to postfix as they are."""
        with smtplib.SMTP("127.0.0.1", self.smtp, timeout=20) as smtp:
            smtp.sendmail(sender, [to] if isinstance(to, str) else to, raw)

    def inbox(self, name, folder="."):
        """What lies in somebody's mailbox, read."""
        found = []
        for part in ("new", "cur"):
            for path in sorted((self.folder / "mail" / name / folder / part).glob("*")):
                found.append(email.message_from_bytes(path.read_bytes(), policy=email.policy.default))
        return sorted(found, key=lambda mail: str(mail["date"]))

    def fill(self, name, letters):
        """Puts letters into a mailbox behind the back of the mail server."""
        nobody = pwd.getpwnam("nobody")
        for folder in ("", "new", "cur", "tmp"):
            path = self.folder / "mail" / name / folder
            path.mkdir(exist_ok=True)
            os.chown(path, nobody.pw_uid, nobody.pw_gid)
        for number, octets in enumerate(letters):
            path = self.folder / "mail" / name / "new" / f"{1_700_000_000 + number}.M{number}.trial"
            path.write_bytes(octets)
            os.chown(path, nobody.pw_uid, nobody.pw_gid)

    def renumber(self, name):
        """What a restore from a backup does: the mails of the mailbox get new numbers."""
        for pattern in ("dovecot-uidlist", "dovecot-uidvalidity*", "dovecot.index*"):
            for path in (self.folder / "mail" / name).glob(pattern):
                path.unlink()

    def seen(self, name):
        """How many mails of a mailbox are marked as seen."""
        paths = (self.folder / "mail" / name / "cur").glob("*")
        return sum("S" in path.name.rsplit(":2,", 1)[-1] for path in paths)

    def logs(self):
        logs = [self.folder / name for name in ("dovecot.log", "postfix.log")]
        return "\n".join(log.read_text(errors="replace")[-3000:] for log in logs if log.exists())

    def stop(self):
        subprocess.run(["postfix", "-c", self.postfix, "stop"], capture_output=True)
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()

    def discard(self):
        if not os.environ.get("ODZIV_INTEROP_KEEP"):
            shutil.rmtree(self.folder, ignore_errors=True)


def listens(port):
    import socket

    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
