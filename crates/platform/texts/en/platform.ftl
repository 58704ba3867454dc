# Texts of the platform. `problem-CODE` is the title of a problem and `.detail` what happened and what to do.

problem-malformed_json = Not JSON
    .detail = The body is not a valid JSON document: look at line { $line }, column { $column }.
problem-too_deep = Too many levels
    .detail = The document nests lists and objects more than { $most } levels deep.
problem-too_many_values = Too many values
    .detail = The document holds more than { $most } values: send it in parts.
problem-invalid_utf8 = Not UTF-8
    .detail = The body is not UTF-8 text: byte { $byte } is not.
problem-empty_body = The body is missing
    .detail = Send a JSON document in the body of the request.
problem-broken_body = The body did not arrive whole
    .detail = The connection broke before the whole body arrived. Send it again.
problem-malformed_query = Unreadable parameters
    .detail = The parameters of the address are not encoded properly.
problem-bad_request = Unreadable request
    .detail = The request could not be read.
problem-invalid = Invalid data
    .detail = { $count ->
        [one] There is one value to correct.
       *[other] There are { $count } values to correct.
    }
problem-unauthorized = Who are you
    .detail = Send a valid key in the X-API-Key header.
problem-forbidden = Not allowed
    .detail = Your key does not allow this.
problem-not_found = Not found
    .detail = There is no { $what }.
problem-no_such_path = Not found
    .detail = There is nothing at this address.
problem-method_not_allowed = Method not allowed
    .detail = This address does not take that method; see the Allow header.
problem-conflict = Conflict
    .detail = The request does not fit the present state.
problem-stale = Changed meanwhile
    .detail = Someone else changed it after you read it. Read it again and repeat the change.
problem-precondition_required = Version required
    .detail = Send the ETag you read in If-Match.
problem-uri_too_long = The address is too long
    .detail = An address has at most { $most } characters.
problem-too_large = Too large
    .detail = The body may have up to { $limit } bytes.
problem-unsupported_media_type = Unsupported format
    .detail = Send the body as { $accepted }.
problem-too_many_requests = Too many requests
    .detail = { $seconds ->
        [one] Try again in one second.
       *[other] Try again in { $seconds } seconds.
    }
problem-rate_limited = Too often
    .detail = { $limit ->
        [one] One request every { $window } seconds is taken from you.
       *[other] At most { $limit } requests every { $window } seconds are taken from you.
    } { $seconds ->
        [one] Try again in one second.
       *[other] Try again in { $seconds } seconds.
    }
problem-kept_out = Kept out for now
    .detail = Too many of your requests were refused. { $seconds ->
        [one] Try again in one second.
       *[other] Try again in { $seconds } seconds.
    }
problem-internal = Internal error
    .detail = Something failed on our side. If it happens again, report it with the request id.
problem-unavailable = Unavailable for now
    .detail = Something this needs does not answer. Try again in a moment.
problem-slow_body = The request did not arrive
    .detail = The connection is open and the rest of the body did not come in time. Send it again.
problem-timeout = Took too long
    .detail = The request did not end in time. Try again.
problem-no_encryption_key = No encryption key
    .detail = This is kept encrypted and there is no encryption key. Set GONDOLA_DATABASE_ENCRYPTION_KEY, or run “gondola key init”, and restart.

problem-unknown_host = Unknown name
    .detail = This server does not answer to that name; add it to allowed_hosts.
problem-invalid_idempotency_key = Invalid idempotency key
    .detail = Idempotency-Key takes 1 to { $most } visible ASCII characters, once.
problem-idempotency_of_secret = Only once
    .detail = The answer holds a secret that is told once and kept nowhere, so it cannot be repeated. Send the request without Idempotency-Key; if you do not know whether it arrived, look at the list before sending it again.
problem-idempotency_in_progress = In progress
    .detail = The same request is still being answered. Try again in a second.
problem-idempotency_key_reused = Key used before
    .detail = That key was used for another request. Use a new one.
problem-no_such_job = Not found
    .detail = There is no such job.
problem-job_interrupted = Interrupted
    .detail = The program stopped before the job ended. Ask for it again.

field-required = Missing.
field-blank = Cannot be empty.
field-wrong_type = Must be { $expected ->
    [text] a text
    [number] a number
    [boolean] true or false
    [list] a list
   *[object] an object
}.
field-too_long = May have up to { $most } characters.
field-too_short = Must have at least { $least } characters.
field-control_characters = Has control characters.
field-not_a_number = Not a decimal number (written 1234.56).
field-not_whole = Must be a whole number.
field-too_precise = May have up to { $places } decimal places.
field-out_of_range = The number is too large.
field-not_between = Must be between { $least } and { $most }.
field-not_positive = Must be greater than zero.
field-negative = Cannot be negative.
field-invalid_day = Not a day (written YYYY-MM-DD).
field-invalid_instant = Not a date and time with an offset (such as 2026-11-20T10:15:00-03:00).
field-invalid_uuid = Not a UUID.
field-unknown_zone = Not a known time zone (such as America/Argentina/Buenos_Aires).
field-not_one_of = Must be one of: { $names }.
field-too_many_items = May have up to { $most } items.
field-too_few_items = { $least ->
    [one] Must have at least one item.
   *[other] Must have at least { $least } items.
}
field-unknown_log_level = Must be off, error, warn, info, debug, trace, or levels by module: info,store=debug.
field-unknown_field = This field is not known.
field-duplicate_field = Given twice.
field-unknown_parameter = This parameter is not known.
field-repeated_parameter = Given more than once.
field-invalid_cursor = Not a cursor this list gave.
field-too_many_rows_for_a_sheet = The table has more rows than a sheet can have: ask for CSV, or narrow it.
field-more_errors = { $count ->
    [one] There is one more error.
   *[other] There are { $count } more errors.
}

config-unknown = { $place }: there is no setting of that name.
config-unknown-near = { $place }: there is no setting of that name; did you mean { $near }?
config-wrong-kind = { $place }: not a possible value; expected { $accepted }.
config-wrong-value = { $place }: “{ $value }” will not do; expected { $accepted }.
config-together = { $place }: { $other } is set as well; keep one of them.
config-without = { $place }: of use only together with { $other }, which is not set.
config-unreadable = { $place }: cannot be read ({ $reason }).
config-not-toml = { $place }: line { $line } is not valid TOML ({ $reason }).

accepts-mode = production or trial
accepts-path = a folder
accepts-database-url = sqlite:///path/to/file or postgres://user:password@server/database
accepts-pool-size = a number of connections from 1 to 1000
accepts-connect-timeout = a number of seconds from 1 to 60
accepts-slow-statement = milliseconds from 0 (never) to 60000
accepts-breaker-failures = a number of failures from 1 to 1000
accepts-breaker-open = a number of seconds from 1 to 3600
accepts-backup-recipient = one or more age recipients (age1…), as “gondola backup key FILE” prints them
accepts-backup-identity = age identities (AGE-SECRET-KEY-1…), as “gondola backup key FILE” writes them
accepts-backup-minutes = a number of minutes from 0 (never by itself) to 1440, once a day
accepts-backup-hourly = a number from 1 to 10000
accepts-backup-daily = a number from 0 to 10000
accepts-drill-days = a number of days from 0 (never by itself) to 365
accepts-journal-bytes = a number of bytes from 1048576 (1 MiB) to 1073741824 (1 GiB)
accepts-encryption-key = 64 random hexadecimal digits, as “openssl rand -hex 32” gives
accepts-passphrase = a phrase of at least 16 characters
accepts-cache-url = redis://user:password@server:6379/0, or rediss:// for one that speaks TLS
accepts-older-token-secret = 32 to 256 visible characters; during a change, the new one and the one before, parted by a blank
accepts-older-key = 16 to 128 visible characters, no blanks
accepts-key-rotation = off, remind or automatic
accepts-rotation-days = a number of days from 1 to 3650
accepts-overlap-days = a number of days from 1 to 365
accepts-listen = an IP address and a port, such as 127.0.0.1:8080
accepts-hosts = names parted by commas, such as shop.example, or * for any
accepts-optional-folder = a folder, or nothing for standard output
accepts-model-url = https://server/v1, or nothing
accepts-model-name = a name without blanks of at most 200 characters
accepts-model-key = a key without blanks of at most 1024 characters
accepts-model-timeout = a number of seconds from 1 to 600
accepts-model-answer-tokens = a number of tokens from 1 to 100000
accepts-model-request-tokens = a number of tokens from 1 to 10000000
accepts-model-day-tokens = a number of tokens, or 0 for no limit
accepts-model-price = a decimal with at most six places, such as 0.15
accepts-model-cost = a decimal with at most six places, or off
accepts-collector = http://host:4318, grpc://host:4317, https:// or grpcs:// over TLS, or nothing
accepts-percent = a whole number from 0 to 100
accepts-object-store = file:///folder or s3://bucket/prefix?endpoint=https://host&region=name, without keys in it; or nothing
accepts-object-key = up to 256 letters, digits and signs without blanks, as the store gives it out
accepts-object-timeout = a number of seconds from 1 to 600
accepts-optional-file = a file in PEM form
accepts-client-auth = off, optional or required
accepts-port = a port from 1 to 65535
accepts-connections = a number of connections from 1 to 1000000
accepts-header-timeout = a number of seconds from 1 to 600
accepts-origins = origins parted by commas, such as https://shop.example
accepts-switch = true or false
accepts-ratelimit-max = a number of requests from 1 to 1000000
accepts-ratelimit-window = a number of seconds from 1 to 86400
accepts-ban-after = a number of refusals from 1 to 1000000, or 0 for never
accepts-ban-window = a number of seconds from 1 to 86400
accepts-ban-length = a number of seconds from 1 to 31536000
accepts-roles = roles of this program parted by commas: warehouse, dashboard
accepts-peers = role=address parted by commas, such as warehouse=https://depot.example:8002
accepts-subjects = whose the certificates are, parted by commas, such as CN=dashboard
accepts-peer-timeout = a number of seconds from 20 to 300: with less the warehouse would not come to keep what its database does not take
accepts-networks = addresses or networks parted by commas, such as 10.0.0.0/8, ::1
accepts-proxy-header = x-forwarded-for or forwarded
accepts-log-level = error, warn, info, debug or trace, or by module such as info,sqlx=warn
accepts-log-format = auto, human or json
accepts-language = es or en
accepts-timezone = a time zone such as America/Argentina/Buenos_Aires
accepts-currency = three capital letters, such as ARS
accepts-scale-labels = layouts of 13 characters parted by commas, such as 20IIIIIWWWWWC/3: digits first, I the item, one of W weight, P price or U pieces, X unused, C the check digit, and after the bar the decimals
accepts-body-limit = a number of bytes from 1024 to 104857600
accepts-bulk-body-limit = a number of bytes from 1024 to 1073741824
accepts-request-timeout = a number of seconds from 1 to 3600
accepts-drain-timeout = a number of seconds from 0 to 600
accepts-in-flight = a number of requests from 1 to 100000
accepts-turn-wait = milliseconds from 1 to 1000
accepts-writer-queue = a number of postings from 1 to 1000000
accepts-writer-batch = a number of movements from 1 to 100000
accepts-encrypted-volume = off, warn or require
accepts-attested-volumes = names, parted by commas, of what lies on an encrypted disk: database, data, backups, objects, logs
accepts-approval-above = an amount such as 100000 or 2500.50, from 0, or off for no adjustment to need a second person
accepts-approval-back-days = a number of days from 0 to 3650, or off for age never to need a second person
accepts-approval-wait-days = a number of days from 1 to 90
accepts-audit-keep-days = a number of days from 90 to 3650
accepts-account-keep-days = a number of days from 1 to 3650
accepts-quiet-hours = two hours of the day such as 23-6, or none
