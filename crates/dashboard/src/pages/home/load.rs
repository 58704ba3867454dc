//! Everything the first page reads, at one instant of the database.
//!
//! Invariant: nothing is written and nothing is shown that was not read here.

use std::{collections::HashMap, sync::Arc};

use domain::{Day, Timestamp, Zone};
use platform::texts::Args;
use store::{
    Result, Tx,
    home::{self, DayKind, DayPostings, Latest, Standing, StockPage, StockQuery},
    person,
    site::{self, Site},
};

use super::{LATEST, PAGE_SIZE, query::HomeQuery};
use crate::{State, words::Words};

/// What there is to show.
#[derive(Debug)]
pub(super) struct Loaded {
    /// Every site, by code.
    pub(super) sites: Vec<Site>,
    /// The site asked for, when there is one of that code.
    pub(super) site: Option<Site>,
    pub(super) standing: Arc<Standing>,
    pub(super) stock: StockPage,
    /// Names of places by their numbers.
    pub(super) shelves: HashMap<i64, String>,
    pub(super) day: LoadedDay,
    pub(super) latest: Vec<Latest>,
    /// What people are called, by what postings say in their place.
    pub(super) logins: HashMap<String, String>,
}

/// The business day that is shown.
#[derive(Debug)]
pub(super) struct LoadedDay {
    pub(super) today: Day,
    /// The day asked for, else today, else the last one that has postings.
    pub(super) shown: Day,
    pub(super) moved: Vec<DayKind>,
    pub(super) postings: Vec<DayPostings>,
    pub(super) before: Option<Day>,
    pub(super) after: Option<Day>,
}

impl Loaded {
    /// Reads it all in one transaction.
    pub(super) async fn read(state: &State, query: &HomeQuery, now: Timestamp) -> Result<Loaded> {
        let sites = site::list(&state.db).await?;
        let site = sites.iter().find(|site| Some(&site.code) == query.site.as_ref()).cloned();
        let number = site.as_ref().map(|site| site.id);
        let mut tx = state.db.read().await?;
        let wanted = StockQuery {
            search: query.search.clone(),
            site: number,
            level: query.level,
            after: query.after.clone(),
            limit: PAGE_SIZE,
        };
        let standing = state.standings.get(&mut tx, number).await?;
        let stock = home::stock(&mut tx, &wanted).await?;
        let shelves = home::shelves(&mut tx).await?.into_iter().map(|shelf| (shelf.location, shelf.name)).collect();
        let today = today(&sites, site.as_ref(), now);
        let day = LoadedDay::read(&mut tx, query.day, today, (&sites, number)).await?;
        let latest = home::latest(&mut tx, number, LATEST).await?;
        tx.rollback().await?;
        let actors: Vec<&str> = latest.iter().map(|posting| posting.actor.as_str()).collect();
        let logins = person::logins(&state.db, &actors).await?.into_iter().collect();
        Ok(Loaded { sites, site, standing, stock, shelves, day, latest, logins })
    }

    /// Number of the site asked for.
    pub(super) fn site_number(&self) -> Option<i64> {
        self.site.as_ref().map(|site| site.id)
    }

    /// The site of that number.
    pub(super) fn site_of(&self, number: i64) -> Option<&Site> {
        self.sites.iter().find(|site| site.id == number)
    }

    /// Where the page's own time is told: in the site asked for, else in the first.
    pub(super) fn zone(&self) -> Zone {
        self.site.as_ref().or(self.sites.first()).map_or_else(Zone::utc, |site| site.zone.clone())
    }

    /// Whether it matters to say which site something is in.
    pub(super) fn names_sites(&self) -> bool {
        self.site.is_none() && self.sites.len() > 1
    }
}

/// The latest business day that has begun in a site that is shown.
fn today(sites: &[Site], site: Option<&Site>, now: Timestamp) -> Day {
    let shown = site.map_or(sites, std::slice::from_ref);
    shown.iter().map(|site| site.zone.day_of(now)).max().unwrap_or_else(|| Zone::utc().day_of(now))
}

impl LoadedDay {
    async fn read(
        tx: &mut Tx,
        asked: Option<Day>,
        today: Day,
        (sites, site): (&[Site], Option<i64>),
    ) -> Result<LoadedDay> {
        let shown = match asked {
            Some(day) => day,
            None => home::day_until(tx, today, site).await?.unwrap_or(today),
        };
        let numbers: Vec<i64> =
            sites.iter().map(|site| site.id).filter(|id| site.is_none_or(|site| site == *id)).collect();
        Ok(LoadedDay {
            today,
            shown,
            moved: home::moved(tx, shown, site).await?,
            postings: home::postings(tx, shown, &numbers).await?,
            before: home::day_until(tx, shown.plus(-1), site).await?,
            after: home::day_from(tx, shown.plus(1), site).await?,
        })
    }
}

/// What was asked for and could not be given.
pub(super) fn notices(words: Words, query: &HomeQuery, loaded: &Loaded) -> Vec<String> {
    let mut notices = Vec::new();
    if let Some(code) = query.site.as_ref().filter(|_| loaded.site.is_none()) {
        notices.push(words.say_with("ui-no-such-site", &Args::new().with("site", code)));
    }
    if let Some(text) = &query.unreadable_day {
        notices.push(words.say_with("ui-no-such-day", &Args::new().with("day", text)));
    }
    notices
}
