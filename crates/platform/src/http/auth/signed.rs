//! Requests that prove who sent them by a signature, so that nobody can change or repeat them.
//!
//! Invariant: a signature opens one request, once, within five minutes of its time. Whatever is wrong the answer is the same; only
//! the log is told what it was.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderName},
};
use domain::{Clock, Stopwatch, Timestamp};
use futures_util::{FutureExt, future::BoxFuture};
use moka::sync::Cache;

use super::{
    API_KEY, Principal, Proof,
    cache::FRESH,
    signature::{self, VERSION, unhex},
};
use crate::{
    http::{body::read_within, problem::Problem},
    secret::Secret,
    secrets::{is_id, same},
};

/// The header of signatures.
pub const SIGNATURE: HeaderName = HeaderName::from_static("x-signature");
const TIMESTAMP: HeaderName = HeaderName::from_static("x-timestamp");
const NONCE: HeaderName = HeaderName::from_static("x-nonce");
/// How far the time of a request may be from ours.
pub const WINDOW_SECONDS: i64 = 300;
const MOST_SIGNERS: u64 = 10_000;

/// Somebody who signs.
#[derive(Debug)]
pub struct Signer {
    /// Who.
    pub principal: Principal,
    /// The secrets they may sign with, each with its end.
    pub secrets: Vec<(Secret, Option<Timestamp>)>,
}

/// Knows who signs.
pub trait Signers: Send + Sync + 'static {
    /// Whoever signs under that name; `None` when nobody does. An error only when that cannot be known now.
    fn find<'s>(&'s self, id: &'s str) -> BoxFuture<'s, Result<Option<Signer>, Problem>>;
}

/// Remembers which nonces were used, for every process that answers.
pub trait Nonces: Send + Sync + 'static {
    /// Remembers one at least until then; `false` when it was used before.
    fn remember<'n>(&'n self, key: &'n str, nonce: &'n str, until: Timestamp) -> BoxFuture<'n, Result<bool, Problem>>;
}

/// Proves who asks by a signature. Cheap to clone.
#[derive(Clone)]
pub struct Signatures {
    signers: Arc<dyn Signers>,
    nonces: Arc<dyn Nonces>,
    clock: Arc<dyn Clock>,
    /// Bytes of a body that are read to check it. The largest any route takes: what the route itself takes is looked at afterwards,
    /// and whoever wants to have so much read may as well ask that route.
    most_bytes: usize,
    known: Cache<Arc<str>, (Arc<Signer>, Stopwatch)>,
}

/// What the headers of a request say.
struct Given<'h> {
    id: &'h str,
    signature: [u8; 32],
    timestamp: &'h str,
    seconds: i64,
    nonce: &'h str,
}

impl Signatures {
    /// Asks `signers` who signs, and `nonces` whether a request is a repetition.
    pub fn new(signers: impl Signers, nonces: impl Nonces, clock: Arc<dyn Clock>, most_bytes: usize) -> Signatures {
        let known = Cache::builder().max_capacity(MOST_SIGNERS).time_to_live(FRESH).build();
        Signatures { signers: Arc::new(signers), nonces: Arc::new(nonces), clock, most_bytes, known }
    }

    /// Forgets who signs: call it when a key changes.
    pub fn forget_all(&self) {
        self.known.invalidate_all();
    }

    async fn signer(&self, id: &str) -> Result<Option<Arc<Signer>>, Problem> {
        if let Some((signer, _)) = self.known.get(id).filter(|(_, since)| since.elapsed() < FRESH) {
            return Ok(Some(signer));
        }
        let Some(found) = self.signers.find(id).await? else { return Ok(None) };
        let signer = Arc::new(found);
        self.known.insert(id.into(), (Arc::clone(&signer), Stopwatch::start()));
        Ok(Some(signer))
    }

    async fn check(&self, request: &mut Request) -> Result<Principal, Problem> {
        let headers = request.headers().clone();
        let given = given(&headers).map_err(refused)?;
        let now = self.clock.now();
        if (now.micros() / 1_000_000 - given.seconds).abs() > WINDOW_SECONDS {
            return Err(refused("a signature of another time"));
        }
        let signer = self.signer(given.id).await?.ok_or_else(|| refused("nobody signs under that name"))?;
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let body = read_within(std::mem::take(request.body_mut()), self.most_bytes).await?;
        let signed = signature::Request {
            method: method.as_str(),
            path: uri.path(),
            query: uri.query().unwrap_or_default(),
            timestamp: given.timestamp,
            nonce: given.nonce,
        };
        let text = signed.text(&body).ok_or_else(|| refused("a signed query that is not encoded properly"))?;
        *request.body_mut() = Body::from(body);
        if !signer.signed(&text, &given.signature, now) {
            return Err(refused("a signature of something else"));
        }
        // Only what was proved is remembered: nobody else can use up nonces, or room.
        let until = Timestamp::from_micros(given.seconds * 1_000_000).plus_seconds(2 * WINDOW_SECONDS);
        if !self.nonces.remember(given.id, given.nonce, until).await? {
            return Err(refused("a signed request that came before"));
        }
        Ok(signer.principal.clone())
    }
}

impl Signer {
    /// Whether one of the secrets that serve now signed that text. All are tried, so that the time does not tell which.
    fn signed(&self, text: &str, given: &[u8; 32], now: Timestamp) -> bool {
        let holds = self.principal.ends_at.is_none_or(|end| now < end);
        let serving = self.secrets.iter().filter(|(_, until)| until.is_none_or(|until| now < until));
        let fits = serving.map(|(secret, _)| same(&signature::sign(secret.expose().as_bytes(), text), given));
        fits.fold(false, |any, fits| any | fits) && holds
    }
}

impl Proof for Signatures {
    fn is_offered(&self, headers: &HeaderMap) -> bool {
        headers.contains_key(SIGNATURE)
    }

    fn prove<'r>(&'r self, request: &'r mut Request) -> BoxFuture<'r, Result<Principal, Problem>> {
        self.check(request).boxed()
    }
}

fn refused(reason: &'static str) -> Problem {
    Problem::unauthorized().log(reason)
}

fn given(headers: &HeaderMap) -> Result<Given<'_>, &'static str> {
    let once = |name: &HeaderName| {
        let mut given = headers.get_all(name).iter();
        match (given.next(), given.next()) {
            (Some(value), None) => value.to_str().ok(),
            _ => None,
        }
    };
    let id = once(&API_KEY).and_then(|key| key.strip_prefix("gk_")).filter(|id| is_id(id));
    let signature = once(&SIGNATURE).and_then(|text| text.strip_prefix(VERSION)?.strip_prefix('='));
    let timestamp = once(&TIMESTAMP).filter(|text| (1..=11).contains(&text.len()));
    let seconds = timestamp.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let nonce = once(&NONCE).filter(|nonce| is_nonce(nonce));
    Ok(Given {
        id: id.ok_or("a signature without the name of its key alone")?,
        signature: signature.and_then(unhex).ok_or("a malformed signature")?,
        timestamp: timestamp.ok_or("a signature without its time")?,
        seconds: seconds.and_then(|text| text.parse().ok()).ok_or("a signature without its time")?,
        nonce: nonce.ok_or("a signature without a nonce")?,
    })
}

fn is_nonce(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (16..=64).contains(&text.len()) && text.bytes().all(fits)
}
