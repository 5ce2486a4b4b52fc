use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use super::*;
use crate::clock::Fixed;

/// A server that gives these answers, one a connection, and what it was asked.
fn server(answers: Vec<&'static str>) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (sender, asked) = mpsc::channel();
    thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut text = Vec::new();
            let mut buffer = [0; 4096];
            let is_whole = |text: &[u8]| {
                let text = String::from_utf8_lossy(text);
                let Some((head, body)) = text.split_once("\r\n\r\n") else {
                    return false;
                };
                let length = head
                    .lines()
                    .find_map(|line| line.strip_prefix("content-length: "))
                    .map_or(0, |length| length.parse::<usize>().unwrap());
                body.len() >= length
            };
            while !is_whole(&text) {
                let read = stream.read(&mut buffer).unwrap();
                text.extend_from_slice(&buffer[..read]);
                if read == 0 {
                    break;
                }
            }
            let _ = sender.send(String::from_utf8(text).unwrap());
            if answer == "never" {
                thread::sleep(Duration::from_secs(5));
            }
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    (url, asked)
}

fn ask(
    url: &str,
    credentials: Credentials,
    form: Option<&[(&str, &str)]>,
    time_ms: u64,
) -> Result<Answer, HttpError> {
    let client = Client::new(credentials).unwrap();
    let question = Question {
        form,
        ..Question::get(url, "application/json")
    };
    let clock = Fixed("2026-11-23T13:00:00Z".parse().unwrap());
    let deadline = Instant::now() + Duration::from_millis(time_ms);
    client.ask(&question, deadline, &clock)
}

fn bearer(token: &str) -> Credentials {
    Credentials {
        headers: vec![("authorization".into(), Secret::plain(token))],
        ..Credentials::default()
    }
}

const OK: &str =
    "HTTP/1.1 200 OK\r\nDate: Mon, 23 Nov 2026 13:00:03 GMT\r\nContent-Length: 2\r\n\r\n{}";

#[test]
fn an_answer_has_its_bytes_status_and_clock() {
    let (url, asked) = server(vec![OK]);
    let form = [("query", "up{a=\"b\"} + 1"), ("time", "12")];
    let answer = ask(&url, bearer("Bearer t0ken"), Some(&form), 5_000).unwrap();
    assert_eq!((answer.status, answer.body.as_slice()), (200, &b"{}"[..]));
    assert_eq!(answer.clock_skew_s, Some(3));
    let asked = asked.recv().unwrap();
    assert!(asked.starts_with("POST / HTTP/1.1\r\n"), "{asked}");
    assert!(asked.contains("authorization: Bearer t0ken\r\n"), "{asked}");
    assert!(
        asked.ends_with("\r\n\r\nquery=up%7Ba%3D%22b%22%7D%20%2B%201&time=12"),
        "{asked}"
    );
}

#[test]
fn an_answer_that_repeats_a_secret_is_not_kept() {
    for body in [
        "{\"t\":\"s3cret-t0ken-0123\"}",
        "czNjcmV0LXQwa2VuLTAxMjM=",
        "s3cret%2Dt0ken%2D0123",
    ] {
        for status in ["200 OK", "500 Failed"] {
            let answer = format!(
                "HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            let (url, _asked) = server(vec![String::leak(answer)]);
            let error = ask(&url, bearer("Bearer s3cret-t0ken-0123"), None, 5_000).unwrap_err();
            let error = error.to_string();
            assert!(error.contains("repeated a secret"), "{error}");
            assert!(!error.contains("t0ken"), "{error}");
        }
    }
}

#[test]
fn what_may_pass_is_asked_again_and_what_may_not_is_not() {
    let busy = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let (url, asked) = server(vec![busy, OK]);
    assert_eq!(
        ask(&url, Credentials::default(), None, 5_000)
            .unwrap()
            .status,
        200
    );
    assert_eq!(asked.iter().take(2).count(), 2);
    // The last answer there is time for is the answer.
    let later = "HTTP/1.1 429 Wait\r\nRetry-After: 60\r\nContent-Length: 4\r\n\r\nslow";
    let (url, _asked) = server(vec![later]);
    let answer = ask(&url, Credentials::default(), None, 5_000).unwrap();
    assert_eq!((answer.status, answer.excerpt().as_str()), (429, "slow"));
    let limited = "HTTP/1.1 403 Later\r\nX-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let (url, asked) = server(vec![limited, OK]);
    let answer = ask(&url, Credentials::default(), None, 5_000).unwrap();
    assert_eq!(answer.status, 200);
    assert_eq!(asked.iter().take(2).count(), 2);
    let long = "HTTP/1.1 403 Later\r\nX-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: 1795442400\r\nContent-Length: 0\r\n\r\n";
    let (url, _asked) = server(vec![long]);
    let answer = ask(&url, Credentials::default(), None, 5_000).unwrap();
    assert_eq!(
        (answer.status, answer.wait),
        (403, Some(Duration::from_secs(3_601)))
    );
    let refused = "HTTP/1.1 403 No\r\nContent-Length: 7\r\n\r\n\tno\r\nno";
    let (url, _asked) = server(vec![refused]);
    let answer = ask(&url, Credentials::default(), None, 5_000).unwrap();
    assert_eq!((answer.status, answer.excerpt().as_str()), (403, "no  no"));
}

#[test]
fn a_redirect_is_not_followed_and_a_secret_in_it_not_repeated() {
    let (elsewhere, reached) = server(vec!["HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"]);
    let moved: &'static str = format!(
        "HTTP/1.1 302 Moved\r\nLocation: {elsewhere}/s3cr3t/?signature=abc\r\nContent-Length: 0\r\n\r\n"
    )
    .leak();
    let (url, _asked) = server(vec![moved]);
    let error = ask(&format!("{url}/x"), bearer("s3cr3t"), None, 5_000).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("{url}/x: answered 302 and named `{elsewhere}/[removed]/`, which is not followed")
    );
    assert!(reached.try_recv().is_err(), "the other server was asked");
}

#[test]
fn what_opens_another_place_is_not_repeated() {
    for (location, shown) in [
        ("https://a.test/b?sig=c", "https://a.test/b"),
        ("https://a.test/b#c", "https://a.test/b"),
        ("/b?sig=c", "/b"),
        ("https://u:p@a.test/b", "[removed]"),
        ("//u:p@a.test/b", "[removed]"),
        ("", ""),
    ] {
        assert_eq!(place(location), shown);
    }
}

#[test]
fn a_question_has_its_headers_unless_the_server_has_its_own() {
    let (url, asked) = server(vec![OK, OK]);
    let clock = Fixed("2026-11-23T13:00:00Z".parse().unwrap());
    let question = Question {
        headers: &[("x-version", "1"), ("x-other", "2")],
        ..Question::get(&url, "application/json")
    };
    let credentials = Credentials {
        headers: vec![("X-Version".into(), Secret::plain("9"))],
        ..Credentials::default()
    };
    let client = Client::new(credentials).unwrap();
    let deadline = Instant::now() + Duration::from_secs(5);
    client.ask(&question, deadline, &clock).unwrap();
    let asked = asked.recv().unwrap().to_lowercase();
    assert!(asked.contains("x-version: 9\r\n"), "{asked}");
    assert!(!asked.contains("x-version: 1\r\n"), "{asked}");
    assert!(asked.contains("x-other: 2\r\n"), "{asked}");
    let small = Question {
        size_max: 1,
        ..question
    };
    let error = client.ask(&small, deadline, &clock).unwrap_err();
    assert!(
        error.to_string().ends_with("larger than 1 bytes"),
        "{error}"
    );
}

#[test]
fn part_of_an_answer_is_an_error() {
    for part in [
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        "HTTP/1.1 200 OK\r\nContent-",
        "",
    ] {
        let (url, _asked) = server(vec![part]);
        let error = ask(&url, Credentials::default(), None, 400).unwrap_err();
        assert!(
            matches!(error, HttpError::Transport { .. }),
            "{part:?}: {error}"
        );
    }
}

#[test]
fn what_was_not_asked_for_is_an_error() {
    for (head, said) in [
        ("206 Partial\r\nContent-Range: bytes 0-1/9", "a part of it"),
        ("200 OK\r\nContent-Encoding: gzip", "encoded as `gzip`"),
    ] {
        let answer = format!("HTTP/1.1 {head}\r\nContent-Length: 2\r\n\r\n{{}}").leak();
        let (url, _asked) = server(vec![answer]);
        let error = ask(&url, Credentials::default(), None, 5_000).unwrap_err();
        assert!(error.to_string().contains(said), "{error}");
    }
}

#[test]
fn silence_ends_in_time() {
    let (url, _asked) = server(vec!["never"]);
    let started = Instant::now();
    let error = ask(&url, Credentials::default(), None, 300).unwrap_err();
    assert!(matches!(error, HttpError::Timeout { .. }), "{error}");
    assert!(started.elapsed() < Duration::from_mins(1));
    let nobody = ask("http://127.0.0.1:1", Credentials::default(), None, 300).unwrap_err();
    assert!(nobody.to_string().contains("refused"), "{nobody}");
}

#[test]
fn certificates_and_keys_that_cannot_be_used_are_told() {
    let told = |credentials| Client::new(credentials).unwrap_err().to_string();
    let ca = |pem: &str| Credentials {
        ca: Some(pem.into()),
        ..Credentials::default()
    };
    assert_eq!(told(ca("nothing")), "ca: holds no certificate");
    let torn = "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";
    assert_eq!(told(ca(torn)), "ca: is not PEM");
    let client = Credentials {
        client: Some((b"x".to_vec(), Secret::plain("y"))),
        ..Credentials::default()
    };
    assert_eq!(told(client), "certificate: holds no certificate");
}

#[test]
fn where_a_connection_broke_is_told() {
    let broken = |url: &str| {
        let error = ask(url, Credentials::default(), None, 3_000).unwrap_err();
        match error {
            HttpError::Transport { broken, .. } => broken,
            other => panic!("{url}: {other}"),
        }
    };
    assert_eq!(broken("http://127.0.0.1:1"), Broken::Refused);
    assert_eq!(broken("http://no-such-host.invalid/"), Broken::Dns);
    assert_eq!(broken("http://127.0.0.1:1/a b"), Broken::Request);
    for (answer, expected) in [
        ("", Broken::Reset),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}",
            Broken::Reset,
        ),
        ("SSH-2.0-OpenSSH\r\n\r\n", Broken::Protocol),
    ] {
        let (url, _asked) = server(vec![answer; 5]);
        assert_eq!(broken(&url), expected, "{answer:?}");
    }
    // What answers does not speak TLS.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let _ = stream
                .unwrap()
                .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    assert_eq!(broken(&url), Broken::Tls);
}

/// A server that answers as long as it is asked, and how many connections it had.
fn patient() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let connections = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&connections);
    thread::spawn(move || {
        for stream in listener.incoming() {
            count.fetch_add(1, Ordering::SeqCst);
            let mut stream = stream.unwrap();
            thread::spawn(move || {
                let mut buffer = [0; 4096];
                while stream.read(&mut buffer).is_ok_and(|read| read > 0) {
                    let _ = stream.write_all(
                        b"HTTP/1.1 200 OK\r\nX-A: 1\r\nX-A: 2\r\nContent-Length: 0\r\n\r\n",
                    );
                }
            });
        }
    });
    (url, connections)
}

#[test]
fn what_is_asked_once_is_asked_on_a_connection_of_its_own() {
    let (url, connections) = patient();
    let client = Client::new(Credentials::default()).unwrap();
    let question = Question::get(&url, "*/*");
    let deadline = Instant::now() + Duration::from_secs(20);
    let clock = Fixed("2026-11-23T13:00:00Z".parse().unwrap());
    for _ in 0..3 {
        client.ask(&question, deadline, &clock).unwrap();
    }
    assert_eq!(connections.load(Ordering::SeqCst), 1);
    for _ in 0..3 {
        let answer = client.ask_once(&question, deadline, &clock).unwrap();
        assert_eq!(answer.headers["x-a"], "1, 2");
    }
    assert_eq!(connections.load(Ordering::SeqCst), 4);
}
