"""The shop an experiment is made on: the servers it asks for, and tills that sell in it.

Invariant: at the end, what is on hand is what came in less each sale that the ledger knows, and it knows every sale that was acknowledged.
"""

import concurrent.futures
import http.client
import json
import os
import subprocess

from . import limits, selling
from .proxy import Proxy
from .servers import Gondola, Postgres, Redis, await_true

SITE = "centro"
RECEIVED = 10_000_000


class Shop:
    def __init__(self, folder, program, wishes):
        self.folder, self.program, self.wishes, self.groups = folder, program, wishes, []
        self.data = os.path.join(folder, "data")
        self.logs = os.path.join(self.data, "logs")
        self.old_log = os.path.join(self.logs, "gondola-2020-01-01.log")
        self.proxy = self.redis = self.postgres = self.gondola = self.dashboard = self.second = None

    def _prepare(self):
        """Mounts and starts what the program needs; `close` ends what there is of it."""
        folder, program, wishes = self.folder, self.program, self.wishes
        os.makedirs(self.data)
        if "data_mb" in wishes:
            self._small_disk(wishes["data_mb"])
        settings = {"GONDOLA_DATA_DIR": self.data, "GONDOLA_MODE": "trial", "GONDOLA_LOG_FORMAT": "json"}
        settings |= wishes.get("settings", {})
        if "old_log_mb" in wishes:
            settings |= {"GONDOLA_LOG_DIR": self.logs, "GONDOLA_LOG_KEEP_DAYS": "90"}
            self._long_ago(wishes["old_log_mb"])
        if wishes.get("postgres"):
            self.postgres = Postgres(folder)
            self.postgres.start()
            settings["GONDOLA_DATABASE_URL"] = f"postgres://gondola@127.0.0.1:{self._line_to(self.postgres.port)}/postgres"
        if wishes.get("redis"):
            self.redis = Redis(folder)
            self.redis.start()
            settings["GONDOLA_CACHE_URL"] = f"redis://127.0.0.1:{self.redis.port}/0"
        if wishes.get("roles"):
            self._apart(program, settings)
        elif wishes.get("second"):
            self._beside(program, settings)
        else:
            self.gondola = Gondola(folder, program, settings)

    def _line_to(self, port):
        """Where the database is asked: over a line that can be slowed and cut, unless the experiment says that it needs none."""
        if self.wishes.get("straight"):
            return port
        self.proxy = Proxy(port)
        return self.proxy.port

    def _beside(self, program, settings):
        """A second server over the same database, with a data folder of its own, to be started when it is needed."""
        settings["GONDOLA_DATABASE_ENCRYPTION_KEY"] = os.urandom(32).hex()
        self.gondola = Gondola(self.folder, program, settings)
        own = os.path.join(self.folder, "second")
        os.makedirs(own)
        self.second = Gondola(self.folder, program, settings | {"GONDOLA_DATA_DIR": own}, "second")

    def _apart(self, program, settings):
        """The two roles as two processes, which know each other by the key they share."""
        settings["GONDOLA_DATABASE_ENCRYPTION_KEY"] = os.urandom(32).hex()
        self.gondola = Gondola(self.folder, program, settings, "warehouse", ["--role", "warehouse"])
        own = os.path.join(self.folder, "dashboard")
        os.makedirs(own)
        apart = settings | {"GONDOLA_DATA_DIR": own, "GONDOLA_PEERS": f"warehouse={self.gondola.url}"}
        self.dashboard = Gondola(self.folder, program, apart, "dashboard", ["--role", "dashboard"])

    def open(self):
        """Makes the shop, its stock and its keys, and serves it."""
        self._prepare()
        self.gondola.run("migrate", "up")
        self.gondola.run("site", "create", SITE)
        self.key = self._key("tills", "--quota", "100000")
        self.crowd_key = self._key("crowd", "--quota", "600")
        self.gondola.start()
        product = {"sku": "AGUA", "name": "Agua", "unit": "unit"}
        assert self.ask("POST", "/api/v1/products", product)[0] == 201, "the product was not made"
        line = {"sku": "AGUA", "quantity": str(RECEIVED), "to": "deposito", "unit_cost": "500"}
        receipt = {"postings": [{"id": selling.new_id(), "site": SITE, "kind": "receipt", "lines": [line]}]}
        status, said = self.ask("POST", "/api/v1/postings", receipt)
        assert status < 300 and said["results"][0]["status"] == "posted", f"{status} {said}"
        if self.dashboard is not None:
            self.dashboard.start()

    def _key(self, name, *options):
        return self.gondola.run("key", "create", "--name", name, "--role", "owner", *options).stdout.split()[-1]

    def ask(self, method, path, body=None, seconds=40, of=None):
        return self.look(method, path, body, seconds, of)[:2]

    def look(self, method, path, body=None, seconds=40, of=None):
        """Status, content and when to come back; of the warehouse, unless another is named."""
        line = http.client.HTTPConnection("127.0.0.1", (of or self.gondola).port, timeout=seconds)
        headers = {"X-API-Key": self.key, "Content-Type": "application/json"}
        try:
            line.request(method, path, body and json.dumps(body), headers)
            answer = line.getresponse()
            content = answer.read()
        finally:
            line.close()
        return answer.status, json.loads(content or b"null"), answer.headers.get("Retry-After")

    def page(self, path, of=None):
        """Status and text of a page."""
        line = http.client.HTTPConnection("127.0.0.1", (of or self.gondola).port, timeout=10)
        try:
            line.request("GET", path, headers={"X-API-Key": self.key})
            answer = line.getresponse()
            return answer.status, answer.read().decode()
        finally:
            line.close()

    def status(self, of=None):
        try:
            return self.ask("GET", "/status", seconds=10, of=of)[1]
        except (OSError, http.client.HTTPException, ValueError):
            return {"level": None, "components": {}}

    def journal_length(self, of=None):
        return self.status(of)["components"].get("journal", {}).get("detail", {}).get("length")

    def on_hand(self):
        status, said = self.ask("GET", "/api/v1/stock/AGUA")
        assert status == 200, f"{status} {said}"
        return round(float(said["on_hand"]))

    def reconcile(self, sales):
        """That every acknowledged sale is in the ledger once and nothing else is, and that it verifies."""
        for server in (self.gondola, self.second):
            if server is not None and server.process is not None:
                await_true(f"the journal of {server.name} is empty", lambda: self.journal_length(server) == 0, 120)
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            there = list(pool.map(self.knows, sales))
        lost = [sale.id for sale, found in zip(sales, there) if sale.acknowledged and not found]
        assert not lost, f"{len(lost)} acknowledged sales are not in the ledger: {lost[:5]}"
        assert self.on_hand() == RECEIVED - sum(there), f"{self.on_hand()} on hand, {sum(there)} sold of {RECEIVED}"
        verified = self.gondola.run("verify", check=False)
        assert verified.returncode == 0, f"it does not verify: {verified.stdout}{verified.stderr}"
        return {"acknowledged": sum(sale.acknowledged for sale in sales), "in_the_ledger": sum(there)}

    def knows(self, sale):
        """Whether the ledger has it."""
        status, said = self.ask("GET", f"/api/v1/postings/{sale.id}")
        assert status in (200, 404), f"{status} {said}"
        return status == 200

    def close(self):
        for server in (self.dashboard, self.second, self.gondola, self.redis, self.postgres):
            if server is not None:
                server.stop()
        for group in self.groups:
            limits.remove(group)
        if "data_mb" in self.wishes:
            subprocess.run(["umount", self.data], check=False)

    def _long_ago(self, megabytes):
        """A log of years ago, beside which the program begins its own."""
        os.makedirs(self.logs)
        with open(self.old_log, "wb") as log:
            log.write(bytes(megabytes << 20))

    def _small_disk(self, megabytes):
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", self.data], check=False)
        if done.returncode != 0:
            raise RuntimeError("a disk that can be filled needs the right to mount one: run this as root")


def fill(folder):
    """Takes all the room there is, to the last byte."""
    with open(os.path.join(folder, "ballast"), "wb", buffering=0) as ballast:
        block = 1 << 20
        while block:
            try:
                ballast.write(bytes(block))
            except OSError:
                block //= 2
