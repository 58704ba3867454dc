//! A headless Chromium, driven over the DevTools protocol.
//!
//! Invariant: it talks to the addresses a test gives it and to nothing else, from a profile that is empty at the start.

mod pipe;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use base64::Engine as _;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::process::{Process, find_program};
use pipe::Pipe;

/// Keeps it from calling home, and lets it run as root in a container.
const FLAGS: &[&str] = &[
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--remote-debugging-pipe",
];

/// One browser with one page.
#[derive(Debug)]
pub struct Browser {
    pipe: Pipe,
    session: String,
    _process: Process,
    _profile: TempDir,
}

impl Browser {
    /// Starts it with an empty page.
    pub fn start() -> Result<Browser> {
        let profile = TempDir::with_prefix("gondola-browser-")?;
        // The protocol's pipes are descriptors 3 and 4; ours come in as standard input and output.
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "exec \"$0\" \"$@\" 3<&0 4>&1 </dev/null >/dev/null"]).arg(chromium()?).args(FLAGS);
        command.arg(format!("--user-data-dir={}", profile.path().display())).arg("about:blank");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = Process::spawn("chromium", &mut command)?;
        let mut pipe = Pipe::of(&mut process)?;
        let session = attach(&mut pipe)?;
        let mut browser = Browser { pipe, session, _process: process, _profile: profile };
        browser.command("Page.enable", &json!({}))?;
        Ok(browser)
    }

    /// Sets the size of the page in CSS pixels. Below 600 it behaves as a phone: a page that does not declare its viewport is
    /// laid out wide and shrunk, as it would be there.
    pub fn viewport(&mut self, width: u32, height: u32) -> Result<()> {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600});
        self.command("Emulation.setDeviceMetricsOverride", &size).map(drop)
    }

    /// Whether pages are told that their reader prefers dark colours.
    pub fn dark(&mut self, dark: bool) -> Result<()> {
        let value = if dark { "dark" } else { "light" };
        let media = json!({"features": [{"name": "prefers-color-scheme", "value": value}]});
        self.command("Emulation.setEmulatedMedia", &media).map(drop)
    }

    /// Sends these headers with every request from now on.
    pub fn headers(&mut self, headers: &[(&str, &str)]) -> Result<()> {
        let headers: serde_json::Map<String, Value> =
            headers.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
        self.command("Network.enable", &json!({}))?;
        self.command("Network.setExtraHTTPHeaders", &json!({"headers": headers})).map(drop)
    }

    /// Opens `url` and waits until it has loaded.
    pub fn open(&mut self, url: &str) -> Result<()> {
        self.pipe.forget_events();
        let answer = self.command("Page.navigate", &json!({"url": url}))?;
        if let Some(error) = answer.get("errorText").and_then(Value::as_str) {
            bail!("{url} did not open: {error}");
        }
        self.pipe.await_event("Page.loadEventFired", Duration::from_secs(30))
    }

    /// The value of a JavaScript expression on the page; a promise is awaited.
    pub fn evaluate(&mut self, expression: &str) -> Result<Value> {
        let parameters = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let answer = self.command("Runtime.evaluate", &parameters)?;
        if let Some(exception) = answer.get("exceptionDetails") {
            bail!("{expression}: {exception}");
        }
        Ok(answer["result"]["value"].clone())
    }

    /// Evaluates an expression that leads to another page, and waits until that one has loaded.
    pub fn evaluate_and_load(&mut self, expression: &str) -> Result<()> {
        self.pipe.forget_events();
        self.evaluate(expression)?;
        self.pipe.await_event("Page.loadEventFired", Duration::from_secs(30))
    }

    /// The page's document as it stands now.
    pub fn html(&mut self) -> Result<String> {
        let html = self.evaluate("document.documentElement.outerHTML")?;
        Ok(html.as_str().context("the page has no document")?.to_owned())
    }

    /// The visible text of the page.
    pub fn text(&mut self) -> Result<String> {
        Ok(self.evaluate("document.body.innerText")?.as_str().unwrap_or_default().to_owned())
    }

    /// Writes a picture of the visible part to `path` (PNG).
    pub fn screenshot(&mut self, path: &Path) -> Result<()> {
        let answer = self.command("Page.captureScreenshot", &json!({"format": "png"}))?;
        let data = answer["data"].as_str().context("no picture in the answer")?;
        std::fs::write(path, base64::engine::general_purpose::STANDARD.decode(data)?)?;
        Ok(())
    }

    fn command(&mut self, method: &str, parameters: &Value) -> Result<Value> {
        self.pipe.command(Some(&self.session), method, parameters)
    }
}

/// Opens a session with the first page.
fn attach(pipe: &mut Pipe) -> Result<String> {
    let target = pipe.command(None, "Target.createTarget", &json!({"url": "about:blank"}))?;
    let parameters = json!({"targetId": target["targetId"], "flatten": true});
    let session = pipe.command(None, "Target.attachToTarget", &parameters)?;
    Ok(session["sessionId"].as_str().context("no session")?.to_owned())
}

fn chromium() -> Result<PathBuf> {
    let found = ["chromium-browser", "google-chrome"].iter().find_map(|name| find_program(name, &[]).ok());
    find_program("chromium", &[]).or_else(|error| found.ok_or(error))
}
