"""Real servers to be hurt: PostgreSQL, Redis and the program itself, each in a folder of its own and on a free port.

Invariant: whatever was started here is stopped here, also when it was paused or killed meanwhile.
"""

import glob
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def await_true(what, holds, seconds):
    """Waits until it holds, and gives how long that took."""
    begun = time.monotonic()
    while not holds():
        if time.monotonic() - begun > seconds:
            raise TimeoutError(f"{what}: not within {seconds} s")
        time.sleep(0.1)
    return time.monotonic() - begun


def answers(url, seconds=2):
    try:
        with urllib.request.urlopen(url, timeout=seconds) as answer:
            return answer.status == 200
    except (OSError, urllib.error.URLError):
        return False


class Server:
    """A process that can be started, stopped, killed and paused."""

    def __init__(self, name, folder):
        self.name, self.folder, self.process = name, folder, None
        self.log = open(os.path.join(folder, f"{name}.log"), "ab")

    def command(self):
        raise NotImplementedError

    def ready(self):
        raise NotImplementedError

    def environment(self):
        return os.environ

    def start(self, seconds=60):
        if self.process is None or self.process.poll() is not None:
            self._spawn()
        return await_true(f"{self.name} answers", self.ready, seconds)

    def _spawn(self):
        how = {"stdout": self.log, "stderr": self.log, "stdin": subprocess.DEVNULL, "start_new_session": True}
        self.process = subprocess.Popen(self.command(), env=self.environment(), **how, **self.as_whom())

    def as_whom(self):
        return {}

    def signal(self, number):
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, number)

    def kill(self):
        self.signal(signal.SIGKILL)
        if self.process is not None:
            self.process.wait()

    def pause(self):
        self.signal(signal.SIGSTOP)

    def resume(self):
        self.signal(signal.SIGCONT)

    def stop(self, seconds=30):
        self.resume()
        self.signal(signal.SIGTERM)
        try:
            if self.process is not None:
                self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()


class Postgres(Server):
    def __init__(self, folder):
        super().__init__("postgres", folder)
        self.port = free_port()
        self.data = os.path.join(folder, "postgres")
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin")) or [os.path.dirname(shutil.which("initdb") or "")]
        self.programs = found[-1]
        # A server refuses to run as root; whoever installed it from Debian has this user.
        self.user = "postgres" if os.geteuid() == 0 else None
        if self.user:
            os.makedirs(self.data)
            shutil.chown(self.data, self.user)
        initdb = [os.path.join(self.programs, "initdb"), "-D", self.data, "-U", "gondola", "--auth=trust", "-E", "UTF8", "--locale=C"]
        subprocess.run(initdb, check=True, stdout=self.log, stderr=self.log, cwd="/", **self.as_whom())

    def as_whom(self):
        return {"user": self.user} if self.user else {}

    def command(self):
        options = ["-h", "127.0.0.1", "-p", str(self.port), "-k", "", "-c", "max_connections=80"]
        return [os.path.join(self.programs, "postgres"), "-D", self.data, *options]

    def ready(self):
        probe = [os.path.join(self.programs, "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(probe, check=False).returncode == 0


class Redis(Server):
    def __init__(self, folder):
        super().__init__("redis", folder)
        self.port = free_port()

    def command(self):
        return ["redis-server", "--bind", "127.0.0.1", "--port", str(self.port), "--save", "", "--dir", self.folder]

    def ready(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as line:
                line.sendall(b"PING\r\n")
                return line.recv(16).startswith(b"+PONG")
        except OSError:
            return False


class Gondola(Server):
    """The program. As its supervisor would, `keep` starts it again when it has ended by itself."""

    def __init__(self, folder, program, settings, name="gondola", arguments=()):
        super().__init__(name, folder)
        self.program, self.port, self.arguments = program, free_port(), list(arguments)
        self.url = f"http://127.0.0.1:{self.port}"
        self.settings = settings | {"GONDOLA_LISTEN": f"127.0.0.1:{self.port}"}
        self.restarts, self.kept = 0, True

    def environment(self):
        own = {name: value for name, value in os.environ.items() if not name.startswith("GONDOLA_")}
        return own | self.settings

    def command(self):
        return [self.program, "serve", *self.arguments]

    def ready(self, path="/ready"):
        return answers(f"{self.url}{path}")

    def run(self, *arguments, check=True):
        done = subprocess.run([self.program, *arguments], env=self.environment(), capture_output=True, text=True, check=False)
        if check and done.returncode != 0:
            raise RuntimeError(f"gondola {' '.join(arguments)}: {done.stdout}{done.stderr}")
        return done

    def start(self, seconds=60, ready="/ready"):
        self.kept = True
        if self.process is None or self.process.poll() is not None:
            self._spawn()
        return await_true(f"{self.name} answers {ready}", lambda: self.ready(ready), seconds)

    def kill(self):
        self.kept = False
        super().kill()

    def keep(self):
        """Starts it again when it has ended by itself; to be called now and then."""
        if self.kept and self.process is not None and self.process.poll() is not None:
            self.restarts += 1
            self._spawn()

    def stop(self, seconds=30):
        self.kept = False
        super().stop(seconds)
