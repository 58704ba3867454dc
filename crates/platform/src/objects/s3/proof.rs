//! Whether a store holds what comes against the sum that it is sent with.
//!
//! Invariant: what is sent to find out is a few bytes under a name of its own, and does not stay.

use axum::http::Method;
use base64::{Engine, engine::general_purpose::STANDARD};

use super::{Ask, CHECKSUM, NOTHING, S3};
use crate::objects::{Error, Result};

/// What is sent, and under which name.
const PROBE: (&str, &str) = ("gondola-checksum-probe", "these bytes do not add up to nothing");
/// What stores call it that bytes are not those of their sum.
const REFUSALS: [&str; 4] = ["BadDigest", "InvalidDigest", "XAmzContentChecksumMismatch", "XAmzContentSHA256Mismatch"];

impl S3 {
    /// Sends bytes with another sum than theirs, as if they had been changed on their way.
    pub(super) async fn try_sums(&self) -> Result<bool> {
        let (name, bytes) = PROBE;
        let ask = Ask::new(Method::PUT, Some(name)).saying(bytes.to_owned());
        match self.ask(&ask.header(CHECKSUM, STANDARD.encode(NOTHING))).await {
            Ok(_) => {
                self.ask(&Ask::new(Method::DELETE, Some(name))).await?;
                Ok(false)
            }
            Err(Error::Refused { code, .. }) if REFUSALS.contains(&code.as_str()) => Ok(true),
            Err(error) => Err(error),
        }
    }
}
