//! HAProxy before two of our servers, as it is deployed.
//!
//! Invariant: it reads the file that ships; only addresses are the test's, and it speaks no TLS, of which other tests tell.

use std::{fs, fs::File, path::PathBuf, process::Command, time::Duration};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use crate::{
    http::Client,
    last_lines,
    process::{Process, find_program, free_port, wait_until},
    workspace_root,
};

/// Until it leads to a server that is ready: two looks, two seconds apart.
const PATIENCE: Duration = Duration::from_secs(30);
/// What is the shop's in the file that ships.
const TLS: &str = "bind :8443 ssl crt /run/secrets/proxy_pem alpn http/1.1";

/// A running balancer.
#[derive(Debug)]
pub struct Balancer {
    folder: TempDir,
    address: String,
    _process: Process,
}

impl Balancer {
    /// Starts one before servers at these addresses, and waits until it leads to one of them.
    pub fn before(servers: [&str; 2]) -> Result<Balancer> {
        let folder = TempDir::with_prefix("gondola-balancer-")?;
        let (address, clear) = (format!("127.0.0.1:{}", free_port()?), free_port()?);
        let mut text = fs::read_to_string(workspace_root().join("deploy/haproxy/haproxy.cfg"))?;
        let own = [
            (TLS, format!("bind {address}")),
            // Each connection takes two files, of which a test may have fewer.
            ("maxconn 10000", "maxconn 500".to_owned()),
            ("bind :8081", format!("bind 127.0.0.1:{clear}")),
            ("server-1:8080", servers[0].to_owned()),
            ("server-2:8080", servers[1].to_owned()),
            ("hdr Host server-1", "hdr Host localhost".to_owned()),
        ];
        for (theirs, ours) in own {
            ensure!(text.contains(theirs), "haproxy.cfg has no {theirs:?}");
            text = text.replace(theirs, &ours);
        }
        let file = folder.path().join("haproxy.cfg");
        fs::write(&file, text)?;
        let log = File::create(folder.path().join("haproxy.log"))?;
        let mut command = Command::new(find_program("haproxy", &[PathBuf::from("/usr/sbin")])?);
        command.arg("-f").arg(&file).stdout(log.try_clone()?).stderr(log);
        let process = Process::spawn("haproxy", &mut command)?;
        let balancer = Balancer { folder, address, _process: process };
        let leads = || Client::new(&balancer.address).get("/ready").is_ok_and(|answer| answer.status == 200);
        ensure!(wait_until(PATIENCE, leads), "the balancer leads nowhere: {}", balancer.words());
        Ok(balancer)
    }

    /// `127.0.0.1:PORT`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The end of what it wrote.
    pub fn words(&self) -> String {
        let log = fs::read_to_string(self.folder.path().join("haproxy.log")).context("it wrote nothing");
        log.map_or_else(|error| error.to_string(), |log| last_lines(&log, 20))
    }
}
