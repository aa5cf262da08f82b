"""Whole runs of PROGRAM in which one system call fails: faults.py PROGRAM all|sample [SEED] [CALL[:ERROR[:NUMBER]]]

A run tells two contacts by mail, inbox and webhook. strace makes the k-th call of a kind fail, in each thread of its own
count. After that: nothing is lost, at most the message in flight is repeated and under the same identity, whatever was not
done is said and the exit code is not 0, the second run is clean and the third silent.
"""

import collections
import concurrent.futures
import dataclasses
import http.server
import json
import os
import pathlib
import random
import re
import shutil
import socketserver
import subprocess
import sys
import tempfile
import threading
import time

ERRORS = ["ENOSPC", "EIO", "EROFS", "EMFILE", "EACCES"]
# The question mark: not every machine has every call.
CALLS = ["write", "pwrite64", "fsync", "fdatasync", "fallocate", "rename", "renameat", "renameat2", "linkat", "openat",
         "unlink", "unlinkat", "mkdir", "mkdirat", "socket", "connect", "sendto", "flock", "close"]
# A call that a run makes more often is tried so often at most: a run that asks for ever is a fault of its own.
MOST = 400
CONTACTS = ["anna", "ops"]
CERTIFICATES = ["www.example.com", "mail.example.com", "vpn.example.com"]
CHANNELS = ["email", "inbox", "webhook"]
# Chosen by the seed.
SAMPLE = 100
# The test servers and the program share a machine that may be slow.
LIMIT = 120


@dataclasses.dataclass(frozen=True)
class Message:
    contact: str
    channel: str
    identity: str
    certificates: frozenset


def names_in(text):
    return frozenset(name for name in CERTIFICATES if name in text)


def of_mail(text):
    """The identity of a mail, and the certificates that it names."""
    return re.search(r"(?im)^message-id: *(\S+)", text)[1], names_in(text.replace("=\n", ""))


class Mails(socketserver.StreamRequestHandler):
    """Takes every mail; what it took is in `server.taken`."""

    def handle(self):
        try:
            self.talk()
        except OSError:
            pass  # The client was made to fail.

    def talk(self):
        self.wfile.write(b"220 sink\r\n")
        recipient, text, in_text = None, [], False
        for line in self.rfile:
            line = line.rstrip(b"\r\n")
            word = line.split(b":")[0].upper()
            if in_text:
                if line == b".":
                    self.server.taken.append(Message(recipient, "email", *of_mail(b"\n".join(text).decode())))
                    text, in_text = [], False
                    self.wfile.write(b"250 taken\r\n")
                else:
                    text.append(line)
            elif word == b"RCPT TO":
                recipient = re.search(rb"<([^@>]*)", line)[1].decode()
                self.wfile.write(b"250 ok\r\n")
            elif word == b"DATA":
                in_text = True
                self.wfile.write(b"354 go on\r\n")
            elif word == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"250 ok\r\n")


class Posts(http.server.BaseHTTPRequestHandler):
    """Takes every post; what it took is in `server.taken`."""

    def do_POST(self):
        try:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if len(body) < int(self.headers["Content-Length"]):
                return
            named = names_in(body.decode())
            self.server.taken.append(Message(self.path.strip("/"), "webhook", self.headers["webhook-id"], named))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()
        except OSError:
            pass

    def log_message(self, *_):
        pass


class Threaded(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, handler):
        super().__init__(("127.0.0.1", 0), handler)
        self.taken = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_):
        pass


@dataclasses.dataclass
class Ended:
    code: int
    said: str


class House:
    """A policy, its certificates, a state and two servers, for the runs around one fault."""

    def __init__(self, program, certificates, folder):
        self.program, self.folder = program, pathlib.Path(folder)
        self.mails, self.posts = Threaded(Mails), Threaded(Posts)
        for certificate in certificates:
            shutil.copy(certificate, self.folder)
        port, url = self.mails.server_address[1], f"http://127.0.0.1:{self.posts.server_address[1]}"
        contacts = "".join(
            f'[contacts.{name}]\nemail = "{name}@example.com"\nwebhook = {{ url = "{url}/{name}" }}\n' for name in CONTACTS)
        (self.folder / "policies.toml").write_text(
            f'[email]\nhost = "127.0.0.1"\nport = {port}\ntls = "none"\n[settings]\ntimezone = "UTC"\ntime-limit = "30s"\n{contacts}'
            f'[policies.default]\ncontacts = {json.dumps(CONTACTS)}\nchannels = ["email", "inbox", "webhook"]\n'
            'events = ["business", "alerts"]\ndeadline = "30d"\ndeadline-cap = "none"\n'
            '[[certificates]]\nname = "fleet"\nfile = "*.pem"\n')

    def close(self):
        for server in [self.mails, self.posts]:
            server.shutdown()
            server.server_close()

    def run(self, *words):
        # Half a minute, so that the pauses of retries do not add up.
        line = [*words, self.program, "run", "--quiet", "-p", str(self.folder / "policies.toml"),
                "--state", str(self.folder / "memory/state.json")]
        environment = {"PATH": os.environ["PATH"], "TZ": "UTC", "HOME": str(self.folder), "LANG": "C.UTF-8"}
        ended = subprocess.run(line, env=environment, cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True,
                               timeout=LIMIT)
        return Ended(ended.returncode, (ended.stdout + ended.stderr).decode(errors="replace"))

    def told(self):
        """Every message that was taken, one that was repeated twice."""
        told = self.mails.taken + self.posts.taken
        for name in CONTACTS:
            for path in (self.folder / "memory/inbox" / name).glob("*/*"):
                if path.parent.name in ["new", "cur"]:
                    told.append(Message(name, "inbox", *of_mail(path.read_text())))
        return told


def lacks(told):
    """(contact, channel, certificate) of which nothing was told."""
    owed = {(name, channel, it) for name in CONTACTS for channel in CHANNELS for it in CERTIFICATES}
    return owed - {(message.contact, message.channel, it) for message in told for it in message.certificates}


def calls_of(text, thread=re.compile(r"^(\d+) +(\w+)\(")):
    """(call, number) of each call of a run, numbered for each thread and kind apart, as strace counts."""
    counts = collections.Counter()
    for line in text.splitlines():
        if found := thread.match(line):
            counts[found[1], found[2]] += 1
    most = collections.Counter()
    for (_, call), count in counts.items():
        most[call] = max(most[call], count)
    return most


# Whose failure costs nothing that is owed where the rest of the run went well, so that it need not be said.
FREE = re.compile(
    # What cannot be read, reached or given back is found by what is told.
    r"^\d+ +(close|openat|socket|connect|sendto)\("
    # Nothing tells of what the output, or the wake-up between threads, did not take.
    r"|^\d+ +write\(\d+<(pipe|anon_inode|/dev/null)"
    # Who holds the lock is written for people.
    r"|state\.json\.lock"
    # Not every file system has second names: the generation before has the only one then.
    r"|^\d+ +linkat\("
    # An inbox is tried again, as any channel is.
    r"|/memory/inbox|\"inbox\"")


def swallowed(lines):
    """The injected failures that had to be said: not those that are free, nor a sync that was done again."""
    failed = []
    for line in lines:
        is_injected = "(INJECTED)" in line
        if is_injected and not FREE.search(line):
            failed.append(line)
        elif not is_injected and (done := re.search(r"(fsync|fdatasync)\(\d+(<.*>)\)", line)):
            failed = [line for line in failed if f"sync({done[2]}" not in re.sub(r"\(\d+<", "(<", line)]
    return failed


class Fault(Exception):
    pass


def ensure(holds, what):
    if not holds:
        raise Fault(what)


def one_fault(program, certificates, call, error, number):
    """Whether the fault happened in the run; raises Fault where something does not hold after it."""
    with tempfile.TemporaryDirectory(prefix="certnotify-fault.") as folder:
        house = House(program, certificates, folder)
        try:
            log = house.folder / "calls"
            inject = f"inject=?{call}:error={error}:when={number}"
            first = house.run("strace", "-f", "-qq", "-y", "-o", str(log), "-e", f"trace=?{call}", "-e", inject)
            lines = log.read_text(errors="replace").splitlines()
            injected = [line for line in lines if "(INJECTED)" in line]
            told = house.told()
            state = f"exit {first.code}: {first.said.strip()}\n  " + "\n  ".join(injected)
            ensure(first.code in [0, 1, 2, 3, 127], f"ended otherwise, {state}")
            # The standard library panics where a directory cannot be closed.
            ensure(call == "close" or "panicked" not in first.said and "a fault in certnotify itself" not in first.said, f"panicked, {state}")
            owed = lacks(told)
            ensure(not owed or (first.code != 0 and first.said), f"not sent and not said: {owed}, {state}")
            ensure((first.code == 0) == (not first.said), f"said and exit code differ, {state}")
            ensure(first.code != 0 or not swallowed(lines), f"swallowed, {state}")
            second = house.run()
            after = house.told()
            ensure(second.code == 0 and not second.said, f"the second run: exit {second.code}: {second.said}after {state}")
            ensure(not lacks(after), f"lost: {lacks(after)}, {state}")
            repeated = len(after) - len(set(after))
            ensure(repeated <= 1, f"{repeated} messages repeated, {state}")
            ways = collections.Counter((it.contact, it.channel, name) for it in set(after) for name in it.certificates)
            twice = [way for way, count in ways.items() if count > 1]
            ensure(not twice, f"told twice under two identities: {twice}, {state}")
            third = house.run()
            ensure(third.code == 0 and not third.said, f"the third run: exit {third.code}: {third.said}after {state}")
            ensure(house.told() == after, f"the third run told again, {state}")
            return bool(injected)
        finally:
            house.close()


def certificates_in(folder):
    made = []
    for name in CERTIFICATES:
        path = pathlib.Path(folder) / f"{name}.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "5",
                        "-keyout", "/dev/null", "-out", path, "-subj", f"/CN={name}", "-addext",
                        f"subjectAltName=DNS:{name}"], check=True, capture_output=True)
        made.append(path)
    return made


def faults_of(program, certificates):
    """Every fault there is in a run: (call, error, number)."""
    with tempfile.TemporaryDirectory(prefix="certnotify-fault.") as folder:
        house = House(program, certificates, folder)
        log = house.folder / "calls"
        names = ",".join(f"?{call}" for call in CALLS)
        first = house.run("strace", "-f", "-qq", "-o", str(log), "-e", f"trace={names}")
        if first.code != 0 or lacks(house.told()):
            sys.exit(f"faults: a run without a fault ended with {first.code}: {first.said}\n{house.told()}")
        house.close()
        most = calls_of(log.read_text(errors="replace"))
    return [(call, error, number) for call in CALLS if most[call] for number in range(1, min(most[call], MOST) + 1)
            for error in ERRORS]


def main(program, which="sample", seed=None, only=""):
    seed = int(seed) if seed else random.SystemRandom().randrange(1 << 32)
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="certnotify-faults.") as folder:
        certificates = certificates_in(folder)
        faults = faults_of(program, certificates)
        total = len(faults)
        if which == "sample":
            faults = random.Random(seed).sample(faults, min(SAMPLE, total))
        if only:
            parts = only.split(":")
            faults = [fault for fault in faults if list(map(str, fault))[:len(parts)] == parts]
        print(f"faults: {len(faults)} of {total}, seed {seed}", flush=True)
        hit, bad = 0, []
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count() * 2) as pool:
            tried = {pool.submit(one_fault, program, certificates, *fault): fault for fault in faults}
            for done in concurrent.futures.as_completed(tried):
                try:
                    hit += done.result()
                except Exception as fault:  # Each is told, and the others are tried.
                    bad.append(tried[done])
                    print("faults: {}:{}:{}: {}".format(*tried[done], fault or repr(fault)), flush=True)
    print(f"faults: {hit} of {len(faults)} faults hit a run, {len(bad)} did harm, in {time.monotonic() - begun:.0f} s")
    sys.exit(bool(bad))


if __name__ == "__main__":
    main(*sys.argv[1:])
