//! What is shipped to run the program by names only settings that the program has.
//!
//! Invariant: the program itself says which settings there are.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use serde_json::Value;
use testkit::binary::Installation;
use testkit::{Result, workspace_root};

const PREFIX: &str = "GONDOLA_";
/// Settings that may come from a file or a command.
const ELSEWHERE: [&str; 2] = ["_FILE", "_COMMAND"];

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() { files_below(&path, found)? } else { found.push(path) }
    }
    Ok(())
}

/// The variables of ours that a text names.
fn variables(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_uppercase() && !c.is_ascii_digit() && c != '_');
    words.filter(|word| word.len() > PREFIX.len() && word.starts_with(PREFIX)).map(str::to_owned).collect()
}

#[test]
fn every_setting_that_deployment_files_name_exists() -> Result<()> {
    let said: Value = serde_json::from_str(&Installation::new()?.ok(&["config", "print", "--json"])?)?;
    let known: BTreeSet<String> =
        said.as_object().context("settings")?.keys().map(|name| name.to_uppercase()).collect();
    ensure!(known.contains("LISTEN") && known.len() > 40, "{known:?}");
    let mut files = Vec::new();
    files_below(&workspace_root().join("deploy"), &mut files)?;
    let mut named = BTreeSet::new();
    for file in files {
        named.extend(variables(&fs::read_to_string(file)?));
    }
    ensure!(named.len() > 8, "few were found: {named:?}");
    let exists = |name: &&String| {
        let name = name.trim_start_matches(PREFIX);
        known.contains(name)
            || ELSEWHERE.iter().any(|end| name.strip_suffix(end).is_some_and(|name| known.contains(name)))
    };
    let unknown: Vec<&String> = named.iter().filter(|name| !exists(name)).collect();
    ensure!(unknown.is_empty(), "not settings: {unknown:?}");
    Ok(())
}

/// The lines of a compose file that say which ports are published, in one line or as a list of lines.
fn published(text: &str) -> Vec<&str> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut found = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if !line.trim_start().starts_with("ports:") {
            continue;
        }
        found.push(line);
        let belongs = |next: &&str| {
            let deeper =
                indent(next) > indent(line) || (indent(next) == indent(line) && next.trim_start().starts_with('-'));
            deeper || next.trim().is_empty()
        };
        while let Some(next) = lines.next_if(belongs) {
            found.push(next);
        }
    }
    found
}

#[test]
fn ports_are_found_however_they_are_written() {
    let text = "services:\n  a:\n    ports: ['1:1']\n    image: x\n  b:\n    ports:\n      - '2:2'\n\n      - target: 3\n        published: 4\n    image: 5\n  c:\n    ports:\n    - '6:6'\n    image: 7\n";
    let told = published(text).join(" ");
    assert!(["1:1", "2:2", "3", "4", "6:6"].iter().all(|port| told.contains(port)), "{told}");
    assert!(!told.contains('5') && !told.contains('7') && !told.contains('x'), "{told}");
}

#[test]
fn nothing_leads_to_the_figures_of_a_chain_but_its_own_network() -> Result<()> {
    let text = |file: &str| Ok::<_, anyhow::Error>(fs::read_to_string(workspace_root().join("deploy").join(file))?);
    let chain = text("compose/chain.yml")?;
    let listens = chain.lines().find_map(|line| line.trim().strip_prefix("GONDOLA_METRICS_LISTEN: "));
    let port = listens.and_then(|address| address.split_whitespace().next()?.rsplit(':').next()).context("a port")?;
    let published = published(&chain);
    ensure!(published.iter().any(|line| line.contains("443")), "the proxy's ports were not found: {published:?}");
    ensure!(!published.iter().any(|line| line.contains(port)), "{published:?}");
    ensure!(!text("haproxy/haproxy.cfg")?.contains(port), "the proxy leads there");
    for server in ["server-1", "server-2"] {
        ensure!(text("compose/prometheus.yml")?.contains(&format!("'{server}:{port}'")), "{server} is not asked");
    }
    Ok(())
}

#[test]
fn variables_are_found_wherever_they_stand() {
    let found = variables("Environment=GONDOLA_DATA_DIR=/x\n  GONDOLA_LISTEN: '1'\n# GONDOLA_ and gondola_x\n");
    assert_eq!(found, ["GONDOLA_DATA_DIR", "GONDOLA_LISTEN"].map(str::to_owned).into());
}

#[test]
fn a_shop_as_the_compose_file_runs_it_starts_and_says_that_it_is_well() -> Result<()> {
    let text = fs::read_to_string(workspace_root().join("deploy/compose/shop.yml"))?;
    let installation = Installation::new()?.with("GONDOLA_MODE", "production");
    installation.ok(&["key", "init"])?;
    installation.ok(&["tls", "init", "--name", "localhost"])?;
    installation.ok(&["site", "create", "centro"])?;
    let data = installation.data_folder().display().to_string();
    let line = |name: &str| {
        text.lines().find_map(|line| line.trim().strip_prefix(&format!("{name}: "))).context(name.to_owned())
    };
    let key = installation.data_folder().join("keys/master.key").display().to_string();
    let certificate = line("GONDOLA_TLS_CERTIFICATE")?.replace("/data", &data);
    let installation = installation
        .with("GONDOLA_ALLOWED_HOSTS", line("GONDOLA_ALLOWED_HOSTS")?)
        .with("GONDOLA_TLS_CERTIFICATE", &certificate)
        .with("GONDOLA_DATABASE_ENCRYPTION_KEY_FILE", &key)
        .with("GONDOLA_LANGUAGE", line("GONDOLA_LANGUAGE")?);
    // `serve` waits until `gondola health`, which is the health check of the image, says yes.
    let mut server = installation.serve()?;
    ensure!(server.is_running());
    Ok(())
}

#[test]
fn the_object_store_of_the_chain_is_one_that_the_program_takes() -> Result<()> {
    let text = fs::read_to_string(workspace_root().join("deploy/compose/chain.yml"))?;
    let (_, rest) = text.split_once("OBJECT_STORE_URL='").context("an address")?;
    let (named, _) = rest.split_once('\'').context("its end")?;
    let folder = tempfile::tempdir()?;
    let keys = ["KEY_ID", "SECRET"].map(|key| (format!("GONDOLA_OBJECT_STORE_{key}_FILE"), folder.path().join(key)));
    for (url, shown) in [(named, "s3://copies/shop/?endpoint=http://store:7070&region=us-east-1"), ("", "")] {
        let mut installation = Installation::new()?.with("GONDOLA_OBJECT_STORE_URL", url);
        for (name, file) in &keys {
            fs::write(file, "0123456789abcdef")?;
            installation = installation.with(name, &file.display().to_string());
        }
        let said: Value = serde_json::from_str(&installation.ok(&["config", "print", "--json"])?)?;
        ensure!(said["object_store_url"]["value"] == shown, "{url:?}: {}", said["object_store_url"]["value"]);
    }
    Ok(())
}
