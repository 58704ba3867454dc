//! What has to be shown to others: who did what, that records can be brought back, that the machine is shut.
//!
//! Invariant: a chain is active when it grew; one that holds and is empty shows nothing.

use std::path::PathBuf;

use domain::Timestamp;
use platform::config::Settings;
use store::{audit::Report, turn::Turn};

use super::{
    files,
    row::{ByHand, Finding, Group, Row, by_hand, fail, pass},
    sandbox,
    scene::{Scene, ago},
};
use crate::{
    backup::Tried,
    cli::{Words, proof},
    wiring::volumes::{self, Lies},
};

/// A drill proves a month of backups, at most.
const DRILL_LATE_S: i64 = 31 * 86_400;

/// Its lines.
pub(super) async fn rows(scene: &Scene) -> Vec<Row> {
    let row = |what, found| scene.row(Group::Compliance, what, found);
    let words = scene.words;
    let drills = scene.turn(Tried::Drill.name()).await;
    let lies = volumes::look(&scene.settings).await;
    let mut rows = vec![
        row(("audit_trail", "registro de auditoría", "audit trail"), trail(scene).await),
        row(
            ("recovery", "simulacro de restauración", "recovery drill"),
            drills.map(|turn| drill(turn.as_ref(), scene.now, words)),
        ),
        row(("files", "permisos de archivos", "modes of files"), modes(scene).await),
        row(("volumes", "discos cifrados", "encrypted disks"), Ok(encrypted(&lies, words))),
        row(("sandbox", "encierro del servidor", "the server's sandbox"), Ok(sandbox::seen(words))),
    ];
    rows.extend(scene.left_to_people(Group::Compliance, &PAPERS));
    rows
}

/// What is shown by documents.
const PAPERS: [ByHand; 2] = [
    (
        ("owasp", "OWASP", "OWASP"),
        "las dos tablas de docs/security.md dicen qué hay contra cada punto: repasalas con lo que es propio de tu red",
        "both tables of docs/security.md say what stands against each point: go through them with what is particular to your network",
    ),
    (
        ("gdpr", "datos personales (RGPD, ley 25.326)", "personal data (GDPR)"),
        "docs/privacy.md tiene el registro de tratamiento, los derechos y el aviso de incidentes: completá quién responde en tu negocio",
        "docs/privacy.md has the record of processing, people's rights and breach reports: fill in who answers for your shop",
    ),
];

async fn trail(scene: &Scene) -> anyhow::Result<Finding> {
    let proved = proof::log(scene.db()?, &scene.settings.data_dir).await?;
    Ok(trailed(&proved, scene.words))
}

fn trailed(report: &Report, words: Words) -> Finding {
    if let Some(fault) = &report.fault {
        let what =
            words.say("no abras: docs/runbook.md, «The audit log»", "do not open: docs/runbook.md, “The audit log”");
        return fail(format!("{}; {what}", fault.what));
    }
    if report.events == 0 {
        return fail(words.say("vacío: nada quedó escrito todavía", "empty: nothing was written down yet"));
    }
    let events = words.counted(report.events, ["evento", "eventos"], ["event", "events"]);
    let signed =
        words.counted(report.anchors, ["lugar firmado", "lugares firmados"], ["signed place", "signed places"]);
    pass(format!("{events}, {signed}, {}", words.say("la cadena está bien", "the chain holds")))
}

fn drill(turn: Option<&Turn>, now: Timestamp, words: Words) -> Finding {
    let Some(Turn { succeeded_at: Some(at), failed_at, detail, .. }) = turn else {
        return fail(words.say("ninguno salió bien: «gondola drill»", "none came out well: “gondola drill”"));
    };
    let when = ago(words, *at, now);
    if failed_at.is_some_and(|failed| failed > *at) {
        return fail(format!(
            "{}: {detail}",
            words.say("el último falló: «gondola drill»", "the last failed: “gondola drill”")
        ));
    }
    if now.micros() - at.micros() > DRILL_LATE_S * 1_000_000 {
        return fail(format!("{when}; {}", words.say("hacé otro: «gondola drill»", "do another: “gondola drill”")));
    }
    pass(when)
}

async fn modes(scene: &Scene) -> anyhow::Result<Finding> {
    let (settings, words) = (&scene.settings, scene.words);
    let (folders, files) = kept(settings);
    Ok(tokio::task::spawn_blocking(move || files::shut(&folders, &files, words)).await?)
}

/// Where what the shop keeps lies, each place once: folders, and files that lie in none of them.
fn kept(settings: &Settings) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let mut folders = vec![settings.data_dir.clone()];
    for folder in [Some(&settings.backups.folder), settings.telemetry.log_dir.as_ref()].into_iter().flatten() {
        if !folders.iter().any(|known| folder.starts_with(known)) {
            folders.push(folder.clone());
        }
    }
    let mut files = settings.files();
    files.extend(settings.door.tls.as_ref().map(|tls| tls.key.clone()));
    files.retain(|file| !folders.iter().any(|folder| file.starts_with(folder)));
    (folders, files.into_iter().collect())
}

fn encrypted(lies: &[Lies], words: Words) -> Finding {
    let told = volumes::told(lies, words.0);
    match (lies.is_empty(), lies.iter().all(Lies::is_well), lies.iter().any(Lies::is_clear)) {
        (false, true, _) => pass(told),
        (false, false, true) => fail(format!(
            "{told}; {}",
            words.say("docs/runbook.md, «Encrypted disks»", "docs/runbook.md, “Encrypted disks”")
        )),
        _ => by_hand(format!(
            "{told}; {}",
            words.say(
                "mirá que lo estén, y nombralos en attested_volumes",
                "see that they are, and name them in attested_volumes"
            )
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use platform::{config::Inputs, texts::Locale};

    use super::{super::row::Verdict, *};

    const WORDS: Words = Words(Locale::En);
    const NOW: Timestamp = Timestamp::from_micros(1_770_000_000_000_000);

    #[test]
    fn a_trail_is_there_and_holds() {
        let report = |events, fault: Option<&str>| Report {
            events,
            fault: fault.map(|what| store::audit::Fault { seq: Some(1), what: what.to_owned() }),
            ..Report::default()
        };
        let verdict = |report: &Report| trailed(report, WORDS).verdict;
        assert_eq!(verdict(&report(2, None)), Verdict::Pass);
        assert_eq!([verdict(&report(0, None)), verdict(&report(2, Some("x")))], [Verdict::Fail; 2]);
    }

    #[test]
    fn keys_logs_and_settings_that_lie_elsewhere_are_among_what_is_kept() {
        let elsewhere = tempfile::tempdir().unwrap();
        let at = |name: &str| elsewhere.path().join(name);
        let (file, phrase, key, data) = (at("gondola.toml"), at("phrase"), at("server.key"), at("data"));
        std::fs::write(&phrase, "una frase que nadie adivina").unwrap();
        let set = [
            ("data_dir", &data),
            ("log_dir", &at("logs")),
            ("backup_folder", &data.join("copies")),
            ("backup_passphrase_file", &phrase),
            ("tls_certificate", &at("server.crt")),
            ("tls_key", &key),
        ];
        let lines = set.map(|(name, path)| format!("{name} = {path:?}\n"));
        std::fs::write(&file, lines.concat()).unwrap();
        let settings = Settings::load(&Inputs { config_file: Some(file.clone()), ..Inputs::default() }).unwrap();
        assert_eq!(kept(&settings), (vec![data, at("logs")], vec![file, phrase, key]));
    }

    #[test]
    fn a_drill_came_out_well_and_not_long_ago() {
        let ago = |days: i64| NOW.plus_seconds(-days * 86_400);
        let turn = |well: Option<i64>, failed: Option<i64>| Turn {
            next_at: NOW,
            succeeded_at: well.map(ago),
            failed_at: failed.map(ago),
            took: Duration::ZERO,
            bytes: 0,
            extra_ms: 0,
            detail: "damaged".to_owned(),
        };
        let verdict = |turn: Option<&Turn>| drill(turn, NOW, WORDS).verdict;
        assert_eq!([verdict(Some(&turn(Some(1), None))), verdict(Some(&turn(Some(1), Some(2))))], [Verdict::Pass; 2]);
        let wrong = [None, Some(turn(None, Some(1))), Some(turn(Some(2), Some(1))), Some(turn(Some(32), None))];
        for turn in wrong {
            assert_eq!(verdict(turn.as_ref()), Verdict::Fail, "{turn:?}");
        }
    }

    #[test]
    fn disks_are_encrypted_or_looked_at() {
        assert_eq!(encrypted(&[], WORDS).verdict, Verdict::ByHand, "nobody wants to know");
    }
}
