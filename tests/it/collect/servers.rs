//! Servers that a test starts on loopback, and that end with it.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::repo::Repo;

/// A server that ends with the test.
pub struct Server {
    child: Child,
    pub url: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// Starts `command`, and waits until somebody listens at `port`.
pub fn started(repo: &Repo, mut command: Command, port: u16) -> Server {
    let log = File::create(repo.path("server.log")).unwrap();
    let child = command
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let server = Server {
        child,
        url: format!("http://127.0.0.1:{port}"),
    };
    let waited = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(
            waited.elapsed() < Duration::from_mins(1),
            "{}",
            repo.read("server.log")
        );
        thread::sleep(Duration::from_millis(50));
    }
    server
}

/// What a server that must be there answers to a request with this body, as text.
pub fn exchange(url: &str, method: &str, path: &str, body: &str) -> String {
    let host = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// Asks until the answer holds `text`.
pub fn wait_for(url: &str, path: &str, text: &str) {
    let waited = Instant::now();
    loop {
        let answer = exchange(url, "GET", path, "");
        if answer.contains(text) {
            return;
        }
        assert!(waited.elapsed() < Duration::from_mins(1), "{answer}");
        thread::sleep(Duration::from_millis(50));
    }
}

/// A server of our own that answers every request with what `answer` makes of its head.
pub fn answering(answer: impl Fn(&str) -> String + Send + Sync + Copy + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            thread::spawn(move || {
                let mut buffer = [0; 8192];
                let read = stream.read(&mut buffer).unwrap_or_default();
                let head = String::from_utf8_lossy(&buffer[..read]).into_owned();
                let _ = stream.write_all(answer(&head).as_bytes());
            });
        }
    });
    url
}

/// A whole answer with this status and body.
pub fn answer(status: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}")
}
