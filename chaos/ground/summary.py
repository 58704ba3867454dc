"""A page that sums up what the experiments found: `python3 -m ground.summary FOLDER`.

Invariant: it says what the result files say, and nothing else.
"""

import glob
import json
import os
import sys

HEAD = "| experiment | | seconds | sales acknowledged | in the ledger | p95 s | back to level 1 after s |\n|---|---|---|---|---|---|---|\n"


def row(result):
    ledger, seen = result.get("ledger", {}), result.get("seen", {})
    back = ", ".join(str(seconds) for seconds in seen.get("level_1_after_s", [])[1:]) or "–"
    cells = [result["experiment"], "passed" if result["passed"] else "**failed**", result.get("seconds", "–"), ledger.get("acknowledged", "–")]
    cells += [ledger.get("in_the_ledger", "–"), result.get("p95_s", "–"), back]
    return "| " + " | ".join(str(cell) for cell in cells) + " |\n"


def main(folder):
    results = []
    for path in sorted(glob.glob(os.path.join(folder, "*.json"))):
        with open(path, encoding="utf-8") as file:
            results.append(json.load(file))
    with open(os.path.join(folder, "summary.md"), "w", encoding="utf-8") as page:
        page.write("# Experiments\n\n" + HEAD + "".join(row(result) for result in results))


main(sys.argv[1])
