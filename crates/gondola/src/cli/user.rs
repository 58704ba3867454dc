//! `gondola user create|list|role|disable|enable|password|unlock|totp-reset`.
//!
//! Invariant: a password is shown once, alone on the last line, and nowhere kept; whoever has the command line may do everything.

pub(in crate::cli) mod list;

use std::process::ExitCode;

use access::{
    Access, Doer,
    contact::Contact,
    people::{NewUser, PERSONS, UserChange, login_name},
};
use clap::{Args, Subcommand};
use domain::Role;
use platform::{
    config::Settings,
    http::{Problem, auth::SiteScope, fields::Value},
};
use store::person::Person;

use super::{Failure, Outcome, Words, open, role};
use crate::wiring::people;

/// What to do with accounts.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Add somebody; a password to hand to them is printed alone on the last line, once.
    Create(Create),
    /// List them.
    List(list::Arguments),
    /// Change what somebody is and where they work. Their sessions end.
    Role(ChangeRole),
    /// Close somebody's account. Their sessions end.
    Disable(Whom),
    /// Open a closed account again.
    Enable(Whom),
    /// Make somebody a new password; it is printed alone on the last line, once.
    Password(Whom),
    /// Let somebody who failed too often try again at once.
    Unlock(Whom),
    /// Take somebody's second factor off. Their sessions end.
    TotpReset(Whom),
}

/// Whose account.
#[derive(Args)]
pub(crate) struct Whom {
    /// What they type to come in.
    login: String,
}

/// An account to make.
#[derive(Args)]
pub(crate) struct Create {
    /// What they type to come in.
    login: String,
    /// What others know them by [default: the login].
    #[arg(long)]
    name: Option<String>,
    /// What they are in the shop.
    #[arg(long, value_parser = role::among(&PERSONS), default_value = Role::Cashier.name())]
    role: Role,
    /// A site they work in; repeatable [default: every site].
    #[arg(long, value_name = "CODE")]
    site: Vec<String>,
}

/// What somebody is to be.
#[derive(Args)]
pub(crate) struct ChangeRole {
    /// What they type to come in.
    login: String,
    /// What they are in the shop.
    #[arg(value_parser = role::among(&PERSONS))]
    role: Role,
    /// A site they work in; repeatable [default: where they work now].
    #[arg(long, value_name = "CODE")]
    site: Vec<String>,
    /// They work in every site.
    #[arg(long, conflicts_with = "site")]
    every_site: bool,
}

/// Runs it.
pub(crate) async fn run(command: Command, settings: Settings) -> Outcome {
    if let Command::List(arguments) = &command {
        list::run(arguments, &settings).await?;
        return Ok(ExitCode::SUCCESS);
    }
    let db = open::writable(&settings).await?;
    let access = people::for_commands(&db, &settings).await?;
    let words = Words(settings.language);
    let done = act(&access, command, words).await;
    db.close().await;
    done.map_err(|problem| failure(&problem))?;
    Ok(ExitCode::SUCCESS)
}

async fn act(access: &Access, command: Command, words: Words) -> Result<(), Problem> {
    match command {
        Command::List(_) => {}
        Command::Create(new) => create(access, new, words).await?,
        Command::Role(to) => {
            let whom = access.user(Doer::CommandLine, &to.login).await?;
            change_role(access, (&whom.0, &whom.1), &to).await?;
            answer!("{}", words.say("cambiada", "changed"));
        }
        Command::Disable(whom) => set_disabled(access, &whom.login, true, words).await?,
        Command::Enable(whom) => set_disabled(access, &whom.login, false, words).await?,
        Command::Password(whom) => {
            let (person, sites) = access.user(Doer::CommandLine, &whom.login).await?;
            let password = access.reset_password(Doer::CommandLine, (&person, &sites)).await?;
            tell_password(password.expose(), words);
        }
        Command::Unlock(whom) => {
            let (person, sites) = access.user(Doer::CommandLine, &whom.login).await?;
            let failed = access.unlock(Doer::CommandLine, (&person, &sites)).await?;
            let done = words.say("ya puede volver a intentar", "they may try again");
            answer!("{}", if failed { done } else { words.say("no estaba trabado", "they were not kept out") });
        }
        Command::TotpReset(whom) => {
            let (person, sites) = access.user(Doer::CommandLine, &whom.login).await?;
            let there = access.reset_factor(Doer::CommandLine, (&person, &sites)).await?;
            let done = words.say("segundo factor quitado", "second factor taken off");
            answer!("{}", if there { done } else { words.say("no tenía segundo factor", "they had no second factor") });
        }
    }
    Ok(())
}

async fn create(access: &Access, new: Create, words: Words) -> Result<(), Problem> {
    let login = login_name(&Value::Text(new.login.as_str().into())).map_err(|fault| fault.at("login"))?;
    let name = new.name.unwrap_or_else(|| login.clone());
    let name = platform::http::fields::text(1..=100)(&Value::Text(name.into())).map_err(|fault| fault.at("name"))?;
    let sites = if new.site.is_empty() { SiteScope::All } else { SiteScope::only(new.site) };
    let contact = Contact::default();
    let new = NewUser { login, name, role: new.role, sites, language: None, contact };
    let (_, password) = access.add_user(Doer::CommandLine, &new).await?;
    tell_password(password.expose(), words);
    Ok(())
}

fn tell_password(password: &str, words: Words) {
    answer!(
        "{}",
        words.say(
            "contraseña de un solo uso, no se vuelve a mostrar; vence en tres días y al entrar hay que elegir otra",
            "one-time password, not shown again; it ends after three days and has to be replaced on signing in"
        )
    );
    answer!("{password}");
}

async fn change_role(access: &Access, whom: (&Person, &SiteScope), to: &ChangeRole) -> Result<(), Problem> {
    let sites = match (to.every_site, to.site.as_slice()) {
        (true, _) => Some(SiteScope::All),
        (false, []) => None,
        (false, codes) => Some(SiteScope::only(codes)),
    };
    let change = UserChange { role: Some(to.role), sites, ..UserChange::default() };
    access.change_user(Doer::CommandLine, whom, &change, whom.0.version).await
}

async fn set_disabled(access: &Access, login: &str, disabled: bool, words: Words) -> Result<(), Problem> {
    let (person, sites) = access.user(Doer::CommandLine, login).await?;
    access.set_user_disabled(Doer::CommandLine, (&person, &sites), disabled).await?;
    let (closed, opened) = (words.say("cuenta cerrada", "account closed"), words.say("cuenta abierta", "account open"));
    answer!("{}", if disabled { closed } else { opened });
    Ok(())
}

/// What was wrong, in the words of the API.
pub(super) fn failure(problem: &Problem) -> anyhow::Error {
    if problem.status().is_server_error() {
        return anyhow::Error::msg(problem.to_string());
    }
    let told = |locale| {
        let document = problem.document_in(locale);
        let faults: Vec<String> =
            document.errors.iter().map(|error| format!("{}: {}", error.field, error.message)).collect();
        if faults.is_empty() { document.detail } else { faults.join("; ") }
    };
    Failure::new(told(platform::texts::Locale::Es), told(platform::texts::Locale::En)).into()
}
