"""Whether the expression of an alert that is shipped holds on a page of figures.

Invariant: what is asked is the expression in deploy/prometheus/rules, not a copy of it; one that is more than arithmetic of single figures
is refused.
"""

import ast
import operator
import pathlib
import re

RULES = pathlib.Path(__file__).parents[2] / "deploy/prometheus/rules/alerts.yml"
ARITHMETIC = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}
ARITHMETIC |= {ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Lt: operator.lt, ast.LtE: operator.le}


def expression(name, rules=None):
    """That of the alert with this name."""
    found = re.search(rf"- alert: {re.escape(name)}\n\s+expr: (\S.*)\n", rules or RULES.read_text(encoding="utf-8"))
    assert found, f"no alert {name} with an expression of one line"
    return found[1]


def figures(page):
    """The figures of a page that have one series, by name."""
    found = {}
    for line in page.splitlines():
        series, _, value = line.rpartition(" ")
        if series and not line.startswith("#"):
            found.setdefault(series.partition("{")[0], []).append(float(value))
    return {name: values[0] for name, values in found.items() if len(values) == 1}


def holds(name, page, rules=None):
    """Whether it holds now, and how that was worked out; that it has to hold for some minutes is the rules' own test."""
    text = expression(name, rules)
    known, used = figures(page), {}

    def value(part):
        if isinstance(part, ast.Constant) and isinstance(part.value, (int, float)):
            return part.value
        if isinstance(part, ast.Name) and part.id in known:
            return used.setdefault(part.id, known[part.id])
        if isinstance(part, ast.BinOp) and type(part.op) in ARITHMETIC:
            return ARITHMETIC[type(part.op)](value(part.left), value(part.right))
        if isinstance(part, ast.Compare) and len(part.ops) == 1:
            return ARITHMETIC[type(part.ops[0])](value(part.left), value(part.comparators[0]))
        raise AssertionError(f"{name}: {ast.unparse(part)} is no figure of one series nor arithmetic of such")

    try:
        body = ast.parse(text, mode="eval").body
    except SyntaxError as error:
        raise AssertionError(f"{name}: {text} is no arithmetic") from error
    return bool(value(body)), {"expression": text} | used
