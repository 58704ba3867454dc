//! On PostgreSQL the program's own user changes rows and no table; another user makes those.

use anyhow::ensure;
use serde_json::json;
use testkit::Result;
use testkit::binary::Installation;
use testkit::postgres::{self, Database};

use crate::backups::with_identity;
use crate::shop::{Shop, add_product, on_hand, posting};

/// A user of the server who goes with this value.
struct User<'d> {
    database: &'d Database,
    name: String,
}

impl<'d> User<'d> {
    fn new(database: &'d Database) -> Result<User<'d>> {
        let name = format!("{}_app", database.url().rsplit('/').next().unwrap_or("test").replace(['?', '=', '&'], "_"));
        database.execute(&format!("CREATE ROLE {name} LOGIN PASSWORD 'hunter2'"))?;
        Ok(User { database, name })
    }

    fn url(&self) -> String {
        let (scheme, rest) = self.database.url().split_once("://").unwrap_or_default();
        let rest = rest.split_once('@').map_or(rest, |(_, rest)| rest);
        format!("{scheme}://{}:hunter2@{rest}", self.name)
    }
}

impl Drop for User<'_> {
    fn drop(&mut self) {
        let name = &self.name;
        let _ = self.database.execute(&format!("DROP OWNED BY {name}; DROP ROLE {name}"));
    }
}

#[test]
fn a_server_whose_user_may_change_no_table_works() -> Result<()> {
    let database = postgres::fresh_database()?;
    let user = User::new(&database)?;
    let installation = Installation::on_postgres(&user.url())?;
    let refused = installation.run(&["migrate", "up"])?;
    ensure!(refused.code == Some(1) && refused.stderr.contains("GONDOLA_DATABASE_ADMIN_URL"), "{}", refused.output());
    let installation = installation.with("GONDOLA_DATABASE_ADMIN_URL", database.url());
    installation.ok(&["migrate", "up"])?;
    let told = installation.ok(&["audit", "list", "--json", "--action", "database.migrated"])?;
    ensure!(told.lines().count() == 1 && told.contains("\"actor\":\"cli\""), "{told}");
    // From here on nobody but whoever migrates knows the other user.
    let shop = Shop::of(installation.with("GONDOLA_DATABASE_ADMIN_URL", ""), None)?;
    shop.installation.ok(&["key", "init"])?;
    let server = shop.serve()?;
    let mut client = server.client(&shop.key);
    add_product(&mut client, "A", "unit")?;
    let receipt = posting(1, "receipt", &json!([{"sku": "A", "quantity": "2", "unit_cost": "10"}]));
    ensure!(client.post("/api/v1/postings", &receipt)?.status == 201);
    ensure!(on_hand(&mut client, "A")? == "2");
    ensure!(client.get("/ready")?.status == 200 && client.get("/health/deep")?.status == 200);
    shop.verify()?;
    let as_user = |sql: &str| database.execute(&format!("SET ROLE {}; {sql}", user.name));
    as_user("SELECT COUNT(*) FROM posting")?;
    for forbidden in [
        "CREATE TABLE mine (id INT)",
        "DROP TABLE posting",
        "ALTER TABLE movement DISABLE TRIGGER ALL",
        "TRUNCATE balance",
        "UPDATE posting SET hash = hash",
        "DELETE FROM movement",
        "DELETE FROM _sqlx_migrations",
    ] {
        ensure!(as_user(forbidden).is_err(), "{forbidden}");
    }
    Ok(())
}

#[test]
fn that_user_makes_backups_and_another_who_may_brings_them_back_for_it() -> Result<()> {
    let database = postgres::fresh_database()?;
    let user = User::new(&database)?;
    let installation = with_identity(Installation::on_postgres(&user.url())?)?;
    let installation = installation.with("GONDOLA_DATABASE_ADMIN_URL", database.url());
    installation.ok(&["migrate", "up"])?;
    let shop = Shop::of(installation.with("GONDOLA_DATABASE_ADMIN_URL", ""), None)?;
    let file = shop.installation.ok(&["backup"])?.trim().to_owned();
    let refused = shop.installation.run(&["drill"])?;
    ensure!(refused.code == Some(1) && refused.stderr.contains("CREATEDB"), "{}", refused.output());

    let other = postgres::fresh_database()?;
    let other_user = User::new(&other)?;
    let identity = shop.installation.folder().join("identity.txt").display().to_string();
    let elsewhere = Installation::on_postgres(&other_user.url())?.with("GONDOLA_BACKUP_IDENTITY_FILE", &identity);
    let refused = elsewhere.run(&["restore", &file])?;
    ensure!(refused.code == Some(1) && !refused.output().contains("hunter2"), "{}", refused.output());
    let elsewhere = elsewhere.with("GONDOLA_DATABASE_ADMIN_URL", other.url());
    elsewhere.ok(&["restore", &file])?;
    let elsewhere = elsewhere.with("GONDOLA_DATABASE_ADMIN_URL", "");
    elsewhere.ok(&["verify"])?;
    let server = elsewhere.serve()?;
    add_product(&mut server.client(&shop.key), "A", "unit")?;
    ensure!(other.execute(&format!("SET ROLE {}; DROP TABLE posting", other_user.name)).is_err());
    Ok(())
}
