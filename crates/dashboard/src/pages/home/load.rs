//! Everything the first page reads, at one instant of the database.
//!
//! Invariant: nothing is written and nothing is shown that was not read here.

use std::{collections::HashMap, sync::Arc};

use domain::{Day, Timestamp, Zone};
use platform::{
    http::auth::{Principal, SiteScope},
    texts::Args,
};
use store::{
    Result, Tx,
    home::{self, DayKind, DayPostings, Latest, Standing, StockPage, StockQuery},
    person,
    site::{self, Site, Sites},
};

use super::{LATEST, PAGE_SIZE, query::HomeQuery};
use crate::{State, words::Words};

/// What there is to show.
#[derive(Debug)]
pub(super) struct Loaded {
    /// The sites that whoever looks may know of, by code.
    pub(super) sites: Vec<Site>,
    /// The site asked for, when there is one of that code.
    pub(super) site: Option<Site>,
    /// What is shown: that site, else all of them.
    pub(super) shown: Sites,
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
    pub(super) async fn read(state: &State, query: &HomeQuery, visitor: &Principal, now: Timestamp) -> Result<Loaded> {
        let mut sites = site::list(&state.db).await?;
        sites.retain(|site| visitor.sites.includes(&site.code));
        let site = sites.iter().find(|site| Some(&site.code) == query.site.as_ref()).cloned();
        let shown = shown(&sites, site.as_ref(), visitor);
        let mut tx = state.db.read().await?;
        let wanted = StockQuery {
            search: query.search.clone(),
            sites: shown.clone(),
            level: query.level,
            after: query.after.clone(),
            limit: PAGE_SIZE,
        };
        let standing = state.standings.get(&mut tx, &shown).await?;
        let stock = home::stock(&mut tx, &wanted).await?;
        let shelves = home::shelves(&mut tx).await?.into_iter().map(|shelf| (shelf.location, shelf.name)).collect();
        let today = today(&sites, site.as_ref(), now);
        let day = LoadedDay::read(&mut tx, query.day, today, (&sites, &shown)).await?;
        let latest = home::latest(&mut tx, &shown, LATEST).await?;
        tx.rollback().await?;
        let actors: Vec<&str> = latest.iter().map(|posting| posting.actor.as_str()).collect();
        let logins = person::logins(&state.db, &actors).await?.into_iter().collect();
        Ok(Loaded { sites, site, shown, standing, stock, shelves, day, latest, logins })
    }

    /// Number of the site asked for.
    pub(super) fn site_number(&self) -> Option<i64> {
        self.site.as_ref().map(|site| site.id)
    }

    /// All that whoever looks may know of.
    pub(super) fn every_site(&self) -> Sites {
        Sites::Only(self.sites.iter().map(|site| site.id).collect())
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

/// The site asked for, else every one, which for whoever is limited to some is those.
fn shown(sites: &[Site], site: Option<&Site>, visitor: &Principal) -> Sites {
    match (site, &visitor.sites) {
        (Some(site), _) => site.id.into(),
        (None, SiteScope::All) => Sites::Every,
        (None, SiteScope::Only(_)) => Sites::Only(sites.iter().map(|site| site.id).collect()),
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
        (sites, shown_sites): (&[Site], &Sites),
    ) -> Result<LoadedDay> {
        let shown = match asked {
            Some(day) => day,
            None => home::day_until(tx, today, shown_sites).await?.unwrap_or(today),
        };
        let numbers: Vec<i64> = sites.iter().map(|site| site.id).filter(|id| shown_sites.include(*id)).collect();
        Ok(LoadedDay {
            today,
            shown,
            moved: home::moved(tx, shown, shown_sites).await?,
            postings: home::postings(tx, shown, &numbers).await?,
            before: home::day_until(tx, shown.plus(-1), shown_sites).await?,
            after: home::day_from(tx, shown.plus(1), shown_sites).await?,
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
