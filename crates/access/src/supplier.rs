//! How a supplier is reached: whom to ask for, telephone, e-mail, address; kept encrypted.
//!
//! Invariant: none of it is written anywhere in clear, not even in the audit log; what somebody asked to have taken out does not come back
//! with an import.

use domain::{Timestamp, audit::Action};
use platform::{
    http::Problem,
    vault::{self, Place, Vault},
};
use serde::{Deserialize, Serialize};
use store::{
    Db, Tx, sealed,
    supplier::{self, InClear, Supplier},
};

use crate::{Access, Doer};

const CONTACT: &str = "supplier.contact";

/// How one is reached; empty where nothing is known.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Whom to ask for.
    pub contact: String,
    /// Telephone.
    pub phone: String,
    /// Mail address.
    pub email: String,
    /// Street address.
    pub address: String,
}

impl std::fmt::Debug for Contact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

impl Contact {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        [&self.contact, &self.phone, &self.email, &self.address].into_iter().all(|text| text.trim().is_empty())
    }

    async fn put(&self, vault: &Vault, tx: &mut Tx, supplier: i64) -> Result<(), vault::Error> {
        let text = serde_json::to_vec(self).map_err(|_| vault::Error::Damaged)?;
        vault.put(tx, Place { purpose: CONTACT, subject: &supplier.to_string() }, &text).await
    }

    fn read(plain: &vault::Plain) -> Result<Contact, vault::Error> {
        serde_json::from_slice(plain.bytes()).map_err(|_| vault::Error::Damaged)
    }
}

impl From<InClear> for Contact {
    fn from(InClear { contact, phone, email, address, .. }: InClear) -> Contact {
        Contact { contact, phone, email, address }
    }
}

/// Keeps what was brought in of suppliers by their numbers: of those of whom nothing is known yet and nobody asked to know nothing.
/// In the caller's transaction.
pub async fn bring_in(vault: &Vault, tx: &mut Tx, brought: &[(i64, Contact)]) -> Result<(), vault::Error> {
    let subjects: Vec<String> = brought.iter().map(|(id, _)| id.to_string()).collect();
    let subjects: Vec<&str> = subjects.iter().map(String::as_str).collect();
    let known = sealed::of_subjects(tx, CONTACT, &subjects).await?;
    let mut closed = supplier::forgotten(tx).await?;
    closed.extend(known.iter().filter_map(|one| one.subject.parse::<i64>().ok()));
    closed.extend(supplier::in_clear(tx).await?.iter().map(|one| one.supplier));
    for (id, contact) in brought {
        // Two lines of the file may be one supplier: the first is taken, as its name is.
        if !contact.is_empty() && closed.insert(*id) {
            contact.put(vault, tx, *id).await?;
        }
    }
    Ok(())
}

/// Encrypts what a version before kept in clear; how many suppliers it was of.
pub async fn seal_what_is_clear(db: &Db, vault: &Vault) -> Result<u64, vault::Error> {
    let mut sealed = 0;
    let mut tx = db.write().await?;
    for one in supplier::in_clear(&mut tx).await? {
        // Another node may be at it, or somebody said meanwhile what it is, or that it is nothing.
        if supplier::remove_clear(&mut tx, one.supplier).await? {
            let id = one.supplier;
            Contact::from(one).put(vault, &mut tx, id).await?;
            sealed += 1;
        }
    }
    tx.commit().await?;
    Ok(sealed)
}

impl Access {
    /// A supplier by code or name, and how it is reached. It is told to the audit log before it is given.
    pub async fn supplier_contact(&self, doer: Doer<'_>, name: &str) -> Result<(Supplier, Contact), Problem> {
        let supplier = self.supplier(name).await?;
        let mut tx = self.db.write().await?;
        doer.event(Action::PrivacyDisclosed).on("supplier", &supplier.code).write(&mut tx, self.clock.now()).await?;
        tx.commit().await?;
        let subject = supplier.id.to_string();
        let kept = self.vault.get(Place { purpose: CONTACT, subject: &subject }, doer.signature()).await?;
        let contact = kept.map(|plain| Contact::read(&plain)).transpose()?.unwrap_or_default();
        Ok((supplier, contact))
    }

    /// Puts right how a supplier is reached.
    pub async fn set_supplier_contact(&self, doer: Doer<'_>, name: &str, to: &Contact) -> Result<(), Problem> {
        let supplier = self.supplier(name).await?;
        let mut tx = self.db.write().await?;
        // One at a time, imports included: what is taken out while it is written would come back.
        store::catalog::begin_change(&mut tx).await?;
        supplier::remove_clear(&mut tx, supplier.id).await?;
        to.put(&self.vault, &mut tx, supplier.id).await?;
        supplier::set_forgotten(&mut tx, supplier.id, None).await?;
        self.done(tx, doer.event(Action::PrivacyRectified), &supplier).await
    }

    /// Takes out how a supplier is reached, for good: its code and name stay with what was bought from it.
    pub async fn forget_supplier_contact(&self, doer: Doer<'_>, name: &str) -> Result<(), Problem> {
        let supplier = self.supplier(name).await?;
        let mut tx = self.db.write().await?;
        store::catalog::begin_change(&mut tx).await?;
        supplier::remove_clear(&mut tx, supplier.id).await?;
        vault::remove(&mut tx, Place { purpose: CONTACT, subject: &supplier.id.to_string() }).await?;
        let now: Timestamp = self.clock.now();
        supplier::set_forgotten(&mut tx, supplier.id, Some(now)).await?;
        self.done(tx, doer.event(Action::PrivacyErased), &supplier).await
    }

    async fn done(&self, mut tx: Tx, event: platform::audit::Draft, supplier: &Supplier) -> Result<(), Problem> {
        event.on("supplier", &supplier.code).write(&mut tx, self.clock.now()).await?;
        Ok(tx.commit().await?)
    }

    async fn supplier(&self, name: &str) -> Result<Supplier, Problem> {
        supplier::get(&self.db, name).await?.ok_or_else(|| Problem::not_found(name))
    }
}
