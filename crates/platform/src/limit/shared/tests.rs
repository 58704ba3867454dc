use std::sync::atomic::AtomicBool;

use domain::{Timestamp, clock::FixedClock};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

use super::*;
use crate::breaker::{Policy, State};

/// A server that takes scripts, and runs them only while `runs` says so: a call of one has no answer otherwise.
async fn pretended(runs: Arc<AtomicBool>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(BufReader::new(stream), Arc::clone(&runs)));
        }
    });
    format!("redis://{address}")
}

async fn answer(mut stream: BufReader<TcpStream>, runs: Arc<AtomicBool>) {
    while let Some(words) = command(&mut stream).await {
        let told: &[u8] = match words[0].as_str() {
            "EVALSHA" | "EVAL" if !runs.load(Ordering::Relaxed) => continue,
            "EVALSHA" | "EVAL" => b"*2\r\n:1\r\n:600000\r\n",
            "SCRIPT" => b"$40\r\n0123456789abcdef0123456789abcdef01234567\r\n",
            _ => b"+OK\r\n",
        };
        if stream.get_mut().write_all(told).await.is_err() {
            return;
        }
    }
}

/// The words of the next command, the first in capitals.
async fn command(stream: &mut BufReader<TcpStream>) -> Option<Vec<String>> {
    let mut words = Vec::new();
    for _ in 0..number(stream).await? {
        let mut word = vec![0; number(stream).await? + 2];
        stream.read_exact(&mut word).await.ok()?;
        words.push(String::from_utf8_lossy(&word[..word.len() - 2]).into_owned());
    }
    words.first_mut()?.make_ascii_uppercase();
    Some(words)
}

/// What a line such as `*3` or `$12` says after its mark.
async fn number(stream: &mut BufReader<TcpStream>) -> Option<usize> {
    let mut line = String::new();
    stream.read_line(&mut line).await.ok()?;
    line.trim_end().get(1..)?.parse().ok()
}

#[tokio::test]
async fn a_server_that_takes_scripts_and_runs_none_is_not_believed() {
    let runs = Arc::new(AtomicBool::new(false));
    let client = Client::open(pretended(Arc::clone(&runs)).await).unwrap();
    let clock = Arc::new(FixedClock(Timestamp::from_micros(0)));
    let breaker = Breaker::new("cache", Policy::new(1, Duration::from_secs(30)), clock);
    let shared = Shared::of(client, breaker.clone());
    breaker.checked(Health::Ill);
    for _ in 0..2 {
        assert!(shared.connect().await.is_err_and(|error| error.is_timeout()));
        assert!(!shared.is_up());
        assert_eq!((breaker.state(), breaker.view().tally.worked), (State::Open, 0));
    }
    runs.store(true, Ordering::Relaxed);
    shared.connect().await.unwrap();
    shared.0.breaker.proved();
    assert!(shared.is_up());
    assert_eq!(breaker.state(), State::Closed);
    let quota = Quota::new(100, Duration::from_secs(60));
    assert!(shared.take(&Caller::Known("caja".into()), quota).await.is_some());
}
