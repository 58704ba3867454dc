//! The first page, in a real browser.
//!
//! Invariant: what the page shows is what was posted; at no width does it need to be scrolled sideways, and it asks nobody else for anything.

use anyhow::ensure;
use serde_json::{Value, json};
use testkit::Result;
use testkit::browser::Browser;
use testkit::process::wait_until;

use crate::shop::{HANG, Shop, post_ok, posting};

fn stocked() -> Result<(Shop, testkit::binary::Running)> {
    let shop = Shop::on_sqlite()?;
    let server = shop.serve()?;
    let mut client = server.client(&shop.key);
    let products = [
        json!({"sku": "YER-1", "name": "Yerba mate con palo 1 kg", "unit": "unit", "minimum": "10", "price": "3500"}),
        json!({"sku": "BAN-1", "name": "Banana Ecuador", "unit": "kg", "minimum": "5", "price": "1900"}),
        json!({"sku": "LEC-1", "name": "Leche entera 1 l", "unit": "unit", "minimum": "24", "price": "1450"}),
    ];
    for product in products {
        assert_eq!(client.post("/api/v1/products", &product)?.status, 201);
    }
    let lines = json!([{"sku": "YER-1", "quantity": "46", "unit_cost": "2000"}, {"sku": "BAN-1", "quantity": "3.250", "unit_cost": "900"}]);
    post_ok(&mut client, &posting(1, "receipt", &lines))?;
    post_ok(&mut client, &posting(2, "sale", &json!([{"sku": "YER-1", "quantity": "4", "unit_price": "3500"}])))?;
    Ok((shop, server))
}

const PASSWORD: &str = "gato azul con botas";

/// Opens the page as a person does: types user and password and sends the form.
fn enter(browser: &mut Browser, address: &str, password: &str) -> Result<()> {
    browser.open(&format!("http://{address}/entrar"))?;
    let password = Value::from(password);
    browser.evaluate_and_load(&format!(
        "(() => {{ const field = document.querySelector('[name=password]'); field.value = {password};
         document.querySelector('[name=login]').value = 'ana'; field.form.requestSubmit(); }})()"
    ))
}

#[test]
fn the_first_page_shows_real_rows_on_a_phone_a_tablet_and_a_desk() -> Result<()> {
    let (shop, server) = stocked()?;
    crate::people::add_person(&shop.installation, &server, "ana", "cashier", PASSWORD)?;
    let mut browser = Browser::start()?;
    enter(&mut browser, server.address(), PASSWORD)?;
    for width in [360, 768, 1440] {
        browser.viewport(width, 900)?;
        browser.open(&format!("http://{}/", server.address()))?;
        let text = browser.text()?;
        for expected in ["Yerba mate con palo 1 kg", "Banana Ecuador", "Leche entera 1 l", "42", "3,25"] {
            assert!(text.contains(expected), "{expected:?} is not on the page at {width}: {text}");
        }
        let too_wide =
            browser.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")?;
        assert_eq!(too_wide, 0, "at {width} the page is too wide");
        let foreign =
            "performance.getEntriesByType('resource').filter(entry => !entry.name.startsWith(location.origin)).length";
        assert_eq!(browser.evaluate(foreign)?, 0);
        browser.screenshot(&std::env::temp_dir().join(format!("gondola-home-{width}.png")))?;
    }
    Ok(())
}

#[test]
fn the_first_page_tells_nothing_to_a_stranger() -> Result<()> {
    let (shop, server) = stocked()?;
    crate::people::add_person(&shop.installation, &server, "ana", "cashier", PASSWORD)?;
    let mut browser = Browser::start()?;
    browser.open(&format!("http://{}/", server.address()))?;
    assert!(!browser.text()?.contains("Yerba"));
    assert_eq!(browser.evaluate("location.pathname")?, "/entrar");
    enter(&mut browser, server.address(), "otra cosa distinta")?;
    assert!(!browser.text()?.contains("Yerba"));
    Ok(())
}

#[test]
fn the_apis_page_shows_its_routes_and_nobody_elses_sign() -> Result<()> {
    let (shop, server) = stocked()?;
    crate::people::add_person(&shop.installation, &server, "ana", "manager", PASSWORD)?;
    let mut browser = Browser::start()?;
    enter(&mut browser, server.address(), PASSWORD)?;
    browser.open(&format!("http://{}/docs/", server.address()))?;
    let routes = "document.querySelectorAll('.opblock').length > 50";
    ensure!(wait_until(HANG, || browser.evaluate(routes).is_ok_and(|shown| shown == true)), "{}", browser.html()?);
    ensure!(browser.text()?.contains("gondola"), "{}", browser.text()?);
    ensure!(browser.evaluate("document.querySelectorAll('.topbar').length")? == 0, "the bar on top is not ours");
    Ok(())
}
