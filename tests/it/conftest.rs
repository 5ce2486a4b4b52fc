//! Policies written for conftest: shapes of our own, always; conftest's own examples,
//! where they and the binary are at hand.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use assize::formats::Format;
use assize::json::{self, Limits, Value};

use crate::repo::{self, Ran, Repo};

const HELPED: &str = "package main\n\nimport data.kube\n\ndeny contains msg if {\n\tkube.is_pod\n\tinput.spec.root\n\tmsg := sprintf(\"%s runs as root\", [input.metadata.name])\n}\n";
const HELPER: &str = "package kube\n\nis_pod if input.kind == \"Pod\"\n";

/// File and message, sorted.
type Said = Vec<(String, String)>;

/// What a run found.
#[derive(Debug, PartialEq, Eq)]
struct Found {
    denied: bool,
    failures: Said,
    warnings: Said,
    /// Files in which something was set aside by an exception.
    excepted: BTreeSet<String>,
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

fn parsed(text: &str) -> Value {
    json::parse(text.as_bytes(), Limits::EVIDENCE).unwrap()
}

/// Reads our JSON report of a run that gave a verdict.
fn ours(ran: &Ran) -> Found {
    let report = parsed(&ran.stdout);
    let of = |state: &str| {
        let rules = list(&report["decision"], "rules");
        let mut said: Said = rules
            .iter()
            .flat_map(|rule| list(rule, "findings"))
            .filter(|finding| finding["state"] == state)
            .map(|finding| {
                let file = finding["evidence"][0].as_str().unwrap();
                (file.to_owned(), text(finding, "msg"))
            })
            .collect();
        said.sort();
        said
    };
    Found {
        denied: ran.code == 1,
        failures: of("fail"),
        warnings: of("warn"),
        excepted: of("waived").into_iter().map(|(file, _)| file).collect(),
    }
}

/// A folder with `policy/` of these files, and these inputs.
fn folder(policies: &[(&str, &str)], inputs: &[(&str, &str)]) -> Repo {
    let repo = Repo::empty();
    for (name, policy) in policies {
        repo.write(&format!("policy/{name}"), policy);
    }
    for (name, input) in inputs {
        repo.write(name, input);
    }
    repo
}

fn found(repo: &Repo, args: &[&str]) -> Found {
    let ran = repo.run(&[&["gate", "-o", "json"], args].concat());
    assert!(matches!(ran.code, 0 | 1), "{args:?}: {ran:?}");
    ours(&ran)
}

fn said(pairs: &[(&str, &str)]) -> Said {
    let mut said: Said = pairs
        .iter()
        .map(|(file, msg)| ((*file).to_owned(), (*msg).to_owned()))
        .collect();
    said.sort();
    said
}

#[test]
fn a_policy_folder_with_helpers_and_tests_says_which_file() {
    let repo = folder(
        &[
            ("main.rego", HELPED),
            ("lib/kube.rego", HELPER),
            (
                "main_test.rego",
                "package main\n\ntest_root if {\n\tcount(deny) == 1 with input as {\"kind\": \"Pod\", \"metadata\": {\"name\": \"a\"}, \"spec\": {\"root\": true}}\n}\n",
            ),
        ],
        &[
            ("good.yaml", "kind: Pod\nmetadata: {name: good}\nspec: {}\n"),
            (
                "bad.json",
                "{\"kind\":\"Pod\",\"metadata\":{\"name\":\"bad\"},\"spec\":{\"root\":true}}",
            ),
            (
                "bad.TOML",
                "kind = 'Pod'\nmetadata.name = 'worse'\nspec.root = true\n",
            ),
        ],
    );
    let both = found(&repo, &["good.yaml", "bad.json", "bad.TOML"]);
    assert!(both.denied);
    assert_eq!(
        both.failures,
        said(&[
            ("bad.json", "bad runs as root"),
            ("bad.TOML", "worse runs as root")
        ])
    );
    assert!(!found(&repo, &["good.yaml"]).denied);
    repo.run(&["gate", "good.yaml", "bad.json"])
        .exits(1)
        .says("bad.json: bad runs as root");
    repo.run(&["verify"]).exits(0);
}

#[test]
fn warnings_deny_only_when_asked_and_exceptions_set_both_kinds_aside() {
    let repo = folder(
        &[(
            "p.rego",
            "package main\n\ndeny_root contains \"root\"\n\nviolation_tag contains {\"msg\": \"tag\", \"severity\": 5, \"details\": {\"n\": 1}} if input.tag\n\nwarn_old contains \"old\" if input.old\n\nwarn_look contains \"look\"\n\nexception contains names if {\n\tinput.excepted\n\tnames := [\"root\", \"old\"]\n}\n",
        )],
        &[
            ("a.yaml", "excepted: true\nold: true\n"),
            ("b.yaml", "tag: true\n"),
        ],
    );
    let a = found(&repo, &["a.yaml"]);
    assert!(!a.denied);
    assert_eq!(a.warnings, said(&[("a.yaml", "look")]));
    assert_eq!(a.excepted, BTreeSet::from(["a.yaml".to_owned()]));
    assert!(found(&repo, &["a.yaml", "--fail-on-warn"]).denied);
    let b = found(&repo, &["b.yaml"]);
    assert_eq!(b.failures, said(&[("b.yaml", "root"), ("b.yaml", "tag")]));
}

#[test]
fn a_head_that_is_an_array_is_read_like_a_set() {
    let repo = folder(
        &[(
            "p.rego",
            "package main[\"a-b\"]\n\nviolation := [\"one\", {\"msg\": \"two\"}] if input.n == 1\n\nwarn := {\"three\"}\n",
        )],
        &[
            ("one.json", "{\"n\":1}"),
            ("two.json", "{\"n\":2}"),
            ("text.rego", "package main\n\ndeny := \"text\"\n"),
        ],
    );
    let both = found(&repo, &["--all-namespaces", "one.json", "two.json"]);
    assert_eq!(
        both.failures,
        said(&[("one.json", "one"), ("one.json", "two")])
    );
    assert_eq!(
        both.warnings,
        said(&[("one.json", "three"), ("two.json", "three")])
    );
    repo.run(&["gate", "-p", "text.rego", "one.json"])
        .exits(2)
        .complains("over `one.json`: `deny` is string")
        .gives_no_verdict();
}

#[test]
fn policies_see_the_name_of_each_file() {
    let repo = folder(
        &[(
            "p.rego",
            "package main\n\ndeny contains msg if {\n\tdata.conftest.file.name == \"b.json\"\n\tendswith(data.conftest.file.dir, \"/sub\")\n\tmsg := sprintf(\"%s %v\", [data.conftest.file.name, data.limit])\n}\n",
        )],
        &[
            ("a.json", "[{}, {}]"),
            ("sub/b.json", "{}"),
            ("c.json", "{}"),
            ("limits/l.yaml", "limit: 3\n"),
        ],
    );
    let all = found(&repo, &["-d", "limits", "a.json", "sub/b.json", "c.json"]);
    assert_eq!(all.failures, said(&[("sub/b.json", "b.json 3")]));
}

#[test]
fn namespaces_are_matched_over_their_dots_and_each_must_match() {
    let repo = folder(
        &[
            ("a.rego", "package main\n\ndeny contains \"main\"\n"),
            ("b.rego", "package main.gke\n\ndeny contains \"gke\"\n"),
        ],
        &[("i.json", "{}")],
    );
    for args in [
        &["-n", "*"][..],
        &["-n", "main*"],
        &["--all-namespaces"],
        &["-n", "main", "-n", "main.gke"],
    ] {
        let all = found(&repo, &[&["i.json"], args].concat());
        assert_eq!(
            all.failures,
            said(&[("i.json", "gke"), ("i.json", "main")]),
            "{args:?}"
        );
    }
    assert_eq!(
        found(&repo, &["i.json"]).failures,
        said(&[("i.json", "main")])
    );
    repo.run(&["gate", "-n", "main", "-n", "mian", "i.json"])
        .exits(2)
        .complains("namespace `mian` has none")
        .gives_no_verdict();
}

#[test]
fn files_are_one_input_when_combined() {
    let repo = folder(
        &[(
            "p.rego",
            "package main\n\ndeny contains sprintf(\"%v %v %v %s\", [i, one.path, one.contents, data.conftest.file.name]) if some i, one in input\n",
        )],
        &[("b.json", "{\"k\":1}"), ("a.yaml", "k: 2\n---\nk: 3\n")],
    );
    let all = found(&repo, &["--combine", "b.json", "a.yaml", "b.json"]);
    assert_eq!(
        all.failures,
        said(&[
            ("Combined", "0 a.yaml {\"k\": 2} Combined"),
            ("Combined", "1 a.yaml {\"k\": 3} Combined"),
            ("Combined", "2 b.json {\"k\": 1} Combined"),
        ])
    );
    repo.run(&["verify"]).exits(0);
}

#[test]
fn settings_of_conftest_are_read_where_there_are_none_of_ours() {
    let repo = folder(
        &[("p.rego", "package other\n\nwarn contains \"w\"\n")],
        &[
            ("i.json", "{}"),
            (
                "conftest.toml",
                "namespace = \"other\"\nfail-on-warn = true\noutput = \"tap\"\n",
            ),
        ],
    );
    repo.run(&["gate", "i.json"]).exits(1).says("i.json: w");
    // A flag wins.
    repo.run(&["gate", "i.json", "-n", "main"])
        .exits(2)
        .complains("namespace `main`");
    repo.write("assize.toml", "policies = \"policy\"\n");
    repo.run(&["gate", "i.json"])
        .exits(2)
        .complains("namespace `main`");
    fs::remove_file(repo.path("assize.toml")).unwrap();
    repo.write("conftest.toml", "ignore = \"x\"\n");
    repo.run(&["gate", "i.json"])
        .exits(2)
        .complains("conftest.toml")
        .complains("ignore")
        .gives_no_verdict();
}

#[test]
fn what_conftest_would_pass_over_is_refused() {
    let deny = (
        "p.rego",
        "package main\n\ndeny contains \"no\" if input.x\n",
    );
    for (policies, input, what) in [
        (
            vec![("q.rego", "package main\n\ndeyn contains \"no\"\n"), deny],
            ("i.json", "{}"),
            "deyn",
        ),
        (
            vec![("p.rego", "package main\n\ndeny if input.x\n")],
            ("i.json", "{}"),
            "not a set",
        ),
        (
            vec![("p.rego", "package main\n\ndeny contains \"\"\n")],
            ("i.json", "{}"),
            "empty message",
        ),
        (
            vec![("p.rego", "package main\n\ndeny contains 1\n")],
            ("i.json", "{}"),
            "expected a string",
        ),
        (
            vec![(
                "p.rego",
                "package main\n\ndeny_a contains \"a\"\n\nexception contains \"a\"\n",
            )],
            ("i.json", "{}"),
            "lists of rule names",
        ),
        (
            vec![
                deny,
                ("q_test.rego", "package main\n\ndeny contains \"hidden\"\n"),
            ],
            ("i.json", "{}"),
            "head-in-test",
        ),
        (vec![deny], ("i.yaml", "a: 1\nx: yes\n"), "line 2: `yes`"),
        (vec![deny], ("i.yaml", "mode: 0644\n"), "420"),
        (vec![deny], ("i.yaml", "# nothing\n"), "no document"),
        (vec![deny], ("i.json", "[]"), "no document"),
        (vec![deny], ("i.txt", "x = 1"), "no known format"),
        (
            vec![(
                "p.rego",
                "package main\n\ndeny contains \"no\" if http.send({}).ok\n",
            )],
            ("i.json", "{}"),
            "http.send",
        ),
    ] {
        let repo = folder(&policies, &[input]);
        repo.run(&["gate", input.0])
            .exits(2)
            .complains(what)
            .gives_no_verdict();
    }
}

#[test]
fn what_is_no_file_is_refused() {
    let repo = folder(
        &[("p.rego", "package main\n\ndeny contains \"x\"\n")],
        &[
            ("i.json", "{}"),
            ("sub/j.json", "{}"),
            ("limits/sub/l.yaml", "limit: 3\n"),
        ],
    );
    for (args, what) in [
        (&["sub/"][..], "`sub/*.yaml`"),
        (&["./sub"], "is a folder"),
        (&["-"], "standard input"),
        (&["--combine"], "no files to combine"),
        (&["deploy", "--combine"], "no files to combine"),
        (&["i.json", "-d", "limits"], "sub/l.yaml"),
        (&["missing.yaml"], "missing.yaml"),
    ] {
        repo.run(&[&["gate"], args].concat())
            .exits(2)
            .complains(what)
            .gives_no_verdict();
    }
}

/// What is to come of an example.
enum Expected {
    /// What conftest says.
    Same,
    /// No verdict, for this reason.
    Refused(&'static str),
}

use Expected::{Refused, Same};

const NO_RULES: &str = "no rules: namespace";
const NO_DOCUMENT: &str = "no document";
const NO_METADATA: &str = "`rego.metadata.rule` is not supported";

/// Every example: the
/// folder to run in, the arguments, and what is to come of it.
const EXAMPLES: &[(&str, &str, Expected)] = &[
    ("examples/awssam", "lambda.yaml", Same),
    (
        "examples",
        "-p builtin-errors/invalid-dns.rego kubernetes/deployment.yaml",
        Refused("net.lookup_ip_addr"),
    ),
    (
        "examples",
        "-p kubernetes/policy -p capabilities/malicious.rego kubernetes/deployment.yaml",
        Refused("http.send"),
    ),
    ("examples/combine", "team.yaml user1.yaml user2.yaml", Same),
    ("examples/combine", "team.yaml users.yaml", Same),
    (
        "examples/combine",
        "team.yaml user1.yaml user2.yaml --combine",
        Same,
    ),
    ("examples/combine", "--combine users.yaml team.yaml", Same),
    ("examples/compose", "docker-compose.yml", Same),
    ("examples/compose", "docker-compose-valid.yml", Same),
    (
        "examples/configfile",
        "-p test -n conftest deployment.yaml",
        Same,
    ),
    ("examples/configfile", "deployment.yaml", Same),
    ("examples/cue", "deployment.cue", Same),
    ("examples/cyclonedx", "cyclonedx.json", Same),
    (
        "examples/cyclonedx",
        "--parser cyclonedx cyclonedx.json",
        Same,
    ),
    (
        "examples/cyclonedx",
        "--parser cyclonedx cyclonedx.xml",
        Same,
    ),
    ("examples/data", "-d exclusions service.yaml", Same),
    ("examples/data", "service.yaml", Same),
    ("examples/docker", "../kubernetes/deployment.yaml", Same),
    ("examples/docker", "Dockerfile", Same),
    ("examples/docker", "Dockerfile --all-namespaces", Same),
    ("examples/docker", "-n main Dockerfile", Same),
    ("examples/docker", "-n * Dockerfile", Same),
    ("examples/docker", "-n c* Dockerfile", Same),
    ("examples/dotenv", "sample.env", Same),
    ("examples/edn", "sample_config.edn", Same),
    ("examples/exceptions", "deployments.yaml", Same),
    ("examples/hcl1", "-p policy/base.rego gke-show.json", Same),
    ("examples/hcl1", "gke-show.json --all-namespaces", Same),
    ("examples/hcl1", "-n main.gke gke.tf", Same),
    ("examples/hcl1", "-p policy/gke.rego gke.tf", Same),
    ("examples/hcl1", "--all-namespaces gke.tf", Same),
    (
        "examples/hcl1",
        "-p policy/gke_combine.rego gke.tf --combine --parser hcl1 --all-namespaces",
        Same,
    ),
    (
        "examples/hcl1",
        "-p policy/gke.rego --parser hcl1 gke.tf",
        Same,
    ),
    ("examples/hcl2", "terraform.tf", Same),
    ("examples/hcl2", "policy/unencrypted_azure_disk.tf", Same),
    ("examples/hocon", "--parser hocon hocon.conf", Same),
    ("examples/ignore/dockerignore", ".dockerignore", Same),
    ("examples/ignore/gitignore", ".gitignore", Same),
    ("examples/ini", "grafana.ini", Same),
    ("examples/ini", "--parser ini grafana.ini", Same),
    ("examples/jenkins", "Jenkinsfile", Same),
    ("examples/jenkins", "Jenkinsfile.safe", Same),
    ("examples/jsonnet", "arith.jsonnet", Same),
    ("examples/kubernetes", "service.yaml", Same),
    ("examples/kubernetes", "--fail-on-warn service.yaml", Same),
    ("examples/kubernetes", "deployment.yaml", Same),
    (
        "examples/kubernetes",
        "--fail-on-warn deployment.yaml",
        Same,
    ),
    ("examples/kubernetes", "deployment+service.yaml", Same),
    ("examples/kubernetes", "deployment.yaml service.yaml", Same),
    ("examples/kubernetes", "-n m* deployment.yaml", Same),
    (
        "examples/kubernetes",
        "--all-namespaces deployment.yaml",
        Same,
    ),
    (
        "examples/kubernetes",
        "-p policy/deny.rego deployment.yaml",
        Same,
    ),
    (
        "examples/kubernetes",
        "-n notpresent deployment.yaml",
        Refused(NO_RULES),
    ),
    (
        "examples/kubernetes",
        "-p combine combine/combine.yaml",
        Same,
    ),
    (
        "examples/kubernetes",
        "-p combine combine/deployment.yaml combine/service.yaml",
        Same,
    ),
    ("examples/kubernetes", "combine/combine.yaml", Same),
    (
        "examples/kubernetes",
        "../traefik/traefik.toml service.yaml",
        Same,
    ),
    (
        "examples/kustomize",
        "configMap.yaml deployment.yaml kustomization.yaml service.yaml",
        Same,
    ),
    ("examples/nginx", "nginx.conf", Same),
    ("examples/properties", "sample.properties", Same),
    (
        "examples",
        "-p report/policy kubernetes/deployment.yaml",
        Same,
    ),
    (
        "examples",
        "-p report/policy_print kubernetes/deployment.yaml",
        Same,
    ),
    (
        "examples/serverless",
        "serverless.yaml",
        Refused("has_field"),
    ),
    ("examples/spdx", "sbom.spdx", Same),
    ("examples/spdx", "--parser spdx sbom.spdx", Same),
    (
        "examples/strict-rules",
        "../kubernetes/deployment.yaml",
        Same,
    ),
    (
        "examples/textproto",
        "--proto-file-dirs protos fail.textproto pass.textproto",
        Same,
    ),
    ("examples/traefik", "traefik.toml", Same),
    ("examples/ts", "package.json package-lock.json", Same),
    ("examples/vcl", "varnish.vcl", Same),
    ("examples/xml", "pom.xml", Same),
    (
        "tests/annotations",
        "-d exclusions service.yaml",
        Refused(NO_METADATA),
    ),
    ("tests/builtin-errors", "../multidir/data.json", Same),
    (
        "tests/document",
        "../annotations/service.yaml",
        Refused(NO_METADATA),
    ),
    ("tests/multidir", "-p org -p team data.json", Same),
    ("tests/multiple-runs-with-update", "file.json", Same),
    (
        "tests/multiple-runs-with-update",
        "-p remote-policy file.json",
        Same,
    ),
    ("tests/multitype", "deployment.yaml", Same),
    ("tests/multitype", "deployment.yaml grafana.ini", Same),
    ("tests/nested", "-n group1 data.json", Same),
    ("tests/nested", "-n group1 -n group2 data.json", Same),
    ("tests/nested", "--all-namespaces data.json", Same),
    ("tests/nested", "data.json", Refused(NO_RULES)),
    (
        "tests/problematic-if",
        "-p policy/valid.rego data.yaml",
        Refused(NO_DOCUMENT),
    ),
    (
        "tests/problematic-if",
        "-p policy/valid_bare_deny.rego ../multidir/data.json",
        Refused("not a set"),
    ),
    (
        "tests/problematic-if",
        "-p policy/invalid.rego ../multidir/data.json",
        Refused("not a set"),
    ),
    (
        "tests/problematic-if",
        "-p policy/valid.rego ../multidir/data.json",
        Same,
    ),
    ("tests/pull-update", "-p remote-policy file.json", Same),
    (
        "tests/rego-version",
        "-p policy/v1.rego data.yaml",
        Refused(NO_DOCUMENT),
    ),
    (
        "tests/rego-version",
        "-p policy/v1.rego ../multidir/data.json",
        Same,
    ),
    (
        "tests/rego-version",
        "-p policy/v0.rego ../multidir/data.json",
        Refused("rego-v0"),
    ),
    (
        "tests/return-multiple-failures",
        "-p policy.rego file.json",
        Same,
    ),
    (
        "tests/source-location",
        "-d loc_same_file.yaml data.yaml",
        Refused(NO_DOCUMENT),
    ),
    (
        "tests/source-location",
        "-d loc_different_file.yaml ../multidir/data.json",
        Same,
    ),
];

/// Files that could be an input and are nobody's.
const NO_INPUTS: &[&str] = &[
    "examples/hcl1/.gitignore",
    "examples/ts/.gitignore",
    "tests/document/.gitignore",
    "tests/pull-absolute-paths/.gitignore",
    "examples/capabilities/capabilities.json",
    "examples/configfile/conftest.toml",
];

/// The file that `argument` names when run in `folder`.
fn named(folder: &str, argument: &str) -> PathBuf {
    let mut path = PathBuf::new();
    for component in Path::new(folder).join(argument).components() {
        match component {
            Component::ParentDir => {
                path.pop();
            }
            other => path.push(other),
        }
    }
    path
}

fn documents(root: &Path, below: &Path, found: &mut BTreeSet<PathBuf>) {
    for entry in fs::read_dir(root.join(below)).unwrap() {
        let path = below.join(entry.unwrap().file_name());
        if root.join(&path).is_dir() {
            documents(root, &path, found);
        } else if Format::of_path(&path).is_some() {
            found.insert(path);
        }
    }
}

/// Runs conftest; nothing where it gave no result.
fn theirs(folder: &Path, args: &[&str]) -> Option<Found> {
    let binary = env::var("ASSIZE_CONFTEST").unwrap_or_else(|_| "conftest".to_owned());
    let output = Command::new(&binary)
        .args(["test", "--no-color", "-o", "json"])
        .args(args)
        .current_dir(folder)
        .output()
        .unwrap_or_else(|error| panic!("{binary}: {error}; ASSIZE_CONFTEST names the binary"));
    let ran = Ran::of(&output);
    if !ran.stdout.starts_with('[') {
        return None;
    }
    let results = parsed(&ran.stdout);
    let of = |key: &str| {
        let mut said: Said = results
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|result| {
                let file = text(result, "filename");
                let each = list(result, key).iter();
                each.map(move |one| (file.clone(), text(one, "msg")))
            })
            .collect();
        said.sort();
        said
    };
    Some(Found {
        denied: ran.code != 0,
        failures: of("failures"),
        warnings: of("warnings"),
        excepted: of("exceptions").into_iter().map(|(file, _)| file).collect(),
    })
}

#[test]
#[ignore = "needs conftest and a checkout of its examples: set ASSIZE_CONFTEST_EXAMPLES"]
fn conftests_own_examples_have_the_verdict_that_conftest_gives() {
    let examples = env::var("ASSIZE_CONFTEST_EXAMPLES")
        .expect("ASSIZE_CONFTEST_EXAMPLES names the folder `examples` of a checkout");
    let checkout = Path::new(&examples).parent().unwrap();
    let mut unknown = BTreeSet::new();
    // Copied, because a run leaves a key and a ledger behind.
    let repo = Repo::empty();
    for name in ["examples", "tests"] {
        repo::copy(&checkout.join(name), &repo.path(name));
        documents(&repo.path(""), Path::new(name), &mut unknown);
    }
    let mut wrong = Vec::new();
    for (folder, line, expected) in EXAMPLES {
        let args: Vec<_> = line.split_whitespace().collect();
        for (index, argument) in args.iter().enumerate() {
            let path = named(folder, argument);
            let is_data = index.checked_sub(1).is_some_and(|i| args[i] == "-d");
            unknown.retain(|known| *known != path && !(is_data && known.starts_with(&path)));
        }
        let theirs = theirs(&repo.path(folder), &args);
        let ran = Ran::of(
            &repo
                .command(&[&["gate", "-o", "json"], args.as_slice()].concat())
                .current_dir(repo.path(folder))
                .output()
                .unwrap(),
        );
        match expected {
            Same if matches!(ran.code, 0 | 1) && theirs.as_ref() == Some(&ours(&ran)) => {}
            Refused(what) if ran.code == 2 && ran.stderr.contains(what) => {}
            _ => wrong.push(format!("{folder}: {line}\n{theirs:#?}\n{ran:#?}")),
        }
    }
    for path in NO_INPUTS {
        unknown.remove(Path::new(path));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(unknown.is_empty(), "no case has these files: {unknown:#?}");
}
