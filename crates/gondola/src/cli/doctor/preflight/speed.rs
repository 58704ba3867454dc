//! How fast and how well those were served who came since the server began.
//!
//! Invariant: too few requests prove nothing, and fail.

use platform::metrics::Traffic;

use super::{
    row::{Finding, Group, Row, fail, pass},
    scene::Scene,
};
use crate::cli::{Failure, Words};

/// Fewer say nothing of one in a thousand.
const LEAST: u64 = 1_000;
/// The bound, in seconds, within which nineteen of twenty have to be answered.
const WITHIN: &str = "0.2";

/// Its lines.
pub(super) fn rows(scene: &Scene) -> [Row; 2] {
    let words = scene.words;
    let traffic = scene.page.as_ref().map(|page| page.traffic(WITHIN));
    let found = |check: fn(Traffic, Words) -> Finding| match &traffic {
        Ok(traffic) => Ok(check(*traffic, words)),
        Err(why) => Err(Failure::same((*why).clone()).into()),
    };
    let row = |what, check| scene.row(Group::Performance, what, found(check));
    [
        row(("p95", "p95 menor que 200 ms", "p95 below 200 ms"), latency),
        row(("error_rate", "errores por debajo de 0,1 %", "errors below 0.1 %"), errors),
    ]
}

fn too_few(traffic: Traffic, words: Words) -> Option<Finding> {
    let what = words.say(
        "no alcanza para decirlo: ensayá un día con las cajas, o corré deploy/k6/run-all.sh contra este servidor («gondola-bench load» prueba la máquina con uno propio)",
        "not enough to tell: rehearse a day with the tills, or run deploy/k6/run-all.sh against this server (“gondola-bench load” tries the machine with one of its own)",
    );
    let count = words.counted(traffic.requests, ["pedido", "pedidos"], ["request", "requests"]);
    (traffic.requests < LEAST).then(|| fail(format!("{count} (< {LEAST}): {what}")))
}

fn latency(traffic: Traffic, words: Words) -> Finding {
    if let Some(few) = too_few(traffic, words) {
        return few;
    }
    let said = format!("{} / {} {}", traffic.in_time, traffic.requests, words.say("en 200 ms", "within 200 ms"));
    if traffic.in_time * 20 > traffic.requests * 19 {
        return pass(said);
    }
    let what = words.say("docs/runbook.md, «High latency»", "docs/runbook.md, “High latency”");
    fail(format!("{said}: {what}"))
}

fn errors(traffic: Traffic, words: Words) -> Finding {
    if let Some(few) = too_few(traffic, words) {
        return few;
    }
    let said = format!("{} / {} {}", traffic.failed, traffic.requests, words.say("con 5xx", "with 5xx"));
    if traffic.failed * 1_000 < traffic.requests {
        return pass(said);
    }
    let what = words.say("docs/runbook.md, «High error rate»", "docs/runbook.md, “High error rate”");
    fail(format!("{said}: {what}"))
}

#[cfg(test)]
mod tests {
    use platform::texts::Locale;

    use super::{super::row::Verdict, *};

    fn verdicts(requests: u64, in_time: u64, failed: u64) -> [Verdict; 2] {
        let traffic = Traffic { requests, failed, in_time };
        [latency, errors].map(|check| check(traffic, Words(Locale::Es)).verdict)
    }

    #[test]
    fn nineteen_of_twenty_are_in_time_and_fewer_than_one_in_a_thousand_fails() {
        assert_eq!(verdicts(20_000, 19_001, 19), [Verdict::Pass, Verdict::Pass]);
        assert_eq!(verdicts(20_000, 19_000, 20), [Verdict::Fail, Verdict::Fail]);
        assert_eq!(verdicts(1_000, 1_000, 1), [Verdict::Pass, Verdict::Fail]);
    }

    #[test]
    fn too_few_requests_prove_nothing() {
        assert_eq!(verdicts(999, 999, 0), [Verdict::Fail, Verdict::Fail]);
        assert_eq!(verdicts(0, 0, 0), [Verdict::Fail, Verdict::Fail]);
    }
}
