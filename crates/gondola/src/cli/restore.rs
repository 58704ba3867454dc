//! `gondola restore`.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use domain::SystemClock;
use platform::config::Settings;
use store::backup::Head;

use super::{Outcome, Words, progress::Progress};
use crate::{
    backup::{Restored, Wish, afar, restore},
    wiring::{Left, left_undecided},
};

/// What to bring back.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The backup: a file, or its address in the object store.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Set the records there are aside, and put those of the backup in their place.
    #[arg(long)]
    replace: bool,
    /// Do not verify what comes out of it.
    #[arg(long)]
    no_verify: bool,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// Runs it.
pub(crate) async fn run(arguments: Arguments, settings: Settings) -> Outcome {
    let words = Words(settings.language);
    let mut bar = Progress::new(words.say("verificando", "verifying"));
    let mut progress = |done: i64, total: i64| bar.set(done.unsigned_abs(), Some(total.unsigned_abs()));
    let file = afar::at_hand(&afar::of(&settings), &arguments.file, &settings.data_dir).await?;
    let wish = Wish { file: file.path(), replace: arguments.replace, verify: !arguments.no_verify };
    let restored = restore(&settings, &wish, &SystemClock, &mut progress).await;
    bar.finish();
    let restored = restored?;
    let left = left_undecided(&settings);
    if arguments.json {
        answer!("{}", as_json(&restored, &left));
    } else {
        tell(&restored, words);
        // What is left to do for whoever restored, last.
        words.undecided(&left).iter().for_each(|told| answer!("{told}"));
    }
    Ok(ExitCode::SUCCESS)
}

fn tell(restored: &Restored, words: Words) {
    let manifest = &restored.loaded.manifest;
    for head in &manifest.inventory.heads {
        let Head { site, seq, hash } = head;
        answer!("{site}: {}, {} {hash}", words.postings(*seq), words.say("cadena", "chain"));
    }
    for former in &restored.former {
        let what = words.say("lo que había quedó en", "what was there is now in");
        answer!("{what} {former}");
    }
    let verdict = match restored.loaded.proved {
        Some(_) => words.say("restaurado y verificado, como estaba el", "restored and verified, as it was at"),
        None => words.say("restaurado sin verificar, como estaba el", "restored without verifying, as it was at"),
    };
    answer!("{verdict} {}", manifest.instant);
    remark!("{}, {:.2} s", words.movements(manifest.movements()), restored.took.as_secs_f64());
}

fn as_json(restored: &Restored, left: &[Left]) -> serde_json::Value {
    let folder = |left: &Left| {
        let error = left.decisions.as_ref().err().map(ToString::to_string);
        serde_json::json!({"folder": left.folder, "decisions": left.decisions.as_ref().ok(), "error": error})
    };
    let ms = |length: std::time::Duration| u64::try_from(length.as_millis()).unwrap_or(u64::MAX);
    serde_json::json!({
        "ok": restored.loaded.holds(),
        "verified": restored.loaded.proved.is_some(),
        "header": restored.header,
        "manifest": restored.loaded.manifest,
        "former": restored.former,
        "undecided": left.iter().map(folder).collect::<Vec<_>>(),
        "took_ms": ms(restored.took),
        "verify_ms": ms(restored.loaded.proving),
    })
}
