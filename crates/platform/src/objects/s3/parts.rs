//! Files that are too large for one request: sent in parts, and put together at the end.
//!
//! Invariant: one part is in memory at a time; what is not brought to its end is told to be forgotten, by the next to come at the latest.

use std::{fmt::Write, path::Path};

use axum::{
    body::Bytes,
    http::{Method, header},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use super::{Ask, S3, SUM, answers};
use crate::objects::{
    Error, Result,
    sums::{PIECE, Source},
};

/// Parts that an object may have.
const MOST_PARTS: u64 = 10_000;

/// A part that is there.
struct Part {
    tag: String,
    sum: String,
}

impl S3 {
    /// Puts a file of so many bytes and that SHA-256.
    pub(super) async fn in_parts(&self, name: &str, from: &Path, (bytes, sum): (u64, &str)) -> Result<()> {
        self.forget_others(name).await?;
        let begin = Ask::new(Method::POST, Some(name)).query("uploads", "");
        let begun = self.ask(&begin.header("x-amz-checksum-algorithm", "SHA256").header(SUM, sum)).await?;
        let id = answers::value_of(begun.body(), "UploadId").filter(|id| !id.is_empty());
        let id = id.ok_or_else(|| self.away(&"it began an upload without an id"))?;
        let ended = async {
            let parts = self.send_parts((name, &id), from, (bytes, sum)).await?;
            self.put_together(name, &id, &parts).await
        };
        match ended.await {
            Ok(()) => Ok(()),
            // Its answer may have been lost, and the next try told that there is no such upload.
            Err(_) if self.holds(name, bytes, sum).await.unwrap_or(false) => Ok(()),
            Err(error) => {
                // Worth an attempt; else the next upload of it does so.
                let _ = self.forget(name, &id).await;
                Err(error)
            }
        }
    }

    async fn send_parts(&self, (name, id): (&str, &str), from: &Path, whole: (u64, &str)) -> Result<Vec<Part>> {
        let size = usize::try_from(whole.0.div_ceil(MOST_PARTS)).unwrap_or(usize::MAX).max(PIECE);
        let mut source = Source::open(from).await?;
        let mut parts = Vec::new();
        loop {
            let piece = Bytes::from(source.piece(size).await?);
            if piece.is_empty() {
                break;
            }
            let sum = STANDARD.encode(Sha256::digest(&piece));
            let ask = Ask::new(Method::PUT, Some(name)).query("partNumber", (parts.len() + 1).to_string());
            let answer = self.ask(&ask.query("uploadId", id).proved(piece)).await?;
            let tag = answer.headers().get(header::ETAG).and_then(|tag| tag.to_str().ok());
            let tag = tag.filter(|tag| !tag.contains(['<', '&'])).ok_or_else(|| self.away(&"a part has no tag"))?;
            parts.push(Part { tag: tag.to_owned(), sum });
        }
        let (bytes, sum) = source.read();
        if (bytes, sum.as_str()) != whole {
            return Err(Error::damaged(&from.display().to_string(), "it changed meanwhile"));
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
        self.ask(&Ask { body: list.into(), ..ask }).await.map(drop)
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
