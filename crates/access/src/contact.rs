//! How to reach somebody: e-mail and phone, kept encrypted.
//!
//! Invariant: neither is written anywhere in clear, not even in the audit log, which tells only that it changed.

use platform::{
    audit::Draft,
    http::{
        Problem,
        fields::{self, Fault, Read, Value},
    },
    vault::{self, Place, Vault},
};
use store::{Tx, person::Person};

use crate::Access;

const EMAIL: &str = "person.email";
const PHONE: &str = "person.phone";
const MOST_EMAIL_CHARS: usize = 254;
const MOST_PHONE_CHARS: usize = 32;
const LEAST_PHONE_DIGITS: usize = 6;

/// What changes of it. `None` keeps what there is, `Some(None)` takes it away.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contact {
    /// An address.
    pub email: Option<Option<String>>,
    /// A number.
    pub phone: Option<Option<String>>,
}

/// What is kept of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reached {
    /// An address.
    pub email: Option<String>,
    /// A number.
    pub phone: Option<String>,
}

/// What was changed of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kept {
    email: bool,
    phone: bool,
}

impl Kept {
    /// The event with what was changed.
    pub(crate) fn told(self, event: Draft) -> Draft {
        let event = if self.email { event.detail("email_changed", true) } else { event };
        if self.phone { event.detail("phone_changed", true) } else { event }
    }
}

/// Keeps what changes, in the caller's transaction.
pub(crate) async fn keep(access: &Access, tx: &mut Tx, person: &Person, to: &Contact) -> Result<Kept, Problem> {
    let subject = person.id.to_string();
    for (purpose, change) in [(EMAIL, &to.email), (PHONE, &to.phone)] {
        let place = Place { purpose, subject: &subject };
        match change {
            None => {}
            Some(None) => drop(vault::remove(tx, place).await?),
            Some(Some(text)) => access.vault.put(tx, place, text.as_bytes()).await?,
        }
    }
    Ok(Kept { email: to.email.is_some(), phone: to.phone.is_some() })
}

/// Takes it out in the caller's transaction.
pub(crate) async fn forget(tx: &mut Tx, person: &Person) -> Result<(), Problem> {
    let subject = person.id.to_string();
    for purpose in [EMAIL, PHONE] {
        vault::remove(tx, Place { purpose, subject: &subject }).await?;
    }
    Ok(())
}

/// Opens what is kept of somebody; `by` is who asked.
pub(crate) async fn reach(vault: &Vault, person: &Person, by: &str) -> Result<Reached, Problem> {
    let subject = person.id.to_string();
    let open = async |purpose| {
        let kept = vault.get(Place { purpose, subject: &subject }, by).await?;
        kept.map(|plain| plain.text().map(str::to_owned)).transpose()
    };
    Ok(Reached { email: open(EMAIL).await?, phone: open(PHONE).await? })
}

/// An e-mail address: something at a name with a dot in it. Whether it is somebody's only a message could tell.
pub fn email(value: &Value<'_>) -> Read<String> {
    let text = fields::text(1..=MOST_EMAIL_CHARS)(value)?;
    let good = text.split_once('@').is_some_and(|(who, host)| {
        !who.is_empty() && host.contains('.') && !host.contains('@') && host.split('.').all(|part| !part.is_empty())
    });
    if good && !text.contains(char::is_whitespace) { Ok(text) } else { Err(Fault::new("invalid_email")) }
}

/// A phone number as people write it.
pub fn phone(value: &Value<'_>) -> Read<String> {
    let text = fields::text(1..=MOST_PHONE_CHARS)(value)?;
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let rest = text.strip_prefix('+').unwrap_or(&text);
    let good = rest.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-' | '(' | ')' | '.'));
    if good && digits >= LEAST_PHONE_DIGITS { Ok(text) } else { Err(Fault::new("invalid_phone")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value<'_> {
        Value::Text(text.into())
    }

    #[test]
    fn what_could_be_reached_is_taken() {
        for (given, good) in [
            ("ana@gondola.example", true),
            (" ana@gondola.example ", true),
            ("ana+stock@mail.gondola.example", true),
            ("ana", false),
            ("@gondola.example", false),
            ("ana@gondola", false),
            ("ana@@gondola.example", false),
            ("ana gomez@gondola.example", false),
            ("ana@.example", false),
            ("", false),
        ] {
            assert_eq!(email(&text(given)).is_ok(), good, "{given}");
        }
        for (given, good) in [
            ("+54 9 11 5555-0000", true),
            ("(0341) 555.0000", true),
            ("12345", false),
            ("11 5555 000a", false),
            ("54+9 11 5555 0000", false),
        ] {
            assert_eq!(phone(&text(given)).is_ok(), good, "{given}");
        }
    }
}
