//! How a value may be spelt where somebody repeats it.

use std::fmt::Write as _;

use assize::json::json;
use assize::signing::base64;

pub fn escaped(text: &str) -> String {
    let units = text.encode_utf16().map(|unit| format!("\\u{unit:04x}"));
    units.collect()
}

pub fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "%{byte:02x}");
        out
    })
}

/// `text` as it is, and with what can be decoded in it, twice.
pub fn views(text: &str) -> Vec<(&'static str, String)> {
    let mut all = vec![("raw", text.to_owned())];
    for (spelling, view) in decoded(text) {
        let twice = decoded(&view).into_iter();
        all.extend(twice.map(|(_, view)| ("twice", view)));
        all.push((spelling, view));
    }
    all
}

fn decoded(text: &str) -> Vec<(&'static str, String)> {
    let mut all = Vec::new();
    if text.contains('%') {
        all.push(("percent", unpercent(text)));
    }
    if text.contains('\\') {
        all.push(("json", unescape(text)));
    }
    if text.contains('&') {
        let plain = text.replace("&lt;", "<").replace("&gt;", ">");
        let plain = plain.replace("&quot;", "\"").replace("&#39;", "'");
        all.push(("html", plain.replace("&amp;", "&")));
    }
    all.push(("base64", unbase64(text)));
    all
}

fn unpercent(text: &str) -> String {
    let bytes = text.as_bytes();
    let (mut out, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let hex = text.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        let byte = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        at += if byte.is_some() { 3 } else { 1 };
        out.push(byte.unwrap_or(bytes[at - 1]));
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out += &rest[..at];
        rest = &rest[at + 1..];
        let code = rest.strip_prefix('u').and_then(|digits| digits.get(..4));
        let code = code.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        if let Some(c) = code.and_then(char::from_u32) {
            out.push(c);
            rest = &rest[5..];
        } else if let Some(c) = rest.chars().next() {
            out.push(if c == 'n' { '\n' } else { c });
            rest = &rest[c.len_utf8()..];
        }
    }
    out + rest
}

/// Every run of base64, decoded from each of four places on.
fn unbase64(text: &str) -> String {
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || "+/-_".contains(c);
    let mut out = String::new();
    for run in text.split(|c| !is_base64(c)).filter(|run| run.len() >= 8) {
        let run = run.replace('-', "+").replace('_', "/");
        for from in 0..4 {
            let rest = &run[from..];
            let rest = &rest[..rest.len() / 4 * 4 + [0, 0, 2, 3][rest.len() % 4]];
            let bytes = base64::decode_unpadded(rest);
            // The last bits of a torn one are not nothing.
            let bytes = bytes.or_else(|| base64::decode(&rest[..rest.len() / 4 * 4]));
            out += &String::from_utf8_lossy(&bytes.unwrap_or_default());
            out.push('\n');
        }
    }
    out
}

#[test]
fn what_is_spelt_otherwise_is_found() {
    let value = "a/\"secret\" ü+<x>";
    let json = json!({"a": value}).to_string();
    for text in [
        value.to_owned(),
        json.clone(),
        escaped(value),
        percent(value),
        value
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&quot;"),
        base64::encode(value.as_bytes()),
        base64::encode_url(format!("u:{value}:x").as_bytes()),
        format!("eyJh{}", base64::encode(format!("ab{value}c").as_bytes())),
        base64::encode(json.as_bytes()),
        percent(&base64::encode(value.as_bytes())),
        json!({"a": json}).to_string(),
    ] {
        let views = views(&format!("x {text} y"));
        assert!(views.iter().any(|(_, view)| view.contains(value)), "{text}");
    }
}
