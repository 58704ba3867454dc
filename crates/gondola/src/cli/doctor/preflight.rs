//! `gondola doctor --preflight`: what the machine can see of whether a shop may open.
//!
//! Invariant: reads; what a machine cannot see is never said to be well, but left for a person to look at.

mod compliance;
mod database;
mod files;
mod keys;
mod operations;
mod people;
mod row;
mod rules;
mod sandbox;
mod scene;
mod security;
mod speed;

use std::{path::Path, process::ExitCode};

use platform::config::Settings;
use serde_json::{Value, json};

use self::{
    row::{Group, Row, Verdict},
    scene::Scene,
};
use crate::cli::{Outcome, Words};

/// Runs it: 0 when nothing that can be seen fails.
pub(super) async fn run(as_json: bool, key_file: Option<&Path>, settings: Settings) -> Outcome {
    let words = Words(settings.language);
    let scene = Scene::look(settings, key_file).await;
    let mut rows = security::rows(&scene).await;
    rows.extend(database::rows(&scene).await);
    rows.extend(speed::rows(&scene));
    rows.extend(operations::rows(&scene));
    rows.extend(compliance::rows(&scene).await);
    if as_json {
        answer!("{}", document(&rows));
    } else {
        tell(&rows, words);
    }
    Ok(if count(&rows, Verdict::Fail) == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn count(rows: &[Row], verdict: Verdict) -> usize {
    rows.iter().filter(|row| row.finding.verdict == verdict).count()
}

fn document(rows: &[Row]) -> Value {
    let row = |row: &Row| json!({"group": row.group.code(), "check": row.code, "verdict": row.finding.verdict.code(), "text": row.finding.said});
    json!({
        "ok": count(rows, Verdict::Fail) == 0,
        "passed": count(rows, Verdict::Pass),
        "failed": count(rows, Verdict::Fail),
        "by_hand": count(rows, Verdict::ByHand),
        "checks": rows.iter().map(row).collect::<Vec<_>>(),
    })
}

fn tell(rows: &[Row], words: Words) {
    for group in Group::ALL {
        answer!("{}", group.name(words));
        for row in rows.iter().filter(|row| row.group == group) {
            answer!("  {:<7} {}: {}", row.finding.verdict.mark(words), row.name, row.finding.said);
        }
    }
    answer!(
        "{}: {}  {}: {}  {}: {}",
        words.say("pasan", "pass"),
        count(rows, Verdict::Pass),
        words.say("fallan", "fail"),
        count(rows, Verdict::Fail),
        words.say("a mano", "by hand"),
        count(rows, Verdict::ByHand)
    );
}
