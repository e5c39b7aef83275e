//! A request as a line for a shell, to send it again by hand.

use super::client::Outgoing;

/// More than this is no line that anyone would paste.
const LONGEST_BODY: usize = 2000;

/// The line, without the token: who wants to send it again has one in `$TOKEN`. Nothing where the body is none to paste.
pub fn line(outgoing: &Outgoing) -> Option<String> {
    let mut words = vec!["curl -i".to_owned()];
    if outgoing.method != "GET" {
        words.push(format!("-X {}", outgoing.method));
    }
    for (name, value) in &outgoing.headers {
        words.push(if name.eq_ignore_ascii_case("authorization") {
            let scheme = value.split(' ').next().unwrap_or("Bearer");
            format!("-H \"{name}: {scheme} $TOKEN\"")
        } else {
            format!("-H {}", shell_words::quote(&format!("{name}: {value}")))
        });
    }
    if let Some(body) = &outgoing.body {
        let text = std::str::from_utf8(body).ok().filter(|text| text.len() <= LONGEST_BODY && !text.contains('\0'))?;
        words.push(format!("--data-raw {}", shell_words::quote(text)));
    }
    words.push(shell_words::quote(&outgoing.url).into_owned());
    Some(words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_sends_the_same_without_the_token() {
        let headers = [("Authorization", "Bearer secret"), ("Content-Type", "application/json")];
        let outgoing = Outgoing {
            method: "POST".to_owned(),
            url: "http://h/books?q=a&r=b".to_owned(),
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
            body: Some(br#"{"title":"it's"}"#.to_vec()),
        };
        let expected = r#"curl -i -X POST -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' --data-raw '{"title":"it'\''s"}' 'http://h/books?q=a&r=b'"#;
        assert_eq!(line(&outgoing).as_deref(), Some(expected));
        assert_eq!(line(&Outgoing { body: Some(vec![b'a'; 3000]), ..outgoing }), None);
    }
}
