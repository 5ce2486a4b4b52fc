//! Secrets are planted everywhere that they may come from, every command is run, and then
//! all that was said and written is searched for them, however they are spelt.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

use assize::json::json;

use super::{answering, item};
use crate::repo::{Ran, Repo};

mod server;
mod spellings;

use server::hostile;
use spellings::views;

/// In the environment, sent as a token.
const BEARER: &str = "b3arer/planted+one~\"x'&<1>";
/// In a file, sent as a password.
const PASSWORD: &str = "passw0rd planted/ü+?two%41";
/// In the environment, sent in a header.
const API_KEY: &str = "ap1key-planted-three=";
/// In the environment, and no private key.
const CLIENT_KEY: &str = "cl1entkey-planted-four";
/// In a header that a server sends.
const COOKIE: &str = "c00kie-planted-five";
/// In the address that a server sends us on to.
const PRESIGNED: &str = "pres1gned-planted-six";
/// In the environment of commands, and what they write.
const DEPLOY_TOKEN: &str = "depl0y \"planted\" sevén/+";
/// Among the arguments of a command.
const OPTION: &str = "opt1on-planted-eight";
/// Before the `@` of addresses: among arguments, in values that are recorded, in settings.
const USERINFO: &str = "us3rinfo-planted-nine";
/// In an answer, and to be redacted.
const MAIL: &str = "ma1l-planted+ten@mail.example/ü\"";
/// A number in an answer, and to be redacted.
const PHONE: &str = "8005550142";
/// In evidence that is there, and redacted afterwards.
const PRICE: &str = "pr1ce planted \"eleven\"";
/// In settings, where only a reference may stand.
const INLINE: &str = "inl1ne-planted-twelve";
/// In a file that is no private key.
const BAD_KEY: &str = "badk3y-planted-thirteen";

const PLANTED: [&str; 14] = [
    BEARER,
    PASSWORD,
    API_KEY,
    CLIENT_KEY,
    COOKIE,
    PRESIGNED,
    DEPLOY_TOKEN,
    OPTION,
    USERINFO,
    MAIL,
    PHONE,
    PRICE,
    INLINE,
    BAD_KEY,
];

/// No secrets: what must be found, or the search is not worth anything. In an answer; in a
/// question, percent-encoded; in a payload that is signed, in base64; in what is printed.
const CONTROLS: [&str; 4] = [
    "c0ntrol \"answer\" ü/",
    "c0ntrol question ü/",
    "c0ntrol-actor",
    "c0ntrol-item",
];

/// Sources with more than an answer to look at.
const OTHERS: [&str; 8] = [
    "probe-moved]\nfrom = 'probe'\nserver = 's'\nget = '/moved'\nattempts = 1\n",
    "probe-echo]\nfrom = 'probe'\nserver = 's'\nget = '/echo/json'\nattempts = 1\nexpect = {json = {'/you' = 'none'}}\n",
    "probe-headers]\nfrom = 'probe'\nserver = 's'\nget = '/headers'\nattempts = 1\nexpect = {json = {'/fine' = false}}\n",
    "github]\nfrom = 'github'\nserver = 's'\nwhat = 'reviews'\nrepository = 'acme/none'\nnumber = 1\n",
    "github-next]\nfrom = 'github'\nserver = 's'\nwhat = 'reviews'\nrepository = 'acme/next'\nnumber = 1\n",
    "gitlab]\nfrom = 'gitlab'\nserver = 's'\nwhat = 'pipeline-jobs'\nproject = 'acme/next'\npipeline = 1\n",
    "prometheus]\nfrom = 'prometheus'\nserver = 's'\nquery = 'up'\nwindow = '1h'\nstep = '15s'\n",
    "alerts]\nfrom = 'alertmanager'\nserver = 's'\n",
];

fn settings(url: &str) -> String {
    let mut text = format!(
        "evidence = 'evidence'\npolicies = 'policies'\ntrust = 'trust.toml'
[server.s]
url = '{url}'
bearer = 'env://PLANTED_BEARER'
headers = {{X-Api-Key = 'env://PLANTED_HEADER'}}
[server.basic]
url = '{url}'
basic = {{user = 'u', password = 'file://secrets/password'}}
[server.tls]
url = 'https://127.0.0.1:1'
certificate = 'certificate.pem'
key = 'env://PLANTED_CLIENT'
[server.down]
url = 'http://127.0.0.1:1'
bearer = 'env://PLANTED_BEARER'
"
    );
    let redact = "redact = ['/people/*/mail', '/people/*/phone']\n";
    for (name, server, get, more) in [
        (
            "plain",
            "s",
            "/plain",
            "query = {control = 'c0ntrol question ü/'}\n",
        ),
        ("headers", "s", "/headers", ""),
        ("moved", "s", "/moved", ""),
        ("raw", "s", "/echo/raw", ""),
        ("json", "s", "/echo/json", ""),
        ("escaped", "s", "/echo/escaped", ""),
        ("percent", "s", "/echo/percent", ""),
        ("base64", "s", "/echo/base64", ""),
        ("error", "s", "/echo/error", ""),
        ("basic", "basic", "/echo/raw", ""),
        ("basic-error", "basic", "/echo/error", ""),
        ("none", "s", "/none", ""),
        ("tls", "tls", "/plain", ""),
        ("down", "down", "/plain", ""),
        ("people", "s", "/people", redact),
        ("people-broken", "s", "/people/broken", redact),
        ("people-other", "s", "/people/other", redact),
        ("people-text", "s", "/people/text", redact),
    ] {
        let _ = write!(
            text,
            "[collect.{name}]\nfrom = 'http'\nserver = '{server}'\nget = '{get}'\n{more}"
        );
    }
    for more in OTHERS {
        let _ = write!(text, "[collect.{more}");
    }
    text + &format!(
        "[collect.build]
from = 'command'
directory = 'work'
run = ['sh', '-c', 'echo \"$DEPLOY_TOKEN\" >&2; echo \"$DEPLOY_TOKEN\"; printf %s \"$DEPLOY_TOKEN\" | base64 > out.json', 'https://u:{USERINFO}@a.example/x', '--password', '{OPTION}']
files = ['out.json']
stdout = 'log.txt'
environment = ['CALLBACK', 'MIRROR']
"
    )
}

const RULE: &str = "# METADATA
# title: All of it
# custom:
#   id: PACKAGE.all
#   severity: high
#   remediation: mend it
#   REQUIRES
package PACKAGE.all

HEAD contains sprintf(\"%v\", [input.evidence.plain.facts]) if input.evidence.plain
";

fn rule(package: &str, head: &str) -> String {
    let items = [
        "plain",
        "moved",
        "error",
        "people",
        "people-broken",
        "build",
        "build.out",
        "tls",
        "price",
    ];
    let requires = items.map(|id| format!("{{evidence: {id}}}")).join(", ");
    RULE.replace("REQUIRES", &format!("requires: [{requires}]"))
        .replace("PACKAGE", package)
        .replace("HEAD", head)
}

/// A repository with all of it planted.
fn planted() -> Repo {
    let repo = Repo::empty();
    let url = answering(hostile);
    repo.write("assize.toml", &settings(&url));
    repo.write("secrets/password", &format!("{PASSWORD}\n"));
    repo.write(
        "secrets/bad.pem",
        &format!("-----BEGIN PRIVATE KEY-----\n{BAD_KEY}\n-----END PRIVATE KEY-----\n"),
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::Permissions::from_mode(0o600);
        fs::set_permissions(repo.path("secrets/bad.pem"), mode).unwrap();
    }
    repo.write("certificate.pem", "none");
    repo.write("work/keep", "");
    repo.write("tmp/keep", "");
    repo.write(
        "evidence/price.json",
        &json!({"price": PRICE, "n": 1}).to_string(),
    );
    repo.write(
        "policies/gates/deploy/all.rego",
        &rule("gates.deploy", "deny"),
    );
    repo.write(
        "policies/triggers/sla/all.rego",
        &rule("triggers.sla", "trigger").replace(
            "#   severity",
            "#   condition: c\n#   class: measured\n#   matrix: sla\n#   severity",
        ),
    );
    repo.write(
        "policies/governance/data.yaml",
        "matrix:\n  sla: {urgency: immediate, due_min_days: 14, due_max_days: 28}\n",
    );
    repo
}

/// What was said and what is written, by where.
struct Found {
    /// What the environment has besides.
    environment: BTreeMap<&'static str, String>,
    texts: BTreeMap<String, String>,
}

impl Found {
    /// Runs the words of `line`, with `more` behind them.
    fn run_with(&mut self, repo: &Repo, line: &str, more: &[&str]) -> Ran {
        let args: Vec<_> = line.split(' ').chain(more.iter().copied()).collect();
        let output = repo
            .command(&args)
            .env("PATH", "/usr/bin:/bin")
            .env("TMPDIR", repo.path("tmp"))
            .env("USER", CONTROLS[2])
            .env("PLANTED_BEARER", BEARER)
            .env("PLANTED_HEADER", API_KEY)
            .env("PLANTED_CLIENT", CLIENT_KEY)
            .env("DEPLOY_TOKEN", DEPLOY_TOKEN)
            .env("CALLBACK", format!("https://a.example/?t={DEPLOY_TOKEN}"))
            .env("MIRROR", format!("https://u:{USERINFO}@a.example/x"))
            .env("RUST_BACKTRACE", "full")
            .envs(self.environment.clone())
            .output()
            .unwrap();
        let ran = Ran::of(&output);
        let place = format!("assize {} ({})", args.join(" "), self.texts.len());
        self.texts
            .insert(place, format!("{}\n{}", ran.stdout, ran.stderr));
        ran
    }

    fn run(&mut self, repo: &Repo, line: &str) -> Ran {
        self.run_with(repo, line, &[])
    }

    /// Adds every file but those that secrets were planted in.
    fn look(&mut self, repo: &Repo) {
        let mut folders = vec![repo.path(".")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    if !path.ends_with("secrets") && !path.ends_with("work") {
                        folders.push(path);
                    }
                } else if !path.ends_with("assize.toml") {
                    let bytes = fs::read(&path).unwrap();
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    self.texts.insert(path.display().to_string(), text);
                }
            }
        }
    }

    /// Where `value` is, and how it is spelt there.
    fn places(&self, value: &str) -> Vec<(String, &'static str)> {
        let mut found = Vec::new();
        for (place, text) in &self.texts {
            for (spelling, view) in views(text) {
                if view.contains(value) {
                    found.push((place.clone(), spelling));
                }
            }
        }
        found
    }
}

#[test]
fn planted_secrets_are_nowhere() {
    let repo = planted();
    let mut found = Found {
        environment: BTreeMap::new(),
        texts: BTreeMap::new(),
    };
    let key = signing_key(&repo);
    gather(&mut found, &repo);
    judge(&mut found, &repo);
    look_back(&mut found, &repo);
    fail(&mut found, &repo);
    found.look(&repo);
    assert!(found.texts.len() > 80, "{}", found.texts.len());
    for (control, spelling) in CONTROLS.iter().zip(["json", "percent", "base64", "raw"]) {
        let places = found.places(control);
        let is_found = places.iter().any(|(_, found)| *found == spelling);
        assert!(
            is_found,
            "{control} is not found as {spelling}: {places:#?}"
        );
    }
    for value in PLANTED.iter().chain([&key.as_str()]) {
        let places: BTreeSet<_> = found
            .places(value)
            .into_iter()
            .map(|(place, _)| place)
            .collect();
        assert!(places.is_empty(), "`{value}` is in {places:#?}");
    }
}

/// The private key that signs; returns what is secret of it.
fn signing_key(repo: &Repo) -> String {
    repo.run(&["keys", "generate", "ci"]).exits(0);
    fs::rename(
        repo.path(".assize/keys/ci.pem"),
        repo.path("secrets/ci.pem"),
    )
    .unwrap();
    repo.write(
        "trust.toml",
        "[[key]]\nname = 'ci'\npublic_key = '.assize/keys/ci.pub.pem'\nroles = ['record', 'checkpoint', 'evidence']\n",
    );
    let pem = repo.read("secrets/ci.pem");
    pem.lines().nth(1).unwrap().to_owned()
}

fn gather(found: &mut Found, repo: &Repo) {
    let line = "collect --time-limit 6s --disclosures secrets/kept.json";
    let collected = found
        .run(repo, line)
        .exits(3)
        .says("ok         plain  plain")
        .says("partial    people  people")
        .says("repeated a secret that was sent")
        .says("holds a secret of the environment or the arguments");
    assert!(collected.stdout.contains("answered 302"));
    let echoes = "raw json escaped percent base64 error basic basic-error";
    for id in echoes.split(' ') {
        let item = item(repo, id);
        assert_eq!(item["status"], "error", "{item:#}");
    }
    let kept = repo.read("secrets/kept.json");
    // Of the answer, and of that with the status 500, which is an error.
    assert_eq!(kept.matches("\"disclosure\"").count(), 4, "{kept}");
    for value in [MAIL, PHONE] {
        let mut views = views(&kept).into_iter();
        assert!(views.any(|(_, view)| view.contains(value)), "{kept}");
    }
    found.run(repo, "collect -q --only plain --only down --time-limit 1s");
    let script = "printf %s \"$DEPLOY_TOKEN\" > work/x";
    let line = "collect run --name ran --file work/x --env MIRROR -- sh -c";
    found
        .run_with(repo, line, &[script, "--token", OPTION])
        .exits(3);
    let line = "evidence redact evidence price --pointer /price --disclosures secrets/price.json";
    found.run(repo, line).exits(0);
    for output in ["text", "json"] {
        let line = format!("collect --plan -o {output}");
        found.run(repo, &line).exits(3);
    }
    found
        .run(repo, "seal evidence --key secrets/ci.pem")
        .exits(0);
    found.run(repo, "seal evidence").exits(0);
}

fn judge(found: &mut Found, repo: &Repo) {
    for command in ["gate", "triggers"] {
        for flags in [
            "-o text",
            "-o json",
            "-o json=tmp/report.json",
            "-o markdown",
            "-o html",
            "-q",
        ] {
            found.run(repo, &format!("{command} {flags} --key secrets/ci.pem"));
        }
    }
    found
        .run(repo, "gate --key secrets/ci.pem")
        .exits(3)
        .says("INCONCLUSIVE");
    // Where a pipeline runs is recorded.
    let build = format!("https://u:{USERINFO}@ci.example/build/1");
    found.environment = [("BUILDKITE", "true".into()), ("BUILDKITE_BUILD_URL", build)].into();
    found.run(repo, "gate --key secrets/ci.pem").exits(3);
    found
        .run(repo, "log show -o json")
        .exits(0)
        .says("https://[removed]@ci.example/build/1");
    found.environment.clear();
    found
        .run(repo, "triggers explain triggers.sla.all")
        .exits(0);
}

fn look_back(found: &mut Found, repo: &Repo) {
    for output in ["text", "json"] {
        for command in ["evidence list evidence", "verify", "log list", "log show"] {
            found.run(repo, &format!("{command} -o {output}")).exits(0);
        }
    }
    for id in "plain people people-broken build build.out moved price".split(' ') {
        let line = format!("evidence show {id} -e evidence");
        found.run(repo, &line).exits(0);
    }
    for entry in fs::read_dir(repo.path("evidence")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            found.run(repo, &format!("evidence validate {}", path.display()));
        }
    }
    for document in "envelope payload decision input bundle policies data trust".split(' ') {
        let line = format!("log show --document {document}");
        found.run(repo, &line).exits(0);
    }
}

/// What goes wrong says why, and not with what.
fn fail(found: &mut Found, repo: &Repo) {
    let good = repo.read("assize.toml");
    for reference in [
        "env://PLANTED_BEARER",
        "env://PLANTED_HEADER",
        "file://secrets/password",
        "env://PLANTED_CLIENT",
    ] {
        repo.write("assize.toml", &good.replace(reference, INLINE));
        let line = "collect --time-limit 1s --only plain --only basic --only tls";
        assert_ne!(found.run(repo, line).code, 0);
    }
    let first = good.split("url = 'http://").nth(1).unwrap();
    let host = first.split('\'').next().unwrap();
    for userinfo in [format!("u:{USERINFO}"), USERINFO.to_owned()] {
        let (from, to) = (
            format!("http://{host}"),
            format!("http://{userinfo}@{host}"),
        );
        repo.write("assize.toml", &good.replacen(&from, &to, 1));
        found.run(repo, "collect").exits(2);
    }
    repo.write("assize.toml", &good);
    for line in [
        "seal evidence --key secrets/bad.pem",
        "seal evidence --key env://PLANTED_CLIENT",
        "gate --key secrets/bad.pem",
        "collect --key env://PLANTED_CLIENT",
        "collect run --env DEPLOY_TOKEN -- true",
        "evidence redact evidence people --pointer /none",
        "verify secrets",
    ] {
        assert_ne!(found.run(repo, line).code, 0, "{line}");
    }
}
