//! The forms in which what is kept of somebody is given out.
//!
//! Invariant: every form holds the same values; what a text holds can break neither form.

use serde_json::Value;

use super::Disclosed;

/// A form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A document.
    Json,
    /// A table: part, item, field, value.
    Csv,
    /// Elements named as the fields of the document are.
    Xml,
}

impl Form {
    /// All of them.
    pub const ALL: [Form; 3] = [Form::Json, Form::Csv, Form::Xml];

    /// Its name, which is how a file of it ends.
    pub const fn name(self) -> &'static str {
        match self {
            Form::Json => "json",
            Form::Csv => "csv",
            Form::Xml => "xml",
        }
    }

    /// The one of that name.
    pub fn named(name: &str) -> Option<Form> {
        Form::ALL.into_iter().find(|form| form.name() == name)
    }

    /// Its media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Form::Json => "application/json",
            Form::Csv => "text/csv; charset=utf-8",
            Form::Xml => "application/xml; charset=utf-8",
        }
    }

    /// The data in that form.
    pub fn write(self, Disclosed(data): &Disclosed) -> String {
        match self {
            Form::Json => format!("{data:#}\n"),
            Form::Csv => csv(data),
            Form::Xml => format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}\n", xml("data", data)),
        }
    }
}

fn csv(data: &Value) -> String {
    let mut text = String::from("part,item,field,value\r\n");
    for (part, value) in data.as_object().into_iter().flatten() {
        let items = match value {
            Value::Array(items) => items.iter().collect(),
            other => vec![other],
        };
        for (number, item) in items.into_iter().enumerate() {
            row(&mut text, part, number + 1, item);
        }
    }
    text
}

fn row(text: &mut String, part: &str, number: usize, item: &Value) {
    let Value::Object(fields) = item else {
        text.push_str(&format!("{part},{number},,{}\r\n", cell(&plain(item))));
        return;
    };
    for (field, value) in fields {
        text.push_str(&format!("{part},{number},{field},{}\r\n", cell(&plain(value))));
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// In quotes whenever something in it could be taken for a sign of the form (RFC 4180), or for a formula by a spreadsheet.
fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if formula || text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

fn xml(name: &str, value: &Value) -> String {
    let inner = match value {
        Value::Object(fields) => fields.iter().map(|(field, value)| xml(field, value)).collect(),
        Value::Array(items) => items.iter().map(|item| xml("item", item)).collect(),
        other => escaped(&plain(other)),
    };
    format!("<{name}>{inner}</{name}>")
}

/// What is neither a sign of the form nor a character that XML 1.0 has none for (section 2.2).
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {
                escaped.push('\u{fffd}');
            }
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn odd() -> Disclosed {
        Disclosed(json!({
            "account": {"name": "Ana \"la\" <Pérez> & hija, =1", "seen": null},
            "events": [{"at": "2026"}, {"at": "=2027"}],
        }))
    }

    #[test]
    fn a_table_has_a_line_for_each_value_and_quotes_what_could_break_it() {
        let expected = "part,item,field,value\r\naccount,1,name,\"Ana \"\"la\"\" <Pérez> & hija, =1\"\r\naccount,1,seen,\r\n\
                        events,1,at,2026\r\nevents,2,at,\"'=2027\"\r\n";
        assert_eq!(Form::Csv.write(&odd()), expected);
    }

    #[test]
    fn elements_hold_what_would_break_them_escaped() {
        let text = Form::Xml.write(&odd());
        assert!(text.contains("<name>Ana \"la\" &lt;Pérez&gt; &amp; hija, =1</name><seen></seen>"), "{text}");
        assert!(text.contains("<events><item><at>2026</at></item><item>"), "{text}");
        assert_eq!(escaped("a\u{1}b"), "a\u{fffd}b");
    }

    #[test]
    fn a_document_is_what_was_gathered() {
        assert_eq!(serde_json::from_str::<Value>(&Form::Json.write(&odd())).unwrap(), odd().0);
        for form in Form::ALL {
            assert_eq!(Form::named(form.name()), Some(form));
        }
    }
}
