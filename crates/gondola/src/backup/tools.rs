//! PostgreSQL's own tools, which copy and restore its databases.
//!
//! Invariant: a password stands in no argument, where every user of the machine could read it; a tool that is not waited for is ended.

use std::{
    io::{self, Read},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    thread::JoinHandle,
};

use platform::secret::Secret;

use crate::cli::Failure;

/// Bytes of a tool's complaints that are kept.
const MOST_COMPLAINTS: u64 = 16 * 1024;
/// Parameters of our driver that the tools do not know, and those that are given to them otherwise.
const NOT_FOR_TOOLS: [&str; 2] = ["password", "statement-cache-capacity"];

/// An address as the tools take it, and the password apart.
struct Address {
    url: String,
    password: Option<Secret>,
}

fn address(url: &str) -> Address {
    let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
    let (place, parameters) = rest.split_once('?').unwrap_or((rest, ""));
    let (account, server) = match place.rsplit_once('@') {
        Some((account, server)) => (account, format!("@{server}")),
        None => ("", place.to_owned()),
    };
    let (user, password) = account.split_once(':').map_or((account, None), |(user, word)| (user, Some(word)));
    let named = |one: &&str| one.strip_prefix("password=").map(str::to_owned);
    let password = password.map(str::to_owned).or_else(|| parameters.split('&').find_map(|one| named(&one)));
    let ours = |one: &&str| !NOT_FOR_TOOLS.contains(&one.split('=').next().unwrap_or_default());
    let kept: Vec<&str> = parameters.split('&').filter(|one| !one.is_empty()).filter(ours).collect();
    let parameters = if kept.is_empty() { String::new() } else { format!("?{}", kept.join("&")) };
    let password = password.map(|password| Secret::new(decoded(&password)));
    Address { url: format!("{scheme}://{user}{server}{parameters}"), password }
}

/// Without percent signs (RFC 3986, section 2.1).
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escape = text.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        match escape.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// A tool at work.
pub(super) struct Tool {
    name: &'static str,
    child: Child,
    complaints: Option<JoinHandle<String>>,
}

/// Begins to copy a schema as the connection of that state sees it.
pub(super) fn dump(url: &str, schema: &str, state: &str) -> anyhow::Result<(Tool, ChildStdout)> {
    let arguments = ["--format=custom", "--compress=0", "--strict-names", "--lock-wait-timeout=60000"];
    let (state, schema) = (format!("--snapshot={state}"), format!("--schema={}", pattern(schema)));
    let mut tool = start("pg_dump", url, &[&arguments[..], &[&state, &schema]].concat())?;
    let output = tool.child.stdout.take().ok_or_else(|| gone("pg_dump"))?;
    Ok((tool, output))
}

/// A name as a pattern that matches it alone.
fn pattern(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Begins to fill an empty schema, all of it or nothing.
pub(super) fn fill(url: &str, schema: &str) -> anyhow::Result<(Tool, ChildStdin)> {
    let arguments = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"];
    let schema = format!("--schema={schema}");
    let mut tool = start("pg_restore", url, &[&arguments[..], &[&schema]].concat())?;
    let input = tool.child.stdin.take().ok_or_else(|| gone("pg_restore"))?;
    Ok((tool, input))
}

/// Begins to list what is in a copy, which it is given.
pub(super) fn list() -> anyhow::Result<(Tool, ChildStdin, ChildStdout)> {
    let mut command = Command::new("pg_restore");
    command.arg("--list");
    let mut tool = begin("pg_restore", command)?;
    let pipes = tool.child.stdin.take().zip(tool.child.stdout.take());
    let (input, output) = pipes.ok_or_else(|| gone("pg_restore"))?;
    Ok((tool, input, output))
}

fn start(name: &'static str, url: &str, arguments: &[&str]) -> anyhow::Result<Tool> {
    let address = address(url);
    let mut command = Command::new(name);
    command.arg("--no-password").arg(format!("--dbname={}", address.url)).args(arguments);
    if let Some(password) = &address.password {
        command.env("PGPASSWORD", password.expose());
    }
    begin(name, command)
}

fn begin(name: &'static str, mut command: Command) -> anyhow::Result<Tool> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => anyhow::Error::from(missing(name)),
        _ => anyhow::Error::from(error).context(name),
    })?;
    let complaints = child.stderr.take().map(|output| {
        std::thread::spawn(move || {
            let mut text = Vec::new();
            let mut output = output;
            // What is too long is read all the same, so that the tool is never kept waiting.
            let _ = output.by_ref().take(MOST_COMPLAINTS).read_to_end(&mut text);
            let _ = io::copy(&mut output, &mut io::sink());
            String::from_utf8_lossy(&text).trim().to_owned()
        })
    });
    Ok(Tool { name, child, complaints })
}

fn gone(name: &str) -> anyhow::Error {
    anyhow::anyhow!("{name}: no pipe")
}

fn missing(name: &str) -> Failure {
    Failure::new(
        format!(
            "falta el programa {name}, de PostgreSQL; instalalo (en Debian y Ubuntu, el paquete postgresql-client)"
        ),
        format!(
            "the program {name} of PostgreSQL is missing; install it (on Debian and Ubuntu, the package postgresql-client)"
        ),
    )
}

impl Tool {
    /// Waits for its end; what it complained of when it did not end well.
    pub(super) fn end(mut self) -> anyhow::Result<()> {
        let status = self.child.wait()?;
        let said = self.complaints.take().and_then(|thread| thread.join().ok()).unwrap_or_default();
        if status.success() {
            return Ok(());
        }
        let name = self.name;
        Err(Failure::new(format!("{name} no pudo terminar: {said}"), format!("{name} could not finish: {said}")).into())
    }
}

impl Drop for Tool {
    fn drop(&mut self) {
        // Ended already, as it should be; else nobody waits for it any more.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_is_nowhere_in_what_others_can_read() {
        for (url, shown, password) in [
            ("postgres://ana:s3c%40r@db:5432/shop", "postgres://ana@db:5432/shop", Some("s3c@r")),
            ("postgres://ana@db/shop?sslmode=require", "postgres://ana@db/shop?sslmode=require", None),
            (
                "postgres://db/shop?user=ana&password=s3cr&statement-cache-capacity=0",
                "postgres://db/shop?user=ana",
                Some("s3cr"),
            ),
            ("postgresql://db/shop", "postgresql://db/shop", None),
        ] {
            let address = address(url);
            assert_eq!(address.url, shown);
            assert_eq!(address.password.as_ref().map(Secret::expose), password);
        }
        assert_eq!(decoded("a%2Gb%"), "a%2Gb%");
    }
}
