//! Which roles a node runs, and how it asks those that run elsewhere.
//!
//! Invariant: what roles there are is the program's to say ([`Inputs::roles`](super::Inputs)); here they are names with a port.

use std::{net::SocketAddr, time::Duration};

use super::{
    print::{networks, path, seconds},
    read::{self, optional},
    sources::Sources,
};
use crate::{
    network::Networks,
    outgoing::{Destination, Reach},
    tls::{Authorities, Trust},
};

/// A role that there is: its name, and the port it answers on by itself.
pub type KnownRole = (&'static str, u16);

/// Where one answers that runs several roles, and one that runs all.
const PORT_OF_SEVERAL: u16 = 8080;

/// The least time to wait for a role elsewhere, in seconds. Each of the tries has a part of it, which must not end before that role knows
/// what to do about a database that is silent.
pub const LEAST_PATIENCE_S: u64 = 20;

/// The roles of a node and those elsewhere.
#[derive(Debug, Clone)]
pub struct Roles {
    /// Those it runs, in the order the program knows them.
    pub run: Vec<&'static str>,
    /// Where the others are.
    pub peers: Vec<(&'static str, Destination)>,
    /// Whose certificates roles elsewhere have, and which one is shown to them; needed for those over TLS.
    pub trust: Option<Trust>,
    /// Whose certificates are taken for a role of ours.
    pub certificates: Vec<String>,
    /// Time to wait for a role elsewhere.
    pub patience: Duration,
    /// Networks that outgoing requests may reach although they are no networks of the internet.
    pub networks: Networks,
}

impl Roles {
    pub(super) fn from_sources(s: &mut Sources, known: &[KnownRole]) -> Roles {
        let run =
            s.get("roles", |text| named(text, known)).unwrap_or_else(|| known.iter().map(|(name, _)| *name).collect());
        let mut file = |key| s.get(key, optional(read::path)).flatten();
        let authority = file("peer_ca");
        let shown = (file("peer_certificate"), file("peer_key"));
        let given = s.get("peers", |text| peers(text, known)).unwrap_or_default();
        if authority.is_none() {
            if shown.0.is_some() {
                s.needs("peer_certificate", "peer_ca");
            }
            if given.iter().any(|(_, place)| place.is_over_tls()) {
                s.needs("peers", "peer_ca");
            }
        }
        let shown = match shown {
            (Some(certificate), Some(key)) => Some((certificate, key)),
            (Some(_), None) => {
                s.needs("peer_certificate", "peer_key");
                None
            }
            (None, Some(_)) => {
                s.needs("peer_key", "peer_certificate");
                None
            }
            (None, None) => None,
        };
        Roles {
            peers: elsewhere(known, &run, &given),
            run,
            trust: authority.map(|authority| Trust { authority: Authorities::File(authority), shown }),
            certificates: s.get("peer_certificates", subjects).unwrap_or_default(),
            patience: s.get("peer_timeout_s", read::seconds(LEAST_PATIENCE_S..=300)).unwrap_or(Duration::from_secs(30)),
            networks: s.get("outgoing_networks", Networks::parse).unwrap_or_default(),
        }
    }

    /// Whether it runs that one.
    pub fn runs(&self, role: &str) -> bool {
        self.run.contains(&role)
    }

    /// Where the role of that name is; `None` for one that runs here.
    pub fn peer(&self, role: &str) -> Option<&Destination> {
        self.peers.iter().find(|(name, _)| *name == role).map(|(_, place)| place)
    }

    /// Whether others are shown a certificate instead of a token.
    pub fn shows_certificate(&self) -> bool {
        self.trust.as_ref().is_some_and(|trust| trust.shown.is_some())
    }

    /// The address to answer on where none was said.
    pub(super) fn usual_address(&self, known: &[KnownRole]) -> SocketAddr {
        let own = match self.run.as_slice() {
            [one] => known.iter().find(|(name, _)| name == one).map(|(_, port)| *port),
            _ => None,
        };
        SocketAddr::from(([127, 0, 0, 1], own.unwrap_or(PORT_OF_SEVERAL)))
    }

    /// The value in force of a setting that is one of these.
    pub(super) fn value(&self, key: &str) -> Option<toml::Value> {
        let list = |texts: Vec<String>| toml::Value::from(texts);
        let shown = self.trust.as_ref().and_then(|trust| trust.shown.as_ref());
        Some(match key {
            "roles" => list(self.run.iter().map(ToString::to_string).collect()),
            "peers" => list(self.peers.iter().map(|(name, place)| format!("{name}={place}")).collect()),
            "peer_ca" => path(self.trust.as_ref().and_then(|trust| trust.authority.file())),
            "peer_certificate" => path(shown.map(|(certificate, _)| certificate)),
            "peer_key" => path(shown.map(|(_, key)| key)),
            "peer_certificates" => list(self.certificates.clone()),
            "peer_timeout_s" => seconds(self.patience),
            "outgoing_networks" => networks(&self.networks),
            _ => return None,
        })
    }
}

/// Those that do not run here: where it was said, else on this machine.
fn elsewhere(
    known: &[KnownRole],
    run: &[&'static str],
    given: &[(&'static str, Destination)],
) -> Vec<(&'static str, Destination)> {
    let usual = |port: u16| Destination::parse(&format!("http://127.0.0.1:{port}"), Reach::Own);
    let place = |(name, port): &KnownRole| {
        let said = given.iter().find(|(said, _)| said == name).map(|(_, place)| place.clone());
        Some((*name, said.or_else(|| usual(*port))?))
    };
    known.iter().filter(|(name, _)| !run.contains(name)).filter_map(place).collect()
}

/// Some of the roles that there are, parted by commas, in the order that they are known in.
fn named(text: &str, known: &[KnownRole]) -> Option<Vec<&'static str>> {
    if known.is_empty() {
        return text.is_empty().then(Vec::new);
    }
    let asked: Vec<&str> = text.split(',').map(str::trim).collect();
    let all_known = asked.iter().all(|asked| known.iter().any(|(name, _)| name == asked));
    let found = known.iter().map(|(name, _)| *name).filter(|name| asked.contains(name));
    all_known.then(|| found.collect())
}

/// `role=address`, parted by commas.
fn peers(text: &str, known: &[KnownRole]) -> Option<Vec<(&'static str, Destination)>> {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    let peer = |part: &str| {
        let (name, url) = part.split_once('=')?;
        let name = known.iter().map(|(known, _)| *known).find(|known| *known == name.trim())?;
        Some((name, Destination::parse(url.trim(), Reach::Own)?))
    };
    let all: Vec<_> = parts.map(peer).collect::<Option<_>>()?;
    let once = all.iter().enumerate().all(|(index, (name, _))| all[..index].iter().all(|(other, _)| other != name));
    once.then_some(all)
}

/// `CN=…`, parted by commas.
fn subjects(text: &str) -> Option<Vec<String>> {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts.map(|part| (part.len() > 3 && part.starts_with("CN=")).then(|| part.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Inputs, Settings};

    const KNOWN: &[KnownRole] = &[("bakery", 8001), ("till", 8002)];

    fn load(flags: &[(&'static str, &str)]) -> Result<Settings, crate::config::Mistakes> {
        let flags = flags.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Settings::load(&Inputs { flags, roles: KNOWN, ..Inputs::default() })
    }

    #[test]
    fn a_node_runs_all_roles_and_where_it_runs_one_it_answers_on_that_one_s_port() {
        for (flags, run, listen, peers) in [
            (&[][..], &["bakery", "till"][..], "127.0.0.1:8080", &[][..]),
            (&[("roles", "till")], &["till"], "127.0.0.1:8002", &["bakery=http://127.0.0.1:8001"]),
            (&[("roles", "till, bakery")], &["bakery", "till"], "127.0.0.1:8080", &[]),
            (
                &[("roles", "till"), ("listen", "127.0.0.1:1")],
                &["till"],
                "127.0.0.1:1",
                &["bakery=http://127.0.0.1:8001"],
            ),
            (
                &[("roles", "bakery"), ("peers", "till=http://10.0.0.5:9")],
                &["bakery"],
                "127.0.0.1:8001",
                &["till=http://10.0.0.5:9"],
            ),
        ] {
            let settings = load(flags).unwrap();
            assert_eq!((settings.roles.run.as_slice(), settings.listen.to_string().as_str()), (run, listen));
            let shown: Vec<String> =
                settings.roles.peers.iter().map(|(name, place)| format!("{name}={place}")).collect();
            assert_eq!(shown, peers);
        }
    }

    #[test]
    fn what_is_no_role_or_stands_alone_is_a_mistake() {
        for (key, value) in [
            ("roles", ""),
            ("roles", "oven"),
            ("roles", "till,oven"),
            ("peers", "oven=http://x"),
            ("peers", "till"),
            ("peers", "till=ftp://x"),
            ("peers", "till=http://x,till=http://y"),
            ("peers", "till=https://x"),
            ("peer_certificate", "a.crt"),
            ("peer_key", "a.key"),
            ("peer_certificates", "tablero"),
            ("outgoing_networks", "x"),
            ("peer_timeout_s", "0"),
            ("peer_timeout_s", "19"),
        ] {
            assert!(load(&[(key, value)]).is_err(), "{key} = {value}");
        }
        let tls = [("peers", "till=https://x"), ("peer_ca", "ca"), ("peer_certificate", "c"), ("peer_key", "k")];
        let settings = load(&[&[("roles", "bakery")], &tls[..]].concat()).unwrap();
        assert!(settings.roles.shows_certificate());
    }
}
