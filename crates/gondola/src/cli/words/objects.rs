//! What goes wrong with objects, in the user's language.
//!
//! Invariant: each says what to do; what a store says of a refusal is passed on, since only its operator knows what it means.

use platform::objects::Error;

use super::{Words, chain};

impl Words {
    pub(super) fn objects(self, error: &Error) -> String {
        let (es, en) = match error {
            Error::Refused { place, code, words } => (
                format!(
                    "el almacén de objetos {place} no lo permite ({code}); revisá object_store_url, el bucket, su región, las claves y la hora de esta máquina\n  ({words})"
                ),
                format!(
                    "the object store {place} does not allow it ({code}); check object_store_url, the bucket, its region, the keys and this machine's clock\n  ({words})"
                ),
            ),
            Error::Away { place, why } => (
                format!(
                    "no se puede llegar al almacén de objetos {place}; revisá la red y object_store_url, y probá de nuevo\n  ({why})"
                ),
                format!(
                    "the object store {place} cannot be reached; check the network and object_store_url, and try again\n  ({why})"
                ),
            ),
            Error::Asleep(_) | Error::Crowded => (
                "el almacén de objetos no responde; probá de nuevo en un rato".to_owned(),
                "the object store does not answer; try again in a while".to_owned(),
            ),
            Error::Missing(name) => (
                format!("{name} no está en el almacén de objetos; «gondola backup list» muestra lo que hay"),
                format!("{name} is not in the object store; “gondola backup list” shows what is"),
            ),
            Error::Damaged { name, what } => (
                format!(
                    "{name} está dañado o cortado; usá otra copia («gondola backup list»). No se tocó nada\n  ({what})"
                ),
                format!(
                    "{name} is damaged or cut; use another backup (“gondola backup list”). Nothing was touched\n  ({what})"
                ),
            ),
            Error::File { path, source } => {
                let path = path.display();
                (
                    format!("no se puede leer o escribir {path}: {source}"),
                    format!("cannot read or write {path}: {source}"),
                )
            }
            Error::Unfit { .. } => return chain(&anyhow::anyhow!("{error}")),
        };
        self.say(&es, &en).to_owned()
    }
}
