//! Workbooks that are meant to do harm, and one that is not.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::Value;
use testkit::Result;
use testkit::binary::run;
use testkit::http::Client;
use testkit::process::wait_until;

use crate::shop::Shop;

/// Writes a workbook of two columns. `shared` is the list of its strings, whose first two are the header.
const MAKE: &str = r#"
import sys, zipfile
shared = sys.argv[2]
out = zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED)
ns = 'http://schemas.openxmlformats.org/'
out.writestr('[Content_Types].xml', f'<Types xmlns="{ns}package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>')
rel = f'{ns}officeDocument/2006/relationships'
out.writestr('_rels/.rels', f'<Relationships xmlns="{ns}package/2006/relationships"><Relationship Id="r1" Type="{rel}/officeDocument" Target="xl/workbook.xml"/></Relationships>')
out.writestr('xl/workbook.xml', f'<workbook xmlns="{ns}spreadsheetml/2006/main" xmlns:r="{rel}"><sheets><sheet name="A" sheetId="1" r:id="r1"/></sheets></workbook>')
out.writestr('xl/_rels/workbook.xml.rels', f'<Relationships xmlns="{ns}package/2006/relationships"><Relationship Id="r1" Type="{rel}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="{rel}/sharedStrings" Target="sharedStrings.xml"/></Relationships>')
out.writestr('xl/sharedStrings.xml', shared)
cells = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row><row r="2"><c r="A2" t="inlineStr"><is><t>BEB-1</t></is></c><c r="B2" t="inlineStr"><is><t>Yerba</t></is></c></row>'
out.writestr('xl/worksheets/sheet1.xml', f'<worksheet xmlns="{ns}spreadsheetml/2006/main"><sheetData>{cells}</sheetData></worksheet>')
out.close()
"#;

const STRINGS: &str = "<si><t>codigo</t></si><si><t>nombre</t></si></sst>";

fn book(path: &Path, count: &str) -> Result<Vec<u8>> {
    let shared = format!(
        "<sst xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" count=\"2\" uniqueCount=\"{count}\">{STRINGS}"
    );
    let ran = run(Command::new("python3").args(["-c", MAKE]).arg(path).arg(shared))?;
    ensure!(ran.code == Some(0), "{}", ran.output());
    Ok(std::fs::read(path)?)
}

/// Sends a file to be imported and waits for what becomes of it.
fn import(client: &mut Client, file: &[u8]) -> Result<Value> {
    let part =
        |name: &str, head: &str| format!("--limit\r\nContent-Disposition: form-data; name=\"{name}\"{head}\r\n\r\n");
    let mut body = part("kind", "").into_bytes();
    body.extend_from_slice(b"products\r\n");
    body.extend_from_slice(part("file", "; filename=\"lista.xlsx\"").as_bytes());
    body.extend_from_slice(file);
    body.extend_from_slice(b"\r\n--limit--\r\n");
    let kind = [("Content-Type", "multipart/form-data; boundary=limit")];
    let begun = client.send("POST", "/api/v1/imports", &kind, &body)?;
    ensure!(begun.status == 202, "{} {}", begun.status, begun.text());
    let job = begun.header("location").context("where to watch")?.to_owned();
    let mut ended = Value::Null;
    wait_until(Duration::from_secs(60), || {
        ended = client.get(&job).and_then(|answer| answer.json()).unwrap_or_default();
        !matches!(ended["status"].as_str(), Some("queued" | "running"))
    });
    Ok(ended)
}

#[test]
fn a_workbook_that_asks_for_terabytes_is_refused_and_the_server_lives() -> Result<()> {
    let shop = Shop::on_sqlite()?;
    let path = shop.installation.folder().join("lista.xlsx");
    let mut server = shop.serve()?;
    let mut client = server.client(&shop.key);
    for count in ["100000000000", "99999999999999999"] {
        let hostile = book(&path, count)?;
        let ended = import(&mut client, &hostile)?;
        ensure!(
            ended["status"] == "failed" && ended.to_string().contains("lista.xlsx está dañado"),
            "{count}: {ended:#}"
        );
        let ran = shop.installation.run(&["import", "products", path.to_str().context("a path of text")?])?;
        ensure!(ran.code == Some(1) && ran.stderr.contains("lista.xlsx está dañado"), "{}", ran.output());
    }
    ensure!(server.is_running(), "{}", server.log());
    let sound = book(&path, "2")?;
    let ended = import(&mut client, &sound)?;
    ensure!(ended["status"] == "done" && ended["result"]["products"]["created"] == 1, "{ended:#}");
    let found = client.get("/api/v1/products/BEB-1")?;
    ensure!(found.json()?["name"] == "Yerba", "{}", found.text());
    Ok(())
}
