//! What is set of the place apart from this machine where backups are delivered to.
//!
//! Invariant: its address may be shown, what opens it never; one that needs keys has them.

use std::{path::PathBuf, time::Duration};

use super::{print, read, sources::Sources};
use crate::{
    network::Networks,
    objects::{Address, Keys},
    secret::Secret,
    tls::Trust,
};

/// A place of objects, and how it is asked.
#[derive(Debug, Clone)]
pub struct ObjectStore {
    /// Where; `None` when objects stay in folders of this machine.
    pub address: Option<Address>,
    /// What opens it, where it speaks S3.
    pub keys: Option<Keys>,
    /// Time for each request.
    pub patience: Duration,
    /// Networks that it may be in although they are no networks of the internet.
    pub networks: Networks,
    authority: Option<PathBuf>,
}

impl ObjectStore {
    pub(super) fn from_sources(s: &mut Sources, networks: &Networks) -> ObjectStore {
        let (address, id, secret) = ("object_store_url", "object_store_key_id", "object_store_secret");
        let found = s.get(address, Address::optional).flatten();
        let (key_id, key) = (s.get(id, word), s.get(secret, word));
        if matches!(found, Some(Address::Bucket(_))) {
            [(id, key_id.is_none()), (secret, key.is_none())]
                .into_iter()
                .filter(|(_, missing)| *missing)
                .for_each(|(name, _)| s.needs(address, name));
        }
        ObjectStore {
            address: found,
            keys: key_id.zip(key).map(|(id, secret)| Keys { id, secret }),
            patience: s.get("object_store_timeout_s", read::seconds(1..=600)).unwrap_or(Duration::from_secs(30)),
            networks: networks.clone(),
            authority: s.get("object_store_ca", read::optional(read::path)).flatten(),
        }
    }

    /// Whose certificates the store may have: those of the authority that is named, else of the internet's.
    pub fn trust(&self) -> Trust {
        Trust::of(self.authority.clone())
    }

    /// The value in force of a setting that is one of these.
    pub(super) fn value(&self, key: &str) -> Option<toml::Value> {
        Some(match key {
            "object_store_url" => self.address.as_ref().map(ToString::to_string).unwrap_or_default().into(),
            "object_store_timeout_s" => print::seconds(self.patience),
            "object_store_ca" => print::path(self.authority.as_ref()),
            _ => return None,
        })
    }
}

/// A secret without blanks, as stores give them out.
fn word(text: &str) -> Option<Secret> {
    let fits = (1..=256).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    fits.then(|| Secret::new(text))
}
