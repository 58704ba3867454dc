//! The examples of the guide, run in their order by a shell.
//!
//! Invariant: nothing is changed in them but where the server is; each request of each example is answered as one that was understood.

use std::fs;

use anyhow::ensure;
use testkit::{
    Result,
    binary::{Installation, run},
};

use crate::people::{Session, add_person, login};

const PASSWORD: &str = "tres tristes tigres 3";

/// The program under the name it is installed by, and `curl` that also notes the status of what comes back. Events never end: there the
/// status is all that is waited for.
const AROUND: &str = r#"set -eu
gondola() { "$0" "$@"; }
curl() {
  case "$*" in
  */api/v1/events*)
    command curl -D heads "$@" > /dev/null &
    until grep -q HTTP heads 2> /dev/null || ! kill -0 $!; do sleep 0.05; done
    kill $!
    sed -n '1s/[^ ]* //p' heads > status ;;
  *) command curl -w '%{stderr}%{http_code}' "$@" 2> status ;;
  esac
  echo "$(cat status) $*" | tr '\r\n' '  ' >> statuses
  echo >> statuses
}
"#;

fn examples() -> Result<Vec<String>> {
    let guide = fs::read_to_string(testkit::workspace_root().join("docs/api.md"))?;
    let blocks = guide.split("\n```sh\n").skip(1);
    Ok(blocks.filter_map(|rest| rest.split("\n```").next().map(str::to_owned)).collect())
}

#[test]
fn every_example_of_the_guide_is_answered() -> Result<()> {
    let installation = Installation::new()?;
    installation.ok(&["key", "init"])?;
    let server = installation.serve()?;
    add_person(&installation, &server, "beto", "manager", PASSWORD)?;
    let beto = Session::of(&login(&server, "beto", PASSWORD)?)?;
    let examples = examples()?.join("\n").replace("localhost:8080", server.address());
    let mut shell = installation.command_after(&format!("{AROUND}{examples}"), &["--version"]);
    let ran = run(shell.env("SESSION", &beto.cookie).env("MARK", &beto.mark))?;
    let told = fs::read_to_string(installation.folder().join("statuses"))?;
    ensure!(ran.code == Some(0), "{:?}: {}\n{told}", ran.code, ran.output());
    for answer in told.lines() {
        ensure!(answer.starts_with('2'), "{answer}\n{}", ran.output());
    }
    let asked = examples.matches("curl -s").count();
    ensure!(asked > 40 && told.lines().count() == asked, "{asked} requests, and of these there were answers: {told}");
    installation.ok(&["verify"]).map(drop)
}
