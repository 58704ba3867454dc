//! Sessions of people: half an hour without being used, or twelve hours in all, and they are over.
//!
//! Invariant: a session opens only what its owner has proved enough for: until a code is given, a password replaced or a second
//! factor set up, nothing but that.

pub mod cookie;
mod duty;
mod open;
mod proof;
mod remembered;
mod token;

use domain::Timestamp;
use platform::http::{Problem, context};
use store::{
    Tx,
    person::{self, Person},
    session::{self, NewSession, Over, Session},
};
use uuid::Uuid;

pub use duty::Duty;
pub use open::{Open, Presented};
pub use proof::{Sessions, marked};
pub(crate) use remembered::Remembered;
pub use token::Token;

use crate::{Access, failure};

/// Without being used.
pub const IDLE_SECONDS: i64 = 30 * 60;
/// In all.
pub const WHOLE_SECONDS: i64 = 12 * 3600;
/// Between password and code.
const BETWEEN_SECONDS: i64 = 10 * 60;
/// Sessions somebody may have; the oldest give way.
const MOST: i64 = 20;
/// A use is noted when the last one noted is older than this.
const NOTED_EVERY_SECONDS: i64 = 60;
/// What is kept of what a browser calls itself.
const MOST_AGENT_CHARS: usize = 200;

/// From which instants on sessions are not over.
pub fn over(now: Timestamp) -> Over {
    Over { begun_at: now.plus_seconds(-WHOLE_SECONDS), seen_at: now.plus_seconds(-IDLE_SECONDS) }
}

fn is_over(session: &Session, now: Timestamp) -> bool {
    let Over { begun_at, seen_at } = over(now);
    let between = !session.passed && session.created_at <= now.plus_seconds(-BETWEEN_SECONDS);
    session.created_at <= begun_at || session.seen_at <= seen_at || between
}

impl Access {
    /// Begins a session in the caller's transaction. Gives its token, which nobody can be told again.
    pub(crate) async fn begin(&self, tx: &mut Tx, person: Uuid, passed: bool) -> Result<Token, Problem> {
        let now = self.clock.now();
        let token = Token::generate().map_err(|error| Problem::internal(&error))?;
        let caller = context::current();
        let new = NewSession {
            id: self.ids.next(now),
            person,
            token_hash: token.hash(),
            passed,
            address: caller.client.map(|address| address.to_string()).unwrap_or_default(),
            agent: caller.agent.chars().filter(|c| !c.is_control()).take(MOST_AGENT_CHARS).collect(),
        };
        session::create(tx, &new, now).await?;
        session::keep_newest(tx, person, MOST).await?;
        Ok(token)
    }

    /// The session a token opens, when it is not over and its owner is not closed out. While the database does not answer, what was
    /// known a moment ago is believed, so that the shop keeps selling.
    pub async fn open(&self, token: &Token) -> Result<Option<Open>, Problem> {
        let now = self.clock.now();
        let found = self.remembered.get(token, || self.look_up(token, now)).await?;
        Ok(found.filter(|open| !is_over(&open.session, now)))
    }

    /// Whether the session of a token was found open a moment ago, told without asking anybody.
    pub(crate) fn recalls(&self, token: &Token) -> bool {
        self.remembered.knows(token)
    }

    async fn look_up(&self, token: &Token, now: Timestamp) -> Result<Option<Open>, Problem> {
        let Some(session) = session::find(&self.db, &token.hash()).await? else { return Ok(None) };
        if is_over(&session, now) {
            return Ok(None);
        }
        let Some(person) = person::get(&self.db, session.person).await? else { return Ok(None) };
        if person.disabled_at.is_some() {
            return Ok(None);
        }
        let open = Open::of(self, session, person).await?;
        if open.session.seen_at <= now.plus_seconds(-NOTED_EVERY_SECONDS) {
            self.note_use(open.session.id, now);
        }
        Ok(Some(open))
    }

    /// Aside, because a request should not wait for it nor fail with it.
    fn note_use(&self, id: Uuid, now: Timestamp) {
        let db = self.db.clone();
        tokio::spawn(async move {
            let noted = async {
                let mut tx = db.write().await?;
                session::touch(&mut tx, id, now).await?;
                tx.commit().await
            };
            if let Err(error) = noted.await {
                tracing::warn!(%error, "the use of a session could not be noted");
            }
        });
    }

    /// Forgets which sessions were found: whatever ends some or changes what somebody may do calls it.
    pub fn forget_sessions(&self) {
        self.remembered.forget_all();
    }

    /// Forgets what is over, and failures that count no more.
    pub async fn purge(&self) -> store::Result<u64> {
        let now = self.clock.now();
        let mut tx = self.db.write().await?;
        let gone = session::purge(&mut tx, over(now)).await?;
        store::lockout::purge(&mut tx, now.plus_seconds(-failure::WINDOW_SECONDS)).await?;
        tx.commit().await?;
        Ok(gone)
    }
}

/// Who somebody is, for the audit log.
pub(crate) fn actor(person: &Person) -> domain::audit::Actor {
    domain::audit::Actor {
        kind: domain::audit::ActorKind::User,
        id: person.code.clone(),
        name: person.login.clone(),
        role: person.role.clone(),
    }
}
