//! Objects in a bucket of a store that speaks S3 (Amazon S3 API reference, version 2006-03-01).
//!
//! Invariant: every request is signed with all that it says, bounded in time and in what comes back, and asked through the breaker; only
//! what may be asked twice is asked again.

mod answers;
mod parts;
mod sign;

use std::{path::Path, sync::Arc, time::Duration};

use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{Clock, ledger::canonical::hex};
use futures_util::{FutureExt, future::BoxFuture};
use sha2::{Digest, Sha256};

use super::{
    Bucket, Error, MOST_LISTED, Means, Object, Objects, Result, is_sound, sound,
    sums::{PIECE, Sink, Source, sum_of},
};
use crate::{
    breaker::{Breaker, Health},
    bulkhead::Bulkhead,
    outgoing::{Bounds, Fault, Outgoing},
    retry::{Again, Budget, Pace, chance, retry},
    secret::Secret,
};

/// How often a request is tried.
const TRIES: u32 = 3;
/// How long a check waits. Whoever looks at all components waits two seconds for each.
const CHECK_PATIENCE: Duration = Duration::from_millis(1500);
/// Bytes that an answer may have: a piece of an object, or a page of names.
const MOST_BYTES: usize = PIECE + 64 * 1024;
/// Bytes of the largest file that goes in one request.
const AT_ONCE: u64 = PIECE as u64;
/// Where the SHA-256 of the whole stands beside an object.
const SUM: &str = "x-amz-meta-sha256";
/// What a server proves a body by.
const CHECKSUM: &str = "x-amz-checksum-sha256";

/// What opens a store.
#[derive(Debug, Clone)]
pub struct Keys {
    /// The key's id.
    pub id: Secret,
    /// The key.
    pub secret: Secret,
}

/// What a bucket is asked with.
pub struct S3Parts {
    /// Which one.
    pub bucket: Bucket,
    /// How.
    pub means: Means,
}

/// A bucket.
pub struct S3 {
    bucket: Bucket,
    keys: Option<Keys>,
    outgoing: Outgoing,
    breaker: Breaker,
    bulkhead: Bulkhead,
    budget: Budget,
    patience: Duration,
    clock: Arc<dyn Clock>,
}

/// What is asked.
struct Ask<'a> {
    method: Method,
    /// An object; without one, the bucket.
    name: Option<&'a str>,
    query: Vec<(&'static str, String)>,
    headers: Vec<(&'static str, String)>,
    body: Bytes,
}

impl<'a> Ask<'a> {
    fn new(method: Method, name: Option<&'a str>) -> Ask<'a> {
        Ask { method, name, query: Vec::new(), headers: Vec::new(), body: Bytes::new() }
    }

    fn query(mut self, name: &'static str, value: impl Into<String>) -> Ask<'a> {
        self.query.push((name, value.into()));
        self
    }

    fn header(mut self, name: &'static str, value: impl Into<String>) -> Ask<'a> {
        self.headers.push((name, value.into()));
        self
    }

    /// With bytes that the server holds against their sum.
    fn proved(self, body: Bytes) -> Ask<'a> {
        let sum = STANDARD.encode(Sha256::digest(&body));
        Ask { body, ..self }.header(CHECKSUM, sum)
    }
}

/// A try that failed: whether the store is to blame, and whether the next may not.
struct Failed {
    error: Error,
    outage: bool,
    again: Again,
}

impl Failed {
    fn for_good(error: Error) -> Failed {
        Failed { error, outage: false, again: Again::No }
    }
}

/// What an object is, besides its bytes.
struct Found {
    bytes: u64,
    sum: Option<String>,
    tag: String,
    piece: Bytes,
}

impl S3 {
    /// That bucket.
    pub fn new(parts: S3Parts) -> S3 {
        let S3Parts { bucket, means } = parts;
        let Means { keys, outgoing, breaker, bulkhead, patience, clock } = means;
        S3 { bucket, keys, outgoing, breaker, bulkhead, budget: Budget::default(), patience, clock }
    }

    /// What it answers, when it does what was asked.
    async fn ask(&self, ask: &Ask<'_>) -> Result<Response<Bytes>> {
        let _room = self.bulkhead.enter().ok_or(Error::Crowded)?;
        let pace = Pace { tries: TRIES, deadline: self.patience * TRIES, ..Pace::default() };
        let answer = retry(pace, &self.budget, chance, |failed: &Failed| failed.again, || self.attempt(ask)).await;
        answer.map_err(|failed| failed.error)
    }

    async fn attempt(&self, ask: &Ask<'_>) -> std::result::Result<Response<Bytes>, Failed> {
        let pass = self.breaker.ask().map_err(|refused| Failed::for_good(refused.into()))?;
        match self.send(ask, self.patience).await.map_err(Failed::for_good)? {
            Ok(answer) => match self.judged(ask, answer) {
                Err(failed) if failed.outage => {
                    pass.failed(&failed.error);
                    Err(failed)
                }
                answered => {
                    pass.worked();
                    answered
                }
            },
            Err(fault) if fault.is_refusal() => Err(Failed::for_good(self.away(&fault))),
            Err(fault @ Fault::TooLarge { .. }) => {
                pass.worked();
                Err(Failed::for_good(self.away(&fault)))
            }
            Err(fault) => {
                pass.failed(&fault);
                Err(Failed { error: self.away(&fault), outage: true, again: Again::Soon })
            }
        }
    }

    /// Sends it, signed. The outer error is ours, and says nothing of the store.
    async fn send(&self, ask: &Ask<'_>, time: Duration) -> Result<std::result::Result<Response<Bytes>, Fault>> {
        let path = match ask.name {
            Some(name) => format!("/{}/{}{name}", self.bucket.name, self.bucket.prefix),
            None => format!("/{}", self.bucket.name),
        };
        let query = sign::query(&ask.query);
        let mut headers = ask.headers.clone();
        headers.push(("host", sign::host(&self.bucket.endpoint)));
        headers.push(("x-amz-content-sha256", hex(&Sha256::digest(&ask.body))));
        headers.push(("x-amz-date", sign::instant(self.clock.now())));
        if let Some(keys) = &self.keys {
            let asked = sign::Asked { method: ask.method.as_str(), path: &path, query: &query, headers: &headers };
            headers.push(("authorization", asked.authorization(keys, &self.bucket.region)));
        }
        let separator = if query.is_empty() { "" } else { "?" };
        let uri = format!("{}{path}{separator}{query}", self.bucket.endpoint);
        let unfit = |why| Error::Unfit { what: path.clone(), why };
        let request = Request::builder().method(ask.method.clone()).uri(uri).body(ask.body.clone());
        let mut request = request.map_err(|_| unfit("no address can be made of it"))?;
        for (name, value) in headers {
            let mut value = HeaderValue::from_str(&value).map_err(|_| unfit("a header cannot hold it"))?;
            value.set_sensitive(name == "authorization");
            request.headers_mut().insert(HeaderName::from_static(name), value);
        }
        Ok(self.outgoing.send(request, Bounds { time, body_bytes: MOST_BYTES }).await)
    }

    /// An answer that does what was asked, or why it does not.
    fn judged(&self, ask: &Ask<'_>, answer: Response<Bytes>) -> std::result::Result<Response<Bytes>, Failed> {
        let status = answer.status();
        let said = answers::Said::of(answer.body());
        // Ending an upload is answered before it is known how it ends; other answers of that kind are what was asked for.
        if status.is_success() && (ask.method != Method::POST || said.code.is_none()) {
            return Ok(answer);
        }
        let code = said.code.unwrap_or_else(|| status.as_u16().to_string());
        if let (StatusCode::NOT_FOUND, "NoSuchKey", Some(name)) = (status, code.as_str(), ask.name) {
            return Err(Failed::for_good(Error::Missing(name.to_owned())));
        }
        let busy = matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT);
        let passing = matches!(code.as_str(), "InternalError" | "RequestTimeout" | "ServiceUnavailable" | "SlowDown");
        if !(status.is_server_error() || busy || passing) {
            let refused = Error::Refused { place: self.place(), code, words: said.words };
            return Err(Failed::for_good(refused));
        }
        let again = retry_after(answer.headers()).map_or(Again::Soon, Again::After);
        Err(Failed { error: self.away(&format_args!("{status} {code}")), outage: true, again })
    }

    fn away(&self, why: &dyn std::fmt::Display) -> Error {
        Error::Away { place: self.place(), why: why.to_string() }
    }

    /// A piece of an object, from there on; of that very object, once it is known.
    async fn piece(&self, name: &str, from: u64, most: usize, tag: Option<&str>) -> Result<Found> {
        let range = format!("bytes={from}-{}", from + most as u64 - 1);
        let mut ask = Ask::new(Method::GET, Some(name)).header("range", range);
        if let Some(tag) = tag {
            ask = ask.header("if-match", tag);
        }
        let answer = self.ask(&ask).await?;
        let text = |name: &str| Some(answer.headers().get(name)?.to_str().ok()?.to_owned());
        let whole = text("content-range").and_then(|range| range.rsplit_once('/')?.1.parse().ok());
        let found = Found {
            bytes: whole.unwrap_or(answer.body().len() as u64),
            sum: text(SUM),
            tag: text("etag").unwrap_or_default(),
            piece: answer.body().clone(),
        };
        let due = found.bytes.saturating_sub(from).min(most as u64);
        if found.piece.len() as u64 != due {
            return Err(Error::damaged(name, format!("{} bytes came of {due}", found.piece.len())));
        }
        Ok(found)
    }

    async fn fetch(&self, name: &str, into: &Path) -> Result<Object> {
        let first = self.piece(sound(name)?, 0, PIECE, None).await?;
        let mut sink = Sink::open(into).await?;
        sink.write(&first.piece).await?;
        while sink.written().0 < first.bytes {
            let next = self.piece(name, sink.written().0, PIECE, Some(&first.tag)).await?;
            if next.bytes != first.bytes || next.piece.is_empty() {
                return Err(Error::damaged(name, "it changed meanwhile".to_owned()));
            }
            sink.write(&next.piece).await?;
        }
        let (bytes, sum) = sink.written();
        if bytes != first.bytes || first.sum.is_some_and(|known| known != sum) {
            return Err(Error::damaged(name, "its bytes do not add up to the SHA-256 that it was put with"));
        }
        sink.keep().await?;
        Ok(Object { name: name.to_owned(), bytes })
    }

    async fn store(&self, name: &str, from: &Path) -> Result<Object> {
        let (bytes, sum) = sum_of(from).await?;
        match bytes {
            0 => return Err(Error::Unfit { what: from.display().to_string(), why: "it is empty" }),
            1..=AT_ONCE => self.at_once(sound(name)?, from, &sum).await?,
            _ => self.in_parts(sound(name)?, from, (bytes, &sum)).await?,
        }
        if !self.holds(name, bytes, &sum).await? {
            return Err(Error::damaged(name, "what is there is not what was put"));
        }
        Ok(Object { name: name.to_owned(), bytes })
    }

    async fn at_once(&self, name: &str, from: &Path, sum: &str) -> Result<()> {
        let mut source = Source::open(from).await?;
        let body = source.piece(PIECE).await?;
        if source.read().1 != sum {
            return Err(Error::damaged(&from.display().to_string(), "it changed meanwhile"));
        }
        let ask = Ask::new(Method::PUT, Some(name)).header(SUM, sum).proved(body.into());
        self.ask(&ask).await.map(drop)
    }

    /// Whether it has an object of those bytes.
    async fn holds(&self, name: &str, bytes: u64, sum: &str) -> Result<bool> {
        match self.piece(name, 0, 1, None).await {
            Ok(found) => Ok(found.bytes == bytes && found.sum.as_deref() == Some(sum)),
            Err(Error::Missing(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn all(&self) -> Result<Vec<Object>> {
        let (mut all, mut next) = (Vec::new(), None::<String>);
        loop {
            let ask = Ask::new(Method::GET, None).query("list-type", "2").query("delimiter", "/");
            let mut ask = ask.query("prefix", &self.bucket.prefix);
            if let Some(token) = &next {
                ask = ask.query("continuation-token", token);
            }
            let page = answers::Page::of(self.ask(&ask).await?.body());
            let own = page.objects.into_iter().filter_map(|(name, bytes)| {
                let name = name.strip_prefix(&self.bucket.prefix)?.to_owned();
                is_sound(&name).then_some(Object { name, bytes })
            });
            all.extend(own);
            if all.len() > MOST_LISTED {
                return Err(Error::Unfit { what: self.place(), why: "it holds too many objects" });
            }
            // A store that leads back to where it was would keep us for ever.
            if page.next.is_none() || page.next == next {
                return Ok(all);
            }
            next = page.next;
        }
    }

    async fn look(&self) -> Result<()> {
        let ask = Ask::new(Method::HEAD, None);
        match self.send(&ask, CHECK_PATIENCE).await? {
            Ok(answer) => match self.judged(&ask, answer) {
                Ok(_) => {
                    self.breaker.proved();
                    Ok(())
                }
                Err(failed) => {
                    if failed.outage {
                        self.breaker.checked(Health::Ill);
                    }
                    Err(failed.error)
                }
            },
            Err(fault) => {
                // Slow for one who has little patience is not silent for those who have more.
                self.breaker.checked(Health::Ill);
                Err(self.away(&fault))
            }
        }
    }
}

/// Seconds, as `Retry-After` says them.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(header::RETRY_AFTER)?.to_str().ok()?.parse().ok().map(Duration::from_secs)
}

impl Objects for S3 {
    fn put<'o>(&'o self, name: &'o str, from: &'o Path) -> BoxFuture<'o, Result<Object>> {
        self.store(name, from).boxed()
    }

    fn get<'o>(&'o self, name: &'o str, into: &'o Path) -> BoxFuture<'o, Result<Object>> {
        self.fetch(name, into).boxed()
    }

    fn list(&self) -> BoxFuture<'_, Result<Vec<Object>>> {
        self.all().boxed()
    }

    fn remove<'o>(&'o self, name: &'o str) -> BoxFuture<'o, Result<()>> {
        async move {
            match self.ask(&Ask::new(Method::DELETE, Some(sound(name)?))).await {
                Ok(_) | Err(Error::Missing(_)) => Ok(()),
                Err(error) => Err(error),
            }
        }
        .boxed()
    }

    fn check(&self) -> BoxFuture<'_, Result<()>> {
        self.look().boxed()
    }

    fn place(&self) -> String {
        self.bucket.to_string()
    }
}
