//! The origins of web pages that may call, as options name them.

use url::Url;

/// Reads `*` or an origin such as `https://ui.example`, and writes it as browsers do: in lower case and without the usual port.
pub fn read_origin(text: &str) -> Result<String, String> {
    if text == "*" {
        return Ok(text.to_owned());
    }
    let url: Option<Url> = text.parse().ok().filter(|url: &Url| ["http", "https"].contains(&url.scheme()));
    let url = url.ok_or("it is neither * nor an origin; hint: an origin has a scheme, such as https://ui.example")?;
    let origin = url.origin().ascii_serialization();
    if origin.contains('*') {
        return Err("each origin is named, or all of them with *".into());
    }
    let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    if !is_bare || !url.username().is_empty() || url.password().is_some() {
        return Err(format!("an origin has only a scheme, a host and perhaps a port; hint: {origin}"));
    }
    Ok(origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_written_as_browsers_send_them() {
        for (text, origin) in [
            ("*", "*"),
            ("https://ui.example", "https://ui.example"),
            ("https://UI.example:443/", "https://ui.example"),
            ("http://localhost:3000", "http://localhost:3000"),
            ("https://bücher.example", "https://xn--bcher-kva.example"),
        ] {
            assert_eq!(read_origin(text).as_deref(), Ok(origin), "{text}");
        }
        for text in
            ["", "ui.example", "localhost:3000", "https://*.example.org", "ftp://ui.example", "null", "file:///a"]
        {
            assert!(read_origin(text).is_err(), "{text}");
        }
        let refused = read_origin("https://ui.example/chat").expect_err("refused");
        assert!(refused.ends_with("hint: https://ui.example"), "{refused}");
    }
}
