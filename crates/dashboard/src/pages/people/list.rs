//! Who has an account.

use access::Permission;
use askama::Template;
use axum::response::Response;
use domain::Zone;
use platform::{http::auth::SiteScope, texts::Args};
use store::{
    person::{self, Person, PersonFilter},
    site::{self, Site},
};

use crate::{
    format,
    frame::Frame,
    urlencoded,
    visit::{Stop, Visit},
};

const PAGE_SIZE: i64 = 100;

#[derive(Debug, Template)]
#[template(path = "people/list.html")]
struct List<'f> {
    frame: &'f Frame,
    notice: Option<String>,
    may_add: bool,
    rows: Vec<Row>,
    next: Option<String>,
}

#[derive(Debug)]
struct Row {
    login: String,
    address: String,
    name: String,
    role: String,
    sites: String,
    seen: String,
    disabled: bool,
}

/// `GET /personas`
pub(crate) async fn show(visit: Visit) -> Result<Response, Stop> {
    let caller = visit.may(Permission::UsersRead)?;
    let frame = &visit.frame;
    let after = urlencoded::value(&visit.query, "after").filter(|login| !login.is_empty());
    let reading = async {
        let sites = site::list(&visit.state.db).await?;
        let within = match &caller.sites {
            SiteScope::All => None,
            own => Some(sites.iter().filter(|site| own.includes(&site.code)).map(|site| site.id).collect()),
        };
        let filter = PersonFilter { within, after, ..PersonFilter::default() };
        Ok((person::list(&visit.state.db, &filter, PAGE_SIZE + 1).await?, sites))
    };
    let (mut people, sites) = visit.read(reading).await?;
    let wanted = usize::try_from(PAGE_SIZE).unwrap_or(usize::MAX);
    let more = people.len() > wanted;
    people.truncate(wanted);
    let next =
        people.last().filter(|_| more).map(|last| urlencoded::address("/personas", &[("after", Some(&last.login))]));
    let zone = sites.first().map_or_else(Zone::utc, |site| site.zone.clone());
    let page = List {
        frame,
        notice: notice(frame, &visit.query),
        may_add: access::Permit::may(caller, Permission::UsersWrite),
        rows: people.iter().map(|person| row(frame, person, &sites, &zone)).collect(),
        next,
    };
    Ok(visit.show(&page))
}

fn row(frame: &Frame, person: &Person, sites: &[Site], zone: &Zone) -> Row {
    let names = |own: &Vec<i64>| {
        let names: Vec<&str> =
            sites.iter().filter(|site| own.contains(&site.id)).map(|site| site.name.as_str()).collect();
        names.join(", ")
    };
    Row {
        login: person.login.clone(),
        address: format!("/personas/{}", person.login),
        name: person.name.clone(),
        role: frame.words.role(&person.role),
        sites: person.sites.as_ref().map_or_else(|| frame.say("ui-every-site"), names),
        seen: person.seen_at.map_or_else(|| frame.say("ui-never-seen"), |at| format::moment(frame.locale(), zone, at)),
        disabled: person.disabled_at.is_some(),
    }
}

fn notice(frame: &Frame, query: &str) -> Option<String> {
    let login = urlencoded::value(query, "saved").filter(|login| login.len() <= 32)?;
    Some(frame.words.say_with("ui-user-saved", &Args::new().with("login", login)))
}
