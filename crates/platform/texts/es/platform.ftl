# Textos de la plataforma. `problem-CÓDIGO` es el título de un problema y `.detail` lo que pasó y qué hacer.

problem-malformed_json = No es JSON
    .detail = El cuerpo no es un documento JSON válido: mirá la línea { $line }, columna { $column }.
problem-too_deep = Demasiados niveles
    .detail = El documento tiene más de { $most } niveles de listas y objetos.
problem-too_many_values = Demasiados valores
    .detail = El documento tiene más de { $most } valores: mandalo en partes.
problem-invalid_utf8 = No es UTF-8
    .detail = El cuerpo no es texto UTF-8: el byte { $byte } no lo es.
problem-empty_body = Falta el cuerpo
    .detail = Mandá un documento JSON en el cuerpo del pedido.
problem-broken_body = El cuerpo no llegó entero
    .detail = La conexión se cortó antes de que llegara todo el cuerpo. Volvé a mandarlo.
problem-malformed_query = Parámetros ilegibles
    .detail = Los parámetros de la dirección no están bien codificados.
problem-bad_request = Pedido ilegible
    .detail = No se pudo leer el pedido.
problem-invalid = Datos con errores
    .detail = { $count ->
        [one] Hay un dato para corregir.
       *[other] Hay { $count } datos para corregir.
    }
problem-unauthorized = Falta identificarse
    .detail = Mandá una clave válida en el encabezado X-API-Key.
problem-forbidden = No permitido
    .detail = Tu clave no tiene permiso para esto.
problem-not_found = No existe
    .detail = No existe { $what }.
problem-no_such_path = No existe
    .detail = No hay nada en esta dirección.
problem-method_not_allowed = Método no permitido
    .detail = Esta dirección no acepta ese método; mirá el encabezado Allow.
problem-conflict = Conflicto
    .detail = El pedido no va con el estado actual.
problem-stale = Cambió mientras tanto
    .detail = Otra persona lo cambió después de que lo leíste. Volvé a leerlo y repetí el cambio.
problem-precondition_required = Falta la versión
    .detail = Mandá en If-Match el ETag que leíste.
problem-uri_too_long = La dirección es demasiado larga
    .detail = Una dirección tiene hasta { $most } caracteres.
problem-too_large = Demasiado grande
    .detail = El cuerpo puede tener hasta { $limit } bytes.
problem-unsupported_media_type = Formato no aceptado
    .detail = Mandá el cuerpo como { $accepted }.
problem-too_many_requests = Demasiados pedidos
    .detail = { $seconds ->
        [one] Volvé a intentar en un segundo.
       *[other] Volvé a intentar en { $seconds } segundos.
    }
problem-rate_limited = Demasiado seguido
    .detail = { $limit ->
        [one] Se te acepta un pedido cada { $window } segundos.
       *[other] Se te aceptan hasta { $limit } pedidos cada { $window } segundos.
    } { $seconds ->
        [one] Probá de nuevo en un segundo.
       *[other] Probá de nuevo en { $seconds } segundos.
    }
problem-kept_out = Afuera por ahora
    .detail = Se rechazaron demasiados pedidos tuyos. { $seconds ->
        [one] Probá de nuevo en un segundo.
       *[other] Probá de nuevo en { $seconds } segundos.
    }
problem-internal = Error interno
    .detail = Algo falló de nuestro lado. Si se repite, avisá con el número de pedido.
problem-unavailable = No disponible por ahora
    .detail = Algo que hace falta no responde. Volvé a intentar en un momento.
problem-slow_body = El pedido no llegó
    .detail = La conexión sigue abierta y el resto del contenido no llegó a tiempo. Mandalo de nuevo.
problem-timeout = Tardó demasiado
    .detail = El pedido no terminó a tiempo. Volvé a intentar.
problem-no_encryption_key = Falta la clave de cifrado
    .detail = Esto se guarda cifrado y no hay clave de cifrado. Poné GONDOLA_DATABASE_ENCRYPTION_KEY, o corré «gondola key init», y reiniciá.

problem-unknown_host = Nombre desconocido
    .detail = Este servidor no atiende con ese nombre; agregalo en allowed_hosts.
problem-invalid_idempotency_key = Clave de repetición inválida
    .detail = Idempotency-Key lleva de 1 a { $most } caracteres ASCII visibles, una sola vez.
problem-idempotency_of_secret = Una sola vez
    .detail = La respuesta trae un secreto que se dice una sola vez y no se guarda, así que no se puede repetir. Mandá el pedido sin Idempotency-Key; si no sabés si llegó, fijate en la lista antes de mandarlo de nuevo.
problem-idempotency_in_progress = En curso
    .detail = El mismo pedido todavía se está atendiendo. Volvé a intentar en un segundo.
problem-idempotency_key_reused = Clave ya usada
    .detail = Esa clave ya se usó para otro pedido. Usá una nueva.
problem-no_such_job = No existe
    .detail = No existe ese trabajo.
problem-job_interrupted = Interrumpido
    .detail = El programa se detuvo antes de que el trabajo terminara. Volvé a pedirlo.

field-required = Falta.
field-blank = No puede estar vacío.
field-wrong_type = Tiene que ser { $expected ->
    [text] un texto
    [number] un número
    [boolean] true o false
    [list] una lista
   *[object] un objeto
}.
field-too_long = Puede tener hasta { $most } caracteres.
field-too_short = Tiene que tener al menos { $least } caracteres.
field-control_characters = Tiene caracteres de control.
field-not_a_number = No es un número decimal (se escribe 1234.56).
field-not_whole = Tiene que ser un número entero.
field-too_precise = Puede tener hasta { $places } decimales.
field-out_of_range = Es un número demasiado grande.
field-not_between = Tiene que estar entre { $least } y { $most }.
field-not_positive = Tiene que ser mayor que cero.
field-negative = No puede ser negativo.
field-invalid_day = No es un día (se escribe AAAA-MM-DD).
field-invalid_instant = No es una fecha y hora con zona (como 2026-11-20T10:15:00-03:00).
field-invalid_uuid = No es un UUID.
field-unknown_zone = No es una zona horaria conocida (como America/Argentina/Buenos_Aires).
field-not_one_of = Tiene que ser uno de: { $names }.
field-too_many_items = Puede tener hasta { $most } elementos.
field-too_few_items = { $least ->
    [one] Tiene que tener al menos un elemento.
   *[other] Tiene que tener al menos { $least } elementos.
}
field-unknown_log_level = Tiene que ser off, error, warn, info, debug, trace, o niveles por módulo: info,store=debug.
field-unknown_field = No se conoce este campo.
field-duplicate_field = Está dos veces.
field-unknown_parameter = No se conoce este parámetro.
field-repeated_parameter = Está más de una vez.
field-invalid_cursor = No es un cursor que haya dado esta lista.
field-too_many_rows_for_a_sheet = La tabla tiene más filas de las que entran en una planilla: pedila como CSV o filtrala.
field-more_errors = { $count ->
    [one] Hay un error más.
   *[other] Hay { $count } errores más.
}

config-unknown = { $place }: no hay ningún ajuste con ese nombre.
config-unknown-near = { $place }: no hay ningún ajuste con ese nombre; ¿será { $near }?
config-wrong-kind = { $place }: no es un valor posible; se espera { $accepted }.
config-wrong-value = { $place }: “{ $value }” no sirve; se espera { $accepted }.
config-together = { $place }: también está { $other }; dejá uno de los dos.
config-without = { $place }: sólo sirve junto con { $other }, que no está.
config-unreadable = { $place }: no se puede leer ({ $reason }).
config-not-toml = { $place }: la línea { $line } no es TOML válido ({ $reason }).

accepts-mode = production o trial
accepts-path = una carpeta
accepts-database-url = sqlite:///ruta/al/archivo o postgres://usuario:clave@servidor/base
accepts-pool-size = un número de conexiones de 1 a 1000
accepts-connect-timeout = una cantidad de segundos de 1 a 60
accepts-slow-statement = milisegundos de 0 (nunca) a 60000
accepts-breaker-failures = una cantidad de fallas de 1 a 1000
accepts-breaker-open = una cantidad de segundos de 1 a 3600
accepts-backup-recipient = uno o más destinatarios de age (age1…), como los imprime «gondola backup key ARCHIVO»
accepts-backup-identity = identidades de age (AGE-SECRET-KEY-1…), como las escribe «gondola backup key ARCHIVO»
accepts-backup-minutes = una cantidad de minutos de 0 (nunca por sí solo) a 1440, una por día
accepts-backup-hourly = un número de 1 a 10000
accepts-backup-daily = un número de 0 a 10000
accepts-drill-days = una cantidad de días de 0 (nunca por sí solo) a 365
accepts-journal-bytes = una cantidad de bytes de 1048576 (1 MiB) a 1073741824 (1 GiB)
accepts-encryption-key = 64 dígitos hexadecimales al azar, como los que da «openssl rand -hex 32»
accepts-passphrase = una frase de al menos 16 caracteres
accepts-cache-url = redis://usuario:clave@servidor:6379/0, o rediss:// para uno que hable TLS
accepts-older-token-secret = de 32 a 256 caracteres visibles; durante un cambio, el nuevo y el anterior, separados por un espacio
accepts-older-key = de 16 a 128 caracteres visibles, sin espacios
accepts-key-rotation = off, remind o automatic
accepts-rotation-days = una cantidad de días de 1 a 3650
accepts-overlap-days = una cantidad de días de 1 a 365
accepts-listen = una dirección IP y un puerto, como 127.0.0.1:8080
accepts-hosts = nombres separados por comas, como tienda.example, o * para cualquiera
accepts-optional-folder = una carpeta, o nada para la salida estándar
accepts-model-url = https://servidor/v1, o nada
accepts-model-name = un nombre sin espacios de hasta 200 caracteres
accepts-model-key = una clave sin espacios de hasta 1024 caracteres
accepts-model-timeout = una cantidad de segundos de 1 a 600
accepts-model-answer-tokens = una cantidad de tokens de 1 a 100000
accepts-model-request-tokens = una cantidad de tokens de 1 a 10000000
accepts-model-day-tokens = una cantidad de tokens, o 0 para no limitar
accepts-model-price = un decimal con hasta seis lugares, como 0.15
accepts-model-cost = un decimal con hasta seis lugares, o off
accepts-collector = http://host:4318, grpc://host:4317, https:// o grpcs:// sobre TLS, o nada
accepts-percent = un número entero de 0 a 100
accepts-object-store = file:///carpeta o s3://bucket/prefijo?endpoint=https://host&region=nombre, sin claves adentro; o nada
accepts-object-key = hasta 256 letras, cifras y signos sin espacios, como la da el almacén
accepts-object-timeout = una cantidad de segundos de 1 a 600
accepts-optional-file = un archivo en forma PEM
accepts-client-auth = off, optional o required
accepts-port = un puerto de 1 a 65535
accepts-connections = una cantidad de conexiones de 1 a 1000000
accepts-header-timeout = una cantidad de segundos de 1 a 600
accepts-origins = orígenes separados por comas, como https://tienda.example
accepts-switch = true o false
accepts-ratelimit-max = una cantidad de pedidos de 1 a 1000000
accepts-ratelimit-window = una cantidad de segundos de 1 a 86400
accepts-ban-after = una cantidad de rechazos de 1 a 1000000, o 0 para nunca
accepts-ban-window = una cantidad de segundos de 1 a 86400
accepts-ban-length = una cantidad de segundos de 1 a 31536000
accepts-roles = roles de este programa separados por comas: warehouse, dashboard
accepts-peers = role=dirección separados por comas, como warehouse=https://deposito.example:8002
accepts-subjects = de quién son los certificados, separados por comas, como CN=tablero
accepts-peer-timeout = una cantidad de segundos de 20 a 300: con menos el depósito no llega a guardar lo que su base no toma
accepts-networks = direcciones o redes separadas por comas, como 10.0.0.0/8, ::1
accepts-proxy-header = x-forwarded-for o forwarded
accepts-log-level = error, warn, info, debug o trace, o por módulo como info,sqlx=warn
accepts-log-format = auto, human o json
accepts-language = es o en
accepts-timezone = una zona horaria como America/Argentina/Buenos_Aires
accepts-currency = tres letras mayúsculas, como ARS
accepts-scale-labels = formatos de 13 caracteres separados por comas, como 20IIIIIWWWWWC/3: primero cifras, I el artículo, una de W peso, P precio o U unidades, X sin uso, C el dígito verificador, y tras la barra los decimales
accepts-body-limit = una cantidad de bytes de 1024 a 104857600
accepts-bulk-body-limit = una cantidad de bytes de 1024 a 1073741824
accepts-request-timeout = una cantidad de segundos de 1 a 3600
accepts-drain-timeout = una cantidad de segundos de 0 a 600
accepts-in-flight = una cantidad de pedidos de 1 a 100000
accepts-turn-wait = milisegundos de 1 a 1000
accepts-writer-queue = una cantidad de asientos de 1 a 1000000
accepts-writer-batch = una cantidad de movimientos de 1 a 100000
accepts-encrypted-volume = off, warn o require
accepts-attested-volumes = nombres separados por comas de lo que está en un disco cifrado: database, data, backups, objects, logs
accepts-approval-above = un importe como 100000 o 2500.50, desde 0, o off para que ningún ajuste necesite a otra persona
accepts-approval-back-days = una cantidad de días de 0 a 3650, u off para que la antigüedad nunca necesite a otra persona
accepts-approval-wait-days = una cantidad de días de 1 a 90
accepts-audit-keep-days = una cantidad de días de 90 a 3650
accepts-account-keep-days = una cantidad de días de 1 a 3650
accepts-quiet-hours = dos horas del día, por ejemplo 23-6, o none
