//! What a database server says of itself.

use anyhow::{Context, Result};
use store::{Db, db::Backend, server};

both! { a_server_tells_its_room_and_a_file_tells_nothing }

async fn a_server_tells_its_room_and_a_file_tells_nothing(db: Db) -> Result<()> {
    assert_eq!([server::connections(20), server::connections(1)], [22, 4], "two are the ledger's own");
    let found = server::look(&db).await?;
    if db.backend() == Backend::Sqlite {
        assert_eq!(found, None);
        return Ok(());
    }
    let found = found.context("a server")?;
    assert!(found.most_connections > 0 && found.replicas == 0 && found.synchronous.is_empty(), "{found:?}");
    Ok(())
}
