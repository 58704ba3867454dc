//! What a browser calls itself, in a few words.
//!
//! Invariant: only words of ours are shown, so that whoever names their program freely cannot speak to the reader.

use platform::texts::Args;

use crate::words::Words;

/// Names within what a browser calls itself, the more particular first: most call themselves by the names of others too.
const BROWSERS: [(&str, &str); 7] = [
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
];
const SYSTEMS: [(&str, &str); 6] = [
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
];

/// `Firefox en Windows`.
pub(crate) fn shown(words: Words, agent: &str) -> String {
    let named =
        |names: &[(&str, &'static str)]| names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    match (named(&BROWSERS), named(&SYSTEMS)) {
        (Some(browser), Some(system)) => {
            words.say_with("ui-browser-on", &Args::new().with("browser", browser).with("system", system))
        }
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => words.say("ui-browser-unknown"),
    }
}

#[cfg(test)]
mod tests {
    use platform::texts::{self, Locale};

    use super::*;

    #[test]
    fn the_particular_name_counts() {
        texts::register("dashboard", crate::ES, crate::EN);
        for (agent, expected) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36 Edg/120.0",
                "Edge en Windows",
            ),
            (
                "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Mobile Safari/537.36",
                "Chrome en Android",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Version/17.0 Safari/604.1",
                "Safari en iPhone",
            ),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0", "Firefox en Linux"),
            ("curl/8.5.0", "curl"),
            ("<script>", "otro programa"),
            ("", "otro programa"),
        ] {
            assert_eq!(shown(Words(Locale::Es), agent), expected);
        }
    }
}
