//! The second factor: setting one up, using it, taking it off.
//!
//! Invariant: the shared secret is kept encrypted and shown only while it is being set up; a code is used once.

use axum::http::StatusCode;
use domain::{Role, Timestamp, audit::Action};
use platform::{
    audit::Draft,
    http::Problem,
    vault::{self, Place},
};
use store::{
    Tx,
    person::{self, Person},
};

use crate::{
    Access,
    password::Typed,
    recovery,
    session::{Duty, Open, actor},
    totp::Shared,
};

/// Where the shared secret of somebody is kept.
const PURPOSE: &str = "person.totp";
/// What an authenticator shows beside the code.
const ISSUER: &str = "Gondola";

/// What somebody needs to set an authenticator up.
#[derive(Debug, Clone)]
pub struct Offer {
    /// The secret as it is typed.
    pub spelled: String,
    /// The address an authenticator takes.
    pub uri: String,
    /// The same as a picture to scan, as SVG.
    pub picture: String,
}

/// Uses a code of the authenticator or a recovery code up; what it was, `None` when it does not fit.
pub(crate) async fn use_code(
    access: &Access,
    person: &Person,
    code: &str,
    now: Timestamp,
) -> Result<Option<Action>, Problem> {
    if recovery::looks_like_one(code) {
        let mut tx = access.db.write().await?;
        let used = person::use_recovery(&mut tx, person.id, &recovery::hash(code), now).await?;
        tx.commit().await?;
        return Ok(used.then_some(Action::RecoveryCodeUsed));
    }
    let Some(shared) = access.shared(person).await? else { return Ok(None) };
    Ok(access.use_step(person, &shared, code, now).await?.then_some(Action::SecondFactor))
}

impl Access {
    /// Begins to set a second factor up. What was begun before and never confirmed is void. The present password is asked for, except of
    /// whoever must set one up before anything else: whoever sits down at a screen somebody left open would shut its owner out for good.
    pub async fn offer_factor(&self, open: &Open, present: Option<&Typed>) -> Result<Offer, Problem> {
        if open.has_factor {
            return Err(Problem::conflict("second_factor_there"));
        }
        self.prove_unless(Duty::Factor, open, present).await?;
        let shared = Shared::generate().map_err(|error| Problem::internal(&error))?;
        let subject = open.person.id.to_string();
        let mut tx = self.db.write().await?;
        let person = &self.hold_own(&mut tx, open).await?;
        if !person::offer_factor(&mut tx, person.id).await? {
            return Err(Problem::conflict("second_factor_there"));
        }
        self.vault.put(&mut tx, Place { purpose: PURPOSE, subject: &subject }, shared.bytes()).await?;
        tx.commit().await?;
        offer(&shared, person)
    }

    /// What is being set up, to be shown again.
    pub async fn offered_factor(&self, open: &Open) -> Result<Option<Offer>, Problem> {
        let person = &open.person;
        if person::factor(&self.db, person.id).await?.is_none_or(|factor| factor.since.is_some()) {
            return Ok(None);
        }
        self.shared(person).await?.map(|shared| offer(&shared, person)).transpose()
    }

    /// Puts the second factor in force once a code of it was given; gives recovery codes, which nobody can be told again.
    pub async fn confirm_factor(&self, open: &Open, code: &str) -> Result<Vec<String>, Problem> {
        let person = &open.person;
        let now = self.clock.now();
        let look = async {
            let shared = self.shared(person).await?.ok_or_else(|| Problem::conflict("no_second_factor"))?;
            Ok(self.use_step(person, &shared, code, now).await?.then_some(shared))
        };
        let (attempt, proved) = self.attempt(&person.login, look).await?;
        let Some(proved) = proved else {
            self.tell_failure(Draft::new(actor(person), Action::SecondFactor).detail("now", "set up"), &attempt);
            return Err(Problem::invalid_field("code", "wrong_code"));
        };
        let codes = recovery::generate().map_err(|error| Problem::internal(&error))?;
        let mut tx = self.db.write().await?;
        let person = &self.hold_own(&mut tx, open).await?;
        attempt.withdraw(&mut tx).await?;
        self.is_still_offered(&mut tx, person, &proved).await?;
        if !person::confirm_factor(&mut tx, person.id, now).await? {
            return Err(Problem::conflict("second_factor_there"));
        }
        person::replace_recovery(&mut tx, person.id, &hashes(&codes)).await?;
        Draft::new(actor(person), Action::SecondFactorChanged).detail("now", "on").write(&mut tx, now).await?;
        tx.commit().await?;
        self.forget_sessions();
        Ok(codes)
    }

    /// Takes the second factor off, unless the role must have one.
    pub async fn remove_factor(&self, open: &Open) -> Result<(), Problem> {
        let person = &open.person;
        if Role::named(&person.role).is_none_or(|role| self.demands_factor(role)) {
            return Err(Problem::new(StatusCode::CONFLICT, "second_factor_demanded"));
        }
        let now = self.clock.now();
        let mut tx = self.db.write().await?;
        let person = &self.hold_own(&mut tx, open).await?;
        forget(&mut tx, person).await?;
        Draft::new(actor(person), Action::SecondFactorChanged).detail("now", "off").write(&mut tx, now).await?;
        tx.commit().await?;
        self.forget_sessions();
        Ok(())
    }

    /// Gives new recovery codes in place of all there were.
    pub async fn renew_recovery(&self, open: &Open) -> Result<Vec<String>, Problem> {
        if !open.has_factor {
            return Err(Problem::conflict("no_second_factor"));
        }
        let now = self.clock.now();
        let codes = recovery::generate().map_err(|error| Problem::internal(&error))?;
        let mut tx = self.db.write().await?;
        let person = &self.hold_own(&mut tx, open).await?;
        person::replace_recovery(&mut tx, person.id, &hashes(&codes)).await?;
        let event = Draft::new(actor(person), Action::SecondFactorChanged).detail("now", "new recovery codes");
        event.write(&mut tx, now).await?;
        tx.commit().await?;
        Ok(codes)
    }

    /// How many recovery codes somebody has left.
    pub async fn recovery_left(&self, open: &Open) -> Result<i64, Problem> {
        Ok(person::recovery_left(&self.db, open.person.id).await?)
    }

    /// Fails when another session began anew since the code was looked at: what it was shown is kept by now, and would be asked for.
    async fn is_still_offered(&self, tx: &mut Tx, person: &Person, proved: &Shared) -> Result<(), Problem> {
        let place = Place { purpose: PURPOSE, subject: &person.id.to_string() };
        let kept = self.vault.get_in(tx, place, &person.code).await?;
        let same = kept.is_some_and(|kept| kept.bytes() == proved.bytes());
        if same { Ok(()) } else { Err(Problem::conflict("second_factor_replaced")) }
    }

    async fn shared(&self, person: &Person) -> Result<Option<Shared>, Problem> {
        let subject = person.id.to_string();
        let kept = self.vault.get(Place { purpose: PURPOSE, subject: &subject }, &person.code).await?;
        let broken = || Problem::bug("a kept secret of a second factor has another length");
        kept.map(|plain| Shared::from_bytes(plain.bytes()).ok_or_else(broken)).transpose()
    }

    async fn use_step(&self, person: &Person, shared: &Shared, code: &str, now: Timestamp) -> Result<bool, Problem> {
        let code: String = code.chars().filter(|c| !c.is_whitespace()).take(16).collect();
        let Some(step) = shared.step_of(&code, now) else { return Ok(false) };
        let mut tx = self.db.write().await?;
        let used = person::use_step(&mut tx, person.id, step).await?;
        tx.commit().await?;
        Ok(used)
    }
}

/// Takes the second factor off in the caller's transaction, secret and recovery codes with it.
pub(crate) async fn forget(tx: &mut Tx, person: &Person) -> Result<bool, Problem> {
    let there = person::forget_factor(tx, person.id).await?;
    person::replace_recovery(tx, person.id, &[]).await?;
    vault::remove(tx, Place { purpose: PURPOSE, subject: &person.id.to_string() }).await?;
    Ok(there)
}

fn hashes(codes: &[String]) -> Vec<[u8; 32]> {
    codes.iter().map(|code| recovery::hash(code)).collect()
}

fn offer(shared: &Shared, person: &Person) -> Result<Offer, Problem> {
    let picture = shared.picture(ISSUER, &person.login);
    Ok(Offer {
        spelled: shared.spelled(),
        uri: shared.uri(ISSUER, &person.login),
        picture: picture.ok_or_else(|| Problem::bug("the address of a second factor fits in no QR code"))?,
    })
}
