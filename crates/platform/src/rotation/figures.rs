//! The age of secrets, for whoever watches us.

use prometheus_client::registry::Registry;

use super::{Rotation, Seen};
use crate::metrics::look;

impl Rotation {
    /// Puts the age of each secret, and whether its time has come, on the page of figures.
    pub fn register(&self, registry: &mut Registry) {
        let rotation = self.clone();
        look(registry, move |page| {
            let seen = rotation.seen();
            let label = |seen: &Seen| [("secret", seen.name)];
            let ages = seen.iter().filter_map(|seen| Some((label(seen), seen.age_s?)));
            page.gauges("gondola_secret_age_seconds", "Time since a secret of the program was made", ages)?;
            let due = seen.iter().map(|seen| (label(seen), i64::from(seen.is_due)));
            page.gauges("gondola_secret_due", "Whether it is time to replace it", due)
        });
    }
}
