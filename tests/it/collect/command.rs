//! `assize collect run` and `from = "command"`, with commands that are everywhere.

use std::fs;
use std::time::{Duration, Instant};

use super::{document, facts, item};
use crate::repo::{Ran, Repo};

const SECRET: &str = "pl4nted-s3cret-value";

fn shell<'a>(flags: &[&'a str], script: &'a str) -> Vec<&'a str> {
    let mut args = vec!["collect", "run", "--name", "build"];
    args.extend(flags);
    args.extend(["--", "sh", "-c", script]);
    args
}

fn run(repo: &Repo, flags: &[&str], script: &str) -> Ran {
    repo.run(&shell(flags, script))
}

#[test]
fn a_run_is_evidence_with_what_it_wrote() {
    let repo = Repo::empty();
    let output = repo
        .command(&shell(
            &["--file", "out/report.json", "--stdout", "log.txt", "--env", "STAGE", "--env", "NONE",
              "--tool-version", "sh 1"],
            "echo said; echo complained >&2; mkdir out; echo '{\"tests\": 3}' > out/report.json; exit 4",
        ))
        .env("PATH", "/usr/bin:/bin")
        .env("STAGE", "canary")
        .output()
        .unwrap();
    let ran = Ran::of(&output).exits(0);
    // The command's output is as it would be without us.
    assert_eq!(ran.stdout, "said\n");
    assert!(
        ran.stderr
            .starts_with("complained\nok         build  build\n"),
        "{}",
        ran.stderr
    );

    let run = facts(&repo, "evidence/build.json");
    assert_eq!(run["exit_code"], 4);
    assert_eq!(run["outcome"], "exited");
    assert_eq!(run["argv"][0], "sh");
    assert_eq!(run["stdout"]["size"], 5);
    assert_eq!(run["stderr"]["size"], 11);
    assert_eq!(run["environment"]["STAGE"], "canary");
    assert!(run["environment"]["NONE"].is_null());
    assert_eq!(run["time_limit_ms"], 600_000);
    assert_eq!(run["tool_version"], "sh 1");
    let report = item(&repo, "build.report");
    assert_eq!(
        (&report["kind"], &report["status"]),
        (&"json".into(), &"ok".into())
    );
    assert_eq!(report["provenance"]["method"], "import");
    assert_eq!(run["files"][0]["sha256"], report["sha256"]);
    assert_eq!(run["files"][0]["item_path"], report["path"]);
    assert_eq!(repo.read("evidence/build/log.txt"), "said\n");
    assert_eq!(item(&repo, "build")["kind"], "command-run");
}

#[test]
fn the_exit_code_is_ours_unless_it_is_asked_for() {
    let repo = Repo::empty();
    run(&repo, &[], "exit 7").exits(0);
    run(&repo, &["--propagate"], "exit 7").exits(7);
    run(&repo, &["--propagate"], "exit 0").exits(0);
    run(&repo, &["--propagate", "--file", "none.json"], "exit 0").exits(3);
    run(&repo, &["--propagate", "--file", "none.json"], "exit 7").exits(7);
    run(&repo, &["--propagate"], "kill -9 $$").exits(3);
}

#[test]
fn what_did_not_end_by_itself_is_an_error_that_says_why() {
    let repo = Repo::empty();
    run(&repo, &[], "kill -9 $$")
        .exits(3)
        .complains("was killed by signal 9");
    assert_eq!(item(&repo, "build")["status"], "error");
    repo.run(&["collect", "run", "--", "/no/such/program"])
        .exits(3)
        .complains("cannot start `/no/such/program`");
    assert_eq!(item(&repo, "program")["status"], "error");
    let asked = Instant::now();
    run(
        &repo,
        &["--time-limit", "1s", "--file", "a.json"],
        "echo {} > a.json; sleep 300",
    )
    .exits(3)
    .complains("took longer than 1s and was killed");
    assert!(asked.elapsed() < Duration::from_secs(30));
    // What it had written by then is no evidence.
    assert_eq!(repo.read("evidence/build/a.json"), "");
    assert_eq!(item(&repo, "build.a")["status"], "error");
}

#[test]
fn a_file_of_an_earlier_run_is_not_that_of_this_one() {
    let repo = Repo::empty();
    repo.write("old.json", "{\"passed\": true}");
    run(&repo, &["--file", "old.json"], "exit 0")
        .exits(3)
        .complains("`old.json` was there before, and the command did not write it");
    assert_eq!(item(&repo, "build")["status"], "partial");
    assert_eq!(item(&repo, "build.old")["status"], "error");
    assert_eq!(repo.read("evidence/build/old.json"), "");
    // Written again, also with the same content, it is.
    run(
        &repo,
        &["--file", "old.json"],
        "cat old.json > new; cat new > old.json",
    )
    .exits(0);
    assert_eq!(item(&repo, "build.old")["status"], "ok");
    run(&repo, &["--file", "link.json"], "ln -s old.json link.json")
        .exits(3)
        .complains("symbolic link");
}

#[test]
fn an_output_beyond_the_limit_is_passed_on_whole_and_not_kept() {
    let repo = Repo::empty();
    // 128 MiB, and one byte more.
    let ran = run(&repo, &["--stdout", "zeros"], "head -c 134217729 /dev/zero")
        .exits(3)
        .complains("`standard output` is larger than 134217728 bytes");
    assert_eq!(ran.stdout.len(), 134_217_729);
    assert_eq!(
        facts(&repo, "evidence/build.json")["stdout"]["size"],
        134_217_729
    );
    assert_eq!(repo.read("evidence/build/zeros"), "");
    let ran = run(&repo, &["--stdout", "zeros"], "head -c 140000000 /dev/zero").exits(3);
    assert_eq!(ran.stdout.len(), 140_000_000);
}

#[test]
fn secrets_of_the_environment_and_the_arguments_are_nowhere() {
    for script in [
        "echo $DEPLOY_TOKEN; printf '{\"echo\": \"%s\"}' $DEPLOY_TOKEN > a.json",
        "printf %s me:$DEPLOY_TOKEN | base64 | tee a.json",
        "echo http://a.example/?t=pl4nted%2Ds3cret%2Dvalue | tee a.json",
    ] {
        let repo = Repo::empty();
        let flags = [
            "--file", "a.json", "--stdout", "log.txt", "--env", "CALLBACK",
        ];
        let mut args = shell(&flags, script);
        args.extend([
            "--password",
            "an0ther-planted-one",
            "https://me:an0ther-planted-one@a.example",
        ]);
        let output = repo
            .command(&args)
            .env("PATH", "/usr/bin:/bin")
            .env("DEPLOY_TOKEN", SECRET)
            .env("CALLBACK", format!("https://a.example/{SECRET}"))
            .output()
            .unwrap();
        let ran = Ran::of(&output).exits(3).complains("holds a secret");
        assert_nowhere(&repo, &ran.stderr);
        let run = facts(&repo, "evidence/build.json");
        let argv = run["argv"].as_array().unwrap();
        assert_eq!(argv[argv.len() - 1], "https://[removed]@a.example");
        assert_eq!(argv[argv.len() - 2], "[removed]");
        assert_eq!(
            run["environment"]["CALLBACK"],
            "https://a.example/[removed]"
        );
        assert_eq!(item(&repo, "build.a")["status"], "error");
        assert_eq!(item(&repo, "build.log")["status"], "error");
    }
}

/// No secret is in what was said of the evidence, nor in the evidence, in any spelling.
fn assert_nowhere(repo: &Repo, said: &str) {
    let mut texts = vec![("standard error".to_owned(), said.to_owned())];
    let mut folders = vec![repo.path("evidence")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = fs::read_to_string(&path).unwrap();
                texts.push((path.display().to_string(), text));
            }
        }
    }
    assert!(texts.len() >= 5, "{texts:?}");
    for (place, text) in texts {
        for secret in [
            SECRET,
            "an0ther-planted-one",
            // base64 of `me:` and the secret, and of the secret.
            "bWU6cGw0bnRlZC1zM2NyZXQtdmFsdW",
            "cGw0bnRlZC1zM2NyZXQtdmFsdW",
            "pl4nted%2Ds3cret%2Dvalue",
        ] {
            assert!(!text.contains(secret), "{secret} in {place}: {text}");
        }
    }
}

#[test]
fn arguments_that_make_no_sense_start_nothing() {
    let repo = Repo::empty();
    run(&repo, &["--env", "DEPLOY_TOKEN"], "touch ran")
        .exits(2)
        .complains("`DEPLOY_TOKEN` looks like the name of a secret");
    run(&repo, &["--time-limit", "soon"], "touch ran")
        .exits(2)
        .complains("--time-limit");
    run(
        &repo,
        &["--file", "a/x.json", "--file", "b/x.json"],
        "touch ran",
    )
    .exits(2)
    .complains("both be `x.json`");
    repo.run(&["collect", "run", "--name", "../x", "--", "touch", "ran"])
        .exits(2)
        .complains("../x.json");
    repo.run(&["collect", "run"]).exits(2);
    assert!(!repo.path("ran").exists() && !repo.path("evidence").exists());
}

#[test]
fn a_command_in_the_settings_runs_in_its_folder_and_says_nothing() {
    let repo = Repo::empty();
    repo.write(
        "assize.toml",
        "evidence = 'evidence'\n[collect.scan]\nfrom = 'command'\nrun = ['sh', '-c', 'echo loud; pwd > where.txt']\ndirectory = 'service'\nfiles = ['where.txt']\n[collect.none]\nfrom = 'command'\nrun = ['/no/such/program']\n",
    );
    repo.write("service/keep", "");
    let ran = repo
        .run(&["collect"])
        .exits(3)
        .says("ok         scan  scan")
        .says("cannot start `/no/such/program`");
    assert!(!ran.stdout.contains("loud"));
    assert!(repo.read("evidence/scan/where.txt").ends_with("/service\n"));
    assert_eq!(facts(&repo, "evidence/scan.json")["directory"], "service");
    let manifest = document(&repo, "evidence/bundle.json");
    assert_eq!(manifest["items"].as_array().unwrap().len(), 3);
}

/// The gate of `docs/evidence/command-run.md` in short: the report is that of this run.
#[test]
fn a_gate_tells_a_report_of_the_run_from_another() {
    let repo = Repo::empty();
    repo.write(
        "policies/gates/deploy/ran.rego",
        "# METADATA\n# title: The report is that of the run\n# custom:\n#   id: run.report\n#   severity: high\n#   remediation: run it\n#   requires:\n#   - evidence: build\n#     kind: command-run\n#   - evidence: build.report\npackage gates.deploy.ran\n\ndeny contains sprintf(\"exit code %v\", [input.evidence.build.facts.exit_code]) if input.evidence.build.facts.exit_code != 0\n\ndeny contains \"another report\" if count([file | some file in input.evidence.build.facts.files; file.sha256 == input.evidence[\"build.report\"].sha256]) == 0\n",
    );
    let gate = ["gate", "-p", "policies", "-e", "evidence"];
    run(&repo, &["--file", "report.json"], "echo '{}' > report.json").exits(0);
    repo.run(&gate).exits(0);
    run(
        &repo,
        &["--file", "report.json"],
        "echo '{}' > report.json; exit 1",
    )
    .exits(0);
    repo.run(&gate).exits(1).says("exit code 1");
    run(&repo, &["--file", "report.json"], "exit 0").exits(3);
    repo.run(&gate).exits(3);
}

#[test]
fn what_lies_elsewhere_is_no_file_of_a_command() {
    let repo = Repo::empty();
    repo.write("outside/keep", "");
    let outside = repo.path("outside");
    let outside = outside.to_str().unwrap();
    let script = format!(
        "touch ran; mkdir -p in; ln -sfn in within; ln -sfn '{outside}' out; for d in in out; do echo '{{}}' > $d/$d.json; done; echo '{{}}' > ../up.json"
    );
    let settings = |directory: &str, files: &str| {
        repo.write(
            "product/assize.toml",
            &format!(
                "evidence = 'evidence'\n[collect.build]\nfrom = 'command'\nrun = ['sh', '-c', \"{script}\"]\ndirectory = '{directory}'\nfiles = ['{files}']\n"
            ),
        );
    };
    let collect = || {
        let mut command = repo.command(&["collect"]);
        let output = command.current_dir(repo.path("product")).output().unwrap();
        Ran::of(&output)
    };
    for files in ["out/out.json", "../up.json", &format!("{outside}/out.json")] {
        settings(".", files);
        collect()
            .exits(3)
            .says(&format!("`{files}` cannot be used: "))
            .says("leads out of the folder of the settings");
    }
    // A link that stays below is another way to it.
    settings(".", "within/in.json");
    collect().exits(0);
    // Where it may not run, it does not.
    fs::remove_file(repo.path("product/ran")).unwrap();
    settings("out", "in.json");
    collect()
        .exits(3)
        .says("`out` leads out of the folder of the settings");
    assert!(!repo.path("product/ran").exists() && !repo.path("outside/ran").exists());
}

#[test]
fn a_file_counts_as_written_when_it_was_and_not_when_it_was_only_touched_upon() {
    let repo = Repo::empty();
    repo.write("old.json", "{\"passed\": true}");
    for idle in [
        "chmod 600 old.json",
        "mv old.json x; mv x old.json",
        "ln old.json y; rm y",
        "cat old.json",
        // Neither content nor time are of this run.
        "touch -d 2001-01-01T00:00:00Z old.json",
        "touch -d 2091-01-01T00:00:00Z old.json",
    ] {
        run(&repo, &["--file", "old.json"], idle)
            .exits(3)
            .complains("`old.json` was there before, and the command did not write it");
        assert_eq!(item(&repo, "build.old")["status"], "error", "{idle}");
    }
    for written in [
        "cat old.json > new; cat new > old.json",
        "cp -p old.json new; mv new old.json",
        "touch old.json",
        // The same size at the same time.
        "touch -r old.json ref; printf '{\"passed\": null}' > old.json; touch -r ref old.json",
        "touch -r old.json ref; printf '{}' > old.json; touch -r ref old.json",
    ] {
        run(&repo, &["--file", "old.json"], written).exits(0);
        assert_eq!(item(&repo, "build.old")["status"], "ok", "{written}");
    }
}

#[test]
fn a_command_does_not_get_the_key_that_signs() {
    let repo = Repo::empty();
    repo.run(&["keys", "generate", "first"]).exits(0);
    let pem = repo.read(".assize/keys/first.pem");
    repo.write(
        "assize.toml",
        "evidence = 'sources'\n[collect.seen]\nfrom = 'command'\nrun = ['env']\nstdout = 'env.txt'\n",
    );
    let ways = [
        (
            &["--key", "env://SIGNING_PEM"][..],
            ".assize/keys/first.pem",
        ),
        (&["--key", "env://SIGNING_PEM"], "env://SIGNING_PEM"),
        (&[], "env://SIGNING_PEM"),
    ];
    for (key, configured) in ways {
        let run = [
            &["collect", "run", "--name", "seen", "--stdout", "env.txt"],
            key,
        ];
        let run = [&run.concat()[..], &["--", "env"]].concat();
        let sources = [&["collect"], key].concat();
        for args in [run, sources] {
            let output = repo
                .command(&[&["--config", "assize.toml"], &args[..]].concat())
                .env("PATH", "/usr/bin:/bin")
                .env("SIGNING_PEM", &pem)
                .env("ASSIZE_KEY", configured)
                .env("ASSIZE_KEY_PASSPHRASE", "opens-the-key")
                .env("STAGE", "canary")
                .output()
                .unwrap();
            Ran::of(&output).exits(0);
            let seen = repo.read("sources/seen/env.txt");
            assert!(seen.contains("STAGE=canary"), "{seen}");
            for kept in ["PRIVATE KEY", "SIGNING_PEM", "PASSPHRASE", "opens-the-key"] {
                assert!(!seen.contains(kept), "{kept} in {seen}");
            }
            // A path is no secret.
            assert_eq!(
                seen.contains("ASSIZE_KEY=.assize/"),
                !configured.starts_with("env:")
            );
        }
    }
}
