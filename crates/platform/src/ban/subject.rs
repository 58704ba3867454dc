//! Whom a ban is about, as it is written down.

use std::{fmt, str::FromStr, sync::Arc};

use crate::{
    limit::Caller,
    network::{Network, NotANetwork},
};

const KEY: &str = "key:";

/// An address, a network, or a credential by its public id.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Subject {
    /// Everybody who comes from there without a good credential.
    Network(Network),
    /// Whoever comes with it, from anywhere.
    Key(Arc<str>),
}

impl From<&Caller> for Subject {
    fn from(caller: &Caller) -> Subject {
        match caller {
            Caller::Known(id) => Subject::Key(Arc::clone(id)),
            Caller::From(network) => Subject::Network(*network),
        }
    }
}

impl FromStr for Subject {
    type Err = NotANetwork;

    /// `192.0.2.7`, `192.0.2.0/24`, `2001:db8::/64`, `key:ID`. A single IPv6 address is the network of its customer.
    fn from_str(text: &str) -> Result<Subject, NotANetwork> {
        if let Some(id) = text.strip_prefix(KEY) {
            let fit = (1..=128).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
            return if fit { Ok(Subject::Key(id.into())) } else { Err(NotANetwork) };
        }
        let network: Network = text.parse()?;
        Ok(Subject::Network(if network.is_one_caller() { Network::of_caller(network.base()) } else { network }))
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::Network(network) => write!(f, "{network}"),
            Subject::Key(id) => write!(f, "{KEY}{id}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_prints_as_it_reads() {
        for (written, printed) in [
            ("192.0.2.7", "192.0.2.7"),
            ("192.0.2.7/24", "192.0.2.0/24"),
            ("2001:db8::7", "2001:db8::/64"),
            ("2001:db8::/32", "2001:db8::/32"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("key:abc", "key:abc"),
        ] {
            let subject: Subject = written.parse().unwrap();
            assert_eq!(subject.to_string(), printed);
            assert_eq!(printed.parse(), Ok(subject));
        }
        for odd in ["", "key:", "key:a b", "somebody", "10.0.0.0/40"] {
            assert_eq!(odd.parse::<Subject>(), Err(NotANetwork), "{odd}");
        }
    }
}
