//! Requests nobody should send.
//!
//! Invariant: each is answered in time with a problem that blames the request; the server goes on, and its ledger verifies.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;
use testkit::Result;

use crate::shop::{HANG, Shop, add_product, id, is_refusal, on_hand, post_ok, posting};

/// A posting with one line, whose quantity is this piece of JSON.
fn with_quantity(quantity: &str) -> String {
    let id = id(77);
    format!(
        r#"{{"postings":[{{"id":"{id}","kind":"sale","site":"centro","lines":[{{"sku":"A","quantity":{quantity}}}]}}]}}"#
    )
}

/// Bodies that are wrong, each with the status it earns.
fn bodies() -> Vec<(&'static str, u16, Vec<u8>)> {
    let id = id(77);
    let line = r#"{"sku":"A","quantity":1}"#;
    let with = |fields: &str| {
        format!(r#"{{"postings":[{{"id":"{id}","kind":"sale","site":"centro",{fields}}}]}}"#).into_bytes()
    };
    let quantity = |text: &str| with_quantity(text).into_bytes();
    vec![
        ("nothing", 400, Vec::new()),
        ("not JSON", 400, b"hola".to_vec()),
        ("cut short", 400, br#"{"postings":[{"#.to_vec()),
        ("two documents", 400, b"{} {}".to_vec()),
        ("a list", 422, b"[]".to_vec()),
        ("a number", 422, b"7".to_vec()),
        ("null", 422, b"null".to_vec()),
        ("no postings", 422, b"{}".to_vec()),
        ("postings of another type", 422, br#"{"postings":"x"}"#.to_vec()),
        ("postings of nothing", 422, br#"{"postings":[]}"#.to_vec()),
        ("a posting that is none", 422, br#"{"postings":[null]}"#.to_vec()),
        ("NaN", 400, quantity("NaN")),
        ("infinity", 400, quantity("Infinity")),
        ("NaN as text", 422, quantity(r#""NaN""#)),
        ("10^30", 422, quantity("1e30")),
        ("10^30 written out", 422, quantity("1000000000000000000000000000000")),
        ("an exponent past all bounds", 422, quantity("1e999999999")),
        ("a negative quantity", 422, quantity("-1")),
        ("zero", 422, quantity("0")),
        ("four decimals", 422, quantity("0.0001")),
        ("a boolean", 422, quantity("true")),
        ("an object", 422, quantity("{}")),
        ("a quantity in Arabic digits", 422, quantity(r#""٣""#)),
        ("an unknown field", 422, with(&format!(r#""colour":"red","lines":[{line}]"#))),
        ("a field given twice", 422, with(&format!(r#""note":"a","note":"b","lines":[{line}]"#))),
        ("lines of another type", 422, with(r#""lines":{}"#)),
        ("no lines", 422, with(r#""lines":[]"#)),
        ("a note with a NUL", 422, with(&format!(r#""note":"a\u0000b","lines":[{line}]"#))),
        ("half a surrogate pair", 400, with(&format!(r#""note":"\ud800","lines":[{line}]"#))),
        ("an instant that is none", 422, with(&format!(r#""effective_at":"ayer","lines":[{line}]"#))),
        (
            "an instant past all bounds",
            422,
            with(&format!(r#""effective_at":"+999999-12-31T00:00:00Z","lines":[{line}]"#)),
        ),
        ("bad UTF-8", 400, b"{\"postings\":\"\xff\xfe\"}".to_vec()),
        ("UTF-16", 400, b"\xff\xfe{\0}\0".to_vec()),
        ("deep lists", 400, [vec![b'['; 100_000], vec![b']'; 100_000]].concat()),
        ("deep objects", 400, br#"{"a":"#.repeat(50_000)),
        ("11 MB", 413, vec![b' '; 11 * 1024 * 1024]),
    ]
}

#[test]
fn wrong_bodies_are_refused_with_a_problem() -> Result<()> {
    let shop = Shop::on_sqlite()?;
    let server = shop.serve()?;
    let mut client = server.client(&shop.key).patience(HANG);
    add_product(&mut client, "A", "kg")?;
    post_ok(&mut client, &posting(1, "receipt", &json!([{"sku": "A", "quantity": "10", "unit_cost": "10"}])))?;
    for (what, status, body) in bodies() {
        let answer = client.post_raw("/api/v1/postings", &body)?;
        is_refusal(what, &answer);
        assert_eq!(answer.status, status, "{what}: {}", answer.text());
    }
    assert_eq!(on_hand(&mut client, "A")?, "10");
    shop.verify().map(drop)
}

#[test]
fn all_mistakes_of_a_request_are_told_at_once() -> Result<()> {
    let shop = Shop::on_sqlite()?;
    let server = shop.serve()?;
    let mut client = server.client(&shop.key);
    let lines = json!([{"sku": "", "quantity": "-1"}, {"quantity": "uno", "colour": "red"}]);
    let answer =
        client.post("/api/v1/postings", &json!({"postings": [{"id": "x", "kind": "gift", "lines": lines}]}))?;
    is_refusal("mistakes", &answer);
    let errors = answer.json()?["errors"].clone();
    let named =
        |field: &str| errors.as_array().is_some_and(|errors| errors.iter().any(|error| error["field"] == field));
    for field in [
        "id",
        "kind",
        "site",
        "lines[0].sku",
        "lines[0].quantity",
        "lines[1].sku",
        "lines[1].quantity",
        "lines[1].colour",
    ] {
        assert!(named(&format!("postings[0].{field}")), "{field} is not named: {errors}");
    }
    Ok(())
}

#[test]
fn one_tenth_is_one_tenth() -> Result<()> {
    let shop = Shop::on_sqlite()?;
    let server = shop.serve()?;
    let mut client = server.client(&shop.key);
    add_product(&mut client, "A", "kg")?;
    post_ok(&mut client, &posting(1, "receipt", &json!([{"sku": "A", "quantity": "1", "unit_cost": "10"}])))?;
    for number in 10..20 {
        let body = with_quantity("0.1").replace(&id(77), &id(number));
        assert_eq!(client.post_raw("/api/v1/postings", body.as_bytes())?.status, 201);
    }
    assert_eq!(on_hand(&mut client, "A")?, "0");
    let once_more = client.post_raw("/api/v1/postings", with_quantity("0.001").as_bytes())?;
    assert_eq!(once_more.problem_code(), "insufficient_stock");
    Ok(())
}

#[test]
fn odd_requests_are_refused_with_a_problem() -> Result<()> {
    let shop = Shop::on_sqlite()?;
    let server = shop.serve()?;
    let mut client = server.client(&shop.key).patience(HANG);
    let requests: &[(&str, &str, u16)] = &[
        ("GET", "/nowhere", 404),
        ("DELETE", "/api/v1/postings", 405),
        ("GET", "/api/v1/postings/not-a-uuid", 404),
        ("GET", "/api/v1/products/nothing", 404),
        ("GET", "/api/v1/products?colour=red", 422),
        ("GET", "/api/v1/products?limit=0", 422),
        ("GET", "/api/v1/products?limit=501", 422),
        ("GET", "/api/v1/products?limit=99999999999999999999", 422),
        ("GET", "/api/v1/products?cursor=%FF%FE", 400),
        ("GET", "/api/v1/products?cursor=abc", 422),
        ("GET", "/api/v1/stock?as_of=2026-02-30", 422),
        ("GET", "/api/v1/products/%00", 404),
        ("GET", "/api/v1/products/..%2F..%2Fetc%2Fpasswd", 404),
        ("GET", "/api/v1/products/'%20OR%201=1--", 404),
    ];
    for (method, path, status) in requests {
        let answer = client.send(method, path, &[], b"")?;
        is_refusal(path, &answer);
        assert_eq!(answer.status, *status, "{path}: {}", answer.text());
    }
    let plain = client.send("POST", "/api/v1/products", &[("Content-Type", "text/plain")], b"{}")?;
    assert_eq!(plain.status, 415, "{}", plain.text());
    Ok(())
}

#[test]
fn bulk_requests_may_be_as_large_as_the_settings_say() -> Result<()> {
    let mut shop = Shop::on_sqlite()?;
    shop.installation = shop.installation.with("GONDOLA_BULK_BODY_LIMIT_BYTES", "2000000");
    let server = shop.serve()?;
    let mut client = server.client(&shop.key).patience(HANG);
    let spaces = |count| [vec![b' '; count], b"{}".to_vec()].concat();
    let form = |count: usize| {
        let head = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n";
        [head.as_bytes(), &vec![b' '; count], b"\r\n--x--\r\n"].concat()
    };
    let mut import = |count| {
        client.send("POST", "/api/v1/imports", &[("Content-Type", "multipart/form-data; boundary=x")], &form(count))
    };
    for (count, status) in [(1_900_000, 422), (2_000_100, 413)] {
        let answer = import(count)?;
        assert_eq!(answer.status, status, "{}", answer.text());
    }
    let refused = import(2_000_100)?;
    assert!(refused.text().contains("2000000"), "{}", refused.text());
    for (path, count, status) in [
        ("/api/v1/postings", 1_900_000, 422),
        ("/api/v1/postings", 2_000_100, 413),
        ("/api/v1/products", 1_900_000, 413),
    ] {
        let answer = client.post_raw(path, &spaces(count))?;
        assert_eq!(answer.status, status, "{path} {count}: {}", answer.text());
    }
    Ok(())
}

#[test]
fn without_a_good_key_nobody_is_let_in() -> Result<()> {
    let shop = Shop::on_sqlite()?;
    let server = shop.serve()?;
    let cut = &shop.key[..shop.key.len() - 1];
    for key in ["", "gk_", "gk_a_b", "' OR '1'='1", cut, &format!("{}x", shop.key)] {
        let answer = server.client(key).get("/api/v1/products")?;
        is_refusal(key, &answer);
        assert_eq!(answer.status, 401, "{key}");
    }
    assert_eq!(server.client(&shop.key).get("/api/v1/products")?.status, 200);
    Ok(())
}

#[test]
fn a_client_that_stops_in_the_middle_of_a_request_is_let_go() -> Result<()> {
    let mut shop = Shop::on_sqlite()?;
    shop.installation = shop.installation.with("GONDOLA_REQUEST_TIMEOUT_S", "1");
    let server = shop.serve()?;
    let mut stream = TcpStream::connect(server.address())?;
    stream.set_read_timeout(Some(HANG))?;
    let head = format!(
        "POST /api/v1/postings HTTP/1.1\r\nHost: {}\r\nX-API-Key: {}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{{",
        server.address(),
        shop.key
    );
    stream.write_all(head.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    anyhow::ensure!(answer.starts_with("HTTP/1.1 408 ") && answer.contains(r#""code":"slow_body""#), "{answer}");
    let others = server.client(&shop.key).patience(Duration::from_secs(5)).get("/api/v1/products")?;
    assert_eq!(others.status, 200);
    Ok(())
}

#[test]
fn a_table_taken_out_arrives_whole_in_every_compression() -> Result<()> {
    let shop = Shop::on_sqlite()?;
    let server = shop.serve()?;
    let mut client = server.client(&shop.key).patience(HANG);
    add_product(&mut client, "A", "kg")?;
    for encoding in ["identity", "gzip", "br", "zstd"] {
        let answer = client.send("GET", "/api/v1/exports/products.csv", &[("Accept-Encoding", encoding)], b"")?;
        assert_eq!(answer.status, 200, "{encoding}");
        assert!(!answer.body.is_empty(), "{encoding}");
    }
    assert!(!server.log().contains("panic"), "{}", server.log());
    Ok(())
}
