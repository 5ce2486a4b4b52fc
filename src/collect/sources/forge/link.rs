//! The next page, as the header `Link` names it
//! (RFC 8288, <https://www.rfc-editor.org/rfc/rfc8288>).
//!
//! INVARIANT: a link never leads to another server: all that is taken of it is the path and
//! the query, and only where it names the origin of the server that is asked.

/// The address that `header` calls `next`, as it stands there.
pub(in crate::collect::sources) fn next(header: &str) -> Option<&str> {
    let mut rest = header;
    loop {
        let (_, behind) = rest.split_once('<')?;
        let (address, behind) = behind.split_once('>')?;
        let end = unquoted(behind, ',');
        let parameters = behind.get(..end)?;
        if is_next(parameters) {
            return Some(address);
        }
        rest = behind.get(end..)?;
    }
}

/// The path and the query of `link`, if it is on the origin of `url`; `None` if it is not.
pub(in crate::collect::sources) fn on_origin_of<'l>(url: &str, link: &'l str) -> Option<&'l str> {
    let link = link.split('#').next()?;
    if link.starts_with('/') && !link.starts_with("//") {
        return Some(link);
    }
    let (own, _) = origin(url)?;
    let (other, path) = origin(link)?;
    (own == other && path.starts_with('/')).then_some(path)
}

/// What a request for a path on the origin of `url` begins with.
pub(in crate::collect::sources) fn root(url: &str) -> Option<&str> {
    let (_, path) = origin(url)?;
    url.get(..url.len() - path.len())
}

/// Scheme, host and port of an address, and what is behind them.
fn origin(address: &str) -> Option<((String, String), &str)> {
    let (scheme, rest) = address.split_once("://")?;
    // A backslash is a slash to some, and must not hide where a host ends.
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let (host, path) = rest.split_at_checked(end)?;
    let (scheme, host) = (scheme.to_ascii_lowercase(), host.to_ascii_lowercase());
    let port = match scheme.as_str() {
        "https" => ":443",
        "http" => ":80",
        _ => return None,
    };
    let host = host.strip_suffix(port).unwrap_or(&host).to_owned();
    Some(((scheme, host), path))
}

/// Where the first `mark` stands that is not quoted, or the end of `text`.
fn unquoted(text: &str, mark: char) -> usize {
    let mut is_quoted = false;
    let mut is_escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            c if c == mark && !is_quoted => return at,
            _ => {}
        }
    }
    text.len()
}

/// Whether the first relation among `parameters` is `next`; of several, the others say
/// nothing.
fn is_next(parameters: &str) -> bool {
    let mut rest = Some(parameters);
    while let Some(text) = rest {
        let (parameter, behind) = text.split_at(unquoted(text, ';'));
        if let Some((name, value)) = parameter.split_once('=')
            && name.trim().eq_ignore_ascii_case("rel")
        {
            let mut words = value.trim().trim_matches('"').split_ascii_whitespace();
            return words.any(|word| word.eq_ignore_ascii_case("next"));
        }
        rest = behind.strip_prefix(';');
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_told_among_other_links() {
        for (header, expected) in [
            (
                "<https://a.test/x?page=1>; rel=\"prev\", <https://a.test/x?page=3>; rel=\"next\", <https://a.test/x?page=9>; rel=\"last\"",
                Some("https://a.test/x?page=3"),
            ),
            (
                "<https://a.test/?a=1,2;3>; rel=next",
                Some("https://a.test/?a=1,2;3"),
            ),
            ("<a>; title=\"b, <c>; rel=next\"; rel=\"first\"", None),
            ("<a>; title=\"b\\\", c\"; REL=\"last next\"", Some("a")),
            ("<a>; rel=\"prev\"; rel=\"next\"", None),
            ("<a>; rel=\"nextish\"", None),
            ("<a; rel=\"next\"", None),
            ("rel=\"next\"", None),
            ("", None),
        ] {
            assert_eq!(next(header), expected, "{header}");
        }
    }

    #[test]
    fn a_link_leads_to_no_other_server() {
        let url = "https://api.a.test/api/v3";
        for (link, expected) in [
            (
                "https://api.a.test/repositories/1?page=2",
                Some("/repositories/1?page=2"),
            ),
            ("HTTPS://API.A.test:443/x#y", Some("/x")),
            ("/x?page=2", Some("/x?page=2")),
            ("http://api.a.test/x", None),
            ("https://api.a.test:8443/x", None),
            ("https://api.a.test.evil.test/x", None),
            ("https://api.a.test@evil.test/x", None),
            ("https://evil.test/https://api.a.test/x", None),
            ("https://evil.test\\@api.a.test/x", None),
            ("https://api.a.test\\@evil.test/x", None),
            ("//evil.test/x", None),
            ("ftp://api.a.test/x", None),
            ("https://api.a.test?page=2", None),
            ("?page=2", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(on_origin_of(url, link), expected, "{link}");
        }
        assert_eq!(
            on_origin_of("http://a.test:8080", "http://a.test:8080/x"),
            Some("/x")
        );
        assert_eq!(root(url), Some("https://api.a.test"));
        assert_eq!(root("http://a.test:8080"), Some("http://a.test:8080"));
    }
}
