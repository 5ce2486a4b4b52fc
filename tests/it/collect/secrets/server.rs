//! A server that repeats what it was sent, and has secrets of its own.

use assize::json::json;
use assize::signing::base64;

use super::spellings::{escaped, percent};
use super::{CONTROLS, COOKIE, MAIL, PHONE, PRESIGNED};
use crate::collect::answer;

fn credentials(head: &str, name: &str) -> String {
    let line = head.lines().find_map(|line| {
        let (key, value) = line.split_once(": ")?;
        key.eq_ignore_ascii_case(name).then(|| value.to_owned())
    });
    line.unwrap_or_default()
}

/// What a server answers that repeats what it was sent, in its own ways.
pub fn hostile(head: &str) -> String {
    let sent = credentials(head, "authorization");
    let token = sent.split_once(' ').map_or("", |(_, token)| token);
    let key = credentials(head, "x-api-key");
    let path = head.split(' ').nth(1).unwrap_or_default();
    let with_headers = |status: &str, body: &str| {
        let headers = format!(
            "HTTP/1.1 {status}\r\nServer: echo/{key}\r\nSet-Cookie: session={COOKIE}\r\nLink: <https://u:{PRESIGNED}@store.example/2?page=2&sig={PRESIGNED}&t={key}>; rel=\"next\"\r\nLocation: https://u:{PRESIGNED}@store.example/o?sig={PRESIGNED}&t={key}#{PRESIGNED}\r\n"
        );
        answer(status, body).replacen(&format!("HTTP/1.1 {status}\r\n"), &headers, 1)
    };
    match path.split('?').next().unwrap_or_default() {
        "/plain" => answer("200 OK", &json!({"c0ntrol-item": CONTROLS[0]}).to_string()),
        "/headers" => with_headers("200 OK", "{\"fine\": true}"),
        "/moved" => with_headers("302 Found", ""),
        "/echo/raw" => answer("200 OK", &format!("you are {token} and {key}")),
        "/echo/json" => answer("200 OK", &json!({"you": token, "are": key}).to_string()),
        "/echo/escaped" => answer("200 OK", &format!("{{\"you\": \"{}\"}}", escaped(token))),
        "/echo/percent" => answer(
            "200 OK",
            &format!("{{\"next\": \"/?t={}\"}}", percent(&key)),
        ),
        "/echo/base64" => {
            let text = base64::encode(format!("user:{token}:{key}").as_bytes());
            answer("200 OK", &json!({"basic": text}).to_string())
        }
        "/echo/error" => answer("500 Oh", &format!("who is {token}, {sent}?")),
        _ if path.contains("next") => with_headers("200 OK", "[]"),
        "/api/v1/query" => with_headers(
            "200 OK",
            "{\"status\": \"success\", \"data\": {\"resultType\": \"matrix\", \"result\": []}}",
        ),
        "/api/v2/alerts" => with_headers("200 OK", "[]"),
        "/people" => with_headers("200 OK", &people()),
        "/people/broken" => answer("500 Oh", &people()),
        "/people/other" => answer("200 OK", &json!({"other": MAIL}).to_string()),
        "/people/text" => answer("200 OK", &format!("mail: {MAIL}\nphone: {PHONE}\n")),
        _ => answer(
            "404 Not Found",
            &format!("{{\"error\": \"no {path} for {key}\"}}"),
        ),
    }
}

fn people() -> String {
    let phone: u64 = PHONE.parse().unwrap();
    json!({"people": [{"mail": MAIL, "phone": phone}], "n": 1}).to_string()
}
