//! Many times the usual, all at once: what becomes of the excess, of those who ask for the usual meanwhile, and how it is afterwards.
//!
//! Invariant: the tills go on by their schedule before, during and after, so that what waits over from one time into the next is seen.

use std::{sync::Arc, time::Duration};

use anyhow::Result;

use super::{Arguments, SOON, SUCCESS, mix::Day, tills::Guarded};
use crate::{
    load::{
        open::{self, Plan},
        tally::{Tally, Window, brief},
    },
    table::Table,
};

/// Windows in which recovery is looked for.
const SECOND: Duration = Duration::from_secs(1);
/// Seconds until all is as before.
const RECOVERED: usize = 5;

/// The excess comes from whoever was given no quota, then from whoever was given all there is.
pub async fn run(shop: &Guarded, arguments: &Arguments, seconds: u64, table: &mut Table) -> Result<()> {
    let tills = shop.tills(arguments.usual)?;
    let strangers = [("one without a quota", shop.stranger()?), ("programs that may ask for all", shop.let_in()?)];
    for (who, keys) in strangers {
        let (usual, crowd) = (arguments.usual, arguments.usual * arguments.times);
        let usually = (usual, 0, 3 * seconds, Day::begin(0), &tills);
        let beyond = (crowd, seconds, 2 * seconds, Day::begin(1 << 40), &keys);
        let (usually, beyond) =
            tokio::try_join!(open::run(shop.address(), plan(usually)), open::run(shop.address(), plan(beyond)))?;
        let times = Times { usual: usually, crowd: beyond.whole(), seconds: usize::try_from(seconds)? };
        times.tell(&format!("{}× from {who}", arguments.times), usual, table);
    }
    Ok(())
}

fn plan((rate, from, until, day, keys): (u64, u64, u64, Day, &Vec<Arc<str>>)) -> Plan {
    let (from, until) = (Duration::from_secs(from), Duration::from_secs(until));
    Plan { per_second: rate as f64, from, until, window: SECOND, calls: day.calls(keys) }
}

/// The time before, the time of the excess and the time after it, each as long.
struct Times {
    usual: Tally,
    crowd: Window,
    seconds: usize,
}

impl Times {
    fn tell(&self, what: &str, rate: u64, table: &mut Table) {
        let n = self.seconds;
        for (time, from) in [("before", 0), ("during", n), ("after", 2 * n)] {
            let seen = self.usual.over(from..from + n);
            let is_well = seen.success() >= SUCCESS && seen.done.at(950) <= SOON;
            table.row(
                &format!("{what}: the usual {rate}/s, {time}"),
                seen.to_string(),
                "99.9 %, p95 50 ms",
                seen.schedule(),
            );
            table.judge(is_well || time == "after");
        }
        let (crowd, slow) = (&self.crowd, self.crowd.refused.at(950));
        table.row(
            &format!("{what}: the excess"),
            crowd.to_string(),
            "served or refused at once (p95 50 ms)",
            crowd.schedule(),
        );
        table.judge(crowd.odd() == 0 && slow <= SOON);
        let recovered = self.recovered();
        let seen = recovered.map_or("not within the time".to_owned(), |second| format!("within {second} s"));
        let p95 = brief(self.usual.over(0..n).done.at(950));
        table.row(&format!("{what}: all as before"), seen, &format!("{RECOVERED} s"), format!("p95 before {p95}"));
        table.judge(recovered.is_some_and(|second| second <= RECOVERED));
    }

    /// After how many seconds nothing was refused, lost or late any more.
    fn recovered(&self) -> Option<usize> {
        let after = self.usual.windows().get(2 * self.seconds..)?;
        let calm = |window: &&Window| window.done.count() == window.all() && window.done.at(950) <= SOON;
        let still = after.iter().rev().take_while(calm).count();
        (still > 0).then(|| after.len() - still + 1)
    }
}
