//! Many clients at the same instant.
//!
//! Invariant: the outcome is that of some order of the requests, one after the other.

use std::sync::{Barrier, mpsc};
use std::thread;

use serde_json::{Value, json};
use testkit::Result;
use testkit::binary::Running;
use testkit::http::Response;

use crate::faults::hold;
use crate::shop::{Shop, add_product, on_hand, post_ok, posting};

/// Sends one request from each of `count` connections, all opened first and let go together.
fn at_once(server: &Running, key: &str, count: usize, body: impl Fn(usize) -> Value + Sync) -> Result<Vec<Response>> {
    let gate = Barrier::new(count);
    thread::scope(|scope| {
        let clients: Vec<_> = (0..count)
            .map(|number| {
                let (gate, body) = (&gate, body(number));
                scope.spawn(move || {
                    let mut client = server.client(key);
                    let opened = client.get("/health");
                    gate.wait();
                    opened.and_then(|_| client.post("/api/v1/postings", &body))
                })
            })
            .collect();
        clients.into_iter().map(|client| client.join().unwrap_or_else(|_| anyhow::bail!("a client panicked"))).collect()
    })
}

#[test]
fn of_100_clients_who_want_the_last_unit_one_gets_it() -> Result<()> {
    Shop::on_each_database(|shop| {
        let server = shop.serve()?;
        let mut client = server.client(&shop.key);
        add_product(&mut client, "A", "unit")?;
        post_ok(&mut client, &posting(1, "receipt", &json!([{"sku": "A", "quantity": "1", "unit_cost": "10"}])))?;
        let sale = |number| posting(100 + number, "sale", &json!([{"sku": "A", "quantity": "1", "unit_price": "15"}]));
        let answers = at_once(&server, &shop.key, 100, sale)?;
        assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
        let refused =
            answers.iter().filter(|answer| answer.status == 409 && answer.problem_code() == "insufficient_stock");
        assert_eq!(refused.count(), 99);
        assert_eq!(on_hand(&mut client, "A")?, "0");
        shop.verify().map(drop)
    })
}

#[test]
fn the_same_posting_sent_50_times_at_once_has_one_effect_and_one_answer() -> Result<()> {
    Shop::on_each_database(|shop| {
        let server = shop.serve()?;
        let mut client = server.client(&shop.key);
        add_product(&mut client, "A", "unit")?;
        post_ok(&mut client, &posting(1, "receipt", &json!([{"sku": "A", "quantity": "100", "unit_cost": "10"}])))?;
        let sale = posting(2, "sale", &json!([{"sku": "A", "quantity": "3", "unit_price": "15"}]));
        let answers = at_once(&server, &shop.key, 50, |_| sale.clone())?;
        assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 49);
        let first = effect(&answers[0])?;
        assert!(first["seq"].is_number() && first["hash"].is_string(), "{first}");
        for answer in &answers {
            assert_eq!(effect(answer)?, first);
        }
        assert_eq!(on_hand(&mut client, "A")?, "97");
        shop.verify().map(drop)
    })
}

#[test]
fn when_too_many_wait_the_rest_are_told_to_come_back_and_lose_nothing() -> Result<()> {
    let mut shop = Shop::on_sqlite()?;
    let settings = [("GONDOLA_WRITER_QUEUE_POSTINGS", "1"), ("GONDOLA_WRITER_BATCH_MOVEMENTS", "1")];
    for (name, value) in settings {
        shop.installation = shop.installation.with(name, value);
    }
    let server = shop.serve()?;
    let mut client = server.client(&shop.key);
    add_product(&mut client, "A", "unit")?;
    let receipt = |number| posting(number, "receipt", &json!([{"sku": "A", "quantity": "1", "unit_cost": "10"}]));
    // Nobody can write: one posting is with the writer, one in the queue, and there is no room for the other six. Who comes before the
    // writer has taken the first finds no room either.
    let mut holder = hold(&shop.installation, "BEGIN IMMEDIATE")?;
    let (told, answers) = mpsc::channel();
    let (mut taken, mut refused) = (0, 0);
    thread::scope(|scope| {
        for number in 1..=8 {
            let (told, mut client, body) = (told.clone(), server.client(&shop.key), receipt(number));
            scope.spawn(move || told.send(client.post("/api/v1/postings", &body)));
        }
        for count in 1..=8 {
            let answer = answers.recv()??;
            match answer.status {
                201 => taken += 1,
                429 => {
                    refused += 1;
                    assert_eq!(answer.problem_code(), "too_many_requests", "{}", answer.text());
                    assert!(answer.header("retry-after").is_some_and(|wait| wait.parse::<u32>().is_ok()));
                }
                other => anyhow::bail!("{other} {}", answer.text()),
            }
            if count == 6 {
                assert_eq!(refused, 6);
                holder.kill()?;
            }
        }
        Ok(())
    })?;
    assert!(matches!((taken, refused), (2, 6) | (1, 7)), "{taken} taken, {refused} refused");
    for number in 1..=8 {
        assert!(matches!(client.post("/api/v1/postings", &receipt(number))?.status, 200 | 201));
    }
    assert_eq!(on_hand(&mut client, "A")?, "8");
    Ok(())
}

/// What a posting did, whoever was told first.
fn effect(answer: &Response) -> Result<Value> {
    let mut result = answer.json()?["results"][0].clone();
    result.as_object_mut().map(|result| result.remove("status"));
    Ok(result)
}
