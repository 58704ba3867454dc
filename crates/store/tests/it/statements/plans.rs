//! What each statement reads, by the plans of both databases: a table that grows with use is looked up by an index, never read whole.
//!
//! Invariant: SQLite is asked as the program has it, without figures. PostgreSQL is asked as the ledger's connections are, made to use an
//! index wherever there is one for it, so that the plan does not depend on how much a test wrote.

mod known;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row, SqliteConnection};

use self::known::{ONLY_POSTGRES, SMALL, WAITING, WHOLE, Whole};
use crate::both::Fresh;

/// A table that is read whole, and along which index where it is one.
#[derive(Debug, PartialEq, Eq)]
struct Scan {
    table: String,
    index: Option<String>,
}

/// The tables of the schema and, by its names in views, what each stands for.
struct Schema {
    tables: BTreeSet<String>,
    views: Names,
}

/// Which tables a name stands for: in a question within a question it may be another one.
type Names = BTreeMap<String, BTreeSet<String>>;

impl Schema {
    async fn read(connection: &mut SqliteConnection) -> Result<Schema> {
        let objects = "SELECT type, name, sql FROM sqlite_schema WHERE type IN ('table', 'view')";
        let rows = sqlx::raw_sql(objects).fetch_all(connection).await?;
        let of = |sort: &str, column: usize| -> BTreeSet<String> {
            rows.iter().filter(|row| row.get::<String, _>(0) == sort).map(|row| row.get(column)).collect()
        };
        let tables = of("table", 1);
        let missing: Vec<_> = SMALL.iter().filter(|small| !tables.contains(**small)).collect();
        ensure!(missing.is_empty(), "called small, and there is no such table: {missing:?}");
        let mut views = Names::new();
        for (name, stands_for) in of("view", 2).iter().flat_map(|text| names(text, &tables)) {
            views.entry(name).or_default().extend(stands_for);
        }
        Ok(Schema { tables, views })
    }

    /// The tables that a name of a statement stands for.
    fn named(&self, name: &str, statement: &str) -> BTreeSet<String> {
        names(statement, &self.tables).get(name).or_else(|| self.views.get(name)).cloned().unwrap_or_default()
    }
}

/// By the names a text gives to tables: which they are.
fn names(text: &str, tables: &BTreeSet<String>) -> Names {
    let parted = text.replace(['(', ')', ','], " , ");
    let words: Vec<&str> = parted.split_whitespace().collect();
    let mut found = Names::new();
    for (at, word) in words.iter().enumerate().filter(|(_, word)| tables.contains(**word)) {
        let next = |n: usize| words.get(at + n).copied().unwrap_or_default();
        let alias = if next(1).eq_ignore_ascii_case("as") { next(2) } else { next(1) };
        for name in [word, alias] {
            found.entry(name.to_owned()).or_default().insert((*word).to_owned());
        }
    }
    found
}

async fn scans_on_sqlite(connection: &mut SqliteConnection, schema: &Schema, sql: &str) -> Result<Vec<Scan>> {
    let plan = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
    let rows = sqlx::raw_sql(plan).fetch_all(connection).await.with_context(|| sql.to_owned())?;
    let scans = |step: String| -> Vec<Scan> {
        let words: Vec<&str> = step.split(' ').collect();
        // An index that is made for one statement is made of the whole table.
        let whole = words[0] == "SCAN" || words.contains(&"AUTOMATIC");
        let tables = words.get(1).filter(|_| whole).map(|name| schema.named(name, sql)).unwrap_or_default();
        let index = words.iter().position(|word| *word == "INDEX").and_then(|at| words.get(at + 1));
        let index = index.map(|index| (*index).to_owned());
        tables.into_iter().map(|table| Scan { table, index: index.clone() }).collect()
    };
    Ok(rows.iter().flat_map(|row| scans(row.get("detail"))).collect())
}

async fn scans_on_postgres(connection: &mut PgConnection, sql: &str) -> Result<Vec<Scan>> {
    let parameters = (1..).take_while(|n| sql.contains(&format!("${n}"))).count();
    let given = vec!["NULL"; parameters].join(", ");
    let given = if given.is_empty() { given } else { format!("({given})") };
    let told = || sql.to_owned();
    sqlx::raw_sql(AssertSqlSafe(format!("PREPARE asked AS {sql}")))
        .execute(&mut *connection)
        .await
        .with_context(told)?;
    let plan = AssertSqlSafe(format!("EXPLAIN (FORMAT JSON) EXECUTE asked{given}"));
    let row = sqlx::raw_sql(plan).fetch_one(&mut *connection).await.with_context(told)?;
    sqlx::raw_sql("DEALLOCATE asked").execute(connection).await?;
    let plan: Value = serde_json::from_str(&row.try_get_unchecked::<String, _>(0)?)?;
    let mut found = Vec::new();
    whole_reads(&plan[0]["Plan"], "", &mut found);
    Ok(found)
}

/// Steps that read all of a table, or all of one of its indexes.
fn whole_reads(step: &Value, heap: &str, found: &mut Vec<Scan>) {
    let text = |key: &str| step[key].as_str().unwrap_or_default();
    let table = if text("Relation Name").is_empty() { heap } else { text("Relation Name") };
    let whole = match text("Node Type") {
        "Seq Scan" => true,
        "Index Scan" | "Index Only Scan" | "Bitmap Index Scan" => step["Index Cond"].is_null(),
        _ => false,
    };
    if whole {
        found.push(Scan { table: table.to_owned(), index: step["Index Name"].as_str().map(str::to_owned) });
    }
    for next in step["Plans"].as_array().into_iter().flatten() {
        whole_reads(next, table, found);
    }
}

/// Statements that read a growing table whole and are not known for it, and which of those known were met.
#[derive(Default)]
struct Found {
    unknown: Vec<String>,
    met: Vec<&'static str>,
}

impl Found {
    fn judge(&mut self, sql: &str, scans: Vec<Scan>, known: &[&'static [Whole]]) {
        let plain = sql.split_whitespace().collect::<Vec<_>>().join(" ");
        for scan in scans {
            let waits = scan.index.as_deref().is_some_and(|index| WAITING.contains(&index));
            if waits || SMALL.contains(&scan.table.as_str()) {
                continue;
            }
            let fits = |whole: &&Whole| whole.table == scan.table && plain.contains(whole.says);
            match known.iter().flat_map(|list| list.iter()).find(fits) {
                Some(whole) => self.met.push(whole.says),
                None => self.unknown.push(format!("{scan:?}: {plain}")),
            }
        }
    }

    fn check(&self, must: &[Whole]) -> Result<()> {
        ensure!(self.unknown.is_empty(), "read whole, and it is not known why: {:#?}", self.unknown);
        let unmet: Vec<_> = must.iter().filter(|whole| !self.met.contains(&whole.says)).collect();
        ensure!(unmet.is_empty(), "known to be read whole, but it is not: {unmet:#?}");
        Ok(())
    }
}

async fn on_sqlite() -> Result<(Fresh, SqliteConnection, Schema)> {
    let fresh = Fresh::sqlite().await?.migrated().await?;
    let mut connection = SqliteConnection::connect(&fresh.url).await?;
    let schema = Schema::read(&mut connection).await?;
    Ok((fresh, connection, schema))
}

async fn on_postgres() -> Result<(Fresh, PgConnection)> {
    let fresh = Fresh::postgres().await?.migrated().await?;
    let mut connection = PgConnection::connect(&fresh.url).await?;
    // Beside what the ledger's connections are told, the plan for any values, which is what a prepared statement ends with.
    let settings = "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;
                    SET plan_cache_mode = force_generic_plan";
    sqlx::raw_sql(settings).execute(&mut connection).await?;
    Ok((fresh, connection))
}

#[tokio::test]
async fn no_statement_reads_a_growing_table_whole_on_sqlite() -> Result<()> {
    let (_fresh, mut connection, schema) = on_sqlite().await?;
    let mut found = Found::default();
    for sql in super::statements()?.into_iter().filter_map(|statement| statement.sqlite) {
        let scans = scans_on_sqlite(&mut connection, &schema, &sql).await?;
        found.judge(&sql, scans, &[WHOLE]);
    }
    found.check(WHOLE)
}

#[tokio::test]
async fn no_statement_reads_a_growing_table_whole_on_postgres() -> Result<()> {
    let (_fresh, mut connection) = on_postgres().await?;
    let mut found = Found::default();
    // A block of statements has no plan.
    let statements = super::statements()?.into_iter().filter_map(|statement| statement.postgres);
    for sql in statements.filter(|sql| !sql.trim_start().starts_with("DO ")) {
        let scans = scans_on_postgres(&mut connection, &sql).await?;
        found.judge(&sql, scans, &[WHOLE, ONLY_POSTGRES]);
    }
    // What another version of the server reads along an index is no worse.
    found.check(&[])
}

#[tokio::test]
async fn a_table_that_is_read_whole_is_seen_by_whichever_name() -> Result<()> {
    let (_fresh, mut lite, schema) = on_sqlite().await?;
    let (_other, mut server) = on_postgres().await?;
    for (sql, tables) in [
        ("SELECT seq FROM posting WHERE note = $1", vec!["posting"]),
        ("SELECT 1 FROM site s JOIN movement AS m ON m.site = s.id AND m.revenue = $1 WHERE s.id = $2", vec![]),
        ("SELECT m.seq FROM movement AS m WHERE m.revenue = $1", vec!["movement"]),
        ("DELETE FROM idempotency WHERE status = $1", vec!["idempotency"]),
        ("SELECT 1 FROM posting g WHERE note = $1 AND EXISTS (SELECT 1 FROM site g WHERE g.id = $2)", vec!["posting"]),
        ("SELECT sku FROM product_card WHERE name = $1", vec!["product"]),
    ] {
        let read = |scans: Vec<Scan>| -> Vec<_> {
            scans.into_iter().map(|scan| scan.table).filter(|table| !SMALL.contains(&table.as_str())).collect()
        };
        assert_eq!(read(scans_on_sqlite(&mut lite, &schema, sql).await?), tables, "{sql}");
        assert_eq!(read(scans_on_postgres(&mut server, sql).await?), tables, "{sql}");
    }
    Ok(())
}
