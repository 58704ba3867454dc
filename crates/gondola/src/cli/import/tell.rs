//! An import's report in words.
//!
//! Invariant: every row is in one of the counts told, and no count is told that the report does not hold.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

use platform::texts::Locale;
use warehouse::imports::{Ending, Issue, Report, Severity, report::Sums};

use crate::cli::Words;

/// Issues that are shown; the rest is counted.
const SHOWN: usize = 20;

/// Writes the report to standard output.
pub(super) fn tell(report: &Report, words: Words) {
    let ending = match report.ending {
        Ending::Done => words.say("importado", "imported"),
        Ending::DryRun => words.say("ensayo, no se escribió nada", "rehearsal, nothing was written"),
        Ending::Refused => words.say("hay errores, no se escribió nada", "there are errors, nothing was written"),
    };
    answer!("{}: {ending}", report.source);
    let rows = report.rows;
    match words.0 {
        Locale::Es => answer!(
            "  filas: {} leídas, {} tomadas, {} rechazadas, {} salteadas",
            rows.read,
            rows.taken,
            rows.refused,
            rows.skipped
        ),
        Locale::En => {
            answer!(
                "  rows: {} read, {} taken, {} refused, {} skipped",
                rows.read,
                rows.taken,
                rows.refused,
                rows.skipped
            );
        }
    }
    for (class, count) in report.classes.iter().chain(&report.others).filter(|(_, count)| **count > 0) {
        answer!("    {}: {count}", words.say(spanish(class), class));
    }
    tell_written(report, words);
    if let Some(sums) = &report.sums {
        tell_sums(sums, words);
    }
    tell_issues(report, words);
}

/// What a class of rows is called in Spanish; the reports of programs keep its stable name.
fn spanish(class: &str) -> &str {
    match class {
        "accounting_adjustment" => "ajuste contable",
        "category" => "categoría",
        "codes_freed_from_decimals" => "códigos a los que se les quitaron decimales",
        "customer_return" => "devolución de cliente",
        "documents_completed" => "comprobantes completados",
        "empty" => "sin cantidad",
        "found" => "aparecido",
        "loss" => "faltante",
        "missing_products" => "productos que no estaban",
        "opening" => "apertura",
        "order" => "pedido",
        "order_line" => "renglón de pedido",
        "orders_added" => "pedidos nuevos",
        "price" => "precio",
        "product" => "producto",
        "products_retired" => "productos que quedaron inactivos",
        "products_to_open" => "productos que necesitan apertura",
        "receipt" => "recepción",
        "repeated" => "repetido",
        "sale" => "venta",
        "sale_at_zero" => "venta a precio cero",
        "supplier" => "proveedor",
        "supplier_return" => "devolución al proveedor",
        "waste" => "merma",
        "without_barcode" => "sin código de barras",
        other => other,
    }
}

fn tell_written(report: &Report, words: Words) {
    let (products, postings) = (report.products, report.postings);
    if products.created + products.updated + products.unchanged > 0 {
        match words.0 {
            Locale::Es => answer!(
                "  productos: {} nuevos, {} cambiados, {} sin cambios",
                products.created,
                products.updated,
                products.unchanged
            ),
            Locale::En => answer!(
                "  products: {} new, {} changed, {} unchanged",
                products.created,
                products.updated,
                products.unchanged
            ),
        }
    }
    if postings.planned > 0 {
        match words.0 {
            Locale::Es => answer!(
                "  asientos: {} ({} nuevos, {} ya estaban, {} rechazados), aperturas nuevas: {}",
                postings.planned,
                postings.posted,
                postings.duplicate,
                postings.rejected,
                postings.openings
            ),
            Locale::En => answer!(
                "  postings: {} ({} new, {} there already, {} rejected), new openings: {}",
                postings.planned,
                postings.posted,
                postings.duplicate,
                postings.rejected,
                postings.openings
            ),
        }
    }
}

fn tell_sums(sums: &Sums, words: Words) {
    let agree =
        if sums.agree { words.say("coinciden", "they agree") } else { words.say("NO coinciden", "they do NOT agree") };
    match words.0 {
        Locale::Es => answer!(
            "  cantidades: {} códigos, archivo {}, libro {} en {} filas: {agree}",
            sums.codes,
            sums.file,
            sums.posted,
            sums.rows
        ),
        Locale::En => answer!(
            "  quantities: {} codes, file {}, ledger {} in {} rows: {agree}",
            sums.codes,
            sums.file,
            sums.posted,
            sums.rows
        ),
    }
    for difference in sums.differences.iter().take(SHOWN) {
        answer!("    {}: {} ≠ {}", difference.sku, difference.file, difference.posted);
    }
}

fn tell_issues(report: &Report, words: Words) {
    for (code, count) in &report.issue_counts {
        answer!("  {} {code}: {}", severity(count.severity, words), count.count);
    }
    let mut worst: Vec<&Issue> = report.issues.iter().collect();
    worst.sort_by_key(|issue| issue.code.severity());
    for issue in worst.iter().take(SHOWN) {
        answer!("    {}", line(issue, words));
    }
    if worst.len() > SHOWN {
        let more = worst.len() - SHOWN;
        answer!(
            "    {}",
            words
                .say("y más; con --errors ARCHIVO van todos a un CSV", "and more; --errors FILE writes all to a CSV")
                .to_owned()
                + &format!(" (+{more})")
        );
    }
}

fn severity(severity: Severity, words: Words) -> &'static str {
    match severity {
        Severity::Error => words.say("error", "error"),
        Severity::Warning => words.say("aviso", "warning"),
        Severity::Notice => words.say("nota", "notice"),
    }
}

fn message(issue: &Issue, words: Words) -> String {
    let message = issue.message();
    words.say(&message.es, &message.en).to_owned()
}

fn line(issue: &Issue, words: Words) -> String {
    let place = match (issue.row, issue.column.as_str()) {
        (0, "") => String::new(),
        (0, column) => format!("{column}: "),
        (row, "") => format!("{} {row}: ", words.say("fila", "row")),
        (row, column) => format!("{} {row}, {column}: ", words.say("fila", "row")),
    };
    format!("{place}{}", message(issue, words))
}

/// Writes every issue to a CSV file.
pub(super) fn write_issues(report: &Report, path: &Path, words: Words) -> std::io::Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    writeln!(out, "row,column,severity,code,value,message")?;
    for issue in &report.issues {
        let severity = severity(issue.code.severity(), words);
        let texts = [issue.column.as_str(), severity, issue.code.name(), &issue.value, &message(issue, words)];
        writeln!(out, "{},{}", issue.row, texts.map(cell).join(","))?;
    }
    out.flush()
}

/// A cell that no spreadsheet takes for a formula.
fn cell(text: &str) -> String {
    let guarded = if text.starts_with(['=', '+', '-', '@', '\t']) { format!("'{text}") } else { text.to_owned() };
    if guarded.contains([',', '"', '\n']) { format!("\"{}\"", guarded.replace('"', "\"\"")) } else { guarded }
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn cells_are_quoted_and_no_formulas() {
        assert_eq!([cell("a"), cell("a,b"), cell("=1"), cell("a\"b")], ["a", "\"a,b\"", "'=1", "\"a\"\"b\""]);
    }
}
