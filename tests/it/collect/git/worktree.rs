//! Repositories that make a worktree look clean that is not.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::*;

/// What hides a difference, and how.
type Trick = (&'static str, fn(&Repo));

/// Gives the file times long past, so that the index need not doubt it.
fn settle(repo: &Repo, path: &str) {
    let mut command = Command::new("touch");
    let path = repo.path(path);
    command.args(["-d", "2026-01-01T00:00:00Z"]).arg(path);
    run(command);
}

/// Git by itself says that nothing differs.
fn is_fooled(repo: &Repo, name: &str) {
    assert_eq!(said(repo, &["status", "--porcelain"]), "", "{name}");
}

/// A repository in `code/sub`, which is a submodule of that in `code`.
fn with_submodule() -> Repo {
    let repo = repo("");
    repo.write("other/x.txt", "x\n");
    let other = repo.path("other");
    let other = other.to_str().unwrap();
    git(&repo, &["init", "-q", other]);
    in_folder(&repo, other, &["add", "."]);
    in_folder(&repo, other, &["commit", "-q", "-m", "x"]);
    git(&repo, &["submodule", "--quiet", "add", other, "sub"]);
    git(&repo, &["commit", "-q", "-m", "Sub"]);
    repo
}

fn in_folder(repo: &Repo, folder: &str, args: &[&str]) {
    let who = ["-c", "user.name=A", "-c", "user.email=a@b"];
    let args = [&["-C", folder][..], &who, args].concat();
    git(repo, &args);
}

/// Of a repository.
const TRICKS: &[Trick] = &[
    ("status.showUntrackedFiles", |repo| {
        configure(repo, "status.showUntrackedFiles", "no");
        repo.write("code/new.txt", "new\n");
    }),
    ("core.excludesFile", |repo| {
        repo.write("home/all", "*\n");
        let all = repo.path("home/all");
        configure(repo, "core.excludesFile", all.to_str().unwrap());
        repo.write("code/new.txt", "new\n");
    }),
    (".git/info/exclude", |repo| {
        repo.write("code/.git/info/exclude", "*\n");
        repo.write("code/new.txt", "new\n");
    }),
    (".gitignore that hides itself", |repo| {
        repo.write("code/src/.gitignore", "*\n");
        repo.write("code/src/new.txt", "new\n");
    }),
    (".gitignore that the commit hides", |repo| {
        repo.write("code/.gitignore", ".*\n");
        git(repo, &["add", "-f", ".gitignore"]);
        git(repo, &["commit", "-q", "-m", "Dots"]);
        repo.write("code/src/.gitignore", "new.txt\n");
        repo.write("code/src/new.txt", "new\n");
    }),
    ("core.ignoreCase", |repo| {
        configure(repo, "core.ignoreCase", "true");
        repo.write("code/SRC/a.txt", "other\n");
    }),
    ("core.symlinks", |repo| {
        symlink("src/a.txt", repo.path("code/link")).unwrap();
        git(repo, &["add", "."]);
        git(repo, &["commit", "-q", "-m", "Link"]);
        configure(repo, "core.symlinks", "false");
        fs::remove_file(repo.path("code/link")).unwrap();
        repo.write("code/link", "src/a.txt");
    }),
    ("core.fileMode", |repo| {
        configure(repo, "core.fileMode", "false");
        let path = repo.path("code/src/a.txt");
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }),
    ("core.checkStat", |repo| {
        configure(repo, "core.checkStat", "minimal");
        settle(repo, "code/src/a.txt");
        git(repo, &["update-index", "--refresh"]);
        // Another inode, with the same size and time.
        fs::remove_file(repo.path("code/src/a.txt")).unwrap();
        repo.write("code/src/a.txt", "one\nTWO\n");
        settle(repo, "code/src/a.txt");
    }),
    ("core.trustctime", |repo| {
        configure(repo, "core.trustctime", "false");
        settle(repo, "code/src/a.txt");
        git(repo, &["update-index", "--refresh"]);
        // The same inode, size and time.
        repo.write("code/src/a.txt", "one\nTWO\n");
        settle(repo, "code/src/a.txt");
    }),
    ("a filter that is gone", |repo| {
        // The index has the times of a file that it never looked into.
        repo.write("code/.git/info/attributes", "*.txt filter=same\n");
        configure(repo, "filter.same.clean", "printf 'one\\ntwo\\n'");
        repo.write("code/src/a.txt", "changed\n");
        settle(repo, "code/src/a.txt");
        git(repo, &["add", "src/a.txt"]);
        configure(repo, "filter.same.clean", "");
        repo.write("code/.git/info/attributes", "");
    }),
    ("a filter that attributes name for themselves", |repo| {
        configure(repo, "filter.same.clean", "git show HEAD:%f");
        repo.write("code/.gitattributes", "* text\n");
        git(repo, &["add", "."]);
        git(repo, &["commit", "-q", "-m", "Attributes"]);
        repo.write("code/.gitattributes", "* filter=same\n");
        repo.write("code/src/a.txt", "changed\n");
        for path in [".gitattributes", "src/a.txt"] {
            settle(repo, &format!("code/{path}"));
            git(repo, &["add", path]);
        }
    }),
    ("core.fsmonitor", |repo| {
        repo.write("home/monitor", "#!/bin/sh\nprintf 'token\\0'\n");
        let monitor = repo.path("home/monitor");
        fs::set_permissions(&monitor, fs::Permissions::from_mode(0o755)).unwrap();
        configure(repo, "core.fsmonitor", monitor.to_str().unwrap());
        git(repo, &["update-index", "--fsmonitor"]);
        git(repo, &["status"]);
        repo.write("code/src/a.txt", "changed\n");
    }),
];

#[test]
#[ignore = "needs git and ssh-keygen"]
fn settings_and_files_of_a_repository_hide_no_difference() {
    for (name, trick) in TRICKS {
        let repo = repo("");
        trick(&repo);
        is_fooled(&repo, name);
        let worktree = commit(&repo)["worktree"].clone();
        assert_eq!(worktree["dirty"], true, "{name}: {worktree:#}");
    }
}

#[test]
#[ignore = "needs git and ssh-keygen"]
fn what_the_commit_ignores_is_no_difference() {
    let repo = repo("");
    repo.write("code/.gitignore", "target/\n*.log\n");
    git(&repo, &["add", "."]);
    git(&repo, &["commit", "-q", "-m", "Ignore"]);
    repo.write("code/target/.gitignore", "*\n");
    repo.write("code/target/.gitattributes", "* text\n");
    repo.write("code/target/a", "a\n");
    repo.write("code/src/a.log", "a\n");
    let worktree = commit(&repo)["worktree"].clone();
    assert_eq!(worktree["dirty"], false, "{worktree:#}");
}

#[test]
#[ignore = "needs git and ssh-keygen"]
fn files_that_git_is_told_not_to_look_at_are_partial() {
    let tricks: &[Trick] = &[
        ("skip-worktree", |repo| {
            git(repo, &["update-index", "--skip-worktree", "src/a.txt"]);
        }),
        ("core.ignoreStat", |repo| {
            configure(repo, "core.ignoreStat", "true");
            repo.write("code/src/a.txt", "other\n");
            git(repo, &["commit", "-q", "-a", "-m", "Other"]);
        }),
        ("in a submodule", |repo| {
            git(
                repo,
                &["-C", "sub", "update-index", "--assume-unchanged", "x.txt"],
            );
            repo.write("code/sub/x.txt", "changed\n");
        }),
    ];
    for (name, trick) in tricks {
        let repo = with_submodule();
        trick(&repo);
        repo.write("code/src/a.txt", "one\nTWO\n");
        if *name == "in a submodule" {
            git(&repo, &["checkout", "-q", "src/a.txt"]);
        }
        is_fooled(&repo, name);
        collect(&repo).exits(0).says("git is told not to look at ");
    }
}

#[test]
#[ignore = "needs git and ssh-keygen"]
fn settings_of_a_submodule_hide_no_difference() {
    let tricks: &[Trick] = &[
        ("submodule.sub.ignore", |repo| {
            configure(repo, "submodule.sub.ignore", "all");
            repo.write("code/sub/x.txt", "changed\n");
        }),
        ("diff.ignoreSubmodules", |repo| {
            configure(repo, "diff.ignoreSubmodules", "all");
            repo.write("code/sub/x.txt", "changed\n");
        }),
        ("status.showUntrackedFiles", |repo| {
            git(
                repo,
                &["-C", "sub", "config", "status.showUntrackedFiles", "no"],
            );
            repo.write("code/sub/new.txt", "new\n");
        }),
        (".git/info/exclude", |repo| {
            repo.write("code/.git/modules/sub/info/exclude", "*\n");
            repo.write("code/sub/new.txt", "new\n");
        }),
        ("no .git", |repo| {
            fs::remove_file(repo.path("code/sub/.git")).unwrap();
            repo.write("code/sub/x.txt", "changed\n");
        }),
        ("ignore in a submodule", |repo| {
            let other = repo.path("other");
            let other = other.to_str().unwrap();
            in_folder(repo, "sub", &["submodule", "--quiet", "add", other, "deep"]);
            in_folder(repo, "sub", &["commit", "-q", "-m", "Deep"]);
            git(repo, &["commit", "-q", "-a", "-m", "Deep"]);
            git(
                repo,
                &["-C", "sub", "config", "submodule.deep.ignore", "all"],
            );
            repo.write("code/sub/deep/x.txt", "changed\n");
        }),
    ];
    for (name, trick) in tricks {
        let repo = with_submodule();
        assert_eq!(commit(&repo)["worktree"]["dirty"], false);
        trick(&repo);
        is_fooled(&repo, name);
        let worktree = commit(&repo)["worktree"].clone();
        assert_eq!(worktree["dirty"], true, "{name}: {worktree:#}");
    }
    // One that is not fetched differs from nothing.
    let repo = with_submodule();
    git(&repo, &["submodule", "--quiet", "deinit", "sub"]);
    assert_eq!(commit(&repo)["worktree"]["dirty"], false);
}

#[test]
#[ignore = "needs git and ssh-keygen"]
fn a_worktree_that_is_elsewhere_is_an_error() {
    let elsewhere =
        "but git takes its files to be elsewhere or nowhere (`core.worktree`, `core.bare`)";
    for (key, value) in [("core.bare", "true"), ("core.worktree", "../../clean")] {
        let repo = with_submodule();
        repo.write("clean/src/a.txt", "one\ntwo\n");
        configure(&repo, key, value);
        collect(&repo).exits(3).says(elsewhere);
        for folder in ["code/src", "code/.git"] {
            repo.edit("assize.toml", "'code'", &format!("'{folder}'"));
            collect(&repo).exits(3).says("error      commit");
            repo.edit("assize.toml", &format!("'{folder}'"), "'code'");
        }
    }
    // That of a submodule, which git looks for where its settings say.
    let repo = with_submodule();
    repo.write("clean/x.txt", "x\n");
    let clean = repo.path("clean");
    git(
        &repo,
        &[
            "-C",
            "sub",
            "config",
            "core.worktree",
            clean.to_str().unwrap(),
        ],
    );
    repo.write("code/sub/x.txt", "changed\n");
    let _ = Command::new("git")
        .args(["--git-dir", ".git/modules/sub", "reset", "-q", "--hard"])
        .current_dir(repo.path("code"))
        .output()
        .unwrap();
    is_fooled(&repo, "core.worktree");
    collect(&repo).exits(3).says(elsewhere);
    // One without a commit.
    let repo = with_submodule();
    git(
        &repo,
        &["-C", "sub", "symbolic-ref", "HEAD", "refs/heads/none"],
    );
    collect(&repo).exits(3).says("has no commit");
}

#[test]
#[ignore = "needs git and ssh-keygen"]
fn attributes_that_are_no_part_of_the_commit_are_an_error() {
    let repo = repo("");
    repo.write("code/.git/info/attributes", "# nothing\n\n");
    assert_eq!(commit(&repo)["worktree"]["dirty"], false);
    repo.write("code/.git/info/attributes", "* ident\n");
    collect(&repo)
        .exits(3)
        .says("`.git/info/attributes` says how files are compared");
}

#[test]
#[ignore = "needs git and ssh-keygen"]
fn what_stands_in_the_place_of_a_commit_is_not_read() {
    let repo = repo("base = 'v1'\n");
    for name in ["b", "c"] {
        repo.write(&format!("code/{name}.txt"), name);
        git(&repo, &["add", "."]);
        git(
            &repo,
            &[
                "commit",
                "-q",
                "--author",
                &format!("{name} <{name}@example.com>"),
                "-m",
                name,
            ],
        );
    }
    let before = commit(&repo);
    assert_eq!(before["range"]["authors"].as_array().unwrap().len(), 2);
    let [head, middle, first] =
        ["HEAD", "HEAD~1", "v1"].map(|name| said(&repo, &["rev-parse", name]));
    // Without the commit between.
    git(&repo, &["replace", "--graft", "HEAD", &first]);
    assert_eq!(said(&repo, &["rev-list", "--count", "v1..HEAD"]), "1");
    let replaced = commit(&repo);
    assert_eq!(
        (
            &replaced["range"],
            &replaced["parents"],
            &replaced["author"]
        ),
        (&before["range"], &before["parents"], &before["author"])
    );
    git(&repo, &["replace", "-d", &head]);
    repo.write("code/.git/info/grafts", &format!("{head} {first}\n"));
    assert_eq!(said(&repo, &["rev-list", "--count", "v1..HEAD"]), "1");
    let grafted = commit(&repo);
    assert_eq!(grafted["range"], before["range"]);
    assert_eq!(grafted["parents"], Value::from(vec![middle]));
    // A tag that is called like the branch does not change its name.
    git(&repo, &["tag", "main"]);
    configure(&repo, "core.bigFileThreshold", "1");
    let big = commit(&repo);
    assert_eq!(big["branch"], "main");
    assert_eq!(big["range"]["paths"], before["range"]["paths"]);
}

#[test]
#[ignore = "needs git and ssh-keygen"]
fn programs_are_not_looked_for_in_the_repository() {
    let repo = repo("allowed_signers = 'signers'\n");
    repo.write("code/bin/ssh-keygen", "#!/bin/sh\ntouch ../sprung sprung\n");
    let trap = repo.path("code/bin/ssh-keygen");
    fs::set_permissions(trap, fs::Permissions::from_mode(0o755)).unwrap();
    git(&repo, &["add", "."]);
    git(&repo, &["commit", "-q", "-S", "-m", "Signed"]);
    let path = std::env::var("PATH").unwrap();
    let output = repo
        .command(&["collect"])
        .env("PATH", format!("bin::.:{path}"))
        .output()
        .unwrap();
    Ran::of(&output).exits(0);
    let commit = facts(&repo, "evidence/commit.json");
    assert_eq!(commit["signature"]["git_says"], "good", "{commit:#}");
    assert_eq!(commit["worktree"]["dirty"], false);
    assert!(!repo.path("sprung").exists());
}

#[test]
#[ignore = "needs git and ssh-keygen"]
fn a_file_that_a_filter_of_the_commit_rewrites_is_told_by_its_times() {
    let repo = repo("");
    configure(&repo, "filter.big.clean", "printf pointer");
    configure(&repo, "filter.big.smudge", "printf content");
    repo.write("code/.gitattributes", "*.bin filter=big\n");
    repo.write("code/a.bin", "content");
    settle(&repo, "code/a.bin");
    git(&repo, &["add", "."]);
    git(&repo, &["commit", "-q", "-m", "Big"]);
    assert_eq!(commit(&repo)["worktree"]["dirty"], false);
    repo.write("code/a.bin", "other");
    assert_eq!(commit(&repo)["worktree"]["changed"], 1);
}
