//! What commands and flags do, in Spanish.
//!
//! Invariant: the left side is the text of the command line, without its last full stop, which the parser takes off.

/// The Spanish of a text of the command line.
pub(super) fn of(english: &str) -> Option<&'static str> {
    TEXTS.iter().find(|(text, _)| *text == english).map(|(_, spanish)| *spanish)
}

/// Why a value will not do, in Spanish; `None` for a reason that nothing here gives.
pub(super) fn cause(english: &str) -> Option<String> {
    if let Some((_, range)) = english.split_once(" is not in ") {
        let (least, most) = range.split_once("..").unwrap_or((range, ""));
        let most = most.trim_start_matches('=');
        return Some(if most.is_empty() {
            format!("tiene que ser {least} o más")
        } else {
            format!("tiene que estar entre {least} y {most}")
        });
    }
    CAUSES.iter().find(|(text, _)| *text == english).map(|(_, spanish)| (*spanish).to_owned())
}

/// What our own readers of values say, and the numbers of the standard library.
const CAUSES: &[(&str, &str)] = &[
    ("invalid digit found in string", "tiene que ser un número entero"),
    ("cannot parse integer from empty string", "tiene que ser un número entero"),
    ("number too large to fit in target type", "es un número demasiado grande"),
    ("number too small to fit in target type", "es un número demasiado chico"),
    ("not a day as YYYY-MM-DD", "tiene que ser un día, como 2026-11-20"),
    ("not an RFC 3339 instant with an offset", "tiene que ser un instante con su zona, como 2026-11-20T08:00:00-03:00"),
    ("expected FIELD=COLUMN", "tiene que ser CAMPO=COLUMNA"),
];

const TEXTS: &[(&str, &str)] = &[
    (
        "Stock ledger and back office of a shop or a chain of shops",
        "Libro de stock y trastienda de un comercio o de una cadena",
    ),
    ("Print help", "Muestra esta ayuda"),
    ("Print help (see more with '--help')", "Muestra esta ayuda"),
    ("Print help (see a summary with '-h')", "Muestra esta ayuda"),
    ("Print version", "Muestra la versión"),
    ("Print this message or the help of the given subcommand(s)", "Muestra la ayuda de un comando"),
    // Values that there are to choose among.
    ("The catalogue", "El catálogo"),
    ("Ticket lines", "Renglones de tickets"),
    ("What there is, to begin with", "Lo que hay, para empezar"),
    ("Shelf prices", "Precios de góndola"),
    ("The older system's database", "La base del sistema anterior"),
    ("Goods that are not there cannot go out", "Lo que no hay no puede salir"),
    (
        "Open the least stock that keeps every balance at zero or above",
        "Abre el menor stock con el que ningún saldo baja de cero",
    ),
    ("Find out", "Se averigua"),
    ("1,234.56", "1,234.56"),
    ("1.234,56", "1.234,56"),
    ("31/12/2026", "31/12/2026"),
    ("12/31/2026", "12/31/2026"),
    ("It sells", "Vende"),
    ("It only keeps goods", "Solo guarda mercadería"),
    ("ECDSA over P-256", "ECDSA sobre P-256"),
    ("RSA with 4096 bits", "RSA de 4096 bits"),
    // Roles.
    ("Everything, also openings, corrections and past days", "Todo, también aperturas, correcciones y días pasados"),
    (
        "Everything of the shop's day, also openings, corrections and past days",
        "Todo lo del día del comercio, también aperturas, correcciones y días pasados",
    ),
    (
        "Receives, returns to suppliers, moves, counts, writes off; keeps the products",
        "Recibe, devuelve a proveedores, mueve, cuenta, da de baja; lleva los productos",
    ),
    ("Sells and takes back from customers; nothing else", "Vende y acepta devoluciones de clientes; nada más"),
    ("Reads the books and closes days", "Lee los libros y cierra días"),
    ("Reads everything", "Lee todo"),
    ("Keeps it running", "Lo mantiene andando"),
    (
        "Another program: what a cashier and a stock keeper do, prices and imports",
        "Otro programa: lo que hacen un cajero y un encargado de depósito, precios e importaciones",
    ),
    // Backups.
    ("Make a backup, or look at those there are", "Hace una copia, o muestra las que hay"),
    ("Bring a backup back", "Restaura una copia"),
    (
        "Prove that the newest backup can be brought back, and how long that takes",
        "Prueba que la última copia se puede restaurar, y cuánto tarda",
    ),
    (
        "Leave it unencrypted, for whoever has the file to read",
        "La deja sin cifrar: la puede leer quien tenga el archivo",
    ),
    ("The backups there are, the newest first", "Las copias que hay, la más nueva primero"),
    ("Read all of a backup and say whether it is whole", "Lee una copia entera y dice si está sana"),
    (
        "Make an identity that opens backups, and print whom to encrypt them for",
        "Crea una identidad que abre las copias, e imprime para quién cifrarlas",
    ),
    ("The backup", "La copia"),
    (
        "The backup: a file, or its address in the object store",
        "La copia: un archivo, o su dirección en el almacén de objetos",
    ),
    (
        "A file that is not there yet, for the identity: keep it apart from the backups and from this machine",
        "Un archivo que todavía no existe, para la identidad: guardalo aparte de las copias y de esta máquina",
    ),
    (
        "Set the records there are aside, and put those of the backup in their place",
        "Deja aparte los registros que hay, y pone los de la copia en su lugar",
    ),
    ("Do not verify what comes out of it", "No verifica lo que sale de ella"),
    // For all.
    (
        "Settings file [default: gondola.toml in the data folder, when there]",
        "Archivo de configuración [si no: gondola.toml en la carpeta de datos, si está]",
    ),
    (
        "Where the records are: sqlite:///path or postgres://…",
        "Dónde están los registros: sqlite:///ruta o postgres://…",
    ),
    (
        "Run this role, and none that is not named so: warehouse, dashboard [default: all]",
        "Corre este rol y ninguno que no se nombre así: warehouse, dashboard [si no: todos]",
    ),
    ("Folder of everything we write", "Carpeta de todo lo que se escribe"),
    ("Address to answer on [default: 127.0.0.1:8080]", "Dirección en la que se atiende [si no: 127.0.0.1:8080]"),
    ("Language of messages: es or en", "Idioma de los mensajes: es o en"),
    (
        "Which log lines are written, for example info or store=debug",
        "Qué líneas de registro se escriben, por ejemplo info o store=debug",
    ),
    ("How log lines look: auto, human or json", "Cómo se ven las líneas de registro: auto, human o json"),
    ("As JSON", "En JSON"),
    // The model.
    ("Ask it something: what it answers, and what that cost", "Le pregunta algo: qué responde, y cuánto costó"),
    ("Whether it answers, and what was spent today", "Si responde, y cuánto se gastó hoy"),
    ("The question", "La pregunta"),
    ("How it is to answer", "Cómo tiene que responder"),
    ("The language model, where one is set", "El modelo de lenguaje, donde hay uno puesto"),
    // Commands.
    ("Run the server", "Atiende: pone a andar el servidor"),
    (
        "Make a shop with a simulated year of trading, and serve it",
        "Arma un comercio con un año de ventas simuladas, y lo atiende",
    ),
    (
        "Bring in products, sales, stock, prices or the older system's database",
        "Trae productos, ventas, stock, precios o la base del sistema anterior",
    ),
    ("Take out a table or a site's ledger", "Saca una tabla o el libro de una sucursal"),
    (
        "Prove that nobody touched the ledger, nor the audit log",
        "Prueba que nadie tocó el libro, ni el registro de auditoría",
    ),
    ("Who did what", "Quién hizo qué"),
    ("Sites: shops and depots", "Sucursales: locales y depósitos"),
    ("Keys of people and programs", "Claves de personas y programas"),
    ("Who is kept out at the door", "Quién queda afuera en la puerta"),
    ("Certificates for TLS", "Certificados para TLS"),
    ("People's rights over what is kept of them", "Derechos de las personas sobre lo que se guarda de ellas"),
    ("People's accounts", "Cuentas de personas"),
    ("The version of the database", "La versión de la base de datos"),
    ("The settings in force", "La configuración vigente"),
    ("Check this installation", "Revisa esta instalación"),
    (
        "Before a shop opens: everything the machine can see, and what people have to look at",
        "Antes de abrir: todo lo que la máquina puede ver, y lo que tiene que mirar la gente",
    ),
    (
        "A file with a key that may read the running server's figures",
        "Archivo con una clave que pueda leer las cifras del servidor",
    ),
    ("Ask a running server whether it is well", "Le pregunta a un servidor si anda bien"),
    ("Read a workbook, for the program itself", "Lee una planilla, para el programa mismo"),
    ("The format of the workbook on standard input", "El formato de la planilla en la entrada estándar"),
    // demo
    ("Make the shop and stop", "Arma el comercio y termina"),
    ("Last day of the simulated year [default: yesterday]", "Último día del año simulado [si no: ayer]"),
    // audit
    ("Look into it, newest first", "Lo muestra, lo más nuevo primero"),
    ("Take it out, as CSV or XLSX", "Lo saca, como CSV o XLSX"),
    ("Most events wanted", "Cuántos eventos como mucho"),
    ("One JSON object a line", "Un objeto JSON por línea"),
    (
        "Where to write it; its ending, .csv or .xlsx, chooses the form",
        "Dónde escribirlo; la terminación, .csv o .xlsx, elige la forma",
    ),
    (
        "Who: what they are called, public part of a key, number of an account",
        "Quién: cómo se llama, parte pública de una clave, número de una cuenta",
    ),
    (
        "What happened, such as price.set; or everything about a subject, such as price",
        "Qué pasó, por ejemplo price.set; o todo sobre un tema, por ejemplo price",
    ),
    (
        "To what, such as product:BEB-000012; with : at its end, to everything of that kind",
        "A qué, por ejemplo product:BEB-000012; con : al final, a todo lo de esa clase",
    ),
    ("How it ended: ok, denied or failed", "Cómo terminó: ok, denied o failed"),
    ("Code of a site", "Código de una sucursal"),
    ("A day or an instant: they happened then or later", "Un día o un instante: pasaron entonces o después"),
    ("A day, included, or an instant: they happened before it", "Un día, incluido, o un instante: pasaron antes"),
    ("Words somewhere in it", "Palabras en cualquier parte"),
    // import
    ("What the file holds", "Qué trae el archivo"),
    (
        "CSV (any separator, also .gz), XLSX or XLS; for legacy, the older system's .db",
        "CSV (con cualquier separador, también .gz), XLSX o XLS; para legacy, el .db del sistema anterior",
    ),
    (
        "Name under which the rows are known, so that importing them again changes nothing [default: the file's name]",
        "Nombre con que se conocen las filas, para que importarlas de nuevo no cambie nada [si no: el del archivo]",
    ),
    ("Which site [default: the only one]", "Qué sucursal [si no: la única]"),
    ("Read and check everything, write nothing", "Lee y revisa todo, no escribe nada"),
    ("Write nothing when any row is wrong", "No escribe nada si alguna fila está mal"),
    ("Add products that are not in the catalogue", "Agrega los productos que no están en el catálogo"),
    (
        "Stock before the first row of a file of sales: none, or the least that makes them possible",
        "Stock antes de la primera fila de un archivo de ventas: ninguno, o el mínimo que las hace posibles",
    ),
    (
        "Location that goods come to and leave from [default: the site's choice]",
        "Lugar al que entra y del que sale la mercadería [si no: el que elige la sucursal]",
    ),
    (
        "A column named by hand, as field=column; repeatable. `#3` is the third column",
        "Una columna nombrada a mano, como campo=columna; se puede repetir. `#3` es la tercera columna",
    ),
    ("What stands before the decimals", "Qué va antes de los decimales"),
    ("Which comes first in dates like 01/02/2026", "Qué va primero en fechas como 01/02/2026"),
    (
        "Read the file as a saved profile says; other flags add to it",
        "Lee el archivo como dice un perfil guardado; otras opciones se suman",
    ),
    ("Save how this file is read under a name", "Guarda con un nombre cómo se lee este archivo"),
    ("Write every issue to this CSV file", "Escribe cada observación en este archivo CSV"),
    ("The whole report as JSON", "El informe completo en JSON"),
    // export
    (
        "The whole ledger of a site, with its hashes and checkpoints (JSON lines; compressed when FILE ends in .gz)",
        "El libro entero de una sucursal, con sus eslabones y firmas (líneas JSON; comprimido si FILE termina en .gz)",
    ),
    ("The catalogue, as CSV or XLSX", "El catálogo, en CSV o XLSX"),
    (
        "Every price that products have or had, as CSV or XLSX",
        "Cada precio que tienen o tuvieron los productos, en CSV o XLSX",
    ),
    ("Who is bought from, as CSV or XLSX", "A quién se le compra, en CSV o XLSX"),
    ("Purchase orders with their lines, as CSV or XLSX", "Los pedidos a proveedores con sus renglones, en CSV o XLSX"),
    ("Count sheets with their lines, as CSV or XLSX", "Las planillas de conteo con sus renglones, en CSV o XLSX"),
    (
        "Transfers between sites with their lines, as CSV or XLSX",
        "Los traslados entre sucursales con sus renglones, en CSV o XLSX",
    ),
    ("What there is, where, as CSV or XLSX", "Qué hay y dónde, en CSV o XLSX"),
    ("What it is worth, as CSV or XLSX", "Cuánto vale, en CSV o XLSX"),
    ("Every movement, as CSV or XLSX", "Cada movimiento, en CSV o XLSX"),
    ("Every posting, as CSV or XLSX", "Cada asiento, en CSV o XLSX"),
    ("Where to write it", "Dónde escribirlo"),
    // verify
    ("Only this site", "Sólo esta sucursal"),
    (
        "A ledger file written by `gondola export ledger`, instead of the database",
        "Un libro escrito por `gondola export ledger`, en vez de la base de datos",
    ),
    ("Write a certificate to this file when all holds", "Escribe un certificado en este archivo si está todo en orden"),
    // site
    ("Add a shop or a depot, with its places", "Agrega un local o un depósito, con sus lugares"),
    ("List them", "Las lista"),
    ("Short name: lower-case letters, digits, - and _", "Nombre corto: minúsculas, números, - y _"),
    ("Name people know it by [default: the code]", "Nombre con que se la conoce [si no: el código]"),
    ("What it is", "Qué es"),
    ("Zone its days begin in [default: the one set]", "Zona horaria de sus días [si no: la configurada]"),
    // key
    (
        "Make a key; its secret is printed alone on the last line, once",
        "Hace una clave; se muestra una sola vez, en la última línea",
    ),
    ("List them, without their secrets", "Las lista, sin lo secreto"),
    ("It opens nothing but for requests that it signs", "No abre nada salvo los pedidos que firma"),
    ("Replace a secret; the one before serves a while longer", "Cambia lo secreto; lo anterior sirve un tiempo más"),
    (
        "That of a key; the new one is printed alone on the last line, once",
        "Lo de una clave; lo nuevo se muestra una sola vez, en la última línea",
    ),
    (
        "What signs tokens; those given out before are taken until they end",
        "Lo que firma los pases; los ya dados sirven hasta que venzan",
    ),
    (
        "Hours that the secret it has now goes on serving; 0 ends it at once",
        "Horas que sigue sirviendo lo secreto que tiene ahora; con 0 deja de servir en el momento",
    ),
    ("End a key at once", "Anula una clave en el momento"),
    (
        "Make the key that encrypts what is kept encrypted, when there is none",
        "Hace la clave con que se cifra lo que se guarda cifrado, si no hay",
    ),
    (
        "The program's secrets, how old each is and whose turn it is",
        "Los secretos del programa, qué edad tiene cada uno y a cuál le toca",
    ),
    (
        "The master key of what is kept encrypted. Both will do until --finish, or until key_overlap_days have passed",
        "La clave maestra de lo que se guarda cifrado. Sirven las dos hasta --finish, o hasta que pasen key_overlap_days",
    ),
    (
        "The key of encrypted values: a new one serves at once, and the values there are move to it",
        "La clave de los valores cifrados: una nueva sirve en el momento, y los valores que hay pasan a ella",
    ),
    (
        "The key that signs checkpoints. What was signed goes on proving itself",
        "La clave que firma los puntos de control. Lo firmado se sigue probando solo",
    ),
    (
        "A file with the new key [default: one is made, in the place of the file in use or printed alone on the last line]",
        "Un archivo con la clave nueva [si no: se hace una, en el lugar del archivo en uso o en la última línea]",
    ),
    ("A file with a passphrase that takes the key's place", "Un archivo con una frase que toma el lugar de la clave"),
    (
        "End the change: from here on only the key in the settings will do",
        "Termina el cambio: desde acá sirve sólo la clave de la configuración",
    ),
    (
        "Where to write it [default: keys/master.key in the data folder]",
        "Dónde escribirla [si no: keys/master.key en la carpeta de datos]",
    ),
    ("What it is for", "Para qué es"),
    ("What it may do", "Qué puede hacer"),
    (
        "A permission, or a sort of them (read, post, change, admin), that it is limited to; may be given again [default: all of the role]",
        "Un permiso, o una clase de ellos (read, post, change, admin), al que se limita; se puede repetir [si no: todos los del rol]",
    ),
    (
        "Code of a site that it is limited to; may be given again [default: every site]",
        "Código de un local al que se limita; se puede repetir [si no: todos]",
    ),
    ("Requests a minute [default: the usual limit]", "Pedidos por minuto [si no: el límite de siempre]"),
    ("Days after which it ends by itself [default: never]", "Días después de los que vence sola [si no: nunca]"),
    ("Its public part, as listed", "Su parte pública, como aparece en la lista"),
    // journal
    ("Postings that were taken while the database was down", "Asientos que se tomaron con la base de datos caída"),
    ("What waits for the ledger, and what the ledger refused", "Lo que espera al libro, y lo que el libro rechazó"),
    (
        "Hand on what waits, and try again what was refused; for when no server runs",
        "Pasa al libro lo que espera, y reintenta lo rechazado; para cuando no hay un servidor en marcha",
    ),
    ("Write all of it to a file, one JSON object a line", "Escribe todo en un archivo, un objeto JSON por línea"),
    ("The file", "El archivo"),
    // ban
    ("List the bans in force", "Lista quién está afuera ahora"),
    ("Keep somebody out for a while", "Deja a alguien afuera por un tiempo"),
    (
        "Let somebody in again, and forget how often they were kept out",
        "Deja entrar de nuevo a alguien, y olvida cuántas veces quedó afuera",
    ),
    ("An address, a network such as 203.0.113.0/24, or key:ID", "Una dirección, una red como 203.0.113.0/24, o key:ID"),
    ("How long: 90s, 30m, 12h or 7d", "Por cuánto tiempo: 90s, 30m, 12h o 7d"),
    ("Why, for whoever reads the list", "Por qué, para quien lea la lista"),
    ("As listed", "Como aparece en la lista"),
    // tls
    (
        "Make a private authority, and a certificate for the server and one for a client",
        "Hace una autoridad privada, un certificado para el servidor y otro para un cliente",
    ),
    ("Give out one more certificate", "Entrega un certificado más"),
    (
        "Replace a certificate by one with a new key for the same names",
        "Reemplaza un certificado por otro con clave nueva para los mismos nombres",
    ),
    ("Show the certificates and when they end", "Muestra los certificados y cuándo vencen"),
    (
        "Folder of the certificates [default: tls in the data folder]",
        "Carpeta de los certificados [si no: tls en la carpeta de datos]",
    ),
    ("What its key is made of", "De qué está hecha su clave"),
    ("Days it lasts", "Días que dura"),
    (
        "A name or address that clients call the server by; repeatable [default: localhost, 127.0.0.1, ::1]",
        "Un nombre o dirección con que los clientes llaman al servidor; se puede repetir [si no: localhost, 127.0.0.1, ::1]",
    ),
    ("What its files are called, and whom it is for", "Cómo se llaman sus archivos, y para quién es"),
    (
        "A name or address it holds for; repeatable. Without any it is only good to ask with",
        "Un nombre o dirección para los que vale; se puede repetir. Sin ninguno sólo sirve para preguntar",
    ),
    ("What its files are called", "Cómo se llaman sus archivos"),
    // approval
    ("Postings that wait for a second person", "Asientos que esperan a otra persona"),
    ("What waits, and what was decided, newest first", "Lo que espera y lo que se decidió, lo más nuevo antes"),
    ("Only those that stand there", "Sólo los que están así"),
    ("Nobody decided yet", "Nadie decidió todavía"),
    ("Let through", "Aprobados"),
    ("Refused", "Rechazados"),
    ("Nobody decided in time", "Nadie decidió a tiempo"),
    // privacy
    (
        "Show how a supplier is reached, as JSON, or take it out for good",
        "Muestra en JSON cómo se llega a un proveedor, o lo saca para siempre",
    ),
    ("Its code, or its name", "Su código, o su nombre"),
    (
        "Take out whom to ask for, telephone, e-mail and address; this cannot be undone",
        "Saca por quién preguntar, teléfono, correo y dirección; no se puede deshacer",
    ),
    (
        "List what people asked for: what waits first, the most urgent before the others",
        "Lista lo que se pidió: primero lo que espera, lo más urgente antes",
    ),
    (
        "Write down what somebody asked for; its identity is printed alone on the last line",
        "Anota lo que alguien pidió; su identificación se muestra en la última línea",
    ),
    (
        "Answer a request; erasure and restriction are carried out in the same moment",
        "Contesta un pedido; la supresión y la limitación se cumplen en el mismo momento",
    ),
    ("Take out what is kept of whoever made a request", "Saca lo que se guarda de quien hizo un pedido"),
    ("Gather what was accessed in an interval, as JSON", "Reúne lo que se accedió en un intervalo, como JSON"),
    ("Which of their rights", "Cuál de sus derechos"),
    ("In their words", "En sus palabras"),
    ("Identity of the request", "Identificación del pedido"),
    ("What was done, or why it is refused", "Qué se hizo, o por qué se niega"),
    ("It is not done", "No se hace"),
    (
        "Where to write it; its ending, .json, .csv or .xml, chooses the form",
        "Dónde escribirlo; su terminación, .json, .csv o .xml, elige la forma",
    ),
    ("From this instant on, such as 2026-11-20T00:00:00-03:00", "Desde este instante, como 2026-11-20T00:00:00-03:00"),
    ("Before this instant", "Antes de este instante"),
    // user
    (
        "Add somebody; a password to hand to them is printed alone on the last line, once",
        "Agrega a alguien; la contraseña para darle se muestra una sola vez, en la última línea",
    ),
    (
        "Change what somebody is and where they work. Their sessions end",
        "Cambia la función y las sucursales de alguien. Se cierran sus sesiones",
    ),
    ("Close somebody's account. Their sessions end", "Cierra la cuenta de alguien. Se cierran sus sesiones"),
    ("Open a closed account again", "Vuelve a abrir una cuenta cerrada"),
    (
        "Make somebody a new password; it is printed alone on the last line, once",
        "Le hace a alguien una contraseña nueva; se muestra una sola vez, en la última línea",
    ),
    ("Let somebody who failed too often try again at once", "Desbloquea a quien se equivocó demasiadas veces"),
    (
        "Take somebody's second factor off. Their sessions end",
        "Le quita a alguien el segundo factor. Se cierran sus sesiones",
    ),
    ("What they type to come in", "Lo que escribe para entrar"),
    ("What others know them by [default: the login]", "Nombre con que se la conoce [si no: el usuario]"),
    ("What they are in the shop", "Qué función tiene"),
    (
        "A site they work in; repeatable [default: every site]",
        "Una sucursal en la que trabaja; se puede repetir [si no: todas]",
    ),
    (
        "A site they work in; repeatable [default: where they work now]",
        "Una sucursal en la que trabaja; se puede repetir [si no: en las que ya trabaja]",
    ),
    ("They work in every site", "Trabaja en todas las sucursales"),
    // migrate
    ("Bring it to this program's version", "La lleva a la versión de este programa"),
    (
        "Take it back to an earlier version; what the later ones held is lost",
        "La vuelve a una versión anterior; se pierde lo que guardan las posteriores",
    ),
    (
        "Show which steps it has; fails when it is of a newer program",
        "Muestra qué pasos tiene; falla si es de un programa más nuevo",
    ),
    ("The version to go back to; 0 empties the database", "La versión a la que se vuelve; 0 vacía la base de datos"),
    ("Yes, lose what the later versions hold", "Sí, que se pierda lo que guardan las versiones posteriores"),
    // config
    (
        "Print those in force, as a file that could be read back; secrets are hidden",
        "Muestra la vigente, como un archivo que se podría volver a leer; lo secreto va tapado",
    ),
];
