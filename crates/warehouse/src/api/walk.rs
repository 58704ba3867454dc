//! Walking the chains of several sites page by page.
//!
//! Invariant: a cursor says for each site where it goes on; one that we did not make is a 422.

use domain::Zone;
use platform::http::{
    Page, Problem,
    cursor::encode,
    fields::{Fault, Fields, Read, Value},
};
use store::{
    ledger::read::{Before, Moment, Span},
    site::Site,
};

/// Which page of a walk is asked for.
#[derive(Debug, Clone)]
pub struct Walk {
    /// Most items wanted.
    pub limit: usize,
    after: Option<String>,
}

impl Walk {
    /// Reads `limit` and `cursor`.
    pub fn from_fields(fields: &mut Fields<'_>) -> Walk {
        let page = Page::from_fields(fields, 1);
        Walk { limit: usize::try_from(page.limit).unwrap_or(1), after: page.after.and_then(|mut key| key.pop()) }
    }

    /// Where each of these sites goes on, with its zone.
    pub fn starts(&self, sites: &[Site]) -> Result<Vec<(Before, Zone)>, Problem> {
        let known = match &self.after {
            Some(text) => parse(text).ok_or_else(|| Problem::invalid_field("cursor", "invalid_cursor"))?,
            None => Vec::new(),
        };
        let start = |site: &Site| known.iter().find(|before| before.site == site.id).copied();
        let start = |site: &Site| (start(site).unwrap_or(Before::newest(site.id)), site.zone.clone());
        Ok(sites.iter().map(start).collect())
    }
}

fn parse(text: &str) -> Option<Vec<Before>> {
    let part = |part: &str| {
        let mut numbers = part.split(':').map(str::parse::<i64>);
        let mut next = || numbers.next()?.ok();
        Some(Before { site: next()?, seq: next()?, line: next()? })
    };
    text.split(' ').map(part).collect()
}

/// The cursor of where sites go on, `None` when there is no more. A site that gave nothing yet needs no word.
pub fn cursor(next: &[Before]) -> Option<String> {
    let begun = next.iter().filter(|before| before.seq != i64::MAX);
    let parts: Vec<String> = begun.map(|at| format!("{}:{}:{}", at.site, at.seq, at.line)).collect();
    (!parts.is_empty()).then(|| encode(&[parts.join(" ")]))
}

/// Reads `from` and `to`.
pub fn span(fields: &mut Fields<'_>) -> Span {
    Span { from: fields.optional("from", moment), to: fields.optional("to", moment) }
}

/// A day or an instant.
fn moment(value: &Value<'_>) -> Read<Moment> {
    let text = value.as_text().ok_or_else(|| Fault::wrong_type("text"))?;
    let day = text.parse().map(Moment::Day);
    day.or_else(|_| text.parse().map(Moment::At)).map_err(|_| Fault::new("invalid_moment"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_back_to_where_each_site_goes_on() {
        let next = [Before { site: 1, seq: 50, line: 2 }, Before::newest(2), Before { site: 3, seq: 7, line: 0 }];
        let query = format!("cursor={}", cursor(&next).unwrap());
        let fields = Fields::from_query(&query).unwrap();
        let walk = fields.read(|fields| Some(Walk::from_fields(fields))).unwrap();
        assert_eq!(parse(walk.after.as_deref().unwrap()).unwrap(), [next[0], next[2]]);
        assert!(parse("1:2").is_none() && parse("1:2:x").is_none());
        assert_eq!(cursor(&[]), None);
    }
}
