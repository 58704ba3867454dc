//! What opens the gate of a node, and the desks where keys and tokens are made and ended.
//!
//! Invariant: a key that changes at the desk is forgotten by everything that remembers keys.

use std::sync::Arc;

use access::{
    Access, KeyDesk, OlderKey, OlderTokens, RememberedKeys, Sessions, StoredKeys, StoredNonces, StoredSigners,
    TokenDesk, TokenKeys, Tokens,
    service::{Certificates, Services},
};
use platform::{
    config::Settings,
    http::auth::{Gate, Keys, Signatures},
};

use super::Ground;
use crate::roles::{KNOWN, Needs};

/// The gate and the desks.
pub(super) struct Credentials {
    pub(super) gate: Gate,
    pub(super) desk: KeyDesk,
    pub(super) tokens: TokenDesk,
    /// What signs tokens, those of roles too.
    pub(super) keys: TokenKeys,
}

impl Credentials {
    pub(super) fn new(
        ground: &Ground,
        settings: &Settings,
        needs: Needs,
        (people, remembered): (&Access, RememberedKeys),
    ) -> Credentials {
        let clock = || Arc::clone(&ground.clock);
        let stored = StoredKeys::new(ground.db.clone(), clock()).telling(ground.audit.clone());
        let stored = stored.remembering(remembered.clone());
        let keys = Keys::new(stored.clone(), clock());
        let signers = StoredSigners::new(stored, ground.vault.clone());
        let nonces = StoredNonces::new(ground.db.clone());
        let signatures = Signatures::new(signers, nonces, clock(), settings.bulk_body_limit_bytes);
        let desk = KeyDesk::new(ground.db.clone(), clock(), ground.vault.clone());
        let token_keys = TokenKeys::new(ground.db.clone(), clock(), ground.vault.clone());
        let bearers = Tokens::new(ground.db.clone(), clock(), token_keys.clone());
        let (of_keys, of_signatures, of_tokens) = (keys.clone(), signatures.clone(), bearers.clone());
        let desk = desk.forgetting(move || {
            remembered.forget();
            of_keys.forget_all();
            of_signatures.forget_all();
            of_tokens.forget_all();
        });
        let older = (!settings.older_token_secrets.is_empty())
            .then(|| OlderTokens::new(ground.db.clone(), clock(), settings.older_token_secrets.clone()));
        let (forgetful, forgetful_older) = (bearers.clone(), older.clone());
        let signing = token_keys.clone();
        let services = services(ground, settings, token_keys.clone());
        let tokens = TokenDesk::new(ground.db.clone(), clock(), token_keys).telling(ground.audit.clone()).forgetting(
            move || {
                forgetful.forget_all();
                forgetful_older.iter().for_each(OlderTokens::forget_all);
            },
        );
        // A signature comes with the name of a key, which alone would be a malformed key; so would the older one be.
        let gate = Gate::new(keys, access::is_open)
            .telling(ground.audit.clone(), clock())
            .asking_first(signatures)
            .also(bearers)
            .also(Sessions::new(people.clone()))
            .asking_first(services);
        let gate = match needs.pages {
            true => gate.with_login_page(dashboard::LOGIN_PAGE),
            false => gate,
        };
        let gate = match settings.roles.certificates.as_slice() {
            [] => gate,
            names => {
                let roles: Vec<&'static str> = KNOWN.iter().map(|(name, _)| *name).collect();
                gate.also(Certificates::new(names.to_vec(), &roles))
            }
        };
        let gate = match older {
            Some(older) => gate.asking_first(older),
            None => gate,
        };
        let gate = match &settings.dashboard_api_key {
            Some(key) => gate.asking_first(OlderKey::new(key)),
            None => gate,
        };
        Credentials { gate, desk, tokens, keys: signing }
    }
}

/// What lets roles elsewhere in.
fn services(ground: &Ground, settings: &Settings, keys: TokenKeys) -> Services {
    Services::new(keys, Arc::clone(&ground.clock), &settings.roles.run, settings.bulk_body_limit_bytes)
}
