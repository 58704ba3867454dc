//! Prometheus and Alertmanager of our own, and the deployment files they read.
//!
//! Invariant: they listen on 127.0.0.1 only and keep what they store in a temporary folder.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tempfile::TempDir;

use crate::http::Client;
use crate::process::{Process, find_program, free_port, wait_until};
use crate::workspace_root;

/// How long one of them may take to answer first.
const START_PATIENCE: Duration = Duration::from_secs(30);

/// A file of `deploy`, as it ships.
pub fn shipped(file: &str) -> Result<String> {
    let path = workspace_root().join("deploy").join(file);
    fs::read_to_string(&path).with_context(|| path.display().to_string())
}

/// Its files of one kind in a folder of `deploy`, by name.
pub fn all_shipped(folder: &str, ending: &str) -> Result<Vec<PathBuf>> {
    let folder = workspace_root().join("deploy").join(folder);
    let found =
        fs::read_dir(&folder).with_context(|| folder.display().to_string())?.flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> = found.filter(|path| path.to_string_lossy().ends_with(ending)).collect();
    files.sort();
    ensure!(!files.is_empty(), "no {ending} in {}", folder.display());
    Ok(files)
}

/// A Prometheus that scrapes one server.
#[derive(Debug)]
pub struct Prometheus {
    _folder: TempDir,
    address: String,
    _process: Process,
}

impl Prometheus {
    /// Asks the server at `target` every second with this key. `rules` are names and texts of rule files.
    pub fn start(target: &str, key: &str, rules: &[(&str, String)]) -> Result<Prometheus> {
        let folder = TempDir::with_prefix("gondola-prometheus-")?;
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text);
        write("key", key)?;
        for (name, text) in rules {
            write(name, text)?;
        }
        let names: Vec<String> = rules.iter().map(|(name, _)| format!("{name:?}")).collect();
        let settings = format!(
            "global: {{ scrape_interval: 1s, evaluation_interval: 1s }}\nrule_files: [{}]\nscrape_configs:\n  - job_name: gondola\n    \
             authorization: {{ type: Bearer, credentials_file: key }}\n    static_configs: [{{ targets: [{target:?}] }}]\n",
            names.join(", ")
        );
        write("prometheus.yml", &settings)?;
        let (address, process) =
            launch("prometheus", folder.path(), &["--config.file=prometheus.yml", "--storage.tsdb.path=data"])?;
        Ok(Prometheus { _folder: folder, address, _process: process })
    }

    /// An answer of its API.
    pub fn ask(&self, path: &str) -> Result<Value> {
        let answer = Client::new(&self.address).get(&format!("/api/v1/{path}"))?;
        ensure!(answer.status == 200, "{path}: {} {}", answer.status, answer.text());
        answer.json()
    }

    /// The alerts that are in force, by name.
    pub fn firing(&self) -> Result<BTreeSet<String>> {
        let said = self.ask("alerts")?;
        let alerts = said["data"]["alerts"].as_array().context("alerts")?;
        let firing = alerts.iter().filter(|alert| alert["state"] == "firing");
        Ok(firing.filter_map(|alert| alert["labels"]["alertname"].as_str().map(str::to_owned)).collect())
    }

    /// Rules that could not be evaluated, with what was said.
    pub fn broken_rules(&self) -> Result<Vec<String>> {
        let said = self.ask("rules")?;
        let groups = said["data"]["groups"].as_array().context("groups")?;
        let rules = groups.iter().flat_map(|group| group["rules"].as_array().into_iter().flatten());
        let broken = rules.filter(|rule| rule["health"] != "ok");
        Ok(broken.map(|rule| format!("{}: {} {}", rule["name"], rule["health"], rule["lastError"])).collect())
    }
}

/// An Alertmanager with these settings.
#[derive(Debug)]
pub struct Alertmanager {
    _folder: TempDir,
    address: String,
    _process: Process,
}

impl Alertmanager {
    /// Starts it.
    pub fn start(settings: &str) -> Result<Alertmanager> {
        let folder = TempDir::with_prefix("gondola-alerts-")?;
        fs::write(folder.path().join("alertmanager.yml"), settings)?;
        let arguments = ["--config.file=alertmanager.yml", "--storage.path=data", "--cluster.listen-address="];
        let (address, process) = launch("prometheus-alertmanager", folder.path(), &arguments)?;
        Ok(Alertmanager { _folder: folder, address, _process: process })
    }

    /// A connection to its API.
    pub fn client(&self) -> Client {
        Client::new(&self.address)
    }
}

fn launch(program: &str, folder: &Path, arguments: &[&str]) -> Result<(String, Process)> {
    let address = format!("127.0.0.1:{}", free_port()?);
    let mut command = Command::new(find_program(program, &[])?);
    command.args(arguments).arg(format!("--web.listen-address={address}")).current_dir(folder);
    let log = fs::File::create(folder.join("log"))?;
    command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    let process = Process::spawn(program, &mut command)?;
    let ready = || Client::new(&address).get("/-/ready").is_ok_and(|answer| answer.status == 200);
    let came_up = wait_until(START_PATIENCE, ready);
    let said = || crate::last_lines(&fs::read_to_string(folder.join("log")).unwrap_or_default(), 10);
    ensure!(came_up, "{program} was not ready: {}", said());
    Ok((address, process))
}
