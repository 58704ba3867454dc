use super::*;

fn proxies(trusted: &str, header: ProxyHeader) -> Proxies {
    Proxies { trusted: Networks::parse(trusted).unwrap(), header }
}

fn client(proxies: &Proxies, peer: &str, lines: &[(&str, &str)]) -> (String, bool) {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.append(
            HeaderName::from_bytes(name.as_bytes()).unwrap(),
            HeaderValue::from_bytes(value.as_bytes()).unwrap(),
        );
    }
    let client = proxies.client(SocketAddr::new(peer.parse().unwrap(), 4711), &headers);
    (client.address.to_string(), client.tls_before_proxy)
}

#[test]
fn the_word_of_a_stranger_is_not_taken() {
    for trusted in ["", "10.0.0.0/8"] {
        let proxies = proxies(trusted, ProxyHeader::XForwardedFor);
        let lines = [("x-forwarded-for", "192.0.2.1"), ("x-forwarded-proto", "https"), ("forwarded", "for=192.0.2.2")];
        assert_eq!(client(&proxies, "203.0.113.9", &lines), ("203.0.113.9".to_owned(), false), "{trusted}");
    }
}

#[test]
fn the_right_most_hop_that_is_no_proxy_of_ours_is_the_client() {
    let proxies = proxies("10.0.0.0/8,fd00::/8", ProxyHeader::XForwardedFor);
    for (lines, expected) in [
        (&["192.0.2.1"][..], "192.0.2.1"),
        (&["6.6.6.6, 192.0.2.1"], "192.0.2.1"),
        (&["6.6.6.6, 192.0.2.1, 10.9.9.9"], "192.0.2.1"),
        (&["6.6.6.6", "192.0.2.1", "10.9.9.9, fd00::1"], "192.0.2.1"),
        (&["10.2.2.2, 10.3.3.3"], "10.2.2.2"),
        (&["192.0.2.1:55555"], "192.0.2.1"),
        (&["[2001:db8::7]:443"], "2001:db8::7"),
        (&["2001:db8::7"], "2001:db8::7"),
        (&["::ffff:192.0.2.1"], "192.0.2.1"),
        (&["192.0.2.1, unknown"], "10.1.1.1"),
        (&["192.0.2.1, unknown, 10.4.4.4"], "10.4.4.4"),
        (&["192.0.2.1,"], "10.1.1.1"),
        (&["192.0.2.1", "\u{ff}\u{fe}"], "10.1.1.1"),
        (&[""], "10.1.1.1"),
        (&[], "10.1.1.1"),
    ] {
        let lines: Vec<_> = lines.iter().map(|line| ("x-forwarded-for", *line)).collect();
        assert_eq!(client(&proxies, "10.1.1.1", &lines).0, expected, "{lines:?}");
        assert_eq!(client(&proxies, "::ffff:10.1.1.1", &lines).0, expected, "the proxy's own address may be mapped");
    }
}

#[test]
fn only_the_configured_header_is_read() {
    let both = [("x-forwarded-for", "192.0.2.1"), ("forwarded", "for=192.0.2.2")];
    assert_eq!(client(&proxies("::1", ProxyHeader::XForwardedFor), "::1", &both).0, "192.0.2.1");
    assert_eq!(client(&proxies("::1", ProxyHeader::Forwarded), "::1", &both).0, "192.0.2.2");
    assert_eq!(client(&proxies("::1", ProxyHeader::Forwarded), "::1", &both[..1]).0, "::1");
}

#[test]
fn the_standard_header_is_read_with_its_quotes_and_parameters() {
    let proxies = proxies("10.0.0.0/8", ProxyHeader::Forwarded);
    for (line, expected, tls) in [
        ("for=192.0.2.60;proto=http;by=203.0.113.43", "192.0.2.60", false),
        ("For=\"[2001:db8:cafe::17]:4711\"; Proto=HTTPS", "2001:db8:cafe::17", true),
        ("for=6.6.6.6;proto=https, for=192.0.2.43", "192.0.2.43", false),
        ("for=192.0.2.43;proto=https, for=10.0.0.2", "192.0.2.43", true),
        ("for=_hidden", "10.1.1.1", false),
        ("for=unknown, for=10.0.0.2", "10.0.0.2", false),
        ("proto=https", "10.1.1.1", false),
        ("nonsense", "10.1.1.1", false),
    ] {
        assert_eq!(client(&proxies, "10.1.1.1", &[("forwarded", line)]), (expected.to_owned(), tls), "{line}");
    }
}

#[test]
fn a_chain_without_end_is_read_to_its_bound() {
    let proxies = proxies("10.0.0.0/8", ProxyHeader::XForwardedFor);
    let chain = format!("192.0.2.1, {}", vec!["10.0.0.5"; 10_000].join(", "));
    assert_eq!(client(&proxies, "10.1.1.1", &[("x-forwarded-for", &chain)]).0, "10.0.0.5");
}

#[test]
fn tls_is_what_the_nearest_proxy_says() {
    let proxies = proxies("10.0.0.0/8", ProxyHeader::XForwardedFor);
    for (lines, tls) in [
        (&["https"][..], true),
        (&["HTTPS"], true),
        (&["http"], false),
        (&["https, http"], false),
        (&["http", "https"], true),
        (&[], false),
    ] {
        let lines: Vec<_> = lines.iter().map(|line| ("x-forwarded-proto", *line)).collect();
        assert_eq!(client(&proxies, "10.1.1.1", &lines).1, tls, "{lines:?}");
    }
}
