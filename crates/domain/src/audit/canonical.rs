//! The bytes of an event that are hashed.
//!
//! Invariant: version 1 never changes; `docs/audit-format.md` describes every field in order, and the vector below pins it. What can
//! name a person (name, address, agent; the details) is not hashed itself: a digest of it with a random salt stands for it. So it
//! can be taken out, salt and all, while the digest stays and the chain still holds; without the salt nobody can find out by
//! trying names what stood there.

use sha2::{Digest, Sha256};

use super::{Event, Record};
use crate::bytes::Bytes;

/// Version of the canonical form of events.
pub const VERSION: u8 = 1;

/// The hash before the first event.
pub const GENESIS: [u8; 32] = [0; 32];

/// Bytes of a salt.
pub const SALT_BYTES: usize = 16;

fn salted(salt: &[u8; SALT_BYTES], bytes: &Bytes) -> [u8; 32] {
    Sha256::new().chain_update(salt).chain_update(&bytes.0).finalize().into()
}

/// What stands for who did it and from where.
pub fn who(salt: &[u8; SALT_BYTES], event: &Event) -> [u8; 32] {
    let mut bytes = Bytes::default();
    bytes.text(&event.actor.name).text(&event.origin.address).text(&event.origin.agent);
    salted(salt, &bytes)
}

/// What stands for the details.
pub fn details(salt: &[u8; SALT_BYTES], event: &Event) -> [u8; 32] {
    let mut bytes = Bytes::default();
    bytes.text(&event.details);
    salted(salt, &bytes)
}

/// The canonical bytes of an event at its place.
pub fn event_bytes(seq: i64, event: &Event, who: &[u8; 32], details: &[u8; 32]) -> Vec<u8> {
    let mut bytes = Bytes(Vec::with_capacity(384));
    bytes.0.push(VERSION);
    bytes.int(seq).int(event.at.micros());
    bytes.text(event.actor.kind.name()).text(&event.actor.id).text(&event.actor.role);
    bytes.text(&event.site).text(event.action.name()).text(&event.resource).text(event.outcome.name());
    bytes.text(&event.origin.request_id).int(i64::from(event.times));
    bytes.0.extend_from_slice(who);
    bytes.0.extend_from_slice(details);
    bytes.0
}

/// The link of an event: SHA-256 of the hash before it and of its canonical bytes. The record's own hash is not read.
pub fn link(previous: &[u8; 32], record: &Record) -> [u8; 32] {
    let bytes = event_bytes(record.link.seq, &record.event, &record.link.who, &record.link.details);
    Sha256::new().chain_update(previous).chain_update(bytes).finalize().into()
}

/// Whether something stands where it was taken out.
fn is_put_back(record: &Record) -> bool {
    let Event { actor, origin, details, .. } = &record.event;
    let who = [&actor.name, &origin.address, &origin.agent];
    record.who_salt.is_none() && who.iter().any(|text| !text.is_empty())
        || record.details_salt.is_none() && !details.is_empty()
}

/// What is wrong with a record that should follow that hash; `None` when it holds.
pub fn fault(previous: &[u8; 32], record: &Record) -> Option<&'static str> {
    let stands = |salt: Option<&[u8; SALT_BYTES]>,
                  digest: fn(&[u8; SALT_BYTES], &Event) -> [u8; 32],
                  kept: [u8; 32]| { salt.is_none_or(|salt| digest(salt, &record.event) == kept) };
    if !stands(record.who_salt.as_ref(), who, record.link.who) {
        return Some("its actor, address or agent was changed");
    }
    if !stands(record.details_salt.as_ref(), details, record.link.details) {
        return Some("its details were changed");
    }
    if is_put_back(record) {
        return Some("something stands where it had been taken out");
    }
    (link(previous, record) != record.link.hash).then_some("its content does not match its hash")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Timestamp,
        audit::{Action, Actor, ActorKind, Link, Origin, Outcome},
        ledger::canonical::hex,
    };

    fn sample() -> Record {
        let event = Event {
            at: Timestamp::from_micros(1_700_000_000_000_000),
            actor: Actor {
                kind: ActorKind::Key,
                id: "2Bf7Qx0aZ9k".into(),
                name: "tablero ñandú".into(),
                role: "manager".into(),
            },
            origin: Origin { address: "192.0.2.7".into(), agent: "curl/8.5.0".into(), request_id: "abc-1".into() },
            site: "centro".into(),
            action: Action::PriceSet,
            resource: "product:BEB-000012".into(),
            outcome: Outcome::Ok,
            times: 1,
            details: "{\"changes\":{\"price\":{\"after\":\"12.00\",\"before\":\"10.00\"}}}".into(),
        };
        let (who_salt, details_salt) = ([1; 16], [2; 16]);
        let link = Link { seq: 7, who: who(&who_salt, &event), details: details(&details_salt, &event), hash: [0; 32] };
        let mut record = Record { link, event, who_salt: Some(who_salt), details_salt: Some(details_salt) };
        record.link.hash = super::link(&GENESIS, &record);
        record
    }

    /// Computed from the description by another program.
    const VECTOR: &str = "09ae4125c2213d0c8c8e69332448dcbb88f12e238331c0b64548b2823623dfdb";

    #[test]
    fn version_one_is_pinned() {
        assert_eq!(hex(&sample().link.hash), VECTOR);
        assert_eq!(fault(&GENESIS, &sample()), None);
    }

    #[test]
    fn every_field_counts() {
        type Change = fn(&mut Record);
        let changes: &[Change] = &[
            |r| r.link.seq = 8,
            |r| r.link.who[0] ^= 1,
            |r| r.link.details[0] ^= 1,
            |r| r.link.hash[0] ^= 1,
            |r| r.event.at = r.event.at.plus_seconds(1),
            |r| r.event.actor.kind = ActorKind::User,
            |r| r.event.actor.id.push('x'),
            |r| r.event.actor.name.push('x'),
            |r| r.event.actor.role.push('x'),
            |r| r.event.origin.address.push('x'),
            |r| r.event.origin.agent.push('x'),
            |r| r.event.origin.request_id.push('x'),
            |r| r.event.site.push('x'),
            |r| r.event.action = Action::ProductUpdated,
            |r| r.event.resource.push('x'),
            |r| r.event.outcome = Outcome::Failed,
            |r| r.event.times = 2,
            |r| r.event.details.push(' '),
            |r| r.who_salt = Some([9; 16]),
            |r| r.details_salt = Some([9; 16]),
        ];
        for (place, change) in changes.iter().enumerate() {
            let mut record = sample();
            change(&mut record);
            assert!(fault(&GENESIS, &record).is_some(), "change {place} is not seen");
        }
        assert!(fault(&[1; 32], &sample()).is_some(), "what came before counts");
    }

    #[test]
    fn what_names_a_person_can_be_taken_out_and_the_link_still_holds() {
        let mut record = sample();
        record.who_salt = None;
        record.details_salt = None;
        (record.event.actor.name, record.event.details) = (String::new(), String::new());
        record.event.origin = Origin { request_id: record.event.origin.request_id, ..Origin::default() };
        assert_eq!(fault(&GENESIS, &record), None);
        record.event.actor.name = "otra".into();
        assert!(fault(&GENESIS, &record).is_some(), "nothing may be put in its place");
    }
}
