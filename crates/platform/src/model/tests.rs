use std::fs;

use domain::clock::FixedClock;
use testkit::model::{Model as Stub, Says};

use super::*;
use crate::{
    audit::{Audit, Told},
    breaker::{Policy, State},
    config::{Inputs, Settings},
    network::Networks,
    outgoing::{Fault, OutgoingParts, SystemResolver},
};

const WORDS: Says = Says::Words("Dos bananas.", 20, 3);

/// A model asked at that address, with what was told of it.
struct Asking {
    model: Model,
    folder: tempfile::TempDir,
    _told: Told,
}

/// With these settings besides; networks that may be reached.
fn asking(url: &str, set: &[(&'static str, &str)], networks: &str) -> Asking {
    let folder = tempfile::tempdir().unwrap();
    let usual = [
        ("model_url", url),
        ("model_name", "stub"),
        ("model_key", "sk-planted"),
        ("model_timeout_s", "20"),
        ("model_question_price", "1"),
        ("model_answer_price", "2"),
        ("breaker_model_failures", "2"),
    ];
    let flags = usual.iter().chain(set).map(|(name, value)| (*name, (*value).to_owned())).collect();
    let settings = Settings::load(&Inputs { flags, ..Inputs::default() }).unwrap();
    let clock: Arc<dyn Clock> = Arc::new(FixedClock("2026-11-26T12:00:00Z".parse().unwrap()));
    let (audit, told) = Audit::watched();
    let place = settings.model.place.clone().unwrap();
    let outgoing = Outgoing::new(OutgoingParts {
        destinations: vec![place.destination.clone()],
        networks: Networks::parse(networks).unwrap(),
        trust: None,
        resolver: Arc::new(SystemResolver),
        audit: Some(audit),
        clock: Arc::clone(&clock),
    });
    let policy = Policy { open_for: Duration::from_secs(3600), ..settings.resilience.model };
    let breaker = Breaker::new(MODEL, policy, Arc::clone(&clock));
    let model = Model::new(ModelParts {
        place,
        settings: settings.model.clone(),
        outgoing,
        breaker,
        folder: folder.path(),
        clock,
    });
    Asking { model, folder, _told: told }
}

fn near(stub: &Stub) -> Asking {
    asking(&stub.url(), &[], "127.0.0.0/8")
}

fn question() -> Question {
    Question { rules: "Respondé corto.".to_owned(), text: "¿Cuántas bananas?".to_owned() }
}

/// The most that question can use.
fn most() -> u64 {
    question().most(1_024).tokens()
}

async fn spent(asking: &Asking) -> u64 {
    asking.model.spent().await.unwrap().tokens
}

#[tokio::test]
async fn what_is_asked_and_answered_and_paid_is_what_it_says() {
    let stub = Stub::saying([WORDS]).unwrap();
    let asking = near(&stub);
    let answer = asking.model.ask(&question()).await.unwrap();
    assert_eq!((answer.text.as_str(), answer.ending), ("Dos bananas.", Ending::Whole));
    assert_eq!((answer.usage, answer.cost.to_string().as_str()), (Some(Usage { question: 20, answer: 3 }), "0.000026"));
    let asked = &stub.asked()[0];
    assert_eq!((asked.line.as_str(), asked.key.as_str()), ("POST /v1/chat/completions", "Bearer sk-planted"));
    assert_eq!((&asked.body["model"], &asked.body["max_tokens"]), (&"stub".into(), &1_024.into()));
    assert_eq!(asked.body["messages"][0]["role"], "system");
    assert_eq!(asked.body["messages"][1]["content"], "¿Cuántas bananas?");
    assert_eq!(spent(&asking).await, 23);
    let kept = std::fs::read_dir(asking.folder.path().join("model")).unwrap();
    for file in kept {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains("bananas"), "what was asked is nobody's");
    }
    assert_eq!(serde_json::to_value(Reply::of(&Ok(answer))).unwrap()["status"], "ok");
}

#[tokio::test]
async fn what_stands_beside_an_answer_is_overlooked_and_without_figures_the_most_is_paid() {
    let stub = Stub::saying([Says::Strange("Dos.")]).unwrap();
    let asking = near(&stub);
    let answer = asking.model.ask(&question()).await.unwrap();
    assert_eq!((answer.text.as_str(), answer.usage), ("Dos.", None));
    assert_eq!(spent(&asking).await, most());
}

#[tokio::test]
async fn one_that_could_not_just_now_is_asked_again_and_paid_once() {
    let busy = Says::Status(429, "slow down", Some("0"));
    let stub = Stub::saying([busy, Says::Status(500, "oops", None), WORDS]).unwrap();
    let asking = near(&stub);
    assert!(asking.model.ask(&question()).await.is_ok());
    assert_eq!((stub.asked().len(), spent(&asking).await), (3, 23));
}

#[tokio::test]
async fn one_that_says_to_come_back_far_later_is_not_waited_for() {
    let stub = Stub::saying([Says::Status(429, "slow down", Some("3600"))]).unwrap();
    let asking = near(&stub);
    let wait = Some(Duration::from_secs(3600));
    assert_eq!(asking.model.ask(&question()).await, Err(ModelFault::Throttled { wait }));
    assert_eq!((stub.asked().len(), spent(&asking).await, asking.model.breaker().state()), (1, 0, State::Closed));
}

#[tokio::test]
async fn one_that_refuses_is_believed_there_and_what_it_repeats_of_the_key_is_hidden() {
    let stub = Stub::saying([Says::Status(401, "bad key sk-planted\u{1b}[31m", None)]).unwrap();
    let asking = near(&stub);
    let fault = asking.model.ask(&question()).await.unwrap_err();
    assert_eq!(fault, ModelFault::Refused { status: 401, said: "bad key ***[31m".to_owned() });
    assert_eq!((stub.asked().len(), spent(&asking).await, asking.model.breaker().state()), (1, 0, State::Closed));
    assert!(matches!(asking.model.check().await, Err(ModelFault::Refused { status: 401, .. })));
}

type Expected = fn(&ModelFault) -> bool;

/// What fails is not asked again, is paid for where it may have been done, and opens the breaker after two.
#[tokio::test]
async fn whatever_is_no_answer_is_told_and_opens_the_breaker() {
    let odd = |fault: &ModelFault| matches!(fault, ModelFault::Odd(_));
    let broken = |fault: &ModelFault| matches!(fault, ModelFault::Unreachable(Fault::Broken(_)));
    let large = |fault: &ModelFault| matches!(fault, ModelFault::Unreachable(Fault::TooLarge { .. }));
    let table: [(Says, Expected); 9] = [
        (Says::Body("application/json", "{\"choices\":"), odd),
        (Says::Body("application/json", "[1,2,3]"), odd),
        (Says::Body("application/json", "{\"choices\":[]}"), odd),
        (Says::Body("application/json", "{\"choices\":[{\"message\":{\"content\":null}}]}"), odd),
        (
            Says::Body(
                "application/json",
                "{\"choices\":[{\"message\":{\"content\":\"x\"}}],\"usage\":{\"prompt_tokens\":-1}}",
            ),
            odd,
        ),
        (Says::Body("text/html", "<html>"), odd),
        (Says::Body("application/jsonp", "{\"choices\":[{\"message\":{\"content\":\"x\"}}]}"), odd),
        (Says::Huge(MOST_BYTES), large),
        (Says::Cut, broken),
    ];
    for (says, expected) in table {
        let stub = Stub::saying([says.clone()]).unwrap();
        let asking = near(&stub);
        for time in 1..=2 {
            let fault = asking.model.ask(&question()).await.unwrap_err();
            assert!(expected(&fault), "{says:?}: {fault}");
            assert_eq!((stub.asked().len(), spent(&asking).await), (time, most() * time as u64), "{says:?}");
        }
        assert_eq!(asking.model.breaker().state(), State::Open, "{says:?}");
        assert!(matches!(asking.model.ask(&question()).await, Err(ModelFault::Away { .. })));
        assert_eq!(stub.asked().len(), 2, "it is left alone");
    }
}

#[tokio::test]
async fn one_that_leads_elsewhere_is_not_followed() {
    let other = Stub::saying([WORDS]).unwrap();
    let place: &'static str = Box::leak(format!("{}/chat/completions", other.url()).into_boxed_str());
    let stub = Stub::saying([Says::Elsewhere(place)]).unwrap();
    let fault = near(&stub).model.ask(&question()).await.unwrap_err();
    assert!(matches!(fault, ModelFault::Refused { status: 307, .. }), "{fault}");
    assert!(other.asked().is_empty());
}

#[tokio::test]
async fn one_that_says_nothing_is_waited_for_so_long_and_paid_for() {
    let stub = Stub::saying([Says::Nothing]).unwrap();
    let asking = asking(&stub.url(), &[("model_timeout_s", "1")], "127.0.0.0/8");
    let fault = asking.model.ask(&question()).await.unwrap_err();
    assert_eq!(fault, ModelFault::Unreachable(Fault::Silent));
    assert_eq!((stub.asked().len(), spent(&asking).await), (1, most()));
    assert_eq!(
        serde_json::to_value(Reply::of(&Err(fault))).unwrap(),
        FALLBACK_REPLY.parse::<serde_json::Value>().unwrap()
    );
}

const FALLBACK_REPLY: &str = r#"{"response":"Sistema temporalmente degradado","status":"fallback"}"#;

#[tokio::test]
async fn one_that_is_gone_costs_nothing_and_is_asked_again_when_it_is_back() {
    let stub = Stub::saying([WORDS]).unwrap();
    let asking = near(&stub);
    assert!(asking.model.check().await.is_ok() && asking.model.ask(&question()).await.is_ok());
    let address = stub.kill().unwrap();
    let fault = asking.model.ask(&question()).await.unwrap_err();
    assert!(matches!(fault, ModelFault::Unreachable(Fault::Unreachable { .. }) | ModelFault::Away { .. }), "{fault}");
    assert_eq!((spent(&asking).await, asking.model.breaker().state()), (23, State::Open));
    assert!(asking.model.check().await.is_err(), "what was found while it was well does not hold now");
    let _back = Stub::at(&address, [WORDS]).unwrap();
    assert!(asking.model.check().await.is_ok());
    assert_eq!(asking.model.breaker().state(), State::Closed, "a check that passes is enough");
    assert!(asking.model.ask(&question()).await.is_ok());
}

#[tokio::test]
async fn one_that_fails_is_asked_three_times_at_most() {
    let stub = Stub::saying([Says::Status(503, "overloaded", Some("0"))]).unwrap();
    let asking = asking(&stub.url(), &[("breaker_model_failures", "9")], "127.0.0.0/8");
    assert_eq!(asking.model.ask(&question()).await, Err(ModelFault::Failed { status: 503 }));
    assert_eq!((stub.asked().len(), spent(&asking).await), (3, 0));
}

#[tokio::test]
async fn past_what_may_be_spent_nothing_is_asked() {
    let stub = Stub::saying([WORDS]).unwrap();
    let day = (most() + 22).to_string();
    let asking = asking(&stub.url(), &[("model_day_tokens", &day)], "127.0.0.0/8");
    assert!(asking.model.ask(&question()).await.is_ok());
    let fault = asking.model.ask(&question()).await.unwrap_err();
    assert_eq!(fault, ModelFault::OverLimit(Limit::DayTokens(most() + 22)));
    let long = Question { text: "x".repeat(40_000), ..Question::default() };
    assert!(matches!(asking.model.ask(&long).await, Err(ModelFault::OverLimit(Limit::RequestTokens(32_768)))));
    assert_eq!(stub.asked().len(), 1);
}

#[tokio::test]
async fn only_so_many_wait_at_once() {
    let stub = Stub::saying([Says::Nothing]).unwrap();
    let asking = asking(&stub.url(), &[("model_day_tokens", "0")], "127.0.0.0/8");
    let waiting: Vec<_> = (0..MOST_WAITING)
        .map(|_| {
            let model = asking.model.clone();
            tokio::spawn(async move { model.ask(&question()).await })
        })
        .collect();
    while stub.asked().len() < MOST_WAITING {
        tokio::task::yield_now().await;
    }
    assert_eq!(asking.model.ask(&question()).await, Err(ModelFault::Busy));
    stub.let_go();
    for one in waiting {
        assert!(one.await.unwrap().is_err());
    }
}

#[tokio::test]
async fn an_address_inside_is_asked_only_where_somebody_said_so() {
    let stub = Stub::saying([WORDS]).unwrap();
    let asking = asking(&stub.url(), &[], "");
    let fault = asking.model.ask(&question()).await.unwrap_err();
    assert!(matches!(fault, ModelFault::Unreachable(Fault::OutOfReach { .. })), "{fault}");
    assert!(stub.asked().is_empty() && spent(&asking).await == 0);
    assert_eq!(asking.model.breaker().state(), State::Closed, "that says nothing of the model");
}

#[tokio::test]
async fn what_happened_is_counted_and_nothing_of_it_is_told() {
    let stub = Stub::saying([WORDS, Says::Status(400, "no bananas", None)]).unwrap();
    let asking = near(&stub);
    let mut registry = Registry::default();
    asking.model.register(&mut registry);
    let _ = (asking.model.ask(&question()).await, asking.model.ask(&question()).await);
    let page = crate::metrics::page_of(&registry);
    for line in [
        "gondola_model_requests_total{outcome=\"answered\"} 1",
        "gondola_model_requests_total{outcome=\"refused\"} 1",
        "gondola_model_requests_total{outcome=\"over_limit\"} 0",
        "gondola_model_tokens_total{of=\"question\"} 20",
        "gondola_model_cost_total 0.000026",
        "gondola_model_tokens_today 23",
        "gondola_model_tokens_limit 1000000",
        "gondola_model_duration_seconds_count 2",
        "gondola_bulkhead_limit{dependency=\"model\"} 8",
    ] {
        assert!(page.contains(&format!("{line}\n")), "{line} in\n{page}");
    }
    assert!(!page.contains("bananas") && !page.contains("sk-planted"));
}

#[tokio::test]
async fn a_question_that_is_too_long_holds_nothing_back_from_others() {
    let stub = Stub::saying([WORDS]).unwrap();
    let asking = asking(&stub.url(), &[("model_request_tokens", "10000000"), ("model_day_tokens", "0")], "127.0.0.0/8");
    let long = Question { rules: String::new(), text: "x".repeat(wire::MOST_QUESTION_BYTES + 1) };
    assert!(matches!(asking.model.ask(&long).await, Err(ModelFault::Unfit(_))));
    assert_eq!(spent(&asking).await, 0);
    assert!(stub.asked().is_empty());
    assert_eq!(fs::read_dir(asking.folder.path()).unwrap().count(), 0, "not for a moment either");
    assert!(asking.model.ask(&question()).await.is_ok());
}
