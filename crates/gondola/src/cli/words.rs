//! What commands say, in the user's language.
//!
//! Invariant: a failure is told with what to do about it; the chain of causes follows for whoever maintains the machine.

mod backup;
mod objects;
mod undecided;

use platform::{texts::Locale, tls::TlsError, vault};
use store::Error;

use super::Failure;

/// The language of a run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Words(pub(crate) Locale);

impl Words {
    /// One of two texts.
    pub(crate) fn say<'a>(self, es: &'a str, en: &'a str) -> &'a str {
        match self.0 {
            Locale::Es => es,
            Locale::En => en,
        }
    }

    /// So many of something: each language says what one is called, and what others are.
    pub(crate) fn counted(self, number: impl Into<i128>, es: [&str; 2], en: [&str; 2]) -> String {
        let number = number.into();
        let of = |[one, others]: [&str; 2]| format!("{number} {}", if number == 1 { one } else { others });
        match self.0 {
            Locale::Es => of(es),
            Locale::En => of(en),
        }
    }

    /// Movements of goods.
    pub(crate) fn movements(self, number: impl Into<i128>) -> String {
        self.counted(number, ["movimiento", "movimientos"], ["movement", "movements"])
    }

    /// Postings of the ledger.
    pub(crate) fn postings(self, number: impl Into<i128>) -> String {
        self.counted(number, ["asiento", "asientos"], ["posting", "postings"])
    }

    /// What went wrong and what to do.
    pub(crate) fn failure(self, error: &anyhow::Error) -> String {
        if let Some(failure) = error.downcast_ref::<Failure>() {
            return failure.message(self);
        }
        if let Some(error) = error.downcast_ref::<platform::backup::Error>() {
            return self.backup(error);
        }
        if let Some(error) = error.downcast_ref::<platform::objects::Error>() {
            return self.objects(error);
        }
        if let Some(error) = error.downcast_ref::<TlsError>() {
            return self.tls(error);
        }
        match (error.downcast_ref::<Error>(), error.downcast_ref::<vault::Error>()) {
            (Some(store), _) | (_, Some(vault::Error::Store(store))) => {
                format!("{}\n  ({})", self.store(store), chain(error))
            }
            (_, Some(vault)) => self.vault(vault),
            _ => chain(error),
        }
    }

    fn store(self, error: &Error) -> String {
        let text = match error {
            Error::TooNew { found, known } => return self.too_new(*found, *known),
            Error::TooOld { found, needed } => return self.too_old(*found, *needed),
            Error::Missing(path) => return self.missing(path),
            Error::Locked(_) => self.say(
                "otro programa tiene tomada la base de datos; cerralo o esperá a que termine, y probá de nuevo",
                "another program holds the database; close it or wait for it to finish, and try again",
            ),
            Error::DiskFull(_) => self.say(
                "no queda lugar en el disco; liberá espacio y probá de nuevo: lo confirmado hasta acá está guardado",
                "the disk is full; free some space and try again: what was confirmed so far is kept",
            ),
            Error::ReadOnly(_) => self.say(
                "la base de datos o su carpeta es de sólo lectura; revisá los permisos o elegí otra carpeta con --data-dir",
                "the database or its folder is read-only; check its permissions or choose another folder with --data-dir",
            ),
            Error::NotAllowed(_) => self.say(
                "el usuario de la base no puede cambiar tablas; corré «gondola migrate up» con GONDOLA_DATABASE_ADMIN_URL, la dirección con un usuario que sí",
                "the database's user may not change tables; run “gondola migrate up” with GONDOLA_DATABASE_ADMIN_URL, the address with a user who may",
            ),
            Error::Damaged(_) => self.say(
                "el archivo no es una base de datos o está dañado; no lo toques y restaurá una copia",
                "the file is not a database or is damaged; leave it as it is and restore a copy",
            ),
            error if error.is_untrusted() => self.say(
                "la conexión con el servidor de la base no se puede cifrar como pide la dirección; revisá en ella sslmode, sslrootcert y el nombre del servidor, y el certificado que él muestra",
                "the connection to the database server cannot be encrypted as the address asks; check sslmode, sslrootcert and the server's name in it, and the certificate that the server shows",
            ),
            Error::Unavailable(_) => self.say(
                "no se puede llegar a la base de datos; revisá que exista, que el servidor ande y los permisos",
                "the database cannot be reached; check that it exists, that its server runs, and the permissions",
            ),
            Error::Address(_) => self.say(
                "la dirección de la base tiene que ser sqlite:///ruta o postgres://…",
                "the database address must be sqlite:///path or postgres://…",
            ),
            _ => self.say("falló la base de datos", "the database failed"),
        };
        text.to_owned()
    }

    fn vault(self, error: &vault::Error) -> String {
        let set = "GONDOLA_DATABASE_ENCRYPTION_KEY";
        match (error, self.0) {
            (vault::Error::NoKey, Locale::Es) => {
                format!("esto se guarda cifrado y no hay clave de cifrado; corré «gondola key init» o poné {set}")
            }
            (vault::Error::NoKey, Locale::En) => {
                format!("this is kept encrypted and there is no encryption key; run “gondola key init” or set {set}")
            }
            (vault::Error::Missing { masters }, Locale::Es) => format!(
                "la base tiene datos cifrados con la clave {masters} y no hay ninguna puesta; poné {set} o {set}_FILE con la copia de esa clave. No se tocó nada"
            ),
            (vault::Error::Missing { masters }, Locale::En) => format!(
                "the database holds values encrypted with the key {masters}, and none is set; set {set} or {set}_FILE to the copy of that key. Nothing was touched"
            ),
            (vault::Error::WrongMaster { given, masters }, Locale::Es) => format!(
                "la clave de cifrado puesta es {given} y la de la base es {masters}; poné en {set} o {set}_FILE la que corresponde. No se tocó nada"
            ),
            (vault::Error::WrongMaster { given, masters }, Locale::En) => format!(
                "the encryption key set is {given} and the database's is {masters}; set {set} or {set}_FILE to the right one. Nothing was touched"
            ),
            (vault::Error::MasterChanging, Locale::Es) => {
                "la clave maestra está cambiando; terminá eso primero con «gondola key rotate master --finish»"
                    .to_owned()
            }
            (vault::Error::MasterChanging, Locale::En) => {
                "the master key is being changed; end that first with “gondola key rotate master --finish”".to_owned()
            }
            (error, _) => error.to_string(),
        }
    }

    fn tls(self, error: &TlsError) -> String {
        let (es, en) = match error {
            TlsError::Unreadable { path, source } => {
                let path = path.display();
                (format!("no se puede leer {path}: {source}"), format!("cannot read {path}: {source}"))
            }
            TlsError::Missing { path, what } => {
                let path = path.display();
                let es = if *what == "certificate" { "un certificado" } else { "una clave privada" };
                (format!("en {path} no hay {es} en PEM"), format!("there is no {what} in PEM form in {path}"))
            }
            TlsError::Unfit(cause) => (
                format!("la clave no es la del certificado, o alguno no se puede usar ({cause})"),
                format!("the key is not that of the certificate, or either cannot be used ({cause})"),
            ),
            TlsError::Authority(cause) => (
                format!("no se puede usar la autoridad de los certificados de clientes ({cause})"),
                format!("the authority of client certificates cannot be used ({cause})"),
            ),
            TlsError::NoAuthority => (
                "tls_client_auth pide certificados y falta tls_client_ca, que dice de qué autoridad".to_owned(),
                "tls_client_auth asks for certificates, and tls_client_ca, which says whose, is not set".to_owned(),
            ),
        };
        self.say(&es, &en).to_owned()
    }

    fn missing(self, path: &str) -> String {
        match self.0 {
            Locale::Es => format!(
                "todavía no hay una base de datos en {path}; «gondola site create CÓDIGO» la crea, y --data-dir elige otra carpeta"
            ),
            Locale::En => format!(
                "there is no database at {path} yet; “gondola site create CODE” makes it, and --data-dir chooses another folder"
            ),
        }
    }

    fn too_new(self, found: i64, known: i64) -> String {
        match self.0 {
            Locale::Es => format!(
                "la base de datos es de una versión más nueva ({found}) que este programa ({known}); actualizá el programa. No se tocó nada"
            ),
            Locale::En => {
                format!(
                    "the database is of a newer version ({found}) than this program ({known}); update the program. Nothing was changed"
                )
            }
        }
    }

    fn too_old(self, found: i64, needed: i64) -> String {
        match self.0 {
            Locale::Es => format!(
                "la base de datos es de la versión {found} y hace falta la {needed}; corré «gondola migrate up»"
            ),
            Locale::En => {
                format!("the database is at version {found} and {needed} is needed; run “gondola migrate up”")
            }
        }
    }
}

fn chain(error: &anyhow::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    for cause in error.chain() {
        let text = cause.to_string();
        if !parts.iter().any(|part| part.contains(&text)) {
            parts.push(text);
        }
    }
    parts.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_said_otherwise_than_many() {
        let (es, en) = (Words(Locale::Es), Words(Locale::En));
        let said = |number: i64| [es.movements(number), en.movements(number), es.postings(number)];
        assert_eq!(said(1), ["1 movimiento", "1 movement", "1 asiento"]);
        assert_eq!(said(0), ["0 movimientos", "0 movements", "0 asientos"]);
        assert_eq!(said(21), ["21 movimientos", "21 movements", "21 asientos"]);
    }
}
