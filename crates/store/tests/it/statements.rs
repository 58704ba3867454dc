//! Every statement in the sources is prepared on both databases, so that one only an unlucky shop would reach cannot be
//! wrong on either.

mod plans;
mod source;
mod texts;
mod tokens;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use source::Statement;
use sqlx::{AssertSqlSafe, Connection, Executor, SqlSafeStr};

use crate::both::Fresh;

fn sources(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sources(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("legacy.rs") {
            found.push(path);
        }
    }
    Ok(())
}

fn statements() -> Result<Vec<Statement>> {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files)?;
    let texts = files.iter().map(|file| Ok(without_tests(std::fs::read_to_string(file)?)));
    let texts = texts.collect::<std::io::Result<Vec<_>>>()?;
    let found = source::statements(&texts)?;
    for ((path, text), statements) in files.iter().zip(&texts).zip(&found) {
        ensure!(!statements.is_empty() || !asks(path, text), "{} asks, and nothing was found in it", path.display());
    }
    Ok(found.into_iter().flatten().collect())
}

/// What tests of a module ask is not asked by the program. They stand at its end.
fn without_tests(mut text: String) -> String {
    text.truncate(text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len()));
    text
}

/// Whether a file has statements of its own: those of `db.rs` and the dialect are everybody's.
fn asks(path: &Path, text: &str) -> bool {
    let takes = ["db.rs", "dialect.rs"].iter().any(|file| path.ends_with(file))
        || path.parent().is_some_and(|folder| folder.ends_with("dialect"));
    !takes && [".query(", "Bulk::new(", "per_backend("].iter().any(|call| text.contains(call))
}

#[tokio::test]
async fn every_statement_prepares_on_sqlite() -> Result<()> {
    let fresh = Fresh::sqlite().await?.migrated().await?;
    let mut connection = sqlx::SqliteConnection::connect(&fresh.url).await?;
    for statement in statements()? {
        let Some(sql) = statement.sqlite else { continue };
        let prepared = (&mut connection).prepare(AssertSqlSafe(sql.clone()).into_sql_str()).await;
        prepared.with_context(|| sql)?;
    }
    Ok(())
}

#[tokio::test]
async fn every_statement_prepares_on_postgres() -> Result<()> {
    let fresh = Fresh::postgres().await?.migrated().await?;
    let mut connection = sqlx::PgConnection::connect(&fresh.url).await?;
    for statement in statements()? {
        let Some(sql) = statement.postgres else { continue };
        let prepared = (&mut connection).prepare(AssertSqlSafe(sql.clone()).into_sql_str()).await;
        prepared.with_context(|| sql)?;
    }
    Ok(())
}
