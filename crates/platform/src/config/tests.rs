use std::{fs, path::Path};

use super::*;

fn inputs(variables: &[(&str, &str)]) -> Inputs {
    let home = ("HOME", "/nowhere/home");
    let variables = [home].iter().chain(variables).map(|(name, value)| (name.into(), value.into())).collect();
    Inputs { variables, ..Inputs::default() }
}

fn with_file(folder: &Path, text: &str, variables: &[(&str, &str)]) -> Inputs {
    let path = folder.join("shop.toml");
    fs::write(&path, text).unwrap();
    Inputs { config_file: Some(path), ..inputs(variables) }
}

#[test]
fn a_shop_needs_no_settings() {
    let settings = Settings::load(&inputs(&[("PATH", "/bin")])).unwrap();
    assert_eq!(settings.data_dir, Path::new("/nowhere/home/.local/share/gondola"));
    assert_eq!(settings.database_url.expose(), "sqlite:///nowhere/home/.local/share/gondola/gondola.db");
    assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(settings.timezone.name(), "America/Argentina/Buenos_Aires");
    assert_eq!((settings.currency.as_str(), settings.language), ("ARS", Locale::Es));
}

#[test]
fn flags_beat_variables_and_variables_beat_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = "listen = '127.0.0.1:1'\ncurrency = 'UYU'\nlanguage = 'en'\nallowed_hosts = ['a.example', 'b']\nmax_in_flight = 7";
    let mut inputs = with_file(folder.path(), file, &[("GONDOLA_LISTEN", "127.0.0.1:2"), ("GONDOLA_CURRENCY", "CLP")]);
    inputs.flags.push(("listen", "127.0.0.1:3".to_owned()));
    let settings = Settings::load(&inputs).unwrap();
    assert_eq!(settings.listen.port(), 3);
    assert_eq!((settings.currency.as_str(), settings.language, settings.max_in_flight), ("CLP", Locale::En, 7));
    assert_eq!(settings.allowed_hosts, Hosts::Only(vec!["a.example".to_owned(), "b".to_owned()]));
    assert_eq!(settings.origin("listen").to_string(), "--listen");
    assert_eq!(settings.origin("currency").to_string(), "GONDOLA_CURRENCY");
    assert!(settings.origin("language").to_string().ends_with("shop.toml"));
    assert_eq!(settings.origin("timezone"), &Origin::Default);
}

#[test]
fn every_mistake_is_told_at_once_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = "lisen = '127.0.0.1:1'\nlog_level = 'loud'\nmax_in_flight = 0\ntimezone = { name = 'x' }\n";
    let mut inputs = with_file(
        folder.path(),
        file,
        &[
            ("GONDOLA_DATABSE_URL", "x"),
            ("GONDOLA_DATABASE_URL", "mysql://u:hunter2@h/d"),
            ("GONDOLA_QUX", "1"),
            ("GONDOLA_LANGUAGE", ""),
        ],
    );
    inputs.flags.push(("listen", "8080".to_owned()));
    let mistakes = Settings::load(&inputs).unwrap_err();
    assert_eq!(mistakes.0.len(), 8, "{mistakes}");
    for locale in Locale::ALL {
        let text = mistakes.message(locale);
        for part in [
            "shop.toml: lisen",
            "shop.toml: log_level",
            "shop.toml: max_in_flight",
            "shop.toml: timezone",
            "GONDOLA_DATABSE_URL",
            "GONDOLA_QUX",
            "--listen",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
        assert!(
            text.contains("GONDOLA_DATABASE_URL") && text.contains("sqlite:///"),
            "the nearest name and what is accepted\n{text}"
        );
        assert!(!text.contains("accepts-") && !text.contains("config-") && !text.contains("hunter2"), "{text}");
    }
    assert!(!format!("{mistakes:?}").contains("hunter2"));
}

#[test]
fn scales_print_what_the_settings_say() {
    let label = |settings: &Settings, code| settings.scale_labels.read(code).map(|label| label.item);
    let usual = Settings::load(&inputs(&[])).unwrap();
    assert_eq!((label(&usual, "2000123012506"), label(&usual, "2300123012507")), (Some("00123".to_owned()), None));
    let own = Settings::load(&inputs(&[("GONDOLA_SCALE_LABELS", "23IIIIIWWWWWC/3, 02IIIIXPPPPPC")])).unwrap();
    assert_eq!((label(&own, "2000123012506"), label(&own, "2300123012507")), (None, Some("00123".to_owned())));
    assert!(own.to_toml().contains("scale_labels = [\"23IIIIIWWWWWC/3\", \"02IIIIXPPPPPC/2\"]"), "{}", own.to_toml());
    let wrong = Settings::load(&inputs(&[("GONDOLA_SCALE_LABELS", "20IIIIIWWWWWC/3,7")])).unwrap_err();
    assert!(wrong.message(Locale::En).contains("13 characters"), "{wrong}");
}

#[test]
fn a_number_where_text_belongs_is_a_mistake() {
    let folder = tempfile::tempdir().unwrap();
    for file in ["data_dir = 5", "log_level = 3", "currency = ['ARS']", "max_in_flight = ['7']"] {
        let wrong = Settings::load(&with_file(folder.path(), file, &[])).unwrap_err();
        assert!(wrong.message(Locale::En).contains("not a possible value"), "{file}: {wrong}");
    }
    let right = "max_in_flight = 7\nturn_wait_ms = 8\nallowed_hosts = 'a,b'\ndata_dir = '5'";
    let settings = Settings::load(&with_file(folder.path(), right, &[])).unwrap();
    assert_eq!((settings.max_in_flight, settings.data_dir.as_path()), (7, Path::new("5")));
    assert_eq!(settings.turn_wait, Duration::from_millis(8));
}

#[test]
fn mistakes_are_told_in_the_language_that_is_set() {
    let folder = tempfile::tempdir().unwrap();
    let language =
        |file: &str, variables: &[(&str, &str)]| Settings::language_of(&with_file(folder.path(), file, variables));
    assert_eq!(language("listen = 1", &[]), Locale::Es);
    assert_eq!(language("listen = 1", &[("GONDOLA_LANGUAGE", "en")]), Locale::En);
    assert_eq!(language("listen = 1\nlanguage = 'en'", &[("GONDOLA_LANGUAGE", "xx")]), Locale::En);
    assert_eq!(language("not toml", &[("GONDOLA_LANGUAGE", "en")]), Locale::En);
}

#[test]
fn a_broken_or_missing_file_is_a_mistake_and_not_a_default() {
    let folder = tempfile::tempdir().unwrap();
    let broken = Settings::load(&with_file(folder.path(), "listen = 'a'\nlisten = 'b'", &[])).unwrap_err();
    assert!(broken.message(Locale::En).contains("line 2"), "{broken}");
    let missing = Inputs { config_file: Some(folder.path().join("none.toml")), ..inputs(&[]) };
    assert!(Settings::load(&missing).unwrap_err().message(Locale::En).contains("none.toml"));
}

#[test]
fn the_file_in_the_data_folder_is_found() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("gondola.toml"), "currency = 'BRL'").unwrap();
    let settings = Settings::load(&inputs(&[("GONDOLA_DATA_DIR", folder.path().to_str().unwrap())])).unwrap();
    assert_eq!(settings.currency, "BRL");
}

#[test]
fn what_is_printed_can_be_read_back_and_hides_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let settings =
        Settings::load(&inputs(&[("GONDOLA_DATABASE_URL", "postgres://u:hunter2@h/d"), ("GONDOLA_CURRENCY", "USD")]))
            .unwrap();
    let printed = settings.to_toml();
    assert!(printed.contains("currency = \"USD\"  # GONDOLA_CURRENCY"), "{printed}");
    assert!(printed.contains("postgres://u:***@h/d"), "{printed}");
    assert!(!printed.contains("hunter2") && !format!("{settings:?}").contains("hunter2"));
    let again = Settings::load(&with_file(folder.path(), &printed, &[])).unwrap();
    for key in KEYS.iter().filter(|key| key.form != Form::Secret) {
        assert!(matches!(again.origin(key.name), Origin::File(_)), "{}", key.name);
    }
    assert_eq!(again.to_toml().lines().count(), KEYS.len());
    let json = settings.to_json();
    assert_eq!(json["currency"], serde_json::json!({"value": "USD", "from": "GONDOLA_CURRENCY"}));
    assert_eq!(json["database_url"]["value"], "postgres://u:***@h/d");
    assert_eq!(json.as_object().unwrap().len(), KEYS.len());
}

const MASTER: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

#[test]
fn the_master_key_comes_from_a_variable_its_older_name_a_file_a_command_or_its_usual_place() {
    let folder = tempfile::tempdir().unwrap();
    let (key, data) = (folder.path().join("key"), folder.path().join("data"));
    fs::write(&key, format!("{MASTER}\n")).unwrap();
    let (key, command) = (key.to_str().unwrap(), format!("echo {MASTER}"));
    let right = vault::Source::Key(MasterKey::parse(MASTER).unwrap());
    for (name, value) in [
        ("GONDOLA_DATABASE_ENCRYPTION_KEY", MASTER),
        ("DATABASE_ENCRYPTION_KEY", MASTER),
        ("GONDOLA_DATABASE_ENCRYPTION_KEY_FILE", key),
        ("GONDOLA_DATABASE_ENCRYPTION_KEY_COMMAND", &command),
    ] {
        let settings = Settings::load(&inputs(&[(name, value)])).unwrap();
        assert_eq!(settings.encryption, right, "{name}");
        assert!(settings.to_toml().contains("# database_encryption_key = \"***\""), "{}", settings.to_toml());
    }
    let usual = [("GONDOLA_DATA_DIR", data.to_str().unwrap())];
    assert_eq!(Settings::load(&inputs(&usual)).unwrap().encryption, vault::Source::Nowhere);
    MasterKey::parse(MASTER).unwrap().write(&vault::Source::usual_file(&data)).unwrap();
    assert_eq!(Settings::load(&inputs(&usual)).unwrap().encryption, right);
    let phrase = ("GONDOLA_DATABASE_ENCRYPTION_PASSPHRASE", "una frase bien larga");
    let settings = Settings::load(&inputs(&[usual[0], phrase])).unwrap();
    assert_eq!(settings.encryption, vault::Source::passphrase("una frase bien larga").unwrap());
}

#[test]
fn a_password_of_the_database_may_come_from_a_file_or_a_command() {
    let folder = tempfile::tempdir().unwrap();
    let (file, url) = (folder.path().join("url"), "postgres://u:hunter2@h/d");
    fs::write(&file, format!("{url}\n")).unwrap();
    let command = format!("echo {url}");
    for (name, value) in [("DATABASE_URL_FILE", file.to_str().unwrap()), ("DATABASE_URL_COMMAND", &command)] {
        let settings = Settings::load(&inputs(&[(&format!("GONDOLA_{name}"), value)])).unwrap();
        assert_eq!(settings.database_url.expose(), url, "{name}");
        assert!(!settings.to_toml().contains("hunter2") && !settings.to_json().to_string().contains("hunter2"));
    }
}

#[test]
fn what_an_env_file_says_is_weaker_than_the_environment_and_leaves_others_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(".env");
    let with = |text: &str, variables: &[(&str, &str)]| {
        fs::write(&path, text).unwrap();
        Settings::load(&Inputs { env_file: EnvFile::read(&path), ..inputs(variables) })
    };
    let text = format!("OTHERS=1\nDATABASE_ENCRYPTION_KEY={MASTER}\nGONDOLA_CURRENCY=CLP\nGONDOLA_LANGUAGE=en");
    let settings = with(&text, &[("GONDOLA_CURRENCY", "UYU")]).unwrap();
    assert_eq!((settings.currency.as_str(), settings.language), ("UYU", Locale::En));
    assert_eq!(settings.encryption, vault::Source::Key(MasterKey::parse(MASTER).unwrap()));
    assert!(settings.origin("language").to_string().ends_with(".env: GONDOLA_LANGUAGE"));
    assert!(!settings.to_toml().contains(MASTER));
    let wrong = with("GONDOLA_LISEN=1\nGONDOLA_DATABASE_ENCRYPTION_KEY=hunter2\nhunter2", &[]).unwrap_err();
    let told = wrong.message(Locale::En);
    assert!(wrong.0.len() == 3 && told.contains("GONDOLA_LISTEN") && told.contains("line 3"), "{told}");
    assert!(!format!("{told} {wrong:?}").contains("hunter2"), "{told}");
}

#[test]
fn a_mistaken_secret_is_told_without_it() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty");
    fs::write(&empty, "").unwrap();
    let file = "database_encryption_key_file = 7\ndatabase_encryption_passphrase = 'hunter2'";
    let variables = [
        ("GONDOLA_DATABASE_ENCRYPTION_KEY", "hunter2"),
        ("GONDOLA_DATABASE_ENCRYPTION_KEY_COMMAND", "echo hunter2; exit 9"),
        ("GONDOLA_DATABASE_ENCRYPTION_PASSPHRASE_FILE", empty.to_str().unwrap()),
    ];
    let inputs = with_file(folder.path(), file, &variables);
    let mistakes = Settings::load(&inputs).unwrap_err();
    assert_eq!(mistakes.0.len(), 5, "{mistakes}");
    for locale in Locale::ALL {
        let text = mistakes.message(locale);
        assert!(!text.contains("hunter2") && text.contains("hexadecimal") && text.contains("empty"), "{text}");
    }
    assert!(!format!("{mistakes:?} {inputs:?}").contains("hunter2"));
    let both = inputs_with_key_and_passphrase();
    assert!(Settings::load(&both).unwrap_err().message(Locale::En).contains("keep one"));
}

fn inputs_with_key_and_passphrase() -> Inputs {
    inputs(&[
        ("GONDOLA_DATABASE_ENCRYPTION_KEY", MASTER),
        ("GONDOLA_DATABASE_ENCRYPTION_PASSPHRASE", "una frase bien larga"),
    ])
}

#[test]
fn a_foreign_name_cannot_be_rebound_to_a_local_server() {
    let local = Hosts::default_for("127.0.0.1:8080".parse().unwrap());
    for host in [
        "localhost",
        "LOCALHOST:8080",
        "127.0.0.1:8080",
        "[::1]:8080",
        "[::1]",
        "[2001:db8::7]:1",
        "192.168.0.7",
        "localhost.",
        "localhost:",
    ] {
        assert!(local.allows(host), "{host}");
    }
    for host in [
        "evil.example",
        "evil.example:8080",
        "localhost.evil.example",
        "",
        "[evil]:1",
        "[::1]evil.example",
        "[::1].evil.example:80",
        "[::1",
        "::1",
        "127.0.0.1.evil.example",
        "a@localhost",
        "localhost:80@evil.example",
        "localhost:x",
        ":80",
        "localhost..",
        "[127.0.0.1]",
    ] {
        assert!(!local.allows(host), "{host}");
    }
    assert!(Hosts::parse("Shop.example, b").unwrap().allows("shop.example:443"));
    assert_eq!(Hosts::parse("a b"), None);
}

#[test]
fn the_older_system_s_variables_of_the_limit_are_honoured_and_ours_beat_them() {
    let older = [
        ("DASHBOARD_RATELIMIT_ENABLED", "False"),
        ("DASHBOARD_RATELIMIT_MAX", "250"),
        ("DASHBOARD_RATELIMIT_WINDOW", "30"),
    ];
    let door = |variables: &[(&str, &str)]| Settings::load(&inputs(variables)).unwrap().door;
    let usual = door(&[]);
    assert_eq!((usual.ratelimit_enabled, usual.ratelimit_max, usual.ratelimit_window.as_secs()), (true, 100, 60));
    let said = door(&older);
    assert_eq!((said.ratelimit_enabled, said.ratelimit_max, said.ratelimit_window.as_secs()), (false, 250, 30));
    let both = Settings::load(&inputs(&[&[("GONDOLA_RATELIMIT_MAX", "7")], &older[..]].concat())).unwrap();
    assert_eq!(both.door.ratelimit_max, 7);
    assert_eq!(both.origin("ratelimit_max").to_string(), "GONDOLA_RATELIMIT_MAX");
    assert_eq!(both.origin("ratelimit_window_s").to_string(), "DASHBOARD_RATELIMIT_WINDOW");
    let wrong = Settings::load(&inputs(&[("DASHBOARD_RATELIMIT_MAX", "many")])).unwrap_err();
    assert!(wrong.message(Locale::En).contains("DASHBOARD_RATELIMIT_MAX"), "{wrong}");
}

#[test]
fn a_command_s_own_default_gives_way_to_whatever_is_said() {
    let mut inputs = inputs(&[]);
    inputs.defaults.push(("ratelimit_enabled", "false".to_owned()));
    assert!(!Settings::load(&inputs).unwrap().door.ratelimit_enabled);
    inputs.variables.push(("GONDOLA_RATELIMIT_ENABLED".into(), "true".into()));
    assert!(Settings::load(&inputs).unwrap().door.ratelimit_enabled);
}

#[test]
fn a_trial_makes_no_backups_unless_told_whenever_it_becomes_one() {
    let every = |variables: &[(&str, &str)], mode| {
        let settings = Settings::load(&inputs(variables)).unwrap();
        (settings.backups.every(mode).as_secs(), settings.backups.drill_every(mode).as_secs())
    };
    assert_eq!(every(&[], Mode::Production), (45 * 60, 7 * 86_400));
    assert_eq!(every(&[], Mode::Trial), (0, 0));
    let told = [("GONDOLA_BACKUP_EVERY_MINUTES", "1440"), ("GONDOLA_BACKUP_DRILL_DAYS", "1")];
    assert_eq!(every(&told, Mode::Trial), (86_400, 86_400));
    // What is too old, and what the alert waits for, is a day and a little more.
    assert!(Settings::load(&inputs(&[("GONDOLA_BACKUP_EVERY_MINUTES", "1441")])).is_err());
    let printed = Settings::load(&inputs(&[("GONDOLA_MODE", "trial")])).unwrap().to_toml();
    assert!(printed.contains("backup_every_minutes = 0 ") && printed.contains("backup_drill_days = 0 "), "{printed}");
}

#[test]
fn proxies_are_trusted_by_network() {
    let settings = Settings::load(&inputs(&[
        ("GONDOLA_TRUSTED_PROXIES", "10.0.0.0/8, ::1"),
        ("GONDOLA_PROXY_HEADER", "Forwarded"),
    ]))
    .unwrap();
    assert!(settings.to_toml().contains("trusted_proxies = [\"10.0.0.0/8\", \"::1\"]"), "{}", settings.to_toml());
    assert!(settings.to_toml().contains("proxy_header = \"forwarded\""));
    for (name, value) in [("GONDOLA_TRUSTED_PROXIES", "10.0.0.0/99"), ("GONDOLA_PROXY_HEADER", "x-real-ip")] {
        assert!(Settings::load(&inputs(&[(name, value)])).is_err(), "{name}");
    }
}

/// Whoever adds one adds it to what `crates/gondola/tests/it/planted.rs` plants as well.
#[test]
fn every_setting_that_may_hold_a_secret_is_planted_in_the_test_of_leaks() {
    let planted = include_str!("../../../gondola/tests/it/planted.rs");
    for key in KEYS.iter().filter(|key| keys::is_secret(key.name)) {
        assert!(planted.contains(&format!("(\"{}\",", key.name)), "{}", key.name);
    }
}

#[test]
fn not_even_a_panic_says_a_secret() {
    let values = [
        ("GONDOLA_DATABASE_URL", "postgres://u:hunter2@h/d"),
        ("GONDOLA_DATABASE_ADMIN_URL", "postgres://u:hunter2@h/d"),
        ("GONDOLA_DATABASE_ENCRYPTION_PASSPHRASE", "una frase hunter2"),
    ];
    let settings = Settings::load(&inputs(&values)).unwrap();
    let panic = std::panic::catch_unwind(|| panic!("{settings:?} {settings:#?}")).unwrap_err();
    let said = panic.downcast_ref::<String>().unwrap();
    assert!(said.contains("***") && !said.contains("hunter2"), "{said}");
}
