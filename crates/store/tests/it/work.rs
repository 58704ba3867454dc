//! Jobs and what imports remember.

use anyhow::{Context, Result};
use store::{
    Db,
    import::{self, Profile, RowError},
    job::{self, Ending, Status},
};
use uuid::Uuid;

use crate::both::NOW;

both! {
    a_job_that_ended_stays_as_it_is
    a_job_that_is_done_has_done_all_its_steps
    abandoned_jobs_fail
    a_job_that_shows_no_life_fails
    row_errors_and_profiles_are_kept
}

const TESTER: job::Of<'static> = job::Of { actor: "tester", site: None };
const ID: Uuid = Uuid::from_u128(1);

async fn a_job_that_ended_stays_as_it_is(db: Db) -> Result<()> {
    let mut tx = db.write().await?;
    job::create(&mut tx, ID, "import", TESTER, NOW).await?;
    assert!(job::start(&mut tx, ID, NOW).await?);
    assert!(!job::start(&mut tx, ID, NOW).await?, "somebody has it");
    assert!(job::progress(&mut tx, ID, 5, Some(10), NOW.plus_seconds(1)).await?);
    assert!(job::end(&mut tx, ID, &Ending::Cancelled, NOW.plus_seconds(2)).await?);
    assert!(!job::progress(&mut tx, ID, 6, Some(10), NOW).await?, "the worker learns that it should stop");
    assert!(!job::end(&mut tx, ID, &Ending::Done("{}".into()), NOW).await?);
    tx.commit().await?;
    let job = job::get(&db, ID).await?.context("there")?;
    assert_eq!((job.status, job.done, job.total, job.result), (Status::Cancelled, 5, Some(10), None));
    assert!(job.status.has_ended());
    assert_eq!(job::recent(&db, None, 5).await?.len(), 1);
    assert_eq!(job::get(&db, Uuid::from_u128(2)).await?, None);
    Ok(())
}

async fn a_job_that_is_done_has_done_all_its_steps(db: Db) -> Result<()> {
    let mut tx = db.write().await?;
    job::create(&mut tx, ID, "verify", TESTER, NOW).await?;
    assert!(job::start(&mut tx, ID, NOW).await?);
    assert!(job::progress(&mut tx, ID, 10, Some(26), NOW).await?);
    assert!(job::end(&mut tx, ID, &Ending::Done("{}".into()), NOW).await?);
    tx.commit().await?;
    let job = job::get(&db, ID).await?.context("there")?;
    assert_eq!((job.status, job.done, job.total), (Status::Done, 26, Some(26)));
    Ok(())
}

async fn abandoned_jobs_fail(db: Db) -> Result<()> {
    let mut tx = db.write().await?;
    job::create(&mut tx, ID, "import", TESTER, NOW).await?;
    job::create(&mut tx, Uuid::from_u128(2), "import", TESTER, NOW.plus_seconds(10)).await?;
    assert_eq!(job::fail_abandoned(&mut tx, NOW.plus_seconds(5), "{}", NOW.plus_seconds(20)).await?, 1);
    tx.commit().await?;
    let jobs: Vec<Status> = job::recent(&db, None, 5).await?.into_iter().map(|job| job.status).collect();
    assert_eq!(jobs, [Status::Queued, Status::Failed]);
    Ok(())
}

async fn a_job_that_shows_no_life_fails(db: Db) -> Result<()> {
    let mut tx = db.write().await?;
    job::create(&mut tx, ID, "import", TESTER, NOW).await?;
    job::beat(&mut tx, ID).await?;
    tx.commit().await?;
    assert_eq!(job::beats(&db).await?, [(ID, 1)]);
    let mut tx = db.write().await?;
    assert!(!job::fail_lost(&mut tx, (ID, 0), "{}", NOW).await?, "it has shown life since");
    assert!(job::fail_lost(&mut tx, (ID, 1), "{}", NOW).await?);
    assert!(!job::fail_lost(&mut tx, (ID, 1), "{}", NOW).await?);
    tx.commit().await?;
    assert_eq!(job::beats(&db).await?, []);
    Ok(())
}

async fn row_errors_and_profiles_are_kept(db: Db) -> Result<()> {
    let error = |row_number| RowError {
        row_number,
        column_name: "ean".into(),
        code: "gtin_check_digit".into(),
        message: "el dígito \"verificador\" no da".into(),
    };
    let profile = |mapping: &str| Profile { name: "sepa".into(), kind: "products".into(), mapping: mapping.into() };
    let mut tx = db.write().await?;
    job::create(&mut tx, ID, "import", TESTER, NOW).await?;
    import::add_errors(&mut tx, ID, 0, &[error(3), error(1)]).await?;
    import::add_errors(&mut tx, ID, 2, &[error(9)]).await?;
    import::save_profile(&mut tx, &profile("{}"), NOW).await?;
    import::save_profile(&mut tx, &profile("{\"sku\":\"id\"}"), NOW).await?;
    tx.commit().await?;
    assert_eq!(import::errors(&db, ID, 1, 10).await?, [error(1), error(9)]);
    assert_eq!(import::profile(&db, "sepa").await?, Some(profile("{\"sku\":\"id\"}")));
    assert_eq!(import::profiles(&db).await?.len(), 1);
    Ok(())
}
