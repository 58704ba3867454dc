//! Keys: those of programs and tills, and the program's own.
//!
//! Invariant: how old a key may be is what `key_rotation_days` says, unless `key_rotation` says that nobody wants to know.

use std::time::Duration;

use domain::Timestamp;
use platform::rotation::{Policy, Seen};
use store::api_key::{self, ApiKey};

use super::{
    row::{Finding, Group, Row, fail, pass},
    scene::Scene,
};
use crate::cli::{Words, key};

/// Without one of these something stands open or unsigned.
const NEEDED: [&str; 3] = ["master", "fields", "checkpoint"];
/// Keys of programs and tills have a line of their own.
const ELSEWHERE: &str = "api-key";

/// Its lines.
pub(super) async fn rows(scene: &Scene) -> [Row; 2] {
    let row = |what, found| scene.row(Group::Security, what, found);
    [
        row(("api_keys", "claves de cajas y programas", "keys of tills and programs"), of_programs(scene).await),
        row(("secrets", "claves del programa", "the program's keys"), own(scene).await),
    ]
}

async fn of_programs(scene: &Scene) -> anyhow::Result<Finding> {
    let keys = api_key::list(scene.db()?).await?;
    let policy = (scene.settings.key_rotation, scene.settings.key_rotation_after);
    Ok(programs(&keys, policy, scene.now, scene.words))
}

/// A key without an end may be as old as the policy says.
fn programs(keys: &[ApiKey], (policy, after): (Policy, Duration), now: Timestamp, words: Words) -> Finding {
    let valid: Vec<&ApiKey> = keys.iter().filter(|key| key.is_valid(now)).collect();
    let made = |key: &ApiKey| key.rotated_at.unwrap_or(key.created_at);
    let most = i64::try_from(after.as_micros()).unwrap_or(i64::MAX);
    let is_old = |key: &&&ApiKey| key.expires_at.is_none() && now.micros() - made(key).micros() >= most;
    let old: Vec<&str> = valid.iter().filter(is_old).map(|key| key.name.as_str()).collect();
    if policy != Policy::Off && !old.is_empty() {
        let what = words.say(
            "sin vencimiento y más viejas que key_rotation_days: «gondola key rotate api-key ID»",
            "without an end and older than key_rotation_days: “gondola key rotate api-key ID”",
        );
        return fail(format!("{what}: {}", old.join(", ")));
    }
    let last = valid.iter().map(|key| made(key)).max();
    let last = last.map(|at| format!("; {} {at}", words.say("la última,", "the last,"))).unwrap_or_default();
    pass(format!("{}{last}", words.counted(valid.len() as u64, ["vigente", "vigentes"], ["in force", "in force"])))
}

async fn own(scene: &Scene) -> anyhow::Result<Finding> {
    scene.db()?;
    let seen = key::status::secrets(&scene.settings).await?.look().await;
    Ok(programs_own(&seen, scene.words))
}

fn programs_own(seen: &[Seen], words: Words) -> Finding {
    let said = |seen: &Seen| format!("{} {}", seen.name, key::status::told(seen, words));
    let wrong = |seen: &&Seen| {
        let is_missing = NEEDED.contains(&seen.name) && seen.standing.made_at.is_none();
        seen.name != ELSEWHERE && (is_missing || seen.is_due || seen.fault.is_some())
    };
    // One that nobody looks after is not there either.
    let unseen = NEEDED.iter().filter(|name| !seen.iter().any(|seen| seen.name == **name));
    let none = words.say("no hay", "none");
    let wrong = seen.iter().filter(wrong).map(said);
    let wrong: Vec<String> = wrong.chain(unseen.map(|name| format!("{name} {none}"))).collect();
    if wrong.is_empty() {
        return pass(seen.iter().filter(|seen| seen.name != ELSEWHERE).map(said).collect::<Vec<_>>().join(", "));
    }
    let what = words.say(
        "«gondola key init» y una vuelta del servidor las hacen, «gondola key rotate» las cambia",
        "“gondola key init” and a round of the server make them, “gondola key rotate” replaces them",
    );
    fail(format!("{}; {what}", wrong.join(", ")))
}

#[cfg(test)]
mod tests {
    use platform::{rotation::Standing, texts::Locale};
    use store::api_key::Limits;

    use super::{super::row::Verdict, *};

    const WORDS: Words = Words(Locale::En);
    const NOW: Timestamp = Timestamp::from_micros(1_770_000_000_000_000);

    fn key(days: i64, ends: Option<i64>) -> ApiKey {
        let at = |days: i64| NOW.plus_seconds(days * 86_400);
        ApiKey {
            id: "k".to_owned(),
            name: "caja".to_owned(),
            role: "cashier".to_owned(),
            secret_hash: [0; 32],
            previous: None,
            limits: Limits::default(),
            created_by: String::new(),
            created_at: at(-days),
            rotated_at: None,
            expires_at: ends.map(at),
            revoked_at: None,
            last_used_at: None,
        }
    }

    #[test]
    fn an_old_key_without_an_end_fails_unless_nobody_wants_to_know() {
        let verdict =
            |keys: &[ApiKey], policy| programs(keys, (policy, Duration::from_secs(90 * 86_400)), NOW, WORDS).verdict;
        assert_eq!(verdict(&[key(89, None), key(400, Some(1)), key(400, Some(-1))], Policy::Remind), Verdict::Pass);
        assert_eq!(verdict(&[key(90, None)], Policy::Remind), Verdict::Fail);
        assert_eq!(verdict(&[key(90, None)], Policy::Off), Verdict::Pass);
        let rotated = ApiKey { rotated_at: Some(NOW), ..key(400, None) };
        assert_eq!(verdict(&[rotated], Policy::Automatic), Verdict::Pass);
    }

    #[test]
    fn a_key_of_the_program_that_is_missing_due_or_unknown_fails() {
        let seen = |name, made: bool, is_due, fault: Option<&str>| Seen {
            name,
            standing: Standing { made_at: made.then_some(NOW), ..Standing::default() },
            age_s: made.then_some(0),
            is_due,
            fault: fault.map(str::to_owned),
        };
        let whole = || {
            vec![
                seen("master", true, false, None),
                seen("fields", true, false, None),
                seen("checkpoint", true, false, None),
                seen("tokens", false, false, None),
                seen("api-key", true, true, None),
            ]
        };
        assert_eq!(programs_own(&whole(), WORDS).verdict, Verdict::Pass);
        for missing in NEEDED {
            let others: Vec<Seen> = whole().into_iter().filter(|seen| seen.name != missing).collect();
            let found = programs_own(&others, WORDS);
            assert!(found.verdict == Verdict::Fail && found.said.contains(missing), "{found:?}");
        }
        for wrong in [
            seen("fields", false, false, None),
            seen("tokens", true, true, None),
            seen("tokens", true, false, Some("?")),
        ] {
            let all = [whole(), vec![wrong]].concat();
            assert_eq!(programs_own(&all, WORDS).verdict, Verdict::Fail, "{all:?}");
        }
    }
}
