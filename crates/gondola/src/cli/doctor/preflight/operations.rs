//! Whether somebody watches: figures, rules, logs, and what only people can have ready.
//!
//! Invariant: a document is named by its path; that somebody read it is never taken for granted.

use std::{
    fs,
    path::Path,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use domain::Timestamp;
use platform::{config::Settings, metrics::Taken};

use super::{
    row::{ByHand, Finding, Group, Row, by_hand, fail, pass},
    rules,
    scene::Scene,
};
use crate::cli::{Failure, Words};

/// Whoever watches asks at least this often.
const ASKED_EVERY_S: f64 = 300.0;
/// And did this often, which is more than anybody does by hand, or this check by itself.
const TIMES_LEAST: f64 = 10.0;
/// A log has something of the last day, whatever comes: copies, and what is let go of.
const LOG_DAY: Duration = Duration::from_secs(86_400);
const NEWEST_LOG: &str = "gondola.log";

/// Its lines.
pub(super) fn rows(scene: &Scene) -> Vec<Row> {
    let row = |what, found| scene.row(Group::Operations, what, found);
    let (settings, words) = (&scene.settings, scene.words);
    let page = || scene.page.as_ref().map_err(|why| Failure::same(why.clone()));
    let mut rows = vec![
        row(
            ("alert_rules", "reglas de alerta", "alert rules"),
            page().map(|page| alerts(page, settings, words)).map_err(Into::into),
        ),
        row(
            ("watched", "alguien lee las cifras", "somebody reads the figures"),
            page().map(|page| watched(page, words)).map_err(Into::into),
        ),
        row(("logs", "registro", "log"), Ok(logs(settings.telemetry.log_dir.as_deref(), written_since(scene), words))),
    ];
    rows.extend(scene.left_to_people(Group::Operations, &PEOPLE));
    rows
}

/// What nobody but people can say.
const PEOPLE: [ByHand; 4] = [
    (
        ("dashboards", "tableros", "dashboards"),
        "abrí los cuatro de deploy/grafana/boards y mirá que muestren este servidor",
        "open the four of deploy/grafana/boards and see that they show this server",
    ),
    (
        ("notifications", "a quién se avisa", "who is told"),
        "poné los destinos en deploy/alertmanager/alertmanager.yml y probalos: «amtool alert add» tiene que llegarle a alguien",
        "set the destinations in deploy/alertmanager/alertmanager.yml and try them: “amtool alert add” has to reach somebody",
    ),
    (
        ("documents", "documentos", "documents"),
        "que estén a mano sin este servidor: docs/runbook.md, docs/disaster-recovery.md, docs/security.md, docs/privacy.md, docs/api.md",
        "have them at hand without this server: docs/runbook.md, docs/disaster-recovery.md, docs/security.md, docs/privacy.md, docs/api.md",
    ),
    (
        ("training", "capacitación", "training"),
        "cada uno hizo lo suyo una vez con docs/guia.md («gondola demo» para practicar), y alguien restauró una copia con docs/disaster-recovery.md",
        "everybody did their part once with docs/guia.md (“gondola demo” to practise), and somebody brought a backup back with docs/disaster-recovery.md",
    ),
];

/// Figures that are told only where what they are of is there.
fn is_told(name: &str, settings: &Settings) -> bool {
    match name {
        _ if name.starts_with("gondola_certificate_") => settings.door.tls.is_some(),
        "gondola_backup_undelivered" => settings.objects.address.is_some(),
        _ => true,
    }
}

fn alerts(page: &Taken, settings: &Settings, words: Words) -> Finding {
    let wanted: Vec<&str> = rules::figures().into_iter().filter(|name| is_told(name, settings)).collect();
    let missing: Vec<&str> = wanted.iter().copied().filter(|name| !page.has(name)).collect();
    if missing.is_empty() {
        let count = words.counted(wanted.len() as u64, ["cifra", "cifras"], ["figure", "figures"]);
        return pass(format!(
            "{count} {}",
            words.say(
                "que piden deploy/prometheus/rules, y están",
                "that deploy/prometheus/rules ask for, and are told"
            )
        ));
    }
    let what = words.say(
        "las piden deploy/prometheus/rules y el servidor no las da; las de una copia, un simulacro o una verificación aparecen con la primera",
        "deploy/prometheus/rules ask for them and the server does not tell them; those of a backup, a drill or a verification come with the first",
    );
    fail(format!("{}: {what}", missing.join(", ")))
}

fn watched(page: &Taken, words: Words) -> Finding {
    let asked = page.sum("dashboard_requests_by_path_total", &[("path", "/metrics")]).unwrap_or_default();
    let pushed = page.sum("gondola_metric_pushes_total", &[("outcome", "sent")]).unwrap_or_default();
    let age_s = page.sum("dashboard_uptime_seconds", &[]).unwrap_or_default();
    let times = asked.max(pushed);
    let said = format!("{times:.0} {} {age_s:.0} s", words.say("veces en", "times in"));
    if times >= TIMES_LEAST && times * ASKED_EVERY_S >= age_s {
        return pass(said);
    }
    let what = words.say(
        "nadie lee /metrics: deploy/prometheus/prometheus.yml, o metrics_endpoint",
        "nobody reads /metrics: deploy/prometheus/prometheus.yml, or metrics_endpoint",
    );
    fail(format!("{said}: {what}"))
}

/// Since when there must be something new in the log: the server's start, or a day ago.
fn written_since(scene: &Scene) -> SystemTime {
    let age = |page: &Taken| Duration::try_from_secs_f64(page.sum("dashboard_uptime_seconds", &[])?).ok();
    let age = scene.page.as_ref().ok().and_then(age).unwrap_or(LOG_DAY).min(LOG_DAY);
    instant(scene.now).checked_sub(age).unwrap_or(UNIX_EPOCH)
}

fn instant(at: Timestamp) -> SystemTime {
    UNIX_EPOCH + Duration::from_micros(u64::try_from(at.micros()).unwrap_or_default())
}

fn logs(folder: Option<&Path>, since: SystemTime, words: Words) -> Finding {
    let Some(folder) = folder else {
        return by_hand(words.say(
            "van a la salida del servidor: mirá que alguien los guarde («journalctl -u gondola»), o poné log_dir",
            "they go to the server's output: see that somebody keeps them (“journalctl -u gondola”), or set log_dir",
        ));
    };
    let newest = folder.join(NEWEST_LOG);
    let looked = fs::metadata(&newest).and_then(|found| Ok((found.len(), found.modified()?)));
    match looked {
        Ok((1.., written)) if written >= since => pass(newest.display().to_string()),
        Ok((1.., _)) => fail(format!(
            "{}: {}",
            newest.display(),
            words.say(
                "no hay nada nuevo desde que arrancó el servidor, o en un día; ¿escribe ahí (log_dir, log_level)?",
                "nothing new since the server started, or in a day; does it write there (log_dir, log_level)?"
            )
        )),
        Ok(_) => fail(format!(
            "{}: {}",
            newest.display(),
            words.say("está vacío; ¿escribe el servidor ahí?", "is empty; does the server write there?")
        )),
        Err(error) => fail(format!(
            "{}: {error}; {}",
            newest.display(),
            words.say("¿escribe el servidor ahí?", "does the server write there?")
        )),
    }
}

#[cfg(test)]
mod tests {
    use platform::{config::Inputs, texts::Locale};

    use super::{super::row::Verdict, *};

    const WORDS: Words = Words(Locale::En);

    fn settings() -> Settings {
        let variables = vec![("HOME".into(), "/nowhere".into())];
        Settings::load(&Inputs { variables, ..Inputs::default() }).unwrap()
    }

    fn page(asked: u32, uptime: u32, pushed: u32) -> Taken {
        let text = format!(
            "# TYPE dashboard_requests_by_path_total counter\ndashboard_requests_by_path_total{{path=\"/metrics\"}} {asked}\n\
             # TYPE gondola_metric_pushes_total counter\ngondola_metric_pushes_total{{outcome=\"sent\"}} {pushed}\n\
             # TYPE dashboard_uptime_seconds gauge\ndashboard_uptime_seconds {uptime}.5\n"
        );
        Taken::of(text).unwrap()
    }

    #[test]
    fn a_single_look_is_not_watching() {
        let verdict = |asked, uptime, pushed| watched(&page(asked, uptime, pushed), WORDS).verdict;
        assert_eq!([verdict(10, 60, 0), verdict(240, 3600, 0), verdict(1, 3600, 13)], [Verdict::Pass; 3]);
        assert_eq!([verdict(9, 60, 0), verdict(11, 3600, 0), verdict(0, 1, 0)], [Verdict::Fail; 3]);
        assert_eq!(verdict(0, 7200, 12), Verdict::Fail, "what stopped being handed on is not watched");
    }

    #[test]
    fn a_rule_whose_figure_is_not_told_fails() {
        let types = rules::figures().into_iter().map(|name| format!("# TYPE {name} gauge\n"));
        let all: Vec<String> =
            types.filter(|line| is_told(line.split(' ').nth(2).unwrap_or(""), &settings())).collect();
        assert_eq!(alerts(&Taken::of(all.concat()).unwrap(), &settings(), WORDS).verdict, Verdict::Pass);
        let found = alerts(&Taken::of(all[1..].concat()).unwrap(), &settings(), WORDS);
        assert!(found.verdict == Verdict::Fail && found.said.contains(all[0].split(' ').nth(2).unwrap()), "{found:?}");
    }

    #[test]
    fn a_log_is_written_or_looked_for_by_hand() {
        let folder = tempfile::tempdir().unwrap();
        let verdict = |folder: Option<&Path>| logs(folder, UNIX_EPOCH, WORDS).verdict;
        assert_eq!([verdict(None), verdict(Some(folder.path()))], [Verdict::ByHand, Verdict::Fail]);
        let log = folder.path().join(NEWEST_LOG);
        fs::write(&log, "").unwrap();
        assert_eq!(verdict(Some(folder.path())), Verdict::Fail);
        fs::write(&log, "x").unwrap();
        assert_eq!(verdict(Some(folder.path())), Verdict::Pass);
        let written = fs::metadata(&log).unwrap().modified().unwrap();
        let since = |since| logs(Some(folder.path()), since, WORDS).verdict;
        assert_eq!([since(written), since(written + Duration::from_micros(1))], [Verdict::Pass, Verdict::Fail]);
    }
}
