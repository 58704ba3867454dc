//! Whether how long a login takes tells what was wrong with it: unknown logins, wrong passwords and closed accounts, asked in turns that
//! nobody can foresee, and their times compared as distributions.
//!
//! Invariant: each sort is asked as often, of as many accounts and in the same minutes as the others; what is compared is whole
//! distributions, beside one sort compared with itself and one that takes another way and must be told apart.

mod apart;

use std::sync::Arc;

use access::{
    Access, Doer, Parts, Role,
    contact::Contact,
    password::{Cost, Passwords, Typed},
    people::NewUser,
};
use anyhow::{Result, ensure};
use clap::Args;
use domain::{Clock, RandomIds, Stopwatch, SystemClock};
use platform::{
    audit::{Audit, Told},
    config::Mode,
    http::auth::SiteScope,
    vault::{MasterKey, Source, Vault},
};
use store::{Db, Options};
use testkit::clock::Hand;

use self::apart::Compared;
use crate::{
    dice::Dice,
    table::Table,
    times::{Times, ms},
};

/// How often.
#[derive(Args)]
pub struct Arguments {
    /// Logins of each sort.
    #[arg(long, default_value_t = 600)]
    attempts: usize,
}

/// Accounts of each sort, so that none fails more often in a quarter of an hour than it may.
const ACCOUNTS: usize = 8;
/// Rounds after which an account may fail again.
const ROUNDS: usize = 9;
/// How long a failure counts, and a little more.
const FORGOTTEN_SECONDS: i64 = 16 * 60;
/// What everybody chose.
const PASSWORD: &str = "gato azul con botas";

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Unknown,
    Wrong,
    Closed,
    Right,
}

impl Sort {
    const ALL: [Sort; 4] = [Sort::Unknown, Sort::Wrong, Sort::Closed, Sort::Right];

    const fn name(self) -> &'static str {
        match self {
            Sort::Unknown => "an unknown login",
            Sort::Wrong => "a wrong password",
            Sort::Closed => "a closed account, with its password",
            Sort::Right => "the right password",
        }
    }

    /// Logins of one length, whatever the sort.
    fn login(self, number: usize) -> String {
        format!("persona-{}-{number:02}", self as usize)
    }

    const fn password(self) -> &'static str {
        match self {
            Sort::Unknown | Sort::Wrong => "perro verde con cola",
            Sort::Closed | Sort::Right => PASSWORD,
        }
    }
}

struct House {
    access: Access,
    hand: Hand,
    told: Told,
    _folder: tempfile::TempDir,
}

impl House {
    async fn open() -> Result<House> {
        let folder = tempfile::tempdir()?;
        let db = Db::open(&Options::new(format!("sqlite://{}", folder.path().join("login.db").display()))).await?;
        store::migrate::up(&db).await?;
        let hand = Hand::at(SystemClock.now());
        let vault = Vault::load(&db, &Source::Key(MasterKey::generate()?), &hand).await?;
        let (audit, told) = Audit::watched();
        let passwords = Passwords::new(Cost::RECOMMENDED, 1)?;
        let (clock, ids) = (Arc::new(hand.clone()), Arc::new(RandomIds));
        let access = Access::new(Parts { db, clock, ids, vault, audit, passwords, mode: Mode::Trial });
        Ok(House { access, hand, told, _folder: folder })
    }

    /// Everybody but those nobody knows.
    async fn fill(&self) -> Result<()> {
        let owner = Doer::CommandLine;
        for sort in [Sort::Wrong, Sort::Closed, Sort::Right] {
            for number in 0..ACCOUNTS {
                let login = sort.login(number);
                let (name, contact) = (login.clone(), Contact::default());
                let new = NewUser { login, name, role: Role::Cashier, sites: SiteScope::All, language: None, contact };
                let (person, first) = self.access.add_user(owner, &new).await?;
                let begun = self.access.login(&person.login, &first).await?;
                self.access.change_password(&begun.open, None, &Typed::new(PASSWORD)).await?;
                if sort == Sort::Closed {
                    self.access.set_user_disabled(owner, (&person, &SiteScope::All), true).await?;
                }
            }
        }
        Ok(())
    }

    /// Logs in once. How long the answer took.
    async fn ask(&self, sort: Sort, number: usize) -> Result<std::time::Duration> {
        let (login, password) = (sort.login(number), Typed::new(sort.password()));
        let watch = Stopwatch::start();
        let answer = self.access.login(&login, &password).await;
        let took = watch.elapsed();
        match answer {
            Ok(_) => ensure!(sort == Sort::Right, "{login} came in"),
            Err(problem) => ensure!(sort != Sort::Right && problem.code() == "wrong_credentials", "{login}: {problem}"),
        }
        Ok(took)
    }

    /// The times of each sort, in the order of [`Sort::ALL`], as they came.
    async fn measure(&mut self, attempts: usize) -> Result<[Vec<std::time::Duration>; Sort::ALL.len()]> {
        let mut seen: [Vec<_>; Sort::ALL.len()] = Default::default();
        let mut dice = Dice::new(7);
        for round in 0..attempts.div_ceil(ACCOUNTS) {
            if round % ROUNDS == 0 {
                self.hand.pass_seconds(FORGOTTEN_SECONDS);
                self.access.purge().await?;
                self.told.take();
            }
            for number in 0..ACCOUNTS {
                let mut left = Sort::ALL.to_vec();
                while !left.is_empty() {
                    let place = usize::try_from(dice.below(left.len() as u64))?;
                    let sort = left.swap_remove(place);
                    seen[sort as usize].push(self.ask(sort, number).await?);
                }
            }
        }
        Ok(seen)
    }
}

/// Measures and compares.
pub async fn run(how: &Arguments) -> Result<Table> {
    let mut house = House::open().await?;
    house.fill().await?;
    // Caches and the database's statements are warm from here on.
    house.measure(ACCOUNTS * 2).await?;
    let seen = house.measure(how.attempts).await?;
    let mut table = Table::default();
    for sort in Sort::ALL {
        let times = Times::of(seen[sort as usize].clone())?;
        let quantiles = [5, 25, 50, 75, 95, 99].map(|percent| format!("p{percent} {}", ms(times.at(percent))));
        table.row(sort.name(), quantiles.join(", "), "", format!("{} logins", times.count()));
    }
    let of = |sort: Sort| seen[sort as usize].as_slice();
    let alternate = |first: usize| of(Sort::Wrong).iter().skip(first).step_by(2).copied().collect::<Vec<_>>();
    let alike = "cannot be told apart";
    let mut compare = |what: &str, one: &[_], other: &[_], target: &str| {
        let compared = Compared::of(one, other);
        table.row(what, compared.to_string(), target, compared.verdict().to_owned());
    };
    compare("every other wrong password beside the rest (reference)", &alternate(0), &alternate(1), alike);
    compare("unknown logins beside wrong passwords", of(Sort::Unknown), of(Sort::Wrong), alike);
    compare("closed accounts beside wrong passwords", of(Sort::Closed), of(Sort::Wrong), alike);
    let apart = "told apart, else nothing is measured";
    compare("right passwords beside wrong ones", of(Sort::Right), of(Sort::Wrong), apart);
    Ok(table)
}
