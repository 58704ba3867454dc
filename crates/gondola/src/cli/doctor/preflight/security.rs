//! Whether the door is shut, and what lies behind it is encrypted.
//!
//! Invariant: whether strangers are let in is tried on the running server, not concluded from settings.

use platform::{
    config::{Mode, Settings},
    vault::Source,
};

use super::{
    keys, people,
    row::{Finding, Group, Row, by_hand, fail, pass},
    scene::{Scene, ago, unreached},
};
use crate::{
    cli::{Words, asked, doctor},
    wiring::people::RETENTION,
};

/// Where what needs a key is looked for as a stranger.
const CLOSED: &str = "/api/v1/products";
/// It is looked once a day; so long it may be late.
const RETENTION_LATE_S: i64 = 26 * 3600;

/// Its lines.
pub(super) async fn rows(scene: &Scene) -> Vec<Row> {
    let row = |what, found| scene.row(Group::Security, what, found);
    let (settings, words) = (&scene.settings, scene.words);
    let mut rows = vec![
        row(("tls", "TLS", "TLS"), Ok(tls(settings, words))),
        row(("authentication", "sin clave no entra nadie", "nobody enters without a key"), closed(scene).await),
        row(("mode", "modo", "mode"), Ok(mode(settings.mode, words))),
        row(
            ("older_key", "clave del sistema anterior", "the older system's key"),
            Ok(older_key(settings.dashboard_api_key.is_some(), words)),
        ),
        row(("encryption", "datos personales cifrados", "personal data encrypted"), encryption(scene).await),
        row(("retention", "datos que vencen", "data whose time is over"), retention(scene).await),
    ];
    rows.extend(keys::rows(scene).await);
    rows.extend(people::rows(scene).await);
    rows
}

/// A certificate of ours, or a proxy that has one.
fn tls(settings: &Settings, words: Words) -> Finding {
    match &settings.door.tls {
        Some(files) => match doctor::certificate(files, words).finding {
            Ok(said) => pass(said),
            Err(said) => fail(said),
        },
        None if !settings.door.proxies.trusted.is_empty() => by_hand(words.say(
            "lo habla el proxy (trusted_proxies): mirá cuándo vence su certificado",
            "the proxy speaks it (trusted_proxies): look when its certificate ends",
        )),
        None => fail(words.say(
            "se habla en claro: «gondola tls init» y tls_certificate, o un proxy en trusted_proxies",
            "spoken in the clear: “gondola tls init” and tls_certificate, or a proxy in trusted_proxies",
        )),
    }
}

async fn closed(scene: &Scene) -> anyhow::Result<Finding> {
    let asked = asked::get(&scene.settings, (scene.settings.listen, CLOSED), None).await;
    Ok(match asked {
        Ok(answer) => shut(answer.status, scene.words),
        Err(error) => fail(unreached(scene.settings.listen, &error, scene.words)),
    })
}

fn shut(status: u16, words: Words) -> Finding {
    if status == 401 {
        return pass(words.say("401 a quien no muestra una", "401 to whoever shows none"));
    }
    let what = words.say(
        "se esperaba 401 sin clave; paralo hasta saber por qué",
        "401 was expected without a key; stop it until you know why",
    );
    fail(format!("{what}: {CLOSED} {status}"))
}

fn mode(mode: Mode, words: Words) -> Finding {
    match mode {
        Mode::Production => pass(mode.name()),
        Mode::Trial => fail(words.say(
            "es el de prueba, que no pide segundo factor ni hace copias: mode = \"production\"",
            "it is for trying, asks for no second factor and makes no backups: mode = \"production\"",
        )),
    }
}

fn older_key(is_set: bool, words: Words) -> Finding {
    if is_set {
        return by_hand(words.say(
            "abre para lectura los caminos de antes: sacá dashboard_api_key cuando nadie los use",
            "it opens the older paths for reading: take dashboard_api_key out once nobody uses them",
        ));
    }
    pass(words.say("no hay", "none"))
}

async fn encryption(scene: &Scene) -> anyhow::Result<Finding> {
    let wrapped = !store::vault::wrappings(scene.db()?).await?.is_empty();
    Ok(encrypted(scene.settings.encryption != Source::Nowhere, wrapped, scene.words))
}

fn encrypted(key_set: bool, wrapped: bool, words: Words) -> Finding {
    match (key_set, wrapped) {
        (true, true) => pass(words.say(
            "cada valor con su clave, y esa con la clave maestra",
            "each value under its key, and that one under the master key",
        )),
        (true, false) => fail(words.say(
            "hay clave maestra y ninguna otra: poné el servidor en marcha una vez",
            "there is a master key and no other: start the server once",
        )),
        (false, _) => {
            fail(words.say("falta la clave maestra: «gondola key init»", "there is no master key: “gondola key init”"))
        }
    }
}

async fn retention(scene: &Scene) -> anyhow::Result<Finding> {
    let last = scene.turn(RETENTION).await?.and_then(|turn| turn.succeeded_at);
    let late = |at: &domain::Timestamp| scene.now.micros() - at.micros() > RETENTION_LATE_S * 1_000_000;
    let (words, now) = (scene.words, scene.now);
    Ok(match last {
        Some(at) if !late(&at) => pass(format!("{} {}", words.say("se miró", "looked at"), ago(words, at, now))),
        Some(at) => fail(format!(
            "{} {}; {}",
            words.say("se miró", "looked at"),
            ago(words, at, now),
            words.say(
                "el servidor lo hace cada día: buscá «retention» en su registro",
                "the server does so every day: look for “retention” in its log"
            )
        )),
        None => fail(words.say(
            "nunca se miró: el servidor lo hace al empezar y cada día",
            "never looked at: the server does so at its start and every day",
        )),
    })
}

#[cfg(test)]
mod tests {
    use platform::texts::Locale;

    use super::{super::row::Verdict, *};

    const WORDS: Words = Words(Locale::En);

    #[test]
    fn only_a_door_that_is_shut_passes() {
        assert_eq!(shut(401, WORDS).verdict, Verdict::Pass);
        for open in [200, 0, 404, 503] {
            assert_eq!(shut(open, WORDS).verdict, Verdict::Fail, "{open}");
        }
    }

    #[test]
    fn a_trial_does_not_open_and_a_key_of_before_is_looked_at() {
        assert_eq!(mode(Mode::Production, WORDS).verdict, Verdict::Pass);
        assert_eq!(mode(Mode::Trial, WORDS).verdict, Verdict::Fail);
        assert_eq!(older_key(false, WORDS).verdict, Verdict::Pass);
        assert_eq!(older_key(true, WORDS).verdict, Verdict::ByHand);
    }

    #[test]
    fn what_is_encrypted_has_both_keys() {
        let verdict = |set, wrapped| encrypted(set, wrapped, WORDS).verdict;
        assert_eq!(verdict(true, true), Verdict::Pass);
        assert_eq!([verdict(true, false), verdict(false, true), verdict(false, false)], [Verdict::Fail; 3]);
    }
}
