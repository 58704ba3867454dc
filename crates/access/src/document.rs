//! The table of permissions as people read it.
//!
//! Invariant: made from the table itself; a test compares it with `docs/permissions.md`.

use std::fmt::Write;

use domain::Role;

use crate::{
    permission::{Class, Permission},
    table::{self, Rule},
};

/// The tables of `docs/permissions.md`, in Markdown.
pub fn markdown() -> String {
    let mut text = String::new();
    for class in Class::ALL {
        // Writing to a string cannot fail.
        let _ = permissions(&mut text, class);
    }
    let _ = routes(&mut text);
    text
}

fn permissions(text: &mut String, class: Class) -> std::fmt::Result {
    let all: Vec<&Permission> = Permission::ALL.iter().filter(|permission| permission.class() == class).collect();
    if all.is_empty() {
        return Ok(());
    }
    let roles = Role::ALL.map(|role| format!("`{}`", role.name())).join(" | ");
    writeln!(text, "### `{}`\n\n| permission | | {roles} |", class.name())?;
    writeln!(text, "|---|---|{}", "---|".repeat(Role::ALL.len()))?;
    for permission in all {
        let may = Role::ALL.map(|role| if permission.roles().contains(&role) { "yes" } else { "" }).join(" | ");
        writeln!(text, "| `{}` | {} | {may} |", permission.name(), permission.words())?;
    }
    writeln!(text)
}

fn routes(text: &mut String) -> std::fmt::Result {
    writeln!(text, "### Routes\n\n| route | needs |\n|---|---|")?;
    for (method, path, rule) in table::routes().chain(table::peer_routes()) {
        let needs = match rule {
            Rule::Open => "nothing".to_owned(),
            Rule::Known => "to be known".to_owned(),
            Rule::Session => "a person's session".to_owned(),
            Rule::Peer => "another role of ours".to_owned(),
            Rule::Needs(permission) => format!("`{}`", permission.name()),
        };
        writeln!(text, "| `{method} {path}` | {needs} |")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    const BEGIN: &str = "<!-- made from the table of permissions -->\n\n";

    /// With `UPDATE_DOCUMENTS` set it writes the document instead of comparing it.
    #[test]
    fn the_document_is_the_table() {
        let path = testkit::workspace_root().join("docs/permissions.md");
        let document = fs::read_to_string(&path).unwrap();
        let (before, told) = document.split_once(BEGIN).expect("the line after which the tables stand");
        let made = super::markdown();
        if std::env::var_os("UPDATE_DOCUMENTS").is_some() {
            fs::write(&path, format!("{before}{BEGIN}{made}")).unwrap();
            return;
        }
        assert!(told == made, "docs/permissions.md is not the table: run this test with UPDATE_DOCUMENTS=1\n{made}");
    }
}
