//! Making a key, replacing its secret, ending it.
//!
//! Invariant: a secret takes the place of the one that was looked at, or of none.

use domain::{Role, Timestamp, audit::Action};
use platform::{
    http::{Problem, auth::SiteScope, problem::FieldError},
    secrets::KeyText,
};
use store::{
    Tx,
    api_key::{self, ApiKey, Limits, NewApiKey, Rotation},
    site,
};

use super::{KeyDesk, Made, NewKey, Reach, is_visible, signers};
use crate::{
    Doer,
    people::is_code,
    permission::{of_role, scopes_named},
};

impl KeyDesk {
    /// Makes a key.
    pub async fn create(&self, by: Doer<'_>, new: &NewKey) -> Result<Made, Problem> {
        let now = self.now();
        self.check(by, new, now).await?;
        let text = KeyText::generate().map_err(|error| Problem::internal(&error))?;
        let stored = NewApiKey {
            id: text.id().to_owned(),
            name: new.name.clone(),
            role: new.role.name().to_owned(),
            secret_hash: text.secret_hash(),
            expires_at: new.expires_at,
            limits: new.limits.clone(),
            created_by: by.signature().to_owned(),
        };
        let mut tx = self.db.write().await?;
        api_key::create(&mut tx, &stored, now).await?;
        if new.limits.require_signature {
            signers::keep(&self.vault, &mut tx, &text).await?;
        }
        let key = kept(api_key::find_in(&mut tx, text.id()).await?)?;
        let told = by.event(Action::KeyCreated).on("key", &key.id).detail("name", &key.name).detail("role", &key.role);
        told.detail("expires_at", key.expires_at.map(|at| at.to_string())).write(&mut tx, now).await?;
        tx.commit().await?;
        Ok(Made { text, key })
    }

    /// Gives a key another secret. The one it has serves for so many seconds more.
    pub async fn rotate(&self, by: Doer<'_>, id: &str, overlap_seconds: i64) -> Result<Made, Problem> {
        let now = self.now();
        let mut tx = self.db.write().await?;
        let key = api_key::find_in(&mut tx, id).await?.filter(|key| is_visible(by, key));
        let key = key.ok_or_else(|| Problem::not_found(id))?;
        check_strength(by, &key)?;
        if !key.is_valid(now) {
            return Err(Problem::conflict("key_ended"));
        }
        let text = KeyText::with_id(id).map_err(|error| Problem::internal(&error))?;
        let key = self.replace(&mut tx, (&key, &text), overlap_seconds, by).await?;
        by.event(Action::KeyRotated)
            .on("key", &key.id)
            .detail("overlap_seconds", overlap_seconds)
            .write(&mut tx, now)
            .await?;
        tx.commit().await?;
        self.forget();
        Ok(Made { text, key })
    }

    /// Puts another secret in the place of the one that a key has. The key as it is then.
    pub(super) async fn replace(
        &self,
        tx: &mut Tx,
        (key, text): (&ApiKey, &KeyText),
        overlap_seconds: i64,
        by: Doer<'_>,
    ) -> Result<ApiKey, Problem> {
        if key.limits.require_signature {
            // The secret before the present one ends with this rotation; it may be the very one that comes back.
            if let Some(previous) = &key.previous {
                signers::drop_secret(tx, &key.id, &previous.hash).await?;
            }
            signers::keep(&self.vault, tx, text).await?;
        }
        let at = self.now();
        let (secret_hash, previous_until) = (text.secret_hash(), at.plus_seconds(overlap_seconds));
        let rotation = Rotation { secret_hash, replaces: key.secret_hash, previous_until, by: by.signature(), at };
        if !api_key::rotate(tx, &key.id, &rotation).await? {
            return Err(Problem::conflict("key_replaced_meanwhile"));
        }
        kept(api_key::find_in(tx, &key.id).await?)
    }

    /// Ends a key, at once on this node. One that has ended stays as it is.
    pub async fn revoke(&self, by: Doer<'_>, id: &str) -> Result<ApiKey, Problem> {
        let mut tx = self.db.write().await?;
        let key = api_key::find_in(&mut tx, id).await?.filter(|key| is_visible(by, key));
        let key = key.ok_or_else(|| Problem::not_found(id))?;
        check_strength(by, &key)?;
        if api_key::revoke(&mut tx, id, self.now()).await? {
            by.event(Action::KeyRevoked).on("key", &key.id).write(&mut tx, self.now()).await?;
        }
        for hash in [Some(&key.secret_hash), key.previous.as_ref().map(|previous| &previous.hash)].into_iter().flatten()
        {
            signers::drop_secret(&mut tx, id, hash).await?;
        }
        let key = kept(api_key::find_in(&mut tx, id).await?)?;
        tx.commit().await?;
        self.forget();
        Ok(key)
    }

    /// Everything that is wrong with a key to make.
    async fn check(&self, by: Doer<'_>, new: &NewKey, now: Timestamp) -> Result<(), Problem> {
        let mut errors = scope_faults(new);
        if is_reserved(&new.name) {
            errors.push(FieldError::new("name", "reserved_name"));
        }
        errors.extend(self.site_faults(by, &new.limits).await?);
        if new.expires_at.is_some_and(|end| end <= now) {
            errors.push(FieldError::new("expires_at", "in_the_past"));
        }
        if !errors.is_empty() {
            return Err(Problem::invalid(errors));
        }
        let reach = Reach::of_key(new.role, &new.limits, new.expires_at);
        within(by, &reach)
    }

    /// A site that is not there and one that the caller may not know of are the same.
    async fn site_faults(&self, by: Doer<'_>, limits: &Limits) -> Result<Vec<FieldError>, Problem> {
        let Some(codes) = &limits.sites else { return Ok(Vec::new()) };
        let own = match by {
            Doer::Caller(principal) => principal.sites.clone(),
            Doer::CommandLine | Doer::Upkeep => SiteScope::All,
        };
        let sites = site::list(&self.db).await?;
        let known = |code: &String| own.includes(code) && sites.iter().any(|site| site.code == *code);
        let unknown = codes.iter().enumerate().filter(|(_, code)| !known(code));
        let fault = |(index, code): (usize, &String)| {
            FieldError::new(format!("sites[{index}]"), "unknown_site").arg("site", code)
        };
        Ok(unknown.map(fault).collect())
    }
}

/// A scope that takes nothing from what the role may do would be a key that opens nothing.
fn scope_faults(new: &NewKey) -> Vec<FieldError> {
    let role = of_role(new.role);
    let useless = |name: &String| scopes_named(name).is_none_or(|scopes| role.and(scopes).is_empty());
    let faulty = new.limits.scopes.iter().enumerate().filter(|(_, name)| useless(name));
    let fault = |(index, name): (usize, &String)| {
        let code = if scopes_named(name).is_some() { "scope_not_of_role" } else { "unknown_scope" };
        FieldError::new(format!("scopes[{index}]"), code).arg("scope", name).arg("role", new.role.name())
    };
    faulty.map(fault).collect()
}

fn within(by: Doer<'_>, reach: &Reach) -> Result<(), Problem> {
    let Doer::Caller(principal) = by else { return Ok(()) };
    let beyond = reach.beyond(&Reach::of_caller(principal));
    if beyond.is_empty() { Ok(()) } else { Err(stronger().with_errors(beyond)) }
}

/// Whoever could replace the secret of a stronger key would have it.
fn check_strength(by: Doer<'_>, key: &ApiKey) -> Result<(), Problem> {
    let role = Role::named(&key.role).ok_or_else(|| unknown_role(key))?;
    within(by, &Reach::of_key(role, &key.limits, key.expires_at))
}

fn stronger() -> Problem {
    Problem::new(axum::http::StatusCode::FORBIDDEN, "stronger_key")
}

pub(super) fn unknown_role(key: &ApiKey) -> Problem {
    Problem::bug(format_args!("key {} has the role {:?}", key.id, key.role))
}

fn kept(key: Option<ApiKey>) -> Result<ApiKey, Problem> {
    key.ok_or_else(|| Problem::bug("a key that was just written is gone"))
}

/// What others sign with: a key by that name could not be told from them in the books. Nor may somebody's code stand in it among other
/// words: whoever reads lists of names would take it for theirs.
fn is_reserved(name: &str) -> bool {
    let mut words = name.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';'));
    matches!(name, "cli" | "upkeep") || words.any(is_code)
}

#[cfg(test)]
mod tests {
    use super::is_reserved;

    #[test]
    fn nobodys_code_stands_in_the_name_of_a_key() {
        for name in
            ["cli", "upkeep", "p-abcdefghj2", "x,p-abcdefghj2,y", "caja p-abcdefghj2", "caja,\u{a0}p-abcdefghj2"]
        {
            assert!(is_reserved(name), "{name}");
        }
        for name in ["caja-1", "caja cli", "p-norte, caja 2", "up-abcdefghj2"] {
            assert!(!is_reserved(name), "{name}");
        }
    }
}
