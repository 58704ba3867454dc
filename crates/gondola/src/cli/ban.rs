//! `gondola ban list|add|lift`.
//!
//! Invariant: works on the database alone, so that it works while servers run and while none does; they follow within seconds.

use std::{process::ExitCode, time::Duration};

use clap::{Args, Subcommand};
use domain::{Clock, SystemClock, Timestamp, audit::Action};
use platform::{
    ban::{Subject, about, banned},
    config::Settings,
};
use store::ban::{self, Ban};

use super::{Failure, Outcome, Words, audited::by_cli, open};

/// Bans listed at most.
const MOST: i64 = 10_000;
const LONGEST: Duration = Duration::from_secs(10 * 365 * 86_400);
/// Who decides here, as records name it.
const ACTOR: &str = "cli";

/// What to do with bans.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// List the bans in force.
    List(List),
    /// Keep somebody out for a while.
    Add(Add),
    /// Let somebody in again, and forget how often they were kept out.
    Lift(Lift),
}

/// How to list.
#[derive(Args)]
pub(crate) struct List {
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// Whom to keep out.
#[derive(Args)]
pub(crate) struct Add {
    /// An address, a network such as 203.0.113.0/24, or key:ID.
    who: String,
    /// How long: 90s, 30m, 12h or 7d.
    #[arg(long = "for", value_name = "TIME", default_value = "1d")]
    length: String,
    /// Why, for whoever reads the list.
    #[arg(long, default_value = "")]
    reason: String,
}

/// Whom to let in.
#[derive(Args)]
pub(crate) struct Lift {
    /// As listed.
    who: String,
}

/// Runs it.
pub(crate) async fn run(command: Command, settings: Settings) -> Outcome {
    match command {
        Command::List(how) => list(how.json, &settings).await?,
        Command::Add(add) => keep_out(&add, &settings).await?,
        Command::Lift(lift) => let_in(&lift.who, &settings).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(json: bool, settings: &Settings) -> anyhow::Result<()> {
    let db = open::readable(settings).await?;
    let now = SystemClock.now();
    let bans = ban::in_force(&db, now, MOST).await?;
    if json {
        let rows: Vec<_> = bans.iter().map(as_json).collect();
        answer!("{}", serde_json::Value::from(rows));
        return Ok(());
    }
    let words = Words(settings.language);
    if bans.is_empty() {
        remark!("{}", words.say("no hay nadie afuera", "nobody is kept out"));
    }
    for ban in &bans {
        let until = words.say("hasta", "until");
        answer!("{:<24} {until} {} ({}) {}", ban.subject, ban.ends_at, left(ban, now), ban.reason);
    }
    Ok(())
}

fn as_json(ban: &Ban) -> serde_json::Value {
    serde_json::json!({
        "subject": ban.subject, "reason": ban.reason, "actor": ban.actor, "times": ban.times,
        "banned_at": ban.banned_at.to_string(), "ends_at": ban.ends_at.to_string(),
    })
}

/// The largest unit that says enough.
fn left(ban: &Ban, now: Timestamp) -> String {
    let seconds = (ban.ends_at.micros() - now.micros()) / 1_000_000;
    let units = [("d", 86_400), ("h", 3_600), ("min", 60)];
    let enough = units.into_iter().find(|(_, length)| seconds >= 2 * length);
    let (unit, length) = enough.unwrap_or(("s", 1));
    format!("{} {unit}", seconds / length)
}

async fn keep_out(add: &Add, settings: &Settings) -> anyhow::Result<()> {
    let subject = subject(&add.who)?;
    let length = length(&add.length).ok_or_else(|| {
        let given = &add.length;
        Failure::new(
            format!("«{given}» no es una duración: 90s, 30m, 12h o 7d, hasta 10 años"),
            format!("“{given}” is not a time: 90s, 30m, 12h or 7d, up to 10 years"),
        )
    })?;
    if matches!(&subject, Subject::Network(network) if network.is_everybody()) {
        return Err(Failure::new("eso dejaría afuera a todo el mundo", "that would keep everybody out").into());
    }
    let now = SystemClock.now();
    let db = open::writable(settings).await?;
    let mut tx = db.write().await?;
    let times = ban::find(&mut tx, &subject.to_string()).await?.map_or(1, |before| before.times);
    let ban = Ban {
        subject: subject.to_string(),
        reason: add.reason.chars().filter(|c| !c.is_control()).take(200).collect(),
        actor: ACTOR.to_owned(),
        times,
        banned_at: now,
        ends_at: now.plus_seconds(i64::try_from(length.as_secs())?),
    };
    ban::put(&mut tx, &ban).await?;
    banned(by_cli(Action::BanSet), &ban).write(&mut tx, now).await?;
    tx.commit().await?;
    answer!(
        "{} {} {}",
        ban.subject,
        Words(settings.language).say("queda afuera hasta", "is kept out until"),
        ban.ends_at
    );
    Ok(())
}

async fn let_in(who: &str, settings: &Settings) -> anyhow::Result<()> {
    let subject = subject(who)?.to_string();
    let db = open::writable(settings).await?;
    let mut tx = db.write().await?;
    let lifted = ban::lift(&mut tx, &subject).await?;
    if lifted {
        about(by_cli(Action::BanLifted), &subject).write(&mut tx, SystemClock.now()).await?;
    }
    tx.commit().await?;
    if !lifted {
        let es = format!("«{subject}» no está afuera; «gondola ban list» muestra quién sí");
        return Err(Failure::new(es, format!("“{subject}” is not kept out; “gondola ban list” shows who is")).into());
    }
    answer!("{subject} {}", Words(settings.language).say("puede entrar de nuevo", "may come in again"));
    Ok(())
}

fn subject(text: &str) -> anyhow::Result<Subject> {
    let wrong = |_| {
        Failure::new(
            format!("«{text}» no es una dirección, una red como 203.0.113.0/24 ni key:ID"),
            format!("“{text}” is not an address, a network such as 203.0.113.0/24, or key:ID"),
        )
    };
    Ok(text.parse().map_err(wrong)?)
}

/// `90s`, `30m`, `12h`, `7d`.
fn length(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    let number: u64 = number.parse().ok().filter(|number| *number > 0)?;
    number.checked_mul(seconds).map(Duration::from_secs).filter(|length| *length <= LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_has_a_number_and_a_unit() {
        for (text, seconds) in [("90s", 90), ("30m", 1_800), ("12h", 43_200), ("7d", 604_800), ("3650d", 315_360_000)] {
            assert_eq!(length(text), Some(Duration::from_secs(seconds)), "{text}");
        }
        for odd in ["", "s", "0s", "1", "-1s", "1w", "1é", "3651d", "99999999999999999999d"] {
            assert_eq!(length(odd), None, "{odd}");
        }
    }
}
