//! The first page, with nothing, a little, and hostile names.

use anyhow::{Result, ensure};
use domain::{Unit, ledger::PostingKind};

use crate::shop::{Answer, Shop, bought};

both! {
    an_empty_shop_is_told_how_to_begin
    a_shop_sees_its_stock_its_levels_and_its_day
    the_other_language_is_complete
    filters_and_search_narrow_the_table
    pages_follow_each_other_and_stay_small
    names_from_outside_stay_text
    an_address_that_asks_for_nonsense_is_answered
    a_warehouse_that_is_away_is_told_in_plain_words_and_hides_nothing
}

/// Fails when a text is missing, anything is inline, or the page is too large for a first visit.
fn is_sound(page: &Answer) -> Result<()> {
    ensure!(page.status == 200, "{} {}", page.status, page.text);
    for forbidden in ["ui-", "style=", "<style", "onclick", "javascript:", "http://", "https://"] {
        ensure!(!page.text.contains(forbidden), "{forbidden} is on the page");
    }
    ensure!(page.text.matches("<script").count() == page.text.matches("<script src=\"/assets/").count());
    ensure!(page.text.len() < 100_000, "{} bytes", page.text.len());
    ensure!(page.header("content-security-policy").starts_with("default-src 'self';"));
    ensure!(page.header("cache-control") == "no-store");
    let labels = page.text.matches("<label").count();
    let fields = page.text.matches("<input").count() + page.text.matches("<select").count()
        - page.text.matches("type=\"hidden\"").count();
    ensure!(labels == fields, "{labels} labels for {fields} fields");
    Ok(())
}

async fn an_empty_shop_is_told_how_to_begin(shop: Shop) -> Result<()> {
    let page = shop.page("/").await?;
    is_sound(&page)?;
    page.shows(&[
        "Todavía no hay sucursales",
        "gondola site create centro",
        "gondola demo",
        "Todavía no hay movimientos",
    ])?;
    shop.open("centro", "Centro").await?;
    let page = shop.page("/").await?;
    is_sound(&page)?;
    page.shows(&["Todavía no hay productos", "gondola import products", "Agotados 0"])?;
    shop.add("PAN", "Pan", Unit::Kilogram, 0).await?;
    shop.page("/").await?.shows(&["Pan", "agotado", "sin movimientos", "Agotados 1", "1 producto"])
}

async fn a_shop_sees_its_stock_its_levels_and_its_day(shop: Shop) -> Result<()> {
    shop.furnish().await?;
    let page = shop.page("/").await?;
    is_sound(&page)?;
    page.shows(&[
        "Agotados 2 no queda nada",
        "Críticos 1",
        "Bajos 1",
        "Valor del stock $ 222.000,00 al costo, 5 productos",
        "Ventas del día $ 21.500,00 hoy",
        "Todas las sucursales $ 222.000,00 Centro $ 141.000,00",
        "Norte $ 81.000,00",
        "Yerba Mate Canarias 500 g YER-1 · La Marca crítico en Centro 30 u.",
        "Centro Depósito 3 Norte Depósito 27 10 $ 90.000,00",
        "Ñoquis de papa NOQ-1 · La Marca bien 1.240 u.",
        "Movimientos sábado 21/11/2026",
        "Recepción 2 asientos +2,500 kg +1.281 u.",
        "Venta 2 asientos −2,500 kg −3 u. −$ 14.000,00 $ 21.500,00",
        "Venta Yerba Mate Canarias 500 g y 1 más $ 13.500,00 10:30 · Norte · 0003-00000004 · ana",
        "21/11/2026 10:30",
    ])
}

async fn the_other_language_is_complete(shop: Shop) -> Result<()> {
    shop.furnish().await?;
    let page = shop.page("/?lang=en").await?;
    is_sound(&page)?;
    ensure!(page.text.contains("<html lang=\"en\">"));
    ensure!(page.header("set-cookie").starts_with("gondola_lang=en;"));
    page.shows(&[
        "Out of stock 2",
        "Stock value $222,000.00",
        "critical at Centro 30 u",
        "1,240 u",
        "Saturday 21 Nov 2026",
        "Receipt 2 postings",
    ])?;
    ensure!(page.text.contains("/?lang=es"), "the way back is there");
    Ok(())
}

async fn filters_and_search_narrow_the_table(shop: Shop) -> Result<()> {
    shop.furnish().await?;
    let check = [
        ("/?q=azucar", "Azúcar común 1 kg", "Yerba"),
        ("/?q=%C3%91OQ", "Ñoquis de papa", "Azúcar común"),
        ("/?level=critical", "Yerba Mate", "Azúcar común 1 kg AZU"),
        ("/?level=out", "Pan francés", "Ñoquis"),
        ("/?site=norte&level=ok", "Yerba Mate Canarias 500 g YER-1 · La Marca bien 27 u.", "Azúcar común 1 kg AZU"),
    ];
    for (path, there, not_there) in check {
        let page = shop.page(path).await?;
        is_sound(&page)?;
        page.shows(&[there])?;
        let table = page
            .text
            .split("id=\"results\"")
            .nth(1)
            .and_then(|rest| rest.split("id=\"day\"").next())
            .unwrap_or_default();
        ensure!(!table.contains(not_there), "{path} shows {not_there}");
    }
    let one_site = shop.page("/?site=norte").await?;
    one_site.shows(&["Valor del stock $ 81.000,00 al costo, 2 productos", "Ventas del día $ 13.500,00"])?;
    let nothing = shop.page("/?q=zapallo").await?;
    is_sound(&nothing)?;
    nothing.shows(&["No hay productos así", "Quitar filtros"])
}

async fn pages_follow_each_other_and_stay_small(shop: Shop) -> Result<()> {
    shop.open("centro", "Centro").await?;
    for number in 0..120 {
        shop.add(
            &format!("SKU-{number:05}"),
            &format!("Producto número {number:05} con un nombre largo"),
            Unit::Piece,
            3,
        )
        .await?;
    }
    let lines = (0..120).map(|number| bought(&format!("SKU-{number:05}"), 5000, 500)).collect();
    shop.post(1, "centro", PostingKind::Receipt, lines).await?;
    let first = shop.page("/").await?;
    is_sound(&first)?;
    first.shows(&["50 de 120 productos", "Producto número 00049", "Siguientes", "Recepción 1 asiento"])?;
    let second = shop.page("/?after=SKU-00049").await?;
    second.shows(&["Producto número 00050", "Producto número 00099", "Volver al principio", "Siguientes"])?;
    ensure!(!second.text.contains("00049 con"));
    let last = shop.page("/?after=SKU-00099").await?;
    last.shows(&["20 de 120 productos", "Producto número 00119"])?;
    ensure!(!last.text.contains("rel=\"next\""));
    Ok(())
}

async fn names_from_outside_stay_text(shop: Shop) -> Result<()> {
    shop.open("centro", "<b>Centro</b>").await?;
    shop.open("norte", "\"><img src=x>").await?;
    shop.add("X\"><i>", "<script>alert(1)</script>", Unit::Piece, 0).await?;
    shop.post(1, "centro", PostingKind::Receipt, vec![bought("X\"><i>", 1000, 1)]).await?;
    for path in ["/", "/?q=%3Cscript%3Ealert(1)%3C%2Fscript%3E&site=%22%3E%3Cimg+src=x%3E&day=%3Cb%3E&after=%3Ci%3E"] {
        let page = shop.page(path).await?;
        is_sound(&page)?;
        for raw in ["<script>alert", "<img", "<b>Centro", "<i>"] {
            ensure!(!page.text.contains(raw), "{raw} came through on {path}");
        }
    }
    shop.page("/").await?.shows(&["&#60;script&#62;alert(1)&#60;/script&#62;"])
}

async fn an_address_that_asks_for_nonsense_is_answered(shop: Shop) -> Result<()> {
    shop.furnish().await?;
    let page = shop.page("/?site=sur&day=99/99/9999&level=x&after=GONE&lang=zz&zzz=%ff%00").await?;
    is_sound(&page)?;
    page.shows(&["No hay una sucursal «sur»: se muestran todas.", "«99/99/9999» no es una fecha", "5 productos"])?;
    let empty_day = shop.page("/?day=01/01/2020").await?;
    empty_day.shows(&[
        "Movimientos miércoles 01/01/2020",
        "Ese día no hubo movimientos",
        "21/11/2026",
        "Ventas del día $ 0,00 el 01/01/2020",
    ])?;
    for path in ["/?q=%", "/?q=%00", "/?day=0001-01-01", "/?day=9999-12-31", "/?q='%20OR%201=1", "/?after=%27"] {
        is_sound(&shop.page(path).await?)?;
    }
    Ok(())
}

async fn a_warehouse_that_is_away_is_told_in_plain_words_and_hides_nothing(shop: Shop) -> Result<()> {
    shop.furnish().await?;
    let told = "El servicio de depósito no responde: por ahora no entran ventas";
    ensure!(!shop.page("/").await?.words().contains(told));
    shop.depot.0.store(true, std::sync::atomic::Ordering::Relaxed);
    let page = shop.page("/").await?;
    is_sound(&page)?;
    page.shows(&[told, "5 productos"])?;
    shop.page("/?lang=en").await?.shows(&["The warehouse service does not answer"])?;
    shop.depot.0.store(false, std::sync::atomic::Ordering::Relaxed);
    ensure!(!shop.page("/").await?.words().contains(told));
    Ok(())
}
