//! Decisions that wait where nobody makes them.
//!
//! Invariant: each folder is named, since it is what has to be removed once they were taken again.

use super::Words;
use crate::wiring::Left;

impl Words {
    /// What is said of them; `None` when there are none.
    pub(crate) fn undecided(self, left: &[Left]) -> Option<String> {
        let one = |left: &Left| match &left.decisions {
            Ok(count) => {
                let count = self.counted(*count as u64, ["decisión", "decisiones"], ["decision", "decisions"]);
                format!("{count} {} {}", self.say("en", "in"), left.folder.display())
            }
            Err(error) => format!("{}: {error}", left.folder.display()),
        };
        let all: Vec<String> = left.iter().map(one).collect();
        let what = self.say(
            "acá no las toma nadie: tomá cada una de nuevo en Aprobaciones y después borrá la carpeta",
            "nobody makes them here: take each again on the page of approvals, then remove the folder",
        );
        (!all.is_empty()).then(|| format!("{}; {what}", all.join(", ")))
    }
}
