//! What goes wrong with backups, in the user's language.
//!
//! Invariant: each says what to do, and what was not touched.

use platform::backup::Error;

use super::Words;

impl Words {
    pub(super) fn backup(self, error: &Error) -> String {
        let (es, en) = match error {
            Error::NoRoom(path) => {
                let path = path.display();
                (
                    format!("no queda lugar en el disco para {path}; liberá espacio o poné otra carpeta en backup_folder. No quedó ninguna copia a medias"),
                    format!("the disk has no room left for {path}; free some or set backup_folder to another folder. No half backup was left"),
                )
            }
            Error::File { path, source } => {
                let path = path.display();
                (format!("no se puede leer o escribir {path}: {source}"), format!("cannot read or write {path}: {source}"))
            }
            Error::Busy(path) => {
                let path = path.display();
                (
                    format!("ya se está haciendo una copia o un simulacro en {path}; esperá a que termine"),
                    format!("a backup or a drill is under way in {path} already; wait for it to finish"),
                )
            }
            Error::NotOne(path) => {
                let path = path.display();
                (format!("{path} no es una copia de gondola. No se tocó nada"), format!("{path} is not a backup of gondola. Nothing was touched"))
            }
            Error::Newer { found, known } => (
                format!("la copia es de un programa más nuevo (formato {found}, y este conoce {known}); actualizá el programa. No se tocó nada"),
                format!("the backup is of a newer program (format {found}, this one knows {known}); update the program. Nothing was touched"),
            ),
            Error::Damaged { path, what } => {
                let path = path.display();
                (
                    format!("la copia {path} está dañada o cortada; usá otra («gondola backup list»). No se tocó nada\n  ({what})"),
                    format!("the backup {path} is damaged or cut; use another (“gondola backup list”). Nothing was touched\n  ({what})"),
                )
            }
            Error::NoIdentity => (
                "la copia está cifrada; poné backup_identity_file con el archivo de la identidad (o backup_passphrase). No se tocó nada".to_owned(),
                "the backup is encrypted; set backup_identity_file to the file of the identity (or backup_passphrase). Nothing was touched".to_owned(),
            ),
            Error::WrongIdentity => (
                "la identidad que está puesta no abre esta copia; poné en backup_identity_file la que corresponde. No se tocó nada".to_owned(),
                "the identity that is set does not open this backup; set backup_identity_file to the right one. Nothing was touched".to_owned(),
            ),
        };
        self.say(&es, &en).to_owned()
    }
}
