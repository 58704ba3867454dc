//! Opening the database a command works on.
//!
//! Invariant: a database of a newer program is never touched; an older or empty one is brought up before it is used, except by
//! commands that only read.

use anyhow::Context;
use domain::{Clock, SystemClock, audit::Action};
use platform::{
    audit::Draft,
    config::Settings,
    vault::{self, Vault},
};
use store::{Db, Options, grant, migrate, site::Site};
use thiserror::Error;

use super::{Words, audited::by_cli};

/// A failure whose cause is what the user asked for.
#[derive(Debug, Error)]
#[error("{es} / {en}")]
pub(crate) struct Failure {
    es: String,
    en: String,
}

impl Failure {
    /// Says it in both languages.
    pub(crate) fn new(es: impl Into<String>, en: impl Into<String>) -> Failure {
        Failure { es: es.into(), en: en.into() }
    }

    /// Says it as it is, in the language it is in.
    pub(crate) fn same(text: String) -> Failure {
        Failure { es: text.clone(), en: text }
    }

    /// In one language.
    pub(crate) fn message(&self, words: Words) -> String {
        words.say(&self.es, &self.en).to_owned()
    }
}

/// How these settings want the database opened.
pub(crate) fn options(settings: &Settings) -> Options {
    Options {
        pool_size: settings.database_pool_size,
        server_wait: settings.database_connect_timeout,
        slow_statement: Some(settings.slow_statement).filter(|slow| !slow.is_zero()),
        ..Options::new(settings.database_url.expose())
    }
}

/// Opens the database for work: makes the data folder and the file, and brings it to this program's version.
pub(crate) async fn writable(settings: &Settings) -> anyhow::Result<Db> {
    make_folder(settings)?;
    let db = Db::open(&options(settings)).await?;
    bring_up(&db, settings).await?;
    Ok(db)
}

/// Opens the database to serve it. A server that is not there keeps nobody from serving: the flag says whether it was there.
pub(crate) async fn to_serve(settings: &Settings) -> anyhow::Result<(Db, bool)> {
    match writable(settings).await {
        Ok(db) => Ok((db, true)),
        Err(error) if !settings.database_url.is_sqlite() && is_absence(&error) => {
            tracing::error!(error = &*error as &dyn std::error::Error, "the database server cannot be reached");
            Ok((Db::of_server(&options(settings))?, false))
        }
        Err(error) => Err(error),
    }
}

/// Whether the database server is not there for now, rather than something wrong with it, with us or with the settings.
pub(crate) fn is_absence(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| match cause.downcast_ref::<vault::Error>() {
        Some(vault::Error::Store(error)) => error.is_absence(),
        _ => cause.downcast_ref::<store::Error>().is_some_and(store::Error::is_absence),
    })
}

/// Brings the database to this program's version, and writes that down.
pub(crate) async fn bring_up(db: &Db, settings: &Settings) -> anyhow::Result<()> {
    let before = migrate::current(db).await?;
    match &settings.database_admin_url {
        Some(_) if before == migrate::newest() => {}
        Some(admin) => bring_up_as(admin.expose(), settings).await?,
        // Also when there is nothing to do: it looks whether what is there is ours.
        None => migrate::up(db).await?,
    }
    if before == migrate::newest() {
        return Ok(());
    }
    let mut tx = db.write().await?;
    migrated(before, migrate::newest()).write(&mut tx, SystemClock.now()).await?;
    Ok(tx.commit().await?)
}

/// As the user who may change tables; the program's own user then gets its rights.
async fn bring_up_as(admin: &str, settings: &Settings) -> anyhow::Result<()> {
    let owner = Db::open(&Options { pool_size: 1, ..Options::new(admin) }).await?;
    migrate::up(&owner).await?;
    let [user, owner_name] = [settings.database_url.expose(), admin].map(grant::user_of);
    if let Some(user) = user.filter(|user| owner_name.as_ref() != Some(user)) {
        grant::to(&owner, &user).await?;
    }
    owner.close().await;
    Ok(())
}

/// Another version of the database, as the audit log tells it.
pub(super) fn migrated(before: i64, after: i64) -> Draft {
    by_cli(Action::DatabaseMigrated).on("database", "version").change("version", before, after)
}

/// Opens the database to look at it: nothing is made, nothing is changed.
pub(crate) async fn readable(settings: &Settings) -> anyhow::Result<Db> {
    let db = as_it_is(settings).await?;
    migrate::check(&db).await?;
    Ok(db)
}

/// Opens the database whatever its version.
pub(crate) async fn as_it_is(settings: &Settings) -> anyhow::Result<Db> {
    Ok(Db::open(&Options { create: false, ..options(settings) }).await?)
}

/// What opens the encrypted values of a database.
pub(crate) async fn vault(db: &Db, settings: &Settings) -> anyhow::Result<Vault> {
    Ok(Vault::load(db, &settings.encryption, &SystemClock).await?)
}

fn make_folder(settings: &Settings) -> anyhow::Result<()> {
    let folder = &settings.data_dir;
    if settings.database_url.is_sqlite() {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("no se puede crear la carpeta / cannot create the folder {}", folder.display()))?;
    }
    Ok(())
}

/// The site named, or the only one there is.
pub(crate) async fn site(db: &Db, named: Option<&str>) -> anyhow::Result<Site> {
    let mut sites = store::site::list(db).await?;
    let codes: Vec<&str> = sites.iter().map(|site| site.code.as_str()).collect();
    let codes = codes.join(", ");
    match named {
        Some(code) => {
            let unknown = || {
                Failure::new(
                    format!("no hay una sucursal «{code}»; las que hay: {codes}"),
                    format!("there is no site “{code}”; there are: {codes}"),
                )
            };
            Ok(sites.into_iter().find(|site| site.code == code).ok_or_else(unknown)?)
        }
        None if sites.len() == 1 => Ok(sites.remove(0)),
        None if sites.is_empty() => Err(Failure::new(
            "todavía no hay sucursales; creá una con «gondola site create CÓDIGO»",
            "there are no sites yet; create one with “gondola site create CODE”",
        )
        .into()),
        None => Err(Failure::new(
            format!("hay varias sucursales; elegí una con --site: {codes}"),
            format!("there are several sites; choose one with --site: {codes}"),
        )
        .into()),
    }
}
