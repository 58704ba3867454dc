//! Objects in a bucket of a store that speaks S3 (Amazon S3 API reference, version 2006-03-01).
//!
//! Invariant: every byte of a file is read and summed off the runtime, and the store holds what comes against those sums: a file that changes
//! meanwhile is refused. Every request is signed with all that it says, bounded in time and in what comes back, and asked through the breaker; only
//! what may be asked twice is asked again.

pub mod answers;
mod parts;
mod proof;
mod sign;

use std::{path::Path, sync::Arc, time::Duration};

use axum::{
    body::Bytes,
    http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{Clock, ledger::canonical::hex};
use futures_util::{FutureExt, future::BoxFuture};
use sha2::{Digest, Sha256};

use answers::Found;

use super::{
    Bucket, CHECK_PATIENCE, Error, MOST_LISTED, Means, Object, Objects, Result, is_sound, sound,
    sums::{Outline, PIECE, Sink, Source, Sum, apart},
};
use crate::{
    breaker::{Breaker, Health},
    bulkhead::Bulkhead,
    outgoing::{Bounds, Fault, Outgoing, retry_after},
    retry::{Again, Budget, Pace, chance, retry},
    secret::Secret,
};

/// How often a request is tried.
const TRIES: u32 = 3;
/// Bytes that an answer may have: a piece of an object, or a page of names.
const MOST_BYTES: usize = PIECE + 64 * 1024;
/// Where the SHA-256 of the whole stands beside an object.
pub const SUM: &str = "x-amz-meta-sha256";
/// What a server proves a body by.
const CHECKSUM: &str = "x-amz-checksum-sha256";

/// The SHA-256 of no bytes.
const NOTHING: Sum = [
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41,
    0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
];

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
    /// What the body adds up to.
    sum: Sum,
}

impl<'a> Ask<'a> {
    fn new(method: Method, name: Option<&'a str>) -> Ask<'a> {
        Ask { method, name, query: Vec::new(), headers: Vec::new(), body: Bytes::new(), sum: NOTHING }
    }

    fn query(mut self, name: &'static str, value: impl Into<String>) -> Ask<'a> {
        self.query.push((name, value.into()));
        self
    }

    fn header(mut self, name: &'static str, value: impl Into<String>) -> Ask<'a> {
        self.headers.push((name, value.into()));
        self
    }

    /// With bytes that the server holds against their sum, which is not taken again.
    fn proved(self, body: Bytes, sum: Sum) -> Ask<'a> {
        Ask { body, sum, ..self }.header(CHECKSUM, STANDARD.encode(sum))
    }

    /// With a short text.
    fn saying(self, text: String) -> Ask<'a> {
        Ask { sum: Sha256::digest(&text).into(), body: text.into(), ..self }
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
        headers.push(("x-amz-content-sha256", hex(&ask.sum)));
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
        Found::of(answer, from, most as u64).map_err(|what| Error::damaged(name, what))
    }

    async fn fetch(&self, name: &str, into: &Path) -> Result<Object> {
        let first = self.piece(sound(name)?, 0, PIECE, None).await?;
        let (path, piece) = (into.to_owned(), first.piece);
        let mut sink = apart(move || Sink::open(&path)?.with(&piece)).await?;
        while sink.bytes() < first.bytes {
            let next = self.piece(name, sink.bytes(), PIECE, Some(&first.tag)).await?;
            if next.bytes != first.bytes || next.piece.is_empty() {
                return Err(Error::damaged(name, "it changed meanwhile"));
            }
            sink = apart(move || sink.with(&next.piece)).await?;
        }
        let bytes = sink.bytes();
        if bytes != first.bytes || first.sum.is_some_and(|known| known != sink.sum()) {
            return Err(Error::damaged(name, "its bytes do not add up to the SHA-256 that it was put with"));
        }
        apart(move || sink.keep()).await?;
        Ok(Object { name: name.to_owned(), bytes })
    }

    async fn store(&self, name: &str, from: &Path) -> Result<Object> {
        let path = from.to_owned();
        let (outline, source) = apart(move || Outline::of(&path, parts::MOST_PARTS)).await?;
        match outline.pieces.as_slice() {
            [] => return Err(Error::Unfit { what: from.display().to_string(), why: "it is empty" }),
            [sum] => self.at_once(sound(name)?, source, (&outline, *sum)).await?,
            _ => self.in_parts(sound(name)?, source, &outline).await?,
        }
        if !self.holds(name, &outline).await? {
            return Err(Error::damaged(name, "what is there is not what was put"));
        }
        Ok(Object { name: name.to_owned(), bytes: outline.bytes })
    }

    async fn at_once(&self, name: &str, source: Source, (outline, sum): (&Outline, Sum)) -> Result<()> {
        let (_, body) = apart(move || source.next(PIECE)).await?;
        let ask = Ask::new(Method::PUT, Some(name)).header(SUM, &outline.sum).proved(body.into(), sum);
        self.ask(&ask).await.map(drop)
    }

    /// Whether it has an object of those bytes.
    async fn holds(&self, name: &str, outline: &Outline) -> Result<bool> {
        match self.piece(name, 0, 1, None).await {
            Ok(found) => Ok(found.bytes == outline.bytes && found.sum.as_ref() == Some(&outline.sum)),
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

    fn holds_sums(&self) -> BoxFuture<'_, Result<Option<bool>>> {
        async move { self.try_sums().await.map(Some) }.boxed()
    }

    fn place(&self) -> String {
        self.bucket.to_string()
    }
}
