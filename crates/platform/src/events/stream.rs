//! A listener's stream: what it missed, then what comes.
//!
//! Invariant: ends when we stop; a listener that fell too far behind is told to read anew instead of missing something unknowingly.

use std::{collections::VecDeque, convert::Infallible};

use axum::response::sse;
use futures_util::{Stream, stream};
use tokio::sync::broadcast::{Receiver, error::RecvError};

use super::{Event, Events};
use crate::{http::auth::SiteScope, lifecycle::Shutdown};

/// What is still to be told.
enum Next {
    Event(Event),
    Resync(u64),
}

struct Listener {
    events: Events,
    topics: Vec<&'static str>,
    sites: SiteScope,
    missed: VecDeque<Next>,
    receiver: Receiver<Event>,
    shutdown: Shutdown,
}

impl Events {
    /// The events of `topics`, about those sites or none, after the one of id `last`, if it is still remembered; from now on when there is none.
    pub(super) fn listen(
        &self,
        (topics, sites): (Vec<&'static str>, SiteScope),
        last: Option<&str>,
        shutdown: Shutdown,
    ) -> impl Stream<Item = Result<sse::Event, Infallible>> + use<> {
        let memory = self.memory();
        let receiver = self.0.sender.subscribe();
        let missed = match last {
            None => VecDeque::new(),
            Some(last) => match self.number_of(last).filter(|number| can_resume(*number, &memory)) {
                Some(number) => {
                    memory.kept.iter().filter(|event| event.number > number).cloned().map(Next::Event).collect()
                }
                None => VecDeque::from([Next::Resync(memory.last)]),
            },
        };
        drop(memory);
        let listener = Listener { events: self.clone(), topics, sites, missed, receiver, shutdown };
        stream::unfold(listener, async |mut listener| {
            let event = listener.next().await?;
            Some((Ok(event), listener))
        })
    }

    fn number_of(&self, id: &str) -> Option<u64> {
        id.strip_prefix(&self.0.run)?.strip_prefix('-')?.parse().ok()
    }
}

fn can_resume(number: u64, memory: &super::Memory) -> bool {
    let oldest = memory.kept.front().map_or(memory.last + 1, |event| event.number);
    (oldest - 1..=memory.last).contains(&number)
}

impl Listener {
    async fn next(&mut self) -> Option<sse::Event> {
        loop {
            match self.missed.pop_front() {
                Some(Next::Event(event)) if self.wants(&event) => {
                    return Some(
                        sse::Event::default().id(self.events.id(event.number)).event(event.topic).data(&*event.data),
                    );
                }
                Some(Next::Event(_)) => {}
                Some(Next::Resync(number)) => {
                    return Some(sse::Event::default().id(self.events.id(number)).event("resync").data("{}"));
                }
                None => self.receive().await?,
            }
        }
    }

    fn wants(&self, event: &Event) -> bool {
        self.topics.contains(&event.topic) && event.site.as_ref().is_none_or(|site| self.sites.includes(site))
    }

    async fn receive(&mut self) -> Option<()> {
        let received = tokio::select! {
            received = self.receiver.recv() => received,
            () = self.shutdown.wait() => return None,
        };
        self.missed.push_back(match received {
            Ok(event) => Next::Event(event),
            Err(RecvError::Lagged(_)) => {
                self.receiver = self.receiver.resubscribe();
                Next::Resync(self.events.memory().last)
            }
            Err(RecvError::Closed) => return None,
        });
        Some(())
    }
}
