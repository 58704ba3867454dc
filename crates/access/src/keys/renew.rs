//! A key that replaces its own secret.
//!
//! Invariant: whoever holds it chose the new secret and wrote it down before asking, so that an answer that is lost loses nothing: asking
//! again changes nothing. While the secret before the present one serves there is no other renewal, so that whoever has only that one
//! cannot push the present one out. The secret of a key that signs, which otherwise never travels, does so over TLS alone.

use axum::http::StatusCode;
use domain::audit::Action;
use platform::{
    http::{Principal, Problem, auth::CallerKind, context},
    secrets::{KeyText, same},
};
use store::api_key::{self, ApiKey};

use super::KeyDesk;
use crate::Doer;

impl KeyDesk {
    /// Gives the key that somebody comes with the secret of `text`. The one it has serves for so many seconds more.
    pub async fn renew(&self, by: &Principal, text: &KeyText, overlap_seconds: i64) -> Result<ApiKey, Problem> {
        if by.kind != CallerKind::Key || *by.key_id != *text.id() {
            return Err(Problem::new(StatusCode::FORBIDDEN, "only_by_the_key"));
        }
        let (now, doer) = (self.now(), Doer::Caller(by));
        let mut tx = self.db.write().await?;
        let key = api_key::find_in(&mut tx, text.id()).await?.ok_or_else(|| Problem::not_found(text.id()))?;
        if !key.is_valid(now) {
            return Err(Problem::conflict("key_ended"));
        }
        if key.limits.require_signature && !context::current().secure {
            return Err(Problem::new(StatusCode::FORBIDDEN, "secret_in_the_clear"));
        }
        if same(&key.secret_hash, &text.secret_hash()) {
            tx.rollback().await?;
            return Ok(key);
        }
        if key.previous.as_ref().is_some_and(|previous| now < previous.until) {
            return Err(Problem::conflict("key_replaced_meanwhile"));
        }
        let key = self.replace(&mut tx, (&key, text), overlap_seconds, doer).await?;
        let told = doer.event(Action::KeyRotated).on("key", &key.id).detail("overlap_seconds", overlap_seconds);
        told.detail("by_itself", true).write(&mut tx, now).await?;
        tx.commit().await?;
        self.forget();
        Ok(key)
    }
}
