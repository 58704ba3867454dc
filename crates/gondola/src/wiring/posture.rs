//! What must be set before a shop is served.
//!
//! Invariant: everything that is missing is told at once, with what to set, before the database is touched; a trial is served to this
//! machine alone.

use platform::{
    config::{Mode, Settings},
    texts::Locale,
    vault::Source,
};

use super::volumes;
use crate::roles::{Role, asks_elsewhere};

/// One thing that is unsafe as it is.
type Fault = fn(Locale) -> &'static str;

/// What to do before this may be served; `None` when nothing.
pub(crate) async fn refusal(settings: &Settings, locale: Locale) -> Option<String> {
    let mut missing: Vec<String> = faults(settings).into_iter().map(|fault| fault(locale).to_owned()).collect();
    missing.extend(volumes::fault(settings, locale).await);
    let all = missing.iter().map(|what| format!("\n  - {what}")).collect::<String>();
    (!missing.is_empty()).then(|| format!("{}{all}", opening(locale)))
}

fn faults(settings: &Settings) -> Vec<Fault> {
    let figures = settings.door.metrics_listen;
    let local = settings.listen.ip().is_loopback() && figures.is_none_or(|address| address.ip().is_loopback());
    let apart = asks_elsewhere(&settings.roles);
    let unproved = apart && !settings.roles.shows_certificate();
    let in_the_clear = settings.roles.peer(Role::Warehouse.name()).is_some_and(|place| !place.is_over_tls());
    let checks: [(bool, Fault); 6] = [
        (settings.mode == Mode::Trial && !local, trial_abroad),
        (settings.mode == Mode::Production && settings.encryption == Source::Nowhere, no_encryption_key),
        (settings.mode == Mode::Production && !local && settings.allowed_hosts.is_any(), any_host),
        (settings.mode == Mode::Trial && unproved && settings.encryption == Source::Nowhere, no_role_key),
        // In the clear nobody is shown a certificate, and a token is not sent beside one.
        (apart && settings.roles.shows_certificate() && in_the_clear, certificate_in_the_clear),
        // Who starts over a file takes the jobs of whoever had it before for lost, as nobody else may have it.
        (apart && settings.database_url.is_sqlite(), one_file),
    ];
    checks.into_iter().filter(|(unsafe_, _)| *unsafe_).map(|(_, fault)| fault).collect()
}

fn opening(locale: Locale) -> &'static str {
    match locale {
        Locale::Es => "así no es seguro atender; falta:",
        Locale::En => "this is not safe to serve; what is missing:",
    }
}

fn trial_abroad(locale: Locale) -> &'static str {
    match locale {
        Locale::Es => {
            "mode = \"trial\" es para mirar desde esta misma computadora: poné listen en 127.0.0.1, o mode = \"production\""
        }
        Locale::En => {
            "mode = \"trial\" is for a look from this very machine: set listen to 127.0.0.1, or mode = \"production\""
        }
    }
}

fn no_encryption_key(locale: Locale) -> &'static str {
    match locale {
        Locale::Es => {
            "una clave de cifrado, sin la que no hay segundo factor: corré «gondola key init», o poné database_encryption_key_file"
        }
        Locale::En => {
            "an encryption key, without which there is no second factor: run “gondola key init”, or set database_encryption_key_file"
        }
    }
}

fn no_role_key(locale: Locale) -> &'static str {
    match locale {
        Locale::Es => {
            "con qué decir quién es a los roles que corren aparte: la misma clave de cifrado en todos (database_encryption_key), o peer_certificate"
        }
        Locale::En => {
            "something to prove to roles that run apart who asks: the same encryption key for all (database_encryption_key), or peer_certificate"
        }
    }
}

fn certificate_in_the_clear(locale: Locale) -> &'static str {
    match locale {
        Locale::Es => {
            "peers con una dirección https://: por http:// no se muestra peer_certificate, y el depósito no sabría quién pregunta; o sacá peer_certificate y peer_key"
        }
        Locale::En => {
            "peers with an https:// address: over http:// peer_certificate is not shown, and the warehouse would not know who asks; or take peer_certificate and peer_key out"
        }
    }
}

fn one_file(locale: Locale) -> &'static str {
    match locale {
        Locale::Es => {
            "una base que sea de varios: un archivo es de un solo proceso; para roles aparte poné database_url en un PostgreSQL"
        }
        Locale::En => {
            "a database that several may have: a file belongs to one process; for roles that run apart set database_url to a PostgreSQL"
        }
    }
}

fn any_host(locale: Locale) -> &'static str {
    match locale {
        Locale::Es => "los nombres con que se llama a este servidor: poné allowed_hosts, como tienda.example",
        Locale::En => "the names this server is called by: set allowed_hosts, such as shop.example",
    }
}

#[cfg(test)]
mod tests {
    use platform::config::Inputs;

    use super::*;

    const KEY: &str = "5f4dcc3b5aa765d61d8327deb882cf995f4dcc3b5aa765d61d8327deb882cf99";

    fn of(flags: &[(&'static str, &str)]) -> Vec<&'static str> {
        let folder = tempfile::tempdir().unwrap();
        let data = ("data_dir", folder.path().to_str().unwrap().to_owned());
        let flags = flags.iter().map(|(name, value)| (*name, (*value).to_owned())).chain([data]).collect();
        let settings = Settings::load(&Inputs { flags, roles: crate::roles::KNOWN, ..Inputs::default() }).unwrap();
        faults(&settings)
            .into_iter()
            .map(|fault| fault(Locale::En).split([' ', ':']).next().unwrap_or_default())
            .collect()
    }

    #[test]
    fn everything_that_is_missing_is_told_at_once() {
        let key = ("database_encryption_key", KEY);
        assert_eq!(of(&[]), ["an"]);
        assert_eq!(of(&[key]), [""; 0]);
        assert_eq!(of(&[("listen", "0.0.0.0:80")]), ["an", "the"]);
        assert_eq!(of(&[("mode", "trial"), ("metrics_listen", "0.0.0.0:9464")]), ["mode"]);
        assert_eq!(of(&[("listen", "0.0.0.0:80"), key, ("allowed_hosts", "shop.example")]), [""; 0]);
        assert_eq!(of(&[("mode", "trial")]), [""; 0], "a look from this machine asks for nothing");
        assert_eq!(of(&[("mode", "trial"), ("listen", "0.0.0.0:80")]), ["mode"]);
        let apart = [("mode", "trial"), ("roles", "dashboard")];
        let server = ("database_url", "postgres://shop@depot/shop");
        assert_eq!(of(&apart), ["something", "a"], "nobody would believe it, and a file is one's own");
        assert_eq!(of(&[apart[0], apart[1], key]), ["a"]);
        assert_eq!(of(&[apart[0], apart[1], key, server]), [""; 0]);
        assert_eq!(of(&[("mode", "trial"), ("roles", "warehouse")]), [""; 0], "who is asked proves nothing");
    }

    #[test]
    fn a_certificate_is_not_relied_on_where_it_would_not_be_shown() {
        let shown = [("peer_ca", "ca.crt"), ("peer_certificate", "d.crt"), ("peer_key", "d.key")];
        let apart = [("roles", "dashboard"), ("database_encryption_key", KEY), ("database_url", "postgres://s@d/s")];
        let of = |rest: &[(&'static str, &str)]| of(&[&apart[..], rest].concat());
        assert_eq!(of(&shown), ["peers"], "without an address it is asked on this machine, in the clear");
        assert_eq!(of(&[&shown[..], &[("peers", "warehouse=http://depot:8002")]].concat()), ["peers"]);
        assert_eq!(of(&[&shown[..], &[("peers", "warehouse=https://depot:8002")]].concat()), [""; 0]);
        assert_eq!(of(&[("peers", "warehouse=http://depot:8002")]), [""; 0], "a token is sent in the clear as well");
        assert_eq!(of(&[&shown[..], &[("roles", "warehouse")]].concat()), [""; 0], "who asks nobody shows nothing");
    }
}
