use std::time::Duration;

use axum::{
    Extension, Router,
    body::{Body, to_bytes},
    extract::Request,
};
use domain::{RandomIds, Role, SystemClock};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tower::ServiceExt;

use super::*;
use crate::{
    config::DatabaseUrl,
    http::auth::{CallerKind, Principal},
};

const ANA: Of<'static> = Of { actor: "ana", site: None };

async fn jobs(at_once: usize) -> (Jobs, Tasks, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open(&store::Options::new(DatabaseUrl::in_folder(folder.path()).expose())).await.unwrap();
    store::migrate::up(&db).await.unwrap();
    let tasks = Tasks::default();
    let events = Events::new(&[TOPIC], &SystemClock);
    let parts = JobParts { db, clock: Arc::new(SystemClock), ids: Arc::new(RandomIds), events, tasks: tasks.clone() };
    (Jobs::new(parts, at_once), tasks, folder)
}

async fn send(jobs: &Jobs, method: &str, path: &str) -> (u16, Value) {
    let somebody = Principal::new(CallerKind::Key, "k", "k", Role::Owner);
    let app = Router::from(routes(jobs.clone())).layer(Extension(somebody));
    let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
    let (parts, body) = app.oneshot(request).await.unwrap().into_parts();
    (parts.status.as_u16(), serde_json::from_slice(&to_bytes(body, 100_000).await.unwrap()).unwrap())
}

#[tokio::test]
async fn a_job_ends_as_its_work_does() {
    let (jobs, tasks, _folder) = jobs(2).await;
    let fine = jobs.submit("fine", ANA, |mut handle| async move {
        handle.progress(3, Some(7)).await?;
        Ok(json!({"rows": 7}))
    });
    let (fine, bad) = (
        fine.await.unwrap(),
        jobs.submit("bad", ANA, |_| async { Err(Problem::conflict("conflict").into()) }).await.unwrap(),
    );
    let clumsy =
        jobs.submit("clumsy", ANA, |_| async { if true { panic!("hunter2") } else { Ok(Value::Null) } }).await.unwrap();
    assert!(tasks.finish(Duration::from_secs(20)).await);
    let (_, fine) = send(&jobs, "GET", &format!("/api/v1/jobs/{}", fine.id)).await;
    assert_eq!(
        (&fine["status"], &fine["result"]["rows"], &fine["progress"]),
        (&json!("done"), &json!(7), &json!({"done": 7, "total": 7}))
    );
    let (_, bad) = send(&jobs, "GET", &format!("/api/v1/jobs/{}", bad.id)).await;
    assert_eq!((&bad["status"], &bad["problem"]["code"]), (&json!("failed"), &json!("conflict")));
    let (_, clumsy) = send(&jobs, "GET", &format!("/api/v1/jobs/{}", clumsy.id)).await;
    assert_eq!((&clumsy["status"], &clumsy["problem"]["code"]), (&json!("failed"), &json!("internal")));
    assert!(!clumsy.to_string().contains("hunter2"));
    assert_eq!(send(&jobs, "GET", "/api/v1/jobs").await.1["items"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn jobs_can_be_stopped_while_they_run_and_while_they_wait() {
    let (jobs, tasks, _folder) = jobs(1).await;
    let (begun, has_begun) = oneshot::channel();
    let (go_on, may_go_on) = oneshot::channel::<()>();
    let running = jobs.submit("long", ANA, |mut handle| async move {
        begun.send(()).unwrap();
        may_go_on.await.unwrap();
        handle.progress(1, None).await?;
        unreachable!("it was told to stop")
    });
    let running = running.await.unwrap();
    has_begun.await.unwrap();
    let waiting = jobs.submit("waits", ANA, |_| async { unreachable!("it never got its turn") }).await.unwrap();
    assert_eq!(waiting.status, "queued");
    for id in [waiting.id, running.id] {
        let (status, job) = send(&jobs, "DELETE", &format!("/api/v1/jobs/{id}")).await;
        assert_eq!((status, &job["status"]), (200, &json!("cancelled")));
    }
    go_on.send(()).unwrap();
    assert!(tasks.finish(Duration::from_secs(20)).await);
    for id in [waiting.id, running.id] {
        assert_eq!(jobs.get(id).await.unwrap().status, "cancelled");
    }
    assert!(tasks.panics().values().all(|panics| *panics == 0));
    assert!(jobs.running().is_empty());
}

#[tokio::test]
async fn stopping_a_job_that_has_ended_tells_nobody() {
    let (jobs, tasks, _folder) = jobs(1).await;
    let job = jobs.submit("fine", ANA, |_| async { Ok(Value::Null) }).await.unwrap();
    assert!(tasks.finish(Duration::from_secs(20)).await);
    let before = jobs.0.events.published();
    let (status, document) = send(&jobs, "DELETE", &format!("/api/v1/jobs/{}", job.id)).await;
    assert_eq!((status, &document["status"]), (200, &json!("done")));
    assert_eq!(jobs.0.events.published(), before);
}

#[tokio::test]
async fn too_many_are_told_to_come_back() {
    let (jobs, _tasks, _folder) = jobs(1).await;
    for _ in 0..MOST_WAITING {
        jobs.submit("waits", ANA, |_| std::future::pending()).await.unwrap();
    }
    assert_eq!(jobs.submit("late", ANA, |_| std::future::pending()).await.unwrap_err().status(), 503);
}

#[tokio::test]
async fn what_a_lost_process_left_behind_is_ended() {
    let (jobs, tasks, _folder) = jobs(1).await;
    let lost = jobs.submit("lost", ANA, |_| std::future::pending()).await.unwrap();
    tasks.finish(Duration::ZERO).await;
    assert_eq!(jobs.recover().await.unwrap(), 1);
    let job = jobs.get(lost.id).await.unwrap();
    assert_eq!((job.status, job.problem.unwrap()["code"].as_str()), ("failed", Some("job_interrupted")));
}

#[tokio::test]
async fn another_process_ends_the_jobs_of_one_that_is_gone_and_no_others() {
    let (first, _tasks, _folder) = jobs(1).await;
    let second = Jobs::new(
        JobParts {
            db: first.0.db.clone(),
            clock: Arc::new(SystemClock),
            ids: Arc::new(RandomIds),
            events: Events::new(&[TOPIC], &SystemClock),
            tasks: Tasks::default(),
        },
        1,
    );
    let job = first.submit("long", ANA, |_| std::future::pending()).await.unwrap();
    let (mut own, mut watch) = (Watch::default(), Watch::default());
    for _ in 0..10 {
        first.sign(job.id).await;
        assert_eq!(second.end_lost(&mut watch).await.unwrap(), 0, "it lives");
    }
    let mut looks = 1;
    while second.end_lost(&mut watch).await.unwrap() == 0 {
        assert_eq!(first.end_lost(&mut own).await.unwrap(), 0, "whoever runs it knows better");
        looks += 1;
        assert!(looks < 10);
    }
    assert!(looks >= 3);
    let job = first.get(job.id).await.unwrap();
    assert_eq!((job.status, job.problem.unwrap()["code"].as_str()), ("failed", Some("job_interrupted")));
}

#[tokio::test]
async fn an_unknown_job_is_not_there() {
    let (jobs, _tasks, _folder) = jobs(1).await;
    for id in ["nonsense", "00000000-0000-0000-0000-000000000000"] {
        for method in ["GET", "DELETE"] {
            assert_eq!(send(&jobs, method, &format!("/api/v1/jobs/{id}")).await.0, 404, "{method} {id}");
        }
    }
}
