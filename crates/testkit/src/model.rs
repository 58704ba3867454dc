//! A language model's server, as OpenAI's are asked: it says what a test has it say, well or badly.
//!
//! Invariant: a real server on a real port; each question gets the next thing of the script, the last one for ever, and what was asked is
//! kept as it came.

use std::collections::VecDeque;
use std::io::{BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::http::read_request;

/// Largest body that is read.
const MOST_BYTES: usize = 1024 * 1024;

/// What it does with a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Says {
    /// Answers with those words, and that many tokens used for question and answer.
    Words(&'static str, u64, u64),
    /// Answers, and does not say how much it used; with things nobody asked for.
    Strange(&'static str),
    /// Answers with that status and a reason; `Some` says when to come back.
    Status(u16, &'static str, Option<&'static str>),
    /// Calls that body by that kind.
    Body(&'static str, &'static str),
    /// Answers with that many bytes.
    Huge(usize),
    /// Leaves in the middle of its answer.
    Cut,
    /// Leads elsewhere.
    Elsewhere(&'static str),
    /// Says nothing until it is told to go on.
    Nothing,
}

/// A question as it came.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// `POST /v1/chat/completions`.
    pub line: String,
    /// The header that shows the key; empty without one.
    pub key: String,
    /// The body; null without one.
    pub body: Value,
}

#[derive(Debug, Default)]
struct Kept {
    script: Mutex<VecDeque<Says>>,
    asked: Mutex<Vec<Asked>>,
    held: Mutex<bool>,
    changed: Condvar,
    gone: AtomicBool,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A model on a port.
#[derive(Debug)]
pub struct Model {
    address: String,
    kept: Arc<Kept>,
}

impl Model {
    /// Starts one that says that, in that order, and the last for ever.
    pub fn saying(script: impl IntoIterator<Item = Says>) -> Result<Model> {
        Model::at("127.0.0.1:0", script)
    }

    /// The same there.
    pub fn at(address: &str, script: impl IntoIterator<Item = Says>) -> Result<Model> {
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?.to_string();
        let kept = Arc::new(Kept { script: Mutex::new(script.into_iter().collect()), ..Kept::default() });
        *lock(&kept.held) = true;
        let own = Arc::clone(&kept);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if own.gone.load(Ordering::Relaxed) {
                    return;
                }
                let own = Arc::clone(&own);
                // Whoever goes away in the middle is none of the test's.
                thread::spawn(move || drop(answer(stream, &own)));
            }
        });
        Ok(Model { address, kept })
    }

    /// `http://127.0.0.1:PORT/v1`.
    pub fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// `127.0.0.1:PORT`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Says that from now on.
    pub fn say(&self, script: impl IntoIterator<Item = Says>) {
        *lock(&self.kept.script) = script.into_iter().collect();
    }

    /// Has those that got nothing go unanswered.
    pub fn let_go(&self) {
        *lock(&self.kept.held) = false;
        self.kept.changed.notify_all();
    }

    /// What it was asked so far, but for whether it is there.
    pub fn asked(&self) -> Vec<Asked> {
        lock(&self.kept.asked).clone()
    }

    /// Is gone: nobody listens there any more.
    pub fn kill(self) -> Result<String> {
        self.kept.gone.store(true, Ordering::Relaxed);
        self.let_go();
        // Wakes the one who waits for a connection, who then leaves.
        drop(TcpStream::connect(&self.address));
        let address = self.address;
        let gone =
            crate::process::wait_until(std::time::Duration::from_secs(10), || TcpStream::connect(&address).is_err());
        ensure!(gone, "somebody still listens at {address}");
        Ok(address)
    }
}

fn answer(mut stream: TcpStream, kept: &Kept) -> Result<()> {
    let asked = read(&stream)?;
    let looks = asked.line.starts_with("GET ");
    if !looks {
        lock(&kept.asked).push(asked);
    }
    let said = {
        let mut script = lock(&kept.script);
        // Whoever only looks whether it is there uses up nothing.
        if looks || script.len() == 1 { script.front().cloned() } else { script.pop_front() }
    };
    match said.context("nothing to say")? {
        Says::Words(text, question, answer) => {
            whole(&mut stream, &completion(text, Some((question, answer))).to_string())
        }
        Says::Strange(text) => {
            let mut body = completion(text, None);
            body["choices"][0]["logprobs"] = json!({"deep": [1, 2, {"er": null}]});
            body["service_tier"] = json!("unheard of");
            whole(&mut stream, &body.to_string())
        }
        Says::Status(status, reason, wait) => {
            let wait = wait.map(|wait| format!("Retry-After: {wait}\r\n")).unwrap_or_default();
            let body = json!({"error": {"message": reason, "type": "x", "code": null}}).to_string();
            send(&mut stream, (&format!("{status} Said"), &format!("Content-Type: application/json\r\n{wait}")), &body)
        }
        Says::Body(kind, body) => send(&mut stream, ("200 OK", &format!("Content-Type: {kind}\r\n")), body),
        Says::Huge(bytes) => whole(&mut stream, &completion(&"x".repeat(bytes), Some((1, 1))).to_string()),
        Says::Cut => {
            let head =
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{\"choices\":[{";
            Ok(stream.write_all(head.as_bytes())?)
        }
        Says::Elsewhere(place) => send(&mut stream, ("307 Elsewhere", &format!("Location: {place}\r\n")), ""),
        Says::Nothing => {
            let mut held = lock(&kept.held);
            while *held {
                held = kept.changed.wait(held).unwrap_or_else(PoisonError::into_inner);
            }
            Ok(())
        }
    }
}

fn completion(text: &str, used: Option<(u64, u64)>) -> Value {
    let choice = json!({"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"});
    let mut body = json!({"id": "chatcmpl-1", "object": "chat.completion", "model": "stub", "choices": [choice]});
    if let Some((question, answer)) = used {
        let sum = question.saturating_add(answer);
        body["usage"] = json!({"prompt_tokens": question, "completion_tokens": answer, "total_tokens": sum});
    }
    body
}

fn whole(stream: &mut TcpStream, body: &str) -> Result<()> {
    send(stream, ("200 OK", "Content-Type: application/json; charset=utf-8\r\n"), body)
}

fn send(stream: &mut TcpStream, (status, headers): (&str, &str), body: &str) -> Result<()> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes())?;
    Ok(stream.write_all(body.as_bytes())?)
}

fn read(stream: &TcpStream) -> Result<Asked> {
    let asked = read_request(&mut BufReader::new(stream), MOST_BYTES)?;
    let (key, body) = (asked.header("authorization").to_owned(), serde_json::from_slice(&asked.body));
    Ok(Asked { line: asked.line, key, body: body.unwrap_or_default() })
}
