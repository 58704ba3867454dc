use super::*;
use crate::metrics::text;

fn page(metrics: &HttpMetrics) -> String {
    let mut registry = Registry::default();
    metrics.register(&mut registry);
    text::of(&registry).unwrap()
}

#[test]
fn requests_are_counted_by_template_method_and_class() {
    let metrics = HttpMetrics::default();
    let ms = Duration::from_millis;
    metrics.note(&Method::GET, Some("/item/{n}"), StatusCode::OK, ms(2));
    metrics.note(&Method::GET, Some("/item/{n}"), StatusCode::CREATED, ms(20));
    metrics.note(&Method::POST, Some("/item/{n}"), StatusCode::BAD_GATEWAY, ms(2));
    metrics.note(&Method::from_bytes(b"BREW").unwrap(), None, StatusCode::NOT_FOUND, ms(1));
    let text = page(&metrics);
    for line in [
        r#"http_server_request_duration_seconds_count{route="/item/{n}",method="GET",status="2xx"} 2"#,
        r#"http_server_request_duration_seconds_sum{route="/item/{n}",method="GET",status="2xx"} 0.022"#,
        r#"http_server_request_duration_seconds_bucket{le="0.0025",route="/item/{n}",method="GET",status="2xx"} 1"#,
        r#"http_server_request_duration_seconds_bucket{le="+Inf",route="/item/{n}",method="GET",status="2xx"} 2"#,
        r#"http_server_request_duration_seconds_count{route="unmatched",method="other",status="4xx"} 1"#,
        r#"http_server_responses_total{code="200"} 1"#,
        r#"http_server_responses_total{code="201"} 1"#,
        r#"http_server_responses_total{code="404"} 1"#,
        r#"http_server_responses_total{code="502"} 1"#,
        "dashboard_requests_total 4",
        "dashboard_errors_total 1",
        r#"dashboard_requests_by_path_total{path="/item/{n}"} 3"#,
        r#"dashboard_errors_by_path_total{path="/item/{n}"} 1"#,
        r#"dashboard_request_duration_ms_sum{path="/item/{n}"} 24.0"#,
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    assert!(text.contains("\ndashboard_request_duration_ms_p95 "), "{text}");
}

#[test]
fn odd_statuses_have_a_place_too() {
    let metrics = HttpMetrics::default();
    metrics.note(&Method::GET, Some("/"), StatusCode::from_u16(999).unwrap(), Duration::ZERO);
    metrics.note(&Method::GET, Some("/"), StatusCode::CONTINUE, Duration::ZERO);
    let text = page(&metrics);
    for line in ["dashboard_requests_total 2\n", "{code=\"100\"} 1\n", "{code=\"999\"} 1\n"] {
        assert!(text.contains(line), "{text}");
    }
}
