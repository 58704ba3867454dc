"""What can be done to a shop, and what can be asked of it, by name.

Invariant: whatever waits says how long it waited, and gives up after a time that is said.
"""

import http.client
import os
import threading
import time

from . import alerts, limits, selling
from .servers import answers, await_true
from .shop import fill


class Acts:
    def __init__(self, shop, hold_s):
        self.shop, self.hold_s, self.seen, self.crowds = shop, hold_s, {}, []
        rate, tills = shop.wishes.get("rate", 40), shop.wishes.get("tills", 8)
        self.tills = selling.Tills(shop.gondola.port, shop.key, "centro", rate, tills, shop.wishes.get("retries", False))
        self.names = ("kill", "start", "pause", "resume", "slow", "cut", "heal", "fill", "free", "squeeze", "feast", "crowd", "level", "selling")
        self.names += ("refusing", "reading", "turned_away", "page", "hold", "restarted", "unharmed", "journaled", "breaker", "accepting", "revive")
        self.names += ("alert", "no_alert", "rotated", "logged", "share", "shared")

    def table(self):
        return {name: getattr(self, name) for name in self.names}

    def _server(self, name):
        shop = self.shop
        servers = {"gondola": shop.gondola, "warehouse": shop.gondola, "dashboard": shop.dashboard, "second": shop.second}
        return (servers | {"postgres": shop.postgres, "redis": shop.redis})[name]

    def kill(self, name):
        self._server(name).kill()

    def start(self, name):
        return {"seconds": self._server(name).start()}

    def revive(self, name):
        """Starts it where it cannot become ready, and waits until it answers at all."""
        return {"seconds": self._server(name).start(ready="/health")}

    def pause(self, name):
        self._server(name).pause()

    def resume(self, name):
        self._server(name).resume()

    def slow(self, milliseconds):
        self.shop.proxy.slow(int(milliseconds) / 1000)

    def cut(self):
        self.shop.proxy.cut()

    def heal(self):
        self.shop.proxy.heal()

    def fill(self):
        fill(self.shop.data)

    def free(self):
        os.remove(os.path.join(self.shop.data, "ballast"))

    def squeeze(self, megabytes):
        """Leaves the program so much more memory than it has, and none to swap to, until it is started again."""
        group = limits.of_memory(self.shop.gondola.process.pid, int(megabytes) << 20)
        self.shop.groups.append(group)

    def feast(self, lines, times):
        """Asks for what takes memory: so many previews at once of a posting with so many lines. Who dies of it gives no answer."""
        item = {"sku": "AGUA", "quantity": "1", "from": "deposito", "unit_price": "900"}
        posting = {"id": selling.new_id(), "site": "centro", "kind": "sale", "lines": [item] * int(lines)}
        body, answers = {"postings": [posting]}, []

        def ask():
            try:
                answers.append(self.shop.ask("POST", "/api/v1/postings?dry_run=true", body)[0])
            except (OSError, http.client.HTTPException) as error:
                answers.append(type(error).__name__)

        guests = [threading.Thread(target=ask) for _ in range(int(times))]
        for guest in guests:
            guest.start()
        for guest in guests:
            guest.join()
        return answers

    def crowd(self, times, seconds, p95_s):
        """So many times the usual load from somebody else, for so long or as long as faults are held; meanwhile every usual sale is
        acknowledged in time, and the excess is told at once when to come back."""
        shop, tills = self.shop, self.tills
        crowd = selling.Crowd(shop.gondola.port, shop.crowd_key, "centro", tills.rate * int(times), 32).start()
        try:
            usual = self.selling(max(float(seconds), self.hold_s), p95_s)
        finally:
            crowd.stop()
            self.crowds.append(crowd)
        others = [sale for sale in crowd.sales if sale.status not in (200, 201, 202)]
        assert not others, f"other answers, or refusals that do not say when to come back: {selling.tally(others)}"
        assert crowd.refused, f"nobody was refused: {crowd.counts}"
        return {"answers": dict(crowd.counts), "refused_p95_s": self._at_once(crowd.refused), "usual": usual}

    def _at_once(self, refused):
        """That whoever is refused did not wait for it; how long 95 of 100 took."""
        slow = selling.quantile(refused, 0.95)
        assert slow <= 1, f"refusals took {slow} s (p95)"
        return slow

    def share(self, name):
        """From now on every other till sells at that server, as a balancer would have it."""
        self.tills.ports.append(self._server(name).port)

    def shared(self, seconds, p95_s):
        """For so long, every sale is acknowledged in time, and each of the two servers takes a good part of them."""
        before = {name: self._sold(name) for name in ("gondola", "second")}
        seen = self.selling(seconds, p95_s)
        took = {name: self._sold(name) - sold for name, sold in before.items()}
        assert min(took.values()) >= sum(took.values()) / 4, took
        return seen | {"took": took}

    def _sold(self, name):
        series = 'gondola_postings_total{kind="sale",outcome="posted"} '
        return next(int(line.removeprefix(series)) for line in self._figures(name).splitlines() if line.startswith(series))

    def level(self, wanted, within_s, name="gondola"):
        """Waits for a level of degradation; `3+` for that or a worse one."""
        of = self._server(name)
        least, worse = int(wanted.rstrip("+")), wanted.endswith("+")
        fits = lambda level: level is not None and (level == least or worse and level > least)
        try:
            seconds = await_true(f"level {wanted}", lambda: fits(self.shop.status(of)["level"]), float(within_s))
        except TimeoutError as late:
            found = self.shop.status(of)
            raise AssertionError(f"{late}; it is {found['level']}: {found.get('why')}") from late
        self.seen.setdefault(f"level_{wanted}_after_s", []).append(round(seconds, 2))
        return {"seconds": seconds}

    def selling(self, seconds, p95_s):
        """For so long, every sale is acknowledged, and in time."""
        sales = self._watch(seconds)
        bad = [sale for sale in sales if not sale.acknowledged]
        assert sales and not bad, f"{len(bad)} of {len(sales)} not acknowledged: {selling.tally(bad)}"
        slow = selling.quantile(sales, 0.95)
        assert slow <= float(p95_s), f"p95 {slow} s, at most {p95_s} s wanted"
        return {"sales": len(sales), "p95_s": slow, "answers": selling.tally(sales)}

    def accepting(self, part, p95_s):
        """For that part of the time faults are held, every sale is answered 202, and in time."""
        sales = self._watch(max(self.hold_s * float(part), 3))
        others = [sale for sale in sales if sale.status != 202]
        assert sales and not others, f"{len(others)} of {len(sales)} not accepted: {selling.tally(others)}"
        slow = selling.quantile(sales, 0.95)
        assert slow <= float(p95_s), f"p95 {slow} s, at most {p95_s} s wanted"
        return {"sales": len(sales), "p50_s": selling.quantile(sales, 0.5), "p95_s": slow, "p99_s": selling.quantile(sales, 0.99)}

    def refusing(self, seconds):
        """For so long, no sale is acknowledged, and each is told when to come back, without waiting."""
        sales = self._watch(seconds)
        assert sales and all(sale.status == 503 and sale.retry_after for sale in sales), selling.tally(sales)
        return {"sales": len(sales), "p95_s": self._at_once(sales), "answers": selling.tally(sales)}

    def unharmed(self, seconds):
        """For so long, every sale has an answer that the ledger or the door gives: nothing broke, nobody was kept without end."""
        sales = self._watch(seconds)
        bad = [sale for sale in sales if not sale.acknowledged and sale.status not in (429, 503)]
        assert sales and not bad, selling.tally(bad)
        return {"sales": len(sales), "p95_s": selling.quantile(sales, 0.95), "answers": selling.tally(sales)}

    def _watch(self, seconds):
        begun = time.monotonic()
        time.sleep(float(seconds))
        end = time.monotonic()
        sales = [sale for sale in self.tills.since(begun) if sale.at <= end]
        await_true("answers", lambda: all(sale.seconds is not None for sale in sales), self.tills.timeout_s + 5)
        return sales

    def journaled(self):
        length = self.shop.journal_length()
        assert length, f"the journal holds {length}"
        self.seen["journal_length"] = max(length, self.seen.get("journal_length", 0))
        return {"length": length}

    def reading(self):
        status, said = self.shop.ask("GET", "/api/v1/stock/AGUA", seconds=5)
        assert status == 200, f"{status} {said}"
        return said

    def page(self):
        """That the dashboard shows a page."""
        assert answers(f"{self.shop.dashboard.url}/entrar", 5), "no page"

    def turned_away(self):
        """That what needs the database is refused at once, with the time to come back."""
        begun = time.monotonic()
        status, said, retry_after = self.shop.look("GET", "/api/v1/products")
        seconds = time.monotonic() - begun
        assert status == 503 and retry_after and seconds < 1, f"{status} {said} after {seconds} s"
        return {"seconds": seconds, "retry_after": retry_after}

    def breaker(self, name, state):
        """That a breaker has been in that state."""
        status, said = self.shop.ask("GET", "/api/v1/breakers", seconds=10)
        assert status == 200, f"{status} {said}"
        found = next(breaker for breaker in said["items"] if breaker["name"] == name)
        states = {found["state"], *(change["to"] for change in found["history"])}
        assert state in states, f"{found}"
        return found["state"]

    def alert(self, name):
        """That the expression of a shipped alert holds."""
        holds, seen = alerts.holds(name, self._figures())
        assert holds, f"{seen}"
        return seen

    def no_alert(self, name):
        """That it does not."""
        holds, seen = alerts.holds(name, self._figures())
        assert not holds, f"{seen}"
        return seen

    def _figures(self, name="gondola"):
        status, page = self.shop.page("/metrics", self._server(name))
        assert status == 200, f"{status} {page[:300]}"
        return page

    def rotated(self):
        """That the log of long ago was taken away, and today's is there."""
        there = sorted(os.listdir(self.shop.logs))
        assert os.path.basename(self.shop.old_log) not in there and "gondola.log" in there, there
        return there

    def logged(self, within_s):
        """That what is asked from now on comes into the log."""
        newest = os.path.join(self.shop.logs, "gondola.log")
        before = os.path.getsize(newest)

        def more():
            self.shop.status()
            return os.path.getsize(newest) > before

        return {"seconds": await_true("a line in the log", more, float(within_s))}

    def restarted(self, within_s):
        """Waits until the program has ended by itself, was started again, and serves."""
        gondola = self.shop.gondola
        seconds = await_true("it is started again", lambda: gondola.restarts > 0 and gondola.ready(), float(within_s))
        self.seen["restarts"] = gondola.restarts
        return {"seconds": seconds, "restarts": gondola.restarts}

    def hold(self):
        time.sleep(self.hold_s)

    def start_all(self):
        self.tills.start()
        threading.Thread(target=self._keep, daemon=True).start()

    def _keep(self):
        while self.shop.gondola.kept:
            self.shop.gondola.keep()
            time.sleep(0.2)
