"""Runs one experiment of the Chaos Toolkit on a shop of its own: `python3 -m ground EXPERIMENT RESULT`.

Invariant: an experiment has passed only if the toolkit says so, every step answered 200, and the ledger agrees with what the tills were
promised.
"""

import argparse
import collections
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import traceback

from . import selling
from .acts import Acts
from .control import Control
from .shop import Shop


def toolkit(experiment, folder, urls):
    """What the toolkit found, from its journal."""
    journal = os.path.join(folder, "journal.json")
    chaos = os.environ.get("CHAOS_TOOLKIT", "chaos")
    command = [chaos, "--no-version-check", "--log-file", os.path.join(folder, "toolkit.log"), "run", "--journal-path", journal]
    done = subprocess.run([*command, experiment], env=os.environ | urls, check=False, capture_output=True, text=True)
    if not os.path.exists(journal):
        raise RuntimeError(f"the toolkit left no journal: {done.stdout}{done.stderr}")
    with open(journal, encoding="utf-8") as found:
        return json.load(found)


def run(experiment, arguments, folder):
    with open(experiment, encoding="utf-8") as file:
        described = json.load(file)
    wishes = next((extension for extension in described.get("extensions", []) if extension["name"] == "ground"), {})
    if arguments.rate:
        wishes["rate"] = arguments.rate
    result = {"experiment": described["title"], "passed": False, "hold_s": arguments.hold}
    shop = Shop(folder, arguments.program, wishes)
    try:
        shop.open()
        acts = Acts(shop, arguments.hold)
        control = Control(acts.table())
        acts.start_all()
        begun = time.monotonic()
        journal = toolkit(experiment, folder, {"SHOP_URL": shop.gondola.url, "GROUND_URL": control.url})
        result["seconds"] = round(time.monotonic() - begun, 1)
        acts.tills.stop()
        sales = acts.tills.sales + [sale for crowd in acts.crowds for sale in crowd.to_look_for()]
        result |= {"toolkit": journal["status"], "deviated": journal["deviated"], "steps": control.steps, "seen": acts.seen}
        answers = sum((crowd.counts for crowd in acts.crowds), collections.Counter(selling.tally(acts.tills.sales)))
        result |= {"answers": dict(answers), "p50_s": selling.quantile(sales, 0.5), "p95_s": selling.quantile(sales, 0.95)}
        result |= {"slowest_s": selling.quantile(sales, 1.0), "a_second": selling.pace(acts.tills.sales)}
        result["ledger"] = shop.reconcile(sales)
        steady = journal["status"] == "completed" and not journal["deviated"]
        result["passed"] = steady and all(step["status"] == 200 for step in control.steps)
    except Exception as error:
        traceback.print_exc()
        result["failed"] = f"{type(error).__name__}: {error}"
    finally:
        shop.close()
    return result


def main():
    parser = argparse.ArgumentParser(prog="ground")
    parser.add_argument("experiment")
    parser.add_argument("result")
    parser.add_argument("--program", required=True)
    parser.add_argument("--hold", type=float, default=5, help="seconds that a fault is held")
    parser.add_argument("--rate", type=float, help="sales a second, instead of what the experiment says")
    arguments = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="gondola-chaos-")
    os.chmod(folder, 0o755)
    result = run(arguments.experiment, arguments, folder)
    with open(arguments.result, "w", encoding="utf-8") as file:
        json.dump(result, file, indent=1, default=str)
    failed = [step for step in result.get("steps", []) if step["status"] != 200]
    for step in failed:
        print(f"  {step['step']}: {step['said']}")
    print(f"{'passed' if result['passed'] else 'FAILED'}  {result['experiment']}  {result.get('seconds')} s  {result.get('ledger')}  {result.get('seen')}")
    if result["passed"]:
        shutil.rmtree(folder)
    else:
        print(f"  {result.get('failed', '')} toolkit: {result.get('toolkit')}, deviated: {result.get('deviated')}; see {folder}")
    return 0 if result["passed"] else 1


sys.exit(main())
