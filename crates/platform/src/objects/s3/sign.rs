//! How a request proves who asks: signature version 4 (Amazon S3 API reference, "Signature calculations for the Authorization header").
//!
//! Invariant: method, path, query, body and every header that stands here are signed; a key is in no text that is told.

use domain::{Timestamp, ledger::canonical::hex};
use sha2::{Digest, Sha256};

use super::Keys;
use crate::{
    http::{auth::signature::sign, percent},
    outgoing::Destination,
};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// A request, as it is signed.
pub(super) struct Asked<'a> {
    pub(super) method: &'a str,
    /// Encoded.
    pub(super) path: &'a str,
    /// As [`query`] makes it.
    pub(super) query: &'a str,
    /// By names in small letters; `x-amz-date` and `x-amz-content-sha256` among them.
    pub(super) headers: &'a [(&'static str, String)],
}

impl Asked<'_> {
    /// The header that proves who asks.
    pub(super) fn authorization(&self, keys: &Keys, region: &str) -> String {
        let mut headers: Vec<(&str, &str)> = self.headers.iter().map(|(name, value)| (*name, value.trim())).collect();
        headers.sort_unstable();
        let names = headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
        let lines: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        let (at, body) = (self.value("x-amz-date"), self.value("x-amz-content-sha256"));
        let canonical = format!("{}\n{}\n{}\n{lines}\n{names}\n{body}", self.method, self.path, self.query);
        let day = at.get(..8).unwrap_or_default();
        let scope = format!("{day}/{region}/s3/aws4_request");
        let told = format!("{ALGORITHM}\n{at}\n{scope}\n{}", hex(&Sha256::digest(&canonical)));
        let secret = zeroize::Zeroizing::new(format!("AWS4{}", keys.secret.expose()));
        let key = [day, region, "s3", "aws4_request"]
            .iter()
            .fold(secret.as_bytes().to_vec(), |key, word| sign(&key, word).to_vec());
        let signature = hex(&sign(&key, &told));
        format!("{ALGORITHM} Credential={}/{scope},SignedHeaders={names},Signature={signature}", keys.id.expose())
    }

    fn value(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str()).unwrap_or_default()
    }
}

/// A query, in the order and the letters that are signed, which are those that are sent.
pub(super) fn query(pairs: &[(&'static str, String)]) -> String {
    let mut encoded: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{name}={}", percent::encoded(value))).collect();
    encoded.sort_unstable();
    encoded.join("&")
}

/// The host as it stands in the header: with its port, unless that is the usual one.
pub(super) fn host(endpoint: &Destination) -> String {
    let text = endpoint.to_string();
    let (scheme, place) = text.split_once("://").unwrap_or_default();
    let usual = if scheme == "https" { ":443" } else { ":80" };
    place.strip_suffix(usual).unwrap_or(place).to_owned()
}

/// An instant as `20261126T031500Z`.
pub(super) fn instant(at: Timestamp) -> String {
    let whole = Timestamp::from_micros(at.micros().div_euclid(1_000_000) * 1_000_000);
    whole.to_string().replace(['-', ':'], "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{outgoing::Reach, secret::Secret};

    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn signature(method: &str, path: &str, query: &str, more: &[(&'static str, &str)], body: &str) -> String {
        let keys = Keys {
            id: Secret::new("AKIAIOSFODNN7EXAMPLE"),
            secret: Secret::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        };
        let usual = [
            ("host", "examplebucket.s3.amazonaws.com"),
            ("x-amz-date", "20130524T000000Z"),
            ("x-amz-content-sha256", body),
        ];
        let headers: Vec<_> = more.iter().chain(&usual).map(|(name, value)| (*name, (*value).to_owned())).collect();
        let told = Asked { method, path, query, headers: &headers }.authorization(&keys, "us-east-1");
        told.rsplit_once("Signature=").unwrap().1.to_owned()
    }

    /// The four examples of the reference.
    #[test]
    fn it_is_the_signature_of_the_standard() {
        assert_eq!(
            signature("GET", "/test.txt", "", &[("range", "bytes=0-9")], EMPTY),
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
        );
        let put = [("date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")];
        assert_eq!(
            signature(
                "PUT",
                "/test%24file.text",
                "",
                &put,
                "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"
            ),
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
        );
        assert_eq!(
            signature("GET", "/", &query(&[("lifecycle", String::new())]), &[], EMPTY),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"
        );
        assert_eq!(
            signature("GET", "/", &query(&[("prefix", "J".to_owned()), ("max-keys", "2".to_owned())]), &[], EMPTY),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
        );
    }

    #[test]
    fn what_is_signed_is_written_as_it_is_sent() {
        assert_eq!(query(&[("b", "a/b c+ñ~".to_owned()), ("a", String::new())]), "a=&b=a%2Fb%20c%2B%C3%B1~");
        assert_eq!(instant(Timestamp::from_micros(1_369_353_600_999_999)), "20130524T000000Z");
        for (endpoint, shown) in
            [("https://s3.example", "s3.example"), ("http://a:80", "a"), ("http://[::1]:9000", "[::1]:9000")]
        {
            assert_eq!(host(&Destination::parse(endpoint, Reach::Own).unwrap()), shown);
        }
    }
}
