//! Listing accounts.

use clap::Args;
use platform::config::Settings;
use serde_json::{Value, json};
use store::{
    Db,
    person::{self, Person, PersonFilter},
    site::{self, Site},
};

use crate::cli::{Words, open};

/// Accounts read at once.
const PAGE: i64 = 500;

/// How to list.
#[derive(Args)]
pub(crate) struct Arguments {
    /// As JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(arguments: &Arguments, settings: &Settings) -> anyhow::Result<()> {
    let db = open::readable(settings).await?;
    let (people, sites) = (everybody(&db).await?, site::list(&db).await?);
    if arguments.json {
        answer!("{}", people.iter().map(|person| as_json(person, &sites)).collect::<Value>());
        return Ok(());
    }
    let words = Words(settings.language);
    for person in &people {
        let state = if person.disabled_at.is_some() { words.say(" (cerrada)", " (closed)") } else { "" };
        let sites = codes(person, &sites).map_or_else(|| "*".to_owned(), |codes| codes.join(","));
        answer!("{:<24} {:<12} {:<16} {}{state}", person.login, person.role, sites, person.name);
    }
    Ok(())
}

/// Every account, by login.
pub(in crate::cli) async fn everybody(db: &Db) -> store::Result<Vec<Person>> {
    let mut all: Vec<Person> = Vec::new();
    loop {
        let after = all.last().map(|last| last.login.clone());
        let page = person::list(db, &PersonFilter { after, ..PersonFilter::default() }, PAGE).await?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}

/// Codes of the sites somebody works in; `None` for every one.
fn codes<'s>(person: &Person, sites: &'s [Site]) -> Option<Vec<&'s str>> {
    let own = person.sites.as_ref()?;
    Some(sites.iter().filter(|site| own.contains(&site.id)).map(|site| site.code.as_str()).collect())
}

fn as_json(person: &Person, sites: &[Site]) -> Value {
    json!({
        "login": person.login, "id": person.code, "name": person.name, "role": person.role,
        "sites": codes(person, sites), "disabled": person.disabled_at.is_some(),
        "created_at": person.created_at.to_string(), "last_login_at": person.seen_at.map(|at| at.to_string()),
    })
}
