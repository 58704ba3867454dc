//! People: whether those who can do the most harm are who they say, and nobody's account lies open.
//!
//! Invariant: accounts that were closed do not count.

use access::{Role, demands_factor};
use platform::config::Mode;
use store::{
    Db,
    person::{self, Person},
};

use super::{
    row::{Finding, Group, Row, by_hand, fail, pass},
    scene::Scene,
};
use crate::cli::{Words, user};

/// Somebody with an account that is open.
struct Somebody {
    login: String,
    role: Option<Role>,
    has_factor: bool,
    /// Whether their password is still one that somebody else made.
    one_time: bool,
}

/// What is looked at of everybody.
type Check = fn(&[Somebody], Words) -> Finding;

/// Its lines.
pub(super) async fn rows(scene: &Scene) -> Vec<Row> {
    let everybody = match scene.db() {
        Ok(db) => everybody(db).await,
        Err(error) => Err(error),
    };
    let words = scene.words;
    let checks: [(_, Check); 3] = [
        (("second_factor", "segundo factor", "second factor"), second_factor),
        (("one_time_passwords", "contraseñas de un solo uso", "one-time passwords"), one_time),
        (("owners", "dueños", "owners"), owners),
    ];
    let found = |check: Check| match &everybody {
        Ok(everybody) => Ok(check(everybody, words)),
        Err(error) => Err(anyhow::Error::msg(words.failure(error))),
    };
    checks.into_iter().map(|(what, check)| scene.row(Group::Security, what, found(check))).collect()
}

async fn everybody(db: &Db) -> anyhow::Result<Vec<Somebody>> {
    let mut all = Vec::new();
    for Person { id, login, role, disabled_at, .. } in user::list::everybody(db).await? {
        if disabled_at.is_some() {
            continue;
        }
        let has_factor = person::factor(db, id).await?.is_some_and(|factor| factor.since.is_some());
        let one_time = person::password(db, id).await?.is_some_and(|password| password.one_time);
        all.push(Somebody { login, role: Role::named(&role), has_factor, one_time });
    }
    Ok(all)
}

fn named(people: &[Somebody], which: impl Fn(&Somebody) -> bool) -> Vec<&str> {
    people.iter().filter(|somebody| which(somebody)).map(|somebody| somebody.login.as_str()).collect()
}

fn second_factor(people: &[Somebody], words: Words) -> Finding {
    let must = |somebody: &Somebody| somebody.role.is_some_and(|role| demands_factor(Mode::Production, role));
    let without = named(people, |somebody| must(somebody) && !somebody.has_factor);
    let must = named(people, must);
    if must.is_empty() {
        return by_hand(
            words.say("no hay dueños ni operadores que lo necesiten", "there are no owners nor operators to need one"),
        );
    }
    if without.is_empty() {
        return pass(must.join(", "));
    }
    let what = words.say("no lo tienen; cada uno lo pone al entrar", "have none; each sets it up on coming in");
    fail(format!("{}: {what}", without.join(", ")))
}

fn one_time(people: &[Somebody], words: Words) -> Finding {
    let unused = named(people, |somebody| somebody.one_time);
    if unused.is_empty() {
        return pass(words.say("ninguna sin usar", "none left unused"));
    }
    let what = words.say(
        "todavía no eligieron la suya: que entren, o «gondola user disable»",
        "have not chosen their own yet: let them come in, or “gondola user disable”",
    );
    fail(format!("{}: {what}", unused.join(", ")))
}

fn owners(people: &[Somebody], words: Words) -> Finding {
    let owners = named(people, |somebody| somebody.role == Some(Role::Owner));
    match owners.len() {
        0 => fail(words.say(
            "ninguno: «gondola user create LOGIN --role owner»",
            "none: “gondola user create LOGIN --role owner”",
        )),
        1 => by_hand(words.say(
            "uno solo: agregá otro, o anotá quién entra cuando falte («gondola user» en el servidor)",
            "one alone: add another, or write down who gets in when they are away (“gondola user” on the server)",
        )),
        _ => pass(owners.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use platform::texts::Locale;

    use super::{super::row::Verdict, *};

    const WORDS: Words = Words(Locale::En);

    fn somebody(login: &str, role: Role, has_factor: bool, one_time: bool) -> Somebody {
        Somebody { login: login.to_owned(), role: Some(role), has_factor, one_time }
    }

    #[test]
    fn those_who_can_do_the_most_harm_have_a_second_factor() {
        let cashier = || somebody("caja", Role::Cashier, false, false);
        assert_eq!(
            second_factor(&[cashier(), somebody("ana", Role::Owner, true, false)], WORDS).verdict,
            Verdict::Pass
        );
        for role in [Role::Owner, Role::Operator] {
            let found = second_factor(&[cashier(), somebody("ana", role, false, false)], WORDS);
            assert!(found.verdict == Verdict::Fail && found.said.starts_with("ana:"), "{found:?}");
        }
    }

    #[test]
    fn a_password_that_somebody_else_made_fails() {
        assert_eq!(one_time(&[somebody("a", Role::Accountant, false, false)], WORDS).verdict, Verdict::Pass);
        assert_eq!(one_time(&[somebody("a", Role::Accountant, false, true)], WORDS).verdict, Verdict::Fail);
    }

    #[test]
    fn one_owner_is_looked_at_and_none_fails() {
        let many =
            |count: usize| -> Vec<Somebody> { (0..count).map(|_| somebody("x", Role::Owner, true, false)).collect() };
        let verdict = |count| owners(&many(count), WORDS).verdict;
        assert_eq!([verdict(0), verdict(1), verdict(2)], [Verdict::Fail, Verdict::ByHand, Verdict::Pass]);
    }
}
