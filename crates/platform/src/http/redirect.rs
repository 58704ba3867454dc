//! Sends whoever asks in the clear to the same address over TLS.
//!
//! Invariant: nothing is done and nothing is read but the address asked for; where it leads is a name we go by (the shell has looked), so
//! that nobody can be sent elsewhere through us.

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::problem::Problem;
use crate::config::host_name;

/// The port over which TLS is spoken where an address names none.
const USUAL_PORT: u16 = 443;

/// Answers every request with where to ask instead: the same name and path, over TLS on `port`.
pub fn router(port: u16) -> Router {
    Router::new().fallback(redirect).with_state(port)
}

async fn redirect(State(port): State<u16>, request: Request) -> Response {
    match location(&request, port) {
        // A changed method would lose what was sent; a browser keeps the first for ever, and need not ask in the clear again.
        Some(location) if *request.method() == Method::GET || *request.method() == Method::HEAD => {
            (StatusCode::MOVED_PERMANENTLY, [(header::LOCATION, location)]).into_response()
        }
        Some(location) => (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, location)]).into_response(),
        None => Problem::malformed("bad_request").into_response(),
    }
}

fn location(request: &Request, port: u16) -> Option<HeaderValue> {
    let given = request.headers().get(header::HOST)?.to_str().ok()?;
    let name = host_name(given)?;
    let name = if name.contains(':') { format!("[{name}]") } else { name.to_owned() };
    let fit = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':' | b'[' | b']'));
    let port = if port == USUAL_PORT { String::new() } else { format!(":{port}") };
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    // `//evil.example` after a name is a path; `*` (OPTIONS) is none.
    let path = if path.starts_with('/') { path } else { "/" };
    HeaderValue::from_str(&format!("https://{name}{port}{path}")).ok().filter(|_| fit)
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use tower::ServiceExt;

    use super::*;

    async fn ask(port: u16, method: &str, host: Option<&str>, path: &str) -> (u16, Option<String>) {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(host) = host {
            request = request.header(header::HOST, host);
        }
        let response = router(port).oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let location = response.headers().get(header::LOCATION).map(|location| location.to_str().unwrap().to_owned());
        (response.status().as_u16(), location)
    }

    #[tokio::test]
    async fn the_same_is_asked_for_over_tls() {
        for (port, method, host, path, status, expected) in [
            (443, "GET", "shop.example", "/a?b=c", 301, "https://shop.example/a?b=c"),
            (443, "HEAD", "shop.example:80", "/", 301, "https://shop.example/"),
            (8443, "GET", "shop.example:8080", "/", 301, "https://shop.example:8443/"),
            (443, "POST", "shop.example", "/api/v1/postings", 307, "https://shop.example/api/v1/postings"),
            (443, "GET", "[2001:db8::7]:80", "/", 301, "https://[2001:db8::7]/"),
            (443, "GET", "192.0.2.7", "//evil.example/x", 301, "https://192.0.2.7//evil.example/x"),
        ] {
            assert_eq!(ask(port, method, Some(host), path).await, (status, Some(expected.to_owned())), "{host} {path}");
        }
    }

    #[tokio::test]
    async fn who_names_no_host_is_sent_nowhere() {
        for host in [None, Some(""), Some("a b"), Some("a@b"), Some("evil.example/x"), Some("a:x")] {
            assert_eq!(ask(443, "GET", host, "/").await, (400, None), "{host:?}");
        }
    }
}
