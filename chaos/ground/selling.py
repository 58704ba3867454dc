"""Tills that sell all the while, and remember what they were promised.

Invariant: a sale is counted as acknowledged only after the answer that says so was read whole.
"""

import collections
import http.client
import json
import os
import threading
import time
import uuid

# What whoever is turned away is told with.
REFUSED = (429, 503)
# Seconds that a till waits for an answer, and before it sends a sale again.
TIMEOUT_S, AGAIN_S = 40, 0.1
ACKNOWLEDGED = {"posted", "duplicate", "accepted"}


def new_id():
    """A time-ordered identity (version 7 of RFC 9562)."""
    stamp = int(time.time() * 1000)
    bits = (stamp << 80) | (0x7 << 76) | (int.from_bytes(os.urandom(2)) >> 4 << 64) | (0b10 << 62) | (int.from_bytes(os.urandom(8)) >> 2)
    return str(uuid.UUID(int=bits))


class Sale:
    __slots__ = ("id", "at", "seconds", "status", "said", "retry_after")

    def __init__(self, identity, at):
        self.id, self.at, self.seconds, self.status, self.said, self.retry_after = identity, at, None, 0, "waits", None

    @property
    def acknowledged(self):
        return self.said in ACKNOWLEDGED


class Tills:
    """So many tills, which together ring up `rate` sales a second, however slow the answers are. Those that retry send a sale that got no
    answer again, as it was, until it has one."""

    def __init__(self, port, key, site, rate, tills, retries=False):
        self.ports, self.key, self.site, self.rate, self.tills, self.retries = [port], key, site, rate, tills, retries
        self.timeout_s, self.sales, self.stopped = TIMEOUT_S, [], threading.Event()
        self.threads = [threading.Thread(target=self._run, args=(till,), daemon=True) for till in range(tills)]

    def start(self):
        for thread in self.threads:
            thread.start()
        return self

    def stop(self):
        self.stopped.set()
        for thread in self.threads:
            thread.join()

    def since(self, moment):
        return [sale for sale in list(self.sales) if sale.at >= moment]

    def _run(self, till):
        pace, line = self.tills / self.rate, None
        due = time.monotonic() + pace * till / self.tills
        while not self.stopped.wait(max(0.0, due - time.monotonic())):
            # A till that waited rings up the next customer at once, but not all whom it kept waiting.
            due = max(due + pace, time.monotonic() - pace)
            sale = Sale(new_id(), time.monotonic())
            self._begun(sale)
            line = self._sell(sale, self._line(till, line))
            while self.retries and not sale.status and time.monotonic() - sale.at < self.timeout_s:
                time.sleep(AGAIN_S)
                line = self._sell(sale, self._line(till, line))
            sale.seconds = time.monotonic() - sale.at
            self._ended(sale)

    def _begun(self, sale):
        self.sales.append(sale)

    def _ended(self, sale):
        pass

    def _line(self, till, line):
        """To the server that is this till's by now."""
        port = self.ports[till % len(self.ports)]
        if line is not None and line.port == port:
            return line
        if line is not None:
            line.close()
        return http.client.HTTPConnection("127.0.0.1", port, timeout=self.timeout_s)

    def _sell(self, sale, line):
        item = {"sku": "AGUA", "quantity": "1", "from": "deposito", "unit_price": "900"}
        body = json.dumps({"postings": [{"id": sale.id, "site": self.site, "kind": "sale", "lines": [item]}]})
        try:
            line.request("POST", "/api/v1/postings", body, {"X-API-Key": self.key, "Content-Type": "application/json"})
            answer = line.getresponse()
            content = json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            sale.said = type(error).__name__
            line.close()
            return None
        sale.status, sale.retry_after = answer.status, answer.headers.get("Retry-After")
        sale.said = content["results"][0]["status"] if "results" in content else content.get("code", "")
        return line


class Crowd(Tills):
    """Tills that ask for more than their share. Whoever is turned away as is right is counted, and only the newest are kept: in ten minutes
    there are a million of them."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.counts, self.refused, self.counting = collections.Counter(), collections.deque(maxlen=10_000), threading.Lock()

    def _begun(self, sale):
        pass

    def _ended(self, sale):
        refused = sale.status in REFUSED and sale.retry_after
        with self.counting:
            self.counts[named(sale)] += 1
            (self.refused if refused else self.sales).append(sale)

    def to_look_for(self):
        """Sales that the ledger may know. One beyond its share was not even read."""
        return self.sales + [sale for sale in self.refused if sale.status != 429]


def quantile(sales, part):
    """Seconds within which that part of the sales was answered."""
    times = sorted(sale.seconds for sale in sales if sale.seconds is not None)
    return round(times[min(len(times) - 1, int(len(times) * part))], 4) if times else None


def pace(sales):
    """Sales rung up in each second, from the first on: where tills were kept waiting, it is less."""
    first = min((sale.at for sale in sales), default=0)
    counts = collections.Counter(int(sale.at - first) for sale in sales)
    return [counts[second] for second in range(max(counts, default=-1) + 1)]


def tally(sales):
    """How many of each answer."""
    return dict(collections.Counter(map(named, sales)))


def named(sale):
    return f"{sale.status or 'no answer'} {sale.said}"
