//! What an answer of a role elsewhere comes to.
//!
//! Invariant: a role is believed to be well only when it answered itself; what stands before it can say that too, of nobody.

use axum::{
    body::Bytes,
    http::{Response, StatusCode, header},
};
use platform::{
    http::{Problem, problem::MEDIA_TYPE},
    outgoing::retry_after,
    retry::Again,
};

use super::{AWAY_FOR, Failed, Peer, SOON};

impl Peer {
    /// What an answer comes to; of one that is not what was asked for, whether the role is well all the same.
    pub(super) fn judged(&self, answer: Response<Bytes>) -> Result<Bytes, (Failed, bool)> {
        let (status, wait) = (answer.status(), retry_after(answer.headers()).unwrap_or(SOON));
        let told = format!("the role {} answered {status} {}", self.0.parts.role, code(answer.body()));
        let later = |problem: Problem| (Failed { problem: problem.log(&told), again: Again::After(wait) }, true);
        match status {
            StatusCode::OK => Ok(answer.into_body()),
            StatusCode::TOO_MANY_REQUESTS => Err(later(Problem::too_many(wait))),
            // A balancer that has nobody to ask says the same in words of its own.
            StatusCode::SERVICE_UNAVAILABLE if is_ours(&answer) => Err(later(Problem::unavailable(wait))),
            StatusCode::CONFLICT => Err((Failed::for_good(Problem::conflict("idempotency_conflict").log(told)), true)),
            StatusCode::PAYLOAD_TOO_LARGE | StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => {
                Err((Failed::for_good(Problem::bug(told)), true))
            }
            status if status.is_server_error() => {
                Err((Failed { problem: self.away(AWAY_FOR).log(told), again: Again::Soon }, false))
            }
            // It does not know us, or is something else than we believe.
            _ => Err((Failed::for_good(self.away(AWAY_FOR).log(told)), false)),
        }
    }
}

/// Whether it is a problem document as ours are.
fn is_ours(answer: &Response<Bytes>) -> bool {
    let media = answer.headers().get(header::CONTENT_TYPE).and_then(|media| media.to_str().ok());
    media == Some(MEDIA_TYPE) && !code(answer.body()).is_empty()
}

/// The stable code of a problem document, for the log.
fn code(body: &[u8]) -> String {
    let document: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    let code = document.as_ref().and_then(|document| document["code"].as_str());
    code.unwrap_or_default().chars().take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_problem_document_with_a_code_is_a_role_s_own() {
        for (media, body, ours) in [
            (MEDIA_TYPE, r#"{"code":"unavailable"}"#, true),
            (MEDIA_TYPE, r#"{"title":"unavailable"}"#, false),
            (MEDIA_TYPE, "", false),
            ("application/json", r#"{"code":"unavailable"}"#, false),
            ("text/html", "<html><body><h1>503 Service Unavailable</h1></body></html>", false),
        ] {
            let answer =
                Response::builder().header(header::CONTENT_TYPE, media).body(Bytes::from_static(body.as_bytes()));
            assert_eq!(is_ours(&answer.unwrap()), ours, "{media} {body}");
        }
        assert!(!is_ours(&Response::new(Bytes::from_static(br#"{"code":"unavailable"}"#))));
    }
}
