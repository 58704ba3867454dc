//! DevTools messages over a pair of pipes: JSON texts, each ended by a zero byte.
//!
//! Invariant: events that arrive while a command waits for its answer are kept for whoever waits for them.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::process::ChildStdin;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::process::Process;

/// How long the browser may take to answer one command.
const PATIENCE: Duration = Duration::from_secs(30);

/// Events kept for later; older ones are dropped, since a test waits only for what it has just caused.
const KEPT_EVENTS: usize = 256;

/// Both directions.
#[derive(Debug)]
pub(super) struct Pipe {
    to: ChildStdin,
    from: Receiver<Value>,
    events: VecDeque<Value>,
    last_id: u64,
}

impl Pipe {
    /// Over the standard input and output of `process`.
    pub(super) fn of(process: &mut Process) -> Result<Pipe> {
        let to = process.child().stdin.take().context("no pipe to the browser")?;
        let output = process.child().stdout.take().context("no pipe from the browser")?;
        let (sender, from) = channel();
        // Ends with the pipe, that is with the browser.
        thread::spawn(move || {
            let messages = BufReader::new(output).split(0).map_while(std::io::Result::ok);
            let messages = messages.filter_map(|bytes| serde_json::from_slice(&bytes).ok());
            messages.map(|message| sender.send(message)).all(|sent| sent.is_ok())
        });
        Ok(Pipe { to, from, events: VecDeque::new(), last_id: 0 })
    }

    /// Sends a command and waits for its answer.
    pub(super) fn command(&mut self, session: Option<&str>, method: &str, parameters: &Value) -> Result<Value> {
        self.last_id += 1;
        let mut message = json!({"id": self.last_id, "method": method, "params": parameters});
        if let Some(session) = session {
            message["sessionId"] = json!(session);
        }
        self.to.write_all(format!("{message}\0").as_bytes()).context("the browser has gone")?;
        self.to.flush()?;
        let id = self.last_id;
        let answer = self.receive(PATIENCE, |message| message["id"] == id)?;
        if let Some(error) = answer.get("error") {
            bail!("{method}: {error}");
        }
        Ok(answer["result"].clone())
    }

    /// Drops the events kept so far, so that what is waited for next is new.
    pub(super) fn forget_events(&mut self) {
        self.events.extend(self.from.try_iter());
        self.events.clear();
    }

    /// Waits for an event called `method`, one that came already included.
    pub(super) fn await_event(&mut self, method: &str, patience: Duration) -> Result<()> {
        if let Some(index) = self.events.iter().position(|event| event["method"] == method) {
            self.events.drain(..=index);
            return Ok(());
        }
        let event = self.receive(patience, |message| message["method"] == method);
        event.map(drop).with_context(|| format!("waiting for {method}"))
    }

    fn receive(&mut self, patience: Duration, wanted: impl Fn(&Value) -> bool) -> Result<Value> {
        loop {
            let message = self.from.recv_timeout(patience).context("the browser said nothing more")?;
            if wanted(&message) {
                return Ok(message);
            }
            if message.get("method").is_some() {
                if self.events.len() == KEPT_EVENTS {
                    self.events.pop_front();
                }
                self.events.push_back(message);
            }
        }
    }
}
