//! `assize collect` from GitHub and GitLab, both played by us: what they answer to whom is
//! what is tried.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use assize::clock::{Clock as _, System};
use assize::json::{Value, json};

use super::{facts, item};
use crate::repo::{Ran, Repo};

mod github;
mod gitlab;
mod refusals;
#[cfg(feature = "engine")]
mod rule;

const TOKEN: &str = "t0ken-of-a-forge-0123456789";
const SHA: &str = "6dcb09b5b57875f334f61aebed695e2e4193db5e";

/// What a forge was asked.
struct Request {
    path: String,
    query: BTreeMap<String, String>,
    head: String,
    /// The forge's own address.
    url: String,
    /// How many requests there were, with this one.
    nth: usize,
}

impl Request {
    fn number(&self, name: &str, default: usize) -> usize {
        let value = self.query.get(name);
        value.map_or(default, |value| value.parse().unwrap())
    }

    /// The page that is asked for of entries from 1 to `count`, and the number of the next.
    fn page(&self, count: usize, entry: fn(usize) -> Value) -> (String, Option<usize>) {
        let (page, length) = (self.number("page", 1), self.number("per_page", 30));
        let from = (page - 1) * length + 1;
        let to = (page * length).min(count);
        let entries: Vec<_> = (from..=to).map(entry).collect();
        let next = (to < count).then_some(page + 1);
        (Value::Array(entries).to_string(), next)
    }
}

/// A forge, and the first lines of all that it was asked.
struct Forge {
    url: String,
    asked: &'static Mutex<Vec<String>>,
}

impl Forge {
    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// Starts a forge that answers with what `respond` makes of a request, byte by byte.
fn forge(respond: impl Fn(&Request) -> String + Send + Sync + 'static) -> Forge {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked: &'static Mutex<Vec<String>> = Box::leak(Box::default());
    let own = url.clone();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut buffer = [0; 8192];
            let read = stream.read(&mut buffer).unwrap_or_default();
            let head = String::from_utf8_lossy(&buffer[..read]).into_owned();
            let line = head.lines().next().unwrap_or_default().to_owned();
            let target = line.split(' ').nth(1).unwrap_or_default();
            let (path, query) = target.split_once('?').unwrap_or((target, ""));
            let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            let nth = {
                let mut asked = asked.lock().unwrap();
                asked.push(line.clone());
                asked.len()
            };
            let request = Request {
                path: path.to_owned(),
                query: pairs.map(|(n, v)| (n.to_owned(), v.to_owned())).collect(),
                head: head.to_lowercase(),
                url: own.clone(),
                nth,
            };
            let _ = stream.write_all(respond(&request).as_bytes());
        }
    });
    Forge { url, asked }
}

/// A server that must not be asked.
fn forbidden() -> Forge {
    forge(|_| answer("200 OK", &[], "[]"))
}

fn answer(status: &str, headers: &[(&str, &str)], body: &str) -> String {
    let headers = headers
        .iter()
        .fold(String::new(), |mut text, (name, value)| {
            let _ = write!(text, "{name}: {value}\r\n");
            text
        });
    format!(
        "HTTP/1.1 {status}\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Collects with these settings of `[collect.it]` from a server at `url`.
fn collect(repo: &Repo, url: &str, from: &str, settings: &str) -> Ran {
    collect_within(repo, url, from, settings, "20s")
}

fn collect_within(repo: &Repo, url: &str, from: &str, settings: &str, limit: &str) -> Ran {
    repo.write(
        "assize.toml",
        &format!(
            "evidence = 'evidence'\n[server.forge]\nurl = '{url}'\nbearer = 'env://FORGE_AUTH'\n[collect.it]\nfrom = '{from}'\nserver = 'forge'\n{settings}\n"
        ),
    );
    let mut command = repo.command(&["collect", "--time-limit", limit]);
    command
        .env("FORGE_AUTH", TOKEN)
        .env("CHANGE_NUMBER", "12")
        .env("CHANGE_COMMIT", SHA)
        .env_remove("NO_SUCH_NUMBER");
    let ran = Ran::of(&command.output().unwrap());
    for file in fs::read_dir(repo.path("evidence")).into_iter().flatten() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(TOKEN), "the token is in the evidence");
    }
    assert!(!ran.stdout.contains(TOKEN) && !ran.stderr.contains(TOKEN));
    ran
}

/// What the manifest says that went wrong.
fn reason(repo: &Repo) -> String {
    let item = item(repo, "it");
    assert_eq!(item["status"], "error", "{item:#}");
    item["reason"].as_str().unwrap().to_owned()
}

fn now_s() -> i64 {
    System.now().unix_seconds()
}
