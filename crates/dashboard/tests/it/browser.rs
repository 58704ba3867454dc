//! The pages in a real browser, at the sizes of a phone, a tablet and a desk.
//!
//! With `GONDOLA_SCREENSHOTS` naming a folder, pictures are left there to be looked at.

use std::{net::SocketAddr, path::PathBuf};

use anyhow::{Context, Result, ensure};
use domain::{Unit, ledger::PostingKind};
use testkit::browser::Browser;

use crate::shop::{Shop, bought, sold};

const WIDTHS: [u32; 3] = [360, 768, 1440];
/// Between them the panels change places: the full page is looked at there too.
const BETWEEN: [u32; 4] = [1024, 1200, 1280, 1366];

/// Serves the pages on a free port for as long as the test runs.
async fn serve(shop: &Shop) -> Result<SocketAddr> {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let pages = shop.pages.clone();
    tokio::spawn(async move { axum::serve(listener, pages).await });
    Ok(address)
}

fn keep(browser: &mut Browser, name: &str) -> Result<()> {
    let Some(folder) = std::env::var_os("GONDOLA_SCREENSHOTS").map(PathBuf::from) else { return Ok(()) };
    browser.screenshot(&folder.join(format!("{name}.png")))
}

/// Fails when something is wider than the page, a control is too small for a finger, or the script complains.
fn fits(browser: &mut Browser, name: &str) -> Result<()> {
    let overflow = browser.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")?;
    let wide = "[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth)
        .map(e => e.outerHTML.slice(0, 80))";
    ensure!(overflow == 0, "{name} is {overflow} px too wide: {}", browser.evaluate(wide)?);
    let spilled = "[...document.querySelectorAll('.panel *, .card *, .sites *')]
        .filter(e => !e.closest('.vh, thead') && e.getBoundingClientRect().right > e.closest('.panel, .card, .sites').getBoundingClientRect().right + 0.5)
        .map(e => e.outerHTML.slice(0, 80))";
    let spilled = browser.evaluate(spilled)?;
    ensure!(spilled.as_array().is_some_and(Vec::is_empty), "{name}: out of its panel: {spilled}");
    let small = "[...document.querySelectorAll('main a, main button, main select, main input:not([type=hidden])')]
        .filter(e => e.getClientRects().length && Math.min(e.getBoundingClientRect().width, e.getBoundingClientRect().height) < 24)
        .map(e => e.outerHTML.slice(0, 80))";
    let small = browser.evaluate(small)?;
    ensure!(small.as_array().is_some_and(Vec::is_empty), "{name}: too small to touch: {small}");
    Ok(())
}

/// Every text stands out from its ground by 4.5 to 1 (WCAG 2.2, 1.4.3).
const CONTRAST: &str = r"(() => {
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const rgba = text => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = text; canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data]; };
    const light = c => [0.2126, 0.7152, 0.0722].reduce((sum, share, i) => { const v = c[i] / 255; return sum + share * (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); }, 0);
    const ground = e => { for (; e; e = e.parentElement) { const c = rgba(getComputedStyle(e).backgroundColor); if (c[3] > 0) return c; } return [255, 255, 255, 255]; };
    const faint = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const e = walker.currentNode.parentElement;
        if (!walker.currentNode.data.trim() || !e.getClientRects().length || e.closest('.vh, script, option')) continue;
        const [a, b] = [light(rgba(getComputedStyle(e).color)), light(ground(e))];
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (ratio < 4.5) faint.push(`${ratio.toFixed(2)} ${e.className} ${walker.currentNode.data.trim().slice(0, 30)}`);
    }
    return [...new Set(faint)];
})()";

fn look(browser: &mut Browser, url: &str, name: &str) -> Result<()> {
    look_at(browser, url, name, &WIDTHS)
}

fn look_at(browser: &mut Browser, url: &str, name: &str, widths: &[u32]) -> Result<()> {
    for &width in widths {
        let name = format!("{name}-{width}");
        browser.viewport(width, if width < 600 { 780 } else { 900 })?;
        browser.open(url)?;
        fits(browser, &name)?;
        for dark in [true, false] {
            browser.dark(dark)?;
            let faint = browser.evaluate(CONTRAST)?;
            ensure!(faint.as_array().is_some_and(Vec::is_empty), "{name}, dark {dark}: too faint: {faint}");
        }
        let height = browser.evaluate("Math.min(document.documentElement.scrollHeight, 4000)")?.as_u64().unwrap_or(900);
        browser.viewport(width, u32::try_from(height)?)?;
        keep(browser, &name)?;
        browser.dark(true)?;
        keep(browser, &format!("{name}-dark"))?;
        browser.dark(false)?;
    }
    Ok(())
}

/// Sixty products of every level over three sites, and a day of sales.
async fn furnish(shop: &Shop) -> Result<()> {
    for (code, name) in [("centro", "Centro"), ("norte", "Barrio Norte"), ("deposito", "Depósito Parque Patricios")] {
        shop.open(code, name).await?;
    }
    let names = [
        "Aceite de girasol Cocinero 900 ml",
        "Yerba mate Playadito suave 1 kg",
        "Galletitas Criollitas 300 g",
        "Jabón en polvo Ala matic 3 kg",
        "Leche entera La Serenísima sachet 1 l",
        "Ñoquis de papa frescos",
        "Queso cremoso",
    ];
    for number in 0..60_usize {
        let unit = if number % 7 > 4 { Unit::Kilogram } else { Unit::Piece };
        let name = format!("{} {}", names[number % 7], number / 7 + 1);
        shop.add(&format!("ALM-{number:06}"), &name, unit, if number % 4 == 0 { 0 } else { 12 }).await?;
    }
    for (id, site) in (1_u128..).zip(["centro", "norte", "deposito"]) {
        let amount =
            |number: usize| i64::try_from(number % 25).unwrap_or(0) * 1000 + 1500 * i64::from(number % 7 > 4) + 1000;
        let lines = (0..60).map(|number| bought(&format!("ALM-{number:06}"), amount(number), 123_456)).collect();
        shop.post(id, site, PostingKind::Receipt, lines).await?;
    }
    for number in 0..25_usize {
        let lines = vec![
            sold(&format!("ALM-{number:06}"), 1000, 23_500),
            sold(&format!("ALM-{:06}", number + 25), 1000, 18_900),
        ];
        shop.post(100 + number as u128, "centro", PostingKind::Sale, lines).await?;
    }
    shop.post(
        200,
        "norte",
        PostingKind::Waste,
        vec![bought("ALM-000005", 500, 0)]
            .into_iter()
            .map(|line| domain::ledger::LineDraft { line_cost: None, ..line })
            .collect(),
    )
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_fits_every_screen() -> Result<()> {
    let shop = Shop::sqlite().await?;
    let address = serve(&shop).await?;
    let home = format!("http://{address}/");
    let mut browser = Browser::start()?;
    look(&mut browser, &format!("{home}entrar"), "enter")?;
    browser.headers(&[("X-API-Key", &shop.key)])?;
    look(&mut browser, &home, "nothing")?;
    shop.furnish().await?;
    look(&mut browser, &home, "little")?;
    let full = Shop::sqlite().await?;
    furnish(&full).await?;
    let home = format!("http://{}/", serve(&full).await?);
    look(&mut browser, &home, "some")?;
    look_at(&mut browser, &home, "some", &BETWEEN)?;
    look(&mut browser, &format!("{home}?lang=en&level=critical&site=centro"), "filtered")?;
    full.db.close().await;
    look(&mut browser, &home, "down")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_search_answers_while_one_types() -> Result<()> {
    let shop = Shop::sqlite().await?;
    shop.furnish().await?;
    let home = format!("http://{}/", serve(&shop).await?);
    let mut browser = Browser::start()?;
    browser.headers(&[("X-API-Key", &shop.key)])?;
    browser.open(&home)?;
    browser.evaluate("document.body.dispatchEvent(new KeyboardEvent('keydown', { key: '/', bubbles: true }))")?;
    ensure!(browser.evaluate("document.activeElement.id")? == "q", "the key / goes to the search box");
    let typed = "new Promise(done => {
        setTimeout(() => done(`nothing after a while: ${location} ${document.body.innerText}`), 8000);
        new MutationObserver((_, observer) => { observer.disconnect(); setTimeout(() => done(document.getElementById('results').innerText), 0); })
            .observe(document.getElementById('found'), { childList: true });
        const box = document.getElementById('q');
        box.value = 'noqui';
        box.dispatchEvent(new Event('input'));
    })";
    let found = browser.evaluate(typed)?;
    let found = found.as_str().context("the results are text")?;
    ensure!(found.contains("Ñoquis de papa") && !found.contains("Yerba"), "{found}");
    ensure!(browser.evaluate("location.search")? == "?q=noqui");
    ensure!(browser.evaluate("document.getElementById('found').textContent")? == "1 producto");
    Ok(())
}

/// Fills a form in and sends it, as a person does.
fn fill(browser: &mut Browser, fields: &[(&str, &str)], button: &str) -> Result<()> {
    for (name, value) in fields {
        let value = value.replace('\'', "");
        browser.evaluate(&format!("document.querySelector('[name={name}]').value = '{value}'"))?;
    }
    browser.evaluate_and_load(&format!("document.querySelector('{button}').click()"))
}

/// Somebody's whole way in, in a browser that keeps cookies as browsers do, over the plain connection of this machine.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_comes_in_and_looks_after_accounts() -> Result<()> {
    let shop = Shop::sqlite().await?;
    furnish(&shop).await?;
    let made = shop.add_person("beto", access::Role::Owner, &[]).await?;
    shop.add_person("carolina", access::Role::StockKeeper, &["centro", "norte"]).await?;
    shop.add_person("maximiliano.fernandez", access::Role::Accountant, &[]).await?;
    let home = format!("http://{}/", serve(&shop).await?);
    let mut browser = Browser::start()?;
    browser.open(&home)?;
    ensure!(browser.evaluate("location.pathname")? == "/entrar");
    fill(&mut browser, &[("login", "beto"), ("password", "otra cosa")], "main form button")?;
    ensure!(browser.text()?.contains("no abren"), "{}", browser.text()?);
    fill(&mut browser, &[("login", "beto"), ("password", made.expose())], "main form button")?;
    ensure!(browser.evaluate("location.pathname")? == "/cuenta/clave", "{}", browser.text()?);
    ensure!(browser.evaluate("document.cookie")? == "", "scripts cannot read the session");
    look(&mut browser, &format!("{home}cuenta/clave"), "password-given")?;
    let (new, other) = ("perro verde sin cola", "otra distinta");
    fill(&mut browser, &[("new_password", new), ("again", other)], "main form button")?;
    ensure!(browser.text()?.contains("No es igual"));
    fill(&mut browser, &[("new_password", new), ("again", new)], "main form button")?;
    ensure!(browser.evaluate("location.pathname")? == "/cuenta", "{}", browser.text()?);
    look(&mut browser, &format!("{home}cuenta"), "account")?;
    look(&mut browser, &format!("{home}cuenta/clave"), "password")?;
    look(&mut browser, &format!("{home}cuenta/codigo"), "factor-none")?;
    fill(&mut browser, &[("current_password", "otra cosa")], "[value=begin]")?;
    ensure!(browser.text()?.contains("No es tu contraseña actual"), "{}", browser.text()?);
    fill(&mut browser, &[("current_password", new)], "[value=begin]")?;
    look(&mut browser, &format!("{home}cuenta/codigo"), "factor-offered")?;
    let spelled = browser.evaluate("document.querySelector('.steps pre').innerText")?;
    let shared = crate::people::shared_of(spelled.as_str().context("a secret")?.trim())?;
    let code = shared.code(access::totp::step_at(crate::shop::NOW));
    fill(&mut browser, &[("code", &code)], "[value=confirm]")?;
    fits(&mut browser, "factor-told")?;
    keep(&mut browser, "factor-told")?;
    ensure!(browser.evaluate("document.querySelectorAll('.codes li').length")? == 10);
    look(&mut browser, &format!("{home}cuenta/codigo"), "factor-there")?;
    look(&mut browser, &format!("{home}personas"), "people")?;
    look(&mut browser, &format!("{home}personas/nueva?lang=en"), "person-new")?;
    look(&mut browser, &format!("{home}personas/carolina?lang=es"), "person-edit")?;
    browser.open(&format!("{home}personas/nueva"))?;
    fill(&mut browser, &[("login", "con espacio"), ("name", "Nueva"), ("email", "")], "main form button")?;
    keep(&mut browser, "person-wrong")?;
    ensure!(browser.evaluate("document.querySelectorAll('.fault').length")?.as_u64() >= Some(2));
    browser.evaluate("document.querySelector('[name=every_site]').checked = true")?;
    fill(&mut browser, &[("login", "nueva")], "main form button")?;
    fits(&mut browser, "person-made")?;
    keep(&mut browser, "person-made")?;
    browser.evaluate_and_load("document.querySelector('.top form button').click()")?;
    ensure!(browser.evaluate("location.pathname")? == "/entrar");
    fill(&mut browser, &[("login", "beto"), ("password", new)], "main form button")?;
    look(&mut browser, &format!("{home}entrar/codigo"), "code")?;
    let code = shared.code(access::totp::step_at(crate::shop::NOW) + 1);
    fill(&mut browser, &[("code", &code)], "main form button")?;
    ensure!(browser.evaluate("location.pathname")? == "/", "{}", browser.text()?);
    Ok(())
}
