//! What a role shows when it asks another.
//!
//! Invariant: made anew for each request.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderValue, header};
use domain::Clock;
use platform::{http::Problem, secrets::random_name};

use super::{
    CALLER,
    claims::{Claims, digest},
};
use crate::token::{
    TokenKeys,
    codec::{self, Sort},
};

/// Proves to another role who asks. Cheap to clone.
#[derive(Clone)]
pub struct Pass {
    from: &'static str,
    signs: Option<(TokenKeys, Arc<dyn Clock>)>,
}

impl Pass {
    /// Of the role of that name, by tokens that these keys sign.
    pub fn signed(from: &'static str, keys: TokenKeys, clock: Arc<dyn Clock>) -> Pass {
        Pass { from, signs: Some((keys, clock)) }
    }

    /// Of the role of that name, by the certificate that the connection shows.
    pub fn by_certificate(from: &'static str) -> Pass {
        Pass { from, signs: None }
    }

    /// Adds what proves one request to the role `to`.
    pub async fn show(
        &self,
        to: &str,
        (method, path): (&str, &str),
        body: &[u8],
        headers: &mut HeaderMap,
    ) -> Result<(), Problem> {
        headers.insert(CALLER, HeaderValue::from_static(self.from));
        let Some((keys, clock)) = &self.signs else { return Ok(()) };
        let jti = random_name().map_err(|error| Problem::internal(&error))?;
        let claims = Claims::new((self.from, to), jti, clock.now(), digest(method, path, body));
        let (id, key) = keys.signing().await?;
        let text = codec::write(Sort::Service, &claims, (&id, &key)).map_err(|error| Problem::internal(&error))?;
        let mut value = HeaderValue::try_from(format!("Bearer {text}")).map_err(|error| Problem::internal(&error))?;
        value.set_sensitive(true);
        headers.insert(header::AUTHORIZATION, value);
        Ok(())
    }
}
