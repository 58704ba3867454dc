//! Files that are too large for one request: sent in parts, and put together at the end.
//!
//! Invariant: one part is in memory at a time; what is not brought to its end is told to be forgotten, by the next to come at the latest.

use std::fmt::Write;

use axum::http::{Method, header};
use base64::{Engine, engine::general_purpose::STANDARD};

use super::{Ask, S3, SUM, answers};
use crate::objects::{
    Error, Result,
    sums::{Outline, Source, apart},
};

/// Parts that an object may have.
pub(super) const MOST_PARTS: u64 = 10_000;

/// A part that is there.
struct Part {
    tag: String,
    sum: String,
}

impl S3 {
    /// Puts a file that adds up to that.
    pub(super) async fn in_parts(&self, name: &str, source: Source, outline: &Outline) -> Result<()> {
        self.forget_others(name).await?;
        let begin = Ask::new(Method::POST, Some(name)).query("uploads", "");
        let begin = begin.header("x-amz-checksum-algorithm", "SHA256").header(SUM, &outline.sum);
        let begun = self.ask(&begin).await?;
        let id = answers::value_of(begun.body(), "UploadId").filter(|id| !id.is_empty());
        let id = id.ok_or_else(|| self.away(&"it began an upload without an id"))?;
        let ended = async {
            let parts = self.send_parts((name, &id), source, outline).await?;
            self.put_together(name, &id, &parts).await
        };
        match ended.await {
            Ok(()) => Ok(()),
            // Its answer may have been lost, and the next try told that there is no such upload.
            Err(_) if self.holds(name, outline).await.unwrap_or(false) => Ok(()),
            Err(error) => {
                // Worth an attempt; else the next upload of it does so.
                let _ = self.forget(name, &id).await;
                Err(error)
            }
        }
    }

    async fn send_parts(&self, (name, id): (&str, &str), mut source: Source, outline: &Outline) -> Result<Vec<Part>> {
        let size = outline.size;
        let mut parts = Vec::new();
        for (number, sum) in (1_u64..).zip(&outline.pieces) {
            let (rest, piece) = apart(move || source.next(size)).await?;
            source = rest;
            let ask = Ask::new(Method::PUT, Some(name)).query("partNumber", number.to_string());
            let answer = self.ask(&ask.query("uploadId", id).proved(piece.into(), *sum)).await?;
            let tag = answer.headers().get(header::ETAG).and_then(|tag| tag.to_str().ok());
            let tag = tag.filter(|tag| !tag.contains(['<', '&'])).ok_or_else(|| self.away(&"a part has no tag"))?;
            parts.push(Part { tag: tag.to_owned(), sum: STANDARD.encode(sum) });
        }
        Ok(parts)
    }

    async fn put_together(&self, name: &str, id: &str, parts: &[Part]) -> Result<()> {
        let mut list = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">".to_owned();
        for (number, Part { tag, sum }) in (1..).zip(parts) {
            // Writing to a string cannot fail.
            let _ = write!(
                list,
                "<Part><ChecksumSHA256>{sum}</ChecksumSHA256><ETag>{tag}</ETag><PartNumber>{number}</PartNumber></Part>"
            );
        }
        list.push_str("</CompleteMultipartUpload>");
        let ask = Ask::new(Method::POST, Some(name)).query("uploadId", id);
        self.ask(&ask.saying(list)).await.map(drop)
    }

    async fn forget(&self, name: &str, id: &str) -> Result<()> {
        self.ask(&Ask::new(Method::DELETE, Some(name)).query("uploadId", id)).await.map(drop)
    }

    /// Parts that a process which died left of the same object take room that nobody sees.
    async fn forget_others(&self, name: &str) -> Result<()> {
        let key = format!("{}{name}", self.bucket.prefix);
        let ask = Ask::new(Method::GET, None).query("uploads", "").query("prefix", &key);
        let begun = answers::uploads(self.ask(&ask).await?.body());
        for (_, id) in begun.iter().filter(|(known, _)| *known == key) {
            match self.forget(name, id).await {
                // Ended or forgotten meanwhile.
                Ok(()) | Err(Error::Refused { .. } | Error::Missing(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
