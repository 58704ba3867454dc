//! The machine over any history, and the breaker around it.

use domain::clock::FixedClock;
use proptest::prelude::*;

use super::*;

const S: fn(u64) -> Duration = Duration::from_secs;

fn policy() -> Policy {
    Policy { least_calls: 8, most_probes: 3, ..Policy::new(3, S(30)) }
}

fn fail(machine: &mut Machine, now: Duration) {
    let ticket = machine.ask(now).unwrap();
    machine.settle(ticket, Found::Failed, now);
}

#[test]
fn three_failures_in_a_row_open_it_and_one_probe_tries_it_after_its_time() {
    let mut machine = Machine::new(policy());
    fail(&mut machine, S(0));
    fail(&mut machine, S(1));
    let ticket = machine.ask(S(1)).unwrap();
    machine.settle(ticket, Found::Worked, S(1));
    fail(&mut machine, S(2));
    fail(&mut machine, S(3));
    assert_eq!(machine.state(), State::Closed, "an answer in between begins the count anew");
    fail(&mut machine, S(4));
    assert_eq!((machine.state(), machine.ask(S(5))), (State::Open, Err(S(29))));
    let probe = machine.ask(S(34)).unwrap();
    assert_eq!((machine.state(), machine.ask(S(34))), (State::HalfOpen, Err(S(1))), "one at a time");
    machine.settle(probe, Found::Worked, S(35));
    assert_eq!((machine.state(), machine.reopened()), (State::Closed, 0));
}

#[test]
fn failures_among_answers_open_it_when_they_are_half_of_enough() {
    let mut machine = Machine::new(policy());
    for n in 0..4 {
        assert_eq!(machine.state(), State::Closed, "after {n}");
        let ticket = machine.ask(S(n)).unwrap();
        machine.settle(ticket, Found::Worked, S(n));
        fail(&mut machine, S(n));
    }
    assert_eq!(machine.state(), State::Open);
    let mut slow = Machine::new(policy());
    for n in 0..40 {
        let ticket = slow.ask(S(n * 20)).unwrap();
        slow.settle(ticket, if n % 2 == 0 { Found::Failed } else { Found::Worked }, S(n * 20));
    }
    assert_eq!((slow.state(), slow.recent(S(780)).calls), (State::Closed, 3), "what is long past does not count");
}

#[test]
fn probes_that_go_on_failing_leave_it_open_until_its_checks_pass_twice() {
    let mut machine = Machine::new(policy());
    machine.checked(Health::Silent, S(0));
    for round in 1..=3 {
        assert_eq!(machine.state(), State::Open);
        fail(&mut machine, S(round * 30));
    }
    assert_eq!((machine.state(), machine.ask(S(10_000))), (State::FullOpen, Err(S(30))));
    machine.checked(Health::Well, S(10_001));
    machine.checked(Health::Ill, S(10_002));
    machine.checked(Health::Well, S(10_003));
    assert_eq!(machine.state(), State::FullOpen, "twice in a row");
    machine.checked(Health::Well, S(10_004));
    assert_eq!(machine.state(), State::HalfOpen);
    let probe = machine.ask(S(10_004)).unwrap();
    machine.settle(probe, Found::Worked, S(10_005));
    assert_eq!((machine.state(), machine.reopened()), (State::Closed, 0));
}

#[test]
fn a_probe_whose_work_goes_on_lets_others_in_with_its_first_answer() {
    let mut machine = Machine::new(policy());
    machine.checked(Health::Silent, S(0));
    let probe = machine.ask(S(30)).unwrap();
    assert_eq!(machine.ask(S(31)), Err(S(1)));
    machine.answers(probe, S(31));
    assert_eq!(machine.state(), State::Closed);
    let other = machine.ask(S(31)).unwrap();
    machine.answers(other, S(32));
    machine.settle(probe, Found::Failed, S(40));
    assert_eq!((machine.state(), machine.recent(S(40)).calls), (State::Closed, 0), "it was of another time");
    fail(&mut machine, S(41));
    fail(&mut machine, S(41));
    let late = machine.ask(S(42)).unwrap();
    machine.answers(late, S(42));
    fail(&mut machine, S(43));
    assert_eq!(machine.state(), State::Open, "an answer within a call is none of its end");
    machine.answers(late, S(44));
    assert_eq!(machine.state(), State::Open, "nor does one that began before it opened close it");
}

#[test]
fn calls_that_are_answered_by_half_leave_it_open_like_probes_that_fail() {
    let mut machine = Machine::new(policy());
    machine.checked(Health::Silent, S(0));
    for round in 1..=3 {
        assert_eq!(machine.state(), State::Open, "round {round}");
        let probe = machine.ask(S(round * 30)).unwrap();
        machine.answers(probe, S(round * 30));
        assert_eq!((machine.state(), machine.reopened()), (State::Closed, u32::try_from(round).unwrap() - 1));
        for _ in 0..3 {
            fail(&mut machine, S(round * 30));
        }
    }
    assert_eq!((machine.state(), machine.reopened()), (State::FullOpen, 3), "none of them ended well");
    machine.checked(Health::Well, S(91));
    machine.checked(Health::Well, S(92));
    let probe = machine.ask(S(92)).unwrap();
    machine.answers(probe, S(92));
    let whole = machine.ask(S(93)).unwrap();
    machine.settle(whole, Found::Worked, S(93));
    assert_eq!((machine.state(), machine.reopened()), (State::Closed, 0), "one that ends well ends the row");
    machine.checked(Health::Silent, S(94));
    assert_eq!(machine.state(), State::Open, "what opens it then is the first of another row");
}

#[test]
fn a_check_that_passes_spares_the_wait_and_a_probe_that_vanishes_makes_room() {
    let mut machine = Machine::new(policy());
    machine.checked(Health::Silent, S(0));
    machine.checked(Health::Well, S(2));
    let _lost = machine.ask(S(2)).unwrap();
    assert_eq!(machine.ask(S(31)), Err(S(1)));
    assert!(machine.ask(S(32)).is_ok(), "one that never ends keeps others out for no longer than an open breaker does");
    let gone = machine.ask(S(62)).unwrap();
    machine.settle(gone, Found::Nothing, S(62));
    assert!(machine.ask(S(62)).is_ok());
}

#[test]
fn what_an_earlier_call_found_changes_nothing() {
    let mut machine = Machine::new(policy());
    let early = machine.ask(S(0)).unwrap();
    for n in 0..3 {
        fail(&mut machine, S(n));
    }
    machine.settle(early, Found::Worked, S(3));
    assert_eq!(machine.state(), State::Open);
    let probe = machine.ask(S(40)).unwrap();
    machine.settle(early, Found::Failed, S(40));
    machine.settle(probe, Found::Worked, S(40));
    assert_eq!(machine.state(), State::Closed);
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Ask,
    Settle(usize, u8),
    Answers(usize),
    Check(u8),
    Wait(u64),
    Reset,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => Just(Step::Ask),
        4 => (0_usize..8, 0_u8..3).prop_map(|(which, what)| Step::Settle(which, what)),
        2 => (0_usize..8).prop_map(Step::Answers),
        2 => (0_u8..3).prop_map(Step::Check),
        3 => (0_u64..40_000).prop_map(Step::Wait),
        1 => Just(Step::Reset),
    ];
    prop::collection::vec(step, 1..400)
}

/// Whether what somebody sees of the machine before and after a step may follow from it.
fn follows(before: State, step: Step, after: State) -> bool {
    use State::{Closed, FullOpen, HalfOpen, Open};
    match (before, after) {
        _ if before == after => true,
        (Closed, Open | FullOpen) => matches!(step, Step::Settle(_, 1) | Step::Check(1 | 2)),
        (Open, HalfOpen) => matches!(step, Step::Ask | Step::Check(0)),
        (HalfOpen, Closed) => matches!(step, Step::Settle(_, 0) | Step::Answers(_) | Step::Reset),
        (HalfOpen, Open | FullOpen) => matches!(step, Step::Settle(_, 1) | Step::Check(1 | 2)),
        (FullOpen, HalfOpen) => matches!(step, Step::Check(0)),
        (_, Closed) => matches!(step, Step::Reset),
        _ => false,
    }
}

proptest! {
    /// Over any history: states follow each other as they should, nobody passes an open one before its time, and never do two probes
    /// run whose findings would both count.
    #[test]
    fn any_history_keeps_the_rules(steps in steps()) {
        let (mut machine, mut now) = (Machine::new(policy()), Duration::ZERO);
        let mut tickets: VecDeque<Ticket> = VecDeque::new();
        for step in steps {
            let (before, wait) = (machine.state(), machine.wait(now));
            match step {
                Step::Ask => match machine.ask(now) {
                    Ok(ticket) => {
                        prop_assert!(wait.is_none(), "let through although it said to wait");
                        if before != State::Closed {
                            prop_assert!(!tickets.contains(&ticket), "two probes of one era");
                        }
                        tickets.push_back(ticket);
                    }
                    Err(told) => {
                        prop_assert_eq!(Some(told), wait);
                        prop_assert!(!told.is_zero() && told <= S(30));
                    }
                },
                Step::Settle(which, what) => {
                    if let Some(ticket) = tickets.remove(which) {
                        let found = [Found::Worked, Found::Failed, Found::Nothing][usize::from(what)];
                        machine.settle(ticket, found, now);
                    }
                }
                Step::Answers(which) => {
                    if let Some(ticket) = tickets.get(which) {
                        machine.answers(*ticket, now);
                    }
                }
                Step::Check(what) => machine.checked([Health::Well, Health::Ill, Health::Silent][usize::from(what)], now),
                Step::Wait(millis) => now += Duration::from_millis(millis),
                Step::Reset => machine.reset(now),
            }
            let after = machine.state();
            prop_assert!(follows(before, step, after), "{before:?} {step:?} {after:?}");
            prop_assert!(after != State::FullOpen || machine.reopened() >= 3);
        }
        // Whatever was, it can be had back.
        machine.checked(Health::Well, now);
        machine.checked(Health::Well, now);
        now += S(30);
        let probe = machine.ask(now);
        prop_assert!(probe.is_ok(), "{probe:?} {:?}", machine.state());
        machine.settle(probe.unwrap(), Found::Worked, now);
        prop_assert_eq!(machine.state(), State::Closed);
    }
}

#[test]
fn a_call_whose_caller_went_away_gives_the_probe_back_and_changes_are_counted() {
    let clock: Arc<dyn Clock> = Arc::new(FixedClock(Timestamp::from_micros(7)));
    let breaker = Breaker::new("cache", Policy::new(1, Duration::ZERO), clock);
    breaker.ask().unwrap().failed(&"gone");
    assert_eq!(breaker.state(), State::Open);
    drop(breaker.ask().unwrap());
    breaker.ask().unwrap().worked();
    let view = breaker.view();
    assert_eq!((view.state, view.tally.worked, view.tally.failed), (State::Closed, 1, 1));
    assert_eq!(view.tally.changes, [1, 1, 1, 0]);
    assert_eq!(view.last_error, Some((Timestamp::from_micros(7), "gone".to_owned())));
    let path: Vec<&str> = view.history.iter().map(|change| change.to.name()).collect();
    assert_eq!(path, ["open", "half_open", "closed"]);
    for _ in 0..200 {
        breaker.checked(Health::Silent);
        breaker.reset();
    }
    assert_eq!(breaker.view().history.len(), MOST_CHANGES, "memory is bounded");
    let Err(refused) = Breaker::new("x", Policy::new(1, S(9)), Arc::new(FixedClock(Timestamp::from_micros(0))))
        .also(|breaker| breaker.checked(Health::Silent))
        .ask()
    else {
        panic!("it is open")
    };
    assert!(refused.wait <= S(9) && refused.to_string().starts_with("x is believed"));
}

#[test]
fn a_check_that_passes_closes_it_and_leaves_the_count_of_failures_alone() {
    let clock: Arc<dyn Clock> = Arc::new(FixedClock(Timestamp::from_micros(7)));
    let breaker = Breaker::new("role", Policy::new(3, S(600)), clock);
    for _ in 0..3 {
        assert_eq!(breaker.state(), State::Closed);
        breaker.ask().unwrap().failed(&"gone");
        breaker.proved();
    }
    assert_eq!(breaker.view().tally.changes, [1, 1, 1, 0], "three in a row opened it, though checks passed in between");
    assert_eq!(breaker.state(), State::Closed, "and the check that found it open closed it, before its time");
}

impl Breaker {
    fn also(self, what: impl FnOnce(&Breaker)) -> Breaker {
        what(&self);
        self
    }
}
